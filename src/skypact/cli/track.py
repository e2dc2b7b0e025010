"""``skypact track``: a plot table to a track table."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from skypact.cli.options import JsonOut
from skypact.cli.output import emit, progress, say


def track(
    plots: Annotated[Path, typer.Argument(help="PLOTS.parquet", metavar="PLOTS.parquet")],
    sensors: Annotated[
        Path, typer.Option("--sensors", help="SENSORS.toml", metavar="SENSORS.toml")
    ],
    output: Annotated[
        Path, typer.Option("-o", "--output", help="TRACKS.parquet", metavar="TRACKS.parquet")
    ],
    period: Annotated[
        float, typer.Option(help="Seconds between output states.", min=0.1, max=600.0)
    ] = 1.0,
    smooth: Annotated[
        bool, typer.Option("--smooth", help="States from all plots, later ones too: a reference.")
    ] = False,
    register: Annotated[
        bool, typer.Option(help="Learn and correct the sensors' errors from common aircraft.")
    ] = True,
    sensor_errors: Annotated[
        Path | None, typer.Option(help="Errors by time to this file.", metavar="ERRORS.parquet")
    ] = None,
    json_out: JsonOut = False,
) -> None:
    """Track the aircraft in a plot table.

    Example: skypact track plots.parquet --sensors sensors.toml -o tracks.parquet

    With --smooth each state is computed from all plots of its track (not causal): about half the
    error, for reference trajectories, analysis and the evaluation of sensors.
    """
    from skypact.node.tracking_run import track_file
    from skypact.registration import RegistrationSettings

    with progress("tracking", 1.0) as step:
        summary = track_file(
            plots,
            sensors,
            output,
            period_s=period,
            smoothed=smooth,
            registration=RegistrationSettings(enabled=register),
            errors_output=sensor_errors,
            step=step,
        )
    if json_out:
        emit(summary)
        return
    say(
        f"{summary['plots']} plots, {summary['tracks']} confirmed tracks,"
        f" {summary['states']} states to {output} in {summary['cpu_s']:.2f} CPU s"
    )
    if smooth:
        say(
            f"smoothed: {summary['joined']} fragments joined, {summary['gaps']} gaps left open,"
            f" {summary['doubted']} plots doubted"
        )
    for alarm in summary["alarms"]:
        say(f"  {alarm}")
    for reason, count in summary["refused"].items():
        say(f"  not used: {count} x {reason}")
    say(f"digest {summary['digest']}")
