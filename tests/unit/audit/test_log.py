"""The log a node writes: numbers, heads, proofs, and what it refuses to open."""

import errno
from pathlib import Path

import pytest

from audit_logs import KEY, OTHER_KEY, SEGMENT, entries
from failing_disk import FailingDisk
from skypact.audit.errors import AuditDamaged, AuditFull, AuditStopped
from skypact.audit.group import GroupCommit
from skypact.audit.heads import check_partner_head, head_holds
from skypact.audit.log import AuditLog
from skypact.audit.merkle import leaf_hash
from skypact.audit.proofs import included
from skypact.audit.record import Entry, Kind, fields_of
from skypact.node.disk import SystemDisk


def reopened(disk: FailingDisk, folder: Path, key=KEY) -> AuditLog:
    return AuditLog(disk, folder, key, 50_000, segment_records=SEGMENT)


def test_records_have_the_numbers_that_were_told_and_begin_with_the_opening(log: AuditLog) -> None:
    assert log.append(entries(3)) == range(19, 22)
    assert fields_of(log.slot(0))["kind"] == "LOG_OPENED"
    assert fields_of(log.slot(21))["number"] == 21
    assert fields_of(log.slot(21))["party"] == "KZ"
    assert log.slot(22) == b""


def test_an_append_of_nothing_records_nothing(log: AuditLog) -> None:
    assert log.append([]) == range(19, 19)


def test_every_record_proves_to_be_under_the_head(log: AuditLog) -> None:
    head = log.head(5_000)
    assert head_holds(head, KEY.public_key())
    assert not head_holds(head, OTHER_KEY.public_key())
    for number in range(head.size):
        leaf = leaf_hash(log.slot(number)[1:])
        path = log.inclusion(number)
        assert included(leaf, number, head.size, path, head.root)
        assert not included(leaf_hash(b"another"), number, head.size, path, head.root)


def test_a_log_opened_again_goes_on_in_the_same_tree(
    log: AuditLog, disk: FailingDisk, folder: Path
) -> None:
    before = log.head(5_000)
    again = reopened(disk, folder)
    assert again.recovered_bytes == 0
    after = again.head(2)  # whatever the clock says
    assert after.time_ns >= before.time_ns
    assert after.size == before.size + 1
    check_partner_head(before, after, again.consistency(before.size), KEY.public_key())


def test_proofs_are_right_after_the_log_has_grown(log: AuditLog) -> None:
    log.inclusion(18)
    old = log.head(5_000)
    log.append(entries(2))
    new = log.head(6_000)
    check_partner_head(old, new, log.consistency(old.size, new.size), KEY.public_key())


def test_an_idle_log_stores_no_more_heads(log: AuditLog, disk: FailingDisk) -> None:
    log.head(5_000)
    before = disk.operations
    assert log.head(60_000).time_ns == 60_000
    assert disk.operations == before


def test_no_head_is_older_than_what_stands_in_the_log(log: AuditLog) -> None:
    newest = fields_of(log.slot(18))["time_ns"]
    assert log.head(1).time_ns == newest
    assert log.head(60_000).time_ns == 60_000
    assert log.head(2).time_ns == 60_000


@pytest.mark.parametrize("number", [16, 17])
def test_a_record_changed_behind_the_nodes_back_keeps_the_log_from_opening(
    log: AuditLog, disk: FailingDisk, folder: Path, number: int
) -> None:
    log.append(entries(1))
    name = folder / f"{number - number % SEGMENT:016d}.audit"
    disk.now[name].data[number % SEGMENT * 128 + 80] ^= 1
    with pytest.raises(AuditDamaged, match=f"record {number} "):
        reopened(disk, folder)


def test_a_tail_cut_off_below_a_signed_head_keeps_the_log_from_opening(
    log: AuditLog, disk: FailingDisk, folder: Path
) -> None:
    log.head(5_000)
    del disk.now[folder / f"{16:016d}.audit"].data[256:]
    with pytest.raises(AuditDamaged, match="records 18 to 18 were signed for and are gone"):
        reopened(disk, folder)


def test_a_missing_segment_keeps_the_log_from_opening(
    log: AuditLog, disk: FailingDisk, folder: Path
) -> None:
    del disk.now[folder / f"{8:016d}.audit"]
    with pytest.raises(AuditDamaged, match="records 8 to 15 is missing"):
        reopened(disk, folder)


def test_a_log_is_not_opened_with_another_key(
    log: AuditLog, disk: FailingDisk, folder: Path
) -> None:
    with pytest.raises(AuditDamaged, match="this node's audit key"):
        reopened(disk, folder, OTHER_KEY)


def test_an_unfinished_write_is_cut_off_and_recorded(
    log: AuditLog, disk: FailingDisk, folder: Path
) -> None:
    disk.now[folder / f"{16:016d}.audit"].data.extend(b"\x00\x01 the beginning of a record")
    again = reopened(disk, folder)
    assert again.recovered_bytes == 28
    recovery = fields_of(again.slot(20))
    assert (recovery["kind"], recovery["reference"]) == (Kind.LOG_RECOVERED.name, 28)


def test_a_group_commit_answers_everyone_with_their_own_numbers(tmp_path: Path) -> None:
    log = AuditLog(SystemDisk(), tmp_path / "audit", KEY, 1_000, segment_records=64)
    with GroupCommit(log) as group:
        answers = [group.submit(entries(1 + n % 3, start=n)) for n in range(100)]
        numbers = [answer.result() for answer in answers]
    assert [n for run in numbers for n in run] == list(range(1, log.size))
    for index, run in enumerate(numbers):
        assert fields_of(log.slot(run.start))["reference"] == index


def test_a_group_commit_tells_everyone_of_a_full_disk_and_goes_on_after_it(
    disk: FailingDisk, folder: Path
) -> None:
    log = AuditLog(disk, folder, KEY, 1_000, segment_records=64)
    disk.errors = {disk.operations: errno.ENOSPC}
    with GroupCommit(log) as group:
        refused = group.submit(entries(2))
        with pytest.raises(AuditFull):
            refused.result()
        assert group.append(entries(2)) == range(1, 3)
        assert group.head(50_000).size == 3
    with pytest.raises(AuditStopped, match="being closed"):
        group.submit(entries(1))


@pytest.mark.parametrize(
    "fields", [{"time_ns": 2**63}, {"reference": -(2**63) - 1}, {"clause": 40_000}]
)
def test_a_number_that_no_record_could_hold_is_refused_at_once(fields: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="no int"):
        Entry(Kind.ALERT_RAISED, **({"time_ns": 0} | fields))
