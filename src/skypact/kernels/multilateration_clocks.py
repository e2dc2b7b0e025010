"""Clock offsets and drifts of receivers, followed through transmissions of known place.

In: pseudo-ranges less the distance to where the aircraft says it is. Out: what was known of each
receiver's clock before each arrival. Filter: Bar-Shalom, Li & Kirubarajan, "Estimation with
Applications to Tracking and Navigation" (2001), section 6.3.
"""

import math

import numpy as np

from skypact.kernels.compilation import inner, kernel


@inner
def others_middle(a, b, row, excess_m, offset_m, offset_sigma_m, noise):
    """Weighted median of ``excess - offset`` over the other arrivals, and its variance."""
    total = 0.0
    for i in range(a, b):
        if i != row and not math.isnan(excess_m[i]):
            total += 1.0 / (offset_sigma_m[i] * offset_sigma_m[i] + noise)
    if total == 0.0:
        return np.nan, np.nan
    middle, below = np.nan, -1.0
    for i in range(a, b):
        if i == row or math.isnan(excess_m[i]):
            continue
        value = excess_m[i] - offset_m[i]
        under, own = 0.0, 0.0
        for k in range(a, b):
            if k == row or math.isnan(excess_m[k]):
                continue
            other = excess_m[k] - offset_m[k]
            weight = 1.0 / (offset_sigma_m[k] * offset_sigma_m[k] + noise)
            if other < value:
                under += weight
            elif other == value:
                own += weight
        if under <= 0.5 * total <= under + own and (below < 0.0 or value < middle):
            middle, below = value, under
    # a median's variance is pi / 2 times a mean's (normal noise)
    return middle, 0.5 * math.pi / total


@kernel(
    "void(int64[::1], int32[::1], float64[::1], float64[::1], float64, float64, float64,"
    " float64, float64, float64[:,::1], float64[::1], float64[::1])"
)
def follow_clocks(
    first,
    receiver,
    excess_m,
    time_s,
    noise_m,
    offset_walk,
    drift_walk,
    start_sigma_m,
    start_drift,
    clock,
    offset_m,
    offset_sigma_m,
):
    """Follow each receiver's clock offset and drift through transmissions of known place.

    Parameters
    ----------
    first, receiver
        Transmission ``j`` has arrivals ``first[j]`` to ``first[j + 1]``, (n + 1,); row in
        ``clock`` of each, (arrivals,).
    excess_m
        Pseudo-range less distance to the known place, NaN where the place is not known.
    time_s
        Of each transmission, never decreasing; (n,).
    noise_m
        Standard deviation of one ``excess_m``.
    offset_walk, drift_walk
        Random walk of offset (m2/s) and of drift (m2/s3).
    start_sigma_m, start_drift
        Standard deviation of a clock not yet seen (m, m/s).
    clock
        State, kept between calls: offset, drift, their variances and covariance, last time
        (NaN never), refusals in a row; (receivers, 7).
    offset_m, offset_sigma_m
        Out: what was known of the receiver's offset before each arrival; (arrivals,).

    Notes
    -----
    Two-state Kalman filter a clock . Only
    differences between receivers can be seen: each is compared with the others of the same
    transmission, weighted by how well they are known. Refused beyond 5 sigma, but five
    refusals in a row are a clock that jumped, which starts anew.
    """
    noise = noise_m * noise_m
    for j in range(first.shape[0] - 1):
        a, b = first[j], first[j + 1]
        for row in range(a, b):
            k = receiver[row]
            if math.isnan(clock[k, 5]):
                clock[k, 0] = clock[k, 1] = clock[k, 4] = clock[k, 6] = 0.0
                clock[k, 2] = start_sigma_m * start_sigma_m
                clock[k, 3] = start_drift * start_drift
                clock[k, 5] = time_s[j]
            dt = max(time_s[j] - clock[k, 5], 0.0)
            clock[k, 0] += clock[k, 1] * dt
            clock[k, 2] += (
                2.0 * clock[k, 4] * dt
                + clock[k, 3] * dt * dt
                + offset_walk * dt
                + drift_walk * dt * dt * dt / 3.0
            )
            clock[k, 4] += clock[k, 3] * dt + drift_walk * dt * dt / 2.0
            clock[k, 3] += drift_walk * dt
            clock[k, 5] = max(time_s[j], clock[k, 5])
            offset_m[row] = clock[k, 0]
            offset_sigma_m[row] = math.sqrt(clock[k, 2])
        if b - a < 2:
            continue
        for row in range(a, b):
            k = receiver[row]
            if math.isnan(excess_m[row]):
                continue
            # weighted median of the others: one wrong receiver must not drag the rest
            middle, spread = others_middle(a, b, row, excess_m, offset_m, offset_sigma_m, noise)
            if math.isnan(middle):
                continue
            innovation = excess_m[row] - offset_m[row] - middle
            variance = clock[k, 2] + noise + spread
            if innovation * innovation > 25.0 * variance:
                clock[k, 6] += 1.0
                if clock[k, 6] >= 5.0:
                    clock[k, 5] = np.nan
                continue
            clock[k, 6] = 0.0
            g0, g1 = clock[k, 2] / variance, clock[k, 4] / variance
            clock[k, 0] += g0 * innovation
            clock[k, 1] += g1 * innovation
            clock[k, 3] -= g1 * clock[k, 4]
            clock[k, 4] *= 1.0 - g0
            clock[k, 2] *= 1.0 - g0
