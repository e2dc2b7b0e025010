"""A running node obeys: what may leave, when, and that every change is recorded before."""

import datetime
import errno
from pathlib import Path

import msgspec
import pytest

from agreement_texts import KEYS, NAME, PINS, amended, first_version, notice, signatures
from audit_logs import KEY
from failing_disk import FailingDisk
from skypact.agreement.refusals import ForkRefused, SignedByAnother, StoreFailed
from skypact.agreement.signing import sign_document
from skypact.agreement.store import AgreementStore
from skypact.audit.errors import AuditFull, AuditStopped
from skypact.audit.log import AuditLog
from skypact.audit.record import Entry, Kind, fields_of
from skypact.audit.verify import verify_log
from skypact.model.time import from_iso
from skypact.node.agreement_opening import LiveAgreements
from skypact.node.agreement_state import AgreementState
from skypact.node.agreement_status import agreement_rows

STORE, AUDIT = Path("/store"), Path("/audit")
FIRST = first_version()
DRAFTED = from_iso("2030-01-10")
ENTRY = from_iso("2030-02-01")
LAST_NS = from_iso("2035-02-02") - 1
"""The last nanosecond of 1 February 2035, the last day of the first term."""


def opened(disk: FailingDisk, now_ns: int, pins=PINS) -> tuple[AgreementState, AuditLog]:
    log = AuditLog(disk, AUDIT, KEY, now_ns)
    store = AgreementStore(disk, STORE, pins)
    state = AgreementState(store, log, believed_ns=max(now_ns, log.opened_after_ns))
    state.advance(now_ns)
    return state, log


def signed_state(disk: FailingDisk, now_ns: int = DRAFTED) -> tuple[AgreementState, AuditLog]:
    state, log = opened(disk, now_ns)
    for item in (FIRST, *signatures(FIRST)):
        state.add(item, now_ns, "east-west.toml")
    state.advance(now_ns)
    return state, log


def recorded(log: AuditLog) -> list[tuple[str, str]]:
    rows = [fields_of(log.slot(number)) for number in range(log.size)]
    return [(str(row["kind"]), str(row["outcome"])) for row in rows]


def test_nothing_leaves_a_nanosecond_before_entry_or_after_the_last_day() -> None:
    state, _ = signed_state(FailingDisk())
    assert state.in_force() == ()
    for now_ns, leaves in ((ENTRY - 1, False), (ENTRY, True)):
        state.advance(now_ns)
        assert bool(state.in_force()) is leaves
    state.add(notice(FIRST, "WE", datetime.date(2030, 3, 1)), ENTRY, "partner")
    for now_ns, leaves in ((LAST_NS, True), (LAST_NS + 1, False)):
        state.advance(now_ns)
        assert bool(state.in_force()) is leaves


def test_a_text_that_lacks_a_signature_never_binds_whatever_it_says() -> None:
    state, _ = opened(FailingDisk(), ENTRY)
    state.add(FIRST, ENTRY, "file")
    state.add(signatures(FIRST)[0], ENTRY, "file")
    state.advance(ENTRY)
    assert state.situations[NAME].standing.state == "drafted"
    assert state.in_force() == ()
    assert state.situations[NAME].credentials_end_ns == 0


def test_on_lapse_epochs_end_credentials_expire_data_freezes_and_a_head_is_sealed() -> None:
    disk = FailingDisk()
    state, log = signed_state(disk)
    state.add(notice(FIRST, "EA", datetime.date(2034, 7, 1)), DRAFTED, "partner")
    state.advance(LAST_NS)
    before = state.situations[NAME]
    assert before.credentials_end_ns == LAST_NS + 1
    assert (before.in_force, before.new_epochs, before.received_frozen) == (True, True, False)
    assert state.final_heads == {}
    state.advance(LAST_NS + 1)
    after = state.situations[NAME]
    assert after.standing.state == "lapsed"
    assert (after.in_force, after.new_epochs, after.received_frozen) == (False, False, True)
    assert after.credentials_end_ns == 0
    assert state.final_heads[NAME].size == log.size
    assert recorded(log)[-2:] == [("STANDING_CHANGED", "LAPSED"), ("RECEIVED_DATA_FROZEN", "DONE")]
    assert verify_log(disk, AUDIT, KEY.public_key()).newest_head == state.final_heads[NAME]


def test_warnings_are_recorded_180_90_30_and_7_days_before() -> None:
    state, log = signed_state(FailingDisk())
    end = datetime.date(2034, 8, 1)  # last day for notice
    for left in range(200, -1, -1):
        day = end - datetime.timedelta(days=left)
        state.advance(from_iso(day.isoformat()))
    near = [fields_of(log.slot(number)) for number in range(log.size)]
    told = [row["reference"] for row in near if row["kind"] == "END_NEAR"]
    assert told == [180, 90, 30, 7]


def test_tacit_renewal_goes_on_and_is_recorded() -> None:
    state, log = signed_state(FailingDisk())
    state.advance(ENTRY)
    before = len(recorded(log))
    state.advance(LAST_NS + 1)
    assert state.situations[NAME].standing.renewed == 1
    assert ("STANDING_CHANGED", "IN_FORCE") in recorded(log)[before:]
    assert state.in_force()


def test_between_changes_nothing_is_reckoned_or_recorded() -> None:
    state, log = signed_state(FailingDisk())
    state.advance(ENTRY)
    size = log.size
    assert state.next_change_ns > ENTRY
    assert not state.advance(state.next_change_ns - 1)
    assert log.size == size


def test_a_clock_set_back_brings_nothing_to_life() -> None:
    disk = FailingDisk()
    state, _ = signed_state(disk)
    state.add(notice(FIRST, "EA", datetime.date(2034, 7, 1)), DRAFTED, "partner")
    state.advance(LAST_NS + 1)
    state.advance(ENTRY)
    assert state.in_force() == ()
    for _ in range(2):  # the clock was set back while the node was down
        again, log = opened(disk, ENTRY)
        assert again.situations[NAME].standing.state == "lapsed"
        assert again.in_force() == ()
        LiveAgreements(again, log, ()).close(ENTRY)


def test_an_item_is_recorded_before_it_is_stored_and_stored_before_it_counts() -> None:
    disk = FailingDisk()
    state, log = opened(disk, DRAFTED)
    state.add(FIRST, DRAFTED, "file")
    assert recorded(log)[-1] == ("AGREEMENT_ACCEPTED", "DRAFTED")
    for signature in signatures(FIRST):
        state.add(signature, DRAFTED, "file")
    assert recorded(log)[-2:] == [("SIGNATURE_ACCEPTED", "DONE"), ("SIGNATURE_ACCEPTED", "SIGNED")]
    size = log.size
    state.add(FIRST, DRAFTED, "file")  # again: nothing new
    assert log.size == size


def test_what_cannot_be_recorded_has_no_effect() -> None:
    disk = FailingDisk()
    state, _ = signed_state(disk)
    second = amended(FIRST)
    disk.errors = {disk.operations: errno.ENOSPC}
    with pytest.raises(AuditFull):
        state.add(second, DRAFTED, "partner")
    assert len(AgreementStore(disk, STORE, PINS).chains[NAME].drafts) == 0
    disk.errors = {}
    state.add(second, DRAFTED, "partner")


def test_what_cannot_be_stored_has_no_effect_and_that_is_recorded() -> None:
    disk = FailingDisk()
    state, log = signed_state(disk)
    disk.errors = {disk.operations + 2: errno.ENOSPC}  # after the record's write and sync
    with pytest.raises(StoreFailed):
        state.add(amended(FIRST), DRAFTED, "partner")
    assert recorded(log)[-1] == ("AGREEMENT_ACCEPTED", "REFUSED")
    assert state.store.chains[NAME].drafts == ()


def test_while_changes_cannot_be_recorded_nothing_leaves() -> None:
    disk = FailingDisk()
    state, _ = signed_state(disk)
    disk.errors = {disk.operations: errno.ENOSPC}
    state.advance(ENTRY)
    assert state.trouble
    assert state.in_force() == ()
    assert "cannot be recorded" not in str(agreement_rows(state, ENTRY)[0]["warnings"])
    assert state.trouble == ""  # there was room again at the next call
    assert state.in_force()


def test_a_log_that_has_stopped_keeps_everything_in_until_the_next_start() -> None:
    disk = FailingDisk()
    state, log = signed_state(disk)
    state.advance(ENTRY)
    disk.errors = {disk.operations: errno.EIO}
    with pytest.raises(AuditStopped):
        log.append([Entry(Kind.ALERT_RAISED, ENTRY)])
    with pytest.raises(AuditStopped):
        state.add(amended(FIRST), ENTRY, "partner")
    LiveAgreements(state, log, ()).tick(ENTRY + 10**9)
    for seconds in (2, 3):
        state.advance(ENTRY + seconds * 10**9)
        assert state.trouble
        assert state.in_force() == ()
    disk.errors = {}
    again, _ = opened(disk, ENTRY)
    assert again.in_force()


def test_trouble_is_told_in_the_status() -> None:
    disk = FailingDisk()
    state, _ = signed_state(disk)
    disk.errors = dict.fromkeys(range(disk.operations, disk.operations + 9), errno.ENOSPC)
    rows = agreement_rows(state, ENTRY)
    assert "cannot be recorded" in rows[0]["warnings"][0]["en"]


def test_refusals_are_kept_and_recorded_by_name() -> None:
    state, log = signed_state(FailingDisk())
    second = amended(FIRST)
    for item in (second, *signatures(second)):
        state.add(item, DRAFTED, "partner")
    with pytest.raises(ForkRefused):
        state.add(amended(FIRST, "another"), DRAFTED, "partner")
    third = amended(second)
    state.add(third, DRAFTED, "partner")
    with pytest.raises(SignedByAnother):
        state.add(
            sign_document(third, "WE", KEYS["EA"], datetime.date(2030, 1, 1)), DRAFTED, "partner"
        )
    assert [one.name for one in state.refused] == ["ForkRefused", "SignedByAnother"]
    assert recorded(log).count(("AGREEMENT_REFUSED", "REFUSED")) == 2


def test_a_signed_amendment_that_has_not_begun_leaves_the_text_before_in_force() -> None:
    state, _ = signed_state(FailingDisk())
    second = amended(FIRST)
    heading = msgspec.structs.replace(second.agreement, effective=datetime.date(2031, 1, 1))
    second = msgspec.structs.replace(second, agreement=heading)
    for item in (second, *signatures(second)):
        state.add(item, ENTRY, "partner")
    begins = from_iso("2031-01-01")
    for now_ns, version in ((begins - 1, 1), (begins, 2)):
        state.advance(now_ns)
        (one,) = state.in_force()
        assert one.document.agreement.version == version


def test_rows_say_what_the_display_shows() -> None:
    state, _ = signed_state(FailingDisk())
    (row,) = agreement_rows(state, ENTRY)
    assert row["id"] == NAME
    assert row["standing"] == "in-force"
    assert (row["in_force"], row["ends"], row["notice_by"]) == (
        "2030-02-01",
        "2035-02-01",
        "2034-08-01",
    )
    assert [(p["code"], p["signed"], p["signature"]) for p in row["parties"]] == [
        ("EA", "2030-01-15", True),
        ("WE", "2030-01-15", True),
    ]


def test_a_node_started_again_obeys_the_same() -> None:
    disk = FailingDisk()
    state, _ = signed_state(disk)
    state.advance(ENTRY)
    again, _ = opened(disk, ENTRY)
    assert again.situations == state.situations
    assert again.in_force() == state.in_force()


def test_an_agreement_that_cannot_be_reckoned_stops_no_other() -> None:
    state, _ = signed_state(FailingDisk())
    heading = msgspec.structs.replace(FIRST.agreement, id="nowhere")
    term = msgspec.structs.replace(FIRST.term, time_zone="Nowhere/Never")
    other = msgspec.structs.replace(FIRST, agreement=heading, term=term)
    for item in (other, *signatures(other)):
        state.add(item, DRAFTED, "file")
    state.advance(ENTRY)
    assert [one.document.agreement.id for one in state.in_force()] == [NAME]
    assert [(one.where, one.name) for one in state.refused] == [("nowhere", "BadInput")]
