"""The store of agreements is killed at every operation, loses power, fails, and is opened again."""

import errno
from pathlib import Path

import pytest

from agreement_texts import NAME, PINS, amended, first_version, notice, signatures
from failing_disk import FailingDisk, Killed
from skypact.agreement.refusals import StoreDamaged, StoreFailed
from skypact.agreement.store import AgreementStore, Item

FOLDER = Path("/agreements")
FIRST = first_version()
SECOND = amended(FIRST)
ITEMS: list[Item] = [
    FIRST,
    *signatures(FIRST),
    SECOND,
    *signatures(SECOND),
    notice(SECOND, "EA"),
]
FULLY_SIGNED = {3: FIRST, 6: SECOND}
"""The text that is the last fully signed one from so many items on."""
POWER_LOSSES = 2


def last_fully_signed(items: int):
    return next((text for count, text in reversed(FULLY_SIGNED.items()) if items >= count), None)


def fill(disk: FailingDisk, acknowledged: list[Item]) -> None:
    store = AgreementStore(disk, FOLDER, PINS)
    for item in ITEMS:
        store.add(item, "2030-01-15T00:00:00.000Z")
        acknowledged.append(item)


def operations_in_all() -> int:
    disk = FailingDisk()
    fill(disk, [])
    return disk.operations


def check_survivor(disk: FailingDisk, acknowledged: int) -> None:
    store = AgreementStore(disk, FOLDER, PINS)
    assert store.refused == []
    newest = store.chains[NAME].newest if NAME in store.chains else None
    # What was being written when it was killed may be there whole; more may not.
    may_be = [last_fully_signed(acknowledged), last_fully_signed(acknowledged + 1)]
    assert (newest.document if newest else None) in may_be
    for item in ITEMS:
        store.add(item, "2030-01-16T00:00:00.000Z")
    chain = store.chains[NAME]
    assert [version.document for version in chain.accepted] == [FIRST, SECOND]
    assert chain.notices == (ITEMS[-1],)
    again = AgreementStore(disk, FOLDER, PINS)
    assert again.chains == store.chains


@pytest.mark.parametrize("stop_after", range(operations_in_all()))
def test_the_last_fully_signed_text_counts_after_a_kill_at_any_operation(stop_after: int) -> None:
    disk, acknowledged = FailingDisk(stop_after), []
    with pytest.raises(Killed):
        fill(disk, acknowledged)
    check_survivor(disk.survivor(), len(acknowledged))
    for seed in range(POWER_LOSSES):
        check_survivor(disk.survivor(power_loss=seed), len(acknowledged))


@pytest.mark.parametrize("stop_after", range(operations_in_all()))
def test_what_a_start_believed_outlasts_a_loss_of_power(stop_after: int) -> None:
    disk = FailingDisk(stop_after)
    with pytest.raises(Killed):
        fill(disk, [])
    killed = disk.survivor()
    believed = AgreementStore(killed, FOLDER, PINS).chains
    for seed in range(POWER_LOSSES):
        assert AgreementStore(killed.survivor(power_loss=seed), FOLDER, PINS).chains == believed


@pytest.mark.parametrize("failing", range(operations_in_all()))
def test_a_disk_that_fails_at_any_operation_is_a_named_error_without_effect(failing: int) -> None:
    disk, acknowledged = FailingDisk(errors={failing: errno.EIO}), []
    with pytest.raises(StoreFailed):
        fill(disk, acknowledged)
    disk.errors = {}
    check_survivor(disk.survivor(), len(acknowledged))
    for seed in range(POWER_LOSSES):
        check_survivor(disk.survivor(power_loss=seed), len(acknowledged))


def test_a_store_that_failed_takes_nothing_more() -> None:
    disk = FailingDisk()
    store = AgreementStore(disk, FOLDER, PINS)
    disk.errors = {disk.operations + 3: errno.EIO}
    with pytest.raises(StoreFailed):
        store.add(FIRST, "2030-01-15")
    before = disk.operations
    with pytest.raises(StoreFailed, match="has stopped"):
        store.add(FIRST, "2030-01-15")
    assert (disk.operations, store.chains) == (before, {})


@pytest.mark.parametrize("number", range(1, len(ITEMS)))
def test_a_stored_item_that_was_changed_or_taken_away_is_refused(number: int) -> None:
    disk = FailingDisk()
    fill(disk, [])
    name = FOLDER / f"{number:010d}.json"
    kept = bytes(disk.now[name].data)
    disk.now[name].data[:] = kept.replace(b"2030-01-15T", b"2029-01-15T")
    with pytest.raises(StoreDamaged):
        AgreementStore(disk, FOLDER, PINS)
    del disk.now[name]
    with pytest.raises(StoreDamaged):
        AgreementStore(disk, FOLDER, PINS)


def test_items_that_the_pins_no_longer_allow_are_told_and_have_no_effect() -> None:
    disk = FailingDisk()
    fill(disk, [])
    store = AgreementStore(disk, FOLDER, PINS | {"WE": PINS["SO"]})
    assert store.chains[NAME].newest is None
    assert [problem.name for _, problem in store.refused] == [
        "SignedWithOtherKey",
        "VersionSkipped",
        "PredecessorUnknown",
        "PredecessorUnknown",
        "NoticeRefused",
    ]
