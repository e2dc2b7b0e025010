"""When an area is active, as spans of seconds from now.

In: windows as the rules write them, and the time. Out: the span in which an area is active next,
within a reach. Times are UTC, as NOTAM has them (ICAO Annex 15, 6.3).
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from skypact.alerts.rules import Window
from skypact.model.errors import BadAlertRule
from skypact.model.time import DAY_NS, SECOND_NS, from_iso

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
EPOCH_DAY = 3
"""1970-01-01 was a Thursday."""
_TIME_OF_DAY = re.compile(r"^([01]\d|2[0-4]):([0-5]\d)$")


@dataclass(frozen=True, slots=True)
class Span:
    """A window, read: with ``days`` (0 Monday), times are of the day; else of the epoch."""

    opens_ns: int
    closes_ns: int
    days: frozenset[int] = frozenset()


def spans_of(windows: Sequence[Window], *, where: str) -> tuple[Span, ...]:
    """Read an area's windows.

    Raises
    ------
    BadAlertRule
        If a time is none, or a window never opens.
    """
    return tuple(_span(window, where) for window in windows)


def active_s(spans: Sequence[Span], now_ns: int, reach_s: float) -> tuple[float, float]:
    """First span of seconds from now, up to ``reach_s``, in which some window is open.

    Windows that touch or overlap are one. ``(inf, -inf)`` where none opens; without windows it
    is always.
    """
    if not spans:
        return -math.inf, math.inf
    until_ns = now_ns + round(reach_s * SECOND_NS)
    found = sorted(
        (opens, closes)
        for span in spans
        for opens, closes in _openings(span, now_ns, until_ns)
        if closes > now_ns and opens <= until_ns
    )
    if not found:
        return math.inf, -math.inf
    opens, closes = found[0]
    for later, end in found[1:]:
        if later > closes:
            break
        closes = max(closes, end)
    return (opens - now_ns) / SECOND_NS, (closes - now_ns) / SECOND_NS


def _openings(span: Span, now_ns: int, until_ns: int) -> list[tuple[int, int]]:
    if not span.days:
        return [(span.opens_ns, span.closes_ns)]
    return [
        (day * DAY_NS + span.opens_ns, day * DAY_NS + span.closes_ns)
        for day in range(now_ns // DAY_NS - 1, until_ns // DAY_NS + 1)
        if (day + EPOCH_DAY) % 7 in span.days
    ]


def _span(window: Window, where: str) -> Span:
    if not window.days:
        opens, closes = (_instant(text, where) for text in (window.opens, window.closes))
        if closes <= opens:
            raise BadAlertRule(
                f"a window closes at {window.closes!r}, before it opens", where=where
            )
        return Span(opens, closes)
    opens, closes = (_of_day(text, where) for text in (window.opens, window.closes))
    if opens >= DAY_NS:
        raise BadAlertRule("a window opens at 24:00: write 00:00 of the next day", where=where)
    if closes <= opens:
        closes += DAY_NS
    return Span(opens, closes, frozenset(DAYS.index(day) for day in window.days))


def _instant(text: str, where: str) -> int:
    try:
        return from_iso(text)
    except (ValueError, OverflowError):
        raise BadAlertRule(
            f"{text!r} is no date and time", where=where, remedy="Write 2026-03-01T06:00:00Z"
        ) from None


def _of_day(text: str, where: str) -> int:
    found = _TIME_OF_DAY.match(text)
    minutes = int(found[1]) * 60 + int(found[2]) if found else -1
    if not 0 <= minutes <= 24 * 60:
        raise BadAlertRule(
            f"{text!r} is no time of day", where=where, remedy="Write 06:00 (UTC), up to 24:00"
        )
    return minutes * 60 * SECOND_NS
