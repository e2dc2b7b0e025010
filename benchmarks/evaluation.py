"""The judge: GOSPA beside Stone Soup's on the same points, and whole evaluations of big tables.

Both are given points in memory and timed in CPU seconds of one thread, ours with kernels
compiled; the peer's runner is tests/authorities/stone_soup_evaluation_recipe.py.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.figures import Figure
from benchmarks.places import CHECKOUT, bench_python
from skypact.evaluation.gospa import pair_points
from skypact.evaluation.judgement import Settings, judge
from skypact.evaluation.paths import Paths, make_paths
from skypact.model.time import SECOND_NS

FASTER_BAR = 500.0
DIFFERENCE_BAR_M = 1e-6
"""Distances are of kilometres: rounding of doubles."""
SECONDS_BAR = 60.0
CUTOFF_M = 2_000.0
RUNS = 5
PEER_LIMIT_S = 250


def run(quick: bool) -> Iterator[Figure]:
    """``--quick``: fewer instants for the peer, and the big table for ten minutes, not an hour."""
    yield from beside_stone_soup(200, 10 if quick else 40)
    yield from whole(200, 600)
    yield from whole(2_000, 600 if quick else 3_600)


def points(targets: int, instants: int) -> tuple[np.ndarray, np.ndarray]:
    """Truth and tracks as rows of thing, instant, x, y, z over 1,000 x 500 km."""
    rng = np.random.default_rng(20240601)
    begin = rng.uniform((0, 0, 3e3), (1e6, 5e5, 12e3), (targets, 3))
    speed = rng.uniform(-250, 250, (targets, 3)) * (1, 1, 0)
    when = np.arange(instants)
    thing, instant = (a.ravel() for a in np.meshgrid(np.arange(targets), when, indexing="ij"))
    place = begin[thing] + speed[thing] * instant[:, None]
    truth = np.column_stack([thing, instant, place])
    held = rng.uniform(size=len(truth)) < 0.98
    tracks = np.column_stack([thing, instant, place + rng.normal(0, 150, place.shape)])[held]
    return truth, tracks


def grouped(rows: np.ndarray, instants: int) -> tuple[np.ndarray, np.ndarray]:
    """Points by instant, with a fourth coordinate, and the first of each instant."""
    order = np.argsort(rows[:, 1], kind="stable")
    four = np.zeros((len(rows), 4))
    four[:, :3] = rows[order, 2:5]
    return four, np.searchsorted(rows[order, 1], np.arange(instants + 1))


def beside_stone_soup(targets: int, instants: int) -> Iterator[Figure]:
    """Speed and agreement of GOSPA."""
    truth, tracks = points(targets, instants)
    least_s, distance = np.inf, np.empty(0)
    for _ in range(RUNS + 1):
        start_s = time.process_time()
        (ours, first), (theirs, of_tracks) = grouped(truth, instants), grouped(tracks, instants)
        partner, away, _ = pair_points(ours, first, theirs, of_tracks, cutoff_m=CUTOFF_M)
        held = np.add.reduceat(partner >= 0, first[:-1])
        square = np.add.reduceat(np.nan_to_num(away) ** 2, first[:-1])
        spare = np.diff(first) + np.diff(of_tracks) - 2 * held
        distance = np.sqrt(square + CUTOFF_M**2 / 2.0 * spare)
        least_s = min(least_s, time.process_time() - start_s)
    speed = instants / least_s
    peer = stone_soup(truth, tracks)
    name = f"evaluation: GOSPA, {targets} targets"
    yield Figure(name, speed, "instants/s CPU", None, None if peer is None else instants / peer[0],
                 None)  # fmt: skip
    if peer is None:
        return
    ratio = peer[0] / least_s
    yield Figure(f"{name}, speed over Stone Soup's", ratio, "ratio", FASTER_BAR, 1.0,
                 ratio >= FASTER_BAR)  # fmt: skip
    off = float(np.abs(distance - np.array(peer[1])).max())
    yield Figure(f"{name}, largest difference from Stone Soup's", off, "m", DIFFERENCE_BAR_M,
                 None, off <= DIFFERENCE_BAR_M)  # fmt: skip


def stone_soup(truth: np.ndarray, tracks: np.ndarray) -> tuple[float, list[float]] | None:
    """The peer's CPU seconds and distances; None, and a word, where it cannot run."""
    runner = CHECKOUT / "tests" / "authorities" / "stone_soup_evaluation_recipe.py"
    if not bench_python().is_file():
        print(f"evaluation: no peer, as {bench_python()} is absent (make peers)", file=sys.stderr)
        return None
    with tempfile.TemporaryDirectory() as folder:
        given = Path(folder) / "points.npz"
        np.savez(given, truth=truth, tracks=tracks)
        try:
            done = subprocess.run(
                [bench_python(), "-B", runner, "--time", given],
                check=True, capture_output=True, text=True, timeout=PEER_LIMIT_S,
            )  # fmt: skip
        except (subprocess.SubprocessError, OSError) as problem:
            print(f"evaluation: the peer failed: {problem}", file=sys.stderr)
            return None
    told = json.loads(done.stdout)
    return float(told["cpu_s"]), told["distance"]


def flights(count: int, seconds: int) -> tuple[Paths, Paths]:
    """Truth and tracks of ``count`` aircraft in gentle turns, a state a second."""
    rng = np.random.default_rng(7)
    when = np.arange(seconds)
    speed, course = rng.uniform(100, 250, count), rng.uniform(0, 2 * np.pi, count)
    angle = course[:, None] + rng.uniform(-2e-3, 2e-3, count)[:, None] * when
    east, north = speed[:, None] * np.sin(angle), speed[:, None] * np.cos(angle)
    lat = np.radians(rng.uniform(40, 50, count))[:, None] + np.cumsum(north, axis=1) / 6.36e6
    lon = np.radians(rng.uniform(0, 15, count))[:, None] + np.cumsum(east, axis=1) / (
        6.38e6 * np.cos(lat)
    )
    name = np.repeat(np.arange(count), seconds)
    columns = {
        "time_ns": np.tile(1_700_000_000 * SECOND_NS + when * SECOND_NS, count),
        "latitude_rad": lat.ravel(),
        "longitude_rad": lon.ravel(),
        "altitude_m": np.full(count * seconds, 9_000.0),
        "east_mps": east.ravel(),
        "north_mps": north.ravel(),
        "up_mps": np.zeros(count * seconds),
    }
    truth = make_paths("truth", name, **columns)
    noise = rng.normal(0, 100.0 / 6.37e6, (2, len(name)))
    columns["latitude_rad"] = columns["latitude_rad"] + noise[0]
    columns["longitude_rad"] = columns["longitude_rad"] + noise[1]
    columns["sigma_m"] = np.full(len(name), 100.0)
    order = np.argsort(columns["time_ns"], kind="stable")  # a track table is by time
    shown = {key: values[order] for key, values in columns.items()}
    return make_paths("tracks", name[order] + 5_000, **shown), truth


def whole(count: int, seconds: int) -> Iterator[Figure]:
    """CPU seconds of a whole evaluation, tables in memory."""
    tracks, truth = flights(count, seconds)
    judge(tracks, truth, Settings(period_s=60.0))
    start_s = time.process_time()
    judge(tracks, truth)
    spent = time.process_time() - start_s
    yield Figure(f"evaluation: {count} aircraft for {seconds} s", spent, "CPU s", SECONDS_BAR, None,
                 spent <= SECONDS_BAR)  # fmt: skip
