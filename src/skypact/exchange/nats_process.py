"""What a station's server process is run with, and what it left behind when its node was killed.

In: a plan and a folder. Out: the files' places, whether a process is that server, its last words.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nats.aio.client import Client

from skypact.exchange.nats_config import ServerPlan

STOP_S = 5.0
LOOK_S = 0.02


@dataclass(frozen=True, slots=True)
class ServerSetup:
    """What a server is run with.

    Parameters
    ----------
    plan
        Its configuration.
    folder
        Where its configuration, process number and log lie.
    system_credentials
        Text of the credentials of a user of the system account.
    """

    plan: ServerPlan
    folder: Path
    system_credentials: str = field(repr=False)

    @property
    def config(self) -> Path:
        """The configuration file."""
        return self.folder / "server.conf"

    @property
    def running(self) -> Path:
        """Tells other processes of this station which server runs: JSON with pid and url."""
        return self.folder / "running.json"


async def end_client(client: Client) -> None:
    """Close a client; one whose server stands still is left to itself after a while."""
    closing = asyncio.create_task(client.close())
    await asyncio.wait({closing}, timeout=STOP_S)
    if not closing.done():
        closing.cancel()


async def end_left_behind(setup: ServerSetup) -> None:
    """End a server that a killed node left running: it would hold the partners' port."""
    try:
        told: Mapping[str, Any] = json.loads(setup.running.read_bytes())
        number = int(told["pid"])
    except (OSError, ValueError, KeyError, TypeError):
        return
    for kill, within_s in ((signal.SIGTERM, STOP_S), (signal.SIGKILL, STOP_S)):
        if not is_running(number, setup.config):
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(number, kill)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                while is_running(number, setup.config):
                    await asyncio.sleep(LOOK_S)


def is_running(number: int, config: Path) -> bool:
    """Whether a process is a server with this configuration, and not a number given out again."""
    try:
        words = Path(f"/proc/{number}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return os.fsencode(config) in words


def last_words(setup: ServerSetup) -> str:
    """What the server said before it ended: the fatal line of its log, else its last one."""
    said = ""
    for path in (setup.folder / "start.log", setup.plan.log):
        with contextlib.suppress(OSError):
            lines = path.read_text(errors="replace").strip().splitlines()[-1:]
            if lines and (not said or "[FTL]" in lines[0]):
                said = lines[0].partition("[FTL] ")[2] or lines[0]
    return said.removeprefix("nats-server: ")[:300] or "it said nothing"
