"""Sensor errors from plots of common aircraft: two-stage estimation over all tracks.

Every track has a filter of steady level flight that takes its plots as if the errors were those
estimated so far, and keeps how its state leans on what is still wrong with them. A plot's
innovation then depends on the remaining errors through a known row, and the rows of all tracks add
up to the information on the errors (B. Friedland, "Treatment of bias in recursive filtering", IEEE
Trans. Automatic Control 14/4, 1969; M. Ignagni, same journal 35/9, 1990). Exact for a linear
system, whatever the gains; what is unknown of an aircraft, its height above all, is an unknown of
its own filter and so is neither counted twice nor taken for a sensor's error.

Huber's weights (Annals of Mathematical Statistics 35, 1964) bound what one plot can do.
"""

import math

import numpy as np
from numba import types

from skypact.kernels.compilation import bare, kernel
from skypact.kernels.registration_arrays import (
    BEGIN,
    COLUMNS,
    ERRORS,
    FOLLOWED_TYPE,
    IGNORED,
    KNOWLEDGE_TYPE,
    LISTENS,
    MEASURES,
    ROWS_TYPE,
    SENSORS_TYPE,
    SHARE,
    STATES,
    TEACHES,
    TIME_OFFSET,
    Scratch,
)
from skypact.kernels.registration_measures import ACCELERATION_M2PS3, measure, measure_height
from skypact.kernels.tracking_arrays import AXIS_P, AXIS_Q
from skypact.kernels.tracking_frames import carry_frame, raise_frame

BEGIN_SIGMA_M = 5e3
BEGIN_SIGMA_MPS = 200.0
ASSUMED_HEIGHT_M = 7500.0
ASSUMED_HEIGHT_SIGMA_M = 2600.0

HEIGHT_NOISE_M2PS = 5000.0
"""Wide, for climbs and because a height inferred from ranges alone is less sure than it seems."""

TURN_MPS2 = 6.0
"""Acceleration allowed for when an innovation is out of all proportion."""

NEVER_OLD_NS = 2**62
BROKEN_S = 60.0
"""A filter without plots for so long begins anew."""

LATE_S = 15.0
"""A plot so much older than the filter is passed over."""

HUBER_2 = 6.0
SURPRISE_2 = 25.0
IMPOSSIBLE_2 = 400.0


@bare
def begin(f, sensors, t, value, time_ns):
    """Lay a filter at the track's own prediction, too wide to matter."""
    raise_frame(f.frame[t], value[BEGIN], value[BEGIN + 1], value[BEGIN + 2])
    frame, x = f.frame[t], f.x[t]
    x[0] = x[1] = x[2] = x[3] = 0.0
    for k in range(3):
        x[2] += frame[AXIS_P + k] * value[BEGIN + 3 + k]
        x[3] += frame[AXIS_Q + k] * value[BEGIN + 3 + k]
    height = sensors.role.shape[0] - 1
    x[4] = ASSUMED_HEIGHT_M + sensors.error[height, 0]
    # element by element: assignments of whole slices take Numba a second each to compile
    for i in range(STATES):
        for j in range(STATES):
            f.covariance[t, i, j] = 0.0
        for c in range(f.lean.shape[2]):
            f.lean[t, i, c] = 0.0
    f.covariance[t, 0, 0] = f.covariance[t, 1, 1] = BEGIN_SIGMA_M**2
    f.covariance[t, 2, 2] = f.covariance[t, 3, 3] = BEGIN_SIGMA_MPS**2
    f.covariance[t, 4, 4] = ASSUMED_HEIGHT_SIGMA_M**2
    for k in range(f.witness.shape[1]):
        f.witness[t, k] = -1
        f.heard_ns[t, k] = 0
    f.stamp_ns[t] = time_ns
    f.witness[t, 0] = height
    f.heard_ns[t, 0] = NEVER_OLD_NS
    f.lean[t, 4, 0] = sensors.prior[height, 0]


@bare
def spread_over(cov, noise, height_noise, step_s):
    """Covariance (5, 5) of steady flight after a step."""
    for j in range(STATES):
        cov[0, j] += step_s * cov[2, j]
        cov[1, j] += step_s * cov[3, j]
    for i in range(STATES):
        cov[i, 0] += step_s * cov[i, 2]
        cov[i, 1] += step_s * cov[i, 3]
    q1 = noise * step_s
    q2, q3 = 0.5 * q1 * step_s, q1 * step_s * step_s / 3.0
    for a in range(2):
        cov[a, a] += q3
        cov[a, a + 2] += q2
        cov[a + 2, a] += q2
        cov[a + 2, a + 2] += q1
    if cov[4, 4] < ASSUMED_HEIGHT_SIGMA_M**2:
        cov[4, 4] += height_noise * step_s


@bare
def carry(f, t, to_ns):
    """Predict a filter to a later time and move its frame there; the lean moves with it."""
    step_s = (to_ns - f.stamp_ns[t]) * 1e-9
    x, lean = f.x[t], f.lean[t]
    p, q = x[0] + step_s * x[2], x[1] + step_s * x[3]
    carry_frame(f.frame[t], p, q, x[4])
    x[0] = x[1] = 0.0
    spread_over(f.covariance[t], ACCELERATION_M2PS3, HEIGHT_NOISE_M2PS, step_s)
    for c in range(f.lean.shape[2]):
        lean[0, c] += step_s * lean[2, c]
        lean[1, c] += step_s * lean[3, c]
    f.stamp_ns[t] = to_ns


@bare
def column_of(f, t, sensor, time_ns):
    """First column of a sensor's errors in the track's lean; the oldest witness gives way."""
    place = 0
    for k in range(f.witness.shape[1]):
        if f.witness[t, k] == sensor:
            f.heard_ns[t, k] = max(f.heard_ns[t, k], time_ns)
            return k * ERRORS
    for k in range(f.witness.shape[1]):
        if f.witness[t, k] < 0:
            place = k
            break
        if f.heard_ns[t, k] < f.heard_ns[t, place]:
            place = k
    f.witness[t, place] = sensor
    f.heard_ns[t, place] = time_ns
    for i in range(STATES):
        for c in range(place * ERRORS, (place + 1) * ERRORS):
            f.lean[t, i, c] = 0.0
    return place * ERRORS


@bare
def product(cov, a, b):
    """Form of a covariance with two vectors of the state."""
    total = 0.0
    for i in range(STATES):
        row = 0.0
        for j in range(STATES):
            row += cov[i, j] * b[j]
        total += a[i] * row
    return total


@bare
def doubt(f, t, know, a, b):
    """What the uncertainty of the errors adds to the covariance of two measures."""
    total = 0.0
    for k in range(f.witness.shape[1]):
        first = f.witness[t, k] * ERRORS
        if first < 0:
            continue
        for m in range(f.witness.shape[1]):
            second = f.witness[t, m] * ERRORS
            if second < 0:
                continue
            for c in range(ERRORS):
                if a[k * ERRORS + c] == 0.0:
                    continue
                row = 0.0
                for d in range(ERRORS):
                    row += know.covariance[first + c, second + d] * b[m * ERRORS + d]
                total += a[k * ERRORS + c] * row
    return total


@bare
def surprise(f, t, know, work):
    """Normalised square of the first two measures, and the inverse of their covariance."""
    cov = f.covariance[t]
    a, b, c = 0.0, 0.0, 0.0
    # one call of each, in a loop: what is written out thrice is compiled thrice
    for m in range(3):
        first, second = m // 2, (m + 1) // 2
        h1, h2, s1, s2 = work.h[first], work.h[second], work.s[first], work.s[second]
        total = product(cov, h1, h2) + doubt(f, t, know, s1, s2)
        if m == 0:
            a = total + work.variance[0]
        elif m == 1:
            b = total
        else:
            c = total + work.variance[1]
    det = a * c - b * b
    r1, r2 = work.r[0], work.r[1]
    square = (r1 * r1 * c - 2.0 * r1 * r2 * b + r2 * r2 * a) / det
    return square, c / det, -b / det, a / det


@bare
def note_lately(f, t, know, work, weight, inverse, begin_k):
    """Add to each witness's own short account, the others' errors being as they are thought."""
    s, r = work.s, work.r
    i11, i12, i22 = inverse
    y1, y2 = i11 * r[0] + i12 * r[1], i12 * r[0] + i22 * r[1]
    for k in range(begin_k, f.witness.shape[1]):
        sensor = f.witness[t, k]
        if sensor < 0:
            continue
        first = k * ERRORS
        for c in range(ERRORS):
            a, b = s[0, first + c], s[1, first + c]
            if a == 0.0 and b == 0.0:
                continue
            know.lately_vector[sensor, c] += weight * (a * y1 + b * y2)
            for d in range(ERRORS):
                know.lately[sensor, c, d] += weight * (
                    a * (i11 * s[0, first + d] + i12 * s[1, first + d])
                    + b * (i12 * s[0, first + d] + i22 * s[1, first + d])
                )


@bare
def note_information(f, t, know, s, r, weight):
    """Add one scalar measure to the information on all errors of the track's witnesses."""
    for k in range(f.witness.shape[1]):
        first = f.witness[t, k] * ERRORS
        if first < 0:
            continue
        for c in range(ERRORS):
            a = weight * s[k * ERRORS + c]
            if a == 0.0:
                continue
            know.vector[first + c] += a * r
            for m in range(f.witness.shape[1]):
                second = f.witness[t, m] * ERRORS
                if second < 0:
                    continue
                for d in range(ERRORS):
                    know.information[first + c, second + d] += a * s[m * ERRORS + d]


@bare
def absorb(f, t, know, work, count, weight):
    """Update the filter with its measures one by one; each adds to the information."""
    cov, x, lean = f.covariance[t], f.x[t], f.lean[t]
    for m in range(count):
        h, s, k = work.h[m], work.s[m], work.k
        total = work.variance[m]
        for i in range(STATES):
            row = 0.0
            for j in range(STATES):
                row += cov[i, j] * h[j]
            k[i] = row
        for i in range(STATES):
            total += h[i] * k[i]
        if weight > 0.0:
            note_information(f, t, know, s, work.r[m], weight / total)
        r = work.r[m]
        for later in range(m + 1, count):
            along = 0.0
            for i in range(STATES):
                along += work.h[later, i] * k[i]
            along /= total
            work.r[later] -= along * r
            for c in range(f.lean.shape[2]):
                work.s[later, c] -= along * s[c]
        for i in range(STATES):
            gain = k[i] / total
            x[i] += gain * r
            for c in range(f.lean.shape[2]):
                lean[i, c] += gain * s[c]
            for j in range(STATES):
                cov[i, j] -= gain * k[j]


@bare
def hear(f, t, sensor, role, time_ns, measured_ns):
    """Carry the filter to a plot and give its sensor a place; first column and lag, or -1.

    Who only listens gets the last place for the while, if it is free, and the filter stays.
    """
    last = f.witness.shape[1] - 1
    lag_s = (time_ns - f.stamp_ns[t]) * 1e-9
    if lag_s < -LATE_S:
        return -1, 0.0
    if role == LISTENS:
        if f.witness[t, 1] < 0 or f.witness[t, last] >= 0 or lag_s > LATE_S:
            return -1, 0.0
        for k in range(last):
            if f.witness[t, k] == sensor:
                return -1, 0.0
        f.witness[t, last] = sensor
        return last * ERRORS, lag_s
    if lag_s > 0.0:
        carry(f, t, time_ns)
        lag_s = 0.0
    return column_of(f, t, sensor, measured_ns), lag_s


@bare
def give_way(f, t, since_s):
    """Widen a filter that is turning, so that it follows."""
    cov = f.covariance[t]
    for a in range(2):
        cov[a, a] += (0.5 * TURN_MPS2 * since_s * since_s) ** 2
        cov[a + 2, a + 2] += (TURN_MPS2 * since_s) ** 2


@bare
def note_own(f, t, know, sensor, column, work, count, weight):
    """Add to the information on a listening sensor's own errors, and to nothing else."""
    for m in range(count):
        total = product(f.covariance[t], work.h[m], work.h[m]) + work.variance[m]
        for c in range(ERRORS):
            a = weight * work.s[m, column + c] / total
            know.vector[sensor * ERRORS + c] += a * work.r[m]
            for d in range(ERRORS):
                know.information[sensor * ERRORS + c, sensor * ERRORS + d] += (
                    a * work.s[m, column + d]
                )


@bare
def take(f, sensors, rows, know, i, work):
    """Use row ``i``; its normalised square, -1 where it was passed over."""
    t, sensor, value = rows.slot[i], rows.sensor[i], rows.value[i]
    role = sensors.role[sensor]
    time_ns = rows.measured_ns[i] - np.int64(1e9 * sensors.error[sensor, TIME_OFFSET])
    before_ns = f.stamp_ns[t]
    if before_ns < 0 or (time_ns - before_ns) * 1e-9 > BROKEN_S:
        if role != TEACHES:
            return -1.0
        begin(f, sensors, t, value, time_ns)
        before_ns = time_ns
    column, lag_s = hear(f, t, sensor, role, time_ns, rows.measured_ns[i])
    if column < 0:
        return -1.0
    count = measure(f, t, sensors, rows, i, lag_s, column, work)
    square, i11, i12, i22 = surprise(f, t, know, work)
    weight = value[SHARE] * min(1.0, math.sqrt(HUBER_2 / max(square, 1e-9)))
    first = f.witness.shape[1] - 1 if role == LISTENS else 0
    note_lately(f, t, know, work, weight, (i11, i12, i22), first)
    know.consistency[sensor, 0] += min(square, SURPRISE_2)
    know.consistency[sensor, 1] += 1.0
    if square > SURPRISE_2:
        weight = 0.0
    if role == LISTENS:
        f.witness[t, f.witness.shape[1] - 1] = -1
        note_own(f, t, know, sensor, column, work, count, weight)
        return square
    if square > IMPOSSIBLE_2:
        return square
    if square > SURPRISE_2:
        # a turn: let the filter follow, learn nothing
        give_way(f, t, max((time_ns - before_ns) * 1e-9, 1.0))
    if measure_height(f, t, value, count, work):
        count += 1
    absorb(f, t, know, work, count, weight)
    return square


@kernel(
    types.void(FOLLOWED_TYPE, SENSORS_TYPE, ROWS_TYPE, KNOWLEDGE_TYPE, types.float64[::1])
)
def learn(followed, sensors, rows, knowledge, square):
    """Take rows in their order into the filters and the knowledge of the errors.

    ``square`` (rows,) is filled with each row's normalised squared innovation, the errors'
    uncertainty included; -1 where a row was passed over.
    """
    work = Scratch(
        np.zeros((MEASURES, STATES)), np.zeros((MEASURES, COLUMNS)), np.zeros(MEASURES),
        np.zeros(MEASURES), np.zeros(STATES),
    )
    for i in range(rows.slot.shape[0]):
        square[i] = -1.0
        if sensors.role[rows.sensor[i]] != IGNORED:
            square[i] = take(followed, sensors, rows, knowledge, i, work)
