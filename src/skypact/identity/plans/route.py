"""A route in words to points with places.

In: item 15c (ICAO Doc 4444, appendix 2) and the nation's fixes. Out: the points whose places are
known, with the levels filed for them, and the names of those that are not. Names are not unique in
the world (a plan with two points of one name stopped a nation's system in August 2023): of several
places the nearest to the point before is taken, and a leg that no aircraft could fly drops the
point, never the plan. Airways are taken as straight between the points that are named.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence

from skypact.geodesy import enu_to_geodetic, geodetic_to_ecef
from skypact.identity.plans.plan import MOST_POINTS, MalformedPlan, PlanTooLong, RoutePoint
from skypact.identity.plans.values import level_m, position_rad, speed_mps

Fixes = Mapping[str, Sequence[tuple[float, float]]]
"""Places (latitude_rad, longitude_rad) of each name: fixes, aids, aerodromes."""

NAME = re.compile(r"[A-Z]{2,5}|[A-Z]{3,5}\d[A-Z]|[A-Z]{4}\d{2}")
AIRWAY = re.compile(r"[A-Z]{1,3}\d{1,4}[A-Z]?")
FROM_AID = re.compile(r"([A-Z]{2,5})(\d{3})(\d{3})", re.ASCII)
CHANGE = re.compile(r"([NKM]\d{3,4})([FSAM]\d{3,4}|VFR)")
CLIMB = re.compile(r"C/([A-Z0-9]+)/([NKM]\d{3,4}?)([FSAM]\d{3,4}|VFR)([FSAM]\d{3,4}|PLUS)")
STAY = re.compile(r"STAY\d/\d{4}")
WORDS = frozenset({"DCT", "VFR", "IFR", "OAT", "GAT", "T", "SID", "STAR"})
LONGEST_LEG_M = 6_000e3
"""Farther apart no two points of a route lie: over oceans there is one each ten degrees."""
MOST_HOMONYMS = 64


def route_points(
    words: Sequence[str], fixes: Fixes, level: float, start: tuple[float, float] | None
) -> tuple[tuple[RoutePoint, ...], tuple[str, ...]]:
    """Points of a route with known places, and names of those without.

    Parameters
    ----------
    words
        Item 15c, split at blanks.
    fixes
        What names mean.
    level
        Pressure height filed first, m.
    start
        Place of departure, to begin with; None unknown.

    Raises
    ------
    MalformedPlan, PlanTooLong
        If an element is none that item 15c may have.
    """
    if len(words) > 3 * MOST_POINTS:
        raise PlanTooLong(f"a route of {len(words)} elements")
    points: list[RoutePoint] = []
    unplaced: list[str] = []
    before = start
    for word in words:
        if word in WORDS or STAY.fullmatch(word):
            continue
        climb = CLIMB.fullmatch(word)
        if climb:
            name, level = climb[1], level_m(climb[3])
        else:
            name, slash, change = word.partition("/")
            if slash:
                level = _level_after(change)
        spot = _place(name, fixes, before)
        if spot is None:
            if NAME.fullmatch(name) and not _is_airway(name):
                unplaced.append(name)
            elif not _is_airway(name) and not FROM_AID.fullmatch(name):
                raise MalformedPlan(f"{word!r} is no element of a route")
            continue
        points.append(RoutePoint(name, *spot, level))
        before = spot
        if len(points) > MOST_POINTS:
            raise PlanTooLong(f"a route of more than {MOST_POINTS} points")
    return tuple(points), tuple(unplaced)


def nearest(
    name: str, fixes: Fixes, before: tuple[float, float] | None
) -> tuple[float, float] | None:
    """The place that a name means after a point; None where it has none that can be meant.

    Of several with nothing before to choose by, none is.
    """
    places = list(fixes.get(name, ()))[:MOST_HOMONYMS]
    if before is None:
        return places[0] if len(places) == 1 else None
    reachable = [(apart_m(before, spot), k) for k, spot in enumerate(places)]
    reachable = [(away, k) for away, k in reachable if away <= LONGEST_LEG_M]
    return places[min(reachable)[1]] if reachable else None


def apart_m(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Straight distance of two places on the ellipsoid, m."""
    x0, y0, z0 = geodetic_to_ecef(one[0], one[1], 0.0)
    x1, y1, z1 = geodetic_to_ecef(other[0], other[1], 0.0)
    return math.dist((float(x0), float(y0), float(z0)), (float(x1), float(y1), float(z1)))


def _level_after(change: str) -> float:
    found = CHANGE.fullmatch(change)
    if not found:
        raise MalformedPlan(f"{change!r} is no change of speed and level")
    speed_mps(found[1])
    return level_m(found[2])


def _is_airway(name: str) -> bool:
    return AIRWAY.fullmatch(name) is not None


def _place(
    name: str, fixes: Fixes, before: tuple[float, float] | None
) -> tuple[float, float] | None:
    spot = position_rad(name)
    if spot is not None:
        return spot
    spot = nearest(name, fixes, before)
    if spot is not None:
        return spot
    aid = FROM_AID.fullmatch(name)
    if not aid or int(aid[2]) > 360:
        return None
    at = nearest(aid[1], fixes, before)
    if at is None:
        return None
    # magnetic bearing taken as true: within a few degrees, inside the width that is allowed
    bearing, away_m = math.radians(int(aid[2])), int(aid[3]) * 1852.0
    east, north = away_m * math.sin(bearing), away_m * math.cos(bearing)
    latitude, longitude, _ = enu_to_geodetic(east, north, 0.0, origin=(*at, 0.0))
    return float(latitude), float(longitude)
