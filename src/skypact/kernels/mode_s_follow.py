"""Mode S messages in order of time: which addresses are believed, and where aircraft are.

Keeps per aircraft what its last messages said (:mod:`~skypact.kernels.mode_s_aircraft`), so that
addresses under parity can be verified and CPR positions paired; the cost of a message does not
depend on how many aircraft there are. Sources: Annex 10 IV, 3.1.2.3.3.2 (address parity),
Doc 9871 (2nd ed.), C.2.6 (CPR), DO-260B, A.1.7.10 (reasonableness of positions).
"""

import math

import numpy as np

from skypact.kernels.compilation import bare, kernel
from skypact.kernels.mode_s_aircraft import (
    CALLSIGN,
    CONFLICTS,
    EAST_MPS,
    EVEN,
    EVEN_X,
    EVEN_Y,
    KEY,
    LATITUDE_DEG,
    LEVEL_FT,
    LEVELLED,
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
    SUPPLEMENTS,
    UP_MPS,
    VERIFIED,
    VERSION,
    VERSIONED,
    claim,
    find,
    remove,
)
from skypact.kernels.mode_s_cpr import cpr_global, cpr_local
from skypact.kernels.mode_s_integrity import integrity, sigma_of

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
NEAR_M = 180.0 * 1852.0
"""A local airborne position is unambiguous within this range; DO-260B, A.1.7.5."""
NEAR_ON_GROUND_M = 45.0 * 1852.0
VELOCITY_FOR_NS = 5 * SECOND_NS
COMPARED_FOR_NS = 10 * SECOND_NS
"""A Comm-B reply is held against an ADS-B velocity of at most this age."""
LEVEL_FOR_NS = 30 * SECOND_NS
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


@bare
def young(now_ns: int, then_ns: int, limit_ns: int) -> bool:
    """Whether something said at ``then_ns`` is at most ``limit_ns`` old."""
    age = now_ns - then_ns
    return -SLACK_NS <= age <= limit_ns


@bare
def distance_m(latitude_deg, longitude_deg, latitude2_deg, longitude2_deg):
    """Great-circle distance on a sphere (haversine): good to 0.6 %, enough for gates."""
    a, b = math.radians(latitude_deg), math.radians(latitude2_deg)
    half = math.sin(math.radians(longitude2_deg - longitude_deg) / 2.0)
    h = math.sin((b - a) / 2.0) ** 2 + math.cos(a) * math.cos(b) * half * half
    return 2.0 * EARTH_RADIUS_M * math.asin(math.sqrt(min(1.0, h)))


@bare
def believed(form: int, overlay: int, now_ns: int, verified_ns: int) -> bool:
    """Whether a message's parity holds: with what it is overlaid, and who was heard lately."""
    lately = young(now_ns, verified_ns, VERIFIED_FOR_NS)
    if form == 17 or form == 18:  # noqa: PLR1714
        return overlay == 0
    if form == 11:
        # Interrogator codes fill 7 bits; such a reply counts only from a known aircraft
        return overlay == 0 or (overlay < 128 and lately)
    return lately


@bare
def plausible(latitude_deg, longitude_deg, slot, now_ns, site, memory, places) -> bool:
    """Whether a position can follow the last one and lie within the receiver's range."""
    away = 0.0
    if not math.isnan(site[0]):
        away = distance_m(latitude_deg, longitude_deg, site[0], site[1])
    if away > site[2]:
        return False
    if not young(now_ns, memory[slot, PLACED], NEAR_NS):
        return True
    seconds = abs(now_ns - memory[slot, PLACED]) / SECOND_NS
    jump = distance_m(
        latitude_deg, longitude_deg, places[slot, LATITUDE_DEG], places[slot, LONGITUDE_DEG]
    )
    return jump <= JUMP_M + FASTEST_MPS * seconds


@bare
def locate_airborne(odd: int, slot: int, now_ns: int, site, memory, places):
    """Position (degrees) of the message just stored, NaN none; and whether one was refused."""
    refused = False
    if young(now_ns, memory[slot, EVEN + 1 - odd], PAIR_NS):
        latitude, longitude = cpr_global(
            memory[slot, EVEN_Y], memory[slot, EVEN_X], memory[slot, ODD_Y], memory[slot, ODD_X],
            odd,
        )
        if not math.isnan(latitude):
            if plausible(latitude, longitude, slot, now_ns, site, memory, places):
                return latitude, longitude, False
            refused = True
    if young(now_ns, memory[slot, PLACED], NEAR_NS):
        near_latitude, near_longitude = places[slot, LATITUDE_DEG], places[slot, LONGITUDE_DEG]
        latitude, longitude = cpr_local(
            memory[slot, EVEN_Y + 2 * odd], memory[slot, EVEN_X + 2 * odd], odd,
            near_latitude, near_longitude, 360.0,
        )
        if not math.isnan(latitude):
            jump = distance_m(latitude, longitude, near_latitude, near_longitude)
            if jump <= NEAR_M and plausible(
                latitude, longitude, slot, now_ns, site, memory, places
            ):
                return latitude, longitude, False
            refused = True
    return np.nan, np.nan, refused


@bare
def locate_surface(odd: int, y: int, x: int, slot: int, now_ns: int, site, memory, places):
    """Position (degrees) of a surface message, nearest to the last position or the receiver."""
    if young(now_ns, memory[slot, PLACED], NEAR_NS):
        near_latitude, near_longitude = places[slot, LATITUDE_DEG], places[slot, LONGITUDE_DEG]
    elif not math.isnan(site[0]):
        near_latitude, near_longitude = site[0], site[1]
    else:
        return np.nan, np.nan, False
    latitude, longitude = cpr_local(y, x, odd, near_latitude, near_longitude, 90.0)
    if math.isnan(latitude):
        return np.nan, np.nan, False
    if distance_m(latitude, longitude, near_latitude, near_longitude) > NEAR_ON_GROUND_M or (
        not plausible(latitude, longitude, slot, now_ns, site, memory, places)
    ):
        return np.nan, np.nan, True
    return latitude, longitude, False


@bare
def locate(kind, odd, y, x, slot, now_ns, site, book, memory, places):
    """Position (degrees) by a believed CPR message, NaN none; the aircraft's memory goes on."""
    if kind == 1:
        memory[slot, EVEN_Y + 2 * odd], memory[slot, EVEN_X + 2 * odd] = y, x
        memory[slot, EVEN + odd] = now_ns
        latitude, longitude, refused = locate_airborne(odd, slot, now_ns, site, memory, places)
    else:
        latitude, longitude, refused = locate_surface(
            odd, y, x, slot, now_ns, site, memory, places
        )
    if refused:
        book[IMPLAUSIBLE] += 1
        memory[slot, CONFLICTS] += 1
        if memory[slot, CONFLICTS] >= CONFLICTS_TO_RESTART:
            memory[slot, PLACED] = NEVER
            memory[slot, CONFLICTS] = 0
    elif not math.isnan(latitude):
        memory[slot, CONFLICTS] = 0
        places[slot, LATITUDE_DEG], places[slot, LONGITUDE_DEG] = latitude, longitude
        memory[slot, PLACED] = now_ns
    return latitude, longitude


@bare
def learn(i, slot, now_ns, mode_3a, nac_p, callsign, altitude_ft, velocity, quality, memory,
          places):
    """Keep what believed message ``i`` says of its aircraft."""
    if mode_3a[i] >= 0:
        memory[slot, MODE_3A], memory[slot, SQUAWKED] = mode_3a[i], now_ns
    if nac_p[i] >= 0:
        memory[slot, NAC_P], memory[slot, RATED] = nac_p[i], now_ns
    if quality[i, 4] >= 0:
        memory[slot, VERSION], memory[slot, VERSIONED] = quality[i, 4], now_ns
        memory[slot, SUPPLEMENTS] = quality[i, 5]
    if callsign[i] != 0:
        memory[slot, CALLSIGN], memory[slot, NAMED] = callsign[i], now_ns
    if not math.isnan(altitude_ft[i]):
        memory[slot, LEVEL_FT], memory[slot, LEVELLED] = int(altitude_ft[i]), now_ns
    if not math.isnan(velocity[i, 0]):
        places[slot, EAST_MPS], places[slot, NORTH_MPS] = velocity[i, 0], velocity[i, 1]
        places[slot, UP_MPS] = velocity[i, 2]
        memory[slot, MOVED] = now_ns


@bare
def recall_for_reply(i, slot, now_ns, memory, places, known_velocity, level_ft):
    """What a Comm-B reply is held against: the aircraft's velocity and pressure altitude."""
    if young(now_ns, memory[slot, MOVED], COMPARED_FOR_NS):
        for k in range(3):
            known_velocity[i, k] = places[slot, EAST_MPS + k]
    if young(now_ns, memory[slot, LEVELLED], LEVEL_FOR_NS):
        level_ft[i] = memory[slot, LEVEL_FT]


@bare
def rate(i, slot, now_ns, type_code, quality, memory, position, nic, version):
    """NIC, radius of containment (m) and sigma (m) of position message ``i``."""
    radius_m = np.nan
    if young(now_ns, memory[slot, VERSIONED], FORGOTTEN_AFTER_NS):
        version[i] = memory[slot, VERSION]
        nic[i], radius_m = integrity(
            version[i], type_code[i], memory[slot, SUPPLEMENTS], quality[i, 5]
        )
    nac_p = 0
    if young(now_ns, memory[slot, RATED], RATING_FOR_NS):
        nac_p = memory[slot, NAC_P]
    position[i, 2] = sigma_of(nac_p, radius_m, type_code[i])
    position[i, 3] = radius_m


@kernel(
    "int64(int64, boolean, float64[::1], int64[::1], int32[::1], int32[::1], int32[::1],"
    " int32[::1],"
    " int32[::1], int32[::1], int32[::1], int64[::1], float64[::1], float64[:, ::1],"
    " int32[:, ::1], int8[:, ::1], int64[::1], int64[:, ::1], float64[:, ::1],"
    " boolean[::1], boolean[::1], float64[:, ::1], int32[::1], float64[:, ::1], int64[::1],"
    " float64[::1], int8[::1], int8[::1])"
)
def follow(
    first, may_grow, site, measured_ns, df, overlay, key, vouched, type_code, mode_3a, nac_p,
    callsign, altitude_ft, velocity, cpr, quality, book, memory, places,
    crc_ok, repeated, position, known_mode_3a, known_velocity, known_callsign, level_ft, nic,
    version,
):
    """Go on at message ``first``; the index at which it stopped: n, or where the table is full.

    ``site`` (3,) is the receiver's latitude, longitude (degrees, NaN unknown) and range (m).
    Inputs as :func:`~skypact.kernels.mode_s_fields.read_fields` fills them, but ``callsign``
    (n,) is the eight bytes as one number and ``vouched`` (n,) an address that the source names
    beside the message (-1 none); then the memory.
    Fills ``crc_ok`` (parity holds and the address is believed), ``repeated`` (the aircraft's
    last position of this format came again, counter and all: receivers that hold back
    messages until an aircraft is confirmed send them twice), ``position`` (n, 4: degrees,
    degrees, sigma m, radius of containment m) with ``nic`` and ``version``, and, for rows with
    a position, what else is known of the aircraft. Comm-B replies get its last velocity and
    pressure altitude ``level_ft``. Outputs are given as none.
    """
    half = memory.shape[0] // 2
    for i in range(first, df.shape[0]):
        if book[TAKEN] >= half and may_grow:
            return i
        now_ns = measured_ns[i]
        # One slot in turn is looked at for expiry with each message: constant cost
        turn = (book[CURSOR] + 1) & (2 * half - 1)
        book[CURSOR] = turn
        if memory[turn, KEY] >= 0 and not young(now_ns, memory[turn, SEEN], FORGOTTEN_AFTER_NS):
            remove(turn, memory, places)
            book[TAKEN] -= 1
            book[CURSOR] = turn - 1  # another row may have been shifted here
        if key[i] < 0 or df[i] < 0:
            crc_ok[i] = overlay[i] == 0
            continue
        slot = find(key[i], memory)
        known = memory[slot, KEY] == key[i]
        verified_ns = memory[slot, VERIFIED] if known else NEVER
        crc_ok[i] = believed(df[i], overlay[i], now_ns, verified_ns) or vouched[i] == overlay[i]
        if not crc_ok[i]:
            continue
        if not known:
            if book[TAKEN] >= half:
                book[CROWDED_OUT] += 1
                continue
            claim(slot, key[i], memory)
            book[TAKEN] += 1
        memory[slot, SEEN] = now_ns
        if df[i] == 11 or df[i] == 17 or df[i] == 18:
            memory[slot, VERIFIED] = now_ns
        learn(i, slot, now_ns, mode_3a, nac_p, callsign, altitude_ft, velocity, quality, memory,
              places)
        if df[i] == 20 or df[i] == 21:
            recall_for_reply(i, slot, now_ns, memory, places, known_velocity, level_ft)
            continue
        if cpr[i, 0] == 0:
            continue
        rate(i, slot, now_ns, type_code, quality, memory, position, nic, version)
        odd, y, x = cpr[i, 1], cpr[i, 2], cpr[i, 3]
        repeated[i] = (
            cpr[i, 0] == 1
            and memory[slot, EVEN + odd] == now_ns
            and memory[slot, EVEN_Y + 2 * odd] == y
            and memory[slot, EVEN_X + 2 * odd] == x
        )
        latitude, longitude = locate(
            cpr[i, 0], odd, y, x, slot, now_ns, site, book, memory, places
        )
        if math.isnan(latitude):
            continue
        position[i, 0], position[i, 1] = latitude, longitude
        if young(now_ns, memory[slot, SQUAWKED], FORGOTTEN_AFTER_NS):
            known_mode_3a[i] = memory[slot, MODE_3A]
        if young(now_ns, memory[slot, NAMED], FORGOTTEN_AFTER_NS):
            known_callsign[i] = memory[slot, CALLSIGN]
        if young(now_ns, memory[slot, MOVED], VELOCITY_FOR_NS):
            for k in range(3):
                known_velocity[i, k] = places[slot, EAST_MPS + k]
    return df.shape[0]
