"""The edge over real loopback sockets, with a clock that jumps."""

import asyncio
import contextlib
import socket
import time
from dataclasses import replace

import pytest

from skypact.feeds.receive.address import Address
from skypact.model.errors import PortInUse, UsageError
from skypact.model.time import SECOND_NS, ManualClock
from skypact.simulator.emission import ExerciseFeed
from skypact.simulator.exercise import Exercise
from skypact.simulator.transmit import SLOW_CLIENT_BYTES, Sent, StreamOutlet, transmit
from skypact.simulator.transmit import run as run_alone

from .conftest import EXAMPLES

FILE = EXAMPLES / "exercises" / "kyrgyzstan.toml"
SPAN_S = 4.0
STREAM = "adsb-beast/Osh ADS-B"


def free_port(kind: int) -> int:
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def listener() -> socket.socket:
    inbox = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    inbox.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
    inbox.bind(("127.0.0.1", 0))
    inbox.setblocking(False)
    return inbox


def received(inbox: socket.socket) -> list[bytes]:
    datagrams = []
    with contextlib.suppress(BlockingIOError):
        while True:
            datagrams.append(inbox.recv(65536))
    return datagrams


class JumpingTime:
    """A clock and the sleep that moves it: an hour passes as fast as it can be computed."""

    def __init__(self) -> None:
        self.clock = ManualClock(1_700_000_000 * SECOND_NS)

    async def sleep(self, seconds: float) -> None:
        self.clock.set_ns(self.clock.now_ns() + max(int(seconds * SECOND_NS), 1))
        await asyncio.sleep(0)


@pytest.fixture
def short(exercise: Exercise) -> Exercise:
    return replace(exercise, duration_s=SPAN_S)


def test_what_listens_receives_the_exercises_bytes_and_nothing_else(short: Exercise) -> None:
    expected = ExerciseFeed(short).emit(short.end_ns)
    inboxes = {s.channel: listener() for s in short.sensors if s.channel != STREAM}
    addresses = {c: f"udp://127.0.0.1:{i.getsockname()[1]}" for c, i in inboxes.items()}
    port = free_port(socket.SOCK_STREAM)
    addresses[STREAM] = f"tcp://127.0.0.1:{port}"
    jumping = JumpingTime()

    async def scene() -> tuple[Sent, bytes]:
        connected = asyncio.Event()
        stream = bytearray()

        async def client() -> None:
            for _ in range(100):
                with contextlib.suppress(OSError):
                    reader, writer = await asyncio.open_connection("127.0.0.1", port)
                    break
                await asyncio.sleep(0.01)
            connected.set()
            while piece := await reader.read(65536):
                stream.extend(piece)
            writer.close()

        async def sleep(seconds: float) -> None:
            if not connected.is_set():  # time stands still until the receiver is there
                await connected.wait()
                await asyncio.sleep(0.05)
            await jumping.sleep(seconds)

        listening = asyncio.create_task(client())
        sent = await transmit(
            short, addresses, clock=jumping.clock, stop=asyncio.Event(), sleep=sleep
        )
        await listening
        return sent, bytes(stream)

    sent, stream = asyncio.run(asyncio.wait_for(scene(), timeout=20))
    for channel, inbox in inboxes.items():
        assert received(inbox) == [e.payload for e in expected if e.channel == channel]
        inbox.close()
    assert stream == b"".join(e.payload for e in expected if e.channel == STREAM)
    assert sent.emissions == len(expected)
    assert sent.clients == 1
    assert sent.dropped == 0


def run(
    exercise: Exercise, addresses: dict[str, str], jumping: JumpingTime, **settings: float
) -> Sent:
    async def scene() -> Sent:
        return await transmit(
            exercise,
            addresses,
            clock=jumping.clock,
            stop=asyncio.Event(),
            sleep=jumping.sleep,
            **settings,  # type: ignore[arg-type]
        )

    return asyncio.run(asyncio.wait_for(scene(), timeout=20))


def free(exercise: Exercise) -> dict[str, str]:
    port, stream = free_port(socket.SOCK_DGRAM), free_port(socket.SOCK_STREAM)
    udp = {s.channel: f"udp://127.0.0.1:{port}" for s in exercise.sensors}
    return {**udp, STREAM: f"tcp://127.0.0.1:{stream}"}


def test_speed_shortens_the_time_it_takes(short: Exercise) -> None:
    for speed in (1.0, 4.0):
        jumping = JumpingTime()
        before = jumping.clock.now_ns()
        run(short, free(short), jumping, speed=speed)
        took_s = (jumping.clock.now_ns() - before) / SECOND_NS
        assert took_s == pytest.approx(SPAN_S / speed, abs=0.25)


def test_nobody_need_listen(short: Exercise) -> None:
    sent = run(short, free(short), JumpingTime())
    assert sent.emissions == len(ExerciseFeed(short).emit(short.end_ns))


def test_a_stop_ends_it(short: Exercise) -> None:
    jumping = JumpingTime()

    async def scene() -> Sent:
        stop = asyncio.Event()

        async def sleep(seconds: float) -> None:
            await jumping.sleep(seconds)
            if jumping.clock.now_ns() > 1_700_000_001 * SECOND_NS:
                stop.set()

        return await transmit(short, free(short), clock=jumping.clock, stop=stop, sleep=sleep)

    sent = asyncio.run(asyncio.wait_for(scene(), timeout=20))
    whole = len(ExerciseFeed(short).emit(short.end_ns))
    assert 0 < sent.emissions < whole / 2


def test_a_client_that_does_not_read_is_dropped_and_the_rest_goes_on() -> None:
    async def scene() -> tuple[Sent, int]:
        sent = Sent()
        address = Address("tcp", "127.0.0.1", free_port(socket.SOCK_STREAM))
        outlet = StreamOutlet(address, sent)
        await outlet.open()
        _, lazy = await asyncio.open_connection(address.host, address.port, limit=1)
        eager, ends = await asyncio.open_connection(address.host, address.port)
        taken = 0
        for _ in range(400):
            outlet.send(bytes(1 << 16))
            taken += len(await eager.readexactly(1 << 16))
        await outlet.close()
        for writer in (lazy, ends):
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()
        return sent, taken

    sent, taken = asyncio.run(asyncio.wait_for(scene(), timeout=20))
    assert sent.clients == 2
    assert sent.dropped == 1
    assert taken == 400 << 16 > SLOW_CLIENT_BYTES


def test_a_process_of_its_own_dates_its_bytes_by_the_wall_clock() -> None:
    inbox = listener()
    began_s = time.time()
    target = f"udp://127.0.0.1:{inbox.getsockname()[1]}"
    stream = f"tcp://127.0.0.1:{free_port(socket.SOCK_STREAM)}"
    addresses = {f"radar/{name}": target for name in ("Kant", "Batken", "Issyk-Kul")}
    addresses |= {"adsb-cat021/Manas ADS-B": target, STREAM: stream}
    sent = run_alone(FILE, addresses=addresses, duration_s=0.5)
    assert 0.5 <= time.time() - began_s < 2.5
    marks = [d for d in received(inbox) if d[0] == 34]
    inbox.close()
    assert marks
    assert sent.emissions >= len(marks)
    for mark in marks:
        # category, length, FSPEC of one or two bytes, I034/010, I034/000, I034/030
        at = 7 + (mark[3] & 1)
        of_day_s = int.from_bytes(mark[at : at + 3], "big") / 128.0
        assert -1.0 < (of_day_s - began_s % 86_400.0 + 43_200.0) % 86_400.0 - 43_200.0 < 2.5


def test_a_port_in_use_and_a_wrong_channel_are_named(short: Exercise) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        taken = f"tcp://127.0.0.1:{holder.getsockname()[1]}"
        with pytest.raises(PortInUse, match="another process"):
            run(short, {**free(short), STREAM: taken}, JumpingTime())
    with pytest.raises(UsageError, match="radar/Nowhere"):
        run(short, {"radar/Nowhere": "udp://127.0.0.1:1"}, JumpingTime())
    with pytest.raises(UsageError):
        run(short, {"radar/Kant": "carrier pigeon"}, JumpingTime())
