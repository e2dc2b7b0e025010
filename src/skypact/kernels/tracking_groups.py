"""One group of plots, those of one sensor in one slot, used: gated, shared out, learned from.

In: the group and the tracks. Out: tracks updated (hard where the plot is surely theirs, softly
where it may be another's or clutter), their log-odds of existence, new tracks for plots that no
track wanted, and a row for every plot used. A track that the group probably holds no plot of
keeps its turn: what it misses is counted when the beam has passed (``tracking_rows``).
"""

import math

import numpy as np

from skypact.kernels.compilation import bare, inner
from skypact.kernels.kalman import LIN
from skypact.kernels.tracking_arrays import (
    ABSORBED,
    ALIVE,
    AZIMUTH,
    CLUTTER_DENSITY,
    CONFIRM_HITS,
    CONFIRM_SCORE,
    CONFIRMED,
    CONFIRMED_EVER,
    HEIGHT_VARIANCE,
    HIT_LIMIT,
    HITS,
    POLAR,
    PRIOR,
    RANGE,
    REFUSED_AT_LIMIT,
    SCORE,
    SCORE_LIMIT,
    STATUS,
    TENTATIVE,
    TRACK_LIMIT,
    USED,
)
from skypact.kernels.tracking_clusters import (
    existence,
    list_tracks,
    share_alone,
    share_out,
)
from skypact.kernels.tracking_innovations import note_birth, note_hit
from skypact.kernels.tracking_life import birth, hit, lay, remember_sensor, settle
from skypact.kernels.tracking_maps import (
    UNWANTED,
    clutter_density,
    count_in,
    map_row,
    note_look,
)
from skypact.kernels.tracking_pairs import PAIRS_PER_PLOT, find_place, gate_plot, local_odds
from skypact.kernels.tracking_soft import PLOTS_PER_TRACK, linearise_plots, soft_update

SURE = 0.99
"""A plot that is a track's with this probability is used as if it surely were."""

LEAST_SHARE = 1e-3
"""A plot less probably a track's than this is not used for it."""


@inner
def group_room(size, capacity):
    """Arrays for groups of up to ``size`` plots: those per pair, and those per plot and track."""
    room = size * PAIRS_PER_PLOT
    pairs = (
        np.empty(room, np.int64), np.empty(room), np.empty(room, np.int64), np.empty(room),
        np.empty(room, np.int64),
    )
    groups = (
        np.empty(size, np.int64), np.empty(size, np.int64), np.empty(size, np.bool_),
        np.empty(size, np.int64), np.empty((size, 3)), np.full(capacity, -1, np.int64),
        np.empty(room, np.int64), np.empty((4, room)), np.empty(room, np.int64), np.empty(size),
        np.empty(room, np.int64),
    )
    return pairs, groups


@inner
def soft_room(models):
    """Scratch of one soft update."""
    return (
        np.empty((PLOTS_PER_TRACK, LIN)), np.empty((PLOTS_PER_TRACK + 1, models)),
        np.empty((3, PLOTS_PER_TRACK)), np.empty(PLOTS_PER_TRACK, np.int64),
        np.empty(PLOTS_PER_TRACK),
    )


@bare
def choose(head, following, plot_of, pair_share, chosen, shares):
    """Fill ``chosen`` plots and their ``shares``, the largest first; how many there are."""
    count = 0
    k = head
    while k >= 0:
        share = pair_share[k]
        if share >= LEAST_SHARE and (count < chosen.shape[0] or share > shares[count - 1]):
            n = min(count, chosen.shape[0] - 1)
            while n > 0 and shares[n - 1] < share:
                shares[n], chosen[n] = shares[n - 1], chosen[n - 1]
                n -= 1
            shares[n], chosen[n] = share, plot_of[k]
            count = min(count + 1, chosen.shape[0])
        k = following[k]
    return count


@bare
def note_unwanted(sensors, plots, i, amount):
    """Count plot ``i`` as clutter of its cell, as far as it probably is no aircraft's.

    A negative amount takes back what was counted.
    """
    sensor = plots.sensor[i]
    if plots.kind[i] == POLAR and sensors.turning[sensor] == 1:
        value = plots.value[i]
        row = map_row(sensors.fixed[sensor], value[RANGE], value[AZIMUTH])
        count_in(sensors, sensor, row, UNWANTED, amount, plots.measured_ns[i])


@bare
def credit(state, law, progress, t, evidence):
    """Add evidence to the log-odds of track ``t``; whether that confirmed it."""
    gauge, code = state.gauge[t], state.code[t]
    gauge[SCORE] += min(evidence, law.value[HIT_LIMIT])
    enough = gauge[SCORE] + gauge[PRIOR] >= law.value[CONFIRM_SCORE]
    new = code[STATUS] == TENTATIVE and enough and code[HITS] >= law.value[CONFIRM_HITS]
    if new:
        code[STATUS] = CONFIRMED
        gauge[SCORE] += gauge[PRIOR]
        gauge[PRIOR] = 0.0
        progress[CONFIRMED_EVER] += 1
    if code[STATUS] == CONFIRMED:
        gauge[SCORE] = min(gauge[SCORE], law.value[SCORE_LIMIT])
    return new


@bare
def update_track(state, law, sensors, plots, progress, t, count, told, scratch, soft):
    """Update track ``t`` with the plots that :func:`choose` chose.

    ``told`` is its evidence, its probability of no plot and of detection.
    """
    evidence, unseen, chance = told
    lins, log, terms, chosen, shares = soft
    sensor = plots.sensor[chosen[0]]
    if shares[0] >= SURE:
        hit(state, law, sensors, plots, t, chosen[0], scratch[0], scratch[1])
    else:
        linearise_plots(state, law, sensors, plots, t, chosen, count, lins)
        soft_update(
            state.x[t], state.covariance[t], state.weight[t], state.mean[t], lins, shares, count,
            law.noise, scratch[1], log, terms,
        )
        if shares[0] >= 0.5:
            settle(state, law, sensors, plots, t, chosen[0])
        lay(state, law, t)
    if unseen < 0.5:
        i = chosen[0]
        remember_sensor(state, sensors, t, sensor, plots.measured_ns[i])
        state.code[t, HITS] += 1
        if plots.kind[i] == POLAR and state.code[t, STATUS] == CONFIRMED:
            site = sensors.fixed[sensor]
            row = map_row(site, plots.value[i, RANGE], plots.value[i, AZIMUTH])
            note_look(sensors, sensor, row, True, plots.measured_ns[i])
    else:
        # its turn is not over: the miss is counted when the beam has passed
        evidence -= math.log(1.0 - chance)
    if credit(state, law, progress, t, evidence):
        # what it was born of was no clutter after all
        note_unwanted(sensors, plots, chosen[0], -1.0)


@bare
def note_plots(state, law, sensors, plots, progress, learned, begin, pairs, groups, scratch):
    """Write down what each plot tells of the track that it is most probably of."""
    pair_track, pair_share = pairs[0], pairs[3]
    first, count, won = groups[0], groups[1], groups[3]
    for g in range(won.shape[0]):
        if won[g] == 0:
            continue
        best = first[g]
        for k in range(first[g], first[g] + count[g]):
            if pair_share[k] > pair_share[best]:
                best = k
        note_hit(
            state, law, sensors, plots, progress, learned, pair_track[best], begin + g,
            pair_share[best], scratch[0], scratch[1],
        )


@bare
def gate_group(state, law, sensors, plots, begin, end, pairs, groups, scratch):
    """Find all pairs of a group, and what is known of their tracks; how many tracks."""
    pair_track, pair_log, pair_column = pairs[0], pairs[1], pairs[2]
    first, count, absorbed, place, chance = groups[0], groups[1], groups[2], groups[4], groups[9]
    column_of, listed, of_track = groups[5], groups[6], groups[7]
    exists, detection = of_track[0], of_track[3]
    total, sensor, noisiest = 0, plots.sensor[begin], 0.0
    for j in range(law.noise.shape[0]):
        noisiest = max(noisiest, law.noise[j])
    for i in range(begin, end):
        g = i - begin
        sensors.heard_ns[sensor] = max(sensors.heard_ns[sensor], plots.measured_ns[i])
        if sensors.since_ns[sensor] == 0:
            sensors.since_ns[sensor] = plots.measured_ns[i]
        x, y, z = find_place(plots, sensors, law, i)
        place[g, 0], place[g, 1], place[g, 2] = x, y, z
        first[g] = total
        chance[g], against = local_odds(law, sensors, plots, i)
        count[g], absorbed[g] = gate_plot(
            state, law, sensors, plots, i, (x, y, z), (pair_track, pair_log), total, noisiest,
            against, scratch,
        )
        total += count[g]
    width = list_tracks(total, pair_track, column_of, pair_column, listed)
    for c in range(width):
        gauge = state.gauge[listed[c]]
        exists[c] = existence(gauge[SCORE] + gauge[PRIOR])
    for g in range(end - begin):
        for k in range(first[g], first[g] + count[g]):
            detection[pair_column[k]] = chance[g]
    return width


@bare
def share_simply(size, width, pairs, groups):
    """Share out what shares no partner; whether something is left that does."""
    of_track = groups[7]
    return share_alone(
        size, width, (groups[0], groups[1], pairs[2], pairs[1], pairs[3]),
        (of_track[0], of_track[3], of_track[1], of_track[2]), groups[10],
    )


@inner
def share_contested(size, width, pairs, groups):
    """Share out what has partners in common."""
    of_track = groups[7]
    share_out(
        size, width, (groups[0], groups[1], pairs[2], pairs[1], pairs[3]),
        (of_track[0], of_track[3], of_track[1], of_track[2]), groups[3], groups[10],
    )


@bare
def finish_group(
    state, law, sensors, plots, progress, learned, begin, end, width, pairs, groups, scratch, soft
):
    """Update the tracks with their shares, and begin tracks at plots that none wanted."""
    pair_track, pair_column, pair_share, pair_plot = pairs[0], pairs[2], pairs[3], pairs[4]
    first, count, absorbed, won, place = groups[0], groups[1], groups[2], groups[3], groups[4]
    listed, of_track, following = groups[6], groups[7], groups[8]
    evidence, unseen, detection, size = of_track[1], of_track[2], of_track[3], end - begin
    head = groups[5]  # a head of the list of its pairs for every track; -1 again at the end
    for g in range(size - 1, -1, -1):
        used, aircraft = 0.0, 0.0
        for k in range(first[g] + count[g] - 1, first[g] - 1, -1):
            used += pair_share[k]
            c = pair_column[k]
            gauge = state.gauge[listed[c]]
            aircraft += pair_share[k] * existence(gauge[SCORE] + gauge[PRIOR] + evidence[c])
            pair_plot[k] = begin + g
            following[k] = head[pair_track[k]]
            head[pair_track[k]] = k
        won[g] = 1 if used >= 0.5 else 0
        progress[USED] += won[g]
        note_unwanted(sensors, plots, begin + g, max(1.0 - aircraft, 0.0))
    if learned.stamp.shape[0] > 0:
        note_plots(
            state, law, sensors, plots, progress, learned, begin, pairs,
            (first, count, absorbed, won[:size]), scratch,
        )
    for c in range(width):
        t = listed[c]
        chosen = choose(head[t], following, pair_plot, pair_share, soft[3], soft[4])
        head[t] = -1
        if chosen > 0:
            update_track(
                state, law, sensors, plots, progress, t, chosen,
                (evidence[c], unseen[c], detection[c]), scratch, soft,
            )
    for g in range(size):
        if won[g] == 0:
            begin_track(
                state, law, sensors, plots, progress, learned, begin + g, place[g], absorbed[g],
                scratch[0],
            )


@bare
def begin_track(state, law, sensors, plots, progress, learned, i, place, absorbed, lin):
    """Begin a track at plot ``i``, which no track wanted, unless it is to be absorbed."""
    if absorbed:
        progress[ABSORBED] += 1
    elif progress[ALIVE] >= law.value[TRACK_LIMIT]:
        progress[REFUSED_AT_LIMIT] += 1
    else:
        sensor = plots.sensor[i]
        density = sensors.fixed[sensor, CLUTTER_DENSITY]
        if plots.kind[i] == POLAR and sensors.turning[sensor] == 1:
            row = map_row(sensors.fixed[sensor], plots.value[i, RANGE], plots.value[i, AZIMUTH])
            density = clutter_density(law, sensors, sensor, row, plots.measured_ns[i])
        t = birth(state, law, sensors, plots, progress, i, place, density, lin)
        note_birth(
            state, plots, progress, learned, t, i, place,
            math.sqrt(state.covariance[t, 0, HEIGHT_VARIANCE]),
        )
