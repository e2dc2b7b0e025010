"""Grids over the outlines of watched areas: which edges pass a cell, and on which side it lies.

In: a polygon's edges in the gnomonic plane of its own centre, where great circles are straight
lines and there is neither pole nor antimeridian. Out: for every cell the edges that pass it or
nearly do, and whether its reference point lies inside, by the crossing number.
"""

import math

import numpy as np

from skypact.kernels.compilation import inner, kernel

MARGIN = 1e-6
"""An edge marks the cells this part of a cell beyond it: far more than rounding moves it."""


@inner
def cells_of_edge(edge, e, box, columns, rows, first_column, last_column):
    """Columns of an edge in each row it meets, in two scratch arrays; first and last row."""
    x1, y1, x2, y2 = edge[e, 0], edge[e, 1], edge[e, 2], edge[e, 3]
    if y1 > y2:
        x1, y1, x2, y2 = x2, y2, x1, y1
    my, mx = MARGIN * box[3], MARGIN * box[2]
    r1 = max(0, math.floor((y1 - my - box[1]) / box[3]))
    r2 = min(rows - 1, math.floor((y2 + my - box[1]) / box[3]))
    for r in range(r1, r2 + 1):
        xa, xb = x1, x2
        if y2 > y1:
            ya = min(max(y1, box[1] + r * box[3] - my), y2)
            yb = max(min(y2, box[1] + (r + 1) * box[3] + my), y1)
            xa = x1 + (ya - y1) / (y2 - y1) * (x2 - x1)
            xb = x1 + (yb - y1) / (y2 - y1) * (x2 - x1)
        first_column[r] = max(0, math.floor((min(xa, xb) - mx - box[0]) / box[2]))
        last_column[r] = min(columns - 1, math.floor((max(xa, xb) + mx - box[0]) / box[2]))
    return r1, r2


@kernel("void(float64[:, ::1], float64[::1], int64, int64, int64[::1])")
def count_edges(edge, box, columns, rows, count):
    """Add to ``count`` (rows * columns,) the edges (edges, 4: x1, y1, x2, y2) of each cell.

    ``box``: x, y of the grid's corner, width and height of a cell.
    """
    first, last = np.empty(rows, np.int64), np.empty(rows, np.int64)
    for e in range(edge.shape[0]):
        r1, r2 = cells_of_edge(edge, e, box, columns, rows, first, last)
        for r in range(r1, r2 + 1):
            for c in range(first[r], last[r] + 1):
                count[r * columns + c] += 1


@kernel("void(float64[:, ::1], float64[::1], int64, int64, int64, int64[::1], int32[::1])")
def list_edges(edge, box, columns, rows, offset, place, cell_edge):
    """Write each cell's edges, numbered from ``offset``, into ``cell_edge``.

    ``place`` (rows * columns,) is where each cell's list begins; it is moved to its end.
    """
    first, last = np.empty(rows, np.int64), np.empty(rows, np.int64)
    for e in range(edge.shape[0]):
        r1, r2 = cells_of_edge(edge, e, box, columns, rows, first, last)
        for r in range(r1, r2 + 1):
            for c in range(first[r], last[r] + 1):
                cell_edge[place[r * columns + c]] = np.int32(offset + e)
                place[r * columns + c] += 1


@kernel(
    "void(float64[:, ::1], float64[::1], int64, int64, float64, float64, boolean[::1],"
    " float64[::1])"
)
def reference_sides(edge, box, columns, rows, part_x, part_y, inside, nearest):
    """Fill whether each cell's reference point lies inside (rows * columns,).

    The point lies ``part_x``, ``part_y`` of a cell from its corner. ``nearest`` (1,): the least
    distance of such a point from an edge along its row, in cells: a point on an edge lies on no
    side, and the caller tries another.
    """
    flips = np.zeros(columns + 1, np.int64)
    nearest[0] = 1.0
    for r in range(rows):
        y = box[1] + (r + part_y) * box[3]
        flips[:] = 0
        for e in range(edge.shape[0]):
            y1, y2 = edge[e, 1], edge[e, 3]
            if (y1 > y) == (y2 > y):
                continue
            x = edge[e, 0] + (y - y1) / (y2 - y1) * (edge[e, 2] - edge[e, 0])
            at = (x - box[0]) / box[2] - part_x
            c = math.ceil(at)  # the first reference point to the east
            nearest[0] = min(nearest[0], c - at, at - (c - 1))
            flips[min(max(c, 0), columns)] ^= 1
        odd = 0
        for c in range(columns):
            odd ^= flips[c]
            inside[r * columns + c] = odd == 1
