"""Arrivals to positions: the checked door to ``kernels.multilateration``.

In: arrivals, receivers, clock offsets. Out: a position with covariance, or the reason why there
is none. A position is refused rather than guessed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skypact.feeds.multilateration.arrivals import Arrivals, Receivers
from skypact.geodesy import ecef_to_geodetic
from skypact.kernels import multilateration as kernels

Floats = NDArray[np.float64]

STATUS = {
    kernels.OK: "solved",
    kernels.TOO_FEW: "fewer than 4 receivers, or 3 with a height",
    kernels.POOR_GEOMETRY: "the receivers' geometry does not fix the position",
    kernels.NO_SOLUTION: "no place near the receivers fits the times of arrival",
    kernels.AMBIGUOUS: "two places fit the times of arrival alike",
    kernels.INCONSISTENT: "the times of arrival contradict each other",
}
"""Words of each status."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What is believed of the measurements, and what is too poor to give out.

    Parameters
    ----------
    timing_sigma_m
        Standard deviation of one time of arrival, times the speed of light.
    height_sigma_m
        Standard deviation of the height held to; 150 m covers pressure altitude under
        ordinary weather.
    largest_dop
        Horizontal dilution of precision beyond which the geometry is too poor.
    gate
        Cost a degree of freedom above which an arrival must be wrong.
    rival_gap
        By how much the best place must beat any other in cost (9: 3 sigma).
    reach_m
        Farthest from its nearest receiver (beyond the radio horizon nothing is heard).
    """

    timing_sigma_m: float = 15.0
    height_sigma_m: float = 150.0
    largest_dop: float = 20.0
    gate: float = 8.0
    rival_gap: float = 9.0
    reach_m: float = 600e3


@dataclass(frozen=True, slots=True)
class Solution:
    """Positions; rows without one are NaN and ``status`` says why.

    Parameters
    ----------
    position_m
        ECEF, shape (transmissions, 3).
    covariance_m2
        Of the position, ECEF, shape (transmissions, 3, 3).
    emission_ns
        Time of transmission on the receivers' common clock, int64, -1 none.
    cost, dop
        Sum of squared normalised residuals, and horizontal dilution of precision.
    left_out
        Row of the arrival that was rejected as wrong, -1 none.
    status
        Key of :data:`STATUS`, int8.
    """

    position_m: Floats
    covariance_m2: Floats
    emission_ns: NDArray[np.int64]
    cost: Floats
    dop: Floats
    left_out: NDArray[np.int64]
    status: NDArray[np.int8]

    @property
    def solved(self) -> NDArray[np.bool_]:
        """Whether there is a position."""
        return np.equal(self.status, kernels.OK)

    def geodetic(self) -> tuple[Floats, Floats, Floats]:
        """WGS-84 latitude_rad, longitude_rad and ellipsoidal height (m)."""
        return ecef_to_geodetic(self.position_m[:, 0], self.position_m[:, 1], self.position_m[:, 2])

    def local_covariance_m2(self) -> Floats:
        """Covariance in east, north, up at each position, shape (transmissions, 3, 3)."""
        latitude, longitude, _ = self.geodetic()
        sp, cp, sl, cl = (
            np.sin(latitude),
            np.cos(latitude),
            np.sin(longitude),
            np.cos(longitude),
        )
        zero = np.zeros_like(sp)
        axes = np.stack([
            np.stack([-sl, cl, zero], axis=1),
            np.stack([-sp * cl, -sp * sl, cp], axis=1),
            np.stack([cp * cl, cp * sl, sp], axis=1),
        ], axis=1)  # fmt: skip
        turned: Floats = axes @ self.covariance_m2 @ axes.transpose(0, 2, 1)
        return turned


def solve(
    arrivals: Arrivals,
    receivers: Receivers,
    *,
    offset_m: Floats | None = None,
    offset_sigma_m: Floats | None = None,
    limits: Limits | None = None,
) -> Solution:
    """Positions of all transmissions.

    Parameters
    ----------
    arrivals, receivers
        What was heard, and where.
    offset_m, offset_sigma_m
        Clock offset of each arrival's receiver and its standard deviation, from
        :meth:`~skypact.feeds.multilateration.clocks.ReceiverClocks.follow`; none: clocks agree.
    limits
        Noise and refusal limits.
    """
    limits = limits or Limits()
    count = len(arrivals)
    ranges = arrivals.ranges_m()
    if offset_m is not None:
        ranges = ranges - offset_m
    sigma = np.full(len(ranges), limits.timing_sigma_m)
    if offset_sigma_m is not None:
        sigma = np.hypot(sigma, offset_sigma_m)
    position, covariance = np.empty((count, 3)), np.empty((count, 3, 3))
    emission, cost, dop = np.empty(count), np.empty(count), np.empty(count)
    left_out, status = np.empty(count, np.int64), np.empty(count, np.int8)
    kernels.solve_positions(
        np.array(arrivals.first, dtype=np.int64),
        np.array(arrivals.receiver, dtype=np.int32),
        np.ascontiguousarray(ranges),
        sigma,
        np.array(receivers.site_m, dtype=np.float64),
        np.array(arrivals.height_m, dtype=np.float64),
        np.full(count, limits.height_sigma_m),
        limits.largest_dop, limits.gate, limits.rival_gap, limits.reach_m,
        position, covariance, emission, cost, dop, left_out, status,
    )  # fmt: skip
    solved = status == kernels.OK
    later_ns = np.where(solved, emission / 0.299792458, 0.0).round().astype(np.int64)
    return Solution(
        position,
        covariance,
        np.where(solved, arrivals.begin_ns + later_ns, -1),
        cost,
        dop,
        left_out,
        status,
    )
