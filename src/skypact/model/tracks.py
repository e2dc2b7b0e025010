"""System tracks as shown and passed on: one row per track and output time, struct of arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

TRACK_COLUMNS: dict[str, str] = {
    "track": "int64",
    "measured_ns": "int64",
    "latitude_rad": "float64",
    "longitude_rad": "float64",
    "altitude_m": "float64",
    "pressure_altitude_m": "float64",
    "velocity_east_mps": "float64",
    "velocity_north_mps": "float64",
    "velocity_up_mps": "float64",
    "horizontal_sigma_m": "float64",
    "confirmed": "bool",
    "coasting": "bool",
    "last_plot_ns": "int64",
    "mode_3a": "int32",
    "mode_s": "int32",
    "callsign": "S8",
    "sensors": "uint64",
    "covariance": "float64",
}

COVARIANCE = 10
"""Numbers in a row of ``covariance``: the upper triangle of a 4 x 4 matrix, row-major."""


@dataclass(frozen=True, slots=True)
class Tracks:
    """A batch of track states; every array has shape (tracks,) unless said.

    Parameters
    ----------
    track
        Track number, unique for the life of the node's number store.
    measured_ns
        Time the state is valid at; int64 UTC nanoseconds.
    latitude_rad, longitude_rad, altitude_m
        WGS-84 position; ``altitude_m`` is geometric, NaN where nothing tells it.
    pressure_altitude_m
        Last Mode C height, NaN where none.
    velocity_east_mps, velocity_north_mps, velocity_up_mps
        In the local level frame at the position; ``up`` is NaN where nothing tells it.
    horizontal_sigma_m
        Root of the mean of the two horizontal variances.
    confirmed
        Whether the track is shown as an aircraft rather than tentative.
    coasting
        Whether it missed its last expected updates and is extrapolated.
    last_plot_ns
        Measurement time of the last plot used.
    mode_3a, mode_s, callsign
        Last believed codes, -1 or empty where none.
    sensors
        Bits of the sensors that contributed lately, uint64, shape (tracks, words); bit ``k``
        of word ``w`` is sensor ``64 w + k`` of the node's sensor table.
    covariance
        Of (east, north, velocity east, velocity north) in m and m/s, upper triangle row-major,
        shape (tracks, 10); NaN where unknown: then ``horizontal_sigma_m`` is all that is known.
    """

    track: NDArray[np.int64]
    measured_ns: NDArray[np.int64]
    latitude_rad: NDArray[np.float64]
    longitude_rad: NDArray[np.float64]
    altitude_m: NDArray[np.float64]
    pressure_altitude_m: NDArray[np.float64]
    velocity_east_mps: NDArray[np.float64]
    velocity_north_mps: NDArray[np.float64]
    velocity_up_mps: NDArray[np.float64]
    horizontal_sigma_m: NDArray[np.float64]
    confirmed: NDArray[np.bool_]
    coasting: NDArray[np.bool_]
    last_plot_ns: NDArray[np.int64]
    mode_3a: NDArray[np.int32]
    mode_s: NDArray[np.int32]
    callsign: NDArray[np.bytes_]
    sensors: NDArray[np.uint64]
    covariance: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.track)

    @classmethod
    def empty(cls, sensor_words: int = 1) -> Tracks:
        """No tracks, for a table of up to ``64 * sensor_words`` sensors."""
        arrays: dict[str, NDArray[Any]] = {
            name: np.empty(0, dtype=dtype) for name, dtype in TRACK_COLUMNS.items()
        }
        arrays["sensors"] = np.empty((0, sensor_words), dtype=np.uint64)
        arrays["covariance"] = np.empty((0, COVARIANCE))
        return cls(**arrays)

    def take(self, index: NDArray[Any] | slice) -> Tracks:
        """Rows by index array, mask or slice."""
        return Tracks(**{name: getattr(self, name)[index] for name in TRACK_COLUMNS})

    @staticmethod
    def join(batches: Sequence[Tracks]) -> Tracks:
        """Batches end to end (at least one)."""
        if len(batches) == 1:
            return batches[0]
        return Tracks(
            **{name: np.concatenate([getattr(b, name) for b in batches]) for name in TRACK_COLUMNS}
        )


def sensor_words(sensor_count: int) -> int:
    """Number of 64-bit words that hold one bit for each sensor."""
    return max(1, -(-sensor_count // 64))


assert [field.name for field in fields(Tracks)] == list(TRACK_COLUMNS)
