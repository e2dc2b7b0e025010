"""The detection kernel beside plain NumPy and exact geodesics."""

import math

import numpy as np
import pytest
from pyproj import Geod

from skypact.coverage.sensor_types import (
    ELEVATION_LOW_DEG,
    ELEVATION_STEP_DEG,
    LEVEL_STEP_DB,
    chance_tables,
    read_type,
)
from skypact.kernels.coverage_detection import add_detections

GEOD = Geod(ellps="WGS84")
NORTH = np.radians(np.linspace(44.0, 40.0, 9))
EAST = np.radians(np.linspace(72.0, 78.0, 11))
ALTITUDE = np.array([3000.0, 9000.0])
TWO_RADII_M = 8.0 / 3.0 * 6_371_009.0


def mast(position_sigma_m: float = 0.0) -> np.ndarray:
    place = math.radians(42.013), math.radians(75.017)
    sigmas = (120.0, math.radians(0.1), position_sigma_m)
    return np.array([*place, 700.0, TWO_RADII_M, 1000.0, *sigmas])


def empty() -> np.ndarray:
    joint = np.zeros((2, len(NORTH), len(EAST), 7), np.float32)
    joint[..., 0] = 1.0
    return joint


@pytest.mark.parametrize("name", ["l-band-en-route", "adsb-receiver"])
def test_chances_are_those_of_the_tables_at_exact_range_and_elevation(name: str) -> None:
    tables = chance_tables(read_type(name), 2.0, 4.0)
    figures = np.array(
        [
            tables.strength_db,
            tables.decade_db,
            tables.low_db,
            LEVEL_STEP_DB,
            math.radians(ELEVATION_LOW_DEG),
            math.radians(ELEVATION_STEP_DEG),
        ]
    )
    lowest = np.full((len(NORTH), len(EAST)), 1000.0, np.float32)
    lowest[0, 0] = np.nan
    lowest[1, 1] = 5000.0
    joint = empty()
    add_detections(
        lowest, mast(), NORTH, EAST, ALTITUDE, figures, tables.gain_db, tables.chance, joint
    )
    latitude, longitude = np.meshgrid(np.degrees(NORTH), np.degrees(EAST), indexing="ij")
    _, back, d = GEOD.inv(
        np.full(latitude.shape, 75.017), np.full(latitude.shape, 42.013), longitude, latitude
    )
    for k, height in enumerate(ALTITUDE):
        up = height - 700.0
        elevation = np.arctan(up / d - d / TWO_RADII_M)
        expected = tables.at(np.hypot(d, up), elevation)
        expected[~(lowest <= height)] = 0.0
        np.testing.assert_allclose(joint[k, ..., 3], expected, atol=2e-4)
        np.testing.assert_allclose(joint[k, ..., 0], 1.0 - expected, atol=2e-4)
        np.testing.assert_allclose(joint[k, ..., 1], expected, atol=2e-4)
        bearing = np.radians(back + 180.0)  # at the far end, away from the mast
        line = np.stack([np.sin(bearing), np.cos(bearing)])
        side = np.stack([-line[1], line[0]])
        along = expected * (d / np.hypot(d, up) / 120.0) ** 2
        across = expected / (d * math.radians(0.1)) ** 2
        for number, (a, b) in enumerate([(0, 0), (0, 1), (1, 1)]):
            information = along * line[a] * line[b] + across * side[a] * side[b]
            np.testing.assert_allclose(joint[k, ..., 4 + number], information, rtol=5e-3, atol=2e-7)


def test_exactly_one_and_two_of_several_that_err_on_their_own_are_as_counted() -> None:
    chances = [0.3, 0.9, 0.5, 0.7]
    joint = empty()
    for chance in chances:
        lowest = np.full((len(NORTH), len(EAST)), 1000.0, np.float32)
        add_detections(
            lowest, mast(30.0), NORTH, EAST, ALTITUDE, np.zeros(6), np.zeros(2),
            np.array([chance]), joint,
        )  # fmt: skip
    counted = np.zeros(5)
    for case in range(16):
        hits = [bool(case >> k & 1) for k in range(4)]
        counted[sum(hits)] += math.prod(
            p if h else 1.0 - p for p, h in zip(chances, hits, strict=True)
        )
    np.testing.assert_allclose(joint[1, 2, 3, :3], counted[:3], rtol=1e-5)
    assert joint[1, 2, 3, 3] == pytest.approx(sum(chances))
    np.testing.assert_allclose(
        joint[1, 2, 3, 4:], np.array([1.0, 0.0, 1.0]) * sum(chances) / 900.0, atol=1e-8
    )


def test_nearer_than_its_least_range_a_sensor_is_blind() -> None:
    near = mast()
    near[4] = 2e6
    joint = empty()
    lowest = np.zeros((len(NORTH), len(EAST)), np.float32)
    add_detections(
        lowest, near, NORTH, EAST, ALTITUDE, np.zeros(6), np.zeros(2), np.array([1.0]), joint
    )
    np.testing.assert_array_equal(joint, empty())
