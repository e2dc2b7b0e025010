"""How far tracks are off: position, speed, heading and height, by phase of flight.

In: pairs of truth and track. Out: errors per pair, and their size (mean, RMS, 95 %, 99 %, max).
A reported (asynchronous) state is held against the truth at its own time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skypact.evaluation.gospa import Pairs
from skypact.evaluation.instants import Instants, Standing, truth_at_reports
from skypact.evaluation.paths import Floats, Paths
from skypact.evaluation.phases import PHASES, in_phase
from skypact.kernels.evaluation_paths import split_errors, surface_points
from skypact.model.time import SECOND_NS

SLOW_MPS = 10.0
"""Below this ground speed a heading says nothing."""

QUANTITIES: dict[str, str] = {
    "horizontal_m": "horizontal position",
    "along_m": "along track",
    "across_m": "across track",
    "position_3d_m": "position, 3-D",
    "height_m": "height",
    "speed_mps": "ground speed",
    "heading_deg": "heading",
    "vertical_rate_mps": "vertical rate",
}


@dataclass(frozen=True, slots=True)
class Errors:
    """Track minus truth, one row per judged pair; arrays have shape (pairs,).

    Parameters
    ----------
    truth_state
        Index of the truth's state at the instant of the pair.
    track_row
        Row of the track table that is judged.
    value
        By name of ``QUANTITIES``: errors, NaN where either side does not tell. Horizontal and
        3-D position are distances, the others signed.
    phase
        Bits of the truth's phase of flight.
    speed_mps
        The truth's ground speed.
    """

    truth_state: NDArray[np.int64]
    track_row: NDArray[np.int64]
    value: dict[str, Floats]
    phase: NDArray[np.uint8]
    speed_mps: Floats

    def __len__(self) -> int:
        return len(self.truth_state)


def judged_pairs(truth: Standing, pairs: Pairs, warm: int) -> NDArray[np.int64]:
    """Truth states that are owed, held, and at or after instant ``warm``."""
    return np.flatnonzero(truth.owed & (pairs.track_of >= 0) & (truth.instant >= warm))


def errors_of(
    truth: Standing,
    tracks: Standing,
    pairs: Pairs,
    *,
    phase: NDArray[np.uint8],
    warm: int,
    moves: bool,
) -> Errors:
    """Errors at the instants. ``moves``: the truth tells velocities itself, so they are judged."""
    ours = judged_pairs(truth, pairs, warm)
    theirs = pairs.track_of[ours]
    states = truth.state[:, ours], tracks.state[:, theirs]
    points = truth.points[ours], tracks.points[theirs]
    return _errors(ours, tracks.row[theirs], states, points, phase[ours], moves)


def errors_of_reports(
    paths: tuple[Paths, Paths],
    standing: tuple[Standing, Standing],
    pairs: Pairs,
    instants: Instants,
    *,
    phase: NDArray[np.uint8],
    warm: int,
    gap_s: float,
) -> Errors:
    """Errors of all reports at their own times; ``paths``, ``standing``: (tracks, truth).

    A report belongs to the truth that its track is paired with at the next instant.
    """
    (tracks, truth), (track_states, truth_states) = paths, standing
    row = np.arange(len(tracks))
    after = -((instants.start_ns - tracks.time_ns) // instants.step_ns)
    key = track_states.path.astype(np.int64) * instants.count + track_states.instant
    asked = tracks.path_of_rows().astype(np.int64) * instants.count + after
    at = np.minimum(np.searchsorted(key, asked), max(len(key) - 1, 0))
    known = (after >= warm) & (after < instants.count)
    known &= key[at] == asked if len(key) else False
    row, ours = row[known], pairs.truth_of[at[known]]
    judged = ours >= 0
    judged[judged] &= truth_states.owed[ours[judged]]
    row, ours = row[judged], ours[judged]
    state = truth_at_reports(truth, truth_states.path[ours], tracks.time_ns[row], gap_s=gap_s)
    there = np.isfinite(state[0])
    ours, row = ours[there], row[there]
    state = np.ascontiguousarray(state[:, there])
    if not truth.moves:
        state[3:5] = truth_states.state[3:5, ours]
    shown = np.stack([tracks.latitude_rad[row], tracks.longitude_rad[row], tracks.altitude_m[row],
                      tracks.east_mps[row], tracks.north_mps[row], tracks.up_mps[row]])  # fmt: skip
    points = np.empty((len(ours), 4)), np.empty((len(ours), 4))
    surface_points(state[0], state[1], state[2], points[0])
    surface_points(shown[0], shown[1], shown[2], points[1])
    return _errors(ours, row, (state, shown), points, phase[ours], truth.moves)


def _errors(
    ours: NDArray[np.int64],
    rows: NDArray[np.int64],
    states: tuple[Floats, Floats],
    points: tuple[Floats, Floats],
    phase: NDArray[np.uint8],
    moves: bool,
) -> Errors:
    true, shown = states
    true_points, points_shown = (np.ascontiguousarray(p) for p in points)
    along, across = np.empty(len(ours)), np.empty(len(ours))
    split_errors(
        np.ascontiguousarray(true[0]), np.ascontiguousarray(true[1]), true_points, points_shown,
        np.ascontiguousarray(true[3]), np.ascontiguousarray(true[4]), along, across,
    )  # fmt: skip
    away = points_shown[:, :3] - true_points[:, :3]
    horizontal = np.sqrt((away * away).sum(axis=1))
    height = shown[2] - true[2]
    speed = np.hypot(true[3], true[4])
    none = np.full(len(ours), np.nan)
    value = {"horizontal_m": horizontal, "along_m": along, "across_m": across,
             "position_3d_m": np.hypot(horizontal, height), "height_m": height}  # fmt: skip
    if moves:
        turned = np.degrees(np.arctan2(shown[3], shown[4]) - np.arctan2(true[3], true[4]))
        turned = np.mod(turned + 180.0, 360.0) - 180.0
        value["speed_mps"] = np.hypot(shown[3], shown[4]) - speed
        with np.errstate(invalid="ignore"):
            value["heading_deg"] = np.where(speed >= SLOW_MPS, turned, np.nan)
        value["vertical_rate_mps"] = shown[5] - true[5]
    else:
        value |= {"speed_mps": none, "heading_deg": none, "vertical_rate_mps": none}
    return Errors(ours, rows, value, phase, speed)


def size(values: Floats) -> dict[str, float | int] | None:
    """Count, mean, RMS, and 95 %, 99 % and largest size; None without values."""
    known = values[np.isfinite(values)]
    if len(known) == 0:
        return None
    large = np.abs(known)
    # partition instead of sorting: linear in the number of pairs
    p95, p99 = np.percentile(large, [95.0, 99.0])
    return {
        "n": len(known),
        "mean": float(known.mean()),
        "rms": float(np.sqrt(np.mean(known * known))),
        "p95": float(p95),
        "p99": float(p99),
        "max": float(large.max()),
    }


def accuracy(errors: Errors) -> dict[str, dict[str, Any]]:
    """Sizes of every quantity by phase of flight: ``[phase][quantity]``."""
    table: dict[str, dict[str, Any]] = {}
    for name in PHASES:
        rows = in_phase(errors.phase, name)
        table[name] = {
            quantity: size(values if name == "all" else values[rows])
            for quantity, values in errors.value.items()
        }
    return table


def time_offset_s(errors: Errors) -> float | None:
    """By how much tracks run ahead of their time stamps: along-track error over ground speed.

    The least-squares slope of the along-track error on the speed; negative: they lag.
    """
    along, speed = errors.value["along_m"], errors.speed_mps
    known = np.isfinite(along) & np.isfinite(speed)
    square = float((speed[known] ** 2).sum())
    return float((along[known] * speed[known]).sum() / square) if square > 0 else None


def over_floor(
    errors: Errors,
    truth: Standing,
    names: NDArray[np.int64],
    instants: Instants,
    floor: dict[str, NDArray[Any]],
    zero_ns: int,
) -> dict[str, float | int | None]:
    """RMSE over the Cramer-Rao floor.

    Parameters
    ----------
    errors, truth, names, instants
        Judged pairs, the truth's states, target numbers, instants.
    floor
        ``floor_id`` (target), ``floor_time`` (s) and ``floor_rms`` (m), each (rows,).
    zero_ns
        What time 0 of the floor is.
    """
    step = instants.step_ns
    when = zero_ns + np.round(floor["floor_time"] * SECOND_NS).astype(np.int64)
    index = (when - instants.start_ns) // step
    path = np.searchsorted(names, floor["floor_id"])
    path = np.minimum(path, len(names) - 1)
    fits = (names[path] == floor["floor_id"]) & ((when - instants.start_ns) % step == 0)
    fits &= (index >= 0) & (index < instants.count) & np.isfinite(floor["floor_rms"])
    key = path[fits].astype(np.int64) * instants.count + index[fits]
    order = np.argsort(key, kind="stable")
    key, value = key[order], floor["floor_rms"][fits][order]
    own = errors.truth_state
    asked = truth.path[own].astype(np.int64) * instants.count + truth.instant[own]
    at = np.minimum(np.searchsorted(key, asked), max(len(key) - 1, 0))
    found = key[at] == asked if len(key) else np.zeros(len(asked), np.bool_)
    if not found.any():
        return {"n": 0, "floor_rms_m": None, "ratio": None, "ratio_without_gross": None}
    square = errors.value["horizontal_m"][found] ** 2
    least = value[at[found]]
    near = square < (5.0 * np.maximum(least, 1.0)) ** 2
    floor_rms = float(np.sqrt((least**2).mean()))
    return {
        "n": int(found.sum()),
        "floor_rms_m": floor_rms,
        "ratio": float(np.sqrt(square.mean()) / floor_rms),
        "ratio_without_gross": float(np.sqrt(square[near].mean() / (least[near] ** 2).mean()))
        if near.any()
        else None,
    }
