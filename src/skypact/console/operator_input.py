"""What operators send: threat reports, and in a demo the links that they cut and restore.

In: HTTP requests that :mod:`skypact.console.access` let through. Out: calls into the node, in
the event loop that serves, one after the other; and their answers. A page of another site gets
nothing in: its Origin is foreign, and a body that is not declared as JSON is refused, so that
no plain form can be sent either (OWASP ASVS 5, 3.5).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Protocol

import msgspec
from msgspec import Meta
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from skypact.console.desk import PictureDesk
from skypact.console.report_form import read_report
from skypact.console.views import known_values, report_views
from skypact.model.errors import SkypactError, UsageError

LARGEST_BODY = 64 * 1024  # bytes
BODY_WITHIN_S = 10.0  # a sender that takes longer is let go
NOT_STORED = {"cache-control": "no-store"}

OnReport = Callable[[dict[str, Any]], dict[str, Any]]


class LinkSwitch(Protocol):
    """Links that the operator of a demo can cut and restore; both are called in the event loop."""

    def links(self) -> list[dict[str, Any]]:
        """The links as they are: ``link`` (its name, such as ``AGREEMENT/STATION``), ``open``."""
        ...

    def set(self, link: str, open: bool) -> None:
        """Cut or restore one of them."""
        ...


class _LinkOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of ``POST /api/links``."""

    link: Annotated[str, Meta(min_length=1, max_length=80)]
    open: bool


class _Refused(Exception):
    """A request that is answered with an error."""

    def __init__(self, status_code: int, error: str) -> None:
        super().__init__(error)
        self.status_code = status_code


def input_routes(
    desk: PictureDesk, on_report: OnReport | None, link_switch: LinkSwitch | None
) -> list[BaseRoute]:
    """Routes of reports and links.

    Parameters
    ----------
    desk
        Where the current picture lies, with the reports that hold.
    on_report
        Takes a report, already checked; None where the node takes none.
    link_switch
        The links that can be cut; None where there are none.
    """

    async def reports(request: Request) -> Response:
        now = desk.current
        rows = report_views(now.status) if now else []
        return _answer({"sequence": now.sequence if now else 0, "reports": rows})

    async def write_report(request: Request) -> Response:
        if on_report is None:
            raise _Refused(404, "this node takes no reports")
        return _answer(known_values(on_report(read_report(await _body(request)))), 201)

    async def links(request: Request) -> Response:
        return _answer({"links": _links(link_switch)})

    async def switch_link(request: Request) -> Response:
        if link_switch is None:
            raise _Refused(404, "this node's links cannot be switched here")
        order = _read_order(await _body(request))
        if order.link not in [link["link"] for link in _links(link_switch)]:
            raise _Refused(404, "there is no such link")
        link_switch.set(order.link, order.open)
        return _answer({"links": _links(link_switch)})

    return [
        Route("/api/reports", reports, methods=["GET"]),
        Route("/api/reports", _refusing(write_report), methods=["POST"]),
        Route("/api/links", links, methods=["GET"]),
        Route("/api/links", _refusing(switch_link), methods=["POST"]),
    ]


def _answer(content: object, status_code: int = 200) -> Response:
    return JSONResponse(content, status_code, headers=NOT_STORED)


def _links(link_switch: LinkSwitch | None) -> list[dict[str, Any]]:
    rows = link_switch.links() if link_switch is not None else []
    return [known_values(row) for row in rows]


def _refusing(
    handle: Callable[[Request], Awaitable[Response]],
) -> Callable[[Request], Awaitable[Response]]:
    """The same handler, its named refusals as JSON answers."""

    async def handled(request: Request) -> Response:
        try:
            return await handle(request)
        except _Refused as refused:
            return _answer({"error": str(refused)}, refused.status_code)
        except SkypactError as error:
            # 3: input cannot be used; 4: a part is unavailable; else the node said no.
            code = {2: 422, 3: 422, 4: 503}.get(error.exit_code, 409)
            return _answer({"error": str(error), "name": error.name}, code)
        except ClientDisconnect:
            return Response(status_code=400)  # nobody reads it

    return handled


async def _body(request: Request) -> bytes:
    """The body of a request from our own page or a script, whole and within its limit."""
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise _Refused(403, "this may be sent from the console's own page only")
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise _Refused(415, "send it as application/json")
    length = request.headers.get("content-length", "0")
    too_large = _Refused(413, f"more than {LARGEST_BODY} bytes")
    if not length.isascii() or not length.isdecimal() or int(length[:12]) > LARGEST_BODY:
        raise too_large
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_WITHIN_S):
            async for part in request.stream():
                body += part
                if len(body) > LARGEST_BODY:
                    raise too_large
    except TimeoutError:
        raise _Refused(408, "the rest of it did not come") from None
    return bytes(body)


def _read_order(body: bytes) -> _LinkOrder:
    try:
        return msgspec.json.decode(body, type=_LinkOrder)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise UsageError(f"this switches no link: {error}") from None
