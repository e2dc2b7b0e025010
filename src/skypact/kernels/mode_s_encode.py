"""Mode S replies and extended squitters from columns; what the simulator sends.

Each kernel fills rows of ``messages``, uint8, shape (n, 14), given as zeros. Sources: Annex 10
IV, 3.1.2.5 to 3.1.2.8 (formats), Doc 9871 (2nd ed.), Appendix C (registers of extended
squitter version 2), alike DO-260B, 2.2.3.2.
"""

import math

from skypact.kernels.compilation import inner, kernel
from skypact.kernels.mode_s_bits import altitude_code_12, identity_code, put_bits, seal
from skypact.kernels.mode_s_cpr import cpr_encode

KNOT_MPS = 1852.0 / 3600.0
FOOT_MINUTE_MPS = 0.3048 / 60.0


@inner
def squitter(message, icao: int, capability: int):
    """Head of an extended squitter: DF17, CA, AA; Annex 10 IV, 3.1.2.8.6.1."""
    put_bits(message, 1, 5, 17)
    put_bits(message, 6, 3, capability)
    put_bits(message, 9, 24, icao)


@kernel(
    "void(int64[::1], float64[::1], float64[::1], float64[::1], boolean[::1], int64[::1],"
    " int64, uint8[:, ::1])"
)
def airborne_position(
    icao, latitude_rad, longitude_rad, altitude_ft, odd, type_code, status, messages
):
    """Register 0,5: position with barometric (type 9-18) or GNSS height (20-22) in feet."""
    for i in range(icao.shape[0]):
        message = messages[i]
        squitter(message, icao[i], 5)
        put_bits(message, 33, 5, type_code[i])
        put_bits(message, 38, 2, status)
        put_bits(message, 41, 12, altitude_code_12(altitude_ft[i]))
        form = 1 if odd[i] else 0
        y, x = cpr_encode(math.degrees(latitude_rad[i]), math.degrees(longitude_rad[i]), form)
        put_bits(message, 54, 1, form)
        put_bits(message, 55, 17, y)
        put_bits(message, 72, 17, x)
        seal(message, 14, 0)


@inner
def signed_steps(value: float, step: float, limit: int):
    """Sign bit (1 negative) and magnitude + 1 in steps, at most ``limit``; 0, 0 for NaN."""
    if math.isnan(value):
        return 0, 0
    magnitude = int(min(math.floor(abs(value) / step + 0.5), float(limit - 1)))
    return 1 if value < 0.0 else 0, magnitude + 1


@kernel("void(int64[::1], float64[::1], float64[::1], float64[::1], int64, uint8[:, ::1])")
def airborne_velocity(
    icao, velocity_east_mps, velocity_north_mps, velocity_up_mps, nac_v, messages
):
    """Register 0,9 subtype 1 (ground velocity), or 2 above 1,021 kt; barometric climb."""
    for i in range(icao.shape[0]):
        message = messages[i]
        squitter(message, icao[i], 5)
        east, north = velocity_east_mps[i] / KNOT_MPS, velocity_north_mps[i] / KNOT_MPS
        fast = abs(east) > 1021.0 or abs(north) > 1021.0
        step = 4.0 if fast else 1.0
        put_bits(message, 33, 5, 19)
        put_bits(message, 38, 3, 2 if fast else 1)
        put_bits(message, 43, 3, nac_v)
        sign, steps = signed_steps(east, step, 1023)
        put_bits(message, 46, 1, sign)
        put_bits(message, 47, 10, steps)
        sign, steps = signed_steps(north, step, 1023)
        put_bits(message, 57, 1, sign)
        put_bits(message, 58, 10, steps)
        put_bits(message, 68, 1, 1)
        sign, steps = signed_steps(velocity_up_mps[i] / FOOT_MINUTE_MPS, 64.0, 511)
        put_bits(message, 69, 1, sign)
        put_bits(message, 70, 9, steps)
        seal(message, 14, 0)


@kernel("void(int64[::1], uint8[:, ::1], int64, uint8[:, ::1])")
def identification(icao, characters, category, messages):
    """Register 0,8 type 4: eight characters (ASCII, uint8, shape (n, 8)) in the six-bit set.

    Annex 10 IV, Table 3-7: A-Z are 1-26, blank 32, digits 48-57; others are sent as blanks.
    """
    for i in range(icao.shape[0]):
        message = messages[i]
        squitter(message, icao[i], 5)
        put_bits(message, 33, 5, 4)
        put_bits(message, 38, 3, category)
        for k in range(8):
            character = int(characters[i, k])
            code = 32
            if 65 <= character <= 90:
                code = character - 64
            elif 48 <= character <= 57:
                code = character
            put_bits(message, 41 + 6 * k, 6, code)
        seal(message, 14, 0)


@kernel("void(int64[::1], int64[::1], uint8[:, ::1])")
def operational_status(icao, nac_p, messages):
    """Register 6,5 type 31 subtype 0, version 2, with the position's NACp; Doc 9871, C.2.4.5."""
    for i in range(icao.shape[0]):
        message = messages[i]
        squitter(message, icao[i], 5)
        put_bits(message, 33, 5, 31)
        put_bits(message, 73, 3, 2)
        put_bits(message, 77, 4, nac_p[i])
        put_bits(message, 83, 2, 3)
        seal(message, 14, 0)


@kernel("void(int64[::1], int64, uint8[:, ::1])")
def all_call(icao, interrogator, messages):
    """DF11 all-call reply (interrogator code) or acquisition squitter (0); 3.1.2.5.2.2."""
    for i in range(icao.shape[0]):
        message = messages[i]
        put_bits(message, 1, 5, 11)
        put_bits(message, 6, 3, 5)
        put_bits(message, 9, 24, icao[i])
        seal(message, 7, interrogator)


@kernel("void(int64[::1], int64[::1], uint8[:, ::1])")
def identity_reply(icao, mode_3a, messages):
    """DF5 surveillance reply with the Mode 3/A code; 3.1.2.6.7."""
    for i in range(icao.shape[0]):
        message = messages[i]
        put_bits(message, 1, 5, 5)
        put_bits(message, 20, 13, identity_code(mode_3a[i]))
        seal(message, 7, icao[i])


@kernel("void(int64[::1], float64[::1], uint8[:, ::1])")
def altitude_reply(icao, altitude_ft, messages):
    """DF4 surveillance reply with the pressure altitude (ft); 3.1.2.6.5."""
    for i in range(icao.shape[0]):
        message = messages[i]
        put_bits(message, 1, 5, 4)
        code = altitude_code_12(altitude_ft[i])
        put_bits(message, 20, 13, ((code >> 6) << 7) | (code & 0x3F))
        seal(message, 7, icao[i])
