"""The console over real sockets: who is served, what they get, and what a bad client costs."""

import asyncio
import contextlib
import http.client
import json
import socket
import tracemalloc
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus

from skypact.console import Console
from skypact.console.app import CLIENT_LIMIT
from skypact.console.frame import HEADER
from skypact.console.front_end import require_front_end
from skypact.model.errors import FrontEndMissing, PortInUse, UsageError
from skypact.model.status import NodeStatus
from skypact.model.tracks import Tracks

NO_ASSETS = Path(__file__).parent / "no-such-folder"


def serve(work: Callable[[Console, str], Awaitable[None]], assets: Path = NO_ASSETS) -> None:
    """Run ``work`` beside a console on a free port."""

    async def run() -> None:
        console = Console(assets=assets)
        async with console.serving() as url:
            await asyncio.wait_for(work(console, url), 20)

    asyncio.run(run())


async def get(url: str, path: str, **headers: str) -> tuple[http.client.HTTPResponse, bytes]:
    def ask() -> tuple[http.client.HTTPResponse, bytes]:
        connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=5)
        try:
            connection.request("GET", path, headers=headers)
            response = connection.getresponse()
            return response, response.read()
        finally:
            connection.close()

    return await asyncio.to_thread(ask)


def watch(url: str, **more: Any) -> connect:
    return connect(url.replace("http", "ws") + "api/picture", max_size=None, **more)


def client_that_never_reads(url: str) -> socket.socket:
    place = urlsplit(url)
    client = socket.create_connection((place.hostname or "", place.port or 0))
    client.sendall(
        b"GET /api/picture HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
        b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    return client


async def picture_of(client: ClientConnection) -> bytes:
    """The next binary message."""
    while True:
        message = await asyncio.wait_for(client.recv(), 5)
        if isinstance(message, bytes):
            return message


def test_a_display_gets_texts_then_frame_then_status(
    golden_tracks: Tracks, status: NodeStatus
) -> None:
    async def work(console: Console, url: str) -> None:
        console.publish(golden_tracks, status)
        async with watch(url) as client:
            texts, frame, state = [await client.recv() for _ in range(3)]
            assert json.loads(texts)["rows"][0] == [1, "KGA101", [0, 2]]
            assert HEADER.unpack_from(frame)[3] == 1
            assert json.loads(state)["sensors"][1]["state"] == "silent"
            console.publish(golden_tracks, status)
            assert HEADER.unpack_from(await picture_of(client))[3] == 2

    serve(work)


def test_all_displays_share_one_frame(golden_tracks: Tracks, status: NodeStatus) -> None:
    async def work(console: Console, url: str) -> None:
        async with watch(url) as first, watch(url) as second:
            console.publish(golden_tracks, status)
            assert await picture_of(first) == await picture_of(second)
            assert console.clients == 2

    serve(work)


def test_a_page_of_another_site_cannot_open_the_picture() -> None:
    async def work(console: Console, url: str) -> None:
        for origin in ("http://evil.example", "http://127.0.0.1:1", "https://127.0.0.1", "null"):
            with pytest.raises(InvalidStatus) as refused:
                async with watch(url, origin=origin):
                    pass
            assert refused.value.response.status_code == 403
        async with watch(url, origin=url.rstrip("/")):
            pass

    serve(work)


def test_a_name_that_was_rebound_to_loopback_is_refused(status: NodeStatus) -> None:
    async def work(console: Console, url: str) -> None:
        console.publish(Tracks.empty(), status)
        for host in ("evil.example", "evil.example:80", "127.0.0.1.evil.example", "[::2]:80"):
            response, body = await get(url, "/api/status", Host=host)
            assert response.status == 421
            assert b"KGZ" not in body
        response, _ = await get(url, "/api/status", Host="localhost:8470")
        assert response.status == 200

    serve(work)


def test_every_response_forbids_foreign_content() -> None:
    async def work(console: Console, url: str) -> None:
        for path in ("/", "/api/status", "/no/such/page", "/files/none.js"):
            response, _ = await get(url, path)
            policy = response.headers["content-security-policy"]
            assert "default-src 'none'" in policy
            assert "frame-ancestors 'none'" in policy
            assert "unsafe" not in policy
            assert "http" not in policy
            assert response.headers["x-content-type-options"] == "nosniff"
            assert response.headers["referrer-policy"] == "no-referrer"

    serve(work)


def test_without_the_built_display_the_page_says_what_to_run(status: NodeStatus) -> None:
    async def work(console: Console, url: str) -> None:
        console.publish(Tracks.empty(), status)
        response, body = await get(url, "/")
        assert response.status == 503
        assert b"make setup" in body
        response, _ = await get(url, "/api/status")
        assert response.status == 200

    serve(work)
    with pytest.raises(FrontEndMissing, match="make setup"):
        require_front_end(NO_ASSETS)


def test_files_outside_the_display_are_not_served(tmp_path: Path) -> None:
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "a.js").write_text("1")
    (tmp_path / "secret").write_text("key")

    async def work(console: Console, url: str) -> None:
        response, body = await get(url, "/files/a.js")
        assert (response.status, body) == (200, b"1")
        assert "immutable" in response.headers["cache-control"]
        for path in ("/files/../secret", "/files/%2e%2e/secret", "/files//etc/passwd"):
            response, body = await get(url, path)
            assert response.status == 404
            assert b"key" not in body

    serve(work, tmp_path)


def test_scripts_read_the_picture_as_json(golden_tracks: Tracks, status: NodeStatus) -> None:
    async def work(console: Console, url: str) -> None:
        response, _ = await get(url, "/api/tracks")
        assert response.status == 503  # nothing published yet
        console.publish(golden_tracks, status)
        _, body = await get(url, "/api/tracks")
        first, second = json.loads(body)["tracks"][:2]
        assert first["latitude_deg"] == pytest.approx(42.853)
        assert (first["mode_3a"], first["mode_s"]) == ("7700", "601A2B")
        assert first["sensors"] == ["Kant"]  # index 2 is not in the table, and is left out
        assert second["pressure_altitude_m"] is None
        assert second["callsign"] is None
        _, body = await get(url, "/api/tracks/70000")
        assert json.loads(body)["track"] == 70_000
        response, body = await get(url, "/api/tracks.geojson")
        assert response.headers["content-type"] == "application/geo+json"
        assert json.loads(body)["type"] == "FeatureCollection"
        assert len(json.loads(body)["features"]) > 0
        response, _ = await get(url, "/api/tracks/99")
        assert response.status == 404
        _, body = await get(url, "/api/sensors")
        assert [s["name"] for s in json.loads(body)["sensors"]] == ["Kant", "Batken"]

    serve(work)


def test_a_display_that_stalls_costs_nothing(golden_tracks: Tracks, status: NodeStatus) -> None:
    many = golden_tracks.take(np.arange(10_000) % 5)
    many = replace(many, track=np.arange(10_000, dtype=np.int64))

    async def work(console: Console, url: str) -> None:
        with contextlib.ExitStack() as stalled:
            for _ in range(5):
                stalled.enter_context(client_that_never_reads(url))
            async with watch(url) as reader:
                for _ in range(40):  # fill what kernel and transport hold
                    console.publish(many, status)
                    await picture_of(reader)
                tracemalloc.start()
                before = tracemalloc.get_traced_memory()[0]
                for _ in range(60):
                    console.publish(many, status)
                    frame = await picture_of(reader)
                grown = tracemalloc.get_traced_memory()[0] - before
                tracemalloc.stop()
                assert HEADER.unpack_from(frame)[3] == 100
                assert console.clients == 6
                # Sixty frames of 310 kB for each of five clients would be 93 MB.
                assert grown < 2_000_000

    serve(work)


def test_stalled_displays_do_not_hold_up_the_end(
    golden_tracks: Tracks, status: NodeStatus, caplog: pytest.LogCaptureFixture
) -> None:
    many = golden_tracks.take(np.arange(200_000) % 5)

    async def run() -> None:
        console = Console(assets=NO_ASSETS)
        with contextlib.ExitStack() as stalled:
            async with console.serving() as url:
                stalled.enter_context(client_that_never_reads(url))
                for _ in range(5):
                    console.publish(many, status)
                    await asyncio.sleep(0.05)
                begun = asyncio.get_running_loop().time()
            assert asyncio.get_running_loop().time() - begun < 5

    asyncio.run(run())
    assert not caplog.records


def test_the_console_closes_in_order_with_displays_connected(
    golden_tracks: Tracks, status: NodeStatus
) -> None:
    async def run() -> None:
        console = Console(assets=NO_ASSETS)
        async with console.serving() as url:
            console.publish(golden_tracks, status)
            client = await watch(url).__aenter__()
            await picture_of(client)
        await asyncio.wait_for(client.wait_closed(), 2)
        again = Console(port=urlsplit(url).port or 0, assets=NO_ASSETS)
        async with again.serving():  # the port is free at once
            pass

    asyncio.run(run())


def test_a_cancelled_node_lets_go_of_the_port(
    golden_tracks: Tracks, status: NodeStatus, caplog: pytest.LogCaptureFixture
) -> None:
    urls = []

    async def node() -> None:
        console = Console(assets=NO_ASSETS)
        async with console.serving() as url:
            urls.append(url)
            while True:
                console.publish(golden_tracks, status)
                await asyncio.sleep(0.01)

    async def run() -> None:
        running = asyncio.create_task(node())
        while not urls:
            await asyncio.sleep(0.01)
        client = await watch(urls[0]).__aenter__()
        await picture_of(client)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        await client.wait_closed()
        async with Console(port=urlsplit(urls[0]).port or 0, assets=NO_ASSETS).serving():
            pass

    asyncio.run(run())
    assert not caplog.records


def test_too_many_displays_are_turned_away_by_name() -> None:
    async def work(console: Console, url: str) -> None:
        seated = [await watch(url).__aenter__() for _ in range(CLIENT_LIMIT)]
        async with watch(url) as one_more:
            await one_more.wait_closed()
            assert one_more.close_code == 1013
        for client in seated:
            await client.close()

    serve(work)


def test_a_long_message_from_a_browser_ends_only_its_own_connection(
    golden_tracks: Tracks, status: NodeStatus
) -> None:
    async def work(console: Console, url: str) -> None:
        async with watch(url) as good, watch(url) as bad:
            await bad.send("x" * 10_000)
            await asyncio.wait_for(bad.wait_closed(), 5)
            console.publish(golden_tracks, status)
            assert await picture_of(good)

    serve(work)


def test_a_port_in_use_is_named() -> None:
    async def work(console: Console, url: str) -> None:
        other = Console(port=urlsplit(url).port or 0)
        with pytest.raises(PortInUse, match="choose another"):
            async with other.serving():
                pass

    serve(work)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "example.com", ""])
def test_another_machine_cannot_be_served_until_there_are_accounts(host: str) -> None:
    with pytest.raises(UsageError, match="no accounts yet"):
        Console(host=host)
