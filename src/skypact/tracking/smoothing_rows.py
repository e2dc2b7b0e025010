"""Smoothed nodes to rows of tracks at whole periods.

In: smoothed nodes and the plots behind them. Out: :class:`~skypact.model.tracks.Tracks`, with
the codes that the plots of the whole track believe in.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skypact.kernels import smoothing_rows as kernels
from skypact.model.plots import NO_CODE
from skypact.model.sensors import SensorTable
from skypact.model.tracks import COVARIANCE, Tracks, sensor_words
from skypact.tracking.smoothing_nodes import (
    Floats,
    Ints,
    Membership,
    Nodes,
    known_around,
    majority,
    number_texts,
    text_numbers,
)
from skypact.tracking.smoothing_settings import SmootherSettings

RATE_VARIANCE_LIMIT = 5.0**2
"""A vertical rate less well known than this (m/s, squared) is not shown, as in the tracker."""

NO_TEXT = int(text_numbers(np.array([b""], dtype="S8"))[0])


@dataclass(frozen=True, slots=True)
class Smoothing:
    """Smoothed states of nodes.

    Parameters
    ----------
    frame, place, mean, spread
        As in ``kernels.smoothing_path`` and ``kernels.smoothing_pass``.
    geometric, pressure
        Mean and spread with height in the first place; None where no plot tells it.
    """

    frame: Floats
    place: Floats
    mean: Floats
    spread: Floats
    geometric: tuple[Floats, Floats] | None
    pressure: tuple[Floats, Floats] | None


@dataclass(frozen=True, slots=True)
class _Rows:
    """Segment, time, seconds since the segment's first node, and last node of each row."""

    segment: Ints
    time_ns: Ints
    time_s: Floats
    node: Ints


def rows_of(
    nodes: Nodes,
    members: Membership,
    smoothing: Smoothing,
    sensors: SensorTable,
    settings: SmootherSettings,
) -> Tracks:
    """Rows of all segments at whole periods between their first and last plots."""
    segment, row_ns, node = _instants(nodes, settings.period_ns)
    count = len(row_ns)
    row_s = np.asarray((row_ns - nodes.time_ns[nodes.first[segment]]) * 1e-9, np.float64)
    out = np.empty((count, kernels.PLACED_ROW))
    kernels.write_rows(
        node, nodes.time_s, smoothing.frame, smoothing.place, smoothing.mean, smoothing.spread,
        row_s, out,
    )  # fmt: skip
    before, after = _plots_around(nodes, node, row_ns)
    row = _Rows(segment, row_ns, row_s, node)
    plot = np.maximum(nodes.plot, 0)
    told = members.plots.altitude_m[plot]
    altitude, climb = _heights(nodes, row, smoothing.geometric, told, settings)
    told = members.plots.pressure_altitude_m[plot]
    flight_level, rise = _heights(nodes, row, smoothing.pressure, told, settings)
    sensor = members.plots.sensor[plot]
    bits = np.zeros((count, sensor_words(len(sensors))), np.uint64)
    kernels.gather_sensors(
        np.ascontiguousarray(nodes.first[segment]), node, nodes.time_ns, row_ns,
        (nodes.plot >= 0).astype(np.int32), sensor, settings.recent_ns, bits,
    )  # fmt: skip
    turn_ns = np.array([sensor.rotation_s for sensor in sensors]) * 1e9
    slower_ns = np.maximum(turn_ns[sensor[before]], turn_ns[sensor[after]])
    apart_ns = nodes.time_ns[after] - nodes.time_ns[before]
    mode_3a, mode_s, callsign = _codes(nodes, members, segment, node)
    return Tracks(
        track=nodes.track[segment],
        measured_ns=row_ns,
        latitude_rad=out[:, kernels.LATITUDE].copy(),
        longitude_rad=out[:, kernels.LONGITUDE].copy(),
        altitude_m=altitude,
        pressure_altitude_m=flight_level,
        velocity_east_mps=out[:, kernels.EAST].copy(),
        velocity_north_mps=out[:, kernels.NORTH].copy(),
        velocity_up_mps=np.where(np.isnan(climb), rise, climb),
        horizontal_sigma_m=out[:, kernels.SIGMA].copy(),
        confirmed=np.ones(count, np.bool_),
        coasting=apart_ns > settings.coast_turns * slower_ns,
        last_plot_ns=nodes.time_ns[before],
        mode_3a=mode_3a,
        mode_s=mode_s,
        callsign=callsign,
        sensors=bits,
        covariance=np.full((count, COVARIANCE), np.nan),
    )


def _instants(nodes: Nodes, period_ns: int) -> tuple[Ints, Ints, Ints]:
    """Segment, time and last node (at or before the time) of every row."""
    first_ns = nodes.time_ns[nodes.first[:-1]]
    last_ns = nodes.time_ns[nodes.first[1:] - 1]
    begin = -(-first_ns // period_ns)
    rows = np.maximum(last_ns // period_ns - begin + 1, 0)
    segment = np.repeat(np.arange(len(rows)), rows)
    within = np.arange(len(segment)) - np.repeat(np.cumsum(rows) - rows, rows)
    row_ns = (begin[segment] + within) * period_ns
    # nodes and rows in one order, a node before a row of the same time
    of_nodes = np.repeat(np.arange(len(rows)), np.diff(nodes.first))
    is_row = np.repeat([0, 1], [len(nodes), len(segment)])
    order = np.lexsort(
        (
            is_row,
            np.concatenate([nodes.time_ns, row_ns]),
            np.concatenate([of_nodes, segment]),
        )
    )
    passed = np.cumsum(is_row[order] == 0)
    return segment, row_ns, (passed[is_row[order] == 1] - 1).astype(np.int64)


def _plots_around(nodes: Nodes, node: Ints, row_ns: Ints) -> tuple[Ints, Ints]:
    """Nodes of the last plot at or before each row and of the first at or after it."""
    index, filled = np.arange(len(nodes)), nodes.plot >= 0
    before = np.maximum.accumulate(np.where(filled, index, 0))
    after = np.minimum.accumulate(np.where(filled, index, len(nodes) - 1)[::-1])[::-1]
    later = np.where(nodes.time_ns[node] == row_ns, node, np.minimum(node + 1, len(nodes) - 1))
    return before[node], after[later]


def _heights(
    nodes: Nodes,
    row: _Rows,
    smoothed: tuple[Floats, Floats] | None,
    given_m: Floats,
    settings: SmootherSettings,
) -> tuple[Floats, Floats]:
    """Height and vertical rate of the rows; NaN where no report is near or the rate unknown."""
    count = len(row.node)
    if smoothed is None:
        return np.full(count, np.nan), np.full(count, np.nan)
    out = np.empty((count, 3))
    kernels.write_heights(row.node, nodes.time_s, *smoothed, row.time_s, out)
    known = np.isfinite(given_m) & (nodes.plot >= 0)
    before, after = known_around(nodes, known)
    before, after = before[row.node], after[row.node]
    far_ns = settings.gap_ns + 1
    since_ns = row.time_ns - nodes.time_ns[before]
    until_ns = nodes.time_ns[after] - row.time_ns
    since_ns = np.where(before >= 0, since_ns, far_ns)
    until_ns = np.where(after >= 0, until_ns, far_ns)
    shown = (since_ns + until_ns <= settings.gap_ns) & (before >= 0) & (after >= 0)
    shown |= np.minimum(since_ns, until_ns) <= settings.height_reach_ns
    rate_known = shown & (out[:, 2] < RATE_VARIANCE_LIMIT)
    return np.where(shown, out[:, 0], np.nan), np.where(rate_known, out[:, 1], np.nan)


def _codes(
    nodes: Nodes, members: Membership, segment: Ints, node: Ints
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.bytes_]]:
    """Mode 3/A, Mode S address and callsign of the rows.

    Address and callsign are what most plots of the whole track say. The Mode 3/A code may
    change in flight: it is the last one before the row, or else the first after, of those that
    the track said more than once.
    """
    filled = np.flatnonzero(nodes.plot >= 0)
    track = np.repeat(nodes.track, np.diff(nodes.first))[filled]
    plots = members.plots
    row = nodes.plot[filled]
    address = plots.mode_s[row].astype(np.int64)
    sign = text_numbers(plots.callsign[row])
    whose = nodes.track[segment]
    mode_s = _of_tracks(track, address, address != NO_CODE, whose, NO_CODE).astype(np.int32)
    callsign = number_texts(_of_tracks(track, sign, sign != NO_TEXT, whose, NO_TEXT))
    code = np.full(len(nodes), NO_CODE, np.int64)
    code[filled] = _believed(track, plots.mode_3a[row].astype(np.int64))
    before, after = known_around(nodes, code != NO_CODE)
    at = np.where(before >= 0, before, after)[node]
    mode_3a = np.where(at >= 0, code[at], NO_CODE).astype(np.int32)
    return mode_3a, mode_s, callsign


def _believed(track: Ints, code: Ints) -> Ints:
    """Codes with those that a track said once, while it said another more often, taken out."""
    said = np.flatnonzero(code != NO_CODE)
    pairs = np.stack([track[said], code[said]], axis=1)
    _, which, count = np.unique(pairs, axis=0, return_inverse=True, return_counts=True)
    often = count[which.ravel()]
    numbers, at = np.unique(track[said], return_inverse=True)
    most = np.zeros(len(numbers), np.int64)
    np.maximum.at(most, at, often)
    believed = code.copy()
    believed[said[(often < 2) & (most[at] >= 2)]] = NO_CODE
    return believed


def _of_tracks(track: Ints, value: Ints, valid: NDArray[np.bool_], whose: Ints, none: int) -> Ints:
    """The most frequent valid value of each row's track, ``none`` where it has none."""
    known, most = majority(track[valid], value[valid])
    if len(known) == 0:
        return np.full(len(whose), none, np.int64)
    at = np.minimum(np.searchsorted(known, whose), len(known) - 1)
    return np.where(known[at] == whose, most[at], none)
