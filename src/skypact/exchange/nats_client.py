"""A client of a station's own NATS server: TLS 1.3, the handshake before anything is said."""

from __future__ import annotations

import ssl

import nats
from nats.aio.client import Client, RawCredentials

from skypact.exchange.nats_config import ServerPlan

ANSWER_S = 5.0
RECONNECT_S = 0.1


async def connect(url: str, credentials: str, context: ssl.SSLContext, name: str) -> Client:
    """A client of a station's own server, that comes back by itself when the server does."""

    async def noted(_: Exception) -> None:
        """Errors show in the client's state; the library would print them."""

    return await nats.connect(
        url,
        user_credentials=RawCredentials(credentials),
        tls=context,
        tls_handshake_first=True,
        name=name,
        error_cb=noted,
        connect_timeout=ANSWER_S,
        reconnect_time_wait=RECONNECT_S,
        max_reconnect_attempts=-1,
        ping_interval=5,
        max_outstanding_pings=2,
    )


def client_context(plan: ServerPlan) -> ssl.SSLContext:
    """TLS 1.3 towards the own server and no other, with the station's own certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_verify_locations(plan.own_authority)
    context.load_cert_chain(plan.certificate, plan.key)
    return context
