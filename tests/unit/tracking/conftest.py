"""Flights along geodesics and what sensors see of them; GeographicLib moves the aircraft."""

from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
import pytest
from geographiclib.geodesic import Geodesic
from numpy.typing import NDArray

from skypact.geodesy import geodetic_to_polar
from skypact.model.plots import Plots
from skypact.model.sensors import Sensor
from skypact.model.time import SECOND_NS, from_iso

START_NS = from_iso("2024-03-01T12:00:00")


@dataclass(frozen=True)
class Flight:
    """Straight and level along a geodesic; degrees and metres."""

    latitude_deg: float
    longitude_deg: float
    heading_deg: float = 90.0
    speed_mps: float = 200.0
    altitude_m: float = 9000.0

    def at(self, time_s: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Latitude and longitude, radians, at seconds after the start."""
        line = Geodesic.WGS84.Line(self.latitude_deg, self.longitude_deg, self.heading_deg)
        # the geodesic is at height 0; a flight at height h covers less of it
        scale = 1.0 / (1.0 + self.altitude_m / 6.371e6)
        points = [line.Position(self.speed_mps * scale * t) for t in time_s]
        return (
            np.radians([p["lat2"] for p in points]),
            np.radians([p["lon2"] for p in points]),
        )


def radar_plots(
    flight: Flight,
    index: int,
    sensor: Sensor,
    *,
    duration_s: float = 120.0,
    phase_s: float = 0.0,
    noise: np.random.Generator | None = None,
    start_ns: int = START_NS,
    heights: bool = False,
    **codes: object,
) -> Plots:
    """A plot a turn; received 0.3 s after it was measured."""
    time_s = np.arange(phase_s, duration_s, sensor.rotation_s)
    latitude, longitude = flight.at(time_s)
    origin = (sensor.latitude_rad, sensor.longitude_rad, sensor.altitude_m)
    slant, azimuth, _ = geodetic_to_polar(latitude, longitude, flight.altitude_m, origin=origin)
    if noise is not None:
        slant = slant + sensor.range_sigma_m * noise.standard_normal(len(slant))
        azimuth = azimuth + sensor.azimuth_sigma_rad * noise.standard_normal(len(slant))
    count = len(time_s)
    measured_ns = start_ns + np.round(time_s * SECOND_NS).astype(np.int64)
    columns = {name: np.full(count, value) for name, value in codes.items()}
    if heights:
        columns["pressure_altitude_m"] = np.full(count, flight.altitude_m)
    return Plots.blank(
        count,
        sensor=np.full(count, index),
        measured_ns=measured_ns,
        received_ns=measured_ns + 3 * SECOND_NS // 10,
        range_m=slant,
        azimuth_rad=azimuth % (2 * np.pi),
        **columns,
    )


def position_plots(
    flight: Flight,
    index: int,
    *,
    duration_s: float = 120.0,
    every_s: float = 1.0,
    noise: np.random.Generator | None = None,
    sigma_m: float = 20.0,
    start_ns: int = START_NS,
    **codes: object,
) -> Plots:
    """Position reports, as of ADS-B or multilateration; received 0.2 s later."""
    time_s = np.arange(0.0, duration_s, every_s)
    latitude, longitude = flight.at(time_s)
    count = len(time_s)
    if noise is not None:
        latitude = latitude + sigma_m / 6.371e6 * noise.standard_normal(count)
        longitude = longitude + sigma_m / 6.371e6 / np.cos(latitude) * noise.standard_normal(count)
    measured_ns = start_ns + np.round(time_s * SECOND_NS).astype(np.int64)
    return Plots.blank(
        count,
        sensor=np.full(count, index),
        measured_ns=measured_ns,
        received_ns=measured_ns + SECOND_NS // 5,
        latitude_rad=latitude,
        longitude_rad=(longitude + np.pi) % (2 * np.pi) - np.pi,
        horizontal_sigma_m=np.full(count, sigma_m),
        **{name: np.full(count, value) for name, value in codes.items()},
    )


def radar_at(latitude_deg: float, longitude_deg: float, **other: object) -> Sensor:
    """A radar with a turn of 4 s."""
    settings: dict[str, object] = {
        "name": f"radar {latitude_deg} {longitude_deg}",
        "kind": "radar",
        "altitude_m": 100.0,
        "rotation_s": 4.0,
        "clutter_per_scan": 5.0,
    }
    return Sensor(
        latitude_rad=float(np.radians(latitude_deg)),
        longitude_rad=float(np.radians(longitude_deg)),
        **(settings | other),  # type: ignore[arg-type]
    )


@pytest.fixture(scope="session")
def scene() -> SimpleNamespace:
    """What the tests of this folder make flights, radars and plots with."""
    return SimpleNamespace(
        start_ns=START_NS,
        flight=Flight,
        radar_at=radar_at,
        radar_plots=radar_plots,
        position_plots=position_plots,
    )
