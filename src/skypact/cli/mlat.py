"""``skypact mlat``: times of arrival at several receivers to plots."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from skypact.cli.options import Date, JsonOut
from skypact.cli.output import emit, say


def mlat(
    sets: Annotated[
        list[Path], typer.Argument(help="Times of arrival, SET.csv (LocaRDS form), .gz too.")
    ],
    *,
    receivers: Annotated[
        Path, typer.Option("--receivers", help="Where the receivers stand, SENSORS.csv.")
    ],
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="OUT.parquet, .ndjson, .csv or .geojson."),
    ] = None,
    date: Date = None,
    json_out: JsonOut = False,
) -> None:
    """Locate transmitters from times of arrival; poor geometry is refused, not guessed.

    Example: skypact mlat set_1.csv --receivers sensors.csv -o plots.parquet
    """
    from skypact.node.locating import locate

    done = locate(sets, receivers, output, date=date)
    for line in done.notes:
        say(f"skypact: {line}")
    if json_out and output is not None:
        emit(done.summary())
        return
    for line in done.lines():
        say(line)
