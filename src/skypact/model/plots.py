"""Plots: what sensors saw, one row each, as a struct of arrays.

The columns are those of the PLOTS.parquet contract in internal units. A plot carries range
and azimuth, or a position, or both; what it has not is NaN (floats) or -1 (codes).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

NO_CODE = -1
"""Value of ``mode_3a``, ``mode_s`` and ``source_track`` where the plot has none."""

PLOT_COLUMNS: dict[str, tuple[str, Any]] = {
    "sensor": ("int32", 0),
    "measured_ns": ("int64", 0),
    "received_ns": ("int64", 0),
    "range_m": ("float64", np.nan),
    "azimuth_rad": ("float64", np.nan),
    "elevation_rad": ("float64", np.nan),
    "pressure_altitude_m": ("float64", np.nan),
    "latitude_rad": ("float64", np.nan),
    "longitude_rad": ("float64", np.nan),
    "altitude_m": ("float64", np.nan),
    "horizontal_sigma_m": ("float64", np.nan),
    "velocity_east_mps": ("float64", np.nan),
    "velocity_north_mps": ("float64", np.nan),
    "velocity_up_mps": ("float64", np.nan),
    "mode_3a": ("int32", NO_CODE),
    "mode_s": ("int32", NO_CODE),
    "callsign": ("S8", b""),
    "source_track": ("int32", NO_CODE),
    "position": ("int64", -1),
}
"""Column name to (dtype, value meaning none)."""


@dataclass(frozen=True, slots=True)
class Plots:
    """A batch of plots; every array has shape (plots,).

    Parameters
    ----------
    sensor
        Index into the node's :class:`~skypact.model.sensors.SensorTable`.
    measured_ns, received_ns
        When the sensor measured and when the node received; int64 UTC nanoseconds.
    range_m, azimuth_rad, elevation_rad
        Slant range, azimuth from true north clockwise at the sensor, elevation above the
        sensor's horizon.
    pressure_altitude_m
        Mode C height above the 1013.25 hPa surface; never mixed with ``altitude_m``.
    latitude_rad, longitude_rad, altitude_m
        WGS-84 position and ellipsoidal height.
    horizontal_sigma_m
        Standard deviation per horizontal axis of the position, NaN: the sensor's own.
    velocity_east_mps, velocity_north_mps, velocity_up_mps
        Reported ground velocity.
    mode_3a, mode_s
        Mode 3/A code (0-4095) and 24-bit address, -1 none.
    callsign
        Up to eight ASCII characters, trailing blanks removed, dtype ``S8``.
    source_track
        Track number given by the sensor, -1 none.
    position
        Byte offset of the record in its source, for provenance.
    """

    sensor: NDArray[np.int32]
    measured_ns: NDArray[np.int64]
    received_ns: NDArray[np.int64]
    range_m: NDArray[np.float64]
    azimuth_rad: NDArray[np.float64]
    elevation_rad: NDArray[np.float64]
    pressure_altitude_m: NDArray[np.float64]
    latitude_rad: NDArray[np.float64]
    longitude_rad: NDArray[np.float64]
    altitude_m: NDArray[np.float64]
    horizontal_sigma_m: NDArray[np.float64]
    velocity_east_mps: NDArray[np.float64]
    velocity_north_mps: NDArray[np.float64]
    velocity_up_mps: NDArray[np.float64]
    mode_3a: NDArray[np.int32]
    mode_s: NDArray[np.int32]
    callsign: NDArray[np.bytes_]
    source_track: NDArray[np.int32]
    position: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.sensor)

    @classmethod
    def blank(cls, count: int, **columns: NDArray[Any]) -> Plots:
        """``count`` plots with every column at its none value, but for those given.

        Given columns are converted to the schema's dtype.
        """
        unknown = columns.keys() - PLOT_COLUMNS.keys()
        if unknown:
            raise ValueError(f"no such plot columns: {sorted(unknown)}")
        arrays: dict[str, NDArray[Any]] = {}
        for name, (dtype, none) in PLOT_COLUMNS.items():
            given = columns.get(name)
            if given is None:
                arrays[name] = np.full(count, none, dtype=dtype)
                continue
            arrays[name] = np.ascontiguousarray(given, dtype=dtype)
            if arrays[name].shape != (count,):
                raise ValueError(f"plot column {name} has shape {given.shape}, not ({count},)")
        return cls(**arrays)

    def take(self, index: NDArray[Any] | slice) -> Plots:
        """Rows by index array, mask or slice."""
        return Plots(**{name: getattr(self, name)[index] for name in PLOT_COLUMNS})

    def in_time_order(self) -> Plots:
        """Sorted by reception, then measurement, then sensor; equal rows keep their order."""
        return self.take(np.lexsort((self.sensor, self.measured_ns, self.received_ns)))

    @staticmethod
    def join(batches: Sequence[Plots]) -> Plots:
        """Batches end to end."""
        if not batches:
            return Plots.blank(0)
        if len(batches) == 1:
            return batches[0]
        return Plots(
            **{name: np.concatenate([getattr(b, name) for b in batches]) for name in PLOT_COLUMNS}
        )


assert [field.name for field in fields(Plots)] == list(PLOT_COLUMNS)
