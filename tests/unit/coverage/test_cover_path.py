"""``skypact cover path``, and how the words of ``skypact cover`` are read."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from skypact.cli.cover import app
from skypact.model.errors import BadInput, UsageError
from skypact.node.cover_path import PathSettings, look_at


@pytest.fixture
def ridge(write_dem: Any, tmp_path: Path) -> tuple[Path, Path]:
    """A ridge of 2,000 m some 25 km east of a radar, else flat ground at 500 m."""
    dem = write_dem(
        lambda x, y: np.where(np.abs(x - 75.3) < 0.01, 2000.0, 500.0),
        west=74.5,
        north=42.5,
        cell=0.01,
        shape=(100, 150),
    )
    sensors = tmp_path / "sensors.toml"
    sensors.write_text(
        '[[sensor]]\nname = "A"\nkind = "radar"\nlatitude_deg = 42.0\nlongitude_deg = 75.0\n'
        'altitude_m = 530.0\ntype = "s-band-terminal"\n'
    )
    return dem, sensors


def test_behind_a_ridge_a_signal_is_lost_and_over_it_is_not(ridge: tuple[Path, Path]) -> None:
    dem, sensors = ridge
    low, high = (
        look_at(sensors, [dem], (42.0, 75.6, up), only=[], plan=PathSettings())["sensors"][0]
        for up in (1000.0, 6000.0)
    )
    assert low["clearance_m"] < 0.0 < high["clearance_m"]
    assert low["diffraction_db"] > 30.0
    assert high["diffraction_db"] == 0.0
    assert low["chance"] < 0.01
    assert high["chance"] > 0.9
    assert low["frequency_hz"] == 2.8e9


def test_beyond_its_instrumented_range_nothing_is_detected(ridge: tuple[Path, Path]) -> None:
    dem, sensors = ridge
    sensors.write_text(sensors.read_text() + "max_range_m = 30_000\n")
    found = look_at(sensors, [dem], (42.0, 75.6, 6000.0), only=[], plan=PathSettings())
    assert found["sensors"][0]["chance"] == 0.0
    assert found["sensors"][0]["clearance_m"] > 0.0


def test_the_command_tells_it_in_json_and_in_words(ridge: tuple[Path, Path]) -> None:
    dem, sensors = ridge
    call = ["path", str(sensors), "--to", "42.0,75.6,1000", "--terrain", str(dem)]
    found = CliRunner().invoke(app, [*call, "--json"], catch_exceptions=False)
    assert json.loads(found.stdout)["sensors"][0]["sensor"] == "A"
    found = CliRunner().invoke(app, call, catch_exceptions=False)
    assert "diffraction" in found.stderr


def test_without_a_commands_name_maps_are_drawn(ridge: tuple[Path, Path], tmp_path: Path) -> None:
    dem, sensors = ridge
    out = tmp_path / "out"
    call = [str(sensors), "--terrain", str(dem), "-o", str(out), "--range-km", "40", "--json"]
    found = CliRunner().invoke(app, call, catch_exceptions=False)
    assert json.loads(found.stdout)["sensors"] == ["A"]
    assert (out / "probability.tif").is_file()
    with pytest.raises(UsageError, match="NAME=PARTY"):
        CliRunner().invoke(app, [*call, "--party", "A"], catch_exceptions=False)


@pytest.mark.parametrize("text", ["42.0,75.6", "north,75,1", "91,0,0"])
def test_a_place_that_is_none_is_refused(ridge: tuple[Path, Path], text: str) -> None:
    dem, sensors = ridge
    call = ["path", str(sensors), "--to", text, "--terrain", str(dem)]
    with pytest.raises(UsageError, match="--to"):
        CliRunner().invoke(app, call, catch_exceptions=False)


@pytest.mark.parametrize(
    ("place", "only", "words"),
    [
        ((42.0, 75.6, 100.0), [], "under the ground"),
        ((42.0, 75.001, 3000.0), [], "from A"),
        ((42.0, 75.6, 3000.0), ["B"], "no located sensor is called B"),
        ((42.0, 77.6, 3000.0), [], "not known"),
    ],
)
def test_a_path_that_cannot_be_is_refused(
    ridge: tuple[Path, Path], place: tuple[float, float, float], only: list[str], words: str
) -> None:
    dem, sensors = ridge
    with pytest.raises(BadInput, match=words):
        look_at(sensors, [dem], place, only=only, plan=PathSettings())
