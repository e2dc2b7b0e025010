"""A track updated with several plots of one group, each its own with a probability.

In: a track carried to the group's time, the plots of one sensor in its gate and the probability
of each to be the track's. Out: the track's models after the update. Probabilistic data
association within interacting models (Bar-Shalom, Li and Kirubarajan, 2001, 3.4.2 for the
moments; Houles and Bar-Shalom, IEEE AES 25/2, 1989 for the models): each model weighs the plots
by its own likelihoods, so that the shares over all models are those given.
"""

import math

from skypact.kernels import kalman
from skypact.kernels.compilation import bare
from skypact.kernels.tracking_arrays import STATE_NS
from skypact.kernels.tracking_frames import linearise
from skypact.kernels.tracking_motion import widen

PLOTS_PER_TRACK = 6
"""Plots of one group that one track is updated with, at most; bounds the work."""


@bare
def linearise_plots(state, law, sensors, plots, t, chosen, count, lins):
    """Fill ``lins`` (plots, LIN) with the first ``count`` of ``chosen`` plots."""
    for n in range(count):
        i = chosen[n]
        lag_s = (plots.measured_ns[i] - state.stamp[t, STATE_NS]) * 1e-9
        linearise(
            plots.kind[i], plots.value[i], sensors.fixed[plots.sensor[i]], state.frame[t],
            state.mean[t], lag_s, lins[n],
        )
        widen(state, law, t, lins[n])


@bare
def likelihoods(x, cov, weight, mean, lins, count, noise, gain, log):
    """Fill ``log`` (plots + 1, models) with log-likelihoods; its last row is scratch.

    Each is relative to the mixture's of the same plot.
    """
    models = weight.shape[0]
    for n in range(count):
        best = -1e300
        for j in range(models):
            s11, s12, s22 = kalman.gains(cov[j], lins[n], noise[j], gain)
            det = s11 * s22 - s12 * s12
            y1, y2 = kalman.innovation(x[j], mean, lins[n])
            log[n, j] = -1e300
            if det > 0.0:
                square = (y1 * y1 * s22 - 2.0 * y1 * y2 * s12 + y2 * y2 * s11) / det
                log[n, j] = -0.5 * square - 0.5 * math.log(det)
            best = max(best, log[n, j])
        total = 0.0
        for j in range(models):
            total += weight[j] * math.exp(max(log[n, j] - best, -700.0))
        for j in range(models):
            log[n, j] -= best + math.log(max(total, 1e-300))


@bare
def soften(x, cov, gain, s11, s12, s22, first, second, shares, count):
    """One model: mean and covariance over the hypotheses of no plot and of each plot.

    ``first``, ``second`` and ``shares`` (plots,) are innovations and probabilities in the model;
    ``gain`` (6, 2) is P H'.
    """
    det = s11 * s22 - s12 * s12
    i11, i12, i22 = s22 / det, -s12 / det, s11 / det
    some, y1, y2, e11, e12, e22 = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    for n in range(count):
        b = shares[n]
        some += b
        y1 += b * first[n]
        y2 += b * second[n]
        e11 += b * first[n] * first[n]
        e12 += b * first[n] * second[n]
        e22 += b * second[n] * second[n]
    # what the update takes from the covariance, less what not knowing which plot gives back
    e11, e12, e22 = e11 - y1 * y1, e12 - y1 * y2, e22 - y2 * y2
    m11, m12, m22 = some * s11 - e11, some * s12 - e12, some * s22 - e22
    k = 0
    for a in range(6):
        k1, k2 = gain[a, 0] * i11 + gain[a, 1] * i12, gain[a, 0] * i12 + gain[a, 1] * i22
        x[a] += k1 * y1 + k2 * y2
        l1, l2 = k1 * m11 + k2 * m12, k1 * m12 + k2 * m22
        for b in range(a, 6):
            q1 = gain[b, 0] * i11 + gain[b, 1] * i12
            q2 = gain[b, 0] * i12 + gain[b, 1] * i22
            cov[k] -= l1 * q1 + l2 * q2
            k += 1


@bare
def soft_update(x, cov, weight, mean, lins, shares, count, noise, gain, log, terms):
    """Update every model with ``count`` plots of probabilities ``shares`` (plots,).

    Gains are those of the first plot: plots of one radar in one gate see alike. ``log``
    (plots + 1, models) and ``terms`` (3, plots) are scratch.
    """
    likelihoods(x, cov, weight, mean, lins, count, noise, gain, log)
    none = 1.0
    for n in range(count):
        none -= shares[n]
    none = max(none, 0.0)
    sum_of_weights = 0.0
    for j in range(weight.shape[0]):
        total = none
        for n in range(count):
            terms[2, n] = shares[n] * math.exp(min(log[n, j], 700.0))
            total += terms[2, n]
        s11, s12, s22 = kalman.gains(cov[j], lins[0], noise[j], gain)
        if s11 * s22 - s12 * s12 > 0.0 and total > 0.0:
            for n in range(count):
                terms[0, n], terms[1, n] = kalman.innovation(x[j], mean, lins[n])
                terms[2, n] /= total
            soften(x[j], cov[j], gain, s11, s12, s22, terms[0], terms[1], terms[2], count)
        weight[j] *= total
        sum_of_weights += weight[j]
    for j in range(weight.shape[0]):
        # a floor keeps a model from dying out
        weight[j] = max(weight[j] / sum_of_weights, 1e-6)
