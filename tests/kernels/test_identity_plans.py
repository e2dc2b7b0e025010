"""Distance from a route beside the geodesic and a plain search along the leg."""

import math

import numpy as np
import pytest
from geographiclib.geodesic import Geodesic
from hypothesis import given, settings
from hypothesis import strategies as st

from skypact.kernels import identity_plans as kernel

RADIUS_M = 6371008.8
places = st.tuples(st.floats(-89.9, 89.9), st.floats(-180.0, 180.0))


def unit(latitude_deg: float, longitude_deg: float) -> np.ndarray:
    b, a = math.radians(latitude_deg), math.radians(longitude_deg)
    return np.array([math.cos(b) * math.cos(a), math.cos(b) * math.sin(a), math.sin(b)])


def held(
    place: tuple[float, float],
    route: list[tuple[float, float]],
    over_ns: list[int] | None = None,
    measured_ns: int = 0,
    height_m: float = 9000.0,
) -> tuple[float, float, float, float]:
    """What the kernel says of one track and one plan."""
    out = [np.empty(1) for _ in range(4)]
    kernel.conformance(
        np.zeros(1, np.int32),
        np.radians([place[0]]),
        np.radians([place[1]]),
        np.array([height_m]),
        np.array([measured_ns], np.int64),
        np.array([0, len(route)], np.int64),
        np.array([unit(*spot) for spot in route]).reshape(-1, 3),
        np.full(len(route), 10_000.0),
        np.array(over_ns or [-1] * len(route), np.int64),
        *out,
    )
    off, late, above, to_end = (float(values[0]) for values in out)
    return off, late, above, to_end


@settings(max_examples=150, deadline=None)
@given(places, places, places)
def test_distance_is_the_least_along_the_leg(
    place: tuple[float, float], a: tuple[float, float], b: tuple[float, float]
) -> None:
    """The twin goes along the chord in small steps and takes the nearest."""
    ua, ub, p = unit(*a), unit(*b), unit(*place)
    if ua @ ub < -0.9:
        return  # nearly opposite points: no plan has such a leg
    share = np.linspace(0.0, 1.0, 4001)[:, None]
    along = ua + share * (ub - ua)
    along /= np.linalg.norm(along, axis=1)[:, None]
    least = 2.0 * np.arcsin(np.minimum(np.linalg.norm(along - p, axis=1) / 2.0, 1.0)).min()
    off, _, _, _ = held(place, [a, b])
    step = np.linalg.norm(np.diff(along, axis=0), axis=1).max()
    assert off <= least * RADIUS_M + 1e-3
    assert off >= (least - step) * RADIUS_M - 1e-3


@pytest.mark.parametrize("west", [74.0, 179.5, -0.5])
def test_distance_to_the_side_is_that_of_the_geodesic(west: float) -> None:
    for bearing in (0.0, 60.0, 90.0, 200.0):
        there = Geodesic.WGS84.Direct(42.0, west, bearing, 400e3)
        middle = Geodesic.WGS84.Direct(42.0, west, bearing, 150e3)
        side = Geodesic.WGS84.Direct(middle["lat2"], middle["lon2"], middle["azi2"] + 90.0, 20e3)
        off, _, _, _ = held(
            (side["lat2"], side["lon2"]), [(42.0, west), (there["lat2"], there["lon2"])]
        )
        assert off == pytest.approx(20e3, rel=0.01)


def test_times_and_levels_are_those_of_the_nearest_leg() -> None:
    route = [(0.0, 0.0), (0.0, 2.0), (2.0, 2.0)]
    second = 10**9
    off, late, above, to_end = held(
        (0.0, 1.0), route, [0, 1000 * second, 2000 * second], 530 * second, 9000.0
    )
    assert off == pytest.approx(0.0, abs=1e-3)
    assert late == pytest.approx(30.0, abs=1e-3)
    assert above == -1000.0
    assert to_end == pytest.approx(math.radians(1.0) * RADIUS_M)


def test_a_route_of_points_in_one_place_and_what_is_not_known_raise_nothing() -> None:
    off, late, _, _ = held((1.0, 0.0), [(0.0, 0.0), (0.0, 0.0)])
    assert off == pytest.approx(math.radians(1.0) * RADIUS_M)
    assert math.isnan(late)
    assert math.isnan(held((math.nan, 0.0), [(0.0, 0.0), (0.0, 1.0)])[0])
    assert math.isnan(held((0.0, 0.0), [(0.0, 0.0)])[0])
    assert math.isnan(held((0.0, 0.0), [])[0])
    assert math.isnan(held((0.0, 0.0), [(0.0, 0.0), (0.0, 1.0)], height_m=math.nan)[2])
