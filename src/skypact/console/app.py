"""The console's addresses: the page, the JSON interface and the picture's WebSocket.

What operators send is in :mod:`skypact.console.operator_input`.

In: a :class:`PictureDesk` that the node publishes to. Out: an ASGI application. Every
browser has one slot that the newest picture overwrites; a browser that stalls is sent nothing
more until it reads again, and costs nothing meanwhile.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from dataclasses import asdict
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp
from starlette.websockets import WebSocket, WebSocketDisconnect

from skypact.console.access import OwnPagesOnly
from skypact.console.desk import PictureDesk
from skypact.console.front_end import ASSETS, front_end_routes
from skypact.console.operator_input import (
    NOT_STORED,
    LinkSwitch,
    OnReport,
    input_routes,
)
from skypact.console.views import status_view, track_view, track_views
from skypact.feeds.geojson import geojson_of_tracks

TRACK_NUMBER = re.compile(r"-?[0-9]{1,18}")
CLIENT_LIMIT = 64  # browsers at once; more would be a fault or an attack on one machine


def create_app(
    desk: PictureDesk,
    assets: Path = ASSETS,
    on_report: OnReport | None = None,
    link_switch: LinkSwitch | None = None,
) -> ASGIApp:
    """Make the application.

    Parameters
    ----------
    desk
        Where the current picture lies.
    assets
        Folder of the built display.
    on_report, link_switch
        What takes reports and switches links, see :class:`skypact.console.Console`.
    """

    def answer(content: object, status_code: int = 200) -> Response:
        return JSONResponse(content, status_code, headers=NOT_STORED)

    def nothing_yet() -> Response:
        return answer({"error": "no picture has been published yet"}, 503)

    # Plain functions: Starlette runs them in a thread, so that a big answer delays no picture.
    def status(request: Request) -> Response:
        now = desk.current
        return answer(status_view(now.status, now.sequence)) if now else nothing_yet()

    def sensors(request: Request) -> Response:
        now = desk.current
        if now is None:
            return nothing_yet()
        return answer(
            {"sequence": now.sequence, "sensors": [asdict(s) for s in now.status.sensors]}
        )

    def agreements(request: Request) -> Response:
        now = desk.current
        if now is None:
            return nothing_yet()
        rows = [asdict(agreement) for agreement in now.status.agreements]
        return answer({"sequence": now.sequence, "agreements": rows})

    def tracks(request: Request) -> Response:
        now = desk.current
        if now is None:
            return nothing_yet()
        head = {"sequence": now.sequence, "now_ns": now.status.now_ns, "mode": now.status.mode}
        return answer(head | {"tracks": track_views(now.picture, now.sensor_names)})

    def tracks_on_a_map(request: Request) -> Response:
        now = desk.current
        if now is None:
            return nothing_yet()
        content = b"".join(geojson_of_tracks(now.tracks))
        return Response(content, media_type="application/geo+json", headers=NOT_STORED)

    def one_track(request: Request) -> Response:
        now = desk.current
        if now is None:
            return nothing_yet()
        text = request.path_params["number"]
        # A joint track without a joint number goes under minus the node's own.
        number = int(text) if TRACK_NUMBER.fullmatch(text) else 0
        found = track_view(now.picture, number, now.sensor_names)
        return answer(found or {"error": "no such track now"}, 200 if found else 404)

    async def picture(socket: WebSocket) -> None:
        await _show_picture(socket, desk)

    application = Starlette(
        routes=[
            Route("/api/status", status),
            Route("/api/sensors", sensors),
            Route("/api/agreements", agreements),
            Route("/api/tracks", tracks),
            Route("/api/tracks.geojson", tracks_on_a_map),
            Route("/api/tracks/{number}", one_track),
            WebSocketRoute("/api/picture", picture),
            *input_routes(desk, on_report, link_switch),
            *front_end_routes(assets),
        ]
    )
    return OwnPagesOnly(application)  # outside all else, so that even a fault has its headers


async def _show_picture(socket: WebSocket, desk: PictureDesk) -> None:
    """Serve one browser until it leaves or the console closes."""
    await socket.accept()
    if len(desk.waiting) >= CLIENT_LIMIT:
        await socket.close(1013, "too many displays are connected")
        return
    with desk.seat() as news:
        tasks = {
            asyncio.create_task(_send_news(socket, desk, news)),
            asyncio.create_task(_until_gone(socket)),
            asyncio.create_task(desk.closing.wait()),
        }
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def _send_news(socket: WebSocket, desk: PictureDesk, news: asyncio.Event) -> None:
    """Send the newest picture whenever the browser is ready for it."""
    revision, reports_revision = -1, 0
    with contextlib.suppress(WebSocketDisconnect):
        while True:
            await news.wait()
            news.clear()
            now = desk.current
            if now is None:
                continue
            texts = desk.texts.since(revision)
            revision = desk.texts.revision
            if texts is not None:
                await socket.send_text(texts)
            await socket.send_bytes(now.frame)
            await socket.send_text(now.status_text)
            if reports_revision != desk.reports_revision:
                reports_revision = desk.reports_revision
                await socket.send_text(desk.reports_text)


async def _until_gone(socket: WebSocket) -> None:
    """Read and drop whatever the browser says (it has nothing to say yet) until it leaves."""
    while (await socket.receive())["type"] != "websocket.disconnect":
        pass
