"""Made-up skies and stations that exchange track states over links that delay, lose and part."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from skypact.model.exchange import NO_REPORTER, NumberBlock, PartnerTracks, TrackClaims
from skypact.model.joint import JointTracks
from skypact.model.labels import Label
from skypact.model.time import SECOND_NS
from skypact.model.tracks import TRACK_COLUMNS, Tracks
from skypact.picture.joint import JointPicture

START_NS = 1_800_000_000 * SECOND_NS
CENTRE_RAD = (0.7487, 1.2959)
"""Near Kant: 42.9 N, 74.25 E."""
RADIUS_M = 6_371_000.0
LABEL = Label("accord", "restricted", (), ("KG", "KZ", "RU"), "RU")


def blocks_for(*stations: str) -> tuple[NumberBlock, ...]:
    """A thousand numbers each, in the order given."""
    return tuple(
        NumberBlock(code, 1_000 * (k + 1), 1_000 * (k + 1) + 999) for k, code in enumerate(stations)
    )


def tracks_at(
    numbers: list[int] | NDArray[np.int64],
    east_m: list[float] | NDArray[np.float64],
    north_m: list[float] | NDArray[np.float64],
    now_ns: int,
    *,
    velocity_mps: tuple[float, float] | NDArray[np.float64] = (200.0, 0.0),
    sigma_m: float | NDArray[np.float64] = 100.0,
    confirmed: bool = True,
    plotted_ns: int | NDArray[np.int64] | None = None,
    sensors: int = 1,
) -> Tracks:
    """Tracks at offsets from the centre, with all other columns plain."""
    count = len(numbers)
    columns = {
        name: np.zeros(count, dtype)
        for name, dtype in TRACK_COLUMNS.items()
        if name not in ("sensors", "covariance")
    }
    north, east = np.asarray(north_m, np.float64), np.asarray(east_m, np.float64)
    sigma = np.broadcast_to(np.asarray(sigma_m, np.float64), count)
    columns["track"][:] = numbers
    columns["measured_ns"][:] = now_ns
    columns["latitude_rad"] = CENTRE_RAD[0] + north / RADIUS_M
    columns["longitude_rad"] = CENTRE_RAD[1] + east / (RADIUS_M * np.cos(CENTRE_RAD[0]))
    columns["altitude_m"][:], columns["pressure_altitude_m"][:] = np.nan, 10_000.0
    velocity = np.broadcast_to(np.asarray(velocity_mps, np.float64), (count, 2))
    columns["velocity_east_mps"] = velocity[:, 0].copy()
    columns["velocity_north_mps"] = velocity[:, 1].copy()
    columns["velocity_up_mps"][:] = np.nan
    columns["horizontal_sigma_m"] = sigma.copy()
    columns["confirmed"][:] = confirmed
    columns["last_plot_ns"][:] = now_ns if plotted_ns is None else plotted_ns
    columns["mode_3a"][:], columns["mode_s"][:] = -1, -1
    covariance = np.zeros((count, 10))
    covariance[:, 0] = covariance[:, 4] = sigma**2
    covariance[:, 7] = covariance[:, 9] = 100.0
    return Tracks(**columns, sensors=np.full((count, 1), sensors, np.uint64), covariance=covariance)


def told_by(
    station: str,
    tracks: Tracks,
    now_ns: int,
    claims: TrackClaims | None = None,
    *,
    blurred: bool = False,
    ended: tuple[int, ...] = (),
    whole: tuple[int, ...] | None = None,
    keyframe: bool = False,
    label: Label = LABEL,
) -> PartnerTracks:
    """A batch as the exchange hands it over."""
    return PartnerTracks(
        station=station,
        agreement="accord",
        label=label,
        tracks=tracks,
        claims=claims or TrackClaims.own_only(len(tracks), station),
        blurred=blurred,
        ended=np.array(ended, np.int64),
        keyframe=keyframe or whole is not None,
        whole=None if whole is None else np.array(whole, np.int64),
        received_ns=now_ns,
    )


def claimed(
    joint: list[int],
    allotted_ns: list[int],
    station: str,
    *,
    reporting: bool = True,
    contributors: tuple[str, ...] = (),
) -> TrackClaims:
    """Claims to numbers, of states that rest on the station's own sensors unless said."""
    rests_on = contributors or (station,)
    stations = rests_on if station in rests_on else (*rests_on, station)
    return TrackClaims(
        joint=np.array(joint, np.int64),
        allotted_ns=np.array(allotted_ns, np.int64),
        reporter=np.full(
            len(joint), stations.index(station) if reporting else NO_REPORTER, np.int16
        ),
        contributors=np.full(len(joint), (1 << len(rests_on)) - 1, np.uint64),
        stations=stations,
    )


@dataclass
class Sky:
    """Aircraft in straight flight."""

    east_m: NDArray[np.float64]
    north_m: NDArray[np.float64]
    velocity_mps: NDArray[np.float64]

    @classmethod
    def of(cls, rng: Generator, count: int, spread_m: float = 150e3) -> Sky:
        heading = rng.uniform(0.0, 2.0 * np.pi, count)
        speed = rng.uniform(150.0, 260.0, count)
        return cls(
            rng.uniform(-spread_m, spread_m, count),
            rng.uniform(-spread_m, spread_m, count),
            np.stack([speed * np.sin(heading), speed * np.cos(heading)], axis=1),
        )

    def at(self, seconds: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        return (
            self.east_m + seconds * self.velocity_mps[:, 0],
            self.north_m + seconds * self.velocity_mps[:, 1],
        )


@dataclass
class Station:
    """A station that sees the part of a sky whose ``sees(east, north)`` is true."""

    code: str
    picture: JointPicture
    sees: Callable[[NDArray[np.float64], NDArray[np.float64]], NDArray[np.bool_]]
    turn_s: int
    sigma_m: float
    rng: Generator
    numbers: dict[int, int] = field(default_factory=dict)
    plots: dict[int, tuple[float, float, float]] = field(default_factory=dict)
    next_track: int = 1
    own: Tracks = field(default_factory=Tracks.empty)
    shown: JointTracks | None = None
    sent: dict[str, Sent] = field(default_factory=dict)
    aircraft: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))

    def look(self, sky: Sky, second: int) -> None:
        """Own tracks at a second: plots once a turn, straight flight between."""
        east, north = sky.at(second)
        seen = self.sees(east, north)
        for k in np.flatnonzero(seen).tolist():
            if k not in self.plots or (second + k) % self.turn_s == 0:
                off = self.rng.normal(0.0, self.sigma_m, 2)
                self.plots[k] = (float(second), float(off[0]), float(off[1]))
                if k not in self.numbers:
                    self.numbers[k] = self.next_track
                    self.next_track += 1
        for k in [k for k, plot in self.plots.items() if second - plot[0] > 3 * self.turn_s]:
            del self.plots[k], self.numbers[k]
        kept = sorted(self.plots)
        plot = np.array([self.plots[k] for k in kept]).reshape(len(kept), 3)
        now_ns = START_NS + second * SECOND_NS
        self.own = tracks_at(
            np.array([self.numbers[k] for k in kept], np.int64),
            east[kept] + plot[:, 1],
            north[kept] + plot[:, 2],
            now_ns,
            velocity_mps=sky.velocity_mps[kept],
            sigma_m=self.sigma_m,
            plotted_ns=START_NS + plot[:, 0].astype(np.int64) * SECOND_NS,
        )
        self.aircraft = np.array(kept, np.int64)

    def told(self, to: str, second: int) -> list[PartnerTracks]:
        """What goes to a partner now: what there is news of, everything each ten seconds."""
        return self.sent.setdefault(to, Sent()).told(
            self.code, self.own, self.picture.claims(self.own.track), second
        )


@dataclass
class Post:
    """A joint post without sensors, which passes on the joint picture."""

    code: str
    picture: JointPicture
    shown: JointTracks | None = None
    sent: dict[str, Sent] = field(default_factory=dict)

    @staticmethod
    def own() -> Tracks:
        return Tracks.empty()

    def told(self, to: str, second: int) -> list[PartnerTracks]:
        """The joint tracks under their passing marks, which keep while numbers change."""
        assert self.shown is not None
        tracks = replace(self.shown.tracks, track=self.picture.parts().joint_id)
        claims = self.picture.joint_claims()
        return self.sent.setdefault(to, Sent()).told(self.code, tracks, claims, second)


@dataclass
class Sent:
    """What one partner was told last, by track number: as the exchange's live states do it."""

    news: dict[int, tuple[int, ...]] = field(default_factory=dict)

    def told(
        self, code: str, tracks: Tracks, claims: TrackClaims, second: int
    ) -> list[PartnerTracks]:
        now_ns = START_NS + second * SECOND_NS
        columns = (tracks.last_plot_ns, claims.joint, claims.reporter, claims.contributors)
        rows = zip(*(column.tolist() for column in columns), strict=True)
        news = dict(zip(tracks.track.tolist(), rows, strict=True))
        keyframe = second % 10 == 0
        due = [keyframe or self.news.get(number) != told for number, told in news.items()]
        index = np.flatnonzero(np.array(due, bool))
        ended = tuple(sorted(set(self.news) - set(news)))
        self.news = news
        one = told_by(
            code, tracks.take(index), now_ns, claims.take(index), ended=ended, keyframe=keyframe
        )
        if not keyframe:
            return [one]
        none = np.empty(0, np.int64)
        last = told_by(code, tracks.take(none), now_ns, claims.take(none), whole=tuple(news))
        return [one, last]


@dataclass
class Network:
    """Links that delay, lose and part; nothing but its own generator decides."""

    rng: Generator
    delay_s: tuple[float, float] = (0.0, 1.5)
    loss: float = 0.05
    parted: set[frozenset[str]] = field(default_factory=set)
    under_way: list[tuple[float, str, PartnerTracks]] = field(default_factory=list)

    def send(self, batch: PartnerTracks, to: str, second: float) -> None:
        if self.rng.random() < self.loss or frozenset((batch.station, to)) in self.parted:
            return
        self.under_way.append((second + self.rng.uniform(*self.delay_s), to, batch))

    def arrived(self, second: float) -> list[tuple[str, PartnerTracks]]:
        due = [one for one in self.under_way if one[0] <= second]
        self.under_way = [one for one in self.under_way if one[0] > second]
        order = self.rng.permutation(len(due))
        now_ns = START_NS + round(second * SECOND_NS)
        return [(due[k][1], replace(due[k][2], received_ns=now_ns)) for k in order]
