"""The arrays of registration: what each holds, by name, and the Numba types compiled for.

A sensor has ``ERRORS`` errors, in this order: range bias (m), range scale, azimuth bias (rad), time
offset (s), tilt (rad). Within the estimator each is counted in units of its prior standard
deviation, so that the prior's information is the identity; an error whose prior deviation is 0 is
known and stays. Times are int64 UTC nanoseconds, positions ECEF metres, angles radians.
"""

import math
from typing import Any, NamedTuple

from numba import types

RANGE_BIAS, RANGE_SCALE, AZIMUTH_BIAS, TIME_OFFSET, TILT = range(5)
ERRORS = 5
WITNESSES = 7  # sensors remembered per track, the first of them the assumed height
COLUMNS = WITNESSES * ERRORS
STATES = 5  # p, q, vp, vq, h as in kernels.tracking_arrays
MEASURES = 4  # range, azimuth, elevation, height; or along p, along q, -, height

# SensorArrays.fixed
SITE, SITE_AXES = 0, 3
RANGE_SIGMA, AZIMUTH_SIGMA, ELEVATION_SIGMA, POSITION_SIGMA = 12, 13, 14, 15
SENSOR_FIXED = 16

# SensorArrays.role
IGNORED, TEACHES, LISTENS = 0, 1, 2

# RowArrays.value
RANGE, AZIMUTH, ELEVATION, LATITUDE, LONGITUDE, SIGMA, HEIGHT, HEIGHT_SIGMA, SHARE = range(9)
BEGIN = 9  # six more: the track's position and velocity, ECEF, where a filter has to begin
ROW_VALUE = 15
POLAR, PLACED = 1, 2

# votes: histograms end to end, each centred on no change
AZIMUTH_STEP_RAD, RANGE_STEP_M, TIME_STEP_S, PLACE_STEP_M = math.radians(0.5), 500.0, 1.0, 1000.0
VOTES_AZIMUTH, VOTES_RANGE, VOTES_TIME, VOTES_PLACE = 721, 121, 61, 31
VOTE_AZIMUTH = 0
VOTE_RANGE = VOTE_AZIMUTH + VOTES_AZIMUTH
VOTE_TIME = VOTE_RANGE + VOTES_RANGE
VOTE_PLACE = VOTE_TIME + VOTES_TIME  # VOTES_PLACE squared: east, then north
VOTES = VOTE_PLACE + VOTES_PLACE * VOTES_PLACE


class Followed(NamedTuple):
    """One small filter a track; first axis is its slot (capacity)."""

    x: Any  # float64 (capacity, 5)
    covariance: Any  # float64 (capacity, 5, 5): as if the sensors' errors were known
    lean: Any  # float64 (capacity, 5, COLUMNS): how x moves with the errors of its witnesses
    frame: Any  # float64 (capacity, tracking_arrays.FRAME)
    stamp_ns: Any  # int64 (capacity,): time of the state, -1 not begun
    witness: Any  # int32 (capacity, WITNESSES): sensor, -1 none
    heard_ns: Any  # int64 (capacity, WITNESSES): its last plot


class SensorArrays(NamedTuple):
    """All registered sensors, and after them one for the height assumed of aircraft without.

    That one's first error is how far off the assumed height is on average (m): were it left out,
    all range biases would take it up.
    """

    fixed: Any  # float64 (sensors, SENSOR_FIXED)
    error: Any  # float64 (sensors, ERRORS): estimates, in their own units
    prior: Any  # float64 (sensors, ERRORS): prior standard deviations, 0 known
    role: Any  # int32 (sensors,)


class RowArrays(NamedTuple):
    """Plots with the track each belongs to, in order of measurement."""

    slot: Any  # int64 (rows,): slot in Followed
    sensor: Any  # int32 (rows,)
    kind: Any  # int32 (rows,): POLAR or PLACED
    measured_ns: Any  # int64 (rows,): as the sensor said
    value: Any  # float64 (rows, ROW_VALUE)


class Knowledge(NamedTuple):
    """What is known of all errors; ``n`` is sensors times ERRORS."""

    information: Any  # float64 (n, n): of the plots, without the prior
    vector: Any  # float64 (n,): its right side, about the estimates
    covariance: Any  # float64 (n, n): inverse of information and prior together
    lately: Any  # float64 (sensors, ERRORS, ERRORS): of one period, each sensor by itself
    lately_vector: Any  # float64 (sensors, ERRORS)
    consistency: Any  # float64 (sensors, 2): sum of normalised squares, and of plots


class Scratch(NamedTuple):
    """Room for one plot's measures."""

    h: Any  # float64 (MEASURES, STATES): Jacobian to the state
    s: Any  # float64 (MEASURES, COLUMNS): and to the errors
    r: Any  # float64 (MEASURES,): measured less expected
    variance: Any  # float64 (MEASURES,): noise
    k: Any  # float64 (STATES,)


F1, F2, F3 = types.float64[::1], types.float64[:, ::1], types.float64[:, :, ::1]
L1, L2 = types.int64[::1], types.int64[:, ::1]
I1, I2 = types.int32[::1], types.int32[:, ::1]

FOLLOWED_TYPE = types.NamedTuple([F2, F3, F3, F2, L1, I2, L2], Followed)
SENSORS_TYPE = types.NamedTuple([F2, F2, F2, I1], SensorArrays)
ROWS_TYPE = types.NamedTuple([L1, I1, I1, L1, F2], RowArrays)
KNOWLEDGE_TYPE = types.NamedTuple([F2, F1, F2, F3, F2, F2], Knowledge)
