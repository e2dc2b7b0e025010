"""Coarse and late states: shown apart unless a track that we know better explains them.

In: blurred rows and the tracks of the picture. Out: which of them to show. They are never paired
and never fused: a cell of some kilometres and minutes ago says too little about which aircraft.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from skypact.geodesy import geodetic_to_ecef
from skypact.model.time import SECOND_NS
from skypact.model.tracks import Tracks

NEAR_M = 1_000.0
"""Allowance for an aircraft at the edge of its cell."""

TURN = 0.15
"""Share of its way since that an aircraft may have strayed from a straight flight back."""

FARTHEST_M = 40_000.0
LONGEST_S = 900.0
"""Beyond a quarter of an hour nobody can tell where an aircraft was."""


def explained(blurred: Tracks, known: Tracks, now_ns: int) -> NDArray[np.bool_]:
    """Whether each blurred state may be of one of the known tracks; shape (blurred,).

    The known tracks are carried back, straight, by the blurred states' median age.
    """
    found = np.zeros(len(blurred), np.bool_)
    if not len(blurred) or not len(known):
        return found
    age_s = np.clip((now_ns - blurred.measured_ns) / SECOND_NS, 0.0, LONGEST_S)
    back_s = float(np.median(age_s))
    axes = _carried_back(known, back_s)
    spots = np.stack(geodetic_to_ecef(blurred.latitude_rad, blurred.longitude_rad, 0.0), axis=1)
    speed_mps = np.hypot(
        np.nan_to_num(known.velocity_east_mps), np.nan_to_num(known.velocity_north_mps)
    )
    usual_mps = float(np.median(speed_mps))
    stray_m = usual_mps * (TURN * back_s + np.abs(age_s - back_s))
    sigma_m = np.nan_to_num(blurred.horizontal_sigma_m, nan=NEAR_M)
    reach_m = np.minimum(3.0 * sigma_m + NEAR_M + stray_m, FARTHEST_M)
    counts = cKDTree(axes).query_ball_point(spots, reach_m, return_length=True)
    return np.asarray(counts) > 0


def _carried_back(known: Tracks, back_s: float) -> NDArray[np.float64]:
    """Ground points (tracks, 3) in ECEF metres where straight flight puts the tracks before."""
    latitude, longitude = known.latitude_rad, known.longitude_rad
    east = np.stack([-np.sin(longitude), np.cos(longitude), np.zeros(len(known))], axis=1)
    north = np.stack(
        [
            -np.sin(latitude) * np.cos(longitude),
            -np.sin(latitude) * np.sin(longitude),
            np.cos(latitude),
        ],
        axis=1,
    )
    v_east = np.nan_to_num(known.velocity_east_mps)[:, None]
    v_north = np.nan_to_num(known.velocity_north_mps)[:, None]
    place = np.stack(geodetic_to_ecef(latitude, longitude, 0.0), axis=1)
    return np.asarray(place - back_s * (v_east * east + v_north * north))
