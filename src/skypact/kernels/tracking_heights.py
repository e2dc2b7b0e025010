"""What is known of a track's height, from plots that report one.

In: a plot with geometric height or pressure altitude, and the track it is of. Out: the trends
that are shown, and the height in the filter's state that the slant range needs.
"""

import math

from skypact.kernels import kalman
from skypact.kernels.compilation import bare
from skypact.kernels.tracking_arrays import (
    ALTITUDE,
    ASSUMED_HEIGHT_SIGMA,
    GEOMETRIC_NS,
    GEOMETRIC_SIGMA,
    HEIGHT_DOUBT,
    HEIGHT_VARIANCE,
    PRESSURE,
    PRESSURE_ALTITUDE,
    PRESSURE_NS,
    PRESSURE_SIGMA,
)

READING_SIGMA_M = 12.0
"""Noise of one height reading about its own trend: steps of 25 and 100 feet, and jitter."""

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
def feed_heights(state, law, plots, t, i):
    """Use a plot's heights: for the trends that are shown, and for the slant range's sake.

    Pressure altitude stands in for height above the ellipsoid with its own, wider, noise.
    """
    value, measured_ns = plots.value[i], plots.measured_ns[i]
    geometric, pressure = value[ALTITUDE], value[PRESSURE_ALTITUDE]
    height, sigma, fits = math.nan, 0.0, True
    if math.isfinite(pressure):
        fits = trend(state, t, 1, PRESSURE_NS, pressure, measured_ns)
        height, sigma = pressure, law.value[PRESSURE_SIGMA]
        if fits:
            state.gauge[t, PRESSURE] = pressure
    if math.isfinite(geometric):
        fits = trend(state, t, 0, GEOMETRIC_NS, geometric, measured_ns) and fits
        height, sigma = geometric, law.value[GEOMETRIC_SIGMA]
    if not math.isfinite(height):
        return
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
        kalman.update_height(state.x[t, j], state.covariance[t, j], height, sigma * sigma)
