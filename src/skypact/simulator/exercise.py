"""An exercise: its truth and the sensors that watch it.

An exercise comes from a TOML file (``document``) or is put together in code. Everything in it
follows from the file and the seed; only ``start_ns`` says when it takes place.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from skypact.model.sensors import Sensor
from skypact.model.time import SECOND_NS
from skypact.simulator.truth import Truth


@dataclass(frozen=True, slots=True)
class Misalignment:
    """How a radar is off, as its owner would not know; what registration is to find.

    Parameters
    ----------
    range_bias_m, range_scale
        It reports ``range (1 + range_scale) + range_bias_m``.
    azimuth_bias_rad
        Added to the azimuth, clockwise: its north mark stands so far to the left.
    time_offset_s
        How far its clock is ahead.
    """

    range_bias_m: float = 0.0
    range_scale: float = 0.0
    azimuth_bias_rad: float = 0.0
    time_offset_s: float = 0.0


ALIGNED = Misalignment()


@dataclass(frozen=True, slots=True)
class SimulatedSensor:
    """A sensor with what only the simulator knows about it.

    Parameters
    ----------
    sensor
        Place and performance, as its owner would describe it.
    format
        ``"asterix"`` (radars: CAT034/048, receivers: CAT021) or ``"beast"``.
    address
        Where the bytes go: ``udp://address:port`` or, served, ``tcp://address:port``.
    primary_range_m
        How far a radar sees without a transponder's help.
    primary_share
        Share of transponder replies that the primary radar confirms, within its range.
    least_elevation_rad, greatest_elevation_rad
        The beam's lower edge over the horizon at the antenna's own height, and its upper edge.
    misalignment
        How a radar is off.
    """

    sensor: Sensor
    format: str
    address: str
    primary_range_m: float = 0.0
    primary_share: float = 0.8
    least_elevation_rad: float = 0.0
    greatest_elevation_rad: float = float(np.radians(45.0))
    misalignment: Misalignment = ALIGNED

    @property
    def channel(self) -> str:
        """Name of its emissions: ``radar/Kant``, ``adsb-cat021/...`` or ``adsb-beast/...``."""
        if self.sensor.kind == "radar":
            return f"radar/{self.sensor.name}"
        return f"adsb-{'beast' if self.format == 'beast' else 'cat021'}/{self.sensor.name}"


@dataclass(frozen=True, slots=True)
class Exercise:
    """One exercise.

    Parameters
    ----------
    name
        Shown to people.
    seed
        From which all chance follows.
    duration_s
        How long it lasts.
    truth
        The aircraft.
    sensors
        What watches them, in the file's order.
    """

    name: str
    seed: int
    duration_s: float
    truth: Truth
    sensors: tuple[SimulatedSensor, ...]

    @property
    def start_ns(self) -> int:
        """Exercise second 0, int64 UTC nanoseconds."""
        return self.truth.start_ns

    @property
    def end_ns(self) -> int:
        """When the last emission is due."""
        return self.start_ns + round(self.duration_s * SECOND_NS)

    def starting_at(self, start_ns: int) -> Exercise:
        """The same exercise at another time; only times in its bytes differ."""
        return replace(self, truth=replace(self.truth, start_ns=start_ns))
