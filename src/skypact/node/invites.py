"""Invites: what a station hands to another one so that it may dial, carried by hand in a file.

In: the inviting station's card and key, a credential for the other, and the agreement's files.
Out: bytes, and back. An invite is one line of JSON in canonical form (RFC 8785), signed by the
station's signing key. It holds no secret: the credential serves only whoever has the private half
of the key that the other station named in its card.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Annotated

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from skypact.agreement.canonical import canonical_json
from skypact.exchange.cards import Card, OwnStation, card_text, read_card
from skypact.model.errors import BadInput

INVITE_DOMAIN = b"skypact invite 1\n"
LARGEST_INVITE = 32_000_000
MOST_FILES = 200

Hex64 = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{128}\Z")]
Code = Annotated[str, msgspec.Meta(pattern=r"^[A-Z][A-Z0-9-]{0,7}\Z")]


class InviteRefused(BadInput):
    """An invite cannot be given or taken."""


class InviteMalformed(InviteRefused):
    """Not an invite, or not in its one canonical form."""


class InviteForged(InviteRefused):
    """The signature under an invite does not hold."""


class _InviteFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    format: int
    agreement: str
    station: Code
    card: str
    token: str
    files: dict[str, str]
    signature: Hex64


@dataclass(frozen=True, slots=True)
class Invite:
    """A station's invitation of another one.

    Parameters
    ----------
    agreement
        Id of the agreement.
    station
        Who is invited.
    card
        Of the station that invites.
    token
        NATS token for the invited station's user on the inviting station's server.
    files
        Texts of the agreement: names within its folder, with signatures and areas.
    """

    agreement: str
    station: str
    card: Card
    token: str
    files: Mapping[str, str] = field(repr=False)


def invite_text(invite: Invite, own: OwnStation) -> bytes:
    """The invite's file, signed."""
    fields = _fields(invite)
    signature = own.signing.sign(INVITE_DOMAIN + canonical_json(fields)).hex()
    return canonical_json(fields | {"signature": signature}) + b"\n"


def read_invite(data: bytes, where: str) -> Invite:
    """The invite of a file; its card's signature and its own hold. Whose card it is, ask after.

    Raises
    ------
    InviteMalformed, InviteForged, CardRefused
    """
    if len(data) > LARGEST_INVITE:
        raise InviteMalformed(f"{len(data)} bytes are too many for an invite", where=where)
    try:
        file = msgspec.json.decode(data, type=_InviteFile)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as problem:
        raise InviteMalformed(f"not an invite: {problem}", where=where) from None
    if file.format != 1:
        raise InviteMalformed(f"format {file.format} is not known", where=where)
    wrong = [name for name in file.files if not _is_inside(name)]
    if wrong or len(file.files) > MOST_FILES:
        raise InviteMalformed(f"its files lead out of a folder: {wrong[:1]}", where=where)
    card = read_card(file.card.encode(), where)
    invite = Invite(file.agreement, file.station, card, file.token, file.files)
    fields = _fields(invite)
    if canonical_json(fields | {"signature": file.signature}) + b"\n" != data:
        raise InviteMalformed("not in its canonical form", where=where)
    try:
        key = Ed25519PublicKey.from_public_bytes(card.signing_key)
        key.verify(bytes.fromhex(file.signature), INVITE_DOMAIN + canonical_json(fields))
    except (InvalidSignature, ValueError):
        raise InviteForged(
            f"{card.station} did not sign this invite",
            where=where,
            remedy="Ask for it again, over a way you trust",
        ) from None
    return invite


def _fields(invite: Invite) -> dict[str, object]:
    return {
        "format": 1,
        "agreement": invite.agreement,
        "station": invite.station,
        "card": card_text(invite.card).decode(),
        "token": invite.token,
        "files": dict(invite.files),
    }


def _is_inside(name: str) -> bool:
    """Whether a name stays in its folder and hides nothing."""
    path = PurePosixPath(name)
    plain = not any(ord(letter) < 32 or letter == "\\" for letter in name)
    visible = not any(part.startswith(".") for part in path.parts)
    return bool(path.parts) and plain and visible and not path.is_absolute()
