"""State vectors of real recordings: the counts that their catalogue states, and their values."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from skypact.feeds.framing import read_recording
from skypact.feeds.mode_s import ModeSPlots
from skypact.feeds.readers import open_reader
from skypact.feeds.states.columns import KNOT_MPS, States
from skypact.feeds.states.opensky import OpenSkyReader
from skypact.feeds.states.readsb import ReadsbReader
from skypact.feeds.states.sbs import SbsReader
from skypact.model.plots import Plots
from skypact.model.sensors import Sensor, SensorTable

SENSORS = SensorTable((Sensor("RX", "adsb"),))
READERS = {"readsb": ReadsbReader, "sbs": SbsReader, "opensky": OpenSkyReader}


def states(path: Path, lost: int = 0) -> States:
    recording = read_recording(path)
    got, rejections = READERS[recording.frames.format]().decode(recording.frames)
    assert sum(r.count for r in rejections) == lost
    return got


def plots(path: Path) -> tuple[Plots, int]:
    frames = read_recording(path).frames
    batch = open_reader(frames.format, SENSORS, sensor=0).read(frames)
    assert (np.diff(batch.plots.received_ns) >= 0).all()
    return batch.plots, batch.duplicates


def content(path: Path) -> bytes:
    raw = path.read_bytes()
    return gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw


@pytest.mark.parametrize(
    ("name", "lines", "placed", "aircraft"),
    [
        ("readsb_1hr_nevada_20230829", 5_767, 4_920, 60),
        ("readsb_grid_36_-122_20250601", 44_120, 44_120, 521),
        ("readsb_kwvi_5nm_20251213", 9_614, 9_614, 218),
    ],
)
def test_readsb_lines_are_read_as_the_json_library_reads_them(
    recordings: Path, name: str, lines: int, placed: int, aircraft: int
) -> None:
    path = recordings / f"states/{name}.jsonl.gz"
    got = states(path)
    rows: list[dict[str, Any]] = [json.loads(line) for line in content(path).splitlines()]
    assert len(got) == len(rows) == lines
    assert np.isfinite(got.latitude_deg).sum() == placed
    assert len({row.get("hex") for row in rows}) == aircraft
    for i, row in enumerate(rows):
        nested = row.get("flightdict") or {}

        def told(key: str, none: Any, row: Any = row, nested: Any = nested) -> Any:
            value = row.get(key, nested.get(key))
            return none if value is None else value

        assert got.measured_ns[i] == row["now"] * 10**9
        assert got.key[i] & 0xFFFFFF == int(told("hex", "ffffff").lstrip("~"), 16)
        assert got.latitude_deg[i] == pytest.approx(told("lat", np.nan), abs=0, nan_ok=True)
        assert got.longitude_deg[i] == pytest.approx(told("lon", np.nan), abs=0, nan_ok=True)
        assert got.nac_p[i] == told("nac_p", -1)
        assert got.nic[i] == told("nic", -1)
        assert got.source[i].decode() == told("type", "")
        assert (got.on_ground[i] == 1) == (row.get("alt_baro") == "ground")
    speed = np.hypot(got.velocity_east_mps, got.velocity_north_mps) / KNOT_MPS
    theirs = np.array([row.get("gscp") if row.get("gscp") is not None else np.nan for row in rows])
    both = np.isfinite(speed) & np.isfinite(theirs)
    # where a line gives no track, the last velocity of the aircraft stands in for up to 5 s
    assert np.mean(np.abs(speed - theirs)[both] < 1e-6) > 0.97


def test_sources_of_readsb_lines_are_told_apart(recordings: Path) -> None:
    got = states(recordings / "states/readsb_kwvi_5nm_20251213.jsonl.gz")
    kinds, counts = np.unique(got.source[got.source != b""], return_counts=True)
    assert dict(zip(kinds.tolist(), counts.tolist(), strict=True)) == {
        b"tisb_icao": 1_017, b"adsb_icao": 750, b"adsr_icao": 582, b"tisb_other": 42,
        b"tisb_trackfile": 18, b"adsr_other": 3,
    }  # fmt: skip
    assert np.isfinite(got.horizontal_sigma_m[got.source == b"adsb_icao"]).mean() > 0.9


@pytest.mark.parametrize(
    ("name", "aircraft", "placed"),
    [("aircraft_1.json", 64, 63), ("aircraft_2.json", 69, 68), ("aircraft_3.json.gz", 80, 78)],
)
def test_aircraft_json_documents_are_read_as_the_json_library_reads_them(
    recordings: Path, name: str, aircraft: int, placed: int
) -> None:
    path = recordings / "states/aircraft_json" / name
    document = json.loads(content(path))
    got = states(path)
    assert len(got) == len(document["aircraft"]) == aircraft
    assert np.isfinite(got.latitude_deg).sum() == placed
    for i, row in enumerate(document["aircraft"]):
        last = row.get("lastPosition", {})  # a position of over a minute ago, with its age
        age = row.get("seen_pos", last.get("seen_pos", 0.0))
        assert abs(got.measured_ns[i] - (document["now"] - age) * 1e9) < 2e3
        assert got.nac_p[i] == row.get("nac_p", -1)
        assert got.sil[i] == row.get("sil", -1)
        assert got.version[i] == row.get("version", -1)
        assert got.callsign[i].decode() == row.get("flight", "").strip()
        assert got.emergency[i].decode() == row.get("emergency", "")
        if isinstance(row.get("alt_baro"), int):
            assert got.pressure_altitude_m[i] == pytest.approx(row["alt_baro"] * 0.3048)
        if "alt_geom" in row:
            assert got.altitude_m[i] == pytest.approx(row["alt_geom"] * 0.3048)
        if "squawk" in row:
            assert got.mode_3a[i] == int(row["squawk"], 8)


def test_traces_are_read_whole(recordings: Path) -> None:
    paths = sorted((recordings / "states/readsb_traces_20230820").glob("trace_full_*.json"))
    assert len(paths) == 15
    count = 0
    for path in paths:
        document = json.loads(content(path))
        got = states(path)
        assert len(got) == len(document["trace"])
        assert set(got.key.tolist()) == {int(document["icao"], 16)}
        ground = [point[3] == "ground" for point in document["trace"]]
        assert ((got.on_ground == 1) == ground).all()
        count += len(got)
    assert count == 3_060


def test_sbs_gives_the_positions_that_its_beast_bytes_give(recordings: Path) -> None:
    path = recordings / "modes/ulss7_20180403_1min.sbs.gz"
    assert len(states(path, lost=2)) == 8_622  # the last two lines are words of the program
    by_sbs, twice = plots(path)
    assert len(by_sbs) + twice == 1_456
    beast = read_recording(recordings / "modes/ulss7_20180403_1min.beast.gz").frames
    by_beast = ModeSPlots(0, SENSORS, start_ns=int(by_sbs.measured_ns[0])).read(beast).plots
    assert len(by_sbs) == len(by_beast) == 728
    for code in set(by_beast.mode_s.tolist()):
        ours, theirs = by_sbs.mode_s == code, by_beast.mode_s == code
        assert ours.sum() == theirs.sum()
        # SBS has five decimals
        near = np.abs(by_sbs.latitude_rad[ours] - by_beast.latitude_rad[theirs]) < np.radians(1e-5)
        assert near.all()
        assert by_sbs.pressure_altitude_m[ours] == pytest.approx(
            by_beast.pressure_altitude_m[theirs]
        )
    assert np.isnan(by_sbs.horizontal_sigma_m).all()
    assert np.isfinite(by_sbs.velocity_east_mps).mean() > 0.95


def test_opensky_csv_has_its_rows_and_each_position_once(recordings: Path) -> None:
    path = recordings / "states/opensky_uk_20210712_84ac.csv.gz"
    got = states(path)
    assert len(got) == 6_052
    assert len(set(got.key.tolist())) == 84
    assert np.nanmin(got.latitude_deg) >= 50.0
    assert np.nanmax(got.latitude_deg) <= 54.5
    batch, twice = plots(path)
    assert len(batch) + twice == 6_052
    assert np.isfinite(batch.altitude_m).mean() > 0.99


@pytest.mark.parametrize(("number", "rows"), [(1, 1_200), (2, 1_396)])
def test_opensky_parquet_is_read_as_the_table_says(
    recordings: Path, number: int, rows: int
) -> None:
    path = recordings / f"states/opensky_statevectors_{number}.parquet"
    table = pq.read_table(path).to_pydict()
    got = states(path)
    assert len(got) == rows
    assert len(set(got.key.tolist())) == 1
    heard = np.array([t if t is not None else np.nan for t in table["lastposupdate"]], float)
    placed = np.isfinite(heard)
    assert np.abs(got.measured_ns[placed] / 1e9 - heard[placed]).max() < 1e-5
    latitude = np.array([np.nan if v is None else v for v in table["lat"]])
    np.testing.assert_array_equal(got.latitude_deg, latitude)
    np.testing.assert_array_equal(got.on_ground == 1, np.array(table["onground"]))
