"""A station's book of orders: it sequences those of its own units and follows the others'.

In: signed events from here and from partners, places from other sequencing stations, the rules of
each agreement and the time. Out: places to store and to pass on, refusals to answer with. What
:meth:`OrderBook.consider` returns has no effect before :meth:`OrderBook.enter` is called with it:
between the two the node makes it durable. Pure: no clock, no disk, no network.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from skypact.model.orders import NODE, Actor, EventKind, Order, OrderEvent
from skypact.orders.encoding import (
    FIRST_PREVIOUS,
    PlacedEvent,
    SignedEvent,
    place_event,
    sign_event,
)
from skypact.orders.machine import LINK_CUT, apply
from skypact.orders.refusals import (
    NotGenuine,
    OutOfSequence,
    UnknownOrder,
    WrongMoment,
)
from skypact.orders.rules import Rules

MOST_OPEN = 1_000
"""Orders of one agreement that have not ended; a proposal beyond is refused."""


@dataclass(frozen=True, slots=True)
class Chain:
    """An order with its sequence so far."""

    order: Order
    station: str
    places: tuple[PlacedEvent, ...]

    @property
    def next_number(self) -> int:
        """Number of the next place."""
        return len(self.places) + 1

    @property
    def previous(self) -> bytes:
        """Digest of the last place."""
        return self.places[-1].digest if self.places else FIRST_PREVIOUS


@dataclass(slots=True)
class OrderBook:
    """All orders that a station knows.

    Parameters
    ----------
    station, party
        Its own.
    key
        Its signing key.
    rules
        By agreement; replaced whenever an agreement or its standing changes.
    party_of
        Which party staffs each station; a station vouches for people of that party only.
    desk_of
        Which station sequences the orders to each party's units: one, also where the party
        staffs a joint post too.
    """

    station: str
    party: str
    key: Ed25519PrivateKey
    rules: Mapping[str, Rules] = field(default_factory=dict)
    party_of: Mapping[str, str] = field(default_factory=dict)
    desk_of: Mapping[str, str] = field(default_factory=dict)
    chains: dict[bytes, Chain] = field(default_factory=dict)

    def sequences(self, order: Order) -> bool:
        """Whether this station puts the events of an order in sequence."""
        return self.desk_of.get(order.current.content.unit_party) == self.station

    def consider(self, signed: SignedEvent, now_ns: int) -> PlacedEvent | None:
        """The place of an event of an order that this station sequences; None if it has one.

        Raises
        ------
        OrderRefused
            By name, if it has no effect.
        """
        event = signed.event
        chain = self.chains.get(event.order)
        if chain is not None and event.id in chain.order.events:
            return None
        self._vouched(signed)
        rules = self._rules_of(signed, chain)
        if chain is None and sum(not c.order.ended for c in self.chains.values()) >= MOST_OPEN:
            raise WrongMoment(f"{MOST_OPEN} orders are open", remedy="End some of them first")
        if chain is not None and event.by.role != NODE:
            self._in_time(chain.order, event, now_ns)
        order = apply(chain.order if chain else None, event, rules)
        if not self.sequences(order):
            raise NotGenuine(
                f"orders to units of {order.current.content.unit_party} are sequenced there"
            )
        chain = chain or Chain(order, self.station, ())
        return place_event(signed, chain.next_number, chain.previous, self.station, self.key)

    def enter(self, placed: PlacedEvent) -> Order:
        """Take a place, own or another station's, into the book; the order after it.

        A place that is there already changes nothing.

        Raises
        ------
        OutOfSequence
            If it does not follow the last place, or differs from the one that stands there.
        OrderRefused
            By name, if the machine does not let it happen here either.
        """
        event = placed.signed.event
        self._vouched(placed.signed)
        chain = self.chains.get(event.order)
        if chain is not None and placed.number <= len(chain.places):
            if chain.places[placed.number - 1].data != placed.data:
                raise OutOfSequence(
                    f"two events in place {placed.number} of one order, both signed by "
                    f"{placed.station}",
                    remedy="Both are kept as evidence; speak to that station",
                )
            return chain.order
        number = chain.next_number if chain else 1
        previous = chain.previous if chain else FIRST_PREVIOUS
        if (placed.number, placed.previous) != (number, previous):
            raise OutOfSequence(f"place {placed.number} of an order came where {number} is next")
        if chain is not None and placed.station != chain.station:
            raise NotGenuine(f"{placed.station} does not sequence this order")
        order = apply(chain.order if chain else None, event, self._following(placed, chain))
        if self.desk_of.get(order.current.content.unit_party) != placed.station:
            raise NotGenuine(f"{placed.station} does not sequence orders to those units")
        places = (*(chain.places if chain else ()), placed)
        self.chains[event.order] = Chain(order, placed.station, places)
        return order

    def due(self, now_ns: int) -> list[SignedEvent]:
        """What this station itself has to say now: issues, ended time limits, lapsed orders.

        Each is to be considered and entered; then ask again, until there is nothing.
        """
        found = []
        for chain in self.chains.values():
            order = chain.order
            if order.ended or not self.sequences(order):
                continue
            rules = self.rules.get(order.agreement)
            kind, version = self._due_kind(order, rules, now_ns)
            if kind is not None:
                found.append(self._say(order, kind, version, now_ns))
        return found

    def _due_kind(
        self, order: Order, rules: Rules | None, now_ns: int
    ) -> tuple[EventKind | None, int]:
        versions = [one for one in (order.pending, order.current) if one and not one.ended]
        if rules is None or not rules.in_force:
            foreign = [one for one in versions if one.proposed_by.party != self.party]
            return ("revoke", order.current.number) if foreign else (None, 0)
        for one in versions:
            unanswered = one.state in ("proposed", "authorised", "issued", "delivered", "read",
                                       "standby")  # fmt: skip
            if unanswered and now_ns >= one.until_ns:
                return "expire", one.number
            if one.state == "authorised":
                return "issue", one.number
        return None, 0

    def cut(self, party: str, now_ns: int) -> list[SignedEvent]:
        """What is said when a party's stations are not heard any more: its proposals expire."""
        return [
            self._say(chain.order, "expire", one.number, now_ns, LINK_CUT)
            for chain in self.chains.values()
            if self.sequences(chain.order)
            for one in (chain.order.current, chain.order.pending)
            if one is not None
            and one.state in ("proposed", "authorised")
            and one.proposed_by.party == party
            and party != self.party
        ]

    def delivered(self, order: bytes, now_ns: int) -> SignedEvent:
        """That an issued order reached the unit's desk: said by the machine there."""
        chain = self.chains[order]
        return self._say(chain.order, "deliver", chain.order.current.number, now_ns)

    def _say(
        self, order: Order, kind: EventKind, version: int, now_ns: int, reason: str = ""
    ) -> SignedEvent:
        # the same thing said again has the same name, so that it takes effect once
        name = sha256(order.id + kind.encode() + version.to_bytes(4, "big") + reason.encode())
        event = OrderEvent(
            name.digest()[:16], order.id, version, kind, Actor("", self.party, NODE), now_ns,
            reason=reason,
        )  # fmt: skip
        return sign_event(event, order.agreement, self.station, self.key)

    def _vouched(self, signed: SignedEvent) -> None:
        if self.party_of.get(signed.station) != signed.event.by.party:
            raise NotGenuine(f"{signed.station} speaks for nobody of {signed.event.by.party}")

    def _rules_of(self, signed: SignedEvent, chain: Chain | None) -> Rules:
        agreement = chain.order.agreement if chain else signed.agreement
        rules = self.rules.get(agreement)
        if rules is None or signed.agreement != agreement:
            raise UnknownOrder(f"no order of this name under {signed.agreement!r}")
        return rules

    def _following(self, placed: PlacedEvent, chain: Chain | None) -> Rules:
        """Rules by which a place is entered: a lapse here does not undo what was placed there."""
        rules = self._rules_of(placed.signed, chain)
        in_force = placed.signed.event.kind != "revoke"
        return rules if rules.in_force == in_force else replace(rules, in_force=in_force)

    def _in_time(self, order: Order, event: OrderEvent, now_ns: int) -> None:
        version = order.version(event.version)
        if version is None or event.kind == "cancel":
            return  # stopping is never too late
        late = now_ns >= version.until_ns
        if late and version.state in ("draft", "proposed", "authorised", "read", "standby",
                                      "delivered", "issued"):  # fmt: skip
            raise WrongMoment("the time of this order is over")
