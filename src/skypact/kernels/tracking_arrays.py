"""The tracker's arrays: what each holds, by name, and the Numba types they are compiled for.

Everything the tracking kernels read or write travels in five named tuples of arrays. Times are
int64 UTC nanoseconds, positions ECEF metres, angles radians. A symmetric 6 x 6 covariance is
kept as its 21 upper elements, row by row.

The state of a track in one motion model is ``(p, q, vp, vq, h, m)``: offset and velocity (m,
m/s) along the first two axes of the track's own plane, height above the ellipsoid (m), and the
model's own parameter: acceleration along the flight or rate of turn, or nothing. The plane
touches the surface of constant height at the track and is carried along without spin (parallel
transport), so that straight level flight is a constant ``(vp, vq)`` everywhere, also over a pole.
"""

from typing import Any, NamedTuple

from numba import types

STATES = 6
PACKED = 21
MEANS = 5  # of these a mean over the models makes sense
HEIGHT_VARIANCE = 18  # where State.covariance keeps it
SEEN = 8  # sensors remembered per track

# State.frame: origin (ECEF), first, second axis and up (unit vectors), height of the origin
ORIGIN, AXIS_P, AXIS_Q, UP, ORIGIN_HEIGHT = 0, 3, 6, 9, 12
FRAME = 13

# State.gauge: what the coarse gate and the track's life need
POSITION, VELOCITY, POSITION_VARIANCE, VELOCITY_VARIANCE, SCORE, PRESSURE = 0, 3, 6, 7, 8, 9
PRIOR = 10  # log-odds at birth; those now are SCORE + PRIOR
GAUGE = 11

# State.stamp
NUMBER, STATE_NS, LAST_PLOT_NS, GEOMETRIC_NS, PRESSURE_NS = 0, 1, 2, 3, 4
HORIZON_NS, MIXED_NS = 5, 6  # to which time noise has been added, and models have been mixed
STAMP = 7

# State.code
STATUS, HITS, MODE_3A, MODE_S, MODE_3A_DOUBT, MODE_S_DOUBT, CALLSIGN_DOUBT, HEIGHT_DOUBT = range(8)
CODE = 8
FREE, TENTATIVE, CONFIRMED = 0, 1, 2

# State.air: mean difference of geometric height and pressure altitude, readings, place's tag
AIR_DIFFERENCE, AIR_READINGS, AIR_TAG = 0, 1, 2
AIR_CELLS = 512

# SensorArrays.fixed
SITE, SITE_AXES, RANGE_SIGMA, AZIMUTH_SIGMA, POSITION_SIGMA = 0, 3, 12, 13, 14
DETECTION, CLUTTER_DENSITY, ROTATION, MAX_RANGE = 15, 16, 17, 18
ELEVATION_SIGMA = 19
SENSOR_FIXED = 20

# SensorArrays.map: bands of range times sectors of azimuth, and a row for the whole sensor
MAP_BANDS, MAP_SECTORS = 16, 32
MAP = MAP_BANDS * MAP_SECTORS + 1

# PlotArrays.value
RANGE, AZIMUTH, LATITUDE, LONGITUDE, ALTITUDE, PRESSURE_ALTITUDE = 0, 1, 2, 3, 4, 5
SIGMA, VELOCITY_EAST, VELOCITY_NORTH, VELOCITY_UP, ELEVATION = 6, 7, 8, 9, 10
PLOT_VALUE = 11
POLAR, PLACED = 1, 2  # PlotArrays.kind

# Law.value: the settings as numbers, see skypact.tracking.settings
(
    GATE, REACH, ASSUMED_HEIGHT, ASSUMED_HEIGHT_SIGMA, SPEED_SIGMA, HEIGHT_NOISE, PRESSURE_SIGMA,
    GEOMETRIC_SIGMA, REPORTED_SPEED_SIGMA, CONFIRM_SCORE, DROP_SCORE, SCORE_LIMIT, HIT_LIMIT,
    CONFIRM_HITS, COAST_LIMIT, TENTATIVE_LIMIT, COAST_TURNS, SAME_MODE_S, OTHER_MODE_S,
    SAME_MODE_3A, OTHER_MODE_3A, SAME_CALLSIGN, OTHER_CALLSIGN, TRACK_LIMIT, CELL, RECENT,
    NEW_DENSITY, SHOWN_HEIGHT_SIGMA, REVIVE_LIMIT,
) = range(29)
LAW = 29

# progress: where a call stands, and what was counted
(
    NEXT_PLOT, NEXT_UPKEEP, NEXT_OUTPUT, ROWS, HIGH, FREE_HEAD, ALIVE, NEXT_NUMBER, USED,
    INITIATED, ABSORBED, CROWDED, CONFIRMED_EVER, DROPPED, REFUSED_AT_LIMIT, LEARNED,
) = range(16)
PROGRESS = 16

DONE, NEED_TRACKS, NEED_ROWS = 0, 1, 2  # what ``advance`` answers


class State(NamedTuple):
    """All tracks; first axis is the track's slot (capacity)."""

    x: Any  # float64 (capacity, models, STATES)
    covariance: Any  # float64 (capacity, models, PACKED)
    weight: Any  # float64 (capacity, models): model probabilities
    mean: Any  # float64 (capacity, MEANS): over the models
    frame: Any  # float64 (capacity, FRAME)
    gauge: Any  # float64 (capacity, GAUGE)
    vertical: Any  # float64 (capacity, 2, 5): geometric, pressure; z, rate, var z, cov, var rate
    stamp: Any  # int64 (capacity, STAMP)
    code: Any  # int32 (capacity, CODE)
    callsign: Any  # uint64 (capacity,): eight characters as one number
    seen_ns: Any  # int64 (capacity, SEEN): last plot of each remembered sensor
    seen_sensor: Any  # int32 (capacity, SEEN): -1 none
    seen_missed: Any  # int32 (capacity, SEEN): expected plots that did not come since
    link: Any  # int64 (capacity, 2): next and previous slot in its cell, or next free
    cell: Any  # int64 (capacity,): key of its cell
    head: Any  # int64 (buckets,): first slot of each bucket, -1 none
    air: Any  # float64 (AIR_CELLS, 3): of all tracks, by place, see kernels.tracking_air


class SensorArrays(NamedTuple):
    """All sensors; first axis is the index in the sensor table."""

    fixed: Any  # float64 (sensors, SENSOR_FIXED)
    turning: Any  # int32 (sensors,): 1 where one plot a turn is the rule
    heard_ns: Any  # int64 (sensors,): latest time of measurement heard
    interval_s: Any  # float64 (sensors,): learned mean time between plots of one track
    since_ns: Any  # int64 (sensors,): first time of measurement heard, 0 none
    map: Any  # float64 (sensors, MAP, 3): faded counts of unwanted plots, of seen, of looks
    map_ns: Any  # int64 (sensors, MAP): time they are faded to


class PlotArrays(NamedTuple):
    """Plots ready to be used, sorted by slot, sensor, time of measurement, arrival."""

    slot_ns: Any  # int64 (plots,): start of the slot
    measured_ns: Any  # int64 (plots,)
    sensor: Any  # int32 (plots,)
    kind: Any  # int32 (plots,): POLAR or PLACED
    value: Any  # float64 (plots, PLOT_VALUE)
    mode_3a: Any  # int32 (plots,)
    mode_s: Any  # int32 (plots,)
    callsign: Any  # uint64 (plots,)
    number: Any  # int64 (plots,): counted over all plots ever handed in


class Law(NamedTuple):
    """Settings as numbers."""

    value: Any  # float64 (LAW,)
    kind: Any  # int32 (models,): what the parameter is, see kernels.kalman
    prior: Any  # float64 (models,): the parameter's mean when the model is entered
    prior_variance: Any  # float64 (models,)
    noise: Any  # float64 (models,): acceleration noise density, m^2/s^3
    dwell_s: Any  # float64 (models,): mean time spent in the model
    switch: Any  # float64 (models, models): where it goes when it leaves, rows sum to 1
    start: Any  # float64 (models,): probabilities of a new track


class Rows(NamedTuple):
    """Output rows; first axis is the row (capacity)."""

    value: Any  # float64 (rows, 8): the float columns of model.tracks, in its order
    stamp: Any  # int64 (rows, 3): track, measured_ns, last_plot_ns
    code: Any  # int32 (rows, 4): mode_3a, mode_s, confirmed, coasting
    callsign: Any  # uint64 (rows,)
    sensors: Any  # uint64 (rows, words)
    covariance: Any  # float64 (rows, 10): of position and velocity, see model.tracks


class Learned(NamedTuple):
    """What plots told of tracks, see ``model.innovations``; first axis is the row (capacity)."""

    value: Any  # float64 (rows, 15): the float columns of model.innovations, in its order
    stamp: Any  # int64 (rows, 3): plot, track, measured_ns
    code: Any  # int32 (rows, 3): sensor, polar, confirmed


F1, F2, F3 = types.float64[::1], types.float64[:, ::1], types.float64[:, :, ::1]
L1, L2 = types.int64[::1], types.int64[:, ::1]
I1, I2 = types.int32[::1], types.int32[:, ::1]
U1, U2 = types.uint64[::1], types.uint64[:, ::1]

STATE_TYPE = types.NamedTuple(
    [F3, F3, F2, F2, F2, F2, F3, L2, I2, U1, L2, I2, I2, L2, L1, L1, F2], State
)
SENSORS_TYPE = types.NamedTuple([F2, I1, L1, F1, L1, F3, L2], SensorArrays)
PLOTS_TYPE = types.NamedTuple([L1, L1, I1, I1, F2, I1, I1, U1, L1], PlotArrays)
LAW_TYPE = types.NamedTuple([F1, I1, F1, F1, F1, F1, F2, F1], Law)
ROWS_TYPE = types.NamedTuple([F2, L2, I2, U1, U2, F2], Rows)
LEARNED_TYPE = types.NamedTuple([F2, L2, I2], Learned)
