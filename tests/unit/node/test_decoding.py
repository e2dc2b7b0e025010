"""A decode gives what was asked for, in the format asked for, and says what it left out."""

import json
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from skypact.feeds.asterix.encode import encode
from skypact.model.errors import UsageError
from skypact.node.decoding import (
    decode_items,
    decode_plots,
    decode_status,
    summarise_recordings,
)
from skypact.node.locating import locate


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two aircraft seen by one radar over six turns, with the radar's place in its north marks."""
    blocks: list[bytes] = []
    for turn in range(6):
        seconds = 36_000.0 + 5.0 * turn
        who = {"010/SAC": [254], "010/SIC": [1]}
        north = {"000": [1], "030": [seconds], "120/HGT": [792], "120/LAT": [42.85],
                 "120/LON": [74.85]}  # fmt: skip
        blocks += encode(34, {f"I034/{k}": v for k, v in (who | north).items()})
        seen = {"010/SAC": [254] * 2, "010/SIC": [1] * 2, "140": [seconds + 1, seconds + 2],
                "020/TYP": [5, 5], "040/RHO": [40.0 + turn, 90.0], "040/THETA": [45.0, 200.0],
                "220": [0x601234, 0x605678]}  # fmt: skip
        blocks += encode(48, {f"I048/{k}": v for k, v in seen.items()})
    path = tmp_path_factory.mktemp("recording") / "radar_20231102.ast"
    path.write_bytes(b"".join(blocks))
    return path


def test_a_condition_keeps_the_plots_that_fulfil_it(recording: Path, tmp_path: Path) -> None:
    done = decode_plots([recording], tmp_path / "p.parquet", where="mode_s = 6296116")
    assert (done.rows, done.per_kind) == (6, {"254/1": 6})
    assert set(pq.read_table(tmp_path / "p.parquet").column("mode_s").to_pylist()) == {0x601234}


def test_geojson_places_radar_plots_on_the_map(recording: Path, tmp_path: Path) -> None:
    decode_plots([recording], tmp_path / "p.geojson", where="range_m < 100000")
    features = json.loads((tmp_path / "p.geojson").read_text())["features"]
    assert len(features) == 6
    longitude, latitude = features[0]["geometry"]["coordinates"][:2]
    assert 74.85 < longitude < 76
    assert 42.85 < latitude < 44


def test_items_are_chosen_by_name_and_unknown_ones_refused(recording: Path, tmp_path: Path) -> None:
    done = decode_items([recording], tmp_path / "i.csv", items=["I048/040", "I048/220"])
    assert done.per_kind == {"cat048": 12}
    header = (tmp_path / "i.cat048.csv").read_text().splitlines()[0]
    assert header == '"position","received_ns","I048/040/RHO","I048/040/THETA","I048/220"'
    with pytest.raises(UsageError, match="I048/999"):
        decode_items([recording], tmp_path / "i.csv", items=["I048/999"])


def test_a_condition_over_items_concerns_the_category_it_names(
    recording: Path, tmp_path: Path
) -> None:
    done = decode_items([recording], tmp_path / "i.ndjson", items=[], where='"I048/040/RHO" > 43.5')
    assert done.per_kind == {"cat048": 8}
    assert len((tmp_path / "i.ndjson").read_text().splitlines()) == 8


def test_what_a_sensor_says_of_itself_is_a_table_of_its_own(
    recording: Path, tmp_path: Path
) -> None:
    done = decode_status([recording], tmp_path / "s.parquet")
    assert done.per_kind == {"cat034": 6}
    rows = pq.read_table(tmp_path / "s.parquet").to_pylist()
    assert [row["measured_ns"] // 10**9 % 86_400 for row in rows] == [
        36_000 + 5 * k for k in range(6)
    ]
    assert {(row["sensor"], row["message"], row["rotation_s"]) for row in rows} == {
        ("254/1", 1, None)
    }


@pytest.mark.recordings
def test_the_service_of_another_system_is_told_with_its_sensors(
    recordings: Path, tmp_path: Path
) -> None:
    rome = recordings / "asterix/rome_cat062_063_065_30min.ff.gz"
    done = decode_status([rome], tmp_path / "s.parquet", where="about_sac is not null")
    assert done.per_kind == {"cat063": 5772}
    told = pq.read_table(tmp_path / "s.parquet")
    assert told.column("connected").null_count < told.num_rows


def test_a_summary_tells_counts_rates_and_gaps_and_writes_its_page(
    recording: Path, tmp_path: Path
) -> None:
    done = summarise_recordings([recording], tmp_path / "r.html")
    assert done.per_kind == {"cat034": 6, "cat048": 12}
    (row,) = done.sensors
    assert (row.plots, row.targets, row.update_interval_s, row.gaps) == (12, 2, 5.0, 0)
    assert row.first == "2023-11-02T10:00:01.000Z"
    page = (tmp_path / "r.html").read_text()
    assert page.startswith("<!doctype html>")
    assert page.count("<svg") == 3


@pytest.mark.recordings
def test_times_of_arrival_become_plots_and_poor_ones_are_told(
    recordings: Path, tmp_path: Path
) -> None:
    folder = recordings / "modes/locards_mlat"
    done = locate([folder / "set_2.csv"], folder / "sensors.csv", tmp_path / "m.geojson")
    features = json.loads((tmp_path / "m.geojson").read_text())["features"]
    assert len(features) == done.rows > 50
    places = [feature["geometry"]["coordinates"] for feature in features]
    assert all(35 < latitude < 55 and -12 < longitude < 16 for longitude, latitude, *_ in places)
    assert set(done.rejected) <= {"NoPosition"}


@pytest.mark.recordings
def test_a_decode_keeps_plots_of_sensors_that_stand_nobody_knows_where(
    recordings: Path, tmp_path: Path
) -> None:
    mlat = recordings / "asterix/lebl_20201002_mlat_cat010_0800_0920.ast.gz"
    done = decode_plots([mlat], tmp_path / "p.parquet")
    assert done.rows == 36_563
    assert done.rejected == {"TestTarget": 28_875}
    ranges = pq.read_table(tmp_path / "p.parquet").column("range_m").to_numpy()
    assert (ranges[~np.isnan(ranges)] < 100_000).all()
    assert np.isfinite(ranges).mean() > 0.99
