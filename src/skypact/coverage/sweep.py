"""The polar sweep of one mast: terrain in, lowest visible altitudes out.

Rays leave the mast one cell apart at full range; within 40 km, where they are close together,
every second is enough, but it is sampled four times a cell, because a metre of ground there
moves the far horizon most. Where rays run is exact (geodesics, Karney 2013) for every eighth
each fifteen kilometres, straight between these and cubic along them: less than a metre off.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skypact.coverage.terrain import GEOD, Terrain, TerrainError, Window
from skypact.kernels.coverage_sweep import (
    fill_heights,
    lowest_in_plane,
    lowest_over_globe,
    spread_rays,
    steepest,
)

EARTH_RADIUS_M = 6_371_009.0
STANDARD_K = 4.0 / 3.0
"""Effective earth radius of standard refraction (ITU-R P.834)."""

DENSE_RANGE_M = 40e3
DENSE_SAMPLES = 4
KNOT_M = 3_000.0
EXACT_EVERY = 5
RAYS_AT_ONCE = 512
NEAR_RAYS = 2
EXACT_RAYS = 8


@dataclass(frozen=True, slots=True)
class Mast:
    """Where an antenna stands.

    Parameters
    ----------
    name
        Shown to people.
    latitude_deg, longitude_deg
        WGS-84.
    height_m
        Of the antenna above the ground at its foot.
    altitude_m
        Of the antenna above mean sea level, where that is known instead; NaN else.
    range_m
        How far is looked.
    """

    name: str
    latitude_deg: float
    longitude_deg: float
    height_m: float = 20.0
    altitude_m: float = math.nan
    range_m: float = 300e3


@dataclass(frozen=True, slots=True)
class Sweep:
    """What one mast's terrain lets it see.

    Parameters
    ----------
    mast
        Whose.
    cell_m
        Spacing of rays at full range and of the table along them.
    antenna_m
        Altitude of the antenna, m above mean sea level.
    two_radii_m
        Twice the effective earth radius.
    slope
        float32 (rays, cells + 2): steepest terrain nearer than a cell; ray 0 points north.
    unknown_m
        float64 (rays,): distance of the first sample without a height, infinite where none.
    """

    mast: Mast
    cell_m: float
    antenna_m: float
    two_radii_m: float
    slope: NDArray[np.float32]
    unknown_m: NDArray[np.float64]

    def lowest_in_plane(self, ground_m: NDArray[np.float32]) -> NDArray[np.float32]:
        """Lowest visible altitude on an azimuthal equidistant grid of ``cell_m`` round the mast.

        ``ground_m`` is float32 (rows, columns), both odd, north up; the result has its shape.
        """
        lowest = np.empty_like(ground_m)
        lowest_in_plane(
            self.slope,
            self.cell_m,
            self.antenna_m,
            self.two_radii_m,
            self.mast.range_m,
            np.ascontiguousarray(ground_m),
            lowest,
        )
        return lowest

    def lowest_over_globe(
        self,
        latitude_deg: NDArray[np.float64],
        longitude_deg: NDArray[np.float64],
        ground_m: NDArray[np.float32],
    ) -> NDArray[np.float32]:
        """Lowest visible altitude on a grid of latitudes (rows,) and longitudes (columns,)."""
        lowest = np.empty_like(ground_m)
        mast = self.mast
        place = (math.radians(mast.latitude_deg), math.radians(mast.longitude_deg))
        lowest_over_globe(
            self.slope,
            np.array([*place, self.cell_m, self.antenna_m, self.two_radii_m, mast.range_m]),
            np.radians(latitude_deg),
            np.radians(longitude_deg),
            np.ascontiguousarray(ground_m),
            lowest,
        )
        return lowest


def sweep(
    terrain: Terrain,
    mast: Mast,
    *,
    cell_m: float = 180.0,
    k: float = STANDARD_K,
    step: Callable[[float], None] = lambda _: None,
) -> Sweep:
    """Sweep the terrain round a mast; ``step`` is told the part done.

    Raises
    ------
    TerrainError
        If no height model covers the mast, or the antenna would stand under the ground.
    """
    reach_m = mast.range_m + 3.0 * cell_m
    windows = terrain.windows(mast.latitude_deg, mast.longitude_deg, reach_m)
    antenna_m = antenna_altitude_m(windows, mast)
    cells = max(math.ceil(mast.range_m / cell_m), 4)
    rays = NEAR_RAYS * math.ceil(2.0 * math.pi * cells / NEAR_RAYS)
    dense = min(cells, int(DENSE_RANGE_M / cell_m))
    two_radii_m = 2.0 * k * EARTH_RADIUS_M
    slope = np.empty((rays, cells + 2), np.float32)
    unknown_m = np.empty(rays)
    near = np.empty((rays // NEAR_RAYS, dense + 1), np.float32)
    near_unknown_m = np.full(len(near), math.inf)
    at = np.arange(float(DENSE_SAMPLES), (dense + 1) * DENSE_SAMPLES) * (cell_m / DENSE_SAMPLES)
    zone = _Zone(at, cell_m, antenna_m, two_radii_m)
    zone.fill(windows, mast, 0, near, near_unknown_m, lambda part: step(0.3 * part))
    spread_rays(near, near_unknown_m, slope, unknown_m)
    at = np.arange(dense + 1.0, cells + 2) * cell_m
    zone = _Zone(at, cell_m, antenna_m, two_radii_m)
    zone.fill(windows, mast, dense + 1, slope, unknown_m, lambda part: step(0.3 + 0.7 * part))
    return Sweep(mast, cell_m, antenna_m, two_radii_m, slope, unknown_m)


class _Zone:
    """Rays sampled at the same distances.

    Parameters
    ----------
    at_m
        Distances of the samples, ascending, float64.
    cell_m, antenna_m, two_radii_m
        As in :class:`Sweep`.
    """

    def __init__(
        self, at_m: NDArray[np.float64], cell_m: float, antenna_m: float, two_radii_m: float
    ) -> None:
        self._knots = EXACT_EVERY * max(3, math.ceil(float(at_m[-1]) / KNOT_M / EXACT_EVERY)) + 1
        self._knot = (at_m / KNOT_M).astype(np.int64)
        self._part = at_m / KNOT_M - self._knot
        self._before = (at_m / cell_m * (1.0 + 1e-12)).astype(np.int64) + 1
        self._level = np.stack([at_m, 1.0 / at_m, antenna_m + at_m * at_m / two_radii_m])

    def fill(
        self,
        windows: list[Window],
        mast: Mast,
        begun: int,
        slope: NDArray[np.float32],
        unknown_m: NDArray[np.float64],
        step: Callable[[float], None],
    ) -> None:
        """Fill ``slope`` and ``unknown_m`` for rays that lie evenly round the mast."""
        rays = len(slope)
        room = np.empty((min(RAYS_AT_ONCE, rays), len(self._part)), np.float32)
        for first in range(0, rays, RAYS_AT_ONCE):
            block = slice(first, min(first + RAYS_AT_ONCE, rays))
            count = block.stop - first
            azimuth = np.arange(float(first), block.stop + EXACT_RAYS, EXACT_RAYS) * (360.0 / rays)
            samples = (self._knots, self._knot, self._part)
            ray_heights(windows, mast, azimuth, samples, room[:count])
            steepest(room[:count], self._level, self._before, begun, slope[block], unknown_m[block])
            step(block.stop / rays)


def ray_heights(
    windows: list[Window],
    mast: Mast,
    azimuth_deg: NDArray[np.float64],
    samples: tuple[int, NDArray[np.int64], NDArray[np.float64]],
    heights: NDArray[np.float32],
) -> None:
    """Fill ``heights`` along rays, float32 (rays, samples), NaN where no layer knows.

    ``azimuth_deg`` are those of every eighth ray, and of one beyond the last. ``samples``
    tells the number of knots, and for each sample the knot before it and how far (0 to 1) it
    lies on the way to the next.
    """
    knots, knot, part = samples
    exact_m = np.arange(0, knots, EXACT_EVERY) * KNOT_M
    shape = (len(azimuth_deg), len(exact_m))
    east, north, _ = GEOD.fwd(
        np.full(shape, mast.longitude_deg),
        np.full(shape, mast.latitude_deg),
        np.broadcast_to(azimuth_deg[:, None], shape),
        np.broadcast_to(exact_m, shape),
    )
    along = cubic_weights(len(exact_m))
    heights[:] = math.nan
    for window in windows:
        column, row = (
            _between_rays(values @ along, len(heights))
            for values in window.cells(np.asarray(north), np.asarray(east))
        )
        fill_heights(window.heights_m, column, row, knot, part, heights)


def _between_rays(some: NDArray[np.float64], rays: int) -> NDArray[np.float64]:
    """All rays from every eighth, straight between: (rays, knots)."""
    part = (np.arange(rays) % EXACT_RAYS / EXACT_RAYS)[:, None]
    before = np.arange(rays) // EXACT_RAYS
    return np.ascontiguousarray(some[before] * (1.0 - part) + some[before + 1] * part)


def cubic_weights(exact: int) -> NDArray[np.float64]:
    """Matrix (exact, knots) of Lagrange's cubic interpolation from every fifth knot to all."""
    knots = EXACT_EVERY * (exact - 1) + 1
    weights = np.zeros((exact, knots))
    for k in range(knots):
        first = min(max(k // EXACT_EVERY - 1, 0), exact - 4)
        at = k / EXACT_EVERY - first
        for i in range(4):
            others = [j for j in range(4) if j != i]
            weights[first + i, k] = math.prod((at - j) / (i - j) for j in others)
    return weights


def antenna_altitude_m(windows: list[Window], mast: Mast) -> float:
    """Altitude of the antenna above mean sea level.

    Raises
    ------
    TerrainError
        If the ground at the mast is not known, or lies above the antenna.
    """
    here = (3 * EXACT_EVERY + 1, np.zeros(1, np.int64), np.zeros(1))
    found = np.empty((1, 1), np.float32)
    ray_heights(windows, mast, np.zeros(2), here, found)
    ground = float(found[0, 0])
    if math.isfinite(mast.altitude_m):
        if mast.altitude_m < ground:
            raise TerrainError(
                f"the antenna of {mast.name} at {mast.altitude_m:.0f} m would stand under the"
                f" ground, which the height model puts at {ground:.0f} m",
                remedy="Give height_m above the ground, or a finer height model",
            )
        return mast.altitude_m
    if math.isnan(ground):
        raise TerrainError(
            f"the ground at {mast.name} is not known",
            where=f"{mast.latitude_deg:.4f} N {mast.longitude_deg:.4f} E",
            remedy="Give altitude_m, or a height model that covers it",
        )
    return ground + mast.height_m
