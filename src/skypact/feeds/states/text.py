"""Lines of text across frames, and values of the places where they lie.

In: :class:`~skypact.model.frames.Frames` of a line format, cut anywhere. Out: whole lines, with
their places in the source, and columns of numbers, codes and texts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skypact.feeds.mode_s.stream import joined, positions
from skypact.kernels import mode_s_text
from skypact.model.errors import Rejection
from skypact.model.frames import Frames

LONGEST_BYTES = 1 << 24
"""An unfinished line or document that is longer is refused, so that nothing fills memory."""
Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class WholeLines:
    """Lines that have ended, joined: ``data``, uint8; the rest says where they came from."""

    data: NDArray[np.uint8]
    frames: Frames
    ends: Places
    held: int
    rest_position: int

    def where(self, places: Places) -> Places:
        """Byte offsets in the source of places in ``data``."""
        return positions(places, self.frames, self.ends, self.held, self.rest_position)

    def received_ns(self, stop: Places) -> Places:
        """Time of reception of what ends at ``stop``, -1 unknown."""
        if not len(self.frames):
            return np.full(len(stop), -1, np.int64)
        frame = np.minimum(np.searchsorted(self.ends, stop), len(self.frames) - 1)
        return self.frames.received_ns[frame]

    def refused(self, reason: str, detail: str, place: int, count: int = 1) -> Rejection:
        """What is refused at a place of ``data``."""
        at = np.array([place], np.int64)
        offset, received = int(self.where(at)[0]), int(self.received_ns(at + 1)[0])
        return Rejection(reason, self.frames.source, "", offset, received, detail, count)


class LineKeeper:
    """Hands on the lines that have ended and keeps the one that has not."""

    def __init__(self) -> None:
        self._rest = np.empty(0, np.uint8)
        self._rest_position = 0
        self._skipping = False

    def take(self, frames: Frames) -> tuple[WholeLines, tuple[Rejection, ...]]:
        """Whole lines of what was kept and these frames; what is too long is refused."""
        held = len(self._rest)
        data, ends = joined(self._rest, frames)
        newlines = np.flatnonzero(data == mode_s_text.NEWLINE)
        if self._skipping:
            self._skipping = not len(newlines)
            data[: int(newlines[0]) if len(newlines) else len(data)] = ord(" ")
        cut = int(newlines[-1]) + 1 if len(newlines) else 0
        lines = WholeLines(data[:cut].copy(), frames, ends, held, self._rest_position)
        rejections: tuple[Rejection, ...] = ()
        if len(data) - cut > LONGEST_BYTES:
            if not self._skipping:
                told = f"a line of over {LONGEST_BYTES} bytes"
                rejections = (lines.refused("FramingError", told, cut),)
            self._skipping, cut = True, len(data)
        self._rest_position = int(lines.where(np.array([cut], np.int64))[0])
        self._rest = data[cut:].copy()
        return lines, rejections


def numbers(data: NDArray[np.uint8], begin: Places, end: Places) -> NDArray[np.float64]:
    """Decimal numbers, NaN where there is none."""
    out = np.empty(len(begin))
    mode_s_text.read_numbers(data, _flat(begin), _flat(end), out)
    return out


def codes(data: NDArray[np.uint8], begin: Places, end: Places, base: int) -> NDArray[np.int32]:
    """Unsigned numbers of base 8 or 16, -1 where there is none."""
    out = np.empty(len(begin), np.int32)
    mode_s_text.read_codes(data, _flat(begin), _flat(end), base, out)
    return out


def texts(data: NDArray[np.uint8], begin: Places, end: Places, width: int) -> NDArray[np.bytes_]:
    """ASCII texts of at most ``width`` characters, blanks at the end left out."""
    out = np.zeros((len(begin), width), np.uint8)
    mode_s_text.read_texts(data, _flat(begin), _flat(end), out)
    return out.view(f"S{width}").reshape(-1)


def whole_numbers(values: NDArray[np.float64], largest: int) -> NDArray[np.int32]:
    """Codes that come as numbers: -1 where none, or not in 0 to ``largest``."""
    good = (values >= 0) & (values <= largest)
    return np.where(good, np.where(good, values, 0), -1).astype(np.int32)


def nanoseconds(seconds: NDArray[np.float64]) -> NDArray[np.int64]:
    """UTC seconds as ns, to the microsecond a float of today holds; -1 where none."""
    good = (seconds >= 0) & (seconds < 9e9)
    whole = np.floor(np.where(good, seconds, 0))
    micro = np.round((np.where(good, seconds, 0) - whole) * 1e6)
    return np.where(good, whole.astype(np.int64) * 10**9 + micro.astype(np.int64) * 1000, -1)


def _flat(values: Places) -> Places:
    return np.ascontiguousarray(values)
