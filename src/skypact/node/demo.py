"""The demonstration: an exercise's sensors in one process, a live node in another.

Nothing passes between them but bytes on loopback sockets.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from typing import Any

from skypact.model.errors import Unavailable
from skypact.model.time import SECOND_NS
from skypact.node.clock import SystemClock
from skypact.node.demo_agreement import signed_example
from skypact.node.service import run_node
from skypact.node.settings import read_node

EXERCISE = "kyrgyzstan.toml"
AGREEMENT = "ru-kg-2022.toml"

INTERRUPTED = 130
"""Exit code of a command that Ctrl-C ended; the terminal sends it to the sensors too."""


def example(kind: str, name: str) -> Path:
    """Path of a shipped example, e.g. ``examples/nodes/kyrgyzstan.toml``."""
    inside = Path(str(resources.files("skypact"))) / "examples" / kind / name
    checkout = Path(__file__).parents[3] / "examples" / kind / name
    for path in (inside, checkout):
        if path.is_file():
            return path
    raise Unavailable(f"the example {kind}/{name} is not part of this installation")


def run(*, seconds: float | None, port: int, announce: Callable[[str], None]) -> dict[str, Any]:
    """Run the demonstration until interrupted or ``seconds`` have passed.

    Raises
    ------
    Unavailable
        If the process that plays the sensors ends by itself.
    """
    exercise, node = example("exercises", EXERCISE), example("nodes", EXERCISE)
    command = ("exercise", "transmit", str(exercise), "--to", str(node))

    async def sensors() -> None:
        sender = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "skypact", *command, stdin=asyncio.subprocess.DEVNULL
        )
        announce(f"exercise {exercise.stem}: its sensors send from process {sender.pid}")
        try:
            ended = await sender.wait()
        except asyncio.CancelledError:
            with contextlib.suppress(ProcessLookupError):
                sender.terminate()
            await sender.wait()
            raise
        if ended not in (0, INTERRUPTED):
            raise Unavailable(
                f"the exercise's sensors ended with exit code {ended}",
                remedy="The lines above say why",
            )

    today = datetime.fromtimestamp(SystemClock().now_ns() // SECOND_NS, UTC).date()
    with tempfile.TemporaryDirectory(prefix="skypact-demo-") as folder:
        obeyed = signed_example(example("agreements", AGREEMENT), Path(folder), today)
        announce(f"agreement {Path(AGREEMENT).stem}: signed with keys made for this demonstration")
        return run_node(
            replace(read_node(node), agreements=obeyed),
            port=port,
            seconds=seconds,
            announce=announce,
            beside=sensors,
        )
