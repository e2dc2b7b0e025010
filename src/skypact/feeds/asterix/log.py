"""The records of a batch in the order of the bytes, and the refusals that name them.

In: records by category. Out: :class:`Log`, one row a record, whatever its category.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skypact.feeds.asterix.records import CategoryRecords
from skypact.feeds.asterix.refusals import source_name
from skypact.feeds.asterix.reports import Reports, data_source, target_reports, time_of_day
from skypact.kernels import asterix_stream as stream
from skypact.model.errors import Rejection
from skypact.model.frames import Frames
from skypact.model.sensors import SensorTable

Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Part:
    """The records of one category with what they say."""

    records: CategoryRecords
    reports: Reports
    source: Integers
    units: Integers
    period: int

    @classmethod
    def of(cls, records: CategoryRecords) -> Part:
        """Read the columns that plots need."""
        units, period = time_of_day(records)
        return cls(records, target_reports(records), data_source(records), units, period)


def stream_order(parts: list[Part]) -> Integers:
    """Index that brings the categories' records, end to end, into the order of the bytes."""
    if not parts:
        return np.empty(0, np.int64)
    if len(parts) == 1:
        return np.arange(len(parts[0].records))
    block = np.concatenate([part.records.block for part in parts])
    # within a block records already are in order
    return np.argsort(block, kind="stable")


@dataclass(frozen=True, slots=True)
class Log:
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
    hashes: NDArray[np.uint64]

    @classmethod
    def of(cls, frames: Frames, parts: list[Part], order: Integers) -> Log:
        """Join the categories in ``order``."""

        def joined(columns: list[Integers]) -> Integers:
            if not columns:
                return np.empty(0, np.int64)
            return np.ascontiguousarray(np.concatenate(columns)[order], np.int64)

        records = [part.records for part in parts]
        offset = joined([r.offset for r in records])
        length = joined([r.length for r in records])
        category = joined([np.full(len(r), r.table.category) for r in records])
        hashes = np.empty(len(order), np.uint64)
        stream.digest_records(frames.data, offset, length, category, hashes)
        return cls(
            frames.source,
            offset,
            length,
            category,
            joined([part.source for part in parts]),
            joined([part.units for part in parts]),
            joined([np.full(len(part.records), part.period) for part in parts]),
            joined([r.received_ns for r in records]),
            joined([r.position for r in records]),
            hashes,
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
