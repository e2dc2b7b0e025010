"""Which pairs of tracks come nearer to each other than they should.

In: positions and velocities as vectors of space, heights, and cells of a grid in space whose side
is the farthest from which two tracks can meet. Out: pairs, and the seconds until they are too near.
"""

import math

from skypact.kernels.alerts_border import clip
from skypact.kernels.compilation import bare, kernel


@bare
def too_near_s(
    place, velocity, up, height_m, climb_mps, i, j, horizontal_m, vertical_m, reach_s, unknown_near
):
    """Seconds until a pair is nearer than both minima, along straight lines; -1 never."""
    t0, t1 = 0.0, reach_s
    dh = math.nan
    for kind in (1, 0):  # pressure heights first: both come from one kind of instrument
        if math.isnan(dh):
            dh = height_m[j, kind] - height_m[i, kind]
    if math.isfinite(dh):
        t0, t1 = clip(dh, climb_mps[j] - climb_mps[i], -vertical_m, vertical_m, t0, t1)
    elif not unknown_near:
        return -1.0
    if t0 > t1:
        return -1.0
    # across the vertical of the first; the other's differs by under half a degree
    rx, ry, rz = (place[j, 0] - place[i, 0], place[j, 1] - place[i, 1], place[j, 2] - place[i, 2])
    vx = velocity[j, 0] - velocity[i, 0]
    vy = velocity[j, 1] - velocity[i, 1]
    vz = velocity[j, 2] - velocity[i, 2]
    r_up = rx * up[i, 0] + ry * up[i, 1] + rz * up[i, 2]
    v_up = vx * up[i, 0] + vy * up[i, 1] + vz * up[i, 2]
    rx, ry, rz = rx - r_up * up[i, 0], ry - r_up * up[i, 1], rz - r_up * up[i, 2]
    vx, vy, vz = vx - v_up * up[i, 0], vy - v_up * up[i, 1], vz - v_up * up[i, 2]
    a = vx * vx + vy * vy + vz * vz
    b = rx * vx + ry * vy + rz * vz
    c = rx * rx + ry * ry + rz * rz - horizontal_m * horizontal_m
    if a < 1e-6:
        return t0 if c <= 0.0 else -1.0
    d = b * b - a * c
    if d < 0.0:
        return -1.0
    d = math.sqrt(d)
    t0, t1 = max(t0, (-b - d) / a), min(t1, (-b + d) / a)
    return t0 if t0 <= t1 else -1.0


@kernel(
    "int64(int64[::1], int64[::1], int64[::1], float64[:, ::1], float64[:, ::1], float64[:, ::1],"
    " float64[:, ::1], float64[::1], float64, float64, float64, boolean, int64, int64[::1],"
    " int64[::1], float64[::1])"
)
def conflicts(
    order, cell_first, beside, place, velocity, up, height_m, climb_mps, horizontal_m, vertical_m,
    reach_s, unknown_near, neighbours, hit_one, hit_other, hit_s,
):
    """Fill the pairs that are or will be too near; returns their number, at most the room.

    Parameters
    ----------
    order, cell_first
        Tracks (n,) in the order of cells; (cells + 1,) where each cell begins in it.
    beside, neighbours
        (cells * neighbours,): for each cell the later ones beside it, -1 none.
    place, velocity, up
        (n, 3) in m, m/s and as unit vectors, of space that turns with the earth.
    height_m, climb_mps
        (n, 2) geometric and pressure height, NaN unknown; (n,).
    horizontal_m, vertical_m, reach_s, unknown_near
        Minima, how far ahead, and whether an unknown difference of height counts as none.
    hit_one, hit_other, hit_s
        Out.
    """
    hits, room = 0, hit_one.shape[0]
    for cell in range(cell_first.shape[0] - 1):
        for a in range(cell_first[cell], cell_first[cell + 1]):
            i = order[a]
            for k in range(-1, neighbours):
                other = cell if k < 0 else beside[cell * neighbours + k]
                if other < 0:
                    continue
                first = a + 1 if k < 0 else cell_first[other]
                for b in range(first, cell_first[other + 1]):
                    j = order[b]
                    at = too_near_s(
                        place, velocity, up, height_m, climb_mps, i, j, horizontal_m, vertical_m,
                        reach_s, unknown_near,
                    )
                    if at >= 0.0 and hits < room:
                        hit_one[hits], hit_other[hits], hit_s[hits] = i, j, at
                        hits += 1
    return hits
