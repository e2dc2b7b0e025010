"""JSON views of the picture and the node's status, for scripts and panels.

In: tracks and status. Out: plain dictionaries in degrees, metres, metres a second and UTC
nanoseconds; what is not known is null.
"""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skypact.console.texts import callsign_text, sensor_indices
from skypact.model.status import NodeStatus
from skypact.model.tracks import Tracks


def status_view(status: NodeStatus, sequence: int) -> dict[str, Any]:
    """The node's status with the number of the picture it belongs to."""
    view: dict[str, Any] = _known({"sequence": sequence, **asdict(status)})
    return view


def track_views(tracks: Tracks, sensors: list[str]) -> list[dict[str, Any]]:
    """One dictionary a track.

    Parameters
    ----------
    tracks
        Tracks to describe.
    sensors
        Names of the node's sensors in the order of its table.
    """
    degrees = 180.0 / math.pi
    columns: dict[str, NDArray[Any]] = {
        "track": tracks.track,
        "measured_ns": tracks.measured_ns,
        "latitude_deg": tracks.latitude_rad * degrees,
        "longitude_deg": tracks.longitude_rad * degrees,
        "altitude_m": tracks.altitude_m,
        "pressure_altitude_m": tracks.pressure_altitude_m,
        "velocity_east_mps": tracks.velocity_east_mps,
        "velocity_north_mps": tracks.velocity_north_mps,
        "velocity_up_mps": tracks.velocity_up_mps,
        "horizontal_sigma_m": tracks.horizontal_sigma_m,
        "confirmed": tracks.confirmed,
        "coasting": tracks.coasting,
        "last_plot_ns": tracks.last_plot_ns,
    }
    rows = zip(*(column.tolist() for column in columns.values()), strict=True)
    return [
        _known(dict(zip(columns, row, strict=True))) | _codes(tracks, index, sensors)
        for index, row in enumerate(rows)
    ]


def track_view(tracks: Tracks, number: int, sensors: list[str]) -> dict[str, Any] | None:
    """The track of this number, or None if the picture has none."""
    found = np.flatnonzero(tracks.track == number)
    return track_views(tracks.take(found[:1]), sensors)[0] if len(found) else None


def _codes(tracks: Tracks, index: int, sensors: list[str]) -> dict[str, Any]:
    """Codes and contributing sensors of one track, as people write them."""
    mode_3a, mode_s = int(tracks.mode_3a[index]), int(tracks.mode_s[index])
    named = [k for k in sensor_indices(tracks.sensors[index]) if k < len(sensors)]
    return {
        "mode_3a": f"{mode_3a:04o}" if mode_3a >= 0 else None,
        "mode_s": f"{mode_s:06X}" if mode_s >= 0 else None,
        "callsign": callsign_text(tracks.callsign[index]) or None,
        "sensors": [sensors[k] for k in named],
    }


def _known(value: Any) -> Any:
    """The same with null for every number that is not finite, because JSON has no NaN."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _known(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_known(item) for item in value]
    return value
