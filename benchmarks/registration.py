"""Registration on made scenarios: biased radars against true ones, and radars that begin to lie.

Scenarios and scorer come from the shared folder (``bench/tracking``). Ratios compare runs on the
same seed: with registration against without on true radars, and biased radars (100 m, 0.15 deg,
0.1 s, one sigma) with registration against true ones without. Settings were chosen on seeds of 101
and more.
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

from benchmarks.figures import Figure
from benchmarks.places import shared
from benchmarks.tracking import EPOCH_NS, STEP_S, Scenario, plots_of, sensor_table
from skypact.model.plots import Plots
from skypact.model.time import SECOND_NS
from skypact.node.registered import RegisteredTracker
from skypact.registration import RegistrationSettings
from skypact.tracking import TrackerSettings

BIASES = {"bias_range": 100.0, "bias_az": 0.15, "bias_time": 0.1}
SETTLED_S = 180.0
FAULT_FROM_S = 240.0
FAULTS = ("north off by 107 deg", "2 km", "3 s", "frozen", "repeats")


@dataclass(frozen=True, slots=True)
class Run:
    """One scenario's scores: of all of it, and after three minutes."""

    score: dict[str, float]
    late: dict[str, float]
    plots_per_s: float


def run(quick: bool) -> Iterator[Figure]:
    """``--quick``: two seeds instead of five."""
    place = shared() / "bench" / "tracking"
    if not (place / "scenario.py").is_file():
        print(f"registration: no scenarios at {place}: set SKYPACT_SHARED", file=sys.stderr)
        return
    sys.path.insert(0, str(place))
    sys.dont_write_bytecode = True
    scenarios, scorer = importlib.import_module("scenario"), importlib.import_module("score")
    seeds = (1, 2) if quick else (1, 2, 3, 4, 5)
    for name in ("medium", "small"):
        yield from preset(name, seeds, scenarios, scorer)
    yield from faults(scenarios.generate("medium", seeds[0]))


def preset(
    name: str, seeds: tuple[int, ...], scenarios: ModuleType, scorer: ModuleType
) -> Iterator[Figure]:
    """Figures of one preset, means over its seeds."""
    unregistered, true, biased, lost = [], [], [], []
    for seed in seeds:
        plain = scenarios.generate(name, seed)
        wrong = scenarios.generate(name, seed, **BIASES)
        unregistered.append(track(plain, scorer, enabled=False))
        true.append(track(plain, scorer, enabled=True))
        biased.append(track(wrong, scorer, enabled=True))
        lost.append(track(wrong, scorer, enabled=False))

    def ratio(runs: list[Run], over: list[Run]) -> float:
        return float(
            np.mean([a.late["rmse"] / b.late["rmse"] for a, b in zip(runs, over, strict=True)])
        )

    title = f"registration: {name}"
    medium = name == "medium"
    value = ratio(biased, unregistered)
    held = value <= 1.15 if medium else None
    bar = 1.15 if medium else None
    yield Figure(f"{title}, biased over true after 3 min", value, "RMSE ratio", bar, None, held)
    value = ratio(lost, unregistered)
    yield Figure(f"{title}, the same unregistered", value, "RMSE ratio", None, None, None)
    value = float(
        np.mean(
            [a.score["rmse"] / b.score["rmse"] for a, b in zip(true, unregistered, strict=True)]
        )
    )
    yield Figure(f"{title}, true, on over off", value, "RMSE ratio", 1.01, None, value < 1.01)
    for key, words, limit in (
        ("breaks_per_truth", "breaks", 0.02),
        ("switches_per_truth", "switches", 0.01),
        ("false_tracks", "false tracks", 2.0),
    ):
        value = float(np.mean([run.score[key] for run in biased]))
        held = value <= limit if medium else None
        yield Figure(f"{title}, biased, {words}", value, "", limit if medium else None, None, held)
    speed = float(np.mean([run.plots_per_s for run in true]))
    yield Figure(f"{title}, speed with tracking", speed, "plots/s CPU", None, None, None)


def track(scenario: Scenario, scorer: ModuleType, *, enabled: bool) -> Run:
    """Track a scenario, with registration or without."""
    sensors, plots = sensor_table(scenario), plots_of(scenario)
    end_ns = EPOCH_NS + int(json.loads(str(scenario["meta"]))["duration"] + 1) * SECOND_NS
    tracker = RegisteredTracker(
        sensors,
        TrackerSettings(period_ns=STEP_S * SECOND_NS),
        RegistrationSettings(enabled=enabled),
    )
    start_s = time.process_time()
    tracks = tracker.step(plots, end_ns)
    spent_s = time.process_time() - start_s
    shown = tracks.take(tracks.confirmed)
    estimate = {
        "est_time": (shown.measured_ns - EPOCH_NS) / SECOND_NS,
        "est_track": shown.track,
        "est_lat": np.degrees(shown.latitude_rad),
        "est_lon": np.degrees(shown.longitude_rad),
    }
    step = float(STEP_S)
    return Run(
        scorer.score(scenario, estimate, step=step),
        scorer.score(scenario, estimate, step=step, warm=SETTLED_S),
        len(plots) / spent_s,
    )


def lying(plots: Plots, fault: str) -> Plots:
    """The same plots, but those of sensor 1 lie from some time on."""
    from_ns = EPOCH_NS + int(FAULT_FROM_S) * SECOND_NS
    met = (plots.sensor == 1) & (plots.received_ns >= from_ns)
    if fault == "north off by 107 deg":
        turned = np.mod(plots.azimuth_rad + np.radians(107.0), 2 * np.pi)
        return replace(plots, azimuth_rad=np.where(met, turned, plots.azimuth_rad))
    if fault == "2 km":
        return replace(plots, range_m=plots.range_m + 2000.0 * met)
    if fault == "3 s":
        return replace(plots, measured_ns=plots.measured_ns + 3 * SECOND_NS * met)
    # the last turn again and again, or all of it a minute later
    back_s = 12 if fault == "frozen" else 60
    pieces = [plots.take(~met)]
    for k in range(1, 1 + int(240 // back_s)):
        first_ns = from_ns + (0 if fault == "frozen" else k - 1) * back_s * SECOND_NS
        first_ns -= back_s * SECOND_NS
        own = (plots.sensor == 1) & (plots.received_ns >= first_ns)
        piece = plots.take(own & (plots.received_ns < first_ns + back_s * SECOND_NS))
        shift_ns = from_ns + (k - 1) * back_s * SECOND_NS - first_ns
        pieces.append(
            replace(
                piece,
                measured_ns=piece.measured_ns + shift_ns,
                received_ns=piece.received_ns + shift_ns,
            )
        )
    return Plots.join(pieces).in_time_order()


def faults(scenario: Scenario) -> Iterator[Figure]:
    """How long until each fault is told, of the right sensor."""
    sensors, plots = sensor_table(scenario), plots_of(scenario)
    end_ns = EPOCH_NS + int(json.loads(str(scenario["meta"]))["duration"]) * SECOND_NS
    for fault in FAULTS:
        tracker = RegisteredTracker(sensors)
        tracker.step(lying(plots, fault), end_ns)
        told = [alarm for alarm in tracker.alarms if not alarm.over]
        right = len(told) > 0 and told[0].sensor == 1
        after_s = float("nan")
        if right:
            after_s = (told[0].raised_ns - EPOCH_NS) / SECOND_NS - FAULT_FROM_S
        title = f"registration: medium, {fault}: told after"
        yield Figure(title, after_s, "s", 180.0, None, right and 0.0 < after_s <= 180.0)
