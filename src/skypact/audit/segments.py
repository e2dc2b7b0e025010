"""The folder of a log: segments of records, and beside each the heads signed while it grew.

In: a folder through the disk seam. Out: whole records with their hashes, and the root of any
aligned run of them. ``0000000000065536.audit`` holds the records from number 65536;
``0000000000065536.heads`` holds a JSON line per signed head.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from skypact.audit.errors import AuditDamaged
from skypact.audit.heads import StoredHead, stored_heads
from skypact.audit.merkle import Frontier, levels_of
from skypact.audit.proofs import split
from skypact.audit.record import BEGINS_WRITE, SLOT, SLOT_BYTES, is_whole
from skypact.model.disk import Disk

SEGMENT_RECORDS = 65_536
"""A whole subtree of height 16, 8 MiB: a proof reads two of them, about 0.1 s."""

FLAGS_AT = SLOT.fields["flags"][1]  # type: ignore[index]
PREVIOUS_AT = SLOT.fields["previous"][1]  # type: ignore[index]
TIME_AT = SLOT.fields["time_ns"][1]  # type: ignore[index]
NUMBER_AT = SLOT.fields["number"][1]  # type: ignore[index]


def segment_name(first: int) -> str:
    """File name of the segment whose first record has this number."""
    return f"{first:016d}.audit"


def heads_name(first: int) -> str:
    """File name of the heads signed while that segment grew."""
    return f"{first:016d}.heads"


def segment_firsts(names: list[str], suffix: str = ".audit") -> list[int]:
    """First numbers of the segments (or, by suffix, of their heads) among file names, in order."""
    stems = [name.removesuffix(suffix) for name in names if name.endswith(suffix)]
    return sorted(int(stem) for stem in stems if stem.isdigit() and len(stem) == 16)


def slots_of(data: bytes) -> list[bytes]:
    """The whole slots of a segment's bytes."""
    end = len(data) - len(data) % SLOT_BYTES
    return [data[at : at + SLOT_BYTES] for at in range(0, end, SLOT_BYTES)]


def follows(slot: bytes, number: int, previous: bytes) -> bool:
    """Whether a slot is whole and stands where it belongs."""
    return (
        is_whole(slot)
        and int.from_bytes(slot[NUMBER_AT : NUMBER_AT + 8], "little") == number
        and slot[PREVIOUS_AT : PREVIOUS_AT + 32] == previous
    )


def begins_write(slot: bytes) -> bool:
    """Whether what stood before this record was durable when it was written."""
    return bool(slot[FLAGS_AT] & BEGINS_WRITE)


@dataclass(frozen=True, slots=True)
class Tail:
    """What is whole at the end of a log.

    Parameters
    ----------
    leaves
        Hashes of the whole records of the segment.
    left_bytes
        Bytes after them: a write that a crash interrupted.
    """

    leaves: list[bytes]
    left_bytes: int


def whole_tail(data: bytes, first: int, previous: bytes, where: str) -> Tail:
    """Tell a write that was interrupted from damage to what was durable.

    A record that begins a write was written after all before it was durable. So where such a
    record stands behind one that is not whole, the broken one was durable once: that is damage.
    So is a whole record that does not follow the one before it: no crash makes one.

    Raises
    ------
    AuditDamaged
        With the number and byte place of the first record that is not what was written.
    """
    slots = slots_of(data)
    leaves: list[bytes] = []
    for index, slot in enumerate(slots):
        if not follows(slot, first + index, previous):
            later = slots[index + 1 :]
            if is_whole(slot) or any(is_whole(one) and begins_write(one) for one in later):
                raise AuditDamaged(
                    f"record {first + index} is not what was written",
                    where=f"{where}, byte {index * SLOT_BYTES}",
                    remedy="skypact audit verify says what was changed; keep the folder as it is"
                    " and begin a new one",
                )
            break
        previous = sha256(slot).digest()
        leaves.append(previous)
    return Tail(leaves, len(data) - len(leaves) * SLOT_BYTES)


class SegmentFolder:
    """Reads a log's folder.

    Parameters
    ----------
    disk, folder
        Where it lies.
    segment_records
        Records in a full segment, a power of two.
    """

    def __init__(self, disk: Disk, folder: Path, segment_records: int = SEGMENT_RECORDS) -> None:
        if segment_records < 1 or segment_records & segment_records - 1:
            raise ValueError("a segment holds a power of two of records")
        self.disk = disk
        self.folder = folder
        self.segment_records = segment_records
        self._roots: dict[int, bytes] = {}  # of full segments, by first number
        self._read: dict[int, list[list[bytes]]] = {}  # levels of the last two segments used

    @property
    def height(self) -> int:
        """Height of a full segment's subtree."""
        return self.segment_records.bit_length() - 1

    def firsts(self) -> list[int]:
        """First numbers of the segments that are there.

        Raises
        ------
        AuditDamaged
            If one is missing between others, or heads tell of a later one.
        """
        names = self.disk.names(self.folder)
        found = segment_firsts(names)
        headed = segment_firsts(names, ".heads")
        if headed and (not found or headed[-1] > found[-1]):
            raise AuditDamaged(
                f"heads were signed for records from {headed[-1]} on, and their file is missing",
                where=str(self.folder / segment_name(headed[-1])),
            )
        for index, first in enumerate(found):
            expected = index * self.segment_records
            if first != expected:
                raise AuditDamaged(
                    f"the file of records {expected} to {expected + self.segment_records - 1}"
                    " is missing",
                    where=str(self.folder / segment_name(expected)),
                )
        return found

    def bytes_of(self, first: int) -> bytes:
        """A segment's bytes."""
        return self.disk.read(self.folder / segment_name(first))

    def heads_of(self, first: int) -> tuple[list[StoredHead], int]:
        """Heads signed while a segment grew, and the bytes of their whole lines."""
        name = heads_name(first)
        if name not in self.disk.names(self.folder):
            return [], 0
        return stored_heads(self.disk.read(self.folder / name), str(self.folder / name))

    def sealed_root(self, first: int) -> bytes:
        """Root of a full segment: from its seal, or reckoned where a crash left it unsealed."""
        if first not in self._roots:
            heads, _ = self.heads_of(first)
            seals = [one.segment_root for one in heads if one.segment_root is not None]
            levels = [] if seals else self._levels(first, self.segment_records)
            self._roots[first] = seals[-1] if seals else levels[-1][0]
        return self._roots[first]

    def _levels(self, first: int, records: int) -> list[list[bytes]]:
        """Whole subtrees of a segment, of at least so many records."""
        if first in self._read and len(self._read[first][0]) < records:
            self._read.pop(first)  # the log has grown since it was read
        if first not in self._read:
            while len(self._read) > 1:
                self._read.pop(next(iter(self._read)))
            data = self.bytes_of(first)
            self._read[first] = levels_of([sha256(slot).digest() for slot in slots_of(data)])
        return self._read[first]

    def slot(self, number: int) -> bytes:
        """The 128 bytes of a record; empty where the log has none of this number."""
        first = number - number % self.segment_records
        if number < 0 or segment_name(first) not in self.disk.names(self.folder):
            return b""
        at = (number - first) * SLOT_BYTES
        found = self.bytes_of(first)[at : at + SLOT_BYTES]
        return found if len(found) == SLOT_BYTES else b""

    def root_of(self, begin: int, end: int) -> bytes:
        """Root of records ``begin`` up to ``end``, a run as RFC 6962's recursion makes them."""
        frontier = Frontier()
        at = begin
        while end - at >= self.segment_records:
            frontier.push(self.sealed_root(at), self.height)
            at += self.segment_records
        if at < end:
            self._push_part(frontier, at, end)
        return frontier.root()

    def _push_part(self, frontier: Frontier, begin: int, end: int) -> None:
        first = begin - begin % self.segment_records
        levels = self._levels(first, end - first)
        while begin < end:
            height = split(end - begin + 1).bit_length() - 1  # largest subtree that fits
            frontier.push(levels[height][begin - first >> height], height)
            begin += 1 << height
