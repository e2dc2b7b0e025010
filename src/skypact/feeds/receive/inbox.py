"""What has come over a socket and waits for the next step: a bounded queue of pieces.

In: payloads with their times of reception. Out: one :class:`~skypact.model.frames.Frames` a
drain, in order of arrival, and :class:`~skypact.model.errors.Rejection` rows for what was not
kept. Shedding: when the queue is full the newest piece is dropped and counted, so what is
kept has no holes before its end.
"""

from __future__ import annotations

from skypact.model.errors import Rejection
from skypact.model.frames import FeedFormat, Frames
from skypact.model.time import Clock

LARGEST_QUEUE_PIECES = 1 << 16
LARGEST_QUEUE_BYTES = 1 << 26
MOST_SENDERS = 256
MOST_KINDS = 64
"""Kinds of rejection kept apart between two looks."""


class Inbox:
    """A bounded queue between a socket and the node's step.

    Parameters
    ----------
    format, source
        What the bytes are and where they come in, as frames will say.
    clock
        Gives the time of reception.
    most_pieces, most_bytes
        What the queue holds at most.
    """

    def __init__(
        self,
        format: FeedFormat,
        source: str,
        clock: Clock,
        *,
        most_pieces: int = LARGEST_QUEUE_PIECES,
        most_bytes: int = LARGEST_QUEUE_BYTES,
    ) -> None:
        self._format: FeedFormat = format
        self._source = source
        self._clock = clock
        self._most_pieces = most_pieces
        self._most_bytes = most_bytes
        self._payloads: list[bytes] = []
        self._received_ns: list[int] = []
        self._position: list[int] = []
        self._bytes = 0
        self._latest_ns = 0
        self._refused: dict[tuple[str, str], Rejection] = {}
        self.senders: dict[str, int] = {}

    def put(self, payload: bytes, sender: str, position: int = 0) -> None:
        """Take a piece that has just come from ``sender``."""
        # Frames promise that reception never goes back, even if the clock is set back.
        self._latest_ns = max(self._latest_ns, self._clock.now_ns())
        full = len(self._payloads) >= self._most_pieces
        if full or self._bytes + len(payload) > self._most_bytes:
            self.refuse("QueueFull", "queue full: the newest is dropped", position)
            return
        self._payloads.append(payload)
        self._received_ns.append(self._latest_ns)
        self._position.append(position)
        self._bytes += len(payload)
        name = sender if sender in self.senders or len(self.senders) < MOST_SENDERS else "others"
        self.senders[name] = self.senders.get(name, 0) + 1

    def refuse(self, reason: str, detail: str, position: int = 0) -> None:
        """Count a piece that is not kept; alike ones are merged."""
        key = (reason, detail)
        if key not in self._refused and len(self._refused) >= MOST_KINDS:
            key = (reason, "and others")
        before = self._refused.get(key)
        if before is None:
            now_ns = max(self._latest_ns, self._clock.now_ns())
            row = Rejection(reason, self._source, "", position, now_ns, key[1])
        else:
            row = Rejection(
                reason, self._source, "", before.offset, before.received_ns, key[1],
                before.count + 1,
            )  # fmt: skip
        self._refused[key] = row

    def drain(self) -> Frames | None:
        """Everything that has come since, in order; None if nothing has."""
        if not self._payloads:
            return None
        frames = Frames.from_payloads(
            self._format, self._source, self._payloads, self._received_ns, self._position
        )
        self._payloads, self._received_ns, self._position, self._bytes = [], [], [], 0
        return frames

    def rejections(self) -> tuple[Rejection, ...]:
        """What was not kept since the last call, alike pieces merged."""
        rows = tuple(self._refused.values())
        self._refused = {}
        return rows
