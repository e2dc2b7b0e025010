"""Records that a second network brings again are found, whichever reader sees them.

In: hashes of records with their times of reception. Out: which are copies. The memory holds the
records of about the last second; readers of one node may share it, so that the two networks of
one sensor on two sockets are told apart by time of reception.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from skypact.kernels import asterix_stream as stream

Integers = NDArray[np.int64]
SEEN_SLOTS = 1 << 16
"""Records remembered: more than any link brings in a second."""


class Copies:
    """Memory of the records that came lately.

    Parameters
    ----------
    slots
        Records remembered, a power of two. More than that within a second let copies through
        rather than lose originals.
    """

    def __init__(self, slots: int = SEEN_SLOTS) -> None:
        self._seen = np.zeros(slots, np.uint64)
        self._seen_ns = np.full(slots, -(1 << 62), np.int64)

    def find(self, hashes: NDArray[np.uint64], received_ns: Integers) -> NDArray[np.bool_]:
        """Whether each record came before within a second; the records are then remembered.

        Parameters
        ----------
        hashes
            Of each record's bytes, uint64, shape (records,).
        received_ns
            Reception times, int64 UTC nanoseconds, shape (records,).
        """
        copy = np.empty(len(hashes), np.uint8)
        stream.find_copies(hashes, received_ns, self._seen, self._seen_ns, copy)
        return copy.view(np.bool_)

    def find_together(
        self, hashes: list[NDArray[np.uint64]], received_ns: list[Integers]
    ) -> list[NDArray[np.bool_]]:
        """The same for several readers at once: of records alike the first received is kept.

        Records received at the same time are taken in the order of the readers.
        """
        if len(hashes) == 1:
            return [self.find(hashes[0], received_ns[0])]
        received = np.concatenate(received_ns)
        order = np.argsort(received, kind="stable")
        copy = np.empty(len(order), np.bool_)
        copy[order] = self.find(
            np.ascontiguousarray(np.concatenate(hashes)[order]),
            np.ascontiguousarray(received[order]),
        )
        return np.split(copy, np.cumsum([len(part) for part in hashes])[:-1])
