"""What a plan costs is told before it begins, and too much is refused."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from typer.testing import CliRunner

from skypact.cli.cover import app
from skypact.coverage.estimate import TooLarge, estimate_of, require_memory
from skypact.coverage.network import Grid, ground_over
from skypact.coverage.sweep import Mast
from skypact.coverage.terrain import Terrain
from skypact.model.errors import UsageError

MASTS = [Mast(str(k), 42.0, 75.0, range_m=300e3) for k in range(20)]


def test_twenty_radars_at_500_m_over_a_country_take_seconds_and_a_part_of_a_gibibyte() -> None:
    found = estimate_of(MASTS, (1002, 2005), 500.0, 3)
    # measured: 3.2 to 4.1 s and 0.45 GiB over what the program itself takes
    assert 2.0 < found.cpu_s < 10.0
    assert 0.4 < found.memory_bytes / 2**30 < 1.2
    assert "20 sensors over 2.0 million cells" in str(found)


def test_what_does_not_fit_the_machine_is_refused_with_both_figures() -> None:
    large = estimate_of(MASTS, (30_000, 40_000), 90.0, 3)
    with pytest.raises(TooLarge, match=r"this machine has 8\.0 GiB"):
        require_memory(large, 8 * 2**30)
    require_memory(estimate_of(MASTS, (1000, 1000), 500.0, 3), 8 * 2**30)


def test_ground_read_some_rows_at_a_time_is_the_ground(write_dem: Any) -> None:
    dem = write_dem(
        lambda x, y: 100.0 * (x - 74.0) + 1000.0 * (y - 40.0),
        west=74.0,
        north=43.0,
        cell=0.01,
        shape=(300, 100),
    )
    grid = Grid(np.linspace(42.9, 40.1, 300), np.linspace(74.1, 74.9, 40))
    found = ground_over(Terrain([dem]), grid)
    expected = 100.0 * (grid.longitude_deg - 74.0) + 1000.0 * (grid.latitude_deg[:, None] - 40.0)
    np.testing.assert_allclose(found, expected, atol=0.01)


def test_a_box_is_mapped_and_the_estimate_said_first(write_dem: Any, tmp_path: Path) -> None:
    dem = write_dem(500.0, west=73.0, north=44.0, cell=0.05, shape=(80, 80))
    sensors = tmp_path / "sensors.toml"
    sensors.write_text(
        '[[sensor]]\nname = "A"\nkind = "radar"\nlatitude_deg = 42.0\nlongitude_deg = 75.0\n'
    )
    out = tmp_path / "out"
    call = [str(sensors), "--terrain", str(dem), "-o", str(out), "--range-km", "60"]
    found = CliRunner().invoke(app, [*call, "--box", "75,42,75.5,42.5"], catch_exceptions=False)
    assert found.stderr.startswith("1 sensor over 0.0 million cells")
    with rasterio.open(out / "count.tif") as source:
        assert source.bounds.left == pytest.approx(75.0)
        assert source.bounds.top == pytest.approx(42.5)
    for wrong in ("75,42,76", "75,43,76,42", "a,b,c,d"):
        with pytest.raises(UsageError, match="--box"):
            CliRunner().invoke(app, [*call, "--box", wrong], catch_exceptions=False)
