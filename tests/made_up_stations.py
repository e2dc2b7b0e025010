"""Stations that are nobody's: keys from seeds, so that every run has the same ones."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from skypact.exchange.cards import Card, OwnStation, make_card
from skypact.exchange.handshake import Handshake
from skypact.exchange.header import subject_of
from skypact.exchange.keys import make_sealing_key, make_signing_key
from skypact.exchange.opener import Opened
from skypact.exchange.refusals import EnvelopeRefused
from skypact.exchange.terms import Terms
from skypact.model.labels import Label
from skypact.model.time import DAY_NS, SECOND_NS

NOW_NS = 1_800_000_000 * SECOND_NS
MADE_NS = NOW_NS - DAY_NS
UNTIL_NS = NOW_NS + 1000 * DAY_NS

KG_LABEL = Label("two-rivers", "restricted", (), ("KG", "RU"), "KG")
RU_LABEL = Label("two-rivers", "restricted", (), ("KG", "RU"), "RU")


def seeded(seed: object) -> Callable[[int], bytes]:
    """A source of random bytes that gives the same ones each time."""
    return random.Random(str(seed)).randbytes


@cache
def party_key(party: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(seeded(f"party {party}")(32))


@cache
def station(code: str, party: str = "") -> OwnStation:
    """A station with its private keys; its party has the same code if none is named."""
    source = seeded(f"station {code}")
    signing, sealing = make_signing_key(source), make_sealing_key(source)
    card = Card(
        station=code,
        party=party or code,
        signing_key=signing.public_key().public_bytes_raw(),
        sealing_key=sealing.public_bytes(),
        audit_key=make_signing_key(source).public_key().public_bytes_raw(),
        nats_user="U" + "A" * 55,
        ca_pem="-----BEGIN CERTIFICATE-----\nnone\n-----END CERTIFICATE-----\n",
        leaf_address="",
        made_ns=MADE_NS,
        until_ns=UNTIL_NS,
    )
    return OwnStation(make_card(card, party_key(card.party)), signing, sealing)


def terms(**changes: object) -> Terms:
    fields = {
        "agreement": "two-rivers",
        "digest": b"\x07" * 32,
        "until_ns": NOW_NS + 100 * DAY_NS,
        "exercise": False,
        "parties": ("KG", "RU"),
        "classifications": ("open", "restricted", "secret"),
        "categories": ("radar",),
        "joint_posts": ("KANT",),
    }
    return Terms(**{**fields, **changes})  # type: ignore[arg-type]


@dataclass
class Side:
    """One end of a link, and what it opened that was no hail."""

    station: OwnStation
    partner: OwnStation
    handshake: Handshake

    @classmethod
    def of(cls, own: str, partner: str, under: Terms | None = None, seed: object = 0) -> "Side":
        here, there = station(own), station(partner)
        source = seeded(f"{own} {partner} {seed}")
        return cls(here, there, Handshake(here, there.card, under or terms(), source))

    def subject(self, kind: str = "tracks") -> str:
        """Of what this side sends."""
        return subject_of(self.station.card.station, self.partner.card.station, kind)

    def seal(self, content: bytes, label: Label, now_ns: int = NOW_NS) -> bytes:
        return self.handshake.sealer.seal("tracks", content, label, now_ns)

    def open_from(self, other: "Side", payload: bytes, now_ns: int = NOW_NS) -> Opened:
        return self.handshake.opener.open(other.subject(), payload, now_ns)


def pass_hails(left: Side, right: Side, now_ns: int = NOW_NS) -> int:
    """Deliver hails both ways until none is left; how many there were."""
    waiting = [(left, right, p) for p in left.handshake.tick(now_ns)]
    waiting += [(right, left, p) for p in right.handshake.tick(now_ns)]
    count = 0
    while waiting:
        sender, receiver, payload = waiting.pop(0)
        count += 1
        assert count < 100, "hails without end"
        try:
            opened = receiver.handshake.opener.open(sender.subject("hello"), payload, now_ns)
        except EnvelopeRefused:
            continue  # a link counts it and goes on
        answers = receiver.handshake.take(opened, now_ns)
        waiting += [(receiver, sender, answer) for answer in answers]
    return count


def joined_pair(under: Terms | None = None) -> tuple[Side, Side]:
    """KG and RU, each holding the other's key."""
    left, right = Side.of("KG", "RU", under), Side.of("RU", "KG", under)
    pass_hails(left, right)
    return left, right
