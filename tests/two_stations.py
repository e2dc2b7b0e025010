"""Two stations of two invented parties, joined by the same steps as the commands take.

The partner dials through a proxy of this process that can be cut, or let nothing through.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import socket
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path

from processes import free_port
from skypact.agreement.reading import read_agreement
from skypact.agreement.signing import (
    SignatureFile,
    public_hex,
    sign_document,
    signature_path,
    signatures_text,
    with_signature,
)
from skypact.exchange.nats_link import NatsLink, WatchSettings
from skypact.exchange.nats_server import NatsServer
from skypact.node import inviting
from skypact.node.keys import read_or_make_key
from skypact.node.new_station import NewStation, init_station
from skypact.node.station import StationFolder, open_station

PARTIES = ("EA", "WE")
WAIT_S = 20.0
"""How long a test waits for what must come at once, on a machine that stands still."""

AGREEMENT = """
classifications = ["open", "official"]
[agreement]
id = "{name}"
title = {{ en = "East and West" }}
[term]
clause = "art-1"
in_force = {in_force}
{parties}
[[clause]]
id = "art-1"
source = "invented"
text = {{ en = "For ever." }}
"""
PARTY = """
[[party]]
code = "{code}"
name = {{ en = "{code}land" }}
signed = 2024-01-01
ratified = 2024-01-01
{key}
"""


def agreement_file(
    folder: Path, *, in_force: str = "2024-01-01", name: str = "east-west", keys: bool = True
) -> Path:
    """An agreement without end, signed by both parties; their keys lie beside it.

    The text names the keys unless it is told not to.
    """
    made = {code: read_or_make_key(folder / f"{code}.pem") for code in PARTIES}
    rows = [
        PARTY.format(code=code, key=f'key = "{public_hex(key)}"' if keys else "")
        for code, key in made.items()
    ]
    path = folder / f"{name}.toml"
    path.write_text(AGREEMENT.format(name=name, in_force=in_force, parties="".join(rows)))
    document = read_agreement(path).document
    signed = SignatureFile()
    for code, key in made.items():
        day = datetime.date(2024, 1, 1)
        signed = with_signature(signed, sign_document(document, code, key, day))
    signature_path(path).write_text(signatures_text(signed))
    return path


@dataclass(frozen=True)
class Pair:
    """East takes partners on; West dials it through the proxy's port."""

    east: Path
    west: Path
    listen: int
    proxy: int
    agreement: Path


def two_stations(folder: Path, **agreement: object) -> Pair:
    """Two stations that know nothing of each other yet."""
    listen, proxy = free_port(socket.SOCK_STREAM), free_port(socket.SOCK_STREAM)
    text = agreement_file(folder, **agreement)  # type: ignore[arg-type]
    pair = Pair(folder / "east", folder / "west", listen, proxy, text)
    east = NewStation("EA", "EA", f"127.0.0.1:{listen}", f"127.0.0.1:{proxy}", folder / "EA.pem")
    west = NewStation("WE", "WE", party_key=folder / "WE.pem")
    init_station(pair.east, east, time.time_ns())
    init_station(pair.west, west, time.time_ns())
    return pair


def joined_stations(folder: Path) -> Pair:
    """Two stations, one invited by the other."""
    pair = two_stations(folder)
    invite(pair)
    inviting.accept(pair.west, folder / "west.invite", time.time_ns())
    return pair


def invite(pair: Pair) -> Path:
    """East invites West; the invite's file."""
    made = inviting.invite(pair.east, pair.west / "WE.card", [pair.agreement], time.time_ns())
    path = pair.east.parent / "west.invite"
    path.write_bytes(made[1])
    return path


@dataclass
class Proxy:
    """A TCP proxy that can be cut (all ends, nobody gets in) or held (nothing passes)."""

    port: int
    target: int
    cut: bool = False
    _open: set[asyncio.StreamWriter] = field(default_factory=set)
    _flowing: asyncio.Event = field(default_factory=asyncio.Event)
    _server: asyncio.Server | None = None

    async def start(self) -> None:
        self._flowing.set()
        self._server = await asyncio.start_server(self._join, "127.0.0.1", self.port)

    async def stop(self) -> None:
        self.break_off()
        assert self._server is not None
        self._server.close()

    def break_off(self) -> None:
        """Cut: connections end, new ones are ended at once."""
        self.cut = True
        for writer in list(self._open):
            writer.transport.abort()

    def mend(self) -> None:
        self.cut = False

    def hold(self) -> None:
        """Connections stay open, and nothing passes."""
        self._flowing.clear()

    def release(self) -> None:
        self._flowing.set()

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.cut:
            writer.transport.abort()
            return
        try:
            there, onward = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            writer.transport.abort()
            return
        self._open |= {writer, onward}
        with contextlib.suppress(OSError):
            await asyncio.gather(self._pump(reader, onward), self._pump(there, writer))
        self._open -= {writer, onward}

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(1 << 16):
                await self._flowing.wait()
                writer.write(data)
                await writer.drain()
        finally:
            writer.transport.abort()


@dataclass
class Running:
    """A station with its server and its one link's edge."""

    station: StationFolder
    server: NatsServer
    link: NatsLink
    clock: Clock


@dataclass
class Clock:
    """The machine's clock, which a test may set forward."""

    ahead_ns: int = 0

    def __call__(self) -> int:
        return time.time_ns() + self.ahead_ns


@contextlib.asynccontextmanager
async def running(folder: Path, watch: WatchSettings | None = None) -> AsyncIterator[Running]:
    """A station's server and link while inside; the watchdog looks only when the test says so."""
    clock = Clock()
    station = open_station(folder, clock())
    server = NatsServer(station.server)
    await server.start()
    link = NatsLink(server, station.links[0].ends, clock, watch or WatchSettings(look_s=3600.0))
    try:
        await link.start()
        yield Running(station, server, link, clock)
    finally:
        await link.stop()
        await server.stop()


@contextlib.asynccontextmanager
async def both_running(pair: Pair) -> AsyncIterator[tuple[Running, Running, Proxy]]:
    """East and West, joined over the proxy."""
    proxy = Proxy(pair.proxy, pair.listen)
    await proxy.start()
    try:
        async with running(pair.east) as east, running(pair.west) as west:
            yield east, west, proxy
    finally:
        await proxy.stop()


async def until(holds: Callable[[], object], what: str) -> None:
    """Wait until something holds."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(WAIT_S):
            while not holds():
                await asyncio.sleep(0.01)
    assert holds(), f"{what}: not within {WAIT_S:.0f} s"


async def until_joined(side: Running, joined: bool = True) -> None:
    """Wait until a station's server has a leaf connection for its link, or has none."""
    async with asyncio.timeout(WAIT_S):
        while True:
            leaves = await side.server.leaves()
            if any(one.account == side.link.ends.account for one in leaves) == joined:
                return
            await asyncio.sleep(0.01)


@dataclass(frozen=True)
class Datagram:
    """What a link's machine hands to the edge."""

    subject: str
    payload: bytes


async def crosses(sender: Running, receiver: Running, payload: bytes) -> list[tuple[str, bytes]]:
    """Send a payload until it arrives (interest takes a moment to spread); what came with it."""
    own, partner = sender.link.ends.own, sender.link.ends.partner
    came: list[tuple[str, bytes]] = []
    async with asyncio.timeout(WAIT_S):
        while payload not in [data for _, data in came]:
            await sender.link.send([Datagram(f"{own}.{partner}.live", payload)])
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(receiver.link.arrival(), 0.05)
            came += [(subject, data) for subject, data, _ in receiver.link.drain()]
    return came
