"""What partners tell of tracks, as arrays: the states with everything that came with them.

In and out: :class:`PartnerRows`, sorted by the sender's track number. All changes make new arrays;
nobody's arrays are altered.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from skypact.model.tracks import TRACK_COLUMNS, Tracks


@dataclass(frozen=True, slots=True)
class PartnerRows:
    """States of one station; every array has shape (rows,).

    Parameters
    ----------
    tracks
        The states under the sender's numbers.
    joint, allotted_ns, reporting, contributors
        As in :class:`~skypact.model.exchange.TrackClaims`, with bits of our own index; ``joint``
        is 0 where the number told is not believed, ``reporting`` whether the sender says that it
        reports the track itself.
    names
        Index of the station that a joint post names as the reporter, int64; -1 nobody.
    label, agreement
        Indexes in the picture's tables of labels and agreements, int32.
    received_ns
        When the state came, int64 UTC nanoseconds.
    renumbered
        How often its joint number changed, int32.
    joint_id
        The picture's own passing mark of the joint track it is part of, int64; -1 none.
    """

    tracks: Tracks
    joint: NDArray[np.int64]
    allotted_ns: NDArray[np.int64]
    reporting: NDArray[np.bool_]
    names: NDArray[np.int64]
    contributors: NDArray[np.uint64]
    label: NDArray[np.int32]
    agreement: NDArray[np.int32]
    received_ns: NDArray[np.int64]
    renumbered: NDArray[np.int32]
    joint_id: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.joint)

    @classmethod
    def empty(cls) -> PartnerRows:
        """No rows."""
        return cls(
            tracks=Tracks.empty(),
            joint=np.empty(0, np.int64),
            allotted_ns=np.empty(0, np.int64),
            reporting=np.empty(0, np.bool_),
            names=np.empty(0, np.int64),
            contributors=np.empty(0, np.uint64),
            label=np.empty(0, np.int32),
            agreement=np.empty(0, np.int32),
            received_ns=np.empty(0, np.int64),
            renumbered=np.empty(0, np.int32),
            joint_id=np.empty(0, np.int64),
        )

    def take(self, index: NDArray[np.int64] | NDArray[np.bool_] | slice) -> PartnerRows:
        """Rows by index array, mask or slice."""
        rows = {name: getattr(self, name)[index] for name in ROW_COLUMNS}
        return PartnerRows(tracks=self.tracks.take(index), **rows)

    @staticmethod
    def join(batches: Sequence[PartnerRows]) -> PartnerRows:
        """Batches end to end (at least one)."""
        if len(batches) == 1:
            return batches[0]
        rows = {name: np.concatenate([getattr(b, name) for b in batches]) for name in ROW_COLUMNS}
        return PartnerRows(tracks=Tracks.join([b.tracks for b in batches]), **rows)


ROW_COLUMNS = tuple(field.name for field in fields(PartnerRows) if field.name != "tracks")


def places(sorted_numbers: NDArray[np.int64], wanted: NDArray[np.int64]) -> NDArray[np.int64]:
    """Where each wanted number stands in a sorted array without repeats, -1 where it is not."""
    if len(sorted_numbers) == 0:
        return np.full(len(wanted), -1, np.int64)
    at = np.searchsorted(sorted_numbers, wanted)
    at[at == len(sorted_numbers)] = 0
    return np.where(sorted_numbers[at] == wanted, at, -1)


def remembered_rows(
    known: NDArray[np.int64], joint_id: NDArray[np.int64], merged: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """What is remembered of joint tracks, by their passing marks.

    Parameters
    ----------
    known
        Marks that something is remembered of, sorted.
    joint_id
        Marks of the joint tracks now.
    merged
        Marks that went into others, and those others; (merges, 2).

    Returns
    -------
    row, there
        Joint track now, and place in ``known``. Of a joint track that stands twice the later
        pair is its own mark, the one before that of what went into it.
    """
    order = np.argsort(joint_id, kind="stable")
    into = places(joint_id[order], merged[:, 1])
    heir = into >= 0
    rows = np.concatenate([order[into[heir]], np.arange(len(joint_id))])
    at = places(known, np.concatenate([merged[heir, 0], joint_id]))
    return rows[at >= 0], at[at >= 0]


def without_sensors(tracks: Tracks) -> Tracks:
    """The same states with one empty word of sensors: a partner's bits mean nothing here."""
    columns = {name: getattr(tracks, name) for name in TRACK_COLUMNS}
    columns["sensors"] = np.zeros((len(tracks), 1), np.uint64)
    return Tracks(**columns)
