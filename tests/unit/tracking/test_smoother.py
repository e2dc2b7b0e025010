"""What the smoother makes of flights that are known, beside what the tracker showed of them."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
from geographiclib.geodesic import Geodesic

from skypact.geodesy import ecef_to_geodetic, geodetic_to_ecef
from skypact.model.innovations import Innovations
from skypact.model.plots import Plots
from skypact.model.sensors import Sensor, SensorTable
from skypact.model.time import SECOND_NS
from skypact.model.tracks import TRACK_COLUMNS
from skypact.tracking import Tracker, TrackerSettings
from skypact.tracking.smoother import smooth
from skypact.tracking.smoothing_settings import Gait, SmootherSettings


@dataclass(frozen=True)
class Winding:
    """A level flight of legs: seconds and rate of turn, clockwise; a geodesic step each 0.5 s."""

    latitude_deg: float
    longitude_deg: float
    legs: tuple[tuple[float, float], ...]
    heading_deg: float = 60.0
    speed_mps: float = 180.0
    altitude_m: float = 8000.0

    def at(self, time_s):
        step_s = 0.5
        latitude, longitude, heading = self.latitude_deg, self.longitude_deg, self.heading_deg
        points = [(latitude, longitude)]
        length = self.speed_mps * step_s / (1.0 + self.altitude_m / 6.371e6)
        for seconds, rate_degps in self.legs:
            for _ in range(round(seconds / step_s)):
                middle = heading + 0.5 * rate_degps * step_s
                to = Geodesic.WGS84.Direct(latitude, longitude, middle, length)
                latitude, longitude = to["lat2"], to["lon2"]
                # the geodesic's own heading changes along it
                heading = to["azi2"] + 0.5 * rate_degps * step_s
                points.append((latitude, longitude))
        grid = np.stack(geodetic_to_ecef(*np.radians(points).T, np.zeros(len(points))), axis=1)
        at = np.asarray(time_s) / step_s
        k = np.clip(at.astype(int), 0, len(grid) - 2)
        part = (at - k)[:, None]
        return ecef_to_geodetic(*(grid[k] + part * (grid[k + 1] - grid[k])).T)[:2]


WINDING = Winding(42.3, 74.2, ((70, 0.0), (40, 1.5), (60, 0.0), (25, -2.5), (65, 0.0)))


def errors_m(tracks, flight, start_ns):
    """Horizontal distance of each row from where the flight was."""
    true = flight.at((tracks.measured_ns - start_ns) / SECOND_NS)
    level = np.zeros(len(tracks))
    a = np.stack(geodetic_to_ecef(*true, level))
    b = np.stack(geodetic_to_ecef(tracks.latitude_rad, tracks.longitude_rad, level))
    return np.linalg.norm(a - b, axis=0)


def members(plots, track, **columns):
    """Innovations that say which plot made which track, by truth."""
    rows = np.flatnonzero(np.asarray(track) > 0)
    told = Innovations.blank(len(rows))
    told.plot[:], told.track[:] = rows, np.asarray(track)[rows]
    told.share[:], told.measured_ns[:] = 1.0, plots.measured_ns[rows]
    told.range_m[:] = told.azimuth_rad[:] = np.nan
    for name, values in columns.items():
        getattr(told, name)[:] = values
    return told


def smoothed(sensors, plots, track=None, settings=None, **columns):
    """Smooth plots that make one track, or those named."""
    track = np.ones(len(plots), np.int64) if track is None else track
    told = members(plots, track, **columns)
    table = SensorTable(tuple(sensors))
    return smooth(plots, table, told, np.unique(told.track), settings or SmootherSettings())


def same(one, two):
    for name in TRACK_COLUMNS:
        np.testing.assert_array_equal(getattr(one, name), getattr(two, name), err_msg=name)
    return True


@pytest.fixture(scope="module")
def radars(scene):
    return (
        scene.radar_at(42.0, 73.0, rotation_s=8.0),
        scene.radar_at(43.2, 75.0, rotation_s=10.0),
    )


def seen(scene, radars, flight, seed, *, duration_s=250, heights=True, **codes):
    random = np.random.default_rng(seed)
    return [
        scene.radar_plots(
            flight,
            k,
            radar,
            duration_s=duration_s,
            phase_s=1.7 * k,
            noise=random,
            heights=heights,
            **codes,
        )
        for k, radar in enumerate(radars)
    ]


@pytest.mark.parametrize("heights", [True, False], ids=["with heights", "without heights"])
def test_it_halves_the_error_of_the_tracker_on_flights_that_turn(scene, radars, heights):
    smooth_errors, shown_errors, smooth_speed, shown_speed, consistency = [], [], [], [], []
    for seed in range(6):
        flight = replace(WINDING, heading_deg=60.0 * seed, latitude_deg=42.3 + 0.05 * seed)
        plots = Plots.join(seen(scene, radars, flight, seed, heights=heights)).in_time_order()
        tracker = Tracker(SensorTable(radars), TrackerSettings(keep_innovations=True))
        shown = tracker.step(plots, scene.start_ns + 253 * SECOND_NS)
        shown = shown.take(shown.confirmed)
        got = smooth(plots, SensorTable(radars), tracker.innovations, np.unique(shown.track))
        late_ns = scene.start_ns + 40 * SECOND_NS
        early = got.tracks.take(got.tracks.measured_ns >= late_ns)
        shown = shown.take((shown.measured_ns >= late_ns) & ~shown.coasting)
        smooth_errors.append(errors_m(early, flight, scene.start_ns))
        shown_errors.append(errors_m(shown, flight, scene.start_ns))
        consistency.append(smooth_errors[-1] ** 2 / early.horizontal_sigma_m**2)
        for rows, kept in ((early, smooth_speed), (shown, shown_speed)):
            speed = np.hypot(rows.velocity_east_mps, rows.velocity_north_mps)
            kept.append(np.abs(speed - flight.speed_mps))
    rms = [np.sqrt(np.mean(np.concatenate(e) ** 2)) for e in (smooth_errors, shown_errors)]
    assert rms[0] < 0.65 * rms[1]
    speeds = [np.sqrt(np.mean(np.concatenate(e) ** 2)) for e in (smooth_speed, shown_speed)]
    assert speeds[0] < 0.6 * speeds[1]
    # two degrees of freedom: what it says of its error is true
    assert 0.8 < np.mean(np.concatenate(consistency)) < 3.0


PLACES = {
    "across 180 degrees": (52.0, 179.9, 90.0),
    "over the north pole": (89.85, 40.0, 0.0),
    "past the south pole": (-89.8, 10.0, 100.0),
    "equator and meridian": (0.05, -0.05, 135.0),
}


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES.keys())
def test_a_straight_flight_is_smoothed_anywhere_on_earth(scene, place):
    latitude, longitude, heading = place
    flight = scene.flight(latitude, longitude, heading, 220.0)
    radar = scene.radar_at(latitude - np.sign(latitude) * 0.6, longitude)
    plots = seen(scene, [radar], flight, 1, duration_s=180)[0]
    tracks = smoothed([radar], plots).tracks
    assert np.unique(tracks.track).tolist() == [1]
    assert np.diff(tracks.measured_ns).tolist() == [SECOND_NS] * (len(tracks) - 1)
    assert tracks.measured_ns[0] == plots.measured_ns[0]
    error = errors_m(tracks, flight, scene.start_ns)
    assert np.sqrt(np.mean(error**2)) < 60.0
    speed = np.hypot(tracks.velocity_east_mps, tracks.velocity_north_mps)
    # flown 9 km up, so a little faster over the ground point's frame
    np.testing.assert_allclose(speed, 220.0, atol=4.0)


def test_exact_plots_give_the_exact_flight(scene):
    # over 160 km, so that the plane really rolls
    flight = scene.flight(55.0, 20.0, 70.0, 250.0)
    radars = [scene.radar_at(54.5, 21.0), scene.radar_at(55.8, 20.0)]
    parts = [
        scene.radar_plots(flight, k, radar, duration_s=640, heights=True)
        for k, radar in enumerate(radars)
    ]
    tracks = smoothed(radars, Plots.join(parts)).tracks
    assert errors_m(tracks, flight, scene.start_ns).max() < 2.0
    speed = np.hypot(tracks.velocity_east_mps, tracks.velocity_north_mps)
    np.testing.assert_allclose(speed, 250.0, atol=0.1)
    np.testing.assert_allclose(tracks.pressure_altitude_m, 9000.0, atol=1e-3)
    np.testing.assert_allclose(tracks.velocity_up_mps, 0.0, atol=1e-3)


def test_the_order_of_rows_and_of_arrival_does_not_matter(scene, radars):
    plots = Plots.join(seen(scene, radars, WINDING, 3)).in_time_order()
    want = smoothed(radars, plots).tracks
    mixed = plots.take(np.random.default_rng(1).permutation(len(plots)))
    # some come 20 s late
    mixed.received_ns[::5] += 20 * SECOND_NS
    assert same(smoothed(radars, mixed).tracks, want)
    assert same(smoothed(radars, plots).tracks, want)


def test_a_track_is_smoothed_alike_alone_and_among_others(scene, radars):
    flights = [replace(WINDING, latitude_deg=42.0 + 0.4 * k) for k in range(3)]
    parts = [Plots.join(seen(scene, radars, f, k)) for k, f in enumerate(flights)]
    track = np.repeat(np.arange(3) + 1, [len(part) for part in parts])
    together = smoothed(radars, Plots.join(parts), track).tracks
    alone = smoothed(radars, parts[1], np.full(len(parts[1]), 2)).tracks
    assert same(together.take(together.track == 2), alone)
    order = np.lexsort((together.track, together.measured_ns))
    assert order.tolist() == list(range(len(together)))


def test_nothing_is_made_up_in_a_gap_of_more_than_a_minute(scene, radars):
    plots = Plots.join(seen(scene, radars, WINDING, 4, mode_s=0x4A0001))
    time_s = (plots.measured_ns - scene.start_ns) / SECOND_NS
    long = smoothed(radars, plots.take((time_s < 60) | (time_s > 130)))
    shown_s = (long.tracks.measured_ns - scene.start_ns) / SECOND_NS
    assert (long.segments, long.gaps) == (2, 1)
    assert not np.any((shown_s > 60) & (shown_s < 130))
    assert np.unique(long.tracks.track).tolist() == [1]
    short = smoothed(radars, plots.take((time_s < 60) | (time_s > 110)))
    assert (short.segments, short.gaps) == (1, 0)
    inside = short.tracks.take(
        (short.tracks.measured_ns > scene.start_ns + 60 * SECOND_NS)
        & (short.tracks.measured_ns < scene.start_ns + 105 * SECOND_NS)
    )
    assert len(inside) > 40
    assert inside.coasting.all()
    assert inside.horizontal_sigma_m.max() > 2.0 * np.median(short.tracks.horizontal_sigma_m)


def test_an_outlier_does_not_bend_the_path(scene, radars):
    plots = Plots.join(seen(scene, radars, WINDING, 5))
    want = smoothed(radars, plots)
    bad = plots.take(slice(None))
    bad.range_m[12] += 4000.0
    got = smoothed(radars, bad)
    assert got.doubted == want.doubted + 1
    moved = np.abs(
        errors_m(got.tracks, WINDING, scene.start_ns)
        - errors_m(want.tracks, WINDING, scene.start_ns)
    )
    assert moved.max() < 100.0


def test_a_garbled_height_does_not_show_and_heights_end_where_reports_do(scene, radars):
    flight = scene.flight(42.2, 73.8, 80.0)
    plots = Plots.join(seen(scene, radars, flight, 6, duration_s=240))
    time_s = (plots.measured_ns - scene.start_ns) / SECOND_NS
    height = np.where(time_s > 60, 9000.0 - 10.0 * (time_s - 60), 9000.0)
    plots.pressure_altitude_m[:] = np.round(height / 30.48) * 30.48
    plots.pressure_altitude_m[9] = 1200.0
    plots.pressure_altitude_m[time_s > 150] = np.nan
    tracks = smoothed(radars, plots).tracks
    shown_s = (tracks.measured_ns - scene.start_ns) / SECOND_NS
    want = np.where(shown_s > 60, 9000.0 - 10.0 * (shown_s - 60), 9000.0)
    known = shown_s < 140
    assert np.abs(tracks.pressure_altitude_m - want)[known].max() < 40.0
    climbing = (shown_s > 75) & known
    assert np.sqrt(np.mean((tracks.velocity_up_mps[climbing] + 10.0) ** 2)) < 1.5
    assert np.isnan(tracks.pressure_altitude_m[shown_s > 170]).all()
    assert np.isnan(tracks.velocity_up_mps[shown_s > 170]).all()
    assert np.isnan(tracks.altitude_m).all()


def test_fragments_of_one_aircraft_get_one_number(scene):
    flight = scene.flight(42.2, 73.8, 80.0)
    receiver = Sensor(name="receiver", kind="adsb", rotation_s=1.0)
    plots = scene.position_plots(flight, 0, duration_s=120, mode_s=0x4A0001, callsign=b"KZR123")
    time_s = (plots.measured_ns - scene.start_ns) / SECOND_NS
    track = np.where(time_s < 40, 7, np.where(time_s < 65, 0, 12))
    x, y, z = geodetic_to_ecef(plots.latitude_rad, plots.longitude_rad, np.full(len(plots), 9000.0))
    kept = track > 0
    speeds = [np.gradient(axis, time_s)[kept] for axis in (x, y, z)]
    motion = {
        "x_m": x[kept],
        "y_m": y[kept],
        "z_m": z[kept],
        "velocity_x_mps": speeds[0],
        "velocity_y_mps": speeds[1],
        "velocity_z_mps": speeds[2],
    }
    joined = smoothed([receiver], plots, track, **motion)
    assert joined.joined == {12: 7}
    assert np.unique(joined.tracks.track).tolist() == [7]
    assert errors_m(joined.tracks, flight, scene.start_ns).max() < 5.0
    # another address, another place or an overlap is another aircraft
    other = plots.take(slice(None))
    other.mode_s[time_s >= 40] = 0x4A0002
    assert smoothed([receiver], other, track, **motion).joined == {}
    apart = motion | {"x_m": motion["x_m"] + np.where(track[kept] == 12, 9000.0, 0.0)}
    assert smoothed([receiver], plots, track, **apart).joined == {}
    alike = np.where(np.arange(len(plots)) % 2 == 0, 7, 12)
    assert smoothed([receiver], plots, alike).joined == {}
    unnamed = plots.take(slice(None))
    unnamed.mode_s[:], unnamed.callsign[:] = -1, b""
    assert smoothed([receiver], unnamed, track, **motion).joined == {}


def test_codes_are_what_most_plots_of_the_track_say(scene, radars):
    plots = Plots.join(
        seen(scene, radars, WINDING, 8, mode_s=0x4A0001, callsign=b"KZR123", mode_3a=0o1234)
    )
    time_s = (plots.measured_ns - scene.start_ns) / SECOND_NS
    plots.mode_3a[time_s > 100] = 0o4321
    plots.mode_3a[[3, 20]] = [0o7777, 0o0001]
    plots.mode_s[[5, 6]], plots.callsign[5] = [-1, 0x4A0003], b"KZR12"
    tracks = smoothed(radars, plots).tracks
    shown_s = (tracks.measured_ns - scene.start_ns) / SECOND_NS
    assert set(tracks.mode_s) == {0x4A0001}
    assert set(tracks.callsign) == {b"KZR123"}
    assert set(tracks.mode_3a[shown_s < 100]) == {0o1234}
    assert set(tracks.mode_3a[shown_s > 110]) == {0o4321}
    assert tracks.confirmed.all()
    assert set(tracks.sensors[shown_s > 10, 0]) == {3}
    assert np.all(tracks.last_plot_ns <= tracks.measured_ns)


def test_positions_and_ranges_are_smoothed_together(scene, radars):
    random = np.random.default_rng(9)
    receiver = Sensor(name="receiver", kind="adsb", rotation_s=5.0)
    parts = [
        *seen(scene, radars, WINDING, 9),
        scene.position_plots(WINDING, 2, duration_s=250, every_s=5.0, noise=random, sigma_m=15.0),
    ]
    both = smoothed([*radars, receiver], Plots.join(parts)).tracks
    alone = smoothed(radars, Plots.join(parts[:2])).tracks
    rms = [np.sqrt(np.mean(errors_m(t, WINDING, scene.start_ns) ** 2)) for t in (both, alone)]
    assert rms[0] < 15.0
    assert rms[0] < rms[1]


def test_bad_input_is_refused_by_name_or_left_out(scene, radars):
    plots = Plots.join(seen(scene, radars, WINDING, 10))
    assert len(smoothed(radars, plots.take(slice(0, 0))).tracks) == 0
    few = smoothed(radars, plots.take(slice(0, 2)))
    assert (len(few.tracks), few.short) == (0, 1)
    told = members(plots, np.ones(len(plots), np.int64))
    table = SensorTable(radars)
    assert len(smooth(plots, table, told, np.empty(0, np.int64)).tracks) == 0
    told.plot[4] = len(plots)
    with pytest.raises(ValueError, match=f"beyond the {len(plots)} given"):
        smooth(plots, table, told, np.array([1]))
    with pytest.raises(ValueError, match="beyond the 1 in the table"):
        smooth(plots, SensorTable(radars[:1]), members(plots, np.ones(len(plots))), np.array([1]))
    broken = plots.take(slice(None))
    broken.range_m[[3, 7]] = [np.nan, -5.0]
    broken.azimuth_rad[11] = np.inf
    broken.pressure_altitude_m[13] = -1e9
    got = smoothed(radars, broken)
    assert got.plots == len(plots) - 3
    assert np.isfinite(got.tracks.latitude_rad).all()
    assert errors_m(got.tracks, WINDING, scene.start_ns).max() < 600.0


def test_many_plots_at_one_instant_and_a_plot_over_the_radar_do_no_harm(scene):
    flight = scene.flight(42.0, 74.9, 90.0)
    radar = scene.radar_at(42.0, 75.0)
    plots = seen(scene, [radar], flight, 11)[0]
    twice = Plots.join([plots, plots, plots])
    tracks = smoothed([radar], twice).tracks
    for name in ("latitude_rad", "longitude_rad", "velocity_east_mps", "horizontal_sigma_m"):
        assert np.isfinite(getattr(tracks, name)).all()
    assert np.hypot(tracks.velocity_east_mps, tracks.velocity_north_mps).max() < 400.0


def test_a_plot_that_nothing_could_fly_to_ends_a_segment(scene, radars):
    plots = Plots.join(seen(scene, radars, WINDING, 13)).in_time_order()
    receiver = Sensor(name="receiver", kind="adsb", rotation_s=1.0)
    elsewhere = scene.position_plots(scene.flight(-42.0, -106.0), 2, duration_s=20)
    at_s = 120
    first = plots.take(plots.measured_ns < scene.start_ns + at_s * SECOND_NS)
    rest = plots.take(plots.measured_ns >= scene.start_ns + (at_s + 20) * SECOND_NS)
    elsewhere.measured_ns[:] += at_s * SECOND_NS
    got = smoothed([*radars, receiver], Plots.join([first, elsewhere, rest]))
    assert (got.segments, got.gaps) == (3, 2)
    assert np.isfinite(got.tracks.latitude_rad).all()
    south = got.tracks.latitude_rad < 0
    assert np.degrees(got.tracks.latitude_rad[south]).max() < -41.0
    assert errors_m(got.tracks.take(~south), WINDING, scene.start_ns).max() < 900.0


def test_whatever_is_handed_in_comes_out_as_numbers(scene):
    sensors = [
        scene.radar_at(40.0, 75.0),
        scene.radar_at(90.0, 0.0),
        Sensor(name="receiver", kind="adsb"),
        Sensor(name="lost", kind="radar"),
    ]
    for seed in range(60):
        random = np.random.default_rng(seed)
        count = int(random.integers(1, 60))

        def damaged(values, part=0.1, random=random, count=count):
            hit = random.random(count) < part
            wild = random.choice([np.nan, np.inf, -np.inf, 1e300, 0.0, -1.0], count)
            return np.where(hit, wild, values)

        span_ns = int(random.choice([1, 1e9, 1e11, 1e13]))
        plots = Plots.blank(
            count,
            sensor=random.integers(0, 4, count),
            measured_ns=scene.start_ns + np.sort(random.integers(0, span_ns, count)),
            range_m=damaged(random.choice([1.0, 50e3, 1.9e6], count) * random.random(count)),
            azimuth_rad=damaged(random.uniform(0.0, 6.3, count)),
            latitude_rad=damaged(random.uniform(-1.57, 1.57, count)),
            longitude_rad=damaged(random.uniform(-3.2, 3.2, count)),
            altitude_m=damaged(random.uniform(-500.0, 2e4, count), 0.5),
            pressure_altitude_m=damaged(random.uniform(-500.0, 2e4, count), 0.5),
            horizontal_sigma_m=damaged(random.choice([1e-6, 1.0, 100.0, 1e9], count)),
            mode_s=random.integers(-1, 3, count),
        )
        tracks = smoothed(sensors, plots, random.integers(0, 4, count)).tracks
        for name in ("latitude_rad", "longitude_rad", "velocity_north_mps", "horizontal_sigma_m"):
            assert np.isfinite(getattr(tracks, name)).all(), (seed, name)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"period_ns": 0}, "above 0"),
        ({"models": ()}, "models is empty"),
        ({"passes": 0}, "passes is 0"),
    ],
)
def test_impossible_settings_are_refused(wrong, words):
    with pytest.raises(ValueError, match=words):
        SmootherSettings(**wrong)


def test_other_models_can_be_given(scene, radars):
    plots = Plots.join(seen(scene, radars, WINDING, 12))
    rigid = SmootherSettings(models=(Gait(0.0, 0.01, 100.0, 1.0),))
    stiff = smoothed(radars, plots, settings=rigid).tracks
    free = smoothed(radars, plots).tracks
    stiff_m, free_m = (errors_m(t, WINDING, scene.start_ns) for t in (stiff, free))
    assert np.sqrt(np.mean(stiff_m**2)) > 3.0 * np.sqrt(np.mean(free_m**2))
