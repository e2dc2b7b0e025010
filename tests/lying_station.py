"""A partner that lies: it holds its own keys, and says with them what it likes."""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

import msgspec

from made_up_stations import KG_LABEL, NOW_NS, UNTIL_NS, Side, joined_pair, pass_hails, terms
from skypact.exchange.epochs import EPOCH_NS, OVERLAP_NS, OwnEpoch
from skypact.exchange.hails import Hail, hail_bytes
from skypact.exchange.header import HAILS, LABELLED, Header, head_of, label_fields, signed_digest
from skypact.exchange.refusals import Refusal
from skypact.exchange.terms import UNLABELLED
from skypact.model.labels import Label
from skypact.model.time import DAY_NS, SECOND_NS


@dataclass
class Message:
    """What arrives at the other side, and when."""

    payload: bytes
    subject: str
    now_ns: int = NOW_NS


class Liar:
    """The sending end of a link that is up; ``side`` is its honest half."""

    def __init__(self, side: Side) -> None:
        self.side = side
        self.number = 0
        epoch = side.handshake.sealer.current
        assert epoch is not None
        self.epoch = epoch

    def header(self, kind: str = "tracks", label: Label | None = None, **changes: object) -> Header:
        """An honest header, but for the changes."""
        if "number" not in changes:
            self.number += 1
        if label is None:
            label = KG_LABEL if kind in LABELLED else UNLABELLED
        own, partner = self.side.station.card, self.side.partner.card
        header = Header(
            kind=kind,
            sender=own.station,
            party=own.party,
            audience=partner.station,
            agreement=b"\x07" * 32,
            session=self.side.handshake.sealer.session,
            epoch=self.epoch.number,
            number=self.number,
            sent_ns=NOW_NS,
            exercise=False,
            label=label_fields(label),
        )
        return msgspec.structs.replace(header, **changes)

    def signed(self, head: bytes, content: bytes, by: Side | None = None) -> bytes:
        """Head and content as they are, and a signature that holds (of ``by``, if one is named)."""
        digest = signed_digest(head, sha256(content).digest())
        return head + content + (by or self.side).station.signing.sign(digest)

    def envelope(
        self, content: bytes = b"\x01tracks", label: Label | None = None, **changes: object
    ) -> bytes:
        """Sealed under the granted key and signed, with any header."""
        header = self.header(label=label, **changes)  # type: ignore[arg-type]
        head = head_of(header)
        if header.kind in HAILS:
            return self.signed(head, content)
        return self.signed(head, self.epoch.seal(header.number, content, head))

    def raw_header(self, body: bytes) -> bytes:
        """Any bytes as a header, well signed."""
        return self.signed(b"SKE1" + len(body).to_bytes(2, "big") + body, b"c" * 40)

    def say(self, payload: bytes, kind: str = "tracks", now_ns: int = NOW_NS) -> Message:
        return Message(payload, self.side.subject(kind), now_ns)


def label(**changes: object) -> Label:
    fields = {name: getattr(KG_LABEL, name) for name in Label.__dataclass_fields__}
    return Label(**{**fields, **changes})  # type: ignore[arg-type]


JUMP = 10**6
"""The number of the first envelope that came: what is numbered far below is a replay."""


@dataclass
class Scene:
    """A link that is up in its second key epoch, and two envelopes that came honestly."""

    liar: Liar
    receiver: Side
    first_epoch: OwnEpoch
    came: bytes

    @classmethod
    def open(cls) -> "Scene":
        under = terms(until_ns=UNTIL_NS + DAY_NS)
        sender, receiver = joined_pair(under)
        first_epoch = sender.handshake.sealer.current
        assert first_epoch is not None
        pass_hails(sender, receiver, NOW_NS + EPOCH_NS)
        liar = Liar(sender)
        assert liar.epoch.number == 2
        scene = cls(liar, receiver, first_epoch, liar.envelope(number=JUMP + 1))
        for payload in (liar.envelope(number=JUMP), scene.came):
            receiver.open_from(sender, payload)
        liar.number = JUMP + 1
        return scene

    def late(self, n: int) -> bytes:
        """Sealed under a key that was given up."""
        header = self.liar.header(epoch=1, number=n + 1)
        head = head_of(header)
        return self.liar.signed(head, self.first_epoch.seal(n + 1, b"\x01late", head))


def lies(scene: Scene) -> dict[Refusal, Callable[[int], Message]]:
    """For each reason something that is refused for it; the number makes each a new one."""
    liar, came = scene.liar, scene.came
    say, envelope, header = liar.say, liar.envelope, liar.header
    stranger = Side.of("BY", "RU")
    encode = msgspec.msgpack.encode
    stale = hail_bytes(Hail(b"\x01" * 16, b"\x02" * 16, bytes(16), "made up", 1, bytes(1168)))

    def fields(n: int) -> list[object]:
        return list(msgspec.msgpack.decode(encode(header(sent_ns=NOW_NS + n))))

    return {
        Refusal.TOO_LARGE: lambda n: say(bytes(256 * 1024 + 1 + n % 7)),
        Refusal.COMPRESSED: lambda n: say(b"\x28\xb5\x2f\xfd%d" % n),
        Refusal.NOT_AN_ENVELOPE: lambda n: say(b'{"tracks": %d}' % n),
        Refusal.UNKNOWN_VERSION: lambda n: say(b"SKE2" + envelope(sent_ns=n)[4:]),
        Refusal.TRUNCATED: lambda n: say(envelope()[: 4 + n % 180]),
        Refusal.MALFORMED_HEADER: lambda n: say(liar.raw_header(encode([n, "tracks"]))),
        Refusal.UNKNOWN_FIELD: lambda n: say(liar.raw_header(encode([*fields(n), "more"]))),
        Refusal.UNKNOWN_KIND: lambda n: say(envelope(kind=f"orders{n}")),
        Refusal.UNKNOWN_SENDER: lambda n: say(envelope(sender=f"X{n}")),
        Refusal.WRONG_AUDIENCE: lambda n: say(envelope(audience=f"Y{n}")),
        Refusal.WRONG_PARTY: lambda n: say(envelope(party=f"Z{n}")),
        Refusal.WRONG_SUBJECT: lambda n: Message(envelope(), f"KG.RU.live{n}"),
        Refusal.LAPSED: lambda n: say(envelope(), now_ns=UNTIL_NS + DAY_NS + n),
        Refusal.CARD_EXPIRED: lambda n: say(envelope(), now_ns=UNTIL_NS + n),
        Refusal.WRONG_AGREEMENT: lambda n: say(envelope(agreement=n.to_bytes(32, "big"))),
        Refusal.WRONG_EXERCISE: lambda n: say(envelope(exercise=True, sent_ns=n)),
        Refusal.FORGED: lambda n: say(liar.signed(head_of(header()), b"%d" % n, by=stranger)),
        Refusal.UNKNOWN_EPOCH: lambda n: say(envelope(epoch=3 + n)),
        Refusal.OLD_EPOCH: lambda n: say(scene.late(n), now_ns=NOW_NS + OVERLAP_NS),
        Refusal.REPLAYED: lambda n: say(envelope(number=n + 1)),
        Refusal.DUPLICATE: lambda n: say(came),
        Refusal.EQUIVOCATION: lambda n: say(envelope(b"\x01other %d" % n, number=JUMP)),
        Refusal.UNDECIPHERABLE: lambda n: say(liar.signed(head_of(header()), b"%20d" % n)),
        Refusal.MALFORMED_HAIL: lambda n: say(envelope(b"%d" % n, kind="hello"), "hello"),
        Refusal.OTHER_PROTOCOL: lambda n: say(
            envelope(
                hail_bytes(Hail(b"\x01" * 16, b"\x02" * 16, bytes(16), "old", 2 + n % 60_000)),
                kind="hello",
                epoch=0,
                number=100 + n,
            ),
            "hello",
        ),
        Refusal.STALE_GRANT: lambda n: say(
            envelope(stale, kind="grant", epoch=3 + n, number=100 + n), "grant"
        ),
        Refusal.WRONG_LABEL: lambda n: say(envelope(label=label(classification=f"cosmic {n}"))),
        Refusal.WRONG_ORIGINATOR: lambda n: say(envelope(label=label(originator="RU"))),
        Refusal.NOT_RELEASABLE: lambda n: say(envelope(label=label(releasable_to=("KG",)))),
        Refusal.WRONG_TIME: lambda n: say(envelope(sent_ns=NOW_NS + (6 + n) * SECOND_NS)),
    }
