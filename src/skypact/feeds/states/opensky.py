"""OpenSky Network state vectors: CSV with a header line, and Parquet tables.

In: :class:`~skypact.model.frames.Frames` of format ``opensky``: lines of CSV cut anywhere, the
first of which names the columns, or a Parquet file as one frame. Out: a row per state. Document:
OpenSky Network, "State vectors" (openskynetwork.github.io/opensky-api), ``state_vectors_data4``:
degrees, metres, m/s, ``lastposupdate`` the time of the position. Sigma is not told.
"""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from skypact.feeds.states.columns import StateFollower, StatePlots, States, velocity_of
from skypact.feeds.states.text import (
    LineKeeper,
    Places,
    WholeLines,
    codes,
    nanoseconds,
    numbers,
    texts,
)
from skypact.kernels import mode_s_text
from skypact.model.errors import Rejection
from skypact.model.frames import Frames

NEEDED = ("time", "icao24", "lat", "lon")
NUMBERS = ("time", "lat", "lon", "velocity", "heading", "vertrate", "baroaltitude", "geoaltitude",
           "lastposupdate")  # fmt: skip
WANTED = (*NUMBERS, "icao24", "callsign", "onground", "squawk")
MOST_COLUMNS = 64
MAGIC = b"PAR1"


def looks_like(head: bytes) -> bool:
    """Whether this is a Parquet file, or CSV whose header names a state vector's columns."""
    if head.startswith(MAGIC):
        return True
    names = _names(head.removeprefix(b"\xef\xbb\xbf").split(b"\n", 1)[0])
    return all(name in names for name in NEEDED)


def _names(line: bytes) -> list[str]:
    return [name.strip(b' "\r').decode("ascii", "replace") for name in line.split(b",")]


class OpenSkyReader:
    """Reads one source of CSV lines, or Parquet files."""

    def __init__(self) -> None:
        self._lines = LineKeeper()
        self._follower = StateFollower()
        self._columns: list[str] | None = None

    def decode(self, frames: Frames) -> tuple[States, tuple[Rejection, ...]]:
        """States of the lines that end in these frames, or of the files."""
        if self._columns is None and _begins_parquet(frames):
            parts: list[States] = []
            refused: tuple[Rejection, ...] = ()
            for i in range(len(frames)):
                states, more = _parquet(frames, i)
                parts.append(states)
                refused += more
            return self._follower.follow(States.join(parts)), refused
        lines, refused = self._lines.take(frames)
        if self._columns is None and len(lines.data):
            self._columns = _names(
                lines.data.tobytes().removeprefix(b"\xef\xbb\xbf").split(b"\n")[0]
            )
            if any(name not in self._columns for name in NEEDED):
                detail = "the first line names no columns of a state vector"
                refused += (lines.refused("FramingError", detail, 0),)
        states, more = _from_lines(lines, self._columns or [])
        return self._follower.follow(states), refused + more


def _begins_parquet(frames: Frames) -> bool:
    if not len(frames):
        return False
    first = int(frames.offset[0])
    return frames.data[first : first + 4].tobytes() == MAGIC


def _from_lines(lines: WholeLines, columns: list[str]) -> tuple[States, tuple[Rejection, ...]]:
    if any(name not in columns for name in NEEDED) or len(columns) > MOST_COLUMNS:
        return States.blank(0), ()
    data, width = lines.data, len(columns)
    most = int(np.count_nonzero(data == mode_s_text.NEWLINE)) + 1
    begin, end = np.empty((most, width), np.int64), np.empty((most, width), np.int64)
    start, stop, outcome = np.empty(most, np.int64), np.empty(most, np.int64), np.zeros(5, np.int64)
    mode_s_text.split_fields(data, ord(","), width, begin, end, start, stop, outcome)
    count = int(outcome[0])
    place = {name: k for k, name in enumerate(columns)}
    address = codes(data, begin[:count, place["icao24"]], end[:count, place["icao24"]], 16)
    time_s = numbers(data, begin[:count, place["time"]], end[:count, place["time"]])
    header = np.zeros(count, np.bool_)
    if count:
        k = place["icao24"]
        header = texts(data, begin[:count, k], end[:count, k], 6) == b"icao24"
    good = (address >= 0) & (time_s >= 0)
    bad = ~good & ~header
    rows = np.flatnonzero(good)

    def span(name: str) -> tuple[Places, Places]:
        k = place.get(name, -1)
        if k < 0:
            none = np.zeros(len(rows), np.int64)
            return none, none
        return begin[rows, k], end[rows, k]

    read = {name: numbers(data, *span(name)) for name in NUMBERS}
    flag = texts(data, *span("onground"), 5)
    states = _states(
        read,
        address[rows],
        texts(data, *span("callsign"), 8),
        np.where(np.isin(flag, (b"True", b"true", b"1")), 1, np.where(flag == b"", -1, 0)),
        codes(data, *span("squawk"), 8),
        lines.where(start[rows]),
        lines.received_ns(stop[rows]),
    )
    rejections: tuple[Rejection, ...] = ()
    if outcome[3] or bad.any():
        places = [int(outcome[4])] if outcome[3] else []
        places += [int(start[np.argmax(bad)])] if bad.any() else []
        lost = int(outcome[3]) + int(bad.sum())
        detail = f"{lost} lines that are no state vector"
        rejections = (lines.refused("MalformedRecord", detail, min(places), lost),)
    return states, rejections


def _parquet(frames: Frames, i: int) -> tuple[States, tuple[Rejection, ...]]:
    first, received = int(frames.offset[i]), int(frames.received_ns[i])
    raw = frames.data[first : first + int(frames.length[i])].tobytes()
    try:
        file = pq.ParquetFile(io.BytesIO(raw))
        names = [name for name in file.schema_arrow.names if name in WANTED]
        table = file.read(columns=names)
        if any(name not in names for name in NEEDED):
            raise pa.ArrowInvalid(f"the table lacks columns of {NEEDED}")
        return _table_states(table, received), ()
    except (pa.ArrowException, OSError, ValueError, TypeError, MemoryError, OverflowError) as error:
        detail = f"a Parquet file that is no table of state vectors ({str(error)[:120]})"
        return States.blank(0), (
            Rejection(
                "MalformedRecord", frames.source, "", int(frames.position[i]), received, detail
            ),
        )


def _table_states(table: pa.Table, received_ns: int) -> States:
    """States of a table whose columns may be of several types; what does not fit is none."""
    count = table.num_rows
    seconds_of = {"time": 1e9, "lastposupdate": 1e9}

    def number(name: str) -> NDArray[np.float64]:
        if name not in table.column_names:
            return np.full(count, np.nan)
        column = table[name]
        if pa.types.is_timestamp(column.type):
            whole = pc.cast(pc.cast(column, pa.timestamp("ns", tz=column.type.tz)), pa.int64())
            return np.asarray(whole.to_numpy(zero_copy_only=False)) / seconds_of.get(name, 1.0)
        return np.asarray(pc.cast(column, pa.float64()).to_numpy(zero_copy_only=False), np.float64)

    def text(name: str) -> tuple[NDArray[np.uint8], Places, Places]:
        if name not in table.column_names:
            none = np.zeros(count, np.int64)
            return np.zeros(1, np.uint8), none, none
        plain = pc.fill_null(pc.cast(table[name], pa.large_binary()), b"")
        parts = plain.to_pylist()
        length = np.array([len(part) for part in parts], np.int64)
        stop = np.cumsum(length)
        return np.frombuffer(bytearray(b"".join(parts) + b" "), np.uint8), stop - length, stop

    data, begin, end = text("icao24")
    address = codes(data, begin, end, 16)
    on_ground = np.full(count, -1)
    if "onground" in table.column_names:
        on_ground = np.asarray(
            pc.fill_null(pc.cast(table["onground"], pa.int8()), -1).to_numpy(zero_copy_only=False)
        )
    return _states(
        {name: number(name) for name in NUMBERS},
        address,
        texts(*text("callsign"), 8),
        on_ground,
        codes(*text("squawk"), 8),
        np.arange(count, dtype=np.int64),
        np.full(count, received_ns, np.int64),
    )


def _states(
    read: dict[str, NDArray[np.float64]],
    address: NDArray[np.int32],
    callsign: NDArray[np.bytes_],
    on_ground: NDArray[Any],
    squawk: NDArray[np.int32],
    position: Places,
    received_ns: Places,
) -> States:
    heard = read["lastposupdate"]
    placed = np.isfinite(heard) & (heard > 0)
    east, north = velocity_of(read["velocity"], read["heading"])
    return States.blank(
        len(address),
        position=position,
        measured_ns=nanoseconds(np.where(placed, heard, read["time"])),
        received_ns=received_ns,
        key=address,
        latitude_deg=read["lat"],
        longitude_deg=read["lon"],
        pressure_altitude_m=read["baroaltitude"],
        altitude_m=read["geoaltitude"],
        on_ground=on_ground,
        velocity_east_mps=east,
        velocity_north_mps=north,
        velocity_up_mps=read["vertrate"],
        mode_3a=np.where(squawk <= 0o7777, squawk, -1),
        callsign=callsign,
    )


class OpenSkyPlots(StatePlots):
    """Reads OpenSky state vectors into plots."""

    reader = OpenSkyReader


def decode_opensky(frames: Frames) -> dict[str, NDArray[Any]]:
    """Columns of all states; see :class:`~skypact.feeds.states.columns.States`."""
    return OpenSkyReader().decode(frames)[0].as_table()
