"""What comes from a partner: envelopes as they arrive, headers and hails well signed, cards."""

from __future__ import annotations

import json
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import msgspec

from failing_disk import FailingDisk
from lying_station import Liar
from made_up_stations import KG_LABEL, NOW_NS, Side, joined_pair, station
from skypact.exchange.cards import CardRefused, card_text, read_card
from skypact.exchange.hails import Hail, hail_bytes
from skypact.exchange.header import MAGIC, cut, evidence_holds, head_of, signed_digest
from skypact.exchange.keys import WRAPPED_KEY_BYTES, sealing_from_pem, sealing_pem
from skypact.exchange.quarantine import Quarantine, read_case
from skypact.exchange.refusals import BEFORE_SIGNATURE, EnvelopeRefused
from skypact.model.errors import BadInput

CONTENT = b"\x01" + b"a track" * 8


class Wire:
    """A link that is up; each input arrives at one end of it."""

    def __init__(self) -> None:
        self.sender, self.receiver = joined_pair()
        self.honest = self.sender.seal(CONTENT, KG_LABEL)
        hello = Side.of("KG", "RU", seed="hello")
        (self.hello,) = hello.handshake.tick(NOW_NS)
        self.quarantine = Quarantine(FailingDisk(), Path("/quarantine"))
        self.liar = Liar(self.sender)
        self.hails = 100

    def arrive(self, payload: bytes, *, may_open: bool) -> None:
        """Refused by name; nothing that nobody sealed is opened."""
        try:
            hails = b"hello" in payload[:16] or b"grant" in payload[:16]
            subject = "KG.RU.hail" if hails else "KG.RU.live"
            opened = self.receiver.handshake.opener.open(subject, payload, NOW_NS)
        except EnvelopeRefused as refused:
            if refused.signed == (refused.reason in BEFORE_SIGNATURE):
                raise AssertionError(f"evidence of {refused.reason}?") from None
            self.quarantine.take(refused, subject, payload, NOW_NS)
            if len(self.receiver.handshake.opener._retired) > 64:
                raise AssertionError("sessions without end") from None
            return
        if opened.hail is None and opened.content != CONTENT:
            raise AssertionError("a forgery was opened")
        if not may_open and payload not in (self.honest, self.hello):
            raise AssertionError("what nobody signed was opened")
        self.receiver.handshake.take(opened, NOW_NS)

    def sign(self, head: bytes, content: bytes) -> bytes:
        digest = signed_digest(head, sha256(content).digest())
        return head + content + self.sender.station.signing.sign(digest)


WIRE = Wire()


def read_envelope(data: bytes) -> None:
    """Bytes from the network as they are."""
    WIRE.arrive(data, may_open=False)
    evidence_holds(data, WIRE.sender.station.card.signing_key)


def read_header(data: bytes) -> None:
    """Any header that the partner really signed."""
    WIRE.arrive(WIRE.sign(MAGIC + len(data).to_bytes(2, "big") + data, b"c" * 40), may_open=True)


def read_hail(data: bytes) -> None:
    """Any hello or grant that the partner really signed, each after the one before."""
    WIRE.hails += 1
    kind = "grant" if len(data) % 2 else "hello"
    header = WIRE.liar.header(kind, epoch=WIRE.hails, number=WIRE.hails)
    WIRE.arrive(WIRE.sign(head_of(header), data), may_open=True)


def _hails() -> tuple[bytes, ...]:
    """A hello that repeats the challenge, one that does not, and a grant of no key."""
    challenge = WIRE.receiver.handshake.opener.challenge
    known = Hail(b"\x09" * 16, challenge, bytes(16), "made up", 1)
    grant = msgspec.structs.replace(known, wrapped=bytes(WRAPPED_KEY_BYTES))
    odd = msgspec.structs.replace(grant, software="made  up")
    hails = (known, grant, odd)
    return (cut(WIRE.hello).content, *(hail_bytes(hail) for hail in hails))


def refused_by_name(read: Callable[[bytes], object]) -> Callable[[bytes], None]:
    """Read, or refused in words."""

    def target(data: bytes) -> None:
        try:
            read(data)
        except BadInput as refused:
            if not refused.what:
                raise AssertionError("refused without words") from None

    return target


def read_any_card(data: bytes) -> None:
    """A card's file; what is read is written the same."""
    try:
        card = read_card(data, "fuzz")
    except CardRefused as refused:
        if not refused.what or refused.where != "fuzz":
            raise AssertionError(f"refused without words: {refused!r}") from None
        return
    if card_text(card) != data:
        raise AssertionError("two texts of one card")


def _case() -> bytes:
    disk = FailingDisk()
    quarantine = Quarantine(disk, Path("/q"))
    try:
        WIRE.receiver.handshake.opener.open("KG.RU.live", WIRE.honest[:-1] + b"!", NOW_NS)
    except EnvelopeRefused as refused:
        quarantine.take(refused, "KG.RU.live", WIRE.honest, NOW_NS)
    quarantine.write()
    (name,) = disk.names(Path("/q"))
    return disk.read(Path("/q") / name)


CARD = card_text(station("KG").card)
SEEDS: dict[str, tuple[Callable[[bytes], None], tuple[bytes, ...]]] = {
    "envelope": (read_envelope, (WIRE.honest, WIRE.hello)),
    "envelope-header": (read_header, (cut(WIRE.honest).head[6:], cut(WIRE.hello).head[6:])),
    "hail": (read_hail, _hails()),
    "card": (read_any_card, (CARD, json.dumps(json.loads(CARD)).encode())),
    "evidence": (refused_by_name(read_case), (_case(),)),
    "sealing-key": (refused_by_name(sealing_from_pem), (sealing_pem(station("KG").sealing),)),
}
"""By name: what to do with an input, and inputs to begin with."""
