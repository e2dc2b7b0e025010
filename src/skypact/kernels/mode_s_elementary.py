"""Comm-B registers that name themselves or list others: BDS 1,0 1,7 2,0 3,0; and their bits.

Every reader fills ``out`` (VALUES,) as :data:`skypact.feeds.mode_s.registers.VALUES` names it (NaN
where a value is not given; what lies beyond a register's values stays) and says whether the bits
can be that register at all. Source: ICAO Doc 9871
(2nd ed.), Appendix A, Tables A-2-16, A-2-23, A-2-32, A-2-48.
"""

import numpy as np

from skypact.kernels.compilation import bare
from skypact.kernels.mode_s_bits import altitude_13
from skypact.kernels.mode_s_layout import R10, R17, R30, laid_out, part


@bare
def read_10(mb: int, out) -> bool:
    """BDS 1,0, data link capability report.

    ::

        1-8 0001 0000 | 9 continuation | 10-14 reserved 0 | 15 overlay command | 16 ACAS works
        17-23 subnetwork version | 24 enhanced protocol | 25 specific services | 26-28 uplink ELM
        29-32 downlink ELM | 33 identification | 34 squitter | 35 SI code | 36 BDS 1,7 changed
        37-40 ACAS | 41-56 data terminals

    Rule: the number, zeros where reserved, and overlay exactly from version 5 on.
    """
    if laid_out(mb, R10, out) < 0:
        return False
    return (part(mb, 15, 1) == 1) == (part(mb, 17, 7) >= 5)


@bare
def read_17(mb: int, out) -> bool:
    """BDS 1,7, common usage GICB capability report: a bit for each register that is kept.

    ::

        1 0,5 | 2 0,6 | 3 0,7 | 4 0,8 | 5 0,9 | 6 0,A | 7 2,0 | 8 2,1 | 9 4,0 | 10 4,1 | 11 4,2
        12 4,3 | 13 4,4 | 14 4,5 | 15 4,8 | 16 5,0 | 17 5,1 | 18 5,2 | 19 5,3 | 20 5,4 | 21 5,5
        22 5,6 | 23 5,F | 24 6,0 | 25-28 others | 29-56 reserved 0

    Rule: zeros where reserved, and BDS 2,0 among them, which every such transponder keeps.
    """
    return part(mb, 7, 1) == 1 and laid_out(mb, R17, out) > 0


@bare
def character(mb: int, place: int) -> int:
    """ASCII of six-bit character ``place`` (0-7) after the number, -1 where it is none."""
    code = part(mb, 9 + 6 * place, 6)
    if 1 <= code <= 26:
        return code + 64
    if code == 32 or 48 <= code <= 57:
        return code
    return -1


@bare
def read_20(mb: int, callsign) -> bool:
    """BDS 2,0, aircraft identification; fills ``callsign`` (8,) ASCII, blanks at the end zero.

    ::

        1-8 0010 0000 | 9-14, 15-20, ... 51-56 eight characters (Annex 10 IV, Table 3-9)

    Rule: the number, and only characters of the set.
    """
    if part(mb, 1, 8) != 0x20:
        return False
    used = 0
    for place in range(8):
        letter = character(mb, place)
        if letter < 0:
            return False
        if letter != 32:
            used = place + 1
    for place in range(used):
        callsign[place] = np.uint8(character(mb, place))
    return True


@bare
def read_30(mb: int, out) -> bool:
    """BDS 3,0, ACAS active resolution advisory.

    ::

        1-8 0011 0000 | 9-22 advisories (16-22 for ACAS III, 0) | 23-26 complements
        27 terminated | 28 several threats | 29-30 kind of identity | 31-56 identity:
            kind 0: 0 | kind 1: 24-bit address, 00
            kind 2: 13-bit altitude, 7-bit range of 0.1 NM, 6-bit bearing of 6 degrees

    Rule: the number, kind not 3, zeros where reserved.
    """
    kind = part(mb, 29, 2)
    if kind == 3 or laid_out(mb, R30, out) < 0:
        return False
    if (kind == 0 and part(mb, 31, 26) != 0) or (kind == 1 and part(mb, 55, 2) != 0):
        return False
    for k in range(5, 9):
        out[k] = np.nan
    if kind == 1:
        out[5] = float(part(mb, 31, 24))
    elif kind == 2:
        distance, bearing = part(mb, 44, 7), part(mb, 51, 6)
        out[6] = altitude_13(part(mb, 31, 13))
        if distance > 0:
            out[7] = (distance - 1) * 0.1
        if 1 <= bearing <= 60:
            out[8] = 6.0 * (bearing - 1) + 3.0
    return True
