"""Outlines of areas on the globe: from GeoJSON or a circle to rings of unit vectors.

In: an area as the rules or an agreement give it (RFC 7946, degrees). Out: parts, each a plane of
its own and closed rings in it. The plane is gnomonic: great circles are straight lines in it, so
an edge that is one needs no corner more, and an area over the antimeridian or a pole is as any
other. Edges straight in longitude and latitude (3.1.1) are cut into pieces that are off by less
than ``SAGITTA_M``; an edge that leaps more than 180 degrees goes the short way.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skypact.alerts.rules import AreaTable, Circle
from skypact.model.errors import BadArea

Floats = NDArray[np.float64]

SAGITTA_M = 5.0
EARTH_M = 6_378_137.0
LARGEST_RAD = math.radians(60.0)
"""Beyond it from its centre a part must be cut: the plane reaches no farther than 90 degrees."""
MOST_CORNERS = 100_000
CIRCLE_CORNERS = 360
SAME_RAD = 1e-12
"""Corners nearer than this (6 micrometres) are one."""


@dataclass(frozen=True, slots=True)
class Part:
    """One polygon of an area.

    Parameters
    ----------
    frame
        (3, 3): rows are the centre and the plane's x and y axes, as unit vectors of the normals
        of the ellipsoid.
    radius_rad
        Angle from the centre to the farthest corner.
    edges
        (edges, 4): x1, y1, x2, y2 in the plane.
    """

    frame: Floats
    radius_rad: float
    edges: Floats


def parts_of(area: AreaTable) -> list[Part]:
    """The polygons of an area.

    Raises
    ------
    BadArea
        If it has no outline or two, leaves the globe, is too large, or its outline crosses
        itself.
    """
    if (area.geometry is None) == (area.circle is None):
        raise BadArea(
            f"area {area.id!r} needs either a geometry or a circle",
            remedy="Give one of them, or an agreement's area of this id",
        )
    if area.circle is not None:
        return [_part([circle_ring(area.circle)], area.id)]
    return [
        _part([_ring(ring, area) for ring in polygon], area.id)
        for polygon in _polygons(area.geometry or {}, area.id)
    ]


def unit_vectors(latitude_rad: Floats, longitude_rad: Floats) -> Floats:
    """Normals of the ellipsoid (n, 3)."""
    cosine = np.cos(latitude_rad)
    return np.stack(
        [cosine * np.cos(longitude_rad), cosine * np.sin(longitude_rad), np.sin(latitude_rad)],
        axis=1,
    )


def circle_ring(circle: Circle) -> Floats:
    """A circle's corners (n, 3), on geodesics of its radius (WGS-84; off by 4e-5 of it)."""
    from pyproj import Geod  # noqa: PLC0415  (a fifth of a second; most areas are no circles)

    bearing = np.arange(CIRCLE_CORNERS) * (360.0 / CIRCLE_CORNERS)
    ones = np.ones(CIRCLE_CORNERS)
    longitude, latitude, _ = Geod(ellps="WGS84").fwd(
        ones * circle.longitude_deg, ones * circle.latitude_deg, bearing, ones * circle.radius_m
    )
    return unit_vectors(np.radians(np.asarray(latitude)), np.radians(np.asarray(longitude)))


def _polygons(geometry: dict[str, Any], name: str) -> list[list[Any]]:
    kind, coordinates = geometry.get("type"), geometry.get("coordinates")
    if kind not in ("Polygon", "MultiPolygon"):
        raise BadArea(
            f"area {name!r} has the geometry {str(kind)[:40]!r}",
            remedy="Give a Polygon or MultiPolygon",
        )
    polygons = [coordinates] if kind == "Polygon" else coordinates
    if (
        not isinstance(polygons, list)
        or not polygons
        or not all(isinstance(rings, list) and rings for rings in polygons)
    ):
        raise BadArea(f"area {name!r} has no rings")
    return polygons


def _ring(points: Any, area: AreaTable) -> Floats:
    """Corners (n, 3) of a ring, not closed, edges cut where they are not great circles."""
    try:
        given = np.array([[float(p[0]), float(p[1])] for p in points])
    except (TypeError, ValueError, IndexError, KeyError, OverflowError):
        raise BadArea(f"a ring of area {area.id!r} is no list of positions") from None
    if not 4 <= len(given) <= MOST_CORNERS:
        raise BadArea(f"a ring of area {area.id!r} has {len(given)} corners, not 4 to 100,000")
    if not np.isfinite(given).all() or (np.abs(given) > [540.0, 90.0]).any():
        raise BadArea(
            f"area {area.id!r} leaves the globe",
            remedy="Longitudes lie within 180 and latitudes within 90 degrees",
        )
    if area.edges == "geographic":
        given = _cut(given)
    vectors = unit_vectors(np.radians(given[:, 1]), np.radians(given[:, 0]))
    if np.linalg.norm(vectors[0] - vectors[-1]) > SAME_RAD:
        raise BadArea(f"a ring of area {area.id!r} does not end where it begins")
    return vectors


def _cut(ring: Floats) -> Floats:
    """A ring (longitude, latitude in degrees) with edges cut into nearly great circles."""
    begin, step = ring[:-1], np.diff(ring, axis=0)
    leap = step[:, 0]
    # exactly a whole turn is the edge of a map of the world, and meant as it stands
    step[:, 0] -= np.where((np.abs(leap) > 180.0) & (np.abs(leap) < 360.0), 360.0, 0.0) * np.sign(
        leap
    )
    # a chord of a parallel leaves it by R sin(latitude) cos(latitude) (step east)^2 / 8
    east = np.radians(np.abs(step[:, 0]))
    off_m = EARTH_M * (east**2 / 16.0 + np.abs(np.prod(np.radians(step), axis=1)) / 4.0)
    pieces = np.maximum(np.ceil(np.sqrt(off_m / SAGITTA_M)), np.ceil(east / 0.5)).astype(np.int64)
    pieces = np.maximum(pieces, 1)
    each = np.repeat(np.arange(len(pieces)), pieces)
    along = np.arange(len(each)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    cut = begin[each] + step[each] * (along / pieces[each])[:, None]
    return np.concatenate([cut, ring[-1:]])


def _part(rings: list[Floats], name: str) -> Part:
    rings = [_clean(ring, name) for ring in rings]
    outer = rings[0]
    after = np.roll(outer, -1, axis=0)
    length = np.linalg.norm(after - outer, axis=1)
    centre = ((outer + after) * length[:, None]).sum(axis=0)
    size = float(np.linalg.norm(centre))
    if size < 1e-9:
        raise BadArea(f"area {name!r} goes around the globe", remedy="Cut it into parts")
    frame = _frame(centre / size)
    corners = np.concatenate(rings)
    reach = corners @ frame[0]
    if reach.min() < math.cos(LARGEST_RAD):
        raise BadArea(
            f"area {name!r} reaches over 60 degrees from its centre", remedy="Cut it into parts"
        )
    flat = [(ring @ frame[1:].T) / (ring @ frame[0])[:, None] for ring in rings]
    _check_shape(flat, name)
    edges = [np.concatenate([ring, np.roll(ring, -1, axis=0)], axis=1) for ring in flat]
    # from sine and cosine: the cosine alone tells no small angle
    sines = np.linalg.norm(np.cross(corners, frame[0]), axis=1)
    radius = float(np.arctan2(sines, reach).max()) + 1e-9
    return Part(frame, radius, np.ascontiguousarray(np.concatenate(edges)))


def _clean(ring: Floats, name: str) -> Floats:
    """Without corners that repeat, and without edges that go out and back (along a pole's cut)."""
    kept: list[int] = []
    for k in range(len(ring)):
        if kept and np.abs(ring[k] - ring[kept[-1]]).max() < SAME_RAD:
            continue
        kept.append(k)
        while len(kept) > 2 and np.abs(ring[kept[-1]] - ring[kept[-3]]).max() < SAME_RAD:
            del kept[-2:]
    while len(kept) > 1 and np.abs(ring[kept[0]] - ring[kept[-1]]).max() < SAME_RAD:
        del kept[-1]
        while len(kept) > 3 and np.abs(ring[kept[1]] - ring[kept[-1]]).max() < SAME_RAD:
            del kept[0]
    if len(kept) < 3:
        raise BadArea(f"a ring of area {name!r} encloses nothing")
    return ring[kept]


def _frame(centre: Floats) -> Floats:
    """Axes with the centre first; any two axes across it do."""
    aside = np.zeros(3)
    aside[int(np.argmin(np.abs(centre)))] = 1.0
    x = np.cross(aside, centre)
    x /= np.linalg.norm(x)
    return np.stack([centre, x, np.cross(centre, x)])


def _check_shape(flat: list[Floats], name: str) -> None:
    import shapely  # noqa: PLC0415  (a second to load; only where areas are read)

    shape = shapely.Polygon(flat[0], flat[1:])
    if not shape.is_valid:
        raise BadArea(
            f"the outline of area {name!r} crosses itself or repeats"
            f" ({shapely.is_valid_reason(shape).split('[')[0]})",
            remedy="Draw it as closed rings that do not cross, holes inside",
        )
    if shape.area == 0.0:
        raise BadArea(f"area {name!r} encloses nothing")
