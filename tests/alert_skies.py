"""Areas and single tracks for tests of alerts."""

from typing import Any

import numpy as np

from made_up_pictures import NOW_NS, SECOND_NS, tracks_at
from skypact.alerts.rules import AreaTable, Rules, rules_from
from skypact.alerts.watch import AlertWatch
from skypact.model.tracks import Tracks

__all__ = ["NOW_NS", "SECOND_NS", "box", "polygon", "rules_of", "star", "track_at", "watch_of"]


def polygon(name: str, /, *rings: list[list[float]], **more: Any) -> AreaTable:
    """An area by its rings (longitude, latitude in degrees), a danger area unless said."""
    geometry = {"type": "Polygon", "coordinates": list(rings)}
    return AreaTable(**{"id": name, "kind": "danger", "geometry": geometry, **more})


def box(west: float, south: float, east: float, north: float) -> list[list[float]]:
    """A closed ring."""
    return [[west, south], [east, south], [east, north], [west, north], [west, south]]


def star(random: Any, x: float, y: float, reach: float, corners: int) -> list[list[float]]:
    """A ragged closed ring around a point."""
    turn = np.linspace(0.0, 2.0 * np.pi, corners, endpoint=False)
    out = random.uniform(0.4, 1.0, corners) * reach
    ring = np.stack([x + out * np.cos(turn), y + out * np.sin(turn)], axis=1)
    return [*ring.tolist(), ring[0].tolist()]


def track_at(latitude_deg: Any, longitude_deg: Any, **columns: Any) -> Tracks:
    """Tracks at places, standing still unless said."""
    latitude, longitude = np.broadcast_arrays(
        np.atleast_1d(latitude_deg).astype(float), np.atleast_1d(longitude_deg).astype(float)
    )
    return tracks_at(
        np.zeros(len(latitude)),
        np.zeros(len(latitude)),
        **{
            "velocity_mps": (0.0, 0.0),
            "latitude_rad": np.radians(latitude),
            "longitude_rad": np.radians(longitude),
            **columns,
        },
    )


def rules_of(text: str, *areas: AreaTable) -> Rules:
    """Rules from their text, with areas."""
    rules = rules_from(text)
    return Rules(rule=rules.rule, area=(*rules.area, *areas))


def watch_of(text: str, *areas: AreaTable) -> AlertWatch:
    """A watch by these rules and areas."""
    return AlertWatch("KG", rules_of(text, *areas))
