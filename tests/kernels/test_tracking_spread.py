"""A track's covariance at an instant beside matrices written out, and beside what happens."""

import numpy as np
import pytest

from skypact.kernels import kalman, tracking_spread

UPPER4, UPPER6 = np.triu_indices(4), np.triu_indices(6)
KINDS = np.array([kalman.STEADY, kalman.SPEEDING, kalman.TURNING], np.int32)
NOISE = np.array([0.5, 1.0, 2.0])


def full(upper, size):
    """Symmetric matrix of its upper elements."""
    matrix = np.zeros((size, size))
    matrix[np.triu_indices(size)] = upper
    return matrix + np.triu(matrix, 1).T


def models(seed):
    """States, covariances and weights of three models."""
    random = np.random.default_rng(seed)
    scale = np.array([100.0, 100.0, 10.0, 10.0, 300.0, 0.01])
    middle = np.array([20.0, -30.0, 150.0, -80.0, 7000.0, 0.02])
    x = middle + scale * random.standard_normal((3, 6))
    roots = random.standard_normal((3, 6, 6)) * scale[:, None]
    covariance = np.array([(r @ r.T)[UPPER6] for r in roots])
    return x, covariance, random.dirichlet(np.ones(3))


def in_full(x, covariance, weight, step_s):
    """Mean and covariance of (p, q, vp, vq) after the step, with whole matrices."""
    means, spreads = [], []
    for j in range(3):
        sa, ca, c, s, *rest = kalman.motion(x[j], KINDS[j], step_s)
        extra, by = np.array(rest[:4]), np.array(rest[4:])
        turn = np.array([[1, 0, sa, -ca], [0, 1, ca, sa], [0, 0, c, -s], [0, 0, s, c]])
        step = np.column_stack([turn, np.zeros(4), by])
        q1 = NOISE[j] * step_s
        noise = np.diag([q1 * step_s**2 / 3, q1 * step_s**2 / 3, q1, q1])
        noise[[0, 2], [2, 0]] = noise[[1, 3], [3, 1]] = q1 * step_s / 2
        means.append(turn @ x[j, :4] + extra)
        spreads.append(step @ full(covariance[j], 6) @ step.T + noise)
    mean = weight @ np.array(means)
    among = [w * (p + np.outer(m - mean, m - mean))
             for w, m, p in zip(weight, means, spreads, strict=True)]  # fmt: skip
    return mean, np.sum(among, axis=0)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("step_s", [0.0, 0.7, 8.0])
def test_a_step_gives_what_whole_matrices_give(seed, step_s):
    x, covariance, weight = models(seed)
    spread = np.full(tracking_spread.SPREAD, np.nan)
    got = tracking_spread.extrapolate(x, covariance, weight, KINDS, NOISE, step_s, spread)
    mean, wanted = in_full(x, covariance, weight, step_s)
    assert np.array(got[:4]) == pytest.approx(mean, rel=1e-9)
    assert got[4] == pytest.approx(weight @ x[:, 4])
    assert spread == pytest.approx(wanted[UPPER4], rel=1e-6, abs=1e-6)


def test_turning_the_axes_turns_the_covariance():
    random = np.random.default_rng(3)
    root = random.standard_normal((4, 4))
    matrix = root @ root.T
    spread = np.ascontiguousarray(matrix[UPPER4])
    ea, eb, na, nb = np.cos(0.3), np.sin(0.3), -np.sin(0.3), np.cos(0.3)
    tracking_spread.turned(spread, ea, eb, na, nb)
    turn = np.kron(np.eye(2), [[ea, eb], [na, nb]])
    assert spread == pytest.approx((turn @ matrix @ turn.T)[UPPER4])
