"""A byte stream to data blocks: what TCP brings in chunks that end anywhere.

In: frames whose bytes follow each other, each a chunk as it was read. Out: frames that are one
data block each, received when their last byte was. The unfinished block waits for the next call.
"""

from __future__ import annotations

import numpy as np

from skypact.feeds.asterix import definitions
from skypact.kernels import asterix_framing as cut
from skypact.model.errors import Rejection
from skypact.model.frames import Frames


class BlockStream:
    """Cuts one stream; remembers the bytes of the block that has not ended yet."""

    def __init__(self) -> None:
        self._rest = np.empty(0, np.uint8)
        self._position = 0
        self._state = np.zeros(2, np.int64)
        self._known = np.zeros(256, np.uint8)
        self._known[list(definitions.editions())] = 1

    def cut(self, frames: Frames) -> tuple[Frames, tuple[Rejection, ...]]:
        """Data blocks that end in these chunks, and bytes that belong to none."""
        if len(frames) == 0:
            return frames, ()
        chunks = [
            frames.data[o : o + n]
            for o, n in zip(frames.offset.tolist(), frames.length.tolist(), strict=True)
        ]
        data = np.concatenate([self._rest, *chunks])
        size = np.array([len(self._rest), *frames.length.tolist()], np.int64)
        start = np.cumsum(size) - size
        position = np.array([self._position, *frames.position.tolist()], np.int64)
        received = np.array([frames.received_ns[0], *frames.received_ns.tolist()], np.int64)
        offset, length, status = (np.empty(len(data) // 4 + 2, np.int64) for _ in range(3))
        count = cut.split_stream(data, self._known, offset, length, status, self._state)
        offset, length, status = offset[:count], length[:count], status[:count]
        first = np.searchsorted(start, offset, side="right") - 1
        last = np.searchsorted(start, offset + length - 1, side="right") - 1
        places = position[first] + offset - start[first]
        good = status == cut.OK
        blocks = Frames(
            frames.format,
            frames.source,
            data,
            offset[good].copy(),
            length[good].copy(),
            places[good].copy(),
            received[last[good]].copy(),
        )
        lost = np.flatnonzero(~good)
        rejections: tuple[Rejection, ...] = ()
        if len(lost):
            row = int(lost[0])
            detail = f"bytes that follow no data block; {int(length[lost].sum())} are left out"
            when = int(received[last[row]])
            rejections = (
                Rejection(
                    "FramingError", frames.source, "", int(places[row]), when, detail, len(lost)
                ),
            )
        rest = int(self._state[0])
        at = int(np.searchsorted(start, rest, side="right")) - 1
        self._position = int(position[at] + rest - start[at])
        self._rest = data[rest:].copy()
        return blocks, rejections
