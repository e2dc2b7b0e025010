"""REGISTRATION.parquet: what was known of every sensor's errors, and when.

The contract (docs/reference/tables.md): one row per sensor and learning period, degrees in the
file, null where a sensor has no such error; ``_sigma`` columns are standard deviations.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from skypact.model.registration import ERROR_FIELDS, RegistrationPicture
from skypact.model.sensors import SensorTable

COLUMNS = {name: (name.replace("_rad", "_deg"), name.endswith("_rad")) for name in ERROR_FIELDS}
"""Name in the file of each error, and whether it is an angle."""

SCHEMA = pa.schema(
    {
        "estimated_ns": pa.int64(),
        "sensor": pa.string(),
        "health": pa.string(),
        "reason": pa.string(),
        **{
            column: pa.float64()
            for name, _ in COLUMNS.values()
            for column in (name, f"{name}_sigma")
        },
    }
)


def registration_to_arrow(picture: RegistrationPicture, sensors: SensorTable) -> pa.Table:
    """One row per sensor, in the order of the table."""
    errors = picture.errors
    columns: dict[str, pa.Array] = {
        "estimated_ns": pa.array([errors.estimated_ns] * len(sensors), pa.int64()),
        "sensor": pa.array([sensor.name for sensor in sensors], pa.string()),
        "health": pa.array(picture.health, pa.string()),
        "reason": pa.array(picture.reason, pa.string()),
    }
    for name, (column, angle) in COLUMNS.items():
        sigma = getattr(errors, f"{name}_sigma")
        for values, to in ((getattr(errors, name), column), (sigma, f"{column}_sigma")):
            shown = np.degrees(values) if angle else values
            columns[to] = pa.array(shown, pa.float64(), mask=np.isnan(sigma))
    return pa.table({name: columns[name] for name in SCHEMA.names}, schema=SCHEMA)


def write_registration(
    path: Path, pictures: Iterable[RegistrationPicture], sensors: SensorTable
) -> int:
    """Write pictures to one file in their order; the number of rows written."""
    written = 0
    with pq.ParquetWriter(path, SCHEMA, compression="zstd") as out:
        for picture in pictures:
            out.write_table(registration_to_arrow(picture, sensors))
            written += len(sensors)
    return written
