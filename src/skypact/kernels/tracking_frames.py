"""Where a track's plane lies, where a plot lies, and how a plot measures a track.

In: ECEF positions, a track's frame (``tracking_arrays.FRAME``), plots and sensors. Out: moved
frames and measurements linearised for ``kernels.kalman``. No projection plane and no
trigonometry per step: the vertical is found from ECEF by iteration.
"""

import math

from skypact.kernels import kalman
from skypact.kernels.compilation import bare
from skypact.kernels.geodesy import ECCENTRICITY_2, SEMI_MAJOR_M, to_ecef
from skypact.kernels.tracking_arrays import (
    ALTITUDE,
    AXIS_P,
    AXIS_Q,
    AZIMUTH,
    AZIMUTH_SIGMA,
    ELEVATION,
    ELEVATION_SIGMA,
    LATITUDE,
    LONGITUDE,
    ORIGIN,
    ORIGIN_HEIGHT,
    POLAR,
    POSITION_SIGMA,
    PRESSURE_ALTITUDE,
    RANGE,
    RANGE_SIGMA,
    SIGMA,
    SITE,
    SITE_AXES,
    UP,
)

CURVATURE_PER_M = 0.5 / 6.371e6
"""Fall of the surface under a tangent plane, per squared offset (1/m)."""


@bare
def vertical(x, y, z, ux, uy, uz):
    """Ellipsoid's normal through an ECEF point, and the point's height (m).

    ``(ux, uy, uz)`` is a guess: a unit vector, good to a degree. Two rounds from 5 km away are
    exact to 1e-11 rad. From x = (N + h) cos cos ..., NIMA TR8350.2 section 3.
    """
    height = 0.0
    for _ in range(2):
        n = SEMI_MAJOR_M / math.sqrt(1.0 - ECCENTRICITY_2 * uz * uz)
        height = x * ux + y * uy + z * uz - SEMI_MAJOR_M * SEMI_MAJOR_M / n
        ux, uy, uz = x / (n + height), y / (n + height), z / (n * (1.0 - ECCENTRICITY_2) + height)
        inverse = 1.0 / math.sqrt(ux * ux + uy * uy + uz * uz)
        ux, uy, uz = ux * inverse, uy * inverse, uz * inverse
    n = SEMI_MAJOR_M / math.sqrt(1.0 - ECCENTRICITY_2 * uz * uz)
    height = x * ux + y * uy + z * uz - SEMI_MAJOR_M * SEMI_MAJOR_M / n
    return ux, uy, uz, height


@bare
def point_at(frame, p, q, h):
    """ECEF of the point at offset (p, q) and height h in a track's frame."""
    w = h - frame[ORIGIN_HEIGHT] - (p * p + q * q) * CURVATURE_PER_M
    return (
        frame[ORIGIN] + frame[AXIS_P] * p + frame[AXIS_Q] * q + frame[UP] * w,
        frame[ORIGIN + 1] + frame[AXIS_P + 1] * p + frame[AXIS_Q + 1] * q + frame[UP + 1] * w,
        frame[ORIGIN + 2] + frame[AXIS_P + 2] * p + frame[AXIS_Q + 2] * q + frame[UP + 2] * w,
    )


@bare
def raise_frame(frame, x, y, z):
    """Lay a new frame at an ECEF point; its first axis points east (anywhere at a pole)."""
    radius = math.sqrt(x * x + y * y + z * z)
    ux, uy, uz, height = vertical(x, y, z, x / radius, y / radius, z / radius)
    level = math.hypot(ux, uy)
    ax, ay = (-uy / level, ux / level) if level > 1e-9 else (0.0, 1.0)
    frame[ORIGIN], frame[ORIGIN + 1], frame[ORIGIN + 2] = x, y, z
    frame[AXIS_P], frame[AXIS_P + 1], frame[AXIS_P + 2] = ax, ay, 0.0
    frame[AXIS_Q], frame[AXIS_Q + 1], frame[AXIS_Q + 2] = -uz * ay, uz * ax, ux * ay - uy * ax
    frame[UP], frame[UP + 1], frame[UP + 2] = ux, uy, uz
    frame[ORIGIN_HEIGHT] = height


@bare
def carried_axis(frame, ux, uy, uz):
    """First axis after the least rotation that takes the frame's up to (ux, uy, uz)."""
    ax, ay, az = frame[AXIS_P], frame[AXIS_P + 1], frame[AXIS_P + 2]
    along = ax * ux + ay * uy + az * uz
    part = along / (1.0 + frame[UP] * ux + frame[UP + 1] * uy + frame[UP + 2] * uz)
    ax -= part * (frame[UP] + ux)
    ay -= part * (frame[UP + 1] + uy)
    az -= part * (frame[UP + 2] + uz)
    inverse = 1.0 / math.sqrt(ax * ax + ay * ay + az * az)
    return ax * inverse, ay * inverse, az * inverse


@bare
def carry_frame(frame, p, q, h):
    """Move a frame to the point (p, q, h) in it, by parallel transport."""
    x, y, z = point_at(frame, p, q, h)
    ux, uy, uz, height = vertical(x, y, z, frame[UP], frame[UP + 1], frame[UP + 2])
    ax, ay, az = carried_axis(frame, ux, uy, uz)
    frame[ORIGIN], frame[ORIGIN + 1], frame[ORIGIN + 2] = x, y, z
    frame[AXIS_P], frame[AXIS_P + 1], frame[AXIS_P + 2] = ax, ay, az
    frame[AXIS_Q] = uy * az - uz * ay
    frame[AXIS_Q + 1] = uz * ax - ux * az
    frame[AXIS_Q + 2] = ux * ay - uy * ax
    frame[UP], frame[UP + 1], frame[UP + 2] = ux, uy, uz
    frame[ORIGIN_HEIGHT] = height


@bare
def place_polar(site, range_m, azimuth_rad, height_m):
    """ECEF of the point at a slant range and azimuth whose ellipsoidal height is given.

    ``site`` is a row of ``SensorArrays.fixed``. Where the range cannot reach the height, the
    point stands as steep as a radar sees.
    """
    s, c = math.sin(azimuth_rad), math.cos(azimuth_rad)
    ux, uy, uz = site[SITE_AXES + 6], site[SITE_AXES + 7], site[SITE_AXES + 8]
    # height over a sphere through the site as a first guess
    up = -range_m * range_m * CURVATURE_PER_M
    x, y, z = 0.0, 0.0, 0.0
    for k in range(4):
        ground = math.sqrt(max(range_m * range_m - up * up, 0.0))
        e, n = ground * s, ground * c
        x = site[SITE] + site[SITE_AXES] * e + site[SITE_AXES + 3] * n + ux * up
        y = site[SITE + 1] + site[SITE_AXES + 1] * e + site[SITE_AXES + 4] * n + uy * up
        z = site[SITE + 2] + site[SITE_AXES + 2] * e + site[SITE_AXES + 5] * n + uz * up
        if k == 3:
            break
        got = vertical(x, y, z, ux, uy, uz)[3]
        up = min(max(up + height_m - got, -0.95 * range_m), 0.95 * range_m)
    return x, y, z


@bare
def elevated_height(kind, value, site):
    """Height of a plot by its elevation angle, and its standard deviation (m); NaN where none.

    The angle is geometric, above the plane of the sensor's horizon: what the air bends is the
    sensor's to correct. Range and azimuth add little to the error.
    """
    sigma, elevation, slant = site[ELEVATION_SIGMA], value[ELEVATION], value[RANGE]
    if kind != POLAR or not math.isfinite(elevation) or not sigma > 0.0:
        return math.nan, math.nan
    ground, up = slant * math.cos(elevation), slant * math.sin(elevation)
    e, n = ground * math.sin(value[AZIMUTH]), ground * math.cos(value[AZIMUTH])
    x = site[SITE] + site[SITE_AXES] * e + site[SITE_AXES + 3] * n + site[SITE_AXES + 6] * up
    y = site[SITE + 1] + site[SITE_AXES + 1] * e + site[SITE_AXES + 4] * n
    z = site[SITE + 2] + site[SITE_AXES + 2] * e + site[SITE_AXES + 5] * n
    y, z = y + site[SITE_AXES + 7] * up, z + site[SITE_AXES + 8] * up
    radius = math.sqrt(x * x + y * y + z * z)
    height = vertical(x, y, z, x / radius, y / radius, z / radius)[3]
    spread = ground * sigma
    return height, math.sqrt(spread * spread + (site[RANGE_SIGMA] * up / slant) ** 2)


@bare
def known_height(kind, value, site, assumed_m, assumed_sigma_m):
    """Best height of a plot: geometric, else pressure altitude in its stead, else assumed.

    The assumed one gives way to the elevation angle as far as that is the more certain.
    """
    if math.isfinite(value[ALTITUDE]):
        return value[ALTITUDE]
    if math.isfinite(value[PRESSURE_ALTITUDE]):
        return value[PRESSURE_ALTITUDE]
    height, sigma = elevated_height(kind, value, site)
    if not math.isfinite(height):
        return assumed_m
    share = assumed_sigma_m**2 / (assumed_sigma_m**2 + sigma**2)
    return assumed_m + share * (height - assumed_m)


@bare
def place_plot(kind, value, site, height_m):
    """ECEF of a plot at a height."""
    if kind == POLAR:
        return place_polar(site, value[RANGE], value[AZIMUTH], height_m)
    return to_ecef(value[LATITUDE], value[LONGITUDE], height_m)


@bare
def linearise(kind, value, site, frame, mean, lag_s, lin):
    """Fill ``lin`` with a plot's measurement of a track ``lag_s`` from the track's time.

    Polar: slant range (m) and azimuth (rad) at the radar, exact, with the Jacobian to
    (p, q, h). Placed: offset (m) in the track's plane at the track's height.
    """
    p, q, h = mean[0] + lag_s * mean[2], mean[1] + lag_s * mean[3], mean[4]
    x, y, z = point_at(frame, p, q, h)
    lin[kalman.LAG_S] = lag_s
    lin[kalman.R12] = 0.0
    if kind != POLAR:
        mx, my, mz = to_ecef(value[LATITUDE], value[LONGITUDE], h)
        dx, dy, dz = mx - x, my - y, mz - z
        lin[kalman.Z1] = dx * frame[AXIS_P] + dy * frame[AXIS_P + 1] + dz * frame[AXIS_P + 2]
        lin[kalman.Z2] = dx * frame[AXIS_Q] + dy * frame[AXIS_Q + 1] + dz * frame[AXIS_Q + 2]
        for k in range(6):
            lin[kalman.H1 + k] = 0.0
        lin[kalman.H1] = 1.0
        lin[kalman.H2 + 1] = 1.0
        sigma = value[SIGMA]
        if not math.isfinite(sigma):
            sigma = site[POSITION_SIGMA]
        lin[kalman.R11] = lin[kalman.R22] = sigma * sigma
        return
    dx, dy, dz = x - site[SITE], y - site[SITE + 1], z - site[SITE + 2]
    e = dx * site[SITE_AXES] + dy * site[SITE_AXES + 1] + dz * site[SITE_AXES + 2]
    n = dx * site[SITE_AXES + 3] + dy * site[SITE_AXES + 4] + dz * site[SITE_AXES + 5]
    slant = max(math.sqrt(dx * dx + dy * dy + dz * dz), 1.0)
    ground_2 = max(e * e + n * n, 1.0)
    lin[kalman.Z1] = value[RANGE] - slant
    turn = value[AZIMUTH] - math.atan2(e, n)
    lin[kalman.Z2] = turn - 2.0 * math.pi * math.floor(turn / (2.0 * math.pi) + 0.5)
    # gradient of the azimuth in ECEF
    be, bn = n / ground_2, -e / ground_2
    gx = be * site[SITE_AXES] + bn * site[SITE_AXES + 3]
    gy = be * site[SITE_AXES + 1] + bn * site[SITE_AXES + 4]
    gz = be * site[SITE_AXES + 2] + bn * site[SITE_AXES + 5]
    for k in range(3):
        # AXIS_P, AXIS_Q and UP lie one after the other
        ax, ay, az = frame[AXIS_P + 3 * k], frame[AXIS_P + 3 * k + 1], frame[AXIS_P + 3 * k + 2]
        lin[kalman.H1 + k] = (dx * ax + dy * ay + dz * az) / slant
        lin[kalman.H2 + k] = gx * ax + gy * ay + gz * az
    lin[kalman.R11] = site[RANGE_SIGMA] * site[RANGE_SIGMA]
    lin[kalman.R22] = site[AZIMUTH_SIGMA] * site[AZIMUTH_SIGMA]
