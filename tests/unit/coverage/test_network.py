"""Several masts on one map: who sees what, and what is lost with one of them."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio

from skypact.coverage.network import Grid, Network, grid_over
from skypact.coverage.sweep import Mast
from skypact.coverage.terrain import TerrainError
from skypact.model.errors import BadInput
from skypact.node.covering import CoverSettings, cover_file

MASTS = tuple(Mast(name, 42.0, 75.0) for name in "ABC")


def network() -> Network:
    """Four cells; A sees the first two from 1,000 m, B the second, C the third from 5,000 m."""
    nan = np.nan
    lowest = np.array(
        [[[1000, 1000, nan, nan]] * 2, [[nan, 2000, nan, nan]] * 2, [[nan, nan, 5000, nan]] * 2],
        np.float32,
    )
    ground = np.array([[0, 0, 0, 4000]] * 2, np.float32)
    grid = Grid(np.array([0.01, 0.0]), np.array([75.0, 75.01, 75.02, 75.03]))
    return Network(grid, MASTS, ground, lowest)


def test_a_place_is_counted_by_all_that_see_it_at_that_altitude() -> None:
    assert network().count_at(3000.0)[0].tolist() == [1, 2, 0, -1]  # the last is under ground
    assert network().count_at(6000.0)[0].tolist() == [1, 2, 1, 0]


def test_shares_are_of_the_area_above_ground() -> None:
    assert network().share_at(3000.0) == pytest.approx(2 / 3)
    assert network().share_at(3000.0, least=2) == pytest.approx(1 / 3)
    assert network().share_at(6000.0) == pytest.approx(3 / 4)


def test_without_a_mast_what_only_it_saw_falls_out() -> None:
    assert network().share_at(3000.0, without=(1,)) == pytest.approx(2 / 3)
    assert network().share_at(3000.0, without=(0,)) == pytest.approx(1 / 3)
    together = network().together_m(without=(0,))[0]
    assert np.isnan(together[0])
    assert together[1] == 2000.0


def test_a_map_that_would_not_fit_the_machine_is_refused_before_it_is_begun() -> None:
    with pytest.raises(TerrainError, match="too large"):
        grid_over(MASTS, 50.0)


def test_a_network_over_the_antimeridian_is_one_map() -> None:
    masts = (Mast("W", -17.0, 179.5, range_m=100e3), Mast("E", -17.0, -179.5, range_m=100e3))
    grid = grid_over(masts, 5000.0)
    assert grid.longitude_deg[0] < 179.0
    assert grid.longitude_deg[-1] > 181.0
    assert len(grid.longitude_deg) < 80


def test_a_sensor_file_and_terrain_become_maps_and_a_report(write_dem: Any, tmp_path: Path) -> None:
    dem = write_dem(
        lambda x, y: np.where(x > 75.3, 3000.0, 500.0),
        west=73.0,
        north=44.0,
        cell=0.02,
        shape=(200, 200),
    )
    sensors = tmp_path / "sensors.toml"
    sensors.write_text(
        '[[sensor]]\nname = "Low"\nkind = "radar"\nlatitude_deg = 42.0\nlongitude_deg = 75.0\n'
        'altitude_m = 430.0\n[[sensor]]\nname = "High"\nkind = "radar"\nlatitude_deg = 42.1\n'
        "longitude_deg = 75.1\naltitude_m = 560.0\n"
    )
    summary = cover_file(
        sensors,
        [dem],
        tmp_path / "out",
        plan=CoverSettings(
            [4000.0, 9000.0], cell_m=4000.0, range_m=80e3, parties={"Low": "KG", "High": "TJ"}
        ),
    )
    assert any("Low at 430 m lies 70 m under the ground" in text for text in summary["remarks"])
    low, high = summary["layers"]
    assert low["seen"] < high["seen"] <= 1.0
    with rasterio.open(tmp_path / "out" / "lowest.tif") as source:
        assert source.descriptions == ("all", "Low", "High")
        together, *each = source.read()
    assert np.array_equal(together, np.fmin(*each), equal_nan=True)
    report = (tmp_path / "out" / "report.html").read_text()
    assert "without Low" in report
    assert "TJ and nobody else" in report
    assert [row["party"] for row in summary["parties"]] == ["KG", "TJ"]
    assert summary["gaps"][0]["altitude_m"] == 4000.0
    assert summary["gaps"][0]["place"] in report
    gaps = json.loads((tmp_path / "out" / "gaps.geojson").read_text())
    assert len(gaps["features"]) >= len(summary["gaps"])
    assert (tmp_path / "out" / "gaps.kml").is_file()
    assert "http" not in report  # it fetches nothing
    json.dumps(summary)


def test_an_altitude_in_feet_is_noticed(write_dem: Any, tmp_path: Path) -> None:
    dem = write_dem(2600.0, west=73.0, north=44.0, cell=0.05, shape=(80, 80))
    sensors = tmp_path / "sensors.toml"
    sensors.write_text(
        '[[sensor]]\nname = "A"\nkind = "radar"\nlatitude_deg = 42.0\nlongitude_deg = 75.0\n'
        "altitude_m = 792.0\n"
    )
    with pytest.raises(TerrainError, match="under the ground"):
        cover_file(sensors, [dem], tmp_path, plan=CoverSettings([3000.0], 5000.0, 50e3))


def test_an_altitude_that_is_the_ground_in_feet_is_noticed(write_dem: Any, tmp_path: Path) -> None:
    dem = write_dem(1650.0, west=73.0, north=44.0, cell=0.05, shape=(80, 80))
    sensors = tmp_path / "sensors.toml"
    sensors.write_text(
        '[[sensor]]\nname = "A"\nkind = "radar"\nlatitude_deg = 42.0\nlongitude_deg = 75.0\n'
        "altitude_m = 5425.0\n"
    )
    with pytest.raises(TerrainError, match="5425 feet would be the ground"):
        cover_file(sensors, [dem], tmp_path, plan=CoverSettings([3000.0], 5000.0, 50e3))


def test_a_party_of_a_sensor_that_is_not_there_is_refused(write_dem: Any, tmp_path: Path) -> None:
    dem = write_dem(500.0, west=73.0, north=44.0, cell=0.05, shape=(80, 80))
    sensors = tmp_path / "sensors.toml"
    sensors.write_text(
        '[[sensor]]\nname = "A"\nkind = "radar"\nlatitude_deg = 42.0\nlongitude_deg = 75.0\n'
    )
    plan = CoverSettings([3000.0], 5000.0, 50e3, parties={"B": "KG"})
    with pytest.raises(BadInput, match="no located sensor is called B"):
        cover_file(sensors, [dem], tmp_path, plan=plan)
