"""The figures of an evaluation as rows of text, for the terminal and the page.

In: the figures of :func:`~skypact.evaluation.judgement.judge`. Out: heads and rows of strings.
"""

from __future__ import annotations

from typing import Any

from skypact.evaluation.accuracy import QUANTITIES
from skypact.evaluation.phases import PHASES

UNITS = {"horizontal_m": "m", "along_m": "m", "across_m": "m", "position_3d_m": "m",
         "height_m": "m", "speed_mps": "m/s", "heading_deg": "deg",
         "vertical_rate_mps": "m/s"}  # fmt: skip


def number(value: Any, digits: int = 4) -> str:
    """A number in few digits, a dash for none."""
    if value is None:
        return "-"
    if isinstance(value, int):
        return str(value)
    text = f"{value:.{digits}g}"
    return f"{value:.0f}" if "e" in text and abs(value) >= 1 else text


def share(value: float | None) -> str:
    """A share as per cent."""
    return "-" if value is None else f"{100.0 * value:.3g} %"


def main_rows(figures: dict[str, Any]) -> list[list[str]]:
    """Name and value of the figures that matter most."""
    held, metric, siap = figures["continuity"], figures["gospa"], figures["siap"]
    flow = figures["surveillance"]
    rows = [
        ["GOSPA, mean (m)", number(metric["mean_m"])],
        ["  of that localisation, missed, false (m, rms)",
         ", ".join(number(metric[key]) for key in ("localisation_m", "missed_m", "false_m"))],
        ["targets, never tracked", f"{held['targets']}, {held['never_tracked']}"],
        ["completeness", share(held["completeness"])],
        ["breaks, switches",
         f"{held['breaks']}, {held['switches']} ({number(held['breaks_per_target'])},"
         f" {number(held['switches_per_target'])} per target)"],
        ["tracks, false tracks",
         f"{held['tracks']}, {held['false_tracks']} ({number(held['false_tracks_per_hour'])}"
         " an hour)"],
        ["purity", share(held["purity"])],
        ["longest gap (s)", number(held["longest_gap_s"])],
        ["delay to first track (s), mean, 95 %", _pair(held["initiation_delay_s"])],
        ["age of the last measurement (s), mean, 95 %", _pair(figures["latency_s"])],
        ["time offset (s, + ahead)", number(figures["time_offset_s"], 3)],
        ["update probability", share(flow.get("update_probability"))],
        ["SIAP completeness, ambiguity, spuriousness",
         ", ".join(number(siap[key], 3) for key in ("completeness", "ambiguity", "spuriousness"))],
        ["impossible steps: too fast, jumps",
         f"{figures['plausibility']['too_fast']}, {figures['plausibility']['jumps']}"
         f" of {figures['plausibility']['steps']}"],
    ]  # fmt: skip
    if figures["floor"] is not None:
        rows.insert(2, ["RMSE over the Cramer-Rao floor", number(figures["floor"]["ratio"], 3)])
    nees = figures["consistency"]["nees"]
    if nees is not None:
        rows.append(["NEES, mean (2 is right)", f"{number(nees['mean'], 3)}: {nees['says']}"])
    nis = figures["consistency"]["nis"]
    if nis is not None:
        rows.append(["NIS, mean (2 is right)", number(nis["mean"], 3)])
    return rows


def _pair(sizes: dict[str, Any] | None) -> str:
    if sizes is None:
        return "-"
    return f"{number(sizes['mean'], 3)}, {number(sizes['p95'], 3)}"


def accuracy_rows(
    figures: dict[str, Any], keys: tuple[str, ...] = ("rms", "p95")
) -> tuple[list[str], list[list[str]]]:
    """Errors by quantity and phase of flight: head and rows; ``keys`` as in ``accuracy.size``."""
    head = ["", *PHASES]
    rows = []
    for quantity, words in QUANTITIES.items():
        cells = []
        for phase in PHASES:
            sizes = figures["accuracy"][phase][quantity]
            if sizes is None:
                cells.append("-")
                continue
            first, *rest = (number(sizes[key], 3) for key in keys)
            cells.append(f"{first} ({', '.join(rest)})" if rest else first)
        if any(cell != "-" for cell in cells):
            rows.append([f"{words} ({UNITS[quantity]})", *cells])
    return head, rows


SHORT = {
    "horizontal_m": "position m",
    "along_m": "along m",
    "across_m": "across m",
    "height_m": "height m",
    "speed_mps": "speed m/s",
    "heading_deg": "heading deg",
}


def phase_rows(figures: dict[str, Any]) -> tuple[list[str], list[list[str]]]:
    """Errors by phase of flight for a terminal: a row per phase, RMS (95 %)."""
    whole = figures["accuracy"]["all"]
    told = [quantity for quantity in SHORT if whole[quantity] is not None]
    rows = []
    for phase in PHASES:
        sizes = [figures["accuracy"][phase][quantity] for quantity in told]
        rows.append(
            [
                phase,
                *(
                    f"{number(s['rms'], 3)} ({number(s['p95'], 3)})" if s is not None else "-"
                    for s in sizes
                ),
            ]
        )
    return ["", *(SHORT[quantity] for quantity in told)], rows


def verdict_rows(figures: dict[str, Any]) -> tuple[list[str], list[list[str]]]:
    """Requirements for a terminal: name, bound, value, verdict; ``*``: the limit is unverified."""
    rows = [
        [
            row["id"] if row["verified"] else f"{row['id']} *",
            f"{row['sense']} {row['bound']:g} {row['unit']}",
            number(row["value"]),
            row["verdict"],
        ]
        for row in figures["requirements"]
    ]
    return ["requirement", "bound", "value", "verdict"], rows


def requirement_rows(figures: dict[str, Any]) -> tuple[list[str], list[list[str]]]:
    """Requirements with their verdicts: head and rows."""
    head = ["requirement", "figure", "bound", "value", "verdict", "source"]
    rows = [
        [
            f"{row['id']}: {row['text']}",
            row["figure"],
            f"{row['sense']} {row['bound']:g} {row['unit']}",
            number(row["value"]),
            row["verdict"],
            row["source"]
            if row["verified"] or "not verified" in row["source"]
            else f"{row['source']} (not verified)",
        ]
        for row in figures["requirements"]
    ]
    return head, rows
