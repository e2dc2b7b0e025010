"""Tiles that overlap and disagree are told; those that only touch or agree are not."""

from typing import Any

import numpy as np

from skypact.coverage.overlap import disagreements
from skypact.coverage.terrain import Terrain


def test_tiles_that_disagree_where_they_overlap_are_told(write_dem: Any) -> None:
    first = write_dem(500.0, west=74.0, north=43.0, cell=0.02, shape=(50, 50), name="a.tif")
    heights = np.full((50, 50), 640.0)
    heights[:, :5] = -9999.0  # voids are no disagreement
    second = write_dem(
        heights, west=74.5, north=43.0, cell=0.02, shape=(50, 50), name="b.tif", nodata=-9999.0
    )
    (found,) = disagreements(Terrain([first, second]))
    assert (found.counts, found.passed_over) == (first, second)
    assert found.median_m == 140.0
    assert str(found) == "a.tif and b.tif overlap and differ by 140 m in the middle; a.tif counts"


def test_tiles_that_share_an_edge_or_agree_are_not(write_dem: Any) -> None:
    first = write_dem(500.0, west=74.0, north=43.0, cell=0.02, shape=(50, 50), name="a.tif")
    edge = write_dem(900.0, west=74.98, north=43.0, cell=0.02, shape=(50, 50), name="b.tif")
    same = write_dem(510.0, west=74.0, north=42.5, cell=0.02, shape=(50, 50), name="c.tif")
    finer = write_dem(2000.0, west=74.0, north=43.0, cell=0.01, shape=(50, 50), name="d.tif")
    assert disagreements(Terrain([first, edge, same, finer])) == []
