"""Content of a ``tracks`` envelope: states of one label in packed records.

In: track states with claims, or bytes that an opened envelope held. Out: bytes, or sound states,
with refused rows counted by reason. Layout (little-endian; docs/reference/traffic.md)::

    u8 layout (2) | u8 marks: 1 blurred, 2 keyframe, 4 whole follows | u8 stations | u8 0
    u32 rows | u32 ended | u32 whole
    stations x 8 bytes   codes that the bits of contributors stand for, zero-padded
    rows x 140 bytes     TRACK_RECORD
    ended x i64          numbers of tracks that are no more
    whole x i64          all numbers of the keyframe that this is the last part of

Positions are exact, times are exact, all else has seven digits. Nothing is compressed.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skypact.exchange.rows import (
    TWICE,
    BadContent,
    exact,
    letters,
    records_in,
    refused_rows,
)
from skypact.kernels.exchange_rows import PEDIGREE, sound_spreads, track_faults
from skypact.model.exchange import NO_REPORTER, TrackClaims, is_station_code
from skypact.model.tracks import COVARIANCE, Tracks

LAYOUT = 2
HEAD = struct.Struct("<BBBBIII")
BLURRED, KEYFRAME, WHOLE = 1, 2, 4
CONFIRMED, COASTING = 1, 2

TRACK_RECORD: np.dtype[Any] = np.dtype(
    [
        ("track", "<i8"),
        ("measured_ns", "<i8"),
        ("place", "<f8", (2,)),
        ("real", "<f4", (6,)),
        ("covariance", "<f4", (COVARIANCE,)),
        # from here on what makes a state worth sending before its next keyframe
        ("last_plot_ns", "<i8"),
        ("allotted_ns", "<i8"),
        ("contributors", "<u8"),
        ("joint", "<u4"),
        ("mode_s", "<i4"),
        ("callsign", "S8"),
        ("mode_3a", "<i2"),
        ("flags", "u1"),
        ("reporter", "i1"),
    ]
)
REAL = (
    "altitude_m",
    "pressure_altitude_m",
    "velocity_east_mps",
    "velocity_north_mps",
    "velocity_up_mps",
    "horizontal_sigma_m",
)
"""Columns of ``real``, in order; ``place`` is latitude and longitude in rad."""
NEWS_BYTES = 44
"""Bytes at the end of a record that tell whether there is news: last plot, claims and codes."""

MOST_ROWS = 500
MOST_ENDED = 5_000
MOST_WHOLE = 25_000
MOST_STATIONS = 64
NO_NUMBERS: NDArray[np.int64] = np.empty(0, np.int64)

assert TRACK_RECORD.itemsize == 140
assert TRACK_RECORD.fields is not None
assert TRACK_RECORD.fields["last_plot_ns"][1] == TRACK_RECORD.itemsize - NEWS_BYTES


def track_records(tracks: Tracks, claims: TrackClaims) -> NDArray[Any]:
    """States with their claims as records (n,) of ``TRACK_RECORD``.

    A covariance that would be refused at the other side goes as unknown.
    """
    records = np.zeros(len(tracks), TRACK_RECORD)
    for name in ("track", "measured_ns", "last_plot_ns", "mode_s", "mode_3a", "callsign"):
        records[name] = getattr(tracks, name)
    for name in ("allotted_ns", "contributors", "joint", "reporter"):
        records[name] = getattr(claims, name)
    records["place"][:, 0] = tracks.latitude_rad
    records["place"][:, 1] = tracks.longitude_rad
    with np.errstate(over="ignore", invalid="ignore"):
        for k, name in enumerate(REAL):
            records["real"][:, k] = getattr(tracks, name)
        covariance = tracks.covariance.astype(np.float32).astype(np.float64)
    sound = np.empty(len(tracks), np.bool_)
    sound_spreads(covariance, sound)
    if not sound.all():
        covariance[~sound] = np.nan
    records["covariance"] = covariance
    records["flags"] = tracks.confirmed * CONFIRMED + tracks.coasting * COASTING
    return records


def news(records: NDArray[Any]) -> NDArray[np.uint32]:
    """What of records (n,) makes them worth sending, as words (n, 11) to be compared.

    A state without the time of its last plot is told by its own time.
    """
    words = (
        np.ascontiguousarray(records)
        .view(np.uint32)
        .reshape(len(records), TRACK_RECORD.itemsize // 4)
    )
    part = words[:, -(NEWS_BYTES // 4) :].copy()
    unknown = records["last_plot_ns"] <= 0
    if unknown.any():
        part[unknown, :2] = words[unknown, 2:4]  # measured_ns
    return part


def encode_tracks(
    records: NDArray[Any],
    stations: tuple[str, ...],
    marks: int,
    ended: NDArray[np.int64] = NO_NUMBERS,
    whole: NDArray[np.int64] = NO_NUMBERS,
) -> bytes:
    """Content of an envelope; ``marks`` of ``BLURRED``, ``KEYFRAME``, ``WHOLE``.

    Raises
    ------
    ValueError
        If there is more of something than an envelope holds.
    """
    if (
        len(records) > MOST_ROWS
        or len(stations) > MOST_STATIONS
        or len(ended) > MOST_ENDED
        or len(whole) > MOST_WHOLE
    ):
        raise ValueError("more than one envelope holds")
    head = HEAD.pack(LAYOUT, marks, len(stations), 0, len(records), len(ended), len(whole))
    codes = b"".join(code.encode().ljust(8, b"\0") for code in stations)
    numbers = ended.astype("<i8").tobytes() + whole.astype("<i8").tobytes()
    return head + codes + records.tobytes() + numbers


@dataclass(frozen=True, slots=True)
class TrackContent:
    """What an envelope of track states held.

    Parameters
    ----------
    tracks, claims
        Its sound rows; ``sensors`` is zeros, one word.
    refused
        Rows that were left out, by reason.
    blurred, keyframe, ended, whole
        As in :class:`~skypact.model.exchange.PartnerTracks`.
    """

    tracks: Tracks
    claims: TrackClaims
    refused: dict[str, int]
    blurred: bool
    keyframe: bool
    ended: NDArray[np.int64]
    whole: NDArray[np.int64] | None


def decode_tracks(content: bytes) -> TrackContent:
    """States of an envelope's content.

    Raises
    ------
    BadContent
        If it is not laid out as such content is.
    """
    if len(content) < HEAD.size:
        raise BadContent(f"{len(content)} bytes are no track states")
    layout, marks, stations, spare, rows, ended, whole = HEAD.unpack_from(content)
    if layout != LAYOUT or spare or marks > 7 or (whole and not marks & WHOLE):
        raise BadContent(f"layout {layout} with marks {marks} is not known")
    if (
        rows > MOST_ROWS
        or ended > MOST_ENDED
        or whole > MOST_WHOLE
        or not 1 <= stations <= MOST_STATIONS
        or len(content) != HEAD.size + 8 * (stations + ended + whole) + 140 * rows
    ):
        raise BadContent(f"{len(content)} bytes do not hold {rows} states of {stations} stations")
    codes = _codes(content, stations)
    at = HEAD.size + 8 * stations
    blurred = bool(marks & BLURRED)
    tracks, claims, refused = _states(
        records_in(content, TRACK_RECORD, rows, at), codes, blurred=blurred
    )
    numbers = np.frombuffer(content, "<i8", ended + whole, at + 140 * rows).astype(np.int64)
    return TrackContent(
        tracks=tracks,
        claims=claims,
        refused=refused,
        blurred=blurred,
        keyframe=bool(marks & KEYFRAME),
        ended=numbers[:ended],
        whole=numbers[ended:] if marks & WHOLE else None,
    )


def _codes(content: bytes, stations: int) -> tuple[str, ...]:
    """Codes of the stations that contributed."""
    found = []
    for k in range(stations):
        raw = content[HEAD.size + 8 * k : HEAD.size + 8 * k + 8].rstrip(b"\0")
        code = raw.decode("ascii", "replace")
        if not is_station_code(code):
            raise BadContent(f"{raw!r} names no station")
        found.append(code)
    if len(set(found)) != len(found):
        raise BadContent("a station is named twice")
    return tuple(found)


def _states(
    records: NDArray[Any], stations: tuple[str, ...], *, blurred: bool
) -> tuple[Tracks, TrackClaims, dict[str, int]]:
    """Records as states and claims, without those that are not sound."""
    whole = np.empty((4, len(records)), np.int64)
    for k, name in enumerate(("track", "measured_ns", "last_plot_ns", "allotted_ns")):
        whole[k] = records[name]
    place = exact(records["place"], np.float64)
    real = exact(records["real"], np.float64)
    covariance = np.ascontiguousarray(exact(records["covariance"], np.float64).T)
    joint = records["joint"].astype(np.int64)
    contributors = records["contributors"].astype(np.uint64)
    mode_3a = records["mode_3a"].astype(np.int32)
    mode_s = records["mode_s"].astype(np.int32)
    flags = np.ascontiguousarray(records["flags"])
    reporter = records["reporter"].astype(np.int16)
    callsign = np.array(records["callsign"])
    fault = np.empty(len(records), np.uint8)
    track_faults(
        *(whole, place, real, covariance, joint, contributors, mode_3a, mode_s),
        *(flags.copy(), letters(callsign), len(stations), blurred, fault),
    )
    nobody = (reporter < NO_REPORTER) | (reporter >= len(stations))
    fault[(nobody | (blurred & (reporter != NO_REPORTER))) & (fault == 0)] = PEDIGREE
    _refuse_repeated(whole[0], fault)
    known = np.isfinite(covariance[:, 0]) & (fault == 0)
    # one says the same as the other, whatever the sender wrote
    real[5, known] = np.sqrt(0.5 * (covariance[known, 0] + covariance[known, 4]))
    tracks = Tracks(
        track=whole[0],
        measured_ns=whole[1],
        latitude_rad=place[0],
        longitude_rad=place[1],
        altitude_m=real[0],
        pressure_altitude_m=real[1],
        velocity_east_mps=real[2],
        velocity_north_mps=real[3],
        velocity_up_mps=real[4],
        horizontal_sigma_m=real[5],
        confirmed=(flags & CONFIRMED) != 0,
        coasting=(flags & COASTING) != 0,
        last_plot_ns=whole[2],
        mode_3a=mode_3a,
        mode_s=mode_s,
        callsign=callsign,
        sensors=np.zeros((len(records), 1), np.uint64),
        covariance=covariance,
    )
    claims = TrackClaims(joint, whole[3], reporter, contributors, stations)
    if not fault.any():
        return tracks, claims, {}
    sound = fault == 0
    return tracks.take(sound), claims.take(sound), refused_rows(fault)


def _refuse_repeated(numbers: NDArray[np.int64], fault: NDArray[np.uint8]) -> None:
    """Mark all but the first sound row of each track."""
    ordered = np.sort(numbers)
    if not (ordered[1:] == ordered[:-1]).any():
        return
    sound = np.flatnonzero(fault == 0)
    first = np.unique(numbers[sound], return_index=True)[1]
    repeated = np.ones(len(sound), np.bool_)
    repeated[first] = False
    fault[sound[repeated]] = TWICE
