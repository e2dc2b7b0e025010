"""Mode S streams to columns of messages: ``skypact decode`` and the front half of plots.

In: :class:`~skypact.model.frames.Frames` of format ``beast``, ``avr``, ``hexcsv`` or ``jet1090``
(the first read decides which), or messages that are cut already. Out: a row per message. Documents:
ICAO Annex 10 Volume IV, 3.1.2; Doc 9871 (2nd ed.), Appendix C; RTCA DO-260B, 2.2.3.2.
Messages whose parity does not hold stay in the rows, marked; nothing is corrected.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from skypact.feeds.mode_s.aircraft import AircraftMemory
from skypact.feeds.mode_s.columns import (
    MODE_AC_BYTES,
    Fields,
    RawMessages,
    not_vouched,
)
from skypact.feeds.mode_s.lines import KINDS, LineStream
from skypact.feeds.mode_s.messages import MessageColumns
from skypact.feeds.mode_s.registers import Registers
from skypact.feeds.mode_s.stream import BeastStream, StreamPart
from skypact.model.errors import Rejection
from skypact.model.frames import Frames


class ModeSDecoder:
    """Decodes one receiver's stream, read by read; the cut between reads does not matter.

    Parameters
    ----------
    start_ns
        Time of the first message where frames carry no time of reception.
    site
        The receiver's latitude, longitude (degrees) and largest range (m), NaN unknown:
        positions beyond are refused, and surface positions need it.
    """

    def __init__(
        self,
        start_ns: int = 0,
        *,
        site: tuple[float, float, float] = (np.nan, np.nan, np.nan),
    ) -> None:
        self._start_ns = start_ns
        self._stream: BeastStream | LineStream | None = None
        self._memory = AircraftMemory(site)

    @property
    def unfinished_bytes(self) -> int:
        """Bytes of a message that has not ended yet."""
        return self._stream.unfinished_bytes if self._stream else 0

    @property
    def aircraft(self) -> int:
        """Aircraft heard within the last ten minutes."""
        return len(self._memory)

    def decode(self, frames: Frames) -> MessageColumns:
        """Messages that end in these frames, in order of the stream."""
        if self._stream is None:
            lines = frames.format in KINDS
            self._stream = (
                LineStream(frames.format, self._start_ns) if lines else BeastStream(self._start_ns)
            )
        return self.take(self._stream.cut(frames), frames.source)

    def take(self, part: StreamPart, source: str) -> MessageColumns:
        """Messages that are cut and dated already, following those of the last call."""
        fields = Fields.read(part.raw)
        refused, crowded = self._memory.implausible, self._memory.crowded_out
        followed = self._memory.follow(fields, part.measured_ns, part.raw.vouched)
        registers = Registers.read(part.raw, fields, followed)
        bad = np.flatnonzero(~followed.crc_ok & (part.raw.length != MODE_AC_BYTES))
        first_bad = int(bad[0]) if len(bad) else 0
        counts = [
            ("parity does not hold or address not verified", first_bad, len(bad)),
            ("implausible position", 0, self._memory.implausible - refused),
            ("more aircraft than are remembered", 0, self._memory.crowded_out - crowded),
        ]
        rejections = part.rejections + tuple(
            _rejection(source, part, detail, first, count)
            for detail, first, count in counts
            if count
        )
        return MessageColumns(
            part.raw, fields, followed, registers, part.measured_ns, part.received_ns, rejections
        )


def _rejection(source: str, part: StreamPart, detail: str, first: int, count: int) -> Rejection:
    offset, received_ns = int(part.raw.position[first]), int(part.received_ns[first])
    return Rejection("MalformedRecord", source, "", offset, received_ns, detail, count)


def dated_messages(
    messages: NDArray[np.uint8],
    measured_ns: NDArray[np.int64],
    received_ns: NDArray[np.int64] | None = None,
    length: NDArray[np.int64] | None = None,
) -> StreamPart:
    """Messages with their times, for :meth:`ModeSDecoder.take`.

    Parameters
    ----------
    messages
        uint8, shape (n, 14); short messages in the first 7 bytes.
    measured_ns, received_ns
        int64 UTC nanoseconds, shape (n,); the latest measurement so far where not received.
    length
        7 or 14 bytes, shape (n,); by downlink format if not given.
    """
    count = len(messages)
    rows = np.array(messages, dtype=np.uint8).reshape(count, 14)
    if length is None:
        length = np.where(rows[:, 0] < 0x80, 7, 14)
    measured = np.array(measured_ns, dtype=np.int64)
    received = np.maximum.accumulate(measured if received_ns is None else received_ns)
    index = np.arange(count, dtype=np.int64)
    raw = RawMessages(
        rows,
        np.array(length, dtype=np.int64),
        np.full(count, -1, np.int64),
        np.zeros(count, np.uint8),
        index,
        index,
        not_vouched(count),
    )
    return StreamPart(raw, measured, np.array(received, dtype=np.int64), ())


def decode_messages(frames: Frames, *, start_ns: int = 0) -> MessageColumns:
    """Decode a whole stream at once; see :class:`ModeSDecoder`."""
    return ModeSDecoder(start_ns).decode(frames)
