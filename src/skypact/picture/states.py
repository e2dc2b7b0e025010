"""Tracks made ready for the kernels: carried to one instant, bias removed, codes as numbers.

In: :class:`~skypact.model.tracks.Tracks` of any station. Out: arrays of prepared states, see
``kernels.picture_arrays``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from skypact.kernels import picture_states as kernels
from skypact.kernels.picture_arrays import PLACE
from skypact.model.tracks import Tracks
from skypact.picture.settings import PictureSettings

Floats = NDArray[np.float64]


class Shift(NamedTuple):
    """What is to be added to the states of a station, and how sure that is.

    Metres east and north with the standard deviation of either; seconds that its states are older
    than they say, with the standard deviation.
    """

    east_m: float = 0.0
    north_m: float = 0.0
    sigma_m: float = 0.0
    time_s: float = 0.0
    time_sigma_s: float = 0.0


NO_SHIFT = Shift()


@dataclass(frozen=True, slots=True)
class Prepared:
    """States at one instant: ``place`` (n, PLACE) and ``spread`` (n, 4, 4), float64."""

    place: Floats
    spread: Floats


def prepare(
    tracks: Tracks,
    now_ns: int,
    settings: PictureSettings,
    shift: Shift | Floats = NO_SHIFT,
) -> Prepared:
    """Carry states to an instant.

    Parameters
    ----------
    tracks
        The states.
    now_ns
        The instant, int64 UTC nanoseconds.
    settings
        Motion noise and floors.
    shift
        What to add to the states: one for all, or an array (tracks, 5) with the columns of
        :class:`Shift`.
    """
    count = len(tracks)
    state = np.empty((count, 7))
    for column, name in enumerate(
        (
            "latitude_rad",
            "longitude_rad",
            "altitude_m",
            "pressure_altitude_m",
            "velocity_east_mps",
            "velocity_north_mps",
            "velocity_up_mps",
        )
    ):
        state[:, column] = getattr(tracks, name)
    shifts = np.empty((count, len(NO_SHIFT)))
    shifts[:] = shift
    place, spread = np.empty((count, PLACE)), np.empty((count, 4, 4))
    kernels.prepare(
        state,
        np.ascontiguousarray(tracks.measured_ns, dtype=np.int64).copy(),
        np.array(tracks.covariance, dtype=np.float64, order="C").reshape(count, 10),
        np.array(tracks.horizontal_sigma_m, dtype=np.float64),
        shifts,
        now_ns,
        settings.law(),
        place,
        spread,
        np.empty((4, 4)),
    )
    return Prepared(place, spread)


def codes(left: Tracks, right: Tracks) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Mode S, mode 3/A and the callsign's bytes as a number, -1 where none: (rows, 3) each."""
    return _codes_of(left), _codes_of(right)


def _codes_of(tracks: Tracks) -> NDArray[np.int64]:
    letters = np.array(tracks.callsign, dtype="S8", order="C").view(np.uint8).reshape(-1, 8)
    # some pad callsigns with spaces, others with nothing
    letters = np.where(letters == ord(" "), np.uint8(0), letters & np.uint8(0x7F))
    called = np.ascontiguousarray(letters).view("<i8").reshape(-1)
    table = np.empty((len(tracks), 3), np.int64)
    table[:, 0], table[:, 1] = tracks.mode_s, tracks.mode_3a
    table[:, 2] = np.where(called == 0, -1, called)
    return table
