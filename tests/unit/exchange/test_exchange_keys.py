"""A station's keys survive their files, and a content key reaches its holder only."""

import pytest

from made_up_stations import seeded
from skypact.exchange.keys import (
    SEALING_PUBLIC_BYTES,
    WRAPPED_KEY_BYTES,
    fingerprint,
    is_sealing_public,
    make_sealing_key,
    make_signing_key,
    sealing_from_pem,
    sealing_pem,
    signing_from_pem,
    signing_pem,
    wrap,
)
from skypact.model.errors import BadInput

SEALING = make_sealing_key(seeded("one"))
OTHER = make_sealing_key(seeded("other"))
SIGNING = make_signing_key(seeded("signing"))
KEY = bytes(range(32))


def test_a_content_key_is_unwrapped_by_its_receiver_for_its_purpose_only() -> None:
    wrapped = wrap(KEY, SEALING.public_bytes(), b"for this")
    assert len(wrapped) == WRAPPED_KEY_BYTES
    assert SEALING.unwrap(wrapped, b"for this") == KEY
    assert SEALING.unwrap(wrapped, b"for that") is None
    assert OTHER.unwrap(wrapped, b"for this") is None
    for place in range(0, WRAPPED_KEY_BYTES, 7):
        changed = bytearray(wrapped)
        changed[place] ^= 1
        assert SEALING.unwrap(bytes(changed), b"for this") is None
    for short in (b"", wrapped[:-1], wrapped + b"\0"):
        assert SEALING.unwrap(short, b"for this") is None


def test_both_halves_of_the_hybrid_are_needed() -> None:
    # A key of one half of each: what was wrapped for either is closed to it.
    mixed = type(SEALING)(SEALING.lattice, OTHER.curve)
    for whole in (SEALING, OTHER):
        assert mixed.unwrap(wrap(KEY, whole.public_bytes(), b""), b"") is None


def test_the_same_randomness_makes_the_same_keys() -> None:
    again = make_sealing_key(seeded("one"))
    assert again.public_bytes() == SEALING.public_bytes() != OTHER.public_bytes()
    assert len(SEALING.public_bytes()) == SEALING_PUBLIC_BYTES


@pytest.mark.parametrize("passphrase", ["", "a long one"])
def test_keys_come_back_from_their_files(passphrase: str) -> None:
    text = sealing_pem(SEALING, passphrase)
    assert sealing_from_pem(text, passphrase).public_bytes() == SEALING.public_bytes()
    signing = signing_from_pem(signing_pem(SIGNING, passphrase), passphrase)
    assert signing.private_bytes_raw() == SIGNING.private_bytes_raw()


@pytest.mark.parametrize(
    ("data", "passphrase", "words"),
    [
        (sealing_pem(SEALING, "x"), "", "needs its passphrase"),
        (sealing_pem(SEALING, "x"), "y", "passphrase is wrong"),
        (sealing_pem(SEALING), "y", "has no passphrase"),
        (signing_pem(SIGNING), "", "not a sealing key"),
        (b"", "", "not a sealing key"),
        (b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "", "not a key in PEM"),
        (sealing_pem(SEALING) * 2, "", "not a sealing key"),
        (sealing_pem(SEALING) + b" " * 20_000, "", "not a sealing key"),
    ],
)
def test_what_is_no_sealing_key_is_refused_in_words(
    data: bytes, passphrase: str, words: str
) -> None:
    with pytest.raises(BadInput, match=words):
        sealing_from_pem(data, passphrase, "sealing.pem")


def test_a_sealing_key_is_no_signing_key() -> None:
    with pytest.raises(BadInput, match=r"not of Ed25519|not a key"):
        signing_from_pem(sealing_pem(SEALING), "", "signing.pem")


def test_bytes_that_nothing_can_be_wrapped_for_are_no_sealing_key() -> None:
    good = SEALING.public_bytes()
    assert is_sealing_public(good)
    for bad in (b"", good[:-1], good[:-32] + bytes(32), b"\xff" * 1184 + good[-32:]):
        assert not is_sealing_public(bad)


def test_a_fingerprint_can_be_read_aloud() -> None:
    words = fingerprint(b"key").split()
    assert len(words) == 10
    assert all(len(word) == 4 for word in words)
