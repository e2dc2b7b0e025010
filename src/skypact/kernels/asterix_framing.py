"""Recordings to frames: raw data blocks, GPS-card files, final format, RFF.

In: the bytes of a file. Out: rows of offset, length and status, in file order; a row whose
status is not OK spans bytes that were left out. Every loop moves forward at least a byte, and
what cannot be followed is skipped to the next place that can, or to the end.

Formats: ASTERIX part 1 (SUR.ET1.ST05.2000-STD-01-01); final format, also named IOSS, as written
by EUROCONTROL's recorders (length of the frame, in the sequenced variant 4 bytes of number, 6
bytes with board, line, day and the recorder's time in 10 ms, data blocks, A5A5A5A5); RFF (128
bytes with start and end in words, then frames of 4 bytes of milliseconds and 2 of length, both
little-endian); files of GPS receiver cards (2,200 bytes, then data blocks with 10 bytes after
each). Packets are cut in ``asterix_packets``.
"""

import numpy as np

from skypact.kernels.compilation import bare, kernel

OK = 0
LOST = 1
CUT_SHORT = 2
FRAGMENT = 3
BAD_PACKET = 4
OTHER = 5

CHAIN = 3
FILLED_BLOCKS = 32
KEPT_BYTES = 16_384


@bare
def word16(data, at):
    """Big-endian 16 bits."""
    return (np.int64(data[at]) << 8) | np.int64(data[at + 1])


@bare
def block_length(data, at, end):
    """Length of the data block at ``at`` if it fits before ``end``, else 0."""
    if at + 4 > end:
        return 0
    length = word16(data, at + 1)
    return length if length >= 4 and at + length <= end else 0


@bare
def chain_holds(data, at, end, known, links, gap):
    """Whether ``links`` known data blocks follow each other here, or fewer reach the end.

    ``gap`` is the number of bytes after each block.
    """
    for _ in range(links):
        if at == end:
            return True
        length = block_length(data, at, end)
        if length == 0 or not known[data[at]]:
            return False
        at += length + gap
    return at <= end


@kernel("int64(uint8[::1], int64, int64, uint8[::1], int64[::1], int64[::1], int64[::1])")
def split_raw(data, start, gap, known, offset, length, status):
    """Cut data blocks from byte ``start`` on, ``gap`` bytes after each; the number of rows.

    Lost synchronism is searched for from within the last block, whose length may be what is
    wrong; the next place where known blocks follow each other is taken, and the block before it
    ends there.
    """
    count = 0
    end = data.shape[0]
    at = start
    while at < end:
        size = block_length(data, at, end)
        if size > 0 and not known[data[at]] and not chain_holds(
            data, at + size + gap, end, known, CHAIN, gap
        ):
            size = 0
        if size > 0:
            offset[count], length[count], status[count] = at, size, OK
            count += 1
            at += size + gap
            continue
        seek = at + 1
        if count > 0 and status[count - 1] == OK:
            seek = offset[count - 1] + 4 + gap
        while seek < end and not (
            known[data[seek]] and chain_holds(data, seek, end, known, CHAIN, gap)
        ):
            seek += 1
        if seek < at:
            length[count - 1] = seek - gap - offset[count - 1]
            at = seek
            continue
        if seek == at:
            seek = at + 1
        offset[count], length[count] = at, seek - at
        status[count] = LOST if seek < end else CUT_SHORT
        count += 1
        at = seek
    return count


@kernel(
    "int64(uint8[::1], uint8[::1], int64[::1], int64[::1], int64[::1], int64[::1])"
)
def split_stream(data, known, offset, length, status, rest):
    """Cut the data blocks that a stream has brought whole; the number of rows.

    ``rest`` (2,): gets the byte from which on more must come, and 1 if it follows no block; the
    latter is also read. Blocks of categories that are not known are passed on where a known one
    follows them; otherwise the next place where known blocks follow each other is looked for.
    """
    count = 0
    end = data.shape[0]
    at = 0
    lost = rest[1]
    while at < end:
        size = np.int64(0)
        if lost == 0:
            if at + 3 > end:
                break
            size = word16(data, at + 1)
            if size >= 4 and known[data[at]]:
                if at + size > end:
                    break
            elif size < 4 or at + size + 4 > end or not chain_holds(
                data, at + size, end, known, 1, 0
            ):
                size = np.int64(0)
        if size > 0:
            offset[count], length[count], status[count] = at, size, OK
            count += 1
            at += size
            continue
        seek = at if lost else at + 1
        while seek < end and not (
            known[data[seek]]
            and block_length(data, seek, end) > 0
            and chain_holds(data, seek, end, known, CHAIN, 0)
        ):
            seek += 1
        lost = 1 if seek == end else 0
        if lost:
            # what is kept is enough for a few blocks to follow each other
            seek = max(at, end - KEPT_BYTES)
        if seek > at:
            offset[count], length[count], status[count] = at, seek - at, LOST
            count += 1
            at = seek
        if lost:
            break
    rest[0], rest[1] = at, lost
    return count


@bare
def has_trailer(data, at, end):
    """Length of the final-format frame at ``at``, 0 where none is."""
    if at + 12 > end:
        return 0
    size = word16(data, at)
    if size < 12 or at + size > end:
        return 0
    for i in range(at + size - 4, at + size):
        if data[i] != 0xA5:
            return 0
    return size


@kernel("int64(uint8[::1], int64, int64[::1], int64[::1], int64[::1])")
def split_final(data, header, offset, length, status):
    """Cut final-format frames, ``header`` bytes before their data blocks; the number of rows."""
    count = 0
    end = data.shape[0]
    at = 0
    while at < end:
        size = has_trailer(data, at, end)
        if size >= header + 4:
            offset[count], length[count], status[count] = at + header, size - header - 4, OK
            count += 1
            at += size
            continue
        seek = at + 1
        while seek < end and has_trailer(data, seek, end) < header + 4:
            seek += 1
        offset[count], length[count] = at, seek - at
        status[count] = LOST if seek < end else CUT_SHORT
        count += 1
        at = seek
    return count


@bare
def rff_content(data, at, end):
    """Length of the content of the RFF frame at ``at``, -1 where none fits."""
    if at + 6 > end:
        return np.int64(-1)
    size = np.int64(data[at + 4]) | (np.int64(data[at + 5]) << 8)
    return size if size > 0 and at + 6 + size <= end else np.int64(-1)


@bare
def filled(data, at, end, known):
    """Whether known data blocks fill this stretch exactly, as far as one looks."""
    for _ in range(FILLED_BLOCKS):
        if at == end:
            return True
        length = block_length(data, at, end)
        if length == 0 or not known[data[at]]:
            return False
        at += length
    return at <= end


@kernel(
    "int64(uint8[::1], int64, uint8[::1], int64[::1], int64[::1], int64[::1], int64[::1])"
)
def split_rff(data, start, known, offset, length, status, since_ms):
    """Cut RFF frames from byte ``start`` on, with their milliseconds; the number of rows.

    Where a length leads out of the file, the next frame is the next stretch that data blocks
    fill.
    """
    count = 0
    end = data.shape[0]
    at = start
    while at < end:
        size = rff_content(data, at, end)
        if size > 0:
            offset[count], length[count], status[count] = at + 6, size, OK
            since_ms[count] = 0
            for i in range(3, -1, -1):
                since_ms[count] = (since_ms[count] << 8) | np.int64(data[at + i])
            count += 1
            at += 6 + size
            continue
        seek = at + 1
        while seek < end:
            size = rff_content(data, seek, end)
            if size > 0 and known[data[seek + 6]] and filled(
                data, seek + 6, seek + 6 + size, known
            ):
                break
            seek += 1
        offset[count], length[count], since_ms[count] = at, seek - at, -1
        status[count] = LOST if seek < end else CUT_SHORT
        count += 1
        at = seek
    return count
