"""Frames: bytes as they came in, cut into pieces, each with its time of reception.

The unit between an edge (socket, file) and the ``feeds`` stage. One :class:`Frames` batch
comes from one source and holds one format; a frame is a UDP payload, an ASTERIX data
block from a file, or a stretch of a byte stream.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

FeedFormat = Literal[
    "asterix",
    "beast",
    "avr",
    "hexcsv",
    "jet1090",
    "sbs",
    "readsb",
    "opensky",
    "sapient",
    "cot",
    "geojson",
    "dis",
]


@dataclass(frozen=True, slots=True)
class Frames:
    """A batch of frames from one source.

    Parameters
    ----------
    format
        What the bytes are: ``"asterix"`` data blocks, a ``"beast"`` stream, text lines such as
        ``"avr"``, ``"sbs"`` or ``"readsb"``, or whole documents such as ``"geojson"``.
    source
        File name or ``udp://address:port`` the bytes came from.
    data
        All bytes, uint8, shape (bytes,), C-contiguous and writable (kernels are compiled for that).
    offset, length
        Where each frame lies in ``data``; int64, shape (frames,).
    position
        Where each frame began in its file or stream; int64, shape (frames,). For messages.
    received_ns
        Time of reception, int64 UTC nanoseconds, shape (frames,), never decreasing;
        -1 where the recording keeps none (the feed then derives it from the content).
    """

    format: FeedFormat
    source: str
    data: NDArray[np.uint8]
    offset: NDArray[np.int64]
    length: NDArray[np.int64]
    position: NDArray[np.int64]
    received_ns: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.offset)

    def part(self, first: int, last: int) -> Frames:
        """Frames ``first`` up to ``last`` (exclusive), sharing the bytes."""
        cut = slice(first, last)
        return Frames(
            self.format,
            self.source,
            self.data,
            self.offset[cut],
            self.length[cut],
            self.position[cut],
            self.received_ns[cut],
        )

    @classmethod
    def from_payloads(
        cls,
        format: FeedFormat,
        source: str,
        payloads: Sequence[bytes],
        received_ns: Sequence[int],
        position: Sequence[int] | None = None,
    ) -> Frames:
        """Join separate payloads, such as the datagrams of one live step."""
        length = np.array([len(payload) for payload in payloads], dtype=np.int64)
        offset = np.zeros(len(payloads), dtype=np.int64)
        np.cumsum(length[:-1], out=offset[1:])
        return cls(
            format,
            source,
            np.frombuffer(bytearray().join(payloads), dtype=np.uint8),
            offset,
            length,
            offset.copy() if position is None else np.array(position, dtype=np.int64),
            np.array(received_ns, dtype=np.int64),
        )
