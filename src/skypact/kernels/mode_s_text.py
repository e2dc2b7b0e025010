"""Text to columns: fields of CSV lines, values of JSON objects, and the numbers in them.

In: bytes. Out: where each field begins and ends, then numbers, codes and short texts. Nothing is
believed without a look: what is no number is NaN, a line or object that does not close is told
apart. Sources: RFC 4180 (without line ends inside quotes), RFC 8259.
"""

import numpy as np

from skypact.kernels.compilation import bare, kernel

NEWLINE, QUOTE, COMMA, COLON, BACKSLASH = 10, 34, 44, 58, 92
OPEN, CLOSE, OPEN_LIST, CLOSE_LIST = 123, 125, 91, 93
DEEPEST = 64
"""JSON nested deeper is refused."""
POWERS = 10.0 ** np.arange(23)
LARGEST_BEFORE = ((1 << 53) - 9) // 10
"""A mantissa that takes another digit from here is exact in a float, and its quotient by a power
of ten to 22 is rounded right; digits that would not fit are left out (1e-15 of the value)."""


@bare
def blank(byte: int) -> bool:
    """Whether a byte is a blank, a tab, or part of a line end."""
    return byte == 32 or 9 <= byte <= 13


@bare
def number(data, first: int, last: int) -> float:
    """A decimal number such as ``-12.5e3``, rounded right, NaN where there is none."""
    at, negative = first, False
    if at < last and (data[at] == 45 or data[at] == 43):
        negative = data[at] == 45
        at += 1
    mantissa, places, digits, pointed = 0, 0, 0, False
    while at < last:
        byte = int(data[at])
        if 48 <= byte <= 57:
            digits += 1
            if mantissa <= LARGEST_BEFORE:
                mantissa = 10 * mantissa + byte - 48
                places += pointed
            elif not pointed:
                places -= 1
        elif byte == 46 and not pointed:
            pointed = True
        else:
            break
        at += 1
    if digits == 0:
        return np.nan
    if at < last:
        if data[at] != 101 and data[at] != 69:
            return np.nan
        at += 1
        sign, power, told = 1, 0, 0
        if at < last and (data[at] == 45 or data[at] == 43):
            sign = -1 if data[at] == 45 else 1
            at += 1
        while at < last:
            if not 48 <= data[at] <= 57 or told > 4:
                return np.nan
            power = 10 * power + int(data[at]) - 48
            told += 1
            at += 1
        if told == 0:
            return np.nan
        places -= sign * power
    value = float(mantissa)
    if places > 0:
        value = value / POWERS[min(places, 22)]
        if places > 22:
            value = value / POWERS[places - 22] if places <= 44 else 0.0
    elif places < 0:
        value = value * POWERS[-places] if places >= -22 else np.nan
    return -value if negative else value


@kernel("void(uint8[::1], int64[::1], int64[::1], float64[::1])")
def read_numbers(data, begin, end, out):
    """Fill ``out`` (n,) with the numbers in ``data[begin:end]``, NaN where there is none."""
    for i in range(begin.shape[0]):
        out[i] = number(data, begin[i], end[i])


@kernel("void(uint8[::1], int64[::1], int64[::1], int64, int32[::1])")
def read_codes(data, begin, end, base, out):
    """Fill ``out`` (n,) with unsigned numbers of base 8 or 16 (at most 7 digits), -1 none."""
    for i in range(begin.shape[0]):
        value = 0
        if not 0 < end[i] - begin[i] <= 7:
            value = -1
        for k in range(begin[i], end[i]):
            byte = int(data[k])
            digit = 99
            if 48 <= byte <= 57:
                digit = byte - 48
            elif 65 <= byte <= 70:
                digit = byte - 55
            elif 97 <= byte <= 102:
                digit = byte - 87
            if digit >= base or value < 0:
                value = -1
                break
            value = value * base + digit
        out[i] = value


@kernel("void(uint8[::1], int64[::1], int64[::1], uint8[:, ::1])")
def read_texts(data, begin, end, out):
    """Fill rows of ``out`` (n, width) with printable ASCII, blanks at the end zero.

    A text that is longer or has other characters is none: zeros.
    """
    width = out.shape[1]
    for i in range(begin.shape[0]):
        first, last = begin[i], end[i]
        while last > first and blank(int(data[last - 1])):
            last -= 1
        good = last - first <= width
        for k in range(width):
            out[i, k] = np.uint8(0)
            if good and first + k < last and not 32 <= data[first + k] < 127:
                good = False
        if good:
            for k in range(last - first):
                out[i, k] = data[first + k]


@kernel(
    "void(uint8[::1], int64, int64, int64[:, ::1], int64[:, ::1], int64[::1], int64[::1],"
    " int64[::1])"
)
def split_fields(data, separator, least, begin, end, start, stop, outcome):
    """Cut lines into the fields between separators; blanks and quotes around them are left out.

    ``begin`` and ``end`` (lines, fields) fix how many fields are kept; those that a line lacks
    are -1. ``outcome`` (5,): lines, where the unfinished line begins, bytes of lines with fewer
    than ``least`` fields, such lines, where the first begins (-1 none).
    """
    fields = begin.shape[1]
    count, at, stray, lines, first_stray = 0, 0, 0, 0, -1
    for here in range(data.shape[0]):
        if data[here] != NEWLINE:
            continue
        first, last = at, here
        at = here + 1
        if last - first > 2 and data[first] == 0xEF and data[first + 1] == 0xBB:
            first += 3  # a byte order mark
        while first < last and blank(int(data[last - 1])):
            last -= 1
        if first == last:
            continue
        field, a = 0, first
        for k in range(first, last + 1):
            if k < last and data[k] != separator:
                continue
            if field < fields:
                b, c = a, k
                while b < c and (blank(int(data[b])) or data[b] == QUOTE):
                    b += 1
                while c > b and (blank(int(data[c - 1])) or data[c - 1] == QUOTE):
                    c -= 1
                begin[count, field], end[count, field] = b, c
            field += 1
            a = k + 1
        for k in range(field, fields):
            begin[count, k], end[count, k] = -1, -1
        if field < least:
            stray += here + 1 - first
            lines += 1
            if first_stray < 0:
                first_stray = first
            continue
        start[count], stop[count] = first, here + 1
        count += 1
    outcome[0], outcome[1], outcome[2], outcome[3], outcome[4] = (
        count, at, stray, lines, first_stray,
    )


@bare
def string_end(data, first: int, last: int) -> int:
    """Place of the quote that closes a string whose content begins at ``first``, -1 none."""
    at = first
    while at < last:
        if data[at] == BACKSLASH:
            at += 2
            continue
        if data[at] == QUOTE:
            return at
        at += 1
    return -1


@bare
def which_key(data, first: int, last: int, keys, key_at) -> int:
    """Index of a key among ``keys`` (joined; key k lies at ``key_at[k]:key_at[k + 1]``), or -1."""
    size = last - first
    for k in range(key_at.shape[0] - 1):
        if key_at[k + 1] - key_at[k] != size:
            continue
        same = True
        for j in range(size):
            if data[first + j] != keys[key_at[k] + j]:
                same = False
                break
        if same:
            return k
    return -1


@bare
def scan(data, first, last, row_depth, keys, key_at, depths, begin, end, start, count) -> int:
    """Objects at ``row_depth`` of one JSON document; the count of rows after it, -1 malformed.

    Fills where the wanted values lie (strings without quotes; -1, -1 where none). A key of an
    outer object comes before one of an object within. ``depths`` (DEEPEST + keys,) is scratch:
    the kind of each open bracket, then the depth each key was found at.
    """
    depth, at, closed = 0, first, False
    wanted = key_at.shape[0] - 1
    while at < last:
        byte = int(data[at])
        if closed and not blank(byte):
            return -1
        if byte == OPEN or byte == OPEN_LIST:  # noqa: PLR1714, SIM109
            depth += 1
            if depth >= DEEPEST or (depth == 1 and byte == OPEN_LIST):
                return -1
            depths[depth] = byte
            if depth == row_depth and byte == OPEN:
                if count >= begin.shape[0]:
                    return -1
                start[count] = at
                for k in range(wanted):
                    begin[count, k], end[count, k] = -1, -1
                    depths[DEEPEST + k] = DEEPEST
        elif byte == CLOSE or byte == CLOSE_LIST:  # noqa: PLR1714, SIM109
            if depth == 0 or depths[depth] != byte - 2:
                return -1
            if depth == row_depth and byte == CLOSE:
                count += 1
            depth -= 1
            closed = depth == 0
        elif byte == QUOTE:
            if depth == 0:
                return -1
            stop = string_end(data, at + 1, last)
            if stop < 0:
                return -1
            here = stop + 1
            while here < last and blank(int(data[here])):
                here += 1
            if here < last and data[here] == COLON and depths[depth] == OPEN:
                a = here + 1
                while a < last and blank(int(data[a])):
                    a += 1
                b = a
                key = which_key(data, at + 1, stop, keys, key_at) if depth >= row_depth else -1
                if a < last and data[a] == QUOTE:
                    b = string_end(data, a + 1, last)
                    if b < 0:
                        return -1
                    a, at = a + 1, b
                elif a < last and data[a] != OPEN and data[a] != OPEN_LIST:
                    while b < last and not (
                        blank(int(data[b])) or data[b] == COMMA or data[b] == CLOSE
                    ):
                        b += 1
                    at = b - 1
                else:
                    at, key = a - 1, -1
                if key >= 0 and depth < depths[DEEPEST + key]:
                    begin[count, key], end[count, key] = a, b
                    depths[DEEPEST + key] = depth
            else:
                at = stop
        elif depth == 0 and not blank(byte):
            return -1
        at += 1
    return count if closed else -1


@kernel(
    "int64(uint8[::1], int64, uint8[::1], int64[::1], int64[:, ::1], int64[:, ::1], int64[::1])"
)
def scan_document(data, row_depth, keys, key_at, begin, end, start):
    """Values of the objects at ``row_depth`` of one JSON document; how many, -1 malformed."""
    depths = np.zeros(DEEPEST + key_at.shape[0], np.int64)
    return scan(data, 0, data.shape[0], row_depth, keys, key_at, depths, begin, end, start, 0)


@kernel(
    "void(uint8[::1], uint8[::1], int64[::1], int64[:, ::1], int64[:, ::1], int64[::1],"
    " int64[::1], int64[::1])"
)
def scan_lines(data, keys, key_at, begin, end, start, stop, outcome):
    """Values of the JSON object on each line; ``outcome`` as of :func:`split_fields`."""
    depths = np.zeros(DEEPEST + key_at.shape[0], np.int64)
    count, at, stray, lines, first_stray = 0, 0, 0, 0, -1
    for here in range(data.shape[0]):
        if data[here] != NEWLINE:
            continue
        first = at
        at = here + 1
        while first < here and blank(int(data[first])):
            first += 1
        if first == here:
            continue
        found = scan(data, first, here, 1, keys, key_at, depths, begin, end, start, count)
        if found != count + 1:
            stray += here + 1 - first
            lines += 1
            if first_stray < 0:
                first_stray = first
            continue
        stop[count] = here + 1
        count = found
    outcome[0], outcome[1], outcome[2], outcome[3], outcome[4] = (
        count, at, stray, lines, first_stray,
    )
