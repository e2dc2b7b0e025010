"""One step of the joint picture as arrays, and the rows shown of it.

In: the states of all stations in groups, with number and reporter of each group. Out:
:class:`~skypact.model.joint.JointTracks`, own tracks first, and what each row was made of.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skypact.model.joint import JointTracks
from skypact.model.tracks import Tracks
from skypact.picture.assembly import numbers_shown, states_of
from skypact.picture.blurring import explained
from skypact.picture.fusion import Fused
from skypact.picture.members import Members, borne_out, informing, joined, seats
from skypact.picture.partners import Part, Partner
from skypact.picture.reporting import Told
from skypact.picture.rows import PartnerRows

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class JointParts:
    """Whose states the joint tracks of a step were made of.

    Parameters
    ----------
    joint_id
        Passing mark of each joint track: keeps while its number may change, int64 (tracks,).
    row
        Row of the joint track that each part is of, int64 (parts,), in order.
    part
        Index in ``marks`` of what the part came with, -1 for an own track, int64 (parts,).
    marks
        Station, agreement and label of what came.
    """

    joint_id: Ints
    row: Ints
    part: Ints
    marks: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class PartnerPicture:
    """One partner's part of the picture, for the status: see ``model.status.PartnerStatus``."""

    tracks: int
    paired: int
    unconfirmed: int
    refused: dict[str, int]
    bias_east_m: float | None
    bias_north_m: float | None


@dataclass(frozen=True, slots=True)
class Step:
    """What was found at one step; arrays of shape (groups,) unless said.

    Parameters
    ----------
    members
        All states.
    group
        Group of each, int64 (rows,).
    joint_id
        Mark of each group.
    seat
        Rows of each group's states by station, -1 where none, int64 (groups, stations).
    counts
        Which states inform us, bool (rows,): loop protection.
    number, allotted_ns, reporter
        Of each group, int64; number 0 where it has none.
    named
        Index of the station that we, being a post, name as the reporter; -1 nobody.
    """

    members: Members
    group: Ints
    joint_id: Ints
    seat: Ints
    counts: Bools
    number: Ints
    allotted_ns: Ints
    reporter: Ints
    named: Ints

    def __len__(self) -> int:
        return len(self.joint_id)

    @classmethod
    def of(cls, members: Members, group: Ints, joint_id: Ints, stations: int) -> Step:
        """Before numbers and reporters are found."""
        count = len(joint_id)
        none = np.zeros(count, np.int64)
        return cls(
            members=members,
            group=group,
            joint_id=joint_id,
            seat=seats(members, group, count, stations),
            counts=informing(members, group, count),
            number=none,
            allotted_ns=none,
            reporter=none,
            named=none,
        )

    def told(self) -> Told:
        """The states as reporting looks at them."""
        members = self.members
        bit = np.uint64(1) << members.station.astype(np.uint64)
        return Told(
            group=self.group,
            station=members.station,
            rank=members.rank,
            able=members.fresh & members.tracks.confirmed,
            claims=members.reporting,
            names=members.names,
            counts=self.counts,
            tier=np.where(members.contributors & bit != 0, 0, 1).astype(np.int64),
            sigma_m=members.sigma_m,
        )

    def order(self) -> Ints:
        """Groups in the order shown: own tracks in theirs, then the others by their marks."""
        own = np.where(self.seat[:, 0] >= 0, self.seat[:, 0], len(self.members))
        return np.lexsort((self.joint_id, own))

    def unconfirmed(self) -> Bools:
        """Whether one partner alone tells of each group."""
        row = self.seat[:, 0]
        own = row >= 0
        bits = np.where(own, self.members.contributors[row], np.uint64(0)) if len(row) else None
        if bits is None:
            return np.zeros(0, np.bool_)
        ours = own & ((bits & np.uint64(1) != 0) | (np.bitwise_count(bits) > 1))
        mask: Bools = ~ours & ~borne_out(self.members, self.seat)
        return mask


def picture_of(step: Step, fused: Fused, stations: tuple[str, ...], now_ns: int) -> JointTracks:
    """All rows but the blurred ones."""
    members = step.members
    own_at_now = members.tracks.measured_ns[: members.own] == now_ns
    states = states_of(members, step.seat, fused, step.counts, now_ns, own_at_now)
    row = step.seat[:, 0]
    own_track = np.full(len(step), -1, np.int64)
    own_track[row >= 0] = members.tracks.track[row[row >= 0]]
    states.track[:] = numbers_shown(step.number, own_track, step.joint_id)
    return JointTracks(
        tracks=states,
        stations=stations,
        reporter=step.reporter.astype(np.int16),
        contributors=fused.contributors,
        own_track=own_track,
        unconfirmed=step.unconfirmed(),
        blurred=np.zeros(len(step), np.bool_),
    ).take(step.order())


def blurred_shown(
    partners: Sequence[Partner], known: Tracks, now_ns: int
) -> list[tuple[Partner, PartnerRows]]:
    """Blurred rows that nothing known explains, partner after partner."""
    found = []
    for partner in partners:
        rows = partner.blurred
        if len(rows):
            found.append((partner, rows.take(~explained(rows.tracks, known, now_ns))))
    return found


def with_blurred(whole: JointTracks, blurred: Sequence[tuple[Partner, PartnerRows]]) -> JointTracks:
    """The picture with blurred rows at its end, under passing numbers."""
    for partner, rows in blurred:
        count = len(rows)
        states = joined(whole.tracks, rows.tracks)
        none = np.full(count, -1, np.int64)
        states.track[len(whole) :] = numbers_shown(np.zeros_like(none), none, rows.joint_id)
        whole = JointTracks(
            tracks=states,
            stations=whole.stations,
            reporter=np.append(whole.reporter, np.full(count, partner.index, np.int16)),
            contributors=np.append(whole.contributors, rows.contributors),
            own_track=np.append(whole.own_track, none),
            unconfirmed=np.append(whole.unconfirmed, np.ones(count, np.bool_)),
            blurred=np.append(whole.blurred, np.ones(count, np.bool_)),
        )
    return whole


def parts_of(
    step: Step, blurred: Sequence[tuple[Partner, PartnerRows]], partners: Sequence[Partner]
) -> JointParts:
    """What each row shown was made of."""
    marks: list[Part] = []
    begins = np.zeros(64, np.int64)
    for partner in partners:
        begins[partner.index] = len(marks)
        marks += partner.parts
    members, order = step.members, step.order()
    place = np.empty(len(step), np.int64)
    place[order] = np.arange(len(step))
    rows = np.flatnonzero(step.counts)
    part = np.where(members.part[rows] < 0, -1, begins[members.station[rows]] + members.part[rows])
    row = place[step.group[rows]]
    joint_id, count = [step.joint_id[order]], len(step)
    all_rows, all_parts = [row], [part]
    for partner, shown in blurred:
        all_rows.append(count + np.arange(len(shown)))
        all_parts.append(begins[partner.index] + shown.label.astype(np.int64))
        joint_id.append(shown.joint_id)
        count += len(shown)
    row, part = np.concatenate(all_rows), np.concatenate(all_parts)
    sorted_rows = np.lexsort((part, row))
    return JointParts(np.concatenate(joint_id), row[sorted_rows], part[sorted_rows], tuple(marks))


def picture_with(step: Step, partner: Partner, shift: tuple[float, float] | None) -> PartnerPicture:
    """One partner's part of a step."""
    rows = np.flatnonzero(step.members.station == partner.index)
    group = step.group[rows]
    paired = (step.seat[group] >= 0).sum(axis=1) > 1
    return PartnerPicture(
        tracks=len(rows) + len(partner.blurred),
        paired=int(paired.sum()),
        unconfirmed=int(step.unconfirmed()[group].sum()),
        refused={str(reason): count for reason, count in partner.refused.items()},
        bias_east_m=shift[0] if shift else None,
        bias_north_m=shift[1] if shift else None,
    )
