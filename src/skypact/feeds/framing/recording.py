"""A recording file to frames: its framing is recognised from its bytes, never from its name.

In: a file, gzipped or not. Out: :class:`Recording`. Recognised, in this order: pcap, final
format, Beast binary, raw ASTERIX data blocks; anything else is a
:class:`~skypact.model.errors.FramingError` that shows the first bytes. Documents stand in
``kernels.asterix_framing``; Beast: wiki.jetvision.de, Mode-S Beast data output formats.
"""

from __future__ import annotations

import gzip
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from skypact.feeds.asterix.definitions import editions
from skypact.feeds.framing.recognise import Framing, recognise
from skypact.kernels import asterix_framing as cut
from skypact.model.errors import BadInput, FramingError, Rejection, TruncatedBlock
from skypact.model.frames import FeedFormat, Frames

Integers = NDArray[np.int64]

MAX_RECORDING_BYTES = 1 << 32
"""Largest recording read at once, unpacked; a larger one is refused rather than filling memory."""

BEAST_FRAME_BYTES = 1024
"""A Beast file is a stream without frames: it is handed on in stretches of this size."""

PIECE_BYTES = 1 << 24

WORDS = {
    cut.LOST: ("FramingError", "bytes that follow no {framing} framing"),
    cut.CUT_SHORT: ("TruncatedBlock", "no whole {framing} frame follows"),
    cut.FRAGMENT: ("FramingError", "fragment of an IP packet; fragments are not put together"),
    cut.BAD_PACKET: ("MalformedRecord", "packet whose headers announce more than was captured"),
}


@dataclass(frozen=True, slots=True)
class Recording:
    """A recording cut into frames.

    Parameters
    ----------
    frames
        In file order. ``received_ns`` is -1 throughout unless the framing is pcap.
    rejections
        Bytes that were left out, alike pieces merged.
    framing
        ``raw``, ``final``, ``pcap`` or ``beast``.
    """

    frames: Frames
    rejections: tuple[Rejection, ...]
    framing: Framing


def read_recording(path: Path) -> Recording:
    """Read and cut a recording.

    Parameters
    ----------
    path
        Raw ASTERIX, pcap, final-format or Beast file; ``.gz`` is unpacked by content.

    Raises
    ------
    FramingError
        If the bytes follow none of these, with the first bytes in the message.
    TruncatedBlock
        If the file ends within its first data block or its gzip stream.
    BadInput
        If the file cannot be read, is empty, or is larger than memory should hold.
    """
    data = np.frombuffer(bytearray(_content(path)), dtype=np.uint8)
    framing = recognise(data, str(path))
    if framing == "pcap":
        return _pcap(path, data)
    if framing == "beast":
        offset = np.arange(0, len(data), BEAST_FRAME_BYTES, dtype=np.int64)
        length = np.minimum(BEAST_FRAME_BYTES, len(data) - offset)
        return Recording(_frames("beast", path, data, offset, length), (), framing)
    offset, length, status = (np.empty(len(data) // 2 + 2, np.int64) for _ in range(3))
    if framing == "final":
        count = cut.split_final(data, offset, length, status)
    else:
        known = np.zeros(256, np.uint8)
        known[list(editions())] = 1
        count = cut.split_raw(data, known, offset, length, status)
    return _recording(path, data, framing, (offset[:count], length[:count], status[:count]))


def _content(path: Path) -> bytes:
    """All bytes of the file, unpacked, below the limit."""
    try:
        with path.open("rb") as file:
            packed = file.read(2) == b"\x1f\x8b"
            file.seek(0)
            pieces: list[bytes] = []
            size = 0
            with gzip.open(file) if packed else file as stream:
                while piece := stream.read(PIECE_BYTES):
                    pieces.append(piece)
                    size += len(piece)
                    if size > MAX_RECORDING_BYTES:
                        raise BadInput(
                            f"over {MAX_RECORDING_BYTES >> 30} GiB unpacked",
                            where=str(path),
                            remedy="Cut the recording into parts",
                        )
    except EOFError:
        raise TruncatedBlock(
            "the gzip stream ends early", where=str(path), remedy="Fetch the file again"
        ) from None
    except (gzip.BadGzipFile, zlib.error) as error:
        raise FramingError(
            f"the gzip stream is damaged ({error})", where=str(path), remedy="Fetch the file again"
        ) from None
    except OSError as error:
        raise BadInput(f"cannot be read ({error.strerror or error})", where=str(path)) from None
    if size == 0:
        raise FramingError("the file is empty", where=str(path))
    return b"".join(pieces)


def _frames(
    format: FeedFormat, path: Path, data: NDArray[np.uint8], offset: Integers, length: Integers
) -> Frames:
    none = np.full(len(offset), -1, np.int64)
    return Frames(format, path.name, data, offset, length, offset.copy(), none)


def _pcap(path: Path, data: NDArray[np.uint8]) -> Recording:
    magic = data[:4].tobytes()
    little = magic in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1")
    nanoseconds = magic in (b"\xa1\xb2\x3c\x4d", b"\x4d\x3c\xb2\xa1")
    link = int.from_bytes(data[20:24].tobytes(), "little" if little else "big") & 0xFFFF
    if link not in (0, 1, 101, 113, 228, 229, 276):
        raise FramingError(
            f"pcap file of link type {link}",
            where=str(path),
            remedy="Known are Ethernet (1), Linux cooked (113, 276), raw IP (101, 228, 229)",
        )
    # a payload of ORADIS blocks has at least 10 bytes each
    capacity = len(data) // 10 + 2
    offset, length, status, time_ns = (np.empty(capacity, np.int64) for _ in range(4))
    count = cut.split_pcap(
        data, int(little), link, 1 if nanoseconds else 1000, offset, length, status, time_ns
    )
    rows = (offset[:count], length[:count], status[:count])
    return _recording(path, data, "pcap", rows, time_ns[:count])


def _recording(
    path: Path,
    data: NDArray[np.uint8],
    framing: Framing,
    rows: tuple[Integers, Integers, Integers],
    time_ns: Integers | None = None,
) -> Recording:
    offset, length, status = rows
    good = status == cut.OK
    frames = _frames("asterix", path, data, offset[good].copy(), length[good].copy())
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
        refused.append(Rejection(reason, path.name, "", int(offset[row]), when, detail, times))
    return Recording(frames, tuple(refused), framing)
