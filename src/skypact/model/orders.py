"""Orders: what is asked of a unit, by whom, and what has happened to it since.

An order is never carried out by a machine: it tells people what people with the authority asked.
Kinds and roles are those of the agreement document.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

OrderState = Literal[
    "draft",
    "proposed",
    "authorised",
    "issued",
    "delivered",
    "read",
    "standby",
    "wilco",
    "executing",
    "done",
    "failed",
    "unable",
    "declined",
    "cancelled",
    "expired",
    "revoked",
    "replaced",
]
"""``standby`` is one request for more time; ``replaced``: an amended version was issued."""

ENDED: frozenset[OrderState] = frozenset(
    {"done", "failed", "unable", "declined", "cancelled", "expired", "revoked", "replaced"}
)
ISSUED: frozenset[OrderState] = frozenset(
    {"issued", "delivered", "read", "standby", "wilco", "executing"}
)
"""States in which a unit may be acting on it, or about to."""

EventKind = Literal[
    "draft",
    "propose",
    "authorise",
    "consent",
    "civil-acknowledge",
    "accept",
    "decline",
    "issue",
    "deliver",
    "read",
    "wilco",
    "unable",
    "standby",
    "execute",
    "done",
    "failed",
    "cancel",
    "amend",
    "expire",
    "revoke",
]

UNIT, CIVIL, NODE = "unit", "civil", "node"
"""Roles that agreements do not list: a duty officer of the unit concerned, civil air traffic
control, and a station's own machine."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did something.

    Parameters
    ----------
    person
        Name by which the party's node knows the person; empty for a machine.
    party
        Code of the party the person serves.
    role
        Id of a role of the agreement, or ``unit``, ``civil``, ``node``.
    """

    person: str
    party: str
    role: str


@dataclass(frozen=True, slots=True)
class OrderContent:
    """What one version of an order says.

    Parameters
    ----------
    kind
        Such as "identify"; see ``skypact.agreement.document.OrderKind``.
    unit, unit_party
        Who is to do it, and whose unit that is: that party's node sequences the order.
    territory
        Code of the party over whose territory it happens, empty where none.
    receiver_party
        Who must accept, of a hand-over; empty where none.
    text
        In the words of the proposer, at most 2,000 characters.
    tracks
        Joint numbers it is of.
    area
        Id of an area of the agreement, or empty.
    until_ns
        When it expires unless it was answered, int64 UTC nanoseconds.
    """

    kind: str
    unit: str
    unit_party: str
    territory: str
    text: str
    until_ns: int
    receiver_party: str = ""
    tracks: tuple[int, ...] = ()
    area: str = ""


@dataclass(frozen=True, slots=True)
class OrderEvent:
    """One thing that somebody did with an order.

    Parameters
    ----------
    id
        16 bytes: the same event never takes effect twice.
    order
        16 bytes: of which order.
    version
        Which version of its content, from 1.
    kind
        What was done.
    by
        Who did it.
    time_ns
        When, int64 UTC nanoseconds of the maker's clock.
    content
        Of a proposal or an amendment; else None.
    reason
        In the maker's words, at most 500 characters.
    """

    id: bytes
    order: bytes
    version: int
    kind: EventKind
    by: Actor
    time_ns: int
    content: OrderContent | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class OrderVersion:
    """One version of an order and what has been said to it.

    Parameters
    ----------
    number, content, state
        Which, what, and how it stands.
    proposed_by
        Who proposed this version.
    authorised_by
        Who authorised it.
    consented, acknowledged, accepted
        Whether the territory's command consented, civil air traffic control acknowledged, and
        the receiving unit accepted.
    stood_by
        Whether the one extension has been used.
    until_ns
        When it expires unless it is answered.
    """

    number: int
    content: OrderContent
    state: OrderState
    proposed_by: Actor
    authorised_by: tuple[Actor, ...] = ()
    consented: bool = False
    acknowledged: bool = False
    accepted: bool = False
    stood_by: bool = False
    until_ns: int = 0

    @property
    def ended(self) -> bool:
        """Whether nothing more can happen to it."""
        return self.state in ENDED


@dataclass(frozen=True, slots=True)
class Order:
    """An order: the version that holds, and one that would replace it.

    Parameters
    ----------
    id, agreement
        Its name, and the agreement whose rules it obeys.
    current
        The version that holds.
    pending
        An amendment that is not issued yet; None where there is none.
    events
        Ids of the events that took effect, in their sequence.
    """

    id: bytes
    agreement: str
    current: OrderVersion
    pending: OrderVersion | None = None
    events: tuple[bytes, ...] = field(default=())

    @property
    def state(self) -> OrderState:
        """State of the version that holds."""
        return self.current.state

    @property
    def ended(self) -> bool:
        """Whether nothing more can happen to it."""
        return self.current.ended and (self.pending is None or self.pending.ended)

    def version(self, number: int) -> OrderVersion | None:
        """One of its versions, None if it has none of this number."""
        for one in (self.current, self.pending):
            if one is not None and one.number == number:
                return one
        return None
