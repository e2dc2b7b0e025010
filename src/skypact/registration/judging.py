"""Whether sensors lie: every period's evidence, and what follows for each sensor.

In: the estimator after a period and the period's plots. Out: alarms; sensors enter and leave their
states (``standing``), and a sensor found lying stops teaching the others.
"""

from __future__ import annotations

import numpy as np

from skypact.kernels import registration_arrays as names
from skypact.kernels.registration_votes import vote
from skypact.model.plots import Plots
from skypact.model.registration import Fault, RegistrationAlarm, SensorErrors
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

BEYOND_M = 30e3
MOST_VOTERS = 500
"""Plots of a sensor and period that vote; bounds the work."""

DOUBTED_LONG_NS = 120 * SECOND_NS


class Judge:
    """Looks for faults of the registered sensors.

    Parameters
    ----------
    sensors
        The table.
    settings
        How registration is to behave.
    estimator
        Knows the errors; told to forget sensors that are found lying.
    """

    def __init__(
        self, sensors: SensorTable, settings: RegistrationSettings, estimator: Estimator
    ) -> None:
        self._settings = settings
        self._estimator = estimator
        index = estimator.index
        self.standing = [Standing(sensors[int(k)], int(k)) for k in index]
        self._rotation_s = np.array([sensors[int(k)].rotation_s for k in index], np.float64)
        self._repetition = Repetition(sensors, settings.period_ns / SECOND_NS)
        self._latency = Latency(len(sensors))
        self._changes = Changes(settings)

    def look(
        self, plots: Plots, applied: SensorErrors, now_ns: int
    ) -> tuple[RegistrationAlarm, ...]:
        """Judge all sensors at the end of a period.

        Parameters
        ----------
        plots
            The period's plots as measured.
        applied
            The errors they were corrected by.
        now_ns
            Its end, int64 UTC nanoseconds.
        """
        self._repetition.take(plots)
        self._latency.take(plots)
        self._changes.take(self._estimator.knowledge)
        corrected = correct(plots, applied)
        followed = self._estimator.slots.followed
        shared = contributions(followed, self._rotation_s, self._settings.quiet_turns, now_ns)
        alarms: list[RegistrationAlarm | None] = []
        for k, standing in enumerate(self.standing):
            total = int(shared.present[k] + shared.alone[k])
            if total:
                standing.common_part = float(shared.present[k]) / total
            alarms.append(self._judge_repetition(k, int(shared.moving[k]), now_ns))
            if standing.health in ("doubtful", "withheld"):
                alarms.append(self._follow_up(k, corrected, now_ns))
            elif self._misfit(k, shared):
                standing.votes[:] = 0.0
                standing.become("doubtful", now_ns, "fits no track of another sensor")
                self._estimator.arrays.role[k] = names.LISTENS
            elif self._stranger(k, shared):
                alarms.append(self._ask_stranger(k, corrected, now_ns))
        alarms.extend(self._judge_change(now_ns))
        return tuple(alarm for alarm in alarms if alarm is not None)

    def _judge_repetition(self, k: int, moving: int, now_ns: int) -> RegistrationAlarm | None:
        standing, repetition = self.standing[k], self._repetition
        i = standing.index
        old = repetition.old_part[i]
        # what a surface radar sees stands for hours: only who had flying aircraft can freeze
        flies = standing.sensor.kind != "radar" or moving >= self._settings.least_common
        fault: Fault | None = None
        if flies and old > SAID_BEFORE:
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
        sends = int(self._repetition.plots[self.standing[k].index])
        least = self._settings.least_common
        return common >= least and shared.present[k] <= 0.3 * common and sends >= least

    def _stranger(self, k: int, shared: Contributions) -> bool:
        """Whether a sensor holds tracks, but never one in common with another."""
        strange = shared.present[k] == 0 and shared.alone[k] >= self._settings.least_common
        return bool(strange) and self.standing[k].health == "learning"

    def _ask_stranger(self, k: int, plots: Plots, now_ns: int) -> RegistrationAlarm | None:
        """Let a sensor vote that never shared a track; it may have been wrong from the first."""
        standing = self.standing[k]
        verdict = self._vote(k, plots, now_ns)
        if standing.since_ns < 0:
            standing.since_ns = now_ns
        least_s = max(4.0 * standing.sensor.rotation_s, 30.0)
        if verdict.fault is None or now_ns - standing.since_ns < least_s * SECOND_NS:
            return None
        return self._withhold(k, verdict.fault, verdict.amount, verdict.unit, now_ns)

    def _withhold(
        self, k: int, fault: Fault, amount: float, unit: str, now_ns: int
    ) -> RegistrationAlarm:
        standing = self.standing[k]
        standing.votes[:] = 0.0
        self._estimator.forget(k)
        self._estimator.arrays.role[k] = names.IGNORED
        self._changes.clear()
        return standing.accuse(fault, amount, unit, now_ns)

    def _follow_up(self, k: int, plots: Plots, now_ns: int) -> RegistrationAlarm | None:
        """Let a doubtful or withheld sensor's plots vote, and act on what they say."""
        standing = self.standing[k]
        verdict = self._vote(k, plots, now_ns)
        age_ns = now_ns - standing.since_ns
        turns_ns = int(2.0 * max(standing.sensor.rotation_s, 2.5) * SECOND_NS)
        if standing.health == "doubtful":
            if age_ns >= turns_ns and verdict.fault is not None:
                other = self._other_clock(k) if verdict.fault == "time jump" else -1
                if other >= 0:
                    self._release(k, now_ns)
                    late_s = -verdict.amount
                    return self._withhold(other, "time jump", late_s, verdict.unit, now_ns)
                return self._withhold(k, verdict.fault, verdict.amount, verdict.unit, now_ns)
            settled = verdict.unmoved and age_ns >= turns_ns
            return self._release(k, now_ns) if settled or age_ns > DOUBTED_LONG_NS else None
        fine = self._fine(standing, verdict)
        standing.good_periods = standing.good_periods + 1 if fine else 0
        if standing.good_periods >= self._settings.recover_periods:
            return self._release(k, now_ns)
        return None

    def _other_clock(self, k: int) -> int:
        """The one sensor whose stamps jumped, if it is not ``k`` and the stamps of ``k`` did not.

        Two sensors' tracks alone cannot tell which of them is late and which early.
        """
        jumped = self._latency.jumped
        if jumped[self.standing[k].index]:
            return -1
        others = [
            m
            for m, standing in enumerate(self.standing)
            if jumped[standing.index] and standing.health != "withheld"
        ]
        return others[0] if len(others) == 1 else -1

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
        standing, estimator = self.standing[k], self._estimator
        standing.votes *= KEEP_VOTES
        own = plots.sensor == standing.index
        own &= np.isfinite(plots.range_m) & np.isfinite(plots.azimuth_rad)
        index = np.flatnonzero(own)[:MOST_VOTERS]
        if len(index) and standing.sensor.kind == "radar" and standing.sensor.located:
            mine = plots.take(index)
            place = estimator.arrays.fixed[k, names.SITE : names.SITE + 3]
            slot = held_by_others(
                estimator.slots.followed,
                self._rotation_s,
                self._settings.quiet_turns,
                now_ns,
                k,
                (place, standing.sensor.max_range_m + BEYOND_M),
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
        return self.standing[k].clear(now_ns)

    def _judge_change(self, now_ns: int) -> list[RegistrationAlarm]:
        """Look for a sensor whose errors changed while its plots still fit."""
        settled_ns = now_ns - SETTLED_PERIODS * self._settings.period_ns
        watched = np.array(
            [s.health == "good" and s.since_ns <= settled_ns for s in self.standing], np.bool_
        )
        change = self._changes.find(self._estimator.arrays.prior, watched)
        if change is None:
            return []
        if not change.large:
            return self._adapt(change, now_ns)
        blamed, amount = [change.sensor], change.amount
        if change.fault == "time jump":
            # who is late and who is early cannot be told from tracks alone: ask the stamps
            other = self._other_clock(change.sensor)
            if other >= 0:
                blamed, amount = [other], -amount
            elif change.rivals and not self._latency.jumped[self.standing[change.sensor].index]:
                blamed = [change.sensor, *change.rivals]
        if len(blamed) > 1:
            self._changes.clear()
            for k in blamed:
                # between themselves they are learned anew
                self._estimator.loosen(k, 0.1)
            return [
                self.standing[k].accuse(change.fault, amount, change.unit, now_ns, withheld=False)
                for k in blamed
            ]
        return [self._withhold(blamed[0], change.fault, amount, change.unit, now_ns)]

    def _adapt(self, change: Change, now_ns: int) -> list[RegistrationAlarm]:
        if change.telling:
            self._estimator.loosen(change.sensor, 0.1)
            self.standing[change.sensor].become("learning", now_ns)
            self._changes.clear()
        return []
