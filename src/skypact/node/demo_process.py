"""The processes of the demonstration, as the one that starts them holds them.

In: what to run. Out: what each tells on its standard output, and its end. Every process leads a
group of its own, so that Ctrl-C reaches the demonstration alone and it ends them in order.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from skypact.model.errors import Unavailable

END_S = 10.0
"""A process that has not ended so long after it was told to is ended."""
LONGEST_LINE = 1 << 20


class StationProcess:
    """A station's node in a process of its own (``demo_node``).

    Parameters
    ----------
    code
        The station's.
    file
        Its node's file.
    port
        Of its console; 0 takes any free one.
    on_switch
        Told the link that its viewer wants, and whether open.
    """

    def __init__(
        self, code: str, file: Path, port: int, on_switch: Callable[[str, bool], None]
    ) -> None:
        self.code = code
        self.url = ""
        """Of its console; known once it has started."""
        self.summary: dict[str, Any] = {}
        """What it came to; known once it has ended."""
        self._words = ("skypact.node.demo_node", str(file), str(port))
        self._on_switch = on_switch
        self._process: asyncio.subprocess.Process | None = None
        self._listening: asyncio.Task[None] | None = None
        self._started = asyncio.Event()

    async def start(self) -> None:
        """Start the process; its console serves once :meth:`running` returns."""
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", *self._words),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=LONGEST_LINE,
            start_new_session=True,
        )
        self._listening = asyncio.create_task(self._listen(self._process))

    async def running(self) -> None:
        """Wait until it serves its console.

        Raises
        ------
        Unavailable
            If it ends before.
        """
        await self._started.wait()
        if not self.url:
            await self.ended()

    def tell_links(self, links: Mapping[str, bool]) -> None:
        """Tell it how its links stand: open or cut."""
        if self._process is not None and self._process.stdin is not None:
            # One that has ended is found out by who waits for it.
            self._process.stdin.write(json.dumps({"links": links}).encode() + b"\n")

    async def ended(self) -> None:
        """Wait until it has ended by itself, which it should not.

        Raises
        ------
        Unavailable
            Always.
        """
        if self._process is not None:
            code = await self._process.wait()
            raise Unavailable(
                f"the node of station {self.code} ended with exit code {code}",
                remedy="The lines above say why",
            )

    async def end(self) -> None:
        """Let it end in order, and take in what it came to."""
        if self._process is None or self._process.stdin is None:
            return
        self._process.stdin.close()
        await end_process(self._process)
        if self._listening is not None:
            await self._listening

    async def _listen(self, process: asyncio.subprocess.Process) -> None:
        """Take in what it tells until it has nothing more to tell."""
        try:
            while process.stdout is not None and (line := await process.stdout.readline()):
                told = json.loads(line)
                if "url" in told:
                    self.url = told["url"]
                    self._started.set()
                elif "link" in told:
                    self._on_switch(told["link"], told["open"])
                else:
                    self.summary = told["summary"]
        finally:
            self._started.set()


async def end_process(process: asyncio.subprocess.Process) -> int:
    """Wait for the end of a process that was told to end; at last end its group. Its exit code."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(END_S):
            await process.wait()
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)  # a server that a failing node has left behind too
    return await process.wait()


@contextlib.asynccontextmanager
async def sensors_of(
    exercise: Path, nodes: Sequence[Path]
) -> AsyncIterator[asyncio.subprocess.Process]:
    """While inside, a process plays an exercise's sensors to the nodes; yields it."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "skypact.node.demo_sensors", str(exercise), *map(str, nodes)),
        stdin=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()  # it has nothing to put in order
        await end_process(process)
