"""Checks the areas of an agreement: that they are there, and enclose something.

GeoJSON (RFC 7946) Polygon or MultiPolygon in degrees, longitude first; an area that crosses
the antimeridian is cut there into a MultiPolygon (section 3.1.9).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from skypact.agreement.document import Area, Document
from skypact.agreement.problems import Problem

MOST_POINTS = 100_000
"""Of one area: an outline in metres is no finer than a border in a treaty."""


def area_problems(document: Document) -> Iterator[Problem]:
    """What is wrong with the areas' outlines."""
    for number, area in enumerate(document.area):
        path = f"area[{number}]"
        if not area.geometry and not area.file:
            yield Problem(
                "area-without-outline",
                "error",
                path,
                f"area {area.id!r} has no outline",
                "Name a GeoJSON file or write the geometry",
            )
        elif area.geometry:
            wrong = _wrong(area.geometry)
            if wrong:
                yield Problem(
                    "area-invalid",
                    "error",
                    f"{path}.geometry",
                    f"area {area.id!r}: {wrong}",
                    "Draw it as closed rings that do not cross, longitude before latitude",
                )
        yield from _owner(area, path)


def _owner(area: Area, path: str) -> Iterator[Problem]:
    if area.kind == "border" and not area.owner:
        yield Problem(
            "area-without-owner",
            "warning",
            path,
            f"border strip {area.id!r} belongs to nobody",
            "Name its owner",
        )


def _wrong(geometry: dict[str, Any]) -> str:
    """What is wrong with a geometry; empty if nothing."""
    kind, coordinates = geometry.get("type"), geometry.get("coordinates")
    if kind not in ("Polygon", "MultiPolygon"):
        return f"its type is {kind!r}, not Polygon or MultiPolygon"
    polygons = [coordinates] if kind == "Polygon" else coordinates
    if not isinstance(polygons, list) or not polygons:
        return "it has no rings"
    points = 0
    for polygon in polygons:
        if not isinstance(polygon, list) or not polygon:
            return "a polygon has no rings"
        for ring in polygon:
            wrong = _wrong_ring(ring)
            if wrong:
                return wrong
            points += len(ring)
            if points > MOST_POINTS:
                return f"it has more than {MOST_POINTS} points"
    return _wrong_shape(geometry)


def _wrong_ring(ring: Any) -> str:
    if not isinstance(ring, list) or len(ring) < 4:
        return "a ring has fewer than four points"
    for point in ring:
        if not isinstance(point, list) or len(point) < 2 or not all(map(_finite, point)):
            return f"{str(point)[:60]} is no position"
        if abs(point[0]) > 180.0 or abs(point[1]) > 90.0:
            return f"{point[:2]} is not longitude and latitude in degrees"
    for one, other in pairwise(ring):
        far = abs(one[0] - other[0]) > 180.0
        if far and not abs(one[0]) == abs(other[0]) == 180.0:  # along a parallel, all round
            return f"it goes from {one[:2]} to {other[:2]}: cut it at the 180th meridian"
    return "" if ring[0] == ring[-1] else "a ring does not end where it begins"


def _finite(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _wrong_shape(geometry: dict[str, Any]) -> str:
    import shapely  # noqa: PLC0415  (a second to load; most documents carry no geometry)
    from shapely.validation import explain_validity  # noqa: PLC0415

    shape = shapely.geometry.shape(geometry)
    if not shape.is_valid:
        return f"its outline crosses itself or repeats ({explain_validity(shape)})"
    return "it encloses nothing" if shape.area == 0.0 else ""
