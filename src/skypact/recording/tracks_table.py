"""TRACKS.parquet: track states as a file, and the digest by which two runs are compared.

The contract (docs/reference/tables.md): one row per track per output period, degrees in the
file, ``sensors`` as a list of names.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from skypact.model.sensors import SensorTable
from skypact.model.tracks import TRACK_COLUMNS, Tracks, sensor_words
from skypact.recording.plots_table import file_name, text_or_null


def contributing(tracks: Tracks, sensors: SensorTable) -> pa.Array:
    """Names of the contributing sensors of each track, as a list column."""
    # Bits of a word in the order of the sensors, whatever the machine's byte order.
    bits = (tracks.sensors[:, :, None] >> np.arange(64, dtype=np.uint64)) & np.uint64(1)
    flags = bits.reshape(len(tracks), 64 * tracks.sensors.shape[1])[:, : len(sensors)].astype(bool)
    rows, index = np.nonzero(flags)
    offsets = np.searchsorted(rows, np.arange(len(tracks) + 1)).astype(np.int32)
    names = pa.array([sensor.name for sensor in sensors], type=pa.string())
    values = pa.DictionaryArray.from_arrays(pa.array(index.astype(np.int32)), names)
    return pa.ListArray.from_arrays(offsets, values.cast(pa.string()))


def tracks_to_arrow(tracks: Tracks, sensors: SensorTable) -> pa.Table:
    """The track table in contract units, sensors by name."""
    columns: dict[str, Any] = {}
    for name in TRACK_COLUMNS:
        values = getattr(tracks, name)
        if name == "covariance":
            continue  # the sigma says what most want; 80 bytes a row say the rest
        if name == "sensors":
            columns[name] = contributing(tracks, sensors)
        elif name == "callsign":
            columns[name] = text_or_null(values)
        else:
            columns[file_name(name)] = np.degrees(values) if name.endswith("_rad") else values
    return pa.table(columns)


SMOOTHED = b"smoothed"
"""Key of the file's metadata: ``true`` where states are computed from later plots too."""


def write_tracks(
    path: Path, batches: Iterable[Tracks], sensors: SensorTable, *, smoothed: bool = False
) -> int:
    """Write batches to one file in their order; the number of rows written.

    The file's metadata say whether the states are ``smoothed``, that is, not causal.
    """
    written = 0
    schema = tracks_to_arrow(Tracks.empty(sensor_words(len(sensors))), sensors).schema
    schema = schema.with_metadata({SMOOTHED: b"true" if smoothed else b"false"})
    with pq.ParquetWriter(path, schema, compression="zstd") as out:
        for tracks in batches:
            out.write_table(tracks_to_arrow(tracks, sensors).cast(schema))
            written += len(tracks)
    return written


class TracksDigest:
    """SHA-256 over track states, bit for bit; equal digests mean equal output.

    Batches are taken column by column, so feed it one output instant at a time.
    """

    def __init__(self) -> None:
        self._hash = hashlib.sha256()
        self.rows = 0

    def add(self, tracks: Tracks) -> None:
        """Take in the states of one or more output instants, in order."""
        if len(tracks) == 0:
            return
        instants = np.flatnonzero(np.diff(tracks.measured_ns)) + 1
        bounds = [0, *instants.tolist(), len(tracks)]
        for first, last in itertools.pairwise(bounds):
            for name in TRACK_COLUMNS:
                self._hash.update(np.ascontiguousarray(getattr(tracks, name)[first:last]).tobytes())
        self.rows += len(tracks)

    def hexdigest(self) -> str:
        """The digest so far."""
        return self._hash.hexdigest()
