"""What the tracker makes of flights that are known."""

import numpy as np
import pytest
from geographiclib.geodesic import Geodesic

from skypact.model.plots import Plots
from skypact.model.sensors import Sensor, SensorTable
from skypact.model.time import DAY_NS, SECOND_NS
from skypact.model.tracks import Tracks
from skypact.tracking import Tracker, TrackerSettings

DEFAULT = TrackerSettings()


def tracked(sensors, plots, *, seconds=120, start_ns, settings=DEFAULT):
    """Rows and the tracker after all plots, up to ``seconds`` after the start."""
    tracker = Tracker(SensorTable(tuple(sensors)), settings)
    batch = Plots.join(plots).in_time_order()
    return tracker.step(batch, start_ns + seconds * SECOND_NS), tracker


def errors_m(tracks: Tracks, flight, start_ns):
    """Horizontal distance of each row from where the flight was, by GeographicLib."""
    latitude, longitude = flight.at((tracks.measured_ns - start_ns) / SECOND_NS)
    return np.array(
        [
            Geodesic.WGS84.Inverse(*np.degrees([a, b, c, d]))["s12"]
            for a, b, c, d in zip(
                latitude, longitude, tracks.latitude_rad, tracks.longitude_rad, strict=True
            )
        ]
    )


def confirmed(tracks: Tracks) -> Tracks:
    return tracks.take(tracks.confirmed)


PLACES = {
    "mid latitude": (42.0, 75.0, 90.0),
    "across 180 degrees": (52.0, 179.9, 90.0),
    "back across 180 degrees": (-20.0, -179.95, 270.0),
    "over the north pole": (89.85, 40.0, 0.0),
    "past the south pole": (-89.8, 10.0, 100.0),
    "equator and meridian": (0.05, -0.05, 135.0),
}


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES.keys())
def test_a_straight_flight_is_followed_anywhere_on_earth(scene, place):
    latitude, longitude, heading = place
    flight = scene.flight(latitude, longitude, heading, 220.0)
    radar = scene.radar_at(latitude - np.sign(latitude) * 0.6, longitude)
    plots = scene.radar_plots(
        flight, 0, radar, duration_s=180, noise=np.random.default_rng(1), heights=True
    )
    tracks, _ = tracked([radar], [plots], seconds=180, start_ns=scene.start_ns)
    shown = confirmed(tracks)
    assert set(shown.track) == {1}
    late = shown.take(shown.measured_ns > scene.start_ns + 60 * SECOND_NS)
    assert len(late) == 120
    assert np.sqrt(np.mean(errors_m(late, flight, scene.start_ns) ** 2)) < 60.0
    speed = np.hypot(late.velocity_east_mps, late.velocity_north_mps)
    assert np.abs(speed - 220.0).max() < 12.0


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES.keys())
def test_without_noise_level_flight_stays_level_and_straight(scene, place):
    latitude, longitude, heading = place
    flight = scene.flight(latitude, longitude, heading, 240.0)
    adsb = Sensor("adsb", "adsb")
    plots = scene.position_plots(
        flight, 0, duration_s=300, sigma_m=10.0, altitude_m=flight.altitude_m
    )
    tracks, _ = tracked([adsb], [plots], seconds=300, start_ns=scene.start_ns)
    late = tracks.take(tracks.measured_ns > scene.start_ns + 60 * SECOND_NS)
    assert errors_m(late, flight, scene.start_ns).max() < 1.0
    assert np.abs(late.altitude_m - flight.altitude_m).max() < 1.0


def test_velocity_points_where_the_flight_goes(scene):
    flight = scene.flight(60.0, 20.0, 30.0, 200.0)
    plots = scene.position_plots(flight, 0, duration_s=60)
    tracks, _ = tracked([Sensor("a", "adsb")], [plots], seconds=60, start_ns=scene.start_ns)
    last = tracks.take(slice(-1, None))
    heading = np.degrees(np.arctan2(last.velocity_east_mps[0], last.velocity_north_mps[0]))
    assert heading == pytest.approx(30.0, abs=0.5)


def test_midnight_is_an_instant_like_any_other(scene):
    flight = scene.flight(42.0, 75.0)
    radar = scene.radar_at(41.5, 75.2)
    start_ns = (scene.start_ns // DAY_NS + 1) * DAY_NS - 60 * SECOND_NS
    plots = scene.radar_plots(flight, 0, radar, heights=True, start_ns=start_ns)
    tracks, _ = tracked([radar], [plots], start_ns=start_ns)
    shown = confirmed(tracks)
    assert set(shown.track) == {1}
    assert np.array_equal(np.diff(shown.measured_ns), np.full(len(shown) - 1, SECOND_NS))
    assert errors_m(shown, flight, start_ns).max() < 100.0


def test_rows_stand_at_whole_multiples_of_the_period(scene):
    flight = scene.flight(42.0, 75.0)
    plots = scene.position_plots(flight, 0, start_ns=scene.start_ns + 123_456_789)
    settings = TrackerSettings(period_ns=500_000_000)
    tracks, _ = tracked([Sensor("a", "adsb")], [plots], start_ns=scene.start_ns, settings=settings)
    assert np.all(tracks.measured_ns % 500_000_000 == 0)
    assert np.all(tracks.last_plot_ns <= tracks.measured_ns)


def test_crossing_flights_keep_their_numbers(scene):
    noise = np.random.default_rng(3)
    radar = scene.radar_at(41.5, 75.4)
    # they meet in the middle after two minutes at an angle of 40 degrees
    meet = Geodesic.WGS84.Direct(42.0, 75.0, 90.0, 24e3)
    flights = []
    for heading in (70.0, 110.0):
        begin = Geodesic.WGS84.Direct(meet["lat2"], meet["lon2"], heading + 180.0, 24e3)
        flights.append(scene.flight(begin["lat2"], begin["lon2"], heading))
    plots = [
        scene.radar_plots(f, 0, radar, duration_s=240, phase_s=phase, noise=noise, heights=True)
        for f, phase in zip(flights, (0.0, 0.02), strict=True)
    ]
    tracks, _ = tracked([radar], plots, seconds=240, start_ns=scene.start_ns)
    shown = confirmed(tracks)
    assert set(shown.track) == {1, 2}
    for flight in flights:
        near = errors_m(shown, flight, scene.start_ns) < 400.0
        early = shown.measured_ns < scene.start_ns + 100 * SECOND_NS
        late = shown.measured_ns > scene.start_ns + 160 * SECOND_NS
        assert len(set(shown.track[near & early])) == 1
        assert set(shown.track[near & early]) == set(shown.track[near & late])


def test_clutter_alone_confirms_nothing(scene):
    random = np.random.default_rng(4)
    radar = scene.radar_at(42.0, 75.0, clutter_per_scan=100.0, max_range_m=200e3)
    count = 100 * 75
    measured_ns = scene.start_ns + np.sort(random.integers(0, 300 * SECOND_NS, count))
    plots = Plots.blank(
        count,
        measured_ns=measured_ns,
        received_ns=measured_ns,
        range_m=200e3 * np.sqrt(random.uniform(size=count)),
        azimuth_rad=(measured_ns - scene.start_ns) / (4 * SECOND_NS) % 1.0 * 2 * np.pi,
    )
    tracks, tracker = tracked([radar], [plots], seconds=300, start_ns=scene.start_ns)
    assert not tracks.confirmed.any()
    assert tracker.counts.tracks < 1000


def test_two_radars_and_positions_feed_one_track(scene):
    noise = np.random.default_rng(5)
    flight = scene.flight(42.0, 75.0)
    sensors = [scene.radar_at(41.4, 75.0), scene.radar_at(42.5, 75.6), Sensor("a", "adsb")]
    plots = [
        scene.radar_plots(flight, 0, sensors[0], noise=noise),
        scene.radar_plots(flight, 1, sensors[1], phase_s=1.3, noise=noise, heights=True),
        scene.position_plots(flight, 2, noise=noise, mode_s=0x4B1234),
    ]
    tracks, _ = tracked(sensors, plots, start_ns=scene.start_ns)
    shown = confirmed(tracks)
    assert set(shown.track) == {1}
    assert shown.sensors[-1, 0] == 0b111
    assert shown.mode_s[-1] == 0x4B1234
    assert errors_m(shown.take(slice(30, None)), flight, scene.start_ns).max() < 60.0


def test_two_radars_find_the_height_that_neither_measures(scene):
    """The unknown height must not spoil the place: slant ranges from two sides tell it."""
    flight = scene.flight(42.0, 75.0, altitude_m=3000.0)
    sensors = [scene.radar_at(41.7, 75.0), scene.radar_at(42.2, 75.5)]
    plots = [scene.radar_plots(flight, k, sensors[k], phase_s=1.7 * k) for k in range(2)]
    tracks, _ = tracked(sensors, plots, start_ns=scene.start_ns)
    late = confirmed(tracks).take(slice(60, None))
    assert errors_m(late, flight, scene.start_ns).max() < 150.0
    # what is shown of it is near; the prior, of 7,500 m, is not shown
    assert np.nanmax(np.abs(late.altitude_m - 3000.0), initial=0.0) < 1000.0
    assert np.isnan(late.pressure_altitude_m).all()


def test_a_silent_sensor_makes_a_track_coast_and_then_end(scene):
    flight = scene.flight(42.0, 75.0)
    radar = scene.radar_at(41.5, 75.2)
    plots = scene.radar_plots(flight, 0, radar, duration_s=60, heights=True)
    tracks, tracker = tracked([radar], [plots], seconds=300, start_ns=scene.start_ns)
    seconds = (tracks.measured_ns - scene.start_ns) // SECOND_NS
    assert not tracks.coasting[(seconds > 10) & (seconds < 60)].any()
    assert tracks.coasting[seconds > 70].all()
    assert 70 < seconds.max() <= 60 + TrackerSettings().coast_limit_s
    assert tracker.counts.tracks == 0


def test_a_track_that_left_a_live_radar_ends_sooner_than_one_of_a_silent_radar(scene):
    radar = scene.radar_at(41.5, 75.2)
    gone = scene.radar_plots(scene.flight(42.0, 75.0), 0, radar, duration_s=60, heights=True)
    other = scene.radar_plots(
        scene.flight(41.2, 74.6), 0, radar, duration_s=120, phase_s=1.0, heights=True
    )
    tracks, _ = tracked([radar], [gone, other], start_ns=scene.start_ns)
    last_s = (tracks.measured_ns[tracks.track == 1].max() - scene.start_ns) / SECOND_NS
    assert 65 < last_s < 85


def test_one_address_on_two_aircraft_stays_two_tracks(scene):
    noise = np.random.default_rng(6)
    flights = [scene.flight(42.0, 75.0), scene.flight(42.05, 75.0)]
    plots = [scene.position_plots(f, 0, noise=noise, mode_s=0x4B1234) for f in flights]
    tracks, _ = tracked([Sensor("a", "adsb")], plots, start_ns=scene.start_ns)
    shown = confirmed(tracks)
    assert set(shown.track) == {1, 2}
    for flight in flights:
        near = errors_m(shown, flight, scene.start_ns) < 100.0
        assert len(set(shown.track[near])) == 1
        assert near.sum() > 100


def test_a_garbled_address_costs_neither_the_plot_nor_the_number(scene):
    flight = scene.flight(42.0, 75.0)
    plots = scene.position_plots(flight, 0, mode_s=0x4B1234, noise=np.random.default_rng(7))
    plots.mode_s[50:52] = 0x123456
    tracks, tracker = tracked([Sensor("a", "adsb")], [plots], start_ns=scene.start_ns)
    assert set(confirmed(tracks).track) == {1}
    assert set(confirmed(tracks).mode_s) == {0x4B1234}
    assert tracker.counts.used >= len(plots) - 3


@pytest.mark.parametrize("later_ns", [1000, SECOND_NS // 5], ids=["same slot", "next slots"])
def test_a_second_plot_of_one_turn_makes_no_second_aircraft(scene, later_ns):
    """In one slot it may be another's, so it counts as a little; later on it is absorbed."""
    flight = scene.flight(42.0, 75.0)
    radar = scene.radar_at(41.5, 75.2)
    plots = scene.radar_plots(flight, 0, radar, heights=True)
    ghost = plots.take(np.array([20]))
    ghost.azimuth_rad[:] += 2 * radar.azimuth_sigma_rad
    ghost.measured_ns[:] += later_ns
    ghost.received_ns[:] += later_ns
    alone, _ = tracked([radar], [plots], start_ns=scene.start_ns)
    both, tracker = tracked([radar], [plots, ghost], start_ns=scene.start_ns)
    assert tracker.counts.absorbed + tracker.counts.dropped == 1
    assert set(confirmed(both).track) == {1}
    moved_m = 6.4e6 * np.abs(both.latitude_rad[both.track == 1] - alone.latitude_rad)
    assert moved_m.max() < (40.0 if later_ns == 1000 else 1e-4)


def test_an_aircraft_that_comes_up_beside_another_is_not_absorbed(scene):
    noise = np.random.default_rng(31)
    radar = scene.radar_at(41.5, 75.2)
    leader = scene.flight(42.0, 75.0)
    wing = scene.flight(42.0045, 75.0)
    plots = [
        scene.radar_plots(leader, 0, radar, duration_s=200, noise=noise),
        scene.radar_plots(wing, 0, radar, duration_s=200, phase_s=60.0, noise=noise),
    ]
    tracks, _ = tracked([radar], plots, seconds=200, start_ns=scene.start_ns)
    late = confirmed(tracks).take(confirmed(tracks).measured_ns == scene.start_ns + 190 * SECOND_NS)
    assert len(late) == 2
    apart_m = 6.4e6 * abs(late.latitude_rad[0] - late.latitude_rad[1])
    assert 250.0 < apart_m < 750.0


def test_reported_velocity_gives_a_new_track_its_motion(scene):
    flight = scene.flight(42.0, 75.0, 90.0, 200.0)
    plots = scene.position_plots(
        flight, 0, duration_s=1.5, velocity_east_mps=200.0, velocity_north_mps=0.0
    )
    tracks, _ = tracked([Sensor("a", "adsb")], [plots], seconds=4, start_ns=scene.start_ns)
    assert not tracks.confirmed.any()
    assert tracks.velocity_east_mps == pytest.approx(200.0, abs=5.0)
    assert errors_m(tracks, flight, scene.start_ns).max() < 30.0


def test_a_climb_shows_as_vertical_speed_from_mode_c(scene):
    flight = scene.flight(42.0, 75.0)
    radar = scene.radar_at(41.5, 75.2)
    plots = scene.radar_plots(flight, 0, radar, heights=True)
    climb = 3000.0 + 10.0 * (plots.measured_ns - scene.start_ns) / SECOND_NS
    plots.pressure_altitude_m[:] = np.round(climb / 30.48) * 30.48
    tracks, _ = tracked([radar], [plots], start_ns=scene.start_ns)
    assert tracks.velocity_up_mps[-1] == pytest.approx(10.0, abs=2.0)
    assert np.isnan(tracks.altitude_m).all()
    assert tracks.pressure_altitude_m[-1] == plots.pressure_altitude_m[-1]


def test_numbers_begin_where_told_and_are_not_used_twice(scene):
    flight = scene.flight(42.0, 75.0)
    first = scene.position_plots(flight, 0, duration_s=20)
    later_ns = scene.start_ns + 200 * SECOND_NS
    second = scene.position_plots(flight, 0, duration_s=20, start_ns=later_ns)
    tracker = Tracker(SensorTable((Sensor("a", "adsb"),)), first_track_number=4000)
    tracks = tracker.step(Plots.join([first, second]), later_ns + 30 * SECOND_NS)
    assert list(dict.fromkeys(tracks.track)) == [4000, 4001]
    assert tracker.next_track_number == 4002


@pytest.mark.parametrize(("bearing", "wide"), [(0.0, "east"), (90.0, "north")])
def test_a_track_is_least_sure_across_the_line_of_sight(scene, bearing, wide):
    radar = scene.radar_at(42.0, 75.0, azimuth_sigma_rad=0.003, range_sigma_m=30.0)
    place = Geodesic.WGS84.Direct(42.0, 75.0, bearing, 150e3)
    # outbound along the line of sight, so that its own motion does not turn the axes
    flight = scene.flight(place["lat2"], place["lon2"], bearing, 200.0)
    plots = scene.radar_plots(
        flight, 0, radar, duration_s=120, noise=np.random.default_rng(4), heights=True
    )
    tracks, _ = tracked([radar], [plots], seconds=120, start_ns=scene.start_ns)
    last = confirmed(tracks).covariance[-1]
    east, between, north = np.sqrt(last[0]), last[1], np.sqrt(last[4])
    across, along = (east, north) if wide == "east" else (north, east)
    assert across > 2 * along
    # the line of sight itself turns by a degree on the way: meridians converge
    assert abs(between) < 0.3 * east * north
    assert confirmed(tracks).horizontal_sigma_m[-1] ** 2 == pytest.approx(0.5 * (last[0] + last[4]))
    matrix = np.zeros((4, 4))
    matrix[np.triu_indices(4)] = last
    assert np.linalg.eigvalsh(matrix + np.triu(matrix, 1).T).min() > 0


def shifted(plots: Plots, metres_north: float) -> Plots:
    """The same reports, so far to the north."""
    plots.latitude_rad[:] += metres_north / 6.37e6
    return plots


def test_reports_that_disagree_on_one_aircraft_make_one_track(scene):
    flight = scene.flight(42.0, 75.0, 90.0, 220.0)
    receivers = [Sensor("north", "adsb"), Sensor("south", "mlat")]
    plots = [
        shifted(scene.position_plots(flight, k, duration_s=120, mode_s=0x4B1234), 500.0 * k)
        for k in range(2)
    ]
    tracks, _ = tracked(receivers, plots, seconds=120, start_ns=scene.start_ns)
    late = confirmed(tracks.take(tracks.measured_ns > scene.start_ns + 20 * SECOND_NS))
    assert len(set(late.track)) == 1, "one number"
    _, shown = np.unique(late.measured_ns, return_counts=True)
    assert shown.max() == 1, "shown once"


def test_two_aircraft_of_one_address_stay_two_where_they_lie_apart(scene):
    pair = [scene.flight(42.0 + 0.2 * k, 75.0, 90.0, 220.0) for k in range(2)]
    plots = [scene.position_plots(one, 0, duration_s=60, mode_s=0x4B1234) for one in pair]
    tracks, _ = tracked([Sensor("all", "adsb")], plots, seconds=60, start_ns=scene.start_ns)
    last = confirmed(tracks.take(tracks.measured_ns == tracks.measured_ns.max()))
    assert len(last) == 2


def test_aircraft_that_report_themselves_side_by_side_keep_their_addresses(scene):
    dice = np.random.default_rng(5)
    flights = [scene.flight(42.0 + 0.004 * k, 75.0, 90.0, 220.0) for k in range(2)]
    reports = [
        scene.position_plots(one, 0, duration_s=120, mode_s=0x4B1230 + k)
        for k, one in enumerate(flights)
    ]
    for plots in reports:  # positions jump by as much as the two are apart, as real ones do
        plots.latitude_rad[:] += 400.0 / 6.37e6 * (dice.random(len(plots)) < 0.2)
    tracks, _ = tracked([Sensor("all", "adsb")], reports, seconds=120, start_ns=scene.start_ns)
    shown = confirmed(tracks)
    for number in np.unique(shown.track):
        assert len(np.unique(shown.mode_s[shown.track == number])) == 1, "it was called otherwise"
    late = shown.take(shown.measured_ns > scene.start_ns + 30 * SECOND_NS)
    assert len(np.unique(late.track)) == 2
