"""How far another nation's picture lies from ours, learned from the aircraft that both see.

In: pairs of own and their states. Out: for each station what is to be added to its states, and how
unsure that leaves them. Nations' sensors are registered each for itself, so whole pictures differ
by a slowly varying offset. It is estimated as the mean of the differences, weighed by their
covariances, robustly (Huber, Annals of Mathematical Statistics 35/1, 1964, 73-101), and forgotten
slowly. A station whose stamps err lies ahead or behind along every course: where that is
significant, a time is learned with the offset. What differs from place to place is learned as
scatter: the variance beyond the covariances that brings the median of the squared distances to
that of two normal axes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.picture_arrays import AGE, EX, EZ, NX, NZ, VX, VZ, X, Z
from skypact.model.time import SECOND_NS
from skypact.model.tracks import Tracks
from skypact.picture.settings import PictureSettings
from skypact.picture.states import Shift, prepare

Floats = NDArray[np.float64]

MEDIAN_OF_TWO = 2.0 * math.log(2.0)
"""Median of chi-squared of two degrees of freedom."""
HALVINGS = 24
FAR_OUT = 2.0
"""Times the outlier's limit, beyond which a pair is taken for a wrong one."""
TIME_SIGNIFICANT = 5.0
"""Standard deviations that a time must have to be believed."""
LEAST_PAIRS = 4
"""From fewer pairs no scatter can be told."""


@dataclass(slots=True)
class Learned:
    """Information on one station's offset: metres east and north, seconds.

    ``amount`` (3, 3) is the sum of the information, ``pull`` (3,) that of what it points to.
    ``scatter_m2`` is the variance that neither the offset nor the covariances explain, NaN until
    there were enough pairs to tell it.
    """

    amount: Floats
    pull: Floats
    scatter_m2: float
    updated_ns: int


@dataclass(frozen=True, slots=True)
class Offset:
    """What is known of a station's offset, in metres; ``believed``: within the limit.

    ``time_s`` is how much older its states are than they say; ``scatter_m`` how far its positions
    differ from ours beyond offset and covariances, an axis.
    """

    east_m: float
    north_m: float
    time_s: float
    sigma_east_m: float
    sigma_north_m: float
    sigma_time_s: float
    scatter_m: float
    believed: bool


class NationBias:
    """Offsets of the partners' pictures against the own one, which is taken as true."""

    def __init__(self, settings: PictureSettings | None = None) -> None:
        self.settings = settings or PictureSettings()
        self._learned: dict[str, Learned] = {}

    def update(
        self, station: str, own: Tracks, theirs: Tracks, pairs: NDArray[np.int64], now_ns: int
    ) -> None:
        """Learn from pairs of one look, rows of ``own`` and ``theirs``, int64 (pairs, 2).

        ``theirs`` are as they came, nothing added. Pairs that are strained or doubtful, or whose
        states have the same contributors, should be left out.
        """
        learned = self._learned.get(station)
        if learned is None:
            learned = Learned(np.zeros((3, 3)), np.zeros(3), math.nan, now_ns - SECOND_NS)
            self._learned[station] = learned
        elapsed_s = (now_ns - learned.updated_ns) / SECOND_NS
        if elapsed_s <= 0.0:
            return
        learned.updated_ns = now_ns
        kept = float(np.exp(-elapsed_s / self.settings.bias_memory_s))
        learned.amount *= kept
        learned.pull *= kept
        if not len(pairs):
            return
        apart, covariance, effect = self._differences(own, theirs, pairs, now_ns)
        if not len(apart):
            return
        left = apart - effect @ self._mean(learned)[0]
        if len(left) >= LEAST_PAIRS:
            variance = 0.5 * np.trace(covariance, axis1=1, axis2=2)
            now_m2 = _scatter(np.sum(left * left, axis=1), variance, self.settings.bias_limit_m**2)
            kept = 1.0 - min(1.0, elapsed_s / self.settings.bias_correlation_s)
            learned.scatter_m2 = (
                now_m2
                if math.isnan(learned.scatter_m2)
                else now_m2 + kept * (learned.scatter_m2 - now_m2)
            )
        covariance = covariance + _known(learned.scatter_m2) * np.eye(2)
        # errors last, so that looks close in time tell little news
        part = min(1.0, elapsed_s / self.settings.bias_correlation_s)
        weight = part * self._outliers_weighed(left, covariance)
        information = _inverse(covariance) * weight[:, None, None]
        weighed = np.einsum("nki,nkl->nil", effect, information)
        learned.amount += np.einsum("nil,nlj->ij", weighed, effect)
        learned.pull += np.einsum("nil,nl->i", weighed, apart)

    def offset(self, station: str) -> Offset:
        """What is known of a station: to be added to its positions, before any caution."""
        learned = self._learned.get(station)
        mean, covariance = self._mean(learned)
        near = math.hypot(mean[0], mean[1]) <= self.settings.bias_limit_m
        sigma = np.sqrt(np.diag(covariance))
        return Offset(
            east_m=float(mean[0]),
            north_m=float(mean[1]),
            time_s=float(mean[2]),
            sigma_east_m=float(sigma[0]),
            sigma_north_m=float(sigma[1]),
            sigma_time_s=float(sigma[2]),
            scatter_m=0.0 if learned is None else math.sqrt(_known(learned.scatter_m2)),
            believed=near and abs(mean[2]) <= self.settings.bias_time_limit_s,
        )

    def shift(self, station: str) -> Shift:
        """What is to be added to a station's states before they are paired.

        The sigma holds all that two pictures may differ by. Zero where the offset is not
        significant or not believed.
        """
        offset, settings = self.offset(station), self.settings
        if not offset.believed:
            return Shift(0.0, 0.0, settings.bias_sigma_m, 0.0, settings.bias_time_sigma_s)
        variance = 0.5 * (offset.sigma_east_m**2 + offset.sigma_north_m**2)
        return Shift(
            self._drawn_in(offset.east_m, offset.sigma_east_m),
            self._drawn_in(offset.north_m, offset.sigma_north_m),
            math.sqrt(variance + offset.scatter_m**2),
            offset.time_s,
            offset.sigma_time_s,
        )

    def shifts(self, stations: Sequence[str]) -> Floats:
        """The same for fusing, (stations, 5), the first of which is our own station.

        Scatter is both pictures' fault: ours bears half of what it has with the partner it agrees
        with best, the others bear the rest.
        """
        rows = np.zeros((len(stations), 5))
        scatters_m2 = np.zeros(len(stations))
        told = []
        for k, station in enumerate(stations[1:], start=1):
            rows[k] = self.shift(station)
            learned = self._learned.get(station)
            if learned is not None and not math.isnan(learned.scatter_m2):
                scatters_m2[k] = learned.scatter_m2
                told.append(learned.scatter_m2)
        own_m2 = 0.5 * min(told, default=0.0)
        variance = rows[1:, 2] ** 2 - np.minimum(scatters_m2[1:], own_m2)
        rows[1:, 2] = np.sqrt(np.maximum(variance, 0.0))
        rows[:1, 2] = math.sqrt(own_m2)
        return rows

    def forget(self, station: str) -> None:
        """Drop what was learned of a station, as when its agreement ended."""
        self._learned.pop(station, None)

    def _drawn_in(self, value_m: float, sigma_m: float) -> float:
        least = self.settings.bias_significant * sigma_m
        return float(np.sign(value_m) * max(0.0, abs(value_m) - least))

    def _mean(self, learned: Learned | None) -> tuple[Floats, Floats]:
        """Mean (3,) and covariance (3, 3) of an offset."""
        place, moment = self.settings.bias_sigma_m, self.settings.bias_time_sigma_s
        amount = np.diag([place**-2, place**-2, moment**-2])
        if learned is None:
            return np.zeros(3), np.linalg.inv(amount)
        amount += learned.amount
        covariance: Floats = np.linalg.inv(amount)
        mean: Floats = covariance @ learned.pull
        if abs(mean[2]) > TIME_SIGNIFICANT * math.sqrt(covariance[2, 2]):
            return mean, covariance
        # where all fly alike a time is an offset: without good reason it is none
        covariance = np.zeros((3, 3))
        covariance[:2, :2] = np.linalg.inv(amount[:2, :2])
        return covariance @ learned.pull, covariance

    def _differences(
        self, own: Tracks, theirs: Tracks, pairs: NDArray[np.int64], now_ns: int
    ) -> tuple[Floats, Floats, Floats]:
        """Own less their position, (pairs, 2) m, its covariance, and what an offset does to it."""
        ours = prepare(own.take(pairs[:, 0]), now_ns, self.settings)
        other = prepare(theirs.take(pairs[:, 1]), now_ns, self.settings)
        oldest_s = np.maximum(np.abs(ours.place[:, AGE]), np.abs(other.place[:, AGE]))
        fresh = oldest_s <= self.settings.bias_age_s
        here, there = ours.place[fresh], other.place[fresh]
        axes = np.stack([here[:, EX : EZ + 1], here[:, NX : NZ + 1]], axis=1)
        apart = np.einsum("nij,nj->ni", axes, here[:, X : Z + 1] - there[:, X : Z + 1])
        effect = np.zeros((len(apart), 2, 3))
        effect[:, 0, 0] = effect[:, 1, 1] = 1.0
        effect[:, :, 2] = np.einsum("nij,nj->ni", axes, there[:, VX : VZ + 1])
        floor = self.settings.position_floor_m**2 * np.eye(2)
        covariance = ours.spread[fresh, :2, :2] + other.spread[fresh, :2, :2] + floor
        return apart, covariance, effect

    def _outliers_weighed(self, left: Floats, covariance: Floats) -> Floats:
        """Weights of differences about what is known: Huber's, and none for what is far out."""
        size = np.sqrt(np.einsum("ni,nij,nj->n", left, _inverse(covariance), left))
        outlier = self.settings.bias_outlier
        weight: Floats = np.minimum(1.0, outlier / np.maximum(size, 1e-9))
        # safe from never learning a large offset: that is scatter until it is learned
        return np.where(size > FAR_OUT * outlier, 0.0, weight)


def _known(scatter_m2: float) -> float:
    """A scatter, 0 until it is told."""
    return 0.0 if math.isnan(scatter_m2) else scatter_m2


def _scatter(square: Floats, variance: Floats, limit_m2: float) -> float:
    """The variance to be added so that the median of ``square`` over the sum is as it should be.

    ``square`` are squared lengths of differences and ``variance`` theirs an axis, (pairs,) m^2.
    """
    low, high = 0.0, limit_m2
    if np.median(square / variance) <= MEDIAN_OF_TWO:
        return 0.0
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        if np.median(square / (variance + middle)) > MEDIAN_OF_TWO:
            low = middle
        else:
            high = middle
    return high


def _inverse(matrices: Floats) -> Floats:
    """Inverses of symmetric 2 x 2 matrices, (n, 2, 2)."""
    determinant = matrices[:, 0, 0] * matrices[:, 1, 1] - matrices[:, 0, 1] * matrices[:, 1, 0]
    out = np.empty_like(matrices)
    out[:, 0, 0], out[:, 1, 1] = matrices[:, 1, 1], matrices[:, 0, 0]
    out[:, 0, 1], out[:, 1, 0] = -matrices[:, 0, 1], -matrices[:, 1, 0]
    return out / determinant[:, None, None]
