"""The files of a journal's folder: begun as a whole or not at all, appended to, synced, removed.

In: bytes to keep. Out: files ``0000000000000001.items`` and on. An error of the disk while syncing
stops it for good: what is durable then is known only when the folder is opened anew.
"""

from __future__ import annotations

from pathlib import Path

from skypact.exchange.journal_frames import JournalFull, JournalStopped
from skypact.model.disk import Disk, DiskFile

SUFFIX = ".items"


def file_name(serial: int) -> str:
    """Name of the file with a serial number."""
    return f"{serial:016d}{SUFFIX}"


class JournalFiles:
    """The files in one folder; the newest is open for writing."""

    def __init__(self, disk: Disk, folder: Path) -> None:
        self._disk = disk
        self._folder = folder
        self._file: DiskFile | None = None
        self._size = 0
        self.stopped = ""
        """What failed, in plain words; empty while files are written."""

    def serials(self) -> list[int]:
        """Serial numbers of the files that are there, in order; the folder is made."""
        try:
            self._disk.make_folder(self._folder)
            names = self._disk.names(self._folder)
        except OSError as problem:
            raise self.stop(problem) from None
        stems = [name.removesuffix(SUFFIX) for name in names if name.endswith(SUFFIX)]
        return sorted(int(stem) for stem in stems if stem.isdigit() and len(stem) == 16)

    def where(self, serial: int) -> str:
        """A file's path, for people."""
        return str(self._folder / file_name(serial))

    def read(self, serial: int) -> bytes:
        """A whole file."""
        try:
            return self._disk.read(self._folder / file_name(serial))
        except OSError as problem:
            raise self.stop(problem) from None

    def go_on(self, serial: int, size: int, found: int) -> None:
        """Append to a file from ``size`` on; what is there beyond, ``found`` in all, is cut."""
        try:
            self._file = self._disk.open(self._folder / file_name(serial))
            if found != size:
                self._file.cut(size)
                self._file.sync()
        except OSError as problem:
            raise self.stop(problem) from None
        self._size = size

    def begin(self, serial: int, data: bytes) -> None:
        """Begin a file: under its name only once it is durable."""
        self._refuse_stopped()
        path = self._folder / file_name(serial)
        unfinished = path.with_name(path.name + ".unfinished")
        try:
            file = self._disk.open(unfinished)
            file.cut(0)
            file.write_at(0, data)
        except OSError as problem:
            raise self._full(problem) from None
        try:
            file.sync()
            self._disk.replace(unfinished, path)
            self._disk.sync_folder(self._folder)
            if self._file is not None:
                self._file.close()
        except OSError as problem:
            raise self.stop(problem) from None
        self._file, self._size = file, len(data)

    def append(self, data: bytes) -> None:
        """Write behind what is there; durable on return, or nothing of it is there."""
        self._refuse_stopped()
        file = self._file
        assert file is not None
        try:
            file.write_at(self._size, data)
        except OSError as problem:
            self._undo(file)
            raise self._full(problem) from None
        try:
            file.sync()
        except OSError as problem:
            raise self.stop(problem) from None
        self._size += len(data)

    def _undo(self, file: DiskFile) -> None:
        """Take away what a write left that did not end: it must not be found later."""
        try:
            file.cut(self._size)
            file.sync()
        except OSError as problem:
            raise self.stop(problem) from None

    def remove(self, serial: int) -> bool:
        """Take a file away; whether that was done."""
        if self.stopped:
            return False
        try:
            self._disk.remove(self._folder / file_name(serial))
        except OSError as problem:
            self.stop(problem)
            return False
        return True

    def close(self) -> None:
        """Let go of the open file."""
        if self._file is not None:
            self._file.close()

    def stop(self, problem: OSError | str) -> JournalStopped:
        """Write nothing more; the error to be raised."""
        said = problem if isinstance(problem, str) else f"the disk failed: {problem.strerror}"
        self.stopped = self.stopped or said
        return JournalStopped(self.stopped, where=str(self._folder))

    def _refuse_stopped(self) -> None:
        if self.stopped:
            raise JournalStopped(self.stopped, where=str(self._folder))

    def _full(self, problem: OSError) -> JournalFull:
        return JournalFull(
            f"nothing can be written: {problem.strerror}",
            where=str(self._folder),
            remedy="Make room on the disk",
        )
