"""``skypact doctor``: what is missing on this machine, and what to do about it."""

from __future__ import annotations

import typer

from skypact.cli.options import JsonOut
from skypact.cli.output import emit, table


def doctor(json_out: JsonOut = False) -> None:
    """Say what is missing on this machine.

    Exit code 0: everything Skypact needs is here; 1: something is missing.
    Example: skypact doctor
    """
    from skypact.node.doctor import examine

    findings = examine()
    if json_out:
        emit([{"what": f.what, "state": f.state, "detail": f.detail} for f in findings])
    else:
        table("skypact doctor", ["what", "state", "detail"], [[*f.row()] for f in findings])
    raise typer.Exit(1 if any(f.state == "missing" for f in findings) else 0)
