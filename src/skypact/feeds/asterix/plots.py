"""ASTERIX to plots: sensors by SAC and SIC, dates by reception, copies left out.

In: :class:`~skypact.model.frames.Frames` of format ``asterix``. Out:
:class:`~skypact.feeds.batch.FeedBatch`. Which items become which columns stands in
``feeds.asterix.reports``. What comes out does not depend on how frames are cut into batches.

Times of day (1/128 s) are placed on the day nearest to the time of reception. Recordings
without reception times (raw; final format, whose stamps are some recorder's local clock) begin
on ``date_ns`` and go on from record to record; their reception time is the latest measured one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skypact.feeds.asterix.records import CategoryRecords, Records, find_records
from skypact.feeds.asterix.refusals import merged, source_name
from skypact.feeds.asterix.reports import (
    Reports,
    data_source,
    target_reports,
    time_of_day,
    wanted_fields,
)
from skypact.feeds.batch import FeedBatch
from skypact.geodesy import enu_to_geodetic
from skypact.kernels import asterix_stream as stream
from skypact.model.errors import Rejection
from skypact.model.frames import Frames
from skypact.model.plots import Plots
from skypact.model.sensors import SensorTable

Integers = NDArray[np.int64]
SEEN_SLOTS = 1 << 16
"""Records remembered for finding copies: more than any link brings in a second."""


class AsterixPlots:
    """Reads one stream of ASTERIX frames into plots.

    Parameters
    ----------
    sensors
        The node's table; records are matched by SAC and SIC.
    editions
        Edition by category where it is not to be the latest.
    date_ns
        Start of the UTC day on which a recording without reception times begins, int64
        UTC nanoseconds; 1970-01-01 unless given.
    keep_unplaced
        Keep range and azimuth of radars whose position is not known, as a decode to a file
        may; a watch cannot use them and has them refused by name.
    """

    def __init__(
        self,
        sensors: SensorTable,
        *,
        editions: Mapping[int, str] | None = None,
        date_ns: int | None = None,
        keep_unplaced: bool = False,
    ) -> None:
        self._sensors = sensors
        self._editions = dict(editions or {})
        self._date_ns = date_ns or 0
        self._keep_unplaced = keep_unplaced
        self._index = np.full(65536, -1, np.int32)
        for index in range(len(sensors) - 1, -1, -1):
            if sensors[index].sac >= 0 and sensors[index].sic >= 0:
                self._index[sensors[index].sac * 256 + sensors[index].sic] = index
        self._located = np.array([sensor.located for sensor in sensors] + [False])
        self._clock = np.zeros(4, np.int64)
        self._seen = np.zeros(SEEN_SLOTS, np.uint64)
        self._seen_ns = np.full(SEEN_SLOTS, -(1 << 62), np.int64)

    def read(self, frames: Frames) -> FeedBatch:
        """Read the next frames of the stream.

        Raises
        ------
        UnknownEdition
            If an edition was asked for that is not defined.
        """
        found = find_records(frames, self._editions, wanted_fields())
        parts = [_Part.of(records) for records in found.categories.values() if len(records)]
        if not parts:
            return FeedBatch(Plots.blank(0), rejections=self._named(found.rejections))
        order = _stream_order(parts)
        log = _Log.of(frames, parts, order)
        count = len(order)
        measured, received = np.empty(count, np.int64), np.empty(count, np.int64)
        stream.place_in_time(
            log.units, log.period, log.received_ns, self._date_ns, self._clock, measured, received
        )
        copy = np.empty(count, np.uint8)
        duplicates = stream.find_copies(
            frames.data,
            log.offset,
            log.length,
            log.category,
            received,
            self._seen,
            self._seen_ns,
            copy,
        )
        # the last entry of the index answers for records without a data source
        sensor = np.where(log.source >= 0, self._index[log.source], -1)
        plots, refused = self._plots(parts, order, log, sensor, measured, received, copy == 0)
        known = sensor >= 0
        return FeedBatch(
            plots,
            heard=np.ascontiguousarray(sensor[known], np.int32),
            heard_ns=received[known],
            rejections=merged(self._named([*found.rejections, *refused])),
            duplicates=int(duplicates),
        )

    def _plots(
        self,
        parts: list[_Part],
        order: Integers,
        log: _Log,
        sensor: NDArray[np.int32],
        measured: Integers,
        received: Integers,
        original: NDArray[np.bool_],
    ) -> tuple[Plots, list[Rejection]]:
        """Plots of the whole batch in the order of the bytes, and what was refused."""
        refused = log.unknown(sensor, original)
        rank = np.empty(len(order), np.int64)
        rank[order] = np.arange(len(order))
        batches, ranks = [], []
        first = 0
        for part in parts:
            own = rank[first : first + len(part.records)]
            first += len(part.records)
            reports = part.reports
            use = reports.target & original[own] & (sensor[own] >= 0)
            refused += log.monitors(own[use & reports.monitor], sensor)
            use &= ~reports.monitor
            if reports.polar is not None:
                local = reports.polar & (not self._keep_unplaced)
                if reports.east_m is not None:
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
                    measured_ns=measured[kept],
                    received_ns=received[kept],
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
        """Turn offsets in a sensor's plane into positions."""
        if reports.east_m is None or reports.north_m is None:
            return
        east, north = reports.east_m[rows], reports.north_m[rows]
        for index in np.unique(sensor[np.isfinite(east)]):
            own = np.flatnonzero((sensor == index) & np.isfinite(east))
            place = self._sensors[int(index)]
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


@dataclass(frozen=True, slots=True)
class _Part:
    """The records of one category with what they say."""

    records: CategoryRecords
    reports: Reports
    source: Integers
    units: Integers
    period: int

    @classmethod
    def of(cls, records: CategoryRecords) -> _Part:
        units, period = time_of_day(records)
        return cls(records, target_reports(records), data_source(records), units, period)


def _stream_order(parts: list[_Part]) -> Integers:
    """Index that brings the categories' records, end to end, into the order of the bytes."""
    if len(parts) == 1:
        return np.arange(len(parts[0].records))
    block = np.concatenate([part.records.block for part in parts])
    # within a block records already are in order
    return np.argsort(block, kind="stable")


@dataclass(frozen=True, slots=True)
class _Log:
    """All records of a batch in the order of the bytes; int64 arrays of shape (records,)."""

    file: str
    offset: Integers
    length: Integers
    category: Integers
    source: Integers
    units: Integers
    period: Integers
    received_ns: Integers
    position: Integers

    @classmethod
    def of(cls, frames: Frames, parts: list[_Part], order: Integers) -> _Log:
        def joined(columns: list[Integers]) -> Integers:
            return np.ascontiguousarray(np.concatenate(columns)[order], np.int64)

        records = [part.records for part in parts]
        return cls(
            frames.source,
            joined([r.offset for r in records]),
            joined([r.length for r in records]),
            joined([np.full(len(r), r.table.category) for r in records]),
            joined([part.source for part in parts]),
            joined([part.units for part in parts]),
            joined([np.full(len(part.records), part.period) for part in parts]),
            joined([r.received_ns for r in records]),
            joined([r.position for r in records]),
        )

    def unknown(self, sensor: NDArray[np.int32], original: NDArray[np.bool_]) -> list[Rejection]:
        """Records whose sensor is not in the table."""
        rows = np.flatnonzero((sensor < 0) & original)
        refused = []
        for source, first, count in self._alike(rows, self.source):
            name = source_name(source)
            detail = f"no sensor with {name} is configured" if name else "record names no sensor"
            refused.append(self._rejection("UnknownSensor", first, name, detail, count))
        return refused

    def unplaced(
        self, rows: Integers, sensor: NDArray[np.int32], sensors: SensorTable
    ) -> list[Rejection]:
        """Plots relative to a sensor whose position is not known."""
        refused = []
        for index, first, count in self._alike(rows, sensor):
            name = source_name(int(self.source[first]))
            detail = (
                f"plots of {sensors[index].name} ({name}) cannot be placed: its position is not"
            )
            refused.append(
                self._rejection("UnknownSensor", first, name, f"{detail} configured", count)
            )
        return refused

    def monitors(self, rows: Integers, sensor: NDArray[np.int32]) -> list[Rejection]:
        """Reports of test targets and fixed transponders, which are no aircraft."""
        refused = []
        for _, first, count in self._alike(rows, sensor):
            name = source_name(int(self.source[first]))
            detail = "test target or fixed transponder (item 020 or 040, TST or RAB), no aircraft"
            refused.append(self._rejection("TestTarget", first, name, detail, count))
        return refused

    @staticmethod
    def _alike(rows: Integers, key: NDArray[Any]) -> list[tuple[int, int, int]]:
        """Key, first row and number of ``rows`` by key, in the order of the first rows."""
        if len(rows) == 0:
            return []
        keys, first, count = np.unique(key[rows], return_index=True, return_counts=True)
        found = zip(keys.tolist(), rows[first].tolist(), count.tolist(), strict=True)
        return sorted(found, key=lambda entry: entry[1])

    def _rejection(self, reason: str, row: int, sensor: str, detail: str, count: int) -> Rejection:
        received = int(self.received_ns[row])
        return Rejection(
            reason, self.file, sensor, int(self.position[row]), received, detail, count
        )


__all__ = ["AsterixPlots", "Records"]
