"""Where plots lie, for maps and areas: reported positions, and radar plots laid on the earth."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from skypact.geodesy import enu_to_geodetic
from skypact.model.plots import Plots
from skypact.model.sensors import SensorTable

EARTH_RADIUS_M = 6_371_000.0
"""Mean radius; good to tens of metres here, which is enough for a map."""

Degrees = NDArray[np.float64]


def plot_positions(plots: Plots, sensors: SensorTable) -> tuple[Degrees, Degrees]:
    """Latitude and longitude of every plot, degrees, shape (plots,), NaN where not known.

    A range and azimuth is laid out from its radar if that has a position; pressure altitude
    stands in for height, and a plot without any is taken at the radar's height.
    """
    latitude, longitude = plots.latitude_rad.copy(), plots.longitude_rad.copy()
    polar = np.isnan(latitude) & np.isfinite(plots.range_m) & np.isfinite(plots.azimuth_rad)
    for index in np.unique(plots.sensor[polar]).tolist():
        sensor = sensors[index]
        if not sensor.located:
            continue
        rows = np.flatnonzero(polar & (plots.sensor == index))
        height = sensor.altitude_m if np.isfinite(sensor.altitude_m) else 0.0
        slant = plots.range_m[rows]
        rise = np.nan_to_num(plots.pressure_altitude_m[rows], nan=height) - height
        # law of cosines for a small angle: the earth falls away by r^2 / 2R
        sine = np.clip(rise / np.maximum(slant, 1.0) - slant / (2 * EARTH_RADIUS_M), -1.0, 1.0)
        ground = slant * np.sqrt(1.0 - sine * sine)
        azimuth = plots.azimuth_rad[rows]
        latitude[rows], longitude[rows], _ = enu_to_geodetic(
            ground * np.sin(azimuth),
            ground * np.cos(azimuth),
            slant * sine,
            origin=(sensor.latitude_rad, sensor.longitude_rad, height),
        )
    return np.degrees(latitude), np.degrees(longitude)


def placed(plots: Plots, sensors: SensorTable) -> Plots:
    """The same plots with the positions of :func:`plot_positions` filled in."""
    latitude, longitude = plot_positions(plots, sensors)
    return replace(plots, latitude_rad=np.radians(latitude), longitude_rad=np.radians(longitude))
