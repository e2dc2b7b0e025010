"""What must be remembered of tracks from one look to the next.

In: the picture's tracks once a second. Out: since when each is known, its steady turn, the codes
it has held, and which tracks are new, lost, or go on under another number. Arrays in the order of
track numbers; bounded by the tracks of one look and those lost of late.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from skypact.model.time import SECOND_NS
from skypact.model.tracks import Tracks

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

TURN_MEMORY_S = 6.0
"""Turns are averaged over this long: a standard turn (3 deg/s) is seen within two of them."""
LEAST_TURN_RPS = 0.009
"""Half a degree a second; less is noise of the tracker's velocity."""
STEADY = 0.7
"""Part of all turning that must be to one side."""
LEAST_SPEED_MPS = 20.0
"""Slower tracks have no heading worth the name."""


@dataclass(frozen=True, slots=True)
class TrackMemory:
    """Tracks of the last look; every array has shape (tracks,), in the order of numbers.

    Parameters
    ----------
    now_ns
        When that was.
    track
        Numbers.
    confirmed_ns
        Since when each has been confirmed; -1 not yet.
    east_mps, north_mps
        Velocity then.
    turn_rps, turning_rps
        Mean rate of turn clockwise, and mean of its size.
    latitude_rad, longitude_rad, height_m
        Where it was.
    mode_s, mode_s_ns, mode_s_before, mode_s_before_ns
        The last address (-1 none yet) and since when; the one before (-1 none) and how long
        the track had had it.
    coded, coded_ns, coded_before_ns
        Whether it has any code, since when that is so, and for how long it was otherwise before.
    """

    now_ns: int
    track: Ints
    confirmed_ns: Ints
    east_mps: Floats
    north_mps: Floats
    turn_rps: Floats
    turning_rps: Floats
    latitude_rad: Floats
    longitude_rad: Floats
    height_m: Floats
    mode_s: NDArray[np.int32]
    mode_s_ns: Ints
    mode_s_before: NDArray[np.int32]
    mode_s_before_ns: Ints
    coded: Bools
    coded_ns: Ints
    coded_before_ns: Ints

    @classmethod
    def of(cls, tracks: Tracks, now_ns: int) -> TrackMemory:
        """Memory of a first look."""
        count = len(tracks)
        order = np.argsort(tracks.track, kind="stable")
        since = np.full(count, now_ns, np.int64)
        return cls(
            now_ns=now_ns,
            track=tracks.track[order],
            confirmed_ns=np.where(tracks.confirmed[order], now_ns, -1),
            east_mps=tracks.velocity_east_mps[order],
            north_mps=tracks.velocity_north_mps[order],
            turn_rps=np.zeros(count),
            turning_rps=np.zeros(count),
            latitude_rad=tracks.latitude_rad[order],
            longitude_rad=tracks.longitude_rad[order],
            height_m=np.where(
                np.isfinite(tracks.altitude_m), tracks.altitude_m, tracks.pressure_altitude_m
            )[order],
            mode_s=tracks.mode_s[order],
            mode_s_ns=since,
            mode_s_before=np.full(count, -1, np.int32),
            mode_s_before_ns=np.full(count, -1, np.int64),
            coded=((tracks.mode_3a >= 0) | (tracks.mode_s >= 0) | (tracks.callsign != b""))[order],
            coded_ns=since.copy(),
            coded_before_ns=np.full(count, -1, np.int64),
        )

    def take(self, rows: Ints | Bools) -> TrackMemory:
        """Rows by index array or mask."""
        columns = {
            field.name: getattr(self, field.name)[rows]
            for field in fields(self)
            if field.name != "now_ns"
        }
        return TrackMemory(now_ns=self.now_ns, **columns)

    def renumbered(self, numbers: dict[int, int]) -> TrackMemory:
        """The same tracks under other numbers."""
        if not numbers:
            return self
        track = np.array([numbers.get(int(one), int(one)) for one in self.track], np.int64)
        order = np.argsort(track, kind="stable")
        return replace(self, track=track).take(order)

    def rows(self, tracks: Ints) -> Ints:
        """Row of each number (n,), -1 where it was not there."""
        if not len(self.track):
            return np.full(len(tracks), -1, np.int64)
        at = np.minimum(np.searchsorted(self.track, tracks), len(self.track) - 1)
        return np.where(self.track[at] == tracks, at, -1)

    def steady_turn_rps(self, tracks: Ints) -> Floats:
        """Rate of turn clockwise of tracks (n,), 0 where it is none or not steady."""
        rows = self.rows(tracks)
        turn, turning = self.turn_rps[rows], self.turning_rps[rows]
        steady = (np.abs(turn) >= LEAST_TURN_RPS) & (np.abs(turn) >= STEADY * turning)
        return np.where(steady & (rows >= 0), turn, 0.0)


def remember(before: TrackMemory, tracks: Tracks, now_ns: int) -> TrackMemory:
    """Memory after a look, from that before it (``now_ns`` after its own)."""
    now = TrackMemory.of(tracks, now_ns)
    rows = before.rows(now.track)
    known = np.flatnonzero(rows >= 0)
    old = before.take(rows[known])
    for_s = (now_ns - before.now_ns) / SECOND_NS
    since = now.confirmed_ns[known]
    now.confirmed_ns[known] = np.where(
        (since >= 0) & (old.confirmed_ns >= 0), old.confirmed_ns, since
    )
    _keep_turns(now, known, old, for_s)
    _keep_addresses(now, known, old)
    turned = now.coded[known] != old.coded
    now.coded_before_ns[known] = np.where(turned, now_ns - old.coded_ns, old.coded_before_ns)
    now.coded_ns[known] = np.where(turned, now_ns, old.coded_ns)
    return now


def _keep_addresses(now: TrackMemory, known: Ints, old: TrackMemory) -> None:
    """An address not seen for a while is still the last one; the first is no change."""
    told = now.mode_s[known]
    address = np.where(told >= 0, told, old.mode_s)
    first = (old.mode_s < 0) & (address >= 0)
    other = (address != old.mode_s) & ~first
    now.mode_s[known] = address
    now.mode_s_ns[known] = np.where(other | first, now.now_ns, old.mode_s_ns)
    now.mode_s_before[known] = np.where(other, old.mode_s, old.mode_s_before)
    now.mode_s_before_ns[known] = np.where(other, now.now_ns - old.mode_s_ns, old.mode_s_before_ns)


def _keep_turns(now: TrackMemory, known: Ints, old: TrackMemory, for_s: float) -> None:
    if for_s <= 0.0:
        now.turn_rps[known], now.turning_rps[known] = old.turn_rps, old.turning_rps
        return
    east, north = now.east_mps[known], now.north_mps[known]
    with np.errstate(invalid="ignore", over="ignore"):
        # clockwise from north: the sine is old north x new east - old east x new north
        turned = np.arctan2(
            old.north_mps * east - old.east_mps * north, old.east_mps * east + old.north_mps * north
        )
        fast = np.hypot(east, north) >= LEAST_SPEED_MPS
        fast &= np.hypot(old.east_mps, old.north_mps) >= LEAST_SPEED_MPS
    rate = np.where(fast & np.isfinite(turned), turned / for_s, 0.0)
    weight = 1.0 - np.exp(-for_s / TURN_MEMORY_S)
    now.turn_rps[known] = old.turn_rps + weight * (rate - old.turn_rps)
    now.turning_rps[known] = old.turning_rps + weight * (np.abs(rate) - old.turning_rps)
