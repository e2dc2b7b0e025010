"""Which framing a recording has, told from its bytes.

In: all bytes of a file. Out: the name of the framing, or a named refusal.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from skypact.feeds.asterix.definitions import editions
from skypact.feeds.asterix.records import find_records
from skypact.model.errors import FramingError, TruncatedBlock
from skypact.model.frames import Frames

Framing = Literal["raw", "final", "pcap", "beast"]

PCAP_MAGIC = (b"\xd4\xc3\xb2\xa1", b"\xa1\xb2\xc3\xd4", b"\x4d\x3c\xb2\xa1", b"\xa1\xb2\x3c\x4d")
OTHER_MAGIC = {
    b"\x0a\x0d\x0d\x0a": ("pcapng, not read yet", "Convert it with editcap -F pcap"),
    b"PAR1": ("Parquet", "Give the recording it was made from"),
    b"PK\x03\x04": ("a ZIP archive", "Unpack it first"),
    b"\x28\xb5\x2f\xfd": ("zstd", "Unpack it first"),
    b"\xfd7zX": ("xz", "Unpack it first"),
    b"BZh9": ("bzip2", "Unpack it first"),
}
BEAST_BYTES = {0x31: 9 + 2, 0x32: 9 + 7, 0x33: 9 + 14}
"""Bytes of a Beast message after its type, escapes undone: counter 6, signal 1, Mode A/C or S,
by type; two more for escape and type."""
CHAIN_BLOCKS = 8
SHOWN_BYTES = 16
FSPEC_BYTES = 7
"""No category has more than 49 items."""
BEAST_SEARCH_BYTES = 64
"""A Beast recording may begin within a message, but no later than this with the next."""


def recognise(data: NDArray[np.uint8], where: str) -> Framing:
    """Name of the framing of a file's bytes.

    Raises
    ------
    FramingError
        If it is none that Skypact knows.
    TruncatedBlock
        If the file is one data block that is cut short.
    """
    start = data[:SHOWN_BYTES].tobytes()
    if start[:4] in PCAP_MAGIC and len(data) >= 24:
        return "pcap"
    for magic, (name, remedy) in OTHER_MAGIC.items():
        if start.startswith(magic):
            raise FramingError(f"the file is {name}", where=where, remedy=remedy)
    if _is_final(data):
        return "final"
    if _is_beast(data):
        return "beast"
    if _is_raw(data):
        return "raw"
    if len(data) >= 3 and data[0] in editions():
        announced = int(data[1]) * 256 + int(data[2])
        if announced > len(data) and _begins_record(data) and not _is_text(data):
            raise TruncatedBlock(
                f"data block of category {data[0]:03d} announces {announced} bytes,"
                f" {len(data)} are present",
                where=where,
                remedy="Nothing of it can be trusted; fetch the recording again",
            )
    seen = start.hex(" ")
    raise FramingError(
        f"no known framing; the file begins {seen}",
        where=where,
        remedy="Known are raw ASTERIX, final format, pcap and Beast binary, also gzipped",
    )


def _begins_record(data: NDArray[np.uint8]) -> bool:
    """Whether a field specification (FX bit 0 in its last byte) of sensible size follows."""
    return bool((data[3 : 3 + FSPEC_BYTES] & 1 == 0).any())


def _is_text(data: NDArray[np.uint8]) -> bool:
    head = data[:256]
    plain = (head >= 32) & (head < 127) | (head == 9) | (head == 10) | (head == 13)
    return bool(plain.all())


def _is_final(data: NDArray[np.uint8]) -> bool:
    if len(data) < 12:
        return False
    size = int(data[0]) * 256 + int(data[1])
    return 12 <= size <= len(data) and bool((data[size - 4 : size] == 0xA5).all())


def _is_beast(data: NDArray[np.uint8]) -> bool:
    """Whether three messages follow each other near the start, or fewer end the file."""
    raw = data[:1024].tobytes()
    start = raw.find(b"\x1a")
    while 0 <= start < BEAST_SEARCH_BYTES:
        if _beast_chain(raw, start, whole=len(data) <= len(raw)):
            return True
        start = raw.find(b"\x1a", start + 1)
    return False


def _beast_chain(raw: bytes, at: int, *, whole: bool) -> bool:
    for link in range(3):
        if at == len(raw) and whole:
            return link > 0
        if at + 2 > len(raw) or raw[at] != 0x1A or raw[at + 1] not in BEAST_BYTES:
            return False
        left = BEAST_BYTES[raw[at + 1]] - 2
        at += 2
        while left > 0 and at < len(raw):
            at += 2 if raw[at] == 0x1A else 1
            left -= 1
        if left > 0:
            return False
    return True


def _is_raw(data: NDArray[np.uint8]) -> bool:
    """Whether data blocks follow each other to the end, or good ones lead it."""
    known = editions()
    at, blocks, defined = 0, 0, True
    while at + 4 <= len(data) and blocks < CHAIN_BLOCKS:
        size = int(data[at + 1]) * 256 + int(data[at + 2])
        if size < 4 or at + size > len(data):
            break
        defined = defined and int(data[at]) in known
        at += size
        blocks += 1
    if blocks == 0:
        return False
    if at == len(data) or (blocks == CHAIN_BLOCKS and defined):
        return True
    first = data[: int(data[1]) * 256 + int(data[2])].copy()
    if int(data[0]) not in known:
        return False
    frame = Frames.from_payloads("asterix", "", [first.tobytes()], [-1])
    return not find_records(frame, wanted={}).rejections
