"""The audit log is killed at every operation, loses power, fills the disk, and is opened again."""

import contextlib
import errno

import pytest

from audit_logs import FOLDER, KEY, SEGMENT, entries
from failing_disk import FailingDisk, Killed
from skypact.audit.errors import AuditFull, AuditStopped
from skypact.audit.heads import SignedHead, check_partner_head
from skypact.audit.log import AuditLog
from skypact.audit.verify import verify_log

POWER_LOSSES = 6


def write(disk: FailingDisk, durable: list[bytes], heads: list[SignedHead]) -> None:
    """A node's life: opened, appended to in groups, heads signed; what it was told is kept."""

    def append(count: int) -> None:
        numbers = log.append(entries(count, start=100 * count))
        durable[:] = [log.slot(number) for number in range(numbers.stop)]

    log = AuditLog(disk, FOLDER, KEY, 1_000, segment_records=SEGMENT)
    for count in (1, 3, 5):
        append(count)
        heads.append(log.head(count * 1_000))
    log = AuditLog(disk, FOLDER, KEY, 7_000, segment_records=SEGMENT)
    append(9)
    heads.append(log.head(9_000))
    append(2)


def operations_in_all() -> int:
    disk = FailingDisk()
    write(disk, [], [])
    return disk.operations


def check_survivor(disk: FailingDisk, durable: list[bytes], heads: list[SignedHead]) -> None:
    log = AuditLog(disk, FOLDER, KEY, 20_000, segment_records=SEGMENT)
    assert [log.slot(number) for number in range(len(durable))] == durable
    log.append(entries(3))
    now = log.head(30_000)
    for head in heads:
        check_partner_head(head, now, log.consistency(head.size), KEY.public_key())
    verdict = verify_log(disk, FOLDER, KEY.public_key(), segment_records=SEGMENT)
    assert verdict.findings == ()
    assert verdict.records == log.size
    assert verdict.newest_head == now


@pytest.mark.parametrize("stop_after", range(operations_in_all()))
def test_what_was_acknowledged_is_there_after_a_kill_at_any_operation(stop_after: int) -> None:
    disk, durable, heads = FailingDisk(stop_after), [], []
    with pytest.raises(Killed):
        write(disk, durable, heads)
    check_survivor(disk.survivor(), durable, heads)
    for seed in range(POWER_LOSSES):
        check_survivor(disk.survivor(power_loss=seed), durable, heads)


@pytest.mark.parametrize("stop_after", range(3, 20))
def test_a_kill_while_recovering_from_a_kill_loses_nothing(stop_after: int) -> None:
    disk, durable, heads = FailingDisk(stop_after + 20), [], []
    with pytest.raises(Killed):
        write(disk, durable, heads)
    for seed in range(POWER_LOSSES):
        again = disk.survivor(power_loss=seed)
        again.stop_after = stop_after % 7
        with contextlib.suppress(Killed):
            AuditLog(again, FOLDER, KEY, 20_000, segment_records=SEGMENT)
        check_survivor(again.survivor(power_loss=seed + 1), durable, heads)


@pytest.mark.parametrize("failing", range(operations_in_all()))
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO])
def test_a_disk_that_fails_at_any_operation_is_a_named_error_and_loses_nothing(
    failing: int, number: int
) -> None:
    disk, durable, heads = FailingDisk(errors={failing: number}), [], []
    with pytest.raises((AuditFull, AuditStopped)):
        write(disk, durable, heads)
    disk.errors = {}
    check_survivor(disk.survivor(), durable, heads)
    for seed in range(POWER_LOSSES):
        check_survivor(disk.survivor(power_loss=seed), durable, heads)


def test_a_full_disk_refuses_and_takes_again_once_there_is_room() -> None:
    disk = FailingDisk()
    log = AuditLog(disk, FOLDER, KEY, 1_000, segment_records=SEGMENT)
    log.append(entries(2))
    disk.errors = {disk.operations: errno.ENOSPC}
    with pytest.raises(AuditFull, match="nothing took effect"):
        log.append(entries(3))
    assert log.size == 3
    disk.errors = {}
    assert log.append(entries(3)) == range(3, 6)
    assert verify_log(disk, FOLDER, KEY.public_key(), segment_records=SEGMENT).findings == ()


def test_nothing_of_a_refused_write_is_left_behind_a_shorter_one() -> None:
    disk = FailingDisk()
    log = AuditLog(disk, FOLDER, KEY, 1_000, segment_records=SEGMENT)
    disk.errors = {disk.operations: errno.ENOSPC}
    with pytest.raises(AuditFull):
        log.append(entries(7))
    log.append(entries(1))
    assert verify_log(disk, FOLDER, KEY.public_key(), segment_records=SEGMENT).findings == ()
    check_survivor(disk.survivor(), [log.slot(0), log.slot(1)], [])


def test_a_failed_fsync_is_never_tried_again() -> None:
    disk = FailingDisk()
    log = AuditLog(disk, FOLDER, KEY, 1_000, segment_records=SEGMENT)
    disk.errors = {disk.operations + 1: errno.EIO}
    with pytest.raises(AuditStopped):
        log.append(entries(1))
    before = disk.operations
    with pytest.raises(AuditStopped, match="has stopped"):
        log.append(entries(1))
    with pytest.raises(AuditStopped):
        log.head(5_000)
    assert disk.operations == before
