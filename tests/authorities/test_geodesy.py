"""Our geodesy against authorities: GeographicLib, and points and constants that are published."""

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

CONSTANTS = {
    # NIMA TR8350.2, 3rd edition, tables 3.1 and 3.3
    "equator at Greenwich": ((0.0, 0.0, 0.0), (6378137.0, 0.0, 0.0)),
    "equator at 90 E": ((0.0, 90.0, 0.0), (0.0, 6378137.0, 0.0)),
    "equator at 180": ((0.0, 180.0, 0.0), (-6378137.0, 0.0, 0.0)),
    "north pole": ((90.0, 0.0, 0.0), (0.0, 0.0, 6356752.3142)),
    "south pole, 1 km up": ((-90.0, 0.0, 1000.0), (0.0, 0.0, -6357752.3142)),
    # EPSG Guidance Note 7-2, part 2.2.1, geographic/geocentric example (WGS 84)
    "EPSG 9602 example": (
        (53 + 48 / 60 + 33.820 / 3600, 2 + 7 / 60 + 46.380 / 3600, 73.0),
        (3771793.968, 140253.342, 5124304.349),
    ),
}


@pytest.mark.parametrize("case", CONSTANTS.values(), ids=CONSTANTS.keys())
def test_published_points_convert_both_ways(case):
    (latitude, longitude, altitude), expected = case
    got = geodetic_to_ecef(np.radians(latitude), np.radians(longitude), altitude)
    assert np.array(got) == pytest.approx(np.array(expected), abs=2e-3)
    back = ecef_to_geodetic(*expected)
    # a millimetre in the published digits is 2e-10 rad
    assert float(back[0]) == pytest.approx(np.radians(latitude), abs=1e-9)
    assert float(back[2]) == pytest.approx(altitude, abs=2e-3)


@pytest.mark.parametrize("latitude", [0.0, 42.0, -65.0, 89.0])
@pytest.mark.parametrize("azimuth", [0.0, 33.0, 120.0, 271.0])
@pytest.mark.parametrize("distance", [10.0, 500.0, 5_000.0])
def test_short_distances_in_the_plane_are_geodesics(latitude, azimuth, distance):
    """A plane's distance is shorter than the geodesic by s^3 / 24 R^2 and less."""
    end = Geodesic.WGS84.Direct(latitude, 179.999, azimuth, distance)
    east, north, _ = geodetic_to_enu(
        np.radians(end["lat2"]),
        np.radians(end["lon2"]),
        0.0,
        origin=(np.radians(latitude), np.radians(179.999), 0.0),
    )
    assert float(np.hypot(east, north)) == pytest.approx(distance, abs=2e-3)
    turn = np.degrees(np.arctan2(east, north)) - azimuth
    assert (turn + 180) % 360 - 180 == pytest.approx(0.0, abs=1e-5)


@pytest.mark.parametrize("distance", [50e3, 200e3, 400e3])
@pytest.mark.parametrize("azimuth", [10.0, 100.0, 250.0])
def test_azimuths_of_radar_range_agree_with_geodesics(distance, azimuth):
    """The normal section's azimuth at the radar differs from the geodesic's by little.

    At most e^2 s^2 cos^2(latitude) sin(2 azimuth) / 12 N^2: 2e-6 rad at 400 km.
    """
    end = Geodesic.WGS84.Direct(42.0, 75.0, azimuth, distance)
    _, got, _ = geodetic_to_polar(
        np.radians(end["lat2"]),
        np.radians(end["lon2"]),
        0.0,
        origin=(np.radians(42.0), np.radians(75.0), 0.0),
    )
    assert float(got) == pytest.approx(np.radians(azimuth), abs=3e-6)


def test_a_plane_offset_leads_to_the_geodesic_s_end():
    latitude, longitude, _ = enu_to_geodetic(
        3000.0, 4000.0, 0.0, origin=(np.radians(-33.0), np.radians(18.0), 0.0)
    )
    inverse = Geodesic.WGS84.Inverse(-33.0, 18.0, *np.degrees([latitude, longitude]))
    assert inverse["s12"] == pytest.approx(5000.0, abs=5e-3)
    assert inverse["azi1"] == pytest.approx(np.degrees(np.arctan2(3000.0, 4000.0)), abs=1e-4)
