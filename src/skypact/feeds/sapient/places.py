"""SAPIENT's ways to say where: to WGS-84.

In: Location (longitude and latitude, or UTM) and RangeBearing messages. Out: radians and metres.
UTM: NGA.SIG.0012 (2014); transverse Mercator by Krueger's series to the fourth order of n (Karney,
"Transverse Mercator with an accuracy of a few nanometers", 2011): below 1 mm inside a zone.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any

from skypact.geodesy import enu_to_geodetic
from skypact.model.errors import MalformedRecord

ZONE = re.compile(r"(\d{1,2})\s*([C-HJ-NP-X])", re.IGNORECASE)
EQUATOR_RADIUS_M = 6378137.0
THIRD_FLATTENING = (1 / 298.257223563) / (2 - 1 / 298.257223563)
SCALE = 0.9996
FALSE_EAST_M, FALSE_NORTH_M = 500e3, 10e6

_n = THIRD_FLATTENING
RECTIFYING_M = EQUATOR_RADIUS_M / (1 + _n) * (1 + _n**2 / 4 + _n**4 / 64)
BETA = (
    _n / 2 - 2 * _n**2 / 3 + 37 * _n**3 / 96 - _n**4 / 360,
    _n**2 / 48 + _n**3 / 15 - 437 * _n**4 / 1440,
    17 * _n**3 / 480 - 37 * _n**4 / 840,
    4397 * _n**4 / 161280,
)
"""Karney (2011), equation 36."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A place; NaN where it does not say.

    Parameters
    ----------
    latitude_rad, longitude_rad, altitude_m
        WGS-84; the height is ellipsoidal, NaN where the message's counts from the geoid.
    horizontal_sigma_m
        Stated error per axis.
    """

    latitude_rad: float
    longitude_rad: float
    altitude_m: float
    horizontal_sigma_m: float


def utm_to_geodetic(easting_m: float, northing_m: float, zone: str) -> tuple[float, float]:
    """Latitude and longitude in radians; the zone's letter is its latitude band.

    Raises
    ------
    MalformedRecord
        If the zone is none or the coordinates lie far outside it.
    """
    match = ZONE.fullmatch(zone.strip())
    if match is None or not 1 <= int(match[1]) <= 60:
        raise MalformedRecord(f"no UTM zone: {zone[:20]!r}")
    if not (100e3 <= easting_m <= 900e3 and 0.0 <= northing_m <= 10e6):
        raise MalformedRecord(f"UTM {easting_m:.6g} {northing_m:.6g} lies outside its zone")
    south = match[2].upper() < "N"
    xi = (northing_m - (FALSE_NORTH_M if south else 0.0)) / (SCALE * RECTIFYING_M)
    eta = (easting_m - FALSE_EAST_M) / (SCALE * RECTIFYING_M)
    xi0, eta0 = xi, eta
    for j, beta in enumerate(BETA, start=1):
        xi0 -= beta * math.sin(2 * j * xi) * math.cosh(2 * j * eta)
        eta0 -= beta * math.cos(2 * j * xi) * math.sinh(2 * j * eta)
    sinh_eta, cos_xi = math.sinh(eta0), math.cos(xi0)
    tan_conformal = math.sin(xi0) / math.hypot(sinh_eta, cos_xi)
    meridian = math.radians(6 * int(match[1]) - 183)
    return math.atan(_geodetic_tangent(tan_conformal)), meridian + math.atan2(sinh_eta, cos_xi)


def _geodetic_tangent(tan_conformal: float) -> float:
    """Tangent of the latitude whose conformal latitude's is given (Karney 2011, 19 to 21)."""
    e2 = 4 * THIRD_FLATTENING / (1 + THIRD_FLATTENING) ** 2
    e = math.sqrt(e2)
    tau = tan_conformal
    for _ in range(5):
        root = math.hypot(1.0, tau)
        sigma = math.sinh(e * math.atanh(e * tau / root))
        again = tau * math.hypot(1.0, sigma) - sigma * root
        step = (tan_conformal - again) / math.hypot(1.0, again)
        tau += step * (1 + (1 - e2) * tau * tau) / ((1 - e2) * root)
    return tau


def spot_of_location(location: Any) -> Spot:
    """A valid Location message's place.

    Raises
    ------
    MalformedRecord
        If the numbers are no place.
    """
    sigma = math.nan
    if location.HasField("x_error") and location.HasField("y_error"):
        sigma = math.sqrt((location.x_error**2 + location.y_error**2) / 2.0)
    if location.coordinate_system == 5:
        latitude, longitude = utm_to_geodetic(location.x, location.y, location.utm_zone)
    else:
        unit = math.radians(1.0) if location.coordinate_system == 1 else 1.0
        longitude, latitude = location.x * unit, location.y * unit
        sigma *= unit * EQUATOR_RADIUS_M
        if abs(latitude) > math.pi / 2 + 1e-9 or abs(longitude) > math.pi + 1e-9:
            raise MalformedRecord(f"no longitude and latitude: {location.x:.6g} {location.y:.6g}")
    ellipsoidal = location.HasField("z") and location.datum == 1
    return Spot(
        latitude,
        longitude,
        location.z if ellipsoidal else math.nan,
        sigma if 0.0 < sigma < 1e5 else math.nan,
    )


@dataclass(frozen=True, slots=True)
class Bearing:
    """A range and bearing from a node: m and radians, NaN where not said; true north."""

    range_m: float
    azimuth_rad: float
    elevation_rad: float
    cross_sigma_m: float


def bearing_of(message: Any) -> Bearing:
    """A valid RangeBearing message in metres and radians.

    Raises
    ------
    MalformedRecord
        If it counts from another north, or the numbers are no bearing.
    """
    if message.datum != 1:
        raise MalformedRecord("azimuth not from true north")
    angle = math.radians(1.0) if message.coordinate_system in (1, 3) else 1.0
    length = 1e3 if message.coordinate_system in (3, 4) else 1.0

    def given(name: str, unit: float) -> float:
        return getattr(message, name) * unit if message.HasField(name) else math.nan

    far, azimuth = given("range", length), given("azimuth", angle)
    elevation = given("elevation", angle)
    if far < 0.0 or far > 1e7 or abs(azimuth) > 4 * math.pi or abs(elevation) > math.pi / 2:
        raise MalformedRecord(f"no range and bearing: {far:.6g} m {azimuth:.6g} rad")
    across = far * given("azimuth_error", angle)
    sigma = math.sqrt((across**2 + given("range_error", length) ** 2) / 2.0)
    return Bearing(far, azimuth % math.tau, elevation, sigma if 0.0 < sigma < 1e5 else math.nan)


def spot_from(node: Spot, bearing: Bearing) -> Spot:
    """Where a range and bearing from a node's place lies; without elevation, level with it."""
    level = math.isnan(bearing.elevation_rad)
    elevation = 0.0 if level else bearing.elevation_rad
    ground = bearing.range_m * math.cos(elevation)
    height = 0.0 if math.isnan(node.altitude_m) else node.altitude_m
    latitude, longitude, altitude = enu_to_geodetic(
        ground * math.sin(bearing.azimuth_rad),
        ground * math.cos(bearing.azimuth_rad),
        bearing.range_m * math.sin(elevation),
        origin=(node.latitude_rad, node.longitude_rad, height),
    )
    known = not level and not math.isnan(node.altitude_m)
    return Spot(
        float(latitude),
        float(longitude),
        float(altitude) if known else math.nan,
        bearing.cross_sigma_m,
    )
