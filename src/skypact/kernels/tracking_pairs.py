"""Which plots may belong to which tracks, and how likely: the gates of one group at a time.

A group is the plots of one sensor in one slot. In: the group and the tracks. Out: pairs of plot
and track, each with its log-likelihood ratio against clutter. Candidates come from the cells
around the plot; a coarse gate on the plane spares most of the work; the fine gate is the least
squared Mahalanobis distance over the models. The evidence of a pair is its log-likelihood ratio
against clutter (Blackman and Popoli, "Design and Analysis of Modern Tracking Systems", 1999,
6.2); codes add bounded terms to it and never open a gate by themselves. How plots are shared
out among tracks is decided in ``tracking_clusters``.
"""

import math

from skypact.kernels import kalman
from skypact.kernels.compilation import bare
from skypact.kernels.tracking_arrays import (
    ALTITUDE,
    ASSUMED_HEIGHT,
    ASSUMED_HEIGHT_SIGMA,
    AZIMUTH,
    AZIMUTH_SIGMA,
    CELL,
    CLUTTER_DENSITY,
    COAST_LIMIT,
    CONFIRMED,
    DETECTION,
    DROP_SCORE,
    GATE,
    LAST_PLOT_NS,
    MODE_3A,
    MODE_S,
    OTHER_CALLSIGN,
    OTHER_MODE_3A,
    OTHER_MODE_S,
    POLAR,
    POSITION,
    POSITION_SIGMA,
    POSITION_VARIANCE,
    PRESSURE,
    PRESSURE_ALTITUDE,
    RANGE,
    RANGE_SIGMA,
    REACH,
    ROTATION,
    SAME_CALLSIGN,
    SAME_MODE_3A,
    SAME_MODE_S,
    SCORE,
    SEEN,
    SIGMA,
    STATE_NS,
    STATUS,
    UP,
    VELOCITY,
    VELOCITY_VARIANCE,
)
from skypact.kernels.tracking_cells import (
    SPHERE_M,
    bucket_of,
    cell_axis,
    cell_key,
    edge_squares,
)
from skypact.kernels.tracking_frames import known_height, linearise, place_plot
from skypact.kernels.tracking_maps import clutter_density, detection_chance, map_row
from skypact.kernels.tracking_motion import carry, widen

PAIRS_PER_PLOT = 16
"""Pairs kept of one plot; with these found, no more are looked for. Bounds the work."""

CANDIDATES_PER_PLOT = 1024

SELF_REPORTED = 5.0
"""Times as much does another address weigh in a report as in a radar's reply: 40, more than any
position can make good."""

LEAST_LOG = -6.0
"""A pair less likely than clutter by this is none: its share would be below a fortieth."""

ABSORB_2 = 4.0
"""A radar's plot so near (squared) to a confirmed track, but not needed by it, starts nothing.

Split plots would else start a twin beside every track; nearer than this no radar of ours could
tell two aircraft apart anyway."""


@bare
def plot_variance(kind, value, site, law):
    """Coarse variance (m^2 per axis) of where a plot lies, its unknown height included."""
    if kind != POLAR:
        sigma = value[SIGMA] if math.isfinite(value[SIGMA]) else site[POSITION_SIGMA]
        return sigma * sigma
    across = value[RANGE] * site[AZIMUTH_SIGMA]
    variance = site[RANGE_SIGMA] * site[RANGE_SIGMA] + across * across
    if not math.isfinite(value[ALTITUDE]) and not math.isfinite(value[PRESSURE_ALTITUDE]):
        steep = min(law.value[ASSUMED_HEIGHT] / max(value[RANGE], 1.0), 1.0)
        variance += (steep * law.value[ASSUMED_HEIGHT_SIGMA]) ** 2
    return variance


@bare
def code_evidence(state, plots, sensors, law, t, i):
    """Log-likelihood ratio of the codes of plot ``i`` and track ``t``; 0 where either has none.

    A radar may garble an address. What reports itself under another one is another aircraft.
    """
    total = 0.0
    value, code = law.value, state.code
    if plots.mode_s[i] >= 0 and code[t, MODE_S] >= 0:
        other = value[OTHER_MODE_S]
        if sensors.turning[plots.sensor[i]] == 0:
            other *= SELF_REPORTED
        total += value[SAME_MODE_S] if plots.mode_s[i] == code[t, MODE_S] else other
    if plots.mode_3a[i] >= 0 and code[t, MODE_3A] >= 0:
        same = plots.mode_3a[i] == code[t, MODE_3A]
        total += value[SAME_MODE_3A] if same else value[OTHER_MODE_3A]
    if plots.callsign[i] != 0 and state.callsign[t] != 0:
        same = plots.callsign[i] == state.callsign[t]
        total += value[SAME_CALLSIGN] if same else value[OTHER_CALLSIGN]
    return total


@bare
def height_evidence(state, plots, t, i):
    """Log-likelihood ratio of Mode C against any height of 12 km; 0 where either has none.

    The track's last reading is uncertain by 300 m, one in fifty readings is garbled.
    """
    d = plots.value[i, PRESSURE_ALTITUDE] - state.gauge[t, PRESSURE]
    if not math.isfinite(d):
        return 0.0
    return math.log(12000.0 / 752.0 * 0.98 * math.exp(-0.5 * (d / 300.0) ** 2) + 0.02)


@bare
def seen_this_turn(state, t, sensor, measured_ns, rotation_s):
    """Whether a turning radar gave track ``t`` a plot less than half a turn away."""
    for k in range(SEEN):
        if state.seen_sensor[t, k] == sensor:
            return abs(measured_ns - state.seen_ns[t, k]) < 0.5e9 * rotation_s
    return False


@bare
def near_2(gauge, frame, t, x, y, z, step_s):
    """Squared distance (m^2) across the track's plane from its coarse prediction to a point."""
    dx = x - gauge[t, POSITION] - step_s * gauge[t, VELOCITY]
    dy = y - gauge[t, POSITION + 1] - step_s * gauge[t, VELOCITY + 1]
    dz = z - gauge[t, POSITION + 2] - step_s * gauge[t, VELOCITY + 2]
    along = dx * frame[t, UP] + dy * frame[t, UP + 1] + dz * frame[t, UP + 2]
    return dx * dx + dy * dy + dz * dz - along * along


@bare
def local_odds(law, sensors, plots, i):
    """Probability of detection where plot ``i`` is, and log of clutter's density over it.

    The density is that in the plot's own coordinates.
    """
    sensor = plots.sensor[i]
    site = sensors.fixed[sensor]
    chance, density = site[DETECTION], site[CLUTTER_DENSITY]
    if plots.kind[i] == POLAR:
        range_m = plots.value[i, RANGE]
        if sensors.turning[sensor] == 1:
            row = map_row(site, range_m, plots.value[i, AZIMUTH])
            chance = detection_chance(sensors, sensor, row)
            density = clutter_density(law, sensors, sensor, row, plots.measured_ns[i])
        # clutter is known per area, the plot in metres times radians
        density *= max(range_m, 1.0)
    return chance, math.log(density / chance)


@bare
def weigh(state, law, sensors, plots, t, i, against, scratch):
    """Evidence and squared distance of plot ``i`` for track ``t``, carried to the plot's time.

    ``against`` is what :func:`local_odds` gives.
    """
    lin, gain, share, mixed = scratch
    measured_ns, sensor = plots.measured_ns[i], plots.sensor[i]
    site = sensors.fixed[sensor]
    carry(state, law, t, measured_ns, share, mixed)
    lag_s = (measured_ns - state.stamp[t, STATE_NS]) * 1e-9
    mean = state.mean[t]
    linearise(plots.kind[i], plots.value[i], site, state.frame[t], mean, lag_s, lin)
    widen(state, law, t, lin)
    log, distance = kalman.likelihood(
        state.x[t], state.covariance[t], state.weight[t], mean, lin, law.noise, gain
    )
    if distance > law.value[GATE]:
        return 0.0, distance
    return log + height_evidence(state, plots, t, i) - against, distance


@bare
def has_ended(state, law, t, now_ns):
    """Whether a confirmed track is no longer shown, only kept in case its address comes again."""
    silent_s = (now_ns - state.stamp[t, LAST_PLOT_NS]) * 1e-9
    return state.gauge[t, SCORE] <= law.value[DROP_SCORE] or silent_s > law.value[COAST_LIMIT]


@bare
def candidate(state, law, sensors, plots, t, i, d2, spread, against, scratch):
    """Log-likelihood ratio of plot ``i`` for track ``t`` and whether they may be a pair.

    ``d2`` is the squared distance of both on the plane and ``spread`` its variance. A third value
    tells that the plot, if no track gets it, is to be absorbed: a turning radar's second plot of
    something confirmed.
    """
    value, sensor, measured_ns = law.value, plots.sensor[i], plots.measured_ns[i]
    other = plots.mode_s[i] < 0 or plots.mode_s[i] != state.code[t, MODE_S]
    ended = state.code[t, STATUS] == CONFIRMED and has_ended(state, law, t, measured_ns)
    if other and ended:
        # only the address it had, and where it would be by now, take it up again
        return 0.0, False, False
    turning = sensors.turning[sensor] == 1
    second = turning and state.code[t, STATUS] == CONFIRMED and d2 <= ABSORB_2 * spread
    if turning and seen_this_turn(state, t, sensor, measured_ns, sensors.fixed[sensor, ROTATION]):
        return 0.0, False, second
    log, distance = weigh(state, law, sensors, plots, t, i, against, scratch)
    if distance > value[GATE]:
        return 0.0, False, second
    log += code_evidence(state, plots, sensors, law, t, i)
    return log, log > LEAST_LOG, False


@bare
def gate_plot(state, law, sensors, plots, i, place, pairs, first, noisiest, against, scratch):
    """Find the pairs of plot ``i`` at ``place`` (ECEF); their number and if it is absorbed.

    ``pairs`` is (track, log ratio) arrays, written from ``first`` on.
    """
    pair_track, pair_log = pairs
    x, y, z = place
    cell_m, head, gauge, frame = law.value[CELL], state.head, state.gauge, state.frame
    reach_2, coarse = law.value[REACH] * law.value[REACH], 2.0 * law.value[GATE]
    radius = math.sqrt(x * x + y * y + z * z)
    sensor = plots.sensor[i]
    variance = plot_variance(plots.kind[i], plots.value[i], sensors.fixed[sensor], law)
    count, looked, absorbed = 0, 0, False
    margin = law.value[REACH] * radius / SPHERE_M
    x1, x2 = cell_axis(x - margin, radius, cell_m), cell_axis(x + margin, radius, cell_m)
    y1, y2 = cell_axis(y - margin, radius, cell_m), cell_axis(y + margin, radius, cell_m)
    z1, z2 = cell_axis(z - margin, radius, cell_m), cell_axis(z + margin, radius, cell_m)
    cells = SPHERE_M / cell_m
    shell = cells * cells
    # plain loops: dividing one index into three costs more than all that is looked up
    for ix in range(x1, x2 + 1):
        least_x, most_x = edge_squares(ix)
        for iy in range(y1, y2 + 1):
            least_y, most_y = edge_squares(iy)
            for iz in range(z1, z2 + 1):
                least_z, most_z = edge_squares(iz)
                if least_x + least_y + least_z > shell or most_x + most_y + most_z < shell:
                    continue  # the surface does not pass through it: no track hangs there
                key = cell_key(ix, iy, iz)
                after = head[bucket_of(key, head.shape[0] - 1)]
                while after >= 0 and looked < CANDIDATES_PER_PLOT and count < PAIRS_PER_PLOT:
                    t = after
                    after = state.link[t, 0]
                    looked += 1
                    if state.cell[t] != key:
                        continue
                    step_s = (plots.measured_ns[i] - state.stamp[t, STATE_NS]) * 1e-9
                    d2 = near_2(gauge, frame, t, x, y, z, step_s)
                    if d2 > reach_2:
                        continue
                    spread = (
                        variance
                        + gauge[t, POSITION_VARIANCE]
                        + step_s * step_s * gauge[t, VELOCITY_VARIANCE]
                        + noisiest * abs(step_s) ** 3 / 3.0
                    )
                    if d2 > coarse * spread:
                        continue
                    log, fits, second = candidate(
                        state, law, sensors, plots, t, i, d2, spread, against, scratch
                    )
                    absorbed = absorbed or second
                    if fits:
                        pair_track[first + count] = t
                        pair_log[first + count] = log
                        count += 1
    return count, absorbed


@bare
def find_place(plots, sensors, law, i):
    """ECEF of plot ``i`` at its best known height."""
    kind, value, site = plots.kind[i], plots.value[i], sensors.fixed[plots.sensor[i]]
    height = known_height(
        kind, value, site, law.value[ASSUMED_HEIGHT], law.value[ASSUMED_HEIGHT_SIGMA]
    )
    return place_plot(kind, value, site, height)
