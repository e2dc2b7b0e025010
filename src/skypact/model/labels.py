"""Labels: what every item carries about who made it and who may see it.

The shape follows STANAG 4774 (policy, classification, categories, releasable to); the originator
stands beside it because consent to pass an item on is the originator's alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

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
        Bits of categories, uint64.
    releasable_to
        Bits of parties, uint64.
    aircraft, identity
        Index in ``AIRCRAFT_CLASSES``, ``IDENTITIES``; int8.
    sensor
        Source, int32.
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
    sensor: NDArray[np.int32]
    emergency: NDArray[np.bool_]
    exercise: NDArray[np.bool_]
    latitude_rad: NDArray[np.float64]
    longitude_rad: NDArray[np.float64]
    altitude_m: NDArray[np.float64]
    measured_ns: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.kind)

    @classmethod
    def joined(cls, parts: Sequence[LabelledItems]) -> LabelledItems:
        """Batches end to end."""
        return cls(
            **{f.name: np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(cls)}
        )
