"""The filter's kernels beside their definitions in NumPy, 5 x 5 matrices written out."""

import numpy as np
import pytest
from scipy.linalg import expm

from skypact.kernels import kalman

UPPER = np.triu_indices(5)


def packed(full):
    return np.ascontiguousarray(full[UPPER])


def unpacked(upper):
    full = np.zeros((5, 5))
    full[UPPER] = upper
    return full + np.triu(full, 1).T


def random_models(seed, models=4):
    """States, covariances and weights of some models that lie near one another."""
    random = np.random.default_rng(seed)
    scale = np.array([100.0, 100.0, 10.0, 10.0, 300.0])
    x = np.array([20.0, -30.0, 150.0, -80.0, 7000.0]) + scale * random.standard_normal((models, 5))
    roots = random.standard_normal((models, 5, 5)) * scale[:, None]
    full = roots @ roots.transpose(0, 2, 1)
    weight = random.dirichlet(np.ones(models))
    return x, full, weight, np.array([packed(p) for p in full])


def random_lin(seed, lag_s):
    """A linearised measurement of range and azimuth kind."""
    random = np.random.default_rng(seed)
    lin = np.zeros(kalman.LIN)
    lin[kalman.Z1], lin[kalman.Z2] = 120.0, 1e-3
    lin[kalman.H1 : kalman.H1 + 3] = random.uniform(-1, 1, 3)
    lin[kalman.H2 : kalman.H2 + 3] = random.uniform(-1, 1, 3) * 1e-5
    lin[kalman.R11], lin[kalman.R12], lin[kalman.R22] = 60.0**2, 1e-3, 1.5e-3**2
    lin[kalman.LAG_S] = lag_s
    return lin


def jacobian(lin):
    """The 2 x 5 Jacobian to the state, the lag included."""
    lag = lin[kalman.LAG_S]
    rows = []
    for start in (kalman.H1, kalman.H2):
        p, q, h = lin[start : start + 3]
        rows.append([p, q, p * lag, q * lag, h])
    return np.array(rows)


def noise_of(lin):
    r = lin[[kalman.R11, kalman.R12, kalman.R12, kalman.R22]]
    return r.reshape(2, 2)


def density(nu, s):
    """Gaussian density; SciPy's refuses metres beside radians as singular."""
    return np.exp(-0.5 * nu @ np.linalg.solve(s, nu)) / np.sqrt(np.linalg.det(2 * np.pi * s))


def transition(turn, step_s):
    """Transition matrix of level flight at a rate of turn, by matrix exponential."""
    a = np.zeros((5, 5))
    a[0, 2] = a[1, 3] = 1.0
    a[2, 3], a[3, 2] = -turn, turn
    return expm(a * step_s)


@pytest.mark.parametrize("turn", [0.0, 0.03, -0.05])
@pytest.mark.parametrize("step_s", [0.1, 4.0, 12.0])
def test_prediction_is_that_of_the_motion_model(turn, step_s):
    x, full, _, upper = random_models(1)
    kalman.predict(x[0], upper[0], turn, 3.0, 50.0, step_s)
    f = transition(turn, step_s)
    q = np.zeros((5, 5))
    for axis in range(2):
        block = np.ix_([axis, axis + 2], [axis, axis + 2])
        q[block] = 3.0 * np.array([[step_s**3 / 3, step_s**2 / 2], [step_s**2 / 2, step_s]])
    q[4, 4] = 50.0 * step_s
    assert x[0] == pytest.approx(f @ random_models(1)[0][0], rel=1e-12)
    assert unpacked(upper[0]) == pytest.approx(f @ full[0] @ f.T + q, rel=1e-10, abs=1e-6)


def test_mixing_keeps_probability_and_matches_its_definition():
    x, full, weight, upper = random_models(2)
    dwell = np.array([60.0, 10.0, 20.0, 30.0])
    switch = np.random.default_rng(3).dirichlet(np.ones(4), 4)
    np.fill_diagonal(switch, 0.0)
    switch /= switch.sum(1, keepdims=True)
    stay = np.exp(-5.0 / dwell)
    chain = (1 - stay)[:, None] * switch + np.diag(stay)
    expected_weight = weight @ chain
    share = weight[:, None] * chain / expected_weight
    mean = share.T @ x
    spread = [
        sum(share[i, j] * (full[i] + np.outer(x[i] - mean[j], x[i] - mean[j])) for i in range(4))
        for j in range(4)
    ]
    kalman.mix(x, upper, weight, dwell, switch, 5.0, np.empty((4, 4)), np.empty((4, 20)))
    assert weight == pytest.approx(expected_weight, rel=1e-12)
    assert weight.sum() == pytest.approx(1.0, rel=1e-12)
    assert x == pytest.approx(mean, rel=1e-12)
    for j in range(4):
        assert unpacked(upper[j]) == pytest.approx(spread[j], rel=1e-9, abs=1e-6)


@pytest.mark.parametrize("lag_s", [0.0, 0.08, -1.5])
def test_likelihood_is_the_mixture_of_gaussians(lag_s):
    x, full, weight, upper = random_models(4)
    lin, noise = random_lin(5, lag_s), np.array([0.1, 30.0, 4.0, 4.0])
    mean = weight @ x
    h = jacobian(lin)
    total, distances = 0.0, []
    for j in range(4):
        position = h[:, :2]
        s = h @ full[j] @ h.T + noise_of(lin)
        s += noise[j] * abs(lag_s) ** 3 / 3 * position @ position.T
        nu = lin[:2] - h @ (x[j] - mean)
        total += weight[j] * density(nu, s)
        distances.append(nu @ np.linalg.solve(s, nu))
    log, least = kalman.likelihood(x, upper, weight, mean, lin, noise, np.empty((5, 2)))
    assert log == pytest.approx(np.log(total), rel=1e-9)
    assert least == pytest.approx(min(distances), rel=1e-9)


@pytest.mark.parametrize("lag_s", [0.0, -1.5])
def test_update_is_the_textbook_update_of_each_model(lag_s):
    x, full, weight, upper = random_models(6)
    lin, noise = random_lin(7, lag_s), np.zeros(4)
    mean = weight @ x
    h, posterior = jacobian(lin), []
    expected_x, expected_p = [], []
    for j in range(4):
        s = h @ full[j] @ h.T + noise_of(lin)
        gain = full[j] @ h.T @ np.linalg.inv(s)
        nu = lin[:2] - h @ (x[j] - mean)
        expected_x.append(x[j] + gain @ nu)
        joseph = np.eye(5) - gain @ h
        expected_p.append(joseph @ full[j] @ joseph.T + gain @ noise_of(lin) @ gain.T)
        posterior.append(weight[j] * density(nu, s))
    kalman.update(x, upper, weight, mean, lin, noise, np.empty((5, 2)))
    assert x == pytest.approx(np.array(expected_x), rel=1e-9, abs=1e-9)
    for j in range(4):
        assert unpacked(upper[j]) == pytest.approx(expected_p[j], rel=1e-6, abs=1e-4)
    assert weight == pytest.approx(np.maximum(np.array(posterior) / sum(posterior), 1e-6))


def test_no_model_dies_out_however_unlikely():
    x, _, weight, upper = random_models(8)
    x[0, 0] += 1e7
    lin = random_lin(9, 0.0)
    mean = weight[1:] @ x[1:] / weight[1:].sum()
    kalman.update(x, upper, weight, mean, lin, np.zeros(4), np.empty((5, 2)))
    assert weight[0] == pytest.approx(1e-6)
    assert np.isfinite(weight).all()


def test_a_height_updates_what_is_correlated_with_it():
    x, full, _, upper = random_models(10)
    h = np.array([0.0, 0.0, 0.0, 0.0, 1.0])
    gain = full[0] @ h / (full[0][4, 4] + 100.0)
    expected = x[0] + gain * (6500.0 - x[0, 4])
    kalman.update_height(x[0], upper[0], 6500.0, 100.0)
    assert x[0] == pytest.approx(expected, rel=1e-12)
    assert unpacked(upper[0]) == pytest.approx(
        full[0] - np.outer(gain, full[0] @ h), rel=1e-9, abs=1e-6
    )


def test_the_combined_mean_and_variances_are_those_of_the_mixture():
    x, full, weight, upper = random_models(11)
    mean = np.empty(5)
    position, velocity = kalman.combine(x, upper, weight, mean)
    expected = weight @ x
    total = sum(
        weight[j] * (full[j] + np.outer(x[j] - expected, x[j] - expected)) for j in range(4)
    )
    assert mean == pytest.approx(expected, rel=1e-12)
    assert position == pytest.approx((total[0, 0] + total[1, 1]) / 2, rel=1e-9)
    assert velocity == pytest.approx((total[2, 2] + total[3, 3]) / 2, rel=1e-9)
