"""Heights that nobody reports: from elevation angles, slant ranges and other aircraft."""

from dataclasses import replace

import numpy as np
import pytest

from skypact.geodesy import geodetic_to_polar
from skypact.model.plots import Plots
from skypact.model.sensors import Sensor, SensorTable
from skypact.model.time import SECOND_NS
from skypact.tracking import Tracker, TrackerSettings


def track(sensors, plots, scene, duration_s=120, **settings):
    tracker = Tracker(SensorTable(sensors), replace(TrackerSettings(), **settings))
    tracks = tracker.step(plots, scene.start_ns + duration_s * SECOND_NS)
    return tracks.take(tracks.confirmed)


def with_columns(plots, **columns):
    own = {name: getattr(plots, name) for name in Plots.__dataclass_fields__}
    return Plots(**(own | columns))


def with_elevation(plots, flight, radar, noise):
    """The radar's plots with elevation angles of its own sigma."""
    time_s = np.arange(0.0, len(plots) * radar.rotation_s - 1e-9, radar.rotation_s)
    origin = (radar.latitude_rad, radar.longitude_rad, radar.altitude_m)
    elevation = geodetic_to_polar(*flight.at(time_s), flight.altitude_m, origin=origin)[2]
    sigma = 2e-3 * noise.standard_normal(len(plots))
    return with_columns(plots, elevation_rad=np.ascontiguousarray(elevation + sigma))


def test_two_radars_slant_ranges_tell_the_height_of_a_near_aircraft(scene):
    flight = scene.flight(42.0, 75.0, altitude_m=4000.0, speed_mps=120.0)
    radars = tuple(
        replace(radar, range_sigma_m=15.0)
        for radar in (scene.radar_at(41.93, 75.1), scene.radar_at(42.12, 75.15))
    )
    random = np.random.default_rng(1)
    plots = Plots.join(
        [
            scene.radar_plots(flight, k, radar, noise=random, phase_s=1.3 * k)
            for k, radar in enumerate(radars)
        ]
    ).in_time_order()
    shown = track(radars, plots, scene)
    late = shown.take(shown.measured_ns > scene.start_ns + 60 * SECOND_NS)
    known = late.altitude_m[np.isfinite(late.altitude_m)]
    assert len(known) > 0.5 * len(late)
    assert np.abs(known - 4000.0).max() < 900.0
    assert np.sqrt(np.mean((known - 4000.0) ** 2)) < 300.0


def test_a_height_that_only_the_prior_tells_is_never_shown(scene):
    flight = scene.flight(42.0, 75.0, altitude_m=4000.0)
    radars = (scene.radar_at(40.5, 74.0), scene.radar_at(43.4, 76.5))
    plots = Plots.join(
        [scene.radar_plots(flight, k, radar) for k, radar in enumerate(radars)]
    ).in_time_order()
    assert np.isnan(track(radars, plots, scene).altitude_m).all()
    one = plots.take(plots.sensor == 0)
    assert np.isnan(track(radars, one, scene).altitude_m).all()


def test_a_three_dimensional_radar_tells_height_and_so_the_place(scene):
    flight = scene.flight(42.0, 75.0, altitude_m=3000.0, heading_deg=60.0)
    flat = scene.radar_at(41.8, 74.9)
    deep = replace(flat, elevation_sigma_rad=2e-3)
    plots = with_elevation(
        scene.radar_plots(flight, 0, flat), flight, flat, np.random.default_rng(2)
    )
    with_height = track((deep,), plots, scene)
    without = track((flat,), plots, scene)
    late = with_height.measured_ns > scene.start_ns + 40 * SECOND_NS
    assert np.abs(with_height.altitude_m[late] - 3000.0).max() < 200.0
    assert np.isnan(without.altitude_m).all()

    def errors(tracks):
        time_s = (tracks.measured_ns - scene.start_ns) / SECOND_NS
        latitude, longitude = flight.at(time_s)
        north, east = tracks.latitude_rad - latitude, tracks.longitude_rad - longitude
        return 6.371e6 * np.hypot(north, east * np.cos(latitude))

    assert errors(with_height).mean() < 0.5 * errors(without).mean()


@pytest.mark.parametrize("bad", [np.nan, np.inf, 1e9, -3.0])
def test_an_impossible_elevation_angle_is_no_angle(scene, bad):
    flight = scene.flight(42.0, 75.0)
    radar = replace(scene.radar_at(41.8, 74.9), elevation_sigma_rad=2e-3)
    plots = scene.radar_plots(flight, 0, radar)
    damaged = with_columns(plots, elevation_rad=np.full(len(plots), bad))
    assert np.array_equal(
        track((radar,), damaged, scene).latitude_rad, track((radar,), plots, scene).latitude_rad
    )


def test_pressure_altitude_is_corrected_by_aircraft_that_report_both(scene):
    """One that reports Mode C alone is shown at its geometric height, but not far away."""
    reporter = Sensor("a", "adsb")
    both = scene.position_plots(
        scene.flight(42.0, 75.0), 0, altitude_m=9250.0, pressure_altitude_m=9000.0, mode_s=1
    )
    near = scene.position_plots(scene.flight(42.2, 75.1), 0, pressure_altitude_m=9100.0, mode_s=2)
    far = scene.position_plots(scene.flight(52.0, 5.0), 0, pressure_altitude_m=9100.0, mode_s=3)
    plots = Plots.join([both, near, far]).in_time_order()
    shown = track((reporter,), plots, scene)
    late = shown.take(shown.measured_ns > scene.start_ns + 90 * SECOND_NS)
    assert late.altitude_m[late.mode_s == 1] == pytest.approx(9250.0, abs=1.0)
    assert late.altitude_m[late.mode_s == 2] == pytest.approx(9350.0, abs=5.0)
    assert np.isnan(late.altitude_m[late.mode_s == 3]).all()
    assert late.pressure_altitude_m[late.mode_s == 2] == pytest.approx(9100.0)


def velocities(scene, flight, **columns):
    plots = scene.position_plots(
        flight, 0, every_s=5.0, sigma_m=100.0, noise=np.random.default_rng(6)
    )
    return with_columns(
        plots, **{name: np.full(len(plots), value) for name, value in columns.items()}
    )


def test_a_reported_velocity_is_used_as_far_as_it_is_trusted(scene):
    flight = scene.flight(42.0, 75.0, heading_deg=0.0, speed_mps=150.0)
    reporter = (Sensor("a", "adsb", rotation_s=5.0),)

    def spread(tracks):
        return np.std(tracks.velocity_north_mps - 150.0), np.std(tracks.velocity_east_mps)

    said = velocities(scene, flight, velocity_east_mps=0.0, velocity_north_mps=150.0)
    unsaid = velocities(scene, flight)
    trusted = {"reported_speed_sigma_mps": 10.0}
    with_velocity, without = (track(reporter, p, scene, **trusted) for p in (said, unsaid))
    assert max(spread(with_velocity)) < 0.7 * min(spread(without))
    # by default little, since real reports lag: it helps a young track and harms none
    assert max(spread(track(reporter, said, scene))) < max(spread(without))


def test_an_absurd_velocity_is_not_believed(scene):
    flight = scene.flight(42.0, 75.0, heading_deg=0.0, speed_mps=150.0)
    reporter = (Sensor("a", "adsb", rotation_s=5.0),)
    plots = velocities(scene, flight, velocity_east_mps=0.0, velocity_north_mps=150.0)
    east = plots.velocity_east_mps
    east[10:] = 900.0
    damaged = track(reporter, with_columns(plots, velocity_east_mps=east), scene)
    late = damaged.take(damaged.measured_ns > scene.start_ns + 60 * SECOND_NS)
    assert len(np.unique(damaged.track)) == 1
    assert np.abs(late.velocity_east_mps).max() < 30.0


def test_a_reported_vertical_speed_is_shown_at_once(scene):
    flight = scene.flight(42.0, 75.0)
    reporter = (Sensor("a", "adsb", rotation_s=5.0),)
    plots = velocities(scene, flight, velocity_up_mps=-8.0)
    time_s = (plots.measured_ns - scene.start_ns) / SECOND_NS
    sinking = with_columns(plots, altitude_m=9000.0 - 8.0 * time_s)
    shown = track(reporter, sinking, scene)
    assert shown.velocity_up_mps[3:] == pytest.approx(-8.0, abs=1.0)
