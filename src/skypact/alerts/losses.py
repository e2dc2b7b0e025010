"""Tracks that ended in the air, and many that ended at once.

In: the tracks of the last look and of this one, and losses remembered. Out: losses, and their
conditions. Many losses are one alert in place of many (Central Europe, June 2014).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from skypact.alerts.conditions import Bools, Condition, Floats, Key, Look
from skypact.alerts.memory import TrackMemory
from skypact.alerts.rules import LostRule
from skypact.model.time import SECOND_NS

Covered = Callable[[Floats, Floats, Floats], Bools]
"""Whether positions (latitude_rad, longitude_rad, height_m; NaN unknown) are where the node's
sensors should see an aircraft."""

LONGEST_S = 3_600
MOST_LOSSES = 20_000


@dataclass(frozen=True, slots=True)
class Loss:
    """One track that ended.

    Parameters
    ----------
    track, name
        Its number, and in words.
    lost_ns, confirmed_ns
        When it was missed, and since when it had been confirmed.
    latitude_rad, longitude_rad, height_m
        Where it was last, NaN unknown.
    covered
        Whether the sensors should still see it there; None where nobody knows.
    """

    track: int
    name: str
    lost_ns: int
    confirmed_ns: int
    latitude_rad: float
    longitude_rad: float
    height_m: float
    covered: bool | None


def losses_of(
    look: Look, before: TrackMemory, kept: Sequence[Loss], covered: Covered | None
) -> tuple[Loss, ...]:
    """Losses after a look: those kept that are not back, and new ones.

    Without ``covered`` nobody knows where an aircraft should be seen: then a loss tells nothing
    by itself, for most tracks end where coverage does, but many at once do.
    """
    oldest_ns = look.now_ns - LONGEST_S * SECOND_NS
    still = [one for one in kept if one.track not in look.row_of and one.lost_ns >= oldest_ns]
    gone = before.take((before.confirmed_ns >= 0) & ~np.isin(before.track, look.tracks.track))
    seen: list[bool | None] = [None] * len(gone.track)
    if covered is not None and len(gone.track):
        within = covered(gone.latitude_rad, gone.longitude_rad, gone.height_m)
        seen = [bool(one) for one in within]
    still += [
        Loss(
            track=int(gone.track[k]),
            name=_named(gone, k),
            lost_ns=look.now_ns,
            confirmed_ns=int(gone.confirmed_ns[k]),
            latitude_rad=float(gone.latitude_rad[k]),
            longitude_rad=float(gone.longitude_rad[k]),
            height_m=float(gone.height_m[k]),
            covered=seen[k],
        )
        for k in range(len(gone.track))
    ]
    return tuple(still[-MOST_LOSSES:])


def lost_tracks(look: Look, lost: Sequence[Loss], rules: Sequence[LostRule]) -> Iterator[Condition]:
    """Conditions of tracks lost of late; where there are many, of all of them together."""
    many = [rule for rule in rules if rule.kind == "many-losses"]
    together: set[int] = set()
    for rule in many:
        since_ns = look.now_ns - round(rule.within_s * SECOND_NS)
        found = [one for one in lost if one.lost_ns >= since_ns and _counts(one, rule)]
        total = len(found) + int(np.count_nonzero(look.tracks.confirmed))
        if len(found) >= max(rule.least, rule.share * total):
            together |= {one.track for one in found}
            yield Condition(
                key=Key(rule.id),
                rule=rule,
                kind="many-losses",
                severity=rule.severity,
                text=f"{len(found)} of {total} tracks were lost within {rule.within_s:.0f} s",
            )
    for rule in rules:
        since_ns = look.now_ns - round(rule.stands_s * SECOND_NS)
        for one in lost if rule.kind == "track-lost" else ():
            if one.lost_ns < since_ns or one.track in together or not _counts(one, rule):
                continue
            height = f"at {round(one.height_m, -1):,.0f} m" if np.isfinite(one.height_m) else ""
            said = f"{one.name} was lost in the air {height or 'at unknown height'}"
            yield Condition(
                key=Key(rule.id, (one.track,)),
                rule=rule,
                kind="track-lost",
                severity=rule.severity,
                text=said[:1].upper() + said[1:],
                latitude_rad=one.latitude_rad,
                longitude_rad=one.longitude_rad,
                altitude_m=one.height_m,
            )


def _counts(one: Loss, rule: LostRule) -> bool:
    """Whether a rule is about a loss; a height that is not known is no low one."""
    held = one.lost_ns - one.confirmed_ns >= round(rule.confirmed_s * SECOND_NS)
    seen = one.covered is True or (one.covered is None and rule.kind == "many-losses")
    return seen and held and not one.height_m < rule.above_m


def _named(gone: TrackMemory, k: int) -> str:
    number, address = int(gone.track[k]), int(gone.mode_s[k])
    words = f"track {number}" if number > 0 else f"own track {-number}"
    return f"{words} (address {address:06X})" if address >= 0 else words
