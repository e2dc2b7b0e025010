"""A byte stream cut into frames anywhere, put together again: for feeds that keep a rest.

In: :class:`~skypact.model.frames.Frames`. Out: the bytes that are not yet read, with the way back
from a place in them to the source's offset and the time of reception.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skypact.model.frames import Frames


@dataclass(frozen=True, slots=True)
class Stretch:
    """Bytes kept from before and those of new frames, end to end.

    Parameters
    ----------
    data
        The bytes.
    source
        Where they came from.
    held, held_position
        How many were kept from before, and where those began in the source.
    ends, position, received_ns
        Of each frame: where it ends in ``data``, where it began in the source, when it came.
    length
        Bytes of each frame.
    """

    data: bytes
    source: str
    held: int
    held_position: int
    ends: NDArray[np.int64]
    length: NDArray[np.int64]
    position: NDArray[np.int64]
    received_ns: NDArray[np.int64]

    def _frame(self, at: int) -> int:
        return min(int(np.searchsorted(self.ends, at, side="right")), len(self.ends) - 1)

    def position_of(self, at: int) -> int:
        """Byte offset in the source of place ``at``."""
        if at < self.held or not len(self.ends):
            return self.held_position + at
        frame = self._frame(at)
        return int(self.position[frame] + at - (self.ends[frame] - self.length[frame]))

    def received_of(self, end: int) -> int:
        """Reception time (ns, -1 none) of the frame that holds the byte before ``end``."""
        return int(self.received_ns[self._frame(end - 1)]) if len(self.ends) else -1


class ByteStream:
    """Joins frames to what was kept of those before."""

    def __init__(self) -> None:
        self._rest = b""
        self._rest_position = 0

    @property
    def unfinished_bytes(self) -> int:
        """Bytes of a message that has not ended yet."""
        return len(self._rest)

    def join(self, frames: Frames) -> Stretch:
        """The kept rest and the frames' bytes."""
        raw = frames.data.tobytes()
        parts = [self._rest]
        for first, size in zip(frames.offset.tolist(), frames.length.tolist(), strict=True):
            parts.append(raw[first : first + size])
        held = len(self._rest)
        return Stretch(
            b"".join(parts),
            frames.source,
            held,
            self._rest_position,
            held + np.cumsum(frames.length),
            frames.length,
            frames.position,
            frames.received_ns,
        )

    def keep(self, stretch: Stretch, at: int) -> None:
        """Keep what follows place ``at`` for the next frames."""
        self._rest_position = stretch.position_of(at)
        self._rest = stretch.data[at:]
