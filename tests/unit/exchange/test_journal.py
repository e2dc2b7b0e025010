"""A journal keeps numbered pieces, whatever the disk does, and says by name what it cannot."""

import errno
from pathlib import Path

import pytest

from failing_disk import FailingDisk
from made_up_stations import seeded
from skypact.exchange.journal import Journal
from skypact.exchange.journal_files import file_name
from skypact.exchange.journal_frames import (
    DONE,
    FIRST,
    HEAD_BYTES,
    LARGEST_PIECE,
    JournalDamaged,
    JournalFull,
    JournalStopped,
    Piece,
    frame,
    link,
)

FOLDER = Path("/journal")


def opened(disk: FailingDisk, segment_bytes: int = 400) -> Journal:
    return Journal(disk, FOLDER, seeded("journal"), segment_bytes)


def bodies(first: int, last: int) -> list[bytes]:
    return [b"piece %d" % n for n in range(first, last + 1)]


def append(journal: Journal, first: int, last: int) -> range:
    return journal.append(bodies(first, last), list(range(first, last + 1)))


def held(journal: Journal) -> list[tuple[int, int, bytes]]:
    return [(p.number, p.stamp, p.body) for p in journal.pieces(1, 1 << 30, 1 << 30)]


def expected(first: int, last: int) -> list[tuple[int, int, bytes]]:
    return [(n, n, b"piece %d" % n) for n in range(first, last + 1)]


def test_pieces_are_numbered_from_one_and_are_there_when_opened_anew() -> None:
    disk = FailingDisk()
    journal = opened(disk)
    assert append(journal, 1, 3) == range(1, 4)
    assert append(journal, 4, 30) == range(4, 31)
    assert append(journal, 31, 30) == range(31, 31)
    assert append(journal, 31, 31) == range(31, 32)
    again = opened(disk.survivor())
    assert held(again) == held(journal) == expected(1, 31)
    assert (again.last, again.chain, again.stream) == (31, journal.chain, journal.stream)


def test_the_chain_tells_two_histories_apart() -> None:
    disk = FailingDisk()
    journal = opened(disk)
    append(journal, 1, 3)
    chain = journal.stream
    for number, body in enumerate(bodies(1, 3), 1):
        chain = link(chain, body)
        assert journal.chain_at(number) == chain
    assert journal.chain_at(0) == journal.stream
    assert journal.chain_at(4) is None


def test_numbers_go_on_for_ever_and_files_that_are_done_go() -> None:
    disk = FailingDisk()
    journal = opened(disk)
    for n in range(1, 60):
        append(journal, n, n)
    journal.let_go(59)
    journal.note()
    assert len(disk.names(FOLDER)) == 1
    again = opened(disk.survivor())
    assert again.done == 59
    assert append(again, 60, 61) == range(60, 62)
    assert [number for number, _, _ in held(again)][-2:] == [60, 61]
    assert journal.bytes == sum(len(inode.data) for inode in disk.now.values())


def test_what_was_let_go_and_noted_stays_so() -> None:
    disk = FailingDisk()
    journal = opened(disk, 1 << 20)
    append(journal, 1, 10)
    journal.let_go(7)
    assert opened(disk.survivor()).done == 0, "not noted yet"
    journal.note()
    assert opened(disk.survivor()).done == 7
    journal.let_go(99)
    assert journal.done == 10, "what is not there cannot be done"


def test_pieces_are_given_up_to_a_size_and_a_number_but_never_none() -> None:
    journal = opened(FailingDisk())
    append(journal, 1, 50)
    assert len(journal.pieces(5, 0, 10)) == 1
    assert len(journal.pieces(5, 8 * 3, 10)) == 3
    assert [p.number for p in journal.pieces(41, 1 << 20, 10)] == list(range(41, 51))
    assert journal.pieces(51, 1 << 20, 10) == []


def test_a_full_disk_refuses_and_keeps_nothing_and_goes_on_when_there_is_room() -> None:
    disk = FailingDisk()
    journal = opened(disk, 1 << 20)
    append(journal, 1, 2)
    disk.errors = {disk.operations: errno.ENOSPC}
    with pytest.raises(JournalFull):
        append(journal, 3, 20)
    assert held(opened(disk.survivor(), 1 << 20)) == expected(1, 2)
    append(journal, 3, 4)
    assert held(opened(disk.survivor(), 1 << 20)) == held(journal) == expected(1, 4)


@pytest.mark.parametrize("operation", range(3))
def test_a_full_disk_when_a_new_file_is_begun_keeps_the_old_one(operation: int) -> None:
    """While it is opened, cut, or written."""
    disk = FailingDisk()
    journal = opened(disk)
    append(journal, 1, 20)
    disk.errors = {disk.operations + operation: errno.ENOSPC}
    with pytest.raises(JournalFull):
        append(journal, 21, 22)
    assert held(opened(disk.survivor())) == expected(1, 20)
    append(journal, 21, 22)
    assert held(opened(disk.survivor())) == expected(1, 22)


def test_an_error_while_syncing_stops_the_journal_for_good() -> None:
    disk = FailingDisk()
    journal = opened(disk, 1 << 20)
    append(journal, 1, 2)
    disk.errors = {disk.operations + 1: errno.EIO}
    with pytest.raises(JournalStopped, match="disk failed"):
        append(journal, 3, 3)
    before = disk.operations
    for attempt in (
        lambda: append(journal, 3, 3),
        lambda: journal.begin_anew(b"8" * 8, 0, b"8" * 8),
    ):
        with pytest.raises(JournalStopped):
            attempt()
    assert disk.operations == before, "nothing is tried again"
    assert held(journal) == expected(1, 2)
    assert journal.stopped


def test_a_piece_has_a_largest_size() -> None:
    journal = opened(FailingDisk())
    journal.append([bytes(LARGEST_PIECE)], [0])
    with pytest.raises(ValueError, match="at most"):
        journal.append([bytes(LARGEST_PIECE + 1)], [0])


def test_a_changed_byte_in_what_was_durable_is_found() -> None:
    disk = FailingDisk()
    journal = opened(disk, 1 << 20)
    for n in (1, 2, 3):
        append(journal, n, n)
    [path] = disk.now
    whole = bytes(disk.now[path].data)
    last_write = whole.rindex(b"SKJ1")
    for at in range(last_write):
        disk.now[path].data[:] = whole
        disk.now[path].data[at] ^= 1
        with pytest.raises(JournalDamaged):
            opened(disk)


def test_a_write_that_was_interrupted_is_cut_and_written_over() -> None:
    disk = FailingDisk()
    journal = opened(disk, 1 << 20)
    append(journal, 1, 3)
    [path] = disk.now
    whole = bytes(disk.now[path].data)
    append(journal, 4, 6)
    further = bytes(disk.now[path].data)
    for end in range(len(whole), len(further)):
        disk.now[path].data[:] = further[:end]
        kept = len(held(opened(disk, 1 << 20)))
        assert 3 <= kept < 6
        again = opened(disk, 1 << 20)
        append(again, kept + 1, 9)
        assert held(opened(disk.survivor(), 1 << 20)) == expected(1, 9)


def test_a_partner_cannot_write_a_frame_into_a_piece() -> None:
    """A piece that holds whole frames of every kind, torn before it: it is an interrupted write."""
    disk = FailingDisk()
    journal = opened(disk, 1 << 20)
    append(journal, 1, 1)
    [path] = disk.now
    kept = len(disk.now[path].data)
    forged = b"".join(
        frame(salt, kind, Piece(3, 0, bytes(8), b"forged"))
        for kind in (FIRST, DONE)
        for salt in (b"", bytes(8), journal.stream)
    )
    journal.append([forged], [0])
    disk.now[path].data[kept + 8 : kept + 16] = bytes(8)
    assert held(opened(disk, 1 << 20)) == expected(1, 1)


@pytest.mark.parametrize("missing", [0, 1])
def test_a_missing_file_between_others_is_found(missing: int) -> None:
    disk = FailingDisk()
    journal = opened(disk)
    append(journal, 1, 20)
    append(journal, 21, 40)
    append(journal, 41, 60)
    names = disk.names(FOLDER)
    assert names == [file_name(serial) for serial in (1, 2, 3)]
    disk.remove(FOLDER / names[missing])
    if missing == 0:  # as if it had been let go
        assert opened(disk).first == 21
    else:
        with pytest.raises(JournalDamaged, match="missing"):
            opened(disk)


def test_a_file_without_its_head_or_with_another_after_it_is_damage() -> None:
    disk = FailingDisk()
    journal = opened(disk)
    append(journal, 1, 20)
    append(journal, 21, 22)
    first = disk.now[FOLDER / file_name(1)].data
    whole = bytes(first)
    for size in (0, HEAD_BYTES - 1, len(whole) - 1):
        first[:] = whole[:size]
        with pytest.raises(JournalDamaged):
            opened(disk)


def test_a_new_stream_takes_the_place_of_the_old_one_with_its_first_pieces() -> None:
    disk = FailingDisk()
    journal = opened(disk)
    append(journal, 1, 40)
    kept = journal.pieces(38, 1 << 20, 10)
    journal.begin_anew(b"another!", 0, b"another!", kept)
    for one in (journal, opened(disk.survivor())):
        assert [body for _, _, body in held(one)] == bodies(38, 40)
        assert [number for number, _, _ in held(one)] == [1, 2, 3]
        assert (one.stream, one.done, one.last) == (b"another!", 0, 3)
    assert len(disk.names(FOLDER)) == 1


def test_every_name_of_a_file_is_seen_in_order_past_ten() -> None:
    disk = FailingDisk()
    journal = opened(disk, 60)
    for n in range(1, 25):
        append(journal, n, n)
    assert held(opened(disk.survivor())) == expected(1, 24)


def test_memory_holds_two_files_at_most() -> None:
    journal = opened(FailingDisk(), 60)
    for n in range(1, 25):
        append(journal, n, n)
    for n in range(1, 25):
        assert journal.pieces(n, 0, 1)[0].number == n
        assert len(journal._kept) <= 2
