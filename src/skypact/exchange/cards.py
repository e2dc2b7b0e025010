"""Cards: what a station is, signed by its party, carried by hand.

In: bytes of a card's file, or a station's public keys and its party's key. Out: a :class:`Card`,
or a refusal by name. A card is JSON in canonical form (RFC 8785, as agreements are), one line, so
that a party's signature under it can be checked by anybody; the party's key is the one that signs
its agreements. Refusals, a branch of the tree in ``model/errors.py``::

    BadInput
    └── CardRefused
        ├── CardMalformed     not a card, or not in its one canonical form
        ├── CardForged        the signature does not hold
        ├── CardNotPinned     signed by another key than the one trusted for the party
        ├── CardExpired       its time is over
        ├── CardNotYet        its time has not begun: some clock is wrong
        ├── CardOutdated      older than the one already held of the station
        └── KeysDoNotFit      a station's private keys are not those of its card
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Annotated

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from skypact.agreement.canonical import canonical_json
from skypact.exchange.keys import SEALING_PUBLIC_BYTES, SealingKey, fingerprint, is_sealing_public
from skypact.model.errors import BadInput
from skypact.model.time import SECOND_NS, to_iso

CARD_DOMAIN = b"skypact station card 1\n"
LARGEST_CARD = 32 * 1024
CLOCKS_APART_NS = 300 * SECOND_NS
"""How far in the future a card may have been made: clocks of two nations, set by hand."""

Code = Annotated[str, msgspec.Meta(pattern=r"^[A-Z][A-Z0-9-]{0,7}\Z")]
PartyCode = Annotated[str, msgspec.Meta(pattern=r"^[A-Z0-9-]{1,8}\Z")]
Hex32 = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}\Z")]
Hex64 = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{128}\Z")]
SealingHex = Annotated[str, msgspec.Meta(pattern=rf"^[0-9a-f]{{{2 * SEALING_PUBLIC_BYTES}}}\Z")]
UserKey = Annotated[str, msgspec.Meta(pattern=r"^(U[A-Z2-7]{55})?\Z")]
Address = Annotated[str, msgspec.Meta(pattern=r"^([A-Za-z0-9.:\[\]-]{1,253}:[0-9]{1,5})?\Z")]
Certificate = Annotated[str, msgspec.Meta(max_length=16_000)]
Text = Annotated[str, msgspec.Meta(max_length=20)]


class CardRefused(BadInput):
    """A card cannot be used."""


class CardMalformed(CardRefused):
    """Not a card, or not in its one canonical form."""


class CardForged(CardRefused):
    """The party's signature under a card does not hold."""


class CardNotPinned(CardRefused):
    """A card is signed by another key than the one that is trusted for its party."""


class CardExpired(CardRefused):
    """A card's time is over."""


class CardNotYet(CardRefused):
    """A card's time has not begun."""


class CardOutdated(CardRefused):
    """A card is older than the one already held of its station."""


class KeysDoNotFit(CardRefused):
    """A station's private keys are not those that its card names."""


class _CardFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A card as JSON; bytes in lower-case hexadecimal, times as text (beyond 2**53)."""

    format: int
    station: Code
    party: PartyCode
    signing: Hex32
    sealing: SealingHex
    audit: Hex32
    nats_user: UserKey
    ca: Certificate
    leaf: Address
    made_ns: Text
    until_ns: Text
    key: Hex32
    signature: Hex64


@dataclass(frozen=True, slots=True)
class Card:
    """What a station is.

    Parameters
    ----------
    station, party
        Its code, and the party that staffs it.
    signing_key
        Ed25519 public key under its envelopes, 32 bytes.
    sealing_key
        Public key that content keys are wrapped for (``keys.SEALING_PUBLIC_BYTES``).
    audit_key
        Ed25519 public key under its audit heads, 32 bytes.
    nats_user
        Public nkey of its user on a partner's server, "U..."; "" where it never dials.
    ca_pem
        Certificate of the authority that its server's and leaf's certificates are from, PEM.
    leaf_address
        HOST:PORT where partners' leafs dial it, "" where it dials itself.
    made_ns, until_ns
        From when until when it holds, int64 UTC nanoseconds.
    party_key
        Ed25519 public key of the party that signed it, 32 bytes. Whether it is that party's is
        asked of :func:`check_card`.
    signature
        64 bytes.
    """

    station: str
    party: str
    signing_key: bytes
    sealing_key: bytes = field(repr=False)
    audit_key: bytes
    nats_user: str
    ca_pem: str = field(repr=False)
    leaf_address: str
    made_ns: int
    until_ns: int
    party_key: bytes = bytes(32)
    signature: bytes = field(default=bytes(64), repr=False)

    @property
    def fingerprint(self) -> str:
        """A name for reading aloud, of everything in it: compare it before accepting."""
        return fingerprint(card_text(self))


@dataclass(frozen=True, slots=True)
class OwnStation:
    """One's own node as a station: its card and the private halves of the card's keys.

    Raises
    ------
    KeysDoNotFit
        If they are not.
    """

    card: Card
    signing: Ed25519PrivateKey = field(repr=False)
    sealing: SealingKey = field(repr=False)

    def __post_init__(self) -> None:
        mine = (self.signing.public_key().public_bytes_raw(), self.sealing.public_bytes())
        if mine != (self.card.signing_key, self.card.sealing_key):
            raise KeysDoNotFit(
                "the station's private keys are not those of its card",
                where=self.card.station,
                remedy="Make a new card for the keys, or bring back the keys it was made for",
            )


def make_card(unsigned: Card, party_key: Ed25519PrivateKey) -> Card:
    """The card with its party's key and signature.

    Raises
    ------
    CardMalformed
        If something in it has not its form.
    """
    named = replace(unsigned, party_key=party_key.public_key().public_bytes_raw())
    return read_card(card_text(replace(named, signature=party_key.sign(_message(named)))))


def card_text(card: Card) -> bytes:
    """The card's file: canonical JSON and a line's end."""
    return canonical_json(_fields(card)) + b"\n"


def read_card(data: bytes, where: str = "") -> Card:
    """The card of a file; its signature holds, its time and whose key it is are not looked at.

    Raises
    ------
    CardMalformed, CardForged
    """
    if len(data) > LARGEST_CARD:
        raise CardMalformed(f"{len(data)} bytes are too many for a card", where=where)
    try:
        file = msgspec.json.decode(data, type=_CardFile)
        made_ns, until_ns = _time(file.made_ns), _time(file.until_ns)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, ValueError) as problem:
        raise CardMalformed(f"not a station's card: {problem}", where=where) from None
    card = Card(
        station=file.station,
        party=file.party,
        signing_key=bytes.fromhex(file.signing),
        sealing_key=bytes.fromhex(file.sealing),
        audit_key=bytes.fromhex(file.audit),
        nats_user=file.nats_user,
        ca_pem=file.ca,
        leaf_address=file.leaf,
        made_ns=made_ns,
        until_ns=until_ns,
        party_key=bytes.fromhex(file.key),
        signature=bytes.fromhex(file.signature),
    )
    wrong = ""
    if file.format != 1:
        wrong = f"format {file.format} is not known"
    elif until_ns <= made_ns:
        wrong = "it ends before it begins"
    elif not is_sealing_public(card.sealing_key):
        wrong = "its sealing key is none"
    elif card_text(card) != data:
        wrong = "not in its canonical form"
    if wrong:
        raise CardMalformed(wrong, where=where)
    try:
        Ed25519PublicKey.from_public_bytes(card.party_key).verify(card.signature, _message(card))
    except (InvalidSignature, ValueError):
        raise CardForged(
            f"the signature of {card.party} under the card of {card.station} does not hold",
            where=where,
            remedy="Ask for the card again, over a way you trust",
        ) from None
    return card


def check_card(card: Card, party_public_key: bytes, now_ns: int, where: str = "") -> None:
    """Whether a card that was read may be used now.

    Parameters
    ----------
    party_public_key
        The key trusted for the card's party (trust file or agreement), 32 bytes.
    now_ns
        int64 UTC nanoseconds.

    Raises
    ------
    CardNotPinned, CardExpired, CardNotYet
    """
    if card.party_key != party_public_key:
        raise CardNotPinned(
            f"the card of {card.station} is signed by {fingerprint(card.party_key)}, "
            f"and the key trusted for {card.party} is {fingerprint(party_public_key)}",
            where=where,
            remedy="Compare fingerprints with the party before you trust another key",
        )
    if now_ns >= card.until_ns:
        raise CardExpired(
            f"the card of {card.station} ended at {to_iso(card.until_ns)}",
            where=where,
            remedy="Ask the station for its new card",
        )
    if card.made_ns > now_ns + CLOCKS_APART_NS:
        raise CardNotYet(
            f"the card of {card.station} was made at {to_iso(card.made_ns)}, which is to come",
            where=where,
            remedy="Look at the clocks of both stations",
        )


def check_replaces(new: Card, held: Card, where: str = "") -> None:
    """Whether a card may take the place of the one held: same station and party, made later.

    Raises
    ------
    CardOutdated
    """
    same = (new.station, new.party) == (held.station, held.party)
    if not same or (new.made_ns <= held.made_ns and new != held):
        raise CardOutdated(
            f"the card of {new.station} ({new.party}) does not replace that of {held.station} "
            f"({held.party}) made at {to_iso(held.made_ns)}",
            where=where,
            remedy="Ask the station for its newest card",
        )


def _time(text: str) -> int:
    time_ns = int(text)
    if str(time_ns) != text or not 0 <= time_ns < 2**63:
        raise ValueError(f"{text!r} is not a time in nanoseconds")
    return time_ns


def _fields(card: Card) -> dict[str, object]:
    return {
        "format": 1,
        "station": card.station,
        "party": card.party,
        "signing": card.signing_key.hex(),
        "sealing": card.sealing_key.hex(),
        "audit": card.audit_key.hex(),
        "nats_user": card.nats_user,
        "ca": card.ca_pem,
        "leaf": card.leaf_address,
        "made_ns": str(card.made_ns),
        "until_ns": str(card.until_ns),
        "key": card.party_key.hex(),
        "signature": card.signature.hex(),
    }


def _message(card: Card) -> bytes:
    fields = _fields(card)
    del fields["signature"]
    return CARD_DOMAIN + canonical_json(fields)
