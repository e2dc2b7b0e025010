"""The joint picture: against one tracker with all plots, on real centres' reports, and its cost.

In: the shared scenarios, whose radars are given to two nations in turn, each with our tracker; and
the reports that 28 national centres made of the same flights. Out: GOSPA and duplicates of the
joint picture over those of one tracker with all plots, errors over those of single centres, CPU.
Between the nations lies what a link does: states with news, a keyframe each ten seconds; half of
the figures have the partner a second late.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from types import ModuleType

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from benchmarks.figures import Figure
from benchmarks.picture_centres import centre_figures
from benchmarks.places import recordings, shared
from benchmarks.tracking import EPOCH_NS, KEEP, STEP_S, Scenario, kept, plots_of, sensor_table
from skypact.geodesy import geodetic_to_ecef
from skypact.model.exchange import NumberBlock, PartnerTracks, TrackClaims
from skypact.model.joint import JointTracks
from skypact.model.labels import Label
from skypact.model.plots import Plots
from skypact.model.time import MILLISECOND_NS, SECOND_NS
from skypact.model.tracks import TRACK_COLUMNS, Tracks
from skypact.picture.joint import JointPicture
from skypact.tracking import Tracker, TrackerSettings

LABEL = Label("accord", "restricted", (), ("KG", "RU"), "RU")
BLOCKS = (NumberBlock("KG", 1, 99_999), NumberBlock("RU", 100_000, 199_999))
LATENCY_NS = 300 * MILLISECOND_NS
"""How late a partner's plots come."""

KEYFRAME_S = 10
NEAR_M = 2_000.0
"""Tracks so near to one aircraft, and to no other nearer, are duplicates of each other."""
WARM_S = 60.0
NO_NUMBER = 1 << 40

TRACKS_BAR, PLOTS_BAR, DUPLICATES_BAR = 1.15, 1.05, 0.005
NATIONS, NATION_TRACKS = 10, 2_000


@dataclass(frozen=True, slots=True)
class Case:
    """A scenario and how many of its seeds are run."""

    preset: str
    options: dict[str, float]
    seeds: tuple[int, ...]

    @property
    def title(self) -> str:
        """How figures of it are called."""
        options = "".join(f", {key} {value:g}" for key, value in self.options.items())
        seeds = f", {len(self.seeds)} seeds" if len(self.seeds) > 1 else ""
        return f"picture: {self.preset}{options}{seeds}"


HEIGHTS = {"modec": 0.95}
BIASED = HEIGHTS | {"bias_range": 100.0, "bias_az": 0.1, "bias_time": 0.1}
CASES = (
    Case("small", {}, (1, 2, 3)),
    Case("small", HEIGHTS, (1, 2, 3)),
    Case("medium", {}, (1, 2)),
    Case("medium", HEIGHTS, (1, 2)),
    Case("medium", BIASED, (1, 2)),
    Case("large", HEIGHTS, (1,)),
)
QUICK = (Case("small", HEIGHTS, (1,)), Case("medium", HEIGHTS, (1,)))


def run(quick: bool) -> Iterator[Figure]:
    """All figures; ``--quick``: one seed each of two scenarios, fewer steps of the rest."""
    place = shared() / "bench" / "tracking"
    if (place / "scenario.py").is_file():
        sys.path.insert(0, str(place))
        sys.dont_write_bytecode = True
        scenarios, scorer = importlib.import_module("scenario"), importlib.import_module("score")
        KEEP.mkdir(exist_ok=True)
        for case in QUICK if quick else CASES:
            yield from case_figures(case, scenarios, scorer)
    else:
        print(f"picture: no scenarios at {place}: set SKYPACT_SHARED", file=sys.stderr)
    yield from cost_figures(8 if quick else 20)
    if (recordings() / "truth").is_dir():
        yield from centre_figures(recordings(), quick)
    else:
        print(f"picture: no recordings at {recordings()}", file=sys.stderr)


def case_figures(case: Case, scenarios: ModuleType, scorer: ModuleType) -> Iterator[Figure]:
    """Ratios of one scenario, means over its seeds."""
    ratios: dict[str, list[float]] = {}
    doubles: dict[str, list[float]] = {}
    for seed in case.seeds:
        with np.load(kept(case.preset, seed, scenarios, case.options)) as arrays:
            scenario = dict(arrays)
        alone = estimate_of(all_tracks(scenario))
        base = scorer.score(scenario, alone, step=float(STEP_S))["gospa_mean"]
        doubles.setdefault("one tracker", []).append(duplicates(scenario, alone))
        for name, shown in joint_pictures(scenario):
            score = scorer.score(scenario, shown, step=float(STEP_S))
            ratios.setdefault(name, []).append(score["gospa_mean"] / base)
            doubles.setdefault(name, []).append(duplicates(scenario, shown))
    bars = {"plots released": PLOTS_BAR, "tracks released": TRACKS_BAR}
    for name, values in ratios.items():
        ratio, bar = float(np.mean(values)), bars.get(name)
        held = None if bar is None else ratio <= bar
        yield Figure(f"{case.title}, {name}, GOSPA", ratio, "of one tracker's", bar, 1.0, held)
    for name, values in doubles.items():
        part, bar = float(np.mean(values)), DUPLICATES_BAR if name in bars else None
        held = None if bar is None else part < bar
        yield Figure(f"{case.title}, {name}, duplicates", part, "part", bar, None, held)


def nation_of(scenario: Scenario) -> NDArray[np.int64]:
    """Nation of each radar: in turn."""
    return np.arange(len(scenario["sensor_lat"])) % 2


def tracked(scenario: Scenario, plots: Plots) -> Tracks:
    """Our tracks of some of a scenario's plots, each second, once all plots of it are in."""
    end_ns = EPOCH_NS + int(json.loads(str(scenario["meta"]))["duration"] + 1) * SECOND_NS
    tracker = Tracker(sensor_table(scenario), TrackerSettings(period_ns=SECOND_NS))
    return tracker.step(plots, end_ns)


def all_tracks(scenario: Scenario) -> Tracks:
    """What one tracker makes of all plots, none late: the confirmed ones."""
    tracks = tracked(scenario, plots_of(scenario))
    return tracks.take(tracks.confirmed)


def joint_pictures(scenario: Scenario) -> Iterator[tuple[str, dict[str, NDArray]]]:
    """The first nation's joint pictures: with the other's tracks, these late, and its plots."""
    plots, nation = plots_of(scenario), nation_of(scenario)
    foreign = nation[plots.sensor] == 1
    own, theirs = tracked(scenario, plots.take(~foreign)), tracked(scenario, plots.take(foreign))
    yield "tracks released", joined(own, theirs, 0)
    yield "tracks released, a second late", joined(own, theirs, SECOND_NS)
    received_ns = plots.received_ns + np.where(foreign, LATENCY_NS, 0)
    late = replace(plots, received_ns=received_ns).in_time_order()
    yield "plots released", joined(tracked(scenario, late), theirs, SECOND_NS, np.uint64(3))


class Nation:
    """One nation's picture, and what its link tells the other: news, keyframes, what ended."""

    def __init__(self, code: str, other: str, tracks: Tracks, bits: np.uint64 | None) -> None:
        self.code, self.bits = code, bits
        self.picture = JointPicture(code, BLOCKS)
        self.picture.bit(other)
        self.instants = {int(t.measured_ns[0]): t for t in by_instant(tracks)}
        self.before: dict[int, int] = {}

    def tells(self, now_ns: int) -> PartnerTracks | None:
        """A batch of its own tracks at an instant, with the claims it makes of them."""
        if now_ns not in self.instants:
            return None
        tracks = self.instants[now_ns]
        tracks = tracks.take(tracks.confirmed)
        plotted = dict(zip(tracks.track.tolist(), tracks.last_plot_ns.tolist(), strict=True))
        keyframe = now_ns // SECOND_NS % KEYFRAME_S == 0
        new = [self.before.get(t) != p or keyframe for t, p in plotted.items()]
        ended = np.array(sorted(set(self.before) - set(plotted)), np.int64)
        self.before = plotted
        told = tracks.take(np.array(new, np.bool_))
        claims = self.picture.claims(told.track)
        return batch_of(self.code, told, claims, ended, keyframe, now_ns)

    def steps(self, now_ns: int) -> JointTracks | None:
        """Its picture at an instant."""
        own = self.instants.get(now_ns)
        if own is None:
            return None
        bits = None if self.bits is None else np.full(len(own), self.bits)
        return self.picture.step(own, now_ns, bits)


def by_instant(tracks: Tracks) -> Iterator[Tracks]:
    """Rows of one instant after the other."""
    order = np.argsort(tracks.measured_ns, kind="stable")
    edges = np.flatnonzero(np.diff(tracks.measured_ns[order])) + 1
    for rows in np.split(order, edges):
        if len(rows):
            yield tracks.take(rows)


def batch_of(
    station: str,
    tracks: Tracks,
    claims: TrackClaims,
    ended: NDArray[np.int64],
    keyframe: bool,
    now_ns: int,
) -> PartnerTracks:
    """States as the exchange hands them over."""
    return PartnerTracks(
        station=station,
        agreement="accord",
        label=LABEL,
        tracks=tracks,
        claims=claims,
        blurred=False,
        ended=ended,
        keyframe=keyframe,
        whole=tracks.track.copy() if keyframe else None,
        received_ns=now_ns,
    )


def joined(
    own: Tracks, theirs: Tracks, delay_ns: int, contributors: np.uint64 | None = None
) -> dict[str, NDArray]:
    """The first nation's joint picture, as the scorer takes it; both tell each other."""
    first = Nation("KG", "RU", own, contributors)
    second = Nation("RU", "KG", theirs, None)
    way: list[tuple[int, Nation, PartnerTracks]] = []
    shown: list[Tracks] = []
    for now_ns in sorted(first.instants.keys() | second.instants.keys()):
        for teller, hearer in ((first, second), (second, first)):
            batch = teller.tells(now_ns)
            if batch is not None:
                way.append((now_ns + delay_ns, hearer, batch))
        while way and way[0][0] <= now_ns:
            due_ns, hearer, batch = way.pop(0)
            hearer.picture.take(replace(batch, received_ns=due_ns))
        made = first.steps(now_ns)
        second.steps(now_ns)
        if made is not None and now_ns // SECOND_NS % STEP_S == 0:
            shown.append(made.tracks.take(made.tracks.confirmed))
    return estimate_of(Tracks.join(shown))


def estimate_of(tracks: Tracks) -> dict[str, NDArray]:
    """Tracks at the scorer's instants."""
    due = tracks.take((tracks.measured_ns - EPOCH_NS) // SECOND_NS % STEP_S == 0)
    return {
        "est_time": (due.measured_ns - EPOCH_NS) / SECOND_NS,
        # the scorer takes numbers below 0, which joint tracks without a number have, for none
        "est_track": np.where(due.track < 0, NO_NUMBER - due.track, due.track),
        "est_lat": np.degrees(due.latitude_rad),
        "est_lon": np.degrees(due.longitude_rad),
    }


def duplicates(scenario: Scenario, estimate: dict[str, NDArray]) -> float:
    """Part of the instants of followed aircraft at which they have two tracks or more."""
    truth = points(scenario["truth_lat"], scenario["truth_lon"])
    tracks = points(estimate["est_lat"], estimate["est_lon"])
    order = np.argsort(scenario["truth_time"], kind="stable")
    times = scenario["truth_time"][order]
    followed, doubled = 0, 0
    for moment in np.unique(estimate["est_time"]):
        first, last = np.searchsorted(times, [moment - 0.01, moment + 0.01])
        if moment < WARM_S or first == last:
            continue
        here = tracks[estimate["est_time"] == moment]
        apart_m, nearest = cKDTree(truth[order[first:last]]).query(here)
        count = np.bincount(nearest[apart_m < NEAR_M], minlength=1)
        followed += int((count > 0).sum())
        doubled += int((count > 1).sum())
    return doubled / max(1, followed)


def points(latitude_deg: NDArray, longitude_deg: NDArray) -> NDArray[np.float64]:
    """Places as ECEF points at height 0, (n, 3) m."""
    height_m = np.zeros(len(latitude_deg))
    xyz = geodetic_to_ecef(np.radians(latitude_deg), np.radians(longitude_deg), height_m)
    return np.stack(xyz, axis=1)


def cost_figures(steps: int) -> Iterator[Figure]:
    """Ten nations, each with 2,000 tracks of 4,000 aircraft over 2,000 km x 1,000 km: CPU."""
    random = np.random.default_rng(1)
    names = [f"N{k}" for k in range(NATIONS)]
    blocks = [NumberBlock(name, 1 + 10_000 * k, 10_000 * (k + 1)) for k, name in enumerate(names)]
    sky = random.uniform([-1e6, -5e5, -200.0, -200.0], [1e6, 5e5, 200.0, 200.0], (4_000, 4))
    seen = [np.sort(random.permutation(len(sky))[:NATION_TRACKS]) for _ in names]
    picture, taken, sizes = JointPicture(names[0], blocks), [], []
    for step in range(steps):
        now_ns = EPOCH_NS + step * SECOND_NS
        told = [nation_tracks(sky[rows], rows, step, now_ns, random) for rows in seen]
        start_s = time.process_time()
        for name, tracks in zip(names[1:], told[1:], strict=True):
            claims = TrackClaims.own_only(len(tracks), name)
            ended = np.empty(0, np.int64)
            picture.take(batch_of(name, tracks, claims, ended, step % 10 == 0, now_ns))
        made = picture.step(told[0], now_ns)
        taken.append(time.process_time() - start_s)
        sizes.append(len(made))
    settled_s = float(np.mean(taken[len(taken) // 2 :]))
    title = f"picture: {NATIONS} nations of {NATION_TRACKS:,} tracks"
    many = len(np.unique(np.concatenate(seen)))
    yield Figure(f"{title}, aircraft", many, "aircraft", None, None, None)
    yield Figure(f"{title}, joint tracks", sizes[-1], "tracks", None, None, None)
    yield Figure(f"{title}, step each second", settled_s, "s CPU", 1.0, None, settled_s < 1.0)
    yield Figure(f"{title}, longest step", max(taken[2:]), "s CPU", None, None, None)


def nation_tracks(
    sky: NDArray[np.float64],
    numbers: NDArray[np.int64],
    step: int,
    now_ns: int,
    random: np.random.Generator,
) -> Tracks:
    """What one nation tells of aircraft (east, north m; velocity m/s) a second apart."""
    count = len(sky)
    columns = {
        name: np.zeros((count, *getattr(Tracks.empty(), name).shape[1:]), kind)
        for name, kind in TRACK_COLUMNS.items()
    }
    sigma_m = 120.0
    place = sky[:, :2] + step * sky[:, 2:] + random.normal(0.0, sigma_m, (count, 2))
    columns["track"][:] = numbers + 1
    columns["measured_ns"][:], columns["last_plot_ns"][:] = now_ns, now_ns
    columns["latitude_rad"][:] = np.radians(42.0) + place[:, 1] / 6.371e6
    columns["longitude_rad"][:] = np.radians(75.0) + place[:, 0] / (6.371e6 * np.cos(0.733))
    columns["velocity_east_mps"][:], columns["velocity_north_mps"][:] = sky[:, 2:].T
    columns["altitude_m"][:], columns["velocity_up_mps"][:] = np.nan, np.nan
    columns["pressure_altitude_m"][:] = 3_000.0 + 300.0 * (numbers % 30)
    columns["horizontal_sigma_m"][:], columns["confirmed"][:] = sigma_m, True
    columns["covariance"][:, [0, 4]], columns["covariance"][:, [7, 9]] = sigma_m**2, 25.0
    columns["mode_s"][:], columns["mode_3a"][:] = -1, -1
    return Tracks(**columns)
