"""The same bytes give the same picture: replayed twice, in other chunks, or over sockets.

The bytes are made by the simulator from its example exercise; where the real recordings are at
hand they are used as well.
"""

import asyncio
import socket
from pathlib import Path

import numpy as np
import pytest

from skypact.feeds.asterix import AsterixPlots
from skypact.feeds.mode_s import ModeSPlots
from skypact.feeds.readers import FeedReader
from skypact.feeds.receive import open_receiver
from skypact.model.frames import Frames
from skypact.model.sensors import SensorTable
from skypact.model.time import MILLISECOND_NS, SECOND_NS, ManualClock
from skypact.model.tracks import Tracks
from skypact.node.live import reader_of
from skypact.node.recordings import open_recordings
from skypact.node.replay import Recorded, Replay
from skypact.node.settings import FeedSettings, read_node
from skypact.node.watch import Watch
from skypact.recording.tracks_table import TracksDigest
from skypact.simulator.document import load_exercise
from skypact.simulator.emission import Emission, ExerciseFeed

ROOT = Path(__file__).parents[2]
EXERCISE = ROOT / "examples/exercises/kyrgyzstan.toml"
NODE = read_node(ROOT / "examples/nodes/kyrgyzstan.toml")
LATENCY_NS = 37 * MILLISECOND_NS
EXERCISE_S = 40


@pytest.fixture(scope="module")
def emissions() -> list[Emission]:
    exercise = load_exercise(EXERCISE)
    return ExerciseFeed(exercise).emit(exercise.start_ns + EXERCISE_S * SECOND_NS)


def frames_by_feed(emissions: list[Emission]) -> dict[FeedSettings, Frames]:
    found = {}
    for feed in NODE.feeds:
        own = [e for e in emissions if e.channel == feed.name]
        found[feed] = Frames.from_payloads(
            feed.format,
            feed.address,
            [e.payload for e in own],
            [e.time_ns + LATENCY_NS for e in own],
        )
    return found


def digest_of(states: list[Tracks]) -> tuple[str, int]:
    digest = TracksDigest()
    for batch in states:
        digest.add(batch)
    return digest.hexdigest(), digest.rows


def replayed(emissions: list[Emission], step_ns: int) -> tuple[str, int]:
    watch = Watch("replay", "replay", NODE.sensors)
    recorded = [
        Recorded(reader_of(feed, NODE.sensors), frames)
        for feed, frames in frames_by_feed(emissions).items()
    ]
    return digest_of(list(Replay(watch, recorded).steps(step_ns)))


def test_a_recording_replayed_in_other_steps_gives_the_same_tracks_bit_for_bit(
    emissions: list[Emission],
) -> None:
    first = replayed(emissions, 10 * SECOND_NS)
    assert first[1] > 500, "too few states to prove anything"
    assert replayed(emissions, 10 * SECOND_NS) == first
    assert replayed(emissions, 730 * MILLISECOND_NS) == first


def test_the_same_bytes_over_sockets_give_the_same_tracks_bit_for_bit(
    emissions: list[Emission],
) -> None:
    over_sockets, received = asyncio.run(listened(emissions))
    assert received == len(emissions)
    # The replay goes on to the second whole second after its last frame; so did the listener.
    assert over_sockets == replayed(emissions, SECOND_NS)


async def listened(emissions: list[Emission]) -> tuple[tuple[str, int], int]:
    """Send every emission over real sockets; the clock shows its recorded reception time."""
    clock = ManualClock(0)
    watch = Watch("live", "exercise", NODE.sensors)
    outlets, feeds = {}, {}
    for feed in NODE.feeds:
        outlet, address = await outlet_for(feed)
        receiver = open_receiver(address, feed.format, clock=clock)
        clock.set_ns(emissions[0].time_ns)
        await receiver.start()
        outlets[feed.name] = outlet
        feeds[feed.name] = (receiver, reader_of(feed, NODE.sensors))
    for outlet in outlets.values():
        await outlet.ready()
    states, received, last_ns = [], 0, 0
    for emission in emissions:
        clock.set_ns(emission.time_ns + LATENCY_NS)
        receiver, reader = feeds[emission.channel]
        await outlets[emission.channel].send(emission.payload)
        frames = await whole(receiver, len(emission.payload))
        states.append(watch.advance(emission.time_ns + LATENCY_NS))
        watch.offer(reader, frames)
        received += 1
        last_ns = emission.time_ns + LATENCY_NS
    states.append(watch.advance((last_ns // SECOND_NS + 2) * SECOND_NS))
    for name, (receiver, _) in feeds.items():
        await receiver.stop()
        await outlets[name].close()
    return digest_of(states), received


async def whole(receiver, expected_bytes: int) -> Frames:  # type: ignore[no-untyped-def]
    """Wait until a whole payload has come; a stream may bring it in pieces."""
    pieces: list[Frames] = []
    for _ in range(2000):
        frames = receiver.drain()
        if frames is not None:
            pieces.append(frames)
            if sum(int(piece.length.sum()) for piece in pieces) == expected_bytes:
                break
        await asyncio.sleep(0.001)
    assert pieces, "nothing arrived within two seconds"
    payloads = [
        piece.data[o : o + n].tobytes()
        for piece in pieces
        for o, n in zip(piece.offset.tolist(), piece.length.tolist(), strict=True)
    ]
    times = np.concatenate([piece.received_ns for piece in pieces]).tolist()
    return Frames.from_payloads(pieces[0].format, pieces[0].source, [b"".join(payloads)], times[:1])


class DatagramOutlet:
    def __init__(self, port: int) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.connect(("127.0.0.1", port))

    async def ready(self) -> None:
        return

    async def send(self, payload: bytes) -> None:
        self.socket.send(payload)

    async def close(self) -> None:
        self.socket.close()


class StreamOutlet:
    def __init__(self) -> None:
        self.connected = asyncio.Event()
        self.writer: asyncio.StreamWriter | None = None
        self.server: asyncio.Server | None = None

    async def open(self) -> int:
        async def welcome(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self.writer = writer
            self.connected.set()

        self.server = await asyncio.start_server(welcome, "127.0.0.1", 0)
        return int(self.server.sockets[0].getsockname()[1])

    async def ready(self) -> None:
        await asyncio.wait_for(self.connected.wait(), 5)

    async def send(self, payload: bytes) -> None:
        assert self.writer is not None
        self.writer.write(payload)
        await self.writer.drain()

    async def close(self) -> None:
        if self.writer is not None:
            self.writer.close()
        if self.server is not None:
            self.server.close()
            await self.server.wait_closed()


async def outlet_for(feed: FeedSettings) -> tuple[DatagramOutlet | StreamOutlet, str]:
    if feed.address.startswith("tcp"):
        stream = StreamOutlet()
        return stream, f"tcp://127.0.0.1:{await stream.open()}"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    return DatagramOutlet(port), f"udp://127.0.0.1:{port}"


@pytest.mark.recordings
@pytest.mark.parametrize(
    "name",
    [
        "asterix/rome_cat062_063_065_30min.ff.gz",
        "modes/ulss7_20180403_1min.beast.gz",
        "asterix/lebl_20201002_mlat_cat010_0800_0920.ast.gz",
    ],
)
def test_a_real_recording_gives_the_same_tracks_whatever_the_chunks(
    recordings: Path, name: str
) -> None:
    sensors_file = ROOT / "examples/sensors/barcelona.toml" if "lebl" in name else None

    def run(step_ns: int, chunk: int) -> tuple[str, int]:
        opened = open_recordings([recordings / name], sensors_file=sensors_file)
        for recorded in opened.recorded:
            recorded.chunk_frames = chunk
        watch = Watch("replay", "replay", opened.sensors)
        return digest_of(list(Replay(watch, opened.recorded).steps(step_ns)))

    whole_run = run(60 * SECOND_NS, 2_000)
    assert whole_run[1] > 100
    assert run(7 * SECOND_NS, 331) == whole_run


def test_readers_are_made_by_format() -> None:
    sensors: SensorTable = NODE.sensors
    readers: list[FeedReader] = [reader_of(feed, sensors) for feed in NODE.feeds]
    assert isinstance(readers[0], AsterixPlots)
    assert isinstance(readers[-1], ModeSPlots)
