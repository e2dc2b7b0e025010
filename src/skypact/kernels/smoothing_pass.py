"""A two-filter smoother with interacting models, over whole segments of flights.

In: linearised measurements at nodes in the order of time of measurement. Out: the smoothed mean,
covariance and model probabilities of every node, each from all plots of its segment. One filter
runs forwards, one backwards on likelihoods, and the two are joined model by model (Fraser and
Potter, IEEE Automatic Control 14/4, 1969; with interacting models Helmick, Blair and Hoffman,
IEEE Information Theory 41/6, 1995).
"""

import math

import numpy as np
from numba import types

from skypact.kernels.compilation import inner, kernel
from skypact.kernels.smoothing_models import (
    STATES,
    add_noise,
    combine,
    fuse,
    mix,
    transform,
    update_models,
)

# prior: standard deviations of position, speed, height
PRIOR_POSITION, PRIOR_SPEED, PRIOR_HEIGHT_SIGMA, PRIOR_HEIGHT, HEIGHT_NOISE = 0, 1, 2, 3, 4
PRIOR = 5

DIFFUSE_M = 1e6
"""Spread of what is not known of the end of a flight, metres."""

DIFFUSE_MPS = 1e4


@inner
def begin(x, cov, weight, start, place, prior, diffuse):
    """Set all models to the prior, or to knowing nothing."""
    height = prior[PRIOR_HEIGHT_SIGMA]
    sigma = (prior[PRIOR_POSITION], prior[PRIOR_SPEED], height)
    if diffuse:
        sigma = (DIFFUSE_M, DIFFUSE_MPS, DIFFUSE_M)
    for j in range(weight.shape[0]):
        # backwards, a model says nothing of itself: equal weights are no prior
        weight[j] = 1.0 / weight.shape[0] if diffuse else start[j]
        x[j, :] = 0.0
        x[j, 0], x[j, 1], x[j, 4] = place[0], place[1], prior[PRIOR_HEIGHT]
        cov[j, :, :] = 0.0
        for k in range(2):
            cov[j, k, k] = sigma[0] ** 2
            cov[j, k + 2, k + 2] = sigma[1] ** 2
        cov[j, 4, 4] = sigma[2] ** 2


@inner
def smooth_segment(a, b, time_s, kind, given, place, height_m, law, prior, mean, spread, weight):
    """Smooth the nodes a up to b: see ``smooth_segments``."""
    turn, noise, dwell, switch, start = law
    models, count = turn.shape[0], b - a
    x, cov = np.empty((models, STATES)), np.empty((models, STATES, STATES))
    x_new, cov_new = np.empty((models, STATES)), np.empty((models, STATES, STATES))
    kept_x = np.empty((count, models, STATES))
    kept_cov = np.empty((count, models, STATES, STATES))
    w, share = np.empty(models), np.empty((models, models))
    gain, root = np.empty((STATES, STATES + 1)), np.empty((STATES, STATES))
    begin(x, cov, w, start, place[a], prior, False)
    for i in range(a, b):
        if i > a:
            step = time_s[i] - time_s[i - 1]
            mix(x, cov, w, dwell, switch, step, False, x_new, cov_new, share)
            x, x_new, cov, cov_new = x_new, x, cov_new, cov
            for j in range(models):
                transform(x[j], cov[j], turn[j], step, root)
                add_noise(cov[j], noise[j], prior[HEIGHT_NOISE], step)
        update_models(
            x, cov, w, given[i], place[i, 0], place[i, 1], height_m[i], kind[i] != 0, gain
        )
        kept_x[i - a], kept_cov[i - a], weight[i] = x, cov, w
    begin(x, cov, w, start, place[b - 1], prior, True)
    for i in range(b - 1, a - 1, -1):
        best = -1e300
        for j in range(models):
            log = fuse(kept_x[i - a, j], kept_cov[i - a, j], x[j], cov[j], root, gain)
            weight[i, j] = math.log(weight[i, j]) + math.log(w[j]) + log
            best = max(best, weight[i, j])
        total = 0.0
        for j in range(models):
            weight[i, j] = math.exp(max(weight[i, j] - best, -700.0))
            total += weight[i, j]
        for j in range(models):
            weight[i, j] /= total
        combine(kept_x[i - a], kept_cov[i - a], weight[i], mean[i], spread[i])
        if i == a:
            break
        update_models(
            x, cov, w, given[i], place[i, 0], place[i, 1], height_m[i], kind[i] != 0, gain
        )
        step = time_s[i] - time_s[i - 1]
        for j in range(models):
            add_noise(cov[j], noise[j], prior[HEIGHT_NOISE], step)
            transform(x[j], cov[j], turn[j], -step, root)
        mix(x, cov, w, dwell, switch, step, True, x_new, cov_new, share)
        x, x_new, cov, cov_new = x_new, x, cov_new, cov


LAW = types.Tuple([types.float64[::1]] * 3 + [types.float64[:, ::1], types.float64[::1]])


@kernel(
    types.void(
        types.int64[::1], types.float64[::1], types.int32[::1], types.float64[:, ::1],
        types.float64[:, ::1], types.float64[::1], LAW, types.float64[:, ::1],
        types.float64[:, ::1], types.float64[:, :, ::1], types.float64[:, ::1],
    )
)
def smooth_segments(first, time_s, kind, given, place, height_m, law, prior, mean, spread, weight):
    """Fill the smoothed ``mean`` (nodes, 5), ``spread`` (nodes, 5, 5), ``weight`` (nodes, models).

    Segment s has the nodes ``first[s]`` up to ``first[s + 1]`` and ``prior[s]`` (PRIOR,);
    ``given`` (nodes, MEASUREMENT) was linearised at ``place`` (nodes, 2) and ``height_m``. The
    law is turn (rad/s), noise (m^2/s^3), dwell (s), switch (models, models) and start.
    """
    for s in range(first.shape[0] - 1):
        smooth_segment(
            first[s], first[s + 1], time_s, kind, given, place, height_m, law, prior[s],
            mean, spread, weight,
        )
