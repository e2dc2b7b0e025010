"""Whether a sensor's errors changed: its own short account against what is believed.

In: what each period's plots alone suggest of every sensor's errors, all others being as believed.
Out: the sensor and the error whose change explains most, if it is no chance. A jump of one sensor
disturbs the tracks it shares and so all their sensors; the one whose change explains most is it
(matching pursuit: Mallat and Zhang, IEEE Trans. Signal Processing 41/12, 1993).
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skypact.kernels import registration_arrays as names
from skypact.model.registration import Fault
from skypact.registration.settings import RegistrationSettings

E = names.ERRORS
LEAST_PLOTS = 12.0
TELLING = 0.2
"""A change below this part of a fault's is left to the estimator's own memory."""

RIVAL = 0.7
"""Another sensor that explains this part as much makes it uncertain whose change it was."""

FAULTS: dict[int, tuple[Fault, float, str]] = {
    names.RANGE_BIAS: ("range jump", 1.0, "m"),
    names.AZIMUTH_BIAS: ("azimuth jump", 180.0 / math.pi, "deg"),
    names.TIME_OFFSET: ("time jump", 1.0, "s"),
}
"""Errors that jump, with the fault's name, what makes its unit, and the unit."""


@dataclass(frozen=True, slots=True)
class Change:
    """A change found.

    Parameters
    ----------
    sensor
        Local index.
    fault, amount, unit
        What changed and by how much.
    large
        Whether it is a fault.
    telling
        Whether it is at least large enough to learn the sensor's errors anew.
    rivals
        Other sensors whose change would explain nearly as much.
    """

    sensor: int
    fault: Fault
    amount: float
    unit: str
    large: bool
    telling: bool
    rivals: tuple[int, ...]


class Changes:
    """The accounts of the last periods.

    Parameters
    ----------
    settings
        How to behave.
    """

    def __init__(self, settings: RegistrationSettings) -> None:
        self._settings = settings
        self._kept: deque[tuple[NDArray[np.float64], ...]] = deque(maxlen=settings.window_periods)

    def take(self, knowledge: names.Knowledge) -> None:
        """Take in one period's accounts."""
        kept = (knowledge.lately, knowledge.lately_vector, knowledge.consistency)
        self._kept.append(tuple(np.array(account) for account in kept))

    def clear(self) -> None:
        """Begin anew: what was kept was seen through a sensor that lied."""
        self._kept.clear()

    def find(self, prior: NDArray[np.float64], watched: NDArray[np.bool_]) -> Change | None:
        """The most telling change of a watched sensor, None where none is significant.

        Parameters
        ----------
        prior
            Prior deviations, (registered and one, ERRORS).
        watched
            Sensors whose errors are believed to be known; (registered,).
        """
        if not self._kept or not watched.any():
            return None
        count = len(watched)
        lately, vector, consistency = (
            np.sum(a, axis=0)[:count] for a in zip(*self._kept, strict=True)
        )
        own = np.diagonal(lately, axis1=1, axis2=2)
        # innovations larger than reckoned with are no evidence of any one error
        mean = consistency[:, 0] / np.maximum(consistency[:, 1], 1.0)
        scale = np.maximum(mean / 2.0, 1.0)[:, None]
        told = (own > 0.0) & (prior[:count] > 0.0) & (consistency[:, 1] >= LEAST_PLOTS)[:, None]
        z = np.divide(vector, np.sqrt(own * scale), out=np.zeros(own.shape), where=told)
        amount = np.divide(vector, own, out=np.zeros(own.shape), where=told) * prior[:count]
        kinds = np.array(list(FAULTS))
        gain = z[:, kinds] ** 2
        gain[~watched] = 0.0
        sensor, kind = np.unravel_index(int(np.argmax(gain)), gain.shape)
        best = float(gain[sensor, kind])
        if best < self._settings.significance**2:
            return None
        error = int(kinds[kind])
        others = gain.max(axis=1)
        others[sensor] = 0.0
        rivals = np.flatnonzero(others >= RIVAL * best)
        limit = {
            names.RANGE_BIAS: self._settings.range_limit_m,
            names.AZIMUTH_BIAS: self._settings.azimuth_limit_rad,
            names.TIME_OFFSET: self._settings.time_limit_s,
        }[error]
        off = float(amount[sensor, error])
        fault, per_unit, unit = FAULTS[error]
        return Change(
            int(sensor),
            fault,
            off * per_unit,
            unit,
            abs(off) > limit,
            abs(off) > TELLING * limit,
            tuple(int(r) for r in rivals),
        )
