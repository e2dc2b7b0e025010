"""Outbox and inbox are killed at every operation of their disks; nothing is lost or done twice."""

import contextlib
import errno
from pathlib import Path

import pytest

from failing_disk import FailingDisk, Killed
from linked_stations import items
from made_up_stations import KG_LABEL, NOW_NS, seeded
from skypact.exchange.inbox import Inbox
from skypact.exchange.item_content import receipt_from
from skypact.exchange.journal import Journal
from skypact.exchange.journal_frames import JournalFull, JournalStopped
from skypact.exchange.outbox import Outbox, OutboxLimits
from skypact.model.exchange import DurableItem
from skypact.model.time import SECOND_NS

FOLDER = Path("/link")
POWER_LOSSES = 4
GROUPS = (1, 3, 2, 5)
SEGMENT_BYTES = 600
"""So that files are begun and taken away in these few items."""


# The journal alone --------------------------------------------------------------------------


def write(disk: FailingDisk, durable: list[bytes], done: list[int]) -> None:
    """A journal's life; what it said to be durable is kept."""
    journal = Journal(disk, FOLDER, seeded("journal"), 300)
    for group in (1, 4, 2):
        bodies = [b"piece %d" % (len(durable) + k) for k in range(group)]
        journal.append(bodies, [NOW_NS] * group)
        durable += bodies
    journal.let_go(3)
    journal.note()
    done.append(3)
    journal = Journal(disk, FOLDER, seeded("again"), 300)
    bodies = [b"piece %d" % (len(durable) + k) for k in range(6)]
    journal.append(bodies, [NOW_NS] * 6)
    durable += bodies
    journal.let_go(9)


def journal_operations() -> int:
    disk = FailingDisk()
    write(disk, [], [])
    return disk.operations


@pytest.mark.parametrize("stop_after", range(journal_operations()))
def test_what_was_durable_is_there_in_order_after_a_kill_at_any_operation(stop_after: int) -> None:
    disk, durable, done = FailingDisk(stop_after), [], []
    with pytest.raises(Killed):
        write(disk, durable, done)
    # the one without loss of power goes last: what it writes is written to the disk itself
    for seed in (*range(POWER_LOSSES), None):
        left = disk.survivor(seed)
        journal = Journal(left, FOLDER, seeded("after"), 300)
        found = journal.pieces(1, 1 << 20, 1 << 20)
        assert [p.number for p in found] == list(range(journal.first, journal.last + 1))
        assert [p.body for p in found] == [b"piece %d" % (p.number - 1) for p in found]
        assert journal.last >= len(durable)
        assert journal.first <= 10
        assert journal.done >= (done or [0])[0]
        number = journal.append([b"new"], [0]).start
        assert Journal(left.survivor(), FOLDER, seeded("last"), 300).last == number


# Both ends ----------------------------------------------------------------------------------


class Delivery:
    """One outbox and one inbox, and a receiver whose effect is told by id."""

    def __init__(self, sender: FailingDisk, receiver: FailingDisk) -> None:
        self.disks = {"sender": sender, "receiver": receiver}
        self.posted: list[DurableItem] = []
        self.tried: list[DurableItem] = []
        self.effects: list[bytes] = []
        self.now_ns = NOW_NS
        self.starts = 0
        self.open()

    def open(self) -> None:
        self.starts += 1
        limits = OutboxLimits(segment_bytes=SEGMENT_BYTES)
        self.outbox = Outbox(self.disks["sender"], FOLDER, seeded(f"out {self.starts}"), limits)
        source = seeded(f"in {self.starts}")
        self.inbox = Inbox(self.disks["receiver"], FOLDER, source, SEGMENT_BYTES)

    def post(self, group: int) -> None:
        given = items(group, start=len(self.tried))
        self.tried += given
        self.outbox.post(given, self.now_ns)
        self.posted += given

    def carry(self, seconds: float = 1.0) -> None:
        """Let them talk for a while."""
        for _ in range(round(seconds * 10)):
            self.now_ns += SECOND_NS // 10
            for batch in self.outbox.due(self.now_ns, 0.0, 1 << 20):
                self.inbox.take(batch.content, batch.label, self.now_ns)
            self.inbox.settle(self.now_ns)
            for number, item, _ in self.inbox.handed():
                if item.id not in self.effects:
                    self.effects.append(item.id)
                self.inbox.applied(number)
            receipt = self.inbox.receipt()
            if receipt is not None:
                self.outbox.take_receipt(receipt_from(receipt), self.now_ns)
            self.outbox.settle(self.now_ns)

    def live(self) -> None:
        for group in GROUPS:
            self.post(group)
            self.carry(0.2)
        self.carry(2.0)


def delivery_operations(which: str) -> int:
    delivery = Delivery(FailingDisk(), FailingDisk())
    delivery.live()
    assert delivery.effects == [item.id for item in delivery.posted]
    return delivery.disks[which].operations


KILLS = [(w, n) for w in ("sender", "receiver") for n in range(delivery_operations(w))]


@pytest.mark.parametrize(("which", "stop_after"), KILLS)
def test_every_posted_item_takes_effect_in_order_after_a_kill(which: str, stop_after: int) -> None:
    for seed in (None, *range(POWER_LOSSES)):
        disks = {"sender": FailingDisk(), "receiver": FailingDisk()}
        disks[which].stop_after = stop_after
        with contextlib.suppress(Killed):
            delivery = None
            delivery = Delivery(**disks)
            delivery.live()
        if delivery is None:  # killed while its first files were made
            left = {name: disk.survivor() for name, disk in disks.items()}
            delivery = Delivery(**(left | {which: disks[which].survivor(seed)}))
            delivery.live()
        else:
            for name, disk in disks.items():
                delivery.disks[name] = disk.survivor(seed if name == which else None)
            delivery.open()
        delivery.carry(3.0)
        told = [int.from_bytes(one, "big") for one in delivery.effects]
        posted = len(delivery.posted)
        # the group whose posting was interrupted is there in part, from its first on, or not
        assert told[:posted] == list(range(posted))
        assert told[posted:] == list(range(posted, len(told)))
        assert len(told) <= len(delivery.tried)
        assert delivery.outbox.waiting == delivery.inbox.waiting == 0


@pytest.mark.parametrize(("which", "operation"), KILLS[::2])
@pytest.mark.parametrize("error", [errno.EIO, errno.ENOSPC])
def test_a_disk_that_fails_once_is_named_and_nothing_false_is_said(
    which: str, operation: int, error: int
) -> None:
    disks = {"sender": FailingDisk(), "receiver": FailingDisk()}
    disks[which].errors = {operation: error}
    try:
        delivery = Delivery(**disks)
    except (JournalFull, JournalStopped):
        return
    for group in GROUPS:
        with contextlib.suppress(JournalFull, JournalStopped):
            delivery.post(group)
        for _ in range(12):
            with contextlib.suppress(JournalFull, JournalStopped):
                delivery.carry(0.1)
    numbers = [int.from_bytes(one, "big") for one in delivery.effects]
    assert numbers == sorted(numbers)
    assert {item.id for item in delivery.posted} >= set(delivery.effects)
    if not (delivery.outbox.stopped or delivery.inbox.stopped):
        assert delivery.effects == [item.id for item in delivery.posted]


def test_an_outbox_restored_from_an_old_copy_delivers_what_it_is_given_anew() -> None:
    delivery = Delivery(FailingDisk(), FailingDisk())
    delivery.post(5)
    delivery.carry()
    old = delivery.disks["sender"].survivor()
    delivery.post(20)
    delivery.carry()
    delivery.disks["sender"] = old
    delivery.open()
    delivery.tried = items(100)  # new items, numbered as those that the copy does not know
    delivery.post(3)
    delivery.carry(3.0)
    assert delivery.effects[-3:] == [item.id for item in delivery.posted[-3:]]
    assert delivery.outbox.begun_anew == 1
    assert delivery.outbox.waiting == 0


def test_an_inbox_that_was_lost_gets_what_is_still_there_and_all_that_follows() -> None:
    delivery = Delivery(FailingDisk(), FailingDisk())
    delivery.post(5)
    delivery.carry()
    delivery.disks["receiver"] = FailingDisk()
    delivery.open()
    delivery.post(4)
    delivery.carry(3.0)
    assert delivery.effects == [item.id for item in delivery.posted]
    assert delivery.outbox.waiting == 0


def test_an_inbox_restored_from_an_old_copy_gets_the_rest_again() -> None:
    delivery = Delivery(FailingDisk(), FailingDisk())
    delivery.post(5)
    delivery.carry()
    old = delivery.disks["receiver"].survivor()
    delivery.post(20)
    delivery.carry()
    delivery.effects = delivery.effects[:5]
    delivery.disks["receiver"] = old
    delivery.open()
    delivery.post(1)
    delivery.carry(5.0)
    assert delivery.effects == [item.id for item in delivery.posted]
    assert delivery.outbox.waiting == 0


def test_label_of_items_is_the_one_they_were_posted_with() -> None:
    delivery = Delivery(FailingDisk(), FailingDisk())
    delivery.post(1)
    [batch] = delivery.outbox.due(NOW_NS, 0.0, 1 << 20)
    assert batch.label == KG_LABEL
