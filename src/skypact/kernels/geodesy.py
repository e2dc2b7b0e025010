"""WGS-84 geodetic, ECEF and local east-north-up conversions on plain floats and arrays.

Constants and formulas: NIMA TR8350.2 (WGS 84), section 3; inverse after Bowring (1976) with
two refinements, better than 1e-9 rad and 1e-6 m between -10 km and 1,000 km of height.
"""

import math

import numpy as np

from skypact.kernels.compilation import inner, kernel

SEMI_MAJOR_M = 6378137.0
FLATTENING = 1.0 / 298.257223563
ECCENTRICITY_2 = FLATTENING * (2.0 - FLATTENING)
SEMI_MINOR_M = SEMI_MAJOR_M * (1.0 - FLATTENING)
SECOND_ECCENTRICITY_2 = ECCENTRICITY_2 / (1.0 - ECCENTRICITY_2)


@inner
def to_ecef(latitude_rad: float, longitude_rad: float, altitude_m: float):
    """Geodetic (rad, rad, m) to ECEF x, y, z in metres."""
    s = math.sin(latitude_rad)
    n = SEMI_MAJOR_M / math.sqrt(1.0 - ECCENTRICITY_2 * s * s)
    c = (n + altitude_m) * math.cos(latitude_rad)
    return (
        c * math.cos(longitude_rad),
        c * math.sin(longitude_rad),
        (n * (1.0 - ECCENTRICITY_2) + altitude_m) * s,
    )


@inner
def to_geodetic(x: float, y: float, z: float):
    """ECEF metres to geodetic latitude_rad, longitude_rad, altitude_m."""
    r = math.hypot(x, y)
    u = math.atan2(z * SEMI_MAJOR_M, r * SEMI_MINOR_M)
    latitude = 0.0
    for _ in range(3):
        latitude = math.atan2(
            z + SECOND_ECCENTRICITY_2 * SEMI_MINOR_M * math.sin(u) ** 3,
            r - ECCENTRICITY_2 * SEMI_MAJOR_M * math.cos(u) ** 3,
        )
        u = math.atan2((1.0 - FLATTENING) * math.sin(latitude), math.cos(latitude))
    s = math.sin(latitude)
    n = SEMI_MAJOR_M / math.sqrt(1.0 - ECCENTRICITY_2 * s * s)
    # r cos + z sin holds at the poles too, where r / cos(latitude) does not
    altitude = r * math.cos(latitude) + z * s - SEMI_MAJOR_M * SEMI_MAJOR_M / n
    return latitude, math.atan2(y, x), altitude


@kernel(
    "void(float64[::1], float64[::1], float64[::1], float64[::1], float64[::1], float64[::1])"
)
def geodetic_to_ecef(latitude_rad, longitude_rad, altitude_m, x, y, z):
    """Fill ``x, y, z`` (m), each shape (n,), from geodetic coordinates of shape (n,)."""
    for i in range(latitude_rad.shape[0]):
        x[i], y[i], z[i] = to_ecef(latitude_rad[i], longitude_rad[i], altitude_m[i])


@kernel(
    "void(float64[::1], float64[::1], float64[::1], float64[::1], float64[::1], float64[::1])"
)
def ecef_to_geodetic(x, y, z, latitude_rad, longitude_rad, altitude_m):
    """Fill geodetic coordinates, each shape (n,), from ``x, y, z`` (m) of shape (n,)."""
    for i in range(x.shape[0]):
        latitude_rad[i], longitude_rad[i], altitude_m[i] = to_geodetic(x[i], y[i], z[i])


@inner
def enu_axes(latitude_rad: float, longitude_rad: float, axes):
    """Fill ``axes`` (3, 3): rows east, north, up as ECEF unit vectors."""
    sp, cp = math.sin(latitude_rad), math.cos(latitude_rad)
    sl, cl = math.sin(longitude_rad), math.cos(longitude_rad)
    axes[0, 0], axes[0, 1], axes[0, 2] = -sl, cl, 0.0
    axes[1, 0], axes[1, 1], axes[1, 2] = -sp * cl, -sp * sl, cp
    axes[2, 0], axes[2, 1], axes[2, 2] = cp * cl, cp * sl, sp


@kernel(
    "void(float64[::1], float64[::1], float64[::1], float64, float64, float64,"
    " float64[::1], float64[::1], float64[::1])"
)
def enu_to_geodetic(
    east_m, north_m, up_m, latitude0_rad, longitude0_rad, altitude0_m,
    latitude_rad, longitude_rad, altitude_m,
):
    """Fill geodetic coordinates (n,) from offsets (n,) in the plane tangent at one origin."""
    axes = np.empty((3, 3))
    enu_axes(latitude0_rad, longitude0_rad, axes)
    x0, y0, z0 = to_ecef(latitude0_rad, longitude0_rad, altitude0_m)
    for i in range(east_m.shape[0]):
        e, n, u = east_m[i], north_m[i], up_m[i]
        latitude_rad[i], longitude_rad[i], altitude_m[i] = to_geodetic(
            x0 + axes[0, 0] * e + axes[1, 0] * n + axes[2, 0] * u,
            y0 + axes[0, 1] * e + axes[1, 1] * n + axes[2, 1] * u,
            z0 + axes[0, 2] * e + axes[1, 2] * n + axes[2, 2] * u,
        )


@kernel(
    "void(float64[::1], float64[::1], float64[::1], float64, float64, float64,"
    " float64[::1], float64[::1], float64[::1])"
)
def geodetic_to_enu(
    latitude_rad, longitude_rad, altitude_m, latitude0_rad, longitude0_rad, altitude0_m,
    east_m, north_m, up_m,
):
    """Fill offsets (n,) in the plane tangent at one origin from geodetic coordinates (n,)."""
    axes = np.empty((3, 3))
    enu_axes(latitude0_rad, longitude0_rad, axes)
    x0, y0, z0 = to_ecef(latitude0_rad, longitude0_rad, altitude0_m)
    for i in range(latitude_rad.shape[0]):
        x, y, z = to_ecef(latitude_rad[i], longitude_rad[i], altitude_m[i])
        dx, dy, dz = x - x0, y - y0, z - z0
        east_m[i] = axes[0, 0] * dx + axes[0, 1] * dy + axes[0, 2] * dz
        north_m[i] = axes[1, 0] * dx + axes[1, 1] * dy + axes[1, 2] * dz
        up_m[i] = axes[2, 0] * dx + axes[2, 1] * dy + axes[2, 2] * dz
