"""A sensor that lies is found within three minutes by five common aircraft, and told by name."""

from pathlib import Path

import numpy as np
import pytest

from skypact.model.plots import Plots
from skypact.model.sensors import SensorTable
from skypact.model.time import SECOND_NS
from skypact.node.recordings import open_recordings
from skypact.node.registered import RegisteredTracker
from skypact.node.replay import Replay
from skypact.node.watch import Watch

EXAMPLES = Path(__file__).parents[3] / "examples"

FROM_S, TO_S, END_S = 120.0, 300.0, 420.0
LIMIT_S = 180.0
FAULTS = {
    "north turned by 107 degrees": ({"azimuth_deg": 107.0}, "azimuth jump", 107.0),
    "ranges longer by 2 km": ({"range_m": 2000.0}, "range jump", 2000.0),
    "the clock late by 3 s": ({"time_s": 3.0}, "time jump", 3.0),
    "a frozen picture": ({"frozen_s": 8.0}, "frozen", None),
    "what was said 40 s ago": ({"delay_s": 40.0}, "repeats", None),
}


def watched(sky, scene, plots):
    """All alarms with their seconds, the health at the end, and when each sensor was withheld."""
    tracker = RegisteredTracker(sky.sensors)
    alarms, withheld = [], []
    for second in range(5, int(sky.duration_s) + 10, 5):
        until_ns = scene.start_ns + second * SECOND_NS
        due = (plots.received_ns >= until_ns - 5 * SECOND_NS) & (plots.received_ns < until_ns)
        tracker.step(plots.take(due), until_ns)
        alarms += tracker.alarms
        if "withheld" in tracker.registration.health:
            withheld.append((second, tracker.registration.health.index("withheld")))
    return alarms, tracker, withheld


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_found_told_and_over_when_the_sensor_is_well_again(scene, name) -> None:
    change, fault, amount = FAULTS[name]
    sky = scene.sky(aircraft=5, duration_s=END_S, seed=2, spread_km=60.0)
    plots = scene.lying(sky.plots(), 1, FROM_S, TO_S, **change)
    alarms, tracker, withheld = watched(sky, scene, plots)
    begun = [alarm for alarm in alarms if not alarm.over]
    assert [(alarm.sensor, alarm.fault) for alarm in begun] == [(1, fault)]
    raised_s = (begun[0].raised_ns - scene.start_ns) / SECOND_NS
    assert FROM_S < raised_s <= FROM_S + LIMIT_S
    assert {sensor for _, sensor in withheld} == {1}
    if amount is not None:
        assert begun[0].amount == pytest.approx(amount, rel=0.25)
    over = [alarm for alarm in alarms if alarm.over]
    assert [alarm.sensor for alarm in over] == [1]
    assert over[0].raised_ns > scene.start_ns + int(TO_S) * SECOND_NS
    assert "withheld" not in tracker.registration.health
    assert tracker.counts.refused.get("sensor withheld", 0) > 0


def test_a_radar_that_is_turned_from_the_first_is_found_too(scene) -> None:
    sky = scene.sky(aircraft=8, duration_s=150.0, seed=3, spread_km=60.0)
    plots = scene.lying(sky.plots(), 0, 0.0, azimuth_deg=-60.0)
    alarms, tracker, _ = watched(sky, scene, plots)
    assert [(alarm.sensor, alarm.fault) for alarm in alarms] == [(0, "azimuth jump")]
    assert alarms[0].amount == pytest.approx(-60.0, abs=0.5)
    assert tracker.registration.health[0] == "withheld"
    assert "north is off" in tracker.registration.reason[0]


def test_healthy_sensors_raise_no_alarm(scene) -> None:
    sky = scene.sky(aircraft=40, radars=4, duration_s=600.0, clutter=30)
    alarms, tracker, withheld = watched(sky, scene, sky.plots())
    assert alarms == []
    assert withheld == []
    assert set(tracker.registration.health) == {"good"}


def test_a_sensor_that_falls_silent_is_no_fault_of_registration(scene) -> None:
    sky = scene.sky(aircraft=8, duration_s=240.0)
    plots = sky.plots()
    gone = (plots.sensor == 1) & (plots.received_ns > scene.start_ns + 120 * SECOND_NS)
    alarms, tracker, _ = watched(sky, scene, plots.take(~gone))
    assert alarms == []
    assert tracker.registration.health[1] != "withheld"


def test_a_clock_that_stands_is_told(scene) -> None:
    sky = scene.sky(aircraft=8, duration_s=200.0)
    plots = sky.plots()
    since_ns = scene.start_ns + 100 * SECOND_NS
    met = (plots.sensor == 2) & (plots.measured_ns > since_ns)
    plots.measured_ns[met] = since_ns
    alarms, _, _ = watched(sky, scene, plots)
    assert [(alarm.sensor, alarm.fault) for alarm in alarms] == [(2, "clock stopped")]


def test_damaged_plots_and_unknown_sensors_harm_nothing(scene) -> None:
    sky = scene.sky(aircraft=6, duration_s=60.0)
    plots = sky.plots()
    n = len(plots)
    bad = np.arange(0, n, 7)
    plots.range_m[bad] = np.nan
    plots.azimuth_rad[bad + 1 if bad[-1] + 1 < n else bad] = 1e300
    plots.sensor[bad[::2]] = 99
    plots.sensor[bad[1::2]] = -5
    plots.measured_ns[bad[::3]] = 2**63 - 1
    plots.measured_ns[bad[1::3]] = -(2**63)
    tracker = RegisteredTracker(sky.sensors)
    tracker.step(plots, scene.start_ns + 70 * SECOND_NS)
    assert tracker.counts.received == n
    assert np.all(np.isfinite(tracker.registration.errors.range_bias_m))


def test_no_sensors_no_plots_and_a_step_of_years_are_nothing_special(scene) -> None:
    empty = RegisteredTracker(SensorTable(()))
    assert len(empty.step(Plots.blank(3), scene.start_ns)) == 0
    sky = scene.sky(aircraft=5, duration_s=20.0)
    tracker = RegisteredTracker(sky.sensors)
    tracker.step(Plots.blank(0), scene.start_ns)
    tracker.step(sky.plots(), scene.start_ns + 10 * 365 * 86_400 * SECOND_NS)
    assert tracker.counts.waiting == 0


def test_what_stands_still_for_good_is_no_frozen_picture(scene) -> None:
    sky = scene.sky(aircraft=1, radars=1, duration_s=90.0, clutter=0)
    turn = np.arange(15) * 6 * SECOND_NS
    standing = np.add.outer(turn, np.arange(12) * SECOND_NS // 3).reshape(-1)
    received_ns = scene.start_ns + standing
    plots = Plots.blank(
        len(standing),
        sensor=np.zeros(len(standing)),
        measured_ns=received_ns,
        received_ns=received_ns,
        range_m=np.tile(1000.0 + 150.0 * np.arange(12), 15),
        azimuth_rad=np.tile(0.4 * np.arange(12), 15),
    ).in_time_order()
    alarms, _, _ = watched(sky, scene, plots)
    assert alarms == []


@pytest.mark.recordings
def test_the_surface_of_a_real_airport_raises_no_alarm(recordings) -> None:
    opened = open_recordings(
        [
            recordings / f"asterix/lebl_20201002_{kind}_cat010_0800_0920.ast.gz"
            for kind in ("mlat", "smr")
        ],
        sensors_file=EXAMPLES / "sensors/barcelona.toml",
    )
    watch = Watch("replay", "replay", opened.sensors)
    for _ in Replay(watch, opened.recorded).steps(60 * SECOND_NS):
        pass
    assert list(watch.alarms) == []
    assert "withheld" not in watch.tracker.registration.health
