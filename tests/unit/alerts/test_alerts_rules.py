"""Rules are data: what is wrong with them is named, and the shipped ones say why they are so."""

import contextlib
import tomllib
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alert_skies import NOW_NS, SECOND_NS, box, polygon, rules_of
from skypact.agreement.document import Area
from skypact.alerts.areas import area_index, limits_of
from skypact.alerts.rules import AreaTable, Circle, Identity, Window, default_rules, rules_from
from skypact.alerts.schedules import active_s, spans_of
from skypact.alerts.watch import AlertWatch
from skypact.model.alerts import ALERT_KINDS
from skypact.model.errors import BadAlertRule, BadArea, BadInput
from skypact.model.labels import IDENTITIES

RULE = '[[rule]]\nid = "a"\nwatch = "area"\nseverity = "warning"\nreason = "why"\n'


def test_the_shipped_rules_are_read_and_each_says_why():
    rules = default_rules()
    assert all(len(rule.reason) > 40 for rule in rules.rule)
    AlertWatch("KG", rules)
    text = (files("skypact.alerts") / "default_rules.toml").read_text()
    assert len(tomllib.loads(text)["rule"]) == len(rules.rule)


def test_identities_of_rules_are_the_models():
    assert Identity.__args__ == IDENTITIES
    assert len(set(ALERT_KINDS)) == len(ALERT_KINDS)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (RULE, "names no area"),
        (RULE + 'area_kinds = ["danger"]\nlook_ahead = 3', "unknown field `look_ahead`"),
        (RULE + 'area_kinds = ["dangerous"]', "dangerous"),
        (RULE + 'area_kinds = ["danger"]\nlook_ahead_s = 1e9', "600"),
        (RULE + 'area_kinds = ["danger"]\nlook_ahead_s = nan', "not finite"),
        (RULE.replace('"why"', '""') + 'area_kinds = ["danger"]', "length"),
        (2 * (RULE + 'area_kinds = ["danger"]\n'), "more than one rule 'a'"),
        (RULE.replace('"area"', '"weather"'), "weather"),
        (RULE.replace('"area"', '"code"') + 'kind = "emergency"', "names no code"),
        (RULE.replace('"area"', '"code"') + 'kind = "emergency"\nmode_3a = ["7800"]', "regex"),
        ("[[rule]", "not TOML"),
        ("x = " + "[" * 5000, "deep"),
        ('[[area]]\nid = "a"\nkind = "danger"\nflor = "GND"', "flor"),
    ],
)
def test_wrong_rules_are_refused_by_name_and_place(text, told):
    with pytest.raises(BadAlertRule, match=told):
        rules_from(text)


@given(st.binary(max_size=200))
def test_any_bytes_are_rules_or_a_named_error(data):
    with contextlib.suppress(BadAlertRule):
        rules_from(data)


BOW_TIE = [[70, 40], [72, 42], [72, 40], [70, 42], [70, 40]]


@pytest.mark.parametrize(
    ("geometry", "told"),
    [
        (None, "either a geometry or a circle"),
        ({"type": "Point", "coordinates": [70, 40]}, "Point"),
        ({"type": "Polygon"}, "no rings"),
        ({"type": "Polygon", "coordinates": [[]]}, "corners"),
        ({"type": "Polygon", "coordinates": [[["x", 1]] * 5]}, "no list of positions"),
        ({"type": "Polygon", "coordinates": [None]}, "no list of positions"),
        ({"type": "Polygon", "coordinates": [BOW_TIE]}, "crosses itself"),
        ({"type": "Polygon", "coordinates": [box(70, 40, 72, 42)[:-1]]}, "end where it begins"),
        ({"type": "Polygon", "coordinates": [box(70, 40, 72, 92)]}, "leaves the globe"),
        ({"type": "Polygon", "coordinates": [box(0, -80, 170, 80)]}, "60 degrees|around"),
        ({"type": "Polygon", "coordinates": [[[70, 40]] * 5]}, "encloses nothing"),
        ({"type": "Polygon", "coordinates": [[[70, 40], [71, 40], [72, 40], [70, 40]]]}, "area"),
        (
            {"type": "Polygon", "coordinates": [box(70, 40, 72, 42), box(71, 41, 75, 41.5)]},
            "crosses itself",
        ),
    ],
)
def test_an_outline_that_is_none_is_refused_by_name(geometry, told):
    with pytest.raises(BadArea, match=told):
        area_index([AreaTable(id="a", kind="danger", geometry=geometry)])


def test_a_circle_may_be_large_but_not_larger_than_the_plane_reaches():
    circle = Circle(latitude_deg=89.0, longitude_deg=0.0, radius_m=2e6)
    assert len(area_index([AreaTable(id="a", kind="danger", circle=circle)]).edge) == 360


@pytest.mark.parametrize(
    ("floor", "ceiling", "metres"),
    [
        ("GND", "FL095", (float("-inf"), 95 * 30.48)),
        ("SFC", "UNL", (float("-inf"), float("inf"))),
        ("1500 m", "FL660", (1500.0, 20116.8)),
        ("4500 ft", "4500 m", (1371.6, 4500.0)),
        ("FL 10", "12000ft", (304.8, 3657.6)),
    ],
)
def test_heights_are_read_as_charts_write_them(floor, ceiling, metres):
    low, high = limits_of(polygon("a", box(0, 0, 1, 1), floor=floor, ceiling=ceiling))
    assert (low.height_m, high.height_m) == pytest.approx(metres)


@pytest.mark.parametrize(
    ("floor", "ceiling"),
    [("UNL", "UNL"), ("GND", "GND"), ("FL100", "FL100"), ("95", "UNL"), ("GND", "9 km")],
)
def test_heights_that_are_none_are_refused_by_name(floor, ceiling):
    with pytest.raises(BadAlertRule):
        limits_of(polygon("a", box(0, 0, 1, 1), floor=floor, ceiling=ceiling))


def seconds(now, *windows, reach_s=120.0):
    spans = spans_of([Window(**one) for one in windows], where="test")
    return active_s(spans, NOW_NS + now * SECOND_NS, reach_s)


def daily(opens, closes, *days):
    return {"opens": opens, "closes": closes, "days": days}


def test_schedules_open_and_close_to_the_second():  # NOW is Tuesday 2023-11-14, 22:13:20
    assert seconds(0) == (float("-inf"), float("inf"))
    once = {"opens": "2023-11-14T22:14:20Z", "closes": "2023-11-14T22:15:20+00:00"}
    assert seconds(0, once) == (60.0, 120.0)
    assert seconds(119, once) == (-59.0, 1.0)
    assert seconds(120, once) == (float("inf"), float("-inf"))
    assert seconds(-61, once)[0] == float("inf")
    over_midnight = daily("22:00", "06:00", "tue")
    assert seconds(0, over_midnight) == (-800.0, 8 * 3600 - 800.0)
    assert seconds(4 * 3600, over_midnight)[1] == 4 * 3600 - 800.0
    assert seconds(24 * 3600, over_midnight) == (float("inf"), float("-inf"))
    whole_day = daily("00:00", "24:00", "tue", "wed")
    assert seconds(6_380, whole_day)[1] == 86_420.0, "midnight is no gap"
    assert seconds(0, daily("22:15", "22:16", "tue"), once) == (60.0, 160.0)


@pytest.mark.parametrize(
    "window",
    [
        {"opens": "2023-11-14", "closes": "2023-11-14"},
        {"opens": "now", "closes": "2023-11-14"},
        daily("6:00", "07:00", "mon"),
        daily("24:00", "07:00", "mon"),
        daily("06:00", "24:30", "mon"),
    ],
)
def test_a_window_that_never_opens_is_refused_by_name(window):
    with pytest.raises(BadAlertRule):
        seconds(0, window)


def test_an_area_of_the_rules_takes_its_outline_from_the_agreement():
    geometry = {"type": "Polygon", "coordinates": [box(75, 41, 76, 43)]}
    own = Area(id="zone", name={"en": "Zone"}, clause="", kind="own", geometry=geometry)
    border = Area(id="strip", name={"en": "Strip"}, clause="", kind="border", geometry=geometry)
    table = AreaTable(id="zone", kind="prohibited", ceiling="FL100")
    watch = AlertWatch("KG", rules_of("", table), [own, border])
    kinds = {area.id: (area.kind, area.ceiling) for area in watch._index.areas}
    assert kinds == {"zone": ("prohibited", "FL100"), "strip": ("border", "UNL")}
    with pytest.raises(BadInput):
        AlertWatch("KG", rules_of("", table))
