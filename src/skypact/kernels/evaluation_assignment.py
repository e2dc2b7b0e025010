"""Which track is at which truth, instant by instant: optimal pairs for GOSPA, nearest for SIAP.

In: points (n, 4) in metres (three coordinates and a fourth, such as height, that counts only
where both have it), grouped by instant. Neighbours are found through a hash of cells as wide as
the cutoff, pairs are split into connected components, each of which is solved alone.
GOSPA: Rahmathullah, Garcia-Fernandez and Svensson, FUSION 2017, arXiv 1601.05585, alpha 2.
"""

import math

import numpy as np

from skypact.kernels.assignment import FORBIDDEN, assign_rows, root_of, sort_by
from skypact.kernels.compilation import inner, kernel

PRIME_X, PRIME_Y, PRIME_Z = 73856093, 19349663, 83492791


@inner
def squared_distance(a, i, b, j):
    """Square of the distance of ``a[i]`` and ``b[j]``; a NaN fourth coordinate does not count."""
    x, y, z = a[i, 0] - b[j, 0], a[i, 1] - b[j, 1], a[i, 2] - b[j, 2]
    h = a[i, 3] - b[j, 3]
    square = x * x + y * y + z * z
    return square if math.isnan(h) else square + h * h


@inner
def fill_cells(points, low, high, width, mask, head, follower, cell):
    """Chain points ``low`` to ``high`` by the hash of their cell, the first one foremost."""
    head[:] = -1
    for i in range(high - 1, low - 1, -1):
        k = i - low
        for axis in range(3):
            cell[k, axis] = np.int64(math.floor(points[i, axis] / width))
        h = (cell[k, 0] * PRIME_X ^ cell[k, 1] * PRIME_Y ^ cell[k, 2] * PRIME_Z) & mask
        follower[k] = head[h]
        head[h] = k


@inner
def near(a, i, b, low, width, limit2, mask, head, follower, cell, found, square):
    """Write the points of ``b`` nearer to ``a[i]`` than the limit; how many (at most the room)."""
    cx = np.int64(math.floor(a[i, 0] / width))
    cy = np.int64(math.floor(a[i, 1] / width))
    cz = np.int64(math.floor(a[i, 2] / width))
    count = 0
    for x in range(cx - 1, cx + 2):
        for y in range(cy - 1, cy + 2):
            for z in range(cz - 1, cz + 2):
                k = head[(x * PRIME_X ^ y * PRIME_Y ^ z * PRIME_Z) & mask]
                while k >= 0:
                    if cell[k, 0] == x and cell[k, 1] == y and cell[k, 2] == z:
                        d2 = squared_distance(a, i, b, low + k)
                        if d2 < limit2 and count < found.shape[0]:
                            found[count], square[count] = k, d2
                            count += 1
                    k = follower[k]
    return count


@inner
def greedy(edge_a, edge_b, edge_d2, members, partner, taken):
    """Pairs of one component in order of distance, for components too big to solve.

    Sorts ``members`` by distance, equals by number, so that the result is one.
    """
    sort_by(edge_d2, members)
    for e in members:
        i, j = edge_a[e], edge_b[e]
        if partner[i] < 0 and not taken[j]:
            partner[i] = j
            taken[j] = True


@inner
def solve(count, edge_a, edge_b, edge_d2, members, c, p, place_a, place_b, partner):
    """Optimal pairs of one component whose edges are ``members[:count]``."""
    rows = np.empty(count, np.int64)
    columns = np.empty(count, np.int64)
    n = m = 0
    for e in members[:count]:
        if place_a[edge_a[e]] < 0:
            place_a[edge_a[e]] = n
            rows[n] = edge_a[e]
            n += 1
        if place_b[edge_b[e]] < 0:
            place_b[edge_b[e]] = m
            columns[m] = edge_b[e]
            m += 1
    cost = np.full((n, m), FORBIDDEN)
    worth = c**p
    for e in members[:count]:
        cost[place_a[edge_a[e]], place_b[edge_b[e]]] = edge_d2[e] ** (0.5 * p) - worth
    chosen = np.empty(n, np.int64)
    assign_rows(cost, chosen)
    for r in range(n):
        if chosen[r] >= 0:
            partner[rows[r]] = columns[chosen[r]]
        place_a[rows[r]] = -1
    for k in range(m):
        place_b[columns[k]] = -1


@inner
def grown(array, size):
    """The same numbers with twice the room."""
    bigger = np.empty(2 * array.shape[0], array.dtype)
    bigger[:size] = array[:size]
    return bigger


@kernel(
    "int64(float64[:,::1], int64[::1], float64[:,::1], int64[::1], float64, float64, int64,"
    " int64[::1], float64[::1])"
)
def assign_instants(truth, truth_first, track, track_first, c, p, largest, partner, distance):
    """Fill ``partner`` and ``distance`` (truths,) with the row of the track, -1 and NaN: none.

    Truth and tracks are grouped by instant (``*_first``, (instants + 1,)). Per instant the sum
    of min(d, c)^p is least. Returns how many components had more than ``largest`` truths and
    tracks in all and were paired nearest first instead, which bounds the time.
    """
    given_up = 0
    found, square = np.empty(64, np.int64), np.empty(64)
    edge_a, edge_b, edge_d2 = np.empty(256, np.int64), np.empty(256, np.int64), np.empty(256)
    partner[:] = -1
    distance[:] = math.nan
    for t in range(truth_first.shape[0] - 1):
        a0, a1 = truth_first[t], truth_first[t + 1]
        b0, b1 = track_first[t], track_first[t + 1]
        na, nb = a1 - a0, b1 - b0
        if na == 0 or nb == 0:
            continue
        size = 16
        while size < 2 * nb:
            size *= 2
        head, follower = np.empty(size, np.int64), np.empty(nb, np.int64)
        cell = np.empty((nb, 3), np.int64)
        fill_cells(track, b0, b1, c, size - 1, head, follower, cell)
        if found.shape[0] < nb:
            found, square = np.empty(nb, np.int64), np.empty(nb)
        parent = np.arange(na + nb)
        edges = 0
        for i in range(na):
            count = near(truth, a0 + i, track, b0, c, c * c, size - 1, head, follower, cell,
                         found, square)
            for k in range(count):
                if edges == edge_a.shape[0]:
                    edge_a, edge_b = grown(edge_a, edges), grown(edge_b, edges)
                    edge_d2 = grown(edge_d2, edges)
                edge_a[edges], edge_b[edges], edge_d2[edges] = i, found[k], square[k]
                edges += 1
                ra, rb = root_of(parent, i), root_of(parent, na + found[k])
                parent[max(ra, rb)] = min(ra, rb)
        # edges of one component together, in the order of their truths
        members_first = np.zeros(na + nb + 1, np.int64)
        for e in range(edges):
            members_first[root_of(parent, edge_a[e]) + 1] += 1
        for g in range(na + nb):
            members_first[g + 1] += members_first[g]
        at = members_first.copy()
        members = np.empty(edges, np.int64)
        for e in range(edges):
            g = root_of(parent, edge_a[e])
            members[at[g]] = e
            at[g] += 1
        sizes = np.zeros(na + nb, np.int64)
        for node in range(na + nb):
            sizes[root_of(parent, node)] += 1
        own = np.full(na, -1, np.int64)
        place_a, place_b = np.full(na, -1, np.int64), np.full(nb, -1, np.int64)
        taken = np.zeros(nb, np.bool_)
        for g in range(na):
            low, high = members_first[g], members_first[g + 1]
            if high - low == 1:
                own[edge_a[members[low]]] = edge_b[members[low]]
            elif high > low and sizes[g] > largest:
                greedy(edge_a, edge_b, edge_d2, members[low:high], own, taken)
                given_up += 1
            elif high > low:
                solve(high - low, edge_a, edge_b, edge_d2, members[low:high], c, p, place_a,
                      place_b, own)
        for i in range(na):
            if own[i] >= 0:
                partner[a0 + i] = b0 + own[i]
                distance[a0 + i] = math.sqrt(squared_distance(truth, a0 + i, track, b0 + own[i]))
    return given_up


@kernel(
    "void(float64[:,::1], int64[::1], float64[:,::1], int64[::1], float64, int64[::1])"
)
def nearest_truth(truth, truth_first, track, track_first, limit, nearest):
    """Fill ``nearest`` (tracks,) with the row of the closest truth nearer than ``limit``, or -1."""
    nearest[:] = -1
    found, square = np.empty(64, np.int64), np.empty(64)
    for t in range(truth_first.shape[0] - 1):
        a0, a1 = truth_first[t], truth_first[t + 1]
        b0, b1 = track_first[t], track_first[t + 1]
        na = a1 - a0
        if na == 0 or b1 == b0:
            continue
        size = 16
        while size < 2 * na:
            size *= 2
        head, follower = np.empty(size, np.int64), np.empty(na, np.int64)
        cell = np.empty((na, 3), np.int64)
        fill_cells(truth, a0, a1, limit, size - 1, head, follower, cell)
        if found.shape[0] < na:
            found, square = np.empty(na, np.int64), np.empty(na)
        for j in range(b0, b1):
            count = near(track, j, truth, a0, limit, limit * limit, size - 1, head, follower,
                         cell, found, square)
            least = limit * limit
            for k in range(count):
                # of equals the first in the table, so that the order of search tells nothing
                row = a0 + found[k]
                if square[k] < least or (square[k] == least and row < nearest[j]):
                    least, nearest[j] = square[k], row
