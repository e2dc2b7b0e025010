"""Paths of moving things brought to common instants: truth by interpolation, tracks by prediction.

In: rows sorted by path, then time (``first`` holds each path's first row, shape (paths + 1,)).
Out: the states of paths at any times. Positions move in ECEF, so no place on earth is special.
Cubic Hermite: de Boor, A Practical Guide to Splines, IV.
"""

import math

import numpy as np

from skypact.kernels.compilation import inner, kernel
from skypact.kernels.geodesy import to_ecef, to_geodetic


@kernel("void(int32[::1], int64[::1], int64[::1])")
def group_rows(group, first, order):
    """Fill ``first`` (groups + 1,) and ``order`` (rows,): rows by group, in their old order.

    A counting sort; every ``group`` (rows,) is in 0 .. groups - 1.
    """
    first[:] = 0
    for i in range(group.shape[0]):
        first[group[i] + 1] += 1
    for g in range(first.shape[0] - 1):
        first[g + 1] += first[g]
    at = first.copy()
    for i in range(group.shape[0]):
        order[at[group[i]]] = i
        at[group[i]] += 1


@inner
def to_ecef_velocity(latitude_rad, longitude_rad, east, north, up):
    """A velocity in the local level frame as ECEF components."""
    sp, cp = math.sin(latitude_rad), math.cos(latitude_rad)
    sl, cl = math.sin(longitude_rad), math.cos(longitude_rad)
    return (
        -sl * east - sp * cl * north + cp * cl * up,
        cl * east - sp * sl * north + cp * sl * up,
        cp * north + sp * up,
    )


@inner
def to_local_velocity(latitude_rad, longitude_rad, x, y, z):
    """An ECEF velocity as east, north, up components."""
    sp, cp = math.sin(latitude_rad), math.cos(latitude_rad)
    sl, cl = math.sin(longitude_rad), math.cos(longitude_rad)
    return (
        -sl * x + cl * y,
        -sp * cl * x - sp * sl * y + cp * z,
        cp * cl * x + cp * sl * y + sp * z,
    )


@inner
def hermite(p0, p1, v0, v1, u, span_s):
    """Position and velocity at part ``u`` of ``span_s`` seconds between two ends."""
    u2 = u * u
    u3 = u2 * u
    p = ((2.0 * u3 - 3.0 * u2 + 1.0) * p0 + (u3 - 2.0 * u2 + u) * span_s * v0
         + (3.0 * u2 - 2.0 * u3) * p1 + (u3 - u2) * span_s * v1)
    v = ((6.0 * u2 - 6.0 * u) * (p0 - p1) / span_s + (3.0 * u2 - 4.0 * u + 1.0) * v0
         + (3.0 * u2 - 2.0 * u) * v1)
    return p, v


@inner
def between(
    i, t_ns, time_ns, latitude_rad, longitude_rad, altitude_m, east_mps, north_mps, up_mps,
    smooth, out, at,
):
    """Write the state at ``t_ns`` between rows ``i`` and ``i + 1`` to ``out[:, at]``, (6, n).

    ``out`` rows: latitude, longitude, altitude, velocity east, north, up. Without ``smooth``,
    or where a horizontal velocity is NaN, the way between the rows is straight; the velocity
    is then NaN where the rows have none.
    """
    j = i + 1
    h0, h1 = altitude_m[i], altitude_m[j]
    known_height = not (math.isnan(h0) or math.isnan(h1))
    a0, a1 = (h0, h1) if known_height else (0.0, 0.0)
    u0 = up_mps[i] if known_height and not math.isnan(up_mps[i]) else 0.0
    u1 = up_mps[j] if known_height and not math.isnan(up_mps[j]) else 0.0
    span_s = (time_ns[j] - time_ns[i]) * 1e-9
    u = (t_ns - time_ns[i]) / (time_ns[j] - time_ns[i])
    x0, y0, z0 = to_ecef(latitude_rad[i], longitude_rad[i], a0)
    x1, y1, z1 = to_ecef(latitude_rad[j], longitude_rad[j], a1)
    told = not (math.isnan(east_mps[i]) or math.isnan(north_mps[i])
                or math.isnan(east_mps[j]) or math.isnan(north_mps[j]))
    if smooth and told:
        if math.isnan(up_mps[i]) or math.isnan(up_mps[j]):
            u0 = u1 = (a1 - a0) / span_s
        vx0, vy0, vz0 = to_ecef_velocity(
            latitude_rad[i], longitude_rad[i], east_mps[i], north_mps[i], u0)
        vx1, vy1, vz1 = to_ecef_velocity(
            latitude_rad[j], longitude_rad[j], east_mps[j], north_mps[j], u1)
        x, vx = hermite(x0, x1, vx0, vx1, u, span_s)
        y, vy = hermite(y0, y1, vy0, vy1, u, span_s)
        z, vz = hermite(z0, z1, vz0, vz1, u, span_s)
        latitude, longitude, altitude = to_geodetic(x, y, z)
        east, north, up = to_local_velocity(latitude, longitude, vx, vy, vz)
    else:
        latitude, longitude, altitude = to_geodetic(
            x0 + u * (x1 - x0), y0 + u * (y1 - y0), z0 + u * (z1 - z0))
        east = east_mps[i] + u * (east_mps[j] - east_mps[i])
        north = north_mps[i] + u * (north_mps[j] - north_mps[i])
        up = up_mps[i] + u * (up_mps[j] - up_mps[i])
        if known_height:
            altitude = a0 + u * (a1 - a0)  # a chord dips into the earth
    out[0, at], out[1, at] = latitude, longitude
    out[2, at] = altitude if known_height else math.nan
    out[3, at], out[4, at] = east, north
    out[5, at] = up if known_height else up_mps[i] + u * (up_mps[j] - up_mps[i])


@inner
def copy_row(
    i, latitude_rad, longitude_rad, altitude_m, east_mps, north_mps, up_mps, out, at
):
    """Write row ``i`` as it is to ``out[:, at]``."""
    out[0, at], out[1, at], out[2, at] = latitude_rad[i], longitude_rad[i], altitude_m[i]
    out[3, at], out[4, at], out[5, at] = east_mps[i], north_mps[i], up_mps[i]


@kernel("void(int64[::1], int64[::1], int32[::1], int64[::1], int64[::1])")
def rows_before(first, time_ns, path, at_ns, row):
    """Fill ``row`` (n,) with the last row of ``path[k]`` at or before ``at_ns[k]``, or -1.

    Quick where questions of one path follow each other in time.
    """
    i, asked = np.int64(0), -1
    for k in range(path.shape[0]):
        low, end = first[path[k]], first[path[k] + 1]
        if path[k] != asked or i < low or time_ns[i] > at_ns[k]:
            asked, i = path[k], low
        if low == end or time_ns[low] > at_ns[k]:
            row[k] = -1
            i = low - 1
            continue
        step = 1
        while i + step < end and time_ns[i + step] <= at_ns[k]:  # stride, then halve
            i += step
            step *= 2
        while step > 0:
            if i + step < end and time_ns[i + step] <= at_ns[k]:
                i += step
            step //= 2
        row[k] = i


@kernel(
    "void(int64[::1], int64[::1], int64[::1], float64[::1], float64[::1], float64[::1],"
    " float64[::1], float64[::1], float64[::1], boolean, float64[:,::1])"
)
def interpolate_rows(
    row, at_ns, time_ns, latitude_rad, longitude_rad, altitude_m, east_mps, north_mps, up_mps,
    smooth, out,
):
    """Fill ``out`` (6, n): states at ``at_ns[k]`` between ``row[k]`` and the row after it.

    A row exactly at its time is taken as it is. Rows: see :func:`between`.
    """
    for k in range(row.shape[0]):
        i = row[k]
        if time_ns[i] == at_ns[k]:
            copy_row(i, latitude_rad, longitude_rad, altitude_m, east_mps, north_mps, up_mps,
                     out, k)
        else:
            between(i, at_ns[k], time_ns, latitude_rad, longitude_rad, altitude_m, east_mps,
                    north_mps, up_mps, smooth, out, k)


@kernel(
    "void(int64[::1], int64[::1], int64[::1], float64[::1], float64[::1], float64[::1],"
    " float64[::1], float64[::1], float64[::1], float64[:,::1])"
)
def predict_rows(
    row, at_ns, time_ns, latitude_rad, longitude_rad, altitude_m, east_mps, north_mps, up_mps, out
):
    """Fill ``out`` (6, n): ``row[k]`` moved along its velocity to ``at_ns[k]``."""
    for k in range(row.shape[0]):
        i = row[k]
        copy_row(i, latitude_rad, longitude_rad, altitude_m, east_mps, north_mps, up_mps, out, k)
        if time_ns[i] == at_ns[k] or math.isnan(east_mps[i]) or math.isnan(north_mps[i]):
            continue
        dt = (at_ns[k] - time_ns[i]) * 1e-9
        x, y, z = to_ecef(latitude_rad[i], longitude_rad[i], 0.0)
        vx, vy, vz = to_ecef_velocity(
            latitude_rad[i], longitude_rad[i], east_mps[i], north_mps[i], 0.0)
        out[0, k], out[1, k], _ = to_geodetic(x + vx * dt, y + vy * dt, z + vz * dt)
        if not math.isnan(up_mps[i]):
            out[2, k] += up_mps[i] * dt


@kernel("void(float64[::1], float64[::1], float64[::1], float64[:,::1])")
def surface_points(latitude_rad, longitude_rad, height_m, points):
    """Fill ``points`` (n, 4): ECEF of the foot point on the ellipsoid, and the height."""
    for i in range(latitude_rad.shape[0]):
        x, y, z = to_ecef(latitude_rad[i], longitude_rad[i], 0.0)
        points[i, 0], points[i, 1], points[i, 2] = x, y, z
        points[i, 3] = height_m[i]


@kernel(
    "void(float64[::1], float64[::1], float64[:,::1], float64[:,::1], float64[::1], float64[::1],"
    " float64[::1], float64[::1])"
)
def split_errors(
    truth_latitude_rad, truth_longitude_rad, truth_points, track_points, east_mps, north_mps,
    along_m, across_m,
):
    """Fill ``along_m`` and ``across_m`` (n,): track minus truth, along the truth's velocity.

    Across is positive to the right. Below 1 m/s, or without a velocity, NaN.
    """
    for i in range(along_m.shape[0]):
        east, north, _ = to_local_velocity(
            truth_latitude_rad[i], truth_longitude_rad[i],
            track_points[i, 0] - truth_points[i, 0],
            track_points[i, 1] - truth_points[i, 1],
            track_points[i, 2] - truth_points[i, 2],
        )
        speed = math.hypot(east_mps[i], north_mps[i])
        if not speed >= 1.0:
            along_m[i] = across_m[i] = math.nan
            continue
        e, n = east_mps[i] / speed, north_mps[i] / speed
        along_m[i] = east * e + north * n
        across_m[i] = east * n - north * e
