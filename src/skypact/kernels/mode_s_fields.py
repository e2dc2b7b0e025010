"""What one Mode S message says by itself: format, address, altitude, codes, velocity, raw CPR.

Sources: ICAO Annex 10 Volume IV, 3.1.2 (formats); Doc 9871 (2nd ed.), Appendix C, alike RTCA
DO-260B, 2.2.3.2 (extended squitter). Bits are numbered from 1; ME bit k is message bit k + 32.
"""

import math

import numpy as np

from skypact.kernels.compilation import bare, kernel
from skypact.kernels.mode_s_bits import altitude_12, altitude_13, bits, identity, remainder

KNOT_MPS = 1852.0 / 3600.0
FOOT_MINUTE_MPS = 0.3048 / 60.0
NOT_ICAO = 1 << 24
"""Set in ``key`` where the address is no ICAO address (anonymous, or a radar's track)."""
REBROADCAST = 1 << 25
"""Set in ``key`` where a ground station tells of an aircraft by radar (TIS-B): what it says is
late and coarse, and is not paired with what the aircraft says itself."""
AIRBORNE, SURFACE = 1, 2
"""Kinds of raw CPR position."""


@bare
def right_length(form: int, length: int) -> bool:
    """Whether a downlink format has this many bytes; Annex 10 IV, 3.1.2.3.2."""
    if form >= 16:
        return length == 14
    return length == 7


SOURCE, CATEGORY, NAC_V, SIL, VERSION, SUPPLEMENTS = 0, 1, 2, 3, 4, 5
"""Columns of ``quality``."""
ADSB, ADSB_OTHER, TISB, TISB_TRACK, TISB_COARSE, ADSR, ADSR_OTHER = 1, 2, 3, 4, 5, 6, 7
"""Sources of extended squitters: of the aircraft itself with its ICAO address or another; of a
ground station from radar tracks (TIS-B) with address, without, or coarse; of a ground station
that repeats what came on another link (ADS-R)."""


@bare
def is_anonymous(message) -> bool:
    """Whether a rebroadcast message says by its IMF bit that its address is no ICAO address.

    The bit stands in ME 8 of airborne and 21 of surface positions, 9 of velocities, 56 of
    emergency and operational status, 51 of target states; DO-260B, 2.2.17 and 2.2.18.
    """
    kind = bits(message, 33, 5)
    if 5 <= kind <= 8:
        return bits(message, 53, 1) == 1
    if 9 <= kind <= 18 or 20 <= kind <= 22:
        return bits(message, 40, 1) == 1
    if kind == 19:
        return bits(message, 41, 1) == 1
    if kind == 28 or kind == 31:  # noqa: PLR1714
        return bits(message, 88, 1) == 1
    return kind == 29 and bits(message, 83, 1) == 1


@bare
def source_of(message, form: int) -> int:
    """Who sent a DF17 or DF18, by control field and IMF bit; 0 management and others."""
    if form == 17:
        return ADSB
    control = bits(message, 6, 3)
    if control <= 1:
        return ADSB if control == 0 else ADSB_OTHER
    if control == 2:
        return TISB_TRACK if is_anonymous(message) else TISB
    if control == 3:
        return TISB_COARSE
    if control == 5:
        return TISB_TRACK
    if control == 6:
        return ADSR_OTHER if is_anonymous(message) else ADSR
    return 0


@bare
def squitter_key(message, source: int) -> int:
    """Address key of a DF17 or DF18 whose ME field is ADS-B's, -1 where it is another's.

    DF18 by its control field: 0 ICAO, 1 anonymous, 2 and 6 by the IMF bit, 5 not ICAO, others
    (coarse TIS-B, management) carry other fields; DO-260B, 2.2.3.2.1.5.
    """
    address = bits(message, 9, 24)
    if source == ADSB or source == ADSR:  # noqa: PLR1714, SIM109
        return address
    if source == TISB:
        return address | REBROADCAST
    if source == 0 or source == TISB_COARSE:  # noqa: PLR1714
        return -1
    return address | NOT_ICAO


@bare
def read_callsign(message, out):
    """Eight six-bit characters (ME bits 9-56) as ASCII, blanks at the end zero; Table 3-7."""
    used = 0
    for k in range(8):
        code = bits(message, 41 + 6 * k, 6)
        if 1 <= code <= 26:
            out[k] = np.uint8(code + 64)
            used = k + 1
        elif 48 <= code <= 57:
            out[k] = np.uint8(code)
            used = k + 1
        elif code == 32 or code == 0:  # noqa: PLR1714
            out[k] = np.uint8(32)
        else:
            out[k] = np.uint8(63)  # not in the set: shown as ?
            used = k + 1
    for k in range(used, 8):
        out[k] = np.uint8(0)


@bare
def ground_speed_kt(movement: int) -> float:
    """Speed on the ground of the movement field (1-124), NaN none; Doc 9871, Table C-3.

    Steps of 0.125 kt up to 1, 0.25 to 2, 0.5 to 15, 1 to 70, 2 to 100, 5 to 175 and above.
    """
    if movement < 1 or movement > 124:
        return np.nan
    if movement < 9:
        return (movement - 1.0) * 0.125
    if movement < 13:
        return 1.0 + (movement - 9.0) * 0.25
    if movement < 39:
        return 2.0 + (movement - 13.0) * 0.5
    if movement < 94:
        return 15.0 + (movement - 39.0)
    if movement < 109:
        return 70.0 + (movement - 94.0) * 2.0
    return 100.0 + (movement - 109.0) * 5.0


@bare
def read_movement(message, out):
    """Surface position: ``out`` is east, north (m/s) by movement and track; C.2.3.3."""
    speed = ground_speed_kt(bits(message, 38, 7)) * KNOT_MPS
    if bits(message, 45, 1):
        track = math.radians(bits(message, 46, 7) * 360.0 / 128.0)
        out[0], out[1] = speed * math.sin(track), speed * math.cos(track)
    elif speed == 0.0:
        out[0], out[1] = 0.0, 0.0


@bare
def read_velocity(message, out):
    """TC19: ``out`` is east, north, up, airspeed (m/s) and heading (rad); Doc 9871, C.2.3.5."""
    subtype = bits(message, 38, 3)
    first, second = bits(message, 47, 10), bits(message, 58, 10)
    step = 4.0 if subtype == 2 or subtype == 4 else 1.0  # noqa: PLR1714
    if subtype == 1 or subtype == 2:  # noqa: PLR1714
        if first > 0 and second > 0:
            out[0] = (1.0 - first if bits(message, 46, 1) else first - 1.0) * step * KNOT_MPS
            out[1] = (1.0 - second if bits(message, 57, 1) else second - 1.0) * step * KNOT_MPS
    elif subtype == 3 or subtype == 4:  # noqa: PLR1714
        if second > 0:
            out[3] = (second - 1.0) * step * KNOT_MPS
        if bits(message, 46, 1):
            out[4] = math.radians(first * 360.0 / 1024.0)
    else:
        return
    climb = bits(message, 70, 9)
    if climb > 0:
        sign = -1.0 if bits(message, 69, 1) else 1.0
        out[2] = sign * (climb - 1.0) * 64.0 * FOOT_MINUTE_MPS


@bare
def read_quality(message, kind: int, i: int, out):
    """Row ``i`` of ``out`` (n, 6): source, category, NACv, SIL, version, supplements; -1 not told.

    Category: 8 times the type code and the code (ME 6-8), so that A3 is 35; DO-260B, 2.2.3.2.5.2.
    NACv: ME 11-13 of velocities, 17-19 of surface status. SIL: ME 51-52 of status (from version
    1), 45-46 of target states. Supplements: B (ME 8) of positions; A (ME 44) and twice C (ME 20,
    surface) of status; 2.2.3.2.7.2.6.
    """
    if 1 <= kind <= 4:
        out[i, CATEGORY] = 8 * kind + bits(message, 38, 3)
    elif 9 <= kind <= 18 or 20 <= kind <= 22:
        out[i, SUPPLEMENTS] = bits(message, 40, 1)
    elif kind == 19:
        out[i, NAC_V] = bits(message, 43, 3)
    elif kind == 29 and bits(message, 38, 2) == 1:
        out[i, SIL] = bits(message, 77, 2)
    elif kind == 31 and bits(message, 38, 3) <= 1:
        on_ground = bits(message, 38, 3)
        version = bits(message, 73, 3)
        out[i, VERSION], out[i, SUPPLEMENTS] = version, 0
        if version >= 1:
            out[i, SIL] = bits(message, 83, 2)
            out[i, SUPPLEMENTS] = bits(message, 76, 1)
        if version >= 2 and on_ground:
            out[i, NAC_V] = bits(message, 49, 3)
            out[i, SUPPLEMENTS] |= bits(message, 52, 1) << 1


@kernel(
    "void(uint8[:, ::1], int64[::1], int32[::1], int32[::1], int32[::1], int32[::1],"
    " float64[::1], float64[::1], int32[::1], int32[::1], int32[::1], uint8[:, ::1],"
    " float64[:, ::1], int32[:, ::1], int8[:, ::1])"
)
def read_fields(
    messages, length, df, overlay, key, type_code, altitude_ft, height_ft, mode_3a, emergency,
    nac_p, callsign, velocity, cpr, quality,
):
    """Fill the columns of n messages (n, 14) of 2, 7 or 14 bytes; every output is written.

    ``df`` is -1 for Mode A/C and for a format of the wrong length; ``overlay`` what the parity
    is overlaid with; ``key`` the address (for DF0, 4, 5, 16, 20, 21 the overlay, to be
    verified), -1 none; codes are -1 and floats NaN where a message has none. ``velocity``
    (n, 5): see :func:`read_velocity`. ``cpr`` (n, 4): kind (0 none), format bit, YZ, XZ.
    ``quality`` (n, 6): see :func:`read_quality`.
    """
    for i in range(length.shape[0]):
        message = messages[i]
        df[i], overlay[i], key[i], type_code[i] = -1, -1, -1, -1
        mode_3a[i], emergency[i], nac_p[i] = -1, -1, -1
        altitude_ft[i], height_ft[i] = np.nan, np.nan
        for k in range(8):
            callsign[i, k] = np.uint8(0)
        for k in range(5):
            velocity[i, k] = np.nan
        for k in range(4):
            cpr[i, k] = 0
        for k in range(6):
            quality[i, k] = -1
        if length[i] == 2:
            continue
        form = bits(message, 1, 5)
        form = min(form, 24)  # the first two bits alone name Comm-D
        if not right_length(form, length[i]):
            continue
        df[i] = form
        overlay[i] = remainder(message, length[i])
        if form == 0 or form == 4 or form == 16 or form == 20:  # noqa: PLR1714
            key[i] = overlay[i]
            altitude_ft[i] = altitude_13(bits(message, 20, 13))
        elif form == 5 or form == 21:  # noqa: PLR1714
            key[i] = overlay[i]
            mode_3a[i] = identity(bits(message, 20, 13))
        elif form == 11:
            key[i] = bits(message, 9, 24)
        elif form == 17 or form == 18:  # noqa: PLR1714
            source = source_of(message, form)
            quality[i, SOURCE] = source
            key[i] = squitter_key(message, source)
            if key[i] < 0:
                continue
            kind = bits(message, 33, 5)
            type_code[i] = kind
            read_quality(message, kind, i, quality)
            if 1 <= kind <= 4:
                read_callsign(message, callsign[i])
            elif 5 <= kind <= 18 or 20 <= kind <= 22:
                cpr[i, 0] = SURFACE if kind <= 8 else AIRBORNE
                cpr[i, 1] = bits(message, 54, 1)
                cpr[i, 2] = bits(message, 55, 17)
                cpr[i, 3] = bits(message, 72, 17)
                if kind <= 8:
                    read_movement(message, velocity[i])
                if kind >= 20:
                    height_ft[i] = altitude_12(bits(message, 41, 12))
                elif kind >= 9:
                    altitude_ft[i] = altitude_12(bits(message, 41, 12))
            elif kind == 19:
                read_velocity(message, velocity[i])
            elif kind == 28 and bits(message, 38, 3) == 1:
                emergency[i] = bits(message, 41, 3)
                mode_3a[i] = identity(bits(message, 44, 13))
            elif kind == 29 and bits(message, 38, 2) == 1:
                nac_p[i] = bits(message, 72, 4)
            elif kind == 31 and bits(message, 73, 3) >= 1:
                nac_p[i] = bits(message, 77, 4)
