"""Whether what a track broadcasts agrees with what independent sensors see.

In: for each track a broadcast position and one from radar or multilateration at the same instant,
each with its accuracy. Out: findings of the kind ``consistency``. Differences are averaged over
some seconds, because a single one may be a plot of another aircraft; a contradiction must be far
beyond both what the accuracies allow and what late time stamps make.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skypact.identity.finding import findings
from skypact.identity.outcomes import outcome
from skypact.model.identity import NO_OUTCOME, Findings
from skypact.model.joint import JointTracks

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Broadcast against independent positions of the same instant; arrays of shape (tracks,).

    Parameters
    ----------
    east_m, north_m
        Broadcast less independent, NaN where there is not one of each now.
    sigma_m
        Standard deviation per axis that both together should have: the broadcast's by its NACp,
        the sensors' by their own covariance.
    """

    east_m: Floats
    north_m: Floats
    sigma_m: Floats


class Consistency:
    """Differences of each track, averaged; and whether they say anything.

    Parameters
    ----------
    memory_s
        Time constant of the average: 10 s, two or three turns of an approach radar.
    least_looks
        Fewer differences say nothing.
    floor_m
        Standard deviation added for what no accuracy tells: latency of 0.4 s at 250 m/s, and what
        is left of sensor biases.
    near, far
        Standard deviations of one difference, within which both agree, beyond which they do not.
    contradiction_m
        No smaller difference is called a contradiction: 1 km, half a mile. Spoofing that matters
        leads farther, and the alert "inconsistent position" looks more closely.
    """

    def __init__(
        self,
        *,
        memory_s: float = 10.0,
        least_looks: int = 3,
        floor_m: float = 100.0,
        near: float = 3.0,
        far: float = 5.0,
        contradiction_m: float = 1000.0,
    ) -> None:
        self._memory_s, self._least_looks, self._floor_m = memory_s, least_looks, floor_m
        self._near, self._far, self._contradiction_m = near, far, contradiction_m
        self._track = np.empty(0, np.int64)
        self._rows = np.empty((0, 5))  # mean east, mean north, mean variance, looks, age of last
        self._now_ns = 0

    def findings(self, joint: JointTracks, compared: Comparison, now_ns: int) -> Findings:
        """What the differences say of each track; ``detail``: kilometres apart."""
        passed_s = max(0.0, (now_ns - self._now_ns) * 1e-9)
        rows = self._followed(joint.tracks.track)
        rows[:, 4] += passed_s
        rows[rows[:, 4] > 3.0 * self._memory_s] = (0.0, 0.0, 0.0, 0.0, 0.0)
        sigma = compared.sigma_m
        seen = np.isfinite(compared.east_m) & np.isfinite(compared.north_m) & (sigma >= 0.0)
        seen &= np.isfinite(sigma)
        gain = 1.0 - np.exp(-np.maximum(rows[:, 4], 1e-3) / self._memory_s)
        gain = np.maximum(gain, 1.0 / (rows[:, 3] + 1.0))
        for column, value in (
            (0, compared.east_m),
            (1, compared.north_m),
            (2, np.square(np.where(seen, sigma, 0.0)) + self._floor_m**2),
        ):
            step = np.where(seen, value, 0.0) - rows[:, column]
            rows[:, column] += np.where(seen, gain * step, 0.0)
        rows[seen, 3] = np.minimum(rows[seen, 3] + 1.0, 1e6)
        rows[seen, 4] = 0.0
        order = np.argsort(joint.tracks.track, kind="stable")
        self._track, self._rows, self._now_ns = joint.tracks.track[order], rows[order], now_ns
        apart_m = np.hypot(rows[:, 0], rows[:, 1])
        spread_m = np.sqrt(rows[:, 2])
        ready = seen & (rows[:, 3] >= self._least_looks)
        found = np.full(len(joint), NO_OUTCOME, np.int16)
        found[ready & (apart_m <= self._near * spread_m)] = outcome("consistency", "agrees")
        wrong = (apart_m >= self._far * spread_m) & (apart_m >= self._contradiction_m)
        found[ready & wrong] = outcome("consistency", "contradicts")
        detail = np.rint(np.minimum(apart_m / 1000.0, 1e6)).astype(np.int32)
        return findings("consistency", joint, found, detail=detail)

    def _followed(self, track: NDArray[np.int64]) -> Floats:
        """Rows of the tracks, in their order; blank where a track is new."""
        rows = np.zeros((len(track), 5))
        if len(self._track):
            at = np.minimum(np.searchsorted(self._track, track), len(self._track) - 1)
            known = self._track[at] == track
            rows[known] = self._rows[at[known]]
        return rows
