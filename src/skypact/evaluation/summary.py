"""What a recording holds, sensor by sensor: counts, rates, span, area, update interval, gaps.

In: plots and the sensors they name. Out: one row of figures per sensor, for people and JSON.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skypact.evaluation.placing import plot_positions
from skypact.model.plots import Plots
from skypact.model.sensors import SensorTable
from skypact.model.time import SECOND_NS, to_iso

GAP_INTERVALS = 3.0
"""A target unheard for more than so many of its sensor's usual intervals has a gap ..."""

LEFT_INTERVALS = 15.0
"""... but one unheard for longer than so many has left, and come again."""


@dataclass(frozen=True, slots=True)
class SensorSummary:
    """Figures of one sensor; None where the plots do not tell.

    Parameters
    ----------
    sensor, kind
        As in the sensor table.
    plots, targets
        Number of plots, and of different targets (by address, else track number, else Mode 3/A).
    first, last
        ISO times of the first and last measurement.
    plots_per_s
        Mean over the span.
    update_interval_s, update_p95_s
        Median and 95th percentile of the time between plots of one target.
    gaps
        How often a target was missing for more than three usual intervals and came back.
    silence_s
        Longest time without any plot.
    south_deg, west_deg, north_deg, east_deg
        Area of the plots; ``west_deg`` exceeds ``east_deg`` across the antimeridian.
    farthest_m
        Largest slant range.
    lowest_m, highest_m
        Pressure altitudes.
    with_address, with_code, with_altitude
        Shares of the plots, 0 to 1.
    rejected
        Refusals by reason.
    """

    sensor: str
    kind: str
    plots: int
    targets: int
    first: str | None
    last: str | None
    plots_per_s: float | None
    update_interval_s: float | None
    update_p95_s: float | None
    gaps: int
    silence_s: float | None
    south_deg: float | None
    west_deg: float | None
    north_deg: float | None
    east_deg: float | None
    farthest_m: float | None
    lowest_m: float | None
    highest_m: float | None
    with_address: float
    with_code: float
    with_altitude: float
    rejected: Mapping[str, int]

    def as_json(self) -> dict[str, Any]:
        """For ``--json``."""
        return asdict(self)


def target_keys(plots: Plots) -> NDArray[np.int64]:
    """A number that is the same for plots of one target of one sensor, -1 where nothing tells.

    Shape (plots,). Addresses come before track numbers before Mode 3/A codes.
    """
    codes = (plots.mode_s, plots.source_track, plots.mode_3a)
    key = np.full(len(plots), -1, np.int64)
    for kind, values in enumerate(codes, start=1):
        fits = (key < 0) & (values >= 0)
        key[fits] = (kind << 40) + values[fits].astype(np.int64)
    told = key >= 0
    key[told] += plots.sensor[told].astype(np.int64) << 44
    return key


def update_intervals(plots: Plots) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Seconds between successive plots of one target, and the index of the later plot."""
    keys = target_keys(plots)
    order = np.lexsort((plots.measured_ns, keys))
    same = (keys[order[1:]] == keys[order[:-1]]) & (keys[order[1:]] >= 0)
    step = np.diff(plots.measured_ns[order])[same] / SECOND_NS
    return step, order[1:][same]


def summarise(
    plots: Plots, sensors: SensorTable, rejected: Mapping[str, Mapping[str, int]]
) -> list[SensorSummary]:
    """Figures per sensor, in the table's order.

    Parameters
    ----------
    plots
        All plots of the recording.
    sensors
        What they name.
    rejected
        Refusals by reason for each sensor's name.
    """
    latitude, longitude = plot_positions(plots, sensors)
    rows = []
    for index, sensor in enumerate(sensors):
        own = np.flatnonzero(plots.sensor == index)
        refused = dict(rejected.get(sensor.name, {}))
        place = (latitude[own], longitude[own])
        rows.append(_figures(sensor.name, sensor.kind, plots.take(own), place, refused))
    return rows


def _figures(
    name: str,
    kind: str,
    plots: Plots,
    place: tuple[NDArray[np.float64], NDArray[np.float64]],
    refused: dict[str, int],
) -> SensorSummary:
    count = len(plots)
    times = np.sort(plots.measured_ns)
    span_s = float(times[-1] - times[0]) / SECOND_NS if count else 0.0
    steps, _ = update_intervals(plots)
    usual = float(np.median(steps)) if len(steps) else None
    gaps = 0
    if usual:
        gaps = int(((steps > GAP_INTERVALS * usual) & (steps <= LEFT_INTERVALS * usual)).sum())
    keys = target_keys(plots)
    south, west, north, east = _area(*place)
    return SensorSummary(
        sensor=name,
        kind=kind,
        plots=count,
        targets=len(np.unique(keys[keys >= 0])),
        first=to_iso(int(times[0])) if count else None,
        last=to_iso(int(times[-1])) if count else None,
        plots_per_s=count / span_s if span_s > 0 else None,
        update_interval_s=usual,
        update_p95_s=float(np.percentile(steps, 95)) if len(steps) else None,
        gaps=gaps,
        silence_s=float(np.diff(times).max()) / SECOND_NS if count > 1 else None,
        south_deg=south,
        west_deg=west,
        north_deg=north,
        east_deg=east,
        farthest_m=_extreme(plots.range_m, np.max),
        lowest_m=_extreme(plots.pressure_altitude_m, np.min),
        highest_m=_extreme(plots.pressure_altitude_m, np.max),
        with_address=_share(plots.mode_s >= 0),
        with_code=_share(plots.mode_3a >= 0),
        with_altitude=_share(np.isfinite(plots.pressure_altitude_m)),
        rejected=refused,
    )


def _share(having: NDArray[np.bool_]) -> float:
    return float(having.mean()) if len(having) else 0.0


def _extreme(values: NDArray[np.float64], pick: Any) -> float | None:
    known = values[np.isfinite(values)]
    return float(pick(known)) if len(known) else None


def _area(
    latitude: NDArray[np.float64], longitude: NDArray[np.float64]
) -> tuple[float | None, float | None, float | None, float | None]:
    """South, west, north, east; the narrowest stretch of longitudes that holds all."""
    known = np.isfinite(latitude) & np.isfinite(longitude)
    if not known.any():
        return None, None, None, None
    around = np.unique(longitude[known])
    holes = np.diff(np.append(around, around[0] + 360.0))
    widest = int(holes.argmax())  # the area begins where the widest hole ends
    west, east = around[(widest + 1) % len(around)], around[widest]
    return float(latitude[known].min()), float(west), float(latitude[known].max()), float(east)
