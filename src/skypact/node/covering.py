"""A coverage plan: sensors and terrain files in, maps and figures out."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from skypact.coverage.maps import write_geotiff
from skypact.coverage.network import Network, grid_over, network_of
from skypact.coverage.page import page
from skypact.coverage.sweep import STANDARD_K, Mast, antenna_altitude_m
from skypact.coverage.terrain import Terrain, TerrainError
from skypact.model.errors import BadInput
from skypact.model.sensors import Sensor
from skypact.node.settings import read_sensors

STAND_IN_HEIGHT_M = 20.0
"""Height over the model's ground of an antenna that a coarse model would put under it."""

FORGIVEN_M = 250.0
"""A coarse height model may lie so far above the true ground in mountains."""


def cover_file(
    sensors_file: Path,
    terrain_places: Sequence[Path],
    folder: Path,
    *,
    layers_m: Sequence[float],
    cell_m: float,
    range_m: float,
    k: float = STANDARD_K,
    step: Callable[[float], None] = lambda _: None,
) -> dict[str, Any]:
    """Plan the coverage of the radars and receivers of a sensor file.

    Writes ``lowest.tif`` (a band a sensor, and all together first), ``count.tif`` (a band an
    altitude) and ``report.html`` to ``folder``.

    Raises
    ------
    BadInput
        If no sensor has a place, or the terrain does not cover one.
    """
    terrain = Terrain(terrain_places)
    masts, remarks = masts_of(terrain, sensors_file, range_m)
    grid = grid_over(masts, cell_m)
    network = network_of(terrain, masts, grid, cell_m=min(cell_m, 500.0), k=k, step=step)
    remarks += _assumptions(terrain, network, k)
    folder.mkdir(parents=True, exist_ok=True)
    names = [mast.name for mast in masts]
    together = network.together_m()
    lowest = np.concatenate([together[None], network.lowest_m])
    write_geotiff(folder / "lowest.tif", grid, lowest, ["all", *names], unit="m")
    counts = np.stack([network.count_at(altitude) for altitude in layers_m])
    write_geotiff(
        folder / "count.tif", grid, counts, [f"{a:.0f} m" for a in layers_m], unit="sensors"
    )
    (folder / "report.html").write_text(page(network, layers_m, remarks), encoding="utf-8")
    return {
        "sensors": names,
        "cells": list(grid.shape),
        "layers": [
            {
                "altitude_m": altitude,
                "seen": network.share_at(altitude),
                "seen_by_two": network.share_at(altitude, 2),
                "without": {
                    name: network.share_at(altitude, without=(number,))
                    for number, name in enumerate(names)
                },
            }
            for altitude in layers_m
        ],
        "remarks": remarks,
        "folder": str(folder),
    }


def masts_of(terrain: Terrain, sensors_file: Path, range_m: float) -> tuple[list[Mast], list[str]]:
    """The masts of a sensor file, and what had to be assumed about them.

    Raises
    ------
    BadInput
        If no sensor has a position.
    """
    sensors = [sensor for sensor in read_sensors(sensors_file) if sensor.located]
    if not sensors:
        raise BadInput("no sensor has a position", where=str(sensors_file))
    placed = [_mast(terrain, sensor, range_m) for sensor in sensors]
    return [mast for mast, _ in placed], [remark for _, remark in placed if remark]


def _mast(terrain: Terrain, sensor: Sensor, range_m: float) -> tuple[Mast, str]:
    """A sensor's mast, and what had to be assumed about it."""
    latitude_deg = math.degrees(sensor.latitude_rad)
    longitude_deg = math.degrees(sensor.longitude_rad)
    reach_m = min(sensor.max_range_m, range_m)
    mast = Mast(
        sensor.name,
        latitude_deg,
        longitude_deg,
        STAND_IN_HEIGHT_M,
        sensor.altitude_m,
        reach_m,
    )
    foot = Mast(sensor.name, latitude_deg, longitude_deg, 0.0, math.nan, reach_m)
    windows = terrain.windows(latitude_deg, longitude_deg, 5_000.0)
    ground_m = antenna_altitude_m(windows, foot)
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
    if under_m > 0.0:
        lifted = Mast(
            sensor.name, latitude_deg, longitude_deg, STAND_IN_HEIGHT_M, math.nan, reach_m
        )
        return lifted, (
            f"{sensor.name} at {sensor.altitude_m:.0f} m lies {under_m:.0f} m under the ground of"
            f" the coarse height model; its antenna stands {STAND_IN_HEIGHT_M:.0f} m over that"
        )
    return mast, ""


def _assumptions(terrain: Terrain, network: Network, k: float) -> list[str]:
    """What a reader must know to believe the maps."""
    coarse_m = terrain.layers[0].cell_m
    unknown = float(np.mean(np.isnan(network.ground_m)))
    remarks = [
        f"line of sight over terrain and an earth of {k:.2f} times its radius (standard"
        " refraction is 1.33); no detection probability: what is in sight counts as seen",
        f"the finest height model has cells of {coarse_m:.0f} m; coarser cells smooth ridges,"
        " so that the maps show more than there is to see",
    ]
    if unknown > 0.0:
        remarks.append(f"the ground of {unknown:.1%} of the map is not known: left empty")
    return remarks
