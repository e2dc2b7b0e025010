"""What sensors and systems say of themselves, as one table: north marks, sectors, states.

In: frames of ASTERIX and the reader that places them in time. Out: an Arrow table, one row a
message of CAT002, 019, 023, 025, 034, 063 or 065, null where a message has no such item.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from skypact.feeds.asterix import AsterixPlots, decode_items
from skypact.feeds.asterix.detection import editions_for
from skypact.feeds.asterix.items import CategoryItems
from skypact.feeds.asterix.refusals import source_name
from skypact.model.frames import Frames
from skypact.model.sensors import SensorTable

CATEGORIES = (2, 19, 23, 25, 34, 63, 65)
"""Categories whose records are about a sensor or a system, not about aircraft."""

FIELDS: dict[str, tuple[str, ...]] = {
    "message": ("I002/000", "I019/000", "I023/000", "I034/000", "I065/000"),
    "azimuth_deg": ("I002/020", "I034/020"),
    "rotation_s": ("I002/041", "I034/041"),
    "about_sac": ("I063/050/SAC",),
    "about_sic": ("I063/050/SIC",),
    "connected": ("I063/060/CON",),
}
"""Columns with the items that fill them: message type, sector's azimuth, turn, and for CAT063 the
sensor that is told about and whether it is connected (0 operational, 1 degraded, 2 initialising,
3 not connected)."""

SCHEMA = pa.schema(
    {
        "sensor": pa.string(),
        "category": pa.int64(),
        "message": pa.int64(),
        "measured_ns": pa.int64(),
        "received_ns": pa.int64(),
        "azimuth_deg": pa.float64(),
        "rotation_s": pa.float64(),
        "about_sac": pa.int64(),
        "about_sic": pa.int64(),
        "connected": pa.int64(),
        "position": pa.int64(),
    }
)


def status_to_arrow(reader: AsterixPlots, frames: Frames, sensors: SensorTable) -> pa.Table:
    """Status messages of the reader's next frames, in the order of the bytes.

    ``sensor`` is the name in the sensor table, else as in ``SAC 25 SIC 11``.
    """
    opened = reader.begin(frames)
    log = opened.log
    rows = np.flatnonzero(np.isin(log.category, CATEGORIES))
    items = [
        table
        for table in decode_items(frames, editions_for(frames)[0]).tables
        if table.category in CATEGORIES
    ]
    names = {sensor.sac * 256 + sensor.sic: sensor.name for sensor in sensors if sensor.sac >= 0}
    said = [names.get(code) or source_name(code) for code in log.source[rows].tolist()]
    columns = {
        "sensor": pa.array(said, pa.string()),
        "category": pa.array(log.category[rows]),
        "measured_ns": pa.array(opened.measured[rows]),
        "received_ns": pa.array(opened.received[rows]),
        "position": pa.array(log.position[rows]),
    }
    for name, fields in FIELDS.items():
        columns[name] = _filled(log.position[rows], items, fields, SCHEMA.field(name).type)
    return pa.table({name: columns[name] for name in SCHEMA.names}, schema=SCHEMA)


def _filled(
    position: NDArray[np.int64],
    items: list[CategoryItems],
    fields: tuple[str, ...],
    kind: pa.DataType,
) -> pa.Array:
    """One column: the first of ``fields`` that a record at each position has."""
    values = np.full(len(position), np.nan)
    for table in items:
        for field in fields:
            if field not in table.columns:
                continue
            given = table.columns[field]
            known = ~np.isnan(given) if given.dtype.kind == "f" else given >= 0
            places, taken = table.position[known], given[known]
            values[np.searchsorted(position, places)] = taken
    return pa.array(values, mask=np.isnan(values)).cast(kind)
