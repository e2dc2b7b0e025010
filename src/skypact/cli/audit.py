"""``skypact audit``: verify a node's audit log, prove a record, show signed heads."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from skypact.cli.options import JsonOut
from skypact.cli.output import emit, progress, say

app = typer.Typer(help="Audit logs: what a node decided, provably.", no_args_is_help=True)

Folder = Annotated[Path, typer.Argument(help="Folder of the audit log", metavar="DIR")]


@app.callback()
def _group() -> None:
    """Audit logs: what a node decided, provably."""


@app.command()
def verify(
    folder: Folder,
    key: Annotated[
        str,
        typer.Option(
            "--key",
            help="The log's public key (64 hex digits), from a place its writer cannot change;"
            " without it the heads' signatures are not checked.",
        ),
    ] = "",
    head: Annotated[
        Path | None,
        typer.Option("--head", help="A head kept elsewhere, as JSON: the log must contain it."),
    ] = None,
    workers: Annotated[int, typer.Option(help="Processes.", min=1, max=64)] = 2,
    *,
    json_out: JsonOut = False,
) -> None:
    """Verify every record, link and signed head; name what was changed, removed or moved.

    Exit code 0: nothing was changed (an unfinished write of a crash is said); 1: something was.
    Example: skypact audit verify /var/lib/skypact/audit --key 3b6a27bc...
    """
    from skypact.node.audit_reading import verify_folder

    with progress("verifying", None) as step:
        verdict = verify_folder(folder, key=key, head=head, workers=workers, step=step)
    if json_out:
        emit(verdict.fields())
    else:
        for found in verdict.findings:
            records = f"record {found.number}"
            if found.last > found.number:
                records = f"records {found.number} to {found.last}"
            kind = f" ({found.kind})" if found.kind else ""
            place = f"{found.file}, byte {found.byte}"
            say(f"{place}: {records}{kind} {found.what}: {found.detail}")
        say(f"{verdict.records} records, {verdict.heads} signed heads agree")
        say(f"root {verdict.root}")
        if not key:
            say("signatures of heads were not checked: give --key")
        say("the log holds" if verdict.holds else "the log does NOT hold")
    raise typer.Exit(0 if verdict.holds else 1)


@app.command()
def prove(
    folder: Folder,
    record: Annotated[int, typer.Argument(help="Number of the record", metavar="RECORD", min=0)],
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Write the proof to a file.")
    ] = None,
    *,
    json_out: JsonOut = False,
) -> None:
    """Prove that a record is in the log under its newest signed head.

    Example: skypact audit prove /var/lib/skypact/audit 1234 -o proof.json
    """
    import json

    from skypact.node.audit_reading import prove_record
    from skypact.node.disk import write_whole

    proof = prove_record(folder, record)
    if output is not None:
        write_whole(output, json.dumps(proof, indent=1).encode() + b"\n")
    if json_out:
        emit(proof)
        return
    shown: dict[str, Any] = proof["record"]
    say(f"record {record}: {shown['kind']} {shown['outcome']}, subject {shown['subject']}")
    say(f"in the log of {proof['head']['size']} records, root {proof['head']['root']}")
    say(f"{len(proof['path'])} hashes" + (f" written to {output}" if output else ""))


@app.command()
def heads(
    folder: Folder,
    last: Annotated[int, typer.Option(help="So many of the newest.", min=1)] = 10,
    *,
    json_out: JsonOut = False,
) -> None:
    """Show the newest signed heads: what a partner keeps to hold the log to.

    Example: skypact audit heads /var/lib/skypact/audit --last 1 --json > head.json
    """
    from skypact.model.time import to_iso
    from skypact.node.audit_reading import newest_heads

    for head in newest_heads(folder, last):
        if json_out:
            emit(head.fields())
        else:
            say(f"{to_iso(head.time_ns)}  {head.size:>12} records  root {head.root.hex()}")
