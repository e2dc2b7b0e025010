"""The joint tracker: own and partners' plots together, beside the tracker of own plots alone.

In: own plots as the watch used them, partners' plots with their sensors, and the watch's tracks.
Out: :class:`OwnSide`, what the joint picture takes for the node's own: the watch's tracks, each
with the joint tracker's state in its place where that one follows the same aircraft on more
sensors, and tracks that partners' plots alone make. Which tracks of the two trackers are one is
known from the plots that both used.

The watch's own tracker never sees a partner's plot: what partners send cannot alter, end or hide
a track of the node's own sensors.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skypact.model.exchange import PartnerPlots
from skypact.model.innovations import Innovations
from skypact.model.labels import Label
from skypact.model.plots import Plots
from skypact.model.sensors import Sensor, SensorTable
from skypact.model.time import SECOND_NS
from skypact.model.tracks import Tracks
from skypact.node.joint_numbers import PictureNumbers
from skypact.node.registered import RegisteredTracker
from skypact.node.same_plots import SamePlots
from skypact.registration import RegistrationSettings
from skypact.tracking import TrackerSettings

MOST_PARTNER_SENSORS = 512
"""Of all partners together; plots of further ones are refused and counted."""

REBUILD_NS = 10 * SECOND_NS
LONGEST_REBUILD_NS = 640 * SECOND_NS
"""New sensors are taken in at most so often, each time after twice the pause: the joint tracker
then begins anew, and a partner must not make it do so for ever."""

MOST_MARKS = 16
"""Different labels of one station's plots."""
MOST_PLOTS_PER_S = 2_000
"""Of one station, by the second they came in: what a large centre has of 30 sensors. More of them
could keep the node from its own."""

Mark = tuple[str, Label]
"""Agreement that plots came under, and their label."""


@dataclass(frozen=True, slots=True)
class OwnSide:
    """What the joint picture takes for the node's own tracks.

    Parameters
    ----------
    tracks
        ``track`` is the number each is known by in the picture, mostly the watch's own;
        ``sensors`` are the node's own.
    contributors
        Bits of the stations whose sensors each rests on, in ``stations``, uint64.
    stations
        Codes; the node's own first.
    """

    tracks: Tracks
    contributors: NDArray[np.uint64]
    stations: tuple[str, ...]


class JointTracker:
    """A tracker of own and partners' plots.

    Parameters
    ----------
    station
        The node's own code.
    sensors
        Its own sensors: the first of the joint table.
    registration
        How sensors' errors are learned; partners' sensors are no references.
    """

    def __init__(
        self, station: str, sensors: SensorTable, registration: RegistrationSettings
    ) -> None:
        self.refused: dict[str, Counter[str]] = {}
        """Plots that were not used, by station and reason."""
        self.marks: dict[str, set[Mark]] = {}
        """What partners' plots were marked with, by station: tracks made of them are no less."""
        self._own = sensors
        self._rules = registration
        self._partners: dict[str, tuple[str, Sensor]] = {}  # STATION/NAME: station, sensor
        self._stations = [station]
        self._waiting: list[Plots] = []
        self._came: dict[str, tuple[int, int]] = {}  # station: second, plots in it
        self._rebuilt_ns, self._pause_ns = 0, REBUILD_NS
        self._table = sensors
        self._tracker: RegisteredTracker | None = None
        self._picture = Tracks.empty()
        self._same = SamePlots()
        self._handed = 0  # plots handed to the joint tracker since it was made
        self._own_handed = 0  # plots handed to the watch's tracker since its start
        self.numbers = PictureNumbers()

    @property
    def running(self) -> bool:
        """Whether partners' plots have come; until then it costs nothing."""
        return self._tracker is not None

    def take(self, batch: PartnerPlots) -> None:
        """Let a partner's plots wait for the next step."""
        names = [f"{batch.station}/{sensor.name}" for sensor in batch.sensors]
        for name, sensor in zip(names, batch.sensors, strict=True):
            self._add(batch.station, replace(sensor, name=name, editions=()))
        place = {one.name: k for k, one in enumerate(self._table)}
        to = np.array([place.get(name, -1) for name in names] + [-1], np.int32)
        given = batch.plots.sensor
        known = (given >= 0) & (given < len(names))
        sensor_of = to[np.where(known, given, len(names))]
        known = sensor_of >= 0
        soon = np.array([name in self._partners for name in names] + [False])
        unknown = ~known & ~soon[np.where((given >= 0) & (given < len(names)), given, len(names))]
        if unknown.any():  # others are of sensors that are about to be taken in
            self._refuse(batch.station, "UnknownSensor", int(unknown.sum()))
        count = int(known.sum())
        if not count or not self._has_time_for(batch.station, count, batch.received_ns):
            return
        marks = self.marks.setdefault(batch.station, set())
        if (batch.agreement, batch.label) not in marks and len(marks) >= MOST_MARKS:
            self._refuse(batch.station, "TooManyLabels", count)
            return
        marks.add((batch.agreement, batch.label))
        plots = batch.plots.take(known)
        columns: dict[str, NDArray[Any]] = {
            "sensor": sensor_of[known],
            "received_ns": np.full(count, batch.received_ns),
        }
        self._waiting.append(replace(plots, **columns))

    def _refuse(self, station: str, reason: str, plots: int) -> None:
        self.refused.setdefault(station, Counter())[reason] += plots

    def _has_time_for(self, station: str, count: int, now_ns: int) -> bool:
        """Whether a station's plots of this second are not too many yet."""
        second, before = self._came.get(station, (-1, 0))
        if second != now_ns // SECOND_NS:
            second, before = now_ns // SECOND_NS, 0
        if before + count > MOST_PLOTS_PER_S:
            self._refuse(station, "TooManyPlots", count)
            return False
        self._came[station] = second, before + count
        return True

    def _add(self, station: str, sensor: Sensor) -> None:
        if sensor.name not in self._partners and len(self._partners) >= MOST_PARTNER_SENSORS:
            return
        if not sensor.rotation_s > 0.0 or not sensor.detection_probability > 0.0:
            return
        self._partners[sensor.name] = station, sensor
        if station not in self._stations:
            self._stations.append(station)

    def step(self, own: Plots, learned: Innovations, until_ns: int) -> None:
        """Go on with the plots that the watch used in its last step, and partners' since then.

        ``learned`` is what the watch's tracker made of its plots: ``innovations`` of that step.
        """
        own_first, self._own_handed = self._own_handed, self._own_handed + len(own)
        self._same.own(learned.plot, learned.track)
        self._take_in_sensors(until_ns)
        if self._tracker is None:
            return
        partners = Plots.join(self._waiting)
        self._waiting = []
        plots = Plots.join([own, partners])
        number = np.concatenate(
            [np.arange(own_first, own_first + len(own)), np.full(len(partners), -1)]
        )
        order = np.lexsort((plots.sensor, plots.measured_ns, plots.received_ns))
        self._same.handed(self._handed, number[order])
        self._handed += len(plots)
        states = self._tracker.step(plots.take(order), until_ns)
        made = self._tracker.innovations
        self._same.joint(made.plot, made.track)
        if len(states):
            self._picture = states.take(states.measured_ns == states.measured_ns[-1])

    def _take_in_sensors(self, now_ns: int) -> None:
        """Begin anew with a table of all sensors, if there are new ones and it is time."""
        if len(self._table) == len(self._own) + len(self._partners):
            return
        if self._tracker is not None and now_ns - self._rebuilt_ns < self._pause_ns:
            return
        if self._tracker is not None:
            self._pause_ns = min(2 * self._pause_ns, LONGEST_REBUILD_NS)
        first = 1 if self._tracker is None else self._tracker.next_track_number
        self._table = SensorTable((*self._own, *(s for _, s in self._partners.values())))
        self._tracker = RegisteredTracker(
            self._table,
            TrackerSettings(keep_innovations=True),
            self._rules,
            first_track_number=first,
        )
        self._rebuilt_ns, self._handed, self._waiting = now_ns, 0, []
        self._picture = Tracks.empty(self._picture.sensors.shape[1])
        self._same.forget_joint()

    def own_side(self, own: Tracks) -> OwnSide:
        """What the joint picture takes for the node's own; ``own`` is the watch's picture now."""
        self.numbers.keep(own.track.tolist(), self._picture.track.tolist())
        if self._tracker is None or not len(self._picture):
            bits = np.ones(len(own), np.uint64)
            return OwnSide(self._numbered(own), bits, self.stations)
        joint = self._picture.take(self._picture.confirmed & ~self._picture.coasting)
        pairs = self._same.pairs(own.track, self._picture.track)
        row_of = {int(number): row for row, number in enumerate(joint.track)}
        taken: dict[int, int] = {}  # row of own: row of joint
        for row, number in enumerate(own.track.tolist()):
            other = pairs.get(number)
            if other is None or other not in row_of:
                continue
            self.numbers.join(number, other)
            if joint.last_plot_ns[row_of[other]] >= own.last_plot_ns[row]:
                taken[row] = row_of[other]
        self.numbers.note_shown(own.track[own.confirmed].tolist())
        lone = np.flatnonzero(~np.isin(joint.track, list(pairs.values())))
        mine = self._bits(joint)[lone] & np.uint64(1) != 0
        alone = lone[self.numbers.alone(joint.track[lone].tolist(), mine.tolist())]
        return self._assembled(own, joint, taken, alone)

    def _assembled(
        self,
        own: Tracks,
        joint: Tracks,
        taken: dict[int, int],
        alone: NDArray[np.int64],
    ) -> OwnSide:
        words = own.sensors.shape[1]
        rows = np.arange(len(own))
        from_joint = np.array(list(taken), np.int64)
        stays = np.setdiff1d(rows, from_joint)
        named = self._numbered(own)
        chosen = joint.take(np.array(list(taken.values()), np.int64))
        lone = joint.take(alone)
        numbers = self.numbers.of_joint(lone.track)
        bits = np.concatenate(
            [
                np.ones(len(stays), np.uint64),
                self._bits(chosen) | np.uint64(1),
                self._bits(lone),
            ]
        )
        tracks = Tracks.join(
            [
                named.take(stays),
                replace(chosen, track=named.track[from_joint], sensors=self._mine(chosen, words)),
                replace(lone, track=numbers, sensors=self._mine(lone, words)),
            ]
        )
        order = np.argsort(tracks.track, kind="stable")
        return OwnSide(tracks.take(order), bits[order], self.stations)

    def _numbered(self, own: Tracks) -> Tracks:
        """The watch's tracks under the numbers that the picture knows them by."""
        return replace(own, track=self.numbers.of_own(own.track))

    @property
    def stations(self) -> tuple[str, ...]:
        """What the bits of contributors stand for."""
        return tuple(self._stations)

    def _mine(self, tracks: Tracks, words: int) -> NDArray[np.uint64]:
        """Bits of the node's own sensors, in as many words as its table has."""
        bits = np.zeros((len(tracks), words), np.uint64)
        kept = min(words, tracks.sensors.shape[1])
        bits[:, :kept] = tracks.sensors[:, :kept]
        rest = len(self._own) - 64 * (words - 1)
        if 0 <= rest < 64:
            bits[:, -1] &= np.uint64((1 << rest) - 1)
        return bits

    def _bits(self, tracks: Tracks) -> NDArray[np.uint64]:
        """Bits of the stations whose sensors contributed, (tracks,)."""
        bits = np.zeros(len(tracks), np.uint64)
        stations = [*(0 for _ in self._own)]
        stations += [self._stations.index(station) for station, _ in self._partners.values()]
        for sensor, station in enumerate(stations[: len(self._table)]):
            seen = (tracks.sensors[:, sensor // 64] >> np.uint64(sensor % 64)) & np.uint64(1)
            bits |= seen << np.uint64(min(station, 63))
        return bits
