"""Events and their sequence as bytes: strict, signed by the station that vouches for them.

In: events, a station's Ed25519 key. Out: bytes for partners and for the disk, and back. An event
is signed by the station at which the person acted; its place in the order's sequence by the
station that sequences. Arrays of MessagePack with every length bounded; anything more or less is
refused. Format: docs/reference/orders.md.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Annotated, TypeVar

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from msgspec import Meta

from skypact.model.orders import Actor, EventKind, OrderContent, OrderEvent
from skypact.orders.refusals import BadContent, NotGenuine

EVENT_PURPOSE = b"skypact order event 1\n"
PLACE_PURPOSE = b"skypact order place 1\n"
FIRST_PREVIOUS = bytes(32)

Name = Annotated[bytes, Meta(min_length=16, max_length=16)]
Digest = Annotated[bytes, Meta(min_length=32, max_length=32)]
Signature = Annotated[bytes, Meta(min_length=64, max_length=64)]
Code = Annotated[str, Meta(pattern=r"^[A-Z0-9-]{1,8}$")]
MaybeCode = Annotated[str, Meta(pattern=r"^[A-Z0-9-]{0,8}$")]
Moment = Annotated[int, Meta(ge=0, le=2**63 - 1)]
Short = Annotated[str, Meta(max_length=64)]


class _Actor(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    person: Short
    party: Code
    role: Short


class _Content(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    kind: Short
    unit: Short
    unit_party: Code
    territory: MaybeCode
    text: Annotated[str, Meta(max_length=2_000)]
    until_ns: Moment
    receiver_party: MaybeCode
    tracks: Annotated[tuple[int, ...], Meta(max_length=64)]
    area: Short


class _Event(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    id: Name
    order: Name
    version: Annotated[int, Meta(ge=1, le=9_999)]
    kind: EventKind
    by: _Actor
    time_ns: Moment
    content: _Content | None
    reason: Annotated[str, Meta(max_length=500)]


class _Signed(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    agreement: Annotated[str, Meta(max_length=64)]
    station: Code
    event: Annotated[bytes, Meta(max_length=16_384)]
    signature: Signature


class _Placed(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    number: Annotated[int, Meta(ge=1, le=2**62)]
    previous: Digest
    station: Code
    signed: Annotated[bytes, Meta(max_length=20_480)]
    signature: Signature


Raw = TypeVar("Raw", bound=msgspec.Struct)

_ENCODER = msgspec.msgpack.Encoder()
_EVENTS = msgspec.msgpack.Decoder(_Event)
_SIGNED = msgspec.msgpack.Decoder(_Signed)
_PLACED = msgspec.msgpack.Decoder(_Placed)

KeyOf = Callable[[str], Ed25519PublicKey | None]
"""The signing key of a station by its code, None of one that is not known."""


@dataclass(frozen=True, slots=True)
class SignedEvent:
    """An event as a station vouches for it: under which agreement, by whom, and its bytes."""

    event: OrderEvent
    agreement: str
    station: str
    data: bytes


@dataclass(frozen=True, slots=True)
class PlacedEvent:
    """An event in its place in an order's sequence, as the sequencing station says.

    Parameters
    ----------
    number
        Place among the events of the order, from 1.
    previous
        Digest of the place before, 32 zero bytes at the first.
    station
        Who sequences.
    signed
        The event.
    data
        All of it as bytes.
    """

    number: int
    previous: bytes
    station: str
    signed: SignedEvent
    data: bytes

    @property
    def digest(self) -> bytes:
        """What the next place names as the one before."""
        return sha256(self.data).digest()


def sign_event(
    event: OrderEvent, agreement: str, station: str, key: Ed25519PrivateKey
) -> SignedEvent:
    """Vouch for an event that happened at this station."""
    inner = _ENCODER.encode(_raw(event))
    signature = key.sign(_event_message(agreement, station, inner))
    return SignedEvent(
        event, agreement, station, _ENCODER.encode(_Signed(agreement, station, inner, signature))
    )


def read_signed(data: bytes, key_of: KeyOf) -> SignedEvent:
    """An event from its bytes, its signature checked.

    Raises
    ------
    BadContent
        If the bytes are no event.
    NotGenuine
        If its station is not known or did not sign it.
    """
    outer = _decoded(_SIGNED, data, "signed event")
    inner = _decoded(_EVENTS, outer.event, "event")
    message = _event_message(outer.agreement, outer.station, outer.event)
    _verify(outer.station, message, outer.signature, key_of)
    return SignedEvent(_event(inner), outer.agreement, outer.station, data)


def place_event(
    signed: SignedEvent, number: int, previous: bytes, station: str, key: Ed25519PrivateKey
) -> PlacedEvent:
    """Put an event in its place of an order's sequence."""
    signature = key.sign(_place_message(number, previous, station, signed.data))
    raw = _Placed(number, previous, station, signed.data, signature)
    return PlacedEvent(number, previous, station, signed, _ENCODER.encode(raw))


def read_placed(data: bytes, key_of: KeyOf) -> PlacedEvent:
    """A placed event from its bytes, both signatures checked; see :func:`read_signed`."""
    outer = _decoded(_PLACED, data, "place")
    message = _place_message(outer.number, outer.previous, outer.station, outer.signed)
    _verify(outer.station, message, outer.signature, key_of)
    signed = read_signed(outer.signed, key_of)
    return PlacedEvent(outer.number, outer.previous, outer.station, signed, data)


def _decoded(decoder: msgspec.msgpack.Decoder[Raw], data: bytes, what: str) -> Raw:
    """Bytes as what they should be, written in the one way that we write it."""
    try:
        raw = decoder.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as problem:
        raise BadContent(f"bytes that are no {what} of an order: {problem}") from None
    if _ENCODER.encode(raw) != data:
        raise BadContent(f"a {what} of an order written in a way that is not ours")
    return raw


def _verify(station: str, message: bytes, signature: bytes, key_of: KeyOf) -> None:
    key = key_of(station)
    if key is None:
        raise NotGenuine(f"no station {station} is known")
    try:
        key.verify(signature, message)
    except InvalidSignature:
        raise NotGenuine(f"station {station} did not sign this") from None


def _event_message(agreement: str, station: str, inner: bytes) -> bytes:
    return EVENT_PURPOSE + _ENCODER.encode((agreement, station, inner))


def _place_message(number: int, previous: bytes, station: str, signed: bytes) -> bytes:
    return PLACE_PURPOSE + _ENCODER.encode((number, previous, station, signed))


def _raw(event: OrderEvent) -> _Event:
    by, content = event.by, event.content
    inside = None
    if content is not None:
        inside = _Content(
            content.kind, content.unit, content.unit_party, content.territory, content.text,
            content.until_ns, content.receiver_party, content.tracks, content.area,
        )  # fmt: skip
    actor = _Actor(by.person, by.party, by.role)
    return _Event(
        event.id, event.order, event.version, event.kind, actor, event.time_ns, inside, event.reason
    )


def _event(raw: _Event) -> OrderEvent:
    content = None
    if raw.content is not None:
        content = OrderContent(**msgspec.structs.asdict(raw.content))
    by = Actor(raw.by.person, raw.by.party, raw.by.role)
    return OrderEvent(
        raw.id, raw.order, raw.version, raw.kind, by, raw.time_ns, content, raw.reason
    )
