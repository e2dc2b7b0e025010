"""Height models that overlap and disagree: told, because only the first of them counts.

In: terrain. Out: pairs of files of one layer whose common area has other heights in each.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import rasterio
from numpy.typing import NDArray

from skypact.coverage.terrain import HIGHEST_M, LOWEST_M, Layer, Terrain

PLACES = 15
"""Places along each side of a common area that are compared."""

TOLERATED_M = 20.0
"""Tiles of one product differ less; two products of one resolution may."""


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Two files that overlap.

    Parameters
    ----------
    counts, passed_over
        Whose heights are used, and whose are not.
    median_m
        Median difference, without sign.
    """

    counts: Path
    passed_over: Path
    median_m: float

    def __str__(self) -> str:
        return (
            f"{self.counts.name} and {self.passed_over.name} overlap and differ by"
            f" {self.median_m:.0f} m in the middle; {self.counts.name} counts"
        )


def disagreements(terrain: Terrain) -> list[Disagreement]:
    """Pairs of files of one layer that overlap by more than an edge and disagree."""
    found = []
    for layer in terrain.layers:
        found += _of_layer(layer)
    return found


def _of_layer(layer: Layer) -> list[Disagreement]:
    edges, steps = [], []
    for file in layer.files:
        with rasterio.open(file) as source:
            edges.append(tuple(source.bounds))
            steps.append(abs(source.transform.e))
    west, south, east, north = np.array(edges).T
    edge = 2.0 * max(steps)
    found = []
    for k, counts in enumerate(layer.files):
        left, right = np.maximum(west[k], west), np.minimum(east[k], east)
        low, high = np.maximum(south[k], south), np.minimum(north[k], north)
        wide = (right - left > edge) & (high - low > edge)
        for other in np.flatnonzero(wide):
            if other <= k:
                continue
            box = (float(left[other]), float(low[other]), float(right[other]), float(high[other]))
            one, two = (_sampled(file, box) for file in (counts, layer.files[other]))
            both = ~np.isnan(one) & ~np.isnan(two)
            if both.any():
                median = float(np.median(np.abs(one - two)[both]))
                if median > TOLERATED_M:
                    found.append(Disagreement(counts, layer.files[other], median))
    return found


def _sampled(file: Path, box: tuple[float, float, float, float]) -> NDArray[np.float64]:
    """Heights at places evenly within a box, NaN where void."""
    parts = (np.arange(PLACES) + 0.5) / PLACES
    x, y = np.meshgrid(box[0] + parts * (box[2] - box[0]), box[1] + parts * (box[3] - box[1]))
    with rasterio.open(file) as source:
        rows = list(source.sample(zip(x.ravel(), y.ravel(), strict=True), indexes=1, masked=True))
    heights = np.array([np.ma.filled(row.astype(np.float64), np.nan)[0] for row in rows])
    heights[~((heights >= LOWEST_M) & (heights <= HIGHEST_M))] = np.nan
    return heights
