"""A flight plan as arrays and people need it, whatever it was written in.

Heights are pressure heights (levels); NaN where the plan says none. Times are int64 UTC
nanoseconds, -1 where the plan says none.
"""

from __future__ import annotations

from dataclasses import dataclass

from skypact.model.errors import BadInput
from skypact.model.time import SECOND_NS

FOOT_M = 0.3048
KNOT_MPS = 1852.0 / 3600.0
NO_TIME = -1
MOST_POINTS = 300
"""Points of one route: the longest filed have some 150."""
LONGEST_MESSAGE = 20_000
"""Characters of one message; AFTN carries 1,800 and ADEXP lists of points ten times that."""


class PlanRefused(BadInput):
    """A flight plan that cannot be used."""


class MalformedPlan(PlanRefused):
    """A field that is missing, or not as the format has it."""


class PlanTooLong(PlanRefused):
    """More characters or points than a plan has."""


class PlanOfPast(PlanRefused):
    """A plan whose flight was over when it came."""


class UnknownMessage(PlanRefused):
    """A message of another kind than a flight plan."""


@dataclass(frozen=True, slots=True)
class RoutePoint:
    """A point of a route whose place is known."""

    name: str
    latitude_rad: float
    longitude_rad: float
    level_m: float = float("nan")
    over_ns: int = NO_TIME


@dataclass(frozen=True, slots=True)
class FlightPlan:
    """One flight as it was filed.

    Parameters
    ----------
    callsign
        Aircraft identification, 2 to 7 characters.
    rules, flight_type
        Items 8a and 8b of the ICAO plan: I, V, Y, Z; S, N, G, M (military), X or empty.
    aircraft_type
        Designator of ICAO Doc 8643.
    address, code
        24-bit address and Mode 3/A code; -1 where it tells none.
    departure, destination
        Location indicators, or ZZZZ, AFIL.
    off_block_ns
        Estimated off-block time.
    enroute_s
        Total estimated elapsed time.
    speed_mps, level_m
        First cruising speed (true air speed) and level.
    points
        Of the route, those whose places are known, in order.
    unplaced
        Names of points of the route that nobody gave a place.
    route
        The route as written.
    """

    callsign: str
    rules: str
    flight_type: str
    aircraft_type: str
    address: int
    code: int
    departure: str
    destination: str
    off_block_ns: int
    enroute_s: int
    speed_mps: float
    level_m: float
    points: tuple[RoutePoint, ...]
    unplaced: tuple[str, ...]
    route: str

    @property
    def over_ns(self) -> int:
        """When it will have arrived if all goes as filed."""
        return self.off_block_ns + self.enroute_s * SECOND_NS

    @property
    def name(self) -> str:
        """What it is called in a sentence."""
        return f"{self.callsign} ({self.departure} to {self.destination})"
