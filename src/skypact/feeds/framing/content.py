"""The bytes of a recording file, unpacked where it is gzipped, below a limit."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from skypact.model.errors import BadInput, FramingError, TruncatedBlock

MAX_RECORDING_BYTES = 1 << 32
"""Largest recording read at once, unpacked; a larger one is refused rather than filling memory."""

PIECE_BYTES = 1 << 24


def read_content(path: Path) -> NDArray[np.uint8]:
    """All bytes of the file, uint8, writable.

    Raises
    ------
    TruncatedBlock, FramingError
        If a gzip stream ends early or is damaged, or the file is empty.
    BadInput
        If the file cannot be read, or is larger than memory should hold.
    """
    try:
        with path.open("rb") as file:
            packed = file.read(2) == b"\x1f\x8b"
            file.seek(0)
            pieces = bytearray()
            with gzip.open(file) if packed else file as stream:
                while piece := stream.read(PIECE_BYTES):
                    pieces += piece
                    if len(pieces) > MAX_RECORDING_BYTES:
                        raise BadInput(
                            f"over {MAX_RECORDING_BYTES >> 30} GiB unpacked",
                            where=str(path),
                            remedy="Cut the recording into parts",
                        )
    except EOFError:
        raise TruncatedBlock(
            "the gzip stream ends early", where=str(path), remedy="Fetch the file again"
        ) from None
    except (gzip.BadGzipFile, zlib.error) as error:
        raise FramingError(
            f"the gzip stream is damaged ({error})", where=str(path), remedy="Fetch the file again"
        ) from None
    except OSError as error:
        raise BadInput(f"cannot be read ({error.strerror or error})", where=str(path)) from None
    if not pieces:
        raise FramingError("the file is empty", where=str(path))
    return np.frombuffer(pieces, np.uint8)
