"""Errors of sensors are found from common aircraft, and what cannot be seen stays unknown."""

import itertools
import json
import subprocess
import sys

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from skypact.model.registration import ERROR_FIELDS
from skypact.model.time import SECOND_NS
from skypact.model.tracks import TRACK_COLUMNS, Tracks
from skypact.node.registered import RegisteredTracker
from skypact.recording.plots_table import plots_to_arrow
from skypact.registration import RegistrationSettings

BIASES = {
    "range_bias_m": (120.0, -90.0, 40.0, -60.0),
    "azimuth_bias_deg": (0.15, -0.2, 0.1, 0.05),
    "time_offset_s": (0.0, 0.12, -0.12, 0.0),
}


def followed(sky, scene, rules=None, plots=None):
    """A registered tracker that has seen a whole sky."""
    tracker = RegisteredTracker(sky.sensors, registration=rules)
    plots = sky.plots() if plots is None else plots
    tracker.step(plots, scene.start_ns + int((sky.duration_s + 5.0) * SECOND_NS))
    return tracker


@pytest.fixture(scope="module")
def biased(scene):
    sky = scene.sky(aircraft=40, duration_s=240.0, **BIASES)
    return sky, followed(sky, scene)


def test_known_errors_are_found_within_three_sigma(biased) -> None:
    _, tracker = biased
    errors = tracker.registration.errors
    for k in range(3):
        off_m = errors.range_bias_m[k] - BIASES["range_bias_m"][k]
        # bias and scale trade off: what counts is the range where the aircraft are
        off_m += 100e3 * errors.range_scale[k]
        assert abs(off_m) < 3 * errors.range_bias_m_sigma[k] + 10.0
        off_deg = np.degrees(errors.azimuth_bias_rad[k]) - BIASES["azimuth_bias_deg"][k]
        assert abs(off_deg) < 3 * np.degrees(errors.azimuth_bias_rad_sigma[k])
        assert np.degrees(errors.azimuth_bias_rad_sigma[k]) < 0.02
    late = np.diff(errors.time_offset_s)
    assert late == pytest.approx(np.diff(BIASES["time_offset_s"][:3]), abs=0.06)


def test_all_sensors_are_good_once_their_errors_are_known(biased) -> None:
    _, tracker = biased
    assert tracker.registration.health == ("good", "good", "good")
    assert tracker.registration.reason == ("", "", "")


def test_a_clock_error_that_all_share_cannot_be_seen_and_stays_at_the_prior(scene) -> None:
    sky = scene.sky(aircraft=40, duration_s=180.0, time_offset_s=(0.3, 0.3, 0.3, 0.0))
    errors = followed(sky, scene).registration.errors
    assert abs(np.mean(errors.time_offset_s)) < 1e-9
    prior = RegistrationSettings().time_sigma_s
    assert np.all(errors.time_offset_s_sigma > 0.99 * prior / np.sqrt(3))


def test_errors_of_a_radar_that_shares_no_aircraft_stay_at_the_prior(scene) -> None:
    sky = scene.sky(aircraft=20, radars=1, duration_s=120.0, range_bias_m=(200.0, 0, 0, 0))
    errors = followed(sky, scene).registration.errors
    rules = RegistrationSettings()
    # straight flight past a radar says a little about its ranges, and nothing of north and time
    assert errors.azimuth_bias_rad_sigma[0] > 0.85 * rules.azimuth_sigma_rad
    assert errors.time_offset_s_sigma[0] == pytest.approx(rules.time_sigma_s)
    assert abs(errors.azimuth_bias_rad[0]) < 0.5 * rules.azimuth_sigma_rad


def test_a_reference_makes_the_common_clock_error_visible(scene) -> None:
    sky = scene.sky(
        aircraft=20,
        radars=2,
        duration_s=150.0,
        reference=True,
        time_offset_s=(0.2, 0.2, 0, 0),
        azimuth_bias_deg=(0.2, 0.2, 0, 0),
    )
    errors = followed(sky, scene, RegistrationSettings(reference=("adsb",))).registration.errors
    assert errors.time_offset_s[:2] == pytest.approx([0.2, 0.2], abs=0.06)
    assert np.all(errors.time_offset_s_sigma[:2] < 0.05)
    assert np.degrees(errors.azimuth_bias_rad[:2]) == pytest.approx([0.2, 0.2], abs=0.02)


def test_positions_that_are_no_reference_teach_no_radar(scene) -> None:
    with_reports = scene.sky(aircraft=15, duration_s=90.0, reference=True)
    without = scene.sky(aircraft=15, duration_s=90.0)
    far = with_reports.plots()
    moved = far.sensor == 3
    # led astray by a kilometre: radars must not follow
    far.latitude_rad[moved] += 1000.0 / 6.37e6
    led = followed(with_reports, scene, plots=far).registration.errors
    left = followed(without, scene).registration.errors
    assert led.range_bias_m[:3] == pytest.approx(left.range_bias_m, abs=25.0)
    assert led.azimuth_bias_rad[:3] == pytest.approx(left.azimuth_bias_rad, abs=4e-4)


def test_antenna_tilt_is_found_where_elevations_are_measured(scene) -> None:
    sky = scene.sky(aircraft=20, duration_s=90.0, elevations=True, tilt_deg=(0.3, -0.2, 0.0, 0.0))
    errors = followed(sky, scene).registration.errors
    assert np.degrees(errors.tilt_rad) == pytest.approx([0.3, -0.2, 0.0], abs=0.05)
    assert np.all(np.degrees(errors.tilt_rad_sigma) < 0.05)


def test_tracks_of_biased_radars_are_nearly_as_good_as_of_true_ones(scene) -> None:
    def mean_error(tracks, sky) -> float:
        late = tracks.confirmed & (tracks.measured_ns > scene.start_ns + 100 * SECOND_NS)
        rows = tracks.take(np.flatnonzero(late))
        time_s = (rows.measured_ns - scene.start_ns) / SECOND_NS
        latitude, longitude, _ = sky.places(time_s)
        north = (rows.latitude_rad[:, None] - latitude) * 6.37e6
        east = (rows.longitude_rad[:, None] - longitude) * 6.37e6 * np.cos(latitude)
        return float(np.sqrt(np.mean(np.hypot(north, east).min(axis=1) ** 2)))

    end_ns = scene.start_ns + 185 * SECOND_NS
    outcome = []
    for changes, enabled in (({}, True), (BIASES, True), (BIASES, False)):
        sky = scene.sky(aircraft=30, duration_s=180.0, **changes)
        rules = RegistrationSettings(enabled=enabled)
        tracker = RegisteredTracker(sky.sensors, registration=rules)
        outcome.append(mean_error(tracker.step(sky.plots(), end_ns), sky))
    true, registered, unregistered = outcome
    assert registered < 1.15 * true
    assert unregistered > 1.5 * true


def rows_of(tracks: Tracks) -> list[bytes]:
    return [np.ascontiguousarray(getattr(tracks, name)).tobytes() for name in TRACK_COLUMNS]


@pytest.fixture(scope="module")
def recorded(scene):
    sky = scene.sky(aircraft=12, duration_s=60.0, clutter=5, **BIASES)
    plots = sky.plots()
    end_ns = scene.start_ns + 90 * SECOND_NS
    tracker = RegisteredTracker(sky.sensors)
    tracks = tracker.step(plots, end_ns)
    return sky, plots, end_ns, rows_of(tracks), tracker.registration.errors


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(cuts=st.lists(st.integers(0, 60_000), max_size=40))
def test_rows_and_errors_do_not_depend_on_how_plots_are_cut(recorded, cuts) -> None:
    sky, plots, end_ns, whole, errors = recorded
    first_ns = int(plots.received_ns[0])
    marks = sorted({first_ns + cut * 1_000_000 for cut in cuts} | {end_ns})
    tracker = RegisteredTracker(sky.sensors)
    parts, done = [], 0
    for mark in marks:
        to = int(np.searchsorted(plots.received_ns, mark))
        parts.append(tracker.step(plots.take(slice(done, to)), mark))
        done = to
    assert rows_of(Tracks.join(parts)) == whole
    for name in itertools.chain(ERROR_FIELDS, (f"{name}_sigma" for name in ERROR_FIELDS)):
        again = getattr(tracker.registration.errors, name)
        assert again.tobytes() == getattr(errors, name).tobytes()


SENSORS_TOML = """
[[sensor]]
name = "{name}"
kind = "radar"
latitude_deg = {latitude}
longitude_deg = {longitude}
altitude_m = {altitude}
rotation_s = {rotation}
range_sigma_m = 50.0
azimuth_sigma_deg = 0.08
max_range_m = 300000.0
"""


@pytest.fixture(scope="module")
def files(scene, tmp_path_factory):
    sky = scene.sky(aircraft=15, duration_s=60.0, clutter=3, **BIASES)
    folder = tmp_path_factory.mktemp("track")
    pq.write_table(plots_to_arrow(sky.plots(), sky.sensors), folder / "plots.parquet")
    text = "".join(
        SENSORS_TOML.format(
            name=sensor.name,
            latitude=np.degrees(sensor.latitude_rad),
            longitude=np.degrees(sensor.longitude_rad),
            altitude=sensor.altitude_m,
            rotation=sensor.rotation_s,
        )
        for sensor in sky.sensors
    )
    (folder / "sensors.toml").write_text(text)
    return folder


def tracked(folder, *more: str) -> dict:
    words = ["track", str(folder / "plots.parquet"), "--sensors", str(folder / "sensors.toml")]
    command = [sys.executable, "-m", "skypact", *words, "-o", str(folder / "out.parquet")]
    done = subprocess.run(
        [*command, "--json", *more], capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_track_writes_what_it_learned_of_each_sensor(files) -> None:
    summary = tracked(files, "--sensor-errors", str(files / "errors.parquet"))
    table = pq.read_table(files / "errors.parquet")
    assert set(table["sensor"].to_pylist()) == {"radar 0", "radar 1", "radar 2"}
    last = {row["sensor"]: row for row in table.to_pylist()}
    for row in summary["sensors"]:
        assert row["azimuth_bias_deg"] == pytest.approx(last[row["sensor"]]["azimuth_bias_deg"])
        assert row["azimuth_bias_deg_sigma"] < 0.1
    assert summary["alarms"] == []


def test_track_leaves_plots_as_they_are_where_it_is_told_to(files) -> None:
    registered, plain = tracked(files), tracked(files, "--no-register")
    assert plain["sensors"] == []
    assert plain["digest"] != registered["digest"]
