"""Numbered pieces of bytes on disk that must outlive the process: under outbox and inbox.

In: bytes to keep, and up to which number they need not be kept any more. Out: the same bytes by
number, after whatever happened to process or power. Pieces are numbered without gaps from 1 in
each *stream*, for ever. Files are laid out as ``journal_frames`` says; the newest and one that is
being read are in memory, no more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path

from skypact.exchange.journal_files import JournalFiles
from skypact.exchange.journal_frames import (
    CHAIN_BYTES,
    DONE,
    FIRST,
    FURTHER,
    LARGEST_PIECE,
    SALT_BYTES,
    STREAM_BYTES,
    JournalDamaged,
    Piece,
    ReadFile,
    Segment,
    chained,
    frame,
    head,
    read_file,
)
from skypact.model.disk import Disk

SEGMENT_BYTES = 4 * 1024 * 1024


class Journal:
    """The journal in one folder.

    Parameters
    ----------
    disk, folder
        Where it lies; made if it is not there.
    random
        Gives bytes nobody can guess: names of streams, and the salt.
    segment_bytes
        From when on a new file is begun.

    Raises
    ------
    JournalDamaged
        If what was durable is not there as it was.
    JournalFull, JournalStopped
        If the disk fails.
    """

    def __init__(
        self,
        disk: Disk,
        folder: Path,
        random: Callable[[int], bytes],
        segment_bytes: int = SEGMENT_BYTES,
    ) -> None:
        self._files = JournalFiles(disk, folder)
        self._segment_bytes = segment_bytes
        self._segments: list[Segment] = []
        # pieces of the newest file, and of one that is read
        self._kept: dict[int, list[Piece]] = {}
        self._salt = random(SALT_BYTES)
        self.bytes = 0
        self.done = 0
        """Pieces up to this number need not be kept."""
        found = 0  # bytes of the newest file: more than is whole after a crash
        for read, size in files_in(self._files):
            found = size
            segment = read.segment
            if self._segments and segment.stream != self._segments[-1].stream:
                for old in self._segments:  # begun anew; the old was to be taken away
                    old.last = -1
            self._segments.append(segment)
            self._kept = {segment.serial: read.pieces}
            self._salt = read.salt
            self.bytes += segment.size
        if self._segments:
            newest = self._segments[-1]
            self.done = newest.done
            self._files.go_on(newest.serial, newest.size, found)
            self.let_go(self.done)
        if not self._segments:
            stream = random(STREAM_BYTES)
            self._begin(Segment(0, stream, 0, stream, 0))

    @property
    def stream(self) -> bytes:
        """Name of the stream."""
        return self._segments[-1].stream

    @property
    def last(self) -> int:
        """Number of the newest piece, 0 before the first."""
        return self._segments[-1].last

    @property
    def first(self) -> int:
        """Number of the oldest piece that is still there."""
        return self._segments[0].before + 1

    @property
    def chain(self) -> bytes:
        """The chain after the newest piece."""
        pieces = self._kept[self._segments[-1].serial]
        return pieces[-1].chain if pieces else self._segments[-1].chain

    @property
    def stopped(self) -> str:
        """What failed, in plain words; empty while the journal keeps."""
        return self._files.stopped

    def append(self, bodies: Sequence[bytes], stamps: Sequence[int]) -> range:
        """Keep pieces, durable on return; their numbers.

        Raises
        ------
        JournalFull
            If the disk takes no more; nothing was kept.
        JournalStopped
            If the disk failed now or before; whether these were kept is known when the journal
            is opened anew.
        ValueError
            If one is too large.
        """
        if any(len(body) > LARGEST_PIECE for body in bodies):
            raise ValueError(f"a piece has at most {LARGEST_PIECE} bytes")
        given = [Piece(0, stamp, b"", body) for body, stamp in zip(bodies, stamps, strict=True)]
        if not given:
            return range(self.last + 1, self.last + 1)
        if self._segments[-1].size > self._segment_bytes:
            self._begin(Segment(0, self.stream, self.last, self.chain, self.last, done=self.done))
        pieces = chained(given, self.last, self.chain)
        written = b"".join(
            frame(self._salt, FURTHER if k else FIRST, piece) for k, piece in enumerate(pieces)
        )
        self._files.append(written)
        segment = self._segments[-1]
        self._kept[segment.serial] += pieces
        segment.last = pieces[-1].number
        segment.size += len(written)
        self.bytes += len(written)
        return range(pieces[0].number, segment.last + 1)

    def let_go(self, number: int) -> None:
        """Pieces up to a number need not be kept; whole files of them are taken away.

        Durable with :meth:`note`, and not needed to be: what is let go twice is let go.
        """
        self.done = max(self.done, min(number, self.last))
        while len(self._segments) > 1 and self._segments[0].last <= self.done:
            if not self._files.remove(self._segments[0].serial):
                return
            gone = self._segments.pop(0)
            self.bytes -= gone.size
            self._kept.pop(gone.serial, None)

    def note(self) -> None:
        """Make durable how far is done, so that no more than needed is handed out again.

        Raises
        ------
        JournalFull, JournalStopped
            As :meth:`append`.
        """
        segment = self._segments[-1]
        if segment.done >= self.done:
            return
        written = frame(self._salt, DONE, Piece(self.last, self.done, bytes(CHAIN_BYTES), b""))
        self._files.append(written)
        segment.done = self.done
        segment.size += len(written)
        self.bytes += len(written)

    def pieces(self, begin: int, most_bytes: int, most: int) -> list[Piece]:
        """Pieces from a number on, at least one if there is one, up to so many bytes and pieces.

        Raises
        ------
        JournalStopped
            If they cannot be read any more.
        """
        found: list[Piece] = []
        size, number = 0, max(begin, self.first)
        while number <= self.last and len(found) < most:
            segment = next(s for s in self._segments if s.last >= number)
            for piece in islice(self._pieces_of(segment), number - segment.before - 1, None):
                size += len(piece.body)
                if found and (size > most_bytes or len(found) >= most):
                    return found
                found.append(piece)
            number = segment.last + 1
        return found

    def chain_at(self, number: int) -> bytes | None:
        """The chain after a piece that is still there, or just before the oldest; else None."""
        if number == self.first - 1:
            return self._segments[0].chain
        if not self.first <= number <= self.last:
            return None
        return self.pieces(number, 0, 1)[0].chain

    def begin_anew(
        self, stream: bytes, before: int, chain: bytes, first: Sequence[Piece] = ()
    ) -> None:
        """Begin another stream in place of this one, from number ``before + 1``.

        Pieces given are its first ones, under new numbers. Durable on return; until then the old
        stream is there as it was.

        Raises
        ------
        JournalFull, JournalStopped
            As :meth:`append`.
        """
        self._begin(Segment(0, stream, before, chain, before, done=before), first)
        self.done = before
        for old in self._segments[:-1]:
            old.last = -1
        self.let_go(before)

    def close(self) -> None:
        """Let go of the files."""
        self._files.close()

    def _begin(self, segment: Segment, first: Sequence[Piece] = ()) -> None:
        """Begin a new file with its first pieces."""
        newest = self._segments[-1].serial if self._segments else 0
        segment.serial = newest + 1
        pieces = chained(first, segment.before, segment.chain)
        written = head(self._salt, segment)
        written += b"".join(frame(self._salt, FURTHER, piece) for piece in pieces)
        self._files.begin(segment.serial, written)
        segment.size, segment.last = len(written), segment.before + len(pieces)
        self._kept = {serial: kept for serial, kept in self._kept.items() if serial == newest}
        self._kept[segment.serial] = pieces
        self._segments.append(segment)
        self.bytes += segment.size

    def _pieces_of(self, segment: Segment) -> list[Piece]:
        """Pieces of a file; those of the newest and of the last one read stay in memory."""
        if segment.serial not in self._kept:
            where = self._files.where(segment.serial)
            try:
                pieces = read_file(self._files.read(segment.serial), segment.serial, where).pieces
            except JournalDamaged as problem:
                raise self._files.stop(problem.what) from None
            if len(pieces) != segment.last - segment.before:
                raise self._files.stop(f"{where} is not what was written")
            newest = self._segments[-1].serial
            self._kept = {newest: self._kept[newest], segment.serial: pieces}
        return self._kept[segment.serial]


def files_in(files: JournalFiles) -> Iterator[tuple[ReadFile, int]]:
    """What each file of a folder holds, in order, and its size.

    Raises
    ------
    JournalDamaged
        If one does not follow the one before.
    """
    serials = files.serials()
    before: Segment | None = None
    for serial in serials:
        where = files.where(serial)
        data = files.read(serial)
        read = read_file(data, serial, where)
        segment = read.segment
        if serial != serials[-1] and segment.size != len(data):
            raise JournalDamaged("a file that was full is not whole", where=where)
        expected = None if before is None or segment.stream != before.stream else before
        if expected and (segment.before, serial) != (expected.last, expected.serial + 1):
            raise JournalDamaged(
                f"pieces from {expected.last + 1} to {segment.before} are missing", where=where
            )
        before = Segment(serial, segment.stream, 0, b"", segment.last)
        yield read, len(data)
