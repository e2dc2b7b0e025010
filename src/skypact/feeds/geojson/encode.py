"""Tracks and plots as a GeoJSON FeatureCollection, written piece by piece.

In: batches. Out: bytes, a piece per batch and one at each end. Document: RFC 7946; positions are
longitude, latitude in degrees and height above the ellipsoid in metres (section 3.1.1); what has
no position has a null geometry (section 3.2).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

import numpy as np

from skypact.feeds.moments import moment_text
from skypact.model.plots import Plots
from skypact.model.sensors import SensorTable
from skypact.model.tracks import Tracks

Batch = TypeVar("Batch", Plots, Tracks)

SHARED = (
    "velocity_east_mps",
    "velocity_north_mps",
    "velocity_up_mps",
    "horizontal_sigma_m",
    "pressure_altitude_m",
)
"""Properties that plots and tracks both have, by column; left out where not known."""


def geojson_of_tracks(tracks: Tracks | Iterable[Tracks]) -> Iterator[bytes]:
    """A FeatureCollection with a Point for each track state."""
    return _collection([tracks] if isinstance(tracks, Tracks) else tracks, _track_properties)


def geojson_of_plots(plots: Plots | Iterable[Plots], sensors: SensorTable) -> Iterator[bytes]:
    """A FeatureCollection with a Point for each plot; one with only range and azimuth has none."""

    def properties(batch: Plots, row: int) -> dict[str, Any]:
        return _plot_properties(batch, row, sensors)

    return _collection([plots] if isinstance(plots, Plots) else plots, properties)


def _collection(
    batches: Iterable[Batch], properties: Callable[[Batch, int], dict[str, Any]]
) -> Iterator[bytes]:
    yield b'{"type":"FeatureCollection","features":['
    parted = ""
    for batch in batches:
        lines = [_feature(batch, row, properties(batch, row)) for row in range(len(batch))]
        if lines:
            yield (parted + "\n" + ",\n".join(lines)).encode()
            parted = ","
    yield b"\n]}\n"


def _feature(batch: Plots | Tracks, row: int, properties: dict[str, Any]) -> str:
    place = [
        float(np.degrees(batch.longitude_rad[row])),
        float(np.degrees(batch.latitude_rad[row])),
    ]
    geometry = None
    if np.isfinite(place).all():
        altitude = float(batch.altitude_m[row])
        coordinates = [round(value, 9) for value in place]
        if np.isfinite(altitude):
            coordinates.append(round(altitude, 3))
        geometry = {"type": "Point", "coordinates": coordinates}
    feature = {"type": "Feature", "geometry": geometry, "properties": properties}
    return json.dumps(feature, allow_nan=False, separators=(",", ":"))


def _shared(batch: Plots | Tracks, row: int) -> dict[str, Any]:
    found: dict[str, Any] = {"time": moment_text(int(batch.measured_ns[row]))}
    for name in SHARED:
        value = float(getattr(batch, name)[row])
        if np.isfinite(value):
            found[name] = round(value, 6)
    if batch.mode_s[row] >= 0:
        found["mode_s"] = f"{batch.mode_s[row]:06X}"
    if batch.mode_3a[row] >= 0:
        found["mode_3a"] = f"{batch.mode_3a[row]:04o}"
    callsign = batch.callsign[row].decode("ascii", "replace")
    return found | ({"callsign": callsign} if callsign else {})


def _track_properties(tracks: Tracks, row: int) -> dict[str, Any]:
    return {
        "track": int(tracks.track[row]),
        **_shared(tracks, row),
        "confirmed": bool(tracks.confirmed[row]),
        "coasting": bool(tracks.coasting[row]),
    }


def _plot_properties(plots: Plots, row: int, sensors: SensorTable) -> dict[str, Any]:
    found: dict[str, Any] = {"sensor": sensors[int(plots.sensor[row])].name, **_shared(plots, row)}
    found["received"] = moment_text(int(plots.received_ns[row]))
    for name, unit in (
        ("range_m", 1.0),
        ("azimuth_deg", 180 / np.pi),
        ("elevation_deg", 180 / np.pi),
    ):
        value = float(getattr(plots, name.replace("_deg", "_rad"))[row]) * unit
        if np.isfinite(value):
            found[name] = round(value, 9)
    if plots.source_track[row] >= 0:
        found["source_track"] = int(plots.source_track[row])
    return found
