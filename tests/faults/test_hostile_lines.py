"""What a partner can do to a link with the network's own words, over real servers."""

import asyncio
import contextlib
from pathlib import Path

from skypact.exchange.nats_link import CHANNELS
from two_stations import WAIT_S, Running, both_running, crosses, joined_stations, until


async def says(side: Running, line: bytes) -> None:
    """Let a station's own client say something in the protocol of NATS as it stands."""
    client = side.link._client
    assert client is not None
    assert client._transport is not None
    client._transport.write(line)
    await client.flush()


def test_no_answer_address_or_header_makes_a_link_deaf(tmp_path: Path) -> None:
    pair = joined_stations(tmp_path)

    async def run() -> None:
        async with both_running(pair) as (east, west, _):
            await crosses(west, east, b"before")
            await says(west, b"PUB WE.EA.live \xff\xfe 1\r\n1\r\n")
            await says(west, b"PUB WE.EA.\xff\xfe 1\r\n2\r\n")
            await says(west, b"HPUB WE.EA.live 12 13\r\nNATS/1.0\r\n\xff\xff3\r\n")
            await says(west, b"HPUB WE.EA.live 10 11\r\nNATS/1.0\r\n4\r\n")
            await says(west, b"HPUB WE.EA.live 16 17\r\nNATS/1.0 5\xff3\r\n\r\n5\r\n")
            await says(west, b"PUB WE.EA.live a\x0bb 1\r\n6\r\n")
            await crosses(west, east, b"after")

    asyncio.run(run())


def test_a_flooded_channel_is_left_and_the_others_are_heard(tmp_path: Path) -> None:
    pair = joined_stations(tmp_path)

    async def run() -> None:
        async with both_running(pair) as (east, west, _):
            await crosses(west, east, b"before")
            assert east.link.heard == set(CHANNELS)
            await east.link.hear({"items", "hail"})
            assert east.link.heard == {"items", "hail"}
            east.link.drain()
            client = west.link._client
            assert client is not None
            came: list[str] = []
            async with asyncio.timeout(WAIT_S):
                while len(came) < 3:  # interest takes a moment to spread
                    await client.publish("WE.EA.items", b"an order")
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(east.link.arrival(), 0.05)
                    came += [subject for subject, _, _ in east.link.drain()]
            assert set(came) == {"WE.EA.items"}
            await client.publish("WE.EA.live", b"a flood")
            await client.publish("WE.EA.items", b"the last order")
            seen: list[bytes] = []
            await until(
                lambda: (
                    seen.extend(d for _, d, _ in east.link.drain()) or b"the last order" in seen
                ),
                "the order after it",
            )
            assert b"a flood" not in seen
            await east.link.resume()
            await crosses(west, east, b"heard again")

    asyncio.run(run())


def test_what_comes_is_told_of_at_once(tmp_path: Path) -> None:
    pair = joined_stations(tmp_path)

    async def run() -> None:
        async with both_running(pair) as (east, west, _):
            told = asyncio.Event()
            east.link.on_arrival = told.set
            await crosses(west, east, b"something")
            assert told.is_set()

    asyncio.run(run())
