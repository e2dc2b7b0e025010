"""Which state an address is of: ICAO's blocks as written down, and a nation's own beside them."""

import gzip
import json
import re
from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skypact.identity.refusals import BadBlocks
from skypact.identity.registration import (
    Block,
    StateBlock,
    blocks_of,
    registration_blocks,
    shipped_blocks,
    state_blocks_of,
)

BITS = {4, 6, 9, 12, 14}
"""Lengths of states' prefixes in table 9-1."""


def test_blocks_do_not_overlap_and_each_is_all_addresses_of_one_prefix() -> None:
    blocks = sorted(shipped_blocks(), key=lambda block: block.first)
    for low, high in pairwise(blocks):
        assert low.last < high.first, (low, high)
    for block in blocks:
        size = block.last - block.first + 1
        assert size in {1 << (24 - bits) for bits in BITS}, block
        assert block.first % size == 0, block


def test_a_state_has_one_block_but_icao() -> None:
    counted = Counter(block.state for block in shipped_blocks())
    assert {state for state, count in counted.items() if count > 1} == {"ICAO"}
    assert all(re.fullmatch("[A-Z]{2}|ICAO", state) for state in counted)


@pytest.mark.parametrize(
    ("address", "state"),
    [
        (0x100000, "RU"),
        (0x1FFFFF, "RU"),
        (0x601000, "KG"),
        (0x6013FF, "KG"),
        (0x601400, ""),
        (0x683000, "KZ"),
        (0x515001, "TJ"),
        (0x507C10, "UZ"),
        (0x780001, "CN"),
        (0x3C6444, "DE"),
        (0xA00001, "US"),
        (0x000000, ""),
        (0xFFFFFF, ""),
        (-1, ""),
        (0x1000000, ""),
    ],
)
def test_an_address_is_of_the_state_whose_bits_it_begins_with(address: int, state: str) -> None:
    assert registration_blocks().state_of(address) == state


@given(st.lists(st.integers(-(2**31), 2**31 - 1), max_size=30))
def test_looking_up_many_is_looking_through_the_list(addresses: list[int]) -> None:
    found = registration_blocks().of(np.array(addresses, np.int32))
    for address, at in zip(addresses, found, strict=True):
        by_hand = [b.state for b in shipped_blocks() if b.first <= address <= b.last]
        state = registration_blocks().state[at] if at >= 0 else ""
        assert state == (by_hand[0] if by_hand else "")


def test_real_aircraft_whose_callsign_is_their_registration_are_of_that_state(recordings) -> None:
    """Marks of Annex 7: light aircraft send their registration as callsign."""
    marks = {"US": r"N[1-9]\d{1,4}[A-Z]{0,2}", "CA": r"C[FGI][A-Z]{3}", "MX": r"X[ABC][A-Z]{3}"}
    seen: dict[str, Counter[str]] = {state: Counter() for state in marks}
    path = recordings / "states" / "readsb_kwvi_5nm_20251213.jsonl.gz"
    with gzip.open(path, "rt") as lines:
        pairs = {
            (row["hex"], (row.get("flight") or "").strip())
            for row in map(json.loads, lines)
            if "hex" in row
        }
    for address, callsign in pairs:
        if re.fullmatch("[0-9a-f]{6}", address):
            for state, mark in marks.items():
                if re.fullmatch(mark, callsign):
                    seen[state][registration_blocks().state_of(int(address, 16))] += 1
    assert seen["US"]["US"] > 50
    assert seen["US"]["US"] >= 0.98 * seen["US"].total(), seen
    assert seen["CA"]["CA"] == seen["CA"].total(), seen


def test_overlapping_blocks_are_refused_by_name() -> None:
    with pytest.raises(BadBlocks, match="overlap at 000080"):
        blocks_of([Block(0, 0x80, "AA", "one"), Block(0x80, 0x90, "BB", "two")])
    with pytest.raises(BadBlocks, match="no block"):
        blocks_of([Block(9, 8, "AA", "one")])
    with pytest.raises(BadBlocks, match="no block"):
        state_blocks_of([StateBlock(0, 0x1000000, "friendly-state", "one")])


def test_no_blocks_hold_no_address() -> None:
    assert state_blocks_of([]).of(np.array([1, -1], np.int32)).tolist() == [-1, -1]
