"""What reality sends: floods, twins, silence, clocks that run wild; counted and survived."""

import numpy as np
import pytest

from skypact.model.plots import Plots
from skypact.model.sensors import Sensor, SensorTable
from skypact.model.time import SECOND_NS
from skypact.tracking import Tracker, TrackerSettings


def ran(sensors, plots, scene, seconds, settings=None):
    tracker = Tracker(SensorTable(tuple(sensors)), settings or TrackerSettings())
    tracks = tracker.step(Plots.join(plots).in_time_order(), scene.start_ns + seconds * SECOND_NS)
    return tracks.take(tracks.confirmed), tracker


def accounted(tracker):
    """Every plot in exactly one count."""
    counts = tracker.counts
    total = counts.used + counts.initiated + counts.absorbed + counts.over_limit + counts.waiting
    return total + sum(counts.refused.values()) == counts.received


def test_ten_thousand_plots_of_one_radar_at_one_instant_end_and_spare_the_others(scene):
    """Spread over the sky, they are one group: one huge cluster of gates at most."""
    random = np.random.default_rng(51)
    radar = scene.radar_at(42.0, 75.0)
    flight = scene.flight(42.6, 75.0)
    flood_ns = np.repeat(scene.start_ns + np.array([60, 64, 68]) * SECOND_NS, 10_000)
    flood = Plots.blank(
        len(flood_ns),
        measured_ns=flood_ns,
        received_ns=flood_ns,
        range_m=random.uniform(5e3, 300e3, len(flood_ns)),
        azimuth_rad=random.uniform(0.0, 6.28, len(flood_ns)),
    )
    real = scene.radar_plots(flight, 0, radar, duration_s=160, noise=random)
    limited = TrackerSettings(track_limit=15_000)
    shown, tracker = ran([radar], [flood, real], scene, 160, limited)
    assert accounted(tracker)
    assert tracker.counts.tracks <= 15_000
    last = shown.take(shown.measured_ns == scene.start_ns + 155 * SECOND_NS)
    latitude, longitude = flight.at(np.array([155.0]))
    off_m = 6.4e6 * np.hypot(
        last.latitude_rad - latitude, np.cos(latitude) * (last.longitude_rad - longitude)
    )
    assert off_m.min() < 1_500


def test_ten_thousand_plots_at_one_point_of_a_radar_are_bounded(scene):
    random = np.random.default_rng(52)
    at_ns = np.repeat(scene.start_ns + np.arange(3) * 4 * SECOND_NS, 10_000)
    plots = Plots.blank(
        len(at_ns),
        measured_ns=at_ns,
        received_ns=at_ns,
        range_m=100e3 + 50 * random.standard_normal(len(at_ns)),
        azimuth_rad=1.0 + 1e-3 * random.standard_normal(len(at_ns)),
    )
    limited = TrackerSettings(track_limit=2_000)
    _, tracker = ran([scene.radar_at(42.0, 75.0)], [plots], scene, 20, limited)
    assert accounted(tracker)
    assert tracker.counts.over_limit > 0


@pytest.mark.parametrize("apart_deg", [0.03, 1.0])
def test_one_address_on_two_aircraft_stays_two_tracks_of_a_radar_too(scene, apart_deg):
    noise = np.random.default_rng(53)
    radar = scene.radar_at(41.5, 75.2)
    plots = [
        scene.radar_plots(scene.flight(42.0 + k * apart_deg, 75.0), 0, radar, noise=noise,
                          phase_s=0.2 * k, mode_s=0xABCDEF, duration_s=160)
        for k in range(2)
    ]  # fmt: skip
    shown, _ = ran([radar], plots, scene, 160)
    settled = shown.take(shown.measured_ns > scene.start_ns + 40 * SECOND_NS)
    assert len(set(settled.track)) == 2
    assert set(settled.mode_s) == {0xABCDEF}


def test_an_address_that_reports_twice_in_one_slot_is_one_aircraft(scene):
    """The same message heard by two receivers that feed one sensor."""
    noise = np.random.default_rng(54)
    flight = scene.flight(42.0, 75.0)
    plots = [
        scene.position_plots(flight, 0, noise=noise, mode_s=0x4B1234, duration_s=100)
        for _ in range(3)
    ]
    shown, tracker = ran([Sensor("a", "adsb")], plots, scene, 100)
    assert set(shown.track) == {1}
    assert tracker.counts.initiated == 1


def test_all_transponders_silent_at_once_leaves_the_radars_tracks(scene):
    """Central Europe, June 2014: codes and heights vanish, primary plots go on."""
    noise = np.random.default_rng(55)
    radar = scene.radar_at(41.5, 75.2)
    plots = []
    for k in range(5):
        codes = {"mode_s": 100 + k, "mode_3a": 1000 + k}
        flight = scene.flight(42.0 + 0.1 * k, 75.0, 60 + 15 * k)
        both = scene.radar_plots(
            flight, 0, radar, noise=noise, duration_s=200, heights=True, phase_s=0.1 * k, **codes
        )
        silent = both.measured_ns > scene.start_ns + 100 * SECOND_NS
        both.mode_s[silent] = both.mode_3a[silent] = -1
        both.pressure_altitude_m[silent] = np.nan
        plots.append(both)
    shown, _ = ran([radar], plots, scene, 200)
    settled = shown.take(shown.measured_ns > scene.start_ns + 40 * SECOND_NS)
    assert len(set(settled.track)) == 5
    late = settled.take(settled.measured_ns == scene.start_ns + 190 * SECOND_NS)
    assert len(late) == 5
    # what was known of them is kept, and no height is made up
    assert set(late.mode_s) == {100, 101, 102, 103, 104}
    assert np.isnan(late.altitude_m).all()


def test_self_reporting_aircraft_that_all_fall_silent_coast_and_end(scene):
    noise = np.random.default_rng(56)
    plots = [
        scene.position_plots(scene.flight(42.0 + 0.2 * k, 75.0), 0, noise=noise, mode_s=200 + k,
                             duration_s=60)
        for k in range(4)
    ]  # fmt: skip
    shown, tracker = ran([Sensor("a", "adsb")], plots, scene, 300)
    assert tracker.counts.tracks == 0
    last = shown.take(shown.measured_ns == scene.start_ns + 90 * SECOND_NS)
    assert len(last) == 4
    assert last.coasting.all()


def test_a_sensors_clock_that_jumps_is_refused_and_counted(scene):
    radar = scene.radar_at(41.5, 75.2)
    plots = scene.radar_plots(scene.flight(42.0, 75.0), 0, radar, duration_s=120)
    plots.measured_ns[10:15] += 3600 * SECOND_NS
    plots.measured_ns[15:20] -= 3600 * SECOND_NS
    shown, tracker = ran([radar], [plots], scene, 120)
    refused = tracker.counts.refused
    assert refused == {"measured in the future": 5, "measured too late": 5}
    assert accounted(tracker)
    assert np.all(shown.measured_ns <= scene.start_ns + 120 * SECOND_NS)


def test_every_column_at_its_worst_raises_nothing(scene):
    """Each column in turn filled with what no sensor can mean."""
    radar = scene.radar_at(41.5, 75.2)
    sensors = SensorTable((radar, Sensor("a", "adsb")))
    good = [
        scene.radar_plots(scene.flight(42.0, 75.0), 0, radar, heights=True, duration_s=40),
        scene.position_plots(scene.flight(42.2, 75.0), 1, mode_s=5, duration_s=40),
    ]
    for name in ("range_m", "azimuth_rad", "elevation_rad", "pressure_altitude_m", "latitude_rad",
                 "longitude_rad", "altitude_m", "horizontal_sigma_m", "velocity_east_mps",
                 "velocity_north_mps", "velocity_up_mps"):  # fmt: skip
        for value in (np.nan, np.inf, -np.inf, 1e308, -1e308, 0.0, -0.0, 5e-324):
            plots = Plots.join(good).in_time_order()
            getattr(plots, name)[:] = value
            tracker = Tracker(sensors)
            tracks = tracker.step(plots, scene.start_ns + 60 * SECOND_NS)
            assert accounted(tracker)
            for column in ("latitude_rad", "longitude_rad", "velocity_east_mps"):
                assert np.isfinite(getattr(tracks, column)).all(), (name, value)
