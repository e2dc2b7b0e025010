"""The example exercise's aircraft fly as aircraft do, and there are always about sixty."""

import itertools

import numpy as np
import pytest

from skypact.geodesy import geodetic_to_polar
from skypact.model.time import SECOND_NS
from skypact.simulator.exercise import Exercise
from skypact.simulator.flights import BANK_RAD, GRAVITY_MPS2
from skypact.simulator.truth import TruthState, truth_table

FOOT_M = 0.3048
HOUR_S = 3600


def over(exercise: Exercise, times: np.ndarray) -> list[TruthState]:
    return [exercise.truth.at(exercise.start_ns + int(t * SECOND_NS)) for t in times]


def test_sixty_are_airborne_whenever_one_looks(exercise: Exercise) -> None:
    numbers = [int(s.alive.sum()) for s in over(exercise, np.arange(0.0, 14_400.0, 37.0))]
    assert min(numbers) >= 55
    assert max(numbers) <= 60
    assert np.mean(numbers) > 59


def test_the_exercise_begins_in_the_middle_of_things(exercise: Exercise) -> None:
    state = over(exercise, np.array([0.0]))[0]
    alive = state.alive
    assert np.ptp(np.degrees(state.latitude_rad[alive])) > 4.0
    assert np.ptp(np.degrees(state.longitude_rad[alive])) > 8.0
    climbs = state.velocity_up_mps[alive]
    assert (climbs > 1.0).sum() >= 3
    assert (climbs < -1.0).sum() >= 3
    assert (climbs == 0.0).sum() >= 20


def test_flight_stays_within_what_aircraft_can_do(exercise: Exercise) -> None:
    step = 0.5
    states = over(exercise, np.arange(0.0, HOUR_S, step))
    alive = np.array([s.alive for s in states])
    east = np.array([s.velocity_east_mps for s in states])
    north = np.array([s.velocity_north_mps for s in states])
    speed = np.hypot(east, north)
    assert np.nanmin(speed) > 45.0
    assert np.nanmax(speed) < 262.0
    assert np.nanmax(np.abs([s.velocity_up_mps for s in states])) <= 10.0
    level = np.array([s.pressure_altitude_m for s in states])
    assert np.nanmin(level) > 600.0
    assert np.nanmax(level) < 41_500 * FOOT_M
    both = alive[1:] & alive[:-1]
    turned = (east[1:] * north[:-1] - north[1:] * east[:-1]) / (speed[1:] * speed[:-1])
    rate = np.abs(np.arcsin(turned)) / step
    across = rate * speed[1:]
    # radii are laid out on a mean sphere, so a bank may be off by under 1 %
    assert across[both].max() < GRAVITY_MPS2 * np.tan(BANK_RAD) * 1.01
    assert np.degrees(rate[both].max()) < 3.05
    assert (np.degrees(rate[both]) > 0.5).mean() > 0.01, "somebody must turn"


def test_nobody_jumps(exercise: Exercise) -> None:
    times = np.arange(0.0, HOUR_S, 1.0)
    states = over(exercise, times)
    for before, after in itertools.pairwise(states):
        both = before.alive & after.alive
        north = (after.latitude_rad - before.latitude_rad)[both] * 6.371e6
        east = (after.longitude_rad - before.longitude_rad)[both] * 6.371e6
        east *= np.cos(before.latitude_rad[both])
        middle_north = (after.velocity_north_mps + before.velocity_north_mps)[both] / 2.0
        middle_east = (after.velocity_east_mps + before.velocity_east_mps)[both] / 2.0
        # 6.371e6 m stands for radii that differ by up to 0.5 %
        assert np.hypot(north - middle_north, east - middle_east).max() < 3.0
        climbed = (after.altitude_m - before.altitude_m)[both]
        assert np.abs(climbed - before.velocity_up_mps[both]).max() < 10.1


def test_cruise_is_on_thousands_of_feet_and_truth_height_is_apart_from_pressure(
    exercise: Exercise,
) -> None:
    state = over(exercise, np.array([1000.0]))[0]
    cruising = state.alive & (state.velocity_up_mps == 0.0)
    thousands = state.pressure_altitude_m[cruising] / (1000.0 * FOOT_M)
    assert np.mean(np.abs(thousands - np.rint(thousands)) < 1e-9) > 0.9
    assert (state.altitude_m - state.pressure_altitude_m)[cruising] == pytest.approx(60.0)


def test_some_answer_less_than_others_and_no_address_is_in_the_air_twice(
    exercise: Exercise,
) -> None:
    truth = exercise.truth
    for time_s in (0.0, 1800.0, 3600.0):
        aloft = truth.airborne(time_s)
        addresses = truth.mode_s[aloft][truth.mode_s[aloft] >= 0]
        assert len(np.unique(addresses)) == len(addresses)
        assert (truth.mode_3a[aloft] < 0).sum() >= 2
        assert ((truth.mode_3a[aloft] >= 0) & (truth.mode_s[aloft] < 0)).sum() >= 3
        assert truth.adsb[aloft].sum() >= 40


def find(exercise: Exercise, **identity: object) -> int:
    """The flight with this identity that is airborne at second 400."""
    truth = exercise.truth
    aloft = truth.airborne(400.0)
    return next(
        int(f) for f in aloft if all(getattr(truth, k)[f] == v for k, v in identity.items())
    )


def test_the_crossing_pairs_meet_when_they_should(exercise: Exercise) -> None:
    for codes, time_s, apart_m in (((0o4101, 0o4102), 300.0, 304.8), ((0o4103, 0o4104), 422.0, 0)):
        pair = np.array([find(exercise, mode_3a=code) for code in codes])
        state = exercise.truth.state(pair, np.full(2, time_s))
        origin = (state.latitude_rad[0], state.longitude_rad[0], state.altitude_m[0])
        range_m, _, _ = geodetic_to_polar(
            state.latitude_rad[1], state.longitude_rad[1], state.altitude_m[0], origin=origin
        )
        assert range_m < 1500.0
        assert abs(np.diff(state.altitude_m)[0]) == pytest.approx(apart_m, abs=1e-6)


def test_the_hold_goes_round(exercise: Exercise) -> None:
    flight = find(exercise, callsign=b"EXH201")
    times = np.arange(0.0, 2400.0, 1.0)
    state = exercise.truth.state(np.full(len(times), flight), times)
    track = np.unwrap(np.arctan2(state.velocity_east_mps, state.velocity_north_mps))
    rounds = (track[-1] - track[0]) / (2.0 * np.pi)
    assert 5.0 < rounds < 13.0, "right-hand racetracks of a few minutes each"


def test_a_state_does_not_depend_on_who_else_is_asked_for(exercise: Exercise) -> None:
    whole = over(exercise, np.array([777.7]))[0]
    few = exercise.truth.state(np.array([5, 3]), np.full(2, 777.7))
    assert np.array_equal(few.latitude_rad, whole.latitude_rad[[5, 3]], equal_nan=True)


def test_outside_its_flight_an_aircraft_is_nowhere(exercise: Exercise) -> None:
    truth = exercise.truth
    late = truth.state(np.array([0]), np.array([truth.end_s[0]]))
    assert not late.alive[0]
    assert np.isnan(late.latitude_rad[0])
    assert np.isnan(late.altitude_m[0])


def test_the_exercise_can_begin_at_any_time(exercise: Exercise) -> None:
    later = exercise.starting_at(exercise.start_ns + 123 * SECOND_NS)
    first = exercise.truth.at(exercise.start_ns + 50 * SECOND_NS)
    again = later.truth.at(later.start_ns + 50 * SECOND_NS)
    assert np.array_equal(first.longitude_rad, again.longitude_rad, equal_nan=True)


def test_the_truth_table_follows_its_contract(exercise: Exercise) -> None:
    table = truth_table(exercise.truth, 60.0, 5.0)
    needed = ["target", "measured_ns", "latitude_deg", "longitude_deg", "altitude_m"]
    needed += [f"velocity_{axis}_mps" for axis in ("east", "north", "up")]
    assert list(table)[: len(needed)] == needed
    assert table["target"].dtype == table["measured_ns"].dtype == np.int64
    assert len(table["target"]) == sum(len(exercise.truth.airborne(t)) for t in range(0, 60, 5))
    assert (np.diff(table["measured_ns"]) >= 0).all()
    assert all(np.isfinite(table[name]).all() for name in needed)
    assert 37.0 < table["latitude_deg"].min() < table["latitude_deg"].max() < 46.0
