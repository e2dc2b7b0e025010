"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

JsonOut = Annotated[
    bool, typer.Option("--json", help="The result as JSON on standard output.", show_default=False)
]
Sensors = Annotated[
    Path | None,
    typer.Option("--sensors", help="SENSORS.toml; without it, what the recording tells is used."),
]
Date = Annotated[
    str | None,
    typer.Option(
        "--date",
        help="UTC date (or date and time) the recording began; recordings that keep only the"
        " time of day need it. Default: a date in the file's name, else 1970-01-01.",
        metavar="YYYY-MM-DD",
    ),
]
Port = Annotated[
    int, typer.Option("--port", help="Port of the console on 127.0.0.1; 0: any free one.")
]
