"""Batches, bad plots and limits: the same rows however they come, and never an exception."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from skypact.model.plots import Plots
from skypact.model.sensors import Sensor, SensorTable
from skypact.model.time import SECOND_NS
from skypact.model.tracks import TRACK_COLUMNS, Tracks
from skypact.tracking import MotionModel, Tracker, TrackerSettings
from skypact.tracking.settings import SLOT_NS


@pytest.fixture(scope="module")
def traffic(scene):
    """Thirty seconds of four flights, two radars, positions and clutter, in order of reception."""
    noise = np.random.default_rng(11)
    sensors = (scene.radar_at(41.4, 75.0), scene.radar_at(42.5, 75.6), Sensor("a", "adsb"))
    flights = [scene.flight(42.0 + 0.05 * k, 75.0, 80.0 + 10 * k) for k in range(4)]
    plots = []
    for k, flight in enumerate(flights):
        for s in range(2):
            plots.append(
                scene.radar_plots(
                    flight, s, sensors[s], duration_s=30, phase_s=0.4 * k + s, noise=noise
                )
            )
        plots.append(scene.position_plots(flight, 2, duration_s=30, noise=noise, mode_s=100 + k))
    count = 400
    measured_ns = scene.start_ns + noise.integers(0, 30 * SECOND_NS, count)
    clutter = Plots.blank(
        count,
        sensor=noise.integers(0, 2, count),
        measured_ns=measured_ns,
        received_ns=measured_ns + noise.integers(0, SECOND_NS, count),
        range_m=noise.uniform(5e3, 200e3, count),
        azimuth_rad=noise.uniform(0, 6.28, count),
    )
    return SensorTable(sensors), Plots.join([*plots, clutter]).in_time_order()


def same(one: Tracks, other: Tracks) -> bool:
    """Equal to the bit, NaN included."""
    return all(getattr(one, c).tobytes() == getattr(other, c).tobytes() for c in TRACK_COLUMNS)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_rows_do_not_depend_on_how_plots_are_cut_into_steps(traffic, scene, data):
    sensors, plots = traffic
    end_ns = scene.start_ns + 35 * SECOND_NS
    whole = Tracker(sensors).step(plots, end_ns)
    assert len(whole) > 100
    tracker, rows, first = Tracker(sensors), [], 0
    cuts = data.draw(st.lists(st.integers(0, len(plots)), max_size=30).map(sorted))
    for cut in cuts:
        batch = plots.take(slice(first, cut))
        # the watermark may stand anywhere up to the next plot's reception
        low = int(plots.received_ns[max(cut - 1, 0)])
        high = int(plots.received_ns[min(cut, len(plots) - 1)])
        rows.append(tracker.step(batch, low + data.draw(st.integers(0, high - low))))
        first = cut
    rows.append(tracker.step(plots.take(slice(first, None)), end_ns))
    assert same(Tracks.join(rows), whole)


def test_live_steps_give_what_one_replay_gives(traffic, scene):
    sensors, plots = traffic
    whole = Tracker(sensors).step(plots, scene.start_ns + 35 * SECOND_NS)
    tracker, rows, first = Tracker(sensors), [], 0
    for step in range(1, 351):
        until_ns = scene.start_ns + step * SLOT_NS
        last = int(np.searchsorted(plots.received_ns, until_ns))
        rows.append(tracker.step(plots.take(slice(first, last)), until_ns))
        first = last
    assert same(Tracks.join(rows), whole)


def test_a_state_uses_only_plots_received_and_measured_by_its_time(traffic, scene):
    """Cutting off all that came later changes no earlier row."""
    sensors, plots = traffic
    moment_ns = scene.start_ns + 20 * SECOND_NS
    whole = Tracker(sensors).step(plots, scene.start_ns + 35 * SECOND_NS)
    known = plots.take((plots.received_ns < moment_ns) & (plots.measured_ns <= moment_ns))
    cut = Tracker(sensors).step(known, moment_ns)
    assert same(cut, whole.take(whole.measured_ns <= moment_ns))


def test_a_plot_that_claims_to_be_measured_later_waits_for_its_time(scene):
    flight = scene.flight(42.0, 75.0)
    plots = scene.position_plots(flight, 0, duration_s=20)
    plots.received_ns[:] -= SECOND_NS
    tracker = Tracker(SensorTable((Sensor("a", "adsb"),)))
    tracks = tracker.step(plots, scene.start_ns + 10 * SECOND_NS)
    assert tracker.counts.waiting == 10
    assert np.all(tracks.last_plot_ns < tracks.measured_ns)


def test_every_plot_is_counted_once_whatever_is_wrong_with_it(traffic, scene):
    sensors, plots = traffic
    damage = plots.take(np.flatnonzero(plots.sensor == 0)[:40])
    damage.range_m[0] = np.nan
    damage.azimuth_rad[1] = np.inf
    damage.range_m[2] = -5.0
    damage.range_m[3] = 1e300
    damage.measured_ns[4] = np.iinfo(np.int64).min
    damage.received_ns[5] = np.iinfo(np.int64).max
    damage.measured_ns[6] = damage.received_ns[6] + 60 * SECOND_NS
    damage.measured_ns[7] = damage.received_ns[7] - 60 * SECOND_NS
    damage.sensor[8] = 99
    damage.sensor[9] = -1
    for row in range(10, 14):
        damage.range_m[row] = np.nan
    damage.latitude_rad[11], damage.longitude_rad[11] = 4.0, 0.0
    damage.latitude_rad[12], damage.longitude_rad[12] = np.inf, 0.0
    damage.latitude_rad[13], damage.longitude_rad[13] = 0.7, 1.3
    damage.horizontal_sigma_m[14:20] = [0.0, -1.0, np.inf, np.nan, 1e-30, 1e30]
    damage.pressure_altitude_m[20:24] = [np.inf, -1e9, 1e9, 5000.0]
    damage.velocity_east_mps[24:26] = [np.inf, 1e9]
    tracker = Tracker(sensors)
    tracks = tracker.step(Plots.join([damage, plots]), scene.start_ns + 40 * SECOND_NS)
    counts = tracker.counts
    assert counts.refused["unknown sensor"] == 2
    assert counts.refused["impossible time"] == 2
    assert counts.refused["measured in the future"] == 1
    assert counts.refused["measured too late"] == 1
    assert counts.refused["impossible measurement"] >= 4
    total = counts.used + counts.initiated + counts.absorbed + counts.over_limit + counts.waiting
    assert total + sum(counts.refused.values()) == counts.received == len(damage) + len(plots)
    for column in ("latitude_rad", "longitude_rad", "horizontal_sigma_m", "velocity_east_mps"):
        assert np.isfinite(getattr(tracks, column)).all()


def test_damaged_plots_leave_their_neighbours_alone(traffic, scene):
    sensors, plots = traffic
    clean = Tracker(sensors).step(plots, scene.start_ns + 35 * SECOND_NS)
    damage = plots.take(np.arange(0, len(plots), 3))
    damage.range_m[:] = np.nan
    damage.latitude_rad[:] = np.nan
    both = Plots.join([plots, damage]).in_time_order()
    assert same(Tracker(sensors).step(both, scene.start_ns + 35 * SECOND_NS), clean)


def test_unsorted_plots_within_a_step_are_sorted(traffic, scene):
    sensors, plots = traffic
    end_ns = scene.start_ns + 35 * SECOND_NS
    # only plots of one sensor measured at one time keep the order they came in: none here
    plots = plots.take(plots.sensor < 2)
    mixed = plots.take(np.random.default_rng(12).permutation(len(plots)))
    assert same(Tracker(sensors).step(mixed, end_ns), Tracker(sensors).step(plots, end_ns))


def test_a_plot_from_before_the_watermark_is_used_in_the_open_slot(scene):
    plots = scene.position_plots(scene.flight(42.0, 75.0), 0, duration_s=20)
    tracker = Tracker(SensorTable((Sensor("a", "adsb"),)))
    tracker.step(plots.take(slice(0, 10)), scene.start_ns + 12 * SECOND_NS)
    tracker.step(plots.take(slice(10, 20)), scene.start_ns + 30 * SECOND_NS)
    assert tracker.counts.used + tracker.counts.initiated == 20


def test_the_watermark_never_goes_back(scene):
    plots = scene.position_plots(scene.flight(42.0, 75.0), 0, duration_s=20)
    tracker = Tracker(SensorTable((Sensor("a", "adsb"),)))
    ahead = tracker.step(plots, scene.start_ns + 30 * SECOND_NS)
    assert len(ahead) == 29
    assert len(tracker.step(Plots.blank(0), scene.start_ns)) == 0
    assert len(tracker.step(Plots.blank(0), scene.start_ns + 31 * SECOND_NS)) == 1


def test_a_radar_of_unknown_place_gives_nothing_but_is_counted(scene):
    lost = Sensor("lost", "radar")
    radar = scene.radar_at(41.5, 75.2)
    plots = scene.radar_plots(scene.flight(42.0, 75.0), 0, radar)
    tracker = Tracker(SensorTable((lost,)))
    assert len(tracker.step(plots, scene.start_ns + 200 * SECOND_NS)) == 0
    assert tracker.counts.refused == {"impossible measurement": len(plots)}


def test_no_sensors_and_no_plots_are_no_error(scene):
    tracker = Tracker(SensorTable(()))
    assert len(tracker.step(Plots.blank(0), scene.start_ns)) == 0
    assert len(tracker.step(Plots.blank(3), scene.start_ns + SECOND_NS)) == 0
    assert tracker.counts.refused == {"unknown sensor": 3}


def test_the_end_of_time_is_reached_at_once(traffic):
    sensors, plots = traffic
    tracker = Tracker(sensors)
    tracker.step(plots, np.iinfo(np.int64).max)
    assert tracker.counts.tracks == 0
    assert tracker.counts.waiting == 0


def test_ten_thousand_plots_at_one_place_and_instant_are_bounded(scene):
    count = 10_000
    random = np.random.default_rng(13)
    turns = 3
    received_ns = np.repeat(scene.start_ns + np.arange(turns) * SECOND_NS, count)
    plots = Plots.blank(
        turns * count,
        measured_ns=received_ns,
        received_ns=received_ns,
        latitude_rad=0.7 + 1e-6 * random.standard_normal(turns * count),
        longitude_rad=1.3 + 1e-6 * random.standard_normal(turns * count),
    )
    tracker = Tracker(SensorTable((Sensor("a", "adsb"),)), TrackerSettings(track_limit=2_000))
    tracker.step(plots, scene.start_ns + 10 * SECOND_NS)
    counts = tracker.counts
    assert counts.tracks <= 2_000
    assert counts.used + counts.initiated + counts.over_limit == turns * count


def test_memory_grows_by_doubling_and_stays_small(scene):
    count = 3_000
    random = np.random.default_rng(14)
    received_ns = scene.start_ns + np.arange(count) * SECOND_NS // 1000
    plots = Plots.blank(
        count,
        measured_ns=received_ns,
        received_ns=received_ns,
        latitude_rad=random.uniform(-1.5, 1.5, count),
        longitude_rad=random.uniform(-3.1, 3.1, count),
    )
    tracker = Tracker(SensorTable((Sensor("a", "adsb"),)))
    tracker.step(plots, scene.start_ns + 4 * SECOND_NS)
    assert tracker.counts.tracks == count
    assert tracker.bytes_per_track < 2_000


def test_settings_that_cannot_work_are_refused():
    with pytest.raises(ValueError, match="period_ns"):
        TrackerSettings(period_ns=150_000_000)
    with pytest.raises(ValueError, match="models"):
        TrackerSettings(models=())
    with pytest.raises(ValueError, match="reach_m"):
        TrackerSettings(reach_m=50e3, cell_m=30e3)


def test_one_model_is_a_plain_kalman_filter_and_works(traffic, scene):
    sensors, plots = traffic
    one = TrackerSettings(models=(MotionModel(10.0, 60.0, 1.0),))
    tracks = Tracker(sensors, one).step(plots, scene.start_ns + 35 * SECOND_NS)
    assert len(set(tracks.track[tracks.confirmed])) == 4
