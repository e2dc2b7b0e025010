"""What a partner's rows may say: every number of a track state or plot held against its range.

In: columns as they came. Out: a fault a row, 0 where it is sound. The limits are those of the
document: docs/reference/traffic.md.
"""

import math

import numpy as np

from skypact.kernels.compilation import bare, kernel

SOUND, NUMBER, TIME, PLACE, HEIGHT, VELOCITY, SPREAD, CODE, PEDIGREE, SENSOR = range(10)

LATEST_NS = 1 << 62  # the year 2116
FASTEST_MPS = 8000.0  # about the first cosmic velocity: faster is no aircraft
LOWEST_M, HIGHEST_M = -2000.0, 200000.0
WIDEST_M2 = 1e14  # variances; a standard deviation of 10,000 km, or km/s
FURTHEST_M = 2e6


@bare
def _within(value, least, most, unknown_fits):
    """Whether a number is in a range; NaN as told."""
    if math.isnan(value):
        return unknown_fits
    return least <= value <= most


@bare
def _text_is_sound(callsign, row):
    """Whether eight bytes are printable ASCII, then zeros: markup is the display's to escape."""
    ended = False
    for k in range(8):
        letter = callsign[row, k]
        if letter == 0:
            ended = True
        elif ended or letter < 32 or letter > 126:
            return False
    return True


@bare
def spread_is_sound(c, row):
    """Whether a covariance (row of (n, 10), upper triangle) is positive definite, or all NaN.

    Cholesky's pivots, each against its own diagonal: float32 keeps seven digits, so what is
    nearer to singular than 1e-6 cannot be told from what is no covariance.
    """
    unknown = 0
    for k in range(10):
        if math.isnan(c[row, k]):
            unknown += 1
        elif abs(c[row, k]) > WIDEST_M2:
            return False
    if unknown > 0:
        return unknown == 10
    a, b, d, e = c[row, 0], c[row, 1], c[row, 2], c[row, 3]
    f, g, h = c[row, 4], c[row, 5], c[row, 6]
    i, j, k4 = c[row, 7], c[row, 8], c[row, 9]
    if a <= 0.0 or f <= 0.0 or i <= 0.0 or k4 <= 0.0:
        return False
    f1 = f - b * b / a
    if f1 <= 1e-6 * f:
        return False
    g1, h1 = g - b * d / a, h - b * e / a
    i1 = i - d * d / a - g1 * g1 / f1
    if i1 <= 1e-6 * i:
        return False
    j1 = j - d * e / a - g1 * h1 / f1
    return k4 - e * e / a - h1 * h1 / f1 - j1 * j1 / i1 > 1e-6 * k4


@bare
def _codes_are_sound(mode_3a, mode_s, callsign, row):
    return (
        -1 <= mode_3a[row] <= 4095
        and -1 <= mode_s[row] <= 0xFFFFFF
        and _text_is_sound(callsign, row)
    )


@bare
def _track_fault(whole, place, real, covariance, row, blurred):
    """Number, times, place, heights, velocity and spread of one state."""
    if whole[0, row] <= -LATEST_NS or whole[0, row] >= LATEST_NS:
        return NUMBER
    if not (0 < whole[1, row] < LATEST_NS and -1 <= whole[2, row] < LATEST_NS):
        return TIME
    if not (
        _within(place[0, row], -0.5 * math.pi, 0.5 * math.pi, blurred)
        and _within(place[1, row], -math.pi, math.pi, blurred)
    ):
        return PLACE
    for k in range(2):
        if not _within(real[k, row], LOWEST_M, HIGHEST_M, True):
            return HEIGHT
    for k in range(2, 5):
        if not _within(real[k, row], -FASTEST_MPS, FASTEST_MPS, blurred or k == 4):
            return VELOCITY
    if not (
        _within(real[5, row], 0.0, math.sqrt(WIDEST_M2), blurred)
        and spread_is_sound(covariance, row)
    ):
        return SPREAD
    return SOUND


@kernel(
    "void(int64[:,::1], float64[:,::1], float64[:,::1], float64[:,::1], int64[::1], uint64[::1],"
    " int32[::1], int32[::1], uint8[::1], uint8[:,::1], int64, boolean, uint8[::1])"
)
def track_faults(
    whole,
    place,
    real,
    covariance,
    joint,
    contributors,
    mode_3a,
    mode_s,
    flags,
    callsign,
    stations,
    blurred,
    fault,
):
    """Fill ``fault`` (n,) of track states.

    ``whole`` (4, n): number, measured_ns, last_plot_ns, allotted_ns; ``place`` (2, n) in rad;
    ``real`` (6, n): altitude, pressure altitude in m, velocity east, north, up in m/s, sigma in
    m; ``covariance`` (n, 10); ``stations``: how many stations the bits of ``contributors`` may
    stand for; ``callsign`` (n, 8).
    """
    for row in range(fault.shape[0]):
        fault[row] = _track_fault(whole, place, real, covariance, row, blurred)
        if fault[row] != SOUND:
            continue
        if not (0 <= joint[row] < 0xFFFFFFFF and 0 <= whole[3, row] < LATEST_NS):
            fault[row] = NUMBER
        elif not _codes_are_sound(mode_3a, mode_s, callsign, row) or flags[row] > 3:
            fault[row] = CODE
        elif (contributors[row] == 0 and not blurred) or (
            stations < 64 and contributors[row] >> np.uint64(stations) != 0  # stands for nobody
        ):
            fault[row] = PEDIGREE


@kernel("void(float64[:,::1], boolean[::1])")
def sound_spreads(covariance, sound):
    """Fill ``sound`` (n,): whether each row of ``covariance`` (n, 10) would be taken."""
    for row in range(sound.shape[0]):
        sound[row] = spread_is_sound(covariance, row)


@kernel(
    "void(int64[:,::1], float64[:,::1], float64[:,::1], int32[::1], int32[::1], int32[::1],"
    " uint8[:,::1], int64, uint8[::1])"
)
def plot_faults(whole, place, real, sensor, mode_3a, mode_s, callsign, sensors, fault):
    """Fill ``fault`` (n,) of plots.

    ``whole`` (2, n): measured_ns, received_ns; ``place`` (4, n): range in m, azimuth, latitude,
    longitude in rad; ``real`` (7, n): elevation in rad, pressure altitude, altitude, sigma in m,
    velocity east, north, up in m/s; ``sensor`` (n,) below ``sensors``, -1 hidden.
    """
    for row in range(fault.shape[0]):
        fault[row] = SOUND
        if not (-1 <= sensor[row] < sensors):
            fault[row] = SENSOR
        elif not (0 < whole[0, row] < LATEST_NS and -1 <= whole[1, row] < LATEST_NS):
            fault[row] = TIME
        elif not (
            _within(place[0, row], 0.0, FURTHEST_M, True)
            and _within(place[1, row], -2.0 * math.pi, 2.0 * math.pi, True)
            and _within(place[2, row], -0.5 * math.pi, 0.5 * math.pi, True)
            and _within(place[3, row], -math.pi, math.pi, True)
            and _within(real[0, row], -0.5 * math.pi, 0.5 * math.pi, True)
        ) or math.isnan(place[2, row]) != math.isnan(place[3, row]):
            fault[row] = PLACE
        elif not (
            _within(real[1, row], LOWEST_M, HIGHEST_M, True)
            and _within(real[2, row], LOWEST_M, HIGHEST_M, True)
        ):
            fault[row] = HEIGHT
        elif not _within(real[3, row], 0.0, math.sqrt(WIDEST_M2), True):
            fault[row] = SPREAD
        elif not (
            _within(real[4, row], -FASTEST_MPS, FASTEST_MPS, True)
            and _within(real[5, row], -FASTEST_MPS, FASTEST_MPS, True)
            and _within(real[6, row], -FASTEST_MPS, FASTEST_MPS, True)
        ):
            fault[row] = VELOCITY
        elif not _codes_are_sound(mode_3a, mode_s, callsign, row):
            fault[row] = CODE
