"""One joint picture from the reports that 28 national centres made of the same flights.

In: EUROCONTROL's correlated position reports of 6 February 2017 and FlightRadar24's positions of
the same flights. Each centre is a station that tells of its own tracks, each 30 s, with velocity;
a joint post without sensors pairs and fuses them each ten seconds. Out: joint tracks per flight,
breaks while some centre reports, and errors against the reference where a single centre reported
too. The reference has errors of its own, so the figures bound ours from above.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks import real_feeds as feeds
from benchmarks.figures import Figure
from skypact.evaluation.paths import Paths
from skypact.geodesy import geodetic_to_ecef
from skypact.model.exchange import NumberBlock, PartnerTracks, TrackClaims
from skypact.model.labels import Label
from skypact.model.time import SECOND_NS
from skypact.model.tracks import TRACK_COLUMNS, Tracks
from skypact.picture.joint import JointPicture
from skypact.picture.settings import PictureSettings
from skypact.picture.states import prepare

LABEL = Label("cpr", "restricted", (), ("EU",), "EU")
POST = "POST"
SIGMA_M, SPEED_SIGMA_MPS = 150.0, 8.0
"""What a centre's state is good to: the best ones agree with the reference within 150-200 m."""

STEP_NS = 10 * SECOND_NS
ALIVE_NS = 45 * SECOND_NS
"""A centre that reports each 30 s has a flight for so long after its report."""

NEAR_M = 6_000.0
"""A joint track so near to a flight is of it; FlightRadar24's stamps alone err by 4 km."""
KNOT_MPS = 0.514444
BLOCK = 1_000
"""Joint numbers that each centre may give."""

Error = tuple[float, float]
"""Distance from the reference, and its part across the course, which no wrong stamp touches; m."""

Look = tuple[int, int, int, Error, dict[int, Error]]
"""Instant, joint tracks near a flight, the nearest's number and error, each centre's error."""

Seen = dict[int, list[Look]]
"""Looks at each flight."""


@dataclass(frozen=True, slots=True)
class Reports:
    """All reports: centre, flight, and the states; ``names`` of the centres.

    ``first_ns``: when a centre (index) began a track (number).
    """

    names: list[str]
    centre: NDArray[np.int64]
    flight: NDArray[np.int64]
    tracks: Tracks
    first_ns: dict[tuple[int, int], int]


def centre_figures(place: Path, quick: bool) -> Iterator[Figure]:
    """With codes, and without them; ``quick``: with codes only."""
    reports, truth = reports_of(place)
    for title, blind in (("28 centres", False), ("28 centres without codes", True)):
        if blind and quick:
            continue
        yield from figures_of(f"picture: {title}", reports, truth, blind)


def reports_of(place: Path) -> tuple[Reports, Paths]:
    """The reports as track states, those without a place left out, and the reference."""
    plots, sensors, truth, calls = feeds.centres(place)
    told = velocities(place)
    rows, velocity = [], []
    for k in range(len(plots)):
        name = sensors[int(plots.sensor[k])].name
        key = (name, calls[int(plots.source_track[k])], int(plots.measured_ns[k]))
        if key in told:
            rows.append(k)
            velocity.append(told[key])
    index = np.array(rows, np.int64)
    centre, flight = plots.sensor[index].astype(np.int64), plots.source_track[index]
    columns = {
        name: np.zeros((len(index), *getattr(Tracks.empty(), name).shape[1:]), kind)
        for name, kind in TRACK_COLUMNS.items()
    }
    columns["track"][:] = flight + 1
    for name in ("measured_ns", "latitude_rad", "longitude_rad", "pressure_altitude_m", "mode_3a"):
        columns[name][:] = getattr(plots, name)[index]
    columns["last_plot_ns"][:] = plots.measured_ns[index]
    columns["velocity_east_mps"][:], columns["velocity_north_mps"][:] = np.array(velocity).T
    columns["altitude_m"][:], columns["velocity_up_mps"][:] = np.nan, np.nan
    columns["horizontal_sigma_m"][:], columns["confirmed"][:] = SIGMA_M, True
    columns["covariance"][:, [0, 4]] = SIGMA_M**2
    columns["covariance"][:, [7, 9]] = SPEED_SIGMA_MPS**2
    columns["mode_s"][:] = -1
    columns["callsign"][:] = np.array([calls[int(f)].encode()[:8] for f in flight], "S8")
    names = [f"C{s.name.replace('/', '-')}" for s in sensors]
    first_ns: dict[tuple[int, int], int] = {}
    for k in np.argsort(columns["measured_ns"], kind="stable"):
        first_ns.setdefault((int(centre[k]), int(flight[k]) + 1), int(columns["measured_ns"][k]))
    return Reports(names, centre, flight.astype(np.int64), Tracks(**columns), first_ns), truth


def velocities(place: Path) -> dict[tuple[str, str, int], tuple[float, float]]:
    """Speed (column 17, knots) and course (column 18, degrees) of each report, as velocity."""
    found = {}
    for row in feeds.rows_of(place / "truth" / "nm_cpr_20170206.txt.gz", ";"):
        moment = feeds.datetime.strptime(row[3], "%y/%m/%d %H:%M:%S").replace(tzinfo=feeds.UTC)
        course = row[17].replace("''", "").replace("'", " ").split()
        if not row[16] or len(course) != 3:
            continue
        degrees = float(course[0]) + float(course[1]) / 60 + float(course[2]) / 3600
        speed = float(row[16]) * KNOT_MPS
        key = (row[6] + "/" + row[7], row[8], int(moment.timestamp()) * SECOND_NS)
        angle = np.radians(degrees)
        found[key] = (float(speed * np.sin(angle)), float(speed * np.cos(angle)))
    return found


class Numbers:
    """What number each centre has for each of its tracks: its own, until it hears an older one."""

    def __init__(self, reports: Reports) -> None:
        self.given_ns = {BLOCK * (c + 1) + t: at for (c, t), at in reports.first_ns.items()}
        self.held = {(c, t): BLOCK * (c + 1) + t for c, t in reports.first_ns}

    def hear(self, shown: Tracks, latest: dict[tuple[int, int], int], alone: NDArray) -> None:
        """Let centres take the older number of the joint track that is nearest to theirs.

        ``latest`` rows of the centres' tracks, ``alone`` their points now, in the same order.
        """
        numbered = np.flatnonzero(shown.track > 0)
        if not len(numbered):
            return
        joint = ecef(shown.latitude_rad[numbered], shown.longitude_rad[numbered])
        for (centre, flight), point in zip(latest, alone, strict=True):
            apart_m = np.linalg.norm(joint - point, axis=1)
            number = int(shown.track[numbered[np.argmin(apart_m)]])
            key = (centre, flight + 1)
            if apart_m.min() < 0.5 * NEAR_M and number in self.given_ns:
                both = (number, self.held[key])
                self.held[key] = min(both, key=lambda n: (self.given_ns[n], n))


def batch(
    reports: Reports, numbers: Numbers, centre: int, tracks: Tracks, now_ns: int
) -> PartnerTracks:
    """One centre's states as the exchange hands them over."""
    name = reports.names[centre]
    held = np.array([numbers.held[centre, t] for t in tracks.track.tolist()])
    claims = replace(
        TrackClaims.own_only(len(tracks), name),
        joint=held,
        allotted_ns=np.array([numbers.given_ns[n] for n in held.tolist()]),
        reporter=np.zeros(len(tracks), np.int16),
    )
    return PartnerTracks(
        station=name,
        agreement="cpr",
        label=LABEL,
        tracks=tracks,
        claims=claims,
        blurred=False,
        ended=np.empty(0, np.int64),
        keyframe=False,
        whole=None,
        received_ns=now_ns,
    )


def without_codes(tracks: Tracks) -> Tracks:
    """The same states, without 3/A codes and callsigns."""
    columns = {name: getattr(tracks, name) for name in TRACK_COLUMNS}
    columns["mode_3a"] = np.full_like(tracks.mode_3a, -1)
    columns["callsign"] = np.zeros_like(tracks.callsign)
    return Tracks(**columns)


def figures_of(title: str, reports: Reports, truth: Paths, blind: bool) -> Iterator[Figure]:
    """Run the post over the day and hold what it showed against the reference."""
    blocks = [
        NumberBlock(name, BLOCK * (k + 1), BLOCK * (k + 2) - 1)
        for k, name in enumerate(reports.names)
    ]
    post = JointPicture(POST, [NumberBlock(POST, 1, BLOCK - 1), *blocks])
    tracks = without_codes(reports.tracks) if blind else reports.tracks
    times = tracks.measured_ns
    order = np.argsort(times, kind="stable")
    sorted_ns, sent = times[order], 0
    seen: Seen = defaultdict(list)
    place, numbers = Reference(truth), Numbers(reports)
    latest: dict[tuple[int, int], int] = {}
    now_ns = int(sorted_ns[0] // STEP_NS) * STEP_NS
    while sent < len(order) or now_ns - sorted_ns[-1] < ALIVE_NS:
        now_ns += STEP_NS
        upto = int(np.searchsorted(sorted_ns, now_ns, side="right"))
        new, sent = order[sent:upto], upto
        for k in np.unique(reports.centre[new]):
            rows = new[reports.centre[new] == k]
            post.take(batch(reports, numbers, int(k), tracks.take(rows), now_ns))
        for row in new:
            latest[int(reports.centre[row]), int(reports.flight[row])] = int(row)
        latest = {key: row for key, row in latest.items() if now_ns - times[row] <= ALIVE_NS}
        if latest or len(new):
            shown = post.step(Tracks.empty(), now_ns).tracks
            latest = dict(sorted(latest.items()))
            rows = np.array(list(latest.values()), np.int64)
            alone = prepare(tracks.take(rows), now_ns, PictureSettings()).place[:, :3]
            numbers.hear(shown, latest, alone)
            look(shown, (rows, alone), reports, place, now_ns, seen)
    yield from judged(title, seen, post)


class Reference:
    """Where flights were, between FlightRadar24's positions that are a minute apart at most."""

    def __init__(self, truth: Paths) -> None:
        self.paths: dict[int, tuple[NDArray[np.int64], NDArray[np.float64]]] = {}
        for flight in np.unique(truth.mode_s):
            rows = np.flatnonzero(truth.mode_s == flight)
            rows = rows[np.argsort(truth.time_ns[rows], kind="stable")]
            points = ecef(truth.latitude_rad[rows], truth.longitude_rad[rows])
            self.paths[int(flight)] = truth.time_ns[rows], points

    def at(self, flight: int, now_ns: int) -> NDArray[np.float64] | None:
        """ECEF point at height 0 and course, (2, 3); None where the positions are too far apart."""
        if flight not in self.paths:
            return None
        times, points = self.paths[flight]
        k = int(np.searchsorted(times, now_ns))
        if k in (0, len(times)) or times[k] - times[k - 1] > 60 * SECOND_NS:
            return None
        part = (now_ns - times[k - 1]) / (times[k] - times[k - 1])
        way = points[k] - points[k - 1]
        return np.stack([points[k - 1] + part * way, way / max(1.0, np.linalg.norm(way))])

    @staticmethod
    def error(points: NDArray[np.float64], truth: NDArray[np.float64]) -> NDArray[np.float64]:
        """Distances and their parts across the course, (n, 2) m."""
        apart = points - truth[0]
        along = apart @ truth[1]
        across = np.linalg.norm(apart - along[:, None] * truth[1], axis=1)
        return np.stack([np.linalg.norm(apart, axis=1), across], axis=1)


def ecef(latitude_rad: NDArray, longitude_rad: NDArray) -> NDArray[np.float64]:
    """Points at height 0, (n, 3) m."""
    return np.stack(geodetic_to_ecef(latitude_rad, longitude_rad, np.zeros(len(latitude_rad))), 1)


def look(
    shown: Tracks,
    alive: tuple[NDArray[np.int64], NDArray[np.float64]],
    reports: Reports,
    place: Reference,
    now_ns: int,
    seen: Seen,
) -> None:
    """Note for each flight: joint tracks near it, the nearest's number and error, each centre's.

    ``alive``: rows of the reports that hold now, and where they put their aircraft.
    """
    rows, alone = alive
    joint = ecef(shown.latitude_rad, shown.longitude_rad)
    for flight in np.unique(reports.flight[rows]):
        point = place.at(int(flight), now_ns)
        if point is None:
            continue
        mine = reports.flight[rows] == flight
        errors = map(tuple, place.error(alone[mine], point).tolist())
        single = dict(zip(reports.centre[rows][mine].tolist(), errors, strict=True))
        apart = place.error(joint, point)
        near = np.flatnonzero(apart[:, 0] < NEAR_M)
        best = int(near[np.argmin(apart[near, 0])]) if len(near) else -1
        number = int(shown.track[best]) if best >= 0 else 0
        error = tuple(apart[best].tolist()) if best >= 0 else (np.nan, np.nan)
        seen[int(flight)].append((now_ns, len(near), number, error, single))


def judged(
    title: str,
    seen: Seen,
    post: JointPicture,
) -> Iterator[Figure]:
    """Figures of the day."""
    rows = [row for flight in seen.values() for row in flight]
    count = np.array([row[1] for row in rows])
    steps = [pair for flight in seen.values() for pair in pairwise(flight)]
    steps = [(a, b) for a, b in steps if b[0] - a[0] <= STEP_NS and a[2] and b[2]]
    changes = sum(a[2] != b[2] for a, b in steps)
    borders = sum(a[4].keys() != b[4].keys() for a, b in steps)
    yield Figure(f"{title}, flights", len(seen), "flights", None, None, None)
    yield Figure(f"{title}, instants judged", len(rows), "instants", None, None, None)
    followed = float(np.mean(count > 0))
    yield Figure(f"{title}, followed", followed, "part", None, None, None)
    yield Figure(f"{title}, two tracks or more", float(np.mean(count > 1)), "part", 0.005, None,
                 bool(np.mean(count > 1) < 0.005))  # fmt: skip
    yield Figure(f"{title}, changes of reporting centres", borders, "changes", None, None, None)
    yield Figure(f"{title}, changes of number", changes, "changes", 0.0, None, changes == 0)
    several = [row for row in rows if len(row[4]) > 1 and row[1]]
    for k, name in enumerate(("", " across the course")):
        ours = rms([row[3][k] for row in several])
        mean = rms([e[k] for row in several for e in row[4].values()])
        words = f"{title}, RMS{name} where several report"
        yield Figure(words, ours, "m", mean, None, ours <= mean)
        ratios = by_flight(seen, k)
        ratio = float(np.median(ratios)) if len(ratios) else float("nan")
        words = f"{title}, RMS{name} over best centre's, median flight"
        yield Figure(words, ratio, "ratio", 1.0, 1.0, ratio <= 1.0)
        better = float(np.mean(ratios <= 1.0))
        words = f"{title}, flights no worse{name} than best centre"
        yield Figure(words, better, "part", None, None, None)
    refused = sum(sum(s.refused.values()) for s in post.statuses().values())
    yield Figure(f"{title}, states refused", refused, "states", None, None, None)


def by_flight(seen: Seen, part: int) -> NDArray[np.float64]:
    """RMS error over that of the flight's best single centre, where this one reported."""
    ratios = []
    for flight in seen.values():
        centres: dict[int, list[Error]] = defaultdict(list)
        for _, _, number, error, single in flight:
            if number and len(single) > 1:
                for centre, alone in single.items():
                    centres[centre].append((error[part], alone[part]))
        held = [np.array(pairs) for pairs in centres.values() if len(pairs) >= 10]
        if held:
            best = min(held, key=lambda pairs: rms(pairs[:, 1]))
            ratios.append(rms(best[:, 0]) / rms(best[:, 1]))
    return np.array(ratios)


def rms(errors: list[float] | NDArray[np.float64]) -> float:
    """Root of the mean square."""
    return float(np.sqrt(np.mean(np.square(errors)))) if len(errors) else float("nan")
