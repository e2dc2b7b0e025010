"""Terrain from files: which height model covers what, and its heights round a place.

In: GeoTIFF, SRTM .hgt and DTED files or folders of them, in any CRS that PROJ knows. Out:
windows of heights (m above mean sea level, float32, NaN where void) with the way from geodetic
coordinates to their cells. Files of one CRS and resolution are one layer, joined when read;
the finest layer that knows a place is asked first. Nothing is downloaded.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
import rasterio.errors
import rasterio.merge
from numpy.typing import NDArray
from pyproj import CRS, Geod, Transformer
from rasterio.transform import Affine

from skypact.model.errors import BadInput

SUFFIXES = (".tif", ".tiff", ".hgt", ".dt0", ".dt1", ".dt2", ".vrt")
LOWEST_M, HIGHEST_M = -500.0, 9000.0
"""No ground on earth lies outside; what does is damage or not metres."""

FEET = ("ft", "us-ft", "ftus")

METRES_PER_DEGREE = 111_320.0
GEOD = Geod(ellps="WGS84")


class TerrainError(BadInput):
    """A height model cannot be used, or does not cover what was asked."""


@dataclass(frozen=True, slots=True)
class Layer:
    """Files of one CRS and resolution.

    Parameters
    ----------
    files
        In the order of their names; of two that overlap the first decides.
    crs
        Their coordinate reference system.
    cell_m
        Edge of a cell, metres (of latitude, where the CRS is in degrees).
    bounds
        West, south, east, north of all, in the CRS.
    """

    files: tuple[Path, ...]
    crs: CRS
    cell_m: float
    bounds: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Window:
    """Heights of a part of a layer.

    Parameters
    ----------
    heights_m
        float32 (rows, columns), NaN where void.
    transform
        From column and row (of a cell's corner) to the layer's coordinates.
    crs
        The layer's.
    """

    heights_m: NDArray[np.float32]
    transform: Affine
    crs: CRS

    def cells(
        self, latitude_deg: NDArray[np.float64], longitude_deg: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Column and row of places, whole numbers at the centres of cells; same shape."""
        if self.crs.is_geographic:
            # whole turns away from the window's middle: the antimeridian is no edge
            middle = self.transform.c + 0.5 * self.transform.a * self.heights_m.shape[1]
            x = longitude_deg - 360.0 * np.rint((longitude_deg - middle) / 360.0)
            y = latitude_deg
        else:
            to_layer = Transformer.from_crs("EPSG:4326", self.crs, always_xy=True)
            x, y = to_layer.transform(longitude_deg, latitude_deg)
        column, row = ~self.transform @ (np.asarray(x), np.asarray(y))
        return np.asarray(column) - 0.5, np.asarray(row) - 0.5


class Terrain:
    """The height models of a plan, finest first.

    Parameters
    ----------
    places
        Files, and folders that are searched for such files.

    Raises
    ------
    TerrainError
        If a file is no height model, or none was given.
    """

    def __init__(self, places: Sequence[Path]) -> None:
        found = [file for place in places for file in _files(place)]
        if not found:
            named = ", ".join(str(place) for place in places) or "nothing"
            raise TerrainError(
                "no height model there",
                where=named,
                remedy=f"Name files or folders with {', '.join(SUFFIXES)}",
            )
        groups: dict[tuple[str, float], list[tuple[Path, tuple[float, ...]]]] = {}
        for file in found:
            crs, cell_m, bounds = _described(file)
            groups.setdefault((crs.to_wkt(), round(cell_m, 3)), []).append((file, bounds))
        layers = [
            Layer(tuple(file for file, _ in members), CRS.from_wkt(wkt), cell_m, _hull(members))
            for (wkt, cell_m), members in groups.items()
        ]
        self.layers = tuple(sorted(layers, key=lambda layer: (layer.cell_m, layer.files)))

    def windows(self, latitude_deg: float, longitude_deg: float, reach_m: float) -> list[Window]:
        """Heights within ``reach_m`` of a place, one window a layer that has some, finest first.

        Raises
        ------
        TerrainError
            If no layer reaches there.
        """
        found = []
        for layer in self.layers:
            window = _read(layer, latitude_deg, longitude_deg, reach_m)
            if window is not None:
                found.append(window)
        if not found:
            raise TerrainError(
                f"no height model reaches {latitude_deg:.3f} N {longitude_deg:.3f} E",
                remedy="Add a height model that covers it",
            )
        return found


def _files(place: Path) -> list[Path]:
    if place.is_dir():
        return sorted(file for file in place.rglob("*") if file.suffix.lower() in SUFFIXES)
    if not place.is_file():
        raise TerrainError("no such file", where=str(place))
    return [place]


def _described(file: Path) -> tuple[CRS, float, tuple[float, float, float, float]]:
    """CRS, cell size in metres and bounds of a height model."""
    try:
        with rasterio.open(file) as source:
            if source.crs is None:
                raise TerrainError(
                    "does not say which coordinates it is in",
                    where=str(file),
                    remedy="Assign a CRS, for instance with gdal_edit.py -a_srs",
                )
            if _in_feet(source):
                raise TerrainError(
                    "gives its heights in feet",
                    where=str(file),
                    remedy="Convert them to metres, for instance with gdal_calc.py",
                )
            crs, bounds = CRS.from_user_input(source.crs.to_wkt()), tuple(source.bounds)
            edge = abs(source.transform.e)
            unit = METRES_PER_DEGREE
            if not crs.is_geographic:
                unit = crs.axis_info[0].unit_conversion_factor
            return crs, edge * unit, (bounds[0], bounds[1], bounds[2], bounds[3])
    except rasterio.errors.RasterioIOError as error:
        raise TerrainError(f"is no height model: {error}", where=str(file)) from None


def _in_feet(source: Any) -> bool:
    """Whether a band's unit, or the vertical part of the CRS, says feet."""
    unit = (source.units[0] or "").lower()
    if unit in FEET or "foot" in unit or "feet" in unit:
        return True
    for part in CRS.from_user_input(source.crs.to_wkt()).sub_crs_list:
        if part.is_vertical and "foot" in part.axis_info[0].unit_name:
            return True
    return False


def _hull(
    members: Sequence[tuple[Path, tuple[float, ...]]],
) -> tuple[float, float, float, float]:
    edges = np.array([bounds for _, bounds in members])
    low, high = edges.min(axis=0), edges.max(axis=0)
    return float(low[0]), float(low[1]), float(high[2]), float(high[3])


def _around(
    layer: Layer, latitude_deg: float, longitude_deg: float, reach_m: float
) -> tuple[float, float, float, float]:
    """Bounds, in the layer's coordinates, of a disc round a place; longitudes without a jump."""
    ring = np.arange(0.0, 360.0, 5.0)
    east, north, _ = GEOD.fwd(
        np.full(len(ring), longitude_deg),
        np.full(len(ring), latitude_deg),
        ring,
        np.full(len(ring), reach_m),
    )
    x, y = np.asarray(east), np.asarray(north)
    if layer.crs.is_geographic:
        if abs(latitude_deg) + reach_m / METRES_PER_DEGREE >= 90.0:
            x, y = np.array([-180.0, 180.0]), np.append(y, math.copysign(90.0, latitude_deg))
        else:
            x = x - 360.0 * np.rint((x - longitude_deg) / 360.0)
    else:
        to_layer = Transformer.from_crs("EPSG:4326", layer.crs, always_xy=True)
        x, y = (np.asarray(values) for values in to_layer.transform(x, y))
        good = np.isfinite(x) & np.isfinite(y)
        x, y = x[good], y[good]
    margin = 2.0 * layer.cell_m / (METRES_PER_DEGREE if layer.crs.is_geographic else 1.0)
    return (
        float(x.min()) - margin,
        float(y.min()) - margin,
        float(x.max()) + margin,
        float(y.max()) + margin,
    )


def _read(layer: Layer, latitude_deg: float, longitude_deg: float, reach_m: float) -> Window | None:
    """The part of a layer within reach of a place, None where it has none."""
    disc = _around(layer, latitude_deg, longitude_deg, reach_m)
    turns = (-360.0, 0.0, 360.0) if layer.crs.is_geographic else (0.0,)
    joined: Window | None = None
    for turn in turns:
        window = _read_box(layer, (disc[0] + turn, disc[1], disc[2] + turn, disc[3]))
        if window is None:
            continue
        moved = Window(
            window.heights_m, Affine.translation(-turn, 0.0) @ window.transform, window.crs
        )
        joined = moved if joined is None else _beside(joined, moved)
    return joined


def _beside(first: Window, second: Window) -> Window:
    """Two windows either side of the antimeridian as one; the larger where they do not adjoin."""
    west, east = sorted((first, second), key=lambda window: window.transform.c)
    edge = west.transform.c + west.transform.a * west.heights_m.shape[1]
    adjoin = abs(edge - east.transform.c) < 0.5 * west.transform.a
    level = abs(west.transform.f - east.transform.f) < 0.5 * west.transform.a
    if adjoin and level and west.heights_m.shape[0] == east.heights_m.shape[0]:
        both = np.ascontiguousarray(np.hstack([west.heights_m, east.heights_m]))
        return Window(both, west.transform, west.crs)
    return max(first, second, key=lambda window: window.heights_m.size)


def _read_box(layer: Layer, box: tuple[float, float, float, float]) -> Window | None:
    """A box of a layer, joined from its files; None where it has less than two cells."""
    west, south = max(box[0], layer.bounds[0]), max(box[1], layer.bounds[1])
    east, north = min(box[2], layer.bounds[2]), min(box[3], layer.bounds[3])
    if west >= east or south >= north:
        return None
    touched = [file for file in layer.files if _touches(file, (west, south, east, north))]
    if not touched:
        return None
    heights, transform = rasterio.merge.merge(
        [str(file) for file in touched],
        bounds=_snapped(touched[0], (west, south, east, north)),
        dtype="float32",
        nodata=math.nan,
    )
    grid = np.ascontiguousarray(heights[0])
    if min(grid.shape) < 2:
        return None
    grid[~((grid >= LOWEST_M) & (grid <= HIGHEST_M))] = math.nan
    return Window(grid, transform, layer.crs)


def _snapped(
    file: Path, bounds: tuple[float, float, float, float]
) -> tuple[float, float, float, float]:
    """The same outwards to whole cells of a file, so that no height is moved by resampling."""
    with rasterio.open(file) as source:
        grid, own = source.transform, source.bounds
    width, height = grid.a, -grid.e
    west, south, east, north = bounds
    return (
        own.left + math.floor((west - own.left) / width) * width,
        own.top - math.ceil((own.top - south) / height) * height,
        own.left + math.ceil((east - own.left) / width) * width,
        own.top - math.floor((own.top - north) / height) * height,
    )


def _touches(file: Path, bounds: tuple[float, float, float, float]) -> bool:
    with rasterio.open(file) as source:
        own = source.bounds
    return bool(
        own.left < bounds[2]
        and own.right > bounds[0]
        and own.bottom < bounds[3]
        and own.top > bounds[1]
    )
