"""Joint track numbers: whose a number is, which is next, and which of several an aircraft keeps.

In: the agreements' blocks, what members of joint tracks claim. Out: one number for each joint
track, the same at every node that sees the same claims: the oldest allotment stays, of equal ones
the lower number; a number that several joint tracks claim stays with the one its allotter means.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skypact.model.exchange import NO_JOINT_NUMBER, NumberBlock, blocks_of
from skypact.picture.stations import StationIndex

Ints = NDArray[np.int64]
MOST_RETIRED = 20_000
"""Retired numbers that are remembered."""

ROUNDS = 4
"""How many of its claims a joint track may lose to others in one step before it has no number."""


class NumberBlocks:
    """All blocks of the agreements, and the numbers that our own station gives.

    Parameters
    ----------
    stations
        Indexes of stations; index 0 is our own.
    blocks
        Of all stations; they do not overlap (the agreement's check).
    next_number
        The first of our own numbers that may be given, as kept over a restart; 0 for the first
        of the first block.
    """

    def __init__(
        self, stations: StationIndex, blocks: Sequence[NumberBlock], next_number: int = 0
    ) -> None:
        ordered = sorted(blocks, key=lambda b: b.first)
        self._first = np.array([b.first for b in ordered], np.int64)
        self._last = np.array([b.last for b in ordered], np.int64)
        self._owner = np.array([stations.known(b.station) for b in ordered], np.int64)
        own = blocks_of(blocks, stations.codes[0])
        self._own = (
            np.concatenate([np.array([[b.first, b.last]], np.int64) for b in own])
            if own
            else np.empty((0, 2), np.int64)
        )
        self.next_number = next_number or (own[0].first if own else 0)
        self.exhausted = not own
        self._round = False
        self.retired: dict[int, int] = {}

    def renewed(self, stations: StationIndex, blocks: Sequence[NumberBlock]) -> NumberBlocks:
        """Other blocks, with what was given and retired before."""
        new = NumberBlocks(stations, blocks, self.next_number)
        new.retired, new._round = self.retired, self._round
        return new

    def owner(self, numbers: Ints) -> Ints:
        """Index of the station in whose block each number lies, -1 none."""
        if not len(self._first):
            return np.full(len(numbers), -1, np.int64)
        at = np.searchsorted(self._first, numbers, side="right") - 1
        inside = (at >= 0) & (numbers <= self._last[at])
        return np.where(inside, self._owner[at], -1)

    def given(self, numbers: Ints) -> NDArray[np.bool_]:
        """Whether numbers of our own blocks have been given out (since the blocks began anew)."""
        if self._round:
            return np.ones(len(numbers), np.bool_)
        return numbers < self.next_number

    def give(self, count: int, in_use: Ints) -> Ints:
        """The next numbers of our own, at most ``count``; fewer when all are in use.

        A block that comes to its end begins anew with the numbers that nothing uses, retired ones
        last.
        """
        retired = np.fromiter(self.retired, np.int64)
        free = self._free(count, np.concatenate([in_use, retired]))
        for resting in (np.concatenate([in_use, retired]), in_use):
            if len(free) < count and len(self._own):
                self._round = True
                self.next_number = int(self._own[0, 0])
                again = self._free(count - len(free), np.concatenate([resting, free]))
                free = np.concatenate([free, again])
        self.exhausted = len(free) < count
        for number in free.tolist():
            self.retired.pop(number, None)
        if len(free):
            self.next_number = int(free[-1]) + 1
        return free

    def _free(self, count: int, resting: Ints) -> Ints:
        """Up to ``count`` numbers from ``next_number`` on that do not rest, in order."""
        return np.setdiff1d(self._ahead(count + len(resting)), resting)[:count]

    def _ahead(self, count: int) -> Ints:
        """Up to ``count`` numbers of our own from ``next_number`` on."""
        found = [np.empty(0, np.int64)]
        for first, last in self._own.tolist():
            begin = max(first, self.next_number)
            found.append(np.arange(begin, min(last, begin + count - 1) + 1, dtype=np.int64))
        return np.concatenate(found)[:count]

    def retire(self, before: Ints, now: Ints) -> None:
        """Remember which numbers went into which others.

        Parameters
        ----------
        before, now
            Of each joint track, 0 where none; a number that still stands for some track is not
            retired.
        """
        changed = (before > 0) & (now > 0) & (before != now) & ~np.isin(before, now)
        for number, other in zip(before[changed].tolist(), now[changed].tolist(), strict=True):
            self.retired.pop(number, None)
            self.retired[number] = other
            self.retired.pop(other, None)
        while len(self.retired) > MOST_RETIRED:
            del self.retired[next(iter(self.retired))]

    def current(self, number: int) -> int:
        """The number that an aircraft known by ``number`` has now: itself if none is newer."""
        seen = {number}
        while (other := self.retired.get(number, 0)) and other not in seen:
            seen.add(other)
            number = other
        return number


@dataclass(frozen=True, slots=True)
class NumberClaims:
    """Who says which joint track has which number; every array has shape (claims,).

    Parameters
    ----------
    group
        Index of the joint track.
    number, allotted_ns
        The number claimed and when it was given.
    standing
        0 where the number's own allotter says so, 1 for a station that knows the track by it,
        2 for what is only remembered of a joint track that nobody numbers now.
    rank
        Place of the claiming station in the order of codes.
    heard_ns
        When the claim was made or came.
    track
        The claiming station's own number of the track.
    """

    group: Ints
    number: Ints
    allotted_ns: Ints
    standing: Ints
    rank: Ints
    heard_ns: Ints
    track: Ints

    def take(self, index: Ints | NDArray[np.bool_]) -> NumberClaims:
        """Claims by index array or mask."""
        return NumberClaims(
            self.group[index],
            self.number[index],
            self.allotted_ns[index],
            self.standing[index],
            self.rank[index],
            self.heard_ns[index],
            self.track[index],
        )


def oldest(claims: NumberClaims, groups: int) -> Ints:
    """Index of each joint track's oldest claim, -1 where it has none; shape (groups,).

    What is remembered counts only where nobody claims; of equal allotments the lower number.
    """
    order = np.lexsort((claims.number, claims.allotted_ns, claims.standing >= 2, claims.group))
    first = np.ones(len(order), np.bool_)
    first[1:] = claims.group[order[1:]] != claims.group[order[:-1]]
    best = np.full(groups, -1, np.int64)
    best[claims.group[order[first]]] = order[first]
    return best


def resolve(claims: NumberClaims, groups: int) -> tuple[Ints, Ints]:
    """One number for each joint track, no number twice.

    Returns
    -------
    number, allotted_ns
        Shape (groups,); 0 where a joint track has no claim left.
    """
    number, allotted_ns = np.zeros(groups, np.int64), np.zeros(groups, np.int64)
    left = claims.take(claims.number != NO_JOINT_NUMBER)
    for _ in range(ROUNDS):
        best = oldest(left, groups)
        held = np.flatnonzero(best >= 0)
        best = best[held]
        number[:], allotted_ns[:] = 0, 0
        number[held], allotted_ns[held] = left.number[best], left.allotted_ns[best]
        values, counts = np.unique(number[held], return_counts=True)
        disputed = values[counts > 1]
        if not len(disputed):
            return number, allotted_ns
        left = left.take(~_lost(left, number, disputed))
    for value in disputed.tolist():
        number[number == value] = 0  # whoever could not be told apart goes without for a step
    allotted_ns[number == 0] = 0
    return number, allotted_ns


def _lost(claims: NumberClaims, number: Ints, disputed: Ints) -> NDArray[np.bool_]:
    """Claims of disputed numbers by joint tracks that the number does not go to.

    It goes where its allotter says; then to whom the first station in the order of codes gives
    it, by what that station said last.
    """
    about = np.isin(claims.number, disputed)
    rows = np.flatnonzero(about & (number[claims.group] == claims.number))
    order = rows[
        np.lexsort(
            (
                claims.track[rows],
                -claims.heard_ns[rows],
                claims.rank[rows],
                claims.standing[rows],
                claims.number[rows],
            )
        )
    ]
    first = np.ones(len(order), np.bool_)
    first[1:] = claims.number[order[1:]] != claims.number[order[:-1]]
    winners = order[first]
    at = np.searchsorted(claims.number[winners], claims.number[about])
    lost = np.zeros(len(claims.group), np.bool_)
    lost[about] = claims.group[winners][at] != claims.group[about]
    return lost
