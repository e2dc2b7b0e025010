"""What the tracker tells of the plots it used, and what registration tells the tracker."""

from dataclasses import fields

import numpy as np
import pytest

from skypact.model.innovations import Innovations
from skypact.model.plots import Plots
from skypact.model.sensors import Sensor, SensorTable
from skypact.model.time import SECOND_NS
from skypact.tracking import Tracker, TrackerSettings

KEEP = TrackerSettings(keep_innovations=True)


@pytest.fixture(scope="module")
def sky(scene):
    """Two minutes of three flights seen by a radar and by receivers, received in order."""
    noise = np.random.default_rng(21)
    sensors = SensorTable((scene.radar_at(41.5, 75.2), Sensor("a", "adsb")))
    plots = []
    for k in range(3):
        flight = scene.flight(42.0 + 0.3 * k, 75.0, 70.0 + 20.0 * k)
        plots.append(scene.radar_plots(flight, 0, sensors[0], noise=noise, phase_s=0.7 * k))
        plots.append(scene.position_plots(flight, 1, noise=noise, every_s=2.0))
    return sensors, Plots.join(plots).in_time_order()


def stepped(sensors, plots, until_ns, settings=KEEP, parts=1):
    """The tracker's innovations over all steps."""
    tracker, told = Tracker(sensors, settings), []
    for part in np.array_split(np.arange(len(plots)), parts):
        batch = plots.take(part)
        last = part[-1] == len(plots) - 1
        tracker.step(batch, until_ns if last else int(batch.received_ns[-1]))
        told.append(tracker.innovations)
    return tracker, Innovations.joined(told)


def test_each_plot_used_has_one_row_that_names_it(sky, scene):
    sensors, plots = sky
    tracker, told = stepped(sensors, plots, scene.start_ns + 130 * SECOND_NS)
    assert len(told) == tracker.counts.used + tracker.counts.initiated
    assert len(set(told.plot)) == len(told)
    assert np.array_equal(told.measured_ns, plots.measured_ns[told.plot])
    assert np.array_equal(told.sensor, plots.sensor[told.plot])
    assert np.array_equal(told.range_m, plots.range_m[told.plot], equal_nan=True)
    assert np.array_equal(told.polar, told.sensor == 0)


def test_innovations_do_not_depend_on_how_plots_are_cut_into_steps(sky, scene):
    sensors, plots = sky
    end_ns = scene.start_ns + 130 * SECOND_NS
    whole = stepped(sensors, plots, end_ns)[1]
    cut = stepped(sensors, plots, end_ns, parts=37)[1]
    for field in fields(Innovations):
        assert getattr(cut, field.name).tobytes() == getattr(whole, field.name).tobytes()


def test_refused_plots_count_in_the_numbering(sky, scene):
    sensors, plots = sky
    bad = plots.take(np.arange(5))
    bad.sensor[:] = 9
    both = Plots.join([bad, plots])
    told = stepped(sensors, both, scene.start_ns + 130 * SECOND_NS)[1]
    assert told.plot.min() == 5
    assert np.array_equal(told.measured_ns, both.measured_ns[told.plot])


def test_expected_and_found_errors_agree_in_both_axes(sky, scene):
    sensors, plots = sky
    told = stepped(sensors, plots, scene.start_ns + 130 * SECOND_NS)[1]
    settled = told.measured_ns > scene.start_ns + 40 * SECOND_NS
    for polar in (True, False):
        rows = settled & (told.polar == polar)
        for part, variance in (
            (told.first, told.first_variance),
            (told.second, told.second_variance),
        ):
            # the filter allows for manoeuvres that are not flown: errors may be smaller
            assert 0.3 < np.mean(part[rows] ** 2 / variance[rows]) < 1.6
        assert 0.6 < np.mean(told.normalised_squared[rows]) < 3.0


def test_the_prediction_lies_where_the_plot_does_but_for_the_innovation(sky, scene):
    """East and north are those at the place: adding them to the prediction gives the report."""
    sensors, plots = sky
    told = stepped(sensors, plots, scene.start_ns + 130 * SECOND_NS)[1]
    rows = np.flatnonzero(~told.polar & np.isfinite(told.first_variance))
    at = np.stack([told.x_m, told.y_m, told.z_m], -1)[rows]
    longitude = np.arctan2(at[:, 1], at[:, 0])
    latitude = plots.latitude_rad[told.plot[rows]]
    east = np.stack([-np.sin(longitude), np.cos(longitude), 0 * longitude], -1)
    north = np.stack(
        [
            -np.sin(latitude) * np.cos(longitude),
            -np.sin(latitude) * np.sin(longitude),
            np.cos(latitude),
        ],
        -1,
    )
    moved = at + told.first[rows, None] * east + told.second[rows, None] * north
    reported = plots.longitude_rad[told.plot[rows]]
    assert np.allclose(np.arctan2(moved[:, 1], moved[:, 0]), reported, atol=2e-7)
    speed = np.hypot(np.hypot(told.velocity_x_mps, told.velocity_y_mps), told.velocity_z_mps)
    assert np.median(speed[rows]) == pytest.approx(200.0, abs=10.0)


def test_a_plot_that_began_a_track_has_a_row_that_statistics_leave_out(sky, scene):
    sensors, plots = sky
    tracker, told = stepped(sensors, plots, scene.start_ns + 130 * SECOND_NS)
    first = np.isnan(told.first_variance)
    assert np.count_nonzero(first) == tracker.counts.initiated
    assert np.all(told.first[first] == 0.0)
    assert np.all(told.share[first] == 1.0)
    assert np.isnan(told.normalised_squared[first]).all()


def test_nothing_is_kept_unless_asked(sky, scene):
    sensors, plots = sky
    tracker, told = stepped(sensors, plots, scene.start_ns + 130 * SECOND_NS, TrackerSettings())
    assert tracker.counts.used > 0
    assert len(told) == 0


def test_a_withheld_sensor_is_not_used_and_counted(sky, scene):
    sensors, plots = sky
    tracker = Tracker(sensors, KEEP)
    half_ns = scene.start_ns + 60 * SECOND_NS
    early = plots.received_ns < half_ns
    tracker.step(plots.take(early), half_ns)
    tracker.set_sensor_noise(np.full(2, np.nan), np.full(2, np.nan), np.array([0.0, 1.0]))
    tracker.step(plots.take(~early), half_ns + 70 * SECOND_NS)
    assert set(tracker.innovations.sensor) == {1}
    late_of_radar = np.count_nonzero(~early & (plots.sensor == 0))
    assert tracker.counts.refused == {"sensor withheld": late_of_radar}
    counts = tracker.counts
    assert counts.used + counts.initiated + counts.absorbed + late_of_radar == counts.received


def test_a_noisier_sensor_is_expected_to_be_farther_off(sky, scene):
    sensors, plots = sky
    tracker = Tracker(sensors, KEEP)
    tracker.set_sensor_noise(
        np.array([300.0, np.nan]), np.array([0.01, np.nan]), np.array([1.0, 1.0])
    )
    tracker.step(plots, scene.start_ns + 130 * SECOND_NS)
    told = tracker.innovations
    rows = told.polar & np.isfinite(told.first_variance)
    assert np.all(told.first_variance[rows] >= 300.0**2)
    assert np.all(told.second_variance[rows] >= 0.01**2)


def test_noises_that_cannot_be_are_refused(sky):
    tracker = Tracker(sky[0])
    good = np.ones(2)
    with pytest.raises(ValueError, match="shape"):
        tracker.set_sensor_noise(np.ones(3), good, good)
    with pytest.raises(ValueError, match="above 0"):
        tracker.set_sensor_noise(good, np.array([1.0, 0.0]), good)
    with pytest.raises(ValueError, match="weight"):
        tracker.set_sensor_noise(good, good, np.ones(1))
