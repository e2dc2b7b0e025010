"""One descent to the place that fits pseudo-ranges best.

In: receivers, pseudo-ranges, weights and a start. Out: the place and its cost. Method: Marquardt,
"An Algorithm for Least-Squares Estimation of Nonlinear Parameters", J. SIAM 11(2), 1963.
"""

import math

import numpy as np

from skypact.kernels.compilation import inner
from skypact.kernels.geodesy import to_geodetic

ROUNDS = 40


@inner
def normal_equations(p, sites, ranges, weights, count, height_m, height_weight, gradient, hessian):
    """Cost at ``p`` (3,), its gradient (3,) and Gauss-Newton matrix (3, 3), ``b`` eliminated.

    Returns the cost (sum of squared normalised residuals) and the ellipsoidal height of ``p``.
    """
    total = 0.0
    mean = 0.0
    mx = my = mz = 0.0
    for i in range(count):
        dx, dy, dz = p[0] - sites[i, 0], p[1] - sites[i, 1], p[2] - sites[i, 2]
        d = max(math.sqrt(dx * dx + dy * dy + dz * dz), 1.0)
        w = weights[i]
        total += w
        mean += w * (ranges[i] - d)
        mx += w * dx / d
        my += w * dy / d
        mz += w * dz / d
    mean /= total
    mx /= total
    my /= total
    mz /= total
    cost = 0.0
    for r in range(3):
        gradient[r] = 0.0
        for c in range(3):
            hessian[r, c] = 0.0
    for i in range(count):
        dx, dy, dz = p[0] - sites[i, 0], p[1] - sites[i, 1], p[2] - sites[i, 2]
        d = max(math.sqrt(dx * dx + dy * dy + dz * dz), 1.0)
        w = weights[i]
        e = ranges[i] - d - mean
        jx, jy, jz = dx / d - mx, dy / d - my, dz / d - mz
        cost += w * e * e
        gradient[0] += w * e * jx
        gradient[1] += w * e * jy
        gradient[2] += w * e * jz
        hessian[0, 0] += w * jx * jx
        hessian[0, 1] += w * jx * jy
        hessian[0, 2] += w * jx * jz
        hessian[1, 1] += w * jy * jy
        hessian[1, 2] += w * jy * jz
        hessian[2, 2] += w * jz * jz
    latitude, longitude, height = to_geodetic(p[0], p[1], p[2])
    if height_weight > 0.0:
        ux = math.cos(latitude) * math.cos(longitude)
        uy = math.cos(latitude) * math.sin(longitude)
        uz = math.sin(latitude)
        e = height_m - height
        cost += height_weight * e * e
        gradient[0] += height_weight * e * ux
        gradient[1] += height_weight * e * uy
        gradient[2] += height_weight * e * uz
        hessian[0, 0] += height_weight * ux * ux
        hessian[0, 1] += height_weight * ux * uy
        hessian[0, 2] += height_weight * ux * uz
        hessian[1, 1] += height_weight * uy * uy
        hessian[1, 2] += height_weight * uy * uz
        hessian[2, 2] += height_weight * uz * uz
    hessian[1, 0] = hessian[0, 1]
    hessian[2, 0] = hessian[0, 2]
    hessian[2, 1] = hessian[1, 2]
    return cost, height


@inner
def invert(a, out):
    """Inverse of a symmetric positive definite (3, 3) into ``out``; False where it is not."""
    c00 = a[1, 1] * a[2, 2] - a[1, 2] * a[2, 1]
    c01 = a[1, 2] * a[2, 0] - a[1, 0] * a[2, 2]
    c02 = a[1, 0] * a[2, 1] - a[1, 1] * a[2, 0]
    det = a[0, 0] * c00 + a[0, 1] * c01 + a[0, 2] * c02
    size = (a[0, 0] + a[1, 1] + a[2, 2]) / 3.0
    if not det > 1e-13 * size * size * size:
        return False
    out[0, 0] = c00 / det
    out[0, 1] = c01 / det
    out[0, 2] = c02 / det
    out[1, 1] = (a[0, 0] * a[2, 2] - a[0, 2] * a[2, 0]) / det
    out[1, 2] = (a[0, 2] * a[1, 0] - a[0, 0] * a[1, 2]) / det
    out[2, 2] = (a[0, 0] * a[1, 1] - a[0, 1] * a[1, 0]) / det
    out[1, 0] = out[0, 1]
    out[2, 0] = out[0, 2]
    out[2, 1] = out[1, 2]
    return True


@inner
def descend(p, sites, ranges, weights, count, height_m, height_weight, work):
    """Levenberg-Marquardt from ``p`` (3,), in place; the cost, or infinity where it fails.

    ``work`` (7, 3, 3) is scratch: [0] matrix, [1] damped, [2] inverse, [3, 0] gradient,
    [3, 1] trial place, [4] and [5, 0] the trial's matrix and gradient.
    """
    gradient, trial = work[3, 0], work[3, 1]
    damping = 1e-3
    cost, height = normal_equations(
        p, sites, ranges, weights, count, height_m, height_weight, gradient, work[0]
    )
    for _ in range(ROUNDS):
        size = (work[0, 0, 0] + work[0, 1, 1] + work[0, 2, 2]) / 3.0
        for r in range(3):
            for c in range(3):
                work[1, r, c] = work[0, r, c]
            work[1, r, r] += damping * (work[0, r, r] + 1e-3 * size)
        if not invert(work[1], work[2]):
            damping = damping * 10.0 + 1e-9
            if damping > 1e9:
                return np.inf, height
            continue
        step = 0.0
        for r in range(3):
            move = (
                work[2, r, 0] * gradient[0]
                + work[2, r, 1] * gradient[1]
                + work[2, r, 2] * gradient[2]
            )
            trial[r] = p[r] + move
            step += move * move
        new_cost, new_height = normal_equations(
            trial, sites, ranges, weights, count, height_m, height_weight, work[5, 0], work[4]
        )
        if new_cost <= cost and new_height > -1e6:
            for r in range(3):
                p[r] = trial[r]
                gradient[r] = work[5, 0, r]
                for c in range(3):
                    work[0, r, c] = work[4, r, c]
            done = step < 1e-4 or (cost - new_cost < 1e-9 * (1.0 + cost) and step < 1.0)
            cost, height = new_cost, new_height
            damping = max(damping * 0.1, 1e-12)
            if done:
                return cost, height
        else:
            damping *= 10.0
            if damping > 1e9 or step < 1e-6:
                return cost, height
    return np.inf, height
