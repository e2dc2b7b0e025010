"""Receivers over real sockets on loopback: nothing lost, order kept, what is dropped is said."""

import asyncio
import socket
from collections.abc import Awaitable, Callable

import pytest

from skypact.feeds.receive import Address, TcpReceiver, UdpReceiver, open_receiver
from skypact.feeds.receive.inbox import Inbox
from skypact.model.errors import PortInUse, Unavailable
from skypact.model.frames import Frames
from skypact.model.time import ManualClock

LOOPBACK = "127.0.0.1"
PATIENCE_S = 10.0


def free_port(kind: int) -> int:
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def udp(clock: ManualClock | None = None, **settings: int) -> UdpReceiver:
    address = Address("udp", LOOPBACK, free_port(socket.SOCK_DGRAM))
    return UdpReceiver(address, "asterix", clock=clock or ManualClock(), **settings)


def send(payloads: list[bytes], port: int, host: str = LOOPBACK) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(LOOPBACK))
        for payload in payloads:
            sender.sendto(payload, (host, port))


def payloads_of(frames: Frames) -> list[bytes]:
    ends = frames.offset + frames.length
    return [
        frames.data[first:last].tobytes() for first, last in zip(frames.offset, ends, strict=True)
    ]


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not condition():
            await asyncio.sleep(0.001)


def run(story: Callable[[], Awaitable[None]]) -> None:
    async def told() -> None:
        await story()

    asyncio.run(told())


def test_datagrams_become_frames_in_order_with_their_times_and_sender() -> None:
    async def story() -> None:
        clock = ManualClock(1_000)
        receiver = udp(clock)
        await receiver.start()
        assert receiver.state == "listening"
        assert receiver.drain() is None
        send([b"one", b""], receiver.address.port)
        first = receiver.drain()
        clock.set_ns(500)  # a clock set back does not make reception go back
        send([b"three"], receiver.address.port)
        second = receiver.drain()
        await receiver.stop()
        assert first is not None
        assert second is not None
        assert payloads_of(first) + payloads_of(second) == [b"one", b"", b"three"]
        assert first.received_ns.tolist() + second.received_ns.tolist() == [1_000] * 3
        assert first.source == str(receiver.address)
        assert first.format == "asterix"
        assert first.data.flags.writeable
        assert sum(receiver.inbox.senders.values()) == 3
        assert all(name.startswith("udp://127.0.0.1:") for name in receiver.inbox.senders)

    run(story)


def test_the_loop_reads_without_being_drained() -> None:
    async def story() -> None:
        receiver = udp()
        await receiver.start()
        send([b"x"], receiver.address.port)
        await until(lambda: bool(receiver.inbox.senders))
        await receiver.stop()
        assert receiver.state == "closed"
        frames = receiver.drain()  # what came before the stop is not lost
        assert frames is not None
        assert payloads_of(frames) == [b"x"]

    run(story)


def test_a_burst_of_two_thousand_datagrams_is_not_lost() -> None:
    async def story() -> None:
        receiver = udp()
        await receiver.start()
        sent = [number.to_bytes(4, "big") + bytes(1_000) for number in range(2_000)]
        sending = asyncio.to_thread(send, sent, receiver.address.port)
        await sending
        await until(lambda: sum(receiver.inbox.senders.values()) == len(sent))
        frames = receiver.drain()
        await receiver.stop()
        assert frames is not None
        assert payloads_of(frames) == sent

    run(story)


def test_a_multicast_group_is_joined_and_shared_by_two_receivers() -> None:
    async def story() -> None:
        address = Address("udp", "239.255.77.77", free_port(socket.SOCK_DGRAM), LOOPBACK)
        receivers = [open_receiver(address, "asterix", clock=ManualClock()) for _ in range(2)]
        for receiver in receivers:
            await receiver.start()
        send([b"all"], address.port, address.host)
        for receiver in receivers:
            frames = receiver.drain()
            assert frames is not None
            assert payloads_of(frames) == [b"all"]
            await receiver.stop()

    run(story)


def test_a_port_in_use_is_named_with_what_to_do() -> None:
    async def story() -> None:
        first = udp()
        await first.start()
        second = UdpReceiver(first.address, "beast", clock=ManualClock())
        with pytest.raises(PortInUse, match=rf"{first.address}.*another process.*ss -ulnp"):
            await second.start()
        await second.stop()
        await first.stop()
        await second.start()  # free again
        await second.stop()

    run(story)


def test_an_address_of_another_machine_is_named() -> None:
    async def story() -> None:
        receiver = UdpReceiver(Address("udp", "192.0.2.1", 8600), "asterix", clock=ManualClock())
        with pytest.raises(Unavailable, match=r"udp://192\.0\.2\.1:8600.*this machine's"):
            await receiver.start()

    run(story)


def test_oversize_datagrams_are_counted_and_their_neighbours_kept() -> None:
    async def story() -> None:
        receiver = udp(largest_datagram_bytes=10)
        await receiver.start()
        send([b"a" * 10, b"b" * 11, b"c" * 11, b"d"], receiver.address.port)
        frames = receiver.drain()
        await receiver.stop()
        assert frames is not None
        assert payloads_of(frames) == [b"a" * 10, b"d"]
        (row,) = receiver.rejections()
        assert (row.reason, row.count) == ("FramingError", 2)
        assert row.source == str(receiver.address)
        assert receiver.rejections() == ()

    run(story)


@pytest.mark.parametrize(("pieces", "most_bytes"), [(3, 1_000), (1_000, 3)])
def test_a_full_queue_drops_the_newest_and_counts(pieces: int, most_bytes: int) -> None:
    inbox = Inbox("beast", "tcp://x:1", ManualClock(7), most_pieces=pieces, most_bytes=most_bytes)
    for letter in (b"a", b"b", b"c", b"d", b"e"):
        inbox.put(letter, "x")
    frames = inbox.drain()
    assert frames is not None
    assert payloads_of(frames) == [b"a", b"b", b"c"]
    (row,) = inbox.rejections()
    assert (row.reason, row.count, row.received_ns) == ("QueueFull", 2, 7)
    inbox.put(b"f", "x")
    frames = inbox.drain()
    assert frames is not None
    assert payloads_of(frames) == [b"f"]


def test_the_same_pieces_at_the_same_times_give_the_same_frames() -> None:
    def told() -> Frames | None:
        clock = ManualClock()
        inbox = Inbox("beast", "tcp://x:1", clock)
        for now_ns, piece in ((5, b"abc"), (9, b""), (11, b"d")):
            clock.set_ns(now_ns)
            inbox.put(piece, "tcp://x:1")
        return inbox.drain()

    first, second = told(), told()
    assert first is not None
    assert second is not None
    for name in Frames.__slots__:
        assert str(getattr(first, name)) == str(getattr(second, name))


def test_memory_of_senders_and_of_refusals_is_bounded() -> None:
    inbox = Inbox("beast", "udp://x:1", ManualClock())
    for number in range(1_000):
        inbox.put(b"", f"udp://s:{number}")
        inbox.refuse("FramingError", f"kind {number}")
    assert len(inbox.senders) == 257
    assert sum(inbox.senders.values()) == 1_000
    rows = inbox.rejections()
    assert len(rows) == 65
    assert sum(row.count for row in rows) == 1_000


def test_a_stream_is_read_in_chunks_with_their_place_and_connected_again_after_a_loss() -> None:
    async def story() -> None:
        port = free_port(socket.SOCK_STREAM)
        receiver = TcpReceiver(
            Address("tcp", LOOPBACK, port), "beast", clock=ManualClock(5), first_wait_s=0.01
        )
        await receiver.start()  # no sender yet: tried again, no error
        await until(lambda: receiver.state.startswith("no connection"))
        served: list[bytes] = [b"second", b"first"]

        async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(served.pop() if served else b"")
            await writer.drain()
            writer.close()
            await writer.wait_closed()

        server = await asyncio.start_server(serve, LOOPBACK, port)
        await until(lambda: sum(receiver.inbox.senders.values()) == 2)
        frames = receiver.drain()
        await receiver.stop()
        server.close()
        await server.wait_closed()
        assert frames is not None
        assert payloads_of(frames) == [b"first", b"second"]
        assert frames.position.tolist() == [0, 5]
        assert frames.received_ns.tolist() == [5, 5]
        assert receiver.state == "closed"
        reasons = {row.reason for row in receiver.rejections()}
        assert reasons == {"NotConnected"}

    run(story)


def test_a_connected_receiver_says_so_and_stops_while_waiting_for_bytes() -> None:
    async def story() -> None:
        done = asyncio.Event()

        async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await done.wait()
            writer.close()
            await writer.wait_closed()

        server = await asyncio.start_server(serve, LOOPBACK, 0)
        port = server.sockets[0].getsockname()[1]
        receiver = open_receiver(f"tcp://{LOOPBACK}:{port}", "beast", clock=ManualClock())
        await receiver.start()
        await until(lambda: receiver.state == "connected")
        await receiver.stop()
        await receiver.stop()  # twice is no error
        assert receiver.drain() is None
        done.set()
        server.close()
        await server.wait_closed()

    run(story)
