"""UDP datagrams, unicast or multicast, to frames: each datagram is one frame.

The socket is read in bursts, by the event loop and once more at every drain, so that a step
that keeps the loop busy loses nothing that the system's buffer can hold.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket

from skypact.feeds.receive.address import Address
from skypact.feeds.receive.inbox import LARGEST_QUEUE_PIECES, Inbox
from skypact.model.errors import PortInUse, Rejection, Unavailable
from skypact.model.frames import FeedFormat, Frames
from skypact.model.time import Clock

BUFFER_BYTES = 8 << 20
"""Asked of the system; 2,000 datagrams of an Ethernet frame's size take about 5 MB there."""
LARGEST_DATAGRAM_BYTES = 65_507
BURST = 512
"""Datagrams read at a time before the loop's other work has its turn."""
SO_RCVBUFFORCE = 33
"""Linux socket option: beyond net.core.rmem_max, where the process may (socket(7))."""
IP_MULTICAST_ALL = 49
"""Linux socket option: 0 keeps out what other processes joined on other interfaces (ip(7))."""


class UdpReceiver:
    """Listens on a UDP address.

    Parameters
    ----------
    address
        Where to listen, or which group to join.
    format
        What the datagrams hold.
    clock
        Gives each datagram's time of reception.
    largest_datagram_bytes
        Longer ones are counted and not kept.
    """

    def __init__(
        self,
        address: Address,
        format: FeedFormat,
        *,
        clock: Clock,
        largest_datagram_bytes: int = LARGEST_DATAGRAM_BYTES,
    ) -> None:
        self.address = address
        self.inbox = Inbox(format, str(address), clock)
        self._largest = largest_datagram_bytes
        self._socket: socket.socket | None = None

    @property
    def state(self) -> str:
        """What the receiver does now, in words."""
        return "listening" if self._socket is not None else "closed"

    async def start(self) -> None:
        """Open the socket.

        Raises
        ------
        PortInUse
            If another process holds the port.
        Unavailable
            If the address or interface is not this machine's.
        """
        if self._socket is not None:
            return
        opened = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            _prepare(opened, self.address)
        except OSError as problem:
            opened.close()
            raise _named(problem, self.address) from problem
        except BaseException:
            opened.close()
            raise
        self._socket = opened
        asyncio.get_running_loop().add_reader(opened.fileno(), self._read)

    async def stop(self) -> None:
        """Close the socket; what has come can still be drained."""
        if self._socket is None:
            return
        asyncio.get_running_loop().remove_reader(self._socket.fileno())
        self._socket.close()
        self._socket = None

    def drain(self) -> Frames | None:
        """All datagrams that have come since, in order; None if none has."""
        for _ in range(LARGEST_QUEUE_PIECES // BURST):  # a flood does not hold us here
            if self._read() < BURST:
                break
        return self.inbox.drain()

    def rejections(self) -> tuple[Rejection, ...]:
        """What was not kept since the last call."""
        return self.inbox.rejections()

    def _read(self) -> int:
        """Take up to ``BURST`` datagrams from the socket; how many there were."""
        if self._socket is None:
            return 0
        for count in range(BURST):
            try:
                payload, (host, port) = self._socket.recvfrom(1 << 16)
            except (BlockingIOError, InterruptedError):
                return count
            except OSError as problem:
                self.inbox.refuse("NotConnected", f"socket: {problem.strerror}")
                return count
            if len(payload) > self._largest:
                told = f"datagram longer than {self._largest} bytes from {host}:{port}"
                self.inbox.refuse("FramingError", told)
            else:
                self.inbox.put(payload, f"udp://{host}:{port}")
        return BURST


def _prepare(opened: socket.socket, address: Address) -> None:
    """Set up and bind the socket."""
    opened.setblocking(False)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_BYTES)
    with contextlib.suppress(OSError):
        opened.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, BUFFER_BYTES)
    if address.multicast:
        # Several receivers may share a group's port; a unicast port shared would be robbed.
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        opened.setsockopt(socket.IPPROTO_IP, IP_MULTICAST_ALL, 0)
        opened.bind((address.host, address.port))
        membership = socket.inet_aton(address.host) + socket.inet_aton(
            address.interface or "0.0.0.0"
        )
        opened.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, membership)
    else:
        opened.bind((address.host, address.port))


def _named(problem: OSError, address: Address) -> Unavailable:
    """The named error for a socket that cannot be opened."""
    if problem.errno == errno.EADDRINUSE:
        return PortInUse(
            "another process holds this port",
            where=str(address),
            remedy=f"Stop it (`ss -ulnp 'sport = :{address.port}'` names it) or choose another",
        )
    return Unavailable(
        f"cannot listen: {problem.strerror}",
        where=str(address),
        remedy="The address and the interface must be this machine's",
    )
