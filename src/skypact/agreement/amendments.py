"""The chain of an agreement's versions: what may enter it, and what is refused by name.

In: a chain, the keys a node has pinned, and a document, signature or notice. Out: the chain with
it, or a refusal. A version enters as a draft and is accepted once every party of it and of the
version before has signed; from then on nothing older and nothing beside it is taken. Pure: a
chain is made anew from the same items in the same order (``store``), with the same result.

Whose key counts: of the first version the pinned one; of an amendment the key that the version
before names for the party, or, where it names none, the key it was signed with. So a key changes
only by an amendment that the old key has signed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from skypact.agreement.calendar import Decision, Notice
from skypact.agreement.canonical import digest_of
from skypact.agreement.document import Document
from skypact.agreement.effective import Held
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
from skypact.agreement.signing import (
    Signature,
    SignedNotice,
    check_bytes_signed,
    key_text,
)

MOST_DRAFTS = 16
MOST_NOTICES = 1000


@dataclass(frozen=True, slots=True)
class Version:
    """One text, whose keys must sign it, and who has.

    Parameters
    ----------
    keys
        The key that counts for each party that must sign.
    signatures
        Those that hold, by party.
    """

    document: Document
    digest: str
    keys: Mapping[str, str]
    signatures: Mapping[str, Signature]

    @property
    def missing(self) -> tuple[str, ...]:
        """Parties that have not signed."""
        return tuple(party for party in self.keys if party not in self.signatures)

    def keys_after(self) -> dict[str, str]:
        """The keys that count for what comes after it."""
        return {
            party.code: party.key.lower() or self.keys[party.code] for party in self.document.party
        }


@dataclass(frozen=True, slots=True)
class Chain:
    """An agreement's versions, oldest first, and what was declared under them."""

    agreement: str
    accepted: tuple[Version, ...] = ()
    drafts: tuple[Version, ...] = ()
    notices: tuple[SignedNotice, ...] = ()

    @property
    def newest(self) -> Version | None:
        """The last version that all have signed."""
        return self.accepted[-1] if self.accepted else None

    def version_of(self, digest: str) -> Version | None:
        """The version of this digest, accepted or not."""
        return next((v for v in (*self.accepted, *self.drafts) if v.digest == digest), None)


def with_document(chain: Chain, document: Document, pins: Mapping[str, str]) -> Chain:
    """The chain with one more draft; a text it has already changes nothing.

    Raises
    ------
    AgreementRefused
        By the name of what is wrong with it.
    """
    digest = digest_of(document).hex()
    if chain.version_of(digest) is not None:
        return chain
    _check_place(chain, document, digest)
    if len(chain.drafts) >= MOST_DRAFTS:
        raise TooManyDrafts(
            f"{MOST_DRAFTS} drafts of version {document.agreement.version} wait for signatures"
        )
    keys = _keys_for(document, chain.newest, pins)
    return replace(chain, drafts=(*chain.drafts, Version(document, digest, keys, {})))


def _check_place(chain: Chain, document: Document, digest: str) -> None:
    """Refuse a text that does not follow the last accepted version."""
    heading, newest = document.agreement, chain.newest
    name = f"version {heading.version} of {heading.id} ({digest[:12]})"
    if newest is None:
        if heading.version != 1:
            raise VersionSkipped(f"{name} is not the first", remedy="Give the first version first")
        if heading.amends:
            raise PredecessorUnknown(f"{name} amends {heading.amends[:12]}, but is the first")
        return
    now = newest.document.agreement.version
    amended = heading.amends.lower()
    if heading.version <= now:
        beside = next(v for v in chain.accepted if v.document.agreement.version == heading.version)
        if amended == beside.document.agreement.amends.lower():
            raise ForkRefused(
                f"{name} would stand beside {beside.digest[:12]}, which all parties have signed",
                remedy="Two texts of one version: find out who signed both",
            )
        raise RollbackRefused(f"{name} is older than version {now}, which all parties have signed")
    if amended == newest.digest and heading.version == now + 1:
        return
    if heading.version > now + 1:
        raise VersionSkipped(
            f"{name} comes before version {now + 1} is signed by all",
            remedy="Give the versions one after the other",
        )
    if any(amended == version.digest for version in chain.accepted):
        raise ForkRefused(f"{name} amends {amended[:12]}, which was amended already")
    raise PredecessorUnknown(
        f"{name} amends {amended[:12] or 'nothing'}, not {newest.digest[:12]}, the last version",
        remedy=f'Write amends = "{newest.digest}"',
    )


def _keys_for(
    document: Document, before: Version | None, pins: Mapping[str, str]
) -> dict[str, str]:
    """Whose signature is needed, and with which key."""
    known = before.keys_after() if before else {}
    keys = dict(known)  # a party that an amendment leaves out must have agreed to that too
    for party in document.party:
        if party.key:
            key_text(party.key, f"party {party.code}")
        if party.code in known:
            continue
        if party.code not in pins:
            raise KeyNotPinned(
                f"no key is pinned for {party.code}",
                remedy="Enter it in the node's trust file, from a source you trust",
            )
        keys[party.code] = pins[party.code]
        if party.key and party.key.lower() != pins[party.code]:
            raise KeyContradicted(
                f"the document names another key for {party.code} than the node has pinned",
                remedy="Ask that party, over a way you trust, which key is its own",
            )
    for named in (keys, known | {p.code: p.key.lower() for p in document.party if p.key}):
        if len(set(named.values())) < len(named):
            raise KeyShared("two parties have the same key: one hand could sign for both")
    return keys


def with_signature(chain: Chain, signature: Signature) -> Chain:
    """The chain with a signature; the text is accepted with the last one it needs.

    Raises
    ------
    AgreementRefused
        By the name of what is wrong with it.
    """
    version = chain.version_of(signature.digest.lower())
    if version is None:
        raise PredecessorUnknown(
            f"{signature.party} signed {signature.digest[:12]}, a text that is not here",
            remedy="Give the document first; if it differs by a letter, so does its digest",
        )
    check_signature(version, signature)
    if signature.party in version.signatures:
        return chain
    signed = replace(version, signatures={**version.signatures, signature.party: signature})
    if not signed.missing:
        return replace(chain, accepted=(*chain.accepted, signed), drafts=())
    drafts = tuple(signed if draft is version else draft for draft in chain.drafts)
    return replace(chain, drafts=drafts)


def check_signature(version: Version, signature: Signature) -> None:
    """Check a signature under a text: the signer, its key, the bytes.

    Raises
    ------
    AgreementRefused
        ``SignerUnknown``, ``SignedByAnother``, ``SignedWithOtherKey`` or ``SignatureForged``.
    """
    heading = version.document.agreement
    _check_key(version.keys, signature)
    check_bytes_signed(signature)
    said = (signature.agreement, signature.version, signature.digest.lower())
    if said != (heading.id, heading.version, version.digest):
        raise SignatureForged(
            f"the signature of {signature.party} names version {signature.version} of"
            f" {signature.agreement}, but the digest of another text"
        )


def _check_key(keys: Mapping[str, str], signed: Signature | SignedNotice) -> None:
    if signed.party not in keys:
        raise SignerUnknown(
            f"{signed.party} is no party of {signed.agreement}",
            remedy=f"Parties are {', '.join(keys)}",
        )
    if keys[signed.party] == signed.key.lower():
        return
    owner = next((party for party, key in keys.items() if key == signed.key.lower()), "")
    if owner:
        raise SignedByAnother(f"the signature for {signed.party} was made with the key of {owner}")
    raise SignedWithOtherKey(
        f"{signed.party} signed with a key that is not its own now",
        remedy="A key changes only by an amendment that the old key has signed",
    )


def check_all_signed(version: Version) -> None:
    """Raise ``SignatureMissing`` with the parties that have not signed."""
    if version.missing:
        heading = version.document.agreement
        raise SignatureMissing(
            f"version {heading.version} of {heading.id} lacks the signature of"
            f" {', '.join(version.missing)}"
        )


def with_notice(chain: Chain, notice: SignedNotice) -> Chain:
    """The chain with a party's declaration; one it has already changes nothing.

    Raises
    ------
    AgreementRefused
        By the name of what is wrong with it. Whether it is in time is the calendar's to say.
    """
    newest = chain.newest
    if newest is None or all(v.digest != notice.digest.lower() for v in chain.accepted):
        raise NoticeRefused(f"{notice.party} declares something under a text not in force here")
    if notice in chain.notices:
        return chain
    _check_key(newest.keys_after(), notice)
    check_bytes_signed(notice)
    if notice.agreement != chain.agreement:
        raise NoticeRefused(f"it is declared under {notice.agreement}")
    if notice.kind != "notice" and notice.of is None:
        raise NoticeRefused(f"a {notice.kind} must say of which day")
    if notice.kind == "withdrawal" and not any(
        one.kind == "notice" and one.party == notice.party and one.day == notice.of
        for one in chain.notices
    ):
        raise NoticeRefused(f"{notice.party} withdraws a notice of {notice.of} that is not here")
    if len(chain.notices) >= MOST_NOTICES:
        raise NoticeRefused(f"over {MOST_NOTICES} notices")
    return replace(chain, notices=(*chain.notices, notice))


def held_of(chain: Chain) -> tuple[Held, ...]:
    """What the calendar is asked about: every version with all notices and decisions.

    A notice stands whichever version came after it: an amendment does not silently take it back.
    """
    taken_back = {(one.party, one.of): one.day for one in chain.notices if one.kind == "withdrawal"}
    notices = tuple(
        Notice(one.party, one.day, one.form, taken_back.get((one.party, one.day)))
        for one in chain.notices
        if one.kind == "notice"
    )
    renewals: dict[object, list[SignedNotice]] = {}
    for one in chain.notices:
        if one.kind == "renewal":
            renewals.setdefault(one.of, []).append(one)
    decisions = tuple(
        # Each party's word completes a further decision: one that comes late spoils no earlier one.
        Decision(one.day, tuple(sorted({other.party for other in ones if other.day <= one.day})))
        for ones in renewals.values()
        for one in ones
    )
    return tuple(
        Held(version.document, not version.missing, notices, decisions)
        for version in (*chain.accepted, *chain.drafts)
    )
