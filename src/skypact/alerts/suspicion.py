"""How far an aircraft is suspected of being used as a weapon: suspected, probable, confirmed.

In: a look with the criteria that hold of each track, as people and other rooms found them. Out:
conditions that name the criteria. The table follows annex 4 of the implementing agreement between
Austria and Switzerland of 2019 (gesetzefinden.at, bundesrecht, 20010577):

=========  ======================================================================================
suspected  at least two of: significant deviation from its route, instructions not followed,
           communication lost without explanation, transponder not as instructed
probable   suspected, and it goes on refusing
confirmed  an authorised body has declared it so; so it may the others
=========  ======================================================================================

The machine finds no criterion by itself. 7600 has its own alert: whoever sets it explains why
nobody hears him, and whether that is believed is for people to say.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from skypact.alerts.conditions import Condition, Look
from skypact.alerts.rules import SuspicionRule
from skypact.model.alerts import AlertKind, Severity

ROUTE_DEVIATION = 1
INSTRUCTIONS_NOT_FOLLOWED = 2
COMMUNICATION_LOST = 4
TRANSPONDER_NOT_AS_INSTRUCTED = 8
CONTINUED_REFUSAL = 16
DECLARED_SUSPECTED, DECLARED_PROBABLE, DECLARED_CONFIRMED = 32, 64, 128
"""Bits of ``TrackFacts.suspicion``; the last three are an authorised body's word."""

CRITERIA = {
    ROUTE_DEVIATION: "deviates significantly from its route",
    INSTRUCTIONS_NOT_FOLLOWED: "does not follow instructions",
    COMMUNICATION_LOST: "has lost communication without explanation",
    TRANSPONDER_NOT_AS_INSTRUCTED: "does not set its transponder as instructed",
}
REASONS = CRITERIA | {
    CONTINUED_REFUSAL: "goes on refusing",
    DECLARED_SUSPECTED: "was declared suspected",
    DECLARED_PROBABLE: "was declared probable",
    DECLARED_CONFIRMED: "was declared confirmed",
}
LEVELS: tuple[tuple[AlertKind, Severity, str], ...] = (
    ("renegade-suspected", "caution", "is a suspected renegade"),
    ("renegade-probable", "warning", "is a probable renegade"),
    ("renegade-confirmed", "warning", "is a confirmed renegade"),
)


def levels_of(bits: NDArray[np.uint8], least: int = 2) -> NDArray[np.int8]:
    """Level of each track (tracks,): -1 none, then as ``LEVELS``, from its criteria's bits."""
    held = np.zeros(len(bits), np.int64)
    for bit in CRITERIA:
        held += (bits & bit) != 0
    suspected = (held >= least) | ((bits & DECLARED_SUSPECTED) != 0)
    probable = suspected & ((bits & CONTINUED_REFUSAL) != 0) | ((bits & DECLARED_PROBABLE) != 0)
    confirmed = (bits & DECLARED_CONFIRMED) != 0
    return np.select([confirmed, probable, suspected], [2, 1, 0], -1).astype(np.int8)


def suspicions(look: Look, rules: Sequence[SuspicionRule]) -> Iterator[Condition]:
    """Conditions of tracks that are suspected or more."""
    if not rules:
        return
    bits = look.facts.suspicion
    for rule in rules:
        levels = levels_of(bits, rule.least)
        for row in np.flatnonzero(levels >= 0):
            kind, severity, said = LEVELS[levels[row]]
            why = ", ".join(words for bit, words in REASONS.items() if bits[row] & bit)
            yield look.of_track(
                int(row),
                rule,
                kind,
                f"{look.name(int(row))} {said}: it {why}",
                level=int(levels[row]),
                severity=severity,
            )
