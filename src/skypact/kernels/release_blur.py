"""Positions moved to the middle of cells of a fixed grid over the globe.

In: positions and a cell's size in metres. Out: the middle of the cell that holds each. The grid
is the same at all times and for all items: however often a position in a cell is sent, it says
the same, so that nothing is gained by averaging. Sphere of the earth's mean radius (IUGG 1980,
R1 = 6,371,008.8 m): a cell's size is right to 0.6 %.
"""

import math

from skypact.kernels.compilation import kernel

MEAN_RADIUS_M = 6371008.8


@kernel("void(float64[::1], float64[::1], float64, float64[::1], float64[::1])")
def cell_middles(latitude_rad, longitude_rad, grid_m, middle_latitude_rad, middle_longitude_rad):
    """Fill middles (n,) of the cells that hold positions (n,); NaN where there is none.

    Rows of equal height from pole to pole, each cut into cells of equal width: as many as fit
    without a cell being lower, or at its middle narrower, than ``grid_m``.
    """
    rows = max(1, int(math.pi * MEAN_RADIUS_M / grid_m))
    height = math.pi / rows
    for i in range(latitude_rad.shape[0]):
        y, x = latitude_rad[i], longitude_rad[i]
        if not (math.isfinite(x) and abs(y) <= 0.5 * math.pi + 1e-9):
            middle_latitude_rad[i], middle_longitude_rad[i] = math.nan, math.nan
            continue
        row = min(max(math.floor((y + 0.5 * math.pi) / height), 0), rows - 1)
        middle = (row + 0.5) * height - 0.5 * math.pi
        columns = max(1, int(2.0 * math.pi * MEAN_RADIUS_M * math.cos(middle) / grid_m))
        width = 2.0 * math.pi / columns
        turned = x - 2.0 * math.pi * math.floor((x + math.pi) / (2.0 * math.pi))
        column = min(max(math.floor((turned + math.pi) / width), 0), columns - 1)
        middle_latitude_rad[i] = middle
        middle_longitude_rad[i] = (column + 0.5) * width - math.pi
