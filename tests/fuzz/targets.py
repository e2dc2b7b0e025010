"""What is fuzzed: one target per parser, each a function of bytes and a few seeds.

A target raises where the parser broke its promise: any exception but a named refusal, a refusal
of an unknown name, an input that takes too long. A new parser is one line in ``TARGETS``.
"""

from __future__ import annotations

import datetime
import os
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from skypact.agreement.calendar import standing
from skypact.agreement.checking import check
from skypact.agreement.difference import difference
from skypact.agreement.prose import prose
from skypact.agreement.reading import agreement_from
from skypact.feeds.asterix import AsterixPlots, decode_items
from skypact.feeds.asterix.copies import Copies
from skypact.feeds.asterix.definitions import editions
from skypact.feeds.asterix.stream import BlockStream
from skypact.feeds.framing import cut_recording
from skypact.feeds.framing.formats import FORMATS, format_of
from skypact.feeds.readers import open_reader
from skypact.model import errors
from skypact.model.errors import BadInput, Rejection
from skypact.model.frames import FeedFormat, Frames
from skypact.model.sensors import Sensor, SensorTable

from .exchange_targets import SEEDS as EXCHANGE_SEEDS
from .identity_targets import SEEDS as IDENTITY_SEEDS
from .seeds import AGREEMENT_SEEDS, ASTERIX_SEEDS, FRAMING_SEEDS, LINES_SEEDS
from .traffic_targets import SEEDS as TRAFFIC_SEEDS

LIMIT_S = float(os.environ.get("SKYPACT_FUZZ_LIMIT_S", "inf"))
"""CPU time that one datagram may take: `make fuzz` sets it, on a machine that does nothing else.

Without it only a hang counts (libFuzzer's own ten seconds): how fast a shared machine happens to
be must not decide whether the tests pass.
"""

START_NS = 1_700_000_000_000_000_000
SENSORS = SensorTable(
    (
        Sensor("Osh", "adsb", 0.7, 1.27, 1000.0),
        Sensor("Batken", "radar", 0.7, 1.2, 1000.0, sac=25, sic=11),
        Sensor("Centre", "tracker", sac=25, sic=13),
        Sensor("Apron", "mlat", 0.7, 1.2, 1000.0, sac=25, sic=14),
    )
)
NAMED = frozenset(
    name
    for name, kind in vars(errors).items()
    if isinstance(kind, type) and issubclass(kind, errors.SkypactError)
)
CATEGORIES = sorted(editions())


class Broken(AssertionError):
    """A parser did not keep its promise."""


@dataclass(frozen=True)
class Target:
    """One parser: what to do with an input, inputs to begin with, and whether time is limited."""

    read: Callable[[bytes], None]
    seeds: tuple[bytes, ...]
    timed: bool = True

    def __call__(self, data: bytes) -> None:
        """Read the input; one that takes too long is tried again, for the machine is shared."""
        spent = LIMIT_S
        for _ in range(5):
            start = time.process_time()
            self.read(data)
            spent = time.process_time() - start
            if spent <= LIMIT_S or not self.timed:
                return
        raise Broken(f"{spent * 1000:.1f} ms for {len(data)} bytes")


def named(rejections: Iterable[Rejection]) -> None:
    """Every refusal has a known name, a place and words."""
    for rejection in rejections:
        if rejection.reason not in NAMED or not rejection.detail or rejection.count < 1:
            raise Broken(f"refused without a name: {rejection}")


def chunks(format: FeedFormat, source: str, data: bytes) -> Frames:
    """The input as frames, cut at places that it chooses itself."""
    cuts = sorted({len(data) * byte // 256 for byte in data[:3]} - {0, len(data)})
    edges = [0, *cuts, len(data)]
    pieces = [data[a:b] for a, b in pairwise(edges)]
    received = [START_NS + 1_000_000 * k for k in range(len(pieces))]
    return Frames.from_payloads(format, source, pieces, received, edges[:-1])


def read_framing(data: bytes) -> None:
    """A file of any framing: cut, or refused by name; what is cut lies within the file."""
    try:
        recording = cut_recording(np.frombuffer(bytearray(data), np.uint8), "fuzz")
    except BadInput:
        return
    named(recording.rejections)
    frames = recording.frames
    if (frames.offset < 0).any() or (frames.length < 0).any():
        raise Broken("a frame before the file")
    if (frames.offset + frames.length > len(frames.data)).any():
        raise Broken("a frame beyond the file")


def read_datagram(data: bytes) -> None:
    """A datagram of ASTERIX: items and plots; no more records than bytes, none beyond the end."""
    frames = Frames.from_payloads("asterix", "udp://fuzz:1", [data], [START_NS])
    batch = decode_items(frames)
    named(batch.rejections)
    for items in batch.tables:
        if (items.position + items.length > len(data)).any() or items.length.sum() > len(data):
            raise Broken("records beyond their datagram")
    named(AsterixPlots(SENSORS, copies=Copies(256)).read(frames).rejections)


def read_record(data: bytes) -> None:
    """The same behind a sound header: the first byte chooses category and edition."""
    if len(data) < 2:
        return
    category = CATEGORIES[data[0] % len(CATEGORIES)]
    known = editions()[category]
    body = data[1:]
    block = bytes([category]) + (len(body) + 3).to_bytes(2, "big") + body
    frames = Frames.from_payloads("asterix", "udp://fuzz:1", [block], [START_NS])
    edition = {category: known[data[0] // len(CATEGORIES) % len(known)]}
    named(decode_items(frames, edition).rejections)
    named(AsterixPlots(SENSORS, copies=Copies(256), editions=edition).read(frames).rejections)


def read_stream(data: bytes) -> None:
    """A stream of ASTERIX: every byte is a block's, refused, or waits."""
    stream = BlockStream()
    frames = chunks("asterix", "tcp://fuzz:1", data)
    for k in range(len(frames)):
        blocks, rejections = stream.cut(frames.part(k, k + 1))
        named(rejections)
        if (blocks.position + blocks.length > len(data)).any():
            raise Broken("a block beyond the stream")


def reader_of(format: FeedFormat) -> Callable[[bytes], None]:
    """Reads the input as a feed of this format, as it came in and as a recording without times."""

    def read(data: bytes) -> None:
        for timed in (True, False):
            reader = open_reader(format, SENSORS, sensor=0, start_ns=START_NS)
            frames = chunks(format, "fuzz", data)
            if not timed:
                frames.received_ns[:] = -1
            for k in range(len(frames)):
                batch = reader.read(frames.part(k, k + 1))
                named(batch.rejections)
                if len(batch.plots) and (np.diff(batch.plots.received_ns) < 0).any():
                    raise Broken("plots out of the order of reception")

    return read


def recognise(data: bytes) -> None:
    """The head of a file is of one known format or of none."""
    format_of(data)


def read_agreement(data: bytes) -> None:
    """An agreement's text: read or refused with a line; what is read is checked and printed."""
    try:
        document = agreement_from(data).document
    except BadInput as refused:
        if not refused.what or not refused.where:
            raise Broken(f"refused without words: {refused!r}") from None
        return
    check(document)
    standing(document, [], datetime.date(2026, 11, 23))
    prose(document)
    difference(document, document)


def feed(format: FeedFormat, *, timed: bool = True) -> Target:
    """The target of one feed's reader."""
    return Target(reader_of(format), LINES_SEEDS.get(format, ()), timed)


TARGETS: dict[str, Target] = {
    "framing": Target(read_framing, FRAMING_SEEDS, timed=False),
    "formats": Target(recognise, tuple(s for seeds in LINES_SEEDS.values() for s in seeds)),
    "asterix-datagram": Target(read_datagram, ASTERIX_SEEDS),
    "asterix-record": Target(read_record, tuple(seed[2:] for seed in ASTERIX_SEEDS)),
    "asterix-stream": Target(read_stream, ASTERIX_SEEDS),
    "beast": feed("beast"),
    "agreement": Target(read_agreement, AGREEMENT_SEEDS, timed=False),
}
"""By name. Files are not held to a datagram's time."""


def _present(format: FeedFormat) -> bool:
    try:
        open_reader(format, SENSORS, sensor=0, start_ns=START_NS)
    except (ImportError, AttributeError):
        return False
    return True


TARGETS |= {known.format: feed(known.format) for known in FORMATS if _present(known.format)}
TARGETS |= {
    name: Target(read, seeds, timed=False)
    for name, (read, seeds) in (EXCHANGE_SEEDS | TRAFFIC_SEEDS | IDENTITY_SEEDS).items()
}
