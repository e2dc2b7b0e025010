"""Track numbers that no restart uses twice, kill -9 and power cut included.

In: a file of the node's own, and how far numbers have gone. Out: the first number to use, and
room ahead. Numbers are reserved in blocks: a block's end is on disk before any number of the
block is used, so a node that comes back begins after all that were ever shown. They count up and
never begin anew: unique for longer than the 24 hours that surveillance asks for. Only the disk
is outside.
"""

from __future__ import annotations

from pathlib import Path

from skypact.model.disk import Disk
from skypact.model.errors import BadInput

BLOCK = 10_000
"""Numbers reserved at a time; so many at most are left out by a crash."""

HEADING = b"skypact track numbers 1\n"
LAST = 2**62
"""Numbers end here, after 10 million years of a busy node; the file is damaged if it says more."""


def reserved_end(content: bytes, where: str) -> int:
    """The number up to which all may have been used, of a file's content.

    Raises
    ------
    BadInput
        If the content is not what :class:`TrackNumbers` writes: to guess would be to risk a
        number that is already on somebody's screen.
    """
    digits = content.removeprefix(HEADING).removesuffix(b"\n")
    number = int(digits) if digits.isdigit() and len(digits) < 20 else -1
    if content != HEADING + b"%d\n" % number or not 1 <= number <= LAST:
        raise BadInput(
            "the file of track numbers is damaged",
            where=where,
            remedy="Write its first line anew and a number above all ever shown",
        )
    return number


class TrackNumbers:
    """The numbers a node may give its tracks.

    Parameters
    ----------
    path
        The file; made if it is not there.
    disk
        Where it lies.
    block
        Numbers reserved at a time.

    Raises
    ------
    BadInput
        If the file is damaged, or cannot be read or written.
    """

    def __init__(self, path: Path, disk: Disk, block: int = BLOCK) -> None:
        self._path, self._disk, self._block = path, disk, block
        self.durable = True
        try:
            disk.make_folder(path.parent)
            there = path.name in disk.names(path.parent)
            self.first = reserved_end(disk.read(path), str(path)) if there else 1
            self._end = self.first
            self._write(self.first + block)
        except OSError as problem:
            raise BadInput(
                f"track numbers cannot be kept: {problem.strerror}", where=str(path)
            ) from None

    def reach(self, number: int) -> bool:
        """Reserve so that every number below ``number`` may be used; False if the disk refuses.

        Tracking goes on then, and ``durable`` says that a crash could use numbers twice.
        """
        if number > self._end:
            try:
                self._write(max(number, self._end) + self._block)
                self.durable = True
            except OSError:
                self.durable = False
        return self.durable

    def close(self, following: int) -> None:
        """Give back what was reserved and not used; ``following`` is the next number."""
        if self.durable and self.first <= following <= self._end:
            try:
                self._write(following)
            except OSError:
                # the block stays reserved, which is only a gap
                return

    def _write(self, end: int) -> None:
        unfinished = self._path.with_name(self._path.name + ".unfinished")
        file = self._disk.open(unfinished)
        try:
            file.cut(0)
            file.write_at(0, HEADING + b"%d\n" % end)
            file.sync()
        finally:
            file.close()
        self._disk.replace(unfinished, self._path)
        self._disk.sync_folder(self._path.parent)
        self._end = end
