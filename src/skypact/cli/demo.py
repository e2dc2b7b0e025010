"""``skypact demo``: an exercise, its sensors' bytes on sockets, a live node and its console."""

from __future__ import annotations

from typing import Annotated

import typer

from skypact.cli.options import Port
from skypact.cli.output import emit, say


def demo(
    seconds: Annotated[
        float | None, typer.Option("--for", help="End after so many seconds.", min=1.0)
    ] = None,
    port: Port = 8400,
) -> None:
    """Show Skypact at work: an exercise on this machine, open in the browser.

    A second process plays the sensors and sends their bytes to sockets; a live node receives,
    tracks and shows them. Example: skypact demo --for 60
    """
    from skypact.node.demo import run

    emit(run(seconds=seconds, port=port, announce=say))
