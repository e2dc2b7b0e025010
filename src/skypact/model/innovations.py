"""What the tracker learned from each plot it used: who saw which track, and how far off it was.

Out of tracking, into registration (sensor errors), the smoother (which plots make a track) and
the statistics of consistency (NIS). One row per plot and the track it updated most.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

INNOVATION_COLUMNS: dict[str, str] = {
    "plot": "int64",
    "track": "int64",
    "sensor": "int32",
    "polar": "bool",
    "confirmed": "bool",
    "measured_ns": "int64",
    "share": "float64",
    "range_m": "float64",
    "azimuth_rad": "float64",
    "x_m": "float64",
    "y_m": "float64",
    "z_m": "float64",
    "velocity_x_mps": "float64",
    "velocity_y_mps": "float64",
    "velocity_z_mps": "float64",
    "height_sigma_m": "float64",
    "first": "float64",
    "second": "float64",
    "first_variance": "float64",
    "covariance": "float64",
    "second_variance": "float64",
}


@dataclass(frozen=True, slots=True)
class Innovations:
    """A batch of innovations in the order of use; every array has shape (plots used,).

    A plot that began a track has a row too, for what joins plots to tracks: its innovation is 0
    with a covariance of NaN, so that statistics leave it out.

    Parameters
    ----------
    plot
        Number of the plot, counted from 0 over all plots the tracker was ever handed.
    track, sensor
        Track number and index of the sensor.
    polar
        Whether the plot measured range and azimuth; else it gave a position.
    confirmed
        Whether the track was confirmed when the plot came.
    measured_ns
        Time of measurement, int64 UTC nanoseconds.
    share
        Probability that the plot was the track's, in (0, 1].
    range_m, azimuth_rad
        As the tracker used them (corrected); NaN of positions.
    x_m, y_m, z_m, velocity_x_mps, velocity_y_mps, velocity_z_mps
        The track predicted to the time of measurement before this plot was used; ECEF.
    height_sigma_m
        How uncertain its height was.
    first, second
        Innovation: slant range (m) and azimuth (rad, within +-pi); or metres east and north.
    first_variance, covariance, second_variance
        Covariance of the innovation as the filter expected it: track and sensor together.
    """

    plot: NDArray[np.int64]
    track: NDArray[np.int64]
    sensor: NDArray[np.int32]
    polar: NDArray[np.bool_]
    confirmed: NDArray[np.bool_]
    measured_ns: NDArray[np.int64]
    share: NDArray[np.float64]
    range_m: NDArray[np.float64]
    azimuth_rad: NDArray[np.float64]
    x_m: NDArray[np.float64]
    y_m: NDArray[np.float64]
    z_m: NDArray[np.float64]
    velocity_x_mps: NDArray[np.float64]
    velocity_y_mps: NDArray[np.float64]
    velocity_z_mps: NDArray[np.float64]
    height_sigma_m: NDArray[np.float64]
    first: NDArray[np.float64]
    second: NDArray[np.float64]
    first_variance: NDArray[np.float64]
    covariance: NDArray[np.float64]
    second_variance: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.track)

    @classmethod
    def blank(cls, count: int) -> Innovations:
        """``count`` rows of zeros."""
        return cls(**{name: np.zeros(count, kind) for name, kind in INNOVATION_COLUMNS.items()})

    @classmethod
    def joined(cls, parts: Sequence[Innovations]) -> Innovations:
        """Batches end to end."""
        if not parts:
            return cls.blank(0)
        return cls(
            **{f.name: np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(cls)}
        )

    @property
    def normalised_squared(self) -> NDArray[np.float64]:
        """NIS of each row: chi-square of two degrees where the filter is consistent."""
        det = self.first_variance * self.second_variance - self.covariance**2
        square = self.first**2 * self.second_variance + self.second**2 * self.first_variance
        return np.asarray((square - 2.0 * self.first * self.second * self.covariance) / det)
