"""What happens at whole instants: tracks looked after, and output rows written.

In: the tracks and an instant. Out: tracks dropped or moved to the cell they have flown to, and
one row per shown track, extrapolated to the instant.
"""

import math

import numpy as np

from skypact.kernels.compilation import bare
from skypact.kernels.tracking_arrays import (
    CELL,
    COAST_LIMIT,
    COAST_TURNS,
    CONFIRMED,
    DETECTION,
    DROP_SCORE,
    FREE,
    GEOMETRIC_NS,
    HIGH,
    HITS,
    LAST_PLOT_NS,
    MAX_RANGE,
    MODE_3A,
    MODE_S,
    NUMBER,
    POSITION,
    PRESSURE,
    PRESSURE_NS,
    RECENT,
    REVIVE_LIMIT,
    ROTATION,
    ROWS,
    SCORE,
    SEEN,
    SITE,
    STATE_NS,
    STATUS,
    TENTATIVE_LIMIT,
    VELOCITY,
)
from skypact.kernels.tracking_cells import key_at, relink
from skypact.kernels.tracking_frames import carried_axis, point_at, vertical
from skypact.kernels.tracking_heights import shown_height
from skypact.kernels.tracking_life import remove
from skypact.kernels.tracking_maps import detection_chance, map_row_below, note_look
from skypact.kernels.tracking_pairs import has_ended
from skypact.kernels.tracking_spread import PP, QQ, extrapolate, turned

MISSES = 6
"""A sensor that missed a track so often has lost it from its coverage and is forgotten."""

IRREGULAR = 4.0
"""Update intervals without a position report that weigh like one miss of a turning radar."""


@bare
def chance_of(state, sensors, t, sensor, now_ns):
    """Probability that a sensor sees track ``t`` where it is now, and the row of its map.

    Beyond its instrumented range a radar sees nothing: row -1.
    """
    site, gauge = sensors.fixed[sensor], state.gauge[t]
    if sensors.turning[sensor] == 0 or not math.isfinite(site[SITE]):
        return site[DETECTION], -1
    step_s = (now_ns - state.stamp[t, STATE_NS]) * 1e-9
    row, range_m = map_row_below(
        site,
        gauge[POSITION] + step_s * gauge[VELOCITY],
        gauge[POSITION + 1] + step_s * gauge[VELOCITY + 1],
        gauge[POSITION + 2] + step_s * gauge[VELOCITY + 2],
    )
    if range_m > site[MAX_RANGE]:
        return 0.0, -1
    return detection_chance(sensors, sensor, row), row


@bare
def count_misses(state, sensors, t, now_ns):
    """Lower the score of track ``t`` for each plot that a sensor owed and did not give.

    A sensor owes one when it has been heard measuring well past the time the track was due:
    so latency costs nothing and a silent sensor owes nothing; and it owes as surely as it sees
    aircraft there.
    """
    for k in range(SEEN):
        sensor = state.seen_sensor[t, k]
        if sensor < 0:
            continue
        site = sensors.fixed[sensor]
        interval_s = max(site[ROTATION], sensors.interval_s[sensor])
        if sensors.turning[sensor] == 0:
            # receivers hear an aircraft when they do, not once a turn
            interval_s *= IRREGULAR
        heard_s = (sensors.heard_ns[sensor] - state.seen_ns[t, k]) * 1e-9
        missed = int(heard_s / interval_s - 0.25)
        while state.seen_missed[t, k] < missed and state.seen_missed[t, k] < MISSES:
            chance, row = chance_of(state, sensors, t, sensor, now_ns)
            state.seen_missed[t, k] += 1
            state.gauge[t, SCORE] += math.log(1.0 - chance)
            if row >= 0 and state.code[t, STATUS] == CONFIRMED:
                note_look(sensors, sensor, row, False, now_ns)
        if state.seen_missed[t, k] >= MISSES:
            state.seen_sensor[t, k] = -1


@bare
def upkeep(state, law, sensors, progress, now_ns):
    """Drop tracks that ended, and move the others to the cells they have flown to."""
    value, gauge = law.value, state.gauge
    for t in range(progress[HIGH]):
        status = state.code[t, STATUS]
        if status == FREE:
            continue
        count_misses(state, sensors, t, now_ns)
        silent_s = (now_ns - state.stamp[t, LAST_PLOT_NS]) * 1e-9
        limit_s = value[COAST_LIMIT] if status == CONFIRMED else value[TENTATIVE_LIMIT]
        # most tracks of one plot are clutter: they are not looked after for long
        part = 1.0 if state.code[t, HITS] > 1 else 0.5
        if gauge[t, SCORE] <= part * value[DROP_SCORE] or silent_s > limit_s:
            named = status == CONFIRMED and state.code[t, MODE_S] >= 0
            if not named or silent_s > value[REVIVE_LIMIT]:
                remove(state, progress, t)
                continue
            # one good plot takes it up again, however much was missed
            gauge[t, SCORE] = max(gauge[t, SCORE], value[DROP_SCORE])
        step_s = (now_ns - state.stamp[t, STATE_NS]) * 1e-9
        key = key_at(
            gauge[t, POSITION] + step_s * gauge[t, VELOCITY],
            gauge[t, POSITION + 1] + step_s * gauge[t, VELOCITY + 1],
            gauge[t, POSITION + 2] + step_s * gauge[t, VELOCITY + 2],
            value[CELL],
        )
        relink(state.link, state.cell, state.head, t, key)


@bare
def write_place(state, law, t, now_ns, out, spread):
    """Fill a row's position, velocity, sigma (columns 0, 1, 4, 5, 7 of ``out``) and covariance."""
    step_s = (now_ns - state.stamp[t, STATE_NS]) * 1e-9
    p, q, u, w, h = extrapolate(
        state.x[t], state.covariance[t], state.weight[t], law.kind, law.noise, step_s, spread
    )
    frame = state.frame[t]
    x, y, z = point_at(frame, p, q, h)
    ux, uy, uz = vertical(x, y, z, frame[9], frame[10], frame[11])[:3]
    ax, ay, az = carried_axis(frame, ux, uy, uz)
    bx, by, bz = uy * az - uz * ay, uz * ax - ux * az, ux * ay - uy * ax
    vx, vy, vz = ax * u + bx * w, ay * u + by * w, az * u + bz * w
    level = math.hypot(ux, uy)
    # at a pole any direction is east; take the one of longitude 0
    cl, sl = (ux / level, uy / level) if level > 0.0 else (1.0, 0.0)
    out[0], out[1] = math.atan2(uz, level), math.atan2(sl, cl)
    out[4] = -sl * vx + cl * vy
    out[5] = -uz * cl * vx - uz * sl * vy + level * vz
    turned(
        spread,
        cl * ay - sl * ax,
        cl * by - sl * bx,
        level * az - uz * (cl * ax + sl * ay),
        level * bz - uz * (cl * bx + sl * by),
    )
    out[7] = math.sqrt(0.5 * (spread[PP] + spread[QQ]))


@bare
def write_heights(state, law, t, now_ns, out):
    """Fill a row's altitude, pressure altitude and vertical speed: columns 2, 3 and 6."""
    out[2] = shown_height(state, law, t, now_ns)
    out[3], out[6] = state.gauge[t, PRESSURE], math.nan
    recent_ns = law.value[COAST_LIMIT] * 1e9
    for kind in range(2):
        stamp = state.stamp[t, PRESSURE_NS if kind == 1 else GEOMETRIC_NS]
        if stamp < 0 or now_ns - stamp > recent_ns:
            continue
        v = state.vertical[t, kind]
        # a rate that only the prior knows is not known
        if v[4] < 5.0**2 and (kind == 0 or math.isnan(out[6])):
            out[6] = v[1]


@bare
def is_coasting(state, sensors, law, t, now_ns):
    """Whether no remembered sensor gave its last expected plots."""
    for k in range(SEEN):
        sensor = state.seen_sensor[t, k]
        if sensor >= 0:
            interval_s = max(sensors.fixed[sensor, ROTATION], sensors.interval_s[sensor])
            if (now_ns - state.seen_ns[t, k]) * 1e-9 <= law.value[COAST_TURNS] * interval_s:
                return False
    return True


@bare
def write_rows(state, law, sensors, progress, rows, now_ns):
    """Append a row for each confirmed track and each tentative one of two plots or more."""
    row = progress[ROWS]
    for t in range(progress[HIGH]):
        status = state.code[t, STATUS]
        if status == FREE or state.code[t, HITS] < 2:
            continue
        if status == CONFIRMED and has_ended(state, law, t, now_ns):
            continue
        write_place(state, law, t, now_ns, rows.value[row], rows.covariance[row])
        write_heights(state, law, t, now_ns, rows.value[row])
        rows.stamp[row, 0] = state.stamp[t, NUMBER]
        rows.stamp[row, 1] = now_ns
        rows.stamp[row, 2] = state.stamp[t, LAST_PLOT_NS]
        rows.code[row, 0] = state.code[t, MODE_3A]
        rows.code[row, 1] = state.code[t, MODE_S]
        rows.code[row, 2] = 1 if status == CONFIRMED else 0
        rows.code[row, 3] = 1 if is_coasting(state, sensors, law, t, now_ns) else 0
        rows.callsign[row] = state.callsign[t]
        rows.sensors[row] = np.uint64(0)
        for k in range(SEEN):
            sensor = state.seen_sensor[t, k]
            if sensor >= 0 and (now_ns - state.seen_ns[t, k]) * 1e-9 <= law.value[RECENT]:
                rows.sensors[row, sensor >> 6] |= np.uint64(1) << np.uint64(sensor & 63)
        row += 1
    progress[ROWS] = row
