"""Cursor on Target frames to plots: a plot for each event about something in the air.

In: :class:`~skypact.model.frames.Frames` of one connection or file, cut anywhere. Out: a
:class:`~skypact.feeds.batch.FeedBatch`; every event of the last read as records. A loop per event:
XML is parsed one document at a time.
"""

from __future__ import annotations

import re

import numpy as np

from skypact.feeds.batch import FeedBatch
from skypact.feeds.byte_stream import ByteStream, Stretch
from skypact.feeds.cot.events import MOST_BYTES, Event, parse
from skypact.feeds.numbering import ObjectNumbers, plain_callsign
from skypact.feeds.rejections import few
from skypact.model.errors import MalformedRecord, Rejection
from skypact.model.frames import Frames
from skypact.model.plots import Plots
from skypact.model.sensors import SensorTable

EDGE = re.compile(rb"<event(?=[\s>/])|</event\s*>")
HARMLESS = re.compile(
    rb"(?s)(?:\s|\xef\xbb\xbf|<\?xml[^>]{0,200}\?>|</?events\s{0,9}>|<!--.{0,1000}?-->)++"
)
"""What may lie between events; possessive, so that no text makes it try again and again."""

EDGE_BYTES = 64
"""An edge is shorter than this, so one cut in two is found with so much kept."""

ADDRESS = re.compile(r"ICAO[-.:]?([0-9A-F]{6})", re.IGNORECASE)
"""How gateways from ADS-B name their events."""


class CotPlots:
    """Reads one Cursor on Target stream.

    Parameters
    ----------
    sensor_index
        The sensor its plots belong to.
    sensors
        The node's sensors.
    start_ns
        Not used: events carry their time.
    """

    def __init__(
        self, sensor_index: int, sensors: SensorTable, *, start_ns: int | None = None
    ) -> None:
        if not 0 <= sensor_index < len(sensors):
            raise ValueError(f"no sensor {sensor_index} in a table of {len(sensors)}")
        self._index, self._name = sensor_index, sensors[sensor_index].name
        self._stream, self._objects = ByteStream(), ObjectNumbers()
        self._latest_ns = -1
        self._last: list[Event] = []

    @property
    def last(self) -> tuple[Event, ...]:
        """Events of the last read, those not about the air too."""
        return tuple(self._last)

    def read(self, frames: Frames) -> FeedBatch:
        """Plots of the events that end in these frames."""
        stretch = self._stream.join(frames)
        self._last = []
        refused: list[Rejection] = []
        rows: list[tuple[Event, int, int]] = []
        pieces, rest = self._cut(stretch, refused)
        heard = []
        for begin, end in pieces:
            try:
                event = parse(stretch.data[begin:end])
            except MalformedRecord as error:
                refused.append(self._refusal(stretch, begin, end, error.name, error.what))
                continue
            received = stretch.received_of(end)
            self._latest_ns = max(self._latest_ns, event.time_ns if received < 0 else received)
            heard.append(self._latest_ns)
            self._last.append(event)
            if event.airborne:
                rows.append((event, self._latest_ns, stretch.position_of(begin)))
        self._stream.keep(stretch, rest)
        return FeedBatch(
            self._plots(rows),
            heard=np.full(len(heard), self._index, np.int32),
            heard_ns=np.array(heard, np.int64),
            rejections=few(refused),
        )

    def _cut(self, stretch: Stretch, refused: list[Rejection]) -> tuple[list[tuple[int, int]], int]:
        """Begin and end of each whole event, and where the rest begins."""
        data, pieces = stretch.data, []
        opened, free = -1, 0
        for edge in EDGE.finditer(data):
            if edge[0].startswith(b"</"):
                if opened >= 0:
                    pieces.append((opened, edge.end()))
                else:
                    refused += self._stray(stretch, free, edge.end())
                opened, free = -1, edge.end()
                continue
            refused += self._stray(stretch, free if opened < 0 else opened, edge.start())
            opened = edge.start()
        if opened >= 0:
            if len(data) - opened <= MOST_BYTES:
                return pieces, opened
            free = opened
        rest = max(free, len(data) - EDGE_BYTES)
        refused += self._stray(stretch, free, rest)
        return pieces, rest

    def _stray(self, stretch: Stretch, begin: int, end: int) -> list[Rejection]:
        """A row for bytes that belong to no event, unless they are only an XML declaration."""
        between = stretch.data[begin:end]
        if not between or HARMLESS.fullmatch(between):
            return []
        what = f"{end - begin} bytes outside any event"
        if b"<!DOCTYPE" in between or b"<!ENTITY" in between:
            what = "hostile XML: a document type outside any event"
        if between.startswith(b"\xbf"):
            what = "TAK's binary form; only XML is read"
        return [self._refusal(stretch, begin, end, "FramingError", what)]

    def _refusal(self, stretch: Stretch, begin: int, end: int, reason: str, what: str) -> Rejection:
        place, received = stretch.position_of(begin), stretch.received_of(end)
        return Rejection(reason, stretch.source, self._name, place, received, what)

    def _plots(self, rows: list[tuple[Event, int, int]]) -> Plots:
        events = [event for event, _, _ in rows]
        course = np.radians([event.course_deg for event in events])
        speed = np.array([event.speed_mps for event in events], np.float64)
        addresses = [ADDRESS.fullmatch(event.uid) for event in events]
        return Plots.blank(
            len(rows),
            sensor=np.full(len(rows), self._index),
            measured_ns=np.array([event.time_ns for event in events], np.int64),
            received_ns=np.array([when for _, when, _ in rows], np.int64),
            latitude_rad=np.radians([event.latitude_deg for event in events]),
            longitude_rad=np.radians([event.longitude_deg for event in events]),
            altitude_m=np.array([event.altitude_m for event in events], np.float64),
            horizontal_sigma_m=np.array([event.circular_error_m for event in events], np.float64),
            velocity_east_mps=speed * np.sin(course),
            velocity_north_mps=speed * np.cos(course),
            mode_s=np.array([int(found[1], 16) if found else -1 for found in addresses], np.int32),
            callsign=np.array([plain_callsign(event.callsign) for event in events], "S8"),
            source_track=np.array([self._objects.of(event.uid) for event in events], np.int32),
            position=np.array([place for _, _, place in rows], np.int64),
        )


def looks_like(head: bytes) -> bool:
    """Whether a file's first bytes begin Cursor on Target events."""
    begin = HARMLESS.match(head)
    edge = EDGE.match(head, begin.end() if begin else 0)
    return edge is not None and edge[0] == b"<event"
