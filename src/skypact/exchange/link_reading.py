"""The receiving half of a link: from payloads of the network to what the node may use.

In: subjects and payloads. Out: states, plots and items of the partner, and what the other half is
to answer. Nothing that comes in raises: it is used, or refused by name, counted and kept as
evidence; what is too much is dropped before it costs anything.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from skypact.exchange.handshake import Handshake
from skypact.exchange.inbox import Inbox
from skypact.exchange.item_content import Receipt, receipt_from
from skypact.exchange.link_counts import LinkCounts
from skypact.exchange.link_health import LinkHealth, pong_content
from skypact.exchange.opener import Opened
from skypact.exchange.plot_content import decode_plots
from skypact.exchange.quarantine import Quarantine
from skypact.exchange.refusals import EnvelopeRefused, Refusal
from skypact.exchange.rows import BadContent
from skypact.exchange.throttle import Throttle
from skypact.exchange.track_content import decode_tracks
from skypact.model.exchange import PartnerPlots, PartnerTracks, ReceivedItem

MOST_ANSWERS = 64
"""Pings of the partner that are answered between two ticks."""


@dataclass(slots=True)
class Incoming:
    """What came since it was last asked for, in order."""

    tracks: list[PartnerTracks] = field(default_factory=list)
    plots: list[PartnerPlots] = field(default_factory=list)
    items: list[ReceivedItem] = field(default_factory=list)


@dataclass(slots=True)
class Answers:
    """What the sending half is to do about what came."""

    hails: list[bytes] = field(default_factory=list)
    pongs: list[bytes] = field(default_factory=list)
    receipts: list[Receipt] = field(default_factory=list)
    lost: bool = False
    keyframe: bool = False
    began: bool = False
    """The partner's process is another than before."""


class LinkReader:
    """Reads what one partner station sends under one agreement."""

    def __init__(
        self,
        partner: str,
        agreement: str,
        handshake: Handshake,
        throttle: Throttle,
        quarantine: Quarantine,
        inbox: Inbox,
    ) -> None:
        self.health = LinkHealth()
        self.counts = LinkCounts()
        self.incoming = Incoming()
        self.answers = Answers()
        self.throttle = throttle
        self.quarantine = quarantine
        self.inbox = inbox
        self._agreement = agreement
        self._station = partner
        self.handshake = handshake
        self.other_software = ""
        """Which software the partner runs, if it is of another protocol; empty once it is not."""
        self._session = b""

    def receive(self, subject: str, payload: bytes, now_ns: int) -> None:
        """Take one payload."""
        if self.admit(subject, len(payload), now_ns):
            self.open(subject, payload, now_ns)

    def admit(self, subject: str, size: int, now_ns: int) -> bool:
        """Whether a payload of this size is worth a look; a flood is dropped before any."""
        admitted = self.throttle.admit(channel_of(subject), size, now_ns)
        if not admitted:
            self.quarantine.count(Refusal.FLOOD)
        return admitted

    def leave(self, subject: str, now_ns: int) -> None:
        """Drop a payload that was admitted, for want of time to look at it."""
        self.throttle.exceed(channel_of(subject), now_ns)
        self.quarantine.count(Refusal.FLOOD)

    def open(self, subject: str, payload: bytes, now_ns: int) -> None:
        """Look at one payload that was admitted."""
        try:
            opened = self.handshake.opener.open(subject, payload, now_ns)
        except EnvelopeRefused as refused:
            if refused.reason is Refusal.OTHER_PROTOCOL:
                self.other_software = refused.detail
            # evidence is kept as UTF-8, which not every text is
            shown = subject.encode("ascii", "backslashreplace").decode()
            self.quarantine.take(refused, shown, payload, now_ns)
            return
        try:
            self._read(opened, now_ns)
        except BadContent as refused:
            self.counts.refuse({refused.name: 1}, now_ns)

    def _read(self, opened: Opened, now_ns: int) -> None:
        if opened.hail is not None:
            self.answers.hails += self.handshake.take(opened, now_ns)
            if opened.fresh:
                self.other_software = ""
                self.health.heard(now_ns)
                self._meet(opened.session)
            return
        self.health.heard(now_ns)
        self.counts.place(opened.missing, late=opened.late)
        self.answers.lost |= opened.missing > 0
        match opened.kind:
            case "tracks":
                self._tracks(opened, now_ns)
            case "plots":
                self._plots(opened, now_ns)
            case "items":
                self.inbox.take(opened.content, opened.label, now_ns)
            case "receipt":
                self.answers.receipts.append(receipt_from(opened.content))
            case "ping":
                if len(self.answers.pongs) < MOST_ANSWERS:
                    self.answers.pongs.append(pong_content(opened.content, now_ns, now_ns))
            case "pong":
                self.health.take_pong(opened.content, now_ns)
                self.handshake.opener.clock_offset_ns = self.health.offset_ns or 0
            case "request":
                self.answers.keyframe = True
            case _:
                raise BadContent(f"a {opened.kind} is not expected here")

    def _meet(self, session: bytes) -> None:
        """The partner started, or we did: measurements and receipts begin anew."""
        if session != self._session:
            self._session = session
            self.answers.began = True
            self.health.forget()
            self.inbox.owe()

    def _tracks(self, opened: Opened, now_ns: int) -> None:
        found = decode_tracks(opened.content)
        self.counts.refuse(found.refused, now_ns)
        self.counts.received.add(len(found.tracks), now_ns)
        self.health.delayed(opened.sent_ns, now_ns)
        self.incoming.tracks.append(
            PartnerTracks(
                station=self._station,
                agreement=self._agreement,
                label=opened.label,
                tracks=found.tracks,
                claims=found.claims,
                blurred=found.blurred,
                ended=found.ended,
                keyframe=found.keyframe,
                whole=found.whole,
                received_ns=now_ns,
            )
        )

    def _plots(self, opened: Opened, now_ns: int) -> None:
        found = decode_plots(opened.content)
        self.counts.refuse(found.refused, now_ns)
        self.health.delayed(opened.sent_ns, now_ns)
        if len(found.plots):
            self.incoming.plots.append(
                PartnerPlots(
                    self._station, self._agreement, opened.label, found.plots, found.sensors, now_ns
                )
            )

    def settle(self, now_ns: int) -> None:
        """Make durable the items that came, and hand them out.

        Raises
        ------
        JournalFull, JournalStopped
            If the disk does not take them: they are neither acknowledged nor handed out.
        """
        self.inbox.settle(now_ns)
        self.incoming.items += [
            ReceivedItem(self._station, self._agreement, number, item, received_ns)
            for number, item, received_ns in self.inbox.handed()
        ]


def channel_of(subject: str) -> str:
    """The last word of a subject."""
    return subject.rpartition(".")[2]
