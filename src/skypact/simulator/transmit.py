"""The simulator's edge: emissions to sockets at their times.

In: an exercise, and an address for each channel. Out: UDP datagrams, and streams served to
those who connect over TCP (as Beast receivers do). Nothing else leaves: a node that listens
learns what real sensors would tell it. Time enters through a clock and a sleep only.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from skypact.feeds.receive.address import Address, parse_address
from skypact.model.errors import PortInUse, Unavailable, UsageError
from skypact.model.time import SECOND_NS, Clock
from skypact.simulator.document import load_exercise
from skypact.simulator.emission import Emission, ExerciseFeed
from skypact.simulator.exercise import Exercise

SLOW_CLIENT_BYTES = 1 << 20
"""A client with more than this unread is dropped: a live stream waits for nobody."""

STRETCH_NS = SECOND_NS
"""Exercise time made at most at once, so that after a pause others still get their turn."""

LONGEST_SLEEP_S = 0.2
"""How late a stop may be noticed."""


class WallClock:
    """UTC of this machine, for a sender that is a process of its own."""

    def now_ns(self) -> int:
        """Current time, int64 UTC nanoseconds."""
        return time.time_ns()


@dataclass(slots=True)
class Sent:
    """What a transmission came to.

    ``refused`` counts datagrams that this machine did not take (UDP does not tell whether
    anybody listens), ``clients`` who connected, ``dropped`` those who read too slowly.
    """

    emissions: int = 0
    sent_bytes: int = 0
    refused: int = 0
    clients: int = 0
    dropped: int = 0


class DatagramOutlet:
    """One UDP destination."""

    def __init__(self, address: Address, sent: Sent) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        if address.interface:
            packed = socket.inet_aton(address.interface)
            self._socket.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, packed)
        self._target = (address.host, address.port)
        self._sent = sent

    def send(self, payload: bytes) -> None:
        """Send, or count as refused and go on: a sensor does not wait."""
        try:
            self._socket.sendto(payload, self._target)
        except OSError:
            self._sent.refused += 1

    async def close(self) -> None:
        """Give the socket back."""
        self._socket.close()


class StreamOutlet:
    """One TCP port that serves a stream to whoever connects."""

    def __init__(self, address: Address, sent: Sent) -> None:
        self._address = address
        self._sent = sent
        self._clients: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None

    async def open(self) -> None:
        """Begin to listen.

        Raises
        ------
        PortInUse
            If another process has the port.
        Unavailable
            If the address is not this machine's.
        """
        host, port = self._address.host, self._address.port
        try:
            self._server = await asyncio.start_server(self._welcome, host, port)
        except OSError as error:
            where = str(self._address)
            if error.errno == errno.EADDRINUSE:
                raise PortInUse("another process has the port", where=where) from None
            raise Unavailable(str(error), where=where) from None

    async def _welcome(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._clients.add(writer)
        self._sent.clients += 1
        try:
            while await reader.read(4096):
                pass  # receivers say nothing that concerns us
        except OSError:
            pass  # gone without a word
        finally:
            self._clients.discard(writer)
            writer.close()

    def send(self, payload: bytes) -> None:
        """Write to every client; one that does not keep up is dropped."""
        for client in list(self._clients):
            if client.transport.get_write_buffer_size() > SLOW_CLIENT_BYTES:
                self._clients.discard(client)
                self._sent.dropped += 1
                client.transport.abort()
            else:
                client.write(payload)

    async def close(self) -> None:
        """Let clients have what was written, then hang up."""
        if self._server is None:
            return
        self._server.close()
        for client in list(self._clients):
            client.close()
        for client in list(self._clients):
            with contextlib.suppress(OSError, asyncio.TimeoutError):
                await asyncio.wait_for(client.wait_closed(), timeout=1.0)


Outlet = DatagramOutlet | StreamOutlet


def addresses_of(exercise: Exercise, given: Mapping[str, str]) -> dict[str, Address]:
    """Address of every channel: as given by channel, else as the exercise file says.

    Raises
    ------
    UsageError
        If a given channel is not the exercise's, or an address is none.
    """
    own = {simulated.channel: simulated.address for simulated in exercise.sensors}
    unknown = sorted(given.keys() - own.keys())
    if unknown:
        raise UsageError(f"the exercise has no channels {unknown}", remedy=f"it has {sorted(own)}")
    return {channel: parse_address(text) for channel, text in {**own, **given}.items()}


async def _open(addresses: Mapping[str, Address], sent: Sent) -> dict[str, Outlet]:
    """An outlet for each channel; channels with one address share it."""
    outlets: dict[Address, Outlet] = {}
    try:
        for address in addresses.values():
            if address in outlets:
                continue
            if address.transport == "udp":
                outlets[address] = DatagramOutlet(address, sent)
            else:
                stream = StreamOutlet(address, sent)
                outlets[address] = stream
                await stream.open()
    except BaseException:
        for outlet in outlets.values():
            await outlet.close()
        raise
    return {channel: outlets[address] for channel, address in addresses.items()}


def _send(emissions: list[Emission], outlets: Mapping[str, Outlet], sent: Sent) -> None:
    for emission in emissions:
        outlets[emission.channel].send(emission.payload)
        sent.emissions += 1
        sent.sent_bytes += len(emission.payload)


async def transmit(
    exercise: Exercise,
    addresses: Mapping[str, str],
    *,
    clock: Clock,
    stop: asyncio.Event,
    speed: float = 1.0,
    began_ns: int | None = None,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> Sent:
    """Send an exercise's bytes until it ends or ``stop`` is set.

    Parameters
    ----------
    exercise
        With ``start_ns`` as it shall stand in the bytes.
    addresses
        ``udp://`` or ``tcp://`` by channel; channels not named keep the exercise's own.
    clock, sleep
        The seam to time; tests pass ones that jump.
    stop
        Ends the transmission within 0.2 s.
    speed
        Exercise seconds a second.
    began_ns
        Clock time of exercise second 0; now, if not given.

    Raises
    ------
    UsageError
        If an address or channel is off.
    PortInUse, Unavailable
        If a port cannot be served.
    """
    sent = Sent()
    outlets = await _open(addresses_of(exercise, addresses), sent)
    feed = ExerciseFeed(exercise)
    origin_ns = clock.now_ns() if began_ns is None else began_ns
    made_ns = exercise.start_ns
    try:
        while not stop.is_set() and made_ns < feed.end_ns:
            elapsed_ns = int((clock.now_ns() - origin_ns) * speed)
            due_ns = min(exercise.start_ns + elapsed_ns, made_ns + STRETCH_NS)
            _send(feed.emit(due_ns), outlets, sent)
            made_ns = max(made_ns, due_ns)
            ahead_s = (feed.next_ns - exercise.start_ns - elapsed_ns) / SECOND_NS / speed
            await sleep(min(max(ahead_s, 0.0), LONGEST_SLEEP_S))
    finally:
        for outlet in set(outlets.values()):
            await outlet.close()
    return sent


def run(
    exercise_path: Path,
    *,
    addresses: Mapping[str, str] | None = None,
    duration_s: float | None = None,
    speed: float = 1.0,
    start_ns: int | None = None,
    clock: Clock | None = None,
    beside: Callable[[asyncio.Event], Coroutine[Any, Any, None]] | None = None,
) -> Sent:
    """Send an exercise from a process of its own, dated from the next full second on.

    Parameters
    ----------
    exercise_path
        The exercise file.
    addresses
        By channel, where other than the file says.
    duration_s
        Exercise seconds after which to end; the whole exercise if not given.
    speed
        Exercise seconds a second.
    start_ns
        When exercise second 0 is, in the bytes; the next full second if not given.
    clock
        This machine's, if not given.
    beside
        Makes a coroutine that runs beside the transmission and may set the event that ends it.
    """
    exercise = load_exercise(exercise_path)
    clock = WallClock() if clock is None else clock
    began_ns = (clock.now_ns() // SECOND_NS + 1) * SECOND_NS
    exercise = exercise.starting_at(began_ns if start_ns is None else start_ns)
    if duration_s is not None:
        exercise = replace(exercise, duration_s=min(duration_s, exercise.duration_s))

    async def sending() -> Sent:
        stop = asyncio.Event()
        companion = asyncio.create_task(beside(stop)) if beside else None
        try:
            return await transmit(
                exercise, addresses or {}, clock=clock, stop=stop, speed=speed, began_ns=began_ns
            )
        finally:
            if companion is not None:
                companion.cancel()

    return asyncio.run(sending())
