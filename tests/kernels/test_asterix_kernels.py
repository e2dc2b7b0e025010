"""Plain Python twins of the ASTERIX kernels."""

import hashlib

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from skypact.kernels import asterix_extract, asterix_framing, asterix_pack, asterix_stream
from skypact.kernels import asterix_walk as walk

DAY_NS = 86_400_000_000_000


def writable(content: bytes) -> np.ndarray:
    return np.frombuffer(bytearray(content), np.uint8)


@settings(max_examples=200, deadline=None)
@given(st.binary(min_size=12, max_size=12), st.integers(0, 20), st.integers(1, 64), st.booleans())
def test_bits_are_read_as_a_big_integer_reads_them(
    content: bytes, bit: int, width: int, signed: bool
) -> None:
    whole = int.from_bytes(content)
    expected = whole >> (96 - bit - width) & ((1 << width) - 1)
    if (signed or width == 64) and expected >> (width - 1):
        expected -= 1 << width
    data, anchor = writable(content), np.array([0, -1])
    integers, floats = np.empty(2, np.int64), np.empty(2)
    asterix_extract.extract_integers(data, anchor, bit, width, int(signed), -7, integers)
    asterix_extract.extract_floats(data, anchor, bit, width, int(signed), 0.25, floats)
    assert integers.tolist() == [expected, -7]
    assert floats[0] == float(expected) * 0.25
    assert np.isnan(floats[1])


def test_text_is_read_six_and_eight_bits_at_a_time() -> None:
    codes = [1, 26, 32, 48, 57, 0, 33, 32]
    packed = int("".join(f"{code:06b}" for code in codes), 2).to_bytes(6)
    out = np.empty((2, 8), np.uint8)
    asterix_extract.extract_text(writable(packed), np.array([0, -1]), 0, 6, out)
    assert out.view("S8")[:, 0].tolist() == [b"AZ 09 ?", b""]
    asterix_extract.extract_text(writable(b"LIRF    "), np.array([0, -1]), 0, 8, out)
    assert out.view("S8")[:, 0].tolist() == [b"LIRF", b""]


def test_elements_are_counted_by_number_and_by_extension_bit() -> None:
    data = writable(bytes([2, 10, 20, 30, 40, 0, 3, 5, 6]))
    rows = np.empty(4, np.int64)
    asterix_extract.count_elements(data, np.array([0, -1, 5]), 2, 2, 1, rows)
    assert rows.tolist() == [0, 2, 2, 2]
    inside = np.empty(2, np.int64)
    asterix_extract.element_anchors(np.array([0, -1, 5]), rows, 2, 1, inside)
    assert inside.tolist() == [1, 3]
    asterix_extract.count_elements(data, np.array([6, 8, -1]), 3, 1, 0, rows)
    assert rows.tolist() == [0, 3, 4, 4], "3, 5 and then 6, whose last bit is 0"


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 20), st.integers(1, 63), st.data())
def test_bits_are_written_where_they_are_read(bit: int, width: int, data: st.DataObject) -> None:
    value = data.draw(st.integers(0, (1 << width) - 1))
    out = np.zeros(12, np.uint8)
    asterix_pack.write_bits(out, 0, bit, width, np.int64(value))
    assert int.from_bytes(out.tobytes()) == value << (96 - bit - width)


def twin_blocks(content: bytes, known: set[int]) -> list[tuple[int, int, int]]:
    """Offset, length and status of the data blocks of one frame."""
    rows, at = [], 0
    while at < len(content):
        rest = len(content) - at
        size, status = rest, walk.TRUNCATED_HEADER
        if rest >= 3:
            announced = int.from_bytes(content[at + 1 : at + 3])
            if announced < 4:
                status = walk.BAD_LENGTH
            elif announced > rest:
                status = walk.TRUNCATED_BLOCK
            else:
                size = announced
                status = walk.OK if content[at] in known else walk.UNKNOWN_CATEGORY
        rows.append((at, size, status))
        at += size
    return rows


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from([48, 99, 0, 1, 4, 5, 6]), max_size=40).map(bytes))
def test_blocks_are_split_as_the_plain_loop_splits_them(content: bytes) -> None:
    known = np.zeros(256, np.uint8)
    known[48] = 1
    columns = [np.empty(len(content) + 1, np.int64) for _ in range(5)]
    frame = np.array([0]), np.array([len(content)])
    count = walk.split_blocks(writable(content), *frame, known, *columns)
    got = list(
        zip(*(c[:count].tolist() for c in (columns[1], columns[2], columns[4])), strict=True)
    )
    assert got == twin_blocks(content, {48})


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_cutting_raw_bytes_covers_each_byte_once_and_in_order(content: bytes) -> None:
    known = np.zeros(256, np.uint8)
    known[:32] = 1
    offset, length, status = (np.empty(len(content) + 2, np.int64) for _ in range(3))
    count = asterix_framing.split_raw(writable(content), 0, 0, known, offset, length, status)
    ends = (offset + length)[:count].tolist()
    assert offset[:count].tolist() == ([0, *ends[:-1]] if count else [])
    assert (length[:count] > 0).all()
    assert ends[-1:] == ([len(content)] if content else [])


def twin_times(units: list[int], received: list[int], date_ns: int) -> tuple[list[int], list[int]]:
    """Times placed one by one, without the guard against single jumps."""
    measured_all, received_all = [], []
    last = latest = None
    for unit, when in zip(units, received, strict=True):
        time_ns = unit * 7_812_500
        if when >= 0:
            base = when // DAY_NS * DAY_NS
            around = [base + k * DAY_NS + time_ns for k in (-1, 0, 1)]
            measured = when if unit < 0 else min(around, key=lambda t: (abs(t - when), -t))
            measured_all.append(measured)
            received_all.append(when)
            continue
        if unit < 0:
            measured = latest if latest is not None else date_ns
        elif last is None:
            measured = date_ns + time_ns
        else:
            base = last // DAY_NS * DAY_NS
            around = [base + k * DAY_NS + time_ns for k in (-1, 0, 1)]
            measured = min(around, key=lambda t: (abs(t - last), -t))
        if unit >= 0:
            last = measured
            latest = measured if latest is None else max(latest, measured)
        measured_all.append(measured)
        received_all.append(latest if latest is not None else date_ns)
    return measured_all, received_all


@settings(max_examples=100, deadline=None)
@given(
    # two steps, of which one may fall to a record without a time, stay below ten minutes
    st.lists(st.integers(0, 290 * 128), min_size=1, max_size=50),
    st.integers(0, 86_399 * 128),
    st.booleans(),
)
def test_times_are_placed_as_the_plain_loop_places_them(
    steps: list[int], start: int, timed: bool
) -> None:
    counted = start + np.cumsum(steps)
    units = (counted % (86_400 * 128)).astype(np.int64)
    units[::7] = -1
    date = 19_000 * DAY_NS
    received_in = (
        date + counted * 7_812_500 + 1_000_000_000 if timed else np.full(len(units), -1)
    ).astype(np.int64)
    measured, received = np.empty(len(units), np.int64), np.empty(len(units), np.int64)
    period = np.full(len(units), 86_400 * 128)
    state = np.zeros(4, np.int64)
    asterix_stream.place_in_time(units, period, received_in, date, state, measured, received)
    expected = twin_times(units.tolist(), received_in.tolist(), date)
    assert measured.tolist() == expected[0]
    assert received.tolist() == expected[1]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 800)), min_size=1, max_size=60))
def test_copies_are_those_that_a_dictionary_remembers(arrivals: list[tuple[int, int]]) -> None:
    content = b"".join(hashlib.sha256(bytes([kind])).digest() for kind, _ in arrivals)
    received = np.cumsum([step for _, step in arrivals]) * 1_000_000
    count = len(arrivals)
    seen, seen_ns = np.zeros(256, np.uint64), np.full(256, -(1 << 62))
    copy = np.empty(count, np.uint8)
    hashes = np.empty(count, np.uint64)
    asterix_stream.digest_records(
        writable(content), np.arange(count) * 32, np.full(count, 32), np.full(count, 48), hashes
    )
    found = asterix_stream.find_copies(hashes, received, seen, seen_ns, copy)
    last: dict[int, int] = {}
    expected = []
    for (kind, _), when in zip(arrivals, received.tolist(), strict=True):
        again = kind in last and when - last[kind] <= 1_000_000_000
        expected.append(int(again))
        if not again:
            last[kind] = when
    assert copy.tolist() == expected
    assert found == sum(expected)
