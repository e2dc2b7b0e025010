"""Plans over a coverage: warning times at sites, and where further sensors should stand."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skypact.coverage.maps import write_geotiff
from skypact.coverage.network import Network, grid_over, ground_over, network_of
from skypact.coverage.siting import choose_sites
from skypact.coverage.sweep import Mast, sweep
from skypact.coverage.terrain import Terrain
from skypact.coverage.warning import warning_map
from skypact.model.errors import BadInput
from skypact.node.cover_sensors import masts_of

RAYS_CELL_M = 1000.0
"""A plan's sweeps are as fine as its map, and not finer than this."""


@dataclass(frozen=True, slots=True)
class Place:
    """A named point of a sites file."""

    name: str
    latitude_deg: float
    longitude_deg: float
    height_m: float
    cost: float


def read_places(file: Path) -> list[Place]:
    """Read ``[[site]]`` tables: name, latitude_deg, longitude_deg, height_m (20), cost (1).

    Raises
    ------
    BadInput
        With the table that is wrong.
    """
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadInput(f"cannot be read: {error}", where=str(file)) from None
    places = []
    for number, table in enumerate(content.get("site", []), 1):
        try:
            place = Place(
                str(table["name"]),
                float(table["latitude_deg"]),
                float(table["longitude_deg"]),
                float(table.get("height_m", 20.0)),
                float(table.get("cost", 1.0)),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise BadInput(f"[[site]] {number}: {error!r}", where=str(file)) from None
        if not (place.cost >= 0.0 and math.isfinite(place.height_m)):
            raise BadInput(f"[[site]] {place.name!r}: cost or height_m is off", where=str(file))
        if not (abs(place.latitude_deg) <= 90.0 and abs(place.longitude_deg) <= 180.0):
            raise BadInput(f"[[site]] {place.name!r} lies nowhere on earth", where=str(file))
        places.append(place)
    if not places:
        raise BadInput("has no [[site]]", where=str(file))
    return places


@dataclass(frozen=True, slots=True)
class PlanSettings:
    """What the plans share.

    Parameters
    ----------
    cell_m, range_m
        Cells of the map, and how far is looked.
    height_m
        Of flyers above ground.
    """

    cell_m: float
    range_m: float
    height_m: float


def warn_file(
    sensors_file: Path,
    terrain_places: Sequence[Path],
    sites_file: Path,
    output: Path | None,
    *,
    plan: PlanSettings,
    speed_mps: float,
    step: Callable[[float], None] = lambda _: None,
) -> dict[str, Any]:
    """Minutes between first detection and arrival at sites, and what each sensor gives them."""
    terrain, places = Terrain(terrain_places), read_places(sites_file)
    masts, remarks = masts_of(terrain, sensors_file, plan.range_m)
    network = _network(terrain, masts, plan, step)
    whole = warning_map(network, height_m=plan.height_m, speed_mps=speed_mps)
    rows: list[dict[str, Any]] = [
        {"site": place.name, "minutes": _known(whole.at(place.latitude_deg, place.longitude_deg))}
        for place in places
    ]
    for number, mast in enumerate(masts):
        failed = warning_map(
            network, height_m=plan.height_m, speed_mps=speed_mps, without=(number,)
        )
        for row, place in zip(rows, places, strict=True):
            minutes = _known(failed.at(place.latitude_deg, place.longitude_deg))
            row.setdefault("without", {})[mast.name] = minutes
    if output is not None:
        write_geotiff(output, network.grid, whole.minutes[None], ["warning"], unit="minutes")
    return {
        "sites": rows,
        "open_share": whole.open_share,
        "pocket_share": whole.pocket_share,
        "height_m": plan.height_m,
        "speed_mps": speed_mps,
        "remarks": remarks,
    }


def site_file(
    candidates_file: Path,
    terrain_places: Sequence[Path],
    sensors_file: Path | None,
    count: int,
    *,
    plan: PlanSettings,
    redundancy: int = 1,
    budget: float = math.inf,
    step: Callable[[float], None] = lambda _: None,
) -> dict[str, Any]:
    """Choose at most ``count`` sites, of ``budget`` together, beside those that stand."""
    terrain, places = Terrain(terrain_places), read_places(candidates_file)
    if count > len(places):
        raise BadInput(
            f"{count} sites wanted, {len(places)} candidates", where=str(candidates_file)
        )
    standing, remarks = masts_of(terrain, sensors_file, plan.range_m) if sensors_file else ([], [])
    masts = standing + [
        Mast(p.name, p.latitude_deg, p.longitude_deg, p.height_m, math.nan, plan.range_m)
        for p in places
    ]
    sees, weight = _seen_by(terrain, masts, plan, step)
    fixed = list(range(len(standing)))
    cost = np.array([0.0] * len(standing) + [place.cost for place in places])
    choice = choose_sites(
        sees, weight, count, fixed=fixed, redundancy=redundancy, cost=cost, budget=budget
    )
    whole = float(weight.sum())
    return {
        "chosen": [masts[k].name for k in choice.sites if k >= len(standing)],
        "cost": float(cost[list(choice.sites)].sum()),
        "standing": [mast.name for mast in standing],
        "covered_share": choice.covered / whole,
        "before_share": float(weight[sees[fixed].sum(axis=0) >= redundancy].sum()) / whole
        if fixed
        else 0.0,
        "bound_share": choice.bound / whole,
        "gap": choice.gap,
        "height_m": plan.height_m,
        "remarks": remarks,
    }


def _network(
    terrain: Terrain, masts: list[Mast], plan: PlanSettings, step: Callable[[float], None]
) -> Network:
    grid = grid_over(masts, plan.cell_m)
    return network_of(terrain, masts, grid, cell_m=min(plan.cell_m, RAYS_CELL_M), step=step)


def _seen_by(
    terrain: Terrain, masts: list[Mast], plan: PlanSettings, step: Callable[[float], None]
) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Who would see which cell, bool (masts, cells), and the cells' areas; one mast at a time."""
    grid = grid_over(masts, plan.cell_m)
    ground_m = ground_over(terrain, grid)
    known = ~np.isnan(ground_m)
    sees = np.empty((len(masts), int(known.sum())), np.bool_)
    for number, mast in enumerate(masts):
        swept = sweep(terrain, mast, cell_m=min(plan.cell_m, RAYS_CELL_M))
        lowest = swept.lowest_over_globe(grid.latitude_deg, grid.longitude_deg, ground_m)
        sees[number] = (lowest <= ground_m + plan.height_m)[known]
        step((number + 1) / len(masts))
    area = np.broadcast_to(grid.cell_km2[:, None], grid.shape)
    return sees, np.ascontiguousarray(area[known])


def _known(value: float) -> float | None:
    return value if math.isfinite(value) else None
