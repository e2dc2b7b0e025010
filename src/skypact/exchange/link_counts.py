"""What a link counts for people: rows a second, lost envelopes, refusals by reason.

In: what happened, with its time. Out: figures of :class:`~skypact.model.status.PartnerStatus`.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping

from skypact.model.time import SECOND_NS

RATED_S = 10


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

    def refuse(self, reasons: Mapping[str, int]) -> None:
        """Count refused rows by reason."""
        for reason, count in reasons.items():
            self.contents[reason] += count

    def place(self, missing: int, *, late: bool) -> None:
        """Count numbers that were skipped; one that came late was not lost."""
        self.gaps = max(0, self.gaps + missing - late)
