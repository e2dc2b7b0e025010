"""Beast bytes to messages with times, across frames: the part of decoding that keeps a stream.

In: :class:`~skypact.model.frames.Frames` of format ``beast``, any stretches of one stream. Out:
messages with the time they were measured and received, and what lay between them.
Document: Mode-S Beast Wiki, "Data Output Formats".
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skypact.feeds.mode_s.columns import RawMessages, not_vouched
from skypact.kernels import mode_s_beast, mode_s_clock
from skypact.model.errors import Rejection
from skypact.model.frames import Frames

STATUS = 0x34
"""Type of a receiver's own status message: a sign of life, no Mode S."""


@dataclass(frozen=True, slots=True)
class StreamPart:
    """Messages of one read, their times, and what was refused.

    Parameters
    ----------
    raw
        Mode A/C and Mode S messages.
    measured_ns, received_ns
        int64 UTC nanoseconds, shape (messages,); ``received_ns`` never decreases.
    rejections
        Bytes between messages, merged into one row.
    """

    raw: RawMessages
    measured_ns: NDArray[np.int64]
    received_ns: NDArray[np.int64]
    rejections: tuple[Rejection, ...]


class BeastStream:
    """Cuts a stream into messages and dates them; keeps the unfinished rest between reads.

    Parameters
    ----------
    start_ns
        Time of the first message where frames carry no time of reception.
    """

    def __init__(self, start_ns: int = 0) -> None:
        self._start_ns = start_ns
        self._rest = np.empty(0, np.uint8)
        self._rest_position = 0
        self._clock = np.zeros(4, np.int64)
        self._clock[mode_s_clock.LATEST_NS] = start_ns

    @property
    def unfinished_bytes(self) -> int:
        """Bytes of a message that has not ended yet."""
        return len(self._rest)

    def cut(self, frames: Frames) -> StreamPart:
        """Messages that end in these frames, in order."""
        held = len(self._rest)
        data, ends = joined(self._rest, frames)
        most = min(
            len(data) // mode_s_beast.SMALLEST, int(np.count_nonzero(data == mode_s_beast.ESCAPE))
        )
        kind = np.empty(most, np.uint8)
        messages = np.empty((most, 14), np.uint8)
        signal = np.empty(most, np.uint8)
        length, counter, start, stop = (np.empty(most, np.int64) for _ in range(4))
        outcome = np.zeros(5, np.int64)
        mode_s_beast.split(
            data, 0, len(data), kind, messages, length, counter, signal, start, stop, outcome
        )
        count, rest, stray, stretches, first_stray = (int(value) for value in outcome)
        frame = np.searchsorted(ends, stop[:count]).astype(np.int64)
        measured, received = np.empty(count, np.int64), np.empty(count, np.int64)
        mode_s_clock.tag_times(
            counter[:count],
            frame,
            np.array(frames.received_ns, dtype=np.int64),
            self._start_ns,
            self._clock,
            measured,
            received,
        )
        places = np.append(start[:count], [rest, first_stray])
        where = positions(places, frames, ends, held, self._rest_position)
        self._rest, self._rest_position = data[rest:].copy(), int(where[count])
        rejections: tuple[Rejection, ...] = ()
        if stray:
            told = f"{stray} bytes outside any Beast message, in {stretches} stretches"
            at = int(np.searchsorted(ends, first_stray, side="right"))
            when = int(frames.received_ns[min(at, len(frames) - 1)])
            rejections = (
                Rejection("FramingError", frames.source, "", int(where[-1]), when, told, stretches),
            )
        keep = kind[:count] != STATUS
        if keep.all():
            raw = RawMessages(
                messages[:count], length[:count], counter[:count], signal[:count], where[:count],
                frame, not_vouched(count),
            )  # fmt: skip
            return StreamPart(raw, measured, received, rejections)
        raw = RawMessages(
            messages[:count][keep], length[:count][keep], counter[:count][keep],
            signal[:count][keep], where[:count][keep], frame[keep],
            not_vouched(int(keep.sum())),
        )  # fmt: skip
        return StreamPart(raw, measured[keep], received[keep], rejections)


def joined(rest: NDArray[np.uint8], frames: Frames) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """What was left and the frames' bytes end to end, and where each frame ends in them."""
    return np.concatenate([rest, *_stretches(frames)]), len(rest) + np.cumsum(frames.length)


def positions(
    places: NDArray[np.int64],
    frames: Frames,
    ends: NDArray[np.int64],
    held: int,
    rest_position: int,
) -> NDArray[np.int64]:
    """Where ``places`` in the joined bytes lie in the source; the first ``held`` were left."""
    if not len(frames):
        return rest_position + places
    frame = np.minimum(np.searchsorted(ends, places, side="right"), len(frames) - 1)
    begins = ends - frames.length
    within = frames.position[frame] + places - begins[frame]
    return np.where(places < held, rest_position + places, within)


def _stretches(frames: Frames) -> list[NDArray[np.uint8]]:
    """The frames' bytes in order; one stretch where they lie end to end."""
    if not len(frames):
        return []
    ends = frames.offset + frames.length
    if np.array_equal(ends[:-1], frames.offset[1:]):
        return [frames.data[frames.offset[0] : ends[-1]]]
    return [
        frames.data[first : first + size]
        for first, size in zip(frames.offset.tolist(), frames.length.tolist(), strict=True)
    ]
