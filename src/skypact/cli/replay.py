"""``skypact replay``: recordings through the live path, with or without the console."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from skypact.cli.options import Date, JsonOut, Port, Sensors
from skypact.cli.output import emit, progress, say


def _speed(text: str) -> float:
    if text == "max":
        return 0.0
    try:
        speed = float(text.removesuffix("x"))
    except ValueError:
        speed = -1.0
    if not 0.01 <= speed <= 10_000:
        raise typer.BadParameter("a number from 0.01 to 10000, or max", param_hint="--speed")
    return speed


def replay(
    recordings: Annotated[list[Path], typer.Argument(help="Recordings, any framing, .gz too.")],
    sensors: Sensors = None,
    speed: Annotated[
        str, typer.Option(help="Times real time (1, 0.25, 60), or max.", metavar="N|max")
    ] = "",
    console: Annotated[bool, typer.Option("--console", help="Serve the operator display.")] = False,
    port: Port = 8400,
    date: Date = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Write the tracks to TRACKS.parquet.")
    ] = None,
    json_out: JsonOut = False,
) -> None:
    """Play recordings through the live path.

    Example: skypact replay morning.ff.gz --speed 10 --console
    """
    times = _speed(speed or ("1" if console else "max"))
    from skypact.node.playback import play_through, play_with_console
    from skypact.node.recordings import open_recordings

    opened = open_recordings(recordings, sensors_file=sensors, date=date)
    for line in opened.notes:
        say(f"skypact: {line}")
    if console:
        summary = play_with_console(opened, speed=times, port=port, output=output, announce=say)
    else:
        if times:
            say("skypact: without --console there is nothing to pace for; replaying at max speed")
        with progress("replaying", opened.frames) as step:
            summary = play_through(opened, output=output, step=step)
    _tell(summary, json_out)


def _tell(summary: dict[str, Any], json_out: bool) -> None:
    if json_out:
        emit(summary)
        return
    say(
        f"{summary['plots']} plots, {summary['tracks']} confirmed tracks,"
        f" {summary['states']} states from {summary['from']} to {summary['to']}"
    )
    for reason, count in summary["rejected"].items():
        say(f"  refused {count} x {reason}")
    for line in summary["rejections"]:
        say(f"    {line}")
    say(f"digest {summary['digest']}")
