"""Comm-B registers of the weather: BDS 4,4 and 4,5, and what makes their bits likely.

``mb``, ``out`` and the answer are as in :mod:`~skypact.kernels.mode_s_elementary`; ``altitude_ft``
is the aircraft's pressure altitude, NaN unknown. Source: ICAO Doc 9871 (2nd ed.), Appendix A,
Tables A-2-68, A-2-69. Few aircraft keep these registers, so their rules are narrow.
"""

import math

from skypact.kernels.compilation import bare
from skypact.kernels.mode_s_air import standard_hpa, standard_k
from skypact.kernels.mode_s_layout import R44, R45, laid_out, part

WARMER_K = 35.0
"""Air is not further from the standard atmosphere than this, anywhere people fly."""
PRESSURE_RATIO = 0.05
"""Static pressure is what pressure altitude is made of; rounding and age are within this."""


@bare
def air_is_likely(temperature_c: float, pressure_hpa: float, altitude_ft: float) -> bool:
    """Whether temperature and pressure (NaN: not told) can be found at a pressure altitude."""
    if temperature_c < -90.0 or temperature_c > 60.0:
        return False
    if pressure_hpa < 100.0 or pressure_hpa > 1_100.0:
        return False
    if math.isnan(altitude_ft):
        return True
    if abs(temperature_c + 273.15 - standard_k(altitude_ft)) > WARMER_K:
        return False
    expected = standard_hpa(altitude_ft)
    return not abs(pressure_hpa - expected) > PRESSURE_RATIO * expected + 2.0


@bare
def read_44(mb: int, altitude_ft: float, out) -> bool:
    """BDS 4,4, meteorological routine air report.

    ::

        1-4 source (1 INS, 2 GNSS, 3 DME/DME, 4 VOR/DME) | 5 status | 6-14 wind speed, 1 kt
        15-23 direction, 180/256 deg | 24 sign 25-34 static air temperature, 0.25 deg C
        35 status | 36-46 static pressure, 1 hPa | 47 status | 48-49 turbulence
        50 status | 51-56 humidity, 100/64 %

    The table's bits of temperature allow twice the range it states; 0.25 deg C is its unit.
    Rule: fields without status are zero, a source that exists, wind given and up to 250 kt, air
    as found at the altitude within 35 K and 5 % of pressure, and not all of it zero.
    """
    source = part(mb, 1, 4)
    if source < 1 or source > 4 or part(mb, 5, 1) == 0:
        return False
    if part(mb, 6, 29) == 0 or laid_out(mb, R44, out) < 0:
        return False
    return out[1] <= 250.0 and out[2] < 360.0 and air_is_likely(out[3], out[4], altitude_ft)


@bare
def read_45(mb: int, altitude_ft: float, out) -> bool:
    """BDS 4,5, meteorological hazard report.

    ::

        1 status 2-3 turbulence | 4 status 5-6 wind shear | 7 status 8-9 microburst
        10 status 11-12 icing | 13 status 14-15 wake vortex (each 0 nil ... 3 severe)
        16 status | 17 sign 18-26 static air temperature, 0.25 deg C
        27 status | 28-38 static pressure, 1 hPa | 39 status | 40-51 radio height, 16 ft
        52-56 reserved 0

    Rule: fields without status and reserved bits are zero, pressure given (what lacks it cannot
    be told from BDS 1,7), air as found at the altitude within 35 K and 5 % of pressure.
    """
    if part(mb, 27, 1) == 0 or laid_out(mb, R45, out) < 0:
        return False
    return air_is_likely(out[5], out[6], altitude_ft)
