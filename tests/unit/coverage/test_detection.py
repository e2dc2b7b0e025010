"""The radar equation and detection statistics against published values."""

import numpy as np
import pytest
from scipy import stats

from skypact.coverage.detection import (
    RadarFigures,
    decibels,
    detection_probability,
    elevation_gain,
    free_space_range_m,
    ratio,
    signal_to_noise,
)

X_BAND = RadarFigures("X", 1e6, 10e9, 20.0, 10e-6)


def needed_db(probability: float, **how: object) -> float:
    """Signal-to-noise ratio at which a probability is reached, by bisection."""
    low, high = -20.0, 40.0
    for _ in range(50):
        middle = 0.5 * (low + high)
        found = detection_probability(ratio(middle), **how)  # type: ignore[arg-type]
        low, high = (middle, high) if found < probability else (low, middle)
    return low


def test_ranges_are_those_that_mathworks_publishes_for_radareqrng() -> None:
    assert free_space_range_m(X_BAND, 1.0, 6.0) == pytest.approx(41_057, rel=1e-4)
    strong = RadarFigures("X", 1e6, 10e9, 40.0, 10e-6, losses_db=3.0)
    assert free_space_range_m(strong, 0.1, 6.0) == pytest.approx(194_260, rel=1e-3)


def test_the_ratio_at_the_range_is_the_one_asked_for() -> None:
    at = free_space_range_m(X_BAND, 1.0, 13.0)
    assert decibels(signal_to_noise(X_BAND, at, 1.0)) == pytest.approx(13.0)
    # twice as far is 12 dB less, and the beam's edge nothing
    assert decibels(signal_to_noise(X_BAND, 2 * at, 1.0)) == pytest.approx(13.0 - 12.041, abs=1e-3)
    assert signal_to_noise(X_BAND, at, 1.0, np.radians(60.0)) == 0.0


@pytest.mark.parametrize(
    ("pulses", "swerling", "expected_db"),
    [(1, 0, 13.183), (1, 1, 21.144), (1, 2, 21.144), (10, 0, 5.267)],
)
def test_what_is_needed_for_nine_in_ten_is_as_published(
    pulses: int, swerling: int, expected_db: float
) -> None:
    found = needed_db(0.9, pulses=pulses, false_alarm=1e-6, swerling=swerling)
    assert found == pytest.approx(expected_db, abs=0.002)


def test_one_pulse_of_case_1_has_a_closed_form() -> None:
    snr = ratio(np.linspace(-5.0, 30.0, 20))
    found = detection_probability(snr, false_alarm=1e-4, swerling=1)
    assert found == pytest.approx(1e-4 ** (1.0 / (1.0 + snr)), rel=1e-9)


@pytest.mark.parametrize("swerling", [0, 1, 2, 3, 4])
def test_the_series_is_what_chance_gives(swerling: int) -> None:
    draw = np.random.default_rng(3)
    pulses, snr, count = 6, 2.5, 200_000
    shape = {0: 1, 1: 1, 2: 1, 3: 2, 4: 2}[swerling]
    slow = swerling in (1, 3)
    size = (count, 1 if slow else pulses)
    section = np.ones(size) if swerling == 0 else draw.gamma(shape, 1.0 / shape, size)
    echo = np.sqrt(2.0 * snr * section) + draw.standard_normal((count, pulses))
    power = 0.5 * (echo**2 + draw.standard_normal((count, pulses)) ** 2).sum(axis=1)
    level = stats.gamma.isf(1e-3, pulses)
    found = detection_probability(snr, pulses=pulses, false_alarm=1e-3, swerling=swerling)
    assert (power > level).mean() == pytest.approx(float(found), abs=0.005)


def test_nothing_to_hear_leaves_the_false_alarms() -> None:
    for swerling in range(5):
        found = detection_probability(0.0, pulses=4, false_alarm=1e-5, swerling=swerling)
        assert found == pytest.approx(1e-5, rel=1e-6)


def test_a_large_map_is_looked_up_as_exactly_as_it_is_shown() -> None:
    snr = ratio(np.linspace(-20.0, 40.0, 5000)).reshape(50, 100)
    mapped = detection_probability(snr, pulses=8, swerling=3)
    some = detection_probability(snr[::10, ::10], pulses=8, swerling=3)
    assert mapped[::10, ::10] == pytest.approx(some, abs=2e-4)
    assert mapped.shape == snr.shape


def test_the_beam_falls_as_a_cosecant_squared_above_its_top() -> None:
    gain = elevation_gain(X_BAND, np.radians([0.0, 10.0, 20.0, 41.0, -2.0]))
    assert gain[:2] == pytest.approx(1.0)
    assert gain[2] == pytest.approx((np.sin(np.radians(10)) / np.sin(np.radians(20))) ** 2)
    assert gain[3:] == pytest.approx(0.0)


@pytest.mark.parametrize("wrong", [{"swerling": 5}, {"pulses": 0}, {"false_alarm": 0.0}])
def test_what_makes_no_sense_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="swerling"):
        detection_probability(1.0, **wrong)  # type: ignore[arg-type]
