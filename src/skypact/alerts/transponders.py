"""Transponders that fell silent or changed their address, and addresses that two tracks have.

In: a look, and what is remembered of its tracks. Out: conditions. A 24-bit address alone never
identifies: one on two tracks says that something is wrong with one of them, not with which.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from skypact.alerts.conditions import Condition, Key, Look
from skypact.alerts.memory import TrackMemory
from skypact.alerts.rules import DuplicateRule, TransponderRule
from skypact.geodesy import geodetic_to_ecef
from skypact.model.time import SECOND_NS


def transponders(
    look: Look, memory: TrackMemory, rules: Sequence[TransponderRule]
) -> Iterator[Condition]:
    """Conditions of confirmed tracks whose transponder is gone or has another address.

    ``memory`` is that after the look.
    """
    at = memory.rows(look.tracks.track)
    known = (at >= 0) & look.tracks.confirmed
    for rule in rules:
        held_ns = round(rule.held_s * SECOND_NS)
        if rule.kind == "transponder-lost":
            gone = known & ~look.coded & (memory.coded_before_ns[at] >= held_ns)
            for row in np.flatnonzero(gone):
                since_s = (look.now_ns - int(memory.coded_ns[at[row]])) // SECOND_NS
                text = f"{look.name(int(row))} has lost its transponder, {since_s} s ago"
                yield look.of_track(int(row), rule, rule.kind, text)
            continue
        age_ns = look.now_ns - memory.mode_s_ns[at]
        new = known & (memory.mode_s_before_ns[at] >= held_ns)
        new &= age_ns <= round(rule.stands_s * SECOND_NS)
        for row in np.flatnonzero(new):
            old, now = int(memory.mode_s_before[at[row]]), int(memory.mode_s[at[row]])
            text = f"{look.name(int(row))} changed its address from {old:06X} to {now:06X}"
            yield look.of_track(int(row), rule, rule.kind, text)


def duplicates(look: Look, rules: Sequence[DuplicateRule]) -> Iterator[Condition]:
    """Conditions of confirmed tracks that have one address and are too far apart to be one."""
    rows = np.flatnonzero(look.placed & look.tracks.confirmed & (look.tracks.mode_s > 0))
    rows = rows[np.lexsort((look.tracks.track[rows], look.tracks.mode_s[rows]))]
    address = look.tracks.mode_s[rows]
    same = np.flatnonzero(address[1:] == address[:-1])
    one, other = rows[same], rows[same + 1]
    place = np.stack(geodetic_to_ecef(look.tracks.latitude_rad, look.tracks.longitude_rad, 0.0))
    apart_m = np.linalg.norm(place[:, one] - place[:, other], axis=0)
    for rule in rules:
        for k in np.flatnonzero(apart_m > rule.apart_m):
            first, second = int(one[k]), int(other[k])
            latitude, longitude, height = look.place(first)
            pair = sorted(int(look.tracks.track[row]) for row in (first, second))
            said = (
                f"{look.name(first)} and {look.name(second)}, {apart_m[k] / 1e3:.0f} km apart,"
                f" have one address {int(look.tracks.mode_s[first]):06X}"
            )
            yield Condition(
                key=Key(rule.id, (pair[0], pair[1])),
                rule=rule,
                kind="duplicate-address",
                severity=rule.severity,
                text=said[:1].upper() + said[1:],
                latitude_rad=latitude,
                longitude_rad=longitude,
                altitude_m=height,
            )
