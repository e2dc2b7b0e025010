"""The evaluation's figures are those of the tracking bench's scorer, where the bench is at hand."""

import importlib
import os
import sys
from pathlib import Path

import numpy as np
import pytest

from skypact.evaluation.judgement import Extras, Settings, judge
from skypact.evaluation.paths import Paths, make_paths

EPOCH_NS = 1_704_067_200_000_000_000
BENCH = (
    Path(os.environ.get("SKYPACT_SHARED", Path(__file__).parents[3] / "shared"))
    / "bench"
    / "tracking"
)


@pytest.fixture(scope="module")
def bench() -> tuple:
    """The scenario generator and the scorer."""
    if not (BENCH / "score.py").is_file():
        pytest.skip(f"no tracking bench at {BENCH}: set SKYPACT_SHARED to the shared folder")
    pytest.importorskip("scipy")
    sys.path.insert(0, str(BENCH))
    kept, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        return importlib.import_module("scenario"), importlib.import_module("score")
    finally:
        sys.path.remove(str(BENCH))
        sys.dont_write_bytecode = kept


def made_up_tracker(scenario: dict, seed: int) -> dict[str, np.ndarray]:
    """Estimates with errors, holes, swapped numbers and ghosts, every five seconds."""
    rng = np.random.default_rng(seed)
    on = np.abs(scenario["truth_time"] % 5.0) < 1e-9
    on &= scenario["truth_time"] >= 20.0
    number = scenario["truth_id"][on].astype(np.int64) + 1
    when, lat, lon = (scenario[f"truth_{k}"][on] for k in ("time", "lat", "lon"))
    number = np.where((when > 300) & (number % 4 == 0), number + 500, number)
    number = np.where((when > 200) & (number == 6), 7, np.where(when > 200, number, number))
    keep = rng.uniform(size=len(when)) > 0.03
    lat = lat + rng.normal(0, 300, len(when)) / 111_000.0
    lon = lon + rng.normal(0, 300, len(when)) / 82_000.0
    once = np.unique(np.stack([when, number], axis=1), axis=0, return_index=True)[1]
    keep[np.setdiff1d(np.arange(len(when)), once)] = False
    ghost_t = np.arange(100.0, 400.0, 5.0)
    return {
        "est_time": np.r_[when[keep], ghost_t],
        "est_track": np.r_[number[keep], np.full(len(ghost_t), 999)],
        "est_lat": np.r_[lat[keep], 42.0 + 0.01 * np.arange(len(ghost_t))],
        "est_lon": np.r_[lon[keep], np.full(len(ghost_t), 75.0)],
    }


def truth_of(scenario: dict) -> Paths:
    return make_paths(
        "truth",
        scenario["truth_id"].astype(np.int64),
        time_ns=EPOCH_NS + np.round(scenario["truth_time"] * 1e9).astype(np.int64),
        latitude_rad=np.radians(scenario["truth_lat"]),
        longitude_rad=np.radians(scenario["truth_lon"]),
        east_mps=scenario["truth_ve"],
        north_mps=scenario["truth_vn"],
        up_mps=scenario["truth_vu"],
        covered=scenario["truth_ncov"] > 0,
    )


def tracks_of(estimate: dict[str, np.ndarray]) -> Paths:
    return make_paths(
        "tracks",
        estimate["est_track"].astype(np.int64),
        time_ns=EPOCH_NS + np.round(estimate["est_time"] * 1e9).astype(np.int64),
        latitude_rad=np.radians(estimate["est_lat"]),
        longitude_rad=np.radians(estimate["est_lon"]),
    )


@pytest.mark.parametrize("seed", [1, 2])
def test_all_figures_are_the_scorers(bench: tuple, seed: int) -> None:
    scenarios, scorer = bench
    scenario = scenarios.generate("small", seed)
    estimate = made_up_tracker(scenario, seed)
    rng = np.random.default_rng(seed)
    on = np.abs(scenario["truth_time"] % 5.0) < 1e-9
    floor = {
        "floor_id": scenario["truth_id"][on],
        "floor_time": scenario["truth_time"][on],
        "floor_rms": rng.uniform(100, 300, int(on.sum())),
    }
    golden = scorer.score(scenario, estimate, floor=floor)
    figures = judge(
        tracks_of(estimate), truth_of(scenario), Settings(period_s=5.0), Extras(floor=floor)
    ).figures
    metric, held = figures["gospa"], figures["continuity"]
    error = figures["accuracy"]["all"]["horizontal_m"]
    ours = {
        "gospa_mean": metric["mean_m"],
        "gospa_rms": metric["rms_m"],
        "gospa_loc": metric["localisation_m"],
        "gospa_missed": metric["missed_m"],
        "gospa_false": metric["false_m"],
        "false_per_instant": metric["false_per_instant"],
        "missed_pct": held["missed_pct"],
        "breaks_per_truth": held["breaks_per_target"],
        "switches_per_truth": held["switches_per_target"],
        "false_tracks": held["false_tracks"],
        "tracks": held["tracks"],
        "truths": held["targets"],
        "never_tracked": held["never_tracked"],
        "rmse": error["rms"],
        "floor_rms": figures["floor"]["floor_rms_m"],
        "rmse_over_floor": figures["floor"]["ratio"],
        "rmse_over_floor_5s": figures["floor"]["ratio_without_gross"],
    }
    assert golden["switches_per_truth"] > 0
    assert golden["breaks_per_truth"] > 0
    assert golden["false_tracks"] == 1
    for key, value in ours.items():
        assert value == pytest.approx(golden[key], rel=1e-9), key
    # the scorer takes the percentile of squares, we that of distances
    assert error["p95"] == pytest.approx(golden["p95"], rel=1e-3)
