"""What an agreement says about passing on: who consents to what, and who may speak for whom.

In: a text and the parties it binds. Out: parties that items may go on to, and for whom a station
may speak under the text. To pass something on needs two texts: the one it came under, in which its
originator consents (``[[onward]]``), and the one it leaves under, which must know that originator.
"""

from __future__ import annotations

from collections.abc import Collection

from skypact.agreement.document import Document

Spoken = tuple[str, str, str]
"""Originator, party whose stations may pass its items on, party that they may pass them to."""


def consented_to(document: Document, originator: str = "") -> tuple[str, ...]:
    """Parties that items of an originator ("" for any) may go on to by its consent, in order."""
    return tuple(
        sorted(
            {
                code
                for consent in document.onward
                if not originator or originator in consent.originator
                for code in consent.to
            }
        )
    )


def spoken_for(document: Document, bound: Collection[str]) -> tuple[Spoken, ...]:
    """Who may bring whose items to whom under a text, beside each its own.

    A state that the text binds speaks for itself: another may bring its items only where the text
    has an ``[[onward]]`` clause of that state for this same text. Of a state that is no party to
    the text, items can come in no other way than brought: a rule that names it lets every party
    bring them to those the rule names.

    Parameters
    ----------
    document
        The text.
    bound
        Codes of the parties that it binds now.
    """
    parties = {party.code for party in document.party}
    found: set[Spoken] = set()
    for rule in document.release:
        if rule.verdict == "nothing":
            continue
        for originator in set(rule.originator) - parties:
            found |= {(originator, by, to) for by in bound for to in rule.to if to in bound}
    for consent in document.onward:
        if document.agreement.id not in consent.under:
            continue
        for originator in set(consent.originator) & set(bound):
            found |= {
                (originator, by, to)
                for by in consent.by
                for to in consent.to
                if by in bound and to in bound
            }
    return tuple(sorted(one for one in found if len(set(one)) == len(one)))
