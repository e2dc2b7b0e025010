"""The tracker's loop over slots of reception time, inside one kernel call.

In: plots sorted by slot, sensor and time, and the tracks as they are. Out: the tracks after the
last slot and the rows of every output instant passed. When an array is full the call returns
what it needs, and goes on where it stopped when called again: the order of work, and so every
bit of the result, does not depend on the batches in which the plots came.
"""

import numpy as np
from numba import types

from skypact.kernels.compilation import bare, kernel
from skypact.kernels.kalman import LIN
from skypact.kernels.tracking_arrays import (
    ALIVE,
    DONE,
    LAW_TYPE,
    LEARNED_TYPE,
    NEED_ROWS,
    NEED_TRACKS,
    NEXT_OUTPUT,
    NEXT_PLOT,
    NEXT_UPKEEP,
    PACKED,
    PLOTS_TYPE,
    ROWS,
    ROWS_TYPE,
    SENSORS_TYPE,
    STATE_TYPE,
    STATES,
)
from skypact.kernels.tracking_groups import (
    finish_group,
    gate_group,
    group_room,
    share_contested,
    share_simply,
    soft_room,
)
from skypact.kernels.tracking_rows import upkeep, write_rows
from skypact.kernels.tracking_twins import join_twins

UPKEEP_NS = 2_000_000_000
"""Tracks are looked after at whole multiples of this; every second costs 5 % more for nothing."""

LARGEST_SELF_REPORTED = 64
"""Plots of one group of a sensor that does not turn; bounds the search for addresses."""

FAR_NS = np.iinfo(np.int64).max


@bare
def largest_group(plots):
    """Most plots of one sensor in one slot."""
    largest, first = 0, 0
    for i in range(plots.sensor.shape[0]):
        if plots.slot_ns[i] != plots.slot_ns[first] or plots.sensor[i] != plots.sensor[first]:
            first = i
        largest = max(largest, i - first + 1)
    return largest


@bare
def group_end(plots, turning, i):
    """One past the last plot of the group that begins at ``i``.

    A radar shows an aircraft once a turn; what reports itself may do so twice in one slot, so
    there an address that comes again begins the next group.
    """
    slot, sensor, begin = plots.slot_ns[i], plots.sensor[i], i
    while i < plots.sensor.shape[0] and plots.slot_ns[i] == slot and plots.sensor[i] == sensor:
        if turning[sensor] == 0:
            if i - begin == LARGEST_SELF_REPORTED:
                break
            again = False
            for k in range(begin, i):
                again = again or (plots.mode_s[i] >= 0 and plots.mode_s[k] == plots.mode_s[i])
            if again:
                break
        i += 1
    return i


@bare
def room_for_addresses(tracks):
    """Places of a table of addresses: a power of two, at least twice as many as tracks."""
    places = 2
    while places < 2 * tracks:
        places *= 2
    return places


@bare
def pass_instants(state, law, sensors, progress, rows, table, before_ns, period_ns):
    """Do all upkeep and output due at or before a time; False when the rows are full.

    Upkeep of an instant comes before its output.
    """
    while True:
        due_ns = min(progress[NEXT_UPKEEP], progress[NEXT_OUTPUT])
        if due_ns > before_ns:
            return True
        if progress[ALIVE] == 0:
            # nothing to look after until plots come: jump
            progress[NEXT_UPKEEP] = (before_ns // UPKEEP_NS + 1) * UPKEEP_NS
            progress[NEXT_OUTPUT] = (before_ns // period_ns + 1) * period_ns
            return True
        if progress[NEXT_UPKEEP] == due_ns:
            upkeep(state, law, sensors, progress, due_ns)
            join_twins(state, progress, table, due_ns)
            progress[NEXT_UPKEEP] += UPKEEP_NS
        if progress[NEXT_OUTPUT] == due_ns:
            if progress[ROWS] + progress[ALIVE] > rows.stamp.shape[0]:
                # the upkeep is done: only the output is done again
                return False
            write_rows(state, law, sensors, progress, rows, due_ns)
            progress[NEXT_OUTPUT] += period_ns


@kernel(
    types.int64(
        STATE_TYPE,
        LAW_TYPE,
        SENSORS_TYPE,
        PLOTS_TYPE,
        types.int64[::1],
        ROWS_TYPE,
        types.int64,
        types.int64,
        LEARNED_TYPE,
    )
)
def advance(state, law, sensors, plots, progress, rows, until_ns, period_ns, learned):
    """Use all plots and pass all instants up to ``until_ns``; DONE or what is needed to go on.

    ``plots`` are those of slots that ended by ``until_ns``; ``progress`` (PROGRESS,) says where
    the last call stopped. Output instants are whole multiples of ``period_ns``. ``learned`` has
    no rows, or one for each plot.
    """
    size = largest_group(plots)
    models = law.noise.shape[0]
    pairs, groups = group_room(size, state.cell.shape[0])
    scratch = (
        np.empty(LIN),
        np.empty((STATES, 2)),
        np.empty((models, models)),
        np.empty((models, STATES + PACKED)),
    )
    soft = soft_room(models)
    table = np.empty(room_for_addresses(state.cell.shape[0]), np.int64)
    while progress[NEXT_PLOT] < plots.sensor.shape[0]:
        begin = progress[NEXT_PLOT]
        slot_ns = plots.slot_ns[begin]
        if not pass_instants(state, law, sensors, progress, rows, table, slot_ns, period_ns):
            return NEED_ROWS
        end = group_end(plots, sensors.turning, begin)
        if progress[ALIVE] + end - begin > state.cell.shape[0]:
            return NEED_TRACKS
        # step by step here, because a function that makes arrays counts references to all
        # that it is handed: half a microsecond, every time
        width = gate_group(state, law, sensors, plots, begin, end, pairs, groups, scratch)
        if share_simply(end - begin, width, pairs, groups):
            share_contested(end - begin, width, pairs, groups)
        finish_group(
            state,
            law,
            sensors,
            plots,
            progress,
            learned,
            begin,
            end,
            width,
            pairs,
            groups,
            scratch,
            soft,
        )
        progress[NEXT_PLOT] = end
    if not pass_instants(state, law, sensors, progress, rows, table, until_ns, period_ns):
        return NEED_ROWS
    return DONE
