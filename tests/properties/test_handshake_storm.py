"""The handshake under a relay that loses, repeats, withholds and reorders, and restarts besides.

Whatever it does: nothing is opened twice, nothing but what the partner sealed is opened, no error
but a refusal comes out, and once the relay lets things pass the link is up again.
"""

from dataclasses import dataclass, field

from hypothesis import example, given, settings
from hypothesis import strategies as st

from made_up_stations import KG_LABEL, NOW_NS, RU_LABEL, Side, pass_hails, terms
from skypact.exchange.header import cut
from skypact.exchange.opener import CHALLENGE_EVERY_NS
from skypact.exchange.refusals import EnvelopeRefused, NotReady
from skypact.model.time import SECOND_NS

HEALED_NS = CHALLENGE_EVERY_NS + 5 * SECOND_NS
"""A relay's last trick may have used up the right to a new challenge; then a handshake."""
LABELS = {"KG": KG_LABEL, "RU": RU_LABEL}
OTHER = {"KG": "RU", "RU": "KG"}


@dataclass
class Storm:
    """Two stations, and everything that was ever sent between them."""

    now_ns: int = NOW_NS
    sides: dict[str, Side] = field(default_factory=dict)
    sent: list[tuple[str, bytes]] = field(default_factory=list)
    sealed: dict[str, set[bytes]] = field(default_factory=lambda: {"KG": set(), "RU": set()})
    opened: dict[str, list[bytes]] = field(default_factory=lambda: {"KG": [], "RU": []})
    starts: int = 0
    amended: int = 0

    def start(self, code: str) -> None:
        self.starts += 1
        self.sides[code] = Side.of(code, OTHER[code], self.terms(), f"start {self.starts}")
        self.opened[code] = []  # a new process; what is applied twice is for receipts to prevent

    def terms(self) -> object:
        return terms(digest=bytes([self.amended]) * 32)

    def pass_second(self) -> None:
        self.now_ns += SECOND_NS
        for code, side in self.sides.items():
            self.sent += [(code, hail) for hail in side.handshake.tick(self.now_ns)]

    def seal(self, code: str) -> None:
        content = b"\x01%s %d" % (code.encode(), len(self.sent))
        try:
            payload = self.sides[code].seal(content, LABELS[code], self.now_ns)
        except NotReady:
            return
        self.sealed[code].add(content)
        self.sent.append((code, payload))

    def deliver(self, place: int) -> None:
        """Something that was sent, once more or for the first time."""
        if not self.sent:
            return
        code, payload = self.sent[-1 - place % len(self.sent)]
        receiver = self.sides[OTHER[code]]
        subject = self.sides[code].subject(cut(payload).header.kind)
        try:
            opened = receiver.handshake.opener.open(subject, payload, self.now_ns)
        except EnvelopeRefused:
            return
        answers = receiver.handshake.take(opened, self.now_ns)
        self.sent += [(OTHER[code], answer) for answer in answers]
        if opened.hail is None:
            assert opened.content in self.sealed[code]
            assert opened.content not in self.opened[OTHER[code]], "opened twice"
            self.opened[OTHER[code]].append(opened.content)

    def amend(self) -> None:
        self.amended = 1 - self.amended  # there and back: old keys have the same digest again
        for code, side in self.sides.items():
            hails = side.handshake.renew(self.terms(), self.now_ns)  # type: ignore[arg-type]
            self.sent += [(code, hail) for hail in hails]

    def act(self, act: str, place: int) -> None:
        match act:
            case "second":
                self.pass_second()
            case "deliver":
                self.deliver(place)
            case "seal KG" | "seal RU":
                self.seal(act[-2:])
            case "start KG" | "start RU":
                self.start(act[-2:])
            case "amend":
                self.amend()
            case "hour":
                self.now_ns += 3600 * SECOND_NS
            case "back":
                self.now_ns -= 100 * SECOND_NS


ACTS = ["deliver"] * 8 + ["second"] * 3 + ["seal KG", "seal RU"] * 2
ACTS += ["start KG", "start RU", "amend", "hour", "back"]


@settings(max_examples=150)
@given(st.lists(st.tuples(st.sampled_from(ACTS), st.integers(0, 40)), max_size=120))
@example([("second", 0), ("deliver", 0), ("start KG", 0), ("second", 0)] * 20)
def test_whatever_a_relay_does_nothing_is_opened_twice_and_the_link_heals(
    acts: list[tuple[str, int]],
) -> None:
    storm = Storm()
    storm.start("KG")
    storm.start("RU")
    for act, place in acts:
        storm.act(act, place)
    left, right = storm.sides["KG"], storm.sides["RU"]
    now_ns, calm = storm.now_ns, 0
    while not (left.handshake.done and right.handshake.done and calm >= 2):
        assert now_ns - storm.now_ns <= HEALED_NS, "the link does not heal"
        now_ns += SECOND_NS // 2
        pass_hails(left, right, now_ns)
        calm += 1
        # Traffic goes on, and what it is refused for tells a side that it was misled.
        for sender, receiver, label in ((left, right, KG_LABEL), (right, left, RU_LABEL)):
            if sender.handshake.ready:
                try:
                    receiver.open_from(sender, sender.seal(b"\x01x", label, now_ns), now_ns)
                except EnvelopeRefused:
                    calm = 0
    assert right.open_from(left, left.seal(b"\x01a", KG_LABEL, now_ns), now_ns)
    assert left.open_from(right, right.seal(b"\x01b", RU_LABEL, now_ns), now_ns)
