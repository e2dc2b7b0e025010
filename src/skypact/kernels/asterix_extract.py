"""Pass 2 of ASTERIX decoding: one leaf of all records into a column.

In: bytes, the byte each record's node begins at (-1 where absent), and the leaf's bits. Out:
a float64, int64 or text column. Two's complement and characters as in EUROCONTROL
SUR.ET1.ST05.2000-STD-01-01, section 5; six-bit characters as in ICAO Annex 10 vol. IV, 3.1.2.9.
"""

import numpy as np

from skypact.kernels.compilation import bare, kernel

REPETITIVE = 2


@bare
def read_bits(data, position, bit, width):
    """Unsigned big-endian value of 1 to 64 bits, ``bit`` bits after byte ``position``."""
    first = position + (bit >> 3)
    skip = bit & 7
    whole = (skip + width + 7) >> 3
    value = np.uint64(data[first]) & np.uint64(0xFF >> skip)
    for i in range(1, min(whole, 8)):
        value = (value << np.uint64(8)) | np.uint64(data[first + i])
    spare = whole * 8 - skip - width
    if whole > 8:
        # the ninth byte holds the last 8 - spare bits
        kept = np.uint64(8 - spare)
        return (value << kept) | (np.uint64(data[first + 8]) >> np.uint64(spare))
    return value >> np.uint64(spare)


@bare
def read_bytes(data, at, whole):
    """Big-endian value of up to 4 bytes: where ``whole`` stays the same, so does the way."""
    if whole == 1:
        return np.int64(data[at])
    if whole == 2:
        return (np.int64(data[at]) << 8) | np.int64(data[at + 1])
    if whole == 3:
        return (np.int64(data[at]) << 16) | (np.int64(data[at + 1]) << 8) | np.int64(data[at + 2])
    return (
        (np.int64(data[at]) << 24)
        | (np.int64(data[at + 1]) << 16)
        | (np.int64(data[at + 2]) << 8)
        | np.int64(data[at + 3])
    )


@kernel("void(uint8[::1], int64[::1], int64, int64, int64, int64, int64[::1])")
def extract_integers(data, anchor, bit, width, signed, none, out):
    """Fill ``out`` (n,) with the integers of the nodes at ``anchor`` (n,), ``none`` if absent.

    Signed ones are two's complement; those of 64 bits keep their pattern.
    """
    sign = np.int64(signed) << (width - 1) if width < 64 else np.int64(0)
    if (bit & 7) + width > 32:
        for i in range(anchor.shape[0]):
            out[i] = none
            if anchor[i] >= 0:
                out[i] = (np.int64(read_bits(data, anchor[i], bit, width)) ^ sign) - sign
        return
    first = bit >> 3
    whole = ((bit & 7) + width + 7) >> 3
    spare = whole * 8 - (bit & 7) - width
    mask = (np.int64(1) << width) - 1
    for i in range(anchor.shape[0]):
        out[i] = none
        if anchor[i] >= 0:
            value = (read_bytes(data, anchor[i] + first, whole) >> spare) & mask
            out[i] = (value ^ sign) - sign


@kernel("void(uint8[::1], int64[::1], int64, int64, int64, float64, float64[::1])")
def extract_floats(data, anchor, bit, width, signed, lsb, out):
    """Fill ``out`` (n,) with value times ``lsb`` of the nodes at ``anchor`` (n,), NaN if absent."""
    sign = np.int64(signed) << (width - 1) if width < 64 else np.int64(0)
    if (bit & 7) + width > 32:
        for i in range(anchor.shape[0]):
            out[i] = np.nan
            if anchor[i] >= 0:
                value = np.int64(read_bits(data, anchor[i], bit, width))
                out[i] = ((value ^ sign) - sign) * lsb
        return
    first = bit >> 3
    whole = ((bit & 7) + width + 7) >> 3
    spare = whole * 8 - (bit & 7) - width
    mask = (np.int64(1) << width) - 1
    for i in range(anchor.shape[0]):
        out[i] = np.nan
        if anchor[i] >= 0:
            value = (read_bytes(data, anchor[i] + first, whole) >> spare) & mask
            out[i] = ((value ^ sign) - sign) * lsb


@bare
def six_bit(code):
    """ASCII of a six-bit character; an empty one is a blank, an undefined one ``?``."""
    if 1 <= code <= 26:
        return 64 + code
    if code == 32 or 48 <= code <= 57:
        return code
    if code == 0:
        return 32
    return 63


@kernel("void(uint8[::1], int64[::1], int64, int64, uint8[:,::1])")
def extract_text(data, anchor, bit, bits_per_character, out):
    """Fill rows of ``out`` (n, characters) with ASCII, trailing blanks and absences as NUL."""
    characters = out.shape[1]
    for i in range(anchor.shape[0]):
        if anchor[i] < 0:
            out[i, :] = 0
            continue
        for c in range(characters):
            at = bit + c * bits_per_character
            code = np.int64(read_bits(data, anchor[i], at, bits_per_character))
            if bits_per_character == 6:
                code = six_bit(code)
            elif code == 0:
                code = 32
            out[i, c] = code
        for c in range(characters - 1, -1, -1):
            if out[i, c] != 32:
                break
            out[i, c] = 0


@kernel("void(int64[::1], int32[::1], int64[::1])")
def anchors(record_offset, slot, out):
    """Fill ``out`` (n,) with the byte each record's node begins at, -1 where it is absent."""
    for i in range(out.shape[0]):
        out[i] = record_offset[i] + slot[i] if slot[i] >= 0 else -1


@bare
def repeats_at(data, position, kind, size, rep_bytes):
    """Number of elements of the repetitive node at ``position``."""
    count = np.int64(0)
    if kind == REPETITIVE:
        for i in range(rep_bytes):
            count = (count << 8) | np.int64(data[position + i])
        return count
    while True:
        position += size
        count += 1
        if data[position - 1] & 1 == 0:
            return count


@kernel("void(uint8[::1], int64[::1], int64, int64, int64, int64[::1])")
def count_elements(data, anchor, kind, size, rep_bytes, row_offset):
    """Fill ``row_offset`` (n + 1,) with the running number of elements before each record."""
    row_offset[0] = 0
    for i in range(anchor.shape[0]):
        count = np.int64(0)
        if anchor[i] >= 0:
            count = repeats_at(data, anchor[i], kind, size, rep_bytes)
        row_offset[i + 1] = row_offset[i] + count


@kernel("void(int64[::1], int64[::1], int64, int64, int64[::1])")
def element_anchors(anchor, row_offset, size, rep_bytes, out):
    """Fill ``out`` (elements,) with the byte each element begins at."""
    for i in range(anchor.shape[0]):
        for k in range(row_offset[i], row_offset[i + 1]):
            out[k] = anchor[i] + rep_bytes + (k - row_offset[i]) * size


@kernel("void(uint8[::1], int64[::1], uint8[:,::1])")
def extract_bytes(data, anchor, out):
    """Fill rows of ``out`` (n, width) with the bytes at ``anchor``, zero where absent."""
    for i in range(anchor.shape[0]):
        if anchor[i] < 0:
            out[i, :] = 0
        else:
            for k in range(out.shape[1]):
                out[i, k] = data[anchor[i] + k]


@kernel("void(uint8[::1], int64[::1], int64[::1], int64[::1])")
def block_sources(data, block_offset, block_length, source):
    """Fill ``source`` (blocks,) with SAC * 256 + SIC of each block's first record, -1 for none.

    The data source has the first bit of the field specification in every category.
    """
    for b in range(source.shape[0]):
        at = block_offset[b] + 3
        end = block_offset[b] + block_length[b]
        source[b] = -1
        if at >= end or data[at] & 0x80 == 0:
            continue
        while at < end and data[at] & 1:
            at += 1
        if at + 2 < end:
            source[b] = np.int64(data[at + 1]) * 256 + np.int64(data[at + 2])
