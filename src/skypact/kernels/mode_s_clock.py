"""Times of Beast messages: the receiver's 12 MHz counter held against times of reception."""

from skypact.kernels.compilation import inner, kernel

TURN = 1 << 48
MLAT_COUNTER = 0xFF004D4C4154
"""Counter of positions that a multilateration server made up ("MLAT"): it tells no time."""
SECOND_NS = 1_000_000_000
LARGEST_GAP_NS = 3_600 * SECOND_NS
"""Without times of reception, a longer silence is taken as a restart of the counter."""
UNSET, ANCHOR_COUNTER, ANCHOR_NS, LATEST_NS = 0, 1, 2, 3
"""Places in ``clock``, int64, shape (4,), given as zeros but LATEST_NS."""


@inner
def counted_ns(counter: int, clock) -> int:
    """Time (ns) of a counter value by the anchor, wraps of 48 bit either way undone."""
    ticks = (counter - clock[ANCHOR_COUNTER]) % TURN
    if ticks >= TURN // 2:
        ticks -= TURN
    if ticks > TURN // 256:
        # Whole microseconds, so that no rounding gathers; the anchor never lies days behind.
        clock[ANCHOR_COUNTER] = (clock[ANCHOR_COUNTER] + ticks // 12 * 12) % TURN
        clock[ANCHOR_NS] += ticks // 12 * 1000
        ticks %= 12
    return clock[ANCHOR_NS] + ticks * 250 // 3


@inner
def set_anchor(counter: int, time_ns: int, clock):
    """Say that ``counter`` was reached at ``time_ns``."""
    clock[UNSET], clock[ANCHOR_COUNTER], clock[ANCHOR_NS] = 1, counter, time_ns


@inner
def timed(counter: int, received: bool) -> bool:
    """Whether a counter value tells a time; receivers without a clock send 0."""
    return counter != MLAT_COUNTER and not (received and counter == 0)


@inner
def hold_against(reception_ns: int, counter, first: int, last: int, clock):
    """Set the anchor so that no message of one frame was measured after its reception.

    The frame that was delayed least has told when the counter was what; a counter that is
    over a second behind has restarted.
    """
    latest = -1
    for i in range(first, last):
        if timed(counter[i], True):
            latest = i
    if latest < 0:
        return
    if not clock[UNSET]:
        set_anchor(counter[latest], reception_ns, clock)
        return
    time_ns = counted_ns(counter[latest], clock)
    if time_ns > reception_ns + SECOND_NS or time_ns < reception_ns - SECOND_NS:
        set_anchor(counter[latest], reception_ns, clock)
    elif time_ns > reception_ns:
        clock[ANCHOR_NS] -= time_ns - reception_ns


@kernel(
    "void(int64[::1], int64[::1], int64[::1], int64, int64[::1], int64[::1], int64[::1])"
)
def tag_times(counter, frame, reception_ns, start_ns, clock, measured_ns, received_ns):
    """Fill when each of n messages was measured and received, int64 UTC ns.

    ``frame`` names each message's frame and never decreases; ``reception_ns`` is per frame,
    -1 where unknown: then the first message is at ``start_ns`` and the time of reception is
    the latest measurement so far. ``clock`` goes from call to call.
    """
    i = 0
    while i < counter.shape[0]:
        last = i + 1
        while last < counter.shape[0] and frame[last] == frame[i]:
            last += 1
        reception = reception_ns[frame[i]]
        if reception >= 0:
            hold_against(reception, counter, i, last, clock)
        for k in range(i, last):
            if reception >= 0:
                time_ns = reception
                if timed(counter[k], True):
                    time_ns = min(counted_ns(counter[k], clock), reception)
                    if time_ns < reception - 10 * SECOND_NS:
                        time_ns = reception  # a restart within the frame
                clock[LATEST_NS] = max(clock[LATEST_NS], reception)
                measured_ns[k], received_ns[k] = time_ns, clock[LATEST_NS]
                continue
            if not clock[UNSET]:
                set_anchor(counter[k], start_ns, clock)
                clock[LATEST_NS] = start_ns
            time_ns = clock[LATEST_NS]
            if timed(counter[k], False):
                time_ns = counted_ns(counter[k], clock)
                behind = clock[LATEST_NS] - time_ns
                if behind > SECOND_NS or behind < -LARGEST_GAP_NS:
                    time_ns = clock[LATEST_NS]
                    set_anchor(counter[k], time_ns, clock)
            clock[LATEST_NS] = max(clock[LATEST_NS], time_ns)
            measured_ns[k], received_ns[k] = time_ns, clock[LATEST_NS]
        i = last
