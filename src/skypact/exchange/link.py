"""A link: own station and one partner station under one agreement, as a pure machine.

In: payloads with their subjects, offers of the own picture, durable items, the time. Out:
datagrams for the network, the partner's states, plots and items, and how the link is. It knows no
network, no clock and no logging: who holds it hands in what came and carries away what is to go,
every 20 to 100 ms. Written down in docs/reference/traffic.md.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from skypact.exchange.cards import Card, OwnStation
from skypact.exchange.handshake import Handshake
from skypact.exchange.inbox import Inbox
from skypact.exchange.journal_frames import JournalFull, JournalStopped
from skypact.exchange.link_reading import Answers, Incoming, LinkReader
from skypact.exchange.link_settings import LinkSettings
from skypact.exchange.link_writing import Datagram, LinkWriter
from skypact.exchange.live import TrackOffer
from skypact.exchange.outbox import Outbox
from skypact.exchange.quarantine import Quarantine
from skypact.exchange.refusals import EnvelopeRefused, Refusal
from skypact.exchange.terms import Terms, label_fault
from skypact.exchange.throttle import Throttle
from skypact.model.disk import Disk
from skypact.model.exchange import DurableItem
from skypact.model.labels import Label
from skypact.model.plots import Plots
from skypact.model.sensors import Sensor
from skypact.model.status import PartnerStatus
from skypact.model.time import SECOND_NS

__all__ = ["Datagram", "Incoming", "Link", "LinkSettings", "TrackOffer"]


class Link:
    """One partner station under one agreement.

    Parameters
    ----------
    own, partner
        Who we are, and whom the link is with.
    terms
        What envelopes are checked against; the agreement's id stays the same for ever.
    disk, folder
        Where outbox, inbox and quarantine lie: ``outbox/``, ``inbox/``, ``quarantine/``.
    random
        Source of keys, challenges and names, of the system's quality.
    settings
        Limits.

    Raises
    ------
    JournalDamaged
        If the files are not what was written.
    """

    def __init__(
        self,
        own: OwnStation,
        partner: Card,
        terms: Terms,
        disk: Disk,
        folder: Path,
        random: Callable[[int], bytes],
        settings: LinkSettings | None = None,
    ) -> None:
        settings = settings or LinkSettings()
        self.id = f"{terms.agreement}/{partner.station}"
        self.own = own
        self.partner = partner
        self._terms: Terms | None = terms
        self._agreement = terms.agreement
        self._random = random
        handshake = Handshake(own, partner, terms, random)
        self.reader = LinkReader(  # whoever takes payloads in pieces asks it, else `receive`
            partner.station,
            terms.agreement,
            handshake,
            Throttle(dict(settings.rates)),
            Quarantine(disk, folder / "quarantine"),
            Inbox(disk, folder / "inbox", random),
        )
        self._writer = LinkWriter(
            (own.card.station, partner.station),
            handshake,
            Outbox(disk, folder / "outbox", random, settings.outbox),
            self.reader.counts,
            settings,
        )
        self.throttled = False
        """Whether the partner sends too much."""
        self.flooded: frozenset[str] = frozenset()
        """Channels on which it does: the edge then unsubscribes from them for a while."""

    def renew(self, terms: Terms, now_ns: int) -> None:
        """Take the terms in force: after another text, membership or term; opens what was ended.

        Waiting items that may not leave under them are dropped and counted.
        """
        if terms.agreement != self._agreement:
            raise ValueError(f"the link is under {self._agreement}, not {terms.agreement}")
        if terms == self._terms:
            return
        self._terms, self._writer.closed = terms, False
        self._greet(terms)
        self._writer.live.ask_keyframe()
        own, partner = self.own.card, self.partner
        self._guarded(
            lambda: self._writer.outbox.leave_out(
                lambda label: leaving_fault(label, terms, own, partner) is None
            ),
            now_ns,
        )

    def end(self, now_ns: int) -> None:
        """The agreement lapsed or the link was closed: nothing leaves and nothing is let in.

        What came stays; what waits stays on disk.
        """
        self._terms, self._writer.closed = None, True
        self._greet(None)
        self.reader.quarantine.write()

    def receive(self, subject: str, payload: bytes, now_ns: int) -> None:
        """Take what the network brought; what is bad is refused, counted and kept as evidence."""
        self.reader.receive(subject, payload, now_ns)

    def offer_round(self, offers: Sequence[TrackOffer]) -> None:
        """Take everything that the partner may see now, of all labels, about once a second.

        What was in an earlier round and is not in this one has ended, or may be seen no more: the
        partner is told so.
        """
        self._writer.live.offer(offers)

    def offer_plots(
        self, plots: Plots, sensors: tuple[Sensor, ...], label: Label, now_ns: int
    ) -> None:
        """Take plots of one label; ``sensor`` is an index in ``sensors``, -1 where hidden."""
        self._writer.plots.offer(plots, sensors, label, now_ns)

    def post(self, items: Sequence[DurableItem], now_ns: int) -> range:
        """Take items that must arrive: on disk and synced on return. Their numbers.

        Raises
        ------
        EnvelopeRefused
            If a label may not go to this partner, or the link has ended; nothing is taken.
        QueueFull
            If too many wait; nothing is taken.
        JournalFull, JournalStopped
            If the disk does not take them; they must not take effect.
        """
        for label in {item.label for item in items}:
            if fault := leaving_fault(label, self._terms, self.own.card, self.partner):
                raise EnvelopeRefused(*fault)
        return self._writer.outbox.post(items, now_ns)

    def applied(self, number: int) -> None:
        """The node made a received item take effect, durably: it is not handed out again."""
        self.reader.inbox.applied(number)

    def tick(self, now_ns: int) -> None:
        """Do what time asks for; every 20 to 100 ms."""
        reader = self.reader
        answers, reader.answers = reader.answers, Answers()
        receipt = None
        if self._guarded(lambda: reader.settle(now_ns), now_ns):
            receipt = reader.inbox.receipt() if self.reader.handshake.ready else None
        reader.quarantine.flush(now_ns)
        self.flooded = reader.throttle.flooded(now_ns)
        self.throttled = reader.throttle.throttled(now_ns)
        self._writer.write(answers, receipt, reader.health, now_ns)

    def outgoing(self) -> list[Datagram]:
        """What the network is to carry now."""
        return self._writer.drain()

    def incoming(self) -> Incoming:
        """What came since this was last asked."""
        incoming, self.reader.incoming = self.reader.incoming, Incoming()
        return incoming

    def status(self, now_ns: int) -> PartnerStatus:
        """How the link is; what the picture says of the partner is the node's to add."""
        reader, writer = self.reader, self._writer
        health, counts = reader.health, reader.counts
        offset_ns = health.offset_ns
        return PartnerStatus(
            station=self.partner.station,
            party=self.partner.party,
            agreement=self._agreement,
            state="closed" if writer.closed else health.state(now_ns),
            last_heard_ns=health.last_heard_ns,
            clock_offset_s=None if offset_ns is None else offset_ns / SECOND_NS,
            delay_s=health.delay_s(0.5),
            delay_p95_s=health.delay_s(0.95),
            sent_per_s=counts.sent.per_s(now_ns),
            received_per_s=counts.received.per_s(now_ns),
            waiting=writer.outbox.waiting,
            delivered=writer.outbox.delivered,
            superseded=writer.live.superseded + writer.plots.superseded,
            gaps=counts.gaps,
            refused=dict(reader.quarantine.counts + counts.contents),
            throttled=reader.throttle.throttled(now_ns),
            epoch=self.reader.handshake.sealer.epoch,
            trouble=trouble_of(reader, writer, now_ns),
        )

    def close(self) -> None:
        """Let go of the files: the process ends."""
        self.reader.quarantine.write()
        self.reader.inbox.close()
        self._writer.outbox.close()

    def _greet(self, terms: Terms | None) -> None:
        """Meet as if begun now: with other keys, challenges and session than under other terms.

        So nothing that was said before can be opened, and the partner gives a new key even if
        its own terms are the same as ever.
        """
        handshake = Handshake(self.own, self.partner, terms, self._random)
        handshake.opener.clock_offset_ns = self.reader.health.offset_ns or 0
        self.reader.handshake = self._writer.handshake = handshake
        self.reader.answers = Answers()
        self._writer.clear()

    def _guarded(self, act: Callable[[], object], now_ns: int) -> bool:
        """Do what may meet a disk that takes no more: it is said, and the rest goes on."""
        try:
            act()
        except (JournalFull, JournalStopped) as problem:
            self._writer.disk_trouble.say(problem.what, now_ns)
            return False
        return True


def leaving_fault(
    label: Label, terms: Terms | None, own: Card, partner: Card
) -> tuple[Refusal, str] | None:
    """What keeps an item with a label from leaving; None if nothing does."""
    if terms is None:
        return Refusal.LAPSED, ""
    return label_fault(label, terms, own.station, own.party, partner.party)


def trouble_of(reader: LinkReader, writer: LinkWriter, now_ns: int) -> str:
    """What is wrong with a link, the worst first; empty while nothing is."""
    health, offset_ns = reader.health, reader.health.offset_ns or 0
    disk = writer.disk_trouble.words(now_ns)
    clock = f"its clock is {offset_ns / SECOND_NS:.1f} s off"
    said = (
        (writer.outbox.stopped, f"outbox: {writer.outbox.stopped}"),
        (reader.inbox.stopped, f"inbox: {reader.inbox.stopped}"),
        (reader.other_software, f"other software: {reader.other_software}"),
        (disk, disk),
        (health.clock_refused, f"{clock}: its states are not used"),
        (health.clock_doubted, clock),
        (
            reader.counts.lately("kept back", now_ns),
            "states are marked with what the agreement does not have",
        ),
        (writer.outbox.withheld, f"{writer.outbox.withheld} items may not leave any more"),
        (reader.counts.lately("OtherHistory", now_ns), "its outbox is not the one it was"),
        (reader.quarantine.trouble, reader.quarantine.trouble),
    )
    return next((words for wrong, words in said if wrong), "")
