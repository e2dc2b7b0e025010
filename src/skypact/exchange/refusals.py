"""Why an envelope is refused: a closed list of reasons, each in plain words.

In: nothing. Out: :class:`Refusal`, which is counted by its value, and the error that carries it, a
branch of the tree in ``model/errors.py``::

    BadInput
    └── EnvelopeRefused      one envelope; ``reason`` says why, ``signed`` whether it is evidence
    Unavailable
    └── NotReady             no key epoch that the partner holds, or nothing may be sealed

The table in docs/reference/envelope.md is checked against this list.
"""

from __future__ import annotations

from enum import StrEnum

from skypact.model.errors import BadInput, Unavailable


class Refusal(StrEnum):
    """A reason; its value is the name that status tables count it under."""

    TOO_LARGE = "TooLarge"
    COMPRESSED = "Compressed"
    NOT_AN_ENVELOPE = "NotAnEnvelope"
    UNKNOWN_VERSION = "UnknownVersion"
    TRUNCATED = "Truncated"
    MALFORMED_HEADER = "MalformedHeader"
    UNKNOWN_FIELD = "UnknownField"
    UNKNOWN_KIND = "UnknownKind"
    UNKNOWN_SENDER = "UnknownSender"
    WRONG_AUDIENCE = "WrongAudience"
    WRONG_PARTY = "WrongParty"
    WRONG_SUBJECT = "WrongSubject"
    LAPSED = "Lapsed"
    CARD_EXPIRED = "CardExpired"
    WRONG_AGREEMENT = "WrongAgreement"
    WRONG_EXERCISE = "WrongExercise"
    FORGED = "Forged"
    FLOOD = "Flood"
    UNKNOWN_EPOCH = "UnknownEpoch"
    OLD_EPOCH = "OldEpoch"
    REPLAYED = "Replayed"
    DUPLICATE = "Duplicate"
    EQUIVOCATION = "Equivocation"
    UNDECIPHERABLE = "Undecipherable"
    MALFORMED_HAIL = "MalformedHail"
    OTHER_PROTOCOL = "OtherProtocol"
    STALE_GRANT = "StaleGrant"
    WRONG_LABEL = "WrongLabel"
    WRONG_ORIGINATOR = "WrongOriginator"
    NOT_RELEASABLE = "NotReleasable"
    WRONG_TIME = "WrongTime"


WORDS: dict[Refusal, str] = {
    Refusal.TOO_LARGE: "larger than an envelope may be",
    Refusal.COMPRESSED: "compressed: it could unfold to any size, so it is not looked into",
    Refusal.NOT_AN_ENVELOPE: "not an envelope of Skypact",
    Refusal.UNKNOWN_VERSION: "an envelope of a version that this software does not know",
    Refusal.TRUNCATED: "ends before its parts do",
    Refusal.MALFORMED_HEADER: "the header is not one, or not in its one canonical form",
    Refusal.UNKNOWN_FIELD: "the header has a field that is not known",
    Refusal.UNKNOWN_KIND: "of a kind that is not known",
    Refusal.UNKNOWN_SENDER: "from a station that this link is not with",
    Refusal.WRONG_AUDIENCE: "for another station",
    Refusal.WRONG_PARTY: "names a party that does not staff its sender",
    Refusal.WRONG_SUBJECT: "came on a subject that its header does not belong to",
    Refusal.LAPSED: "no agreement is in force that it could come under",
    Refusal.CARD_EXPIRED: "the sender's card has expired",
    Refusal.WRONG_AGREEMENT: "under another text of the agreement, or another agreement",
    Refusal.WRONG_EXERCISE: "exercise on a live link, or live on an exercise's",
    Refusal.FORGED: "not signed by its sender, or changed on its way",
    Refusal.FLOOD: "more than the link takes; dropped before it was looked at",
    Refusal.UNKNOWN_EPOCH: "sealed under a key that this node was not granted",
    Refusal.OLD_EPOCH: "sealed under a key whose time is over",
    Refusal.REPLAYED: "numbered below all that may still come: sent again by someone",
    Refusal.DUPLICATE: "came twice",
    Refusal.EQUIVOCATION: "a second envelope of one number, with other content",
    Refusal.UNDECIPHERABLE: "signed by its sender, but not sealed under the key it names",
    Refusal.MALFORMED_HAIL: "a greeting that does not say what one has to",
    Refusal.OTHER_PROTOCOL: "a greeting by software of another protocol, older or newer than ours",
    Refusal.STALE_GRANT: "a key granted in answer to another challenge than ours",
    Refusal.WRONG_LABEL: "its label names what the agreement does not have",
    Refusal.WRONG_ORIGINATOR: "its label names an originator that its sender may not speak for",
    Refusal.NOT_RELEASABLE: "its label does not let it go to the party that received it",
    Refusal.WRONG_TIME: "sent in the future, too long ago, or by a clock that is far off",
}
"""What each says to people."""

BEFORE_SIGNATURE = frozenset(list(Refusal)[: list(Refusal).index(Refusal.FLOOD) + 1])
"""Reasons found before the signature was known to hold: nobody can be blamed for these."""


class EnvelopeRefused(BadInput):
    """One envelope is refused; the link goes on.

    Parameters
    ----------
    reason
        Why.
    detail
        What exactly, for people; never content.
    signed
        Whether the partner's signature under it holds: then it is evidence.
    first
        Of ``EQUIVOCATION``, what is kept of the envelope that came first (``header.Evidence``
        bytes); else empty.
    """

    def __init__(
        self, reason: Refusal, detail: str = "", *, signed: bool = False, first: bytes = b""
    ) -> None:
        super().__init__(f"{WORDS[reason]}: {detail}" if detail else WORDS[reason])
        self.reason = reason
        self.detail = detail
        self.signed = signed
        self.first = first

    @property
    def name(self) -> str:
        """The reason's name, as counted."""
        return self.reason.value


class NotReady(Unavailable):
    """Nothing can be sealed: the partner holds no key of ours yet, or the agreement has lapsed."""
