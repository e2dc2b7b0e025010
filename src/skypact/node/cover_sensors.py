"""The sensors of a coverage plan: where each stands, what it carries, whose it is.

In: SENSORS.toml, where ``type`` names a class of sensors and ``party`` a nation. Out: masts,
detectors and what had to be assumed, in words.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from skypact.coverage.likelihood import Detector
from skypact.coverage.sensor_types import SensorType, chance_tables, read_type
from skypact.coverage.sweep import Mast, antenna_altitude_m
from skypact.coverage.terrain import Terrain, TerrainError
from skypact.coverage.tiles import PROGRAMMES, lacking, tiles_for
from skypact.model.errors import BadInput
from skypact.model.sensors import Sensor
from skypact.node.settings import read_sensors
from skypact.node.toml_reading import read_toml

STAND_IN_HEIGHT_M = 20.0
"""Height over the model's ground of an antenna that a coarse model would put under it."""

FORGIVEN_M = 250.0
"""A coarse height model may lie so far above the true ground in mountains."""

FEET_PER_M = 1.0 / 0.3048


@dataclass(frozen=True, slots=True)
class Carried:
    """What stands on a mast.

    Parameters
    ----------
    detector
        How it detects and measures.
    type_title
        Of its type; empty where none is named.
    party
        Whose it is; empty where nobody is named.
    frequency_hz
        Of its type; 0 where none is named.
    """

    detector: Detector
    type_title: str
    party: str
    frequency_hz: float = 0.0


def masts_of(
    terrain: Terrain, sensors_file: Path, range_m: float, types: Sequence[str] = ()
) -> tuple[list[Mast], list[str]]:
    """The masts of a sensor file, and what had to be assumed about them.

    Raises
    ------
    BadInput
        If no sensor has a position.
    """
    placed = [_mast(terrain, sensor, range_m) for sensor, _ in located(sensors_file, types)]
    return [mast for mast, _ in placed], [remark for _, remark in placed if remark]


def masts_without_terrain(
    sensors_file: Path, range_m: float, types: Sequence[str] = ()
) -> list[Mast]:
    """Where the masts of a sensor file stand and how far they look, heights left open."""
    return [
        Mast(
            sensor.name,
            math.degrees(sensor.latitude_rad),
            math.degrees(sensor.longitude_rad),
            range_m=min(sensor.max_range_m, range_m),
        )
        for sensor, _ in located(sensors_file, types)
    ]


def located(
    sensors_file: Path, types: Sequence[str] = ()
) -> list[tuple[Sensor, SensorType | None]]:
    """The sensors of a file that have a position, with what their types say of the rest.

    ``types`` are those of the sensors that name none, each for those of its kind.

    Raises
    ------
    BadInput
        If none has a position, or a type is unknown or of another kind than its sensor.
    """
    sensors = [sensor for sensor in read_sensors(sensors_file) if sensor.located]
    if not sensors:
        raise BadInput("no sensor has a position", where=str(sensors_file))
    rows = {row["name"]: row for row in read_toml(sensors_file)["sensor"]}
    given = [read_type(name) for name in types]
    found = []
    for sensor in sensors:
        row = rows[sensor.name]
        kind = _type_of(row, sensor, given, sensors_file)
        found.append((_completed(row, sensor, kind), kind))
    return found


def tiles_file(
    sensors_file: Path, terrain_places: Sequence[Path], range_m: float
) -> dict[str, Any]:
    """Public height tiles that a plan needs, and which are lacking where height models are."""
    masts = masts_without_terrain(sensors_file, range_m)
    tiles = tiles_for(masts)
    absent = set(lacking(Terrain(terrain_places), tiles)) if terrain_places else None
    rows = [
        {
            "srtm": tile.srtm,
            "glo_30": tile.copernicus(1),
            "glo_90": tile.copernicus(3),
            "lacking": None if absent is None else tile in absent,
        }
        for tile in tiles
    ]
    return {"tiles": rows, "programmes": list(PROGRAMMES)}


def carried_by(
    sensors_file: Path,
    types: Sequence[str],
    parties: Mapping[str, str],
    cross_section_m2: float,
) -> list[Carried]:
    """What the located sensors carry, in their order.

    Parameters
    ----------
    types
        Types of the sensors that name none, each for those of its kind.
    parties
        Whose sensors are, by name, before what the file says.

    Raises
    ------
    BadInput
        If a type is unknown or of another kind than its sensor, or a party's sensor unknown.
    """
    sensors = located(sensors_file, types)
    unknown = sorted(parties.keys() - {sensor.name for sensor, _ in sensors})
    if unknown:
        raise BadInput(f"no located sensor is called {', '.join(unknown)}", where=str(sensors_file))
    rows = {row["name"]: row for row in read_toml(sensors_file)["sensor"]}
    found = []
    for sensor, kind in sensors:
        party = parties.get(sensor.name, rows[sensor.name].get("party", ""))
        if not isinstance(party, str):
            raise BadInput(f"party of {sensor.name!r} is no text", where=str(sensors_file))
        detector = _detector(sensor, kind, cross_section_m2)
        if kind is None:
            found.append(Carried(detector, "", party))
        else:
            found.append(Carried(detector, kind.title, party, kind.figures.frequency_hz))
    return found


def _type_of(
    row: Mapping[str, Any], sensor: Sensor, given: Sequence[SensorType], file: Path
) -> SensorType | None:
    name = row.get("type")
    if name is None:
        return next((kind for kind in given if kind.kind == sensor.kind), None)
    if not isinstance(name, str):
        raise BadInput(f"type of {sensor.name!r} is no text", where=str(file))
    kind = read_type(name, file.parent)
    if kind.kind != sensor.kind:
        raise BadInput(
            f"{sensor.name!r} is of kind {sensor.kind}, its type {name} of kind {kind.kind}",
            where=str(file),
        )
    return kind


def _completed(row: Mapping[str, Any], sensor: Sensor, kind: SensorType | None) -> Sensor:
    """A sensor with its type's figures where the file gives none."""
    if kind is None:
        return sensor
    filled = {
        field: getattr(kind, field)
        for key, field in (
            ("rotation_s", "rotation_s"),
            ("range_sigma_m", "range_sigma_m"),
            ("azimuth_sigma_deg", "azimuth_sigma_rad"),
            ("position_sigma_m", "position_sigma_m"),
            ("max_range_m", "max_range_m"),
        )
        if key not in row and math.isfinite(getattr(kind, field))
    }
    return replace(sensor, **filled)


def _detector(sensor: Sensor, kind: SensorType | None, cross_section_m2: float) -> Detector:
    return Detector(
        chance_tables(kind, cross_section_m2, sensor.rotation_s) if kind else None,
        sensor.detection_probability,
        sensor.min_range_m,
        sensor.range_sigma_m,
        sensor.azimuth_sigma_rad,
        0.0 if sensor.kind == "radar" else sensor.position_sigma_m,
    )


def _mast(terrain: Terrain, sensor: Sensor, range_m: float) -> tuple[Mast, str]:
    """A sensor's mast, and what had to be assumed about it."""
    place = math.degrees(sensor.latitude_rad), math.degrees(sensor.longitude_rad)
    reach_m = min(sensor.max_range_m, range_m)
    mast = Mast(sensor.name, *place, STAND_IN_HEIGHT_M, sensor.altitude_m, reach_m)
    foot = Mast(sensor.name, *place, 0.0, math.nan, reach_m)
    ground_m = antenna_altitude_m(terrain.windows(*place, 5_000.0), foot)
    if not math.isfinite(sensor.altitude_m):
        return mast, (
            f"{sensor.name} gives no altitude: its antenna stands {STAND_IN_HEIGHT_M:.0f} m over"
            f" the ground, at {ground_m + STAND_IN_HEIGHT_M:.0f} m"
        )
    under_m = ground_m - sensor.altitude_m
    if under_m > FORGIVEN_M:
        raise TerrainError(
            f"{sensor.name} at {sensor.altitude_m:.0f} m would stand {under_m:.0f} m under the"
            " ground of the height model",
            remedy="Correct its altitude (metres?) or position, or use a finer height model",
        )
    in_feet_m = ground_m * FEET_PER_M
    if ground_m > 2.0 * FORGIVEN_M and abs(sensor.altitude_m - in_feet_m) < FORGIVEN_M:
        raise TerrainError(
            f"{sensor.name} at {sensor.altitude_m:.0f} m would hang {-under_m:.0f} m over the"
            f" ground of the height model; {sensor.altitude_m:.0f} feet would be the ground itself",
            remedy="Give altitude_m in metres",
        )
    if under_m > 0.0:
        lifted = Mast(sensor.name, *place, STAND_IN_HEIGHT_M, math.nan, reach_m)
        return lifted, (
            f"{sensor.name} at {sensor.altitude_m:.0f} m lies {under_m:.0f} m under the ground of"
            f" the coarse height model; its antenna stands {STAND_IN_HEIGHT_M:.0f} m over that"
        )
    return mast, ""
