"""Pairs of truth and track at each instant, and the GOSPA metric with its three parts.

In: truth and tracks standing at common instants. Out: the optimal pairs, and per instant the
distance and its localisation, missed and false parts. Rahmathullah, Garcia-Fernandez and
Svensson, "Generalized optimal sub-pattern assignment metric", FUSION 2017 (arXiv 1601.05585),
with alpha = 2. Agrees with Stone Soup's GOSPAMetric (tests/authorities).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skypact.evaluation.instants import Standing
from skypact.evaluation.paths import Floats
from skypact.kernels.evaluation_assignment import assign_instants

LARGEST_CLUSTER = 400
"""Truths and tracks in reach of each other beyond which pairs are made nearest first."""


@dataclass(frozen=True, slots=True)
class Pairs:
    """Who is whose at each instant.

    Parameters
    ----------
    track_of
        For each truth state the index of its track's state, -1 none; shape (truth states,).
    distance_m
        Distance of the pair, NaN without one; shape (truth states,).
    truth_of
        For each track state the index of its truth's state, -1 none; shape (track states,).
    given_up
        Clusters too big to be solved, paired nearest first instead.
    """

    track_of: NDArray[np.int64]
    distance_m: Floats
    truth_of: NDArray[np.int64]
    given_up: int


@dataclass(frozen=True, slots=True)
class Gospa:
    """The metric per instant; arrays have shape (instants,).

    Parameters
    ----------
    distance
        The metric, in metres.
    localisation, missed, false
        Its parts as sums of p-th powers: ``distance**p`` is their sum.
    missed_count, false_count, pairs
        How many truths, tracks and pairs they stand for.
    """

    distance: Floats
    localisation: Floats
    missed: Floats
    false: Floats
    missed_count: NDArray[np.int64]
    false_count: NDArray[np.int64]
    pairs: NDArray[np.int64]


def pair_points(
    truth: Floats,
    truth_first: NDArray[np.int64],
    track: Floats,
    track_first: NDArray[np.int64],
    *,
    cutoff_m: float,
    p: float = 2.0,
) -> tuple[NDArray[np.int64], Floats, int]:
    """Optimal pairs of points grouped by instant.

    Parameters
    ----------
    truth, track
        Points, metres, shape (n, 4); the fourth coordinate counts where both have it.
    truth_first, track_first
        First point of each instant, shape (instants + 1,).
    cutoff_m, p
        Cutoff distance c and exponent.

    Returns
    -------
    partner, distance, given_up
        Row of the track for each truth (-1 none), their distance, clusters not solved optimally.
    """
    partner, distance = np.empty(len(truth), np.int64), np.empty(len(truth))
    given_up = assign_instants(
        np.ascontiguousarray(truth, np.float64),
        np.ascontiguousarray(truth_first, np.int64),
        np.ascontiguousarray(track, np.float64),
        np.ascontiguousarray(track_first, np.int64),
        float(cutoff_m),
        float(p),
        LARGEST_CLUSTER,
        partner,
        distance,
    )
    return partner, distance, int(given_up)


CODE_STEP_M = 1e9
"""How far apart, in the fourth coordinate, things of different codes are put."""


def by_codes(truth_code: NDArray[np.int32], track_code: NDArray[np.int32]) -> tuple[Floats, Floats]:
    """Fourth coordinates that keep things of different codes (-1 none) apart."""
    apart = [np.where(code >= 0, code * CODE_STEP_M, np.nan) for code in (truth_code, track_code)]
    return apart[0], apart[1]


def pair(
    truth: Standing,
    tracks: Standing,
    *,
    cutoff_m: float,
    p: float,
    three_d: bool,
    codes: tuple[NDArray[np.int32], NDArray[np.int32]] | None = None,
) -> Pairs:
    """Optimal pairs at every instant; horizontal distances unless ``three_d``.

    ``codes`` of truth and tracks, -1 none: two states that both have one pair only if they agree.
    """
    ours, theirs = truth.points[truth.by_instant], tracks.points[tracks.by_instant]
    if codes is not None:
        apart = by_codes(*codes)
        ours[:, 3], theirs[:, 3] = apart[0][truth.by_instant], apart[1][tracks.by_instant]
    elif not three_d:
        ours[:, 3] = 0.0
        theirs[:, 3] = 0.0
    partner, distance, given_up = pair_points(
        ours, truth.instant_first, theirs, tracks.instant_first, cutoff_m=cutoff_m, p=p
    )
    track_of = np.full(len(truth), -1, np.int64)
    distance_m = np.full(len(truth), np.nan)
    truth_of = np.full(len(tracks), -1, np.int64)
    made = partner >= 0
    track_of[truth.by_instant[made]] = tracks.by_instant[partner[made]]
    distance_m[truth.by_instant] = distance
    truth_of[tracks.by_instant[partner[made]]] = truth.by_instant[made]
    return Pairs(track_of, distance_m, truth_of, given_up)


def gospa(truth: Standing, tracks: Standing, pairs: Pairs, *, cutoff_m: float, p: float) -> Gospa:
    """The metric at each instant.

    A truth that is not owed may hold a track, and is left out of all sums: nobody promised to
    see it, and a track on it is not false. With all truths owed this is GOSPA as published.
    """
    instants = len(truth.instant_first) - 1
    held = pairs.track_of >= 0
    scored = held & truth.owed

    def count(instant: NDArray[np.int32], which: NDArray[np.bool_]) -> NDArray[np.int64]:
        return np.bincount(instant[which], minlength=instants).astype(np.int64)

    localisation = np.bincount(
        truth.instant[scored], weights=pairs.distance_m[scored] ** p, minlength=instants
    )
    missed = count(truth.instant, truth.owed & ~held)
    false = count(tracks.instant, pairs.truth_of < 0)
    half = cutoff_m**p / 2.0
    total = localisation + half * (missed + false)
    return Gospa(
        distance=total ** (1.0 / p),
        localisation=np.asarray(localisation, np.float64),
        missed=half * missed,
        false=half * false,
        missed_count=missed,
        false_count=false,
        pairs=count(truth.instant, scored),
    )
