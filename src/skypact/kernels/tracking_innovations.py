"""What a plot told of a track, written down before the track is updated with it.

In: a track carried to the plot's time, and the plot. Out: one row of ``tracking_arrays.Learned``
per plot used, the columns of ``skypact.model.innovations``. Costs nothing when there are no rows.
"""

import math

from skypact.kernels import kalman
from skypact.kernels.compilation import bare
from skypact.kernels.tracking_arrays import (
    AXIS_P,
    AXIS_Q,
    AZIMUTH,
    CONFIRMED,
    HEIGHT_VARIANCE,
    LEARNED,
    NUMBER,
    POLAR,
    RANGE,
    STATE_NS,
    STATUS,
    UP,
    VELOCITY,
)
from skypact.kernels.tracking_frames import carried_axis, linearise, point_at, vertical


@bare
def name_row(state, plots, learned, row, t, i):
    """Fill a row's stamps and codes, range and azimuth."""
    polar = plots.kind[i] == POLAR
    learned.stamp[row, 0] = plots.number[i]
    learned.stamp[row, 1] = state.stamp[t, NUMBER]
    learned.stamp[row, 2] = plots.measured_ns[i]
    learned.code[row, 0] = plots.sensor[i]
    learned.code[row, 1] = 1 if polar else 0
    learned.code[row, 2] = 1 if state.code[t, STATUS] == CONFIRMED else 0
    learned.value[row, 1] = plots.value[i, RANGE] if polar else math.nan
    learned.value[row, 2] = plots.value[i, AZIMUTH] if polar else math.nan


@bare
def note_birth(state, plots, progress, learned, t, i, place, height_sigma_m):
    """Note that plot ``i``, at ``place`` (ECEF), began track ``t``: nothing was expected of it."""
    if learned.stamp.shape[0] == 0:
        return
    row = progress[LEARNED]
    progress[LEARNED] = row + 1
    name_row(state, plots, learned, row, t, i)
    value = learned.value[row]
    value[0] = 1.0
    for k in range(3):
        value[3 + k] = place[k]
        value[6 + k] = state.gauge[t, VELOCITY + k]
    value[9] = height_sigma_m
    value[10], value[11] = 0.0, 0.0
    value[12], value[13], value[14] = math.nan, math.nan, math.nan


@bare
def spread(state, law, t, lin, gain):
    """Covariance of the innovation over all models: s11, s12, s22."""
    s11, s12, s22 = 0.0, 0.0, 0.0
    for j in range(state.weight.shape[1]):
        a, b, c = kalman.gains(state.covariance[t, j], lin, law.noise[j], gain)
        n1, n2 = kalman.innovation(state.x[t, j], state.mean[t], lin)
        n1, n2 = n1 - lin[kalman.Z1], n2 - lin[kalman.Z2]
        w = state.weight[t, j]
        s11 += w * (a + n1 * n1)
        s12 += w * (b + n1 * n2)
        s22 += w * (c + n2 * n2)
    return s11, s12, s22


@bare
def turn_east(frame, ux, uy, uz):
    """Cosine and sine that turn the track's first axis to the east at a vertical (ux, uy, uz)."""
    ax, ay, az = carried_axis(frame, ux, uy, uz)
    level = math.hypot(ux, uy)
    # at a pole any direction is east; take the one of longitude 0
    ex, ey = (-uy / level, ux / level) if level > 0.0 else (0.0, 1.0)
    nx, ny, nz = -uz * ey, uz * ex, ux * ey - uy * ex
    return ax * ex + ay * ey, ax * nx + ay * ny + az * nz


@bare
def note_hit(state, law, sensors, plots, progress, learned, t, i, share, lin, gain):
    """Note what plot ``i`` tells of track ``t``, carried to its time but not yet updated."""
    if learned.stamp.shape[0] == 0:
        return
    row = progress[LEARNED]
    progress[LEARNED] = row + 1
    name_row(state, plots, learned, row, t, i)
    frame, mean = state.frame[t], state.mean[t]
    lag_s = (plots.measured_ns[i] - state.stamp[t, STATE_NS]) * 1e-9
    site = sensors.fixed[plots.sensor[i]]
    linearise(plots.kind[i], plots.value[i], site, frame, mean, lag_s, lin)
    s11, s12, s22 = spread(state, law, t, lin, gain)
    z1, z2 = lin[kalman.Z1], lin[kalman.Z2]
    x, y, z = point_at(frame, mean[0] + lag_s * mean[2], mean[1] + lag_s * mean[3], mean[4])
    value = learned.value[row]
    value[0] = share
    value[3], value[4], value[5] = x, y, z
    for k in range(3):
        value[6 + k] = frame[AXIS_P + k] * mean[2] + frame[AXIS_Q + k] * mean[3]
    variance = 0.0
    for j in range(state.weight.shape[1]):
        d = state.x[t, j, 4] - mean[4]
        variance += state.weight[t, j] * (state.covariance[t, j, HEIGHT_VARIANCE] + d * d)
    value[9] = math.sqrt(max(variance, 0.0))
    if plots.kind[i] != POLAR:
        ux, uy, uz = vertical(x, y, z, frame[UP], frame[UP + 1], frame[UP + 2])[:3]
        c, s = turn_east(frame, ux, uy, uz)
        # the second axis lies a quarter turn anticlockwise of the first, as north of east
        z1, z2 = c * z1 - s * z2, s * z1 + c * z2
        e11 = c * c * s11 - 2.0 * c * s * s12 + s * s * s22
        e12 = c * s * (s11 - s22) + (c * c - s * s) * s12
        s11, s12, s22 = e11, e12, s * s * s11 + 2.0 * c * s * s12 + c * c * s22
    value[10], value[11] = z1, z2
    value[12], value[13], value[14] = s11, s12, s22
