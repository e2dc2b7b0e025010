"""How tracks fly: speed and height, and steady courses towards protected sites.

In: the joint picture second by second, and protected sites. Out: findings of the kinds ``motion``
and ``approach``. A course counts once it has led to the same site for a while: every turn points at
something for a moment.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skypact.identity.finding import findings
from skypact.identity.outcomes import outcome
from skypact.identity.whereabouts import pressure_height, units
from skypact.kernels import identity_places as kernels
from skypact.model.identity import NO_OUTCOME, Findings
from skypact.model.joint import JointTracks
from skypact.model.time import SECOND_NS

KNOT_MPS = 1852.0 / 3600.0
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class MotionLimits:
    """From where on speed and height are out of the ordinary.

    Parameters
    ----------
    low_m
        1,000 m above ground: below, civil aircraft are slow.
    fast_mps
        155 m/s (300 kt) low down: civil flights keep to 250 kt below 10,000 ft.
    slow_mps
        70 m/s (136 kt): light aircraft, helicopters, drones.
    supersonic_mps
        375 m/s over ground: Mach 0.86 at height with 120 m/s of jet stream behind.
    """

    low_m: float = 1000.0
    fast_mps: float = 155.0
    slow_mps: float = 70.0
    supersonic_mps: float = 375.0


def motion_findings(
    joint: JointTracks, ground_m: Floats, limits: MotionLimits | None = None
) -> Findings:
    """How each track moves; ``detail``: its speed in knots.

    Parameters
    ----------
    ground_m
        Height of the ground below each track, NaN unknown: then nothing is low. Shape (tracks,).
    """
    bounds = limits or MotionLimits()
    speed = np.hypot(joint.tracks.velocity_east_mps, joint.tracks.velocity_north_mps)
    low = pressure_height(joint) - ground_m <= bounds.low_m  # NaN compares false
    found = np.full(len(joint), NO_OUTCOME, np.int16)
    # coasting or blurred, a speed is a guess
    known = np.isfinite(speed) & ~joint.blurred & ~joint.tracks.coasting
    found[known] = outcome("motion", "ordinary")
    found[known & low & (speed <= bounds.slow_mps)] = outcome("motion", "low-slow")
    found[known & low & (speed >= bounds.fast_mps)] = outcome("motion", "low-fast")
    found[known & (speed >= bounds.supersonic_mps)] = outcome("motion", "supersonic")
    knots = np.where(known, np.minimum(speed, 50_000.0), -KNOT_MPS) / KNOT_MPS
    return findings("motion", joint, found, detail=np.rint(knots).astype(np.int32))


@dataclass(frozen=True, slots=True)
class Sites:
    """Protected sites.

    Parameters
    ----------
    names
        As they are spoken of.
    latitude_rad, longitude_rad, radius_m
        Of each; a course that passes within the radius leads to it.
    """

    names: tuple[str, ...]
    latitude_rad: Floats
    longitude_rad: Floats
    radius_m: Floats


class Approaches:
    """Which tracks have been heading for which site, and since when.

    Parameters
    ----------
    sites
        Protected sites.
    ahead_s
        A course is followed so far: 15 minutes, in which an airliner crosses a border zone.
    steady_s
        So long it must have led to the same site: a standard turn of 90 degrees takes 30 s.
    least_mps
        Slower tracks have no course to speak of.
    """

    def __init__(
        self,
        sites: Sites,
        *,
        ahead_s: float = 900.0,
        steady_s: float = 30.0,
        least_mps: float = 15.0,
    ) -> None:
        self._radius_m = np.ascontiguousarray(sites.radius_m, np.float64)
        self._unit = units(sites.latitude_rad, sites.longitude_rad)
        self._ahead_s, self._steady_s, self._least_mps = ahead_s, steady_s, least_mps
        self._track = np.empty(0, np.int64)
        self._site = np.empty(0, np.int32)
        self._since_ns = np.empty(0, np.int64)

    def findings(self, joint: JointTracks, now_ns: int) -> Findings:
        """Which site each track is heading for steadily; ``detail``: the site."""
        count = len(joint)
        site = np.empty(count, np.int32)
        kernels.approaches(
            np.require(joint.tracks.latitude_rad, np.float64, ("C", "W")),
            np.require(joint.tracks.longitude_rad, np.float64, ("C", "W")),
            np.require(joint.tracks.velocity_east_mps, np.float64, ("C", "W")),
            np.require(joint.tracks.velocity_north_mps, np.float64, ("C", "W")),
            self._unit,
            self._radius_m,
            self._ahead_s,
            self._least_mps,
            site,
            np.empty(count),
            np.empty(count),
        )
        since_ns = np.full(count, now_ns, np.int64)
        if len(self._track):
            at = np.searchsorted(self._track, joint.tracks.track)
            at = np.minimum(at, len(self._track) - 1)
            same = (self._track[at] == joint.tracks.track) & (self._site[at] == site)
            since_ns[same] = np.minimum(self._since_ns[at[same]], now_ns)
        order = np.argsort(joint.tracks.track, kind="stable")
        self._track = joint.tracks.track[order]
        self._site, self._since_ns = site[order], since_ns[order]
        steady = now_ns - since_ns >= self._steady_s * SECOND_NS
        speed = np.hypot(joint.tracks.velocity_east_mps, joint.tracks.velocity_north_mps)
        moving = speed >= self._least_mps
        found = np.full(count, NO_OUTCOME, np.int16)
        found[moving & (site < 0) & steady] = outcome("approach", "passing")
        found[moving & (site >= 0) & steady] = outcome("approach", "towards-site")
        return findings("approach", joint, found, detail=site)
