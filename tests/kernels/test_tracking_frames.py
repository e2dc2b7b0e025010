"""A track's moving plane and its measurements, beside independent geometry and differences."""

import numpy as np
import pytest
from geographiclib.geodesic import Geodesic

from skypact.geodesy import (
    ecef_to_geodetic,
    enu_to_geodetic,
    geodetic_to_ecef,
    geodetic_to_enu,
    geodetic_to_polar,
)
from skypact.kernels import kalman, tracking_frames
from skypact.kernels import tracking_arrays as names
from skypact.model.sensors import Sensor, SensorTable
from skypact.tracking import TrackerSettings
from skypact.tracking.store import sensor_arrays

PLACES = [(42.0, 75.0), (-33.0, 179.99), (89.99, 12.0), (-90.0, 0.0), (0.0, -180.0)]


def frame_at(latitude_deg, longitude_deg, height_m=9000.0):
    frame = np.zeros(names.FRAME)
    place = geodetic_to_ecef(np.radians(latitude_deg), np.radians(longitude_deg), height_m)
    tracking_frames.raise_frame(frame, *(float(axis) for axis in place))
    return frame


def site(latitude_deg=41.5, longitude_deg=75.2, altitude_m=1500.0):
    radar = Sensor(
        "r",
        "radar",
        np.radians(latitude_deg),
        np.radians(longitude_deg),
        altitude_m,
    )
    return sensor_arrays(SensorTable((radar,)), TrackerSettings()).fixed[0]


def plot(**columns):
    value = np.full(names.PLOT_VALUE, np.nan)
    for name, number in columns.items():
        value[getattr(names, name)] = number
    return value


@pytest.mark.parametrize("place", PLACES)
def test_the_vertical_agrees_with_the_geodetic_conversion(place):
    for height in (-100.0, 0.0, 12_000.0, 40_000.0):
        x, y, z = geodetic_to_ecef(*np.radians(place), height)
        guess = np.array([float(x), float(y), float(z)])
        guess += 5_000.0
        guess /= np.linalg.norm(guess)
        ux, uy, uz, got = tracking_frames.vertical(float(x), float(y), float(z), *guess)
        latitude = np.arctan2(uz, np.hypot(ux, uy))
        assert latitude == pytest.approx(np.radians(place[0]), abs=1e-11)
        assert got == pytest.approx(height, abs=1e-5)


@pytest.mark.parametrize("place", PLACES)
def test_axes_stay_square_after_a_long_journey(place):
    frame = frame_at(*place)
    for _ in range(500):
        tracking_frames.carry_frame(frame, 1500.0, -700.0, 9000.0)
    axes = frame[names.AXIS_P : names.AXIS_P + 9].reshape(3, 3)
    assert axes @ axes.T == pytest.approx(np.eye(3), abs=1e-12)
    assert np.linalg.det(axes) == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize("place", [(42.0, 75.0), (89.0, 12.0), (-20.0, 179.9)])
def test_straight_on_in_the_carried_plane_is_a_geodesic_at_one_height(place):
    frame = frame_at(*place)
    for _ in range(400):
        tracking_frames.carry_frame(frame, 1000.0, 0.0, 9000.0)
    latitude, longitude, height = ecef_to_geodetic(*frame[names.ORIGIN : names.ORIGIN + 3])
    # the axis pointed east; at 9 km the surface beneath passes more slowly
    line = Geodesic.WGS84.InverseLine(
        *place, float(np.degrees(latitude)), float(np.degrees(longitude))
    )
    assert line.azi1 == pytest.approx(90.0, abs=2e-3)
    assert line.s13 == pytest.approx(400e3 / (1 + 9000.0 / 6.38e6), rel=2e-5)
    assert float(height) == pytest.approx(9000.0, abs=10.0)


def test_a_point_in_the_plane_lies_where_the_tangent_plane_has_it():
    frame = frame_at(42.0, 75.0)
    x, y, z = tracking_frames.point_at(frame, 4000.0, -3000.0, 9000.0)
    latitude, longitude, height = ecef_to_geodetic(x, y, z)
    east, north, _ = geodetic_to_enu(
        latitude, longitude, height, origin=(np.radians(42.0), np.radians(75.0), 9000.0)
    )
    assert (float(east), float(north)) == pytest.approx((4000.0, -3000.0), abs=1e-3)
    assert float(height) == pytest.approx(9000.0, abs=0.1)


@pytest.mark.parametrize("range_m", [15e3, 60e3, 250e3])
@pytest.mark.parametrize("azimuth_deg", [0.0, 77.0, 190.0, 359.9])
@pytest.mark.parametrize("height_m", [2000.0, 9000.0])
def test_a_polar_plot_is_placed_at_its_range_azimuth_and_height(range_m, azimuth_deg, height_m):
    row = site()
    x, y, z = tracking_frames.place_polar(row, range_m, np.radians(azimuth_deg), height_m)
    latitude, longitude, height = ecef_to_geodetic(x, y, z)
    origin = (np.radians(41.5), np.radians(75.2), 1500.0)
    slant, azimuth, _ = geodetic_to_polar(latitude, longitude, height, origin=origin)
    assert float(height) == pytest.approx(height_m, abs=2.0)
    assert float(slant) == pytest.approx(range_m, abs=1e-6)
    turn = (float(azimuth) - np.radians(azimuth_deg) + np.pi) % (2 * np.pi) - np.pi
    assert abs(turn) < 1e-9


def test_a_range_too_short_for_its_height_gives_a_finite_place():
    x, y, z = tracking_frames.place_polar(site(), 2000.0, 1.0, 9000.0)
    assert np.isfinite([x, y, z]).all()


def predicted(frame, mean, lag_s, origin):
    """Range and azimuth of a state by the checked geodesy, for differences."""
    p, q, h = mean[0] + lag_s * mean[2], mean[1] + lag_s * mean[3], mean[4]
    latitude, longitude, height = ecef_to_geodetic(*tracking_frames.point_at(frame, p, q, h))
    slant, azimuth, _ = geodetic_to_polar(latitude, longitude, height, origin=origin)
    return np.array([float(slant), float(azimuth)])


@pytest.mark.parametrize("lag_s", [0.0, -2.0, 0.09])
def test_the_polar_jacobian_is_the_numeric_derivative(lag_s):
    row, frame = site(), frame_at(42.1, 74.6)
    origin = (np.radians(41.5), np.radians(75.2), 1500.0)
    mean = np.array([120.0, -90.0, 150.0, 130.0, 8700.0])
    lin = np.zeros(kalman.LIN)
    at = predicted(frame, mean, lag_s, origin)
    value = plot(RANGE=at[0] + 35.0, AZIMUTH=at[1] - 1e-3 + 2 * np.pi)
    tracking_frames.linearise(names.POLAR, value, row, frame, mean, lag_s, lin)
    assert lin[:2] == pytest.approx([35.0, -1e-3], abs=1e-7)
    for k, start in enumerate((kalman.H1, kalman.H2)):
        for column, state in enumerate((0, 1, 4)):
            step = np.zeros(5)
            step[state] = 5.0
            slope = predicted(frame, mean + step, lag_s, origin)
            slope = (slope - predicted(frame, mean - step, lag_s, origin))[k] / 10.0
            # the fall of the surface under the plane is left out of the Jacobian: 2e-5
            assert lin[start + column] == pytest.approx(
                slope, rel=1e-4, abs=3e-5 if k == 0 else 1e-9
            )
    assert lin[kalman.R11] == 50.0**2


@pytest.mark.parametrize("place", PLACES)
def test_a_position_plot_measures_the_offset_in_the_plane(place):
    frame = frame_at(*place)
    latitude, longitude, _ = ecef_to_geodetic(
        *tracking_frames.point_at(frame, 700.0, -400.0, 9000.0)
    )
    value = plot(LATITUDE=float(latitude), LONGITUDE=float(longitude), SIGMA=25.0)
    lin = np.zeros(kalman.LIN)
    mean = np.array([100.0, 50.0, 0.0, 0.0, 9000.0])
    tracking_frames.linearise(names.PLACED, value, site(), frame, mean, 0.0, lin)
    assert lin[:2] == pytest.approx([600.0, -450.0], abs=1e-3)
    assert lin[kalman.R11] == lin[kalman.R22] == 625.0


def test_a_new_frame_points_east_and_north():
    frame = frame_at(42.0, 75.0)
    origin = (np.radians(42.0), np.radians(75.0), 9000.0)
    for offset, axis in (((1000.0, 0.0), names.AXIS_P), ((0.0, 1000.0), names.AXIS_Q)):
        there = geodetic_to_ecef(*enu_to_geodetic(*offset, 0.0, origin=origin))
        moved = np.array([float(a) for a in there]) - frame[names.ORIGIN : names.ORIGIN + 3]
        assert moved == pytest.approx(1000.0 * frame[axis : axis + 3], abs=1e-6)


@pytest.mark.parametrize("range_m", [8e3, 60e3, 250e3])
@pytest.mark.parametrize("azimuth_deg", [3.0, 200.0])
def test_an_elevation_angle_tells_the_height_the_checked_geometry_tells(range_m, azimuth_deg):
    row = site()
    row[names.ELEVATION_SIGMA] = 2e-3
    origin = (np.radians(41.5), np.radians(75.2), 1500.0)
    x, y, z = tracking_frames.place_polar(row, range_m, np.radians(azimuth_deg), 7000.0)
    _, azimuth, elevation = geodetic_to_polar(*ecef_to_geodetic(x, y, z), origin=origin)
    value = plot(RANGE=range_m, AZIMUTH=float(azimuth), ELEVATION=float(elevation))
    height, sigma = tracking_frames.elevated_height(names.POLAR, value, row)
    assert height == pytest.approx(float(ecef_to_geodetic(x, y, z)[2]), abs=0.01)
    # numerically: a sigma up
    value[names.ELEVATION] += 2e-3
    higher = tracking_frames.elevated_height(names.POLAR, value, row)[0]
    across = np.hypot(higher - height, row[names.RANGE_SIGMA] * np.sin(float(elevation)))
    assert sigma == pytest.approx(across, rel=0.05)


def test_an_elevation_angle_of_a_sensor_without_a_sigma_is_not_used():
    value = plot(RANGE=60e3, AZIMUTH=1.0, ELEVATION=0.1)
    assert np.isnan(tracking_frames.elevated_height(names.POLAR, value, site())).all()
    assert tracking_frames.known_height(names.POLAR, value, site(), 7500.0, 2600.0) == 7500.0
