"""Frames of a journal: how numbered pieces of bytes lie in a file.

In: pieces, or the bytes of a file. Out: frames, or what of a file is whole. A file is a head and
then frames (little-endian)::

    4 bytes "SKJ1" | u8 kind | 3 x 0 | u32 length | u64 number | i64 stamp | 8 bytes chain
    u32 CRC-32, begun with the journal's salt, of what stands before and of the body | body

Kinds: 0 the file's head (body: 8 bytes naming the stream, 8 bytes salt; number: last one before
this file; stamp: how far done; chain at that number), 1 the first piece of a write, 2 a further
one, 3 a note of how far done (stamp). The chain is the first eight bytes of SHA-256 over the chain
before and the body: two sides that agree on it have the same pieces in the same order. The salt
is this disk's alone: a partner's piece cannot hold what would pass for a frame.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from zlib import crc32

from skypact.model.errors import BadInput, Unavailable

FRAME = struct.Struct("<4sB3xIQq8s")
MAGIC = b"SKJ1"
HEAD, FIRST, FURTHER, DONE = range(4)
FRAME_BYTES = FRAME.size + 4
STREAM_BYTES = CHAIN_BYTES = SALT_BYTES = 8
HEAD_BYTES = FRAME_BYTES + STREAM_BYTES + SALT_BYTES
LARGEST_PIECE = 128 * 1024


class JournalDamaged(BadInput):
    """What was durable is changed, missing or out of place."""


class JournalFull(Unavailable):
    """The disk took nothing more: nothing was kept, and it may be tried again."""


class JournalStopped(Unavailable):
    """The disk failed: nothing more is kept until the journal is opened anew."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One numbered piece; ``stamp`` is a time its keeper gave it, int64 UTC nanoseconds."""

    number: int
    stamp: int
    chain: bytes
    body: bytes


@dataclass(slots=True)
class Segment:
    """One file: its name's serial, the stream, the number and chain before it, its last number."""

    serial: int
    stream: bytes
    before: int
    chain: bytes
    last: int
    size: int = 0
    done: int = 0


@dataclass(slots=True)
class ReadFile:
    """What was read of a file: its head, its salt and its whole pieces."""

    segment: Segment
    salt: bytes
    pieces: list[Piece] = field(default_factory=list)


def link(chain: bytes, body: bytes) -> bytes:
    """The chain after one more piece."""
    return hashlib.sha256(chain + body).digest()[:CHAIN_BYTES]


def frame(salt: bytes, kind: int, piece: Piece) -> bytes:
    """One frame. A head's salt stands in its body, and its own sum is begun with none."""
    front = FRAME.pack(MAGIC, kind, len(piece.body), piece.number, piece.stamp, piece.chain)
    return front + _sum(salt, front, piece.body).to_bytes(4, "little") + piece.body


def head(salt: bytes, segment: Segment) -> bytes:
    """The head of a file."""
    body = segment.stream + salt
    return frame(b"", HEAD, Piece(segment.before, segment.done, segment.chain, body))


def chained(pieces: Sequence[Piece], before: int, chain: bytes) -> list[Piece]:
    """Pieces under their numbers and chain, behind ``before``."""
    found = []
    for number, piece in enumerate(pieces, before + 1):
        chain = link(chain, piece.body)
        found.append(Piece(number, piece.stamp, chain, piece.body))
    return found


def _sum(salt: bytes, front: bytes, body: bytes) -> int:
    return crc32(body, crc32(front, crc32(salt)))


def frame_at(data: bytes, at: int, salt: bytes) -> tuple[int, Piece] | None:
    """Kind and content of the whole frame at a byte place; None: there is none."""
    if len(data) - at < FRAME_BYTES or data[at : at + 4] != MAGIC:
        return None
    _, kind, length, number, stamp, chain = FRAME.unpack_from(data, at)
    end = at + FRAME_BYTES + length
    if length > LARGEST_PIECE or kind > DONE or end > len(data):
        return None
    body = data[at + FRAME_BYTES : end]
    told = int.from_bytes(data[at + FRAME.size : at + FRAME_BYTES], "little")
    if _sum(salt, data[at : at + FRAME.size], body) != told:
        return None
    return kind, Piece(number, stamp, chain, body)


def read_file(data: bytes, serial: int, where: str) -> ReadFile:
    """What a file holds: it has its name only once its head is durable.

    Raises
    ------
    JournalDamaged
        If it has no head, or something stands behind what is not whole that was written when
        it was.
    """
    found = frame_at(data, 0, b"")
    if found is None or found[0] != HEAD or len(found[1].body) != STREAM_BYTES + SALT_BYTES:
        raise JournalDamaged("the file's head is not what was written", where=where)
    told = found[1]
    stream, salt = told.body[:STREAM_BYTES], told.body[STREAM_BYTES:]
    segment = Segment(serial, stream, told.number, told.chain, told.number, done=told.stamp)
    read, chain, at = ReadFile(segment, salt), told.chain, HEAD_BYTES
    while found := frame_at(data, at, salt):
        kind, piece = found
        if kind == DONE:
            segment.done = max(segment.done, piece.stamp)
        elif (
            kind in (FIRST, FURTHER)
            and piece.number == segment.last + 1
            and piece.chain == link(chain, piece.body)
        ):
            read.pieces.append(piece)
            segment.last, chain = piece.number, piece.chain
        else:
            break
        at += FRAME_BYTES + len(piece.body)
    segment.size = at
    _refuse_whole_behind(data, at, salt, where)
    return read


def _refuse_whole_behind(data: bytes, at: int, salt: bytes, where: str) -> None:
    """A write that a crash interrupted has no beginning of another write behind it."""
    place = data.find(MAGIC, at)
    while place >= 0:
        found = frame_at(data, place, salt)
        if found is not None and found[0] in (FIRST, DONE):
            raise JournalDamaged(
                f"byte {at} is not what was written: whole frames stand behind it",
                where=where,
                remedy="Keep the folder as it is and begin a new one for this link",
            )
        place = data.find(MAGIC, place + 1)
