"""What one link may cost: rates that a partner may send at, what may wait, how often things go out.

Every limit of a link stands here once; docs/reference/traffic.md lists them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from skypact.exchange.outbox import OutboxLimits
from skypact.exchange.throttle import Rate
from skypact.model.time import SECOND_NS

MEGABYTE = 1_000_000.0
RATES: Mapping[str, Rate] = {
    "live": Rate(envelopes_per_s=2_000.0, bytes_per_s=20 * MEGABYTE),
    "items": Rate(envelopes_per_s=500.0, bytes_per_s=20 * MEGABYTE),
    "hail": Rate(envelopes_per_s=20.0, bytes_per_s=0.1 * MEGABYTE, burst_s=2.0),
    "credentials": Rate(envelopes_per_s=5.0, bytes_per_s=0.1 * MEGABYTE),
}
"""By channel. 20,000 states a second are 40 to 200 envelopes and 3 MB."""


@dataclass(frozen=True, slots=True)
class LinkSettings:
    """Limits of one link.

    Parameters
    ----------
    rates
        What the partner may send, by channel; what is beyond is dropped before any crypto.
    outbox
        What may wait for its receipt.
    queued_bytes
        Sealed bytes that may wait for the network; past it nothing more is sealed, and newer
        states replace older ones.
    ping_ns
        How often the partner is asked for the time.
    request_ns
        How often at most a keyframe is asked for when something was lost.
    """

    rates: Mapping[str, Rate] = field(default_factory=lambda: dict(RATES))
    outbox: OutboxLimits = field(default_factory=OutboxLimits)
    queued_bytes: int = 4 * 1024 * 1024
    ping_ns: int = SECOND_NS
    request_ns: int = 2 * SECOND_NS
