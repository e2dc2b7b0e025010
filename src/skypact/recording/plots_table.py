"""PLOTS.parquet: the plot table as a file. In and out: :class:`~skypact.model.plots.Plots`.

The contract (docs/reference/tables.md): a row per plot in time order, degrees in the file,
``sensor`` by name. Missing columns that the contract names are an error, further columns are
kept out of the way.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from skypact.model.errors import BadTable, UnknownSensor
from skypact.model.plots import PLOT_COLUMNS, Plots
from skypact.model.sensors import SensorTable

REQUIRED = (
    "sensor",
    "measured_ns",
    "range_m",
    "azimuth_deg",
    "elevation_deg",
    "pressure_altitude_m",
    "latitude_deg",
    "longitude_deg",
    "altitude_m",
    "mode_3a",
    "mode_s",
    "callsign",
)
"""Columns that every PLOTS.parquet has."""


def file_name(column: str) -> str:
    """Name of a column in the file: angles are in degrees there."""
    return column.removesuffix("_rad") + "_deg" if column.endswith("_rad") else column


def text_or_null(values: NDArray[np.bytes_]) -> pa.Array:
    """Callsigns as strings, null where empty."""
    decoded = np.char.decode(values, "ascii", "replace")
    return pa.array(decoded, type=pa.string(), mask=values == b"")


def plots_to_arrow(plots: Plots, sensors: SensorTable) -> pa.Table:
    """The plot table with contract columns first, in degrees, sensors by name."""
    columns: dict[str, Any] = {}
    names = pa.array([sensor.name for sensor in sensors], type=pa.string())
    columns["sensor"] = pa.DictionaryArray.from_arrays(pa.array(plots.sensor), names).cast(
        pa.string()
    )
    for name in PLOT_COLUMNS:
        if name == "sensor":
            continue
        values = getattr(plots, name)
        if name == "callsign":
            columns[name] = text_or_null(values)
        else:
            columns[file_name(name)] = np.degrees(values) if name.endswith("_rad") else values
    ordered = [*REQUIRED, *(name for name in columns if name not in REQUIRED)]
    return pa.table({name: columns[name] for name in ordered})


def _sensor_column(table: pa.Table, sensors: SensorTable, where: str) -> NDArray[np.int32]:
    encoded = table.column("sensor").cast(pa.string()).combine_chunks().dictionary_encode()
    names = encoded.dictionary.to_pylist()
    index = np.array([sensors.index_of(name) if name else -1 for name in names], dtype=np.int32)
    if encoded.null_count:
        raise BadTable("column sensor has rows without a value", where=where)
    if (index < 0).any():
        unknown = [name for name, at in zip(names, index, strict=True) if at < 0]
        raise UnknownSensor(
            f"sensors {unknown} are not in the sensor table",
            where=where,
            remedy="Add them to SENSORS.toml",
        )
    rows: NDArray[np.int32] = index[encoded.indices.to_numpy(zero_copy_only=False)]
    return rows


def _numbers(table: pa.Table, column: str, dtype: str, none: Any, where: str) -> NDArray[Any]:
    values = table.column(column)
    if not (pa.types.is_integer(values.type) or pa.types.is_floating(values.type)):
        raise BadTable(f"column {column} holds {values.type}, not numbers", where=where)
    if values.null_count:
        values = values.fill_null(pa.scalar(none).cast(values.type))
    out: NDArray[Any] = values.to_numpy().astype(dtype)
    return out


def read_plots(path: Path, sensors: SensorTable) -> Plots:
    """Read a plot table whose sensors are all in ``sensors``.

    Without a ``received_ns`` column plots count as received when measured (never earlier than
    the row before).

    Raises
    ------
    BadTable
        If the file is no Parquet file, misses a column, or a column has the wrong type.
    UnknownSensor
        If a row names a sensor that ``sensors`` does not hold.
    """
    where = str(path)
    try:
        table = pq.read_table(path)
    except FileNotFoundError:
        raise BadTable("no such file", where=where) from None
    except (pa.ArrowException, OSError, ValueError) as problem:
        raise BadTable(f"not a readable Parquet file ({problem})", where=where) from problem
    missing = [name for name in REQUIRED if name not in table.column_names]
    if missing:
        raise BadTable(
            f"columns {missing} are missing",
            where=where,
            remedy="docs/reference/tables.md names the columns of a plot table",
        )
    columns: dict[str, NDArray[Any]] = {"sensor": _sensor_column(table, sensors, where)}
    for name, (dtype, none) in PLOT_COLUMNS.items():
        in_file = file_name(name)
        if name == "sensor" or in_file not in table.column_names:
            continue
        if name == "callsign":
            texts = table.column(name).cast(pa.string()).fill_null("").to_pylist()
            columns[name] = np.array([t.encode("ascii", "replace")[:8] for t in texts], dtype="S8")
            continue
        values = _numbers(table, in_file, dtype, none, where)
        columns[name] = np.radians(values) if name.endswith("_rad") else values
    if "received_ns" not in columns:
        columns["received_ns"] = np.maximum.accumulate(columns["measured_ns"])
    return Plots.blank(table.num_rows, **columns)
