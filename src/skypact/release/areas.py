"""Areas of agreements as an index that positions are looked up in.

In: GeoJSON geometries (RFC 7946; edges straight in longitude and latitude, as 3.1.1 has it).
Out: an :class:`AreaIndex` and, for positions, a bit per area. An edge that leaps more than 180
degrees goes the short way, over the antimeridian (3.1.9 would have it cut; many files are not);
an outline around a pole must be cut at 180 degrees and led along the pole.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skypact.agreement.document import Area
from skypact.kernels import release_areas as kernels
from skypact.model.errors import BadArea

CELLS = 256
"""Rows and columns of the raster: with 64 areas its cells take 256 KB, about a core's cache."""

BANDS = 1024
"""Most bands of latitude of one polygon."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class AreaIndex:
    """Outlines and the raster over them; arrays as in ``kernels.release_areas``."""

    edge: Floats
    low_y: Floats
    band_height: Floats
    polygon_band: NDArray[np.int64]
    band_first: NDArray[np.int64]
    band_edge: NDArray[np.int64]
    area_polygon: NDArray[np.int64]
    box: Floats
    cell: NDArray[np.int32]
    known: NDArray[np.uint64]

    def at(
        self, latitude_rad: Floats, longitude_rad: Floats
    ) -> tuple[NDArray[np.uint64], NDArray[np.bool_]]:
        """Bits of the areas each position (n,) lies in, and whether it is a position at all."""
        count = len(latitude_rad)
        bits, placed = np.empty(count, np.uint64), np.empty(count, np.bool_)
        kernels.areas_at(
            np.array(latitude_rad, np.float64, order="C"),
            np.array(longitude_rad, np.float64, order="C"),
            self.edge,
            self.low_y,
            self.band_height,
            self.polygon_band,
            self.band_first,
            self.band_edge,
            self.area_polygon,
            self.box,
            CELLS,
            CELLS,
            self.cell,
            self.known,
            bits,
            placed,
        )
        return bits, placed


def area_index(areas: Sequence[Area]) -> AreaIndex:
    """Index up to 64 areas; bit ``k`` is ``areas[k]``.

    Raises
    ------
    BadArea
        If an outline is no ring, leaves the globe, or goes around a pole.
    """
    edges: list[Floats] = []
    area_of: list[int] = []
    for number, area in enumerate(areas):
        for rings in polygons(area):
            edges.append(_edges(rings, area.id))
            area_of.append(number)
    polygon_edge = np.cumsum([0, *(len(part) for part in edges)], dtype=np.int64)
    edge = np.concatenate([*edges, np.empty((0, 4))])
    bands = [_bands(part) for part in edges]
    polygon_band = np.cumsum([0, *(len(band) for _, _, band in bands)], dtype=np.int64)
    rows = [row + polygon_edge[k] for k, (_, _, band) in enumerate(bands) for row in band]
    band_first = np.cumsum([0, *(len(row) for row in rows)], dtype=np.int64)
    band_edge = np.concatenate([*rows, np.empty(0, np.int64)])
    low_y = np.array([low for low, _, _ in bands])
    band_height = np.array([height for _, height, _ in bands])
    box = _box(edge)
    whole, passed = (np.zeros(CELLS * CELLS, np.uint64) for _ in range(2))
    area_bit = np.array(area_of, np.int64)
    banded = (low_y, band_height, polygon_band, band_first, band_edge)
    kernels.fill_raster(edge, polygon_edge, *banded, area_bit, box, CELLS, CELLS, whole, passed)
    # a polygon that holds the cell settles its area, whatever others of the same area do there
    known, cell = _kinds_of_cell(whole, passed & ~whole)
    first_of_area = np.searchsorted(area_bit, np.arange(len(areas) + 1))
    return AreaIndex(
        edge,
        *banded,
        first_of_area.astype(np.int64),
        box,
        cell,
        known,
    )


def _kinds_of_cell(
    whole: NDArray[np.uint64], passed: NDArray[np.uint64]
) -> tuple[NDArray[np.uint64], NDArray[np.int32]]:
    """The different pairs (kinds, 2), and the kind of each cell."""
    if not whole.any() and not passed.any():
        return np.zeros((1, 2), np.uint64), np.zeros(len(whole), np.int32)
    wholes, first = np.unique(whole, return_inverse=True)
    passes, second = np.unique(passed, return_inverse=True)
    pairs, cell = np.unique(first * len(passes) + second, return_inverse=True)
    known = np.stack([wholes[pairs // len(passes)], passes[pairs % len(passes)]], axis=1)
    return np.ascontiguousarray(known), cell.astype(np.int32)


def polygons(area: Area) -> list[list[Floats]]:
    """The area's polygons, each a list of closed rings (points, 2) of longitude and latitude.

    Rings are led on without a leap at the antimeridian, so a longitude may pass 180 degrees.

    Raises
    ------
    BadArea
        As in :func:`area_index`.
    """
    kind, coordinates = area.geometry.get("type"), area.geometry.get("coordinates")
    if kind == "Polygon":
        parts: Any = [coordinates]
    elif kind == "MultiPolygon":
        parts = coordinates
    else:
        raise BadArea(
            f"area {area.id!r} has the geometry {kind!r}", remedy="Give a Polygon or MultiPolygon"
        )
    try:
        rings = [[_points(ring) for ring in part] for part in parts]
    except (TypeError, ValueError, IndexError, KeyError, OverflowError):
        raise BadArea(
            f"the coordinates of area {area.id!r} are no rings of positions",
            remedy="A ring is a list of [longitude, latitude]",
        ) from None
    if not any(rings):
        raise BadArea(f"area {area.id!r} has no outline", remedy="Give its corners")
    return [_together([_led_on(ring, area.id) for ring in part]) for part in rings if part]


def _points(ring: Any) -> Floats:
    return np.array([[float(point[0]), float(point[1])] for point in ring]).reshape(-1, 2)


def _led_on(ring: Floats, name: str) -> Floats:
    """The ring closed, and without leaps over the antimeridian."""
    if len(ring) and not np.array_equal(ring[0], ring[-1]):
        ring = np.concatenate([ring, ring[:1]])
    if len(ring) < 4:
        raise BadArea(f"a ring of area {name!r} has under three corners", remedy="Add corners")
    if not np.isfinite(ring).all() or (np.abs(ring) > [540.0, 90.0]).any():
        raise BadArea(
            f"area {name!r} leaves the globe",
            remedy="Longitudes lie within 180 and latitudes within 90 degrees",
        )
    leap = np.diff(ring[:, 0])
    # exactly a whole turn is the edge of a map of the world, and meant as it stands
    turn = np.where((np.abs(leap) > 180.0) & (np.abs(leap) < 360.0), -np.sign(leap) * 360.0, 0.0)
    longitude = ring[:, 0] + np.concatenate([[0.0], np.cumsum(turn)])
    if longitude[-1] != longitude[0]:
        raise BadArea(
            f"a ring of area {name!r} goes around a pole",
            remedy="Cut it at 180 degrees and lead it along the pole",
        )
    return np.stack([longitude, ring[:, 1]], axis=1)


def _together(rings: list[Floats]) -> list[Floats]:
    """Holes moved by whole turns to where their outer ring is."""
    outer = rings[0][:, 0]
    middle = (outer.min() + outer.max()) / 2.0
    moved = [rings[0]]
    for ring in rings[1:]:
        own = (ring[:, 0].min() + ring[:, 0].max()) / 2.0
        moved.append(ring + np.array([360.0 * np.round((middle - own) / 360.0), 0.0]))
    return moved


def _edges(rings: list[Floats], name: str) -> Floats:
    """Edges (n, 4) of a polygon, upwards, repeated a turn away where that meets [-180, 180)."""
    forth = np.concatenate([np.concatenate([ring[:-1], ring[1:]], axis=1) for ring in rings])
    downwards = forth[:, 1] > forth[:, 3]
    forth[downwards] = forth[downwards][:, [2, 3, 0, 1]]
    low, high = forth[:, [0, 2]].min(), forth[:, [0, 2]].max()
    if high - low > 360.0:
        raise BadArea(f"area {name!r} is wider than the globe", remedy="Cut it into parts")
    turn = np.array([1.0, 0.0, 1.0, 0.0])
    copies = [
        forth + shift * turn
        for shift in (-720.0, -360.0, 0.0, 360.0, 720.0)
        if low + shift < 180.0 and high + shift >= -180.0
    ]
    return np.concatenate(copies)


def _bands(edge: Floats) -> tuple[float, float, list[NDArray[np.int64]]]:
    """Lowest latitude, height of a band (degrees), and the edges that each band meets."""
    low, high = edge[:, 1].min(), edge[:, 3].max()
    count = int(np.clip(len(edge) // 2, 1, BANDS))
    height = max((high - low) / count, 1e-9)
    # the same arithmetic as the lookup's, which never falls, so that no edge is missed
    first, last = (
        np.clip(np.floor((edge[:, k] - low) / height), 0, count - 1).astype(np.int64)
        for k in (1, 3)
    )
    level = edge[:, 3] == edge[:, 1]  # runs along a parallel, which no ray crosses
    spans = np.where(level, 0, last - first + 1)
    each = np.repeat(np.arange(len(edge)), spans)
    band = np.arange(len(each)) - np.repeat(np.cumsum(spans) - spans, spans) + first[each]
    order = np.argsort(band, kind="stable")
    cuts = np.searchsorted(band[order], np.arange(1, count))
    return float(low), float(height), np.split(each[order], cuts)


def _box(edge: Floats) -> Floats:
    """Corner of the raster and size of a cell, a hair larger than all that is in it."""
    if not len(edge):
        return np.array([0.0, 0.0, 1.0, 1.0])
    left = max(-180.0, edge[:, [0, 2]].min()) - 1e-6
    right = min(180.0, edge[:, [0, 2]].max()) + 1e-6
    bottom, top = edge[:, 1].min() - 1e-6, edge[:, 3].max() + 1e-6
    return np.array([left, bottom, (right - left) / CELLS, (top - bottom) / CELLS])
