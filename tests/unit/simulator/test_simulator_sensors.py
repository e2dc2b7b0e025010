"""Sensors see what their description says: noise, detection, clutter, horizon."""

from dataclasses import replace

import numpy as np
import pytest

from skypact.geodesy import geodetic_to_polar
from skypact.simulator.exercise import Exercise
from skypact.simulator.radar import RadarSource
from skypact.simulator.receiver import ReceiverSource, nacp_of

SECTORS = 32 * 200


def source(exercise: Exercise, name: str) -> RadarSource:
    return RadarSource(exercise, next(s for s in exercise.sensors if s.sensor.name == name))


@pytest.mark.parametrize("name", ["Kant", "Batken", "Issyk-Kul"])
def test_a_radars_plots_scatter_about_truth_by_its_sigmas(exercise: Exercise, name: str) -> None:
    radar = source(exercise, name)
    sensor = radar.simulated.sensor
    plots = [radar.plots(step) for step in range(SECTORS)]
    flight = np.concatenate([p.flight for p in plots])
    true = flight >= 0
    time_s = np.concatenate([p.time_s for p in plots])
    state = exercise.truth.state(flight[true], time_s[true])
    origin = (sensor.latitude_rad, sensor.longitude_rad, sensor.altitude_m)
    range_m, azimuth_rad, _ = geodetic_to_polar(
        state.latitude_rad, state.longitude_rad, state.altitude_m, origin=origin
    )
    count = true.sum()
    assert count > 3000
    off_m = np.concatenate([p.range_m for p in plots])[true] - range_m
    off_rad = np.concatenate([p.azimuth_rad for p in plots])[true] - azimuth_rad
    off_rad = np.angle(np.exp(1j * off_rad))
    # a standard deviation of n draws is itself uncertain by 1 / sqrt(2 n); four of those
    tolerance = 4.0 / np.sqrt(2.0 * count)
    assert off_m.std() == pytest.approx(sensor.range_sigma_m, rel=tolerance)
    assert off_rad.std() == pytest.approx(sensor.azimuth_sigma_rad, rel=tolerance)
    assert abs(off_m.mean()) < 4.0 * sensor.range_sigma_m / np.sqrt(count)
    assert abs(off_rad.mean()) < 4.0 * sensor.azimuth_sigma_rad / np.sqrt(count)
    clutter = (~true).sum() / (SECTORS / 32)
    assert clutter == pytest.approx(sensor.clutter_per_scan, rel=0.12)


def test_detection_probability_is_the_share_of_passages_that_give_a_plot(
    exercise: Exercise,
) -> None:
    radar = source(exercise, "Kant")
    sure = replace(
        radar.simulated, sensor=replace(radar.simulated.sensor, detection_probability=1.0)
    )
    always = RadarSource(exercise, sure)
    steps = range(32 * 100)
    seen = sum((radar.plots(step).flight >= 0).sum() for step in steps)
    possible = sum((always.plots(step).flight >= 0).sum() for step in steps)
    assert seen / possible == pytest.approx(0.95, abs=0.01)


def test_plots_lie_in_their_sector_and_time(exercise: Exercise) -> None:
    radar = source(exercise, "Batken")
    width_s = radar.simulated.sensor.rotation_s / 32
    for step in range(0, 640, 7):
        plots = radar.plots(step)
        assert (np.diff(plots.time_s) >= 0).all()
        assert ((plots.time_s >= step * width_s) & (plots.time_s < (step + 1) * width_s)).all()


def test_only_primary_echoes_come_from_those_without_a_transponder(exercise: Exercise) -> None:
    radar = source(exercise, "Kant")
    plots = [radar.plots(step) for step in range(640)]
    flight = np.concatenate([p.flight for p in plots])
    kind = np.concatenate([p.kind for p in plots])
    range_m = np.concatenate([p.range_m for p in plots])
    silent = exercise.truth.mode_3a[flight] < 0
    selective = exercise.truth.mode_s[flight] >= 0
    assert (kind[(flight < 0) | silent] == 1).all()
    assert np.isin(kind[(flight >= 0) & selective], (5, 7)).all()
    assert np.isin(kind[(flight >= 0) & ~silent & ~selective], (2, 3)).all()
    confirmed = np.isin(kind, (1, 3, 7))
    assert range_m[confirmed].max() < 180e3 + 200.0
    assert ((flight >= 0) & silent).sum() > 10


def test_a_mountain_of_distance_hides_the_low_flyer(exercise: Exercise) -> None:
    # over a smooth earth of 4/3 radius, 2,500 m is hidden beyond about 180 km at 800 m
    radar = source(exercise, "Kant")
    sensor = radar.simulated.sensor
    for step in range(0, 3200):
        plots = radar.plots(step)
        true = plots.flight >= 0
        state = exercise.truth.state(plots.flight[true], plots.time_s[true])
        above = state.altitude_m - sensor.altitude_m
        horizon = np.sqrt(2.0 * (4.0 / 3.0) * 6.371e6 * np.maximum(above, 0.0))
        assert (plots.range_m[true] < 1.01 * horizon + 300.0).all()


def test_receivers_hear_what_is_equipped_at_the_rate_it_transmits(exercise: Exercise) -> None:
    name = "Manas ADS-B"
    simulated = next(s for s in exercise.sensors if s.sensor.name == name)
    receiver = ReceiverSource(exercise, simulated)
    heard = [receiver.heard(step) for step in range(300)]
    flight = np.concatenate([h.flight for h in heard])
    assert exercise.truth.adsb[flight].all()
    near, counts = np.unique(flight, return_counts=True)
    assert len(near) > 20
    # one report a second for thirty seconds, 97 % of them heard
    assert np.median(counts) == pytest.approx(29.1, abs=1.5)
    north_m = np.concatenate([h.latitude_rad - h.state.latitude_rad for h in heard]) * 6.378e6
    assert north_m.std() == pytest.approx(simulated.sensor.position_sigma_m, rel=0.1)
    for step, slot in enumerate(heard):
        assert ((slot.time_s >= step * 0.1) & (slot.time_s < (step + 1) * 0.1)).all()


def test_the_announced_accuracy_is_that_of_the_position_error() -> None:
    # DO-260B, table 2-71: 9 below 30 m, 8 below 92.6 m (95 %), 10 below 10 m
    assert [nacp_of(s) for s in (1.0, 4.0, 12.0, 20.0, 1e5)] == [11, 10, 9, 8, 0]
