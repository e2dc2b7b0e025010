"""Comm-B registers of enhanced surveillance: BDS 4,0 5,0 6,0, and what makes their bits likely.

``mb``, ``out`` and the answer are as in :mod:`~skypact.kernels.mode_s_elementary`; ``altitude_ft``
is the aircraft's pressure altitude, NaN unknown. Source: ICAO Doc 9871 (2nd ed.), Appendix A,
Tables A-2-64, A-2-80, A-2-96. Limits are those of what flies, wide enough to lose no aircraft.
"""

import math

from skypact.kernels.compilation import bare
from skypact.kernels.mode_s_air import mach_of, pressure_of, standard_hpa
from skypact.kernels.mode_s_layout import R40, R50, R60, laid_out

HIGHEST_SELECTED_FT = 50_000.0
STEEPEST_ROLL_DEG = 60.0
FASTEST_KT = 700.0
STRONGEST_WIND_KT = 250.0
"""Winds above have been measured once or twice in jet streams."""
TURN_DEG_PER_S = 0.6
"""A turn's rate is g tan(roll) / TAS; of 9,623 replies over Toulouse none was 0.33 off."""
STEEPEST_CLIMB_FTMIN = 10_000.0
MACH_ERROR = 0.03
"""Of 8,377 replies over Toulouse with their own altitude none was 0.004 off; an altitude of up to
30 seconds ago adds 0.02 in a climb."""
SLOWEST_KT, SLOWEST_ABOVE_FT = 40.0, 5_000.0
"""What flies above this height has at least this indicated airspeed."""
DEGREES_PER_S_KT = math.degrees(9.80665) / (1852.0 / 3600.0)
"""g in deg/s times kt."""


@bare
def read_40(mb: int, out) -> bool:
    """BDS 4,0, selected vertical intention.

    ::

        1 status | 2-13 MCP/FCU altitude, 16 ft | 14 status | 15-26 FMS altitude, 16 ft
        27 status | 28-39 barometric setting less 800 hPa, 0.1 hPa | 40-47 reserved 0
        48 status | 49 VNAV 50 altitude hold 51 approach | 52-53 reserved 0
        54 status | 55-56 source of the target altitude (1 aircraft, 2 MCP/FCU, 3 FMS)

    Rule: fields without status and reserved bits are zero, some field is given, altitudes
    are at most 50,000 ft and the setting lies in 850-1,100 hPa.
    """
    if laid_out(mb, R40, out) < 1:
        return False
    if math.isnan(out[0]) and math.isnan(out[1]) and math.isnan(out[2]):
        return False
    if out[0] > HIGHEST_SELECTED_FT or out[1] > HIGHEST_SELECTED_FT:
        return False
    return not (out[2] < 850.0 or out[2] > 1100.0)


@bare
def read_50(mb: int, out) -> bool:
    """BDS 5,0, track and turn report.

    ::

        1 status | 2 sign 3-11 roll, 45/256 deg | 12 status | 13 sign 14-23 true track, 90/512 deg
        24 status | 25-34 ground speed, 2 kt | 35 status | 36 sign 37-45 track rate, 8/256 deg/s
        46 status | 47-56 true airspeed, 2 kt

    Rule: fields without status are zero; a speed is given, and two fields or more; roll within
    60 degrees; speeds up to 700 kt, and apart by no more than 250 kt of wind; roll, airspeed
    and track rate fit a coordinated turn within 0.6 deg/s.
    """
    if laid_out(mb, R50, out) < 2 or (math.isnan(out[2]) and math.isnan(out[4])):
        return False
    if out[1] < 0.0:
        out[1] += 360.0
    if abs(out[0]) > STEEPEST_ROLL_DEG or out[2] > FASTEST_KT or out[4] > FASTEST_KT:
        return False
    if abs(out[2] - out[4]) > STRONGEST_WIND_KT:
        return False
    if out[4] > 50.0:
        rate = DEGREES_PER_S_KT * math.tan(math.radians(out[0])) / out[4]
        if abs(rate - out[3]) > TURN_DEG_PER_S:
            return False
    return True


@bare
def read_60(mb: int, altitude_ft: float, out) -> bool:
    """BDS 6,0, heading and speed report.

    ::

        1 status | 2 sign 3-12 magnetic heading, 90/512 deg | 13 status | 14-23 IAS, 1 kt
        24 status | 25-34 Mach, 2.048/512 | 35 status | 36 sign 37-45 barometric rate, 32 ft/min
        46 status | 47 sign 48-56 inertial rate, 32 ft/min

    Rule: fields without status are zero; two fields or more, a speed among them; IAS up to
    550 kt (at least 40 above 5,000 ft), Mach up to 1, rates up to 10,000 ft/min; IAS and Mach
    belong together at the aircraft's pressure altitude within 0.03, or, where that is unknown,
    at one between -3,500 and 52,000 ft.
    """
    if laid_out(mb, R60, out) < 2 or (math.isnan(out[1]) and math.isnan(out[2])):
        return False
    if out[0] < 0.0:
        out[0] += 360.0
    if out[1] > 550.0 or out[2] > 1.0 or abs(out[3]) > STEEPEST_CLIMB_FTMIN:
        return False
    if abs(out[4]) > STEEPEST_CLIMB_FTMIN:
        return False
    if altitude_ft > SLOWEST_ABOVE_FT and out[1] < SLOWEST_KT:
        return False
    return speeds_agree(out[1], out[2], altitude_ft)


@bare
def speeds_agree(ias_kt: float, mach: float, altitude_ft: float) -> bool:
    """Whether an indicated airspeed and a Mach number can be one aircraft's; NaN is not told."""
    if math.isnan(ias_kt) or math.isnan(mach):
        return True
    if not math.isnan(altitude_ft):
        return abs(mach_of(ias_kt, standard_hpa(altitude_ft)) - mach) <= MACH_ERROR
    if ias_kt < 40.0 or mach < 0.06:
        return ias_kt < 60.0 and mach < 0.12
    return 104.0 <= pressure_of(ias_kt, mach) <= 1_150.0


@bare
def differs(a_deg: float, b_deg: float) -> float:
    """Angle between two directions (deg), 0-180, NaN where one is not known."""
    turn = abs(a_deg - b_deg) % 360.0
    return 360.0 - turn if turn > 180.0 else turn


@bare
def fits_50(out, ground_kt: float, track_deg: float) -> int:
    """BDS 5,0 held against the ADS-B velocity of the last seconds: 1 fits, -1 does not, 0 untold.

    Speed within 30 kt and track within 20 degrees: what turns and accelerates in ten seconds.
    """
    if math.isnan(ground_kt):
        return 0
    if abs(out[2] - ground_kt) > 30.0:
        return -1
    if ground_kt > 50.0 and differs(out[1], track_deg) > 20.0:
        return -1
    return 0 if math.isnan(out[2]) or math.isnan(out[1]) else 1


@bare
def fits_60(out, ground_kt: float, climb_ftmin: float) -> bool:
    """Whether BDS 6,0 does not contradict the ADS-B velocity of the last seconds.

    The airspeed of a Mach number lies within 250 kt of wind and 100 kt of temperature of the
    ground speed; rates of climb are within 3,000 ft/min.
    """
    if abs(out[2] * 600.0 - ground_kt) > STRONGEST_WIND_KT + 50.0:
        return False
    rate = out[3] if math.isnan(out[4]) else out[4]
    return not abs(rate - climb_ftmin) > 3_000.0
