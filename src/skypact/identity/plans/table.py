"""Flight plans as arrays, and which plan each track flies.

In: plans, and the joint picture. Out: for each track the index of its plan, by callsign, else by
address, else by a code that one plan alone has. Several plans of one callsign are told apart by the
time. An address that is not the plan's, or a code that only seems to fit, is said in the weight.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skypact.identity.plans.plan import NO_TIME, FlightPlan
from skypact.model.joint import JointTracks
from skypact.model.time import SECOND_NS

BEFORE_NS = 3600 * SECOND_NS
AFTER_NS = 2 * 3600 * SECOND_NS
"""A plan is looked for from so long before it leaves until so long after it should be there."""
TAXI_NS = 600 * SECOND_NS
"""From off-block to take-off, where nothing tells it."""
HOMONYMS = 8
"""Plans of one callsign that are looked at: a day's flights of a shuttle."""
OTHER_ADDRESS = 0.5
"""Weight of a plan whose address is another one: another aircraft was sent, or it is not it."""
BY_CODE = 0.5
"""Weight of a plan that was found by its code alone: codes are used again."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Keys:
    """Values of one column in order, and the plan of each."""

    value: NDArray[Any]
    plan: NDArray[np.int32]

    @classmethod
    def of(cls, values: NDArray[Any], known: NDArray[np.bool_]) -> Keys:
        """Keys of the plans that have one."""
        plan = np.flatnonzero(known).astype(np.int32)
        order = np.argsort(values[plan], kind="stable")
        return cls(values[plan][order], plan[order])


@dataclass(frozen=True, slots=True)
class PlanTable:
    """Plans ready to be looked up and held against tracks.

    Parameters
    ----------
    plans
        As they were read.
    begin_ns, end_ns
        From when to when each may fly, int64, shape (plans,).
    state
        Whether it is of a military flight (item 8b is M), bool.
    address
        24-bit address, int32, -1 none.
    whole
        Whether all points of its route have a place, bool.
    first, point, level_m, over_ns
        Routes end to end, as ``kernels.identity_plans.conformance`` takes them.
    callsigns, addresses, codes
        To look up by.
    """

    plans: tuple[FlightPlan, ...]
    begin_ns: NDArray[np.int64]
    end_ns: NDArray[np.int64]
    state: NDArray[np.bool_]
    address: NDArray[np.int32]
    whole: NDArray[np.bool_]
    first: NDArray[np.int64]
    point: Floats
    level_m: Floats
    over_ns: NDArray[np.int64]
    callsigns: Keys
    addresses: Keys
    codes: Keys

    @classmethod
    def of(cls, plans: Sequence[FlightPlan]) -> PlanTable:
        """A table of plans; a plan that came again (a change) stands after the one it changes."""
        counts = [len(plan.points) for plan in plans]
        points = [point for plan in plans for point in plan.points]
        latitude = np.array([point.latitude_rad for point in points], np.float64)
        longitude = np.array([point.longitude_rad for point in points], np.float64)
        unit = np.empty((len(points), 3))
        unit[:, 0] = np.cos(latitude) * np.cos(longitude)
        unit[:, 1] = np.cos(latitude) * np.sin(longitude)
        unit[:, 2] = np.sin(latitude)
        first = np.zeros(len(plans) + 1, np.int64)
        first[1:] = np.cumsum(counts)
        over = [np.empty(0, np.int64)]
        for plan, (a, b) in zip(plans, pairwise(first.tolist()), strict=True):
            over.append(_over(plan, unit[a:b]))
        callsign = np.array([plan.callsign.encode("ascii") for plan in plans], "S8")
        address = np.array([plan.address for plan in plans], np.int32)
        code = np.array([plan.code for plan in plans], np.int32)
        return cls(
            plans=tuple(plans),
            begin_ns=np.array([plan.off_block_ns - BEFORE_NS for plan in plans], np.int64),
            end_ns=np.array([plan.over_ns + AFTER_NS for plan in plans], np.int64),
            state=np.array([plan.flight_type == "M" for plan in plans], np.bool_),
            address=address,
            whole=np.array([not plan.unplaced for plan in plans], np.bool_),
            first=first,
            point=unit,
            level_m=np.array([point.level_m for point in points], np.float64),
            over_ns=np.concatenate(over),
            callsigns=Keys.of(callsign, callsign != b""),
            addresses=Keys.of(address, address >= 0),
            codes=Keys.of(code, code >= 0),
        )

    def name(self, index: int) -> str:
        """What a plan is called in a sentence."""
        return self.plans[index].name if 0 <= index < len(self.plans) else "unknown"


def _over(plan: FlightPlan, unit: Floats) -> NDArray[np.int64]:
    """Times over a plan's points: as filed, else by the elapsed time, else by the speed."""
    filed = np.array([point.over_ns for point in plan.points], np.int64)
    if len(filed) < 2 or (filed != NO_TIME).all():
        return filed
    legs = np.linalg.norm(np.diff(unit, axis=0), axis=1)
    way = np.concatenate([[0.0], np.cumsum(2.0 * np.arcsin(np.minimum(legs / 2.0, 1.0)))])
    ends = plan.points[0].name == plan.departure and plan.points[-1].name == plan.destination
    if ends and way[-1] > 0.0:
        flown_s = way / way[-1] * plan.enroute_s
    elif plan.points[0].name == plan.departure and plan.speed_mps > 0.0:
        flown_s = way * 6_371_008.8 / plan.speed_mps
    else:
        return filed
    guess = plan.off_block_ns + TAXI_NS + (flown_s * 1e9).astype(np.int64)
    return np.where(filed != NO_TIME, filed, guess)


def correlate(
    table: PlanTable, joint: JointTracks, now_ns: int
) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """Index of each track's plan, -1 none, and how sure that is (0 to 1); shape (tracks,)."""
    tracks = joint.tracks
    shown = tracks.callsign != b""
    by_callsign, _ = _found(table, table.callsigns, tracks.callsign, shown, now_ns)
    addressed = tracks.mode_s >= 0
    by_address, _ = _found(table, table.addresses, tracks.mode_s, addressed, now_ns)
    # who shows another callsign than the plan of its address flies another plan
    by_address = np.where(shown, -1, by_address)
    by_code, alike = _found(table, table.codes, tracks.mode_3a, tracks.mode_3a >= 0, now_ns)
    by_code = np.where((alike == 1) & ~shown, by_code, -1)
    plan = np.where(by_callsign >= 0, by_callsign, np.where(by_address >= 0, by_address, by_code))
    sure = np.ones(len(tracks))
    if len(table.plans):
        filed = table.address[np.maximum(plan, 0)]
        sure[addressed & (filed >= 0) & (filed != tracks.mode_s)] = OTHER_ADDRESS
    sure[(by_callsign < 0) & (by_address < 0)] *= BY_CODE
    return plan.astype(np.int32), np.where(plan >= 0, sure, 0.0)


def _found(
    table: PlanTable,
    keys: Keys,
    wanted: NDArray[Any],
    known: NDArray[np.bool_],
    now_ns: int,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Plan of each value that may fly now, the nearest in time; and how many there were."""
    best = np.full(len(wanted), -1, np.int64)
    alike = np.zeros(len(wanted), np.int64)
    if not len(keys.plan):
        return best, alike
    least = np.full(len(wanted), np.iinfo(np.int64).max)
    begin = np.searchsorted(keys.value, wanted)
    for k in range(HOMONYMS):
        at = np.minimum(begin + k, len(keys.plan) - 1)
        same = known & (begin + k < len(keys.plan)) & (keys.value[at] == wanted)
        if not same.any():
            break
        plan = keys.plan[at]
        flies = same & (table.begin_ns[plan] <= now_ns) & (now_ns <= table.end_ns[plan])
        away = np.abs(now_ns - (table.begin_ns[plan] // 2 + table.end_ns[plan] // 2))
        better = flies & (away <= least)  # of two alike the later one: a change
        best = np.where(better, plan, best)
        least = np.where(better, away, least)
        alike += flies
    return best, alike
