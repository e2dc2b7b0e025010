"""Radars around a stretch of sky, aircraft on straight lines, and sensors that begin to lie."""

from dataclasses import dataclass, field, replace
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.typing import NDArray

from skypact.geodesy import enu_to_geodetic, geodetic_to_polar
from skypact.model.plots import Plots
from skypact.model.sensors import Sensor, SensorTable
from skypact.model.time import SECOND_NS, from_iso

START_NS = from_iso("2024-03-01T12:00:00")
ORIGIN = (float(np.radians(42.0)), float(np.radians(75.0)), 0.0)
SITES_KM = ((-90.0, -60.0), (80.0, -50.0), (10.0, 110.0), (140.0, 60.0))
TURNS_S = (6.0, 8.0, 5.0, 10.0)


@dataclass(frozen=True)
class Sky:
    """Sensors, aircraft and the truth about them; the errors are what sensors add to truth."""

    aircraft: int = 30
    radars: int = 3
    duration_s: float = 120.0
    seed: int = 1
    range_bias_m: tuple[float, ...] = (0.0, 0.0, 0.0, 0.0)
    azimuth_bias_deg: tuple[float, ...] = (0.0, 0.0, 0.0, 0.0)
    time_offset_s: tuple[float, ...] = (0.0, 0.0, 0.0, 0.0)
    tilt_deg: tuple[float, ...] = (0.0, 0.0, 0.0, 0.0)
    heights: bool = True
    elevations: bool = False
    reference: bool = False
    clutter: int = 10
    detection: float = 0.9
    spread_km: float = 80.0
    sensors: SensorTable = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "sensors", SensorTable(tuple(self._made_sensors())))

    def _made_sensors(self) -> list[Sensor]:
        made = []
        for k in range(self.radars):
            east, north = SITES_KM[k]
            latitude, longitude, _ = enu_to_geodetic(1e3 * east, 1e3 * north, 0.0, origin=ORIGIN)
            made.append(
                Sensor(
                    f"radar {k}",
                    "radar",
                    float(latitude),
                    float(longitude),
                    1000.0 + 300.0 * k,
                    rotation_s=TURNS_S[k],
                    range_sigma_m=50.0,
                    azimuth_sigma_rad=float(np.radians(0.08)),
                    clutter_per_scan=float(self.clutter),
                    max_range_m=300e3,
                )
            )
        if self.reference:
            made.append(Sensor("adsb", "adsb", rotation_s=1.0, position_sigma_m=30.0))
        return made

    def places(self, time_s: NDArray[np.float64]) -> tuple[NDArray[np.float64], ...]:
        """Latitude, longitude (rad) and height (m) of all aircraft, (times, aircraft)."""
        noise = np.random.default_rng((self.seed, 7))
        n, half = self.aircraft, 1e3 * self.spread_km
        start = noise.uniform(-half, half, (2, n))
        course, speed = noise.uniform(0.0, 2 * np.pi, n), noise.uniform(120.0, 250.0, n)
        height = noise.uniform(4e3, 12e3, n)
        # a moment in the middle of the flight lies at the start place
        lag = time_s - 0.5 * self.duration_s
        east = start[0] + lag[..., None] * speed * np.sin(course)
        north = start[1] + lag[..., None] * speed * np.cos(course)
        latitude, longitude, _ = enu_to_geodetic(east, north, 0.0, origin=ORIGIN)
        return latitude, longitude, np.broadcast_to(height, latitude.shape)

    def plots(self) -> Plots:
        """Plots of all sensors in order of reception, 0.3 s after they were measured."""
        parts = [self._radar_plots(k) for k in range(self.radars)]
        if self.reference:
            parts.append(self._reports())
        return Plots.join(parts).in_time_order()

    def _radar_plots(self, k: int) -> Plots:
        noise = np.random.default_rng((self.seed, 11, k))
        sensor = self.sensors[k]
        turns = np.arange(0.0, self.duration_s, sensor.rotation_s) + noise.uniform(0, 1)
        # every aircraft has its place in the turn
        phase = noise.uniform(0.0, 0.9 * sensor.rotation_s, self.aircraft)
        time_s = np.add.outer(turns, phase)
        hit = noise.uniform(size=time_s.shape) < self.detection
        _, who = np.nonzero(hit)
        seen_s = time_s[hit]
        places = [self.places(seen_s)[c][np.arange(len(who)), who] for c in range(3)]
        origin = (sensor.latitude_rad, sensor.longitude_rad, sensor.altitude_m)
        slant, azimuth, elevation = geodetic_to_polar(*places, origin=origin)
        n = len(who)
        slant = slant + self.range_bias_m[k] + sensor.range_sigma_m * noise.standard_normal(n)
        azimuth = azimuth + sensor.azimuth_sigma_rad * noise.standard_normal(n)
        azimuth = azimuth + np.radians(self.azimuth_bias_deg[k])
        elevation = elevation + np.radians(self.tilt_deg[k] + 0.1 * noise.standard_normal(n))
        false = self.clutter * len(turns)
        stamp_s = np.concatenate([seen_s, noise.uniform(0.0, self.duration_s, false)])
        received_ns = START_NS + np.round((stamp_s + 0.3) * 1e9).astype(np.int64)
        offset_ns = int(self.time_offset_s[k] * 1e9) - 3 * SECOND_NS // 10
        columns = {
            "range_m": np.concatenate([slant, 200e3 * np.sqrt(noise.uniform(0, 1, false))]),
            "azimuth_rad": np.concatenate([azimuth, noise.uniform(0, 2 * np.pi, false)]),
        }
        columns["azimuth_rad"] %= 2 * np.pi
        nothing = np.full(false, np.nan)
        if self.heights:
            columns["pressure_altitude_m"] = np.concatenate([places[2], nothing])
        if self.elevations:
            columns["elevation_rad"] = np.concatenate([elevation, nothing])
        return Plots.blank(
            n + false,
            sensor=np.full(n + false, k),
            measured_ns=received_ns + offset_ns,
            received_ns=received_ns,
            **columns,
        )

    def _reports(self) -> Plots:
        noise = np.random.default_rng((self.seed, 13))
        time_s = np.add.outer(
            np.arange(0.0, self.duration_s, 1.0), noise.uniform(0, 1, self.aircraft)
        ).reshape(-1)
        who = np.tile(np.arange(self.aircraft), len(time_s) // self.aircraft)
        latitude, longitude, height = (
            self.places(time_s)[c][np.arange(len(who)), who] for c in range(3)
        )
        n = len(who)
        measured_ns = START_NS + np.round(time_s * 1e9).astype(np.int64)
        return Plots.blank(
            n,
            sensor=np.full(n, self.radars),
            measured_ns=measured_ns,
            received_ns=measured_ns + SECOND_NS // 5,
            latitude_rad=latitude + 20.0 / 6.37e6 * noise.standard_normal(n),
            longitude_rad=longitude + 20.0 / 4.7e6 * noise.standard_normal(n),
            altitude_m=height,
            horizontal_sigma_m=np.full(n, 20.0),
        )


def lying(plots: Plots, sensor: int, from_s: float, to_s: float = np.inf, **change: float) -> Plots:
    """The same plots, but one sensor's are changed over a stretch of time.

    ``change``: range_m, azimuth_deg, time_s are added; frozen_s repeats the last so many seconds
    again and again; delay_s plays all again so much later.
    """
    received_s = (plots.received_ns - START_NS) * 1e-9
    met = (plots.sensor == sensor) & (received_s >= from_s) & (received_s < to_s)
    again_s = change.get("frozen_s") or change.get("delay_s")
    if again_s:
        # what was said in the stretch before comes again with new times
        back = again_s * np.ceil((received_s - from_s + 1e-9) / again_s)
        if "delay_s" in change:
            back = np.full(len(plots), again_s)
        own = np.flatnonzero(plots.sensor == sensor)
        pieces = [plots.take(~met)]
        stretch = 1
        while from_s + (stretch - 1) * again_s < min(to_s, float(received_s.max())):
            first = from_s - again_s if "frozen_s" in change else from_s + (stretch - 2) * again_s
            old = own[(received_s[own] >= first) & (received_s[own] < first + again_s)]
            shift = int((from_s + (stretch - 1) * again_s - first) * 1e9)
            piece = plots.take(old)
            pieces.append(
                replace(
                    piece,
                    measured_ns=piece.measured_ns + shift,
                    received_ns=piece.received_ns + shift,
                )
            )
            stretch += 1
        assert len(back) == len(plots)
        return Plots.join(pieces).in_time_order()
    turn = np.radians(change.get("azimuth_deg", 0.0))
    return replace(
        plots,
        range_m=plots.range_m + met * change.get("range_m", 0.0),
        azimuth_rad=np.mod(plots.azimuth_rad + met * turn, 2 * np.pi),
        measured_ns=plots.measured_ns + met * int(1e9 * change.get("time_s", 0.0)),
    ).in_time_order()


@pytest.fixture(scope="session")
def scene() -> SimpleNamespace:
    """What the tests of this folder make skies and faults with."""
    return SimpleNamespace(sky=Sky, lying=lying, start_ns=START_NS)
