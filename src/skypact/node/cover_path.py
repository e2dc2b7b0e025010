"""One path from each sensor to a place: clearance, diffraction and chance of detection."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from skypact.coverage.diffraction import delta_bullington_db, profile_between
from skypact.coverage.sweep import EARTH_RADIUS_M, STANDARD_K, Mast, antenna_altitude_m
from skypact.coverage.terrain import Terrain
from skypact.model.errors import BadInput
from skypact.node.cover_sensors import Carried, carried_by, masts_of

NEAREST_M = 1000.0
"""Nearer there is no path to speak of."""


@dataclass(frozen=True, slots=True)
class PathSettings:
    """How a path is judged.

    Parameters
    ----------
    k
        Effective earth radius factor.
    types
        Types of the sensors that name none, each for those of its kind.
    cross_section_m2
        Of the aircraft that radars look for.
    frequency_hz
        For diffraction where no type tells.
    """

    k: float = STANDARD_K
    types: Sequence[str] = ()
    cross_section_m2: float = 2.0
    frequency_hz: float = 1.09e9


def look_at(
    sensors_file: Path,
    terrain_places: Sequence[Path],
    place: tuple[float, float, float],
    *,
    only: Sequence[str],
    plan: PathSettings,
) -> dict[str, Any]:
    """Look from every located sensor, or ``only`` some, at a place (degrees, degrees, m).

    Raises
    ------
    BadInput
        If a named sensor is unknown or the ground along a path is.
    """
    terrain = Terrain(terrain_places)
    carried = carried_by(sensors_file, plan.types, {}, plan.cross_section_m2)
    masts, remarks = masts_of(terrain, sensors_file, math.inf, plan.types)
    unknown = sorted(set(only) - {mast.name for mast in masts})
    if unknown:
        raise BadInput(f"no located sensor is called {', '.join(unknown)}", where=str(sensors_file))
    rows = [
        _row(terrain, mast, each, place, plan)
        for mast, each in zip(masts, carried, strict=True)
        if not only or mast.name in only
    ]
    return {"sensors": rows, "to": list(place), "remarks": remarks}


def _row(
    terrain: Terrain,
    mast: Mast,
    carried: Carried,
    place: tuple[float, float, float],
    plan: PathSettings,
) -> dict[str, Any]:
    here = mast.latitude_deg, mast.longitude_deg
    antenna_m = antenna_altitude_m(terrain.windows(*here, 5_000.0), mast)
    path = profile_between(terrain, here, place[:2], (antenna_m, place[2]))
    if place[2] < path.ground_m[-1]:
        raise BadInput(f"the place at {place[2]:.0f} m lies under the ground")
    distance_m = float(path.distance_m[-1])
    if distance_m < NEAREST_M:
        raise BadInput(f"the place is {distance_m:.0f} m from {mast.name}")
    frequency_hz = carried.frequency_hz or plan.frequency_hz
    loss_db = delta_bullington_db(path, frequency_hz, plan.k)
    return {
        "sensor": mast.name,
        "distance_m": distance_m,
        "clearance_m": path.clearance_m(plan.k),
        "frequency_hz": frequency_hz,
        "diffraction_db": loss_db,
        "chance": _chance(carried, antenna_m, place[2], distance_m, (loss_db, plan.k))
        if distance_m <= mast.range_m
        else 0.0,
    }


def _chance(
    carried: Carried,
    antenna_m: float,
    altitude_m: float,
    distance_m: float,
    path: tuple[float, float],
) -> float | None:
    """Probability of detection through diffraction; None where no type tells."""
    tables = carried.detector.tables
    if tables is None:
        return None
    loss_db, k = path
    up = altitude_m - antenna_m
    elevation = math.atan(up / distance_m - distance_m / (2.0 * k * EARTH_RADIUS_M))
    # a radar's echo is lost on both ways: 20 dB for each tenfold of range is one way
    ways = tables.decade_db / 20.0
    return float(tables.at(math.hypot(distance_m, up), elevation, loss_db * ways))
