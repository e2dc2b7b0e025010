"""What agreements say to the exchange and the picture: terms, stations, blocks of numbers.

In: an agreement as the node obeys it. Out: :class:`~skypact.exchange.terms.Terms` that envelopes
are checked against, who staffs which station, and which joint numbers each gives out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from skypact.agreement.document import Document
from skypact.exchange.cards import Card
from skypact.exchange.terms import Terms
from skypact.model.exchange import NumberBlock
from skypact.node.agreement_state import Situation


@dataclass(frozen=True, slots=True)
class Staffing:
    """A station as an agreement names it."""

    station: str
    party: str
    joint_post: bool


def stations_of(document: Document) -> tuple[Staffing, ...]:
    """The stations of an agreement; where it names none, one of each party under its own code."""
    if document.numbers:
        return tuple(Staffing(n.station, n.party, n.joint_post) for n in document.numbers)
    return tuple(Staffing(party.code, party.code, False) for party in document.party)


def staffing_of(document: Document, station: str) -> Staffing | None:
    """A station of an agreement, None where it names no such."""
    return next((one for one in stations_of(document) if one.station == station), None)


def is_joint_post(document: Document, station: str) -> bool:
    """Whether an agreement has a station as a joint post."""
    staffing = staffing_of(document, station)
    return staffing is not None and staffing.joint_post


def blocks_of_all(documents: Iterable[Document]) -> tuple[NumberBlock, ...]:
    """The blocks of all agreements, each once, in order."""
    blocks = {
        NumberBlock(numbers.station, numbers.first, numbers.last)
        for document in documents
        for numbers in document.numbers
    }
    return tuple(sorted(blocks, key=lambda block: (block.first, block.station)))


def terms_of(situation: Situation, *, exercise: bool) -> Terms:
    """What envelopes under an agreement in force are checked against."""
    document = situation.document
    return Terms(
        agreement=document.agreement.id,
        digest=bytes.fromhex(situation.version.digest),
        until_ns=situation.credentials_end_ns,
        exercise=exercise,
        parties=tuple(situation.standing.bound),
        classifications=document.classifications,
        categories=document.categories,
        policies=(document.agreement.id,),
        joint_posts=tuple(one.station for one in stations_of(document) if one.joint_post),
    )


def why_closed(situation: Situation | None, own: Card, partner: Card) -> str:
    """Why nothing may pass between two stations under an agreement; empty if it may."""
    if situation is None:
        return "the agreement is not in force"
    bound = situation.standing.bound
    for card in (own, partner):
        staffing = staffing_of(situation.document, card.station)
        if card.party not in bound:
            return f"{card.party} is not bound by the agreement now"
        if staffing is None:
            return f"the agreement names no station {card.station}"
        if staffing.party != card.party:
            return f"the agreement has {card.station} staffed by {staffing.party}"
    return ""


def foreign_words(
    document: Document, classification: str, categories: Sequence[str], parties: Sequence[str]
) -> list[str]:
    """Words of a label that an agreement does not have: a partner would refuse the label."""
    codes = {party.code for party in document.party}
    return [
        *([] if classification in document.classifications else [classification]),
        *(word for word in categories if word not in document.categories),
        *(code for code in parties if code not in codes),
    ]
