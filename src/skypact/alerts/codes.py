"""Emergency codes, exactly: 7500, 7600, 7700, and the emergency field of ADS-B.

In: a look and the code rules. Out: conditions that say which evidence there is. 7601 is none: a
code is a name, and its neighbours are other names.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from skypact.alerts.conditions import Condition, Look
from skypact.alerts.rules import CodeRule

MEANINGS = {
    "unlawful-interference": "reports unlawful interference",
    "radio-failure": "reports radio failure",
    "emergency": "reports an emergency",
}
STATES = {
    1: "general emergency",
    2: "medical emergency",
    3: "minimum fuel",
    4: "no communications",
    5: "unlawful interference",
    6: "downed aircraft",
    7: "reserved state 7",
}
"""ADS-B emergency states (ICAO Doc 9871, BDS 6,1 subtype 1)."""


def emergencies(look: Look, rules: Sequence[CodeRule]) -> Iterator[Condition]:
    """Conditions of tracks, tentative ones too, that show one of a rule's codes or states."""
    for rule in rules:
        by_code = np.isin(look.tracks.mode_3a, [int(code, 8) for code in rule.mode_3a])
        by_state = np.isin(look.facts.emergency, list(rule.adsb))
        for row in np.flatnonzero(by_code | by_state):
            said = []
            if by_code[row]:
                said.append(f"code {int(look.tracks.mode_3a[row]):04o}")
            if by_state[row]:
                said.append(f"ADS-B {STATES[int(look.facts.emergency[row])]}")
            text = f"{look.name(int(row))} {MEANINGS[rule.kind]}: {' and '.join(said)}"
            yield look.of_track(int(row), rule, rule.kind, text)
