"""Corridors and approaches beside the geodesic and plain stepping."""

import math

import numpy as np
import pytest
from geographiclib.geodesic import Geodesic

from skypact.identity.whereabouts import Corridor, CorridorTable, lowest_bit, units
from skypact.kernels import identity_places as kernel

RADIUS_M = 6371008.8


def in_corridor(
    corridors: list[Corridor], latitude_deg: float, longitude_deg: float, height_m: float = 5000.0
) -> int:
    table = CorridorTable.of(corridors)
    found, beside = np.empty(1, np.int32), np.empty(1)
    kernel.corridors(
        np.radians([latitude_deg]),
        np.radians([longitude_deg]),
        np.array([height_m]),
        table.leg,
        table.corridor,
        table.reach_rad,
        table.half_width_m,
        table.lower_m,
        table.upper_m,
        found,
        beside,
    )
    return int(found[0])


def way(*spots_deg: tuple[float, float]) -> tuple[tuple[float, float], ...]:
    return tuple((math.radians(b), math.radians(a)) for b, a in spots_deg)


@pytest.mark.parametrize("west", [74.0, 178.0, -1.0])
def test_a_track_is_in_a_corridor_up_to_its_side_and_height(west: float) -> None:
    corridor = Corridor("A1", way((42.0, west), (43.0, west + 4.0)), 9000.0, 3000.0, 9000.0)
    line = Geodesic.WGS84.InverseLine(42.0, west, 43.0, west + 4.0)
    for share in (0.1, 0.5, 0.9):
        at = line.Position(share * line.s13)
        for off, inside in ((8800.0, True), (9200.0, False), (-8800.0, True), (-9200.0, False)):
            side = Geodesic.WGS84.Direct(at["lat2"], at["lon2"], at["azi2"] + 90.0, off)
            found = in_corridor([corridor], side["lat2"], side["lon2"])
            assert (found == 0) is inside, (share, off)
    for height, inside in ((2999.0, False), (3000.0, True), (9000.0, False), (math.nan, False)):
        assert (in_corridor([corridor], 42.0, west, height) == 0) is inside


def test_of_two_corridors_the_nearer_is_said() -> None:
    two = [
        Corridor("A1", way((42.0, 74.0), (42.0, 76.0)), 20e3),
        Corridor("A2", way((42.1, 74.0), (42.1, 76.0)), 20e3),
        Corridor("none", way((42.1, 74.0))),
    ]
    assert in_corridor(two, 42.04, 75.0) == 0
    assert in_corridor(two, 42.08, 75.0) == 1
    assert in_corridor([], 42.0, 75.0) == -1
    assert in_corridor(two, math.nan, 75.0) == -1


def approach(
    latitude_deg: float, longitude_deg: float, course_deg: float, speed_mps: float = 200.0
) -> tuple[int, float, float]:
    """Towards a site of 10 km radius at 0 N 180 E."""
    out = np.empty(1, np.int32), np.empty(1), np.empty(1)
    course = math.radians(course_deg)
    kernel.approaches(
        np.radians([latitude_deg]),
        np.radians([longitude_deg]),
        np.array([speed_mps * math.sin(course)]),
        np.array([speed_mps * math.cos(course)]),
        units(np.zeros(1), np.full(1, math.pi)),
        np.array([10e3]),
        900.0,
        15.0,
        *out,
    )
    return int(out[0][0]), float(out[1][0]), float(out[2][0])


@pytest.mark.parametrize(
    ("latitude", "longitude", "course", "towards"),
    [
        (0.0, 179.0, 90.0, True),  # over the date line
        (0.0, -179.0, 270.0, True),
        (1.0, 180.0, 180.0, True),
        (0.0, 179.0, 270.0, False),
        (0.0, 179.0, 100.0, False),  # passes 19 km to the south
        (0.0, 179.0, 94.0, True),  # passes 8 km to the south
        (0.0, 178.0, 90.0, False),  # farther than 15 minutes
        (0.0, 180.05, 90.0, False),  # over it and going away
        (math.nan, 179.0, 90.0, False),
    ],
)
def test_a_course_leads_to_a_site_or_it_does_not(
    latitude: float, longitude: float, course: float, towards: bool
) -> None:
    found, after_s, passing_m = approach(latitude, longitude, course)
    assert (found == 0) is towards
    if towards:
        assert 0.0 <= after_s <= 900.0
        assert passing_m <= 10e3


def test_the_nearest_point_is_that_of_stepping_along_the_course() -> None:
    found, after_s, passing_m = approach(0.5, 179.5, 150.0)
    assert found == -1
    found, after_s, passing_m = approach(0.5, 179.5, 132.0)
    x = np.linspace(0.0, 900.0, 9001)
    east = x * 200.0 * math.sin(math.radians(132.0)) - math.radians(0.5) * RADIUS_M
    north = x * 200.0 * math.cos(math.radians(132.0)) + math.radians(0.5) * RADIUS_M
    away = np.hypot(east, north)
    assert found == 0
    assert after_s == pytest.approx(x[away.argmin()], abs=1.0)
    assert passing_m == pytest.approx(away.min(), rel=0.01)


def test_a_track_that_stands_still_heads_for_nothing() -> None:
    assert approach(0.0, 179.99, 90.0, 1.0)[0] == -1
    assert approach(0.0, 179.99, 90.0, math.nan)[0] == -1


def test_the_lowest_bit_is_the_first_area_that_is_meant() -> None:
    bits = np.array([0, 1, 2, 12, 1 << 63, (1 << 63) + (1 << 62), (1 << 64) - 1], np.uint64)
    assert lowest_bit(bits).tolist() == [-1, 0, 1, 2, 63, 62, 0]
