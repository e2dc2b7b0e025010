"""How late each sensor's plots come: from measurement to reception, over the last minutes.

In: sensor, time of measurement and of reception of every plot. Out: for each sensor the median
and the 95th percentile of the delay, from counts in bins of a tenth of their width over windows
of one minute of reception time; the same for the same plots, whatever their batches.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skypact.model.time import SECOND_NS

WINDOW_NS = 60 * SECOND_NS
WINDOWS = 5
"""So many windows count, the open one included."""

LEAST_S = 1e-3
STEP = 1.1
BINS = 128
"""Bin k > 0 ends at ``LEAST_S * STEP**k``, the last at 3 minutes; bin 0 holds all below 1 ms."""


@dataclass(frozen=True, slots=True)
class Latency:
    """Delay of one sensor's plots.

    Parameters
    ----------
    plots
        How many plots it is from.
    median_s, p95_s
        Median and 95th percentile, seconds, good to 5 %.
    """

    plots: int
    median_s: float
    p95_s: float


class LatencyMeter:
    """Running delays of the sensors of one table.

    Parameters
    ----------
    sensors
        Number of sensors in the table.
    """

    def __init__(self, sensors: int) -> None:
        self._counts = np.zeros((sensors, WINDOWS, BINS), np.int64)
        self._latest = np.full(sensors, -WINDOWS, np.int64)

    def note(
        self,
        sensor: NDArray[np.int32],
        measured_ns: NDArray[np.int64],
        received_ns: NDArray[np.int64],
    ) -> None:
        """Count plots; rows of unknown sensors are left out. Arrays of shape (plots,)."""
        known = (sensor >= 0) & (sensor < len(self._latest))
        known &= (received_ns >= 0) & (measured_ns >= 0)
        if not known.any():
            return
        who, window = sensor[known], received_ns[known] // WINDOW_NS
        delay_s = (received_ns[known] - measured_ns[known]) / SECOND_NS
        newest = self._latest.copy()
        np.maximum.at(newest, who, window)
        self._forget(newest)
        # a window that has passed out of memory is not counted again
        kept = window > newest[who] - WINDOWS
        bins = np.ceil(np.log(np.maximum(delay_s[kept], LEAST_S) / LEAST_S) / np.log(STEP))
        where = np.clip(bins, 0, BINS - 1).astype(np.int64)
        np.add.at(self._counts, (who[kept], window[kept] % WINDOWS, where), 1)

    def of(self, sensor: int) -> Latency | None:
        """Delay of one sensor, None where it gave no plot in its last windows."""
        counts = self._counts[sensor].sum(axis=0)
        total = int(counts.sum())
        if total == 0:
            return None
        return Latency(total, _quantile(counts, 0.5), _quantile(counts, 0.95))

    def _forget(self, newest: NDArray[np.int64]) -> None:
        """Clear the windows that are passed over on the way to the newest."""
        for sensor in np.flatnonzero(newest > self._latest):
            first = max(int(self._latest[sensor]), int(newest[sensor]) - WINDOWS) + 1
            for window in range(first, int(newest[sensor]) + 1):
                self._counts[sensor, window % WINDOWS] = 0
        self._latest = newest


def _quantile(counts: NDArray[np.int64], share: float) -> float:
    """Seconds below which a share of the counts lies: the middle of its bin."""
    bin_at = int(np.searchsorted(np.cumsum(counts), share * counts.sum()))
    return 0.0 if bin_at == 0 else float(LEAST_S * STEP ** (bin_at - 0.5))
