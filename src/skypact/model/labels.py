"""Labels: what every item carries about who made it and who may see it.

The shape follows STANAG 4774 (policy, classification, categories, releasable to); the originator
stands beside it because consent to pass an item on is the originator's alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skypact.model.errors import ClassificationsConflict, LabelDowngraded

ITEM_KINDS = ("plot", "track", "identity", "alert", "threat-report", "order", "recording")
AIRCRAFT_CLASSES = ("unknown", "civil", "state")
IDENTITIES = (
    "pending",
    "unknown",
    "assumed-friend",
    "friend",
    "neutral",
    "suspect",
    "hostile",
)
NOTHING, BLURRED, WHOLE = 0, 1, 2
"""Verdicts on an item and a partner."""


@dataclass(frozen=True, slots=True)
class Label:
    """What one item is marked with.

    Parameters
    ----------
    policy
        Id of the agreement, or the party's own policy, that classification and categories are of.
    classification
        A word of that policy's list.
    categories
        Words of that policy.
    releasable_to
        Codes of parties; nobody else may see the item, whatever a rule says.
    originator
        Code of the party that made the item.
    """

    policy: str
    classification: str
    categories: tuple[str, ...]
    releasable_to: tuple[str, ...]
    originator: str


@dataclass(frozen=True, slots=True)
class Ladders:
    """How the classifications of a node's agreements are ranked, lowest first in each ladder.

    The same word in two ladders is the same level. ``above`` holds, for every word, the words
    that some ladder (or a chain of ladders) puts above it.
    """

    above: dict[str, frozenset[str]]

    @classmethod
    def of(cls, ladders: Sequence[Sequence[str]]) -> Ladders:
        """Join ladders, each from lowest to highest.

        Raises
        ------
        ClassificationsConflict
            If some word would stand above itself.
        """
        next_up: dict[str, set[str]] = {}
        for ladder in ladders:
            for lower, higher in zip(ladder, [*ladder[1:], ""], strict=True):
                next_up.setdefault(lower, set()).update({higher} - {""})
        above: dict[str, frozenset[str]] = {}
        for word, directly in next_up.items():
            found: set[str] = set()
            left = list(directly)
            while left:
                higher = left.pop()
                if higher not in found:
                    found.add(higher)
                    left += next_up[higher]
            if word in found:
                raise ClassificationsConflict(
                    f"classification {word!r} stands above itself",
                    remedy="Rank the words alike in all agreements, or name them differently",
                )
            above[word] = frozenset(found)
        return cls(above)

    def highest(self, words: Sequence[str]) -> str:
        """The word that all others stand below, "" where there is none: that fits no rule."""
        for word in words:
            if word in self.above and all(
                word == other or word in self.above.get(other, ()) for other in words
            ):
                return word
        return ""


def joined_label(parts: Sequence[Label], ladders: Ladders) -> Label:
    """Label of an item made from items with these labels (at least one).

    The highest classification, all categories, only the parties that every part may go to.
    Where parts differ in policy or originator, or their classifications cannot be ranked, the
    joint one is empty, and nothing is released of it.
    """
    first = parts[0]
    everyone = [set(part.releasable_to) for part in parts]
    return Label(
        policy=first.policy if all(p.policy == first.policy for p in parts) else "",
        classification=ladders.highest([part.classification for part in parts]),
        categories=tuple(sorted({word for part in parts for word in part.categories})),
        releasable_to=tuple(sorted(set.intersection(*everyone))),
        originator=first.originator if all(p.originator == first.originator for p in parts) else "",
    )


def without_downgrade(label: Label, parts: Sequence[Label], ladders: Ladders) -> Label:
    """``label``, for an item made from items with the labels ``parts``.

    Raises
    ------
    LabelDowngraded
        If it is classified lower, lacks a category, goes to a party that some part may not go
        to, or hides whose it is.
    """
    least = joined_label(parts, ladders)
    wrong = ""
    if ladders.highest([label.classification, least.classification]) != label.classification:
        wrong = f"classified {label.classification!r}, its parts {least.classification!r}"
    elif lost := set(least.categories) - set(label.categories):
        wrong = f"without the categories {sorted(lost)} of its parts"
    elif added := set(label.releasable_to) - set(least.releasable_to):
        wrong = f"releasable to {sorted(added)}, which its parts are not"
    elif label.originator != least.originator:
        wrong = f"originated by {label.originator!r}, its parts by {least.originator!r}"
    if wrong:
        raise LabelDowngraded(f"an item is {wrong}", remedy="Keep the label joined from its parts")
    return label


@dataclass(frozen=True, slots=True)
class LabelledItems:
    """What release looks at, as arrays; every one has shape (items,).

    Codes are indexes into the tables of the compiled release rules (parties, agreements,
    classifications, categories, sensors); -1 where an item has none.

    Parameters
    ----------
    kind
        Index in ``ITEM_KINDS``, int8.
    originator
        Party that made it, int16; -1 unknown, which nothing is released of.
    came_under
        Agreement under which it was received, int16; -1 for the node's own.
    classification
        Index in the compiled table, int16.
    categories
        Bits of categories, uint64; the highest bit is any category that the table lacks.
    releasable_to
        Bits of parties, uint64.
    aircraft, identity
        Index in ``AIRCRAFT_CLASSES``, ``IDENTITIES``; int8.
    sources
        Bits of the sensors that contributed, uint64; 0 where unknown. The compiled table says
        which bit is which sensor; its highest bit is any sensor that no rule names.
    emergency, exercise
        bool.
    latitude_rad, longitude_rad, altitude_m
        Where it is, float64; NaN where it has no place.
    measured_ns
        int64 UTC nanoseconds.
    """

    kind: NDArray[np.int8]
    originator: NDArray[np.int16]
    came_under: NDArray[np.int16]
    classification: NDArray[np.int16]
    categories: NDArray[np.uint64]
    releasable_to: NDArray[np.uint64]
    aircraft: NDArray[np.int8]
    identity: NDArray[np.int8]
    sources: NDArray[np.uint64]
    emergency: NDArray[np.bool_]
    exercise: NDArray[np.bool_]
    latitude_rad: NDArray[np.float64]
    longitude_rad: NDArray[np.float64]
    altitude_m: NDArray[np.float64]
    measured_ns: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.kind)

    def take(self, index: NDArray[Any] | slice) -> LabelledItems:
        """Rows by index array, mask or slice."""
        return LabelledItems(**{f.name: getattr(self, f.name)[index] for f in fields(self)})

    @classmethod
    def joined(cls, parts: Sequence[LabelledItems]) -> LabelledItems:
        """Batches end to end."""
        return cls(
            **{f.name: np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(cls)}
        )
