"""The picture frame: all tracks of one output second as typed columns in one binary message.

In: tracks, time, mode and a sequence number. Out: bytes for every browser alike. The format is
ours and described in docs/reference/picture-frame.md; the browser's decoder is
console-ui/src/protocol/frame.ts, and both are held to the files tests/golden/picture_frame_*.bin.

A node's own tracks go out as version 1, as before there was an exchange; a joint picture as
version 2, which adds columns and flags.

Unknown is never a number: each column has a value that means "not known".
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skypact.model.joint import JointTracks
from skypact.model.status import Mode
from skypact.model.tracks import Tracks

PICTURE_MAGIC = b"SKYP"
PICTURE_VERSION = 1
JOINT_PICTURE_VERSION = 2
KEYFRAME = 0

# magic, version, kind, sequence, count, time, mode, column count, first column's offset,
# speed, base sequence (of the keyframe that a delta changes), revision of the texts
HEADER = struct.Struct("<4sHHIIqBBHfII")
COLUMN = struct.Struct("<BBHI")  # column, type, zero, offset from the frame's first byte
MODES: dict[Mode, int] = {"live": 0, "replay": 1, "exercise": 2}

TYPES: dict[str, int] = {"u1": 1, "u2": 2, "u4": 3, "i2": 4, "f4": 5}
COLUMNS: dict[str, str] = {
    "track": "u4",
    "longitude_deg": "f4",
    "latitude_deg": "f4",
    "mode_s": "u4",
    "level_25ft": "i2",
    "speed_dmps": "u2",
    "track_angle_cdeg": "u2",
    "climb_dmps": "i2",
    "sigma_m": "u2",
    "mode_3a": "u2",
    "flags": "u2",
    "age_2hz": "u1",
}
"""Wire columns in order of their numbers 1, 2, ..., wide ones first, and their types."""

JOINT_COLUMNS: dict[str, str] = {
    "own_track": "u4",
    "contributors": "u4",
    "contributors_beyond_32": "u4",
    "reporter": "u1",
}
"""Further columns of a joint picture, in order of their numbers 13, 14, ..."""

UNKNOWN_U1, UNKNOWN_U2, UNKNOWN_U4, UNKNOWN_I2 = 255, 65_535, 4_294_967_295, -32_768
CONFIRMED, COASTING, LEVEL_IS_GEOMETRIC = 1, 2, 4  # bits of the flags column
UNCONFIRMED, BLURRED, OWN_NUMBER = 8, 16, 32  # its bits in a joint picture

STATIONS_IN_ONE_COLUMN = 32

FOOT_M = 0.3048  # international foot, exact
LEVEL_STEP_M = 25 * FOOT_M  # the finest step of Mode C and ADS-B heights


@dataclass(frozen=True, slots=True)
class _Column:
    """A column of one frame: its number and type on the wire, its values, where it begins."""

    number: int
    kind: str
    values: NDArray[Any]
    offset: int


def encode_picture(
    picture: JointTracks | Tracks,
    *,
    sequence: int,
    now_ns: int,
    mode: Mode,
    speed: float = 1.0,
    texts_revision: int = 0,
) -> bytes:
    """Encode a whole picture as one keyframe.

    Parameters
    ----------
    picture
        Every track to show, confirmed and tentative, in any order; or the joint picture.
    sequence
        Number of the frame, counting from 1; it wraps at 2**32.
    now_ns
        The picture's time, int64 UTC nanoseconds; ages count from it.
    mode, speed
        Where the bytes come from, and times real time (0 means as fast as possible).
    texts_revision
        Revision of the texts (callsigns, sensors, stations) that belong to this picture.

    Returns
    -------
    bytes
        Header, column table, then each column, little endian, each beginning at a multiple
        of 8 bytes.

    Raises
    ------
    ValueError
        If a track number does not fit 32 bits.
    """
    joint = picture if isinstance(picture, JointTracks) else None
    columns, size = _laid_out(_values(picture, now_ns), _kinds(joint))
    frame = bytearray(size)
    HEADER.pack_into(
        frame,
        0,
        PICTURE_MAGIC,
        PICTURE_VERSION if joint is None else JOINT_PICTURE_VERSION,
        KEYFRAME,
        sequence & 0xFFFF_FFFF,
        len(picture),
        now_ns,
        MODES[mode],
        len(columns),
        columns[0].offset,
        speed,
        sequence & 0xFFFF_FFFF,
        texts_revision & 0xFFFF_FFFF,
    )
    place = HEADER.size
    for column in columns:
        COLUMN.pack_into(frame, place, column.number, TYPES[column.kind], 0, column.offset)
        place += COLUMN.size
        space = np.frombuffer(frame, f"<{column.kind}", len(picture), column.offset)
        space[:] = column.values
    return bytes(frame)


def _kinds(joint: JointTracks | None) -> dict[str, str]:
    """Columns of a frame and their types, in order of their numbers."""
    if joint is None:
        return COLUMNS
    kinds = COLUMNS | JOINT_COLUMNS
    if len(joint.stations) <= STATIONS_IN_ONE_COLUMN:
        del kinds["contributors_beyond_32"]
    return kinds


def _laid_out(values: dict[str, NDArray[Any]], kinds: dict[str, str]) -> tuple[list[_Column], int]:
    """Where each column begins, and the size of the frame in bytes."""
    numbers = {name: k for k, name in enumerate([*COLUMNS, *JOINT_COLUMNS], start=1)}
    columns: list[_Column] = []
    place = HEADER.size + len(kinds) * COLUMN.size
    for name, kind in kinds.items():
        place = -(-place // 8) * 8
        columns.append(_Column(numbers[name], kind, values[name], place))
        place += len(values[name]) * np.dtype(kind).itemsize
    return columns, place


def _values(picture: JointTracks | Tracks, now_ns: int) -> dict[str, NDArray[Any]]:
    """Wire values of every column, one array of shape (tracks,) each."""
    if isinstance(picture, Tracks):
        return _columns(picture, now_ns)
    tracks = picture.tracks
    if len(tracks) and picture.own_track.max() >= UNKNOWN_U4:
        raise ValueError("an own track number does not fit the picture frame's 32 bits")
    # A track without a joint number goes under minus its own number; the sign is a flag here.
    own_number = tracks.track < 0
    values = _columns(replace(tracks, track=np.abs(tracks.track)), now_ns)
    values["flags"] = (
        values["flags"]
        + picture.unconfirmed * UNCONFIRMED
        + picture.blurred * BLURRED
        + own_number * OWN_NUMBER
    )
    stations = len(picture.stations)
    known = (picture.reporter >= 0) & (picture.reporter < min(stations, UNKNOWN_U1))
    return values | {
        "own_track": np.where(picture.own_track < 0, UNKNOWN_U4, picture.own_track),
        "contributors": picture.contributors & np.uint64(0xFFFF_FFFF),
        "contributors_beyond_32": picture.contributors >> np.uint64(STATIONS_IN_ONE_COLUMN),
        "reporter": np.where(known, picture.reporter, UNKNOWN_U1),
    }


def _columns(tracks: Tracks, now_ns: int) -> dict[str, NDArray[Any]]:
    """Wire values of every column, one array of shape (tracks,) each."""
    if len(tracks) and (tracks.track.min() < 0 or tracks.track.max() >= UNKNOWN_U4):
        raise ValueError("a track number does not fit the picture frame's 32 bits")
    geometric = np.isnan(tracks.pressure_altitude_m) & ~np.isnan(tracks.altitude_m)
    level_m = np.where(geometric, tracks.altitude_m, tracks.pressure_altitude_m)
    east, north = tracks.velocity_east_mps, tracks.velocity_north_mps
    speed_mps = np.hypot(east, north)
    angle_deg = np.mod(np.degrees(np.arctan2(east, north)), 360.0)
    # What does not move points nowhere.
    angle_deg = np.where(speed_mps > 0.0, angle_deg, np.nan)
    age_ns = np.maximum(now_ns - tracks.last_plot_ns, 0)
    halves = np.minimum(age_ns // 500_000_000, UNKNOWN_U1 - 1)
    flags = (
        tracks.confirmed * CONFIRMED + tracks.coasting * COASTING + geometric * LEVEL_IS_GEOMETRIC
    )
    return {
        "track": tracks.track,
        "longitude_deg": np.degrees(tracks.longitude_rad),
        "latitude_deg": np.degrees(tracks.latitude_rad),
        "mode_s": np.where(tracks.mode_s < 0, UNKNOWN_U4, tracks.mode_s.astype(np.int64)),
        "level_25ft": _steps(level_m / LEVEL_STEP_M, -32_767, 32_767, UNKNOWN_I2),
        "speed_dmps": _steps(speed_mps * 10.0, 0, UNKNOWN_U2 - 1, UNKNOWN_U2),
        "track_angle_cdeg": _angle_steps(angle_deg),
        "climb_dmps": _steps(tracks.velocity_up_mps * 10.0, -32_767, 32_767, UNKNOWN_I2),
        "sigma_m": _steps(tracks.horizontal_sigma_m, 0, UNKNOWN_U2 - 1, UNKNOWN_U2),
        "mode_3a": np.where(tracks.mode_3a < 0, UNKNOWN_U2, tracks.mode_3a),
        "flags": flags,
        "age_2hz": np.where(tracks.last_plot_ns < 0, UNKNOWN_U1, halves),
    }


def _steps(
    value: NDArray[np.float64], lowest: int, highest: int, unknown: int
) -> NDArray[np.float64]:
    """Round to whole steps, hold at the ends, and put ``unknown`` for NaN."""
    held = np.clip(np.rint(value), lowest, highest)
    return np.where(np.isnan(held), float(unknown), held)


def _angle_steps(angle_deg: NDArray[np.float64]) -> NDArray[np.float64]:
    """Hundredths of a degree, 0 to 35999; 360.00 is 0 again."""
    steps = _steps(angle_deg * 100.0, 0, 36_000, UNKNOWN_U2)
    return np.where(steps == 36_000.0, 0.0, steps)
