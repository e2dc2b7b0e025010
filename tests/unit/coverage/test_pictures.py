"""Pictures with a legend: colours as said, masts where they stand, placed by the world file."""

from pathlib import Path

import numpy as np
import pytest
import rasterio

from skypact.coverage.maps import colours_of, scale_entries
from skypact.coverage.network import Grid
from skypact.coverage.pictures import legend, write_picture
from skypact.coverage.sweep import Mast


def test_the_scale_names_the_colours_that_the_map_has() -> None:
    for (colour, words), value in zip(
        scale_entries((12_000.0, 3_000.0), "M"), (12_000, 9750, 7500, 5250, 3000), strict=True
    ):
        assert words == f"{value} M"
        shown = colours_of(np.array([[value]], np.float32))[0, 0, :3]
        assert shown.tolist() == list(colour)


def test_every_entry_of_the_legend_is_there_also_on_a_narrow_map() -> None:
    entries = [((200, k, 0), f"ENTRY {k}") for k in range(6)]
    for width in (30, 120, 700):
        strip = legend(width, "TITLE", entries)
        assert strip.shape[1] == width
        for colour, _ in entries:
            assert (strip[..., :3] == colour).all(axis=2).any()


def test_letters_are_legible() -> None:
    strip = legend(200, "T", [])
    ink = (strip[..., 0] < 100).astype(int)
    rows, columns = np.nonzero(ink)
    letter = ink[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    assert letter.tolist() == [[1, 1, 1]] + [[0, 1, 0]] * 4


def test_a_picture_is_placed_by_its_world_file_and_shows_the_mast(tmp_path: Path) -> None:
    grid = Grid(42.0 - 0.01 * np.arange(100.0), 75.0 + 0.02 * np.arange(150.0))
    cells = np.zeros((100, 150, 4), np.uint8)
    cells[...] = (10, 20, 200, 255)
    mast = Mast("A", 41.5, 76.0)
    write_picture(tmp_path / "map.png", grid, cells, "MAP", [((1, 2, 3), "ONE")], [mast])
    with rasterio.open(tmp_path / "map.png") as source:
        assert source.width == 150
        assert source.height > 100
        assert source.transform.c == pytest.approx(75.0 - 0.01)
        assert source.transform.f == pytest.approx(42.0 + 0.005)
        picture = source.read()
    assert picture[:3, 50, 50].tolist() == [255, 255, 255]
    assert picture[:3, 5, 5].tolist() == [10, 20, 200]
    write_picture(tmp_path / "off.png", grid, cells, "MAP", [], [Mast("B", 20.0, 10.0)])
