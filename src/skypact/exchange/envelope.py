"""Envelopes: what other rooms of the exchange use of them, in one place.

In: content with its label. Out: signed, sealed and numbered bytes; and back. The layout is in
``header``, what is checked in ``opener``, keys are made in ``handshake``. Written down in
docs/reference/envelope.md.
"""

from __future__ import annotations

from skypact.exchange.cards import Card, OwnStation, card_text, check_card, make_card, read_card
from skypact.exchange.handshake import Handshake
from skypact.exchange.header import LARGEST_CONTENT, LARGEST_ENVELOPE, Kind, subject_of
from skypact.exchange.opener import Opened, Opener
from skypact.exchange.refusals import EnvelopeRefused, NotReady, Refusal
from skypact.exchange.sealer import Sealer
from skypact.exchange.terms import UNLABELLED, Terms

__all__ = [
    "LARGEST_CONTENT",
    "LARGEST_ENVELOPE",
    "UNLABELLED",
    "Card",
    "EnvelopeRefused",
    "Handshake",
    "Kind",
    "NotReady",
    "Opened",
    "Opener",
    "OwnStation",
    "Refusal",
    "Sealer",
    "Terms",
    "card_text",
    "check_card",
    "make_card",
    "read_card",
    "subject_of",
]
