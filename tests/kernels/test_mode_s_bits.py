"""Parity, altitude and identity codes against plain definitions and published messages."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from skypact.kernels import mode_s_bits as kernels

POLYNOMIAL = 0x1FFF409


def row(text: str) -> NDArray[np.uint8]:
    return np.frombuffer(bytearray.fromhex(text), np.uint8)


def divided(message: bytes) -> int:
    """Long division in GF(2): the definition of Annex 10 IV, 3.1.2.3.3."""
    length = 8 * len(message)
    value = int.from_bytes(message, "big")
    for place in range(length - 1, 23, -1):
        if value >> place & 1:
            value ^= POLYNOMIAL << (place - 24)
    return value


@settings(deadline=None)
@given(st.binary(min_size=7, max_size=7) | st.binary(min_size=14, max_size=14))
def test_parity_is_the_rest_of_the_long_division(message: bytes) -> None:
    given_row = np.frombuffer(bytearray(message), np.uint8)
    assert kernels.remainder(given_row, len(message)) == divided(message)


@settings(deadline=None)
@given(st.binary(min_size=14, max_size=14), st.sampled_from([7, 14]), st.integers(0, 0xFFFFFF))
def test_a_sealed_message_leaves_its_overlay(message: bytes, length: int, overlay: int) -> None:
    sealed = np.frombuffer(bytearray(message), np.uint8)
    kernels.seal(sealed, length, overlay)
    assert kernels.remainder(sealed, length) == overlay
    assert divided(sealed[:length].tobytes()) == overlay


@settings(deadline=None)
@given(st.binary(min_size=14, max_size=14), st.integers(1, 112), st.integers(1, 24))
def test_bits_are_numbered_from_one(message: bytes, first: int, count: int) -> None:
    count = min(count, 113 - first)
    value = int.from_bytes(message, "big") >> (112 - (first + count - 1)) & ((1 << count) - 1)
    assert kernels.bits(np.frombuffer(bytearray(message), np.uint8), first, count) == value
    written = np.zeros(14, np.uint8)
    kernels.put_bits(written, first, count, value)
    assert kernels.bits(written, first, count) == value
    assert int.from_bytes(written.tobytes(), "big").bit_count() == value.bit_count()


@settings(deadline=None)
@given(st.integers(0, 0o7777))
def test_identity_codes_come_back(mode_3a: int) -> None:
    assert kernels.identity(kernels.identity_code(mode_3a)) == mode_3a


def test_identity_bits_interleave_as_annex_10_says() -> None:
    order = ["C1", "A1", "C2", "A2", "C4", "A4", "X", "B1", "D1", "B2", "D2", "B4", "D4"]
    for place, name in enumerate(order):
        if name == "X":
            continue
        digit = "ABCD".index(name[0])
        assert kernels.identity(1 << (12 - place)) == int(name[1]) << 3 * (3 - digit)


def test_neighbouring_gillham_altitudes_differ_in_one_bit_and_none_is_missing() -> None:
    codes = [int(code) for code in kernels.GILLHAM_CODE if code]
    assert len(codes) == 1_280  # -1,200 to 126,700 ft
    for low, high in itertools.pairwise(codes):
        assert (low ^ high).bit_count() == 1
        assert kernels.altitude_12(high) - kernels.altitude_12(low) == 100.0


def test_the_first_gillham_codes_are_those_of_the_published_table() -> None:
    # Annex 10 IV, appendix to chapter 3: C4 alone is -1,200 ft, then C4 C2, C2, ...
    c4, c2, c1, b4 = 1 << 7, 1 << 9, 1 << 11, 1 << 1
    assert kernels.altitude_12(c4) == -1200.0
    assert kernels.altitude_12(c4 | c2) == -1100.0
    assert kernels.altitude_12(c2) == -1000.0
    assert kernels.altitude_12(c2 | c1) == -900.0
    assert kernels.altitude_12(c1) == -800.0
    assert kernels.altitude_12(c1 | b4) == -700.0


@settings(deadline=None)
@given(st.integers(-1_000, 50_175))
def test_altitudes_come_back_within_half_a_step(altitude_ft: int) -> None:
    back = kernels.altitude_12(kernels.altitude_code_12(float(altitude_ft)))
    assert abs(back - altitude_ft) <= 12.5


@settings(deadline=None)
@given(st.integers(50_200, 126_700))
def test_high_altitudes_are_sent_in_hundreds(altitude_ft: int) -> None:
    back = kernels.altitude_12(kernels.altitude_code_12(float(altitude_ft)))
    assert abs(back - altitude_ft) <= 50.0


@pytest.mark.parametrize("altitude_ft", [np.nan, -1_300.0, 127_000.0, np.inf])
def test_what_no_code_can_say_is_sent_as_unknown(altitude_ft: float) -> None:
    assert kernels.altitude_code_12(altitude_ft) == 0
    assert np.isnan(kernels.altitude_12(0))


def test_metric_altitude_is_refused_rather_than_read_as_feet() -> None:
    assert np.isnan(kernels.altitude_13(0b0000001010101))


def test_a_published_altitude_reply_reads_as_published() -> None:
    # J. Sun, "The 1090 Megahertz Riddle" (2nd ed.), surveillance replies
    assert kernels.altitude_13(kernels.bits(row("2000171806a983"), 20, 13)) == 36_000.0
