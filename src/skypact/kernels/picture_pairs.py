"""Which states of two pictures may be of one aircraft, and how likely.

In: prepared states of both at one instant. Out: pairs of rows inside the gate, and for given
pairs the statistical distance in position and velocity and the log-likelihood ratio of being
one aircraft against being two that are near by chance (Bar-Shalom, Li and Tian, "Tracking and
Data Fusion", 2011, 9.6). Heights and codes are bounded evidence: they open no gate.
"""

import math

import numpy as np

from skypact.kernels.compilation import bare, kernel
from skypact.kernels.evaluation_assignment import PRIME_X, PRIME_Y, PRIME_Z, fill_cells
from skypact.kernels.picture_arrays import (
    AGE,
    ALTITUDE,
    DENSITY,
    EX,
    EY,
    EZ,
    GATE,
    HEIGHT_LIMIT,
    HEIGHT_RANGE,
    HEIGHT_RATE,
    HEIGHT_SIGMA,
    HIGHEST,
    LOWEST,
    NX,
    NY,
    NZ,
    OTHER_CALLSIGN,
    OTHER_MODE_3A,
    OTHER_MODE_S,
    POSITION_FLOOR,
    PRESSURE,
    REACH,
    SAME_CALLSIGN,
    SAME_MODE_3A,
    SAME_MODE_S,
    SPEED_DENSITY,
    VELOCITY_FLOOR,
    VX,
    VY,
    VZ,
    X,
    Y,
    Z,
    factor,
    forward,
    log_det,
)

TWO_PI_SQUARED = (2.0 * math.pi) ** 2


@bare
def difference(p, q, d):
    """Fill ``d`` (4,) with q's position and velocity less p's in p's frame; cos, sin of the turn.

    The turn is that of q's east axis as seen in p's frame: next to a pole it is large.
    """
    x, y, z = q[X] - p[X], q[Y] - p[Y], q[Z] - p[Z]
    d[0] = x * p[EX] + y * p[EY] + z * p[EZ]
    d[1] = x * p[NX] + y * p[NY] + z * p[NZ]
    x, y, z = q[VX] - p[VX], q[VY] - p[VY], q[VZ] - p[VZ]
    d[2] = x * p[EX] + y * p[EY] + z * p[EZ]
    d[3] = x * p[NX] + y * p[NY] + z * p[NZ]
    c = q[EX] * p[EX] + q[EY] * p[EY] + q[EZ] * p[EZ]
    s = q[EX] * p[NX] + q[EY] * p[NY] + q[EZ] * p[NZ]
    size = math.hypot(c, s)
    return c / size, s / size


@bare
def turned(spread, c, s, out):
    """Fill ``out`` (4, 4) with a covariance seen in axes that its own are turned against."""
    for a in range(0, 4, 2):
        for b in range(0, 4, 2):
            ee, en = spread[a, b], spread[a, b + 1]
            ne, nn = spread[a + 1, b], spread[a + 1, b + 1]
            out[a, b] = c * (c * ee - s * en) - s * (c * ne - s * nn)
            out[a, b + 1] = c * (s * ee + c * en) - s * (s * ne + c * nn)
            out[a + 1, b] = s * (c * ee - s * en) + c * (c * ne - s * nn)
            out[a + 1, b + 1] = s * (s * ee + c * en) + c * (s * ne + c * nn)


@bare
def distance2(p, spread_p, q, spread_q, law, work):
    """Squared statistical distance of two states and the log-determinant; -1, 0 if unsound."""
    both, low, d, y = work[:4], work[4:8], work[8], work[9]
    c, s = difference(p, q, d)
    turned(spread_q, c, s, both)
    for i in range(4):
        for j in range(4):
            both[i, j] += spread_p[i, j]
        floor = law[POSITION_FLOOR] if i < 2 else law[VELOCITY_FLOOR]
        both[i, i] += floor * floor
    if not factor(both, low):
        return -1.0, 0.0
    return forward(low, d, y), log_det(low)


@bare
def height_evidence(p, q, law):
    """Log-likelihood ratio of like heights, at least ``HEIGHT_LIMIT``; 0 where nothing tells."""
    apart = q[PRESSURE] - p[PRESSURE]
    if math.isnan(apart):
        apart = q[ALTITUDE] - p[ALTITUDE]
    if math.isnan(apart):
        return 0.0
    sigma = law[HEIGHT_SIGMA] + law[HEIGHT_RATE] * (abs(p[AGE]) + abs(q[AGE]))
    apart /= sigma
    ratio = math.log(law[HEIGHT_RANGE] / (math.sqrt(2.0 * math.pi) * sigma)) - 0.5 * apart * apart
    return max(ratio, law[HEIGHT_LIMIT])


@bare
def code_evidence(p, q, law):
    """Log-likelihood ratio of the codes (mode S, 3/A, callsign number) of two tracks."""
    total = 0.0
    if p[0] >= 0 and q[0] >= 0:
        total += law[SAME_MODE_S] if p[0] == q[0] else law[OTHER_MODE_S]
    if p[1] >= 0 and q[1] >= 0:
        total += law[SAME_MODE_3A] if p[1] == q[1] else law[OTHER_MODE_3A]
    if p[2] >= 0 and q[2] >= 0:
        total += law[SAME_CALLSIGN] if p[2] == q[2] else law[OTHER_CALLSIGN]
    return total


@kernel(
    "int64(float64[:,::1], float64[:,:,::1], float64[:,::1], float64[:,:,::1], float64[::1],"
    " int64, int64[:,::1], float64[:,::1])"
)
def gather(place_a, spread_a, place_b, spread_b, law, most, pairs, work):
    """Write pairs of rows inside the gate, by row of ``a`` and then of ``b``; how many.

    Of each row of ``a`` at most the ``most`` nearest; ``pairs`` has room for all of these.
    """
    na, nb = place_a.shape[0], place_b.shape[0]
    size = 16
    while size < 2 * nb:
        size *= 2
    head, follower = np.empty(size, np.int64), np.empty(nb, np.int64)
    cell = np.empty((nb, 3), np.int64)
    width, gate = law[REACH], law[GATE]
    mask = size - 1
    fill_cells(place_b, 0, nb, width, mask, head, follower, cell)
    near, near_d2 = np.empty(most, np.int64), np.empty(most)
    floor2 = law[POSITION_FLOOR] * law[POSITION_FLOOR]
    total = 0
    for i in range(na):
        p = place_a[i]
        own2 = spread_a[i, 0, 0] + spread_a[i, 1, 1] + 2.0 * floor2
        cx, cy = math.floor(p[X] / width), math.floor(p[Y] / width)
        cz = math.floor(p[Z] / width)
        kept = 0
        for n in range(27):
            x, y = np.int64(cx + n // 9 - 1), np.int64(cy + n // 3 % 3 - 1)
            z = np.int64(cz + n % 3 - 1)
            k = head[(x * PRIME_X ^ y * PRIME_Y ^ z * PRIME_Z) & mask]
            while k >= 0:
                j, k = k, follower[k]
                if cell[j, 0] != x or cell[j, 1] != y or cell[j, 2] != z:
                    continue
                q = place_b[j]
                far2 = (q[X] - p[X]) ** 2 + (q[Y] - p[Y]) ** 2 + (q[Z] - p[Z]) ** 2
                # no axis is wider than the trace
                if far2 > width * width or far2 > gate * (
                    own2 + spread_b[j, 0, 0] + spread_b[j, 1, 1]
                ):
                    continue
                d2 = distance2(p, spread_a[i], q, spread_b[j], law, work)[0]
                if not 0.0 <= d2 <= gate:
                    continue
                kept = keep_nearest(near, near_d2, kept, most, j, d2)
        for m in range(kept):
            # by number, so that nothing depends on the order of search
            low = m
            for n in range(m + 1, kept):
                if near[n] < near[low]:
                    low = n
            near[m], near[low] = near[low], near[m]
            pairs[total, 0], pairs[total, 1] = i, near[m]
            total += 1
    return total


@bare
def keep_nearest(near, near_d2, kept, most, j, d2):
    """Put row ``j`` among the nearest so far (ties: lower row); how many there are now."""
    place = kept
    while place > 0 and (
        d2 < near_d2[place - 1] or (d2 == near_d2[place - 1] and j < near[place - 1])
    ):
        place -= 1
    if place >= most:
        return kept
    last = min(kept, most - 1)
    while last > place:
        near[last], near_d2[last] = near[last - 1], near_d2[last - 1]
        last -= 1
    near[place], near_d2[place] = j, d2
    return min(kept + 1, most)


@kernel(
    "void(int64[:,::1], float64[:,::1], float64[:,:,::1], int64[:,::1], float64[:,::1],"
    " float64[:,:,::1], int64[:,::1], float64[::1], float64[::1], float64[::1], float64[:,::1])"
)
def weigh(pairs, place_a, spread_a, codes_a, place_b, spread_b, codes_b, law, d2, score, work):
    """Fill squared distance and log-likelihood ratio of given pairs (m, 2); both (m,).

    ``codes_*`` (n, 3): mode S, mode 3/A, number of the callsign; -1 where none.
    """
    density = law[DENSITY] * law[SPEED_DENSITY]
    for m in range(pairs.shape[0]):
        i, j = pairs[m, 0], pairs[m, 1]
        p, q = place_a[i], place_b[j]
        square, determinant = distance2(p, spread_a[i], q, spread_b[j], law, work)
        if not square >= 0.0:
            d2[m], score[m] = 1e9, law[LOWEST]
            continue
        d2[m] = square
        # aircraft fly in company more often than their density says: certainty has a bound
        certainty = -0.5 * determinant - math.log(TWO_PI_SQUARED * density)
        ratio = max(min(certainty, law[HIGHEST]) - 0.5 * square, law[LOWEST])
        ratio += height_evidence(p, q, law) + code_evidence(codes_a[i], codes_b[j], law)
        score[m] = max(ratio, law[LOWEST])
