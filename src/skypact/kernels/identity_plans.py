"""How far tracks are from the route, the times and the levels of their plans.

In: for each track its plan and where it is; routes of all plans end to end, as unit vectors. Out:
for each track the distance from the nearest leg, the time and level differences there. A leg is the
great circle between its points (the mean sphere: wrong by less than 0.5 %, far below the width of
an airway), so that no pole and no date line matters.
"""

import math

from skypact.kernels.compilation import bare, kernel

MEAN_RADIUS_M = 6371008.8


@bare
def off_leg(px, py, pz, ax, ay, az, bx, by, bz):
    """Angle in rad from a point to the leg a-b, and how far along it (0 to 1) the nearest point is.

    All are unit vectors.
    """
    nx, ny, nz = ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx
    n = math.sqrt(nx * nx + ny * ny + nz * nz)
    to_a = angle(px, py, pz, ax, ay, az)
    if n < 1e-9:
        return to_a, 0.0
    nx, ny, nz = nx / n, ny / n, nz / n
    # foot of the perpendicular: beyond the ends where it leaves the lune over the leg
    after_a = (ny * az - nz * ay) * px + (nz * ax - nx * az) * py + (nx * ay - ny * ax) * pz
    before_b = (by * nz - bz * ny) * px + (bz * nx - bx * nz) * py + (bx * ny - by * nx) * pz
    length = math.atan2(n, ax * bx + ay * by + az * bz)
    if after_a >= 0.0 and before_b >= 0.0:
        along = math.atan2(after_a, ax * px + ay * py + az * pz)
        cross = abs(math.asin(max(-1.0, min(1.0, nx * px + ny * py + nz * pz))))
        return cross, max(0.0, min(1.0, along / length))
    to_b = angle(px, py, pz, bx, by, bz)
    if to_b < to_a:
        return to_b, 1.0
    return to_a, 0.0


@bare
def angle(ax, ay, az, bx, by, bz):
    """Angle in rad between two unit vectors, exact also where it is small."""
    cx, cy, cz = ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx
    return math.atan2(math.sqrt(cx * cx + cy * cy + cz * cz), ax * bx + ay * by + az * bz)


@kernel(
    "void(int32[::1], float64[::1], float64[::1], float64[::1], int64[::1], int64[::1],"
    " float64[:, ::1], float64[::1], int64[::1], float64[::1], float64[::1], float64[::1],"
    " float64[::1])"
)
def conformance(
    plan, latitude_rad, longitude_rad, height_m, measured_ns, first, point, level_m, over_ns,
    off_route_m, late_s, above_m, to_end_m,
):
    """Fill four arrays (n,), NaN where the plan or the track tells nothing of it.

    Parameters: ``plan`` (n,) index of each track's plan, -1 none; place, pressure height and time
    of each track (n,); ``first`` (plans + 1,) first point of each plan; ``point`` (points, 3) unit
    vectors, ``level_m`` (points,) level filed from there on, ``over_ns`` (points,) time over it,
    -1 unknown. Out: ``off_route_m`` distance to the nearest leg; ``late_s`` time after the filed
    one there; ``above_m`` height over the filed level there; ``to_end_m`` to the nearer end.
    """
    for i in range(plan.shape[0]):
        off_route_m[i], late_s[i], above_m[i], to_end_m[i] = math.nan, math.nan, math.nan, math.nan
        p = plan[i]
        if p < 0 or p >= first.shape[0] - 1:
            continue
        cp = math.cos(latitude_rad[i])
        x, y = cp * math.cos(longitude_rad[i]), cp * math.sin(longitude_rad[i])
        z = math.sin(latitude_rad[i])
        if not math.isfinite(x + y + z) or first[p + 1] - first[p] < 2:
            continue
        best, at, share = math.inf, -1, 0.0
        for k in range(first[p], first[p + 1] - 1):
            off, along = off_leg(
                x, y, z, point[k, 0], point[k, 1], point[k, 2],
                point[k + 1, 0], point[k + 1, 1], point[k + 1, 2],
            )
            if off < best:
                best, at, share = off, k, along
        if at < 0:
            continue
        off_route_m[i] = best * MEAN_RADIUS_M
        a, b = first[p], first[p + 1] - 1
        to_end_m[i] = MEAN_RADIUS_M * min(
            angle(x, y, z, point[a, 0], point[a, 1], point[a, 2]),
            angle(x, y, z, point[b, 0], point[b, 1], point[b, 2]),
        )
        if over_ns[at] >= 0 and over_ns[at + 1] >= 0:
            filed_ns = over_ns[at] + share * (over_ns[at + 1] - over_ns[at])
            late_s[i] = 1e-9 * (measured_ns[i] - filed_ns)
        above_m[i] = height_m[i] - level_m[at]
