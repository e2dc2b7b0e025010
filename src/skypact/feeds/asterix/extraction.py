"""One field of many records into a column: the checked API over ``kernels.asterix_extract``.

In: bytes, a :class:`~skypact.feeds.asterix.table.Leaf`, and the byte each record's node begins
at (-1 where absent). Out: an array in the type the field's content asks for.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from skypact.feeds.asterix.columns import NO_SIGNED
from skypact.feeds.asterix.table import Leaf
from skypact.kernels import asterix_extract as extract

Bytes = NDArray[np.uint8]
Integers = NDArray[np.int64]


def floats_at(data: Bytes, leaf: Leaf, anchor: Integers) -> NDArray[np.float64]:
    """Quantities in the standard's unit, NaN where absent, float64, shape (n,)."""
    out = np.empty(len(anchor))
    extract.extract_floats(data, anchor, leaf.bit, leaf.width, int(leaf.signed), leaf.lsb, out)
    return out


def integers_at(data: Bytes, leaf: Leaf, anchor: Integers, none: int) -> Integers:
    """Integers as sent, ``none`` where absent, int64, shape (n,)."""
    out = np.empty(len(anchor), np.int64)
    extract.extract_integers(data, anchor, leaf.bit, leaf.width, int(leaf.signed), none, out)
    return out


def text_at(data: Bytes, leaf: Leaf, anchor: Integers) -> NDArray[np.bytes_]:
    """ASCII without trailing blanks, empty where absent, ``S``, shape (n,)."""
    per_character = 6 if leaf.kind == "icao" else 8
    characters = leaf.width // per_character
    out = np.empty((len(anchor), characters), np.uint8)
    extract.extract_text(data, anchor, leaf.bit, per_character, out)
    return out.view(f"S{characters}").reshape(len(anchor))


def column_at(data: Bytes, leaf: Leaf, anchor: Integers) -> NDArray[Any]:
    """Column in the type of the field's content; signed integers have ``NO_SIGNED`` for none."""
    if leaf.kind == "quantity":
        return floats_at(data, leaf, anchor)
    if leaf.kind in ("ascii", "icao"):
        return text_at(data, leaf, anchor)
    if leaf.kind == "bytes":
        wide = np.empty((len(anchor), leaf.width // 8), np.uint8)
        shifted = np.where(anchor >= 0, anchor + leaf.bit // 8, -1)
        extract.extract_bytes(data, shifted, wide)
        return wide.view(f"V{leaf.width // 8}").reshape(len(anchor))
    return integers_at(data, leaf, anchor, NO_SIGNED if leaf.signed else -1)
