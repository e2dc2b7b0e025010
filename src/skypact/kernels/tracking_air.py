"""How far pressure altitude lies below geometric height, place by place, learned from aircraft.

In: pairs of both heights from aircraft that report both. Out: their mean difference, by squares
of 200 km and layers of 3 km, where enough pairs told it. The difference is the weather's and the
geoid's: hundreds of metres, the same for all aircraft near one another, and slow to change.
"""

import math

import numpy as np

from skypact.kernels.compilation import bare
from skypact.kernels.tracking_arrays import AIR_CELLS, AIR_DIFFERENCE, AIR_READINGS, AIR_TAG
from skypact.kernels.tracking_cells import cell_axis, cell_key

SQUARE_M = 200e3
LAYER_M = 3000.0
GREATEST_M = 1500.0
"""No weather makes a larger difference."""

UNUSUAL_M = 300.0
"""A reading so far from a difference that is known well is an aircraft's own error."""

KNOWN = 5.0
"""Readings from which on a difference is used."""

MEMORY = 100.0
"""Readings over which it is averaged."""


@bare
def air_row(ix, iy, iz, layer):
    """Row in ``State.air`` of a square and layer, and the tag that names it."""
    key = cell_key(ix, iy, iz) * 31 + layer
    key = key ^ (key >> 21)
    key = key * 0x2545F4914F6CDD1D
    return (key >> 24) & (AIR_CELLS - 1), float((key >> 33) & 0x3FFFFFFF) + 1.0


@bare
def air_square(x, y, z, pressure_m):
    """Square and layer of a place (ECEF) and a pressure altitude: four whole numbers."""
    radius = math.sqrt(x * x + y * y + z * z)
    return (
        cell_axis(x, radius, SQUARE_M), cell_axis(y, radius, SQUARE_M),
        cell_axis(z, radius, SQUARE_M), np.int64(math.floor(pressure_m / LAYER_M)),
    )


@bare
def learn_air(air, x, y, z, pressure_m, difference_m):
    """Note that at a place geometric height exceeds pressure altitude by a difference."""
    if not abs(difference_m) <= GREATEST_M:
        return
    ix, iy, iz, layer = air_square(x, y, z, pressure_m)
    row, tag = air_row(ix, iy, iz, layer)
    cell = air[row]
    if cell[AIR_TAG] != tag:
        # another place's row: it fades before it is taken
        cell[AIR_READINGS] -= 1.0
        if cell[AIR_READINGS] <= 0.0:
            cell[AIR_DIFFERENCE], cell[AIR_READINGS], cell[AIR_TAG] = difference_m, 1.0, tag
        return
    off = difference_m - cell[AIR_DIFFERENCE]
    if abs(off) > UNUSUAL_M and cell[AIR_READINGS] >= KNOWN:
        # so many of these that it is known no more, and they are right
        cell[AIR_READINGS] *= 0.9
        return
    cell[AIR_READINGS] = min(cell[AIR_READINGS] + 1.0, MEMORY)
    cell[AIR_DIFFERENCE] += off / cell[AIR_READINGS]


@bare
def air_difference(air, x, y, z, pressure_m):
    """Geometric height less pressure altitude at a place, metres; NaN where it is not known.

    That of a square beside it serves where its own is not known.
    """
    ix, iy, iz, layer = air_square(x, y, z, pressure_m)
    for k in range(7):
        axis, step = (k + 1) // 2, 1 if k % 2 == 1 else -1
        row, tag = air_row(
            ix + (step if axis == 1 else 0), iy + (step if axis == 2 else 0),
            iz + (step if axis == 3 else 0), layer,
        )
        if air[row, AIR_TAG] == tag and air[row, AIR_READINGS] >= KNOWN:
            return air[row, AIR_DIFFERENCE]
    return math.nan
