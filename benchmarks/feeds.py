"""Decoding: records and messages per CPU second on real recordings, beside peers.

ASTERIX beside asterix-decoder (GPL-3, run in a process of its own from .venv-bench) and beside
libasterix, which only parses records here and reads no values; Mode S beside rs1090. Every item
of every record is decoded to columns; ours is timed in this process with compiled kernels, the
peers with their libraries loaded. Medians.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path

import numpy as np
import rs1090

from benchmarks.figures import Figure
from benchmarks.places import bench_python, recordings
from skypact.feeds.asterix import AsterixPlots, decode_items, sensors_in
from skypact.feeds.asterix.publish import track_messages
from skypact.feeds.framing import read_recording
from skypact.feeds.mode_s import decode_messages, encode
from skypact.model.frames import Frames
from skypact.model.sensors import Sensor, SensorTable
from skypact.model.tracks import TRACK_COLUMNS, Tracks

ASTERIX_BAR, LIBASTERIX_BAR, MODE_S_BAR = 20.0, 200.0, 20.0
"""Times the peer's rate (docs: figures to hold)."""

LIBASTERIX_FRAMES = 1500
"""libasterix is an order slower than the other peer: a part of the recording is enough."""

# label, file, editions of the recording, times repeated so that the clock can tell
ASTERIX = (
    ("CAT010 MLAT", "asterix/lebl_20201002_mlat_cat010_0800_0920.ast.gz", {}, 1),
    ("CAT034+048", "asterix/croatia_7radars_cat_034_048.pcap", {}, 300),
    ("CAT062+063+065", "asterix/rome_cat062_063_065_30min.ff.gz", {62: "1.18"}, 1),
)

# label, file, times repeated
MODE_S = (
    ("mixed Beast", "ulss7_20180403_1min.beast.gz", 20),
    ("jet1090 lines with Comm-B", "toulouse_20240606_17ac.jsonl.gz", 1),
    ("DF20 as hex CSV", "pymodes_commb_df20.csv.gz", 1),
)
SQUITTERS = 400_000

PEER = """
import json, sys, time, asterix
blocks = open(sys.argv[1], "rb").read()
sizes = json.load(open(sys.argv[2]))
best = []
for _ in range(int(sys.argv[3])):
    start, at, records = time.process_time(), 0, 0
    for size in sizes:
        records += len(asterix.parse(blocks[at:at + size], verbose=False))
        at += size
    best.append(records / (time.process_time() - start))
print(sorted(best)[len(best) // 2])
"""


def run(quick: bool) -> Iterator[Figure]:
    """``--quick`` repeats less."""
    place = recordings()
    if not place.is_dir():
        print(f"  no recordings at {place}: set SKYPACT_RECORDINGS", file=sys.stderr)
        return
    repeats = 3 if quick else 7
    for label, name, editions, times in ASTERIX:
        frames = repeated(read_recording(place / name).frames, times)
        records = len(decode_items(frames, editions))
        ours = records / median_s(lambda f=frames, e=editions: decode_items(f, e), repeats)
        theirs = asterix_peer(frames, 1 if quick else 3)
        yield beside(
            f"feeds: {label}, all items to columns", ours, "records/s", theirs, ASTERIX_BAR
        )
        parsed = libasterix_peer(frames.part(0, LIBASTERIX_FRAMES), editions)
        yield beside(
            f"feeds: {label}, beside libasterix", ours, "records/s", parsed, LIBASTERIX_BAR
        )
        sensors = SensorTable(sensors_in(frames))
        plots = records / median_s(lambda f=frames, s=sensors: AsterixPlots(s).read(f), repeats)
        yield Figure(f"feeds: {label}, to plots", plots, "records/s", None, None, None)
    yield publishing(repeats)
    yield from mode_s(place / "modes", repeats)


def libasterix_peer(frames: Frames, editions: dict[int, str]) -> float:
    """Records per CPU second that libasterix parses."""
    base, generated = import_module("asterix.base"), import_module("asterix.generated")
    uaps = {}
    for category, versions in generated.manifest["CATS"].items():
        wanted = editions.get(category)
        named = {".".join(map(str, spec.cv_edition)): spec for spec in versions}
        uaps[category] = (named[wanted] if wanted else versions[-1]).cv_uap
    bounds = zip(frames.offset.tolist(), frames.length.tolist(), strict=True)
    payloads = [frames.data[o : o + n].tobytes() for o, n in bounds]
    start, records = time.process_time(), 0
    for payload in payloads:
        for block in base.RawDatablock.parse(base.Bits.from_bytes(payload)):
            records += len(uaps[block.get_category()].parse(block.get_raw_records()))
    return records / (time.process_time() - start)


def publishing(repeats: int) -> Figure:
    """Tracks per CPU second told as CAT062."""
    count = 4000
    columns: dict[str, object] = {
        name: np.zeros(count, dtype)
        for name, dtype in TRACK_COLUMNS.items()
        if name not in ("sensors", "track", "covariance")
    }
    columns["sensors"] = np.ones((count, 1), np.uint64)
    columns["covariance"] = np.full((count, 10), np.nan)
    tracks = Tracks(track=np.arange(count), **columns)
    sensors = SensorTable((Sensor("radar", "radar"),))
    spent = median_s(lambda: track_messages(tracks, sensors, sac=1, sic=2, now_ns=0), repeats)
    return Figure("feeds: tracks told as CAT062", count / spent, "tracks/s", None, None, None)


def mode_s(place: Path, repeats: int) -> Iterator[Figure]:
    """Bytes to message columns with CPR pairing and Comm-B, beside rs1090's list call."""
    for label, name, times in MODE_S:
        frames = repeated(read_recording(place / name).frames, times)
        columns = decode_messages(frames)
        ours = len(columns) / median_s(lambda f=frames: decode_messages(f), repeats)
        texts = [raw.decode() for raw in columns.as_table()["raw"].tolist()]
        stamps = (columns.measured_ns / 1e9).tolist()
        spent = median_s(lambda t=texts, at=stamps: rs1090.decode(t, at), 1 if repeats < 5 else 3)
        yield beside(
            f"feeds: Mode S, {label}, to columns",
            ours,
            "messages/s",
            len(texts) / spent,
            MODE_S_BAR,
        )
    for aircraft in (50, 2_000, 50_000):
        frames = squitters(aircraft)
        spent = median_s(lambda f=frames: decode_messages(f), repeats)
        yield Figure(
            f"feeds: Mode S, {aircraft} aircraft", spent / SQUITTERS * 1e9, "ns/message",
            None, None, None,
        )  # fmt: skip


def squitters(aircraft: int) -> Frames:
    """Positions and velocities of so many aircraft, mixed, as Beast bytes."""
    of = np.random.default_rng(1).integers(0, aircraft, SQUITTERS)
    icao = of * 37 + 1000
    odd = np.arange(SQUITTERS) % 2 == 1
    latitude, longitude = np.radians(40 + of % 1000 * 0.01), np.radians(70 + of // 1000 * 0.1)
    messages = encode.encode_airborne_position(icao, latitude, longitude, 30_000.0, odd)
    speed = np.full(SQUITTERS, 100.0)
    messages[::3] = encode.encode_velocity(icao, speed, speed, np.zeros(SQUITTERS))[::3]
    content = encode.beast_bytes(messages, 12 + np.arange(SQUITTERS) * 300)
    return Frames.from_payloads("beast", "made up", [content], [-1])


def beside(name: str, ours: float, unit: str, theirs: float | None, bar: float) -> Figure:
    """A rate whose bar is a multiple of the peer's in the same run."""
    if theirs is None:
        return Figure(name, ours, unit, None, None, None)
    return Figure(name, ours, unit, bar * theirs, theirs, ours >= bar * theirs)


def median_s(work: Callable[[], object], repeats: int) -> float:
    """Median CPU seconds of a call, after one to warm up."""
    work()
    spent = []
    for _ in range(repeats):
        start = time.process_time()
        work()
        spent.append(time.process_time() - start)
    return statistics.median(spent)


def repeated(frames: Frames, times: int) -> Frames:
    """The same frames several times over, for recordings too short to time."""
    size = len(frames.data)
    shift = np.repeat(np.arange(times) * size, len(frames))
    return Frames(
        frames.format,
        frames.source,
        np.tile(frames.data, times),
        np.tile(frames.offset, times) + shift,
        np.tile(frames.length, times),
        np.tile(frames.position, times) + shift,
        np.tile(frames.received_ns, times),
    )


def asterix_peer(frames: Frames, repeats: int) -> float | None:
    """Records per CPU second of asterix-decoder on the same blocks, None where it is not."""
    python = bench_python()
    probe = [str(python), "-c", "import asterix; asterix.parse"]
    if not python.exists() or subprocess.run(probe, capture_output=True, check=False).returncode:
        print("  asterix-decoder is not installed (make peers): no peer", file=sys.stderr)
        return None
    with tempfile.TemporaryDirectory() as place:
        raw, sizes = Path(place) / "blocks", Path(place) / "sizes"
        bounds = zip(frames.offset.tolist(), frames.length.tolist(), strict=True)
        raw.write_bytes(b"".join(frames.data[o : o + n].tobytes() for o, n in bounds))
        sizes.write_text(json.dumps(frames.length.tolist()))
        command = [str(python), "-c", PEER, str(raw), str(sizes), str(repeats)]
        said = subprocess.run(command, capture_output=True, text=True, check=True)
    return float(said.stdout.split()[-1])
