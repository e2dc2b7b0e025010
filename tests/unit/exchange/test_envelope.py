"""What an envelope says arrives as it was said; what must not leave does not."""

import gzip
import lzma
import re
import zlib
from pathlib import Path

import pytest

from lying_station import Liar, Scene, label, lies
from made_up_stations import (
    KG_LABEL,
    NOW_NS,
    RU_LABEL,
    Side,
    joined_pair,
    station,
    terms,
)
from skypact.exchange import envelope
from skypact.exchange.header import (
    CHANNELS,
    KINDS,
    LABELLED,
    LARGEST_CONTENT,
    LARGEST_ENVELOPE,
    cut,
    head_of,
    is_compressed,
    subject_of,
)
from skypact.exchange.opener import FUTURE_NS, LARGEST_OFFSET_NS, OLDEST_NS
from skypact.exchange.refusals import BEFORE_SIGNATURE, WORDS, EnvelopeRefused, NotReady, Refusal
from skypact.exchange.terms import UNLABELLED, label_fault
from skypact.model.labels import Label

SEALED = [kind for kind in KINDS if kind not in ("hello", "grant")]


def refusal(receiver: Side, sender: Side, payload: bytes, now_ns: int = NOW_NS) -> Refusal:
    with pytest.raises(EnvelopeRefused) as refused:
        receiver.open_from(sender, payload, now_ns)
    return refused.value.reason


@pytest.mark.parametrize("kind", SEALED)
def test_each_kind_arrives_whole_with_its_label_and_place(kind: envelope.Kind) -> None:
    left, right = joined_pair()
    marked = KG_LABEL if kind in LABELLED else UNLABELLED
    left.handshake.sealer.seal(kind, b"\x01first", marked, NOW_NS)
    payload = left.handshake.sealer.seal(kind, b"\x01second", marked, NOW_NS + 5)
    opened = right.handshake.opener.open(left.subject(kind), payload, NOW_NS + 10)
    assert (opened.kind, opened.content, opened.label) == (kind, b"\x01second", marked)
    assert (opened.epoch, opened.number, opened.missing) == (1, 2, 1)
    assert opened.sent_ns == NOW_NS + 5


@pytest.mark.parametrize("length", [0, 1, 5000, LARGEST_CONTENT])
def test_content_of_any_length_up_to_the_limit_passes(length: int) -> None:
    left, right = joined_pair()
    content = bytes(length)
    payload = left.seal(content, KG_LABEL)
    assert len(payload) <= LARGEST_ENVELOPE
    assert right.open_from(left, payload).content == content


def test_one_byte_over_the_limit_does_not_leave() -> None:
    left, _ = joined_pair()
    with pytest.raises(EnvelopeRefused) as refused:
        left.seal(bytes(LARGEST_CONTENT + 1), KG_LABEL)
    assert refused.value.reason is Refusal.TOO_LARGE


def test_the_largest_label_there_may_be_leaves_room_for_the_largest_content() -> None:
    many = tuple(f"P{n:07}" for n in range(62))
    words = tuple(f"{n:064}" for n in range(16))
    under = terms(parties=("KG", "RU", *many), categories=words, classifications=("c" * 64,))
    left, right = joined_pair(under)
    marked = Label("two-rivers", "c" * 64, words, ("KG", "RU", *many), "KG")
    payload = left.seal(bytes(LARGEST_CONTENT), marked)
    assert len(payload) <= LARGEST_ENVELOPE
    assert right.open_from(left, payload).label == marked


@pytest.mark.parametrize(
    "packed",
    [gzip.compress, lzma.compress, zlib.compress, lambda data: zlib.compress(data, 9)],
)
def test_what_is_compressed_is_neither_sent_nor_opened(packed: object) -> None:
    content = packed(b"a bomb" * 1000)  # type: ignore[operator]
    left, right = joined_pair()
    with pytest.raises(EnvelopeRefused) as refused:
        left.seal(content, KG_LABEL)
    assert refused.value.reason is Refusal.COMPRESSED
    assert refusal(right, left, Liar(left).envelope(content)) is Refusal.COMPRESSED
    assert refusal(right, left, content) is Refusal.COMPRESSED


def test_content_that_only_begins_like_zlib_is_not_taken_for_it() -> None:
    assert not is_compressed(b"\x78\x01" + bytes([0xFF] * 40))
    assert not is_compressed(b"\x78\x9c")
    assert not is_compressed(b"")


def test_a_label_that_no_header_holds_does_not_leave_whatever_the_agreement_says() -> None:
    left, _ = joined_pair(terms(classifications=("c" * 65,)))
    with pytest.raises(EnvelopeRefused, match="longer"):
        left.seal(b"\x01a", label(classification="c" * 65))


@pytest.mark.parametrize(
    ("marked", "reason"),
    [
        (label(policy="another"), Refusal.WRONG_LABEL),
        (label(policy=""), Refusal.WRONG_LABEL),
        (label(classification="cosmic"), Refusal.WRONG_LABEL),
        (label(classification=""), Refusal.WRONG_LABEL),
        (label(categories=("radar", "nuclear")), Refusal.WRONG_LABEL),
        (label(releasable_to=("KG", "RU", "BY")), Refusal.WRONG_LABEL),
        (label(originator="RU"), Refusal.WRONG_ORIGINATOR),
        (label(originator=""), Refusal.WRONG_ORIGINATOR),
        (label(originator="KANT"), Refusal.WRONG_ORIGINATOR),
        (label(releasable_to=("KG",)), Refusal.NOT_RELEASABLE),
        (label(releasable_to=()), Refusal.NOT_RELEASABLE),
        (UNLABELLED, Refusal.WRONG_LABEL),
    ],
    ids=str,
)
def test_a_label_beyond_the_agreement_neither_leaves_nor_comes_in(
    marked: Label, reason: Refusal
) -> None:
    left, right = joined_pair()
    with pytest.raises(EnvelopeRefused) as refused:
        left.seal(b"\x01a", marked)
    assert refused.value.reason is reason
    assert refusal(right, left, Liar(left).envelope(label=marked)) is reason
    assert right.handshake.opener.label_fault(marked) == (reason, refused.value.detail)


def test_what_carries_no_item_has_no_label() -> None:
    left, right = joined_pair()
    with pytest.raises(EnvelopeRefused):
        left.handshake.sealer.seal("ping", b"\x01a", KG_LABEL, NOW_NS)
    payload = Liar(left).envelope(kind="ping", label=KG_LABEL)
    assert refusal(right, left, payload) is Refusal.WRONG_LABEL


def test_a_joint_post_may_pass_on_what_is_a_partys_or_its_own_and_no_one_elses() -> None:
    post, kg = station("KANT", "KG").card, station("KG").card
    for originator, fault in (("KANT", None), ("KG", None), ("RU", None), ("BY", True)):
        found = label_fault(label(originator=originator), terms(), post.station, "KG", "RU")
        assert (found is not None) == bool(fault), originator
    found = label_fault(label(originator="KANT"), terms(), kg.station, "KG", "RU")
    assert found is not None


def test_a_joint_post_staffed_by_a_party_gets_that_partys_own_data_back() -> None:
    marked = label(releasable_to=("RU",), originator="KG")
    assert label_fault(marked, terms(), "KG", "KG", "KG") is None


def test_live_states_are_held_to_their_time_and_durable_items_are_not() -> None:
    left, right = joined_pair()
    seal, opener = left.handshake.sealer.seal, right.handshake.opener
    edges = [(FUTURE_NS, False), (FUTURE_NS + 1, True), (-OLDEST_NS, False), (-OLDEST_NS - 1, True)]
    for ahead_ns, refused in edges:
        for kind in ("tracks", "plots"):
            payload = seal(kind, b"\x01a", KG_LABEL, NOW_NS + ahead_ns)  # type: ignore[arg-type]
            if refused:
                assert refusal(right, left, payload) is Refusal.WRONG_TIME
            else:
                right.open_from(left, payload)
        payload = seal("items", b"\x01a", KG_LABEL, NOW_NS + 100 * ahead_ns)
        opener.open("KG.RU.items", payload, NOW_NS)
        payload = seal("ping", b"\x01a", UNLABELLED, NOW_NS + 100 * ahead_ns)
        opener.open("KG.RU.live", payload, NOW_NS)


def test_a_partners_clock_is_corrected_up_to_five_seconds_and_no_further() -> None:
    left, right = joined_pair()
    opener = right.handshake.opener
    ahead_ns = NOW_NS + FUTURE_NS + LARGEST_OFFSET_NS
    opener.clock_offset_ns = LARGEST_OFFSET_NS
    right.open_from(left, left.seal(b"\x01a", KG_LABEL, ahead_ns))
    opener.clock_offset_ns = LARGEST_OFFSET_NS + 1
    assert refusal(right, left, left.seal(b"\x01a", KG_LABEL, NOW_NS)) is Refusal.WRONG_TIME
    opener.clock_offset_ns = -LARGEST_OFFSET_NS - 1
    assert refusal(right, left, left.seal(b"\x01a", KG_LABEL, NOW_NS)) is Refusal.WRONG_TIME


def test_what_one_partner_sealed_for_one_station_opens_nowhere_else() -> None:
    left, right = joined_pair()
    third, other = Side.of("BY", "KG", terms(parties=("KG", "RU", "BY"))), Side.of("KG", "BY")
    payload = left.seal(b"\x01a", KG_LABEL)
    assert refusal(third, left, payload) is Refusal.WRONG_AUDIENCE
    assert refusal(other, left, payload) is Refusal.UNKNOWN_SENDER
    assert refusal(left, left, payload) is Refusal.UNKNOWN_SENDER  # sent back to its sender
    with pytest.raises(EnvelopeRefused) as refused:
        right.handshake.opener.open("RU.KG.live", payload, NOW_NS)
    assert refused.value.reason is Refusal.WRONG_SUBJECT


def test_an_impostor_with_a_card_of_the_same_name_is_a_forger() -> None:
    left, right = joined_pair()
    impostor = Side.of("RU", "KG", seed="impostor")
    liar = Liar(left)
    forged = liar.signed(cut(left.seal(b"\x01a", KG_LABEL)).head, bytes(30), by=impostor)
    assert refusal(right, left, forged) is Refusal.FORGED


def test_a_hail_cannot_be_sealed_nor_a_sealed_kind_hailed() -> None:
    left, right = joined_pair()
    with pytest.raises(ValueError, match="not sealed"):
        left.handshake.sealer.seal("hello", b"", UNLABELLED, NOW_NS)
    # Content of a hail, signed, under a sealed kind's name: it is not deciphered.
    liar = Liar(left)
    payload = liar.signed(head_of(liar.header("tracks")), b"plain words, not sealed")
    assert refusal(right, left, payload) is Refusal.UNDECIPHERABLE


def test_without_a_partner_that_holds_a_key_nothing_is_sealed() -> None:
    with pytest.raises(NotReady, match="RU holds no key"):
        Side.of("KG", "RU").seal(b"\x01a", KG_LABEL)


def test_every_sealed_envelope_has_a_number_of_its_own() -> None:
    left, right = joined_pair()
    both = [left.seal(b"\x01a", KG_LABEL) for _ in range(50)]
    numbers = [cut(payload).header.number for payload in both]
    assert numbers == list(range(1, 51))
    opened = [right.open_from(left, payload) for payload in reversed(both)]
    assert opened[0].missing == 49
    assert all(one.late for one in opened[1:])


def test_a_header_has_one_form_only() -> None:
    left, right = joined_pair()
    liar = Liar(left)
    body = head_of(liar.header())[6:]
    longer = body.replace(b"\xa6tracks", b"\xd9\x06tracks")  # MessagePack's str 8 for fixstr
    assert longer != body
    assert refusal(right, left, liar.raw_header(longer)) is Refusal.MALFORMED_HEADER
    assert refusal(right, left, liar.raw_header(body)) is Refusal.UNDECIPHERABLE


def test_a_refusal_leaves_its_neighbours_alone() -> None:
    scene = Scene.open()
    makers = lies(scene)
    for n, make in enumerate(makers.values()):
        message = make(n)
        with pytest.raises(EnvelopeRefused):
            scene.receiver.handshake.opener.open(message.subject, message.payload, message.now_ns)
        honest = scene.liar.envelope(b"\x01%d" % n)
        assert scene.receiver.open_from(scene.liar.side, honest).content == b"\x01%d" % n


def test_both_sides_agree_on_the_label_of_the_other() -> None:
    left, right = joined_pair()
    assert left.open_from(right, right.seal(b"\x01b", RU_LABEL)).label == RU_LABEL


def test_subjects_begin_with_their_sender() -> None:
    assert {subject_of("KG", "RU", kind) for kind in KINDS} == {
        "KG.RU.live",
        "KG.RU.items",
        "KG.RU.hail",
    }
    assert set(CHANNELS.values()) == {"items", "hail"}


def test_every_reason_has_its_words() -> None:
    assert set(WORDS) == set(Refusal)
    assert Refusal.FORGED in BEFORE_SIGNATURE
    assert Refusal.EQUIVOCATION not in BEFORE_SIGNATURE
    assert len({*WORDS.values()}) == len(WORDS)


def test_the_reference_lists_each_reason_in_order_and_in_the_same_words() -> None:
    text = (Path(__file__).parents[3] / "docs" / "reference" / "envelope.md").read_text()
    rows = re.findall(r"^\| `(\w+)` \| (.+?) \| (\w+) \|$", text, re.MULTILINE)
    said = [
        (reason.value, WORDS[reason], "no" if reason in BEFORE_SIGNATURE else "yes")
        for reason in Refusal
    ]
    assert rows == said


def test_the_public_names_are_there() -> None:
    assert all(hasattr(envelope, name) for name in envelope.__all__)
