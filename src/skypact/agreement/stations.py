"""The stations that an agreement names, and the joint track numbers that each may give out.

In: a :class:`Document`. Out: its stations in the document's order, and their number blocks. A
station is a node in the exchange: a nation's has the party's code, a joint post one of its own.
An agreement without ``[[numbers]]`` has one station for each party, which gives out no numbers.
"""

from __future__ import annotations

from dataclasses import dataclass

from skypact.agreement.document import Document
from skypact.model.exchange import NumberBlock


@dataclass(frozen=True, slots=True)
class Station:
    """A station of an agreement.

    Parameters
    ----------
    code
        Its code in the exchange, at most 8 characters.
    party
        Who staffs it (of a joint post: who hosts it).
    joint_post
        Whether it works for all parties: it gets what every other party may see, and sends the
        joint picture to all of them.
    """

    code: str
    party: str
    joint_post: bool = False


def stations_of(document: Document) -> tuple[Station, ...]:
    """The stations of an agreement, in the order of its text."""
    if not document.numbers:
        return tuple(Station(party.code, party.code) for party in document.party)
    return tuple(Station(row.station, row.party, row.joint_post) for row in document.numbers)


def number_blocks(document: Document) -> tuple[NumberBlock, ...]:
    """The joint track numbers that each station may give out; none where the text has none."""
    return tuple(NumberBlock(row.station, row.first, row.last) for row in document.numbers)
