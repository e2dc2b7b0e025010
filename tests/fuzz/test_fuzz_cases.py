"""What fuzzing found stays found: cases are replayed, and a little noise is added each run."""

import random
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from fuzz.targets import TARGETS
from skypact.feeds.asterix import AsterixPlots, decode_items
from skypact.feeds.asterix.definitions import editions
from skypact.model.frames import Frames
from skypact.model.sensors import SensorTable

CASES = sorted(path for path in (Path(__file__).parent / "cases").glob("*/*") if path.is_file())
DATAGRAM_BYTES = 1472
MEMORY_BYTES = 1 << 20
DAMAGED_INPUTS = 60


def test_cases_that_once_broke_a_parser_do_so_no_more() -> None:
    for case in CASES:
        TARGETS[case.parent.name](case.read_bytes())


@pytest.mark.parametrize("name", TARGETS)
def test_seeds_and_their_damaged_copies_are_read_or_refused_by_name(name: str) -> None:
    target = TARGETS[name]
    dice = random.Random(name)
    for seed in (b"", *target.seeds):
        target.read(seed)
        for _ in range(DAMAGED_INPUTS // max(1, len(target.seeds)) + 1):
            target.read(damaged(seed, dice))


def damaged(seed: bytes, dice: random.Random) -> bytes:
    """A copy with bits flipped, a stretch cut out, doubled or made noise."""
    content = bytearray(seed * dice.choice([1, 1, 2]) or dice.randbytes(40))
    for _ in range(dice.randint(1, 6)):
        at = dice.randrange(len(content))
        stretch = slice(at, at + dice.randint(0, 12))
        match dice.randrange(4):
            case 0:
                content[at] ^= 1 << dice.randrange(8)
            case 1:
                content[stretch] = dice.randbytes(dice.randint(0, 12))
            case 2:
                content[stretch] = b""
            case _:
                content[at:at] = content[stretch]
        content = content or bytearray(b"\0")
    return bytes(content)


def worst_datagrams() -> list[bytes]:
    """Full datagrams of the smallest records there are, for every category."""
    dice = np.random.default_rng(5)
    bodies = [b"\x10\x00" * 734, b"\x40\x01" * 734, b"\xff\xff\xff\xfe" + b"\x01" * 1465]
    bodies += [dice.integers(0, 256, 1469, np.uint8).tobytes() for _ in range(3)]
    return [
        bytes([category]) + DATAGRAM_BYTES.to_bytes(2, "big") + body[:1469]
        for category in editions()
        for body in bodies
    ]


def test_no_datagram_takes_more_than_a_mebibyte_or_its_time() -> None:
    reader = AsterixPlots(SensorTable(()))
    target = TARGETS["asterix-datagram"]
    for datagram in worst_datagrams():
        target(datagram)
        frames = Frames.from_payloads("asterix", "udp://x:1", [datagram], [10**18])
        for read in (decode_items, reader.read):
            tracemalloc.start()
            read(frames)
            _, peak = tracemalloc.get_traced_memory()
            tracemalloc.stop()
            assert peak <= MEMORY_BYTES, (datagram[0], read, peak)
