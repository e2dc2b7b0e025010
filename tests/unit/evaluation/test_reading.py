"""Any table of tracks or truth is read by its columns, and a wrong one is refused by name."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from made_up_standing import flight, tracked
from skypact.evaluation.reading import read_tracks, read_truth
from skypact.model.errors import BadTable

SECONDS = np.arange(0.0, 60.0)
TRUTH = flight(4, SECONDS)


def written(folder: Path, table: dict, name: str = "table.parquet") -> Path:
    file = folder / name
    pq.write_table(pa.table(table), file)
    return file


def reports(**changes: object) -> dict:
    """A plot table: one aircraft by ADS-B, every second."""
    count = len(SECONDS)
    table = {key: value for key, value in TRUTH.items() if key != "target"}
    table |= {
        "sensor": ["antenna"] * count,
        "mode_s": np.full(count, 0x4B1234, np.int32),
        "horizontal_sigma_m": np.full(count, 10.0),
        "source_track": np.full(count, -1, np.int32),
    }
    return table | changes


def test_a_truth_table_a_reference_trajectory_and_good_reports_are_truth(tmp_path: Path) -> None:
    for number, table in ((4, TRUTH), (77, tracked(TRUTH, 77)), (0x4B1234, reports())):
        truth = read_truth(written(tmp_path, table))
        assert truth.name.tolist() == [number]
        assert len(truth) == 60
        assert np.degrees(truth.latitude_rad[0]) == pytest.approx(42.0)
        assert truth.moves


def test_where_a_reference_coasts_no_track_is_owed(tmp_path: Path) -> None:
    truth = read_truth(written(tmp_path, tracked(TRUTH, 7, coasting=SECONDS >= 40)))
    assert truth.covered.tolist() == (SECONDS < 40).tolist()


def test_reports_that_are_not_accurate_enough_or_nameless_are_no_truth(tmp_path: Path) -> None:
    sigma = np.where(SECONDS < 20, 200.0, np.where(SECONDS < 30, np.nan, 8.0))
    address = np.where(SECONDS > 50, -1, 0x4B1234).astype(np.int32)
    truth = read_truth(written(tmp_path, reports(horizontal_sigma_m=sigma, mode_s=address)))
    assert len(truth) == 21
    with pytest.raises(BadTable, match="no usable row of truth"):
        read_truth(written(tmp_path, reports(mode_s=np.full(60, -1, np.int32))))


def test_tentative_states_are_no_tracks_and_nulls_are_unknown(tmp_path: Path) -> None:
    confirmed = pa.array([None if s < 5 else bool(s >= 10) for s in SECONDS])
    height = pa.array([None if s < 30 else 9e3 for s in SECONDS])
    table = tracked(TRUTH, 7) | {"confirmed": confirmed, "altitude_m": height}
    tracks = read_tracks(written(tmp_path, table))
    assert len(tracks) == 50
    assert np.isnan(tracks.altitude_m).sum() == 20


def test_reports_with_track_numbers_serve_as_tracks(tmp_path: Path) -> None:
    tracks = read_tracks(
        written(tmp_path, reports(source_track=np.where(SECONDS < 30, 5, 6).astype(np.int32)))
    )
    assert tracks.paths == 2


def test_only_number_time_and_place_are_needed(tmp_path: Path) -> None:
    few = {key: TRUTH[key] for key in ("target", "measured_ns", "latitude_deg", "longitude_deg")}
    truth = read_truth(written(tmp_path, few))
    assert not truth.moves
    assert truth.covered.all()


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"measured_ns": None}, "measured_ns"),
        ({"latitude_deg": None, "longitude_deg": None}, "latitude_deg"),
        ({"target": None}, "a column target, track or sensor"),
        ({"latitude_deg": ["north"] * 60}, "not numbers"),
        ({"target": pa.array([None] * 60, pa.int64())}, "without a value"),
        ({"latitude_deg": np.full(60, np.nan)}, "no usable row of truth"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, changes: dict, word: str) -> None:
    table = {key: value for key, value in (TRUTH | changes).items() if value is not None}
    with pytest.raises(BadTable, match=word):
        read_truth(written(tmp_path, table))


def test_a_truth_table_is_no_track_table(tmp_path: Path) -> None:
    with pytest.raises(BadTable, match="a column track"):
        read_tracks(written(tmp_path, TRUTH))


def test_files_that_are_absent_empty_or_no_parquet_are_named(tmp_path: Path) -> None:
    with pytest.raises(BadTable, match="no such file"):
        read_truth(tmp_path / "absent.parquet")
    (tmp_path / "text.parquet").write_text("hello")
    with pytest.raises(BadTable, match="not a readable Parquet"):
        read_tracks(tmp_path / "text.parquet")
    nothing = {key: value[:0] for key, value in TRUTH.items()}
    with pytest.raises(BadTable, match="no usable row of truth"):
        read_truth(written(tmp_path, nothing))
    assert len(read_tracks(written(tmp_path, tracked(nothing, 7)))) == 0


def test_damaged_parquet_never_ends_in_another_error(tmp_path: Path) -> None:
    good = written(tmp_path, TRUTH).read_bytes()
    rng = np.random.default_rng(7)
    refused = 0
    for _ in range(150):
        spoilt = bytearray(good)
        for at in rng.integers(0, len(good), 4):
            spoilt[at] ^= int(rng.integers(1, 256))
        file = tmp_path / "spoilt.parquet"
        file.write_bytes(spoilt)
        try:
            read_truth(file)
        except BadTable:
            refused += 1
    assert refused > 10
