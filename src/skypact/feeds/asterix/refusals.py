"""What was refused, in plain words: status codes of the walk to merged rejections."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from skypact.feeds.asterix.table import CategoryTable
from skypact.kernels import asterix_walk as walk
from skypact.model.errors import Rejection
from skypact.model.frames import Frames

Integers = NDArray[np.int64]

REASONS = {
    walk.UNKNOWN_CATEGORY: ("UnknownEdition", "data block of category {category:03d}, not defined"),
    walk.TRUNCATED_HEADER: ("TruncatedBlock", "fewer than the 3 bytes of a data block's header"),
    walk.BAD_LENGTH: (
        "MalformedRecord",
        "data block of category {category:03d} announces no records",
    ),
    walk.TRUNCATED_BLOCK: (
        "TruncatedBlock",
        "data block of category {category:03d} announces more bytes than its frame has",
    ),
    walk.FSPEC_PAST_END: ("MalformedRecord", "{item} field specification runs past the block"),
    walk.FSPEC_EMPTY: ("MalformedRecord", "{item} record without items"),
    walk.SPARE_ITEM: ("MalformedRecord", "{item} presence bit set for an item that is not defined"),
    walk.ITEM_PAST_END: ("MalformedRecord", "{item} runs past the end of its block"),
    walk.BAD_EXTENSION: ("MalformedRecord", "{item} is extended beyond its definition"),
    walk.BAD_EXPLICIT: ("MalformedRecord", "{item} announces a length of zero"),
    walk.BAD_RANDOM: ("MalformedRecord", "{item} names an item that is not defined"),
}
"""Name of the error and its words, by status of ``kernels.asterix_walk``."""


def source_name(source: int) -> str:
    """``SAC 25 SIC 11`` for SAC * 256 + SIC, empty for none."""
    return f"SAC {source >> 8} SIC {source & 255}" if source >= 0 else ""


def block_refusals(
    frames: Frames, frame: Integers, offset: Integers, category: Integers, status: Integers
) -> list[Rejection]:
    """Rejections of data blocks, one per status and category."""
    bad = np.flatnonzero(status != walk.OK)
    if len(bad) == 0:
        return []
    keys = status[bad] * 256 + category[bad]
    refused = []
    _, first, count = np.unique(keys, return_index=True, return_counts=True)
    for row, times in sorted(zip(bad[first].tolist(), count.tolist(), strict=True)):
        reason, words = REASONS[int(status[row])]
        detail = words.format(category=int(category[row]))
        refused.append(_rejection(frames, reason, "", frame[row], offset[row], detail, times))
    return refused


def record_refusals(
    frames: Frames,
    table: CategoryTable,
    frame: Integers,
    offset: Integers,
    status: Integers,
    node: Integers,
    source: Integers,
) -> list[Rejection]:
    """Rejections of records with the rest of their blocks, one per status, item and sensor."""
    if len(frame) == 0:
        return []
    keys = np.stack([source, status, node])
    _, first, count = np.unique(keys, axis=1, return_index=True, return_counts=True)
    refused = []
    for row, times in sorted(zip(first.tolist(), count.tolist(), strict=True)):
        reason, words = REASONS[int(status[row])]
        at = int(node[row])
        item = table.node_name[at] if at >= 0 else f"category {table.category:03d}:"
        detail = f"{words.format(item=item)}; the rest of the block is left out"
        sensor = source_name(int(source[row]))
        refused.append(_rejection(frames, reason, sensor, frame[row], offset[row], detail, times))
    return refused


def _rejection(
    frames: Frames, reason: str, sensor: str, frame: int, offset: int, detail: str, count: int
) -> Rejection:
    position = int(frames.position[frame] + offset - frames.offset[frame])
    received = int(frames.received_ns[frame])
    return Rejection(reason, frames.source, sensor, position, received, detail, count)
