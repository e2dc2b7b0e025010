"""One station of the demonstration, in a process of its own: a live node with its console.

In: a node's file, a port, and on standard input a line of JSON for every change of its links
(``{"links": {"ru-kg-2022/RU": true}}``: open or cut). Out: on standard output lines of JSON: its
console's address (``url``), which link its viewer wants cut or restored (``link``, ``open``), and
at the end what it came to (``summary``); words for people go to standard error. When standard
input ends, so does it: a demonstration that dies leaves nobody behind.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import re
import sys
from pathlib import Path
from typing import Any

from skypact.model.errors import SkypactError
from skypact.node.clock import SystemClock
from skypact.node.demo_parent import lines_of_parent
from skypact.node.service import serve_node
from skypact.node.settings import read_node

_ADDRESS = re.compile(r"console at (http\S+)")


class ViewersLinks:
    """The links that this station's console offers to cut and restore, as the parent told."""

    def __init__(self) -> None:
        self._open: dict[str, bool] = {}

    def take(self, line: bytes) -> None:
        """Take in how the links stand."""
        self._open = dict(json.loads(line)["links"])

    def links(self) -> list[dict[str, Any]]:
        """The links as they are: ``link`` and ``open``."""
        return [{"link": link, "open": is_open} for link, is_open in self._open.items()]

    def set(self, link: str, open: bool) -> None:
        """Ask for one of them to be cut or restored."""
        self._open[link] = open
        _tell(link=link, open=open)


def _tell(**words: Any) -> None:
    with contextlib.suppress(BrokenPipeError):  # nobody is left to hear it, which ends this too
        sys.stdout.write(json.dumps(words) + "\n")
        sys.stdout.flush()


def _say(words: str) -> None:
    sys.stderr.write(words + "\n")
    sys.stderr.flush()


async def _serve(file: Path, port: int) -> dict[str, Any]:
    settings = read_node(file)
    links = ViewersLinks()

    async def listen_to_parent() -> None:
        async for line in lines_of_parent():
            links.take(line)

    def announce(words: str) -> None:
        address = _ADDRESS.search(words)
        if address:
            _tell(url=address[1])
        else:
            _say(f"{settings.name}: {words}")

    return await serve_node(
        settings, port, None, announce, SystemClock(), listen_to_parent, link_switch=links
    )


def main(words: list[str]) -> int:
    """Run the node whose file and port are given; an exit code."""
    # A partner that hangs up over TLS is a warning to asyncio, to us it is a link that is cut.
    logging.getLogger("asyncio").setLevel(logging.ERROR)
    try:
        _tell(summary=asyncio.run(_serve(Path(words[0]), int(words[1]))))
    except SkypactError as error:
        _say(f"skypact: {words[0]}: {error.name}: {error}")
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
