"""Bits of a Mode S message: parity, altitude and identity codes.

A message is a row of 14 bytes, uint8; short messages use the first 7. Sources: ICAO Annex 10
Volume IV (2014), 3.1.2.3.3 (parity), 3.1.2.6.5.4 (altitude code), 3.1.2.6.7.1 (identity code),
and appendix to chapter 3 (Gillham code).
"""

import numpy as np

from skypact.kernels.compilation import bare

GENERATOR = 0xFFF409
"""Mode S parity polynomial without its leading x^24; Annex 10 IV, 3.1.2.3.3.1.2."""

NO_ALTITUDE_FT = -99999
"""Value in :data:`ALTITUDE_FT` of codes that mean no altitude."""


def parity_table():
    """Remainder of every byte, uint32, shape (256,)."""
    table = np.zeros(256, np.uint32)
    for byte in range(256):
        remainder = byte << 16
        for _ in range(8):
            remainder <<= 1
            if remainder & 0x1000000:
                remainder ^= 0x1000000 | GENERATOR
        table[byte] = remainder
    return table


def gillham_ft(code: int) -> int:
    """Altitude of a 100-ft code C1 A1 C2 A2 C4 A4 B1 0 B2 D2 B4 D4 (D1 is never set), in feet.

    D2 D4 A1 A2 A4 B1 B2 B4 are a Gray code of 500-ft steps and C1 C2 C4 a reflected code of
    the 100-ft steps within; the lowest code is -1,200 ft.
    """
    bit = [(code >> (11 - place)) & 1 for place in range(12)]
    c1, a1, c2, a2, c4, a4, b1, _, b2, d2, b4, d4 = bit
    gray = d2 << 7 | d4 << 6 | a1 << 5 | a2 << 4 | a4 << 3 | b1 << 2 | b2 << 1 | b4
    steps_500 = gray
    shift = gray >> 1
    while shift:
        steps_500 ^= shift
        shift >>= 1
    gray_100 = c1 << 2 | c2 << 1 | c4
    steps_100 = {1: 1, 3: 2, 2: 3, 6: 4, 4: 5}.get(gray_100, 0)
    if steps_100 == 0:
        return NO_ALTITUDE_FT  # 0, 5 and 7 are no codes
    if steps_500 % 2:
        steps_100 = 6 - steps_100
    return steps_500 * 500 + steps_100 * 100 - 1300


def altitude_table():
    """Altitude (ft) of each 12-bit altitude code, int32, shape (4096,).

    Bit 5 from the low end is Q: 1 means 25-ft steps from -1,000 ft, 0 the 100-ft code.
    """
    table = np.full(4096, NO_ALTITUDE_FT, np.int32)
    for code in range(1, 4096):
        if code & 0x10:
            table[code] = ((code >> 5) << 4 | code & 0xF) * 25 - 1000
        else:
            table[code] = gillham_ft(code)
    return table


def gillham_codes():
    """12-bit code of every whole 100 ft from -1,200 ft up, int32; 0 where there is none."""
    codes = np.zeros(1280, np.int32)
    for code in range(1, 4096):
        if not code & 0x10:
            altitude = gillham_ft(code)
            if altitude != NO_ALTITUDE_FT:
                codes[(altitude + 1200) // 100] = code
    return codes


PARITY = parity_table()
ALTITUDE_FT = altitude_table()
GILLHAM_CODE = gillham_codes()


@bare
def remainder(message, length: int) -> int:
    """Parity of the leading bytes against the last three: 0, the address or the interrogator.

    Annex 10 IV, 3.1.2.3.3.2: the 24 parity bits are overlaid with the address (AP) or the
    interrogator code (PI); what is left after the division is that overlay.
    """
    value = np.uint32(0)
    for i in range(length - 3):
        step = ((value >> np.uint32(16)) ^ np.uint32(message[i])) & np.uint32(0xFF)
        value = ((value << np.uint32(8)) ^ PARITY[step]) & np.uint32(0xFFFFFF)
    last = (
        (int(message[length - 3]) << 16)
        | (int(message[length - 2]) << 8)
        | int(message[length - 1])
    )
    return int(value) ^ last


@bare
def bits(message, first: int, count: int) -> int:
    """Bits ``first`` (numbered from 1, as in the documents) up to ``first + count - 1``."""
    value = 0
    start = first - 1
    for byte in range(start >> 3, ((start + count - 1) >> 3) + 1):
        value = (value << 8) | int(message[byte])
    value >>= 7 - ((start + count - 1) & 7)
    return value & ((1 << count) - 1)


@bare
def put_bits(message, first: int, count: int, value: int):
    """Set bits ``first`` (numbered from 1) up to ``first + count - 1``; they must be zero yet."""
    for place in range(count):
        if (value >> (count - 1 - place)) & 1:
            at = first - 1 + place
            message[at >> 3] |= np.uint8(0x80 >> (at & 7))


@bare
def seal(message, length: int, overlay: int):
    """Fill the last three bytes with the parity overlaid by an address or interrogator code."""
    for i in range(length - 3, length):
        message[i] = np.uint8(0)
    parity = remainder(message, length) ^ overlay
    message[length - 3] = np.uint8((parity >> 16) & 0xFF)
    message[length - 2] = np.uint8((parity >> 8) & 0xFF)
    message[length - 1] = np.uint8(parity & 0xFF)


@bare
def altitude_12(code: int) -> float:
    """Altitude (ft) of a 12-bit code (extended squitter), NaN where it tells none."""
    altitude = ALTITUDE_FT[code]
    return np.nan if altitude == NO_ALTITUDE_FT else float(altitude)


@bare
def altitude_13(code: int) -> float:
    """Altitude (ft) of a 13-bit code (AC field); metric codes (M bit) are refused: NaN."""
    if code & 0x40:
        return np.nan
    return altitude_12(((code >> 7) << 6) | (code & 0x3F))


@bare
def altitude_code_12(altitude_ft: float) -> int:
    """Code of an altitude (ft): 25-ft steps to 50,175 ft, 100-ft above, 0 where not coded."""
    if not -1200.0 <= altitude_ft <= 126_700.0:
        return 0
    steps = int(np.floor((altitude_ft + 1000.0) / 25.0 + 0.5))
    if 0 <= steps <= 2047:
        return ((steps >> 4) << 5) | 0x10 | (steps & 0xF)
    return int(GILLHAM_CODE[int(np.floor((altitude_ft + 1200.0) / 100.0 + 0.5))])


@bare
def identity(code: int) -> int:
    """Mode 3/A code (0-4095, its octal digits are A B C D) of a 13-bit ID field.

    The field is C1 A1 C2 A2 C4 A4 0 B1 D1 B2 D2 B4 D4; Annex 10 IV, 3.1.2.6.7.1.
    """
    a = ((code >> 11) & 1) | ((code >> 9) & 1) << 1 | ((code >> 7) & 1) << 2
    b = ((code >> 5) & 1) | ((code >> 3) & 1) << 1 | ((code >> 1) & 1) << 2
    c = ((code >> 12) & 1) | ((code >> 10) & 1) << 1 | ((code >> 8) & 1) << 2
    d = ((code >> 4) & 1) | ((code >> 2) & 1) << 1 | (code & 1) << 2
    return a << 9 | b << 6 | c << 3 | d


@bare
def identity_code(mode_3a: int) -> int:
    """13-bit ID field of a Mode 3/A code; the inverse of :func:`identity`."""
    a, b, c, d = (mode_3a >> 9) & 7, (mode_3a >> 6) & 7, (mode_3a >> 3) & 7, mode_3a & 7
    code = (c & 1) << 12 | (a & 1) << 11 | (c >> 1 & 1) << 10 | (a >> 1 & 1) << 9
    code |= (c >> 2) << 8 | (a >> 2) << 7 | (b & 1) << 5 | (d & 1) << 4
    return code | (b >> 1 & 1) << 3 | (d >> 1 & 1) << 2 | (b >> 2) << 1 | (d >> 2)
