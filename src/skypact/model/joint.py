"""The joint picture: one row per aircraft that any station of the agreements tells of."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from skypact.model.tracks import Tracks


@dataclass(frozen=True, slots=True)
class JointTracks:
    """A joint picture at one instant; every array has shape (tracks,).

    Parameters
    ----------
    tracks
        The joint states: ``track`` is the joint number, or, where a track has none yet, minus
        the node's own track number; ``sensors`` are the node's own that contributed.
    stations
        Codes of the stations that indexes and bits stand for; index 0 is the node itself.
    reporter
        Index of the station that reports the track, int16.
    contributors
        Bits of the stations whose sensors the state rests on, uint64.
    own_track
        The node's own-sensor track behind it, int64; -1 where none.
    unconfirmed
        Whether one partner alone tells of it and no other station bears it out, bool.
    blurred
        Whether nothing but coarse and late states tell of it, bool.
    """

    tracks: Tracks
    stations: tuple[str, ...]
    reporter: NDArray[np.int16]
    contributors: NDArray[np.uint64]
    own_track: NDArray[np.int64]
    unconfirmed: NDArray[np.bool_]
    blurred: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.own_track)

    @classmethod
    def of_own(cls, tracks: Tracks, station: str) -> JointTracks:
        """A picture of the node's own tracks alone, under their own numbers."""
        count = len(tracks)
        return cls(
            tracks=tracks,
            stations=(station,),
            reporter=np.zeros(count, np.int16),
            contributors=np.ones(count, np.uint64),
            own_track=tracks.track.copy(),
            unconfirmed=np.zeros(count, np.bool_),
            blurred=np.zeros(count, np.bool_),
        )

    def take(self, index: NDArray[np.int64] | NDArray[np.bool_] | slice) -> JointTracks:
        """Rows by index array, mask or slice."""
        rows = {
            field.name: getattr(self, field.name)[index]
            for field in fields(self)
            if field.name not in ("tracks", "stations")
        }
        return JointTracks(tracks=self.tracks.take(index), stations=self.stations, **rows)
