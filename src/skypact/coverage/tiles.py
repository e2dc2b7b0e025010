"""Which public height tiles a plan's area needs, by name, and who publishes them.

In: masts. Out: names of one-degree tiles. SRTM 1 and 3 arc-second tiles are named by their
south-west corner (NASA SRTM user guide), Copernicus GLO-30 and GLO-90 likewise (the names of the
cloud-optimised copies; the handbook's lack the ``COG``). Nothing is downloaded.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from skypact.coverage.network import ground_at
from skypact.coverage.sweep import Mast
from skypact.coverage.terrain import GEOD, METRES_PER_DEGREE, Terrain, TerrainError

SRTM_SOUTH, SRTM_NORTH = -56, 60
"""Latitudes that the Shuttle saw."""

PROGRAMMES = (
    "SRTM 1 and 3 arc seconds (NASA, USGS): public domain, with an account at USGS EarthExplorer"
    " or NASA Earthdata",
    "Copernicus DEM GLO-30 and GLO-90 (ESA): free with attribution, at the Copernicus Data Space"
    " Ecosystem or the Registry of Open Data on AWS",
)


@dataclass(frozen=True, slots=True)
class Tile:
    """A tile of one degree by its south-west corner (whole degrees)."""

    south: int
    west: int

    @property
    def srtm(self) -> str:
        """Name in SRTM; empty beyond what the Shuttle saw."""
        if not SRTM_SOUTH <= self.south < SRTM_NORTH:
            return ""
        return f"{self._north()}{self._east()}.hgt"

    def copernicus(self, arc_seconds: int) -> str:
        """Name in GLO-30 (1 arc second) or GLO-90 (3)."""
        return f"Copernicus_DSM_COG_{arc_seconds * 10}_{self._north()}_00_{self._east()}_00_DEM.tif"

    def _north(self) -> str:
        return f"{'N' if self.south >= 0 else 'S'}{abs(self.south):02d}"

    def _east(self) -> str:
        return f"{'E' if self.west >= 0 else 'W'}{abs(self.west):03d}"


def tiles_for(masts: Sequence[Mast]) -> list[Tile]:
    """Tiles that any mast's disc touches, from north to south and west to east.

    Those over open sea do not exist, and are not needed.
    """
    found = set()
    for mast in masts:
        half = mast.range_m / (METRES_PER_DEGREE - 1_000.0)
        south = max(math.floor(mast.latitude_deg - half), -90)
        north = min(math.floor(mast.latitude_deg + half), 89)
        for row in range(south, north + 1):
            # nearest latitude of the row, and the farthest from the equator for its width
            level = min(max(mast.latitude_deg, row), row + 1.0)
            widest = max(abs(row), abs(row + 1))
            wide = min(half / max(math.cos(math.radians(min(widest, 89.9))), 1e-3), 180.0)
            first = math.floor(mast.longitude_deg - wide)
            for column in range(first, math.floor(mast.longitude_deg + wide) + 1):
                near = min(max(mast.longitude_deg, column), column + 1.0)
                _, _, away_m = GEOD.inv(mast.longitude_deg, mast.latitude_deg, near, level)
                if away_m <= mast.range_m:
                    found.add(Tile(row, (column + 180) % 360 - 180))
    return sorted(found, key=lambda tile: (-tile.south, tile.west))


def lacking(terrain: Terrain, tiles: Sequence[Tile]) -> list[Tile]:
    """Tiles in whose area the height models know no ground at any of 25 places."""
    parts = np.linspace(0.1, 0.9, 5)
    found = []
    for tile in tiles:
        north, east = (grid.ravel() for grid in np.meshgrid(tile.south + parts, tile.west + parts))
        try:
            known = ~np.isnan(ground_at(terrain, north, east))
        except TerrainError:
            known = np.zeros(1, np.bool_)
        if not known.any():
            found.append(tile)
    return found
