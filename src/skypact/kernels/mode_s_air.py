"""The standard atmosphere and what it says of airspeeds: to tell Comm-B registers apart.

Sources: ISO 2533 (standard atmosphere); ICAO Doc 9871 gives no formulas; compressible flow after
"U.S. Standard Atmosphere, 1976" and NASA RP-1046, section 3.
"""

import math

from skypact.kernels.compilation import bare

SEA_LEVEL_K = 288.15
SEA_LEVEL_HPA = 1013.25
LAPSE_K_PER_M = 0.0065
TROPOPAUSE_M = 11_000.0
TROPOPAUSE_K = 216.65
TROPOPAUSE_HPA = 226.32
SCALE_M = 6_341.62
"""R T / g of the isothermal layer."""
SOUND_KT = 661.4788
"""Speed of sound at sea level."""


@bare
def standard_k(altitude_ft: float) -> float:
    """Temperature (K) of the standard atmosphere at a pressure altitude (ft)."""
    return max(SEA_LEVEL_K - LAPSE_K_PER_M * 0.3048 * altitude_ft, TROPOPAUSE_K)


@bare
def standard_hpa(altitude_ft: float) -> float:
    """Pressure (hPa) at a pressure altitude (ft): exact, for that is how it is defined."""
    height = 0.3048 * altitude_ft
    if height <= TROPOPAUSE_M:
        return SEA_LEVEL_HPA * (1.0 - LAPSE_K_PER_M * height / SEA_LEVEL_K) ** 5.25588
    return TROPOPAUSE_HPA * math.exp((TROPOPAUSE_M - height) / SCALE_M)


@bare
def impact_hpa(cas_kt: float) -> float:
    """Impact pressure (hPa) of a calibrated airspeed (kt)."""
    ratio = cas_kt / SOUND_KT
    return SEA_LEVEL_HPA * ((1.0 + 0.2 * ratio * ratio) ** 3.5 - 1.0)


@bare
def mach_of(cas_kt: float, pressure_hpa: float) -> float:
    """Mach number of a calibrated airspeed (kt) where the pressure (hPa) is known."""
    return math.sqrt(5.0 * ((impact_hpa(cas_kt) / pressure_hpa + 1.0) ** (2.0 / 7.0) - 1.0))


@bare
def pressure_of(cas_kt: float, mach: float) -> float:
    """Pressure (hPa) at which an airspeed (kt) is a Mach number (above zero)."""
    return impact_hpa(cas_kt) / ((1.0 + 0.2 * mach * mach) ** 3.5 - 1.0)
