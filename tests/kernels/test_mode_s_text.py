"""Text to columns against Python's own float, csv, json and datetime."""

from __future__ import annotations

import datetime as dt
import json
import math
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from skypact.kernels import mode_s_lines as lines
from skypact.kernels import mode_s_states as states
from skypact.kernels import mode_s_text as text

CALM = settings(deadline=None, max_examples=200)


def octets(raw: bytes) -> NDArray[np.uint8]:
    return np.frombuffer(bytearray(raw + b" "), np.uint8)


def number(raw: bytes) -> float:
    return float(text.number(octets(raw), 0, len(raw)))


@CALM
@given(st.decimals(-(10**6), 10**8, places=7) | st.integers(-(10**15), 10**15))
def test_decimal_numbers_are_rounded_right(value: Decimal | int) -> None:
    raw = str(value)
    assert math.isnan(float(raw)) or number(raw.encode()) == float(raw)


@CALM
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_any_float_that_json_writes_is_near_or_none(value: float) -> None:
    got = number(json.dumps(value).encode())
    assert math.isnan(got) or got == pytest.approx(value, rel=1e-14, abs=1e-28)


@pytest.mark.parametrize("raw", [b"", b"-", b".", b"1.2.3", b"1e", b"e5", b"nan", b"0x1", b"1 2"])
def test_what_is_no_number_is_none(raw: bytes) -> None:
    assert math.isnan(number(raw))


@CALM
@given(st.decimals(0, 4_000_000_000, places=9))
def test_seconds_are_nanoseconds_exactly(value: Decimal) -> None:
    raw = f"{value:f}".encode()
    assert lines.read_seconds_ns(octets(raw), 0, len(raw)) == int(value * 10**9)


@CALM
@given(st.binary(min_size=1, max_size=16), st.booleans())
def test_hexadecimal_of_the_right_size_is_read(raw: bytes, upper: bool) -> None:
    shown = raw.hex().upper() if upper else raw.hex()
    out = np.zeros(14, np.uint8)
    size = lines.read_hex(octets(shown.encode()), 0, len(shown), out)
    assert size == (len(raw) if len(raw) in (2, 7, 14) else -1)
    if size > 0:
        assert out[:size].tobytes() == raw


@CALM
@given(st.datetimes(dt.datetime(1970, 1, 1), dt.datetime(2200, 12, 31)))
def test_dates_are_those_of_the_calendar(moment: dt.datetime) -> None:
    date, time = f"{moment:%Y/%m/%d}", f"{moment:%H:%M:%S}.{moment.microsecond // 1000:03d}"
    data = octets((date + time).encode())
    places = [np.array([k], np.int64) for k in (0, 10, 10, 22)]
    out = np.empty(1, np.int64)
    states.read_dates(data, places[0], places[1], places[2], places[3], out)
    seconds = int((moment.replace(microsecond=0) - dt.datetime(1970, 1, 1)).total_seconds())
    assert out[0] == seconds * 10**9 + moment.microsecond // 1000 * 10**6


KEYS = ("a", "lat", "hex")
FLAT = st.dictionaries(
    st.sampled_from([*KEYS, "other"]),
    st.integers(-(10**6), 10**6) | st.text('abc~ \\"\u00e9', max_size=5) | st.none(),
    max_size=4,
)


@CALM
@given(FLAT, FLAT, st.sampled_from([None, 1]))
def test_values_of_an_object_are_found_and_outer_keys_come_first(
    outer: dict[str, Any], nested: dict[str, Any], indent: int | None
) -> None:
    raw = json.dumps({"nested": [nested], **outer}, indent=indent).encode()
    data = np.frombuffer(bytearray(raw), np.uint8)
    joined = np.frombuffer(bytearray("".join(KEYS).encode()), np.uint8)
    at = np.cumsum([0, *map(len, KEYS)]).astype(np.int64)
    begin, end = np.empty((2, 3), np.int64), np.empty((2, 3), np.int64)
    count = text.scan_document(data, 1, joined, at, begin, end, np.empty(2, np.int64))
    assert count == 1
    for k, key in enumerate(KEYS):
        if key not in outer and key not in nested:
            assert begin[0, k] < 0
            continue
        value = outer[key] if key in outer else nested[key]
        shown = json.dumps(value).strip('"') if value != "" else ""
        if isinstance(value, str):
            shown = json.dumps(value)[1:-1]
        assert raw[begin[0, k] : end[0, k]].decode() == shown


@CALM
@given(st.text('{}[]",:ab1 \\', max_size=40))
def test_what_closes_is_what_the_json_library_can_close(raw: str) -> None:
    data = np.frombuffer(bytearray(raw.encode()), np.uint8)
    key, at = np.frombuffer(bytearray(b"a"), np.uint8), np.array([0, 1], np.int64)
    begin, end = np.empty((50, 1), np.int64), np.empty((50, 1), np.int64)
    count = text.scan_document(data, 1, key, at, begin, end, np.empty(50, np.int64))
    try:
        document = json.loads(raw)
    except ValueError:
        return
    # every object that is JSON is found; what is not JSON is found only if its brackets close
    assert (count == 1) == isinstance(document, dict)


@CALM
@given(st.lists(st.lists(st.text("ab 1.", max_size=4), min_size=1, max_size=6), max_size=6))
def test_fields_are_those_between_commas(rows: list[list[str]]) -> None:
    raw = "".join(",".join(row) + "\n" for row in rows).encode()
    data = np.frombuffer(bytearray(raw), np.uint8)
    begin, end = np.empty((10, 4), np.int64), np.empty((10, 4), np.int64)
    start, stop, outcome = np.empty(10, np.int64), np.empty(10, np.int64), np.zeros(5, np.int64)
    text.split_fields(data, ord(","), 2, begin, end, start, stop, outcome)
    kept = [row for row in rows if len(row) >= 2 and ",".join(row).strip()]
    assert outcome[0] == len(kept)
    for i, row in enumerate(kept):
        for k in range(4):
            got = raw[begin[i, k] : end[i, k]].decode() if begin[i, k] >= 0 else None
            assert got == (row[k].strip() if k < len(row) else None)
