"""Signed heads: what a log says of itself, that a partner can hold it to.

In: the size and root of a log's tree, and the node's Ed25519 key. Out: a head of fixed bytes under
a signature, its JSON form for files and envelopes, and the check of a partner's next head against
the last. After the signed tree head of RFC 6962, section 3.5; the signed bytes are our own.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from skypact.audit.errors import AuditDamaged, AuditHeadRefused
from skypact.audit.proofs import consistent

DOMAIN = b"skypact audit head 1\n"
_NUMBERS = struct.Struct(">Qq")
_LENGTHS = {"log": 32, "root": 32, "signature": 64}


@dataclass(frozen=True, slots=True)
class SignedHead:
    """A log's size and root at a time.

    Parameters
    ----------
    log
        SHA-256 of the log's public key: which log.
    size
        Number of records.
    time_ns
        When it was signed, int64 UTC nanoseconds.
    root
        Root of the tree over the records.
    signature
        Ed25519 under :meth:`message`.
    """

    log: bytes
    size: int
    time_ns: int
    root: bytes
    signature: bytes

    def message(self) -> bytes:
        """The signed bytes: domain, log, size and time (big-endian, 8 bytes each), root."""
        return DOMAIN + self.log + _NUMBERS.pack(self.size, self.time_ns) + self.root

    def fields(self) -> dict[str, Any]:
        """The head for JSON, bytes in hexadecimal."""
        return {
            "log": self.log.hex(),
            "size": self.size,
            "time_ns": self.time_ns,
            "root": self.root.hex(),
            "signature": self.signature.hex(),
        }


def log_id(key: Ed25519PublicKey) -> bytes:
    """A log's name: SHA-256 of its public key's 32 bytes. A new key begins a new log."""
    return sha256(key.public_bytes_raw()).digest()


def sign_head(key: Ed25519PrivateKey, size: int, time_ns: int, root: bytes) -> SignedHead:
    """Sign a head."""
    unsigned = SignedHead(log_id(key.public_key()), size, time_ns, root, b"")
    return SignedHead(unsigned.log, size, time_ns, root, key.sign(unsigned.message()))


def head_holds(head: SignedHead, key: Ed25519PublicKey) -> bool:
    """Whether the head is of this key's log and its signature is right."""
    if head.log != log_id(key):
        return False
    try:
        key.verify(head.signature, head.message())
    except InvalidSignature:
        return False
    return True


def head_from(fields: Any) -> SignedHead:
    """A head from its JSON fields; further ones are left alone.

    Raises
    ------
    AuditHeadRefused
        If a field is missing or not what it should be.
    """
    try:
        size, time_ns = fields["size"], fields["time_ns"]
        parts = {name: bytes.fromhex(fields[name]) for name in _LENGTHS}
    except (KeyError, TypeError, ValueError):
        raise AuditHeadRefused("a head without its fields, or with others") from None
    whole = all(isinstance(n, int) and not isinstance(n, bool) for n in (size, time_ns))
    if not whole or not 0 <= size < 2**63 or not -(2**63) <= time_ns < 2**63:
        raise AuditHeadRefused("a head whose size or time is no number")
    if any(len(parts[name]) != length for name, length in _LENGTHS.items()):
        raise AuditHeadRefused("a head whose digests have the wrong length")
    return SignedHead(parts["log"], size, time_ns, parts["root"], parts["signature"])


def check_partner_head(
    old: SignedHead | None, new: SignedHead, proof: Sequence[bytes], key: Ed25519PublicKey
) -> None:
    """Hold a partner to what it said before.

    Parameters
    ----------
    old
        The last head taken from this partner, None before the first.
    new
        What it says now.
    proof
        Consistency proof from the one to the other; empty for the first.
    key
        The partner's audit key, as pinned.

    Raises
    ------
    AuditHeadRefused
        If the signature is not its own, the log shrank or its time ran back, or what the partner
        recorded before is no longer what its log begins with. Both heads are the evidence.
    """
    if not head_holds(new, key):
        raise AuditHeadRefused(f"the head of {new.size} records is not signed by its log's key")
    if old is None:
        return
    if not head_holds(old, key):
        raise AuditHeadRefused("the head kept from before is of another log or key")
    if new.size < old.size:
        raise AuditHeadRefused(f"the log shrank from {old.size} records to {new.size}")
    if new.time_ns < old.time_ns:
        raise AuditHeadRefused("the head is older than the one before")
    if new.size == old.size and new.root != old.root:
        raise AuditHeadRefused(f"two different logs of {new.size} records are signed")
    if not consistent(old.size, new.size, old.root, new.root, proof):
        raise AuditHeadRefused(
            f"the log of {new.size} records does not prove to begin with the {old.size} before",
            remedy="Keep both heads: together they show that the partner's log was rewritten",
        )


@dataclass(frozen=True, slots=True)
class StoredHead:
    """A head in a segment's heads file; the seal of a full segment has its subtree's root too."""

    head: SignedHead
    segment_root: bytes | None = None

    def line(self) -> bytes:
        """One line of the file."""
        seal = {"segment": self.segment_root.hex()} if self.segment_root else {}
        return json.dumps(self.head.fields() | seal, separators=(",", ":")).encode() + b"\n"


def stored_heads(data: bytes, where: str) -> tuple[list[StoredHead], int]:
    """The heads in a file, and how many bytes of it are whole lines.

    A last line that is no head is what a crash leaves (its end may be there and its middle not),
    and is left out.

    Raises
    ------
    AuditDamaged
        If a line before the last is no head.
    """
    heads: list[StoredHead] = []
    lines = data.split(b"\n")
    whole = 0
    for number, line in enumerate(lines[:-1], start=1):
        try:
            fields = json.loads(line)
            seal = bytes.fromhex(fields["segment"]) if "segment" in fields else None
            heads.append(StoredHead(head_from(fields), seal))
        except (ValueError, TypeError, RecursionError, AuditHeadRefused):
            if number == len(lines) - 1 and not lines[-1]:
                break
            raise AuditDamaged("not a signed head", where=f"{where}, line {number}") from None
        whole += len(line) + 1
    return heads, whole
