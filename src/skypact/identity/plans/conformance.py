"""Whether tracks fly as their plans say: route, time and level.

In: the joint picture, a table of plans, and where plans are required. Out: findings of the kind
``plan``. Within the widths a flight conforms; beyond twice them it deviates; between, neither is
said, so that a flight along the edge does not flap.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skypact.identity.finding import findings
from skypact.identity.outcomes import outcome
from skypact.identity.plans.table import PlanTable, correlate
from skypact.kernels import identity_plans as kernels
from skypact.model.identity import NO_OUTCOME, Findings
from skypact.model.joint import JointTracks


@dataclass(frozen=True, slots=True)
class Tolerances:
    """How far a flight may be from its plan and still conform.

    Parameters
    ----------
    route_m
        To the side: 20 km. Airways are 10 NM wide; directs between their points and weather cost
        some more.
    unsure
        So many standard deviations of the track's position are added.
    late_s
        45 min: slots and delays; a plan is filed hours ahead.
    above_m
        600 m, two levels: controllers change levels by one or two at a time. More is common too,
        so that level alone never makes a deviation.
    ends_m
        Nearer to an end than 250 km a flight climbs and sinks: its level says nothing.
    """

    route_m: float = 20e3
    unsure: float = 3.0
    late_s: float = 2700.0
    above_m: float = 600.0
    ends_m: float = 250e3


@dataclass(frozen=True, slots=True)
class Conformance:
    """How each track flies its plan; every array has shape (tracks,), NaN where nothing tells it.

    Parameters
    ----------
    plan
        Index of its plan, -1 none.
    sure
        How sure it is that it is its plan, 0 to 1.
    off_route_m, late_s, above_m, to_end_m
        As ``kernels.identity_plans.conformance`` gives them.
    """

    plan: NDArray[np.int32]
    sure: NDArray[np.float64]
    off_route_m: NDArray[np.float64]
    late_s: NDArray[np.float64]
    above_m: NDArray[np.float64]
    to_end_m: NDArray[np.float64]


def conformance(table: PlanTable, joint: JointTracks, now_ns: int) -> Conformance:
    """Which plan each track flies, and how well."""
    tracks = joint.tracks
    plan, sure = correlate(table, joint, now_ns)
    height = np.where(
        np.isfinite(tracks.pressure_altitude_m), tracks.pressure_altitude_m, tracks.altitude_m
    )
    out = [np.empty(len(tracks)) for _ in range(4)]
    kernels.conformance(
        plan,
        np.require(tracks.latitude_rad, np.float64, ("C", "W")),
        np.require(tracks.longitude_rad, np.float64, ("C", "W")),
        height,
        np.require(tracks.measured_ns, np.int64, ("C", "W")),
        table.first,
        table.point,
        table.level_m,
        table.over_ns,
        *out,
    )
    return Conformance(plan, sure, *out)


def plan_findings(
    table: PlanTable,
    joint: JointTracks,
    now_ns: int,
    required: NDArray[np.bool_],
    tolerances: Tolerances | None = None,
) -> Findings:
    """What plans say of each track; ``detail``: the index of its plan in the table.

    Parameters
    ----------
    required
        Whether a flight there and at that height must have a plan, shape (tracks,): only then its
        absence is found.
    """
    allowed = tolerances or Tolerances()
    how = conformance(table, joint, now_ns)
    width = allowed.route_m + allowed.unsure * np.nan_to_num(joint.tracks.horizontal_sigma_m)
    cruising = how.to_end_m > allowed.ends_m
    # NaN compares false: what nothing tells is neither in bounds nor out of them
    off = how.off_route_m > 2.0 * width
    off |= np.abs(how.late_s) > 2.0 * allowed.late_s
    near = (how.off_route_m <= width) & ~(np.abs(how.late_s) > allowed.late_s)
    level = ~(cruising & (np.abs(how.above_m) > allowed.above_m))
    planned = how.plan >= 0
    state, whole = _of_plans(table, how.plan)
    found = np.full(len(joint), NO_OUTCOME, np.int16)
    found[planned & near & state] = outcome("plan", "conforms-state")
    found[planned & near & ~state] = outcome("plan", "conforms")
    # between points without a place the route may lead anywhere
    found[planned & off & whole & (how.sure >= 1.0)] = outcome("plan", "deviates")
    found[required & ~planned] = outcome("plan", "missing")
    weight = np.where(level, how.sure, 0.5 * how.sure)
    return findings(
        "plan",
        joint,
        found,
        weight=np.where(planned, weight, 1.0),
        detail=how.plan,
    )


def _of_plans(
    table: PlanTable, plan: NDArray[np.int32]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Whether each track's plan is of a state flight, and whether its route is whole."""
    if not len(table.plans):
        none = np.zeros(len(plan), np.bool_)
        return none, none
    at = np.maximum(plan, 0)
    return table.state[at], table.whole[at]
