"""SAPIENT frames to plots: a plot for each detection that says where.

In: :class:`~skypact.model.frames.Frames` of one connection, cut anywhere. Out: a
:class:`~skypact.feeds.batch.FeedBatch`; nodes, their state, and every message of the last read
as records. A loop per message: protobuf decodes one at a time.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from skypact.feeds.batch import FeedBatch
from skypact.feeds.byte_stream import ByteStream, Stretch
from skypact.feeds.numbering import ObjectNumbers, plain_callsign
from skypact.feeds.rejections import few
from skypact.feeds.sapient.mapping import Node, content_of, node_of, record_of, time_of
from skypact.feeds.sapient.places import Spot, bearing_of, spot_from, spot_of_location
from skypact.feeds.sapient.records import StatusReport
from skypact.feeds.sapient.wire import Cutter, Found, looks_like
from skypact.model.errors import MalformedRecord, Rejection, UnknownSensor
from skypact.model.frames import Frames
from skypact.model.plots import Plots
from skypact.model.sensors import SensorTable

__all__ = ["NodeState", "Received", "SapientPlots", "looks_like"]

MOST_NODES = 1_000
LARGEST = 1e7
"""No range, height or velocity in SI units is larger."""


@dataclass(frozen=True, slots=True)
class Received:
    """One message of the last read: who said what when (int64 UTC nanoseconds)."""

    node_id: str
    time_ns: int
    position: int
    content: Any


@dataclass(frozen=True, slots=True)
class NodeState:
    """What is known of one node; parts it has not told are None."""

    node: Node | None = None
    status: StatusReport | None = None
    spot: Spot | None = None


class SapientPlots:
    """Reads one SAPIENT connection.

    Parameters
    ----------
    sensor_index
        The sensor that plots of nodes without a sensor of their own belong to.
    sensors
        The node's sensors; one that bears a SAPIENT node's UUID or registered name gets its plots.
    start_ns
        Not used: messages carry their time.
    """

    def __init__(
        self, sensor_index: int, sensors: SensorTable, *, start_ns: int | None = None
    ) -> None:
        if not 0 <= sensor_index < len(sensors):
            raise ValueError(f"no sensor {sensor_index} in a table of {len(sensors)}")
        self._index, self._sensors = sensor_index, sensors
        self._stream, self._cutter = ByteStream(), Cutter()
        self._latest_ns = -1
        self._nodes: OrderedDict[str, NodeState] = OrderedDict()
        self._objects = ObjectNumbers()
        self._last: list[Received] = []

    @property
    def nodes(self) -> dict[str, NodeState]:
        """State by node UUID (lower case), of the nodes heard last."""
        return dict(self._nodes)

    @property
    def last(self) -> tuple[Received, ...]:
        """Messages of the last read as records, in order."""
        return tuple(self._last)

    @property
    def unfinished_bytes(self) -> int:
        """Bytes of a message that has not ended yet."""
        return self._stream.unfinished_bytes

    def read(self, frames: Frames) -> FeedBatch:
        """Plots of the messages that end in these frames."""
        stretch = self._stream.join(frames)
        found, refused, rest = self._cutter.cut(stretch)
        self._last = []
        rows: list[dict[str, Any]] = []
        heard: list[tuple[int, int]] = []
        for each in found:
            received = stretch.received_of(each.end)
            if received < 0:
                received = max(self._latest_ns, time_of(each.message))
            self._latest_ns = max(self._latest_ns, received)
            try:
                row, sensor = self._take(each, stretch)
            except (MalformedRecord, UnknownSensor) as error:
                place = stretch.position_of(each.begin)
                node = each.message.node_id
                refused.append(
                    Rejection(error.name, stretch.source, node, place, received, error.what)
                )
                continue
            heard.append((sensor, self._latest_ns))
            if row is not None:
                rows.append(row | {"sensor": sensor, "received_ns": self._latest_ns})
        self._stream.keep(stretch, rest)
        columns = {name: np.array([row[name] for row in rows]) for name in rows[0]} if rows else {}
        return FeedBatch(
            Plots.blank(len(rows), **columns),
            heard=np.array([sensor for sensor, _ in heard], np.int32),
            heard_ns=np.array([when for _, when in heard], np.int64),
            rejections=few(refused),
        )

    def _take(self, each: Found, stretch: Stretch) -> tuple[dict[str, Any] | None, int]:
        """Keep what the message says; the plot it makes, if any, and its sensor."""
        message = each.message
        position, node_id = stretch.position_of(each.begin), message.node_id.lower()
        self._last.append(Received(node_id, time_of(message), position, content_of(message)))
        state = self._nodes.pop(node_id, NodeState())
        held = message.WhichOneof("content_choice")
        self._nodes[node_id] = state
        if len(self._nodes) > MOST_NODES:
            self._nodes.popitem(last=False)
        if held == "registration":
            self._nodes[node_id] = replace(state, node=node_of(message))
        elif held == "status_report":
            status = record_of(message.status_report, "StatusReport")
            state = replace(state, status=status)
            self._nodes[node_id] = state
            if message.status_report.HasField("node_location"):
                spot = spot_of_location(message.status_report.node_location)
                self._nodes[node_id] = replace(state, spot=spot)
        sensor = self._sensor_of(node_id)
        if held != "detection_report":
            return None, sensor
        row = self._plot(message.detection_report, node_id, self._nodes[node_id], sensor)
        return row | {"measured_ns": time_of(message), "position": position}, sensor

    def _sensor_of(self, node_id: str) -> int:
        index = self._sensors.index_of(node_id)
        node = self._nodes[node_id].node
        if index < 0 and node is not None and node.name:
            index = self._sensors.index_of(node.name)
        return self._index if index < 0 else index

    def _plot(self, report: Any, node_id: str, state: NodeState, sensor: int) -> dict[str, Any]:
        """Columns of a detection's plot."""
        polar = {"range_m": math.nan, "azimuth_rad": math.nan, "elevation_rad": math.nan}
        spot = Spot(math.nan, math.nan, math.nan, math.nan)
        if report.WhichOneof("location_choice") == "location":
            spot = spot_of_location(report.location)
        else:
            bearing = bearing_of(report.range_bearing)
            if math.isnan(bearing.range_m) or math.isnan(bearing.azimuth_rad):
                raise MalformedRecord("a bearing without range, or range without bearing")
            if state.spot is not None:
                spot = spot_from(state.spot, bearing)
            elif self._sensors[sensor].located:
                polar = {
                    "range_m": bearing.range_m,
                    "azimuth_rad": bearing.azimuth_rad,
                    "elevation_rad": bearing.elevation_rad,
                }
            else:
                raise UnknownSensor("range and bearing from a node whose place is not known")
        velocity = report.enu_velocity
        moving = report.HasField("enu_velocity")
        unit = state.node.speed_mps if state.node else 1.0
        row = polar | {
            "latitude_rad": spot.latitude_rad,
            "longitude_rad": spot.longitude_rad,
            "altitude_m": spot.altitude_m,
            "horizontal_sigma_m": spot.horizontal_sigma_m,
            "velocity_east_mps": velocity.east_rate * unit if moving else math.nan,
            "velocity_north_mps": velocity.north_rate * unit if moving else math.nan,
            "velocity_up_mps": velocity.up_rate * unit
            if velocity.HasField("up_rate")
            else math.nan,
        }
        if any(abs(value) > LARGEST for value in row.values()):
            raise MalformedRecord("a height, error or velocity that nothing in the air has")
        return row | {
            "callsign": plain_callsign(report.id),
            "source_track": self._objects.of((node_id, report.object_id.upper())),
        }
