"""Mode S messages in order of time: which addresses are believed, and where aircraft are.

Keeps per aircraft what its last messages said (:mod:`~skypact.kernels.mode_s_aircraft`), so that
addresses under parity can be verified and CPR positions paired; the cost of a message does not
depend on how many aircraft there are. Sources: Annex 10 IV, 3.1.2.3.3.2 (address parity),
Doc 9871 (2nd ed.), C.2.6 (CPR), DO-260B, A.1.7.10 (reasonableness of positions).
"""

import math

import numpy as np

from skypact.kernels.compilation import inner, kernel
from skypact.kernels.mode_s_aircraft import (
    CONFLICTS,
    EAST_MPS,
    EVEN,
    EVEN_X,
    EVEN_Y,
    LATITUDE_DEG,
    LONGITUDE_DEG,
    MODE_3A,
    MOVED,
    NAC_P,
    NAMED,
    NEVER,
    NORTH_MPS,
    ODD_X,
    ODD_Y,
    PLACED,
    RATED,
    SEEN,
    SQUAWKED,
    UP_MPS,
    VERIFIED,
    clear,
    find,
    remove,
)
from skypact.kernels.mode_s_cpr import cpr_global, cpr_local

SECOND_NS = 1_000_000_000
SLACK_NS = 2 * SECOND_NS
"""Messages of one receiver may come this much out of order."""
VERIFIED_FOR_NS = 60 * SECOND_NS
"""An address under parity is believed this long after DF11, 17 or 18 gave it in clear."""
FORGOTTEN_AFTER_NS = 600 * SECOND_NS
PAIR_NS = 10 * SECOND_NS
"""Largest age of the other CPR format for a global position; Doc 9871, C.2.6.7."""
NEAR_NS = 600 * SECOND_NS
"""Largest age of the last position for a local position; Doc 9871, C.2.6.5."""
ON_GROUND_NS = 60 * SECOND_NS
NEAR_M = 180.0 * 1852.0
"""A local airborne position is unambiguous within this range; DO-260B, A.1.7.5."""
NEAR_ON_GROUND_M = 45.0 * 1852.0
VELOCITY_FOR_NS = 5 * SECOND_NS
RATING_FOR_NS = 30 * SECOND_NS
FASTEST_MPS = 1_000.0
JUMP_M = 2_000.0
"""Positions further apart than JUMP_M plus FASTEST_MPS times their interval are not one
aircraft's: faster than anything that carries a civil transponder."""
CONFLICTS_TO_RESTART = 4
"""After so many implausible positions in a row the remembered one is doubted instead."""
EARTH_RADIUS_M = 6_371_008.8

TAKEN, CURSOR, IMPLAUSIBLE, CROWDED_OUT = 0, 1, 2, 3
"""Places in ``book``, int64, shape (4,): slots taken, slot looked at for expiry next,
positions refused, messages of aircraft that found no room."""


def sigma_tables():
    """Standard deviation per axis (m) by NACp (0-11) and by type code (0-31), NaN unknown.

    NACp gives the radius that holds 95 % (DO-260B, Table 2-71); type codes give it through
    NUCp (DO-260, Table 2-11), which transmitters without NACp send. A radius of 95 % is 2.448
    standard deviations of a circular normal distribution; the 5-m step of CPR adds 1.5 m.
    """
    mile = 1852.0
    radius = np.full((2, 32), np.nan)
    by_nac_p = [10.0, 4.0, 2.0, 1.0, 0.5, 0.3, 0.1, 0.05, 30.0 / mile, 10.0 / mile, 3.0 / mile]
    for nac_p, miles in enumerate(by_nac_p, start=1):
        radius[0, nac_p] = miles * mile
    by_type = {5: 3.0, 6: 10.0, 7: 92.6, 9: 3.0, 10: 10.0, 11: 92.6, 12: 185.2, 13: 463.0,
               14: 926.0, 15: 1852.0, 16: 9260.0, 17: 18520.0, 20: 4.0, 21: 15.0}
    for type_code, metres in by_type.items():
        radius[1, type_code] = metres
    return np.sqrt((radius / 2.448) ** 2 + 1.5**2)


SIGMA_M = sigma_tables()


@inner
def young(now_ns: int, then_ns: int, limit_ns: int) -> bool:
    """Whether something said at ``then_ns`` is at most ``limit_ns`` old."""
    age = now_ns - then_ns
    return -SLACK_NS <= age <= limit_ns


@inner
def distance_m(latitude_deg, longitude_deg, latitude2_deg, longitude2_deg):
    """Great-circle distance on a sphere (haversine): good to 0.6 %, enough for gates."""
    a, b = math.radians(latitude_deg), math.radians(latitude2_deg)
    half = math.sin(math.radians(longitude2_deg - longitude_deg) / 2.0)
    h = math.sin((b - a) / 2.0) ** 2 + math.cos(a) * math.cos(b) * half * half
    return 2.0 * EARTH_RADIUS_M * math.asin(math.sqrt(min(1.0, h)))


@inner
def believed(form: int, overlay: int, now_ns: int, verified_ns: int) -> bool:
    """Whether a message's parity holds: with what it is overlaid, and who was heard lately."""
    lately = young(now_ns, verified_ns, VERIFIED_FOR_NS)
    if form == 17 or form == 18:  # noqa: PLR1714
        return overlay == 0
    if form == 11:
        # Interrogator codes fill 7 bits; such a reply counts only from a known aircraft
        return overlay == 0 or (overlay < 128 and lately)
    return lately


@inner
def plausible(latitude_deg, longitude_deg, slot, now_ns, site, times, places) -> bool:
    """Whether a position can follow the last one and lie within the receiver's range."""
    away = 0.0
    if not math.isnan(site[0]):
        away = distance_m(latitude_deg, longitude_deg, site[0], site[1])
    if away > site[2]:
        return False
    if not young(now_ns, times[slot, PLACED], NEAR_NS):
        return True
    seconds = abs(now_ns - times[slot, PLACED]) / SECOND_NS
    jump = distance_m(
        latitude_deg, longitude_deg, places[slot, LATITUDE_DEG], places[slot, LONGITUDE_DEG]
    )
    return jump <= JUMP_M + FASTEST_MPS * seconds


@inner
def locate_airborne(odd: int, slot: int, now_ns: int, site, times, places, codes):
    """Position (degrees) of the message just stored, NaN none; and whether one was refused."""
    refused = False
    if young(now_ns, times[slot, EVEN + 1 - odd], PAIR_NS):
        latitude, longitude = cpr_global(
            codes[slot, EVEN_Y], codes[slot, EVEN_X], codes[slot, ODD_Y], codes[slot, ODD_X], odd
        )
        if not math.isnan(latitude):
            if plausible(latitude, longitude, slot, now_ns, site, times, places):
                return latitude, longitude, False
            refused = True
    if young(now_ns, times[slot, PLACED], NEAR_NS):
        near_latitude, near_longitude = places[slot, LATITUDE_DEG], places[slot, LONGITUDE_DEG]
        latitude, longitude = cpr_local(
            codes[slot, EVEN_Y + 2 * odd], codes[slot, EVEN_X + 2 * odd], odd,
            near_latitude, near_longitude, 360.0,
        )
        if not math.isnan(latitude):
            jump = distance_m(latitude, longitude, near_latitude, near_longitude)
            if jump <= NEAR_M and plausible(
                latitude, longitude, slot, now_ns, site, times, places
            ):
                return latitude, longitude, False
            refused = True
    return np.nan, np.nan, refused


@inner
def locate_surface(cpr, slot: int, now_ns: int, site, times, places):
    """Position (degrees) of a surface message, nearest to the last position or the receiver."""
    if young(now_ns, times[slot, PLACED], ON_GROUND_NS):
        near_latitude, near_longitude = places[slot, LATITUDE_DEG], places[slot, LONGITUDE_DEG]
    elif not math.isnan(site[0]):
        near_latitude, near_longitude = site[0], site[1]
    else:
        return np.nan, np.nan, False
    latitude, longitude = cpr_local(cpr[2], cpr[3], cpr[1], near_latitude, near_longitude, 90.0)
    if math.isnan(latitude):
        return np.nan, np.nan, False
    if distance_m(latitude, longitude, near_latitude, near_longitude) > NEAR_ON_GROUND_M or (
        not plausible(latitude, longitude, slot, now_ns, site, times, places)
    ):
        return np.nan, np.nan, True
    return latitude, longitude, False


@inner
def remember(
    slot, now_ns, mode_3a, nac_p, callsign, velocity, times, places, codes, text
):
    """Keep what a believed message says besides position."""
    if mode_3a >= 0:
        codes[slot, MODE_3A] = mode_3a
        times[slot, SQUAWKED] = now_ns
    if nac_p >= 0:
        codes[slot, NAC_P] = nac_p
        times[slot, RATED] = now_ns
    if callsign[0] != 0:
        for k in range(8):
            text[slot, k] = callsign[k]
        times[slot, NAMED] = now_ns
    if not math.isnan(velocity[0]):
        places[slot, EAST_MPS], places[slot, NORTH_MPS] = velocity[0], velocity[1]
        places[slot, UP_MPS] = velocity[2]
        times[slot, MOVED] = now_ns


@inner
def recall(
    slot, now_ns, type_code, times, places, codes, text, codes_out, velocity_out, text_out
):
    """What else is known of an aircraft at the time of its position; the position's sigma (m)."""
    if young(now_ns, times[slot, SQUAWKED], FORGOTTEN_AFTER_NS):
        codes_out[0] = codes[slot, MODE_3A]
    if young(now_ns, times[slot, MOVED], VELOCITY_FOR_NS):
        velocity_out[0] = places[slot, EAST_MPS]
        velocity_out[1] = places[slot, NORTH_MPS]
        velocity_out[2] = places[slot, UP_MPS]
    if young(now_ns, times[slot, NAMED], FORGOTTEN_AFTER_NS):
        for k in range(8):
            text_out[k] = text[slot, k]
    if young(now_ns, times[slot, RATED], RATING_FOR_NS) and codes[slot, NAC_P] > 0:
        return SIGMA_M[0, codes[slot, NAC_P]]
    return SIGMA_M[1, type_code]


@inner
def repeats(cpr, slot: int, now_ns: int, times, codes) -> bool:
    """Whether the last position of this format came again, counter and all.

    Receivers that hold back first messages until an aircraft is confirmed send them twice.
    """
    odd = cpr[1]
    same = codes[slot, EVEN_Y + 2 * odd] == cpr[2] and codes[slot, EVEN_X + 2 * odd] == cpr[3]
    return cpr[0] == 1 and same and times[slot, EVEN + odd] == now_ns


@inner
def locate(cpr, slot: int, now_ns: int, site, book, times, places, codes):
    """Position (degrees) by a believed CPR message, NaN none; the aircraft's memory goes on."""
    odd = cpr[1]
    if cpr[0] == 1:
        codes[slot, EVEN_Y + 2 * odd], codes[slot, EVEN_X + 2 * odd] = cpr[2], cpr[3]
        times[slot, EVEN + odd] = now_ns
        latitude, longitude, refused = locate_airborne(
            odd, slot, now_ns, site, times, places, codes
        )
    else:
        latitude, longitude, refused = locate_surface(cpr, slot, now_ns, site, times, places)
    if refused:
        book[IMPLAUSIBLE] += 1
        codes[slot, CONFLICTS] += 1
        if codes[slot, CONFLICTS] >= CONFLICTS_TO_RESTART:
            times[slot, PLACED] = NEVER
            codes[slot, CONFLICTS] = 0
    elif not math.isnan(latitude):
        codes[slot, CONFLICTS] = 0
        places[slot, LATITUDE_DEG], places[slot, LONGITUDE_DEG] = latitude, longitude
        times[slot, PLACED] = now_ns
    return latitude, longitude


@inner
def expire_one(now_ns: int, book, address, times, places, codes, text):
    """Free the next slot in turn if nothing was heard of it for long."""
    slot = (book[CURSOR] + 1) & (address.shape[0] - 1)
    book[CURSOR] = slot
    if address[slot] >= 0 and not young(now_ns, times[slot, SEEN], FORGOTTEN_AFTER_NS):
        remove(slot, address, times, places, codes, text)
        book[TAKEN] -= 1


@kernel(
    "int64(int64, boolean, float64[::1], int64[::1], int32[::1], int32[::1], int32[::1],"
    " int32[::1], int32[::1], int32[::1], uint8[:, ::1], float64[:, ::1], int32[:, ::1],"
    " int64[::1], int32[::1], int64[:, ::1], float64[:, ::1], int32[:, ::1], uint8[:, ::1],"
    " boolean[::1], boolean[::1], float64[:, ::1], int32[:, ::1], float64[:, ::1],"
    " uint8[:, ::1])"
)
def follow(
    first, may_grow, site, measured_ns, df, overlay, key, type_code, mode_3a, nac_p, callsign,
    velocity, cpr, book, address, times, places, codes, text,
    crc_ok, repeated, position, known_codes, known_velocity, known_callsign,
):
    """Go on at message ``first``; the index at which it stopped: n, or where the table is full.

    ``site`` (3,) is the receiver's latitude, longitude (degrees, NaN unknown) and range (m).
    Inputs as :func:`~skypact.kernels.mode_s_fields.read_fields` fills them; then the memory.
    Fills ``crc_ok`` (parity holds and the address is believed), ``repeated`` (came before),
    ``position`` (n, 3: degrees, degrees, sigma m) and, for rows with a position, what else is
    known: ``known_codes`` (n, 1: Mode 3/A), ``known_velocity`` (n, 3), ``known_callsign``
    (n, 8); outputs are given as none.
    """
    half = address.shape[0] // 2
    for i in range(first, df.shape[0]):
        if book[TAKEN] >= half and may_grow:
            return i
        now_ns = measured_ns[i]
        expire_one(now_ns, book, address, times, places, codes, text)
        if key[i] < 0 or df[i] < 0:
            crc_ok[i] = overlay[i] == 0
            continue
        slot = find(address, key[i])
        known = address[slot] == key[i]
        verified_ns = times[slot, VERIFIED] if known else NEVER
        crc_ok[i] = believed(df[i], overlay[i], now_ns, verified_ns)
        if not crc_ok[i]:
            continue
        if not known:
            if book[TAKEN] >= half:
                book[CROWDED_OUT] += 1
                continue
            clear(slot, key[i], address, times, places, codes, text)
            book[TAKEN] += 1
        times[slot, SEEN] = now_ns
        if df[i] == 11 or df[i] == 17 or df[i] == 18:
            times[slot, VERIFIED] = now_ns
        remember(
            slot, now_ns, mode_3a[i], nac_p[i], callsign[i], velocity[i],
            times, places, codes, text,
        )
        if cpr[i, 0] == 0:
            continue
        repeated[i] = repeats(cpr[i], slot, now_ns, times, codes)
        latitude, longitude = locate(cpr[i], slot, now_ns, site, book, times, places, codes)
        if math.isnan(latitude):
            continue
        position[i, 0], position[i, 1] = latitude, longitude
        position[i, 2] = recall(
            slot, now_ns, type_code[i], times, places, codes, text,
            known_codes[i], known_velocity[i], known_callsign[i],
        )
    return df.shape[0]
