"""``skypact cover``: where sensors can see over real terrain."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from skypact.cli.options import JsonOut
from skypact.cli.output import emit, progress, say
from skypact.model.errors import UsageError


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
    type_: Annotated[
        list[str] | None,
        typer.Option(
            "--type", help="Type of sensors that name none, for those of its kind; name or TOML."
        ),
    ] = None,
    *,
    cross_section: Annotated[
        float, typer.Option(help="Of the aircraft radars look for, m2.", min=1e-4)
    ] = 2.0,
    party: Annotated[
        list[str] | None, typer.Option(help="Whose a sensor is: NAME=PARTY; more than one.")
    ] = None,
    json_out: JsonOut = False,
) -> None:
    """Map what sensors can see over terrain: lowest visible altitude, how many see, what is lost.

    Example: skypact cover sensors.toml --terrain tiles/ --layer 3000 --layer 6000 -o coverage
    """
    from skypact.node.covering import CoverSettings, cover_file

    plan = CoverSettings(
        layer or [3000.0, 6000.0, 9000.0],
        cell,
        range_km * 1000.0,
        k,
        type_ or [],
        _parties(party or []),
        cross_section,
    )
    with progress("sweeping terrain", 1.0) as step:
        summary = cover_file(sensors, terrain, output, plan=plan, step=step)
    if json_out:
        emit(summary)
        return
    for row in summary["layers"]:
        say(
            f"{row['altitude_m']:6.0f} m: {row['seen']:.1%} in sight, {row['seen_by_two']:.1%} of"
            f" two or more; {row['likely']:.1%} detected in most scans"
        )
    for remark in summary["remarks"]:
        say(f"  {remark}")
    say(f"maps and report in {summary['folder']}")


def _parties(given: list[str]) -> dict[str, str]:
    """``NAME=PARTY`` as a table."""
    parties = {}
    for text in given:
        name, equals, party = text.rpartition("=")
        if not (name and equals and party):
            raise UsageError(f"--party {text!r}", remedy="Write --party NAME=PARTY")
        parties[name] = party
    return parties
