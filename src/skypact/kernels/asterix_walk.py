"""Pass 1 of ASTERIX decoding: frames to data blocks, data blocks to records and node offsets.

In: bytes and the index tables of one category (``feeds.asterix.table``). Out: where each
block, record and node begins, and a status per refused piece. Layout: EUROCONTROL
SUR.ET1.ST05.2000-STD-01-01 (ASTERIX part 1), sections 4.3 to 4.6: data block = CAT (1 byte),
LEN (2 bytes, big endian, the whole block), records; record = FSPEC with FX bits, items.
"""

import numpy as np

from skypact.kernels.compilation import bare, kernel

# Kinds of node, as in feeds.asterix.table
FIXED, EXTENDED, REPETITIVE, REPETITIVE_FX, COMPOUND, EXPLICIT, EXPANSION, RANDOM = range(8)

# Columns of the node table
KIND, SIZE, FIRST, COUNT, ROW = range(5)

# Status of a block or record
OK = 0
UNKNOWN_CATEGORY = 1
TRUNCATED_HEADER = 2
BAD_LENGTH = 3
TRUNCATED_BLOCK = 4
FSPEC_PAST_END = 5
FSPEC_EMPTY = 6
SPARE_ITEM = 7
ITEM_PAST_END = 8
BAD_EXTENSION = 9
BAD_EXPLICIT = 10
BAD_RANDOM = 11


@kernel(
    "int64(uint8[::1], int64[::1], int64[::1], uint8[::1],"
    " int64[::1], int64[::1], int64[::1], int64[::1], int64[::1])"
)
def split_blocks(
    data, frame_offset, frame_length, known,
    block_frame, block_offset, block_length, block_category, block_status,
):
    """Fill one row per data block of every frame; the number of rows.

    ``known`` (256,) tells which categories have tables. Rows hold at least
    ``sum(frame_length) // 3 + frames``. A frame whose next block has no sense ends with one
    row of status TRUNCATED_HEADER, BAD_LENGTH or TRUNCATED_BLOCK that spans its rest.
    """
    count = 0
    for f in range(frame_offset.shape[0]):
        position = frame_offset[f]
        end = position + frame_length[f]
        while position < end:
            length = end - position
            category = np.int64(data[position])
            status = TRUNCATED_HEADER
            if length >= 3:
                announced = (np.int64(data[position + 1]) << 8) | np.int64(data[position + 2])
                if announced < 4:
                    status = BAD_LENGTH
                elif announced > length:
                    status = TRUNCATED_BLOCK
                else:
                    length = announced
                    status = OK if known[category] else UNKNOWN_CATEGORY
            block_frame[count] = f
            block_offset[count] = position
            block_length[count] = length
            block_category[count] = category
            block_status[count] = status
            count += 1
            position += length
    return count


@bare
def walk_flat(data, position, end, node, base, record, nodes, child, slots):
    """Walk a node without sub-items; the position after it, or minus a status."""
    k = nodes[node, KIND]
    if nodes[node, ROW] >= 0:
        slots[nodes[node, ROW], record] = position - base
    if k == FIXED:
        position += nodes[node, SIZE]
    elif k == EXTENDED:
        for i in range(nodes[node, COUNT]):
            part = child[nodes[node, FIRST] + i]
            if nodes[part, ROW] >= 0 and position + nodes[part, SIZE] <= end:
                slots[nodes[part, ROW], record] = position - base
            position += nodes[part, SIZE]
            if position > end:
                return -ITEM_PAST_END
            last = i + 1 == nodes[node, COUNT]
            if last and nodes[node, SIZE] == 1:
                break
            if data[position - 1] & 1 == 0:
                break
            if last:
                return -BAD_EXTENSION
    elif k == REPETITIVE:
        if position + nodes[node, COUNT] > end:
            return -ITEM_PAST_END
        repeats = np.int64(0)
        for _ in range(nodes[node, COUNT]):
            repeats = (repeats << 8) | np.int64(data[position])
            position += 1
        position += repeats * nodes[node, SIZE]
    elif k == REPETITIVE_FX:
        while True:
            position += nodes[node, SIZE]
            if position > end:
                return -ITEM_PAST_END
            if data[position - 1] & 1 == 0:
                break
    else:
        if position >= end:
            return -ITEM_PAST_END
        length = np.int64(data[position])
        if length == 0:
            return -BAD_EXPLICIT
        position += length
    if position > end:
        return -ITEM_PAST_END
    return position


@bare
def walk_compound(
    data, position, end, node, base, record, nodes, child, slots
):
    """Walk a compound node whose sub-items are flat; the position after it, or minus a status."""
    if nodes[node, KIND] != COMPOUND:
        return walk_flat(
            data, position, end, node, base, record, nodes, child, slots
        )
    if nodes[node, ROW] >= 0:
        slots[nodes[node, ROW], record] = position - base
    start = position
    while True:
        if position >= end:
            return -FSPEC_PAST_END
        position += 1
        if data[position - 1] & 1 == 0:
            break
    first, defined = nodes[node, FIRST], nodes[node, COUNT]
    bit = 0
    for at in range(start, position):
        flags = np.int64(data[at])
        for i in range(7):
            if flags & (0x80 >> i):
                sub = child[first + bit + i] if bit + i < defined else -1
                if sub < 0:
                    return -SPARE_ITEM
                if nodes[sub, KIND] == FIXED:
                    if nodes[sub, ROW] >= 0:
                        slots[nodes[sub, ROW], record] = position - base
                    position += nodes[sub, SIZE]
                    if position > end:
                        return -ITEM_PAST_END
                else:
                    position = walk_flat(
                        data, position, end, sub, base, record, nodes, child, slots
                    )
                    if position < 0:
                        return position
        bit += 7
    return position


@bare
def forget(node, record, nodes, child, slots):
    """Mark everything below a reserved expansion field as absent."""
    for i in range(nodes[node, COUNT]):
        sub = child[nodes[node, FIRST] + i]
        if sub < 0:
            continue
        if nodes[sub, ROW] >= 0:
            slots[nodes[sub, ROW], record] = -1
        if nodes[sub, KIND] == COMPOUND or nodes[sub, KIND] == EXTENDED:
            for j in range(nodes[sub, COUNT]):
                low = child[nodes[sub, FIRST] + j]
                if low < 0:
                    continue
                if nodes[low, ROW] >= 0:
                    slots[nodes[low, ROW], record] = -1
                if nodes[low, KIND] == EXTENDED:
                    for k in range(nodes[low, COUNT]):
                        part = child[nodes[low, FIRST] + k]
                        if nodes[part, ROW] >= 0:
                            slots[nodes[part, ROW], record] = -1


@bare
def walk_item(data, position, end, node, base, record, nodes, child, slots):
    """Walk any item; the position after it, or minus a status.

    A reserved expansion field (LEN, then a fixed FSPEC and its items) whose content does not
    fill LEN exactly is kept as opaque bytes: its author followed another definition.
    """
    if nodes[node, KIND] != EXPANSION:
        return walk_compound(
            data, position, end, node, base, record, nodes, child, slots
        )
    if nodes[node, ROW] >= 0:
        slots[nodes[node, ROW], record] = position - base
    if position >= end:
        return -ITEM_PAST_END
    length = np.int64(data[position])
    if length == 0:
        return -BAD_EXPLICIT
    if position + length > end:
        return -ITEM_PAST_END
    stop = position + length
    flags = position + 1
    inside = flags + nodes[node, SIZE]
    if inside <= stop:
        for i in range(nodes[node, SIZE] * 8):
            if data[flags + i // 8] & (0x80 >> (i % 8)):
                sub = child[nodes[node, FIRST] + i] if i < nodes[node, COUNT] else -1
                if sub < 0:
                    inside = -SPARE_ITEM
                    break
                inside = walk_compound(
                    data, inside, stop, sub, base, record,
                    nodes, child, slots,
                )
                if inside < 0:
                    break
    if inside != stop:
        forget(node, record, nodes, child, slots)
    return stop


@bare
def read_selector(data, position, bit, width):
    """Unsigned value of up to 16 bits, ``bit`` bits after ``position``."""
    value = np.int64(0)
    for b in range(bit, bit + width):
        value = (value << 1) | ((data[position + b // 8] >> (7 - b % 8)) & 1)
    return value


@bare
def walk_random(data, position, end, first, defined, base, record, nodes, child, slots):
    """Walk random field sequencing (part 1, section 4.3.7): N, then N times FRN and item."""
    if position >= end:
        return -ITEM_PAST_END
    fields = np.int64(data[position])
    position += 1
    for _ in range(fields):
        if position >= end:
            return -ITEM_PAST_END
        frn = np.int64(data[position]) - 1
        position += 1
        node = child[first + frn] if 0 <= frn < defined else -1
        if node < 0 or nodes[node, KIND] == RANDOM:
            return -BAD_RANDOM
        position = walk_item(data, position, end, node, base, record, nodes, child, slots)
        if position < 0:
            return position
    return position


@bare
def walk_record(
    data, base, end, record, nodes, child, uap, selector, slots, place,
):
    """Walk one record; its length, or minus a status. ``place`` (1,) gets the node at fault."""
    place[0] = -1
    position = base
    while True:
        if position >= end:
            return -FSPEC_PAST_END
        position += 1
        if data[position - 1] & 1 == 0:
            break
    bits = (position - base) * 8
    first, defined = uap[0, 0], uap[0, 1]
    empty = True
    frn = -1
    flags = np.int64(0)
    for i in range(bits):
        flags = np.int64(data[base + (i >> 3)]) if i & 7 == 0 else flags << 1
        if i & 7 == 7:
            continue
        frn += 1
        if flags & 0x80 == 0:
            continue
        empty = False
        node = child[first + frn] if frn < defined else -1
        place[0] = node
        if node < 0:
            return -SPARE_ITEM
        before = position
        if nodes[node, KIND] == FIXED:
            if nodes[node, ROW] >= 0:
                slots[nodes[node, ROW], record] = position - base
            position += nodes[node, SIZE]
            if position > end:
                return -ITEM_PAST_END
        elif nodes[node, KIND] == RANDOM:
            position = walk_random(
                data, position, end, first, defined, base, record, nodes, child, slots
            )
        else:
            position = walk_item(data, position, end, node, base, record, nodes, child, slots)
        if position < 0:
            return position
        if selector[0] >= 0:
            # the field may stand in the first part of an extended item
            part = child[nodes[node, FIRST]] if nodes[node, KIND] == EXTENDED else node
            if part == selector[0]:
                chosen = selector[3 + read_selector(data, before, selector[1], selector[2])]
                first, defined = uap[chosen, 0], uap[chosen, 1]
    if empty:
        return -FSPEC_EMPTY
    return position - base


@kernel(
    "void(uint8[::1], int64[::1], int64[::1], int64[:,::1], int64[::1], int64[:,::1],"
    " int64[::1], int32[:,::1], int64[::1], int64[::1], int64[::1], int64[::1], int64[::1],"
    " int64[::1], int64[::1], int64[::1], int64[::1])"
)
def walk_blocks(
    data, block_offset, block_length, nodes, child,
    uap, selector, slots,
    record_block, record_offset, record_length,
    fault_block, fault_offset, fault_status, fault_node, fault_source, state,
):
    """Walk the blocks of one category from ``state[0]`` on.

    ``nodes`` (nodes, 5): kind, size, first child, children, and the row of ``slots`` (rows,
    capacity) that takes the node's byte offset from its record, -1 for none; ``slots`` comes
    filled with -1. ``uap`` (profiles, 2): first child and children. ``selector``: node, bit
    and width of the field that chooses the profile, then the profile by value. ``state``: next
    block, records,
    faults so far; the walk ends before a block for which the capacity might not suffice.
    Records before a fault are kept, the rest of their block is refused as one fault, whose
    source is SAC * 256 + SIC of the faulty record or the one before it, -1 where unknown.
    """
    source_row = nodes[child[uap[0, 0]], ROW]
    capacity = record_offset.shape[0]
    records = state[1]
    faults = state[2]
    place = np.empty(1, np.int64)
    block = state[0]
    while block < block_offset.shape[0]:
        position = block_offset[block] + 3
        end = block_offset[block] + block_length[block]
        start = records
        fits = True
        while position < end:
            if records == capacity:
                fits = False
                break
            length = walk_record(
                data, position, end, records, nodes, child,
                uap, selector, slots, place,
            )
            if length < 0:
                fault_source[faults] = -1
                for r in range(max(start, records - 1), records + 1):
                    slot = slots[source_row, r]
                    at = (position if r == records else record_offset[r]) + slot
                    if slot >= 0 and at + 2 <= end:
                        fault_source[faults] = np.int64(data[at]) * 256 + np.int64(data[at + 1])
                for r in range(slots.shape[0]):
                    slots[r, records] = -1
                fault_block[faults] = block
                fault_offset[faults] = position
                fault_status[faults] = -length
                fault_node[faults] = place[0]
                faults += 1
                break
            record_block[records] = block
            record_offset[records] = position
            record_length[records] = length
            records += 1
            position += length
        if not fits:
            slots[:, start:records] = -1
            records = start
            break
        block += 1
    state[0] = block
    state[1] = records
    state[2] = faults
