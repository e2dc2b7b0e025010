"""Which jump, if any, explains plots that fit no track: reading the histograms of a vote.

In: votes of ``kernels.registration_votes`` gathered over some turns. Out: the fault that most pairs
agree on, by how much, or that there is none.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skypact.kernels import registration_arrays as names
from skypact.model.registration import Fault

LEAST_VOTES = 5.0
CLEAR = 5.0
"""A peak stands so many deviations of a Poisson count above the mean of its histogram."""

SURE = 4.0
"""A small jump is believed when the mean of its votes is so many of its own deviations."""

MORE = 1.5
"""A jump must explain so much more than no jump does."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a vote says.

    Parameters
    ----------
    fault
        The jump that explains the plots, None where none does.
    amount, unit
        By how much the sensor is off.
    unmoved
        Whether the plots are explained by no jump at all.
    """

    fault: Fault | None
    amount: float
    unit: str
    unmoved: bool


@dataclass(frozen=True, slots=True)
class _Peak:
    fault: Fault
    votes: float
    above: float
    amount: float
    unit: str
    zero: float


def _line(
    votes: NDArray[np.float64], step: float, fault: Fault, unit: str, least: float, round_: bool
) -> _Peak:
    """Highest three neighbouring bins that lie ``least`` or more from no change."""
    padded = np.concatenate([votes[-1:], votes, votes[:1]] if round_ else [[0.0], votes, [0.0]])
    smooth = padded[:-2] + padded[1:-1] + padded[2:]
    centre = len(votes) // 2
    offsets = (np.arange(len(votes)) - centre) * step
    far = np.abs(offsets) >= least - 1e-9
    k = int(np.argmax(np.where(far, smooth, -1.0)))
    mean = 3.0 * float(votes.mean())
    near = np.array([k - 1, k, k + 1])
    values = padded[near + 1]
    amount = float((values * (offsets[k] + step * np.array([-1.0, 0.0, 1.0]))).sum())
    amount /= max(float(values.sum()), 1e-9)
    above = float(smooth[k]) - mean - CLEAR * math.sqrt(mean + 1.0)
    return _Peak(fault, float(smooth[k]), above, amount, unit, float(smooth[centre]))


def _place(votes: NDArray[np.float64]) -> _Peak:
    """Highest nine neighbouring bins of the displacement that are not at no change."""
    side = names.VOTES_PLACE
    grid = np.zeros((side + 2, side + 2))
    grid[1:-1, 1:-1] = votes.reshape(side, side)
    smooth = sum(
        grid[1 + a : side + 1 + a, 1 + b : side + 1 + b] for a in (-1, 0, 1) for b in (-1, 0, 1)
    )
    assert isinstance(smooth, np.ndarray)
    centre = side // 2
    offsets = np.arange(side) - centre
    distance = np.hypot(*np.meshgrid(offsets, offsets, indexing="ij"))
    east, north = np.unravel_index(np.argmax(np.where(distance >= 2, smooth, -1.0)), smooth.shape)
    mean = 9.0 * float(votes.mean())
    votes_there = float(smooth[east, north])
    return _Peak(
        "displaced",
        votes_there,
        votes_there - mean - CLEAR * math.sqrt(mean + 1.0),
        float(distance[east, north]) * names.PLACE_STEP_M,
        "m",
        float(smooth[centre, centre]),
    )


@dataclass(frozen=True, slots=True)
class _Centre:
    fault: Fault
    amount: float
    unit: str
    limit: float
    sure: bool

    @property
    def off(self) -> bool:
        """Whether the plots lie by a fault's amount beside the tracks, and surely so."""
        return self.sure and abs(self.amount) > self.limit


def _centre(
    votes: NDArray[np.float64], step: float, fault: Fault, unit: str, limit: float
) -> _Centre:
    """Mean of the votes within five bins of no change, above the background."""
    middle = len(votes) // 2
    near = np.arange(middle - 5, middle + 6)
    weight = np.maximum(votes[near] - float(np.median(votes)), 0.0)
    total = float(weight.sum())
    if total < LEAST_VOTES:
        return _Centre(fault, math.nan, unit, limit, False)
    offsets = (near - middle) * step
    mean = float((weight * offsets).sum()) / total
    variance = float((weight * (offsets - mean) ** 2).sum()) / total + step * step / 12.0
    return _Centre(fault, mean, unit, limit, mean * mean > SURE**2 * variance / total)


def read_votes(votes: NDArray[np.float64]) -> Verdict:
    """What the votes agree on; jumps of one number are believed before a displacement."""
    a, r, t, p = names.VOTE_AZIMUTH, names.VOTE_RANGE, names.VOTE_TIME, names.VOTE_PLACE
    turn = _line(votes[a:r], 0.5, "azimuth jump", "deg", 1.0, True)
    out = _line(votes[r:t], names.RANGE_STEP_M, "range jump", "m", 1000.0, False)
    late = _line(votes[t:p], names.TIME_STEP_S, "time jump", "s", 2.0, False)
    peaks = [turn, out, late, _place(votes[p:])]
    unmoved = min(turn.zero, out.zero)
    clear = [k for k in peaks if k.votes >= LEAST_VOTES and k.above > 0.0]
    best = max((k.votes for k in clear), default=0.0)
    if best < MORE * unmoved or not clear:
        mean = 3.0 * float(votes[a:r].mean())
        fits = unmoved >= LEAST_VOTES and unmoved > mean + CLEAR * math.sqrt(mean + 1.0)
        return _near(votes) if fits else Verdict(None, math.nan, "", False)
    # the first of the order that explains nearly as much as the best
    chosen = next(k for k in clear if k.votes >= 0.85 * best)
    return Verdict(chosen.fault, chosen.amount, chosen.unit, False)


def _near(votes: NDArray[np.float64]) -> Verdict:
    """Plots that lie about where they should: exactly there, or beside by a small jump."""
    a, r, t, p = names.VOTE_AZIMUTH, names.VOTE_RANGE, names.VOTE_TIME, names.VOTE_PLACE
    centres = [
        _centre(votes[a:r], 0.5, "azimuth jump", "deg", 0.4),
        _centre(votes[r:t], names.RANGE_STEP_M, "range jump", "m", 400.0),
        _centre(votes[t:p], names.TIME_STEP_S, "time jump", "s", 1.0),
    ]
    off = [centre for centre in centres if centre.off]
    if not off:
        return Verdict(None, math.nan, "", True)
    worst = max(off, key=lambda centre: abs(centre.amount) / centre.limit)
    return Verdict(worst.fault, worst.amount, worst.unit, False)
