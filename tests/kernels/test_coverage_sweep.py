"""Kernels of the sweep beside plain NumPy."""

import numpy as np
from scipy.ndimage import map_coordinates

from skypact.kernels.coverage_sweep import STEEPEST, fill_heights, spread_rays, steepest


def test_heights_are_interpolated_as_scipy_does_and_finer_ones_are_kept() -> None:
    draw = np.random.default_rng(1)
    dem = draw.uniform(0, 4000, (30, 40)).astype(np.float32)
    column, row = draw.uniform(-2, 41, (6, 5)), draw.uniform(-2, 31, (6, 5))
    knot = np.array([0, 0, 1, 2, 3, 3])
    part = np.array([0.0, 0.4, 0.9, 0.5, 0.1, 1.0])
    heights = np.full((6, 6), np.nan, np.float32)
    heights[2, 3] = 7.0
    fill_heights(dem, column, row, knot, part, heights)
    x = column[:, knot] + part * (column[:, knot + 1] - column[:, knot])
    y = row[:, knot] + part * (row[:, knot + 1] - row[:, knot])
    expected = map_coordinates(dem.astype(float), [y, x], order=1, cval=np.nan)
    expected[(x < 0) | (x > 39) | (y < 0) | (y > 29)] = np.nan
    expected[2, 3] = 7.0
    assert np.isnan(expected).any()
    np.testing.assert_allclose(heights, expected, atol=0.01)


def test_the_steepest_sample_nearer_than_each_cell_is_a_running_maximum() -> None:
    draw = np.random.default_rng(2)
    distance = np.arange(1, 41) * 25.0
    heights = draw.uniform(0, 300, (5, 40)).astype(np.float32)
    heights[1, 7] = np.nan
    level = 50.0 + distance**2 / 1.7e7
    before = (distance / 100.0).astype(np.int64) + 1
    slope, unknown = np.empty((5, 11), np.float32), np.full(5, np.inf)
    steepest(heights, np.stack([distance, 1 / distance, level]), before, 0, slope, unknown)
    angle = (heights - level) / distance
    for ray in range(5):
        for cell in range(11):
            nearer = angle[ray, (before <= cell) & ~np.isnan(angle[ray])]
            expected = nearer.max(initial=STEEPEST)
            np.testing.assert_allclose(slope[ray, cell], expected, rtol=1e-5)
    again, unknown_again = slope.copy(), np.full(5, np.inf)
    again[:, 4:] = 0.0
    later = before > 3  # what follows can be added to what is begun
    at = np.stack([distance, 1 / distance, level])[:, later]
    part = np.ascontiguousarray(heights[:, later])
    steepest(part, np.ascontiguousarray(at), before[later], 4, again, unknown_again)
    np.testing.assert_array_equal(again, slope)
    assert unknown[1] == distance[7]
    assert np.isinf(np.delete(unknown, 1)).all()


def test_rays_between_are_the_weighted_mean_of_their_neighbours() -> None:
    near = np.arange(12, dtype=np.float32).reshape(4, 3)
    slope, unknown = np.full((8, 5), 9.0, np.float32), np.empty(8)
    spread_rays(near, np.array([1.0, 2.0, np.inf, 4.0]), slope, unknown)
    np.testing.assert_allclose(slope[::2, :3], near)
    np.testing.assert_allclose(slope[1, :3], (near[0] + near[1]) / 2)
    np.testing.assert_allclose(slope[7, :3], (near[3] + near[0]) / 2)
    assert (slope[:, 3:] == 9.0).all()
    assert unknown.tolist() == [1.0, 1.0, 2.0, 2.0, 4.0, 4.0, 1.0, 1.0]
