"""What came over a link and waits to be opened: opening takes time, and the own picture goes first.

In: datagrams as the network brought them. Out: the same, handed to the link's machine a few at a
time. What is too much is dropped and counted before anything of it is looked at.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from skypact.exchange.link import Link
from skypact.exchange.link_reading import channel_of

MOST_WAITING = 2_000
MOST_WAITING_BYTES = 32_000_000
"""Of one channel, that wait to be opened; the next ones are dropped as a flood."""
OPENED_AT_ONCE = 8
"""Datagrams opened before the clock is looked at: about a millisecond."""

Arrival = tuple[str, bytes, int]
"""Subject, payload, time of reception in int64 UTC nanoseconds."""


class Arrivals:
    """Datagrams of one link."""

    def __init__(self) -> None:
        self.count = 0
        """All that came, also what was dropped."""
        self._waiting: deque[Arrival] = deque()
        self._of: dict[str, tuple[int, int]] = {}  # channel: how many wait, their bytes

    def __len__(self) -> int:
        """How many wait to be opened."""
        return len(self._waiting)

    def admit(self, link: Link | None, came: Sequence[Arrival]) -> None:
        """Let datagrams wait, or drop them, which costs little."""
        self.count += len(came)
        if link is None:
            return
        for one in came:
            subject, payload, received_ns = one
            if not link.reader.admit(subject, len(payload), received_ns):
                continue
            channel = channel_of(subject)
            count, size = self._of.get(channel, (0, 0))
            if count >= MOST_WAITING or size > MOST_WAITING_BYTES:
                link.reader.leave(subject, received_ns)
                continue
            self._waiting.append(one)
            self._of[channel] = count + 1, size + len(payload)

    def open_some(self, link: Link | None) -> None:
        """Open the next few of what waits."""
        for _ in range(min(OPENED_AT_ONCE, len(self._waiting))):
            subject, payload, received_ns = self._waiting.popleft()
            channel = channel_of(subject)
            count, size = self._of.pop(channel)
            if count > 1:
                self._of[channel] = count - 1, size - len(payload)
            if link is None:
                continue
            if channel in link.flooded:  # admitted before that was known
                link.reader.leave(subject, received_ns)
            else:
                link.reader.open(subject, payload, received_ns)
