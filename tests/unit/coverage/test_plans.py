"""Plans from files, as the commands make them."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio

from skypact.model.errors import BadInput
from skypact.node.planning import PlanSettings, read_places, site_file, warn_file

PLAN = PlanSettings(cell_m=2500.0, range_m=60e3, height_m=300.0)
SENSOR = (
    '[[sensor]]\nname = "A"\nkind = "radar"\nlatitude_deg = 42.0\nlongitude_deg = 75.0\n'
    "altitude_m = 540.0\n"
)
SITES = (
    '[[site]]\nname = "Middle"\nlatitude_deg = 42.0\nlongitude_deg = 75.0\n'
    '[[site]]\nname = "Beside"\nlatitude_deg = 42.0\nlongitude_deg = 75.05\n'
    '[[site]]\nname = "Away"\nlatitude_deg = 42.0\nlongitude_deg = 76.2\n'
)


@pytest.fixture
def files(tmp_path: Path, write_dem: Any) -> tuple[Path, Path, Path]:
    """Flat terrain at 500 m, one sensor, three sites."""
    dem = write_dem(500.0, west=73.5, north=43.2, cell=0.02, shape=(120, 200))
    sensors, sites = tmp_path / "sensors.toml", tmp_path / "sites.toml"
    sensors.write_text(SENSOR)
    sites.write_text(SITES)
    return dem, sensors, sites


def test_over_flat_ground_the_warning_is_the_range_over_the_speed(
    files: tuple[Path, Path, Path], tmp_path: Path
) -> None:
    dem, sensors, sites = files
    output = tmp_path / "minutes.tif"
    found = warn_file(sensors, [dem], sites, output, plan=PLAN, speed_mps=250.0)
    middle, beside, _ = found["sites"]
    assert middle["minutes"] == pytest.approx(60e3 / 250.0 / 60.0, rel=0.06)
    assert beside["minutes"] < middle["minutes"]
    assert middle["without"] == {"A": 0.0}
    with rasterio.open(output) as source:
        assert np.nanmax(source.read(1)) == pytest.approx(middle["minutes"], rel=0.1)


def test_the_site_that_adds_most_to_what_stands_is_chosen(files: tuple[Path, Path, Path]) -> None:
    dem, sensors, sites = files
    found = site_file(sites, [dem], sensors, 1, plan=PLAN)
    assert found["chosen"] == ["Away"]
    assert found["standing"] == ["A"]
    assert found["before_share"] < found["covered_share"] <= found["bound_share"] + 1e-9


def test_what_costs_more_than_there_is_is_not_chosen(files: tuple[Path, Path, Path]) -> None:
    dem, sensors, sites = files
    sites.write_text(sites.read_text() + "cost = 5.0\n")  # of Away, the best
    rich = site_file(sites, [dem], sensors, 1, plan=PLAN, budget=5.0)
    poor = site_file(sites, [dem], sensors, 1, plan=PLAN, budget=4.0)
    assert (rich["chosen"], rich["cost"]) == (["Away"], 5.0)
    assert (poor["chosen"], poor["cost"]) == (["Beside"], 1.0)
    assert poor["covered_share"] <= poor["bound_share"] + 1e-9


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "has no"),
        ("[[site]]\nname = 'A'\n", "latitude_deg"),
        ("[[site]]\nname = 'A'\nlatitude_deg = 91\nlongitude_deg = 0\n", "nowhere on earth"),
        ("[[site", "cannot be read"),
        ("[[site]]\nname='A'\nlatitude_deg=1\nlongitude_deg=0\ncost=-1\n", "cost or height_m"),
    ],
)
def test_a_sites_file_that_is_wrong_is_refused_with_its_place(
    tmp_path: Path, text: str, words: str
) -> None:
    file = tmp_path / "sites.toml"
    file.write_text(text)
    with pytest.raises(BadInput, match=words):
        read_places(file)


def test_more_sites_than_there_are_candidates_are_refused(files: tuple[Path, Path, Path]) -> None:
    dem, _, sites = files
    with pytest.raises(BadInput, match="4 sites wanted, 3 candidates"):
        site_file(sites, [dem], None, 4, plan=PLAN)
