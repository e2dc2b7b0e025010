"""Which tracks of one station are which of the joint table: global, and steady in time.

In: both pictures, what was paired before, and the station's bias. Out: pairs, and the memory of
them for the next look. Pairs are weighed by position, velocity, height and codes
(``kernels.picture_pairs``), remembered with a score that follows the evidence slowly, and chosen
together so that the sum of scores is greatest (``kernels.picture_assign``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from skypact.kernels import picture_assign, picture_pairs
from skypact.model.time import SECOND_NS
from skypact.model.tracks import Tracks
from skypact.picture.settings import PictureSettings
from skypact.picture.states import NO_SHIFT, Prepared, Shift, codes, prepare

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Kind = TypeVar("Kind", bound=np.generic)

KEPT_GAIN = 0.5
"""What a strained pair is worth: more than none, less than any good rival."""
NOT_STRAINED = -1


@dataclass(frozen=True, slots=True)
class Ties:
    """Pairs and candidates as they stood at the last look, by track number; shape (ties,) each.

    Parameters
    ----------
    left, right
        Numbers (``Tracks.track``) in the station's tracks and in the joint table, int64.
    score
        Filtered log-likelihood ratio, float64.
    paired
        Whether they were a pair, or only a candidate, bool.
    since_ns
        First look at them as candidates, int64 UTC nanoseconds.
    strained_ns
        Since when a pair lies outside the gate, int64; -1 while inside.
    looked_ns
        Last look, int64.
    """

    left: Ints
    right: Ints
    score: Floats
    paired: Bools
    since_ns: Ints
    strained_ns: Ints
    looked_ns: Ints

    @classmethod
    def none(cls) -> Ties:
        """Before the first look."""
        empty = np.empty(0, np.int64)
        return cls(empty, empty, np.empty(0), np.empty(0, np.bool_), empty, empty, empty)

    def take(self, index: Ints | Bools) -> Ties:
        """Rows by index array or mask."""
        return Ties(
            self.left[index],
            self.right[index],
            self.score[index],
            self.paired[index],
            self.since_ns[index],
            self.strained_ns[index],
            self.looked_ns[index],
        )

    def renamed(self, right: Ints) -> Ties:
        """The same with other numbers in the joint table, as when two of its rows became one."""
        return Ties(
            self.left,
            right,
            self.score,
            self.paired,
            self.since_ns,
            self.strained_ns,
            self.looked_ns,
        )


@dataclass(frozen=True, slots=True)
class Correspondence:
    """What belongs together at one look.

    Parameters
    ----------
    pairs
        Rows of left and right, int64 (pairs, 2), by left row; each row is in one pair at most.
    score
        Of each pair, log-likelihood ratio, float64 (pairs,).
    distance2
        Squared statistical distance now, float64 (pairs,).
    strained
        Whether it is held only because it was a pair before, bool (pairs,).
    doubtful
        Rows of pairs that a rival is too near to, not in ``pairs``: int64 (doubtful, 2).
    ties
        For the next look.
    given_up
        Clusters too big to be solved as a whole.
    """

    pairs: Ints
    score: Floats
    distance2: Floats
    strained: Bools
    doubtful: Ints
    ties: Ties
    given_up: int


def correspond(
    left: Tracks,
    right: Tracks,
    ties: Ties,
    now_ns: int,
    settings: PictureSettings | None = None,
    *,
    shift: Shift = NO_SHIFT,
) -> Correspondence:
    """Pair one station's tracks with the joint table's.

    Parameters
    ----------
    left
        The station's tracks; numbers in ``track`` are unique.
    right
        The joint table, with numbers in ``track`` that keep from look to look. It should not
        contain what ``left`` tells: pair station after station, each with what those before gave.
    ties
        ``Correspondence.ties`` of the last look at this station.
    now_ns
        Instant of the look; states are carried to it.
    settings
        None: defaults.
    shift
        What to add to the left states (``NationBias.shift``).
    """
    settings = settings or PictureSettings()
    ours, theirs = prepare(left, now_ns, settings, shift), prepare(right, now_ns, settings)
    pairs, before = _considered(ours, theirs, left.track, right.track, ties, settings)
    distance2, evidence = _weighed(pairs, ours, theirs, codes(left, right), settings)
    old = before >= 0
    paired = _looked_up(old, before, ties.paired, 0)
    strained_ns = _strained(distance2, paired, old, before, ties, now_ns, settings)
    score = _filtered(evidence, old, strained_ns >= 0, ties.take(before[old]), now_ns, settings)
    since_ns = _looked_up(old, before, ties.since_ns, now_ns)
    chosen, given_up = _chosen(
        pairs, score, paired, strained_ns, (len(left), len(right)), now_ns, settings
    )
    doubtful = _doubtful(
        pairs, np.where(strained_ns < 0, score, -np.inf), chosen, paired, since_ns, now_ns, settings
    )
    made = chosen & ~doubtful
    return Correspondence(
        pairs=pairs[made],
        score=score[made],
        distance2=distance2[made],
        strained=strained_ns[made] >= 0,
        doubtful=pairs[doubtful],
        ties=Ties(
            left=left.track[pairs[:, 0]],
            right=right.track[pairs[:, 1]],
            score=score,
            paired=made,
            since_ns=since_ns,
            strained_ns=np.where(made, strained_ns, NOT_STRAINED),
            looked_ns=np.full(len(pairs), now_ns, np.int64),
        ),
        given_up=given_up,
    )


def _considered(
    left: Prepared,
    right: Prepared,
    left_numbers: Ints,
    right_numbers: Ints,
    ties: Ties,
    settings: PictureSettings,
) -> tuple[Ints, Ints]:
    """Rows of all pairs to be weighed, sorted, and the row of each in ``ties`` or -1."""
    found = np.empty((len(left.place) * settings.candidates, 2), np.int64)
    count = picture_pairs.gather(
        left.place,
        left.spread,
        right.place,
        right.spread,
        settings.law(),
        settings.candidates,
        found,
        np.empty((10, 4)),
    )
    left_rows, right_rows = rows_of(left_numbers, ties.left), rows_of(right_numbers, ties.right)
    there = (left_rows >= 0) & (right_rows >= 0)
    width = max(1, len(right.place))
    keys = found[:count, 0] * width + found[:count, 1]
    known = np.flatnonzero(there)
    known_keys = left_rows[known] * width + right_rows[known]
    # a pair made before is weighed wherever it has got to, a candidate only inside the gate
    held = known_keys[ties.paired[known]]
    every = np.union1d(keys, held)
    order = np.argsort(known_keys, kind="stable")
    before = np.full(len(every), -1, np.int64)
    if len(order):
        place = np.searchsorted(known_keys[order], every)
        place[place == len(order)] = 0
        same = known_keys[order][place] == every
        before[same] = known[order[place[same]]]
    return np.stack([every // width, every % width], axis=1).astype(np.int64), before


def rows_of(numbers: Ints, wanted: Ints) -> Ints:
    """Row of each wanted number, -1 where it is not there; numbers are unique."""
    if not len(numbers):
        return np.full(len(wanted), -1, np.int64)
    order = np.argsort(numbers, kind="stable")
    place = np.minimum(np.searchsorted(numbers[order], wanted), len(order) - 1)
    rows = order[place]
    return np.where(numbers[rows] == wanted, rows, -1).astype(np.int64)


def _weighed(
    pairs: Ints,
    left: Prepared,
    right: Prepared,
    named: tuple[Ints, Ints],
    settings: PictureSettings,
) -> tuple[Floats, Floats]:
    """Squared distance and log-likelihood ratio of each pair now."""
    distance2, evidence = np.empty(len(pairs)), np.empty(len(pairs))
    picture_pairs.weigh(
        np.ascontiguousarray(pairs),
        left.place,
        left.spread,
        named[0],
        right.place,
        right.spread,
        named[1],
        settings.law(),
        distance2,
        evidence,
        np.empty((10, 4)),
    )
    return distance2, evidence


def _filtered(
    evidence: Floats,
    old: Bools,
    strained: Bools,
    past: Ties,
    now_ns: int,
    settings: PictureSettings,
) -> Floats:
    """Scores after this look; that of a strained pair waits to be believed again or broken."""
    elapsed_s = np.maximum(now_ns - past.looked_ns, 0) / SECOND_NS
    part = -np.expm1(-elapsed_s / settings.score_memory_s)
    score = evidence.copy()
    score[old] = np.where(
        strained[old], past.score, past.score + part * (evidence[old] - past.score)
    )
    return score


def _looked_up(old: Bools, before: Ints, values: NDArray[Kind], new: int) -> NDArray[Kind]:
    """Values of the ties before, ``new`` for pairs that are looked at for the first time."""
    result = np.full(len(old), new, values.dtype)
    result[old] = values[before[old]]
    return result


def _strained(
    distance2: Floats,
    paired: Bools,
    old: Bools,
    before: Ints,
    ties: Ties,
    now_ns: int,
    settings: PictureSettings,
) -> Ints:
    """Since when each pair made before has been outside the gate, -1: it is inside."""
    since_ns = _looked_up(old, before, ties.strained_ns, NOT_STRAINED)
    since_ns = np.where(since_ns < 0, now_ns, since_ns)
    return np.where(paired & (distance2 > settings.held_gate), since_ns, NOT_STRAINED)


def _chosen(
    pairs: Ints,
    score: Floats,
    paired: Bools,
    strained_ns: Ints,
    sizes: tuple[int, int],
    now_ns: int,
    settings: PictureSettings,
) -> tuple[Bools, int]:
    """Which pairs make the sum of gains greatest; clusters too big for that."""
    strained = strained_ns >= 0
    broken = strained & (now_ns - strained_ns > round(settings.break_s * SECOND_NS))
    gain = score - settings.pair_score + np.where(paired, settings.keep_score, 0.0)
    gain = np.where(strained, KEPT_GAIN, gain)
    worth = np.flatnonzero((gain > 0.0) & ~broken)
    chosen = np.zeros(len(pairs), np.bool_)
    if not len(worth):
        return chosen, 0
    made = np.empty(len(worth), np.bool_)
    a, b = pairs[worth, 0].copy(), pairs[worth, 1].copy()
    given_up = picture_assign.choose(a, b, gain[worth], *sizes, made)
    chosen[worth[made]] = True
    return chosen, int(given_up)


def _doubtful(
    pairs: Ints,
    score: Floats,
    chosen: Bools,
    paired: Bools,
    since_ns: Ints,
    now_ns: int,
    settings: PictureSettings,
) -> Bools:
    """New pairs that a rival is near to and that were not looked at for long enough."""
    new = chosen & ~paired
    young = new & (now_ns - since_ns < round(settings.settle_s * SECOND_NS))
    if not young.any():
        return young
    # who is held by an old pair is no rival
    firm = pairs[chosen & paired]
    rival = ~chosen & ~np.isin(pairs[:, 0], firm[:, 0]) & ~np.isin(pairs[:, 1], firm[:, 1])
    nearest = np.full(len(pairs), -np.inf)
    for side in (0, 1):
        best = np.full(int(pairs[:, side].max()) + 1, -np.inf)
        np.maximum.at(best, pairs[rival, side], score[rival])
        nearest = np.maximum(nearest, best[pairs[:, side]])
    return young & (nearest > score - settings.margin)
