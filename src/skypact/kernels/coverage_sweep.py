"""One polar sweep over terrain: how steep a ray must leave a mast to pass all that lies before.

In: heights along rays from the mast. Out: for each ray and whole cell of distance the steepest
terrain nearer than it, from which the lowest visible altitude anywhere follows:
``H = h + m d + d^2 / (2 k R)`` with antenna altitude ``h`` and slope ``m`` (parabolic earth of
radius ``k R``, ITU-R P.834 and P.526 section 4; good to 3 m at 300 km). Near the mast a metre of
terrain moves the horizon by many times as much, so samples are denser there.
"""

import math

from skypact.kernels.compilation import bare, kernel
from skypact.kernels.geodesy import ECCENTRICITY_2, SEMI_MAJOR_M

STEEPEST = -1e9
"""Slope of a ray that nothing stands before."""


@kernel(
    "void(float32[:,::1], float64[:,::1], float64[:,::1], int64[::1], float64[::1], float32[:,::1])"
)
def fill_heights(dem, column, row, knot, part, heights):
    """Fill what is still NaN in ``heights`` (rays, samples) from one height model, bilinearly.

    ``column``, ``row`` are (rays, knots): where rays run, in the model's cells (centres are
    whole numbers); sample ``j`` lies ``part[j]`` of the way from knot ``knot[j]`` to the next.
    """
    last_row, last_column = dem.shape[0] - 1, dem.shape[1] - 1
    for a in range(heights.shape[0]):
        for j in range(heights.shape[1]):
            if not math.isnan(heights[a, j]):
                continue
            k, t = knot[j], part[j]
            x = column[a, k] + t * (column[a, k + 1] - column[a, k])
            y = row[a, k] + t * (row[a, k + 1] - row[a, k])
            if not (0.0 <= x <= last_column and 0.0 <= y <= last_row):
                continue
            c, r = min(int(x), last_column - 1), min(int(y), last_row - 1)
            u, v = x - c, y - r
            upper = dem[r, c] * (1.0 - u) + dem[r, c + 1] * u
            lower = dem[r + 1, c] * (1.0 - u) + dem[r + 1, c + 1] * u
            heights[a, j] = upper * (1.0 - v) + lower * v


@kernel(
    "void(float32[:,::1], float64[:,::1], int64[::1], int64, float32[:,::1], float64[::1])"
)
def steepest(heights, at, cell, begun, slope, unknown_m):
    """Fill ``slope`` (rays, cells) from ``begun`` on: the steepest sample nearer than each cell.

    ``at`` is (3, samples): distance (m), its inverse, and the altitude (m) at which a ray that
    left the antenna level passes there. ``cell[j]`` is the first cell that sample ``j`` stands
    before. Samples that are NaN stand before nothing; ``unknown_m`` (rays,) is lowered to the
    distance of the first.
    """
    cells = slope.shape[1]
    for a in range(heights.shape[0]):
        most, filled = STEEPEST, begun
        if begun > 0:
            most = slope[a, begun - 1]
        for j in range(heights.shape[1]):
            while filled < cell[j]:
                slope[a, filled] = most
                filled += 1
            here = (heights[a, j] - at[2, j]) * at[1, j]
            if here > most:
                most = here
            elif math.isnan(here):
                unknown_m[a] = min(unknown_m[a], at[0, j])
        while filled < cells:
            slope[a, filled] = most
            filled += 1


@kernel("void(float32[:,::1], float64[::1], float32[:,::1], float64[::1])")
def spread_rays(near, near_unknown_m, slope, unknown_m):
    """Fill the first cells of ``slope`` from ``near``, which has a ray for every few of it."""
    few = slope.shape[0] // near.shape[0]
    for a in range(slope.shape[0]):
        ray, part = a // few, (a % few) / few
        following = (ray + 1) % near.shape[0]
        unknown_m[a] = min(near_unknown_m[ray], near_unknown_m[following])
        for k in range(near.shape[1]):
            slope[a, k] = near[ray, k] * (1.0 - part) + near[following, k] * part


@bare
def between(slope, a, r):
    """Slope at ray ``a`` and cell ``r``, both with fractions, bilinearly; rays go round."""
    ray, cell = int(a), min(int(r), slope.shape[1] - 2)
    u, v = a - ray, min(r - cell, 1.0)
    ray = ray % slope.shape[0]
    following = (ray + 1) % slope.shape[0]
    near = slope[ray, cell] * (1.0 - u) + slope[following, cell] * u
    far = slope[ray, cell + 1] * (1.0 - u) + slope[following, cell + 1] * u
    return near * (1.0 - v) + far * v


@kernel("void(float32[:,::1], float64, float64, float64, float64, float32[:,::1], float32[:,::1])")
def lowest_in_plane(slope, cell_m, antenna_m, two_radii_m, range_m, ground, lowest):
    """Fill ``lowest`` (rows, columns): lowest visible altitude (m) on a grid round the mast.

    The grid is azimuthal equidistant, north up, the mast in its middle cell, cells of
    ``cell_m``. Never below ``ground``; NaN beyond ``range_m`` or where the ground is unknown.
    """
    rays, middle_row, middle_column = slope.shape[0], ground.shape[0] // 2, ground.shape[1] // 2
    per_radian = rays / (2.0 * math.pi)
    for i in range(ground.shape[0]):
        y = float(middle_row - i)
        for j in range(ground.shape[1]):
            x = float(j - middle_column)
            r = math.sqrt(x * x + y * y)
            if r * cell_m > range_m or math.isnan(ground[i, j]):
                lowest[i, j] = math.nan
                continue
            if r < 1.5:
                lowest[i, j] = ground[i, j]
                continue
            a = math.atan2(x, y) * per_radian
            if a < 0.0:
                a += rays
            lowest[i, j] = max(
                between(slope, a, r) * r * cell_m
                + antenna_m
                + (r * cell_m) * (r * cell_m) / two_radii_m,
                ground[i, j],
            )


@kernel(
    "void(float32[:,::1], float64[::1], float64[::1], float64[::1], float32[:,::1], float32[:,::1])"
)
def lowest_over_globe(slope, mast, north, east, ground, lowest):
    """As :func:`lowest_in_plane` on a grid of latitudes and longitudes.

    ``north`` (rows,) and ``east`` (columns,) are the cells' geodetic latitudes and longitudes
    (rad); ``mast`` is latitude, longitude (rad), cell_m, antenna_m, two_radii_m, range_m.
    Distance comes from the chord and azimuth from the normal section at the mast: within a
    metre of the geodesic at 500 km.
    """
    rays = slope.shape[0]
    per_radian = rays / (2.0 * math.pi)
    cell_m, antenna_m, two_radii_m, range_m = mast[2], mast[3], mast[4], mast[5]
    s0, c0 = math.sin(mast[0]), math.cos(mast[0])
    n0 = SEMI_MAJOR_M / math.sqrt(1.0 - ECCENTRICITY_2 * s0 * s0)
    x0, z0 = n0 * c0, n0 * (1.0 - ECCENTRICITY_2) * s0
    for i in range(ground.shape[0]):
        s = math.sin(north[i])
        n = SEMI_MAJOR_M / math.sqrt(1.0 - ECCENTRICITY_2 * s * s)
        level, dz = n * math.cos(north[i]), n * (1.0 - ECCENTRICITY_2) * s - z0
        for j in range(ground.shape[1]):
            turn = east[j] - mast[1]
            dx, dy = level * math.cos(turn) - x0, level * math.sin(turn)
            chord_2 = dx * dx + dy * dy + dz * dz
            d = math.sqrt(chord_2) * (1.0 + chord_2 / (24.0 * 6.371e6 * 6.371e6))
            if d > range_m or math.isnan(ground[i, j]):
                lowest[i, j] = math.nan
                continue
            r = d / cell_m
            if r < 1.5:
                lowest[i, j] = ground[i, j]
                continue
            a = math.atan2(dy, dz * c0 - dx * s0) * per_radian
            if a < 0.0:
                a += rays
            lowest[i, j] = max(
                between(slope, a, r) * d + antenna_m + d * d / two_radii_m, ground[i, j]
            )
