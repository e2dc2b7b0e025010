"""Phases of flight, told from the truth: turning, climbing, descending, changing speed.

In: truth standing at the instants. Out: a bit mask per state. A phase is looked at over a few
seconds on both sides, so that the noise of a reported velocity makes no turn.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from skypact.evaluation.instants import Instants, Standing
from skypact.evaluation.paths import Floats
from skypact.kernels.evaluation_paths import split_errors

TURNING, CLIMBING, DESCENDING, SPEEDING = np.uint8(1), np.uint8(2), np.uint8(4), np.uint8(8)

TURN_RATE_RADPS = np.radians(0.5)
"""A sixth of a standard-rate turn (3 degrees a second)."""
CLIMB_RATE_MPS = 2.54
"""500 ft a minute."""
ACCELERATION_MPS2 = 0.25
"""Half a knot a second."""
LOOK_S = 4.0
"""How far the look goes to either side."""

PHASES: tuple[str, ...] = (
    "all", "steady", "straight", "turning", "climbing", "descending", "changing speed",
)  # fmt: skip


def _ends(truth: Standing, reach: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """States up to ``reach`` instants before and after each, of the same unbroken path."""
    count = len(truth)
    here = np.arange(count)
    new = np.ones(count, np.bool_)
    new[1:] = (np.diff(truth.path) != 0) | (np.diff(truth.instant) != 1)
    starts = np.flatnonzero(new)
    run = np.cumsum(new) - 1
    ends = np.r_[starts[1:], count] - 1
    return np.maximum(here - reach, starts[run]), np.minimum(here + reach, ends[run])


def with_velocity(truth: Standing, instants: Instants) -> None:
    """Fill velocities that the truth does not tell from its positions, in place."""
    unknown = ~(np.isfinite(truth.state[3]) & np.isfinite(truth.state[4]))
    if not unknown.any():
        return
    reach = max(1, round(LOOK_S / instants.step_s))
    before, after = (end[unknown] for end in _ends(truth, reach))
    east, north = np.empty(len(before)), np.empty(len(before))
    northward = np.zeros(len(before))
    split_errors(
        truth.state[0][unknown], truth.state[1][unknown],
        np.ascontiguousarray(truth.points[before]), np.ascontiguousarray(truth.points[after]),
        northward, northward + 1.0, north, east,
    )  # fmt: skip
    span_s = (after - before) * instants.step_s
    with np.errstate(invalid="ignore", divide="ignore"):
        truth.state[3, unknown] = np.where(span_s > 0, east / span_s, np.nan)
        truth.state[4, unknown] = np.where(span_s > 0, north / span_s, np.nan)


def phase_of(truth: Standing, instants: Instants) -> NDArray[np.uint8]:
    """Bits of ``TURNING``, ``CLIMBING``, ``DESCENDING``, ``SPEEDING`` of each truth state."""
    reach = max(1, round(LOOK_S / instants.step_s))
    before, after = _ends(truth, reach)
    span_s = np.maximum(after - before, 1) * instants.step_s
    east, north, up = truth.state[3], truth.state[4], truth.state[5]
    heading, speed = np.arctan2(east, north), np.hypot(east, north)
    turned = np.mod(heading[after] - heading[before] + np.pi, 2 * np.pi) - np.pi
    rise: Floats = np.where(
        np.isfinite(up), up, (truth.state[2][after] - truth.state[2][before]) / span_s
    )
    with np.errstate(invalid="ignore"):
        turning = (np.abs(turned) / span_s > TURN_RATE_RADPS) & (speed > 5.0)
        speeding = np.abs(speed[after] - speed[before]) / span_s > ACCELERATION_MPS2
        climbing, descending = rise > CLIMB_RATE_MPS, rise < -CLIMB_RATE_MPS
    bits = turning * TURNING | climbing * CLIMBING | descending * DESCENDING | speeding * SPEEDING
    return np.asarray(bits, np.uint8)


def in_phase(phase: NDArray[np.uint8], name: str) -> NDArray[np.bool_]:
    """Which states belong to a phase of ``PHASES``; a state may belong to several."""
    bits = {"turning": TURNING, "climbing": CLIMBING, "descending": DESCENDING,
            "changing speed": SPEEDING}  # fmt: skip
    if name == "all":
        return np.ones(len(phase), np.bool_)
    if name == "steady":
        return np.asarray(phase == 0)
    if name == "straight":
        return np.asarray((phase & TURNING) == 0)
    return np.asarray((phase & bits[name]) > 0)
