"""Two tracks of one aircraft by its own account: found by address and place, and made one.

In: the tracks at an instant. Out: of two tracks with one address, close together and flying
alike, the better one under the older number. Aircraft that report themselves get a second track
when their reports jump or are timed wrongly: the first stays with other sensors' plots. Tracks of
one address that lie apart stay: they are two aircraft, a reflection, or a lie.
"""

from skypact.kernels.compilation import bare
from skypact.kernels.tracking_arrays import (
    CONFIRMED,
    FREE,
    HIGH,
    HITS,
    LAST_PLOT_NS,
    MODE_S,
    NUMBER,
    POSITION,
    SCORE,
    STATE_NS,
    STATUS,
    VELOCITY,
)
from skypact.kernels.tracking_life import remove

TWIN_REACH_M = 2_000.0
"""What reports lag or jump by: eight seconds of an airliner."""

TWIN_SPEED_MPS = 75.0
"""And what filters on a jump are wrong by in velocity."""

KNOWN_HITS = 3
"""Plots before a velocity means something."""

LOST_NS = 8_000_000_000
"""A track that has had no plot for so much longer than its twin is the one that lost it."""


@bare
def flies_alike(state, s, t, now_ns):
    """Whether two tracks are so close and so alike that one address makes them one aircraft."""
    a, b = state.gauge[s], state.gauge[t]
    step_a = (now_ns - state.stamp[s, STATE_NS]) * 1e-9
    step_b = (now_ns - state.stamp[t, STATE_NS]) * 1e-9
    apart, differ = 0.0, 0.0
    for k in range(3):
        between = a[POSITION + k] + step_a * a[VELOCITY + k]
        between -= b[POSITION + k] + step_b * b[VELOCITY + k]
        apart += between * between
        faster = a[VELOCITY + k] - b[VELOCITY + k]
        differ += faster * faster
    if apart > TWIN_REACH_M * TWIN_REACH_M:
        return False
    known = state.code[s, HITS] >= KNOWN_HITS and state.code[t, HITS] >= KNOWN_HITS
    return not known or differ <= TWIN_SPEED_MPS * TWIN_SPEED_MPS


@bare
def better(state, s, t):
    """Whether track ``s`` rather than ``t`` is to go on; one of them at least is confirmed."""
    ahead_ns = state.stamp[s, LAST_PLOT_NS] - state.stamp[t, LAST_PLOT_NS]
    if ahead_ns > LOST_NS and state.code[s, HITS] >= KNOWN_HITS:
        return True
    if ahead_ns < -LOST_NS and state.code[t, HITS] >= KNOWN_HITS:
        return False
    if state.code[s, STATUS] != state.code[t, STATUS]:
        return state.code[s, STATUS] == CONFIRMED
    if state.gauge[s, SCORE] != state.gauge[t, SCORE]:
        return state.gauge[s, SCORE] > state.gauge[t, SCORE]
    return state.stamp[s, NUMBER] < state.stamp[t, NUMBER]


@bare
def number_after(state, s, t):
    """The number two twins go on under: the older confirmed one's."""
    if state.code[s, STATUS] == state.code[t, STATUS]:
        return min(state.stamp[s, NUMBER], state.stamp[t, NUMBER])
    return state.stamp[s if state.code[s, STATUS] == CONFIRMED else t, NUMBER]


@bare
def join_twins(state, progress, table, now_ns):
    """Make twins one; ``table`` (a power of two, at least twice the tracks) is scratch."""
    mask = table.shape[0] - 1
    for k in range(table.shape[0]):
        table[k] = -1
    for t in range(progress[HIGH]):
        address = state.code[t, MODE_S]
        if state.code[t, STATUS] == FREE or address < 0:
            continue
        place = (address * 40503) & mask
        alive = True
        while alive and table[place] >= 0:
            s = table[place]
            known = state.code[s, STATUS] == CONFIRMED or state.code[t, STATUS] == CONFIRMED
            twins = known and state.code[s, MODE_S] == address
            if twins and flies_alike(state, s, t, now_ns):
                number = number_after(state, s, t)
                kept, gone = (s, t) if better(state, s, t) else (t, s)
                state.stamp[kept, NUMBER] = number
                state.code[kept, STATUS] = CONFIRMED
                remove(state, progress, gone)
                table[place] = kept
                alive = False
            place = (place + 1) & mask
        if alive:
            table[place] = t
