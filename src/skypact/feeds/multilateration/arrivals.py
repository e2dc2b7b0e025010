"""What multilateration starts from: receivers' places and who heard what when."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skypact.geodesy import geodetic_to_ecef

LIGHT_MPS = 299_792_458.0
"""Speed of light in vacuum (BIPM, SI Brochure 9th ed.)."""

REFRACTION = 1.0003
"""Refractive index of air at the ground (ITU-R P.453-14: 315 N-units); halves by 5 km."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Receivers:
    """Where the receivers stand.

    Parameters
    ----------
    serial
        Number each receiver goes by, int64, shape (receivers,).
    site_m
        ECEF position, float64, shape (receivers, 3).
    """

    serial: NDArray[np.int64]
    site_m: Floats

    @classmethod
    def at(
        cls,
        serial: NDArray[np.int64],
        latitude_rad: Floats,
        longitude_rad: Floats,
        altitude_m: Floats,
    ) -> Receivers:
        """Receivers by WGS-84 position and ellipsoidal height, each shape (receivers,)."""
        site = np.stack(geodetic_to_ecef(latitude_rad, longitude_rad, altitude_m), axis=1)
        return cls(np.asarray(serial, np.int64), np.ascontiguousarray(site))

    def __len__(self) -> int:
        return len(self.serial)


@dataclass(frozen=True, slots=True)
class Arrivals:
    """Transmissions and their times of arrival; the arrivals of one lie side by side.

    Parameters
    ----------
    first
        Transmission ``j`` has arrivals ``first[j]`` to ``first[j + 1]``; int64, shape
        (transmissions + 1,).
    receiver
        Row in the :class:`Receivers`, int32, shape (arrivals,).
    arrival_ns
        Time of arrival by the receiver's clock, int64 nanoseconds, shape (arrivals,).
    height_m
        Height to hold to, ellipsoidal or, failing that, pressure altitude; NaN for none;
        float64, shape (transmissions,).
    known_m
        ECEF position that the message itself reports (ADS-B), NaN for none; float64, shape
        (transmissions, 3). Only the clocks use it.
    """

    first: NDArray[np.int64]
    receiver: NDArray[np.int32]
    arrival_ns: NDArray[np.int64]
    height_m: Floats
    known_m: Floats

    def __len__(self) -> int:
        return len(self.height_m)

    @property
    def transmission(self) -> NDArray[np.int64]:
        """Transmission of each arrival, int64, shape (arrivals,)."""
        return np.repeat(np.arange(len(self)), np.diff(self.first))

    @property
    def begin_ns(self) -> NDArray[np.int64]:
        """Earliest arrival of each transmission (0 where it has none)."""
        begin = np.zeros(len(self), np.int64)
        filled = np.flatnonzero(np.diff(self.first) > 0)
        if len(filled):
            begin[filled] = np.minimum.reduceat(self.arrival_ns, self.first[filled])
        return begin

    def ranges_m(self) -> Floats:
        """Pseudo-range of each arrival against its transmission's earliest one (m)."""
        later_ns = self.arrival_ns - self.begin_ns[self.transmission]
        return later_ns.astype(np.float64) * (1e-9 * LIGHT_MPS / (1.0 + 0.6 * (REFRACTION - 1.0)))

    def part(self, first: int, last: int) -> Arrivals:
        """Transmissions ``first`` up to ``last`` (exclusive)."""
        a, b = int(self.first[first]), int(self.first[last])
        return Arrivals(
            self.first[first : last + 1] - a,
            self.receiver[a:b].copy(),
            self.arrival_ns[a:b].copy(),
            self.height_m[first:last].copy(),
            self.known_m[first:last].copy(),
        )
