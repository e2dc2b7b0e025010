"""What a path over terrain loses by diffraction.

In: heights along one path. Out: dB over free space, one way. Knife edge: ITU-R P.526-15 eq. 31;
Bullington's construction, diffraction over a smooth earth and both together (delta-Bullington):
P.526-15 sections 3.2 and 4.5.2 to 4.5.4, and the same in P.452-17 section 4.2. Distances are km
inside, as in the Recommendation's formulas; land only.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from skypact.coverage.detection import LIGHT_MPS
from skypact.coverage.network import ground_at
from skypact.coverage.sweep import EARTH_RADIUS_M, STANDARD_K
from skypact.coverage.terrain import GEOD, Terrain, TerrainError

LEAST_V = -0.78
LAND_PERMITTIVITY, LAND_CONDUCTIVITY = 22.0, 0.003
MOST_SAMPLES = 20_000

Polarization = Literal["horizontal", "vertical"]


@dataclass(frozen=True, slots=True)
class Profile:
    """The ground along a path.

    Parameters
    ----------
    distance_m
        Of samples from the first end, ascending from 0, float64.
    ground_m
        Above mean sea level, as many.
    from_m, to_m
        Altitudes of the two antennas.
    """

    distance_m: NDArray[np.float64]
    ground_m: NDArray[np.float64]
    from_m: float
    to_m: float

    @property
    def reverse(self) -> Profile:
        """The same from the other end."""
        whole = float(self.distance_m[-1])
        return Profile(
            np.ascontiguousarray(whole - self.distance_m[::-1]),
            np.ascontiguousarray(self.ground_m[::-1]),
            self.to_m,
            self.from_m,
        )

    def clearance_m(self, k: float = STANDARD_K) -> float:
        """Least height of the straight ray over the ground between the ends; negative: hidden."""
        d, whole = self.distance_m[1:-1], float(self.distance_m[-1])
        bulge = d * (whole - d) / (2.0 * k * EARTH_RADIUS_M)
        ray = self.from_m + (self.to_m - self.from_m) * d / whole
        return float((ray - self.ground_m[1:-1] - bulge).min())


def profile_between(
    terrain: Terrain,
    first: tuple[float, float],
    last: tuple[float, float],
    altitudes_m: tuple[float, float],
    *,
    sample_m: float = 100.0,
) -> Profile:
    """The ground on the geodesic between two places (latitude, longitude in degrees).

    Raises
    ------
    TerrainError
        If the ends are one place, or the ground is not known all along.
    """
    azimuth, _, length = GEOD.inv(first[1], first[0], last[1], last[0])
    if length < 1.0:
        raise TerrainError("the ends of the path are one place")
    count = int(min(max(math.ceil(length / sample_m), 16), MOST_SAMPLES))
    d = np.linspace(0.0, length, count + 1)
    east, north, _ = GEOD.fwd(
        np.full(len(d), first[1]), np.full(len(d), first[0]), np.full(len(d), azimuth), d
    )
    ground = ground_at(terrain, np.asarray(north), np.asarray(east))
    if np.isnan(ground).any():
        at_m = float(d[np.flatnonzero(np.isnan(ground))[0]])
        raise TerrainError(
            f"the ground is not known {at_m / 1000.0:.1f} km along the path",
            remedy="Add a height model that covers it",
        )
    return Profile(d, ground.astype(np.float64), *altitudes_m)


def knife_edge_db(v: ArrayLike) -> NDArray[np.float64]:
    """Loss behind a knife edge, J(v); 0 from v = -0.78 down."""
    at = np.asarray(v, np.float64) - 0.1
    loss = 6.9 + 20.0 * np.log10(np.sqrt(at**2 + 1.0) + at)
    return np.asarray(np.where(np.asarray(v) > LEAST_V, loss, 0.0))


def bullington_db(path: Profile, wavelength_m: float, k: float = STANDARD_K) -> float:
    """Loss by Bullington's construction (P.526-15 section 4.5.2)."""
    curve = 500.0 / (k * EARTH_RADIUS_M / 1000.0)
    d, whole = path.distance_m[1:-1] / 1000.0, float(path.distance_m[-1]) / 1000.0
    high = path.ground_m[1:-1] + curve * d * (whole - d)
    slope = float(((high - path.from_m) / d).max())
    if slope < (path.to_m - path.from_m) / whole:
        ray = (path.from_m * (whole - d) + path.to_m * d) / whole
        v = float(((high - ray) * np.sqrt(0.002 * whole / (wavelength_m * d * (whole - d)))).max())
    else:
        back = float(((high - path.to_m) / (whole - d)).max())
        at = (path.to_m - path.from_m + back * whole) / (slope + back)
        over = path.from_m + slope * at - (path.from_m * (whole - at) + path.to_m * at) / whole
        v = over * math.sqrt(0.002 * whole / (wavelength_m * at * (whole - at)))
    loss = float(knife_edge_db(v))
    return loss + (1.0 - math.exp(-loss / 6.0)) * (10.0 + 0.02 * whole)


def smooth_earth_db(
    length_m: float,
    heights_m: tuple[float, float],
    frequency_hz: float,
    k: float = STANDARD_K,
    polarization: Polarization = "horizontal",
) -> float:
    """Loss over a smooth earth between antennas at heights above it (P.526-15 section 3.2)."""
    d, radius = length_m / 1000.0, k * EARTH_RADIUS_M / 1000.0
    one, two = heights_m
    horizon = math.sqrt(2.0 * radius) * (math.sqrt(0.001 * one) + math.sqrt(0.001 * two))
    if d >= horizon:
        return _first_term_db(d, heights_m, frequency_hz, radius, polarization)
    c, m = (one - two) / (one + two), 250.0 * d * d / (radius * (one + two))
    turn = math.acos(1.5 * c * math.sqrt(3.0 * m / (m + 1.0) ** 3)) / 3.0
    b = 2.0 * math.sqrt((m + 1.0) / (3.0 * m)) * math.cos(math.pi / 3.0 + turn)
    near = 0.5 * d * (1.0 + b)
    far = d - near
    clear = ((one - 500.0 * near**2 / radius) * far + (two - 500.0 * far**2 / radius) * near) / d
    needed = 17.456 * math.sqrt(near * far * LIGHT_MPS / frequency_hz / d)
    if clear > needed:
        return 0.0
    grazing = 500.0 * (d / (math.sqrt(one) + math.sqrt(two))) ** 2
    loss = _first_term_db(d, heights_m, frequency_hz, grazing, polarization)
    return max((1.0 - clear / needed) * loss, 0.0)


def _first_term_db(
    d_km: float,
    heights_m: tuple[float, float],
    frequency_hz: float,
    radius_km: float,
    polarization: Polarization,
) -> float:
    """First term of the residue series (P.526-15 section 3.1.1, P.452-17 section 4.2.2.1)."""
    f = frequency_hz / 1e9
    loss_factor = (18.0 * LAND_CONDUCTIVITY / f) ** 2
    surface = 0.036 * (radius_km * f) ** (-1.0 / 3.0)
    surface *= ((LAND_PERMITTIVITY - 1.0) ** 2 + loss_factor) ** -0.25
    if polarization == "vertical":
        surface *= math.sqrt(LAND_PERMITTIVITY**2 + loss_factor)
    beta = (1.0 + 1.6 * surface**2 + 0.67 * surface**4) / (
        1.0 + 4.5 * surface**2 + 1.53 * surface**4
    )
    x = 21.88 * beta * (f / radius_km**2) ** (1.0 / 3.0) * d_km
    if x >= 1.6:
        along = 11.0 + 10.0 * math.log10(x) - 17.6 * x
    else:
        along = -20.0 * math.log10(x) - 5.6488 * x**1.425
    gains = 0.0
    for height in heights_m:
        b = beta * 0.9575 * beta * (f**2 / radius_km) ** (1.0 / 3.0) * height
        if b > 2.0:
            gain = 17.6 * math.sqrt(b - 1.1) - 5.0 * math.log10(b - 1.1) - 8.0
        else:
            gain = 20.0 * math.log10(b + 0.1 * b**3)
        gains += max(gain, 2.0 + 20.0 * math.log10(surface))
    return float(-along - gains)


def delta_bullington_db(
    path: Profile,
    frequency_hz: float,
    k: float = STANDARD_K,
    polarization: Polarization = "horizontal",
) -> float:
    """Loss over terrain and the earth's bulge together (P.526-15 section 4.5.4)."""
    wavelength_m = LIGHT_MPS / frequency_hz
    actual = bullington_db(path, wavelength_m, k)
    one, two = _effective_heights_m(path)
    level = Profile(path.distance_m, np.zeros(len(path.ground_m)), one, two)
    smooth = bullington_db(level, wavelength_m, k)
    curved = smooth_earth_db(float(path.distance_m[-1]), (one, two), frequency_hz, k, polarization)
    return actual + max(curved - smooth, 0.0)


def _effective_heights_m(path: Profile) -> tuple[float, float]:
    """Heights of the antennas over the smooth surface below (P.452-17 Attachment 2, 5.1.6)."""
    d, h = path.distance_m / 1000.0, path.ground_m
    whole = float(d[-1])
    wide = np.diff(d)
    v1 = float((wide * (h[1:] + h[:-1])).sum())
    v2 = float((wide * (h[1:] * (2.0 * d[1:] + d[:-1]) + h[:-1] * (d[1:] + 2.0 * d[:-1]))).sum())
    first, last = (2.0 * v1 * whole - v2) / whole**2, (v2 - v1 * whole) / whole**2
    inner = d[1:-1]
    over = h[1:-1] - (path.from_m * (whole - inner) + path.to_m * inner) / whole
    if over.max() > 0.0:
        near, far = float((over / inner).max()), float((over / (whole - inner)).max())
        first -= float(over.max()) * near / (near + far)
        last -= float(over.max()) * far / (near + far)
    first, last = min(first, float(h[0])), min(last, float(h[-1]))
    # an antenna on the surface itself has no logarithm
    return max(path.from_m - first, 0.01), max(path.to_m - last, 0.01)
