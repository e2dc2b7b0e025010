"""What a link counts for people: rows a second, lost envelopes, refusals by reason.

In: what happened, with its time. Out: figures of :class:`~skypact.model.status.PartnerStatus`.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping

from skypact.model.time import SECOND_NS

RATED_S = 10
LATELY_NS = 60 * SECOND_NS
TROUBLE_NS = 5 * SECOND_NS
"""Longer than the longest pause after which items are tried again."""


class RowRate:
    """Rows a second over the last ten seconds."""

    def __init__(self) -> None:
        self._seconds: deque[list[int]] = deque(maxlen=RATED_S + 1)  # second, rows

    def add(self, rows: int, now_ns: int) -> None:
        """Count rows that passed now."""
        second = now_ns // SECOND_NS
        if not self._seconds or self._seconds[-1][0] != second:
            self._seconds.append([second, 0])
        self._seconds[-1][1] += rows

    def per_s(self, now_ns: int) -> float:
        """Rows a second; the second that runs is not counted."""
        second = now_ns // SECOND_NS
        return sum(rows for at, rows in self._seconds if 0 < second - at <= RATED_S) / RATED_S


class DiskTrouble:
    """What a disk that takes no more said, for as long as it may be tried again."""

    def __init__(self) -> None:
        self._words = ""
        self._said_ns = 0

    def say(self, words: str, now_ns: int) -> None:
        """It failed now."""
        self._words, self._said_ns = words, now_ns

    def words(self, now_ns: int) -> str:
        """What it said lately; empty if nothing."""
        return self._words if 0 <= now_ns - self._said_ns < TROUBLE_NS else ""


class LinkCounts:
    """Counts of one link since its start."""

    def __init__(self) -> None:
        self.sent = RowRate()
        self.received = RowRate()
        self.gaps = 0
        self.contents: Counter[str] = Counter()
        """Contents and rows that were refused though their envelope was let in, by reason."""
        self.kept_back = 0
        """States and plots of ours whose label may not go to the partner."""
        self._last_ns: dict[str, int] = {}

    def refuse(self, reasons: Mapping[str, int], now_ns: int) -> None:
        """Count refused rows by reason."""
        for reason, count in reasons.items():
            self.contents[reason] += count
            self._last_ns[reason] = now_ns

    def keep_back(self, rows: int, now_ns: int) -> None:
        """Count rows of ours that may not go to the partner."""
        self.kept_back += rows
        self._last_ns["kept back"] = now_ns

    def lately(self, reason: str, now_ns: int) -> bool:
        """Whether something was refused for a reason within the last minute."""
        return reason in self._last_ns and 0 <= now_ns - self._last_ns[reason] < LATELY_NS

    def place(self, missing: int, *, late: bool) -> None:
        """Count numbers that were skipped; one that came late was not lost."""
        self.gaps = max(0, self.gaps + missing - late)
