"""Texts of the picture: callsigns, contributing sensors, stations; told to browsers on change.

In: tracks, and the codes of stations, each output second. Out: JSON messages that bring a
browser from the revision it has to the current one. A browser that fell behind gets everything
once, so that no queue of changes is kept for it. Format: docs/reference/picture-frame.md.
"""

from __future__ import annotations

import json
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from skypact.model.tracks import Tracks


class _Told(NamedTuple):
    """What the texts are of, sorted by track: no other column is worth keeping."""

    track: NDArray[np.int64]
    callsign: NDArray[np.bytes_]
    sensors: NDArray[np.uint64]

    @classmethod
    def of(cls, tracks: Tracks) -> _Told:
        """The columns of a picture that are told."""
        order = np.argsort(tracks.track, kind="stable")
        return cls(tracks.track[order], tracks.callsign[order], tracks.sensors[order])

    def rows(self, index: NDArray[np.int64]) -> _Told:
        """Some of the rows."""
        return _Told(self.track[index], self.callsign[index], self.sensors[index])


class PictureTexts:
    """The texts of the current picture and of the step that led to it."""

    def __init__(self) -> None:
        self.revision = 0
        self._now = _Told.of(Tracks.empty())
        self._stations: tuple[str, ...] = ()
        self._step: str | None = None
        self._whole: str | None = None

    def update(self, tracks: Tracks, stations: tuple[str, ...] = ()) -> None:
        """Take the next picture; the revision grows by one if any text changed."""
        told = _Told.of(tracks)
        changed, gone = _differences(self._now, told)
        if len(changed) or len(gone) or stations != self._stations:
            self._stations = stations
            step = {
                "type": "texts",
                "revision": self.revision + 1,
                "base": self.revision,
                "rows": _rows(told.rows(changed)),
                "gone": gone.tolist(),
            } | self._named_stations()
            self.revision += 1
            self._step = json.dumps(step, separators=(",", ":"))
            self._whole = None
        self._now = told

    def since(self, revision: int) -> str | None:
        """Message for a browser that holds ``revision`` (-1: nothing); None if it has all."""
        if revision == self.revision:
            return None
        if self._step is not None and revision == self.revision - 1:
            return self._step
        if self._whole is None:
            whole = {
                "type": "texts",
                "revision": self.revision,
                "base": None,
                "rows": _rows(self._now),
                "gone": [],
            } | self._named_stations()
            self._whole = json.dumps(whole, separators=(",", ":"))
        return self._whole

    def _named_stations(self) -> dict[str, list[str]]:
        """What the frame's station numbers stand for; nothing where there is no exchange."""
        return {"stations": list(self._stations)} if self._stations else {}


def sensor_indices(words: NDArray[np.uint64]) -> list[int]:
    """Indices in the sensor table whose bits are set in one track's ``sensors`` words."""
    octets = np.ascontiguousarray(words).astype("<u8").view(np.uint8)
    bits = np.unpackbits(octets, bitorder="little")
    return [int(index) for index in np.flatnonzero(bits)]


def callsign_text(callsign: bytes) -> str:
    """Callsign as text; whatever is not ASCII is shown as a replacement sign, never guessed."""
    return callsign.decode("ascii", "replace").strip()


def _differences(before: _Told, after: _Told) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows of ``after`` that are new or changed, and track numbers gone; both sorted by track."""
    gone = before.track[~np.isin(before.track, after.track)]
    if not len(before.track) or before.sensors.shape[1] != after.sensors.shape[1]:
        return np.arange(len(after.track), dtype=np.int64), gone
    place = np.minimum(np.searchsorted(before.track, after.track), len(before.track) - 1)
    same = (
        (before.track[place] == after.track)
        & (before.callsign[place] == after.callsign)
        & (before.sensors[place] == after.sensors).all(axis=1)
    )
    return np.flatnonzero(~same), gone


def _rows(told: _Told) -> list[list[Any]]:
    """``[track, callsign, [sensor indices]]`` of each track; only changed ones come here."""
    octets = np.ascontiguousarray(told.sensors).astype("<u8").view(np.uint8)
    row, sensor = np.nonzero(np.unpackbits(octets, axis=1, bitorder="little"))
    ends = np.searchsorted(row, np.arange(len(told.track) + 1)).tolist()
    sensors = sensor.tolist()
    return [
        [track, callsign_text(callsign), sensors[begin:end]]
        for track, callsign, begin, end in zip(
            told.track.tolist(), told.callsign.tolist(), ends[:-1], ends[1:], strict=True
        )
    ]
