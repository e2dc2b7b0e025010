"""Two stations and the net between them in one process: it loses, doubles, reorders, and is cut.

Time is what the test says; nothing waits. The same seed gives the same run.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from failing_disk import FailingDisk
from made_up_stations import KG_LABEL, NOW_NS, RU_LABEL, seeded, station, terms
from skypact.exchange.link import Datagram, Link, LinkSettings
from skypact.exchange.live import TrackOffer
from skypact.exchange.terms import Terms
from skypact.model.exchange import (
    DurableItem,
    PartnerPlots,
    PartnerTracks,
    ReceivedItem,
    TrackClaims,
)
from skypact.model.labels import Label
from skypact.model.time import SECOND_NS
from skypact.model.tracks import TRACK_COLUMNS, Tracks

TICK_NS = SECOND_NS // 50
FOLDER = Path("/station/links")
LABELS = {"KG": KG_LABEL, "RU": RU_LABEL}


def states(count: int, now_ns: int = NOW_NS, first: int = 1, **columns: Any) -> Tracks:
    """Tracks ``first`` and on, in a row eastwards, each seen now."""
    number = np.arange(first, first + count)
    given: dict[str, Any] = {
        "track": number,
        "measured_ns": np.full(count, now_ns),
        "latitude_rad": np.full(count, 0.7481234567890123),
        "longitude_rad": 1.2 + 0.001 * (number % 1000),
        "altitude_m": np.full(count, 9000.0),
        "pressure_altitude_m": np.full(count, np.nan),
        "velocity_east_mps": np.full(count, 200.25),
        "velocity_north_mps": np.full(count, -30.5),
        "velocity_up_mps": np.full(count, np.nan),
        "horizontal_sigma_m": np.full(count, 50.0),
        "covariance": np.tile([2500.0, 10.0, 0, 0, 2500.0, 0, 0, 25.0, 1.0, 25.0], (count, 1)),
        "confirmed": np.ones(count),
        "coasting": np.zeros(count),
        "last_plot_ns": np.full(count, now_ns - SECOND_NS // 4),
        "mode_3a": number % 4096,
        "mode_s": 0x600000 + number % 1000,
        "callsign": np.array([b"FLY%d" % (n % 1000) for n in number], "S8"),
        "sensors": np.ones((count, 1)),
    } | columns
    arrays = {
        name: np.ascontiguousarray(given[name], dtype=dtype)
        for name, dtype in TRACK_COLUMNS.items()
    }
    return Tracks(**arrays)


def offer(tracks: Tracks, label: Label = KG_LABEL, *, blurred: bool = False) -> TrackOffer:
    claims = TrackClaims.own_only(len(tracks), label.originator)
    return TrackOffer(tracks, claims, label, blurred)


def items(count: int, label: Label = KG_LABEL, start: int = 0, size: int = 40) -> list[DurableItem]:
    """Durable items that tell their place in the order."""
    return [
        DurableItem("order", n.to_bytes(16, "big"), label, b"%d " % n * (size // 4), NOW_NS + n)
        for n in range(start, start + count)
    ]


@dataclass
class End:
    """One station's end of the link, over its disk; started anew after a crash."""

    code: str
    partner: str
    disk: FailingDisk = field(default_factory=FailingDisk)
    terms: Terms = field(default_factory=terms)
    settings: LinkSettings | None = None
    starts: int = 0
    clock_ns: int = 0
    """What this station's clock is ahead of the true time."""
    tracks: list[PartnerTracks] = field(default_factory=list)
    plots: list[PartnerPlots] = field(default_factory=list)
    items: list[ReceivedItem] = field(default_factory=list)
    apply: bool = True

    def __post_init__(self) -> None:
        self.start()

    def start(self) -> None:
        """Begin a process over what the disk holds."""
        self.starts += 1
        self.link = Link(
            station(self.code),
            station(self.partner).card,
            self.terms,
            self.disk,
            FOLDER,
            seeded(f"{self.code} {self.starts}"),
            self.settings,
        )

    def tick(self, now_ns: int) -> list[Datagram]:
        self.link.tick(now_ns + self.clock_ns)
        came = self.link.incoming()
        self.tracks += came.tracks
        self.plots += came.plots
        self.items += came.items
        if self.apply:
            for one in came.items:
                self.link.applied(one.number)
        return self.link.outgoing()


class Net:
    """Carries datagrams between two ends.

    Parameters
    ----------
    loss, double
        Parts of the datagrams.
    delay_ns, jitter_ns
        How long one is under way: the delay and up to as much more.
    """

    def __init__(
        self,
        left: End,
        right: End,
        *,
        loss: float = 0.0,
        double: float = 0.0,
        delay_ns: int = 10_000_000,
        jitter_ns: int = 0,
        seed: int = 1,
    ) -> None:
        self.left, self.right = left, right
        self.loss, self.double = loss, double
        self.delay_ns, self.jitter_ns = delay_ns, jitter_ns
        self.cut = False
        self.now_ns = NOW_NS
        self.carried = 0
        self._dice = random.Random(seed)
        self._under_way: list[tuple[int, int, End, Datagram]] = []
        self._count = 0

    def send(self, datagrams: list[Datagram], to: End) -> None:
        for datagram in datagrams:
            if self.cut or self._dice.random() < self.loss:
                continue
            for _ in range(1 + (self._dice.random() < self.double)):
                due_ns = self.now_ns + self.delay_ns + round(self._dice.random() * self.jitter_ns)
                self._count += 1
                self._under_way.append((due_ns, self._count, to, datagram))

    def tick(self) -> None:
        """A fiftieth of a second."""
        self.now_ns += TICK_NS
        due = sorted((one for one in self._under_way if one[0] <= self.now_ns), key=lambda o: o[:2])
        self._under_way = [one for one in self._under_way if one[0] > self.now_ns]
        for _, _, to, datagram in due:
            self.carried += 1
            to.link.receive(datagram.subject, datagram.payload, self.now_ns + to.clock_ns)
        self.send(self.left.tick(self.now_ns), self.right)
        self.send(self.right.tick(self.now_ns), self.left)

    def run(self, seconds: float) -> None:
        for _ in range(round(seconds * SECOND_NS / TICK_NS)):
            self.tick()


def pair(**net: Any) -> Net:
    """KG and RU on a net."""
    return Net(End("KG", "RU"), End("RU", "KG"), **net)
