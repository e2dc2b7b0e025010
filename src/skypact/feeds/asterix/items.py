"""Every item of every record as columns: the complete decode.

In: :class:`~skypact.model.frames.Frames` of format ``asterix``. Out: :class:`ItemsBatch`, one
table per category, columns named and scaled as in the standard. Fields that no record has are
left out; :meth:`CategoryItems.leaf` tells unit and title of the others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skypact.feeds.asterix.editions import Editions
from skypact.feeds.asterix.records import CategoryRecords, find_records
from skypact.feeds.asterix.table import EXPANSION, EXPLICIT, Leaf
from skypact.feeds.rejections import few
from skypact.kernels import asterix_extract as extract
from skypact.model.errors import Rejection
from skypact.model.frames import Frames

Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class CategoryItems:
    """All fields of one category's records; arrays of shape (records,) unless said.

    Parameters
    ----------
    category, edition
        As decoded with.
    frame
        Index of each record's frame, int64.
    position
        Byte offset of each record in its file or stream, int64.
    length
        Bytes of each record, int64.
    received_ns
        Reception time of its frame, int64 UTC nanoseconds, -1 where none.
    columns
        By field name. Quantities: float64 in the standard's unit, NaN where absent. Codes:
        int64, -1 where absent (signed integers: the smallest int64). Text: ``S``, empty where
        absent. Fields wider than 64 bits: ``V``, zeros where absent.
    lists
        Repetitive fields by name: values end to end, and where each record's begin
        (records + 1,).
    explicit
        Fields that the definition leaves to others (RE, SP): offset of the content in
        ``frames.data`` and its length, int64, -1 and 0 where absent.
    """

    category: int
    edition: str
    frame: Integers
    position: Integers
    length: Integers
    received_ns: Integers
    columns: Mapping[str, NDArray[Any]]
    lists: Mapping[str, tuple[NDArray[Any], Integers]]
    explicit: Mapping[str, tuple[Integers, Integers]]
    leaves: Mapping[str, Leaf]

    def __len__(self) -> int:
        return len(self.position)

    def leaf(self, name: str) -> Leaf:
        """Unit, title and place of a field."""
        return self.leaves[name]


@dataclass(frozen=True, slots=True)
class ItemsBatch:
    """Everything a batch of frames says.

    Parameters
    ----------
    tables
        One per category and edition, in the order of the categories.
    rejections
        What was refused, alike pieces merged.
    """

    tables: tuple[CategoryItems, ...]
    rejections: tuple[Rejection, ...]

    @property
    def categories(self) -> dict[int, CategoryItems]:
        """Tables by category; of several editions of one category the one with most records."""
        ordered = sorted(self.tables, key=len)
        return dict(sorted({items.category: items for items in ordered}.items()))

    def __len__(self) -> int:
        return sum(len(items) for items in self.tables)


def decode_items(
    frames: Frames, editions: Mapping[int, str] | Editions | None = None
) -> ItemsBatch:
    """All fields of all records of a batch.

    Parameters
    ----------
    frames
        A batch of format ``asterix``.
    editions
        Edition by category where it is not to be the latest, such as ``{62: "1.18"}``, or
        :class:`~skypact.feeds.asterix.editions.Editions` by sensor too.

    Raises
    ------
    UnknownEdition
        If ``editions`` names one that is not defined.
    """
    found = find_records(frames, editions)
    return ItemsBatch(tuple(map(_items, found.parts)), few(found.rejections))


def _items(records: CategoryRecords) -> CategoryItems:
    table = records.table
    # all nodes were walked for, so a node is its own row
    sent = [bool((row >= 0).any()) for row in records.slots]
    columns: dict[str, NDArray[Any]] = {}
    lists: dict[str, tuple[NDArray[Any], Integers]] = {}
    for name, leaf in table.leaves.items():
        if not sent[leaf.node]:
            continue
        if leaf.element_bits:
            lists[name] = records.elements(name)
        else:
            columns[name] = records.column(name)
    explicit = {
        table.node_name[node]: _explicit(records, node)
        for node in np.flatnonzero(np.isin(table.node_kind, (EXPLICIT, EXPANSION))).tolist()
        if sent[node]
    }
    return CategoryItems(
        table.category,
        table.edition,
        records.frame,
        records.position,
        records.length,
        records.received_ns,
        columns,
        lists,
        explicit,
        table.leaves,
    )


def _explicit(records: CategoryRecords, node: int) -> tuple[Integers, Integers]:
    """Place of an explicit item's content after its length byte."""
    anchor = records.anchor(node)
    announced = np.empty(len(anchor), np.int64)
    extract.extract_integers(records.frames.data, anchor, 0, 8, 0, 1, announced)
    return np.where(anchor >= 0, anchor + 1, -1), announced - 1
