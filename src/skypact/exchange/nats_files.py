"""Writes files that a station's NATS server reads: whole or not at all, for its account alone."""

from __future__ import annotations

import os
from pathlib import Path


def write_file(path: Path, data: bytes) -> None:
    """Put a file in place of one of the same name, mode 0600; durable on return.

    Raises
    ------
    OSError
        If the disk does not take it.
    """
    # A command beside a running node may write the same file at the same time.
    unfinished = path.with_name(f"{path.name}.{os.getpid()}.unfinished")
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC
    with os.fdopen(os.open(unfinished, flags, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.replace(unfinished, path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
