"""What tests of the audit write into logs."""

from __future__ import annotations

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from skypact.audit.record import Entry, Kind, Outcome, digest_of

FOLDER = Path("/audit")
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
SEGMENT = 8


def entries(count: int, start: int = 0) -> list[Entry]:
    """Entries that differ from each other."""
    return [
        Entry(
            Kind.ENVELOPE_SENT,
            10_000 + n,
            Outcome.DONE,
            party="KZ",
            reference=n,
            subject=digest_of(b"envelope %d" % n),
        )
        for n in range(start, start + count)
    ]
