"""The tracker: plots and a watermark of reception time in, rows of tracks out."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skypact.kernels import tracking_arrays as names
from skypact.kernels.tracking_cells import rebuild
from skypact.kernels.tracking_slots import advance
from skypact.model.innovations import Innovations
from skypact.model.plots import Plots
from skypact.model.sensors import SensorTable
from skypact.model.tracks import Tracks, sensor_words
from skypact.tracking import intake, store
from skypact.tracking.settings import SLOT_NS, TrackerSettings

FIRST_CAPACITY = 256
DEFAULT = TrackerSettings()
SENSOR_WITHHELD = "sensor withheld"
"""Reason under which plots of a sensor of weight 0 are counted."""


@dataclass(frozen=True, slots=True)
class TrackerCounts:
    """What became of the plots a tracker was given.

    Parameters
    ----------
    received
        All plots; the sum of those used, initiated, absorbed, over_limit, waiting and refused.
    used, initiated
        Plots that updated a track, and that began one.
    absorbed
        Second plots of one radar turn beside a confirmed track: neither used nor a new track.
    over_limit
        Plots that would have begun a track beyond ``TrackerSettings.track_limit``.
    waiting
        Plots whose slot has not ended.
    tracks, confirmed, dropped
        Tracks alive now (of one plot too), ever confirmed, ever ended.
    refused
        Plots that could not be used, by reason.
    """

    received: int
    used: int
    initiated: int
    absorbed: int
    over_limit: int
    waiting: int
    tracks: int
    confirmed: int
    dropped: int
    refused: dict[str, int]


class Tracker:
    """Tracks from the plots of many sensors.

    A state at time T is computed from plots that were received by T and measured no later than
    T, extrapolated to T. Plots count in slots of 100 ms of reception time, each used when the
    watermark has passed its end, so the rows do not depend on how plots are cut into steps.

    Parameters
    ----------
    sensors
        The table that plots name their sensors by.
    settings
        How to behave.
    first_track_number
        Number of the first track; later ones count up and none is used twice.
    """

    def __init__(
        self,
        sensors: SensorTable,
        settings: TrackerSettings = DEFAULT,
        *,
        first_track_number: int = 1,
    ) -> None:
        self.settings = settings
        self._law = settings.law()
        self._sensors = store.sensor_arrays(sensors, settings)
        self._radar = np.array([sensor.kind == "radar" for sensor in sensors], dtype=np.bool_)
        self._located = np.array([sensor.located for sensor in sensors], dtype=np.bool_)
        self._state = store.empty_state(FIRST_CAPACITY, len(settings.models))
        self._rows = store.empty_rows(4 * FIRST_CAPACITY, sensor_words(len(sensors)))
        self._progress = np.zeros(names.PROGRESS, np.int64)
        self._progress[names.FREE_HEAD] = -1
        self._progress[names.NEXT_NUMBER] = first_track_number
        self._refused: Counter[str] = Counter()
        self._received = 0
        self._watermark_ns = 0
        empty = np.empty(0, np.int32)
        self._waiting = intake.plot_arrays(Plots.blank(0), empty, empty.astype(np.int64), 0)
        self._withheld = np.zeros(len(sensors), np.bool_)
        self._learned = store.empty_learned(0)

    @property
    def counts(self) -> TrackerCounts:
        """What became of the plots so far, and how many tracks there are."""
        progress = self._progress
        return TrackerCounts(
            received=self._received,
            used=int(progress[names.USED]),
            initiated=int(progress[names.INITIATED]),
            absorbed=int(progress[names.ABSORBED]),
            over_limit=int(progress[names.REFUSED_AT_LIMIT]),
            waiting=len(self._waiting.sensor),
            tracks=int(progress[names.ALIVE]),
            confirmed=int(progress[names.CONFIRMED_EVER]),
            dropped=int(progress[names.DROPPED]),
            refused=dict(self._refused),
        )

    @property
    def next_track_number(self) -> int:
        """The number the next track will get; keep it to number on after a restart."""
        return int(self._progress[names.NEXT_NUMBER])

    @property
    def bytes_per_track(self) -> float:
        """Memory of one track, bytes."""
        return store.bytes_per_track(self._state)

    @property
    def innovations(self) -> Innovations:
        """What each plot used by the last :meth:`step` told of its track.

        Empty unless ``TrackerSettings.keep_innovations``. A plot that began a track has a row
        too: share 1, innovation 0, its covariance NaN.
        """
        return store.innovations_from(self._learned, int(self._progress[names.LEARNED]))

    def set_sensor_noise(
        self,
        range_sigma_m: NDArray[np.float64],
        azimuth_sigma_rad: NDArray[np.float64],
        weight: NDArray[np.float64],
    ) -> None:
        """Use other noises of the sensors for every slot that has not ended yet.

        Parameters
        ----------
        range_sigma_m, azimuth_sigma_rad
            Total standard deviations, what is left of the biases included; (sensors,). Sensors
            that measure no range and azimuth may have NaN: theirs stay.
        weight
            (sensors,); 0 withholds a sensor: its plots are counted as refused.
        """
        count = len(self._withheld)
        for name, column, values in (
            ("range_sigma_m", names.RANGE_SIGMA, range_sigma_m),
            ("azimuth_sigma_rad", names.AZIMUTH_SIGMA, azimuth_sigma_rad),
        ):
            if values.shape != (count,):
                raise ValueError(f"{name} has shape {values.shape}, not ({count},)")
            if np.any(values <= 0.0) or np.any(np.isinf(values)):
                raise ValueError(f"{name} has values that are not finite and above 0")
            known = ~np.isnan(values)
            self._sensors.fixed[known, column] = values[known]
        if weight.shape != (count,):
            raise ValueError(f"weight has shape {weight.shape}, not ({count},)")
        self._withheld = ~(weight > 0.0)

    def step(self, plots: Plots, until_ns: int) -> Tracks:
        """Take in plots and move the watermark; the rows of all output instants passed.

        Parameters
        ----------
        plots
            In order of reception, none received before the earlier watermark; one that was, is
            used in the slot that is open.
        until_ns
            Every plot received before this time has been handed over; int64 UTC nanoseconds.

        Returns
        -------
        Tracks
            By time, then by number; confirmed tracks, and tentative ones of two plots or more.
        """
        if len(plots):
            rows, kind, refused = intake.sift(plots, self._radar, self._located, self.settings)
            self._refused.update(refused)
            open_ns = self._watermark_ns // SLOT_NS * SLOT_NS
            usable = plots if len(rows) == len(plots) else plots.take(rows)
            arrived = intake.plot_arrays(usable, kind, rows + self._received, open_ns)
            self._received += len(plots)
            self._waiting = intake.joined(self._waiting, arrived)
        self._watermark_ns = until_ns = max(min(until_ns, intake.LATEST_NS), self._watermark_ns)
        ready = self._waiting
        if len(ready.sensor):
            ready, self._waiting = intake.split(self._waiting, until_ns)
        if self._withheld.any():
            ready, count = intake.without(ready, self._withheld)
            self._refused.update({SENSOR_WITHHELD: count} if count else {})
        self._learned = store.empty_learned(
            len(ready.sensor) if self.settings.keep_innovations else 0
        )
        self._progress[names.LEARNED] = 0
        self._progress[names.NEXT_PLOT] = 0
        self._progress[names.ROWS] = 0
        self._run(ready, until_ns)
        return store.tracks_from(self._rows, int(self._progress[names.ROWS]))

    def _run(self, ready: names.PlotArrays, until_ns: int) -> None:
        """Let the kernel work, giving it room as it asks; each request doubles something."""
        while True:
            status = advance(
                self._state,
                self._law,
                self._sensors,
                ready,
                self._progress,
                self._rows,
                until_ns,
                self.settings.period_ns,
                self._learned,
            )
            if status == names.DONE:
                return
            if status == names.NEED_TRACKS:
                self._grow_tracks(ready)
            else:
                self._grow_rows()

    def _grow_tracks(self, ready: names.PlotArrays) -> None:
        begin = int(self._progress[names.NEXT_PLOT])
        same = (ready.slot_ns[begin:] == ready.slot_ns[begin]) & (
            ready.sensor[begin:] == ready.sensor[begin]
        )
        needed = int(self._progress[names.ALIVE]) + int(np.count_nonzero(same))
        self._state = store.grown(self._state, needed)
        rebuild(
            self._state.link,
            self._state.cell,
            self._state.head,
            self._state.gauge,
            self._state.code,
            int(self._progress[names.HIGH]),
            self.settings.cell_m,
        )

    def _grow_rows(self) -> None:
        old, used = self._rows, int(self._progress[names.ROWS])
        capacity = 2 * max(len(old.stamp), int(self._progress[names.ALIVE]))
        self._rows = store.empty_rows(capacity, old.sensors.shape[1])
        for larger, smaller in zip(self._rows, old, strict=True):
            larger[:used] = smaller[:used]
