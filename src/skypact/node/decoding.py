"""Decoding recordings to files: the plot table, or every item of every record.

In: recordings of any framing. Out: Parquet or NDJSON, and an account of what was read.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

import numpy as np
import pyarrow as pa

from skypact.feeds.asterix.refusals import merged
from skypact.feeds.framing import read_recording
from skypact.model.errors import Rejection, UsageError
from skypact.model.plots import NO_CODE, Plots
from skypact.model.sensors import SensorTable
from skypact.node.playback import told
from skypact.node.recordings import open_recordings, start_of
from skypact.node.replay import CHUNK_FRAMES
from skypact.recording.items_table import items_to_arrow, write_items
from skypact.recording.plots_table import plots_to_arrow, write_plots

SHOWN_REJECTIONS = 20

CODES = ("mode_3a", "mode_s", "source_track", "position")
"""Plot columns in which -1 stands for none."""


@dataclass(slots=True)
class Decoded:
    """What a decode came to."""

    rows: int = 0
    files: list[str] = field(default_factory=list)
    per_kind: dict[str, int] = field(default_factory=dict)
    rejections: list[Rejection] = field(default_factory=list)
    duplicates: int = 0
    notes: list[str] = field(default_factory=list)

    @property
    def rejected(self) -> dict[str, int]:
        """Refusals by reason."""
        counts: dict[str, int] = {}
        for rejection in self.rejections:
            counts[rejection.reason] = counts.get(rejection.reason, 0) + rejection.count
        return counts

    def summary(self) -> dict[str, Any]:
        """For ``--json``."""
        return {
            "rows": self.rows,
            "files": self.files,
            "per_kind": self.per_kind,
            "duplicates": self.duplicates,
            "rejected": self.rejected,
            "rejections": [told(r) for r in self.rejections[:SHOWN_REJECTIONS]],
        }

    def lines(self) -> Iterator[str]:
        """For people."""
        kinds = ", ".join(f"{kind}: {count}" for kind, count in self.per_kind.items())
        yield f"{self.rows} rows{f' ({kinds})' if kinds else ''}"
        for file in self.files:
            yield f"  wrote {file}"
        if self.duplicates:
            yield f"  {self.duplicates} records came twice and were kept once"
        for reason, count in self.rejected.items():
            yield f"  refused {count} x {reason}"
        for rejection in self.rejections[:SHOWN_REJECTIONS]:
            yield f"    {told(rejection)}"


def decode(
    files: list[Path],
    output: Path | None,
    *,
    items: bool,
    sensors_file: Path | None = None,
    date: str | None = None,
) -> Decoded:
    """Decode ``files`` to ``output`` (Parquet or NDJSON by its ending; None: NDJSON on stdout).

    Raises
    ------
    UsageError
        If ``output`` ends in neither .parquet nor .ndjson.
    BadInput
        If a file cannot be read or framed.
    """
    if output is not None and output.suffix not in (".parquet", ".ndjson"):
        raise UsageError(
            f"{output} ends in neither .parquet nor .ndjson",
            remedy="Name the output by one of these",
        )
    if items:
        return _decode_items(files, output, date)
    return _decode_plots(files, output, sensors_file, date)


def _decode_plots(
    files: list[Path], output: Path | None, sensors_file: Path | None, date: str | None
) -> Decoded:
    opened = open_recordings(files, sensors_file=sensors_file, date=date, keep_unplaced=True)
    done = Decoded(notes=opened.notes, rejections=list(opened.rejections))
    per_sensor = np.zeros(len(opened.sensors), np.int64)

    def batches() -> Iterator[Plots]:
        for recorded in opened.recorded:
            for first in range(0, len(recorded.frames), CHUNK_FRAMES):
                part = recorded.frames.part(first, first + CHUNK_FRAMES)
                batch = recorded.reader.read(part)
                done.rejections.extend(batch.rejections)
                done.duplicates += batch.duplicates
                per_sensor[:] += np.bincount(batch.plots.sensor, minlength=len(per_sensor))
                yield batch.plots

    if output is not None and output.suffix == ".parquet":
        done.rows = write_plots(output, batches(), opened.sensors)
    else:
        done.rows = _write_plot_lines(output, batches(), opened.sensors)
    if output is not None:
        done.files.append(str(output))
    done.rejections = list(merged(done.rejections))
    done.per_kind = {s.name: int(n) for s, n in zip(opened.sensors, per_sensor, strict=True)}
    return done


def _write_plot_lines(output: Path | None, batches: Iterator[Plots], sensors: SensorTable) -> int:
    rows = 0
    with _text(output) as out:
        for plots in batches:
            rows += _write_lines(out, plots_to_arrow(plots, sensors))
    return rows


def _text(output: Path | None) -> Any:
    return nullcontext(sys.stdout) if output is None else output.open("w", encoding="utf-8")


def _write_lines(out: TextIO, table: pa.Table) -> int:
    for row in table.to_pylist():
        said = {name: value for name, value in row.items() if not _absent(name, value)}
        out.write(json.dumps(said, ensure_ascii=False, default=bytes.hex) + "\n")
    return int(table.num_rows)


def _absent(name: str, value: Any) -> bool:
    # NaN is no JSON, and what a row has not it does not say.
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return True
    return name in CODES and value == NO_CODE


def _decode_items(files: list[Path], output: Path | None, date: str | None) -> Decoded:
    done = Decoded()
    to_parquet = output is not None and output.suffix == ".parquet"
    with _text(None if to_parquet else output) as out:
        for path in files:
            recording = read_recording(path)
            tables, rejections = items_to_arrow(recording.frames, start_ns=start_of(path, date)[0])
            done.rejections.extend((*recording.rejections, *rejections))
            for kind, table in tables.items():
                done.per_kind[kind] = done.per_kind.get(kind, 0) + table.num_rows
                done.rows += table.num_rows
                if to_parquet and output is not None:
                    name = path.name.split(".")[0] if len(files) > 1 else ""
                    done.files.append(str(write_items(output, kind, table, recording=name)))
                else:
                    _write_lines(out, table)
    if output is not None and not to_parquet:
        done.files.append(str(output))
    done.rejections = list(merged(done.rejections))
    return done
