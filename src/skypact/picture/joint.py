"""The joint picture of one station: own and partners' tracks, one number and one reporter each.

In: partners' track states as they come, own tracks once a step, and the time. Out:
:class:`~skypact.model.joint.JointTracks`, and claims for the partners. Why and with what figures:
docs/explanation/joint-picture.md. A step's result depends on what came, not on the order in which
the batches of one instant came.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from skypact.model.exchange import NO_REPORTER, NumberBlock, PartnerTracks, TrackClaims
from skypact.model.joint import JointTracks
from skypact.model.tracks import Tracks
from skypact.picture.apart import ToldRows, told_apart
from skypact.picture.arbitration import Judged, Remembered, judge, reporters_of
from skypact.picture.claims import NumberRules, OwnTracks
from skypact.picture.fusion import fuse
from skypact.picture.grouping import Grouping, StationStates
from skypact.picture.limits import PictureLimits
from skypact.picture.members import members_of
from skypact.picture.numbering import Numbered, claims_of, number_groups
from skypact.picture.numbers import NumberBlocks
from skypact.picture.outlook import (
    JointParts,
    PartnerPicture,
    Step,
    blurred_shown,
    parts_of,
    picture_of,
    picture_with,
    with_blurred,
)
from skypact.picture.partners import Partner, mark_blurred, remember_marks
from skypact.picture.reporting import OwnReporting, ReportingRules, Told, decide
from skypact.picture.rows import PartnerRows, places
from skypact.picture.settings import PictureSettings
from skypact.picture.stations import MOST_STATIONS, StationIndex

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class PictureRules:
    """All that a joint picture goes by."""

    association: PictureSettings = field(default_factory=PictureSettings)
    limits: PictureLimits = field(default_factory=PictureLimits)
    reporting: ReportingRules = field(default_factory=ReportingRules)
    numbers: NumberRules = field(default_factory=NumberRules)


class JointPicture:
    """The joint picture of one station.

    Parameters
    ----------
    station
        Code of the own station.
    blocks
        Joint numbers that the agreements allot to each station.
    rules
        None: defaults.
    next_number
        ``next_number`` as it was kept before a restart, 0 for a station that is new.
    posts
        Codes of the stations that are joint posts by the agreements: what they name as the
        reporter of a track is done.
    """

    def __init__(
        self,
        station: str,
        blocks: Sequence[NumberBlock],
        rules: PictureRules | None = None,
        next_number: int = 0,
        posts: Collection[str] = (),
    ) -> None:
        self.rules = rules or PictureRules()
        self.stations = StationIndex(station, [b.station for b in blocks])
        self.blocks = NumberBlocks(self.stations, blocks, next_number)
        self._partners: dict[str, Partner] = {}
        self._grouping = Grouping(self.rules.association)
        self._own = OwnTracks.new(Tracks.empty())
        self._known = Numbered.none()
        self._reporters = Remembered.none()
        self._posts = frozenset(posts)
        self._last: Step | None = None
        self._rests_on = np.empty(0, np.uint64)
        self._blurred: list[tuple[Partner, PartnerRows]] = []
        self.refused_rows = 0
        self.told: list[ToldRows] = []
        """What partners told as of the last step, each state as it was told."""

    @property
    def next_number(self) -> int:
        """The next joint number of our own: to be on disk before it is shown."""
        return self.blocks.next_number

    def renew(self, blocks: Sequence[NumberBlock], posts: Collection[str] = ()) -> None:
        """Go by other blocks and posts from now on: an agreement began, ended or changed.

        Numbers given before are kept; what a partner claims outside the new blocks is not
        believed any more.
        """
        for code in sorted({block.station for block in blocks}):
            self.stations.index(code)
        self.blocks = self.blocks.renewed(self.stations, blocks)
        self._posts = frozenset(posts)

    def bit(self, station: str) -> int:
        """Bit of a station in contributors, given to it now if it has none; 63 for all beyond."""
        index = self.stations.index(station)
        return index if index >= 0 else 63

    def take(self, batch: PartnerTracks) -> None:
        """Let a batch of a partner's states wait for the next step, which checks its rows."""
        partner = self._partners.get(batch.station)
        if partner is None:
            if batch.station == self.stations.codes[0] or len(self._partners) >= MOST_STATIONS:
                self.refused_rows += len(batch.tracks)
                return
            partner = Partner(batch.station, self.rules.limits)
            self._partners[batch.station] = partner
        partner.put(batch)

    def lost(self, station: str, now_ns: int, agreement: str = "") -> None:
        """Let a station's states coast and go: its link is lost, closed, or has lapsed.

        Parameters
        ----------
        station
            Which.
        now_ns
            Since when.
        agreement
            Only what came under it; "" for all.
        """
        if station in self._partners:
            self._partners[station].lose(now_ns, agreement)

    def step(
        self, own: Tracks, now_ns: int, contributors: NDArray[np.uint64] | None = None
    ) -> JointTracks:
        """The picture at an instant.

        Parameters
        ----------
        own
            Own tracks, confirmed and tentative; they are not altered.
        now_ns
            The instant, int64 UTC nanoseconds; not before the last one.
        contributors
            Bits (``bit``) of the stations whose plots each own track rests on, uint64; None
            where our own sensors alone feed them.

        Returns
        -------
        JointTracks
            Own tracks first, in their order; then what partners alone tell of; then blurred ones.
        """
        told_rows = []
        for code in sorted(self._partners):
            partner = self._partners[code]
            partner.index = self.stations.index(code)
            partner.step(now_ns, self.stations, self.blocks, self._posts)
            rows = partner.rows.take(partner.rows.tracks.confirmed)
            rows = partner.voiced(rows, now_ns)
            told_rows.append((partner, rows, partner.fresh(rows, now_ns)))
        own_tracks = self._own.followed(own, contributors)
        members = members_of(own, own_tracks, told_rows, self.stations, now_ns, self.rules.limits)
        group, joint_id, merged = self._grouped(own, own_tracks, told_rows, now_ns)
        step = Step.of(members, group, joint_id, len(self.stations.codes))
        memory = self._known.remembered(joint_id, merged)
        told, before = step.told(), self._reporters.at(joint_id, merged)
        rules, post = self.rules.reporting, self._own_place()
        judged = judge(told, step.seat, before, now_ns, rules, post=post)
        decided = self._reported(told, judged, own_tracks, now_ns)
        reporters = reporters_of(told, step.seat, judged, decided.claims, before, rules)
        self._reporters = Remembered.of(joint_id, reporters)
        own_tracks = own_tracks.reported(decided)
        number, allotted_ns, own_tracks = number_groups(
            members,
            group,
            step.seat,
            own_tracks,
            claims_of(members, group, own_tracks, memory, self.blocks, now_ns, self.rules.numbers),
            self.blocks,
            now_ns,
            self.rules.numbers,
        )
        self.blocks.retire(memory[0], number)
        self._own = replace(own_tracks, joint_id=joint_id[group[: len(own)]])
        self._known = Numbered.of(joint_id, number, allotted_ns)
        remember_marks([p for p, _, _ in told_rows], joint_id[group[len(own) :]])
        self._last = replace(
            step,
            number=number,
            allotted_ns=allotted_ns,
            reporter=reporters.station,
            named=reporters.named,
        )
        self.told = told_apart([partner for partner, _, _ in told_rows])
        return self._shown(self._last, now_ns)

    def _grouped(
        self,
        own: Tracks,
        own_tracks: OwnTracks,
        told_rows: list[tuple[Partner, PartnerRows, Bools]],
        now_ns: int,
    ) -> tuple[Ints, Ints, Ints]:
        """Group of every state, mark of every group, and marks that went into others.

        Own tentative tracks are groups by themselves, without a mark that lasts.
        """
        sure = np.flatnonzero(own.confirmed)
        groups = self._grouping.step(
            StationStates(
                "", own.take(sure), own_tracks.joint_id[sure], own_tracks.contributors[sure]
            ),
            [
                StationStates(p.code, rows.tracks, rows.joint_id, rows.contributors)
                for p, rows, _ in told_rows
            ],
            now_ns,
        )
        tentative = np.flatnonzero(~own.confirmed)
        mine = np.empty(len(own), np.int64)
        mine[sure] = groups.group[: len(sure)]
        mine[tentative] = len(groups) + np.arange(len(tentative))
        marks = self._grouping.new_marks(len(tentative))
        return (
            np.concatenate([mine, groups.group[len(sure) :]]),
            np.concatenate([groups.joint_id, marks]),
            groups.merged,
        )

    def _own_place(self) -> int:
        """Our place in the order of codes if we are a joint post, -1 if we are none."""
        return int(self.stations.rank()[0]) if self.stations.codes[0] in self._posts else -1

    def _reported(self, told: Told, judged: Judged, own: OwnTracks, now_ns: int) -> OwnReporting:
        """Which of our own tracks we report."""
        alone = not any(p.live for p in self._partners.values())
        before = OwnReporting(own.reporting, own.better_ns, own.vacant_ns)
        rules = self.rules.reporting
        return decide(told, judged.row, judged.named, before, now_ns, rules, alone=alone)

    def _shown(self, step: Step, now_ns: int) -> JointTracks:
        """The picture's rows."""
        members = step.members
        shift = self._grouping.bias.shifts(self.stations.codes)
        fused = fuse(
            members.tracks,
            np.where(step.counts, step.group, -1),
            len(step),
            members.contributors,
            now_ns,
            self.rules.association,
            shift=shift[members.station],
        )
        self._rests_on = fused.contributors
        whole = picture_of(step, fused, tuple(self.stations.codes), now_ns)
        partners = [self._partners[code] for code in sorted(self._partners)]
        for partner in partners:
            mark_blurred(partner, self._grouping.new_marks)
        known = whole.tracks.take(whole.tracks.confirmed & ~whole.unconfirmed)
        self._blurred = blurred_shown(partners, known, now_ns)
        return with_blurred(whole, self._blurred)

    def claims(self, own_tracks: Ints) -> TrackClaims:
        """What to tell partners of own tracks.

        Parameters
        ----------
        own_tracks
            The node's own numbers; of those that the last step did not have nothing is claimed.
        """
        own = self._own
        order = np.argsort(own.track, kind="stable")
        at = places(own.track[order], np.asarray(own_tracks, np.int64))
        there = at >= 0
        row = order[at[there]]
        claims = TrackClaims.own_only(len(own_tracks), self.stations.codes[0])
        claims.joint[there] = own.joint[row]
        claims.allotted_ns[there] = own.allotted_ns[row]
        claims.reporter[there] = np.where(own.reporting[row], 0, NO_REPORTER)
        claims.contributors[there] = own.contributors[row]
        return replace(claims, stations=tuple(self.stations.codes))

    def joint_claims(self) -> TrackClaims:
        """What a joint post says of the joint tracks of the last step, row by row as shown."""
        step = self._last
        if step is None:
            return TrackClaims.own_only(0, self.stations.codes[0])
        order, blurred = step.order(), [rows for _, rows in self._blurred]
        more = sum(len(rows) for rows in blurred)
        none = np.zeros(more, np.int64)
        return TrackClaims(
            joint=np.append(step.number[order], none),
            allotted_ns=np.append(step.allotted_ns[order], none),
            reporter=np.append(step.named[order], none + NO_REPORTER).astype(np.int16),
            contributors=np.concatenate(
                [self._rests_on[order], *(rows.contributors for rows in blurred)]
            ),
            stations=tuple(self.stations.codes),
        )

    def parts(self) -> JointParts:
        """What the rows of the last step were made of, for labels of what is passed on."""
        assert self._last is not None, "there was no step yet"
        partners = [self._partners[code] for code in sorted(self._partners)]
        return parts_of(self._last, self._blurred, partners)

    def statuses(self) -> dict[str, PartnerPicture]:
        """Each partner's part of the picture, by station."""
        found = {}
        for code, partner in self._partners.items():
            if self._last is not None and partner.index >= 0:
                offset = self._grouping.bias.offset(code)
                found[code] = picture_with(self._last, partner, (offset.east_m, offset.north_m))
        return found
