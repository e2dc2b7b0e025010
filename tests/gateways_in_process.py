"""Stations in one process: gateways with nothing but a list of datagrams between them.

Time is told to them; lines can be cut. Nothing here sleeps.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np

from audit_logs import KEY
from failing_disk import FailingDisk
from made_up_stations import seeded
from pacts_made_up import NOW, flying, pact, state_of
from skypact.agreement.document import Document, Numbers
from skypact.agreement.signing import public_hex
from skypact.exchange.cards import Card, OwnStation, make_card
from skypact.exchange.keys import make_sealing_key, make_signing_key
from skypact.feeds.batch import FeedBatch
from skypact.model.joint import JointTracks
from skypact.model.plots import Plots
from skypact.model.sensors import Sensor, SensorTable
from skypact.model.status import NodeStatus, PartnerStatus
from skypact.model.time import DAY_NS, MILLISECOND_NS, SECOND_NS
from skypact.model.tracks import Tracks
from skypact.node.agreement_opening import LiveAgreements
from skypact.node.exchange_settings import ExchangeSettings, Marking
from skypact.node.gateway import Gateway, NodeSide, Place
from skypact.node.watch import Watch
from skypact.picture.partners import Part
from skypact.tracking import TrackerSettings

STEP_NS = 100 * MILLISECOND_NS
SENSORS = SensorTable(
    (
        Sensor("radar-1", "radar", 0.74, 1.3, 800.0),
        Sensor("receiver", "adsb", rotation_s=1.0, position_sigma_m=15.0),
    )
)
PARTY_KEYS = {code: seeded(code)(32) for code in ("EA", "WE", "SO")}
assert public_hex(KEY)


def numbers(station: str, party: str, first: int, *, post: bool = False) -> Numbers:
    return Numbers(
        station=station,
        party=party,
        clause="art-1",
        first=first,
        last=first + 9999,
        joint_post=post,
    )


STATIONS = (
    numbers("EA", "EA", 10_000),
    numbers("WE", "WE", 20_000),
    numbers("POST", "EA", 30_000, post=True),
)


def numbered_pact(*rules, stations: tuple[Numbers, ...] = STATIONS, **words) -> Document:
    return pact(*rules, numbers=stations, **words)


@cache
def own_station(code: str, party: str) -> OwnStation:
    """A station whose audit key is that of all logs in tests."""
    source = seeded(f"station {code}")
    signing, sealing = make_signing_key(source), make_sealing_key(source)
    card = Card(
        station=code,
        party=party,
        signing_key=signing.public_key().public_bytes_raw(),
        sealing_key=sealing.public_bytes(),
        audit_key=KEY.public_key().public_bytes_raw(),
        nats_user="U" + "A" * 55,
        ca_pem="-----BEGIN CERTIFICATE-----\nnone\n-----END CERTIFICATE-----\n",
        leaf_address="",
        made_ns=NOW - DAY_NS,
        until_ns=NOW + 5000 * DAY_NS,
    )
    return OwnStation(make_card(card, make_signing_key(seeded(party))), signing, sealing)


@dataclass(frozen=True)
class Plan:
    agreement: str
    partner: Card
    traffic: Path
    credentials_end_ns: int = NOW + 100 * DAY_NS


class InProcess:
    """A station: its gateway, its disk, and what it shows."""

    def __init__(
        self,
        code: str,
        party: str,
        partners: dict[str, str],
        *documents: Document,
        now_ns: int = NOW,
        disk: FailingDisk | None = None,
        exercise: bool = False,
        markings: tuple[Marking, ...] = (),
        under: Mapping[str, Collection[str]] | None = None,
    ) -> None:
        """``under`` tells with whom it is linked under which agreements only; else under all."""
        self.code, self.party = code, party
        self.disk = disk or FailingDisk()
        state, log = state_of(*documents, now_ns=now_ns, disk=self.disk)
        self.log = log
        self.agreements = LiveAgreements(state, log, ())
        plans = [
            Plan(name, own_station(other, of).card, Path(f"/links/{name}/{other}"))
            for other, of in sorted(partners.items())
            for document in documents
            for name in [document.agreement.id]
            if under is None or name in under[other]
        ]
        self.gateway = Gateway(
            own_station(code, party),
            plans,
            self.agreements,
            NodeSide(SENSORS, exercise, ExchangeSettings(Path("/"), markings=markings)),
            Place(self.disk, Path("/exchange"), seeded(f"{code} {now_ns}"), b"0123456789abcdef"),
        )
        self.own = flying(0)
        self.watch = Watch(code, "live", SENSORS, TrackerSettings(keep_innovations=True))
        self.seconds = 0
        self.picture = JointTracks.of_own(self.own, code)

    def see(self, targets: list[int], now_ns: int) -> None:
        """Plots of aircraft, each on a parallel of its own, flying east; tracked and sent on."""
        self.seconds += 1
        at = np.array(targets, np.float64)
        dice = np.random.default_rng((self.seconds, len(targets)))
        plots = Plots.blank(
            len(at),
            sensor=np.ones(len(at)),
            measured_ns=np.full(len(at), now_ns - 100 * MILLISECOND_NS),
            received_ns=np.full(len(at), now_ns - MILLISECOND_NS),
            latitude_rad=np.radians(42.0 + at / 5 + dice.normal(0, 1e-4, len(at))),
            longitude_rad=np.radians(
                75.0 + (now_ns - NOW) / SECOND_NS * 0.0028 + dice.normal(0, 1e-4, len(at))
            ),
            altitude_m=np.full(len(at), 9000.0),
            mode_s=at + 0x600000,
        )
        self.watch.take(FeedBatch(plots))
        self.watch.advance(now_ns)
        self.gateway.take_plots(self.watch, now_ns)
        self.own = self.watch.picture

    def parts_from(self, code: str) -> list[Part]:
        """What a partner's states were marked with when they came."""
        marks = self.gateway.picture._picture.parts().marks
        return [mark for mark in marks if mark is not None and mark.station == code]

    def status(self, now_ns: int) -> NodeStatus:
        plain = NodeStatus(self.code, "live", now_ns, 1.0, 0, 0.0, 0, False, (), {})
        return self.gateway.status(plain)

    def partner(self, code: str, now_ns: int) -> PartnerStatus:
        return next(one for one in self.status(now_ns).partners if one.station == code)


@dataclass
class World:
    """Stations, the lines between them, and the time."""

    stations: list[InProcess]
    now_ns: int = NOW
    cut: set[frozenset[str]] = field(default_factory=set)
    carried: list[tuple[str, str, str, bytes]] = field(default_factory=list)
    keep: bool = False

    def run(self, seconds: float) -> None:
        """Let time pass, with own tracks that fly on."""
        for _ in range(round(seconds * SECOND_NS / STEP_NS)):
            self.now_ns += STEP_NS
            self._step()

    def _step(self) -> None:
        by_code = {one.code: one for one in self.stations}
        for one in self.stations:
            one.agreements.state.advance(self.now_ns)
            one.gateway.advance(self.now_ns)
            for link in one.gateway.links.values():
                other = link.partner.station
                for datagram in link.carry(self.now_ns):
                    if self.keep:
                        self.carried.append((one.code, other, datagram.subject, datagram.payload))
                    if frozenset((one.code, other)) in self.cut or other not in by_code:
                        continue
                    name = f"{link.plan.agreement}/{one.code}"
                    there = by_code[other].gateway.links.get(name)
                    if there is not None:
                        there.receive([(datagram.subject, datagram.payload, self.now_ns)])
            for link in one.gateway.links.values():
                one.gateway.fetch(link, self.now_ns)
        if self.now_ns % SECOND_NS == 0:
            for one in self.stations:
                if not one.seconds:
                    one.own = moved(one.own, self.now_ns)
                one.picture = one.gateway.second(one.own, self.now_ns)


def moved(tracks: Tracks, now_ns: int) -> Tracks:
    """The same tracks flown on east at 200 m/s to a later time, with a plot just used."""
    if not len(tracks):
        return tracks
    seconds = (now_ns - tracks.measured_ns) / SECOND_NS
    east = seconds * 200.0 / (6_378_137.0 * np.cos(tracks.latitude_rad))
    changed = {
        "longitude_rad": tracks.longitude_rad + east,
        "measured_ns": np.full(len(tracks), now_ns),
        "last_plot_ns": np.full(len(tracks), now_ns),
    }
    columns = {name: getattr(tracks, name) for name in tracks.__dataclass_fields__}
    return Tracks(**(columns | changed))
