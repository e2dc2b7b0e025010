"""Registration of all sensors of a node: learn from each period, judge, publish.

In: plots as measured, and what the tracker made of them (:class:`Innovations`). Out: errors with
their uncertainty to correct plots with, noises and weights for the tracker, states and alarms.
Nothing depends on how a period's plots were cut into batches.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from skypact.kernels import registration_arrays as names
from skypact.kernels.registration_votes import vote
from skypact.model.innovations import Innovations
from skypact.model.plots import Plots
from skypact.model.registration import (
    ERROR_FIELDS,
    Fault,
    RegistrationAlarm,
    RegistrationPicture,
    SensorErrors,
)
from skypact.model.sensors import SensorTable
from skypact.model.time import SECOND_NS
from skypact.registration.changes import Change, Changes
from skypact.registration.contributions import Contributions, contributions, held_by_others
from skypact.registration.correction import correct
from skypact.registration.estimation import Estimator
from skypact.registration.latency import Latency
from skypact.registration.repetition import FRESH, SAID_BEFORE, Repetition
from skypact.registration.settings import RegistrationSettings
from skypact.registration.standing import Standing
from skypact.registration.votes import Verdict, read_votes

KEEP_VOTES = 0.88
"""Votes of older periods count less; half is gone in half a minute."""

SETTLED_PERIODS = 6
"""So long a sensor must have been good before a change of its errors can be told."""

MOST_VOTERS = 1000
"""Plots of a sensor and period that vote; bounds the work."""

TYPICAL_RANGE_M, TYPICAL_SPEED_MPS = 150e3, 200.0
DOUBT = 2.0
"""A doubtful sensor's noise is taken for so much larger."""

DOUBTED_LONG_NS = 120 * SECOND_NS


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
        index = self._estimator.index
        self._standing = [Standing(sensors[int(k)], int(k)) for k in index]
        self._rotation_s = np.array([sensors[int(k)].rotation_s for k in index], np.float64)
        period_s = settings.period_ns / SECOND_NS
        self._repetition = Repetition(sensors, period_s)
        self._latency = Latency(len(sensors))
        self._changes = Changes(settings)
        self._before = Plots.blank(0)
        self._first = 0
        self._learned_ns = -1
        self.errors = SensorErrors.none(len(sensors))
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
        self._repetition.take(plots)
        self._latency.take(plots)
        self._changes.take(self._estimator.knowledge)
        self.alarms = tuple(self._judge(plots, now_ns))
        self._estimator.settle()
        if self._learned_ns >= 0:
            self._estimator.fade((now_ns - self._learned_ns) / SECOND_NS)
        self._learned_ns = now_ns
        self._rate(now_ns)
        self._publish(now_ns)

    @property
    def picture(self) -> RegistrationPicture:
        """All sensors' errors and states now."""
        health = {s.index: s for s in self._standing}
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
        for k, standing in enumerate(self._standing):
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

    def _judge(self, plots: Plots, now_ns: int) -> list[RegistrationAlarm]:
        """Look for faults, beginning and over."""
        followed = self._estimator.slots.followed
        shared = contributions(followed, self._rotation_s, self.settings.quiet_turns, now_ns)
        alarms: list[RegistrationAlarm | None] = []
        for k, standing in enumerate(self._standing):
            total = int(shared.present[k] + shared.alone[k])
            if total:
                standing.common_part = float(shared.present[k]) / total
            alarms.append(self._judge_repetition(k, standing, now_ns))
            if standing.health in ("doubtful", "withheld"):
                alarms.append(self._follow_up(k, plots, now_ns))
            elif self._misfit(k, shared):
                standing.votes[:] = 0.0
                standing.become("doubtful", now_ns, "fits no track of another sensor")
                self._estimator.arrays.role[k] = names.LISTENS
            elif self._stranger(k, shared):
                verdict = self._vote(k, plots, now_ns)
                if verdict.fault is not None and self._heard_long(standing, now_ns):
                    alarms.append(
                        self._withhold(k, verdict.fault, verdict.amount, verdict.unit, now_ns)
                    )
        alarms.extend(self._judge_change(now_ns))
        return [alarm for alarm in alarms if alarm is not None]

    def _judge_repetition(
        self, k: int, standing: Standing, now_ns: int
    ) -> RegistrationAlarm | None:
        i, repetition = standing.index, self._repetition
        old = repetition.old_part[i]
        fault: Fault | None = None
        if old > SAID_BEFORE:
            # a replay comes back after longer than two turns
            fault = "repeats" if repetition.lag_turns[i] > 2.5 else "frozen"
        elif repetition.stopped[i]:
            fault = "clock stopped"
        if fault is None or standing.fault in ("frozen", "repeats", "clock stopped"):
            return None
        return self._withhold(k, fault, float("nan"), "", now_ns)

    def _misfit(self, k: int, shared: Contributions) -> bool:
        """Whether a sensor sends plots, but to none of the tracks it had in common with others."""
        common = int(shared.present[k] + shared.missing[k])
        sends = int(self._repetition.plots[self._standing[k].index])
        least = self.settings.least_common
        return common >= least and shared.present[k] <= 0.3 * common and sends >= least

    def _stranger(self, k: int, shared: Contributions) -> bool:
        """Whether a sensor holds tracks, but never one in common with another."""
        strange = shared.present[k] == 0 and shared.alone[k] >= self.settings.least_common
        return bool(strange) and self._standing[k].health == "learning"

    def _heard_long(self, standing: Standing, now_ns: int) -> bool:
        """Whether a sensor has been in its state for four turns and half a minute."""
        if standing.since_ns < 0:
            standing.since_ns = now_ns
        least_s = max(4.0 * standing.sensor.rotation_s, 30.0)
        return now_ns - standing.since_ns >= least_s * SECOND_NS

    def _withhold(
        self, k: int, fault: Fault, amount: float, unit: str, now_ns: int
    ) -> RegistrationAlarm:
        standing = self._standing[k]
        standing.votes[:] = 0.0
        self._estimator.forget(k)
        self._estimator.arrays.role[k] = names.IGNORED
        self._changes.clear()
        return standing.accuse(fault, amount, unit, now_ns)

    def _follow_up(self, k: int, plots: Plots, now_ns: int) -> RegistrationAlarm | None:
        """Let a doubtful or withheld sensor's plots vote, and act on what they say."""
        standing = self._standing[k]
        verdict = self._vote(k, plots, now_ns)
        age_ns = now_ns - standing.since_ns
        turns_ns = int(2.0 * max(standing.sensor.rotation_s, 2.5) * SECOND_NS)
        if standing.health == "doubtful":
            if age_ns >= turns_ns and verdict.fault is not None:
                return self._withhold(k, verdict.fault, verdict.amount, verdict.unit, now_ns)
            settled = verdict.unmoved and age_ns >= turns_ns
            return self._release(k, now_ns) if settled or age_ns > DOUBTED_LONG_NS else None
        fine = self._fine(standing, verdict)
        standing.good_periods = standing.good_periods + 1 if fine else 0
        if standing.good_periods >= self.settings.recover_periods:
            return self._release(k, now_ns)
        return None

    def _fine(self, standing: Standing, verdict: Verdict) -> bool:
        """Whether what a withheld sensor was accused of is not to be seen now."""
        i, repetition = standing.index, self._repetition
        said_before = not repetition.old_part[i] < FRESH
        if said_before and standing.fault in ("frozen", "repeats"):
            return False
        still = bool(repetition.stopped[i]) or repetition.plots[i] == 0
        if still and standing.fault == "clock stopped":
            return False
        # where no other sensor sees what it sees, there is nothing it could not fit
        return verdict.unmoved or not standing.votes.any()

    def _vote(self, k: int, plots: Plots, now_ns: int) -> Verdict:
        standing, estimator = self._standing[k], self._estimator
        standing.votes *= KEEP_VOTES
        own = plots.sensor == standing.index
        own &= np.isfinite(plots.range_m) & np.isfinite(plots.azimuth_rad)
        index = np.flatnonzero(own)[:MOST_VOTERS]
        if len(index) and standing.sensor.kind == "radar" and standing.sensor.located:
            mine = correct(plots.take(index), self.errors)
            slot = held_by_others(
                estimator.slots.followed, self._rotation_s, self.settings.quiet_turns, now_ns, k
            )
            vote(
                estimator.slots.followed,
                estimator.arrays,
                k,
                slot,
                np.ascontiguousarray(mine.measured_ns),
                np.ascontiguousarray(mine.range_m),
                np.ascontiguousarray(mine.azimuth_rad),
                standing.sensor.azimuth_sigma_rad,
                standing.votes,
            )
        return read_votes(standing.votes)

    def _release(self, k: int, now_ns: int) -> RegistrationAlarm | None:
        self._estimator.arrays.role[k] = (
            names.TEACHES if self._estimator.teaches[k] else names.LISTENS
        )
        self._changes.clear()
        return self._standing[k].clear(now_ns)

    def _judge_change(self, now_ns: int) -> list[RegistrationAlarm]:
        """Look for a sensor whose errors changed while its plots still fit."""
        settled_ns = now_ns - SETTLED_PERIODS * self.settings.period_ns
        watched = np.array(
            [s.health == "good" and s.since_ns <= settled_ns for s in self._standing], np.bool_
        )
        change = self._changes.find(self._estimator.arrays.prior, watched)
        if change is None:
            return []
        if not change.large:
            return self._adapt(change, now_ns)
        blamed = [change.sensor]
        if change.fault == "time jump" and change.rivals:
            # who is late and who is early cannot be told from tracks alone: ask the stamps
            suspects = [change.sensor, *change.rivals]
            jumped = [k for k in suspects if self._latency.jumped[self._standing[k].index]]
            blamed = jumped if len(jumped) == 1 else suspects
        if len(blamed) > 1:
            self._changes.clear()
            return [
                self._standing[k].accuse(
                    change.fault, change.amount, change.unit, now_ns, withheld=False
                )
                for k in blamed
            ]
        return [self._withhold(blamed[0], change.fault, change.amount, change.unit, now_ns)]

    def _adapt(self, change: Change, now_ns: int) -> list[RegistrationAlarm]:
        if change.telling:
            self._estimator.loosen(change.sensor, 0.1)
            self._standing[change.sensor].become("learning", now_ns)
            self._changes.clear()
        return []

    def _rate(self, now_ns: int) -> None:
        """Good where the errors are known, learning where not."""
        prior = self._estimator.arrays.prior[: len(self._standing)]
        sigma = self._estimator.sigma_given_others
        sure = [names.RANGE_BIAS, names.AZIMUTH_BIAS, names.TIME_OFFSET]
        part = np.divide(sigma, prior, out=np.zeros(prior.shape), where=prior > 0.0)[:, sure]
        worst = part.max(axis=1) if len(part) else np.zeros(0)
        for standing, unknown in zip(self._standing, worst.tolist(), strict=True):
            if standing.health == "learning" and unknown < self.settings.learned:
                standing.become("good", now_ns)
            elif standing.health == "good" and unknown > min(1.6 * self.settings.learned, 0.95):
                standing.become("learning", now_ns)

    def _publish(self, now_ns: int) -> None:
        count, index = len(self._sensors), self._estimator.index
        columns: dict[str, NDArray[np.float64]] = {}
        for k, name in enumerate(ERROR_FIELDS):
            value, sigma = np.zeros(count), np.full(count, np.nan)
            value[index] = self._estimator.error[:, k]
            known = self._estimator.arrays.prior[: len(index), k] > 0.0
            sigma[index] = np.where(known, self._estimator.sigma[:, k], np.nan)
            columns[name], columns[f"{name}_sigma"] = value, sigma
        self.errors = SensorErrors(now_ns, **columns)
