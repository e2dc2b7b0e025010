"""An identity's reasons in one sentence.

In: the word, its evidence (the weightiest first) and a person's word if there is one. Out: text.
"""

from __future__ import annotations

from collections.abc import Sequence

from skypact.model.identity import Evidence, Override
from skypact.model.time import to_iso

GROUPS = {
    "friend": ("friendly-state",),
    "assumed-friend": ("friendly-state",),
    "neutral": ("civil", "foreign-state"),
    "suspect": ("intruder",),
}
"""Hypotheses that a word of the machine rests on."""

MOST_REASONS = 3
WEAK = 0.4
"""Evidence of less weight is listed, but no reason; see ``kernels.identity_combine.SPEAKS``."""


def sentence(
    identity: str, machine: str, evidence: Sequence[Evidence], override: Override | None
) -> str:
    """What an identity rests on, in plain words."""
    if override is not None and identity == override.identity:
        return (
            f"{_capital(identity)}: so said {override.by.person} ({override.by.role},"
            f" {override.by.party}) until {to_iso(override.until_ns)}: {override.reason}."
            f" By the evidence: {machine}."
        )
    if identity == "pending":
        return "Pending: it has not been looked at for long enough."
    wanted = GROUPS.get(identity, ())
    reasons = [piece.words for piece in evidence if piece.favours in wanted and piece.ratio >= WEAK]
    if reasons:
        return f"{_capital(identity)}: " + " ".join(reasons[:MOST_REASONS])
    if evidence:
        return f"{_capital(identity)}: the evidence does not decide."
    return f"{_capital(identity)}: there is no evidence."


def _capital(word: str) -> str:
    return word[:1].upper() + word[1:]
