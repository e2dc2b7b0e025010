"""Where aircraft are: closed-form flight segments, evaluated at any time without stepping.

In: a table of segments (a row each) and times in exercise seconds. Out: WGS-84 positions and
velocities. Within a segment the horizontal position is a unit vector ``n``, normal to the
ellipsoid (the n-vector of Gade, Journal of Navigation 63, 2010), that turns about a fixed axis:
a great circle when the axis is perpendicular to it, a level turn when it is not. With the
axis ``k`` and the start ``n0``, Rodrigues' formula gives

    n(t) = A + B cos q(t) + C sin q(t),    A = k (k . n0),  B = n0 - A,  C = k x n0
    q(t) = q0 + w dt + a dt^2 / 2,         h(t) = h0 + c dt

Columns of a segment row: start_s, A (3), B (3), C (3), q0 (rad), w (rad/s), a (rad/s^2),
h0 (m), c (m/s). A flight's rows are adjacent and in time order.
"""

import math

from skypact.kernels.compilation import inner, kernel
from skypact.kernels.geodesy import ECCENTRICITY_2, SEMI_MAJOR_M

SEGMENT_COLUMNS = 15
START, ANGLE, RATE, ACCELERATION, HEIGHT, CLIMB = 0, 10, 11, 12, 13, 14


@inner
def segment_at(segments, first: int, last: int, time_s: float):
    """Row in ``first`` up to ``last`` (exclusive) that holds ``time_s``; bisection."""
    low, high = first, last
    while high - low > 1:
        middle = (low + high) // 2
        if segments[middle, START] <= time_s:
            low = middle
        else:
            high = middle
    return low


@inner
def normal_at(segments, row: int, time_s: float):
    """Unit normal n (3), ellipsoidal height (m) and dn/dt (3, 1/s) on one segment."""
    dt = time_s - segments[row, START]
    rate = segments[row, RATE] + segments[row, ACCELERATION] * dt
    q = segments[row, ANGLE] + 0.5 * (segments[row, RATE] + rate) * dt
    s, c = math.sin(q), math.cos(q)
    bx, by, bz = segments[row, 4], segments[row, 5], segments[row, 6]
    cx, cy, cz = segments[row, 7], segments[row, 8], segments[row, 9]
    return (
        segments[row, 1] + bx * c + cx * s,
        segments[row, 2] + by * c + cy * s,
        segments[row, 3] + bz * c + cz * s,
        segments[row, HEIGHT] + segments[row, CLIMB] * dt,
        (cx * c - bx * s) * rate,
        (cy * c - by * s) * rate,
        (cz * c - bz * s) * rate,
    )


@inner
def ecef_of(nx: float, ny: float, nz: float, height_m: float):
    """ECEF x, y, z (m) of the point ``height_m`` above the ellipsoid on the normal n."""
    radius = SEMI_MAJOR_M / math.sqrt(1.0 - ECCENTRICITY_2 * nz * nz)
    across = radius + height_m
    return across * nx, across * ny, (radius * (1.0 - ECCENTRICITY_2) + height_m) * nz


@inner
def longitude_of(nx: float, ny: float):
    """atan2(ny, nx) from one atan, which takes half the time; 0 at the poles."""
    if abs(nx) < abs(ny):
        return math.copysign(0.5 * math.pi, ny) - math.atan(nx / ny)
    if nx == 0.0:
        return 0.0
    longitude = math.atan(ny / nx)
    if nx < 0.0:
        longitude += math.copysign(math.pi, ny)
    return longitude


@kernel(
    "void(float64[:, ::1], int64[::1], int64[::1], float64[::1],"
    " float64[::1], float64[::1], float64[::1], float64[::1], float64[::1], float64[::1])"
)
def flight_states(
    segments, first, flight, time_s,
    latitude_rad, longitude_rad, altitude_m,
    velocity_east_mps, velocity_north_mps, velocity_up_mps,
):
    """Fill the states, each shape (n,), of ``flight`` (n,) at ``time_s`` (n,).

    ``segments`` is (rows, 15), ``first`` (flights + 1,) where each flight's rows begin. The
    time must lie within the flight. Velocity is the exact derivative of the position:
    v_east = (N + h) (nx ny' - ny nx') / r, v_north = (M + h) nz' / r with r = hypot(nx, ny),
    N and M the radii of curvature (TR8350.2, section 4).
    """
    for i in range(flight.shape[0]):
        row = segment_at(segments, first[flight[i]], first[flight[i] + 1], time_s[i])
        nx, ny, nz, height, dx, dy, dz = normal_at(segments, row, time_s[i])
        r = math.sqrt(nx * nx + ny * ny)
        inverse_r = 1.0 / max(r, 1e-12)
        w = 1.0 - ECCENTRICITY_2 * nz * nz
        prime = SEMI_MAJOR_M / math.sqrt(w)
        meridian = prime * (1.0 - ECCENTRICITY_2) / w
        latitude_rad[i] = math.atan(nz * inverse_r)
        longitude_rad[i] = longitude_of(nx, ny)
        altitude_m[i] = height
        velocity_east_mps[i] = (prime + height) * (nx * dy - ny * dx) * inverse_r
        velocity_north_mps[i] = (meridian + height) * dz * inverse_r
        velocity_up_mps[i] = segments[row, CLIMB]


@kernel(
    "int64(float64[:, ::1], int64[::1], float64[::1], float64[::1], float64[::1],"
    " float64[::1], float64[:, ::1], float64[::1],"
    " int64[::1], float64[::1], float64[::1], float64[::1], float64[::1])"
)
def beam_passages(
    segments, first, begin_s, end_s, reach_m, site, axes, sweep,
    flight, time_s, range_m, azimuth_rad, altitude_m,
):
    """Flights that a rotating beam passes in one sector; returns how many were filled.

    Parameters
    ----------
    segments, first
        As in :func:`flight_states`.
    begin_s, end_s, reach_m
        When each flight is airborne and how far the radar reaches for it, (flights,).
    site
        Antenna: ECEF x, y, z (m), least range (m), sine of the least and greatest elevation.
    axes
        East, north and up at the antenna as ECEF unit vectors, (3, 3).
    sweep
        Sector's start (s), its azimuth at the start (rad), turning rate (rad/s), duration (s).
    flight, time_s, range_m, azimuth_rad, altitude_m
        Filled, each with room for all flights: index, moment of passage, slant range, azimuth
        from true north in [0, 2 pi), ellipsoidal height.

    Notes
    -----
    The passage solves azimuth(t) = beam(t) by repeated substitution; a flight at 250 m/s and
    5 km moves by 4 % of the beam's rate, so five rounds leave under 1e-7 of the first error.
    A ray over an earth of 4/3 radius lies range / (8 R) above the straight line's elevation
    (Skolnik, Introduction to Radar Systems, 2001, section 8.4).
    """
    start, azimuth0, rate, duration = sweep[0], sweep[1], sweep[2], sweep[3]
    wide = rate * duration
    found = 0
    for i in range(first.shape[0] - 1):
        if start < begin_s[i] or start + duration >= end_s[i]:
            continue
        t = start + 0.5 * duration
        distance, azimuth, up, height = 0.0, 0.0, 0.0, 0.0
        near = True
        for turn in range(5):
            row = segment_at(segments, first[i], first[i + 1], t)
            nx, ny, nz, height, _, _, _ = normal_at(segments, row, t)
            x, y, z = ecef_of(nx, ny, nz, height)
            x, y, z = x - site[0], y - site[1], z - site[2]
            east = axes[0, 0] * x + axes[0, 1] * y + axes[0, 2] * z
            north = axes[1, 0] * x + axes[1, 1] * y + axes[1, 2] * z
            up = axes[2, 0] * x + axes[2, 1] * y + axes[2, 2] * z
            distance = math.sqrt(east * east + north * north + up * up)
            if distance > reach_m[i] + 2000.0 or distance < site[3]:
                near = False
                break
            azimuth = math.atan2(east, north)
            ahead = (azimuth - azimuth0) % (2.0 * math.pi)
            if ahead > math.pi + 0.5 * wide:
                ahead -= 2.0 * math.pi
            if turn == 0 and (ahead < -0.5 * wide or ahead > 1.5 * wide):
                near = False
                break
            t = start + ahead / rate
        if not near or t < start or t >= start + duration:
            continue
        elevation_sine = up / distance
        if distance > reach_m[i] or elevation_sine > site[5]:
            continue
        if elevation_sine + distance / (8.0 * SEMI_MAJOR_M) < site[4]:
            continue
        flight[found], time_s[found] = i, t
        range_m[found], azimuth_rad[found] = distance, azimuth % (2.0 * math.pi)
        altitude_m[found] = height
        found += 1
    return found
