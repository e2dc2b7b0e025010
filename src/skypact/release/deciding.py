"""What may leave, for whom: verdicts on items and partners at a moment.

In: labelled items, the compiled table, partners and the time. Out: :class:`Decisions`, for each
item and partner the verdict and the rule that decided. Deny by default; the item's own label is
a ceiling; nothing leaves before an agreement's entry into force or from its last days on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skypact.kernels import release_decide as kernels
from skypact.model.labels import LabelledItems
from skypact.release.table import ReleaseTable, Rule


@dataclass(frozen=True, slots=True)
class Count:
    """How often a rule (None: for want of one) gave a partner a verdict."""

    partner: str
    rule: Rule | None
    verdict: int
    items: int


@dataclass(frozen=True, slots=True)
class Decisions:
    """Verdicts on items, for partners.

    Parameters
    ----------
    table
        The rules that decided.
    partners
        Codes of the partners asked for.
    verdict
        ``NOTHING``, ``BLURRED`` or ``WHOLE``; int8, shape (items, partners). Who cannot blur a
        kind of item sends nothing of it where the verdict is ``BLURRED``.
    rule
        Number of the deciding rule in ``table.rules``, int32, shape (items, partners); -1 where
        no rule decided, and then nothing leaves.
    """

    table: ReleaseTable
    partners: tuple[str, ...]
    verdict: NDArray[np.int8]
    rule: NDArray[np.int32]

    def counts(self) -> list[Count]:
        """How often each verdict was given to each partner by each rule, for status and audit."""
        found: list[Count] = []
        for place, partner in enumerate(self.partners):
            pairs = np.stack([self.rule[:, place], self.verdict[:, place]], axis=1)
            kinds, numbers = np.unique(pairs, axis=0, return_counts=True)
            for (rule, verdict), number in zip(kinds.tolist(), numbers.tolist(), strict=True):
                by = self.table.rules[rule] if rule >= 0 else None
                found.append(Count(partner, by, verdict, number))
        return found

    def rule_of(self, item: int, partner: int = 0) -> Rule | None:
        """The rule that decided on an item for a partner (by place), None where none did."""
        number = int(self.rule[item, partner])
        return None if number < 0 else self.table.rules[number]


def decide(
    table: ReleaseTable,
    items: LabelledItems,
    partners: Sequence[str],
    now_ns: int,
    lying_in: tuple[NDArray[np.uint64], NDArray[np.bool_]] | None = None,
) -> Decisions:
    """Decide on every item for every partner.

    Parameters
    ----------
    table
        From :func:`~skypact.release.compiling.compile_release`.
    items
        Coded by ``table.codes``.
    partners
        Codes of parties.
    now_ns
        When the items would leave, int64 UTC nanoseconds.
    lying_in
        Bits of areas and whether there is a position, each (items,), where they are known
        otherwise than by position.

    Raises
    ------
    UnknownParty
        If no agreement in force names a partner.
    """
    count = len(items)
    asked = np.array([table.partner(code) for code in partners], np.int64)
    area_bits, placed = lying_in or table.areas.at(items.latitude_rad, items.longitude_rad)
    verdict = np.empty((count, len(asked)), np.int8)
    rule = np.empty((count, len(asked)), np.int32)
    fitting = table.fitting
    kernels.decide(
        _ready(items.kind, np.int8),
        _ready(items.originator, np.int16),
        _ready(items.came_under, np.int16),
        _ready(items.classification, np.int16),
        _ready(items.categories, np.uint64),
        _ready(items.releasable_to, np.uint64),
        _ready(items.aircraft, np.int8),
        _ready(items.identity, np.int8),
        _ready(items.sources, np.uint64),
        _ready(items.emergency, np.bool_),
        _ready(items.exercise, np.bool_),
        _ready(items.altitude_m, np.float64),
        _ready(area_bits, np.uint64),
        _ready(placed, np.bool_),
        asked,
        fitting.by_kind,
        fitting.by_class,
        fitting.by_originator,
        fitting.by_classification,
        fitting.by_band,
        fitting.band_from_m,
        fitting.base,
        fitting.unknown,
        fitting.adds,
        fitting.bars,
        fitting.by_partner,
        table.refusing(now_ns),
        table.releasing(now_ns),
        table.binding,
        table.consent,
        table.agreement_of,
        table.agreement_rules,
        table.breadth,
        table.rule_verdict,
        table.codes.parties.index(table.party),
        verdict,
        rule,
    )
    return Decisions(table, tuple(partners), verdict, rule)


def _ready(array: NDArray[Any], dtype: Any) -> NDArray[Any]:
    """The array as kernels take it: of this type, contiguous, writable; a copy if need be."""
    return np.require(array, dtype, ["C", "W"])
