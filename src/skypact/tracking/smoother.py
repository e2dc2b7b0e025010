"""A fixed-interval smoother: reference trajectories from all plots of each track.

In: plots, which of them made which track, and the confirmed tracks. Out: states at whole
periods between the first and the last plot of each, every one computed from all its plots, those
that came later too (not causal). Two filters of interacting models, one forwards and one
backwards in time of measurement, joined in a plane rolled along the path (``kernels.smoothing_*``;
Helmick, Blair and Hoffman, IEEE Information Theory 41/6, 1995; docs/explanation/tracking.md).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skypact.kernels import tracking_arrays as names
from skypact.kernels.smoothing_models import (
    H1,
    H2,
    HEIGHT,
    HEIGHT_VARIANCE,
    MEASUREMENT,
    R11,
    R22,
    Z1,
    Z2,
)
from skypact.kernels.smoothing_pass import (
    HEIGHT_NOISE,
    PRIOR,
    PRIOR_HEIGHT,
    PRIOR_HEIGHT_SIGMA,
    PRIOR_POSITION,
    PRIOR_SPEED,
    smooth_segments,
)
from skypact.kernels.smoothing_path import find_points, lay_path, look_from, place_nodes
from skypact.kernels.smoothing_rows import doubt
from skypact.model.innovations import Innovations
from skypact.model.plots import Plots
from skypact.model.sensors import SensorTable
from skypact.model.tracks import Tracks, sensor_words
from skypact.tracking import store
from skypact.tracking.settings import TrackerSettings
from skypact.tracking.smoothing_nodes import (
    Floats,
    Membership,
    Nodes,
    known_around,
    lay_nodes,
    members,
    part,
    plot_values,
)
from skypact.tracking.smoothing_rows import Smoothing, rows_of
from skypact.tracking.smoothing_settings import SmootherSettings, law_of

CHUNK_NODES = 20_000
"""Nodes worked on at a time; segments are independent, so the result does not depend on it."""

PRIOR_POSITION_M = 100e3
HEIGHT_SPEED_MPS = 30.0
DEFAULT = SmootherSettings()


@dataclass(frozen=True, slots=True)
class Smoothed:
    """What a smoother made.

    Parameters
    ----------
    tracks
        Rows by time, then by number; all confirmed.
    joined
        Track numbers that carried on an earlier one, with the earliest.
    segments, gaps, short
        Segments shown; gaps that ended one; segments of too few plots, which are not shown.
    plots, doubted
        Plots used, and those of them that lost over half their weight by their residuals.
    """

    tracks: Tracks
    joined: dict[int, int]
    segments: int
    gaps: int
    short: int
    plots: int
    doubted: int


def smooth(
    plots: Plots,
    sensors: SensorTable,
    innovations: Innovations,
    confirmed: NDArray[np.int64],
    settings: SmootherSettings = DEFAULT,
    *,
    step: Callable[[float], None] = lambda _: None,
) -> Smoothed:
    """Smooth the confirmed tracks of a tracker's run.

    Parameters
    ----------
    plots
        All plots the tracker was handed, in that order; with the sensors' errors taken out as far
        as they are known at the end, for these are the measurements that are smoothed.
    sensors
        Their table; its sigmas are the noise.
    innovations
        Of the whole run, joined: which plot made which track.
    confirmed
        Numbers of the tracks to smooth.
    settings
        How to behave.
    step
        Told the part done, from 0 to 1.

    Raises
    ------
    ValueError
        If an innovation names a plot or sensor that there is not.
    """
    membership, joined = members(plots, sensors, innovations, confirmed, settings)
    site = store.sensor_arrays(sensors, TrackerSettings()).fixed
    value = plot_values(membership)
    nodes, gaps, short = lay_nodes(membership, _points(membership, value, site, settings), settings)
    done = [Tracks.empty(sensor_words(len(sensors)))]
    doubted = 0
    for begin, end in _chunks(nodes):
        chunk = part(nodes, begin, end)
        smoothing, weak = _smooth_chunk(chunk, membership, value, site, settings)
        doubted += weak
        done.append(rows_of(chunk, membership, smoothing, sensors, settings))
        step(float(nodes.first[end]) / len(nodes))
    tracks = Tracks.join(done)
    return Smoothed(
        tracks.take(np.lexsort((tracks.track, tracks.measured_ns))),
        joined,
        len(nodes.track),
        gaps,
        short,
        int(np.count_nonzero(nodes.plot >= 0)),
        doubted,
    )


def _points(
    membership: Membership, value: Floats, site: Floats, settings: SmootherSettings
) -> Floats:
    """About where each plot lies, ECEF (members, 3): at its own height, else the assumed."""
    height = np.where(
        np.isnan(value[:, names.ALTITUDE]),
        value[:, names.PRESSURE_ALTITUDE],
        value[:, names.ALTITUDE],
    )
    height = np.where(np.isnan(height), settings.assumed_altitude_m, height)
    point = np.zeros((len(membership), 3))
    sensor = np.ascontiguousarray(membership.plots.sensor)
    place_nodes(membership.kind, sensor, value, site, height, point)
    return point


def _chunks(nodes: Nodes) -> Iterator[tuple[int, int]]:
    """Whole segments of about CHUNK_NODES nodes together."""
    begin, segments = 0, len(nodes.track)
    while begin < segments:
        reach = nodes.first[begin] + CHUNK_NODES
        end = max(begin + 1, int(np.searchsorted(nodes.first, reach, side="right")) - 1)
        yield begin, end
        begin = end


def _smooth_chunk(
    nodes: Nodes,
    membership: Membership,
    value: Floats,
    site: Floats,
    settings: SmootherSettings,
) -> tuple[Smoothing, int]:
    """Smooth whole segments; also how many plots are doubted."""
    count, filled = len(nodes), nodes.plot >= 0
    row = np.maximum(nodes.plot, 0)
    kind = np.where(filled, membership.kind[row], 0).astype(np.int32)
    sensor = membership.plots.sensor[row]
    seen = np.where(filled[:, None], value[row], np.nan)
    share = np.where(filled, membership.share[row], 1.0)
    geometric = seen[:, names.ALTITUDE]
    pressure = seen[:, names.PRESSURE_ALTITUDE]
    height = np.where(np.isnan(geometric), pressure, geometric)
    variance = np.where(
        np.isnan(geometric), settings.pressure_sigma_m**2, settings.geometric_sigma_m**2
    )
    given = np.full((count, MEASUREMENT), np.nan)
    given[:, HEIGHT], given[:, HEIGHT_VARIANCE] = height, variance
    near = _filled_in(nodes, height)
    path_height = np.where(np.isnan(near), settings.assumed_altitude_m, near)
    point = np.zeros((count, 3))
    place_nodes(kind, sensor, seen, site, path_height, point)
    _bridge(nodes, point)
    prior = _prior(path_height[nodes.first[:-1]], settings)
    law, weight = law_of(settings.models), share.copy()
    frame, place = np.zeros((count, names.FRAME)), np.zeros((count, 2))
    mean, spread = np.zeros((count, 5)), np.zeros((count, 5, 5))
    chance = np.zeros((count, len(settings.models)))
    for turn in range(settings.passes):
        lay_path(nodes.first, point, path_height, frame, place)
        path_height = frame[:, names.ORIGIN_HEIGHT].copy()
        look_from(kind, sensor, seen, site, frame, weight, given)
        smooth_segments(
            nodes.first, nodes.time_s, kind, given, place, path_height, law, prior,
            mean, spread, chance,
        )  # fmt: skip
        if turn + 1 < settings.passes:
            # the last pass keeps the weights it was made with
            doubt(kind, given, place, path_height, mean, share, weight, variance)
            find_points(frame, place, mean, point)
            path_height = np.ascontiguousarray(mean[:, 4])
    smoothing = Smoothing(
        frame,
        place,
        mean,
        spread,
        _smooth_heights(nodes, geometric, settings),
        _smooth_heights(nodes, pressure, settings),
    )
    return smoothing, int(np.count_nonzero(filled & (weight < 0.5 * share)))


def _prior(height_m: Floats, settings: SmootherSettings) -> Floats:
    """What is known of flights before any plot: (segments, PRIOR)."""
    prior = np.zeros((len(height_m), PRIOR))
    prior[:, PRIOR_POSITION], prior[:, PRIOR_SPEED] = PRIOR_POSITION_M, settings.speed_sigma_mps
    prior[:, PRIOR_HEIGHT_SIGMA] = settings.assumed_altitude_sigma_m
    prior[:, PRIOR_HEIGHT] = height_m
    prior[:, HEIGHT_NOISE] = settings.height_noise_m2ps
    return prior


def _filled_in(nodes: Nodes, height_m: Floats) -> Floats:
    """Heights of the nodes: known ones, else the last before in the segment, else the next."""
    before, after = known_around(nodes, ~np.isnan(height_m))
    at = np.where(before >= 0, before, after)
    return np.where(at >= 0, height_m[at], np.nan)


def _bridge(nodes: Nodes, point: Floats) -> None:
    """Lay the empty nodes' points on the straight lines between the plots around them."""
    empty = np.flatnonzero(nodes.plot < 0)
    before, after = known_around(nodes, nodes.plot >= 0)
    before, after = before[empty], after[empty]
    step_s = nodes.time_s[after] - nodes.time_s[before]
    part_done = ((nodes.time_s[empty] - nodes.time_s[before]) / step_s)[:, None]
    point[empty] = point[before] + part_done * (point[after] - point[before])


def _smooth_heights(
    nodes: Nodes, height_m: Floats, settings: SmootherSettings
) -> tuple[Floats, Floats] | None:
    """Mean (nodes, 5) and spread (nodes, 5, 5) with the height as the first coordinate.

    The same smoother on a line: the second coordinate is held at 0. None where no plot tells.
    """
    kind = np.isfinite(height_m).astype(np.int32)
    if not kind.any():
        return None
    count = len(nodes)
    given = np.zeros((count, MEASUREMENT))
    given[:, HEIGHT] = np.nan
    given[:, Z1], given[:, Z2] = np.where(kind == 1, height_m, 0.0), 0.0
    given[:, H1], given[:, H2 + 1] = 1.0, 1.0
    given[:, R11], given[:, R22] = settings.pressure_step_m**2, 1.0
    prior = np.zeros((len(nodes.track), PRIOR))
    prior[:, PRIOR_POSITION], prior[:, PRIOR_SPEED] = PRIOR_POSITION_M, HEIGHT_SPEED_MPS
    prior[:, PRIOR_HEIGHT_SIGMA] = 1.0
    place, level = np.zeros((count, 2)), np.zeros(count)
    mean, spread = np.zeros((count, 5)), np.zeros((count, 5, 5))
    chance = np.zeros((count, len(settings.height_models)))
    law, weight, share = law_of(settings.height_models), np.ones(count), np.ones(count)
    for turn in range(2):
        given[:, R11] = settings.pressure_step_m**2 / weight
        smooth_segments(
            nodes.first, nodes.time_s, kind, given, place, level, law, prior, mean, spread, chance
        )
        if turn == 0:
            doubt(kind, given, place, level, mean, share, weight, share)
    return mean, spread
