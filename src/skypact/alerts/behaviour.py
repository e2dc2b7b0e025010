"""What tracks do: fly low and slow, and part from one another.

In: a look, areas, and pairs remembered since one was born beside the other. Out: conditions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from skypact.alerts.areas import AreaIndex
from skypact.alerts.conditions import Bools, Condition, Floats, Key, Look
from skypact.alerts.memory import TrackMemory
from skypact.alerts.rules import FormationRule, LowSlowRule
from skypact.geodesy import geodetic_to_ecef
from skypact.model.time import SECOND_NS

MOST_BIRTHS = 5_000
MOST_NEW = 200
"""Tracks that begin in one look: more are a sensor or link that came back, and no formations."""


@dataclass(frozen=True, slots=True)
class Birth:
    """A track that began beside another.

    Parameters
    ----------
    track, parent
        Numbers.
    born_ns, parted_ns
        When it began, and when the two were first as far apart as the rule ``rule`` says; -1
        not yet.
    rule
        Id of that rule.
    """

    track: int
    parent: int
    rule: str
    born_ns: int
    parted_ns: int = -1


def low_and_slow(
    look: Look,
    index: AreaIndex,
    rules: Sequence[LowSlowRule],
    standing: Mapping[str, Mapping[Key, int]],
) -> Iterator[Condition]:
    """Conditions of confirmed tracks within a rule's limits of height and speed.

    Height is above ground where the facts know the ground, else above the ellipsoid. What has
    an alert keeps it until it is beyond the limits by the rule's margin.
    """
    above_m = look.height_m - np.where(np.isfinite(look.facts.ground_m), look.facts.ground_m, 0.0)
    for rule in rules:
        stands = np.isin(look.tracks.track, [key.tracks[0] for key in standing[rule.id]])
        free = np.where(stands, 1.0 + rule.margin, 1.0)
        found = look.placed & look.tracks.confirmed & (above_m < rule.below_m * free)
        found &= (look.speed_mps < rule.slower_mps * free) & (
            look.speed_mps > rule.faster_mps / free
        )
        if rule.without_codes:
            found &= ~look.coded
        if rule.areas or rule.area_kinds:
            found &= _in_areas(look, index, rule, found)
        for row in np.flatnonzero(found):
            speed = float(look.speed_mps[row])
            where = "over ground" if np.isfinite(look.facts.ground_m[row]) else "of height"
            text = (
                f"{look.name(int(row))} flies low and slow: {max(0.0, float(above_m[row])):.0f} m"
                f" {where}, {speed * 3.6:.0f} km/h"
            )
            raises = bool(above_m[row] < rule.below_m and rule.faster_mps < speed < rule.slower_mps)
            yield look.of_track(int(row), rule, "low-and-slow", text, raises=raises)


def _in_areas(look: Look, index: AreaIndex, rule: LowSlowRule, found: Bools) -> Bools:
    """Tracks ``found`` that are over one of a rule's areas, whatever its limits and schedule."""
    rows = np.flatnonzero(found)
    areas = np.flatnonzero(index.watched(rule.area_kinds, rule.areas))
    within = np.zeros(len(look.tracks), np.bool_)
    if len(rows) and len(areas):
        away = index.distances_m(
            np.tile(areas, len(rows)),
            np.repeat(look.tracks.latitude_rad[rows], len(areas)),
            np.repeat(look.tracks.longitude_rad[rows], len(areas)),
            np.zeros(len(rows) * len(areas)),
        )
        within[rows] = (away.reshape(len(rows), len(areas)) == 0.0).any(axis=1)
    return within


def births_of(
    look: Look, before: TrackMemory, kept: Sequence[Birth], rules: Sequence[FormationRule]
) -> tuple[Birth, ...]:
    """Births after a look: those kept that still matter, and tracks that began beside others."""
    by_id = {rule.id: rule for rule in rules}
    place = _places(look)
    still = [_followed(look, place, one, by_id[one.rule]) for one in kept if one.rule in by_id]
    births = [one for one in still if one is not None]
    if not len(before.track):
        return tuple(births)
    tracks = look.tracks
    new = np.flatnonzero(look.placed & (before.rows(tracks.track) < 0))
    old = np.flatnonzero(look.placed & tracks.confirmed & (before.rows(tracks.track) >= 0))
    if not len(old) or len(new) > MOST_NEW:
        return tuple(births)
    for row in new:
        away = np.linalg.norm(place[old] - place[row], axis=1)
        unlike = np.hypot(
            tracks.velocity_east_mps[old] - tracks.velocity_east_mps[row],
            tracks.velocity_north_mps[old] - tracks.velocity_north_mps[row],
        )
        for rule in rules:
            near = np.where((away <= rule.near_m) & (unlike <= rule.speed_mps), away, np.inf)
            at = int(np.argmin(near))
            if np.isfinite(near[at]):
                parent = int(tracks.track[old[at]])
                births.append(Birth(int(tracks.track[row]), parent, rule.id, look.now_ns))
    return tuple(births[-MOST_BIRTHS:])


def formation_splits(
    look: Look, births: Sequence[Birth], rules: Sequence[FormationRule]
) -> Iterator[Condition]:
    """Conditions of pairs that have parted."""
    by_id = {rule.id: rule for rule in rules}
    for one in births:
        if one.parted_ns < 0 or one.track not in look.row_of or one.rule not in by_id:
            continue
        row, rule = look.row_of[one.track], by_id[one.rule]
        if not look.tracks.confirmed[row]:
            continue
        latitude, longitude, height = look.place(row)
        text = f"{look.name(row)} has parted from {look.name(look.row_of[one.parent])}"
        pair = sorted((one.track, one.parent))
        yield Condition(
            key=Key(rule.id, (pair[0], pair[1])),
            rule=rule,
            kind="formation-split",
            severity=rule.severity,
            text=text[:1].upper() + text[1:],
            latitude_rad=latitude,
            longitude_rad=longitude,
            altitude_m=height,
        )


def _followed(look: Look, place: Floats, one: Birth, rule: FormationRule) -> Birth | None:
    """A birth as it stands now, None where it matters no more."""
    if one.track not in look.row_of or one.parent not in look.row_of:
        return None
    if one.parted_ns >= 0:
        over = look.now_ns - one.parted_ns > round(rule.stands_s * SECOND_NS)
        return None if over else one
    apart = place[look.row_of[one.track]] - place[look.row_of[one.parent]]
    if float(np.linalg.norm(apart)) > rule.apart_m:
        return replace(one, parted_ns=look.now_ns)
    return None if look.now_ns - one.born_ns > round(rule.within_s * SECOND_NS) else one


def _places(look: Look) -> Floats:
    """Positions in space (tracks, 3), NaN where there is none."""
    latitude = np.where(look.placed, look.tracks.latitude_rad, np.nan)
    longitude = np.where(look.placed, look.tracks.longitude_rad, np.nan)
    return np.stack(geodetic_to_ecef(latitude, longitude, 0.0), axis=1)
