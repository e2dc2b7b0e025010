"""One link as the gateway holds it: open while its agreement lets it, with what is kept beside it.

In: the agreement's situation, datagrams, items to be posted. Out: the link's traffic, items that
took effect, the audit's records of both, and a status. A link that cannot be opened says why and
stops no other.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from skypact.audit.log import AuditLog
from skypact.audit.record import Entry
from skypact.exchange.cards import Card, OwnStation
from skypact.exchange.link import Datagram, Incoming, Link
from skypact.exchange.terms import Terms
from skypact.model.disk import Disk
from skypact.model.errors import SkypactError
from skypact.model.exchange import DurableItem, ReceivedItem
from skypact.model.status import PartnerStatus
from skypact.model.time import to_iso
from skypact.node.agreement_state import Situation
from skypact.node.audit_exchange import LinkAudit, Traffic
from skypact.node.gateway_arrivals import Arrival, Arrivals
from skypact.node.gateway_items import ItemsIn, TextsPosted
from skypact.node.gateway_labels import Audience, audience_of
from skypact.node.gateway_terms import is_joint_post, terms_of, why_closed
from skypact.picture.outlook import PartnerPicture

HEADS_WAITING = 120
"""While so many items wait for a partner that is away, no more heads are posted: they keep."""


class LinkPlan(Protocol):
    """What a link is made of: ``node.station.LinkSetup`` is one."""

    @property
    def agreement(self) -> str:
        """Id of the agreement."""

    @property
    def partner(self) -> Card:
        """The partner's card."""

    @property
    def traffic(self) -> Path:
        """Folder of the link."""

    @property
    def credentials_end_ns(self) -> int:
        """When its credentials end, int64 UTC nanoseconds."""


class GatewayLink:
    """One link of a node.

    Parameters
    ----------
    own, plan
        Who we are, and the link.
    disk
        Where its folder lies.
    random
        Source of keys and challenges.
    log
        The node's audit log.
    """

    def __init__(
        self,
        own: OwnStation,
        plan: LinkPlan,
        disk: Disk,
        random: Callable[[int], bytes],
        log: AuditLog,
    ) -> None:
        partner = plan.partner
        self.plan, self.partner = plan, partner
        self.id = f"{plan.agreement}/{partner.station}"
        self.link: Link | None = None
        self.audience: Audience | None = None
        self.terms: Terms | None = None
        self.closed = "the agreement is not in force"
        self.way_trouble = ""
        """What is wrong with the way to the partner, as its edge says; empty while nothing is."""
        self.arrivals = Arrivals()
        self.texts = TextsPosted()
        self.unposted: Counter[str] = Counter()
        self.audit = LinkAudit(
            disk,
            plan.traffic / "heads.json",
            log,
            Ed25519PublicKey.from_public_bytes(partner.audit_key),
            partner.party,
        )
        self._own, self._disk, self._random = own, disk, random
        self._pending: deque[ReceivedItem] = deque()
        self._sent = 0

    @property
    def open(self) -> bool:
        """Whether anything may pass."""
        return self.link is not None and not self.closed

    def stand(self, situation: Situation | None, now_ns: int, *, exercise: bool) -> bool:
        """Open, renew or end it as the agreement says; whether it has ended just now."""
        was_open = self.open
        self.closed = why_closed(situation, self._own.card, self.partner)
        if situation is None or self.closed:
            self.audience = None
            if was_open and self.link is not None:
                self.link.end(now_ns)
            return was_open
        document, bound = situation.document, situation.standing.bound
        self.audience = audience_of(
            self.plan.agreement,
            bound,
            self._own.card.party,
            self.partner.party,
            is_joint_post(document, self.partner.station),
        )
        terms = self.terms = terms_of(situation, exercise=exercise)
        if self.link is not None:
            self.link.renew(terms, now_ns)
            return False
        try:
            folder = self.plan.traffic
            self.link = Link(self._own, self.partner, terms, self._disk, folder, self._random)
        except (SkypactError, OSError) as problem:
            self.closed = str(problem)
            self.audience = None
        return False

    def revoke(self, now_ns: int) -> None:
        """End it for ever: it is no link of the station any more."""
        self.closed, self.audience = "the link was revoked", None
        if self.link is not None:
            self.link.end(now_ns)
            self.link.close()
            self.link = None

    def receive(self, came: Sequence[Arrival]) -> None:
        """Take datagrams and open them all, at once."""
        self.arrivals.admit(self.link, came)
        while self.arrivals:
            self.arrivals.open_some(self.link)

    def carry(self, now_ns: int) -> list[Datagram]:
        """Go on to now; what the network is to carry."""
        if self.link is None:
            return []
        self.link.tick(now_ns)
        datagrams = self.link.outgoing()
        self._sent += len(datagrams)
        return datagrams

    def incoming(self) -> Incoming:
        """States and plots that came; items are kept for :meth:`settle`."""
        if self.link is None:
            return Incoming()
        came = self.link.incoming()
        self._pending.extend(came.items)
        return came

    def settle(self, items: ItemsIn, now_ns: int) -> None:
        """Let items take effect, in order, as far as the disk takes it."""
        while self._pending and self.link is not None:
            first = self._pending[0]
            if not items.take(first, self.partner, self.audit, now_ns):
                return
            self.link.applied(first.number)
            self._pending.popleft()

    def post(self, items: Sequence[DurableItem], now_ns: int) -> str:
        """Post items that must arrive; why that was refused, empty if it was not."""
        if not items:
            return ""
        if self.link is None or self.closed:
            return self.closed or "closed"
        try:
            self.link.post(items, now_ns)
        except SkypactError as problem:
            self.unposted[problem.name] += len(items)
            return str(problem)
        return ""

    @property
    def flooded(self) -> frozenset[str]:
        """Channels on which the partner sends too much: they are heard again after a while."""
        return frozenset() if self.link is None else self.link.flooded

    def far_behind(self, now_ns: int) -> bool:
        """Whether so much waits for the partner that heads can wait too."""
        return self.link is None or self.link.status(now_ns).waiting > HEADS_WAITING

    def minute(self, agreement: bytes, now_ns: int) -> list[Entry]:
        """What passed since the last call, for the audit."""
        refused, epoch = 0, 0
        if self.link is not None:
            status = self.link.status(now_ns)
            refused, epoch = sum(status.refused.values()), status.epoch
        traffic = Traffic(self._sent, max(0, self.arrivals.count - refused), refused)
        return self.audit.minute(traffic, epoch, agreement, now_ns)

    def status(
        self, picture: PartnerPicture | None, refused: Counter[str], now_ns: int
    ) -> PartnerStatus:
        """How it is, with what the picture says of the partner and which items were refused."""
        if self.link is None:
            plain = PartnerStatus(
                self.partner.station, self.partner.party, self.plan.agreement, "closed"
            )
        else:
            plain = self.link.status(now_ns)
        counts = Counter(plain.refused) + refused
        if picture is not None:
            counts += Counter(picture.refused)
        cards = [c for c in (self._own.card, self.partner) if now_ns >= c.until_ns]
        ended = "".join(f"the card of {card.station} has ended" for card in cards[:1])
        said = self.closed or ended or plain.trouble or self.audit.trouble or self.way_trouble
        status = replace(
            plain,
            refused=dict(counts),
            trouble=said,
            credentials_end=to_iso(self.plan.credentials_end_ns),
        )
        if picture is None or self.closed:
            return status
        return replace(
            status,
            tracks=picture.tracks,
            paired=picture.paired,
            unconfirmed=picture.unconfirmed,
            bias_east_m=picture.bias_east_m,
            bias_north_m=picture.bias_north_m,
        )

    def close(self) -> None:
        """Let go of its files: the process ends."""
        if self.link is not None:
            self.link.close()
