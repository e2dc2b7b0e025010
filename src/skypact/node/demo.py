"""The demonstration: two nations and their joint post on one machine, and an exercise.

The exercise's sensors, and each station with its own NATS server and console, are processes of
their own; nothing passes between them but what would pass between nations. This process lays the
lines between the stations, so that the viewer of a console can cut and restore them.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import tempfile
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from importlib import resources
from pathlib import Path
from typing import Any

from skypact.model.errors import Unavailable
from skypact.node.clock import SystemClock
from skypact.node.demo_figures import figures, station_views
from skypact.node.demo_process import StationProcess, sensors_of
from skypact.node.demo_stations import STATIONS, Line, laid_lines, lay_node, make_stations
from skypact.node.signals import stop_on_signals

EXERCISE = "kyrgyzstan.toml"
AGREEMENT = "ru-kg-2022"


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

    Parameters
    ----------
    seconds
        From the call to the end, None until interrupted.
    port
        Of the first console, the others take the next ones; 0 takes any free ones.
    announce
        Takes lines for people.

    Raises
    ------
    Unavailable
        If a station's process, or the one that plays the sensors, ends by itself.
    """

    async def until_interrupted() -> dict[str, Any]:
        stop = asyncio.Event()
        async with stop_on_signals(stop):
            return await show(seconds, port, announce, stop)

    return asyncio.run(until_interrupted())


async def show(
    seconds: float | None,
    port: int,
    announce: Callable[[str], None],
    stop: asyncio.Event,
) -> dict[str, Any]:
    """Run the demonstration until ``stop`` is set or ``seconds`` have passed; see :func:`run`."""
    loop = asyncio.get_running_loop()
    end_s = None if seconds is None else loop.time() + seconds
    async with contextlib.AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="skypact-demo-")))
        lines = await stack.enter_async_context(laid_lines())
        files = {one.code: folder / f"{one.code.lower()}.toml" for one in STATIONS}
        for file in files.values():
            lay_node(example("nodes", file.name), file)
        exercise = example("exercises", EXERCISE)
        sensors = await stack.enter_async_context(sensors_of(exercise, list(files.values())))
        announce(f"exercise {exercise.stem}: its sensors send from process {sensors.pid}")
        now_ns = SystemClock().now_ns()
        agreement = example("agreements", f"{AGREEMENT}.toml")
        await asyncio.to_thread(make_stations, folder, agreement, lines, now_ns)
        announce(f"agreement {AGREEMENT}: signed with keys made for this demonstration")
        running = await stack.enter_async_context(_running(files, port, lines, announce, stop))
        left_s = None if end_s is None else max(end_s - loop.time(), 0.0)
        ends = [_over(sensors), stop.wait(), *(node.ended() for node in running)]
        await _first_of(ends, left_s)
        views = await station_views({node.code: node.url for node in running})
    home, shown = running[0], figures(views)
    stations = shown["stations"]
    return {
        "plots": sum(n.summary.get("plots", stations[n.code]["plots"]) for n in running),
        "tracks": stations[home.code]["tracks"] or home.summary.get("tracks", 0),
        "nodes": len(running),
        "console_url": home.url,
        "console_urls": {node.code: node.url for node in running},
        **shown,
    }


@contextlib.asynccontextmanager
async def _running(
    files: Mapping[str, Path],
    port: int,
    lines: list[Line],
    announce: Callable[[str], None],
    stop: asyncio.Event,
) -> AsyncIterator[list[StationProcess]]:
    """While inside, every station's node runs and knows how its links stand."""
    nodes: list[StationProcess] = []

    def switch(station: str, link: str, is_open: bool) -> None:
        for line in lines:
            if line.seen_from(station, AGREEMENT) == link:
                line.way.set_open(is_open=is_open)
                announce(f"link {line.way.name} is {'restored' if is_open else 'cut'}")
        tell()

    def tell() -> None:
        for node in nodes:
            stands = {line.seen_from(node.code, AGREEMENT): line.way.open for line in lines}
            node.tell_links({link: is_open for link, is_open in stands.items() if link})

    for number, (code, file) in enumerate(files.items()):
        own_port = port + number if port else 0
        nodes.append(StationProcess(code, file, own_port, functools.partial(switch, code)))
    try:
        await asyncio.gather(*(node.start() for node in nodes))
        tell()
        await _first_of([_all_running(nodes), stop.wait()], None)
        for node in (node for node in nodes if node.url):
            announce(f"station {node.code}: console at {node.url}")
        announce("key P in a console lists its links, to cut and restore; Ctrl-C ends")
        yield nodes
    finally:
        await asyncio.gather(*(node.end() for node in nodes))


async def _all_running(nodes: list[StationProcess]) -> None:
    await asyncio.gather(*(node.running() for node in nodes))


async def _first_of(ends: list[Coroutine[Any, Any, Any]], within_s: float | None) -> None:
    """Wait for whatever ends first, at most so long; its error is raised."""
    waiting = {asyncio.ensure_future(end) for end in ends}
    try:
        done, _ = await asyncio.wait(waiting, timeout=within_s, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)


async def _over(sensors: asyncio.subprocess.Process) -> None:
    """Wait until the exercise is over."""
    ended = await sensors.wait()
    if ended != 0:
        raise Unavailable(
            f"the exercise's sensors ended with exit code {ended}",
            remedy="The lines above say why",
        )
