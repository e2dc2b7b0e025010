"""The Beast stream: cut bytes into messages, and messages into bytes.

A message is 0x1A, a type (``'1'`` Mode A/C, 2 bytes; ``'2'`` Mode S short, 7; ``'3'`` Mode S
long, 14; ``'4'`` receiver status, 14), six bytes of a 12 MHz counter, one of signal level,
then its bytes; every 0x1A after the type is sent twice. Source: Mode-S Beast Wiki,
"Data Output Formats" (J. Günther, 2011).
"""

import numpy as np

from skypact.kernels.compilation import inner, kernel

ESCAPE = 0x1A
HEAD = 7
"""Counter and signal bytes before the message's own."""
SMALLEST = 11
"""Bytes of the shortest message (Mode A/C): no stream holds more messages than bytes / this."""


@inner
def content_length(kind: int) -> int:
    """Bytes of a message of a type, -1 if there is no such type."""
    if kind == 0x31:
        return 2
    if kind == 0x32:
        return 7
    if 0x33 <= kind <= 0x34:
        return 14
    return -1


@kernel(
    "void(uint8[::1], int64, int64, uint8[::1], uint8[:, ::1], int64[::1], int64[::1],"
    " uint8[::1], int64[::1], int64[::1], int64[::1])"
)
def split(data, first, last, kind, messages, length, counter, signal, start, stop, outcome):
    """Cut ``data[first:last]`` (one stream) into messages; all outputs hold (last-first)/11.

    Fills per message its type ``kind``, bytes (n, 14; zeros after its length), ``length``,
    48-bit ``counter``, ``signal``, where it starts and where it stops in ``data``.
    ``outcome`` (5,): messages, where the unfinished rest begins, bytes outside any message,
    stretches of such bytes, where the first begins (-1 none). An 0x1A that is neither
    doubled nor before a type ends a stretch, so the next message is found whatever precedes.
    The result does not depend on where a stream is cut, if the rest is put before the next
    part.
    """
    count, stray, stretches, first_stray = 0, 0, 0, -1
    astray_until = -1
    content = np.zeros(HEAD + 14, np.uint8)
    at = first
    while at < last:
        skipped = 0
        if data[at] != ESCAPE:
            skipped = 1
        elif at + 1 >= last:
            break
        else:
            size = content_length(int(data[at + 1]))
            if size < 0:
                skipped = 2 if data[at + 1] == ESCAPE else 1
            else:
                filled, here, unfinished = 0, at + 2, False
                while filled < HEAD + size:
                    if here >= last:
                        unfinished = True
                        break
                    byte = data[here]
                    if byte == ESCAPE:
                        if here + 1 >= last:
                            unfinished = True
                            break
                        if data[here + 1] != ESCAPE:
                            break
                        here += 1
                    content[filled] = byte
                    filled += 1
                    here += 1
                if unfinished:
                    break
                if filled < HEAD + size:
                    skipped = here - at
                else:
                    kind[count] = data[at + 1]
                    ticks = 0
                    for k in range(6):
                        ticks = (ticks << 8) | int(content[k])
                    counter[count] = ticks
                    signal[count] = content[6]
                    length[count] = size
                    for k in range(14):
                        messages[count, k] = content[HEAD + k] if k < size else np.uint8(0)
                    start[count], stop[count] = at, here
                    count += 1
                    at = here
        if skipped > 0:
            if astray_until != at:
                stretches += 1
                if first_stray < 0:
                    first_stray = at
            stray += skipped
            at += skipped
            astray_until = at
    outcome[0], outcome[1], outcome[2], outcome[3], outcome[4] = (
        count,
        at,
        stray,
        stretches,
        first_stray,
    )


@kernel("int64(uint8[:, ::1], int64[::1], int64[::1], uint8[::1], uint8[::1])")
def join(messages, length, counter, signal, out):
    """Fill ``out`` (at least 44 n bytes) with the stream of n messages; the bytes used."""
    at = 0
    for i in range(length.shape[0]):
        size = length[i]
        out[at] = ESCAPE
        out[at + 1] = 0x33 if size == 14 else (0x32 if size == 7 else 0x31)
        at += 2
        for k in range(HEAD + size):
            if k < 6:
                byte = np.uint8((counter[i] >> (40 - 8 * k)) & 0xFF)
            elif k == 6:
                byte = signal[i]
            else:
                byte = messages[i, k - HEAD]
            out[at] = byte
            at += 1
            if byte == ESCAPE:
                out[at] = byte
                at += 1
    return at
