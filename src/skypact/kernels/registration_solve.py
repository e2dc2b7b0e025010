"""The errors from the information on them, and what follows for the filters.

Plain Cholesky in a fixed order of operations: the same bits on every machine with the same
compiler, whatever linear algebra library it has. Information and prior together are positive
definite by construction (the prior is the identity), so there is no failing case.
"""

import math

import numpy as np
from numba import types

from skypact.kernels.compilation import kernel
from skypact.kernels.registration_arrays import (
    ERRORS,
    F1,
    F2,
    FOLLOWED_TYPE,
    STATES,
    WITNESSES,
)


@kernel(types.void(F2, F2))
def invert_with_prior(information, covariance):
    """Fill ``covariance`` (n, n) with the inverse of ``information`` (n, n) plus the identity.

    Rows and columns of zeros, of errors nothing is known about, are left out of the work.
    """
    n = information.shape[0]
    used = np.empty(n, np.int64)
    m = 0
    for i in range(n):
        for j in range(n):
            covariance[i, j] = 0.0
        covariance[i, i] = 1.0
        if information[i, i] > 0.0:
            used[m] = i
            m += 1
    low = np.zeros((m, m))
    for i in range(m):
        for j in range(i + 1):
            total = information[used[i], used[j]] + (1.0 if i == j else 0.0)
            for k in range(j):
                total -= low[i, k] * low[j, k]
            low[i, j] = math.sqrt(max(total, 1e-12)) if i == j else total / low[j, j]
    # inverse of the triangle, then its product with itself
    inverse = np.zeros((m, m))
    for j in range(m):
        inverse[j, j] = 1.0 / low[j, j]
        for i in range(j + 1, m):
            total = 0.0
            for k in range(j, i):
                total -= low[i, k] * inverse[k, j]
            inverse[i, j] = total / low[i, i]
    for i in range(m):
        for j in range(i + 1):
            total = 0.0
            for k in range(i, m):
                total += inverse[k, i] * inverse[k, j]
            covariance[used[i], used[j]] = total
            covariance[used[j], used[i]] = total


@kernel(types.void(FOLLOWED_TYPE, F1))
def shift(followed, change):
    """Take out of the filters' states what a ``change`` (n,) of the errors explains.

    ``change`` is in prior deviations.
    """
    for t in range(followed.stamp_ns.shape[0]):
        if followed.stamp_ns[t] < 0:
            continue
        for k in range(WITNESSES):
            first = followed.witness[t, k] * ERRORS
            if first < 0:
                continue
            for c in range(ERRORS):
                for i in range(STATES):
                    followed.x[t, i] -= followed.lean[t, i, k * ERRORS + c] * change[first + c]
