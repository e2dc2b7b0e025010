"""The instants at which tracks are held against truth, and both as they stand then.

In: paths of tracks and truth. Out: :class:`Standing` states at common instants: truth by cubic
Hermite interpolation, never across a gap; tracks as the table gives them if it keeps a common
rhythm, else (asynchronous reports) the latest report moved along its velocity.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skypact.evaluation.paths import Floats, Paths
from skypact.kernels.evaluation_paths import (
    group_rows,
    interpolate_rows,
    predict_rows,
    rows_before,
    surface_points,
)
from skypact.model.errors import BadTable, UsageError
from skypact.model.time import MILLISECOND_NS, SECOND_NS, to_iso

IMPOSSIBLE_SPEED_MPS = 1_000.0
"""Truth that would have to fly faster between two rows is two things of one name: a gap."""

INSTANTS_AT_MOST = 1_000_000
STATES_AT_MOST = 200_000_000
NEVER_NS = 2**62
HOLD_STEPS = 2.5
"""An asynchronous report stands for so many of the usual intervals."""


@dataclass(frozen=True, slots=True)
class Instants:
    """Instants ``start_ns + k * step_ns`` for k below ``count``.

    ``common`` says whether the tracks keep this rhythm themselves; ``hold_ns`` how long a report
    stands if not.
    """

    start_ns: int
    step_ns: int
    count: int
    common: bool
    hold_ns: int

    @property
    def step_s(self) -> float:
        """Seconds between instants."""
        return self.step_ns / SECOND_NS

    def times_ns(self, instant: NDArray[np.int32]) -> NDArray[np.int64]:
        """UTC nanoseconds of instants by their number."""
        return self.start_ns + instant.astype(np.int64) * self.step_ns


@dataclass(frozen=True, slots=True)
class Standing:
    """States at instants, by path, then instant; arrays have shape (states,) unless said.

    Parameters
    ----------
    path, instant
        Index of the path and number of the instant, int32.
    row
        Row of the paths it came from (for truth: the row at or before).
    owed
        Truth only: a track is owed (covered for the settling time); tracks: True.
    state
        Latitude, longitude (rad), altitude (m), velocity east, north, up (m/s); (6, states).
    points
        Foot point on the ellipsoid in ECEF, and height; metres, shape (states, 4).
    first
        First state of each path, int64, shape (paths + 1,).
    instant_first, by_instant
        States ordered by instant: first of each, (instants + 1,), and their indices, (states,).
    """

    path: NDArray[np.int32]
    instant: NDArray[np.int32]
    row: NDArray[np.int64]
    owed: NDArray[np.bool_]
    state: Floats
    points: Floats
    first: NDArray[np.int64]
    instant_first: NDArray[np.int64]
    by_instant: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.path)


def choose_instants(
    tracks: Paths, truth: Paths, *, period_s: float | None, span_ns: tuple[int, int]
) -> Instants:
    """Instants within the truth's span (cut to ``span_ns``), in the tracks' own rhythm.

    Raises
    ------
    BadTable
        If tracks and truth do not overlap in time, or the span is absurdly long.
    """
    if len(truth) == 0:
        raise BadTable("there is no usable row of truth")
    low = max(int(truth.time_ns.min()), span_ns[0])
    high = min(int(truth.time_ns.max()), span_ns[1])
    if len(tracks) and (tracks.time_ns.max() < low or tracks.time_ns.min() > high):
        raise BadTable(
            f"tracks ({to_iso(int(tracks.time_ns.min()))} to {to_iso(int(tracks.time_ns.max()))})"
            f" and truth ({to_iso(low)} to {to_iso(max(low, high))}) do not overlap in time",
            remedy="Check the dates of both recordings (skypact decode --date)",
        )
    own = tracks if len(tracks) > tracks.paths else truth
    steps = np.diff(own.time_ns)[own.same_path()]
    native = int(np.median(steps)) if len(steps) else SECOND_NS
    native = max(MILLISECOND_NS, round(native / MILLISECOND_NS) * MILLISECOND_NS)
    phase = int(own.time_ns[0]) % native
    common = own is tracks and bool(np.all((tracks.time_ns - phase) % native == 0))
    step = native if common else max(SECOND_NS, -(-native // SECOND_NS) * SECOND_NS)
    if period_s is not None:
        step = round(period_s * SECOND_NS)
        common = common and step % native == 0
    phase = phase if common else 0
    start = phase - (phase - low) // step * step
    count = max(0, (high - start) // step + 1)
    if count > INSTANTS_AT_MOST or count * max(truth.paths, 1) > 50 * STATES_AT_MOST:
        raise BadTable(
            f"truth spans {(high - low) / SECOND_NS / 3600:.0f} hours: {count} instants",
            remedy="Cut with --from and --to, or choose a longer --period",
        )
    return Instants(start, step, count, common, round(max(HOLD_STEPS * native, step)))


def joined_rows(truth: Paths, gap_s: float) -> NDArray[np.bool_]:
    """Whether one may interpolate from each row to the next; shape (rows,)."""
    joined = np.zeros(len(truth), np.bool_)
    if len(truth) < 2:
        return joined
    step_ns = np.diff(truth.time_ns)
    joined[:-1] = truth.same_path() & (step_ns <= round(gap_s * SECOND_NS))
    points = np.empty((len(truth), 4))
    surface_points(truth.latitude_rad, truth.longitude_rad, truth.altitude_m, points)
    way = np.sqrt(((points[1:, :3] - points[:-1, :3]) ** 2).sum(axis=1))
    joined[:-1] &= way <= IMPOSSIBLE_SPEED_MPS * step_ns / SECOND_NS + 100.0
    return joined


def covered_since(truth: Paths, joined: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Since when each row's path has been covered without a break, (rows,); NEVER_NS: it is not."""
    before = np.r_[False, joined[:-1] & truth.covered[:-1]][: len(truth)]
    begins = truth.covered & ~before
    at = np.maximum.accumulate(np.where(begins, np.arange(len(truth)), 0))
    return np.where(truth.covered, truth.time_ns[at], NEVER_NS)


def _questions(
    paths: Paths, instants: Instants, reach_ns: int
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int64]]:
    """Every path and instant from its first row to ``reach_ns`` after its last."""
    opens, ends = paths.time_ns[paths.first[:-1]], paths.time_ns[paths.first[1:] - 1] + reach_ns
    low = np.maximum(0, -((instants.start_ns - opens) // instants.step_ns))
    high = np.minimum(instants.count - 1, (ends - instants.start_ns) // instants.step_ns)
    many = np.maximum(0, high - low + 1)
    if int(many.sum()) > STATES_AT_MOST:
        raise UsageError(
            f"{int(many.sum())} states are more than one run can judge",
            remedy="Choose a longer --period, or cut with --from and --to",
        )
    path = np.repeat(np.arange(paths.paths, dtype=np.int32), many)
    starts = np.cumsum(many) - many
    instant = np.arange(len(path)) - np.repeat(starts - low, many)
    row = np.empty(len(path), np.int64)
    instant = instant.astype(np.int32)
    rows_before(paths.first, paths.time_ns, path, instants.times_ns(instant), row)
    return path, instant, row


def _kinematics(paths: Paths) -> tuple[Floats, Floats, Floats, Floats, Floats, Floats]:
    return (paths.latitude_rad, paths.longitude_rad, paths.altitude_m, paths.east_mps,
            paths.north_mps, paths.up_mps)  # fmt: skip


def _standing(
    paths: Paths,
    instants: Instants,
    chosen: tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int64]],
    owed: NDArray[np.bool_],
    state: Floats,
) -> Standing:
    path, instant, row = chosen
    points = np.empty((len(path), 4))
    surface_points(state[0], state[1], state[2], points)
    first = np.concatenate([[0], np.cumsum(np.bincount(path, minlength=paths.paths))])
    instant_first = np.empty(instants.count + 1, np.int64)
    by_instant = np.empty(len(path), np.int64)
    group_rows(instant, instant_first, by_instant)
    return Standing(path, instant, row, owed, state, points, first.astype(np.int64),
                    instant_first, by_instant)  # fmt: skip


def truth_at(truth: Paths, instants: Instants, *, gap_s: float, settle_s: float) -> Standing:
    """Truth at the instants; owed where covered for ``settle_s`` seconds."""
    joined = joined_rows(truth, gap_s)
    since = covered_since(truth, joined)
    path, instant, row = _questions(truth, instants, 0)
    at_ns = instants.times_ns(instant)
    exact = truth.time_ns[row] == at_ns
    keep = exact | joined[row]
    path, instant, row, at_ns, exact = (x[keep] for x in (path, instant, row, at_ns, exact))
    state = np.empty((6, len(path)))
    interpolate_rows(row, at_ns, truth.time_ns, *_kinematics(truth), True, state)
    after = np.where(exact, row, row + 1)
    owed = (at_ns - since[row] >= round(settle_s * SECOND_NS)) & (since[after] <= since[row])
    return _standing(truth, instants, (path, instant, row), owed, state)


def tracks_at(tracks: Paths, instants: Instants) -> Standing:
    """Tracks at the instants: their own states, or reports moved along their velocity."""
    path, instant, row = _questions(tracks, instants, 0 if instants.common else instants.hold_ns)
    at_ns = instants.times_ns(instant)
    age_ns = at_ns - tracks.time_ns[row]
    still = tracks.moves or instants.common
    follower = np.minimum(row + 1, len(tracks) - 1)
    keep = age_ns == 0
    if not instants.common:
        keep = age_ns <= instants.hold_ns
        if not still:  # no velocity: only between two reports
            inside = np.r_[tracks.same_path(), False][row]
            apart = tracks.time_ns[follower] - tracks.time_ns[row]
            keep &= (age_ns == 0) | (inside & (apart <= instants.hold_ns))
    path, instant, row, at_ns = (x[keep] for x in (path, instant, row, at_ns))
    state = np.empty((6, len(path)))
    if still:
        predict_rows(row, at_ns, tracks.time_ns, *_kinematics(tracks), state)
    else:
        interpolate_rows(row, at_ns, tracks.time_ns, *_kinematics(tracks), False, state)
    owed = np.ones(len(path), np.bool_)
    return _standing(tracks, instants, (path, instant, row), owed, state)


def truth_at_reports(
    truth: Paths, path: NDArray[np.int32], at_ns: NDArray[np.int64], *, gap_s: float
) -> Floats:
    """Truth of ``path`` at any times ``at_ns``: (6, n), NaN where there is none."""
    row = np.empty(len(path), np.int64)
    rows_before(truth.first, truth.time_ns, path, at_ns, row)
    joined = joined_rows(truth, gap_s)
    there = row >= 0
    there[there] &= joined[row[there]] | (truth.time_ns[row[there]] == at_ns[there])
    state = np.full((6, len(path)), np.nan)
    found = np.empty((6, int(there.sum())))
    interpolate_rows(row[there], at_ns[there], truth.time_ns, *_kinematics(truth), True, found)
    state[:, there] = found
    return state
