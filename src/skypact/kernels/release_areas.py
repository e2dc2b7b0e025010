"""Which areas of an agreement a position lies in.

In: outlines cut into edges that are straight in longitude and latitude (RFC 7946, 3.1.1), and
positions. Out: a bit for each area. A raster over all areas tells for most positions at once;
only in cells that an outline passes is the crossing number counted, over the edges of the
position's band of latitude. A border belongs to the area east and north of it, so that of two
neighbours with one border exactly one holds a position on it.
"""

import math

import numpy as np

from skypact.kernels.compilation import inner, kernel

EDGE_MARGIN_DEG = 1e-7
"""An outline marks cells this much beyond it (1 cm), far more than rounding moves it."""


@inner
def folded_deg(longitude_deg):
    """Longitude in [-180, 180)."""
    folded = longitude_deg - 360.0 * math.floor((longitude_deg + 180.0) / 360.0)
    return -180.0 if folded >= 180.0 else folded


@inner
def inside(polygon, x, y, edge, low_y, band_height, polygon_band, band_first, band_edge):
    """Whether (x, y) degrees lies in a polygon, by the crossing number over one band's edges.

    ``edge`` rows run upwards (y1 <= y2), so that a border two areas have gives one answer.
    """
    at = math.floor((y - low_y[polygon]) / band_height[polygon])
    last = polygon_band[polygon + 1] - polygon_band[polygon] - 1
    band = polygon_band[polygon] + min(max(at, 0), last)
    odd = False
    for k in range(band_first[band], band_first[band + 1]):
        e = band_edge[k]
        if edge[e, 1] <= y < edge[e, 3]:
            along = (y - edge[e, 1]) / (edge[e, 3] - edge[e, 1])
            if edge[e, 0] + along * (edge[e, 2] - edge[e, 0]) <= x:
                odd = not odd
    return odd


@inner
def mark_outline(edge, first, last, box, columns, rows, marked):
    """Mark the cells that the edges ``first`` up to ``last`` pass or nearly pass."""
    left, bottom, width, height = box[0], box[1], box[2], box[3]
    m = EDGE_MARGIN_DEG
    for e in range(first, last):
        x1, y1, x2, y2 = edge[e, 0], edge[e, 1], edge[e, 2], edge[e, 3]
        r1 = max(0, math.floor((y1 - m - bottom) / height))
        r2 = min(rows - 1, math.floor((y2 + m - bottom) / height))
        for r in range(r1, r2 + 1):
            xa, xb = x1, x2
            if y2 > y1:
                ya = min(max(y1, bottom + r * height - m), y2)
                yb = max(min(y2, bottom + (r + 1) * height + m), y1)
                xa = x1 + (ya - y1) / (y2 - y1) * (x2 - x1)
                xb = x1 + (yb - y1) / (y2 - y1) * (x2 - x1)
            c1 = max(0, math.floor((min(xa, xb) - m - left) / width))
            c2 = min(columns - 1, math.floor((max(xa, xb) + m - left) / width))
            for c in range(c1, c2 + 1):
                marked[r * columns + c] = True


@kernel(
    "void(float64[:, ::1], int64[::1], float64[::1], float64[::1], int64[::1], int64[::1],"
    " int64[::1], int64[::1], float64[::1], int64, int64, uint64[::1], uint64[::1])"
)
def fill_raster(
    edge, polygon_edge, low_y, band_height, polygon_band, band_first, band_edge, area,
    box, columns, rows, whole, passed,
):
    """Fill what each cell of the raster knows of each area.

    Parameters: ``edge`` (edges, 4) x1, y1, x2, y2 in degrees, y1 <= y2; ``polygon_edge`` and
    ``polygon_band`` (polygons + 1,) first edge and band of each polygon; ``low_y`` and
    ``band_height`` (polygons,) degrees; ``band_first`` (bands + 1,) into ``band_edge``, the
    edges of each band; ``area`` (polygons,) bit of each polygon; ``box`` x, y of the raster's
    corner, width and height of a cell in degrees. Out, shape (rows * columns,): ``whole`` bits
    of areas the cell lies in, ``passed`` bits of areas with an outline through it.
    """
    left, bottom, width, height = box[0], box[1], box[2], box[3]
    marked = np.zeros(rows * columns, np.bool_)
    for p in range(area.shape[0]):
        bit = np.uint64(1) << np.uint64(area[p])
        mark_outline(edge, polygon_edge[p], polygon_edge[p + 1], box, columns, rows, marked)
        high_y = low_y[p] + band_height[p] * (polygon_band[p + 1] - polygon_band[p])
        first_row = max(0, math.floor((low_y[p] - bottom) / height) - 1)
        last_row = min(rows - 1, math.floor((high_y - bottom) / height) + 1)
        for r in range(first_row, last_row + 1):
            known, within = False, False
            for c in range(columns):
                at = r * columns + c
                if marked[at]:
                    marked[at] = False
                    passed[at] |= bit
                    known = False
                    continue
                if not known:  # cells between two outlines are alike
                    x, y = left + (c + 0.5) * width, bottom + (r + 0.5) * height
                    within = inside(
                        p, x, y, edge, low_y, band_height, polygon_band, band_first, band_edge
                    )
                    known = True
                if within:
                    whole[at] |= bit


@kernel(
    "void(float64[::1], float64[::1], float64[:, ::1], float64[::1], float64[::1], int64[::1],"
    " int64[::1], int64[::1], int64[::1], float64[::1], int64, int64, int32[::1],"
    " uint64[:, ::1], uint64[::1], boolean[::1])"
)
def areas_at(
    latitude_rad, longitude_rad, edge, low_y, band_height, polygon_band, band_first, band_edge,
    area_polygon, box, columns, rows, cell, known, bits, placed,
):
    """Fill ``bits`` (n,) of the areas each position (n,) lies in; ``placed`` where it has one.

    ``cell`` (rows * columns,) names a row of ``known`` (kinds of cell, 2): bits of areas the
    cell lies in, bits of areas whose outline passes it. ``area_polygon`` (areas + 1,): first
    polygon of each area. The rest as in :func:`fill_raster`.
    """
    one = np.uint64(1)
    for i in range(latitude_rad.shape[0]):
        bits[i] = np.uint64(0)
        y, x = math.degrees(latitude_rad[i]), math.degrees(longitude_rad[i])
        placed[i] = math.isfinite(x) and y >= -90.0 - 1e-9 and y <= 90.0 + 1e-9
        if not placed[i]:
            continue
        x = folded_deg(x)
        # the pole itself lies in the cap around it, though no edge has a point above it
        y = min(max(y, -90.0), 90.0 - 1e-12)
        c = math.floor((x - box[0]) / box[2])
        r = math.floor((y - box[1]) / box[3])
        if c < 0 or r < 0 or c >= columns or r >= rows:
            continue
        kind = cell[r * columns + c]
        found, left = known[kind, 0], known[kind, 1]
        a = 0
        while left:
            if left & one:
                for p in range(area_polygon[a], area_polygon[a + 1]):
                    if inside(
                        p, x, y, edge, low_y, band_height, polygon_band, band_first, band_edge
                    ):
                        found |= one << np.uint64(a)
                        break
            left >>= one
            a += 1
        bits[i] = found
