"""State vectors, random and damaged: columns or a named refusal, whatever the cuts."""

from __future__ import annotations

import io
import itertools
import json
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skypact.feeds.batch import FeedBatch
from skypact.feeds.readers import open_reader
from skypact.model.frames import FeedFormat, Frames
from skypact.model.plots import PLOT_COLUMNS, Plots
from skypact.model.sensors import Sensor, SensorTable

SENSORS = SensorTable((Sensor("RX", "adsb"),))
CALM = settings(deadline=None, max_examples=60)
FORMATS: tuple[FeedFormat, ...] = ("sbs", "readsb", "opensky")
REASONS = {"FramingError", "MalformedRecord"}
JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                [
                    "now",
                    "aircraft",
                    "hex",
                    "lat",
                    "lon",
                    "alt_baro",
                    "flight",
                    "nac_p",
                    "trace",
                    "icao",
                    "timestamp",
                    "seen_pos",
                    "squawk",
                    "gs",
                    "x",
                ]
            ),
            inner,
            max_size=6,
        )
    ),
    max_leaves=20,
)


def told(format: FeedFormat, count: int = 40) -> bytes:
    lines = []
    for i in range(count):
        address, second, latitude = f"{0x600101 + i % 3:06X}", i // 2, 42.5 + i * 1e-3
        if format == "sbs":
            when = f"2024/02/29,23:59:{second:02d}.{i % 2 * 5}00"
            lines.append(
                f"MSG,3,1,1,{address},1,{when},{when},,35000,,,{latitude:.5f},74.60000,,,0,0,0,0"
            )
        elif format == "readsb":
            lines.append(
                json.dumps({"now": 1_700_000_000 + i, "hex": address, "lat": latitude, "lon": 74.6,
                            "alt_baro": 35000, "nested": {"nac_p": 9, "lat": 0}})
            )  # fmt: skip
        else:
            lines.append(f"{1_700_000_000 + i},{address},{latitude},74.6,False")
    if format == "opensky":
        lines.insert(0, "time,icao24,lat,lon,onground")
    return "\n".join([*lines, ""]).encode()


def frames(format: FeedFormat, *chunks: bytes) -> Frames:
    position = np.cumsum([0, *(len(chunk) for chunk in chunks)])[:-1].tolist()
    return Frames.from_payloads(format, "test", list(chunks), [-1] * len(chunks), position)


def read(format: FeedFormat, *chunks: bytes) -> FeedBatch:
    return open_reader(format, SENSORS, sensor=0).read(frames(format, *chunks))


@CALM
@given(st.sampled_from(FORMATS), st.lists(st.integers(0, 5_000), max_size=8), st.booleans())
def test_plots_do_not_depend_on_the_cuts(
    format: FeedFormat, cuts: list[int], in_batches: bool
) -> None:
    whole = told(format)
    edges = [0, *sorted(min(cut, len(whole)) for cut in cuts), len(whole)]
    chunks = [whole[a:b] for a, b in itertools.pairwise(edges)]
    expected = read(format, whole)
    assert len(expected.plots) == 40
    assert expected.rejections == ()
    one = open_reader(format, SENSORS, sensor=0)
    cut = frames(format, *chunks)
    parts = [cut.part(i, i + 1) for i in range(len(chunks))] if in_batches else [cut]
    plots = Plots.join([one.read(part).plots for part in parts])
    for name in PLOT_COLUMNS:
        got, want = getattr(plots, name), getattr(expected.plots, name)
        assert got.tobytes() == want.tobytes(), name


@CALM
@given(st.sampled_from(FORMATS), st.lists(st.binary(max_size=300), max_size=6))
def test_random_bytes_are_refused_by_name(format: FeedFormat, chunks: list[bytes]) -> None:
    one = open_reader(format, SENSORS, sensor=0)
    for chunk in chunks:
        batch = one.read(frames(format, chunk))
        assert {r.reason for r in batch.rejections} <= REASONS


@CALM
@given(JSON, st.booleans())
def test_any_json_is_columns_or_a_refusal(value: Any, as_line: bool) -> None:
    text = json.dumps(value, indent=None if as_line else 1).encode() + b"\n" * as_line
    batch = read("readsb", text)
    assert {r.reason for r in batch.rejections} <= REASONS
    assert (np.abs(batch.plots.latitude_rad) <= np.pi / 2).all()


@CALM
@given(st.sampled_from(FORMATS), st.data())
def test_damage_to_one_line_loses_no_neighbour(format: FeedFormat, data: Any) -> None:
    lines = told(format).split(b"\n")[:-1]
    hit = data.draw(st.integers(2, len(lines) - 1))
    raw = bytearray(lines[hit])
    at = data.draw(st.integers(0, len(raw) - 1))
    raw[at] = data.draw(st.integers(0, 255).filter(lambda b: b != 10))
    damaged = b"\n".join([*lines[:hit], bytes(raw), *lines[hit + 1 :], b""])
    begins = sum(len(line) + 1 for line in lines[:hit])
    good, batch = read(format, b"\n".join([*lines, b""])).plots, read(format, damaged).plots
    kept = set(good.position.tolist()) - {begins}
    assert kept <= set(batch.position.tolist())


@CALM
@given(st.integers(0, 3_000), st.integers(0, 255), st.integers(0, 3_000))
def test_a_damaged_parquet_file_is_refused_or_read(at: int, byte: int, cut: int) -> None:
    table = pa.table(
        {
            "time": [1_700_000_000.0, 1_700_000_001.0],
            "icao24": ["600101", "600102"],
            "lat": [42.5, None],
            "lon": [74.6, 74.7],
            "onground": [False, True],
        }
    )
    file = io.BytesIO()
    pq.write_table(table, file)
    raw = bytearray(file.getvalue())
    assert len(read("opensky", bytes(raw)).plots) == 1
    raw[at % len(raw)] = byte
    raw = raw[: max(4, len(raw) - cut % 50)]
    batch = read("opensky", bytes(raw))
    assert {r.reason for r in batch.rejections} <= REASONS


@pytest.mark.parametrize("deep", [b"[" * 5_000, b'{"a":' * 5_000, b'{"aircraft":[' + b"{" * 500])
def test_deep_nesting_is_refused(deep: bytes) -> None:
    for text in (deep, deep + b"\n", b'{"now":1,\n' + deep):
        assert len(read("readsb", text).plots) == 0
