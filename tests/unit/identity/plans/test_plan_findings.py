"""Which plan a track flies, and whether it flies as the plan says."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from fuzz.identity_targets import ADEXP, FIXES, NOW_NS
from identity_pictures import picture
from skypact.identity.outcomes import OUTCOMES
from skypact.identity.plans.conformance import conformance, plan_findings
from skypact.identity.plans.plan import FlightPlan, RoutePoint
from skypact.identity.plans.reading import read_plans
from skypact.identity.plans.table import PlanTable, correlate
from skypact.model.identity import Findings

MINUTE_NS = 60 * 10**9
DEGREE_M = 111_195.0


def plan(callsign: str = "KZR131", **changed: Any) -> FlightPlan:
    """East along 42 N from 70 E to 80 E at 10 km: 828 km in an hour, off block at 0:00."""
    route = [(42.0, 70.0 + k) for k in range(11)]
    points = tuple(
        RoutePoint(
            "UAAA" if k == 0 else "UCFM" if k == 10 else f"P{k}",
            *np.radians(spot).tolist(),
            10_000.0,
        )
        for k, spot in enumerate(route)
    )
    filed = FlightPlan(
        callsign, "I", "S", "A320", -1, -1, "UAAA", "UCFM", NOW_NS, 3600, 230.0, 10_000.0,
        points, (), "",
    )  # fmt: skip
    return replace(filed, **changed)


def flying(minutes: float = 40.0, north_m: float = 0.0, **columns: Any) -> Any:
    """One track where the plan has it after so many minutes, so far north of the route."""
    now_ns = NOW_NS + int(minutes * MINUTE_NS)
    columns = {"callsign": [b"KZR131"], "altitude_m": [10_000.0]} | columns
    longitude = 70.0 + (minutes - 10.0) / 6.0
    return picture(
        1,
        now_ns,
        latitude_rad=np.radians([42.0 + 0.1 * 0.0 + north_m / DEGREE_M]),
        longitude_rad=np.radians([longitude]),
        **columns,
    ), now_ns


def said(found: Findings) -> str:
    at = int(found.outcome[0])
    return OUTCOMES["plan"][at] if at >= 0 else ""


def judged(joint: Any, *plans: FlightPlan, required: bool = True) -> Findings:
    picture_, now_ns = joint
    return plan_findings(PlanTable.of(plans), picture_, now_ns, np.array([required]))


def test_a_flight_on_its_route_in_time_and_level_conforms() -> None:
    found = judged(flying(), plan())
    assert said(found) == "conforms"
    assert found.weight.tolist() == [1.0]
    assert found.detail.tolist() == [0]


def test_a_military_flight_on_its_plan_is_a_state_flight() -> None:
    assert said(judged(flying(), plan(flight_type="M"))) == "conforms-state"


@pytest.mark.parametrize(("north_m", "word"), [(19e3, "conforms"), (30e3, ""), (60e3, "deviates")])
def test_far_to_the_side_it_deviates_and_between_nothing_is_said(north_m: float, word: str) -> None:
    assert said(judged(flying(north_m=north_m), plan())) == word


def test_an_hour_and_a_half_early_or_late_it_deviates() -> None:
    joint, now_ns = flying()
    for shift, word in ((0, "conforms"), (-60, ""), (-100, "deviates"), (55, "")):
        moved = plan(off_block_ns=NOW_NS + shift * MINUTE_NS)
        assert said(judged((joint, now_ns), moved)) == word, shift


def test_another_level_halves_the_weight_but_makes_no_deviation() -> None:
    found = judged(flying(altitude_m=[8000.0]), plan())
    assert said(found) == "conforms"
    assert found.weight.tolist() == [0.5]
    unknown = judged(flying(altitude_m=[np.nan]), plan())
    assert unknown.weight.tolist() == [1.0]


def test_no_plan_is_found_missing_only_where_one_is_required() -> None:
    assert said(judged(flying(callsign=[b"ABC1"]), plan())) == "missing"
    assert said(judged(flying(callsign=[b"ABC1"]), plan(), required=False)) == ""
    assert said(judged(flying())) == "missing"


def test_a_plan_of_another_time_is_not_its_plan() -> None:
    assert said(judged(flying(), plan(off_block_ns=NOW_NS - 24 * 60 * MINUTE_NS))) == "missing"


def test_of_two_plans_of_one_callsign_the_one_of_this_time_is_taken() -> None:
    joint, now_ns = flying()
    table = PlanTable.of([plan(off_block_ns=NOW_NS + 90 * MINUTE_NS), plan(), plan("OTHER1")])
    index, sure = correlate(table, joint, now_ns)
    assert (index.tolist(), sure.tolist()) == ([1], [1.0])


def test_of_a_plan_that_came_again_the_later_is_taken() -> None:
    joint, now_ns = flying()
    index, _ = correlate(PlanTable.of([plan(), plan()]), joint, now_ns)
    assert index.tolist() == [1]


def test_address_and_code_find_a_plan_where_no_callsign_is_shown() -> None:
    for columns, changed, weight in (
        ({"mode_s": [0x683123]}, {"address": 0x683123}, 1.0),
        ({"mode_3a": [0o4301]}, {"code": 0o4301}, 0.5),
    ):
        found = judged(flying(callsign=[b""], **columns), plan(**changed))
        assert (said(found), found.weight.tolist()) == ("conforms", [weight])


def test_a_code_that_two_plans_have_finds_neither() -> None:
    joint = flying(callsign=[b""], mode_3a=[0o4301])
    two = [plan("ABC1", code=0o4301), plan("ABC2", code=0o4301)]
    assert said(judged(joint, *two)) == "missing"


def test_the_plan_of_its_address_is_not_its_own_if_it_shows_another_callsign() -> None:
    joint = flying(callsign=[b"ABC1"], mode_s=[0x683123])
    assert said(judged(joint, plan(address=0x683123))) == "missing"


def test_an_address_that_is_not_the_plans_halves_the_weight_and_makes_no_deviation() -> None:
    other = {"mode_s": [0x683124]}
    found = judged(flying(**other), plan(address=0x683123))
    assert (said(found), found.weight.tolist()) == ("conforms", [0.5])
    assert said(judged(flying(north_m=60e3, **other), plan(address=0x683123))) == ""


def test_a_route_with_a_point_that_nobody_knows_makes_no_deviation() -> None:
    assert said(judged(flying(north_m=60e3), plan(unplaced=("NOWHR",)))) == ""


def test_times_filed_over_points_are_used() -> None:
    table = PlanTable.of(read_plans(ADEXP.decode(), NOW_NS, FIXES).plans)
    assert (table.over_ns[:3] - NOW_NS).tolist() == [k * 10 * MINUTE_NS for k in (1, 2, 3)]
    assert table.over_ns[3] > table.over_ns[2]


def test_a_picture_of_nothing_known_raises_nothing() -> None:
    joint = picture(3, NOW_NS, latitude_rad=[np.nan] * 3, callsign=[b"KZR131"] * 3)
    how = conformance(PlanTable.of([plan(), plan("ABC1", points=())]), joint, NOW_NS)
    assert np.isnan(how.off_route_m).all()
    assert how.plan.tolist() == [0, 0, 0]
    empty = picture(0)
    assert len(plan_findings(PlanTable.of([]), empty, NOW_NS, np.zeros(0, bool))) == 0
