"""A plot table through the tracker to a track table.

In: PLOTS.parquet and SENSORS.toml. Out: TRACKS.parquet and a summary. With smoothing, the rows
are those of ``tracking.smoother`` instead of the tracker's own.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skypact.model.innovations import Innovations
from skypact.model.plots import Plots
from skypact.model.registration import RegistrationPicture
from skypact.model.sensors import SensorTable
from skypact.model.time import SECOND_NS, to_iso
from skypact.model.tracks import Tracks
from skypact.node.playback import Account
from skypact.node.registered import RegisteredTracker
from skypact.node.registration_status import registration_status
from skypact.node.settings import read_sensors
from skypact.recording.plots_table import read_plots
from skypact.recording.registration_table import write_registration
from skypact.recording.tracks_table import write_tracks
from skypact.registration import RegistrationSettings, correct
from skypact.tracking import TrackerSettings
from skypact.tracking.smoother import Smoothed, smooth
from skypact.tracking.smoothing_settings import SmootherSettings

STEP_PLOTS = 20_000
"""Plots handed to the tracker at a time; the result does not depend on it."""

ROWS_WRITTEN = 100_000
"""Smoothed rows written at a time."""

SETTLE_NS = 2 * SECOND_NS
"""How far past the last plot the picture's time goes, so that its instant is put out."""


def track_file(
    plots_file: Path,
    sensors_file: Path,
    output: Path,
    *,
    period_s: float = 1.0,
    smoothed: bool = False,
    registration: RegistrationSettings | None = None,
    errors_output: Path | None = None,
    step: Callable[[float], None] = lambda _: None,
) -> dict[str, Any]:
    """Track a plot table; ``step`` is told the part done, from 0 to 1.

    ``smoothed``: write, instead of the tracker's states, those computed from all plots of each
    track; what the tracker would have shown is not kept. ``registration`` says how the sensors'
    errors are learned, ``errors_output`` where what was known of them is written.
    """
    sensors = read_sensors(sensors_file)
    plots = read_plots(plots_file, sensors).in_time_order()
    period_ns = round(period_s * SECOND_NS)
    settings = replace(TrackerSettings(), period_ns=period_ns, keep_innovations=smoothed)
    tracker = RegisteredTracker(sensors, settings, registration)
    pictures: list[RegistrationPicture] = []
    alarms: list[str] = []
    account = Account(keep_states=False)
    learned: list[Innovations] = []
    start_s = time.process_time()

    def states() -> Iterator[Tracks]:
        for first in range(0, len(plots), STEP_PLOTS):
            batch = plots.take(slice(first, first + STEP_PLOTS))
            last = first + STEP_PLOTS >= len(plots)
            newest_ns = int(batch.received_ns[-1])
            done = tracker.step(batch, newest_ns + SETTLE_NS if last else newest_ns)
            account.add(done)
            learned.extend([tracker.innovations] if smoothed else [])
            pictures.extend(tracker.pictures if errors_output else [])
            alarms.extend(f"{to_iso(alarm.raised_ns)} {alarm.text}" for alarm in tracker.alarms)
            part = min(1.0, (first + STEP_PLOTS) / len(plots))
            step(0.5 * part if smoothed else part)
            yield done

    about: dict[str, Any] = {"smoothed": smoothed}
    if smoothed:
        for _ in states():
            pass
        shown = np.array(sorted(account.confirmed), np.int64)
        # what was known at the end holds for all of it, but for sensors that changed
        plots = correct(plots, tracker.applied)
        made = _smooth(plots, sensors, Innovations.joined(learned), shown, period_ns, step)
        account = Account(keep_states=False)
        write_tracks(output, _counted(made, account), sensors, smoothed=True)
        about |= {
            "joined": len(made.joined),
            "gaps": made.gaps,
            "short": made.short,
            "doubted": made.doubted,
        }
    else:
        write_tracks(output, states(), sensors)
    if errors_output:
        write_registration(errors_output, pictures, sensors)
    counts = tracker.counts
    return about | {
        "plots": len(plots),
        "tracks": len(account.confirmed),
        "states": account.digest.rows,
        "refused": {k: int(v) for k, v in counts.refused.items() if v},
        "cpu_s": time.process_time() - start_s,
        "plots_per_s": len(plots) / max(time.process_time() - start_s, 1e-9),
        "digest": account.digest.hexdigest(),
        "sensors": _sensor_rows(tracker.registration, sensors),
        "alarms": alarms,
        "first_ns": int(np.min(plots.measured_ns, initial=2**62)) if len(plots) else -1,
    }


def _sensor_rows(picture: RegistrationPicture | None, sensors: SensorTable) -> list[dict[str, Any]]:
    """What is known of each sensor's errors at the end, as JSON has it."""
    if picture is None:
        return []
    return [
        {"sensor": sensor.name, **asdict(registration_status(picture, k))}
        for k, sensor in enumerate(sensors)
    ]


def _smooth(
    plots: Plots,
    sensors: SensorTable,
    learned: Innovations,
    confirmed: NDArray[np.int64],
    period_ns: int,
    step: Callable[[float], None],
) -> Smoothed:
    """Smooth what the tracker made of the plots; the second half of the progress."""
    return smooth(
        plots,
        sensors,
        learned,
        confirmed,
        SmootherSettings(period_ns=period_ns),
        step=lambda part: step(0.5 + 0.5 * part),
    )


def _counted(made: Smoothed, account: Account) -> Iterator[Tracks]:
    """The rows in batches, counted as they pass."""
    for first in range(0, len(made.tracks), ROWS_WRITTEN):
        batch = made.tracks.take(slice(first, first + ROWS_WRITTEN))
        account.add(batch)
        yield batch
