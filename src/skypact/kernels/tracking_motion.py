"""Time passes for a track: its models mix, are predicted, and its plane moves with it.

In: a track and a time. Out: the track at that time. A track goes back in time for a plot that
comes late: every model retraces its own flight without noise, is updated where the plot was
measured, and comes forward again. Noise is added, and models are mixed, once for every stretch
of time, at its first passing; on the way back and forth again nothing is added.
"""

import math

from skypact.kernels import kalman
from skypact.kernels.compilation import bare
from skypact.kernels.tracking_arrays import (
    AXIS_P,
    AXIS_Q,
    HEIGHT_NOISE,
    HORIZON_NS,
    MIXED_NS,
    ORIGIN,
    POSITION,
    POSITION_VARIANCE,
    REPORTED_SPEED_SIGMA,
    STATE_NS,
    UP,
    VELOCITY,
    VELOCITY_EAST,
    VELOCITY_NORTH,
    VELOCITY_VARIANCE,
)
from skypact.kernels.tracking_frames import carry_frame, point_at

BACK_NS = -250_000_000
"""A plot measured less before the state needs no journey: its straight lag is exact enough."""

MIX_NS = 3_000_000_000
"""Models are mixed at steps of at least this; oftener costs time and gains nothing."""

WIDEST = 10.0
"""Density of acceleration noise (m^2/s^3) that no model exceeds on the way back."""

VELOCITY_GATE = 30.0
"""Squared distance (two dimensions) beyond which a reported velocity is not believed."""


@bare
def note_motion(state, t, position, velocity):
    """Fill the coarse velocity and variances of track ``t``."""
    mean, gauge, frame = state.mean[t], state.gauge[t], state.frame[t]
    for k in range(3):
        gauge[VELOCITY + k] = frame[AXIS_P + k] * mean[2] + frame[AXIS_Q + k] * mean[3]
    gauge[POSITION_VARIANCE], gauge[VELOCITY_VARIANCE] = position, velocity


@bare
def summarise(state, t):
    """Mean, coarse position, velocity and variances of track ``t`` from its models."""
    mean, gauge = state.mean[t], state.gauge[t]
    position, velocity = kalman.combine(state.x[t], state.covariance[t], state.weight[t], mean)
    x, y, z = point_at(state.frame[t], mean[0], mean[1], mean[4])
    gauge[POSITION], gauge[POSITION + 1], gauge[POSITION + 2] = x, y, z
    note_motion(state, t, position, velocity)


@bare
def predict_models(state, law, t, noisy, step_s):
    """Predict every model of track ``t``, with noise (``noisy`` 1) or none (0)."""
    for j in range(state.weight.shape[1]):
        kalman.predict(
            state.x[t, j], state.covariance[t, j], law.kind[j], noisy * law.noise[j],
            noisy * law.value[HEIGHT_NOISE], step_s,
        )


@bare
def carry(state, law, t, to_ns, share, mixed):
    """Bring track ``t`` to a time, later or earlier, and move its plane there."""
    stamp = state.stamp[t]
    step_ns = to_ns - stamp[STATE_NS]
    if BACK_NS < step_ns <= 0:
        return
    known_ns = min(to_ns, stamp[HORIZON_NS]) - stamp[STATE_NS]
    if known_ns != 0:
        predict_models(state, law, t, 0.0, known_ns * 1e-9)
    if to_ns > stamp[HORIZON_NS]:
        if to_ns - stamp[MIXED_NS] >= MIX_NS:
            kalman.mix(
                state.x[t], state.covariance[t], state.weight[t], law,
                (to_ns - stamp[MIXED_NS]) * 1e-9, share, mixed,
            )
            stamp[MIXED_NS] = to_ns
        predict_models(state, law, t, 1.0, (to_ns - stamp[HORIZON_NS]) * 1e-9)
        stamp[HORIZON_NS] = to_ns
    mean, gauge, frame = state.mean[t], state.gauge[t], state.frame[t]
    position, velocity = kalman.combine(state.x[t], state.covariance[t], state.weight[t], mean)
    carry_frame(frame, mean[0], mean[1], mean[4])
    for j in range(state.weight.shape[1]):
        state.x[t, j, 0] -= mean[0]
        state.x[t, j, 1] -= mean[1]
    mean[0] = mean[1] = 0.0
    for k in range(3):
        gauge[POSITION + k] = frame[ORIGIN + k]
    note_motion(state, t, position, velocity)
    stamp[STATE_NS] = to_ns


@bare
def widen(state, law, t, lin):
    """Add to a measurement's noise what a track taken back in time does not know of itself.

    The models retrace their flight without the noise that drove them: it is added here, as if
    independent of the state (Bar-Shalom, "Update with out-of-sequence measurements in
    tracking", IEEE AES 38/3, 2002, calls the like algorithm C).
    """
    back_s = (state.stamp[t, HORIZON_NS] - state.stamp[t, STATE_NS]) * 1e-9
    if back_s <= 0.0:
        return
    noise = 0.0
    for j in range(state.weight.shape[1]):
        noise += state.weight[t, j] * min(law.noise[j], WIDEST)
    noise *= back_s**3 / 3.0
    hp, hq, kp, kq = lin[kalman.H1], lin[kalman.H1 + 1], lin[kalman.H2], lin[kalman.H2 + 1]
    lin[kalman.R11] += noise * (hp * hp + hq * hq)
    lin[kalman.R12] += noise * (hp * kp + hq * kq)
    lin[kalman.R22] += noise * (kp * kp + kq * kq)


@bare
def feed_velocity(state, law, plots, t, i):
    """Use the velocity that plot ``i`` reports, if any and if it may be true.

    Its trust is bounded: no report counts for better than ``reported_speed_sigma_mps``, since
    what trackers and transponders report lags behind turns and its errors last.
    """
    east, north = plots.value[i, VELOCITY_EAST], plots.value[i, VELOCITY_NORTH]
    frame = state.frame[t]
    level = math.hypot(frame[UP], frame[UP + 1])
    if not math.isfinite(east) or not math.isfinite(north) or level < 1e-6:
        return
    ex, ey = -frame[UP + 1] / level, frame[UP] / level
    c = frame[AXIS_P] * ex + frame[AXIS_P + 1] * ey
    s = frame[AXIS_Q] * ex + frame[AXIS_Q + 1] * ey
    # the second axis lies a quarter turn anticlockwise of the first, as north of east
    kalman.update_velocity(
        state.x[t], state.covariance[t], state.weight[t], c * east - s * north,
        s * east + c * north, law.value[REPORTED_SPEED_SIGMA] ** 2, VELOCITY_GATE,
    )
