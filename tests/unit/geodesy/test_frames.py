"""The geodesy API: shapes, units and conventions that callers rely on."""

import numpy as np
import pytest

from skypact.geodesy import (
    ecef_to_geodetic,
    enu_to_geodetic,
    geodetic_to_ecef,
    geodetic_to_enu,
    geodetic_to_polar,
)

HOME = (np.radians(42.0), np.radians(75.0), 800.0)


def test_results_have_the_shape_that_the_arguments_broadcast_to():
    latitude = np.radians([[10.0], [20.0]])
    longitude = np.radians([30.0, 40.0, 50.0])
    for axis in geodetic_to_ecef(latitude, longitude, 0.0):
        assert axis.shape == (2, 3)
        assert axis.dtype == np.float64
    assert geodetic_to_ecef(0.1, 0.2, 0.3)[0].shape == ()


def test_arguments_are_left_as_they_were():
    latitude = np.radians(np.array([10.0, 20.0]))
    latitude.flags.writeable = False
    geodetic_to_enu(latitude, latitude, 0.0, origin=HOME)
    assert list(np.degrees(latitude)) == pytest.approx([10.0, 20.0])


def test_east_north_and_up_point_where_they_say():
    latitude, longitude, altitude = enu_to_geodetic(
        [1000.0, 0.0, 0.0], [0.0, 1000.0, 0.0], [0.0, 0.0, 1000.0], origin=HOME
    )
    assert longitude[0] > HOME[1]
    assert latitude[1] > HOME[0]
    assert altitude[2] == pytest.approx(1800.0, abs=1e-6)
    assert (latitude[2], longitude[2]) == pytest.approx(HOME[:2], abs=1e-14)


@pytest.mark.parametrize(
    ("east", "north", "azimuth_deg"),
    [(0.0, 1.0, 0.0), (1.0, 0.0, 90.0), (0.0, -1.0, 180.0), (-1.0, 0.0, 270.0), (-1.0, 1.0, 315.0)],
)
def test_azimuth_is_clockwise_from_north_and_never_negative(east, north, azimuth_deg):
    place = enu_to_geodetic(5000 * east, 5000 * north, 0.0, origin=HOME)
    _, azimuth, elevation = geodetic_to_polar(*place, origin=HOME)
    turn = (np.degrees(azimuth) - azimuth_deg + 180) % 360 - 180
    assert turn == pytest.approx(0.0, abs=1e-7)
    assert 0.0 <= azimuth < 2 * np.pi
    assert elevation == pytest.approx(0.0, abs=1e-9)


def test_an_azimuth_a_hair_west_of_north_is_still_below_a_full_turn():
    place = enu_to_geodetic(-1e-14, 5000.0, 0.0, origin=HOME)
    longitude = np.nextafter(place[1], -10.0)
    for west in (place[1], longitude):
        _, azimuth, _ = geodetic_to_polar(place[0], west, place[2], origin=HOME)
        assert 0.0 <= azimuth < 2 * np.pi


def test_straight_up_is_seen_at_ninety_degrees():
    slant, _, elevation = geodetic_to_polar(HOME[0], HOME[1], 10_800.0, origin=HOME)
    assert slant == pytest.approx(10_000.0, abs=1e-6)
    assert np.degrees(elevation) == pytest.approx(90.0, abs=1e-6)


def test_across_180_degrees_is_near():
    origin = (np.radians(52.0), np.radians(179.99), 0.0)
    slant, azimuth, _ = geodetic_to_polar(np.radians(52.0), np.radians(-179.99), 0.0, origin=origin)
    assert slant == pytest.approx(1373.0, abs=2.0)
    assert np.degrees(azimuth) == pytest.approx(90.0, abs=0.1)


def test_the_poles_are_ordinary_places():
    latitude, _, altitude = ecef_to_geodetic(0.0, 0.0, [6356752.3142 + 100.0, -6356752.3142 - 50.0])
    assert np.degrees(latitude) == pytest.approx([90.0, -90.0])
    assert altitude == pytest.approx([100.0, 50.0], abs=1e-3)


def test_nothing_in_gives_nothing_out():
    assert all(axis.shape == (0,) for axis in geodetic_to_ecef([], [], []))
