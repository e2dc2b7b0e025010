"""One state per aircraft from the states that several stations tell of it.

In: states in groups and the stations each rests on. Out: one state a group, extrapolated to one
instant. Nothing is counted twice: see ``kernels.picture_fusion``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skypact.kernels import picture_fusion as kernels
from skypact.model.tracks import Tracks
from skypact.picture.settings import PictureSettings
from skypact.picture.states import NO_SHIFT, Shift, prepare

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Fused:
    """States at one instant, one a group; every array has shape (groups,) unless said.

    Parameters
    ----------
    latitude_rad, longitude_rad, altitude_m, pressure_altitude_m
        As in :class:`~skypact.model.tracks.Tracks`; NaN for a group without states.
    velocity_east_mps, velocity_north_mps, velocity_up_mps
        The same.
    covariance, horizontal_sigma_m
        The same; covariance has shape (groups, 10).
    contributors
        Bits of the stations that the state rests on, uint64.
    leader
        Row of the best state of the group, int64; -1 without any.
    used
        Whether a state went into its group's, bool (states,). What was not contradicts the best
        state or rests on what that rests on too.
    """

    latitude_rad: Floats
    longitude_rad: Floats
    altitude_m: Floats
    pressure_altitude_m: Floats
    velocity_east_mps: Floats
    velocity_north_mps: Floats
    velocity_up_mps: Floats
    covariance: Floats
    horizontal_sigma_m: Floats
    contributors: NDArray[np.uint64]
    leader: NDArray[np.int64]
    used: NDArray[np.bool_]


def fuse(
    states: Tracks,
    group: NDArray[np.int64],
    groups: int,
    contributors: NDArray[np.uint64],
    now_ns: int,
    settings: PictureSettings | None = None,
    *,
    shift: Shift | Floats = NO_SHIFT,
) -> Fused:
    """Fuse states.

    Parameters
    ----------
    states
        Of all stations, in an order that does not depend on their arrival: it decides between
        equals.
    group
        Of each state, 0 to ``groups - 1``; -1 leaves it out.
    groups
        How many there are.
    contributors
        Bits of the stations each state rests on, uint64; 0 where unknown, which makes its fusion
        more careful.
    now_ns
        The instant, int64 UTC nanoseconds.
    settings
        None: defaults.
    shift
        As in :func:`~skypact.picture.states.prepare`: one for all or (states, 5).
    """
    settings = settings or PictureSettings()
    ready = prepare(states, now_ns, settings, shift)
    order = np.argsort(group, kind="stable").astype(np.int64)
    order = order[group[order] >= 0].copy()
    first = np.searchsorted(group[order], np.arange(groups + 1)).astype(np.int64)
    out, covariance = np.empty((groups, 7)), np.empty((groups, 10))
    rests_on, used = np.empty(groups, np.uint64), np.empty(len(states), np.bool_)
    kernels.fuse_groups(
        order,
        first,
        ready.place,
        ready.spread,
        np.array(contributors, dtype=np.uint64),
        settings.law(),
        out,
        covariance,
        rests_on,
        used,
    )
    leader = np.full(groups, -1, np.int64)
    full = np.diff(first) > 0
    leader[full] = order[first[:-1][full]]
    columns = np.ascontiguousarray(out.T)
    return Fused(
        latitude_rad=columns[0],
        longitude_rad=columns[1],
        altitude_m=columns[2],
        pressure_altitude_m=columns[3],
        velocity_east_mps=columns[4],
        velocity_north_mps=columns[5],
        velocity_up_mps=columns[6],
        covariance=covariance,
        horizontal_sigma_m=np.sqrt(0.5 * (covariance[:, 0] + covariance[:, 4])),
        contributors=rests_on,
        leader=leader,
        used=used,
    )
