"""The envelope's layout: what stands where, and how its parts are cut and signed.

In: a header and content, or a payload of the network. Out: bytes, or :class:`Parts`. Layout
(docs/reference/envelope.md)::

    0        4   "SKE1"
    4        2   header length h, big-endian
    6        h   header: MessagePack array in its one canonical form
    6+h      n   content: ciphertext and 16-byte tag (ChaCha20-Poly1305), plain in hails
    6+h+n   64   Ed25519 signature

What is signed is SHA-256(domain, everything before the content, SHA-256(content)). So head, digest
and signature alone prove what was sent, and evidence can be shown to others without content.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from hashlib import sha256
from typing import Annotated, Final, Literal

import msgspec
from nacl.bindings import crypto_sign_open
from nacl.exceptions import CryptoError

from skypact.exchange.refusals import EnvelopeRefused, Refusal
from skypact.model.labels import Label

MAGIC = b"SKE1"
ENVELOPE_DOMAIN = b"skypact envelope 1\n"
LARGEST_ENVELOPE = 256 * 1024
LARGEST_HEADER = 4096
SIGNATURE_BYTES = 64
TAG_BYTES = 16
LARGEST_CONTENT = LARGEST_ENVELOPE - 6 - LARGEST_HEADER - TAG_BYTES - SIGNATURE_BYTES
"""Bytes of content that fit whatever the label."""

Kind = Literal["tracks", "plots", "items", "receipt", "ping", "pong", "request", "hello", "grant"]
KINDS: Final[tuple[Kind, ...]] = (
    "tracks",
    "plots",
    "items",
    "receipt",
    "ping",
    "pong",
    "request",
    "hello",
    "grant",
)
LABELLED: Final = frozenset({"tracks", "plots", "items"})
"""Kinds that carry the agreement's data: only these have a label."""
LIVE: Final = frozenset({"tracks", "plots"})
"""Kinds that are worth nothing when they are old."""
HAILS: Final = frozenset({"hello", "grant"})
"""Kinds that are signed only: they make the keys."""
CHANNELS: Final = {"hello": "hail", "grant": "hail", "items": "items", "receipt": "items"}
"""By kind; all others are of ``live``."""

Word = Annotated[str, msgspec.Meta(max_length=64)]
Code = Annotated[str, msgspec.Meta(max_length=8)]
Codes = Annotated[tuple[Code, ...], msgspec.Meta(max_length=64)]
Words = Annotated[tuple[Word, ...], msgspec.Meta(max_length=16)]
Natural = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]


class LabelFields(msgspec.Struct, array_like=True, forbid_unknown_fields=True, frozen=True):
    """A label as it stands in a header."""

    policy: Word
    classification: Word
    categories: Words
    releasable_to: Codes
    originator: Code


class Header(msgspec.Struct, array_like=True, forbid_unknown_fields=True, frozen=True):
    """What is signed, and seen by relays.

    ``session`` names the sending process (random, new at every start); key epochs and numbers
    count within it. ``number`` counts from 1 within an epoch; hails count apart, with epoch 0 in
    a hello and the granted epoch in a grant.
    """

    kind: Word
    sender: Code
    party: Code
    audience: Code
    agreement: Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]
    session: Annotated[bytes, msgspec.Meta(min_length=16, max_length=16)]
    epoch: Annotated[int, msgspec.Meta(ge=0, lt=2**32)]
    number: Natural
    sent_ns: Natural
    exercise: bool
    label: LabelFields


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Header)


@dataclass(frozen=True, slots=True)
class Parts:
    """An envelope cut open; nothing is checked but its form.

    ``head`` is everything before the content, ``content_digest`` the content's SHA-256.
    """

    header: Header
    head: bytes
    content: bytes
    content_digest: bytes
    signature: bytes

    def evidence(self) -> bytes:
        """Head, digest and signature: what proves who sent it, without the content."""
        return self.head + self.content_digest + self.signature


def subject_of(sender: str, audience: str, kind: str) -> str:
    """The subject that an envelope travels on."""
    return f"{sender}.{audience}.{CHANNELS.get(kind, 'live')}"


def label_fields(label: Label) -> LabelFields:
    """A label for a header."""
    return LabelFields(
        label.policy,
        label.classification,
        label.categories,
        label.releasable_to,
        label.originator,
    )


def label_of(fields: LabelFields) -> Label:
    """The label of a header."""
    return Label(
        fields.policy,
        fields.classification,
        fields.categories,
        fields.releasable_to,
        fields.originator,
    )


def fits_header(label: Label) -> bool:
    """Whether a partner would read this label: its texts and lists are within their caps."""
    try:
        msgspec.msgpack.decode(_encoder.encode(label_fields(label)), type=LabelFields)
    except msgspec.ValidationError:
        return False
    return True


def head_of(header: Header) -> bytes:
    """Everything before the content.

    Raises
    ------
    ValueError
        If the header is larger than a header may be, or no partner would read it.
    """
    body = _encoder.encode(header)
    if len(body) > LARGEST_HEADER:
        raise ValueError(f"a header of {len(body)} bytes")
    return MAGIC + len(body).to_bytes(2, "big") + body


def signed_digest(head: bytes, content_digest: bytes) -> bytes:
    """The 32 bytes that the sender signs."""
    return sha256(ENVELOPE_DOMAIN + head + content_digest).digest()


def cut(payload: bytes) -> Parts:
    """The parts of an envelope.

    Raises
    ------
    EnvelopeRefused
    """
    if len(payload) > LARGEST_ENVELOPE:
        raise EnvelopeRefused(Refusal.TOO_LARGE, f"{len(payload)} bytes")
    if payload[:4] != MAGIC:
        raise _not_ours(payload)
    edge = 6 + int.from_bytes(payload[4:6], "big")
    if len(payload) < edge + SIGNATURE_BYTES or edge == 6:
        raise EnvelopeRefused(Refusal.TRUNCATED, f"{len(payload)} bytes")
    if edge > 6 + LARGEST_HEADER:
        raise EnvelopeRefused(Refusal.MALFORMED_HEADER, f"{edge - 6} bytes")
    body = payload[6:edge]
    try:
        header = _decoder.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as problem:
        raise _not_a_header(body, problem) from None
    # One form only: two texts of one header would be two digests of one envelope.
    if _encoder.encode(header) != body:
        raise EnvelopeRefused(Refusal.MALFORMED_HEADER, "not in its canonical form")
    if header.kind not in KINDS:
        raise EnvelopeRefused(Refusal.UNKNOWN_KIND, repr(header.kind))
    if header.kind not in HAILS and not (header.epoch and header.number):
        raise EnvelopeRefused(Refusal.MALFORMED_HEADER, "without epoch or number")
    content = payload[edge:-SIGNATURE_BYTES]
    return Parts(
        header, payload[:edge], content, sha256(content).digest(), payload[-SIGNATURE_BYTES:]
    )


def _not_ours(payload: bytes) -> EnvelopeRefused:
    if is_compressed(payload):
        return EnvelopeRefused(Refusal.COMPRESSED)
    if payload[:3] == MAGIC[:3] and len(payload) > 4:
        return EnvelopeRefused(Refusal.UNKNOWN_VERSION, repr(payload[3:4]))
    reason = Refusal.TRUNCATED if MAGIC.startswith(payload) else Refusal.NOT_AN_ENVELOPE
    return EnvelopeRefused(reason, f"{len(payload)} bytes")


def _not_a_header(body: bytes, problem: Exception) -> EnvelopeRefused:
    known = len(Header.__struct_fields__)
    try:
        fields = msgspec.msgpack.decode(body, type=list[msgspec.Raw])
        more = len(fields) > known
        if len(fields) == known:
            label = msgspec.msgpack.decode(fields[-1], type=list[msgspec.Raw])
            more = len(label) > len(LabelFields.__struct_fields__)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        more = False
    reason = Refusal.UNKNOWN_FIELD if more else Refusal.MALFORMED_HEADER
    return EnvelopeRefused(reason, str(problem))


def signature_holds(parts: Parts, signing_key: bytes) -> bool:
    """Whether the holder of a key signed these parts (RFC 8032; by libsodium, the fastest here)."""
    digest = signed_digest(parts.head, parts.content_digest)
    try:
        crypto_sign_open(parts.signature + digest, signing_key)
    except (CryptoError, ValueError):
        return False
    return True


def evidence_holds(evidence: bytes, signing_key: bytes) -> Header | None:
    """The header that somebody signed, from head, content's digest and signature; None if forged.

    It needs neither the content nor any secret: a third party can check it.
    """
    edge = 6 + int.from_bytes(evidence[4:6], "big")
    if evidence[:4] != MAGIC or len(evidence) != edge + 32 + SIGNATURE_BYTES:
        return None
    head, digest, signature = evidence[:edge], evidence[edge : edge + 32], evidence[edge + 32 :]
    try:
        header = _decoder.decode(head[6:])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    parts = Parts(header, head, b"", digest, signature)
    return header if signature_holds(parts, signing_key) else None


_COMPRESSED = (
    b"\x1f\x8b\x08",  # gzip, RFC 1952
    b"\x28\xb5\x2f\xfd",  # zstd, RFC 8878
    b"\x04\x22\x4d\x18",  # LZ4 frame
    b"\xfd7zXZ\x00",
    b"BZh",
    b"PK\x03\x04",  # ZIP
    b"\xff\x06\x00\x00sNaPpY",  # Snappy frame
)


def is_compressed(content: bytes) -> bool:
    """Whether bytes begin as a compressed format does; those of zlib only if they unpack."""
    if content.startswith(_COMPRESSED):
        return True
    if len(content) < 8 or content[0] != 0x78 or int.from_bytes(content[:2], "big") % 31:
        return False
    try:
        zlib.decompressobj().decompress(content[:1024], 4096)
    except zlib.error:
        return False
    return True
