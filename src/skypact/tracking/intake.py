"""Which plots the tracker may use, and in which slot each is due.

In: a batch of plots. Out: the usable ones with the reception time they count as, and how many
were refused for which reason. Nothing is ever raised for a plot.
"""

from __future__ import annotations

from collections import Counter

import numpy as np
from numpy.typing import NDArray

from skypact.kernels import tracking_arrays as names
from skypact.model.plots import Plots
from skypact.tracking.settings import SLOT_NS, TrackerSettings

FARTHEST_M = 2_000e3
"""No sensor of aircraft sees farther."""

HIGHEST_M = 100e3
FASTEST_MPS = 4_000.0
LATEST_NS = 2**62
"""Times beyond this (year 2116) are damage."""


def _within(values: NDArray[np.float64], low: float, high: float) -> NDArray[np.bool_]:
    """True where a value is finite and in range; NaN is not."""
    return np.asarray((values >= low) & (values <= high))


def geometry(
    plots: Plots, radar: NDArray[np.bool_], located: NDArray[np.bool_]
) -> NDArray[np.int32]:
    """How each plot measures: ``POLAR``, ``PLACED`` or 0 for not at all, int32 (plots,).

    ``radar`` and ``located`` say it of each plot's sensor. A radar's range and azimuth come
    first, because their errors are known; a radar of unknown place can only give positions.
    """
    polar = located & _within(plots.range_m, 1.0, FARTHEST_M)
    polar &= _within(plots.azimuth_rad, -10.0, 10.0)
    placed = _within(plots.latitude_rad, -np.pi / 2, np.pi / 2)
    placed &= _within(plots.longitude_rad, -10.0, 10.0)
    kind = np.where(placed, names.PLACED, 0)
    first = polar & (radar | ~placed)
    return np.where(first, names.POLAR, kind).astype(np.int32)


def refusals(
    plots: Plots, kind: NDArray[np.int32], known: NDArray[np.bool_], settings: TrackerSettings
) -> dict[str, NDArray[np.bool_]]:
    """Reasons to refuse, in order of precedence, each with the plots it meets."""
    bare = np.isnan(plots.range_m) | np.isnan(plots.azimuth_rad)
    bare &= np.isnan(plots.latitude_rad) | np.isnan(plots.longitude_rad)
    damaged = (np.abs(plots.measured_ns) > LATEST_NS) | (np.abs(plots.received_ns) > LATEST_NS)
    # subtract within int64's range only
    age = np.where(damaged, 0, plots.received_ns) - np.where(damaged, 0, plots.measured_ns)
    return {
        "unknown sensor": ~known,
        "impossible time": damaged | (plots.measured_ns < 0) | (plots.received_ns < 0),
        "no measurement": bare,
        "impossible measurement": kind == 0,
        "measured too late": age > settings.late_limit_ns,
        "measured in the future": age < -settings.future_limit_ns,
    }


def sift(
    plots: Plots,
    radar: NDArray[np.bool_],
    located: NDArray[np.bool_],
    settings: TrackerSettings,
) -> tuple[NDArray[np.int64], NDArray[np.int32], Counter[str]]:
    """Rows of the usable plots, how each measures, and counts of the refused by reason.

    ``radar`` and ``located`` are bool (sensors,).
    """
    known = (plots.sensor >= 0) & (plots.sensor < len(radar))
    if len(radar) == 0:
        return np.empty(0, np.int64), np.empty(0, np.int32), Counter({"unknown sensor": len(plots)})
    index = np.where(known, plots.sensor, 0)
    kind = geometry(plots, radar[index], located[index])
    counts: Counter[str] = Counter()
    usable = np.ones(len(plots), np.bool_)
    for reason, met in refusals(plots, kind, known, settings).items():
        count = int(np.count_nonzero(met & usable))
        if count:
            counts[reason] = count
            usable &= ~met
    rows = np.flatnonzero(usable)
    return rows, kind[rows], counts


def plot_arrays(
    plots: Plots, kind: NDArray[np.int32], number: NDArray[np.int64], floor_ns: int
) -> names.PlotArrays:
    """Plots as the kernels read them, in order of arrival, each with its running number.

    A plot is due when it has been received and its time of measurement has come; not before
    ``floor_ns``, the slot that is open.
    """
    due = np.maximum(np.maximum(plots.received_ns, plots.measured_ns), floor_ns)
    value = np.empty((len(plots), names.PLOT_VALUE))
    value[:, names.RANGE] = plots.range_m
    value[:, names.AZIMUTH] = plots.azimuth_rad
    value[:, names.LATITUDE] = plots.latitude_rad
    value[:, names.LONGITUDE] = plots.longitude_rad
    for column, heights in (
        (names.ALTITUDE, plots.altitude_m),
        (names.PRESSURE_ALTITUDE, plots.pressure_altitude_m),
    ):
        value[:, column] = np.where(_within(heights, -2e3, HIGHEST_M), heights, np.nan)
    steep = _within(plots.elevation_rad, -0.2, np.pi / 2)
    value[:, names.ELEVATION] = np.where(steep, plots.elevation_rad, np.nan)
    good = _within(plots.horizontal_sigma_m, 1e-3, 1e5)
    # below a metre the sensor's own error and the clock's are larger
    value[:, names.SIGMA] = np.where(good, np.maximum(plots.horizontal_sigma_m, 1.0), np.nan)
    for column, speed in (
        (names.VELOCITY_EAST, plots.velocity_east_mps),
        (names.VELOCITY_NORTH, plots.velocity_north_mps),
        (names.VELOCITY_UP, plots.velocity_up_mps),
    ):
        value[:, column] = np.where(_within(speed, -FASTEST_MPS, FASTEST_MPS), speed, np.nan)
    return names.PlotArrays(
        due // SLOT_NS * SLOT_NS,
        np.array(plots.measured_ns, np.int64),
        np.array(plots.sensor, np.int32),
        kind,
        value,
        np.array(plots.mode_3a, np.int32),
        np.array(plots.mode_s, np.int32),
        np.array(plots.callsign, "S8").view(np.uint64),
        np.array(number, np.int64),
    )


def joined(first: names.PlotArrays, second: names.PlotArrays) -> names.PlotArrays:
    """Two batches end to end."""
    if len(first.sensor) == 0:
        return second
    return names.PlotArrays(*(np.concatenate(pair) for pair in zip(first, second, strict=True)))


def split(plots: names.PlotArrays, until_ns: int) -> tuple[names.PlotArrays, names.PlotArrays]:
    """Plots of slots that have ended by ``until_ns``, in the order of use, and the rest."""
    ready = plots.slot_ns <= until_ns - SLOT_NS
    chosen = np.flatnonzero(ready)
    order = chosen[
        np.lexsort((plots.measured_ns[chosen], plots.sensor[chosen], plots.slot_ns[chosen]))
    ]
    rest = np.flatnonzero(~ready)
    return (
        names.PlotArrays(*(np.ascontiguousarray(column[order]) for column in plots)),
        names.PlotArrays(*(np.ascontiguousarray(column[rest]) for column in plots)),
    )


def without(plots: names.PlotArrays, withheld: NDArray[np.bool_]) -> tuple[names.PlotArrays, int]:
    """Plots but for those of withheld sensors, bool (sensors,), and how many those were."""
    kept = np.flatnonzero(~withheld[plots.sensor])
    count = len(plots.sensor) - len(kept)
    if count == 0:
        return plots, 0
    return names.PlotArrays(*(np.ascontiguousarray(column[kept]) for column in plots)), count
