"""How a link is: when the partner was last heard, its clock against ours, how long things take.

In: times of pings and pongs, and of envelopes that were let in. Out: the clocks' offset, delays
and the state that the console shows. Offset and delay as in RFC 5905 (NTP), section 8; of the last
30 exchanges the one with the least delay tells the offset, for delay is what makes it wrong.
"""

from __future__ import annotations

from collections import deque

import msgspec

from skypact.exchange.rows import BadContent
from skypact.model.status import LinkState
from skypact.model.time import SECOND_NS

FILTERED = 30
DELAYS = 256
LIVE_NS, LATE_NS, STALE_NS = 2 * SECOND_NS, 5 * SECOND_NS, 30 * SECOND_NS
LATE_DELAY_S = 2.0
"""From this delay (95th percentile) on its states are late, though it is heard."""
CLOCK_DOUBTED_NS, CLOCK_REFUSED_NS = 1 * SECOND_NS, 5 * SECOND_NS
"""From these offsets on the clock is spoken of, and its live states are held apart."""
LONGEST_WAIT_NS = 60 * SECOND_NS
DRIFT_NS = SECOND_NS // 10
"""What two clocks may drift apart while an offset counts: 30 s at 3,000 ppm, far more than any."""


class Ping(msgspec.Struct, array_like=True, forbid_unknown_fields=True, frozen=True):
    """Our time when it was sent."""

    sent_ns: int


class Pong(msgspec.Struct, array_like=True, forbid_unknown_fields=True, frozen=True):
    """The ping's time given back, and when it came and was answered by the partner's clock."""

    asked_ns: int
    came_ns: int
    answered_ns: int


_encoder = msgspec.msgpack.Encoder()
_ping = msgspec.msgpack.Decoder(Ping)
_pong = msgspec.msgpack.Decoder(Pong)


def ping_content(now_ns: int) -> bytes:
    """Content of a ``ping``."""
    return _encoder.encode(Ping(now_ns))


def pong_content(ping: bytes, came_ns: int, now_ns: int) -> bytes:
    """Content of the ``pong`` that answers a ping.

    Raises
    ------
    BadContent
        If the ping is none.
    """
    try:
        asked = _ping.decode(ping)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as problem:
        raise BadContent(f"no ping: {problem}") from None
    return _encoder.encode(Pong(asked.sent_ns, came_ns, now_ns))


class LinkHealth:
    """What one link's times tell."""

    def __init__(self) -> None:
        self.last_heard_ns = -1
        self._samples: deque[tuple[int, int]] = deque(maxlen=FILTERED)  # delay, offset
        self._delays: deque[int] = deque(maxlen=DELAYS)
        self._asked: deque[int] = deque(maxlen=8)

    def asked(self, now_ns: int) -> None:
        """A ping is sent."""
        self._asked.append(now_ns)

    def take_pong(self, content: bytes, now_ns: int) -> None:
        """A pong came: one that answers none of our last pings is no measurement.

        Raises
        ------
        BadContent
            If it is none.
        """
        try:
            pong = _pong.decode(content)
        except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as problem:
            raise BadContent(f"no pong: {problem}") from None
        if pong.asked_ns not in self._asked:
            raise BadContent("a pong that answers no ping of ours")
        self._asked.remove(pong.asked_ns)
        delay = (now_ns - pong.asked_ns) - (pong.answered_ns - pong.came_ns)
        if not 0 <= delay <= LONGEST_WAIT_NS or pong.answered_ns < pong.came_ns:
            raise BadContent("a pong whose times cannot be")
        offset = ((pong.came_ns - pong.asked_ns) + (pong.answered_ns - now_ns)) // 2
        if self._samples:
            best_delay, best = min(self._samples)
            # an offset is wrong by half the delay at most: what differs more, a clock was set
            if abs(offset - best) > (delay + best_delay) // 2 + DRIFT_NS:
                self._samples.clear()
                self._delays.clear()
        self._samples.append((delay, offset))

    def heard(self, now_ns: int) -> None:
        """An envelope was let in."""
        self.last_heard_ns = now_ns

    def delayed(self, sent_ns: int, now_ns: int) -> None:
        """How long an envelope of states took, by the partner's clock corrected."""
        offset = self.offset_ns
        if offset is not None:
            self._delays.append(max(0, now_ns - (sent_ns - offset)))

    @property
    def offset_ns(self) -> int | None:
        """The partner's clock less ours; None while not measured."""
        return min(self._samples)[1] if self._samples else None

    @property
    def round_trip_s(self) -> float:
        """Of the quickest of the last pings; 0 while not measured."""
        return min(self._samples)[0] / SECOND_NS if self._samples else 0.0

    def delay_s(self, part: float) -> float | None:
        """Delay that a part of the last envelopes stayed below; None while not measured."""
        if not self._delays:
            return None
        ordered = sorted(self._delays)
        return ordered[min(len(ordered) - 1, int(part * len(ordered)))] / SECOND_NS

    @property
    def clock_doubted(self) -> bool:
        """Whether the clocks differ so much that people must know."""
        offset = self.offset_ns
        return offset is not None and abs(offset) > CLOCK_DOUBTED_NS

    @property
    def clock_refused(self) -> bool:
        """Whether the clocks differ so much that live states cannot be placed in time."""
        offset = self.offset_ns
        return offset is not None and abs(offset) > CLOCK_REFUSED_NS

    def forget(self) -> None:
        """The path or the partner's process is another: what was measured of it says nothing."""
        self._samples.clear()
        self._delays.clear()
        self._asked.clear()

    def state(self, now_ns: int) -> LinkState:
        """As :class:`~skypact.model.status.PartnerStatus` says."""
        silent_ns = now_ns - self.last_heard_ns
        if self.last_heard_ns < 0 or silent_ns > STALE_NS:
            return "lost"
        if silent_ns > LATE_NS:
            return "stale"
        late = (self.delay_s(0.95) or 0.0) > LATE_DELAY_S
        return "late" if silent_ns > LIVE_NS or late else "live"
