"""The joint picture as a node keeps it: the watch's tracks, partners' states and plots in one.

In: the watch's picture once a second, what links brought. Out: the joint picture, what is claimed
of own tracks, and what a joint post passes on to a party: rows whose every part that party may
see, by the parts' labels. Joint numbers are on disk before anybody sees them.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from skypact.exchange.live import TrackOffer
from skypact.model.exchange import NumberBlock, PartnerPlots, PartnerTracks, TrackClaims
from skypact.model.joint import JointTracks
from skypact.model.labels import Label, Ladders, joined_label
from skypact.model.tracks import Tracks
from skypact.node.gateway_systems import Systems
from skypact.node.gateway_tellers import BETWEEN, Tellers, without_tellers
from skypact.node.joint import JointTracker, Mark
from skypact.node.track_numbers import TrackNumbers
from skypact.node.watch import Watch
from skypact.picture.apart import ToldRows
from skypact.picture.joint import JointPicture
from skypact.picture.outlook import JointParts, PartnerPicture

OWN = np.uint64(1)
"""Bit of the node itself."""

MOST_LABELS = 63
"""Different labels among the parts of one picture; rows with further ones are passed on to none."""


class GatewayPicture:
    """A node's joint picture.

    Parameters
    ----------
    station
        The node's own code.
    blocks
        Joint numbers of all stations.
    numbers
        Where the node's own are kept.
    joint
        The tracker of own and partners' plots, None where partners' plots are not used.
    posts
        Stations that are joint posts.
    """

    def __init__(
        self,
        station: str,
        blocks: tuple[NumberBlock, ...],
        numbers: TrackNumbers,
        joint: JointTracker | None,
        posts: tuple[str, ...] = (),
    ) -> None:
        self.station = station
        self.joint = joint
        self._numbers = numbers
        first = numbers.first if numbers.first > 1 else 0
        self._picture = JointPicture(station, blocks, next_number=first, posts=posts)
        self.tellers = Tellers()
        self.told: list[ToldRows] = []
        """What partners told as of the last step, each state by itself."""
        self._systems = Systems()
        self._shown: JointTracks | None = None

    def renew(self, blocks: tuple[NumberBlock, ...], posts: tuple[str, ...]) -> None:
        """Go by other blocks and posts: an agreement changed. Tracks and numbers stay."""
        self._picture.renew(blocks, posts)

    def take_tracks(self, batch: PartnerTracks) -> None:
        """Let a partner's states wait for the next second."""
        source, brought, _ = batch.station.partition(BETWEEN)
        if brought:
            self._picture.bit(source)  # whose sensors they rest on is to be told apart
        self._picture.take(batch)

    def take_plots(self, batch: PartnerPlots) -> None:
        """Let a partner's plots wait for the joint tracker."""
        if self.joint is not None:
            self.joint.take(batch)

    def lost(self, station: str, agreement: str, now_ns: int) -> None:
        """A partner's link is lost or has ended: what came under it coasts and goes."""
        for teller in self.tellers.of(station):
            self._picture.lost(teller, now_ns, agreement)

    def track_plots(self, watch: Watch, until_ns: int) -> None:
        """Let the joint tracker go on with what the watch used in its last step."""
        if self.joint is not None:
            self.joint.step(watch.used, watch.tracker.innovations, until_ns)

    def step(self, own: Tracks, now_ns: int) -> JointTracks:
        """The picture at an instant; ``own_track`` are the watch's numbers.

        Parameters
        ----------
        own
            The watch's picture.
        now_ns
            The instant, int64 UTC nanoseconds.
        """
        if self.joint is None or not self.joint.running:
            picture = self._picture.step(own, now_ns)
        else:
            side = self.joint.own_side(own)
            bits = np.zeros(len(side.tracks), np.uint64)
            for k, code in enumerate(side.stations[:64]):
                seen = (side.contributors >> np.uint64(k)) & np.uint64(1)
                bits |= seen << np.uint64(self._picture.bit(code))
            picture = self._picture.step(side.tracks, now_ns, bits)
            mine = picture.own_track >= 0
            numbers = picture.own_track.copy()
            numbers[mine] = self.joint.numbers.own_behind(numbers[mine])
            picture = replace(picture, own_track=numbers)
        self._numbers.reach(self._picture.next_number)
        self.told = self._picture.told
        self._systems.learn(self.told, picture.tracks.track)
        self._shown = picture
        return picture

    @property
    def stations(self) -> tuple[str, ...]:
        """What bits of contributors stand for in what partners told; the first is the node."""
        return tuple(self._picture.stations.codes)

    def claims(self, agreement: str, own_tracks: NDArray[np.int64]) -> TrackClaims:
        """What partners are told of the watch's tracks: their states rest on own sensors alone.

        What is known under another agreement is not told under this one.
        """
        numbers = own_tracks
        if self.joint is not None:
            numbers = self.joint.numbers.of_own(own_tracks)
        told = self._picture.claims(numbers)
        alone = TrackClaims.own_only(len(numbers), self.station)
        if not self._numbers.durable:
            return alone
        told = replace(told, contributors=alone.contributors, stations=alone.stations)
        mine = self._picture.blocks.owner(told.joint) == 0
        told = self._systems.numbered(told, agreement, mine)
        if self._shown is None:
            return told
        return self._systems.reported(told, agreement, own_tracks, self._shown)

    def passed_on(
        self,
        picture: JointTracks,
        agreement: str,
        party: str,
        own: Label,
        own_may: NDArray[np.bool_],
        classifications: tuple[str, ...],
    ) -> list[TrackOffer]:
        """What a joint post tells a station of the picture of the last step.

        Parameters
        ----------
        picture
            As :meth:`step` gave it.
        agreement
            Under which the link is: only what came under it is passed on.
        party
            That staffs the partner's station.
        own
            How the post's own data is marked.
        own_may
            Which rows the party may see as far as they rest on the post's own sensors, (tracks,).
        classifications
            Of the agreement, from lowest to highest.
        """
        parts = self._picture.parts()
        marks = {} if self.joint is None else self.joint.marks
        shown = Shown.of(parts, agreement, party, own, own_may | (picture.contributors & OWN == 0))
        shown = shown.with_plots(parts, picture, marks, agreement, party)
        claims = without_tellers(self._picture.joint_claims())
        sure = picture.tracks.confirmed & shown.may
        ladders = Ladders.of([classifications])
        offers = []
        for combination in np.unique(shown.labels[sure]).tolist():
            labels = [shown.words[k] for k in range(len(shown.words)) if combination >> k & 1]
            label = joined_label(labels, ladders)
            if not label.originator:
                label = replace(label, originator=self.station)
            for blurred in (False, True):
                rows = sure & (shown.labels == combination) & (picture.blurred == blurred)
                tracks = picture.tracks.take(rows)
                # the passing mark is the post's own number: it stays while joint numbers change
                tracks = replace(tracks, track=parts.joint_id[rows])
                if rows.any():
                    offers.append(TrackOffer(tracks, claims.take(rows), label, blurred))
        return offers

    def statuses(self) -> dict[str, PartnerPicture]:
        """Each partner's part of the picture, by station."""
        return self.tellers.folded(self._picture.statuses())

    def plots_refused(self, station: str) -> Counter[str]:
        """A station's plots that were not used, by reason."""
        return Counter() if self.joint is None else self.joint.refused.get(station, Counter())

    def close(self) -> None:
        """Give back numbers that were reserved and not used."""
        self._numbers.close(self._picture.next_number)


@dataclass(frozen=True, slots=True)
class Shown:
    """Which rows of a picture a party may see, and which labels each rests on.

    Parameters
    ----------
    may
        Whether every part may be seen, bool (tracks,); a row without parts may not.
    labels
        Bits of ``words``, int64 (tracks,).
    words
        The labels.
    """

    may: NDArray[np.bool_]
    labels: NDArray[np.int64]
    words: tuple[Label, ...]

    @classmethod
    def of(
        cls,
        parts: JointParts,
        agreement: str,
        party: str,
        own: Label,
        own_may: NDArray[np.bool_],
    ) -> Shown:
        """See :meth:`GatewayPicture.passed_on`."""
        words: list[Label] = [own]
        place = np.empty(len(parts.marks) + 1, np.int64)
        seen = np.zeros(len(parts.marks) + 1, np.bool_)
        place[-1] = 0  # part -1 is the post's own
        for k, mark in enumerate(parts.marks):
            if mark.label not in words:
                words.append(mark.label)
            place[k] = words.index(mark.label)
            seen[k] = (
                mark.agreement == agreement
                and party in (*mark.label.releasable_to, mark.label.originator)
                and place[k] < MOST_LABELS
            )
        count = len(parts.joint_id)
        may, labels = np.zeros(count, np.bool_), np.zeros(count, np.int64)
        may[parts.row] = True
        allowed = np.where(parts.part < 0, own_may[parts.row], seen[parts.part])
        np.logical_and.at(may, parts.row, allowed)
        bit = np.int64(1) << np.minimum(place[parts.part], MOST_LABELS - 1)
        np.bitwise_or.at(labels, parts.row, bit)
        return cls(may, labels, tuple(words))

    def with_plots(
        self,
        parts: JointParts,
        picture: JointTracks,
        marks: dict[str, set[Mark]],
        agreement: str,
        party: str,
    ) -> Shown:
        """The same, counting what the joint tracker's tracks were made of: partners' plots.

        Which plots of a station made which track is not kept, so a track is marked with all that
        the station's plots were ever marked with.
        """
        may, labels, words = self.may.copy(), self.labels.copy(), list(self.words)
        ours = np.zeros(len(may), np.bool_)
        ours[parts.row[parts.part < 0]] = True
        for index, station in enumerate(picture.stations[1:64], start=1):
            seen = (picture.contributors >> np.uint64(index)) & np.uint64(1) != 0
            for under, label in sorted(marks.get(station, ()), key=repr):
                if label not in words:
                    words.append(label)
                place = words.index(label)
                named = party in (*label.releasable_to, label.originator)
                may[ours & seen] &= under == agreement and named and place < MOST_LABELS
                labels[ours & seen] |= np.int64(1) << np.int64(min(place, MOST_LABELS - 1))
        return Shown(may, labels, tuple(words))
