"""Types of sensors: public figures lead to the ranges such sensors are bought for."""

import math
from pathlib import Path

import numpy as np
import pytest

from skypact.coverage.sensor_types import (
    chance_tables,
    farthest_m,
    read_type,
    type_names,
)
from skypact.model.errors import BadInput


def test_every_type_that_ships_can_be_read_and_says_where_its_figures_come_from() -> None:
    assert {"l-band-en-route", "s-band-terminal", "adsb-receiver"} <= set(type_names())
    for name in type_names():
        kind = read_type(name)
        assert kind.title
        tables = chance_tables(kind, 2.0, 4.0)
        assert (np.diff(tables.chance) >= -1e-12).all()
        assert tables.chance[-1] > 0.99


def test_a_terminal_radar_reaches_as_far_as_encyclopaedias_give_for_its_class() -> None:
    # "reliably ... within 40 to 60 nautical miles (75 to 110 km)", Britannica, Radar
    tables = chance_tables(read_type("s-band-terminal"), 1.0, 4.0)
    assert 75e3 < farthest_m(tables, 0.8) < 110e3


def test_an_en_route_radar_reaches_an_airliner_at_its_instrumented_range() -> None:
    kind = read_type("l-band-en-route")
    assert farthest_m(chance_tables(kind, 10.0, 4.0), 0.8) > kind.max_range_m
    assert farthest_m(chance_tables(kind, 2.0, 4.0), 0.8) < kind.max_range_m


def test_an_ads_b_receiver_hears_as_far_as_its_link_budget() -> None:
    # 51 dBm + 6 dB - 3 dB - (32.45 + 20 lg 1090 + 20 lg km) = -84 dBm (ITU-R P.525)
    expected_km = 10 ** ((51.0 - 0.031 + 3.0 + 84.0 - 32.45 - 20 * math.log10(1090)) / 20)
    read = 1.0 - (1.0 - 0.5 * 0.9) ** 8
    tables = chance_tables(read_type("adsb-receiver"), 1.0, 4.0)
    assert tables.at(expected_km * 1e3, 0.1) == pytest.approx(read, abs=0.002)
    assert tables.at(expected_km * 6e3, 0.1) < 0.001
    assert tables.at(10e3, math.radians(89.0)) == 0.0  # the cone above


def test_sixteen_times_the_cross_section_reaches_twice_as_far() -> None:
    kind = read_type("l-band-en-route")
    near, far = (farthest_m(chance_tables(kind, area, 4.0), 0.5) for area in (1.0, 16.0))
    assert far == pytest.approx(2.0 * near, rel=0.01)
    assert farthest_m(chance_tables(kind, 1.0, 4.0), 1.1) == 0.0


RADAR = (
    'kind = "radar"\n[radar]\npeak_power_w = 1e6\nfrequency_hz = 1e9\ngain_db = 30\n'
    "pulse_s = 1e-6\n"
)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "kind = None"),
        ('kind = "radar"\n', "has no"),
        ('kind = "radar"\n[radar]\ngain_db = 3\n', "peak_power_w"),
        (RADAR + "pulses = 2.5\n", "whole number"),
        (RADAR + "swerling = 7\n", "swerling"),
        (RADAR + "false_alarm = 0\n", "false_alarm"),
        (RADAR + "noise_temperature_k = -3\n", "noise_temperature_k is not above 0"),
        (RADAR + "beam_top_deg = 60\n", "ascend"),
        (RADAR + "colour = 1\n", "unknown settings"),
        (RADAR + 'losses_db = "x"\n', "finite number"),
        ("rotation_s = -1\n" + RADAR, "rotation_s is not above 0"),
        ("kind", "cannot be read"),
    ],
)
def test_a_type_that_is_wrong_is_refused_with_what_is_wrong(
    tmp_path: Path, text: str, words: str
) -> None:
    (tmp_path / "own.toml").write_text(text)
    with pytest.raises(BadInput, match=words):
        read_type("own.toml", tmp_path)


def test_an_unknown_type_is_answered_with_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="l-band-en-route"):
        read_type("x-band")
    with pytest.raises(BadInput, match="cannot be read"):
        read_type("none.toml", tmp_path)
