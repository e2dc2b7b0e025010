"""Where to look for tracks: a hash of cells over the globe, so gating is plots x neighbours.

A cell is a cube of ECEF space that the surface (heights taken off) passes through; there is no
edge at +-180 degrees or the poles. A cell's tracks form a doubly linked list.
"""

import math

import numpy as np

from skypact.kernels.compilation import bare, kernel
from skypact.kernels.tracking_arrays import (
    FREE,
    POSITION,
    STATUS,
)

SPHERE_M = 6.371e6
OFFSET = 1 << 20


@bare
def cell_axis(component, radius, cell_m):
    """Cell index along one ECEF axis of a point brought to the sphere, at least 0."""
    return np.int64(math.floor(component / radius * SPHERE_M / cell_m)) + OFFSET


@bare
def edge_squares(index):
    """Least and greatest square of a coordinate within a cell, in cells."""
    low = float(index - OFFSET)
    high = low + 1.0
    if low >= 0.0:
        return low * low, high * high
    if high <= 0.0:
        return high * high, low * low
    return 0.0, max(low * low, high * high)


@bare
def cell_key(ix, iy, iz):
    """One number for a cell."""
    return (ix << 42) | (iy << 21) | iz


@bare
def bucket_of(key, mask):
    """Bucket of a cell; neighbouring cells go to unrelated buckets."""
    key = key ^ (key >> 21)
    key = key * 0x2545F4914F6CDD1D
    return (key >> 24) & mask


@bare
def link_in(link, cell, head, t, key):
    """Put track ``t`` first into the list of a cell."""
    bucket = bucket_of(key, head.shape[0] - 1)
    first = head[bucket]
    cell[t] = key
    link[t, 0], link[t, 1] = first, -1
    if first >= 0:
        link[first, 1] = t
    head[bucket] = t


@bare
def link_out(link, cell, head, t):
    """Take track ``t`` out of its list."""
    after, before = link[t, 0], link[t, 1]
    if before >= 0:
        link[before, 0] = after
    else:
        head[bucket_of(cell[t], head.shape[0] - 1)] = after
    if after >= 0:
        link[after, 1] = before


@bare
def key_at(x, y, z, cell_m):
    """Key of the cell under an ECEF point."""
    radius = math.sqrt(x * x + y * y + z * z)
    return cell_key(
        cell_axis(x, radius, cell_m), cell_axis(y, radius, cell_m), cell_axis(z, radius, cell_m)
    )


@bare
def relink(link, cell, head, t, key):
    """Move track ``t`` to another cell, if it is another."""
    if cell[t] != key:
        link_out(link, cell, head, t)
        link_in(link, cell, head, t, key)


@kernel("void(int64[:,::1], int64[::1], int64[::1], float64[:,::1], int32[:,::1], int64, float64)")
def rebuild(link, cell, head, gauge, code, high, cell_m):
    """Lay all lists anew after the arrays have grown; free tracks keep their links."""
    head[:] = -1
    for t in range(high):
        if code[t, STATUS] != FREE:
            key = key_at(
                gauge[t, POSITION], gauge[t, POSITION + 1], gauge[t, POSITION + 2], cell_m
            )
            link_in(link, cell, head, t, key)
