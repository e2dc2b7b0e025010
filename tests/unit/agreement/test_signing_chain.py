"""What may enter an agreement's chain, and by which name the rest is refused."""

import datetime

import msgspec
import pytest

from agreement_texts import (
    DAY,
    KEYS,
    NAME,
    PINS,
    amended,
    first_version,
    key_of,
    notice,
    signatures,
)
from skypact.agreement.amendments import (
    Chain,
    check_all_signed,
    held_of,
    with_document,
    with_notice,
    with_signature,
)
from skypact.agreement.calendar import Decision, Notice
from skypact.agreement.document import Document, Party
from skypact.agreement.refusals import (
    ForkRefused,
    KeyContradicted,
    KeyNotPinned,
    KeyShared,
    NoticeRefused,
    PredecessorUnknown,
    RollbackRefused,
    SignatureForged,
    SignatureMissing,
    SignedByAnother,
    SignedWithOtherKey,
    SignerUnknown,
    TooManyDrafts,
    VersionSkipped,
)
from skypact.agreement.signing import public_hex, sign_document, sign_notice


def chain_of(*documents: Document, pins=PINS) -> Chain:
    """A chain of fully signed versions."""
    chain = Chain(NAME)
    for document in documents:
        chain = with_document(chain, document, pins)
        for signature in signatures(document):
            chain = with_signature(chain, signature)
    return chain


FIRST = first_version()
SECOND = amended(FIRST)


def test_a_text_is_accepted_with_the_last_signature_and_not_before() -> None:
    chain = with_document(Chain(NAME), FIRST, PINS)
    one, two = signatures(FIRST)
    chain = with_signature(chain, one)
    assert chain.newest is None
    with pytest.raises(SignatureMissing, match="WE"):
        check_all_signed(chain.drafts[0])
    chain = with_signature(chain, two)
    assert chain.newest is not None
    assert chain.newest.document == FIRST
    check_all_signed(chain.newest)


def test_what_is_there_already_changes_nothing() -> None:
    chain = chain_of(FIRST, SECOND)
    for document in (FIRST, SECOND):
        assert with_document(chain, document, PINS) == chain
        for signature in signatures(document):
            assert with_signature(chain, signature) == chain


def test_an_amendment_follows_the_text_it_amends() -> None:
    chain = chain_of(FIRST, SECOND, amended(SECOND))
    assert [version.document.agreement.version for version in chain.accepted] == [1, 2, 3]


def test_another_text_beside_a_signed_one_is_a_fork() -> None:
    chain = chain_of(FIRST, SECOND)
    with pytest.raises(ForkRefused, match="stand beside"):
        with_document(chain, amended(FIRST, "another"), PINS)
    with pytest.raises(ForkRefused):
        with_document(chain, first_version(part_of=("another",)), PINS)
    relabelled = msgspec.structs.replace(
        amended(FIRST, "third"),
        agreement=msgspec.structs.replace(amended(FIRST, "third").agreement, version=3),
    )
    with pytest.raises(ForkRefused, match="was amended already"):
        with_document(chain, relabelled, PINS)


def test_of_two_drafts_the_first_that_all_sign_counts_and_the_other_is_a_fork() -> None:
    other = amended(FIRST, "other")
    chain = with_document(with_document(chain_of(FIRST), SECOND, PINS), other, PINS)
    first_of_other, last_of_other = signatures(other)
    chain = with_signature(chain, first_of_other)
    for signature in signatures(SECOND):
        chain = with_signature(chain, signature)
    with pytest.raises(PredecessorUnknown):
        with_signature(chain, last_of_other)
    with pytest.raises(ForkRefused):
        with_document(chain, other, PINS)


def test_an_older_version_is_a_rollback() -> None:
    chain = chain_of(FIRST, SECOND, amended(SECOND))
    older = amended(FIRST)
    heading = msgspec.structs.replace(older.agreement, amends="ab" * 32)
    with pytest.raises(RollbackRefused, match="older than version 3"):
        with_document(chain, msgspec.structs.replace(older, agreement=heading), PINS)


def test_a_version_that_skips_one_is_refused() -> None:
    third = amended(SECOND)
    for chain in (Chain(NAME), chain_of(FIRST)):
        with pytest.raises(VersionSkipped):
            with_document(chain, third, PINS)
    unsigned = with_document(chain_of(FIRST), SECOND, PINS)
    with pytest.raises(VersionSkipped):
        with_document(unsigned, third, PINS)


def test_an_amendment_of_an_unknown_text_is_refused() -> None:
    heading = msgspec.structs.replace(SECOND.agreement, amends="cd" * 32)
    with pytest.raises(PredecessorUnknown):
        with_document(chain_of(FIRST), msgspec.structs.replace(SECOND, agreement=heading), PINS)
    with pytest.raises(PredecessorUnknown, match="is the first"):
        with_document(Chain(NAME), first_version(amends="cd" * 32), PINS)


def test_a_forged_signature_is_refused() -> None:
    chain = with_document(Chain(NAME), FIRST, PINS)
    true = signatures(FIRST)[0]
    flipped = f"{int(true.signature[:2], 16) ^ 1:02x}{true.signature[2:]}"
    for forged in (
        msgspec.structs.replace(true, signature=flipped),
        msgspec.structs.replace(true, signature=""),
        msgspec.structs.replace(true, signature="not hex"),
        msgspec.structs.replace(true, day=datetime.date(2031, 1, 1)),
        msgspec.structs.replace(true, version=2),
        msgspec.structs.replace(true, agreement="another"),
    ):
        with pytest.raises(SignatureForged):
            with_signature(chain, forged)


def test_a_signature_under_one_text_does_not_serve_another() -> None:
    chain = with_document(chain_of(FIRST), SECOND, PINS)
    old = signatures(FIRST)[0]
    with pytest.raises(SignatureForged):
        with_signature(
            chain, msgspec.structs.replace(old, digest=chain.drafts[0].digest, version=2)
        )


def test_a_true_signature_that_calls_a_text_by_another_version_is_refused() -> None:
    chain = with_document(Chain(NAME), FIRST, PINS)
    true = signatures(FIRST)[0]
    said = msgspec.structs.replace(true, version=7)
    resigned = msgspec.structs.replace(said, signature=KEYS["EA"].sign(said.message()).hex())
    with pytest.raises(SignatureForged, match="version 7"):
        with_signature(chain, resigned)


def test_an_outsider_cannot_sign() -> None:
    chain = with_document(Chain(NAME), FIRST, PINS)
    with pytest.raises(SignerUnknown, match="SO is no party"):
        with_signature(chain, signatures(FIRST, "SO")[0])


def test_one_party_cannot_sign_for_another() -> None:
    chain = with_document(Chain(NAME), FIRST, PINS)
    with pytest.raises(SignedByAnother, match="key of EA"):
        with_signature(chain, sign_document(FIRST, "WE", KEYS["EA"], DAY))


def test_a_key_that_nobody_pinned_cannot_sign() -> None:
    chain = with_document(Chain(NAME), FIRST, PINS)
    with pytest.raises(SignedWithOtherKey):
        with_signature(chain, sign_document(FIRST, "WE", key_of("stolen"), DAY))


def test_the_first_version_needs_pinned_keys() -> None:
    with pytest.raises(KeyNotPinned, match="WE"):
        with_document(Chain(NAME), FIRST, {"EA": PINS["EA"]})


def parties_with(**keys: str) -> dict[str, tuple[Party, ...]]:
    return {
        "party": tuple(
            msgspec.structs.replace(party, key=keys.get(party.code, "")) for party in FIRST.party
        )
    }


def test_a_document_cannot_name_another_key_than_the_pinned_one() -> None:
    named = msgspec.structs.replace(FIRST, **parties_with(EA=PINS["SO"]))
    with pytest.raises(KeyContradicted):
        with_document(Chain(NAME), named, PINS)


def test_two_parties_cannot_have_one_key() -> None:
    with pytest.raises(KeyShared):
        with_document(Chain(NAME), FIRST, {"EA": PINS["EA"], "WE": PINS["EA"]})
    with pytest.raises(KeyShared):
        with_document(chain_of(FIRST), amended(FIRST, **parties_with(EA=PINS["WE"])), PINS)


def test_a_key_changes_only_by_an_amendment_that_the_old_key_has_signed() -> None:
    new = key_of("the new key of EA")
    second = amended(FIRST, **parties_with(EA=public_hex(new)))
    chain = with_document(chain_of(FIRST), second, PINS)
    with pytest.raises(SignedWithOtherKey):
        with_signature(chain, sign_document(second, "EA", new, DAY))
    for signature in signatures(second):
        chain = with_signature(chain, signature)
    third = amended(second)
    chain = with_document(chain, third, PINS)
    with pytest.raises(SignedWithOtherKey):
        with_signature(chain, sign_document(third, "EA", KEYS["EA"], DAY))
    chain = with_signature(chain, sign_document(third, "EA", new, DAY))
    chain = with_signature(chain, sign_document(third, "WE", KEYS["WE"], DAY))
    assert [version.document for version in chain.accepted] == [FIRST, second, third]


def test_a_party_that_joins_needs_a_pin_and_all_signatures() -> None:
    south = msgspec.structs.replace(FIRST.party[0], code="SO")
    second = amended(FIRST, party=(*FIRST.party, south))
    with pytest.raises(KeyNotPinned, match="SO"):
        with_document(chain_of(FIRST), second, {"EA": PINS["EA"], "WE": PINS["WE"]})
    chain = with_document(chain_of(FIRST), second, PINS)
    assert set(chain.drafts[0].missing) == {"EA", "WE", "SO"}


def test_a_party_cannot_be_left_out_without_its_signature() -> None:
    chain = chain_of(FIRST)
    south = msgspec.structs.replace(FIRST.party[0], code="SO")
    second = amended(FIRST, party=(FIRST.party[0], south))
    chain = with_document(chain, second, PINS)
    for signature in signatures(second, "EA", "SO"):
        chain = with_signature(chain, signature)
    assert chain.drafts[0].missing == ("WE",)


def test_drafts_are_bounded() -> None:
    chain = chain_of(FIRST)
    for number in range(16):
        chain = with_document(chain, amended(FIRST, f"draft {number}"), PINS)
    with pytest.raises(TooManyDrafts):
        with_document(chain, amended(FIRST, "one more"), PINS)


def test_a_notice_is_an_item_of_the_chain_that_the_calendar_sees() -> None:
    chain = with_notice(chain_of(FIRST), notice(FIRST, "EA"))
    chain = with_document(chain, SECOND, PINS)
    assert [one.notices for one in held_of(chain)] == [(Notice("EA", DAY),)] * 2
    assert [one.fully_signed for one in held_of(chain)] == [True, False]


def test_a_notice_taken_back_says_when() -> None:
    later = datetime.date(2030, 3, 1)
    given = notice(FIRST, "EA")
    back = notice(FIRST, "EA", later, kind="withdrawal", of=DAY)
    with pytest.raises(NoticeRefused, match="not here"):
        with_notice(chain_of(FIRST), back)
    chain = with_notice(with_notice(chain_of(FIRST), given), back)
    assert held_of(chain)[0].notices == (Notice("EA", DAY, "written", later),)


def test_a_renewal_is_a_decision_once_each_party_has_declared_it() -> None:
    ends = datetime.date(2035, 2, 1)
    later = datetime.date(2030, 3, 1)
    chain = with_notice(chain_of(FIRST), notice(FIRST, "WE", kind="renewal", of=ends))
    chain = with_notice(chain, notice(FIRST, "EA", later, kind="renewal", of=ends))
    assert held_of(chain)[0].decisions == (
        Decision(DAY, ("WE",)),
        Decision(later, ("EA", "WE")),
    )


def test_a_notice_of_an_outsider_or_with_anothers_key_or_changed_is_refused() -> None:
    chain = chain_of(FIRST)
    true = notice(FIRST, "EA")
    with pytest.raises(SignerUnknown):
        with_notice(chain, notice(FIRST, "SO"))
    with pytest.raises(SignedByAnother):
        with_notice(chain, sign_notice(true, KEYS["WE"]))
    with pytest.raises(SignatureForged):
        with_notice(chain, msgspec.structs.replace(true, day=datetime.date(2029, 1, 1)))
    with pytest.raises(NoticeRefused, match="not in force"):
        with_notice(chain, notice(SECOND, "EA"))
    with pytest.raises(NoticeRefused, match="of which day"):
        with_notice(chain, notice(FIRST, "EA", kind="renewal"))


def test_a_notice_never_serves_as_a_signature() -> None:
    signature, given = signatures(FIRST)[0], notice(FIRST, "EA")
    assert signature.message().split(b"\n")[0] != given.message().split(b"\n")[0]
