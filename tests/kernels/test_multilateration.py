"""The multilateration kernels against plain NumPy and SciPy twins."""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares

from skypact.geodesy import ecef_to_geodetic, enu_to_geodetic, geodetic_to_ecef
from skypact.kernels import multilateration as kernels
from skypact.kernels import multilateration_clocks as clocks

ORIGIN = (np.radians(47.0), np.radians(8.5), 0.0)
Floats = NDArray[np.float64]


def ecef(east: Floats, north: Floats, up: Floats) -> Floats:
    return np.stack(geodetic_to_ecef(*enu_to_geodetic(east, north, up, origin=ORIGIN)), axis=1)


def scene(seed: int, receivers: int, count: int) -> tuple[Floats, Floats]:
    """Receivers spread over 100 km, aircraft over 120 km at 3 to 11 km."""
    draw = np.random.default_rng(seed)
    site = ecef(*draw.uniform(-50e3, 50e3, (2, receivers)), draw.uniform(200.0, 900.0, receivers))
    place = ecef(*draw.uniform(-60e3, 60e3, (2, count)), draw.uniform(3e3, 11e3, count))
    return site, place


def solve(
    site: Floats, ranges: Floats, height: Floats, sigma: float = 15.0, dop: float = 50.0
) -> tuple[Floats, Floats, NDArray[np.int8], NDArray[np.int64], Floats]:
    """All transmissions heard by all receivers; ``ranges`` is (n, receivers)."""
    count, receivers = ranges.shape
    position, covariance = np.empty((count, 3)), np.empty((count, 3, 3))
    emission, cost, hdop = np.empty(count), np.empty(count), np.empty(count)
    left_out, status = np.empty(count, np.int64), np.empty(count, np.int8)
    kernels.solve_positions(
        np.arange(count + 1, dtype=np.int64) * receivers,
        np.tile(np.arange(receivers, dtype=np.int32), count),
        np.ascontiguousarray(ranges.ravel()),
        np.full(ranges.size, sigma),
        site,
        height,
        np.full(count, 100.0),
        dop, 8.0, 9.0, 600e3,
        position, covariance, emission, cost, hdop, left_out, status,
    )  # fmt: skip
    return position, covariance, status, left_out, cost


def test_exact_arrivals_give_back_the_exact_place() -> None:
    site, place = scene(1, 6, 40)
    ranges = np.linalg.norm(place[:, None] - site[None], axis=2) + 12_345.0
    height = ecef_to_geodetic(*place.T)[2]
    position, _, status, left_out, _ = solve(site, ranges, height)
    assert (status == kernels.OK).all()
    assert (left_out == -1).all()
    assert np.abs(position - place).max() < 1e-3


def test_the_place_found_is_the_least_squares_of_scipy() -> None:
    site, place = scene(2, 7, 10)
    draw = np.random.default_rng(3)
    ranges = np.linalg.norm(place[:, None] - site[None], axis=2) + draw.normal(0, 15, (10, 7))
    height = ecef_to_geodetic(*place.T)[2] + draw.normal(0, 100, 10)
    position, covariance, status, left_out, cost = solve(site, ranges, height)
    for j in np.flatnonzero((status == kernels.OK) & (left_out < 0)):

        def residuals(x: Floats, j: int = j) -> Floats:
            fit = ranges[j] - np.linalg.norm(x[:3] * 1e3 - site, axis=1) - x[3] * 1e3
            lift = height[j] - ecef_to_geodetic(*(x[:3] * 1e3))[2]
            return np.append(fit / 15.0, lift / 100.0)

        twin = least_squares(residuals, np.append(place[j], 0.0) / 1e3, x_scale="jac")
        assert np.linalg.norm(twin.x[:3] * 1e3 - position[j]) < 0.5
        assert abs(2.0 * twin.cost - cost[j]) < 1e-3
        plain = np.linalg.inv(twin.jac.T @ twin.jac)[:3, :3] * 1e6
        scale = (cost[j] + kernels.PRIOR_FREEDOM) / (4.0 + kernels.PRIOR_FREEDOM)
        assert np.allclose(covariance[j], plain * scale, rtol=2e-3, atol=1.0)


def test_the_covariance_says_how_wrong_the_place_is() -> None:
    site, place = scene(4, 6, 600)
    draw = np.random.default_rng(5)
    ranges = np.linalg.norm(place[:, None] - site[None], axis=2) + draw.normal(0, 15, (600, 6))
    height = ecef_to_geodetic(*place.T)[2] + draw.normal(0, 100, 600)
    position, covariance, status, _, _ = solve(site, ranges, height)
    good = status == kernels.OK
    error = (position - place)[good]
    nees = np.einsum("ni,nij,nj->n", error, np.linalg.inv(covariance[good]), error)
    assert good.mean() > 0.9
    assert 2.6 < nees.mean() < 3.6  # three degrees of freedom


def test_no_noise_ever_gives_a_wild_place() -> None:
    site, _ = scene(6, 5, 400)
    draw = np.random.default_rng(7)
    ranges = draw.uniform(-3e5, 3e5, (400, 5))
    position, _, status, _, _ = solve(site, ranges, np.full(400, np.nan))
    good = status == kernels.OK
    assert good.mean() < 0.05, "arrivals drawn by lot are refused"
    heights = ecef_to_geodetic(*position[good].T)[2]
    assert ((heights > -1e3) & (heights < 40e3)).all()
    assert np.isnan(position[~good]).all()


def test_clocks_follow_offset_and_drift_like_a_plain_filter_would() -> None:
    draw = np.random.default_rng(8)
    count, receivers = 600, 5
    true_offset = draw.normal(0, 3000, receivers)
    true_drift = draw.normal(0, 20, receivers)
    time_s = np.arange(count) * 0.5
    excess = (
        true_offset + time_s[:, None] * true_drift + draw.normal(0, 20, (count, receivers))
    ) + draw.uniform(-1e5, 1e5, (count, 1))
    excess[draw.random((count, receivers)) < 0.02] += 5e3
    state = np.zeros((receivers, 7))
    state[:, 5] = np.nan
    offset, sigma = np.empty(count * receivers), np.empty(count * receivers)
    clocks.follow_clocks(
        np.arange(count + 1, dtype=np.int64) * receivers,
        np.tile(np.arange(receivers, dtype=np.int32), count),
        np.ascontiguousarray(excess.ravel()),
        time_s,
        20.0, 0.1, 0.01, 1e4, 100.0,
        state, offset, sigma,
    )  # fmt: skip
    end = true_offset + time_s[-1] * true_drift
    error = (state[:, 0] - end) - np.median(state[:, 0] - end)
    assert np.abs(error).max() < 60.0
    drift = state[:, 1] - true_drift
    assert np.abs(drift - np.median(drift)).max() < 2.0
    assert (np.diff(sigma.reshape(count, receivers)[[0, 20, 500]], axis=0) < 0).all()
