"""TOML files of a node: read, and looked at key by key; every mistake is said with its place.

In: a path, or tables of a TOML document. Out: texts, numbers and tables that are what they must be.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from skypact.model.errors import BadInput


def read_toml(path: Path) -> dict[str, Any]:
    """Read a TOML file; what is wrong with it is said with its line."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BadInput("no such file", where=str(path)) from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as problem:
        raise BadInput(str(problem), where=str(path)) from problem


def number_of(row: Mapping[str, Any], key: str, where: str) -> float:
    """A finite number of a table."""
    value = row[key]
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise BadInput(f"{key} = {value!r} is not a finite number", where=where)
    return float(value)


def octet_of(row: Mapping[str, Any], key: str, where: str) -> int:
    """A whole number of a table, 0 to 255."""
    code = number_of(row, key, where)
    if not (code.is_integer() and 0 <= code <= 255):
        raise BadInput(f"{key} = {row[key]!r} is not between 0 and 255", where=where)
    return int(code)


def text_of(row: Mapping[str, Any], key: str, where: str, *, default: str | None = None) -> str:
    """A text of a table; without ``default`` it must be there and not be empty."""
    value = row.get(key, default)
    if not isinstance(value, str) or (default is None and not value):
        raise BadInput(f"{key} must be a text", where=where, remedy=f'Write {key} = "..."')
    return value


def choice_of(row: Mapping[str, Any], key: str, choices: tuple[str, ...], where: str) -> str:
    """A text of a table that is one of ``choices``."""
    value = text_of(row, key, where)
    if value not in choices:
        raise BadInput(f"{key} = {value!r} is not one of {', '.join(choices)}", where=where)
    return value


def refuse_unknown(row: Mapping[str, Any], known: set[str], where: str) -> None:
    """Refuse a table with keys that nobody reads: a mistyped one would do nothing."""
    unknown = sorted(row.keys() - known)
    if unknown:
        raise BadInput(
            f"unknown settings {unknown}", where=where, remedy=f"Known are {sorted(known)}"
        )


def tables_of(
    document: Mapping[str, Any], key: str, where: str, limit: int
) -> list[dict[str, Any]]:
    """The tables ``[[key]]`` of a document, at most ``limit``."""
    found = document.get(key, [])
    if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
        raise BadInput(f"[[{key}]] must be a list of tables", where=where)
    if len(found) > limit:
        raise BadInput(f"{len(found)} {key} tables are over the limit of {limit}", where=where)
    return found
