"""Comm-B bit maps, the atmosphere, NIC tables: against plain definitions and published values."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from skypact.kernels import mode_s_air as air
from skypact.kernels import mode_s_integrity as quality
from skypact.kernels import mode_s_layout as layout
from skypact.kernels.mode_s_enhanced import read_40, read_50, read_60
from skypact.kernels.mode_s_registers import read_registers

CALM = settings(deadline=None, max_examples=200)
MB = st.integers(0, (1 << 56) - 1)
NAN = math.nan


def plain_fields(mb: int, register: int) -> list[float] | None:
    """The definition: bits of a text of 56, by :data:`layout.FIELDS`; None where impossible."""
    text = f"{mb:056b}"
    number = layout.NAMED.get(register)
    if number is not None and text[:8] != f"{number:08b}":
        return None
    for first, last in layout.RESERVED.get(register, ()):
        if "1" in text[first - 1 : last]:
            return None
    values = []
    for status, first, size, sign, unit, zero in layout.FIELDS[register]:
        bits = text[first - 1 : first - 1 + size]
        if status and text[status - 1] == "0":
            if "1" in bits:
                return None
            values.append(NAN)
            continue
        value = int(bits, 2)
        if sign == layout.TWOS and bits[0] == "1":
            value -= 1 << size
        values.append(zero + unit * value)
    return values


@CALM
@given(MB, st.integers(0, 8), st.lists(st.sampled_from([1, 12, 14, 24, 27, 35, 46]), max_size=4))
def test_fields_lie_where_the_bit_map_says(mb: int, register: int, clear: list[int]) -> None:
    for status in clear:  # so that fields without status come up too
        mb &= ~(((1 << 11) - 1) << (56 - status - 10))
    out = np.full(layout.VALUES, NAN)
    count = layout.laid_out(mb, register, out)
    expected = plain_fields(mb, register)
    assert (count < 0) == (expected is None)
    if expected is not None:
        assert count == sum(not math.isnan(value) for value in expected)
        np.testing.assert_array_equal(out[: len(expected)], expected)


def row(mb: int) -> NDArray[np.uint8]:
    message = np.zeros((1, 14), np.uint8)
    message[0, 0] = 20 << 3
    message[0, 4:11] = list(mb.to_bytes(7, "big"))
    return message


def inferred(
    mb: int, altitude_ft: float = NAN, velocity: tuple[float, float, float] = (NAN, NAN, NAN)
) -> tuple[int, int]:
    """Register and candidates of one reply."""
    bds, candidates = np.empty(1, np.int32), np.empty(1, np.int32)
    read_registers(
        row(mb), np.zeros(1, np.int64), np.array([20], np.int32), np.array([altitude_ft]),
        np.array([velocity]), bds, candidates, np.empty((1, layout.VALUES)),
        np.empty((1, 8), np.uint8),
    )  # fmt: skip
    return int(bds[0]), int(candidates[0])


@CALM
@given(MB, st.floats(-1_000, 50_000) | st.just(NAN))
def test_any_bits_are_one_register_or_none_or_said_to_be_ambiguous(mb: int, level: float) -> None:
    bds, candidates = inferred(mb, level)
    kinds = [int(code) for k, code in enumerate(layout.CODES) if candidates >> k & 1]
    assert bds == {0: -1, 1: kinds[0] if kinds else 0}.get(len(kinds), 0)


# MB fields of replies published in J. Sun, "The 1090 Megahertz Riddle" (2nd ed.), part III
PUBLISHED = {
    0xFA81C100000000: 17,
    0x202CC371C32CE0: 20,
    0x85E42F31300000: 40,
    0x81951536E024D4: 50,
    0x8F39F91A7E27C4: 60,
}


@pytest.mark.parametrize(("mb", "bds"), PUBLISHED.items())
def test_published_replies_are_inferred(mb: int, bds: int) -> None:
    assert inferred(mb)[0] == bds


def test_published_values_are_read() -> None:
    out = np.full(layout.VALUES, NAN)
    assert read_40(0x85E42F31300000, out)
    assert out[:3] == pytest.approx([3008.0, 3008.0, 1020.0])
    assert read_50(0x81951536E024D4, out)
    assert out[:5] == pytest.approx([2.1, 114.258, 438.0, 0.125, 424.0], abs=0.01)
    assert read_60(0x8F39F91A7E27C4, NAN, out)
    assert out[:5] == pytest.approx([42.715, 252.0, 0.42, -1920.0, -1920.0], abs=0.01)


def test_the_speed_of_the_aircraft_decides_between_track_and_heading() -> None:
    # A reply of the DF20 recording that fits both BDS 5,0 and 6,0
    both = 0x901A2F2B21C000
    assert inferred(both, 26_375.0) == (0, 1 << layout.R50 | 1 << layout.R60)
    knot, track = 1852 / 3600, math.radians(229.0)
    along = (344 * knot * math.sin(track), 344 * knot * math.cos(track), 0.0)
    assert inferred(both, 26_375.0, along)[0] == 50
    assert inferred(both, 26_375.0, (-along[0], -along[1], 1_700 * 0.00508))[0] == 60


@pytest.mark.parametrize(
    ("altitude_ft", "pressure_hpa", "temperature_k"),
    # ISO 2533, table 1
    [(0.0, 1013.25, 288.15), (10_000.0, 696.8, 268.34), (36_089.0, 226.32, 216.65),
     (45_000.0, 147.5, 216.65)],
)  # fmt: skip
def test_the_atmosphere_is_the_standard_one(
    altitude_ft: float, pressure_hpa: float, temperature_k: float
) -> None:
    assert air.standard_hpa(altitude_ft) == pytest.approx(pressure_hpa, rel=1e-3)
    assert air.standard_k(altitude_ft) == pytest.approx(temperature_k, abs=0.05)


@CALM
@given(st.floats(60, 500), st.floats(150, 1013))
def test_mach_and_pressure_undo_each_other(cas_kt: float, pressure_hpa: float) -> None:
    mach = air.mach_of(cas_kt, pressure_hpa)
    assert air.pressure_of(cas_kt, mach) == pytest.approx(pressure_hpa, rel=1e-9)
    assert air.mach_of(cas_kt, air.SEA_LEVEL_HPA) == pytest.approx(cas_kt / air.SOUND_KT)


@pytest.mark.parametrize(
    ("version", "kind", "a_and_c", "b", "nic", "radius_m"),
    # DO-260B, Tables 2-14 and 2-15; DO-260A, Table 2-14
    [
        (2, 9, 0, 0, 11, 7.5), (2, 11, 1, 1, 9, 75.0), (2, 11, 0, 0, 8, 185.2),
        (2, 13, 0, 1, 6, 555.6), (2, 13, 0, 0, 6, 926.0), (2, 13, 1, 1, 6, 1111.2),
        (2, 16, 1, 1, 3, 7408.0), (2, 16, 0, 0, 2, 14816.0), (2, 8, 3, -1, 7, 370.4),
        (2, 8, 1, -1, 6, 555.6), (2, 8, 2, -1, 6, 1111.2), (2, 8, 0, -1, 0, NAN),
        (2, 7, 1, -1, 9, 75.0), (2, 7, 0, -1, 8, 185.2), (1, 11, 1, 0, 9, 75.0),
        (1, 16, 1, 0, 3, 7408.0), (2, 18, 0, 0, 0, NAN), (0, 11, 1, 1, -1, NAN),
    ],
)  # fmt: skip
def test_nic_is_that_of_the_tables(
    version: int, kind: int, a_and_c: int, b: int, nic: int, radius_m: float
) -> None:
    got = quality.integrity(version, kind, a_and_c, b)
    assert got[0] == nic
    assert got[1] == pytest.approx(radius_m, nan_ok=True)


def test_sigma_comes_from_the_best_that_is_told() -> None:
    assert quality.sigma_of(9, 185.2, 11) == pytest.approx(math.hypot(30 / 2.448, 1.5))
    assert quality.sigma_of(0, 185.2, 11) == pytest.approx(math.hypot(92.6 / 2.448, 1.5))
    assert quality.sigma_of(0, NAN, 12) == pytest.approx(math.hypot(185.2 / 2.448, 1.5))
    assert math.isnan(quality.sigma_of(0, NAN, 18))
