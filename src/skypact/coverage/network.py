"""What several masts see together: one grid of latitudes and longitudes, one layer a mast.

In: sweeps and terrain. Out: the lowest visible altitude of each mast and of all, how many see a
place at an altitude, the share that nobody sees, and what is lost when one of them fails.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skypact.coverage.sweep import EARTH_RADIUS_M, STANDARD_K, Mast, sweep
from skypact.coverage.terrain import GEOD, Terrain, TerrainError
from skypact.kernels.coverage_sweep import fill_heights

METRES_PER_DEGREE = 111_320.0
ROWS_AT_ONCE = 128
MOST_CELLS = 40_000_000
"""A grid of more cells is refused: choose larger cells or a smaller area."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Cells of a map, north up.

    Parameters
    ----------
    latitude_deg
        Centres of rows, float64 (rows,), descending.
    longitude_deg
        Centres of columns, float64 (columns,), ascending; beyond 180 past the antimeridian.
    """

    latitude_deg: NDArray[np.float64]
    longitude_deg: NDArray[np.float64]

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return len(self.latitude_deg), len(self.longitude_deg)

    def cell_of(self, latitude_deg: float, longitude_deg: float) -> tuple[int, int]:
        """Row and column of a place, also off the grid."""
        step = float(self.latitude_deg[0] - self.latitude_deg[1])
        wide = float(self.longitude_deg[1] - self.longitude_deg[0])
        turn = 360.0 * round((float(self.longitude_deg.mean()) - longitude_deg) / 360.0)
        row = round((float(self.latitude_deg[0]) - latitude_deg) / step)
        return row, round((longitude_deg + turn - float(self.longitude_deg[0])) / wide)

    @property
    def cell_km2(self) -> NDArray[np.float64]:
        """Area of a cell in each row, float64 (rows,), on the sphere."""
        step = abs(float(self.latitude_deg[1] - self.latitude_deg[0]))
        wide = float(self.longitude_deg[1] - self.longitude_deg[0])
        side = METRES_PER_DEGREE / 1000.0
        return np.asarray(step * wide * side**2 * np.cos(np.radians(self.latitude_deg)))


@dataclass(frozen=True, slots=True)
class Network:
    """The masts' maps on one grid.

    Parameters
    ----------
    grid
        Where.
    masts
        In the order of ``lowest_m``.
    ground_m
        float32 (rows, columns), NaN where no height model knows.
    lowest_m
        Lowest visible altitude, float32 (masts, rows, columns), m above mean sea level; NaN
        beyond a mast's range and where the ground is unknown.
    antenna_m
        Altitudes of the antennas.
    two_radii_m
        Twice the effective earth radius of the sweeps.
    """

    grid: Grid
    masts: tuple[Mast, ...]
    ground_m: NDArray[np.float32]
    lowest_m: NDArray[np.float32]
    antenna_m: tuple[float, ...] = ()
    two_radii_m: float = 2.0 * STANDARD_K * EARTH_RADIUS_M

    @property
    def area_km2(self) -> NDArray[np.float64]:
        """Area of each cell, float64 (rows, columns)."""
        return np.broadcast_to(self.grid.cell_km2[:, None], self.grid.shape)

    def together_m(self, without: Sequence[int] = ()) -> NDArray[np.float32]:
        """Lowest altitude that any mast sees, NaN where none does; ``without`` some of them."""
        kept = [k for k in range(len(self.masts)) if k not in without]
        lowest = np.full(self.grid.shape, math.nan, np.float32)
        for k in kept:
            np.fmin(lowest, self.lowest_m[k], out=lowest)
        return lowest

    def count_at(self, altitude_m: float) -> NDArray[np.int8]:
        """How many masts see each cell at an altitude above mean sea level; -1 under ground."""
        count = np.zeros(self.grid.shape, np.int8)
        for layer in self.lowest_m:
            count += layer <= altitude_m
        count[self.ground_m > altitude_m] = -1
        return count

    def share_at(self, altitude_m: float, least: int = 1, without: Sequence[int] = ()) -> float:
        """Share of the area above ground that at least ``least`` masts see at an altitude."""
        seen = np.zeros(self.grid.shape, np.int16)
        for k, layer in enumerate(self.lowest_m):
            if k not in without:
                seen += layer <= altitude_m
        free = self.ground_m <= altitude_m
        weight = np.broadcast_to(self.grid.cell_km2[:, None], self.grid.shape)
        whole = float(weight[free].sum())
        return float(weight[free & (seen >= least)].sum()) / whole if whole else 0.0


def grid_over(
    masts: Sequence[Mast], cell_m: float, box: tuple[float, float, float, float] | None = None
) -> Grid:
    """A grid over all that the masts may reach, or over ``box`` (west, south, east, north).

    Raises
    ------
    TerrainError
        If it would have more than ``MOST_CELLS`` cells.
    """
    if box is None:
        box = _reach(masts)
    west, south, east, north = box
    middle = math.radians(0.5 * (south + north))
    step = cell_m / METRES_PER_DEGREE
    wide = step / max(math.cos(middle), 0.01)
    rows, columns = math.ceil((north - south) / step), math.ceil((east - west) / wide)
    if rows * columns > MOST_CELLS:
        raise TerrainError(
            f"a map of {rows} x {columns} cells is too large",
            remedy="Choose larger cells (--cell) or a smaller area (--box)",
        )
    rows, columns = max(rows, 2), max(columns, 2)
    return Grid(
        north - (np.arange(rows, dtype=np.float64) + 0.5) * step,
        west + (np.arange(columns, dtype=np.float64) + 0.5) * wide,
    )


def _reach(masts: Sequence[Mast]) -> tuple[float, float, float, float]:
    """West, south, east, north of all the masts' discs; longitudes without a jump."""
    edges = []
    for mast in masts:
        # longitudes near the first mast's, so that a network over the antimeridian is one
        base = masts[0].longitude_deg
        longitude = mast.longitude_deg - 360.0 * round((mast.longitude_deg - base) / 360.0)
        _, north, _ = GEOD.fwd(mast.longitude_deg, mast.latitude_deg, 0.0, mast.range_m)
        _, south, _ = GEOD.fwd(mast.longitude_deg, mast.latitude_deg, 180.0, mast.range_m)
        # the easternmost point of a disc lies poleward of its middle
        half = math.degrees(
            math.asin(
                min(
                    1.0,
                    math.sin(mast.range_m / 6.371e6) / math.cos(math.radians(mast.latitude_deg)),
                )
            )
        )
        edges.append((longitude - half, float(south), longitude + half, float(north)))
    array = np.array(edges)
    low, high = array.min(axis=0), array.max(axis=0)
    return float(low[0]), float(low[1]), float(high[2]), float(high[3])


def ground_over(terrain: Terrain, grid: Grid) -> NDArray[np.float32]:
    """Heights of the ground in the cells of a grid, float32, NaN where none is known."""
    latitude, longitude = grid.latitude_deg, grid.longitude_deg
    middle = float(latitude.mean()), float(longitude.mean())
    corners = [(latitude[i], longitude[j]) for i in (0, -1) for j in (0, -1)]
    reach_m = max(
        GEOD.inv(middle[1], middle[0], float(east), float(north))[2] for north, east in corners
    )
    heights = np.full(grid.shape, math.nan, np.float32)
    knot = np.arange(len(longitude))
    part = np.zeros(len(longitude))
    beyond = np.append(longitude, longitude[-1])
    for window in terrain.windows(*middle, reach_m * 1.02 + 5_000.0):
        # some rows at a time: places in the window take sixteen times the room of heights
        for first in range(0, grid.shape[0], ROWS_AT_ONCE):
            rows = slice(first, first + ROWS_AT_ONCE)
            north, east = np.meshgrid(latitude[rows], beyond, indexing="ij")
            column, row = (np.ascontiguousarray(at) for at in window.cells(north, east))
            fill_heights(window.heights_m, column, row, knot, part, heights[rows])
    return heights


def ground_at(
    terrain: Terrain, latitude_deg: NDArray[np.float64], longitude_deg: NDArray[np.float64]
) -> NDArray[np.float32]:
    """Heights of the ground at places of one row, float32 (places,), NaN where none is known."""
    middle = len(latitude_deg) // 2
    place = float(latitude_deg[middle]), float(longitude_deg[middle])
    same = np.full(len(latitude_deg), place[1]), np.full(len(latitude_deg), place[0])
    _, _, away_m = GEOD.inv(*same, longitude_deg, latitude_deg)
    heights = np.full((1, len(latitude_deg)), math.nan, np.float32)
    knot, part = np.arange(len(latitude_deg)), np.zeros(len(latitude_deg))
    for window in terrain.windows(*place, float(np.max(away_m)) * 1.02 + 5_000.0):
        column, row = (
            np.ascontiguousarray(np.append(values, values[-1])[None])
            for values in window.cells(latitude_deg, longitude_deg)
        )
        fill_heights(window.heights_m, column, row, knot, part, heights)
    return np.asarray(heights[0])


def network_of(
    terrain: Terrain,
    masts: Sequence[Mast],
    grid: Grid,
    *,
    cell_m: float,
    k: float = STANDARD_K,
    step: Callable[[float], None] = lambda _: None,
) -> Network:
    """Sweep every mast and lay its map on the grid; ``step`` is told the part done.

    Parameters
    ----------
    cell_m
        Spacing of each sweep's rays at full range.
    """
    ground_m = ground_over(terrain, grid)
    lowest_m = np.empty((len(masts), *grid.shape), np.float32)
    done = np.zeros(len(masts))

    def work(number: int) -> float:
        def part(share: float) -> None:
            done[number] = share
            step(float(done.mean()))

        swept = sweep(terrain, masts[number], cell_m=cell_m, k=k, step=part)
        lowest_m[number] = swept.lowest_over_globe(grid.latitude_deg, grid.longitude_deg, ground_m)
        return swept.antenna_m

    # masts need nothing of each other, so threads change nothing of the result
    with ThreadPoolExecutor(processors()) as pool:
        antenna_m = tuple(pool.map(work, range(len(masts))))
    return Network(grid, tuple(masts), ground_m, lowest_m, antenna_m, 2.0 * k * EARTH_RADIUS_M)


def processors() -> int:
    """How many threads are worth while."""
    return max(1, min(len(os.sched_getaffinity(0)), 8))
