"""The grid that positions are blurred to, beside the same in words of NumPy."""

import numpy as np
import pytest

from skypact.kernels.release_blur import MEAN_RADIUS_M, cell_middles


def middles(latitude_rad, longitude_rad, grid_m):
    latitude, longitude = np.array(latitude_rad, float), np.array(longitude_rad, float)
    out = np.empty(len(latitude)), np.empty(len(latitude))
    cell_middles(latitude, longitude, grid_m, *out)
    return out


def plain_middle(latitude_rad, longitude_rad, grid_m):
    rows = max(1, int(np.pi * MEAN_RADIUS_M / grid_m))
    row = min(int((latitude_rad + np.pi / 2) / (np.pi / rows)), rows - 1)
    middle = (row + 0.5) * (np.pi / rows) - np.pi / 2
    columns = max(1, int(2 * np.pi * MEAN_RADIUS_M * np.cos(middle) / grid_m))
    column = int(np.mod(longitude_rad + np.pi, 2 * np.pi) / (2 * np.pi / columns))
    return middle, (min(column, columns - 1) + 0.5) * (2 * np.pi / columns) - np.pi


@pytest.mark.parametrize("grid_m", [10.0, 5000.0, 1e6, 1.9e7])
def test_the_middle_is_that_of_the_plain_definition(grid_m):
    random = np.random.default_rng(3)
    latitude = np.arcsin(random.uniform(-1, 1, 500))
    longitude = random.uniform(-np.pi, np.pi, 500)
    found = middles(latitude, longitude, grid_m)
    plain = [plain_middle(a, b, grid_m) for a, b in zip(latitude, longitude, strict=True)]
    assert np.allclose(np.array(plain).T, found, rtol=0, atol=1e-12)


@pytest.mark.parametrize("grid_m", [500.0, 5000.0, 50_000.0])
def test_positions_of_one_cell_say_the_same_and_the_cell_is_no_smaller_than_agreed(grid_m):
    latitude, longitude = middles([0.74], [1.30], grid_m)
    reach = 0.499 * grid_m / MEAN_RADIUS_M
    random = np.random.default_rng(5)
    near = (
        latitude[0] + random.uniform(-reach, reach, 300),
        longitude[0] + random.uniform(-reach, reach, 300) / np.cos(latitude[0] + reach) * 0.99,
    )
    again = middles(*near, grid_m)
    assert np.unique(again[0]).tolist() == [latitude[0]]
    assert np.unique(again[1]).tolist() == [longitude[0]]


def test_the_middle_of_a_cell_is_its_own_middle():
    random = np.random.default_rng(6)
    first = middles(random.uniform(-1.5, 1.5, 200), random.uniform(-3.1, 3.1, 200), 2000.0)
    again = middles(*first, 2000.0)
    assert np.array_equal(first[0], again[0])
    assert np.array_equal(first[1], again[1])


def test_poles_and_the_antimeridian_have_cells_and_no_position_has_none():
    latitude, longitude = middles(
        [np.pi / 2, -np.pi / 2, 0.0, 0.0, np.nan, 0.0],
        [0.0, 1.0, np.pi, -np.pi, 0.0, np.inf],
        5000.0,
    )
    assert np.isfinite(latitude[:4]).all()
    assert (np.abs(latitude[:4]) < np.pi / 2).all()
    assert longitude[2] == longitude[3]
    assert np.isnan(latitude[4:]).all()
    assert np.isnan(longitude[4:]).all()
