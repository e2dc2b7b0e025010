"""What the rules find at one look: conditions, and the look itself.

In: tracks, what is known of them beside, and what was remembered. Out: :class:`Condition`, the one
thing that every rule hands to the book of alerts.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from skypact.alerts.areas import FLIGHT_LEVEL_M
from skypact.alerts.rules import Rule
from skypact.model.alerts import AlertKind, Severity
from skypact.model.labels import IDENTITIES
from skypact.model.tracks import Tracks

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

NOT_ASSESSED = -1
UNKNOWN_IDENTITIES = tuple(IDENTITIES.index(word) for word in ("pending", "unknown"))


@dataclass(frozen=True, slots=True)
class TrackFacts:
    """What is known of tracks beside their states; every array has shape (tracks,).

    Parameters
    ----------
    emergency
        ADS-B emergency state (0 to 7, ICAO Doc 9871, BDS 6,1), int8; -1 unknown.
    identity
        Index in ``model.labels.IDENTITIES``, int8; -1 not assessed.
    ground_m
        Height of the ground under each, float64, WGS-84; NaN unknown.
    suspicion
        Bits of the criteria that hold (``suspicion.CRITERIA``), uint8; 0 none.
    """

    emergency: NDArray[np.int8]
    identity: NDArray[np.int8]
    ground_m: Floats
    suspicion: NDArray[np.uint8]

    @classmethod
    def none(cls, count: int) -> TrackFacts:
        """Nothing known."""
        return cls(
            np.full(count, -1, np.int8),
            np.full(count, NOT_ASSESSED, np.int8),
            np.full(count, np.nan),
            np.zeros(count, np.uint8),
        )


class Key(NamedTuple):
    """What makes two conditions the same: rule, tracks, area, sensor or station."""

    rule: str
    tracks: tuple[int, ...] = ()
    area: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Condition:
    """Something that a rule found.

    Parameters
    ----------
    key, rule
        What it is of, and by which rule.
    kind, severity, text
        As the alert will have them.
    level
        Stage: 1 is graver than 0 (it has happened; it is predicted).
    raises
        False: enough to keep an alert that stands, not to raise one.
    latitude_rad, longitude_rad, altitude_m
        Where, NaN where nowhere.
    at_ns
        When what it predicts is expected, -1 where it predicts nothing.
    """

    key: Key
    rule: Rule
    kind: AlertKind
    severity: Severity
    text: str
    level: int = 1
    raises: bool = True
    latitude_rad: float = float("nan")
    longitude_rad: float = float("nan")
    altitude_m: float = float("nan")
    at_ns: int = -1


@dataclass(frozen=True)
class Look:
    """The picture at one instant as the rules see it.

    Parameters
    ----------
    now_ns
        Time of the look.
    tracks, facts
        The picture, and what is known beside.
    turn_rps
        Steady rate of turn, clockwise, (tracks,); 0 where it flies straight or nobody knows.
    """

    now_ns: int
    tracks: Tracks
    facts: TrackFacts
    turn_rps: Floats

    @cached_property
    def placed(self) -> Bools:
        """Whether a track has a position that is one."""
        tracks = self.tracks
        with np.errstate(invalid="ignore"):
            there = np.abs(tracks.latitude_rad) <= np.pi / 2 + 1e-9
        placed: Bools = there & np.isfinite(tracks.longitude_rad)
        return placed

    @cached_property
    def speed_mps(self) -> Floats:
        """Horizontal speed, NaN unknown."""
        with np.errstate(over="ignore", invalid="ignore"):
            return np.hypot(self.tracks.velocity_east_mps, self.tracks.velocity_north_mps)

    @cached_property
    def height_m(self) -> Floats:
        """Height to show and to compare roughly: geometric, else pressure height, else NaN."""
        tracks = self.tracks
        return np.where(
            np.isfinite(tracks.altitude_m), tracks.altitude_m, tracks.pressure_altitude_m
        )

    @cached_property
    def coded(self) -> Bools:
        """Whether a transponder is known of."""
        tracks = self.tracks
        coded: Bools = (tracks.mode_3a >= 0) | (tracks.mode_s >= 0) | (tracks.callsign != b"")
        return coded

    @cached_property
    def unknown(self) -> Bools:
        """Assessed as pending or unknown, or not assessed and without any code."""
        identity = self.facts.identity
        assessed = np.isin(identity, UNKNOWN_IDENTITIES)
        unknown: Bools = assessed | ((identity == NOT_ASSESSED) & ~self.coded)
        return unknown

    @cached_property
    def row_of(self) -> dict[int, int]:
        """Row of each track number."""
        return {int(number): row for row, number in enumerate(self.tracks.track)}

    def name(self, row: int) -> str:
        """A track in words: its number, and its callsign or code."""
        tracks = self.tracks
        number = int(tracks.track[row])
        words = f"track {number}" if number > 0 else f"own track {-number}"
        callsign = tracks.callsign[row].decode("ascii", "replace").strip()
        code = int(tracks.mode_3a[row])
        said = [callsign] if callsign else []
        said += [f"code {code:04o}"] if code >= 0 else []
        return f"{words} ({', '.join(said)})" if said else words

    def height(self, row: int) -> str:
        """A track's height in words."""
        pressure, geometric = (
            float(self.tracks.pressure_altitude_m[row]),
            float(self.tracks.altitude_m[row]),
        )
        if np.isfinite(pressure):
            return f"at FL{max(0, round(pressure / FLIGHT_LEVEL_M)):03d}"
        if np.isfinite(geometric):
            return f"at {round(geometric, -1):,.0f} m"
        return "at unknown height"

    def place(self, row: int) -> tuple[float, float, float]:
        """Latitude, longitude (rad) and height (m) of a track."""
        tracks = self.tracks
        return (
            float(tracks.latitude_rad[row]),
            float(tracks.longitude_rad[row]),
            float(self.height_m[row]),
        )

    def of_track(  # noqa: PLR0913  (all but the first four are the exception)
        self,
        row: int,
        rule: Rule,
        kind: AlertKind,
        text: str,
        *,
        area: str = "",
        level: int = 1,
        raises: bool = True,
        severity: Severity | None = None,
        at_ns: int = -1,
    ) -> Condition:
        """A condition of one track, where it is."""
        latitude, longitude, height = self.place(row)
        return Condition(
            key=Key(rule.id, (int(self.tracks.track[row]),), area),
            rule=rule,
            kind=kind,
            severity=severity or rule.severity,
            text=text[:1].upper() + text[1:],
            level=level,
            raises=raises,
            latitude_rad=latitude,
            longitude_rad=longitude,
            altitude_m=height,
            at_ns=at_ns,
        )
