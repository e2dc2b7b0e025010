"""The state machine of orders: one event at a time, and the rules that let it happen.

In: an order (or none), an event, the agreement's rules. Out: the order after it; or the named
reason why nothing changed. Pure: time limits are events too, made by the station that sequences.

::

    draft > proposed > authorised > issued > delivered > read > wilco > executing > done | failed
                                                         read > unable
                                                         read > standby (once) > wilco | unable

Ends: declined, cancelled (before it was issued), revoked (after), expired. An amendment is a new
version that needs its own authority and its own answer; until it is issued the old one holds.
Silence advances nothing: every step to the right is somebody's event. One person of the chain
stops an order.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from skypact.model.orders import (
    CIVIL,
    ISSUED,
    NODE,
    UNIT,
    Actor,
    EventKind,
    Order,
    OrderEvent,
    OrderState,
    OrderVersion,
)
from skypact.model.time import SECOND_NS
from skypact.orders.refusals import (
    NoAuthority,
    NotInForce,
    OrderRefused,
    UnknownOrder,
    WrongMoment,
)
from skypact.orders.rules import Rules
from skypact.orders.wording import check_content

EXTENSION_NS = 300 * SECOND_NS
"""What one ``standby`` adds to the time in which an answer is due."""

LINK_CUT = "link cut"
"""Reason of an ``expire`` that comes before its time: the proposer's station is not heard."""

Who = Callable[[Rules, Actor, OrderVersion], bool]
Step = tuple[frozenset[OrderState], OrderState, Who]


def _of_unit(rules: Rules, actor: Actor, version: OrderVersion) -> bool:
    return actor.role == UNIT and actor.party == version.content.unit_party


def _of_node(rules: Rules, actor: Actor, version: OrderVersion) -> bool:
    return actor.role == NODE and actor.party == version.content.unit_party


def _declines(rules: Rules, actor: Actor, version: OrderVersion) -> bool:
    return any(asked(rules, actor, version) for asked in APPROVALS.values())


APPROVALS: dict[EventKind, Who] = {
    "authorise": lambda rules, actor, version: rules.may_authorise(actor, version),
    "consent": lambda rules, actor, version: rules.commands_of(version.content.territory, actor),
    "civil-acknowledge": lambda rules, actor, version: (
        actor.role == CIVIL and actor.party == version.content.territory
    ),
    "accept": lambda rules, actor, version: (
        actor.role == UNIT and actor.party == version.content.receiver_party
    ),
}
"""Who may say each yes that a proposal waits for."""


def _states(*names: OrderState) -> frozenset[OrderState]:
    return frozenset(names)


STEPS: dict[EventKind, Step] = {
    "decline": (_states("proposed", "authorised"), "declined", _declines),
    "issue": (_states("authorised"), "issued", _of_node),
    "deliver": (_states("issued"), "delivered", _of_node),
    "read": (_states("delivered"), "read", _of_unit),
    "wilco": (_states("read", "standby"), "wilco", _of_unit),
    "unable": (_states("read", "standby"), "unable", _of_unit),
    "standby": (_states("read"), "standby", _of_unit),
    "execute": (_states("wilco"), "executing", _of_unit),
    "done": (_states("executing"), "done", _of_unit),
    "failed": (_states("executing"), "failed", _of_unit),
}
"""From which states each event leads to which, and who may make it happen."""

UNANSWERED = _states("proposed", "authorised", "issued", "delivered", "read", "standby")
"""States that a time limit ends."""


def apply(order: Order | None, event: OrderEvent, rules: Rules) -> Order:
    """The order after an event; an event that took effect already changes nothing.

    Raises
    ------
    OrderRefused
        By name, if the event has no effect.
    """
    if order is not None and event.id in order.events:
        return order
    if not rules.genuine(event.by):
        raise NoAuthority(f"{event.by.party} has nobody in the role {event.by.role!r}")
    if event.kind in ("draft", "propose"):
        return _begun(order, event, rules)
    if order is None:
        raise UnknownOrder(f"{event.kind} of an order that is not known")
    _binds(order, event, rules)
    if event.kind == "amend":
        changed = _amended(order, event, rules)
    elif event.kind == "cancel":
        changed = _stopped(order, event, rules)
    elif event.kind == "revoke":
        changed = _revoked(order, event, rules)
    else:
        version = order.version(event.version)
        if version is None:
            raise UnknownOrder(f"{event.kind} of version {event.version}, which the order has not")
        changed = _with(order, _stepped(version, event, rules))
    return replace(changed, events=(*order.events, event.id))


def _binds(order: Order, event: OrderEvent, rules: Rules) -> None:
    """Refuse what a partner does after the agreement's end."""
    if not rules.in_force and event.by.party != order.current.content.unit_party:
        raise NotInForce(f"{rules.agreement} is not in force: {event.by.party} can do nothing")


def _begun(order: Order | None, event: OrderEvent, rules: Rules) -> Order:
    """The order after it was drafted or proposed."""
    content = event.content
    if order is not None:
        drafted = order.state == "draft" and event.kind == "propose"
        if not drafted:
            raise WrongMoment("the order is there already")
        if event.by != order.current.proposed_by:
            raise NoAuthority("a draft is proposed by whoever wrote it")
        content = content or order.current.content
    if not rules.in_force:
        raise NotInForce(f"{rules.agreement} is not in force: no order begins under it")
    content = check_content(content, event, rules)
    if not rules.may_propose(event.by, content):
        raise NoAuthority(f"the role {event.by.role!r} does not propose {content.kind!r}")
    state: OrderState = "draft" if event.kind == "draft" else "proposed"
    version = OrderVersion(1, content, state, event.by, until_ns=content.until_ns)
    events = (*(order.events if order else ()), event.id)
    return Order(event.order, rules.agreement, version, events=events)


def _stepped(version: OrderVersion, event: OrderEvent, rules: Rules) -> OrderVersion:
    """One version after an event."""
    if event.kind in APPROVALS:
        return _approved(version, event, rules)
    if event.kind == "expire":
        return _expired(version, event, rules)
    if event.kind not in STEPS:
        raise OrderRefused(f"no order knows the event {event.kind!r}")
    before, after, who = STEPS[event.kind]
    if version.state not in before or (event.kind == "standby" and version.stood_by):
        raise WrongMoment(f"{event.kind} of an order that is {version.state}")
    if not who(rules, event.by, version):
        raise NoAuthority(f"{event.by.party}'s {event.by.role!r} may not say {event.kind!r}")
    if event.kind == "standby":
        until_ns = max(version.until_ns, event.time_ns + EXTENSION_NS)
        return replace(version, state=after, stood_by=True, until_ns=until_ns)
    return replace(version, state=after)


def _approved(version: OrderVersion, event: OrderEvent, rules: Rules) -> OrderVersion:
    """One version after one of the answers it waits for."""
    if version.state != "proposed":
        raise WrongMoment(f"{event.kind} of an order that is {version.state}")
    if not APPROVALS[event.kind](rules, event.by, version):
        raise NoAuthority(f"{event.by.party}'s {event.by.role!r} may not say {event.kind!r}")
    if event.kind == "authorise":
        signed = {(actor.party, actor.person) for actor in version.authorised_by}
        if (event.by.party, event.by.person) in signed:
            raise WrongMoment("the same person authorises once")
        version = replace(version, authorised_by=(*version.authorised_by, event.by))
    elif event.kind == "consent":
        version = replace(version, consented=True)
    elif event.kind == "civil-acknowledge":
        version = replace(version, acknowledged=True)
    else:
        version = replace(version, accepted=True)
    return replace(version, state="authorised") if rules.ready(version) else version


def _expired(version: OrderVersion, event: OrderEvent, rules: Rules) -> OrderVersion:
    """One version after its time is over, or a proposal whose proposer is not heard any more."""
    if not _of_node(rules, event.by, version):
        raise NoAuthority("only the station that sequences an order says that its time is over")
    over = version.state in UNANSWERED and event.time_ns >= version.until_ns
    cut = (
        event.reason == LINK_CUT
        and version.state in ("proposed", "authorised")
        and version.proposed_by.party != version.content.unit_party
    )
    if not over and not cut:
        raise WrongMoment(f"the time of an order that is {version.state} is not over")
    return replace(version, state="expired")


def _with(order: Order, version: OrderVersion) -> Order:
    """The order with one of its versions changed; an amendment that is issued takes over."""
    if version.number == order.current.number:
        return replace(order, current=version)
    if version.state == "issued":
        return replace(order, current=version, pending=None)
    return replace(order, pending=version)


def _amended(order: Order, event: OrderEvent, rules: Rules) -> Order:
    """The order with a new version that waits for authority."""
    current = order.current
    if current.ended or (order.pending is not None and not order.pending.ended):
        raise WrongMoment("an order that has ended, or waits for an amendment, is not amended")
    if not rules.in_force:
        raise NotInForce(f"{rules.agreement} is not in force: no order is amended under it")
    if not rules.may_amend(event.by, current):
        raise NoAuthority(f"{event.by.party}'s {event.by.role!r} may not amend this order")
    newest = max(one.number for one in (current, order.pending) if one is not None)
    if event.version != newest + 1:
        raise UnknownOrder(f"an amendment as version {event.version} after version {newest}")
    content = check_content(event.content, event, rules)
    if (content.kind, content.unit_party) != (current.content.kind, current.content.unit_party):
        raise WrongMoment("an amendment keeps the kind of the order and whose unit it is for")
    version = OrderVersion(event.version, content, "proposed", event.by, until_ns=content.until_ns)
    if current.state in ISSUED:
        return replace(order, pending=version)
    return replace(order, current=version, pending=None)


def _stopped(order: Order, event: OrderEvent, rules: Rules) -> Order:
    """The order after one person of its chain stopped it, with any amendment."""
    if order.ended:
        raise WrongMoment(f"the order is {order.state} already")
    if not any(rules.may_stop(event.by, one) for one in _versions(order)):
        raise NoAuthority(f"{event.by.party}'s {event.by.role!r} is not in the order's chain")
    return _ended(order, lambda one: "revoked" if one.state in ISSUED else "cancelled")


def _revoked(order: Order, event: OrderEvent, rules: Rules) -> Order:
    """The order after its agreement lapsed: what others asked of a unit is over."""
    if not _of_node(rules, event.by, order.current) or rules.in_force:
        raise NoAuthority("an order is revoked by its own station when the agreement has lapsed")
    foreign = [
        one
        for one in _versions(order)
        if not one.ended and one.proposed_by.party != one.content.unit_party
    ]
    if not foreign:
        raise WrongMoment("nothing of the order came from another party")
    return _ended(order, lambda one: "revoked" if one in foreign else one.state)


def _versions(order: Order) -> list[OrderVersion]:
    return [one for one in (order.current, order.pending) if one is not None]


def _ended(order: Order, state: Callable[[OrderVersion], OrderState]) -> Order:
    def end(one: OrderVersion) -> OrderVersion:
        return one if one.ended else replace(one, state=state(one))

    pending = None if order.pending is None else end(order.pending)
    return replace(order, current=end(order.current), pending=pending)
