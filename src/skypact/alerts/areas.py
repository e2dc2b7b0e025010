"""Watched areas as an index that tracks and their paths are looked up in.

In: areas as the rules or an agreement give them. Out: an :class:`AreaIndex` for the kernels
(``kernels.alerts_border``): outlines in grids, vertical limits, schedules.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skypact.agreement.document import Area
from skypact.alerts.outlines import Part, parts_of
from skypact.alerts.rules import AreaKind, AreaTable
from skypact.alerts.schedules import Span, active_s, spans_of
from skypact.kernels import alerts_border, alerts_grid
from skypact.model.errors import BadAlertRule

FOOT_M = 0.3048
FLIGHT_LEVEL_M = 100.0 * FOOT_M
CELLS_PER_ROOT, FEWEST_CELLS, MOST_CELLS = 1.5, 4, 192
"""Columns and rows of a part's grid, times the root of its edges: about one cell an edge."""
REFERENCES = ((0.5137, 0.4871), (0.4419, 0.5613), (0.5903, 0.4177), (0.6271, 0.3491))
NEAREST_CELL = 1e-9
"""A reference point nearer to an edge than this part of a cell is not used."""

_HEIGHT = re.compile(r"^(?:FL ?(?P<level>\d{1,3})|(?P<size>-?\d+(?:\.\d+)?) ?(?P<unit>m|ft))$")

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Limit:
    """A floor or ceiling: metres (infinite where none), and whether of pressure height."""

    height_m: float
    pressure: bool


@dataclass(frozen=True, slots=True)
class AreaIndex:
    """Areas, and the arrays that ``kernels.alerts_border`` reads, described there."""

    areas: tuple[AreaTable, ...]
    spans: tuple[tuple[Span, ...], ...]
    area_part: Ints
    frame: Floats
    cap: Floats
    shape: Ints
    grid: Floats
    first_cell: Ints
    cell_first: Ints
    cell_edge: NDArray[np.int32]
    side: Bools
    edge: Floats
    limit_m: Floats
    limit_rule: Bools
    tolerance_m: Floats
    number: dict[str, int]

    def __len__(self) -> int:
        return len(self.areas)

    @property
    def outlines(self) -> tuple[Any, ...]:
        """The arrays of outlines, in the kernels' order."""
        return (
            self.area_part,
            self.frame,
            self.cap,
            self.shape,
            self.grid,
            self.first_cell,
            self.cell_first,
            self.cell_edge,
            self.side,
            self.edge,
        )

    def watched(self, kinds: Sequence[str], ids: Sequence[str]) -> Bools:
        """Areas (areas,) of some kinds, and those named."""
        return np.array([a.kind in kinds or a.id in ids for a in self.areas], np.bool_)

    def windows_s(self, now_ns: int, reach_s: float) -> Floats:
        """Seconds from now in which each area is active, (areas, 2)."""
        rows = [active_s(spans, now_ns, reach_s) for spans in self.spans]
        return np.array(rows, np.float64).reshape(len(rows), 2)

    def distances_m(
        self, area: Ints, latitude_rad: Floats, longitude_rad: Floats, within_m: Floats
    ) -> Floats:
        """Metres from positions (pairs,) to areas: 0 inside, infinite beyond ``within_m``."""
        out = np.empty(len(area))
        pairs = (
            np.array(area, np.int64),
            np.array(latitude_rad, np.float64),
            np.array(longitude_rad, np.float64),
            np.array(within_m, np.float64),
        )
        alerts_border.distances(*(*pairs, *self.outlines, out))
        return out


def area_index(areas: Sequence[AreaTable]) -> AreaIndex:
    """Index areas.

    Raises
    ------
    BadArea, BadAlertRule
        If an outline, a vertical limit or a window is wrong.
    """
    parts: list[Part] = []
    counts = []
    for area in areas:
        found = parts_of(area)
        counts.append(len(found))
        parts += found
    grids = [_grid(part.edges) for part in parts]
    limits = [limits_of(area) for area in areas]
    cells = np.array([columns * rows for _, columns, rows in grids], np.int64)
    edges = np.cumsum([0, *(len(part.edges) for part in parts)], dtype=np.int64)
    lists = [
        _listed(part.edges, grid, int(offset))
        for part, grid, offset in zip(parts, grids, edges, strict=False)
    ]
    references = [_referenced(part.edges, grid) for part, grid in zip(parts, grids, strict=True)]
    count = np.concatenate([np.zeros(1, np.int64), *(one for one, _ in lists)])
    return AreaIndex(
        areas=tuple(areas),
        spans=tuple(spans_of(area.window, where=f"area {area.id!r}") for area in areas),
        area_part=np.cumsum([0, *counts], dtype=np.int64),
        frame=_rows([part.frame.reshape(9) for part in parts], 9),
        cap=_rows([[math.cos(p.radius_rad), math.sin(p.radius_rad)] for p in parts], 2),
        shape=_rows([[columns, rows] for _, columns, rows in grids], 2).astype(np.int64),
        grid=_rows(
            [[*box, *point] for (box, _, _), (point, _) in zip(grids, references, strict=True)], 6
        ),
        first_cell=np.cumsum([0, *cells], dtype=np.int64)[:-1].copy(),
        cell_first=np.cumsum(count, dtype=np.int64),
        cell_edge=np.concatenate([np.empty(0, np.int32), *(edge for _, edge in lists)]),
        side=np.concatenate([np.empty(0, np.bool_), *(side for _, side in references)]),
        edge=np.concatenate([np.empty((0, 4)), *(part.edges for part in parts)]),
        limit_m=_rows([[low.height_m, high.height_m] for low, high in limits], 2),
        limit_rule=np.array(
            [
                [low.pressure, high.pressure, area.unknown_height == "inside"]
                for area, (low, high) in zip(areas, limits, strict=True)
            ],
            np.bool_,
        ).reshape(len(areas), 3),
        tolerance_m=np.array([area.height_tolerance_m for area in areas], np.float64),
        number={area.id: number for number, area in enumerate(areas)},
    )


def of_agreement(area: Area, kind: AreaKind) -> AreaTable:
    """An agreement's area, to be watched from the ground up."""
    return AreaTable(
        id=area.id, kind=kind, name=area.name.get("en", area.id), geometry=area.geometry
    )


def limits_of(area: AreaTable) -> tuple[Limit, Limit]:
    """Floor and ceiling of an area.

    Raises
    ------
    BadAlertRule
        If one cannot be read, or the ceiling is not above the floor.
    """
    where = f"area {area.id!r}"
    floor = _limit(area.floor, where, {"GND", "SFC"}, -math.inf)
    ceiling = _limit(area.ceiling, where, {"UNL"}, math.inf)
    if ceiling.height_m <= floor.height_m:
        raise BadAlertRule(
            f"its ceiling {area.ceiling!r} is not above its floor {area.floor!r}", where=where
        )
    return floor, ceiling


def _limit(text: str, where: str, none: set[str], endless: float) -> Limit:
    if text in none:
        return Limit(endless, False)
    found = _HEIGHT.match(text)
    if not found:
        raise BadAlertRule(
            f"{text!r} is no height",
            where=where,
            remedy=f"Write FL095, 1500 m, 4500 ft or {sorted(none)[0]}",
        )
    if found["level"]:
        return Limit(int(found["level"]) * FLIGHT_LEVEL_M, True)
    return Limit(float(found["size"]) * (FOOT_M if found["unit"] == "ft" else 1.0), False)


def _rows(rows: Sequence[Any], width: int) -> Floats:
    return np.array(rows, np.float64).reshape(len(rows), width)


def _grid(edges: Floats) -> tuple[Floats, int, int]:
    """Corner and cell size, columns, rows: a hair larger than the outline."""
    low, high = edges[:, :2].min(axis=0), edges[:, :2].max(axis=0)
    hair = 1e-6 * max(high - low)
    low, high = low - hair, high + hair
    count = int(np.clip(CELLS_PER_ROOT * math.sqrt(len(edges)), FEWEST_CELLS, MOST_CELLS))
    return np.concatenate([low, (high - low) / count]), count, count


def _listed(
    edges: Floats, grid: tuple[Floats, int, int], offset: int
) -> tuple[Ints, NDArray[np.int32]]:
    """How many edges each cell has, and which, numbered from ``offset``."""
    box, columns, rows = grid
    count = np.zeros(columns * rows, np.int64)
    alerts_grid.count_edges(edges, box, columns, rows, count)
    place = np.concatenate([[0], np.cumsum(count)[:-1]]).astype(np.int64)
    listed = np.empty(int(count.sum()), np.int32)
    alerts_grid.list_edges(edges, box, columns, rows, offset, place, listed)
    return count, listed


def _referenced(
    edges: Floats, grid: tuple[Floats, int, int]
) -> tuple[tuple[float, float], NDArray[np.bool_]]:
    """A reference point of cells that lies on no edge, and on which side it is in each."""
    box, columns, rows = grid
    best: tuple[float, tuple[float, float], NDArray[np.bool_]] | None = None
    for point in REFERENCES:
        inside, nearest = np.empty(columns * rows, np.bool_), np.empty(1)
        alerts_grid.reference_sides(edges, box, columns, rows, *point, inside, nearest)
        if best is None or nearest[0] > best[0]:
            best = (float(nearest[0]), point, inside)
        if best[0] > NEAREST_CELL:
            break
    assert best is not None
    return best[1], best[2]
