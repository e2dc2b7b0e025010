"""Signing: heads of envelopes as one station writes them to one partner, and its signature.

In: what differs from envelope to envelope. Out: heads and whole envelopes as bytes. The layout is
in ``header``; Ed25519 is PyNaCl's, the fastest at hand, and signs a digest of 32 bytes.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256

from nacl.bindings import crypto_sign, crypto_sign_seed_keypair

from skypact.exchange.cards import Card, OwnStation
from skypact.exchange.hails import Hail, hail_bytes
from skypact.exchange.header import Header, Kind, head_of, label_fields, signed_digest
from skypact.exchange.terms import UNLABELLED, Terms
from skypact.model.labels import Label


class Signer:
    """Writes and signs for one session with one partner."""

    def __init__(self, own: OwnStation, partner: Card, random: Callable[[int], bytes]) -> None:
        self._own = own.card
        self._partner = partner
        self._key = crypto_sign_seed_keypair(own.signing.private_bytes_raw())[1]
        self._hails = 0
        self.session = random(16)

    def head(
        self, kind: Kind, terms: Terms, epoch: int, number: int, now_ns: int, label: Label
    ) -> bytes:
        """Everything before the content; ``now_ns`` is the time of sending."""
        header = Header(
            kind=kind,
            sender=self._own.station,
            party=self._own.party,
            audience=self._partner.station,
            agreement=terms.digest,
            session=self.session,
            epoch=epoch,
            number=number,
            sent_ns=now_ns,
            exercise=terms.exercise,
            label=label_fields(label),
        )
        return head_of(header)

    def envelope(self, head: bytes, content: bytes) -> bytes:
        """Head and content, signed."""
        digest = signed_digest(head, sha256(content).digest())
        return head + content + crypto_sign(digest, self._key)[:64]

    def hail(self, kind: Kind, terms: Terms, epoch: int, hail: Hail, now_ns: int) -> bytes:
        """A hail, numbered within the session."""
        self._hails += 1
        head = self.head(kind, terms, epoch, self._hails, now_ns, UNLABELLED)
        return self.envelope(head, hail_bytes(hail))
