"""Verification names what was changed, removed or moved; whoever rewrites all meets the heads."""

import struct
import zlib
from hashlib import sha256
from pathlib import Path

import pytest

from audit_logs import KEY, OTHER_KEY, SEGMENT, entries
from failing_disk import FailingDisk
from skypact.audit.errors import AuditDamaged
from skypact.audit.log import AuditLog
from skypact.audit.record import CRC_AT
from skypact.audit.verify import Verdict, verify_log
from skypact.node.disk import SystemDisk

SLOT = 128


def verdict(disk: FailingDisk, folder: Path, key=KEY) -> Verdict:
    return verify_log(disk, folder, key.public_key(), segment_records=SEGMENT)


def told(disk: FailingDisk, folder: Path) -> list[tuple[str, int, int]]:
    found = verdict(disk, folder)
    assert not found.holds
    return [(one.what, one.number, one.last) for one in found.findings]


def segment(disk: FailingDisk, folder: Path, number: int) -> bytearray:
    return disk.now[folder / f"{number - number % SEGMENT:016d}.audit"].data


def change(data: bytearray, index: int, at: int, *, new_check_sum: bool) -> None:
    """Change a byte of a record, as a fault or as a forger does."""
    data[index * SLOT + at] ^= 1
    if new_check_sum:
        body = bytes(data[index * SLOT : index * SLOT + CRC_AT])
        data[index * SLOT + CRC_AT : (index + 1) * SLOT] = struct.pack("<I", zlib.crc32(body))


def rewrite_from(disk: FailingDisk, folder: Path, number: int) -> None:
    """Make every link and check sum after a record anew, as who owns the disk can."""
    names = sorted(p for p in disk.now if p.suffix == ".audit")
    previous = b""
    for name in names:
        data = disk.now[name].data
        for at in range(0, len(data), SLOT):
            if int(name.stem) + at // SLOT > number:
                data[at + 40 : at + 72] = previous
                data[at + CRC_AT : at + SLOT] = struct.pack(
                    "<I", zlib.crc32(bytes(data[at : at + CRC_AT]))
                )
            previous = sha256(data[at : at + SLOT]).digest()


def test_a_log_as_it_was_written_holds(log: AuditLog, disk: FailingDisk, folder: Path) -> None:
    head = log.head(5_000)
    found = verdict(disk, folder)
    assert found.findings == ()
    assert (found.records, found.root, found.newest_head) == (19, head.root, head)
    assert found.heads == 5  # three asked for, two seals


@pytest.mark.parametrize("number", range(19))
@pytest.mark.parametrize("at", [2, 16, 45, 80, 125])
def test_a_changed_byte_names_its_record(
    log: AuditLog, disk: FailingDisk, folder: Path, number: int, at: int
) -> None:
    log.append(entries(1))  # so that what is changed was durable for certain
    change(segment(disk, folder, number), number % SEGMENT, at, new_check_sum=False)
    assert ("changed", number, number) in told(disk, folder)
    one = verdict(disk, folder).findings[0]
    assert (one.file, one.byte) == (
        f"{number - number % SEGMENT:016d}.audit",
        number % SEGMENT * SLOT,
    )


@pytest.mark.parametrize("number", range(1, 18))
@pytest.mark.parametrize("at", [16, 45, 80])
def test_a_record_changed_with_its_check_sum_is_still_named(
    log: AuditLog, disk: FailingDisk, folder: Path, number: int, at: int
) -> None:
    change(segment(disk, folder, number), number % SEGMENT, at, new_check_sum=True)
    names = told(disk, folder)
    # A link that does not fit at the border of two files may blame the record on either side.
    edge = number % SEGMENT in (0, SEGMENT - 1)
    near = {number, number - 1} if edge and at == 45 else {number}
    assert names[0][0] == "changed"
    assert names[0][1] in near


@pytest.mark.parametrize("number", [0, 3, 7, 9, 12, 16, 17])
def test_a_removed_record_is_named(
    log: AuditLog, disk: FailingDisk, folder: Path, number: int
) -> None:
    data = segment(disk, folder, number)
    del data[number % SEGMENT * SLOT : (number % SEGMENT + 1) * SLOT]
    assert ("removed", number, number) in told(disk, folder)


def test_removed_runs_and_files_are_named(log: AuditLog, disk: FailingDisk, folder: Path) -> None:
    del segment(disk, folder, 0)[2 * SLOT : 5 * SLOT]
    assert told(disk, folder)[0] == ("removed", 2, 4)
    del disk.now[folder / f"{8:016d}.audit"]
    assert ("removed", 8, 15) in told(disk, folder)


@pytest.mark.parametrize("number", [1, 4, 10])
def test_reordered_records_are_named(
    log: AuditLog, disk: FailingDisk, folder: Path, number: int
) -> None:
    data = segment(disk, folder, number)
    at = number % SEGMENT * SLOT
    data[at : at + 2 * SLOT] = data[at + SLOT : at + 2 * SLOT] + data[at : at + SLOT]
    assert told(disk, folder) == [("moved", number + 1, number + 1)]


def test_a_record_put_in_a_second_time_is_named(
    log: AuditLog, disk: FailingDisk, folder: Path
) -> None:
    data = segment(disk, folder, 16)
    data.extend(data[SLOT : 2 * SLOT])
    assert told(disk, folder) == [("moved", 17, 17)]


def test_a_tail_removed_below_a_signed_head_is_named(
    log: AuditLog, disk: FailingDisk, folder: Path
) -> None:
    log.head(5_000)
    del segment(disk, folder, 16)[SLOT:]
    assert told(disk, folder) == [("removed", 17, 18)]


def test_a_forger_who_makes_everything_anew_is_met_by_the_heads(
    log: AuditLog, disk: FailingDisk, folder: Path
) -> None:
    change(segment(disk, folder, 9), 1, 80, new_check_sum=True)
    rewrite_from(disk, folder, 9)
    # Heads were signed at 6, 8 and 15 records: the change lies between the second and third.
    assert told(disk, folder) == [("rewritten", 8, 14)]


def test_a_head_of_another_key_is_named(log: AuditLog, disk: FailingDisk, folder: Path) -> None:
    found = verdict(disk, folder, OTHER_KEY)
    assert not found.holds
    assert {one.what for one in found.findings} == {"bad-head"}


def test_a_write_that_a_crash_interrupted_is_said_and_is_no_damage(
    log: AuditLog, disk: FailingDisk, folder: Path
) -> None:
    head = log.head(5_000)
    segment(disk, folder, 16).extend(bytes(200))
    found = verdict(disk, folder)
    assert found.holds
    assert [one.what for one in found.findings] == ["unfinished"]
    assert (found.records, found.root) == (head.size, head.root)


def test_a_folder_without_a_log_is_refused_by_name(disk: FailingDisk, folder: Path) -> None:
    with pytest.raises(AuditDamaged, match="no audit log"):
        verdict(disk, folder)


def test_processes_come_to_the_same_verdict(tmp_path: Path) -> None:
    log = AuditLog(SystemDisk(), tmp_path, KEY, 1_000, segment_records=4)
    log.append(entries(150))
    log.head(2_000)
    one, two = (
        verify_log(SystemDisk(), tmp_path, KEY.public_key(), segment_records=4, workers=workers)
        for workers in (1, 2)
    )
    assert one == two
    assert one.holds
    assert one.records == 151
