"""Kernels of the joint picture beside plain NumPy, SciPy and the geodesic."""

import math
from itertools import permutations

import numpy as np
import pytest
from geographiclib.geodesic import Geodesic
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from skypact.kernels import picture_arrays as names
from skypact.kernels import picture_assign, picture_fusion, picture_pairs, picture_states
from skypact.picture.settings import PictureSettings

LAW = PictureSettings().law()
NOW_NS = 1_700_000_000_000_000_000
SECOND_NS = 1_000_000_000


def spreads(random, count):
    """Covariances of position and velocity, as 4 x 4 and as the ten numbers of a track."""
    root = random.normal(size=(count, 4, 4)) * np.array([150.0, 150.0, 8.0, 8.0])[:, None]
    full = root @ root.transpose(0, 2, 1) + np.diag([900.0, 900.0, 1.0, 1.0])
    return full, np.ascontiguousarray(full[:, *np.triu_indices(4)])


def states(random, count, near=(0.74, 1.3), spread_m=20e3):
    """Rows that ``prepare`` takes."""
    state = np.empty((count, 7))
    state[:, 0] = near[0] + random.uniform(-1, 1, count) * spread_m / 6.37e6
    state[:, 1] = near[1] + random.uniform(-1, 1, count) * spread_m / 6.37e6 / math.cos(near[0])
    state[:, 2] = random.uniform(0.0, 12e3, count)
    state[:, 3] = np.nan
    state[:, 4:6] = random.uniform(-250.0, 250.0, (count, 2))
    state[:, 6] = 0.0
    return state


def prepared(state, covariance, measured_ns=NOW_NS, shift=(0.0, 0.0, 0.0), sigma=100.0, law=LAW):
    count = len(state)
    place, spread = np.empty((count, names.PLACE)), np.empty((count, 4, 4))
    shifts = np.zeros((count, 5))
    shifts[:, : len(shift)] = shift
    picture_states.prepare(
        state,
        np.full(count, measured_ns, np.int64),
        covariance,
        np.full(count, sigma),
        shifts,
        NOW_NS,
        law,
        place,
        spread,
        np.empty((4, 4)),
    )
    return place, spread


def test_a_state_is_carried_along_the_geodesic():
    random = np.random.default_rng(3)
    state = states(random, 40, spread_m=3e6)
    state[:, 2] = 0.0
    place, _ = prepared(state, spreads(random, 40)[1], NOW_NS - 20 * SECOND_NS)
    for row, here in zip(state, place, strict=True):
        way = math.degrees(math.atan2(row[4], row[5])), 20.0 * math.hypot(row[4], row[5])
        there = Geodesic.WGS84.Direct(math.degrees(row[0]), math.degrees(row[1]), *way)
        apart = Geodesic.WGS84.Inverse(
            there["lat2"],
            there["lon2"],
            math.degrees(here[names.LATITUDE]),
            math.degrees(here[names.LONGITUDE]),
        )
        assert apart["s12"] < 0.01
        east = here[names.VX : names.VZ + 1] @ here[names.EX : names.EZ + 1]
        north = here[names.VX : names.VZ + 1] @ here[names.NX : names.NZ + 1]
        turned = math.degrees(math.atan2(east, north)) - there["azi2"]
        assert abs((turned + 180.0) % 360.0 - 180.0) < 1e-3
        assert math.hypot(east, north) == pytest.approx(math.hypot(row[4], row[5]), rel=1e-6)


def test_a_covariance_grows_as_the_formula_says():
    random = np.random.default_rng(4)
    full, ten = spreads(random, 30)
    age, noise = 7.0, LAW[names.NOISE]
    _, spread = prepared(states(random, 30), ten, NOW_NS - 7 * SECOND_NS, (3.0, -4.0, 25.0))
    step = np.eye(4)
    step[0, 2] = step[1, 3] = age
    grown = np.kron([[age**3 / 3, age**2 / 2], [age**2 / 2, age]], np.eye(2)) * noise
    expected = step @ full @ step.T + grown + np.diag([625.0, 625.0, 0.0, 0.0])
    np.testing.assert_allclose(spread, expected, rtol=1e-9, atol=1e-6)


@pytest.mark.parametrize(
    "spoil", [np.nan, np.inf, -1.0, 1e300], ids=["nan", "infinite", "negative", "huge"]
)
def test_a_covariance_that_cannot_be_one_is_replaced_by_sigma(spoil):
    random = np.random.default_rng(5)
    _, ten = spreads(random, 1)
    ten[0, 4] = spoil
    _, spread = prepared(states(random, 1), ten, sigma=70.0)
    speed = LAW[names.UNKNOWN_SPEED] ** 2
    np.testing.assert_allclose(spread[0], np.diag([4900.0, 4900.0, speed, speed]))


def test_no_axis_of_a_state_is_surer_than_the_floor_however_it_lies():
    for angle in (0.0, 0.6, 1.2):
        c, s = math.cos(angle), math.sin(angle)
        turn = np.array([[c, -s], [s, c]])
        full = np.diag([0.0, 0.0, 25.0, 25.0])
        full[:2, :2] = turn @ np.diag([1e6, 1e-6]) @ turn.T
        ten = np.ascontiguousarray(full[np.triu_indices(4)][None])
        _, spread = prepared(states(np.random.default_rng(1), 1), ten)
        least = np.linalg.eigvalsh(spread[0, :2, :2])[0]
        assert least == pytest.approx(LAW[names.LEAST_SIGMA] ** 2, rel=1e-6)


def test_a_sigma_that_cannot_be_one_makes_a_state_worth_little():
    random = np.random.default_rng(6)
    for sigma in (np.nan, -5.0, np.inf):
        _, spread = prepared(states(random, 1), np.full((1, 10), np.nan), sigma=sigma)
        assert spread[0, 0, 0] >= LAW[names.UNKNOWN_POSITION] ** 2


def twin_distance(p, spread_p, q, spread_q):
    """Squared distance and log-determinant in p's frame, by NumPy."""
    axes = np.stack([p[names.EX : names.EZ + 1], p[names.NX : names.NZ + 1]])
    other = np.stack([q[names.EX : names.EZ + 1], q[names.NX : names.NZ + 1]])
    d = np.concatenate(
        [
            axes @ (q[names.X : names.Z + 1] - p[names.X : names.Z + 1]),
            axes @ (q[names.VX : names.VZ + 1] - p[names.VX : names.VZ + 1]),
        ]
    )
    turn = axes @ other.T
    turn = np.kron(np.eye(2), turn / math.sqrt(abs(np.linalg.det(turn))))
    floors = [LAW[names.POSITION_FLOOR]] * 2 + [LAW[names.VELOCITY_FLOOR]] * 2
    both = spread_p + turn @ spread_q @ turn.T + np.diag(np.square(floors))
    return d @ np.linalg.solve(both, d), np.linalg.slogdet(both)[1]


@pytest.mark.parametrize("near", [(0.74, 1.3), (0.1, math.pi), (1.5705, 0.2)])
def test_pairs_inside_the_gate_are_all_found_and_weighed_right(near):
    # at home, across the date line, and beside the pole
    random = np.random.default_rng(7)
    state = states(random, 60, near, 8e3)
    moved = state + random.normal(size=(60, 7)) * np.array([3e-5, 3e-5, 0, 0, 5, 5, 0])
    moved[:, 1] = np.where(moved[:, 1] > math.pi, moved[:, 1] - 2 * math.pi, moved[:, 1])
    a, spread_a = prepared(state, spreads(random, 60)[1])
    b, spread_b = prepared(moved, spreads(random, 60)[1])
    squared = np.array(
        [
            [twin_distance(p, s, q, t)[0] for q, t in zip(b, spread_b, strict=True)]
            for p, s in zip(a, spread_a, strict=True)
        ]
    )
    pairs, work = np.empty((60 * 60, 2), np.int64), np.empty((10, 4))
    count = picture_pairs.gather(a, spread_a, b, spread_b, LAW, 60, pairs, work)
    line = np.linalg.norm(a[:, None, :3] - b[None, :, :3], axis=2)
    wanted = np.argwhere((squared <= LAW[names.GATE]) & (line <= LAW[names.REACH]))
    np.testing.assert_array_equal(pairs[:count], wanted)
    assert count > 20
    d2, score = np.empty(count), np.empty(count)
    codes = np.full((60, 3), -1, np.int64)
    made = pairs[:count].copy()
    picture_pairs.weigh(made, a, spread_a, codes, b, spread_b, codes, LAW, d2, score, work)
    np.testing.assert_allclose(d2, squared[made[:, 0], made[:, 1]], rtol=1e-6, atol=1e-9)
    for (i, j), got in zip(made, score, strict=True):
        square, determinant = twin_distance(a[i], spread_a[i], b[j], spread_b[j])
        density = LAW[names.DENSITY] * LAW[names.SPEED_DENSITY]
        certainty = -0.5 * determinant - math.log((2 * math.pi) ** 2 * density)
        ratio = max(min(certainty, LAW[names.HIGHEST]) - 0.5 * square, LAW[names.LOWEST])
        apart = (b[j, names.ALTITUDE] - a[i, names.ALTITUDE]) / LAW[names.HEIGHT_SIGMA]
        height = math.log(
            LAW[names.HEIGHT_RANGE] / (math.sqrt(2 * math.pi) * LAW[names.HEIGHT_SIGMA])
        )
        ratio += max(height - 0.5 * apart**2, LAW[names.HEIGHT_LIMIT])
        assert got == pytest.approx(max(ratio, LAW[names.LOWEST]), rel=1e-6, abs=1e-6)


def test_of_too_many_partners_the_nearest_are_kept():
    random = np.random.default_rng(8)
    state = states(random, 1)
    crowd = np.repeat(state, 30, axis=0)
    crowd[:, 0] += random.permutation(30) * 2e-6
    a, spread_a = prepared(state, spreads(random, 1)[1])
    b, spread_b = prepared(crowd, np.repeat(spreads(random, 1)[1], 30, axis=0))
    pairs, work = np.empty((5, 2), np.int64), np.empty((10, 4))
    count = picture_pairs.gather(a, spread_a, b, spread_b, LAW, 5, pairs, work)
    nearest = np.sort(np.argsort(crowd[:, 0])[:5])
    assert count == 5
    np.testing.assert_array_equal(pairs[:, 1], nearest)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 12), st.integers(1, 12), st.integers(0, 9999), st.floats(0.1, 1.0))
def test_chosen_pairs_have_the_greatest_gain(rows, columns, seed, part):
    random = np.random.default_rng(seed)
    there = np.argwhere(random.uniform(size=(rows, columns)) < part)
    gain = random.uniform(0.1, 10.0, len(there))
    table = np.zeros((rows, columns))
    table[there[:, 0], there[:, 1]] = gain
    i, j = linear_sum_assignment(-table)
    made = np.empty(len(there), np.bool_)
    a, b = there[:, 0].astype(np.int64), there[:, 1].astype(np.int64)
    assert picture_assign.choose(a.copy(), b.copy(), gain, rows, columns, made) == 0
    assert gain[made].sum() == pytest.approx(table[i, j].sum())
    assert len(set(a[made])) == len(set(b[made])) == made.sum()


def test_a_cluster_too_big_to_solve_is_paired_by_gain_and_counted():
    size = picture_assign.LARGEST_CLUSTER + 1
    there = np.argwhere(np.ones((size, size)))
    random = np.random.default_rng(9)
    gain = random.uniform(0.1, 10.0, len(there))
    made = np.empty(len(there), np.bool_)
    a, b = (np.ascontiguousarray(there[:, k].astype(np.int64)) for k in (0, 1))
    assert picture_assign.choose(a, b, gain, size, size, made) == 1
    taken_a, taken_b = set(), set()
    for e in np.argsort(-gain):
        free = a[e] not in taken_a and b[e] not in taken_b
        assert made[e] == free
        if free:
            taken_a.add(a[e])
            taken_b.add(b[e])


def fused(place, spread, bits, law=LAW):
    """One group of all states."""
    count = len(place)
    out, covariance = np.empty((1, 7)), np.empty((1, 10))
    rests_on, used = np.empty(1, np.uint64), np.empty(count, np.bool_)
    picture_fusion.fuse_groups(
        np.arange(count),
        np.array([0, count]),
        place,
        spread,
        np.array(bits, np.uint64),
        law,
        out,
        covariance,
        rests_on,
        used,
    )
    full = np.empty((4, 4))
    full[np.triu_indices(4)] = covariance[0]
    full.T[np.triu_indices(4)] = covariance[0]
    return out[0], full, int(rests_on[0]), used


def twin_intersection(x, p, y, q, share):
    """Split covariance intersection with the weight of surest position, by a fine search."""
    first, second = np.linalg.inv(p), np.linalg.inv(q)

    def information(w):
        a, b = share / w + 1 - share, share / (1 - w) + 1 - share
        return first / a + second / b, first @ x / a + second @ y / b

    weights = np.linspace(1e-3, 1 - 1e-3, 4001)
    best = min(weights, key=lambda w: np.linalg.det(np.linalg.inv(information(w)[0])[:2, :2]))
    amount, pull = information(best)
    return np.linalg.solve(amount, pull), np.linalg.inv(amount)


@pytest.mark.parametrize(("bits", "share"), [((1, 2), 0.3), ((0, 2), 1.0), ((1, 0), 1.0)])
def test_two_states_are_fused_by_split_covariance_intersection(bits, share):
    law = PictureSettings(common_share=0.3).law()
    for seed in range(10):
        random = np.random.default_rng(seed)
        state = np.repeat(states(random, 1), 2, axis=0)
        state[1, :2] += random.normal(size=2) * 1e-5
        state[1, 4:6] += random.normal(size=2) * 4
        place, spread = prepared(state, spreads(random, 2)[1])
        out, covariance, rests_on, used = fused(place, spread, bits, law)
        lead = int(np.argmin(spread[:, 0, 0] + spread[:, 1, 1]))
        axes = np.stack(
            [place[lead, names.EX : names.EZ + 1], place[lead, names.NX : names.NZ + 1]]
        )
        line = place[1 - lead, :3] - place[lead, :3]
        apart = np.concatenate([axes @ line, axes @ (place[1 - lead] - place[lead])[3:6]])
        mean, expected = twin_intersection(
            np.zeros(4), spread[lead], apart, spread[1 - lead], share
        )
        assert used.all()
        assert rests_on == bits[0] | bits[1]
        np.testing.assert_allclose(covariance, expected, rtol=0.01, atol=30.0)
        got = Geodesic.WGS84.Inverse(
            math.degrees(place[lead, names.LATITUDE]),
            math.degrees(place[lead, names.LONGITUDE]),
            math.degrees(out[0]),
            math.degrees(out[1]),
        )
        way = math.radians(got["azi1"])
        np.testing.assert_allclose(
            got["s12"] * np.array([math.sin(way), math.cos(way)]), mean[:2], atol=2.0
        )


def test_the_order_of_pairing_by_hand_agrees_on_three_by_three():
    gain = np.array([[5.0, 4.0, 0.5], [4.5, 1.0, 0.2], [0.3, 3.9, 2.0]])
    best = max(permutations(range(3)), key=lambda p: sum(gain[i, p[i]] for i in range(3)))
    there = np.argwhere(gain > 0)
    made = np.empty(9, np.bool_)
    a, b = (np.ascontiguousarray(there[:, k].astype(np.int64)) for k in (0, 1))
    picture_assign.choose(a, b, gain.ravel().copy(), 3, 3, made)
    assert [tuple(p) for p in there[made]] == [(i, best[i]) for i in range(3)]
