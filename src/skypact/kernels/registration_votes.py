"""What one jump would bring a sensor's plots back to the tracks of others: a vote over pairs.

In: plots of one sensor that fit no track any more, and the filters of tracks that others hold. Out:
histograms of the one change that would make each pair of plot and track meet: of azimuth, of
range, of time, of place. Wrong pairs spread over the bins, right ones meet in one (a Hough
transform: P. Hough, US patent 3069654, 1962; Duda and Hart, CACM 15/1, 1972).
"""

import math

from numba import types

from skypact.kernels.compilation import bare, kernel
from skypact.kernels.registration_arrays import (
    AZIMUTH_STEP_RAD,
    F1,
    FOLLOWED_TYPE,
    L1,
    PLACE_STEP_M,
    RANGE_STEP_M,
    SENSORS_TYPE,
    SITE,
    SITE_AXES,
    TIME_STEP_S,
    VOTE_AZIMUTH,
    VOTE_PLACE,
    VOTE_RANGE,
    VOTE_TIME,
    VOTES_AZIMUTH,
    VOTES_PLACE,
    VOTES_RANGE,
    VOTES_TIME,
)
from skypact.kernels.tracking_arrays import AXIS_P, AXIS_Q
from skypact.kernels.tracking_frames import point_at

FAR_BACK_S, FAR_AHEAD_S = 10.0, 20.0
SLOWEST_MPS = 50.0
NEAR_M = 800.0


@bare
def seen_from(f, t, site, lag_s):
    """Slant range, azimuth, and velocity outwards and clockwise of a followed track."""
    frame, x = f.frame[t], f.x[t]
    px, py, pz = point_at(frame, x[0] + lag_s * x[2], x[1] + lag_s * x[3], x[4])
    dx, dy, dz = px - site[SITE], py - site[SITE + 1], pz - site[SITE + 2]
    e = dx * site[SITE_AXES] + dy * site[SITE_AXES + 1] + dz * site[SITE_AXES + 2]
    n = dx * site[SITE_AXES + 3] + dy * site[SITE_AXES + 4] + dz * site[SITE_AXES + 5]
    ground = max(math.hypot(e, n), 100.0)
    vx = frame[AXIS_P] * x[2] + frame[AXIS_Q] * x[3]
    vy = frame[AXIS_P + 1] * x[2] + frame[AXIS_Q + 1] * x[3]
    vz = frame[AXIS_P + 2] * x[2] + frame[AXIS_Q + 2] * x[3]
    ve = vx * site[SITE_AXES] + vy * site[SITE_AXES + 1] + vz * site[SITE_AXES + 2]
    vn = vx * site[SITE_AXES + 3] + vy * site[SITE_AXES + 4] + vz * site[SITE_AXES + 5]
    slant = math.sqrt(dx * dx + dy * dy + dz * dz)
    return slant, math.atan2(e, n), (e * ve + n * vn) / ground, (n * ve - e * vn) / ground


@bare
def add(votes, base, bins, step, off):
    """One vote for a change by ``off``; none where it lies outside the bins."""
    k = math.floor(off / step + 0.5) + bins // 2
    if 0 <= k < bins:
        votes[base + int(k)] += 1.0


@bare
def vote_pair(votes, dr, da, slant, azimuth, vr, vt, across_sigma_m):
    """Votes of one pair: plot less track in range (m) and azimuth (rad)."""
    across = slant * da
    if abs(dr) < NEAR_M:
        add(votes, VOTE_AZIMUTH, VOTES_AZIMUTH, AZIMUTH_STEP_RAD, da)
    near = NEAR_M + 3.0 * across_sigma_m
    if abs(across) < near:
        add(votes, VOTE_RANGE, VOTES_RANGE, RANGE_STEP_M, dr)
    if abs(da) > 0.3:
        return
    speed_2 = vr * vr + vt * vt
    if speed_2 > SLOWEST_MPS * SLOWEST_MPS:
        past = (dr * vt - across * vr) / math.sqrt(speed_2)
        if abs(past) < near:
            # a stamp late by an offset shows the aircraft where it was before
            add(votes, VOTE_TIME, VOTES_TIME, TIME_STEP_S, -(dr * vr + across * vt) / speed_2)
    s, c = math.sin(azimuth), math.cos(azimuth)
    ke = math.floor((dr * s + across * c) / PLACE_STEP_M + 0.5) + VOTES_PLACE // 2
    kn = math.floor((dr * c - across * s) / PLACE_STEP_M + 0.5) + VOTES_PLACE // 2
    if 0 <= ke < VOTES_PLACE and 0 <= kn < VOTES_PLACE:
        votes[VOTE_PLACE + int(ke) * VOTES_PLACE + int(kn)] += 1.0


@kernel(
    types.void(FOLLOWED_TYPE, SENSORS_TYPE, types.int64, L1, L1, F1, F1, types.float64, F1)
)
def vote(followed, sensors, sensor, slot, measured_ns, range_m, azimuth_rad, sigma_rad, votes):
    """Add the votes of all pairs of plots and tracks.

    Parameters
    ----------
    followed, sensors
        As in ``registration_filter``.
    sensor
        Index of the radar the plots are of.
    slot
        int64 (tracks,): slots of tracks that other sensors hold.
    measured_ns, range_m, azimuth_rad
        (plots,), without the errors known so far.
    sigma_rad
        Noise of its azimuths.
    votes
        float64 (registration_arrays.VOTES,), added to.
    """
    site = sensors.fixed[sensor]
    turn = 2.0 * math.pi
    for i in range(measured_ns.shape[0]):
        for j in range(slot.shape[0]):
            t = slot[j]
            lag_s = (measured_ns[i] - followed.stamp_ns[t]) * 1e-9
            if followed.stamp_ns[t] < 0 or lag_s < -FAR_BACK_S or lag_s > FAR_AHEAD_S:
                continue
            slant, azimuth, vr, vt = seen_from(followed, t, site, lag_s)
            da = azimuth_rad[i] - azimuth
            da -= turn * math.floor(da / turn + 0.5)
            vote_pair(
                votes, range_m[i] - slant, da, slant, azimuth, vr, vt, slant * sigma_rad
            )
