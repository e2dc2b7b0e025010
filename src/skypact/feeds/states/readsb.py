"""readsb and dump1090: ``aircraft.json`` documents, JSON lines, globe-history traces.

In: :class:`~skypact.model.frames.Frames` of format ``readsb``: lines (an aircraft or a whole
document each), or documents of many lines as one frame each. Out: a row per aircraft and time.
Document: README-json.md of github.com/wiedehopf/readsb (readme of ``aircraft.json`` and traces).
Position times are ``now`` less ``seen_pos``; heights in feet, speeds in knots, ``rc`` in metres.
Where a line nests the message's own words (``flightdict``), those of the line come first.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skypact.feeds.states.columns import (
    FOOT_M,
    FOOT_MINUTE_MPS,
    KNOT_MPS,
    StateFollower,
    StatePlots,
    States,
    velocity_of,
)
from skypact.feeds.states.text import (
    LineKeeper,
    Places,
    WholeLines,
    codes,
    nanoseconds,
    numbers,
    texts,
    whole_numbers,
)
from skypact.feeds.states.traces import trace_states
from skypact.kernels import mode_s_text
from skypact.kernels.mode_s_fields import NOT_ICAO
from skypact.model.errors import Rejection
from skypact.model.frames import Frames

KEYS = (
    "now", "hex", "lat", "lon", "alt_baro", "alt_geom", "gs", "gscp", "track", "baro_rate",
    "geom_rate", "squawk", "flight", "seen_pos", "type", "emergency", "category", "nic", "nac_p",
    "nac_v", "sil", "version", "rc",
)  # fmt: skip
"""Wanted keys; ``gscp`` is what recorders that copy the ground speed call it."""
JOINED_KEYS = np.frombuffer(bytearray("".join(KEYS).encode()), np.uint8)
KEY_AT = np.cumsum([0, *(len(key) for key in KEYS)]).astype(np.int64)
AIRCRAFT_DEPTH = 3
"""Brackets around an aircraft of a document: the document, its list, its own."""


def looks_like(head: bytes) -> bool:
    """Whether the bytes begin as a readsb document, a trace, or a line with a position."""
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:4096]
    if not start.startswith(b"{") or b'"FeatureCollection"' in start:
        return False
    if b'"aircraft"' in start and b'"now"' in start:
        return True
    if b'"icao"' in start and (b'"trace"' in start or b'"timestamp"' in start):
        return b'"frame"' not in start
    return b'"now"' in start and (b'"hex"' in start or b'"flight"' in start)


class ReadsbReader:
    """Reads one source of lines or documents; tells them apart by the first line."""

    def __init__(self) -> None:
        self._lines = LineKeeper()
        self._follower = StateFollower()
        self._documents: bool | None = None

    def decode(self, frames: Frames) -> tuple[States, tuple[Rejection, ...]]:
        """States of the lines, or documents, that end in these frames."""
        if self._documents is None and len(frames):
            self._documents = _is_document(frames)
        if self._documents:
            parts: list[States] = []
            refused: tuple[Rejection, ...] = ()
            for i in range(len(frames)):
                first = int(frames.offset[i])
                data = frames.data[first : first + int(frames.length[i])].copy()
                ends = np.array([len(data)], np.int64)
                whole = WholeLines(data, frames.part(i, i + 1), ends, 0, 0)
                states, more = _document(whole, whole.data, 0)
                parts.append(states)
                refused += more
            return self._follower.follow(States.join(parts)), refused
        lines, refused = self._lines.take(frames)
        states, more = _from_lines(lines)
        return self._follower.follow(states), refused + more


def _is_document(frames: Frames) -> bool:
    """Whether frames are documents: of more than one line, or of one without a line's end."""
    first = int(frames.offset[0])
    raw = frames.data[first : first + int(frames.length[0])].tobytes()
    line, more, _ = raw.strip().partition(b"\n")
    if more:
        return line.startswith(b"{") and not line.rstrip().endswith(b"}")
    if raw.endswith(b"\n"):
        return False
    return b'"aircraft"' in raw or _parsed(raw) is not None


def _parsed(text: bytes) -> dict[str, Any] | None:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None


def _from_lines(lines: WholeLines) -> tuple[States, tuple[Rejection, ...]]:
    """States of whole lines; lines that hold documents are read one by one."""
    raw = lines.data.tobytes()
    if b'"aircraft"' not in raw and b'"trace"' not in raw:
        return _line_states(lines, lines.data, 0)
    parts: list[States] = []
    refused: tuple[Rejection, ...] = ()
    at = 0
    for line in raw.splitlines(keepends=True):
        data = np.frombuffer(bytearray(line), np.uint8)
        whole = b'"aircraft"' in line or b'"trace"' in line
        states, more = (_document if whole else _line_states)(lines, data, at)
        parts.append(states)
        refused += more
        at += len(line)
    return States.join(parts), refused


def _line_states(
    lines: WholeLines, data: NDArray[np.uint8], at: int
) -> tuple[States, tuple[Rejection, ...]]:
    most = int(np.count_nonzero(data == mode_s_text.NEWLINE)) + 1
    begin, end = (np.empty((most, len(KEYS)), np.int64) for _ in range(2))
    start, stop, outcome = np.empty(most, np.int64), np.empty(most, np.int64), np.zeros(5, np.int64)
    mode_s_text.scan_lines(data, JOINED_KEYS, KEY_AT, begin, end, start, stop, outcome)
    count = int(outcome[0])
    states = _states(data, begin[:count], end[:count])
    states = _placed(states, lines, at + start[:count], at + stop[:count])
    refused: tuple[Rejection, ...] = ()
    undated = _undated(data, begin[:count])
    if outcome[3]:
        detail = f"{outcome[3]} lines that are no JSON object"
        refused = (lines.refused("MalformedRecord", detail, at + int(outcome[4]), int(outcome[3])),)
    if undated.any():
        detail = f"{undated.sum()} lines without a time"
        place = at + int(start[np.argmax(undated)])
        refused += (lines.refused("MalformedRecord", detail, place, int(undated.sum())),)
        states = States.blank(0) if undated.all() else _rows(states, ~undated)
    return states, refused


def _document(
    lines: WholeLines, data: NDArray[np.uint8], at: int
) -> tuple[States, tuple[Rejection, ...]]:
    """States of one document: ``aircraft.json`` by the kernel, a trace by the JSON library."""
    received = int(lines.received_ns(np.array([at + len(data)], np.int64))[0])
    if b'"trace"' in data.tobytes() and b'"aircraft"' not in data.tobytes():
        trace = trace_states(_parsed(data.tobytes()))
        if trace is None:
            return _no_document(lines, at)
        here = np.full(len(trace), at)
        return _placed(trace, lines, here, here + len(data)), ()
    most = int(np.count_nonzero(data == mode_s_text.OPEN)) + 1
    begin, end = (np.empty((most, len(KEYS)), np.int64) for _ in range(2))
    start = np.empty(most, np.int64)
    arrays = (JOINED_KEYS, KEY_AT, begin, end, start)
    if mode_s_text.scan_document(data, 1, *arrays) != 1:
        return _no_document(lines, at)
    now_s = float(numbers(data, begin[:1, 0], end[:1, 0])[0])
    if not now_s > 0 and received >= 0:
        now_s = received / 1e9
    if not now_s > 0:
        return _no_document(lines, at)
    count = mode_s_text.scan_document(data, AIRCRAFT_DEPTH, *arrays)
    states = _states(data, begin[:count], end[:count], now_s)
    return _placed(states, lines, at + start[:count], np.full(count, at + len(data))), ()


def _no_document(lines: WholeLines, at: int) -> tuple[States, tuple[Rejection, ...]]:
    detail = "a document that is no aircraft.json and no trace"
    return States.blank(0), (lines.refused("MalformedRecord", detail, at),)


def _undated(data: NDArray[np.uint8], begin: Places) -> NDArray[np.bool_]:
    return begin[:, 0] < 0


def _rows(states: States, keep: NDArray[np.bool_]) -> States:
    return States(**{n: getattr(states, n)[keep] for n in States.__slots__})


def _placed(states: States, lines: WholeLines, start: Places, stop: Places) -> States:
    """The states with where they lie in the source and when they were received."""
    columns = {n: getattr(states, n) for n in States.__slots__}
    columns |= {"position": lines.where(start), "received_ns": lines.received_ns(stop)}
    return States(**columns)


def _states(data: NDArray[np.uint8], begin: Places, end: Places, now_s: float = np.nan) -> States:
    """Columns of objects whose wanted values lie at ``begin`` and ``end``."""

    def value(*names: str) -> NDArray[np.float64]:
        first = np.full(len(begin), np.nan)
        for name in names:
            k = KEYS.index(name)
            first = np.where(np.isnan(first), numbers(data, begin[:, k], end[:, k]), first)
        return first

    def text(name: str, width: int) -> NDArray[np.bytes_]:
        k = KEYS.index(name)
        return texts(data, begin[:, k], end[:, k], width)

    now = value("now") if np.isnan(now_s) else np.full(len(begin), now_s)
    age = np.nan_to_num(value("seen_pos"))
    speed_mps = value("gs", "gscp") * KNOT_MPS
    east, north = velocity_of(speed_mps, value("track"))
    k = KEYS.index("hex")
    other = np.zeros(len(begin), np.bool_)
    if len(data):
        other = data[np.clip(begin[:, k], 0, len(data) - 1)] == ord("~")
    address = codes(data, begin[:, k] + other, end[:, k], 16)
    address = np.where(other & (address >= 0), address | NOT_ICAO, address)
    squawk = codes(data, begin[:, KEYS.index("squawk")], end[:, KEYS.index("squawk")], 8)
    on_ground = text("alt_baro", 6) == b"ground"
    level = value("alt_baro")
    return States.blank(
        len(begin),
        measured_ns=nanoseconds(now - age),
        key=address,
        latitude_deg=value("lat"),
        longitude_deg=value("lon"),
        pressure_altitude_m=level * FOOT_M,
        altitude_m=value("alt_geom") * FOOT_M,
        on_ground=np.where(on_ground, 1, np.where(np.isnan(level), -1, 0)),
        velocity_east_mps=east,
        velocity_north_mps=north,
        velocity_up_mps=value("baro_rate", "geom_rate") * FOOT_MINUTE_MPS,
        mode_3a=np.where(squawk <= 0o7777, squawk, -1),
        callsign=_callsigns(text("flight", 8)),
        source=text("type", 16),
        emergency=text("emergency", 12),
        category=text("category", 2),
        nic=whole_numbers(value("nic"), 11),
        nac_p=whole_numbers(value("nac_p"), 11),
        nac_v=whole_numbers(value("nac_v"), 4),
        sil=whole_numbers(value("sil"), 3),
        version=whole_numbers(value("version"), 7),
        containment_radius_m=np.where(value("rc") > 0, value("rc"), np.nan),
    )


def _callsigns(flight: NDArray[np.bytes_]) -> NDArray[np.bytes_]:
    """Flight names; what recorders write where there is none is left out."""
    return np.where(np.isin(flight, (b"N/A", b"null", b"@@@@@@@@")), b"", flight)


class ReadsbPlots(StatePlots):
    """Reads one receiver's readsb output into plots."""

    reader = ReadsbReader


def decode_readsb(frames: Frames) -> dict[str, NDArray[Any]]:
    """Columns of all states; see :class:`~skypact.feeds.states.columns.States`."""
    return ReadsbReader().decode(frames)[0].as_table()
