"""Optimal assignment of plots to tracks in one cluster of contested gates.

Shortest augmenting paths with potentials (Jonker and Volgenant, Computing 38, 1987; Crouse,
"On implementing 2D rectangular assignment algorithms", IEEE AES 52/4, 2016). Every row may stay
alone at cost 0, so only pairs that are worth it (negative cost) are made.
"""

import numpy as np

from skypact.kernels.compilation import bare, inner, kernel

FORBIDDEN = 1e12


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
def assign_rows(cost, partner):
    """Fill ``partner`` (rows,) with the column of each row or -1, at least total cost.

    ``cost`` is float64 (rows, columns); a pair that may not be has ``FORBIDDEN``.
    """
    rows, columns = cost.shape
    width = columns + rows  # column ``columns + i`` means: row i stays alone
    u, v = np.zeros(rows), np.zeros(width)
    owner = np.full(width, -1, np.int64)
    before = np.empty(width, np.int64)
    short = np.empty(width)
    done = np.empty(width, np.bool_)
    for start in range(rows):
        short[:] = 1e300
        before[:] = -1
        done[:] = False
        row, reach, sink, last = start, 0.0, -1, -1
        while sink < 0:
            nearest, least = -1, 1e300
            for j in range(width):
                if done[j]:
                    continue
                c = FORBIDDEN
                if j < columns:
                    c = cost[row, j]
                elif j - columns == row:
                    c = 0.0
                if c < FORBIDDEN:
                    length = reach + c - u[row] - v[j]
                    if length < short[j]:
                        short[j] = length
                        before[j] = last
                if short[j] < least:
                    least, nearest = short[j], j
            reach = least
            done[nearest] = True
            if owner[nearest] < 0:
                sink = nearest
            else:
                row, last = owner[nearest], nearest
        # potentials along what was searched keep all reduced costs at least 0
        u[start] += reach
        for j in range(width):
            if done[j] and j != sink:
                u[owner[j]] += reach - short[j]
                v[j] -= reach - short[j]
        j = sink
        while before[j] >= 0:
            owner[j] = owner[before[j]]
            j = before[j]
        owner[j] = start
    partner[:] = -1
    for j in range(columns):
        if owner[j] >= 0:
            partner[owner[j]] = j


@kernel("void(float64[:,::1], int64[::1])")
def assign(cost, partner):
    """Fill ``partner`` (rows,), see :func:`assign_rows`; the form that Python calls."""
    assign_rows(cost, partner)
