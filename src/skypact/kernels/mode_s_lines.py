"""Mode S messages as text: lines of AVR, of ``time,hex`` CSV and of jet1090's JSON, cut and read.

In: bytes of one stream. Out: messages as bytes, with their counter or time, and where they lie.
A line that is none of the format's is told apart and never spoils its neighbours. Sources: Mode-S
Beast Wiki, "Data Output Formats" (AVR: ``*`` hex ``;``, ``@`` and ``%`` with 12 digits of a
12 MHz counter, ``<`` with two more of signal level); jet1090 (github.com/xoolive/rs1090), JSON
lines with ``timestamp`` (s, UTC) and ``frame``.
"""

import numpy as np

from skypact.kernels.compilation import bare, kernel

AVR, CSV, JET1090 = 0, 1, 2
"""Kinds of lines."""
NO_NUMBER = -(1 << 62)
LARGEST_SECONDS = 9_000_000_000
NEWLINE, RETURN, QUOTE, COMMA, COLON, SEMICOLON = 10, 13, 34, 44, 58, 59


@bare
def digit_of(byte: int) -> int:
    """Value of a hexadecimal digit, -1 where it is none."""
    if 48 <= byte <= 57:
        return byte - 48
    if 65 <= byte <= 70:
        return byte - 55
    if 97 <= byte <= 102:
        return byte - 87
    return -1


@bare
def is_blank(byte: int) -> bool:
    """Whether a byte is a blank, a tab or a carriage return."""
    return byte == 32 or byte == 9 or byte == RETURN  # noqa: PLR1714


@bare
def read_hex(data, first: int, last: int, out) -> int:
    """Bytes of hexadecimal digits ``data[first:last]`` into ``out`` (14,); 2, 7, 14 or -1."""
    size = (last - first) // 2
    if (last - first) % 2 or not (size == 2 or size == 7 or size == 14):  # noqa: PLR1714
        return -1
    for k in range(14):
        out[k] = np.uint8(0)
    for k in range(size):
        high = digit_of(int(data[first + 2 * k]))
        low = digit_of(int(data[first + 2 * k + 1]))
        if high < 0 or low < 0:
            return -1
        out[k] = np.uint8(high << 4 | low)
    return size


@bare
def read_counter(data, first: int, digits: int) -> int:
    """An unsigned number of hexadecimal digits, -1 where one is none."""
    value = 0
    for k in range(first, first + digits):
        digit = digit_of(int(data[k]))
        if digit < 0:
            return -1
        value = value << 4 | digit
    return value


@bare
def read_seconds_ns(data, first: int, last: int) -> int:
    """Nanoseconds of decimal seconds such as ``1717664319.147975``, or NO_NUMBER.

    Digits beyond the ninth decimal are left out; nothing passes through a float.
    """
    whole, fraction, places, digits = 0, 0, -1, 0
    for k in range(first, last):
        byte = int(data[k])
        if 48 <= byte <= 57:
            digits += 1
            if places < 0:
                whole = 10 * whole + byte - 48
                if whole > LARGEST_SECONDS:
                    return NO_NUMBER
            elif places < 9:
                fraction = 10 * fraction + byte - 48
                places += 1
        elif byte == 46 and places < 0:
            places = 0
        else:
            return NO_NUMBER
    if digits == 0:
        return NO_NUMBER
    for _ in range(max(places, 0), 9):
        fraction *= 10
    return whole * 1_000_000_000 + fraction


@bare
def read_avr(data, first: int, last: int, out, told):
    """One AVR line; ``told`` (3,) gets counter and signal; bytes of the message or -1."""
    if last - first < 6 or data[last - 1] != SEMICOLON:
        return -1
    lead, at = int(data[first]), first + 1
    told[0], told[1] = 0, 0
    if lead == 64 or lead == 37 or lead == 60:  # noqa: PLR1714 - @ % <
        digits = 14 if lead == 60 else 12
        if last - at < digits + 5:
            return -1
        told[0] = read_counter(data, at, 12)
        if lead == 60:
            told[1] = read_counter(data, at + 12, 2)
        if told[0] < 0 or told[1] < 0:
            return -1
        at += digits
    elif lead != 42 and lead != COLON:  # noqa: PLR1714 - * :
        return -1
    return read_hex(data, at, last - 1, out)


@bare
def read_csv(data, first: int, last: int, out, told):
    """One CSV line: decimal seconds first, then the message in any column, quoted or not.

    A column of six hexadecimal digits is the address that the writer believed: ``told[2]``.
    """
    size, column, at = -1, 0, first
    while at <= last:
        end = at
        while end < last and data[end] != COMMA:
            end += 1
        a, b = at, end
        while a < b and (is_blank(int(data[a])) or data[a] == QUOTE):
            a += 1
        while b > a and (is_blank(int(data[b - 1])) or data[b - 1] == QUOTE):
            b -= 1
        if column == 0:
            told[0] = read_seconds_ns(data, a, b)
            if told[0] == NO_NUMBER:
                return -1
        elif size < 0 and (b - a == 14 or b - a == 28):
            size = read_hex(data, a, b, out)
        elif b - a == 6 and told[2] < 0:
            told[2] = read_counter(data, a, 6)
        column += 1
        at = end + 1
    return size


@bare
def find_key(data, first: int, last: int, key) -> int:
    """Where the value of ``"key":`` begins in a line of JSON, -1 where there is none."""
    size = key.shape[0]
    for at in range(first, last - size - 2):
        if data[at] != QUOTE or data[at + size + 1] != QUOTE:
            continue
        same = True
        for k in range(size):
            if data[at + 1 + k] != key[k]:
                same = False
                break
        if not same:
            continue
        here = at + size + 2
        while here < last and is_blank(int(data[here])):
            here += 1
        if here < last and data[here] == COLON:
            here += 1
            while here < last and is_blank(int(data[here])):
                here += 1
            return here
    return -1


@bare
def read_jet1090(data, first: int, last: int, time_key, frame_key, out, told):
    """One line of jet1090's JSON; the line's end must be that of an object."""
    if data[first] != 123 or data[last - 1] != 125:
        return -1
    at = find_key(data, first, last, time_key)
    frame = find_key(data, first, last, frame_key)
    if at < 0 or frame < 0 or frame >= last or data[frame] != QUOTE:
        return -1
    end = at
    while end < last and (48 <= data[end] <= 57 or data[end] == 46):
        end += 1
    told[0] = read_seconds_ns(data, at, end)
    if told[0] == NO_NUMBER:
        return -1
    end = frame + 1
    while end < last and data[end] != QUOTE:
        end += 1
    return read_hex(data, frame + 1, end, out)


@kernel(
    "void(uint8[::1], int64, uint8[::1], uint8[::1], uint8[:, ::1], int64[::1], int64[::1],"
    " uint8[::1], int32[::1], int64[::1], int64[::1], int64[::1])"
)
def split_lines(
    data, kind, time_key, frame_key, messages, length, stamp, signal, vouched, start, stop,
    outcome,
):
    """Cut ``data`` into lines and read a message from each; outputs hold bytes / 6 rows.

    ``kind`` is AVR, CSV or JET1090. ``stamp`` gets the counter (AVR) or UTC ns, ``vouched`` the
    address that a CSV line names (-1 none). ``outcome`` (5,): messages, where the unfinished
    line begins, bytes of lines refused, such lines, where the first begins (-1 none). Empty
    lines are nothing. AVR's ``;`` ends a line too.
    """
    count, at, stray, lines, first_stray = 0, 0, 0, 0, -1
    told = np.zeros(3, np.int64)
    for here in range(data.shape[0]):
        if data[here] != NEWLINE and not (kind == AVR and data[here] == SEMICOLON):
            continue
        first, last = at, here + 1 if data[here] == SEMICOLON else here
        at = here + 1
        if last - first > 2 and data[first] == 0xEF and data[first + 1] == 0xBB:
            first += 3  # a byte order mark
        while first < last and is_blank(int(data[first])):
            first += 1
        while last > first and is_blank(int(data[last - 1])):
            last -= 1
        if first == last:
            continue
        told[1], told[2] = 0, -1
        if kind == AVR:
            size = read_avr(data, first, last, messages[count], told)
        elif kind == CSV:
            size = read_csv(data, first, last, messages[count], told)
        else:
            size = read_jet1090(
                data, first, last, time_key, frame_key, messages[count], told
            )
        if size < 0:
            stray += here + 1 - first
            lines += 1
            if first_stray < 0:
                first_stray = first
            continue
        length[count], stamp[count], signal[count] = size, told[0], told[1]
        start[count], stop[count], vouched[count] = first, here + 1, told[2]
        count += 1
    outcome[0], outcome[1], outcome[2], outcome[3], outcome[4] = (
        count, at, stray, lines, first_stray,
    )
