"""The tracker on made scenarios, beside Stone Soup's GNN on the same plots.

Scenarios, scorer and the peer's runner come from the shared folder (``bench/tracking``), one
scorer for both. Our time is the least CPU time of several runs of ``Tracker.step`` with kernels
compiled; the peer's is what its runner counts (without its output). The motion models were
chosen on seeds of 101 and more.
"""

from __future__ import annotations

import importlib
import json
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from benchmarks.figures import Figure
from benchmarks.places import bench_python, shared
from skypact.model.plots import Plots
from skypact.model.sensors import Sensor, SensorTable
from skypact.model.time import SECOND_NS, from_iso
from skypact.tracking import Tracker, TrackerSettings

EPOCH_NS = from_iso("2024-01-01")
STEP_S = 5
"""The scorer looks every five seconds."""

SPEED_RUNS = 5
SPEED_BAR = 100.0
GOSPA_BAR = 1.0
PEER_OPTIONS = {"small": ["--m", "3"], "medium": ["--m", "4"]}
PEER_LIMIT_S = 200

Scenario = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Outcome:
    """A tracker's speed and score on one scenario."""

    plots_per_s: float
    score: dict[str, float]


def run(quick: bool) -> Iterator[Figure]:
    """``--quick``: two seeds of ``small`` with the peer, ``medium`` without it."""
    place = shared() / "bench" / "tracking"
    if not (place / "scenario.py").is_file():
        print(f"tracking: no scenarios at {place}: set SKYPACT_SHARED", file=sys.stderr)
        return
    sys.path.insert(0, str(place))
    sys.dont_write_bytecode = True
    scenarios, scorer = importlib.import_module("scenario"), importlib.import_module("score")
    peer = bench_python().is_file()
    if not peer:
        print(f"tracking: no peer, as {bench_python()} is absent (make peers)", file=sys.stderr)
    yield from preset("small", (1, 2) if quick else (1, 2, 3, 4, 5), scenarios, scorer, peer)
    yield from preset("medium", (1,), scenarios, scorer, peer and not quick)


def preset(
    name: str, seeds: tuple[int, ...], scenarios: ModuleType, scorer: ModuleType, peer: bool
) -> Iterator[Figure]:
    """Figures of one preset, means over its seeds."""
    ours, theirs = [], []
    for seed in seeds:
        scenario = scenarios.generate(name, seed)
        ours.append(track(scenario, scorer))
        if peer:
            outcome = track_by_peer(scenario, scorer, PEER_OPTIONS[name])
            peer = outcome is not None
            theirs += [outcome] if outcome else []
    theirs = theirs if len(theirs) == len(ours) else []

    def mean(key: str, of: list[Outcome]) -> float | None:
        return float(np.mean([outcome.score[key] for outcome in of])) if of else None

    for key, words, unit in (
        ("gospa_mean", "GOSPA", "m"),
        ("rmse", "RMSE", "m"),
        ("false_tracks", "false tracks", "per run"),
        ("breaks_per_truth", "breaks", "per truth"),
        ("switches_per_truth", "switches", "per truth"),
    ):
        value = mean(key, ours)
        assert value is not None
        yield Figure(f"tracking: {name}, {words}", value, unit, None, mean(key, theirs), None)
    speed = float(np.mean([outcome.plots_per_s for outcome in ours]))
    their_speed = float(np.mean([o.plots_per_s for o in theirs])) if theirs else None
    yield Figure(f"tracking: {name}, speed", speed, "plots/s CPU", None, their_speed, None)
    if theirs:
        pairs = list(zip(ours, theirs, strict=True))
        gospa = float(np.mean([a.score["gospa_mean"] / b.score["gospa_mean"] for a, b in pairs]))
        faster = float(np.mean([a.plots_per_s / b.plots_per_s for a, b in pairs]))
        title = f"tracking: {name}, GOSPA over Stone Soup's"
        yield Figure(title, gospa, "ratio", GOSPA_BAR, 1.0, gospa < GOSPA_BAR)
        title = f"tracking: {name}, speed over Stone Soup's"
        yield Figure(title, faster, "ratio", SPEED_BAR, 1.0, faster >= SPEED_BAR)


def sensor_table(scenario: Scenario) -> SensorTable:
    """The scenario's radars; their biases stay unknown."""
    columns = {key[7:]: scenario[key] for key in scenario if key.startswith("sensor_")}
    return SensorTable(
        tuple(
            Sensor(
                name=f"radar {k}",
                kind="radar",
                latitude_rad=float(np.radians(columns["lat"][k])),
                longitude_rad=float(np.radians(columns["lon"][k])),
                altitude_m=float(columns["alt"][k]),
                rotation_s=float(columns["period"][k]),
                range_sigma_m=float(columns["sigma_r"][k]),
                azimuth_sigma_rad=float(np.radians(columns["sigma_az_deg"][k])),
                detection_probability=float(columns["pd"][k]),
                clutter_per_scan=float(columns["clutter"][k]),
                min_range_m=float(columns["min_range"][k]),
                max_range_m=float(columns["max_range"][k]),
            )
            for k in range(len(columns["lat"]))
        )
    )


def plots_of(scenario: Scenario) -> Plots:
    """The scenario's plots, received when measured; truth is not among the columns."""
    measured_ns = EPOCH_NS + np.round(scenario["plot_time"] * SECOND_NS).astype(np.int64)
    columns = {
        "sensor": scenario["plot_sensor"],
        "measured_ns": measured_ns,
        "received_ns": measured_ns,
        "range_m": scenario["plot_range"],
        "azimuth_rad": np.radians(scenario["plot_az"].astype(np.float64)),
    }
    if "plot_height" in scenario:
        columns["pressure_altitude_m"] = scenario["plot_height"]
    return Plots.blank(len(measured_ns), **columns).in_time_order()


def track(scenario: Scenario, scorer: ModuleType) -> Outcome:
    """Run our tracker; the first run warms up and is not timed."""
    sensors, plots = sensor_table(scenario), plots_of(scenario)
    settings = TrackerSettings(period_ns=STEP_S * SECOND_NS)
    end_ns = EPOCH_NS + int(json.loads(str(scenario["meta"]))["duration"] + 1) * SECOND_NS
    tracks = Tracker(sensors, settings).step(plots, end_ns)
    least_s = float("inf")
    for _ in range(SPEED_RUNS):
        tracker = Tracker(sensors, settings)
        start_s = time.process_time()
        tracker.step(plots, end_ns)
        least_s = min(least_s, time.process_time() - start_s)
    shown = tracks.take(tracks.confirmed)
    estimate = {
        "est_time": (shown.measured_ns - EPOCH_NS) / SECOND_NS,
        "est_track": shown.track,
        "est_lat": np.degrees(shown.latitude_rad),
        "est_lon": np.degrees(shown.longitude_rad),
    }
    return Outcome(len(plots) / least_s, scorer.score(scenario, estimate, step=float(STEP_S)))


def track_by_peer(scenario: Scenario, scorer: ModuleType, options: list[str]) -> Outcome | None:
    """Run Stone Soup's GNN with its best noise (50); None, and a word, where it fails."""
    runner = shared() / "bench" / "tracking" / "stonesoup_peer.py"
    with tempfile.TemporaryDirectory() as folder:
        given, got = Path(folder) / "scenario.npz", Path(folder) / "tracks.npz"
        np.savez(given, **scenario)
        command = [bench_python(), "-B", runner, given, "--assoc", "gnn", "--q", "50"]
        try:
            done = subprocess.run(
                [*command, *options, "--out", got],
                check=True,
                capture_output=True,
                text=True,
                timeout=PEER_LIMIT_S,
            )
        except (subprocess.SubprocessError, OSError) as error:
            print(f"tracking: the peer failed: {error}", file=sys.stderr)
            return None
        speed = re.search(r"CPU: (\d+) plots/s", done.stdout)
        assert speed, done.stdout
        with np.load(got) as estimate:
            return Outcome(
                float(speed[1]), scorer.score(scenario, dict(estimate), step=float(STEP_S))
            )
