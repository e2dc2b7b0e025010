"""No number of a track is used twice, however a node ends and whatever its disk does."""

from pathlib import Path

import pytest

from skypact.model.errors import BadInput
from skypact.node.disk import SystemDisk
from skypact.node.track_numbers import BLOCK, HEADING, LAST, TrackNumbers, reserved_end


class StoppingDisk(SystemDisk):
    """A disk that refuses everything after so many openings and renamings."""

    def __init__(self, operations: int) -> None:
        self.left = operations

    def _count(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise OSError(28, "No space left on device")

    def open(self, path: Path):
        self._count()
        return super().open(path)

    def replace(self, old: Path, new: Path) -> None:
        self._count()
        super().replace(old, new)


def test_a_node_that_was_killed_begins_after_all_it_may_have_used(tmp_path):
    path = tmp_path / "state" / "numbers"
    first = TrackNumbers(path, SystemDisk())
    assert first.first == 1
    used = 0
    for asked in (5, 700, BLOCK + 1, 3 * BLOCK, 3 * BLOCK + 5):
        assert first.reach(asked)
        used = asked - 1
        # killed here
        again = reserved_end(path.read_bytes(), "numbers")
        assert again > used
    assert TrackNumbers(path, SystemDisk()).first > used


def test_an_orderly_end_leaves_no_gap(tmp_path):
    path = tmp_path / "numbers"
    first = TrackNumbers(path, SystemDisk())
    first.reach(40)
    first.close(40)
    assert TrackNumbers(path, SystemDisk()).first == 40


def test_an_orderly_end_with_nonsense_changes_nothing(tmp_path):
    path = tmp_path / "numbers"
    TrackNumbers(path, SystemDisk()).close(10 * BLOCK)
    assert TrackNumbers(path, SystemDisk()).first == 1 + BLOCK


@pytest.mark.parametrize("operations", range(2, 8))
def test_a_disk_that_stops_costs_durability_and_says_so_but_not_the_picture(tmp_path, operations):
    path = tmp_path / "numbers"
    numbers = TrackNumbers(path, StoppingDisk(operations))
    told = [numbers.reach(n) for n in range(1, 6 * BLOCK, BLOCK // 2)]
    assert told[-1] == numbers.durable
    assert not numbers.durable
    # what was said to be durable is
    durable = [n for n, kept in zip(range(1, 6 * BLOCK, BLOCK // 2), told, strict=True) if kept]
    assert reserved_end(path.read_bytes(), "numbers") >= max(durable)


def test_a_disk_that_recovers_is_used_again(tmp_path):
    disk = StoppingDisk(2)
    numbers = TrackNumbers(tmp_path / "numbers", disk)
    assert not numbers.reach(2 * BLOCK)
    disk.left = 100
    assert numbers.reach(2 * BLOCK)


def test_a_disk_that_refuses_from_the_start_is_named(tmp_path):
    with pytest.raises(BadInput, match="No space left"):
        TrackNumbers(tmp_path / "numbers", StoppingDisk(0))


@pytest.mark.parametrize(
    "content",
    [b"", HEADING, HEADING + b"0\n", HEADING + b"-5\n", HEADING + b"12", HEADING + b"0012\n",
     b"12\n", HEADING + b"1e3\n", HEADING + b"%d\n" % (LAST + 1), HEADING + b"9" * 400 + b"\n",
     HEADING + "٣\n".encode()],
)  # fmt: skip
def test_a_damaged_file_is_never_guessed_at(content):
    with pytest.raises(BadInput, match="damaged"):
        reserved_end(content, "numbers")
