"""Run a benchmark: ``python -m benchmarks tracking [--quick] [--json]``, or ``all``.

Each benchmark is a module with ``run(quick) -> Iterator[Figure]``; each ends within five
minutes on two cores, with ``--quick`` within one.
"""

from __future__ import annotations

import argparse
import importlib
import pkgutil
import sys

import benchmarks
from benchmarks.figures import Figure

NOT_BENCHMARKS = {
    "__main__",
    "exchange_side",
    "figures",
    "formation",
    "hostile_node",
    "hostile_partner",
    "picture_centres",
    "places",
    "real_feeds",
}
PARTS = {"audit"}
"""Benchmarks that another one runs too."""


def names() -> list[str]:
    """The benchmarks there are."""
    modules = (module.name for module in pkgutil.iter_modules(benchmarks.__path__))
    return sorted(set(modules) - NOT_BENCHMARKS)


def line(figure: Figure) -> str:
    """A figure for people."""
    mark = {True: "holds", False: "MISSED", None: "-"}[figure.holds]
    bar = "" if figure.bar is None else f"  bar {figure.bar:g}"
    peer = "" if figure.peer is None else f"  peer {figure.peer:g}"
    return f"{figure.name:<52} {figure.value:>12.6g} {figure.unit:<16}{bar}{peer}  {mark}"


def main() -> int:
    """Run what was asked for; 1 if a figure misses its bar."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("name", choices=[*names(), "all"])
    parser.add_argument("--quick", action="store_true", help="within 60 s")
    parser.add_argument("--json", action="store_true", help="a JSON object a line per figure")
    asked = parser.parse_args()
    missed = False
    everything = [name for name in names() if name not in PARTS]
    for name in everything if asked.name == "all" else [asked.name]:
        print(f"benchmark {name}", file=sys.stderr, flush=True)
        for figure in importlib.import_module(f"benchmarks.{name}").run(asked.quick):
            print(figure.to_json() if asked.json else line(figure), flush=True)
            missed = missed or figure.holds is False
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
