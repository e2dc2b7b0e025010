"""The example over Kyrgyzstan's terrain, where that is at hand."""

import os
from pathlib import Path

import numpy as np
import pytest
import rasterio

from skypact.node.cover_path import PathSettings, look_at
from skypact.node.cover_sensors import tiles_file
from skypact.node.covering import CoverSettings, cover_file

ROOT = Path(__file__).parents[3]
SENSORS = ROOT / "examples" / "coverage" / "SENSORS.toml"


@pytest.fixture(scope="module")
def terrain() -> Path:
    """The region at 60 arc seconds; skipped by name where absent."""
    places = Path(os.environ.get("SKYPACT_TERRAIN", ROOT.parent / "shared" / "data" / "terrain"))
    file = places / "kgz_region_60s.tif"
    if not file.is_file():
        pytest.skip(f"no terrain at {file}: set SKYPACT_TERRAIN to its folder")
    return file


def test_batken_adds_what_the_mountains_hide_from_kant_and_issyk_kul(
    terrain: Path, tmp_path: Path
) -> None:
    plan = CoverSettings([3000.0, 6000.0], cell_m=5000.0, range_m=300e3)
    found = cover_file(SENSORS, [terrain], tmp_path, plan=plan)
    low, high = found["layers"]
    assert 0.08 < low["seen"] < 0.16
    assert 0.2 < high["seen"] < 0.32
    russian, kyrgyz = found["parties"]
    assert russian["sensors"] == ("Kant",)
    assert kyrgyz["alone"][1] < kyrgyz["together"][1]
    assert russian["only"][1] > 0.05
    assert (tmp_path / "report.html").stat().st_size > 50_000


def test_each_of_the_three_sees_what_notes_taken_apart_say(terrain: Path, tmp_path: Path) -> None:
    # masts of 20 m, 300 km, 60 arc seconds, measured with throw-away kernels (issue 8):
    # Kant 16.6 and 41.5 %, Batken 12.1 and 36.3 %, Issyk-Kul 6.1 and 21.4 % at 3,000 and 6,000 m
    expected = {"Kant": (0.166, 0.415), "Batken": (0.121, 0.363), "Issyk-Kul": (0.061, 0.214)}
    for name, shares in expected.items():
        row = next(part for part in SENSORS.read_text().split("[[sensor]]") if f'"{name}"' in part)
        file = tmp_path / "one.toml"
        file.write_text("[[sensor]]" + row.replace("s-band-terminal", "l-band-en-route"))
        plan = CoverSettings([3000.0, 6000.0], cell_m=2000.0, range_m=300e3)
        cover_file(file, [terrain], tmp_path / name, plan=plan)
        with rasterio.open(tmp_path / name / "lowest.tif") as source:
            lowest = source.read(1)
        within = lowest[~np.isnan(lowest)]
        seen = [float((within <= altitude).mean()) for altitude in (3000.0, 6000.0)]
        assert seen == pytest.approx(shares, abs=0.01)


def test_the_tiles_it_needs_are_named() -> None:
    names = {tile["srtm"] for tile in tiles_file(SENSORS, [], 300e3)["tiles"]}
    assert {"N42E074.hgt", "N40E070.hgt", "N42E076.hgt"} <= names


def test_over_the_ala_too_range_kant_sees_the_high_and_not_the_low(terrain: Path) -> None:
    low, high = (
        look_at(SENSORS, [terrain], (42.2, 74.6, up), only=["Kant"], plan=PathSettings())
        for up in (4000.0, 11_000.0)
    )
    assert low["sensors"][0]["clearance_m"] < 0.0 < high["sensors"][0]["clearance_m"]
    assert low["sensors"][0]["diffraction_db"] > 20.0
    assert low["sensors"][0]["chance"] < 0.1
