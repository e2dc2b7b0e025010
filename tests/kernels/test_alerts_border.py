"""Watched areas and paths into them, beside Shapely on the plane and brute force on the globe."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from alert_skies import NOW_NS, box, polygon, star, track_at
from skypact.alerts.areas import area_index
from skypact.alerts.conditions import Look, TrackFacts
from skypact.alerts.infringement import entries
from skypact.alerts.rules import AreaTable, Circle
from skypact.geodesy import enu_to_geodetic, geodetic_to_enu
from skypact.kernels import alerts_border, alerts_grid


def look_at(tracks, turn_rps=None):
    turn = np.zeros(len(tracks)) if turn_rps is None else np.asarray(turn_rps, float)
    return Look(NOW_NS, tracks, TrackFacts.none(len(tracks)), turn)


def times(areas, tracks, reach_s=120.0, turn_rps=None):
    """Seconds until each track is in each area (tracks, areas), NaN never."""
    look = look_at(tracks, turn_rps)
    found = entries(look, area_index(areas), np.ones(len(tracks), np.bool_), look.turn_rps, reach_s)
    out = np.full((len(tracks), len(areas)), np.nan)
    out[found.row, found.area] = found.after_s
    return out


def inside(areas, latitude_deg, longitude_deg):
    return times(areas, track_at(latitude_deg, longitude_deg), 0.0) == 0.0


# Twins: the kernels' definitions in plain NumPy and Python


def vectors(latitude_rad, longitude_rad):
    cosine = np.cos(latitude_rad)
    return np.stack(
        [cosine * np.cos(longitude_rad), cosine * np.sin(longitude_rad), np.sin(latitude_rad)], -1
    )


def carried(tracks, seconds, turn_rps=0.0, step_s=0.05):
    """Positions of the first track after ``seconds`` (times,), by small steps on the ellipsoid."""
    latitude, longitude = float(tracks.latitude_rad[0]), float(tracks.longitude_rad[0])
    east, north = float(tracks.velocity_east_mps[0]), float(tracks.velocity_north_mps[0])
    heading, speed = np.arctan2(east, north), np.hypot(east, north)
    place = [(latitude, longitude)]
    for _ in range(int(np.max(seconds) / step_s)):
        heading += turn_rps * step_s / 2
        way = (speed * step_s * np.sin(heading), speed * step_s * np.cos(heading))
        ahead = enu_to_geodetic(*way, 0.0, origin=(latitude, longitude, 0.0))
        # the heading is of the meridian there: carry the direction over in space
        on = enu_to_geodetic(way[0] * 2, way[1] * 2, 0.0, origin=(latitude, longitude, 0.0))
        e, n, _ = geodetic_to_enu(*on, origin=(float(ahead[0]), float(ahead[1]), 0.0))
        heading = float(np.arctan2(e, n)) + turn_rps * step_s / 2
        latitude, longitude = float(ahead[0]), float(ahead[1])
        place.append((latitude, longitude))
    place = np.array(place)
    return np.stack([np.interp(seconds, np.arange(len(place)) * step_s, c) for c in place.T], -1)


def twin_inside(part_edges, x, y):
    """Crossing number over all edges."""
    x1, y1, x2, y2 = part_edges.T
    crosses = (y1 > y) != (y2 > y)
    with np.errstate(divide="ignore", invalid="ignore"):
        at = x1 + (y - y1) / (y2 - y1) * (x2 - x1)
    return bool(np.count_nonzero(crosses & (at > x)) % 2)


@settings(max_examples=25)
@given(st.integers(0, 2**32 - 1), st.sampled_from([3, 5, 60, 900]))
def test_the_grid_says_inside_as_the_crossing_number_over_all_edges_does(seed, corners):
    random = np.random.default_rng(seed)
    index = area_index([polygon("a", star(random, 70, 40, 3, corners))])
    lists = index.outlines[3:]
    for x, y in random.uniform(-0.06, 0.06, (300, 2)):
        told = alerts_border.is_inside(x, y, 0, *_grid_of(lists))
        assert told == twin_inside(index.edge, x, y)


def _grid_of(lists):
    shape, grid, first_cell, cell_first, cell_edge, side, edge = lists
    return grid, shape, first_cell, cell_first, cell_edge, side, edge


@settings(max_examples=25)
@given(st.integers(0, 2**32 - 1), st.sampled_from([3, 60, 900]))
def test_a_path_meets_the_first_edge_that_any_edge_says(seed, corners):
    random = np.random.default_rng(seed)
    index = area_index([polygon("a", star(random, 70, 40, 3, corners))])
    grid, shape, first_cell, cell_first, cell_edge, _, edge = _grid_of(index.outlines[3:])
    for a in random.uniform(-0.08, 0.08, (200, 4)):
        told = alerts_border.first_crossing(
            *a, 0, grid, shape, first_cell, cell_first, cell_edge, edge
        )
        step, side = a[2:] - a[:2], edge[:, 2:] - edge[:, :2]
        across = step[0] * side[:, 1] - step[1] * side[:, 0]
        to = edge[:, :2] - a[:2]
        s = (to[:, 0] * side[:, 1] - to[:, 1] * side[:, 0]) / across
        u = (to[:, 0] * step[1] - to[:, 1] * step[0]) / across
        met = s[(s >= 0) & (s <= 1) & (u >= 0) & (u <= 1)]
        assert told == pytest.approx(met.min() if len(met) else 2.0, abs=1e-12)


def test_every_cell_knows_the_edges_that_pass_it_and_its_side():
    random = np.random.default_rng(3)
    index = area_index([polygon("a", star(random, 70, 40, 3, 40), star(random, 70, 40, 0.5, 7))])
    grid, (columns, rows) = index.grid[0], index.shape[0]
    lines = shapely.linestrings(index.edge.reshape(-1, 2, 2))
    for r in range(rows):
        for c in range(columns):
            corner = grid[:2] + np.array([c, r]) * grid[2:4]
            cell = shapely.box(*corner, *(corner + grid[2:4]))
            at = r * columns + c
            told = set(index.cell_edge[index.cell_first[at] : index.cell_first[at + 1]])
            assert set(np.flatnonzero(shapely.intersects(lines, cell))) <= told
            assert index.side[at] == twin_inside(index.edge, *(corner + grid[4:6] * grid[2:4]))
    assert callable(alerts_grid.reference_sides)


@settings(max_examples=20)
@given(st.integers(0, 2**32 - 1), st.integers(1, 5), st.sampled_from([3, 60, 900]))
def test_positions_lie_in_areas_with_holes_as_shapely_says(seed, count, corners):
    random = np.random.default_rng(seed)
    areas, shapes = [], []
    for k in range(count):
        x, y, reach = random.uniform(60, 80), random.uniform(30, 50), random.uniform(0.1, 8)
        rings = star(random, x, y, reach, corners), star(random, x, y, reach / 9, 8)
        if corners == 3 or not shapely.Polygon(rings[0], rings[1:]).is_valid:
            rings = rings[:1]
        # edges in longitude and latitude are cut by at most 5 m
        areas.append(polygon(f"a{k}", *rings))
        shapes.append(shapely.Polygon(rings[0], rings[1:]))
    latitude, longitude = random.uniform(20, 60, 3000), random.uniform(50, 90, 3000)
    told = inside(areas, latitude, longitude)
    points = shapely.points(longitude, latitude)
    for k, shape in enumerate(shapes):
        far = shapely.distance(points, shape.boundary) > 1e-4
        assert (told[far, k] == shapely.contains_xy(shape, longitude, latitude)[far]).all()


def test_a_great_circle_edge_runs_north_of_the_parallel_and_a_geographic_one_along_it():
    ring = box(60, 40, 80, 50)
    areas = [polygon("straight", ring), polygon("great", ring, edges="great-circle")]
    # half way along the northern edge the great circle is 49 km beyond the parallel
    assert inside(areas, [49.99, 50.01, 50.4, 50.5], 70.0).tolist() == [
        [True, True], [False, True], [False, True], [False, False]
    ]  # fmt: skip
    assert inside(areas, [40.01, 40.4, 39.99], 70.0).tolist() == [
        [True, False], [True, False], [False, False]
    ]  # fmt: skip


@pytest.mark.parametrize(
    "ring", [box(178, -5, -178, 5), box(178, -5, 182, 5), box(-182, -5, -178, 5)]
)
def test_an_area_over_the_antimeridian_holds_both_sides_of_it(ring):
    longitude = [179.0, -179.0, 180.0, -180.0, 177.9, -177.9, 0.0]
    told = inside([polygon("strip", ring)], np.zeros(7), longitude)[:, 0]
    assert told.tolist() == [True] * 4 + [False] * 3
    tracks = track_at([0.0, 0.0], [177.9, -177.9], velocity_mps=[(250.0, 0.0), (-250.0, 0.0)])
    both = times([polygon("strip", ring)], tracks)[:, 0]
    assert both == pytest.approx([11132.0 / 250.0] * 2, rel=1e-3)


@pytest.mark.parametrize(
    "ring",
    [
        [[0, 80], [90, 80], [180, 80], [-90, 80], [0, 80]],
        [[-180, 80], [180, 80], [180, 90], [-180, 90], [-180, 80]],
        [[-180, 80], [0, 80], [180, 80], [180, 90], [0, 90], [-180, 90], [-180, 80]],
    ],
    ids=["around", "led along the pole", "with corners on the pole"],
)
def test_a_cap_holds_the_pole_however_it_is_drawn(ring):
    told = inside([polygon("cap", ring)], [90.0, 80.1, 80.1, 79.9, 80.1], [0, 45, -135, 45, 180])
    assert told[:, 0].tolist() == [True, True, True, False, True]
    across = track_at(79.9, 10.0, velocity_mps=(0.0, 300.0))
    assert times([polygon("cap", ring)], across)[0, 0] == pytest.approx(11_165 / 300.0, rel=1e-3)


def test_a_path_over_the_pole_meets_what_lies_beyond_it():
    area = polygon("beyond", box(178.0, 89.7, -178.0, 89.85))
    assert times([area], track_at(89.9, 0.0, velocity_mps=(0.0, 300.0)))[0, 0] == pytest.approx(
        0.25 * 111_694 / 300.0, rel=1e-3
    )


def test_a_circle_has_its_radius_all_round():
    area = AreaTable(
        id="c", kind="danger", circle=Circle(latitude_deg=60, longitude_deg=179.9, radius_m=50e3)
    )
    bearing = np.radians(np.arange(0, 360, 15))
    for radius, within in ((49_980.0, True), (50_020.0, False)):
        place = enu_to_geodetic(
            radius * np.sin(bearing),
            radius * np.cos(bearing),
            -(radius**2) / 2 / 6.38e6,
            origin=(np.radians(60), np.radians(179.9), 0.0),
        )
        told = inside([area], np.degrees(place[0]), np.degrees(place[1]))
        assert (told == within).all()


@settings(max_examples=15)
@given(st.integers(0, 2**32 - 1), st.sampled_from([0.0, 0.02, -0.05]))
def test_time_to_the_border_is_that_of_a_flight_in_small_steps(seed, turn_rps):
    random = np.random.default_rng(seed)
    latitude, longitude = random.uniform(-85, 85), random.uniform(-180, 180)
    ring = star(random, longitude, latitude, 0.12, 9)
    widen = 1.0 / np.cos(np.radians(latitude))
    ring = [[longitude + (x - longitude) * widen, y] for x, y in ring]
    area = polygon("a", ring)
    index = area_index([area])
    start = latitude + random.uniform(-0.2, 0.2), longitude + random.uniform(-0.2, 0.2) * widen
    heading = random.uniform(0, 2 * np.pi)
    velocity = (250 * np.sin(heading), 250 * np.cos(heading))
    tracks = track_at(*start, velocity_mps=velocity)
    told = times([area], tracks, turn_rps=[turn_rps])[0, 0]
    seconds = np.arange(0.0, 120.0, 0.5)
    path = carried(tracks, seconds, turn_rps, step_s=0.5)
    within = inside([area], *np.degrees(path).T)[:, 0]
    # a turn is flown in chords that are off by 30 m, and grazes are anybody's
    slack = 1.0 if turn_rps == 0.0 else 4.0
    near = index.distances_m(np.zeros(240, np.int64), *path.T, np.full(240, 250.0 * slack))
    if np.isfinite(told):
        assert np.isfinite(near[np.abs(seconds - told) <= slack]).any()
        early = seconds < told - slack
        assert not within[early].all() or not early.any()
    certain = np.flatnonzero(within)
    if len(certain) > 4 * slack + 2 and (np.diff(certain[: int(4 * slack) + 2]) == 1).all():
        assert told <= seconds[certain[0]] + slack


def test_distance_to_an_area_is_shapelys_in_its_tangent_plane():
    random = np.random.default_rng(7)
    ring = star(random, 75.0, 42.0, 0.3, 200)
    index = area_index([polygon("a", ring)])
    origin = (np.radians(42.0), np.radians(75.0), 0.0)

    def plane(latitude_deg, longitude_deg):
        return np.stack(
            geodetic_to_enu(np.radians(latitude_deg), np.radians(longitude_deg), 0.0, origin=origin)
        )[:2].T

    shape = shapely.Polygon(plane(*np.array(ring).T[::-1]))
    latitude, longitude = random.uniform(41.5, 42.5, 500), random.uniform(74.5, 75.5, 500)
    away = shapely.distance(shapely.points(plane(latitude, longitude)), shape)
    told = index.distances_m(
        np.zeros(500, np.int64), np.radians(latitude), np.radians(longitude), np.full(500, 9e3)
    )
    clear = np.abs(away - 9e3) > 100.0
    assert (np.isinf(told) == (away > 9e3))[clear].all()
    both = np.isfinite(told)
    np.testing.assert_allclose(told[both], away[both], rtol=0.008, atol=6.0)


@settings(max_examples=40)
@given(st.integers(0, 2**32 - 1))
def test_nothing_that_is_no_number_is_anywhere_and_its_neighbours_are_where_they_were(seed):
    random = np.random.default_rng(seed)
    areas = [polygon("a", box(70, 38, 80, 46), floor="FL100", ceiling="9000 m")]
    count = 40
    tracks = track_at(
        random.uniform(37, 47, count),
        random.uniform(69, 81, count),
        velocity_mps=random.normal(0, 200, (count, 2)),
        pressure_altitude_m=random.uniform(0, 12_000, count),
        velocity_up_mps=random.normal(0, 20, count),
    )
    well = times(areas, tracks)
    odd = random.choice(count, 20, replace=False)
    names = ("latitude_rad", "longitude_rad", "velocity_east_mps", "velocity_up_mps", "altitude_m")
    for row in odd:
        name = names[random.integers(len(names))]
        getattr(tracks, name)[row] = random.choice([np.nan, np.inf, -np.inf, 1e308, -1e300])
    told = times(areas, tracks)
    kept = np.setdiff1d(np.arange(count), odd)
    np.testing.assert_array_equal(told[kept], well[kept])
    lost = ~np.isfinite(tracks.latitude_rad) | ~np.isfinite(tracks.longitude_rad)
    assert np.isnan(told[lost]).all()
