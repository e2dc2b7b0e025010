"""Exchange: two stations on this machine, sealed states over TLS, and items through a cut.

Each side is a process with its own nats-server; the line between the servers goes through a proxy
that is cut. The peer is the prototype of sealed batches over the same client and server, run by
``../shared/bench/sharing/throughput.py`` where it is at hand.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import exchange_side
from benchmarks.figures import Figure
from benchmarks.places import CHECKOUT
from skypact.agreement.canonical import digest_of
from skypact.agreement.reading import read_agreement
from skypact.node.demo_stations import laid_lines, make_stations

RATE, ITEMS_PER_S = 20_000, 200
AGREEMENT = CHECKOUT / "examples" / "agreements" / "ru-kg-2022.toml"
PEER = CHECKOUT.parent / "shared" / "bench" / "sharing" / "throughput.py"
GIVE_UP_S = 60.0


class Sides:
    """Both stations' processes, and what they answer."""

    def __init__(self, folder: Path) -> None:
        document = read_agreement(AGREEMENT).document
        fresh = multiprocessing.get_context("spawn")
        self.pipes: dict[str, Connection] = {}
        self.processes = []
        for code in ("KG", "RU"):
            here, there = fresh.Pipe()
            place = (folder / code.lower(), document.agreement.id, digest_of(document), there)
            process = fresh.Process(target=exchange_side.main, args=place, daemon=True)
            process.start()
            self.pipes[code] = here
            self.processes.append(process)

    async def ask(self, code: str, *words: object) -> Any:
        """Send words to a side and wait for its answer."""
        self.pipes[code].send(words)
        return await asyncio.to_thread(self.pipes[code].recv)

    async def until_live(self) -> None:
        """Wait until both hear each other."""
        begin = time.monotonic()
        while time.monotonic() - begin < GIVE_UP_S:
            states = [(await self.ask(code, "how"))["state"] for code in self.pipes]
            if states == ["live", "live"]:
                return
            await asyncio.sleep(0.2)
        raise RuntimeError(f"the stations do not hear each other: {states}")

    async def end(self) -> None:
        """Let both end."""
        for code in self.pipes:
            await self.ask(code, "end")


def run(quick: bool) -> Iterator[Figure]:
    """``--quick`` sends for 5 s and cuts for 10 s instead of 20 and 60."""
    seconds, cut_s = (5.0, 10.0) if quick else (20.0, 60.0)
    peer = prototype() if not quick else {}
    with tempfile.TemporaryDirectory() as place:
        yield from asyncio.run(measure(Path(place), seconds, cut_s, peer))


async def measure(
    folder: Path, seconds: float, cut_s: float, peer: dict[str, float]
) -> list[Figure]:
    """Both measurements."""
    async with laid_lines() as lines:
        make_stations(folder, AGREEMENT, lines, time.time_ns())
        line = next(one for one in lines if {one.listener, one.dialler} == {"KG", "RU"})
        sides = Sides(folder)
        await sides.until_live()
        figures = await updates(sides, seconds, peer)
        figures += await through_a_cut(sides, line, cut_s)
        await sides.end()
    return figures


async def updates(sides: Sides, seconds: float, peer: dict[str, float]) -> list[Figure]:
    """Sealed states a second: CPU of each side, and how late they come."""
    rows, seen = 0, -1
    await sides.ask("KG", "updates", RATE, 2.0)  # the first states load what decodes them
    while rows != seen or rows == 0:
        await asyncio.sleep(2.0)
        seen, rows = rows, (await sides.ask("RU", "how"))["rows"]
    before = {code: await sides.ask(code, "begin") for code in sides.pipes}
    begin = time.monotonic()
    sent = await sides.ask("KG", "updates", RATE, seconds)
    await asyncio.sleep(0.5)
    got = await sides.ask("RU", "how")
    spent_s = time.monotonic() - begin
    sender = 100.0 * (sent["cpu_s"] - before["KG"]["cpu_s"]) / spent_s
    receiver = 100.0 * (got["cpu_s"] - before["RU"]["cpu_s"]) / spent_s
    missing = 1.0 - got["rows"] / (RATE * seconds)
    return [
        Figure("exchange: sender at 20,000 states/s", sender, "% of a core", 20.0,
               peer.get("pub"), sender < 20.0),
        Figure("exchange: receiver at 20,000 states/s", receiver, "% of a core", 20.0,
               peer.get("sub"), receiver < 20.0),
        Figure("exchange: latency p50", got["p50_ms"], "ms", 5.0, peer.get("p50"),
               got["p50_ms"] < 5.0),
        Figure("exchange: latency p99", got["p99_ms"], "ms", 50.0, peer.get("p99"),
               got["p99_ms"] < 50.0),
        Figure("exchange: states not arrived", 100.0 * missing, "%", None, None, None),
    ]  # fmt: skip


async def through_a_cut(sides: Sides, line: Any, cut_s: float) -> list[Figure]:
    """Durable items posted before, while and after the line is cut."""
    sending = asyncio.create_task(sides.ask("KG", "items", ITEMS_PER_S, cut_s + 10.0))
    await asyncio.sleep(5.0)
    line.way.set_open(is_open=False)
    await asyncio.sleep(cut_s)
    line.way.set_open(is_open=True)
    restored_s = time.time()
    posted = (await sending)["posted"]
    got: dict[str, Any] = {}
    while time.time() < restored_s + GIVE_UP_S:
        got = await sides.ask("RU", "how")
        if len(got["items"]) >= posted:
            break
        await asyncio.sleep(0.2)
    items, arrived_s = np.array(got["items"]), np.array(got["arrived_s"])
    lost = posted - len(np.unique(items))
    doubled = len(items) - len(np.unique(items))
    disordered = int((np.diff(items) < 0).sum())
    after = arrived_s[arrived_s > restored_s]
    first_s = float(after.min() - restored_s) if len(after) else float("inf")
    # the backlog: what was posted before the line was whole again
    backlog = items < posted - ITEMS_PER_S * 5
    all_s = float(arrived_s[backlog].max() - restored_s) if backlog.any() else float("inf")
    return [
        Figure("exchange: items lost in a cut", lost, "items", 0, None, lost == 0),
        Figure("exchange: items doubled", doubled, "items", 0, None, doubled == 0),
        Figure("exchange: items out of order", disordered, "items", 0, None, disordered == 0),
        Figure("exchange: first item after the cut", first_s, "s", 2.0, None, first_s < 2.0),
        Figure("exchange: all items after the cut", all_s, "s", 20.0, None, all_s < 20.0),
    ]


def prototype() -> dict[str, float]:
    """The prototype's CPU and latency in this run; nothing where it is not at hand."""
    if not PEER.is_file():
        return {}
    server = Path(sys.executable).with_name("nats-server")
    command = [sys.executable, PEER.name, "batch", "--modes", "tls+seal", "--batches", "100"]
    try:
        done = subprocess.run(
            command, cwd=PEER.parent, env=os.environ | {"NATS_SERVER": str(server)},
            capture_output=True, text=True, timeout=120, check=True,
        )  # fmt: skip
        rows = [json.loads(row) for row in done.stdout.splitlines() if row.startswith("{")]
        row = rows[-1]
        return {
            "pub": 100.0 * row["pub_cpu_share"], "sub": 100.0 * row["sub_cpu_share"],
            "p50": row["p50_ms"], "p99": row["p99_ms"],
        }  # fmt: skip
    except (OSError, subprocess.SubprocessError, ValueError, KeyError, IndexError):
        return {}
