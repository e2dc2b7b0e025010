"""Reads an agreement from its TOML file.

In: a file's text and, where areas lie in files of their own, the folder they lie in. Out: a
:class:`Reading`, the document with every geometry inside it (so that what is signed contains
them) and the line of every key. What cannot be read is refused with file, line and remedy.
Format: docs/reference/agreement.md; TOML 1.0; GeoJSON, RFC 7946.
"""

from __future__ import annotations

import json
import math
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import msgspec

from skypact.agreement.document import Document
from skypact.agreement.lines import Lines, lines_of
from skypact.model.errors import BadInput

LONGEST_BYTES = 4_000_000
"""Of a document or an area's file: no treaty comes near it, and a mistaken file is said so."""

LARGEST_INTEGER = 2**53
"""Integers beyond it are not the same number in every JSON reader, and bytes are signed."""

_ERROR = re.compile(r"^(?P<what>.*?)(?: - at `(?P<path>[^`]*)`)?$", re.DOTALL)
_AT_LINE = re.compile(r"^(?P<what>.*) \(at (?:line (?P<line>\d+), column (?P<column>\d+)|.*)\)$")


@dataclass(frozen=True, slots=True)
class Reading:
    """A document, and where in its file each thing stands."""

    document: Document
    lines: Lines
    where: str

    def place(self, path: str) -> str:
        """``file, line 12`` of a path such as ``party[0].code``."""
        return f"{self.where}, line {self.lines.at(path)}" if self.where else ""


def read_agreement(path: Path) -> Reading:
    """Read an agreement and the areas beside it.

    Raises
    ------
    BadInput
        With file, line and what to do.
    """
    return agreement_from(_bytes_of(path, str(path)), where=str(path), folder=path.parent)


def agreement_from(
    text: str | bytes, *, where: str = "agreement", folder: Path | None = None
) -> Reading:
    """Read an agreement from its text.

    Parameters
    ----------
    text
        TOML, UTF-8.
    where
        Name for complaints.
    folder
        Where areas' files lie; without it an area must carry its geometry.

    Raises
    ------
    BadInput
        With file, line and what to do.
    """
    content, text = _parsed(text, where)
    lines = lines_of(text)

    def bad(what: str, path: str, remedy: str) -> BadInput:
        return BadInput(what, where=f"{where}, line {lines.at(path)}", remedy=remedy)

    refused = _first_refused_number(content)
    if refused:
        raise bad(f"{refused} is not a number that can be signed", refused, "Write a finite number")
    areas = content.get("area", [])
    for number, area in enumerate(areas if isinstance(areas, list) else []):
        name = area.get("file") if isinstance(area, dict) else None
        if not isinstance(name, str) or not name:
            continue
        path = f"area[{number}].file"
        if area.get("geometry"):
            raise bad("an area has both file and geometry", path, "Leave one of them out")
        if folder is None:
            raise bad(f"no folder to look for {name!r} in", path, "Write the geometry here")
        area["geometry"] = _geometry(folder, name, bad, path)
        del area["file"]
    try:
        document = msgspec.convert(content, Document)
    except msgspec.ValidationError as problem:
        what, path, remedy = _explained(str(problem))
        raise bad(what, path, remedy) from None
    return Reading(document, lines, where)


def _bytes_of(path: Path, where: str) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(LONGEST_BYTES + 1)
    except FileNotFoundError:
        raise BadInput("no such file", where=where) from None
    except (OSError, ValueError) as problem:
        raise BadInput(f"cannot be read: {problem}", where=where) from None
    if len(data) > LONGEST_BYTES:
        raise BadInput(f"longer than {LONGEST_BYTES} bytes", where=where)
    return data


def _parsed(text: str | bytes, where: str) -> tuple[dict[str, Any], str]:
    if isinstance(text, bytes):
        data = text
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError as problem:
            line = data.count(b"\n", 0, problem.start) + 1
            raise BadInput(
                "not UTF-8", where=f"{where}, line {line}", remedy="Save the file as UTF-8"
            ) from None
    try:
        return tomllib.loads(text), text
    except RecursionError:
        raise BadInput("nested too deeply", where=where) from None
    except ValueError as problem:  # of TOML, or of an integer of thousands of digits
        told = _AT_LINE.match(str(problem))
        line = int(told["line"]) if told and told["line"] else text.count("\n") + 1
        what = told["what"] if told else str(problem)
        raise BadInput(
            f"not TOML: {what}",
            where=f"{where}, line {line}",
            remedy="See https://toml.io/en/v1.0.0 for how TOML is written",
        ) from None


def _first_refused_number(value: Any, path: str = "") -> str:
    """Path of the first number that JSON cannot carry unchanged, else empty."""
    if isinstance(value, dict):
        children = [(f"{path}.{key}" if path else str(key), item) for key, item in value.items()]
    elif isinstance(value, list):
        children = [(f"{path}[{number}]", item) for number, item in enumerate(value)]
    else:
        large = isinstance(value, int) and abs(value) > LARGEST_INTEGER
        return path if large or (isinstance(value, float) and not math.isfinite(value)) else ""
    return next(
        (found for key, item in children if (found := _first_refused_number(item, key))), ""
    )


def _geometry(folder: Path, name: str, bad: Any, path: str) -> dict[str, Any]:
    """The geometry in a GeoJSON file: a geometry, a feature or a collection of one feature."""
    relative = PurePosixPath(name)
    if relative.is_absolute() or ".." in relative.parts or "\\" in name or "\0" in name:
        raise bad(f"{name!r} leads out of the document's folder", path, "Name a file beside it")
    try:
        content = json.loads(
            _bytes_of(folder / relative, name), parse_constant=lambda word: float("nan")
        )
    except BadInput as problem:
        raise bad(f"{name}: {problem.what}", path, "Put the area's GeoJSON file there") from None
    except (ValueError, RecursionError) as problem:
        raise bad(f"{name} is not JSON: {problem}", path, "Export it as GeoJSON") from None
    features = content.get("features") if isinstance(content, dict) else None
    if isinstance(features, list):
        if len(features) != 1:
            raise bad(
                f"{name} holds {len(features)} features", path, "Make it one MultiPolygon feature"
            )
        content = features[0]
    if isinstance(content, dict) and content.get("type") == "Feature":
        content = content.get("geometry")
    if not isinstance(content, dict) or "coordinates" not in content:
        raise bad(f"{name} holds no geometry", path, "It needs a Polygon or MultiPolygon")
    if _first_refused_number(content):
        raise bad(f"{name} holds a coordinate that is no number", path, "Export it again")
    return {"type": content.get("type"), "coordinates": content["coordinates"]}


def _explained(problem: str) -> tuple[str, str, str]:
    """Msgspec's complaint as what, path and remedy in words of the format."""
    told = _ERROR.match(problem)
    what, path = (told["what"], told["path"] or "") if told else (problem, "")
    what = what.replace("`", "")
    named = path.removeprefix("$").removeprefix(".")
    if what.startswith("Object contains unknown field "):
        word = what.removeprefix("Object contains unknown field ")
        table = re.sub(r"\[\d+\]", "", named) or "the document"
        inner = f"{named}.{word}" if named else word
        return (
            f"{table} has no key {word}",
            inner,
            "docs/reference/agreement.md lists the keys; a misspelt one would change the treaty",
        )
    if what.startswith("Object missing required field "):
        word = what.removeprefix("Object missing required field ")
        return f"{named or 'the document'} has no {word}", named, f"Add {word}"
    remedy = "docs/reference/agreement.md says what may stand here"
    if "date" in what:
        remedy = "A date is written without quotes: 2023-11-02"
    return f"{named}: {what[:1].lower()}{what[1:]}" if named else what, named, remedy
