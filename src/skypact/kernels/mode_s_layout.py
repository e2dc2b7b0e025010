"""Where the fields of the Comm-B registers lie: the bit maps of ICAO Doc 9871 as data.

MB (56 bits, numbered from 1) comes as one integer ``mb``. A field is a status bit (0 none), the
first of its bits, their number, whether they are in two's complement, the unit of the last bit
and the value of zero. Maps, rules and sources stand with the readers in
:mod:`~skypact.kernels.mode_s_elementary`, ``_enhanced`` and ``_weather``.
"""

import numpy as np

from skypact.kernels.compilation import bare

VALUES = 12
"""Most values that a register has."""
R10, R17, R20, R30, R40, R44, R45, R50, R60 = 0, 1, 2, 3, 4, 5, 6, 7, 8
CODES = np.array([10, 17, 20, 30, 40, 44, 45, 50, 60], np.int32)
"""Register of each number above, as two decimal digits: 40 is BDS 4,0."""

PLAIN, TWOS = 0, 1
FIELDS = (
    # status, first, bits, sign, unit, value of zero; in the order of the values
    ((0, 9, 1, PLAIN, 1, 0), (0, 15, 1, PLAIN, 1, 0), (0, 16, 1, PLAIN, 1, 0),
     (0, 17, 7, PLAIN, 1, 0), (0, 24, 1, PLAIN, 1, 0), (0, 25, 1, PLAIN, 1, 0),
     (0, 26, 3, PLAIN, 1, 0), (0, 29, 4, PLAIN, 1, 0), (0, 33, 1, PLAIN, 1, 0),
     (0, 34, 1, PLAIN, 1, 0), (0, 35, 1, PLAIN, 1, 0), (0, 36, 1, PLAIN, 1, 0)),
    ((0, 1, 24, PLAIN, 1, 0),),
    (),
    ((0, 9, 14, PLAIN, 1, 0), (0, 23, 4, PLAIN, 1, 0), (0, 27, 1, PLAIN, 1, 0),
     (0, 28, 1, PLAIN, 1, 0), (0, 29, 2, PLAIN, 1, 0)),
    ((1, 2, 12, PLAIN, 16, 0), (14, 15, 12, PLAIN, 16, 0), (27, 28, 12, PLAIN, 0.1, 800),
     (48, 49, 3, PLAIN, 1, 0), (54, 55, 2, PLAIN, 1, 0)),
    ((0, 1, 4, PLAIN, 1, 0), (0, 6, 9, PLAIN, 1, 0), (0, 15, 9, PLAIN, 180 / 256, 0),
     (0, 24, 11, TWOS, 0.25, 0), (35, 36, 11, PLAIN, 1, 0), (47, 48, 2, PLAIN, 1, 0),
     (50, 51, 6, PLAIN, 100 / 64, 0)),
    ((1, 2, 2, PLAIN, 1, 0), (4, 5, 2, PLAIN, 1, 0), (7, 8, 2, PLAIN, 1, 0),
     (10, 11, 2, PLAIN, 1, 0), (13, 14, 2, PLAIN, 1, 0), (16, 17, 10, TWOS, 0.25, 0),
     (27, 28, 11, PLAIN, 1, 0), (39, 40, 12, PLAIN, 16, 0)),
    ((1, 2, 10, TWOS, 45 / 256, 0), (12, 13, 11, TWOS, 90 / 512, 0), (24, 25, 10, PLAIN, 2, 0),
     (35, 36, 10, TWOS, 8 / 256, 0), (46, 47, 10, PLAIN, 2, 0)),
    ((1, 2, 11, TWOS, 90 / 512, 0), (13, 14, 10, PLAIN, 1, 0), (24, 25, 10, PLAIN, 2.048 / 512, 0),
     (35, 36, 10, TWOS, 32, 0), (46, 47, 10, TWOS, 32, 0)),
)
NAMED = {R10: 0x10, R20: 0x20, R30: 0x30}
"""Registers whose first eight bits are their number."""
RESERVED = {
    R10: ((10, 14),), R17: ((29, 56),), R30: ((16, 22),), R40: ((40, 47), (52, 53)),
    R45: ((52, 56),),
}  # fmt: skip
"""Bits, first and last, that are zero."""


def field_tables():
    """Bits (9, 12, 4) and units (9, 12, 2) of :data:`FIELDS`, and how many each register has."""
    bits = np.zeros((len(FIELDS), VALUES, 4), np.int64)
    units = np.zeros((len(FIELDS), VALUES, 2))
    for register, fields in enumerate(FIELDS):
        for place, field in enumerate(fields):
            bits[register, place], units[register, place] = field[:4], field[4:]
    return bits, units, np.array([len(fields) for fields in FIELDS], np.int64)


def fixed_tables():
    """Bits that a register fixes, and their values, int64, each (9,)."""
    mask, value = np.zeros(len(FIELDS), np.int64), np.zeros(len(FIELDS), np.int64)
    for register, number in NAMED.items():
        mask[register], value[register] = 0xFF << 48, number << 48
    for register, stretches in RESERVED.items():
        for first, last in stretches:
            mask[register] |= ((1 << (last - first + 1)) - 1) << (56 - last)
    return mask, value


BITS, UNITS, COUNT = field_tables()
FIXED_MASK, FIXED_VALUE = fixed_tables()
USED = np.where(np.arange(len(FIELDS)) == R30, 9, COUNT)
"""Values of each register; BDS 3,0 has some that depend on the kind of identity."""


@bare
def part(mb: int, first: int, count: int) -> int:
    """Bits ``first`` (numbered from 1) up to ``first + count - 1`` of ``mb``."""
    return (mb >> (57 - first - count)) & ((1 << count) - 1)


@bare
def signed(mb: int, first: int, count: int) -> int:
    """A number of ``count`` bits in two's complement, its sign bit first."""
    value = part(mb, first, count)
    return value - (1 << count) if value >> (count - 1) else value


@bare
def message_field(message) -> int:
    """MB or ME of a long message (bytes 5-11) as one integer."""
    mb = 0
    for k in range(4, 11):
        mb = (mb << 8) | int(message[k])
    return mb


@bare
def laid_out(mb: int, register: int, out) -> int:
    """Read the fields of a register into ``out`` (VALUES,); how many are given, -1 impossible.

    Impossible is a reserved bit that is set, another register's number, or a field that is not
    zero though its status bit is. What is not given is NaN.
    """
    if mb & FIXED_MASK[register] != FIXED_VALUE[register]:
        return -1
    count = 0
    for place in range(COUNT[register]):
        status, first = BITS[register, place, 0], BITS[register, place, 1]
        size = BITS[register, place, 2]
        value = part(mb, first, size)
        if status > 0 and part(mb, status, 1) == 0:
            if value != 0:
                return -1
            out[place] = np.nan
            continue
        if BITS[register, place, 3] == TWOS:
            value = signed(mb, first, size)
        out[place] = UNITS[register, place, 1] + value * UNITS[register, place, 0]
        count += 1
    return count
