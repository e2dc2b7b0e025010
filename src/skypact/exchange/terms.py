"""Terms: the part of an agreement that envelopes are checked against.

In: what the node took from the agreement in force. Out: whether a label may come from a sender
under it. The exchange knows no clauses and no calendar: it is handed new terms when either changes,
and None once nothing may pass.
"""

from __future__ import annotations

from dataclasses import dataclass

from skypact.exchange.refusals import Refusal
from skypact.model.labels import Label

UNLABELLED = Label("", "", (), (), "")
"""Of what holds no item: receipts, pings, pongs, requests, hails."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What envelopes between two stations are checked against.

    Parameters
    ----------
    agreement
        Its id.
    digest
        SHA-256 of the text in force, 32 bytes: both sides act on the same one or not at all.
    until_ns
        From then on nothing is sealed or opened, int64 UTC nanoseconds.
    exercise
        Whether the link carries an exercise; its keys and live ones are never the same.
    parties
        Codes of the parties that are bound now.
    classifications
        Words that labels may use.
    categories
        Words that labels may use.
    policies
        Policies that labels may be of: the agreement's id, and parties' own where agreed.
    joint_posts
        Codes of stations that speak for all: of these the originator may be the station itself,
        or any party whose data they pass on.
    onward_to
        Codes of states beyond the parties that labels may name: originators consent that their
        items go on to these under another agreement.
    spoken_for
        Originator, party whose stations may pass its items on, and party that they may pass them
        to: beside these every station speaks for its own party.
    """

    agreement: str
    digest: bytes
    until_ns: int
    exercise: bool
    parties: tuple[str, ...]
    classifications: tuple[str, ...]
    categories: tuple[str, ...] = ()
    policies: tuple[str, ...] = ()
    joint_posts: tuple[str, ...] = ()
    onward_to: tuple[str, ...] = ()
    spoken_for: tuple[tuple[str, str, str], ...] = ()

    def __post_init__(self) -> None:
        if len(self.digest) != 32:
            raise ValueError(f"a digest of {len(self.digest)} bytes")


def label_fault(
    label: Label, terms: Terms, sender: str, sender_party: str, receiver_party: str
) -> tuple[Refusal, str] | None:
    """What is wrong with a label of something that came from a station; None if nothing is."""
    if label.policy not in (terms.policies or (terms.agreement,)):
        return Refusal.WRONG_LABEL, f"policy {label.policy!r}"
    if label.classification not in terms.classifications:
        return Refusal.WRONG_LABEL, f"classification {label.classification!r}"
    for word in label.categories:
        if word not in terms.categories:
            return Refusal.WRONG_LABEL, f"category {word!r}"
    for party in label.releasable_to:
        if party not in terms.parties and party not in terms.onward_to:
            return Refusal.WRONG_LABEL, f"releasable to {party!r}"
    post = sender in terms.joint_posts
    may_originate = (sender, *terms.parties) if post else (sender_party,)
    brought = (label.originator, sender_party, receiver_party) in terms.spoken_for
    if label.originator not in may_originate and not brought:
        return Refusal.WRONG_ORIGINATOR, f"{label.originator!r} from {sender}"
    if receiver_party not in (*label.releasable_to, label.originator):
        return Refusal.NOT_RELEASABLE, f"to {', '.join(label.releasable_to) or 'nobody'}"
    return None
