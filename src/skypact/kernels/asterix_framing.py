"""Recordings to frames: raw data blocks, final format, pcap packets.

In: the bytes of a file. Out: rows of offset, length and status, in file order; a row whose
status is not OK spans bytes that were left out. Every loop moves forward at least a byte, and
what cannot be followed is skipped to the next place that can, or to the end.

Formats: ASTERIX part 1 (SUR.ET1.ST05.2000-STD-01-01); final format as written by EUROCONTROL's
recorders (length of the frame, 6 bytes with flags and a recorder's time in 10 ms, data blocks,
A5A5A5A5); libpcap files (draft-ietf-opsawg-pcap); IEEE 802.3 and 802.1Q; LINKTYPE_LINUX_SLL
and SLL2; IPv4 (RFC 791), IPv6 (RFC 8200), UDP (RFC 768).
"""

import numpy as np

from skypact.kernels.compilation import bare, kernel

OK = 0
LOST = 1
CUT_SHORT = 2
FRAGMENT = 3
BAD_PACKET = 4
OTHER = 5

MAX_PACKET = 262_144
CHAIN = 3


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
def chain_holds(data, at, end, known, links):
    """Whether ``links`` known data blocks follow each other here, or fewer reach the end."""
    for _ in range(links):
        if at == end:
            return True
        length = block_length(data, at, end)
        if length == 0 or not known[data[at]]:
            return False
        at += length
    return True


@kernel("int64(uint8[::1], uint8[::1], int64[::1], int64[::1], int64[::1])")
def split_raw(data, known, offset, length, status):
    """Cut back-to-back data blocks; the number of rows.

    Lost synchronism is searched for from within the last block, whose length may be what is
    wrong; the next place where known blocks follow each other is taken, and the block before it
    ends there.
    """
    count = 0
    end = data.shape[0]
    at = 0
    while at < end:
        size = block_length(data, at, end)
        if size > 0 and not known[data[at]] and not chain_holds(data, at + size, end, known, CHAIN):
            size = 0
        if size > 0:
            offset[count], length[count], status[count] = at, size, OK
            count += 1
            at += size
            continue
        seek = at + 1
        if count > 0 and status[count - 1] == OK:
            seek = offset[count - 1] + 4
        while seek < end and not (
            known[data[seek]] and chain_holds(data, seek, end, known, CHAIN)
        ):
            seek += 1
        if seek < at:
            length[count - 1] = seek - offset[count - 1]
            at = seek
            continue
        if seek == at:
            seek = at + 1
        offset[count], length[count] = at, seek - at
        status[count] = LOST if seek < end else CUT_SHORT
        count += 1
        at = seek
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


@kernel("int64(uint8[::1], int64[::1], int64[::1], int64[::1])")
def split_final(data, offset, length, status):
    """Cut final-format frames, rows being their data blocks; the number of rows."""
    count = 0
    end = data.shape[0]
    at = 0
    while at < end:
        size = has_trailer(data, at, end)
        if size > 0:
            offset[count], length[count], status[count] = at + 8, size - 12, OK
            count += 1
            at += size
            continue
        seek = at + 1
        while seek < end and has_trailer(data, seek, end) == 0:
            seek += 1
        offset[count], length[count] = at, seek - at
        status[count] = LOST if seek < end else CUT_SHORT
        count += 1
        at = seek
    return count


@bare
def word32(data, at, little):
    """32 bits in the file's byte order."""
    value = np.int64(0)
    for i in range(4):
        value = (value << 8) | np.int64(data[at + (3 - i if little else i)])
    return value


@bare
def ip_payload(data, at, end, place):
    """Find the UDP payload of the IP packet at ``at``; status, ``place`` its offset and length."""
    if at >= end:
        return BAD_PACKET
    version = data[at] >> 4
    if version == 4:
        if at + 20 > end:
            return BAD_PACKET
        header = np.int64(data[at] & 15) * 4
        total = word16(data, at + 2)
        if header < 20 or total < header or at + total > end:
            return BAD_PACKET
        if data[at + 9] != 17:
            return OTHER
        if word16(data, at + 6) & 0x3FFF:
            return FRAGMENT
        udp = at + header
        end = at + total
    elif version == 6:
        if at + 40 > end or at + 40 + word16(data, at + 4) > end:
            return BAD_PACKET
        end = at + 40 + word16(data, at + 4)
        following = data[at + 6]
        udp = at + 40
        while following != 17:
            if following == 44:
                return FRAGMENT
            if following not in (0, 43, 60):
                return OTHER
            if udp + 8 > end:
                return BAD_PACKET
            following = data[udp]
            udp += (np.int64(data[udp + 1]) + 1) * 8
    else:
        return OTHER
    if udp + 8 > end:
        return BAD_PACKET
    size = word16(data, udp + 4)
    if size < 8 or udp + size > end:
        return BAD_PACKET
    place[0], place[1] = udp + 8, size - 8
    return OK


@bare
def packet_payload(data, at, end, link, place):
    """The same for a captured packet of link type ``link``."""
    if link in (101, 228, 229):
        return ip_payload(data, at, end, place)
    if link == 0:
        return ip_payload(data, at + 4, end, place)
    if link == 1:
        kind_at, body = at + 12, at + 14
    elif link == 113:
        kind_at, body = at + 14, at + 16
    else:
        kind_at, body = at, at + 20
    if body > end:
        return BAD_PACKET
    kind = word16(data, kind_at)
    while kind in (0x8100, 0x88A8, 0x9100):
        if body + 4 > end:
            return BAD_PACKET
        kind = word16(data, body + 2)
        body += 4
    if kind not in (0x0800, 0x86DD):
        return OTHER
    return ip_payload(data, body, end, place)


@bare
def wrapped(data, at, end):
    """Whether ORADIS headers (length with header, 4 bytes) precede every block up to ``end``."""
    if at >= end:
        return False
    while at < end:
        size = block_length(data, at + 6, end) if at + 6 <= end else 0
        if size == 0 or word16(data, at) != size + 6:
            return False
        at += size + 6
    return True


@kernel(
    "int64(uint8[::1], int64, int64, int64, int64[::1], int64[::1], int64[::1], int64[::1])"
)
def split_pcap(data, little, link, tick_ns, offset, length, status, time_ns):
    """Cut a pcap file into UDP payloads; the number of rows.

    ``little`` 1 for little-endian headers; ``tick_ns`` 1000 or 1 for their fractions of a
    second. Packets that carry no UDP have no row.
    """
    count = 0
    end = data.shape[0]
    at = 24
    place = np.zeros(2, np.int64)
    while at < end:
        captured = word32(data, at + 8, little) if at + 16 <= end else -1
        if captured < 0 or captured > MAX_PACKET or at + 16 + captured > end:
            offset[count], length[count], time_ns[count] = at, end - at, -1
            status[count] = CUT_SHORT if captured <= MAX_PACKET else LOST
            count += 1
            break
        stamp = word32(data, at, little) * 1_000_000_000 + word32(data, at + 4, little) * tick_ns
        body, after = at + 16, at + 16 + captured
        found = packet_payload(data, body, after, link, place)
        at = after
        if found == OTHER:
            continue
        if found != OK:
            place[0], place[1] = body, captured
        elif block_length(data, place[0], place[0] + place[1]) == 0 and wrapped(
            data, place[0], place[0] + place[1]
        ):
            inside, stop = place[0], place[0] + place[1]
            while inside < stop:
                offset[count], length[count] = inside + 6, word16(data, inside) - 6
                status[count], time_ns[count] = OK, stamp
                inside += word16(data, inside)
                count += 1
            continue
        offset[count], length[count] = place[0], place[1]
        status[count], time_ns[count] = found, stamp
        count += 1
    return count
