"""``skypact evaluate``: tracks against truth, in figures, a verdict and a report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from skypact.cli.options import JsonOut
from skypact.cli.output import emit, progress, say, table


def evaluate(
    tracks: Annotated[Path, typer.Argument(help="TRACKS.parquet", metavar="TRACKS.parquet")],
    truth: Annotated[
        Path,
        typer.Argument(
            help="TRUTH.parquet, a reference trajectory (tracks), or good ADS-B (plots).",
            metavar="TRUTH.parquet",
        ),
    ],
    *,
    report: Annotated[
        Path | None, typer.Option(help="A page with plots and a map.", metavar="OUT.html")
    ] = None,
    limits: Annotated[
        str | None,
        typer.Option(
            help="Requirements: 5nm, 3nm, surface or a file of yours. Exit code 1 if one fails.",
            metavar="LIMITS.toml",
        ),
    ] = None,
    floor: Annotated[
        Path | None, typer.Option(help="Cramer-Rao floor to compare with.", metavar="FLOOR.npz")
    ] = None,
    innovations: Annotated[
        Path | None, typer.Option(help="Innovations, for the NIS.", metavar="FILE.parquet")
    ] = None,
    period: Annotated[
        float | None,
        typer.Option(help="Seconds between instants; default: as the tracks.", min=0.1, max=3600.0),
    ] = None,
    cutoff: Annotated[
        float, typer.Option(help="GOSPA's cutoff distance, m.", min=1.0, max=1e6)
    ] = 2_000.0,
    settle: Annotated[
        float, typer.Option(help="Seconds covered before a track is owed.", min=0.0)
    ] = 60.0,
    warm: Annotated[
        float, typer.Option(help="Seconds at the beginning that do not count.", min=0.0)
    ] = 60.0,
    gap: Annotated[
        float, typer.Option(help="Seconds over which truth may be interpolated.", min=0.0)
    ] = 30.0,
    three_d: Annotated[bool, typer.Option("--3d", help="Pair with heights.")] = False,
    codes: Annotated[
        bool, typer.Option("--codes", help="Pair only equal 24-bit addresses where both have one.")
    ] = False,
    begin: Annotated[
        str | None, typer.Option("--from", help="Judge from this UTC time.", metavar="TIME")
    ] = None,
    end: Annotated[
        str | None, typer.Option("--to", help="Judge to this UTC time.", metavar="TIME")
    ] = None,
    json_out: JsonOut = False,
) -> None:
    """Judge tracks against truth.

    Example: skypact evaluate tracks.parquet truth.parquet --limits 5nm --report report.html
    """
    from skypact.evaluation.judgement import Settings
    from skypact.node.evaluating import evaluate_files

    settings = Settings(
        period_s=period,
        cutoff_m=cutoff,
        three_d=three_d,
        codes=codes,
        settle_s=settle,
        warm_s=warm,
        gap_s=gap,
        from_ns=_time(begin, "--from", 0),
        to_ns=_time(end, "--to", 2**62),
    )
    with progress("evaluating", 1.0) as step:
        figures = evaluate_files(
            tracks, truth, settings, limits=limits, floor=floor, innovations=innovations,
            report=report, step=step,
        )  # fmt: skip
    if json_out:
        emit(figures)
    else:
        _tell(figures)
        if report is not None:
            say(f"wrote {report}")
    if any(row["verdict"] == "fail" for row in figures["requirements"]):
        raise typer.Exit(1)


def _time(text: str | None, option: str, otherwise: int) -> int:
    from skypact.model.time import from_iso

    if text is None:
        return otherwise
    try:
        return from_iso(text)
    except ValueError:
        raise typer.BadParameter("a UTC time such as 2024-01-01T12:00", param_hint=option) from None


def _tell(figures: dict[str, Any]) -> None:
    from skypact.evaluation.words import main_rows, phase_rows, verdict_rows

    for note in figures["notes"]:
        say(f"skypact: {note}")
    table("figures", ["", "value"], main_rows(figures))
    table("errors by phase of flight, RMS (95 %)", *phase_rows(figures))
    if figures["requirements"]:
        table("requirements", *verdict_rows(figures))
        if not all(row["verified"] for row in figures["requirements"]):
            say("* this limit was not compared with its document: see the file of limits")
