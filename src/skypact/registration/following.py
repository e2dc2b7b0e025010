"""Which plots teach about which tracks, and the slots of the tracks' small filters.

In: plots as measured and the tracker's innovations (who saw which track). Out: rows for
``kernels.registration_filter`` in order of measurement.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from skypact.kernels import registration_arrays as names
from skypact.kernels.tracking_arrays import FRAME
from skypact.model.innovations import Innovations
from skypact.model.plots import Plots

LEAST_SHARE = 0.5
PRESSURE_SIGMA_M, GEOMETRIC_SIGMA_M = 100.0, 30.0
NEAREST_M = 20e3
"""Nearer to a radar an aircraft of unknown height may be anywhere; surface radars see less far."""

FIRST_CAPACITY = 256


def empty_followed(capacity: int) -> names.Followed:
    """Filters for ``capacity`` tracks, none of them begun."""
    return names.Followed(
        x=np.zeros((capacity, names.STATES)),
        covariance=np.zeros((capacity, names.STATES, names.STATES)),
        lean=np.zeros((capacity, names.STATES, names.COLUMNS)),
        frame=np.zeros((capacity, FRAME)),
        stamp_ns=np.full(capacity, -1, np.int64),
        witness=np.full((capacity, names.WITNESSES), -1, np.int32),
        heard_ns=np.zeros((capacity, names.WITNESSES), np.int64),
    )


class Slots:
    """Track numbers and the slots of their filters; grown by doubling up to a limit."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self.followed = empty_followed(min(FIRST_CAPACITY, limit))
        self.number = np.full(len(self.followed.x), -1, np.int64)
        self.used_ns = np.zeros(len(self.followed.x), np.int64)

    def of(self, tracks: NDArray[np.int64], now_ns: int) -> NDArray[np.int64]:
        """Slot of each track number, new ones taken in order; -1 where the limit is reached."""
        wanted = np.unique(tracks)
        new = wanted[~np.isin(wanted, self.number)]
        free = np.flatnonzero(self.number < 0)
        if len(free) < len(new):
            self._grow(len(self.number) - len(free) + len(new))
            free = np.flatnonzero(self.number < 0)
        taken = free[: len(new)]
        self.number[taken] = new[: len(taken)]
        self.followed.stamp_ns[taken] = -1
        order = np.argsort(self.number, kind="stable")
        place = np.minimum(np.searchsorted(self.number[order], tracks), len(order) - 1)
        slot = order[place]
        slot = np.where(self.number[slot] == tracks, slot, -1)
        self.used_ns[slot[slot >= 0]] = now_ns
        return np.asarray(slot, np.int64)

    def release(self, before_ns: int) -> None:
        """Free the slots of tracks not heard of since a time."""
        old = (self.number >= 0) & (self.used_ns < before_ns)
        self.number[old] = -1
        self.followed.stamp_ns[old] = -1
        self.followed.witness[old] = -1

    def restart(self, sensor: int) -> None:
        """Begin every filter anew that a sensor had a part in."""
        met = (self.followed.witness == sensor).any(axis=1)
        self.followed.stamp_ns[met] = -1
        self.followed.witness[met] = -1

    def _grow(self, least: int) -> None:
        used = len(self.number)
        capacity = used
        while capacity < least and capacity < self._limit:
            capacity = min(2 * capacity, self._limit)
        larger = empty_followed(capacity)
        for name in names.Followed._fields:
            getattr(larger, name)[:used] = getattr(self.followed, name)
        self.followed = larger
        self.number = np.concatenate([self.number, np.full(capacity - used, -1, np.int64)])
        self.used_ns = np.concatenate([self.used_ns, np.zeros(capacity - used, np.int64)])


def rows_from(
    plots: Plots,
    first_number: int,
    innovations: Innovations,
    local: NDArray[np.int32],
    radar: NDArray[np.bool_],
) -> tuple[names.RowArrays, NDArray[np.int64]]:
    """Rows without their slots, in order of measurement, and their track numbers.

    Parameters
    ----------
    plots
        As measured, numbered from ``first_number`` on.
    first_number
        Number of the first of them.
    innovations
        What the tracker made of them.
    local
        Index among the registered sensors of each sensor of the table, -1 none; (sensors,).
    radar
        Which sensors are radars; (sensors,). Positions they give instead are not registered.
    """
    at = innovations.plot - first_number
    fit = (at >= 0) & (at < len(plots)) & innovations.confirmed
    fit &= innovations.share >= LEAST_SHARE
    fit &= (local[innovations.sensor] >= 0) & (innovations.polar | ~radar[innovations.sensor])
    chosen = np.flatnonzero(fit)
    at = at[chosen]
    near = innovations.polar[chosen] & ~(plots.range_m[at] >= NEAREST_M)
    near &= ~(np.isfinite(plots.altitude_m[at]) | np.isfinite(plots.pressure_altitude_m[at]))
    chosen, at = chosen[~near], at[~near]
    order = np.lexsort((at, plots.measured_ns[at]))
    chosen, at = chosen[order], at[order]
    value = np.empty((len(at), names.ROW_VALUE))
    value[:, names.RANGE] = plots.range_m[at]
    value[:, names.AZIMUTH] = plots.azimuth_rad[at]
    value[:, names.ELEVATION] = plots.elevation_rad[at]
    value[:, names.LATITUDE] = plots.latitude_rad[at]
    value[:, names.LONGITUDE] = plots.longitude_rad[at]
    value[:, names.SIGMA] = plots.horizontal_sigma_m[at]
    geometric = np.isfinite(plots.altitude_m[at])
    height = np.where(geometric, plots.altitude_m[at], plots.pressure_altitude_m[at])
    value[:, names.HEIGHT] = np.where(np.abs(height) < 100e3, height, np.nan)
    value[:, names.HEIGHT_SIGMA] = np.where(geometric, GEOMETRIC_SIGMA_M, PRESSURE_SIGMA_M)
    value[:, names.SHARE] = innovations.share[chosen]
    for k, name in enumerate(
        ("x_m", "y_m", "z_m", "velocity_x_mps", "velocity_y_mps", "velocity_z_mps")
    ):
        value[:, names.BEGIN + k] = getattr(innovations, name)[chosen]
    rows = names.RowArrays(
        np.zeros(len(at), np.int64),
        np.ascontiguousarray(local[innovations.sensor[chosen]], np.int32),
        np.where(innovations.polar[chosen], names.POLAR, names.PLACED).astype(np.int32),
        np.ascontiguousarray(plots.measured_ns[at], np.int64),
        value,
    )
    return rows, np.ascontiguousarray(innovations.track[chosen])
