"""What can be found for each kind of evidence: the words that likelihoods are given for.

The evidence functions find these and no others; a nation chooses what each says of the
hypotheses (``likelihoods``), not which there are.
"""

from __future__ import annotations

from typing import Final

from skypact.model.identity import EVIDENCE_KINDS, EvidenceKind

OUTCOMES: Final[dict[EvidenceKind, tuple[str, ...]]] = {
    "address": (
        "own",  # registered in the nation itself
        "party",  # in another party to the agreement
        "other",  # in any other state
        "watched",  # in a state that the nation watches
        "friendly-state-block",  # in a block that configuration gives to friendly state aircraft
        "foreign-state-block",  # in one of other states' state aircraft
        "unallocated",  # in no state's block
    ),
    "code": (
        "friendly-range",  # a code kept for the nation's and allies' state aircraft
        "assigned",  # the code that its flight plan or the code list tells of
        "conspicuity",  # such as 2000 or 7000: many have it
        "unassigned",  # a code that nobody has given out
        "unlawful-interference",  # 7500
    ),
    "plan": ("conforms", "conforms-state", "deviates", "missing"),
    "corridor": ("follows", "outside"),
    "airspace": ("permitted", "identification-zone", "prohibited"),
    "origin": ("own-aerodrome", "known", "appeared", "watched-border"),
    "motion": ("ordinary", "low-fast", "low-slow", "supersonic"),
    "approach": ("passing", "towards-site"),
    "silence": ("replies", "silent", "stopped"),
    "consistency": ("agrees", "contradicts"),
    "partner": ("friend", "assumed-friend", "neutral", "suspect", "hostile"),
    "report": ("friendly", "civil", "foreign-state", "suspicious"),
}
assert tuple(OUTCOMES) == EVIDENCE_KINDS

MOST_OUTCOMES = max(len(names) for names in OUTCOMES.values())

KIND: Final[dict[EvidenceKind, int]] = {kind: k for k, kind in enumerate(EVIDENCE_KINDS)}
"""Index of each kind."""


def outcome(kind: EvidenceKind, name: str) -> int:
    """Index of an outcome of a kind."""
    return OUTCOMES[kind].index(name)
