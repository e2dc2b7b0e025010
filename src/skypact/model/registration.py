"""How far off sensors measure: estimates with their uncertainty, health and alarms.

Out of registration, into correction of plots, the recorded table and the sensors' status. An
error is what a sensor adds to the truth: measured range = true range x (1 + scale) + bias,
measured azimuth = true + bias, stamp = true time + offset, measured elevation = true + tilt.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from skypact.model.status import SensorHealth

ERROR_FIELDS = ("range_bias_m", "range_scale", "azimuth_bias_rad", "time_offset_s", "tilt_rad")
"""The five errors, in the order of the estimator's vector; each has a ``_sigma`` beside it."""

Fault = Literal[
    "azimuth jump",
    "range jump",
    "time jump",
    "displaced",
    "does not fit",
    "frozen",
    "repeats",
    "clock stopped",
]


@dataclass(frozen=True, slots=True)
class SensorErrors:
    """Errors of all sensors of a table at one time; every array is float64, shape (sensors,).

    Parameters
    ----------
    estimated_ns
        When they were estimated, int64 UTC nanoseconds; -1 never.
    range_bias_m, range_scale, azimuth_bias_rad, time_offset_s, tilt_rad
        Estimates, 0 where nothing is known.
    range_bias_m_sigma, range_scale_sigma, azimuth_bias_rad_sigma, time_offset_s_sigma, \
tilt_rad_sigma
        Standard deviations; the prior's where nothing is known, NaN where a sensor has no such
        error.
    """

    estimated_ns: int
    range_bias_m: NDArray[np.float64]
    range_scale: NDArray[np.float64]
    azimuth_bias_rad: NDArray[np.float64]
    time_offset_s: NDArray[np.float64]
    tilt_rad: NDArray[np.float64]
    range_bias_m_sigma: NDArray[np.float64]
    range_scale_sigma: NDArray[np.float64]
    azimuth_bias_rad_sigma: NDArray[np.float64]
    time_offset_s_sigma: NDArray[np.float64]
    tilt_rad_sigma: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.range_bias_m)

    @classmethod
    def none(cls, count: int) -> SensorErrors:
        """No error of any of ``count`` sensors, and no uncertainty of it."""
        names = [field.name for field in fields(cls) if field.name != "estimated_ns"]
        return cls(-1, **{name: np.zeros(count) for name in names})


@dataclass(frozen=True, slots=True)
class RegistrationAlarm:
    """A sensor began or ceased to measure wrongly.

    Parameters
    ----------
    raised_ns
        When it was found, int64 UTC nanoseconds.
    sensor
        Index in the sensor table.
    fault
        What is wrong.
    amount, unit
        By how much, such as 107.0 ``"deg"``; NaN where it cannot be told.
    over
        Whether this tells the end of the fault rather than its beginning.
    text
        The same in plain words.
    """

    raised_ns: int
    sensor: int
    fault: Fault
    amount: float
    unit: str
    over: bool
    text: str


@dataclass(frozen=True, slots=True)
class RegistrationPicture:
    """All sensors' registration at one time, in the order of the table.

    Parameters
    ----------
    errors
        Estimates and their standard deviations.
    health, reason
        State of each sensor and what is wrong, empty where nothing is.
    """

    errors: SensorErrors
    health: tuple[SensorHealth, ...]
    reason: tuple[str, ...]
