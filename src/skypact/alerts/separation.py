"""Tracks that are, or will be, nearer to each other than they should be (short-term conflicts).

In: a look, separation rules, and which pairs have gone together. Out: conditions with the time of
the conflict. Both fly straight and climb steadily; pairs are found in a grid of space whose cells
are as wide as two tracks can close in the look-ahead. Geometry: ``kernels.alerts_pairs``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from skypact.alerts.conditions import Bools, Condition, Floats, Ints, Key, Look
from skypact.alerts.infringement import heights_of
from skypact.alerts.outlines import unit_vectors
from skypact.alerts.rules import SeparationRule
from skypact.geodesy import geodetic_to_ecef
from skypact.kernels import alerts_pairs
from skypact.model.time import SECOND_NS

FASTEST_MPS = 1_500.0
"""Faster ones are looked for no farther around than these."""
LEAST_SIDE_M = 1_000.0
MOST_PAIRS = 20_000
LATER = np.array([step for step in product((-1, 0, 1), repeat=3) if step > (0, 0, 0)], np.int64)
"""Half of a cell's neighbours, so that each pair of cells is looked at once."""

Pair = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Company:
    """Pairs of track numbers that have been near each other, and since when (int64 ns)."""

    since_ns: Mapping[Pair, int]

    def together(self, pair: Pair, now_ns: int, for_s: float) -> bool:
        """Whether a pair has gone together for so long."""
        since = self.since_ns.get(pair)
        return since is not None and now_ns - since >= round(for_s * SECOND_NS)


def conflicts(
    look: Look,
    asked: Bools,
    horizontal_m: float,
    vertical_m: float,
    reach_s: float,
    *,
    unknown_near: bool = False,
) -> tuple[Ints, Ints, Floats]:
    """Rows of pairs of tracks ``asked`` that are or will be too near, and in how many seconds.

    Not of two tracks that have one address: their rule is that of duplicates.
    """
    rows = np.flatnonzero(asked & look.placed)
    tracks = look.tracks.take(rows)
    latitude, longitude = (
        np.array(v, np.float64) for v in (tracks.latitude_rad, tracks.longitude_rad)
    )
    place = np.stack(geodetic_to_ecef(latitude, longitude, 0.0), axis=1)
    up = unit_vectors(latitude, longitude)
    nothing = np.zeros(len(rows))
    east = np.stack([-np.sin(longitude), np.cos(longitude), nothing], axis=1)
    moves = np.isfinite(tracks.velocity_east_mps) & np.isfinite(tracks.velocity_north_mps)
    v_east = np.where(moves, tracks.velocity_east_mps, 0.0)[:, None]
    v_north = np.where(moves, tracks.velocity_north_mps, 0.0)[:, None]
    velocity = v_east * east + v_north * np.cross(up, east)
    with np.errstate(over="ignore"):
        speed = np.hypot(v_east, v_north)
    fastest = min(float(speed.max(initial=0.0)), FASTEST_MPS)
    order, first, beside = _cells(place, horizontal_m + 2.0 * fastest * reach_s)
    climb = np.where(np.isfinite(tracks.velocity_up_mps), tracks.velocity_up_mps, 0.0)
    one, other = np.empty(MOST_PAIRS, np.int64), np.empty(MOST_PAIRS, np.int64)
    after = np.empty(MOST_PAIRS)
    states = (
        np.ascontiguousarray(place),
        np.ascontiguousarray(velocity),
        np.ascontiguousarray(up),
        np.ascontiguousarray(heights_of(look)[0][rows]),
        np.ascontiguousarray(climb),
    )
    minima = (float(horizontal_m), float(vertical_m), float(reach_s), bool(unknown_near))
    count = alerts_pairs.conflicts(
        *(order, first, beside, *states, *minima, len(LATER), one, other, after)
    )
    one, other = rows[one[:count]], rows[other[:count]]
    # one aircraft that the picture has twice comes near to nobody
    address = look.tracks.mode_s
    two = (address[one] < 0) | (address[one] != address[other])
    return one[two], other[two], after[:count][two]


def _cells(place: Floats, side_m: float) -> tuple[Ints, Ints, Ints]:
    """Tracks in the order of their cells, where each cell begins, and later cells beside each."""
    cell = np.floor(place / max(side_m, LEAST_SIDE_M)).astype(np.int64)
    span = np.array([1 << 40, 1 << 20, 1], np.int64)  # 13,000 cells across the earth at most
    found, at = np.unique(cell @ span, return_inverse=True)
    order = np.argsort(at, kind="stable").astype(np.int64)
    first = np.searchsorted(at[order], np.arange(len(found) + 1)).astype(np.int64)
    if not len(found):
        return order, first, np.empty(0, np.int64)
    wanted = (found[:, None] + LATER @ span).reshape(-1)
    beside = np.minimum(np.searchsorted(found, wanted), len(found) - 1)
    return order, first, np.where(found[beside] == wanted, beside, -1)


def separations(
    look: Look,
    rules: Sequence[SeparationRule],
    standing: Mapping[str, Mapping[Key, int]],
    company: Company,
) -> Iterator[Condition]:
    """Conditions of all separation rules; ``standing``: stages of alerts that stand."""
    for rule in rules:
        asked = look.tracks.confirmed & (look.speed_mps >= rule.slower_mps)
        told: set[Pair] = set()
        factors = (1.0, rule.keep_factor) if standing[rule.id] else (1.0,)
        for factor in factors:
            found = conflicts(
                look,
                asked,
                rule.horizontal_m * factor,
                rule.vertical_m * factor,
                rule.look_ahead_s * factor,
                unknown_near=rule.unknown_height == "near",
            )
            for one, other, after_s in zip(*found, strict=True):
                pair = _pair(look, int(one), int(other))
                stands = Key(rule.id, pair) in standing[rule.id]
                if (factor > 1.0 and not stands) or pair in told:
                    continue
                if company.together(pair, look.now_ns, rule.company_s):
                    continue
                told.add(pair)
                yield _condition(
                    look, rule, (int(one), int(other)), float(after_s), raises=factor == 1.0
                )


def company_of(look: Look, rules: Sequence[SeparationRule], before: Company) -> Company:
    """Which pairs fly near each other and alike now, and since when.

    Not those that are only near: one that overtakes above another is no company.
    """
    near_m = max((rule.company_m for rule in rules), default=0.0)
    if not near_m:
        return Company({})
    high_m = max(rule.company_height_m for rule in rules)
    one, other, _ = conflicts(look, look.tracks.confirmed, near_m, high_m, 0.0, unknown_near=True)
    tracks = look.tracks
    with np.errstate(invalid="ignore", over="ignore"):
        unlike = np.hypot(
            tracks.velocity_east_mps[one] - tracks.velocity_east_mps[other],
            tracks.velocity_north_mps[one] - tracks.velocity_north_mps[other],
        )
    alike = unlike <= max(rule.company_speed_mps for rule in rules)
    pairs = [_pair(look, int(a), int(b)) for a, b in zip(one[alike], other[alike], strict=True)]
    return Company({pair: before.since_ns.get(pair, look.now_ns) for pair in pairs})


def _pair(look: Look, one: int, other: int) -> Pair:
    a, b = int(look.tracks.track[one]), int(look.tracks.track[other])
    return (a, b) if a < b else (b, a)


def _condition(
    look: Look, rule: SeparationRule, rows: Pair, after_s: float, *, raises: bool
) -> Condition:
    predicted = after_s > 0.0
    one, other = sorted(rows, key=lambda row: int(look.tracks.track[row]))
    apart_km = _apart_m(look, one, other) / 1e3
    when = f"will be too near in {round(after_s)} s" if predicted else "are too near"
    said = (
        f"{look.name(one)} {look.height(one)} and {look.name(other)} {look.height(other)}"
        f" {when}; {apart_km:.1f} km apart now"
    )
    latitude, longitude, height = look.place(one)
    return Condition(
        key=Key(rule.id, _pair(look, one, other)),
        rule=rule,
        kind="separation",
        severity=rule.predicted_severity if predicted else rule.severity,
        text=said[:1].upper() + said[1:],
        level=0 if predicted else 1,
        raises=raises,
        latitude_rad=latitude,
        longitude_rad=longitude,
        altitude_m=height,
        at_ns=look.now_ns + round(after_s * SECOND_NS) if predicted else -1,
    )


def _apart_m(look: Look, one: int, other: int) -> float:
    rows: NDArray[np.int64] = np.array([one, other])
    place = np.stack(
        geodetic_to_ecef(look.tracks.latitude_rad[rows], look.tracks.longitude_rad[rows], 0.0)
    )
    return float(np.linalg.norm(place[:, 0] - place[:, 1]))
