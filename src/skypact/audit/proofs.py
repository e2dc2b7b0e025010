"""Inclusion and consistency proofs: RFC 6962, sections 2.1.1 and 2.1.2.

In: a function that gives the root of any aligned run of leaves. Out: paths, and their check by
the algorithms of RFC 9162, sections 2.1.3.2 and 2.1.4.2, which need no tree.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from skypact.audit.merkle import EMPTY_ROOT, node_hash

RootOf = Callable[[int, int], bytes]
"""Root of the leaves from the first number up to, not including, the second."""

LONGEST_PROOF = 64
"""Hashes in a proof over 2**63 records; longer ones are refused unread."""


def split(count: int) -> int:
    """The largest power of two below ``count`` (RFC 6962's k)."""
    return 1 << (count - 1).bit_length() - 1


def inclusion_path(index: int, size: int, root_of: RootOf) -> list[bytes]:
    """PATH(m, D[n]): what proves that record ``index`` is in the tree of ``size`` records."""
    if not 0 <= index < size:
        raise ValueError(f"no record {index} among {size}")
    path: list[bytes] = []
    begin, end = 0, size
    while end - begin > 1:
        middle = begin + split(end - begin)
        if index < middle:
            path.append(root_of(middle, end))
            end = middle
        else:
            path.append(root_of(begin, middle))
            begin = middle
    return path[::-1]


def consistency_path(old: int, new: int, root_of: RootOf) -> list[bytes]:
    """PROOF(m, D[n]): what proves that the tree of ``old`` records begins that of ``new``."""
    if not 0 <= old <= new:
        raise ValueError(f"a tree of {new} records does not begin with one of {old}")
    path: list[bytes] = []
    if old in (0, new):
        return path
    begin, end, whole = 0, new, True
    while old != end:
        middle = begin + split(end - begin)
        if old <= middle:
            path.append(root_of(middle, end))
            end = middle
        else:
            path.append(root_of(begin, middle))
            begin, whole = middle, False
    if not whole:
        path.append(root_of(begin, end))
    return path[::-1]


def included(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Whether ``path`` proves the leaf (its hash) to be number ``index`` under ``root``."""
    if not 0 <= index < size or len(path) > LONGEST_PROOF:
        return False
    place, last, found = index, size - 1, leaf
    for step in path:
        if last == 0:
            return False
        if place & 1 or place == last:
            found = node_hash(step, found)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            found = node_hash(found, step)
        place, last = place >> 1, last >> 1
    return last == 0 and found == root


def consistent(old: int, new: int, old_root: bytes, new_root: bytes, path: Sequence[bytes]) -> bool:
    """Whether ``path`` proves that the old tree is the beginning of the new one."""
    if not 0 <= old <= new or len(path) > LONGEST_PROOF:
        return False
    if old == new:
        return old_root == new_root and not path
    if old == 0:
        return old_root == EMPTY_ROOT and not path
    if not path:
        return False
    steps = [old_root, *path] if old & (old - 1) == 0 else list(path)
    place, last = old - 1, new - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    before = after = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            before, after = node_hash(step, before), node_hash(step, after)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            after = node_hash(after, step)
        place, last = place >> 1, last >> 1
    return last == 0 and before == old_root and after == new_root
