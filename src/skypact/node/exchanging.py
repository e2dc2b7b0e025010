"""The exchange's edge in a running node: the station's server, one NATS client a link, one task.

In: a station's folder and its gateway. Out: datagrams carried both ways as they come and at least
every 20 ms, links added and revoked as the folder changes, and in the links' status what is wrong
with their way. Without a server the node goes on alone and says why.

The node's own picture goes first, in the same thread: opening what partners send takes no more
than ``SHARE`` of the time, in pieces of ``PIECE_NS``, whatever they send.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from collections.abc import Callable
from pathlib import Path

from skypact.exchange.nats_errors import ServerRefused
from skypact.exchange.nats_link import CHANNELS, NatsLink
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
PIECE_NS = 4 * MILLISECOND_NS
"""Longest time in which envelopes are opened before other tasks may run."""
SHARE = 0.25
LEAST_REST_S = 0.002
"""A burst of datagrams is taken together, not each by itself."""
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
        self._ending = False
        self._wake = asyncio.Event()
        self._offered = True
        gateway.on_offer = self._note_offer
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
        self._ending = True
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
        edge.on_arrival = self._wake.set
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
        ticked_ns = 0
        while not self._ending:  # a request of the library may swallow a cancellation
            begun_ns = self._clock.now_ns()
            every = self._offered or not 0 <= begun_ns - ticked_ns < TICK_NS
            if every:
                ticked_ns = begun_ns // TICK_NS * TICK_NS
            self._offered = False
            self._wake.clear()
            await self._carry_all(begun_ns, every=every)
            spent_s = max(0, self._clock.now_ns() - begun_ns) / SECOND_NS
            await asyncio.sleep(max(LEAST_REST_S, min(spent_s, 0.1) * (1.0 / SHARE - 1.0)))
            if begun_ns - self._looked_ns >= LOOK_NS or begun_ns < self._looked_ns:
                self._looked_ns = begun_ns
                await self._look(begun_ns)
            rest_ns = ticked_ns + TICK_NS - self._clock.now_ns()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(max(0, min(rest_ns, TICK_NS)) / SECOND_NS):
                    await self._wake.wait()

    def _note_offer(self) -> None:
        self._offered = True
        self._wake.set()

    async def _carry_all(self, now_ns: int, *, every: bool) -> None:
        """Carry for every link, or only for those that something came for."""
        busy = []
        for link in list(self.gateway.links.values()):
            held = self._edges.get(link.id)
            if held is not None and held[1].waiting:
                link.arrivals.admit(link.link, held[1].drain())
                busy.append(link)
            elif link.arrivals:
                busy.append(link)
        for link in busy:
            self._open_some(link, PIECE_NS // len(busy))
        for link in list(self.gateway.links.values()) if every else busy:
            await self._carry(link, now_ns)

    def _open_some(self, link: GatewayLink, budget_ns: int) -> None:
        """Open what waits for a link, as long as its part of the time lasts."""
        end_ns = self._clock.now_ns() + budget_ns
        while link.arrivals:
            link.arrivals.open_some(link.link)
            if not 0 <= end_ns - self._clock.now_ns() <= budget_ns:
                return

    async def _carry(self, link: GatewayLink, now_ns: int) -> None:
        """Take what a link has, and carry what is to go; a flood is not listened to any more."""
        held = self._edges.get(link.id)
        datagrams = link.carry(now_ns)
        self.gateway.fetch(link, now_ns)
        if held is not None and datagrams:
            await held[1].send(datagrams)
        if held is not None and not held[1].heard.isdisjoint(link.flooded):
            await held[1].hear(held[1].heard - link.flooded)

    async def _look(self, now_ns: int) -> None:
        """Once a second: throttled partners, the ways' trouble, and whether the folder changed."""
        server = self._server
        for name, (_, edge) in self._edges.items():
            link = self.gateway.links.get(name)
            heard: set[str] = set()
            if link is not None and link.open:
                heard = set(CHANNELS) - link.flooded
            if heard != edge.heard:
                await edge.hear(heard)
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
        gateway.advance(clock.now_ns())
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
