"""The sweep against what can be worked out by hand: horizon, ridge, slope, voids, places."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from pyproj import Transformer

from skypact.coverage.sweep import EARTH_RADIUS_M, Mast, sweep
from skypact.coverage.terrain import Terrain, TerrainError

TWO_RADII_M = 2.0 * 4.0 / 3.0 * EARTH_RADIUS_M
PLANE = "+proj=aeqd +lat_0=42 +lon_0=75 +datum=WGS84 +units=m"


def plane(write_dem: Any, heights: Any, *, half_m: float = 130e3, cell: float = 1000.0) -> Terrain:
    """Terrain on a plane round 42 N 75 E."""
    cells = round(2 * half_m / cell)
    file = write_dem(
        heights, west=-half_m, north=half_m, cell=cell, shape=(cells, cells), crs=PLANE
    )
    return Terrain([file])


def lowest_at(swept: Any, x_m: float, y_m: float) -> float:
    """Lowest visible altitude at an offset from the mast over ground at 0 m."""
    half = round(swept.mast.range_m / swept.cell_m)
    ground = np.zeros((2 * half + 1, 2 * half + 1), np.float32)
    row, column = half - round(y_m / swept.cell_m), half + round(x_m / swept.cell_m)
    return float(swept.lowest_in_plane(ground)[row, column])


@pytest.mark.parametrize("azimuth_deg", [0.0, 37.0, 90.0, 223.0])
def test_over_flat_ground_the_horizon_is_where_the_textbook_has_it(
    write_dem: Any, azimuth_deg: float
) -> None:
    # 4.1218 km (sqrt h1 + sqrt h2): a target at 500 m is met at 110.6 km by an antenna at 20 m
    terrain = plane(write_dem, 0.0)
    swept = sweep(terrain, Mast("A", 42.0, 75.0, 20.0, range_m=120e3), cell_m=250.0)
    d = 110.60e3
    turn = math.radians(azimuth_deg)
    found = lowest_at(swept, d * math.sin(turn), d * math.cos(turn))
    # the nearest cell lies up to 180 m off along the ray, where the altitude rises 13 m a km
    assert found == pytest.approx(500.0, abs=4.0)


def test_a_ridge_throws_the_shadow_that_similar_triangles_give(write_dem: Any) -> None:
    terrain = plane(
        write_dem, lambda x, y: np.where(abs(x - 30e3) < 500.0, 2000.0, 0.0), cell=500.0
    )
    swept = sweep(terrain, Mast("A", 42.0, 75.0, 50.0, range_m=100e3), cell_m=250.0)
    for far_m in (50e3, 80e3, 99e3):
        slopes = [(2000.0 - d * d / TWO_RADII_M - 50.0) / d for d in (29.5e3, 30.5e3)]
        expected = 50.0 + max(slopes) * far_m + far_m**2 / TWO_RADII_M
        assert lowest_at(swept, far_m, 0.0) == pytest.approx(expected, rel=0.02)
    assert lowest_at(swept, -50e3, 0.0) < 150.0  # nothing stands to the west


def test_the_higher_the_antenna_the_lower_it_sees(write_dem: Any) -> None:
    draw = np.random.default_rng(5)
    terrain = plane(write_dem, draw.uniform(0, 1500, (260, 260)))
    ground = np.zeros((201, 201), np.float32)
    before = None
    for height_m in (10.0, 50.0, 400.0):
        mast = Mast("A", 42.0, 75.0, height_m, range_m=100e3)
        lowest = sweep(terrain, mast, cell_m=1000.0).lowest_in_plane(ground)
        if before is not None:
            near = np.hypot(*np.mgrid[-100:101, -100:101]) <= 2.0
            assert (lowest <= before + 1e-2)[~np.isnan(lowest) & ~near].all()
        before = lowest


def test_both_grids_and_both_kinds_of_coordinates_tell_the_same(write_dem: Any) -> None:
    def hills(x_deg: Any, y_deg: Any) -> Any:
        return 800.0 + 700.0 * np.sin(8.0 * x_deg) * np.cos(11.0 * y_deg)

    file = write_dem(hills, west=73.0, north=44.0, cell=0.01, shape=(400, 400))
    mast = Mast("A", 42.0, 75.0, 30.0, range_m=100e3)
    swept = sweep(Terrain([file]), mast, cell_m=500.0)
    ground = np.zeros((401, 401), np.float32)
    flat = swept.lowest_in_plane(ground)
    to_globe = Transformer.from_crs(PLANE, "EPSG:4326", always_xy=True)
    for x_m, y_m in ((40e3, 10e3), (-70e3, 35e3), (5e3, -90e3)):
        east, north = to_globe.transform(x_m, y_m)
        over = swept.lowest_over_globe(
            np.array([north, north - 1]), np.array([east, east + 1]), np.zeros((2, 2), np.float32)
        )
        row, column = 200 - round(y_m / 500.0), 200 + round(x_m / 500.0)
        assert over[0, 0] == pytest.approx(float(flat[row, column]), abs=1.0)


def test_the_antimeridian_and_a_pole_are_no_edges(write_dem: Any) -> None:
    flat = write_dem(100.0, west=178.0, north=-16.0, cell=0.02, shape=(100, 100), name="w.tif")
    east = write_dem(100.0, west=-180.0, north=-16.0, cell=0.02, shape=(100, 100), name="e.tif")
    mast = Mast("Fiji", -17.0, 179.9, 30.0, range_m=60e3)
    swept = sweep(Terrain([flat, east]), mast, cell_m=500.0)
    assert np.isinf(swept.unknown_m).all()
    pole = write_dem(
        0.0, west=-200e3, north=200e3, cell=1000.0, shape=(400, 400), crs="EPSG:3413", name="p.tif"
    )
    swept = sweep(Terrain([pole]), Mast("Pole", 90.0, 0.0, 20.0, range_m=100e3), cell_m=500.0)
    horizon = swept.slope[:, -1]
    assert np.ptp(horizon) < 1e-4


def test_where_heights_are_missing_is_told_and_stands_before_nothing(write_dem: Any) -> None:
    heights = np.zeros((260, 260), np.float32)
    heights[:, 160:170] = -32768.0  # 30 to 40 km east
    terrain = plane(write_dem, heights)
    swept = sweep(terrain, Mast("A", 42.0, 75.0, 20.0, range_m=100e3), cell_m=500.0)
    east, west = len(swept.unknown_m) // 4, 3 * len(swept.unknown_m) // 4
    assert swept.unknown_m[east] == pytest.approx(30e3, abs=1500.0)
    assert np.isinf(swept.unknown_m[west])


def test_the_finest_model_is_asked_first_and_the_coarse_one_where_it_ends(write_dem: Any) -> None:
    coarse = write_dem(
        100.0, west=-130e3, north=130e3, cell=2000.0, shape=(130, 130), crs=PLANE, name="c.tif"
    )
    fine = write_dem(
        300.0, west=-20e3, north=20e3, cell=200.0, shape=(200, 200), crs=PLANE, name="f.tif"
    )
    terrain = Terrain([coarse, fine])
    assert [layer.cell_m for layer in terrain.layers] == pytest.approx([200.0, 2000.0], rel=1e-3)
    swept = sweep(terrain, Mast("A", 42.0, 75.0, 20.0, range_m=100e3), cell_m=500.0)
    assert swept.antenna_m == pytest.approx(320.0)
    assert np.isinf(swept.unknown_m).all()


def test_a_mast_under_ground_or_off_the_map_is_refused_by_name(write_dem: Any) -> None:
    terrain = plane(write_dem, 900.0)
    with pytest.raises(TerrainError, match="under the ground"):
        sweep(terrain, Mast("Low", 42.0, 75.0, altitude_m=400.0, range_m=50e3))
    with pytest.raises(TerrainError, match="no height model reaches"):
        sweep(terrain, Mast("Far", 10.0, 75.0, range_m=50e3))


def test_what_is_no_height_model_is_refused_with_its_name(tmp_path: Path) -> None:
    broken = tmp_path / "broken.tif"
    broken.write_bytes(b"not a map")
    with pytest.raises(TerrainError, match=r"broken\.tif"):
        Terrain([broken])
    empty = tmp_path / "nothing"
    empty.mkdir()
    with pytest.raises(TerrainError, match="no height model there"):
        Terrain([empty])


@pytest.mark.parametrize("way", ["unit", "crs"])
def test_heights_in_feet_are_refused(write_dem: Any, way: str) -> None:
    crs = "EPSG:4326" if way == "unit" else "EPSG:4269+6360"  # NAVD88 height in US feet
    dem = write_dem(500.0, west=74.0, north=43.0, cell=0.02, shape=(50, 50), crs=crs)
    if way == "unit":
        with rasterio.open(dem, "r+") as target:
            target.units = ("ft",)
    with pytest.raises(TerrainError, match="heights in feet"):
        Terrain([dem])


def test_a_height_model_without_coordinates_is_refused(write_dem: Any) -> None:
    dem = write_dem(500.0, west=74.0, north=43.0, cell=0.02, shape=(50, 50), crs=None)
    with pytest.raises(TerrainError, match="which coordinates"):
        Terrain([dem])


def test_a_mast_in_a_void_is_refused_and_can_be_given_its_altitude(write_dem: Any) -> None:
    heights = np.full((50, 50), 500.0)
    heights[20:30, 20:30] = -32768.0
    dem = write_dem(heights, west=74.0, north=43.0, cell=0.02, shape=(50, 50), nodata=-32768.0)
    terrain = Terrain([dem])
    with pytest.raises(TerrainError, match="is not known"):
        sweep(terrain, Mast("A", 42.5, 74.5, range_m=30e3), cell_m=1000.0)
    found = sweep(terrain, Mast("A", 42.5, 74.5, altitude_m=530.0, range_m=30e3), cell_m=1000.0)
    assert found.antenna_m == 530.0
    assert np.isfinite(found.unknown_m).all()
