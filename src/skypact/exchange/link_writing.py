"""The sending half of a link: what is to go out, in its order, sealed, as long as there is room.

In: offers, durable items, what the other half says is to be answered, the time. Out: datagrams.
Hails, pongs and receipts go first, then durable items, then live states and plots; what finds no
room waits where it is: items on disk, states as the newest of their track.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from skypact.exchange.handshake import Handshake
from skypact.exchange.header import Kind, subject_of
from skypact.exchange.journal_frames import JournalFull, JournalStopped
from skypact.exchange.link_counts import DiskTrouble, LinkCounts
from skypact.exchange.link_health import LATE_NS, LinkHealth, ping_content
from skypact.exchange.link_reading import Answers
from skypact.exchange.link_settings import LinkSettings
from skypact.exchange.live import Content, LiveStates, WaitingPlots
from skypact.exchange.outbox import Outbox
from skypact.exchange.refusals import EnvelopeRefused, NotReady
from skypact.exchange.terms import UNLABELLED
from skypact.model.labels import Label

_REQUEST = msgspec.msgpack.encode([1])


@dataclass(frozen=True, slots=True)
class Datagram:
    """What the network is to carry."""

    subject: str
    payload: bytes


class LinkWriter:
    """Writes what one partner is to get."""

    def __init__(
        self,
        ends: tuple[str, str],
        handshake: Handshake,
        outbox: Outbox,
        counts: LinkCounts,
        settings: LinkSettings,
    ) -> None:
        self.live = LiveStates()
        self.plots = WaitingPlots()
        self.outbox = outbox
        self.closed = False
        self.disk_trouble = DiskTrouble()
        self._ends = ends
        self.handshake = handshake
        self._counts = counts
        self._settings = settings
        self._queue: list[Datagram] = []
        self._queued_bytes = 0
        self._pinged_ns: int | None = None
        self._requested_ns: int | None = None
        self._lost = False
        self._was_up = False
        self._receipt: bytes | None = None

    def drain(self) -> list[Datagram]:
        """What is ready for the network."""
        queue, self._queue, self._queued_bytes = self._queue, [], 0
        return queue

    def clear(self) -> None:
        """Nothing that waits for the network leaves any more."""
        self.drain()

    def hail(self, payloads: list[bytes]) -> None:
        """Send hails: at most a few wait, for each says the newest."""
        waiting = sum(1 for one in self._queue if one.subject.endswith(".hail"))
        for payload in payloads[: max(0, 8 - waiting)]:
            self._put("hello", payload)

    def write(
        self, answers: Answers, receipt: bytes | None, health: LinkHealth, now_ns: int
    ) -> None:
        """Seal what is due; a disk that fails holds up items only, and is said."""
        self.hail(answers.hails + self.handshake.tick(now_ns))
        self._receipt = receipt or self._receipt
        self._lost |= answers.lost
        if answers.keyframe:
            self.live.ask_keyframe()
        self._take_receipts(answers, now_ns)
        if self.closed or not self.handshake.ready:
            self._was_up = False
            return
        heard = health.last_heard_ns >= 0 and now_ns - health.last_heard_ns <= LATE_NS
        if heard and (answers.began or not self._was_up):
            self.outbox.resume(now_ns)
            self.live.ask_keyframe()
            self._lost = False  # what was lost before is in the keyframe that it sends
        self._was_up = heard
        try:
            self._write_sealed(answers, health, now_ns, heard=heard)
        except NotReady:
            self._was_up = False

    def _write_sealed(
        self, answers: Answers, health: LinkHealth, now_ns: int, *, heard: bool
    ) -> None:
        for pong in answers.pongs:
            self._seal("pong", pong, UNLABELLED, now_ns)
        if self._receipt is not None:
            self._seal("receipt", self._receipt, UNLABELLED, now_ns)
            self._receipt = None
        if _passed(self._pinged_ns, now_ns, self._settings.ping_ns):
            self._pinged_ns = now_ns
            health.asked(now_ns)
            self._seal("ping", ping_content(now_ns), UNLABELLED, now_ns)
        if not heard:
            return
        if self._lost and _passed(self._requested_ns, now_ns, self._settings.request_ns):
            self._requested_ns, self._lost = now_ns, False
            self._seal("request", _REQUEST, UNLABELLED, now_ns)
        try:
            self._write_items(health, now_ns)
        except (JournalFull, JournalStopped) as problem:
            self.disk_trouble.say(problem.what, now_ns)
        self._write_live("tracks", self.live.contents(now_ns), now_ns)
        self._write_live("plots", self.plots.contents(now_ns), now_ns)

    def _take_receipts(self, answers: Answers, now_ns: int) -> None:
        try:
            for one in answers.receipts[-4:]:  # the last says all, unless another stream began
                self.outbox.take_receipt(one, now_ns)
        except (JournalFull, JournalStopped) as problem:
            self.disk_trouble.say(problem.what, now_ns)

    @property
    def _room(self) -> int:
        return self._settings.queued_bytes - self._queued_bytes

    def _write_items(self, health: LinkHealth, now_ns: int) -> None:
        refused: set[Label] = set()
        for batch in self.outbox.due(now_ns, health.round_trip_s, self._room):
            try:
                self._seal("items", batch.content, batch.label, now_ns)
            except EnvelopeRefused:
                refused.add(batch.label)
                break
        if refused:
            self.outbox.leave_out(lambda label: label not in refused)
        self.outbox.settle(now_ns)

    def _write_live(self, kind: Kind, contents: Iterator[Content], now_ns: int) -> None:
        while self._room > 0:
            content = next(contents, None)
            if content is None:
                return
            try:
                self._seal(kind, content.content, content.label, now_ns)
            except EnvelopeRefused:
                self._counts.keep_back(content.rows, now_ns)
                continue
            if kind == "tracks":
                self._counts.sent.add(content.rows, now_ns)

    def _seal(self, kind: Kind, content: bytes, label: Label, now_ns: int) -> None:
        self._put(kind, self.handshake.sealer.seal(kind, content, label, now_ns))

    def _put(self, kind: Kind, payload: bytes) -> None:
        self._queue.append(Datagram(subject_of(*self._ends, kind), payload))
        self._queued_bytes += len(payload)


def _passed(last_ns: int | None, now_ns: int, pause_ns: int) -> bool:
    """Whether a pause is over; a clock that was set back ends it."""
    return last_ns is None or not 0 <= now_ns - last_ns < pause_ns
