"""How sure a track is where it is extrapolated to: its mean and covariance at an instant.

In: the models of a track (``kernels.kalman``) and a step. Out: the mean of position, velocity and
height over the models, and the 4 x 4 covariance of position and velocity with the spread of the
models among themselves (Bar-Shalom, Li and Kirubarajan 2001, 11.6.6-7), first in the track's plane,
then turned to east and north.
"""

from skypact.kernels.compilation import bare
from skypact.kernels.kalman import motion

# the 4 x 4 upper triangle, row-major: position and velocity along the first axis and the second
PP, PQ, PU, PW, QQ, QU, QW, UU, UW, WW = 0, 1, 2, 3, 4, 5, 6, 7, 8, 9
SPREAD = 10


@bare
def stepped(cov, terms, noise, step_s):
    """The covariance of one model after a step, as ten numbers; see ``kalman.predict``."""
    sa, ca, c, s, gp, gq, gu, gw = terms
    a22, a23, a33, mm = cov[11], cov[12], cov[15], cov[20]
    m2, m3 = cov[14], cov[17]
    m0 = cov[5] + sa * m2 - ca * m3 + gp * mm
    m1 = cov[10] + ca * m2 + sa * m3 + gq * mm
    n2, n3 = c * m2 - s * m3 + gu * mm, s * m2 + c * m3 + gw * mm
    g02 = cov[2] + sa * a22 - ca * a23 + gp * m2
    g03 = cov[3] + sa * a23 - ca * a33 + gp * m3
    g12 = cov[7] + ca * a22 + sa * a23 + gq * m2
    g13 = cov[8] + ca * a23 + sa * a33 + gq * m3
    q1 = noise * abs(step_s)
    q2, q3 = 0.5 * q1 * step_s, q1 * step_s * step_s / 3.0
    pp = cov[0] + sa * cov[2] - ca * cov[3] + gp * cov[5]
    pq = cov[1] + sa * cov[7] - ca * cov[8] + gp * cov[10]
    qq = cov[6] + ca * cov[7] + sa * cov[8] + gq * cov[10]
    b22, b23 = c * a22 - s * a23 + gu * m2, c * a23 - s * a33 + gu * m3
    b32, b33 = s * a22 + c * a23 + gw * m2, s * a23 + c * a33 + gw * m3
    return (
        pp + sa * g02 - ca * g03 + gp * m0 + q3,
        pq + ca * g02 + sa * g03 + gq * m0,
        c * g02 - s * g03 + gu * m0 + q2,
        s * g02 + c * g03 + gw * m0,
        qq + ca * g12 + sa * g13 + gq * m1 + q3,
        c * g12 - s * g13 + gu * m1,
        s * g12 + c * g13 + gw * m1 + q2,
        c * b22 - s * b23 + gu * n2 + q1,
        s * b22 + c * b23 + gw * n2,
        s * b32 + c * b33 + gw * n3 + q1,
    )


@bare
def extrapolate(x, cov, weight, kind, noise, step_s, spread):
    """Mean p, q, vp, vq, h over the models after a step; their covariance goes to ``spread``."""
    p, q, u, w, h = 0.0, 0.0, 0.0, 0.0, 0.0
    for k in range(SPREAD):
        spread[k] = 0.0
    for j in range(weight.shape[0]):
        sa, ca, c, s, ep, eq, eu, ew, gp, gq, gu, gw = motion(x[j], kind[j], step_s)
        a = x[j, 0] + sa * x[j, 2] - ca * x[j, 3] + ep
        b = x[j, 1] + ca * x[j, 2] + sa * x[j, 3] + eq
        d = c * x[j, 2] - s * x[j, 3] + eu
        e = s * x[j, 2] + c * x[j, 3] + ew
        m = weight[j]
        p += m * a
        q += m * b
        u += m * d
        w += m * e
        h += m * x[j, 4]
        t = stepped(cov[j], (sa, ca, c, s, gp, gq, gu, gw), noise[j], step_s)
        spread[PP] += m * (t[0] + a * a)
        spread[PQ] += m * (t[1] + a * b)
        spread[PU] += m * (t[2] + a * d)
        spread[PW] += m * (t[3] + a * e)
        spread[QQ] += m * (t[4] + b * b)
        spread[QU] += m * (t[5] + b * d)
        spread[QW] += m * (t[6] + b * e)
        spread[UU] += m * (t[7] + d * d)
        spread[UW] += m * (t[8] + d * e)
        spread[WW] += m * (t[9] + e * e)
    spread[PP] = max(spread[PP] - p * p, 0.0)
    spread[PQ] -= p * q
    spread[PU] -= p * u
    spread[PW] -= p * w
    spread[QQ] = max(spread[QQ] - q * q, 0.0)
    spread[QU] -= q * u
    spread[QW] -= q * w
    spread[UU] = max(spread[UU] - u * u, 0.0)
    spread[UW] -= u * w
    spread[WW] = max(spread[WW] - w * w, 0.0)
    return p, q, u, w, h


@bare
def turned(spread, ea, eb, na, nb):
    """Turn a covariance in place: the new axes are (ea, eb) and (na, nb) in the old ones."""
    pp, pq, qq = spread[PP], spread[PQ], spread[QQ]
    spread[PP] = ea * ea * pp + 2.0 * ea * eb * pq + eb * eb * qq
    spread[PQ] = ea * na * pp + (ea * nb + eb * na) * pq + eb * nb * qq
    spread[QQ] = na * na * pp + 2.0 * na * nb * pq + nb * nb * qq
    pu, pw, qu, qw = spread[PU], spread[PW], spread[QU], spread[QW]
    spread[PU] = ea * (ea * pu + eb * pw) + eb * (ea * qu + eb * qw)
    spread[PW] = ea * (na * pu + nb * pw) + eb * (na * qu + nb * qw)
    spread[QU] = na * (ea * pu + eb * pw) + nb * (ea * qu + eb * qw)
    spread[QW] = na * (na * pu + nb * pw) + nb * (na * qu + nb * qw)
    uu, uw, ww = spread[UU], spread[UW], spread[WW]
    spread[UU] = ea * ea * uu + 2.0 * ea * eb * uw + eb * eb * ww
    spread[UW] = ea * na * uu + (ea * nb + eb * na) * uw + eb * nb * ww
    spread[WW] = na * na * uu + 2.0 * na * nb * uw + nb * nb * ww
