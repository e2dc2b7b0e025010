"""Durable items wait, go, are acknowledged and handed out; what cannot be so is refused by name."""

import dataclasses
import errno
from itertools import pairwise
from pathlib import Path

import pytest

from failing_disk import FailingDisk
from linked_stations import items
from made_up_stations import KG_LABEL, NOW_NS, seeded
from skypact.exchange.inbox import Inbox, OtherHistory
from skypact.exchange.item_content import (
    MOST_BYTES,
    batch_content,
    batch_from,
    item_row,
    receipt_content,
    receipt_from,
)
from skypact.exchange.journal_frames import JournalStopped
from skypact.exchange.outbox import ItemsToSend, Outbox, OutboxLimits
from skypact.exchange.rows import BadContent
from skypact.model.errors import QueueFull
from skypact.model.exchange import LARGEST_BODY, DurableItem
from skypact.model.time import SECOND_NS

FOLDER = Path("/box")
SECRET = dataclasses.replace(KG_LABEL, classification="secret")


def outbox(disk: FailingDisk | None = None, **limits: int) -> Outbox:
    return Outbox(disk or FailingDisk(), FOLDER, seeded("out"), OutboxLimits(**limits))


def inbox(disk: FailingDisk | None = None, seed: str = "in") -> Inbox:
    return Inbox(disk or FailingDisk(), FOLDER, seeded(seed))


def due(box: Outbox, now_ns: int = NOW_NS, room: int = 1 << 30) -> list[ItemsToSend]:
    return list(box.due(now_ns, 0.0, room))


def numbers(batches: list[ItemsToSend]) -> list[int]:
    return [number for batch in batches for number in batch.numbers]


def deliver(batches: list[ItemsToSend], to: Inbox) -> list[int]:
    """Numbers of what is handed out after these."""
    for batch in batches:
        to.take(batch.content, batch.label, NOW_NS)
    to.settle(NOW_NS)
    return [number for number, _, _ in to.handed()]


# The outbox ---------------------------------------------------------------------------------


def test_what_is_posted_goes_out_at_once_and_once_while_no_time_passes() -> None:
    box = outbox()
    assert box.post(items(3), NOW_NS) == range(1, 4)
    assert numbers(due(box)) == [1, 2, 3]
    assert due(box) == []
    box.post(items(1, start=3), NOW_NS)
    assert numbers(due(box)) == [4]


def test_silence_sends_all_again_with_growing_pauses_of_up_to_two_seconds() -> None:
    box = outbox()
    box.post(items(2), NOW_NS)
    sent = [tenth for tenth in range(100) if due(box, NOW_NS + tenth * SECOND_NS // 10)]
    pauses = [(after - before) / 10 for before, after in pairwise(sent)]
    assert pauses == [0.2, 0.4, 0.8, 1.6, 2.0, 2.0, 2.0]


def test_a_slow_link_is_given_the_time_it_takes() -> None:
    box = outbox()
    box.post(items(2), NOW_NS)
    assert list(box.due(NOW_NS, 0.5, 1 << 20))
    assert list(box.due(NOW_NS + SECOND_NS, 0.5, 1 << 20)) == []
    assert list(box.due(NOW_NS + 3 * SECOND_NS // 2, 0.5, 1 << 20))


def test_a_receipt_lets_go_of_all_up_to_its_number() -> None:
    box, receiver = outbox(), inbox()
    box.post(items(5), NOW_NS)
    deliver(due(box), receiver)
    receipt = receiver.receipt()
    assert receipt is not None
    box.take_receipt(receipt_from(receipt), NOW_NS)
    assert (box.waiting, box.delivered) == (0, 5)
    assert due(box, NOW_NS + 60 * SECOND_NS) == []
    assert receiver.receipt() is None, "one receipt is enough"


def test_items_of_two_labels_go_in_two_envelopes_and_in_order() -> None:
    box = outbox()
    box.post(items(2) + items(2, SECRET, start=2) + items(1, start=4), NOW_NS)
    batches = due(box)
    assert [(list(b.numbers), b.label) for b in batches] == [
        ([1, 2], KG_LABEL),
        ([3, 4], SECRET),
        ([5], KG_LABEL),
    ]


def test_large_items_are_spread_over_envelopes_and_the_window_is_kept() -> None:
    box = outbox()
    many = items(100, size=LARGEST_BODY - 1000)
    box.post(many, NOW_NS)
    batches = due(box)
    assert all(len(batch.content) <= MOST_BYTES + LARGEST_BODY for batch in batches)
    assert sum(len(batch.content) for batch in batches) < 3 * 1024 * 1024
    assert len(due(outbox_with(many), room=1)) == 1, "no room: one, and no more"


def outbox_with(many: list[DurableItem]) -> Outbox:
    box = outbox()
    box.post(many, NOW_NS)
    return box


def test_a_full_outbox_refuses_and_takes_nothing_and_again_when_there_is_room() -> None:
    box = outbox(items=10)
    box.post(items(10), NOW_NS)
    with pytest.raises(QueueFull, match="10 items wait"):
        box.post(items(1, start=10), NOW_NS)
    small = outbox(bytes=2_000)
    with pytest.raises(QueueFull):
        small.post(items(1, size=4_000), NOW_NS)
    receiver = inbox()
    deliver(due(box), receiver)
    box.take_receipt(receipt_from(receiver.receipt() or b""), NOW_NS)
    assert box.post(items(1, start=10), NOW_NS) == range(11, 12)


def test_what_is_no_durable_item_is_not_taken_and_neither_are_those_beside_it() -> None:
    box, [good] = outbox(), items(1)
    for changes in (
        {"id": b"short"},
        {"body": bytes(LARGEST_BODY + 1)},
        {"kind": "gossip"},
        {"made_ns": -1},
    ):
        with pytest.raises(ValueError, match="durable item"):
            box.post([good, dataclasses.replace(good, **changes)], NOW_NS)
    assert box.waiting == 0
    box.post([dataclasses.replace(good, body=bytes(LARGEST_BODY))], NOW_NS)


def test_what_may_not_leave_under_new_terms_is_dropped_and_counted() -> None:
    disk = FailingDisk()
    box, receiver = outbox(disk), inbox()
    box.post(items(2) + items(2, SECRET, start=2) + items(2, start=4), NOW_NS)
    deliver(due(box)[:1], receiver)
    box.take_receipt(receipt_from(receiver.receipt() or b""), NOW_NS)
    box.leave_out(lambda label: label != SECRET)
    assert (box.withheld, box.waiting) == (2, 2)
    for number, _, _ in receiver.handed():
        receiver.applied(number)
    receiver.applied(1)
    receiver.applied(2)
    reopened = outbox(disk.survivor())
    assert reopened.waiting == 2
    deliver(due(box), receiver)
    assert receiver.taken == 2, "the first two of another stream"
    box.leave_out(lambda label: True)
    assert box.begun_anew == 1, "nothing was dropped, nothing begins anew"


def test_a_receipt_of_another_stream_makes_the_outbox_begin_where_it_can() -> None:
    box = outbox()
    box.post(items(3), NOW_NS)
    due(box)
    box.take_receipt(receipt_from(receipt_content(b"strange!", 77, bytes(8))), NOW_NS)
    assert numbers(due(box)) == [1, 2, 3]
    box.take_receipt(receipt_from(receipt_content(b"strange!", 77, bytes(8))), NOW_NS)
    assert due(box) == [], "a partner that asks without end is answered in pauses"


# The inbox ----------------------------------------------------------------------------------


def test_items_are_handed_out_once_and_again_after_a_crash_unless_they_took_effect() -> None:
    disk, box = FailingDisk(), outbox()
    receiver = inbox(disk)
    box.post(items(4), NOW_NS)
    assert deliver(due(box), receiver) == [1, 2, 3, 4]
    assert receiver.handed() == []
    for number in (2, 1, 4, 99):  # 4 without 3 does not count yet
        receiver.applied(number)
    receiver.settle(NOW_NS + 2 * SECOND_NS)
    again = inbox(disk.survivor())
    assert [(number, item) for number, item, _ in again.handed()] == [
        (3, items(4)[2]),
        (4, items(4)[3]),
    ]


def test_doubled_and_reordered_items_are_taken_once_and_in_order() -> None:
    box, receiver = outbox(), inbox()
    box.post(items(2) + items(2, SECRET, start=2) + items(2, start=4), NOW_NS)
    first, second, third = due(box)
    assert deliver([first, third, first, third], receiver) == [1, 2]
    assert deliver([second, first], receiver) == [3, 4]
    assert deliver([second, third, third], receiver) == [5, 6]


def test_an_item_of_a_kind_not_known_here_is_acknowledged_counted_and_holds_up_nothing() -> None:
    box, receiver = outbox(), inbox()
    box.post(items(3), NOW_NS)
    [batch] = due(box)
    told = batch_from(batch.content)
    rows = list(told.items)
    rows[1] = item_row(items(2)[1]).__class__("prophecy", bytes(16), 5, b"?")
    content = batch_content(told.stream, 1, 1, told.chain, rows)
    receiver.take(content, KG_LABEL, NOW_NS)
    receiver.settle(NOW_NS)
    assert [number for number, _, _ in receiver.handed()] == [1, 3]
    assert (receiver.unknown, receiver.taken) == (1, 3)


def test_items_that_follow_another_history_are_refused() -> None:
    box, receiver = outbox(), inbox()
    box.post(items(4), NOW_NS)
    [batch] = due(box)
    deliver([batch], receiver)
    told = batch_from(batch.content)
    other = [item_row(item) for item in items(6, start=50)]
    for first, rows in ((5, other[:1]), (1, other), (3, other[:3])):
        content = batch_content(told.stream, 1, first, told.chain, rows)
        with pytest.raises(OtherHistory):
            receiver.take(content, KG_LABEL, NOW_NS)
    receiver.settle(NOW_NS)
    assert receiver.taken == 4


def test_a_new_stream_waits_until_the_old_one_took_effect() -> None:
    box, other, receiver = outbox(), Outbox(FailingDisk(), FOLDER, seeded("x")), inbox()
    box.post(items(2), NOW_NS)
    other.post(items(1, start=9), NOW_NS)
    assert deliver(due(box), receiver) == [1, 2]
    [batch] = due(other)
    assert deliver([batch], receiver) == []
    receiver.applied(1)
    receiver.applied(2)
    assert deliver([batch], receiver) == [1]


def test_nothing_is_taken_while_too_much_waits_to_take_effect() -> None:
    box, receiver = outbox(), Inbox(FailingDisk(), FOLDER, seeded("in"), most_unapplied=3)
    box.post(items(4) + items(1, SECRET, start=4), NOW_NS)
    first, second = due(box)
    assert deliver([first], receiver) == [1, 2, 3, 4]
    assert deliver([second], receiver) == []
    receiver.applied(1)
    assert deliver([second], receiver) == [5]


def test_nothing_is_acknowledged_or_handed_out_that_is_not_durable() -> None:
    disk = FailingDisk()
    box, receiver = outbox(), inbox(disk)
    box.post(items(2), NOW_NS)
    batches = due(box)
    receiver.receipt()
    # a new stream: its file opened, cut, written, synced, named, the folder synced
    disk.errors = {disk.operations + 3: errno.EIO}
    with pytest.raises(JournalStopped):
        deliver(batches, receiver)
    assert receiver.handed() == []
    assert receiver.receipt() is None
    assert receiver.stopped
    assert inbox(disk.survivor()).handed() == []


def test_after_a_full_disk_what_comes_again_is_taken() -> None:
    disk = FailingDisk()
    box, receiver = outbox(), inbox(disk)
    box.post(items(1), NOW_NS)
    assert deliver(due(box), receiver) == [1]
    box.post(items(2, start=1), NOW_NS)
    later = due(box)
    disk.errors = {disk.operations: errno.ENOSPC}
    with pytest.raises(Exception, match="Make room"):
        deliver(later, receiver)
    assert receipt_from(receiver.receipt() or b"").number == 1
    assert deliver(later, receiver) == [2, 3]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xc0",
        b"\x91" * 5000,
        batch_content(bytes(8), 1, 1, bytes(8), []),
        batch_content(bytes(8), 2, 1, bytes(8), [item_row(items(1)[0])]),
        batch_content(bytes(8), 0, 0, bytes(8), [item_row(items(1)[0])]),
        batch_content(bytes(7), 1, 1, bytes(8), [item_row(items(1)[0])]),
        batch_content(bytes(8), 1, 1, bytes(8), [item_row(items(1)[0])] * 1001),
    ],
)
def test_what_is_no_content_of_items_is_refused(content: bytes) -> None:
    with pytest.raises(BadContent):
        inbox().take(content, KG_LABEL, NOW_NS)
    with pytest.raises(BadContent):
        receipt_from(content)
