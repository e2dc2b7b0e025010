"""A plot table through the tracker to a track table.

In: PLOTS.parquet and SENSORS.toml. Out: TRACKS.parquet and a summary.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from skypact.model.time import SECOND_NS
from skypact.model.tracks import Tracks
from skypact.node.playback import Account
from skypact.node.settings import read_sensors
from skypact.recording.plots_table import read_plots
from skypact.recording.tracks_table import write_tracks
from skypact.tracking import Tracker, TrackerSettings

STEP_PLOTS = 20_000
"""Plots handed to the tracker at a time; the result does not depend on it."""

SETTLE_NS = 2 * SECOND_NS
"""How far past the last plot the picture's time goes, so that its instant is put out."""


def track_file(
    plots_file: Path,
    sensors_file: Path,
    output: Path,
    *,
    period_s: float = 1.0,
    step: Callable[[float], None] = lambda _: None,
) -> dict[str, Any]:
    """Track a plot table; ``step`` is told the part done, from 0 to 1."""
    sensors = read_sensors(sensors_file)
    plots = read_plots(plots_file, sensors).in_time_order()
    settings = replace(TrackerSettings(), period_ns=round(period_s * SECOND_NS))
    tracker = Tracker(sensors, settings)
    account = Account(keep_states=False)
    start_s = time.process_time()

    def states() -> Iterator[Tracks]:
        for first in range(0, len(plots), STEP_PLOTS):
            batch = plots.take(slice(first, first + STEP_PLOTS))
            last = first + STEP_PLOTS >= len(plots)
            newest_ns = int(batch.received_ns[-1])
            done = tracker.step(batch, newest_ns + SETTLE_NS if last else newest_ns)
            account.add(done)
            step(min(1.0, (first + STEP_PLOTS) / len(plots)))
            yield done

    write_tracks(output, states(), sensors)
    counts = tracker.counts
    return {
        "plots": len(plots),
        "tracks": len(account.confirmed),
        "states": account.digest.rows,
        "refused": {k: int(v) for k, v in counts.refused.items() if v},
        "cpu_s": time.process_time() - start_s,
        "plots_per_s": len(plots) / max(time.process_time() - start_s, 1e-9),
        "digest": account.digest.hexdigest(),
        "first_ns": int(np.min(plots.measured_ns, initial=2**62)) if len(plots) else -1,
    }
