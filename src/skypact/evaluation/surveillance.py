"""The measures that surveillance engineers ask for: update probability, gaps, tails, false data.

In: pairs of truth and track, and what the requirement takes as an update interval, a long gap
and a gross error. Out: figures named as in EUROCONTROL-SPEC-0147 (ESASSP), ED-142 and ED-117A;
docs/how-to/judge-a-tracker.md says how each is counted here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skypact.evaluation.accuracy import Errors
from skypact.evaluation.gospa import Pairs
from skypact.evaluation.instants import Instants, Standing
from skypact.evaluation.paths import Floats, Paths
from skypact.model.time import SECOND_NS

FEWEST = 10
"""Judged states a target needs for an RMS of its own."""
CODE_KINDS = ("mode_s", "mode_3a")


@dataclass(frozen=True, slots=True)
class Terms:
    """What a requirement takes for granted.

    Parameters
    ----------
    update_interval_s
        How often a target's position must be renewed by a measurement.
    long_gap_s
        Time between updates beyond which a gap is long.
    correlated_error_m
        Horizontal error that must not last.
    correlated_updates
        For how many updates on end it must not.
    core_m, tail_m
        Bounds whose observance is told as shares.
    """

    update_interval_s: float = 8.0
    long_gap_s: float = 26.4
    correlated_error_m: float = 926.0
    correlated_updates: int = 3
    core_m: float = 500.0
    tail_m: float = 926.0


def surveillance(
    standing: tuple[Standing, Standing],
    paths: tuple[Paths, Paths],
    pairs: Pairs,
    errors: Errors,
    instants: Instants,
    *,
    terms: Terms,
    warm: int,
) -> dict[str, Any]:
    """The figures; ``standing`` and ``paths`` are (tracks, truth)."""
    tracks, truth = standing
    owed = np.flatnonzero(truth.owed & (truth.instant >= warm))
    if len(owed) == 0:
        return {}
    age_s = _age_s(tracks, paths[0], pairs.track_of[owed], instants)
    gap_s = _gaps_s(truth, owed, age_s, instants.step_s)
    error = np.full(len(truth), np.nan)
    error[errors.truth_state] = errors.value["horizontal_m"]
    away = error[owed]
    known = np.isfinite(away)
    runs = _run_lengths(truth, owed, known & (np.nan_to_num(away) > terms.correlated_error_m))
    long_run = terms.update_interval_s * (terms.correlated_updates - 1) / instants.step_s + 1
    judged = tracks.instant >= warm
    spare = int((judged & (pairs.truth_of < 0)).sum())
    per_target = _rms_by_target(truth, errors)
    return {
        "update_interval_s": terms.update_interval_s,
        "update_probability": float(np.mean(age_s <= terms.update_interval_s + 1e-6)),
        "detection_probability": float(np.mean(pairs.track_of[owed] >= 0)),
        "long_gap_s": terms.long_gap_s,
        "long_gap_share": float(np.mean(gap_s > terms.long_gap_s)),
        "longest_gap_s": float(gap_s.max()),
        "correlated_error_m": terms.correlated_error_m,
        "correlated_error_share": float(np.mean(runs[known] >= long_run)) if known.any() else None,
        "within_core_share": float(np.mean(away[known] <= terms.core_m)) if known.any() else None,
        "beyond_tail_share": float(np.mean(away[known] > terms.tail_m)) if known.any() else None,
        "horizontal_rms_worst_target_m": float(per_target.max()) if len(per_target) else None,
        "false_data_share": spare / int(judged.sum()) if judged.any() else None,
        "false_data_per_hour": 3600.0 * spare * instants.step_s
        / max((instants.count - warm) * instants.step_s, 1e-9),
        **_identity_shares(standing, paths, pairs, owed),
    }  # fmt: skip


def _age_s(tracks: Standing, paths: Paths, state: NDArray[np.int64], instants: Instants) -> Floats:
    """Seconds since the measurement behind the shown state; infinite where none is shown.

    Where the table tells no measurement times, a state that does not coast counts as new (a
    report as new at its own time).
    """
    age = np.full(len(state), np.inf)
    shown = state >= 0
    at = state[shown]
    row = tracks.row[at]
    at_ns = instants.times_ns(tracks.instant[at])
    told = paths.last_plot_ns[row]
    since = (at_ns - paths.time_ns[row]) / SECOND_NS
    if paths.tells_updates:
        since = np.where(told >= 0, (at_ns - told) / SECOND_NS, since)
    else:
        since = np.where(paths.coasting[row], np.inf, since)
    age[shown] = since
    return age


def _segments(truth: Standing, owed: NDArray[np.int64]) -> NDArray[np.int64]:
    """Where unbroken stretches of owed instants of one target begin."""
    new = np.ones(len(owed), np.bool_)
    new[1:] = (np.diff(truth.path[owed]) != 0) | (np.diff(truth.instant[owed]) != 1)
    return np.flatnonzero(new)


def _gaps_s(truth: Standing, owed: NDArray[np.int64], age_s: Floats, step_s: float) -> Floats:
    """Length of the time between updates that each owed instant lies in.

    An instant is an update if a measurement came since the instant before. Where a stretch
    begins or ends without one, its edge stands for it.
    """
    here = np.arange(len(owed))
    starts = _segments(truth, owed)
    ends = np.r_[starts[1:], len(owed)] - 1
    stretch = np.repeat(np.arange(len(starts)), ends - starts + 1)
    updated = age_s < step_s - 1e-6
    updated |= age_s == 0.0
    before = np.maximum.accumulate(np.where(updated, here, -1))
    before = np.maximum(before, starts[stretch])
    after = np.where(updated, here, len(owed))[::-1]
    after = np.minimum.accumulate(after)[::-1]
    after = np.r_[after[1:], len(owed)]
    after = np.minimum(after, ends[stretch])
    return np.where(updated, 0.0, np.maximum(after - before, 0) * step_s)


def _run_lengths(
    truth: Standing, owed: NDArray[np.int64], which: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """Instants in the unbroken run of ``which`` that each instant lies in; 0 outside."""
    edge = np.zeros(len(owed), np.bool_)
    edge[_segments(truth, owed)] = True
    new = edge | np.r_[True, np.diff(which.astype(np.int8)) != 0]
    run = np.cumsum(new) - 1
    length = np.bincount(run)
    return np.where(which, length[run], 0)


def _rms_by_target(truth: Standing, errors: Errors) -> Floats:
    target = truth.path[errors.truth_state]
    square = errors.value["horizontal_m"] ** 2
    count = np.bincount(target, minlength=1)
    total = np.bincount(target, weights=square, minlength=1)
    return np.sqrt(total[count >= FEWEST] / count[count >= FEWEST])


def _identity_shares(
    standing: tuple[Standing, Standing],
    paths: tuple[Paths, Paths],
    pairs: Pairs,
    owed: NDArray[np.int64],
) -> dict[str, float | None]:
    """Share of owed instants with the right code, and of shown codes that are wrong."""
    tracks, truth = paths
    held = owed[pairs.track_of[owed] >= 0]
    for kind in CODE_KINDS:
        right = getattr(truth, kind)[standing[1].row[held]]
        if not (right >= 0).any():
            continue
        shown = getattr(tracks, kind)[standing[0].row[pairs.track_of[held]]]
        told = (shown >= 0) & (right >= 0)
        known = int((getattr(truth, kind)[standing[1].row[owed]] >= 0).sum())
        return {
            "identity_probability": float(((shown == right) & told).sum() / known),
            "identity_wrong_share": float((shown != right)[told].mean()) if told.any() else None,
        }
    return {"identity_probability": None, "identity_wrong_share": None}
