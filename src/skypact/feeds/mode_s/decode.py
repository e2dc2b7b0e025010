"""Beast frames to columns of messages: ``skypact decode`` and the front half of plots.

In: :class:`~skypact.model.frames.Frames` of format ``beast``. Out: a row per message. Documents:
ICAO Annex 10 Volume IV, 3.1.2; Doc 9871 (2nd ed.), Appendix C; RTCA DO-260B, 2.2.3.2.
Messages whose parity does not hold stay in the rows, marked; nothing is corrected.
"""

from __future__ import annotations

import numpy as np

from skypact.feeds.mode_s.aircraft import AircraftMemory
from skypact.feeds.mode_s.columns import MODE_AC_BYTES, Fields, MessageColumns
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
        self._stream = BeastStream(start_ns)
        self._memory = AircraftMemory(site)

    @property
    def unfinished_bytes(self) -> int:
        """Bytes of a message that has not ended yet."""
        return self._stream.unfinished_bytes

    @property
    def aircraft(self) -> int:
        """Aircraft heard within the last ten minutes."""
        return len(self._memory)

    def decode(self, frames: Frames) -> MessageColumns:
        """Messages that end in these frames, in order of the stream."""
        part = self._stream.cut(frames)
        fields = Fields.read(part.raw)
        refused, crowded = self._memory.implausible, self._memory.crowded_out
        followed = self._memory.follow(fields, part.measured_ns)
        registers = Registers.read(part.raw, fields, followed)
        bad = np.flatnonzero(~followed.crc_ok & (part.raw.length != MODE_AC_BYTES))
        first_bad = int(bad[0]) if len(bad) else 0
        counts = [
            ("parity does not hold or address not verified", first_bad, len(bad)),
            ("implausible position", 0, self._memory.implausible - refused),
            ("more aircraft than are remembered", 0, self._memory.crowded_out - crowded),
        ]
        rejections = part.rejections + tuple(
            _rejection(frames.source, part, detail, first, count)
            for detail, first, count in counts
            if count
        )
        return MessageColumns(
            part.raw, fields, followed, registers, part.measured_ns, part.received_ns, rejections
        )


def _rejection(source: str, part: StreamPart, detail: str, first: int, count: int) -> Rejection:
    offset, received_ns = int(part.raw.position[first]), int(part.received_ns[first])
    return Rejection("MalformedRecord", source, "", offset, received_ns, detail, count)


def decode_messages(frames: Frames, *, start_ns: int = 0) -> MessageColumns:
    """Decode a whole stream at once; see :class:`ModeSDecoder`."""
    return ModeSDecoder(start_ns).decode(frames)
