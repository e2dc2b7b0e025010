"""Agreements of invented states, their keys, and what tests of signing do with them."""

from __future__ import annotations

import datetime

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from skypact.agreement.canonical import digest_of
from skypact.agreement.document import Area, Clause, Document, Heading, Party, Term
from skypact.agreement.signing import (
    Signature,
    SignedNotice,
    public_hex,
    sign_document,
    sign_notice,
)

DAY = datetime.date(2030, 1, 15)
NAME = "east-west"


def key_of(name: str) -> Ed25519PrivateKey:
    """The same key for the same name, for tests only."""
    return Ed25519PrivateKey.from_private_bytes(name.encode().ljust(32, b"."))


KEYS = {code: key_of(code) for code in ("EA", "WE", "SO", "NO")}
PINS = {code: public_hex(key) for code, key in KEYS.items()}


def first_version(**heading) -> Document:
    """Two parties, five years from 1 February 2030, tacit renewal, six months' notice."""
    signed = datetime.date(2030, 1, 15)
    return Document(
        agreement=Heading(id=NAME, title={"en": "East and West"}, **heading),
        term=Term(
            clause="art-1",
            in_force=datetime.date(2030, 2, 1),
            months=60,
            renewal="tacit",
            renewal_months=60,
            notice_months=6,
        ),
        party=(
            Party(code="EA", name={"en": "Eastland"}, signed=signed, ratified=signed),
            Party(code="WE", name={"en": "Westland"}, signed=signed, ratified=signed),
        ),
        clause=(Clause(id="art-1", text={"en": "Five years."}, source="invented"),),
        area=(
            Area(
                id="east",
                name={"en": "East"},
                clause="art-1",
                kind="own",
                owner="EA",
                geometry={"type": "Polygon", "coordinates": [[[1, 2], [3.5, 2], [1, 4], [1, 2]]]},
            ),
        ),
    )


def amended(before: Document, title: str = "amended", **changes) -> Document:
    """The next version of a document, in its place from the first day of its force."""
    heading = msgspec.structs.replace(
        before.agreement,
        version=before.agreement.version + 1,
        amends=digest_of(before).hex(),
        effective=datetime.date(2030, 2, 1),
        title={"en": title},
    )
    return msgspec.structs.replace(before, agreement=heading, **changes)


def signatures(document: Document, *parties: str) -> list[Signature]:
    """Signatures of the parties with their own keys."""
    return [sign_document(document, party, KEYS[party], DAY) for party in parties or ("EA", "WE")]


def notice(document: Document, party: str, day: datetime.date = DAY, **fields) -> SignedNotice:
    """A party's signed notice under a document."""
    fields = {"kind": "notice"} | fields
    unsigned = SignedNotice(
        agreement=document.agreement.id,
        digest=digest_of(document).hex(),
        party=party,
        day=day,
        **fields,
    )
    return sign_notice(unsigned, KEYS[party])
