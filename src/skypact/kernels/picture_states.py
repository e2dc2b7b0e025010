"""Track states carried to one instant over WGS-84, with what they have become unsure of.

In: states as in ``model.Tracks`` and the correction of their station's bias. Out: prepared
states (``picture_arrays``). Motion is level flight along the great circle with white acceleration
(Bar-Shalom, Li and Kirubarajan, "Estimation with Applications", 2001, 6.2.2).
"""

import math

from skypact.kernels.compilation import bare, kernel
from skypact.kernels.geodesy import ECCENTRICITY_2, SEMI_MAJOR_M, to_ecef, to_geodetic
from skypact.kernels.picture_arrays import (
    AGE,
    ALTITUDE,
    ASSUMED_HEIGHT,
    EX,
    EY,
    EZ,
    HORIZON,
    LATITUDE,
    LEAST_SIGMA,
    LONGITUDE,
    NOISE,
    NX,
    NY,
    NZ,
    PRESSURE,
    UNKNOWN_POSITION,
    UNKNOWN_SPEED,
    UP,
    VX,
    VY,
    VZ,
    X,
    Y,
    Z,
    factor,
)

NOWHERE = 1e30
"""m^2: variance of a state whose place or velocity is no number."""

LARGEST_VARIANCE = 1e12
"""m^2: a thousand kilometres; nothing larger is a covariance."""


@bare
def fill_axes(place, latitude, longitude):
    """Fill the ground point and the axes of a prepared state."""
    sp, cp = math.sin(latitude), math.cos(latitude)
    sl, cl = math.sin(longitude), math.cos(longitude)
    n = SEMI_MAJOR_M / math.sqrt(1.0 - ECCENTRICITY_2 * sp * sp)
    place[LATITUDE], place[LONGITUDE] = latitude, longitude
    place[X], place[Y], place[Z] = n * cp * cl, n * cp * sl, n * (1.0 - ECCENTRICITY_2) * sp
    place[EX], place[EY], place[EZ] = -sl, cl, 0.0
    place[NX], place[NY], place[NZ] = -sp * cl, -sp * sl, cp


@bare
def move(latitude, longitude, height, place, east, north):
    """Geodetic latitude and longitude after a step (m) in the plane tangent at the state."""
    x, y, z = to_ecef(latitude, longitude, height)
    x += east * place[EX] + north * place[NX]
    y += east * place[EY] + north * place[NY]
    z += east * place[EZ] + north * place[NZ]
    latitude, longitude, _ = to_geodetic(x, y, z)
    return latitude, longitude


@bare
def fill_spread(covariance, sigma, law, spread, low):
    """Fill the 4 x 4 covariance of a state as it was sent; sigma stands in for a bad one.

    Whatever a partner says, no state is better than ``LEAST_SIGMA`` along any axis.
    """
    k, sound = 0, True
    for i in range(4):
        for j in range(i, 4):
            spread[i, j] = covariance[k]
            spread[j, i] = covariance[k]
            sound = sound and abs(covariance[k]) < LARGEST_VARIANCE
            k += 1
    if not (sound and factor(spread, low)):
        side = sigma if 0.0 <= sigma < 1e6 else law[UNKNOWN_POSITION]
        for i in range(4):
            for j in range(4):
                spread[i, j] = 0.0
        spread[0, 0], spread[1, 1] = side * side, side * side
        spread[2, 2] = law[UNKNOWN_SPEED] * law[UNKNOWN_SPEED]
        spread[3, 3] = spread[2, 2]
    half, turn = 0.5 * (spread[0, 0] - spread[1, 1]), spread[0, 1]
    narrow = 0.5 * (spread[0, 0] + spread[1, 1]) - math.sqrt(half * half + turn * turn)
    least = max(0.0, law[LEAST_SIGMA] * law[LEAST_SIGMA] - narrow)
    spread[0, 0] += least
    spread[1, 1] += least


@bare
def age_spread(spread, age, noise, shift_sigma):
    """Let a covariance grow over ``age`` seconds of flight, and by the bias' uncertainty."""
    for a in range(2):
        for b in range(2):
            cross = spread[a, b + 2] + spread[a + 2, b] + age * spread[a + 2, b + 2]
            spread[a, b] += age * cross
    for a in range(2):
        for b in range(2):
            spread[a, b + 2] += age * spread[a + 2, b + 2]
            spread[b + 2, a] = spread[a, b + 2]
    grown = noise * abs(age)
    for a in range(2):
        spread[a, a] += grown * age * age / 3.0 + shift_sigma * shift_sigma
        spread[a, a + 2] += 0.5 * grown * age
        spread[a + 2, a] += 0.5 * grown * age
        spread[a + 2, a + 2] += grown


@kernel(
    "void(float64[:,::1], int64[::1], float64[:,::1], float64[::1], float64[:,::1], int64,"
    " float64[::1], float64[:,::1], float64[:,:,::1], float64[:,::1])"
)
def prepare(state, measured_ns, covariance, sigma, shift, now_ns, law, place, spread, low):
    """Fill ``place`` (n, PLACE) and ``spread`` (n, 4, 4) with the states at ``now_ns``.

    ``state`` (n, 7): latitude_rad, longitude_rad, altitude_m, pressure_altitude_m, and velocity
    east, north, up (m/s); ``covariance`` (n, 10) and ``sigma`` (n,) as in Tracks; ``shift``
    (n, 5): metres east and north to be added and their sigma, seconds that the state is older
    than it says and their sigma. ``low`` (4, 4) is scratch.
    """
    for i in range(state.shape[0]):
        row, here = state[i], place[i]
        latitude, longitude = row[0], row[1]
        age = (now_ns - measured_ns[i]) * 1e-9 + shift[i, 3]
        age = min(max(age, -law[HORIZON]), law[HORIZON])
        up = row[6] if math.isfinite(row[6]) else 0.0
        height = row[2] if math.isfinite(row[2]) else row[3]
        if not math.isfinite(height):
            height = law[ASSUMED_HEIGHT]
        east_mps, north_mps = row[4], row[5]
        fill_axes(here, latitude, longitude)
        vx = east_mps * here[EX] + north_mps * here[NX]
        vy = east_mps * here[EY] + north_mps * here[NY]
        vz = east_mps * here[EZ] + north_mps * here[NZ]
        east, north = age * east_mps + shift[i, 0], age * north_mps + shift[i, 1]
        if east != 0.0 or north != 0.0:
            fill_axes(here, *move(latitude, longitude, height, here, east, north))
        # flight stays level: what now points up is no longer velocity
        east_mps = vx * here[EX] + vy * here[EY] + vz * here[EZ]
        north_mps = vx * here[NX] + vy * here[NY] + vz * here[NZ]
        here[VX] = east_mps * here[EX] + north_mps * here[NX]
        here[VY] = east_mps * here[EY] + north_mps * here[NY]
        here[VZ] = east_mps * here[EZ] + north_mps * here[NZ]
        here[ALTITUDE], here[PRESSURE] = row[2] + age * up, row[3] + age * up
        here[UP], here[AGE] = row[6], age
        fill_spread(covariance[i], sigma[i], law, spread[i], low)
        age_spread(spread[i], age, law[NOISE], shift[i, 2])
        if not math.isfinite(here[X] + here[Y] + here[Z] + here[VX] + here[VY] + here[VZ]):
            # nobody follows a state that is nowhere: it is the worst of all, and near to none
            spread[i, 0, 0], spread[i, 1, 1] = NOWHERE, NOWHERE
            continue
        slip_east, slip_north = shift[i, 4] * east_mps, shift[i, 4] * north_mps
        spread[i, 0, 0] += slip_east * slip_east
        spread[i, 0, 1] += slip_east * slip_north
        spread[i, 1, 0] += slip_east * slip_north
        spread[i, 1, 1] += slip_north * slip_north
