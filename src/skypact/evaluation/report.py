"""An evaluation as one self-contained HTML page: verdicts, figures, plots, a map, every target.

In: a :class:`~skypact.evaluation.judgement.Judgement`. Out: HTML text that fetches nothing.
"""

from __future__ import annotations

from html import escape
from typing import Any

import numpy as np

from skypact.evaluation.continuity import false_tracks
from skypact.evaluation.curves import Layer, curves, path_map
from skypact.evaluation.drawing import histogram
from skypact.evaluation.judgement import Judgement
from skypact.evaluation.report_style import SORT_SCRIPT, STYLE
from skypact.evaluation.report_targets import target_plots, targets_table
from skypact.evaluation.words import accuracy_rows, main_rows, number, requirement_rows


def report_page(title: str, judgement: Judgement) -> str:
    """The page."""
    figures = judgement.figures
    parts = [
        "<!doctype html><html lang='en'><meta charset='utf-8'>",
        "<meta name='viewport' content='width=device-width'>",
        f"<title>{escape(title)}</title><style>{STYLE}</style><h1>{escape(title)}</h1>",
        _lead(figures),
    ]
    if figures["requirements"]:
        parts += ["<h2>Requirements</h2>", _requirements(figures)]
    parts += ["<h2>Figures</h2>", table(["figure", "value"], main_rows(figures), "words")]
    head, rows = accuracy_rows(figures, ("rms", "p95", "p99", "max"))
    parts += [
        "<h2>Errors by phase of flight</h2>",
        "<p class='note'>RMS (95 %, 99 %, largest). Phases come from the truth; a state may be in"
        " several. Steady is straight, level and at constant speed.</p>",
        table(head, rows),
        "<h2>Through time</h2>",
        _through_time(judgement),
        "<h2>Distribution</h2>",
        _distributions(judgement),
        "<h2>Map</h2>",
        f"<figure>{_map(judgement)}</figure>",
        "<h2>SIAP</h2>",
        table(["measure", "value"], _flat(figures["siap"]), "words"),
        "<h2>Surveillance</h2>",
        table(["measure", "value"], _flat(figures["surveillance"]), "words"),
        "<h2>Targets</h2>",
        "<p class='note'>Worst first; press a head to sort. The worst have plots below.</p>",
        targets_table(judgement),
        target_plots(judgement),
        f"<script>{SORT_SCRIPT}</script></html>",
    ]
    return "".join(parts)


def table(head: list[str], rows: list[list[str]], kind: str = "") -> str:
    """A table of texts."""
    top = "".join(f"<th>{escape(text)}</th>" for text in head)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(text)}</td>" for text in row) + "</tr>" for row in rows
    )
    return (
        f"<div class='wide'><table class='{kind}'><thead><tr>{top}</tr></thead>"
        f"<tbody>{body}</tbody></table></div>"
    )


def _lead(figures: dict[str, Any]) -> str:
    judged = figures["judged"]
    kinds = {"truth": "a truth table", "tracks": "a reference trajectory",
             "plots": "good position reports"}  # fmt: skip
    words = (
        f"{judged['tracks']} tracks against {judged['targets']} targets of"
        f" {kinds[judged['truth_kind']]}, {judged['from']} to {judged['to']}: {judged['instants']}"
        f" instants, {judged['step_s']:g} s apart. GOSPA with c = {judged['cutoff_m']:g} m, p ="
        f" {judged['exponent']:g}, alpha = 2, {'3-D' if judged['three_d'] else 'horizontal'}."
        f" Height: {judged['height']}."
    )
    notes = "".join(f"<li>{escape(note)}</li>" for note in figures["notes"])
    return f"<p>{escape(words)}</p>" + (f"<ul class='note'>{notes}</ul>" if notes else "")


def _requirements(figures: dict[str, Any]) -> str:
    head, rows = requirement_rows(figures)
    body = []
    for row, told in zip(rows, figures["requirements"], strict=True):
        mark = {"pass": "pass", "fail": "fail"}.get(told["verdict"], "note")
        cells = [f"<td>{escape(text)}</td>" for text in row]
        cells[4] = f"<td class='{mark}'>{escape(row[4])}</td>"
        body.append(f"<tr>{''.join(cells)}</tr>")
    top = "".join(f"<th>{escape(text)}</th>" for text in head)
    loose = any(not row["verified"] for row in figures["requirements"])
    warning = (
        "<p class='note'>Limits that say not verified were not compared with their document.</p>"
        if loose
        else ""
    )
    return (
        f"{warning}<div class='wide'><table class='words'><thead><tr>{top}</tr></thead>"
        f"<tbody>{''.join(body)}</tbody></table></div>"
    )


def _flat(figures: dict[str, Any]) -> list[list[str]]:
    return [
        [key.replace("_", " "), value if isinstance(value, str) else number(value)]
        for key, value in figures.items()
    ]


def _through_time(judgement: Judgement) -> str:
    metric, instants, warm = judgement.metric, judgement.instants, judgement.warm
    p = judgement.settings.exponent
    minutes = np.arange(warm, instants.count) * instants.step_s / 60.0
    series = [
        ("GOSPA", minutes, metric.distance[warm:]),
        ("localisation", minutes, metric.localisation[warm:] ** (1 / p)),
        ("missed", minutes, metric.missed[warm:] ** (1 / p)),
        ("false", minutes, metric.false[warm:] ** (1 / p)),
    ]
    errors = judgement.errors
    when = judgement.standing[1].instant[errors.truth_state]
    count = np.bincount(when, minlength=instants.count)[warm:]
    square = np.bincount(when, weights=errors.value["horizontal_m"] ** 2, minlength=instants.count)[
        warm:
    ]
    with np.errstate(invalid="ignore", divide="ignore"):
        rms = np.sqrt(square / count)
    numbers = [
        ("owed a track", minutes, (metric.pairs + metric.missed_count)[warm:] * 1.0),
        ("held", minutes, metric.pairs[warm:] * 1.0),
        ("false states", minutes, metric.false_count[warm:] * 1.0),
    ]
    plots = (
        curves(series, x_name="minutes", y_name="m", label="GOSPA and its parts"),
        curves([("horizontal error", minutes, rms)], x_name="minutes", y_name="m",
               label="Horizontal error, RMS over the tracks of an instant"),
        curves(numbers, x_name="minutes", y_name="number", label="How many"),
    )  # fmt: skip
    return "".join(f"<figure>{plot}</figure>" for plot in plots)


def _distributions(judgement: Judgement) -> str:
    value = judgement.errors.value
    plots = []
    for key, name, unit in (
        ("horizontal_m", "Horizontal error", "m"),
        ("speed_mps", "Speed error", "m/s"),
        ("heading_deg", "Heading error", "degrees"),
        ("height_m", "Height error", "m"),
    ):
        known = np.abs(value[key][np.isfinite(value[key])])
        if len(known):
            label = f"{name} to its 99th percentile"
            drawn = histogram(known, x_name=unit, y_name="states", label=label)
            plots.append(f"<figure>{drawn}<figcaption>{label}</figcaption></figure>")
    return "".join(plots) or "<p>No pair of track and truth was judged.</p>"


def _map(judgement: Judgement) -> str:
    tracks, truth = judgement.standing
    bad, _ = false_tracks(tracks, judgement.pairs, judgement.warm)
    held = judgement.pairs.track_of >= 0
    missed = truth.owed & ~held & (truth.instant >= judgement.warm)
    lines: dict[str, list[Any]] = {"truth": [], "tracks": [], "false tracks": [], "missed": []}
    for k in range(len(truth.first) - 1):
        own = slice(int(truth.first[k]), int(truth.first[k + 1]))
        lines["truth"].append((truth.state[0, own], truth.state[1, own]))
        gone = np.flatnonzero(missed[own]) + own.start
        for part in np.split(gone, np.flatnonzero(np.diff(gone) != 1) + 1):
            if len(part):
                lines["missed"].append((truth.state[0, part], truth.state[1, part]))
    for k in range(len(tracks.first) - 1):
        own = slice(int(tracks.first[k]), int(tracks.first[k + 1]))
        kind = "false tracks" if bad[k] else "tracks"
        lines[kind].append((tracks.state[0, own], tracks.state[1, own]))
    layers: list[Layer] = [
        ("truth", lines["truth"]),
        ("tracks", lines["tracks"]),
        ("false tracks", lines["false tracks"]),
        ("missed while owed", lines["missed"]),
    ]
    return path_map(layers, label="Where targets and tracks were")
