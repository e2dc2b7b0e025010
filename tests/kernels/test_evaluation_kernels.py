"""Kernels of the evaluation do what their plain twins do."""

import itertools

import numpy as np
import pytest

from skypact.geodesy import geodetic_to_ecef
from skypact.kernels import evaluation_assignment as assignment
from skypact.kernels import evaluation_following as following
from skypact.kernels import evaluation_paths as paths

SECOND_NS = 1_000_000_000


def test_rows_are_grouped_in_their_old_order() -> None:
    group = np.array([2, 0, 2, 1, 0, 2], np.int32)
    first, order = np.empty(5, np.int64), np.empty(6, np.int64)
    paths.group_rows(group, first, order)
    assert first.tolist() == [0, 2, 3, 6, 6]
    assert order.tolist() == [1, 4, 3, 0, 2, 5]


def test_the_row_before_a_time_is_found_like_by_searching_all() -> None:
    rng = np.random.default_rng(4)
    first = np.array([0, 5, 5, 12, 20], np.int64)
    time_ns = np.concatenate([np.sort(rng.integers(0, 50, n)) for n in (5, 0, 7, 8)])
    path = rng.integers(0, 4, 300).astype(np.int32)
    at_ns = rng.integers(-5, 60, 300)
    row = np.empty(300, np.int64)
    paths.rows_before(first, time_ns, path, at_ns, row)
    for k in range(300):
        inside = [i for i in range(first[path[k]], first[path[k] + 1]) if time_ns[i] <= at_ns[k]]
        assert row[k] == (inside[-1] if inside else -1)


def circle(seconds: np.ndarray) -> dict[str, np.ndarray]:
    """A standard-rate turn at 200 m/s round a point at 60 N."""
    rate, speed = np.radians(3.0), 200.0
    angle = rate * seconds
    north = speed / rate * np.sin(angle)
    east = speed / rate * (1.0 - np.cos(angle))
    return {
        "latitude_rad": np.radians(60.0) + north / 6_385_000.0,
        "longitude_rad": np.radians(20.0) + east / (6_394_000.0 * np.cos(np.radians(60.0))),
        "altitude_m": 8_000.0 + 5.0 * seconds,
        "east_mps": speed * np.sin(angle),
        "north_mps": speed * np.cos(angle),
        "up_mps": np.full(len(seconds), 5.0),
    }


def interpolated(step_s: float, ask_s: np.ndarray, **changes: np.ndarray) -> np.ndarray:
    seconds = np.arange(0.0, 41.0, step_s)
    columns = circle(seconds) | changes
    time_ns = (seconds * SECOND_NS).astype(np.int64)
    at_ns = (ask_s * SECOND_NS).astype(np.int64)
    row = np.searchsorted(time_ns, at_ns, side="right") - 1
    out = np.empty((6, len(ask_s)))
    paths.interpolate_rows(row, at_ns, time_ns, *columns.values(), True, out)
    return out


def test_a_turn_is_interpolated_to_metres_between_rows_five_seconds_apart() -> None:
    ask = np.arange(0.5, 39.0, 0.7)
    got, want = interpolated(5.0, ask), circle(ask)
    off = np.subtract(
        geodetic_to_ecef(got[0], got[1], got[2]),
        geodetic_to_ecef(want["latitude_rad"], want["longitude_rad"], want["altitude_m"]),
    )
    assert np.sqrt((off**2).sum(axis=0)).max() < 3.0
    assert np.abs(got[3] - want["east_mps"]).max() < 1.5
    assert np.abs(got[4] - want["north_mps"]).max() < 1.5
    assert np.abs(got[5] - 5.0).max() < 0.5


def test_a_row_at_its_time_is_taken_bit_for_bit() -> None:
    ask = np.array([0.0, 5.0, 40.0])
    got, want = interpolated(5.0, ask), circle(ask)
    for index, key in enumerate(want):
        assert got[index].tolist() == want[key].tolist()


def test_without_velocity_the_way_is_straight_and_height_does_not_dip() -> None:
    none = np.full(9, np.nan)
    level = np.full(9, 8_000.0)
    got = interpolated(
        5.0, np.array([2.5, 17.5]), east_mps=none, north_mps=none, up_mps=none, altitude_m=level
    )
    assert np.isnan(got[3:5]).all()
    assert got[2].tolist() == [8_000.0, 8_000.0]


def test_an_unknown_height_stays_unknown_and_the_place_is_still_known() -> None:
    got = interpolated(5.0, np.array([2.5]), altitude_m=np.full(9, np.nan))
    assert np.isnan(got[2]).all()
    assert np.degrees(got[0, 0]) == pytest.approx(60.0045, abs=1e-3)


def test_a_report_is_moved_along_its_velocity() -> None:
    columns = circle(np.array([0.0]))
    out = np.empty((6, 1))
    row, time_ns = np.zeros(1, np.int64), np.zeros(1, np.int64)
    paths.predict_rows(row, np.array([10 * SECOND_NS]), time_ns, *columns.values(), out)
    x = geodetic_to_ecef(columns["latitude_rad"], columns["longitude_rad"], 0.0)
    y = geodetic_to_ecef(out[0], out[1], 0.0)
    way = np.sqrt(sum((a - b) ** 2 for a, b in zip(x, y, strict=True)))
    assert float(way[0]) == pytest.approx(2_000.0, abs=0.1)
    assert float(out[0, 0]) > float(columns["latitude_rad"][0])
    assert float(out[2, 0]) == pytest.approx(8_050.0)


def test_errors_are_split_along_and_to_the_right() -> None:
    place = np.array([[0.7, 1.3]])
    points = np.zeros((1, 4))
    paths.surface_points(place[:, 0].copy(), place[:, 1].copy(), np.zeros(1), points)
    north = np.array([-np.sin(0.7) * np.cos(1.3), -np.sin(0.7) * np.sin(1.3), np.cos(0.7)])
    ahead = points.copy()
    ahead[0, :3] += 100.0 * north
    along, across = np.empty(1), np.empty(1)
    for east_mps, north_mps, want in ((0.0, 50.0, (100.0, 0.0)), (50.0, 0.0, (0.0, -100.0))):
        paths.split_errors(
            np.array([0.7]), np.array([1.3]), points, ahead,
            np.array([east_mps]), np.array([north_mps]), along, across,
        )  # fmt: skip
        assert (float(along[0]), float(across[0])) == pytest.approx(want, abs=1e-9)


def points_of(rng: np.random.Generator, sizes: list[int], extent: float) -> tuple:
    rows = [rng.uniform(0, extent, (n, 4)) for n in sizes]
    for part in rows:
        part[:, 3] = 0.0
    return np.concatenate(rows), np.cumsum([0, *sizes])


def least_by_trial(truth: np.ndarray, track: np.ndarray, c: float, p: float) -> float:
    """Least sum of min(d, c)^p over all ways to pair, fewer things being paired at c."""
    few, many = (truth, track) if len(truth) <= len(track) else (track, truth)
    best = np.inf
    for chosen in itertools.permutations(range(len(many)), len(few)):
        away = np.linalg.norm(few[:, :3] - many[list(chosen), :3], axis=1)
        best = min(best, float((np.minimum(away, c) ** p).sum()))
    return best


@pytest.mark.parametrize(("extent", "p"), [(1_500.0, 2.0), (4_000.0, 2.0), (9_000.0, 1.0)])
def test_pairs_are_the_best_of_all_ways_to_pair(extent: float, p: float) -> None:
    rng = np.random.default_rng(int(extent))
    sizes = [int(n) for n in rng.integers(0, 6, 40)], [int(n) for n in rng.integers(0, 6, 40)]
    (truth, of_truth), (track, of_track) = (points_of(rng, n, extent) for n in sizes)
    partner, distance = np.empty(len(truth), np.int64), np.empty(len(truth))
    c = 2_000.0
    given_up = assignment.assign_instants(
        truth, of_truth, track, of_track, c, p, 400, partner, distance
    )
    assert given_up == 0
    taken = partner[partner >= 0]
    assert len(np.unique(taken)) == len(taken)
    for t in range(40):
        ours, theirs = slice(of_truth[t], of_truth[t + 1]), slice(of_track[t], of_track[t + 1])
        made = partner[ours] >= 0
        here = float((distance[ours][made] ** p).sum())
        alone = min(sizes[0][t], sizes[1][t]) - int(made.sum())
        want = least_by_trial(truth[ours], track[theirs], c, p)
        assert here + alone * c**p == pytest.approx(want, rel=1e-12)


def test_a_crowd_too_big_to_solve_is_paired_nearest_first_and_counted() -> None:
    rng = np.random.default_rng(3)
    truth, first = points_of(rng, [300], 500.0)
    track = truth + rng.normal(0, 1e-3, truth.shape)
    track[:, 3] = 0.0
    partner, distance = np.empty(300, np.int64), np.empty(300)
    given_up = assignment.assign_instants(
        truth, first, track, first, 2_000.0, 2.0, 400, partner, distance
    )
    assert given_up == 1
    assert partner.tolist() == list(range(300))


def test_a_fourth_coordinate_counts_only_where_both_have_it() -> None:
    truth = np.array([[0.0, 0.0, 0.0, 100.0], [9e4, 0.0, 0.0, np.nan]])
    track = np.array([[300.0, 0.0, 0.0, 500.0], [9e4, 400.0, 0.0, 7.0]])
    partner, distance = np.empty(2, np.int64), np.empty(2)
    first = np.array([0, 2])
    assignment.assign_instants(truth, first, track, first, 2e3, 2.0, 400, partner, distance)
    assert distance.tolist() == [500.0, 400.0]


def test_the_nearest_truth_is_that_of_a_search_through_all() -> None:
    rng = np.random.default_rng(8)
    (truth, of_truth), (track, of_track) = (
        points_of(rng, n, 20_000.0) for n in ([30, 0, 50], [40, 10, 60])
    )
    nearest = np.empty(len(track), np.int64)
    assignment.nearest_truth(truth, of_truth, track, of_track, 2_000.0, nearest)
    for t in range(3):
        for j in range(of_track[t], of_track[t + 1]):
            ours = range(of_truth[t], of_truth[t + 1])
            away = [float(np.linalg.norm(truth[i, :3] - track[j, :3])) for i in ours]
            want = ours[int(np.argmin(away))] if away and min(away) < 2_000.0 else -1
            assert nearest[j] == want
    assert (nearest >= 0).any()


def test_breaks_switches_and_gaps_are_counted_by_the_scorers_rules() -> None:
    #         warm-up | held by 5 | missed, owed | held by 5 | by 6 | not owed | by 6
    track = np.array([5, 5, 5, 5, -1, -1, 5, 6, -1, 6], np.int64)
    owed = np.array([0, 0, 1, 1, 1, 1, 1, 1, 0, 1], np.bool_)
    counts = np.empty((2, following.COLUMNS), np.int64)
    instant = np.arange(10, dtype=np.int32)
    following.follow_targets(np.array([0, 10, 10]), instant, track, owed, 2, counts)
    told = counts[0].tolist()
    assert told[following.OWED] == 7
    assert told[following.HELD] == 5
    assert told[following.BREAKS] == 1
    assert told[following.SWITCHES] == 1
    assert told[following.FIRST_SHOWN] == 0
    assert told[following.LONGEST] == 2
    assert told[following.MISSED_RUN] == 2
    assert counts[1].tolist() == [0, 0, 0, 0, 0, -1, 0, 0]


def test_an_association_needs_three_states_and_ends_after_two_failures() -> None:
    nearest = np.array([1, 1, -1, 1, 1, 1, -1, 1, 2, 2, 2, 2, -1, -1, 1, 1], np.int64)
    spans = np.empty((20, 4), np.int64)
    instant = np.arange(16, dtype=np.int32)
    made = following.associate_tracks(np.array([0, 16]), instant, nearest, 3, 2, spans)
    assert spans[:made].tolist() == [[0, 1, 3, 7], [0, 2, 8, 11]]
