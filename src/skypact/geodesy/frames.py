"""Conversions between geodetic, ECEF, local east-north-up and a radar's polar coordinates."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from skypact.kernels import geodesy as kernels

Floats = NDArray[np.float64]
Triple = tuple[Floats, Floats, Floats]


def _flat(a: ArrayLike, b: ArrayLike, c: ArrayLike) -> tuple[Triple, tuple[int, ...]]:
    arrays = np.broadcast_arrays(*(np.asarray(v, dtype=np.float64) for v in (a, b, c)))
    shape = arrays[0].shape
    first, second, third = (np.array(v, dtype=np.float64).reshape(-1) for v in arrays)
    return (first, second, third), shape


def _outputs(count: int) -> Triple:
    return np.empty(count), np.empty(count), np.empty(count)


def _shaped(triple: Triple, shape: tuple[int, ...]) -> Triple:
    return triple[0].reshape(shape), triple[1].reshape(shape), triple[2].reshape(shape)


def geodetic_to_ecef(
    latitude_rad: ArrayLike, longitude_rad: ArrayLike, altitude_m: ArrayLike
) -> Triple:
    """WGS-84 latitude, longitude (rad) and ellipsoidal height (m) to ECEF x, y, z (m)."""
    given, shape = _flat(latitude_rad, longitude_rad, altitude_m)
    out = _outputs(len(given[0]))
    kernels.geodetic_to_ecef(*given, *out)
    return _shaped(out, shape)


def ecef_to_geodetic(x_m: ArrayLike, y_m: ArrayLike, z_m: ArrayLike) -> Triple:
    """ECEF (m) to WGS-84 latitude_rad, longitude_rad, altitude_m."""
    given, shape = _flat(x_m, y_m, z_m)
    out = _outputs(len(given[0]))
    kernels.ecef_to_geodetic(*given, *out)
    return _shaped(out, shape)


def enu_to_geodetic(
    east_m: ArrayLike,
    north_m: ArrayLike,
    up_m: ArrayLike,
    *,
    origin: tuple[float, float, float],
) -> Triple:
    """Offsets (m) in the plane tangent at ``origin`` to latitude_rad, longitude_rad, altitude_m.

    ``origin`` is latitude_rad, longitude_rad, altitude_m.
    """
    given, shape = _flat(east_m, north_m, up_m)
    out = _outputs(len(given[0]))
    kernels.enu_to_geodetic(*given, *origin, *out)
    return _shaped(out, shape)


def geodetic_to_enu(
    latitude_rad: ArrayLike,
    longitude_rad: ArrayLike,
    altitude_m: ArrayLike,
    *,
    origin: tuple[float, float, float],
) -> Triple:
    """Positions to east_m, north_m, up_m in the plane tangent at ``origin``.

    ``origin`` is latitude_rad, longitude_rad, altitude_m.
    """
    given, shape = _flat(latitude_rad, longitude_rad, altitude_m)
    out = _outputs(len(given[0]))
    kernels.geodetic_to_enu(*given, *origin, *out)
    return _shaped(out, shape)


def geodetic_to_polar(
    latitude_rad: ArrayLike,
    longitude_rad: ArrayLike,
    altitude_m: ArrayLike,
    *,
    origin: tuple[float, float, float],
) -> Triple:
    """Positions to slant range_m, azimuth_rad and elevation_rad as seen from ``origin``.

    Azimuth in [0, 2 pi) clockwise from true north; a straight line, no refraction.
    """
    east, north, up = geodetic_to_enu(latitude_rad, longitude_rad, altitude_m, origin=origin)
    ground = np.hypot(east, north)
    azimuth = np.mod(np.arctan2(east, north), 2.0 * np.pi)
    # the remainder of a negative hair rounds to the whole turn
    azimuth = np.where(azimuth >= 2.0 * np.pi, 0.0, azimuth)
    return np.hypot(ground, up), azimuth, np.arctan2(up, ground)
