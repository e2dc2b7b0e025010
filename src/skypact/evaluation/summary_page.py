"""The summary of a recording as one self-contained HTML page with plots and a map.

In: summaries and the plots they were made from. Out: HTML text that fetches nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

import numpy as np

from skypact.evaluation.drawing import dot_map, histogram, line
from skypact.evaluation.placing import plot_positions
from skypact.evaluation.summary import SensorSummary, update_intervals
from skypact.model.plots import Plots
from skypact.model.sensors import SensorTable
from skypact.model.time import SECOND_NS

STYLE = """
body{font:15px/1.45 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem;
color:#1b1f24;background:#fff}
h1{font-size:1.5rem}h2{margin-top:2.2rem;border-bottom:1px solid #ccc}
table{border-collapse:collapse;width:100%}td,th{padding:.25rem .6rem;text-align:right;
border-bottom:1px solid #ddd;font-variant-numeric:tabular-nums}td:first-child,th:first-child
{text-align:left}figure{margin:1rem 0}svg{width:100%;height:auto;max-width:44rem}
svg text{font-size:11px;fill:#444}.mid{text-anchor:middle}.end{text-anchor:end}
.grid{stroke:#e3e3e3}.bar{fill:#0072b2}.curve{fill:none;stroke:#0072b2;stroke-width:1.2}
.sea{fill:#f4f6f8}.dots{stroke:#0072b2;stroke-width:1.6;stroke-linecap:round;opacity:.55}
.site{fill:#d55e00}figcaption{color:#555;font-size:.85rem}.bad{color:#a33}
"""

HEADS = (
    "sensor", "kind", "plots", "targets", "plots/s", "interval s", "95 % s", "gaps",
    "silence s", "farthest km", "levels m", "address", "code", "Mode C", "refused",
)  # fmt: skip


def _cell(value: float | None, form: str = ".2f") -> str:
    return "-" if value is None else format(value, form)


def cells(row: SensorSummary) -> list[str]:
    """One sensor's figures as texts, in the order of ``HEADS``."""
    levels = "-"
    if row.lowest_m is not None:
        levels = f"{row.lowest_m:.0f} to {row.highest_m:.0f}"
    return [
        row.sensor,
        row.kind,
        str(row.plots),
        str(row.targets),
        _cell(row.plots_per_s),
        _cell(row.update_interval_s),
        _cell(row.update_p95_s),
        str(row.gaps),
        _cell(row.silence_s, ".1f"),
        _cell(None if row.farthest_m is None else row.farthest_m / 1000, ".1f"),
        levels,
        f"{row.with_address:.0%}",
        f"{row.with_code:.0%}",
        f"{row.with_altitude:.0%}",
        str(sum(row.rejected.values())),
    ]


def _table(heads: tuple[str, ...], rows: list[list[str]]) -> str:
    head = "".join(f"<th>{escape(text)}</th>" for text in heads)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(text)}</td>" for text in row) + "</tr>" for row in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def summary_page(
    title: str,
    summaries: list[SensorSummary],
    kinds: Mapping[str, int],
    plots: Plots,
    sensors: SensorTable,
    refusals: list[str],
) -> str:
    """The page.

    Parameters
    ----------
    title
        What was summarised.
    summaries, plots, sensors
        As for :func:`~skypact.evaluation.summary.summarise`.
    kinds
        Records by category or message kind.
    refusals
        Lines that tell what was refused.
    """
    parts = [
        "<!doctype html><html lang='en'><meta charset='utf-8'>",
        f"<title>{escape(title)}</title><style>{STYLE}</style><h1>{escape(title)}</h1>",
        _table(("records", "count"), [[kind, str(count)] for kind, count in kinds.items()]),
        "<h2>Sensors</h2>",
        _table(HEADS, [cells(row) for row in summaries]),
    ]
    if refusals:
        lines = "".join(f"<li>{escape(text)}</li>" for text in refusals)
        parts.append(f"<h2>Refused</h2><ul class='bad'>{lines}</ul>")
    latitude, longitude = plot_positions(plots, sensors)
    for index, row in enumerate(summaries):
        own = np.flatnonzero(plots.sensor == index)
        if len(own) == 0:
            continue
        parts.append(f"<h2>{escape(row.sensor)}</h2>")
        parts.append(
            _sensor_figures(plots.take(own), latitude[own], longitude[own], sensors, index)
        )
    return "".join(parts) + "</html>"


def _sensor_figures(
    plots: Plots,
    latitude: np.ndarray,
    longitude: np.ndarray,
    sensors: SensorTable,
    index: int,
) -> str:
    sensor = sensors[index]
    sites = []
    if sensor.located:
        place = np.degrees([sensor.latitude_rad, sensor.longitude_rad]).tolist()
        sites.append((sensor.name, place[0], place[1]))
    minutes = (plots.measured_ns - plots.measured_ns.min()) / SECOND_NS / 60.0
    bins = int(np.clip(np.ceil(minutes.max() * 6), 2, 400))
    counts, edges = np.histogram(minutes, bins=bins)
    seconds = max((edges[1] - edges[0]) * 60.0, 1e-9)
    steps, _ = update_intervals(plots)
    figures = (
        line(edges[:-1], counts / seconds, x_name="minutes", y_name="plots/s",
             label=f"{sensor.name}: plots a second"),
        histogram(steps, x_name="seconds", y_name="times",
                  label=f"{sensor.name}: time between plots of one target"),
        dot_map(latitude, longitude, sites, label=f"{sensor.name}: where the plots lie"),
    )  # fmt: skip
    return "".join(f"<figure>{figure}</figure>" for figure in figures)
