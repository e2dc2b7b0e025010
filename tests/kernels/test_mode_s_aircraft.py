"""The hash table of aircraft against a dictionary."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from skypact.kernels import mode_s_aircraft as kernels

SLOTS = 32
KEYS = st.integers(0, 40) | st.integers(0, (1 << 25) - 1)


def empty(slots: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    return np.full((slots, kernels.COLUMNS), -1, np.int64), np.zeros((slots, 5))


def contents(
    memory: NDArray[np.int64], places: NDArray[np.float64]
) -> dict[int, tuple[int, float]]:
    taken = np.flatnonzero(memory[:, kernels.KEY] >= 0)
    return {
        int(memory[slot, kernels.KEY]): (int(memory[slot, kernels.MODE_3A]), places[slot, 0])
        for slot in taken
    }


@settings(deadline=None)
@given(st.lists(st.tuples(st.booleans(), KEYS), max_size=80))
def test_the_table_remembers_what_a_dictionary_would(steps: list[tuple[bool, int]]) -> None:
    memory, places = empty(SLOTS)
    plain: dict[int, tuple[int, float]] = {}
    for number, (put, key) in enumerate(steps):
        slot = kernels.find(key, memory)
        known = memory[slot, kernels.KEY] == key
        assert known == (key in plain)
        if put and len(plain) < SLOTS // 2:
            if not known:
                kernels.claim(slot, key, memory)
                assert (memory[slot, kernels.VERIFIED : kernels.EVEN_Y] == kernels.NEVER).all()
            memory[slot, kernels.MODE_3A], places[slot, 0] = number, number / 2
            plain[key] = (number, number / 2)
        elif known:
            kernels.remove(slot, memory, places)
            del plain[key]
        assert contents(memory, places) == plain
        for remembered in plain:
            assert memory[kernels.find(remembered, memory), kernels.KEY] == remembered


@settings(deadline=None)
@given(st.sets(KEYS, max_size=SLOTS // 2))
def test_growth_keeps_every_row(keys: set[int]) -> None:
    memory, places = empty(SLOTS)
    for key in keys:
        slot = kernels.find(key, memory)
        kernels.claim(slot, key, memory)
        memory[slot, kernels.MODE_3A], places[slot, 0] = key & 0xFFF, key / 8
    larger = empty(2 * SLOTS)
    kernels.rehash(memory, places, *larger)
    assert contents(*larger) == contents(memory, places)
    for key in keys:
        assert larger[0][kernels.find(key, larger[0]), kernels.KEY] == key
