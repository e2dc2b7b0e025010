"""One link's edge: datagrams out to a partner and in from it, over the station's own NATS server.

In: datagrams to send, and a clock. Out: what came, each with its subject and time of reception,
unopened: the link's machine judges it. The edge holds no truth: what it drops, while the server
is away or the node does not fetch, is counted, and the machine sends again what must arrive.

A watchdog looks after the leaf connection: a server may stop dialling without a word
(nats-server issue 7615), and a connection may be open and dead.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from typing import Literal, Protocol

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.errors import Error as NatsError

from skypact.exchange.nats_client import PayloadClient, connect
from skypact.exchange.nats_config import host_and_port
from skypact.exchange.nats_errors import ServerRefused
from skypact.exchange.nats_process import end_client
from skypact.exchange.nats_server import Leaf, NatsServer
from skypact.exchange.nats_tokens import LONGEST_TOKEN
from skypact.model.time import SECOND_NS

MOST_WAITING = 20_000
"""Datagrams that wait to be fetched; more are dropped, newest first, and counted."""
MOST_WAITING_BYTES = 64_000_000
MOST_UNSENT_BYTES = 1_500_000
"""Bytes that the own server has not taken; more are dropped and counted. From 2 MiB on the
library would wait for the server, and the whole edge with it."""
DIAL_S = 3.0
FLUSH_S = 1
TOKENS = "credentials"
"""The channel on which the side that is dialled offers new credentials."""
CHANNELS = ("hail", "items", "live", TOKENS)
"""All that is listened to; what a partner sends elsewhere stays at its own server."""

OFFER_NS = SECOND_NS
"""Credentials are not taken more often than this."""

LinkEdgeState = Literal["closed", "no-server", "no-leaf", "joined"]


class Sendable(Protocol):
    """What is sent: ``skypact.exchange.link.Datagram`` is one."""

    @property
    def subject(self) -> str:
        """Where to."""

    @property
    def payload(self) -> bytes:
        """The envelope."""


@dataclass(frozen=True, slots=True)
class LinkEnds:
    """Which two stations a link joins, and by what.

    Parameters
    ----------
    own, partner
        Codes of the stations.
    account
        Public key of the link's account on the own server.
    credentials
        Text of the credentials of the own client of that account.
    dials
        ``HOST:PORT`` of the partner where this side dials it; empty where the partner dials.
    """

    own: str
    partner: str
    account: str
    credentials: str = field(repr=False)
    dials: str = ""


@dataclass(frozen=True, slots=True)
class WatchSettings:
    """When the watchdog looks, and when it acts.

    Parameters
    ----------
    look_s
        Between two looks.
    silence_s
        Nothing heard for so long: the connection is made anew. Partners ping each second.
    first_pause_s, longest_pause_s
        After acting it waits so long before it acts again, each time twice as long.
    """

    look_s: float = 2.0
    silence_s: float = 15.0
    first_pause_s: float = 15.0
    longest_pause_s: float = 600.0


class NatsLink:
    """One link's edge.

    Parameters
    ----------
    server
        The station's server, started.
    ends
        Which stations.
    now_ns
        The clock: int64 UTC nanoseconds.
    watch
        How the watchdog behaves.
    """

    def __init__(
        self,
        server: NatsServer,
        ends: LinkEnds,
        now_ns: Callable[[], int],
        watch: WatchSettings = WatchSettings(),
    ) -> None:
        self.ends = ends
        self.on_arrival: Callable[[], None] = _nothing
        """Called, often, when something waits to be fetched."""
        self.overflowed = 0
        """Datagrams that came while too many waited to be fetched."""
        self.unsent = 0
        """Datagrams that the own server could not take."""
        self.redials = 0
        """How often the watchdog made the connection anew."""
        self.trouble = ""
        """What is wrong with the connection, in plain words; empty while nothing is."""
        self.offered = ""
        """The last token that the partner offered; whether it is one, its taker asks."""
        self.leaf: Leaf | None = None
        """The leaf connection as last seen, None while there is none."""
        self._server = server
        self._now_ns = now_ns
        self._watch = watch
        self._heard_ns = 0
        self._act_ns = 0
        self._pause_s = watch.first_pause_s
        self._client: Client | None = None
        self._subscriptions: dict[str, Subscription] = {}
        self._came: deque[tuple[str, bytes, int]] = deque()
        self._came_bytes = 0
        self._offered_ns = 0
        self._arrival = asyncio.Event()
        self._watcher: asyncio.Task[None] | None = None
        self._ending = False

    @property
    def state(self) -> LinkEdgeState:
        """How far the way to the partner's server stands."""
        if self._client is None:
            return "closed"
        if not self._client.is_connected:
            return "no-server"
        return "no-leaf" if self.leaf is None else "joined"

    async def start(self) -> None:
        """Join the own server and listen to what the partner sends.

        Raises
        ------
        ServerRefused
            If the own server lets it not in.
        """
        self._heard_ns = self._now_ns()
        self._ending = False
        try:
            self._client = await connect(
                self._server.url,
                self.ends.credentials,
                self._server.context,
                self.ends.partner,
                PayloadClient,
            )
        except (NatsError, OSError) as problem:
            raise ServerRefused(f"the own server refuses its own client: {problem}") from None
        await self.resume()
        self._watcher = asyncio.create_task(self._look_after())

    async def stop(self) -> None:
        """Leave the server; what waited to be fetched stays there."""
        self._ending = True
        if self._watcher is not None:
            self._watcher.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watcher
            self._watcher = None
        client, self._client = self._client, None
        self._subscriptions.clear()
        self.leaf = None
        if client is not None:
            await end_client(client)

    async def send(self, datagrams: Iterable[Sendable]) -> None:
        """Hand datagrams to the own server; what it cannot take now is dropped and counted.

        Nothing is kept for a server that is away: states would be old when it comes back, and
        durable items are sent again by the link's machine.
        """
        client = self._client
        for datagram in datagrams:
            if (
                client is None
                or not client.is_connected
                or client.pending_data_size + len(datagram.payload) > MOST_UNSENT_BYTES
            ):
                self.unsent += 1
                continue
            try:
                await client.publish(datagram.subject, datagram.payload)
            except (NatsError, OSError):
                self.unsent += 1

    async def offer(self, token: str) -> None:
        """Send the partner a token for the time after its present one."""
        client = self._client
        if client is None or not client.is_connected:
            return
        with contextlib.suppress(NatsError, OSError):
            await client.publish(
                f"{self.ends.own}.{self.ends.partner}.{TOKENS}", token.encode("ascii")
            )

    def drain(self) -> list[tuple[str, bytes, int]]:
        """What came since the last time: subject, payload, time of reception in int64 UTC ns."""
        came = list(self._came)
        self._came.clear()
        self._came_bytes = 0
        self._arrival.clear()
        return came

    async def arrival(self) -> None:
        """Return as soon as something waits to be fetched."""
        await self._arrival.wait()

    @property
    def heard(self) -> frozenset[str]:
        """Channels that are listened to."""
        return frozenset(self._subscriptions)

    @property
    def waiting(self) -> bool:
        """Whether something waits to be fetched."""
        return bool(self._came)

    async def pause(self) -> None:
        """Listen no more."""
        await self.hear(())

    async def resume(self) -> None:
        """Listen to everything (again)."""
        await self.hear(CHANNELS)

    async def hear(self, channels: Collection[str]) -> None:
        """Listen to these channels and no others.

        Where nobody listens, interest goes away at the partner's own server, and so does the load.
        """
        client = self._client
        if client is None:
            return
        now = self._subscriptions
        with contextlib.suppress(NatsError, OSError):  # what is not heard now is tried again
            for channel in sorted(now.keys() - set(channels)):
                await now.pop(channel).unsubscribe()
            begun = sorted(set(channels) - now.keys())
            for channel in begun:
                now[channel] = await client.subscribe(
                    f"{self.ends.partner}.{self.ends.own}.{channel}",
                    cb=self._take,
                    pending_msgs_limit=MOST_WAITING,
                    pending_bytes_limit=MOST_WAITING_BYTES,
                )
            if begun:
                self._heard_ns = self._now_ns()
                await client.flush(FLUSH_S)

    async def look(self) -> None:
        """One look of the watchdog at the leaf connection; acts where it must."""
        now_ns = self._now_ns()
        try:
            leaves = await self._server.leaves()
            self.leaf = next((one for one in leaves if one.account == self.ends.account), None)
            silent_s = (now_ns - self._heard_ns) / SECOND_NS
            if "live" not in self.heard or silent_s < self._watch.silence_s:
                self.trouble = ""
                self._pause_s = self._watch.first_pause_s
                return
            await self._judge(now_ns, silent_s)
        except ServerRefused as problem:
            self.leaf, self.trouble = None, str(problem)

    async def _judge(self, now_ns: int, silent_s: float) -> None:
        """Say what is wrong, and make the connection anew where that may help."""
        heard = f"nothing heard for {silent_s:.0f} s"
        helps = self.leaf is not None
        if helps:
            self.trouble = f"{heard}, though the link is up: the partner's node may be down"
        elif not self.ends.dials:
            self.trouble = f"{heard}: the partner does not dial"
        elif await _answers(self.ends.dials):
            helps = True
            self.trouble = f"{heard}: {self.ends.dials} answers, but lets this station not in"
        else:
            self.trouble = f"{heard}: {self.ends.dials} does not answer"
        if not helps or now_ns < self._act_ns:
            return
        self._act_ns = now_ns + int(self._pause_s * SECOND_NS)
        self._pause_s = min(2.0 * self._pause_s, self._watch.longest_pause_s)
        self.redials += 1
        if self.leaf is not None:
            await self._server.drop(self.leaf)
        else:
            await self._server.redial(self.ends.account)

    async def _take(self, message: Msg) -> None:
        self._heard_ns = received_ns = self._now_ns()
        size = len(message.data)
        is_token = message.subject == f"{self.ends.partner}.{self.ends.own}.{TOKENS}"
        if is_token and size <= LONGEST_TOKEN and received_ns - self._offered_ns >= OFFER_NS:
            self._offered_ns = received_ns
            self.offered = message.data.decode("ascii", "replace")
            return  # what comes more often is judged, and throttled, as all else is
        if len(self._came) >= MOST_WAITING or self._came_bytes + size > MOST_WAITING_BYTES:
            self.overflowed += 1
            return
        self._came.append((message.subject, message.data, received_ns))
        self._came_bytes += size
        self._arrival.set()
        self.on_arrival()

    async def _look_after(self) -> None:
        await self.look()
        while not self._ending:  # a request of the library may swallow a cancellation
            await asyncio.sleep(self._watch.look_s)
            await self.look()


def _nothing() -> None:
    """Nobody wants to know."""


async def _answers(address: str) -> bool:
    """Whether somebody takes connections there."""
    host, port = host_and_port(address, "link")
    try:
        async with asyncio.timeout(DIAL_S):
            _, writer = await asyncio.open_connection(host, port)
    except (OSError, TimeoutError):
        return False
    writer.close()
    return True
