"""A card says what a station is, and only its party can say it."""

import json
from dataclasses import fields, replace

import pytest

from made_up_stations import MADE_NS, NOW_NS, UNTIL_NS, party_key, seeded, station
from skypact.agreement.canonical import canonical_json
from skypact.exchange.cards import (
    CLOCKS_APART_NS,
    LARGEST_CARD,
    Card,
    CardExpired,
    CardForged,
    CardMalformed,
    CardNotPinned,
    CardNotYet,
    CardOutdated,
    KeysDoNotFit,
    OwnStation,
    card_text,
    check_card,
    check_replaces,
    make_card,
    read_card,
)
from skypact.exchange.keys import make_sealing_key, make_signing_key
from skypact.model.errors import SkypactError

CARD = station("KG").card
TEXT = card_text(CARD)
PINNED = party_key("KG").public_key().public_bytes_raw()


def resigned(**changes: object) -> bytes:
    """The card's file with other fields, signed by its party all the same."""
    file = {**json.loads(TEXT), **changes}
    del file["signature"]
    message = b"skypact station card 1\n" + canonical_json(file)
    return canonical_json({**file, "signature": party_key("KG").sign(message).hex()}) + b"\n"


def test_a_card_is_read_as_it_was_written() -> None:
    assert read_card(TEXT) == CARD
    assert resigned() == TEXT
    check_card(CARD, PINNED, NOW_NS)


def test_a_card_has_one_form_only() -> None:
    other = json.dumps(json.loads(TEXT), indent=1).encode()
    for text in (other, TEXT.strip(), TEXT + b"\n", TEXT.upper()):
        with pytest.raises(CardMalformed):
            read_card(text)


@pytest.mark.parametrize(
    "changes",
    [
        {"station": "kg"},
        {"station": "KG-LONGER"},
        {"station": "KG\n"},
        {"party": ""},
        {"signing": "00"},
        {"signing": "AB" * 32},
        {"sealing": "00" * 1216},
        {"sealing": "ff" * 1216},
        {"sealing": json.loads(TEXT)["sealing"][:-64] + "00" * 32},
        {"audit": "0" * 63},
        {"nats_user": "SUAPRIVATE"},
        {"ca": "x" * 16_001},
        {"leaf": "anything"},
        {"leaf": "host:7422\n"},
        {"made_ns": "-1"},
        {"made_ns": "01"},
        {"made_ns": "1e9"},
        {"until_ns": str(2**63)},
        {"until_ns": str(MADE_NS)},
        {"format": 2},
        {"format": "1"},
        {"more": 1},
        {"leaf": None},
    ],
    ids=str,
)
def test_what_has_not_its_form_is_malformed_even_if_signed(changes: dict[str, object]) -> None:
    with pytest.raises(CardMalformed) as refused:
        read_card(resigned(**changes), "KG.card")
    assert refused.value.where == "KG.card"


def test_no_bit_of_a_card_can_be_changed() -> None:
    for bit in range(0, 8 * len(TEXT), 3):
        changed = bytearray(TEXT)
        changed[bit // 8] ^= 1 << bit % 8
        with pytest.raises((CardMalformed, CardForged)):
            read_card(bytes(changed))


def test_no_field_of_a_card_can_come_from_another() -> None:
    other = station("RU").card
    for name in [field.name for field in fields(Card) if field.name != "signature"]:
        if getattr(other, name) == getattr(CARD, name):
            continue
        with pytest.raises((CardForged, CardMalformed)):
            read_card(card_text(replace(CARD, **{name: getattr(other, name)})))


@pytest.mark.parametrize("text", [b"", b"{}", b"[" * 50_000, b"\xff\xfe", b"null", b"{" * 30_000])
def test_what_is_no_card_is_malformed(text: bytes) -> None:
    with pytest.raises(CardMalformed):
        read_card(text)


def test_the_largest_card_there_may_be_is_read_and_a_larger_one_not() -> None:
    card = make_card(replace(CARD, ca_pem="x" * 16_000), party_key("KG"))
    assert len(card_text(card)) <= LARGEST_CARD
    with pytest.raises(CardMalformed):
        read_card(card_text(card) + b" " * LARGEST_CARD)


def test_a_card_signed_by_another_key_than_the_pinned_one_is_named_with_both() -> None:
    usurped = make_card(CARD, party_key("RU"))
    with pytest.raises(CardNotPinned) as refused:
        check_card(usurped, PINNED, NOW_NS)
    assert "trusted for KG" in str(refused.value)


def test_a_card_holds_from_its_beginning_to_just_before_its_end() -> None:
    check_card(CARD, PINNED, UNTIL_NS - 1)
    check_card(CARD, PINNED, MADE_NS - CLOCKS_APART_NS)
    with pytest.raises(CardExpired):
        check_card(CARD, PINNED, UNTIL_NS)
    with pytest.raises(CardNotYet):
        check_card(CARD, PINNED, MADE_NS - CLOCKS_APART_NS - 1)


def test_an_older_card_does_not_come_back() -> None:
    newer = make_card(replace(CARD, made_ns=MADE_NS + 1), party_key("KG"))
    check_replaces(newer, CARD)
    check_replaces(CARD, CARD)
    for wrong in (CARD, station("RU").card):
        with pytest.raises(CardOutdated):
            check_replaces(wrong, newer)


def test_a_station_whose_keys_are_not_its_cards_is_refused() -> None:
    mine = station("KG")
    source = seeded("others")
    with pytest.raises(KeysDoNotFit):
        OwnStation(CARD, make_signing_key(source), mine.sealing)
    with pytest.raises(KeysDoNotFit):
        OwnStation(CARD, mine.signing, make_sealing_key(source))


def test_nothing_secret_shows_in_print() -> None:
    mine = station("KG")
    shown = repr(mine) + repr(mine.sealing)
    assert mine.signing.private_bytes_raw().hex() not in shown
    assert repr(mine.signing.private_bytes_raw())[2:-1] not in shown


def test_fingerprints_differ_with_anything_in_a_card() -> None:
    newer = make_card(replace(CARD, made_ns=MADE_NS + 1), party_key("KG"))
    assert newer.fingerprint != CARD.fingerprint
    assert len(CARD.fingerprint.split()) == 10


def test_refusals_are_of_the_one_tree_and_say_what_to_do() -> None:
    with pytest.raises(SkypactError, match="Ask for the card again"):
        read_card(card_text(replace(CARD, signature=bytes(64))))
