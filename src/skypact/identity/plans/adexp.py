"""The individual flight plan in ADEXP: ``-TITLE IFPL``.

In: one message, when it came, and the fixes that names mean. Out: a :class:`FlightPlan`.
Format: EUROCONTROL-SPEC-0107 (ADEXP), edition 3.2: fields begin with a hyphen after a blank or at
the start of a line; ``-BEGIN name`` and ``-END name`` enclose lists. Used here: ARCID, ADEP, ADES,
EOBD, EOBT, TTLEET, FLTRUL, FLTTYP, ARCTYP, SSRCODE, ARCADDR, ROUTE, and RTEPTS with PT (PTID, FL,
ETO), AD (ADID) and GEO (GEOID, LATTD, LONGTD). A field that is not used is passed over.
"""

from __future__ import annotations

import math
import re
from dataclasses import replace

from skypact.identity.plans.icao import finished
from skypact.identity.plans.plan import (
    LONGEST_MESSAGE,
    MOST_POINTS,
    NO_TIME,
    FlightPlan,
    MalformedPlan,
    PlanTooLong,
    RoutePoint,
    UnknownMessage,
)
from skypact.identity.plans.route import Fixes, nearest
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
)
from skypact.model.time import SECOND_NS

_FIELD = re.compile(r"(?:^|\s)-\s?([A-Z][A-Z0-9]*)")
_LATITUDE = re.compile(r"(\d{2})(\d{2})(\d{2})([NS])", re.ASCII)
_LONGITUDE = re.compile(r"(\d{3})(\d{2})(\d{2})([EW])", re.ASCII)
Field = tuple[str, str]


def plan_from_adexp(text: str, received_ns: int, fixes: Fixes) -> FlightPlan:
    """One message ``-TITLE IFPL``.

    Raises
    ------
    PlanRefused
        By what is wrong.
    """
    if len(text) > LONGEST_MESSAGE:
        raise PlanTooLong(f"a message of {len(text)} characters")
    if not text.isascii():
        raise MalformedPlan("a message is in ASCII")
    plain, lists = _lists(_fields(text))
    title = plain.get("TITLE", "")
    if title != "IFPL":
        raise UnknownMessage(f"a message {title[:10]!r}", remedy="Only IFPL is read")
    off_block = clock_s(_needed(plain, "EOBT"))
    day = plain.get("EOBD", "")
    off_block_ns = (
        day_ns(day) + off_block * SECOND_NS if day else next_at_ns(off_block, received_ns)
    )
    filed = FlightPlan(
        callsign=callsign(_needed(plain, "ARCID")),
        rules=_one_of("FLTRUL", plain.get("FLTRUL", "I"), "IVYZ"),
        flight_type=_one_of("FLTTYP", plain.get("FLTTYP", "X"), "SNGMX"),
        aircraft_type=plain.get("ARCTYP", "")[:4],
        address=mode_s(plain["ARCADDR"]) if "ARCADDR" in plain else -1,
        code=mode_3a(plain["SSRCODE"]) if plain.get("SSRCODE", "REQ") != "REQ" else -1,
        departure=place(_needed(plain, "ADEP")),
        destination=place(_needed(plain, "ADES")),
        off_block_ns=off_block_ns,
        enroute_s=duration_s(_needed(plain, "TTLEET")),
        speed_mps=0.0,
        level_m=0.0,
        points=(),
        unplaced=(),
        route=_needed(plain, "ROUTE"),
    )
    plan = finished(filed, received_ns, fixes)
    listed, unplaced = _points(lists.get("RTEPTS", []), _places(plain, text), fixes)
    return replace(plan, points=listed, unplaced=unplaced) if len(listed) >= 2 else plan


def _fields(text: str) -> list[Field]:
    marks = list(_FIELD.finditer(text))
    if not marks or text[: marks[0].start()].strip():
        raise MalformedPlan("a message begins with a hyphen and the name of a field")
    if len(marks) > 10 * MOST_POINTS:
        raise PlanTooLong(f"{len(marks)} fields")
    return [
        (mark[1], " ".join(text[mark.end() : after.start() if after else len(text)].split()))
        for mark, after in zip(marks, [*marks[1:], None], strict=True)
    ]


def _lists(fields: list[Field]) -> tuple[dict[str, str], dict[str, list[Field]]]:
    """Fields outside lists (of one that stands twice the first), and those of each list."""
    plain: dict[str, str] = {}
    lists: dict[str, list[Field]] = {}
    inside = ""
    for name, value in fields:
        if name == "BEGIN":
            if inside:
                raise MalformedPlan(f"list {value[:20]!r} begins inside {inside[:20]!r}")
            inside = value
            lists.setdefault(inside, [])
        elif name == "END":
            if value != inside or not inside:
                raise MalformedPlan(f"list {value[:20]!r} ends where none of it began")
            inside = ""
        elif inside:
            lists[inside].append((name, value))
        else:
            plain.setdefault(name, value)
    if inside:
        raise MalformedPlan(f"list {inside[:20]!r} does not end")
    return plain, lists


def _needed(plain: dict[str, str], name: str) -> str:
    if not plain.get(name):
        raise MalformedPlan(f"there is no {name}")
    return plain[name]


def _one_of(name: str, value: str, letters: str) -> str:
    if len(value) != 1 or value not in letters:
        raise MalformedPlan(f"{name} is {value[:10]!r}")
    return value


def _places(plain: dict[str, str], text: str) -> dict[str, tuple[float, float]]:
    """Places that the message itself gives, by name: ``-GEO -GEOID -LATTD -LONGTD``."""
    if "GEO" not in plain:
        return {}
    places: dict[str, tuple[float, float]] = {}
    name, latitude = "", math.nan
    for field, value in _fields(text):
        if field == "GEOID":
            name, latitude = value, math.nan
        elif field == "LATTD":
            latitude = _sexagesimal(_LATITUDE.fullmatch(value), 90.0, "S", value)
        elif field == "LONGTD" and name and not math.isnan(latitude):
            longitude = _sexagesimal(_LONGITUDE.fullmatch(value), 180.0, "W", value)
            places[name] = (latitude, longitude)
            name = ""
    return places


def _sexagesimal(found: re.Match[str] | None, most: float, negative: str, value: str) -> float:
    if found is None or int(found[2]) > 59 or int(found[3]) > 59:
        raise MalformedPlan(f"{value[:20]!r} is no latitude or longitude")
    degrees = int(found[1]) + int(found[2]) / 60.0 + int(found[3]) / 3600.0
    if degrees > most:
        raise MalformedPlan(f"{value[:20]!r} is no latitude or longitude")
    return math.radians(-degrees if found[4] == negative else degrees)


def _points(
    fields: list[Field], places: dict[str, tuple[float, float]], fixes: Fixes
) -> tuple[tuple[RoutePoint, ...], tuple[str, ...]]:
    """Points of the list RTEPTS, each with level and time over it."""
    points: list[RoutePoint] = []
    unplaced: list[str] = []
    before: tuple[float, float] | None = None
    name, level, over_ns = "", math.nan, NO_TIME

    def close() -> None:
        nonlocal before
        if not name:
            return
        spot = places.get(name) or nearest(name, fixes, before)
        if spot is None:
            unplaced.append(name)
        else:
            points.append(RoutePoint(name, *spot, level, over_ns))
            before = spot

    for field, value in fields:
        if field in ("PT", "AD", "VEC"):
            close()
            name, level, over_ns = "", math.nan, NO_TIME
        elif field in ("PTID", "ADID"):
            name = value
        elif field == "FL":
            level = level_m(value)
        elif field == "ETO":
            over_ns = day_ns(value[:6]) + clock_s(value[6:]) * SECOND_NS
    close()
    if len(points) > MOST_POINTS:
        raise PlanTooLong(f"a route of {len(points)} points")
    return tuple(points), tuple(unplaced)
