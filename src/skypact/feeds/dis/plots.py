"""DIS datagrams to plots: a plot for each Entity State PDU of an aircraft.

In: :class:`~skypact.model.frames.Frames`, each frame a datagram or file of one or more whole PDUs.
Out: a :class:`~skypact.feeds.batch.FeedBatch`. Document: IEEE 1278.1-2012, see ``layout``.

A timestamp counts within the hour. Absolute: the hour is the one that brings it nearest to the
time of reception (or, in a file, to the PDU before). Relative: the sender's clock is its own, so
the time of reception is the time measured; only a file without those is unrolled the same way.
"""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skypact.feeds.batch import FeedBatch
from skypact.feeds.dis import layout
from skypact.feeds.dis.encode import local_axes
from skypact.feeds.numbering import ObjectNumbers, plain_callsign
from skypact.feeds.rejections import few
from skypact.geodesy import ecef_to_geodetic
from skypact.model.errors import Rejection
from skypact.model.frames import Frames
from skypact.model.plots import Plots
from skypact.model.sensors import SensorTable

HEADER_BYTES = layout.HEADER.itemsize
STATE_BYTES = layout.ENTITY_STATE.itemsize
FASTEST_MPS = 1e4
HEIGHTS_M = (-1e4, 1e6)

Cuts = list[tuple[int, int]]


class DisPlots:
    """Reads DIS from one network or file.

    Parameters
    ----------
    sensor_index
        The sensor its plots belong to.
    sensors
        The node's sensors.
    start_ns
        When a file without reception times began; 1970 if not given.
    exercise_id
        The exercise to take part in; PDUs of others are refused. None: all.
    """

    def __init__(
        self,
        sensor_index: int,
        sensors: SensorTable,
        *,
        start_ns: int | None = None,
        exercise_id: int | None = None,
    ) -> None:
        if not 0 <= sensor_index < len(sensors):
            raise ValueError(f"no sensor {sensor_index} in a table of {len(sensors)}")
        self._index, self._name = sensor_index, sensors[sensor_index].name
        self._exercise = exercise_id
        self._before_ns = start_ns or 0
        self._latest_ns = -1
        self._objects = ObjectNumbers()
        self._last = np.zeros(0, layout.ENTITY_STATE)

    @property
    def last(self) -> NDArray[Any]:
        """Entity State PDUs behind the plots of the last read, with all fields."""
        return self._last

    def read(self, frames: Frames) -> FeedBatch:
        """Plots of these datagrams, in order."""
        refused: list[Rejection] = []
        cuts: Cuts = []
        for frame in range(len(frames)):
            self._cut(frames, frame, cuts, refused)
        begin = np.array([at for at, _ in cuts], np.int64)
        frame_of = np.array([frame for _, frame in cuts], np.int64)
        states = frames.data[begin[:, None] + np.arange(STATE_BYTES)] if cuts else self._none()
        pdus = np.ascontiguousarray(states).view(layout.ENTITY_STATE).reshape(-1)
        latitude, longitude, altitude, velocity, good = _motion(pdus)
        for row in np.flatnonzero(~good):
            what = "an Entity State PDU with a place or speed that nothing in the air has"
            refused.append(self._refusal(frames, int(frame_of[row]), int(begin[row]), what))
        pdus, begin, frame_of = pdus[good], begin[good], frame_of[good]
        received = frames.received_ns[frame_of]
        measured = self._times(pdus["header"]["timestamp"].astype(np.uint32), received)
        received = np.where(received < 0, measured, received)
        received = (
            np.maximum(np.maximum.accumulate(received), self._latest_ns) if len(pdus) else received
        )
        self._latest_ns = int(received[-1]) if len(pdus) else self._latest_ns
        self._last = pdus
        sender = zip(
            *(pdus[name].tolist() for name in ("site", "application", "entity")), strict=True
        )
        names = [bytes(row).split(b"\0")[0] for row in pdus["marking"]]
        ascii_set = pdus["marking_set"] == layout.ASCII
        plots = Plots.blank(
            len(pdus),
            sensor=np.full(len(pdus), self._index),
            measured_ns=measured,
            received_ns=received,
            latitude_rad=latitude[good],
            longitude_rad=longitude[good],
            altitude_m=altitude[good],
            velocity_east_mps=velocity[good, 0],
            velocity_north_mps=velocity[good, 1],
            velocity_up_mps=velocity[good, 2],
            callsign=np.array(
                [
                    plain_callsign(name.decode("latin-1")) if plain else b""
                    for name, plain in zip(names, ascii_set, strict=True)
                ],
                "S8",
            ),
            source_track=np.array([self._objects.of(each) for each in sender], np.int32),
            position=frames.position[frame_of] + begin - frames.offset[frame_of],
        )
        return FeedBatch(
            plots,
            heard=np.full(len(plots), self._index, np.int32),
            heard_ns=plots.received_ns.copy(),
            rejections=few(refused),
        )

    @staticmethod
    def _none() -> NDArray[np.uint8]:
        return np.zeros((0, STATE_BYTES), np.uint8)

    def _cut(self, frames: Frames, frame: int, cuts: Cuts, refused: list[Rejection]) -> None:
        """Where the aircraft's Entity State PDUs of one frame begin."""
        at, end = int(frames.offset[frame]), int(frames.offset[frame] + frames.length[frame])
        data = frames.data.data
        while at < end:
            if end - at < HEADER_BYTES:
                refused.append(
                    self._refusal(
                        frames, frame, at, f"{end - at} bytes are no PDU", "TruncatedBlock"
                    )
                )
                return
            version, exercise, kind, _, _, size = struct.unpack_from(">BBBBIH", data, at)
            if version not in layout.VERSIONS:
                refused.append(
                    self._refusal(frames, frame, at, f"DIS version {version}", "UnknownEdition")
                )
                return
            if size < HEADER_BYTES or size > end - at:
                what = f"a PDU of {size} bytes where {end - at} are left"
                refused.append(self._refusal(frames, frame, at, what, "TruncatedBlock"))
                return
            if kind == layout.ENTITY_STATE_TYPE:
                what = self._fault(data, at, size, exercise)
                if what:
                    refused.append(self._refusal(frames, frame, at, what))
                elif data[at + 20] == layout.KIND_PLATFORM and data[at + 21] == layout.DOMAIN_AIR:
                    cuts.append((at, frame))
            at += size

    def _fault(self, data: memoryview, at: int, size: int, exercise: int) -> str:
        if self._exercise is not None and exercise != self._exercise:
            return f"exercise {exercise}, not {self._exercise}"
        if size < STATE_BYTES:
            return f"an Entity State PDU of {size} bytes, not {STATE_BYTES}"
        parts = data[at + 19]
        if size != STATE_BYTES + parts * layout.ARTICULATION_BYTES:
            return f"an Entity State PDU of {size} bytes with {parts} articulation records"
        return ""

    def _refusal(
        self, frames: Frames, frame: int, at: int, what: str, reason: str = "MalformedRecord"
    ) -> Rejection:
        place = int(frames.position[frame] + at - frames.offset[frame])
        when = int(frames.received_ns[frame])
        return Rejection(reason, frames.source, self._name, place, when, what)

    def _times(
        self, timestamp: NDArray[np.uint32], received: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        """Time measured of each PDU."""
        past = layout.past_hour_ns(timestamp)
        measured = np.where(timestamp & 1, _nearest(past, received), received)
        alone = np.flatnonzero(received < 0)
        if len(alone):
            steps = np.diff(past[alone], prepend=self._before_ns % layout.HOUR_NS)
            half = layout.HOUR_NS // 2
            steps = (steps + half) % layout.HOUR_NS - half
            measured[alone] = self._before_ns + np.cumsum(steps)
            self._before_ns = int(measured[alone[-1]])
        return measured


def _nearest(past_ns: NDArray[np.int64], near_ns: NDArray[np.int64]) -> NDArray[np.int64]:
    """The time that lies ``past_ns`` past an hour, nearest to ``near_ns``."""
    half = layout.HOUR_NS // 2
    off = (past_ns - near_ns + half) % layout.HOUR_NS - half
    return near_ns + off


def _motion(
    pdus: NDArray[Any],
) -> tuple[
    NDArray[np.float64],
    NDArray[np.float64],
    NDArray[np.float64],
    NDArray[np.float64],
    NDArray[np.bool_],
]:
    """Geodetic place, velocity east-north-up, and whether they are of this world."""
    place = pdus["location_m"].astype(np.float64)
    world = pdus["velocity_mps"].astype(np.float64)
    good: NDArray[np.bool_] = np.logical_and.reduce(np.isfinite(np.hstack([place, world])), axis=1)
    place = np.where(good[:, None], place, 0.0)
    good &= (np.abs(place) < 1e7).all(axis=1) & (np.abs(world) < FASTEST_MPS).all(axis=1)
    place[~good] = (6378137.0, 0.0, 0.0)
    world[~good] = 0.0
    latitude, longitude, altitude = ecef_to_geodetic(place[:, 0], place[:, 1], place[:, 2])
    good &= (altitude > HEIGHTS_M[0]) & (altitude < HEIGHTS_M[1])
    velocity = np.einsum("nij,nj->ni", local_axes(latitude, longitude), world)
    return latitude, longitude, altitude, velocity, good


def looks_like(head: bytes) -> bool:
    """Whether a file's first bytes begin DIS PDUs, end to end."""
    at = found = 0
    while len(head) - at >= HEADER_BYTES:
        version, _, kind, family, _, size, _, padding = struct.unpack_from(">BBBBIHBB", head, at)
        if version not in layout.VERSIONS or size < HEADER_BYTES or padding or size % 4:
            return False
        if kind == layout.ENTITY_STATE_TYPE and (
            family != layout.FAMILY_ENTITY or (size - STATE_BYTES) % layout.ARTICULATION_BYTES
        ):
            return False
        at, found = at + size, found + 1
    return found > 0 and (at == len(head) or len(head) >= 4096)
