"""The exchange's edge in a running node: the station's server, one NATS client a link, one task.

In: a station's folder and its gateway. Out: datagrams carried both ways every 20 ms, links added
and revoked as the folder changes, and in the links' status what is wrong with their way. Without
a server the node goes on alone and says why.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable
from pathlib import Path

from skypact.exchange.nats_errors import ServerRefused
from skypact.exchange.nats_link import NatsLink
from skypact.exchange.nats_server import NatsServer
from skypact.model.errors import BadInput, SkypactError, Unavailable
from skypact.model.time import MILLISECOND_NS, SECOND_NS, Clock
from skypact.node.agreement_opening import LiveAgreements
from skypact.node.credentials import renew
from skypact.node.disk import FolderLock, SystemDisk, write_whole
from skypact.node.gateway import Gateway, NodeSide, Place
from skypact.node.gateway_links import GatewayLink
from skypact.node.settings import NodeSettings
from skypact.node.station import LinkSetup, StationFolder, open_station

TICK_NS = 20 * MILLISECOND_NS
LOOK_NS = SECOND_NS
"""How often the folder is looked at, and the ways' state is told."""

RENEW_NS = 60 * SECOND_NS
"""How often partners who dial are offered newer credentials."""

SECRET_BYTES = 32


class Exchanging:
    """A node's exchange at work.

    Parameters
    ----------
    folder
        The station's folder.
    station, gateway
        As opened.
    clock
        Times of reception.
    announce
        Takes lines for people.
    lock
        The right to run this station.
    """

    def __init__(
        self,
        folder: Path,
        station: StationFolder,
        gateway: Gateway,
        clock: Clock,
        announce: Callable[[str], None],
        lock: FolderLock,
    ) -> None:
        self.gateway = gateway
        self.trouble = ""
        """Why nothing is carried, in plain words; empty while the server runs."""
        self._folder, self._station, self._clock = folder, station, clock
        self._announce, self._lock = announce, lock
        self._server: NatsServer | None = None
        self._edges: dict[str, tuple[LinkSetup, NatsLink]] = {}
        self._task: asyncio.Task[None] | None = None
        self._looked_ns = 0
        self._renewed_ns = 0

    async def start(self) -> None:
        """Start the server and join every link; what does not start is said and stops no node."""
        logging.getLogger("asyncio").addFilter(_tells_something)
        server = NatsServer(self._station.server)
        try:
            await server.start()
        except SkypactError as problem:
            self.trouble = str(problem)
            self._announce(f"{problem.name}: {problem}")
            self._announce("nothing is exchanged; the node's own picture goes on")
        else:
            self._server = server
            for setup in self._station.links:
                await self._join(setup)
        self._task = asyncio.create_task(self._run())
        self._task.add_done_callback(self._say_why_it_ended)

    def _say_why_it_ended(self, task: asyncio.Task[None]) -> None:
        """The node's own picture goes on whatever ends the exchange, but nobody shall wonder."""
        if task.cancelled() or task.exception() is None:
            return
        self.trouble = f"the exchange ended: {task.exception()!r}"
        self._announce(self.trouble)
        for link in self.gateway.links.values():
            link.way_trouble = self.trouble

    async def stop(self) -> None:
        """Leave all links, end the server, let go of all files."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})
        for _, edge in self._edges.values():
            await edge.stop()
        if self._server is not None:
            await self._server.stop()
        self.gateway.close()
        self._lock.close()

    async def _join(self, setup: LinkSetup) -> None:
        assert self._server is not None
        edge = NatsLink(self._server, setup.ends, self._clock.now_ns)
        try:
            await edge.start()
        except ServerRefused as problem:
            self._announce(f"{setup.id}: {problem.name}: {problem}")
            link = self.gateway.links.get(setup.id)
            if link is not None:
                link.way_trouble = str(problem)
            await edge.stop()
            return
        self._edges[setup.id] = setup, edge

    async def _run(self) -> None:
        """Carry datagrams until cancelled."""
        while True:
            now_ns = self._clock.now_ns()
            for link in list(self.gateway.links.values()):
                await self._carry(link, now_ns)
            if now_ns - self._looked_ns >= LOOK_NS:
                self._looked_ns = now_ns
                await self._look(now_ns)
            rest_ns = TICK_NS - self._clock.now_ns() % TICK_NS
            await asyncio.sleep(rest_ns / SECOND_NS)

    async def _carry(self, link: GatewayLink, now_ns: int) -> None:
        """Bring what came to a link, take what it has, and carry what is to go."""
        held = self._edges.get(link.id)
        if held is not None:
            link.receive(held[1].drain())
        datagrams = link.carry(now_ns)
        self.gateway.fetch(link, now_ns)
        if held is not None and datagrams:
            await held[1].send(datagrams)

    async def _look(self, now_ns: int) -> None:
        """Once a second: throttled partners, the ways' trouble, and whether the folder changed."""
        server = self._server
        for name, (_, edge) in self._edges.items():
            link = self.gateway.links.get(name)
            quiet = link is None or not link.open or link.throttled
            if quiet and not edge.paused:
                await edge.pause()
            elif not quiet and edge.paused:
                await edge.resume()
            if link is not None:
                link.way_trouble = (server.trouble if server else "") or edge.trouble
        if server is None:
            for link in self.gateway.links.values():
                link.way_trouble = self.trouble
        if now_ns - self._renewed_ns >= RENEW_NS:
            self._renewed_ns = now_ns
            edges = {name: edge for name, (_, edge) in self._edges.items()}
            chains = self.gateway.agreements.state.store.chains
            try:
                await renew(self._station, edges, chains, now_ns)
            except BadInput as problem:  # a file of the folder that the disk did not take
                self._announce(f"credentials are not renewed: {problem}")
        if self._station.changed() or now_ns >= self._station.renew_ns:
            await self._reopen(now_ns)

    async def _reopen(self, now_ns: int) -> None:
        """Take in links that were added, renewed or revoked."""
        try:
            station = open_station(self._folder, now_ns)
        except BadInput as problem:  # a file half changed by hand: the links stay as they are
            self._announce(f"{problem.name}: {problem}")
            return
        self._station = station
        self.gateway.take_plans(station.links, now_ns)
        if self._server is None:
            return
        try:
            await self._server.reload(station.server.plan)
        except (ServerRefused, TimeoutError) as problem:
            self._announce(f"the server does not take the station's changed links: {problem}")
        wanted = {setup.id: setup for setup in station.links}
        for name, (setup, edge) in list(self._edges.items()):
            now = wanted.get(name)
            if now is None or now.ends.account != setup.ends.account or now.dials != setup.dials:
                await edge.stop()
                del self._edges[name]
        for name, setup in wanted.items():
            if name not in self._edges:
                await self._join(setup)
        self._announce(f"station {station.own.card.station} has {len(wanted)} links")


def _tells_something(record: logging.LogRecord) -> bool:
    """Not what asyncio says of every TLS connection that ends: nobody can do anything about it."""
    return "eof_received() has no effect when using ssl" not in record.getMessage()


def open_exchange(
    settings: NodeSettings,
    agreements: LiveAgreements,
    station: StationFolder,
    clock: Clock,
    announce: Callable[[str], None],
) -> Exchanging:
    """Open a node's exchange; nothing is carried before :meth:`Exchanging.start`.

    Raises
    ------
    BadInput
        If something in the station's folder is missing or damaged.
    Unavailable
        If another process runs the station, or the disk does not take what it must.
    """
    given = settings.exchange
    assert given is not None, "the node's file has no [exchange]"
    folder = given.folder / "exchange"
    lock = FolderLock(folder)
    try:
        gateway = Gateway(
            station.own,
            station.links,
            agreements,
            NodeSide(settings.sensors, settings.mode == "exercise", given, settings.registration),
            Place(SystemDisk(), folder, os.urandom, read_or_make_secret(folder / "secret")),
        )
    except OSError as problem:
        lock.close()
        raise Unavailable(str(problem), where=str(folder)) from problem
    except BaseException:
        lock.close()
        raise
    return Exchanging(given.folder, station, gateway, clock, announce, lock)


def read_or_make_secret(path: Path) -> bytes:
    """The node's secret for passing numbers: read, or made at its first start.

    Raises
    ------
    BadInput
        If the file is damaged or cannot be written.
    """
    if not path.exists():
        write_whole(path, os.urandom(SECRET_BYTES))
        path.chmod(0o600)
    secret = path.read_bytes()
    if len(secret) != SECRET_BYTES:
        raise BadInput(
            "the secret for passing numbers is damaged",
            where=str(path),
            remedy="Take it away: blurred tracks then leave under new numbers",
        )
    return secret
