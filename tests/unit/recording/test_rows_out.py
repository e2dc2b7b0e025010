"""Rows leave in three formats, and a condition keeps what fulfils it."""

import csv
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from skypact.model.errors import UsageError
from skypact.recording.rows_out import check_ending, rows_out
from skypact.recording.where import Condition

ROWS = pa.table(
    {
        "sensor": ["Kant", "Osh", "Kant"],
        "latitude_deg": [42.5, float("nan"), 40.0],
        "longitude_deg": [74.5, 75.0, -180.0],
        "altitude_m": [1000.0, -1.0, float("nan")],
        "mode_s": pa.array([-1, 0x601234, 7], pa.int32()),
        "I048/250": [[1, 2], None, []],
        "RE": [b"\x01\xff", None, b""],
    }
)


def written(path: Path) -> Path:
    with rows_out(path) as out:
        out.write(ROWS.slice(0, 2))
        out.write(ROWS.slice(2))
    return path


def test_parquet_keeps_everything(tmp_path: Path) -> None:
    table = pq.read_table(written(tmp_path / "rows.parquet"))
    assert table.column("mode_s").to_pylist() == [-1, 0x601234, 7]
    assert table.column("I048/250").to_pylist() == [[1, 2], None, []]


def test_lines_leave_out_what_is_not_there(tmp_path: Path) -> None:
    rows = [json.loads(line) for line in written(tmp_path / "rows.ndjson").read_text().splitlines()]
    assert "mode_s" not in rows[0]
    assert rows[1] == {
        "sensor": "Osh", "longitude_deg": 75.0, "altitude_m": -1.0, "mode_s": 0x601234
    }  # fmt: skip
    assert rows[0]["RE"] == "01ff"


def test_csv_has_one_header_and_empty_cells(tmp_path: Path) -> None:
    with written(tmp_path / "rows.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 3
    assert rows[1]["latitude_deg"] == ""
    assert rows[0]["mode_s"] == ""
    assert rows[0]["I048/250"] == "[1, 2]"


def test_an_unknown_ending_is_refused() -> None:
    with pytest.raises(UsageError, match=r"\.parquet"):
        check_ending(Path("rows.xlsx"))
    check_ending(None)


def test_a_condition_keeps_the_rows_that_fulfil_it_in_order() -> None:
    with Condition("sensor = 'Kant' and longitude_deg < 75") as condition:
        assert condition.matching(ROWS).tolist() == [0, 2]


@pytest.mark.parametrize(
    "text", ["nothere > 1", "latitude_deg >", "1=1); select 1 from (select 1", "x in (select 1"]
)
def test_a_wrong_condition_is_told_with_the_columns(text: str) -> None:
    with Condition(text) as condition, pytest.raises(UsageError, match="sensor"):
        condition.matching(ROWS)


def test_a_condition_reads_no_file(tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("a\n1\n")
    text = f"longitude_deg > (select min(a) from read_csv('{secret}'))"
    with Condition(text) as condition, pytest.raises(UsageError, match="disabled"):
        condition.matching(ROWS)
