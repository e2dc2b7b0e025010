"""Consent as a node acts on it: whether something received may go on at all, and marked how.

In: labels as they came, the compiled rules, the terms of a link. Out: a first answer that costs
little, and the label with which it would leave. Which rule lets it leave is for ``release``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from skypact.agreement.stations import stations_of
from skypact.exchange.terms import Terms, label_fault
from skypact.model.errors import LabelDowngraded
from skypact.model.labels import ITEM_KINDS, Label, LabelledItems, without_downgrade
from skypact.node.agreement_state import Situation
from skypact.node.gateway_labels import Audience
from skypact.release.table import NAMED_LIMIT, Codes, ReleaseTable


def consents(
    table: ReleaseTable, came_under: str, originator: str, kind: str, audience: Audience
) -> bool:
    """Whether an originator lets what came under an agreement go on to an audience.

    By which rule, and whether both agreements are in force, is for ``decide`` to find.
    """
    codes, parties = table.codes, audience.parties
    agreements = {came_under, audience.agreement}
    if not agreements <= set(codes.agreements) or originator not in codes.parties or not parties:
        return False
    under = np.uint64(1 << codes.agreements.index(audience.agreement))
    row = table.consent[
        codes.agreements.index(came_under), codes.parties.index(originator), ITEM_KINDS.index(kind)
    ]
    return all(
        code in codes.parties and bool(row[codes.parties.index(code)] & under) for code in parties
    )


def label_under(
    label: Label, terms: Terms, own: tuple[str, str], partner: str, table: ReleaseTable
) -> Label | None:
    """The label with which something received leaves under other terms, None if it cannot.

    Classification, categories and originator stay; of its receivers those stay whom the terms
    know. The policy becomes that of the agreement it leaves under: its words are that one's too.

    Parameters
    ----------
    label
        As it came.
    terms
        Of the link that it would leave over.
    own
        The node's station and party.
    partner
        The party that staffs the partner's station.
    table
        With the order of classifications.
    """
    may = (*terms.parties, *terms.onward_to)
    leaving = replace(
        label,
        policy=terms.agreement,
        releasable_to=tuple(code for code in label.releasable_to if code in may),
    )
    if label_fault(leaving, terms, *own, partner) is not None:
        return None
    try:
        return without_downgrade(leaving, [label], table.ladders)
    except LabelDowngraded:
        return None


def labels_of(items: LabelledItems, codes: Codes) -> Iterator[tuple[Label, NDArray[np.bool_]]]:
    """The labels of coded items, without policy, and which rows have each, (items,).

    Only of items that a rule let pass: those have no word that the codes lack, but receivers.
    """
    keys = np.stack(
        [
            items.originator.astype(np.uint64),
            items.classification.astype(np.uint64),
            items.categories,
            items.releasable_to,
        ],
        axis=1,
    )
    for key in np.unique(keys, axis=0):
        originator, classification, categories, receivers = key.tolist()
        yield (
            Label(
                "",
                codes.classifications[classification],
                tuple(
                    w for k, w in enumerate(codes.categories[:NAMED_LIMIT]) if categories >> k & 1
                ),
                tuple(w for k, w in enumerate(codes.parties) if receivers >> k & 1),
                codes.parties[originator],
            ),
            (keys == key).all(axis=1),
        )


def staff_of(situations: Mapping[str, Situation]) -> dict[str, set[str]]:
    """Which parties staff a station of each code, by all agreements in force."""
    staff: dict[str, set[str]] = {}
    for situation in situations.values():
        for station in stations_of(situation.document):
            staff.setdefault(station.code, set()).add(station.party)
    return staff
