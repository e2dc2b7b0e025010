"""Nothing that a partner did not mean gets in: forgeries by the thousand, damage bit by bit."""

import random
from pathlib import Path

import pytest

from failing_disk import FailingDisk
from lying_station import JUMP, Message, Scene, lies
from made_up_stations import KG_LABEL, NOW_NS, Side, joined_pair
from skypact.exchange.header import cut, evidence_holds
from skypact.exchange.quarantine import Quarantine
from skypact.exchange.refusals import BEFORE_SIGNATURE, EnvelopeRefused, Refusal

FORGERIES = 10_000
FOLDER = Path("/quarantine")


def refusal(receiver: Side, message: Message) -> EnvelopeRefused | None:
    try:
        receiver.handshake.opener.open(message.subject, message.payload, message.now_ns)
    except EnvelopeRefused as refused:
        return refused
    return None


@pytest.mark.parametrize("reason", [r for r in Refusal if r is not Refusal.FLOOD])
def test_ten_thousand_forgeries_of_a_kind_are_refused_and_counted_under_its_reason(
    reason: Refusal,
) -> None:
    scene = Scene.open()
    make = lies(scene)[reason]
    quarantine = Quarantine(FailingDisk(), FOLDER)
    for n in range(FORGERIES):
        message = make(n)
        refused = refusal(scene.receiver, message)
        assert refused is not None, f"forgery {n} was accepted"
        assert refused.signed == (reason not in BEFORE_SIGNATURE)
        quarantine.take(refused, message.subject, message.payload, message.now_ns)
    assert quarantine.counts == {reason.value: FORGERIES}
    honest = scene.liar.envelope(b"\x01still heard")
    opened = scene.receiver.open_from(scene.liar.side, honest)
    assert opened.content == b"\x01still heard"


def test_every_reason_but_a_flood_can_be_brought_about() -> None:
    assert set(lies(Scene.open())) == set(Refusal) - {Refusal.FLOOD}


def test_no_single_bit_of_an_envelope_can_be_changed() -> None:
    left, right = joined_pair()
    payload = left.seal(b"\x01" + b"a track" * 8, KG_LABEL)
    for bit in range(8 * len(payload)):
        changed = bytearray(payload)
        changed[bit // 8] ^= 1 << bit % 8
        refused = refusal(right, Message(bytes(changed), left.subject()))
        assert refused is not None, f"bit {bit}"
        assert refused.reason in BEFORE_SIGNATURE, f"bit {bit}: {refused}"
    assert right.open_from(left, payload).number == 1


def test_no_single_bit_of_a_hail_can_be_changed() -> None:
    left, right = Side.of("KG", "RU"), Side.of("RU", "KG")
    (hello,) = left.handshake.tick(NOW_NS)
    opened = right.handshake.opener.open("KG.RU.hail", hello, NOW_NS)
    (answer,) = right.handshake.take(opened, NOW_NS)
    opened = left.handshake.opener.open("RU.KG.hail", answer, NOW_NS)
    (grant,) = left.handshake.take(opened, NOW_NS)
    dice = random.Random(1)
    bits = range(8 * len(grant))
    for bit in [*range(2400), *dice.sample(bits, 1000), *bits[-600:]]:
        changed = bytearray(grant)
        changed[bit // 8] ^= 1 << bit % 8
        refused = refusal(right, Message(bytes(changed), "KG.RU.hail"))
        assert refused is not None, f"bit {bit}"
        assert refused.reason in BEFORE_SIGNATURE, f"bit {bit}: {refused}"
    assert right.handshake.opener.open("KG.RU.hail", grant, NOW_NS).fresh


def test_no_cut_or_longer_envelope_is_read() -> None:
    left, right = joined_pair()
    payload = left.seal(b"\x01" + b"a track" * 8, KG_LABEL)
    damaged = [payload[:length] for length in range(len(payload))]
    damaged += [payload[start:] for start in range(1, len(payload))]
    damaged += [payload + bytes(more) for more in range(1, 70)]
    damaged += [payload + payload, payload[:-64] + payload]
    for one in damaged:
        refused = refusal(right, Message(one, left.subject()))
        assert refused is not None
        assert refused.reason in BEFORE_SIGNATURE


def test_parts_of_two_envelopes_make_none() -> None:
    left, right = joined_pair()
    one = left.seal(b"\x01first of the two", KG_LABEL)
    other = left.seal(b"\x01second of the two", KG_LABEL)
    parts = [cut(payload) for payload in (one, other)]
    for heads in parts:
        for contents in parts:
            for signatures in parts:
                if heads is contents is signatures:
                    continue
                spliced = heads.head + contents.content + signatures.signature
                refused = refusal(right, Message(spliced, left.subject()))
                assert refused is not None
                assert refused.reason is Refusal.FORGED
    for place in range(1, min(len(one), len(other))):
        refused = refusal(right, Message(one[:place] + other[place:], left.subject()))
        # Equal beginnings leave the other envelope as it was: that one is honest.
        if one[:place] == other[:place]:
            continue
        if one[place:] == other[place:]:
            continue
        assert refused is not None, place
    assert right.open_from(left, one).number == 1


def test_noise_is_refused_whatever_it_begins_with() -> None:
    left, right = joined_pair()
    honest = left.seal(b"\x01" + b"a track" * 8, KG_LABEL)
    dice = random.Random(2)
    for _ in range(3000):
        keep = dice.choice([0, 4, 6, 20, 100, len(honest) - 64])
        noise = honest[:keep] + dice.randbytes(dice.randint(0, 400))
        refused = refusal(right, Message(noise, left.subject()))
        assert refused is not None
        assert refused.reason in BEFORE_SIGNATURE


def test_a_relay_learns_nothing_from_the_bytes_but_their_number_and_label() -> None:
    left, right = joined_pair()
    secret = b"\x01KGA101 over Batken at 3,500 m"
    once, again = left.seal(secret, KG_LABEL), left.seal(secret, KG_LABEL)
    for start in range(0, len(secret) - 6):
        assert secret[start : start + 6] not in once
    assert cut(once).content != cut(again).content, "equal contents look alike"
    # Sealed for RU: a third station with its own keys and the same bytes holds no key.
    third = Side.of("BY", "KG")
    refused = refusal(third, Message(once, left.subject()))
    assert refused is not None
    assert refused.reason is Refusal.WRONG_AUDIENCE
    assert right.open_from(left, once).content == secret


def test_two_envelopes_of_one_number_convict_their_sender_without_their_content() -> None:
    scene = Scene.open()
    message = lies(scene)[Refusal.EQUIVOCATION](0)
    refused = refusal(scene.receiver, message)
    assert refused is not None
    second = cut(message.payload).evidence()
    key = scene.liar.side.station.card.signing_key
    headers = [evidence_holds(evidence, key) for evidence in (refused.first, second)]
    assert all(header is not None and header.number == JUMP for header in headers)
    assert refused.first != second
    stranger = scene.receiver.station.card.signing_key
    assert evidence_holds(second, stranger) is None
    changed = bytearray(second)
    changed[40] ^= 1
    assert evidence_holds(bytes(changed), key) is None
