"""ASTERIX encoding: raw field values of many rows to records, packed into data blocks.

In: integers per field and row, and the index tables of one category. Out: bytes. Layout:
EUROCONTROL SUR.ET1.ST05.2000-STD-01-01 (ASTERIX part 1), sections 4.3 to 4.6.
"""

import numpy as np

from skypact.kernels.compilation import bare, kernel

FIXED, EXTENDED, REPETITIVE, REPETITIVE_FX, COMPOUND, EXPLICIT, EXPANSION, RANDOM = range(8)
KIND, SIZE, FIRST, COUNT, LEAF_FIRST, LEAF_COUNT = range(6)
LEAF_BIT, LEAF_WIDTH, LEAF_START, LEAF_LIST = range(4)


@bare
def write_bits(out, position, bit, width, value):
    """Or the low ``width`` bits of ``value`` into zeroed bytes, ``bit`` bits after ``position``."""
    left = width
    at = bit
    while left > 0:
        room = 8 - (at & 7)
        take = min(room, left)
        piece = (np.uint64(value) >> np.uint64(left - take)) & np.uint64((1 << take) - 1)
        out[position + (at >> 3)] |= np.uint8(piece << np.uint64(room - take))
        at += take
        left -= take


@bare
def write_element(out, position, size, node, row, element, nodes, leaves, values, lists):
    """Write one fixed piece; the position after it."""
    out[position : position + size] = 0
    for i in range(nodes[node, LEAF_FIRST], nodes[node, LEAF_FIRST] + nodes[node, LEAF_COUNT]):
        index = leaves[i, LEAF_START]
        if leaves[i, LEAF_LIST] >= 0:
            index += lists[leaves[i, LEAF_LIST], row] + element
        else:
            index += row
        write_bits(out, position, leaves[i, LEAF_BIT], leaves[i, LEAF_WIDTH], values[index])
    return position + size


@bare
def write_flat(out, position, node, row, nodes, child, leaves, values, lists, present):
    """Write a node without sub-items; the position after it."""
    kind, size = nodes[node, KIND], nodes[node, SIZE]
    if kind == FIXED:
        return write_element(out, position, size, node, row, 0, nodes, leaves, values, lists)
    if kind == EXTENDED:
        last = 0
        for i in range(nodes[node, COUNT]):
            if present[child[nodes[node, FIRST] + i], row]:
                last = i
        for i in range(last + 1):
            part = child[nodes[node, FIRST] + i]
            position = write_element(
                out, position, nodes[part, SIZE], part, row, 0, nodes, leaves, values, lists
            )
            if i < last:
                out[position - 1] |= 1
        return position
    which = leaves[nodes[node, LEAF_FIRST], LEAF_LIST]
    repeats = lists[which, row + 1] - lists[which, row]
    if kind == REPETITIVE:
        rep_bytes = nodes[node, COUNT]
        for i in range(rep_bytes):
            out[position + i] = (repeats >> (8 * (rep_bytes - 1 - i))) & 0xFF
        position += rep_bytes
    for k in range(repeats):
        position = write_element(out, position, size, node, row, k, nodes, leaves, values, lists)
        if kind == REPETITIVE_FX and k + 1 < repeats:
            out[position - 1] |= 1
    return position


@bare
def write_flags(out, position, first, count, bits, row, child, present):
    """Write presence bits, seven (with FX) or eight (``bits``) a byte; the position after.

    With FX the field ends with the last item present, else after ``count`` bits' bytes.
    """
    last = 0
    for i in range(count):
        node = child[first + i]
        if node >= 0 and present[node, row]:
            last = i
    length = last // 7 + 1 if bits == 7 else (count + 7) // 8
    out[position : position + length] = 0
    for i in range(count):
        node = child[first + i]
        if node >= 0 and present[node, row]:
            out[position + i // bits] |= 0x80 >> (i % bits)
    if bits == 7:
        for i in range(length - 1):
            out[position + i] |= 1
    return position + length


@bare
def write_compound(out, position, node, row, nodes, child, leaves, values, lists, present):
    """Write a node whose sub-items are flat; the position after it."""
    if nodes[node, KIND] != COMPOUND:
        return write_flat(
            out, position, node, row, nodes, child, leaves, values, lists, present
        )
    first, count = nodes[node, FIRST], nodes[node, COUNT]
    position = write_flags(out, position, first, count, 7, row, child, present)
    for i in range(first, first + count):
        if child[i] >= 0 and present[child[i], row]:
            position = write_flat(
                out, position, child[i], row, nodes, child, leaves, values, lists, present
            )
    return position


@bare
def write_item(out, position, node, row, nodes, child, leaves, values, lists, present):
    """Write any item; the position after it, -1 for an expansion too long for its length byte."""
    if nodes[node, KIND] != EXPANSION:
        return write_compound(
            out, position, node, row, nodes, child, leaves, values, lists, present
        )
    start = position
    first, count = nodes[node, FIRST], nodes[node, COUNT]
    flags = position + 1
    position = write_flags(out, flags, first, count, 8, row, child, present)
    # the FSPEC of an expansion has a fixed size, whatever number of its bits is defined
    while position < flags + nodes[node, SIZE]:
        out[position] = 0
        position += 1
    for i in range(first, first + count):
        if child[i] >= 0 and present[child[i], row]:
            position = write_compound(
                out, position, child[i], row, nodes, child, leaves, values, lists, present
            )
    if position - start > 255:
        return -1
    out[start] = position - start
    return position


@kernel(
    "int64(int64[:,::1], int64[::1], int64[:,::1], int64[::1], int64[:,::1], int64[::1],"
    " int64[:,::1], uint8[:,::1], int64, int64, uint8[::1], int64[::1], int64[::1])"
)
def pack_rows(
    nodes, child, uap, profile, leaves, values, lists, present,
    category, max_block, out, block_offset, block_row,
):
    """Write all rows as records into data blocks of at most ``max_block`` bytes.

    ``nodes`` (nodes, 6): kind, size, first child, children, first leaf, leaves. ``leaves``
    (leaves, 4): bit, width, first value, and row of ``lists`` or -1. ``lists`` (lists, rows + 1):
    where each row's elements begin. ``present`` (nodes, rows). ``profile`` (rows,) indexes
    ``uap``. Fills ``block_offset`` and ``block_row`` (first row), each (rows + 1,), the entry
    after the last block holding the ends. The number of blocks, or minus (row + 1) for a row
    whose record or reserved expansion field exceeds its limit.
    """
    blocks = 0
    start = 0
    position = 3
    for row in range(profile.shape[0]):
        base = position
        first, count = uap[profile[row], 0], uap[profile[row], 1]
        position = write_flags(out, position, first, count, 7, row, child, present)
        for i in range(first, first + count):
            if child[i] >= 0 and present[child[i], row]:
                position = write_item(
                    out, position, child[i], row, nodes, child, leaves, values, lists, present
                )
                if position < 0:
                    return -(row + 1)
        length = position - base
        if length + 3 > max_block:
            return -(row + 1)
        if row == 0:
            block_offset[0] = 0
            block_row[0] = 0
        elif position - start > max_block:
            # the record opens a new block: make room for its header
            for i in range(length - 1, -1, -1):
                out[base + 3 + i] = out[base + i]
            position += 3
            finish(out, start, base - start, category)
            blocks += 1
            start = base
            block_offset[blocks] = start
            block_row[blocks] = row
    if profile.shape[0] > 0:
        finish(out, start, position - start, category)
        blocks += 1
        block_offset[blocks] = position
        block_row[blocks] = profile.shape[0]
    return blocks


@bare
def finish(out, start, length, category):
    """Write the header of a data block: CAT, LEN."""
    out[start] = category
    out[start + 1] = length >> 8
    out[start + 2] = length & 0xFF
