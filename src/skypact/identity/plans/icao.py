"""The filed flight plan message of ICAO: ``(FPL-...)``.

In: one message, when it came, and the fixes that names mean. Out: a :class:`FlightPlan`.
Format: ICAO Doc 4444 (PANS-ATM, 16th edition), appendices 2 and 3. Fields, parted by hyphens::

    (FPL-KZR131-IS            3 type, 7 identification [/code], 8 rules and type
    -A320/M-SDFGIRWY/LB1      9 type of aircraft / wake, 10 equipment
    -UAAA0410                13 departure and off-block time
    -N0450F340 DCT ... DCT   15 speed, level, route
    -UCFM0045 UAAA           16 destination, elapsed time, alternates
    -DOF/261123 CODE/683123) 18 other information
"""

from __future__ import annotations

import re
from dataclasses import replace

from skypact.identity.plans.plan import (
    LONGEST_MESSAGE,
    FlightPlan,
    MalformedPlan,
    PlanOfPast,
    PlanTooLong,
    RoutePoint,
    UnknownMessage,
)
from skypact.identity.plans.route import Fixes, nearest, route_points
from skypact.identity.plans.values import (
    callsign,
    clock_s,
    day_ns,
    duration_s,
    level_m,
    mode_3a,
    mode_s,
    next_at_ns,
    place,
    speed_mps,
)
from skypact.model.time import DAY_NS, SECOND_NS

FAR_NS = 370 * DAY_NS
"""Plans are filed five days ahead (Doc 4444, 4.4.2.1), repetitive ones a season."""
PAST_NS = 2 * 3600 * SECOND_NS
"""Flights are late: a plan is of the past only so long after its filed arrival."""

_OTHER = re.compile(r"(?:^|\s)([A-Z]{2,4})/")
_TYPE = re.compile(r"(\d{1,2})?([A-Z][A-Z0-9]{1,3})/([LMHJ])")
_CRUISE = re.compile(r"([NK]\d{4}|M\d{3})([FA]\d{3}|[SM]\d{4}|VFR)")


def plan_from_fpl(text: str, received_ns: int, fixes: Fixes) -> FlightPlan:
    """One ``(FPL-...)`` message.

    Raises
    ------
    PlanRefused
        By what is wrong.
    """
    if len(text) > LONGEST_MESSAGE:
        raise PlanTooLong(f"a message of {len(text)} characters")
    body = text.strip()
    if not body.startswith("(") or not body.endswith(")") or not body.isascii():
        raise MalformedPlan("a message stands in parentheses, in ASCII")
    fields = [" ".join(part.split()) for part in body[1:-1].split("-")]
    if not re.fullmatch(r"[A-Z]{3}.*", fields[0]):
        raise MalformedPlan("it does not begin with the type of message")
    if not fields[0].startswith("FPL"):
        raise UnknownMessage(f"a message {fields[0][:3]}", remedy="Only FPL is read")
    if len(fields) < 9:
        raise MalformedPlan(f"{len(fields)} fields where an FPL has 9 or more")
    identification, slash, code = fields[1].partition("/")
    rules, flight_type = _rules(fields[2])
    aircraft = _TYPE.fullmatch(fields[3])
    if not aircraft:
        raise MalformedPlan(f"{fields[3]!r} is no type of aircraft")
    other = other_information(" ".join(fields[8:]))
    departure, off_block = place(fields[5][:4]), clock_s(fields[5][4:])
    day = other.get("DOF", "")
    off_block_ns = (
        day_ns(day) + off_block * SECOND_NS if day else next_at_ns(off_block, received_ns)
    )
    destination = fields[7].split(" ")[0]
    return finished(
        FlightPlan(
            callsign=callsign(identification),
            rules=rules,
            flight_type=flight_type,
            aircraft_type=other.get("TYP", "ZZZZ") if aircraft[2] == "ZZZZ" else aircraft[2],
            address=mode_s(other["CODE"]) if "CODE" in other else -1,
            code=mode_3a(code) if slash else -1,
            departure=departure,
            destination=place(destination[:4]),
            off_block_ns=off_block_ns,
            enroute_s=duration_s(destination[4:]),
            speed_mps=0.0,
            level_m=0.0,
            points=(),
            unplaced=(),
            route=fields[6],
        ),
        received_ns,
        fixes,
    )


def finished(plan: FlightPlan, received_ns: int, fixes: Fixes) -> FlightPlan:
    """A plan whose route, as item 15 has it, is still words, with its points.

    Raises
    ------
    PlanRefused
        If the route is none, or the flight is over.
    """
    words = plan.route.split()
    cruise = _CRUISE.fullmatch(words[0]) if words else None
    if not cruise:
        raise MalformedPlan("the route does not begin with speed and level")
    level = level_m(cruise[2])
    start = nearest(plan.departure, fixes, None)
    points, unplaced = route_points(words[1:], fixes, level, start)
    last = (points[-1].latitude_rad, points[-1].longitude_rad) if points else start
    end = nearest(plan.destination, fixes, last)
    done = replace(
        plan,
        speed_mps=speed_mps(cruise[1]),
        level_m=level,
        points=(
            *([RoutePoint(plan.departure, *start)] if start else []),
            *points,
            *([RoutePoint(plan.destination, *end)] if end else []),
        ),
        unplaced=unplaced,
    )
    if abs(done.off_block_ns - received_ns) > FAR_NS:
        raise MalformedPlan(f"{done.name} is dated more than a year from when it came")
    if done.over_ns + PAST_NS < received_ns:
        raise PlanOfPast(f"{done.name} was to be over before the plan came")
    return done


def other_information(text: str) -> dict[str, str]:
    """Indicators of item 18 with their text; ``0`` is none. Of one that stands twice, the first."""
    found: dict[str, str] = {}
    marks = list(_OTHER.finditer(text))
    ends = [mark.start() for mark in marks[1:]] + [len(text)]
    for mark, end in zip(marks, ends, strict=False):
        found.setdefault(mark[1], text[mark.end() : end].strip())
    return found


def _rules(text: str) -> tuple[str, str]:
    if not re.fullmatch(r"[IVYZ][SNGMX]?", text):
        raise MalformedPlan(f"{text!r} are no rules and type of flight")
    return text[0], text[1:]
