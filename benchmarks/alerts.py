"""Alerts: areas entered and soon to be, beside Shapely on the same lines, and a whole look's cost.

3,000 tracks against 60 areas of 2,000 corners with 120 s ahead. Shapely gets the areas and paths in
a gnomonic plane, where both are straight, for nothing; it says which tracks are in which areas and
when the others will be (a tree over the areas, then the crossing of each path that meets one).
``sparse``: areas as large as military ones; ``dense``: every track in two of them on average.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from benchmarks.figures import Figure
from skypact.alerts.areas import AreaIndex, area_index
from skypact.alerts.conditions import Look, TrackFacts
from skypact.alerts.infringement import entries
from skypact.alerts.rules import AreaTable, Rules, default_rules
from skypact.alerts.separation import conflicts
from skypact.alerts.watch import AlertWatch
from skypact.model.time import SECOND_NS
from skypact.model.tracks import TRACK_COLUMNS, Tracks

NOW_NS = 1_800_000_000 * SECOND_NS
TRACKS, AREAS, CORNERS, AHEAD_S = 3_000, 60, 2_000, 120.0
CENTRE_DEG = (42.0, 75.0)
EARTH_M = 6_371_000.0
BAR_MS = 20.0

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Scene:
    """Areas, their index, and tracks."""

    areas: list[AreaTable]
    index: AreaIndex
    tracks: Tracks


def run(quick: bool) -> Iterator[Figure]:
    """``--quick``: fewer runs."""
    runs = 5 if quick else 15
    for name, reach_m in (("sparse", (5e3, 30e3)), ("dense", (30e3, 120e3))):
        made = scene(reach_m)
        yield from against_shapely(name, made, runs)
        yield from whole_look(name, made, runs)
    yield from pairs(made, runs)


def scene(reach_m: tuple[float, float]) -> Scene:
    """Ragged areas within 300 km of the centre, tracks within 400 km (east and north)."""
    random = np.random.default_rng(5)
    areas = []
    for k in range(AREAS):
        turn = np.linspace(0.0, 2.0 * np.pi, CORNERS, endpoint=False)
        rough = random.normal(size=CORNERS).cumsum() / np.sqrt(CORNERS)
        rough -= np.linspace(0.0, rough[-1], CORNERS)
        out = random.uniform(*reach_m) * (1 + 0.15 * np.sin(5 * turn) + 0.05 * rough)
        east, north = random.uniform(-3e5, 3e5, 2)
        ring = degrees(east + out * np.cos(turn), north + out * np.sin(turn)).tolist()
        geometry = {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}
        areas.append(AreaTable(id=f"a{k}", kind="danger", geometry=geometry, edges="great-circle"))
    heading, speed = random.uniform(0, 2 * np.pi, TRACKS), random.uniform(50, 280, TRACKS)
    place = np.radians(degrees(*random.uniform(-4e5, 4e5, (2, TRACKS))))
    empty = Tracks.empty()
    columns: dict[str, Any] = {
        name: np.zeros((TRACKS, *getattr(empty, name).shape[1:]), dtype)
        for name, dtype in TRACK_COLUMNS.items()
    }
    columns["track"] = np.arange(1, TRACKS + 1)
    columns["longitude_rad"], columns["latitude_rad"] = place.T.copy()
    columns["velocity_east_mps"] = speed * np.sin(heading)
    columns["velocity_north_mps"] = speed * np.cos(heading)
    columns["pressure_altitude_m"] = random.uniform(1_000, 11_000, TRACKS)
    columns["altitude_m"] = columns["pressure_altitude_m"] + 60.0
    columns["confirmed"] = np.ones(TRACKS, np.bool_)
    columns["mode_3a"] = random.integers(0o2001, 0o6777, TRACKS).astype(np.int32)
    columns["mode_s"] = np.arange(0x600000, 0x600000 + TRACKS, dtype=np.int32)
    columns["horizontal_sigma_m"] = np.full(TRACKS, 50.0)
    return Scene(areas, area_index(areas), Tracks(**columns))


def degrees(east_m: Floats, north_m: Floats) -> Floats:
    """Longitude and latitude (n, 2) of offsets from the centre."""
    latitude = CENTRE_DEG[0] + np.degrees(north_m / EARTH_M)
    longitude = CENTRE_DEG[1] + np.degrees(east_m / EARTH_M) / np.cos(np.radians(latitude))
    return np.stack([longitude, latitude], axis=-1)


def cpu_ms(work: Callable[[], Any], runs: int) -> float:
    """Median CPU milliseconds after one run that warms up."""
    work()
    times = []
    for _ in range(runs):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return statistics.median(times) * 1e3


def flat(longitude_rad: Floats, latitude_rad: Floats) -> Floats:
    """Gnomonic plane about the centre (..., 2)."""
    middle = np.radians(CENTRE_DEG[0])
    east = longitude_rad - np.radians(CENTRE_DEG[1])
    c = np.cos(latitude_rad)
    ahead = np.sin(middle) * np.sin(latitude_rad) + np.cos(middle) * c * np.cos(east)
    north = np.cos(middle) * np.sin(latitude_rad) - np.sin(middle) * c * np.cos(east)
    return np.stack([c * np.sin(east) / ahead, north / ahead], axis=-1)


def against_shapely(name: str, made: Scene, runs: int) -> Iterator[Figure]:
    """The same question to both, straight ahead; then ours with every track in a turn."""
    tracks = made.tracks
    asked, still = np.ones(TRACKS, np.bool_), np.zeros(TRACKS)
    look = Look(NOW_NS, tracks, TrackFacts.none(TRACKS), still)
    ours = cpu_ms(lambda: entries(look, made.index, asked, still, AHEAD_S), runs)
    begin = flat(tracks.longitude_rad, tracks.latitude_rad)
    end = flat(*ends(tracks))
    shapes = np.array([shapely.Polygon(flat(*np.radians(ring_of(a)).T)) for a in made.areas])
    borders = shapely.boundary(shapes)
    shapely.prepare(shapes)
    tree = shapely.STRtree(shapes)

    def peer() -> tuple[Any, Any, Any]:
        lines = shapely.linestrings(np.stack([begin, end], axis=1))
        line, area = tree.query(lines, predicate="intersects")
        within = shapely.contains_xy(shapes[area], begin[line, 0], begin[line, 1])
        outside = np.flatnonzero(~within)
        crossing = shapely.intersection(lines[line[outside]], borders[area[outside]])
        away = shapely.distance(shapely.points(begin[line[outside]]), crossing)
        return line, area, (within, away)

    theirs = cpu_ms(peer, max(3, runs // 3))
    found = entries(look, made.index, asked, still, AHEAD_S)
    line, area, (within, _) = peer()
    mine = {
        (int(r), int(a), bool(t == 0.0))
        for r, a, t in zip(found.row, found.area, found.after_s, strict=True)
    }
    other = {(int(r), int(a), bool(w)) for r, a, w in zip(line, area, within, strict=True)}
    yield Figure(f"alerts/{name}/areas", ours, "ms", BAR_MS, theirs, ours < BAR_MS)
    apart = float(len(mine ^ other))
    yield Figure(
        f"alerts/{name}/answers-unlike-shapely", apart, f"of {len(mine)}", 0.0, None, apart == 0.0
    )
    turn = np.full(TRACKS, 0.03)
    turning = cpu_ms(lambda: entries(look, made.index, asked, turn, AHEAD_S), runs)
    yield Figure(f"alerts/{name}/areas-all-turning", turning, "ms", BAR_MS, None, turning < BAR_MS)


def pairs(made: Scene, runs: int) -> Iterator[Figure]:
    """Separation alone: all pairs within 5 km and 210 m in the next 60 s."""
    look = Look(NOW_NS, made.tracks, TrackFacts.none(TRACKS), np.zeros(TRACKS))
    asked = np.ones(TRACKS, np.bool_)
    spent = cpu_ms(lambda: conflicts(look, asked, 5_000.0, 210.0, 60.0), runs)
    yield Figure("alerts/separation", spent, "ms", None, None, None)


def ring_of(area: AreaTable) -> Floats:
    """Corners of an area, longitude and latitude in degrees."""
    assert area.geometry is not None
    return np.array(area.geometry["coordinates"][0])


def ends(tracks: Tracks) -> tuple[Floats, Floats]:
    """Longitude and latitude at the end of the look-ahead, along great circles of normals."""
    s = np.sin(tracks.latitude_rad)
    w2 = 1.0 - 0.00669437999014 * s * s
    normal = 6_378_137.0 / np.sqrt(w2)
    east = tracks.velocity_east_mps / normal * AHEAD_S
    north = tracks.velocity_north_mps * w2 / (normal * (1 - 0.00669437999014)) * AHEAD_S
    angle, bearing = np.hypot(east, north), np.arctan2(east, north)
    c = np.cos(tracks.latitude_rad)
    sine = s * np.cos(angle) + c * np.sin(angle) * np.cos(bearing)
    across = np.sin(bearing) * np.sin(angle) * c
    return tracks.longitude_rad + np.arctan2(across, np.cos(angle) - s * sine), np.arcsin(sine)


def whole_look(name: str, made: Scene, runs: int) -> Iterator[Figure]:
    """All the shipped rules on these tracks, sentences and book included, once they stand."""
    rules = default_rules()
    watch = AlertWatch("KG", Rules(rule=rules.rule, area=tuple(made.areas)))
    now = iter(range(1, 10_000))
    for _ in range(4):
        watch.look(made.tracks, NOW_NS + next(now) * SECOND_NS)
    spent = cpu_ms(lambda: watch.look(made.tracks, NOW_NS + next(now) * SECOND_NS), runs)
    yield Figure(f"alerts/{name}/whole-look", spent, "ms", None, None, None)
    yield Figure(
        f"alerts/{name}/alerts-standing", float(len(watch.alerts)), "alerts", None, None, None
    )
