"""One track's life: born of a plot, updated by a plot, taken away.

In: the arrays of ``tracking_arrays``, a slot and a plot. Out: the same arrays, changed. Which
plot belongs to which track is decided in ``tracking_clusters``; time passes in ``tracking_motion``.
"""

import math

import numpy as np

from skypact.kernels import kalman
from skypact.kernels.compilation import bare
from skypact.kernels.tracking_arrays import (
    ALIVE,
    ALTITUDE,
    CALLSIGN_DOUBT,
    CELL,
    CONFIRMED,
    DROPPED,
    FREE,
    FREE_HEAD,
    GEOMETRIC_NS,
    HIGH,
    HITS,
    HORIZON_NS,
    INITIATED,
    LAST_PLOT_NS,
    MIXED_NS,
    MODE_3A,
    MODE_3A_DOUBT,
    MODE_S,
    MODE_S_DOUBT,
    NEW_DENSITY,
    NEXT_NUMBER,
    NUMBER,
    ORIGIN_HEIGHT,
    POSITION,
    PRESSURE,
    PRESSURE_ALTITUDE,
    PRESSURE_NS,
    PRIOR,
    REPORTED_SPEED_SIGMA,
    SEEN,
    SPEED_SIGMA,
    STATE_NS,
    STATUS,
    TENTATIVE,
    VELOCITY_EAST,
    VELOCITY_NORTH,
)
from skypact.kernels.tracking_cells import key_at, link_in, link_out, relink
from skypact.kernels.tracking_frames import linearise, raise_frame
from skypact.kernels.tracking_heights import DOUBTS, feed_heights, height_doubt, trend
from skypact.kernels.tracking_motion import feed_velocity, summarise, widen


@bare
def remember_sensor(state, sensors, t, sensor, measured_ns):
    """Note that a sensor saw track ``t``, and learn how often it does."""
    seen, who = state.seen_ns[t], state.seen_sensor[t]
    place, oldest = -1, 0
    for k in range(SEEN):
        if who[k] == sensor:
            place = k
            break
        if who[k] < 0:
            oldest = k
            break
        if seen[k] < seen[oldest]:
            oldest = k
    if place >= 0:
        between_s = (measured_ns - seen[place]) * 1e-9
        # what clutter does tells nothing of how often aircraft are seen
        if 0.0 < between_s < 60.0 and state.code[t, STATUS] == CONFIRMED:
            sensors.interval_s[sensor] += 0.02 * (between_s - sensors.interval_s[sensor])
        seen[place] = max(seen[place], measured_ns)
    else:
        place = oldest
        who[place] = sensor
        seen[place] = measured_ns
    state.seen_missed[t, place] = 0


@bare
def believe(code, t, column, doubt, value):
    """Take over a code: at once where none was, after three contradictions where one was."""
    if value < 0:
        return
    if code[t, column] < 0:
        code[t, column] = value
    elif code[t, column] == value:
        code[t, doubt] = 0
    else:
        code[t, doubt] += 1
        if code[t, doubt] >= DOUBTS:
            code[t, column] = value
            code[t, doubt] = 0


@bare
def believe_codes(state, plots, t, i):
    """Take over Mode 3/A, Mode S address and callsign of plot ``i``."""
    believe(state.code, t, MODE_3A, MODE_3A_DOUBT, plots.mode_3a[i])
    believe(state.code, t, MODE_S, MODE_S_DOUBT, plots.mode_s[i])
    name = plots.callsign[i]
    if name == 0:
        return
    if state.callsign[t] == 0:
        state.callsign[t] = name
    elif state.callsign[t] == name:
        state.code[t, CALLSIGN_DOUBT] = 0
    else:
        state.code[t, CALLSIGN_DOUBT] += 1
        if state.code[t, CALLSIGN_DOUBT] >= DOUBTS:
            state.callsign[t] = name
            state.code[t, CALLSIGN_DOUBT] = 0


@bare
def settle(state, law, sensors, plots, t, i):
    """What else plot ``i`` tells of track ``t``, once its models have been updated."""
    feed_heights(state, law, sensors, plots, t, i)
    feed_velocity(state, law, plots, t, i)
    believe_codes(state, plots, t, i)
    state.stamp[t, LAST_PLOT_NS] = max(state.stamp[t, LAST_PLOT_NS], plots.measured_ns[i])


@bare
def lay(state, law, t):
    """Sum up track ``t`` after an update and move it to its cell."""
    summarise(state, t)
    gauge = state.gauge[t]
    relink(
        state.link, state.cell, state.head, t,
        key_at(gauge[POSITION], gauge[POSITION + 1], gauge[POSITION + 2], law.value[CELL]),
    )


@bare
def hit(state, law, sensors, plots, t, i, lin, gain):
    """Update track ``t`` with plot ``i``, which is surely its own."""
    sensor = plots.sensor[i]
    lag_s = (plots.measured_ns[i] - state.stamp[t, STATE_NS]) * 1e-9
    linearise(
        plots.kind[i], plots.value[i], sensors.fixed[sensor], state.frame[t], state.mean[t],
        lag_s, lin,
    )
    widen(state, law, t, lin)
    kalman.update(
        state.x[t], state.covariance[t], state.weight[t], state.mean[t], lin, law.noise, gain
    )
    settle(state, law, sensors, plots, t, i)
    lay(state, law, t)


@bare
def take_slot(state, progress):
    """A free slot; the caller has seen to it that there is one."""
    t = progress[FREE_HEAD]
    if t >= 0:
        progress[FREE_HEAD] = state.link[t, 0]
    else:
        t = progress[HIGH]
        progress[HIGH] += 1
    progress[ALIVE] += 1
    return t


@bare
def remove(state, progress, t):
    """Take track ``t`` away; its number is not used again."""
    link_out(state.link, state.cell, state.head, t)
    state.code[t, STATUS] = FREE
    state.link[t, 0] = progress[FREE_HEAD]
    progress[FREE_HEAD] = t
    progress[ALIVE] -= 1
    progress[DROPPED] += 1


@bare
def first_covariance(lin, height_sigma_m, speed_sigma_mps, cov):
    """Fill cov (21,) for a track born of one measurement, its height known to a sigma.

    The position that fits the measurement moves with the height as the Jacobian says.
    """
    a, b, c = lin[kalman.H1], lin[kalman.H1 + 1], lin[kalman.H1 + 2]
    d, e, f = lin[kalman.H2], lin[kalman.H2 + 1], lin[kalman.H2 + 2]
    det = a * e - b * d
    scale = math.hypot(d, e)
    # straight overhead the range says nothing about where: bound it
    if abs(det) < 0.1 * scale:
        det = math.copysign(0.1 * scale, det)
    p1, p2, q1, q2 = e / det, -b / det, -d / det, a / det
    ph, qh = -(p1 * c + p2 * f), -(q1 * c + q2 * f)
    r1, r2, hh = lin[kalman.R11], lin[kalman.R22], height_sigma_m * height_sigma_m
    for k in range(21):
        cov[k] = 0.0
    cov[0] = p1 * p1 * r1 + p2 * p2 * r2 + ph * ph * hh + 1.0
    cov[1] = p1 * q1 * r1 + p2 * q2 * r2 + ph * qh * hh
    cov[6] = q1 * q1 * r1 + q2 * q2 * r2 + qh * qh * hh + 1.0
    cov[4], cov[9], cov[18] = ph * hh, qh * hh, hh
    cov[11] = cov[15] = speed_sigma_mps * speed_sigma_mps


@bare
def blank(state, t):
    """Put slot ``t`` to what a track without history holds."""
    state.gauge[t] = 0.0
    state.gauge[t, PRESSURE] = math.nan
    state.vertical[t] = 0.0
    state.stamp[t] = -1
    state.code[t] = 0
    state.code[t, MODE_3A] = -1
    state.code[t, MODE_S] = -1
    state.callsign[t] = np.uint64(0)
    state.seen_ns[t] = 0
    state.seen_sensor[t] = -1
    state.seen_missed[t] = 0


@bare
def birth(state, law, sensors, plots, progress, i, place, density, lin):
    """Begin a tentative track at plot ``i``, which lies at ``place`` (ECEF); its slot.

    ``density`` is that of plots without a track there, per square metre.
    """
    x, y, z = place[0], place[1], place[2]
    t = take_slot(state, progress)
    blank(state, t)
    value, sensor = plots.value[i], plots.sensor[i]
    frame, stamp = state.frame[t], state.stamp[t]
    raise_frame(frame, x, y, z)
    mean = state.mean[t]
    mean[0] = mean[1] = mean[2] = mean[3] = 0.0
    mean[4] = frame[ORIGIN_HEIGHT]
    stamp[NUMBER] = progress[NEXT_NUMBER]
    stamp[STATE_NS] = stamp[LAST_PLOT_NS] = plots.measured_ns[i]
    stamp[HORIZON_NS] = stamp[MIXED_NS] = plots.measured_ns[i]
    progress[NEXT_NUMBER] += 1
    linearise(plots.kind[i], value, sensors.fixed[sensor], frame, mean, 0.0, lin)
    height_sigma = height_doubt(law, plots.kind[i], value, sensors.fixed[sensor])
    speed_sigma = law.value[SPEED_SIGMA]
    if math.isfinite(value[VELOCITY_EAST]) and math.isfinite(value[VELOCITY_NORTH]):
        # a new frame's axes point east and north
        mean[2], mean[3] = value[VELOCITY_EAST], value[VELOCITY_NORTH]
        speed_sigma = law.value[REPORTED_SPEED_SIGMA]
    for j in range(state.weight.shape[1]):
        state.weight[t, j] = law.start[j]
        for k in range(5):
            state.x[t, j, k] = mean[k]
        first_covariance(lin, height_sigma, speed_sigma, state.covariance[t, j])
        state.x[t, j, 5], state.covariance[t, j, 20] = law.prior[j], law.prior_variance[j]
    state.code[t, STATUS] = TENTATIVE
    state.code[t, HITS] = 1
    state.gauge[t, PRIOR] = math.log(law.value[NEW_DENSITY] / density)
    if math.isfinite(value[PRESSURE_ALTITUDE]):
        trend(state, t, 1, PRESSURE_NS, value[PRESSURE_ALTITUDE], plots.measured_ns[i])
        state.gauge[t, PRESSURE] = value[PRESSURE_ALTITUDE]
    if math.isfinite(value[ALTITUDE]):
        trend(state, t, 0, GEOMETRIC_NS, value[ALTITUDE], plots.measured_ns[i])
    believe_codes(state, plots, t, i)
    remember_sensor(state, sensors, t, sensor, plots.measured_ns[i])
    summarise(state, t)
    link_in(state.link, state.cell, state.head, t, key_at(x, y, z, law.value[CELL]))
    progress[INITIATED] += 1
    return t
