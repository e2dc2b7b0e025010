"""Whatever comes in whatever order, a chain only ever grows by what all parties signed."""

import contextlib
import datetime
import json
import random
from pathlib import Path

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from agreement_texts import KEYS, NAME, PINS, amended, first_version, key_of, notice, signatures
from failing_disk import FailingDisk
from skypact.agreement.amendments import Chain
from skypact.agreement.canonical import canonical_bytes, canonical_json, digest_of, document_from
from skypact.agreement.document import Document
from skypact.agreement.refusals import AgreementRefused
from skypact.agreement.signing import (
    SignatureFile,
    check_bytes_signed,
    sign_document,
    signatures_text,
)
from skypact.agreement.store import AgreementStore

FOLDER = Path("/store")
DAY = datetime.date(2030, 1, 15)


class ChainLife(RuleBasedStateMachine):
    """Honest parties and forgers hand items to a node in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.disk = FailingDisk()
        self.store = AgreementStore(self.disk, FOLDER, PINS)
        self.texts = [first_version()]
        self.before: tuple[str, ...] = ()
        self.signed: dict[str, set[str]] = {}

    def offer(self, item: object) -> None:
        with contextlib.suppress(AgreementRefused):
            self.store.add(item, "2030-01-15")  # type: ignore[arg-type]

    @rule(data=st.data())
    def write_an_amendment(self, data: st.DataObject) -> None:
        before = data.draw(st.sampled_from(self.texts))
        text = amended(before, f"text {len(self.texts)}")
        if data.draw(st.booleans()):
            heading = msgspec.structs.replace(text.agreement, version=data.draw(st.integers(1, 6)))
            text = msgspec.structs.replace(text, agreement=heading)
        self.texts.append(text)

    @rule(data=st.data())
    def hand_in_a_text(self, data: st.DataObject) -> None:
        self.offer(data.draw(st.sampled_from(self.texts)))

    @rule(data=st.data())
    def sign(self, data: st.DataObject) -> None:
        text = data.draw(st.sampled_from(self.texts))
        party = data.draw(st.sampled_from(["EA", "WE"]))
        self.signed.setdefault(digest_of(text).hex(), set()).add(party)
        self.offer(signatures(text, party)[0])

    @rule(data=st.data())
    def hand_in_and_sign_by_all(self, data: st.DataObject) -> None:
        text = data.draw(st.sampled_from(self.texts))
        self.offer(text)
        for party in ("EA", "WE"):
            self.signed.setdefault(digest_of(text).hex(), set()).add(party)
            self.offer(signatures(text, party)[0])

    @rule(data=st.data())
    def forge(self, data: st.DataObject) -> None:
        text = data.draw(st.sampled_from(self.texts))
        party = data.draw(st.sampled_from(["EA", "WE", "SO"]))
        others = [key for code, key in KEYS.items() if code != party]
        key = data.draw(st.sampled_from([key_of("forger"), *others]))
        forged = sign_document(text, party, key, DAY)
        if data.draw(st.booleans()):
            forged = msgspec.structs.replace(forged, key=PINS[party])
        self.offer(forged)

    @rule(data=st.data())
    def give_notice(self, data: st.DataObject) -> None:
        text = data.draw(st.sampled_from(self.texts))
        self.offer(notice(text, data.draw(st.sampled_from(["EA", "WE", "SO"]))))

    @precondition(lambda self: self.store.chains)
    @rule()
    def start_again(self) -> None:
        chains = self.store.chains
        self.store = AgreementStore(self.disk, FOLDER, PINS)
        assert self.store.chains == chains
        assert self.store.refused == []

    @invariant()
    def the_chain_is_whole(self) -> None:
        chain = self.store.chains.get(NAME, Chain(NAME))
        digests = tuple(version.digest for version in chain.accepted)
        assert digests[: len(self.before)] == self.before  # nothing is ever taken back
        self.before = digests
        for number, version in enumerate(chain.accepted, start=1):
            heading = version.document.agreement
            assert heading.version == number
            assert heading.amends == (digests[number - 2] if number > 1 else "")
            assert set(version.signatures) == {"EA", "WE"}
            assert self.signed[version.digest] >= {"EA", "WE"}  # both truly signed this text
            for signature in version.signatures.values():
                check_bytes_signed(signature)
        assert all(draft.missing for draft in chain.drafts)


ChainLife.TestCase.settings = settings(max_examples=25, stateful_step_count=20, deadline=None)
test_a_chain_grows_only_by_what_all_parties_signed = ChainLife.TestCase


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(-(2.0**53), 2.0**53)
    | st.text(st.characters(codec="utf-8"), max_size=12),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(codec="ascii"), max_size=6), inner, max_size=4)
    ),
    max_leaves=12,
)


def shuffled(value: object, dice: random.Random) -> object:
    if isinstance(value, dict):
        pairs = list(value.items())
        dice.shuffle(pairs)
        return {key: shuffled(item, dice) for key, item in pairs}
    if isinstance(value, list):
        return [shuffled(item, dice) for item in value]
    return value


@given(values, st.integers(0, 9))
def test_canonical_json_is_json_and_does_not_depend_on_the_order_of_keys(
    value: object, seed: int
) -> None:
    data = canonical_json(value)
    assert canonical_json(shuffled(value, random.Random(seed))) == data
    again = json.loads(data)
    assert canonical_json(again) == data


@given(st.integers(0, 99))
def test_the_order_of_keys_in_the_file_does_not_change_the_digest(seed: int) -> None:
    document = first_version()
    plain = json.loads(canonical_bytes(document))
    mixed = shuffled(plain, random.Random(seed))
    assert digest_of(document_from(canonical_json(mixed))) == digest_of(document)


@given(
    st.text(st.characters(codec="utf-8", exclude_characters="\r"), max_size=40),
    st.sampled_from(["EA", "WE"]),
)
def test_a_file_of_signatures_gives_back_what_was_written(text: str, party: str) -> None:
    document: Document = msgspec.structs.replace(
        first_version(), agreement=msgspec.structs.replace(first_version().agreement, id=text)
    )
    content = SignatureFile(
        signature=tuple(signatures(document)), notice=(notice(document, party, form=text),)
    )
    written = signatures_text(content)
    assert msgspec.toml.decode(written, type=SignatureFile) == content
