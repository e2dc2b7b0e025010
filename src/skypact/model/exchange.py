"""What passes between stations: their names, track states, plots, durable items.

A *station* is a node that takes part in an exchange. It is staffed by one party of an agreement
and has a code of its own: a nation's node has the party's code ("KG"), a joint post or a second
node another one ("KANT"). What a station receives keeps its label and the agreement it came under.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from skypact.model.labels import Label
from skypact.model.plots import Plots
from skypact.model.sensors import Sensor
from skypact.model.tracks import Tracks

STATION_CODE = re.compile(r"[A-Z][A-Z0-9-]{0,7}")
"""At most 8 characters, like the codes of parties; the audit's records have room for as many."""

NO_JOINT_NUMBER = 0
"""A track that has no joint number (yet); joint numbers count from 1 and stay below 2**32 - 1."""

NO_REPORTER = -1
"""Nobody is said to report a track."""

DurableKind = Literal[
    "order", "identity", "alert", "threat-report", "audit-head", "amendment", "sensors"
]
"""Kinds of items that must arrive exactly once, in order. ``sensors`` describes those whose plots
are released."""


@dataclass(frozen=True, slots=True)
class TrackClaims:
    """What a station says of tracks beside their states; every array has shape (tracks,).

    Parameters
    ----------
    joint
        The joint number it knows the track by, int64; ``NO_JOINT_NUMBER`` where none.
    allotted_ns
        When that number was given out, int64 UTC nanoseconds; 0 where none.
    reporter
        Index in ``stations`` of who reports the track (is responsible for it towards all) as the
        sender says, int16; ``NO_REPORTER`` where it does not say. A nation's station says so of
        itself alone; a joint post says who does among those that it hears.
    contributors
        Bits of the stations in ``stations`` whose sensors the state rests on, uint64. This is
        the pedigree: states of overlapping pedigree share information.
    stations
        Codes of the stations that bits stand for; bit ``k`` is ``stations[k]``.
    """

    joint: NDArray[np.int64]
    allotted_ns: NDArray[np.int64]
    reporter: NDArray[np.int16]
    contributors: NDArray[np.uint64]
    stations: tuple[str, ...]

    @classmethod
    def own_only(cls, count: int, station: str) -> TrackClaims:
        """Claims of tracks from a station's own sensors that have no joint number yet."""
        return cls(
            joint=np.zeros(count, np.int64),
            allotted_ns=np.zeros(count, np.int64),
            reporter=np.full(count, NO_REPORTER, np.int16),
            contributors=np.ones(count, np.uint64),
            stations=(station,),
        )

    def take(self, index: NDArray[np.int64] | NDArray[np.bool_] | slice) -> TrackClaims:
        """Rows by index array, mask or slice."""
        return TrackClaims(
            self.joint[index],
            self.allotted_ns[index],
            self.reporter[index],
            self.contributors[index],
            self.stations,
        )


@dataclass(frozen=True, slots=True)
class PartnerTracks:
    """Track states that one station sent, all of one label.

    Parameters
    ----------
    station
        Who sent them.
    agreement
        Id of the agreement they came under.
    label
        Of each of them.
    tracks, claims
        The states; ``track`` is the sender's own number, ``sensors`` is empty (zeros).
    blurred
        Whether the sender's release blurred them: coarse, late, under passing numbers.
    ended
        The sender's numbers of tracks that it no longer has, int64.
    keyframe
        Whether this is a part of a whole picture: see ``whole``.
    whole
        On the last part of a keyframe, all track numbers that the keyframe had; else None.
        What is not in it the sender no longer has (or no longer releases).
    received_ns
        Time of reception here, int64 UTC nanoseconds.
    """

    station: str
    agreement: str
    label: Label
    tracks: Tracks
    claims: TrackClaims
    blurred: bool
    ended: NDArray[np.int64]
    keyframe: bool
    whole: NDArray[np.int64] | None
    received_ns: int


@dataclass(frozen=True, slots=True)
class PartnerPlots:
    """Plots that one station sent, all of one label; ``sensor`` is an index in ``sensors``."""

    station: str
    agreement: str
    label: Label
    plots: Plots
    sensors: tuple[Sensor, ...]
    received_ns: int


@dataclass(frozen=True, slots=True)
class DurableItem:
    """One thing that must arrive: exactly once in effect, in order, whatever the link does.

    Parameters
    ----------
    kind
        What it is.
    id
        Name of the item by its maker, 16 bytes: the same item never takes effect twice.
    label
        What it is marked with.
    body
        Its content, as its own room encodes it; at most ``LARGEST_BODY`` bytes.
    made_ns
        When it was made, int64 UTC nanoseconds.
    """

    kind: DurableKind
    id: bytes
    label: Label
    body: bytes
    made_ns: int


LARGEST_BODY = 64 * 1024
"""Bytes of a durable item's content."""


@dataclass(frozen=True, slots=True)
class ReceivedItem:
    """A durable item as it arrived: from whom, under what, and its place in that link's order."""

    station: str
    agreement: str
    number: int
    item: DurableItem
    received_ns: int


@dataclass(frozen=True, slots=True)
class NumberBlock:
    """Joint track numbers that a station may give out: ``first`` to ``last``, both included."""

    station: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class ThreatReport:
    """A report on a threat from the air: words, where and when it holds, and which tracks it is of.

    Parameters
    ----------
    id
        16 bytes, by its maker.
    station, party
        Who made it.
    label
        What it is marked with.
    text
        In the maker's words, at most 4,000 characters.
    made_ns, from_ns, until_ns
        When it was made, and from when until when it holds; int64 UTC nanoseconds.
    latitude_rad, longitude_rad, radius_m
        A circle; NaN where it has no place or ``outline`` gives it.
    outline
        Corners (latitude_rad, longitude_rad) of the area, none where the circle gives it.
    tracks
        Joint numbers it is of.
    """

    id: bytes
    station: str
    party: str
    label: Label
    text: str
    made_ns: int
    from_ns: int
    until_ns: int
    latitude_rad: float = float("nan")
    longitude_rad: float = float("nan")
    radius_m: float = float("nan")
    outline: tuple[tuple[float, float], ...] = ()
    tracks: tuple[int, ...] = ()


def is_station_code(text: str) -> bool:
    """Whether a text may name a station."""
    return STATION_CODE.fullmatch(text) is not None


def blocks_of(blocks: Sequence[NumberBlock], station: str) -> tuple[NumberBlock, ...]:
    """The blocks that a station may give numbers from, in order."""
    return tuple(sorted((b for b in blocks if b.station == station), key=lambda b: b.first))
