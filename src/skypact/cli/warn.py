"""``skypact warn``: how long before arrival a flyer is first seen."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from skypact.cli.options import JsonOut
from skypact.cli.output import emit, progress, say


def warn(
    sensors: Annotated[Path, typer.Argument(help="SENSORS.toml", metavar="SENSORS.toml")],
    sites: Annotated[
        Path, typer.Option("--sites", help="TOML with [[site]]: name and position in degrees.")
    ],
    terrain: Annotated[
        list[Path], typer.Option("--terrain", help="Height model, or a folder of them.")
    ],
    height: Annotated[float, typer.Option(help="Flyer's height above ground, m.")] = 300.0,
    speed: Annotated[float, typer.Option(help="Flyer's speed, m/s.", min=1.0)] = 250.0,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="GeoTIFF of minutes.")
    ] = None,
    cell: Annotated[float, typer.Option(help="Edge of a map's cell, m.", min=100.0)] = 2000.0,
    range_km: Annotated[float, typer.Option(help="How far is looked, km.", min=5.0)] = 300.0,
    *,
    json_out: JsonOut = False,
) -> None:
    """Minutes between first detection and arrival, coming by the least seen way.

    A gap analysis: where the picture has holes, how long they leave, and what each sensor gives.

    Example: skypact warn sensors.toml --sites towns.toml --terrain tiles/ --height 300
    """
    from skypact.node.planning import PlanSettings, warn_file

    with progress("sweeping terrain", 1.0) as step:
        summary = warn_file(
            sensors,
            terrain,
            sites,
            output,
            plan=PlanSettings(cell, range_km * 1000.0, height),
            speed_mps=speed,
            step=step,
        )
    if json_out:
        emit(summary)
        return
    for row in summary["sites"]:
        least = min(
            (minutes for minutes in row["without"].values() if minutes is not None), default=None
        )
        say(f"{row['site']:24} {_minutes(row['minutes'])}, {_minutes(least)} if one sensor fails")
    say(
        f"{summary['open_share']:.1%} of the area can be reached unseen at {height:.0f} m above"
        f" ground; {summary['pocket_share']:.1%} is unseen but closed in"
    )
    for remark in summary["remarks"]:
        say(f"  {remark}")


def _minutes(value: float | None) -> str:
    return "off the map" if value is None else f"{value:5.1f} min"
