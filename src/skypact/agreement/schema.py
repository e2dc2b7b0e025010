"""The JSON Schema of the agreement document, for editors and for other programs.

Out: a schema (JSON Schema 2020-12) whose descriptions are the comments that stand beside the
fields in ``document``, so that there is one place where the format is described. It is published
as docs/reference/agreement.schema.json, and as tables in docs/reference/agreement.md; a test fails
when one of them is behind. To renew both::

    python -m skypact.agreement.schema docs/reference
"""

from __future__ import annotations

import ast
import inspect
import io
import json
import sys
import tokenize
from pathlib import Path
from typing import Any

import msgspec

from skypact.agreement import document as nouns
from skypact.agreement.document import Document

_ALIKE = {
    "id": "short name, by which other tables name it",
    "clause": "id of the clause it rests on",
    "name": 'by language; "en" is always there',
    "title": 'by language; "en" is always there',
    "text": 'by language; "en" is always there',
}
"""Fields that mean the same in every table."""


def schema() -> dict[str, Any]:
    """The schema as a JSON object."""
    comments = _comments(inspect.getsource(nouns))
    made = msgspec.json.schema(Document)
    for table, definition in made["$defs"].items():
        for field, described in definition.get("properties", {}).items():
            said = comments.get((table, field)) or _ALIKE.get(field)
            if said:
                described["description"] = said
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Agreement between nations, as Skypact obeys it",
        **made,
    }


def text() -> str:
    """The schema as the published file holds it."""
    return json.dumps(schema(), ensure_ascii=False, indent=1) + "\n"


def tables() -> str:
    """The keys of every table in Markdown, in the order of ``document``."""
    lines: list[str] = []
    for name, table in schema()["$defs"].items():
        headed = _HEADERS.get(name, "the file")
        lines += [f"### {headed}", "", " ".join(table.get("description", "").split()), ""]
        lines += ["| key | what it is | meaning |", "|---|---|---|"]
        needed = table.get("required", ())
        for field, described in table["properties"].items():
            kind = _kind(described) + (", needed" if field in needed else "")
            lines.append(f"| `{field}` | {kind} | {described.get('description', '')} |")
        lines.append("")
    return "\n".join(lines)


_HEADERS = {
    "Heading": "`[agreement]`",
    "Term": "`[term]`",
    "Party": "`[[party]]`",
    "Clause": "`[[clause]]`",
    "Area": "`[[area]]`",
    "Site": "`[[site]]`",
    "Numbers": "`[[numbers]]`",
    "Role": "`[[role]]`",
    "OrderRule": "`[[order]]`",
    "Blur": "`[[blur]]`",
    "Release": "`[[release]]`",
    "Onward": "`[[onward]]`",
    "End": "`[end]`",
    "Example": "`[[example]]`",
    "Document": "The whole file",
}
_KINDS = {"string": "text", "integer": "integer", "number": "number", "boolean": "true or false"}


def _kind(described: dict[str, Any]) -> str:
    """What may stand at a key, in words."""
    if "anyOf" in described:
        return _kind(next(way for way in described["anyOf"] if way.get("type") != "null"))
    if "$ref" in described:
        return _HEADERS[described["$ref"].rpartition("/")[2]]
    if "enum" in described:
        return " or ".join(f'"{word}"' for word in described["enum"])
    if described.get("type") == "array":
        items = _kind(described["items"])
        return items if items.startswith("`[[") else f"list of {items}"
    if described.get("format") == "date":
        return "date"
    if described.get("type") == "object":
        texts = described.get("additionalProperties", {}) == {"type": "string"}
        return "texts by language" if texts else "table"
    return _KINDS[described["type"]]


BEGIN, END = "<!-- keys: made by skypact.agreement.schema -->\n", "<!-- end of keys -->"


def renewed(page: str) -> str:
    """The reference page with its tables made anew."""
    before, _, rest = page.partition(BEGIN)
    return f"{before}{BEGIN}\n{tables()}\n{END}{rest.partition(END)[2]}"


def _comments(source: str) -> dict[tuple[str, str], str]:
    """The comment at the end of each field's line, by table and field."""
    by_line = {
        token.start[0]: token.string.lstrip("# ")
        for token in tokenize.generate_tokens(io.StringIO(source).readline)
        if token.type == tokenize.COMMENT
    }
    return {
        (table.name, field.target.id): by_line[field.end_lineno]
        for table in ast.parse(source).body
        if isinstance(table, ast.ClassDef)
        for field in table.body
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and field.end_lineno in by_line
    }


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    (folder / "agreement.schema.json").write_text(text(), encoding="utf-8")
    reference = folder / "agreement.md"
    reference.write_text(renewed(reference.read_text(encoding="utf-8")), encoding="utf-8")
