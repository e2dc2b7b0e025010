"""The smoother's kernels beside their definitions in NumPy."""

import functools
import itertools

import numpy as np
import pytest
from geographiclib.geodesic import Geodesic
from scipy.linalg import block_diag, expm

from skypact.geodesy import geodetic_to_ecef
from skypact.kernels import smoothing_models as models
from skypact.kernels import smoothing_pass as passes
from skypact.kernels import smoothing_path as path
from skypact.kernels import smoothing_rows as rows
from skypact.kernels.tracking_arrays import FRAME

N = models.STATES


def random_models(seed, count=3):
    random = np.random.default_rng(seed)
    scale = np.array([100.0, 100.0, 10.0, 10.0, 300.0])
    x = np.array([20.0, -30.0, 150.0, -80.0, 7000.0]) + scale * random.standard_normal((count, N))
    roots = random.standard_normal((count, N, N)) * scale[:, None]
    return x, roots @ roots.transpose(0, 2, 1), random.dirichlet(np.ones(count))


@functools.cache
def turn_matrix(rate_radps, step_s):
    """Transition of a coordinated turn, from its differential equation."""
    a = np.zeros((N, N))
    a[0, 2] = a[1, 3] = 1.0
    a[2, 3], a[3, 2] = -rate_radps, rate_radps
    return expm(a * step_s)


def noise_matrix(noise, height_noise, step_s):
    q = np.zeros((N, N))
    axis = noise * np.array([[step_s**3 / 3, step_s**2 / 2], [step_s**2 / 2, step_s]])
    q[np.ix_([0, 2], [0, 2])] = q[np.ix_([1, 3], [1, 3])] = axis
    q[4, 4] = height_noise * step_s
    return q


def random_given(random):
    given = np.full(models.MEASUREMENT, np.nan)
    given[models.Z1 : models.Z2 + 1] = random.normal(0, 100, 2)
    given[models.H1 : models.H1 + 6] = random.uniform(-1, 1, 6)
    given[models.R11], given[models.R22] = 60.0**2, 80.0**2
    return given


@pytest.mark.parametrize("rate_degps", [0.0, 1.2, -3.0])
@pytest.mark.parametrize("step_s", [0.0, 2.0, -7.0])
def test_a_model_moves_as_its_differential_equation_says(rate_degps, step_s):
    x, cov, _ = random_models(1)
    got_x, got_cov = x[0].copy(), cov[0].copy()
    models.transform(got_x, got_cov, np.radians(rate_degps), step_s, np.empty((N, N)))
    f = turn_matrix(np.radians(rate_degps), step_s)
    np.testing.assert_allclose(got_x, f @ x[0], rtol=1e-12)
    np.testing.assert_allclose(got_cov, f @ cov[0] @ f.T, rtol=1e-9, atol=1e-6)
    models.add_noise(got_cov, 3.0, 200.0, 2.0)
    np.testing.assert_allclose(
        got_cov, f @ cov[0] @ f.T + noise_matrix(3.0, 200.0, 2.0), rtol=1e-9, atol=1e-6
    )


@pytest.mark.parametrize("backward", [False, True], ids=["forwards", "backwards"])
def test_interaction_keeps_the_mixture_of_each_model(backward):
    x, cov, weight = random_models(2)
    dwell = np.array([160.0, 20.0, 30.0])
    switch = np.array([[0.0, 0.3, 0.7], [0.5, 0.0, 0.5], [0.9, 0.1, 0.0]])
    keep = np.exp(-5.0 / dwell)
    move = np.diag(keep) + (1.0 - keep)[:, None] * switch
    # backwards, what model j gathers is weighed by the chance to become i
    pair = move.T * weight[:, None] if backward else move * weight[:, None]
    got_x, got_cov, got = np.empty_like(x), np.empty_like(cov), weight.copy()
    models.mix(x, cov, got, dwell, switch, 5.0, backward, got_x, got_cov, np.empty((3, 3)))
    np.testing.assert_allclose(got, pair.sum(axis=0) / pair.sum(), rtol=1e-12)
    for j in range(3):
        share = pair[:, j] / pair[:, j].sum()
        mean = share @ x
        d = x - mean
        want = np.einsum("i,ikm->km", share, cov + d[:, :, None] * d[:, None, :])
        np.testing.assert_allclose(got_x[j], mean, rtol=1e-12)
        np.testing.assert_allclose(got_cov[j], want, rtol=1e-9, atol=1e-6)


def test_an_update_is_kalmans():
    x, cov, _ = random_models(3)
    given = random_given(np.random.default_rng(3))
    given[models.HEIGHT], given[models.HEIGHT_VARIANCE] = 7100.0, 50.0**2
    place = np.array([10.0, -20.0, 0.0, 0.0, 6900.0])
    h = np.zeros((3, N))
    h[0, [0, 1, 4]], h[1, [0, 1, 4]] = given[2:5], given[5:8]
    h[2, 4] = 1.0
    z = np.array([given[0], given[1], 7100.0 - 6900.0]) - h @ (x[0] - place)
    r = np.diag([given[models.R11], given[models.R22], 50.0**2])
    s = h @ cov[0] @ h.T + r
    gain = cov[0] @ h.T @ np.linalg.inv(s)
    got_x, got_cov = x[:1].copy(), cov[:1].copy()
    models.update_models(
        got_x, got_cov, np.ones(1), given, 10.0, -20.0, 6900.0, True, np.empty((N, 2))
    )
    np.testing.assert_allclose(got_x[0], x[0] + gain @ z, rtol=1e-9)
    np.testing.assert_allclose(got_cov[0], cov[0] - gain @ h @ cov[0], rtol=1e-7, atol=1e-4)


def test_models_are_weighed_by_how_well_they_foretold():
    x, cov, weight = random_models(4)
    given = random_given(np.random.default_rng(4))
    h = np.zeros((2, N))
    h[0, [0, 1, 4]], h[1, [0, 1, 4]] = given[2:5], given[5:8]
    want = np.empty(3)
    for j in range(3):
        s = h @ cov[j] @ h.T + np.diag([given[models.R11], given[models.R22]])
        n = given[:2] - h @ (x[j] - np.array([0.0, 0.0, 0.0, 0.0, 7000.0]))
        want[j] = weight[j] * np.exp(-0.5 * n @ np.linalg.solve(s, n)) / np.sqrt(np.linalg.det(s))
    got = weight.copy()
    models.update_models(x, cov, got, given, 0.0, 0.0, 7000.0, True, np.empty((N, 2)))
    np.testing.assert_allclose(got, want / want.sum(), rtol=1e-6, atol=1e-8)


def test_joining_adds_information():
    x, cov, _ = random_models(5)
    got_x, got_cov = x[0].copy(), cov[0].copy()
    log = models.fuse(got_x, got_cov, x[1], cov[1], np.empty((N, N)), np.empty((N, N + 1)))
    a, b = np.linalg.inv(cov[0]), np.linalg.inv(cov[1])
    want = np.linalg.inv(a + b)
    np.testing.assert_allclose(got_cov, want, rtol=1e-6, atol=1e-5)
    np.testing.assert_allclose(got_x, want @ (a @ x[0] + b @ x[1]), rtol=1e-8)
    d, s = x[1] - x[0], cov[0] + cov[1]
    want_log = -0.5 * d @ np.linalg.solve(s, d) - 0.5 * np.linalg.slogdet(s)[1]
    assert log == pytest.approx(want_log, rel=1e-9)


def test_a_mixture_has_the_mean_and_spread_of_its_parts():
    x, cov, weight = random_models(6)
    mean, spread = np.empty(N), np.empty((N, N))
    models.combine(x, cov, weight, mean, spread)
    d = x - weight @ x
    np.testing.assert_allclose(mean, weight @ x, rtol=1e-12)
    np.testing.assert_allclose(
        spread, np.einsum("j,jkm->km", weight, cov + d[:, :, None] * d[:, None, :]), rtol=1e-9
    )


def problem(seed, count, noise=1.0, rate_degps=1.0):
    """A flight seen at uneven times, linear: times, given, path and prior."""
    random = np.random.default_rng(seed)
    time_s = np.cumsum(np.concatenate([[0.0], random.uniform(0.5, 8.0, count - 1)]))
    state = np.array([100.0, -50.0, 180.0, 60.0, 7000.0])
    given = np.empty((count, models.MEASUREMENT))
    place = np.zeros((count, 2))
    for i in range(count):
        if i:
            step_s = time_s[i] - time_s[i - 1]
            state = turn_matrix(np.radians(rate_degps), step_s) @ state
            q = noise_matrix(noise, 200.0, step_s)
            state = state + np.linalg.cholesky(q + 1e-12 * np.eye(N)) @ random.standard_normal(N)
        given[i] = random_given(random)
        place[i] = np.round(state[:2], -2)
        h = np.zeros((2, N))
        h[0, [0, 1, 4]], h[1, [0, 1, 4]] = given[i, 2:5], given[i, 5:8]
        offset = state - np.array([*place[i], 0.0, 0.0, 7000.0])
        given[i, :2] = h @ offset + random.normal(0, 1, 2) * np.array([60.0, 80.0])
        if i % 3 == 0:
            given[i, models.HEIGHT] = state[4] + random.normal(0, 30)
            given[i, models.HEIGHT_VARIANCE] = 30.0**2
    return time_s, given, place


PRIOR = np.array([[5e4, 200.0, 2600.0, 7000.0, 200.0]])


def smoothed(time_s, given, place, law):
    count = len(time_s)
    mean, spread = np.zeros((count, N)), np.zeros((count, N, N))
    weight = np.zeros((count, len(law[0])))
    kind = np.where(np.isnan(given[:, 0]), 0, 1).astype(np.int32)
    height = np.full(count, 7000.0)
    first = np.array([0, count])
    passes.smooth_segments(
        first, time_s, kind, given, place, height, law, PRIOR.copy(), mean, spread, weight
    )
    return mean, spread, weight


def law_of(rates_degps, noises, dwell_s=(60.0, 60.0)):
    count = len(rates_degps)
    switch = np.ones((count, count)) - np.eye(count) if count > 1 else np.ones((1, 1))
    switch /= switch.sum(axis=1, keepdims=True)
    return (
        np.radians(rates_degps),
        np.array(noises),
        np.array(dwell_s[:count]),
        switch,
        np.full(count, 1.0 / count),
    )


def measured(given, place, i):
    """Jacobian, measurement (of the state itself) and noise of a node."""
    h, z, r = [], [], []
    for at, value, noise in ((2, 0, models.R11), (5, 1, models.R22)):
        if np.isfinite(given[i, 0]):
            row = np.zeros(N)
            row[[0, 1, 4]] = given[i, at : at + 3]
            h.append(row)
            z.append(given[i, value] + row @ np.array([*place[i], 0.0, 0.0, 7000.0]))
            r.append(given[i, noise])
    if np.isfinite(given[i, models.HEIGHT]):
        h.append(np.eye(N)[4])
        z.append(given[i, models.HEIGHT])
        r.append(given[i, models.HEIGHT_VARIANCE])
    return np.array(h).reshape(-1, N), np.array(z), np.diag(r)


def rts(time_s, given, place, rates_degps, noises):
    """Kalman filter and Rauch-Tung-Striebel smoother with a model per step; log-likelihood too."""
    count = len(time_s)
    x = np.array([*place[0], 0.0, 0.0, 7000.0])
    p = np.diag([5e4, 5e4, 200.0, 200.0, 2600.0]) ** 2
    kept, log = [], 0.0
    for i in range(count):
        f = np.eye(N)
        if i:
            step_s = time_s[i] - time_s[i - 1]
            f = turn_matrix(np.radians(rates_degps[i]), step_s)
            x, p = f @ x, f @ p @ f.T + noise_matrix(noises[i], 200.0, step_s)
        ahead = (x, p)
        h, z, r = measured(given, place, i)
        if len(z):
            s = h @ p @ h.T + r
            gain = p @ h.T @ np.linalg.inv(s)
            n = z - h @ x
            log += -0.5 * n @ np.linalg.solve(s, n) - 0.5 * np.linalg.slogdet(2 * np.pi * s)[1]
            x, p = x + gain @ n, (np.eye(N) - gain @ h) @ p
        kept.append((x, p, f, *ahead))
    means, covs = [x], [p]
    for i in range(count - 2, -1, -1):
        x, p = kept[i][:2]
        _, _, f, ahead_x, ahead_p = kept[i + 1]
        g = p @ f.T @ np.linalg.inv(ahead_p)
        means.insert(0, x + g @ (means[0] - ahead_x))
        covs.insert(0, p + g @ (covs[0] - ahead_p) @ g.T)
    return np.array(means), np.array(covs), log


@pytest.mark.parametrize("rate_degps", [0.0, 1.5])
def test_with_one_model_it_is_the_smoother_of_rauch_tung_and_striebel(rate_degps):
    time_s, given, place = problem(7, 25, rate_degps=rate_degps)
    given[[5, 6, 17], 0] = np.nan  # nodes without a position
    given[[5, 17], models.HEIGHT] = np.nan
    mean, spread, _ = smoothed(time_s, given, place, law_of([rate_degps], [1.0]))
    want, cov, _ = rts(time_s, given, place, [rate_degps] * 25, [1.0] * 25)
    np.testing.assert_allclose(mean, want, rtol=1e-6, atol=1e-2)
    scale = np.sqrt(np.einsum("ikk->ik", cov))
    np.testing.assert_allclose(
        (spread - cov) / (scale[:, :, None] * scale[:, None, :]), 0.0, atol=1e-4
    )


def test_with_one_model_it_is_batch_least_squares():
    time_s, given, place = problem(8, 12)
    mean, _, _ = smoothed(time_s, given, place, law_of([1.0], [1.0]))
    count = len(time_s)
    # all states as one vector: the prior, the motion and the measurements are its equations
    prior = np.zeros((N, N * count))
    prior[:, :N] = np.eye(N)
    equations, values = [prior], [np.array([*place[0], 0.0, 0.0, 7000.0])]
    noises = [np.diag([5e4, 5e4, 200.0, 200.0, 2600.0]) ** 2]
    for i in range(count):
        if i:
            step_s = time_s[i] - time_s[i - 1]
            row = np.zeros((N, N * count))
            row[:, N * i - N : N * i] = -turn_matrix(np.radians(1.0), step_s)
            row[:, N * i : N * i + N] = np.eye(N)
            equations.append(row)
            values.append(np.zeros(N))
            noises.append(noise_matrix(1.0, 200.0, step_s))
        h, z, r = measured(given, place, i)
        row = np.zeros((len(z), N * count))
        row[:, N * i : N * i + N] = h
        equations.append(row)
        values.append(z)
        noises.append(r)
    white = np.linalg.inv(np.linalg.cholesky(block_diag(*noises)))
    want, *_ = np.linalg.lstsq(white @ np.vstack(equations), white @ np.concatenate(values))
    np.testing.assert_allclose(mean, want.reshape(count, N), rtol=1e-6, atol=1e-2)


def turning_flight(seed, count=8):
    """Straight, then turning; given as positions along two axes. Nothing tells its height."""
    random = np.random.default_rng(seed)
    time_s = np.cumsum(np.concatenate([[0.0], random.uniform(2.0, 8.0, count - 1)]))
    state = np.array([100.0, -50.0, 180.0, 60.0, 7000.0])
    given = np.full((count, models.MEASUREMENT), np.nan)
    place = np.zeros((count, 2))
    for i in range(count):
        if i:
            rate_radps = np.radians(2.0) if i >= count // 2 else 0.0
            state = turn_matrix(rate_radps, time_s[i] - time_s[i - 1]) @ state
        place[i] = np.round(state[:2], -2)
        given[i, models.H1 : models.H1 + 6] = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0]
        given[i, models.R11], given[i, models.R22] = 60.0**2, 200.0**2
        noise = random.normal(0.0, 1.0, 2) * np.array([60.0, 200.0])
        given[i, : models.Z2 + 1] = state[:2] - place[i] + noise
    return time_s, given, place


def over_all_sequences(time_s, given, place, rates_degps, noises, dwell_s):
    """The exact mean and chance of the second model: every sequence smoothed and weighed."""
    count = len(time_s)
    logs, means = [], []
    sequences = list(itertools.product((0, 1), repeat=count))
    for sequence in sequences:
        chance = np.log(0.5)
        for i in range(1, count):
            keep = np.exp(-(time_s[i] - time_s[i - 1]) / dwell_s)
            chance += np.log(keep if sequence[i] == sequence[i - 1] else 1.0 - keep)
        flown, _, log = rts(
            time_s,
            given,
            place,
            [rates_degps[m] for m in sequence],
            [noises[m] for m in sequence],
        )
        logs.append(chance + log)
        means.append(flown)
    share = np.exp(np.array(logs) - max(logs))
    share /= share.sum()
    return np.einsum("s,sik->ik", share, np.array(means)), share @ np.array(sequences)


def test_with_two_models_it_comes_near_the_sum_over_all_their_sequences():
    apart_m, chance_apart = [], []
    for seed in range(3):
        flight = turning_flight(seed)
        mean, _, weight = smoothed(*flight, law_of([0.0, 2.0], [0.5, 0.5], (30.0, 30.0)))
        want, turning = over_all_sequences(*flight, [0.0, 2.0], [0.5, 0.5], 30.0)
        apart_m.append(np.hypot(*(mean - want)[1:, :2].T))
        chance_apart.append(weight[1:, 1] - turning[1:])
    # merging models costs little beside the exact smoother's own error of about 110 m
    assert np.sqrt(np.mean(np.square(apart_m))) < 27.0
    assert np.sqrt(np.mean(np.square(chance_apart))) < 0.12


def test_a_cubic_joins_two_places_and_their_speeds():
    value, rate = rows.between(0.0, 4.0, 10.0, 90.0, 15.0, 25.0)
    assert (value, rate) == (10.0, 15.0)
    value, rate = rows.between(1.0, 4.0, 10.0, 90.0, 15.0, 25.0)
    assert (value, rate) == (90.0, 25.0)
    # with constant acceleration, 2.5 m/s^2 here, both are exact
    value, rate = rows.between(0.5, 4.0, 0.0, 40.0, 5.0, 15.0)
    assert value == pytest.approx(5.0 * 2.0 + 0.5 * 2.5 * 4.0)
    assert rate == pytest.approx(10.0)


def test_a_measurement_is_doubted_beyond_three_sigmas_and_more_the_farther_off():
    given = np.full((4, models.MEASUREMENT), np.nan)
    given[:, models.Z1] = [50.0, 299.0, 600.0, 3000.0]
    given[:, models.Z2] = 0.0
    given[:, models.H1 : models.H1 + 6] = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0]
    given[:, models.R11] = given[:, models.R22] = 100.0**2
    given[:, models.HEIGHT] = [7000.0, 7250.0, 7600.0, np.nan]
    given[:, models.HEIGHT_VARIANCE] = 100.0**2
    mean = np.zeros((4, N))
    mean[:, 4] = 7000.0
    share, weight, variance = np.ones(4), np.ones(4), np.full(4, 100.0**2)
    kind, place, height = np.ones(4, np.int32), np.zeros((4, 2)), np.full(4, 7000.0)
    rows.doubt(kind, given, place, height, mean, share, weight, variance)
    square = np.array([0.25, 8.9401, 36.0, 900.0])
    np.testing.assert_allclose(weight, np.minimum(1.0, (9.0 / square) ** 2))
    np.testing.assert_allclose(given[:3, models.HEIGHT_VARIANCE], [1e4, 1e4, 1e4 * 16.0])
    # a second look with the same residuals changes nothing
    given[:, models.R11] = given[:, models.R22] = 100.0**2 / weight
    again = weight.copy()
    rows.doubt(kind, given, place, height, mean, share, again, variance)
    np.testing.assert_allclose(again, weight)


def test_sensors_are_those_of_the_last_plots():
    time_ns = np.array([0, 10, 20, 30, 40, 45], np.int64)
    kind = np.array([1, 1, 0, 1, 1, 1], np.int32)
    sensor = np.array([0, 65, 3, 2, 1, 7], np.int32)
    bits = np.zeros((3, 2), np.uint64)
    start, node = np.array([0, 0, 4]), np.array([1, 3, 5])
    rows.gather_sensors(start, node, time_ns, np.array([15, 35, 46]), kind, sensor, 20, bits)
    # the third row's segment begins with node 4
    assert bits.tolist() == [[1, 2], [4, 0], [2 + 128, 0]]


def test_a_plane_rolled_along_a_geodesic_makes_it_a_straight_line():
    line = Geodesic.WGS84.Line(40.0, 179.0, 60.0)
    points = [line.Position(4000.0 * k) for k in range(60)]
    at = np.radians([[p["lat2"], p["lon2"]] for p in points])
    height = np.full(60, 10e3)
    point = np.ascontiguousarray(np.stack(geodetic_to_ecef(*at.T, height), axis=1))
    frame, place = np.zeros((60, FRAME)), np.zeros((60, 2))
    path.lay_path(np.array([0, 30, 60]), point, height, frame, place)
    assert place[[0, 30]].tolist() == [[0.0, 0.0], [0.0, 0.0]]
    along = place[29]
    length = np.hypot(*along)
    across = (place[:30, 0] * along[1] - place[:30, 1] * along[0]) / length
    assert np.abs(across).max() < 0.5
    # flown at 10 km the way is longer than on the ground, and equal steps stay equal
    np.testing.assert_allclose(np.hypot(*np.diff(place[:30], axis=0).T), 4006.27, atol=0.3)
    # a state at its place is the point itself
    state = np.zeros((60, N))
    state[:, :2], state[:, 4] = place, height
    found = np.zeros((60, 3))
    path.find_points(frame, place, state, found)
    np.testing.assert_allclose(found, point, atol=2e-2)
