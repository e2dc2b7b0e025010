"""Makes ``stone_soup_evaluation.json``: GOSPA and SIAP of Stone Soup on made points.

Run with a Python that has Stone Soup (``make peers``), from the root of the checkout:
``.venv-bench/bin/python tests/authorities/stone_soup_evaluation_recipe.py``. The points are drawn
from a seed and kept in the file, so the test needs neither Stone Soup nor the same generator.
``--time`` prints how long GOSPA takes instead, for points in an NPZ file (the benchmark's peer).
"""

import argparse
import datetime
import json
import sys
import time
from pathlib import Path

import numpy as np
import stonesoup
from stonesoup.dataassociator.tracktotrack import TrackToTruth
from stonesoup.measures import Euclidean
from stonesoup.metricgenerator.manager import MultiManager
from stonesoup.metricgenerator.ospametric import GOSPAMetric
from stonesoup.metricgenerator.tracktotruthmetrics import IDSIAPMetrics
from stonesoup.types.groundtruth import GroundTruthPath, GroundTruthState
from stonesoup.types.state import State
from stonesoup.types.track import Track

OUT = Path(__file__).with_name("stone_soup_evaluation.json")
BEGIN = datetime.datetime(2024, 1, 1)
CUTOFF = 2_000.0
CASES = {"apart": (11, 12, 40_000.0), "close": (12, 20, 6_000.0), "crowd": (13, 14, 1_500.0)}
INSTANTS = 30


def moment(instant):
    return BEGIN + datetime.timedelta(seconds=float(instant))


def draw(seed, targets, extent):
    """Rows of thing, instant, x, y, z, vx, vy, code for truth and tracks."""
    rng = np.random.default_rng(seed)
    truth, tracks = [], []
    for target in range(targets):
        place, speed = rng.uniform(0, extent, 3), rng.uniform(-30, 30, 3)
        first, last = rng.integers(0, 8), rng.integers(20, INSTANTS)
        seen = first + rng.integers(1, 5)
        number, lost = target, rng.integers(8, 25)
        for instant in range(first, last):
            here = place + speed * instant
            truth.append([target, instant, *here, *speed[:2], 1000 + target])
            if instant == lost:
                number = 100 + target  # another track takes over
            if instant >= seen:  # without holes: Stone Soup's SIAP cannot take them
                away = 5_000.0 if rng.uniform() < 0.05 else 0.0
                code = 1000 + target if target % 3 else (-1 if target % 2 else 7)
                tracks.append([number, instant, *(here + rng.normal(0, 150, 3) + away),
                               *(speed[:2] + rng.normal(0, 3, 2)), code])  # fmt: skip
    for ghost in range(4):
        place = rng.uniform(0, extent, 3)
        begin = rng.integers(0, 20)
        tracks += [[500 + ghost, k, *(place + 10.0 * k), 10.0, 10.0, -1]
                   for k in range(begin, begin + 8)]  # fmt: skip
    return np.round(np.array(truth, float), 3), np.round(np.array(tracks, float), 3)


def states_of(rows):
    return [State(row[2:5].reshape(-1, 1), timestamp=moment(row[1])) for row in rows]


def gospa(truth, tracks, dimensions):
    metric = GOSPAMetric(p=2.0, c=CUTOFF, measure=Euclidean(list(range(dimensions))))
    over_time = metric.compute_over_time(
        states_of(tracks), tracks[:, 0].astype(int), states_of(truth), truth[:, 0].astype(int)
    )
    return [
        {"instant": int((one.timestamp - BEGIN).total_seconds()),
         **{key: abs(float(one.value[key])) for key in
            ("distance", "localisation", "missed", "false")}}
        for one in over_time.value
    ]  # fmt: skip


def paths_of(rows, kind):
    paths = {}
    for thing in np.unique(rows[:, 0]).astype(int):
        own = rows[rows[:, 0] == thing]
        code = None if own[0, 7] < 0 else int(own[0, 7])
        vectors = [np.r_[row[2:5], row[5:7]].reshape(-1, 1) for row in own]
        if kind is Track:
            states = [State(v, timestamp=moment(r[1])) for v, r in zip(vectors, own, strict=True)]
            path = Track(states, init_metadata={"code": code})
        else:
            path = GroundTruthPath([
                GroundTruthState(v, timestamp=moment(r[1]), metadata={"code": code})
                for v, r in zip(vectors, own, strict=True)
            ])  # fmt: skip
        paths[int(thing)] = path
    return paths


def siap(truth, tracks):
    """Measures, and the associations of TrackToTruth they were made from."""
    truths, ours = paths_of(truth, GroundTruthPath), paths_of(tracks, Track)
    generator = IDSIAPMetrics(
        position_measure=Euclidean([0, 1]), velocity_measure=Euclidean([3, 4]),
        truth_id="code", track_id="code", tracks_key="tracks", truths_key="truths",
    )  # fmt: skip
    associator = TrackToTruth(association_threshold=CUTOFF, measure=Euclidean([0, 1]))
    manager = MultiManager([generator], associator=associator)
    manager.add_data({"truths": set(truths.values()), "tracks": set(ours.values())})
    metrics = manager.generate_metrics()[generator.generator_name]
    number = {id(path): thing for group in (truths, ours) for thing, path in group.items()}
    spans = []
    for one in manager.association_set.associations:
        track = next(path for path in one.objects if isinstance(path, Track))
        target = next(path for path in one.objects if not isinstance(path, Track))
        times = [int((t - BEGIN).total_seconds()) for t in one.time_range.key_times]
        for low, high in zip(times[::2], times[1::2], strict=True):  # begins and ends take turns
            spans.append([number[id(track)], number[id(target)], low, high])
    values = {title: float(metric.value) for title, metric in metrics.items()
              if not isinstance(metric.value, list)}  # fmt: skip
    return {"measures": values, "spans": sorted(spans)}


def timed(path):
    with np.load(path) as data:
        truth, tracks = data["truth"], data["tracks"]
    metric = GOSPAMetric(p=2.0, c=CUTOFF, measure=Euclidean([0, 1, 2]))
    given = (states_of(tracks), tracks[:, 0].astype(int), states_of(truth),
             truth[:, 0].astype(int))  # fmt: skip
    begin = time.process_time()
    over_time = metric.compute_over_time(*given)
    spent = time.process_time() - begin
    told = {"cpu_s": spent, "distance": [one.value["distance"] for one in over_time.value]}
    sys.stdout.write(json.dumps(told) + "\n")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--time", help="NPZ with truth and tracks")
    asked = parser.parse_args()
    if asked.time:
        timed(asked.time)
        return
    cases = {}
    for name, (seed, targets, extent) in CASES.items():
        truth, tracks = draw(seed, targets, extent)
        cases[name] = {
            "truth": truth.tolist(),
            "tracks": tracks.tolist(),
            "gospa_2d": gospa(truth, tracks, 2),
            "gospa_3d": gospa(truth, tracks, 3),
            "siap": siap(truth, tracks),
        }
    whole = {"made_by": f"Stone Soup {stonesoup.__version__}", "cutoff": CUTOFF, "cases": cases}
    OUT.write_text(json.dumps(whole, separators=(",", ":")) + "\n")
    sys.stdout.write(f"wrote {OUT} ({OUT.stat().st_size} bytes)\n")


if __name__ == "__main__":
    main()
