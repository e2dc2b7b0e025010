"""Whom a station trusts when it joins another one: the agreement's signatures and a party's key.

In: an agreement's files, the keys already trusted, and a partner's card. Out: what the agreement
gives the two stations, or a refusal by name. Three ways lead to a party's key: the trust file; the
agreement itself, where the own party has signed the text that names it; and a fingerprint that a
person compared over a way he trusts.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from skypact.agreement.amendments import Chain, with_document, with_notice, with_signature
from skypact.agreement.canonical import digest_of
from skypact.agreement.document import Document
from skypact.agreement.refusals import KeyNotPinned, SignatureForged
from skypact.agreement.signing import Signature, check_bytes_signed, signature_path
from skypact.agreement.stations import stations_of
from skypact.agreement.store import Item, agreement_of
from skypact.exchange.cards import Card, check_card
from skypact.exchange.keys import fingerprint
from skypact.node.agreement_opening import items_of
from skypact.node.agreement_state import situation
from skypact.node.credentials import agreed_end_ns
from skypact.node.invites import InviteRefused


class NotInForce(InviteRefused):
    """Nothing may be given out under an agreement that does not bind."""


class StationNotNamed(InviteRefused):
    """The agreement names no such station of that party."""


class OtherFingerprint(InviteRefused):
    """The fingerprint that was compared is not that of the key."""


class SeveralAgreements(InviteRefused):
    """A link is under one agreement."""


@dataclass(frozen=True, slots=True)
class Bond:
    """What an agreement gives two stations.

    Parameters
    ----------
    agreement
        Its id.
    pins
        The keys to trust for its parties from now on, 64 hex digits by code.
    credentials_end_ns
        When credentials for the partner must end, int64 UTC nanoseconds.
    files
        The agreement's files by name: texts, signatures, areas.
    """

    agreement: str
    pins: Mapping[str, str]
    credentials_end_ns: int
    files: Mapping[str, bytes]


def bond(
    files: Sequence[Path],
    own: Card,
    partner: Card,
    pins: Mapping[str, str],
    compared: str,
    now_ns: int,
) -> Bond:
    """What an agreement gives two stations now.

    Parameters
    ----------
    files
        All versions of the agreement, each with its signatures beside it.
    own, partner
        The stations' cards.
    pins
        Keys already trusted for parties.
    compared
        Fingerprint of the partner's party key, or the key, as a person compared it; or empty.
    now_ns
        Int64 UTC nanoseconds.

    Raises
    ------
    AgreementRefused, CardRefused, InviteRefused
        By the name of what stands against it.
    """
    items = [item for _, item in items_of(tuple(files))]
    names = {agreement_of(item) for item in items}
    if len(names) != 1:
        raise SeveralAgreements(f"the files are of {len(names)} agreements", where=str(files[0]))
    known = dict(pins)
    if compared:
        known[partner.party] = _compared(partner, known, compared)
    known = _named_by_signed_text(items, own.party, known) | known
    chain = _chain(names.pop(), items, known, partner)
    stands = situation(chain, now_ns)
    end_ns = agreed_end_ns(chain, partner.party, now_ns)
    if stands is None or chain.newest is None or end_ns <= now_ns:
        missing = chain.drafts[0].missing if chain.drafts and not chain.accepted else ()
        state = stands.standing.state if stands else "empty"
        raise NotInForce(
            f"the agreement {chain.agreement} does not bind now ({state})",
            remedy=f"It is not signed by {', '.join(missing)}" if missing else "",
        )
    keys = chain.newest.keys_after()
    for card in (own, partner):
        _check_named(card, stands.document)
        check_card(card, bytes.fromhex(keys[card.party]), now_ns, f"card of {card.station}")
    return Bond(
        chain.agreement,
        {code: known[code] for code in known if code in chain.accepted[0].keys},
        min(end_ns, partner.until_ns),
        _files(files),
    )


def _compared(partner: Card, pins: Mapping[str, str], compared: str) -> str:
    """The partner's party key, if it is the one whose fingerprint was compared."""
    key = partner.party_key
    said = "".join(compared.split()).lower()
    if said not in (key.hex(), fingerprint(key).replace(" ", "")):
        raise OtherFingerprint(
            f"the card of {partner.station} is signed by {fingerprint(key)}, not {compared}",
            remedy="Do not go on: ask the party for its card and fingerprint again",
        )
    if pins.get(partner.party, key.hex()) != key.hex():
        raise OtherFingerprint(
            f"another key is trusted for {partner.party} already",
            remedy="A party changes its key by an amendment that its old key has signed",
        )
    return key.hex()


def _named_by_signed_text(
    items: Sequence[Item], party: str, pins: Mapping[str, str]
) -> dict[str, str]:
    """Keys of parties that a first version names, if the own party has signed that text."""
    document = next((one for one in items if isinstance(one, Document)), None)
    if document is None or party not in pins:
        return {}
    digest = digest_of(document).hex()
    for one in items:
        mine = isinstance(one, Signature) and (one.party, one.key) == (party, pins[party])
        if not mine or not isinstance(one, Signature) or one.digest.lower() != digest:
            continue
        try:
            check_bytes_signed(one)
        except SignatureForged:
            continue
        return {row.code: row.key.lower() for row in document.party if row.key}
    return {}


def _chain(name: str, items: Sequence[Item], pins: Mapping[str, str], partner: Card) -> Chain:
    chain = Chain(name)
    try:
        for item in items:
            if isinstance(item, Document):
                chain = with_document(chain, item, pins)
            elif isinstance(item, Signature):
                chain = with_signature(chain, item)
            else:
                chain = with_notice(chain, item)
    except KeyNotPinned as problem:
        shown = fingerprint(partner.party_key)
        raise KeyNotPinned(
            problem.what,
            remedy=f"The card of {partner.station} is signed by {shown}: compare this with"
            f" {partner.party} over a way you trust, then say --fingerprint '{shown}';"
            " or give a trust file with --trust",
        ) from None
    return chain


def _check_named(card: Card, document: Document) -> None:
    named = stations_of(document)
    if not any((one.code, one.party) == (card.station, card.party) for one in named):
        stations = ", ".join(f"{one.code} ({one.party})" for one in named)
        raise StationNotNamed(
            f"the agreement names no station {card.station} of {card.party}",
            remedy=f"It names {stations}",
        )


def _files(files: Sequence[Path]) -> dict[str, bytes]:
    """The agreement's files by their names within its folder."""
    content: dict[str, bytes] = {}
    for path in files:
        text = path.read_bytes()
        content[path.name] = text
        signed = signature_path(path)
        if signed.exists():
            content[signed.name] = signed.read_bytes()
        for area in tomllib.loads(text.decode("utf-8-sig")).get("area", []):
            if "file" in area:
                content[area["file"]] = (path.parent / area["file"]).read_bytes()
    return content
