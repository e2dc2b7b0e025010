"""How long after first being seen a flyer arrives: flood fill and shortest ways over a grid.

In: which cells are unseen. Out: seconds per metre a second, that is metres, from the nearest
place where nobody saw it yet. Sixteen neighbours keep a way over the grid within 2.7 % of the
true distance (eight: 8 %). Dijkstra (1959) with a binary heap; Numba's own lists would allocate.
"""

import math

import numpy as np

from skypact.kernels.compilation import bare, kernel

STEPS = np.array(
    [
        (-1, 0), (1, 0), (0, -1), (0, 1), (-1, -1), (-1, 1), (1, -1), (1, 1),
        (-2, -1), (-2, 1), (2, -1), (2, 1), (-1, -2), (-1, 2), (1, -2), (1, 2),
    ],
    np.int64,
)  # fmt: skip
"""Row and column of the sixteen neighbours."""


@kernel("void(boolean[:,::1], boolean[:,::1], int64[::1])")
def reach_from_edge(unseen, reached, stack):
    """Mark in ``reached`` the unseen cells that hang together with the edge of the map.

    ``stack`` (cells,) is room to work in.
    """
    rows, columns = unseen.shape
    top = 0
    for i in range(rows):
        for j in range(columns):
            edge = i == 0 or j == 0 or i == rows - 1 or j == columns - 1
            reached[i, j] = edge and unseen[i, j]
            if reached[i, j]:
                stack[top] = i * columns + j
                top += 1
    while top > 0:
        top -= 1
        i, j = stack[top] // columns, stack[top] % columns
        for n in range(8):
            a, b = i + STEPS[n, 0], j + STEPS[n, 1]
            if 0 <= a < rows and 0 <= b < columns and unseen[a, b] and not reached[a, b]:
                reached[a, b] = True
                stack[top] = a * columns + b
                top += 1


@bare
def sift_up(key, item, n):
    """Let the last of ``n`` heap entries rise to its place."""
    k, v = key[n - 1], item[n - 1]
    i = n - 1
    while i > 0:
        parent = (i - 1) // 2
        if key[parent] <= k:
            break
        key[i], item[i] = key[parent], item[parent]
        i = parent
    key[i], item[i] = k, v


@bare
def sift_down(key, item, n):
    """Take the last of ``n`` heap entries to the root's place and let it sink."""
    k, v = key[n - 1], item[n - 1]
    i, last = 0, n - 1
    while True:
        child = 2 * i + 1
        if child >= last:
            break
        if child + 1 < last and key[child + 1] < key[child]:
            child += 1
        if key[child] >= k:
            break
        key[i], item[i] = key[child], item[child]
        i = child
    key[i], item[i] = k, v


@kernel(
    "int64(boolean[:,::1], float64[::1], float64, float32[:,::1], float64[::1], int64[::1])"
)
def shortest_ways(source, width_m, height_m, metres, key, item):
    """Fill ``metres`` with each cell's shortest way from any source cell.

    ``width_m`` (rows,) and ``height_m`` are the cells' edges. ``key`` and ``item`` are room for
    the heap; the number of entries it needed is returned, and if that is more than there is
    room for, the result is not whole.
    """
    rows, columns = source.shape
    n, most = 0, 0
    for i in range(rows):
        for j in range(columns):
            metres[i, j] = 0.0 if source[i, j] else math.inf
    for i in range(rows):
        for j in range(columns):
            if not source[i, j] or not bounded(source, i, j):
                continue
            key[n], item[n] = 0.0, i * columns + j
            n += 1
    most = n
    while n > 0:
        d, u = key[0], item[0]
        sift_down(key, item, n)
        n -= 1
        i, j = u // columns, u % columns
        if d > metres[i, j]:
            continue
        for s in range(16):
            a, b = i + STEPS[s, 0], j + STEPS[s, 1]
            if a < 0 or b < 0 or a >= rows or b >= columns:
                continue
            east = STEPS[s, 1] * 0.5 * (width_m[i] + width_m[a])
            north = STEPS[s, 0] * height_m
            there = np.float32(d + math.sqrt(east * east + north * north))
            if there < metres[a, b]:
                metres[a, b] = there
                if n >= key.shape[0]:
                    return n + 1
                key[n], item[n] = there, a * columns + b
                n += 1
                sift_up(key, item, n)
                most = max(most, n)
    return most


@bare
def bounded(source, i, j):
    """Whether a source cell has a neighbour that is none: only such begin a way."""
    for s in range(16):
        a, b = i + STEPS[s, 0], j + STEPS[s, 1]
        if 0 <= a < source.shape[0] and 0 <= b < source.shape[1] and not source[a, b]:
            return True
    return False
