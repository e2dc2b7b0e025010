"""SIAP measures: how complete, unambiguous, accurate and steady the picture is.

In: truth and tracks at the instants. Out: the attribute measures of the Single Integrated Air
Picture System Engineering Task Force (technical reports 2001-001 to 2003-029; implementation
after Votruba et al., "SIAP Metrics Implementation", 29 October 2001). Unlike GOSPA several tracks
may belong to one truth. Agrees with Stone Soup's SIAPMetrics (tests/authorities).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from skypact.evaluation.instants import Instants, Standing
from skypact.evaluation.paths import Paths
from skypact.kernels.evaluation_assignment import nearest_truth
from skypact.kernels.evaluation_following import associate_tracks

Spans = NDArray[np.int64]
"""Rows of track, truth (indices of paths), first and last instant; shape (spans, 4)."""


def associate(
    tracks: Standing, truth: Standing, *, threshold_m: float, confirm: int, end: int
) -> Spans:
    """Spans in which a track belongs to a truth.

    A track belongs to the truth that is closest to it and within ``threshold_m`` horizontally,
    from ``confirm`` states on end, until it was not for ``end`` states on end.
    """
    ours = truth.points[truth.by_instant]
    theirs = tracks.points[tracks.by_instant]
    ours[:, 3] = 0.0
    theirs[:, 3] = 0.0
    closest = np.empty(len(tracks), np.int64)
    nearest_truth(
        ours, truth.instant_first, theirs, tracks.instant_first, float(threshold_m), closest
    )
    path = np.full(len(tracks), -1, np.int64)
    found = closest >= 0
    path[found] = truth.path[truth.by_instant[closest[found]]]
    nearest = np.empty(len(tracks), np.int64)
    nearest[tracks.by_instant] = path
    spans = np.empty((len(tracks) // max(confirm, 1) + len(tracks.first), 4), np.int64)
    made = associate_tracks(tracks.first, tracks.instant, nearest, confirm, end, spans)
    return spans[:made]


def _merged(spans: Spans) -> list[tuple[int, int, int]]:
    """Unions of the spans of each truth: truth, first, last."""
    order = np.lexsort((spans[:, 2], spans[:, 1]))
    merged: list[tuple[int, int, int]] = []
    for truth, low, high in spans[order][:, 1:].tolist():
        if merged and merged[-1][0] == truth and low <= merged[-1][2]:
            merged[-1] = (truth, merged[-1][1], max(high, merged[-1][2]))
        else:
            merged.append((truth, low, high))
    return merged


def _fewest(spans: list[tuple[int, int]]) -> int:
    """The least number of tracks that hold one truth as long as all together do."""
    needed, now = 0, -1
    while True:
        here = [high for low, high in spans if low <= now <= high]
        if here:
            needed += 1
            now = max(here) + 1
            continue
        later = [low for low, _ in spans if low > now]
        if not later:
            return needed
        now = min(later)


def _through(spans: list[tuple[int, int]], instants: int) -> NDArray[np.int64]:
    """How many of the spans run at each instant."""
    change = np.zeros(instants + 1, np.int64)
    for low, high in spans:
        change[low] += 1
        change[high + 1] -= 1
    return np.cumsum(change)[:instants]


def _members(tracks: Standing, truth: Standing, spans: Spans, instants: int) -> tuple[Any, Any]:
    """Track states within spans, with the truth's state at the same instant."""
    parts, whose = [], []
    for track, target, low, high in spans.tolist():
        first, last = tracks.first[track], tracks.first[track + 1]
        own = tracks.instant[first:last]
        rows = np.arange(
            first + np.searchsorted(own, low), first + np.searchsorted(own, high, "right")
        )
        parts.append(rows)
        whose.append(np.full(len(rows), target))
    if not parts:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    state, target = np.concatenate(parts), np.concatenate(whose)
    key = truth.path.astype(np.int64) * instants + truth.instant
    asked = target * instants + tracks.instant[state]
    at = np.minimum(np.searchsorted(key, asked), len(key) - 1)
    there = key[at] == asked
    return state[there], at[there]


def siap(
    standing: tuple[Standing, Standing],
    paths: tuple[Paths, Paths],
    spans: Spans,
    instants: Instants,
    warm: int = 0,
) -> dict[str, Any]:
    """The measures from instant ``warm`` on; ``standing`` and ``paths`` are (tracks, truth)."""
    tracks, truth = standing
    number = instants.count
    spans = spans[spans[:, 3] >= warm]
    spans[:, 2] = np.maximum(spans[:, 2], warm)
    by_truth: dict[int, list[tuple[int, int]]] = {}
    for _, target, low, high in spans.tolist():
        by_truth.setdefault(target, []).append((low, high))
    merged = _merged(spans)
    objects = int((truth.instant >= warm).sum())
    shown = int((tracks.instant >= warm).sum())
    held = int(_through([(low, high) for _, low, high in merged], number).sum())
    assigned = int(_through([(low, high) for _, _, low, high in spans.tolist()], number).sum())
    state, true = _members(tracks, truth, spans, number)
    away = tracks.points[state, :3] - truth.points[true, :3]
    drift = tracks.state[3:5, state] - truth.state[3:5, true]
    speed = np.sqrt((drift * drift).sum(axis=0))
    speed = speed[np.isfinite(speed)]
    tracked_s = sum(high - low for _, low, high in merged) * instants.step_s
    changes = sum(_fewest(own) - 1 for own in by_truth.values())
    together: dict[tuple[int, int], int] = {}  # how long one track was on one truth in all
    for track, target, low, high in spans.tolist():
        together[target, track] = together.get((target, track), 0) + high - low
    most: dict[int, int] = {}
    for (target, _), span in together.items():
        most[target] = max(most.get(target, 0), span)
    longest = sum(most.values())
    begun = np.flatnonzero(np.diff(truth.first) > 0)
    ends = truth.instant[truth.first[begun + 1] - 1].astype(np.int64)
    opens = np.maximum(truth.instant[truth.first[begun]], warm)
    life = int(np.maximum(ends - opens, 0).sum())
    return {
        "completeness": held / objects if objects else None,
        "ambiguity": assigned / held if held else None,
        "spuriousness": (shown - assigned) / shown if shown else None,
        "positional_accuracy_m": float(np.sqrt((away * away).sum(axis=1)).sum() / assigned)
        if assigned
        else None,
        "velocity_accuracy_mps": float(speed.mean()) if len(speed) else None,
        "track_number_changes_per_hour": 3600.0 * changes / tracked_s if tracked_s else None,
        "longest_track_segment": longest / life if life else None,
        **_identity(paths, standing, state, true, held),
    }


def _identity(
    paths: tuple[Paths, Paths],
    standing: tuple[Standing, Standing],
    state: NDArray[np.int64],
    true: NDArray[np.int64],
    held: int,
) -> dict[str, Any]:
    """Identity measures by 24-bit address, else Mode 3/A; empty where the truth has neither."""
    tracks, truth = paths
    for kind in ("mode_s", "mode_3a"):
        told = getattr(truth, kind)
        if (told >= 0).any():
            break
    else:
        return {"id_by": None, "id_completeness": None, "id_correctness": None,
                "id_ambiguity": None}  # fmt: skip
    shown = getattr(tracks, kind)[standing[0].row[state]]
    right = told[standing[1].row[true]]
    size = len(standing[1])
    whole = np.bincount(true, minlength=size)
    none = np.bincount(true[shown < 0], minlength=size)
    correct = np.bincount(true[(shown == right) & (shown >= 0)], minlength=size)
    here = whole > 0
    unknown = int((here & (none == whole)).sum())
    good = int((here & (correct == whole)).sum())
    wrong = int((here & (correct == 0) & (none == 0)).sum())
    return {
        "id_by": kind,
        "id_completeness": (held - unknown) / held if held else None,
        "id_correctness": good / held if held else None,
        "id_ambiguity": (held - unknown - good - wrong) / held if held else None,
    }
