"""Addresses of live feeds: ``udp://address:port`` and ``tcp://host:port``.

``udp://239.1.1.1:8600?interface=192.0.2.7`` joins a multicast group on the interface that has
this address; without it the system chooses. UDP addresses are IPv4 literals of this machine
(or ``localhost``, or a group); TCP hosts are names or addresses of the sender.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import Literal
from urllib.parse import parse_qs, urlsplit

from skypact.model.errors import UsageError

EXAMPLES = (
    "Write udp://127.0.0.1:8600, udp://239.1.1.1:8600?interface=127.0.0.1 or tcp://host:30005"
)


@dataclass(frozen=True, slots=True)
class Address:
    """Where a feed's bytes come in.

    Parameters
    ----------
    transport
        ``udp`` is listened to, ``tcp`` is connected to.
    host, port
        IPv4 address to listen on, multicast group to join, or host to connect to.
    interface
        IPv4 address of the interface on which a group is joined; empty: the system chooses.
    """

    transport: Literal["udp", "tcp"]
    host: str
    port: int
    interface: str = ""

    @property
    def multicast(self) -> bool:
        """Whether the host is a multicast group."""
        return self.transport == "udp" and ipaddress.IPv4Address(self.host).is_multicast

    def __str__(self) -> str:
        return f"{self.transport}://{self.host}:{self.port}"


def parse_address(text: str) -> Address:
    """Read a feed's address.

    Raises
    ------
    UsageError
        If the text is no such address; it says what is off.
    """
    try:
        parts = urlsplit(text)
        port = parts.port
        host = parts.hostname or ""
        query = parse_qs(parts.query, strict_parsing=True) if parts.query else {}
    except ValueError as problem:
        raise UsageError(str(problem), where=text, remedy=EXAMPLES) from None
    if parts.path or parts.fragment or parts.username is not None:
        raise UsageError("only host, port and interface are known", where=text, remedy=EXAMPLES)
    if not host or not port:
        raise UsageError("host or port is missing", where=text, remedy=EXAMPLES)
    if parts.scheme == "tcp" and not query:
        return Address("tcp", host, port)
    if parts.scheme != "udp":
        raise UsageError("not udp:// or tcp://, or an unknown setting", where=text, remedy=EXAMPLES)
    interface = query.pop("interface", [""])[0]
    if query:
        raise UsageError(f"unknown settings {sorted(query)}", where=text, remedy=EXAMPLES)
    host = "127.0.0.1" if host == "localhost" else host
    for literal in filter(None, (host, interface)):
        try:
            ipaddress.IPv4Address(literal)
        except ValueError:
            raise UsageError(f"{literal} is no IPv4 address", where=text, remedy=EXAMPLES) from None
    return Address("udp", host, port, interface)
