"""The configuration of a station's NATS server: written by the node, never by hand.

In: what the station is and whom it is linked with. Out: text in the server's own syntax
(docs.nats.io, "Configuration"). What it fixes for every station: operator mode (no password, no
default account), TLS 1.3 and client certificates everywhere, the handshake before anything else
is said, clients on this machine only, no gossip of addresses, no JetStream, no WebSocket, no
MQTT, no monitoring port.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from skypact.exchange.nats_tokens import LARGEST_MESSAGE_BYTES
from skypact.model.errors import BadInput

_ADDRESS = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):(?P<port>[0-9]{1,5})")


@dataclass(frozen=True, slots=True)
class LeafRemote:
    """A partner that this station dials.

    Parameters
    ----------
    account
        Public key of the own account that the link is bound to.
    address
        ``HOST:PORT`` of the partner.
    credentials
        File with the token that the partner gave out.
    authority
        File with the partner's certificate authority.
    """

    account: str
    address: str
    credentials: Path
    authority: Path


@dataclass(frozen=True, slots=True)
class ServerPlan:
    """All that a station's server must know; of keys, only public halves and its own TLS key.

    Parameters
    ----------
    name
        Of the server: its station's code.
    operator
        The operator's token.
    system_account
        Public key of the account that looks after the server.
    accounts
        Tokens by accounts' public keys, the system account's among them.
    listen
        ``HOST:PORT`` for partners; empty where nobody dials this station.
    remotes
        Whom it dials.
    certificate, key
        Of the server, PEM files.
    own_authority, partner_authorities
        Files with the authority of its own clients, and those of partners that dial it.
    tokens
        Folder in which the server keeps accounts' tokens.
    log
        Its log file.
    """

    name: str
    operator: str
    system_account: str
    accounts: Mapping[str, str]
    listen: str
    remotes: Sequence[LeafRemote]
    certificate: Path
    key: Path
    own_authority: Path
    partner_authorities: Path
    tokens: Path
    log: Path


def server_config(plan: ServerPlan) -> str:
    """The text of the configuration file."""
    lines = [
        "# Written by Skypact at each start; what is changed here is lost.",
        f"server_name: {_quoted(plan.name)}",
        'host: "127.0.0.1"',
        f"operator: {_quoted(plan.operator)}",
        f"system_account: {_quoted(plan.system_account)}",
        f"resolver: {{ type: full, dir: {_quoted(plan.tokens)}, allow_delete: true }}",
        "resolver_preload: {",
        *(f"  {account}: {_quoted(token)}" for account, token in sorted(plan.accounts.items())),
        "}",
        f"max_payload: {LARGEST_MESSAGE_BYTES}",
        "max_connections: 256",
        # A connection that broke silently is found out after 10 to 15 s, not after minutes.
        'ping_interval: "5s"',
        "ping_max: 2",
        'write_deadline: "5s"',
        f"log_file: {_quoted(plan.log)}",
        "logfile_size_limit: 10MB",
        "logfile_max_num: 3",
        "disable_sublist_cache: false",
        _tls(plan, plan.own_authority, ""),
        "leafnodes {",
        # Failed dials are repeated each second: a link that returns is in use at once.
        '  reconnect: "1s"',
        "  no_advertise: true",
        # Compression would tell by lengths what the envelopes hide, and sealed bytes do not shrink.
        "  compression: off",
    ]
    if plan.listen:
        lines += [f"  listen: {_quoted(plan.listen)}", _tls(plan, plan.partner_authorities, "  ")]
    if plan.remotes:
        lines += ["  remotes: [", *(_remote(plan, remote) for remote in plan.remotes), "  ]"]
    return "\n".join([*lines, "}"]) + "\n"


def host_and_port(address: str, where: str) -> tuple[str, int]:
    """The parts of ``HOST:PORT``; an IPv6 address stands in brackets.

    Raises
    ------
    BadInput
        If it is none.
    """
    found = _ADDRESS.fullmatch(address)
    if found is None or not 0 < int(found["port"]) < 65_536:
        raise BadInput(
            f"{address!r} is no address",
            where=where,
            remedy="Write host:port, such as 192.0.2.10:7422 or [2001:db8::1]:7422",
        )
    return found["host"].strip("[]"), int(found["port"])


def _tls(plan: ServerPlan, authority: Path, indent: str) -> str:
    return (
        f"{indent}tls {{\n"
        f"{indent}  cert_file: {_quoted(plan.certificate)}\n"
        f"{indent}  key_file: {_quoted(plan.key)}\n"
        f"{indent}  ca_file: {_quoted(authority)}\n"
        f'{indent}  verify: true, min_version: "1.3", handshake_first: true, timeout: 5\n'
        f"{indent}}}"
    )


def _remote(plan: ServerPlan, remote: LeafRemote) -> str:
    return (
        f"    {{ url: {_quoted('tls://' + remote.address)}\n"
        f"      account: {_quoted(remote.account)}\n"
        f"      credentials: {_quoted(remote.credentials)}\n"
        f"      compression: off\n{_tls(plan, remote.authority, '      ')} }}"
    )


def _quoted(value: str | Path) -> str:
    """A string of the server's syntax; a control character could begin a line of its own."""
    text = str(value)
    if any(ord(letter) < 32 for letter in text):
        raise BadInput(f"{text!r} holds a control character")
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
