"""States of one aircraft from several stations made one, without counting anything twice.

In: prepared states in groups, with the bits of the stations they rest on. Out: one state a group.
States that rest on stations in common are never fused: the best of them is taken. Others share
only the aircraft's own turns (common process noise) and are fused by split covariance
intersection (Julier and Uhlmann, "General decentralized data fusion with covariance
intersection", in Handbook of Multisensor Data Fusion, 2001, 12.5; Li, Nashashibi and Yang 2013):
a share of each covariance counts as common, by any correlation, the rest as independent. Where
the pedigree is unknown all of it does, which is plain covariance intersection.
"""

import math

import numpy as np

from skypact.kernels.compilation import bare, kernel
from skypact.kernels.picture_arrays import (
    ALTITUDE,
    COMMON,
    EX,
    EY,
    EZ,
    FUSE_GATE,
    LATITUDE,
    LONGITUDE,
    NX,
    NY,
    NZ,
    PLACE,
    PRESSURE,
    UP,
    VX,
    VY,
    VZ,
    factor,
    inverse,
    log_det,
)
from skypact.kernels.picture_pairs import difference, distance2, turned
from skypact.kernels.picture_states import fill_axes, move

GOLDEN = 0.6180339887498949
STEPS = 12
"""Narrowings of the weight: to 0.3 % of its range."""
EDGE = 1e-3
"""The weight keeps so far from 0 and 1."""

# scratch: (SCRATCH, 4, 4)
SCRATCH = 8


@bare
def weighed(w, share, first, second, joined, low):
    """Fill ``joined`` with the information of two states at weight ``w``; its worth.

    Worth is minus the log-determinant of the covariance of position, so that no velocity is
    bought with position.
    """
    a, b = share / w + 1.0 - share, share / (1.0 - w) + 1.0 - share
    for i in range(4):
        for j in range(4):
            joined[i, j] = first[i, j] / a + second[i, j] / b
    if not factor(joined, low):
        return -1e300
    velocity = joined[2, 2] * joined[3, 3] - joined[2, 3] * joined[3, 2]
    return log_det(low) - math.log(velocity)


@bare
def best_weight(share, first, second, joined, low):
    """The weight whose position has the covariance of least determinant, by golden section."""
    left, right = EDGE, 1.0 - EDGE
    w1, w2 = right - GOLDEN * (right - left), left + GOLDEN * (right - left)
    f1 = weighed(w1, share, first, second, joined, low)
    f2 = weighed(w2, share, first, second, joined, low)
    for _ in range(STEPS):
        if f1 >= f2:
            right, w2, f2 = w2, w1, f1
            w1 = right - GOLDEN * (right - left)
            f1 = weighed(w1, share, first, second, joined, low)
        else:
            left, w1, f1 = w1, w2, f2
            w2 = left + GOLDEN * (right - left)
            f2 = weighed(w2, share, first, second, joined, low)
    return 0.5 * (left + right)


@bare
def intersect(mean, spread, other_mean, other_spread, share, scratch):
    """Fuse another state into ``mean`` (4,) and ``spread`` (4, 4); False, unchanged, if unsound."""
    low, first, second, joined = scratch[0], scratch[1], scratch[2], scratch[3]
    if not factor(spread, low):
        return False
    inverse(low, first)
    if not factor(other_spread, low):
        return False
    inverse(low, second)
    w = best_weight(share, first, second, joined, low)
    if weighed(w, share, first, second, joined, low) == -1e300:
        return False
    inverse(low, spread)
    a, b = share / w + 1.0 - share, share / (1.0 - w) + 1.0 - share
    pull = scratch[4, 0]
    for i in range(4):
        pull[i] = 0.0
        for j in range(4):
            pull[i] += first[i, j] * mean[j] / a + second[i, j] * other_mean[j] / b
    for i in range(4):
        mean[i] = 0.0
        for j in range(4):
            mean[i] += spread[i, j] * pull[j]
    return True


@bare
def width2(spread):
    """What a state's quality is judged by: the sum of its position variances."""
    return spread[0, 0] + spread[1, 1]


@bare
def order_by_width(order, low, high, spread):
    """Sort rows ``order[low:high]`` by quality, equals by row."""
    for k in range(low + 1, high):
        row, place = order[k], k
        width = width2(spread[row])
        while place > low:
            before = order[place - 1]
            other = width2(spread[before])
            if other < width or (other == width and before < row):
                break
            order[place] = before
            place -= 1
        order[place] = row


@bare
def write_heights(order, low, high, place, used, out):
    """Altitude with climb and pressure altitude: of the best state that has them."""
    for k in range(low, high):
        here = place[order[k]]
        if not used[order[k]]:
            continue
        if math.isnan(out[2]) and math.isfinite(here[ALTITUDE]):
            out[2] = here[ALTITUDE]
            if math.isfinite(here[UP]):
                out[6] = here[UP]
        if math.isnan(out[3]) and math.isfinite(here[PRESSURE]):
            out[3] = here[PRESSURE]
        if math.isnan(out[6]) and math.isfinite(here[UP]):
            out[6] = here[UP]


@bare
def write_state(lead, mean, spread, made, out, covariance, work):
    """Fill a row of output from the leader's frame, the fused offset and its covariance.

    ``made`` (PLACE,) is scratch.
    """
    fill_axes(made, lead[LATITUDE], lead[LONGITUDE])
    if mean[0] != 0.0 or mean[1] != 0.0:
        fill_axes(made, *move(lead[LATITUDE], lead[LONGITUDE], 0.0, lead, mean[0], mean[1]))
    vx = lead[VX] + mean[2] * lead[EX] + mean[3] * lead[NX]
    vy = lead[VY] + mean[2] * lead[EY] + mean[3] * lead[NY]
    vz = lead[VZ] + mean[2] * lead[EZ] + mean[3] * lead[NZ]
    out[0], out[1] = made[LATITUDE], made[LONGITUDE]
    out[4] = vx * made[EX] + vy * made[EY] + vz * made[EZ]
    out[5] = vx * made[NX] + vy * made[NY] + vz * made[NZ]
    c, s = difference(made, lead, work[8])
    turned(spread, c, s, work[:4])
    k = 0
    for i in range(4):
        for j in range(i, 4):
            covariance[k] = work[i, j]
            k += 1


@bare
def join_group(order, low, high, place, spread, bits, law, used, mean, total, scratch, work):
    """Fuse the states of one group around the best of them; the bits of what was used.

    ``order[low:high]`` are its rows, best first. ``mean`` and ``total`` get the offset from the
    first and the covariance. ``used`` says of each whether it was borne out: a state that
    contradicts the best is left out.
    """
    lead = order[low]
    base = place[lead]
    for i in range(4):
        mean[i] = 0.0
        for j in range(4):
            total[i, j] = spread[lead, i, j]
    used[lead] = True
    rests_on, known = bits[lead], bits[lead] != 0
    for k in range(low + 1, high):
        row = order[k]
        d2 = distance2(base, spread[lead], place[row], spread[row], law, work)[0]
        if not 0.0 <= d2 <= law[FUSE_GATE]:
            continue
        if bits[row] & rests_on != 0:
            continue
        here = scratch[5, 0]
        c, s = difference(base, place[row], here)
        turned(spread[row], c, s, scratch[6])
        share = law[COMMON] if known and bits[row] != 0 else 1.0
        if intersect(mean, total, here, scratch[6], share, scratch):
            used[row] = True
            rests_on |= bits[row]
            known = known and bits[row] != 0
    return rests_on


@kernel(
    "void(int64[::1], int64[::1], float64[:,::1], float64[:,:,::1], uint64[::1], float64[::1],"
    " float64[:,::1], float64[:,::1], uint64[::1], boolean[::1])"
)
def fuse_groups(order, first, place, spread, bits, law, out, covariance, rests_on, used):
    """Fuse states group by group.

    ``order`` (n,) are rows by group, those of group ``g`` at ``first[g]`` to ``first[g + 1]``;
    it comes back with the best of each group foremost. ``place``, ``spread`` as prepared;
    ``bits`` (rows,) stations each rests on, 0 unknown. Fills ``out`` (groups, 7) as ``prepare``
    takes it, ``covariance`` (groups, 10), ``rests_on`` (groups,) and ``used`` (rows,).
    """
    scratch, work = np.empty((SCRATCH, 4, 4)), np.empty((10, 4))
    made, mean, total = np.empty(PLACE), np.empty(4), np.empty((4, 4))
    used[:] = False
    out[:] = math.nan
    covariance[:] = math.nan
    rests_on[:] = 0
    for g in range(first.shape[0] - 1):
        low, high = first[g], first[g + 1]
        if low == high:
            continue
        order_by_width(order, low, high, spread)
        rests_on[g] = join_group(
            order, low, high, place, spread, bits, law, used, mean, total, scratch, work
        )
        write_state(place[order[low]], mean, total, made, out[g], covariance[g], work)
        write_heights(order, low, high, place, used, out[g])
