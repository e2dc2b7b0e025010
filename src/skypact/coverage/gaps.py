"""Gaps: regions in reach of a network that nobody sees at an altitude, as areas on a map.

In: a network. Out: for each altitude its regions, largest first, with outlines for GeoJSON
(RFC 7946) and KML (OGC 12-007). Under ground there is no gap, and beyond every sensor's range
the map does not ask.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import numpy as np
import rasterio.features
import shapely
from numpy.typing import NDArray
from rasterio.transform import from_origin
from scipy import ndimage

from skypact.coverage.network import Grid, Network
from skypact.coverage.terrain import GEOD

LEAST_CELLS = 9
"""Regions of fewer cells are left out of lists: a map's own graininess."""

MOST_GAPS = 2_000
"""So many regions of an altitude are told, largest first."""

POINTS = ("N", "NE", "E", "SE", "S", "SW", "W", "NW")


@dataclass(frozen=True, slots=True)
class Gap:
    """One region that nobody sees.

    Parameters
    ----------
    altitude_m
        At which.
    area_km2
        Of the region.
    latitude_deg, longitude_deg
        Of its place farthest from what is seen.
    place
        The same from the nearest sensor, such as ``84 km SW of Kant``.
    outline
        Polygons in degrees, simplified to a cell.
    """

    altitude_m: float
    area_km2: float
    latitude_deg: float
    longitude_deg: float
    place: str
    outline: shapely.Geometry


def gaps_at(network: Network, altitude_m: float) -> list[Gap]:
    """Regions unseen at an altitude above mean sea level, largest first."""
    reach = (~np.isnan(network.lowest_m)).any(axis=0)
    unseen = reach & (network.count_at(altitude_m) == 0)
    number, found = ndimage.label(unseen)
    if not found:
        return []
    cells = np.bincount(number.ravel(), minlength=found + 1)
    area = np.bincount(number.ravel(), network.area_km2.ravel(), minlength=found + 1)
    order = [k for k in np.argsort(-area[1:], kind="stable") + 1 if cells[k] >= LEAST_CELLS]
    kept = np.zeros(found + 1, np.int32)
    for rank, k in enumerate(order[:MOST_GAPS], 1):
        kept[k] = rank
    ranked = kept[number]
    deep = ndimage.distance_transform_edt(np.pad(unseen, 1))[1:-1, 1:-1]
    count = int(kept.max())
    places = ndimage.maximum_position(deep, ranked, np.arange(1, count + 1)) if count else []
    outlines = _outlines(network.grid, ranked, count)
    gaps = []
    for rank in range(1, count + 1):
        row, column = (int(value) for value in places[rank - 1])
        latitude = float(network.grid.latitude_deg[row])
        longitude = _turned(float(network.grid.longitude_deg[column]))
        gaps.append(
            Gap(
                altitude_m,
                float(area[order[rank - 1]]),
                latitude,
                longitude,
                _from_nearest(network, latitude, longitude),
                outlines[rank - 1],
            )
        )
    return gaps


def largest(gaps: Sequence[Gap], altitude_m: float, count: int = 8) -> list[Gap]:
    """The largest gaps of an altitude."""
    return [gap for gap in gaps if gap.altitude_m == altitude_m][:count]


def _turned(longitude_deg: float) -> float:
    return (longitude_deg + 180.0) % 360.0 - 180.0


def _outlines(grid: Grid, ranked: NDArray[np.int32], count: int) -> list[shapely.Geometry]:
    """Polygons of each region, simplified, cut at the antimeridian."""
    step = float(grid.latitude_deg[0] - grid.latitude_deg[1])
    wide = float(grid.longitude_deg[1] - grid.longitude_deg[0])
    west = float(grid.longitude_deg[0]) - 0.5 * wide
    transform = from_origin(west, float(grid.latitude_deg[0]) + 0.5 * step, wide, step)
    parts: list[list[shapely.Geometry]] = [[] for _ in range(count)]
    for shape, value in rasterio.features.shapes(ranked, mask=ranked > 0, transform=transform):
        parts[int(value) - 1].append(shapely.geometry.shape(shape))
    outlines = []
    for some in parts:
        outline = shapely.union_all(some).simplify(0.75 * step, preserve_topology=True)
        outlines.append(_cut(outline))
    return outlines


def _cut(outline: shapely.Geometry) -> shapely.Geometry:
    """The same with longitudes from -180 to 180 (RFC 7946 section 3.1.9)."""
    west, _, east, _ = outline.bounds
    if west >= -180.0 and east <= 180.0:
        return outline
    pieces = []
    for turn in (-360.0, 0.0, 360.0):
        piece = outline.intersection(shapely.box(turn - 180.0, -90.0, turn + 180.0, 90.0))
        if piece.area > 0.0:
            pieces.append(shapely.transform(piece, lambda xy, by=turn: xy - np.array([by, 0.0])))
    return shapely.union_all(pieces)


def _from_nearest(network: Network, latitude_deg: float, longitude_deg: float) -> str:
    """Distance and bearing from the nearest mast, in words."""
    count = len(network.masts)
    azimuth, _, away_m = GEOD.inv(
        [mast.longitude_deg for mast in network.masts],
        [mast.latitude_deg for mast in network.masts],
        [longitude_deg] * count,
        [latitude_deg] * count,
    )
    k = int(np.argmin(away_m))
    point = POINTS[round(azimuth[k] / 45.0) % 8]
    return f"{away_m[k] / 1000.0:.0f} km {point} of {network.masts[k].name}"


def write_geojson(file: Path, gaps: Sequence[Gap]) -> None:
    """Write gaps as a feature collection (RFC 7946)."""
    features: list[dict[str, Any]] = [
        {
            "type": "Feature",
            "geometry": shapely.geometry.mapping(shapely.set_precision(gap.outline, 1e-6)),
            "properties": {
                "altitude_m": gap.altitude_m,
                "area_km2": round(gap.area_km2, 1),
                "place": gap.place,
            },
        }
        for gap in gaps
    ]
    content = {"type": "FeatureCollection", "features": features}
    file.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")


def write_kml(file: Path, gaps: Sequence[Gap]) -> None:
    """Write gaps as KML 2.3, a folder an altitude."""
    parts = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<kml xmlns="http://www.opengis.net/kml/2.2"><Document><name>Unseen</name>',
        '<Style id="gap"><LineStyle><color>ff3040ff</color></LineStyle>',
        "<PolyStyle><color>603040ff</color></PolyStyle></Style>",
    ]
    for altitude in dict.fromkeys(gap.altitude_m for gap in gaps):
        parts.append(f"<Folder><name>{altitude:.0f} m</name>")
        parts += [_placemark(gap) for gap in gaps if gap.altitude_m == altitude]
        parts.append("</Folder>")
    parts.append("</Document></kml>\n")
    file.write_text("\n".join(parts), encoding="utf-8")


def _placemark(gap: Gap) -> str:
    polygons = [part for part in shapely.get_parts(gap.outline) if part.geom_type == "Polygon"]
    shapes = []
    for polygon in polygons:
        rings = [("outerBoundaryIs", polygon.exterior)]
        rings += [("innerBoundaryIs", ring) for ring in polygon.interiors]
        text = "".join(
            f"<{side}><LinearRing><coordinates>"
            + " ".join(f"{x:.5f},{y:.5f}" for x, y in shapely.get_coordinates(ring))
            + f"</coordinates></LinearRing></{side}>"
            for side, ring in rings
        )
        shapes.append(f"<Polygon>{text}</Polygon>")
    return (
        f"<Placemark><name>{gap.area_km2:.0f} km2, {escape(gap.place)}</name>"
        f"<styleUrl>#gap</styleUrl><MultiGeometry>{''.join(shapes)}</MultiGeometry></Placemark>"
    )
