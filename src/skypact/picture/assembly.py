"""The joint picture's rows from grouped states: position, codes, times, marks.

In: the states of all stations in groups, fused states. Out: columns of
:class:`~skypact.model.joint.JointTracks`. A joint track that rests on our own track alone is that
track, bit for bit.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from skypact.model.tracks import TRACK_COLUMNS, Tracks
from skypact.picture.fusion import Fused
from skypact.picture.members import Members

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

PASSING = 1 << 31
"""Joint tracks that have neither a joint nor an own number go under minus this and their mark."""


def states_of(
    members: Members, seat: Ints, fused: Fused, told: Bools, now_ns: int, own_at_now: Bools
) -> Tracks:
    """States of joint tracks, still without their numbers.

    Parameters
    ----------
    members
        All states.
    seat
        Rows of each group's states by station, (groups, stations), -1 where none.
    fused
        The fused states, one a group.
    told
        Which states count (loop protection), bool (rows,).
    now_ns
        The instant of the fused states.
    own_at_now
        Which own tracks are valid at ``now_ns`` and may stand as they are, bool (own,).
    """
    tracks = members.tracks
    counted = np.where((seat >= 0) & told[seat], seat, -1)
    leader = np.where(fused.leader >= 0, fused.leader, seat.max(axis=1))
    columns: dict[str, NDArray[Any]] = {
        name: getattr(tracks, name)[leader] for name in TRACK_COLUMNS
    }
    for name in (
        "latitude_rad",
        "longitude_rad",
        "altitude_m",
        "pressure_altitude_m",
        "velocity_east_mps",
        "velocity_north_mps",
        "velocity_up_mps",
        "horizontal_sigma_m",
        "covariance",
    ):
        columns[name] = getattr(fused, name).copy()
    columns["measured_ns"] = np.full(len(seat), now_ns, np.int64)
    several = np.flatnonzero((counted >= 0).sum(axis=1) > 1)
    _complete(columns, tracks, counted, several)
    alone = seat[:, 0] >= 0
    alone[several] = False
    alone &= own_at_now[np.maximum(seat[:, 0], 0)] if len(own_at_now) else False
    for name, column in columns.items():
        column[alone] = getattr(tracks, name)[seat[alone, 0]]
    shown = np.flatnonzero(seat[:, 0] >= 0)
    columns["sensors"][:] = 0
    columns["sensors"][shown] = tracks.sensors[seat[shown, 0]]
    quiet = (tracks.coasting | ~members.fresh)[counted[several]] | (counted[several] < 0)
    columns["coasting"][several] = quiet.all(axis=1)
    lone = np.setdiff1d(np.flatnonzero(seat[:, 0] < 0), several)
    columns["coasting"][lone] |= ~members.fresh[leader[lone]]
    return Tracks(**columns)


def _complete(
    columns: dict[str, NDArray[Any]], tracks: Tracks, counted: Ints, several: Ints
) -> None:
    """Fill codes from the own state, then the leader's, then the others'; the last plot of all."""
    missing: dict[str, Any] = {"mode_3a": -1, "mode_s": -1, "callsign": b""}
    for station in range(counted.shape[1]):
        row = counted[several, station]
        there = row >= 0
        at, row = several[there], row[there]
        for name, none in missing.items():
            column, told = columns[name], getattr(tracks, name)[row]
            takes = (told != none) if station == 0 else (column[at] == none)
            column[at[takes]] = told[takes]
        for name in ("last_plot_ns", "confirmed"):
            columns[name][at] = np.maximum(columns[name][at], getattr(tracks, name)[row])


def numbers_shown(number: Ints, own_track: Ints, joint_id: Ints) -> Ints:
    """The joint number; where none, minus the own number; where none either, a passing one."""
    passing = -(PASSING + joint_id % (PASSING - 2))
    return np.where(number > 0, number, np.where(own_track >= 0, -own_track, passing))
