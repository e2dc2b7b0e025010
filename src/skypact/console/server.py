"""The console as the node uses it: listen, publish, serve, close.

In: the node's picture each output second; from operators, threat reports. Out: HTTP and
WebSocket on a loopback port, in the event loop of the node. Signals, logs and the end of the
process belong to the node.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import uvicorn

from skypact.console.access import refuse_beyond_loopback
from skypact.console.app import create_app
from skypact.console.desk import PictureDesk
from skypact.console.front_end import ASSETS
from skypact.console.operator_input import LinkSwitch, OnReport
from skypact.model.errors import PortInUse
from skypact.model.joint import JointTracks
from skypact.model.status import NodeStatus
from skypact.model.tracks import Tracks

MESSAGE_LIMIT_BYTES = 4096  # a browser has nothing long to say
GRACE_S = 1.0  # for answers under way when the node stops


class Console:
    """Operator displays of one node.

    ::

        console = Console(port=8470)
        async with console.serving() as url:      # PortInUse is raised here
            console.publish(picture, status)      # once an output second, in the same event loop

    Parameters
    ----------
    port
        TCP port; 0 takes any free one.
    host
        Loopback name or address.
    assets
        Folder of the built display; without it the interface works and ``/`` says what to run.
    on_report
        Takes a threat report that an operator wrote, as
        :func:`skypact.console.report_form.read_report` gives it, and returns what the operator
        is told. Called in the event loop that serves. What it raises from
        :class:`~skypact.model.errors.SkypactError` is told to the operator. None: the displays
        offer no form.
    link_switch
        Links that operators may cut and restore, for a demo; None: no buttons.

    Raises
    ------
    UsageError
        If ``host`` is not loopback, because the console has no accounts yet.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        host: str = "127.0.0.1",
        assets: Path = ASSETS,
        on_report: OnReport | None = None,
        link_switch: LinkSwitch | None = None,
    ) -> None:
        refuse_beyond_loopback(host)
        self._host, self._port = host, port
        taken = {"reports": on_report, "links": link_switch}
        self._desk = PictureDesk(tuple(name for name, by in taken.items() if by is not None))
        self.app = create_app(self._desk, assets, on_report, link_switch)

    @property
    def clients(self) -> int:
        """How many displays are connected."""
        return len(self._desk.waiting)

    def publish(self, picture: JointTracks | Tracks, status: NodeStatus) -> None:
        """Show the next picture; the node calls this once an output second.

        Call it in the event loop that serves. It encodes once for all displays, returns
        without waiting for any of them, and may be called before the console serves. The
        arrays must not be changed afterwards.

        Parameters
        ----------
        picture
            Every track, confirmed and tentative; or the joint picture, where there is one.
        status
            The node at the same time; the order of its sensors is that of the track's bits.
        """
        self._desk.publish(picture, status)

    @contextlib.asynccontextmanager
    async def serving(self) -> AsyncIterator[str]:
        """Serve while the block runs, then see the displays off and let go of the port.

        Yields
        ------
        str
            The address for the browser.

        Raises
        ------
        PortInUse
            If the port cannot be taken.
        """
        listener = _listen(self._host, self._port)
        config = uvicorn.Config(
            self.app,
            http="h11",
            ws="websockets-sansio",
            ws_per_message_deflate=False,  # costs most of a core for a third of the bytes
            ws_max_size=MESSAGE_LIMIT_BYTES,
            lifespan="off",
            log_config=None,
            log_level="error",
            access_log=False,
            server_header=False,
            proxy_headers=False,
        )
        server = _QuietServer(config)
        running = asyncio.create_task(server.serve(sockets=[listener]))
        name = f"[{self._host}]" if ":" in self._host else self._host
        try:
            yield f"http://{name}:{listener.getsockname()[1]}/"
        finally:
            self._desk.closing.set()
            # Shielded: a cancelled node still closes its sockets in order.
            await asyncio.shield(_end(server, running))
            listener.close()


def _listen(host: str, port: int) -> socket.socket:
    """Take the port, so that a second node fails at once and by name."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen()
    except OSError as error:
        listener.close()
        raise PortInUse(
            f"the console cannot listen there ({error.strerror})",
            where=f"{host}:{port}",
            remedy="Stop the program that holds the port, or choose another; 0 takes any",
        ) from error
    return listener


async def _end(server: uvicorn.Server, running: asyncio.Task[None]) -> None:
    """Let answers under way end, then cut off who does not read them."""
    server.should_exit = True
    done, _ = await asyncio.wait({running}, timeout=GRACE_S)
    if not done:
        for connection in list(server.server_state.connections):
            connection.transport.abort()
    await running


class _QuietServer(uvicorn.Server):
    """Uvicorn without signal handlers of its own: the node decides when to stop."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals alone."""
        yield
