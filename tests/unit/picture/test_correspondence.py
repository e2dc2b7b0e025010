"""Two pictures' tracks are paired by where they fly, together, and without flicker."""

import numpy as np
import pytest

from made_up_pictures import NOW_NS, SECOND_NS, tracks_at
from skypact.model.tracks import Tracks
from skypact.picture.correspondence import Ties, correspond
from skypact.picture.settings import PictureSettings
from skypact.picture.states import Shift


def looks(left_at, right_at, seconds, ties=None, settings=None):
    """Correspondences second by second; the tables come from functions of the second."""
    ties, found = ties or Ties.none(), []
    for second in seconds:
        now_ns = NOW_NS + round(second * SECOND_NS)
        found.append(correspond(left_at(second), right_at(second), ties, now_ns, settings))
        ties = found[-1].ties
    return found


def numbers(found, left, right):
    """Pairs as sets of track numbers."""
    return {(int(left.track[a]), int(right.track[b])) for a, b in found.pairs}


def scattered(count, seed, sigma_m, first_number=1):
    place = np.random.default_rng(1)
    east, north = place.uniform(-200e3, 200e3, (2, count))
    velocity = place.uniform(-200, 200, (count, 2))
    noise = np.random.default_rng(seed)
    return tracks_at(
        east + noise.normal(0, sigma_m, count),
        north + noise.normal(0, sigma_m, count),
        velocity_mps=velocity + noise.normal(0, 5, (count, 2)),
        sigma_m=sigma_m,
        first_number=first_number,
    )


def test_each_aircraft_of_a_busy_picture_finds_itself():
    left, right = scattered(500, 2, 100.0), scattered(500, 3, 150.0, first_number=1001)
    found = correspond(left, right, Ties.none(), NOW_NS)
    assert len(found.pairs) >= 498
    assert all(right.track[b] == left.track[a] + 1000 for a, b in found.pairs)


def test_the_order_of_rows_does_not_matter():
    left, right = scattered(300, 2, 300.0), scattered(300, 3, 300.0, first_number=1001)
    shuffled = np.random.default_rng(4).permutation(300)
    one = correspond(left, right, Ties.none(), NOW_NS)
    again = left.take(shuffled), right.take(shuffled[::-1].copy())
    other = correspond(*again, Ties.none(), NOW_NS)
    assert numbers(one, left, right) == numbers(other, *again)


def test_the_same_address_a_hundred_kilometres_away_is_no_pair():
    codes = {"mode_s": 0x600123, "mode_3a": 0o1234, "callsign": b"KYRG12"}
    left, right = tracks_at(0.0, 0.0, **codes), tracks_at(100e3, 0.0, **codes)
    assert len(correspond(left, right, Ties.none(), NOW_NS).pairs) == 0
    near = tracks_at(6e3, 0.0, **codes)
    assert len(correspond(left, near, Ties.none(), NOW_NS).pairs) == 0, "60 sigma apart"


def test_codes_decide_between_two_that_fly_together():
    left = tracks_at([0.0, 100.0], 0.0, mode_3a=[0o1111, 0o2222])
    right = tracks_at([20.0, 80.0], 0.0, mode_3a=[0o2222, 0o1111], first_number=11)
    found = correspond(left, right, Ties.none(), NOW_NS)
    assert numbers(found, left, right) == {(1, 12), (2, 11)}


def test_an_address_that_differs_does_not_part_what_flies_as_one_for_good():
    # a duplicated or garbled address is bounded evidence, not a verdict
    settings = PictureSettings(other_mode_s=-2.0)
    left, right = tracks_at(0.0, 0.0, mode_s=1), tracks_at(30.0, 0.0, mode_s=2)
    assert len(correspond(left, right, Ties.none(), NOW_NS, settings).pairs) == 1
    assert len(correspond(left, right, Ties.none(), NOW_NS).pairs) == 0


def test_flight_levels_part_aircraft_above_one_another():
    left = tracks_at(0.0, 0.0, pressure_altitude_m=9000.0)
    right = tracks_at(50.0, 0.0, pressure_altitude_m=[9600.0])
    assert len(correspond(left, right, Ties.none(), NOW_NS).pairs) == 0
    level = tracks_at(50.0, 0.0, pressure_altitude_m=[9030.0])
    assert len(correspond(left, level, Ties.none(), NOW_NS).pairs) == 1


def test_spaces_after_a_callsign_do_not_part_an_aircraft():
    left = tracks_at([0.0, 150.0], 0.0, callsign=[b"KYRG12  ", b"AFL7"])
    right = tracks_at([75.0, 75.0], 0.0, callsign=[b"AFL7    ", b"KYRG12"], first_number=11)
    found = correspond(left, right, Ties.none(), NOW_NS)
    assert numbers(found, left, right) == {(1, 12), (2, 11)}


def one_turning(second):
    """A track whose tracker has not seen the turn yet: it flies on and is lost from 5 s to 12 s."""
    wrong_m = 2500.0 if 5 <= second < 12 else 0.0
    return tracks_at(200.0 * second, wrong_m, now_ns=NOW_NS + second * SECOND_NS)


def flying_on(second):
    return tracks_at(200.0 * second, 0.0, now_ns=NOW_NS + second * SECOND_NS, first_number=11)


def test_a_pair_is_kept_while_one_tracker_sees_a_turn_late():
    found = looks(one_turning, flying_on, range(20))
    assert [len(f.pairs) for f in found] == [1] * 20
    assert [bool(f.strained[0]) for f in found] == [5 <= k < 12 for k in range(20)]


def test_a_pair_that_stays_apart_is_broken_after_the_dwell():
    def leaving(second):
        north_m = 3000.0 if second >= 5 else 0.0
        return tracks_at(200.0 * second, north_m, now_ns=NOW_NS + second * SECOND_NS)

    counts = [len(f.pairs) for f in looks(leaving, flying_on, range(25))]
    assert counts[:16] == [1] * 16
    assert counts[17:] == [0] * 8


def test_a_pair_broken_apart_does_not_wait_where_a_better_one_is_clear():
    # number 1 leaves, and number 2 comes to stand where the other station sees its aircraft
    def two(second):
        if second < 5:
            east, north = [200.0 * second, 200.0 * second], [0.0, 20e3]
        else:
            east, north = [200.0 * second, 200.0 * second], [3e3, 0.0]
        return tracks_at(east, north, now_ns=NOW_NS + second * SECOND_NS)

    found = looks(two, flying_on, range(9))
    assert numbers(found[4], two(4), flying_on(4)) == {(1, 11)}
    assert numbers(found[5], two(5), flying_on(5)) == {(2, 11)}


def test_who_is_who_in_a_close_pair_waits_until_it_has_settled():
    def pair(first_number, shift_m):
        def at(second):
            return tracks_at(
                200.0 * second,
                np.array([0.0, 60.0]) + shift_m,
                now_ns=NOW_NS + second * SECOND_NS,
                first_number=first_number,
            )

        return at

    left, right = pair(1, 0.0), pair(11, 30.0)
    found = looks(left, right, range(12))
    assert len(found[0].pairs) == 0
    assert len(found[0].doubtful) == 2
    assert len(found[11].pairs) == 2
    settled = [numbers(f, left(0), right(0)) for f in found if len(f.pairs)]
    assert all(s == settled[0] for s in settled)


def test_a_close_pair_already_held_does_not_change_partners_with_the_noise():
    noise = np.random.default_rng(11)

    def pair(first_number):
        def at(second):
            return tracks_at(
                200.0 * second + noise.normal(0, 80, 2),
                np.array([0.0, 250.0]) + noise.normal(0, 80, 2),
                now_ns=NOW_NS + second * SECOND_NS,
                first_number=first_number,
                sigma_m=80.0,
            )

        return at

    found = looks(pair(1), pair(11), range(60))
    held = [frozenset(map(tuple, f.pairs.tolist())) for f in found[20:]]
    assert len(set(held)) == 1


@pytest.mark.parametrize("origin", [(10.0, 179.99999), (89.99, 40.0), (-89.95, -120.0)])
def test_pairs_are_found_across_the_date_line_and_beside_the_poles(origin):
    left = tracks_at([-500.0, 500.0], [0.0, 30.0], origin=origin, velocity_mps=(0.0, 0.0))
    right = tracks_at(
        [-450.0, 480.0], [20.0, 0.0], origin=origin, velocity_mps=(0.0, 0.0), first_number=11
    )
    found = correspond(left, right, Ties.none(), NOW_NS)
    assert numbers(found, left, right) == {(1, 11), (2, 12)}


def test_a_bias_that_is_known_is_removed_before_pairing():
    left, right = tracks_at(1500.0, -900.0), tracks_at(0.0, 0.0)
    assert len(correspond(left, right, Ties.none(), NOW_NS).pairs) == 0
    found = correspond(left, right, Ties.none(), NOW_NS, shift=Shift(-1500.0, 900.0, 20.0))
    assert len(found.pairs) == 1
    assert found.distance2[0] < 0.1


def test_ties_follow_a_joint_track_that_changed_its_number():
    left, right = tracks_at(0.0, 0.0), tracks_at(30.0, 0.0, first_number=11)
    first = correspond(left, right, Ties.none(), NOW_NS)
    renamed = tracks_at(30.0, 0.0, first_number=77)
    ties = first.ties.renamed(np.array([77]))
    again = correspond(left, renamed, ties, NOW_NS + SECOND_NS)
    assert again.ties.since_ns[0] == NOW_NS


def test_a_crowd_of_ghosts_costs_no_true_pair():
    random = np.random.default_rng(5)
    east, north = random.normal(0, 400, (2, 2000))
    ghosts = tracks_at(east, north, velocity_mps=random.uniform(-200, 200, (2000, 2)))
    left = Tracks.join([tracks_at(0.0, 0.0, first_number=5000), ghosts])
    right = tracks_at(10.0, 0.0, first_number=11)
    ties = correspond(left.take(slice(0, 1)), right, Ties.none(), NOW_NS).ties
    found = correspond(left, right, ties, NOW_NS + SECOND_NS)
    assert numbers(found, left, right) == {(5000, 11)}


def test_nothing_is_paired_with_nothing():
    none, some = Tracks.empty(), tracks_at([0.0, 50e3], 0.0)
    for left, right in ((none, none), (none, some), (some, none)):
        found = correspond(left, right, Ties.none(), NOW_NS)
        assert found.pairs.shape == (0, 2)
        assert len(found.ties.left) == 0


def test_states_of_nonsense_pair_with_nothing_and_harm_no_neighbour():
    left = tracks_at([0.0, 10e3, 20e3], 0.0)
    left.latitude_rad[1] = np.nan
    left.velocity_east_mps[2] = np.inf
    right = tracks_at([0.0, 10e3, 20e3], 0.0, first_number=11)
    found = correspond(left, right, Ties.none(), NOW_NS)
    assert (1, 11) in numbers(found, left, right)
    assert len(found.pairs) == 1
