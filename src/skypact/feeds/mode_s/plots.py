"""Mode S streams to plots: a plot per position that an aircraft or a ground station sent.

In: :class:`~skypact.model.frames.Frames` of one receiver. Out: a
:class:`~skypact.feeds.batch.FeedBatch`. A plot carries the last velocity (up to 5 s old),
callsign and Mode 3/A code of its address, and the position's sigma from NACp or type code.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from skypact.feeds.batch import FeedBatch
from skypact.feeds.mode_s.columns import FOOT_M
from skypact.feeds.mode_s.decode import ModeSDecoder
from skypact.feeds.mode_s.messages import MessageColumns, address_of
from skypact.model.frames import Frames
from skypact.model.plots import Plots
from skypact.model.sensors import Sensor, SensorTable


class ModeSPlots:
    """Reads one receiver's stream, Beast or text, into plots.

    Parameters
    ----------
    sensor_index
        The receiver's place in ``sensors``.
    sensors
        The node's sensors; the receiver's position and ``max_range_m`` bound positions.
    start_ns
        Time of the first message where frames carry no time of reception; 1970 if not given.
    """

    def __init__(
        self, sensor_index: int, sensors: SensorTable, *, start_ns: int | None = None
    ) -> None:
        if not 0 <= sensor_index < len(sensors):
            raise ValueError(f"no sensor {sensor_index} in a table of {len(sensors)}")
        self._index = sensor_index
        self._name = sensors[sensor_index].name
        self._decoder = ModeSDecoder(start_ns or 0, site=site_of(sensors[sensor_index]))

    def read(self, frames: Frames) -> FeedBatch:
        """Plots of the messages that end in these frames, in order of the stream."""
        columns = self._decoder.decode(frames)
        heard_ns = columns.received_ns[columns.followed.crc_ok]
        return FeedBatch(
            plots_of(columns, self._index),
            heard=np.full(len(heard_ns), self._index, np.int32),
            heard_ns=heard_ns,
            duplicates=int(np.count_nonzero(_placed(columns) & columns.followed.repeated)),
            rejections=tuple(replace(r, sensor=self._name) for r in columns.rejections),
        )


def site_of(sensor: Sensor) -> tuple[float, float, float]:
    """A sensor's latitude, longitude (degrees, NaN unknown) and largest range (m)."""
    if not sensor.located:
        return (math.nan, math.nan, math.nan)
    return (
        math.degrees(sensor.latitude_rad),
        math.degrees(sensor.longitude_rad),
        sensor.max_range_m,
    )


def _placed(columns: MessageColumns) -> NDArray[np.bool_]:
    return np.isfinite(columns.followed.position[:, 0])


def plots_of(columns: MessageColumns, sensor_index: int) -> Plots:
    """A plot for each message with a position that was not sent before."""
    rows = np.flatnonzero(_placed(columns) & ~columns.followed.repeated)
    fields, followed = columns.fields, columns.followed
    key = fields.key[rows]
    return Plots.blank(
        len(rows),
        sensor=np.full(len(rows), sensor_index),
        measured_ns=columns.measured_ns[rows],
        received_ns=columns.received_ns[rows],
        pressure_altitude_m=fields.altitude_ft[rows] * FOOT_M,
        latitude_rad=np.radians(followed.position[rows, 0]),
        longitude_rad=np.radians(followed.position[rows, 1]),
        altitude_m=fields.height_ft[rows] * FOOT_M,
        horizontal_sigma_m=followed.position[rows, 2],
        velocity_east_mps=followed.velocity[rows, 0],
        velocity_north_mps=followed.velocity[rows, 1],
        velocity_up_mps=followed.velocity[rows, 2],
        mode_3a=followed.mode_3a[rows],
        mode_s=address_of(key),
        callsign=followed.callsign[rows].view("S8"),
        position=columns.raw.position[rows],
    )
