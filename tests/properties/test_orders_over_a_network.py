"""Orders among three stations over links that delay, repeat and lapse: nobody ever disagrees.

Two nations' nodes and a joint post act at random. Each station's account of an order is always the
beginning of the sequencing station's, and the same once everything is delivered.
"""

import contextlib
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import get_args

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from skypact.agreement.reading import read_agreement
from skypact.model.orders import CIVIL, UNIT, Actor, EventKind, OrderContent, OrderEvent
from skypact.orders.book import OrderBook
from skypact.orders.encoding import read_placed, read_signed, sign_event
from skypact.orders.machine import apply
from skypact.orders.refusals import BadContent, NotGenuine, OrderRefused, OutOfSequence
from skypact.orders.rules import rules_of

EXAMPLES = Path(__file__).parents[2] / "examples" / "agreements"
DOCUMENT = read_agreement(EXAMPLES / "ru-kg-2022.toml").document
PARTY_OF = {"KG": "KG", "KANT": "KG", "RU": "RU"}
DESK_OF = {"KG": "KG", "RU": "RU"}  # each nation's own node, not the joint post
KEYS = {
    code: Ed25519PrivateKey.from_private_bytes(bytes([n]) * 32) for n, code in enumerate(PARTY_OF)
}
RULES = rules_of(DOCUMENT, in_force=True)
OFFICES = [(role, party) for role, party in sorted(RULES.role_party.items())]
OFFICES += [(role, party) for role in (UNIT, CIVIL) for party in sorted(RULES.parties)]
MOST_ORDERS = 3  # few, so that some go far
BY_PEOPLE = [k for k in get_args(EventKind) if k not in ("draft", "issue", "deliver", "expire")]


def key_of(station: str):
    key = KEYS.get(station)
    return None if key is None else key.public_key()


@dataclass
class Station:
    """A node's use of its book: consider, make durable, enter, pass on."""

    book: OrderBook
    inbox: dict[str, deque[bytes]] = field(default_factory=dict)
    refused: list[OrderRefused] = field(default_factory=list)
    durable: list[bytes] = field(default_factory=list)


class Network(RuleBasedStateMachine):
    """Three stations and what is under way between them."""

    def __init__(self) -> None:
        super().__init__()
        self.now_ns = 1_000
        self.count = 0
        self.stations = {
            code: Station(
                OrderBook(code, party, KEYS[code], {RULES.agreement: RULES}, PARTY_OF, DESK_OF),
                {other: deque() for other in PARTY_OF if other != code},
            )
            for code, party in PARTY_OF.items()
        }
        self.orders: list[bytes] = []

    def send(self, sender: str, receiver: str, data: bytes) -> None:
        if receiver == sender:
            self.arrive(sender, sender, data)
        else:
            self.stations[receiver].inbox[sender].append(data)

    def place(self, code: str, signed) -> None:
        """Sequence, make durable, take effect, tell all: in this order."""
        station = self.stations[code]
        try:
            placed = station.book.consider(signed, self.now_ns)
        except OrderRefused as problem:
            station.refused.append(problem)
            return
        if placed is None:
            return
        station.durable.append(placed.data)
        station.book.enter(placed)
        for other in PARTY_OF:
            if other != code:
                self.send(code, other, placed.data)

    def arrive(self, sender: str, receiver: str, data: bytes) -> None:
        station = self.stations[receiver]
        try:
            placed = read_placed(data, key_of)
        except BadContent:
            self.place(receiver, read_signed(data, key_of))
            return
        station.book.enter(placed)

    @initialize()
    def quiet(self) -> None:
        self.stations["KG"].book.due(self.now_ns)

    @rule(
        at=st.sampled_from(sorted(PARTY_OF)),
        office=st.sampled_from(OFFICES),
        person=st.integers(0, 1),
        kind=st.sampled_from(sorted(RULES.kinds)),
        unit=st.sampled_from(sorted(RULES.parties)),
        lasts_ns=st.integers(1, 4_000),
    )
    def propose(self, at: str, office, person: int, kind: str, unit: str, lasts_ns: int) -> None:
        if len(self.orders) == MOST_ORDERS:
            return
        role, party = office
        self.count += 1
        name = self.count.to_bytes(16, "big")
        content = OrderContent(
            kind, "patrol", unit, "KG", "go and look", self.now_ns + lasts_ns,
            "KG" if unit == "RU" else "RU", (7,),
        )  # fmt: skip
        self.orders.append(name)
        self.act(at, OrderEvent(name, name, 1, "propose", Actor(f"{role}{person}", party, role),
                                self.now_ns, content))  # fmt: skip

    @rule(
        data=st.data(),
        at=st.sampled_from(sorted(PARTY_OF)),
        office=st.sampled_from(OFFICES),
        person=st.integers(0, 1),
        kind=st.sampled_from(sorted(set(BY_PEOPLE) - {"propose"})),
        version=st.integers(1, 3),
    )
    def say(self, data, at: str, office, person: int, kind: EventKind, version: int) -> None:
        if not self.orders:
            return
        order = data.draw(st.sampled_from(self.orders))
        chain = self.stations[at].book.chains.get(order)
        content = None
        if kind == "amend" and chain is not None:
            content = chain.order.current.content
        role, party = office
        self.count += 1
        actor = Actor(f"{role}{person}", party, role)
        self.act(at, OrderEvent(self.count.to_bytes(16, "big"), order, version, kind, actor,
                                self.now_ns, content, "because"))  # fmt: skip

    @rule(data=st.data(), at=st.sampled_from(sorted(PARTY_OF)))
    def go_on(self, data, at: str) -> None:
        """Somebody does what the order, as this station knows it, lets be done."""
        chains = self.stations[at].book.chains
        running = [name for name, chain in chains.items() if not chain.order.ended]
        if not running:
            return
        order = chains[data.draw(st.sampled_from(running))].order
        self.count += 1
        name = self.count.to_bytes(16, "big")
        version = (order.pending or order.current).number
        possible = []
        for kind in BY_PEOPLE:
            for role, party in OFFICES:
                actor = Actor(f"{role}{self.count % 2}", party, role)
                event = OrderEvent(name, order.id, version, kind, actor, self.now_ns)
                with contextlib.suppress(OrderRefused):
                    apply(order, event, RULES)
                    if PARTY_OF[at] == party and kind not in ("cancel", "decline", "revoke"):
                        possible.append(event)
        if possible:
            self.act(at, data.draw(st.sampled_from(possible)))

    @rule()
    def deliver_all(self) -> None:
        """A quiet moment: everything arrives."""
        self.settle()
        while any(queue for s in self.stations.values() for queue in s.inbox.values()):
            for receiver, station in self.stations.items():
                for sender, queue in station.inbox.items():
                    if queue:
                        self.arrive(sender, receiver, queue.popleft())

    def act(self, at: str, event: OrderEvent) -> None:
        signed = sign_event(event, RULES.agreement, at, KEYS[at])
        chain = self.stations[at].book.chains.get(event.order)
        content = event.content or (chain.order.current.content if chain else None)
        if content is not None:
            self.send(at, DESK_OF[content.unit_party], signed.data)

    @rule(pair=st.sampled_from([(a, b) for a in PARTY_OF for b in PARTY_OF if a != b]),
          again=st.booleans())  # fmt: skip
    def deliver(self, pair: tuple[str, str], again: bool) -> None:
        sender, receiver = pair
        queue = self.stations[receiver].inbox[sender]
        if queue:
            data = queue.popleft()
            self.arrive(sender, receiver, data)
            if again:
                self.arrive(sender, receiver, data)

    @rule(step_ns=st.integers(1, 300))
    def tick(self, step_ns: int) -> None:
        self.now_ns += step_ns
        self.settle()

    def settle(self) -> None:
        """What the machines say without being asked."""
        for code, station in self.stations.items():
            for signed in station.book.due(self.now_ns):
                self.place(code, signed)
            for name, chain in list(station.book.chains.items()):
                if chain.station == code and chain.order.state == "issued":
                    self.place(code, station.book.delivered(name, self.now_ns))

    @rule(at=st.sampled_from(["KG", "RU"]), party=st.sampled_from(["KG", "RU"]))
    def cut(self, at: str, party: str) -> None:
        before = {n: c.order.state for n, c in self.stations[at].book.chains.items()}
        for signed in self.stations[at].book.cut(party, self.now_ns):
            self.place(at, signed)
        for name, state in before.items():
            after = self.stations[at].book.chains[name].order.state
            assert after in (state, "expired"), "a cut link advanced an order"

    @rule(in_force=st.booleans())
    def lapse(self, in_force: bool) -> None:
        for station in self.stations.values():
            station.book.rules = {RULES.agreement: rules_of(DOCUMENT, in_force=in_force)}

    @invariant()
    def nobody_disagrees(self) -> None:
        for order in self.orders:
            told = {
                code: [p.data for p in s.book.chains[order].places]
                for code, s in self.stations.items()
                if order in s.book.chains
            }
            longest = max(told.values(), key=len, default=[])
            assert all(longest[: len(one)] == one for one in told.values())

    def teardown(self) -> None:
        self.deliver_all()
        orders = [{n: c.order for n, c in s.book.chains.items()} for s in self.stations.values()]
        assert all(one == orders[0] for one in orders)
        for station in self.stations.values():
            again = OrderBook("X", "KG", KEYS["KG"], {RULES.agreement: RULES}, PARTY_OF, DESK_OF)
            for data in station.durable:
                again.enter(read_placed(data, key_of))
            known = station.book.chains
            assert all(known[n].order == c.order for n, c in again.chains.items())


TestNetwork = Network.TestCase
TestNetwork.settings = settings(max_examples=100, stateful_step_count=80, deadline=None)


def book(code: str) -> OrderBook:
    return OrderBook(code, PARTY_OF[code], KEYS[code], {RULES.agreement: RULES}, PARTY_OF, DESK_OF)


def proposal(name: int, text: str = "look", station: str = "KG", until_ns: int = 500):
    content = OrderContent("identify", "patrol", "KG", "KG", text, until_ns, tracks=(7,))
    event = OrderEvent(
        name.to_bytes(16, "big"), bytes(16), 1, "propose", Actor("a", "KG", "director"), 10, content
    )
    return sign_event(event, RULES.agreement, station, KEYS[station])


def test_two_events_in_one_place_are_found_out() -> None:
    one, two = book("KG"), book("KG")
    first, second = one.consider(proposal(1), 10), two.consider(proposal(2, "other"), 10)
    assert first is not None
    assert second is not None
    follower = book("RU")
    follower.enter(first)
    with pytest.raises(OutOfSequence, match="two events in place 1"):
        follower.enter(second)


def test_a_station_speaks_for_its_own_partys_people_only() -> None:
    with pytest.raises(NotGenuine, match="speaks for nobody of KG"):
        book("KG").consider(proposal(1, station="RU"), 10)


def test_a_changed_byte_is_noticed() -> None:
    placed = book("KG").consider(proposal(1), 10)
    assert placed is not None
    for at in range(len(placed.data)):
        changed = bytearray(placed.data)
        changed[at] ^= 1
        with pytest.raises((BadContent, NotGenuine)):
            read_placed(bytes(changed), key_of)


def test_what_is_proposed_too_late_is_refused_and_stopping_never_is() -> None:
    kg = book("KG")
    placed = kg.consider(proposal(1, until_ns=500), 10)
    assert placed is not None
    kg.enter(placed)
    event = OrderEvent(bytes([9] * 16), bytes(16), 1, "authorise",
                       Actor("b", "KG", "command-kg"), 20)  # fmt: skip
    late = sign_event(event, RULES.agreement, "KG", KEYS["KG"])
    with pytest.raises(OrderRefused, match="over"):
        kg.consider(late, 600)
    stop = OrderEvent(bytes([8] * 16), bytes(16), 1, "cancel",
                      Actor("b", "KG", "command-kg"), 20)  # fmt: skip
    assert kg.consider(sign_event(stop, RULES.agreement, "KG", KEYS["KG"]), 600) is not None
