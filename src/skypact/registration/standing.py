"""How each sensor stands: its state, what is wrong with it, and when that is over.

States: ``learning`` until its errors are known, ``good``, ``doubtful`` while something is odd and
being looked into, ``withheld`` while it is known to measure wrongly. A withheld sensor teaches
nobody and its plots are not used; it comes back by itself when it measures well again.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from skypact.kernels import registration_arrays as names
from skypact.model.registration import Fault, RegistrationAlarm
from skypact.model.sensors import Sensor
from skypact.model.status import SensorHealth

WORDS: dict[Fault, str] = {
    "azimuth jump": "north is off by {amount:.1f} deg",
    "range jump": "ranges are off by {amount:.0f} m",
    "time jump": "the clock is off by {amount:.1f} s",
    "displaced": "plots are displaced by {amount:.0f} m",
    "does not fit": "plots fit the tracks of no other sensor",
    "frozen": "the same plots come again every turn",
    "repeats": "plots of earlier come again",
    "clock stopped": "the stamps stand still",
}


@dataclass(slots=True)
class Standing:
    """One sensor's state; changed by :class:`~skypact.registration.Registration` only.

    Parameters
    ----------
    sensor, index
        The sensor and its index in the table.
    health, reason
        As shown.
    fault
        What is wrong, None while nothing is known to be.
    since_ns
        Since when it is in this state.
    good_periods
        Periods in a row in which a withheld or doubtful sensor measured well.
    votes
        On what its plots would fit; kept while it is doubtful or withheld.
    common_part
        Part of its tracks that other sensors hold too, lately.
    """

    sensor: Sensor
    index: int
    health: SensorHealth = "learning"
    reason: str = ""
    fault: Fault | None = None
    since_ns: int = -1
    good_periods: int = 0
    votes: NDArray[np.float64] = field(default_factory=lambda: np.zeros(names.VOTES))
    common_part: float = 1.0

    def become(self, health: SensorHealth, now_ns: int, reason: str = "") -> None:
        """Enter a state."""
        self.health, self.reason, self.since_ns = health, reason, now_ns
        self.good_periods = 0
        if health in ("good", "learning"):
            self.fault = None

    def accuse(
        self, fault: Fault, amount: float, unit: str, now_ns: int, *, withheld: bool = True
    ) -> RegistrationAlarm:
        """Withhold the sensor, or doubt it, and say why."""
        text = WORDS[fault].format(amount=amount)
        self.become("withheld" if withheld else "doubtful", now_ns, text)
        self.fault = fault
        return RegistrationAlarm(
            now_ns, self.index, fault, amount, unit, False, f"{self.sensor.name}: {text}"
        )

    def clear(self, now_ns: int) -> RegistrationAlarm | None:
        """Use the sensor again; an alarm tells that its fault is over, if one was told."""
        fault = self.fault
        self.become("learning", now_ns)
        self.votes[:] = 0.0
        if fault is None:
            return None
        text = f"{self.sensor.name}: measures well again"
        return RegistrationAlarm(now_ns, self.index, fault, math.nan, "", True, text)
