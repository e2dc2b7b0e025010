"""Times of arrival at several receivers to plots: one or more sets, one table of receivers.

In: CSV files in the form of the LocaRDS recordings. Out: PLOTS.parquet (or NDJSON, CSV, GeoJSON)
of one multilateration sensor, and an account of what could not be located and why.
"""

from __future__ import annotations

from pathlib import Path

from skypact.feeds.framing.content import read_content
from skypact.feeds.geojson import geojson_of_plots
from skypact.feeds.multilateration.locards import plots_of_set, read_receivers
from skypact.model.errors import BadInput
from skypact.model.plots import Plots
from skypact.model.sensors import Sensor, SensorTable
from skypact.node.decoding import Decoded
from skypact.node.recordings import start_of
from skypact.recording.plots_table import plots_to_arrow
from skypact.recording.rows_out import ENDINGS, check_ending, rows_out

MLAT = SensorTable((Sensor("MLAT", "mlat", rotation_s=1.0, position_sigma_m=50.0),))


def locate(
    sets: list[Path], receivers_file: Path, output: Path | None, *, date: str | None = None
) -> Decoded:
    """Locate every transmission of ``sets``.

    Raises
    ------
    BadInput
        If a file cannot be read or is no such table.
    UsageError
        If the output's ending is unknown.
    """
    check_ending(output, (*ENDINGS, ".geojson"))
    receivers = read_receivers(_text(receivers_file), str(receivers_file))
    done = Decoded()
    batches = []
    for path in sets:
        start_ns, note = start_of(path, date)
        if note:
            done.notes.append(note)
        batch = plots_of_set(_text(path), receivers, 0, source=path.name, start_ns=start_ns)
        done.refuse(batch.rejections)
        batches.append(batch.plots)
    plots = Plots.join(batches)
    done.rows, done.per_kind = len(plots), {"MLAT": len(plots)}
    if output is not None and output.suffix == ".geojson":
        with output.open("wb") as file:
            file.writelines(geojson_of_plots(plots, MLAT))
    else:
        with rows_out(output) as out:
            out.write(plots_to_arrow(plots, MLAT))
    if output is not None:
        done.files.append(str(output))
    return done


def _text(path: Path) -> str:
    try:
        return read_content(path).tobytes().decode("utf-8")
    except UnicodeDecodeError as problem:
        raise BadInput(f"no text ({problem.reason})", where=str(path)) from None
