"""Items made ready for the table: labels, tracks and plots as codes and bits.

In: tracks or plots of this node with their labels. Out: ``LabelledItems`` coded by a table's
``Codes``. What a code does not exist for becomes "unknown", which fits no grant.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skypact.model.labels import AIRCRAFT_CLASSES, IDENTITIES, ITEM_KINDS, Label, LabelledItems
from skypact.model.plots import Plots
from skypact.model.sensors import SensorTable
from skypact.model.tracks import Tracks
from skypact.release.table import BITS, OTHER_BIT, Codes

EMERGENCY_CODES = (0o7500, 0o7600, 0o7700)
"""Unlawful interference, radio failure, emergency (ICAO Doc 8168, volume III)."""

UNKNOWN_AGREEMENT = 32_000
"""Code of an agreement that does not bind: above all others, and never read as "own"."""


@dataclass(frozen=True, slots=True)
class Marks:
    """What is known of items beside their columns; arrays (items,).

    Parameters
    ----------
    labels, label
        The labels in use, and which of them each item has, int64; None: all the first.
    came_under
        Code of the agreement each was received under, -1 for the node's own; None: all its own.
    aircraft, identity
        Index in ``AIRCRAFT_CLASSES`` and ``IDENTITIES``; None: all "unknown" and "pending".
    exercise
        Whether it is exercise data: a node is one or the other.
    """

    labels: Sequence[Label]
    label: NDArray[np.int64] | None = None
    came_under: NDArray[np.int16] | None = None
    aircraft: NDArray[np.int8] | None = None
    identity: NDArray[np.int8] | None = None
    exercise: bool = False


def labelled_tracks(
    tracks: Tracks, marks: Marks, codes: Codes, sensors: SensorTable
) -> LabelledItems:
    """Tracks as items. Their height is the geometric one, else the pressure altitude."""
    return _labelled(tracks, "track", _track_sources(tracks, codes, sensors), marks, codes)


def labelled_plots(
    plots: Plots,
    marks: Marks,
    codes: Codes,
    sensors: SensorTable,
    place: tuple[NDArray[np.float64], NDArray[np.float64]] | None = None,
) -> LabelledItems:
    """Plots as items; ``place`` are latitude_rad and longitude_rad where plots have none."""
    bit = np.array([int(_bit_of(sensor.name, codes)) for sensor in sensors] or [0], np.uint64)
    known = (plots.sensor >= 0) & (plots.sensor < len(sensors))
    sources = np.where(known, bit[np.where(known, plots.sensor, 0)], np.uint64(0))
    items = _labelled(plots, "plot", sources, marks, codes)
    if place is None:
        return items
    without = np.isnan(items.latitude_rad) | np.isnan(items.longitude_rad)
    return replace(
        items,
        latitude_rad=np.where(without, place[0], items.latitude_rad),
        longitude_rad=np.where(without, place[1], items.longitude_rad),
    )


def _labelled(
    batch: Tracks | Plots, kind: str, sources: NDArray[np.uint64], marks: Marks, codes: Codes
) -> LabelledItems:
    count = len(batch)
    which = np.zeros(count, np.int64) if marks.label is None else marks.label
    made_by = [Codes.of(label.originator, codes.parties) for label in marks.labels]
    grades = [Codes.of(label.classification, codes.classifications) for label in marks.labels]
    categories = [Codes.bits(label.categories, codes.categories, True) for label in marks.labels]
    releasable = [Codes.bits(label.releasable_to, codes.parties) for label in marks.labels]

    def each(values: Sequence[Any], dtype: Any) -> NDArray[Any]:
        return np.array(values, dtype)[which]

    def given(values: NDArray[Any] | None, dtype: Any, none: int) -> NDArray[Any]:
        return np.full(count, none, dtype) if values is None else np.array(values, dtype)

    heights = np.where(np.isnan(batch.altitude_m), batch.pressure_altitude_m, batch.altitude_m)
    return LabelledItems(
        kind=np.full(count, ITEM_KINDS.index(kind), np.int8),
        originator=each(made_by, np.int16),
        came_under=given(marks.came_under, np.int16, -1),
        classification=each(grades, np.int16),
        categories=each(categories, np.uint64),
        releasable_to=each(releasable, np.uint64),
        aircraft=given(marks.aircraft, np.int8, AIRCRAFT_CLASSES.index("unknown")),
        identity=given(marks.identity, np.int8, IDENTITIES.index("pending")),
        sources=sources.astype(np.uint64),
        emergency=np.isin(batch.mode_3a, EMERGENCY_CODES),
        exercise=np.full(count, marks.exercise, np.bool_),
        latitude_rad=batch.latitude_rad.copy(),
        longitude_rad=batch.longitude_rad.copy(),
        altitude_m=heights,
        measured_ns=batch.measured_ns.copy(),
    )


def _bit_of(sensor: str, codes: Codes) -> np.uint64:
    return Codes.bits((sensor,), codes.sensors, True)


def _track_sources(tracks: Tracks, codes: Codes, sensors: SensorTable) -> NDArray[np.uint64]:
    """Bits of the sensors that contributed: rules' sensors by name, all others in one bit."""
    sources = np.zeros(len(tracks), np.uint64)
    others = tracks.sensors.copy()
    for number, name in enumerate(codes.sensors):
        index = sensors.index_of(name)
        if index < 0 or index >= BITS * tracks.sensors.shape[1]:
            continue
        word, bit = index // BITS, np.uint64(index % BITS)
        seen = (tracks.sensors[:, word] >> bit) & np.uint64(1)
        sources |= seen << np.uint64(number)
        others[:, word] &= ~(np.uint64(1) << bit)
    return np.where(others.any(axis=1), sources | OTHER_BIT, sources)


def recoded(items: LabelledItems, old: Codes, new: Codes) -> LabelledItems:
    """Items coded for one table, coded for another: what it does not know becomes unknown."""
    if old == new:
        return items

    def mapped(
        values: NDArray[Any], olds: tuple[str, ...], news: tuple[str, ...], unknown: int = -1
    ) -> NDArray[Any]:
        places = [Codes.of(word, news) for word in olds]
        to = np.array([unknown if p < 0 else p for p in places] + [unknown], values.dtype)
        inside = (values >= 0) & (values < len(olds))
        return to[np.where(inside, values, len(olds))]

    def moved(
        bits: NDArray[np.uint64], olds: tuple[str, ...], news: tuple[str, ...], *, other: bool
    ) -> NDArray[np.uint64]:
        out = bits & OTHER_BIT if other else np.zeros_like(bits)
        for number, word in enumerate(olds):
            has = (bits >> np.uint64(number)) & np.uint64(1)
            out |= has * Codes.bits((word,), news, other)
        return out

    came = mapped(items.came_under, old.agreements, new.agreements, UNKNOWN_AGREEMENT)
    sources = moved(items.sources, old.sensors, new.sensors, other=True)
    if old.sensors != new.sensors:
        # one of the others may now be a sensor that a rule names
        sources[items.sources & OTHER_BIT != 0] = 0
    return replace(
        items,
        originator=mapped(items.originator, old.parties, new.parties),
        came_under=np.where(items.came_under < 0, items.came_under, came),
        classification=mapped(items.classification, old.classifications, new.classifications),
        categories=moved(items.categories, old.categories, new.categories, other=True),
        releasable_to=moved(items.releasable_to, old.parties, new.parties, other=False),
        sources=sources,
    )
