"""Durable items of partners take effect once, or are refused by name and done with."""

import datetime
import errno
from pathlib import Path

import msgspec
import pytest

from agreement_texts import notice
from audit_logs import KEY
from failing_disk import FailingDisk
from gateways_in_process import own_station
from pacts_made_up import NOW, label, pact, state_of
from skypact.agreement.store import item_digest
from skypact.model.exchange import DurableItem, ReceivedItem
from skypact.model.time import SECOND_NS
from skypact.node.audit_exchange import LinkAudit
from skypact.node.gateway_items import ItemsIn, TextsPosted, text_body, text_from
from skypact.node.reports import Body, ReportBook

WEST = own_station("WE", "WE").card
REPORT = msgspec.json.encode(
    Body(station="WE", party="WE", text="Two.", made_ns=NOW, from_ns=NOW, until_ns=NOW + SECOND_NS)
)


class End:
    """What a node does with its partner's items."""

    def __init__(self, disk: FailingDisk | None = None) -> None:
        self.disk = disk or FailingDisk()
        self.state, self.log = state_of(pact(), disk=self.disk)
        self.items = ItemsIn(self.state, self.log, ReportBook(self.disk, Path("/reports")))
        self.audit = LinkAudit(self.disk, Path("/l/heads.json"), self.log, KEY.public_key(), "WE")

    def take(self, kind: str, body: bytes, name: bytes = b"n" * 16, number: int = 1) -> bool:
        item = DurableItem(kind, name, label(by="WE"), body, NOW)  # type: ignore[arg-type]
        received = ReceivedItem("WE", "east-west", number, item, NOW)
        return self.items.take(received, WEST, self.audit, NOW)

    @property
    def refused(self) -> dict[str, int]:
        return dict(self.items.refused.get("WE", {}))


def test_a_report_handed_over_twice_is_one() -> None:
    end = End()
    assert end.take("threat-report", REPORT)
    assert end.take("threat-report", REPORT)
    assert len(end.items.book.holding(NOW, frozenset())) == 1
    assert end.refused == {}


@pytest.mark.parametrize(
    ("kind", "body", "name", "reason"),
    [
        ("threat-report", b"{}", b"n" * 16, "ReportRefused"),
        ("threat-report", REPORT.replace(b'"WE"', b'"EA"'), b"n" * 16, "ReportRefused"),
        ("threat-report", REPORT, b"short", "ReportRefused"),
        ("amendment", b"\x93\x01", b"n" * 16, "BadInput"),
        ("amendment", msgspec.msgpack.encode({"kind": "document", "item": b"{"}), b"", "BadInput"),
    ],
)
def test_a_bad_item_is_counted_by_name_and_holds_up_no_other(
    kind: str, body: bytes, name: bytes, reason: str
) -> None:
    end = End()
    assert end.take(kind, body, name)
    assert end.refused == {reason: 1}
    assert end.take("threat-report", REPORT, number=2)
    assert len(end.items.book.holding(NOW, frozenset())) == 1


def test_a_bad_head_is_recorded_and_said() -> None:
    end = End()
    assert end.take("audit-head", b"junk")
    assert end.audit.trouble


def test_kinds_that_nobody_here_uses_are_counted() -> None:
    end = End()
    assert end.take("order", b"whatever")
    assert end.items.unused == {"order": 1}


def test_what_the_disk_does_not_take_is_tried_again() -> None:
    end = End()
    end.disk.errors = {end.disk.operations: errno.ENOSPC}
    assert not end.take("threat-report", REPORT)
    assert len(end.items.book.holding(NOW, frozenset())) == 0
    end.disk.errors = {}
    assert end.take("threat-report", REPORT)
    assert len(end.items.book.holding(NOW, frozenset())) == 1


def test_signed_texts_come_through_as_they_were() -> None:
    given = notice(pact(), "WE", datetime.date(2030, 2, 20))
    for item in (pact(), given):
        assert item_digest(text_from(text_body(item))) == item_digest(item)
    end = End()
    assert end.take("amendment", text_body(given))
    assert end.state.store.chains["east-west"].notices == (given,)
    assert end.take("amendment", text_body(given))
    assert end.refused == {}


def test_a_text_of_another_agreement_than_the_links_is_refused() -> None:
    other = pact()
    heading = msgspec.structs.replace(other.agreement, id="elsewhere")
    end = End()
    assert end.take("amendment", text_body(msgspec.structs.replace(other, agreement=heading)))
    assert end.refused == {"BadInput": 1}
    assert set(end.state.store.chains) == {"east-west"}


def test_a_forged_signature_is_refused_by_its_name() -> None:
    given = notice(pact(), "WE", datetime.date(2030, 2, 20))
    forged = msgspec.structs.replace(given, day=datetime.date(2030, 2, 21))
    end = End()
    assert end.take("amendment", text_body(forged))
    assert end.refused == {"SignatureForged": 1}


def test_a_link_is_told_of_each_text_and_signature_once() -> None:
    state, _ = state_of(pact())
    told = TextsPosted()
    chain = state.store.chains["east-west"]
    assert len(list(told.news(chain))) == 3  # the text and two signatures
    assert list(told.news(chain)) == []
    state.add(notice(pact(), "WE", datetime.date(2030, 2, 20)), NOW, "by hand")
    assert len(list(told.news(state.store.chains["east-west"]))) == 1
    assert list(told.news(None)) == []
