"""Text lines to Mode S messages with times: AVR, ``time,hex`` CSV and jet1090's JSON lines.

In: :class:`~skypact.model.frames.Frames` of format ``avr``, ``hexcsv`` or ``jet1090``, any
stretches of one stream. Out: what :mod:`~skypact.feeds.mode_s.stream` makes of Beast bytes.
Documents: see :mod:`skypact.kernels.mode_s_lines`. AVR without counters takes the time of
reception; the others tell UTC.
"""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from skypact.feeds.mode_s.columns import RawMessages
from skypact.feeds.mode_s.stream import StreamPart, joined, positions
from skypact.kernels import mode_s_clock, mode_s_lines
from skypact.model.errors import Rejection
from skypact.model.frames import FeedFormat, Frames

KINDS: dict[FeedFormat, int] = {
    "avr": mode_s_lines.AVR,
    "hexcsv": mode_s_lines.CSV,
    "jet1090": mode_s_lines.JET1090,
}
LONGEST_LINE_BYTES = 1 << 16
"""A line that is longer is refused, so that a stream without line ends fills no memory."""

BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class LineStream:
    """Cuts lines into messages and dates them; keeps the unfinished line between reads.

    Parameters
    ----------
    format
        ``avr``, ``hexcsv`` or ``jet1090``.
    start_ns
        Time of the first AVR message where frames carry no time of reception.
    """

    def __init__(self, format: FeedFormat, start_ns: int = 0) -> None:
        self._kind = KINDS[format]
        self._start_ns = start_ns
        self._clock = np.zeros(4, np.int64)
        self._clock[mode_s_clock.LATEST_NS] = start_ns if self._kind == mode_s_lines.AVR else 0
        self._rest = np.empty(0, np.uint8)
        self._rest_position = 0
        self._begun = False
        self._overlong = False

    @property
    def unfinished_bytes(self) -> int:
        """Bytes of a line that has not ended yet."""
        return len(self._rest)

    def cut(self, frames: Frames) -> StreamPart:
        """Messages of the lines that end in these frames, in order."""
        held = len(self._rest)
        data, ends = joined(self._rest, frames)
        if self._overlong:
            found = np.flatnonzero(data == mode_s_lines.NEWLINE)
            self._overlong = not len(found)
            data[: int(found[0]) if len(found) else len(data)] = ord(" ")
        most = len(data) // 6 + 1
        messages = np.empty((most, 14), np.uint8)
        signal, vouched = np.empty(most, np.uint8), np.empty(most, np.int32)
        length, stamp, start, stop = (np.empty(most, np.int64) for _ in range(4))
        outcome = np.zeros(5, np.int64)
        mode_s_lines.split_lines(
            data, self._kind, TIME_KEY, FRAME_KEY,
            messages, length, stamp, signal, vouched, start, stop, outcome,
        )  # fmt: skip
        count, rest, stray, lines, first_stray = (int(value) for value in outcome)
        frame = np.searchsorted(ends, stop[:count]).astype(np.int64)
        measured, received = self._dated(stamp[:count], frame, frames)
        places = np.append(start[:count], [rest, first_stray])
        where = positions(places, frames, ends, held, self._rest_position)
        lines -= self._header(data, count, lines, start)
        rejections = []
        if lines > 0:
            told = f"{stray} bytes in {lines} lines that hold no {frames.format} message"
            when = _received(frames, ends, first_stray)
            rejections.append(
                _refused("MalformedRecord", frames, int(where[-1]), when, told, lines)
            )
        if len(data) - rest > LONGEST_LINE_BYTES:
            if not self._overlong:
                told = f"a line of over {LONGEST_LINE_BYTES} bytes"
                when, at = _received(frames, ends, rest), int(where[count])
                rejections.append(_refused("FramingError", frames, at, when, told, 1))
            self._overlong = True
            where[count] += len(data) - rest
            rest = len(data)
        self._rest, self._rest_position = data[rest:].copy(), int(where[count])
        raw = RawMessages(
            messages[:count],
            length[:count],
            stamp[:count] if self._kind == mode_s_lines.AVR else np.full(count, -1, np.int64),
            signal[:count],
            where[:count],
            frame,
            vouched[:count],
        )
        return StreamPart(raw, measured, received, tuple(rejections))

    def _header(
        self, data: NDArray[np.uint8], count: int, lines: int, start: NDArray[np.int64]
    ) -> int:
        """1 where the first line of the stream names the columns of a CSV file, else 0."""
        if self._begun or not (count or lines):
            return 0
        self._begun = True
        if self._kind != mode_s_lines.CSV:
            return 0
        before = data[: int(start[0]) if count else len(data)].tobytes()
        first = before.removeprefix(BYTE_ORDER_MARK).lstrip().split(b"\n", 1)[0]
        return int(bool(re.match(rb'"?[A-Za-z_]+"?,', first)))

    def _dated(
        self, stamp: NDArray[np.int64], frame: NDArray[np.int64], frames: Frames
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        measured, received = np.empty(len(stamp), np.int64), np.empty(len(stamp), np.int64)
        reception = np.array(frames.received_ns, dtype=np.int64)
        if self._kind == mode_s_lines.AVR:
            mode_s_clock.tag_times(
                stamp, frame, reception, self._start_ns, self._clock, measured, received
            )
        elif len(stamp):
            given = reception[frame]
            measured = np.where(given >= 0, np.minimum(stamp, given), stamp)
            heard = np.where(given >= 0, given, measured)
            latest = int(self._clock[mode_s_clock.LATEST_NS])
            received = np.maximum(np.maximum.accumulate(heard), latest)
            self._clock[mode_s_clock.LATEST_NS] = received[-1]
        return measured, received


TIME_KEY = np.frombuffer(bytearray(b"timestamp"), np.uint8)
FRAME_KEY = np.frombuffer(bytearray(b"frame"), np.uint8)


def _received(frames: Frames, ends: NDArray[np.int64], place: int) -> int:
    at = int(np.searchsorted(ends, max(place, 0), side="right"))
    return int(frames.received_ns[min(at, len(frames) - 1)])


def _refused(
    reason: str, frames: Frames, offset: int, received_ns: int, detail: str, count: int
) -> Rejection:
    return Rejection(reason, frames.source, "", offset, received_ns, detail, count)
