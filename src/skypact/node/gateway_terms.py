"""What agreements say to the exchange and the picture: terms, stations, blocks of numbers.

In: an agreement as the node obeys it. Out: :class:`~skypact.exchange.terms.Terms` that envelopes
are checked against, who staffs which station, and which joint numbers each gives out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from skypact.agreement.consent import consented_to, spoken_for
from skypact.agreement.document import Document
from skypact.agreement.stations import Station, number_blocks, stations_of
from skypact.exchange.cards import Card
from skypact.exchange.terms import Terms
from skypact.model.exchange import NumberBlock
from skypact.node.agreement_state import Situation


def staffing_of(document: Document, station: str) -> Station | None:
    """A station of an agreement, None where it names no such."""
    return next((one for one in stations_of(document) if one.code == station), None)


def is_joint_post(document: Document, station: str) -> bool:
    """Whether an agreement has a station as a joint post."""
    staffing = staffing_of(document, station)
    return staffing is not None and staffing.joint_post


def blocks_of_all(documents: Iterable[Document]) -> tuple[NumberBlock, ...]:
    """The blocks of all agreements, each once, in order."""
    blocks = {block for document in documents for block in number_blocks(document)}
    return tuple(sorted(blocks, key=lambda block: (block.first, block.station)))


def posts_of_all(documents: Iterable[Document]) -> tuple[str, ...]:
    """Codes of the stations that are joint posts by any agreement, in order."""
    return tuple(sorted({code for document in documents for code in joint_posts(document)}))


def joint_posts(document: Document) -> tuple[str, ...]:
    """Codes of an agreement's joint posts, in the order of its text."""
    return tuple(one.code for one in stations_of(document) if one.joint_post)


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
        joint_posts=joint_posts(document),
        onward_to=consented_to(document),
        spoken_for=spoken_for(document, situation.standing.bound),
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
    codes = {*(party.code for party in document.party), *consented_to(document)}
    return [
        *([] if classification in document.classifications else [classification]),
        *(word for word in categories if word not in document.categories),
        *(code for code in parties if code not in codes),
    ]
