"""ASTERIX to plots: sensors by SAC and SIC, dates by reception, copies left out.

In: :class:`~skypact.model.frames.Frames` of format ``asterix``. Out:
:class:`~skypact.feeds.batch.FeedBatch`. Which items become which columns stands in
``feeds.asterix.reports``. What comes out does not depend on how frames are cut into batches.

Times of day (1/128 s) are placed on the day nearest to the time of reception. Recordings
without reception times (raw; final format, whose stamps are some recorder's local clock) begin
on ``date_ns`` and go on from record to record; their reception time is the latest measured one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skypact.feeds.asterix.copies import Copies
from skypact.feeds.asterix.editions import Editions
from skypact.feeds.asterix.log import Log, Part, stream_order
from skypact.feeds.asterix.records import find_records
from skypact.feeds.asterix.refusals import source_name
from skypact.feeds.asterix.reports import Reports, wanted_fields
from skypact.feeds.asterix.stream import BlockStream
from skypact.feeds.batch import FeedBatch
from skypact.feeds.rejections import few
from skypact.geodesy import enu_to_geodetic
from skypact.kernels import asterix_stream as stream
from skypact.model.errors import Rejection
from skypact.model.frames import Frames
from skypact.model.plots import Plots
from skypact.model.sensors import SensorTable

Integers = NDArray[np.int64]
CHUNKS_FROM = "tcp://"
"""Sources whose frames are chunks of a stream rather than whole data blocks."""


@dataclass(frozen=True, slots=True)
class OpenedBatch:
    """A batch whose records are found and placed in time, before copies are left out."""

    parts: list[Part]
    order: Integers
    log: Log
    measured: Integers
    received: Integers
    rejections: tuple[Rejection, ...]


class AsterixPlots:
    """Reads one stream of ASTERIX frames into plots.

    Parameters
    ----------
    sensors
        The node's table; records are matched by SAC and SIC.
    editions
        Edition by category, or by sensor too, where it is not to be the latest.
    date_ns
        Start of the UTC day on which a recording without reception times begins, int64
        UTC nanoseconds; 1970-01-01 unless given.
    keep_unplaced
        Keep range and azimuth of radars whose position is not known, as a decode to a file
        may; a watch cannot use them and has them refused by name.
    copies
        Memory for records that come twice; its own unless readers share one, which are then to
        be read by :func:`read_together`.
    """

    def __init__(
        self,
        sensors: SensorTable,
        *,
        editions: Mapping[int, str] | Editions | None = None,
        date_ns: int | None = None,
        keep_unplaced: bool = False,
        copies: Copies | None = None,
    ) -> None:
        self._sensors = sensors
        self._editions = Editions.of(editions)
        self._date_ns = date_ns or 0
        self._keep_unplaced = keep_unplaced
        self._index = np.full(65536, -1, np.int32)
        for index in range(len(sensors) - 1, -1, -1):
            if sensors[index].sac >= 0 and sensors[index].sic >= 0:
                self._index[sensors[index].sac * 256 + sensors[index].sic] = index
        self._located = np.array([sensor.located for sensor in sensors] + [False])
        self._clock = np.zeros(4, np.int64)
        self.copies = Copies() if copies is None else copies
        self._stream = BlockStream()

    def read(self, frames: Frames) -> FeedBatch:
        """Read the next frames of the stream.

        Raises
        ------
        UnknownEdition
            If an edition was asked for that is not defined.
        """
        return read_together([self], [frames])[0]

    def begin(self, frames: Frames) -> OpenedBatch:
        """Find the records of a batch and place them in time."""
        lost: tuple[Rejection, ...] = ()
        if frames.source.startswith(CHUNKS_FROM):
            frames, lost = self._stream.cut(frames)
        found = find_records(frames, self._editions, wanted_fields())
        parts = [Part.of(records) for records in found.parts if len(records)]
        order = stream_order(parts)
        log = Log.of(frames, parts, order)
        measured, received = np.empty(len(order), np.int64), np.empty(len(order), np.int64)
        stream.place_in_time(
            log.units, log.period, log.received_ns, self._date_ns, self._clock, measured, received
        )
        return OpenedBatch(parts, order, log, measured, received, (*lost, *found.rejections))

    def finish(self, opened: OpenedBatch, copy: NDArray[np.bool_]) -> FeedBatch:
        """Plots of what is no copy."""
        if len(opened.order) == 0:
            return FeedBatch(Plots.blank(0), rejections=self._named(opened.rejections))
        # the last entry of the index answers for records without a data source
        source = opened.log.source
        sensor = np.where(source >= 0, self._index[source], -1)
        plots, refused = self._plots(opened, sensor, ~copy)
        known = sensor >= 0
        return FeedBatch(
            plots,
            heard=np.ascontiguousarray(sensor[known], np.int32),
            heard_ns=opened.received[known],
            rejections=few(self._named([*opened.rejections, *refused])),
            duplicates=int(copy.sum()),
        )

    def _plots(
        self, opened: OpenedBatch, sensor: NDArray[np.int32], original: NDArray[np.bool_]
    ) -> tuple[Plots, list[Rejection]]:
        """Plots of the whole batch in the order of the bytes, and what was refused."""
        order, log = opened.order, opened.log
        refused = log.unknown(sensor, original)
        rank = np.empty(len(order), np.int64)
        rank[order] = np.arange(len(order))
        batches, ranks = [], []
        first = 0
        for part in opened.parts:
            own = rank[first : first + len(part.records)]
            first += len(part.records)
            reports = part.reports
            use = reports.target & original[own] & (sensor[own] >= 0)
            refused += log.monitors(own[use & reports.monitor], sensor)
            use &= ~reports.monitor
            if reports.polar is not None:
                local = reports.polar & (not self._keep_unplaced)
                if reports.east_m is not None and not self._keep_unplaced:
                    local = local | np.isfinite(reports.east_m)
                lost = use & local & ~self._located[sensor[own]]
                refused += log.unplaced(own[lost], sensor, self._sensors)
                use &= ~lost
            rows = np.flatnonzero(use)
            if len(rows) == 0:
                continue
            kept = own[rows]
            columns = {name: values[rows] for name, values in reports.columns.items()}
            self._place(reports, rows, sensor[kept], columns)
            batches.append(
                Plots.blank(
                    len(rows),
                    sensor=sensor[kept],
                    measured_ns=opened.measured[kept],
                    received_ns=opened.received[kept],
                    position=log.position[kept],
                    **columns,
                )
            )
            ranks.append(kept)
        plots = Plots.join(batches)
        if len(batches) > 1:
            plots = plots.take(np.argsort(np.concatenate(ranks), kind="stable"))
        return plots, refused

    def _place(
        self,
        reports: Reports,
        rows: Integers,
        sensor: NDArray[np.int32],
        columns: dict[str, NDArray[Any]],
    ) -> None:
        """Turn offsets in a sensor's plane into positions, or polar where it has no place."""
        if reports.east_m is None or reports.north_m is None:
            return
        east, north = reports.east_m[rows], reports.north_m[rows]
        for index in np.unique(sensor[np.isfinite(east)]):
            own = np.flatnonzero((sensor == index) & np.isfinite(east))
            place = self._sensors[int(index)]
            if not place.located:
                for name in ("range_m", "azimuth_rad"):
                    columns.setdefault(name, np.full(len(rows), np.nan))
                columns["range_m"][own] = np.hypot(east[own], north[own])
                columns["azimuth_rad"][own] = np.mod(np.arctan2(east[own], north[own]), 2 * np.pi)
                continue
            height = place.altitude_m if np.isfinite(place.altitude_m) else 0.0
            latitude, longitude, _ = enu_to_geodetic(
                east[own], north[own], 0.0, origin=(place.latitude_rad, place.longitude_rad, height)
            )
            columns["latitude_rad"][own] = latitude
            columns["longitude_rad"][own] = longitude

    def _named(self, rejections: list[Rejection] | tuple[Rejection, ...]) -> tuple[Rejection, ...]:
        """Rejections with the sensors' names in place of SAC and SIC."""
        names = {
            source_name(s.sac * 256 + s.sic): s.name
            for s in self._sensors
            if s.sac >= 0 and s.sic >= 0
        }
        return tuple(
            Rejection(r.reason, r.source, names.get(r.sensor, r.sensor), *_rest(r))
            for r in rejections
        )


def _rest(rejection: Rejection) -> tuple[int, int, str, int]:
    return rejection.offset, rejection.received_ns, rejection.detail, rejection.count


def read_together(readers: Sequence[AsterixPlots], frames: Sequence[Frames]) -> list[FeedBatch]:
    """Read one batch of each of several feeds that bring the same sensors over two networks.

    Of records alike within a second the one received first is kept, whichever feed it came by;
    so the result depends on the times of reception only, not on the order of reading or on
    where the feeds are cut into batches, as long as they are all cut at the same times.

    Parameters
    ----------
    readers
        Readers that share one :class:`~skypact.feeds.asterix.copies.Copies`.
    frames
        The next frames of each.

    Raises
    ------
    ValueError
        If the readers do not share their memory.
    """
    if any(reader.copies is not readers[0].copies for reader in readers):
        raise ValueError("readers that are read together share one memory of copies")
    opened = [reader.begin(batch) for reader, batch in zip(readers, frames, strict=True)]
    if not opened:
        return []
    copies = readers[0].copies.find_together(
        [part.log.hashes for part in opened], [part.received for part in opened]
    )
    return [
        reader.finish(part, copy)
        for reader, part, copy in zip(readers, opened, copies, strict=True)
    ]
