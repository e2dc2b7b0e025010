"""``skypact cover``: where sensors can see over real terrain.

``cover SENSORS.toml`` draws maps; ``cover path`` looks along one path, ``cover terrain`` says
which height models an area needs.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from skypact.cli.options import JsonOut
from skypact.cli.output import emit, progress, say
from skypact.model.errors import UsageError


class MapUnlessNamed(TyperGroup):
    """``cover SENSORS.toml`` is ``cover map SENSORS.toml``."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put ``map`` before what names no other command."""
        if args and args[0] not in self.commands and args[0] not in ("-h", "--help"):
            args = ["map", *args]
        return super().parse_args(ctx, args)


app = typer.Typer(
    cls=MapUnlessNamed,
    help="Where sensors can see over real terrain: `skypact cover SENSORS.toml ...` draws maps.",
    no_args_is_help=True,
)


@app.command("map")
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
    box: Annotated[
        str | None, typer.Option(help="Of the map: west,south,east,north in degrees.")
    ] = None,
    json_out: JsonOut = False,
) -> None:
    """Map what sensors can see over terrain: lowest visible altitude, how many see, what is lost.

    Example: skypact cover sensors.toml --terrain tiles/ --layer 3000 --layer 6000 -o coverage
    """
    from skypact.node.covering import CoverSettings, cover_file, estimate_file

    plan = CoverSettings(
        layer or [3000.0, 6000.0, 9000.0],
        cell,
        range_km * 1000.0,
        k,
        type_ or [],
        _parties(party or []),
        cross_section,
        _box(box) if box else None,
    )
    say(str(estimate_file(sensors, plan)))
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


@app.command("path")
def path(
    sensors: Annotated[Path, typer.Argument(help="SENSORS.toml", metavar="SENSORS.toml")],
    to: Annotated[
        str, typer.Option(help="Latitude,longitude,altitude above mean sea level: 42.8,74.6,3000.")
    ],
    terrain: Annotated[
        list[Path], typer.Option("--terrain", help="Height model, or a folder of them.")
    ],
    sensor: Annotated[list[str] | None, typer.Option(help="Only this one; more than one.")] = None,
    k: Annotated[
        float, typer.Option(help="Effective earth radius factor.", min=0.3, max=10.0)
    ] = 4.0 / 3.0,
    type_: Annotated[
        list[str] | None, typer.Option("--type", help="Type of sensors that name none.")
    ] = None,
    cross_section: Annotated[
        float, typer.Option(help="Of the aircraft radars look for, m2.", min=1e-4)
    ] = 2.0,
    *,
    json_out: JsonOut = False,
) -> None:
    """Look from sensors at one place: clearance, loss by diffraction, chance of detection.

    Diffraction is ITU-R P.526's delta-Bullington; the map goes by line of sight alone.

    Example: skypact cover path sensors.toml --to 42.8,74.6,3000 --terrain tiles/
    """
    from skypact.node.cover_path import PathSettings, look_at

    plan = PathSettings(k, type_ or [], cross_section)
    found = look_at(sensors, terrain, _place(to), only=sensor or [], plan=plan)
    if json_out:
        emit(found)
        return
    for row in found["sensors"]:
        chance = "" if row["chance"] is None else f", detected in {row['chance']:.0%} of scans"
        say(
            f"{row['sensor']:24} {row['distance_m'] / 1000.0:6.1f} km, clearance"
            f" {row['clearance_m']:6.0f} m, diffraction {row['diffraction_db']:5.1f} dB{chance}"
        )
    for remark in found["remarks"]:
        say(f"  {remark}")


@app.command("terrain")
def terrain(
    sensors: Annotated[Path, typer.Argument(help="SENSORS.toml", metavar="SENSORS.toml")],
    have: Annotated[
        list[Path] | None, typer.Option("--terrain", help="Height models that are there already.")
    ] = None,
    range_km: Annotated[float, typer.Option(help="How far is looked, km.", min=5.0)] = 300.0,
    *,
    json_out: JsonOut = False,
) -> None:
    """Say which public height tiles a plan needs and who publishes them; nothing is downloaded.

    With --terrain, exits 1 if some are lacking.

    Example: skypact cover terrain sensors.toml --range-km 300 --terrain tiles/
    """
    from skypact.node.cover_sensors import tiles_file

    found = tiles_file(sensors, have or [], range_km * 1000.0)
    if json_out:
        emit(found)
    else:
        for tile in found["tiles"]:
            state = "" if tile["lacking"] is None else ("lacking" if tile["lacking"] else "there")
            say(f"{tile['srtm'] or 'not in SRTM':12} {tile['glo_30']} {state}")
        say(f"{len(found['tiles'])} tiles (those over open sea do not exist)")
        for programme in found["programmes"]:
            say(f"  {programme}")
    if any(tile["lacking"] for tile in found["tiles"]):
        raise typer.Exit(1)


def _box(text: str) -> tuple[float, float, float, float]:
    """West, south, east, north; east beyond 180 where the box lies over the antimeridian."""
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError:
        raise UsageError(f"--box {text!r}", remedy="Write --box WEST,SOUTH,EAST,NORTH") from None
    if east < west:
        east += 360.0
    if not (-180.0 <= west < east <= west + 360.0 and -90.0 <= south < north <= 90.0):
        raise UsageError(f"--box {text!r} encloses nothing on earth")
    return west, south, east, north


def _place(text: str) -> tuple[float, float, float]:
    """Latitude, longitude (degrees) and altitude (m)."""
    try:
        latitude, longitude, altitude = (float(part) for part in text.split(","))
    except ValueError:
        raise UsageError(
            f"--to {text!r}", remedy="Write --to LATITUDE,LONGITUDE,ALTITUDE"
        ) from None
    if not (abs(latitude) <= 90.0 and abs(longitude) <= 180.0 and -500.0 <= altitude <= 1e6):
        raise UsageError(f"--to {text!r} lies nowhere in the air")
    return latitude, longitude, altitude
