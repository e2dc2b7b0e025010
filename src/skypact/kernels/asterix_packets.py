"""Captured packets to UDP payloads: pcap and pcapng files.

In: the bytes of a file. Out: rows of offset, length, status and time, in file order. Every loop
moves forward; what cannot be followed ends the file with a row that says so.

Formats: libpcap (draft-ietf-opsawg-pcap), pcapng (draft-ietf-opsawg-pcapng, sections 3 and 4),
IEEE 802.3 and 802.1Q, LINKTYPE_LINUX_SLL and SLL2, IPv4 (RFC 791), IPv6 (RFC 8200), UDP
(RFC 768).
"""

import numpy as np

from skypact.kernels.asterix_framing import (
    BAD_PACKET,
    CUT_SHORT,
    FRAGMENT,
    LOST,
    OK,
    OTHER,
    block_length,
    word16,
)
from skypact.kernels.compilation import bare, kernel

MAX_PACKET = 262_144
MAX_INTERFACES = 256
SECOND_NS = 1_000_000_000

SECTION, INTERFACE, OLD_PACKET, SIMPLE_PACKET, PACKET = 0x0A0D0D0A, 1, 2, 3, 6
"""Block types of pcapng."""

LINK, DECIMAL, EXPONENT, OFFSET_S = range(4)
"""Columns of the interface table: link type, whether ticks are 10 ** -e s, e, and seconds to add;
link -1 where the type is not known."""


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
    if link in (12, 101, 228, 229):
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


@bare
def take_packet(data, body, after, link, stamp, place, offset, length, status, time_ns, count):
    """Add the rows of one captured packet; the number of rows so far."""
    found = packet_payload(data, body, after, link, place)
    if found == OTHER:
        return count
    if found != OK:
        place[0], place[1] = body, after - body
    elif block_length(data, place[0], place[0] + place[1]) == 0 and wrapped(
        data, place[0], place[0] + place[1]
    ):
        inside, stop = place[0], place[0] + place[1]
        while inside < stop:
            offset[count], length[count] = inside + 6, word16(data, inside) - 6
            status[count], time_ns[count] = OK, stamp
            inside += word16(data, inside)
            count += 1
        return count
    offset[count], length[count] = place[0], place[1]
    status[count], time_ns[count] = found, stamp
    return count + 1


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
        stamp = word32(data, at, little) * SECOND_NS + word32(data, at + 4, little) * tick_ns
        count = take_packet(
            data, at + 16, at + 16 + captured, link, stamp, place,
            offset, length, status, time_ns, count,
        )
        at += 16 + captured
    return count


@bare
def half(data, at, little):
    """16 bits in the section's byte order."""
    if little:
        return np.int64(data[at]) | (np.int64(data[at + 1]) << 8)
    return word16(data, at)


@bare
def read_interface(data, at, stop, little, row):
    """Fill ``row`` from an interface description's body: link type and the options of its clock."""
    row[LINK], row[DECIMAL], row[EXPONENT], row[OFFSET_S] = half(data, at, little), 1, 6, 0
    at += 8
    while at + 4 <= stop:
        code, size = half(data, at, little), half(data, at + 2, little)
        at += 4
        if code == 0 or at + size > stop:
            return
        if code == 9 and size == 1:
            row[DECIMAL] = 1 - (data[at] >> 7)
            row[EXPONENT] = data[at] & 0x7F
        elif code == 14 and size == 8:
            high, low = word32(data, at + (4 if little else 0), little), 0
            low = word32(data, at + (0 if little else 4), little)
            row[OFFSET_S] = (high << 32) | low
        at += (size + 3) & ~3


@bare
def ticks_ns(high, low, row):
    """Time of a packet in nanoseconds from its 64-bit count of ticks."""
    ticks = (np.uint64(high) << np.uint64(32)) | np.uint64(low)
    exponent = row[EXPONENT]
    if row[DECIMAL] == 1:
        if exponent > 18:
            return np.int64(-1)
        unit = np.uint64(1)
        for _ in range(exponent):
            unit *= np.uint64(10)
    else:
        if exponent > 30:
            return np.int64(-1)
        unit = np.uint64(1) << np.uint64(exponent)
    seconds = ticks // unit
    rest = ticks % unit
    # a second's ticks times 1e9 must stay below 2 ** 64
    while unit > np.uint64(1_000_000_000) and row[DECIMAL] == 1:
        unit //= np.uint64(10)
        rest //= np.uint64(10)
    whole = np.int64(seconds) + row[OFFSET_S]
    if whole < 0 or whole > 9_000_000_000:
        return np.int64(-1)
    return whole * SECOND_NS + np.int64(rest * np.uint64(SECOND_NS) // unit)


@kernel("int64(uint8[::1], int64[::1], int64[::1], int64[::1], int64[::1])")
def split_pcapng(data, offset, length, status, time_ns):
    """Cut a pcapng file into UDP payloads; the number of rows.

    Simple packets carry no time: theirs is that of the packet before, -1 where none was. A
    packet of an interface or link type that is not known has a row of status BAD_PACKET.
    """
    count = 0
    end = data.shape[0]
    at = 0
    little = 1
    interfaces = np.zeros((MAX_INTERFACES, 4), np.int64)
    known = 0
    stamp = np.int64(-1)
    place = np.zeros(2, np.int64)
    while at < end:
        size = np.int64(0)
        if at + 12 <= end:
            if data[at] == 0x0A and word32(data, at, 0) == SECTION:
                little = 1 if data[at + 8] == 0x4D else 0
                known = 0
            size = word32(data, at + 4, little)
        if size < 12 or size % 4 != 0 or at + size > end or word32(
            data, at + size - 4, little
        ) != size:
            offset[count], length[count], time_ns[count] = at, end - at, -1
            status[count] = CUT_SHORT if at + 12 > end or size > end - at else LOST
            count += 1
            break
        kind = word32(data, at, little)
        body, stop = at + 8, at + size - 4
        at += size
        if kind == INTERFACE and body + 8 <= stop and known < MAX_INTERFACES:
            read_interface(data, body, stop, little, interfaces[known])
            known += 1
        if kind not in (PACKET, OLD_PACKET, SIMPLE_PACKET):
            continue
        first = body + (4 if kind == SIMPLE_PACKET else 20)
        interface = np.int64(0)
        captured = np.int64(-1)
        if first <= stop:
            captured = stop - first
            if kind == SIMPLE_PACKET:
                captured = min(captured, word32(data, body, little))
            else:
                captured = word32(data, body + 12, little)
                interface = word32(data, body, little)
                if kind == OLD_PACKET:
                    interface = half(data, body, little)
        link = interfaces[interface, LINK] if 0 <= interface < known else -1
        if captured < 0 or first + captured > stop or link < 0:
            offset[count], length[count], time_ns[count] = body, stop - body, stamp
            status[count] = BAD_PACKET
            count += 1
            continue
        if kind != SIMPLE_PACKET:
            high, low = word32(data, body + 4, little), word32(data, body + 8, little)
            stamp = ticks_ns(high, low, interfaces[interface])
        count = take_packet(
            data, first, first + captured, link, stamp, place,
            offset, length, status, time_ns, count,
        )
    return count
