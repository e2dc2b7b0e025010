"""The log a node writes: durable before :meth:`AuditLog.append` returns.

In: entries, a folder through the disk seam, the node's Ed25519 key. Out: numbers of durable
records, signed heads and proofs. What a crash left unfinished at the end is cut off when the log
is opened, and said; what was changed is refused. A disk that is full or fails is a named error
and nothing takes effect.
"""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from skypact.audit.errors import AuditFull, AuditStopped
from skypact.audit.heads import SignedHead, StoredHead, log_id, sign_head
from skypact.audit.opening import Opened, look_at
from skypact.audit.proofs import consistency_path, inclusion_path
from skypact.audit.record import SLOT_BYTES, Entry, Kind, slot_of
from skypact.audit.segments import SEGMENT_RECORDS, SegmentFolder, heads_name, segment_name
from skypact.model.disk import Disk

FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
"""What a disk says that takes no more."""


class AuditLog:
    """An append-only log. One process writes it, one thread at a time (see ``GroupCommit``).

    Parameters
    ----------
    disk, folder
        Where it lies; made if it is not there.
    key
        The node's audit key. A log belongs to one key.
    now_ns
        Time of the record of the opening, int64 UTC nanoseconds.
    segment_records
        Records in a segment, a power of two.

    Raises
    ------
    AuditDamaged
        If what was durable is changed or missing, or the log is another key's.
    AuditFull, AuditStopped
        If the opening cannot be recorded.
    """

    def __init__(
        self,
        disk: Disk,
        folder: Path,
        key: Ed25519PrivateKey,
        now_ns: int,
        *,
        segment_records: int = SEGMENT_RECORDS,
    ) -> None:
        self._disk = disk
        self._folder = folder
        self._key = key
        self._files = SegmentFolder(disk, folder, segment_records)
        self._stopped = ""
        with self._named_failures():
            disk.make_folder(folder)
            found = look_at(self._files, key.public_key())
            self._cut_unfinished(found)
        self._frontier = found.frontier
        self._previous = found.previous
        self._headed = found.headed
        self._sealed = found.sealed
        self._segment_root = b""  # of a segment just filled, until it is sealed
        self._heads_bytes = 0 if found.sealed > found.last else found.heads_bytes
        self.recovered_bytes = found.left_bytes
        """Bytes cut off behind the last whole record: a write that a crash interrupted."""
        self.opened_after_ns = found.time_ns
        """Time of the last record or head before this opening, int64 UTC nanoseconds, else 0."""
        # A clock that was set back makes no record of the opening, and no head, that is older
        # than what stands before it: partners would take the log for a forged one.
        self._latest_ns = now_ns = max(now_ns, found.time_ns)
        told = [Entry(Kind.LOG_OPENED, now_ns, subject=log_id(key.public_key()))]
        if found.left_bytes:
            told.append(Entry(Kind.LOG_RECOVERED, now_ns, reference=found.left_bytes))
        self.append(told)

    @property
    def size(self) -> int:
        """Number of durable records."""
        return self._frontier.size

    def append(self, entries: Sequence[Entry]) -> range:
        """Record entries; they are durable when their numbers are returned.

        More entries than a segment has room for are written in several parts; when a later part
        fails, earlier ones stand recorded though the whole is refused.

        Raises
        ------
        AuditFull
            The disk is full. Nothing may take effect; a later append may succeed.
        AuditStopped
            The disk failed. The log must be opened anew.
        """
        begin, done = self.size, 0
        while done < len(entries):
            with self._named_failures():
                self._seal_full_segment(entries[done].time_ns)
                room = self._files.segment_records - self.size % self._files.segment_records
                self._write(entries[done : done + room])
            done += room
        return range(begin, self.size)

    def head(self, now_ns: int) -> SignedHead:
        """Sign the log as it stands; stored when it has grown since the last, durable on return.

        Raises
        ------
        AuditFull, AuditStopped
            As :meth:`append`.
        """
        with self._named_failures():
            self._seal_full_segment(now_ns)
            self._latest_ns = now_ns = max(now_ns, self._latest_ns)
            head = sign_head(self._key, self.size, now_ns, self._frontier.root())
            if self.size > self._headed:
                self._store_head(StoredHead(head))
        return head

    def inclusion(self, number: int, size: int | None = None) -> list[bytes]:
        """Proof that a record is in the log of ``size`` records (all by default)."""
        return inclusion_path(number, self._within(size), self._files.root_of)

    def consistency(self, old: int, new: int | None = None) -> list[bytes]:
        """Proof that the log of ``old`` records is the beginning of that of ``new``."""
        return consistency_path(old, self._within(new), self._files.root_of)

    def slot(self, number: int) -> bytes:
        """The 128 bytes of a durable record; empty where there is none."""
        return self._files.slot(number) if number < self.size else b""

    def _within(self, size: int | None) -> int:
        if size is not None and size > self.size:
            raise ValueError(f"the log has {self.size} records, not {size}")
        return self.size if size is None else size

    def _write(self, entries: Sequence[Entry]) -> None:
        """Write entries that fit in the segment, as one write."""
        begin, previous = self.size, self._previous
        slots, leaves = [], []
        for index, entry in enumerate(entries):
            slot = slot_of(entry, begin + index, previous, begins=index == 0)
            previous = sha256(slot).digest()
            slots.append(slot)
            leaves.append(previous)
        first = begin - begin % self._files.segment_records
        path = self._folder / segment_name(first)
        self._store(path, (begin - first) * SLOT_BYTES, b"".join(slots))
        self._previous = previous
        self._latest_ns = max(self._latest_ns, *(entry.time_ns for entry in entries))
        if begin + len(leaves) == first + self._files.segment_records:
            segment = self._frontier.below(self._files.height)
            segment.push_all(leaves)
            self._segment_root = segment.root()
        self._frontier.push_all(leaves)

    def _seal_full_segment(self, time_ns: int) -> None:
        """Seal the last segment once it is full: its subtree's root, signed for by the head."""
        if self.size % self._files.segment_records or self.size == self._sealed:
            return
        time_ns = max(time_ns, self._latest_ns)
        head = sign_head(self._key, self.size, time_ns, self._frontier.root())
        root = self._segment_root or self._files.sealed_root(self._sealed)
        self._store_head(StoredHead(head, root))
        self._sealed, self._heads_bytes, self._segment_root = self.size, 0, b""

    def _store_head(self, stored: StoredHead) -> None:
        records = self._files.segment_records
        first = (stored.head.size - 1) // records * records
        line = stored.line()
        self._store(self._folder / heads_name(first), self._heads_bytes, line)
        self._heads_bytes += len(line)
        self._headed = stored.head.size

    def _store(self, path: Path, offset: int, data: bytes) -> None:
        """Write and fsync; a disk that is full leaves the file as it was."""
        try:
            file = self._disk.open(path)
        except OSError as problem:
            raise _full_or(problem, path) from problem
        with contextlib.closing(file):
            try:
                file.write_at(offset, data)
            except OSError as problem:
                refused = _full_or(problem, path)
                if isinstance(refused, AuditFull):
                    file.cut(offset)
                raise refused from problem
            file.sync()
        if offset == 0:
            self._disk.sync_folder(self._folder)

    def _cut_unfinished(self, found: Opened) -> None:
        """Cut off the records and the line of a head that a crash left unfinished."""
        names = self._disk.names(self._folder)
        whole_bytes = (found.frontier.size - found.last) * SLOT_BYTES
        for name, size in (
            (segment_name(found.last), whole_bytes),
            (heads_name(found.last), found.heads_bytes),
        ):
            if found.last >= 0 and name in names:
                with contextlib.closing(self._disk.open(self._folder / name)) as file:
                    file.cut(size)
                    file.sync()
        if found.last >= 0:
            self._disk.sync_folder(self._folder)

    @contextlib.contextmanager
    def _named_failures(self) -> Iterator[None]:
        if self._stopped:
            raise AuditStopped(
                f"the audit log has stopped: {self._stopped}",
                where=str(self._folder),
                remedy="Look after the disk, then start the node again",
            )
        try:
            yield
        except OSError as problem:
            # The kernel may have dropped what it could not write, and says so only once: a
            # second fsync would succeed and lie.
            self._stopped = str(problem)
            raise AuditStopped(
                f"the disk failed: {problem}",
                where=str(self._folder),
                remedy="Nothing took effect. Look after the disk, then start the node again",
            ) from problem


def _full_or(problem: OSError, path: Path) -> Exception:
    """The named error of a disk that takes no more, else the problem itself."""
    if problem.errno not in FULL:
        return problem
    return AuditFull(
        f"the disk is full: {problem.strerror}",
        where=str(path),
        remedy="Nothing was recorded and nothing took effect. Make room",
    )
