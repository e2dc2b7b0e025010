"""Ways between the demonstration's stations that its viewer can cut and restore.

In: TCP connections of the station that dials, on a loopback port of its own for each link. Out:
the same bytes to the station that listens, both ways. A link that is cut drops what it has and
takes nothing more, as a torn line does; the stations find out and deal with it by themselves.
"""

from __future__ import annotations

import asyncio
import contextlib

CHUNK_BYTES = 1 << 16
MOST_CONNECTIONS = 16
"""One station dials, with one connection at a time; more is a fault."""


class CuttableLink:
    """A line between two stations.

    Parameters
    ----------
    name
        Such as ``KG-RU``: the station that listens, and the one that dials.
    host, port
        Where the station listens that is dialled.
    """

    def __init__(self, name: str, host: str, port: int) -> None:
        self.name = name
        self.open = True
        self.address = ""
        """Where the other station dials, ``host:port``; known once the line is laid."""
        self._target = (host, port)
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._carrying: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Lay the line, on any free port."""
        self._server = await asyncio.start_server(self._welcome, "127.0.0.1", 0)
        host, port = self._server.sockets[0].getsockname()[:2]
        self.address = f"{host}:{port}"

    async def stop(self) -> None:
        """Take the line away, with what it carried."""
        if self._server is not None:
            self._server.close()
        self.set_open(is_open=False)
        await asyncio.gather(*self._carrying, return_exceptions=True)

    def set_open(self, *, is_open: bool) -> None:
        """Cut or restore; what was on its way when the line was cut is lost."""
        self.open = is_open
        if not is_open:
            for writer in list(self._writers):
                writer.transport.abort()

    def _welcome(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        carrying = asyncio.get_running_loop().create_task(self._carry(reader, writer))
        self._carrying.add(carrying)
        carrying.add_done_callback(self._carrying.discard)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one connection's bytes until either side or the line ends it."""
        ends = [writer]
        self._writers.add(writer)
        try:
            if self.open and len(self._writers) <= 2 * MOST_CONNECTIONS:
                answers, far = await asyncio.open_connection(*self._target)
                ends.append(far)
                self._writers.add(far)
                if self.open:  # it may have been cut while it was dialled
                    await asyncio.gather(_pour(reader, far), _pour(answers, writer))
        except OSError:
            pass  # nobody listens there, or one side has gone without a word
        finally:
            for end in ends:
                self._writers.discard(end)
                end.transport.abort()
                with contextlib.suppress(OSError):
                    await end.wait_closed()


async def _pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(CHUNK_BYTES):
        writer.write(data)
        await writer.drain()
    with contextlib.suppress(OSError):
        writer.write_eof()
