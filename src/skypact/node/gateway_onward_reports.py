"""Threat reports of others, passed on by their makers' consent.

In: the reports that a node holds, its links. Out: items posted to the links that they may leave
over, each once over each link, unchanged: name, body and originator are the maker's. Looked at
when a report comes and each minute, for a link may be closed, or full, just then.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

import msgspec
import numpy as np

from skypact.audit.errors import AuditFull, AuditStopped
from skypact.audit.record import Entry, Kind, Outcome, digest_of
from skypact.model.exchange import DurableItem
from skypact.model.time import SECOND_NS
from skypact.node.agreement_opening import LiveAgreements
from skypact.node.gateway_consent import consents, label_under
from skypact.node.gateway_labels import Rules, may_leave
from skypact.node.gateway_links import GatewayLink
from skypact.node.gateway_onward import Way, way_of
from skypact.node.reports import ReportBook, ReportsFailed, Stored
from skypact.release.item import Item

KIND: Literal["threat-report"] = "threat-report"
MINUTE_NS = 60 * SECOND_NS


@dataclass(slots=True)
class OnwardReports:
    """Passes on the reports of others.

    Parameters
    ----------
    station, party
        The node's own.
    rules, book
        What binds, and the reports.
    agreements
        With the audit log.
    exercise
        Whether the node's data is exercise data.
    """

    station: str
    party: str
    rules: Rules
    book: ReportBook
    agreements: LiveAgreements
    exercise: bool = False
    _looked: tuple[int, int] = (-1, -1)
    _posted: set[tuple[str, str, str]] = field(default_factory=set)

    def advance(self, links: Iterable[GatewayLink], now_ns: int) -> None:
        """Post what may leave now and has not; what cannot be recorded waits a minute."""
        try:
            self._look(links, now_ns)
        except (AuditFull, AuditStopped, ReportsFailed, OSError) as problem:
            self.agreements.state.trouble = str(problem)

    def _look(self, links: Iterable[GatewayLink], now_ns: int) -> None:
        looked = (self.book.count, now_ns // MINUTE_NS)
        if looked == self._looked:
            return
        self._looked = looked
        situations = self.agreements.state.situations
        frozen = frozenset(name for name, one in situations.items() if one.received_frozen)
        received = [one for one in self.book.holding(now_ns, frozen) if one.agreement]
        for link in links if received else ():
            way = way_of(link)
            if way is None:
                continue
            for stored in received:
                if self._may_leave(stored, way, now_ns):
                    self._pass(stored, link, way, now_ns)

    def _may_leave(self, stored: Stored, way: Way, now_ns: int) -> bool:
        """Whether the agreements let a report leave over a link that it has not left over."""
        parties, label = way.audience.parties, stored.label
        table = self.rules.tables.get(way.audience.agreement)
        if table is None or way.id in stored.passed or _name(stored, way) in self._posted:
            return False
        if way.station in (stored.via, stored.body.station) or stored.body.station == self.station:
            return False
        if label.originator != stored.body.party or label.originator in parties:
            return False
        if not consents(table, stored.agreement, label.originator, KIND, way.audience):
            return False
        return may_leave(_in_words(stored, self.exercise), table, way.audience, now_ns)

    def _pass(self, stored: Stored, link: GatewayLink, way: Way, now_ns: int) -> None:
        agreement = way.audience.agreement
        label = label_under(
            stored.label,
            way.terms,
            (self.station, self.party),
            way.party,
            self.rules.tables[agreement],
        )
        if label is None:
            return
        body = msgspec.json.encode(stored.body)
        digest = self.rules.situations[agreement].version.digest
        self.agreements.log.append(
            [
                Entry(
                    Kind.ITEM_RELEASED,
                    now_ns,
                    Outcome.DONE,
                    party=way.party,
                    subject=digest_of(body),
                    agreement=bytes.fromhex(digest),
                )
            ]
        )
        item = DurableItem(KIND, bytes.fromhex(stored.id), label, body, stored.body.made_ns)
        if not link.post([item], now_ns):
            self._posted.add(_name(stored, way))
            self.book.note_passed(stored, way.id)


def _name(stored: Stored, way: Way) -> tuple[str, str, str]:
    return stored.body.station, stored.id, way.id


def _in_words(stored: Stored, exercise: bool) -> Item:
    """A report as release looks at it; one with an outline alone lies nowhere in particular."""

    def degrees(value: float | None) -> float | None:
        return None if value is None else float(np.degrees(value))

    label, body = stored.label, stored.body
    return Item(
        kind=KIND,
        originator=label.originator,
        came_under=stored.agreement,
        classification=label.classification,
        categories=label.categories,
        releasable_to=label.releasable_to,
        exercise=exercise,
        latitude_deg=degrees(body.latitude_rad),
        longitude_deg=degrees(body.longitude_rad),
    )
