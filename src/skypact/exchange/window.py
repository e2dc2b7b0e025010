"""The sliding window of numbers: what came, what came twice, what never came.

In: the numbers of envelopes whose signature holds. Out: how many were skipped, or a refusal. The
network keeps order between two servers, so a number that is skipped is as good as lost at once; if
it does come late, within the window, it is let in and the count is taken back.
"""

from __future__ import annotations

from dataclasses import dataclass

from skypact.exchange.header import Parts
from skypact.exchange.refusals import EnvelopeRefused, Refusal

WINDOW = 1024
"""Numbers that may still come late. At 50 envelopes/s it is twenty seconds."""
MOST_MISSING = 2**31
"""What a partner may make us count by one envelope."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where an envelope stands: ``missing`` numbers skipped before it, or itself ``late``."""

    missing: int
    late: bool


class Window:
    """Of one epoch. Keeps head, digest and signature of what came, in case another comes."""

    def __init__(self) -> None:
        self._newest = 0
        self._seen: dict[int, bytes] = {}

    @property
    def newest(self) -> int:
        """Highest number that came, 0 before the first."""
        return self._newest

    def take(self, parts: Parts) -> Place:
        """Let a number in.

        Raises
        ------
        EnvelopeRefused
            ``DUPLICATE``, ``EQUIVOCATION`` (with the first one's evidence) or ``REPLAYED``.
        """
        number = parts.header.number
        if number <= self._newest - WINDOW:
            raise EnvelopeRefused(
                Refusal.REPLAYED, f"number {number}, newest {self._newest}", signed=True
            )
        evidence = parts.evidence()
        first = self._seen.get(number)
        if first is not None:
            # The signature is left out: one may sign the same digest twice.
            if first[:-64] == evidence[:-64]:
                raise EnvelopeRefused(Refusal.DUPLICATE, f"number {number}", signed=True)
            raise EnvelopeRefused(
                Refusal.EQUIVOCATION, f"number {number}", signed=True, first=first
            )
        self._seen[number] = evidence
        if number <= self._newest:
            return Place(0, late=True)
        missing = number - self._newest - 1
        self._forget(number)
        self._newest = number
        return Place(min(missing, MOST_MISSING), late=False)

    def _forget(self, newest: int) -> None:
        """Let go of what the window slides past."""
        if newest - self._newest >= WINDOW:
            self._seen = {newest: self._seen[newest]}
            return
        for number in range(max(1, self._newest - WINDOW + 1), newest - WINDOW + 1):
            self._seen.pop(number, None)
