"""Track numbers under which blurred tracks leave.

In: the node's own numbers and a secret. Out: numbers that follow each track but lead back to
none: two partners, or two blurs, give the same track different numbers, so that laying them side
by side does not put a name to a nameless track. AES-128 (FIPS 197) of one block per number;
53 bits of it, which every JSON reader keeps, so that among 100,000 tracks two share a number
once in two million cases.
"""

from __future__ import annotations

import hashlib

import numpy as np
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from numpy.typing import NDArray

KEPT_BITS = np.uint64(53)


def passing_numbers(
    tracks: NDArray[np.int64], secret: bytes, partner: str, blur: str
) -> NDArray[np.int64]:
    """Numbers for ``tracks`` (n,) as ``partner`` sees them under ``blur``, int64, never negative.

    ``secret`` is the node's own, at least 16 bytes, the same for as long as numbers should last.
    """
    if len(secret) < 16:
        raise ValueError("a secret has at least 16 bytes")
    purpose = f"{partner}\0{blur}".encode()
    key = hashlib.blake2b(
        purpose, key=secret[:64], digest_size=16, person=b"skypact.numbers"
    ).digest()
    blocks = np.zeros((len(tracks), 2), "<u8")
    blocks[:, 0] = tracks.astype(np.uint64)
    # one block a number, each by itself: the mode without chaining is the one meant here
    sealed = Cipher(algorithms.AES(key), modes.ECB()).encryptor().update(blocks.tobytes())
    words = np.frombuffer(sealed, "<u8").reshape(-1, 2)[:, 0]
    return (words >> (np.uint64(64) - KEPT_BITS)).astype(np.int64)
