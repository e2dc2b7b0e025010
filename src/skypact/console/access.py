"""Who may talk to the console: loopback only, its own pages only, and no foreign content.

In: requests as ASGI scopes. Out: the same requests, or a refusal; and the response headers
that forbid the page to load or send anything elsewhere. Sources: RFC 6455 (10.2, Origin),
W3C Content Security Policy Level 3, OWASP ASVS 5 (3.5).

Until accounts exist the console has no other protection, so it serves loopback alone.
"""

from __future__ import annotations

from collections.abc import Iterable

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from skypact.model.errors import UsageError

LOOPBACK = ("127.0.0.1", "localhost", "::1")

# MapLibre GL JS 6 runs under this with setWorkerUrl; `data:` is for the icons in its style.
POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "worker-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "font-src 'self'",
        "manifest-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    ]
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}


def refuse_beyond_loopback(host: str) -> None:
    """Refuse to listen where another machine could connect.

    Raises
    ------
    UsageError
        If ``host`` is not a loopback name or address.
    """
    if host not in LOOPBACK:
        raise UsageError(
            "the console has no accounts yet and serves this machine only",
            where=host,
            remedy=f"Listen on one of {', '.join(LOOPBACK)}",
        )


def host_name(host: str) -> str:
    """The name in a Host header, without port and brackets, in lower case."""
    if host.startswith("["):
        return host[1:].partition("]")[0].lower()
    return host.partition(":")[0].lower()


class OwnPagesOnly:
    """ASGI middleware: known Host, own Origin, and the headers of every response.

    The Host check defeats DNS rebinding: a foreign name that is made to resolve to loopback
    still arrives as a foreign name. The Origin check keeps other sites' pages from opening
    the socket; a script sends no Origin and is let in, because it could send any.
    """

    def __init__(self, app: ASGIApp, hosts: Iterable[str] = LOOPBACK) -> None:
        self._app = app
        self._hosts = frozenset(hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        host, origin = headers.get("host", ""), headers.get("origin")
        foreign = host_name(host) not in self._hosts or (
            origin is not None and origin != f"http://{host}"
        )
        if scope["type"] == "websocket":
            if foreign:
                await receive()  # the handshake, which a refusal answers with 403
                await WebSocketClose(code=1008)(scope, receive, send)
            else:
                await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                response = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    response[name] = value
            await send(message)

        answer: ASGIApp = self._app
        if foreign:
            answer = PlainTextResponse("This address is not the console's.\n", 421)
        await answer(scope, receive, send_with_headers)
