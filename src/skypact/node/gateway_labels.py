"""What of a node's own tracks and plots a partner gets: labels, tables and gates.

In: the agreements' state, own tracks and plots. Out: for every audience what leaves now, under
which label, whole or blurred. An audience is the party of a partner's station, or, of a joint
post, all other parties of the agreement: the post may show what it gets to each of them, so it
gets what every one of them may see whole. Meaning of the rules: docs/explanation/release.md.

Every link belongs to one agreement, and what goes over it goes under that agreement: its grants
alone count, the refusals of all agreements do.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from skypact.agreement.consent import consented_to
from skypact.agreement.document import Document
from skypact.agreement.effective import effective
from skypact.model.errors import BadInput
from skypact.model.labels import BLURRED, WHOLE, Label, LabelledItems
from skypact.model.plots import Plots
from skypact.model.sensors import SensorTable
from skypact.model.tracks import Tracks
from skypact.node.agreement_state import AgreementState, Situation
from skypact.node.exchange_settings import Marking
from skypact.node.gateway_terms import is_joint_post
from skypact.release import ReleaseTable, compile_release, decide
from skypact.release.coding import Marks, labelled_plots, labelled_tracks
from skypact.release.deciding import Decisions
from skypact.release.holding import HeldBack
from skypact.release.item import Item, coded
from skypact.release.terms import bindings_from


@dataclass(frozen=True, slots=True)
class Audience:
    """Who sees what goes over a link: parties that each must be allowed to."""

    agreement: str
    parties: tuple[str, ...]


def audience_of(
    agreement: str, bound: Sequence[str], own: str, party: str, joint_post: bool
) -> Audience:
    """The audience of a partner's station.

    Parameters
    ----------
    agreement
        Under which the link is.
    bound
        Parties that it binds.
    own, party
        The node's party, and the one that staffs the partner's station.
    joint_post
        Whether that station is a joint post. A second station of the node's own party that is
        none gets no more than a post would: no agreement says what else it may see.
    """
    if joint_post or party == own:
        return Audience(agreement, tuple(sorted(set(bound) - {own})))
    return Audience(agreement, (party,))


def own_label(document: Document, bound: Sequence[str], party: str, marking: Marking) -> Label:
    """How the node marks its own data under an agreement: lowest, for all, unless told otherwise.

    All are the parties, and those to whom the node's party consents that its items go on.
    A word that the agreement does not have stays as it is: it fits no grant, and nothing leaves.
    """
    everyone = {*bound, *consented_to(document, party)}
    releasable = everyone if marking.releasable_to is None else marking.releasable_to
    return Label(
        policy=document.agreement.id,
        classification=marking.classification or document.classifications[0],
        categories=tuple(sorted(marking.categories)),
        releasable_to=tuple(sorted(releasable)),
        originator=party,
    )


@dataclass(slots=True)
class Rules:
    """The release rules of a running node, compiled anew whenever its agreements change.

    Parameters
    ----------
    party
        The node's own.
    state
        What binds.
    tables
        By agreement in force, the table in which that agreement's grants count alone.
    situations
        The agreements in force, by id.
    trouble
        Why no table could be compiled and nothing leaves; empty while all is well.
    """

    party: str
    state: AgreementState
    tables: dict[str, ReleaseTable] = field(default_factory=dict)
    situations: dict[str, Situation] = field(default_factory=dict)
    trouble: str = ""
    _until_ns: int = -1

    def has_as_post(self, agreement: str, station: str) -> bool:
        """Whether a station is a joint post by an agreement in force."""
        situation = self.situations.get(agreement)
        return situation is not None and is_joint_post(situation.document, station)

    def advance(self, now_ns: int) -> bool:
        """Go on to a time; whether the agreements in force have changed since the last call."""
        now_ns = max(now_ns, self.state.believed_ns)
        binding = {one.document.agreement.id: one for one in self.state.in_force()}
        if binding == self.situations and now_ns < self._until_ns:
            return False
        changed = binding != self.situations
        now = effective(self.state.held(), now_ns)
        bindings = [b for b in bindings_from(now) if b.document.agreement.id in binding]
        try:
            whole = compile_release(bindings, self.party)
            self.tables = {name: granted_by(whole, name) for name in whole.codes.agreements}
            self.trouble = ""
        except BadInput as problem:  # a text that no table can hold: nothing may leave
            self.tables = {}
            self.trouble = str(problem)
        self.situations = binding
        self._until_ns = now.next_change_ns
        return changed


def granted_by(table: ReleaseTable, agreement: str) -> ReleaseTable:
    """The table with the grants of one agreement; the refusals of all of them stay."""
    bit = np.uint64(1) << np.uint64(table.codes.agreements.index(agreement))
    return replace(table, binding=table.binding & bit, consent=table.consent & bit)


Counts = Counter[tuple[str, str, str, int]]
"""Items decided on, by agreement, partner's party, clause of the deciding rule, and verdict."""


def counted(decisions: Decisions, agreement: str) -> Counts:
    """How often each verdict was given, for the audit."""
    counts: Counts = Counter()
    for one in decisions.counts():
        clause = one.rule.release.clause if one.rule is not None else ""
        counts[agreement, one.partner, clause, one.verdict] += one.items
    return counts


class TrackGate:
    """What of the node's own tracks one audience gets, second by second.

    Parameters
    ----------
    audience
        Who.
    secret
        Of the node, for numbers that lead back to no track.
    """

    def __init__(self, audience: Audience, secret: bytes) -> None:
        self.audience = audience
        self.counts: Counts = Counter()
        self._held: HeldBack[Tracks] | None = None
        if len(audience.parties) == 1:
            self._held = HeldBack(audience.parties[0], secret)

    def step(
        self, tracks: Tracks, items: LabelledItems, table: ReleaseTable, now_ns: int
    ) -> tuple[Tracks, Tracks]:
        """What leaves at ``now_ns``: tracks whole, and tracks blurred.

        For several parties only what each may see whole: to blur one track in several ways
        would tell more than any of them may know.
        """
        if self._held is None:
            may = seen_whole(items, table, self.audience, now_ns, self.counts)
            return tracks.take(may), tracks.take(slice(0, 0))
        if self.audience.parties[0] not in table.codes.parties:
            return tracks.take(slice(0, 0)), tracks.take(slice(0, 0))
        gone, outcome = self._held.step(tracks, items, table, now_ns)
        self.counts += counted(outcome.decisions, self.audience.agreement)
        verdict = outcome.decisions.verdict[outcome.leaving, 0]
        return gone.take(verdict == WHOLE), gone.take(verdict == BLURRED)


def seen_whole(
    items: LabelledItems, table: ReleaseTable, audience: Audience, now_ns: int, counts: Counts
) -> NDArray[np.bool_]:
    """Whether every party of an audience may see each item whole, (items,)."""
    known = set(audience.parties) <= set(table.codes.parties) - {table.party}
    if not audience.parties or not known:
        return np.zeros(len(items), np.bool_)
    decisions = decide(table, items, audience.parties, now_ns)
    counts += counted(decisions, audience.agreement)
    return np.asarray((decisions.verdict == WHOLE).all(axis=1))


def own_tracks_coded(
    tracks: Tracks, label: Label, table: ReleaseTable, sensors: SensorTable, *, exercise: bool
) -> LabelledItems:
    """Own tracks with one label; classes and identities are not known yet."""
    return labelled_tracks(tracks, Marks([label], exercise=exercise), table.codes, sensors)


def own_plots_coded(
    plots: Plots,
    place: tuple[NDArray[np.float64], NDArray[np.float64]],
    label: Label,
    table: ReleaseTable,
    sensors: SensorTable,
    *,
    exercise: bool,
) -> LabelledItems:
    """Own plots with one label; ``place`` is where those are that have range and azimuth only."""
    marks = Marks([label], exercise=exercise)
    return labelled_plots(plots, marks, table.codes, sensors, place)


def lets_plots_pass(table: ReleaseTable, agreement: str, audience: Audience) -> bool:
    """Whether any rule of an agreement could give some plot of the node whole to its audience."""
    return any(
        rule.agreement == agreement
        and rule.release.verdict == "whole"
        and (not rule.release.items or "plot" in rule.release.items)
        and table.party in rule.release.originator
        and set(audience.parties) & set(rule.release.to)
        for rule in table.rules
    )


def may_leave(item: Item, table: ReleaseTable, audience: Audience, now_ns: int) -> bool:
    """Whether an item in words (such as a threat report) may leave for all of an audience.

    Kinds that nobody can blur leave whole or not at all.
    """
    items, lying_in = coded([item], table)
    known = set(audience.parties) <= set(table.codes.parties) - {table.party}
    if not audience.parties or not known:
        return False
    verdict = decide(table, items, audience.parties, now_ns, lying_in).verdict
    return bool((verdict == WHOLE).all())
