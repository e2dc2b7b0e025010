"""What durable stores need of a disk: the one seam, so that tests can stop them at any operation.

In: folders, names, bytes. Out: bytes. Agreements, audit, outboxes, inboxes and quarantine reach
files through this only; the real one is ``skypact.node.disk.SystemDisk``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Protocol


class DiskFile(Protocol):
    """A file open for writing. Every operation may raise ``OSError``."""

    def write_at(self, offset: int, data: bytes) -> None:
        """Write all of ``data`` at a byte place; not durable before :meth:`sync`."""

    def sync(self) -> None:
        """Return once everything written is durable; an error must not be retried."""

    def cut(self, size: int) -> None:
        """Make the file end at ``size`` bytes."""

    def close(self) -> None:
        """Let go of it."""


class Disk(Protocol):
    """Folders and files. Every operation may raise ``OSError``."""

    def make_folder(self, folder: Path) -> None:
        """Make a folder and those above it, if it is not there; durable on return."""

    def names(self, folder: Path) -> list[str]:
        """Names of the files in a folder, sorted; none where there is no folder."""

    def read(self, path: Path) -> bytes:
        """A whole file."""

    def open(self, path: Path) -> DiskFile:
        """Open a file for writing; it is made if it is not there."""

    def replace(self, old: Path, new: Path) -> None:
        """Give a file another name; one that had it is gone."""

    def remove(self, path: Path) -> None:
        """Take a file away."""

    def sync_folder(self, folder: Path) -> None:
        """Return once names in the folder are durable."""
