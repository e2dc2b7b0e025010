"""Columns to ASTERIX data blocks: the encoder for what Skypact and its simulator send.

In: columns named and scaled as in the standard (``I048/040/RHO`` in NM), one row a record.
Out: data blocks of one category. The index tables are those of the decoder; document:
EUROCONTROL SUR.ET1.ST05.2000-STD, part 1 and the category's own part.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skypact.feeds.asterix import definitions
from skypact.feeds.asterix import table as t
from skypact.feeds.asterix.columns import RawColumn, raw_column
from skypact.kernels import asterix_pack as pack

Integers = NDArray[np.int64]
MAX_BLOCK_BYTES = 65535
"""Largest data block that LEN can announce."""


@dataclass(frozen=True, slots=True)
class EncodedBlocks:
    """Data blocks and which rows each holds.

    Parameters
    ----------
    payloads
        The data blocks.
    first_row
        Row that each block begins with, then the number of rows; int64, shape (blocks + 1,).
    """

    payloads: list[bytes]
    first_row: Integers


def encode(
    category: int,
    columns: Mapping[str, Any],
    *,
    edition: str | None = None,
    max_block_bytes: int = 1400,
) -> list[bytes]:
    """Data blocks with one record per row; see :func:`encode_blocks`."""
    return encode_blocks(
        category, columns, edition=edition, max_block_bytes=max_block_bytes
    ).payloads


def encode_blocks(
    category: int,
    columns: Mapping[str, Any],
    *,
    edition: str | None = None,
    max_block_bytes: int = 1400,
) -> EncodedBlocks:
    """Encode rows as records of one category, packed in order into data blocks.

    Parameters
    ----------
    category, edition
        The latest edition unless one is named.
    columns
        By field name. Quantities are floats in the standard's unit, NaN where absent; codes are
        integers, -1 where absent (signed ones: the smallest int64); text is ``str`` or ``bytes``,
        empty where absent; a repetitive field is a pair of its values end to end and where each
        row's begin (rows + 1). A scalar stands for every row. An item is sent where any of its
        fields is present; its other fields are then zero.
    max_block_bytes
        Size that no data block exceeds.

    Raises
    ------
    ValueError
        If a field is unknown or not encodable, columns differ in length, a value does not fit
        (the field and row are named), an item is no part of its row's layout, or a record is
        larger than a block may be.
    UnknownEdition
        If the category or edition is not defined.
    """
    table = definitions.table(category, edition)
    rows = _row_count(columns)
    raw = [raw_column(table, name, columns, rows) for name in columns]
    raw.sort(key=lambda column: column.leaf.node)
    present = _presence(table, raw, rows)
    empty = np.flatnonzero(~present[_items(table)].any(axis=0))
    if len(empty):
        raise ValueError(f"row {empty[0]} has no field at all")
    profiles = _profiles(table, raw, rows)
    _check_layout(table, present, profiles)
    nodes, leaves, values, lists = _pack_tables(table, raw, rows)
    size = _size_bound(table, raw, rows)
    out = np.empty(size, np.uint8)
    block_offset, block_row = np.empty(rows + 1, np.int64), np.empty(rows + 1, np.int64)
    uap = np.ascontiguousarray(np.stack((table.uap_first, table.uap_count), axis=1))
    limit = min(max_block_bytes, MAX_BLOCK_BYTES)
    blocks = pack.pack_rows(
        nodes,
        table.child,
        uap,
        profiles,
        leaves,
        values,
        lists,
        present,
        category,
        limit,
        out,
        block_offset,
        block_row,
    )
    if blocks < 0:
        raise ValueError(f"the record of row {-blocks - 1} does not fit a block of {limit} bytes")
    if rows == 0:
        return EncodedBlocks([], np.zeros(1, np.int64))
    cuts = block_offset[: blocks + 1].tolist()
    whole = out[: cuts[-1]].tobytes()
    payloads = [whole[a:b] for a, b in pairwise(cuts)]
    return EncodedBlocks(payloads, block_row[: blocks + 1].copy())


def _row_count(columns: Mapping[str, Any]) -> int:
    lengths = {}
    for name, given in columns.items():
        if isinstance(given, tuple) and len(given) == 2:
            lengths[name] = len(given[1]) - 1
        elif np.ndim(given) > 0:
            lengths[name] = len(given)
    if not lengths:
        return 1 if columns else 0
    if len(set(lengths.values())) > 1:
        raise ValueError(f"columns differ in length: {lengths}")
    return next(iter(lengths.values()))


def _items(table: t.CategoryTable) -> Integers:
    """Nodes of the items of all profiles."""
    stretches = [
        table.child[first : first + count]
        for first, count in zip(table.uap_first, table.uap_count, strict=True)
    ]
    nodes = np.unique(np.concatenate(stretches))
    return nodes[nodes >= 0]


def _presence(table: t.CategoryTable, raw: list[RawColumn], rows: int) -> NDArray[np.uint8]:
    """Whether each node is sent in each row, uint8, shape (nodes, rows)."""
    present = np.zeros((len(table.node_kind), rows), np.uint8)
    for column in raw:
        present[column.leaf.node] |= column.present
    # children come after their parents, so parents are filled from the end
    for node in range(len(table.node_kind) - 1, -1, -1):
        if table.node_kind[node] in (t.EXTENDED, t.COMPOUND, t.EXPANSION):
            first, count = int(table.node_first[node]), int(table.node_count[node])
            for child in table.child[first : first + count]:
                if child >= 0:
                    present[node] |= present[child]
    return present


def _pack_tables(
    table: t.CategoryTable, raw: list[RawColumn], rows: int
) -> tuple[Integers, Integers, Integers, Integers]:
    """Tables of nodes, leaves, values and lists as ``kernels.asterix_pack`` takes them."""
    nodes = np.zeros((len(table.node_kind), 6), np.int64)
    kinds = (table.node_kind, table.node_size, table.node_first, table.node_count)
    nodes[:, :4] = np.stack(kinds, axis=1)
    leaves = np.empty((len(raw), 4), np.int64)
    lists: list[Integers] = []
    start = 0
    for i, column in enumerate(raw):
        node = column.leaf.node
        if nodes[node, 5] == 0:
            nodes[node, 4] = i
        nodes[node, 5] += 1
        leaves[i] = column.leaf.bit, column.leaf.width, start, -1
        if column.row_offset is not None:
            leaves[i, 3] = len(lists)
            lists.append(column.row_offset)
            first = raw[int(nodes[node, 4])]
            if first.row_offset is None or not np.array_equal(first.row_offset, column.row_offset):
                raise ValueError(
                    f"{first.leaf.name} and {column.leaf.name} differ in their numbers of elements"
                )
        start += len(column.values)
    values = np.concatenate([column.values for column in raw] or [np.empty(0, np.int64)])
    stacked = np.array(lists, np.int64).reshape(len(lists), rows + 1)
    return nodes, leaves, values, stacked


def _size_bound(table: t.CategoryTable, raw: list[RawColumn], rows: int) -> int:
    """Bytes that suffice for all records with a block header each."""
    size = table.node_size[table.node_kind == t.FIXED].sum()
    bound = rows * (int(size) + 16 * 8)
    bound += sum(c.leaf.element_bits // 8 * len(c.values) for c in raw if c.row_offset is not None)
    return bound + 2 * MAX_BLOCK_BYTES


def _profiles(table: t.CategoryTable, raw: list[RawColumn], rows: int) -> Integers:
    """User application profile of each row."""
    node, bit, _ = table.selector.tolist()
    for column in raw:
        if node >= 0 and column.leaf.node == node and column.leaf.bit == bit:
            return table.selector_uap[column.values]
    return np.zeros(rows, np.int64)


def _check_layout(table: t.CategoryTable, present: NDArray[np.uint8], profiles: Integers) -> None:
    """Refuse an item that its row's layout (CAT001, CAT007) has no place for."""
    if len(table.uap_first) == 1:
        return
    items = _items(table)
    for number, (first, count) in enumerate(zip(table.uap_first, table.uap_count, strict=True)):
        strange = np.setdiff1d(items, table.child[first : first + count])
        found = np.argwhere(present[strange].astype(bool) & (profiles == number))
        if len(found):
            item, row = table.node_name[strange[found[0][0]]], found[0][1]
            raise ValueError(f"{item} is no part of the layout that row {row} says it has")
