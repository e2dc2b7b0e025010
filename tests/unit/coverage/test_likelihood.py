"""Chances, plots and accuracy of a network, from the files a user has."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio

from skypact.coverage.likelihood import Detector, likelihood_of
from skypact.coverage.network import Grid, Network
from skypact.coverage.sweep import Mast
from skypact.model.errors import BadInput
from skypact.node.covering import CoverSettings, cover_file

PLAN = CoverSettings([3000.0, 9000.0], cell_m=5000.0, range_m=250e3)


def two_masts(*detectors: Detector) -> Any:
    """A cell seen from the south and from the west at 100 km, and one that is under ground."""
    grid = Grid(np.array([42.0, 41.9]), np.array([75.0, 75.1]))
    masts = (
        Mast("south", 42.0 - math.degrees(100e3 / 6.371e6), 75.0),
        Mast("west", 42.0, 75.0 - math.degrees(100e3 / 6.371e6) / math.cos(math.radians(42.0))),
    )
    ground = np.array([[0.0, 9000.0], [0.0, np.nan]], np.float32)
    lowest = np.full((2, 2, 2), 1000.0, np.float32)
    network = Network(grid, masts, ground, lowest, (3000.0, 3000.0))
    return likelihood_of(network, detectors, [3000.0])


def test_one_radar_errs_by_its_range_and_its_azimuth_at_that_distance() -> None:
    exact = Detector(None, range_sigma_m=50.0, azimuth_sigma_rad=0.002)
    blind = Detector(None, min_range_m=1e6)
    found = two_masts(exact, blind)
    assert found.accuracy_m[0, 0, 0] == pytest.approx(math.hypot(50.0, 200.0), rel=0.005)
    assert found.plots[0, 0, 0] == pytest.approx(1.0)


def test_two_radars_at_a_right_angle_are_each_as_exact_as_their_ranges() -> None:
    exact = Detector(None, range_sigma_m=50.0, azimuth_sigma_rad=0.002)
    found = two_masts(exact, exact)
    # per axis 1/50^2 from one's range and 1/200^2 from the other's azimuth
    expected = math.sqrt(2.0 / (1.0 / 50.0**2 + 1.0 / 200.0**2))
    assert found.accuracy_m[0, 0, 0] == pytest.approx(expected, rel=0.005)
    assert found.plots[0, 0, 0] == pytest.approx(2.0)


def test_what_detects_half_of_the_time_tells_half_as_much() -> None:
    found = two_masts(Detector(None, 0.5), Detector(None, 0.5))
    assert found.at_least[0, :, 0, 0] == pytest.approx([0.75, 0.25, 0.0])
    whole = two_masts(Detector(None), Detector(None))
    ratio = found.accuracy_m[0, 0, 0] / whole.accuracy_m[0, 0, 0]
    assert ratio == pytest.approx(math.sqrt(2.0), rel=1e-4)


def test_under_ground_and_where_it_is_unknown_nothing_is_told() -> None:
    found = two_masts(Detector(None), Detector(None))
    for values in (found.at_least[0, 0], found.plots[0], found.accuracy_m[0]):
        assert np.isnan(values[:, 1]).all()
        assert not np.isnan(values[:, 0]).any()


def test_a_place_seldom_detected_has_no_accuracy() -> None:
    found = two_masts(Detector(None, 0.2), Detector(None, 0.2))
    assert math.isnan(found.accuracy_m[0, 0, 0])


@pytest.fixture
def flat(write_dem: Any, tmp_path: Path) -> tuple[Path, Path]:
    dem = write_dem(500.0, west=71.0, north=45.0, cell=0.05, shape=(120, 160))
    sensors = tmp_path / "sensors.toml"
    sensors.write_text(
        '[[sensor]]\nname = "Radar"\nkind = "radar"\nlatitude_deg = 42.0\nlongitude_deg = 75.0\n'
        'altitude_m = 530.0\ntype = "s-band-terminal"\n'
        '[[sensor]]\nname = "Ears"\nkind = "adsb"\nlatitude_deg = 42.0\nlongitude_deg = 75.0\n'
        "altitude_m = 530.0\n"
    )
    return dem, sensors


def test_a_larger_aircraft_is_detected_over_more_of_the_map(
    flat: tuple[Path, Path], tmp_path: Path
) -> None:
    dem, sensors = flat
    small, large = (
        cover_file(
            sensors, [dem], tmp_path / str(area),
            plan=CoverSettings([9000.0], 5000.0, 250e3, cross_section_m2=area),
        )
        for area in (0.1, 10.0)
    )  # fmt: skip
    assert small["layers"][0]["seen"] == large["layers"][0]["seen"]
    with rasterio.open(tmp_path / "0.1" / "probability.tif") as source:
        assert source.descriptions[1] == "9000 m, 2 or more"
        few = source.read(2)
    with rasterio.open(tmp_path / "10.0" / "probability.tif") as source:
        more = source.read(2)
    assert np.nansum(more) > 2.0 * np.nansum(few) > 0.0
    assert (np.nan_to_num(more - few) > -1e-6).all()


def test_a_type_given_in_the_call_serves_sensors_of_its_kind_that_name_none(
    flat: tuple[Path, Path], tmp_path: Path
) -> None:
    dem, sensors = flat
    plan = CoverSettings([9000.0], 5000.0, 250e3, types=["adsb-receiver", "l-band-en-route"])
    found = cover_file(sensors, [dem], tmp_path / "out", plan=plan)
    words = " ".join(found["remarks"])
    assert "Radar is of the type S-band terminal" in words
    assert "Ears is of the type ADS-B ground receiver" in words
    assert found["layers"][0]["median_accuracy_m"] == pytest.approx(42.6, rel=0.1)


def test_a_type_looks_no_farther_than_its_instrumented_range(
    flat: tuple[Path, Path], tmp_path: Path
) -> None:
    dem, sensors = flat
    cover_file(sensors, [dem], tmp_path / "out", plan=PLAN)
    with rasterio.open(tmp_path / "out" / "lowest.tif") as source:
        radar, ears = (int(np.isfinite(source.read(band)).sum()) for band in (2, 3))
    assert radar / ears == pytest.approx((111.0 / 250.0) ** 2, rel=0.05)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("s-band-terminal", "x-band", "no sensor type 'x-band'"),
        ("s-band-terminal", "adsb-receiver", "of kind adsb"),
        ('"s-band-terminal"', "3", "is no text"),
        ('type = "s-band-terminal"', "party = 3", "party of 'Radar' is no text"),
    ],
)
def test_a_type_or_party_that_is_wrong_is_refused(
    flat: tuple[Path, Path], tmp_path: Path, old: str, new: str, words: str
) -> None:
    dem, sensors = flat
    sensors.write_text(sensors.read_text().replace(old, new))
    with pytest.raises(BadInput, match=words):
        cover_file(sensors, [dem], tmp_path / "out", plan=PLAN)
