"""Smoothed nodes to doubts about plots, and to rows at whole instants.

In: the smoothed states of ``kernels.smoothing_pass`` in the rolled planes of
``kernels.smoothing_path``. Out: what each plot's residual makes its weight, and position,
velocity and uncertainty at any instants between the nodes.
"""

import math

import numpy as np

from skypact.kernels.compilation import bare, kernel
from skypact.kernels.smoothing_models import H1, H2, HEIGHT, HEIGHT_VARIANCE, R11, R22, Z1, Z2
from skypact.kernels.tracking_frames import carried_axis, point_at, vertical

DOUBT = 9.0
"""Squared residual, in sigmas, beyond which a measurement loses weight (1 % of good ones do)."""

LEAST_BELIEF = 1e-6
"""So little weight is none, but can be divided by."""

LATITUDE, LONGITUDE, EAST, NORTH, SIGMA = 0, 1, 2, 3, 4
PLACED_ROW = 5


@bare
def belief(square):
    """Weight of a measurement by its squared residual in sigmas; never nothing."""
    return min(1.0, max((DOUBT / max(square, DOUBT)) ** 2, LEAST_BELIEF))


@kernel(
    "void(int32[::1], float64[:, ::1], float64[:, ::1], float64[::1], float64[:, ::1],"
    " float64[::1], float64[::1], float64[::1])"
)
def doubt(kind, given, place, height_m, mean, share, weight, variance):
    """Rewrite the weights of positions and the variances of heights by their residuals.

    Huber's weights (Annals of Mathematical Statistics 35/1, 1964) squared: 1 up to DOUBT, then
    falling, so that a plot of something else bends the path less the farther off it is. Without
    doubt the weight is ``share`` and the height's variance ``variance``, both (nodes,); rewritten
    are ``weight`` (nodes,), with which the noise in ``given`` was made, and the latter's
    HEIGHT_VARIANCE.
    """
    for i in range(kind.shape[0]):
        dp, dq = mean[i, 0] - place[i, 0], mean[i, 1] - place[i, 1]
        dh = mean[i, 4] - height_m[i]
        if kind[i] != 0:
            a = given[i, Z1] - given[i, H1] * dp - given[i, H1 + 1] * dq - given[i, H1 + 2] * dh
            b = given[i, Z2] - given[i, H2] * dp - given[i, H2 + 1] * dq - given[i, H2 + 2] * dh
            # the noise has been divided by the last weight
            square = (a * a / given[i, R11] + b * b / given[i, R22]) * share[i] / weight[i]
            weight[i] = share[i] * belief(square)
        if math.isfinite(given[i, HEIGHT]):
            n = given[i, HEIGHT] - mean[i, 4]
            given[i, HEIGHT_VARIANCE] = variance[i] / belief(n * n / variance[i])


@bare
def write_place(frame, p, q, h, u, w, out):
    """Fill LATITUDE, LONGITUDE, EAST and NORTH of ``out`` from a place and velocity in a frame."""
    x, y, z = point_at(frame, p, q, h)
    ux, uy, uz = vertical(x, y, z, frame[9], frame[10], frame[11])[:3]
    ax, ay, az = carried_axis(frame, ux, uy, uz)
    bx, by, bz = uy * az - uz * ay, uz * ax - ux * az, ux * ay - uy * ax
    vx, vy, vz = ax * u + bx * w, ay * u + by * w, az * u + bz * w
    level = math.hypot(ux, uy)
    # at a pole any direction is east; take the one of longitude 0
    cl, sl = (ux / level, uy / level) if level > 0.0 else (1.0, 0.0)
    out[LATITUDE], out[LONGITUDE] = math.atan2(uz, level), math.atan2(sl, cl)
    out[EAST] = -sl * vx + cl * vy
    out[NORTH] = -uz * cl * vx - uz * sl * vy + level * vz


@bare
def between(part, step_s, first, last, first_speed, last_speed):
    """Value and its rate at a part of a step: the cubic through both ends and their rates.

    That is the exact mean of the motion between two known states under white acceleration. The
    rate is taken linearly, not as the cubic's: where two plots came in one instant, centimetres
    between them would become any speed.
    """
    a, b = part * part, part * part * part
    value = (
        (2.0 * b - 3.0 * a + 1.0) * first
        + (b - 2.0 * a + part) * step_s * first_speed
        + (3.0 * a - 2.0 * b) * last
        + (b - a) * step_s * last_speed
    )
    return value, first_speed + part * (last_speed - first_speed)


@kernel(
    "void(int64[::1], float64[::1], float64[:, ::1], float64[:, ::1], float64[:, ::1],"
    " float64[:, :, ::1], float64[::1], float64[:, ::1])"
)
def write_rows(node, time_s, frame, place, mean, spread, row_s, out):
    """Fill ``out`` (rows, PLACED_ROW): each row lies at ``row_s`` on or after its ``node``.

    A row later than its node lies between it and the next one of the segment. The variance is
    taken linearly between nodes, which lie a few seconds apart.
    """
    for r in range(node.shape[0]):
        k = node[r]
        late_s = row_s[r] - time_s[k]
        p, q, h, u, w = mean[k, 0], mean[k, 1], mean[k, 4], mean[k, 2], mean[k, 3]
        variance = 0.5 * (spread[k, 0, 0] + spread[k, 1, 1])
        if late_s > 0.0:
            n = k + 1
            step_s = time_s[n] - time_s[k]
            part = late_s / step_s
            p, u = between(part, step_s, p, mean[n, 0], u, mean[n, 2])
            q, w = between(part, step_s, q, mean[n, 1], w, mean[n, 3])
            h += part * (mean[n, 4] - h)
            later = 0.5 * (spread[n, 0, 0] + spread[n, 1, 1])
            variance += part * (later - variance)
        write_place(frame[k], p - place[k, 0], q - place[k, 1], h, u, w, out[r])
        out[r, SIGMA] = math.sqrt(max(variance, 0.0))


@kernel(
    "void(int64[::1], float64[::1], float64[:, ::1], float64[:, :, ::1], float64[::1],"
    " float64[:, ::1])"
)
def write_heights(node, time_s, mean, spread, row_s, out):
    """Fill ``out`` (rows, 3): height (m), its rate (m/s) and the rate's variance.

    The height is the first coordinate of the smoothed states; rows as in ``write_rows``.
    """
    for r in range(node.shape[0]):
        k = node[r]
        late_s = row_s[r] - time_s[k]
        out[r, 0], out[r, 1], out[r, 2] = mean[k, 0], mean[k, 2], spread[k, 2, 2]
        if late_s > 0.0:
            step_s = time_s[k + 1] - time_s[k]
            out[r, 0], out[r, 1] = between(
                late_s / step_s, step_s, mean[k, 0], mean[k + 1, 0], mean[k, 2], mean[k + 1, 2]
            )


@kernel(
    "void(int64[::1], int64[::1], int64[::1], int64[::1], int32[::1], int32[::1], int64,"
    " uint64[:, ::1])"
)
def gather_sensors(start, node, time_ns, row_ns, kind, sensor, recent_ns, bits):
    """Fill ``bits`` (rows, words) with the sensors of plots up to ``recent_ns`` before each row.

    ``start`` (rows,) is the first node of the row's segment; bit k of word w is sensor 64 w + k.
    """
    for r in range(node.shape[0]):
        bits[r, :] = np.uint64(0)
        k = node[r]
        while k >= start[r] and row_ns[r] - time_ns[k] <= recent_ns:
            if kind[k] != 0:
                bits[r, sensor[k] >> 6] |= np.uint64(1) << np.uint64(sensor[k] & 63)
            k -= 1
