"""NATS keys and the tokens that an operator signs: JWTs of version 2, minted by the node itself.

In: keys (nkeys: Ed25519 in base 32, with a letter for what it names) and what somebody may do.
Out: tokens that ``nats-server`` takes. Follows the NATS JWT specification ("ed25519-nkey", version
2 claims: operator, account, user; nats-architecture-and-design, ADR-14) and RFC 7519.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Literal

import msgspec
import nkeys  # type: ignore[import-untyped]  # carries no types
from nacl.exceptions import BadSignatureError
from nacl.signing import SigningKey, VerifyKey

from skypact.exchange.nats_errors import TokenRefused
from skypact.model.time import SECOND_NS

Role = Literal["operator", "account", "user"]

PREFIXES: dict[Role, int] = {
    "operator": nkeys.PREFIX_BYTE_OPERATOR,
    "account": nkeys.PREFIX_BYTE_ACCOUNT,
    "user": nkeys.PREFIX_BYTE_USER,
}
LARGEST_MESSAGE_BYTES = 300_000
"""An envelope is at most 256 kB; the rest is NATS's own."""
LONGEST_TOKEN = 16_384

_CREDENTIALS = re.compile(
    r"-----BEGIN NATS USER JWT-----\n(?P<token>\S+)\n-+END NATS USER JWT-+\n", re.ASCII
)


@dataclass(frozen=True, slots=True)
class NatsKey:
    """A key pair of NATS; ``seed`` is the private half, base 32 text that begins with S."""

    seed: str = field(repr=False)
    public: str

    def sign(self, data: bytes) -> bytes:
        """Ed25519 signature, 64 bytes."""
        _, raw = nkeys.decode_seed(self.seed.encode())
        return bytes(SigningKey(bytes(raw)).sign(data).signature)


def make_nats_key(role: Role, random: Callable[[int], bytes]) -> NatsKey:
    """A new key; ``random(n)`` gives n bytes that nobody can guess."""
    return read_nats_key(nkeys.encode_seed(random(32), PREFIXES[role]).decode(), role, "new key")


def read_nats_key(seed: str, role: Role, where: str) -> NatsKey:
    """A key from its seed.

    Raises
    ------
    TokenRefused
        If it is none, or of another role.
    """
    try:
        prefix, _ = nkeys.decode_seed(seed.strip().encode())
        public = nkeys.from_seed(seed.strip().encode()).public_key.decode()
    except (nkeys.NkeysError, ValueError, IndexError, TypeError):
        raise TokenRefused("not the seed of a NATS key", where=where) from None
    if prefix != PREFIXES[role]:
        raise TokenRefused(f"a NATS key, but not of an {role}", where=where)
    return NatsKey(seed.strip(), public)


def public_bytes(public: str, role: Role, where: str) -> bytes:
    """The 32 bytes of a public key, its role and checksum looked at.

    Raises
    ------
    TokenRefused
        If it is none, or of another role.
    """
    try:
        raw = base64.b32decode(public.encode("ascii"))
    except (binascii.Error, ValueError):
        raw = b""
    if len(raw) != 35 or nkeys.crc16_checksum(raw[:-2]) != raw[-2:]:
        raise TokenRefused(f"{public[:60]!r} is not a NATS key", where=where)
    if raw[0] != PREFIXES[role]:
        raise TokenRefused(f"{public} is a NATS key, but not of an {role}", where=where)
    return raw[1:33]


def operator_token(operator: NatsKey, name: str, system_account: str, now_ns: int) -> str:
    """The operator's own token: whose server this is, and which account looks after it."""
    claims = {"type": "operator", "system_account": system_account}
    return _token(operator, operator.public, name, claims, now_ns)


def account_token(
    operator: NatsKey,
    account: str,
    name: str,
    now_ns: int,
    *,
    system: bool = False,
    revoked: Mapping[str, int] | None = None,
) -> str:
    """What one account may do: of a link, two clients of the node and the partner's one leaf.

    Parameters
    ----------
    operator
        Signs it.
    account
        Public key of the account.
    name
        For people.
    now_ns
        Int64 UTC nanoseconds.
    system
        Whether it is the account that looks after the server: without limits, without a leaf.
    revoked
        Times, int64 UTC nanoseconds, by users' public keys: their tokens from before are void.
    """
    limits = {
        "subs": -1 if system else 32,
        "data": -1,
        "payload": -1 if system else LARGEST_MESSAGE_BYTES,
        "imports": -1 if system else 0,
        "exports": -1 if system else 0,
        "wildcards": True,
        "conn": -1 if system else 8,
        # Two, not one: a partner that dials again while its broken connection is not yet found
        # out is let in, and the server ends the older of the two as a duplicate.
        "leaf": 0 if system else 2,
    }
    claims: dict[str, Any] = {
        "type": "account",
        "limits": limits,
        "default_permissions": {"pub": {}, "sub": {}},
    }
    if revoked:
        # The server compares with the whole second in which a token was made.
        claims["revocations"] = {key: time // SECOND_NS for key, time in revoked.items()}
    return _token(operator, account, name, claims, now_ns)


def user_token(
    account: NatsKey,
    user: str,
    name: str,
    now_ns: int,
    *,
    publish: Sequence[str] = (),
    subscribe: Sequence[str] = (),
    leaf: bool = False,
    until_ns: int = 0,
) -> str:
    """What one user may do.

    Parameters
    ----------
    account
        Signs it.
    user
        Public key of the user, who signs the server's challenge with the private half.
    name
        For people.
    now_ns
        Int64 UTC nanoseconds.
    publish, subscribe
        Subjects that are allowed; none: all of the account.
    leaf
        Whether it links a server, and is no client; else it is a client, and links none.
    until_ns
        When it ends, int64 UTC nanoseconds; 0 never.
    """
    claims: dict[str, Any] = {
        "type": "user",
        "pub": {"allow": list(publish)} if publish else {},
        "sub": {"allow": list(subscribe)} if subscribe else {},
        "subs": -1,
        "data": -1,
        "payload": -1,
        "allowed_connection_types": ["LEAFNODE" if leaf else "STANDARD"],
    }
    return _token(account, user, name, claims, now_ns, until_ns)


def credentials_text(token: str, seed: str) -> str:
    """A user's token and seed in the layout of a ``.creds`` file."""
    return (
        f"-----BEGIN NATS USER JWT-----\n{token}\n------END NATS USER JWT------\n\n"
        f"-----BEGIN USER NKEY SEED-----\n{seed}\n------END USER NKEY SEED------\n"
    )


def token_in(credentials: str, where: str) -> str:
    """The token of a ``.creds`` file.

    Raises
    ------
    TokenRefused
        If there is none.
    """
    found = _CREDENTIALS.search(credentials)
    if found is None:
        raise TokenRefused("no NATS token in it", where=where)
    return found["token"]


@dataclass(frozen=True, slots=True)
class UserClaims:
    """What a user's token says, its signature checked.

    Parameters
    ----------
    user, account
        Public keys: whose it is, and who signed it.
    made_ns, until_ns
        Int64 UTC nanoseconds; ``until_ns`` 0: never ends.
    publish, subscribe
        Subjects that are allowed.
    """

    user: str
    account: str
    made_ns: int
    until_ns: int
    publish: tuple[str, ...]
    subscribe: tuple[str, ...]


class _Allowed(msgspec.Struct):
    allow: tuple[str, ...] = ()


class _Nats(msgspec.Struct):
    type: str
    version: int
    pub: _Allowed = msgspec.field(default_factory=_Allowed)
    sub: _Allowed = msgspec.field(default_factory=_Allowed)


class _Claims(msgspec.Struct):
    iss: str
    sub: str
    iat: int
    nats: _Nats
    exp: int = 0


def read_user_token(token: str, where: str) -> UserClaims:
    """What a user's token says.

    Raises
    ------
    TokenRefused
        If it is none, or the account it names did not sign it.
    """
    try:
        if len(token) > LONGEST_TOKEN:
            raise ValueError("too long")
        head, body, signature = token.split(".")
        claims = msgspec.json.decode(_from_base64(body), type=_Claims)
        if msgspec.json.decode(_from_base64(head)).get("alg") != "ed25519-nkey":
            raise ValueError("not signed in the way of NATS")
        if claims.nats.type != "user" or claims.nats.version != 2:
            raise ValueError("not a user's")
        key = VerifyKey(public_bytes(claims.iss, "account", where))
        key.verify(f"{head}.{body}".encode(), _from_base64(signature))
    except (ValueError, AttributeError, msgspec.MsgspecError, BadSignatureError) as problem:
        raise TokenRefused(f"not a user's NATS token: {problem}", where=where) from None
    public_bytes(claims.sub, "user", where)
    return UserClaims(
        claims.sub,
        claims.iss,
        claims.iat * SECOND_NS,
        claims.exp * SECOND_NS,
        claims.nats.pub.allow,
        claims.nats.sub.allow,
    )


def _token(
    issuer: NatsKey,
    subject: str,
    name: str,
    claims: Mapping[str, Any],
    now_ns: int,
    until_ns: int = 0,
) -> str:
    payload: dict[str, Any] = {
        "iat": now_ns // SECOND_NS,
        "iss": issuer.public,
        "sub": subject,
        "name": name,
        "nats": {**claims, "version": 2},
    }
    if until_ns:
        payload["exp"] = until_ns // SECOND_NS
    digest = sha256(msgspec.json.encode(payload)).digest()
    payload["jti"] = base64.b32encode(digest).rstrip(b"=").decode()
    head = _to_base64(b'{"typ":"JWT","alg":"ed25519-nkey"}')
    signed = f"{head}.{_to_base64(msgspec.json.encode(payload))}"
    return f"{signed}.{_to_base64(issuer.sign(signed.encode()))}"


def _to_base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _from_base64(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
