"""The loop of registration and tracking stands in for a tracker, and is shown and recorded."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from skypact.model.errors import BadInput
from skypact.model.plots import PLOT_COLUMNS, Plots
from skypact.model.registration import SensorErrors
from skypact.model.sensors import Sensor, SensorTable
from skypact.model.time import SECOND_NS, from_iso
from skypact.model.tracks import TRACK_COLUMNS
from skypact.node.registered import RegisteredTracker
from skypact.node.registration_status import registration_status
from skypact.node.settings import read_node
from skypact.node.watch import Watch
from skypact.recording.registration_table import SCHEMA, write_registration
from skypact.registration import RegistrationSettings, correct
from skypact.tracking import Tracker

START_NS = from_iso("2024-03-01T12:00:00")
SENSORS = SensorTable(
    (
        Sensor("Osh", "radar", math.radians(42.0), math.radians(74.0), 900.0),
        Sensor("Naryn", "radar", math.radians(41.5), math.radians(76.0), 2000.0),
        Sensor("ADS-B", "adsb"),
    )
)


def some_plots(count: int = 400) -> Plots:
    noise = np.random.default_rng(4)
    received_ns = START_NS + np.sort(noise.integers(0, 60 * SECOND_NS, count))
    return Plots.blank(
        count,
        sensor=noise.integers(0, 2, count),
        measured_ns=received_ns - SECOND_NS // 4,
        received_ns=received_ns,
        range_m=noise.uniform(20e3, 200e3, count),
        azimuth_rad=noise.uniform(0, 2 * np.pi, count),
    )


def test_without_registration_it_is_the_tracker_itself() -> None:
    plots, until_ns = some_plots(), START_NS + 70 * SECOND_NS
    plain = Tracker(SENSORS).step(plots, until_ns)
    joined = RegisteredTracker(SENSORS, registration=RegistrationSettings(enabled=False))
    rows = joined.step(plots, until_ns)
    for name in TRACK_COLUMNS:
        assert getattr(rows, name).tobytes() == getattr(plain, name).tobytes()
    assert joined.registration is None


def test_every_plot_is_accounted_for() -> None:
    tracker = RegisteredTracker(SENSORS)
    plots = some_plots()
    tracker.step(plots, START_NS + 31 * SECOND_NS)
    counts = tracker.counts
    parts = counts.used + counts.initiated + counts.absorbed + counts.over_limit + counts.waiting
    assert counts.received == len(plots) == parts + sum(counts.refused.values())
    assert tracker.next_track_number == counts.initiated + 1


def test_no_error_corrects_nothing() -> None:
    plots = some_plots()
    same = correct(plots, SensorErrors.none(len(SENSORS)))
    for name in PLOT_COLUMNS:
        assert getattr(same, name).tobytes() == getattr(plots, name).tobytes()


def test_correction_undoes_what_a_sensor_adds() -> None:
    plots = some_plots()
    errors = replace(
        SensorErrors.none(3),
        range_bias_m=np.array([100.0, 0.0, 0.0]),
        range_scale=np.array([1e-4, 0.0, 0.0]),
        azimuth_bias_rad=np.array([0.2, 0.0, 0.0]),
        time_offset_s=np.array([0.5, 0.0, 0.0]),
    )
    own = plots.sensor == 0
    wrong = replace(
        plots,
        range_m=np.where(own, plots.range_m * (1 + 1e-4) + 100.0, plots.range_m),
        azimuth_rad=np.where(own, plots.azimuth_rad + 0.2, plots.azimuth_rad),
        measured_ns=np.where(own, plots.measured_ns + SECOND_NS // 2, plots.measured_ns),
    )
    right = correct(wrong, errors)
    assert right.range_m == pytest.approx(plots.range_m)
    assert right.azimuth_rad == pytest.approx(plots.azimuth_rad)
    assert np.array_equal(right.measured_ns, plots.measured_ns)
    # a plot of a sensor that the table does not know passes as it is
    stranger = replace(wrong, sensor=np.full(len(wrong), 9, np.int32))
    assert np.array_equal(correct(stranger, errors).range_m, wrong.range_m)


def test_a_watch_shows_what_is_known_of_each_sensor() -> None:
    watch = Watch("node", "live", SENSORS)
    rows = watch.status(START_NS).sensors
    osh, reports = rows[0].registration, rows[2].registration
    assert osh is not None
    assert reports is not None
    assert osh.health == "learning"
    assert osh.range_bias_m == 0.0
    assert osh.azimuth_bias_deg_sigma == pytest.approx(0.2)
    # who gives positions has no range to be wrong
    assert reports.range_bias_m is None
    assert reports.range_bias_m_sigma is None
    assert reports.time_offset_s == 0.0


def test_what_was_known_is_written_as_a_table(tmp_path: Path) -> None:
    tracker = RegisteredTracker(SENSORS)
    tracker.step(some_plots(), START_NS + 61 * SECOND_NS)
    path = tmp_path / "registration.parquet"
    assert write_registration(path, tracker.pictures, SENSORS) == 3 * len(tracker.pictures)
    table = pq.read_table(path)
    assert table.schema.equals(SCHEMA)
    assert table["sensor"][:3].to_pylist() == ["Osh", "Naryn", "ADS-B"]
    assert table["estimated_ns"][0].as_py() == START_NS + 5 * SECOND_NS
    assert table["azimuth_bias_deg_sigma"][2].as_py() is None
    assert registration_status(tracker.pictures[-1], 0).time_offset_s_sigma is not None


NODE = """
[node]
name = "N"
[[sensor]]
name = "R"
kind = "radar"
latitude_deg = 42.0
longitude_deg = 75.0
[[sensor]]
name = "A"
kind = "adsb"
[[feed]]
name = "f"
format = "asterix"
address = "udp://127.0.0.1:9000"
"""


def node_file(folder: Path, more: str) -> Path:
    path = folder / "node.toml"
    path.write_text(NODE + more)
    return path


def test_registration_runs_unless_the_node_file_says_otherwise(tmp_path: Path) -> None:
    assert read_node(node_file(tmp_path, "")).registration.enabled
    off = read_node(node_file(tmp_path, "[registration]\nenabled = false\n"))
    assert not off.registration.enabled


def test_references_are_named_in_the_node_file(tmp_path: Path) -> None:
    read = read_node(node_file(tmp_path, '[registration]\nreference = ["A"]\n'))
    assert read.registration.reference == ("A",)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('reference = ["R"]', "no sensor of positions"),
        ('reference = ["X"]', "no sensor of positions"),
        ('reference = "A"', "list of sensor names"),
        ("enabled = 1", "not true or false"),
        ("speed = 1", "unknown settings"),
    ],
)
def test_mistakes_in_the_registration_table_are_named(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(BadInput, match=told):
        read_node(node_file(tmp_path, f"[registration]\n{text}\n"))
