"""24-bit address to state of registration, and to state aircraft where a nation knows their blocks.

In: addresses. Out: the state whose block each is of. The blocks are those of ICAO Annex 10
volume III, table 9-1 (second edition, with amendments up to 88-A of 2013), written down in
``registration_blocks.csv``: a block is all addresses that begin with a state's 4 to 14 bits.
``verified`` is true where two listings of the table agree; amendments since 2013 are not in it.
Blocks within, kept for state aircraft, are no part of the table: nations' configuration tells them.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from skypact.identity.refusals import BadBlocks

LAST_ADDRESS = 0xFFFFFF
"""24 bits; 000000 and FFFFFF are never an aircraft's (Annex 10 volume III, 9.2.5)."""

ICAO = "ICAO"
"""Where a state would stand, for addresses that ICAO itself gives out."""

MOST_BLOCKS = 10_000

BlockUse = Literal["friendly-state", "foreign-state"]


@dataclass(frozen=True, slots=True)
class Block:
    """All addresses from ``first`` to ``last``, both included."""

    first: int
    last: int
    state: str
    name: str
    verified: bool = True


@dataclass(frozen=True, slots=True)
class StateBlock:
    """A block of state aircraft, as a nation's configuration has it."""

    first: int
    last: int
    use: BlockUse
    name: str


@dataclass(frozen=True, slots=True)
class Blocks:
    """Blocks in the order of their addresses, to look up in.

    Parameters
    ----------
    first, last
        Of each block, int32, shape (blocks,).
    name
        What to call each in a sentence.
    state
        Code of each block's state (ISO 3166-1 alpha-2), or what it is used for.
    """

    first: NDArray[np.int32]
    last: NDArray[np.int32]
    state: tuple[str, ...]
    name: tuple[str, ...]

    def of(self, address: NDArray[np.int32]) -> NDArray[np.int32]:
        """Index of the block of each address (n,); -1 none, or no address."""
        if not len(self.first):
            return np.full(len(address), -1, np.int32)
        at = np.searchsorted(self.first, address, side="right") - 1
        within = (at >= 0) & (address <= self.last[at]) & (address > 0) & (address < LAST_ADDRESS)
        return np.where(within, at, -1).astype(np.int32)

    def state_of(self, address: int) -> str:
        """Code of the state of one address, empty where no state has it."""
        found = int(self.of(np.array([address], np.int32))[0])
        return self.state[found] if found >= 0 else ""


def _sorted(blocks: Sequence[Block] | Sequence[StateBlock], where: str) -> list[int]:
    """Their order by address.

    Raises
    ------
    BadBlocks
        If one is no block, or two overlap.
    """
    if len(blocks) > MOST_BLOCKS:
        raise BadBlocks(f"more than {MOST_BLOCKS} blocks", where=where)
    for one in blocks:
        if not 0 <= one.first <= one.last <= LAST_ADDRESS:
            raise BadBlocks(f"{one.first:06X} to {one.last:06X} is no block", where=where)
    order = sorted(range(len(blocks)), key=lambda k: blocks[k].first)
    for low, high in pairwise(order):
        if blocks[low].last >= blocks[high].first:
            raise BadBlocks(
                f"blocks {blocks[low].name!r} and {blocks[high].name!r} overlap"
                f" at {blocks[high].first:06X}",
                where=where,
            )
    return order


def blocks_of(blocks: Sequence[Block], *, where: str = "blocks") -> Blocks:
    """Blocks of states, ready to look up in.

    Raises
    ------
    BadBlocks
        If one is no block, or two overlap.
    """
    order = _sorted(blocks, where)
    return Blocks(
        np.array([blocks[k].first for k in order], np.int32),
        np.array([blocks[k].last for k in order], np.int32),
        tuple(blocks[k].state for k in order),
        tuple(blocks[k].name for k in order),
    )


def state_blocks_of(blocks: Sequence[StateBlock], *, where: str = "state blocks") -> Blocks:
    """Blocks of state aircraft, ready to look up in; ``state`` tells their use.

    Raises
    ------
    BadBlocks
        If one is no block, or two overlap.
    """
    order = _sorted(blocks, where)
    return Blocks(
        np.array([blocks[k].first for k in order], np.int32),
        np.array([blocks[k].last for k in order], np.int32),
        tuple(blocks[k].use for k in order),
        tuple(blocks[k].name for k in order),
    )


@cache
def shipped_blocks() -> tuple[Block, ...]:
    """The rows of ``registration_blocks.csv``."""
    text = files("skypact.identity").joinpath("registration_blocks.csv").read_text("utf-8")
    return tuple(
        Block(
            int(row["first"], 16),
            int(row["last"], 16),
            row["state"],
            row["name"],
            row["verified"] == "true",
        )
        for row in csv.DictReader(io.StringIO(text))
    )


@cache
def registration_blocks() -> Blocks:
    """All states' blocks by ICAO's table."""
    return blocks_of(shipped_blocks(), where="registration_blocks.csv")
