"""The geodesy kernels beside NumPy on whole arrays, by other formulas where there are any."""

import numpy as np
import pytest

from skypact.kernels import geodesy

A, F = 6378137.0, 1 / 298.257223563


def globe(count=2000, seed=1):
    """Points all over the earth, the poles and both ends of the longitudes among them."""
    random = np.random.default_rng(seed)
    latitude = np.arcsin(random.uniform(-1, 1, count))
    longitude = random.uniform(-np.pi, np.pi, count)
    altitude = random.uniform(-500.0, 60e3, count)
    latitude[:4] = [np.pi / 2, -np.pi / 2, 0.0, 0.0]
    longitude[:4] = [0.3, -0.3, np.pi, -np.pi]
    return latitude, longitude, altitude


def ecef_twin(latitude, longitude, altitude):
    """Through the reduced latitude: an ellipse's own parameter."""
    reduced = np.arctan2((1 - F) * np.sin(latitude), np.cos(latitude))
    r = A * np.cos(reduced) + altitude * np.cos(latitude)
    z = A * (1 - F) * np.sin(reduced) + altitude * np.sin(latitude)
    return r * np.cos(longitude), r * np.sin(longitude), z


def out(count):
    return [np.empty(count) for _ in range(3)]


def test_geodetic_to_ecef_is_the_ellipse_s_parameter_form():
    given, got = globe(), out(2000)
    geodesy.geodetic_to_ecef(*given, *got)
    assert np.abs(np.array(got) - np.array(ecef_twin(*given))).max() < 1e-8


def test_ecef_to_geodetic_goes_back():
    given, got = globe(), out(2000)
    geodesy.ecef_to_geodetic(*ecef_twin(*given), *got)
    assert np.abs(got[0] - given[0]).max() < 1e-12
    turn = (got[1] - given[1] + np.pi) % (2 * np.pi) - np.pi
    # at the poles longitude is what it is
    assert np.abs(turn * np.cos(given[0])).max() < 1e-12
    assert np.abs(got[2] - given[2]).max() < 1e-6


def test_offsets_in_a_tangent_plane_are_a_rotation_of_ecef():
    given, got = globe(), out(2000)
    origin = (0.7, -3.1, 500.0)
    geodesy.geodetic_to_enu(*given, *origin, *got)
    s, c, sl, cl = np.sin(0.7), np.cos(0.7), np.sin(-3.1), np.cos(-3.1)
    axes = np.array([[-sl, cl, 0], [-s * cl, -s * sl, c], [c * cl, c * sl, s]])
    start = np.array(ecef_twin(*(np.array([v]) for v in origin)))
    expected = axes @ (np.array(ecef_twin(*given)) - start)
    assert np.abs(np.array(got) - expected).max() < 1e-7


def test_offsets_come_back_to_the_same_place():
    given, offsets, got = globe(), out(2000), out(2000)
    origin = (-1.2, 3.0, 100.0)
    geodesy.geodetic_to_enu(*given, *origin, *offsets)
    geodesy.enu_to_geodetic(*offsets, *origin, *got)
    assert np.abs(got[0] - given[0]).max() < 1e-12
    assert np.abs(got[2] - given[2]).max() < 1e-6


@pytest.mark.parametrize("latitude", [0.0, 0.8, np.pi / 2, -np.pi / 2])
def test_axes_are_square_everywhere(latitude):
    axes = np.empty((3, 3))
    geodesy.enu_axes(latitude, 2.0, axes)
    assert axes @ axes.T == pytest.approx(np.eye(3), abs=1e-15)
    assert np.linalg.det(axes) == pytest.approx(1.0)
