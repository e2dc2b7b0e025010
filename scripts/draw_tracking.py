"""Draw the pictures of docs/explanation/tracking.md: python scripts/draw_tracking.py.

In: nothing; a made flight past two made radars. Out: two SVG files in docs/images. The second is
no sketch: it is what the tracker and the smoother make of the plots it shows.
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from skypact.geodesy import enu_to_geodetic, geodetic_to_enu, geodetic_to_polar
from skypact.model.plots import Plots
from skypact.model.sensors import Sensor, SensorTable
from skypact.model.time import SECOND_NS, from_iso
from skypact.model.tracks import Tracks
from skypact.tracking import Tracker, TrackerSettings
from skypact.tracking.smoother import smooth

IMAGES = Path(__file__).parents[1] / "docs" / "images"
START_NS = from_iso("2024-03-01T12:00:00")
ORIGIN = (math.radians(42.0), math.radians(75.0), 0.0)
HEIGHT_M, SPEED_MPS, SECONDS = 9000.0, 200.0, 170
SITES_M = ((-60e3, -75e3), (95e3, -40e3))
HEAD = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {w} {h}" width="{w}" height="{h}"'
    ' font-family="sans-serif" font-size="13">\n<rect width="{w}" height="{h}" fill="#fff"/>\n'
)
Floats = NDArray[np.float64]


def line(points: Floats, style: str) -> str:
    """A polyline through points (n, 2)."""
    places = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return f'<polyline points="{places}" fill="none" {style}/>\n'


def words(x: float, y: float, text: str, style: str = "") -> str:
    """Text at a place."""
    return f'<text x="{x:.0f}" y="{y:.0f}" {style}>{text}</text>\n'


def plane_picture() -> str:
    """A plane that touches the level surface at the aircraft and rolls along with it."""
    radius, centre = 900.0, np.array([320.0, 1010.0])
    angles = np.radians(np.linspace(-20.0, 20.0, 80))
    surface = centre + radius * np.stack([np.sin(angles), -np.cos(angles)], axis=1)
    out = HEAD.format(w=640, h=250) + line(surface, 'stroke="#888" stroke-width="2"')
    for degrees in (-13.0, 0.0, 13.0):
        a = math.radians(degrees)
        at = centre + radius * np.array([math.sin(a), -math.cos(a)])
        along, up = np.array([math.cos(a), math.sin(a)]), np.array([math.sin(a), -math.cos(a)])
        out += line(np.array([at - 95 * along, at + 95 * along]), 'stroke="#1f5fa8"')
        out += line(np.array([at, at + 38 * up]), 'stroke="#1f5fa8" stroke-dasharray="4 3"')
        out += line(np.array([at, at + 60 * along]), 'stroke="#b3261e" stroke-width="2.5"')
        out += f'<circle cx="{at[0]:.1f}" cy="{at[1]:.1f}" r="4" fill="#b3261e"/>\n'
    told = (
        "Each plane touches the level surface at the track (blue) and is carried to the",
        "next without spin. The velocity of straight flight (red) keeps its two numbers",
        "in it; the surface falls away under it by (p² + q²) / 2R.",
    )
    for k, text in enumerate(told):
        out += words(20, 30 + 18 * k, text)
    out += words(20, 235, "surface of the aircraft's height (its curvature drawn far too strong)")
    return out + "</svg>\n"


def flight() -> tuple[Floats, Floats]:
    """Offsets east and north each half second: straight, a turn, straight, a turn back."""
    step_s, heading, east, north = 0.5, math.radians(55.0), [-9e3], [-8e3]
    for k in range(int(SECONDS / step_s)):
        t = k * step_s
        heading += math.radians(2.0 if 50 <= t < 90 else -1.3 if 115 <= t < 145 else 0.0) * step_s
        east.append(east[-1] + SPEED_MPS * step_s * math.sin(heading))
        north.append(north[-1] + SPEED_MPS * step_s * math.cos(heading))
    return np.array(east), np.array(north)


def made_plots(east: Floats, north: Floats) -> tuple[Plots, SensorTable]:
    """What two radars see of the flight."""
    random = np.random.default_rng(4)
    sensors, parts = [], []
    for k, site in enumerate(SITES_M):
        latitude, longitude, _ = (float(v) for v in enu_to_geodetic(*site, 0.0, origin=ORIGIN))
        sensors.append(
            Sensor(f"radar {k}", "radar", latitude, longitude, 800.0, rotation_s=8.0 + 2 * k)
        )
        time_s = np.arange(0.7 + 2.1 * k, SECONDS, sensors[k].rotation_s)
        at = np.round(2.0 * time_s).astype(int)
        place = enu_to_geodetic(east[at], north[at], np.full(len(at), HEIGHT_M), origin=ORIGIN)
        slant, azimuth, _ = geodetic_to_polar(*place, origin=(latitude, longitude, 800.0))
        noise = random.standard_normal((2, len(at)))
        measured_ns = START_NS + (at * (SECOND_NS // 2)).astype(np.int64)
        parts.append(
            Plots.blank(
                len(at),
                sensor=np.full(len(at), k),
                measured_ns=measured_ns,
                received_ns=measured_ns,
                range_m=slant + sensors[k].range_sigma_m * noise[0],
                azimuth_rad=azimuth + sensors[k].azimuth_sigma_rad * noise[1],
                pressure_altitude_m=np.full(len(at), HEIGHT_M),
            )
        )
    return Plots.join(parts).in_time_order(), SensorTable(tuple(sensors))


def smoother_picture() -> str:
    """Truth, plots, what the tracker showed and what the smoother made of the same plots."""
    east, north = flight()
    plots, sensors = made_plots(east, north)
    tracker = Tracker(sensors, TrackerSettings(keep_innovations=True))
    shown = tracker.step(plots, START_NS + (SECONDS + 1) * SECOND_NS)
    shown = shown.take(shown.confirmed & (shown.measured_ns < START_NS + SECONDS * SECOND_NS))
    made = smooth(plots, sensors, tracker.innovations, np.unique(shown.track)).tracks

    def on_page(e: Floats, n: Floats) -> Floats:
        scale = 600.0 / (east.max() - east.min() + 2e3)
        return np.stack([20 + (e - east.min() + 1e3) * scale, 30 + (north.max() - n) * scale], 1)

    def of(tracks: Tracks) -> Floats:
        e, n, _ = geodetic_to_enu(
            tracks.latitude_rad, tracks.longitude_rad, np.zeros(len(tracks)), origin=ORIGIN
        )
        return on_page(e, n)

    lat, lon, _ = enu_to_geodetic(east, north, np.full(len(east), HEIGHT_M), origin=ORIGIN)
    true = on_page(*geodetic_to_enu(lat, lon, np.zeros(len(east)), origin=ORIGIN)[:2])
    height = int(true[:, 1].max()) + 50
    out = HEAD.format(w=640, h=height)
    for plot in range(len(plots)):
        sensor = sensors[int(plots.sensor[plot])]
        azimuth, slant = float(plots.azimuth_rad[plot]), float(plots.range_m[plot])
        up = HEIGHT_M - sensor.altitude_m - slant**2 / 12.74e6
        ground = math.sqrt(slant**2 - up**2)
        place = enu_to_geodetic(
            ground * math.sin(azimuth),
            ground * math.cos(azimuth),
            up,
            origin=(sensor.latitude_rad, sensor.longitude_rad, sensor.altitude_m),
        )
        e, n, _ = geodetic_to_enu(place[0], place[1], 0.0, origin=ORIGIN)
        x, y = on_page(np.atleast_1d(e), np.atleast_1d(n))[0]
        colour = "#555" if plots.sensor[plot] else "#999"
        out += f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.5" fill="{colour}"/>\n'
    out += line(true, 'stroke="#aaa" stroke-width="5" stroke-opacity="0.5"')
    out += line(of(shown), 'stroke="#1f5fa8" stroke-width="1.6"')
    out += line(of(made), 'stroke="#b3261e" stroke-width="1.6"')
    out += words(20, height - 12, "grey band: flown; dots: plots of two radars", 'fill="#555"')
    out += words(300, height - 12, "blue: shown at the time", 'fill="#1f5fa8"')
    return out + words(470, height - 12, "red: smoothed", 'fill="#b3261e"') + "</svg>\n"


if __name__ == "__main__":
    (IMAGES / "tracking-plane.svg").write_text(plane_picture(), encoding="utf-8")
    (IMAGES / "tracking-smoother.svg").write_text(smoother_picture(), encoding="utf-8")
