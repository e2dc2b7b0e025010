"""Which corridor tracks follow, and which protected site they are heading for.

In: tracks' places and velocities; legs of corridors and sites as unit vectors. Out: for each track
the corridor it is in, the site and the time and distance at which it passes nearest. The sphere is
the mean one; see ``identity_plans``.
"""

import math

import numpy as np

from skypact.kernels.compilation import kernel
from skypact.kernels.identity_plans import MEAN_RADIUS_M, off_leg


@kernel(
    "void(float64[::1], float64[::1], float64[::1], float64[:, ::1], int32[::1], float64[::1],"
    " float64[::1], float64[::1], float64[::1], int32[::1], float64[::1])"
)
def corridors(
    latitude_rad, longitude_rad, height_m, leg, corridor, reach_rad, half_width_m, lower_m,
    upper_m, found, beside_m,
):
    """Fill ``found`` (n,) with the corridor each track is in, -1 none, and the nearest distance.

    Parameters: ``leg`` (legs, 12) unit vectors of both ends, of the middle and of the normal of
    their great circle (0 where they are one point); of each leg (legs,)
    ``corridor``, ``reach_rad`` from the middle to beyond its ends and sides; ``half_width_m``,
    ``lower_m``, ``upper_m``. An unknown height is in no corridor. Of several the nearest.
    """
    for i in range(latitude_rad.shape[0]):
        found[i], beside_m[i] = -1, math.nan
        cp = math.cos(latitude_rad[i])
        x, y = cp * math.cos(longitude_rad[i]), cp * math.sin(longitude_rad[i])
        z = math.sin(latitude_rad[i])
        h = height_m[i]
        if not math.isfinite(x + y + z + h):
            continue
        best = math.inf
        for k in range(leg.shape[0]):
            if not (lower_m[k] <= h < upper_m[k]):
                continue
            # no point of the leg is nearer than its great circle
            across = x * leg[k, 9] + y * leg[k, 10] + z * leg[k, 11]
            if abs(across) * MEAN_RADIUS_M > half_width_m[k]:
                continue
            # squared chord to the middle; exact where angles are small, unlike a cosine
            dx, dy, dz = x - leg[k, 6], y - leg[k, 7], z - leg[k, 8]
            if dx * dx + dy * dy + dz * dz > reach_rad[k] * reach_rad[k]:
                continue
            off, _ = off_leg(
                x, y, z, leg[k, 0], leg[k, 1], leg[k, 2], leg[k, 3], leg[k, 4], leg[k, 5]
            )
            off *= MEAN_RADIUS_M
            if off <= half_width_m[k] and off < best:
                best = off
                found[i] = corridor[k]
        if found[i] >= 0:
            beside_m[i] = best


@kernel(
    "void(float64[::1], float64[::1], float64[::1], float64[::1], float64[:, ::1], float64[::1],"
    " float64, float64, int32[::1], float64[::1], float64[::1])"
)
def approaches(
    latitude_rad, longitude_rad, east_mps, north_mps, site, radius_m, ahead_s, least_mps, found,
    after_s, passing_m,
):
    """Fill ``found`` (n,) with the site that each track passes first within its radius, -1 none.

    Parameters: places and velocities (n,); ``site`` (sites, 3) unit vectors, ``radius_m`` (sites,);
    a track is carried on along its great circle for ``ahead_s``; slower than ``least_mps`` it heads
    for nothing. Out: seconds until it is nearest (0: it is going away), and how near that is.
    """
    for i in range(latitude_rad.shape[0]):
        found[i], after_s[i], passing_m[i] = -1, math.nan, math.nan
        sp, cp = math.sin(latitude_rad[i]), math.cos(latitude_rad[i])
        sl, cl = math.sin(longitude_rad[i]), math.cos(longitude_rad[i])
        speed = math.sqrt(east_mps[i] * east_mps[i] + north_mps[i] * north_mps[i])
        if not (math.isfinite(sp + sl + speed) and speed >= least_mps):
            continue
        x, y, z = cp * cl, cp * sl, sp
        e, n = east_mps[i] / speed, north_mps[i] / speed
        # unit vector along the course
        u = -e * sl - n * sp * cl
        v = e * cl - n * sp * sl
        w = n * cp
        soonest = math.inf
        for k in range(site.shape[0]):
            sx, sy, sz = site[k, 0], site[k, 1], site[k, 2]
            forward = math.atan2(sx * u + sy * v + sz * w, sx * x + sy * y + sz * z)
            travel = min(max(forward, 0.0), speed * ahead_s / MEAN_RADIUS_M)
            c, s = math.cos(travel), math.sin(travel)
            dx, dy, dz = x * c + u * s - sx, y * c + v * s - sy, z * c + w * s - sz
            near = 2.0 * MEAN_RADIUS_M * math.asin(
                min(1.0, 0.5 * math.sqrt(dx * dx + dy * dy + dz * dz))
            )
            after = travel * MEAN_RADIUS_M / speed
            # one that is going away, inside the radius or not, is not heading for it
            if forward > 0.0 and near <= radius_m[k] and after < soonest:
                soonest = after
                found[i] = np.int32(k)
                after_s[i], passing_m[i] = after, near
