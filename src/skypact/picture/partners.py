"""What each partner station tells of now: its states, kept in order, checked row by row, aged.

In: :class:`~skypact.model.exchange.PartnerTracks` in any order of arrival. Out: rows sorted by the
sender's number, whole ones and blurred ones apart. Of several states of one track the newest
counts, so it does not matter in which order batches of one instant come.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from skypact.model.exchange import NO_JOINT_NUMBER, PartnerTracks
from skypact.model.labels import Label
from skypact.model.time import SECOND_NS
from skypact.picture.limits import PictureLimits
from skypact.picture.numbers import NumberBlocks
from skypact.picture.row_checks import (
    RowReason,
    said_to_report,
    teleporting,
    wrong_number,
    wrong_time,
)
from skypact.picture.rows import PartnerRows, places, without_sensors
from skypact.picture.stations import StationIndex

Mask = NDArray[np.bool_]
NEVER_NS = int(np.iinfo(np.int64).max)


@dataclass(frozen=True, slots=True)
class Part:
    """What a state is marked with: who told it, under what agreement, with which label."""

    station: str
    agreement: str
    label: Label


class Partner:
    """One partner station's part of the picture.

    Parameters
    ----------
    code
        Which station.
    limits
        What is refused.

    Attributes
    ----------
    index
        Its index in the picture, known from its first step on.
    rows, blurred
        Its states, sorted by its numbers.
    parts
        What label indexes of the rows stand for.
    refused
        Rows and numbers refused so far, by reason.
    """

    def __init__(self, code: str, limits: PictureLimits) -> None:
        self.code, self.index = code, -1
        self.rows, self.blurred = PartnerRows.empty(), PartnerRows.empty()
        self.parts: list[Part] = []
        self.refused: Counter[RowReason] = Counter()
        self._limits = limits
        self._waiting: list[PartnerTracks] = []
        self._rows_waiting = 0
        self._lost_ns: dict[str, int] = {}
        self._agreements: list[str] = []
        self._labels_now: set[int] = set()
        self._pictured_ns: dict[tuple[str, bool], int] = {}
        self._post = False

    def put(self, batch: PartnerTracks) -> None:
        """Let a batch wait for the next step."""
        waiting = self._rows_waiting + len(batch.tracks) + len(batch.ended)
        if waiting > self._limits.waiting or len(self._waiting) >= self._limits.batches:
            self.refused["Flooding"] += max(1, len(batch.tracks))
            return
        self._waiting.append(batch)
        self._rows_waiting = waiting

    def lose(self, now_ns: int, agreement: str) -> None:
        """Let its states that came under an agreement ("" for all) coast and go."""
        for name in [agreement] if agreement else list(self._agreements):
            self._lost_ns.setdefault(name, now_ns)

    def step(
        self,
        now_ns: int,
        stations: StationIndex,
        blocks: NumberBlocks,
        posts: Collection[str] = (),
    ) -> None:
        """Use what has come, end what was ended, drop what is too old; ``posts`` may name."""
        self._post = self.code in posts
        batches = sorted(self._waiting, key=lambda b: (b.received_ns, b.agreement))
        self._waiting, self._labels_now = [], set()
        self._rows_waiting = 0
        for batch in batches:
            if batch.received_ns > self._lost_ns.get(batch.agreement, -1):  # it is back
                self._lost_ns.pop(batch.agreement, None)
            if batch.agreement not in self._agreements:
                self._agreements.append(batch.agreement)
            if batch.keyframe and len(batch.tracks):
                key = batch.agreement, batch.blurred
                newest = int(batch.tracks.measured_ns.max())
                self._pictured_ns[key] = max(newest, self._pictured_ns.get(key, newest))
        for blurred in (False, True):
            came = [
                rows
                for batch in batches
                if batch.blurred == blurred and len(batch.tracks)
                if (rows := self._rows_of(batch, stations)) is not None
            ]
            held = self.blurred if blurred else self.rows
            if came:
                held = self._merged(held, PartnerRows.join(came), blocks, blurred)
            for batch in batches:
                if batch.blurred == blurred:
                    held = self._without_ended(held, batch)
            held = self._without_old(held, now_ns, blurred)
            if blurred:
                self.blurred = held
            else:
                self.rows = held

    def fresh(self, rows: PartnerRows, now_ns: int) -> Mask:
        """Which of its rows are up to date; shape (rows,)."""
        tracks = rows.tracks
        recent = now_ns - tracks.last_plot_ns <= round(self._limits.fresh_s * SECOND_NS)
        mask: Mask = recent & ~tracks.coasting & (self.lost_at(rows) == NEVER_NS)
        return mask

    def voiced(self, rows: PartnerRows, now_ns: int) -> PartnerRows:
        """Its rows, naming nobody where the post has not been heard of late."""
        heard = now_ns - rows.received_ns <= round(self._limits.fresh_s * SECOND_NS)
        heard &= (self.lost_at(rows) == NEVER_NS) & self._post
        return replace(rows, names=np.where(heard, rows.names, -1))

    @property
    def live(self) -> bool:
        """Whether any link to it is up, as far as the picture was told."""
        return any(name not in self._lost_ns for name in self._agreements)

    def _rows_of(self, batch: PartnerTracks, stations: StationIndex) -> PartnerRows | None:
        """A batch as rows, with labels as indexes; None where its label is one too many."""
        count, claims = len(batch.tracks), batch.claims
        label = self._label(Part(self.code, batch.agreement, batch.label))
        if label < 0:
            self.refused["TooManyLabels"] += count
            return None
        contributors = stations.bits(claims.contributors, claims.stations)
        sender = np.uint64(1 << self.index)
        reporting, names, foreign = said_to_report(claims, self.index, stations, post=self._post)
        self._count({"ForeignReporter": foreign})
        return PartnerRows(
            tracks=without_sensors(batch.tracks),
            joint=claims.joint.astype(np.int64),
            allotted_ns=claims.allotted_ns.astype(np.int64),
            reporting=reporting,
            names=names,
            contributors=np.where(contributors == 0, sender, contributors),
            label=np.full(count, label, np.int32),
            agreement=np.full(count, self._agreements.index(batch.agreement), np.int32),
            received_ns=np.full(count, batch.received_ns, np.int64),
            renumbered=np.zeros(count, np.int32),
            joint_id=np.full(count, -1, np.int64),
        )

    def _label(self, part: Part) -> int:
        """Index of a label, new ones in the first place that no row needs; -1 if there is none."""
        if part in self.parts:
            self._labels_now.add(self.parts.index(part))
            return self.parts.index(part)
        if len(self.parts) >= self._limits.labels:
            held = set(self.rows.label.tolist()) | set(self.blurred.label.tolist())
            needed = held | self._labels_now
            idle = [n for n in range(len(self.parts)) if n not in needed]
            if not idle:
                return -1
            self.parts[idle[0]] = part
            self._labels_now.add(idle[0])
            return idle[0]
        self.parts.append(part)
        self._labels_now.add(len(self.parts) - 1)
        return len(self.parts) - 1

    def _merged(
        self, held: PartnerRows, came: PartnerRows, blocks: NumberBlocks, blurred: bool
    ) -> PartnerRows:
        """Rows held with those that came, the newest of each track, in order of numbers."""
        times = wrong_time(came, self._limits)
        if blurred:
            del times["StaleState"]  # coarse states are late on purpose
        came = came.take(~self._count(times))
        came = came.take(_newest(came))
        at = places(held.tracks.track, came.tracks.track)
        old = np.flatnonzero(at >= 0)
        before = held.take(at[old])
        late = np.zeros(len(came), np.bool_)
        late[old] = ~_newer(came.take(old), before)
        far = np.zeros(len(came), np.bool_)
        if not blurred:
            far[old] = teleporting(came.tracks.take(old), before.tracks, self._limits)
            far &= ~late
        beyond = np.zeros(len(came), np.bool_)
        new = np.flatnonzero(at < 0)
        room = max(0, self._limits.tracks - len(held))
        beyond[new[room:]] = True
        bad = self._count({"Teleporting": far, "TooManyTracks": beyond}) | late
        came, at = came.take(~bad), at[~bad]
        came = self._numbered(came, held, at, blocks)
        rest = np.ones(len(held), np.bool_)
        rest[at[at >= 0]] = False
        both = PartnerRows.join([held.take(rest), came])
        return both.take(np.argsort(both.tracks.track, kind="stable"))

    def _numbered(
        self, came: PartnerRows, held: PartnerRows, at: NDArray[np.int64], blocks: NumberBlocks
    ) -> PartnerRows:
        """Rows with what is kept of the rows before them, and without numbers not believed."""
        old = np.flatnonzero(at >= 0)
        before = held.take(at[old])
        renumbered, joint_id = came.renumbered.copy(), came.joint_id.copy()
        changed = (came.joint[old] != before.joint) & (came.joint[old] != NO_JOINT_NUMBER)
        renumbered[old] = before.renumbered + (changed & (before.joint != NO_JOINT_NUMBER))
        joint_id[old] = before.joint_id
        joint, allotted_ns = came.joint.copy(), came.allotted_ns.copy()
        rows = replace(came, renumbered=renumbered, joint_id=joint_id)
        unbelieved = self._count(wrong_number(rows, blocks, self._limits))
        joint[unbelieved], allotted_ns[unbelieved] = NO_JOINT_NUMBER, 0
        return replace(rows, joint=joint, allotted_ns=allotted_ns)

    def _count(self, reasons: dict[RowReason, Mask]) -> Mask:
        """Count what is refused by reason; the mask of all."""
        every = np.zeros(len(next(iter(reasons.values()))), np.bool_)
        for reason, mask in reasons.items():
            if number := int((mask & ~every).sum()):
                self.refused[reason] += number
            every |= mask
        return every

    def _without_ended(self, rows: PartnerRows, batch: PartnerTracks) -> PartnerRows:
        """Rows without those that a batch says have ended, unless they came after it."""
        if batch.agreement not in self._agreements or not len(rows):
            return rows
        under = rows.agreement == self._agreements.index(batch.agreement)
        under &= rows.received_ns <= batch.received_ns
        gone = np.isin(rows.tracks.track, batch.ended)
        if batch.whole is not None:
            # a state newer than the keyframe overtook it on the way
            pictured = self._pictured_ns.get((batch.agreement, batch.blurred), NEVER_NS)
            newest = pictured if len(batch.whole) else NEVER_NS
            missing = ~np.isin(rows.tracks.track, batch.whole)
            gone |= missing & (rows.tracks.measured_ns <= newest)
        return rows.take(~(gone & under)) if (gone & under).any() else rows

    def lost_at(self, rows: PartnerRows) -> NDArray[np.int64]:
        """When the link each row came over was lost; ``NEVER_NS`` where it is not."""
        lost = np.array([self._lost_ns.get(n, NEVER_NS) for n in self._agreements], np.int64)
        return lost[rows.agreement] if len(rows) else np.empty(0, np.int64)

    def _without_old(self, rows: PartnerRows, now_ns: int, blurred: bool) -> PartnerRows:
        """Rows without those too old, and those of a link lost too long ago."""
        if not len(rows):
            return rows
        since = rows.received_ns if blurred else rows.tracks.last_plot_ns
        old = now_ns - since > round(self._limits.drop_s * SECOND_NS)
        lost = self.lost_at(rows)
        # compared on the left of the difference: the far future has no difference to now
        old |= lost < now_ns - round(self._limits.lost_drop_s * SECOND_NS)
        return rows.take(~old) if old.any() else rows


def remember_marks(partners: Sequence[Partner], marks: NDArray[np.int64]) -> None:
    """Remember at each partner's confirmed rows, end to end, which joint tracks they are of."""
    begin = 0
    for partner in partners:
        confirmed = partner.rows.tracks.confirmed
        joint_id = np.full(len(confirmed), -1, np.int64)
        end = begin + int(confirmed.sum())
        joint_id[confirmed] = marks[begin:end]
        partner.rows = replace(partner.rows, joint_id=joint_id)
        begin = end


def mark_blurred(partner: Partner, new_marks: Callable[[int], NDArray[np.int64]]) -> None:
    """Give a passing mark to a partner's blurred rows that have none yet."""
    new = np.flatnonzero(partner.blurred.joint_id < 0)
    if len(new):
        partner.blurred.joint_id[new] = new_marks(len(new))


def _newest(rows: PartnerRows) -> NDArray[np.int64]:
    """Indexes of the newest state of each track, in order of track numbers."""
    tracks = rows.tracks
    order = np.lexsort((rows.received_ns, tracks.last_plot_ns, tracks.measured_ns, tracks.track))
    last = np.ones(len(order), np.bool_)
    last[:-1] = tracks.track[order[1:]] != tracks.track[order[:-1]]
    return order[last]


def _newer(came: PartnerRows, held: PartnerRows) -> Mask:
    """Whether each state is newer than the one held of the same track."""
    new, old = came.tracks, held.tracks
    same = (new.measured_ns == old.measured_ns) & (new.last_plot_ns == old.last_plot_ns)
    later = (new.measured_ns == old.measured_ns) & (new.last_plot_ns > old.last_plot_ns)
    again = same & (came.received_ns > held.received_ns)
    mask: Mask = (new.measured_ns > old.measured_ns) | later | again
    return mask
