"""The one seam for chance: a generator for a name and a number, the same on every machine.

Philox is counter-based (Salmon et al., SC11): a stream for every sensor and sector costs
nothing to keep, so an exercise can be entered at any moment and gives the same bytes.
"""

from __future__ import annotations

import hashlib

import numpy as np


class Chance:
    """All the chance of one part of an exercise.

    Parameters
    ----------
    seed
        The exercise's seed.
    name
        The part: a sensor's name, "traffic".
    """

    def __init__(self, seed: int, name: str) -> None:
        digest = hashlib.sha256(f"{seed} {name}".encode()).digest()
        self._key = np.frombuffer(digest[:16], dtype="<u8").astype(np.uint64)

    def stream(self, number: int) -> np.random.Generator:
        """The generator for one step, from 0 on; streams do not overlap below 2**64 draws."""
        counter = np.array([0, number, 0, 0], dtype=np.uint64)
        return np.random.Generator(np.random.Philox(key=self._key, counter=counter))
