"""How association and fusion of pictures behave: every number, with its unit and its reason."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skypact.kernels import picture_arrays as names


@dataclass(frozen=True, slots=True)
class PictureSettings:
    """Settings of correspondence, bias and fusion; the defaults suit air traffic.

    Parameters
    ----------
    reach_m
        Farthest that two states of one aircraft may lie apart, however unsure they are.
    gate, held_gate
        Squared statistical distance (4 dimensions) within which two states may become a pair,
        and within which a pair made before is not strained: 25 is passed by one pair of one
        aircraft in 20,000, but trackers see a turn at different times.
    position_floor_m, velocity_floor_mps
        Standard deviations added to every difference: what trackers do not know of themselves.
    density_pm2
        Aircraft per square metre that a state may meet by chance: 200 in 1,000 km x 500 km.
    speed_range_mps
        Their velocities fill a disc of this radius.
    height_sigma_m, height_rate_mps, height_range_m, height_limit
        Heights of one aircraft differ by this, and by so much more a second of age; others lie
        anywhere in the range. Unlike heights weigh at most ``height_limit``: Mode C is garbled.
    same_mode_s, other_mode_s, same_mode_3a, other_mode_3a, same_callsign, other_callsign
        Log-likelihood ratios of codes that agree or not; bounded, and they open no gate, because
        addresses are duplicated and codes garbled. As in the tracker, but that two addresses keep
        two tracks from becoming a pair; a pair made before is not broken by one.
    least_score, most_score
        Bounds of what one look may say of position and velocity. The upper one is that of two
        states at no distance: aircraft fly in company more often than by chance, and an address
        or a height that differs must be able to part them.
    candidates
        Most partners of one state that are weighed.
    score_memory_s
        A pair's score forgets with this time constant: longer than the errors of tracks last.
    pair_score
        Score from which two states are a pair. Chosen, as the bounds, by the false tracks of
        ``benchmarks.picture``: pairs missed cost more than pairs made wrong.
    keep_score
        How much more a pair is worth that was made before.
    margin, settle_s
        A new pair whose next best rival is not worse by the margin is doubtful and waits until
        it has been looked at for so long.
    break_s
        A strained pair is broken after so long.
    noise_m2ps3
        Density of white acceleration of an aircraft whose state is carried on, m^2/s^3: 115 m
        after 10 s, 600 m after 30 s. Made traffic does not mind from 2 to 40; of real centres'
        reports, each 30 s, the newer ones deserve that much more weight.
    horizon_s
        States are carried on no farther.
    unknown_speed_sigma_mps, unknown_position_sigma_m
        Where a state gives no covariance or sigma that can be one.
    assumed_altitude_m
        Height of aircraft that tell none, for carrying them on.
    common_share
        Part of the covariance that states resting on different sensors share, because both
        follow the same manoeuvres. From 0.02 to 50 m^2/s^3 of manoeuvres half of it makes the
        mean normalised error 1 (tests/properties/test_picture_fusion.py); errors hardly depend
        on it.
    fuse_gate
        Squared statistical distance within which a state is fused with the best one.
    least_sigma_m
        No state counts as better than this, whatever its sender says.
    bias_sigma_m, bias_time_sigma_s
        Prior of a station's offset, an axis, and of the time by which its stamps err: of 28 real
        centres (docs/accuracy.md) three erred by more than 9 s, the others by less than 6 s.
    bias_memory_s, bias_correlation_s, bias_age_s
        How fast what was learned fades; how long the errors of one pair last, so that they are
        not counted each second anew; how old a state may be that something is learned from.
    bias_outlier
        Differences of more standard deviations than this are weighed down (Huber).
    bias_significant
        Only a bias beyond so many of its own standard deviations is removed, and drawn in by so
        much.
    bias_limit_m, bias_time_limit_s
        A bias beyond these is not believed, only shown.
    """

    reach_m: float = 15e3
    gate: float = 25.0
    held_gate: float = 60.0
    position_floor_m: float = 40.0
    velocity_floor_mps: float = 4.0
    density_pm2: float = 4e-10
    speed_range_mps: float = 250.0
    height_sigma_m: float = 80.0
    height_rate_mps: float = 10.0
    height_range_m: float = 10e3
    height_limit: float = -12.0
    same_mode_s: float = 6.0
    other_mode_s: float = -12.0
    same_mode_3a: float = 3.0
    other_mode_3a: float = -5.0
    same_callsign: float = 4.0
    other_callsign: float = -4.0
    least_score: float = -20.0
    most_score: float = 12.0
    candidates: int = 8
    score_memory_s: float = 10.0
    pair_score: float = 0.5
    keep_score: float = 4.0
    margin: float = 3.0
    settle_s: float = 8.0
    break_s: float = 10.0
    noise_m2ps3: float = 40.0
    horizon_s: float = 120.0
    unknown_speed_sigma_mps: float = 30.0
    unknown_position_sigma_m: float = 2e3
    assumed_altitude_m: float = 7500.0
    common_share: float = 0.5
    fuse_gate: float = 25.0
    least_sigma_m: float = 10.0
    bias_sigma_m: float = 300.0
    bias_time_sigma_s: float = 3.0
    bias_memory_s: float = 1800.0
    bias_correlation_s: float = 20.0
    bias_age_s: float = 20.0
    bias_outlier: float = 2.0
    bias_significant: float = 1.5
    bias_limit_m: float = 3000.0
    bias_time_limit_s: float = 20.0

    def __post_init__(self) -> None:
        if not 0.0 <= self.common_share <= 1.0:
            raise ValueError(f"common_share is {self.common_share}, not from 0 to 1")
        if min(self.reach_m, self.gate, self.fuse_gate, self.score_memory_s) <= 0.0:
            raise ValueError("reach_m, gates and score_memory_s must be above 0")
        if self.candidates < 1:
            raise ValueError("candidates is below 1: nothing could be paired")

    def law(self) -> NDArray[np.float64]:
        """Settings as the array that the kernels read, shape (``LAW``,)."""
        value = np.zeros(names.LAW)
        for index, number in (
            (names.REACH, self.reach_m),
            (names.GATE, self.gate),
            (names.POSITION_FLOOR, self.position_floor_m),
            (names.VELOCITY_FLOOR, self.velocity_floor_mps),
            (names.DENSITY, self.density_pm2),
            (names.SPEED_DENSITY, 1.0 / (math.pi * self.speed_range_mps**2)),
            (names.HEIGHT_SIGMA, self.height_sigma_m),
            (names.HEIGHT_RATE, self.height_rate_mps),
            (names.HEIGHT_RANGE, self.height_range_m),
            (names.HEIGHT_LIMIT, self.height_limit),
            (names.SAME_MODE_S, self.same_mode_s),
            (names.OTHER_MODE_S, self.other_mode_s),
            (names.SAME_MODE_3A, self.same_mode_3a),
            (names.OTHER_MODE_3A, self.other_mode_3a),
            (names.SAME_CALLSIGN, self.same_callsign),
            (names.OTHER_CALLSIGN, self.other_callsign),
            (names.NOISE, self.noise_m2ps3),
            (names.HORIZON, self.horizon_s),
            (names.UNKNOWN_SPEED, self.unknown_speed_sigma_mps),
            (names.ASSUMED_HEIGHT, self.assumed_altitude_m),
            (names.COMMON, self.common_share),
            (names.FUSE_GATE, self.fuse_gate),
            (names.LEAST_SIGMA, self.least_sigma_m),
            (names.LOWEST, self.least_score),
            (names.UNKNOWN_POSITION, self.unknown_position_sigma_m),
            (names.HIGHEST, self.most_score),
        ):
            value[index] = number
        return value
