"""The truth kernels against plain NumPy: where aircraft are, and when a beam passes them."""

import numpy as np
import pytest

from skypact.geodesy import (
    ecef_to_geodetic,
    enu_to_geodetic,
    geodetic_to_ecef,
    geodetic_to_enu,
    geodetic_to_polar,
)
from skypact.kernels.simulator_truth import (
    SEGMENT_COLUMNS,
    beam_passages,
    flight_states,
    longitude_of,
)

FLATTENING = 1.0 / 298.257223563
E2 = FLATTENING * (2.0 - FLATTENING)


def made_up_flights(count: int, rows: int, seed: int = 7) -> tuple[np.ndarray, np.ndarray]:
    """Random turning, climbing, accelerating segments anywhere on earth, 100 s each."""
    chance = np.random.default_rng(seed)
    start = chance.standard_normal((count * rows, 3))
    start /= np.linalg.norm(start, axis=1)[:, None]
    axis = chance.standard_normal((count * rows, 3))
    axis /= np.linalg.norm(axis, axis=1)[:, None]
    a = axis * np.sum(axis * start, axis=1)[:, None]
    table = np.zeros((count * rows, SEGMENT_COLUMNS))
    table[:, 0] = np.tile(100.0 * np.arange(rows), count)
    table[:, 1:4], table[:, 4:7], table[:, 7:10] = a, start - a, np.cross(axis, start)
    table[:, 10] = chance.uniform(0.0, 3.0, count * rows)
    table[:, 11] = chance.uniform(1e-5, 1e-4, count * rows)
    table[:, 12] = chance.uniform(-1e-8, 1e-8, count * rows)
    table[:, 13] = chance.uniform(0.0, 12e3, count * rows)
    table[:, 14] = chance.uniform(-15.0, 15.0, count * rows)
    return table, rows * np.arange(count + 1, dtype=np.int64)


def ecef_twin(table: np.ndarray, first: np.ndarray, flight: int, time_s: float) -> np.ndarray:
    """Position by the module's formulas, one flight at a time."""
    rows = table[first[flight] : first[flight + 1]]
    row = rows[max(0, np.searchsorted(rows[:, 0], time_s, side="right") - 1)]
    dt = time_s - row[0]
    q = row[10] + row[11] * dt + 0.5 * row[12] * dt**2
    n = row[1:4] + row[4:7] * np.cos(q) + row[7:10] * np.sin(q)
    height = row[13] + row[14] * dt
    radius = 6378137.0 / np.sqrt(1.0 - E2 * n[2] ** 2)
    return np.array([radius + height, radius + height, radius * (1.0 - E2) + height]) * n


def states(table, first, flight, time_s) -> np.ndarray:
    out = np.empty((6, len(flight)))
    flight_states(table, first, flight, time_s, *out)
    return out


def test_positions_are_those_of_the_formula_to_a_micrometre() -> None:
    table, first = made_up_flights(40, 5)
    chance = np.random.default_rng(1)
    flight = chance.integers(0, 40, 300)
    time_s = chance.uniform(0.0, 499.0, 300)
    latitude, longitude, altitude, *_ = states(table, first, flight, time_s)
    expected = np.array(
        [ecef_twin(table, first, f, t) for f, t in zip(flight, time_s, strict=True)]
    )
    found = np.stack(geodetic_to_ecef(latitude, longitude, altitude), axis=1)
    assert np.abs(found - expected).max() < 1e-6
    assert np.abs(
        np.stack(ecef_to_geodetic(*expected.T)) - [latitude, longitude, altitude]
    ).max() < (1e-6)


def test_velocity_is_the_derivative_of_position() -> None:
    table, first = made_up_flights(40, 1)
    flight = np.arange(40)
    step = 0.01
    before, now, after = (
        states(table, first, flight, np.full(40, 50.0 + d)) for d in (-step, 0.0, step)
    )
    for i in range(40):
        ends = geodetic_to_enu(
            *np.stack((before[:3, i], after[:3, i]), axis=1), origin=tuple(now[:3, i])
        )
        moved = np.array([end[1] - end[0] for end in ends]) / (2.0 * step)
        assert moved == pytest.approx(now[3:, i], abs=2e-3)


def test_longitude_is_that_of_atan2_in_all_quadrants_and_nought_at_the_poles() -> None:
    angles = np.concatenate([np.linspace(-np.pi, np.pi, 721), [np.pi / 4, -3 * np.pi / 4]])
    for angle in angles:
        x, y = 0.3 * np.cos(angle), 0.3 * np.sin(angle)
        assert longitude_of(x, y) == pytest.approx(np.arctan2(y, x), abs=1e-15)
    assert longitude_of(0.0, 0.0) == 0.0


ORIGIN = (np.radians(42.8532), np.radians(74.8465), 800.0)


def circling(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Straight flights at random places within 300 km of the radar."""
    chance = np.random.default_rng(3)
    east, north = chance.uniform(-200e3, 200e3, (2, count))
    latitude, longitude, _ = enu_to_geodetic(east, north, np.zeros(count), origin=ORIGIN)
    n = np.stack(
        [
            np.cos(latitude) * np.cos(longitude),
            np.cos(latitude) * np.sin(longitude),
            np.sin(latitude),
        ],
        axis=1,
    )
    axis = np.cross(n, chance.standard_normal((count, 3)))
    axis /= np.linalg.norm(axis, axis=1)[:, None]
    table = np.zeros((count, SEGMENT_COLUMNS))
    table[:, 4:7], table[:, 7:10] = n, np.cross(axis, n)
    table[:, 11] = 250.0 / 6.37e6
    table[:, 13] = chance.uniform(1000.0, 12e3, count)
    return table, np.arange(count + 1, dtype=np.int64)


def sectors_of_a_turn(table: np.ndarray, first: np.ndarray) -> list[np.ndarray]:
    count = len(first) - 1
    site = np.array([*geodetic_to_ecef(*ORIGIN), 1000.0, 0.0, np.sin(np.radians(45.0))])
    tips = np.array(geodetic_to_ecef(*enu_to_geodetic(*np.eye(3), origin=ORIGIN))).T
    axes = np.ascontiguousarray(tips - site[:3])
    begin, end, reach = np.zeros(count), np.full(count, 1e4), np.full(count, 250e3)
    found = []
    for sector in range(32):
        width = 2.0 * np.pi / 32
        sweep = np.array([100.0 + sector * 5.0 / 32, sector * width, 2.0 * np.pi / 5.0, 5.0 / 32])
        flight, columns = np.empty(count, np.int64), np.empty((4, count))
        n = beam_passages(table, first, begin, end, reach, site, axes, sweep, flight, *columns)
        found.append(np.vstack([flight[:n], columns[:, :n]]))
    return found


def test_a_turn_sees_each_aircraft_once_where_it_is_when_the_beam_points_there() -> None:
    table, first = circling(400)
    seen = np.hstack(sectors_of_a_turn(table, first))
    flight, time_s, range_m, azimuth_rad, altitude_m = seen
    state = states(table, first, flight.astype(np.int64), np.ascontiguousarray(time_s))
    at_range, at_azimuth, _ = geodetic_to_polar(*state[:3], origin=ORIGIN)
    assert np.abs(at_range - range_m).max() < 1e-3
    assert np.abs(np.angle(np.exp(1j * (at_azimuth - azimuth_rad)))).max() < 1e-9
    beam = 2.0 * np.pi * ((time_s - 100.0) / 5.0)
    assert np.abs(np.angle(np.exp(1j * (beam - azimuth_rad)))).max() < 1e-6
    assert state[2] == pytest.approx(altitude_m, abs=1e-6)
    # a mover across the north line may be passed twice or not at all in one turn
    _, times = np.unique(flight, return_counts=True)
    assert (times > 1).sum() <= 1


def test_who_is_seen_follows_range_horizon_and_the_beams_upper_edge() -> None:
    table, first = circling(400)
    seen = np.unique(np.hstack(sectors_of_a_turn(table, first))[0]).astype(int)
    state = states(table, first, np.arange(400), np.full(400, 102.5))
    range_m, _, elevation = geodetic_to_polar(*state[:3], origin=ORIGIN)
    # straight-line elevation over an earth of 4/3 radius instead of the true one
    lifted = np.sin(elevation) + range_m / (8.0 * 6378137.0)
    # those within a second's flight of an edge may fall on either side
    doubtful = (np.abs(range_m - 250e3) < 1000.0) | (np.abs(lifted) < 1e-3)
    doubtful |= np.abs(elevation - np.radians(45.0)) < 0.05
    expected = (range_m < 250e3) & (lifted > 0.0) & (elevation < np.radians(45.0))
    wrong = np.setxor1d(seen, np.flatnonzero(expected))
    assert set(wrong) <= set(np.flatnonzero(doubtful))
    assert len(seen) > 200
    assert (~expected).sum() > 20
