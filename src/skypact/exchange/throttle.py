"""How much of a partner is looked at: token buckets of envelopes and bytes, before any crypto.

In: the size and channel of each envelope, and the time. Out: whether it is looked at, and which
channels are throttled: the edge then unsubscribes from these for a while, so that the flood stays
at the partner's own server. Channels are apart: a flood of states holds up no order.
"""

from __future__ import annotations

from dataclasses import dataclass

from skypact.model.time import SECOND_NS

CALM_NS = 10 * SECOND_NS
"""How long the rate must have been below the limit before the partner is heard in full again."""
LONGEST_CALM_NS = 8 * CALM_NS
"""Whoever floods again at once is heard again after twice as long, each time, up to this."""
RELAPSE_NS = 30 * SECOND_NS
"""A flood that begins this soon after the last one was over is the same one."""
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


class Channel:
    """One channel's bucket, and what went beyond it."""

    def __init__(self, rate: Rate) -> None:
        self._bucket = Bucket(rate)
        self._excess = 0
        self._excess_from_ns = 0
        self._last_excess_ns = 0
        self._calm_ns = CALM_NS
        self._calmed_ns: int | None = None
        self._throttled = False

    def admit(self, size: int, now_ns: int) -> bool:
        """Whether an envelope is looked at."""
        if self._bucket.admit(size, now_ns):
            return True
        self.exceed(now_ns)
        return False

    def exceed(self, now_ns: int) -> None:
        """Count an envelope as one too many."""
        if not 0 <= now_ns - self._excess_from_ns <= CALM_NS:
            self._excess, self._excess_from_ns = 0, now_ns
        self._excess += 1
        self._last_excess_ns = now_ns
        if self._excess >= EXCESS_BEFORE and not self._throttled:
            self._throttled = True
            relapsed = self._calmed_ns is not None and now_ns - self._calmed_ns < RELAPSE_NS
            self._calm_ns = min(2 * self._calm_ns, LONGEST_CALM_NS) if relapsed else CALM_NS

    def throttled(self, now_ns: int) -> bool:
        """Whether it is too much; until it was within its rate for long enough."""
        if self._throttled and not 0 <= now_ns - self._last_excess_ns < self._calm_ns:
            self._throttled = False
            self._excess = 0
            self._calmed_ns = now_ns
        return self._throttled


class Throttle:
    """The channels of one partner; unknown ones have the least together."""

    def __init__(self, rates: dict[str, Rate]) -> None:
        self._channels = {name: Channel(rate) for name, rate in rates.items()}
        self._others = Channel(Rate(10.0, 1e6))

    def admit(self, channel: str, size: int, now_ns: int) -> bool:
        """Whether an envelope is looked at."""
        return self._channels.get(channel, self._others).admit(size, now_ns)

    def exceed(self, channel: str, now_ns: int) -> None:
        """Count an envelope that was admitted as one too many: it could not be looked at."""
        self._channels.get(channel, self._others).exceed(now_ns)

    def flooded(self, now_ns: int) -> frozenset[str]:
        """Channels on which the partner sends too much."""
        return frozenset(name for name, one in self._channels.items() if one.throttled(now_ns))

    def throttled(self, now_ns: int) -> bool:
        """Whether it sends too much on any."""
        return bool(self.flooded(now_ns)) or self._others.throttled(now_ns)
