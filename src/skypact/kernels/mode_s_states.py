"""State vectors in order of time: which repeat a position, and what else is known of an aircraft.

Receivers that pass on what they know of each aircraft give a position again and again until the
next one comes; SBS gives position, velocity and callsign in lines of their own. Keeps a row per
aircraft (:mod:`~skypact.kernels.mode_s_aircraft`); a line costs the same whatever their number.
"""

import math

from skypact.kernels.compilation import bare, kernel
from skypact.kernels.mode_s_aircraft import (
    CALLSIGN,
    EAST_MPS,
    EVEN_X,
    EVEN_Y,
    KEY,
    MODE_3A,
    MOVED,
    NAMED,
    NEVER,
    PLACED,
    SEEN,
    SQUAWKED,
    claim,
    find,
    remove,
)

SECOND_NS = 1_000_000_000
FORGOTTEN_AFTER_NS = 600 * SECOND_NS
VELOCITY_FOR_NS = 5 * SECOND_NS
SAME_NS = SECOND_NS // 4
"""A position of the same place and time (ages are rounded to a tenth) is the same position."""
TAKEN, CURSOR, CROWDED_OUT = 0, 1, 3
DAY_NS = 86_400 * SECOND_NS


@bare
def recent(now_ns: int, then_ns: int, limit_ns: int) -> bool:
    """Whether two times are at most ``limit_ns`` apart."""
    return -limit_ns <= now_ns - then_ns <= limit_ns


@kernel(
    "int64(int64, boolean, int64[::1], int32[::1], float64[:, ::1], int64[::1], int32[::1],"
    " float64[:, ::1], int64[::1], int64[:, ::1], float64[:, ::1], boolean[::1])"
)
def follow_states(
    first, may_grow, measured_ns, key, place, callsign, mode_3a, velocity, book, memory, places,
    repeated,
):
    """Go on at row ``first``; the index at which it stopped: n, or where the table is full.

    ``place`` (n, 2) latitude and longitude (deg, NaN none), ``velocity`` (n, 3; east, north,
    up m/s), ``callsign`` (n,) eight bytes as one number (0 none) and ``mode_3a`` (n,; -1 none)
    are kept, and filled in where a row with a position lacks them. Fills ``repeated`` (n,).
    """
    half = memory.shape[0] // 2
    for i in range(first, key.shape[0]):
        if book[TAKEN] >= half and may_grow:
            return i
        now_ns = measured_ns[i]
        turn = (book[CURSOR] + 1) & (2 * half - 1)
        book[CURSOR] = turn
        if memory[turn, KEY] >= 0 and not recent(now_ns, memory[turn, SEEN], FORGOTTEN_AFTER_NS):
            remove(turn, memory, places)
            book[TAKEN] -= 1
            book[CURSOR] = turn - 1
        if key[i] < 0:
            continue
        slot = find(key[i], memory)
        if memory[slot, KEY] != key[i]:
            if book[TAKEN] >= half:
                book[CROWDED_OUT] += 1
                continue
            claim(slot, key[i], memory)
            memory[slot, SEEN] = NEVER
            book[TAKEN] += 1
        memory[slot, SEEN] = now_ns
        if callsign[i] != 0:
            memory[slot, CALLSIGN], memory[slot, NAMED] = callsign[i], now_ns
        if mode_3a[i] >= 0:
            memory[slot, MODE_3A], memory[slot, SQUAWKED] = mode_3a[i], now_ns
        if not math.isnan(velocity[i, 0]):
            for k in range(3):
                places[slot, EAST_MPS + k] = velocity[i, k]
            memory[slot, MOVED] = now_ns
        if math.isnan(place[i, 0]):
            continue
        y, x = int(place[i, 0] * 1e7), int(place[i, 1] * 1e7)
        repeated[i] = (
            recent(now_ns, memory[slot, PLACED], SAME_NS)
            and memory[slot, EVEN_Y] == y
            and memory[slot, EVEN_X] == x
        )
        memory[slot, PLACED] = now_ns
        memory[slot, EVEN_Y], memory[slot, EVEN_X] = y, x
        if callsign[i] == 0 and recent(now_ns, memory[slot, NAMED], FORGOTTEN_AFTER_NS):
            callsign[i] = memory[slot, CALLSIGN]
        if mode_3a[i] < 0 and recent(now_ns, memory[slot, SQUAWKED], FORGOTTEN_AFTER_NS):
            mode_3a[i] = memory[slot, MODE_3A]
        if math.isnan(velocity[i, 0]) and recent(now_ns, memory[slot, MOVED], VELOCITY_FOR_NS):
            for k in range(3):
                velocity[i, k] = places[slot, EAST_MPS + k]
    return key.shape[0]


@bare
def digits(data, first: int, count: int) -> int:
    """A decimal number of ``count`` digits, -1 where one is none."""
    value = 0
    for k in range(first, first + count):
        if not 48 <= data[k] <= 57:
            return -1
        value = 10 * value + int(data[k]) - 48
    return value


@bare
def days_since_1970(year: int, month: int, day: int) -> int:
    """Days of the Gregorian calendar (Hinnant, "chrono-compatible low-level date algorithms")."""
    shifted = year - 1 if month <= 2 else year
    era = shifted // 400
    of_era = shifted - 400 * era
    of_year = (153 * (month - 3 if month > 2 else month + 9) + 2) // 5 + day - 1
    return era * 146_097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719_468


@kernel("void(uint8[::1], int64[::1], int64[::1], int64[::1], int64[::1], int64[::1])")
def read_dates(data, date_begin, date_end, time_begin, time_end, out):
    """Fill ``out`` (n,) with UTC ns of ``2018/04/03`` and ``19:02:28.136``, -1 where not a time."""
    for i in range(date_begin.shape[0]):
        out[i] = -1
        d, t = date_begin[i], time_begin[i]
        if date_end[i] - d != 10 or not 8 <= time_end[i] - t <= 18:
            continue
        year, month, day = digits(data, d, 4), digits(data, d + 5, 2), digits(data, d + 8, 2)
        hour, minute, second = digits(data, t, 2), digits(data, t + 3, 2), digits(data, t + 6, 2)
        if not (1970 <= year <= 2200 and 1 <= month <= 12 and 1 <= day <= 31):
            continue
        if not (0 <= hour <= 23 and 0 <= minute <= 59 and 0 <= second <= 60):
            continue
        fraction, size = 0, max(time_end[i] - t - 9, 0)
        if size > 0:
            fraction = digits(data, t + 9, size)
            if fraction < 0 or data[t + 8] != 46:
                continue
            for _ in range(size, 9):
                fraction *= 10
        seconds = 3600 * hour + 60 * minute + second
        out[i] = days_since_1970(year, month, day) * DAY_NS + seconds * SECOND_NS + fraction
