"""Texts of the picture: callsigns and contributing sensors, told to browsers only on change.

In: tracks each output second. Out: JSON messages that bring a browser from the revision it
has to the current one. A browser that fell behind gets everything once, so that no queue of
changes is kept for it. Format: docs/reference/picture-frame.md.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skypact.model.tracks import Tracks


class PictureTexts:
    """The texts of the current picture and of the step that led to it."""

    def __init__(self) -> None:
        self.revision = 0
        self._now = Tracks.empty()
        self._step: str | None = None
        self._whole: str | None = None

    def update(self, tracks: Tracks) -> None:
        """Take the next picture; the revision grows by one if any text changed."""
        tracks = tracks.take(np.argsort(tracks.track, kind="stable"))
        changed, gone = _differences(self._now, tracks)
        if len(changed) or len(gone):
            step = {
                "type": "texts",
                "revision": self.revision + 1,
                "base": self.revision,
                "rows": _rows(tracks.take(changed)),
                "gone": gone.tolist(),
            }
            self.revision += 1
            self._step = json.dumps(step, separators=(",", ":"))
            self._whole = None
        self._now = tracks

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
            }
            self._whole = json.dumps(whole, separators=(",", ":"))
        return self._whole


def sensor_indices(words: NDArray[np.uint64]) -> list[int]:
    """Indices in the sensor table whose bits are set in one track's ``sensors`` words."""
    octets = np.ascontiguousarray(words).astype("<u8").view(np.uint8)
    bits = np.unpackbits(octets, bitorder="little")
    return [int(index) for index in np.flatnonzero(bits)]


def callsign_text(callsign: bytes) -> str:
    """Callsign as text; whatever is not ASCII is shown as a replacement sign, never guessed."""
    return callsign.decode("ascii", "replace").strip()


def _differences(before: Tracks, after: Tracks) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows of ``after`` that are new or changed, and track numbers gone; both sorted by track."""
    gone = before.track[~np.isin(before.track, after.track)]
    if not len(before) or before.sensors.shape[1] != after.sensors.shape[1]:
        return np.arange(len(after), dtype=np.int64), gone
    place = np.minimum(np.searchsorted(before.track, after.track), len(before) - 1)
    same = (
        (before.track[place] == after.track)
        & (before.callsign[place] == after.callsign)
        & (before.sensors[place] == after.sensors).all(axis=1)
    )
    return np.flatnonzero(~same), gone


def _rows(tracks: Tracks) -> list[list[Any]]:
    """``[track, callsign, [sensor indices]]`` of each track; only changed ones come here."""
    octets = np.ascontiguousarray(tracks.sensors).astype("<u8").view(np.uint8)
    row, sensor = np.nonzero(np.unpackbits(octets, axis=1, bitorder="little"))
    ends = np.searchsorted(row, np.arange(len(tracks) + 1)).tolist()
    sensors = sensor.tolist()
    return [
        [track, callsign_text(callsign), sensors[begin:end]]
        for track, callsign, begin, end in zip(
            tracks.track.tolist(), tracks.callsign.tolist(), ends[:-1], ends[1:], strict=True
        )
    ]
