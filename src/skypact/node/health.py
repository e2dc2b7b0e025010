"""How every sensor is doing: counts, rates and refusals, from what the feeds yielded.

In: feed batches, applied when the picture's time reaches them. Out: status rows.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from skypact.model.errors import Rejection
from skypact.model.plots import Plots
from skypact.model.sensors import Sensor, SensorTable
from skypact.model.status import SensorState, SensorStatus
from skypact.model.time import SECOND_NS
from skypact.tracking.latency import LatencyMeter

RATE_WINDOW_S = 10
"""Plots per second are a mean over this many whole seconds."""

LIVE_TURNS, LATE_TURNS = 2.0, 5.0
"""A sensor is live if heard within two turns (as surveillance engineers expect), late to five."""

SHORTEST_TURN_S = 2.5
"""Feeds of positions report many times a second; a pause of 5 s is still live."""

KEPT_REJECTIONS = 200
"""Kinds of refusal of which the first is kept in full; all are counted."""


class Health:
    """Counts per sensor of one node; one array row per sensor of the table."""

    def __init__(self, sensors: SensorTable) -> None:
        self._sensors = sensors
        count = len(sensors)
        self._plots = np.zeros(count, np.int64)
        self._last_ns = np.full(count, -1, np.int64)
        self._ring = np.zeros((RATE_WINDOW_S + 1, count), np.int64)
        self._second = 0
        self._latency = LatencyMeter(count)
        self._rejected: list[Counter[str]] = [Counter() for _ in sensors]
        self._rejected_nameless: Counter[str] = Counter()
        self._kinds: dict[tuple[str, str, str], Rejection] = {}

    def count_plots(self, plots: Plots) -> None:
        """Take in plots in the order of their reception."""
        if len(plots) == 0:
            return
        self._plots += np.bincount(plots.sensor, minlength=len(self._sensors))
        np.maximum.at(self._last_ns, plots.sensor, plots.received_ns)
        self._latency.note(plots.sensor, plots.measured_ns, plots.received_ns)
        seconds = plots.received_ns // SECOND_NS
        self._turn_ring(int(seconds[-1]))
        recent = seconds > self._second - len(self._ring)
        np.add.at(self._ring, (seconds[recent] % len(self._ring), plots.sensor[recent]), 1)

    def hear(self, sensor: NDArray[np.int32], heard_ns: NDArray[np.int64]) -> None:
        """Take in signs of life."""
        np.maximum.at(self._last_ns, sensor, heard_ns)

    def refuse(self, rejections: tuple[Rejection, ...]) -> None:
        """Count what was refused, for its sensor where that is known."""
        for rejection in rejections:
            self._keep(rejection)
            index = self._sensors.index_of(rejection.sensor)
            counts = self._rejected_nameless if index < 0 else self._rejected[index]
            counts[rejection.reason] += rejection.count

    def _keep(self, rejection: Rejection) -> None:
        kind = (rejection.reason, rejection.source, rejection.sensor)
        first = self._kinds.get(kind)
        if first is not None:
            self._kinds[kind] = replace(first, count=first.count + rejection.count)
        elif len(self._kinds) < KEPT_REJECTIONS:
            self._kinds[kind] = rejection

    @property
    def rejections(self) -> tuple[Rejection, ...]:
        """The first refusal of each kind (reason, source, sensor), with the count of all alike."""
        return tuple(self._kinds.values())

    def _turn_ring(self, second: int) -> None:
        gone = min(second - self._second, len(self._ring))
        for step in range(1, gone + 1):
            self._ring[(second - gone + step) % len(self._ring)] = 0
        self._second = max(self._second, second)

    @property
    def plots(self) -> int:
        """Plots since start."""
        return int(self._plots.sum())

    @property
    def rejected_nameless(self) -> dict[str, int]:
        """Refusals that no sensor of the table could be named for, by reason."""
        return dict(self._rejected_nameless)

    @property
    def refused(self) -> int:
        """All refusals since start."""
        return self._rejected_nameless.total() + sum(c.total() for c in self._rejected)

    def rates(self, now_ns: int) -> NDArray[np.float64]:
        """Plots per second of each sensor over the last whole seconds before ``now_ns``."""
        now = now_ns // SECOND_NS
        self._turn_ring(now)
        whole = [s % len(self._ring) for s in range(now - RATE_WINDOW_S, now)]
        rates: NDArray[np.float64] = self._ring[whole].sum(axis=0) / RATE_WINDOW_S
        return rates

    def sensors(self, now_ns: int) -> tuple[SensorStatus, ...]:
        """Status of every sensor at ``now_ns``."""
        rates = self.rates(now_ns)
        delays = [self._latency.of(k) for k in range(len(self._sensors))]
        return tuple(
            SensorStatus(
                sensor.name,
                sensor.kind,
                math.degrees(sensor.latitude_rad) if sensor.located else None,
                math.degrees(sensor.longitude_rad) if sensor.located else None,
                state_of(sensor, int(self._last_ns[k]), now_ns),
                int(self._plots[k]),
                float(rates[k]),
                int(self._last_ns[k]),
                dict(self._rejected[k]),
                latency_s=delay.median_s if (delay := delays[k]) else None,
                latency_p95_s=delay.p95_s if delay else None,
            )
            for k, sensor in enumerate(self._sensors)
        )


def state_of(sensor: Sensor, last_ns: int, now_ns: int) -> SensorState:
    """Live, late or silent, by the number of turns since the sensor was heard."""
    if last_ns < 0:
        return "silent"
    turns = (now_ns - last_ns) / SECOND_NS / max(sensor.rotation_s, SHORTEST_TURN_S)
    if turns <= LIVE_TURNS:
        return "live"
    return "late" if turns <= LATE_TURNS else "silent"
