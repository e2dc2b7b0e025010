"""What is found of places, conduct, sensors and partners; and that unknown things are not found."""

import math
from typing import Any

import numpy as np
import pytest

from identity_pictures import LATITUDE, LONGITUDE, NOW_NS, SECOND_NS, picture
from skypact.identity.agreement_of_sensors import Comparison, Consistency
from skypact.identity.conduct import Approaches, Sites, motion_findings
from skypact.identity.outcomes import OUTCOMES
from skypact.identity.partners import ToldByPartners, partner_findings
from skypact.identity.whereabouts import (
    Aerodromes,
    AirspaceRules,
    Corridor,
    CorridorTable,
    airspace_findings,
    corridor_findings,
    origin_findings,
)
from skypact.model.identity import EVIDENCE_KINDS, Findings
from skypact.model.labels import IDENTITIES


def words(found: Findings) -> list[str]:
    names = OUTCOMES[EVIDENCE_KINDS[found.kind]]
    return [names[o] if o >= 0 else "" for o in found.outcome.tolist()]


def test_outside_a_corridor_is_found_only_where_traffic_keeps_to_them() -> None:
    table = CorridorTable.of(
        [Corridor("A1", ((LATITUDE, LONGITUDE - 0.01), (LATITUDE, LONGITUDE + 0.01)))]
    )
    joint = picture(4, altitude_m=[9000.0, 9000.0, 9000.0, math.nan])
    found = corridor_findings(joint, table, np.array([True, True, False, True]))
    assert words(found) == ["follows", "outside", "", ""]
    assert found.detail.tolist() == [0, -1, -1, -1]


def test_areas_ask_for_leave_and_for_notice() -> None:
    rules = AirspaceRules(region=0b0001, prohibited=0b0110, notice=0b1000)
    areas = np.array([0b0001, 0b0101, 0b0101, 0b1001, 0b1001, 0b1101, 0], np.uint64)
    noticed = np.array([0, 1, 0, 0, 1, 0, 0], bool)
    cleared = np.array([0, 0, 1, 0, 0, 0, 0], bool)
    found = airspace_findings(picture(7), rules, areas, noticed, cleared)
    assert words(found) == [
        "permitted",
        "prohibited",
        "permitted",
        "identification-zone",
        "permitted",
        "prohibited",
        "",
    ]
    assert found.detail.tolist() == [-1, 2, -1, 3, -1, 2, -1]


def test_an_origin_is_found_once_and_the_surest_is_said() -> None:
    aerodromes = Aerodromes(
        ("UCFM",), np.array([LATITUDE]), np.array([LONGITUDE]), np.array([600.0])
    )
    yes = np.ones(5, bool)
    joint = picture(5, altitude_m=[900.0, 900.0, 900.0, 9000.0, 900.0])
    found = origin_findings(
        joint,
        aerodromes,
        begun=np.array([1, 1, 1, 1, 0], bool),
        inside_cover=yes,
        handed_over=np.array([-1, 3, -1, -1, -1], np.int32),
        watched=np.array([0, 0, 1, 0, 0], bool),
    )
    assert words(found) == ["own-aerodrome", "known", "watched-border", "appeared", ""]
    assert found.detail.tolist() == [0, 3, -1, -1, -1]


@pytest.mark.parametrize(
    ("speed", "height", "ground", "word"),
    [
        (230.0, 10_000.0, 700.0, "ordinary"),
        (160.0, 1600.0, 700.0, "low-fast"),
        (160.0, 1800.0, 700.0, "ordinary"),
        (60.0, 1600.0, 700.0, "low-slow"),
        (400.0, 10_000.0, 700.0, "supersonic"),
        (160.0, 1600.0, math.nan, "ordinary"),
        (160.0, math.nan, 700.0, "ordinary"),
        (math.nan, 1600.0, 700.0, ""),
        (math.inf, 1600.0, 700.0, ""),
    ],
)
def test_speed_and_height_over_ground(
    speed: float, height: float, ground: float, word: str
) -> None:
    joint = picture(1, velocity_east_mps=[speed], altitude_m=[height])
    found = motion_findings(joint, np.array([ground]))
    assert words(found) == [word]


def test_a_coasting_track_has_no_motion_to_speak_of() -> None:
    joint = picture(1, coasting=[True], altitude_m=[900.0])
    assert words(motion_findings(joint, np.array([700.0]))) == [""]


def test_a_course_counts_once_it_has_been_steady() -> None:
    site = Sites(("dam",), np.array([LATITUDE]), np.array([LONGITUDE + 0.02]), np.array([10e3]))
    watch = Approaches(site)
    said = []
    for second in (0, 10, 20, 31, 40, 50, 60, 81):
        turned = second == 40
        now_ns = NOW_NS + second * SECOND_NS
        joint = picture(1, now_ns, velocity_east_mps=[-200.0 if turned else 200.0])
        said += words(watch.findings(joint, now_ns))
    assert said == ["", "", "", "towards-site", "", "", "", "towards-site"]


def test_who_passes_by_is_said_to_pass_by() -> None:
    watch = Approaches(
        Sites(("dam",), np.array([LATITUDE]), np.array([LONGITUDE + 0.02]), np.array([10e3]))
    )
    west: dict[str, Any] = {"velocity_east_mps": [-200.0]}
    watch.findings(picture(1, NOW_NS, **west), NOW_NS)
    later = NOW_NS + 30 * SECOND_NS
    assert words(watch.findings(picture(1, later, **west), later)) == ["passing"]


def compared(east_m: float, sigma_m: float = 50.0) -> Comparison:
    return Comparison(np.array([east_m]), np.zeros(1), np.array([sigma_m]))


def test_a_position_that_is_dragged_away_contradicts_within_thirty_seconds() -> None:
    watch = Consistency()
    said = []
    for second in range(60):
        now_ns = NOW_NS + second * SECOND_NS
        off_m = max(0.0, (second - 20) * 150.0)  # dragged off by 150 m each second
        said += words(watch.findings(picture(1, now_ns), compared(off_m), now_ns))
    assert said[:2] == ["", ""]
    assert set(said[2:21]) == {"agrees"}
    assert "contradicts" in said[21:50]
    assert said[-1] == "contradicts"


def test_one_wrong_plot_contradicts_nothing() -> None:
    watch = Consistency()
    said = []
    for second in range(40):
        now_ns = NOW_NS + second * SECOND_NS
        off_m = 8000.0 if second == 20 else 30.0
        said += words(watch.findings(picture(1, now_ns), compared(off_m), now_ns))
    assert "contradicts" not in said
    assert said[-1] == "agrees"


def test_noise_of_the_stated_size_is_never_called_a_contradiction() -> None:
    random = np.random.default_rng(3)
    watch, count, wrong, agreeing = Consistency(), 200, 0, 0
    for second in range(0, 600, 4):
        now_ns = NOW_NS + second * SECOND_NS
        east, north = random.normal(0.0, 300.0, (2, count))
        noise = Comparison(east, north, np.full(count, 300.0))
        said = words(watch.findings(picture(count, now_ns), noise, now_ns))
        wrong += said.count("contradicts")
        agreeing += said.count("agrees")
    assert wrong == 0
    assert agreeing > 0.9 * count * 150


def test_where_there_is_nothing_to_compare_nothing_is_said() -> None:
    watch = Consistency()
    for nothing in (compared(math.nan), compared(0.0, math.nan), compared(0.0, -1.0)):
        for second in range(5):
            now_ns = NOW_NS + second * SECOND_NS
            assert words(watch.findings(picture(1, now_ns), nothing, now_ns)) == [""]


def test_partners_are_weighed_as_they_are_believed() -> None:
    count = len(IDENTITIES) + 2
    told = ToldByPartners(
        identity=np.array([*range(len(IDENTITIES)), -1, 100], np.int8),
        station=np.ones(count, np.int16),
        told_ns=np.full(count, NOW_NS - 5),
        latitude_rad=picture(count).tracks.latitude_rad,
        longitude_rad=picture(count).tracks.longitude_rad,
        address=np.full(count, -1, np.int32),
    )
    found = partner_findings(picture(count), told, np.array([1.0, 0.7]))
    assert words(found) == [
        "",
        "",
        "assumed-friend",
        "friend",
        "neutral",
        "suspect",
        "hostile",
        "",
        "",
    ]
    assert found.weight[:7].tolist() == [0.7] * 7
    assert found.observed_ns.tolist() == [NOW_NS - 5] * count


def test_everything_unknown_raises_nothing_anywhere() -> None:
    nan = [math.nan]
    joint = picture(
        1,
        latitude_rad=nan,
        longitude_rad=nan,
        altitude_m=nan,
        velocity_east_mps=nan,
        velocity_north_mps=nan,
    )
    table = CorridorTable.of([])
    assert words(corridor_findings(joint, table, np.ones(1, bool))) == [""]
    assert words(motion_findings(joint, np.array(nan))) == [""]
    site = Sites(("dam",), np.zeros(1), np.zeros(1), np.ones(1))
    assert words(Approaches(site).findings(joint, NOW_NS)) == [""]
    none = Sites((), np.zeros(0), np.zeros(0), np.zeros(0))
    assert words(Approaches(none).findings(picture(0), NOW_NS)) == []
    empty = Aerodromes((), np.zeros(0), np.zeros(0), np.zeros(0))
    assert empty.of(joint).tolist() == [-1]
    one = Aerodromes(("UCFM",), np.zeros(1), np.zeros(1), np.zeros(1))
    assert one.of(joint).tolist() == [-1]
