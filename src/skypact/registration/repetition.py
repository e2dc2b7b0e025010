"""Sensors that say the same again: frozen pictures, replayed messages, clocks that stand.

In: all plots as received. Out: per sensor, over the last turns, the part of plots that were said
before to the bit, how long before, and how far the stamps moved. An aircraft moves several cells of
any radar's resolution in a turn, so two equal measurements are a rare chance.
"""

from __future__ import annotations

from collections import deque

import numpy as np
from numpy.typing import NDArray

from skypact.model.plots import Plots
from skypact.model.sensors import SensorTable

REMEMBERED_S = 150.0
LEAST_PLOTS = 8
SAID_BEFORE = 0.6
"""A sensor repeats itself when this part of its plots is old."""

FRESH = 0.2
MOVING_MPS = 20.0
STOPPED = 0.2
"""A clock stands when its stamps moved by less than this part of the time they took to come."""


def keys_of(plots: Plots) -> NDArray[np.uint64]:
    """One number for what each plot says of place and codes, its time left out."""
    parts = (
        plots.sensor.astype(np.uint64),
        np.ascontiguousarray(plots.range_m).view(np.uint64),
        np.ascontiguousarray(plots.azimuth_rad).view(np.uint64),
        np.ascontiguousarray(plots.latitude_rad).view(np.uint64),
        np.ascontiguousarray(plots.longitude_rad).view(np.uint64),
        plots.mode_3a.astype(np.uint64),
        plots.mode_s.astype(np.uint64),
    )
    key = np.zeros(len(plots), np.uint64)
    for part in parts:
        # Knuth's multiplicative hash, mixed by a shift
        key = (key ^ part) * np.uint64(0x9E3779B97F4A7C15)
        key ^= key >> np.uint64(29)
    return key


class Repetition:
    """Memory of what sensors said, a period at a time.

    Parameters
    ----------
    sensors
        The table.
    period_s
        Length of a period, seconds.
    """

    def __init__(self, sensors: SensorTable, period_s: float) -> None:
        count = len(sensors)
        self._placed = np.array([s.kind != "radar" for s in sensors], np.bool_)
        self._rotation_s = np.array([s.rotation_s for s in sensors], np.float64)
        self._said: deque[tuple[NDArray[np.uint64], NDArray[np.int64], NDArray[np.int64]]]
        self._said = deque(maxlen=max(int(REMEMBERED_S / period_s), 1))
        # a turn of 12 s needs three periods and more; kept for all alike
        periods = 6
        self._plots: deque[NDArray[np.int64]] = deque(maxlen=periods)
        self._old: deque[NDArray[np.int64]] = deque(maxlen=periods)
        self._lag: deque[NDArray[np.float64]] = deque(maxlen=periods)
        self._span: deque[NDArray[np.int64]] = deque(maxlen=periods)
        self._count = count

    def take(self, plots: Plots) -> None:
        """Take in one period's plots, in the order of arrival."""
        known = (plots.sensor >= 0) & (plots.sensor < self._count)
        plots = plots if known.all() else plots.take(known)
        speed = np.hypot(plots.velocity_east_mps, plots.velocity_north_mps)
        placed = self._placed[plots.sensor]
        # what stands still, or may, is no witness
        counted = ~placed | (speed > MOVING_MPS)
        self._note_span(plots)
        plots = plots if counted.all() else plots.take(counted)
        keys = keys_of(plots)
        before_ns, stamp_ns = self._before(keys)
        lag_s = np.where(before_ns >= 0, (plots.received_ns - before_ns) * 1e-9, np.inf)
        # nearer than half a turn it is the same turn, come by another way
        old = np.isfinite(lag_s) & (lag_s > 0.5 * self._rotation_s[plots.sensor])
        # services that are polled tell a position again, with its own time, until there is a newer
        old &= ~self._placed[plots.sensor] | (stamp_ns != plots.measured_ns)
        sensor = plots.sensor
        self._plots.append(np.bincount(sensor, minlength=self._count))
        self._old.append(np.bincount(sensor[old], minlength=self._count))
        self._lag.append(np.bincount(sensor[old], lag_s[old], self._count).astype(np.float64))
        order = np.argsort(keys, kind="stable")
        self._said.append((keys[order], plots.received_ns[order], plots.measured_ns[order]))

    def _before(self, keys: NDArray[np.uint64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """When each key was last said in an earlier period, -1 never, and with which stamp."""
        last, stamp = np.full(len(keys), -1, np.int64), np.full(len(keys), -1, np.int64)
        for said, received_ns, measured_ns in self._said:
            if len(said) == 0:
                continue
            place = np.maximum(np.searchsorted(said, keys, side="right") - 1, 0)
            found = said[place] == keys
            last[found] = received_ns[place[found]]
            stamp[found] = measured_ns[place[found]]
        return last, stamp

    def _note_span(self, plots: Plots) -> None:
        far = np.iinfo(np.int64).max
        span = np.empty((4, self._count), np.int64)
        span[0::2], span[1::2] = far, -far
        for row, times in ((0, plots.measured_ns), (2, plots.received_ns)):
            np.minimum.at(span[row], plots.sensor, times)
            np.maximum.at(span[row + 1], plots.sensor, times)
        self._span.append(span)

    @property
    def plots(self) -> NDArray[np.int64]:
        """Plots of each sensor over the last periods; (sensors,)."""
        return np.sum(self._plots, axis=0) if self._plots else np.zeros(self._count, np.int64)

    @property
    def old_part(self) -> NDArray[np.float64]:
        """Part of them said before, NaN of too few; (sensors,)."""
        plots = self.plots
        old = np.sum(self._old, axis=0) if self._old else np.zeros(self._count)
        part = np.full(self._count, np.nan)
        return np.asarray(np.divide(old, plots, out=part, where=plots >= LEAST_PLOTS))

    @property
    def lag_turns(self) -> NDArray[np.float64]:
        """How many turns before, on average, NaN where nothing was; (sensors,)."""
        if not self._old:
            return np.full(self._count, np.nan)
        old, lag = np.sum(self._old, axis=0), np.sum(self._lag, axis=0)
        mean = np.divide(lag, old, out=np.full(self._count, np.nan), where=old > 0)
        return np.asarray(mean / self._rotation_s)

    @property
    def stopped(self) -> NDArray[np.bool_]:
        """Whether a sensor's stamps stand while its plots keep coming; (sensors,)."""
        if len(self._span) < (self._span.maxlen or 0):
            return np.zeros(self._count, np.bool_)
        spans = np.stack(self._span)
        heard = np.sum(self._plots, axis=0) >= LEAST_PLOTS
        low, high = spans[:, 0::2].min(axis=0), spans[:, 1::2].max(axis=0)
        moved = np.where(heard, high - np.where(heard, low, 0), 0).astype(np.float64)
        return np.asarray(heard & (moved[1] > 15e9) & (moved[0] < STOPPED * moved[1]))
