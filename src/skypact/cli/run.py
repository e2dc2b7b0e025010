"""``skypact run``: a live node on the feeds of its file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from skypact.cli.options import JsonOut, Port
from skypact.cli.output import emit, say


def run(
    node: Annotated[Path, typer.Argument(help="NODE.toml", metavar="NODE.toml")],
    port: Port = 8400,
    seconds: Annotated[
        float | None, typer.Option("--for", help="End after so many seconds.", min=0.0)
    ] = None,
    json_out: JsonOut = False,
) -> None:
    """Run a live node and serve its console on this machine.

    Example: skypact run examples/nodes/kyrgyzstan.toml
    """
    from skypact.node.settings import read_node

    settings = read_node(node)  # a mistake in the file is said before anything heavy is loaded
    from skypact.node.service import run_node

    summary = run_node(settings, port=port, seconds=seconds, announce=say)
    if json_out:
        emit(summary)
