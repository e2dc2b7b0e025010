"""The soft update beside its plain form: every model and every plot a hypothesis of its own."""

import numpy as np
import pytest

from skypact.kernels import kalman, tracking_soft

MODELS, PLOTS = 3, 2
UPPER = np.triu_indices(6)


def full(packed):
    """Symmetric matrix of its 21 upper elements."""
    matrix = np.zeros((6, 6))
    matrix[UPPER] = packed
    return matrix + np.triu(matrix, 1).T


def scene(seed):
    """Models, their mean and two linearised plots of one sensor."""
    random = np.random.default_rng(seed)
    scale = np.array([100.0, 100.0, 5.0, 5.0, 300.0, 0.01])
    x = scale * random.standard_normal((MODELS, 6))
    cov = np.empty((MODELS, 21))
    for j in range(MODELS):
        root = scale[:, None] * random.standard_normal((6, 6))
        cov[j] = (root @ root.T + np.diag(scale**2))[UPPER]
    weight = random.dirichlet(np.ones(MODELS))
    mean = weight @ x
    lins = np.zeros((tracking_soft.PLOTS_PER_TRACK, kalman.LIN))
    for n in range(PLOTS):
        lins[n, kalman.Z1 : kalman.Z2 + 1] = 150.0 * random.standard_normal(2)
        lins[n, kalman.H1] = lins[n, kalman.H2 + 1] = 1.0
        lins[n, kalman.H1 + 2] = 0.1
        lins[n, kalman.R11], lins[n, kalman.R22] = 80.0**2, 120.0**2
    return x, cov, weight, mean, lins


def updated(x, cov, weight, mean, lins, shares, count):
    x, cov, weight = x.copy(), cov.copy(), weight.copy()
    room = tracking_soft.PLOTS_PER_TRACK
    tracking_soft.soft_update(
        x,
        cov,
        weight,
        mean,
        lins,
        shares,
        count,
        np.zeros(MODELS),
        np.empty((6, 2)),
        np.empty((room + 1, MODELS)),
        np.empty((3, room)),
    )
    return x, cov, weight


def plainly(x, cov, weight, mean, lins, shares):
    """Moments over the hypotheses, each an ordinary Kalman update."""
    shares = np.r_[1.0 - shares.sum(), shares]
    joint = np.zeros((len(shares), MODELS))
    means, covariances = np.empty((len(shares), MODELS, 6)), np.empty((len(shares), MODELS, 6, 6))
    joint[0] = shares[0] * weight
    for j in range(MODELS):
        means[0, j], covariances[0, j] = x[j], full(cov[j])
    for n in range(1, len(shares)):
        lin = lins[n - 1]
        h = np.zeros((2, 6))
        h[0, [0, 1, 4]], h[1, [0, 1, 4]] = lin[2:5], lin[5:8]
        r = np.array([[lin[8], lin[9]], [lin[9], lin[10]]])
        like = np.empty(MODELS)
        for j in range(MODELS):
            p = full(cov[j])
            s = h @ p @ h.T + r
            y = lin[:2] - h @ (x[j] - mean)
            k = p @ h.T @ np.linalg.inv(s)
            means[n, j], covariances[n, j] = x[j] + k @ y, p - k @ s @ k.T
            like[j] = np.exp(-0.5 * y @ np.linalg.solve(s, y)) / np.sqrt(np.linalg.det(s))
        joint[n] = shares[n] * weight * like / (weight @ like)
    new = joint.sum(axis=0)
    x_new = np.einsum("nj,njk->jk", joint, means) / new[:, None]
    cov_new = np.zeros((MODELS, 6, 6))
    for n in range(len(shares)):
        for j in range(MODELS):
            d = means[n, j] - x_new[j]
            cov_new[j] += joint[n, j] / new[j] * (covariances[n, j] + np.outer(d, d))
    return x_new, cov_new, new


@pytest.mark.parametrize("seed", range(5))
def test_moments_are_those_over_all_hypotheses(seed):
    x, cov, weight, mean, lins = scene(seed)
    shares = np.array([0.5, 0.3])
    got_x, got_cov, got_weight = updated(x, cov, weight, mean, lins, shares, PLOTS)
    x_new, cov_new, new = plainly(x, cov, weight, mean, lins, shares)
    assert np.allclose(got_weight, new, rtol=1e-9)
    assert np.allclose(got_x, x_new, rtol=1e-9, atol=1e-7)
    for j in range(MODELS):
        assert np.allclose(full(got_cov[j]), cov_new[j], rtol=1e-8, atol=1e-5)


def test_a_sure_plot_is_an_ordinary_update():
    x, cov, weight, mean, lins = scene(7)
    got = updated(x, cov, weight, mean, lins, np.array([1.0]), 1)
    kalman.update(x, cov, weight, mean, lins[0], np.zeros(MODELS), np.empty((6, 2)))
    for one, other in zip(got, (x, cov, weight), strict=True):
        assert np.allclose(one, other, rtol=1e-9, atol=1e-9)


def test_a_plot_that_is_hardly_the_tracks_hardly_moves_it():
    x, cov, weight, mean, lins = scene(8)
    got_x, got_cov, got_weight = updated(x, cov, weight, mean, lins, np.array([1e-9]), 1)
    assert np.allclose(got_x, x, atol=1e-5)
    assert np.allclose(got_cov, cov, rtol=1e-5)
    assert np.allclose(got_weight, weight, rtol=1e-6)
