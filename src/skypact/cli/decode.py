"""``skypact decode``: feed bytes to columns."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from skypact.cli.options import Date, JsonOut, Sensors
from skypact.cli.output import emit, say, table

SUMMARY_COLUMNS = ["sensor", "kind", "plots", "targets", "plots/s", "interval s", "gaps", "refused"]


def decode(
    files: Annotated[list[Path], typer.Argument(help="Recordings, any framing, .gz too.")],
    *,
    output: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--output",
            help="OUT.parquet, .ndjson, .csv or .geojson; without it lines of JSON.",
        ),
    ] = None,
    items: Annotated[
        bool,
        typer.Option(
            "--items", help="Every item of every record (per category) instead of the plot table."
        ),
    ] = False,
    status: Annotated[
        bool,
        typer.Option(
            "--status",
            help="What sensors say of themselves (north marks, states) instead of plots.",
        ),
    ] = False,
    item: Annotated[
        list[str] | None,
        typer.Option("--item", help="Only this item, e.g. I048/040; may be given again."),
    ] = None,
    where: Annotated[
        str | None,
        typer.Option(help="Only rows that fulfil this SQL condition.", metavar="CONDITION"),
    ] = None,
    summary: Annotated[
        bool, typer.Option("--summary", help="What the recordings hold, sensor by sensor.")
    ] = False,
    report: Annotated[
        Path | None, typer.Option(help="The summary as a page with plots: REPORT.html.")
    ] = None,
    sensors: Sensors = None,
    date: Date = None,
    json_out: JsonOut = False,
) -> None:
    """Decode recordings to the plot table, to every item of every record, or sum them up.

    Example: skypact decode radar.pcap -o plots.parquet --where "range_m < 100000"
    """
    from skypact.node import decoding as work

    if summary or report is not None:
        done = work.summarise_recordings(files, report, sensors_file=sensors, date=date)
    elif status:
        done = work.decode_status(files, output, where=where, sensors_file=sensors, date=date)
    elif items or item:
        done = work.decode_items(files, output, items=item or [], where=where, date=date)
    else:
        done = work.decode_plots(files, output, where=where, sensors_file=sensors, date=date)
    for line in done.notes:
        say(f"skypact: {line}")
    if json_out and (output is not None or summary or report is not None):
        emit(done.summary())
        return
    if done.sensors:
        _show(done.sensors)
    for line in done.lines():
        say(line)


def _show(rows: list) -> None:  # type: ignore[type-arg]
    from skypact.evaluation.summary_page import HEADS, cells

    picked = [HEADS.index(column) for column in SUMMARY_COLUMNS]
    table("sensors", SUMMARY_COLUMNS, [[cells(row)[k] for k in picked] for row in rows])
