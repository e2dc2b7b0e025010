"""Maps as files: GeoTIFF for other tools, pictures for people.

In: layers on a grid. Out: cloud-optimised GeoTIFF in WGS-84 degrees, and PNG bytes with colours
that the colour-blind can read (viridis, van der Walt and Smith 2015).
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.io import MemoryFile
from rasterio.transform import from_origin

from skypact.coverage.network import Grid

VIRIDIS = np.array(
    [
        (68, 1, 84),
        (71, 44, 122),
        (59, 81, 139),
        (44, 113, 142),
        (33, 144, 141),
        (39, 173, 129),
        (92, 200, 99),
        (170, 220, 50),
        (253, 231, 37),
    ],
    np.float64,
)
COUNT_COLOURS = np.array([(30, 30, 34), (68, 1, 84), (33, 144, 141), (253, 231, 37)], np.uint8)
"""Seen by none, one, two, three or more."""

UNDER_GROUND = (120, 120, 120)
LAYER_STEPS_M = (3000.0, 12_000.0)
"""Lowest and highest altitude that the colours of a lowest-altitude map tell apart."""


def write_geotiff(
    file: Path, grid: Grid, layers: NDArray[Any], names: list[str], *, unit: str
) -> None:
    """Write layers (layers, rows, columns) as one cloud-optimised GeoTIFF, NaN or -1 for none."""
    step = float(grid.latitude_deg[0] - grid.latitude_deg[1])
    wide = float(grid.longitude_deg[1] - grid.longitude_deg[0])
    corner = float(grid.longitude_deg[0]) - wide / 2.0, float(grid.latitude_deg[0]) + step / 2.0
    whole = np.issubdtype(layers.dtype, np.integer)
    profile = {
        "driver": "COG",
        "height": grid.shape[0],
        "width": grid.shape[1],
        "count": len(layers),
        "dtype": str(layers.dtype),
        "crs": "EPSG:4326",
        "transform": from_origin(*corner, wide, step),
        "nodata": -1 if whole else math.nan,
        "compress": "deflate",
    }
    with rasterio.open(file, "w", **profile) as target:
        target.write(layers)
        for number, name in enumerate(names, 1):
            target.set_band_description(number, name)
        target.update_tags(units=unit, heights="above mean sea level")


def colours_of(
    values: NDArray[np.float32], bounds: tuple[float, float] = LAYER_STEPS_M
) -> NDArray[np.uint8]:
    """Colours of altitudes, uint8 (rows, columns, 4): low is bright; NaN is transparent."""
    low, high = bounds
    share = np.clip((high - np.nan_to_num(values, nan=high)) / (high - low), 0.0, 1.0)
    at = share * (len(VIRIDIS) - 1)
    first = np.minimum(at.astype(np.int64), len(VIRIDIS) - 2)
    part = (at - first)[..., None]
    picture = np.zeros((*values.shape, 4), np.uint8)
    mixed = VIRIDIS[first] * (1.0 - part) + VIRIDIS[first + 1] * part
    picture[..., :3] = np.rint(mixed)
    picture[..., 3] = np.where(np.isnan(values), 0, 255)
    return picture


def scale_entries(
    bounds: tuple[float, float], unit: str, count: int = 5
) -> list[tuple[tuple[int, int, int], str]]:
    """Legend of the colours of :func:`colours_of`: from its dark to its bright end."""
    entries = []
    for k in range(count):
        share = k / (count - 1)
        colour = VIRIDIS[round(share * (len(VIRIDIS) - 1))]
        value = bounds[0] + share * (bounds[1] - bounds[0])
        red, green, blue = (int(part) for part in colour)
        entries.append(((red, green, blue), f"{value:.0f} {unit}"))
    return entries


def colours_of_count(count: NDArray[np.int8]) -> NDArray[np.uint8]:
    """Colours of how many see a place, uint8 (rows, columns, 4); under ground is grey."""
    picture = np.zeros((*count.shape, 4), np.uint8)
    picture[..., :3] = COUNT_COLOURS[np.clip(count, 0, 3)]
    picture[count < 0, :3] = UNDER_GROUND
    picture[..., 3] = 255
    return picture


def png(picture: NDArray[np.uint8]) -> bytes:
    """A picture (rows, columns, 4) as PNG bytes."""
    with MemoryFile() as memory:
        with memory.open(
            driver="PNG",
            height=picture.shape[0],
            width=picture.shape[1],
            count=4,
            dtype="uint8",
            transform=from_origin(0.0, 0.0, 2.0, 2.0),  # GDAL warns of pictures without one
        ) as target:
            target.write(np.moveaxis(picture, 2, 0))
        content: bytes = memory.read()
    return content
