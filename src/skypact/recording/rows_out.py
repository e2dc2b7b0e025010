"""Rows to files: Parquet, NDJSON and CSV, a table at a time in one order.

In: Arrow tables of one schema. Out: a file (or standard output for NDJSON). What a row has not
it does not say: nulls, NaN and -1 of code columns are left out of JSON and empty in CSV.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol, TextIO

import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from skypact.model.errors import UsageError
from skypact.model.plots import NO_CODE

CODES = frozenset({"mode_3a", "mode_s", "source_track", "position"})
"""Plot columns in which -1 stands for none."""

ENDINGS = (".parquet", ".ndjson", ".csv")


class RowsOut(Protocol):
    """Takes tables, one after another."""

    def write(self, table: pa.Table) -> None:
        """Write the rows of a table."""
        ...


def check_ending(output: Path | None, endings: tuple[str, ...] = ENDINGS) -> None:
    """Refuse a file whose ending names no format we write.

    Raises
    ------
    UsageError
        If it does not.
    """
    if output is not None and output.suffix not in endings:
        raise UsageError(
            f"{output} ends in none of {', '.join(endings)}",
            remedy="Name the output by one of these",
        )


@contextmanager
def rows_out(output: Path | None) -> Iterator[RowsOut]:
    """A writer for ``output`` by its ending; None: NDJSON to standard output."""
    if output is None:
        yield _Lines(sys.stdout)
    elif output.suffix == ".parquet":
        parquet = _Parquet(output)
        try:
            yield parquet
        finally:
            parquet.close()
    elif output.suffix == ".csv":
        with output.open("wb") as raw:
            yield _Csv(raw)
    else:
        with output.open("w", encoding="utf-8") as text:
            yield _Lines(text)


def absent(name: str, value: Any) -> bool:
    """Whether a cell says nothing."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return True
    return name in CODES and value == NO_CODE


def _said(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if not absent(name, value)}


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=bytes.hex)


class _Lines:
    def __init__(self, out: TextIO) -> None:
        self._out = out

    def write(self, table: pa.Table) -> None:
        self._out.writelines(_json(_said(row)) + "\n" for row in table.to_pylist())


class _Parquet:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._writer: pq.ParquetWriter | None = None

    def write(self, table: pa.Table) -> None:
        if self._writer is None:
            self._writer = pq.ParquetWriter(self._path, table.schema, compression="zstd")
        self._writer.write_table(table)

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()


class _Csv:
    def __init__(self, out: Any) -> None:
        self._out = out
        self._writer: pacsv.CSVWriter | None = None

    def write(self, table: pa.Table) -> None:
        flat = table.set_column
        for at, name in enumerate(table.column_names):
            column = table.column(at)
            if pa.types.is_nested(column.type):
                texts = [None if cell is None else _json(cell) for cell in column.to_pylist()]
                table = flat(at, name, pa.array(texts, pa.string()))
            elif pa.types.is_binary(column.type) or pa.types.is_fixed_size_binary(column.type):
                texts = [None if cell is None else cell.hex() for cell in column.to_pylist()]
                table = flat(at, name, pa.array(texts, pa.string()))
            elif pa.types.is_floating(column.type):
                known = pa.compute.if_else(pa.compute.is_nan(column), None, column)
                table = flat(at, name, known)
            elif name in CODES:
                known = pa.compute.if_else(pa.compute.equal(column, NO_CODE), None, column)
                table = flat(at, name, known)
            flat = table.set_column
        header = self._writer is None
        options = pacsv.WriteOptions(include_header=header)
        if self._writer is None:
            self._writer = pacsv.CSVWriter(self._out, table.schema, write_options=options)
        self._writer.write_table(table)
