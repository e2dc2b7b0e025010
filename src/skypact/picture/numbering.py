"""The joint number of every joint track at one step, and what our own tracks are called by it.

In: the states of all stations in groups, with the numbers they claim. Out: one number a group, new
ones of our own for tracks that we report and nobody has numbered.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from skypact.model.time import SECOND_NS
from skypact.picture.claims import NEVER, NumberRules, OwnTracks, disputes, not_meant, unsteady
from skypact.picture.members import Members
from skypact.picture.numbers import NumberBlocks, NumberClaims, resolve
from skypact.picture.rows import remembered_rows

Ints = NDArray[np.int64]
LAST_RANK = 1 << 30


@dataclass(frozen=True, slots=True)
class Numbered:
    """Joint tracks by their passing marks, with their numbers; arrays of shape (groups,).

    ``joint_id`` is sorted.
    """

    joint_id: Ints
    number: Ints
    allotted_ns: Ints

    @classmethod
    def none(cls) -> Numbered:
        """Before the first step."""
        empty = np.empty(0, np.int64)
        return cls(empty, empty, empty)

    @classmethod
    def of(cls, joint_id: Ints, number: Ints, allotted_ns: Ints) -> Numbered:
        """What is remembered of a step's groups."""
        order = np.argsort(joint_id, kind="stable")
        return cls(joint_id[order], number[order], allotted_ns[order])

    def remembered(self, joint_id: Ints, merged: Ints) -> tuple[Ints, Ints]:
        """Number and time of allotment of groups of the next step, 0 if none.

        A group that another one went into remembers the other's number where it has none.
        """
        number, allotted_ns = np.zeros((2, len(joint_id)), np.int64)
        row, there = remembered_rows(self.joint_id, joint_id, merged)
        numbered = self.number[there] > 0
        number[row[numbered]] = self.number[there][numbered]
        allotted_ns[row[numbered]] = self.allotted_ns[there][numbered]
        return number, allotted_ns


def claims_of(
    members: Members,
    group: Ints,
    own: OwnTracks,
    remembered: tuple[Ints, Ints],
    blocks: NumberBlocks,
    now_ns: int,
    rules: NumberRules,
) -> NumberClaims:
    """Every claim to a number at this step."""
    rows = np.flatnonzero(members.joint > 0)
    number = members.joint[rows]
    memory = np.flatnonzero(remembered[0] > 0)
    count = len(memory)
    nothing = np.zeros(count, np.int64)
    allotter = blocks.owner(number) == members.station[rows]
    claims = NumberClaims(
        group=np.concatenate([group[rows], memory]),
        number=np.concatenate([number, remembered[0][memory]]),
        allotted_ns=np.concatenate([members.allotted_ns[rows], remembered[1][memory]]),
        standing=np.concatenate([np.where(allotter, 0, 1), np.full(count, 2)]).astype(np.int64),
        rank=np.concatenate([members.rank[rows], np.full(count, LAST_RANK)]).astype(np.int64),
        heard_ns=np.concatenate([members.heard_ns[rows], nothing]),
        track=np.concatenate([members.tracks.track[rows], nothing]),
    )
    groups = len(remembered[0])
    banned, kept = np.zeros(groups, np.int64), np.zeros(groups, np.int64)
    mine = group[: members.own]
    restless = unsteady(own, rules, now_ns)
    banned[mine] = np.where(restless, 0, not_meant(own, rules, now_ns))
    kept[mine] = np.where(restless, own.joint, 0)
    number = claims.number
    meant = number != banned[claims.group]
    meant &= (kept[claims.group] == 0) | (number == kept[claims.group])
    return claims.take(meant)


def number_groups(
    members: Members,
    group: Ints,
    seat: Ints,
    own: OwnTracks,
    claims: NumberClaims,
    blocks: NumberBlocks,
    now_ns: int,
    rules: NumberRules,
) -> tuple[Ints, Ints, OwnTracks]:
    """Give every joint track its number.

    Returns
    -------
    number, allotted_ns
        Shape (groups,); 0 where a joint track has no number.
    own
        The own tracks with theirs.
    """
    number, allotted_ns = resolve(claims, len(seat))
    mine = group[: members.own]
    own = own.numbered(number[mine], allotted_ns[mine], now_ns, rules.steady_s)
    own = _disputed(own, mine, members, seat, blocks, now_ns)
    wanting = members.tracks.confirmed[: members.own] & (own.joint == 0)
    waiting_ns = np.where(wanting, np.where(own.waiting_ns < 0, now_ns, own.waiting_ns), NEVER)
    due = np.flatnonzero(
        wanting & own.reporting & (now_ns - waiting_ns >= round(rules.wait_s * SECOND_NS))
    )
    due = due[np.argsort(own.track[due], kind="stable")]
    if len(due):
        in_use = np.concatenate([number, members.joint])
        new = blocks.give(len(due), in_use[in_use > 0])
        due = due[: len(new)]
        number[mine[due]], allotted_ns[mine[due]] = new, now_ns
    own = replace(own, joint=number[mine], allotted_ns=allotted_ns[mine], waiting_ns=waiting_ns)
    return number, allotted_ns, own


def _disputed(
    own: OwnTracks,
    mine: Ints,
    members: Members,
    seat: Ints,
    blocks: NumberBlocks,
    now_ns: int,
) -> OwnTracks:
    """Note which of our tracks' numbers their givers use for something else."""
    asked = np.where(own.disputed > 0, own.disputed, own.joint)
    owner = blocks.owner(asked)
    row = np.where(owner > 0, seat[mine, np.maximum(owner, 0)], -1)
    heard = (row >= 0) & members.fresh[np.maximum(row, 0)] if len(members) else row >= 0
    told = np.where(heard, members.joint[np.maximum(row, 0)], 0) if len(members) else row
    return disputes(own, asked, told, owner, now_ns)
