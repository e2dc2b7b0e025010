"""What an exchange leaves in the audit log, and how partners hold each other to theirs."""

from collections import Counter
from pathlib import Path

import pytest

from audit_logs import KEY
from failing_disk import FailingDisk
from pacts_made_up import NOW, pact
from skypact.audit.log import AuditLog
from skypact.audit.record import Entry, Kind, Outcome
from skypact.model.time import SECOND_NS
from skypact.node.audit_exchange import LinkAudit, Traffic, decided

PATH = Path("/exchange/heads/east-west-WE.json")
MINUTE_NS = 60 * SECOND_NS


def logged(disk: FailingDisk | None = None, entries: int = 3) -> AuditLog:
    log = AuditLog(disk or FailingDisk(), Path("/audit"), KEY, NOW)
    log.append([Entry(Kind.END_NEAR, NOW, reference=k) for k in range(entries)])
    return log


def side(log: AuditLog, disk: FailingDisk | None = None) -> LinkAudit:
    """One end of a link; both ends' logs have the same key here."""
    return LinkAudit(disk or FailingDisk(), PATH, log, KEY.public_key(), "WE")


def grow(log: AuditLog, entries: int = 5) -> None:
    log.append([Entry(Kind.END_NEAR, NOW) for _ in range(entries)])


def test_heads_that_continue_are_taken_and_recorded() -> None:
    log = logged()
    sender, receiver = side(log), side(logged())
    outcomes = []
    for minute in range(4):
        outcomes += receiver.take(sender.body(NOW + minute * MINUTE_NS), NOW)
        grow(log)
    assert [one.outcome for one in outcomes] == [Outcome.DONE] * 4
    assert receiver.trouble == ""
    assert receiver.kept.taken is not None
    assert receiver.kept.taken.size == log.size - 5


def test_a_head_handed_over_again_is_no_old_head() -> None:
    log = logged()
    sender, receiver = side(log), side(logged())
    first = sender.body(NOW)
    receiver.take(first, NOW)
    grow(log)
    second = sender.body(NOW + MINUTE_NS)
    receiver.take(second, NOW)
    assert receiver.take(first, NOW) == []
    assert receiver.take(second, NOW) == []
    assert receiver.trouble == ""


def test_a_log_that_was_rewritten_is_named_and_both_heads_are_kept() -> None:
    kept = FailingDisk()
    receiver = side(logged(), kept)
    receiver.take(side(logged(entries=3)).body(NOW), NOW)
    rewritten = logged(entries=30)
    (entry,) = receiver.take(side(rewritten).body(NOW + MINUTE_NS), NOW)
    assert (entry.kind, entry.outcome) == (Kind.HEAD_OF_PARTNER, Outcome.REFUSED)
    again = side(logged(), kept)
    assert "without a proof" in again.trouble
    assert again.kept.taken is not None
    assert again.kept.refused is not None
    assert (again.kept.taken.size, again.kept.refused.size) == (4, 31)


def test_a_shorter_log_is_refused() -> None:
    receiver = side(logged())
    receiver.take(side(logged(entries=30)).body(NOW), NOW)
    receiver.take(side(logged(entries=3)).body(NOW + MINUTE_NS), NOW)
    assert "shrank" in receiver.trouble


@pytest.mark.parametrize("content", [b"", b"\xc1", b"\x80", b"not a head", b"\x81\xa1\xff\x01"])
def test_bytes_that_are_no_head_are_refused(content: bytes) -> None:
    receiver = side(logged())
    (entry,) = receiver.take(content, NOW)
    assert entry.outcome == Outcome.REFUSED
    assert receiver.trouble


def test_whichever_of_the_last_heads_arrived_the_next_one_proves_to_continue_it() -> None:
    """A crash between keeping and sending leaves a head unsent: it is proved around."""
    for arrived in (0, 1):
        log, disk = logged(), FailingDisk()
        receiver = side(logged())
        bodies = []
        for minute in range(2):
            bodies.append(side(log, disk).body(NOW + minute * MINUTE_NS))
            grow(log)
        receiver.take(bodies[arrived], NOW)
        receiver.take(side(log, disk.survivor(power_loss=3)).body(NOW + 9 * MINUTE_NS), NOW)
        assert receiver.trouble == ""


def test_a_minute_is_counted_once() -> None:
    audit = side(logged())
    agreement = b"d" * 32
    rows = audit.minute(Traffic(100, 90, 2), 1, agreement, NOW)
    assert [(row.kind, row.outcome, row.reference) for row in rows] == [
        (Kind.KEY_EPOCH, Outcome.NONE, 1),
        (Kind.ENVELOPE_SENT, Outcome.DONE, 100),
        (Kind.ENVELOPE_RECEIVED, Outcome.DONE, 90),
        (Kind.ENVELOPE_RECEIVED, Outcome.REFUSED, 2),
    ]
    assert all(row.party == "WE" and row.agreement == agreement for row in rows)
    assert audit.minute(Traffic(100, 90, 2), 1, agreement, NOW) == []
    (row,) = audit.minute(Traffic(107, 90, 2), 1, agreement, NOW)
    assert (row.kind, row.reference) == (Kind.ENVELOPE_SENT, 7)


def test_decisions_are_recorded_by_partner_clause_and_verdict() -> None:
    counts = Counter(
        {
            ("east-west", "WE", "art-2", 2): 40,
            ("east-west", "WE", "art-2", 0): 3,
            ("east-west", "WE", "", 0): 5,
            ("elsewhere", "WE", "", 0): 9,
        }
    )
    rows = decided(counts, {"east-west": (pact(), b"d" * 32)}, NOW)
    assert [(row.kind, row.clause, row.reference) for row in rows] == [
        (Kind.ITEM_WITHHELD, -1, 5),
        (Kind.ITEM_WITHHELD, 1, 3),
        (Kind.ITEM_RELEASED, 1, 40),
    ]
