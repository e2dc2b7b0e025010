"""Which Comm-B register a reply carries, and its values; target states and status of ADS-B.

A reply to an interrogation (DF20, DF21) does not say which register was asked for. Every reader
of :mod:`~skypact.kernels.mode_s_elementary`, ``_enhanced`` and ``_weather`` says whether the bits
can be its register; what is left is decided or said to be ambiguous, never guessed. Extended
squitters name their register: BDS 6,2 (DO-260B, 2.2.3.2.7.1) and 6,5 (2.2.3.2.7.2).
"""

import math

import numpy as np

from skypact.kernels.compilation import bare, kernel
from skypact.kernels.mode_s_elementary import read_10, read_17, read_20, read_30
from skypact.kernels.mode_s_enhanced import fits_50, fits_60, read_40, read_50, read_60
from skypact.kernels.mode_s_layout import (
    CODES,
    R50,
    R60,
    USED,
    VALUES,
    message_field,
    part,
    signed,
)
from skypact.kernels.mode_s_weather import read_44, read_45

UNKNOWN, AMBIGUOUS = -1, 0
"""``bds`` where no register fits, and where several do."""
KNOT_MPS = 1852.0 / 3600.0
FOOT_MINUTE_MPS = 0.3048 / 60.0


@bare
def fitting(mb: int, altitude_ft: float, scratch, callsign) -> int:
    """Bits of the registers that ``mb`` can be; ``scratch`` (9, VALUES) holds their values."""
    found = 0
    if part(mb, 1, 8) == 0x10 and read_10(mb, scratch[0]):
        found |= 1
    if part(mb, 29, 28) == 0 and read_17(mb, scratch[1]):
        found |= 2
    if part(mb, 1, 8) == 0x20 and read_20(mb, callsign):
        found |= 4
    if part(mb, 1, 8) == 0x30 and read_30(mb, scratch[3]):
        found |= 8
    if read_40(mb, scratch[4]):
        found |= 16
    if read_44(mb, altitude_ft, scratch[5]):
        found |= 32
    if read_45(mb, altitude_ft, scratch[6]):
        found |= 64
    if read_50(mb, scratch[R50]):
        found |= 1 << R50
    if read_60(mb, altitude_ft, scratch[R60]):
        found |= 1 << R60
    return found


@bare
def narrowed(found: int, scratch, velocity) -> int:
    """``found`` held against the aircraft's ADS-B velocity (east, north, up m/s; NaN unknown).

    A BDS 5,0 or 6,0 that contradicts it is left out; a BDS 5,0 that gives the same speed and
    track is taken before anything else, since chance does so once in 700 times.
    """
    ground_kt = math.hypot(velocity[0], velocity[1]) / KNOT_MPS
    track_deg = math.degrees(math.atan2(velocity[0], velocity[1])) % 360.0
    if found & (1 << R50):
        fit = fits_50(scratch[R50], ground_kt, track_deg)
        if fit > 0:
            return 1 << R50
        if fit < 0:
            found &= ~(1 << R50)
    if found & (1 << R60) and not fits_60(
        scratch[R60], ground_kt, velocity[2] / FOOT_MINUTE_MPS
    ):
        found &= ~(1 << R60)
    return found


@bare
def read_62(me: int, out) -> bool:
    """BDS 6,2 (TC29), target state and status; ``out`` as BDS 6,2 of the columns.

    ::

        subtype 1 (version 2): 6-7 01 | 8 SIL supplement | 9 altitude of 0 MCP/FCU, 1 FMS
        10-20 selected altitude, 32 ft | 21-29 setting less 800 hPa, 0.8 hPa | 30 status
        31 sign 32-39 selected heading, 180/256 deg | 40-43 NACp | 44 NICbaro | 45-46 SIL
        47 status | 48 autopilot 49 VNAV 50 altitude hold | 51 | 52 approach | 53 TCAS | 54 LNAV
        subtype 0 (version 1): 6-7 00 | 16-25 target altitude less -1,000 ft, 100 ft
        28-36 target heading, 1 deg | 40-43 NACp | 44 NICbaro | 45-46 SIL
    """
    subtype = part(me, 6, 2)
    if subtype == 1:
        altitude, setting = part(me, 10, 11), part(me, 21, 9)
        if altitude > 0:
            out[0], out[1] = 32.0 * (altitude - 1), part(me, 9, 1)
        if setting > 0:
            out[2] = 800.0 + 0.8 * (setting - 1)
        heading = signed(me, 31, 9) * 180.0 / 256.0
        if part(me, 30, 1):
            out[3] = heading + 360.0 if heading < 0.0 else heading
        # autopilot, VNAV, altitude hold, approach, LNAV from the highest bit
        modes = part(me, 48, 3) << 2 | part(me, 52, 1) << 1 | part(me, 54, 1)
        if part(me, 47, 1):
            out[4] = modes
        out[5], out[6], out[7] = part(me, 53, 1), part(me, 44, 1), part(me, 8, 1)
        return True
    if subtype == 0 and part(me, 11, 1) == 0:
        if part(me, 8, 2) > 0 and part(me, 16, 10) <= 1010:
            out[0] = 100.0 * part(me, 16, 10) - 1000.0
        if part(me, 26, 2) > 0 and part(me, 28, 9) < 360:
            out[3] = part(me, 28, 9)
        out[6] = part(me, 44, 1)
        return True
    return False


@bare
def read_65(me: int, out) -> bool:
    """BDS 6,5 (TC31), aircraft operational status; NACp, SIL and version stand with the message.

    ::

        6-8 subtype (0 airborne, 1 surface) | 9-24 capabilities (surface: 21-24 length, width)
        25-40 operational modes | 41-43 version | 44 NIC supplement A | 45-48 NACp | 49-50 GVA
        51-52 SIL | 53 NICbaro (surface: track or heading) | 54 magnetic | 55 SIL supplement
    """
    subtype = part(me, 6, 3)
    if subtype > 1:
        return False
    version = part(me, 41, 3)
    out[0], out[8], out[9] = subtype, part(me, 9, 16), part(me, 25, 16)
    if subtype == 1:
        out[8], out[10] = part(me, 9, 12), part(me, 21, 4)
    if version >= 1:
        out[11] = part(me, 54, 1)
        if subtype == 0:
            out[6] = part(me, 53, 1)
    if version >= 2:
        out[7] = part(me, 55, 1)
        if subtype == 0:
            out[5] = part(me, 49, 2)
    return True


@kernel(
    "void(uint8[:, ::1], int64[::1], int32[::1], float64[::1], float64[:, ::1],"
    " int32[::1], int32[::1], float64[:, ::1], uint8[:, ::1])"
)
def read_registers(
    messages, row, df, altitude_ft, velocity, bds, candidates, values, callsign
):
    """Fill what the registers say of the long messages ``row`` (m,) of ``messages`` (n, 14).

    ``df`` (n,), ``altitude_ft`` (n,) and ``velocity`` (n, 3; east, north, up m/s) are of all
    messages, NaN unknown. Fills ``bds`` (m,), ``candidates`` (m,; a bit for each
    register of :data:`~skypact.kernels.mode_s_layout.CODES`), ``values``
    (m, VALUES) and ``callsign`` (m, 8).
    """
    scratch = np.empty((9, VALUES))
    for k in range(row.shape[0]):
        i = row[k]
        mb = message_field(messages[i])
        bds[k], candidates[k] = UNKNOWN, 0
        values[k, :] = np.nan
        callsign[k, :] = 0
        if df[i] == 17 or df[i] == 18:
            kind = part(mb, 1, 5)
            if kind == 29 and read_62(mb, values[k]):
                bds[k] = 62
            elif kind == 31 and read_65(mb, values[k]):
                bds[k] = 65
            elif kind == 28:
                bds[k] = 61
            continue
        if mb == 0:
            continue
        found = fitting(mb, altitude_ft[i], scratch, callsign[k])
        if found & (1 << R50 | 1 << R60):
            found = narrowed(found, scratch, velocity[i])
        candidates[k] = found
        if found != 4:
            callsign[k, :] = 0
        if found == 0:
            continue
        if found & (found - 1):
            bds[k] = AMBIGUOUS
            continue
        place = 0
        while found >> (place + 1):
            place += 1
        bds[k] = CODES[place]
        for v in range(USED[place]):
            values[k, v] = scratch[place, v]
