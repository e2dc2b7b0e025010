"""Requirements as a file: each limit names a figure of the evaluation, its bound and its source.

In: a TOML file (those in ``evaluation/limits`` by name: 5nm, 3nm, surface) and the figures. Out:
a verdict per limit. The file is for editing; a limit whose number nobody has checked against
its document says so.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields
from importlib.resources import files
from pathlib import Path
from typing import Any

from skypact.evaluation.surveillance import Terms
from skypact.model.errors import BadTable

SHIPPED = ("5nm", "3nm", "surface")


@dataclass(frozen=True, slots=True)
class Limit:
    """One requirement.

    Parameters
    ----------
    id
        Its number in its document, or a name of your own.
    text
        What it asks for, in words.
    figure
        Where the figure stands in the evaluation's JSON, such as
        ``accuracy.all.horizontal_m.rms``.
    at_most, at_least
        The bound; exactly one of them.
    unit
        For people.
    source
        Document and paragraph.
    verified
        Whether somebody compared the number with the document.
    """

    id: str
    text: str
    figure: str
    unit: str
    source: str
    verified: bool
    at_most: float | None = None
    at_least: float | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """A file of limits: its title, what it takes for granted, and the limits."""

    title: str
    terms: Terms
    limits: tuple[Limit, ...]


def read_limits(name: str) -> Limits:
    """Read a file of limits; ``name`` is a path, or one of ``SHIPPED``.

    Raises
    ------
    BadTable
        If it cannot be read or a limit is incomplete.
    """
    try:
        if name.lower() in SHIPPED:
            place = files("skypact.evaluation") / "limits" / f"{name.lower()}.toml"
            text = place.read_text(encoding="utf-8")
        else:
            text = Path(name).read_text(encoding="utf-8")
        document = tomllib.loads(text)
    except FileNotFoundError:
        raise BadTable(
            "no such file of limits", where=name, remedy=f"Shipped are {', '.join(SHIPPED)}"
        ) from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as problem:
        raise BadTable(f"not a readable TOML file ({problem})", where=name) from problem
    terms = _terms(document.get("terms", {}), name)
    entries = document.get("limit", [])
    if not isinstance(entries, list) or not entries:
        raise BadTable("no [[limit]] in the file", where=name)
    limits = tuple(_limit(entry, number, name) for number, entry in enumerate(entries, 1))
    return Limits(str(document.get("title", name)), terms, limits)


def _terms(table: Any, where: str) -> Terms:
    known = {field.name for field in fields(Terms)}
    if not isinstance(table, dict) or not set(table) <= known:
        raise BadTable(
            f"[terms] has {sorted(set(table) - known)}",
            where=where,
            remedy=f"Known are {sorted(known)}",
        )
    for key, value in table.items():
        if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
            raise BadTable(f"[terms] {key} = {value!r} is no positive number", where=where)
    return Terms(**table)


def _limit(entry: Any, number: int, where: str) -> Limit:
    place = f"{where}, limit {number}"
    if not isinstance(entry, dict):
        raise BadTable("a limit is a table", where=place)
    known = {field.name for field in fields(Limit)}
    if not set(entry) <= known:
        raise BadTable(f"unknown keys {sorted(set(entry) - known)}", where=place)
    for key in ("id", "text", "figure", "unit", "source"):
        if not isinstance(entry.get(key), str) or not entry[key]:
            raise BadTable(f"{key} is missing", where=place)
    if not isinstance(entry.get("verified"), bool):
        raise BadTable("verified is missing: true or false", where=place)
    bounds = [entry[key] for key in ("at_most", "at_least") if key in entry]
    if len(bounds) != 1 or isinstance(bounds[0], bool) or not isinstance(bounds[0], int | float):
        raise BadTable("exactly one of at_most and at_least, a number, is needed", where=place)
    return Limit(**entry)


def figure_of(figures: dict[str, Any], path: str) -> float | None:
    """The number at a dotted path of the figures, None if there is none.

    ``changing_speed`` stands for ``changing speed``.
    """
    found: Any = figures
    for part in path.split("."):
        if not isinstance(found, dict):
            return None
        found = found.get(part, found.get(part.replace("_", " ")))
    if isinstance(found, bool) or not isinstance(found, int | float):
        return None
    return float(found)


def judge_limits(limits: Limits, figures: dict[str, Any]) -> list[dict[str, Any]]:
    """A verdict per limit: ``pass``, ``fail``, or ``not judged`` where the figure is not known."""
    rows = []
    for limit in limits.limits:
        value = figure_of(figures, limit.figure)
        if value is None:
            verdict = "not judged"
        elif limit.at_most is not None:
            verdict = "pass" if value <= limit.at_most else "fail"
        else:
            assert limit.at_least is not None
            verdict = "pass" if value >= limit.at_least else "fail"
        rows.append(
            {
                "id": limit.id,
                "text": limit.text,
                "figure": limit.figure,
                "value": value,
                "bound": limit.at_most if limit.at_most is not None else limit.at_least,
                "sense": "at most" if limit.at_most is not None else "at least",
                "unit": limit.unit,
                "verdict": verdict,
                "source": limit.source,
                "verified": limit.verified,
            }
        )
    return rows
