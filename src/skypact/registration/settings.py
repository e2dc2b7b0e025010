"""How registration behaves: every number that can be chosen, with its unit and its reason."""

from __future__ import annotations

import math
from dataclasses import dataclass

from skypact.model.time import SECOND_NS


@dataclass(frozen=True, slots=True)
class RegistrationSettings:
    """Settings of :class:`~skypact.registration.Registration`.

    Parameters
    ----------
    enabled
        Whether errors are estimated and applied at all.
    reference
        Names of sensors of positions (ADS-B, multilateration, other systems' tracks) from which
        the radars may learn where they err. Others' errors are estimated but teach nobody: a
        radar must not follow satellite navigation that is led astray.
    reference_sigma_m
        A reference's report counts only if it says to be this good or better (from NIC/NACp).
    period_ns
        Errors are learned and published at whole multiples of this.
    range_sigma_m, range_scale_sigma, azimuth_sigma_rad, time_sigma_s, tilt_sigma_rad
        What a sensor's errors may be before anything is known: standard deviations about 0.
    assumed_height_sigma_m
        How far the mean height of aircraft that tell none may lie from the assumed one.
    reference_time_sigma_s
        The same for the time of a reference.
    elevation_sigma_rad
        Noise of measured elevations, which a sensor's description does not give.
    memory_s
        Information fades with this time constant, because errors drift.
    learned
        A sensor is ``good`` once the deviation of its azimuth, range and time (given the others)
        fell below this part of the prior's.
    significant
        An independent combination of errors is applied only if it exceeds so many of its own
        standard deviations, and is drawn in by that much (see ``Estimator.significant``).
    azimuth_limit_rad, range_limit_m, time_limit_s
        An error that changes by more than this is a fault and no drift.
    significance
        How many standard deviations a change must have.
    window_periods
        Periods looked at for a change.
    least_common
        Common aircraft from which a fault can be told.
    quiet_turns
        A sensor that gave nothing to so many turns of its common aircraft does not fit.
    recover_periods
        Good periods in a row before a withheld sensor is used again.
    sensor_limit
        Sensors beyond this (of those with a position) are not registered.
    track_limit
        Tracks beyond this are not followed at the same time.
    """

    enabled: bool = True
    reference: tuple[str, ...] = ()
    reference_sigma_m: float = 100.0
    period_ns: int = 5 * SECOND_NS
    range_sigma_m: float = 150.0
    range_scale_sigma: float = 5e-5
    azimuth_sigma_rad: float = math.radians(0.2)
    time_sigma_s: float = 0.15
    tilt_sigma_rad: float = math.radians(0.3)
    reference_time_sigma_s: float = 0.02
    assumed_height_sigma_m: float = 1000.0
    elevation_sigma_rad: float = math.radians(0.2)
    memory_s: float = 1800.0
    learned: float = 0.5
    significant: float = 1.5
    azimuth_limit_rad: float = math.radians(0.4)
    range_limit_m: float = 500.0
    time_limit_s: float = 0.8
    significance: float = 6.0
    window_periods: int = 8
    least_common: int = 4
    quiet_turns: float = 2.5
    recover_periods: int = 6
    sensor_limit: int = 128
    track_limit: int = 20_000

    def __post_init__(self) -> None:
        if self.period_ns <= 0 or self.period_ns % (SECOND_NS // 10):
            raise ValueError(f"period_ns is {self.period_ns}, not a multiple of 100 ms")
        if min(self.memory_s, self.range_sigma_m, self.azimuth_sigma_rad, self.time_sigma_s) <= 0:
            raise ValueError("memory_s and the prior deviations must be above 0")
