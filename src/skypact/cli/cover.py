"""``skypact cover``: where sensors can see over real terrain."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from skypact.cli.options import JsonOut
from skypact.cli.output import emit, progress, say


def cover(
    sensors: Annotated[Path, typer.Argument(help="SENSORS.toml", metavar="SENSORS.toml")],
    terrain: Annotated[
        list[Path], typer.Option("--terrain", help="Height model, or a folder of them.")
    ],
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder for maps and report.")],
    layer: Annotated[
        list[float] | None, typer.Option(help="Altitude above mean sea level, m; more than one.")
    ] = None,
    cell: Annotated[float, typer.Option(help="Edge of a map's cell, m.", min=50.0)] = 1000.0,
    range_km: Annotated[float, typer.Option(help="How far is looked, km.", min=5.0)] = 300.0,
    k: Annotated[
        float, typer.Option(help="Effective earth radius factor.", min=0.3, max=10.0)
    ] = 4.0 / 3.0,
    json_out: JsonOut = False,
) -> None:
    """Map what sensors can see over terrain: lowest visible altitude, how many see, what is lost.

    Example: skypact cover sensors.toml --terrain tiles/ --layer 3000 --layer 6000 -o coverage
    """
    from skypact.node.covering import cover_file

    with progress("sweeping terrain", 1.0) as step:
        summary = cover_file(
            sensors,
            terrain,
            output,
            layers_m=layer or [3000.0, 6000.0, 9000.0],
            cell_m=cell,
            range_m=range_km * 1000.0,
            k=k,
            step=step,
        )
    if json_out:
        emit(summary)
        return
    for row in summary["layers"]:
        say(
            f"{row['altitude_m']:6.0f} m: {row['seen']:.1%} seen, {row['seen_by_two']:.1%} by two"
            " or more"
        )
    for remark in summary["remarks"]:
        say(f"  {remark}")
    say(f"maps and report in {summary['folder']}")
