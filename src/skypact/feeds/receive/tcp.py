"""A TCP stream to frames: each chunk read is one frame with its time of reception.

We connect to the sender (a Beast port such as 30005), and again after a loss, waiting longer
each time up to half a minute. What is lost in between is not asked for again.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket

from skypact.feeds.receive.address import Address
from skypact.feeds.receive.inbox import Inbox
from skypact.model.errors import Rejection
from skypact.model.frames import FeedFormat, Frames
from skypact.model.time import Clock

CHUNK_BYTES = 1 << 16
FIRST_WAIT_S = 0.5
LONGEST_WAIT_S = 30.0
CONNECT_S = 10.0
SILENCE_S = 90.0
"""A link can die without a word; Beast senders beat at least once a minute."""


class TcpReceiver:
    """Connects to a sender of a byte stream and keeps connected.

    Parameters
    ----------
    address
        Where the sender listens.
    format
        What the stream holds.
    clock
        Gives each chunk's time of reception.
    first_wait_s, longest_wait_s
        Time before the first new attempt, doubled with each that fails, up to the longest.
    """

    def __init__(
        self,
        address: Address,
        format: FeedFormat,
        *,
        clock: Clock,
        first_wait_s: float = FIRST_WAIT_S,
        longest_wait_s: float = LONGEST_WAIT_S,
    ) -> None:
        self.address = address
        self.inbox = Inbox(format, str(address), clock)
        self._first_wait_s = first_wait_s
        self._longest_wait_s = longest_wait_s
        self._state = "closed"
        self._task: asyncio.Task[None] | None = None
        self._position = 0

    @property
    def state(self) -> str:
        """What the receiver does now, in words: connected, or why not and when again."""
        return self._state

    async def start(self) -> None:
        """Begin to connect; a sender that is not there yet is tried again, not an error."""
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._keep_connected())

    async def stop(self) -> None:
        """Close the connection; what has come can still be drained."""
        if self._task is None:
            return
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task
        self._task = None
        self._state = "closed"

    def drain(self) -> Frames | None:
        """All chunks that have come since, in order; None if none has."""
        return self.inbox.drain()

    def rejections(self) -> tuple[Rejection, ...]:
        """Losses of the connection and chunks not kept since the last call."""
        return self.inbox.rejections()

    async def _keep_connected(self) -> None:
        wait_s = self._first_wait_s
        while True:
            before = self._position
            self._state = "connecting"
            try:
                why = await self._read_one_connection()
            except TimeoutError:
                why = "no answer in time"
            except OSError as problem:
                why = problem.strerror or str(problem)
            if self._position > before:
                wait_s = self._first_wait_s
            self.inbox.refuse("NotConnected", f"no connection: {why}", self._position)
            self._state = f"no connection: {why}; again in {wait_s:g} s"
            await asyncio.sleep(wait_s)
            wait_s = min(2.0 * wait_s, self._longest_wait_s)

    async def _read_one_connection(self) -> str:
        """Read until the connection ends; why it ended."""
        async with asyncio.timeout(CONNECT_S):
            reader, writer = await asyncio.open_connection(self.address.host, self.address.port)
        try:
            opened = writer.get_extra_info("socket")
            if opened is not None:
                opened.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            self._state = "connected"
            while True:
                try:
                    async with asyncio.timeout(SILENCE_S):
                        chunk = await reader.read(CHUNK_BYTES)
                except TimeoutError:
                    return f"silent for {SILENCE_S:g} s"
                if not chunk:
                    return "the sender closed it"
                self.inbox.put(chunk, str(self.address), self._position)
                self._position += len(chunk)
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()
