"""The hostile partner of the benchmark, a process of its own: a valid station that means harm.

Told by the parent over a pipe what to do and for how long: ``quiet``, ``ghosts``, ``drip`` (just
below what a link takes, all of it well sealed and worth as little as can be), ``plots`` (of
aircraft that are not there) or ``flood``. It
shakes hands as agreed, so that what it sends is sealed and signed as it must be. While it is
quiet it sends as many bytes as in a flood, but to nobody: what a flood costs the machine on which
all this runs is no cost of the node's.
"""

from __future__ import annotations

import asyncio
import os
import time
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np

from benchmarks.exchange_side import Side, states
from skypact.exchange.link import Link, TrackOffer
from skypact.exchange.nats_link import NatsLink
from skypact.exchange.nats_server import NatsServer
from skypact.exchange.terms import Terms
from skypact.exchange.track_content import encode_tracks, track_records
from skypact.model.exchange import TrackClaims
from skypact.model.labels import Label
from skypact.model.plots import Plots
from skypact.model.sensors import Sensor
from skypact.model.time import SECOND_NS
from skypact.model.tracks import Tracks
from skypact.node.disk import SystemDisk
from skypact.node.station import open_station

FLOOD_PER_S = 20_000
BURSTS_PER_S = 50
SEALED = 3_000
DRIP_PER_S = 1_900
PLOTS_PER_S = 6_000
HONEST, GHOSTS = 60, 5_500
TELEPORTING, NUMBERED, FUTURE = 500, 500, 500


def aircraft(count: int, now_ns: int, seed: int, *, hostile: bool) -> tuple[Tracks, TrackClaims]:
    """Tracks over all of the exercise's area that fly east; hostile ones also lie as they can."""
    dice = np.random.default_rng(seed)
    tracks = states(count, now_ns)
    seconds = now_ns / SECOND_NS % 1000.0
    tracks.latitude_rad[:] = np.radians(dice.uniform(39.2, 43.3, count))
    east = np.radians(dice.uniform(69.5, 80.0, count)) + seconds * 200.0 / 4.8e6
    tracks.longitude_rad[:] = east
    tracks.velocity_north_mps[:] = 0.0
    tracks.mode_s[:] = 0x700000 + tracks.track
    claims = TrackClaims.own_only(count, "RU")
    if hostile:
        at = np.random.default_rng(now_ns)
        far = slice(0, TELEPORTING)
        tracks.latitude_rad[far] = np.radians(at.uniform(39.2, 43.3, TELEPORTING))
        tracks.measured_ns[TELEPORTING : TELEPORTING + FUTURE] += 40 * SECOND_NS
        joint, allotted = claims.joint.copy(), claims.allotted_ns.copy()
        wrong = slice(TELEPORTING + FUTURE, TELEPORTING + FUTURE + NUMBERED)
        joint[wrong] = 10_000_001 + np.arange(NUMBERED)  # the other side's to give
        allotted[wrong] = now_ns - 3600 * SECOND_NS
        rest = slice(wrong.stop, None)
        joint[rest] = at.integers(20_000_000, 30_000_000, count - wrong.stop)  # its whole block
        allotted[rest] = now_ns
        claims = replace(claims, joint=joint, allotted_ns=allotted)
    return tracks, claims


class Partner:
    """A station at war with its partner."""

    def __init__(self, side: Side, label: Label) -> None:
        self.side, self.label = side, label
        self.sent = 0

    def tell(self, *, hostile: bool) -> None:
        """A round of tracks."""
        now_ns = time.time_ns()
        count = GHOSTS if hostile else HONEST
        tracks, claims = aircraft(count, now_ns, 7, hostile=hostile)
        self.side.link.offer_round([TrackOffer(tracks, claims, self.label)])

    def block(self, *, crosses: bool) -> bytes:
        """Words of the network for a burst: junk on every channel, and envelopes well sealed."""
        sealer = self.side.link.reader.handshake.sealer
        now_ns = time.time_ns()
        tracks, claims = aircraft(1, now_ns, 8, hostile=False)
        content = encode_tracks(track_records(tracks, claims), ("RU",), 0)
        payloads = [sealer.seal("tracks", content, self.label, now_ns) for _ in range(SEALED)]
        dice = np.random.default_rng(9)
        junk = [dice.bytes(200) for _ in range(100)]
        lines = []
        for k in range(FLOOD_PER_S):
            sealed = k % 2 == 0
            payload = payloads[k // 2 % SEALED] if sealed else junk[k % 100]
            channel = "live" if sealed else ("live", "items", "hail")[k % 3]
            subject = f"RU.KG.{channel}" if crosses else "RU.KG.nowhere"
            lines.append(b"PUB %s %d\r\n%s\r\n" % (subject.encode(), len(payload), payload))
        size = FLOOD_PER_S // BURSTS_PER_S
        self.bursts = [b"".join(lines[k : k + size]) for k in range(0, FLOOD_PER_S, size)]
        return self.bursts[0]

    def drop(self) -> bytes:
        """A burst of envelopes with a track each, that are all opened."""
        sealer = self.side.link.reader.handshake.sealer
        now_ns = time.time_ns()
        tracks, claims = aircraft(1, now_ns, 8, hostile=False)
        content = encode_tracks(track_records(tracks, claims), ("RU",), 0)
        lines = []
        for _ in range(DRIP_PER_S // BURSTS_PER_S):
            payload = sealer.seal("tracks", content, self.label, now_ns)
            lines.append(b"PUB RU.KG.live %d\r\n%s\r\n" % (len(payload), payload))
        return b"".join(lines)

    def plot(self, count: int) -> None:
        """Plots at random places, of a sensor that has never been."""
        now_ns = time.time_ns()
        dice = np.random.default_rng(now_ns)
        plots = Plots.blank(
            count,
            sensor=np.zeros(count),
            measured_ns=np.full(count, now_ns),
            received_ns=np.full(count, now_ns),
            latitude_rad=np.radians(dice.uniform(39.2, 43.3, count)),
            longitude_rad=np.radians(dice.uniform(69.5, 80.0, count)),
            altitude_m=np.full(count, 9000.0),
        )
        sensor = Sensor("ghost", "adsb", rotation_s=1.0, position_sigma_m=15.0)
        self.side.link.offer_plots(plots, (sensor,), self.label, now_ns)

    async def act(self, what: str, seconds: float) -> int:
        """Do as told; how many messages were sent raw."""
        client = self.side.edge._client  # its words are not those of the library
        assert client is not None
        transport = client._transport
        assert transport is not None
        self.block(crosses=what == "flood")
        begin, sent = time.monotonic(), 0
        told_s = -1
        for n in range(int(seconds * BURSTS_PER_S)):
            await asyncio.sleep(max(0.0, begin + n / BURSTS_PER_S - time.monotonic()))
            transport.write(self.bursts[n % BURSTS_PER_S])
            await transport.drain()
            sent += FLOOD_PER_S // BURSTS_PER_S
            if what == "drip":
                transport.write(self.drop())
            if what == "plots" and n % 5 == 0:
                self.plot(PLOTS_PER_S * 5 // BURSTS_PER_S)
            if n // BURSTS_PER_S != told_s:
                told_s = n // BURSTS_PER_S
                self.tell(hostile=what == "ghosts")
            if time.monotonic() - begin > seconds:
                break
        return sent


async def serve(folder: Path, agreement: str, digest: bytes, pipe: Connection) -> None:
    """Run the station until told to end."""
    station = open_station(folder, time.time_ns())
    server = NatsServer(station.server)
    await server.start()
    setup = next(one for one in station.links if one.partner.station == "KG")
    edge = NatsLink(server, setup.ends, time.time_ns)
    await edge.start()
    terms = Terms(
        agreement=agreement, digest=digest, until_ns=time.time_ns() + 3600 * SECOND_NS,
        exercise=True, parties=("KG", "RU"), classifications=("open",), categories=(),
    )  # fmt: skip
    link = Link(station.own, setup.partner, terms, SystemDisk(), setup.traffic, os.urandom)
    label = Label(agreement, "open", (), ("KG", "RU"), "RU")
    side, stop = Side(link, edge, server), asyncio.Event()
    partner = Partner(side, label)
    running = asyncio.create_task(side.run(stop))
    while True:
        word, *rest = await asyncio.to_thread(pipe.recv)
        if word == "end":
            break
        if word == "how":
            pipe.send(link.status(time.time_ns()).state)
            continue
        pipe.send(await partner.act(word, *rest))
    stop.set()
    await running
    await edge.stop()
    link.close()
    await server.stop()
    pipe.send(None)


def main(folder: Path, agreement: str, digest: bytes, pipe: Connection) -> None:
    """Entry of the process."""
    asyncio.run(serve(folder, agreement, digest, pipe))
