"""The small steps of deciding, each beside its definition in words of Python.

The whole is held against the plain reading of the rules in tests/properties.
"""

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from skypact.kernels import release_decide as kernels
from skypact.release.table import packed


def test_the_lowest_bit_of_a_word_is_found():
    for bit in range(64):
        for above in (0, 1, 0b1011):
            word = (1 << bit | above << bit + 1) & 2**64 - 1
            assert kernels.lowest_bit(np.uint64(word)) == bit


@given(
    st.lists(st.floats(-1000, 20_000), unique=True, max_size=5).map(sorted),
    st.floats(allow_nan=True, allow_infinity=True),
)
def test_a_height_lies_in_the_band_whose_lower_bound_it_reaches(bounds, height):
    band = kernels.band_of(height, np.array(bounds, np.float64))
    if not math.isfinite(height):
        assert band == len(bounds) + 1
    else:
        assert band == sum(bound <= height for bound in bounds)


@given(st.lists(st.booleans(), max_size=200))
def test_rules_are_packed_lowest_bit_first(fits):
    words = max(1, -(-len(fits) // 64))
    bits = packed(np.array([fits], np.bool_).reshape(1, len(fits)), words)
    assert bits.shape == (1, words)
    for number in range(64 * words):
        bit = (int(bits[0, number // 64]) >> (number % 64)) & 1
        assert bit == (number < len(fits) and fits[number])


def test_codes_beyond_the_table_are_unknown():
    assert [kernels.row_of(code, 3) for code in (-1, 0, 2, 3, 127)] == [3, 0, 2, 3, 3]
