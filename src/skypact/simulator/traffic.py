"""Routine traffic: aircraft that come and go on given routes, drawn from the exercise's seed.

In: routes as lists of points, how many aircraft at once. Out: flights placed in time, so that
the wanted number is airborne at second 0 and ever after. A flight that ends is followed at once
by another with another identity.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from skypact.model.errors import BadInput
from skypact.model.plots import NO_CODE
from skypact.simulator.flights import Clearance, Flight, Identity, Plan, Waypoint, fly
from skypact.simulator.randomness import Chance
from skypact.simulator.routes import normal

FOOT_M = 0.3048
LEVEL_M = 1000.0 * FOOT_M
DESIGNATORS = ("EXA", "EXB", "EXK", "EXT", "EXM", "EXS")
"""Invented operator designators; every routine callsign of an exercise begins with EX."""

LEAST_LEVEL = 14
"""Lowest level, in thousands of feet, on which routine traffic crosses the mountains."""


@dataclass(frozen=True, slots=True)
class Point:
    """A named point; ``elevation_m`` where aircraft take off and land, else NaN."""

    name: str
    latitude_rad: float
    longitude_rad: float
    elevation_m: float = math.nan

    @property
    def aerodrome(self) -> bool:
        """Whether flights begin and end on the ground here."""
        return math.isfinite(self.elevation_m)


@dataclass(frozen=True, slots=True)
class Traffic:
    """What routine traffic is wanted.

    Parameters
    ----------
    airborne
        Number of aircraft at any time.
    routes
        Names of points, at least two each; flown in both directions.
    without_adsb, without_mode_s, without_transponder
        Shares of all aircraft; the remainder has Mode S and ADS-B.
    """

    airborne: int
    routes: tuple[tuple[str, ...], ...]
    without_adsb: float = 0.08
    without_mode_s: float = 0.06
    without_transponder: float = 0.03


@dataclass(frozen=True, slots=True)
class Performance:
    """A class of aircraft: cruise speeds, highest level (thousands of feet), rates."""

    share: float
    slowest_mps: float
    fastest_mps: float
    top_level: int
    climb_mps: float
    near_ground_mps: float


PERFORMANCES = (
    Performance(0.74, 215.0, 255.0, 41, 10.0, 85.0),  # jets
    Performance(0.18, 115.0, 150.0, 25, 7.0, 75.0),  # turboprops
    Performance(0.08, 72.0, 90.0, 17, 4.0, 70.0),  # light twins
)


def draw_identity(chance: np.random.Generator, traffic: Traffic) -> Identity:
    """Codes, address and callsign of one aircraft, some without them."""
    kind = chance.random()
    number = int(chance.integers(100, 9999))
    callsign = f"{DESIGNATORS[int(chance.integers(len(DESIGNATORS)))]}{number}"
    # 2001 to 6777 octal: no conspicuity (1000, 2000, 7000) and no emergency codes
    mode_3a = int(chance.integers(0o2001, 0o6777))
    # block 601 (hex) to 6013FF is Kyrgyzstan's; ICAO Annex 10 Volume III, table 9-1
    mode_s = 0x601000 + int(chance.integers(1, 0x3FF)) if kind < 0.3 else _foreign(chance)
    if chance.random() < traffic.without_transponder:
        return Identity()
    if chance.random() < traffic.without_mode_s:
        return Identity(mode_3a=mode_3a)
    return Identity(callsign, mode_3a, mode_s, adsb=bool(chance.random() >= traffic.without_adsb))


def _foreign(chance: np.random.Generator) -> int:
    """An address out of a neighbour's block: Kazakhstan, Uzbekistan, Russia or China."""
    block, size = ((0x683000, 0x3FF), (0x507C00, 0x3FF), (0x140000, 0x1FFFF), (0x780000, 0x3FFFF))[
        int(chance.integers(4))
    ]
    return block + int(chance.integers(1, size))


def _waypoint(point: Point, clearance: Clearance | None = None) -> Waypoint:
    return Waypoint(point.name, normal(point.latitude_rad, point.longitude_rad), clearance)


def route_length_m(points: Sequence[Point]) -> float:
    """Length of the route along great circles."""
    normals = np.array([normal(p.latitude_rad, p.longitude_rad) for p in points])
    cosines = np.clip(np.sum(normals[1:] * normals[:-1], axis=1), -1.0, 1.0)
    return float(np.sum(np.arccos(cosines))) * 6_371_008.8


def draw_level(
    chance: np.random.Generator, points: Sequence[Point], performance: Performance
) -> float:
    """Cruising level (m): odd thousands eastbound, even westbound, no higher than the way allows.

    ICAO Annex 2, appendix 3 (levels by magnetic track; true course is near enough here).
    """
    # a climb takes about 16 times its height, a descent 20 times
    share = sum(24.0 for p in (points[0], points[-1]) if p.aerodrome)
    reach = route_length_m(points) / share / LEVEL_M if share else math.inf
    top = min(float(performance.top_level), reach)
    lowest = max(LEAST_LEVEL, int(top) - 8)
    level = int(chance.integers(lowest, max(lowest, int(top)) + 1))
    eastbound = points[-1].longitude_rad >= points[0].longitude_rad
    if (level % 2 == 1) != eastbound:
        level -= 1
    return level * LEVEL_M


def draw_flight(
    chance: np.random.Generator, traffic: Traffic, points: Mapping[str, Point]
) -> Flight:
    """One flight on a random route in a random direction."""
    names = traffic.routes[int(chance.integers(len(traffic.routes)))]
    if chance.random() < 0.5:
        names = names[::-1]
    way = [points[name] for name in names]
    shares = np.cumsum([p.share for p in PERFORMANCES])
    kind = PERFORMANCES[int(np.searchsorted(shares, chance.random() * shares[-1]))]
    level = draw_level(chance, way, kind)
    speed = float(chance.uniform(kind.slowest_mps, kind.fastest_mps))
    cruise = Clearance(level, speed, climb_mps=kind.climb_mps, acceleration_mps2=0.18)
    begin, end = None, None
    if way[0].aerodrome:
        begin = Clearance(way[0].elevation_m + 30.0, kind.near_ground_mps)
    if way[-1].aerodrome:
        down = 0.75 * kind.climb_mps
        end = Clearance(way[-1].elevation_m + 30.0, kind.near_ground_mps, down, 0.15)
    waypoints = [_waypoint(way[0], cruise), *(_waypoint(point) for point in way[1:])]
    return fly(Plan(draw_identity(chance, traffic), waypoints, begin, end))


def check_routes(traffic: Traffic, points: Mapping[str, Point]) -> None:
    """Refuse routes that name unknown points."""
    for route in traffic.routes:
        if len(route) < 2:
            raise BadInput(f"the route {list(route)} has fewer than two points")
        unknown = [name for name in route if name not in points]
        if unknown:
            raise BadInput(f"the route {list(route)} names unknown points: {unknown}")


def routine_traffic(
    traffic: Traffic, points: Mapping[str, Point], duration_s: float, seed: int
) -> list[tuple[float, Flight]]:
    """Flights with their beginning in exercise seconds; the first ones are under way at 0."""
    check_routes(traffic, points)
    chance = Chance(seed, "traffic")
    placed: list[tuple[float, Flight]] = []
    taken: set[int] = set()
    for slot in range(traffic.airborne):
        stream = chance.stream(slot)
        flight = draw_flight(stream, traffic, points)
        begin_s = -float(stream.uniform(0.02, 0.9)) * flight.duration_s
        while begin_s < duration_s:
            if flight.identity.mode_s not in taken or flight.identity.mode_s == NO_CODE:
                taken.add(flight.identity.mode_s)
                placed.append((begin_s, flight))
                begin_s += flight.duration_s
            flight = draw_flight(stream, traffic, points)
    return placed
