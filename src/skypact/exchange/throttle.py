"""How much of a partner is looked at: token buckets of envelopes and bytes, before any crypto.

In: the size and channel of each envelope, and the time. Out: whether it is looked at, and whether
the partner is throttled: the edge then unsubscribes for a while, so that the flood stays at the
partner's own server. Buckets are apart for each channel: a flood of states holds up no order.
"""

from __future__ import annotations

from dataclasses import dataclass

from skypact.model.time import SECOND_NS

CALM_NS = 10 * SECOND_NS
"""How long the rate must have been below the limit before the partner is heard in full again."""
EXCESS_BEFORE = 200
"""Envelopes beyond the rate within ten seconds that make it a flood, not a hiccup of the net."""


@dataclass(frozen=True, slots=True)
class Rate:
    """What one channel may bring.

    Parameters
    ----------
    envelopes_per_s, bytes_per_s
        On the long run.
    burst_s
        How many seconds' worth may come at once.
    """

    envelopes_per_s: float
    bytes_per_s: float
    burst_s: float = 1.0


class Bucket:
    """Tokens of one channel."""

    def __init__(self, rate: Rate) -> None:
        self._rate = rate
        self._at_ns: int | None = None
        self._envelopes = rate.envelopes_per_s * rate.burst_s
        self._bytes = rate.bytes_per_s * rate.burst_s

    def admit(self, size: int, now_ns: int) -> bool:
        """Whether an envelope of so many bytes is looked at; a clock set back fills nothing."""
        if self._at_ns is None or now_ns > self._at_ns:
            passed_s = 0.0 if self._at_ns is None else (now_ns - self._at_ns) / SECOND_NS
            rate = self._rate
            most = rate.envelopes_per_s * rate.burst_s
            self._envelopes = min(most, self._envelopes + rate.envelopes_per_s * passed_s)
            most = rate.bytes_per_s * rate.burst_s
            self._bytes = min(most, self._bytes + rate.bytes_per_s * passed_s)
            self._at_ns = now_ns
        elif now_ns < self._at_ns - SECOND_NS:
            self._at_ns = now_ns
        if self._envelopes < 1.0 or self._bytes < size:
            return False
        self._envelopes -= 1.0
        self._bytes -= size
        return True


class Throttle:
    """The buckets of one partner, by channel; an unknown channel has the least."""

    def __init__(self, rates: dict[str, Rate]) -> None:
        self._buckets = {channel: Bucket(rate) for channel, rate in rates.items()}
        self._least = Bucket(Rate(10.0, 1e6))
        self._excess = 0
        self._excess_from_ns = 0
        self._last_excess_ns = 0
        self._throttled = False

    def admit(self, channel: str, size: int, now_ns: int) -> bool:
        """Whether an envelope is looked at."""
        if self._buckets.get(channel, self._least).admit(size, now_ns):
            return True
        if not 0 <= now_ns - self._excess_from_ns <= CALM_NS:
            self._excess, self._excess_from_ns = 0, now_ns
        self._excess += 1
        self._last_excess_ns = now_ns
        if self._excess >= EXCESS_BEFORE:
            self._throttled = True
        return False

    def throttled(self, now_ns: int) -> bool:
        """Whether the partner sends too much; until it was within its rate for ``CALM_NS``."""
        if self._throttled and not 0 <= now_ns - self._last_excess_ns < CALM_NS:
            self._throttled = False
            self._excess = 0
        return self._throttled
