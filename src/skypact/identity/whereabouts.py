"""Where tracks are and where they came from: corridors, areas, aerodromes.

In: the joint picture, corridors, the areas each track is in (bits, as release and alerts look them
up) and what is required in them. Out: findings of the kinds ``corridor``, ``airspace`` and
``origin``. Where nothing tells the height or the place, nothing is found.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skypact.geodesy import geodetic_to_ecef
from skypact.identity.finding import METRES_PER_RAD, findings
from skypact.identity.outcomes import outcome
from skypact.kernels import identity_places as kernels
from skypact.model.identity import NO_OUTCOME, Findings
from skypact.model.joint import JointTracks

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Corridor:
    """An airway or corridor: points (latitude_rad, longitude_rad), width and heights.

    Heights are pressure heights, ``lower_m`` included and ``upper_m`` not. Between points it
    follows the great circle: one along a parallel needs a point for each few degrees.
    """

    name: str
    points: tuple[tuple[float, float], ...]
    half_width_m: float = 9260.0
    lower_m: float = -math.inf
    upper_m: float = math.inf


@dataclass(frozen=True, slots=True)
class CorridorTable:
    """Legs of all corridors, as ``kernels.identity_places.corridors`` takes them."""

    names: tuple[str, ...]
    leg: Floats
    corridor: NDArray[np.int32]
    reach_rad: Floats
    half_width_m: Floats
    lower_m: Floats
    upper_m: Floats

    @classmethod
    def of(cls, corridors: Sequence[Corridor]) -> CorridorTable:
        """A table of corridors; one of fewer than two points has no leg."""
        rows = [
            (k, a, b)
            for k, one in enumerate(corridors)
            for a, b in zip(one.points, one.points[1:], strict=False)
        ]
        ends = np.array([[*a, *b] for _, a, b in rows], np.float64).reshape(-1, 4)
        begin, end = units(ends[:, 0], ends[:, 1]), units(ends[:, 2], ends[:, 3])
        middle = begin + end
        middle /= np.maximum(np.linalg.norm(middle, axis=1), 1e-12)[:, None]
        half = np.linalg.norm(end - middle, axis=1)
        normal = np.cross(begin, end)
        length = np.linalg.norm(normal, axis=1)[:, None]
        normal = np.where(length > 1e-9, normal / np.maximum(length, 1e-12), 0.0)
        which = np.array([k for k, _, _ in rows], np.int32)
        width = np.array([corridors[k].half_width_m for k in which], np.float64)
        return cls(
            names=tuple(one.name for one in corridors),
            leg=np.ascontiguousarray(np.hstack([begin, end, middle, normal])),
            corridor=which,
            reach_rad=half + 1.01 * width / METRES_PER_RAD,
            half_width_m=width,
            lower_m=np.array([corridors[k].lower_m for k in which], np.float64),
            upper_m=np.array([corridors[k].upper_m for k in which], np.float64),
        )


def units(latitude_rad: Floats, longitude_rad: Floats) -> Floats:
    """Unit vectors (n, 3) of places on the sphere."""
    around = np.cos(latitude_rad)
    return np.ascontiguousarray(
        np.stack(
            [
                around * np.cos(longitude_rad),
                around * np.sin(longitude_rad),
                np.sin(latitude_rad),
            ],
            axis=-1,
        )
    )


def pressure_height(joint: JointTracks) -> Floats:
    """Mode C height, else the geometric one; NaN where neither is known."""
    told = joint.tracks.pressure_altitude_m
    return np.where(np.isfinite(told), told, joint.tracks.altitude_m)


def corridor_findings(
    joint: JointTracks, table: CorridorTable, controlled: NDArray[np.bool_]
) -> Findings:
    """Whether each track follows a corridor; ``detail``: which.

    Parameters
    ----------
    controlled
        Whether traffic at the track's place and height keeps to corridors, shape (tracks,): only
        there is being outside found.
    """
    count = len(joint)
    within, beside_m = np.empty(count, np.int32), np.empty(count)
    height = pressure_height(joint)
    kernels.corridors(
        np.require(joint.tracks.latitude_rad, np.float64, ("C", "W")),
        np.require(joint.tracks.longitude_rad, np.float64, ("C", "W")),
        height,
        table.leg,
        table.corridor,
        table.reach_rad,
        table.half_width_m,
        table.lower_m,
        table.upper_m,
        within,
        beside_m,
    )
    found = np.full(count, NO_OUTCOME, np.int16)
    placed = np.isfinite(height) & np.isfinite(joint.tracks.latitude_rad)
    found[controlled & placed] = outcome("corridor", "outside")
    found[within >= 0] = outcome("corridor", "follows")
    return findings("corridor", joint, found, detail=within)


@dataclass(frozen=True, slots=True)
class AirspaceRules:
    """What holds in the areas that bits stand for (bit ``k`` is area ``k`` of the nation's table).

    Parameters
    ----------
    region
        Bits of the areas that make up the nation's flight information region.
    prohibited
        Bits of areas closed now to all who have no leave.
    notice
        Bits of identification zones: a flight gives notice before it enters.
    """

    region: int
    prohibited: int
    notice: int


def airspace_findings(
    joint: JointTracks,
    rules: AirspaceRules,
    areas: NDArray[np.uint64],
    noticed: Bools,
    cleared: Bools,
) -> Findings:
    """Whether each track is where it may be; ``detail``: the area that says otherwise.

    Parameters
    ----------
    areas
        Bits of the areas that each track is in, in place and height, uint64, shape (tracks,).
    noticed
        Whether it gave notice (it has a plan, or somebody entered it), bool.
    cleared
        Whether it has leave to enter what is closed, bool.
    """
    closed = areas & np.uint64(rules.prohibited)
    zone = areas & np.uint64(rules.notice)
    found = np.full(len(joint), NO_OUTCOME, np.int16)
    found[(areas & np.uint64(rules.region)) != 0] = outcome("airspace", "permitted")
    unannounced = (zone != 0) & ~noticed & ~cleared
    found[unannounced] = outcome("airspace", "identification-zone")
    forbidden = (closed != 0) & ~cleared
    found[forbidden] = outcome("airspace", "prohibited")
    which = np.where(forbidden, closed, np.where(unannounced, zone, np.uint64(0)))
    return findings("airspace", joint, found, detail=lowest_bit(which))


def lowest_bit(bits: NDArray[np.uint64]) -> NDArray[np.int32]:
    """Number of the lowest bit set in each, -1 where none is."""
    alone = bits & (~bits + np.uint64(1))
    # powers of two up to 2**63 are exact in float64, and so is their exponent
    return np.where(bits != 0, np.frexp(alone.astype(np.float64))[1] - 1, -1).astype(np.int32)


@dataclass(frozen=True, slots=True)
class Aerodromes:
    """Own aerodromes: where a track that begins low has just taken off.

    Parameters
    ----------
    names
        As they are spoken of.
    latitude_rad, longitude_rad, elevation_m
        Of each, float64, shape (aerodromes,).
    within_m, below_m
        A track that begins so near and no higher above it has taken off there.
    """

    names: tuple[str, ...]
    latitude_rad: Floats
    longitude_rad: Floats
    elevation_m: Floats
    within_m: float = 10e3
    below_m: float = 1500.0

    def of(self, joint: JointTracks) -> NDArray[np.int32]:
        """Aerodrome that each track is at and low over, -1 none."""
        if not self.names or not len(joint):
            return np.full(len(joint), -1, np.int32)
        ours = _ecef(self.latitude_rad, self.longitude_rad)
        theirs = _ecef(joint.tracks.latitude_rad, joint.tracks.longitude_rad)
        away = np.linalg.norm(theirs[:, None] - ours[None], axis=2)
        low = pressure_height(joint)[:, None] - self.elevation_m[None] <= self.below_m
        away = np.where(low & (away <= self.within_m), away, np.inf)
        nearest = away.argmin(axis=1)
        at = np.isfinite(away[np.arange(len(joint)), nearest])
        return np.where(at, nearest, -1).astype(np.int32)


def _ecef(latitude_rad: Floats, longitude_rad: Floats) -> Floats:
    return np.stack(geodetic_to_ecef(latitude_rad, longitude_rad, 0.0), axis=-1)


def origin_findings(
    joint: JointTracks,
    aerodromes: Aerodromes,
    begun: Bools,
    inside_cover: Bools,
    handed_over: NDArray[np.int32],
    watched: Bools,
) -> Findings:
    """Where tracks that began now came from; ``detail``: the aerodrome or neighbour.

    Parameters
    ----------
    begun
        Whether the track is new in this picture: only of these is an origin found.
    inside_cover
        Whether its place and height lie well inside cover, so that it should have been seen before.
    handed_over
        Neighbour or partner that tracked it before, -1 none, int32.
    watched
        Whether it came over a border that is watched.
    """
    at = aerodromes.of(joint)
    found = np.full(len(joint), NO_OUTCOME, np.int16)
    found[inside_cover] = outcome("origin", "appeared")
    found[watched] = outcome("origin", "watched-border")
    found[handed_over >= 0] = outcome("origin", "known")
    found[at >= 0] = outcome("origin", "own-aerodrome")
    found[~begun] = NO_OUTCOME
    return findings("origin", joint, found, detail=np.where(at >= 0, at, handed_over))
