"""SAPIENT on the wire: messages cut out of a TCP stream, and put into one.

In: bytes, cut anywhere. Out: protobuf messages, each with its place, and refusals. Framing:
BSI Flex 335 v2.0: each message behind its length, 4 bytes, little-endian.

A message that cannot be decoded may have a damaged length, so its end is not trusted: the next
message is looked for right behind its beginning. Work while lost is bounded by what was skipped.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from google.protobuf.message import DecodeError

from skypact.feeds.byte_stream import Stretch
from skypact.feeds.sapient.messages import definitions
from skypact.feeds.sapient.validation import faults
from skypact.model.errors import MalformedRecord, Rejection, UsageError

HEADER_BYTES = 4
MOST_BYTES = 1 << 18
"""Longest message taken (registrations reach some 20 KiB)."""

BEGIN = re.compile(rb"(?s)..[\x00-\x03]\x00\x0a[\x02-\x11]\x08")
"""Length, then field 1 (the timestamp) with its seconds: how messages begin in practice."""

MOST_OUTER_FIELDS = 64
"""Fields of an unfinished message that are looked at; whole ones have at most six."""

LOST_WORK = 1 << 20
"""Bytes that may be tried in vain, besides eight times those skipped."""


@dataclass(frozen=True, slots=True)
class Found:
    """A valid message and where it lies: first byte of its header, first byte behind it."""

    message: Any
    begin: int
    end: int


def decode(content: bytes) -> Any:
    """A ``SapientMessage`` from its bytes; its faults are not looked at.

    Raises
    ------
    MalformedRecord
        If the bytes are no protobuf message of this kind, or too many.
    """
    if len(content) > MOST_BYTES:
        raise MalformedRecord(f"{len(content)} bytes are more than {MOST_BYTES}")
    message = definitions().classes["SapientMessage"]()
    try:
        message.ParseFromString(content)
    except (DecodeError, UnicodeDecodeError) as error:
        raise MalformedRecord(f"no SAPIENT message: {str(error)[:80]}") from error
    return message


def framed(message: Any) -> bytes:
    """A message as it goes onto the wire.

    Raises
    ------
    UsageError
        If the message is not valid.
    """
    wrong = faults(message)
    if wrong:
        raise UsageError(f"not a valid SAPIENT message: {'; '.join(wrong)}")
    content: bytes = message.SerializeToString(deterministic=True)
    if len(content) > MOST_BYTES:
        raise UsageError(f"{len(content)} bytes are more than {MOST_BYTES}")
    return len(content).to_bytes(HEADER_BYTES, "little") + content


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """A varint and the place behind it; place -1 where the bytes end before it, -2 where none."""
    value = 0
    for k in range(10):
        if at + k >= len(data):
            return 0, -1
        value |= (data[at + k] & 0x7F) << 7 * k
        if data[at + k] < 0x80:
            return value, at + k + 1
    return 0, -2


def _broken(data: bytes, at: int, end: int) -> bool:
    """Whether what there is of an unfinished message shows that it can never be decoded.

    Only what every protobuf decoder refuses counts (encoding guide, "Message Structure"), so that
    waiting for the rest would have come to the same. A length damaged upwards runs into the next
    message's header, whose zero bytes are no field: found at once, and not after 256 KiB.
    """
    groups: list[int] = []
    for _ in range(MOST_OUTER_FIELDS):
        tag, at = _varint(data, at)
        if at < 0:
            return at == -2
        if tag < 8 or tag & 7 in (6, 7):
            return True
        if tag & 7 == 4 and (not groups or groups.pop() != tag >> 3):
            return True
        if tag & 7 == 2:
            size, at = _varint(data, at)
            if at < 0:
                return at == -2
            at += size
        elif tag & 7 == 0:
            _, at = _varint(data, at)
            if at < 0:
                return at == -2
        elif tag & 7 == 3:
            groups.append(tag >> 3)
        elif tag & 7 in (1, 5):
            at += 8 if tag & 7 == 1 else 4
        if at > end:
            return True
        if at >= len(data):
            return False
    return False


class Cutter:
    """Cuts one stream; remembers whether it is lost."""

    def __init__(self) -> None:
        self._lost_from = -1  # offset in the source
        self._tried = 0

    def cut(self, stretch: Stretch) -> tuple[list[Found], list[Rejection], int]:
        """Valid messages, refusals, and where the unfinished rest begins."""
        data, at = stretch.data, 0
        found: list[Found] = []
        refused: list[Rejection] = []
        while len(data) - at >= HEADER_BYTES:
            if self._lost_from >= 0:
                at = self._seek(stretch, at)
                if len(data) - at < HEADER_BYTES + 3:
                    break
            size = int.from_bytes(data[at : at + HEADER_BYTES], "little")
            end = at + HEADER_BYTES + size
            if not 0 < size <= MOST_BYTES:
                refused += self._lose(stretch, at, "FramingError", f"a length of {size} bytes")
                at += 1
                continue
            if end > len(data):
                if not _broken(data, at + HEADER_BYTES, end):
                    break
                refused += self._lose(stretch, at, "MalformedRecord", "no SAPIENT message")
                at += 1
                continue
            try:
                message = decode(data[at + HEADER_BYTES : end])
            except MalformedRecord as error:
                refused += self._lose(stretch, at, error.name, error.what)
                self._tried += size
                at += 1
                continue
            self._lost_from, self._tried = -1, 0
            wrong = faults(message)
            if wrong:
                refused.append(_refusal(stretch, at, "MalformedRecord", "; ".join(wrong[:3])))
            else:
                found.append(Found(message, at, end))
            at = end
        return found, refused, at

    def _lose(self, stretch: Stretch, at: int, reason: str, detail: str) -> list[Rejection]:
        """Say once that the stream was lost, and where."""
        if self._lost_from >= 0:
            return []
        self._lost_from, self._tried = stretch.position_of(at), 0
        return [_refusal(stretch, at, reason, f"{detail}; looking for the next message")]

    def _seek(self, stretch: Stretch, at: int) -> int:
        """Next place that may be the beginning of a message."""
        data = stretch.data
        for match in BEGIN.finditer(data, at):
            skipped = stretch.position_of(match.start()) - self._lost_from
            if self._tried <= LOST_WORK + 8 * skipped:
                return match.start()
        return max(at, len(data) - HEADER_BYTES - 2)


def _refusal(stretch: Stretch, at: int, reason: str, detail: str) -> Rejection:
    received = stretch.received_of(at + 1)
    return Rejection(reason, stretch.source, "", stretch.position_of(at), received, detail)


def looks_like(head: bytes) -> bool:
    """Whether a file's first bytes begin a framed SAPIENT message."""
    if BEGIN.match(head) is None:
        return False
    size = int.from_bytes(head[:HEADER_BYTES], "little")
    if not 0 < size <= MOST_BYTES:
        return False
    if len(head) < HEADER_BYTES + size:
        return len(head) >= 4096
    try:
        return (
            decode(head[HEADER_BYTES : HEADER_BYTES + size]).WhichOneof("content_choice")
            is not None
        )
    except MalformedRecord:
        return False
