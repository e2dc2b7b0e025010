"""Ground paths: points to fly over become great-circle legs joined by level turns.

In: points as unit normals of the ellipsoid, with the radius of the turn at each. Out: a chain
of arcs, each a rotation of the normal about a fixed axis (see ``kernels.simulator_truth``).
All geometry is exact on the sphere of normals (Napier's rules for right triangles), so a path
has no gaps; lengths use one mean radius at sea level and are true within 0.5 %.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skypact.model.errors import BadInput

Vector = NDArray[np.float64]

EARTH_MEAN_M = 6_371_008.8
"""Mean radius of WGS-84, (2 a + b) / 3."""

STRAIGHT_RAD = 1e-6
"""A change of course below this is no turn: 7 m aside after 7,000 km."""

NO_COURSE_RAD = 1e-7
"""Points nearer than this (0.6 m) have no course from one to the other."""

BACK_RAD = math.radians(165.0)
"""The sharpest turn that can be flown inside two legs; a hold's half turns are two of 90 deg."""


@dataclass(frozen=True, slots=True)
class Arc:
    """A stretch of path: n(q) = a + b cos q + c sin q, for q from 0 to ``angle_rad``.

    Parameters
    ----------
    a, b, c
        Unit-sphere vectors, shape (3,).
    angle_rad
        Rotation about the axis from start to end.
    radius_m
        Distance from the axis; ``radius_m * angle_rad`` is the length.
    """

    a: Vector
    b: Vector
    c: Vector
    angle_rad: float
    radius_m: float

    @property
    def length_m(self) -> float:
        """Length over ground."""
        return self.radius_m * self.angle_rad


def normal(latitude_rad: float, longitude_rad: float) -> Vector:
    """Unit normal of the ellipsoid at a geodetic latitude and longitude, shape (3,)."""
    c = math.cos(latitude_rad)
    return np.array(
        [c * math.cos(longitude_rad), c * math.sin(longitude_rad), math.sin(latitude_rad)]
    )


def _unit(vector: Vector) -> Vector:
    size = math.sqrt(float(vector @ vector))
    if size < NO_COURSE_RAD:
        raise BadInput("two points in a row lie at one place, or opposite each other")
    return vector / size


def _cross(a: Vector, b: Vector) -> Vector:
    return np.array(
        [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
    )


def _angle(a: Vector, b: Vector) -> float:
    across = _cross(a, b)
    return math.atan2(math.sqrt(float(across @ across)), float(a @ b))


def rotation(start: Vector, axis: Vector, angle_rad: float) -> Arc:
    """The arc from ``start`` about the unit ``axis``, to the left when the axis is up-left."""
    a = axis * float(axis @ start)
    b = start - a
    radius = EARTH_MEAN_M * math.sqrt(float(b @ b))
    return Arc(a, b, _cross(axis, start), angle_rad, radius)


def leg(start: Vector, end: Vector) -> Arc:
    """The great circle from one normal to another."""
    return rotation(start, _unit(_cross(start, end)), _angle(start, end))


def ahead(start: Vector, heading: Vector, distance_m: float) -> Vector:
    """The point ``distance_m`` along the unit tangent ``heading``."""
    q = distance_m / EARTH_MEAN_M
    return start * math.cos(q) + heading * math.sin(q)


def _turn(
    before: Vector, at: Vector, after: Vector, turn_radius_m: float
) -> tuple[Arc, float] | None:
    """The turn inside a corner and how far from the corner it begins (rad), None if straight."""
    inbound = _unit(_cross(_cross(before, at), at))
    outbound = _unit(_cross(_cross(at, after), at))
    change = _angle(inbound, outbound)
    if change < STRAIGHT_RAD:
        return None
    if change > BACK_RAD:
        raise BadInput(
            f"a turn of {math.degrees(change):.0f} degrees at one point cannot be flown",
            remedy="put a point between, or use a hold",
        )
    radius = turn_radius_m / EARTH_MEAN_M
    lead = math.asin(math.tan(radius) * math.tan(0.5 * change))
    swept = 2.0 * math.atan2(math.tan(lead), math.sin(radius))
    begin = at * math.cos(lead) - inbound * math.sin(lead)
    heading = inbound * math.cos(lead) + at * math.sin(lead)
    left = 1.0 if float(_cross(inbound, outbound) @ at) > 0.0 else -1.0
    centre = begin * math.cos(radius) + _cross(begin, heading) * (left * math.sin(radius))
    # turning right is turning left about the opposite axis, which keeps angles positive
    return rotation(begin, centre * left, swept), lead


def path(points: Sequence[Vector], turn_radius_m: Sequence[float]) -> tuple[list[Arc], list[float]]:
    """Join points by legs and turns inside the corners.

    Parameters
    ----------
    points
        At least two unit normals.
    turn_radius_m
        Radius of the turn at each point; the first and the last are not used.

    Returns
    -------
    arcs, passed_m
        The chain, and the distance along it at which each point is passed (mid-turn).

    Raises
    ------
    BadInput
        If a leg is too short for the turns at its ends or a turn too sharp.
    """
    arcs: list[Arc] = []
    passed = [0.0]
    travelled, position, used = 0.0, points[0], 0.0
    for i in range(1, len(points)):
        length = _angle(points[i - 1], points[i])
        turn = None
        if i < len(points) - 1:
            turn = _turn(points[i - 1], points[i], points[i + 1], turn_radius_m[i])
        lead = turn[1] if turn else 0.0
        if used + lead > length:
            raise BadInput(
                f"the leg to point {i + 1} ({length * EARTH_MEAN_M / 1e3:.1f} km) is too short"
                f" for its turns ({(used + lead) * EARTH_MEAN_M / 1e3:.1f} km)",
                remedy="move the point away or fly slower there",
            )
        axis = _unit(_cross(points[i - 1], points[i]))
        straight = rotation(position, axis, length - used - lead)
        arcs.append(straight)
        travelled += straight.length_m
        if turn:
            arcs.append(turn[0])
            passed.append(travelled + 0.5 * turn[0].length_m)
            travelled += turn[0].length_m
            position = turn[0].a + turn[0].b * math.cos(turn[0].angle_rad)
            position = position + turn[0].c * math.sin(turn[0].angle_rad)
        else:
            passed.append(travelled)
            position = points[i]
        used = lead
    return arcs, passed


def racetrack(
    fix: Vector, before: Vector, turns: int, leg_m: float, turn_radius_m: float
) -> list[Vector]:
    """Corners of a right-hand hold at ``fix``, flown on the course that comes from ``before``.

    Each half turn is two quarter turns (ICAO Doc 8168 draws it as one); the corners lie a
    little apart so that they never touch.
    """
    inbound = _unit(_cross(_cross(before, fix), fix))
    right = _cross(inbound, fix)
    reach, width = 1.02 * turn_radius_m, 2.04 * turn_radius_m
    far = ahead(fix, inbound, reach)
    near = ahead(fix, -inbound, leg_m + reach)
    corners = [far, ahead(far, right, width), ahead(near, right, width), near]
    return [*(corners * turns), fix]
