"""What is known of a track's height, from plots that report one.

In: a plot with geometric height, pressure altitude or elevation angle, and the track it is of.
Out: the trends that are shown, and the height in the filter's state that slant ranges need (and
tell, where two radars see an aircraft from different sides).
"""

import math

from skypact.kernels import kalman
from skypact.kernels.compilation import bare
from skypact.kernels.tracking_air import air_difference, learn_air
from skypact.kernels.tracking_arrays import (
    ALTITUDE,
    ASSUMED_HEIGHT_SIGMA,
    COAST_LIMIT,
    GEOMETRIC_NS,
    GEOMETRIC_SIGMA,
    HEIGHT_DOUBT,
    HEIGHT_NOISE,
    HEIGHT_VARIANCE,
    HORIZON_NS,
    POSITION,
    PRESSURE,
    PRESSURE_ALTITUDE,
    PRESSURE_NS,
    PRESSURE_SIGMA,
    SHOWN_HEIGHT_SIGMA,
    VELOCITY_UP,
)
from skypact.kernels.tracking_frames import elevated_height

READING_SIGMA_M = 12.0
"""Noise of one height reading about its own trend: steps of 25 and 100 feet, and jitter."""

RATE_SIGMA_MPS = 2.0
"""Noise of a reported vertical speed: steps of 64 ft/min, smoothing and lag."""

CORRECTED_SIGMA_M = 50.0
"""How well a pressure altitude that the air's difference corrects tells the height."""

EVERY_NS = 10_000_000_000
"""One aircraft's pair of heights counts once in so long, so that many must agree."""

DOUBTS = 3
"""So many contradicting readings in a row are believed."""


@bare
def trend(state, t, kind, column, height_m, measured_ns):
    """Feed a height to its own two-state filter; False where the height contradicts it.

    ``kind`` 0 is geometric, 1 pressure altitude. State z (m), rate (m/s) with noise 1 m^2/s^3.
    """
    v, stamp = state.vertical[t, kind], state.stamp[t]
    step_s = (measured_ns - stamp[column]) * 1e-9
    if stamp[column] < 0 or step_s > 60.0:
        v[0], v[1], v[2], v[3], v[4] = height_m, 0.0, READING_SIGMA_M**2, 0.0, 15.0**2
        stamp[column] = measured_ns
        return True
    if step_s < 0.0:
        return abs(height_m - v[0] - v[1] * step_s) < 500.0
    z = v[0] + v[1] * step_s
    a = v[2] + step_s * (2.0 * v[3] + step_s * v[4]) + step_s**3 / 3.0
    b = v[3] + step_s * v[4] + 0.5 * step_s * step_s
    c = v[4] + step_s
    total = a + READING_SIGMA_M**2
    y = height_m - z
    if y * y > 25.0 * total + 150.0**2:
        return False
    v[0], v[1] = z + a / total * y, v[1] + b / total * y
    v[2], v[3], v[4] = a - a * a / total, b - a * b / total, c - b * b / total
    stamp[column] = measured_ns
    return True


@bare
def trend_rate(state, t, kind, column, up_mps, measured_ns):
    """Feed a reported vertical speed to the trend that was fed at the same time."""
    v = state.vertical[t, kind]
    y = up_mps - v[1]
    total = v[4] + RATE_SIGMA_MPS**2
    if state.stamp[t, column] != measured_ns or y * y > 16.0 * total + 100.0:
        return
    v[0], v[1] = v[0] + v[3] / total * y, v[1] + v[4] / total * y
    v[2], v[3], v[4] = v[2] - v[3] * v[3] / total, v[3] * (1.0 - v[4] / total), v[4] * (
        1.0 - v[4] / total
    )


@bare
def height_doubt(law, kind, value, site):
    """Standard deviation (m) of the height that ``known_height`` gives a plot."""
    if math.isfinite(value[ALTITUDE]):
        return law.value[GEOMETRIC_SIGMA]
    if math.isfinite(value[PRESSURE_ALTITUDE]):
        return law.value[PRESSURE_SIGMA]
    assumed, sigma = law.value[ASSUMED_HEIGHT_SIGMA], elevated_height(kind, value, site)[1]
    return assumed * sigma / math.hypot(assumed, sigma) if math.isfinite(sigma) else assumed


@bare
def geometric_of(state, t, pressure_m):
    """Height above the ellipsoid that a pressure altitude means near track ``t``; NaN unknown."""
    gauge = state.gauge[t]
    return pressure_m + air_difference(
        state.air, gauge[POSITION], gauge[POSITION + 1], gauge[POSITION + 2], pressure_m
    )


@bare
def compare(state, t, geometric_m, pressure_m, measured_ns, before_ns):
    """Learn the air from track ``t``, which reports both heights, once in ten seconds."""
    if before_ns >= 0 and measured_ns // EVERY_NS == before_ns // EVERY_NS:
        return
    gauge = state.gauge[t]
    learn_air(
        state.air, gauge[POSITION], gauge[POSITION + 1], gauge[POSITION + 2], pressure_m,
        geometric_m - pressure_m,
    )


@bare
def use_height(state, law, t, height_m, sigma_m, fits):
    """Give a reported height to the filter; one that contradicts must insist first."""
    if not fits:
        state.code[t, HEIGHT_DOUBT] += 1
        if state.code[t, HEIGHT_DOUBT] < DOUBTS:
            return
        # the readings insist: begin anew from what they say
        state.stamp[t, GEOMETRIC_NS] = state.stamp[t, PRESSURE_NS] = -1
        for j in range(state.weight.shape[1]):
            state.covariance[t, j, HEIGHT_VARIANCE] += law.value[ASSUMED_HEIGHT_SIGMA] ** 2
    state.code[t, HEIGHT_DOUBT] = 0
    for j in range(state.weight.shape[1]):
        kalman.update_height(state.x[t, j], state.covariance[t, j], height_m, sigma_m * sigma_m)


@bare
def feed_heights(state, law, sensors, plots, t, i):
    """Use a plot's heights: for the trends that are shown, and for the slant range's sake.

    Pressure altitude stands in for height above the ellipsoid, corrected by what aircraft that
    report both told of the air there; with its own, wider, noise where none did.
    """
    value, measured_ns = plots.value[i], plots.measured_ns[i]
    geometric, pressure, up = value[ALTITUDE], value[PRESSURE_ALTITUDE], value[VELOCITY_UP]
    height, sigma, fits = math.nan, 0.0, True
    if math.isfinite(pressure):
        fits = trend(state, t, 1, PRESSURE_NS, pressure, measured_ns)
        height, sigma = geometric_of(state, t, pressure), CORRECTED_SIGMA_M
        if math.isnan(height):
            height, sigma = pressure, law.value[PRESSURE_SIGMA]
        if fits:
            state.gauge[t, PRESSURE] = pressure
            if math.isfinite(up):
                trend_rate(state, t, 1, PRESSURE_NS, up, measured_ns)
    if math.isfinite(geometric):
        before_ns = state.stamp[t, GEOMETRIC_NS]
        fits = trend(state, t, 0, GEOMETRIC_NS, geometric, measured_ns) and fits
        height, sigma = geometric, law.value[GEOMETRIC_SIGMA]
        if fits and math.isfinite(up):
            trend_rate(state, t, 0, GEOMETRIC_NS, up, measured_ns)
        if fits and math.isfinite(pressure):
            compare(state, t, geometric, pressure, measured_ns, before_ns)
    if math.isfinite(height):
        use_height(state, law, t, height, sigma, fits)
        return
    height, sigma = elevated_height(plots.kind[i], value, sensors.fixed[plots.sensor[i]])
    if not math.isfinite(height):
        return
    off = height - state.mean[t, 4]
    for j in range(state.weight.shape[1]):
        variance = sigma * sigma
        if off * off <= 25.0 * (state.covariance[t, j, HEIGHT_VARIANCE] + variance):
            kalman.update_height(state.x[t, j], state.covariance[t, j], height, variance)


@bare
def shown_height(state, law, t, now_ns):
    """Height above the ellipsoid to show, metres: reported, corrected or inferred; else NaN.

    A height that only the prior or an uncorrected pressure altitude tells is not shown.
    """
    recent_ns, stamp = law.value[COAST_LIMIT] * 1e9, state.stamp[t]
    for kind in range(2):
        told_ns = stamp[PRESSURE_NS if kind == 1 else GEOMETRIC_NS]
        if told_ns >= 0 and now_ns - told_ns <= recent_ns:
            v = state.vertical[t, kind]
            height = v[0] + v[1] * (now_ns - told_ns) * 1e-9
            return height if kind == 0 else geometric_of(state, t, height)
    mean, variance = state.mean[t, 4], 0.0
    for j in range(state.weight.shape[1]):
        d = state.x[t, j, 4] - mean
        variance += state.weight[t, j] * (state.covariance[t, j, HEIGHT_VARIANCE] + d * d)
    ahead_s = max((now_ns - stamp[HORIZON_NS]) * 1e-9, 0.0)
    variance += law.value[HEIGHT_NOISE] * ahead_s
    known = 0.0 <= variance <= law.value[SHOWN_HEIGHT_SIGMA] ** 2
    return mean if known else math.nan
