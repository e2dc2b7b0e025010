"""How the smoother behaves: every number that can be chosen, with its unit and its reason."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skypact.model.time import SECOND_NS

Law = tuple[
    NDArray[np.float64],
    NDArray[np.float64],
    NDArray[np.float64],
    NDArray[np.float64],
    NDArray[np.float64],
]
"""Turn (rad/s), noise (m^2/s^3), dwell (s), switch (models, models) and start of the models."""


@dataclass(frozen=True, slots=True)
class Gait:
    """One way an aircraft may fly, linear in its state so that it can be flown backwards.

    Parameters
    ----------
    turn_radps
        Rate of turn, rad/s, anticlockwise seen from above; 0 for straight flight.
    noise_m2ps3
        Density of white acceleration, m^2/s^3.
    dwell_s
        Mean time an aircraft keeps to it, seconds.
    share
        How often an aircraft that leaves another takes this one, relative to the others; also
        its share at the beginning.
    """

    turn_radps: float
    noise_m2ps3: float
    dwell_s: float
    share: float


MODELS = (
    Gait(0.0, 0.05, 600.0, 1.0),
    Gait(0.0, 2.0, 120.0, 0.5),
    Gait(0.0, 30.0, 40.0, 0.2),
    Gait(math.radians(1.2), 1.5, 100.0, 0.3),
    Gait(-math.radians(1.2), 1.5, 100.0, 0.3),
    Gait(math.radians(2.2), 1.5, 100.0, 0.3),
    Gait(-math.radians(2.2), 1.5, 100.0, 0.3),
)
"""Steady, changing speed, any manoeuvre, and two turns of both hands.

Tuned on made scenarios (seeds of 101 and more). They dwell longer than aircraft do: a smoother sees
a change of model from both sides and needs less readiness for it than a filter.
"""

HEIGHT_MODELS = (
    Gait(0.0, 0.01, 120.0, 1.0),
    Gait(0.0, 2.0, 15.0, 0.5),
)
"""A steady vertical rate, and a changing one."""


@dataclass(frozen=True, slots=True)
class SmootherSettings:
    """Settings of :func:`~skypact.tracking.smoother.smooth`; the defaults suit air traffic.

    Parameters
    ----------
    period_ns
        Rows lie at whole multiples of this in UTC.
    models, height_models
        Motion models of level flight, and of height (their noise is vertical).
    gap_ns
        A longer time without a plot ends a segment: nothing is shown inside.
    node_ns
        Time between nodes is at most this, so that an aircraft may change its model inside a
        gap and rows lie close to nodes.
    passes
        Times that plots are linearised anew about the smoothed path and weighed by residuals;
        two come within a metre of more.
    least_plots
        A segment of fewer plots is not shown.
    share_floor
        A plot that was the track's with less probability is left out.
    height_noise_m2ps
        Density of the random walk of the height that slant ranges are read with, m^2/s.
    assumed_altitude_m, assumed_altitude_sigma_m
        Height of aircraft whose height nothing tells: a nuisance of the slant range, never shown.
    speed_sigma_mps
        Prior of each velocity component.
    pressure_sigma_m, geometric_sigma_m
        How well pressure altitude and reported geometric height stand in for height above the
        ellipsoid where slant ranges are read.
    pressure_step_m
        Standard deviation of reported heights about a smooth flight: Mode C comes in steps of
        100 ft, 30.48 / sqrt(12) m, and with some lag.
    join_gap_ns
        Fragments of one address or callsign are joined over at most this.
    join_acceleration_mps2, join_slack_m
        They are where half-way from either end, flown straight, the two places differ by no
        more than the slack and what this acceleration does in that time.
    recent_ns
        Sensors that gave a plot so lately are named in a row.
    coast_turns
        A row coasts where plots before and after it are more of the slower sensor's turns apart.
    height_reach_ns
        Heights are shown so far beyond the first and last report of a segment.
    """

    period_ns: int = SECOND_NS
    models: tuple[Gait, ...] = MODELS
    height_models: tuple[Gait, ...] = HEIGHT_MODELS
    gap_ns: int = 60 * SECOND_NS
    node_ns: int = 2 * SECOND_NS
    passes: int = 3
    least_plots: int = 3
    share_floor: float = 0.1
    height_noise_m2ps: float = 1000.0
    assumed_altitude_m: float = 7500.0
    assumed_altitude_sigma_m: float = 2600.0
    speed_sigma_mps: float = 200.0
    pressure_sigma_m: float = 100.0
    geometric_sigma_m: float = 30.0
    pressure_step_m: float = 12.0
    join_gap_ns: int = 60 * SECOND_NS
    join_acceleration_mps2: float = 5.0
    join_slack_m: float = 1500.0
    recent_ns: int = 30 * SECOND_NS
    coast_turns: float = 2.2
    height_reach_ns: int = 15 * SECOND_NS

    def __post_init__(self) -> None:
        if self.period_ns <= 0 or self.node_ns <= 0 or self.gap_ns <= 0:
            raise ValueError("period_ns, node_ns and gap_ns must be above 0")
        if not self.models or not self.height_models:
            raise ValueError("models is empty: a smoother needs one motion model at least")
        if self.passes < 1:
            raise ValueError(f"passes is {self.passes}, not 1 or more")


def law_of(models: tuple[Gait, ...]) -> Law:
    """Motion models as the arrays that ``kernels.smoothing_pass`` reads."""
    share = np.array([model.share for model in models], dtype=np.float64)
    switch = np.tile(share, (len(share), 1))
    if len(share) > 1:
        np.fill_diagonal(switch, 0.0)
        switch /= switch.sum(axis=1, keepdims=True)
    else:
        switch[:] = 1.0
    return (
        np.array([model.turn_radps for model in models], dtype=np.float64),
        np.array([model.noise_m2ps3 for model in models], dtype=np.float64),
        np.array([model.dwell_s for model in models], dtype=np.float64),
        switch,
        share / share.sum(),
    )
