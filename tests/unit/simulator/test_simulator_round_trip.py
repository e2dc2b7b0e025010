"""What the simulator sends, the node's own feeds read: every plot, at its time and place."""

from dataclasses import replace

import numpy as np
import pytest

from skypact.feeds.asterix.plots import AsterixPlots
from skypact.feeds.mode_s.plots import ModeSPlots
from skypact.geodesy import geodetic_to_polar
from skypact.model.frames import Frames
from skypact.model.plots import Plots
from skypact.model.sensors import SensorTable
from skypact.model.time import SECOND_NS
from skypact.simulator.emission import Emission, ExerciseFeed
from skypact.simulator.exercise import Exercise, Misalignment
from skypact.simulator.radar import RadarSource

SPAN_S = 30


@pytest.fixture(scope="module")
def sensors(exercise: Exercise) -> SensorTable:
    return SensorTable(tuple(simulated.sensor for simulated in exercise.sensors))


@pytest.fixture(scope="module")
def emissions(exercise: Exercise) -> list[Emission]:
    return ExerciseFeed(exercise).emit(exercise.start_ns + SPAN_S * SECOND_NS)


def true_flights(exercise: Exercise, plots: Plots) -> np.ndarray:
    """The airborne flight with each plot's address, -1 without one."""
    truth = exercise.truth
    found = np.full(len(plots), -1)
    for i, address in enumerate(plots.mode_s):
        if address >= 0:
            aloft = truth.airborne(truth.seconds(int(plots.measured_ns[i])))
            found[i] = aloft[truth.mode_s[aloft] == address][0]
    return found


def states(exercise: Exercise, plots: Plots, flight: np.ndarray):
    seconds = (plots.measured_ns - exercise.start_ns) / SECOND_NS
    return exercise.truth.state(flight, seconds)


@pytest.mark.parametrize("place", [0, 1, 2])
def test_radar_bytes_become_the_plots_the_radar_made(
    exercise: Exercise, sensors: SensorTable, emissions: list[Emission], place: int
) -> None:
    sensor, channel = sensors[place], exercise.sensors[place].channel
    sent = [e for e in emissions if e.channel == channel]
    frames = Frames.from_payloads(
        "asterix", channel, [e.payload for e in sent], [e.time_ns for e in sent]
    )
    batch = AsterixPlots(sensors).read(frames)
    plots = batch.plots
    assert batch.rejections == ()
    assert (plots.sensor == place).all()
    assert len(plots) > SPAN_S / sensor.rotation_s * 20
    delay = plots.received_ns - plots.measured_ns
    assert delay.min() >= -SECOND_NS / 128
    assert delay.max() <= (sensor.rotation_s / 32 + 1 / 128) * SECOND_NS
    flight = true_flights(exercise, plots)
    own = plots.take(flight >= 0)
    state = states(exercise, own, flight[flight >= 0])
    range_m, azimuth_rad, _ = geodetic_to_polar(
        state.latitude_rad,
        state.longitude_rad,
        state.altitude_m,
        origin=(sensor.latitude_rad, sensor.longitude_rad, sensor.altitude_m),
    )
    assert (own.range_m - range_m).std() == pytest.approx(sensor.range_sigma_m, rel=0.25)
    off_rad = np.angle(np.exp(1j * (own.azimuth_rad - azimuth_rad)))
    assert off_rad.std() == pytest.approx(sensor.azimuth_sigma_rad, rel=0.25)
    assert np.abs(own.pressure_altitude_m - state.pressure_altitude_m).max() < 4.0
    assert np.array_equal(own.mode_3a, state.mode_3a)
    assert np.array_equal(own.callsign, state.callsign)


@pytest.mark.parametrize("place", [3, 4])
def test_broadcasts_become_positions_near_the_aircraft(
    exercise: Exercise, sensors: SensorTable, emissions: list[Emission], place: int
) -> None:
    simulated = exercise.sensors[place]
    sent = [e for e in emissions if e.channel == simulated.channel]
    frames = Frames.from_payloads(
        "beast" if simulated.format == "beast" else "asterix",
        simulated.channel,
        [e.payload for e in sent],
        [e.time_ns for e in sent],
    )
    feed = ModeSPlots(place, sensors) if simulated.format == "beast" else AsterixPlots(sensors)
    batch = feed.read(frames)
    # a reply that comes before the aircraft's first squitter has nothing to verify it by
    early = sum(rejection.count for rejection in batch.rejections)
    assert early <= (5 if simulated.format == "beast" else 0), batch.rejections
    plots = batch.plots
    assert len(plots) > 20 * SPAN_S
    flight = true_flights(exercise, plots)
    assert (flight >= 0).all()
    state = states(exercise, plots, flight)
    north_m = (plots.latitude_rad - state.latitude_rad) * 6.378e6
    east_m = (plots.longitude_rad - state.longitude_rad) * 6.378e6 * np.cos(state.latitude_rad)
    off_m = np.hypot(north_m, east_m)
    # half of the errors of 12 m an axis are below 1.18 times that
    assert np.median(off_m) == pytest.approx(12.0 * 1.18, rel=0.1)
    assert off_m.max() < 12.0 * 5.5 + 5.0
    speed = np.hypot(plots.velocity_east_mps, plots.velocity_north_mps)
    true_speed = np.hypot(state.velocity_east_mps, state.velocity_north_mps)
    known = np.isfinite(speed)
    assert known.mean() > 0.9
    assert np.abs(speed - true_speed)[known].max() < 3.0
    # NACp 9 says 30 m (95 %); before an aircraft's first status only its NIC is known
    told = np.abs(plots.horizontal_sigma_m / (30.0 / 2.448) - 1.0) < 0.01
    assert told.mean() > 0.9


def test_a_misaligned_radar_reports_its_range_azimuth_and_time_as_far_off_as_the_file_says(
    exercise: Exercise, sensors: SensorTable
) -> None:
    true = exercise.sensors[1]
    off = Misalignment(150.0, 1e-3, np.radians(0.3), 0.25)
    plots = []
    for simulated in (true, replace(true, misalignment=off)):
        radar = RadarSource(exercise, simulated)
        due_ns = [exercise.start_ns + int(radar.due_s(step) * SECOND_NS) for step in range(64)]
        sent = [(at, payload) for step, at in enumerate(due_ns) for payload in radar.payloads(step)]
        frames = Frames.from_payloads("asterix", "udp", [p for _, p in sent], [t for t, _ in sent])
        plots.append(AsterixPlots(sensors).read(frames).plots)
    aligned, misaligned = plots
    assert len(aligned) == len(misaligned) > 20
    grid_m, grid_rad, grid_ns = 1852 / 256, 2 * np.pi / 65536, SECOND_NS / 128
    assert misaligned.range_m == pytest.approx(1.001 * aligned.range_m + 150.0, abs=grid_m)
    turned = np.angle(np.exp(1j * (misaligned.azimuth_rad - aligned.azimuth_rad)))
    assert turned == pytest.approx(np.radians(0.3), abs=grid_rad)
    late_ns = misaligned.measured_ns - aligned.measured_ns
    assert late_ns == pytest.approx(0.25 * SECOND_NS, abs=grid_ns)
