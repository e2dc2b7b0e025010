"""``skypact decode``: feed bytes to columns."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from skypact.cli.options import Date, JsonOut, Sensors
from skypact.cli.output import emit, say


def decode(
    files: Annotated[list[Path], typer.Argument(help="Recordings, any framing, .gz too.")],
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="OUT.parquet or OUT.ndjson; without it NDJSON."),
    ] = None,
    items: Annotated[
        bool,
        typer.Option(
            "--items", help="Every item of every record (per category) instead of the plot table."
        ),
    ] = False,
    sensors: Sensors = None,
    date: Date = None,
    json_out: JsonOut = False,
) -> None:
    """Decode recordings to the plot table, or to every item of every record.

    Example: skypact decode radar.pcap -o plots.parquet
    """
    from skypact.node.decoding import decode as decode_files

    done = decode_files(files, output, items=items, sensors_file=sensors, date=date)
    for line in done.notes:
        say(f"skypact: {line}")
    if json_out and output is not None:
        emit(done.summary())
        return
    for line in done.lines():
        say(line)
