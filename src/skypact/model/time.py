"""Time is int64 UTC nanoseconds since 1970-01-01, leap seconds not counted (POSIX time).

A stage never asks what time it is: it is handed times. Edges ask a :class:`Clock`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Protocol

SECOND_NS = 1_000_000_000
MILLISECOND_NS = 1_000_000
DAY_NS = 86_400 * SECOND_NS


class Clock(Protocol):
    """The one seam through which wall time enters; the real one lives in ``node``."""

    def now_ns(self) -> int:
        """Current time, int64 UTC nanoseconds."""
        ...


class ManualClock:
    """A clock that shows what it was last told; for tests, replay and simulation."""

    def __init__(self, now_ns: int = 0) -> None:
        self._now_ns = now_ns

    def now_ns(self) -> int:
        """Current time, int64 UTC nanoseconds."""
        return self._now_ns

    def set_ns(self, now_ns: int) -> None:
        """Move the clock, forwards or backwards."""
        self._now_ns = now_ns


def from_iso(text: str) -> int:
    """Read an ISO 8601 date or date-time; without an offset it is UTC.

    Raises
    ------
    ValueError
        If the text is no ISO 8601 date.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    whole = moment.replace(microsecond=0)
    return int(whole.timestamp()) * SECOND_NS + moment.microsecond * 1000


def to_iso(time_ns: int) -> str:
    """ISO 8601 text with milliseconds and a Z, e.g. ``2023-11-02T00:00:00.000Z``."""
    seconds, rest = divmod(time_ns, SECOND_NS)
    moment = datetime.fromtimestamp(seconds, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{rest // MILLISECOND_NS:03d}Z"
