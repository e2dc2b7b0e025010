"""The program ``skypact``: its commands, and errors in plain words with their exit code."""

from __future__ import annotations

import os
import sys

import typer

from skypact import __version__
from skypact.cli.output import say
from skypact.model.errors import SkypactError

app = typer.Typer(
    name="skypact",
    help="One recognised air picture for nations that agreed to watch their sky together.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain help: Rich would take two thirds of the time to the first line
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"skypact {__version__}")
        raise typer.Exit


@app.callback()
def _program(
    version: bool = typer.Option(
        False, "--version", callback=_version, is_eager=True, help="Say the version and end."
    ),
) -> None:
    """One recognised air picture for nations that agreed to watch their sky together."""


def _add_commands() -> None:
    # Each module is light: what a command needs is imported inside its function.
    from skypact.cli import (
        agreement,
        audit,
        cover,
        decode,
        demo,
        doctor,
        evaluate,
        exercise,
        keys,
        mlat,
        node_station,
        replay,
        run,
        site,
        track,
        warn,
    )

    for module in (demo, run, replay, decode, mlat, track, evaluate, warn, site, doctor):
        app.command()(getattr(module, module.__name__.rpartition(".")[2]))
    app.add_typer(cover.app, name="cover")
    app.add_typer(exercise.app, name="exercise")
    app.add_typer(agreement.app, name="agreement")
    app.add_typer(audit.app, name="audit")
    app.add_typer(keys.app, name="keys")
    app.add_typer(node_station.app, name="node")


def main() -> None:
    """Run the command named by the words of the call."""
    _add_commands()
    try:
        app()
    except SkypactError as problem:
        if os.environ.get("SKYPACT_DEBUG"):
            raise
        say(f"skypact: {problem.name}: {problem}")
        sys.exit(problem.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        # The reader of our output went away (`skypact ... | head`): no error of ours.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
