"""What a partner sent that must arrive: on disk before it is acknowledged, handed out in order.

In: contents of ``items`` envelopes, and word of what the node made take effect. Out: items, each
once and in order, and receipts. All that came between two settlings is synced at once, then
acknowledged, then handed out. After a crash, items that were not yet noted as applied are handed
out again: what they do must be told by their id.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from skypact.exchange.item_content import (
    ItemBatch,
    batch_from,
    item_from,
    piece_of,
    receipt_content,
    row_from,
)
from skypact.exchange.journal import SEGMENT_BYTES, Journal
from skypact.exchange.journal_frames import Piece, link
from skypact.exchange.rows import BadContent
from skypact.model.disk import Disk
from skypact.model.exchange import DurableItem
from skypact.model.labels import Label
from skypact.model.time import SECOND_NS

MOST_UNAPPLIED = 50_000
"""Items handed out and not applied; past it nothing is taken, and the partner waits."""
NOTED_EVERY_NS = SECOND_NS


class OtherHistory(BadContent):
    """Items that do not follow those taken before: the partner's outbox is another than it was."""


class Inbox:
    """One link's inbox.

    Parameters
    ----------
    disk, folder
        Where it lies.
    random
        Name of the stream before the first is known.
    segment_bytes
        Size from which on a new file is begun.
    most_unapplied
        Items that may wait to take effect; past it nothing is taken.

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
        segment_bytes: int = SEGMENT_BYTES,
        most_unapplied: int = MOST_UNAPPLIED,
    ) -> None:
        self._most_unapplied = most_unapplied
        self._journal = Journal(disk, folder, random, segment_bytes)
        self._pending: list[tuple[bytes, int]] = []  # came, and not yet on disk
        self._stream = self._journal.stream
        self._last, self._chain = self._journal.last, self._journal.chain
        self._handed = self._journal.done
        self._applied: set[int] = set()
        self._owed = True
        self._noted_ns = 0
        self._begin: tuple[int, bytes] | None = None
        self.unknown = 0

    @property
    def waiting(self) -> int:
        """Items that are here and have not taken effect."""
        return self._journal.last - self._journal.done

    @property
    def taken(self) -> int:
        """Number of the newest item that is durable here."""
        return self._journal.last

    @property
    def stopped(self) -> str:
        """Why nothing more is taken, empty while it is."""
        return self._journal.stopped

    def take(self, content: bytes, label: Label, now_ns: int) -> None:
        """Look at what came: what is new and next waits for :meth:`settle`, a receipt is owed.

        Raises
        ------
        BadContent
            If it is no such content; :class:`OtherHistory` if it does not follow what is here.
        """
        batch = batch_from(content)
        self._owed = True
        if batch.stream != self._stream and not self._begins(batch):
            return
        if batch.first > self._last + 1 or self.waiting + len(self._pending) > self._most_unapplied:
            return  # what is before is missing, or there is no room: it comes again
        pieces = [piece_of(label, row) for row in batch.items]
        known = self._last + 1 - batch.first
        chain = batch.chain
        for piece in pieces[:known]:
            chain = link(chain, piece)
        if known <= len(pieces) and chain != self._chain:
            raise OtherHistory(
                f"items from {batch.first} on do not follow those taken up to {self._last}"
            )
        for piece in pieces[known:]:
            self._pending.append((piece, now_ns))
            self._last += 1
            self._chain = link(self._chain, piece)

    def _begins(self, batch: ItemBatch) -> bool:
        """Whether a stream that is not known begins here: once the one before has taken effect."""
        if batch.first != batch.oldest or self.waiting or self._pending:
            return False
        self._stream, self._last, self._chain = batch.stream, batch.first - 1, batch.chain
        self._begin = self._last, self._chain
        return True

    def settle(self, now_ns: int) -> None:
        """Make durable what came.

        Raises
        ------
        JournalFull
            If the disk takes no more: it is as if nothing had come.
        JournalStopped
            If the disk failed: nothing is acknowledged or handed out any more.
        """
        try:
            if self._pending:
                if self._begin is not None:
                    self._journal.begin_anew(self._stream, *self._begin)
                    self._handed, self._applied = self._begin[0], set()
                bodies, stamps = zip(*self._pending, strict=True)
                self._journal.append(bodies, stamps)
            elif not 0 <= now_ns - self._noted_ns < NOTED_EVERY_NS:
                self._noted_ns = now_ns
                self._journal.note()
        finally:
            self._pending, self._begin = [], None
            self._stream = self._journal.stream
            self._last, self._chain = self._journal.last, self._journal.chain

    def receipt(self) -> bytes | None:
        """Content of the receipt that is owed, None if none is: after :meth:`settle`."""
        if not self._owed or self._journal.stopped:
            return None
        self._owed = False
        return receipt_content(self._journal.stream, self._journal.last, self._journal.chain)

    def owe(self) -> None:
        """The link came back: the partner is to know where we are."""
        self._owed = True

    def handed(self, most: int = 5_000) -> list[tuple[int, DurableItem, int]]:
        """Items that are durable and were not handed out yet: number, item, time of reception.

        Raises
        ------
        JournalStopped
            If they can no longer be read.
        """
        found: list[tuple[int, DurableItem, int]] = []
        if self._journal.stopped or self._handed >= self._journal.last:
            return found
        for piece in self._journal.pieces(self._handed + 1, 1 << 24, most):
            self._handed = piece.number
            item = self._item(piece)
            if item is None:
                self.unknown += 1
                self.applied(piece.number)
            else:
                found.append((piece.number, item, piece.stamp))
        return found

    def _item(self, piece: Piece) -> DurableItem | None:
        try:
            return item_from(*row_from(piece.body))
        except BadContent:
            return None

    def applied(self, number: int) -> None:
        """An item took effect, durably: it is not handed out again."""
        journal = self._journal
        if not journal.done < number <= self._handed:
            return
        self._applied.add(number)
        done = journal.done
        while done + 1 in self._applied:
            done += 1
            self._applied.discard(done)
        journal.let_go(done)

    def close(self) -> None:
        """Let go of the files."""
        self._journal.close()
