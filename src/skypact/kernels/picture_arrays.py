"""Names of columns that the kernels of the joint picture share; small algebra of 4 x 4.

A state is prepared once for an instant: its ground point and velocity as ECEF vectors with the
axes of its local frame (so that no pole and no date line matters), heights, and the covariance
of (east m, north m, v_east m/s, v_north m/s) as a full 4 x 4.
"""

import math

from skypact.kernels.compilation import bare

# columns of a prepared state
X, Y, Z, VX, VY, VZ, EX, EY, EZ, NX, NY, NZ = 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
LATITUDE, LONGITUDE, ALTITUDE, PRESSURE, UP, AGE = 12, 13, 14, 15, 16, 17
PLACE = 18

# entries of the settings' vector
(
    REACH, GATE, POSITION_FLOOR, VELOCITY_FLOOR, DENSITY, SPEED_DENSITY, HEIGHT_SIGMA,
    HEIGHT_RATE, HEIGHT_RANGE, HEIGHT_LIMIT, SAME_MODE_S, OTHER_MODE_S, SAME_MODE_3A,
    OTHER_MODE_3A, SAME_CALLSIGN, OTHER_CALLSIGN, NOISE, HORIZON, UNKNOWN_SPEED, ASSUMED_HEIGHT,
    COMMON, FUSE_GATE, LEAST_SIGMA, LOWEST, UNKNOWN_POSITION, HIGHEST,
) = range(26)  # fmt: skip
LAW = 26

TINY = 1e-12


@bare
def factor(a, low):
    """Fill ``low`` (4, 4) with the Cholesky factor of ``a``; whether ``a`` is positive definite."""
    for i in range(4):
        for j in range(i + 1):
            value = a[i, j]
            for k in range(j):
                value -= low[i, k] * low[j, k]
            if i == j:
                if not value > TINY * a[i, i]:
                    return False
                low[i, i] = math.sqrt(value)
            else:
                low[i, j] = value / low[j, j]
    return True


@bare
def forward(low, b, y):
    """Fill ``y`` (4,) with the solution of ``low y = b``; the sum of its squares."""
    total = 0.0
    for i in range(4):
        value = b[i]
        for k in range(i):
            value -= low[i, k] * y[k]
        y[i] = value / low[i, i]
        total += y[i] * y[i]
    return total


@bare
def backward(low, y, x):
    """Fill ``x`` (4,) with the solution of ``low' x = y``."""
    for r in range(4):
        i = 3 - r
        value = y[i]
        for k in range(i + 1, 4):
            value -= low[k, i] * x[k]
        x[i] = value / low[i, i]


@bare
def log_det(low):
    """Logarithm of the determinant of the matrix that ``low`` is the Cholesky factor of."""
    product = low[0, 0] * low[1, 1] * low[2, 2] * low[3, 3]
    return 2.0 * math.log(product)


@bare
def inverse(low, out):
    """Fill ``out`` (4, 4) with the inverse of the matrix that ``low`` is the factor of."""
    for c in range(4):
        for i in range(4):
            value = 1.0 if i == c else 0.0
            for k in range(i):
                value -= low[i, k] * out[k, c]
            out[i, c] = value / low[i, i]
        for r in range(4):
            i = 3 - r
            value = out[i, c]
            for k in range(i + 1, 4):
                value -= low[k, i] * out[k, c]
            out[i, c] = value / low[i, i]
    for i in range(4):
        for j in range(i):
            mean = 0.5 * (out[i, j] + out[j, i])
            out[i, j], out[j, i] = mean, mean
