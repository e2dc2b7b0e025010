"""Cutting a Beast stream against a plain reader, whatever the bytes and wherever they are cut."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from skypact.kernels import mode_s_beast as kernels

SIZES = {0x31: 2, 0x32: 7, 0x33: 14, 0x34: 14}
Message = tuple[int, int, int, bytes, int]


def cut(stream: bytes) -> tuple[list[Message], int, int, int, int]:
    """Messages (type, counter, signal, bytes, start), rest, stray bytes, stretches, first."""
    data = np.frombuffer(bytearray(stream), np.uint8)
    most = len(stream) // kernels.SMALLEST
    kind, signal = np.empty(most, np.uint8), np.empty(most, np.uint8)
    messages = np.empty((most, 14), np.uint8)
    length, counter, start, stop = (np.empty(most, np.int64) for _ in range(4))
    outcome = np.zeros(5, np.int64)
    kernels.split(data, 0, len(data), kind, messages, length, counter, signal, start, stop, outcome)
    count, rest, stray, stretches, first = outcome.tolist()
    rows = [
        (
            int(kind[i]),
            int(counter[i]),
            int(signal[i]),
            messages[i, : length[i]].tobytes(),
            int(start[i]),
        )
        for i in range(count)
    ]
    return rows, rest, stray, stretches, first


def plainly_cut(stream: bytes) -> tuple[list[Message], int, int]:
    """The same by the words of the format: messages, rest, bytes outside any message."""
    rows: list[Message] = []
    at, stray = 0, 0
    while at < len(stream):
        if stream[at] != 0x1A:
            at, stray = at + 1, stray + 1
            continue
        if at + 1 == len(stream):
            break
        size = SIZES.get(stream[at + 1])
        if size is None:
            step = 2 if stream[at + 1] == 0x1A else 1
            at, stray = at + step, stray + step
            continue
        body, here = bytearray(), at + 2
        while len(body) < 7 + size and here < len(stream):
            pair = stream[here : here + 2]
            if pair[0] != 0x1A:
                body.append(pair[0])
                here += 1
            elif len(pair) == 2 and pair[1] == 0x1A:
                body.append(0x1A)
                here += 2
            else:
                break
        if len(body) == 7 + size:
            counter = int.from_bytes(body[:6], "big")
            rows.append((stream[at + 1], counter, body[6], bytes(body[7:]), at))
            at = here
        elif here >= len(stream) - 1 and (here == len(stream) or stream[here] == 0x1A):
            break  # not all of it is here yet
        else:
            stray += here - at
            at = here
    return rows, at, stray


BYTES = st.lists(
    st.sampled_from([b"\x1a", b"\x1a\x1a", b"\x1a1", b"\x1a2", b"\x1a3", b"\x1a4", b"\x1a5"])
    | st.binary(max_size=12),
    max_size=60,
).map(b"".join)


def written(rows: list[tuple[int, int, bytes]]) -> bytes:
    messages = np.zeros((len(rows), 14), np.uint8)
    for i, (_, _, content) in enumerate(rows):
        messages[i, : len(content)] = np.frombuffer(content, np.uint8)
    out = np.empty(44 * len(rows), np.uint8)
    used = kernels.join(
        messages,
        np.array([len(content) for *_, content in rows], np.int64),
        np.array([counter for counter, *_ in rows], np.int64),
        np.array([signal for _, signal, _ in rows], np.uint8),
        out,
    )
    return out[:used].tobytes()


ROWS = st.lists(
    st.tuples(
        st.integers(0, 2**48 - 1) | st.just(0x1A1A1A1A1A1A),
        st.integers(0, 255) | st.just(0x1A),
        st.sampled_from([2, 7, 14]).flatmap(
            lambda size: st.binary(min_size=size, max_size=size) | st.just(b"\x1a" * size)
        ),
    ),
    max_size=12,
)


@settings(deadline=None)
@given(BYTES)
def test_any_bytes_are_cut_as_the_plain_reader_cuts_them(stream: bytes) -> None:
    rows, rest, stray, stretches, first = cut(stream)
    assert (rows, rest, stray) == plainly_cut(stream)
    assert (stretches > 0) == (stray > 0) == (first >= 0)


@settings(deadline=None)
@given(BYTES, st.integers(0, 700))
def test_where_a_stream_is_cut_in_two_does_not_matter(stream: bytes, place: int) -> None:
    whole, rest, stray, *_ = cut(stream)
    first, kept, stray_first, *_ = cut(stream[:place])
    second, rest_second, stray_second, *_ = cut(stream[kept:]) if place < len(stream) else (
        [], 0, 0,
    )  # fmt: skip
    if place >= len(stream):
        assert (first, kept) == (whole, rest)
        return
    moved = [(*row[:4], row[4] + kept) for row in second]
    assert first + moved == whole
    assert kept + rest_second == rest
    assert stray_first + stray_second == stray


@settings(deadline=None)
@given(ROWS)
def test_what_is_written_is_read_back(rows: list[tuple[int, int, bytes]]) -> None:
    found, rest, stray, *_ = cut(written(rows))
    assert [row[1:4] for row in found] == rows
    assert stray == 0
    assert rest == len(written(rows))


@settings(deadline=None)
@given(ROWS, ROWS)
def test_a_message_after_garbage_is_found(
    before: list[tuple[int, int, bytes]], after: list[tuple[int, int, bytes]]
) -> None:
    garbage = b"no message\x1a\xff, none \x1a3here"
    found, _, stray, stretches, first = cut(written(before) + garbage + written(after))
    if after:
        assert [row[1:4] for row in found] == before + after
        assert stray == len(garbage)
        assert (stretches, first) == (1, len(written(before)))
