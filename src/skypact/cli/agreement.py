"""``skypact agreement``: check, read, date and compare the agreements between nations."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from skypact.cli import agreement_release
from skypact.cli.options import JsonOut
from skypact.cli.output import emit, say

app = typer.Typer(
    help="Agreements: what nations signed, as the node obeys it.", no_args_is_help=True
)

Agreement = Annotated[Path, typer.Argument(help="AGREEMENT.toml", metavar="AGREEMENT.toml")]


@app.callback()
def _group() -> None:
    """Agreements: what nations signed, as the node obeys it."""


@app.command()
def check(
    files: Annotated[list[Path], typer.Argument(help="AGREEMENT.toml ...", metavar="FILE...")],
    *,
    json_out: JsonOut = False,
) -> None:
    """Say what is wrong with agreements, each alone and all together, with line and remedy.

    Exit code 0: no errors (warnings may be); 1: errors; 3: a file cannot be read.
    Example: skypact agreement check examples/agreements/two-rivers.toml
    """
    from skypact.agreement.checking import check as check_document
    from skypact.agreement.checking_together import check_together
    from skypact.agreement.reading import read_agreement

    readings = [read_agreement(path) for path in files]
    found = [
        (reading.place(problem.path), problem)
        for reading in readings
        for problem in check_document(reading.document)
    ]
    found += [
        (readings[problem.document].place(problem.path), problem)
        for problem in check_together([reading.document for reading in readings])
    ]
    errors = sum(problem.severity == "error" for _, problem in found)
    if json_out:
        emit(
            {
                "files": [str(path) for path in files],
                "errors": errors,
                "problems": [
                    {
                        "place": place,
                        "name": problem.name,
                        "severity": problem.severity,
                        "detail": problem.detail,
                        "remedy": problem.remedy,
                    }
                    for place, problem in found
                ],
            }
        )
    else:
        for place, problem in found:
            say(
                f"{place}: {problem.severity}: {problem.detail} ({problem.name}). {problem.remedy}."
            )
        say(f"{len(files)} agreements, {errors} errors, {len(found) - errors} warnings")
    raise typer.Exit(1 if errors else 0)


# Commands of other modules join the group here, each light to import:
#     from skypact.cli.agreement_signing import sign
#     app.command()(sign)
app.command()(agreement_release.explain)
app.command("test")(agreement_release.try_examples)
