"""The order machine searched exhaustively: every kind of order, nation, actor and event.

Each reachable state of each order under the founding agreement and under one with a joint
commander is visited, and what must never happen is looked for on every step.
"""

from collections import deque
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest

from skypact.agreement.reading import read_agreement
from skypact.model.orders import (
    ISSUED,
    NODE,
    Actor,
    EventKind,
    Order,
    OrderContent,
    OrderEvent,
    OrderState,
    OrderVersion,
)
from skypact.orders.machine import LINK_CUT, apply
from skypact.orders.refusals import OrderRefused
from skypact.orders.rules import Rules, rules_of

EXAMPLES = Path(__file__).parents[2] / "examples" / "agreements"
UNTIL_NS = 1_000
TIMES_NS = (0, 10**15)  # before the limit, and after any extension of it
TWO_VERSIONS = 2


def rules(name: str) -> Rules:
    return rules_of(read_agreement(EXAMPLES / f"{name}.toml").document, in_force=True)


def people(of: Rules, kind: str, unit: str) -> list[Actor]:
    """One person in each office, a duty officer and a controller a party, and the nodes.

    Where more than one must authorise, the command that does has two: one may have proposed it.
    """
    rule = of.kinds[kind]
    commands = {role for roles in of.commands.values() for role in roles}
    found = []
    for role, party in sorted(of.role_party.items()):
        authorises = role in rule.authorise or (role in commands and party == unit)
        count = 2 if authorises and rule.people > 1 else 1
        found += [Actor(f"{role}-{n}", party, role) for n in range(count)]
    for party in sorted(of.parties):
        found += [Actor("duty", party, "unit"), Actor("tower", party, "civil")]
        found += [Actor("", party, NODE)]
    return found


def content(of: Rules, kind: str, unit: str, version: int) -> OrderContent:
    other = next(party for party in sorted(of.parties) if party != unit)
    rule = of.kinds[kind]
    territory = sorted(of.parties)[0] if rule.consent or rule.acknowledge else ""
    receiver = other if rule.accept else ""
    return OrderContent(
        kind, "unit", unit, territory, f"version {version}", UNTIL_NS, receiver, tracks=(7,)
    )


def steps(order: Order, of: Rules, actors: list[Actor]):
    """Every event that the machine lets happen, with the order after it."""
    unit = order.current.content.unit_party
    newest = max(order.current.number, order.pending.number if order.pending else 0)
    for kind in get_args(EventKind):
        amends = kind == "amend"
        if amends and newest >= TWO_VERSIONS:
            continue
        versions = (newest + 1,) if amends else range(1, newest + 1)
        times_ns = TIMES_NS if kind == "expire" else TIMES_NS[:1]
        reasons = ("", LINK_CUT) if kind == "expire" else ("",)
        for actor in actors:
            for version in versions:
                words = content(of, order.current.content.kind, unit, version) if amends else None
                for time_ns in times_ns:
                    for reason in reasons:
                        event = OrderEvent(b"e", b"o", version, kind, actor, time_ns, words, reason)
                        try:
                            after = apply(order, event, of)
                        except OrderRefused:
                            continue
                        yield event, after


def beginnings(of: Rules, kind: str, unit: str, actors: list[Actor]):
    for actor in actors:
        for how in ("draft", "propose"):
            words = content(of, kind, unit, 1)
            event = OrderEvent(b"e", b"o", 1, how, actor, 0, words)
            try:
                yield event, apply(None, event, of)
            except OrderRefused:
                continue


def without_past(order: Order) -> Order:
    """The order as far as its future depends on it: who authorised is settled once it is issued."""

    def settled(version: OrderVersion) -> OrderVersion:
        if version.state in ("draft", "proposed", "authorised"):
            return version
        signed = replace(version, authorised_by=(), consented=False, acknowledged=False)
        return replace(signed, accepted=False)

    pending = None if order.pending is None else settled(order.pending)
    return replace(order, current=settled(order.current), pending=pending, events=())


def check(event: OrderEvent, before: Order | None, after: Order, of: Rules) -> None:
    """What must hold after every step."""
    assert before is None or not before.ended, "an order that has ended changed"
    for version in filter(None, (after.current, after.pending)):
        rule = of.kinds[version.content.kind]
        unit, signed = version.content.unit_party, version.authorised_by
        if version.state == "issued" and event.kind != "issue":
            continue  # what it takes was looked at when it was issued
        if version.state not in ("authorised", "issued"):
            continue
        people = {(a.party, a.person) for a in signed}
        assert len(people) >= rule.people, "too few people"
        assert any(of.decides(a, version.content) for a in signed), "nobody with the authority"
        if rule.authorise == {"unit"}:
            assert {a.party for a in signed} == {unit}, "another nation authorised"
            assert any(of.commands_of(unit, a) for a in signed), "the unit's command did not"
        if rule.people > 1:
            proposer = version.proposed_by
            assert (proposer.party, proposer.person) not in people, "four eyes were two"
        assert version.consented or not rule.consent
        assert version.acknowledged or not rule.acknowledge
        assert version.accepted or not rule.accept
    if event.by.role == NODE:
        # a machine issues what people authorised, delivers, and ends; it says nothing for people
        assert event.kind in ("issue", "deliver", "expire"), "a machine decided"
        assert event.by.party == after.current.content.unit_party, "another node sequenced"
    if before is not None and after.pending is not None and before.current.state in ISSUED:
        same = after.current.content == before.current.content
        assert same, "a version changed before its amendment was issued"


def search(of: Rules, kind: str, unit: str) -> dict[Order, None]:
    actors = people(of, kind, unit)
    seen: dict[Order, None] = {}
    queue: deque[Order] = deque()

    def visit(event: OrderEvent, before: Order | None, after: Order) -> None:
        check(event, before, after, of)
        after = without_past(after)
        if after not in seen:
            seen[after] = None
            queue.append(after)

    for event, after in beginnings(of, kind, unit, actors):
        visit(event, None, after)
    while queue:
        order = queue.popleft()
        stoppable = order.ended
        for event, after in steps(order, of, actors):
            stoppable = stoppable or event.kind == "cancel"
            visit(event, order, after)
        assert stoppable, f"nobody can stop an order that is {order.state}"
    return seen


KINDS = sorted(rules("ru-kg-2022").kinds)


@pytest.mark.parametrize(
    ("kind", "unit"), [*((kind, "KG") for kind in KINDS), ("identify", "RU"), ("report", "RU")]
)
def test_no_order_takes_effect_without_the_authority_that_the_agreement_names(
    kind: str, unit: str
) -> None:
    of = rules("ru-kg-2022")
    reached = {order.state for order in search(of, kind, unit)}
    assert reached == set(get_args(OrderState)) - {"replaced"}, "a state that nothing leads to"


def test_the_search_notices_a_coordinator_who_moves_another_nations_unit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Rules, "ready", lambda self, version: len(version.authorised_by) > 0)
    monkeypatch.setattr(Rules, "may_authorise", lambda self, actor, version: actor.role != NODE)
    with pytest.raises(AssertionError, match=r"authority|too few"):
        search(rules("ru-kg-2022"), "scramble-for-identification", "KG")
