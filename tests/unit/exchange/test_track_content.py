"""States go through bytes and come back; what is not sound is left out, and its neighbours stay."""

import dataclasses
import struct
from typing import Any

import numpy as np
import pytest

from linked_stations import states
from skypact.exchange.rows import FAULTS, ROW_FAULTS, BadContent
from skypact.exchange.track_content import (
    BLURRED,
    HEAD,
    KEYFRAME,
    MOST_ENDED,
    MOST_ROWS,
    MOST_WHOLE,
    TRACK_RECORD,
    WHOLE,
    decode_tracks,
    encode_tracks,
    news,
    track_records,
)
from skypact.model.exchange import NO_REPORTER, TrackClaims
from skypact.model.tracks import TRACK_COLUMNS, Tracks

EXACT = ("track", "measured_ns", "latitude_rad", "longitude_rad", "last_plot_ns")
CODES = ("confirmed", "coasting", "mode_3a", "mode_s", "callsign")
SEVEN_DIGITS = (
    "altitude_m",
    "pressure_altitude_m",
    "velocity_east_mps",
    "velocity_north_mps",
    "velocity_up_mps",
    "horizontal_sigma_m",
    "covariance",
)


def claims(count: int) -> TrackClaims:
    return TrackClaims(
        joint=np.arange(count) % 3 * 2_000_000_000,
        allotted_ns=np.arange(count) * 1_234_567_891,
        reporter=(np.arange(count) % 4 - 1).astype(np.int16),
        contributors=np.full(count, 5, np.uint64),
        stations=("KG", "RU", "KANT"),
    )


def content_of(tracks: Tracks, marks: int = 0, **numbers: Any) -> bytes:
    its = claims(len(tracks))
    if marks & BLURRED:
        its.reporter[:] = NO_REPORTER
    return encode_tracks(track_records(tracks, its), its.stations, marks, **numbers)


def changed(content: bytes, row: int, field: str, value: Any) -> bytes:
    """One field of one record written over; three stations stand before the records."""
    at = HEAD.size + 3 * 8
    records = np.frombuffer(bytearray(content[at : at + 140 * (row + 1)]), TRACK_RECORD)
    records[row][field] = value
    return content[:at] + records.tobytes() + content[at + len(records) * 140 :]


def test_states_and_claims_come_back_as_they_were() -> None:
    tracks = states(200, coasting=np.arange(200) % 5 == 0, confirmed=np.arange(200) % 7 != 0)
    found = decode_tracks(content_of(tracks))
    assert found.refused == {}
    for name in (*EXACT, *CODES):
        assert np.array_equal(getattr(found.tracks, name), getattr(tracks, name)), name
    for name in SEVEN_DIGITS:
        told, was = getattr(found.tracks, name), getattr(tracks, name)
        assert np.allclose(told, was, rtol=1e-6, atol=0, equal_nan=True), name
    for field in dataclasses.fields(TrackClaims):
        told, was = getattr(found.claims, field.name), getattr(claims(200), field.name)
        assert np.array_equal(told, was), field.name


def test_every_column_of_tracks_travels_but_the_sensors_at_home() -> None:
    assert {*EXACT, *CODES, *SEVEN_DIGITS, "sensors"} == set(TRACK_COLUMNS)
    found = decode_tracks(content_of(states(3, sensors=np.full((3, 1), 255))))
    assert found.tracks.sensors.tolist() == [[0], [0], [0]]


def test_columns_are_as_the_model_says_and_may_be_written_to() -> None:
    found = decode_tracks(content_of(states(4)))
    for name, dtype in TRACK_COLUMNS.items():
        column = getattr(found.tracks, name)
        assert column.dtype == np.dtype(dtype), name
        assert column.flags.c_contiguous, name
        assert column.flags.writeable, name


def test_what_ended_and_what_is_whole_comes_back() -> None:
    ended, whole = np.array([5, -6, 2**60]), np.arange(1000)
    found = decode_tracks(
        content_of(states(2), KEYFRAME | WHOLE | BLURRED, ended=ended, whole=whole)
    )
    assert found.ended.tolist() == ended.tolist()
    assert found.whole is not None
    assert found.whole.tolist() == whole.tolist()
    assert found.blurred
    assert found.keyframe
    plain = decode_tracks(content_of(states(2)))
    assert plain.whole is None
    assert not plain.keyframe
    empty = decode_tracks(content_of(states(0), KEYFRAME | WHOLE))
    assert empty.whole is not None
    assert len(empty.whole) == 0


def test_limits_hold_at_n_and_not_at_n_plus_one() -> None:
    many = states(MOST_ROWS + 1)
    assert len(decode_tracks(content_of(many.take(slice(0, MOST_ROWS)))).tracks) == MOST_ROWS
    numbers = np.arange(MOST_WHOLE + 1)
    content_of(states(0), WHOLE, whole=numbers[:MOST_WHOLE], ended=numbers[:MOST_ENDED])
    for one_more in (
        {"tracks": many},
        {"tracks": states(0), "marks": WHOLE, "whole": numbers},
        {"tracks": states(0), "ended": numbers[: MOST_ENDED + 1]},
    ):
        with pytest.raises(ValueError, match="one envelope"):
            content_of(**one_more)


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("track", 2**62, "RowNumber"),
        ("joint", 2**32 - 1, "RowNumber"),
        ("measured_ns", 0, "RowTime"),
        ("place", (np.nan, 1.0), "RowPlace"),
        ("place", (0.5, 3.2), "RowPlace"),
        ("real", (2e5 + 16, 0, 0, 0, 0, 1), "RowHeight"),
        ("real", (0, 0, np.inf, 0, 0, 1), "RowVelocity"),
        ("covariance", -1.0, "RowSpread"),
        ("callsign", b"\xffABC", "RowCode"),
        ("mode_3a", 4096, "RowCode"),
        ("flags", 4, "RowCode"),
        ("reporter", 3, "RowPedigree"),
        ("reporter", -2, "RowPedigree"),
        ("contributors", 8, "RowPedigree"),
        ("contributors", 0, "RowPedigree"),
        ("track", 2, "RowTwice"),
    ],
)
def test_a_bad_row_is_counted_by_reason_and_its_neighbours_are_kept(
    field: str, value: Any, reason: str
) -> None:
    found = decode_tracks(changed(content_of(states(5)), 3, field, value))
    assert found.tracks.track.tolist() == [1, 2, 3, 5]
    assert found.claims.joint.tolist() == claims(5).joint[[0, 1, 2, 4]].tolist()
    assert found.refused == {reason: 1}


def test_each_reason_has_its_words() -> None:
    assert set(FAULTS[1:]) == set(ROW_FAULTS)


def test_a_blurred_state_may_lack_what_a_whole_one_must_have() -> None:
    nothing = np.full(3, np.nan)
    coarse = states(
        3,
        latitude_rad=nothing,
        longitude_rad=nothing,
        velocity_east_mps=nothing,
        velocity_north_mps=nothing,
        horizontal_sigma_m=nothing,
        covariance=np.full((3, 10), np.nan),
        last_plot_ns=[-1, -1, -1],
    )
    assert len(decode_tracks(content_of(coarse, BLURRED)).tracks) == 3
    assert decode_tracks(content_of(coarse)).refused == {"RowPlace": 3}


def test_of_a_blurred_state_nobody_may_be_called_the_reporter() -> None:
    content = changed(content_of(states(3), BLURRED), 1, "reporter", 0)
    assert decode_tracks(content).refused == {"RowPedigree": 1}


def test_a_covariance_that_would_be_refused_goes_as_unknown() -> None:
    covariance = np.tile([100.0, 100.0, 0, 0, 100.0, 0, 0, 1.0, 0, 1.0], (2, 1))  # singular
    covariance[1, 1] = 0.0
    found = decode_tracks(content_of(states(2, covariance=covariance)))
    assert found.refused == {}
    assert np.isnan(found.tracks.covariance[0]).all()
    assert found.tracks.horizontal_sigma_m.tolist() == [50.0, 10.0]  # told by it where it is known


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x01" * 15,
        HEAD.pack(1, 0, 1, 0, 0, 0, 0) + b"KG\0\0\0\0\0\0",
        HEAD.pack(2, 8, 1, 0, 0, 0, 0) + b"KG\0\0\0\0\0\0",
        HEAD.pack(2, 0, 1, 1, 0, 0, 0) + b"KG\0\0\0\0\0\0",
        HEAD.pack(2, 0, 0, 0, 0, 0, 0),
        HEAD.pack(2, 0, 1, 0, 1, 0, 0) + b"KG\0\0\0\0\0\0",
        HEAD.pack(2, 0, 1, 0, 0, 0, 1) + b"KG\0\0\0\0\0\0" + bytes(8),
        HEAD.pack(2, 0, 1, 0, 2**32 - 1, 2**32 - 1, 2**32 - 1),
        HEAD.pack(2, 0, 1, 0, 0, 0, 0) + b"kg\0\0\0\0\0\0",
        HEAD.pack(2, 0, 1, 0, 0, 0, 0) + b"\xd0KG\0\0\0\0\0",
        HEAD.pack(2, 0, 2, 0, 0, 0, 0) + b"KG\0\0\0\0\0\0" * 2,
        HEAD.pack(2, 0, 1, 0, 0, 0, 0) + b"KG\0\0\0\0\0\0\0",
    ],
)
def test_what_is_not_laid_out_so_is_refused_as_a_whole(content: bytes) -> None:
    with pytest.raises(BadContent):
        decode_tracks(content)


def test_news_is_a_plot_a_claim_a_code_or_a_flag_and_not_the_passing_of_time() -> None:
    one = track_records(states(1), claims(1))

    def differs(**changes: Any) -> bool:
        other = one.copy()
        for name, value in changes.items():
            other[name] = value
        return bool((news(one) != news(other)).any())

    assert not differs(measured_ns=1, place=0.1, real=3.0, covariance=1.0)
    assert differs(last_plot_ns=1)
    assert differs(joint=99)
    assert differs(flags=0)
    assert differs(contributors=1)
    assert differs(reporter=1)
    assert differs(callsign=b"X")
    assert differs(mode_3a=0o7000)
    blurred = track_records(states(1, last_plot_ns=[-1]), claims(1))
    later = track_records(states(1, last_plot_ns=[-1], measured_ns=[5]), claims(1))
    assert (news(blurred) != news(later)).any(), "without a last plot its own time tells"


def test_the_layout_is_the_documented_one() -> None:
    """A state written byte by byte, as docs/reference/traffic.md says."""
    record = struct.pack("<qqdd6f10f", 42, 10**18, 0.5, -1.0, *[100.0] * 6, *[np.nan] * 10)
    record += struct.pack("<qqQIi8shBb", 10**18 - 1, 7, 1, 9, 0x601234, b"KGA101", 0o1200, 1, 0)
    content = struct.pack("<BBBBIII", 2, 0, 1, 0, 1, 1, 0) + b"KG".ljust(8, b"\0") + record
    found = decode_tracks(content + struct.pack("<q", 41))
    tracks = found.tracks
    assert tracks.track.tolist() == [42]
    assert tracks.latitude_rad.tolist() == [0.5]
    assert tracks.longitude_rad.tolist() == [-1.0]
    assert tracks.callsign.tolist() == [b"KGA101"]
    assert tracks.confirmed.tolist() == [True]
    assert tracks.coasting.tolist() == [False]
    assert found.claims.reporter.tolist() == [0]
    assert found.claims.allotted_ns.tolist() == [7]
    assert found.ended.tolist() == [41]
