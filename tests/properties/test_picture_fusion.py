"""Fusion never counts anything twice, and says no more than it knows."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from made_up_pictures import EARTH_M, NOW_NS, SECOND_NS, covariances, tracks_at
from skypact.model.tracks import Tracks
from skypact.picture.fusion import fuse
from skypact.picture.settings import PictureSettings

EXACT = PictureSettings(least_sigma_m=0.0)


def random_state(seed, sigma_m=150.0, first_number=1):
    """One track with a covariance of any shape."""
    random = np.random.default_rng(seed)
    root = random.normal(size=(4, 4)) * np.array([sigma_m, sigma_m, 6.0, 6.0])[:, None]
    full = root @ root.T + np.diag([100.0, 100.0, 0.5, 0.5])
    track = tracks_at(
        random.normal(0, 30), random.normal(0, 30), first_number=first_number, sigma_m=sigma_m
    )
    track.covariance[0] = full[np.triu_indices(4)]
    return track


def fused(states, bits, settings=EXACT, now_ns=NOW_NS):
    """All states as one aircraft."""
    group = np.zeros(len(states), np.int64)
    return fuse(states, group, 1, np.array(bits, np.uint64), now_ns, settings)


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 6), st.sampled_from(["shared", "unknown", "mixed"]))
def test_copies_of_a_state_add_nothing(seed, copies, pedigree):
    state = random_state(seed)
    bits = {
        "shared": [3] * copies,
        "unknown": [0] * copies,
        "mixed": [1, *([0] * (copies - 1))],
    }[pedigree]
    one = fused(Tracks.join([state] * copies), bits)
    own = covariances(state)[0]
    # never smaller in any direction, whatever is asked of it
    least = np.linalg.eigvals(np.linalg.solve(own, covariances(one)[0])).real.min()
    assert least > 1.0 - 1e-6
    np.testing.assert_allclose(one.covariance[0], state.covariance[0], rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(one.latitude_rad, state.latitude_rad, atol=1e-12)


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 62), st.integers(1, 62))
def test_states_of_overlapping_pedigree_are_not_fused(seed, first, second):
    a, b = random_state(seed), random_state(seed + 1, first_number=2)
    both = fused(Tracks.join([a, b]), [first, second])
    better = min((a, b), key=lambda t: t.covariance[0, 0] + t.covariance[0, 4])
    if first & second:
        assert both.used.sum() == 1
        np.testing.assert_allclose(both.covariance[0], better.covariance[0], rtol=1e-9)
    assert int(both.contributors[0]) in {first, second, first | second}


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10_000))
def test_fusing_disjoint_states_gains_but_less_than_independence_would(seed):
    a, b = random_state(seed), random_state(seed + 1, first_number=2)
    b.latitude_rad[:], b.longitude_rad[:] = a.latitude_rad, a.longitude_rad
    both = covariances(fused(Tracks.join([a, b]), [1, 2]))[0]
    p, q = covariances(a)[0], covariances(b)[0]
    independent = np.linalg.inv(np.linalg.inv(p) + np.linalg.inv(q))
    areas = [np.linalg.det(full[:2, :2]) for full in (both, p, q)]
    assert areas[0] <= 1.003 * min(areas)
    assert np.linalg.eigvals(np.linalg.solve(independent, both)).real.min() > 0.99


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.permutations(range(5)))
def test_the_order_of_states_does_not_matter(seed, order):
    states = Tracks.join([random_state(seed + k, first_number=k + 1) for k in range(5)])
    bits = np.array([1, 2, 0, 6, 8], np.uint64)
    one = fused(states, bits)
    other = fused(states.take(np.array(order)), bits[list(order)])
    np.testing.assert_array_equal(one.covariance, other.covariance)
    np.testing.assert_array_equal(one.latitude_rad, other.latitude_rad)
    assert one.contributors == other.contributors


def test_a_state_that_contradicts_the_best_is_left_out():
    a, liar = tracks_at(0.0, 0.0, sigma_m=50.0), tracks_at(5e3, 0.0, sigma_m=60.0, first_number=2)
    both = fused(Tracks.join([a, liar]), [1, 2])
    assert both.used.tolist() == [True, False]
    np.testing.assert_allclose(both.latitude_rad, a.latitude_rad)
    assert int(both.contributors[0]) == 1


def test_a_partner_that_claims_to_be_perfect_weighs_no_more_than_the_floor():
    own, partner = tracks_at(0.0, 0.0, sigma_m=20.0), tracks_at(30.0, 0.0, sigma_m=1e-6)
    both = fused(Tracks.join([own, partner]), [1, 2], PictureSettings())
    assert both.horizontal_sigma_m[0] > 0.5 * PictureSettings().least_sigma_m


def test_a_covariance_of_nonsense_does_not_spoil_the_group():
    own, partner = tracks_at(0.0, 0.0), tracks_at(30.0, 0.0, first_number=2)
    partner.covariance[0, 0] = -1.0
    partner.latitude_rad[0] = np.nan
    both = fused(Tracks.join([own, partner]), [1, 2])
    assert np.isfinite(both.covariance).all()
    np.testing.assert_allclose(both.latitude_rad, own.latitude_rad)


def test_groups_do_not_touch_each_other_and_may_be_empty():
    states = tracks_at([0.0, 10.0, 90e3, 5e3], 0.0)
    group = np.array([2, 2, 0, -1])
    bits = np.array([1, 2, 2, 1], np.uint64)
    made = fuse(states, group, 4, bits, NOW_NS, EXACT)
    assert made.leader.tolist() == [2, -1, 0, -1]
    assert np.isnan(made.latitude_rad).tolist() == [False, True, False, True]
    assert made.used.tolist() == [True, True, True, False]
    np.testing.assert_allclose(made.longitude_rad[0], states.longitude_rad[2])


def test_heights_come_from_whoever_has_them():
    own = tracks_at(0.0, 0.0, sigma_m=50.0, pressure_altitude_m=9000.0)
    partner = tracks_at(10.0, 0.0, altitude_m=9120.0, velocity_up_mps=3.0, first_number=2)
    both = fused(Tracks.join([own, partner]), [1, 2])
    assert both.pressure_altitude_m[0] == pytest.approx(9000.0)
    assert both.altitude_m[0] == pytest.approx(9120.0)
    assert both.velocity_up_mps[0] == pytest.approx(3.0)


def test_states_of_different_instants_meet_at_one():
    old = tracks_at(-2000.0, 0.0, now_ns=NOW_NS - 10 * SECOND_NS)
    new = tracks_at(0.0, 0.0, first_number=2)
    both = fused(Tracks.join([old, new]), [1, 2])
    east_m = (both.longitude_rad - new.longitude_rad) * EARTH_M * np.cos(new.latitude_rad)
    assert abs(float(east_m[0])) < 5.0
    assert both.used.all()


def simulated(noise_m2ps3, seed, aircraft=800):
    """Truth and two trackers' estimates of aircraft that turn at random: common process noise.

    Each tracker is a Kalman filter with the right model and its own radar (100 m, each 4 s and
    6 s), so that all their errors have in common is what the aircraft did.
    """
    random = np.random.default_rng(seed)

    def model(step_s):
        flight = np.eye(4)
        flight[0, 2] = flight[1, 3] = step_s
        grown = np.kron(
            [[step_s**3 / 3, step_s**2 / 2], [step_s**2 / 2, step_s]], np.eye(2) * noise_m2ps3
        )
        return flight, grown

    truth = np.zeros((aircraft, 4))
    truth[:, 2] = 200.0
    filters = [
        (truth + random.normal(0, [100, 100, 20, 20], (aircraft, 4)), np.diag([1e4, 1e4, 400, 400]))
        for _ in range(2)
    ]
    flight, grown = model(2.0)
    kick = np.linalg.cholesky(grown)
    for step in range(1, 61):
        truth = truth @ flight.T + random.normal(size=truth.shape) @ kick.T
        for k, turn in enumerate((2, 3)):
            x, p = filters[k]
            x, p = x @ flight.T, flight @ p @ flight.T + grown
            if step % turn == 0:
                gain = p[:, :2] @ np.linalg.inv(p[:2, :2] + 1e4 * np.eye(2))
                plot = truth[:, :2] + random.normal(0, 100, (aircraft, 2))
                x, p = x + (plot - x[:, :2]) @ gain.T, p - gain @ p[:2]
            filters[k] = x, p
    return truth, filters


def told(errors, p, first_number):
    """Estimates as tracks, at their errors from one place."""
    tracks = tracks_at(
        errors[:, 0],
        errors[:, 1],
        velocity_mps=errors[:, 2:] + 200.0,
        first_number=first_number,
        origin=(0.0, 75.0),
    )
    tracks.covariance[:] = p[np.triu_indices(4)]
    return tracks


@pytest.mark.parametrize("noise_m2ps3", [0.02, 0.5, 5.0, 50.0])
def test_fused_states_are_as_sure_as_they_are_right_whatever_the_aircraft_do(noise_m2ps3):
    truth, filters = simulated(noise_m2ps3, 1)
    count = len(truth)
    states = Tracks.join([told(x - truth, p, 1 + k * count) for k, (x, p) in enumerate(filters)])
    group = np.tile(np.arange(count), 2)
    bits = np.repeat(np.array([1, 2], np.uint64), count)
    made = fuse(states, group, count, bits, NOW_NS, EXACT)
    origin = tracks_at(0.0, 0.0, origin=(0.0, 75.0))
    error = np.stack(
        [
            (made.longitude_rad - origin.longitude_rad[0]) * EARTH_M,
            (made.latitude_rad - origin.latitude_rad[0]) * EARTH_M,
            made.velocity_east_mps - 200.0,
            made.velocity_north_mps - 200.0,
        ],
        axis=1,
    )
    full = covariances(made)
    nees = np.einsum("ni,nij,nj->n", error, np.linalg.inv(full), error).mean() / 4.0
    # 800 runs of 4 degrees of freedom lie within 8 % of 1 with 99.9 % probability
    assert nees < 1.08
    alone = min(np.trace(p[:2, :2]) for _, p in filters)
    assert np.mean(np.square(error[:, :2]).sum(axis=1)) < alone
