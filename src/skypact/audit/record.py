"""What a record holds, and its 128 bytes.

In: an :class:`Entry` of enumerations, numbers, party codes and digests: there is no field that
content would fit in. Out: slots of 128 bytes, little-endian, as they lie in a segment file.

The first byte of a slot is the 0x00 that RFC 6962, section 2.1, puts before a leaf, so the hash of
the whole slot is the leaf's hash; the tree's entry is the 127 bytes after it. ``previous`` is the
leaf hash of the record before, so that the leaves are a hash chain too, at no further hash.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import struct
import zlib
from dataclasses import dataclass
from enum import IntEnum

import numpy as np

SLOT_BYTES = 128
CRC_AT = 124
FORMAT = 1
BEGINS_WRITE = 1
"""Flag of the first record of a write: what stood before it was durable when it was written."""
AGREEMENT_BYTES = 20
"""Of an agreement's digest: 160 bits name it, and the record stays within two cache lines."""
LARGEST = 2**63
NO_DIGEST = bytes(32)
FIRST_PREVIOUS = bytes(32)

SLOT = np.dtype(
    [
        ("leaf_prefix", "u1"),
        ("format", "u1"),
        ("kind", "<u2"),
        ("outcome", "u1"),
        ("flags", "u1"),
        ("clause", "<i2"),
        ("number", "<u8"),
        ("time_ns", "<i8"),
        ("reference", "<i8"),
        ("party", "S8"),
        ("previous", "V32"),
        ("subject", "V32"),
        ("agreement", "V20"),
        ("crc", "<u4"),
    ]
)
_BODY = struct.Struct("<BBHBBhQqq8s32s32s20s")
_CRC = struct.Struct("<I")
_PARTY = re.compile(r"[A-Z0-9-]{0,8}")


class Kind(IntEnum):
    """What happened. Numbers are part of the format and are never used anew."""

    LOG_OPENED = 1
    LOG_RECOVERED = 2
    LOG_CLOSED = 3
    HEAD_OF_PARTNER = 4
    AGREEMENT_ACCEPTED = 10
    SIGNATURE_ACCEPTED = 11
    NOTICE_ACCEPTED = 12
    AGREEMENT_REFUSED = 13
    STANDING_CHANGED = 14
    END_NEAR = 15
    RECEIVED_DATA_FROZEN = 16
    KEY_EPOCH = 20
    ENVELOPE_SENT = 30
    ENVELOPE_RECEIVED = 31
    ITEM_RELEASED = 32
    ITEM_WITHHELD = 33
    ORDER_EVENT = 40
    IDENTITY_GIVEN = 41
    ALERT_RAISED = 42
    OPERATOR_ACTED = 50
    SETTINGS_CHANGED = 51


class Outcome(IntEnum):
    """How it ended, or, for a change of standing, what stands now."""

    NONE = 0
    DONE = 1
    REFUSED = 2
    DRAFTED = 10
    SIGNED = 11
    PARTLY_RATIFIED = 12
    RATIFIED = 13
    IN_FORCE = 14
    NOTICE_GIVEN = 15
    WIND_DOWN = 16
    LAPSED = 17


KINDS = frozenset(int(kind) for kind in Kind)
OUTCOMES = frozenset(int(outcome) for outcome in Outcome)


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing to record: digests and references only.

    Parameters
    ----------
    kind, outcome
        What happened and how it ended.
    time_ns
        When, int64 UTC nanoseconds.
    party
        Code of the party concerned (A-Z, 0-9 and -, at most 8), or empty.
    reference
        A number: of a track, envelope, order, epoch; -1 for none.
    clause
        Place of the deciding clause in the agreement's list, -1 for none.
    subject
        SHA-256 of what it is about, or 32 zero bytes; see :func:`digest_of`, :func:`blinded`.
    agreement
        Digest of the agreement it happened under (32 bytes; the first 20 are kept).
    """

    kind: Kind
    time_ns: int
    outcome: Outcome = Outcome.NONE
    party: str = ""
    reference: int = -1
    clause: int = -1
    subject: bytes = NO_DIGEST
    agreement: bytes = NO_DIGEST

    def __post_init__(self) -> None:
        if not _PARTY.fullmatch(self.party):
            raise ValueError(f"{self.party!r} is no party's code")
        if len(self.subject) != 32 or len(self.agreement) != 32:
            raise ValueError("a digest has 32 bytes")
        if not -LARGEST <= self.time_ns < LARGEST or not -LARGEST <= self.reference < LARGEST:
            raise ValueError("a time or reference that is no int64")
        if not -(2**15) <= self.clause < 2**15:
            raise ValueError("a clause's place that is no int16")


def digest_of(content: bytes) -> bytes:
    """SHA-256 of content: all of it that may stand in a record."""
    return hashlib.sha256(content).digest()


def blinded(content: bytes, secret: bytes) -> bytes:
    """HMAC-SHA-256 of content that could be guessed, such as a callsign (RFC 2104).

    A bare digest of one of a few thousand words tells the word to whoever hashes them all.
    """
    return hmac.digest(secret, content, "sha256")


def slot_of(entry: Entry, number: int, previous: bytes, *, begins: bool) -> bytes:
    """The 128 bytes of an entry at its place in the chain."""
    body = _BODY.pack(
        0,
        FORMAT,
        entry.kind,
        entry.outcome,
        BEGINS_WRITE if begins else 0,
        entry.clause,
        number,
        entry.time_ns,
        entry.reference,
        entry.party.encode(),
        previous,
        entry.subject,
        entry.agreement[:AGREEMENT_BYTES],
    )
    return body + _CRC.pack(zlib.crc32(body))


def is_whole(slot: bytes) -> bool:
    """Whether these are the 128 bytes of a record, by its CRC and constants."""
    return (
        len(slot) == SLOT_BYTES
        and slot[0] == 0
        and slot[1] == FORMAT
        and _CRC.unpack_from(slot, CRC_AT)[0] == zlib.crc32(slot[:CRC_AT])
    )


def fields_of(slot: bytes) -> dict[str, str | int]:
    """A record's fields for people and JSON; digests in hexadecimal, unknown kinds as numbers."""
    row = np.frombuffer(slot, SLOT)[0]
    kind, outcome = int(row["kind"]), int(row["outcome"])
    return {
        "number": int(row["number"]),
        "kind": kind_name(kind),
        "outcome": Outcome(outcome).name if outcome in OUTCOMES else f"outcome {outcome}",
        "time_ns": int(row["time_ns"]),
        "party": bytes(row["party"]).decode("ascii", "replace"),
        "reference": int(row["reference"]),
        "clause": int(row["clause"]),
        "subject": row["subject"].tobytes().hex(),
        "agreement": row["agreement"].tobytes().hex(),
        "previous": row["previous"].tobytes().hex(),
    }


def kind_name(kind: int) -> str:
    """Name of a kind, or its number where this version does not know it."""
    return Kind(kind).name if kind in KINDS else f"kind {kind}"
