"""The filter's kernels beside their definitions in NumPy, 6 x 6 matrices written out."""

import numpy as np
import pytest
from scipy.linalg import expm

from skypact.kernels import kalman
from skypact.kernels.tracking_arrays import LAW, Law

UPPER = np.triu_indices(6)


def packed(full):
    return np.ascontiguousarray(full[UPPER])


def unpacked(upper):
    full = np.zeros((6, 6))
    full[UPPER] = upper
    return full + np.triu(full, 1).T


def random_models(seed, models=4):
    """States, covariances and weights of some models that lie near one another."""
    random = np.random.default_rng(seed)
    scale = np.array([100.0, 100.0, 10.0, 10.0, 300.0, 0.01])
    middle = np.array([20.0, -30.0, 150.0, -80.0, 7000.0, 0.02])
    x = middle + scale * random.standard_normal((models, 6))
    roots = random.standard_normal((models, 6, 6)) * scale[:, None]
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
    """The 2 x 6 Jacobian to the state, the lag included."""
    lag = lin[kalman.LAG_S]
    rows = []
    for start in (kalman.H1, kalman.H2):
        p, q, h = lin[start : start + 3]
        rows.append([p, q, p * lag, q * lag, h, 0.0])
    return np.array(rows)


def noise_of(lin):
    r = lin[[kalman.R11, kalman.R12, kalman.R12, kalman.R22]]
    return r.reshape(2, 2)


def density(nu, s):
    """Gaussian density; SciPy's refuses metres beside radians as singular."""
    return np.exp(-0.5 * nu @ np.linalg.solve(s, nu)) / np.sqrt(np.linalg.det(2 * np.pi * s))


def flown(state, kind, step_s):
    """Where a state flies in a step, by matrix exponential and by the formula of free fall."""
    p, q, u, w, h, m = state
    if kind == kalman.SPEEDING:
        way = np.array([u, w]) / np.hypot(u, w) * m
        p, q = np.array([p, q]) + step_s * np.array([u, w]) + way * step_s**2 / 2
        u, w = np.array([u, w]) + way * step_s
        return np.array([p, q, u, w, h, m])
    a = np.zeros((4, 4))
    a[0, 2] = a[1, 3] = 1.0
    if kind == kalman.TURNING:
        a[2, 3], a[3, 2] = -m, m
    return np.array([*(expm(a * step_s) @ state[:4]), h, m])


def slope(state, kind, step_s):
    """Derivative of :func:`flown` by central differences."""
    columns = []
    for k, small in enumerate([1.0, 1.0, 0.01, 0.01, 1.0, 1e-6]):
        step = np.zeros(6)
        step[k] = small
        ahead, behind = flown(state + step, kind, step_s), flown(state - step, kind, step_s)
        columns.append((ahead - behind) / (2 * small))
    return np.array(columns).T


@pytest.mark.parametrize("kind", [kalman.STEADY, kalman.SPEEDING, kalman.TURNING])
@pytest.mark.parametrize("step_s", [0.1, 4.0, 12.0, -8.0])
@pytest.mark.parametrize("parameter", [0.0, 0.03, -0.05])
def test_prediction_is_that_of_the_motion_model(kind, step_s, parameter):
    x, full, _, upper = random_models(1)
    x[0, 5] = parameter
    before = x[0].copy()
    if kind == kalman.SPEEDING:
        # the direction is held over the step: that is left out of the Jacobian
        full[0][:, 2:4] = full[0][2:4, :] = 0.0
        upper[0] = packed(full[0])
    noise, height_noise = (3.0, 50.0) if step_s > 0 else (0.0, 0.0)
    kalman.predict(x[0], upper[0], kind, noise, height_noise, step_s)
    f = slope(before, kind, step_s)
    q = np.zeros((6, 6))
    for axis in range(2):
        block = np.ix_([axis, axis + 2], [axis, axis + 2])
        q[block] = noise * np.array([[step_s**3 / 3, step_s**2 / 2], [step_s**2 / 2, step_s]])
    q[4, 4] = height_noise * step_s
    assert x[0] == pytest.approx(flown(before, kind, step_s), rel=1e-10)
    expected = f @ full[0] @ f.T + q
    scale = np.sqrt(np.diag(expected))
    scale = np.where(scale > 0, scale, 1.0)
    difference = (unpacked(upper[0]) - expected) / np.outer(scale, scale)
    assert np.abs(difference).max() < 1e-5


def test_a_prediction_back_without_noise_undoes_one_forward():
    for kind in (kalman.STEADY, kalman.SPEEDING, kalman.TURNING):
        x, full, _, upper = random_models(3)
        before = x[0].copy()
        kalman.predict(x[0], upper[0], kind, 0.0, 0.0, 9.0)
        kalman.predict(x[0], upper[0], kind, 0.0, 0.0, -9.0)
        assert x[0] == pytest.approx(before, rel=1e-9, abs=1e-6)
        assert unpacked(upper[0])[:2, :2] == pytest.approx(full[0][:2, :2], rel=0.05)


def mixing_law(kind, prior, variance):
    dwell = np.array([60.0, 10.0, 20.0, 30.0])
    switch = np.random.default_rng(3).dirichlet(np.ones(4), 4)
    np.fill_diagonal(switch, 0.0)
    switch /= switch.sum(1, keepdims=True)
    noise = np.ones(4)
    return Law(np.zeros(LAW), kind, prior, variance, noise, dwell, switch, noise / 4)


def test_mixing_keeps_probability_and_matches_its_definition():
    x, full, weight, upper = random_models(2)
    kind = np.array([kalman.STEADY, kalman.SPEEDING, kalman.TURNING, kalman.TURNING], np.int32)
    law = mixing_law(kind, np.array([0.0, 0.0, 0.02, -0.02]), np.array([0.0, 0.3, 1e-4, 1e-4]))
    x[0, 5] = 0.0
    full[0][5, :] = full[0][:, 5] = 0.0
    upper[0] = packed(full[0])
    stay = np.exp(-5.0 / law.dwell_s)
    chain = (1 - stay)[:, None] * law.switch + np.diag(stay)
    expected_weight = weight @ chain
    share = weight[:, None] * chain / expected_weight
    mean, spread = np.zeros((4, 6)), np.zeros((4, 6, 6))
    for j in range(4):
        states, covariances = x.copy(), full.copy()
        for i in range(4):
            if i != j:
                states[i, 5] = law.prior[j]
                covariances[i][5, :] = covariances[i][:, 5] = 0.0
                covariances[i][5, 5] = law.prior_variance[j]
        mean[j] = share[:, j] @ states
        for i in range(4):
            off = states[i] - mean[j]
            spread[j] += share[i, j] * (covariances[i] + np.outer(off, off))
    kalman.mix(x, upper, weight, law, 5.0, np.empty((4, 4)), np.empty((4, 27)))
    assert weight == pytest.approx(expected_weight, rel=1e-12)
    assert weight.sum() == pytest.approx(1.0, rel=1e-12)
    assert x == pytest.approx(mean, rel=1e-12)
    for j in range(4):
        scale = np.sqrt(np.maximum(np.diag(spread[j]), 1e-12))
        difference = (unpacked(upper[j]) - spread[j]) / np.outer(scale, scale)
        assert np.abs(difference).max() < 1e-9


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
    log, least = kalman.likelihood(x, upper, weight, mean, lin, noise, np.empty((6, 2)))
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
        joseph = np.eye(6) - gain @ h
        expected_p.append(joseph @ full[j] @ joseph.T + gain @ noise_of(lin) @ gain.T)
        posterior.append(weight[j] * density(nu, s))
    kalman.update(x, upper, weight, mean, lin, noise, np.empty((6, 2)))
    assert x == pytest.approx(np.array(expected_x), rel=1e-9, abs=1e-9)
    for j in range(4):
        assert unpacked(upper[j]) == pytest.approx(expected_p[j], rel=1e-6, abs=1e-4)
    assert weight == pytest.approx(np.maximum(np.array(posterior) / sum(posterior), 1e-6))


def test_no_model_dies_out_however_unlikely():
    x, _, weight, upper = random_models(8)
    x[0, 0] += 1e7
    lin = random_lin(9, 0.0)
    mean = weight[1:] @ x[1:] / weight[1:].sum()
    kalman.update(x, upper, weight, mean, lin, np.zeros(4), np.empty((6, 2)))
    assert weight[0] == pytest.approx(1e-6)
    assert np.isfinite(weight).all()


def test_a_height_updates_what_is_correlated_with_it():
    x, full, _, upper = random_models(10)
    h = np.array([0.0, 0.0, 0.0, 0.0, 1.0, 0.0])
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
    assert mean == pytest.approx(expected[:5], rel=1e-12)
    assert position == pytest.approx((total[0, 0] + total[1, 1]) / 2, rel=1e-9)
    assert velocity == pytest.approx((total[2, 2] + total[3, 3]) / 2, rel=1e-9)


def test_a_reported_velocity_updates_models_and_their_probabilities():
    x, full, weight, upper = random_models(12)
    prior = weight.copy()
    h = np.zeros((2, 6))
    h[0, 2] = h[1, 3] = 1.0
    said, r = np.array([152.0, -83.0]), 100.0 * np.eye(2)
    posterior, expected_x, expected_p = [], [], []
    for j in range(4):
        s = h @ full[j] @ h.T + r
        gain = full[j] @ h.T @ np.linalg.inv(s)
        nu = said - h @ x[j]
        expected_x.append(x[j] + gain @ nu)
        expected_p.append(full[j] - gain @ s @ gain.T)
        posterior.append(prior[j] * density(nu, s))
    assert kalman.update_velocity(x, upper, weight, said[0], said[1], 100.0, 30.0)
    assert x == pytest.approx(np.array(expected_x), rel=1e-9, abs=1e-9)
    for j in range(4):
        assert unpacked(upper[j]) == pytest.approx(expected_p[j], rel=1e-6, abs=1e-4)
    assert weight == pytest.approx(np.maximum(np.array(posterior) / sum(posterior), 1e-6), rel=1e-6)


def test_a_velocity_far_from_every_model_changes_nothing():
    x, _, weight, upper = random_models(13)
    before = x.copy(), upper.copy(), weight.copy()
    assert not kalman.update_velocity(x, upper, weight, 5000.0, 0.0, 100.0, 30.0)
    assert not kalman.update_velocity(x, upper, weight, np.nan, 0.0, 100.0, 30.0)
    for now, then in zip((x, upper, weight), before, strict=True):
        assert np.array_equal(now, then)
