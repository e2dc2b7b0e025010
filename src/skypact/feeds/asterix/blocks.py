"""Frames to data blocks: where each begins, what category it has, who sent it.

Document: EUROCONTROL SUR.ET1.ST05.2000-STD, part 1, section 4.2: CAT, LEN, records.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skypact.feeds.asterix import definitions
from skypact.kernels import asterix_extract as extract
from skypact.kernels import asterix_walk as walk
from skypact.model.frames import Frames

Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Blocks:
    """Data blocks of one batch of frames; int64 arrays of shape (blocks,)."""

    frame: Integers
    offset: Integers
    length: Integers
    category: Integers
    status: Integers


def find_blocks(frames: Frames) -> Blocks:
    """Data blocks of a batch, sound and not, in the order of the bytes."""
    known = np.zeros(256, np.uint8)
    known[list(definitions.editions())] = 1
    capacity = int(frames.length.sum()) // 3 + len(frames)
    frame, offset, length, category, status = (np.empty(capacity, np.int64) for _ in range(5))
    count = walk.split_blocks(
        frames.data, frames.offset, frames.length, known, frame, offset, length, category, status
    )
    return Blocks(*(a[:count].copy() for a in (frame, offset, length, category, status)))


def block_sources(frames: Frames, blocks: Integers) -> Integers:
    """SAC * 256 + SIC of the first record of each block, -1 where it has none.

    Parameters
    ----------
    blocks
        Offset in ``frames.data`` and length of each block, int64, shape (blocks, 2).
    """
    source = np.empty(len(blocks), np.int64)
    offset, length = np.ascontiguousarray(blocks[:, 0]), np.ascontiguousarray(blocks[:, 1])
    extract.block_sources(frames.data, offset, length, source)
    return source
