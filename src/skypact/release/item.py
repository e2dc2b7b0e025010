"""An item in words, as examples in agreements and ``agreement explain`` give it.

In: a TOML or JSON table. Out: an :class:`Item`, and items coded for the compiled table. The
keys are listed in docs/reference/agreement.md and docs/explanation/release.md.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from skypact.agreement.document import Document
from skypact.model.errors import BadRule
from skypact.model.labels import AIRCRAFT_CLASSES, IDENTITIES, ITEM_KINDS, LabelledItems
from skypact.release.coding import UNKNOWN_AGREEMENT
from skypact.release.table import Codes, ReleaseTable


class Item(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is known of one item; what is left out is not known.

    Parameters
    ----------
    kind
        One of ``ITEM_KINDS``.
    originator
        Party that made it.
    by
        Party whose node would release it; the originator's where left out.
    came_under
        Id of the agreement under which that node received it; empty for its own.
    classification, categories, releasable_to
        Its label. Without ``releasable_to`` the label limits nobody; without ``classification``
        it is the lowest. Only cases in words may leave these out, real items always have them.
    aircraft, identity
        Class and identity, empty where nothing is known.
    sensors
        Names of all sensors that contributed; empty where unknown.
    latitude_deg, longitude_deg, altitude_m
        Where it is.
    areas
        In place of a position: ids of exactly the areas it lies in.
    """

    kind: str = ""
    originator: str = ""
    by: str = ""
    came_under: str = ""
    classification: str = ""
    categories: tuple[str, ...] = ()
    releasable_to: tuple[str, ...] | None = None
    aircraft: str = ""
    identity: str = ""
    sensors: tuple[str, ...] = ()
    emergency: bool = False
    exercise: bool = False
    latitude_deg: float | None = None
    longitude_deg: float | None = None
    altitude_m: float | None = None
    areas: tuple[str, ...] | None = None

    @property
    def placed(self) -> bool:
        """Whether it is known where it is."""
        return self.areas is not None or (
            self.latitude_deg is not None
            and self.longitude_deg is not None
            and math.isfinite(self.longitude_deg)
            and abs(self.latitude_deg) <= 90.0
        )

    @property
    def holder(self) -> str:
        """Party whose node would release it."""
        return self.by or self.originator


def item_from(words: Mapping[str, Any], document: Document | None = None) -> Item:
    """Read an item.

    Left out, its classification is the lowest of ``document``, its class "unknown" and its
    identity "pending".

    Raises
    ------
    BadRule
        With the key that is wrong.
    """
    try:
        item = msgspec.convert({"aircraft": "unknown", "identity": "pending", **words}, Item)
    except msgspec.ValidationError as problem:
        raise BadRule(
            f"the item is wrong: {problem}", remedy="docs/explanation/release.md lists its keys"
        ) from None
    for key, word, known in (
        ("kind", item.kind, ITEM_KINDS),
        ("aircraft", item.aircraft, AIRCRAFT_CLASSES),
        ("identity", item.identity, IDENTITIES),
    ):
        if word and word not in known:
            raise BadRule(
                f"the item's {key} is {word!r}", remedy=f"It is one of {', '.join(known)}"
            )
    lowest = document.classifications[:1] if document is not None else ()
    if lowest and not item.classification:
        item = msgspec.structs.replace(item, classification=lowest[0])
    return item


def coded(
    items: Sequence[Item], table: ReleaseTable
) -> tuple[LabelledItems, tuple[NDArray[np.uint64], NDArray[np.bool_]]]:
    """Items as arrays for a table, and the areas each lies in."""
    codes, count = table.codes, len(items)

    def column(values: Sequence[Any], dtype: Any) -> NDArray[Any]:
        return np.array(values, dtype).reshape(count)

    def angle(value: float | None) -> float:
        return math.nan if value is None else math.radians(value)

    labelled = LabelledItems(
        kind=column([Codes.of(i.kind, ITEM_KINDS) for i in items], np.int8),
        originator=column([Codes.of(i.originator, codes.parties) for i in items], np.int16),
        came_under=column([_came_under(i, codes) for i in items], np.int16),
        classification=column(
            [Codes.of(i.classification, codes.classifications) for i in items], np.int16
        ),
        categories=column(
            [Codes.bits(i.categories, codes.categories, True) for i in items], np.uint64
        ),
        releasable_to=column(
            [
                Codes.bits(
                    codes.parties if i.releasable_to is None else i.releasable_to, codes.parties
                )
                for i in items
            ],
            np.uint64,
        ),
        aircraft=column([Codes.of(i.aircraft, AIRCRAFT_CLASSES) for i in items], np.int8),
        identity=column([Codes.of(i.identity, IDENTITIES) for i in items], np.int8),
        sources=column([Codes.bits(i.sensors, codes.sensors, True) for i in items], np.uint64),
        emergency=column([i.emergency for i in items], np.bool_),
        exercise=column([i.exercise for i in items], np.bool_),
        latitude_rad=column([angle(i.latitude_deg) for i in items], np.float64),
        longitude_rad=column([angle(i.longitude_deg) for i in items], np.float64),
        altitude_m=column(
            [math.nan if i.altitude_m is None else i.altitude_m for i in items], np.float64
        ),
        measured_ns=np.zeros(count, np.int64),
    )
    bits, placed = table.areas.at(labelled.latitude_rad, labelled.longitude_rad)
    for number, item in enumerate(items):
        if item.areas is not None:
            placed[number] = True
            bits[number] = np.uint64(
                sum(1 << b for b, (_, name) in enumerate(table.area_names) if name in item.areas)
            )
    return labelled, (bits, placed)


def _came_under(item: Item, codes: Codes) -> int:
    """Code of the agreement, -1 only for the holder's own items."""
    if not item.came_under:
        return -1
    number = Codes.of(item.came_under, codes.agreements)
    return UNKNOWN_AGREEMENT if number < 0 else number
