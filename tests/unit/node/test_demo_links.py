"""The demonstration's links: they carry bytes both ways, tear when cut, and are there again."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

from skypact.node.demo_links import CuttableLink

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@asynccontextmanager
async def line_to_an_echo() -> AsyncIterator[tuple[CuttableLink, Callable[[], Awaitable[Streams]]]]:
    """A link to a station that answers every line with the same line, and how to dial it."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        echoing.append(asyncio.current_task())
        try:
            while line := await reader.readline():
                writer.write(line)
        except ConnectionError:
            pass
        await hang_up(writer)

    echoing: list[asyncio.Task[None] | None] = []
    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    link = CuttableLink("KG-RU", *server.sockets[0].getsockname()[:2])
    await link.start()
    host, _, port = link.address.partition(":")
    try:
        yield link, lambda: asyncio.open_connection(host, int(port))
    finally:
        await link.stop()
        server.close()
        await asyncio.gather(*(task for task in echoing if task is not None))


async def hang_up(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with suppress(ConnectionError):
        await writer.wait_closed()


async def said(streams: Streams, line: bytes) -> bytes:
    """What comes back for a line; empty where the line is torn."""
    reader, writer = streams
    try:
        writer.write(line)
        return await reader.readline()
    except ConnectionError:
        return b""


def within(test: Callable[[], Awaitable[None]]) -> None:
    """Run a test that must not hang."""

    async def run() -> None:
        async with asyncio.timeout(20):
            await test()

    asyncio.run(run())


def test_a_link_carries_bytes_both_ways() -> None:
    async def test() -> None:
        async with line_to_an_echo() as (_, dial):
            one, other = await dial(), await dial()
            assert await said(one, b"hail\n") == b"hail\n"
            assert await said(other, b"x" * 60_000 + b"\n") == b"x" * 60_000 + b"\n"
            assert await said(one, b"again\n") == b"again\n"
            await hang_up(one[1])
            await hang_up(other[1])

    within(test)


def test_a_cut_link_tears_what_it_carried_and_takes_nothing_until_it_is_restored() -> None:
    async def test() -> None:
        async with line_to_an_echo() as (link, dial):
            before = await dial()
            assert await said(before, b"hail\n") == b"hail\n"
            link.set_open(is_open=False)
            assert await said(before, b"lost\n") == b""
            meanwhile = await dial()
            assert await said(meanwhile, b"lost\n") == b""
            link.set_open(is_open=True)
            assert await said(before, b"lost\n") == b""
            after = await dial()
            assert await said(after, b"back\n") == b"back\n"
            for streams in (before, meanwhile, after):
                await hang_up(streams[1])

    within(test)


def test_a_side_that_hangs_up_ends_the_other() -> None:
    async def test() -> None:
        async with line_to_an_echo() as (_, dial):
            reader, writer = await dial()
            writer.write_eof()
            assert await reader.read() == b""
            await hang_up(writer)

    within(test)


def test_a_link_to_nobody_hangs_up() -> None:
    async def test() -> None:
        server = await asyncio.start_server(lambda _r, _w: None, "127.0.0.1", 0)
        target = server.sockets[0].getsockname()[:2]
        server.close()
        await server.wait_closed()
        link = CuttableLink("KG-RU", *target)
        await link.start()
        host, _, port = link.address.partition(":")
        try:
            streams = await asyncio.open_connection(host, int(port))
            assert await said(streams, b"hail\n") == b""
            await hang_up(streams[1])
        finally:
            await link.stop()

    within(test)
