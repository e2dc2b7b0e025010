"""A person's word on an identity: signed, with a reason, for a time, by who may say it.

In: an :class:`Override` and an :class:`Authority` (who holds which key and role). Out: nothing, or
a refusal by name. Signatures are Ed25519 (RFC 8032) over words that say what they are for and the
canonical JSON (RFC 8785) of all fields, so that none serves another purpose. Times stand as text in
it: nanoseconds are longer than the integers that every JSON reader keeps.

``hostile`` takes the national command of the node's own party, a role that the agreement names; a
partner's commander says what is hostile to the partner. Taking a word back takes one person.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from skypact.agreement.canonical import canonical_json
from skypact.agreement.document import Document
from skypact.identity.refusals import BadWord, Expired, NoAuthority, NoReason, NotSigned
from skypact.model.errors import BadInput
from skypact.model.identity import Override
from skypact.model.labels import AIRCRAFT_CLASSES, IDENTITIES
from skypact.model.orders import NODE, UNIT, Actor
from skypact.model.time import SECOND_NS

OVERRIDE_DOMAIN = b"skypact identity override 1\n"
LONGEST_REASON = 500
LONGEST_NS = 12 * 3600 * SECOND_NS
"""A word holds for a watch at most: who comes next looks again."""
AHEAD_NS = 5 * SECOND_NS
"""A console's clock may be so much ahead of the node's."""
BEFORE_NS = 60 * SECOND_NS
"""The track must have been seen so shortly before the word, as must the word before it is given."""
TAKEN_BACK = ""
"""In place of an identity: the machine's word stands again."""


@dataclass(frozen=True, slots=True)
class Authority:
    """Who may say what in one party's node.

    Parameters
    ----------
    agreement
        Id of the agreement whose roles these are.
    party
        The node's own party: nobody else's people say what an aircraft is here.
    roles
        Ids of the party's roles, by which any identity but ``hostile`` may be given.
    hostile
        Ids of the roles that may say ``hostile``.
    keys
        Ed25519 public key, hexadecimal, of each person of the party.
    """

    agreement: str
    party: str
    roles: frozenset[str]
    hostile: frozenset[str]
    keys: Mapping[str, str]

    def may_say(self, by: Actor, identity: str) -> bool:
        """Whether this person in this role may give this identity."""
        if by.party != self.party or not by.person or by.role == NODE:
            return False
        if identity == "hostile":
            return by.role in self.hostile
        return by.role in self.roles or by.role == UNIT


def authority_of(document: Document, party: str, keys: Mapping[str, str]) -> Authority:
    """What an agreement says of the people of one party."""
    own = [role for role in document.role if role.party == party]
    return Authority(
        agreement=document.agreement.id,
        party=party,
        roles=frozenset(role.id for role in own),
        hostile=frozenset(role.id for role in own if role.kind == "national-command"),
        keys=keys,
    )


def override_message(override: Override) -> bytes:
    """The signed bytes: the purpose, then all fields but the signature.

    Raises
    ------
    NotSigned
        If a field has no canonical form.
    """

    def degrees(value_rad: float) -> float | None:
        return math.degrees(value_rad) if math.isfinite(value_rad) else None

    content = {
        "id": override.id.hex(),
        "agreement": override.agreement,
        "track": str(override.track),
        "address": override.address,
        "latitude_deg": degrees(override.latitude_rad),
        "longitude_deg": degrees(override.longitude_rad),
        "observed_ns": str(override.observed_ns),
        "identity": override.identity,
        "aircraft": override.aircraft,
        "reason": override.reason,
        "person": override.by.person,
        "party": override.by.party,
        "role": override.by.role,
        "made_ns": str(override.made_ns),
        "until_ns": str(override.until_ns),
        "exercise": override.exercise,
        "key": override.key,
    }
    try:
        return OVERRIDE_DOMAIN + canonical_json(content)
    except (BadInput, ValueError) as problem:
        raise NotSigned(f"what was said cannot be signed: {problem}") from None


def sign_override(override: Override, key: Ed25519PrivateKey) -> Override:
    """The same, with the person's key and signature."""
    unsigned = replace(override, key=key.public_key().public_bytes_raw().hex(), signature="")
    return replace(unsigned, signature=key.sign(override_message(unsigned)).hex())


def check_override(
    override: Override, authority: Authority, now_ns: int, *, exercise: bool
) -> None:
    """Whether a person's word may take effect now.

    Raises
    ------
    NotSigned, NoAuthority, BadWord, NoReason, Expired
        By what is wrong.
    """
    _check_signed(override, authority)
    if override.agreement != authority.agreement:
        raise NoAuthority(f"it is given under {override.agreement!r}")
    if not authority.may_say(override.by, override.identity):
        raise NoAuthority(
            f"{override.by.role!r} of {override.by.party} may not say {override.identity!r}",
            remedy="Ask the national command" if override.identity == "hostile" else "",
        )
    _check_words(override, exercise=exercise)
    if override.made_ns > now_ns + AHEAD_NS:
        raise Expired("it was said in the future", remedy="Set the console's clock")
    if override.made_ns < now_ns - BEFORE_NS:
        raise Expired("it was said too long ago", remedy="Say it again")
    if override.until_ns <= now_ns:
        raise Expired("it no longer holds")
    if override.until_ns - override.made_ns > LONGEST_NS:
        raise Expired(f"it would hold for more than {LONGEST_NS // (3600 * SECOND_NS)} hours")
    if not -BEFORE_NS <= override.observed_ns - override.made_ns <= AHEAD_NS:
        raise Expired("the track was not seen when it was said")


def _check_signed(override: Override, authority: Authority) -> None:
    known = authority.keys.get(override.by.person)
    if not known or known != override.key:
        raise NotSigned(f"the key is not that of {override.by.person!r}")
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(known))
        key.verify(bytes.fromhex(override.signature), override_message(override))
    except (InvalidSignature, ValueError):
        raise NotSigned(f"the signature of {override.by.person!r} does not hold") from None


def _check_words(override: Override, *, exercise: bool) -> None:
    if override.identity not in (*IDENTITIES, TAKEN_BACK):
        raise BadWord(f"{override.identity!r} is no identity")
    if override.aircraft not in (*AIRCRAFT_CLASSES, ""):
        raise BadWord(f"{override.aircraft!r} is no class of aircraft")
    if override.exercise != exercise:
        raise BadWord("exercise and live do not mix")
    if len(override.id) != 16:
        raise BadWord("its id is not 16 bytes")
    if not override.reason.strip():
        raise NoReason("no reason is given", remedy="Say why")
    if len(override.reason) > LONGEST_REASON:
        raise NoReason(f"the reason has more than {LONGEST_REASON} characters")
