"""Frames to records: which items stand where, for every category, with what was refused.

In: :class:`~skypact.model.frames.Frames` of format ``asterix``. Out: per category the places
of its records and items, from which :class:`CategoryRecords` extracts any field of the
standard as a column when asked. Document: EUROCONTROL SUR.ET1.ST05.2000-STD, part 1 for the
layout and the category's own part for its items.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skypact.feeds.asterix import definitions
from skypact.feeds.asterix.blocks import Blocks, block_sources, find_blocks
from skypact.feeds.asterix.editions import Editions
from skypact.feeds.asterix.extraction import column_at, floats_at, integers_at, text_at
from skypact.feeds.asterix.refusals import block_refusals, record_refusals
from skypact.feeds.asterix.table import REPETITIVE, REPETITIVE_FX, CategoryTable, Leaf
from skypact.kernels import asterix_extract as extract
from skypact.kernels import asterix_walk as walk
from skypact.model.errors import Rejection
from skypact.model.frames import Frames

Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class CategoryRecords:
    """All records of one category in one batch, in the order of the bytes.

    Parameters
    ----------
    table
        The edition they were read with.
    frames
        The batch.
    block
        Index of each record's data block in the batch, int64, shape (records,).
    frame
        Index of each record's frame.
    offset, length
        Where each record lies in ``frames.data``.
    row, slots
        Row of ``slots`` per node, -1 where not walked for; byte offset of each node from its
        record, int32, shape (rows, records), -1 where absent.
    """

    table: CategoryTable
    frames: Frames
    block: Integers
    frame: Integers
    offset: Integers
    length: Integers
    row: Integers
    slots: NDArray[np.int32]
    _anchor: dict[int, Integers] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.offset)

    @property
    def position(self) -> Integers:
        """Byte offset of each record in its file or stream, int64, shape (records,)."""
        frames = self.frames
        return frames.position[self.frame] + self.offset - frames.offset[self.frame]

    @property
    def received_ns(self) -> Integers:
        """Reception time of each record's frame, -1 where none, int64, shape (records,)."""
        return self.frames.received_ns[self.frame]

    def leaf(self, name: str) -> Leaf:
        """The field called ``name``."""
        return self.table.leaves[name]

    def __contains__(self, name: str) -> bool:
        leaf = self.table.leaves.get(name)
        return leaf is not None and self.row[leaf.node] >= 0

    def anchor(self, node: int) -> Integers:
        """Byte in ``frames.data`` where each record's ``node`` begins, -1 where absent."""
        known = self._anchor.get(node)
        if known is None:
            row = int(self.row[node])
            if row < 0:
                raise KeyError(f"{self.table.node_name[node]} was not asked for")
            known = np.empty(len(self), np.int64)
            extract.anchors(self.offset, self.slots[row], known)
            self._anchor[node] = known
        return known

    def present(self, name: str) -> NDArray[np.bool_]:
        """Whether each record has the field, bool, shape (records,)."""
        return self.anchor(self.leaf(name).node) >= 0

    def floats(self, name: str) -> NDArray[np.float64]:
        """Field in the standard's unit, NaN where absent, float64, shape (records,)."""
        leaf = self.leaf(name)
        return floats_at(self.frames.data, leaf, self.anchor(leaf.node))

    def integers(self, name: str, none: int = -1) -> Integers:
        """Field as the integer it is sent as, ``none`` where absent, int64, shape (records,)."""
        leaf = self.leaf(name)
        return integers_at(self.frames.data, leaf, self.anchor(leaf.node), none)

    def text(self, name: str) -> NDArray[np.bytes_]:
        """Field as ASCII without trailing blanks, empty where absent, ``S``, shape (records,)."""
        leaf = self.leaf(name)
        return text_at(self.frames.data, leaf, self.anchor(leaf.node))

    def column(self, name: str) -> NDArray[Any]:
        """Field in the type its content asks for; repetitive ones have elements instead."""
        leaf = self.leaf(name)
        values = column_at(self.frames.data, leaf, self.anchor(leaf.node))
        if leaf.depends_on in self.table.leaves:
            choice = self.integers(leaf.depends_on)
            for case, lsb in zip(leaf.case_values, leaf.case_lsb, strict=True):
                values = np.where(choice == case, values * (lsb / leaf.lsb), values)
        return values

    def elements(self, name: str) -> tuple[NDArray[Any], Integers]:
        """Values of a repetitive field end to end, and where each record's begin (n + 1,)."""
        leaf = self.leaf(name)
        table = self.table
        kind, size = int(table.node_kind[leaf.node]), int(table.node_size[leaf.node])
        if kind not in (REPETITIVE, REPETITIVE_FX):
            raise KeyError(f"{name} occurs once a record")
        rep_bytes = int(table.node_count[leaf.node])
        anchor = self.anchor(leaf.node)
        row_offset = np.empty(len(self) + 1, np.int64)
        data = self.frames.data
        extract.count_elements(data, anchor, kind, size, rep_bytes, row_offset)
        inside = np.empty(int(row_offset[-1]), np.int64)
        extract.element_anchors(anchor, row_offset, size, rep_bytes, inside)
        return column_at(data, leaf, inside), row_offset


@dataclass(frozen=True, slots=True)
class Records:
    """What a batch of frames holds: records by category and edition, and what was refused."""

    blocks: Blocks
    parts: tuple[CategoryRecords, ...]
    rejections: tuple[Rejection, ...]

    @property
    def categories(self) -> dict[int, CategoryRecords]:
        """Records by category; of several editions of one category the one with most records."""
        ordered = sorted(self.parts, key=len)
        by_category = {part.table.category: part for part in ordered}
        return dict(sorted(by_category.items()))


def find_records(
    frames: Frames,
    editions: Mapping[int, str] | Editions | None = None,
    wanted: Mapping[int, Collection[str]] | None = None,
) -> Records:
    """Walk all blocks and records of a batch.

    Parameters
    ----------
    frames
        A batch of format ``asterix``.
    editions
        Edition by category, or :class:`Editions` by sensor too, where it is not to be the latest.
    wanted
        Field names by category that will be asked for; None: all fields of all categories.
        Records of other categories are then walked for their data source only.

    Raises
    ------
    UnknownEdition
        If ``editions`` names one that is not defined.
    """
    chosen = Editions.of(editions)
    chosen.check()
    blocks = find_blocks(frames)
    refused = block_refusals(frames, blocks.frame, blocks.offset, blocks.category, blocks.status)
    parts: list[CategoryRecords] = []
    for category in np.unique(blocks.category[blocks.status == walk.OK]).tolist():
        own = np.flatnonzero((blocks.category == category) & (blocks.status == walk.OK))
        names = None if wanted is None else wanted.get(category, ())
        for edition, rows in chosen.groups(category, _sources(frames, blocks, own, chosen)):
            table = definitions.table(category, edition)
            of_edition = own[rows] if chosen.concern(category) else own
            records, rejections = _walk_category(frames, blocks, of_edition, table, names)
            parts.append(records)
            refused += rejections
    return Records(blocks, tuple(parts), tuple(refused))


def _sources(frames: Frames, blocks: Blocks, own: Integers, chosen: Editions) -> Integers | None:
    """Data source of each block of a category, None where it makes no difference."""
    if len(own) == 0 or not chosen.concern(int(blocks.category[own[0]])):
        return None
    return block_sources(frames, np.stack((blocks.offset[own], blocks.length[own]), axis=1))


def _rows(table: CategoryTable, names: Collection[str] | None) -> Integers:
    """Row of ``slots`` per node: all nodes, or those that carry the wanted fields."""
    count = len(table.node_kind)
    if names is None:
        return np.arange(count)
    row = np.full(count, -1, np.int64)
    nodes = {table.leaves[name].node for name in names if name in table.leaves}
    nodes.add(int(table.child[table.uap_first[0]]))
    for number, node in enumerate(sorted(nodes)):
        row[node] = number
    return row


def _walk_category(
    frames: Frames,
    blocks: Blocks,
    own: Integers,
    table: CategoryTable,
    names: Collection[str] | None,
) -> tuple[CategoryRecords, list[Rejection]]:
    offset, length = blocks.offset[own], blocks.length[own]
    row = _rows(table, names)
    nodes, child, uap, selector = table.walk_arrays(row)
    rows = int(row.max()) + 1
    fault = [np.empty(len(own), np.int64) for _ in range(5)]
    state = np.zeros(3, np.int64)
    # a first guess of 24 bytes a record; doubled, it ends, for a block has fewer records than bytes
    capacity = int(length.sum()) // 24 + 16
    record = [np.empty(0, np.int64) for _ in range(3)]
    slots = np.empty((rows, 0), np.int32)
    while state[0] < len(own):
        record = [_grown(column, capacity) for column in record]
        slots = _grown_rows(slots, capacity)
        walk.walk_blocks(
            frames.data,
            offset,
            length,
            nodes,
            child,
            uap,
            selector,
            slots,
            record[0],
            record[1],
            record[2],
            fault[0],
            fault[1],
            fault[2],
            fault[3],
            fault[4],
            state,
        )
        capacity = capacity * 2
    count, faults = int(state[1]), int(state[2])
    block = own[record[0][:count]]
    found = CategoryRecords(
        table,
        frames,
        block,
        blocks.frame[block],
        record[1][:count].copy(),
        record[2][:count].copy(),
        row,
        np.ascontiguousarray(slots[:, :count]),
    )
    faulty = [column[:faults] for column in fault]
    return found, record_refusals(frames, table, blocks.frame[own[faulty[0]]], *faulty[1:])


def _grown(column: Integers, capacity: int) -> Integers:
    grown = np.empty(capacity, np.int64)
    grown[: len(column)] = column
    return grown


def _grown_rows(slots: NDArray[np.int32], capacity: int) -> NDArray[np.int32]:
    grown = np.full((slots.shape[0], capacity), -1, np.int32)
    grown[:, : slots.shape[1]] = slots
    return grown
