"""Interacting multiple models of level flight: mix, predict, likelihood, update.

State and packing of covariances: ``kernels.tracking_arrays``. The models are nearly constant
velocity and nearly coordinated turns of fixed rate (Bar-Shalom, Li and Kirubarajan, "Estimation
with Applications to Tracking and Navigation", 2001: 6.2.2, 11.7.2; mixing 11.6.6). A measurement
comes linearised about the models' mean (``lin``), so that every model shares one Jacobian.
"""

import math

from skypact.kernels.compilation import bare

# lin: a linearised two-dimensional measurement
Z1, Z2 = 0, 1  # measured less predicted from the mean
H1, H2 = 2, 5  # rows of the Jacobian to (p, q, h)
R11, R12, R22 = 8, 9, 10  # its noise
LAG_S = 11  # time of measurement less time of the state
LIN = 12


@bare
def mix(x, cov, weight, dwell_s, switch, step_s, share, mixed):
    """Interaction step over ``step_s``; rewrites x (m, 5), cov (m, 15), weight (m,).

    Model i is kept with probability exp(-step/dwell_i), else left for j by ``switch[i, j]``.
    ``share`` (m, m) and ``mixed`` (m, 20) are scratch.
    """
    models = weight.shape[0]
    for i in range(models):
        keep = math.exp(-step_s / dwell_s[i])
        for j in range(models):
            share[i, j] = weight[i] * (keep if i == j else (1.0 - keep) * switch[i, j])
    for j in range(models):
        total = 0.0
        for i in range(models):
            total += share[i, j]
        weight[j] = total
        inverse = 1.0 / total if total > 0.0 else 0.0
        for k in range(20):
            mixed[j, k] = 0.0
        for i in range(models):
            share[i, j] *= inverse
            for k in range(5):
                mixed[j, k] += share[i, j] * x[i, k]
        for i in range(models):
            s = share[i, j]
            if s < 1e-9:
                continue
            d0, d1 = x[i, 0] - mixed[j, 0], x[i, 1] - mixed[j, 1]
            d2, d3 = x[i, 2] - mixed[j, 2], x[i, 3] - mixed[j, 3]
            d4 = x[i, 4] - mixed[j, 4]
            mixed[j, 5] += s * (cov[i, 0] + d0 * d0)
            mixed[j, 6] += s * (cov[i, 1] + d0 * d1)
            mixed[j, 7] += s * (cov[i, 2] + d0 * d2)
            mixed[j, 8] += s * (cov[i, 3] + d0 * d3)
            mixed[j, 9] += s * (cov[i, 4] + d0 * d4)
            mixed[j, 10] += s * (cov[i, 5] + d1 * d1)
            mixed[j, 11] += s * (cov[i, 6] + d1 * d2)
            mixed[j, 12] += s * (cov[i, 7] + d1 * d3)
            mixed[j, 13] += s * (cov[i, 8] + d1 * d4)
            mixed[j, 14] += s * (cov[i, 9] + d2 * d2)
            mixed[j, 15] += s * (cov[i, 10] + d2 * d3)
            mixed[j, 16] += s * (cov[i, 11] + d2 * d4)
            mixed[j, 17] += s * (cov[i, 12] + d3 * d3)
            mixed[j, 18] += s * (cov[i, 13] + d3 * d4)
            mixed[j, 19] += s * (cov[i, 14] + d4 * d4)
    for j in range(models):
        for k in range(5):
            x[j, k] = mixed[j, k]
        for k in range(15):
            cov[j, k] = mixed[j, 5 + k]


@bare
def turn_terms(turn_radps, step_s):
    """Terms of a coordinated turn over a step: sin/rate, (1 - cos)/rate, cos, sin."""
    angle = turn_radps * step_s
    c, s = math.cos(angle), math.sin(angle)
    if abs(angle) < 1e-9:
        return step_s, 0.0, 1.0, 0.0
    return s / turn_radps, (1.0 - c) / turn_radps, c, s


@bare
def predict(x, cov, turn_radps, noise, height_noise, step_s):
    """One model over ``step_s``: x (5,), cov (15,) rewritten.

    ``noise`` is the density of white acceleration (m^2/s^3), ``height_noise`` that of the
    height's random walk (m^2/s).
    """
    sa, ca, c, s = turn_terms(turn_radps, step_s)
    vp, vq = x[2], x[3]
    x[0] += sa * vp - ca * vq
    x[1] += ca * vp + sa * vq
    x[2], x[3] = c * vp - s * vq, s * vp + c * vq
    a22, a23, a33, a24, a34 = cov[9], cov[10], cov[12], cov[11], cov[13]
    # position-velocity block of (I + A V): rows p, q; columns vp, vq
    g02 = cov[2] + sa * a22 - ca * a23
    g03 = cov[3] + sa * a23 - ca * a33
    g12 = cov[6] + ca * a22 + sa * a23
    g13 = cov[7] + ca * a23 + sa * a33
    q1 = noise * step_s
    q2, q3 = 0.5 * q1 * step_s, q1 * step_s * step_s / 3.0
    pp = cov[0] + sa * cov[2] - ca * cov[3] + sa * g02 - ca * g03
    pq = cov[1] + ca * cov[2] + sa * cov[3] + sa * g12 - ca * g13
    qq = cov[5] + ca * cov[6] + sa * cov[7] + ca * g12 + sa * g13
    cov[0], cov[1], cov[5] = pp + q3, pq, qq + q3
    cov[2], cov[3] = c * g02 - s * g03 + q2, s * g02 + c * g03
    cov[6], cov[7] = c * g12 - s * g13, s * g12 + c * g13 + q2
    cov[4] += sa * a24 - ca * a34
    cov[8] += ca * a24 + sa * a34
    cov[11], cov[13] = c * a24 - s * a34, s * a24 + c * a34
    b22, b23 = c * a22 - s * a23, c * a23 - s * a33
    b32, b33 = s * a22 + c * a23, s * a23 + c * a33
    cov[9] = c * b22 - s * b23 + q1
    cov[10] = s * b22 + c * b23
    cov[12] = s * b32 + c * b33 + q1
    cov[14] += height_noise * step_s


@bare
def gains(cov, lin, noise, gain):
    """Fill ``gain`` (5, 2) with P H' and return s11, s12, s22 of the innovation's covariance.

    The measurement is of the state at ``lag`` seconds from the state's time (either sign); the
    acceleration noise over that lag is added, as in Bar-Shalom's simplest update with a
    measurement out of sequence ("algorithm C", IEEE AES 38/3, 2002).
    """
    lag = lin[LAG_S]
    for row in range(2):
        hp, hq, hh = lin[H1 + 3 * row], lin[H1 + 1 + 3 * row], lin[H1 + 2 + 3 * row]
        hu, hw = hp * lag, hq * lag
        gain[0, row] = cov[0] * hp + cov[1] * hq + cov[2] * hu + cov[3] * hw + cov[4] * hh
        gain[1, row] = cov[1] * hp + cov[5] * hq + cov[6] * hu + cov[7] * hw + cov[8] * hh
        gain[2, row] = cov[2] * hp + cov[6] * hq + cov[9] * hu + cov[10] * hw + cov[11] * hh
        gain[3, row] = cov[3] * hp + cov[7] * hq + cov[10] * hu + cov[12] * hw + cov[13] * hh
        gain[4, row] = cov[4] * hp + cov[8] * hq + cov[11] * hu + cov[13] * hw + cov[14] * hh
    hp, hq, hh = lin[H1], lin[H1 + 1], lin[H1 + 2]
    kp, kq, kh = lin[H2], lin[H2 + 1], lin[H2 + 2]
    extra = noise * abs(lag) ** 3 / 3.0
    m0, m1 = gain[0, 0] + lag * gain[2, 0], gain[1, 0] + lag * gain[3, 0]
    n0, n1 = gain[0, 1] + lag * gain[2, 1], gain[1, 1] + lag * gain[3, 1]
    s11 = hp * m0 + hq * m1 + hh * gain[4, 0] + lin[R11] + extra * (hp * hp + hq * hq)
    s12 = hp * n0 + hq * n1 + hh * gain[4, 1] + lin[R12] + extra * (hp * kp + hq * kq)
    s22 = kp * n0 + kq * n1 + kh * gain[4, 1] + lin[R22] + extra * (kp * kp + kq * kq)
    return s11, s12, s22


@bare
def innovation(x, mean, lin):
    """Measured less predicted of one model, from that of the mean."""
    lag = lin[LAG_S]
    dp = x[0] - mean[0] + lag * (x[2] - mean[2])
    dq = x[1] - mean[1] + lag * (x[3] - mean[3])
    dh = x[4] - mean[4]
    return (
        lin[Z1] - lin[H1] * dp - lin[H1 + 1] * dq - lin[H1 + 2] * dh,
        lin[Z2] - lin[H2] * dp - lin[H2 + 1] * dq - lin[H2 + 2] * dh,
    )


@bare
def likelihood(x, cov, weight, mean, lin, noise, gain):
    """Log of the mixture's likelihood, and the least squared Mahalanobis distance."""
    best, least = -1e300, 1e300
    total = 0.0
    for j in range(weight.shape[0]):
        s11, s12, s22 = gains(cov[j], lin, noise[j], gain)
        n1, n2 = innovation(x[j], mean, lin)
        det = s11 * s22 - s12 * s12
        if not det > 0.0 or weight[j] <= 0.0:
            continue
        distance = (n1 * n1 * s22 - 2.0 * n1 * n2 * s12 + n2 * n2 * s11) / det
        least = min(least, distance)
        log = math.log(weight[j]) - 0.5 * distance - 0.5 * math.log(det) - 1.8378770664093453
        if log > best:
            total = total * math.exp(best - log) + 1.0
            best = log
        else:
            total += math.exp(log - best)
    if total == 0.0:
        return -1e300, 1e300
    return best + math.log(total), least


@bare
def update(x, cov, weight, mean, lin, noise, gain):
    """Update every model and the model probabilities with one linearised measurement."""
    models = weight.shape[0]
    best = -1e300
    for j in range(models):
        s11, s12, s22 = gains(cov[j], lin, noise[j], gain)
        det = s11 * s22 - s12 * s12
        if not det > 0.0:
            weight[j] = -1e300
            continue
        n1, n2 = innovation(x[j], mean, lin)
        i11, i12, i22 = s22 / det, -s12 / det, s11 / det
        y1, y2 = i11 * n1 + i12 * n2, i12 * n1 + i22 * n2
        log = -0.5 * (n1 * y1 + n2 * y2) - 0.5 * math.log(det)
        if weight[j] > 0.0:
            log += math.log(weight[j])
            best = max(best, log)
            weight[j] = log
        else:
            weight[j] = -1e300
        k = 0
        for a in range(5):
            g1, g2 = gain[a, 0], gain[a, 1]
            x[j, a] += g1 * y1 + g2 * y2
            k1, k2 = g1 * i11 + g2 * i12, g1 * i12 + g2 * i22
            for b in range(a, 5):
                cov[j, k] -= k1 * gain[b, 0] + k2 * gain[b, 1]
                k += 1
    total = 0.0
    for j in range(models):
        weight[j] = math.exp(max(weight[j] - best, -700.0))
        total += weight[j]
    for j in range(models):
        # a floor keeps a model from dying out
        weight[j] = max(weight[j] / total, 1e-6)


@bare
def update_height(x, cov, measured_m, variance):
    """Scalar update of one model with a height: x (5,), cov (15,)."""
    g0, g1, g2, g3, g4 = cov[4], cov[8], cov[11], cov[13], cov[14]
    inverse = 1.0 / (g4 + variance)
    y = (measured_m - x[4]) * inverse
    x[0] += g0 * y
    x[1] += g1 * y
    x[2] += g2 * y
    x[3] += g3 * y
    x[4] += g4 * y
    cov[0] -= g0 * g0 * inverse
    cov[1] -= g0 * g1 * inverse
    cov[2] -= g0 * g2 * inverse
    cov[3] -= g0 * g3 * inverse
    cov[4] -= g0 * g4 * inverse
    cov[5] -= g1 * g1 * inverse
    cov[6] -= g1 * g2 * inverse
    cov[7] -= g1 * g3 * inverse
    cov[8] -= g1 * g4 * inverse
    cov[9] -= g2 * g2 * inverse
    cov[10] -= g2 * g3 * inverse
    cov[11] -= g2 * g4 * inverse
    cov[12] -= g3 * g3 * inverse
    cov[13] -= g3 * g4 * inverse
    cov[14] -= g4 * g4 * inverse


@bare
def combine(x, cov, weight, mean):
    """Fill ``mean`` (5,) over the models; return variance of position and of velocity, per axis.

    Each is the mean of the two horizontal variances of the mixture.
    """
    total = 0.0
    for k in range(5):
        mean[k] = 0.0
    for j in range(weight.shape[0]):
        total += weight[j]
        for k in range(5):
            mean[k] += weight[j] * x[j, k]
    for k in range(5):
        mean[k] /= total
    position, velocity = 0.0, 0.0
    for j in range(weight.shape[0]):
        weight[j] /= total
        d0, d1, d2, d3 = x[j, 0] - mean[0], x[j, 1] - mean[1], x[j, 2] - mean[2], x[j, 3] - mean[3]
        position += weight[j] * (cov[j, 0] + cov[j, 5] + d0 * d0 + d1 * d1)
        velocity += weight[j] * (cov[j, 9] + cov[j, 12] + d2 * d2 + d3 * d3)
    return 0.5 * position, 0.5 * velocity
