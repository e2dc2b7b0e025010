"""Registration's kernels against plain NumPy: one big filter, dense algebra, a loop of votes."""

import numpy as np
import pytest

from skypact.geodesy import geodetic_to_ecef
from skypact.kernels import registration_arrays as names
from skypact.kernels.registration_filter import learn
from skypact.kernels.registration_solve import invert_with_prior, shift
from skypact.kernels.registration_votes import vote
from skypact.model.sensors import Sensor
from skypact.registration.following import empty_followed
from skypact.registration.sites import sensor_row

E = names.ERRORS


def test_information_and_prior_are_inverted_as_numpy_does() -> None:
    noise = np.random.default_rng(5)
    half = noise.standard_normal((15, 15))
    information = half @ half.T
    # an error that nothing is known about
    information[4, :] = information[:, 4] = 0.0
    covariance = np.empty((15, 15))
    invert_with_prior(information, covariance)
    assert covariance == pytest.approx(np.linalg.inv(information + np.eye(15)), abs=1e-12)
    assert covariance[4, 4] == 1.0


def radars() -> names.SensorArrays:
    sites = ((42.0, 74.0), (42.3, 76.0))
    rows = [
        sensor_row(Sensor(f"r{k}", "radar", np.radians(a), np.radians(b), 500.0), 3e-3)
        for k, (a, b) in enumerate(sites)
    ]
    fixed = np.zeros((3, names.SENSOR_FIXED))
    fixed[:2] = rows
    prior = np.zeros((3, E))
    prior[:2] = [150.0, 5e-5, 3.5e-3, 0.15, 5e-3]
    return names.SensorArrays(fixed, np.zeros((3, E)), prior, np.full(3, names.TEACHES, np.int32))


def knowledge() -> names.Knowledge:
    n = 3 * E
    return names.Knowledge(
        np.zeros((n, n)),
        np.zeros(n),
        np.eye(n),
        np.zeros((3, E, E)),
        np.zeros((3, E)),
        np.zeros((3, 2)),
    )


def seen(sensors: names.SensorArrays, k: int, place: np.ndarray) -> tuple[float, float]:
    """Slant range and azimuth of an ECEF place."""
    fixed = sensors.fixed[k]
    d = place - fixed[names.SITE : names.SITE + 3]
    e, n, u = fixed[names.SITE_AXES : names.SITE_AXES + 9].reshape(3, 3) @ d
    return float(np.sqrt(e * e + n * n + u * u)), float(np.arctan2(e, n))


def rows_of(
    sensors: names.SensorArrays, start: np.ndarray, velocity: np.ndarray, added: np.ndarray
) -> names.RowArrays:
    """Twelve plots, in turns, of a flight whose errors are ``added`` (prior deviations)."""
    count = 12
    time_s = 4.0 * np.arange(count)
    sensor = np.arange(count, dtype=np.int32) % 2
    value = np.full((count, names.ROW_VALUE), np.nan)
    for i in range(count):
        error = added[sensor[i]] * sensors.prior[sensor[i]]
        place = start + velocity * (time_s[i] - error[names.TIME_OFFSET])
        slant, azimuth = seen(sensors, sensor[i], place)
        value[i, names.RANGE] = slant * (1 + error[names.RANGE_SCALE]) + error[names.RANGE_BIAS]
        value[i, names.AZIMUTH] = azimuth + error[names.AZIMUTH_BIAS]
        value[i, names.HEIGHT], value[i, names.HEIGHT_SIGMA] = 9000.0, 100.0
        value[i, names.SHARE] = 1.0
        value[i, names.BEGIN : names.BEGIN + 6] = [*start, *velocity]
    return names.RowArrays(
        np.zeros(count, np.int64),
        sensor,
        np.full(count, names.POLAR, np.int32),
        np.round(time_s * 1e9).astype(np.int64),
        value,
    )


def flight() -> tuple[np.ndarray, np.ndarray]:
    a = np.array(geodetic_to_ecef(np.radians(42.8), np.radians(75.0), 9000.0))
    b = np.array(geodetic_to_ecef(np.radians(42.8), np.radians(75.002), 9000.0))
    return a, 200.0 * (b - a) / np.linalg.norm(b - a)


def test_the_lean_of_the_filter_is_its_derivative_by_the_errors() -> None:
    start, velocity = flight()

    def state(added: np.ndarray) -> tuple[np.ndarray, names.Followed]:
        sensors, followed, know = radars(), empty_followed(1), knowledge()
        rows = rows_of(sensors, start, velocity, added)
        learn(followed, sensors, rows, know, np.empty(len(rows.slot)))
        return np.array(followed.x[0]), followed

    still, followed = state(np.zeros((2, E)))
    place = {int(s): k for k, s in enumerate(followed.witness[0]) if s >= 0}
    for k in range(2):
        for c in (names.RANGE_BIAS, names.AZIMUTH_BIAS, names.TIME_OFFSET):
            added = np.zeros((2, E))
            added[k, c] = 0.01
            moved, other = state(added)
            # the frames move with the states: compare places through velocity and offset
            slope = (moved - still)[2:4] / 0.01
            lean = followed.lean[0, 2:4, place[k] * E + c]
            assert slope == pytest.approx(lean, rel=0.05, abs=0.02 * np.abs(lean).max() + 1e-3)
            assert other.stamp_ns[0] == followed.stamp_ns[0]


def test_two_stages_find_the_errors_that_explain_the_plots() -> None:
    start, velocity = flight()
    noise = np.random.default_rng(3)
    added = np.zeros((2, E))
    added[0, names.AZIMUTH_BIAS], added[1, names.RANGE_BIAS] = 0.5, -0.6
    sensors, know = radars(), knowledge()
    for k in range(40):
        followed = empty_followed(1)
        turn = noise.uniform(0, 2 * np.pi)
        away = start + noise.uniform(-40e3, 40e3) * velocity / 200.0
        side = np.cross(away / np.linalg.norm(away), velocity)
        rows = rows_of(sensors, away, np.cos(turn) * velocity + np.sin(turn) * side, added)
        learn(followed, sensors, rows, know, np.empty(len(rows.slot)))
        assert np.all(followed.witness[0, :3] >= 0), k
    dense = know.information + np.eye(len(know.vector))
    found = np.linalg.solve(dense, know.vector).reshape(3, E)
    assert know.information == pytest.approx(know.information.T, rel=1e-6, abs=1e-6)
    assert found[0, names.AZIMUTH_BIAS] == pytest.approx(0.5, abs=0.03)
    assert found[1, names.RANGE_BIAS] == pytest.approx(-0.6, abs=0.15)


def test_a_shift_takes_out_of_the_states_what_the_errors_explain() -> None:
    followed = empty_followed(2)
    followed.stamp_ns[1] = 5
    followed.witness[1, 0], followed.witness[1, 2] = 2, 1
    noise = np.random.default_rng(1)
    followed.lean[:] = noise.standard_normal(followed.lean.shape)
    change = noise.standard_normal(3 * E)
    shift(followed, change)
    expected = -followed.lean[1, :, :E] @ change[2 * E : 3 * E]
    expected -= followed.lean[1, :, 2 * E : 3 * E] @ change[E : 2 * E]
    assert followed.x[1] == pytest.approx(expected)
    assert np.all(followed.x[0] == 0.0)


def test_votes_of_a_turned_radar_meet_in_one_bin() -> None:
    start, velocity = flight()
    sensors, know, followed = radars(), knowledge(), empty_followed(1)
    rows = rows_of(sensors, start, velocity, np.zeros((2, E)))
    learn(followed, sensors, rows, know, np.empty(len(rows.slot)))
    time_ns = np.array(rows.measured_ns[-3:])
    seen_at = [seen(sensors, 0, start + velocity * t * 1e-9) for t in time_ns]
    slant = np.array([s for s, _ in seen_at])
    azimuth = np.array([a for _, a in seen_at]) + np.radians(20.0)
    votes = np.zeros(names.VOTES)
    slots = np.zeros(1, np.int64)
    vote(followed, sensors, 0, slots, time_ns, slant, azimuth, 1e-3, votes)
    turn = votes[: names.VOTE_RANGE]
    assert np.flatnonzero(turn).tolist() == [names.VOTES_AZIMUTH // 2 + 40]
    assert turn.sum() == 3.0
    # twenty degrees off is no matter of range
    assert votes[names.VOTE_RANGE :].sum() == 0.0
