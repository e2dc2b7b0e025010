"""Time passes for a track: its models mix, are predicted, and its plane moves with it.

In: a track and a time. Out: the track at that time.
"""

from skypact.kernels import kalman
from skypact.kernels.compilation import bare
from skypact.kernels.tracking_arrays import (
    AXIS_P,
    AXIS_Q,
    HEIGHT_NOISE,
    POSITION,
    POSITION_VARIANCE,
    STATE_NS,
    VELOCITY,
    VELOCITY_VARIANCE,
)
from skypact.kernels.tracking_frames import carry_frame, point_at


@bare
def summarise(state, t):
    """Mean, coarse position, velocity and variances of track ``t`` from its models."""
    mean, gauge, frame = state.mean[t], state.gauge[t], state.frame[t]
    position, velocity = kalman.combine(state.x[t], state.covariance[t], state.weight[t], mean)
    x, y, z = point_at(frame, mean[0], mean[1], mean[4])
    gauge[POSITION], gauge[POSITION + 1], gauge[POSITION + 2] = x, y, z
    for k in range(3):
        gauge[VELOCITY + k] = frame[AXIS_P + k] * mean[2] + frame[AXIS_Q + k] * mean[3]
    gauge[POSITION_VARIANCE], gauge[VELOCITY_VARIANCE] = position, velocity


@bare
def carry(state, law, t, to_ns, share, mixed):
    """Mix and predict track ``t`` to a later time and move its plane there."""
    step_s = (to_ns - state.stamp[t, STATE_NS]) * 1e-9
    if step_s <= 0.0:
        return
    x, covariance, weight = state.x[t], state.covariance[t], state.weight[t]
    kalman.mix(x, covariance, weight, law, step_s, share, mixed)
    for j in range(weight.shape[0]):
        kalman.predict(
            x[j], covariance[j], law.kind[j], law.noise[j], law.value[HEIGHT_NOISE], step_s
        )
    mean = state.mean[t]
    kalman.combine(x, covariance, weight, mean)
    p, q = mean[0], mean[1]
    carry_frame(state.frame[t], p, q, mean[4])
    for j in range(weight.shape[0]):
        x[j, 0] -= p
        x[j, 1] -= q
    state.stamp[t, STATE_NS] = to_ns
    summarise(state, t)
