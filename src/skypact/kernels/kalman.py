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

# what a model's parameter is: none, acceleration along the flight (m/s^2), rate of turn (rad/s)
STEADY, SPEEDING, TURNING = 0, 1, 2

FASTEST_TURN = 0.4
"""No aircraft turns faster, rad/s; bounds what a filter led astray may believe."""

STRONGEST = 40.0
"""Nor accelerates more along its flight, m/s^2."""


@bare
def mix(x, cov, weight, law, step_s, share, mixed):
    """Interaction step over ``step_s``; rewrites x (m, 6), cov (m, 21), weight (m,).

    Model i is kept with probability exp(-step/dwell_i), else left for j by ``switch[i, j]``.
    What comes from another model brings no parameter: j's own prior of it is taken, independent
    of the rest. ``share`` (m, m) and ``mixed`` (m, 27) are scratch.
    """
    models = weight.shape[0]
    for i in range(models):
        keep = math.exp(-step_s / law.dwell_s[i])
        for j in range(models):
            share[i, j] = weight[i] * (keep if i == j else (1.0 - keep) * law.switch[i, j])
    for j in range(models):
        total = 0.0
        for i in range(models):
            total += share[i, j]
        weight[j] = total
        inverse = 1.0 / total if total > 0.0 else 0.0
        for k in range(27):
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
            mixed[j, 6] += s * (cov[i, 0] + d0 * d0)
            mixed[j, 7] += s * (cov[i, 1] + d0 * d1)
            mixed[j, 8] += s * (cov[i, 2] + d0 * d2)
            mixed[j, 9] += s * (cov[i, 3] + d0 * d3)
            mixed[j, 10] += s * (cov[i, 4] + d0 * d4)
            mixed[j, 12] += s * (cov[i, 6] + d1 * d1)
            mixed[j, 13] += s * (cov[i, 7] + d1 * d2)
            mixed[j, 14] += s * (cov[i, 8] + d1 * d3)
            mixed[j, 15] += s * (cov[i, 9] + d1 * d4)
            mixed[j, 17] += s * (cov[i, 11] + d2 * d2)
            mixed[j, 18] += s * (cov[i, 12] + d2 * d3)
            mixed[j, 19] += s * (cov[i, 13] + d2 * d4)
            mixed[j, 21] += s * (cov[i, 15] + d3 * d3)
            mixed[j, 22] += s * (cov[i, 16] + d3 * d4)
            mixed[j, 24] += s * (cov[i, 18] + d4 * d4)
        mix_parameter(x[j], cov[j], share[j, j], law.prior[j], law.prior_variance[j], mixed[j])
    for j in range(models):
        for k in range(6):
            x[j, k] = mixed[j, k]
        for k in range(21):
            cov[j, k] = mixed[j, 6 + k]


@bare
def mix_parameter(x, cov, kept, prior, variance, mixed):
    """The parameter's part of one mixed model: ``kept`` of it is the model's own.

    The others' part is the prior, uncorrelated with anything; since the others' deviations sum
    to minus the own one, they are not needed one by one.
    """
    mean = kept * x[5] + (1.0 - kept) * prior
    own, far = x[5] - mean, prior - mean
    mixed[5] = mean
    mixed[11] = kept * (cov[5] + (x[0] - mixed[0]) * (x[5] - prior))
    mixed[16] = kept * (cov[10] + (x[1] - mixed[1]) * (x[5] - prior))
    mixed[20] = kept * (cov[14] + (x[2] - mixed[2]) * (x[5] - prior))
    mixed[23] = kept * (cov[17] + (x[3] - mixed[3]) * (x[5] - prior))
    mixed[25] = kept * (cov[19] + (x[4] - mixed[4]) * (x[5] - prior))
    mixed[26] = kept * (cov[20] + own * own) + (1.0 - kept) * (variance + far * far)


@bare
def turn_terms(turn_radps, step_s):
    """Terms of a coordinated turn over a step: sin/rate, (1 - cos)/rate, cos, sin."""
    angle = turn_radps * step_s
    c, s = math.cos(angle), math.sin(angle)
    if abs(angle) < 1e-9:
        return step_s, 0.0, 1.0, 0.0
    return s / turn_radps, (1.0 - c) / turn_radps, c, s


@bare
def motion(x, kind, step_s):
    """How one model moves in a step: terms of the turn, and what the parameter adds.

    Returns sin/rate, (1 - cos)/rate, cos, sin; the change of (p, q, vp, vq) that is not the
    turn's; and the derivative of (p, q, vp, vq) by the parameter (Bar-Shalom, Li and
    Kirubarajan 2001, 11.7.2 for the turn of estimated rate).
    """
    u, w = x[2], x[3]
    if kind == TURNING:
        turn = min(max(x[5], -FASTEST_TURN), FASTEST_TURN)
        sa, ca, c, s = turn_terms(turn, step_s)
        if abs(turn * step_s) < 1e-4:
            dsa, dca = -turn * step_s**3 / 3.0, 0.5 * step_s * step_s
        else:
            dsa, dca = (step_s * c - sa) / turn, (step_s * s - ca) / turn
        gp, gq = dsa * u - dca * w, dca * u + dsa * w
        gu, gw = -step_s * (s * u + c * w), step_s * (c * u - s * w)
        return sa, ca, c, s, 0.0, 0.0, 0.0, 0.0, gp, gq, gu, gw
    if kind == SPEEDING:
        speed = max(math.sqrt(u * u + w * w), 1.0)
        gu, gw = step_s * u / speed, step_s * w / speed
        gp, gq = 0.5 * step_s * gu, 0.5 * step_s * gw
        a = min(max(x[5], -STRONGEST), STRONGEST)
        return step_s, 0.0, 1.0, 0.0, a * gp, a * gq, a * gu, a * gw, gp, gq, gu, gw
    return step_s, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0


@bare
def predict(x, cov, kind, noise, height_noise, step_s):
    """One model over ``step_s`` (either sign): x (6,), cov (21,) rewritten.

    ``noise`` is the density of white acceleration (m^2/s^3), ``height_noise`` that of the
    height's random walk (m^2/s).
    """
    sa, ca, c, s, ep, eq, eu, ew, gp, gq, gu, gw = motion(x, kind, step_s)
    u, w = x[2], x[3]
    x[0] += sa * u - ca * w + ep
    x[1] += ca * u + sa * w + eq
    x[2], x[3] = c * u - s * w + eu, s * u + c * w + ew
    a22, a23, a33, mm = cov[11], cov[12], cov[15], cov[20]
    m2, m3, hm = cov[14], cov[17], cov[19]
    # with the parameter: its covariances after the step
    m0 = cov[5] + sa * m2 - ca * m3 + gp * mm
    m1 = cov[10] + ca * m2 + sa * m3 + gq * mm
    n2, n3 = c * m2 - s * m3 + gu * mm, s * m2 + c * m3 + gw * mm
    # position after with velocity before
    g02 = cov[2] + sa * a22 - ca * a23 + gp * m2
    g03 = cov[3] + sa * a23 - ca * a33 + gp * m3
    g12 = cov[7] + ca * a22 + sa * a23 + gq * m2
    g13 = cov[8] + ca * a23 + sa * a33 + gq * m3
    q1 = noise * step_s
    q2, q3 = 0.5 * q1 * step_s, q1 * step_s * step_s / 3.0
    # position after with position before, then with position after
    pp = cov[0] + sa * cov[2] - ca * cov[3] + gp * cov[5]
    pq = cov[1] + sa * cov[7] - ca * cov[8] + gp * cov[10]
    qq = cov[6] + ca * cov[7] + sa * cov[8] + gq * cov[10]
    cov[0] = pp + sa * g02 - ca * g03 + gp * m0 + q3
    cov[1] = pq + ca * g02 + sa * g03 + gq * m0
    cov[6] = qq + ca * g12 + sa * g13 + gq * m1 + q3
    cov[2] = c * g02 - s * g03 + gu * m0 + q2
    cov[3] = s * g02 + c * g03 + gw * m0
    cov[7] = c * g12 - s * g13 + gu * m1
    cov[8] = s * g12 + c * g13 + gw * m1 + q2
    h2, h3 = cov[13], cov[16]
    cov[4] += sa * h2 - ca * h3 + gp * hm
    cov[9] += ca * h2 + sa * h3 + gq * hm
    cov[13] = c * h2 - s * h3 + gu * hm
    cov[16] = s * h2 + c * h3 + gw * hm
    b22, b23 = c * a22 - s * a23 + gu * m2, c * a23 - s * a33 + gu * m3
    b32, b33 = s * a22 + c * a23 + gw * m2, s * a23 + c * a33 + gw * m3
    cov[11] = c * b22 - s * b23 + gu * n2 + q1
    cov[12] = s * b22 + c * b23 + gw * n2
    cov[15] = s * b32 + c * b33 + gw * n3 + q1
    cov[5], cov[10], cov[14], cov[17] = m0, m1, n2, n3
    cov[18] += height_noise * step_s


@bare
def gains(cov, lin, noise, gain):
    """Fill ``gain`` (6, 2) with P H' and return s11, s12, s22 of the innovation's covariance.

    The measurement is of the state at ``lag`` seconds from the state's time (either sign); the
    acceleration noise over that lag is added, as in Bar-Shalom's simplest update with a
    measurement out of sequence ("algorithm C", IEEE AES 38/3, 2002).
    """
    lag = lin[LAG_S]
    for row in range(2):
        hp, hq, hh = lin[H1 + 3 * row], lin[H1 + 1 + 3 * row], lin[H1 + 2 + 3 * row]
        hu, hw = hp * lag, hq * lag
        gain[0, row] = cov[0] * hp + cov[1] * hq + cov[2] * hu + cov[3] * hw + cov[4] * hh
        gain[1, row] = cov[1] * hp + cov[6] * hq + cov[7] * hu + cov[8] * hw + cov[9] * hh
        gain[2, row] = cov[2] * hp + cov[7] * hq + cov[11] * hu + cov[12] * hw + cov[13] * hh
        gain[3, row] = cov[3] * hp + cov[8] * hq + cov[12] * hu + cov[15] * hw + cov[16] * hh
        gain[4, row] = cov[4] * hp + cov[9] * hq + cov[13] * hu + cov[16] * hw + cov[18] * hh
        gain[5, row] = cov[5] * hp + cov[10] * hq + cov[14] * hu + cov[17] * hw + cov[19] * hh
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
        for a in range(6):
            g1, g2 = gain[a, 0], gain[a, 1]
            x[j, a] += g1 * y1 + g2 * y2
            k1, k2 = g1 * i11 + g2 * i12, g1 * i12 + g2 * i22
            for b in range(a, 6):
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
    """Scalar update of one model with a height: x (6,), cov (21,)."""
    g0, g1, g2, g3, g4, g5 = cov[4], cov[9], cov[13], cov[16], cov[18], cov[19]
    inverse = 1.0 / (g4 + variance)
    scale_update(x, cov, (g0, g1, g2, g3, g4, g5), inverse, (measured_m - x[4]) * inverse)


@bare
def scale_update(x, cov, gain, inverse, y):
    """Update with one number: ``gain`` is P h, ``inverse`` 1/s and ``y`` innovation/s."""
    k = 0
    for a in range(6):
        x[a] += gain[a] * y
        scaled = gain[a] * inverse
        for b in range(a, 6):
            cov[k] -= scaled * gain[b]
            k += 1


@bare
def update_velocity(x, cov, weight, along_p, along_q, variance, gate):
    """Update every model and the model probabilities with a reported velocity.

    Both components have ``variance``, m^2/s^2. False, and nothing done, where the velocity lies
    farther than ``gate`` (squared distance) from every model that may be.
    """
    least = 1e300
    for j in range(weight.shape[0]):
        if weight[j] > 1e-3:
            d2, d3 = along_p - x[j, 2], along_q - x[j, 3]
            far = d2 * d2 / (cov[j, 11] + variance) + d3 * d3 / (cov[j, 15] + variance)
            least = min(least, far)
    if not least <= gate:
        return False
    total = 0.0
    for j in range(weight.shape[0]):
        c = cov[j]
        s = c[11] + variance
        y = along_p - x[j, 2]
        square, product = y * y / s, s
        scale_update(x[j], c, (c[2], c[7], c[11], c[12], c[13], c[14]), 1.0 / s, y / s)
        s = c[15] + variance
        y = along_q - x[j, 3]
        square, product = square + y * y / s, product * s
        scale_update(x[j], c, (c[3], c[8], c[12], c[15], c[16], c[17]), 1.0 / s, y / s)
        weight[j] *= math.exp(-0.5 * min(square, 1000.0)) / math.sqrt(product)
        total += weight[j]
    for j in range(weight.shape[0]):
        weight[j] = max(weight[j] / total, 1e-6) if total > 0.0 else 1.0 / weight.shape[0]
    return True


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
        position += weight[j] * (cov[j, 0] + cov[j, 6] + d0 * d0 + d1 * d1)
        velocity += weight[j] * (cov[j, 11] + cov[j, 15] + d2 * d2 + d3 * d3)
    return 0.5 * position, 0.5 * velocity
