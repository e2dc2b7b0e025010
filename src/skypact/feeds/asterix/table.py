"""What a compiled category looks like: nodes to walk, leaves to extract.

A *node* is a piece of a record that starts on a byte: an item, a sub-item of a compound, a
part of an extended item. A *leaf* is a field of known bits inside a node. Kernels see the
arrays only; names, units and titles stay here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

FIXED, EXTENDED, REPETITIVE, REPETITIVE_FX, COMPOUND, EXPLICIT, EXPANSION, RANDOM = range(8)
"""Kinds of node, as in ``kernels.asterix_walk``."""

FLOAT_KINDS = ("quantity",)
TEXT_KINDS = ("ascii", "icao")
INTEGER_KINDS = ("integer", "table", "raw", "octal", "bds")
"""Kinds of content; ``bytes`` (wider than 64 bits) is the remaining one."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """One field of the standard.

    Parameters
    ----------
    name
        Path from the item, e.g. ``I048/040/RHO``.
    node
        Index of the node that carries it.
    bit, width
        Bits from the node's first bit (repetitive: from the element's), and how many.
    kind
        ``quantity`` (scaled), ``integer``, ``table``, ``raw``, ``octal``, ``bds`` (codes),
        ``ascii``, ``icao`` (text), ``bytes``.
    signed
        Two's complement.
    lsb, unit
        Weight of the last bit and the standard's unit (``NM``, ``°``, ``s``, ``FL`` ...).
    element_bits
        Size of one element of a repetitive node, 0 where the leaf occurs once a record.
    depends_on, case_values, case_lsb
        For the few contents whose weight depends on another leaf: its name, its values and
        the weights they choose.
    title
        The standard's words.
    """

    name: str
    node: int
    bit: int
    width: int
    kind: str
    signed: bool
    lsb: float
    unit: str
    element_bits: int
    title: str
    depends_on: str = ""
    case_values: tuple[int, ...] = ()
    case_lsb: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class CategoryTable:
    """Index tables of one category and edition.

    Parameters
    ----------
    category, edition
        Such as 48 and ``"1.32"``.
    node_kind, node_size, node_first, node_count
        int64, shape (nodes,); size in bytes (fixed, element, FSPEC limit), children as a
        stretch of ``child``; a repetitive node's count is the bytes of its REP field.
    child
        Node indices, -1 for a spare bit; int64.
    uap_first, uap_count
        Stretch of ``child`` per user application profile, int64, shape (profiles,).
    selector
        Node, bit and width of the field that chooses the profile, node -1 for none; int64 (3,).
    selector_uap
        Profile by value of that field, int64.
    node_name
        Name of each node, for messages.
    leaves
        By name.
    """

    category: int
    edition: str
    node_kind: NDArray[np.int64]
    node_size: NDArray[np.int64]
    node_first: NDArray[np.int64]
    node_count: NDArray[np.int64]
    child: NDArray[np.int64]
    uap_first: NDArray[np.int64]
    uap_count: NDArray[np.int64]
    selector: NDArray[np.int64]
    selector_uap: NDArray[np.int64]
    node_name: tuple[str, ...]
    leaves: Mapping[str, Leaf]

    def walk_arrays(
        self, row: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """``nodes``, ``child``, ``uap`` and ``selector`` as ``kernels.asterix_walk`` takes them."""
        kinds = (self.node_kind, self.node_size, self.node_first, self.node_count, row)
        nodes = np.ascontiguousarray(np.stack(kinds, axis=1))
        uap = np.ascontiguousarray(np.stack((self.uap_first, self.uap_count), axis=1))
        return nodes, self.child, uap, np.concatenate((self.selector, self.selector_uap))


def table_from_json(content: Mapping[str, Any]) -> CategoryTable:
    """Build the table from what the compiler wrote."""
    leaves = [Leaf(**{**leaf, "signed": bool(leaf["signed"])}) for leaf in content["leaves"]]
    arrays = {
        name: np.array(content[name], dtype=np.int64)
        for name in (
            "node_kind",
            "node_size",
            "node_first",
            "node_count",
            "child",
            "uap_first",
            "uap_count",
            "selector",
            "selector_uap",
        )
    }
    return CategoryTable(
        category=content["category"],
        edition=content["edition"],
        node_name=tuple(content["node_name"]),
        leaves={leaf.name: leaf for leaf in leaves},
        **arrays,
    )
