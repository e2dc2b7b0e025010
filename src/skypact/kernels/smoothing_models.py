"""Level-flight models as 5 x 5 matrices, and the steps of a two-filter smoother on them.

The state of a model is ``(p, q, vp, vq, h)`` in the plane rolled along a flight's path
(``kernels.smoothing_path``): offset (m), velocity (m/s) and height (m). Each model is linear: a
coordinated turn of fixed rate or straight flight, with white acceleration (Bar-Shalom, Li and
Kirubarajan, "Estimation with Applications to Tracking and Navigation", 2001: 6.2.2, 11.7.2).
Covariances are full matrices: a smoother is off line, and short code is worth more than speed.
"""

import math

from skypact.kernels.compilation import bare

STATES = 5

# a node's linearised measurement: of (p, q), of height, and how it is taken
Z1, Z2 = 0, 1  # measured less what the path gives
H1, H2 = 2, 5  # rows of the Jacobian to (p, q, h)
R11, R22 = 8, 9  # its noise, robust weights included
HEIGHT, HEIGHT_VARIANCE = 10, 11  # height (m), NaN where none
MEASUREMENT = 12


@bare
def copy(x, cov, x_to, cov_to):
    """Copy one model's state."""
    for k in range(STATES):
        x_to[k] = x[k]
        for m in range(STATES):
            cov_to[k, m] = cov[k, m]


@bare
def transform(x, cov, turn_radps, step_s, scratch):
    """Apply x <- F x and cov <- F cov F' of a turn over a step of either sign."""
    angle = turn_radps * step_s
    c, s = math.cos(angle), math.sin(angle)
    along, across = step_s, 0.0
    if abs(angle) > 1e-9:
        along, across = s / turn_radps, (1.0 - c) / turn_radps
    vp, vq = x[2], x[3]
    x[0] += along * vp - across * vq
    x[1] += across * vp + along * vq
    x[2], x[3] = c * vp - s * vq, s * vp + c * vq
    for k in range(STATES):
        u, w = cov[2, k], cov[3, k]
        scratch[0, k] = cov[0, k] + along * u - across * w
        scratch[1, k] = cov[1, k] + across * u + along * w
        scratch[2, k] = c * u - s * w
        scratch[3, k] = s * u + c * w
        scratch[4, k] = cov[4, k]
    for k in range(STATES):
        u, w = scratch[k, 2], scratch[k, 3]
        cov[k, 0] = scratch[k, 0] + along * u - across * w
        cov[k, 1] = scratch[k, 1] + across * u + along * w
        cov[k, 2] = c * u - s * w
        cov[k, 3] = s * u + c * w
        cov[k, 4] = scratch[k, 4]


@bare
def add_noise(cov, noise, height_noise, step_s):
    """Add what white acceleration (m^2/s^3) and the height's walk (m^2/s) do in a step."""
    q1 = noise * step_s
    q2, q3 = 0.5 * q1 * step_s, q1 * step_s * step_s / 3.0
    for k in range(2):
        cov[k, k] += q3
        cov[k + 2, k + 2] += q1
        cov[k, k + 2] += q2
        cov[k + 2, k] += q2
    cov[4, 4] += height_noise * step_s


@bare
def mix(x, cov, weight, dwell_s, switch, step_s, backward, x_out, cov_out, share):
    """Interaction over ``step_s`` from (x, cov, weight) to ``x_out``, ``cov_out`` and weight.

    Model i is kept with probability exp(-step/dwell_i), else left for j by ``switch[i, j]``.
    Backward, the densities are likelihoods of what comes later, so that model j now gathers
    those of the models i it may become: the same sums with the transitions transposed (Helmick,
    Blair and Hoffman, "Fixed-interval smoothing for Markovian switching systems", IEEE
    Information Theory 41/6, 1995).
    """
    models = weight.shape[0]
    for i in range(models):
        keep = math.exp(-step_s / dwell_s[i])
        for j in range(models):
            move = keep if i == j else (1.0 - keep) * switch[i, j]
            if backward:
                share[j, i] = move * weight[j]
            else:
                share[i, j] = move * weight[i]
    total_weight = 0.0
    for j in range(models):
        total = 0.0
        for i in range(models):
            total += share[i, j]
        weight[j] = max(total, 1e-12)
        total_weight += weight[j]
        for k in range(STATES):
            x_out[j, k] = 0.0
            for m in range(STATES):
                cov_out[j, k, m] = 0.0
        for i in range(models):
            share[i, j] /= weight[j]
            for k in range(STATES):
                x_out[j, k] += share[i, j] * x[i, k]
        for i in range(models):
            s = share[i, j]
            if s < 1e-9:
                continue
            for k in range(STATES):
                a = x[i, k] - x_out[j, k]
                for m in range(k, STATES):
                    cov_out[j, k, m] += s * (cov[i, k, m] + a * (x[i, m] - x_out[j, m]))
        for k in range(STATES):
            for m in range(k):
                cov_out[j, k, m] = cov_out[j, m, k]
    for j in range(models):
        weight[j] /= total_weight


@bare
def update(x, cov, given, path_p, path_q, path_h, gain):
    """Update one model with a node's position measurement; the log of its likelihood.

    ``given`` (MEASUREMENT,) was linearised at (path_p, path_q, path_h).
    """
    dp, dq, dh = x[0] - path_p, x[1] - path_q, x[4] - path_h
    n1 = given[Z1] - given[H1] * dp - given[H1 + 1] * dq - given[H1 + 2] * dh
    n2 = given[Z2] - given[H2] * dp - given[H2 + 1] * dq - given[H2 + 2] * dh
    for k in range(STATES):
        for row in range(2):
            at = H1 + 3 * row
            gain[k, row] = (
                cov[k, 0] * given[at] + cov[k, 1] * given[at + 1] + cov[k, 4] * given[at + 2]
            )
    s11 = given[H1] * gain[0, 0] + given[H1 + 1] * gain[1, 0] + given[H1 + 2] * gain[4, 0]
    s12 = given[H1] * gain[0, 1] + given[H1 + 1] * gain[1, 1] + given[H1 + 2] * gain[4, 1]
    s22 = given[H2] * gain[0, 1] + given[H2 + 1] * gain[1, 1] + given[H2 + 2] * gain[4, 1]
    s11 += given[R11]
    s22 += given[R22]
    det = s11 * s22 - s12 * s12
    if not det > 0.0:
        # only rounding brings this about; the measurement then says nothing
        return 0.0
    i11, i12, i22 = s22 / det, -s12 / det, s11 / det
    y1, y2 = i11 * n1 + i12 * n2, i12 * n1 + i22 * n2
    for k in range(STATES):
        x[k] += gain[k, 0] * y1 + gain[k, 1] * y2
    for k in range(STATES):
        k1 = gain[k, 0] * i11 + gain[k, 1] * i12
        k2 = gain[k, 0] * i12 + gain[k, 1] * i22
        for m in range(k, STATES):
            cov[k, m] -= k1 * gain[m, 0] + k2 * gain[m, 1]
            cov[m, k] = cov[k, m]
    return -0.5 * (n1 * y1 + n2 * y2) - 0.5 * math.log(det)


@bare
def update_height(x, cov, height_m, variance, gain):
    """Update one model with a height; the log of its likelihood."""
    inverse = 1.0 / (cov[4, 4] + variance)
    n = height_m - x[4]
    for k in range(STATES):
        gain[k, 0] = cov[k, 4]
    for k in range(STATES):
        x[k] += gain[k, 0] * n * inverse
        for m in range(STATES):
            cov[k, m] -= gain[k, 0] * gain[m, 0] * inverse
    return -0.5 * n * n * inverse + 0.5 * math.log(inverse)


@bare
def update_models(x, cov, weight, given, path_p, path_q, path_h, placed, gain):
    """Update all models and their weights with what a node measured.

    ``placed``: whether it measured a position; a height it measured where that is no NaN.
    """
    models = weight.shape[0]
    best = -1e300
    for j in range(models):
        log = math.log(weight[j])
        if placed:
            log += update(x[j], cov[j], given, path_p, path_q, path_h, gain)
        if math.isfinite(given[HEIGHT]):
            log += update_height(x[j], cov[j], given[HEIGHT], given[HEIGHT_VARIANCE], gain)
        weight[j] = log
        best = max(best, log)
    total = 0.0
    for j in range(models):
        # a floor keeps a model from dying out
        weight[j] = max(math.exp(max(weight[j] - best, -700.0)), 1e-9)
        total += weight[j]
    for j in range(models):
        weight[j] /= total


@bare
def fuse(x, cov, x_later, cov_later, root, gain):
    """Join what came before (x, cov: rewritten) with what comes later; log of their agreement.

    The later estimate is independent of the earlier: x + K (x_later - x), K = cov (cov +
    cov_later)^-1, by Cholesky. ``root`` (5, 5) and ``gain`` (5, 6) are scratch.
    """
    log = 0.0
    for k in range(STATES):
        for m in range(k + 1):
            s = cov[k, m] + cov_later[k, m]
            for i in range(m):
                s -= root[k, i] * root[m, i]
            # rounding must not make a covariance of nothing
            root[k, m] = math.sqrt(max(s, 1e-12)) if k == m else s / root[m, m]
        log -= math.log(root[k, k])
    # gain <- root^-1 (x_later - x | cov), a column at a time; column 5 is the difference
    for k in range(STATES):
        d = x_later[k] - x[k]
        for i in range(k):
            d -= root[k, i] * gain[i, STATES]
        gain[k, STATES] = d / root[k, k]
        log -= 0.5 * gain[k, STATES] * gain[k, STATES]
        for m in range(STATES):
            c = cov[k, m]
            for i in range(k):
                c -= root[k, i] * gain[i, m]
            gain[k, m] = c / root[k, k]
    for k in range(STATES):
        for i in range(STATES):
            x[k] += gain[i, k] * gain[i, STATES]
        for m in range(STATES):
            for i in range(STATES):
                cov[k, m] -= gain[i, k] * gain[i, m]
    return log


@bare
def combine(x, cov, weight, mean, spread):
    """Fill the mean (5,) and covariance (5, 5) of the mixture; weights sum to 1."""
    models = weight.shape[0]
    for k in range(STATES):
        mean[k] = 0.0
        for j in range(models):
            mean[k] += weight[j] * x[j, k]
    for k in range(STATES):
        for m in range(STATES):
            spread[k, m] = 0.0
            for j in range(models):
                spread[k, m] += weight[j] * (
                    cov[j, k, m] + (x[j, k] - mean[k]) * (x[j, m] - mean[m])
                )
