"""``skypact site``: where further sensors should stand."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from skypact.cli.options import JsonOut
from skypact.cli.output import emit, progress, say


def site(
    candidates: Annotated[
        Path, typer.Argument(help="TOML with [[site]]: name and position.", metavar="SITES.toml")
    ],
    terrain: Annotated[
        list[Path], typer.Option("--terrain", help="Height model, or a folder of them.")
    ],
    count: Annotated[int, typer.Option("-n", "--count", help="How many to choose.", min=1)] = 1,
    sensors: Annotated[
        Path | None, typer.Option("--sensors", help="SENSORS.toml of those that stand.")
    ] = None,
    height: Annotated[float, typer.Option(help="Flyers' height above ground, m.")] = 500.0,
    redundancy: Annotated[int, typer.Option(help="So many must see a place.", min=1)] = 1,
    cell: Annotated[float, typer.Option(help="Edge of a map's cell, m.", min=100.0)] = 3000.0,
    range_km: Annotated[float, typer.Option(help="How far is looked, km.", min=5.0)] = 200.0,
    *,
    budget: Annotated[
        float, typer.Option(help="What the chosen may cost together (cost of each [[site]], 1).")
    ] = float("inf"),
    json_out: JsonOut = False,
) -> None:
    """Choose sites that cover most beside those that stand, and say how far from the best it is.

    Example: skypact site sites.toml -n 3 --sensors sensors.toml --terrain tiles/
    """
    from skypact.node.planning import PlanSettings, site_file

    with progress("sweeping terrain", 1.0) as step:
        summary = site_file(
            candidates,
            terrain,
            sensors,
            count,
            plan=PlanSettings(cell, range_km * 1000.0, height),
            redundancy=redundancy,
            budget=budget,
            step=step,
        )
    if json_out:
        emit(summary)
        return
    say(f"chosen: {', '.join(summary['chosen']) or 'none'}")
    say(
        f"{summary['before_share']:.1%} covered before, {summary['covered_share']:.1%} with them;"
        f" no choice passes {summary['bound_share']:.1%}"
    )
    for remark in summary["remarks"]:
        say(f"  {remark}")
