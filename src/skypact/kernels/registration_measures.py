"""What a plot measures of a followed track, linear in the track and in the sensors' errors.

In: a filter, a row and its sensor. Out: residuals, their Jacobian to the state and to the errors,
and their noise, for ``registration_filter``.
"""

import math

from skypact.kernels.compilation import bare
from skypact.kernels.geodesy import to_ecef
from skypact.kernels.registration_arrays import (
    AZIMUTH,
    AZIMUTH_BIAS,
    AZIMUTH_SIGMA,
    ELEVATION,
    ELEVATION_SIGMA,
    ERRORS,
    HEIGHT,
    HEIGHT_SIGMA,
    LATITUDE,
    LONGITUDE,
    POLAR,
    POSITION_SIGMA,
    RANGE,
    RANGE_BIAS,
    RANGE_SCALE,
    RANGE_SIGMA,
    SIGMA,
    SITE,
    SITE_AXES,
    STATES,
    TILT,
    TIME_OFFSET,
)
from skypact.kernels.tracking_arrays import AXIS_P, AXIS_Q
from skypact.kernels.tracking_frames import point_at

ACCELERATION_M2PS3 = 12.0
"""Density of white acceleration: turns are rare and to both hands, what they add is zero-mean."""


@bare
def measure_polar(f, t, site, error, value, lag_s, work):
    """Range, azimuth and elevation: residual, Jacobian to the state and noise; 3 or 2 of them."""
    frame, x = f.frame[t], f.x[t]
    px, py, pz = point_at(frame, x[0] + lag_s * x[2], x[1] + lag_s * x[3], x[4])
    dx, dy, dz = px - site[SITE], py - site[SITE + 1], pz - site[SITE + 2]
    e = dx * site[SITE_AXES] + dy * site[SITE_AXES + 1] + dz * site[SITE_AXES + 2]
    n = dx * site[SITE_AXES + 3] + dy * site[SITE_AXES + 4] + dz * site[SITE_AXES + 5]
    u = dx * site[SITE_AXES + 6] + dy * site[SITE_AXES + 7] + dz * site[SITE_AXES + 8]
    ground_2 = max(e * e + n * n, 1e4)
    ground = math.sqrt(ground_2)
    slant = math.sqrt(ground_2 + u * u)
    turn = 2.0 * math.pi
    off = value[AZIMUTH] - error[AZIMUTH_BIAS] - math.atan2(e, n)
    # second order in the height: its uncertainty makes ranges longer on average (Bar-Shalom, Li
    # and Kirubarajan 2001, 10.3.2); left out, it would pass for a range bias of 25 m
    bent = 0.5 * f.covariance[t, 4, 4] / slant
    work.r[0] = (value[RANGE] - error[RANGE_BIAS]) / (1.0 + error[RANGE_SCALE]) - slant - bent
    work.r[1] = off - turn * math.floor(off / turn + 0.5)
    work.variance[0] = site[RANGE_SIGMA] * site[RANGE_SIGMA] + 2.0 * bent * bent
    work.variance[1] = site[AZIMUTH_SIGMA] * site[AZIMUTH_SIGMA]
    lifted = math.isfinite(value[ELEVATION])
    work.r[2] = value[ELEVATION] - error[TILT] - math.atan2(u, ground) if lifted else 0.0
    work.variance[2] = site[ELEVATION_SIGMA] * site[ELEVATION_SIGMA]
    for k in range(3):
        # AXIS_P, AXIS_Q and UP lie one after the other
        ax, ay, az = frame[AXIS_P + 3 * k], frame[AXIS_P + 3 * k + 1], frame[AXIS_P + 3 * k + 2]
        ae = ax * site[SITE_AXES] + ay * site[SITE_AXES + 1] + az * site[SITE_AXES + 2]
        an = ax * site[SITE_AXES + 3] + ay * site[SITE_AXES + 4] + az * site[SITE_AXES + 5]
        au = ax * site[SITE_AXES + 6] + ay * site[SITE_AXES + 7] + az * site[SITE_AXES + 8]
        column = k if k < 2 else 4
        radial = (e * ae + n * an) / ground
        work.h[0, column] = (e * ae + n * an + u * au) / slant
        work.h[1, column] = (n * ae - e * an) / ground_2
        work.h[2, column] = (ground * au - u * radial) / (slant * slant)
    return 3 if lifted else 2


@bare
def measure_placed(f, t, site, value, lag_s, work):
    """Offset along the track's two axes of a position report."""
    frame, x = f.frame[t], f.x[t]
    px, py, pz = point_at(frame, x[0] + lag_s * x[2], x[1] + lag_s * x[3], x[4])
    mx, my, mz = to_ecef(value[LATITUDE], value[LONGITUDE], x[4])
    dx, dy, dz = mx - px, my - py, mz - pz
    work.r[0] = dx * frame[AXIS_P] + dy * frame[AXIS_P + 1] + dz * frame[AXIS_P + 2]
    work.r[1] = dx * frame[AXIS_Q] + dy * frame[AXIS_Q + 1] + dz * frame[AXIS_Q + 2]
    work.h[0, 0] = work.h[1, 1] = 1.0
    work.h[0, 1] = work.h[1, 0] = work.h[0, 4] = work.h[1, 4] = 0.0
    sigma = value[SIGMA] if math.isfinite(value[SIGMA]) else site[POSITION_SIGMA]
    work.variance[0] = work.variance[1] = sigma * sigma
    return 2


@bare
def measure(f, t, sensors, rows, i, lag_s, column, work):
    """Fill the measures of row ``i`` but for the height; how many."""
    sensor, value = rows.sensor[i], rows.value[i]
    site, prior = sensors.fixed[sensor], sensors.prior[sensor]
    polar = rows.kind[i] == POLAR
    if polar:
        count = measure_polar(f, t, site, sensors.error[sensor], value, lag_s, work)
    else:
        count = measure_placed(f, t, site, value, lag_s, work)
    x, lean = f.x[t], f.lean[t]
    extra = ACCELERATION_M2PS3 * abs(lag_s) ** 3 / 3.0
    for m in range(count):
        h = work.h[m]
        h[2], h[3] = lag_s * h[0], lag_s * h[1]
        work.variance[m] += extra * (h[0] * h[0] + h[1] * h[1])
        for c in range(f.lean.shape[2]):
            work.s[m, c] = 0.0
        for k in range(f.witness.shape[1]):
            if f.witness[t, k] < 0:
                continue
            for c in range(k * ERRORS, (k + 1) * ERRORS):
                total = 0.0
                for j in range(STATES):
                    total -= h[j] * lean[j, c]
                work.s[m, c] = total
        if column >= 0:
            # a stamp that is late by the offset shows the aircraft where it was before
            ahead = h[0] * x[2] + h[1] * x[3]
            work.s[m, column + TIME_OFFSET] -= ahead * prior[TIME_OFFSET]
            if polar and m == 0:
                work.s[m, column + RANGE_BIAS] += prior[RANGE_BIAS]
                work.s[m, column + RANGE_SCALE] += value[RANGE] * prior[RANGE_SCALE]
            elif polar and m == 1:
                work.s[m, column + AZIMUTH_BIAS] += prior[AZIMUTH_BIAS]
            elif polar:
                work.s[m, column + TILT] += prior[TILT]
    return count


@bare
def measure_height(f, t, value, place, work):
    """Put a plot's height in the last place; False where it has none or contradicts."""
    if not math.isfinite(value[HEIGHT]):
        return False
    cov = f.covariance[t]
    off = value[HEIGHT] - f.x[t, 4]
    variance = value[HEIGHT_SIGMA] * value[HEIGHT_SIGMA]
    if off * off > 30.0 * (cov[4, 4] + variance):
        cov[4, 4] += 500.0**2
        return False
    for j in range(STATES):
        work.h[place, j] = 0.0
    work.h[place, 4] = 1.0
    work.r[place] = off
    work.variance[place] = variance
    for c in range(f.lean.shape[2]):
        work.s[place, c] = -f.lean[t, 4, c]
    return True
