"""Two to six nodes in one process under one clock: gateways, links, disks, and a net that fails.

Everything is the product's own but the sockets, the disk and the sky. A seed decides the sky, who
sees what of it, and what goes wrong: loss, delay, doubling, reordering, parted links, clocks that
jump, and a node that loses power. The same seed gives the same run.
"""

from __future__ import annotations

import datetime
import math
import random
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from agreement_texts import first_version, key_of
from failing_disk import FailingDisk
from joint_pictures import CENTRE_RAD, RADIUS_M, tracks_at
from made_up_stations import seeded, station
from skypact.agreement.document import Area, Clause, Document, Numbers, Party, Release
from skypact.agreement.signing import public_hex, sign_document
from skypact.agreement.store import AgreementStore
from skypact.audit.log import AuditLog
from skypact.exchange.cards import Card
from skypact.model.exchange import PartnerTracks
from skypact.model.joint import JointTracks
from skypact.model.sensors import Sensor, SensorTable
from skypact.model.status import NodeStatus, PartnerStatus, ReportStatus
from skypact.model.time import SECOND_NS
from skypact.model.tracks import Tracks
from skypact.node.agreement_opening import LiveAgreements
from skypact.node.agreement_state import AgreementState
from skypact.node.exchange_settings import ExchangeSettings
from skypact.node.gateway import Gateway, NodeSide, Place
from skypact.node.track_numbers import TrackNumbers

TICK_NS = SECOND_NS // 10
START_NS = 1_800_000_000 * SECOND_NS
SIGNED, ENTRY = datetime.date(2025, 12, 1), datetime.date(2026, 1, 1)
PARTIES = ("EA", "WE", "SO", "NO", "MI")
POST = "POST"
KEYS = {code: key_of(code) for code in PARTIES}
PINS = {code: public_hex(key) for code, key in KEYS.items()}
NAME = "east-west"

JOINT_HALF_DEG = 1.3
"""The joint area reaches so far from the centre; outside it nothing leaves."""

OPEN_SENSOR, SECRET_SENSOR = 0b01, 0b10
SENSORS = SensorTable((Sensor("open radar", "radar"), Sensor("secret radar", "radar")))
AIRCRAFT = 24
SECRET_EVERY = 6
"""Each sixth aircraft is seen by the secret radars: nobody else may hear of it."""


def agreement(codes: tuple[str, ...]) -> Document:
    """These parties tell each other what flies in the joint area, except by secret radars."""
    first = first_version()
    parties = tuple(
        Party(code=code, name={"en": code}, signed=SIGNED, ratified=SIGNED) for code in codes
    )
    latitude_deg, longitude_deg = (math.degrees(axis) for axis in CENTRE_RAD)
    south, north = latitude_deg - JOINT_HALF_DEG, latitude_deg + JOINT_HALF_DEG
    west, east = longitude_deg - JOINT_HALF_DEG, longitude_deg + JOINT_HALF_DEG
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    area = Area(id="joint", name={"en": "Joint"}, clause="art-1", kind="joint",
                geometry={"type": "Polygon", "coordinates": [ring]})  # fmt: skip
    secret = Release(id="secret", clause="art-1", verdict="nothing", originator=codes, to=codes,
                     items=("track", "plot"), sensors=("secret radar",))  # fmt: skip
    tracks = Release(id="tracks", clause="art-1", verdict="whole", originator=codes, to=codes,
                     items=("track",), areas=("joint",), up_to="open")  # fmt: skip
    reports = Release(id="reports", clause="art-1", verdict="whole", originator=codes, to=codes,
                      items=("threat-report",), up_to="open")  # fmt: skip
    stations = [(code, code, False) for code in codes] + [(POST, codes[0], True)]
    numbers = tuple(
        Numbers(station=code, party=party, joint_post=post, clause="art-1",
                  first=10_000 * n + 1, last=10_000 * (n + 1))
        for n, (code, party, post) in enumerate(stations)
    )  # fmt: skip
    return msgspec.structs.replace(
        first,
        term=msgspec.structs.replace(
            first.term, in_force=ENTRY, months=0, renewal="none", renewal_months=0
        ),
        party=parties,
        area=(area,),
        clause=(Clause(id="art-1", text={"en": "All of it."}, source="invented"),),
        release=(secret, tracks, reports),
        numbers=numbers,
    )


@dataclass(frozen=True)
class Plan:
    """A link as the gateway takes it."""

    agreement: str
    partner: Card
    traffic: Path
    credentials_end_ns: int = START_NS * 2


@dataclass
class Sky:
    """Aircraft in straight flight, some of them outside the joint area."""

    east_m: NDArray[np.float64]
    north_m: NDArray[np.float64]
    velocity_mps: NDArray[np.float64]

    @classmethod
    def of(cls, rng: np.random.Generator) -> Sky:
        heading = rng.uniform(0.0, 2.0 * np.pi, AIRCRAFT)
        speed = rng.uniform(120.0, 260.0, AIRCRAFT)
        return cls(
            rng.uniform(-170e3, 170e3, AIRCRAFT),
            rng.uniform(-170e3, 170e3, AIRCRAFT),
            np.stack([speed * np.sin(heading), speed * np.cos(heading)], axis=1),
        )

    def at(self, seconds: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        return (
            self.east_m + seconds * self.velocity_mps[:, 0],
            self.north_m + seconds * self.velocity_mps[:, 1],
        )


def depth_m(east_m: NDArray[np.float64], north_m: NDArray[np.float64]) -> NDArray[np.float64]:
    """How far inside the joint area a place lies, negative outside."""
    half_rad = np.radians(JOINT_HALF_DEG)
    across = half_rad * RADIUS_M * np.cos(CENTRE_RAD[0]) - np.abs(east_m)
    return np.minimum(half_rad * RADIUS_M - np.abs(north_m), across)


@dataclass
class Eyes:
    """What a station's own sensors make of the sky: tracks whose errors change slowly."""

    centre_m: tuple[float, float]
    reach_m: float
    sigma_m: float
    rng: np.random.Generator
    numbers: dict[int, int] = field(default_factory=dict)
    errors: NDArray[np.float64] = field(default_factory=lambda: np.zeros((AIRCRAFT, 2)))
    plotted_ns: NDArray[np.int64] = field(default_factory=lambda: np.zeros(AIRCRAFT, np.int64))

    def look(self, sky: Sky, second: int, now_ns: int, first: int) -> tuple[Tracks, int]:
        """Own tracks at a second by the station's clock, and the next track number."""
        east, north = sky.at(second)
        near = np.hypot(east - self.centre_m[0], north - self.centre_m[1]) < self.reach_m
        self.errors = 0.8 * self.errors + 0.6 * self.rng.normal(0.0, self.sigma_m, (AIRCRAFT, 2))
        turned = (np.arange(AIRCRAFT) + second) % 4 == 0
        self.plotted_ns[near & turned] = now_ns - SECOND_NS // 10
        for k in np.flatnonzero(near & (self.plotted_ns > 0)).tolist():
            if k not in self.numbers:
                self.numbers[k], first = first, first + 1
        kept = np.array([k for k in sorted(self.numbers) if near[k]], np.int64)
        self.numbers = {k: self.numbers[k] for k in kept.tolist()}
        tracks = tracks_at(
            np.array([self.numbers[k] for k in kept.tolist()], np.int64),
            east[kept] + self.errors[kept, 0],
            north[kept] + self.errors[kept, 1],
            now_ns,
            velocity_mps=sky.velocity_mps[kept],
            sigma_m=self.sigma_m,
            plotted_ns=self.plotted_ns[kept],
        )
        secret = kept % SECRET_EVERY == 0
        tracks.sensors[:, 0] = np.where(secret, SECRET_SENSOR, OPEN_SENSOR)
        tracks.mode_s[:] = np.where(kept % 3 == 1, -1, 0x600000 + kept)
        return tracks, first


class Node:
    """One station: a gateway over a disk that survives it, or what a loss of power left of it."""

    def __init__(self, world: World, code: str, party: str, eyes: Eyes | None) -> None:
        self.world, self.code, self.party, self.eyes = world, code, party, eyes
        self.disk = FailingDisk()
        self.starts = 0
        self.ahead_ns = 0
        self.picture: JointTracks | None = None
        self.told: list[PartnerTracks] = []
        self.gateway: Gateway | None = None
        self.start()

    def clock_ns(self) -> int:
        return self.world.now_ns + self.ahead_ns

    def start(self) -> None:
        """Begin a process."""
        self.starts += 1
        now_ns, root = self.clock_ns(), Path("/node")
        log = AuditLog(self.disk, root / "audit", key_of(f"audit {self.code}"), now_ns)
        store = AgreementStore(self.disk, root / "store", PINS)
        state = AgreementState(store, log, believed_ns=max(now_ns, log.opened_after_ns))
        document = self.world.document
        signed = [sign_document(document, p.code, KEYS[p.code], SIGNED) for p in document.party]
        for item in (document, *signed):
            state.add(item, now_ns, "simulated")
        state.advance(now_ns)
        plans = [
            Plan(NAME, station(other, self.world.party_of[other]).card, root / "links" / other)
            for other in self.world.partners_of(self.code)
        ]
        random_bytes = seeded(f"{self.world.seed} {self.code} {self.starts}")
        settings = ExchangeSettings(root, send_plots=False, use_plots=False)
        self.gateway = Gateway(
            station(self.code, self.party),
            plans,
            LiveAgreements(state, log, ()),
            NodeSide(SENSORS, False, settings),
            Place(self.disk, root, random_bytes, f"secret of {self.code}".encode().ljust(32)),
        )
        self.numbers = TrackNumbers(root / "numbers", self.disk)
        self.next_track = self.numbers.first
        if self.eyes is not None:
            self.eyes.numbers.clear()
        self._watch_incoming()

    def _watch_incoming(self) -> None:
        """Note every partner's state on its way from the link to the picture."""
        picture = self.gateway.picture
        take = picture.take_tracks

        def noted(batch: PartnerTracks) -> None:
            self.world.look_for_leaks(self, batch)
            take(batch)

        picture.take_tracks = noted  # type: ignore[method-assign]

    def lose_power(self, seed: int) -> None:
        self.gateway, self.picture = None, None
        self.disk = self.disk.survivor(power_loss=seed)

    def tick(self) -> None:
        if self.gateway is None:
            return
        now_ns = self.clock_ns()
        self.gateway.advance(now_ns)
        for link in self.gateway.links.values():
            for datagram in link.carry(now_ns):
                self.world.net.send(self.code, link.partner.station, datagram)
            self.gateway.fetch(link, now_ns)

    def second(self, second: int) -> None:
        """The work of a whole second."""
        if self.gateway is None:
            return
        now_ns = self.clock_ns()
        own = Tracks.empty()
        if self.eyes is not None:
            own, self.next_track = self.eyes.look(self.world.sky, second, now_ns, self.next_track)
            self.numbers.reach(self.next_track)
        self.picture = self.gateway.second(own, now_ns)

    def report(self, text: str) -> str:
        """Write a threat report; its id."""
        fields = {"text": text, "until_ns": self.clock_ns() + 3_600 * SECOND_NS}
        return str(self.gateway.write_report(fields, self.clock_ns())["id"])

    def status(self) -> NodeStatus:
        blank = NodeStatus(self.code, "live", self.clock_ns(), 1.0, 0, 0.0, 0, False, (), {})
        return self.gateway.status(blank)

    def reports(self) -> list[ReportStatus]:
        return list(self.status().reports)

    def partners(self) -> tuple[PartnerStatus, ...]:
        return self.status().partners


@dataclass
class Net:
    """Carries datagrams: late, twice, in another order, or not at all."""

    dice: random.Random
    loss: float = 0.0
    double: float = 0.0
    delay_s: tuple[float, float] = (0.005, 0.02)
    parted: set[frozenset[str]] = field(default_factory=set)
    under_way: list[tuple[int, int, str, str, str, bytes]] = field(default_factory=list)
    now_ns: int = START_NS
    count: int = 0

    def send(self, sender: str, to: str, datagram: object) -> None:
        if frozenset((sender, to)) in self.parted or self.dice.random() < self.loss:
            return
        for _ in range(1 + (self.dice.random() < self.double)):
            self.count += 1
            due_ns = self.now_ns + int(self.dice.uniform(*self.delay_s) * SECOND_NS)
            one = (due_ns, self.count, sender, to, datagram.subject, datagram.payload)
            self.under_way.append(one)

    def due(self) -> list[tuple[int, int, str, str, str, bytes]]:
        ready = sorted(one for one in self.under_way if one[0] <= self.now_ns)
        self.under_way = [one for one in self.under_way if one[0] > self.now_ns]
        return ready


class World:
    """All nodes, the net between them, and what is true.

    Parameters
    ----------
    seed
        Decides everything.
    """

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.dice = random.Random(seed)
        self.now_ns = START_NS
        nations = PARTIES[: self.dice.randint(2, 5)]
        self.post = self.dice.random() < 0.6 or len(nations) > 3
        self.document = agreement(nations)
        self.party_of = {code: code for code in nations} | ({POST: nations[0]} if self.post else {})
        rng = np.random.default_rng(seed)
        self.sky = Sky.of(rng)
        self.net = Net(random.Random(seed + 1))
        self.leaks: list[str] = []
        self.nodes: dict[str, Node] = {}
        for code, party in self.party_of.items():
            eyes = None
            if code != POST:
                centre = (rng.uniform(-60e3, 60e3), rng.uniform(-60e3, 60e3))
                eyes = Eyes(centre, 150e3, rng.uniform(60.0, 150.0), np.random.default_rng(
                    [seed, len(self.nodes)]))  # fmt: skip
            self.nodes[code] = Node(self, code, party, eyes)

    def partners_of(self, code: str) -> list[str]:
        """Three nations know each other directly; more meet through the joint post alone."""
        others = [other for other in self.party_of if other != code]
        if len(self.party_of) <= 4 or code == POST:
            return others
        return [POST]

    def run(self, seconds: int, each_second: object = None) -> None:
        """Let time pass; ``each_second`` is called with every second."""
        for _ in range(round(seconds * SECOND_NS / TICK_NS)):
            self.now_ns += TICK_NS
            self.net.now_ns = self.now_ns
            for _, _, sender, to, subject, payload in self.net.due():
                node = self.nodes[to]
                if node.gateway is not None:
                    link = node.gateway.links[f"{NAME}/{sender}"]
                    link.receive([(subject, payload, node.clock_ns())])
            for node in self.nodes.values():
                node.tick()
            if self.now_ns % SECOND_NS == 0:
                second = (self.now_ns - START_NS) // SECOND_NS
                for node in self.nodes.values():
                    node.second(second)
                if callable(each_second):
                    each_second(second)

    def look_for_leaks(self, node: Node, batch: PartnerTracks) -> None:
        """Whatever reaches a station must be what it may see."""
        if node.party not in batch.label.releasable_to:
            self.leaks.append(f"{node.code} got what is for {batch.label.releasable_to}")
        for row in range(len(batch.tracks)):
            k = int(batch.tracks.mode_s[row]) - 0x600000
            if k >= 0 and k % SECRET_EVERY == 0:
                self.leaks.append(f"{node.code} heard of secret aircraft {k} from {batch.station}")
            north = (batch.tracks.latitude_rad[row] - CENTRE_RAD[0]) * RADIUS_M
            east = (batch.tracks.longitude_rad[row] - CENTRE_RAD[1]) * RADIUS_M
            east *= np.cos(CENTRE_RAD[0])
            # a post goes on for half a minute with what it last heard from inside: no news in that
            slack_m = 10_000.0 if batch.station == POST else 50.0
            if depth_m(np.array([east]), np.array([north]))[0] < -slack_m:
                self.leaks.append(f"{node.code} heard from {batch.station} beyond the joint area")

    def shared(self) -> list[int]:
        """Aircraft that every node must know now: well inside, open, well seen by a nation."""
        second = (self.now_ns - START_NS) // SECOND_NS
        east, north = self.sky.at(second)
        seen = np.zeros(AIRCRAFT, bool)
        for node in self.nodes.values():
            if node.eyes is not None:
                away = np.hypot(east - node.eyes.centre_m[0], north - node.eyes.centre_m[1])
                seen |= away < node.eyes.reach_m - 20e3
        inside = depth_m(east, north) > 20e3
        secret = np.arange(AIRCRAFT) % SECRET_EVERY == 0
        alone = np.array([
            np.sort(np.hypot(east - east[k], north - north[k]))[1] > 8e3 for k in range(AIRCRAFT)
        ])  # fmt: skip
        return np.flatnonzero(seen & inside & ~secret & alone).tolist()

    def known_as(self, aircraft: int) -> dict[str, Counter[tuple[int, str]]]:
        """By station, the joint numbers and reporters under which it shows an aircraft."""
        second = (self.now_ns - START_NS) // SECOND_NS
        east, north = (axis[aircraft] for axis in self.sky.at(second))
        found: dict[str, Counter[tuple[int, str]]] = {}
        for code, node in self.nodes.items():
            shown: Counter[tuple[int, str]] = Counter()
            if node.picture is not None and len(node.picture):
                tracks = node.picture.tracks
                y = (tracks.latitude_rad - CENTRE_RAD[0]) * RADIUS_M
                x = (tracks.longitude_rad - CENTRE_RAD[1]) * RADIUS_M * np.cos(CENTRE_RAD[0])
                near = np.hypot(x - east, y - north) < 2_000.0
                for row in np.flatnonzero(near).tolist():
                    reporter = node.picture.stations[int(node.picture.reporter[row])]
                    shown[(int(tracks.track[row]), reporter)] += 1
            found[code] = shown
        return found
