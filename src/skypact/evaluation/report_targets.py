"""The drill-down of an evaluation's page: a row for every target, plots of the worst.

In: a :class:`~skypact.evaluation.judgement.Judgement`. Out: HTML text.
"""

from __future__ import annotations

from html import escape
from typing import Any

import numpy as np

from skypact.evaluation.curves import curves, path_map
from skypact.evaluation.judgement import Judgement
from skypact.evaluation.words import number, share

PLOTTED = 40
"""Targets that get plots: more would make the page heavy."""

HEAD = ("target", "address", "owed s", "held", "breaks", "switches", "longest gap s", "delay s",
        "RMS m", "95 % m", "largest m")  # fmt: skip


def worst_first(judgement: Judgement) -> list[int]:
    """Indices of the targets that were owed a track, the worst first.

    By breaks and switches, then by time missed, then by RMS error.
    """
    rows = judgement.figures["targets"]

    def badness(k: int) -> tuple[float, float, float]:
        row = rows[k]
        missed = row["owed_s"] * (1.0 - (row["completeness"] or 0.0))
        rms = row["horizontal_m"]["rms"] if row["horizontal_m"] else 0.0
        return (-(row["breaks"] + row["switches"]), -missed, -rms)

    return sorted((k for k, row in enumerate(rows) if row["owed_s"] > 0), key=badness)


def _cells(row: dict[str, Any]) -> list[tuple[str, float | str]]:
    """Text and sorting value of each cell."""
    error = row["horizontal_m"] or {}
    values = [row["target"], row["mode_s"] or "-", row["owed_s"], row["completeness"],
              row["breaks"], row["switches"], row["longest_gap_s"], row["delay_s"],
              error.get("rms"), error.get("p95"), error.get("max")]  # fmt: skip
    cells: list[tuple[str, float | str]] = []
    for place, value in enumerate(values):
        text = share(value) if place == 3 else value if isinstance(value, str) else number(value)
        cells.append((text, value if value is not None else -1.0))
    return cells


def targets_table(judgement: Judgement) -> str:
    """The sortable table of all targets that were owed a track."""
    order = worst_first(judgement)
    plotted = set(order[:PLOTTED])
    body = []
    for k in order:
        cells = _cells(judgement.figures["targets"][k])
        texts = [
            f'<td data-value="{escape(str(value))}">{escape(text)}</td>' for text, value in cells
        ]
        if k in plotted:
            text, value = cells[0]
            texts[0] = f'<td data-value="{value}"><a href="#t{k}">{escape(text)}</a></td>'
        body.append(f"<tr>{''.join(texts)}</tr>")
    head = "".join(f"<th>{escape(text)}</th>" for text in HEAD)
    return (
        f"<div class='wide'><table class='sortable'><thead><tr>{head}</tr></thead>"
        f"<tbody>{''.join(body)}</tbody></table></div>"
    )


def target_plots(judgement: Judgement) -> str:
    """Plots of the worst targets, folded."""
    order = worst_first(judgement)[:PLOTTED]
    state = judgement.errors.truth_state
    target = judgement.standing[1].path[state]
    by_target = np.argsort(target, kind="stable")
    bounds = np.searchsorted(target[by_target], np.arange(len(judgement.figures["targets"]) + 1))
    return "".join(
        _one(judgement, k, by_target[bounds[k] : bounds[k + 1]], first=number == 0)
        for number, k in enumerate(order)
    )


def _one(judgement: Judgement, k: int, pairs: np.ndarray, *, first: bool) -> str:
    tracks, truth = judgement.standing
    row = judgement.figures["targets"][k]
    own = slice(int(truth.first[k]), int(truth.first[k + 1]))
    minutes = truth.instant[own] * judgement.instants.step_s / 60.0
    error = np.full(len(minutes), np.nan)
    sigma = np.full(len(minutes), np.nan)
    at = judgement.errors.truth_state[pairs] - own.start
    error[at] = judgement.errors.value["horizontal_m"][pairs]
    shown = judgement.errors.track_row[pairs]
    sigma[at] = judgement.paths[0].sigma_m[shown] * np.sqrt(2.0)
    series = [("error", minutes, error)]
    if np.isfinite(sigma).any():
        series.append(("as the track says (RMS expected)", minutes, sigma))
    held = judgement.pairs.track_of[own]
    held = held[held >= 0]
    lines = []
    names = []
    for path in np.unique(tracks.path[held]).tolist():
        rows = held[tracks.path[held] == path]
        lines.append((tracks.state[0, rows], tracks.state[1, rows]))
        names.append(str(int(judgement.paths[0].name[path])))
    plots = (
        curves(series, x_name="minutes", y_name="m", label="Horizontal error"),
        path_map([("truth", [(truth.state[0, own], truth.state[1, own])]), ("tracks", lines)],
                 label="Way", height=300),
    )  # fmt: skip
    title = f"Target {row['target']}" + (f" ({row['mode_s']})" if row["mode_s"] else "")
    told = f"tracks {', '.join(names[:12]) or 'none'}; {row['breaks']} breaks," \
           f" {row['switches']} switches, held {share(row['completeness'])}"  # fmt: skip
    figures = "".join(f"<figure>{plot}</figure>" for plot in plots)
    return (
        f"<details id='t{k}'{' open' if first else ''}><summary>{escape(title)}: {escape(told)}"
        f"</summary>{figures}</details>"
    )
