"""One station of the exchange benchmark, a process of its own: its server, its edge, its link.

Told by the parent over a pipe what to send; answers with what it measured. Latency is from the
offer in one process to the state out of the link in the other, both on this machine's clock.
"""

from __future__ import annotations

import asyncio
import os
import resource
import time
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np

from skypact.exchange.link import Link, TrackOffer
from skypact.exchange.nats_link import NatsLink
from skypact.exchange.nats_server import NatsServer
from skypact.exchange.terms import Terms
from skypact.model.exchange import DurableItem, TrackClaims
from skypact.model.labels import Label
from skypact.model.time import SECOND_NS
from skypact.model.tracks import TRACK_COLUMNS, Tracks
from skypact.node.disk import SystemDisk
from skypact.node.station import open_station

TICK_S = 0.02
ROUNDS_PER_S = 20
ITEM_BYTES = 200


def states(count: int, now_ns: int) -> Tracks:
    """``count`` tracks, all seen just now."""
    number = np.arange(1, count + 1)
    given: dict[str, Any] = {
        "track": number,
        "measured_ns": np.full(count, now_ns),
        "latitude_rad": 0.7 + 1e-5 * number,
        "longitude_rad": 1.2 + 1e-5 * number,
        "altitude_m": np.full(count, 9000.0),
        "pressure_altitude_m": np.full(count, 9100.0),
        "velocity_east_mps": np.full(count, 200.0),
        "velocity_north_mps": np.full(count, -30.0),
        "velocity_up_mps": np.zeros(count),
        "horizontal_sigma_m": np.full(count, 50.0),
        "covariance": np.tile([2500.0, 10, 0, 0, 2500.0, 0, 0, 25.0, 1.0, 25.0], (count, 1)),
        "confirmed": np.ones(count),
        "coasting": np.zeros(count),
        "last_plot_ns": np.full(count, now_ns),
        "mode_3a": number % 4096,
        "mode_s": 0x600000 + number,
        "callsign": np.full(count, b"FLY1"),
        "sensors": np.ones((count, 1)),
    }
    columns = {
        name: np.ascontiguousarray(given[name], kind) for name, kind in TRACK_COLUMNS.items()
    }
    return Tracks(**columns)


@dataclass
class Side:
    """A running station."""

    link: Link
    edge: NatsLink
    server: NatsServer
    latency_ms: list[np.ndarray] = field(default_factory=list)
    rows: int = 0
    items: list[int] = field(default_factory=list)
    arrived_s: list[float] = field(default_factory=list)
    seen_ns: np.ndarray = field(default_factory=lambda: np.zeros(100_000, np.int64))

    async def carry(self) -> None:
        """Bring in what came, take it, and carry out what is to go."""
        for subject, payload, received_ns in self.edge.drain():
            self.link.receive(subject, payload, received_ns)
        self.link.tick(time.time_ns())
        came = self.link.incoming()
        now_ns = time.time_ns()
        for batch in came.tracks:
            if len(batch.tracks):
                self.note(batch.tracks, now_ns)
        for one in came.items:
            self.items.append(int.from_bytes(one.item.id, "big"))
            self.arrived_s.append(time.time())
            self.link.applied(one.number)
        await self.edge.send(self.link.outgoing())

    def note(self, tracks: Tracks, now_ns: int) -> None:
        """Count states that are news; keyframes bring again what came before."""
        newer = tracks.last_plot_ns > self.seen_ns[tracks.track]
        self.seen_ns[tracks.track] = np.maximum(self.seen_ns[tracks.track], tracks.last_plot_ns)
        self.rows += int(newer.sum())
        self.latency_ms.append((now_ns - tracks.last_plot_ns[newer]) / 1e6)

    async def run(self, stop: asyncio.Event) -> None:
        """Carry whenever something came, and each tick."""
        while not stop.is_set():
            waiting = asyncio.create_task(self.edge.arrival())
            await asyncio.wait({waiting}, timeout=TICK_S)
            waiting.cancel()
            await self.carry()


async def send_updates(side: Side, rate: int, seconds: float, label: Label) -> None:
    """Offer rounds so that ``rate`` states a second have news."""
    count = rate // ROUNDS_PER_S
    tracks = states(count, 0)
    claims = TrackClaims.own_only(count, label.originator)
    begin = time.monotonic()
    for n in range(int(seconds * ROUNDS_PER_S)):
        await asyncio.sleep(max(0.0, begin + n / ROUNDS_PER_S - time.monotonic()))
        now_ns = time.time_ns()
        tracks.measured_ns[:], tracks.last_plot_ns[:] = now_ns, now_ns
        side.link.offer_round([TrackOffer(tracks, claims, label)])
        await side.carry()


async def send_items(side: Side, first: int, rate: int, seconds: float, label: Label) -> int:
    """Post items, a tenth of a second's worth at a time; the next number."""
    begin, number = time.monotonic(), first
    for n in range(int(seconds * 10)):
        await asyncio.sleep(max(0.0, begin + n / 10 - time.monotonic()))
        batch = [
            DurableItem("order", k.to_bytes(16, "big"), label, bytes(ITEM_BYTES), time.time_ns())
            for k in range(number, number + rate // 10)
        ]
        side.link.post(batch, time.time_ns())
        number += len(batch)
    return number


def cpu_s() -> float:
    """CPU seconds of this process so far."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


async def serve(folder: Path, agreement: str, digest: bytes, pipe: Connection) -> None:
    """Run the station until told to end."""
    station = open_station(folder, time.time_ns())
    server = NatsServer(station.server)
    await server.start()
    setup = next(one for one in station.links if one.partner.station in ("KG", "RU"))
    edge = NatsLink(server, setup.ends, time.time_ns)
    await edge.start()
    terms = Terms(
        agreement=agreement, digest=digest, until_ns=time.time_ns() + 3600 * SECOND_NS,
        exercise=False, parties=("KG", "RU"), classifications=("open",), categories=(),
    )  # fmt: skip
    link = Link(station.own, setup.partner, terms, SystemDisk(), setup.traffic, os.urandom)
    label = Label(agreement, "open", (), ("KG", "RU"), station.own.card.party)
    side, stop = Side(link, edge, server), asyncio.Event()
    running = asyncio.create_task(side.run(stop))
    number = 0
    while True:
        word, *rest = await asyncio.to_thread(pipe.recv)
        if word == "end":
            break
        if word == "updates":
            await send_updates(side, *rest, label)
        elif word == "items":
            number = await send_items(side, number, *rest, label)
        elif word == "begin":
            side.latency_ms.clear()
            side.rows = 0
        pipe.send(answer(side, number))
    stop.set()
    await running
    await edge.stop()
    link.close()
    await server.stop()
    pipe.send(None)


def answer(side: Side, number: int) -> dict[str, Any]:
    """What this side has measured."""
    status = side.link.status(time.time_ns())
    latency = np.concatenate(side.latency_ms) if side.latency_ms else np.empty(0)
    return {
        "cpu_s": cpu_s(),
        "state": status.state,
        "rows": side.rows,
        "p50_ms": float(np.median(latency)) if len(latency) else float("nan"),
        "p99_ms": float(np.percentile(latency, 99)) if len(latency) else float("nan"),
        "posted": number,
        "waiting": status.waiting,
        "items": list(side.items),
        "arrived_s": list(side.arrived_s),
    }


def main(folder: Path, agreement: str, digest: bytes, pipe: Connection) -> None:
    """Entry of the process."""
    asyncio.run(serve(folder, agreement, digest, pipe))
