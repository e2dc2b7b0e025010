"""SBS BaseStation CSV (port 30003): MSG lines to states and plots.

In: :class:`~skypact.model.frames.Frames` of format ``sbs``. Out: a row per MSG line. Document:
"SBS-1/SBS-1e BaseStation socket data" (Kinetic Avionics): MSG,type,session,aircraft,address,
flight,date,time,logged date,logged time,callsign,altitude (ft),ground speed (kt),track (deg),
latitude,longitude,climb (ft/min),squawk,alert,emergency,SPI,on ground. The times are those of the
sender's clock, without a zone: they are taken as UTC, and not at all where the time of reception
is more than ten seconds off. There is no quality, so sigma is the sensor's.
"""

from __future__ import annotations

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
from skypact.feeds.states.text import LineKeeper, WholeLines, codes, numbers, texts
from skypact.kernels import mode_s_states, mode_s_text
from skypact.model.errors import Rejection
from skypact.model.frames import Frames

FIELDS = 22
CLOCK_SLACK_NS = 10 * 10**9
OTHER_LINES = np.array([b"SEL", b"ID", b"AIR", b"STA", b"CLK"])
"""What BaseStation says of its own screen: valid, and nothing of it is a state."""
LEAST_FIELDS = 10
"""Lines that are not MSG end after the logged time."""
SHORTEST_LINE = LEAST_FIELDS - 1
_KINDS = (b"MSG,", b"SEL,", b"ID,", b"AIR,", b"STA,", b"CLK,")


def looks_like(head: bytes) -> bool:
    """Whether the first line begins as a BaseStation line with enough fields."""
    line, end, _ = head.lstrip().partition(b"\n")
    return line.startswith(_KINDS) and (not end or line.count(b",") >= 9)


class SbsReader:
    """Reads one stream of lines; what is known of an aircraft joins its positions."""

    def __init__(self) -> None:
        self._lines = LineKeeper()
        self._follower = StateFollower()

    def decode(self, frames: Frames) -> tuple[States, tuple[Rejection, ...]]:
        """States of the MSG lines that end in these frames."""
        lines, refused = self._lines.take(frames)
        states, more = _states(lines)
        return self._follower.follow(states), refused + more


def _states(lines: WholeLines) -> tuple[States, tuple[Rejection, ...]]:
    data = lines.data
    most = len(data) // SHORTEST_LINE + 1
    begin, end = np.empty((most, FIELDS), np.int64), np.empty((most, FIELDS), np.int64)
    start, stop, outcome = np.empty(most, np.int64), np.empty(most, np.int64), np.zeros(5, np.int64)
    mode_s_text.split_fields(data, ord(","), LEAST_FIELDS, begin, end, start, stop, outcome)
    count = int(outcome[0])
    begin, end, start, stop = begin[:count], end[:count], start[:count], stop[:count]
    kind = texts(data, begin[:, 0], end[:, 0], 3)
    address = codes(data, begin[:, 4], end[:, 4], 16)
    message = numbers(data, begin[:, 1], end[:, 1])
    said_ns = np.empty(count, np.int64)
    date, time = np.ascontiguousarray(begin[:, 6]), np.ascontiguousarray(begin[:, 7])
    date_end, time_end = np.ascontiguousarray(end[:, 6]), np.ascontiguousarray(end[:, 7])
    mode_s_states.read_dates(data, date, date_end, time, time_end, said_ns)
    received = lines.received_ns(stop)
    good = (kind == b"MSG") & (address >= 0) & (message >= 1) & (message <= 8)
    good &= begin[:, FIELDS - 1] >= 0
    good &= (said_ns >= 0) | (received >= 0)
    bad = ~good & ~np.isin(kind, OTHER_LINES)
    rows = np.flatnonzero(good)
    begin, end, received, said_ns = begin[rows], end[rows], received[rows], said_ns[rows]

    def value(field: int) -> NDArray[np.float64]:
        return numbers(data, begin[:, field], end[:, field])

    ours = (said_ns >= 0) & ((received < 0) | (np.abs(said_ns - received) <= CLOCK_SLACK_NS))
    east, north = velocity_of(value(12) * KNOT_MPS, value(13))
    squawk = codes(data, begin[:, 17], end[:, 17], 8)
    flag = texts(data, begin[:, 21], end[:, 21], 2)
    airborne, told = flag == b"0", flag != b""
    emergency = texts(data, begin[:, 19], end[:, 19], 2)
    states = States.blank(
        len(rows),
        position=lines.where(start[rows]),
        measured_ns=np.where(ours, said_ns, received),
        received_ns=received,
        key=address[rows],
        latitude_deg=value(14),
        longitude_deg=value(15),
        pressure_altitude_m=value(11) * FOOT_M,
        on_ground=np.where(told, np.where(airborne, 0, 1), -1),
        velocity_east_mps=east,
        velocity_north_mps=north,
        velocity_up_mps=value(16) * FOOT_MINUTE_MPS,
        mode_3a=np.where(squawk <= 0o7777, squawk, -1),
        callsign=texts(data, begin[:, 10], end[:, 10], 8),
        emergency=np.where(np.isin(emergency, (b"1", b"-1")), b"emergency", b""),
    )
    rejections = []
    if outcome[3] or bad.any():
        places = [int(outcome[4])] if outcome[3] else []
        places += [int(start[np.argmax(bad)])] if bad.any() else []
        lost = int(outcome[3]) + int(bad.sum())
        detail = f"{lost} lines that are no BaseStation message"
        rejections.append(lines.refused("MalformedRecord", detail, min(places), lost))
    return states, tuple(rejections)


class SbsPlots(StatePlots):
    """Reads one receiver's BaseStation stream into plots."""

    reader = SbsReader


def decode_sbs(frames: Frames) -> dict[str, NDArray[Any]]:
    """Columns of all MSG lines; see :class:`~skypact.feeds.states.columns.States`."""
    return SbsReader().decode(frames)[0].as_table()
