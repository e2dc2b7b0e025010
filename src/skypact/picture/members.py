"""The states of all stations at one step, end to end, with the joint track each belongs to.

In: own tracks and partners' rows. Out: :class:`Members`, own ones first, then station after
station in the order of codes; and seats: who tells of each joint track.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skypact.model.time import SECOND_NS
from skypact.model.tracks import TRACK_COLUMNS, Tracks
from skypact.picture.claims import OwnTracks
from skypact.picture.limits import PictureLimits
from skypact.picture.partners import Partner
from skypact.picture.rows import PartnerRows
from skypact.picture.stations import StationIndex

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Members:
    """States of all stations; every array has shape (rows,).

    Parameters
    ----------
    tracks
        The states as they were told; ``sensors`` is empty for those of partners.
    own
        How many are our own: the first.
    station, rank
        Index of the station that tells it, and its place in the order of codes.
    joint, allotted_ns, reporting, contributors
        As told, for own tracks as remembered.
    names
        Index of the station that a post names as the reporter, -1 nobody.
    fresh
        Whether it is up to date.
    heard_ns
        When it came.
    sigma_m
        How sure it was when it was measured.
    part
        Index of what it is marked with among its station's ``parts``, -1 for own tracks.
    """

    tracks: Tracks
    own: int
    station: Ints
    rank: Ints
    joint: Ints
    allotted_ns: Ints
    reporting: Bools
    names: Ints
    contributors: NDArray[np.uint64]
    fresh: Bools
    heard_ns: Ints
    sigma_m: NDArray[np.float64]
    part: Ints

    def __len__(self) -> int:
        return len(self.station)


def members_of(
    own: Tracks,
    remembered: OwnTracks,
    partners: Sequence[tuple[Partner, PartnerRows, Bools]],
    stations: StationIndex,
    now_ns: int,
    limits: PictureLimits,
) -> Members:
    """All states end to end.

    Parameters
    ----------
    own
        Own tracks.
    remembered
        What is remembered of them, in the same order.
    partners
        Each partner with its confirmed rows and which of these are fresh, in the order of codes.
    stations
        Indexes.
    now_ns
        The instant.
    limits
        When a state is fresh.
    """
    count, rows = len(own), [rows for _, rows, _ in partners]
    recent = now_ns - own.last_plot_ns <= round(limits.fresh_s * SECOND_NS)
    counts = [count, *(len(r) for r in rows)]
    station = np.repeat(np.array([0, *(p.index for p, _, _ in partners)]), counts)
    told = PartnerRows.join([PartnerRows.empty(), *rows])
    tracks = told.tracks
    return Members(
        tracks=joined(own, tracks),
        own=count,
        station=station.astype(np.int64),
        rank=stations.rank()[station],
        joint=np.concatenate([remembered.joint, told.joint]),
        allotted_ns=np.concatenate([remembered.allotted_ns, told.allotted_ns]),
        reporting=np.concatenate([remembered.reporting, told.reporting]),
        names=np.concatenate([np.full(count, -1, np.int64), told.names]),
        contributors=np.concatenate([remembered.contributors, told.contributors]),
        fresh=np.concatenate(
            [recent & own.confirmed & ~own.coasting, *(fresh for _, _, fresh in partners)]
        ),
        heard_ns=np.concatenate([np.full(count, now_ns, np.int64), told.received_ns]),
        sigma_m=np.concatenate([remembered.sigma_m, tracks.horizontal_sigma_m]),
        part=np.concatenate([np.full(count, -1, np.int64), told.label.astype(np.int64)]),
    )


def joined(own: Tracks, others: Tracks) -> Tracks:
    """Own states and partners', which have no sensors of ours, end to end."""
    columns = {
        name: np.concatenate([getattr(own, name), getattr(others, name)])
        for name in TRACK_COLUMNS
        if name != "sensors"
    }
    none = np.zeros((len(others), own.sensors.shape[1]), np.uint64)
    return Tracks(**columns, sensors=np.concatenate([own.sensors, none]))


def seats(members: Members, group: Ints, groups: int, stations: int) -> Ints:
    """Row of each station's state of each joint track, -1 where it has none; (groups, stations)."""
    seat = np.full((groups, stations), -1, np.int64)
    seat[group, members.station] = np.arange(len(members))
    return seat


def borne_out(members: Members, seat: Ints) -> Bools:
    """Whether two stations that share no sensor tell of each joint track; shape (groups,).

    A station that passes on what another one told bears out nothing.
    """
    groups, stations = seat.shape
    found = np.zeros(groups, np.bool_)
    several = np.flatnonzero((seat >= 0).sum(axis=1) > 1)
    taken = seat[several]
    bits = np.where(taken >= 0, members.contributors[taken], np.uint64(0))
    either = np.zeros(len(several), np.bool_)
    for one in range(stations):
        for other in range(one + 1, stations):
            both = (taken[:, one] >= 0) & (taken[:, other] >= 0)
            either |= both & ((bits[:, one] & bits[:, other]) == 0)
    found[several] = either
    return found


def informing(members: Members, group: Ints, groups: int) -> Bools:
    """Which states tell us something new: loop protection; shape (rows,).

    A state that rests on our own sensors too brings our own data back: it is used only where
    nothing else tells of the aircraft.
    """
    looped = (members.station != 0) & (members.contributors & np.uint64(1) != 0)
    free = np.zeros(groups, np.bool_)
    free[group[~looped]] = True
    mask: Bools = ~looped | ~free[group]
    return mask
