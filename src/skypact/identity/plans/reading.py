"""Any text with flight plans in it to plans; what cannot be used is refused alone.

In: text (one or many messages, or a CSV file) and the time it came. Out: plans in their order, and
a :class:`Rejection` for each piece that is none, with its place in the text (of CSV, its row): one
plan that cannot be used stops nothing (National Air Traffic Services, 28 August 2023).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from skypact.identity.plans.adexp import plan_from_adexp
from skypact.identity.plans.comma_rows import plan_from_row, rows_of
from skypact.identity.plans.icao import plan_from_fpl
from skypact.identity.plans.plan import FlightPlan, MalformedPlan, PlanRefused
from skypact.identity.plans.route import Fixes
from skypact.model.errors import Rejection

PlanFormat = Literal["icao", "adexp", "csv"]
MOST_PLANS = 100_000
"""Of one text: a day of Europe has a third of that."""

_TITLE = re.compile(r"(?:^|\s)-\s?TITLE\b")


@dataclass(frozen=True, slots=True)
class PlansRead:
    """Plans, and what was refused beside them."""

    plans: tuple[FlightPlan, ...]
    rejections: tuple[Rejection, ...]


def format_of_plans(text: str) -> PlanFormat:
    """What a text is written in; what is neither ICAO's nor ADEXP is taken for CSV."""
    begin = text.lstrip()
    if begin.startswith("("):
        return "icao"
    return "adexp" if begin.startswith("-") else "csv"


def read_plans(text: str, received_ns: int, fixes: Fixes, source: str = "plans") -> PlansRead:
    """All plans of a text."""
    format = format_of_plans(text)
    plans: list[FlightPlan] = []
    rejections: list[Rejection] = []
    try:
        pieces = list(_PIECES[format](text))
    except PlanRefused as refused:
        return PlansRead((), (_rejection(refused, source, 0, received_ns),))
    for offset, read in pieces[:MOST_PLANS]:
        try:
            plans.append(read(received_ns, fixes))
        except PlanRefused as refused:
            rejections.append(_rejection(refused, source, offset, received_ns))
    if len(pieces) > MOST_PLANS:
        much = MalformedPlan(f"more than {MOST_PLANS} plans in one text")
        rejections.append(_rejection(much, source, pieces[MOST_PLANS][0], received_ns))
    return PlansRead(tuple(plans), tuple(rejections))


Read = Callable[[int, Fixes], FlightPlan]


def _icao(text: str) -> Iterator[tuple[int, Read]]:
    """Messages in parentheses; an opening one inside a message begins the next."""
    starts = [mark.start() for mark in re.finditer(r"\(", text)]
    for start, after in zip(starts, [*starts[1:], len(text)], strict=True):
        end = text.find(")", start, after)
        piece = text[start : end + 1] if end >= 0 else text[start:after]
        yield start, _of(plan_from_fpl, piece)


def _adexp(text: str) -> Iterator[tuple[int, Read]]:
    starts = [mark.start() for mark in _TITLE.finditer(text)] or [0]
    for start, after in zip(starts, [*starts[1:], len(text)], strict=True):
        yield start, _of(plan_from_adexp, text[start:after].strip())


def _csv(text: str) -> Iterator[tuple[int, Read]]:
    for number, row in enumerate(rows_of(text), start=2):

        def read(received_ns: int, fixes: Fixes, row: dict[str, str] = row) -> FlightPlan:
            return plan_from_row(row, received_ns, fixes)

        yield number, read


def _of(read: Callable[[str, int, Fixes], FlightPlan], piece: str) -> Read:
    return lambda received_ns, fixes: read(piece, received_ns, fixes)


_PIECES: dict[PlanFormat, Callable[[str], Iterator[tuple[int, Read]]]] = {
    "icao": _icao,
    "adexp": _adexp,
    "csv": _csv,
}


def _rejection(refused: PlanRefused, source: str, offset: int, received_ns: int) -> Rejection:
    return Rejection(refused.name, source, "", offset, received_ns, str(refused))
