"""Live edges of the feeds: sockets to :class:`~skypact.model.frames.Frames`.

The same pieces with the same times of reception give the same frames; the one seam to the
world is the :class:`~skypact.model.time.Clock` that dates each piece when it arrives.
"""

from __future__ import annotations

from typing import Protocol

from skypact.feeds.receive.address import Address, parse_address
from skypact.feeds.receive.tcp import TcpReceiver
from skypact.feeds.receive.udp import UdpReceiver
from skypact.model.errors import Rejection
from skypact.model.frames import FeedFormat, Frames
from skypact.model.time import Clock

__all__ = [
    "Address",
    "Receiver",
    "TcpReceiver",
    "UdpReceiver",
    "open_receiver",
    "parse_address",
]


class Receiver(Protocol):
    """An open edge: what a live node asks of any transport."""

    address: Address

    @property
    def state(self) -> str:
        """What the receiver does now, in words."""
        ...

    async def start(self) -> None:
        """Open; raises PortInUse or Unavailable if this machine cannot."""
        ...

    async def stop(self) -> None:
        """Close; what has come can still be drained."""
        ...

    def drain(self) -> Frames | None:
        """Everything that has come since the last call, in order; None if nothing has."""
        ...

    def rejections(self) -> tuple[Rejection, ...]:
        """What was not kept since the last call, alike pieces merged."""
        ...


def open_receiver(address: Address | str, format: FeedFormat, *, clock: Clock) -> Receiver:
    """The receiver for an address, not started yet.

    Raises
    ------
    UsageError
        If the address is none.
    """
    place = parse_address(address) if isinstance(address, str) else address
    if place.transport == "tcp":
        return TcpReceiver(place, format, clock=clock)
    return UdpReceiver(place, format, clock=clock)
