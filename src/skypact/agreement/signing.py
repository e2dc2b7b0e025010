"""Signatures of parties under an agreement's bytes, and under their notices.

In: a document's digest or a notice, and an Ed25519 key (RFC 8032; FIPS 186-5). Out: detached
signatures, kept in ``NAME.signatures.toml`` beside ``NAME.toml``. What is signed begins with the
words that say what it is for, so that a signature made for one purpose never serves another.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from skypact.agreement.canonical import canonical_json, digest_of
from skypact.agreement.document import Day, Document, Table
from skypact.agreement.refusals import SignatureForged
from skypact.model.errors import BadInput

SIGNATURE_DOMAIN = b"skypact agreement signature 1\n"
NOTICE_DOMAIN = b"skypact agreement notice 1\n"
MOST_SIGNATURES = 1000
"""In a file of signatures: twenty parties under fifty versions."""

NoticeKind = Literal["notice", "withdrawal", "renewal"]


class Signature(Table, frozen=True, kw_only=True):
    """One party's signature under one version; bytes in hexadecimal."""

    agreement: str
    version: int
    digest: str
    party: str
    day: Day
    key: str
    signature: str = ""

    def message(self) -> bytes:
        """The signed bytes: the purpose, then all fields but the signature as canonical JSON."""
        return SIGNATURE_DOMAIN + _fields(self)


class SignedNotice(Table, frozen=True, kw_only=True):
    """What one party declares under an agreement.

    ``notice``: it does not go on, given on ``day``. ``withdrawal``: it takes back the notice it
    gave on ``of``. ``renewal``: it renews the term whose last day is ``of``.
    """

    agreement: str
    digest: str  # of the version under which it is declared
    party: str
    kind: NoticeKind
    day: Day
    form: str = "written"
    of: Day | None = None
    key: str = ""
    signature: str = ""

    def message(self) -> bytes:
        """The signed bytes, as of a :class:`Signature`."""
        return NOTICE_DOMAIN + _fields(self)


class SignatureFile(Table, frozen=True, kw_only=True):
    """What lies beside a document: signatures and notices, in the order they came."""

    format: int = 1
    signature: tuple[Signature, ...] = ()
    notice: tuple[SignedNotice, ...] = ()


class Pin(Table, frozen=True, kw_only=True):
    """A party and the key that a node trusts for it, 64 hex digits."""

    code: str
    key: str


class TrustFile(Table, frozen=True, kw_only=True):
    """Whom a node trusts for which party."""

    party: tuple[Pin, ...]


def _fields(signed: Signature | SignedNotice) -> bytes:
    fields: dict[str, Any] = msgspec.to_builtins(signed)
    del fields["signature"]
    return canonical_json(fields)


def public_hex(key: Ed25519PrivateKey) -> str:
    """The public key of a signing key, 64 hex digits."""
    return key.public_key().public_bytes_raw().hex()


def sign_document(document: Document, party: str, key: Ed25519PrivateKey, day: Day) -> Signature:
    """A party's signature under a version; ``day`` is the day it states."""
    unsigned = Signature(
        agreement=document.agreement.id,
        version=document.agreement.version,
        digest=digest_of(document).hex(),
        party=party,
        day=day,
        key=public_hex(key),
    )
    return msgspec.structs.replace(unsigned, signature=key.sign(unsigned.message()).hex())


def sign_notice(notice: SignedNotice, key: Ed25519PrivateKey) -> SignedNotice:
    """The notice with the key and signature of its party."""
    unsigned = msgspec.structs.replace(notice, key=public_hex(key), signature="")
    return msgspec.structs.replace(unsigned, signature=key.sign(unsigned.message()).hex())


def check_bytes_signed(signed: Signature | SignedNotice) -> None:
    """Check the signature with the key it names; whose key that may be is asked elsewhere.

    Raises
    ------
    SignatureForged
        If the key did not sign these fields.
    """
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(signed.key))
        key.verify(bytes.fromhex(signed.signature), signed.message())
    except (InvalidSignature, ValueError):
        raise SignatureForged(
            f"the signature of {signed.party} under {signed.agreement} does not hold",
            remedy="Ask that party for its signature again, over a way you trust",
        ) from None


def signature_path(document: Path) -> Path:
    """``NAME.signatures.toml`` beside ``NAME.toml``."""
    return document.with_name(document.stem + ".signatures.toml")


def read_signatures(path: Path) -> SignatureFile:
    """Read a file of signatures; one that is not there holds none.

    Raises
    ------
    BadInput
        If it cannot be read.
    """
    try:
        content = msgspec.toml.decode(path.read_bytes(), type=SignatureFile)
    except FileNotFoundError:
        return SignatureFile()
    except (OSError, ValueError, RecursionError, msgspec.MsgspecError) as problem:
        raise BadInput(f"not a file of signatures: {problem}", where=str(path)) from None
    if content.format != 1:
        raise BadInput(f"format {content.format} is not known", where=str(path))
    if len(content.signature) + len(content.notice) > MOST_SIGNATURES:
        raise BadInput(f"over {MOST_SIGNATURES} signatures", where=str(path))
    return content


def signatures_text(content: SignatureFile) -> str:
    """The file's TOML."""
    parts = ["# Signatures under an agreement; see docs/how-to/sign-an-agreement.md", "format = 1"]
    parts += [_table("signature", signature) for signature in content.signature]
    parts += [_table("notice", notice) for notice in content.notice]
    return "\n".join(parts) + "\n"


def _table(name: str, row: Table) -> str:
    lines = [f"\n[[{name}]]"]
    for field in msgspec.structs.fields(row):
        value = getattr(row, field.name)
        if value is None:
            continue
        if isinstance(value, str):
            # JSON's escapes are TOML's, but for DEL, which a basic string may not hold raw.
            text = msgspec.json.encode(value).decode().replace("\x7f", "\\u007f")
        else:
            text = value.isoformat() if isinstance(value, Day) else str(value)
        lines.append(f"{field.name} = {text}")
    return "\n".join(lines)


def with_signature(content: SignatureFile, signature: Signature) -> SignatureFile:
    """The file with one more signature, in place of one of the same party under the same text."""
    others = tuple(
        one
        for one in content.signature
        if (one.party, one.digest) != (signature.party, signature.digest)
    )
    return msgspec.structs.replace(content, signature=(*others, signature))


def with_notice_added(content: SignatureFile, notice: SignedNotice) -> SignatureFile:
    """The file with one more notice; one that is there already is not added again."""
    if notice in content.notice:
        return content
    return msgspec.structs.replace(content, notice=(*content.notice, notice))


def pins_from(path: Path) -> dict[str, str]:
    """The keys that a node trusts for parties, from its trust file.

    Raises
    ------
    BadInput
        If the file cannot be read, a key is none, or a party is named twice.
    """
    try:
        trust = msgspec.toml.decode(path.read_bytes(), type=TrustFile)
    except FileNotFoundError:
        raise BadInput("no such file", where=str(path)) from None
    except (OSError, ValueError, msgspec.MsgspecError) as problem:
        raise BadInput(f"not a trust file: {problem}", where=str(path)) from None
    pins = {pin.code: key_text(pin.key, f"{path}: party {pin.code}") for pin in trust.party}
    if len(pins) < len(trust.party):
        raise BadInput("a party is named twice", where=str(path))
    return pins


def key_text(text: str, where: str) -> str:
    """A public key's 64 hex digits in lower case.

    Raises
    ------
    BadInput
        If they are not.
    """
    try:
        if len(bytes.fromhex(text)) == 32 and len(text) == 64:
            return text.lower()
    except ValueError:
        pass
    raise BadInput(f"{text!r} is not a key of 64 hex digits", where=where)
