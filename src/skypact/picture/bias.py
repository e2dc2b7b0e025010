"""How far another nation's picture lies from ours, learned from the aircraft that both see.

In: pairs of own and their states. Out: for each station what is to be added to its positions,
and how unsure that leaves them. Nations' sensors are registered each for itself, so whole
pictures differ by a slowly varying offset. It is estimated as the mean of the differences, weighed
by their covariances, robustly (Huber, Annals of Mathematical Statistics 35/1, 1964, 73-101), and
forgotten slowly. What differs from place to place is learned as scatter: the variance beyond the
covariances that brings the median of the squared distances to that of two normal axes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.picture_arrays import AGE, EX, EZ, NX, NZ, X, Z
from skypact.model.time import SECOND_NS
from skypact.model.tracks import Tracks
from skypact.picture.settings import PictureSettings
from skypact.picture.states import prepare

Floats = NDArray[np.float64]

MEDIAN_OF_TWO = 2.0 * math.log(2.0)
"""Median of chi-squared of two degrees of freedom."""
HALVINGS = 24
FAR_OUT = 2.0
"""Times the outlier's limit, beyond which a pair is taken for a wrong one."""
LEAST_PAIRS = 4
"""From fewer pairs no scatter can be told."""


@dataclass(slots=True)
class Learned:
    """Information on one station's offset: ``amount`` (2, 2) in 1/m^2 and ``pull`` (2,) in 1/m.

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

    ``scatter_m`` is how far its positions differ from ours beyond offset and covariances, an axis.
    """

    east_m: float
    north_m: float
    sigma_east_m: float
    sigma_north_m: float
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
            learned = Learned(np.zeros((2, 2)), np.zeros(2), math.nan, now_ns - SECOND_NS)
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
        apart, covariance = self._differences(own, theirs, pairs, now_ns)
        if not len(apart):
            return
        offset = self.offset(station)
        left = apart - np.array([offset.east_m, offset.north_m])
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
        learned.amount += information.sum(axis=0)
        learned.pull += np.einsum("nij,nj->i", information, apart)

    def offset(self, station: str) -> Offset:
        """What is known of a station: to be added to its positions, before any caution."""
        prior = np.eye(2) / self.settings.bias_sigma_m**2
        learned = self._learned.get(station)
        amount = prior if learned is None else prior + learned.amount
        covariance = _inverse(amount[None])[0]
        mean = covariance @ learned.pull if learned is not None else np.zeros(2)
        return Offset(
            east_m=float(mean[0]),
            north_m=float(mean[1]),
            sigma_east_m=float(np.sqrt(covariance[0, 0])),
            sigma_north_m=float(np.sqrt(covariance[1, 1])),
            scatter_m=0.0 if learned is None else math.sqrt(_known(learned.scatter_m2)),
            believed=bool(np.hypot(mean[0], mean[1]) <= self.settings.bias_limit_m),
        )

    def shift(self, station: str) -> tuple[float, float, float]:
        """East and north in metres to be added to a station's positions, and the sigma of that.

        For pairing: the sigma holds all that two pictures may differ by. Zero where the offset is
        not significant or not believed.
        """
        offset = self.offset(station)
        variance = 0.5 * (offset.sigma_east_m**2 + offset.sigma_north_m**2)
        sigma_m = float(np.sqrt(variance + offset.scatter_m**2))
        if not offset.believed:
            return 0.0, 0.0, self.settings.bias_sigma_m
        east_m = self._drawn_in(offset.east_m, offset.sigma_east_m)
        north_m = self._drawn_in(offset.north_m, offset.sigma_north_m)
        return east_m, north_m, sigma_m

    def shifts(self, stations: Sequence[str]) -> Floats:
        """The same for fusing, (stations, 3), the first of which is our own station.

        Scatter is both pictures' fault: ours bears half of what it has with the partner it agrees
        with best, the others bear the rest.
        """
        rows = np.zeros((len(stations), 3))
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

    def _differences(
        self, own: Tracks, theirs: Tracks, pairs: NDArray[np.int64], now_ns: int
    ) -> tuple[Floats, Floats]:
        """Own less their position, (pairs, 2) m, with its covariance (pairs, 2, 2)."""
        ours = prepare(own.take(pairs[:, 0]), now_ns, self.settings)
        other = prepare(theirs.take(pairs[:, 1]), now_ns, self.settings)
        fresh = np.maximum(np.abs(ours.place[:, AGE]), np.abs(other.place[:, AGE]))
        near = fresh <= self.settings.bias_correlation_s
        here, there = ours.place[near], other.place[near]
        line = here[:, X : Z + 1] - there[:, X : Z + 1]
        axes = np.stack([here[:, EX : EZ + 1], here[:, NX : NZ + 1]], axis=1)
        floor = self.settings.position_floor_m**2 * np.eye(2)
        covariance = ours.spread[near, :2, :2] + other.spread[near, :2, :2] + floor
        return np.einsum("nij,nj->ni", axes, line), covariance

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
