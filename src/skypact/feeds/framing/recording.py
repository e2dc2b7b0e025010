"""A recording file to frames: its framing is recognised from its bytes, never from its name.

In: a file, gzipped or not. Out: :class:`Recording`. Documents stand in
``kernels.asterix_framing`` and ``kernels.asterix_packets``; Beast: wiki.jetvision.de, Mode-S
Beast data output formats. What is neither ASTERIX nor Beast is told by ``framing.formats``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from skypact.feeds.asterix.definitions import editions
from skypact.feeds.framing.content import read_content
from skypact.feeds.framing.formats import HEAD_BYTES, Format, format_of, is_in_lines
from skypact.feeds.framing.recognise import (
    GPS_GAP_BYTES,
    GPS_HEADER_BYTES,
    RFF_HEADER_BYTES,
    Framing,
    recognise,
)
from skypact.kernels import asterix_framing as cut
from skypact.kernels import asterix_packets as packets
from skypact.model.errors import FramingError, Rejection
from skypact.model.frames import FeedFormat, Frames
from skypact.model.time import DAY_NS, from_iso

Integers = NDArray[np.int64]
Bytes = NDArray[np.uint8]
Rows = tuple[Integers, Integers, Integers]

BEAST_FRAME_BYTES = 1024
"""A Beast file is a stream without frames: it is handed on in stretches of this size."""

LINES_FRAME_BYTES = 1 << 14
"""Lines are handed on in stretches of about this size that end with a line."""

WORDS = {
    cut.LOST: ("FramingError", "bytes that follow no {framing} framing"),
    cut.CUT_SHORT: ("TruncatedBlock", "no whole {framing} frame follows"),
    cut.FRAGMENT: ("FramingError", "fragment of an IP packet; fragments are not put together"),
    cut.BAD_PACKET: ("MalformedRecord", "packet whose headers do not fit what was captured"),
}
LINK_TYPES = (0, 1, 12, 101, 113, 228, 229, 276)


@dataclass(frozen=True, slots=True)
class Recording:
    """A recording cut into frames.

    Parameters
    ----------
    frames
        In file order. ``received_ns`` is -1 throughout unless the framing is pcap or pcapng.
    rejections
        Bytes that were left out, alike pieces merged.
    framing
        See ``framing.recognise.TITLES``.
    date_ns
        Start of the day on which the file says that it was recorded, int64 UTC nanoseconds;
        None where it says nothing.
    """

    frames: Frames
    rejections: tuple[Rejection, ...]
    framing: Framing
    date_ns: int | None = None


def read_recording(path: Path) -> Recording:
    """Read and cut a recording.

    Parameters
    ----------
    path
        A file of any known framing and format; ``.gz`` is unpacked by content.

    Raises
    ------
    FramingError
        If the bytes follow none of these, with the first bytes in the message.
    TruncatedBlock
        If the file ends within its first data block or its gzip stream.
    BadInput
        If the file cannot be read, is empty, or is larger than memory should hold.
    """
    return cut_recording(read_content(path), path.name, str(path))


def cut_recording(data: Bytes, source: str, where: str = "") -> Recording:
    """Cut the bytes of a recording.

    Parameters
    ----------
    data
        All bytes, unpacked, uint8, writable.
    source
        Name the frames carry.
    where
        Name for errors; ``source`` unless given.

    Raises
    ------
    FramingError, TruncatedBlock
        As :func:`read_recording`.
    """
    where = where or source
    if len(data) == 0:
        raise FramingError("the file is empty", where=where)
    framing, known = recognise(data, where)
    if known is not None:
        return _text(known, source, data)
    if framing in ("pcap", "pcapng"):
        return _packets(framing, source, where, data)
    if framing == "beast":
        offset = np.arange(0, len(data), BEAST_FRAME_BYTES, dtype=np.int64)
        length = np.minimum(BEAST_FRAME_BYTES, len(data) - offset)
        return Recording(_frames("beast", source, data, offset, length), (), framing)
    defined = np.zeros(256, np.uint8)
    defined[list(editions())] = 1
    # the shortest pieces are data blocks of 4 bytes
    offset, length, status = (np.empty(len(data) // 2 + 2, np.int64) for _ in range(3))
    date_ns = None
    if framing in ("final", "final-sequenced"):
        count = cut.split_final(data, 8 if framing == "final" else 12, offset, length, status)
    elif framing == "rff":
        since_ms = np.empty(len(offset), np.int64)
        count = cut.split_rff(data, RFF_HEADER_BYTES, defined, offset, length, status, since_ms)
        date_ns = _date_in(data[:RFF_HEADER_BYTES].tobytes())
    elif framing == "gps":
        count = cut.split_raw(
            data, GPS_HEADER_BYTES, GPS_GAP_BYTES, defined, offset, length, status
        )
    else:
        count = cut.split_raw(data, 0, 0, defined, offset, length, status)
    rows = (offset[:count], length[:count], status[:count])
    return _recording(source, data, framing, rows, date_ns=date_ns)


def _frames(
    format: FeedFormat, source: str, data: Bytes, offset: Integers, length: Integers
) -> Frames:
    none = np.full(len(offset), -1, np.int64)
    return Frames(format, source, data, offset, length, offset.copy(), none)


def _text(known: Format, source: str, data: Bytes) -> Recording:
    """A document as one frame, or lines in stretches that end with a line."""
    if not is_in_lines(known, data[:HEAD_BYTES].tobytes()):
        whole = np.array([len(data)], np.int64)
        frames = _frames(known.format, source, data, np.zeros(1, np.int64), whole)
        return Recording(frames, (), "document")
    if data[-1] != ord("\n"):
        # the last line ends with the file
        data = np.append(data, np.uint8(ord("\n")))
    ends = np.flatnonzero(data == ord("\n")) + 1
    wanted = np.arange(LINES_FRAME_BYTES, len(data), LINES_FRAME_BYTES)
    cuts = np.unique(np.concatenate(([0], ends[np.searchsorted(ends, wanted)], [len(data)])))
    offset = np.ascontiguousarray(cuts[:-1], np.int64)
    length = np.ascontiguousarray(np.diff(cuts), np.int64)
    return Recording(_frames(known.format, source, data, offset, length), (), "lines")


def _packets(framing: Framing, source: str, where: str, data: Bytes) -> Recording:
    # a payload of ORADIS blocks has at least 10 bytes each
    capacity = len(data) // 10 + 2
    offset, length, status, time_ns = (np.empty(capacity, np.int64) for _ in range(4))
    if framing == "pcapng":
        count = packets.split_pcapng(data, offset, length, status, time_ns)
    else:
        magic = data[:4].tobytes()
        little = magic in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1")
        nanoseconds = magic in (b"\xa1\xb2\x3c\x4d", b"\x4d\x3c\xb2\xa1")
        link = int.from_bytes(data[20:24].tobytes(), "little" if little else "big") & 0xFFFF
        if link not in LINK_TYPES:
            raise FramingError(
                f"pcap file of link type {link}",
                where=where,
                remedy="Known are Ethernet (1), Linux cooked (113, 276), raw IP (101, 228, 229)",
            )
        tick_ns = 1 if nanoseconds else 1000
        count = packets.split_pcap(
            data, int(little), link, tick_ns, offset, length, status, time_ns
        )
    rows = (offset[:count], length[:count], status[:count])
    return _recording(source, data, framing, rows, time_ns[:count])


def _recording(
    source: str,
    data: Bytes,
    framing: Framing,
    rows: Rows,
    time_ns: Integers | None = None,
    date_ns: int | None = None,
) -> Recording:
    offset, length, status = rows
    good = status == cut.OK
    format: FeedFormat = "asterix"
    if time_ns is not None and good.any():
        format = _format_of_payloads(data, offset[good], length[good])
    frames = _frames(format, source, data, offset[good].copy(), length[good].copy())
    if time_ns is not None and good.any():
        # packets of several interfaces may stand a little out of order
        frames.received_ns[:] = np.maximum.accumulate(time_ns[good])
    refused = []
    bad = np.flatnonzero(~good)
    found, first, count = np.unique(status[bad], return_index=True, return_counts=True)
    for kind, row, times in zip(found.tolist(), bad[first].tolist(), count.tolist(), strict=True):
        reason, words = WORDS[kind]
        lost = int(length[status == kind].sum())
        detail = f"{words.format(framing=framing)}; {lost} bytes are left out"
        when = -1 if time_ns is None else int(time_ns[row])
        refused.append(Rejection(reason, source, "", int(offset[row]), when, detail, times))
    return Recording(frames, tuple(refused), framing, date_ns)


def _format_of_payloads(data: Bytes, offset: Integers, length: Integers) -> FeedFormat:
    """ASTERIX unless the first packet begins no data block and another format knows it."""
    payload = data[offset[0] : offset[0] + min(int(length[0]), HEAD_BYTES)].tobytes()
    if len(payload) >= 3:
        announced = int.from_bytes(payload[1:3], "big")
        if payload[0] in editions() and 4 <= announced <= int(length[0]):
            return "asterix"
    known = format_of(payload)
    return "asterix" if known is None else known.format


def _date_in(header: bytes) -> int | None:
    """Day named by the first date in an RFF header, written year first or day first."""
    text = header[:20].decode("ascii", "replace")
    year_first = re.search(r"((?:19|20)\d\d)\D?([01]\d)\D?([0-3]\d)", text)
    day_first = re.search(r"([0-3]\d)\D([01]\d)\D((?:19|20)\d\d)", text)
    if year_first:
        year, month, day = year_first.groups()
    elif day_first:
        day, month, year = day_first.groups()
    else:
        return None
    try:
        return from_iso(f"{year}-{month}-{day}") // DAY_NS * DAY_NS
    except ValueError:
        return None
