"""How tracks hold on to targets: completeness, breaks, switches, purity, delays, false tracks.

In: pairs of truth and track at the instants. Out: figures of the whole, and of each target.
The rules of breaks, switches and false tracks are those of the tracking bench's scorer; they
are written out in docs/how-to/judge-a-tracker.md.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from skypact.evaluation.accuracy import size
from skypact.evaluation.gospa import Pairs
from skypact.evaluation.instants import Instants, Standing
from skypact.evaluation.paths import Floats, Paths
from skypact.kernels.evaluation_following import (
    BREAKS,
    COLUMNS,
    FIRST_SHOWN,
    HELD,
    LONGEST,
    MISSED_RUN,
    OWED,
    SHOWN,
    SWITCHES,
    follow_targets,
)
from skypact.model.time import SECOND_NS

Counts = NDArray[np.int64]


def follow(truth: Standing, tracks: Standing, pairs: Pairs, warm: int) -> Counts:
    """Counts of each target, (targets, 8); columns: ``kernels.evaluation_following``."""
    shown = pairs.track_of >= 0
    number = np.full(len(truth), -1, np.int64)
    number[shown] = tracks.path[pairs.track_of[shown]]
    counts = np.empty((len(truth.first) - 1, COLUMNS), np.int64)
    follow_targets(truth.first, truth.instant, number, truth.owed, warm, counts)
    return counts


def delays_s(truth: Standing, paths: Paths, counts: Counts, instants: Instants) -> Floats:
    """Seconds from each target's first covered instant to its first track; NaN: never either."""
    covered = np.flatnonzero(paths.covered[truth.row])
    first = np.full(paths.paths, -1, np.int64)
    # backwards, so that the earliest is what stays
    first[truth.path[covered[::-1]]] = truth.instant[covered[::-1]]
    shown = counts[:, FIRST_SHOWN]
    known = (first >= 0) & (shown >= 0)
    return np.where(known, np.maximum(shown - first, 0) * instants.step_s, np.nan)


def purity(tracks: Standing, truth: Standing, pairs: Pairs) -> Floats:
    """Share of each track's held states that are on its commonest target; NaN without any."""
    held = np.flatnonzero(pairs.truth_of >= 0)
    track, target = tracks.path[held], truth.path[pairs.truth_of[held]]
    if len(held) == 0:
        return np.full(len(tracks.first) - 1, np.nan)
    new = np.r_[True, (np.diff(track) != 0) | (np.diff(target) != 0)]
    runs = np.diff(np.r_[np.flatnonzero(new), len(held)])
    key = track[new].astype(np.int64) * (len(truth.first) - 1) + target[new]
    together, where = np.unique(key, return_inverse=True)
    length = np.bincount(where, weights=runs)
    most = np.zeros(len(tracks.first) - 1)
    np.maximum.at(most, together // (len(truth.first) - 1), length)
    whole = np.bincount(track, minlength=len(most)).astype(np.float64)
    return np.where(whole > 0, most / np.maximum(whole, 1.0), np.nan)


def false_tracks(tracks: Standing, pairs: Pairs, warm: int) -> tuple[NDArray[np.bool_], Counts]:
    """Which tracks are on no target in more than half of their judged states, and the counts.

    Counts: judged states of each track and those of them on a target, shape (tracks, 2).
    """
    judged = tracks.instant >= warm
    number = len(tracks.first) - 1
    whole = np.bincount(tracks.path[judged], minlength=number)
    held = np.bincount(tracks.path[judged & (pairs.truth_of >= 0)], minlength=number)
    return (2 * held < whole) & (whole > 0), np.stack([whole, held], axis=1)


def continuity(
    standing: tuple[Standing, Standing],
    paths: tuple[Paths, Paths],
    pairs: Pairs,
    counts: Counts,
    instants: Instants,
    warm: int,
) -> dict[str, Any]:
    """Figures of the whole; ``standing`` and ``paths`` are (tracks, truth)."""
    tracks, truth = standing
    owed, held = int(counts[:, OWED].sum()), int(counts[:, HELD].sum())
    seen = counts[:, OWED] > 0
    number = max(int(seen.sum()), 1)
    bad, states = false_tracks(tracks, pairs, warm)
    hours = max((instants.count - warm) * instants.step_s / 3600.0, 1e-9)
    pure = purity(tracks, truth, pairs)
    weight = np.where(np.isfinite(pure), np.diff(tracks.first), 0)
    life = np.diff(tracks.first)[(states[:, 0] > 0) & ~bad] * instants.step_s
    judged = states[:, 0] > 0
    return {
        "targets": int(seen.sum()),
        "never_tracked": int((seen & (counts[:, SHOWN] == 0)).sum()),
        "completeness": held / owed if owed else None,
        "missed_pct": 100.0 * (owed - held) / owed if owed else None,
        "breaks": int(counts[:, BREAKS].sum()),
        "switches": int(counts[:, SWITCHES].sum()),
        "breaks_per_target": float(counts[:, BREAKS].sum() / number),
        "switches_per_target": float(counts[:, SWITCHES].sum() / number),
        "longest_gap_s": float(counts[:, MISSED_RUN].max(initial=0) * instants.step_s),
        "longest_segment_share": float(
            counts[seen, LONGEST].sum() / max(counts[seen, OWED].sum(), 1)
        ),
        "tracks": int(judged.sum()),
        "false_tracks": int(bad.sum()),
        "false_tracks_per_hour": float(bad.sum() / hours),
        "false_states_share": float(1.0 - states[:, 1].sum() / states[:, 0].sum())
        if states[:, 0].sum()
        else None,
        "purity": float(np.nansum(pure * weight) / weight.sum()) if weight.sum() else None,
        "initiation_delay_s": size(delays_s(truth, paths[1], counts, instants)),
        "track_life_s": size(life.astype(np.float64)),
    }


def latency(tracks: Paths, row: NDArray[np.int64]) -> dict[str, Any] | None:
    """Seconds from the last measurement to the time the state is valid at, of judged rows."""
    if not tracks.tells_updates:
        return None
    known = tracks.last_plot_ns[row] >= 0
    age = (tracks.time_ns[row[known]] - tracks.last_plot_ns[row[known]]) / SECOND_NS
    found = size(age)
    if found is None:
        return None
    return {**found, "median": float(np.median(age)),
            "coasting_share": float(tracks.coasting[row].mean())}  # fmt: skip


def target_rows(
    truth: Standing,
    paths: Paths,
    counts: Counts,
    instants: Instants,
    horizontal_m: tuple[NDArray[np.int64], Floats],
) -> list[dict[str, Any]]:
    """A row of figures per target; ``horizontal_m``: truth states and errors of judged pairs."""
    state, error = horizontal_m
    target = truth.path[state]
    order = np.argsort(target, kind="stable")
    bounds = np.searchsorted(target[order], np.arange(paths.paths + 1))
    delay = delays_s(truth, paths, counts, instants)
    rows = []
    for k in range(paths.paths):
        own = error[order[bounds[k] : bounds[k + 1]]]
        code = paths.mode_s[paths.first[k] : paths.first[k + 1]]
        code = code[code >= 0]
        owed = int(counts[k, OWED])
        rows.append(
            {
                "target": int(paths.name[k]),
                "mode_s": f"{int(code[0]):06X}" if len(code) else None,
                "owed_s": owed * instants.step_s,
                "completeness": float(counts[k, HELD] / owed) if owed else None,
                "breaks": int(counts[k, BREAKS]),
                "switches": int(counts[k, SWITCHES]),
                "longest_gap_s": float(counts[k, MISSED_RUN] * instants.step_s),
                "delay_s": None if np.isnan(delay[k]) else float(delay[k]),
                "horizontal_m": size(own),
            }
        )
    return rows
