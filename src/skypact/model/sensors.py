"""Sensors: what a nation owns or receives, where it stands and how well it measures."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

SensorKind = Literal["radar", "adsb", "mlat", "tracker"]


@dataclass(frozen=True, slots=True)
class Sensor:
    """One sensor. Angles in radians, from true north clockwise; NaN where not known.

    Parameters
    ----------
    name
        Unique within a node.
    kind
        ``radar`` measures range and azimuth; ``adsb`` and ``mlat`` give positions;
        ``tracker`` is another system's tracks (CAT062).
    latitude_rad, longitude_rad, altitude_m
        WGS-84 position of the antenna (ellipsoidal height).
    sac, sic
        ASTERIX data source, -1 where it has none.
    rotation_s
        Radar's turn, or the mean time between reports of other kinds.
    range_sigma_m, azimuth_sigma_rad
        Standard deviations of a radar's measurements.
    elevation_sigma_rad
        Standard deviation of a three-dimensional radar's elevation angles; NaN: not used.
    position_sigma_m
        Horizontal standard deviation (per axis) of position reports that carry none.
    detection_probability
        Per visit, inside coverage.
    clutter_per_scan
        Expected false plots a turn.
    min_range_m, max_range_m
        Instrumented range.
    editions
        ASTERIX category and edition, such as ``((48, "1.27"),)``, where the sensor does not
        speak the latest.
    """

    name: str
    kind: SensorKind
    latitude_rad: float = math.nan
    longitude_rad: float = math.nan
    altitude_m: float = math.nan
    sac: int = -1
    sic: int = -1
    rotation_s: float = 4.0
    range_sigma_m: float = 50.0
    azimuth_sigma_rad: float = math.radians(0.08)
    position_sigma_m: float = 30.0
    detection_probability: float = 0.9
    clutter_per_scan: float = 0.0
    min_range_m: float = 0.0
    max_range_m: float = 470e3
    editions: tuple[tuple[int, str], ...] = ()
    elevation_sigma_rad: float = math.nan

    @property
    def located(self) -> bool:
        """Whether the position is known."""
        return math.isfinite(self.latitude_rad) and math.isfinite(self.longitude_rad)


@dataclass(frozen=True, slots=True)
class SensorTable:
    """The sensors of one node, in a fixed order; arrays name a sensor by its index here."""

    sensors: tuple[Sensor, ...]

    def __post_init__(self) -> None:
        names = [sensor.name for sensor in self.sensors]
        if len(set(names)) != len(names):
            raise ValueError(f"sensor names are not unique: {names}")

    def __len__(self) -> int:
        return len(self.sensors)

    def __iter__(self) -> Iterator[Sensor]:
        return iter(self.sensors)

    def __getitem__(self, index: int) -> Sensor:
        return self.sensors[index]

    def index_of(self, name: str) -> int:
        """Index of the sensor called ``name``, -1 if there is none."""
        for index, sensor in enumerate(self.sensors):
            if sensor.name == name:
                return index
        return -1
