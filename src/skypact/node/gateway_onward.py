"""What a station passes on of another party's tracks: by that party's consent alone.

In: what partners told, each state by itself with its label and the agreement it came under; the
compiled rules. Out: for each link what leaves over it, whole or blurred, under the label it came
with. What was received is never fused, improved or renamed on its way: it stays its originator's
word. Meaning: docs/explanation/release.md, "What was received".

Every hop gives a track the same number, made of the code and the number of the station whose it
is, so that a state which comes back on a way around is known to be the one that is here already.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from skypact.agreement.document import Document
from skypact.agreement.stations import number_blocks, stations_of
from skypact.exchange.live import TrackOffer
from skypact.exchange.terms import Terms
from skypact.model.exchange import NO_JOINT_NUMBER, NO_REPORTER, TrackClaims
from skypact.model.labels import BLURRED, WHOLE, Label, LabelledItems
from skypact.model.sensors import SensorTable
from skypact.model.tracks import Tracks
from skypact.node.gateway_consent import consents, label_under, labels_of, staff_of
from skypact.node.gateway_labels import Audience, Counts, Rules, counted, seen_whole
from skypact.node.gateway_links import GatewayLink
from skypact.node.gateway_tellers import BETWEEN, reworded, sender_of
from skypact.picture.apart import ToldRows
from skypact.picture.rows import PartnerRows
from skypact.release.coding import UNKNOWN_AGREEMENT, Marks, labelled_tracks
from skypact.release.holding import HeldBack
from skypact.release.numbering import passing_numbers
from skypact.release.table import Codes, ReleaseTable

NO_SECRET = b"skypact: the same number at every station"
"""Numbers of what is passed on hide nothing: who may see an item may know which one it is."""
PASSED_ON = np.int64(1 << 52)
"""The lowest number of a track that is passed on; a station's own count from 1."""
ELSEWHERE = np.uint64(1 << 63)
"""Bit of contributors that the picture has no code for."""

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Way:
    """A link that something may leave over.

    Parameters
    ----------
    id
        Of the link.
    station, party
        Of the partner.
    audience
        Who will see it.
    terms
        What labels are checked against.
    """

    id: str
    station: str
    party: str
    audience: Audience
    terms: Terms


def way_of(link: GatewayLink) -> Way | None:
    """A link as something may leave over it; None where nothing may."""
    if not link.open or link.audience is None or link.terms is None:
        return None
    return Way(link.id, link.partner.station, link.partner.party, link.audience, link.terms)


@dataclass(slots=True)
class _Kept:
    """What is kept of one link: states held back, and codes that its claims have used."""

    held: dict[bool, HeldBack[Tracks]] = field(default_factory=dict)
    named: dict[Label, list[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Candidates:
    """States that may go on, with what they came with; arrays (rows,).

    ``track`` of the states are the numbers they go on under, ascending, none twice.
    """

    tracks: Tracks
    claims: TrackClaims
    label: Ints
    came_under: NDArray[np.int16]
    labels: tuple[Label, ...]

    def __len__(self) -> int:
        return len(self.label)

    def items(self, codes: Codes, *, exercise: bool) -> LabelledItems:
        """As release looks at them: which sensors contributed is not known."""
        marks = Marks(
            self.labels or (Label("", "", (), (), ""),),
            self.label,
            self.came_under,
            exercise=exercise,
        )
        return labelled_tracks(self.tracks, marks, codes, SensorTable(()))


@dataclass(slots=True)
class OnwardTracks:
    """Passes on what partners told, over each link what may leave over it.

    Parameters
    ----------
    station, party
        The node's own.
    secret
        Of the node, for numbers of tracks that it blurs.
    exercise
        Whether its data is exercise data.
    counts
        Where it is counted what was decided, for the audit.
    """

    station: str
    party: str
    secret: bytes = field(repr=False)
    exercise: bool = False
    counts: Counts = field(default_factory=Counter)
    _kept: dict[str, _Kept] = field(default_factory=dict)

    def over(
        self,
        link: GatewayLink,
        told: Sequence[ToldRows],
        codes: Sequence[str],
        rules: Rules,
        now_ns: int,
    ) -> list[TrackOffer]:
        """What leaves over a link now, none where nothing may: see :meth:`offers`."""
        way = way_of(link)
        return [] if way is None else self.offers(told, codes, way, rules, now_ns)

    def offers(
        self,
        told: Sequence[ToldRows],
        codes: Sequence[str],
        way: Way,
        rules: Rules,
        now_ns: int,
    ) -> list[TrackOffer]:
        """What leaves over a link now of what partners told.

        Parameters
        ----------
        told
            What they told.
        codes
            What bits of contributors stand for; the first is the node itself.
        way
            The link.
        rules
            What binds.
        now_ns
            The time, int64 UTC nanoseconds.
        """
        table = rules.tables.get(way.audience.agreement)
        if table is None or not table.consent.any():
            return []
        offers: list[TrackOffer] = []
        for blurred in (False, True):
            some = [one for one in told if one.blurred == blurred]
            found = self._candidates(some, codes, way, rules, table)
            kept = self._kept.get(way.id)
            if not len(found) and (kept is None or blurred not in kept.held):
                continue
            kept = self._kept.setdefault(way.id, _Kept())
            offers += self._leaving(found, kept, way, table, now_ns, blurred)
        return offers

    def _candidates(
        self,
        told: Sequence[ToldRows],
        codes: Sequence[str],
        way: Way,
        rules: Rules,
        table: ReleaseTable,
    ) -> _Candidates:
        """What partners told that its originator consents may go on to this link's audience."""
        staff = staff_of(rules.situations)
        labels: list[Label] = []
        tracks, claims, label, came = [Tracks.empty()], [], [], []
        for hops, one in sorted(
            ((self._hops(one, rules), one) for one in told),
            key=lambda pair: (pair[0], pair[1].part.station, repr(pair[1].part)),
        ):
            part = one.part
            if not self._may_go_on(one, hops, way, table):
                continue
            rows = one.rows.take(self._its_own(one.rows, part.label.originator, codes, way, staff))
            numbers = _numbers(rows.tracks.track, sender_of(part.station), hops)
            tracks.append(replace(rows.tracks, track=numbers))
            claims.append(_claims(rows, codes, rules.situations[way.audience.agreement].document))
            label.append(np.full(len(rows), len(labels), np.int64))
            under = Codes.of(part.agreement, table.codes.agreements)
            came.append(np.full(len(rows), under if under >= 0 else UNKNOWN_AGREEMENT, np.int16))
            labels.append(part.label)
        states = Tracks.join(tracks)
        _, first = np.unique(states.track, return_index=True)  # the first has the fewest hops
        return _Candidates(
            states.take(first),
            _joined(claims, tuple(codes)).take(first),
            np.concatenate([np.empty(0, np.int64), *label])[first],
            np.concatenate([np.empty(0, np.int16), *came])[first],
            tuple(labels),
        )

    def _hops(self, one: ToldRows, rules: Rules) -> int:
        """How often states were passed on before they came: 0 if their own station told them.

        1 stands for once and more; -1 for what a joint post told, which is nobody's own word.
        """
        part = one.part
        if BETWEEN in part.station or part.agreement not in rules.situations:
            return 1
        document = rules.situations[part.agreement].document
        staffing = {one.code: one for one in stations_of(document)}.get(part.station)
        if staffing is None or staffing.joint_post:
            return -1
        return 0 if staffing.party == part.label.originator else 1

    def _may_go_on(self, one: ToldRows, hops: int, way: Way, table: ReleaseTable) -> bool:
        """Whether any of these states could leave over a link, by all but the rules."""
        part, parties = one.part, way.audience.parties
        if hops < 0 or (one.blurred and hops):  # a blurred number is another one at each hop
            return False
        if sender_of(part.station) == way.station or part.label.originator in parties:
            return False
        if not consents(table, part.agreement, part.label.originator, "track", way.audience):
            return False
        return self._label(part.label, way, table) is not None

    def _label(self, label: Label, way: Way, table: ReleaseTable) -> Label | None:
        return label_under(label, way.terms, (self.station, self.party), way.party, table)

    def _its_own(
        self,
        rows: PartnerRows,
        originator: str,
        codes: Sequence[str],
        way: Way,
        staff: dict[str, set[str]],
    ) -> Bools:
        """Which states rest on stations of their originator alone, none of them ours or theirs.

        A state that rests on our own sensors, or on the partner's, would come home on a way around.
        """
        foreign = ELSEWHERE
        for k, code in enumerate(codes[:63]):
            another = originator not in staff.get(code, {originator})
            if another or BETWEEN in code or code in (self.station, way.station):
                foreign |= np.uint64(1) << np.uint64(k)
        mask: Bools = (rows.contributors & foreign) == 0
        return mask

    def _leaving(
        self,
        found: _Candidates,
        kept: _Kept,
        way: Way,
        table: ReleaseTable,
        now_ns: int,
        blurred: bool,
    ) -> list[TrackOffer]:
        """What of the candidates, and of what was held back before, leaves now."""
        items = found.items(table.codes, exercise=self.exercise)
        parties = way.audience.parties
        if len(parties) != 1:
            may = seen_whole(items, table, way.audience, now_ns, self.counts)
            return self._offers(found.tracks.take(may), items.take(may), found, kept, way, table,
                                blurred)  # fmt: skip
        held = kept.held.setdefault(blurred, HeldBack(parties[0], self.secret))
        if parties[0] not in table.codes.parties:
            return []
        gone, outcome = held.step(found.tracks, items, table, now_ns)
        self.counts += counted(outcome.decisions, way.audience.agreement)
        verdict = outcome.decisions.verdict[outcome.leaving, 0]
        offers = []
        for given, coarse in ((WHOLE, blurred), (BLURRED, True)):
            rows = verdict == given
            offers += self._offers(
                gone.take(rows), outcome.labels.take(rows), found, kept, way, table, coarse
            )
        return offers

    def _offers(
        self,
        tracks: Tracks,
        items: LabelledItems,
        found: _Candidates,
        kept: _Kept,
        way: Way,
        table: ReleaseTable,
        blurred: bool,
    ) -> list[TrackOffer]:
        """States by label, with what is claimed of them."""
        offers = []
        for label, rows in labels_of(items, table.codes):
            leaving = self._label(label, way, table)
            if leaving is None:
                continue
            some = tracks.take(rows)
            if blurred:
                claims = TrackClaims.own_only(len(some), label.originator)
            else:
                claims = _named(found, some.track, kept.named.setdefault(leaving, []))
            offers.append(TrackOffer(some, claims, leaving, blurred))
        return offers


def _numbers(numbers: Ints, station: str, hops: int) -> Ints:
    """The numbers that a station's tracks go on under: kept if they went on before."""
    new = passing_numbers(numbers, NO_SECRET, station, "passed on") | PASSED_ON
    return np.where((numbers >= PASSED_ON) & (hops > 0), numbers, new)


def _claims(rows: PartnerRows, codes: Sequence[str], document: Document) -> TrackClaims:
    """What was claimed of states, with the joint numbers that an agreement knows."""
    known = np.zeros(len(rows), np.bool_)
    for block in number_blocks(document):
        known |= (rows.joint >= block.first) & (rows.joint <= block.last)
    return TrackClaims(
        joint=np.where(known, rows.joint, NO_JOINT_NUMBER),
        allotted_ns=np.where(known, rows.allotted_ns, 0),
        reporter=np.full(len(rows), NO_REPORTER, np.int16),
        contributors=rows.contributors,
        stations=tuple(codes),
    )


def _joined(claims: Sequence[TrackClaims], stations: tuple[str, ...]) -> TrackClaims:
    every = (TrackClaims.own_only(0, stations[0]), *claims)
    return TrackClaims(
        joint=np.concatenate([one.joint for one in every]),
        allotted_ns=np.concatenate([one.allotted_ns for one in every]),
        reporter=np.concatenate([one.reporter for one in every]),
        contributors=np.concatenate([one.contributors for one in every]),
        stations=stations,
    )


def _named(found: _Candidates, numbers: Ints, named: list[str]) -> TrackClaims:
    """Claims of states by their numbers, in codes of the stations that they rest on.

    ``named`` grows: that other codes are named would be news of every state.
    """
    at = np.searchsorted(found.tracks.track, numbers)
    claims = found.claims.take(at)
    used = int(np.bitwise_or.reduce(claims.contributors)) if len(numbers) else 0
    named += [
        code for k, code in enumerate(claims.stations[:63]) if used >> k & 1 and code not in named
    ]
    return reworded(claims, named)
