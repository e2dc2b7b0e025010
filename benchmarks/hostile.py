"""A hostile partner: what floods, ghosts and lies over a valid link do to a node's own picture.

A node as ``skypact run`` serves it, fed by the exercise's sensors, has its own nats-server and a
partner with a valid station folder. In turns the partner behaves; tells of 5,500 tracks that are
not there, teleporting ones, ones of the future and numbers that are not its to give; sends as many
well-sealed envelopes as a link takes, with a track each; sends 6,000 plots a second of aircraft
that are not there; and floods 20,000 messages a second, junk
and well-sealed ones. Quiet and attacked times alternate within one
run and are compared with each other, for the machine has other work to do.

Latency of the own picture is from the reception of a plot to the publication of the picture that
has it, which happens once a second, so that half a second of it is waiting; the bar is on its
p99. Without that waiting, and without a bar: how long after its second a picture is published,
joint as it is, and how late a tick (ten a second, each brings the own tracks up to date) is done
after it was due.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import hostile_node, hostile_partner
from benchmarks.figures import Figure
from benchmarks.places import CHECKOUT
from skypact.agreement.canonical import digest_of
from skypact.agreement.reading import read_agreement
from skypact.model.time import SECOND_NS
from skypact.node.demo_stations import laid_lines, make_stations

AGREEMENT = CHECKOUT / "examples" / "agreements" / "ru-kg-2022.toml"
NODE = CHECKOUT / "examples" / "nodes" / "kg.toml"
EXERCISE = CHECKOUT / "examples" / "exercises" / "kyrgyzstan.toml"
GIVE_UP_S = 60.0
SETTLE_S = 2.0
"""Quiet times count from so long after an attack."""
QUICK = (("quiet", 6.0), ("ghosts", 7.0), ("quiet", 6.0), ("plots", 6.0), ("flood", 8.0))
WHOLE = (
    ("quiet", 20.0), ("ghosts", 25.0), ("quiet", 20.0), ("plots", 25.0), ("quiet", 20.0),
    ("drip", 25.0), ("quiet", 20.0), ("flood", 60.0), ("quiet", 10.0),
)  # fmt: skip


@dataclass(frozen=True)
class Phase:
    """What the partner did, and when; int64 UTC nanoseconds."""

    what: str
    from_ns: int
    to_ns: int

    def has(self, at_ns: np.ndarray) -> np.ndarray:
        """Which times fall in it."""
        begin_ns = self.from_ns + int(SETTLE_S * SECOND_NS if self.what == "quiet" else 0)
        mask: np.ndarray = (at_ns >= begin_ns) & (at_ns < self.to_ns)
        return mask


def run(quick: bool) -> Iterator[Figure]:
    """``--quick`` has shorter phases."""
    with tempfile.TemporaryDirectory() as place:
        yield from asyncio.run(measure(Path(place), QUICK if quick else WHOLE))


async def measure(folder: Path, plan: tuple[tuple[str, float], ...]) -> list[Figure]:
    """Run it all."""
    document = read_agreement(AGREEMENT).document
    async with laid_lines() as lines:
        make_stations(folder, AGREEMENT, lines, time.time_ns())
        file = _on_free_ports(folder)
        fresh = multiprocessing.get_context("spawn")
        (node, its), (partner, theirs) = fresh.Pipe(), fresh.Pipe()
        ends = (folder / "ru", document.agreement.id, digest_of(document), theirs)
        processes = [
            fresh.Process(target=hostile_node.main, args=(file, its), daemon=True),
            fresh.Process(target=hostile_partner.main, args=ends, daemon=True),
        ]
        for process, end in zip(processes, (its, theirs), strict=True):
            process.start()
            end.close()  # so that its end is noticed
        words = [sys.executable, "-m", "skypact", "exercise", "transmit", str(EXERCISE)]
        sensors = subprocess.Popen([*words, "--to", str(file)], stdout=subprocess.DEVNULL)
        try:
            await _until_live(node, partner)
            phases, sent = [], 0
            for what, seconds in plan:
                while (await _ask_node(node, "how"))["partner"].throttled and what != "quiet":
                    await _ask(partner, "quiet", 1.0)
                begin_ns = time.time_ns()
                count = await _ask(partner, what, seconds)
                phases.append(Phase(what, begin_ns, time.time_ns()))
                sent += count if what == "flood" else 0
            last = await _ask_node(node, "end")
            told = await asyncio.to_thread(node.recv)
            await _ask(partner, "end")
        finally:
            sensors.terminate()
            sensors.wait(timeout=20)
    for process in processes:
        process.join(timeout=20)
    return figures(phases, told, last, sent)


def figures(
    phases: list[Phase], told: dict[str, Any], last: dict[str, Any], sent: int
) -> list[Figure]:
    """What came of it."""
    found = []
    for what in sorted({phase.what for phase in phases} - {"quiet"}):
        for name, key in (
            ("plot to picture", "plots"),
            ("picture after its second", "published"),
            ("tick done after due", "ticks"),
        ):
            quiet = latency_ms(phases, told[key], "quiet")
            attacked = latency_ms(phases, told[key], what)
            up = 100.0 * (np.percentile(attacked, 99) / np.percentile(quiet, 99) - 1.0)
            for percent in (50, 99):
                found.append(
                    Figure(
                        f"hostile: {what}: {name}, p{percent}",
                        float(np.percentile(attacked, percent)), "ms", None,
                        float(np.percentile(quiet, percent)), None,
                    )
                )  # fmt: skip
            bar = 20.0 if key == "plots" else None
            found.append(
                Figure(f"hostile: {what}: {name}, p99 up by", float(up), "%", bar, None,
                       None if bar is None else bool(up < bar))
            )  # fmt: skip
    floods = [phase for phase in phases if phase.what == "flood"]
    duration_s = sum(phase.to_ns - phase.from_ns for phase in floods) / SECOND_NS
    at_ns, on = told["throttled"].T
    after = (at_ns >= floods[0].from_ns) & (on > 0)
    throttled_s = (at_ns[after].min() - floods[0].from_ns) / SECOND_NS if after.any() else np.inf
    refused = last["partner"].refused
    found += [
        Figure("hostile: flood sent", sent / duration_s, "messages/s", None, None, None),
        Figure("hostile: throttled within", float(throttled_s), "s", 5.0, None,
               bool(throttled_s < 5.0)),
        Figure("hostile: ticks with other own tracks than alone", told["other"],
               f"of {told['compared']}", 0, None, told["other"] == 0),
        Figure("hostile: own tracks not shown", told["hidden"], "tracks", 0, None,
               told["hidden"] == 0),
        Figure("hostile: ghosts shown as unconfirmed", told["unconfirmed"], "tracks", None, None,
               None),
        Figure("hostile: ghosts shown as confirmed", told["believed"], "tracks", 0, None,
               told["believed"] == 0),
        Figure("hostile: tracks of own and ghosts' plots", told["mixed"], "rows", None, None, None),
        *(Figure(f"hostile: refused: {reason}", count, "times", None, None, None)
          for reason, count in sorted(refused.items())),
    ]  # fmt: skip
    return found


def latency_ms(phases: list[Phase], pairs: np.ndarray, what: str) -> np.ndarray:
    """From the first to the second time of each pair whose first falls in such a phase."""
    within = np.zeros(len(pairs), np.bool_)
    for phase in phases:
        if phase.what == what:
            within |= phase.has(pairs[:, 0])
    latency: np.ndarray = (pairs[within, 1] - pairs[within, 0]) / 1e6
    return latency


async def _ask(pipe: Connection, *words: object) -> Any:
    pipe.send(words)
    return await asyncio.to_thread(pipe.recv)


async def _ask_node(pipe: Connection, word: str) -> dict[str, Any]:
    pipe.send(word)
    answer: dict[str, Any] = await asyncio.to_thread(pipe.recv)
    return answer


async def _until_live(node: Connection, partner: Connection) -> None:
    """Wait until both hear each other and the node has tracks."""
    begin = time.monotonic()
    while time.monotonic() - begin < GIVE_UP_S:
        how = await _ask_node(node, "how")
        state = await _ask(partner, "how")
        if how["tracks"] > 0 and how["partner"].state == state == "live":
            return
        await asyncio.sleep(0.2)
    raise RuntimeError(f"not joined: {how}, {state}")


def _on_free_ports(folder: Path) -> Path:
    """The node's file with every port replaced by a free one."""

    def moved(found: re.Match[str]) -> str:
        kind = socket.SOCK_DGRAM if found[1] == "udp" else socket.SOCK_STREAM
        with socket.socket(socket.AF_INET, kind) as probe:
            probe.bind(("127.0.0.1", 0))
            return f"{found[1]}://127.0.0.1:{probe.getsockname()[1]}"

    path = folder / "kg.toml"
    path.write_text(re.sub(r"(udp|tcp)://127\.0\.0\.1:\d+", moved, NODE.read_text()))
    return path
