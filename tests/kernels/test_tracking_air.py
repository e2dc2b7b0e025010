"""What is learned of the difference between geometric height and pressure altitude."""

import numpy as np
import pytest

from skypact.kernels import tracking_air
from skypact.kernels.tracking_arrays import AIR_CELLS

PLACE = (1.2e6, 4.6e6, 4.2e6)


def test_the_difference_is_known_after_some_readings_and_is_their_mean():
    air = np.zeros((AIR_CELLS, 3))
    readings = 210.0 + 15.0 * np.random.default_rng(1).standard_normal(60)
    for count, difference in enumerate(readings, 1):
        tracking_air.learn_air(air, *PLACE, 9000.0, difference)
        known = tracking_air.air_difference(air, *PLACE, 9100.0)
        assert np.isfinite(known) == (count >= tracking_air.KNOWN)
    assert known == pytest.approx(readings.mean(), abs=1e-9)


def test_other_layers_and_places_are_told_nothing():
    air = np.zeros((AIR_CELLS, 3))
    for _ in range(20):
        tracking_air.learn_air(air, *PLACE, 9500.0, 210.0)
    assert np.isnan(tracking_air.air_difference(air, *PLACE, 5000.0))
    assert np.isnan(tracking_air.air_difference(air, -PLACE[0], PLACE[1], PLACE[2], 9500.0))


def test_one_wrong_reading_is_ignored_and_a_lasting_change_is_learned():
    air = np.zeros((AIR_CELLS, 3))
    for _ in range(50):
        tracking_air.learn_air(air, *PLACE, 9500.0, 100.0)
    tracking_air.learn_air(air, *PLACE, 9500.0, 900.0)
    tracking_air.learn_air(air, *PLACE, 9500.0, np.nan)
    tracking_air.learn_air(air, *PLACE, 9500.0, 1e9)
    assert tracking_air.air_difference(air, *PLACE, 9500.0) == pytest.approx(100.0)
    for _ in range(400):
        tracking_air.learn_air(air, *PLACE, 9500.0, 600.0)
    assert tracking_air.air_difference(air, *PLACE, 9500.0) == pytest.approx(600.0, abs=40.0)


def test_a_place_takes_over_the_row_of_another_only_when_that_has_faded():
    air = np.zeros((AIR_CELLS, 3))
    row, tag = tracking_air.air_row(*tracking_air.air_square(*PLACE, 9500.0))
    air[row] = 55.0, 3.0, tag + 1.0
    for _ in range(3):
        assert np.isnan(tracking_air.air_difference(air, *PLACE, 9500.0))
        tracking_air.learn_air(air, *PLACE, 9500.0, 100.0)
    assert air[row, 2] == tag
