"""Rows of a partner are judged alike by the kernels and by plain words."""

import math
from typing import Any

import numpy as np
import pytest

from skypact.kernels.exchange_rows import (
    CODE,
    HEIGHT,
    NUMBER,
    PEDIGREE,
    PLACE,
    SENSOR,
    SOUND,
    SPREAD,
    TIME,
    VELOCITY,
    plot_faults,
    sound_spreads,
    track_faults,
)

NAN = math.nan
Row = dict[str, Any]

TRACK: Row = {
    "whole": [7, 10**18, 10**18, 0],
    "place": [0.7, 1.2],
    "real": [9000.0, 8900.0, 200.0, -30.0, 1.0, 50.0],
    "covariance": [2500.0, 10.0, 1.0, 0.0, 2400.0, 0.0, 2.0, 25.0, 1.0, 24.0],
    "joint": 12,
    "contributors": 5,
    "mode_3a": 0o1200,
    "mode_s": 0x601234,
    "flags": 3,
    "callsign": b"KGA101",
}
PLOT: Row = {
    "whole": [10**18, -1],
    "place": [10_000.0, 1.0, NAN, NAN],
    "real": [NAN, 8900.0, NAN, NAN, NAN, NAN, NAN],
    "sensor": 2,
    "mode_3a": -1,
    "mode_s": -1,
    "callsign": b"",
}


def within(value: float, least: float, most: float, *, unknown: bool) -> bool:
    return unknown if math.isnan(value) else least <= value <= most


def text_is_sound(text: bytes) -> bool:
    letters = text.ljust(8, b"\0")
    return all(32 <= b <= 126 for b in letters.rstrip(b"\0"))


def codes_are_sound(row: Row) -> bool:
    return (
        -1 <= row["mode_3a"] <= 4095
        and -1 <= row["mode_s"] <= 0xFFFFFF
        and text_is_sound(row["callsign"])
    )


def spread_is_sound(upper: list[float]) -> bool:
    """By Cholesky of the whole matrix, scaled to ones on its diagonal."""
    values = np.array(upper)
    if np.isnan(values).all():
        return True
    if np.isnan(values).any() or (np.abs(values) > 1e14).any():
        return False
    matrix = np.zeros((4, 4))
    matrix[np.triu_indices(4)] = values
    matrix += np.triu(matrix, 1).T
    if (np.diag(matrix) <= 0).any():
        return False
    scale = np.sqrt(np.diag(matrix))
    try:
        root = np.linalg.cholesky(matrix / np.outer(scale, scale))
    except np.linalg.LinAlgError:
        return False
    return bool((np.diag(root) ** 2 > 1e-6).all())


def track_fault(row: Row, stations: int, *, blurred: bool) -> int:
    """The rules of docs/reference/traffic.md, one after another."""
    number, measured, last_plot, allotted = row["whole"]
    latitude, longitude = row["place"]
    altitude, pressure, east, north, up, sigma = row["real"]
    speeds = [(east, blurred), (north, blurred), (up, True)]
    named = row["contributors"] < 2**stations
    rules = [
        (abs(number) < 2**62, NUMBER),
        (0 < measured < 2**62 and -1 <= last_plot < 2**62, TIME),
        (within(latitude, -math.pi / 2, math.pi / 2, unknown=blurred), PLACE),
        (within(longitude, -math.pi, math.pi, unknown=blurred), PLACE),
        (all(within(h, -2000.0, 200_000.0, unknown=True) for h in (altitude, pressure)), HEIGHT),
        (all(within(v, -8000.0, 8000.0, unknown=unknown) for v, unknown in speeds), VELOCITY),
        (within(sigma, 0.0, 1e7, unknown=blurred), SPREAD),
        (spread_is_sound(row["covariance"]), SPREAD),
        (0 <= row["joint"] < 2**32 - 1 and 0 <= allotted < 2**62, NUMBER),
        (codes_are_sound(row) and row["flags"] <= 3, CODE),
        (named and (row["contributors"] or blurred), PEDIGREE),
    ]
    return next((fault for holds, fault in rules if not holds), SOUND)


def plot_fault(row: Row, sensors: int) -> int:
    measured, received = row["whole"]
    distance, azimuth, latitude, longitude = row["place"]
    elevation, pressure, altitude, sigma, *velocity = row["real"]
    if not -1 <= row["sensor"] < sensors:
        return SENSOR
    if not (0 < measured < 2**62 and -1 <= received < 2**62):
        return TIME
    half = math.pi / 2
    places = [(distance, 0.0, 2e6), (azimuth, -4 * half, 4 * half), (elevation, -half, half)]
    places += [(latitude, -half, half), (longitude, -2 * half, 2 * half)]
    if not all(within(*place, unknown=True) for place in places):
        return PLACE
    if math.isnan(latitude) != math.isnan(longitude):
        return PLACE
    if not all(within(h, -2000.0, 200_000.0, unknown=True) for h in (pressure, altitude)):
        return HEIGHT
    if not within(sigma, 0.0, 1e7, unknown=True):
        return SPREAD
    if not all(within(v, -8000.0, 8000.0, unknown=True) for v in velocity):
        return VELOCITY
    return SOUND if codes_are_sound(row) else CODE


def column(rows: list[Row], name: str, dtype: Any) -> Any:
    """``(n,)``, or ``(k, n)`` where a row has k values of that name."""
    values = np.array([row[name] for row in rows], dtype)
    return np.ascontiguousarray(values.T)


def letters(rows: list[Row]) -> Any:
    return np.array([row["callsign"] for row in rows], "S8").view(np.uint8).reshape(-1, 8)


def judged_tracks(rows: list[Row], stations: int, *, blurred: bool) -> list[int]:
    fault = np.empty(len(rows), np.uint8)
    track_faults(
        column(rows, "whole", np.int64),
        column(rows, "place", np.float64),
        column(rows, "real", np.float64),
        np.array([row["covariance"] for row in rows]),
        column(rows, "joint", np.int64),
        column(rows, "contributors", np.uint64),
        column(rows, "mode_3a", np.int32),
        column(rows, "mode_s", np.int32),
        column(rows, "flags", np.uint8),
        letters(rows),
        stations,
        blurred,
        fault,
    )
    return [int(f) for f in fault]


def judged_plots(rows: list[Row], sensors: int) -> list[int]:
    fault = np.empty(len(rows), np.uint8)
    plot_faults(
        column(rows, "whole", np.int64),
        column(rows, "place", np.float64),
        column(rows, "real", np.float64),
        column(rows, "sensor", np.int32),
        column(rows, "mode_3a", np.int32),
        column(rows, "mode_s", np.int32),
        letters(rows),
        sensors,
        fault,
    )
    return [int(f) for f in fault]


ODD: dict[str, list[Any]] = {
    "whole": [0, -1, 1, 2**62 - 1, 2**62, -(2**62), -(2**63), 2**63 - 1],
    "place": [NAN, math.inf, -math.inf, math.pi / 2, -math.pi, 4.0, 2e6, 2.1e6, -0.1, -7.0],
    "real": [NAN, math.inf, -math.inf, 0.0, -0.1, 1e7, 1.1e7, 8000.0, 8000.1, -8001.0, 2e5, 2e6],
    "covariance": [NAN, math.inf, 0.0, -1.0, 1e14, 1.1e14, 2500.0],
    "joint": [0, -1, 2**32 - 2, 2**32 - 1],
    "contributors": [0, 1, 7, 8, 2**63, 2**64 - 1],
    "mode_3a": [-2, -1, 0, 4095, 4096],
    "mode_s": [-2, -1, 0, 0xFFFFFF, 0x1000000],
    "flags": [0, 3, 4, 255],
    "sensor": [-2, -1, 0, 2, 3],
    "callsign": [b"", b"A B", b"\x1f", b"\x7f", b"A\0B", b"12345678", b"\xff", b"<b>"],
}


def one_thing_odd(sound: Row) -> list[Row]:
    """The sound row with each value replaced by each odd one, in each place."""
    rows = [sound]
    for name, values in sound.items():
        for odd in ODD[name]:
            if not isinstance(values, list):
                rows.append(sound | {name: odd})
                continue
            for k in range(len(values)):
                rows.append(sound | {name: [*values[:k], odd, *values[k + 1 :]]})
    return rows


@pytest.mark.parametrize("blurred", [False, True])
@pytest.mark.parametrize("stations", [1, 3, 63, 64])
def test_a_state_is_refused_for_any_number_out_of_its_range(stations: int, blurred: bool) -> None:
    rows = one_thing_odd(TRACK)
    expected = [track_fault(row, stations, blurred=blurred) for row in rows]
    assert judged_tracks(rows, stations, blurred=blurred) == expected
    assert (PEDIGREE in expected) == (stations < 64 or not blurred)
    assert set(expected) >= {SOUND, NUMBER, TIME, PLACE, HEIGHT, VELOCITY, SPREAD, CODE}


def test_a_plot_is_refused_for_any_number_out_of_its_range() -> None:
    located = PLOT | {"place": [NAN, NAN, 0.7, 1.2]}
    rows = one_thing_odd(PLOT) + one_thing_odd(located)
    expected = [plot_fault(row, 3) for row in rows]
    assert judged_plots(rows, 3) == expected
    assert set(expected) == {SOUND, TIME, PLACE, HEIGHT, VELOCITY, SPREAD, CODE, SENSOR}


def test_a_covariance_is_sound_if_it_is_positive_definite_or_unknown() -> None:
    dice = np.random.default_rng(3)
    upper = np.triu_indices(4)
    rows = []
    for k in range(400):
        root = dice.normal(size=(4, 4)) * np.array([50.0, 50.0, 5.0, 5.0])[:, None]
        matrix = root @ root.T
        if k % 2:  # take away along one direction: some stay positive definite, some do not
            direction = dice.normal(size=4)
            direction /= np.sqrt(direction @ np.linalg.inv(matrix) @ direction)
            matrix -= dice.uniform(0.5, 1.5) * np.outer(direction, direction)
        rows.append(matrix[upper])
    rows.append(np.full(10, NAN))
    covariance = np.ascontiguousarray(rows)
    sound = np.empty(len(rows), np.bool_)
    sound_spreads(covariance, sound)
    assert sound.tolist() == [spread_is_sound(list(row)) for row in rows]
    assert 50 < (~sound).sum() < 200
