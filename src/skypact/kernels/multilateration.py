"""Positions from times of arrival.

In: pseudo-ranges (time of arrival times the speed of light, per transmission against any common
zero) and the receivers' places. Out: positions in ECEF with covariance and a status.

Model: ``range_i = |p - site_i| + b + noise_i``, ``b`` the unknown time of emission, and where a
height is given ``height(p) = height + noise``. ``b`` is solved inside (weighted mean), ``p`` by
Levenberg-Marquardt (Marquardt 1963) from several starts, which also shows whether a second
place explains the arrivals as well. Geometry: Langley, "Dilution of Precision", GPS World 1999.
"""

import math

import numpy as np

from skypact.kernels.compilation import inner, kernel
from skypact.kernels.geodesy import enu_axes, to_geodetic
from skypact.kernels.multilateration_fit import descend, invert, normal_equations

OK = 0
TOO_FEW = 1
POOR_GEOMETRY = 2
NO_SOLUTION = 3
AMBIGUOUS = 4
INCONSISTENT = 5

MOST = 64
"""Receivers of one transmission that are used; the first ones."""

STARTS = 17
NEAR_M = 40e3
FAR_M = 180e3
START_HEIGHT_M = 8e3
SAME_PLACE_M = 500.0
LOWEST_M = -1e3
HIGHEST_M = 40e3
PRIOR_FREEDOM = 6.0
"""Weight, in degrees of freedom, of the stated noise against the residuals' own size."""


@inner
def start_place(k, middle, axes, up_m, p):
    """Start ``k`` of 17: above the receivers' middle, then two rings of eight around it."""
    reach = 0.0 if k == 0 else (NEAR_M if k <= 8 else FAR_M)
    bearing = k * math.pi / 4.0 + (math.pi / 8.0 if k > 8 else 0.0)
    east, north = reach * math.sin(bearing), reach * math.cos(bearing)
    for r in range(3):
        p[r] = middle[r] + axes[0, r] * east + axes[1, r] * north + axes[2, r] * up_m


@inner
def apart(a, b):
    """Distance between two places (3,)."""
    return math.sqrt((a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2 + (a[2] - b[2]) ** 2)


@inner
def search(sites, ranges, weights, count, height_m, height_weight, reach_m, best, work, places):
    """Best place into ``best`` (3,); its cost and that of the best place elsewhere.

    ``places`` (2, 3) and ``work`` are scratch.
    """
    middle, current = places[0], places[1]
    for r in range(3):
        middle[r] = 0.0
        for i in range(count):
            middle[r] += sites[i, r] / count
    latitude, longitude, middle_height = to_geodetic(middle[0], middle[1], middle[2])
    axes = work[6]
    enu_axes(latitude, longitude, axes)
    up_m = (height_m if height_weight > 0.0 else START_HEIGHT_M) - middle_height
    best_cost, rival_cost = np.inf, np.inf
    for k in range(STARTS):
        start_place(k, middle, axes, up_m, current)
        cost, height = descend(
            current, sites, ranges, weights, count, height_m, height_weight, work
        )
        if not (LOWEST_M <= height <= HIGHEST_M):
            continue
        nearest = np.inf
        for i in range(count):
            nearest = min(nearest, apart(current, sites[i]))
        if nearest > reach_m or not math.isfinite(cost):
            continue
        same = best_cost < np.inf and apart(current, best) < SAME_PLACE_M
        if cost < best_cost:
            if not same and best_cost < rival_cost:
                rival_cost = best_cost
            best_cost = cost
            for r in range(3):
                best[r] = current[r]
        elif not same and cost < rival_cost:
            rival_cost = cost
    return best_cost, rival_cost


@inner
def horizontal_variance(covariance, p):
    """East plus north variance of an ECEF covariance (3, 3) at ``p``."""
    latitude, longitude, _ = to_geodetic(p[0], p[1], p[2])
    ux = math.cos(latitude) * math.cos(longitude)
    uy = math.cos(latitude) * math.sin(longitude)
    uz = math.sin(latitude)
    up = (
        ux * (covariance[0, 0] * ux + 2.0 * covariance[0, 1] * uy + 2.0 * covariance[0, 2] * uz)
        + uy * (covariance[1, 1] * uy + 2.0 * covariance[1, 2] * uz)
        + uz * covariance[2, 2] * uz
    )
    return covariance[0, 0] + covariance[1, 1] + covariance[2, 2] - up


@inner
def without(k, count, sites, ranges, weights, sites2, ranges2, weights2):
    """Copy the arrivals but for number ``k`` (-1: all of them); how many there are."""
    m = 0
    for i in range(count):
        if i == k:
            continue
        for r in range(3):
            sites2[m, r] = sites[i, r]
        ranges2[m] = ranges[i]
        weights2[m] = weights[i]
        m += 1
    return m


@inner
def gather(a, b, receiver, range_m, sigma_m, site, sites, ranges, weights):
    """Arrivals ``a`` to ``b`` into scratch rows, at most ``MOST``; how many."""
    count = min(b - a, MOST)
    for i in range(count):
        for r in range(3):
            sites[i, r] = site[receiver[a + i], r]
        ranges[i] = range_m[a + i]
        weights[i] = 1.0 / (sigma_m[a + i] * sigma_m[a + i])
    return count


@inner
def drop_one(
    count, sites, ranges, weights, sites2, ranges2, weights2,
    height_m, height_weight, reach_m, found, chosen, work, places,
):
    """Leave out each arrival in turn: least cost, next least, the rival's, and which it was.

    The place of the least goes into ``chosen`` (3,).
    """
    least, second, rival, out = np.inf, np.inf, np.inf, -1
    for k in range(count):
        m = without(k, count, sites, ranges, weights, sites2, ranges2, weights2)
        best, other = search(
            sites2, ranges2, weights2, m, height_m, height_weight, reach_m, found, work, places
        )
        if best < least:
            second, least, rival, out = least, best, other, k
            for r in range(3):
                chosen[r] = found[r]
        elif best < second:
            second = best
    return least, second, rival, out


@kernel(
    "void(int64[::1], int32[::1], float64[::1], float64[::1], float64[:,::1], float64[::1],"
    " float64[::1], float64, float64, float64, float64, float64[:,::1], float64[:,:,::1],"
    " float64[::1], float64[::1], float64[::1], int64[::1], int8[::1])"
)
def solve_positions(
    first,
    receiver,
    range_m,
    sigma_m,
    site,
    height_m,
    height_sigma_m,
    largest_dop,
    gate,
    rival_gap,
    reach_m,
    position,
    covariance,
    emission_m,
    cost,
    dop,
    left_out,
    status,
):
    """Solve every transmission.

    Parameters
    ----------
    first
        Transmission ``j`` has arrivals ``first[j]`` to ``first[j + 1]``; (n + 1,).
    receiver, range_m, sigma_m
        Row in ``site``, pseudo-range and its standard deviation (m); (arrivals,).
    site
        Receivers in ECEF metres; (receivers, 3).
    height_m, height_sigma_m
        Ellipsoidal height to hold to and its standard deviation, NaN for none; (n,).
    largest_dop, gate, rival_gap, reach_m
        Limits: horizontal dilution of precision; mean cost a degree of freedom above which an
        arrival is wrong; cost by which the best place must beat another; distance to the
        nearest receiver.
    position, covariance, emission_m, cost, dop, left_out, status
        Out, (n, 3) ECEF m, (n, 3, 3) m2, (n,) common part of the pseudo-ranges, (n,) cost,
        (n,) horizontal dilution, (n,) row of the arrival that was left out or -1, (n,) status.
    """
    sites, sites2 = np.empty((MOST, 3)), np.empty((MOST, 3))
    ranges, ranges2 = np.empty(MOST), np.empty(MOST)
    weights, weights2 = np.empty(MOST), np.empty(MOST)
    work, places = np.zeros((7, 3, 3)), np.zeros((2, 3))
    found, chosen = np.empty(3), np.empty(3)
    for j in range(first.shape[0] - 1):
        left_out[j] = -1
        emission_m[j] = cost[j] = dop[j] = np.nan
        position[j] = np.nan
        covariance[j] = np.nan
        count = gather(
            first[j], first[j + 1], receiver, range_m, sigma_m, site, sites, ranges, weights
        )
        held = math.isfinite(height_m[j]) and height_sigma_m[j] > 0.0
        height_weight = 1.0 / (height_sigma_m[j] * height_sigma_m[j]) if held else 0.0
        needed = 3 if held else 4
        if count < needed:
            status[j] = TOO_FEW
            continue
        best, rival = search(
            sites, ranges, weights, count, height_m[j], height_weight, reach_m, found, work, places
        )
        freedom = count - needed
        out = -1
        # even a failed search may be one bad arrival's doing
        if freedom > 0 and best > gate * freedom:
            if freedom == 1:
                status[j] = NO_SOLUTION if best == np.inf else INCONSISTENT
                continue
            least, second, rival, out = drop_one(
                count, sites, ranges, weights, sites2, ranges2, weights2,
                height_m[j], height_weight, reach_m, found, chosen, work, places,
            )
            freedom -= 1
            # two different culprits that explain it alike leave two different places
            if least > gate * freedom or second < least + rival_gap:
                status[j] = INCONSISTENT
                continue
            best = least
            found[:] = chosen
        if best == np.inf:
            status[j] = NO_SOLUTION
            continue
        if rival < best + rival_gap:
            status[j] = AMBIGUOUS
            continue
        m = without(out, count, sites, ranges, weights, sites2, ranges2, weights2)
        normal_equations(
            found, sites2, ranges2, weights2, m, height_m[j], height_weight, work[3, 0], work[0]
        )
        if not invert(work[0], work[2]):
            status[j] = POOR_GEOMETRY
            continue
        total = weights2[:m].sum()
        mean = 0.0
        for i in range(m):
            mean += weights2[i] * (ranges2[i] - apart(found, sites2[i])) / total
        dop[j] = math.sqrt(max(horizontal_variance(work[2], found), 0.0) * total / m)
        if not dop[j] <= largest_dop:
            status[j] = POOR_GEOMETRY
            continue
        scale = (best + PRIOR_FREEDOM) / (freedom + PRIOR_FREEDOM)
        for r in range(3):
            position[j, r] = found[r]
            for c in range(3):
                covariance[j, r, c] = scale * work[2, r, c]
        emission_m[j] = mean
        cost[j] = best
        left_out[j] = -1 if out < 0 else first[j] + out
        status[j] = OK
