"""From plots and the tracks they made to the nodes that a smoother works on.

In: plots, and which of them made which track (:class:`~skypact.model.innovations.Innovations`).
Out: per track its plots in the order of measurement, cut where no plot came for long, with empty
nodes inside gaps. Fragments of one aircraft are joined first.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skypact.model.innovations import Innovations
from skypact.model.plots import NO_CODE, Plots
from skypact.model.sensors import SensorTable
from skypact.tracking import intake
from skypact.tracking.smoothing_settings import SmootherSettings

FAR_M, FASTEST_MPS = 50e3, 4_000.0
"""Plots of one track lie no farther apart than this and what is flown so fast between them."""

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Membership:
    """Plots that made tracks, a row each, sorted by track and time of measurement.

    Parameters
    ----------
    track
        Track number, fragments joined.
    measured_ns
        Time of measurement.
    share
        Probability that the plot was the track's.
    kind
        ``POLAR`` or ``PLACED``.
    plots
        The plots, in this order.
    """

    track: Ints
    measured_ns: Ints
    share: Floats
    kind: NDArray[np.int32]
    plots: Plots

    def __len__(self) -> int:
        return len(self.track)


@dataclass(frozen=True, slots=True)
class Nodes:
    """Nodes of segments, end to end; every array has shape (nodes,) unless said.

    Parameters
    ----------
    first
        First node of each segment, and one past the last: (segments + 1,).
    track
        Track number of each segment: (segments,).
    time_ns, time_s
        Time of the node, and the same since the first node of its segment.
    plot
        Row of the membership, -1 of empty nodes.
    """

    first: Ints
    track: Ints
    time_ns: Ints
    time_s: Floats
    plot: Ints

    def __len__(self) -> int:
        return len(self.time_ns)


def members(
    plots: Plots,
    sensors: SensorTable,
    innovations: Innovations,
    confirmed: Ints,
    settings: SmootherSettings,
) -> tuple[Membership, dict[int, int]]:
    """Plots of the confirmed tracks in order, and which track numbers were joined to which.

    Raises
    ------
    ValueError
        If an innovation names a plot or a sensor that there is not.
    """
    rows, chosen, kind = _usable(plots, sensors, innovations, confirmed, settings)
    renamed = fragments_joined(innovations, rows, chosen, settings)
    track = _renamed(innovations.track[rows], renamed)
    time_ns = chosen.measured_ns
    # by content, not by row, so that the order in which plots of one instant came is nothing
    order = np.lexsort(
        (
            chosen.longitude_rad,
            chosen.latitude_rad,
            chosen.azimuth_rad,
            chosen.range_m,
            chosen.sensor,
            time_ns,
            track,
        )
    )
    share = np.minimum(innovations.share[rows], 1.0)
    return (
        Membership(track[order], time_ns[order], share[order], kind[order], chosen.take(order)),
        renamed,
    )


def _usable(
    plots: Plots,
    sensors: SensorTable,
    innovations: Innovations,
    confirmed: Ints,
    settings: SmootherSettings,
) -> tuple[Ints, Plots, NDArray[np.int32]]:
    """Rows of innovations to use, their plots, and how each measures."""
    rows = np.flatnonzero(
        np.isin(innovations.track, confirmed) & (innovations.share >= settings.share_floor)
    )
    plot = innovations.plot[rows]
    if len(plot) == 0:
        return rows, plots.take(plot), np.empty(0, np.int32)
    if plot.min() < 0 or plot.max() >= len(plots):
        raise ValueError(f"innovations name plots beyond the {len(plots)} given")
    chosen = plots.take(plot)
    if chosen.sensor.min() < 0 or chosen.sensor.max() >= len(sensors):
        raise ValueError(f"plots name sensors beyond the {len(sensors)} in the table")
    radar = np.array([sensor.kind == "radar" for sensor in sensors], dtype=np.bool_)
    located = np.array([sensor.located for sensor in sensors], dtype=np.bool_)
    kind = intake.geometry(chosen, radar[chosen.sensor], located[chosen.sensor])
    usable = np.flatnonzero(kind)
    return rows[usable], chosen.take(usable), kind[usable]


def _renamed(track: Ints, renamed: dict[int, int]) -> Ints:
    """Track numbers with those of fragments replaced."""
    if not renamed:
        return track
    was = np.array(sorted(renamed), np.int64)
    now = np.array([renamed[int(number)] for number in was], np.int64)
    at = np.minimum(np.searchsorted(was, track), len(was) - 1)
    return np.where(was[at] == track, now[at], track)


def majority(group: Ints, value: NDArray[np.int64]) -> tuple[Ints, Ints]:
    """Groups that have values, sorted, and each one's most frequent value (least of equals)."""
    pairs, count = np.unique(np.stack([group, value], axis=1), axis=0, return_counts=True)
    order = np.lexsort((pairs[:, 1], -count, pairs[:, 0]))
    groups, first = np.unique(pairs[order, 0], return_index=True)
    return groups, pairs[order, 1][first]


def identities(track: Ints, plots: Plots) -> tuple[Ints, Ints]:
    """Tracks that say who they are, sorted, and a number for it.

    The number is the Mode S address that most of the plots give; without one, that of the
    callsign, below 0.
    """
    addressed = plots.mode_s != NO_CODE
    who, address = majority(track[addressed], plots.mode_s[addressed].astype(np.int64))
    named = (plots.callsign != b"") & ~np.isin(track, who)
    also, sign = majority(track[named], text_numbers(plots.callsign[named]))
    number = np.concatenate([who, also])
    order = np.argsort(number)
    return number[order], np.concatenate([address, -2 - sign])[order]


def text_numbers(texts: NDArray[np.bytes_]) -> Ints:
    """Eight ASCII characters as one number, in alphabetical order."""
    return np.ascontiguousarray(texts, "S8").view(">u8").astype(np.int64)


def number_texts(numbers: Ints) -> NDArray[np.bytes_]:
    """The texts of :func:`text_numbers`."""
    return np.ascontiguousarray(numbers).astype(">u8").view("S8")


def fragments_joined(
    innovations: Innovations, rows: Ints, plots: Plots, settings: SmootherSettings
) -> dict[int, int]:
    """Track numbers that carry on an earlier one, with the earliest.

    Both say the same address (or callsign), the later begins after the earlier ended and within
    ``join_gap_ns``, and flown straight from either end they meet half-way.
    """
    track = innovations.track[rows]
    who, identity = identities(track, plots)
    shared, count = np.unique(identity, return_counts=True)
    several = np.isin(identity, shared[count > 1])
    if not several.any():
        return {}
    candidate = np.isin(track, who[several])
    rows, track = rows[candidate], track[candidate]
    time_ns = innovations.measured_ns[rows]
    order = np.lexsort((innovations.plot[rows], time_ns, track))
    rows, track, time_ns = rows[order], track[order], time_ns[order]
    number, first = np.unique(track, return_index=True)
    last = np.append(first[1:], len(track)) - 1
    whose = identity[np.searchsorted(who, number)]
    renamed: dict[int, int] = {}
    sequence = np.lexsort((number, time_ns[first], whose))
    for one, two in itertools.pairwise(sequence):
        gap_ns = int(time_ns[first[two]] - time_ns[last[one]])
        if whose[one] != whose[two] or not 0 < gap_ns <= settings.join_gap_ns:
            continue
        # a track of few plots does not know its speed yet
        known = min(first[two] + 3, last[two])
        if _meet(innovations, int(rows[last[one]]), int(rows[known]), settings):
            earlier = int(number[one])
            renamed[int(number[two])] = renamed.get(earlier, earlier)
    return renamed


def _meet(innovations: Innovations, one: int, two: int, settings: SmootherSettings) -> bool:
    """Whether the track at innovation ``one``, flown on, comes to where ``two`` came from."""
    half_s = 0.5e-9 * float(innovations.measured_ns[two] - innovations.measured_ns[one])
    square = 0.0
    for place, speed in (
        (innovations.x_m, innovations.velocity_x_mps),
        (innovations.y_m, innovations.velocity_y_mps),
        (innovations.z_m, innovations.velocity_z_mps),
    ):
        apart = place[two] - place[one] - half_s * (speed[one] + speed[two])
        square += float(apart) ** 2
    reach = settings.join_slack_m + settings.join_acceleration_mps2 * half_s**2
    return bool(square <= reach**2)


def lay_nodes(
    members: Membership, point: Floats, settings: SmootherSettings
) -> tuple[Nodes, int, int]:
    """Nodes of all segments; how many gaps ended one, and how many were too short to keep.

    ``point`` (members, 3) is about where each plot lies, ECEF: one that nothing could fly to from
    the plot before ends a segment as a gap does.
    """
    count = len(members)
    if count == 0:
        empty = np.empty(0, np.int64)
        return Nodes(np.zeros(1, np.int64), empty, empty, np.empty(0), empty), 0, 0
    same = members.track[1:] == members.track[:-1]
    step_ns = np.diff(members.measured_ns)
    apart_m = np.linalg.norm(np.diff(point, axis=0), axis=1)
    far = ~(apart_m <= FAR_M + FASTEST_MPS * np.maximum(step_ns, 0) * 1e-9)
    broken = same & ((step_ns > settings.gap_ns) | far)
    begins = np.concatenate([[True], ~same | broken])
    segment = np.cumsum(begins) - 1
    size = np.bincount(segment)
    long_enough = size >= settings.least_plots
    kept = np.flatnonzero(long_enough[segment])
    short = int(np.count_nonzero(~long_enough))
    # empty nodes before each plot but the first of a segment
    before_ns = np.where(begins, 0, np.concatenate([[0], step_ns]))[kept]
    empties = np.maximum(-(-before_ns // settings.node_ns) - 1, 0)
    plot = np.repeat(kept, empties + 1)
    place = np.cumsum(empties + 1) - 1
    # counted back from the plot they lie before: 0 is the plot itself
    back = np.repeat(place, empties + 1) - np.arange(len(plot))
    share = np.repeat(before_ns // (empties + 1), empties + 1)
    time_ns = members.measured_ns[plot] - back * share
    start = np.flatnonzero(begins[kept])
    first = np.append(place[start], len(plot)).astype(np.int64)
    # no empty nodes lie before a segment's first plot, so that its place is the segment's
    origin_ns = np.repeat(time_ns[first[:-1]], np.diff(first))
    return (
        Nodes(
            first,
            members.track[kept[start]],
            time_ns,
            (time_ns - origin_ns) * 1e-9,
            np.where(back == 0, plot, -1),
        ),
        int(np.count_nonzero(broken)),
        short,
    )


def part(nodes: Nodes, begin: int, end: int) -> Nodes:
    """Segments ``begin`` up to ``end`` (exclusive)."""
    a, b = int(nodes.first[begin]), int(nodes.first[end])
    return Nodes(
        nodes.first[begin : end + 1] - a,
        nodes.track[begin:end],
        nodes.time_ns[a:b].copy(),
        nodes.time_s[a:b].copy(),
        nodes.plot[a:b].copy(),
    )


def plot_values(members: Membership) -> Floats:
    """Plots as the kernels read them: float64 (members, PLOT_VALUE), impossible values NaN."""
    number = np.arange(len(members), dtype=np.int64)
    return np.asarray(intake.plot_arrays(members.plots, members.kind, number, 0).value)


def known_around(nodes: Nodes, known: NDArray[np.bool_]) -> tuple[Ints, Ints]:
    """Last node at or before each in its segment where ``known``, and first at or after; or -1."""
    index = np.arange(len(nodes), dtype=np.int64)
    start = np.repeat(nodes.first[:-1], np.diff(nodes.first))
    end = np.repeat(nodes.first[1:], np.diff(nodes.first))
    before = np.maximum.accumulate(np.where(known, index, -1))
    after = np.minimum.accumulate(np.where(known, index, len(nodes))[::-1])[::-1]
    return np.where(before >= start, before, -1), np.where(after < end, after, -1)
