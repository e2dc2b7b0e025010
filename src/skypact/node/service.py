"""A live node with its console, from start to orderly end."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any

from skypact.agreement.refusals import StoreDamaged
from skypact.audit.errors import AuditDamaged
from skypact.console import Console
from skypact.console.front_end import require_front_end
from skypact.console.operator_input import LinkSwitch
from skypact.model.errors import FrontEndMissing, Unavailable
from skypact.model.time import Clock
from skypact.node.agreement_opening import LiveAgreements, open_agreements
from skypact.node.clock import SystemClock
from skypact.node.disk import SystemDisk
from skypact.node.exchanging import open_exchange
from skypact.node.live import LiveNode
from skypact.node.settings import NodeSettings
from skypact.node.signals import stop_on_signals
from skypact.node.station import StationFolder, open_station
from skypact.node.track_numbers import TrackNumbers


def run_node(
    settings: NodeSettings,
    *,
    port: int,
    seconds: float | None,
    announce: Callable[[str], None],
    beside: Callable[[], Coroutine[Any, Any, None]] | None = None,
) -> dict[str, Any]:
    """Run until interrupted or ``seconds`` have passed; what the node came to.

    Parameters
    ----------
    settings
        The node's file.
    port
        The console's port on loopback.
    seconds
        How long, None until interrupted.
    announce
        Takes lines for people.
    beside
        Makes a coroutine that runs beside the node; if it raises, the node ends with its error.
    """
    return asyncio.run(serve_node(settings, port, seconds, announce, SystemClock(), beside))


async def serve_node(
    settings: NodeSettings,
    port: int,
    seconds: float | None,
    announce: Callable[[str], None],
    clock: Clock,
    beside: Callable[[], Coroutine[Any, Any, None]] | None = None,
    *,
    link_switch: LinkSwitch | None = None,
) -> dict[str, Any]:
    """Open feeds and console, run, close both; ``link_switch`` is offered to operators.

    Raises
    ------
    PortInUse
        If a feed's port or the console's is taken.
    """
    station = _station(settings, clock, announce)
    if settings.agreements is None and station is not None:
        settings = replace(settings, agreements=station.agreements)
    agreements = _agreements(settings, clock, announce)
    exchange = None
    if station is not None and agreements is not None:
        exchange = open_exchange(settings, agreements, station, clock, announce)
    kept = settings.track_numbers
    numbers = None if kept is None else TrackNumbers(kept, SystemDisk())
    gateway = None if exchange is None else exchange.gateway
    node = LiveNode(settings, clock, agreements, numbers, gateway)

    def on_report(fields: dict[str, Any]) -> dict[str, Any]:
        assert gateway is not None
        return gateway.write_report(fields, clock.now_ns())

    console = Console(
        port=port, on_report=None if gateway is None else on_report, link_switch=link_switch
    )
    stop = asyncio.Event()
    await node.start()
    try:
        if exchange is not None:
            await exchange.start()
        async with console.serving() as url, stop_on_signals(stop):
            say_if_no_display(announce)
            announce(f"node {settings.name} listens on {len(settings.feeds)} feeds")
            announce(f"console at {url} (Ctrl-C ends)")
            running = asyncio.create_task(node.run(console.publish, stop))
            companion = asyncio.create_task(beside() if beside else stop.wait())
            await asyncio.wait(
                {running, companion}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED
            )
            stop.set()
            await running
            partners = node.status(clock.now_ns()).partners
            await _end(companion)
    finally:
        if exchange is not None:
            await exchange.stop()
        await node.stop()
    watch = node.watch
    return {
        "plots": watch.health.plots,
        "tracks": int(watch.picture.confirmed.sum()),
        "nodes": 1,
        "console_url": url,
        "rejected": watch.health.refused,
        "outputs": node.outputs(),
        "partners": {f"{one.agreement}/{one.station}": one.state for one in partners},
    }


def _station(
    settings: NodeSettings, clock: Clock, announce: Callable[[str], None]
) -> StationFolder | None:
    """The node's station, opened; None where its file names none."""
    if settings.exchange is None:
        return None
    station = open_station(settings.exchange.folder, clock.now_ns())
    announce(f"station {station.own.card.station} has {len(station.links)} links")
    return station


def _agreements(
    settings: NodeSettings, clock: Clock, announce: Callable[[str], None]
) -> LiveAgreements | None:
    """The node's agreements; without a whole audit log or store its own picture goes on alone."""
    if settings.agreements is None:
        return None
    try:
        agreements = open_agreements(settings.agreements, clock.now_ns())
    except (AuditDamaged, StoreDamaged, Unavailable) as problem:
        announce(f"{problem.name}: {problem}")
        announce("no agreement is obeyed and nothing may leave; the node's own picture goes on")
        return None
    for refused in agreements.state.refused:
        announce(f"{refused.where}: refused: {refused.words} ({refused.name})")
    for one in agreements.state.situations.values():
        announce(f"agreement {one.document.agreement.id} is {one.standing.state}")
    return agreements


async def _end(companion: asyncio.Task[Any]) -> None:
    # Whoever ended by itself may have an error to tell; whoever still runs is told to end.
    if not companion.done():
        companion.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await companion


def say_if_no_display(announce: Callable[[str], None]) -> None:
    """Say that the operator display is not built; the console's interface works without it."""
    try:
        require_front_end()
    except FrontEndMissing as missing:
        announce(f"{missing.name}: {missing}")
