"""The demonstration's sensors, in a process of their own: ``exercise transmit`` that ends with it.

In: an exercise's file, the files of the nodes that share its sensors, and standard input, whose
end is theirs. Out: datagrams and streams to the nodes' addresses.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from pathlib import Path

from skypact.model.errors import SkypactError
from skypact.node.demo_parent import lines_of_parent
from skypact.node.settings import read_node
from skypact.simulator.transmit import run


async def _until_parent_ends(stop: asyncio.Event) -> None:
    async for _ in lines_of_parent():
        pass  # it says nothing, it is there
    stop.set()


def main(words: list[str]) -> int:
    """Play the exercise whose file stands first to the nodes whose files follow; an exit code."""
    exercise, *nodes = map(Path, words)
    try:
        feeds = [feed for node in nodes for feed in read_node(node).feeds]
        addresses = {feed.name: feed.address for feed in feeds}
        run(exercise, addresses=addresses, beside=_until_parent_ends)
    except SkypactError as error:
        sys.stderr.write(f"{error.name}: {error}\n")
        return error.exit_code
    return 0


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        sys.exit(main(sys.argv[1:]))
