"""Who contributes to which tracks: common tracks present and missing, from the small filters.

In: the filters' witnesses. Out: per sensor, on how many tracks that others hold it is heard every
turn, and on how many it has fallen silent. A sensor that keeps sending but is missing everywhere
does not fit.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skypact.kernels import registration_arrays as names
from skypact.kernels.tracking_arrays import ORIGIN

SLACK_S = 4.0
"""Added to the turns, for latency and for periods that end between two plots."""

FLYING_MPS = 40.0
MISSED_S = 60.0
"""A sensor's absence from a track counts for so long; then the aircraft has left its coverage."""


@dataclass(frozen=True, slots=True)
class Contributions:
    """Counts of tracks; each int64, shape (registered,).

    Parameters
    ----------
    present, missing
        Tracks that another sensor holds now, on which the sensor is heard, or was until lately.
    alone
        Tracks that only this sensor holds.
    moving
        Tracks that fly and that it took part in, lately or now.
    """

    present: NDArray[np.int64]
    missing: NDArray[np.int64]
    alone: NDArray[np.int64]
    moving: NDArray[np.int64]


def hearing(
    followed: names.Followed, rotation_s: NDArray[np.float64], turns: float, now_ns: int
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which witnesses are heard now, and which fell silent lately; bool (capacity, witnesses)."""
    witness = followed.witness[:, 1:]
    alive = (followed.stamp_ns >= 0)[:, None] & (witness >= 0)
    limit_s = turns * rotation_s[np.where(alive, witness, 0)] + SLACK_S
    age_s = (now_ns - followed.heard_ns[:, 1:]) * 1e-9
    return alive & (age_s <= limit_s), alive & (age_s > limit_s) & (age_s <= limit_s + MISSED_S)


def contributions(
    followed: names.Followed, rotation_s: NDArray[np.float64], turns: float, now_ns: int
) -> Contributions:
    """Count the tracks of each sensor."""
    count = len(rotation_s)
    if count == 0:
        none = np.zeros(0, np.int64)
        return Contributions(none, none, none, none)
    witness = followed.witness[:, 1:]
    heard, silent = hearing(followed, rotation_s, turns, now_ns)
    others = heard.sum(axis=1)[:, None] - heard > 0

    def tally(flags: NDArray[np.bool_]) -> NDArray[np.int64]:
        return np.bincount(witness[flags], minlength=count)

    speed = np.hypot(followed.x[:, 2], followed.x[:, 3])
    flies = (followed.stamp_ns >= 0) & (speed > FLYING_MPS)
    return Contributions(
        tally(heard & others),
        tally(silent & others),
        tally(heard & ~others),
        tally(flies[:, None] & (witness >= 0)),
    )


def held_by_others(
    followed: names.Followed,
    rotation_s: NDArray[np.float64],
    turns: float,
    now_ns: int,
    sensor: int,
    reach: tuple[NDArray[np.float64], float],
) -> NDArray[np.int64]:
    """Slots of tracks that sensors other than this one hold now, within ``reach``.

    ``reach`` is an ECEF place and a distance, metres.
    """
    heard, _ = hearing(followed, rotation_s, turns, now_ns)
    others = (heard & (followed.witness[:, 1:] != sensor)).any(axis=1)
    slot = np.flatnonzero(others)
    away = followed.frame[slot, ORIGIN : ORIGIN + 3] - reach[0]
    near = np.einsum("ij,ij->i", away, away) <= reach[1] ** 2
    return np.asarray(slot[near])
