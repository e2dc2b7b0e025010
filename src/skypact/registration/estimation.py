"""The estimator: rows of plots and tracks in, errors of all sensors with their covariance out.

The mathematics is in ``kernels.registration_filter`` (what plots tell) and
``kernels.registration_solve`` (what follows from it). This class keeps the arrays between periods,
lets information fade, and forgets a sensor that changed.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from skypact.kernels import registration_arrays as names
from skypact.kernels.registration_filter import learn
from skypact.kernels.registration_solve import invert_with_prior, shift
from skypact.model.innovations import Innovations
from skypact.model.plots import Plots
from skypact.model.sensors import Sensor, SensorTable
from skypact.model.time import SECOND_NS
from skypact.registration.following import Slots, rows_from
from skypact.registration.settings import RegistrationSettings
from skypact.registration.sites import sensor_row

E = names.ERRORS
FORGET_TRACK_NS = 60 * SECOND_NS
SMALL, DECOMPOSED_PERIODS = 64, 6
"""Of more errors than ``SMALL`` the independent combinations are looked for anew only so often:
between, the old ones do nearly."""

LARGEST_STEP = 3.0
"""An estimate moves by at most so many prior deviations a period: plots decide again from there."""


def registered(sensors: SensorTable, limit: int) -> NDArray[np.int64]:
    """Indices of the sensors that are registered: radars with a position, and all others."""
    fit = [k for k, sensor in enumerate(sensors) if sensor.located or sensor.kind != "radar"]
    return np.array(fit[:limit], np.int64)


def prior_of(sensor: Sensor, settings: RegistrationSettings) -> list[float]:
    """Prior deviations of one sensor's errors; 0 where it has no such error."""
    if sensor.kind == "radar":
        return [
            settings.range_sigma_m,
            settings.range_scale_sigma,
            settings.azimuth_sigma_rad,
            settings.time_sigma_s,
            settings.tilt_sigma_rad,
        ]
    known = sensor.name in settings.reference
    time_s = settings.reference_time_sigma_s if known else settings.time_sigma_s
    return [0.0, 0.0, 0.0, time_s, 0.0]


def height_prior(settings: RegistrationSettings) -> list[float]:
    """Prior deviations of the last row, the assumed height's."""
    return [settings.assumed_height_sigma_m, 0.0, 0.0, 0.0, 0.0]


class Estimator:
    """Errors of the registered sensors of a table.

    Parameters
    ----------
    sensors
        The table.
    settings
        How to behave.
    """

    def __init__(self, sensors: SensorTable, settings: RegistrationSettings) -> None:
        self._settings = settings
        self.index = registered(sensors, settings.sensor_limit)
        self._radar = np.array([s.kind == "radar" for s in sensors] or [False], np.bool_)
        self.local = np.full(max(len(sensors), 1), -1, np.int32)
        self.local[self.index] = np.arange(len(self.index), dtype=np.int32)
        chosen = [sensors[int(k)] for k in self.index]
        # one more than sensors: the height assumed of aircraft that tell none
        count, n = len(chosen) + 1, (len(chosen) + 1) * E
        fixed = np.zeros((count, names.SENSOR_FIXED))
        for row, sensor in zip(fixed[:-1], chosen, strict=True):
            row[:] = sensor_row(sensor, settings.elevation_sigma_rad)
        radar = np.array([s.kind == "radar" for s in chosen] + [False], np.bool_)
        self._reference = np.array([s.name in settings.reference for s in chosen] + [False])
        self._reference &= ~radar
        self.teaches = radar | self._reference
        self.arrays = names.SensorArrays(
            fixed,
            np.zeros((count, E)),
            np.array([*(prior_of(s, settings) for s in chosen), height_prior(settings)]),
            np.where(self.teaches, names.TEACHES, names.LISTENS).astype(np.int32),
        )
        self.knowledge = names.Knowledge(
            np.zeros((n, n)),
            np.zeros(n),
            np.eye(n),
            np.zeros((count, E, E)),
            np.zeros((count, E)),
            np.zeros((count, 2)),
        )
        self.slots = Slots(settings.track_limit)
        self._way = np.eye(n)
        self._periods = 0

    def __len__(self) -> int:
        return len(self.index)

    def learn(
        self, plots: Plots, first_number: int, innovations: Innovations, now_ns: int
    ) -> NDArray[np.float64]:
        """Take in one period; the normalised squares of the rows used.

        The change of each sensor's own errors that this period alone suggests is left in
        ``knowledge.lately``.
        """
        know = self.knowledge
        for account in (know.lately, know.lately_vector, know.consistency):
            account[:] = 0.0
        rows, tracks = rows_from(plots, first_number, innovations, self.local, self._radar)
        good = np.ones(len(tracks), np.bool_)
        if self._reference.any():
            sigma = rows.value[:, names.SIGMA]
            good = ~self._reference[rows.sensor] | (sigma <= self._settings.reference_sigma_m)
        slot = self.slots.of(tracks, now_ns)
        kept = np.flatnonzero(good & (slot >= 0))
        rows = names.RowArrays(*(np.ascontiguousarray(c[kept]) for c in rows._replace(slot=slot)))
        square = np.empty(len(kept))
        learn(self.slots.followed, self.arrays, rows, know, square)
        self.slots.release(now_ns - FORGET_TRACK_NS)
        return square

    def settle(self) -> None:
        """Move the estimates to where all information and the prior have them."""
        know, arrays = self.knowledge, self.arrays
        self._periods += 1
        information, vector = self._observable()
        invert_with_prior(information, know.covariance)
        prior = arrays.prior.reshape(-1)
        moved = np.divide(
            arrays.error.reshape(-1), prior, out=np.zeros(len(prior)), where=prior > 0.0
        )
        change = np.zeros(len(prior))
        # einsum without optimisation sums in a fixed order, whatever the linear algebra library
        np.einsum("ij,j->i", know.covariance, vector - moved, out=change, optimize=False)
        np.clip(change, -LARGEST_STEP, LARGEST_STEP, out=change)
        arrays.error[:] += (change * prior).reshape(arrays.error.shape)
        know.vector[:] -= np.einsum("ij,j->i", know.information, change, optimize=False)
        shift(self.slots.followed, change)

    def _observable(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Information and its right side without what no plot can tell.

        If all clocks are late by the same, every track is late by that, and nothing else changes:
        without a reference their common offset cannot be seen. What the filters seem to know of it
        comes from turns they did not expect, so it is taken out and stays at the prior.
        """
        know = self.knowledge
        if self.referenced:
            return know.information, know.vector
        common = np.zeros((len(self) + 1, E))
        common[self.teaches, names.TIME_OFFSET] = 1.0
        way = common.reshape(-1) / math.sqrt(max(float(common.sum()), 1.0))
        along = np.einsum("ij,j->i", know.information, way, optimize=False)
        twice = float(np.einsum("i,i->", way, along, optimize=False))
        information = know.information - np.outer(way, along) - np.outer(along, way)
        information += twice * np.outer(way, way)
        own = float(np.einsum("i,i->", way, know.vector, optimize=False))
        return information, know.vector - own * way

    @property
    def referenced(self) -> bool:
        """Whether a reference has taught the others."""
        own = np.diagonal(self.knowledge.information).reshape(-1, E)[:, names.TIME_OFFSET]
        return bool((own[self._reference] > 0.0).any())

    def fade(self, seconds: float) -> None:
        """Let what was learned grow old by a time."""
        keep = math.exp(-seconds / self._settings.memory_s)
        self.knowledge.information[:] *= keep
        self.knowledge.vector[:] *= keep

    def forget(self, sensor: int) -> None:
        """Forget all of a registered sensor (local index); what it taught of others stays.

        The others' information is what remains when the sensor's errors are unknown (the Schur
        complement of its block).
        """
        know = self.knowledge
        own = slice(sensor * E, (sensor + 1) * E)
        block = know.information[own, own] + np.eye(E)
        across = know.information[:, own].copy()
        gain = np.linalg.solve(block, across.T).T
        know.information[:] -= np.einsum("ik,jk->ij", gain, across, optimize=False)
        prior = self.arrays.prior[sensor]
        moved = np.divide(self.arrays.error[sensor], prior, out=np.zeros(E), where=prior > 0.0)
        know.vector[:] -= np.einsum("ik,k->i", gain, know.vector[own] - moved, optimize=False)
        know.information[own, :] = 0.0
        know.information[:, own] = 0.0
        know.vector[own] = 0.0
        know.information[:] = 0.5 * (know.information + know.information.T)
        self.arrays.error[sensor] = 0.0
        self.slots.restart(sensor)
        invert_with_prior(self._observable()[0], know.covariance)

    def loosen(self, sensor: int, keep: float) -> None:
        """Keep only a part of what is known of a sensor, so that it is learned anew quickly."""
        know, own = self.knowledge, slice(sensor * E, (sensor + 1) * E)
        root = math.sqrt(keep)
        know.information[own, :] *= root
        know.information[:, own] *= root
        know.vector[own] *= root

    @property
    def significant(self) -> NDArray[np.float64]:
        """Estimates as they are to be applied; (registered, ERRORS).

        Errors are seen in combinations only (the sum of two radars' ranges well, their difference
        badly). Each independent combination is drawn towards none by how uncertain it is, and
        left at none where it may be chance: an unbiased sensor is not made worse by noise (James
        and Stein's estimator, 4th Berkeley Symposium, 1961, in its positive part, by component).
        """
        if not self.arrays.error.any():
            return np.zeros((len(self), E))
        prior = self.arrays.prior.reshape(-1)
        moved = np.divide(
            self.arrays.error.reshape(-1), prior, out=np.zeros(len(prior)), where=prior > 0.0
        )
        information = self._observable()[0]
        if len(prior) <= SMALL or self._periods % DECOMPOSED_PERIODS == 2:
            used = np.flatnonzero(np.diagonal(information) > 0.0)
            block = np.ix_(used, used)
            self._way = np.eye(len(prior))
            self._way[block] = np.linalg.eigh(information[block])[1]
        way = self._way
        value = np.einsum("ij,ij->j", way, information @ way, optimize=False)
        part = np.einsum("ij,i->j", way, moved, optimize=False)
        chance = self._settings.significant**2 / (np.maximum(value, 0.0) + 1.0)
        square = part * part
        keep = np.divide(square - chance, square, out=np.zeros(len(part)), where=square > chance)
        applied = np.einsum("ij,j->i", way, keep * part, optimize=False) * prior
        return np.asarray(applied.reshape(self.arrays.error.shape)[: len(self)])

    @property
    def error(self) -> NDArray[np.float64]:
        """Estimates in their own units; (registered, ERRORS)."""
        return np.asarray(self.arrays.error[: len(self)])

    @property
    def sigma(self) -> NDArray[np.float64]:
        """Standard deviation of every error, in its own unit; (registered, ERRORS)."""
        shape = self.arrays.prior.shape
        root = np.sqrt(np.diagonal(self.knowledge.covariance)).reshape(shape)
        return np.asarray(root * self.arrays.prior)[: len(self)]

    @property
    def sigma_given_others(self) -> NDArray[np.float64]:
        """The same if all other sensors' errors were known; (registered, ERRORS).

        What matters for tracks: an error that all sensors share moves a picture, but tears none
        apart.
        """
        root = np.zeros((len(self), E))
        for k in range(len(self)):
            own = slice(k * E, (k + 1) * E)
            block = self.knowledge.information[own, own] + np.eye(E)
            root[k] = np.sqrt(np.diagonal(np.linalg.inv(block)))
        return np.asarray(root * self.arrays.prior[: len(self)])
