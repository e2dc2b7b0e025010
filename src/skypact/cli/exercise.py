"""``skypact exercise``: play an exercise's sensors to sockets."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from skypact.cli.options import JsonOut
from skypact.cli.output import emit, say

app = typer.Typer(help="Exercises: sensors that send real bytes.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Exercises: sensors that send real bytes."""


@app.command()
def transmit(
    exercise: Annotated[Path, typer.Argument(help="EXERCISE.toml", metavar="EXERCISE.toml")],
    nodes: Annotated[
        list[Path] | None,
        typer.Option(
            "--to",
            help="NODE.toml whose feeds are sent to, again for each node that has some of the"
            " sensors; channels of no node keep the exercise's own addresses.",
            metavar="NODE.toml",
        ),
    ] = None,
    seconds: Annotated[
        float | None, typer.Option("--for", help="End after so many seconds.", min=0.0)
    ] = None,
    speed: Annotated[float, typer.Option(help="Times real time.", min=0.01, max=100.0)] = 1.0,
    json_out: JsonOut = False,
) -> None:
    """Send what the exercise's sensors would send, to the addresses a node listens on.

    Example: skypact exercise transmit examples/exercises/kyrgyzstan.toml
    """
    from skypact.model.errors import UsageError
    from skypact.node.settings import read_node
    from skypact.simulator.transmit import run

    addresses: dict[str, str] = {}
    for node in nodes or ():
        for feed in read_node(node).feeds:
            if addresses.setdefault(feed.name, feed.address) != feed.address:
                raise UsageError(
                    f"{feed.name!r} would go to two addresses",
                    where=str(node),
                    remedy="A sensor's bytes go to one node, or to one multicast address",
                )
    sent = run(
        exercise,
        addresses=addresses,
        duration_s=seconds,
        speed=speed,
    )
    if json_out:
        emit(asdict(sent))
    else:
        say(f"sent {sent.emissions} datagrams, {sent.sent_bytes} bytes")
