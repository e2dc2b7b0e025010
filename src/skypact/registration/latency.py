"""How long after its stamp each sensor's plots come, and whether that changed of a sudden.

In: plots as received. Out: sensors whose stamps or lines jumped lately. It accuses nobody by
itself, because lines become slow without any clock being wrong; it decides between two sensors of
which one jumped in time.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from skypact.model.plots import Plots

LEAST_PLOTS = 3
FOLLOW = 0.1
JUMP_S = 0.5
LATELY_PERIODS = 15


class Latency:
    """Mean latency of each sensor, followed slowly.

    Parameters
    ----------
    count
        Number of sensors in the table.
    """

    def __init__(self, count: int) -> None:
        self._mean_s = np.full(count, np.nan)
        self._since = np.full(count, LATELY_PERIODS, np.int64)

    def take(self, plots: Plots) -> None:
        """Take in one period's plots."""
        count = len(self._mean_s)
        known = (plots.sensor >= 0) & (plots.sensor < count)
        known &= (np.abs(plots.received_ns) < 2**62) & (np.abs(plots.measured_ns) < 2**62)
        sensor = plots.sensor[known]
        late_s = (plots.received_ns[known] - plots.measured_ns[known]) * 1e-9
        number = np.bincount(sensor, minlength=count)
        order = np.lexsort((late_s, sensor))
        first = np.cumsum(number) - number
        enough = number >= LEAST_PLOTS
        middle = np.where(enough, first + number // 2, 0)
        median = np.full(count, np.nan)
        if len(order):
            median[enough] = late_s[order][middle[enough]]
        off = median - self._mean_s
        jumped = np.abs(off) > JUMP_S
        self._since = np.where(jumped, 0, np.minimum(self._since + 1, LATELY_PERIODS))
        follow = np.where(jumped, 0.5 * FOLLOW, FOLLOW)
        moved = self._mean_s + follow * off
        self._mean_s = np.where(
            np.isnan(self._mean_s), median, np.where(enough, moved, self._mean_s)
        )

    @property
    def jumped(self) -> NDArray[np.bool_]:
        """Sensors whose latency jumped lately; (sensors,)."""
        return np.asarray(self._since < LATELY_PERIODS)
