"""What must reach a partner: kept on disk until its receipt, sent in order, again on silence.

In: durable items, receipts, the time. Out: contents of ``items`` envelopes. An item is synced to
disk before it is sent. Receipts are cumulative; what has none is sent again from the first on
(go-back-N) with growing pauses, and at once when the link comes back. Items are numbered in a
*stream* that has a name and a chain; if the partner's receipts speak of another history than this
outbox has (it was restored from an old copy), all that waits goes out anew in a new stream.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from skypact.exchange.item_content import (
    MOST_BYTES,
    MOST_ITEMS,
    Receipt,
    batch_content,
    item_row,
    piece_of,
    row_from,
)
from skypact.exchange.journal import SEGMENT_BYTES, Journal
from skypact.exchange.journal_frames import STREAM_BYTES, Piece
from skypact.model.disk import Disk
from skypact.model.errors import QueueFull
from skypact.model.exchange import DurableItem
from skypact.model.labels import Label
from skypact.model.time import SECOND_NS

LEAST_PAUSE_NS, MOST_PAUSE_NS = SECOND_NS // 5, 2 * SECOND_NS
WINDOW_BYTES = 2 * 1024 * 1024
"""Sent and without receipt: 16 Mbit/s at a round trip of a second."""
NOTED_EVERY_NS = SECOND_NS


@dataclass(frozen=True, slots=True)
class OutboxLimits:
    """What may wait: items, and bytes of files; past it nothing more is taken.

    ``segment_bytes`` is the size from which on a new file is begun.
    """

    items: int = 1_000_000
    bytes: int = 256 * 1024 * 1024
    segment_bytes: int = SEGMENT_BYTES


@dataclass(frozen=True, slots=True)
class ItemsToSend:
    """Content of one ``items`` envelope: its label, and the numbers it holds."""

    label: Label
    content: bytes
    numbers: range


class Outbox:
    """One link's outbox.

    Parameters
    ----------
    disk, folder
        Where it lies.
    random
        Names of streams.
    limits
        What may wait.

    Raises
    ------
    JournalDamaged
        If its files are not what was written.
    """

    def __init__(
        self,
        disk: Disk,
        folder: Path,
        random: Callable[[int], bytes],
        limits: OutboxLimits = OutboxLimits(),
    ) -> None:
        self._journal = Journal(disk, folder, random, limits.segment_bytes)
        self._random = random
        self._limits = limits
        self._next = self._journal.done + 1
        self._flying: deque[tuple[int, int]] = deque()  # last number, bytes
        self._flying_bytes = 0
        self._pause_ns = LEAST_PAUSE_NS
        self._progress_ns = 0
        self._noted_ns = 0
        self._went_back_ns: int | None = None
        self.sent_again = 0
        self.withheld = 0
        self.begun_anew = 0

    @property
    def waiting(self) -> int:
        """Items without a receipt."""
        return self._journal.last - self._journal.done

    @property
    def delivered(self) -> int:
        """Items of this stream that the partner has acknowledged."""
        return self._journal.done

    @property
    def stopped(self) -> str:
        """Why nothing more is taken, empty while it is."""
        return self._journal.stopped

    def post(self, items: Sequence[DurableItem], now_ns: int) -> range:
        """Take items; on disk and synced on return. Their numbers.

        Raises
        ------
        QueueFull
            If too much waits already; none of them is taken.
        JournalFull, JournalStopped
            As :meth:`Journal.append`: none of them may take effect.
        ValueError
            If one is no durable item.
        """
        pieces = [piece_of(item.label, item_row(item)) for item in items]
        size = sum(len(piece) for piece in pieces)
        if (
            self.waiting + len(pieces) > self._limits.items
            or self._journal.bytes + size > self._limits.bytes
        ):
            raise QueueFull(
                f"{self.waiting} items wait for the partner's receipt",
                remedy="Restore the link, or end it",
            )
        return self._journal.append(pieces, [now_ns] * len(pieces))

    def take_receipt(self, receipt: Receipt, now_ns: int) -> None:
        """Let go of what arrived.

        Raises
        ------
        JournalFull, JournalStopped
            If a new stream had to be begun, and the disk did not take it.
        """
        journal = self._journal
        if receipt.stream != journal.stream:
            self._go_back(journal.first, now_ns)  # the partner knows nothing of this stream
            return
        if journal.chain_at(receipt.number) != receipt.chain:
            # the partner remembers more, less, or other than this outbox has
            self._begin_anew(lambda label: True)
            return
        if receipt.number < journal.done:
            self._go_back(receipt.number + 1, now_ns)  # it lost what it had
        if receipt.number > journal.done:
            journal.let_go(receipt.number)
            self._pause_ns, self._progress_ns = LEAST_PAUSE_NS, now_ns
            self._next = max(self._next, receipt.number + 1)
            while self._flying and self._flying[0][0] <= receipt.number:
                self._flying_bytes -= self._flying.popleft()[1]

    def resume(self, now_ns: int) -> None:
        """The link came back: what has no receipt goes out again at once."""
        self._pause_ns, self._went_back_ns = LEAST_PAUSE_NS, None
        self._go_back(self._journal.done + 1, now_ns)

    def leave_out(self, may_leave: Callable[[Label], bool]) -> None:
        """Drop what may not leave under terms that are new, and count it as ``withheld``.

        Raises
        ------
        JournalFull, JournalStopped
            As :meth:`take_receipt`.
        """
        verdicts: dict[Label, bool] = {}
        for piece in self._waiting_pieces():
            label = row_from(piece.body)[0]
            verdicts.setdefault(label, may_leave(label))
        if not all(verdicts.values()):
            self._begin_anew(lambda label: verdicts.get(label, False))

    def due(self, now_ns: int, round_trip_s: float, room_bytes: int) -> Iterator[ItemsToSend]:
        """What is to be sent now, as long as there is room.

        Raises
        ------
        JournalStopped
            If the disk can no longer be read.
        """
        journal = self._journal
        pause_ns = max(self._pause_ns, min(MOST_PAUSE_NS, int(3 * round_trip_s * SECOND_NS)))
        if self._next > journal.done + 1 and not 0 <= now_ns - self._progress_ns < pause_ns:
            self._pause_ns = min(MOST_PAUSE_NS, 2 * self._pause_ns)
            self._go_back(journal.done + 1, now_ns)
        while self._next <= journal.last and room_bytes > 0 and self._flying_bytes < WINDOW_BYTES:
            if self._next == journal.done + 1:
                self._progress_ns = now_ns
            batch = self._batch(self._next)
            self._next = batch.numbers.stop
            self._flying.append((batch.numbers.stop - 1, len(batch.content)))
            self._flying_bytes += len(batch.content)
            room_bytes -= len(batch.content)
            yield batch

    def settle(self, now_ns: int) -> None:
        """Note durably what was delivered, now and then; nothing is lost if it is not.

        Raises
        ------
        JournalFull, JournalStopped
            As :meth:`Journal.append`.
        """
        if not 0 <= now_ns - self._noted_ns < NOTED_EVERY_NS:
            self._noted_ns = now_ns
            self._journal.note()

    def close(self) -> None:
        """Let go of the files."""
        self._journal.close()

    def _batch(self, first: int) -> ItemsToSend:
        """Items of one label from a number on."""
        label: Label | None = None
        rows = []
        for piece in self._journal.pieces(first, MOST_BYTES, MOST_ITEMS):
            its_label, row = row_from(piece.body)
            if label is not None and its_label != label:
                break
            label = its_label
            rows.append(row)
        chain = self._journal.chain_at(first - 1)
        assert label is not None
        assert chain is not None
        stream, oldest = self._journal.stream, self._journal.first
        content = batch_content(stream, oldest, first, chain, rows)
        return ItemsToSend(label, content, range(first, first + len(rows)))

    def _go_back(self, number: int, now_ns: int) -> None:
        """Send again from a number on; a partner that asks for it without end gets it in pauses."""
        last = self._went_back_ns
        if number >= self._next or (last is not None and 0 <= now_ns - last < LEAST_PAUSE_NS):
            return
        self._went_back_ns = self._progress_ns = now_ns
        self.sent_again += self._next - number
        self._next = number
        self._flying.clear()
        self._flying_bytes = 0

    def _waiting_pieces(self) -> Iterator[Piece]:
        number = self._journal.done + 1
        while found := self._journal.pieces(number, MOST_BYTES, MOST_ITEMS):
            yield from found
            number = found[-1].number + 1

    def _begin_anew(self, may_leave: Callable[[Label], bool]) -> None:
        """Put what waits and may leave into a new stream."""
        waiting = list(self._waiting_pieces())
        kept = [piece for piece in waiting if may_leave(row_from(piece.body)[0])]
        stream = self._random(STREAM_BYTES)
        self._journal.begin_anew(stream, 0, stream, kept)
        self.withheld += len(waiting) - len(kept)
        self.begun_anew += 1
        self._next = 1
        self._flying.clear()
        self._flying_bytes = 0
