"""A disk in memory that can stop at any operation, fill up, fail, and lose power.

Stands in for ``skypact.node.disk.SystemDisk``. What was written but not synced may, after a loss
of power, be there in any mixture of sectors; names made but not synced with their folder may be
gone, the latest first, as journaling file systems keep them.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from pathlib import Path

SECTOR_BYTES = 64
"""Smaller than any real one, so that every place within a record can tear."""


class Killed(BaseException):
    """The process ends here: no ``except Exception`` may go on."""


@dataclass
class Inode:
    data: bytearray = field(default_factory=bytearray)
    durable: bytes = b""
    pending: list[tuple[int, bytes | None]] = field(default_factory=list)  # None: cut there

    def apply(self, offset: int, data: bytes | None) -> None:
        if data is None:
            del self.data[offset:]
            self.data.extend(bytes(offset - len(self.data)))
        else:
            self.data.extend(bytes(max(0, offset - len(self.data))))
            self.data[offset : offset + len(data)] = data

    def after_power_loss(self, dice: random.Random) -> Inode:
        left = Inode(bytearray(self.durable), self.durable)
        for offset, data in self.pending:
            if data is None:
                if dice.random() < 0.5:
                    left.apply(offset, None)
                continue
            for at in range(0, len(data), SECTOR_BYTES):
                if dice.random() < 0.5:
                    left.apply(offset + at, data[at : at + SECTOR_BYTES])
        return Inode(left.data, bytes(left.data))


class FailingDisk:
    """The disk.

    Parameters
    ----------
    stop_after
        The operation with this number is done in part, then the process is killed.
    errors
        Operations by number that fail with an ``OSError`` of this errno, after doing a part.
    """

    def __init__(self, stop_after: int | None = None, errors: dict[int, int] | None = None) -> None:
        self.operations = 0
        self.stop_after = stop_after
        self.errors = errors or {}
        self.now: dict[Path, Inode] = {}
        self.durable: dict[Path, Inode] = {}
        self.renamed: list[tuple[Path | None, Path | None, Inode]] = []  # from, to; not yet synced

    def survivor(self, power_loss: int | None = None) -> FailingDisk:
        """What the next process finds: everything, or, with a seed, what a loss of power left."""
        left = FailingDisk()
        if power_loss is None:
            left.now = {
                p: Inode(bytearray(i.data), i.durable, i.pending) for p, i in self.now.items()
            }
            left.durable, left.renamed = dict(self.durable), list(self.renamed)
            # Inodes are new objects: what is durable of them is kept by what is current.
            left.durable = {p: left.now.get(p, i) for p, i in self.durable.items()}
            left.renamed = [(a, b, left.now.get(b, i) if b else i) for a, b, i in self.renamed]
            return left
        dice = random.Random(power_loss)
        names = dict(self.durable)
        for old, new, inode in self.renamed[: dice.randint(0, len(self.renamed))]:
            if old is not None:
                names.pop(old, None)
            if new is not None:
                names[new] = inode
        made = {id(i): i.after_power_loss(dice) for i in names.values()}
        left.now = {path: made[id(inode)] for path, inode in names.items()}
        left.durable = dict(left.now)
        return left

    def step(self) -> float:
        """Count an operation; the part of it to do, 1.0 for all."""
        number, self.operations = self.operations, self.operations + 1
        if number == self.stop_after:
            return random.Random(number).random()
        return 0.5 if number in self.errors else 1.0

    def finish(self) -> None:
        """End an operation of which only a part was to be done."""
        number = self.operations - 1
        if number == self.stop_after:
            raise Killed
        if number in self.errors:
            raise OSError(self.errors[number], "made to fail")

    # The seam ------------------------------------------------------------------------------

    def make_folder(self, folder: Path) -> None:
        pass

    def names(self, folder: Path) -> list[str]:
        return sorted(path.name for path in self.now if path.parent == folder)

    def read(self, path: Path) -> bytes:
        if path not in self.now:
            raise FileNotFoundError(2, "no such file", str(path))
        return bytes(self.now[path].data)

    def open(self, path: Path) -> FailingFile:
        if path not in self.now:
            if self.step() == 1.0:
                self.now[path] = Inode()
                self.renamed.append((None, path, self.now[path]))
            self.finish()
        return FailingFile(self, self.now[path])

    def replace(self, old: Path, new: Path) -> None:
        if self.step() == 1.0:
            self.now[new] = self.now.pop(old)
            self.renamed.append((old, new, self.now[new]))
        self.finish()

    def remove(self, path: Path) -> None:
        if self.step() == 1.0:
            self.renamed.append((path, None, self.now.pop(path)))
        self.finish()

    def sync_folder(self, folder: Path) -> None:
        if self.step() == 1.0:
            self.durable = dict(self.now)
            self.renamed = []
        self.finish()


@dataclass
class FailingFile:
    """A file of the disk, open for writing."""

    disk: FailingDisk
    inode: Inode

    def write_at(self, offset: int, data: bytes) -> None:
        part = self.disk.step()
        done = data[: round(len(data) * part)]
        self.inode.apply(offset, done)
        self.inode.pending.append((offset, done))
        self.disk.finish()

    def sync(self) -> None:
        if self.disk.step() == 1.0:
            self.inode.durable = bytes(self.inode.data)
            self.inode.pending = []
        self.disk.finish()

    def cut(self, size: int) -> None:
        if self.disk.step() == 1.0:
            self.inode.apply(size, None)
            self.inode.pending.append((size, None))
        self.disk.finish()

    def close(self) -> None:
        pass
