"""Small plots as SVG text: histograms, lines and a map of dots, for self-contained reports.

No script, no font and no picture is fetched; colours come from the page's style.
"""

from __future__ import annotations

from html import escape

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]

WIDTH, HEIGHT = 640, 220
LEFT, BOTTOM, TOP, RIGHT = 56, 28, 10, 12
DOTS = 6_000
"""Dots on a map; more are thinned evenly, and the caption says so."""


def ticks(low: float, high: float, about: int = 5) -> Numbers:
    """Round numbers between two bounds."""
    if not high > low:
        return np.array([low])
    rough = (high - low) / about
    power = 10.0 ** np.floor(np.log10(rough))
    step = power * min((1, 2, 5, 10), key=lambda factor: abs(factor * power - rough))
    marks: Numbers = np.arange(np.ceil(low / step), np.floor(high / step) + 1) * step
    return marks


def _axes(x: tuple[float, float], y: tuple[float, float], x_name: str, y_name: str) -> list[str]:
    parts = []
    for value in ticks(*x, 8):
        at = LEFT + (value - x[0]) / (x[1] - x[0] or 1) * (WIDTH - LEFT - RIGHT)
        parts.append(f'<line class="grid" x1="{at:.1f}" x2="{at:.1f}" y1="{TOP}" '
                     f'y2="{HEIGHT - BOTTOM}"/>')  # fmt: skip
        parts.append(f'<text x="{at:.1f}" y="{HEIGHT - 12}" class="mid">{value:g}</text>')
    for value in ticks(*y, 4):
        at = HEIGHT - BOTTOM - (value - y[0]) / (y[1] - y[0] or 1) * (HEIGHT - BOTTOM - TOP)
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{at:.1f}" '
                     f'y2="{at:.1f}"/>')  # fmt: skip
        parts.append(f'<text x="{LEFT - 6}" y="{at + 4:.1f}" class="end">{value:g}</text>')
    parts.append(f'<text x="{WIDTH - RIGHT}" y="{HEIGHT - 1}" class="end">{escape(x_name)}</text>')
    parts.append(f'<text x="4" y="{TOP + 8}">{escape(y_name)}</text>')
    return parts


def _svg(parts: list[str], label: str, width: int = WIDTH, height: int = HEIGHT) -> str:
    return (
        f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="{escape(label)}">'
        + "".join(parts)
        + "</svg>"
    )


def histogram(values: Numbers, *, x_name: str, y_name: str, label: str, bins: int = 60) -> str:
    """Bars of how often values occur, up to their 99th percentile."""
    if len(values) == 0:
        return f"<p>{escape(label)}: nothing to show</p>"
    high = float(np.percentile(values, 99)) or 1.0
    counts, edges = np.histogram(values, bins=bins, range=(0.0, high * 1.05))
    top = float(counts.max()) or 1.0
    parts = _axes((0.0, float(edges[-1])), (0.0, top), x_name, y_name)
    bar = (WIDTH - LEFT - RIGHT) / bins
    for k, count in enumerate(counts.tolist()):
        tall = count / top * (HEIGHT - BOTTOM - TOP)
        parts.append(
            f'<rect class="bar" x="{LEFT + k * bar:.1f}" y="{HEIGHT - BOTTOM - tall:.1f}" '
            f'width="{bar - 0.5:.1f}" height="{tall:.1f}"/>'
        )
    return _svg(parts, label)


def line(x: Numbers, y: Numbers, *, x_name: str, y_name: str, label: str) -> str:
    """A curve over x, from zero."""
    if len(x) < 2:
        return f"<p>{escape(label)}: nothing to show</p>"
    x_range, top = (float(x[0]), float(x[-1])), float(np.max(y)) or 1.0
    parts = _axes(x_range, (0.0, top), x_name, y_name)
    at_x = LEFT + (x - x[0]) / (x_range[1] - x_range[0] or 1) * (WIDTH - LEFT - RIGHT)
    at_y = HEIGHT - BOTTOM - y / top * (HEIGHT - BOTTOM - TOP)
    points = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(at_x, at_y, strict=True))
    parts.append(f'<polyline class="curve" points="{points}"/>')
    return _svg(parts, label)


def dot_map(
    latitude_deg: Numbers,
    longitude_deg: Numbers,
    sites: list[tuple[str, float, float]],
    *,
    label: str,
) -> str:
    """Dots on a plate carrée drawn true to scale at its middle latitude, with named sites."""
    known = np.flatnonzero(np.isfinite(latitude_deg) & np.isfinite(longitude_deg))
    if len(known) == 0:
        return f"<p>{escape(label)}: no positions</p>"
    shown = known[:: max(1, -(-len(known) // DOTS))]
    centre = float(longitude_deg[known[0]])

    def unrolled(longitude: Numbers) -> Numbers:
        # measured from one dot, so that an area across the antimeridian stays in one piece
        return centre + np.mod(longitude - centre + 180.0, 360.0) - 180.0

    lat = latitude_deg[shown]
    lon = unrolled(longitude_deg[shown])
    south, north = float(lat.min()), float(lat.max())
    west, east = float(lon.min()), float(lon.max())
    squeeze = float(np.cos(np.radians((south + north) / 2)))
    wide, tall = max((east - west) * squeeze, 1e-3), max(north - south, 1e-3)
    scale = min((WIDTH - 20) / wide, 420 / tall)
    height = int(tall * scale) + 20

    def place(latitude: Numbers, longitude: Numbers) -> tuple[Numbers, Numbers]:
        x = 10 + (longitude - west) * squeeze * scale
        return x, height - 10 - (latitude - south) * scale

    x, y = place(lat, lon)
    path = "".join(f"M{a:.1f} {b:.1f}h.01" for a, b in zip(x, y, strict=True))
    parts = [
        f'<rect class="sea" width="{WIDTH}" height="{height}"/>',
        f'<path class="dots" d="{path}"/>',
    ]
    for name, site_lat, site_lon in sites:
        sx, sy = place(np.array([site_lat]), unrolled(np.array([site_lon])))
        parts.append(f'<circle class="site" cx="{sx[0]:.1f}" cy="{sy[0]:.1f}" r="4"/>')
        parts.append(f'<text x="{sx[0] + 7:.1f}" y="{sy[0] + 4:.1f}">{escape(name)}</text>')
    caption = f"{len(shown)} of {len(known)} positions; {south:.2f} to {north:.2f} N, " \
              f"{west:.2f} to {east:.2f} E"  # fmt: skip
    return _svg(parts, label, WIDTH, height) + f"<figcaption>{caption}</figcaption>"
