"""Diffraction against values the ITU publishes and cases that can be reckoned by hand."""

import math
from typing import Any

import numpy as np
import pytest

from skypact.coverage.diffraction import (
    Profile,
    bullington_db,
    delta_bullington_db,
    knife_edge_db,
    profile_between,
    smooth_earth_db,
)
from skypact.coverage.terrain import Terrain, TerrainError

FLAT_K = 1e6
"""An earth so large that it is flat."""

GHZ = 1e9


def hilly(seed: int = 4, length_m: float = 80e3) -> Profile:
    draw = np.random.default_rng(seed)
    d = np.linspace(0.0, length_m, 401)
    ground = np.cumsum(draw.normal(0.0, 25.0, len(d))) + 800.0
    return Profile(d, ground, float(ground[0]) + 30.0, float(ground[-1]) + 30.0)


def test_a_knife_edge_loses_what_the_recommendation_says() -> None:
    assert knife_edge_db([0.0, 1.0, 2.4]) == pytest.approx([6.033, 13.926, 20.539], abs=0.001)
    assert knife_edge_db([-0.79, -5.0]).tolist() == [0.0, 0.0]


def test_one_ridge_on_flat_ground_is_a_knife_edge() -> None:
    d = np.linspace(0.0, 40e3, 401)
    ground = np.where(np.abs(d - 10e3) < 1.0, 300.0, 0.0)
    path = Profile(d, ground, 100.0, 100.0)
    v = 200.0 * math.sqrt(2.0 * 40e3 / (0.3 * 10e3 * 30e3))
    edge = float(knife_edge_db(v))
    expected = edge + (1.0 - math.exp(-edge / 6.0)) * (10.0 + 0.02 * 40.0)
    assert bullington_db(path, 0.3, FLAT_K) == pytest.approx(expected, abs=0.01)


def test_two_equal_ridges_are_bullingtons_one_where_their_rays_cross() -> None:
    d = np.linspace(0.0, 40e3, 401)
    ground = np.where((np.abs(d - 10e3) < 1.0) | (np.abs(d - 30e3) < 1.0), 300.0, 0.0)
    # both rays rise by 200 m in 10 km and cross in the middle, 400 m over the line of sight
    v = 400.0 * math.sqrt(2.0 * 40e3 / (0.3 * 20e3 * 20e3))
    edge = float(knife_edge_db(v))
    found = bullington_db(Profile(d, ground, 100.0, 100.0), 0.3, FLAT_K)
    expected = edge + (1.0 - math.exp(-edge / 6.0)) * 10.8
    assert found == pytest.approx(expected, abs=0.01)


def test_a_path_far_over_the_ground_loses_nothing() -> None:
    d = np.linspace(0.0, 40e3, 401)
    assert delta_bullington_db(Profile(d, np.zeros(401), 2000.0, 2000.0), GHZ) == 0.0


def test_over_a_smooth_earth_the_whole_is_the_smooth_earths() -> None:
    d = np.linspace(0.0, 100e3, 1001)
    path = Profile(d, np.zeros(1001), 30.0, 30.0)
    found = delta_bullington_db(path, GHZ)
    assert found == pytest.approx(smooth_earth_db(100e3, (30.0, 30.0), GHZ), abs=0.01)
    assert found > bullington_db(path, 0.299792)


def test_beyond_the_horizon_each_kilometre_costs_the_same() -> None:
    # 17.6 X, less 10 lg X: P.526 section 3.1.1.2
    beta_x = 21.88 * (1.0 / 8494.7**2) ** (1.0 / 3.0)
    losses = [smooth_earth_db(d * 1e3, (30.0, 30.0), GHZ) for d in (200.0, 300.0)]
    expected = 17.6 * beta_x * 100.0 - 10.0 * math.log10(1.5)
    assert losses[1] - losses[0] == pytest.approx(expected, rel=0.01)


@pytest.mark.parametrize(
    ("heights_m", "frequency_ghz", "smooth_db", "bullington"),
    [
        ((211.3366, 30.0), 1.0, 15.3486, 13.7484),
        ((233.4945, 10.0), 2.5, 23.6973, 18.5971),
        ((204.7166, 20.0), 0.6, 20.9138, 15.7937),
        ((215.7272, 50.0), 0.2, 14.3293, 11.5098),
        ((252.3139, 5.0), 0.15, 33.1388, 14.9303),
    ],
)
def test_over_a_smooth_earth_losses_are_those_of_the_itus_validation_sheet(
    heights_m: tuple[float, float], frequency_ghz: float, smooth_db: float, bullington: float
) -> None:
    # "delB_valid_temp.xlsx", path 1 of 83.08 km, with an earth of 8,500 km; tolerance 0.1 dB there
    k = 8500.0 / 6371.009
    d = np.append(np.arange(0.0, 83_050.0, 50.0), 83_079.93853)
    level = Profile(d, np.zeros(len(d)), *heights_m)
    wavelength_m = 0.299792458 / frequency_ghz
    found = smooth_earth_db(83_079.93853, heights_m, frequency_ghz * GHZ, k)
    assert found == pytest.approx(smooth_db, abs=0.01)
    assert bullington_db(level, wavelength_m, k) == pytest.approx(bullington, abs=0.01)


def test_what_loses_a_signal_one_way_loses_it_the_other() -> None:
    for seed in range(5):
        path = hilly(seed)
        assert delta_bullington_db(path, GHZ) == pytest.approx(
            delta_bullington_db(path.reverse, GHZ), abs=1e-6
        )


def test_higher_antennas_lose_less_and_higher_frequencies_more() -> None:
    path = hilly()
    losses = [
        delta_bullington_db(
            Profile(path.distance_m, path.ground_m, path.from_m + up, path.to_m), GHZ
        )
        for up in (0.0, 50.0, 200.0, 1000.0)
    ]
    assert losses == sorted(losses, reverse=True)
    assert delta_bullington_db(path, 3 * GHZ) > delta_bullington_db(path, GHZ) > 0.0


def test_polarization_matters_little_at_a_gigahertz() -> None:
    level = [
        smooth_earth_db(100e3, (30.0, 30.0), GHZ, polarization=p)
        for p in ("horizontal", "vertical")
    ]  # type: ignore[arg-type]
    assert level[0] != level[1]
    assert level[0] == pytest.approx(level[1], abs=1.0)


def test_a_profile_follows_the_ground_between_two_places(write_dem: Any) -> None:
    dem = write_dem(
        lambda x, y: np.where(np.abs(x - 75.3) < 0.02, 2000.0, 500.0),
        west=74.5,
        north=42.5,
        cell=0.01,
        shape=(100, 150),
    )
    path = profile_between(Terrain([dem]), (42.0, 75.0), (42.0, 75.6), (530.0, 3000.0))
    assert path.distance_m[-1] == pytest.approx(49_700, rel=0.005)
    assert path.distance_m[np.argmax(path.ground_m)] == pytest.approx(24_850, abs=2_500)
    assert path.ground_m[0] == 500.0
    # at the ridge the ray has climbed half way; the earth bulges by some 36 m there
    assert path.clearance_m() < 1765.0 - 2000.0
    with pytest.raises(TerrainError, match="is not known"):
        profile_between(Terrain([dem]), (42.0, 75.0), (42.0, 77.0), (530.0, 3000.0))
    with pytest.raises(TerrainError, match="one place"):
        profile_between(Terrain([dem]), (42.0, 75.0), (42.0, 75.0), (530.0, 3000.0))
