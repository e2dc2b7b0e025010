"""JSON views of the picture and the node's status, for scripts and panels.

In: picture and status. Out: plain dictionaries in degrees, metres, metres a second and UTC
nanoseconds; what is not known is null. What partners say is cut to a bounded size here, and is
otherwise passed on as it came: readers must not take it for markup.
"""

from __future__ import annotations

import math
from dataclasses import asdict, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skypact.console.texts import callsign_text, sensor_indices
from skypact.model.joint import JointTracks
from skypact.model.status import NodeStatus, PartnerStatus, ReportStatus
from skypact.model.tracks import Tracks

REPORTS_SHOWN = 200  # newest first
PARTNERS_SHOWN = 200
REASONS_SHOWN = 40  # of refusals, the most frequent
TEXT_CUT, NAME_CUT = 4000, 64  # characters
CORNERS_CUT, TRACKS_CUT = 200, 100  # of a report's area, and that it names
STATIONS_CUT = 64  # bits of contributors


def status_view(status: NodeStatus, sequence: int) -> dict[str, Any]:
    """The node's status with the number of the picture it belongs to."""
    bounded = replace(
        status,
        partners=tuple(_bounded_partner(row) for row in status.partners[:PARTNERS_SHOWN]),
        reports=(),
    )
    view: dict[str, Any] = known_values({"sequence": sequence, **asdict(bounded)})
    return view | {"reports": report_views(status)}


def report_views(status: NodeStatus) -> list[dict[str, Any]]:
    """Threat reports that hold, newest first, each within its limits."""
    return [known_values(asdict(_bounded_report(row))) for row in status.reports[:REPORTS_SHOWN]]


def _bounded_partner(row: PartnerStatus) -> PartnerStatus:
    frequent = sorted(row.refused.items(), key=lambda reason: (-reason[1], reason[0]))
    return replace(
        row,
        refused={name[:NAME_CUT]: count for name, count in frequent[:REASONS_SHOWN]},
        trouble=row.trouble[:TEXT_CUT],
    )


def _bounded_report(row: ReportStatus) -> ReportStatus:
    return replace(
        row,
        id=row.id[:NAME_CUT],
        station=row.station[:NAME_CUT],
        party=row.party[:NAME_CUT],
        classification=row.classification[:NAME_CUT],
        text=row.text[:TEXT_CUT],
        outline_deg=row.outline_deg[:CORNERS_CUT],
        tracks=row.tracks[:TRACKS_CUT],
    )


def track_views(picture: JointTracks | Tracks, sensors: list[str]) -> list[dict[str, Any]]:
    """One dictionary a track.

    Parameters
    ----------
    picture
        Tracks to describe; those of a joint picture also say whose they are.
    sensors
        Names of the node's sensors in the order of its table.
    """
    tracks = picture.tracks if isinstance(picture, JointTracks) else picture
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
        known_values(dict(zip(columns, row, strict=True)))
        | _codes(tracks, index, sensors)
        | (_shares(picture, index) if isinstance(picture, JointTracks) else {})
        for index, row in enumerate(rows)
    ]


def track_view(
    picture: JointTracks | Tracks, number: int, sensors: list[str]
) -> dict[str, Any] | None:
    """The track of this number, or None if the picture has none."""
    tracks = picture.tracks if isinstance(picture, JointTracks) else picture
    found = np.flatnonzero(tracks.track == number)
    return track_views(picture.take(found[:1]), sensors)[0] if len(found) else None


def _shares(picture: JointTracks, index: int) -> dict[str, Any]:
    """Whose a joint track is: its numbers, who reports it, who contributes."""
    number, own = int(picture.tracks.track[index]), int(picture.own_track[index])
    stations, bits = picture.stations, int(picture.contributors[index])
    reporter = int(picture.reporter[index])
    return {
        "joint_number": number if number > 0 else None,
        "own_track": own if own >= 0 else None,
        "reporter": stations[reporter] if 0 <= reporter < len(stations) else None,
        "contributors": [code for k, code in enumerate(stations[:STATIONS_CUT]) if bits >> k & 1],
        "unconfirmed": bool(picture.unconfirmed[index]),
        "blurred": bool(picture.blurred[index]),
    }


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


def known_values(value: Any) -> Any:
    """The same with null for every number that is not finite, because JSON has no NaN."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: known_values(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [known_values(item) for item in value]
    return value
