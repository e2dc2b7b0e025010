"""What people see: lines and progress bars on standard error, data on standard output."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Callable, Iterator
from typing import Any

import typer


def say(line: str) -> None:
    """A line for people, on standard error."""
    typer.echo(line, err=True)


def emit(data: Any) -> None:
    """One JSON object on a line of standard output."""
    typer.echo(json.dumps(data, ensure_ascii=False, sort_keys=False))


def table(title: str, columns: list[str], rows: list[list[str]]) -> None:
    """A table for people, on standard error; columns but the first are right-aligned."""
    from rich.console import Console
    from rich.table import Table

    shown = Table(title=title, title_justify="left")
    for number, column in enumerate(columns):
        shown.add_column(column, justify="left" if number == 0 else "right", overflow="fold")
    for row in rows:
        shown.add_row(*row)
    Console(stderr=True).print(shown)


@contextlib.contextmanager
def progress(title: str, total: float | None) -> Iterator[Callable[[float], None]]:
    """A progress bar on standard error when that is a terminal; yields ``set(done)``."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=total)
        yield lambda done: bar.update(task, completed=done)
