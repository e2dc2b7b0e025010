"""Plots that come up to 30 s late: used where they were measured, not dropped."""

import numpy as np
import pytest
from geographiclib.geodesic import Geodesic

from skypact.geodesy import geodetic_to_polar
from skypact.model.plots import Plots
from skypact.model.sensors import SensorTable
from skypact.model.time import SECOND_NS
from skypact.model.tracks import Tracks
from skypact.tracking import Tracker, TrackerSettings

AIRCRAFT = 12
DURATION_S = 300
STEP = TrackerSettings(period_ns=5 * SECOND_NS)


def flown(seed):
    """Latitude and longitude (degrees) each second of aircraft that turn once in a while."""
    random = np.random.default_rng(seed)
    paths = np.empty((AIRCRAFT, DURATION_S + 1, 2))
    for a in range(AIRCRAFT):
        place = np.array([42.0 + random.uniform(-0.7, 0.7), 75.0 + random.uniform(-0.9, 0.9)])
        heading, begin = random.uniform(0, 360), random.uniform(60, 200)
        turn = random.choice([-1.5, 1.5])
        for second in range(DURATION_S + 1):
            paths[a, second] = place
            heading += turn if begin <= second < begin + 40 else 0.0
            ahead = Geodesic.WGS84.Direct(*place, heading, 200.0)
            place = np.array([ahead["lat2"], ahead["lon2"]])
    return paths


@pytest.fixture(scope="module")
def traffic(scene):
    """Two radars' plots of turning aircraft in order of measurement, and where they flew."""
    paths, random = flown(3), np.random.default_rng(4)
    radars = (scene.radar_at(41.2, 74.0), scene.radar_at(42.9, 76.2, rotation_s=5.0))
    rows = []
    for index, radar in enumerate(radars):
        origin = (radar.latitude_rad, radar.longitude_rad, radar.altitude_m)
        for path in paths:
            time_s = np.arange(random.uniform(0, 4), DURATION_S, radar.rotation_s)
            place = [np.interp(time_s, np.arange(DURATION_S + 1), path[:, k]) for k in range(2)]
            slant, azimuth, _ = geodetic_to_polar(*np.radians(place), 9000.0, origin=origin)
            slant = slant + 50.0 * random.standard_normal(len(time_s))
            azimuth = azimuth + radar.azimuth_sigma_rad * random.standard_normal(len(time_s))
            measured_ns = scene.start_ns + (time_s * SECOND_NS).astype(np.int64)
            rows.append(
                Plots.blank(
                    len(time_s),
                    sensor=np.full(len(time_s), index),
                    measured_ns=measured_ns,
                    received_ns=measured_ns,
                    range_m=slant,
                    azimuth_rad=azimuth % (2 * np.pi),
                )
            )
    return SensorTable(radars), Plots.join(rows).in_time_order(), paths


def delayed(plots, longest_s, sensor=1, seed=5):
    """The plots of one sensor received up to so many seconds after their measurement."""
    delay_s = np.random.default_rng(seed).uniform(0.3 * longest_s, longest_s, len(plots))
    late = plots.take(slice(None))
    received_ns = plots.measured_ns + np.where(
        plots.sensor == sensor, (delay_s * SECOND_NS).astype(np.int64), 0
    )
    columns = {name: getattr(late, name) for name in Plots.__dataclass_fields__}
    return Plots(**(columns | {"received_ns": received_ns})).in_time_order()


def rmse(tracks, paths, start_ns):
    """Root mean square distance (m) of confirmed tracks to the nearest aircraft after 60 s."""
    shown = tracks.take(tracks.confirmed & (tracks.measured_ns >= start_ns + 60 * SECOND_NS))
    second = ((shown.measured_ns - start_ns) // SECOND_NS).astype(int)
    truth = np.radians(paths[:, second])
    north = (shown.latitude_rad - truth[..., 0]) * 6.371e6
    east = (shown.longitude_rad - truth[..., 1]) * np.cos(shown.latitude_rad) * 6.371e6
    return float(np.sqrt((np.hypot(north, east).min(axis=0) ** 2).mean()))


def tracked(sensors, plots, start_ns):
    return Tracker(sensors, STEP).step(plots, start_ns + DURATION_S * SECOND_NS)


def in_hindsight(sensors, plots, start_ns):
    """Each row from a tracker begun anew with all that was received by then, in order."""
    rows = []
    for second in range(60, DURATION_S, 15):
        now_ns = start_ns + second * SECOND_NS
        known = plots.take(plots.received_ns < now_ns)
        known.received_ns[:] = known.measured_ns
        tracks = Tracker(sensors, STEP).step(known.in_time_order(), now_ns)
        rows.append(tracks.take(tracks.measured_ns == now_ns))
    return Tracks.join(rows)


@pytest.mark.parametrize(("longest_s", "loss"), [(3.0, 1.02), (10.0, 1.02), (29.0, 1.2)])
def test_late_plots_are_worth_almost_what_they_are_in_hindsight(traffic, scene, longest_s, loss):
    """No causal tracker does better than one that starts anew at each instant."""
    sensors, plots, paths = traffic
    late = delayed(plots, longest_s)
    ours = tracked(sensors, late, scene.start_ns)
    ours = ours.take(((ours.measured_ns - scene.start_ns) // SECOND_NS) % 15 == 0)
    best = in_hindsight(sensors, late, scene.start_ns)
    assert rmse(ours, paths, scene.start_ns) <= loss * rmse(best, paths, scene.start_ns)


def test_using_late_plots_beats_dropping_them(traffic, scene):
    sensors, plots, paths = traffic
    in_order = rmse(tracked(sensors, plots, scene.start_ns), paths, scene.start_ns)
    dropped = rmse(
        tracked(sensors, plots.take(plots.sensor == 0), scene.start_ns), paths, scene.start_ns
    )
    losses = []
    for longest_s in (3.0, 10.0, 29.0):
        late = tracked(sensors, delayed(plots, longest_s), scene.start_ns)
        losses.append(rmse(late, paths, scene.start_ns))
    assert in_order < losses[0] < losses[1] < losses[2] < dropped
    assert losses[0] < 1.1 * in_order


def test_batches_do_not_change_what_late_plots_do(traffic, scene):
    sensors, plots, _ = traffic
    late = delayed(plots, 29.0)
    whole = tracked(sensors, late, scene.start_ns)
    tracker, rows, first = Tracker(sensors, STEP), [], 0
    for second in range(1, DURATION_S + 1):
        until_ns = scene.start_ns + second * SECOND_NS
        last = int(np.searchsorted(late.received_ns, until_ns))
        rows.append(tracker.step(late.take(slice(first, last)), until_ns))
        first = last
    parts = Tracks.join(rows)
    for name in Tracks.__dataclass_fields__:
        assert np.array_equal(
            getattr(parts, name), getattr(whole, name), equal_nan=name.endswith(("_m", "_mps"))
        ), name


def test_no_late_plot_changes_the_past(traffic, scene):
    sensors, plots, _ = traffic
    late = delayed(plots, 29.0)
    moment_ns = scene.start_ns + 150 * SECOND_NS
    whole = tracked(sensors, late, scene.start_ns)
    cut = Tracker(sensors, STEP).step(late.take(late.received_ns < moment_ns), moment_ns)
    earlier = whole.take(whole.measured_ns <= moment_ns)
    assert np.array_equal(cut.latitude_rad, earlier.latitude_rad)
    assert np.array_equal(cut.track, earlier.track)
