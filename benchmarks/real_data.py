"""Real recordings through our decoder, tracker and judge: no crash, no non-physical jump.

``python -m benchmarks real_data`` gives figures, ``python -m benchmarks.real_data`` a table in
Markdown, as in docs/accuracy.md. The references are other people's data with errors of their
own, so the differences bound ours from above. Recordings that are absent are left out and named.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from benchmarks import real_feeds as feeds
from benchmarks.figures import Figure
from benchmarks.places import CHECKOUT, recordings
from skypact.evaluation.from_model import paths_of_plots, paths_of_tracks
from skypact.evaluation.judgement import Settings, judge
from skypact.evaluation.paths import Paths
from skypact.evaluation.plausibility import plausibility
from skypact.model.errors import BadTable
from skypact.model.plots import Plots
from skypact.model.sensors import SensorTable
from skypact.model.time import SECOND_NS
from skypact.model.tracks import Tracks
from skypact.tracking import Tracker, TrackerSettings

BATCH = 20_000
LONG_NS = 100 * SECOND_NS
"""How far past the last plot the picture goes."""
GNSS_SIGMA_M = 40.0


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table; errors in metres, NaN where nothing was judged."""

    name: str
    against: str
    plots: int = 0
    tracks: int = 0
    judged: int = 0
    completeness: float = float("nan")
    rms_m: float = float("nan")
    p95_m: float = float("nan")
    across_m: float = float("nan")
    along_s: float = float("nan")
    ambiguity: float = float("nan")
    breaks: int = 0
    switches: int = 0
    false_tracks: int = 0
    steps: int = 0
    jumps_in: int = 0
    jumps_out: int = 0
    corrections: int = 0
    cpu_s: float = 0.0


def track(plots: Plots, sensors: SensorTable, period_s: float = 1.0) -> Tracks:
    """Our tracks of plots in time order."""
    tracker = Tracker(sensors, TrackerSettings(period_ns=round(period_s * SECOND_NS)))
    shown = []
    for first in range(0, len(plots), BATCH):
        batch = plots.take(slice(first, first + BATCH))
        newest_ns = int(batch.received_ns[-1])
        shown.append(tracker.step(batch, newest_ns))
    return Tracks.join(shown)


def row_of(
    name: str, against: str, tracks: Paths, truth: Paths, settings: Settings, plots: int
) -> Row:
    """The figures of tracks held against a reference."""
    try:
        figures = judge(tracks, truth, settings).figures
    except BadTable as problem:
        print(f"real_data: {name}: {problem}", file=sys.stderr)
        return Row(name, against, plots)
    size = figures["accuracy"]["all"]["horizontal_m"]
    held = figures["continuity"]
    row = Row(
        name, against, plots, held["tracks"],
        breaks=held["breaks"], switches=held["switches"], false_tracks=held["false_tracks"],
        completeness=held["completeness"] if held["completeness"] is not None else float("nan"),
        **moves(tracks, None),
    )  # fmt: skip
    if size is None:
        return row
    return replace(
        row, judged=size["n"], rms_m=size["rms"], p95_m=size["p95"],
        across_m=(figures["accuracy"]["all"]["across_m"] or {"rms": float("nan")})["rms"],
        along_s=figures["time_offset_s"] or 0.0,
        ambiguity=figures["siap"]["ambiguity"] or float("nan"),
    )  # fmt: skip


def moves(tracks: Paths, reports: Paths | None) -> dict[str, int]:
    """Impossible steps of our tracks, and of the reports they were made from."""
    told = plausibility(tracks)
    counts = {"steps": told["steps"], "jumps_out": told["impossible"],
              "corrections": told["corrections"]}  # fmt: skip
    if reports is not None:
        heard = plausibility(reports)
        counts["jumps_in"] = heard["impossible"]
    return counts


def heathrow(place: Path) -> Iterator[Row]:
    plots, sensors, truth = feeds.heathrow(place)
    settings = Settings(gap_s=12.0, settle_s=60.0, warm_s=0.0, cutoff_m=5_000.0, codes=True)
    against = "EUROCONTROL reference trajectories"
    raw = paths_of_plots(plots, plots.mode_s.astype(np.int64), "tracks")
    settings = replace(settings, cutoff_m=20_000.0)  # a stamp may be half a minute off
    yield row_of("Heathrow arrivals: FlightRadar24 positions", against, raw, truth, settings,
                 len(plots))  # fmt: skip
    start_s = time.process_time()
    ours = paths_of_tracks(track(plots, sensors))
    spent = time.process_time() - start_s
    row = row_of("Heathrow arrivals: our tracks of them", against, ours, truth,
                 replace(settings, period_s=5.0), len(plots))  # fmt: skip
    yield replace(row, cpu_s=spent, **moves(ours, raw))


def centres(place: Path) -> Iterator[Row]:
    plots, sensors, truth, _ = feeds.centres(place)
    settings = Settings(gap_s=70.0, settle_s=0.0, warm_s=0.0, cutoff_m=10_000.0)
    against = "FlightRadar24 positions"
    for index, sensor in enumerate(sensors):
        own = plots.take(plots.sensor == index)
        raw = paths_of_plots(own, own.source_track.astype(np.int64), "tracks")
        yield row_of(f"centre {sensor.name}: its reports", against, raw, truth, settings, len(own))
    number = plots.sensor.astype(np.int64) * 1_000 + plots.source_track
    start_s = time.process_time()
    ours = paths_of_tracks(track(plots, sensors, 5.0))
    spent = time.process_time() - start_s
    row = row_of("28 centres: our tracks of all reports", against, ours, truth,
                 replace(settings, period_s=5.0), len(plots))  # fmt: skip
    yield replace(row, cpu_s=spent, **moves(ours, paths_of_plots(plots, number)))


def reports_as_truth(plots: Plots) -> Paths:
    """Reports with an address, the good ones where they tell how good they are."""
    number = plots.mode_s.astype(np.int64)
    known = np.isfinite(plots.latitude_rad) & (plots.mode_s >= 0)
    if np.isfinite(plots.horizontal_sigma_m[known]).any():
        known &= np.nan_to_num(plots.horizontal_sigma_m, nan=np.inf) <= GNSS_SIGMA_M
    return paths_of_plots(plots, np.where(known, number, -1), "truth")


def self_consistency(name: str, against: str, plots: Plots, sensors: SensorTable) -> Row:
    """Our tracks against the reports that they were made from."""
    start_s = time.process_time()
    ours = paths_of_tracks(track(plots, sensors))
    spent = time.process_time() - start_s
    truth = reports_as_truth(plots)
    steps = np.diff(truth.time_ns)[truth.same_path()] / SECOND_NS
    gap_s = max(8.0, 3.0 * float(np.median(steps))) if len(steps) else 8.0
    settings = Settings(gap_s=gap_s, settle_s=30.0, warm_s=0.0, codes=True)
    row = row_of(name, against, ours, truth, settings, len(plots))
    return replace(row, cpu_s=spent, **moves(ours, truth))


def barcelona(place: Path) -> Iterator[Row]:
    folder = place / "asterix"
    sensors = CHECKOUT / "examples" / "sensors" / "barcelona.toml"
    mlat, mlat_sensors = feeds.decoded(
        folder / "lebl_20201002_mlat_cat010_0800_0920.ast.gz", "2020-10-02T08:00:00", sensors
    )
    yield self_consistency("Barcelona multilateration: our tracks", "its own reports", mlat,
                           mlat_sensors)  # fmt: skip
    radar, radar_sensors = feeds.decoded(
        folder / "lebl_20201002_smr_cat010_0800_0920.ast.gz", "2020-10-02T08:00:00", sensors
    )
    start_s = time.process_time()
    ours = paths_of_tracks(track(radar, radar_sensors))
    spent = time.process_time() - start_s
    settings = Settings(gap_s=8.0, settle_s=0.0, warm_s=0.0, cutoff_m=150.0)
    row = row_of("Barcelona surface radar: our tracks", "multilateration reports", ours,
                 reports_as_truth(mlat), settings, len(radar))  # fmt: skip
    number = np.where(radar.source_track >= 0, radar.source_track, -1).astype(np.int64)
    yield replace(row, cpu_s=spent, **moves(ours, paths_of_plots(radar, number)))


def rome(place: Path) -> Iterator[Row]:
    plots, sensors = feeds.decoded(
        place / "asterix" / "rome_cat062_063_065_30min.ff.gz", "2015-01-01T13:58:22"
    )
    number = np.where(plots.source_track >= 0, plots.source_track, -1).astype(np.int64)
    theirs = paths_of_plots(plots, number, "truth")
    start_s = time.process_time()
    ours = paths_of_tracks(track(plots, sensors))
    spent = time.process_time() - start_s
    settings = Settings(gap_s=12.0, settle_s=60.0, warm_s=0.0, codes=True)
    row = row_of("Rome system tracks (CAT062) as a partner's: our tracks", "the partner's states",
                 ours, theirs, settings, len(plots))  # fmt: skip
    yield replace(row, cpu_s=spent, **moves(ours, theirs))


def mode_s(place: Path) -> Iterator[Row]:
    for name, file in (
        ("Toulouse Mode S, 17 aircraft", "modes/toulouse_20240606_17ac.jsonl.gz"),
        ("St Petersburg Beast, 1 min", "modes/ulss7_20180403_1min.beast.gz"),
    ):
        plots, sensors = feeds.decoded(place / file)
        yield self_consistency(f"{name}: our tracks", "its own good positions", plots, sensors)


def flown(place: Path) -> Iterator[Row]:
    for name, file in (
        ("spoofed GNSS, Black Sea", "noisy_spoofing"),
        ("noisy landing", "noisy_landing"),
        ("noisy ground movements", "noisy_ground"),
        ("two aircraft in formation", "dreamliner_airfrance"),
        ("tanker and receivers", "inflight_refuelling"),
        ("parabolic flight", "zero_gravity"),
        ("Switzerland, 842 aircraft", "switzerland"),
    ):
        plots, sensors = feeds.traffic(place / "states" / "traffic" / f"{file}.json.gz")
        yield self_consistency(f"{name}: our tracks", "its own positions", plots, sensors)


CASES: tuple[Callable[[Path], Iterator[Row]], ...] = (
    heathrow, centres, barcelona, rome, mode_s, flown,
)  # fmt: skip


def rows(cases: tuple[Callable[[Path], Iterator[Row]], ...] = CASES) -> Iterator[Row]:
    """All lines whose recordings are there."""
    for case in cases:
        try:
            yield from case(recordings())
        except FileNotFoundError as absent:
            print(f"real_data: left out, as {absent.filename} is absent", file=sys.stderr)
        except BadTable as problem:
            print(f"real_data: left out: {problem}", file=sys.stderr)


def run(quick: bool) -> Iterator[Figure]:
    """Figures; ``--quick`` leaves out the flown trajectories."""
    for row in rows(CASES[:-1] if quick else CASES):
        if row.cpu_s == 0.0:
            continue
        title = f"real data: {row.name}"
        yield Figure(f"{title}, RMS", row.rms_m, "m", None, None, None)
        yield Figure(f"{title}, impossible steps", float(row.jumps_out), "steps", 0.0,
                     float(row.jumps_in), row.jumps_out == 0)  # fmt: skip


HEAD = ("recording", "held against", "plots", "tracks", "judged", "held", "RMS m", "95 % m",
        "across RMS m", "time offset s", "tracks per target", "breaks", "switches", "false",
        "impossible steps in / out of steps", "corrections", "CPU s")  # fmt: skip


def markdown(row: Row) -> str:
    """A line of the table."""

    def figure(value: float, digits: int = 0) -> str:
        return "-" if np.isnan(value) else f"{value:.{digits}f}"

    cells = [row.name, row.against, str(row.plots), str(row.tracks), str(row.judged),
             "-" if np.isnan(row.completeness) else f"{100 * row.completeness:.1f} %",
             figure(row.rms_m), figure(row.p95_m), figure(row.across_m), figure(row.along_s, 2),
             figure(row.ambiguity, 2), str(row.breaks), str(row.switches), str(row.false_tracks),
             f"{row.jumps_in} / {row.jumps_out} of {row.steps}", str(row.corrections),
             f"{row.cpu_s:.1f}"]  # fmt: skip
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Print the table."""
    print(f"| {' | '.join(HEAD)} |\n|{' --- |' * len(HEAD)}")
    for row in rows():
        print(markdown(row), flush=True)


if __name__ == "__main__":
    main()
