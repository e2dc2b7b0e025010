"""Small height models written for a test: flat ground, ridges, voids, any CRS."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from rasterio.transform import from_origin

Writer = Callable[..., Path]


@pytest.fixture
def write_dem(tmp_path: Path) -> Writer:
    """Write heights of a function of (x, y), or an array, as a GeoTIFF."""

    def write(
        heights: Any,
        *,
        west: float,
        north: float,
        cell: float,
        shape: tuple[int, int],
        crs: str = "EPSG:4326",
        name: str = "dem.tif",
        nodata: float | None = None,
    ) -> Path:
        if callable(heights):
            y = north - (np.arange(shape[0]) + 0.5) * cell
            x = west + (np.arange(shape[1]) + 0.5) * cell
            heights = heights(*np.meshgrid(x, y))
        grid = np.broadcast_to(np.asarray(heights, np.float32), shape)
        file = tmp_path / name
        with rasterio.open(
            file,
            "w",
            driver="GTiff",
            height=shape[0],
            width=shape[1],
            count=1,
            dtype="float32",
            crs=crs,
            transform=from_origin(west, north, cell, cell),
            nodata=nodata,
        ) as target:
            target.write(grid, 1)
        return file

    return write
