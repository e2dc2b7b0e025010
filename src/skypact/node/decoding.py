"""Decoding recordings: the plot table, every item of every record, or a summary.

In: recordings of any framing. Out: Parquet, NDJSON, CSV or GeoJSON, and an account of what was
read and refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from skypact.evaluation.placing import placed
from skypact.evaluation.summary import SensorSummary, summarise
from skypact.evaluation.summary_page import summary_page
from skypact.feeds.asterix import AsterixPlots
from skypact.feeds.framing import read_recording
from skypact.feeds.geojson import geojson_of_plots
from skypact.feeds.rejections import few
from skypact.model.errors import Rejection, UsageError
from skypact.model.plots import Plots
from skypact.node.playback import told
from skypact.node.recordings import Opened, open_recordings, start_of
from skypact.node.replay import CHUNK_FRAMES
from skypact.recording.items_table import has_items, items_to_arrow
from skypact.recording.plots_table import plots_to_arrow
from skypact.recording.rows_out import ENDINGS, RowsOut, check_ending, rows_out
from skypact.recording.status_table import SCHEMA as STATUS_SCHEMA
from skypact.recording.status_table import status_to_arrow
from skypact.recording.where import Condition

SHOWN_REJECTIONS = 20
PROVENANCE = ("position", "received_ns")


@dataclass(slots=True)
class Decoded:
    """What a decode came to."""

    rows: int = 0
    files: list[str] = field(default_factory=list)
    per_kind: dict[str, int] = field(default_factory=dict)
    rejections: list[Rejection] = field(default_factory=list)
    duplicates: int = 0
    notes: list[str] = field(default_factory=list)
    sensors: list[SensorSummary] = field(default_factory=list)

    def refuse(self, rejections: tuple[Rejection, ...] | list[Rejection]) -> None:
        """Keep what was refused; alike pieces become one."""
        self.rejections = list(few([*self.rejections, *rejections]))

    @property
    def rejected(self) -> dict[str, int]:
        """Refusals by reason."""
        counts: dict[str, int] = {}
        for rejection in self.rejections:
            counts[rejection.reason] = counts.get(rejection.reason, 0) + rejection.count
        return counts

    def rejected_by_sensor(self) -> dict[str, dict[str, int]]:
        """Refusals by sensor's name and reason."""
        counts: dict[str, dict[str, int]] = {}
        for rejection in self.rejections:
            own = counts.setdefault(rejection.sensor, {})
            own[rejection.reason] = own.get(rejection.reason, 0) + rejection.count
        return counts

    def told(self) -> list[str]:
        """The first refusals in words."""
        return [told(rejection) for rejection in self.rejections[:SHOWN_REJECTIONS]]

    def summary(self) -> dict[str, Any]:
        """For ``--json``."""
        whole = {
            "rows": self.rows,
            "files": self.files,
            "per_kind": self.per_kind,
            "duplicates": self.duplicates,
            "rejected": self.rejected,
            "rejections": self.told(),
        }
        if self.sensors:
            whole["sensors"] = [row.as_json() for row in self.sensors]
        return whole

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
        for line in self.told():
            yield f"    {line}"


def plot_batches(opened: Opened, done: Decoded) -> Iterator[Plots]:
    """Every plot of the recordings, a chunk at a time, counted in ``done``."""
    for recorded in opened.recorded:
        for first in range(0, len(recorded.frames), CHUNK_FRAMES):
            batch = recorded.reader.read(recorded.frames.part(first, first + CHUNK_FRAMES))
            done.refuse(batch.rejections)
            done.duplicates += batch.duplicates
            yield batch.plots


def decode_plots(
    files: list[Path],
    output: Path | None,
    *,
    where: str | None = None,
    sensors_file: Path | None = None,
    date: str | None = None,
) -> Decoded:
    """Decode ``files`` to the plot table.

    Parameters
    ----------
    files
        Recordings.
    output
        File whose ending says the format; None: NDJSON to standard output.
    where
        Only rows that fulfil this SQL condition over the table's columns.
    sensors_file, date
        As for a replay.

    Raises
    ------
    UsageError
        If the ending is unknown or the condition wrong.
    BadInput
        If a file cannot be read or framed.
    """
    check_ending(output, (*ENDINGS, ".geojson"))
    opened = open_recordings(files, sensors_file=sensors_file, date=date, keep_unplaced=True)
    done = Decoded(notes=opened.notes)
    done.refuse(opened.rejections)
    counts = {sensor.name: 0 for sensor in opened.sensors}
    with _condition(where) as condition:
        chosen = _chosen_plots(opened, done, condition, counts)
        if output is not None and output.suffix == ".geojson":
            with output.open("wb") as file:
                on_map = (placed(plots, opened.sensors) for plots, _ in chosen)
                file.writelines(geojson_of_plots(on_map, opened.sensors))
        else:
            with rows_out(output) as out:
                out.write(plots_to_arrow(Plots.blank(0), opened.sensors))
                for _, table in chosen:
                    out.write(table)
    done.per_kind = counts
    if output is not None:
        done.files.append(str(output))
    return done


def _chosen_plots(
    opened: Opened, done: Decoded, condition: Condition | None, counts: dict[str, int]
) -> Iterator[tuple[Plots, pa.Table]]:
    """Plots that fulfil the condition and the same as a table, counted per sensor."""
    for batch in plot_batches(opened, done):
        plots, table = batch, plots_to_arrow(batch, opened.sensors)
        if condition is not None:
            rows = condition.matching(table)
            plots, table = batch.take(rows), table.take(rows)
        done.rows += table.num_rows
        for pair in table.column("sensor").value_counts().to_pylist():
            counts[pair["values"]] += pair["counts"]
        yield plots, table


def _condition(where: str | None) -> Condition | nullcontext[None]:
    return nullcontext() if where is None else Condition(where)


def decode_status(
    files: list[Path],
    output: Path | None,
    *,
    where: str | None = None,
    sensors_file: Path | None = None,
    date: str | None = None,
) -> Decoded:
    """Decode what sensors and systems say of themselves (ASTERIX); parameters as for plots.

    Raises
    ------
    UsageError
        If a recording is no ASTERIX, the ending is unknown or the condition wrong.
    BadInput
        If a file cannot be read or framed.
    """
    check_ending(output)
    opened = open_recordings(files, sensors_file=sensors_file, date=date, keep_unplaced=True)
    done = Decoded(notes=opened.notes)
    with rows_out(output) as out, _condition(where) as condition:
        out.write(STATUS_SCHEMA.empty_table())
        for recorded in opened.recorded:
            if not isinstance(recorded.reader, AsterixPlots):
                raise UsageError(f"{recorded.frames.source} has no status messages")
            table = status_to_arrow(recorded.reader, recorded.frames, opened.sensors)
            if condition is not None:
                table = table.take(condition.matching(table))
            out.write(table)
            done.rows += table.num_rows
            for pair in table.column("category").value_counts().to_pylist():
                kind = f"cat{pair['values']:03d}"
                done.per_kind[kind] = done.per_kind.get(kind, 0) + pair["counts"]
    if output is not None:
        done.files.append(str(output))
    return done


def decode_items(
    files: list[Path],
    output: Path | None,
    *,
    items: list[str],
    where: str | None = None,
    date: str | None = None,
) -> Decoded:
    """Decode every item of every record, or those that ``items`` names by their beginning.

    Parquet and CSV get a file per category (``OUT.cat048.parquet``); NDJSON one for all.

    Raises
    ------
    UsageError
        If the ending is unknown or unfit, an item occurs nowhere, or the condition is wrong.
    BadInput
        If a file cannot be read or framed.
    """
    check_ending(output)
    done, found = Decoded(), set[str]()
    per_category = output is not None and output.suffix != ".ndjson"
    with rows_out(None if per_category else output) as lines, _condition(where) as condition:
        for path in files:
            recording = read_recording(path)
            tables, rejections = items_to_arrow(recording.frames, start_ns=start_of(path, date)[0])
            done.refuse((*recording.rejections, *rejections))
            for kind, whole in tables.items():
                table = _chosen(whole, items, found)
                if table is None:
                    continue
                if condition is not None:
                    if not _fits(table, where or ""):
                        continue
                    table = table.take(condition.matching(table))
                done.per_kind[kind] = done.per_kind.get(kind, 0) + table.num_rows
                done.rows += table.num_rows
                name = path.name.split(".")[0] if len(files) > 1 else ""
                _write_kind(table, output if per_category else None, kind, name, lines, done)
    missing = [item for item in items if item not in found]
    if missing:
        raise UsageError(f"no record has {', '.join(missing)}")
    if output is not None and not per_category:
        done.files.append(str(output))
    return done


def _chosen(table: pa.Table, items: list[str], found: set[str]) -> pa.Table | None:
    if not items:
        return table
    columns = []
    for name in table.column_names:
        asked = [item for item in items if name == item or name.startswith(f"{item}/")]
        found.update(asked)
        if asked:
            columns.append(name)
    return table.select([*PROVENANCE, *columns]) if columns else None


def _fits(table: pa.Table, where: str) -> bool:
    """Whether the names that the condition quotes are this category's."""
    quoted = where.split('"')[1::2]
    return all(name in table.column_names for name in quoted)


def _write_kind(
    table: pa.Table, output: Path | None, kind: str, name: str, lines: RowsOut, done: Decoded
) -> None:
    if output is None:
        lines.write(table)
        return
    parts = [output.stem, *([name] if name else []), kind]
    path = output.with_name(".".join(parts) + output.suffix)
    with rows_out(path) as out:
        out.write(table)
    done.files.append(str(path))


def summarise_recordings(
    files: list[Path],
    report: Path | None,
    *,
    sensors_file: Path | None = None,
    date: str | None = None,
) -> Decoded:
    """What recordings hold, per sensor and category; an HTML page to ``report`` if given."""
    opened = open_recordings(files, sensors_file=sensors_file, date=date, keep_unplaced=True)
    done = Decoded(notes=opened.notes)
    done.refuse(opened.rejections)
    plots = Plots.join(list(plot_batches(opened, done)))
    done.rows = len(plots)
    for recorded in opened.recorded:
        if has_items(recorded.frames):
            for kind, table in items_to_arrow(recorded.frames)[0].items():
                done.per_kind[kind] = done.per_kind.get(kind, 0) + table.num_rows
    done.sensors = summarise(plots, opened.sensors, done.rejected_by_sensor())
    if report is not None:
        title = ", ".join(path.name for path in files)
        page = summary_page(title, done.sensors, done.per_kind, plots, opened.sensors, done.told())
        report.write_text(page, encoding="utf-8")
        done.files.append(str(report))
    return done
