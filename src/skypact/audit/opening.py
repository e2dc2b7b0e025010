"""Opens a log that is there: what is whole, what a crash left unfinished, what was changed.

In: a folder. Out: an :class:`Opened`, all that is needed to append. Only the last segment is read;
the ones before stand by their seals, which the signed heads vouch for together.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from skypact.audit.errors import AuditDamaged
from skypact.audit.heads import StoredHead, head_holds
from skypact.audit.merkle import Frontier
from skypact.audit.record import FIRST_PREVIOUS, SLOT_BYTES, is_whole
from skypact.audit.segments import TIME_AT, SegmentFolder, segment_name, whole_tail

REMEDY = "skypact audit verify says what was changed; keep this folder and begin a new one"


@dataclass(slots=True)
class Opened:
    """A log as far as it is whole.

    Parameters
    ----------
    frontier
        The tree over its records.
    previous
        Leaf hash of the last.
    sealed
        Records in segments that have their seal.
    headed
        Size of the newest stored head.
    last
        First record of the last segment, -1 of an empty log.
    heads_bytes
        Bytes of whole lines in the last segment's heads file.
    left_bytes
        Bytes behind the last whole record: a write that a crash interrupted.
    time_ns
        Time of the last record or head, 0 of an empty log.
    """

    frontier: Frontier = field(default_factory=Frontier)
    previous: bytes = FIRST_PREVIOUS
    sealed: int = 0
    headed: int = 0
    last: int = -1
    heads_bytes: int = 0
    left_bytes: int = 0
    time_ns: int = 0


def look_at(files: SegmentFolder, key: Ed25519PublicKey) -> Opened:
    """Find what is whole; nothing is written.

    Raises
    ------
    AuditDamaged
        If what was durable is changed or missing, or the log is another key's.
    """
    firsts = files.firsts()
    opened = Opened()
    if not firsts:
        return opened
    opened.last = firsts[-1]
    for first in firsts[:-1]:
        opened.frontier.push(files.sealed_root(first), files.height)
    opened.sealed = opened.last
    heads: list[StoredHead] = []
    if opened.last:
        before = opened.last - files.segment_records
        opened.previous = _last_leaf(files, before)
        heads = files.heads_of(before)[0][-1:]
    data = files.bytes_of(opened.last)
    where = str(files.folder / segment_name(opened.last))
    tail = whole_tail(data, opened.last, opened.previous, where)
    own_heads, opened.heads_bytes = files.heads_of(opened.last)
    heads = own_heads or heads
    roots = _grow(opened, tail.leaves, {one.head.size for one in heads})
    for one in heads:
        _check(one, roots, opened.frontier.size, key, str(files.folder))
    if heads:
        opened.headed = heads[-1].head.size
        opened.time_ns = max(one.head.time_ns for one in heads)
    last = data[: len(tail.leaves) * SLOT_BYTES][-SLOT_BYTES:]
    if not last and opened.last:
        last = files.slot(opened.last - 1)
    recorded_ns = int.from_bytes(last[TIME_AT : TIME_AT + 8], "little", signed=True)
    opened.time_ns = max(opened.time_ns, recorded_ns)
    if own_heads and own_heads[-1].segment_root is not None:
        opened.sealed += files.segment_records
    opened.left_bytes = tail.left_bytes
    return opened


def _last_leaf(files: SegmentFolder, first: int) -> bytes:
    """Leaf hash of a full segment's last record."""
    data = files.bytes_of(first)
    last = data[-SLOT_BYTES:]
    if len(data) != files.segment_records * SLOT_BYTES or not is_whole(last):
        raise AuditDamaged(
            "the file does not end with its last record",
            where=str(files.folder / segment_name(first)),
            remedy=REMEDY,
        )
    return sha256(last).digest()


def _grow(opened: Opened, leaves: list[bytes], sizes: set[int]) -> dict[int, bytes]:
    """Append leaves to the frontier; the root at each of the sizes that is passed."""
    roots = {}
    if opened.frontier.size in sizes:
        roots[opened.frontier.size] = opened.frontier.root()
    for size, leaf in enumerate(leaves, start=opened.frontier.size + 1):
        opened.frontier.push(leaf)
        if size in sizes:
            roots[size] = opened.frontier.root()
    if leaves:
        opened.previous = leaves[-1]
    return roots


def _check(
    one: StoredHead, roots: dict[int, bytes], size: int, key: Ed25519PublicKey, where: str
) -> None:
    head = one.head
    if not head_holds(head, key):
        raise AuditDamaged(
            f"the head of {head.size} records is not signed with this node's audit key",
            where=where,
            remedy="A log belongs to one key: begin a new folder for a new key",
        )
    if head.size > size:
        raise AuditDamaged(
            f"records {size} to {head.size - 1} were signed for and are gone",
            where=where,
            remedy=REMEDY,
        )
    if head.root != roots.get(head.size):
        raise AuditDamaged(
            f"the first {head.size} records are not those that were signed for",
            where=where,
            remedy=REMEDY,
        )
