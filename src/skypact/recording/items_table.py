"""Every item of every record as Arrow tables: one per ASTERIX category, one for Mode S messages.

In: frames. Out: tables whose columns are named and scaled as in the standard, null where a
record has none; unit and title of a field stand in its metadata.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from skypact.feeds.asterix import decode_items
from skypact.feeds.asterix.detection import editions_for
from skypact.feeds.asterix.items import CategoryItems
from skypact.feeds.asterix.table import Leaf
from skypact.feeds.mode_s import decode_messages
from skypact.feeds.states.opensky import decode_opensky
from skypact.feeds.states.readsb import decode_readsb
from skypact.feeds.states.sbs import decode_sbs
from skypact.model.errors import Rejection, UsageError
from skypact.model.frames import FeedFormat, Frames

NO_SIGNED = np.iinfo(np.int64).min
"""How :class:`CategoryItems` marks a signed integer that a record has not."""

MODE_S: frozenset[FeedFormat] = frozenset({"beast", "avr", "hexcsv", "jet1090"})
"""Formats that carry Mode S messages."""

STATES: dict[FeedFormat, Callable[[Frames], dict[str, NDArray[Any]]]] = {
    "sbs": decode_sbs,
    "readsb": decode_readsb,
    "opensky": decode_opensky,
}
"""Formats that carry states of aircraft, with what decodes them to columns."""

NEVER_NULL = frozenset({"position", "received_ns", "measured_ns", "signal", "df"})


def has_items(frames: Frames) -> bool:
    """Whether a format says more than its plots."""
    return frames.format == "asterix" or frames.format in MODE_S or frames.format in STATES


def items_to_arrow(
    frames: Frames, *, start_ns: int = 0
) -> tuple[dict[str, pa.Table], tuple[Rejection, ...]]:
    """Everything the frames say: a table per category (``cat048``), or one of a format's messages.

    Raises
    ------
    UsageError
        If the format has no items beyond its plots.
    """
    if frames.format in MODE_S:
        messages = decode_messages(frames, start_ns=start_ns)
        return {"mode_s": _messages(messages.as_table())}, messages.rejections
    if frames.format in STATES:
        return {frames.format: _messages(STATES[frames.format](frames))}, ()
    if not has_items(frames):
        raise UsageError(
            f"{frames.format} has no items beyond the plot table", remedy="Leave --items out"
        )
    batch = decode_items(frames, editions_for(frames)[0])
    tables: dict[str, pa.Table] = {}
    for items in sorted(batch.tables, key=lambda items: items.category):
        # sensors that speak different editions of a category stand in one table
        kind, table = f"cat{items.category:03d}", _category(frames, items)
        before = tables.get(kind)
        tables[kind] = table if before is None else _one_table(before, table)
    return tables, batch.rejections


def _one_table(first: pa.Table, second: pa.Table) -> pa.Table:
    """Both in the order of their bytes; what one edition has not is null in its rows."""
    whole = pa.concat_tables([first, second], promote_options="permissive")
    return whole.sort_by("position")


def _messages(columns: dict[str, NDArray[Any]]) -> pa.Table:
    return pa.table(
        {
            name: pa.array(values) if name in NEVER_NULL else _plain(values, -1)
            for name, values in columns.items()
        }
    )


def _category(frames: Frames, items: CategoryItems) -> pa.Table:
    fields = [pa.field("position", pa.int64()), pa.field("received_ns", pa.int64())]
    arrays = [pa.array(items.position), pa.array(items.received_ns, mask=items.received_ns < 0)]
    for name, values in items.columns.items():
        leaf = items.leaf(name)
        arrays.append(_plain(values, NO_SIGNED if leaf.signed else -1))
        fields.append(_field(name, arrays[-1], leaf))
    for name, (values, row_offsets) in items.lists.items():
        inner = _plain(values, NO_SIGNED if items.leaf(name).signed else -1)
        arrays.append(pa.ListArray.from_arrays(row_offsets.astype(np.int32), inner))
        fields.append(_field(name, arrays[-1], items.leaf(name)))
    for name, (offset, length) in items.explicit.items():
        arrays.append(_slices(frames.data, offset, length))
        fields.append(pa.field(name, arrays[-1].type))
    meta = {"category": str(items.category), "edition": items.edition, "source": frames.source}
    return pa.Table.from_arrays(arrays, schema=pa.schema(fields, metadata=meta))


def _field(name: str, array: pa.Array, leaf: Leaf) -> pa.Field:
    return pa.field(name, array.type, metadata={"unit": leaf.unit, "title": leaf.title})


def _plain(values: NDArray[Any], none: int) -> pa.Array:
    """A column with nulls where its kind of value is the mark of absence."""
    kind = values.dtype.kind
    if kind == "f":
        return pa.array(values, mask=np.isnan(values))
    if kind == "S":
        return pa.array(np.char.decode(values, "ascii", "replace"), mask=values == b"")
    if kind == "V":
        size = values.dtype.itemsize
        rows = np.ascontiguousarray(values).view(np.uint8).reshape(-1, size)
        whole = pa.py_buffer(rows.tobytes())
        wide = pa.FixedSizeBinaryArray.from_buffers(pa.binary(size), len(rows), [None, whole])
        return pa.compute.if_else(pa.array(rows.any(axis=1)), wide, None)
    if kind == "b":
        return pa.array(values)
    return pa.array(values, mask=values == none)


def _slices(data: NDArray[np.uint8], offset: NDArray[np.int64], length: NDArray[np.int64]) -> Any:
    """Stretches of bytes as a binary column, null where the offset is negative."""
    size = np.where(offset >= 0, length, 0)
    ends = np.cumsum(size)
    index = np.arange(int(ends[-1]) if len(ends) else 0) + np.repeat(offset - ends + size, size)
    offsets = np.zeros(len(size) + 1, np.int32)
    offsets[1:] = ends
    present = np.packbits(offset >= 0, bitorder="little")
    buffers = [pa.py_buffer(part.tobytes()) for part in (present, offsets, data[index])]
    return pa.BinaryArray.from_buffers(pa.binary(), len(size), buffers)
