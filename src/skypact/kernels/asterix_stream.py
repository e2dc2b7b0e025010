"""What depends on the order of records: times of day to dates, and copies from a second network.

In: records in the order of the bytes. Out: a time per record and which records are copies.
The state lives in arrays that the caller keeps, so that the cut into batches does not matter.
"""

import numpy as np

from skypact.kernels.compilation import bare, kernel

UNIT_NS = 7_812_500
"""1/128 s, the unit of every ASTERIX time of day, in nanoseconds, exactly."""

DOUBTFUL_NS = 600_000_000_000
"""A jump ahead by more than ten minutes is believed when a second record agrees."""

PROBES = 8
COPY_WINDOW_NS = 1_000_000_000


@bare
def nearest(time_ns, period_ns, reference_ns):
    """``time_ns`` plus the multiple of ``period_ns`` that brings it nearest to the reference."""
    turns = (reference_ns - time_ns + period_ns // 2) // period_ns
    return time_ns + turns * period_ns


@kernel("void(int64[::1], int64[::1], int64[::1], int64, int64[::1], int64[::1], int64[::1])")
def place_in_time(units, period, received_in, date_ns, state, measured, received):
    """Fill ``measured`` and ``received`` (ns, shape (n,)) from times of day.

    ``units`` (n,) in 1/128 s, -1 where the record has none; ``period`` (n,) the units after
    which its clock starts again; ``received_in`` (n,) with -1 where the recording keeps none:
    those count from ``date_ns`` on and follow the last record's time, so that midnight is
    passed. ``state`` (4,): whether a time is known, the last time of day placed, the latest
    reception time, and a jump ahead that still waits for a second witness.
    """
    for i in range(units.shape[0]):
        time_ns = units[i] * UNIT_NS
        period_ns = period[i] * UNIT_NS
        if received_in[i] >= 0:
            measured[i] = received_in[i]
            if units[i] >= 0:
                measured[i] = nearest(time_ns, period_ns, received_in[i])
            received[i] = received_in[i]
            state[2] = max(state[2], received_in[i])
            continue
        if state[0] == 0:
            state[1] = date_ns
            state[2] = date_ns
            state[3] = date_ns
        if units[i] < 0:
            measured[i] = state[2]
            received[i] = state[2]
            continue
        if state[0] == 0:
            measured[i] = date_ns + time_ns
            state[2] = measured[i]
            state[0] = 1
        else:
            measured[i] = nearest(time_ns, period_ns, state[1])
        state[1] = measured[i]
        ahead = measured[i] > state[2]
        if measured[i] > state[2] + DOUBTFUL_NS:
            ahead = abs(measured[i] - state[3]) <= DOUBTFUL_NS
            state[3] = measured[i]
        if ahead:
            state[2] = measured[i]
        received[i] = state[2]


@bare
def digest(data, offset, length, seed):
    """64-bit FNV-1a over words of the record, mixed at the end (splitmix64's finaliser)."""
    value = np.uint64(0xCBF29CE484222325) ^ np.uint64(seed)
    for i in range(offset, offset + length):
        value = (value ^ np.uint64(data[i])) * np.uint64(0x100000001B3)
    value ^= value >> np.uint64(30)
    value *= np.uint64(0xBF58476D1CE4E5B9)
    value ^= value >> np.uint64(27)
    value *= np.uint64(0x94D049BB133111EB)
    return value ^ (value >> np.uint64(31))


@kernel("void(uint8[::1], int64[::1], int64[::1], int64[::1], uint64[::1])")
def digest_records(data, offset, length, category, out):
    """Fill ``out`` (n,) with a hash of each record's bytes and category."""
    for i in range(out.shape[0]):
        out[i] = digest(data, offset[i], length[i], category[i])


@kernel("int64(uint64[::1], int64[::1], uint64[::1], int64[::1], uint8[::1])")
def find_copies(value, received, seen, seen_ns, copy):
    """Fill ``copy`` (n,) with 1 where the same hash came within a second; their number.

    ``value`` (n,) and ``received`` (n,): hash and reception time of each record. ``seen`` and
    ``seen_ns`` (slots,), a power of two: those of the latest records, the oldest of eight
    neighbours giving way; more than that many records a second let copies through rather than
    lose originals.
    """
    mask = np.uint64(seen.shape[0] - 1)
    count = 0
    for i in range(value.shape[0]):
        oldest = np.int64(value[i] & mask)
        copy[i] = 0
        for k in range(PROBES):
            slot = np.int64((value[i] + np.uint64(k)) & mask)
            if seen[slot] == value[i] and abs(received[i] - seen_ns[slot]) <= COPY_WINDOW_NS:
                copy[i] = 1
                count += 1
                break
            if seen[slot] == value[i] or seen_ns[slot] < seen_ns[oldest]:
                oldest = slot
                if seen[slot] == value[i]:
                    break
        if copy[i] == 0:
            seen[oldest] = value[i]
            seen_ns[oldest] = received[i]
    return count
