"""Where a sensor stands and how well it measures, as the kernels read it."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from skypact.geodesy import geodetic_to_ecef
from skypact.kernels import registration_arrays as names
from skypact.model.sensors import Sensor


def sensor_row(sensor: Sensor, elevation_sigma_rad: float) -> NDArray[np.float64]:
    """One row of ``SensorArrays.fixed``; the site of a sensor without position is zero."""
    row = np.zeros(names.SENSOR_FIXED)
    row[names.RANGE_SIGMA] = sensor.range_sigma_m
    row[names.AZIMUTH_SIGMA] = sensor.azimuth_sigma_rad
    row[names.ELEVATION_SIGMA] = elevation_sigma_rad
    row[names.POSITION_SIGMA] = sensor.position_sigma_m
    if not sensor.located:
        return row
    height = sensor.altitude_m if math.isfinite(sensor.altitude_m) else 0.0
    place = geodetic_to_ecef(sensor.latitude_rad, sensor.longitude_rad, height)
    row[names.SITE : names.SITE + 3] = [float(axis) for axis in place]
    sp, cp = math.sin(sensor.latitude_rad), math.cos(sensor.latitude_rad)
    sl, cl = math.sin(sensor.longitude_rad), math.cos(sensor.longitude_rad)
    axes = [-sl, cl, 0.0, -sp * cl, -sp * sl, cp, cp * cl, cp * sl, sp]
    row[names.SITE_AXES : names.SITE_AXES + 9] = axes
    return row
