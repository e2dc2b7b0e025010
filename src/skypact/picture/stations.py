"""Which index and bit stands for which station in one node's picture.

In: station codes. Out: indexes (0 is the node itself) and bits of 64. The last bit stands for
all stations the picture has no index for: two states that both rest on such stations are taken to
share information, which is the safe side.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

MOST_STATIONS = 63
"""Stations with a bit of their own."""

ELSEWHERE = np.uint64(1 << 63)
"""Bit of any station without an index."""


class StationIndex:
    """Indexes of stations, given once and kept.

    Parameters
    ----------
    own
        Code of the node's own station: index 0.
    others
        Known from the beginning, such as those the agreements give number blocks; indexed in
        alphabetical order, so that all nodes of an agreement do alike.
    """

    def __init__(self, own: str, others: Iterable[str]) -> None:
        self.codes: list[str] = [own, *sorted(set(others) - {own})][:MOST_STATIONS]
        self._index = {code: number for number, code in enumerate(self.codes)}

    def known(self, code: str) -> int:
        """Index of a station, -1 if it has none."""
        return self._index.get(code, -1)

    def index(self, code: str) -> int:
        """Index of a station, given to it now if it has none; -1 if all are taken."""
        if code not in self._index and len(self.codes) < MOST_STATIONS:
            self._index[code] = len(self.codes)
            self.codes.append(code)
        return self._index.get(code, -1)

    def rank(self) -> NDArray[np.int64]:
        """Place of each index in the order of codes, the same at every node; (stations,)."""
        order = np.argsort(np.array(self.codes))
        rank = np.empty(len(order), np.int64)
        rank[order] = np.arange(len(order))
        return rank

    def bits(self, bits: NDArray[np.uint64], stations: Sequence[str]) -> NDArray[np.uint64]:
        """Another station's bits in our indexes.

        Parameters
        ----------
        bits
            Bit ``k`` is ``stations[k]``; shape (rows,).
        stations
            Codes, of which at most 64 count.
        """
        ours = np.zeros(len(bits), np.uint64)
        for bit, code in enumerate(stations[:64]):
            index = self.known(code)
            mine = np.uint64(1 << index) if index >= 0 else ELSEWHERE
            ours |= np.where((bits >> np.uint64(bit)) & np.uint64(1), mine, np.uint64(0))
        named = len(stations[:64])
        if named < 64:
            ours |= np.where(bits >> np.uint64(named), ELSEWHERE, np.uint64(0))
        return ours
