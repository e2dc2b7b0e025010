"""Registration of all sensors of a node: learn from each period, judge, publish.

In: plots as measured, and what the tracker made of them (:class:`Innovations`). Out: errors with
their uncertainty to correct plots with, noises and weights for the tracker, states and alarms.
Nothing depends on how a period's plots were cut into batches.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from skypact.kernels import registration_arrays as names
from skypact.model.innovations import Innovations
from skypact.model.plots import Plots
from skypact.model.registration import (
    ERROR_FIELDS,
    RegistrationAlarm,
    RegistrationPicture,
    SensorErrors,
)
from skypact.model.sensors import SensorTable
from skypact.model.time import SECOND_NS
from skypact.registration.estimation import Estimator
from skypact.registration.judging import Judge
from skypact.registration.settings import RegistrationSettings

TYPICAL_RANGE_M, TYPICAL_SPEED_MPS = 150e3, 200.0
DOUBT = 2.0
"""A doubtful sensor's noise is taken for so much larger."""


class Registration:
    """Errors, noises, states and alarms of the sensors of a table.

    Parameters
    ----------
    sensors
        The table.
    settings
        How to behave.
    """

    def __init__(self, sensors: SensorTable, settings: RegistrationSettings) -> None:
        self.settings = settings
        self._sensors = sensors
        self._estimator = Estimator(sensors, settings)
        self._judge = Judge(sensors, settings, self._estimator)
        self._before = Plots.blank(0)
        self._first = 0
        self._learned_ns = -1
        self.errors = self.applied = SensorErrors.none(len(sensors))
        self.alarms: tuple[RegistrationAlarm, ...] = ()
        self._publish(-1)

    def learn(self, plots: Plots, innovations: Innovations, now_ns: int) -> None:
        """Take in a period that ends at ``now_ns``.

        Parameters
        ----------
        plots
            All plots handed to the tracker in it, as measured and in the order handed over.
        innovations
            All innovations of the tracker's steps in it.
        now_ns
            Its end, int64 UTC nanoseconds.
        """
        recent = Plots.join([self._before, plots])
        self._estimator.learn(recent, self._first, innovations, now_ns)
        self._first += len(self._before)
        self._before = plots
        self.alarms = self._judge.look(plots, self.applied, now_ns)
        self._estimator.settle()
        if self._learned_ns >= 0:
            self._estimator.fade((now_ns - self._learned_ns) / SECOND_NS)
        self._learned_ns = now_ns
        self._rate(now_ns)
        self._publish(now_ns)

    @property
    def picture(self) -> RegistrationPicture:
        """All sensors' errors and states now."""
        health = {s.index: s for s in self._judge.standing}
        rows = [health.get(k) for k in range(len(self._sensors))]
        return RegistrationPicture(
            self.errors,
            tuple(row.health if row else "learning" for row in rows),
            tuple(row.reason if row else "not registered" for row in rows),
        )

    def noise(self) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Total range and azimuth deviations (m, rad) and weight of every sensor; (sensors,).

        What is still unknown of a sensor's errors widens its noise in so far as other sensors
        share its tracks: alone, it tears nothing apart.
        """
        range_m = np.array([s.range_sigma_m for s in self._sensors], np.float64)
        azimuth_rad = np.array([s.azimuth_sigma_rad for s in self._sensors], np.float64)
        weight = np.ones(len(self._sensors))
        sigma = self._estimator.sigma_given_others
        for k, standing in enumerate(self._judge.standing):
            i = standing.index
            weight[i] = 0.0 if standing.health == "withheld" else 1.0
            if standing.sensor.kind != "radar":
                continue
            late_m = TYPICAL_SPEED_MPS * sigma[k, names.TIME_OFFSET]
            part = standing.common_part
            extra = sigma[k, names.RANGE_BIAS] ** 2 + late_m**2
            extra += (TYPICAL_RANGE_M * sigma[k, names.RANGE_SCALE]) ** 2
            turn = sigma[k, names.AZIMUTH_BIAS] ** 2 + (late_m / TYPICAL_RANGE_M) ** 2
            times = DOUBT if standing.health == "doubtful" else 1.0
            range_m[i] = times * np.sqrt(range_m[i] ** 2 + part * extra)
            azimuth_rad[i] = times * np.sqrt(azimuth_rad[i] ** 2 + part * turn)
        return range_m, azimuth_rad, weight

    def _rate(self, now_ns: int) -> None:
        """Good where the errors are known, learning where not."""
        prior = self._estimator.arrays.prior[: len(self._judge.standing)]
        sigma = self._estimator.sigma_given_others
        sure = [names.RANGE_BIAS, names.AZIMUTH_BIAS, names.TIME_OFFSET]
        part = np.divide(sigma, prior, out=np.zeros(prior.shape), where=prior > 0.0)[:, sure]
        worst = part.max(axis=1) if len(part) else np.zeros(0)
        for standing, unknown in zip(self._judge.standing, worst.tolist(), strict=True):
            if standing.health == "learning" and unknown < self.settings.learned:
                standing.become("good", now_ns)
            elif standing.health == "good" and unknown > min(1.6 * self.settings.learned, 0.95):
                standing.become("learning", now_ns)

    def _publish(self, now_ns: int) -> None:
        self.errors = self._published(self._estimator.error, now_ns)
        self.applied = self._published(self._estimator.significant, now_ns)

    def _published(self, error: NDArray[np.float64], now_ns: int) -> SensorErrors:
        count, index = len(self._sensors), self._estimator.index
        columns: dict[str, NDArray[np.float64]] = {}
        for k, name in enumerate(ERROR_FIELDS):
            value, sigma = np.zeros(count), np.full(count, np.nan)
            value[index] = error[:, k]
            known = self._estimator.arrays.prior[: len(index), k] > 0.0
            sigma[index] = np.where(known, self._estimator.sigma[:, k], np.nan)
            columns[name], columns[f"{name}_sigma"] = value, sigma
        return SensorErrors(now_ns, **columns)
