"""A tracker whose sensors are registered: the loop that joins registration and tracking.

In and out as of :class:`~skypact.tracking.Tracker`, which it stands in for. At whole periods of
reception time it cuts what it is handed, learns from what the tracker made of it, and from then on
corrects plots by what it learned; so the rows do not depend on how plots are cut into steps.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from skypact.model.innovations import Innovations
from skypact.model.plots import Plots
from skypact.model.registration import RegistrationAlarm, RegistrationPicture, SensorErrors
from skypact.model.sensors import SensorTable
from skypact.model.tracks import Tracks
from skypact.registration import Registration, RegistrationSettings, correct
from skypact.tracking import Tracker, TrackerCounts, TrackerSettings

QUIET_PERIODS = 8
"""So many periods after the last plot are still looked at: it may wait, and silence tells."""

LATEST_NS = 2**62


class RegisteredTracker:
    """Tracks from the plots of many sensors whose errors are learned on the way.

    Parameters
    ----------
    sensors
        The table that plots name their sensors by.
    settings
        How the tracker is to behave.
    registration
        How registration is to behave.
    first_track_number
        Number of the first track.
    """

    def __init__(
        self,
        sensors: SensorTable,
        settings: TrackerSettings | None = None,
        registration: RegistrationSettings | None = None,
        *,
        first_track_number: int = 1,
    ) -> None:
        self._rules = registration or RegistrationSettings()
        asked = settings or TrackerSettings()
        self.settings = asked
        inner = replace(asked, keep_innovations=True) if self._rules.enabled else asked
        self._tracker = Tracker(sensors, inner, first_track_number=first_track_number)
        self._registration = Registration(sensors, self._rules)
        self._waiting = Plots.blank(0)
        self._period: list[Plots] = []
        self._learned: list[Innovations] = []
        self._watermark_ns = 0
        self._due_ns = -1
        self._quiet = 0
        self.innovations = Innovations.blank(0)
        self.alarms: tuple[RegistrationAlarm, ...] = ()
        self.pictures: tuple[RegistrationPicture, ...] = ()
        if self._rules.enabled:
            self._tracker.set_sensor_noise(*self._registration.noise())

    @property
    def counts(self) -> TrackerCounts:
        """What became of the plots so far, and how many tracks there are."""
        counts = self._tracker.counts
        held = len(self._waiting)
        return replace(counts, received=counts.received + held, waiting=counts.waiting + held)

    @property
    def next_track_number(self) -> int:
        """The number the next track will get; keep it to number on after a restart."""
        return self._tracker.next_track_number

    @property
    def registration(self) -> RegistrationPicture | None:
        """Every sensor's errors and state; None where registration does not run."""
        return self._registration.picture if self._rules.enabled else None

    @property
    def applied(self) -> SensorErrors:
        """The errors that plots are corrected by now."""
        return self._registration.applied

    def step(self, plots: Plots, until_ns: int) -> Tracks:
        """Take in plots and move the watermark, as :meth:`Tracker.step` does.

        ``innovations`` then tells of all plots used, ``alarms`` of all faults that were found or
        ended, and ``pictures`` of what was known of the sensors at each whole period.
        """
        if not self._rules.enabled:
            tracks = self._tracker.step(plots, until_ns)
            self.innovations = self._tracker.innovations
            return tracks
        self.innovations, self.alarms, self.pictures = Innovations.blank(0), (), ()
        self._waiting = Plots.join([self._waiting, plots]) if len(self._waiting) else plots
        until_ns = max(min(until_ns, LATEST_NS), self._watermark_ns)
        parts: list[Tracks] = []
        told: list[Innovations] = []
        alarms: list[RegistrationAlarm] = []
        pictures: list[RegistrationPicture] = []
        while (due_ns := self._next_due_ns()) <= until_ns:
            parts.append(self._advance(due_ns, due_ns, told))
            self._learn(due_ns)
            alarms.extend(self._registration.alarms)
            pictures.append(self._registration.picture)
        parts.append(self._advance(until_ns, self._period_end_ns(until_ns), told))
        self.innovations = Innovations.joined(told)
        self.alarms, self.pictures = tuple(alarms), tuple(pictures)
        return Tracks.join(parts)

    def _period_end_ns(self, time_ns: int) -> int:
        """First whole period after a time."""
        return (time_ns // self._rules.period_ns + 1) * self._rules.period_ns

    def _next_due_ns(self) -> int:
        """When to learn next: at the end of a period with plots or soon after one."""
        if self._due_ns < 0 or self._quiet > QUIET_PERIODS:
            if len(self._waiting) == 0:
                return LATEST_NS + 1
            first_ns = max(int(self._waiting.received_ns.min()), self._watermark_ns)
            if first_ns > LATEST_NS:
                return LATEST_NS + 1
            return self._period_end_ns(first_ns)
        return self._due_ns

    def _advance(self, until_ns: int, before_ns: int, told: list[Innovations]) -> Tracks:
        """Hand over what was received before a time and step the tracker."""
        ready = self._waiting.received_ns < before_ns
        if ready.all():
            part, self._waiting = self._waiting, Plots.blank(0)
        else:
            part = self._waiting.take(np.flatnonzero(ready))
            self._waiting = self._waiting.take(np.flatnonzero(~ready))
        if len(part):
            self._period.append(part)
            if self._due_ns < 0 or self._quiet > QUIET_PERIODS:
                self._due_ns, self._quiet = before_ns, 0
        self._watermark_ns = until_ns
        tracks = self._tracker.step(correct(part, self._registration.applied), until_ns)
        told.append(self._tracker.innovations)
        self._learned.append(told[-1])
        return tracks

    def _learn(self, now_ns: int) -> None:
        plots = Plots.join(self._period)
        self._quiet = 0 if len(plots) else self._quiet + 1
        self._registration.learn(plots, Innovations.joined(self._learned), now_ns)
        self._period, self._learned = [], []
        self._due_ns = now_ns + self._rules.period_ns
        self._tracker.set_sensor_noise(*self._registration.noise())
