"""Tracks in areas, and about to be.

In: a look, the index of areas and the area rules. Out: conditions, with the time to the border
where it is predicted. Geometry: ``kernels.alerts_border``. What has entered is kept until it is
beyond the border by a margin, and a prediction is looked for somewhat farther ahead to keep an
alert than to raise it: noise at either edge makes nothing flap.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skypact.alerts.areas import AreaIndex
from skypact.alerts.conditions import Bools, Condition, Floats, Ints, Key, Look
from skypact.alerts.rules import AreaRule, AreaTable
from skypact.kernels import alerts_border
from skypact.model.alerts import AlertKind
from skypact.model.labels import IDENTITIES
from skypact.model.time import SECOND_NS

KEEP_AHEAD = 1.25
"""How much farther than its rule's look-ahead a prediction keeps an alert that stands."""

PATH_POINTS = 61
"""Of a path: at 250 m/s for 120 s each 500 m, the least margin that makes sense."""
FARTHEST_STEP_M = 20_000.0
EARTH_M = 6_371_008.8

KINDS: dict[str, tuple[AlertKind, AlertKind]] = {
    "everybody": ("area-infringement-predicted", "area-infringement"),
    "unknown": ("unknown-approaching", "unknown-entering"),
}


@dataclass(frozen=True, slots=True)
class Entries:
    """Tracks that are in areas or will be; every array has shape (hits,)."""

    row: NDArray[np.int32]
    area: NDArray[np.int32]
    after_s: Floats

    def __len__(self) -> int:
        return len(self.row)


def entries(
    look: Look, index: AreaIndex, asked: Bools, turn_rps: Floats, reach_s: float
) -> Entries:
    """All entries of tracks ``asked`` (tracks,) for within ``reach_s``."""
    tracks = look.tracks
    room = len(tracks) * len(index)
    row, area, after = np.empty(room, np.int32), np.empty(room, np.int32), np.empty(room)
    heights, stands_in = heights_of(look)
    states = (
        np.array(asked, np.bool_),
        np.array(tracks.latitude_rad, np.float64),
        np.array(tracks.longitude_rad, np.float64),
        np.array(tracks.velocity_east_mps, np.float64),
        np.array(tracks.velocity_north_mps, np.float64),
        np.array(turn_rps, np.float64),
        heights,
        stands_in,
        np.array(tracks.velocity_up_mps, np.float64),
    )
    limits = (index.limit_m, index.limit_rule, index.tolerance_m)
    windows_s = index.windows_s(look.now_ns, reach_s)
    count = alerts_border.entries(
        *(*states, float(reach_s), *index.outlines, *limits, windows_s, row, area, after)
    )
    return Entries(row[:count], area[:count], after[:count])


def heights_of(look: Look) -> tuple[Floats, Bools]:
    """Geometric and pressure height (tracks, 2), each standing in for the other; where it does."""
    tracks = look.tracks
    given = np.stack([tracks.altitude_m, tracks.pressure_altitude_m], axis=1).astype(np.float64)
    given[~np.isfinite(given)] = np.nan
    stands_in = np.isnan(given) & ~np.isnan(given[:, ::-1])
    return np.where(stands_in, given[:, ::-1], given), stands_in


def concerned(rule: AreaRule, look: Look) -> Bools:
    """Tracks (tracks,) that a rule is about."""
    asked = look.placed.copy()
    if not rule.tentative:
        asked &= look.tracks.confirmed
    if rule.who == "unknown":
        asked &= look.unknown
    if rule.identities:
        asked &= np.isin(look.facts.identity, [IDENTITIES.index(one) for one in rule.identities])
    return asked


def infringements(
    look: Look,
    index: AreaIndex,
    rules: Sequence[AreaRule],
    standing: Mapping[str, Mapping[Key, int]],
) -> Iterator[Condition]:
    """Conditions of all area rules; ``standing``: stages of each rule's alerts that stand."""
    if not rules or not len(index) or not len(look.tracks):
        return
    asked = [concerned(rule, look) for rule in rules]
    reach_s = max(rule.look_ahead_s for rule in rules) * KEEP_AHEAD
    found: dict[bool, Entries] = {}
    for follow in {rule.follow_turns for rule in rules}:
        anybody = np.logical_or.reduce(
            [mask for mask, rule in zip(asked, rules, strict=True) if rule.follow_turns == follow]
        )
        turn = look.turn_rps if follow else np.zeros(len(look.tracks))
        found[follow] = entries(look, index, anybody, turn, reach_s)
    for rule, mask in zip(rules, asked, strict=True):
        yield from _of_rule(look, index, rule, mask, found[rule.follow_turns], standing[rule.id])


def _of_rule(
    look: Look,
    index: AreaIndex,
    rule: AreaRule,
    asked: Bools,
    found: Entries,
    standing: Mapping[Key, int],
) -> Iterator[Condition]:
    watched = index.watched(rule.area_kinds, rule.areas)
    mine = asked[found.row] & watched[found.area]
    mine &= found.after_s <= rule.look_ahead_s * KEEP_AHEAD
    stages: dict[tuple[int, str], int] = {}
    for k in np.flatnonzero(mine):
        row, area, after_s = int(found.row[k]), int(found.area[k]), float(found.after_s[k])
        stages[int(look.tracks.track[row]), index.areas[area].id] = int(after_s == 0.0)
        yield _condition(look, index.areas[area], rule, row, after_s)
    left = [
        key
        for key, level in standing.items()
        if key.tracks[0] in look.row_of
        and key.area in index.number
        and asked[look.row_of[key.tracks[0]]]
        and stages.get((key.tracks[0], key.area), -1) < level
    ]
    if left:
        yield from _not_yet_left(look, index, rule, left, standing)


def _condition(look: Look, area: AreaTable, rule: AreaRule, row: int, after_s: float) -> Condition:
    predicted = after_s > 0.0
    who = f"{'unknown ' if rule.who == 'unknown' else ''}{look.name(row)}"
    if predicted:
        said = f"{who} will be in {named(area)} in {round(after_s)} s, now {look.height(row)}"
    else:
        said = f"{who} is in {named(area)} {look.height(row)}"
    return look.of_track(
        row,
        rule,
        KINDS[rule.who][0 if predicted else 1],
        said,
        area=area.id,
        level=0 if predicted else 1,
        raises=after_s <= rule.look_ahead_s,
        severity=rule.predicted_severity if predicted else None,
        at_ns=look.now_ns + round(after_s * SECOND_NS) if predicted else -1,
    )


def _not_yet_left(
    look: Look,
    index: AreaIndex,
    rule: AreaRule,
    left: Sequence[Key],
    standing: Mapping[Key, int],
) -> Iterator[Condition]:
    """Alerts that stand whose tracks, or whose tracks' paths, are outside by no more than a margin.

    One that has entered is kept by where its track is, one that is predicted by where it will be.
    """
    row = np.array([look.row_of[key.tracks[0]] for key in left], np.int64)
    area = np.array([index.number[key.area] for key in left], np.int64)
    entered = np.array([standing[key] > 0 for key in left], np.bool_)
    turn_rps = look.turn_rps[row] if rule.follow_turns else np.zeros(len(row))
    latitude, longitude = paths(look, row, turn_rps, np.where(entered, 0.0, rule.look_ahead_s))
    margin = np.repeat(margins_m(rule, look.tracks.horizontal_sigma_m[row]), PATH_POINTS)
    away = index.distances_m(
        np.repeat(area, PATH_POINTS), latitude.reshape(-1), longitude.reshape(-1), margin
    )
    near = np.isfinite(away).reshape(-1, PATH_POINTS).any(axis=1)
    near &= ~entered | _height_near(look, index, rule, row, area)
    window = index.windows_s(look.now_ns, rule.look_ahead_s)[area]
    near &= (window[:, 0] <= np.where(entered, 0.0, rule.look_ahead_s)) & (window[:, 1] >= 0.0)
    for k in np.flatnonzero(near):
        watched = index.areas[area[k]]
        said = "is at" if entered[k] else "flies towards or along"
        yield look.of_track(
            int(row[k]),
            rule,
            KINDS[rule.who][int(entered[k])],
            f"{look.name(int(row[k]))} {said} the border of {named(watched)}",
            area=watched.id,
            level=int(entered[k]),
            severity=None if entered[k] else rule.predicted_severity,
            raises=False,
        )


def paths(look: Look, row: Ints, turn_rps: Floats, reach_s: Floats) -> tuple[Floats, Floats]:
    """Latitudes and longitudes (rows, ``PATH_POINTS``) of tracks from now for ``reach_s``."""
    tracks = look.tracks
    step_s = reach_s[:, None] / (PATH_POINTS - 1)
    turned = np.cumsum(np.repeat(turn_rps[:, None] * step_s, PATH_POINTS - 1, axis=1), axis=1)
    turned -= 0.5 * turn_rps[:, None] * step_s
    with np.errstate(invalid="ignore", over="ignore"):
        speed = np.nan_to_num(look.speed_mps[row], nan=0.0, posinf=0.0)
        heading = np.arctan2(tracks.velocity_east_mps[row], tracks.velocity_north_mps[row])
        heading = np.nan_to_num(heading)[:, None] + turned
    way = np.minimum(speed[:, None] * step_s, FARTHEST_STEP_M)
    start = np.zeros((len(row), 1))
    east = np.concatenate([start, np.cumsum(way * np.sin(heading), axis=1)], axis=1)
    north = np.concatenate([start, np.cumsum(way * np.cos(heading), axis=1)], axis=1)
    latitude, longitude = tracks.latitude_rad[row][:, None], tracks.longitude_rad[row][:, None]
    angle, bearing = np.hypot(east, north) / EARTH_M, np.arctan2(east, north)
    sine = np.sin(latitude) * np.cos(angle)
    sine += np.cos(latitude) * np.sin(angle) * np.cos(bearing)
    ahead = np.arcsin(np.clip(sine, -1.0, 1.0))
    across = np.sin(bearing) * np.sin(angle) * np.cos(latitude)
    return ahead, longitude + np.arctan2(across, np.cos(angle) - np.sin(latitude) * sine)


def margins_m(rule: AreaRule, sigma_m: Floats) -> Floats:
    """How far beyond a border tracks of these standard deviations have left the area."""
    unsure = np.where(np.isfinite(sigma_m), sigma_m, 0.0) * rule.exit_margin_sigmas
    return np.minimum(rule.exit_margin_m + unsure, 100_000.0)


def _height_near(look: Look, index: AreaIndex, rule: AreaRule, row: Ints, area: Ints) -> Bools:
    heights, stands_in = heights_of(look)
    near = np.ones(len(row), np.bool_)
    for side in range(2):
        kind = index.limit_rule[area, side].astype(np.int64)
        height = heights[row, kind]
        free = np.where(stands_in[row, kind], index.tolerance_m[area], 0.0)
        free += rule.exit_margin_height_m
        limit = index.limit_m[area, side]
        with np.errstate(invalid="ignore"):
            within = (height >= limit - free) if side == 0 else (height <= limit + free)
        unknown = np.isnan(height)
        near &= np.where(unknown, index.limit_rule[area, 2], within) | ~np.isfinite(limit)
    return near


def named(area: AreaTable) -> str:
    """An area in words."""
    return f"{area.name or area.id} ({area.kind})"
