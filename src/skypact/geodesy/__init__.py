"""WGS-84 positions and local frames: the checked API over ``kernels.geodesy``.

All functions take floats or arrays that broadcast, radians and metres, and return float64
arrays of the broadcast shape. Source: NIMA TR8350.2.
"""

from skypact.geodesy.frames import (
    ecef_to_geodetic,
    enu_to_geodetic,
    geodetic_to_ecef,
    geodetic_to_enu,
    geodetic_to_polar,
)

__all__ = [
    "ecef_to_geodetic",
    "enu_to_geodetic",
    "geodetic_to_ecef",
    "geodetic_to_enu",
    "geodetic_to_polar",
]
