"""Which states of all stations are of one aircraft: station after station against one table.

In: the own tracks, then each partner's states in the order of station codes. Out: the group each
state belongs to, at most one state of a station in each, and a mark of each group that keeps from
step to step. Own tracks begin groups of their own: no partner can join two of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skypact.model.time import SECOND_NS
from skypact.model.tracks import TRACK_COLUMNS, Tracks
from skypact.picture.bias import NationBias
from skypact.picture.correspondence import Correspondence, Ties, correspond
from skypact.picture.rows import places
from skypact.picture.settings import PictureSettings
from skypact.picture.states import Shift

Ints = NDArray[np.int64]
METRES_A_RADIAN = 6_371_000.0
"""Mean radius of the earth: offsets of a few hundred metres need no better."""


@dataclass(frozen=True, slots=True)
class StationStates:
    """What one station tells of, as the grouping takes it; arrays of shape (rows,).

    Parameters
    ----------
    code
        Which station.
    tracks
        Its states, numbers unique.
    joint_id
        Marks of the groups they were in, -1 none.
    contributors
        Bits of the stations they rest on, uint64.
    """

    code: str
    tracks: Tracks
    joint_id: Ints
    contributors: NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Groups:
    """What belongs together.

    Parameters
    ----------
    group
        Of each state, all stations' end to end in the order given, int64 (rows,).
    joint_id
        Mark of each group, int64 (groups,).
    merged
        Marks that are no more, and the marks they went into, int64 (merged, 2).
    """

    group: Ints
    joint_id: Ints
    merged: Ints

    def __len__(self) -> int:
        return len(self.joint_id)


class Grouping:
    """Groups of states, with what is remembered of them from step to step.

    Parameters
    ----------
    settings
        Of association and of the bias between nations.

    Attributes
    ----------
    bias
        Offsets of the partners' pictures from ours.
    """

    def __init__(self, settings: PictureSettings) -> None:
        self.settings = settings
        self.bias = NationBias(settings)
        self._ties: dict[str, Ties] = {}
        self._next_id = 1

    def forget(self, station: str) -> None:
        """Drop what was learned of a station."""
        self._ties.pop(station, None)
        self.bias.forget(station)

    def step(self, own: StationStates, partners: list[StationStates], now_ns: int) -> Groups:
        """Group the states of all stations at one instant."""
        table = _Table(len(own.tracks) + sum(len(p.tracks) for p in partners))
        table.append(own.tracks, self._marks(own.joint_id, np.empty(0, np.int64)))
        groups = [np.arange(table.count)]
        merged = [np.empty((0, 2), np.int64)]
        for partner in partners:
            shift = self.bias.shift(partner.code)
            found = self._looked(partner, table, merged, shift, now_ns)
            self._learn(own, partner, found, now_ns)
            group = np.full(len(partner.tracks), -1, np.int64)
            group[found.pairs[:, 0]] = found.pairs[:, 1]
            states = shifted(partner.tracks, shift)
            # the others are held against our own state where we have one: nobody can step between
            foreign = found.pairs[found.pairs[:, 1] >= len(own.tracks)]
            table.improve(foreign[:, 1], states.take(foreign[:, 0]))
            merged.append(_merged(partner.joint_id, group, table))
            alone = np.flatnonzero(group < 0)
            taken = np.concatenate([table.marks(), np.concatenate(merged)[:, 0]])
            marks = self._marks(partner.joint_id[alone], taken)
            group[alone] = table.count + np.arange(len(alone))
            table.append(states.take(alone), marks)
            self._ties[partner.code] = found.ties
            groups.append(group)
        return Groups(np.concatenate(groups), table.marks().copy(), np.concatenate(merged))

    def _looked(
        self,
        partner: StationStates,
        table: _Table,
        merged: list[Ints],
        shift: Shift,
        now_ns: int,
    ) -> Correspondence:
        """Pairs of a partner's states with the table so far."""
        ties = _renamed(self._ties.get(partner.code, Ties.none()), np.concatenate(merged))
        return correspond(partner.tracks, table.tracks(), ties, now_ns, self.settings, shift=shift)

    def _learn(
        self, own: StationStates, partner: StationStates, found: Correspondence, now_ns: int
    ) -> None:
        """Learn the partner's bias from pairs with own tracks that share no sensor with them."""
        pairs = found.pairs[~found.strained][:, ::-1]
        pairs = pairs[pairs[:, 0] < len(own.tracks)]
        apart = own.contributors[pairs[:, 0]] & partner.contributors[pairs[:, 1]]
        pairs = np.ascontiguousarray(pairs[apart == 0])
        if len(own.tracks):
            self.bias.update(partner.code, own.tracks, partner.tracks, pairs, now_ns)

    def new_marks(self, count: int) -> Ints:
        """Marks that no group has had."""
        self._next_id += count
        return self._next_id - count + np.arange(count, dtype=np.int64)

    def _marks(self, before: Ints, taken: Ints) -> Ints:
        """Marks of new groups: those they had, where nobody has taken them, else new ones."""
        marks = np.where((before >= 0) & ~np.isin(before, taken), before, -1)
        new = np.flatnonzero(marks < 0)
        marks[new] = self.new_marks(len(new))
        return marks


class _Table:
    """The joint table while it is built: the best state of each group so far."""

    def __init__(self, room: int) -> None:
        self.count = 0
        self._columns: dict[str, NDArray[Any]] = {}
        for name, column in vars_of(Tracks.empty()).items():
            self._columns[name] = np.zeros((room, *column.shape[1:]), column.dtype)

    def tracks(self) -> Tracks:
        """The states so far; ``track`` holds the marks of the groups."""
        return Tracks(**{name: column[: self.count] for name, column in self._columns.items()})

    def marks(self) -> Ints:
        """Marks of the groups so far."""
        return self._columns["track"][: self.count]

    def append(self, tracks: Tracks, marks: Ints) -> None:
        """Begin a group with each of these states."""
        end = self.count + len(tracks)
        for name, column in self._columns.items():
            if name not in ("sensors", "track"):
                column[self.count : end] = getattr(tracks, name)
        self._columns["track"][self.count : end] = marks
        self.count = end

    def improve(self, rows: Ints, tracks: Tracks) -> None:
        """Use states instead of the groups' where they are surer."""
        better = tracks.horizontal_sigma_m < self._columns["horizontal_sigma_m"][rows]
        rows = rows[better]
        for name, column in self._columns.items():
            if name not in ("sensors", "track"):
                column[rows] = getattr(tracks, name)[better]


def vars_of(tracks: Tracks) -> dict[str, NDArray[Any]]:
    """Columns of a batch by name."""
    return {name: getattr(tracks, name) for name in TRACK_COLUMNS}


def shifted(tracks: Tracks, shift: Shift) -> Tracks:
    """States with metres east and north added to their positions, and seconds to their age."""
    if (shift.east_m, shift.north_m, shift.time_s) == (0.0, 0.0, 0.0):
        return tracks
    columns = vars_of(tracks)
    columns["measured_ns"] = tracks.measured_ns - round(shift.time_s * SECOND_NS)
    latitude = tracks.latitude_rad
    columns["latitude_rad"] = np.clip(
        latitude + shift[1] / METRES_A_RADIAN, -0.5 * np.pi, 0.5 * np.pi
    )
    # at the poles east is no direction: a metre there must not turn the world
    circle_m = METRES_A_RADIAN * np.maximum(np.cos(latitude), 1e-3)
    east = tracks.longitude_rad + shift[0] / circle_m
    columns["longitude_rad"] = (east + np.pi) % (2.0 * np.pi) - np.pi
    return Tracks(**columns)


def _merged(before: Ints, group: Ints, table: _Table) -> Ints:
    """Marks of groups that states left to join another one: (merged, 2), old and new."""
    joined = np.flatnonzero((group >= 0) & (before >= 0))
    if not len(joined):
        return np.empty((0, 2), np.int64)
    old, new = before[joined], table.marks()[group[joined]]
    gone = (old != new) & ~np.isin(old, table.marks())
    return np.stack([old[gone], new[gone]], axis=1)


def _renamed(ties: Ties, merged: Ints) -> Ties:
    """Ties with the marks that groups have now; of two that became one the pair stays."""
    if not len(merged) or not len(ties.right):
        return ties
    order = np.argsort(merged[:, 0], kind="stable")
    at = places(merged[order, 0], ties.right)
    right = np.where(at >= 0, merged[order, 1][at], ties.right)
    if np.array_equal(right, ties.right):
        return ties
    renamed = ties.renamed(right)
    rank = np.lexsort((-renamed.score, ~renamed.paired, right, ties.left))
    first = np.ones(len(rank), np.bool_)
    first[1:] = (ties.left[rank[1:]] != ties.left[rank[:-1]]) | (
        right[rank[1:]] != right[rank[:-1]]
    )
    return renamed.take(np.sort(rank[first]))
