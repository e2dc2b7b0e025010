"""A client of a station's own NATS server: TLS 1.3, the handshake before anything is said."""

from __future__ import annotations

import ssl

from nats.aio.client import Client, RawCredentials

from skypact.exchange.nats_config import ServerPlan

ANSWER_S = 5
RECONNECT_S = 0.1


class PayloadClient(Client):
    """A client that looks at payloads only: for what comes from a partner.

    Where answers shall go and a message's headers are the sender's to choose, and servers pass on
    any bytes there; the library ends its reading for good at the first that are not UTF-8.
    """

    async def _process_msg(
        self, sid: int, subject: bytes, reply: bytes, data: bytes, headers: bytes
    ) -> None:
        plain = subject if subject.isascii() else b"?"
        await super()._process_msg(sid, plain, b"", data, b"")


async def connect(
    url: str,
    credentials: str,
    context: ssl.SSLContext,
    name: str,
    kind: type[Client] = Client,
) -> Client:
    """A client of a station's own server, that comes back by itself when the server does."""

    async def noted(_: Exception) -> None:
        """Errors show in the client's state; the library would print them."""

    client = kind()
    await client.connect(
        url,
        user_credentials=RawCredentials(credentials),
        tls=context,
        tls_handshake_first=True,
        name=name,
        error_cb=noted,
        connect_timeout=ANSWER_S,
        reconnect_time_wait=RECONNECT_S,  # type: ignore[arg-type]  # it sleeps any time
        max_reconnect_attempts=-1,
        ping_interval=5,
        max_outstanding_pings=2,
    )
    return client


def client_context(plan: ServerPlan) -> ssl.SSLContext:
    """TLS 1.3 towards the own server and no other, with the station's own certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_verify_locations(plan.own_authority)
    context.load_cert_chain(plan.certificate, plan.key)
    return context
