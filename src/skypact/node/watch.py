"""The watch: one node's stages joined, from frames to tracks.

Live nodes, replay and tests drive the same object. It holds no clock and no socket: frames
carry their reception times, and :meth:`Watch.advance` says up to when the world is known.
The result depends on the frames and their reception times only, not on how they are cut
into calls, as long as each feed's frames come in order and before the watermark passes them.
"""

from __future__ import annotations

from collections import deque
from dataclasses import replace

import numpy as np

from skypact.feeds.batch import FeedBatch
from skypact.feeds.readers import FeedReader
from skypact.model.frames import Frames
from skypact.model.plots import Plots
from skypact.model.registration import RegistrationAlarm
from skypact.model.sensors import SensorTable
from skypact.model.status import Mode, NodeStatus
from skypact.model.tracks import Tracks, sensor_words
from skypact.node.health import Health
from skypact.node.registered import RegisteredTracker
from skypact.node.registration_status import registration_status
from skypact.registration import RegistrationSettings
from skypact.tracking import TrackerSettings

KEPT_ALARMS = 100
"""Alarms of registration that are remembered; the newest."""


class Watch:
    """One node's picture in the making.

    Parameters
    ----------
    name, mode
        As shown.
    sensors
        The node's sensors; plots name them by index.
    settings
        The tracker's settings.
    registration
        How the sensors' errors are learned.
    first_track_number
        Number of the first track.
    """

    def __init__(
        self,
        name: str,
        mode: Mode,
        sensors: SensorTable,
        settings: TrackerSettings | None = None,
        registration: RegistrationSettings | None = None,
        *,
        first_track_number: int = 1,
    ) -> None:
        self.name = name
        self.mode = mode
        self.sensors = sensors
        self.health = Health(sensors)
        self.duplicates = 0
        self.tracker = RegisteredTracker(
            sensors, settings, registration, first_track_number=first_track_number
        )
        self.alarms: deque[RegistrationAlarm] = deque(maxlen=KEPT_ALARMS)
        self.picture = Tracks.empty(sensor_words(len(sensors)))
        self.used = Plots.blank(0)
        self._waiting: list[Plots] = []
        self._heard: list[FeedBatch] = []

    def offer(self, reader: FeedReader, frames: Frames) -> int:
        """Read one feed's next frames; the newest reception time among what they yielded, or -1.

        Plots wait until :meth:`advance` passes their reception time.
        """
        return self.take(reader.read(frames))

    def take(self, batch: FeedBatch) -> int:
        """Take what a feed yielded; its newest reception time, -1 if it yielded nothing."""
        self.health.refuse(batch.rejections)
        self.duplicates += batch.duplicates
        newest = -1
        if len(batch.plots):
            self._waiting.append(batch.plots)
            newest = int(batch.plots.received_ns[-1])
        if len(batch.heard):
            self._heard.append(batch)
            newest = max(newest, int(batch.heard_ns[-1]))
        return newest

    def first_waiting_ns(self) -> int:
        """Earliest reception time of what waits for :meth:`advance`, -1 if nothing does."""
        plots = [int(batch.received_ns.min()) for batch in self._waiting]
        heard = [int(batch.heard_ns.min()) for batch in self._heard]
        return min([*plots, *heard], default=-1)

    def advance(self, until_ns: int) -> Tracks:
        """Use everything received before ``until_ns``; the track states of the instants passed.

        Returns
        -------
        Tracks
            All output instants (whole periods) completed, in time order. ``used`` then has the
            plots that were used.
        """
        self.used = ready = self._due(until_ns)
        self.health.count_plots(ready)
        self._hear_due(until_ns)
        states = self.tracker.step(ready, until_ns)
        self.alarms.extend(self.tracker.alarms)
        if len(states):
            self.picture = states.take(states.measured_ns == states.measured_ns[-1])
        return states

    def _due(self, until_ns: int) -> Plots:
        if not self._waiting:
            return Plots.blank(0)
        waiting = Plots.join(self._waiting).in_time_order()
        due = int(np.searchsorted(waiting.received_ns, until_ns, side="left"))
        self._waiting = [waiting.take(slice(due, None))] if due < len(waiting) else []
        return waiting.take(slice(0, due))

    def _hear_due(self, until_ns: int) -> None:
        later = []
        for batch in self._heard:
            due = batch.heard_ns < until_ns
            self.health.hear(batch.heard[due], batch.heard_ns[due])
            if not due.all():
                rest = ~due
                later.append(FeedBatch(Plots.blank(0), batch.heard[rest], batch.heard_ns[rest]))
        self._heard = later

    def status(self, now_ns: int, *, speed: float = 1.0, finished: bool = False) -> NodeStatus:
        """The node's account of itself at ``now_ns``."""
        sensors = self.health.sensors(now_ns)
        registered = self.tracker.registration
        if registered is not None:
            sensors = tuple(
                replace(sensor, registration=registration_status(registered, k))
                for k, sensor in enumerate(sensors)
            )
        return NodeStatus(
            node=self.name,
            mode=self.mode,
            now_ns=now_ns,
            speed=speed,
            plots=self.health.plots,
            plots_per_s=float(sum(sensor.plots_per_s for sensor in sensors)),
            tracks=int(self.picture.confirmed.sum()),
            finished=finished,
            sensors=sensors,
            rejected=self.health.rejected_nameless,
        )
