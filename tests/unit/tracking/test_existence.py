"""When a track is begun, confirmed and ended: clutter of a place, coverage, silent sensors."""

import numpy as np
import pytest

from skypact.kernels import tracking_arrays as names
from skypact.kernels import tracking_maps
from skypact.model.plots import Plots
from skypact.model.sensors import Sensor, SensorTable
from skypact.model.time import SECOND_NS
from skypact.tracking import Tracker, TrackerSettings


def patch(scene, random, *, seconds, a_turn, range_m=(60e3, 70e3), azimuth_rad=(1.0, 1.2)):
    """Clutter of one place, such as a wind farm: so many plots a turn of 4 s."""
    count = int(seconds / 4 * a_turn)
    measured_ns = scene.start_ns + random.integers(0, seconds * SECOND_NS, count)
    return Plots.blank(
        count,
        sensor=np.zeros(count),
        measured_ns=measured_ns,
        received_ns=measured_ns + SECOND_NS // 5,
        range_m=random.uniform(*range_m, count),
        azimuth_rad=random.uniform(*azimuth_rad, count),
    )


def ran(sensors, plots, scene, seconds):
    tracker = Tracker(SensorTable(tuple(sensors)))
    tracks = tracker.step(Plots.join(plots).in_time_order(), scene.start_ns + seconds * SECOND_NS)
    return tracks.take(tracks.confirmed), tracker


@pytest.mark.parametrize("seed", [41, 42, 43])
def test_a_place_full_of_clutter_makes_no_aircraft_but_hides_none(scene, seed):
    """Two hundred times as many plots there as the sensor table says of any such place."""
    random = np.random.default_rng(seed)
    radar = scene.radar_at(42.0, 75.0)
    flight = scene.flight(42.0, 75.4, 60.0, 200.0)
    clutter = patch(scene, random, seconds=400, a_turn=15)
    real = scene.radar_plots(flight, 0, radar, duration_s=400, noise=random)
    shown, _ = ran([radar], [clutter, real], scene, 400)
    settled = shown.take(shown.measured_ns > scene.start_ns + 60 * SECOND_NS)
    seconds = (settled.measured_ns - scene.start_ns) / SECOND_NS
    latitude, longitude = flight.at(seconds)
    off_m = 6.4e6 * np.hypot(
        settled.latitude_rad - latitude, np.cos(latitude) * (settled.longitude_rad - longitude)
    )
    assert len(set(settled.track[off_m > 5e3])) <= 1
    assert len(set(seconds[off_m < 5e3])) >= 330


def test_the_map_learns_where_clutter_is(scene):
    random = np.random.default_rng(44)
    radar = scene.radar_at(42.0, 75.0, clutter_per_scan=20.0)
    tracker = Tracker(SensorTable((radar,)))
    law, sensors = tracker._law, tracker._sensors

    def density(range_m, azimuth_rad, after_s):
        row = tracking_maps.map_row(sensors.fixed[0], range_m, azimuth_rad)
        now_ns = scene.start_ns + after_s * SECOND_NS
        return tracking_maps.clutter_density(law, sensors, 0, row, now_ns)

    before = density(65e3, 1.1, 0)
    plots = patch(scene, random, seconds=600, a_turn=20).in_time_order()
    tracker.step(plots, scene.start_ns + 600 * SECOND_NS)
    assert density(65e3, 1.1, 600) > 20 * before
    assert density(65e3, 4.0, 600) < 2 * before
    # what is no longer heard is forgotten
    assert density(65e3, 1.1, 600 + 3 * 3600) < 2 * before


def test_the_map_learns_where_a_radar_does_not_see(scene):
    radar = scene.radar_at(42.0, 75.0)
    tracker = Tracker(SensorTable((radar,)))
    sensors = tracker._sensors
    row = tracking_maps.map_row(sensors.fixed[0], 100e3, 2.0)
    for _ in range(60):
        tracking_maps.note_look(sensors, 0, row, False, scene.start_ns)
        tracking_maps.note_look(sensors, 0, row + 3, True, scene.start_ns)
    assert tracking_maps.detection_chance(sensors, 0, row) < 0.2
    assert tracking_maps.detection_chance(sensors, 0, row + 3) > 0.85


def test_leaving_a_radars_range_is_not_a_miss(scene):
    """The other radar sees on; the first owes nothing beyond its instrumented range."""
    near = scene.radar_at(42.0, 75.0, max_range_m=60e3)
    far = scene.radar_at(42.0, 77.5, detection_probability=0.6)
    flight = scene.flight(42.0, 75.55, 90.0, 200.0)
    noise = np.random.default_rng(45)
    of_near = scene.radar_plots(flight, 0, near, duration_s=60, noise=noise)
    of_near = of_near.take(of_near.range_m < 60e3)
    of_far = scene.radar_plots(flight, 1, far, duration_s=160, noise=noise)
    # for three turns the far one misses too
    seconds = (of_far.measured_ns - scene.start_ns) / SECOND_NS
    of_far = of_far.take((seconds < 66) | (seconds > 80))
    elsewhere = scene.radar_plots(scene.flight(42.3, 75.1), 0, near, duration_s=160, noise=noise)
    shown, _ = ran([near, far], [of_near, of_far, elsewhere], scene, 160)
    east = shown.take(shown.longitude_rad > np.radians(75.55))
    assert len(set(east.track)) == 1
    assert len(set(east.measured_ns)) > 130


def test_a_silent_radar_is_not_a_missing_aircraft(scene):
    """The radar goes silent altogether: tracks coast to the limit, not to their misses."""
    radar = scene.radar_at(41.5, 75.2)
    plots = scene.radar_plots(scene.flight(42.0, 75.0), 0, radar, duration_s=60)
    shown, _ = ran([radar], [plots], scene, 200)
    last_s = (shown.measured_ns.max() - scene.start_ns) / SECOND_NS
    assert last_s > 56 + TrackerSettings().coast_limit_s - 2


def test_memory_of_the_maps_is_fixed(scene):
    tracker = Tracker(SensorTable((scene.radar_at(42.0, 75.0),)))
    assert tracker._sensors.map.shape == (1, names.MAP, 3)
    assert tracker._sensors.map.nbytes + tracker._sensors.map_ns.nbytes < 20_000


def gapped(scene, gap_s, address_after=0x4B1234, aside_deg=0.0):
    """Position reports of one aircraft with a gap; the receiver hears another all the time."""
    noise = np.random.default_rng(46)
    flight = scene.flight(42.0, 75.0)
    reports = scene.position_plots(flight, 0, noise=noise, mode_s=0x4B1234, duration_s=400)
    seconds = (reports.measured_ns - scene.start_ns) / SECOND_NS
    after = seconds > 100 + gap_s
    reports.mode_s[after] = address_after
    reports.latitude_rad[after] += np.radians(aside_deg)
    other = scene.position_plots(scene.flight(43.0, 75.0), 0, noise=noise, mode_s=7, duration_s=400)
    shown, tracker = ran(
        [Sensor("a", "adsb")], [reports.take((seconds < 100) | after), other], scene, 400
    )
    return shown.take(shown.latitude_rad < np.radians(42.8)), tracker


@pytest.mark.parametrize("gap_s", [30, 60, 120])
def test_an_aircraft_that_reports_again_where_it_would_be_keeps_its_number(scene, gap_s):
    shown, _ = gapped(scene, gap_s)
    assert len(set(shown.track)) == 1
    silent = (shown.measured_ns > scene.start_ns + 148 * SECOND_NS) & (
        shown.measured_ns < scene.start_ns + (100 + gap_s) * SECOND_NS
    )
    # nothing is shown of it while it is not known to be there
    assert not silent.any()


@pytest.mark.parametrize(
    ("gap_s", "address", "aside_deg"),
    [(250, 0x4B1234, 0.0), (120, 0x4B9999, 0.0), (120, 0x4B1234, 0.4)],
    ids=["too late", "another address", "elsewhere"],
)
def test_a_number_is_taken_up_by_address_and_place_together(scene, gap_s, address, aside_deg):
    shown, _ = gapped(scene, gap_s, address, aside_deg)
    assert len(set(shown.track)) == 2
