"""The Merkle tree of RFC 6962, section 2.1 (unchanged in RFC 9162, section 2.1.1).

In: hashes of leaves. Out: roots, subtree roots, and a :class:`Frontier`, which is all of a tree
that must be kept to append to it. A leaf is hashed behind 0x00, an inner node behind 0x01.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256

EMPTY_ROOT = sha256().digest()


def leaf_hash(entry: bytes) -> bytes:
    """Hash of one entry: SHA-256(0x00 || entry)."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of two subtrees: SHA-256(0x01 || left || right)."""
    return sha256(b"\x01" + left + right).digest()


def levels_of(leaves: list[bytes]) -> list[list[bytes]]:
    """Every whole subtree over these leaves: ``levels[h][k]`` covers leaves k * 2**h onward.

    Only whole subtrees are there: level h has ``len(leaves) >> h`` hashes.
    """
    levels = [leaves]
    while len(levels[-1]) > 1:
        pairs = iter(levels[-1])
        # zip stops before an unpaired last one; the comprehension is what makes it fast.
        levels.append([sha256(b"\x01" + a + b).digest() for a, b in zip(pairs, pairs)])  # noqa: B905
    return levels


def peaks_at(levels: list[list[bytes]], size: int) -> list[tuple[int, bytes]]:
    """Height and root of the whole subtrees that the first ``size`` leaves split into.

    Highest first, as the binary digits of ``size`` say.
    """
    peaks, done = [], 0
    for height in range(size.bit_length() - 1, -1, -1):
        if size >> height & 1:
            peaks.append((height, levels[height][done >> height]))
            done += 1 << height
    return peaks


class Frontier:
    """A tree as its peaks: the whole subtrees its leaves split into, highest first.

    Parameters
    ----------
    peaks
        Height and root of each, with falling heights.
    """

    def __init__(self, peaks: Iterable[tuple[int, bytes]] = ()) -> None:
        self._peaks = list(peaks)

    @property
    def size(self) -> int:
        """Number of leaves."""
        return sum(1 << height for height, _ in self._peaks)

    def below(self, height: int) -> Frontier:
        """The peaks lower than ``height`` alone: the tree of the last, unfilled run of leaves."""
        return Frontier(peak for peak in self._peaks if peak[0] < height)

    def push(self, root: bytes, height: int = 0) -> None:
        """Append a leaf's hash, or the root of a whole subtree of ``2**height`` leaves.

        Raises
        ------
        ValueError
            If a lower peak stands in the way: the tree would not be RFC 6962's.
        """
        if self._peaks and self._peaks[-1][0] < height:
            raise ValueError("a subtree goes only where its size divides the tree's")
        while self._peaks and self._peaks[-1][0] == height:
            root = node_hash(self._peaks.pop()[1], root)
            height += 1
        self._peaks.append((height, root))

    def push_all(self, leaves: Iterable[bytes]) -> None:
        """Append leaves by their hashes."""
        for leaf in leaves:
            self.push(leaf)

    def root(self) -> bytes:
        """The tree's root; of no leaves, the hash of nothing."""
        if not self._peaks:
            return EMPTY_ROOT
        root = self._peaks[-1][1]
        for _, left in reversed(self._peaks[:-1]):
            root = node_hash(left, root)
        return root
