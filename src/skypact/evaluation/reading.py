"""Tables of tracks and of truth read into paths.

In: Parquet files after docs/reference/tables.md: TRUTH, TRACKS or PLOTS, recognised by their
columns. Out: :class:`~skypact.evaluation.paths.Paths`. Only number, time and place are needed;
what else is missing is simply not judged.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from skypact.evaluation.paths import PathKind, Paths, make_paths
from skypact.model.errors import BadTable

KEYS: tuple[tuple[PathKind, str], ...] = (
    ("truth", "target"),
    ("tracks", "track"),
    ("plots", "sensor"),
)
"""Which column tells what a table is."""

GNSS_SIGMA_M = 40.0
"""Reports better than this may be truth: NACp 8 promises 93 m at 95 %, 38 m per axis."""

NEEDED = ("measured_ns", "latitude_deg", "longitude_deg")

NUMBERS: dict[str, str] = {
    "altitude_m": "altitude_m",
    "pressure_altitude_m": "pressure_altitude_m",
    "velocity_east_mps": "east_mps",
    "velocity_north_mps": "north_mps",
    "velocity_up_mps": "up_mps",
    "horizontal_sigma_m": "sigma_m",
    "last_plot_ns": "last_plot_ns",
    "coasting": "coasting",
    "covered": "covered",
    "mode_s": "mode_s",
    "mode_3a": "mode_3a",
}
"""Column in the file to column of :class:`Paths`."""

_WHY_EMPTY: dict[PathKind, str] = {
    "truth": "Rows need a time and a position",
    "tracks": "Only confirmed tracks are a reference trajectory",
    "plots": f"Reports need an address, and a horizontal_sigma_m up to {GNSS_SIGMA_M:g} if told",
}

DTYPES = {"last_plot_ns": "int64", "mode_s": "int32", "mode_3a": "int32",
          "coasting": "bool", "covered": "bool"}  # fmt: skip
WHOLE_NONE = -1


def read_tracks(path: Path) -> Paths:
    """Confirmed states of a track table; reports with track numbers or addresses serve as well.

    A table without any is a tracker that saw nothing.

    Raises
    ------
    BadTable
        If the file cannot be read or misses a column.
    """
    return _read(path, role="tracks")


def read_truth(path: Path) -> Paths:
    """Truth: a truth table, a reference trajectory (track table), or good position reports.

    Of reports (a plot table) those count that carry a 24-bit address and are better than
    ``GNSS_SIGMA_M``.

    Raises
    ------
    BadTable
        If the file cannot be read, or misses a column, or has no usable row.
    """
    return _read(path, role="truth")


def _read(path: Path, role: PathKind) -> Paths:
    where = str(path)
    try:
        file = pq.ParquetFile(path)
    except FileNotFoundError:
        raise BadTable("no such file", where=where) from None
    except (pa.ArrowException, OSError, ValueError) as problem:
        raise BadTable(f"not a readable Parquet file ({problem})", where=where) from problem
    with file:
        names = set(file.schema_arrow.names)
        kind = _kind(names, role, where)
        missing = [name for name in NEEDED if name not in names]
        if missing:
            raise BadTable(
                f"columns {missing} are missing",
                where=where,
                remedy="docs/reference/tables.md names the columns of each table",
            )
        extra = ("confirmed", "source_track") if kind != "truth" else ()
        wanted = [dict(KEYS)[kind], *NEEDED, *NUMBERS, *extra]
        try:
            table = file.read(columns=[name for name in wanted if name in names])
        except (pa.ArrowException, OSError, ValueError) as problem:
            raise BadTable(f"damaged Parquet file ({problem})", where=where) from problem
    if "confirmed" in table.column_names and kind == "tracks":
        table = table.filter(pc.fill_null(table.column("confirmed"), False))
    number, table = _numbered(table, kind, role, where)
    columns = {NUMBERS[name]: _column(table, name, where) for name in NUMBERS
               if name in table.column_names}  # fmt: skip
    columns["time_ns"] = _column(table, "measured_ns", where)
    for name in ("latitude", "longitude"):
        columns[f"{name}_rad"] = np.radians(_column(table, f"{name}_deg", where))
    if kind == "tracks" and role == "truth" and "coasting" in columns:
        # where a reference bridges a hole in its plots, nobody is owed a track
        columns.setdefault("covered", ~columns["coasting"])
    paths = make_paths(kind, number, **columns)
    if len(paths) == 0 and role == "truth":
        raise BadTable("no usable row of truth", where=where, remedy=_WHY_EMPTY[kind])
    return paths


def _kind(names: set[str], role: PathKind, where: str) -> PathKind:
    order = sorted(KEYS, key=lambda pair: pair[0] != role)
    for kind, key in order:
        if key in names and not (role == "tracks" and kind == "truth"):
            return kind
    told = {"tracks": "a column track (or sensor, of a plot table)",
            "truth": "a column target, track or sensor"}  # fmt: skip
    raise BadTable(
        f"columns {sorted(names)[:12]} are no table of {role}",
        where=where,
        remedy=f"It needs {told[role]}; docs/reference/tables.md names the columns",
    )


def _numbered(
    table: pa.Table, kind: PathKind, role: PathKind, where: str
) -> tuple[NDArray[np.int64], pa.Table]:
    """The number of each row's path, and the rows that have one."""
    if kind != "plots":
        key = dict(KEYS)[kind]
        if table.column(key).null_count:
            raise BadTable(f"column {key} has rows without a value", where=where)
        return _column(table, key, where), table
    rows = table.num_rows
    address = _column(table, "mode_s", where) if "mode_s" in table.column_names \
        else np.full(rows, -1)  # fmt: skip
    source = _column(table, "source_track", where) if "source_track" in table.column_names \
        else np.full(rows, -1)  # fmt: skip
    if role == "truth":
        keep = address >= 0
        sigma = _column(table, "horizontal_sigma_m", where) \
            if "horizontal_sigma_m" in table.column_names else np.full(rows, np.nan)  # fmt: skip
        keep &= np.isfinite(np.asarray(table.column("latitude_deg"), np.float64))
        if np.isfinite(sigma[keep]).any():
            keep &= np.nan_to_num(sigma, nan=np.inf) <= GNSS_SIGMA_M
        number = address.astype(np.int64)
    else:
        sensor = table.column("sensor").combine_chunks().dictionary_encode()
        index = sensor.indices.fill_null(0).to_numpy(zero_copy_only=False).astype(np.int64)
        number = np.where(source >= 0, source.astype(np.int64) + (index + 1 << 32), address)
        keep = number >= 0
    return number[keep], table.filter(pa.array(keep))


def _column(table: pa.Table, name: str, where: str) -> NDArray[Any]:
    values = table.column(name)
    dtype = DTYPES.get(name, "float64")
    if name in ("measured_ns", "target", "track", "source_track"):
        dtype = "int64"
    kind = values.type
    if not (pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind)):
        if pa.types.is_timestamp(kind) and name == "measured_ns":
            values = values.cast(pa.timestamp("ns")).cast(pa.int64())
        else:
            raise BadTable(f"column {name} holds {kind}, not numbers", where=where)
    if values.null_count:
        none: Any = {"float64": np.nan, "bool": False}.get(dtype, WHOLE_NONE)
        values = values.cast(pa.float64()) if dtype == "float64" else values
        values = pc.fill_null(values, pa.scalar(none).cast(values.type))
    out = values.to_numpy()
    if np.issubdtype(out.dtype, np.floating) and dtype.startswith("int"):
        out = np.nan_to_num(out, nan=WHOLE_NONE, posinf=WHOLE_NONE, neginf=WHOLE_NONE)
    return np.array(out, dtype=dtype)
