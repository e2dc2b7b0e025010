"""What a partner gets of items: whole, or with everything taken away that its blur says.

In: tracks or plots, their labels, the compiled table, a partner and the time. Out: what leaves
now, in the order it came, and what was decided. Pure functions: what is not due yet stays with
the caller (``holding`` keeps it). Meaning of blurs: docs/explanation/release.md.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from skypact.agreement.document import Blur
from skypact.kernels.release_blur import cell_middles
from skypact.model.labels import BLURRED, NOTHING, LabelledItems
from skypact.model.plots import PLOT_COLUMNS, Plots
from skypact.model.time import SECOND_NS
from skypact.model.tracks import Tracks
from skypact.release.columns import removed_columns
from skypact.release.deciding import Decisions, decide
from skypact.release.numbering import passing_numbers
from skypact.release.table import ReleaseTable

Batch = TypeVar("Batch", Tracks, Plots)

NEVER_NS = int(np.iinfo(np.int64).max)

NONE: dict[str, Any] = {
    **{name: none for name, (_, none) in PLOT_COLUMNS.items()},
    "sensor": -1,
    "received_ns": -1,
    "last_plot_ns": -1,
    "sensors": 0,
    "covariance": np.nan,
    "coasting": False,
}
"""What stands in a column that was taken away."""


@dataclass(frozen=True, slots=True)
class Released:
    """What was decided on a batch for one partner.

    Parameters
    ----------
    leaving
        Rows of the batch that leave now, ascending, int64.
    decisions
        On all rows, shape (rows, 1).
    due_ns
        When each row may leave, int64 UTC nanoseconds, (rows,): now, or its time of measurement
        and its blur's delay; ``NEVER_NS`` for rows that do not leave.
    agreement
        Under which agreement each leaving row goes, index in ``table.codes.agreements``, int64:
        the receiver must know it, for that agreement says what it may do with the item.
    labels
        Of the rows that leave.
    """

    leaving: NDArray[np.int64]
    decisions: Decisions
    due_ns: NDArray[np.int64]
    agreement: NDArray[np.int64]
    labels: LabelledItems


def released(
    batch: Batch,
    labels: LabelledItems,
    table: ReleaseTable,
    partner: str,
    now_ns: int,
    secret: bytes,
) -> tuple[Batch, Released]:
    """What of a batch ``partner`` gets at ``now_ns``.

    Parameters
    ----------
    batch
        Tracks or plots.
    labels
        One row for each row of ``batch``, coded by ``table.codes``.
    table
        From :func:`~skypact.release.compiling.compile_release`.
    partner
        Code of the receiving party.
    now_ns
        The time, int64 UTC nanoseconds.
    secret
        Of the node, for :func:`~skypact.release.numbering.passing_numbers`.

    Raises
    ------
    UnknownParty
        If no agreement in force names the partner.
    ValueError
        If ``labels`` and ``batch`` differ in length.
    """
    if len(labels) != len(batch):
        raise ValueError(f"{len(batch)} items have {len(labels)} labels")
    decisions = decide(table, labels, [partner], now_ns)
    verdict, rule = decisions.verdict[:, 0], decisions.rule[:, 0]
    due_ns = np.where(verdict == NOTHING, NEVER_NS, now_ns)
    columns = {field.name: getattr(batch, field.name).copy() for field in fields(batch)}
    for number in np.unique(rule[verdict == BLURRED]):
        blur = table.rules[number].blur
        assert blur is not None  # compiling refuses a blurred verdict without one
        rows = np.flatnonzero((rule == number) & (verdict == BLURRED))
        if blur.delay_s > 0.0:
            due_ns[rows] = _delayed(batch.measured_ns[rows], blur.delay_s)
        _blur_rows(columns, rows, blur, labels)
        if "track" in columns:
            whose = f"{table.rules[number].agreement}\0{blur.id}"
            columns["track"][rows] = passing_numbers(columns["track"][rows], secret, partner, whose)
    leaving = np.flatnonzero(due_ns <= now_ns)
    gone = type(batch)(**columns).take(leaving)
    under = table.agreement_of[rule[leaving]]
    return gone, Released(leaving, decisions, due_ns, under, labels.take(leaving))


def _delayed(measured_ns: NDArray[np.int64], delay_s: float) -> NDArray[np.int64]:
    """When delayed items may leave; never, if it is unknown when they were measured."""
    delay_ns = math.ceil(delay_s * SECOND_NS)
    sane = (measured_ns >= 0) & (measured_ns < NEVER_NS - delay_ns)
    return np.where(sane, measured_ns + np.where(sane, delay_ns, 0), NEVER_NS)


def _blur_rows(
    columns: dict[str, NDArray[Any]], rows: NDArray[np.int64], blur: Blur, labels: LabelledItems
) -> None:
    """Take from some rows what a blur takes."""
    gone = removed_columns(blur)
    # the label knows where a plot is that has only range and azimuth
    latitude = np.array(labels.latitude_rad[rows], np.float64)
    longitude = np.array(labels.longitude_rad[rows], np.float64)
    if blur.grid_m > 0.0:
        middle_latitude, middle_longitude = np.empty(len(rows)), np.empty(len(rows))
        cell_middles(latitude, longitude, blur.grid_m, middle_latitude, middle_longitude)
        columns["latitude_rad"][rows] = middle_latitude
        columns["longitude_rad"][rows] = middle_longitude
    elif blur.hide_source and "range_m" in columns:
        polar = rows[np.isnan(columns["latitude_rad"][rows])]
        columns["latitude_rad"][polar] = labels.latitude_rad[polar]
        columns["longitude_rad"][polar] = labels.longitude_rad[polar]
    if blur.grid_m > 0.0 or blur.hide_source:
        columns["horizontal_sigma_m"][rows] = coarse_sigma_m(
            columns["horizontal_sigma_m"][rows], blur.grid_m
        )
    for name in sorted(gone & columns.keys()):
        columns[name][rows] = NONE[name]


def coarse_sigma_m(sigma_m: NDArray[np.float64], grid_m: float) -> NDArray[np.float64]:
    """Standard deviation per axis that is true of a blurred position and tells no more.

    The spread of a cell, grid / sqrt(12), or one metre without a grid, doubled until it is no
    less than the position's own: an exact one would tell range from a sensor, and so the sensor.
    """
    least = max(grid_m / math.sqrt(12.0), 1.0)
    known = np.where(np.isfinite(sigma_m), np.maximum(sigma_m, least), least)
    coarse = least * np.exp2(np.ceil(np.log2(known / least)))
    return np.asarray(coarse if grid_m > 0.0 else np.where(np.isnan(sigma_m), np.nan, coarse))
