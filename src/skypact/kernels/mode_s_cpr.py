"""Compact position reporting: 17-bit latitude and longitude that repeat over zones.

Source: ICAO Doc 9871 (2nd ed.), C.2.6, alike RTCA DO-260B, A.1.7. Degrees inside, because the
zones are defined in degrees. ``odd`` is the CPR format bit F, 0 even, 1 odd.
"""

import math

import numpy as np

from skypact.kernels.compilation import bare

ZONES = 15.0
"""Latitude zones between equator and pole (NZ); Doc 9871, C.2.6.2 b)."""
CELLS = 131072.0
"""2^17 steps within a zone."""


def transition_latitudes():
    """Latitudes (degrees) where the number of longitude zones falls to 58, 57, ... 1."""
    shape = 1.0 - math.cos(math.pi / (2.0 * ZONES))
    table = [
        math.degrees(math.acos(math.sqrt(shape / (1.0 - math.cos(2.0 * math.pi / zones)))))
        for zones in range(59, 2, -1)
    ]
    return np.array([*table, 87.0])


TRANSITIONS = transition_latitudes()


@bare
def longitude_zones(latitude_deg: float) -> int:
    """Number of longitude zones NL at a latitude; Doc 9871, C.2.6.2 d)."""
    magnitude = abs(latitude_deg)
    low, high = 0, TRANSITIONS.shape[0]
    while low < high:
        middle = (low + high) // 2
        if TRANSITIONS[middle] <= magnitude:
            low = middle + 1
        else:
            high = middle
    return 59 - low


@bare
def floor_mod(x: float, y: float) -> float:
    """``x - y floor(x / y)``, the MOD of Doc 9871, C.2.6.2 c)."""
    return x - y * math.floor(x / y)


@bare
def cpr_encode(latitude_deg: float, longitude_deg: float, odd: int):
    """Airborne YZ, XZ (17 bits each) of a position; Doc 9871, C.2.6.3."""
    zone_latitude = 360.0 / (4.0 * ZONES - odd)
    y = math.floor(CELLS * floor_mod(latitude_deg, zone_latitude) / zone_latitude + 0.5)
    coded = zone_latitude * (y / CELLS + math.floor(latitude_deg / zone_latitude))
    zone_longitude = 360.0 / max(longitude_zones(coded) - odd, 1)
    x = math.floor(CELLS * floor_mod(longitude_deg, zone_longitude) / zone_longitude + 0.5)
    return int(y) & 0x1FFFF, int(x) & 0x1FFFF


@bare
def wrapped(degrees: float) -> float:
    """Longitude in [-180, 180)."""
    return floor_mod(degrees + 180.0, 360.0) - 180.0


@bare
def cpr_global(even_y: int, even_x: int, odd_y: int, odd_x: int, odd: int):
    """Airborne latitude, longitude (degrees) from one message of each format.

    ``odd`` names the later message, whose position is given. NaN, NaN where the two lie in
    different longitude zones or off the globe; Doc 9871, C.2.6.7.
    """
    j = math.floor((59.0 * even_y - 60.0 * odd_y) / CELLS + 0.5)
    even_latitude = 6.0 * (floor_mod(j, 60.0) + even_y / CELLS)
    odd_latitude = 360.0 / 59.0 * (floor_mod(j, 59.0) + odd_y / CELLS)
    if even_latitude >= 270.0:
        even_latitude -= 360.0
    if odd_latitude >= 270.0:
        odd_latitude -= 360.0
    if abs(even_latitude) > 90.0 or abs(odd_latitude) > 90.0:
        return np.nan, np.nan
    zones = longitude_zones(even_latitude)
    if zones != longitude_zones(odd_latitude):
        return np.nan, np.nan
    m = math.floor((even_x * (zones - 1.0) - odd_x * float(zones)) / CELLS + 0.5)
    count = float(max(zones - odd, 1))
    x = odd_x if odd else even_x
    longitude = 360.0 / count * (floor_mod(m, count) + x / CELLS)
    return odd_latitude if odd else even_latitude, wrapped(longitude)


@bare
def cpr_local(
    y: int, x: int, odd: int, near_latitude_deg: float, near_longitude_deg: float, span: float
):
    """Latitude, longitude (degrees) of one message, nearest to a reference position.

    ``span`` is 360 for airborne and 90 for surface messages; Doc 9871, C.2.6.5 and C.2.6.6.
    NaN, NaN where the latitude leaves the globe.
    """
    zone_latitude = span / (4.0 * ZONES - odd)
    j = math.floor(near_latitude_deg / zone_latitude) + math.floor(
        0.5 + floor_mod(near_latitude_deg, zone_latitude) / zone_latitude - y / CELLS
    )
    latitude = zone_latitude * (j + y / CELLS)
    if abs(latitude) > 90.0:
        return np.nan, np.nan
    zone_longitude = span / max(longitude_zones(latitude) - odd, 1)
    m = math.floor(near_longitude_deg / zone_longitude) + math.floor(
        0.5 + floor_mod(near_longitude_deg, zone_longitude) / zone_longitude - x / CELLS
    )
    return latitude, wrapped(zone_longitude * (m + x / CELLS))
