"""Which framing a recording has, told from its bytes.

In: all bytes of a file. Out: the name of the framing, or a named refusal. Each check looks at a
bounded number of bytes or blocks, so that no file can hold it up.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from skypact.feeds.asterix.definitions import editions
from skypact.feeds.asterix.records import find_records
from skypact.feeds.framing.formats import FORMATS, HEAD_BYTES, Format, format_of
from skypact.model.errors import FramingError, TruncatedBlock
from skypact.model.frames import Frames

Framing = Literal[
    "raw", "final", "final-sequenced", "rff", "gps", "pcap", "pcapng", "beast", "lines", "document"
]

TITLES: dict[Framing, str] = {
    "raw": "data blocks back to back",
    "final": "final format (.ff), also named IOSS: length, recorder's time, blocks, A5A5A5A5",
    "final-sequenced": "final format with a sequence number (IOSS sequenced)",
    "rff": "RFF: header of 128 bytes, then frames with their milliseconds",
    "gps": "GPS-card recordings: header of 2,200 bytes, 10 bytes after each block",
    "pcap": "packet captures; Ethernet, VLAN, Linux cooked, raw IP; ORADIS headers are taken off",
    "pcapng": "packet captures in the newer format, several interfaces",
    "beast": "Beast binary stream",
    "lines": "text, a message a line",
    "document": "a file that is one message",
}
"""Every framing that is read."""

PCAP_MAGIC = (b"\xd4\xc3\xb2\xa1", b"\xa1\xb2\xc3\xd4", b"\x4d\x3c\xb2\xa1", b"\xa1\xb2\x3c\x4d")
PCAPNG_MAGIC = b"\x0a\x0d\x0d\x0a"
OTHER_MAGIC = {
    b"PK\x03\x04": ("a ZIP archive", "Unpack it first"),
    b"\x28\xb5\x2f\xfd": ("zstd", "Unpack it first"),
    b"\xfd7zX": ("xz", "Unpack it first"),
    b"BZh9": ("bzip2", "Unpack it first"),
    b"SQLite format 3": ("an SQLite database", "Give the recording it was made from"),
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
RFF_HEADER_BYTES = 128
GPS_HEADER_BYTES = 2200
GPS_GAP_BYTES = 10
HDLC_FLAG = 0x7E


def recognise(data: NDArray[np.uint8], where: str) -> tuple[Framing, Format | None]:
    """Name of the framing of a file's bytes, and the format where that is not ASTERIX or Beast.

    Raises
    ------
    FramingError
        If it is none that Skypact knows.
    TruncatedBlock
        If the file is one data block that is cut short.
    """
    framing = _binary(data)
    if framing is not None:
        return framing, None
    head = data[:HEAD_BYTES].tobytes()
    known = format_of(head)
    if known is not None:
        return "document", known
    for magic, (name, remedy) in OTHER_MAGIC.items():
        if head.startswith(magic):
            raise FramingError(f"the file is {name}", where=where, remedy=remedy)
    if len(data) >= 3 and data[0] in editions():
        announced = int(data[1]) * 256 + int(data[2])
        if announced > len(data) and _begins_record(data) and not _is_text(data):
            raise TruncatedBlock(
                f"data block of category {data[0]:03d} announces {announced} bytes,"
                f" {len(data)} are present",
                where=where,
                remedy="Nothing of it can be trusted; fetch the recording again",
            )
    if data[0] == HDLC_FLAG and (data[1:] == HDLC_FLAG).any() and not _is_text(data):
        raise FramingError(
            "the file seems to hold HDLC frames of a serial line, which are not read",
            where=where,
            remedy="Record the data blocks or their UDP packets instead",
        )
    seen = head[:SHOWN_BYTES].hex(" ")
    formats = ", ".join(dict.fromkeys(known.format for known in FORMATS))
    raise FramingError(
        f"no known framing; the file begins {seen}",
        where=where,
        remedy="Known are ASTERIX as raw blocks, final format (IOSS), RFF, GPS-card, pcap and"
        f" pcapng, Beast binary, and {formats}; also gzipped",
    )


def _binary(data: NDArray[np.uint8]) -> Framing | None:
    """Name of a framing of ASTERIX or Beast."""
    start = data[:4].tobytes()
    if start in PCAP_MAGIC and len(data) >= 24:
        return "pcap"
    if start == PCAPNG_MAGIC and len(data) >= 28:
        return "pcapng"
    final = _final_header(data)
    if final:
        return "final" if final == 8 else "final-sequenced"
    if _is_beast(data):
        return "beast"
    if _is_raw(data):
        return "raw"
    if _is_rff(data):
        return "rff"
    if _is_gps(data):
        return "gps"
    return None


def _begins_record(data: NDArray[np.uint8]) -> bool:
    """Whether a field specification (FX bit 0 in its last byte) of sensible size follows."""
    return bool((data[3 : 3 + FSPEC_BYTES] & 1 == 0).any())


def _is_text(data: NDArray[np.uint8]) -> bool:
    head = data[:256]
    plain = (head >= 32) & (head < 127) | (head == 9) | (head == 10) | (head == 13)
    return bool(plain.all())


def _final_header(data: NDArray[np.uint8]) -> int:
    """Bytes of the header of final-format frames, 0 where the file does not begin with one."""
    if len(data) < 12:
        return 0
    size = int(data[0]) * 256 + int(data[1])
    if not (12 <= size <= len(data) and bool((data[size - 4 : size] == 0xA5).all())):
        return 0
    plain, sequenced = (_filled(data[header : size - 4]) for header in (8, 12))
    return 12 if sequenced and not plain else 8


def _filled(data: NDArray[np.uint8]) -> bool:
    """Whether data blocks of defined categories fill these bytes."""
    at = 0
    while at + 4 <= len(data) and int(data[at]) in editions():
        size = int(data[at + 1]) * 256 + int(data[at + 2])
        if size < 4:
            return False
        at += size
    return 0 < at == len(data)


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
    if blocks == CHAIN_BLOCKS and defined:
        return True
    if at == len(data) and (defined or not _is_text(data)):
        return True
    return _is_sound(data[: int(data[1]) * 256 + int(data[2])])


def _is_sound(block: NDArray[np.uint8]) -> bool:
    """Whether all records of a data block follow their definition."""
    if int(block[0]) not in editions():
        return False
    frame = Frames.from_payloads("asterix", "", [block.tobytes()], [-1])
    return not find_records(frame, wanted={}).rejections


def _is_gps(data: NDArray[np.uint8]) -> bool:
    """Whether known data blocks with ten bytes after each follow the header of a GPS card."""
    at, blocks = GPS_HEADER_BYTES, 0
    while at + 4 <= len(data) and blocks < CHAIN_BLOCKS and int(data[at]) in editions():
        size = int(data[at + 1]) * 256 + int(data[at + 2])
        if size < 4 or at + size > len(data):
            break
        if blocks == 0 and not _is_sound(data[at : at + size]):
            return False
        at += size + GPS_GAP_BYTES
        blocks += 1
    return blocks > 0 and (blocks == CHAIN_BLOCKS or at >= len(data))


def _is_rff(data: NDArray[np.uint8]) -> bool:
    """Whether frames filled by known data blocks follow a header that begins with two dates."""
    dates = data[:40].tobytes()
    if not (_is_text(data[:12]) and any(48 <= byte < 58 for byte in dates)):
        return False
    at, frames = RFF_HEADER_BYTES, 0
    while at + 6 <= len(data) and frames < CHAIN_BLOCKS:
        size = int(data[at + 4]) + int(data[at + 5]) * 256
        if size == 0 or at + 6 + size > len(data):
            break
        if not _filled(data[at + 6 : at + 6 + size]):
            return False
        at += 6 + size
        frames += 1
    return frames > 0
