"""The real disk behind the seams of ``audit`` and ``agreement``.

Errors of the operating system pass through as they are: who writes knows what they mean.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from pathlib import Path

from skypact.model.errors import BadInput, Unavailable


class SystemFile:
    """A file open for writing; the descriptor that wrote is the one that is synced."""

    def __init__(self, path: Path, mode: int = 0o600) -> None:
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, mode)

    def write_at(self, offset: int, data: bytes) -> None:
        """Write all of ``data`` at a byte place."""
        rest = memoryview(data)
        while rest:
            written = os.pwrite(self._descriptor, rest, offset)
            rest, offset = rest[written:], offset + written

    def sync(self) -> None:
        """Return once everything written is durable."""
        os.fsync(self._descriptor)

    def cut(self, size: int) -> None:
        """Make the file end at ``size`` bytes."""
        os.ftruncate(self._descriptor, size)

    def close(self) -> None:
        """Let go of it."""
        os.close(self._descriptor)


class SystemDisk:
    """Folders and files of this machine, readable by the node's account alone."""

    def make_folder(self, folder: Path) -> None:
        """Make a folder and those above it; durable on return."""
        if folder.is_dir():
            return
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.sync_folder(folder.parent)

    def names(self, folder: Path) -> list[str]:
        """Names of the files in a folder, sorted; none where there is no folder."""
        return sorted(os.listdir(folder)) if folder.is_dir() else []

    def read(self, path: Path) -> bytes:
        """A whole file."""
        return path.read_bytes()

    def open(self, path: Path) -> SystemFile:
        """Open a file for writing; it is made if it is not there."""
        return SystemFile(path)

    def replace(self, old: Path, new: Path) -> None:
        """Give a file another name; one that had it is gone."""
        os.replace(old, new)

    def remove(self, path: Path) -> None:
        """Take a file away."""
        path.unlink()

    def sync_folder(self, folder: Path) -> None:
        """Return once names made in the folder are durable."""
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


class FolderInUse(Unavailable):
    """Another process writes in this folder."""


class FolderLock:
    """The right to write in a folder, until it is closed or the process ends.

    Raises
    ------
    FolderInUse
        If another process has it.
    """

    def __init__(self, folder: Path) -> None:
        SystemDisk().make_folder(folder)
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
        self._descriptor = os.open(folder / "lock", flags, 0o600)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._descriptor)
            raise FolderInUse(
                "another process writes in this folder",
                where=str(folder),
                remedy="Two nodes need folders of their own; end the other one first",
            ) from None

    def close(self) -> None:
        """Let others write."""
        os.close(self._descriptor)


def write_whole(path: Path, data: bytes) -> None:
    """Write a file for others to read, as a whole or not at all; durable on return.

    Raises
    ------
    BadInput
        If it cannot be written.
    """
    disk = SystemDisk()
    unfinished = path.with_name(path.name + ".unfinished")
    try:
        with contextlib.closing(SystemFile(unfinished, 0o644)) as file:
            file.cut(0)
            file.write_at(0, data)
            file.sync()
        disk.replace(unfinished, path)
        disk.sync_folder(path.parent)
    except OSError as problem:
        raise BadInput(f"cannot be written: {problem.strerror}", where=str(path)) from None
