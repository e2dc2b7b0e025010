"""The best set of pairs between two pictures: greatest sum of gains, each row in one pair at most.

In: pairs of rows with gains above 0. Out: which are made. Pairs that share rows are solved by
clusters, each alone (``kernels.assignment``); clusters that are too big by greatest gain first,
which bounds the work whatever a partner sends.
"""

import numpy as np

from skypact.kernels.assignment import FORBIDDEN, assign_rows, root_of, sort_by
from skypact.kernels.compilation import inner, kernel

LARGEST_CLUSTER = 48
"""Rows of either side beyond which a cluster is solved greedily."""


@inner
def pair_optimally(members, a, b, gain, place_a, place_b, made):
    """Make the best pairs of one cluster; False, and none made, if it is too big.

    ``place_*`` are -1 all over, and again.
    """
    rows, columns = 0, 0
    for e in members:
        if place_a[a[e]] < 0:
            place_a[a[e]] = rows
            rows += 1
        if place_b[b[e]] < 0:
            place_b[b[e]] = columns
            columns += 1
    small = max(rows, columns) <= LARGEST_CLUSTER
    if small:
        cost = np.full((rows, columns), FORBIDDEN)
        for e in members:
            cost[place_a[a[e]], place_b[b[e]]] = -gain[e]
        partner = np.empty(rows, np.int64)
        assign_rows(cost, partner)
        for e in members:
            made[e] = partner[place_a[a[e]]] == place_b[b[e]]
    for e in members:
        place_a[a[e]] = -1
        place_b[b[e]] = -1
    return small


@inner
def pair_greedily(members, a, b, gain, taken_a, taken_b, made):
    """Make pairs of one cluster by gain, the greatest first, equals by number."""
    cost = np.empty(members.shape[0])
    for n in range(members.shape[0]):
        cost[n] = -gain[members[n]]
    order = np.arange(members.shape[0])
    sort_by(cost, order)
    for n in order:
        e = members[n]
        if not taken_a[a[e]] and not taken_b[b[e]]:
            made[e] = True
            taken_a[a[e]] = True
            taken_b[b[e]] = True


@kernel("int64(int64[::1], int64[::1], float64[::1], int64, int64, boolean[::1])")
def choose(a, b, gain, rows_a, rows_b, made):
    """Fill ``made`` (pairs,); how many clusters were too big to be solved."""
    count = a.shape[0]
    parent = np.arange(rows_a + rows_b)
    for e in range(count):
        parent[root_of(parent, a[e])] = root_of(parent, rows_a + b[e])
    root = np.empty(count, np.int64)
    for e in range(count):
        root[e] = root_of(parent, a[e])
    order = np.arange(count)
    sort_by(root, order)
    place_a, place_b = np.full(rows_a, -1, np.int64), np.full(rows_b, -1, np.int64)
    taken_a, taken_b = np.zeros(rows_a, np.bool_), np.zeros(rows_b, np.bool_)
    made[:] = False
    given_up, first = 0, 0
    while first < count:
        last = first + 1
        while last < count and root[order[last]] == root[order[first]]:
            last += 1
        members = order[first:last]
        if last == first + 1:
            made[members[0]] = True
        elif not pair_optimally(members, a, b, gain, place_a, place_b, made):
            pair_greedily(members, a, b, gain, taken_a, taken_b, made)
            given_up += 1
        first = last
    return given_up
