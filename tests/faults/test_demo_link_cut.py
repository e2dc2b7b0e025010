"""The demonstration as a viewer plays with it: two nations, a joint post, a link that is cut.

Real processes, real NATS servers over TLS, real consoles.
"""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from skypact.node.demo import show
from skypact.node.demo_stations import STATIONS

LINK = "ru-kg-2022/RU"
GIVE_UP_S = 120.0
LOOK_S = 0.25


def answer(url: str, order: dict[str, Any] | None = None) -> Any:
    """What a console answers; with an order, to a POST of it. Nothing before its first picture."""
    body = None if order is None else json.dumps(order).encode()
    request = Request(url, body, {"content-type": "application/json"})
    try:
        with urlopen(request, timeout=20) as reply:
            return json.loads(reply.read())
    except HTTPError as refused:
        if refused.code != 503:
            raise
        return {}


class Demonstration:
    """A running demonstration, as its viewers reach it."""

    def __init__(self) -> None:
        self.stop = asyncio.Event()
        self.urls: dict[str, str] = {}
        self.said: list[str] = []
        self._told = asyncio.Event()

    def announce(self, line: str) -> None:
        self.said.append(line)
        found = re.search(r"station (\S+): console at (http\S+)", line)
        if found:
            self.urls[found[1]] = found[2]
        if len(self.urls) == len(STATIONS):
            self._told.set()

    async def consoles(self) -> None:
        """Wait until every console serves."""
        await self._told.wait()

    async def ask(self, code: str, path: str, order: dict[str, Any] | None = None) -> Any:
        return await asyncio.to_thread(answer, self.urls[code] + path, order)

    async def partners(self, code: str) -> dict[str, dict[str, Any]]:
        """A station's partners, as its status has them."""
        rows = (await self.ask(code, "api/status")).get("partners", [])
        return {row["station"]: row for row in rows}

    async def numbers(self, code: str) -> set[int]:
        """Joint numbers of the tracks that a station shows."""
        rows = (await self.ask(code, "api/tracks")).get("tracks", [])
        return {row["joint_number"] for row in rows if row["joint_number"] is not None}


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    """Look until it holds: the processes tell nobody when it does."""
    while not await holds():
        await asyncio.sleep(LOOK_S)


def test_a_viewer_cuts_a_link_and_restores_it() -> None:
    nodes = [station.code for station in STATIONS]

    async def watch(demo: Demonstration) -> None:
        await demo.consoles()

        async def joined() -> bool:
            states = [
                row["state"] for code in nodes for row in (await demo.partners(code)).values()
            ]
            return len(states) == 6 and set(states) == {"live"}

        async def shared() -> bool:
            return len(set.intersection(*[await demo.numbers(code) for code in nodes])) >= 20

        async def lost() -> bool:
            return (await demo.partners("KG"))["RU"]["state"] in ("stale", "lost")

        await until(joined)
        await until(shared)
        before = await demo.ask("KG", "api/links")
        assert before["links"] == [
            {"link": LINK, "open": True},
            {"link": "ru-kg-2022/KANT", "open": True},
        ]
        await demo.ask("KG", "api/links", {"link": LINK, "open": False})
        await until(lost)
        at_the_other_end = {
            row["link"]: row["open"] for row in (await demo.ask("RU", "api/links"))["links"]
        }
        assert at_the_other_end == {"ru-kg-2022/KG": False, "ru-kg-2022/KANT": True}
        assert (await demo.partners("KG"))["KANT"]["state"] == "live"
        assert (await demo.ask("KG", "api/status"))["plots_per_s"] > 0
        await demo.ask("RU", "api/links", {"link": "ru-kg-2022/KG", "open": True})
        await until(joined)

    async def play() -> dict[str, Any]:
        demo = Demonstration()
        showing = asyncio.create_task(show(None, 0, demo.announce, demo.stop))
        watching = asyncio.create_task(watch(demo))
        async with asyncio.timeout(GIVE_UP_S):
            await asyncio.wait({showing, watching}, return_when=asyncio.FIRST_COMPLETED)
            demo.stop.set()
            came_to = await showing
            await watching
        assert "link KG-RU is cut" in demo.said
        assert "link KG-RU is restored" in demo.said
        return came_to

    came_to = asyncio.run(play())
    assert came_to["nodes"] == 3
    assert came_to["plots"] > 100
    assert came_to["joint"]["at_all_stations"] >= 20
    assert came_to["stations"]["KANT"]["own"] == 0
    assert came_to["stations"]["KG"]["links"]["RU"]["state"] == "live"
