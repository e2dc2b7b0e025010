"""Receivers' clocks: offset and drift of each, learnt from aircraft that report their position.

In: arrivals with known positions, in order of time. Out: for each arrival, what was known of its
receiver's offset before it: a transmission never calibrates itself.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from skypact.feeds.multilateration.arrivals import Arrivals, Receivers
from skypact.kernels import multilateration_clocks

Floats = NDArray[np.float64]


class ReceiverClocks:
    """Follows the clocks of one set of receivers; feed it batches in order of time.

    Parameters
    ----------
    receivers
        Whose clocks.
    noise_m
        Standard deviation of one arrival against the known position: timing noise, and how
        far the aircraft flew since it took its position (Radarcape: 20 to 40 m, LocaRDS).
    offset_walk_m2ps, drift_walk_m2ps3
        Random walk of offset and drift. The defaults fit GPS-disciplined receivers; a
        free-running quartz needs a drift walk of about 1.
    start_sigma_m, start_drift_mps
        What is believed of a clock not yet seen.
    """

    def __init__(
        self,
        receivers: Receivers,
        *,
        noise_m: float = 40.0,
        offset_walk_m2ps: float = 0.01,
        drift_walk_m2ps3: float = 0.0,
        start_sigma_m: float = 100.0,
        start_drift_mps: float = 0.0,
    ) -> None:
        self._site_m = receivers.site_m
        self._noise_m = noise_m
        self._walks = (offset_walk_m2ps, drift_walk_m2ps3)
        self._start = (start_sigma_m, start_drift_mps)
        self._clock = np.zeros((len(receivers), 7))
        self._clock[:, 5] = np.nan

    def follow(self, arrivals: Arrivals) -> tuple[Floats, Floats]:
        """Offset and its standard deviation (m) before each arrival, each shape (arrivals,)."""
        known = arrivals.known_m[arrivals.transmission]
        distance = np.linalg.norm(known - self._site_m[arrivals.receiver], axis=1)
        offset, sigma = np.empty(len(distance)), np.empty(len(distance))
        multilateration_clocks.follow_clocks(
            np.array(arrivals.first, dtype=np.int64),
            np.array(arrivals.receiver, dtype=np.int32),
            arrivals.ranges_m() - distance,
            arrivals.begin_ns * 1e-9,
            self._noise_m,
            *self._walks,
            *self._start,
            self._clock,
            offset,
            sigma,
        )
        return offset, sigma

    @property
    def offset_m(self) -> Floats:
        """Offset of each receiver's clock, times the speed of light; NaN never seen."""
        return np.where(np.isnan(self._clock[:, 5]), np.nan, self._clock[:, 0])

    @property
    def drift_mps(self) -> Floats:
        """Drift of each receiver's clock, times the speed of light."""
        return self._clock[:, 1].copy()
