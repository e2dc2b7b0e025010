"""Emissions: every datagram and stretch of stream of an exercise, in the order of their times.

In: an exercise and a time. Out: what its sensors have sent until then. Pure: the bytes depend
on the exercise alone, not on how often or with which times it is asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from skypact.model.time import SECOND_NS
from skypact.simulator.exercise import Exercise
from skypact.simulator.radar import RadarSource
from skypact.simulator.receiver import ReceiverSource


@dataclass(frozen=True, slots=True)
class Emission:
    """One datagram, or one stretch of a stream.

    Parameters
    ----------
    time_ns
        When the sensor sends it, int64 UTC nanoseconds.
    channel
        Which sensor and form: ``radar/Kant``, ``adsb-cat021/...``, ``adsb-beast/...``.
    payload
        The bytes; a datagram has at most 1,400.
    """

    time_ns: int
    channel: str
    payload: bytes


class Source(Protocol):
    """A sensor that sends in numbered steps; a step does not depend on those before."""

    channel: str

    def due_s(self, step: int) -> float:
        """Exercise second at which a step's bytes are sent; rises with the step."""
        ...

    def payloads(self, step: int) -> list[bytes]:
        """Bytes of a step."""
        ...


def sources_of(exercise: Exercise) -> list[Source]:
    """The exercise's sensors as sources, in its order."""
    return [
        RadarSource(exercise, simulated)
        if simulated.sensor.kind == "radar"
        else ReceiverSource(exercise, simulated)
        for simulated in exercise.sensors
    ]


class ExerciseFeed:
    """Emissions of an exercise from its start on, each handed out once."""

    def __init__(self, exercise: Exercise) -> None:
        self.exercise = exercise
        self._sources = sources_of(exercise)
        self._next = [0] * len(self._sources)

    def _due_ns(self, index: int) -> int:
        due_s = self._sources[index].due_s(self._next[index])
        return self.exercise.start_ns + round(due_s * SECOND_NS)

    @property
    def next_ns(self) -> int:
        """When the next step is due; past the exercise's end when there is none."""
        return min((self._due_ns(i) for i in range(len(self._sources))), default=self.end_ns + 1)

    @property
    def end_ns(self) -> int:
        """The exercise's end."""
        return self.exercise.end_ns

    def emit(self, until_ns: int) -> list[Emission]:
        """Emissions due up to and at ``until_ns``, by time and then by the sensors' order."""
        until_ns = min(until_ns, self.end_ns)
        emissions: list[Emission] = []
        for index, source in enumerate(self._sources):
            while (due_ns := self._due_ns(index)) <= until_ns:
                payloads = source.payloads(self._next[index])
                emissions += [Emission(due_ns, source.channel, payload) for payload in payloads]
                self._next[index] += 1
        emissions.sort(key=lambda emission: emission.time_ns)
        return emissions
