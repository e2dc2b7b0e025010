"""The tracker on made scenarios, beside Stone Soup on the same plots: accuracy, tracks, speed.

Scenarios, scorer, Cramer-Rao floor and the peer's runner come from the shared folder
(``bench/tracking``), one scorer for both; close flight comes from ``benchmarks.formation``.
Scenarios and floors are kept under the temporary folder. Our time is the least CPU time of
several runs of ``Tracker.step`` with kernels compiled; the peer's is what its runner counts
(without its output). The motion models were chosen on seeds of 101 and more. What biased
sensors do is in ``benchmarks.registration``.
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
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from benchmarks import formation
from benchmarks.figures import Figure
from benchmarks.places import bench_python, shared
from skypact.model.plots import Plots
from skypact.model.sensors import Sensor, SensorTable
from skypact.model.time import MILLISECOND_NS, SECOND_NS, from_iso
from skypact.tracking import Tracker, TrackerSettings

EPOCH_NS = from_iso("2024-01-01")
STEP_S = 5
"""The scorer looks every five seconds."""

SPEED_RUNS = 3
PEER_LIMIT_S = 200
KEEP = Path(tempfile.gettempdir()) / "skypact-bench-tracking"
"""Where scenarios and floors are kept from run to run."""

Scenario = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Preset:
    """A row of the table of figures: what is run, and what must hold.

    Parameters
    ----------
    name, options
        Preset of the shared scenarios, and what is changed of it.
    seeds, quick_seeds
        Seeds of a whole and of a quick run.
    peer
        The peer's options; None: it is not run. A quick run leaves it out but on ``small``.
    bars
        The most that a mean may be, by the scorer's name.
    gospa_bar
        The most that GOSPA may be of the peer's.
    plots_per_s
        The least speed, 0 for none asked.
    """

    name: str
    seeds: tuple[int, ...]
    quick_seeds: tuple[int, ...]
    bars: dict[str, float]
    options: dict[str, float] | None = None
    peer: tuple[str, ...] | None = None
    peer_seeds: tuple[int, ...] = ()
    gospa_bar: float = 0.0
    plots_per_s: float = 0.0


def limits(ratio: float, breaks: float, switches: float, false: float) -> dict[str, float]:
    """Bars by the scorer's names."""
    return {
        "rmse_over_floor": ratio,
        "breaks_per_truth": breaks,
        "switches_per_truth": switches,
        "false_tracks": false,
    }


GNN = ("--assoc", "gnn", "--q", "50")
PRESETS = (
    Preset(
        "small", (1, 2, 3, 4, 5), (1, 2), limits(1.25, 0.0, 0.0, 0.0), peer=(*GNN, "--m", "3"),
        peer_seeds=(1, 2, 3, 4, 5), gospa_bar=0.85,
    ),
    Preset(
        "medium", (1, 2, 3, 4, 5), (1,), limits(1.20, 0.01, 0.005, 1.0),
        peer=(*GNN, "--m", "4"), peer_seeds=(1,), gospa_bar=0.75, plots_per_s=200e3,
    ),
    Preset("large", (1, 2), (), limits(1.20, 0.01, 0.01, 10.0), plots_per_s=150e3),
    Preset(
        "small", (1, 2, 3, 4, 5), (1,), limits(1.35, 0.0, 0.0, 2.0), options={"clutter": 1000.0}
    ),
    Preset("world", (1,), (), {"rmse_over_floor": 1.30}),
)  # fmt: skip
UNITS = {
    "rmse_over_floor": ("RMSE over floor", "ratio"),
    "gospa_mean": ("GOSPA", "m"),
    "false_tracks": ("false tracks", "per run"),
    "breaks_per_truth": ("breaks", "per truth"),
    "switches_per_truth": ("switches", "per truth"),
}
FORMATION_PEER = ("--assoc", "jpda", "--q", "50", "--m", "4")
REAL_TIME_BAR = 30.0
SPEED_BAR = 100.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """A tracker's speed and score on one scenario, and what it showed."""

    plots_per_s: float
    score: dict[str, float]
    estimate: Scenario


def run(quick: bool) -> Iterator[Figure]:
    """All rows; ``--quick``: fewer seeds, no large presets, the peer on ``small`` only."""
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
    KEEP.mkdir(exist_ok=True)
    for preset in PRESETS:
        asked = replace(preset, seeds=preset.quick_seeds) if quick else preset
        if not peer or (quick and preset.name != "small"):
            asked = replace(asked, peer=None)
        if asked.seeds:
            yield from preset_figures(asked, scenarios, scorer)
    yield from formation_figures((1,) if quick else (1, 2, 3, 4, 5), scenarios, scorer, peer, quick)
    yield from step_figures(scenarios, 30.0 if quick else 90.0)


def kept(name: str, seed: int, scenarios: ModuleType, options: dict[str, float]) -> Path:
    """A scenario's file, made where there is none."""
    words = [name, *(f"{key}{value:g}" for key, value in options.items()), str(seed)]
    path = KEEP / ("-".join(words) + ".npz")
    if not path.is_file():
        if name == "formation":
            made = formation.generate(scenarios, seed)
        else:
            made = scenarios.generate(name, seed, **options)
        np.savez(path.with_suffix(".new.npz"), **made)
        path.with_suffix(".new.npz").replace(path)
    return path


def kept_floor(path: Path) -> Scenario:
    """The Cramer-Rao floor of a scenario's file."""
    floor = path.with_name(path.stem + "-floor.npz")
    if not floor.is_file():
        unfinished = floor.with_suffix(".new.npz")
        program = shared() / "bench" / "tracking" / "pcrlb.py"
        command = [sys.executable, "-B", program, path, "--out", unfinished]
        subprocess.run(command, check=True, capture_output=True)
        unfinished.replace(floor)
    with np.load(floor) as arrays:
        return dict(arrays)


def preset_figures(preset: Preset, scenarios: ModuleType, scorer: ModuleType) -> Iterator[Figure]:
    """Figures of one row, means over its seeds."""
    ours, theirs = [], {}
    least = 1 if preset.name == "world" else SPEED_RUNS
    for seed in preset.seeds:
        path = kept(preset.name, seed, scenarios, preset.options or {})
        with np.load(path) as arrays:
            scenario = dict(arrays)
        floor = kept_floor(path)
        ours.append(track(scenario, scorer, floor, least))
        if preset.peer and seed in preset.peer_seeds:
            outcome = track_by_peer(path, scenario, scorer, list(preset.peer), floor)
            if outcome is not None:
                theirs[len(ours) - 1] = outcome

    def mean(key: str, of: list[Outcome]) -> float | None:
        return float(np.mean([outcome.score[key] for outcome in of])) if of else None

    title = f"tracking: {preset.name}"
    title += "".join(f", {key} {value:g}" for key, value in (preset.options or {}).items())
    title += f", {len(preset.seeds)} seeds" if len(preset.seeds) > 1 else ""
    for key, (words, unit) in UNITS.items():
        value, bar = mean(key, ours), preset.bars.get(key)
        assert value is not None
        peer = mean(key, list(theirs.values())) if len(theirs) == len(ours) else None
        yield Figure(
            f"{title}, {words}", value, unit, bar, peer, None if bar is None else value <= bar
        )
    speed = float(np.mean([outcome.plots_per_s for outcome in ours]))
    bar = preset.plots_per_s or None
    yield Figure(
        f"{title}, speed", speed, "plots/s CPU", bar, None, None if bar is None else speed >= bar
    )
    if preset.name == "world":
        duration = json.loads(str(scenario["meta"]))["duration"]
        times = duration * speed / len(scenario["plot_time"])
        yield Figure(
            f"{title}, speed", times, "x real time", REAL_TIME_BAR, None, times >= REAL_TIME_BAR
        )
    if theirs:
        pairs = [(ours[k], other) for k, other in theirs.items()]
        gospa = float(np.mean([a.score["gospa_mean"] / b.score["gospa_mean"] for a, b in pairs]))
        faster = float(np.mean([a.plots_per_s / b.plots_per_s for a, b in pairs]))
        words = f"{title}, GOSPA over Stone Soup's GNN"
        yield Figure(words, gospa, "ratio", preset.gospa_bar, 1.0, gospa <= preset.gospa_bar)
        words = f"{title}, speed over Stone Soup's GNN"
        yield Figure(words, faster, "ratio", SPEED_BAR, 1.0, faster >= SPEED_BAR)


def formation_figures(
    seeds: tuple[int, ...], scenarios: ModuleType, scorer: ModuleType, peer: bool, quick: bool
) -> Iterator[Figure]:
    """Close flight: pairs that keep their numbers, and GOSPA beside Stone Soup's JPDA."""
    exchanged, pairs, gospa, missed, ratio = 0, 0, [], [], None
    for seed in seeds:
        path = kept("formation", seed, scenarios, {})
        with np.load(path) as arrays:
            scenario = dict(arrays)
        ours = track(scenario, scorer, None, 1)
        for swapped, count in formation.swapped_pairs(
            scenario, ours.estimate, scenarios, scorer
        ).values():
            exchanged, pairs = exchanged + swapped, pairs + count
        gospa.append(ours.score["gospa_mean"])
        missed.append(ours.score["missed_pct"])
        if peer and not quick and ratio is None:
            other = track_by_peer(path, scenario, scorer, list(FORMATION_PEER), None)
            ratio = gospa[-1] / other.score["gospa_mean"] if other else None
    part = 1.0 - exchanged / pairs
    title = "tracking: formation"
    yield Figure(f"{title}, pairs without exchange", part, "part", 0.95, None, part >= 0.95)
    yield Figure(f"{title}, missed", float(np.mean(missed)), "% of instants", None, None, None)
    yield Figure(f"{title}, GOSPA", float(np.mean(gospa)), "m", None, None, None)
    if ratio is not None:
        yield Figure(
            f"{title}, GOSPA over Stone Soup's JPDA", ratio, "ratio", 1.0, 1.0, ratio < 1.0
        )


def step_figures(scenarios: ModuleType, duration_s: float) -> Iterator[Figure]:
    """Live steps of 100 ms: 4,000 aircraft, 2,000 plots/s; CPU time, and memory of a track."""
    scenario = scenarios.generate("large", 1, n=4100, duration=duration_s)
    sensors, plots = sensor_table(scenario), plots_of(scenario)
    tracker, first, taken = Tracker(sensors), 0, []
    for until_ns in range(EPOCH_NS, EPOCH_NS + int(duration_s) * SECOND_NS, 100 * MILLISECOND_NS):
        last = int(np.searchsorted(plots.received_ns, until_ns))
        batch, first = plots.take(slice(first, last)), last
        start_s = time.process_time()
        tracker.step(batch, until_ns)
        taken.append(time.process_time() - start_s)
    settled = np.array(taken[len(taken) // 2 :]) * 1e3
    p99 = float(np.percentile(settled, 99))
    title = "tracking: step of 100 ms"
    yield Figure(f"{title}, plots", len(plots) / duration_s, "plots/s", None, None, None)
    yield Figure(f"{title}, tracks", tracker.counts.tracks, "tracks", None, None, None)
    yield Figure(f"{title}, median", float(np.median(settled)), "ms CPU", None, None, None)
    yield Figure(f"{title}, p99", p99, "ms CPU", 10.0, None, p99 < 10.0)
    size = tracker.bytes_per_track
    yield Figure("tracking: memory of a track", size, "bytes", 2000.0, None, size < 2000.0)


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


def track(
    scenario: Scenario, scorer: ModuleType, floor: Scenario | None, runs: int = SPEED_RUNS
) -> Outcome:
    """Run our tracker; with more than one run the first warms up and is not timed."""
    sensors, plots = sensor_table(scenario), plots_of(scenario)
    settings = TrackerSettings(period_ns=STEP_S * SECOND_NS)
    end_ns = EPOCH_NS + int(json.loads(str(scenario["meta"]))["duration"] + 1) * SECOND_NS
    if runs > 1:
        Tracker(sensors, settings).step(plots, end_ns)
    least_s = float("inf")
    for _ in range(runs):
        tracker = Tracker(sensors, settings)
        start_s = time.process_time()
        tracks = tracker.step(plots, end_ns)
        least_s = min(least_s, time.process_time() - start_s)
    shown = tracks.take(tracks.confirmed)
    estimate = {
        "est_time": (shown.measured_ns - EPOCH_NS) / SECOND_NS,
        "est_track": shown.track,
        "est_lat": np.degrees(shown.latitude_rad),
        "est_lon": np.degrees(shown.longitude_rad),
    }
    score = scorer.score(scenario, estimate, step=float(STEP_S), floor=floor)
    return Outcome(len(plots) / least_s, score, estimate)


def track_by_peer(
    path: Path,
    scenario: Scenario,
    scorer: ModuleType,
    options: list[str],
    floor: Scenario | None,
) -> Outcome | None:
    """Run Stone Soup with its best noise (50); None, and a word, where it fails."""
    runner = shared() / "bench" / "tracking" / "stonesoup_peer.py"
    with tempfile.TemporaryDirectory() as folder:
        got = Path(folder) / "tracks.npz"
        try:
            done = subprocess.run(
                [bench_python(), "-B", runner, path, *options, "--out", got],
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
        with np.load(got) as arrays:
            estimate = dict(arrays)
        score = scorer.score(scenario, estimate, step=float(STEP_S), floor=floor)
        return Outcome(float(speed[1]), score, estimate)
