"""Areas beside Shapely, and where Shapely knows no globe, beside words."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from skypact.agreement.document import Area
from skypact.kernels import release_areas as kernels
from skypact.model.errors import BadArea
from skypact.release.areas import area_index


def area(name, kind, coordinates):
    geometry = {"type": kind, "coordinates": coordinates}
    return Area(id=name, name={}, clause="", kind="own", geometry=geometry)


def inside(areas, latitude_deg, longitude_deg):
    """(areas, places) booleans."""
    bits, placed = area_index(areas).at(
        np.radians(np.atleast_1d(latitude_deg)), np.radians(np.atleast_1d(longitude_deg))
    )
    assert placed.all()
    return np.array([(bits >> np.uint64(k)) & np.uint64(1) for k in range(len(areas))], np.bool_)


def star(random, x, y, reach, corners):
    turn = np.linspace(0.0, 2.0 * np.pi, corners, endpoint=False)
    out = random.uniform(0.4, 1.0, corners) * reach
    ring = np.stack([x + out * np.cos(turn), y + out * np.sin(turn)], axis=1)
    return [*ring.tolist(), ring[0].tolist()]


@settings(max_examples=25)
@given(st.integers(0, 2**32 - 1), st.integers(1, 6), st.sampled_from([3, 5, 60, 900]))
def test_positions_lie_in_areas_as_shapely_says(seed, count, corners):
    random = np.random.default_rng(seed)
    areas = []
    for k in range(count):
        x, y, reach = random.uniform(60, 80), random.uniform(30, 50), random.uniform(0.1, 8)
        hole = star(random, x, y, reach / 4, 8)
        far = star(random, x + 30, y, reach, corners)
        coordinates = [[star(random, x, y, reach, corners), hole], [far]]
        areas.append(area(f"a{k}", "MultiPolygon", coordinates))
    latitude, longitude = random.uniform(20, 60, 3000), random.uniform(50, 120, 3000)
    found = inside(areas, latitude, longitude)
    for k, one in enumerate(areas):
        for polygon in one.geometry["coordinates"]:
            shape = shapely.Polygon(polygon[0], polygon[1:])
            within = shapely.contains_xy(shape, longitude, latitude)
            assert (found[k] | ~within).all()
            found[k] &= ~within
        assert not found[k].any()


@pytest.mark.parametrize(
    "ring",
    [
        [[178, -5], [-178, -5], [-178, 5], [178, 5], [178, -5]],  # as many programs write it
        [[178, -5], [182, -5], [182, 5], [178, 5], [178, -5]],  # led on beyond 180
        [[-182, -5], [-178, -5], [-178, 5], [-182, 5], [-182, -5]],
    ],
)
def test_an_area_over_the_antimeridian_holds_both_sides_of_it(ring):
    areas = [area("strip", "Polygon", [ring])]
    longitude = [179.0, -179.0, 180.0, -180.0, 539.0, 177.9, -177.9, 0.0]
    found = inside(areas, np.zeros(8), longitude)[0]
    assert found.tolist() == [True] * 5 + [False] * 3


def test_an_area_cut_at_the_antimeridian_is_one_area():
    west = [[[178, -5], [180, -5], [180, 5], [178, 5], [178, -5]]]
    east = [[[-180, -5], [-178, -5], [-178, 5], [-180, 5], [-180, -5]]]
    found = inside([area("strip", "MultiPolygon", [west, east])], np.zeros(4), [179, -179, 180, 0])
    assert found[0].tolist() == [True, True, True, False]


def test_a_hole_across_the_antimeridian_is_a_hole_on_both_sides():
    outer = [[170, -5], [-170, -5], [-170, 5], [170, 5], [170, -5]]
    hole = [[-179, -1], [-179, 1], [179, 1], [179, -1], [-179, -1]]
    found = inside(
        [area("ring", "Polygon", [outer, hole])], np.zeros(4), [175, -175, 179.5, -179.5]
    )
    assert found[0].tolist() == [True, True, False, False]


def test_a_cap_led_along_the_pole_holds_the_pole():
    cap = [[-180, 80], [180, 80], [180, 90], [-180, 90], [-180, 80]]
    found = inside([area("cap", "Polygon", [cap])], [90, 85, 85, 79, -90], [17, -180, 179, 0, 0])
    assert found[0].tolist() == [True, True, True, False, False]


def test_a_position_on_a_common_border_lies_in_exactly_one_of_two_neighbours():
    random = np.random.default_rng(4)
    border = np.stack([70 + random.uniform(-1, 1, 40), np.linspace(30, 50, 40)], axis=1).tolist()
    west = [*border, [60, 50], [60, 30], border[0]]
    east = [*border[::-1], [80, 30], [80, 50], border[-1]]
    areas = [area("west", "Polygon", [west]), area("east", "Polygon", [east])]
    latitude = random.uniform(30.01, 49.99, 5000)
    longitude = np.interp(latitude, [y for _, y in border], [x for x, _ in border])
    found = inside(areas, latitude, longitude)
    assert (found.sum(axis=0) == 1).all()


def test_what_is_no_position_lies_nowhere_and_is_told_apart():
    index = area_index([area("a", "Polygon", [[[-180, -90], [180, -90], [180, 90], [-180, 90]]])])
    bits, placed = index.at(
        np.radians([np.nan, 0.0, np.inf, 91.0, 10.0]), np.radians([0.0, np.nan, 0.0, 0.0, 10.0])
    )
    assert placed.tolist() == [False, False, False, False, True]
    assert bits.tolist() == [0, 0, 0, 0, 1]


@pytest.mark.parametrize(
    ("kind", "coordinates"),
    [
        ("Point", [70, 40]),
        (None, None),
        ("Polygon", []),
        ("Polygon", [[[0, 0], [1, 1]]]),
        ("Polygon", [[["a", 0], [1, 1], [2, 2]]]),
        ("Polygon", [[[0, 0], [1, 95], [2, 0]]]),
        ("Polygon", [[[0, 0], [1, float("nan")], [2, 0]]]),
        ("Polygon", 7),
        ("Polygon", [[[0, 80], [120, 80], [-120, 80], [0, 80]]]),  # around the pole
        ("MultiPolygon", [[[[0, 0], [1], [2, 0]]]]),
    ],
)
def test_an_outline_that_encloses_nothing_definite_is_refused_by_name(kind, coordinates):
    with pytest.raises(BadArea):
        area_index([area("a", kind, coordinates)])


@given(st.floats(-2000, 2000))
def test_longitudes_fold_into_one_turn(longitude_deg):
    folded = kernels.folded_deg.py_func(longitude_deg)
    assert -180.0 <= folded < 180.0
    assert abs(np.exp(1j * np.radians(folded)) - np.exp(1j * np.radians(longitude_deg))) < 1e-9
