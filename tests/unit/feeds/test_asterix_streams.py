"""Chunks of a TCP stream become blocks; what two networks bring is kept once, by reception."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skypact.feeds.asterix import AsterixPlots
from skypact.feeds.asterix.copies import Copies
from skypact.feeds.asterix.encode import encode
from skypact.feeds.asterix.plots import read_together
from skypact.feeds.asterix.stream import BlockStream
from skypact.model.frames import Frames
from skypact.model.sensors import Sensor, SensorTable

START_NS = 1_700_000_000_000_000_000
SENSORS = SensorTable((Sensor("Batken", "radar", 0.7, 1.2, 1000.0, sac=25, sic=11),))


def block(number: int) -> bytes:
    (encoded,) = encode(
        48,
        {
            "I048/010/SAC": 25,
            "I048/010/SIC": 11,
            "I048/140": [(number / 10) % 86_400],
            "I048/040/RHO": [10.0 + number],
            "I048/040/THETA": [5.0],
            "I048/161/TRN": number,
        },
    )
    return encoded


BLOCKS = [block(number) for number in range(40)]


def chunks_of(content: bytes, cuts: list[int], source: str = "tcp://radar:8600") -> Frames:
    edges = sorted({0, len(content), *(cut % (len(content) + 1) for cut in cuts)})
    pieces = [content[a:b] for a, b in pairwise(edges)]
    received = [START_NS + 1_000_000 * k for k in range(len(pieces))]
    return Frames.from_payloads("asterix", source, pieces, received, edges[:-1])


def payloads(frames: Frames) -> list[bytes]:
    bounds = zip(frames.offset.tolist(), frames.length.tolist(), strict=True)
    return [frames.data[o : o + n].tobytes() for o, n in bounds]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(0, 2000), max_size=30), st.integers(0, 40))
def test_blocks_come_whole_however_the_stream_is_cut(cuts: list[int], calls: int) -> None:
    frames = chunks_of(b"".join(BLOCKS), cuts)
    stream = BlockStream()
    edges = sorted({0, len(frames), *[calls % (len(frames) + 1)]})
    parts = [stream.cut(frames.part(a, b)) for a, b in pairwise(edges)]
    assert not any(rejections for _, rejections in parts)
    assert [b for part, _ in parts for b in payloads(part)] == BLOCKS
    places = [p for part, _ in parts for p in part.position.tolist()]
    assert places == np.cumsum([0, *map(len, BLOCKS[:-1])]).tolist()
    ends = np.cumsum([len(b) for b in BLOCKS])
    last_chunk = np.searchsorted(frames.position, ends - 1, side="right") - 1
    received = [r for part, _ in parts for r in part.received_ns.tolist()]
    assert received == frames.received_ns[last_chunk].tolist()


def test_a_reader_of_a_tcp_feed_gives_the_plots_of_its_blocks() -> None:
    content = b"".join(BLOCKS)
    reader = AsterixPlots(SENSORS)
    frames = chunks_of(content, list(range(0, len(content), 7)))
    batches = [reader.read(frames.part(k, k + 1)) for k in range(len(frames))]
    tracks = [n for batch in batches for n in batch.plots.source_track.tolist()]
    assert tracks == list(range(40))
    assert not any(batch.rejections for batch in batches)


@settings(max_examples=100, deadline=None)
@given(st.binary(min_size=1, max_size=300), st.integers(3, 30), st.lists(st.integers(0, 3000)))
def test_noise_in_a_stream_is_told_and_blocks_go_on_after_it(
    noise: bytes, at: int, cuts: list[int]
) -> None:
    content = b"".join([*BLOCKS[:at], noise, *BLOCKS[at:]])
    stream = BlockStream()
    frames = chunks_of(content, cuts)
    found, refused = [], 0
    for k in range(len(frames)):
        blocks, rejections = stream.cut(frames.part(k, k + 1))
        found += payloads(blocks)
        refused += len(rejections)
    assert found[:at] == BLOCKS[:at]
    # noise may look like the head of a block and take what it announces with it
    assert refused or len(found) != len(BLOCKS) or found == BLOCKS


def test_a_stream_of_pure_noise_keeps_little() -> None:
    stream = BlockStream()
    noise = bytes([255, 0]) * 50_000
    frames = chunks_of(noise, [])
    blocks, rejections = stream.cut(frames)
    assert len(blocks) == 0
    assert [r.reason for r in rejections] == ["FramingError"]
    assert len(stream._rest) <= 16_384


def feed(name: str, arrivals: list[tuple[int, int]]) -> Frames:
    return Frames.from_payloads(
        "asterix", name, [BLOCKS[n] for n, _ in arrivals], [START_NS + at for _, at in arrivals]
    )


def test_of_two_networks_the_first_copy_to_arrive_is_kept_whichever_is_read_first() -> None:
    left = feed("udp://a:1", [(0, 10), (1, 30), (2, 50)])
    right = feed("udp://b:1", [(0, 5), (1, 40), (3, 60)])
    for order in ((0, 1), (1, 0)):
        copies = Copies()
        readers = [AsterixPlots(SENSORS, copies=copies) for _ in range(2)]
        feeds = [left, right]
        batches = read_together([readers[k] for k in order], [feeds[k] for k in order])
        kept = {}
        for k, batch in zip(order, batches, strict=True):
            kept[k] = batch.plots.source_track.tolist()
        assert kept == {0: [1, 2], 1: [0, 3]}
        assert sum(batch.duplicates for batch in batches) == 2
        assert all(len(batch.heard) == 3 for batch in batches), "both networks were heard"


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 400), max_size=8), st.permutations(range(20)))
def test_what_is_kept_does_not_depend_on_where_two_networks_are_cut(
    cuts: list[int], order: list[int]
) -> None:
    left = feed("udp://a:1", [(n, 20 * n) for n in range(20)])
    right = feed("udp://b:1", [(n, 20 * n + 11 * (order[n] % 3) - 10) for n in range(20)])
    right = Frames(**{s: getattr(right, s) for s in right.__slots__})
    right.received_ns[:] = np.maximum.accumulate(right.received_ns)

    def kept(edges: list[int]) -> list[tuple[int, int, int]]:
        copies = Copies()
        readers = [AsterixPlots(SENSORS, copies=copies) for _ in range(2)]
        rows = []
        for begin, end in pairwise([-1000, *sorted(edges), 1000]):
            feeds = []
            for frames in (left, right):
                times = frames.received_ns - START_NS
                first, last = np.searchsorted(times, [begin, end])
                feeds.append(frames.part(int(first), int(last)))
            for which, batch in enumerate(read_together(readers, feeds)):
                plots = batch.plots
                pairs = zip(plots.source_track.tolist(), plots.received_ns.tolist(), strict=True)
                rows += [(which, track, received) for track, received in pairs]
        return sorted(rows)

    assert kept(cuts) == kept([])
    assert sorted(track for _, track, _ in kept([])) == list(range(20))


def test_readers_with_memories_of_their_own_are_not_read_together() -> None:
    readers = [AsterixPlots(SENSORS), AsterixPlots(SENSORS)]
    with pytest.raises(ValueError, match="share one memory"):
        read_together(readers, [feed("a", []), feed("b", [])])


def test_nothing_to_read_gives_nothing() -> None:
    assert read_together([], []) == []
    assert len(AsterixPlots(SENSORS).read(feed("udp://a:1", [])).plots) == 0
