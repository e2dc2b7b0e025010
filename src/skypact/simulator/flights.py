"""Flights: a path with clearances to fly becomes segments of the truth.

In: a :class:`Plan` (points, turns, what to change where). Out: rows of ``SEGMENT_COLUMNS``
(see ``kernels.simulator_truth``), on each of which the aircraft accelerates and climbs steadily.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.simulator_truth import SEGMENT_COLUMNS
from skypact.model.errors import BadInput
from skypact.model.plots import NO_CODE
from skypact.simulator.routes import Arc, Vector, path, racetrack

GRAVITY_MPS2 = 9.80665
BANK_RAD = math.radians(25.0)
STANDARD_RATE_RADPS = math.radians(3.0)
"""Rate one turn: slow aircraft turn no faster, fast ones are held by the bank."""

SLOWEST_MPS, FASTEST_MPS = 25.0, 700.0
STEEPEST_MPS = 60.0
HIGHEST_M = 30_000.0
MOST_EVENTS = 10_000
"""Limit on the segments of one flight: a plan that needs more is refused."""


@dataclass(frozen=True, slots=True)
class Clearance:
    """From a point on: climb or descend to a height, accelerate or slow down to a speed.

    Parameters
    ----------
    altitude_m
        Pressure altitude to reach.
    speed_mps
        Ground speed to reach.
    climb_mps, acceleration_mps2
        Size of the rates used, positive.
    """

    altitude_m: float
    speed_mps: float
    climb_mps: float = 8.0
    acceleration_mps2: float = 0.25


@dataclass(frozen=True, slots=True)
class Hold:
    """A racetrack at a point: how often round, and the straight leg's time."""

    turns: int
    leg_s: float = 60.0


@dataclass(frozen=True, slots=True)
class Waypoint:
    """A point of a plan, as a unit normal, with what begins there."""

    name: str
    normal: Vector
    clearance: Clearance | None = None
    hold: Hold | None = None


@dataclass(frozen=True, slots=True)
class Identity:
    """What an aircraft carries and answers; -1 and empty where it has none."""

    callsign: str = ""
    mode_3a: int = NO_CODE
    mode_s: int = NO_CODE
    adsb: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """One flight as its author wrote it.

    Parameters
    ----------
    identity
        What it answers.
    waypoints
        At least two.
    begin
        Height and speed at the first point; by default those the first point's clearance asks.
    descend_to
        Height and speed to have at the end; the descent begins as late as allows it.
    """

    identity: Identity
    waypoints: Sequence[Waypoint]
    begin: Clearance | None = None
    descend_to: Clearance | None = None


@dataclass(frozen=True, slots=True)
class Flight:
    """One flight, ready to be placed in time.

    Parameters
    ----------
    identity
        What it answers.
    segments
        Rows from time 0, float64, shape (rows, 15); heights are pressure altitudes.
    duration_s
        Time from the first to the last point.
    passed_s
        When each waypoint is passed, by name (the last time, if passed often).
    """

    identity: Identity
    segments: NDArray[np.float64]
    duration_s: float
    passed_s: dict[str, float] = field(default_factory=dict)


def turn_radius_m(speed_mps: float) -> float:
    """Radius of a level turn: 25 deg of bank, at most 3 deg/s; v^2 / (g tan bank)."""
    banked = speed_mps * speed_mps / (GRAVITY_MPS2 * math.tan(BANK_RAD))
    return max(banked, speed_mps / STANDARD_RATE_RADPS)


def _speeds(plan: Plan) -> list[float]:
    """Greatest speed at which each point may be passed: that of the legs around it."""
    speeds, current = [], plan.begin.speed_mps if plan.begin else 0.0
    for waypoint in plan.waypoints:
        before = current
        if waypoint.clearance:
            current = waypoint.clearance.speed_mps
        speeds.append(max(before, current))
    # a new speed is reached only after a while: the one before may last over the next point
    return [max(speeds[max(0, i - 1) : i + 1]) for i in range(len(speeds))]


def _spread(plan: Plan) -> tuple[list[Vector], list[float], list[int]]:
    """Points with holds spread out, their turn radii, and the index of each waypoint."""
    points: list[Vector] = []
    radii: list[float] = []
    where: list[int] = []
    for waypoint, speed in zip(plan.waypoints, _speeds(plan), strict=True):
        where.append(len(points))
        radius = turn_radius_m(speed)
        points.append(waypoint.normal)
        radii.append(radius)
        if waypoint.hold:
            if not where[-1]:
                raise BadInput(f"a hold at the first point, {waypoint.name}, has no course")
            hold = waypoint.hold
            corners = racetrack(points[-1], points[-2], hold.turns, hold.leg_s * speed, radius)
            points.extend(corners)
            radii.extend([radius] * len(corners))
    return points, radii, where


def _changes(plan: Plan, passed_m: list[float], end_m: float) -> list[tuple[float, Clearance]]:
    """Where along the path each clearance begins, in order."""
    begin = [(0.0, plan.begin)] if plan.begin else []
    begin += [
        (at, waypoint.clearance)
        for at, waypoint in zip(passed_m, plan.waypoints, strict=True)
        if waypoint.clearance
    ]
    last = begin[-1][1]
    if plan.descend_to:
        goal = plan.descend_to
        down_s = abs(last.altitude_m - goal.altitude_m) / goal.climb_mps
        slow_s = abs(last.speed_mps - goal.speed_mps) / goal.acceleration_mps2
        mean = 0.5 * (last.speed_mps + goal.speed_mps)
        needed = mean * slow_s + max(0.0, down_s - slow_s) * goal.speed_mps
        begin.append((max(end_m - 1.02 * needed, begin[-1][0]), goal))
    return begin


def _check(clearance: Clearance) -> None:
    if not SLOWEST_MPS <= clearance.speed_mps <= FASTEST_MPS:
        raise BadInput(f"a ground speed of {clearance.speed_mps:.0f} m/s cannot be flown")
    if not 0.0 < clearance.climb_mps <= STEEPEST_MPS:
        raise BadInput(f"a climb of {clearance.climb_mps:.1f} m/s cannot be flown")
    if not -500.0 <= clearance.altitude_m <= HIGHEST_M:
        raise BadInput(f"an altitude of {clearance.altitude_m:.0f} m is out of reach")
    if clearance.acceleration_mps2 <= 0.0:
        raise BadInput("the acceleration must be positive")


def _seconds_over(distance_m: float, speed_mps: float, acceleration_mps2: float) -> float:
    """Time to cover a distance: v t + a t^2 / 2 = d, infinite when it is never covered."""
    root = speed_mps * speed_mps + 2.0 * acceleration_mps2 * distance_m
    if root < 0.0:
        return math.inf
    return 2.0 * distance_m / (speed_mps + math.sqrt(root))


def _toward(value: float, goal: float, rate: float) -> tuple[float, float]:
    """Signed rate towards a goal and the time until it is reached."""
    if value == goal:
        return 0.0, math.inf
    return math.copysign(rate, goal - value), abs(goal - value) / rate


def _fly(
    arcs: list[Arc], changes: list[tuple[float, Clearance]]
) -> tuple[NDArray[np.float64], list[tuple[float, float]]]:
    """Follow the path in time; segment rows, and (distance, time) at each one's start."""
    goal = changes[0][1]
    speed, height, time, travelled = goal.speed_mps, goal.altitude_m, 0.0, 0.0
    pending = changes[1:]
    rows: list[list[float]] = []
    marks: list[tuple[float, float]] = []
    for arc in arcs:
        done, length = 0.0, arc.length_m
        while length - done > 1e-6:
            while pending and pending[0][0] <= travelled + done + 1e-6:
                goal = pending.pop(0)[1]
            a, speed_s = _toward(speed, goal.speed_mps, goal.acceleration_mps2)
            c, level_s = _toward(height, goal.altitude_m, goal.climb_mps)
            left = length - done
            if pending:
                left = min(left, pending[0][0] - travelled - done)
            step = min(_seconds_over(left, speed, a), speed_s, level_s)
            motion = (done / arc.radius_m, speed / arc.radius_m, a / arc.radius_m)
            rows.append([time, *arc.a, *arc.b, *arc.c, *motion, height, c])
            marks.append((travelled + done, time))
            if len(rows) > MOST_EVENTS:
                raise BadInput(f"a flight of more than {MOST_EVENTS} segments")
            done += speed * step + 0.5 * a * step * step
            time += step
            # exactly on the goal, so that the next round sees that it is reached
            speed = goal.speed_mps if step == speed_s else speed + a * step
            height = goal.altitude_m if step == level_s else height + c * step
        travelled += length
    marks.append((travelled, time))
    return np.array(rows).reshape(-1, SEGMENT_COLUMNS), marks


def fly(plan: Plan) -> Flight:
    """Turn a plan into a flight that begins at time 0.

    Raises
    ------
    BadInput
        If the plan cannot be flown: fewer than two points, a leg too short for its turns, a
        speed, climb or level beyond any aircraft's.
    """
    if len(plan.waypoints) < 2 or not (plan.begin or plan.waypoints[0].clearance):
        raise BadInput("a flight needs two points, and a height and speed at the first")
    for clearance in (plan.begin, plan.descend_to, *(w.clearance for w in plan.waypoints)):
        if clearance:
            _check(clearance)
    points, radii, where = _spread(plan)
    arcs, passed_m = path(points, radii)
    end_m = sum(arc.length_m for arc in arcs)
    waypoint_m = [passed_m[index] for index in where]
    segments, marks = _fly(arcs, _changes(plan, waypoint_m, end_m))
    distance, time = np.array(marks).T
    passed = {
        waypoint.name: float(np.interp(at, distance, time))
        for waypoint, at in zip(plan.waypoints, waypoint_m, strict=True)
    }
    return Flight(plan.identity, segments, float(time[-1]), passed)
