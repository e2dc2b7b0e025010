"""Plots of an evaluation as SVG text: several curves over time, and a map of paths.

In: arrays. Out: SVG text that fetches nothing; colours are classes ``c0`` to ``c4`` of the page's
style (Okabe and Ito's palette, told apart by the colour-blind; dashes tell them apart in grey).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

import numpy as np
from numpy.typing import NDArray

from skypact.evaluation.drawing import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, ticks
from skypact.evaluation.drawing import _axes as axes
from skypact.evaluation.drawing import _svg as svg
from skypact.evaluation.paths import Floats

POINTS = 600
"""Points of one curve; more are thinned to the largest of each stretch."""
MAP_POINTS = 12_000
"""Points of one layer of a map."""
MAP_LINES = 3_000
"""Lines of one layer; of more only the longest are drawn, and the caption says so."""
MAP_HEIGHT = 460


def thinned(x: Floats, y: Floats, most: int = POINTS) -> tuple[Floats, Floats]:
    """At most ``most`` points; of each stretch the largest value stays, so that peaks do."""
    if len(x) <= most:
        return x, y
    edges = np.linspace(0, len(x), most + 1).astype(int)[:-1]
    filled = np.where(np.isfinite(y), y, -np.inf)
    top = np.maximum.reduceat(filled, edges)
    return x[edges], np.where(np.isfinite(top), top, np.nan)


def _path(x: Floats, y: Floats) -> str:
    """An SVG path that is broken where ``y`` is NaN."""
    parts, pen = [], "M"
    for a, b in zip(x.tolist(), y.tolist(), strict=True):
        if math.isnan(a) or math.isnan(b):
            pen = "M"
            continue
        parts.append(f"{pen}{a:.1f} {b:.1f}")
        pen = "L"
    return "".join(parts)


Series = tuple[str, NDArray[np.floating], NDArray[np.floating]]
"""A curve: its name, x and y."""


def curves(series: Sequence[Series], *, x_name: str, y_name: str, label: str) -> str:
    """Named curves over a common axis, from zero; NaN breaks a curve.

    The first of ``series`` has the class ``c0``.
    """
    drawn = [
        (name, *thinned(np.asarray(x, np.float64), np.asarray(y, np.float64)))
        for name, x, y in series
        if len(x)
    ]
    values = np.concatenate([y[np.isfinite(y)] for _, _, y in drawn]) if drawn else np.empty(0)
    if len(values) == 0:
        return f"<p>{escape(label)}: nothing to show</p>"
    low = float(min(x[0] for _, x, _ in drawn))
    high = float(max(x[-1] for _, x, _ in drawn))
    top = float(values.max()) * 1.15 or 1.0  # room for the name of the axis
    parts = axes((low, high), (0.0, top), x_name, y_name)
    key = []
    for number, (name, x, y) in enumerate(drawn):
        at_x = LEFT + (x - low) / (high - low or 1.0) * (WIDTH - LEFT - RIGHT)
        at_y = HEIGHT - BOTTOM - y / top * (HEIGHT - BOTTOM - TOP)
        parts.append(f'<path class="line c{number}" d="{_path(at_x, at_y)}"/>')
        key.append(f'<span class="key k{number}">{escape(name)}</span>')
    return svg(parts, label) + f"<figcaption>{escape(label)}: {' '.join(key)}</figcaption>"


Layer = tuple[str, list[tuple[Floats, Floats]]]
"""A layer of a map: its name, and latitude and longitude (rad) of each line."""


def path_map(layers: list[Layer], *, label: str, height: int = MAP_HEIGHT) -> str:
    """Lines on a plate carree true to scale at its middle latitude; the first layer is ``c0``."""
    known = [line for _, lines in layers for line in lines if len(line[0])]
    if not known:
        return f"<p>{escape(label)}: no positions</p>"
    centre = float(np.degrees(known[0][1][0]))

    def unrolled(longitude_rad: Floats) -> Floats:
        # measured from one point, so that an area across the antimeridian stays in one piece
        turned = np.mod(np.degrees(longitude_rad) - centre + 180.0, 360.0) - 180.0
        return np.asarray(centre + turned)

    placed = [
        (name, [(np.degrees(lat), unrolled(lon)) for lat, lon in _sparse(lines)])
        for name, lines in layers
    ]
    every = [line for _, lines in placed for line in lines if len(line[0])]
    south = min(float(lat.min()) for lat, _ in every)
    north = max(float(lat.max()) for lat, _ in every)
    west = min(float(lon.min()) for _, lon in every)
    east = max(float(lon.max()) for _, lon in every)
    squeeze = max(float(np.cos(np.radians((south + north) / 2))), 0.01)
    wide, tall = max((east - west) * squeeze, 1e-3), max(north - south, 1e-3)
    scale = min((WIDTH - 20) / wide, (height - 20) / tall)
    size = max(int(tall * scale) + 20, 60)
    parts = [f'<rect class="sea" width="{WIDTH}" height="{size}"/>']
    for mark in ticks(west, east, 6):
        x = 10 + (mark - west) * squeeze * scale
        shown = (mark + 180.0) % 360.0 - 180.0
        parts.append(f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="0" y2="{size}"/>')
        parts.append(f'<text x="{x + 3:.1f}" y="{size - 4}">{shown:g}</text>')
    for mark in ticks(south, north, 5):
        y = size - 10 - (mark - south) * scale
        parts.append(f'<line class="grid" x1="0" x2="{WIDTH}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(f'<text x="3" y="{y - 3:.1f}">{mark:g}</text>')
    key = []
    for number, (name, lines) in enumerate(placed):
        drawn = "".join(
            _path(10 + (lon - west) * squeeze * scale, size - 10 - (lat - south) * scale)
            for lat, lon in lines
        )
        parts.append(f'<path class="line c{number}" d="{drawn}"/>')
        whole = len(layers[number][1])
        count = f"{len(lines)}" if len(lines) == whole else f"{len(lines)} of {whole}"
        key.append(f'<span class="key k{number}">{escape(name)} ({count})</span>')
    caption = f"<figcaption>{escape(label)}: {' '.join(key)}</figcaption>"
    return svg(parts, label, WIDTH, size) + caption


def _sparse(lines: list[tuple[Floats, Floats]]) -> list[tuple[Floats, Floats]]:
    """The longest ``MAP_LINES`` lines with about ``MAP_POINTS`` points in all; ends are kept."""
    if len(lines) > MAP_LINES:
        longest = np.argsort([-len(lat) for lat, _ in lines], kind="stable")[:MAP_LINES]
        lines = [lines[k] for k in np.sort(longest)]
    whole = sum(len(lat) for lat, _ in lines)
    every = max(1, -(-whole // MAP_POINTS))
    if every == 1:
        return lines
    thin = []
    for lat, lon in lines:
        rows = np.unique(np.r_[np.arange(0, len(lat), every), len(lat) - 1])
        rows = rows[rows >= 0]
        thin.append((lat[rows], lon[rows]))
    return thin
