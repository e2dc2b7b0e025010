"""A coverage plan: sensors and terrain files in, maps and figures out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from skypact.coverage.estimate import Estimate, estimate_of, require_memory
from skypact.coverage.gaps import Gap, gaps_at, largest, write_geojson, write_kml
from skypact.coverage.likelihood import LIKELY, Likelihood, likelihood_of
from skypact.coverage.maps import (
    COUNT_COLOURS,
    LAYER_STEPS_M,
    UNDER_GROUND,
    colours_of,
    colours_of_count,
    scale_entries,
    write_geotiff,
)
from skypact.coverage.network import Network, grid_over, network_of
from skypact.coverage.overlap import disagreements
from skypact.coverage.page import page
from skypact.coverage.parties import party_shares
from skypact.coverage.pictures import write_picture
from skypact.coverage.sweep import STANDARD_K
from skypact.coverage.terrain import Terrain
from skypact.node.cover_sensors import Carried, carried_by, masts_of, masts_without_terrain

RAYS_CELL_M = 500.0
"""Rays are as fine as the map, and not coarser than this."""


@dataclass(frozen=True, slots=True)
class CoverSettings:
    """What is mapped, and how.

    Parameters
    ----------
    layers_m
        Altitudes above mean sea level.
    cell_m, range_m
        Cells of the map, and how far is looked.
    k
        Effective earth radius factor.
    types
        Types of the sensors that name none, each for those of its kind.
    parties
        Whose sensors are, by name, before what the file says.
    cross_section_m2
        Of the aircraft that radars look for.
    box
        West, south, east, north of the map in degrees; None for all that is in reach.
    """

    layers_m: Sequence[float]
    cell_m: float
    range_m: float
    k: float = STANDARD_K
    types: Sequence[str] = ()
    parties: Mapping[str, str] = field(default_factory=dict)
    cross_section_m2: float = 2.0
    box: tuple[float, float, float, float] | None = None

    @property
    def rays_m(self) -> float:
        """Spacing of rays at full range."""
        return min(self.cell_m, RAYS_CELL_M)


def cover_file(
    sensors_file: Path,
    terrain_places: Sequence[Path],
    folder: Path,
    *,
    plan: CoverSettings,
    step: Callable[[float], None] = lambda _: None,
) -> dict[str, Any]:
    """Plan the coverage of the radars and receivers of a sensor file.

    Writes ``lowest.tif`` (a band a sensor, and all together first), ``count.tif``,
    ``plots.tif`` and ``accuracy.tif`` (a band an altitude), ``probability.tif`` (three bands an
    altitude), ``gaps.geojson``, ``gaps.kml``, pictures and ``report.html`` to ``folder``.

    Raises
    ------
    BadInput
        If no sensor has a place, or the terrain does not cover one.
    """
    carried = carried_by(sensors_file, plan.types, plan.parties, plan.cross_section_m2)
    terrain = Terrain(terrain_places)
    masts, remarks = masts_of(terrain, sensors_file, plan.range_m, plan.types)
    grid = grid_over(masts, plan.cell_m, plan.box)
    require_memory(estimate_of(masts, grid.shape, plan.rays_m, len(plan.layers_m)))
    network = network_of(
        terrain, masts, grid, cell_m=plan.rays_m, k=plan.k, step=lambda part: step(0.8 * part)
    )
    likelihood = likelihood_of(
        network,
        [each.detector for each in carried],
        plan.layers_m,
        step=lambda part: step(0.8 + 0.2 * part),
    )
    remarks += _assumptions(terrain, network, carried, plan)
    folder.mkdir(parents=True, exist_ok=True)
    _write_maps(folder, network, likelihood)
    _write_pictures(folder, network, likelihood)
    gaps = [gap for altitude in plan.layers_m for gap in gaps_at(network, altitude)]
    write_geojson(folder / "gaps.geojson", gaps)
    write_kml(folder / "gaps.kml", gaps)
    parties = party_shares(network, [each.party for each in carried], plan.layers_m)
    text = page(network, likelihood, remarks, gaps=gaps, parties=parties)
    (folder / "report.html").write_text(text, encoding="utf-8")
    return {
        "sensors": [mast.name for mast in masts],
        "cells": list(grid.shape),
        "layers": [_layer(network, likelihood, k) for k in range(len(plan.layers_m))],
        "parties": [asdict(share) for share in parties],
        "gaps": [_gap(gap) for altitude in plan.layers_m for gap in largest(gaps, altitude)],
        "remarks": remarks,
        "folder": str(folder),
    }


def estimate_file(sensors_file: Path, plan: CoverSettings) -> Estimate:
    """What a plan will cost, before any terrain is read.

    Raises
    ------
    TooLarge
        If it does not fit this machine.
    """
    masts = masts_without_terrain(sensors_file, plan.range_m, plan.types)
    grid = grid_over(masts, plan.cell_m, plan.box)
    estimate = estimate_of(masts, grid.shape, plan.rays_m, len(plan.layers_m))
    require_memory(estimate)
    return estimate


def _gap(gap: Gap) -> dict[str, Any]:
    """A gap's figures, without its outline."""
    return {
        "altitude_m": gap.altitude_m,
        "area_km2": gap.area_km2,
        "latitude_deg": gap.latitude_deg,
        "longitude_deg": gap.longitude_deg,
        "place": gap.place,
    }


def _layer(network: Network, likelihood: Likelihood, k: int) -> dict[str, Any]:
    """The figures of one altitude."""
    altitude = likelihood.altitude_m[k]
    accuracy, area = likelihood.accuracy_m[k], network.area_km2
    told = ~np.isnan(accuracy)
    return {
        "altitude_m": altitude,
        "seen": network.share_at(altitude),
        "seen_by_two": network.share_at(altitude, 2),
        "likely": likelihood.share_at(k, area, LIKELY, 1),
        "likely_by_two": likelihood.share_at(k, area, LIKELY, 2),
        "median_accuracy_m": float(np.median(accuracy[told])) if told.any() else None,
        "without": {
            mast.name: network.share_at(altitude, without=(number,))
            for number, mast in enumerate(network.masts)
        },
    }


def _write_maps(folder: Path, network: Network, likelihood: Likelihood) -> None:
    grid = network.grid
    lowest = np.concatenate([network.together_m()[None], network.lowest_m])
    names = ["all", *(mast.name for mast in network.masts)]
    write_geotiff(folder / "lowest.tif", grid, lowest, names, unit="m")
    counts = np.stack([network.count_at(altitude) for altitude in likelihood.altitude_m])
    titles = [f"{altitude:.0f} m" for altitude in likelihood.altitude_m]
    write_geotiff(folder / "count.tif", grid, counts, titles, unit="sensors")
    write_geotiff(folder / "plots.tif", grid, likelihood.plots, titles, unit="plots a scan")
    write_geotiff(folder / "accuracy.tif", grid, likelihood.accuracy_m, titles, unit="m")
    chances = likelihood.at_least.reshape(-1, *grid.shape)
    by = [f"{title}, {least} or more" for title in titles for least in (1, 2, 3)]
    write_geotiff(folder / "probability.tif", grid, chances, by, unit="1")


def _write_pictures(folder: Path, network: Network, likelihood: Likelihood) -> None:
    """Lowest visible altitude, and for each altitude who sees and who detects."""
    grid, masts = network.grid, network.masts
    low, high = LAYER_STEPS_M
    lowest = colours_of(network.together_m())
    title = "LOWEST VISIBLE ALTITUDE ABOVE SEA LEVEL"
    entries = scale_entries((high, low), "M")
    write_picture(folder / "lowest.png", grid, lowest, title, entries, masts)
    words = ("NOBODY", "ONE", "TWO", "THREE OR MORE", "GROUND IS HIGHER")
    colours = [tuple(colour) for colour in COUNT_COLOURS.tolist()]
    named = list(zip([*colours, UNDER_GROUND], words, strict=True))
    for k, altitude in enumerate(likelihood.altitude_m):
        seen = colours_of_count(network.count_at(altitude))
        title = f"IN SIGHT OF SENSORS AT {altitude:.0f} M"
        write_picture(folder / f"seen-{altitude:.0f}m.png", grid, seen, title, named, masts)
        likely = colours_of(likelihood.at_least[k, 0], (1.0, 0.0))
        title = f"DETECTED IN A SCAN AT {altitude:.0f} M"
        chances = scale_entries((0.0, 100.0), "%")
        write_picture(folder / f"likely-{altitude:.0f}m.png", grid, likely, title, chances, masts)


def _assumptions(
    terrain: Terrain, network: Network, carried: Sequence[Carried], plan: CoverSettings
) -> list[str]:
    """What a reader must know to believe the maps."""
    cells = ", ".join(f"{layer.cell_m:.0f}" for layer in terrain.layers)
    unknown = float(np.mean(np.isnan(network.ground_m)))
    remarks = [
        f"line of sight over terrain and an earth of {plan.k:.2f} times its radius (standard"
        " refraction is 1.33); no reflection, clutter, weather or attenuation by air",
        f"the height models have cells of {cells} m; coarse cells smooth ridges, so that the maps"
        " show more than there is to see: with 1.8 km in mountains half as much again",
    ]
    for mast, each in zip(network.masts, carried, strict=True):
        if each.type_title:
            text = f"{mast.name} is of the type {each.type_title}"
            if each.detector.position_sigma_m == 0.0:
                text += f"; aircraft of {plan.cross_section_m2:g} m2"
        else:
            text = f"{mast.name} names no type: what it has in sight it detects with"
            text += f" {each.detector.chance:.2f}"
        remarks.append(text)
    remarks += [str(pair) for pair in disagreements(terrain)]
    if unknown > 0.0:
        remarks.append(f"the ground of {unknown:.1%} of the map is not known: left empty")
    return remarks
