"""Gaps, nations' shares and tiles."""

import json
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from typer.testing import CliRunner

from skypact.cli.cover import app
from skypact.coverage.gaps import gaps_at, write_geojson, write_kml
from skypact.coverage.network import Grid, Network
from skypact.coverage.parties import party_shares
from skypact.coverage.sweep import Mast
from skypact.coverage.terrain import Terrain
from skypact.coverage.tiles import Tile, lacking, tiles_for

KML = "{http://www.opengis.net/kml/2.2}"


def network(west: float = 75.0) -> Network:
    """Twenty by thirty cells of 0.01 degrees that all see, with two holes and a corner beyond."""
    grid = Grid(42.0 - 0.01 * np.arange(20.0), west + 0.01 * np.arange(30.0))
    lowest = np.full((2, 20, 30), 1000.0, np.float32)
    lowest[:, 2:6, 2:8] = 5000.0
    lowest[:, 10:18, 10:28] = 5000.0
    lowest[:, 13, 13] = 500.0  # an island that is seen
    lowest[0, 10:18, 20:28] = 1000.0
    lowest[:, 0, 25:] = np.nan
    ground = np.zeros((20, 30), np.float32)
    return Network(grid, (Mast("A", 42.0, west), Mast("B", 41.9, west + 0.1)), ground, lowest)


def test_gaps_are_told_largest_first_with_their_area_and_place() -> None:
    large, small = gaps_at(network(), 3000.0)
    cell = 0.01**2 * 111.32**2 * np.cos(np.radians(41.87))
    assert large.area_km2 == pytest.approx((8 * 10 - 1) * cell, rel=0.01)
    assert small.area_km2 == pytest.approx(24 * cell, rel=0.01)
    assert small.place.endswith("of A")
    assert large.outline.contains(shapely.Point(large.longitude_deg, large.latitude_deg))
    assert len(large.outline.interiors) == 1
    assert gaps_at(network(), 6000.0) == []


def test_a_gap_over_the_antimeridian_is_cut_there() -> None:
    gap = gaps_at(network(179.85), 3000.0)[0]
    west, _, east, _ = gap.outline.bounds
    assert -180.0 <= west < -179.9
    assert 179.9 < east <= 180.0


def test_gaps_are_written_for_maps(tmp_path: Path) -> None:
    gaps = gaps_at(network(), 3000.0)
    write_geojson(tmp_path / "gaps.geojson", gaps)
    collection = json.loads((tmp_path / "gaps.geojson").read_text())
    assert [f["properties"]["altitude_m"] for f in collection["features"]] == [3000.0, 3000.0]
    again = shapely.geometry.shape(collection["features"][0]["geometry"])
    assert again.symmetric_difference(gaps[0].outline).area < 1e-6
    write_kml(tmp_path / "gaps.kml", gaps)
    document = ET.parse(tmp_path / "gaps.kml").getroot()
    assert document.find(f".//{KML}Folder/{KML}name").text == "3000 m"  # type: ignore[union-attr]
    assert len(document.findall(f".//{KML}Placemark")) == 2
    assert len(document.findall(f".//{KML}innerBoundaryIs")) == 1


def test_each_nation_sees_alone_less_than_both_together() -> None:
    a, b = party_shares(network(), ["KG", "TJ"], [3000.0])
    assert b.alone[0] < a.alone[0] == a.together[0] == b.together[0]
    assert b.only[0] == pytest.approx(0.0)
    assert a.only[0] == pytest.approx(a.together[0] - b.alone[0])
    assert party_shares(network(), ["", ""], [3000.0]) == []
    named = party_shares(network(), ["KG", ""], [3000.0])
    assert [share.party for share in named] == ["KG", "not said"]


def test_tiles_are_named_as_their_publishers_do() -> None:
    assert Tile(42, 74).srtm == "N42E074.hgt"
    assert Tile(-34, -71).srtm == "S34W071.hgt"
    assert Tile(62, 10).srtm == ""
    assert Tile(42, 74).copernicus(1) == "Copernicus_DSM_COG_10_N42_00_E074_00_DEM.tif"


def test_a_disc_needs_the_tiles_that_it_touches() -> None:
    assert tiles_for([Mast("A", 42.5, 74.5, range_m=10e3)]) == [Tile(42, 74)]
    assert len(tiles_for([Mast("A", 42.5, 74.5, range_m=60e3)])) == 5  # not the corners
    west, east = tiles_for([Mast("A", 0.5, 180.0, range_m=20e3)])
    assert (west.west, east.west) == (-180, 179)
    assert len(tiles_for([Mast("A", 89.9, 0.0, range_m=50e3)])) == 360


def test_what_no_height_model_knows_is_lacking(write_dem: Any) -> None:
    dem = write_dem(500.0, west=74.0, north=43.0, cell=0.02, shape=(50, 50))
    assert lacking(Terrain([dem]), [Tile(42, 74), Tile(42, 75), Tile(10, 10)]) == [
        Tile(42, 75),
        Tile(10, 10),
    ]


def test_the_command_says_what_is_needed_and_answers_no_when_it_is_not_there(
    write_dem: Any, tmp_path: Path
) -> None:
    dem = write_dem(500.0, west=74.0, north=43.0, cell=0.02, shape=(50, 50))
    sensors = tmp_path / "sensors.toml"
    sensors.write_text(
        '[[sensor]]\nname = "A"\nkind = "radar"\nlatitude_deg = 42.5\nlongitude_deg = 74.5\n'
    )
    call = ["terrain", str(sensors), "--terrain", str(dem), "--json", "--range-km"]
    found = CliRunner().invoke(app, [*call, "60"], catch_exceptions=False)
    assert found.exit_code == 1
    told = json.loads(found.stdout)
    assert len(told["tiles"]) == 5
    assert "N42E075.hgt" in [tile["srtm"] for tile in told["tiles"] if tile["lacking"]]
    assert CliRunner().invoke(app, [*call, "10"], catch_exceptions=False).exit_code == 0
    bare = CliRunner().invoke(app, ["terrain", str(sensors)], catch_exceptions=False)
    assert "Copernicus" in bare.stderr
    assert bare.exit_code == 0
