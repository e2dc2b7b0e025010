"""Durable items: what a station has to say for certain, and what takes effect of partners'.

In: items as links hand them out, in order; reports, heads and signed texts of the node. Out:
their effect (kept reports, checked heads, accepted texts), once each whatever is handed out
twice, and bodies of items to be posted. What is refused is counted by name and done with; what
could not be made durable is tried again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

import msgspec

from skypact.agreement.amendments import Chain
from skypact.agreement.canonical import canonical_bytes, document_from
from skypact.agreement.document import Document
from skypact.agreement.refusals import StoreFailed
from skypact.agreement.signing import Signature, SignedNotice
from skypact.agreement.store import Item, agreement_of, item_digest
from skypact.audit.errors import AuditFull, AuditStopped
from skypact.audit.log import AuditLog
from skypact.audit.record import Entry, Kind, Outcome, digest_of
from skypact.exchange.cards import Card
from skypact.model.errors import BadInput
from skypact.model.exchange import LARGEST_BODY, ReceivedItem
from skypact.node.agreement_state import AgreementState
from skypact.node.audit_exchange import LinkAudit
from skypact.node.reports import (
    ReportBook,
    ReportRefused,
    ReportsFailed,
    read_item,
)

NAME_BYTES = 16
"""Of an item's id."""

ItemKind = Literal["document", "signature", "notice"]


class TextBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of an ``amendment`` item: a text, a signature or a notice, as the store has it."""

    kind: ItemKind
    item: bytes


def text_body(item: Item) -> bytes:
    """An item of an agreement as the body of a durable item."""
    if isinstance(item, Document):
        return msgspec.msgpack.encode(TextBody("document", canonical_bytes(item)))
    kind: ItemKind = "signature" if isinstance(item, Signature) else "notice"
    return msgspec.msgpack.encode(TextBody(kind, msgspec.json.encode(item)))


def text_from(content: bytes) -> Item:
    """The item of an agreement in a body.

    Raises
    ------
    BadInput
        If there is none in it.
    """
    try:
        body = msgspec.msgpack.decode(content, type=TextBody)
        if body.kind == "document":
            return document_from(body.item)
        if body.kind == "signature":
            return msgspec.json.decode(body.item, type=Signature)
        return msgspec.json.decode(body.item, type=SignedNotice)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as problem:
        raise BadInput(f"no text, signature or notice: {problem}") from None


def texts_of(chain: Chain) -> Iterator[Item]:
    """Everything in an agreement's chain, in an order in which another chain can take it in."""
    for version in (*chain.accepted, *chain.drafts):
        yield version.document
        yield from (version.signatures[party] for party in sorted(version.signatures))
    yield from chain.notices


@dataclass(slots=True)
class TextsPosted:
    """Which items of agreements a link was told of since the node's start.

    A partner takes what it has already without any effect, so nothing of this is kept on disk.
    """

    posted: set[bytes] = field(default_factory=set)
    too_large: int = 0

    def news(self, chain: Chain | None) -> Iterator[bytes]:
        """Bodies of what it was not told of yet."""
        for item in () if chain is None else texts_of(chain):
            digest = item_digest(item)
            if digest in self.posted:
                continue
            self.posted.add(digest)
            body = text_body(item)
            if len(body) > LARGEST_BODY:
                self.too_large += 1  # it goes by hand, as the first text did
                continue
            yield body


@dataclass(slots=True)
class ItemsIn:
    """Makes partners' items take effect.

    Parameters
    ----------
    state
        The agreements, which take amendments.
    log
        The audit log.
    book
        Reports.
    refused
        Items refused, by station and by name of the reason.
    unused
        Items of kinds that this version makes no use of, by kind.
    """

    state: AgreementState
    log: AuditLog
    book: ReportBook
    refused: dict[str, Counter[str]] = field(default_factory=dict)
    unused: Counter[str] = field(default_factory=Counter)

    def take(self, item: ReceivedItem, partner: Card, audit: LinkAudit, now_ns: int) -> bool:
        """Make an item take effect; False if that could not be made durable and must wait."""
        try:
            self._take(item, partner, audit, now_ns)
        except (AuditFull, AuditStopped, StoreFailed, ReportsFailed, OSError):
            return False
        except BadInput as problem:
            self.refused.setdefault(item.station, Counter())[problem.name] += 1
        return True

    def _take(self, item: ReceivedItem, partner: Card, audit: LinkAudit, now_ns: int) -> None:
        content = item.item
        if content.kind == "threat-report":
            self._take_report(item, partner, now_ns)
        elif content.kind == "audit-head":
            entries = audit.take(content.body, now_ns)
            if entries:
                self.log.append(entries)
        elif content.kind == "amendment":
            text = text_from(content.body)
            if agreement_of(text) != item.agreement:
                raise BadInput(f"{item.station} sent a text of another agreement than the link's")
            self.state.add(text, now_ns, f"{item.agreement}/{item.station}")
        else:
            self.unused[content.kind] += 1

    def _take_report(self, item: ReceivedItem, partner: Card, now_ns: int) -> None:
        content = item.item
        body = read_item(content, partner.station, partner.party)
        if len(content.id) != NAME_BYTES:
            raise ReportRefused("threat report: its name has not 16 bytes")
        # The record comes first: what was taken in is in the log, whatever happens then.
        self.log.append(
            [
                Entry(
                    Kind.ENVELOPE_RECEIVED,
                    now_ns,
                    Outcome.DONE,
                    party=partner.party,
                    reference=item.number,
                    subject=digest_of(content.body),
                )
            ]
        )
        via = "" if body.station == partner.station else partner.station
        self.book.add(content.id, body, content.label, item.agreement, now_ns, via)
