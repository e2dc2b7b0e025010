"""``skypact track --smooth``: files in, a reference trajectory out that says what it is."""

import json
import subprocess
import sys

import numpy as np
import pyarrow.parquet as pq
import pytest

from skypact.geodesy import enu_to_geodetic, geodetic_to_polar
from skypact.model.plots import Plots
from skypact.model.sensors import Sensor, SensorTable
from skypact.model.time import SECOND_NS, from_iso
from skypact.node.tracking_run import track_file
from skypact.recording.plots_table import plots_to_arrow

SITE = (np.radians(42.0), np.radians(75.0), 900.0)
SENSORS = """
[[sensor]]
name = "hill"
kind = "radar"
latitude_deg = 42.0
longitude_deg = 75.0
altitude_m = 900.0
rotation_s = 5.0
range_sigma_m = 60.0
azimuth_sigma_deg = 0.1
"""


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A plot table of a flight past a radar and the radar's file."""
    folder = tmp_path_factory.mktemp("smoothed")
    random = np.random.default_rng(1)
    time_s = np.arange(0.0, 300.0, 5.0)
    place = enu_to_geodetic(
        -40e3 + 200.0 * time_s, np.full(60, 60e3), np.full(60, 8000.0), origin=SITE
    )
    slant, azimuth, _ = geodetic_to_polar(*place, origin=SITE)
    measured_ns = from_iso("2024-03-01T12:00:00") + np.round(time_s * 1e9).astype(np.int64)
    plots = Plots.blank(
        60,
        measured_ns=measured_ns,
        received_ns=measured_ns,
        range_m=slant + 60.0 * random.standard_normal(60),
        azimuth_rad=azimuth + np.radians(0.1) * random.standard_normal(60),
        pressure_altitude_m=np.round(np.asarray(place[2]) / 30.48) * 30.48,
        mode_s=np.full(60, 0x4A0001),
    )
    table = SensorTable((Sensor(name="hill", kind="radar"),))
    pq.write_table(plots_to_arrow(plots, table), folder / "plots.parquet")
    (folder / "sensors.toml").write_text(SENSORS)
    return folder, measured_ns


def run(folder, name, *options):
    words = ["track", str(folder / "plots.parquet"), "--sensors", str(folder / "sensors.toml")]
    command = [sys.executable, "-m", "skypact", *words, "-o", str(folder / name), *options]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)


def test_the_table_has_the_same_columns_and_says_that_it_is_smoothed(files):
    folder, measured_ns = files
    done = run(folder, "smooth.parquet", "--smooth", "--period", "2", "--json")
    assert done.returncode == 0, done.stderr
    summary = json.loads(done.stdout)
    assert (summary["smoothed"], summary["tracks"], summary["plots"]) == (True, 1, 60)
    assert run(folder, "shown.parquet", "--json").returncode == 0
    smooth, shown = (pq.read_table(folder / f"{name}.parquet") for name in ("smooth", "shown"))
    assert smooth.schema == shown.schema
    assert smooth.schema.metadata[b"smoothed"] == b"true"
    assert shown.schema.metadata[b"smoothed"] == b"false"
    at_ns = smooth["measured_ns"].to_numpy()
    assert np.all(at_ns % (2 * SECOND_NS) == 0)
    assert at_ns[0] == measured_ns[0]
    assert 0 <= measured_ns[-1] - at_ns[-1] < 2 * SECOND_NS
    assert set(smooth["mode_s"].to_pylist()) == {0x4A0001}
    assert len(smooth) == summary["states"]


def test_two_runs_write_the_same_states(files):
    folder, _ = files
    one, two = (
        json.loads(run(folder, "again.parquet", "--smooth", "--json").stdout) for _ in range(2)
    )
    assert one["digest"] == two["digest"]


def test_people_are_told_what_was_joined_left_open_and_doubted(files):
    folder, _ = files
    done = run(folder, "told.parquet", "--smooth")
    assert done.returncode == 0
    assert "smoothed: 0 fragments joined, 0 gaps left open" in done.stderr


def test_progress_goes_up_to_the_end(files):
    folder, _ = files
    parts: list[float] = []
    track_file(
        folder / "plots.parquet",
        folder / "sensors.toml",
        folder / "progress.parquet",
        smoothed=True,
        step=parts.append,
    )
    assert parts == sorted(parts)
    assert parts[-1] == pytest.approx(1.0)


def test_an_empty_plot_table_gives_an_empty_track_table(files):
    folder, _ = files
    plots = pq.read_table(folder / "plots.parquet")
    pq.write_table(plots.slice(0, 0), folder / "none.parquet")
    summary = track_file(
        folder / "none.parquet", folder / "sensors.toml", folder / "out.parquet", smoothed=True
    )
    assert (summary["states"], summary["tracks"]) == (0, 0)
    assert len(pq.read_table(folder / "out.parquet")) == 0
