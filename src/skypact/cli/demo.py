"""``skypact demo``: two nations and a joint post share the picture of an exercise."""

from __future__ import annotations

from typing import Annotated

import typer

from skypact.cli.output import emit, say


def demo(
    seconds: Annotated[
        float | None, typer.Option("--for", help="End after so many seconds.", min=1.0)
    ] = None,
    port: Annotated[
        int,
        typer.Option(
            help="Port of the first console on this machine, the others take the next two;"
            " 0 takes any free ones.",
            min=0,
            max=65533,
        ),
    ] = 8400,
) -> None:
    """Show Skypact at work: two nations and their joint post on this machine, in the browser.

    Each station is a process with its own NATS server and console; another one plays the sensors
    and sends their bytes to sockets. In a console's list of links (key P) any link can be cut and
    restored. Example: skypact demo --for 60
    """
    from skypact.node.demo import run

    emit(run(seconds=seconds, port=port, announce=say))
