"""How the tracker behaves: every number that can be chosen, with its unit and its reason."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from skypact.kernels import kalman
from skypact.kernels import tracking_arrays as names
from skypact.model.time import MILLISECOND_NS, SECOND_NS

SLOT_NS = 100 * MILLISECOND_NS
"""Plots are used in slots of reception time that begin at multiples of this."""


@dataclass(frozen=True, slots=True)
class MotionModel:
    """One way an aircraft may fly level.

    Parameters
    ----------
    noise_m2ps3
        Density of white horizontal acceleration, m^2/s^3.
    dwell_s
        Mean time an aircraft keeps to it, seconds.
    share
        How often an aircraft that leaves another model takes this one, relative to the others;
        also its share at a track's birth.
    turn_radps, turn_sigma_radps
        Rate of turn when it begins, rad/s, anticlockwise seen from above, and its standard
        deviation: from there it is estimated. Both 0 for straight flight.
    acceleration_sigma_mps2
        Standard deviation of a constant acceleration along the flight when it begins, m/s^2,
        estimated from there; not together with a turn.
    """

    noise_m2ps3: float
    dwell_s: float
    share: float
    turn_radps: float = 0.0
    turn_sigma_radps: float = 0.0
    acceleration_sigma_mps2: float = 0.0

    @property
    def kind(self) -> int:
        """What the model's own parameter is: ``STEADY``, ``SPEEDING`` or ``TURNING``."""
        if self.turn_radps or self.turn_sigma_radps:
            return kalman.TURNING
        return kalman.SPEEDING if self.acceleration_sigma_mps2 else kalman.STEADY


MODELS = (
    MotionModel(0.02, 300.0, 1.0),
    MotionModel(0.02, 85.0, 0.32, acceleration_sigma_mps2=0.6),
    MotionModel(1.5, 80.0, 0.09, turn_radps=math.radians(1.43), turn_sigma_radps=math.radians(0.4)),
    MotionModel(
        1.5, 80.0, 0.09, turn_radps=-math.radians(1.43), turn_sigma_radps=math.radians(0.4)
    ),
    MotionModel(300.0, 10.0, 0.01),
)
"""Steady, changing speed, turns of both hands, and whatever else an aircraft may do.

Chosen on made traffic (docs/explanation/tracking.md) by the error of the whole tracker: noise
of the turns stands in for their beginning and end, that of the last for a fighter's manoeuvre.
"""


@dataclass(frozen=True, slots=True)
class TrackerSettings:
    """Settings of a :class:`~skypact.tracking.Tracker`; the defaults suit air traffic.

    Parameters
    ----------
    period_ns
        Output period, a multiple of 100 ms; rows are at its whole multiples in UTC.
    models
        Motion models of the filter.
    gate
        Squared Mahalanobis distance (two dimensions) within which a plot may belong to a track.
    reach_m
        Farthest that a plot may lie from a track's prediction, whatever its uncertainty: what
        an unknown velocity of 750 m/s makes of a turn of 12 s.
    cell_m
        Edge of the cells in which tracks are looked up.
    late_limit_ns, future_limit_ns
        A plot measured longer before, or after, its reception is refused.
    assumed_altitude_m, assumed_altitude_sigma_m
        Height of aircraft whose height nothing tells: a nuisance of the slant range only, not
        shown.
    height_noise_m2ps
        Density of the random walk of an aircraft's height, m^2/s.
    shown_altitude_sigma_m
        A height inferred from slant ranges or elevation angles is shown when its standard
        deviation is at most this.
    pressure_sigma_m
        How well pressure altitude stands in for height above the ellipsoid.
    geometric_sigma_m
        How well reported geometric height does.
    speed_sigma_mps
        Prior of each velocity component of a track born of one plot without velocity.
    reported_speed_sigma_mps
        The same where the plot reports its velocity, and the least that such a report is trusted
        to: reports lag and their errors last, so that more trust tears tracks (measured on real
        recordings: 10 m/s gave up to six times the tracks).
    confirm_score, confirm_hits
        A track is confirmed when the log-odds of its existence and its number of plots reach
        both. They begin at ``new_target_density_pm2`` over the density of clutter and grow by
        the log-likelihood ratio of what came; by Wald's bound a plot of clutter becomes a
        confirmed track with a probability below that ratio times exp(-confirm_score).
    drop_score, score_limit, hit_limit
        A tentative track ends when its log-odds have fallen by ``-drop_score`` since its birth
        (by half of that while it has one plot only),
        a confirmed one at ``drop_score``; a confirmed track's are held at or below
        ``score_limit``, so that misses count; one group of plots adds at most ``hit_limit``.
    coast_limit_s, tentative_limit_s
        Longest time without a plot of a confirmed and of a tentative track, seconds.
    revive_limit_s
        A confirmed track with a Mode S address that has ended is not shown, but goes on under its
        number if a plot of this address comes into its gate within so many seconds of its last.
    coast_turns
        A track coasts when no sensor gave a plot for so many of its update intervals.
    recent_s
        A sensor contributed lately if it did within so many seconds.
    same_mode_s, other_mode_s, same_mode_3a, other_mode_3a, same_callsign, other_callsign
        Log-likelihood ratios of codes that agree or not. Bounded, because addresses are
        duplicated and codes garbled: they weigh among plots in the gate and open no gate.
    new_target_density_pm2
        Density of plots of aircraft without a track, per square metre and scan; added to each
        sensor's clutter.
    track_limit
        Tracks beyond this are not begun (and counted).
    keep_innovations
        Whether ``Tracker.innovations`` tells of every plot used; costs a tenth of the speed.
    """

    period_ns: int = SECOND_NS
    models: tuple[MotionModel, ...] = MODELS
    gate: float = 18.0
    reach_m: float = 9e3
    cell_m: float = 9e3
    late_limit_ns: int = 30 * SECOND_NS
    future_limit_ns: int = 2 * SECOND_NS
    assumed_altitude_m: float = 7500.0
    assumed_altitude_sigma_m: float = 2600.0
    height_noise_m2ps: float = 4000.0
    shown_altitude_sigma_m: float = 300.0
    pressure_sigma_m: float = 100.0
    geometric_sigma_m: float = 30.0
    speed_sigma_mps: float = 140.0
    reported_speed_sigma_mps: float = 100.0
    confirm_score: float = 9.5
    confirm_hits: int = 3
    drop_score: float = -4.0
    score_limit: float = 8.0
    hit_limit: float = 10.0
    coast_limit_s: float = 45.0
    tentative_limit_s: float = 30.0
    revive_limit_s: float = 180.0
    coast_turns: float = 2.2
    recent_s: float = 30.0
    same_mode_s: float = 6.0
    other_mode_s: float = -8.0
    same_mode_3a: float = 3.0
    other_mode_3a: float = -5.0
    same_callsign: float = 4.0
    other_callsign: float = -4.0
    new_target_density_pm2: float = 1e-12
    track_limit: int = 200_000
    keep_innovations: bool = False

    def __post_init__(self) -> None:
        if self.period_ns <= 0 or self.period_ns % SLOT_NS:
            raise ValueError(f"period_ns is {self.period_ns}, not a multiple of {SLOT_NS}")
        if not self.models:
            raise ValueError("models is empty: a tracker needs one motion model at least")
        if self.reach_m > self.cell_m:
            raise ValueError("reach_m is larger than cell_m: neighbours would not be looked up")

    def law(self) -> names.Law:
        """Settings as the arrays that the kernels read."""
        value = np.zeros(names.LAW)
        for index, number in (
            (names.GATE, self.gate),
            (names.REACH, self.reach_m),
            (names.ASSUMED_HEIGHT, self.assumed_altitude_m),
            (names.ASSUMED_HEIGHT_SIGMA, self.assumed_altitude_sigma_m),
            (names.SPEED_SIGMA, self.speed_sigma_mps),
            (names.HEIGHT_NOISE, self.height_noise_m2ps),
            (names.PRESSURE_SIGMA, self.pressure_sigma_m),
            (names.SHOWN_HEIGHT_SIGMA, self.shown_altitude_sigma_m),
            (names.GEOMETRIC_SIGMA, self.geometric_sigma_m),
            (names.REPORTED_SPEED_SIGMA, self.reported_speed_sigma_mps),
            (names.CONFIRM_SCORE, self.confirm_score),
            (names.DROP_SCORE, self.drop_score),
            (names.SCORE_LIMIT, self.score_limit),
            (names.HIT_LIMIT, self.hit_limit),
            (names.CONFIRM_HITS, self.confirm_hits),
            (names.COAST_LIMIT, self.coast_limit_s),
            (names.TENTATIVE_LIMIT, self.tentative_limit_s),
            (names.COAST_TURNS, self.coast_turns),
            (names.SAME_MODE_S, self.same_mode_s),
            (names.OTHER_MODE_S, self.other_mode_s),
            (names.SAME_MODE_3A, self.same_mode_3a),
            (names.OTHER_MODE_3A, self.other_mode_3a),
            (names.SAME_CALLSIGN, self.same_callsign),
            (names.OTHER_CALLSIGN, self.other_callsign),
            (names.TRACK_LIMIT, self.track_limit),
            (names.CELL, self.cell_m),
            (names.RECENT, self.recent_s),
            (names.NEW_DENSITY, self.new_target_density_pm2),
            (names.REVIVE_LIMIT, self.revive_limit_s),
        ):
            value[index] = number
        share = np.array([model.share for model in self.models], dtype=np.float64)
        switch = np.tile(share, (len(share), 1))
        if len(share) > 1:
            np.fill_diagonal(switch, 0.0)
            switch /= switch.sum(axis=1, keepdims=True)
        else:
            switch[:] = 1.0
        return names.Law(
            value,
            np.array([model.kind for model in self.models], dtype=np.int32),
            np.array([model.turn_radps for model in self.models], dtype=np.float64),
            np.array([_variance(model) for model in self.models], dtype=np.float64),
            np.array([model.noise_m2ps3 for model in self.models], dtype=np.float64),
            np.array([model.dwell_s for model in self.models], dtype=np.float64),
            switch,
            share / share.sum(),
        )


def _variance(model: MotionModel) -> float:
    """Variance of a model's own parameter when it is entered."""
    if model.kind == kalman.TURNING:
        return model.turn_sigma_radps**2
    return model.acceleration_sigma_mps2**2
