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

from skypact.kernels.compilation import bare, inner, kernel
from skypact.kernels.smoothing_models import (
    STATES,
    add_noise,
    combine,
    copy,
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

UNLIKELY = 1e-7
"""Pairs of models that are so much less probable than the likeliest, before they are held against
one another, are left out."""


@bare
def begin(x, cov, weight, start, place, prior, diffuse):
    """Set all models to the prior, or to knowing nothing."""
    height = prior[PRIOR_HEIGHT_SIGMA]
    sigma = (prior[PRIOR_POSITION], prior[PRIOR_SPEED], height)
    if diffuse:
        sigma = (DIFFUSE_M, DIFFUSE_MPS, DIFFUSE_M)
    for j in range(weight.shape[0]):
        # backwards, a model says nothing of itself: equal weights are no prior
        weight[j] = 1.0 / weight.shape[0] if diffuse else start[j]
        for k in range(STATES):
            x[j, k] = 0.0
            for m in range(STATES):
                cov[j, k, m] = 0.0
        x[j, 0], x[j, 1], x[j, 4] = place[0], place[1], prior[PRIOR_HEIGHT]
        for k in range(2):
            cov[j, k, k] = sigma[0] ** 2
            cov[j, k + 2, k + 2] = sigma[1] ** 2
        cov[j, 4, 4] = sigma[2] ** 2


@bare
def join(x, cov, weight, y, later, c, move, mean, spread, chance, scratch):
    """Fill the smoothed mean, spread and model probabilities of a node: pairs of models.

    The earlier filter (x, cov, weight) has used the node's plot; the later one (y, later, c) is
    the likelihood of what came after, brought to the node by the model flown from here on. Model
    i before and j after meet with chance ``move[i, j]``.
    """
    joint_x, joint_cov, share, root, gain = scratch
    models = weight.shape[0]
    best, most = -1e300, 0.0
    for i in range(models):
        for j in range(models):
            most = max(most, weight[i] * c[j] * move[i, j])
    for i in range(models):
        for j in range(models):
            k = i * models + j
            copy(x[i], cov[i], joint_x[k], joint_cov[k])
            pair = weight[i] * c[j] * move[i, j]
            if pair < UNLIKELY * most:
                share[k] = -1e300
                continue
            share[k] = math.log(pair)
            share[k] += fuse(joint_x[k], joint_cov[k], y[j], later[j], root, gain)
            best = max(best, share[k])
    total = 0.0
    for k in range(models * models):
        share[k] = math.exp(max(share[k] - best, -700.0))
        total += share[k]
    for i in range(models):
        chance[i] = 0.0
        for j in range(models):
            share[i * models + j] /= total
            chance[i] += share[i * models + j]
    combine(joint_x, joint_cov, share, mean, spread)


@bare
def transitions(dwell_s, switch, step_s, move):
    """Fill ``move`` (models, models): from model i into j within a step.

    Model i is kept with probability exp(-step/dwell_i), else left for j by ``switch[i, j]``.
    """
    for i in range(dwell_s.shape[0]):
        keep = math.exp(-step_s / dwell_s[i])
        for j in range(dwell_s.shape[0]):
            move[i, j] = keep if i == j else (1.0 - keep) * switch[i, j]


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
    move, chance = np.empty((models, models)), np.empty(models)
    gain, root = np.empty((STATES, STATES + 1)), np.empty((STATES, STATES))
    scratch = (
        np.empty((models * models, STATES)), np.empty((models * models, STATES, STATES)),
        np.empty(models * models), root, gain,
    )
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
        for j in range(models):
            copy(x[j], cov[j], kept_x[i - a, j], kept_cov[i - a, j])
            weight[i, j] = w[j]
    combine(x, cov, w, mean[b - 1], spread[b - 1])
    begin(x, cov, w, start, place[b - 1], prior, True)
    for i in range(b - 1, a, -1):
        # use the plot first, so that models are mixed where they are known best
        update_models(
            x, cov, w, given[i], place[i, 0], place[i, 1], height_m[i], kind[i] != 0, gain
        )
        if i < b - 1:
            step = time_s[i + 1] - time_s[i]
            mix(x, cov, w, dwell, switch, step, True, x_new, cov_new, share)
            x, x_new, cov, cov_new = x_new, x, cov_new, cov
        step = time_s[i] - time_s[i - 1]
        for j in range(models):
            add_noise(cov[j], noise[j], prior[HEIGHT_NOISE], step)
            transform(x[j], cov[j], turn[j], -step, root)
        transitions(dwell, switch, step, move)
        k = i - 1
        for j in range(models):
            chance[j] = weight[k, j]
        join(
            kept_x[k - a], kept_cov[k - a], chance, x, cov, w, move, mean[k], spread[k],
            weight[k], scratch,
        )


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
