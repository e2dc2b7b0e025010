"""Threat reports of this node's operators: marked, kept, recorded, and posted to who may see them.

In: what was written at a console. Out: the report as shown, the links it went to, and for every
other link why not. The rules of each agreement decide, as on any other item.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import msgspec

from skypact.agreement.document import Document
from skypact.audit.errors import AuditFull, AuditStopped
from skypact.audit.record import Entry, Kind, Outcome, digest_of
from skypact.exchange.cards import Card
from skypact.model.exchange import DurableItem
from skypact.model.labels import Label
from skypact.node.agreement_opening import LiveAgreements
from skypact.node.gateway_items import NAME_BYTES
from skypact.node.gateway_labels import Rules, may_leave
from skypact.node.gateway_links import GatewayLink
from skypact.node.gateway_round import OwnRelease
from skypact.node.gateway_terms import foreign_words
from skypact.node.reports import (
    Form,
    ReportBook,
    ReportRefused,
    Stored,
    read_form,
    status_of,
    written,
)
from skypact.release.item import Item


@dataclass(frozen=True, slots=True)
class WrittenReport:
    """An own report, and what it goes as under each agreement."""

    stored: Stored
    items: dict[str, DurableItem]


def write_report(
    form: Form,
    labels: dict[str, Label],
    own: Card,
    book: ReportBook,
    random: Callable[[int], bytes],
    now_ns: int,
) -> WrittenReport:
    """Keep what a duty officer wrote, and make it an item for each agreement; durable on return.

    Parameters
    ----------
    form
        What was written.
    labels
        How it is marked under each agreement it may leave under; the first is shown.
    own
        The station's card.
    book
        Where it is kept.
    random
        Gives its name.
    now_ns
        The time, int64 UTC nanoseconds.

    Raises
    ------
    ReportRefused
        If it is out of range, or marked under no agreement.
    ReportsFailed
        If the disk did not take it.
    """
    if not labels:
        raise ReportRefused(
            "no agreement in force that it could be marked under",
            remedy="A report needs a partner",
        )
    name = random(NAME_BYTES)
    body = written(form, own.station, own.party, now_ns)
    content = msgspec.json.encode(body)
    stored = book.add(name, body, next(iter(labels.values())), "", now_ns)
    items = {
        agreement: DurableItem("threat-report", name, label, content, now_ns)
        for agreement, label in labels.items()
    }
    return WrittenReport(stored, items)


def report_categories(document: Document, party: str) -> tuple[str, ...]:
    """What a threat report is marked with where its writer says nothing.

    The categories of the first rule of the agreement by which the party's reports may leave: a
    report of a threat from the air is one "AIR-THREAT", where the agreement knows that word.
    """
    for rule in document.release:
        if "threat-report" in rule.items and party in rule.originator and rule.categories:
            return tuple(sorted(rule.categories)[:1])
    return ()


@dataclass(slots=True)
class ReportDesk:
    """Where operators' reports go out.

    Parameters
    ----------
    own
        The station's card.
    rules, release
        What may leave, and how own data is marked.
    book
        Where reports are kept.
    agreements
        With the audit log.
    random
        Gives reports' names.
    """

    own: Card
    rules: Rules
    release: OwnRelease
    book: ReportBook
    agreements: LiveAgreements
    random: Callable[[int], bytes] = field(repr=False)

    def write(
        self, fields: Mapping[str, Any], links: Mapping[str, GatewayLink], now_ns: int
    ) -> dict[str, Any]:
        """Take what an operator wrote: kept, recorded, posted to all who may see it.

        Returns
        -------
        dict
            The report as shown, ``sent_to`` (ids of links) and ``withheld`` (link to why).

        Raises
        ------
        ReportRefused
            If it cannot be used.
        Unavailable
            If it could not be recorded or kept: it was sent to nobody.
        """
        form = read_form(dict(fields))
        labels = self._labels(form)
        digests = {name: one.version.digest for name, one in self.rules.situations.items()}
        report = write_report(form, labels, self.own, self.book, self.random, now_ns)
        sent, withheld = [], {}
        for name, link in sorted(links.items()):
            agreement = link.plan.agreement
            item = report.items.get(agreement)
            if item is None or link.audience is None:
                withheld[name] = link.closed or "it is not marked under this agreement"
                continue
            allowed = may_leave(
                self._in_words(item.label, form),
                self.rules.tables[agreement],
                link.audience,
                now_ns,
            )
            why = "no rule of the agreement lets it leave" if not allowed else ""
            self._record(
                Entry(
                    Kind.ITEM_RELEASED if allowed else Kind.ITEM_WITHHELD,
                    now_ns,
                    Outcome.DONE,
                    party=link.partner.party,
                    subject=digest_of(item.body),
                    agreement=bytes.fromhex(digests[agreement]),
                )
            )
            why = why or link.post([item], now_ns)
            if why:
                withheld[name] = why
            else:
                sent.append(name)
        return asdict(status_of(report.stored)) | {"sent_to": sent, "withheld": withheld}

    def _record(self, *entries: Entry) -> None:
        try:
            self.agreements.log.append(entries)
        except (AuditFull, AuditStopped) as problem:
            self.agreements.state.trouble = str(problem)
            raise

    def _labels(self, form: Form) -> dict[str, Label]:
        """How a report is marked under each agreement that it may leave under."""
        labels = {}
        for name, one in self.rules.situations.items():
            if form.agreement not in (None, name):
                continue
            own, _ = self.release.label(self.rules, name)
            categories = form.categories
            if categories is None:
                categories = own.categories or report_categories(one.document, self.own.party)
            label = replace(
                own,
                classification=form.classification or own.classification,
                categories=tuple(sorted(categories)),
                releasable_to=tuple(sorted(form.releasable_to or own.releasable_to)),
            )
            if not foreign_words(
                one.document, label.classification, label.categories, label.releasable_to
            ):
                labels[name] = label
        return labels

    def _in_words(self, label: Label, form: Form) -> Item:
        return Item(
            kind="threat-report",
            originator=self.own.party,
            classification=label.classification,
            categories=label.categories,
            releasable_to=label.releasable_to,
            exercise=self.release.exercise,
            latitude_deg=form.latitude_deg,
            longitude_deg=form.longitude_deg,
        )
