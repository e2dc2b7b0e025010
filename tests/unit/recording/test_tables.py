"""Plot and track tables survive the way through a file, and bad tables are named."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from skypact.model.errors import BadTable, UnknownSensor
from skypact.model.plots import PLOT_COLUMNS, Plots
from skypact.model.sensors import Sensor, SensorTable
from skypact.model.tracks import Tracks
from skypact.recording.plots_table import REQUIRED, plots_to_arrow, read_plots
from skypact.recording.tracks_table import TracksDigest, contributing, write_tracks

SENSORS = SensorTable((Sensor("Kant", "radar"), Sensor("Batken", "radar")))


def two_plots() -> Plots:
    return Plots.blank(
        2,
        sensor=np.array([1, 0]),
        measured_ns=np.array([10, 30]),
        received_ns=np.array([20, 40]),
        range_m=np.array([1000.0, np.nan]),
        azimuth_rad=np.array([1.0, np.nan]),
        latitude_rad=np.array([np.nan, 0.7]),
        mode_s=np.array([-1, 0x601234]),
        callsign=np.array([b"", b"KGA123"]),
    )


def many_tracks(count: int, sensors: int) -> Tracks:
    empty = Tracks.empty(-(-sensors // 64))
    columns = {}
    for name in Tracks.__slots__:
        column = getattr(empty, name)
        columns[name] = np.zeros((count, *column.shape[1:]), dtype=column.dtype)
    columns["sensors"][:] = np.uint64(0)
    return Tracks(**columns)


def test_a_plot_table_comes_back_as_it_was_written(tmp_path: Path) -> None:
    plots = two_plots()
    pq.write_table(plots_to_arrow(plots, SENSORS), tmp_path / "p.parquet")
    back = read_plots(tmp_path / "p.parquet", SENSORS)
    for name in PLOT_COLUMNS:
        written, read = getattr(plots, name), getattr(back, name)
        if written.dtype.kind == "f":
            np.testing.assert_allclose(read, written, rtol=1e-15)
        else:
            np.testing.assert_array_equal(read, written)


def test_the_file_keeps_the_contracts_names_and_units(tmp_path: Path) -> None:
    table = plots_to_arrow(two_plots(), SENSORS)
    assert table.column_names[: len(REQUIRED)] == list(REQUIRED)
    assert table.column("sensor").to_pylist() == ["Batken", "Kant"]
    assert table.column("azimuth_deg")[0].as_py() == pytest.approx(np.degrees(1.0))
    assert table.column("callsign").to_pylist() == [None, "KGA123"]


def test_plots_without_reception_time_count_as_received_when_measured(tmp_path: Path) -> None:
    table = plots_to_arrow(two_plots(), SENSORS).drop_columns(["received_ns"])
    pq.write_table(table, tmp_path / "p.parquet")
    assert read_plots(tmp_path / "p.parquet", SENSORS).received_ns.tolist() == [10, 30]


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    pq.write_table(
        plots_to_arrow(two_plots(), SENSORS).drop_columns(["range_m"]), tmp_path / "p.parquet"
    )
    with pytest.raises(BadTable, match="range_m"):
        read_plots(tmp_path / "p.parquet", SENSORS)


def test_text_where_numbers_belong_is_named(tmp_path: Path) -> None:
    table = plots_to_arrow(two_plots(), SENSORS)
    at = table.column_names.index("range_m")
    pq.write_table(table.set_column(at, "range_m", pa.array(["far", "near"])), tmp_path / "p.pq")
    with pytest.raises(BadTable, match="range_m"):
        read_plots(tmp_path / "p.pq", SENSORS)


def test_a_file_that_is_no_table_is_named(tmp_path: Path) -> None:
    (tmp_path / "p.parquet").write_bytes(b"not parquet at all")
    with pytest.raises(BadTable, match=r"p\.parquet"):
        read_plots(tmp_path / "p.parquet", SENSORS)
    with pytest.raises(BadTable, match="no such file"):
        read_plots(tmp_path / "absent.parquet", SENSORS)


def test_a_sensor_that_the_table_does_not_know_is_named(tmp_path: Path) -> None:
    pq.write_table(plots_to_arrow(two_plots(), SENSORS), tmp_path / "p.parquet")
    with pytest.raises(UnknownSensor, match="Batken"):
        read_plots(tmp_path / "p.parquet", SensorTable((Sensor("Kant", "radar"),)))


def test_contributing_sensors_are_named_beyond_the_64th() -> None:
    sensors = SensorTable(tuple(Sensor(f"s{k}", "radar") for k in range(70)))
    tracks = many_tracks(3, 70)
    tracks.sensors[0, 0] = 0b101
    tracks.sensors[2, 1] = 1 << 5
    tracks.sensors[2, 0] = np.uint64(1) << np.uint64(63)
    assert contributing(tracks, sensors).to_pylist() == [["s0", "s2"], [], ["s63", "s69"]]


def test_track_rows_are_all_written(tmp_path: Path) -> None:
    assert write_tracks(tmp_path / "t.parquet", [many_tracks(3, 2)] * 2, SENSORS) == 6
    assert pq.read_table(tmp_path / "t.parquet").num_rows == 6


def test_the_digest_sees_one_changed_bit_but_not_the_batching() -> None:
    one = many_tracks(4, 2)
    one.measured_ns[2:] = 5
    parts, whole, other = TracksDigest(), TracksDigest(), TracksDigest()
    parts.add(one.take(slice(0, 2)))
    parts.add(one.take(slice(2, 4)))
    whole.add(one)
    assert parts.hexdigest() == whole.hexdigest()
    one.latitude_rad[3] = np.nextafter(0.0, 1.0)
    other.add(one)
    assert other.hexdigest() != whole.hexdigest()
