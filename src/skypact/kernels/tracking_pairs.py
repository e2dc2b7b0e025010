"""Which plots may belong to which tracks, and which do: gate, then assign, one group at a time.

A group is the plots of one sensor in one slot. In: the group and the tracks. Out: for every
plot the pair that won, or -1. Candidates come from the cells around the plot; a coarse gate on
the plane spares most of the work; the fine gate is the least squared Mahalanobis distance over
the models. Evidence of a pair is its log-likelihood ratio against clutter (Blackman and Popoli,
"Design and Analysis of Modern Tracking Systems", 1999, 6.2); codes add bounded terms to it and
never open a gate by themselves.
"""

import math

import numpy as np

from skypact.kernels import kalman
from skypact.kernels.assignment import FORBIDDEN, assign_rows
from skypact.kernels.compilation import bare, inner
from skypact.kernels.tracking_arrays import (
    ALTITUDE,
    ASSUMED_HEIGHT,
    ASSUMED_HEIGHT_SIGMA,
    AZIMUTH_SIGMA,
    CELL,
    CLUTTER_DENSITY,
    CONFIRMED,
    DETECTION,
    GATE,
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
from skypact.kernels.tracking_cells import SPHERE_M, bucket_of, cell_axis, cell_key
from skypact.kernels.tracking_frames import known_height, linearise, place_plot
from skypact.kernels.tracking_life import carry

PAIRS_PER_PLOT = 16
"""Pairs kept of one plot; with these found, no more are looked for. Bounds the work."""

CANDIDATES_PER_PLOT = 4096
LEAST_GAIN = 1e-3
LARGEST_CLUSTER = 48
"""Plots or tracks beyond which a cluster is solved greedily; bounds the work."""

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
def code_evidence(state, plots, law, t, i):
    """Log-likelihood ratio of the codes of plot ``i`` and track ``t``; 0 where either has none."""
    total = 0.0
    value, code = law.value, state.code
    if plots.mode_s[i] >= 0 and code[t, MODE_S] >= 0:
        same = plots.mode_s[i] == code[t, MODE_S]
        total += value[SAME_MODE_S] if same else value[OTHER_MODE_S]
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
def near_2(state, t, x, y, z, step_s):
    """Squared distance (m^2) across the track's plane from its coarse prediction to a point."""
    gauge, frame = state.gauge, state.frame
    dx = x - gauge[t, POSITION] - step_s * gauge[t, VELOCITY]
    dy = y - gauge[t, POSITION + 1] - step_s * gauge[t, VELOCITY + 1]
    dz = z - gauge[t, POSITION + 2] - step_s * gauge[t, VELOCITY + 2]
    along = dx * frame[t, UP] + dy * frame[t, UP + 1] + dz * frame[t, UP + 2]
    return dx * dx + dy * dy + dz * dz - along * along


@bare
def weigh(state, law, sensors, plots, t, i, scratch):
    """Evidence and squared distance of plot ``i`` for track ``t``, carried to the plot's time."""
    lin, gain, share, mixed = scratch
    measured_ns, sensor = plots.measured_ns[i], plots.sensor[i]
    site = sensors.fixed[sensor]
    carry(state, law, t, measured_ns, share, mixed)
    lag_s = (measured_ns - state.stamp[t, STATE_NS]) * 1e-9
    mean = state.mean[t]
    linearise(plots.kind[i], plots.value[i], site, state.frame[t], mean, lag_s, lin)
    log, distance = kalman.likelihood(
        state.x[t], state.covariance[t], state.weight[t], mean, lin, law.noise, gain
    )
    if distance > law.value[GATE]:
        return 0.0, distance
    density = site[CLUTTER_DENSITY]
    if plots.kind[i] == POLAR:
        # clutter uniform over the area, seen in metres times radians
        density *= max(plots.value[i, RANGE], 1.0)
    log += height_evidence(state, plots, t, i)
    return log - math.log(density) + math.log(site[DETECTION]), distance


@bare
def candidate_gain(state, law, sensors, plots, t, i, place, variance, noisiest, scratch):
    """Gain and evidence of plot ``i`` for track ``t``, gain at most 0 where it may not be.

    A third value tells that the plot, if no track gets it, is to be absorbed: a turning radar's
    second plot of something confirmed.
    """
    value, gauge = law.value, state.gauge
    sensor, measured_ns = plots.sensor[i], plots.measured_ns[i]
    step_s = (measured_ns - state.stamp[t, STATE_NS]) * 1e-9
    d2 = near_2(state, t, place[0], place[1], place[2], step_s)
    spread = (
        variance + gauge[t, POSITION_VARIANCE] + step_s * step_s * gauge[t, VELOCITY_VARIANCE]
        + noisiest * abs(step_s) ** 3 / 3.0
    )
    if d2 > value[REACH] * value[REACH] or d2 > 2.0 * value[GATE] * spread:
        return 0.0, 0.0, False
    confirmed = state.code[t, STATUS] == CONFIRMED
    detection = sensors.fixed[sensor, DETECTION]
    turning = sensors.turning[sensor] == 1
    second = turning and confirmed and d2 <= ABSORB_2 * spread
    if turning and seen_this_turn(
        state, t, sensor, measured_ns, sensors.fixed[sensor, ROTATION]
    ):
        return 0.0, 0.0, second
    evidence, distance = weigh(state, law, sensors, plots, t, i, scratch)
    if distance > value[GATE]:
        return 0.0, 0.0, second
    # a track that may not exist is worth less than one that surely does
    exists = detection
    if not confirmed:
        exists /= 1.0 + math.exp(3.0 - gauge[t, SCORE])
    gain = evidence + code_evidence(state, plots, law, t, i)
    gain += math.log(exists / (detection * (1.0 - exists)))
    if not confirmed:
        # a young track may have what no other wants: its score, not this, is its trial
        gain = max(gain, LEAST_GAIN)
    return gain, evidence, second


@bare
def gate_plot(state, law, sensors, plots, i, place, pairs, first, noisiest, scratch):
    """Find the pairs of plot ``i`` at ``place`` (ECEF); their number and if it is absorbed.

    ``pairs`` is (track, gain, evidence) arrays, written from ``first`` on.
    """
    pair_track, pair_gain, pair_evidence = pairs
    x, y, z = place
    cell_m, head = law.value[CELL], state.head
    radius = math.sqrt(x * x + y * y + z * z)
    sensor = plots.sensor[i]
    variance = plot_variance(plots.kind[i], plots.value[i], sensors.fixed[sensor], law)
    count, looked, absorbed = 0, 0, False
    margin = law.value[REACH] * radius / SPHERE_M
    x1, x2 = cell_axis(x - margin, radius, cell_m), cell_axis(x + margin, radius, cell_m)
    y1, y2 = cell_axis(y - margin, radius, cell_m), cell_axis(y + margin, radius, cell_m)
    z1, z2 = cell_axis(z - margin, radius, cell_m), cell_axis(z + margin, radius, cell_m)
    wide, deep = y2 - y1 + 1, z2 - z1 + 1
    for c in range((x2 - x1 + 1) * wide * deep):
        key = cell_key(x1 + c // (wide * deep), y1 + c // deep % wide, z1 + c % deep)
        after = head[bucket_of(key, head.shape[0] - 1)]
        while after >= 0 and looked < CANDIDATES_PER_PLOT and count < PAIRS_PER_PLOT:
            t = after
            after = state.link[t, 0]
            looked += 1
            if state.cell[t] != key:
                continue
            gain, evidence, second = candidate_gain(
                state, law, sensors, plots, t, i, place, variance, noisiest, scratch
            )
            absorbed = absorbed or second
            if gain > 0.0:
                pair_track[first + count] = t
                pair_gain[first + count] = gain
                pair_evidence[first + count] = evidence
                count += 1
    return count, absorbed


@bare
def best_of(pair_gain, first, count):
    """Index of the pair with the greatest gain, -1 of none."""
    best = -1
    for k in range(first, first + count):
        if best < 0 or pair_gain[k] > pair_gain[best]:
            best = k
    return best


@bare
def root_of(parent, i):
    """Root of a plot's cluster."""
    while parent[i] != i:
        parent[i] = parent[parent[i]]
        i = parent[i]
    return i


@bare
def sort_by(key, order):
    """Shell sort of ``order`` by ``key``, equal keys by number; NumPy's takes 2 s to compile."""
    gap = order.shape[0] // 2
    while gap > 0:
        for i in range(gap, order.shape[0]):
            item, j = order[i], i
            while j >= gap and (
                key[order[j - gap]] > key[item]
                or (key[order[j - gap]] == key[item] and order[j - gap] > item)
            ):
                order[j] = order[j - gap]
                j -= gap
            order[j] = item
        gap //= 2


@inner
def solve_greedily(members, first, count, pair_track, pair_gain, column_of, won):
    """As :func:`solve_cluster`, but the greatest gain first: for clusters too large to solve."""
    total = 0
    for i in members:
        total += count[i]
        won[i] = -1
    pair, plot, cost = np.empty(total, np.int64), np.empty(total, np.int64), np.empty(total)
    n = 0
    for i in members:
        for k in range(first[i], first[i] + count[i]):
            pair[n], plot[n], cost[n] = k, i, -pair_gain[k]
            n += 1
    order = np.arange(total)
    sort_by(cost, order)
    for n in order:
        t = pair_track[pair[n]]
        if won[plot[n]] < 0 and column_of[t] < 0:
            won[plot[n]] = pair[n]
            column_of[t] = 1
    for n in range(total):
        column_of[pair_track[pair[n]]] = -1


@inner
def solve_cluster(members, first, count, pair_track, pair_gain, column_of, won):
    """Assign the plots ``members`` of one cluster; ``column_of`` is -1 all over, and again."""
    columns = 0
    for i in members:
        for k in range(first[i], first[i] + count[i]):
            if column_of[pair_track[k]] < 0:
                column_of[pair_track[k]] = columns
                columns += 1
    large = max(members.shape[0], columns) > LARGEST_CLUSTER
    height = 0 if large else members.shape[0]
    cost = np.full((height, columns), FORBIDDEN)
    pair = np.full((height, columns), -1, np.int64)
    for a in range(height):
        i = members[a]
        for k in range(first[i], first[i] + count[i]):
            column = column_of[pair_track[k]]
            cost[a, column] = -pair_gain[k]
            pair[a, column] = k
    for i in members:
        for k in range(first[i], first[i] + count[i]):
            column_of[pair_track[k]] = -1
    if large:
        solve_greedily(members, first, count, pair_track, pair_gain, column_of, won)
        return
    partner = np.empty(height, np.int64)
    assign_rows(cost, partner)
    for a in range(height):
        won[members[a]] = pair[a, partner[a]] if partner[a] >= 0 else -1


@inner
def decide(first, count, size, pair_track, pair_gain, column_of, won):
    """Fill ``won`` (plots of the group): the pair each gets, so that the sum of gains is most."""
    shared = False
    for i in range(size):
        for k in range(first[i], first[i] + count[i]):
            if column_of[pair_track[k]] >= 0:
                shared = True
            column_of[pair_track[k]] = i
    for i in range(size):
        for k in range(first[i], first[i] + count[i]):
            column_of[pair_track[k]] = -1
    if not shared:
        for i in range(size):
            won[i] = best_of(pair_gain, first[i], count[i])
        return
    parent = np.arange(size)
    for i in range(size):
        for k in range(first[i], first[i] + count[i]):
            other = column_of[pair_track[k]]
            if other >= 0:
                parent[root_of(parent, i)] = root_of(parent, other)
            column_of[pair_track[k]] = i
    for k in range(size):
        for m in range(first[k], first[k] + count[k]):
            column_of[pair_track[m]] = -1
    root = np.empty(size, np.int64)
    for i in range(size):
        root[i] = root_of(parent, i)
    order = np.arange(size)
    sort_by(root, order)
    a = 0
    while a < size:
        b = a + 1
        while b < size and root[order[b]] == root[order[a]]:
            b += 1
        if b == a + 1:
            i = order[a]
            won[i] = best_of(pair_gain, first[i], count[i])
        else:
            solve_cluster(order[a:b], first, count, pair_track, pair_gain, column_of, won)
        a = b


@bare
def find_place(plots, sensors, law, i):
    """ECEF of plot ``i`` at its best known height."""
    value = plots.value[i]
    height = known_height(value, law.value[ASSUMED_HEIGHT])
    return place_plot(plots.kind[i], value, sensors.fixed[plots.sensor[i]], height)
