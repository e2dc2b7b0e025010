"""Flight plans from ICAO messages, ADEXP and CSV: one flight three times, and what is refused."""

import math

import pytest

from fuzz.identity_targets import ADEXP, CSV, FIXES, FPL, NOW_NS
from skypact.identity.plans.plan import FlightPlan
from skypact.identity.plans.reading import read_plans
from skypact.identity.plans.values import next_at_ns, position_rad
from skypact.model.time import from_iso

assert from_iso("2026-11-23") == NOW_NS


def only(text: str, received_ns: int = NOW_NS) -> FlightPlan:
    found = read_plans(text, received_ns, FIXES)
    assert not found.rejections, found.rejections
    (plan,) = found.plans
    return plan


def reason(text: str, received_ns: int = NOW_NS) -> tuple[str, str]:
    found = read_plans(text, received_ns, FIXES)
    assert not found.plans
    (rejection,) = found.rejections
    return rejection.reason, rejection.detail


@pytest.mark.parametrize("text", [FPL, ADEXP, CSV], ids=["icao", "adexp", "csv"])
def test_the_same_flight_is_read_from_each_format(text: bytes) -> None:
    plan = only(text.decode())
    assert (plan.callsign, plan.departure, plan.destination) == ("KZR131", "UAAA", "UCFM")
    assert (plan.rules, plan.flight_type) == ("I", "S")
    assert (plan.address, plan.code) == (0x683123, 0o4301)
    assert plan.off_block_ns == from_iso("2026-11-23T00:10:00")
    assert plan.enroute_s == 45 * 60
    assert plan.speed_mps == pytest.approx(450 * 1852 / 3600)
    assert plan.level_m == pytest.approx(34_000 * 0.3048)
    assert plan.points[0].name == "UAAA"
    assert plan.points[-1].name == "UCFM"
    tovla = plan.points[1]
    assert (tovla.name, tovla.latitude_rad) == ("TOVLA", 0.75)


def test_a_route_in_words_gives_its_points_with_levels() -> None:
    plan = only(FPL.decode())
    names = ["UAAA", "TOVLA", "BHT180010", "4230N07430E", "43N075E", "TOVLA", "UCFM"]
    assert [point.name for point in plan.points] == names
    levels = [round(point.level_m / 0.3048 / 100) for point in plan.points[1:-1]]
    assert levels == [320, 320, 320, 320, 340]
    south_m = (FIXES["BHT"][0][0] - plan.points[2].latitude_rad) * 6.36e6
    assert south_m == pytest.approx(18520, rel=0.01)


def test_points_of_adexp_have_times_and_places_of_their_own() -> None:
    plan = only(ADEXP.decode())
    assert [point.name for point in plan.points] == ["UAAA", "TOVLA", "GEO01", "UCFM"]
    assert plan.points[2].latitude_rad == pytest.approx(math.radians(42.5))
    assert plan.points[2].over_ns == from_iso("2026-11-23T00:30:00")
    assert plan.points[3].over_ns == -1


def test_two_points_of_one_name_are_told_apart_by_the_point_before() -> None:
    """28 August 2023: a plan with two points of one name stopped the system and its standby."""
    fixes = {"DVL": [(0.85, 0.0), (0.84, -1.7)], "UAAA": [(0.757, 1.345)]}
    text = "(FPL-ABC1-IS-B738/M-S/C-UAAA0010-N0450F340 50N000E DVL DCT 48N095W DVL-UAAA0900-0)"
    (plan,) = read_plans(text, NOW_NS, fixes).plans
    places = [point.longitude_rad for point in plan.points if point.name == "DVL"]
    assert places == [0.0, -1.7]


def test_a_point_that_nobody_knows_is_named_and_the_plan_is_used() -> None:
    plan = only(FPL.decode().replace("A123", "NOWHR"))
    assert plan.unplaced == ("NOWHR",)


def test_a_plan_that_cannot_be_used_stops_no_other() -> None:
    broken = FPL.decode().replace("N0450F340", "N45F340")
    found = read_plans(FPL.decode() + "\n" + broken + "\n" + FPL.decode(), NOW_NS, FIXES)
    assert len(found.plans) == 2
    (rejection,) = found.rejections
    assert (rejection.reason, rejection.offset) == ("MalformedPlan", len(FPL) + 1)


@pytest.mark.parametrize(
    ("old", "new", "name"),
    [
        ("(FPL", "(CHG", "UnknownMessage"),
        ("KZR131", "K", "MalformedPlan"),
        ("A4301", "A4381", "MalformedPlan"),
        ("-IS", "-QS", "MalformedPlan"),
        ("A320/M", "A320/Q", "MalformedPlan"),
        ("UAAA0010", "UAAA2410", "MalformedPlan"),
        ("UAAA0010", "UA0010", "MalformedPlan"),
        ("N0450F340", "", "MalformedPlan"),
        ("/N0440F320", "/FAST", "MalformedPlan"),
        ("A123", "!", "MalformedPlan"),
        ("UCFM0045", "UCFM0075", "MalformedPlan"),
        ("DOF/261123", "DOF/261323", "MalformedPlan"),
        ("DOF/261123", "DOF/281123", "MalformedPlan"),
        ("DOF/261123", "DOF/261122", "PlanOfPast"),
        ("683123", "68312G", "MalformedPlan"),
        ("NIL", "\u0661", "MalformedPlan"),
        ("NIL", "X" * 20_000, "PlanTooLong"),
        (" DCT 43N075E", " 43N075E" * 400, "PlanTooLong"),
        ("NIL)", "NIL", "MalformedPlan"),
    ],
)
def test_what_is_no_plan_is_refused_by_name(old: str, new: str, name: str) -> None:
    text = FPL.decode()
    assert old in text
    assert reason(text.replace(old, new))[0] == name


@pytest.mark.parametrize(
    ("old", "new", "name"),
    [
        ("TITLE IFPL", "TITLE ICNL", "UnknownMessage"),
        ("-ARCID KZR131", "", "MalformedPlan"),
        ("-EOBT 0010", "-EOBT 0060", "MalformedPlan"),
        ("-END RTEPTS", "", "MalformedPlan"),
        ("-BEGIN RTEPTS", "", "MalformedPlan"),
        ("-BEGIN RTEPTS", "-BEGIN RTEPTS -BEGIN RTEPTS", "MalformedPlan"),
        ("423000N", "913000N", "MalformedPlan"),
        ("-FLTRUL I", "-FLTRUL IV", "MalformedPlan"),
        ("261123002000", "261123", "MalformedPlan"),
    ],
)
def test_what_is_no_adexp_plan_is_refused_by_name(old: str, new: str, name: str) -> None:
    assert reason(ADEXP.decode().replace(old, new))[0] == name


@pytest.mark.parametrize(
    ("old", "new", "name"),
    [
        ("callsign", "call", "MalformedPlan"),
        ("flight_type\n", "remarks\n", "MalformedPlan"),
        (",S\n", "\n", "MalformedPlan"),
        ("2026-11-23T00:10:00Z", "yesterday", "MalformedPlan"),
        ("2026-11-23T00:10:00Z", "2026-11-21T00:10:00Z", "PlanOfPast"),
        ("2026-11-23T00:10:00Z", "9999-11-21T00:10:00Z", "MalformedPlan"),
        ("TOVLA", '"TOV"LA', "MalformedPlan"),
    ],
)
def test_what_is_no_row_of_a_plan_is_refused_by_name(old: str, new: str, name: str) -> None:
    assert reason(CSV.decode().replace(old, new))[0] == name


def test_a_plan_without_a_date_is_of_the_next_day_at_most() -> None:
    hour = 3600 * 10**9
    late = NOW_NS + 22 * hour
    assert next_at_ns(23 * 3600, late) == NOW_NS + 23 * hour
    assert next_at_ns(1 * 3600, late) == NOW_NS + 25 * hour
    assert next_at_ns(19 * 3600, late) == NOW_NS + 19 * hour
    early = NOW_NS + 1 * hour
    assert next_at_ns(23 * 3600, early) == NOW_NS - 1 * hour
    assert next_at_ns(20 * 3600, early) == NOW_NS + 20 * hour


def test_positions_are_read_to_the_minute_and_beyond_the_date_line() -> None:
    assert position_rad("4620N07805W") == pytest.approx(
        (math.radians(46 + 20 / 60), -math.radians(78 + 5 / 60))
    )
    assert position_rad("90S180W") == pytest.approx((-math.pi / 2, -math.pi))
    for none in ("91N000E", "46N181E", "4660N07805W", "4620N078W", "46N7W"):
        assert position_rad(none) is None, none
