"""Damaged ASTERIX: named refusals, neighbours kept, no other exception, no invented records."""

import functools
from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from skypact.feeds.asterix.encode import encode, encode_blocks
from skypact.feeds.asterix.items import decode_items
from skypact.feeds.asterix.plots import AsterixPlots
from skypact.model import errors
from skypact.model.errors import BadInput
from skypact.model.frames import Frames
from skypact.model.sensors import Sensor, SensorTable

NAMED = {
    name
    for name, kind in vars(errors).items()
    if isinstance(kind, type) and issubclass(kind, BadInput)
} | {"TestTarget"}

SENSORS = SensorTable(
    (
        Sensor("Batken", "radar", 0.7, 1.2, 1000.0, sac=25, sic=11),
        Sensor("Osh", "adsb", sac=25, sic=12),
        Sensor("Centre", "tracker", sac=25, sic=13),
    )
)


@functools.cache
def blocks() -> list[bytes]:
    """Thirty data blocks of four categories."""
    rows = 12
    step = np.arange(rows)
    radar = encode(
        48,
        {
            "I048/010/SAC": 25,
            "I048/010/SIC": 11,
            "I048/140": 100.0 + step / 10,
            "I048/040/RHO": 10.0 + step,
            "I048/040/THETA": step * 29.0,
            "I048/070/MODE3A": step,
            "I048/090/FL": step * 10.0,
            "I048/220": step + 0x400000,
            "I048/240": np.array([f"KGA{i}" for i in step]),
            "I048/250/MBDATA": (step + 1, np.arange(rows + 1)),
            "I048/250/BDS1": (np.full(rows, 4), np.arange(rows + 1)),
        },
        max_block_bytes=120,
    )
    service = encode(
        34,
        {"I034/010/SAC": 25, "I034/010/SIC": 11, "I034/000": 2, "I034/030": 100.0 + step},
        max_block_bytes=30,
    )
    adsb = encode(
        21,
        {
            "I021/010/SAC": 25,
            "I021/010/SIC": 12,
            "I021/131/LAT": 42.0 + step / 10,
            "I021/131/LON": 74.0,
            "I021/073": 100.0 + step / 10,
            "I021/080": step + 0x400000,
            "I021/090/NACP": 8,
        },
        max_block_bytes=90,
    )
    tracks = encode(
        62,
        {
            "I062/010/SAC": 25,
            "I062/010/SIC": 13,
            "I062/070": 100.0 + step / 10,
            "I062/105/LAT": 42.0,
            "I062/105/LON": 74.0 + step / 10,
            "I062/040": step,
            "I062/380/ADR": step + 0x400000,
            "I062/500/APC/X": 50.0,
            "I062/500/APC/Y": 50.0,
        },
        max_block_bytes=130,
    )
    return [*radar, *service, *adsb, *tracks]


def frames_of(payloads: list[bytes]) -> Frames:
    received = [1_700_000_000_000_000_000 + 1_000_000 * k for k in range(len(payloads))]
    return Frames.from_payloads("asterix", "udp", payloads, received)


def read(payloads: list[bytes]) -> tuple[dict[int, int], set[str]]:
    """Records per frame and the reasons of refusals, having decoded everything both ways."""
    frames = frames_of(payloads)
    items = decode_items(frames)
    batch = AsterixPlots(SENSORS).read(frames)
    records: dict[int, int] = dict.fromkeys(range(len(payloads)), 0)
    for table in items.categories.values():
        for frame in table.frame.tolist():
            records[frame] += 1
    return records, {r.reason for r in [*items.rejections, *batch.rejections]}


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_flipped_bit_harms_no_other_frame(data: st.DataObject) -> None:
    whole, refused = read(blocks())
    assert not refused
    payloads = list(blocks())
    hit = data.draw(st.integers(0, len(payloads) - 1))
    bit = data.draw(st.integers(0, len(payloads[hit]) * 8 - 1))
    damaged = bytearray(payloads[hit])
    damaged[bit // 8] ^= 0x80 >> (bit % 8)
    payloads[hit] = bytes(damaged)
    records, refused = read(payloads)
    assert refused <= NAMED
    for frame, count in records.items():
        if frame != hit:
            assert count == whole[frame]


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_a_cut_block_gives_a_named_refusal_and_the_rest_stays(data: st.DataObject) -> None:
    whole, _ = read(blocks())
    payloads = list(blocks())
    hit = data.draw(st.integers(0, len(payloads) - 1))
    keep = data.draw(st.integers(1, len(payloads[hit]) - 1))
    payloads[hit] = payloads[hit][:keep]
    records, refused = read(payloads)
    assert "TruncatedBlock" in refused
    assert records == {**whole, hit: 0}


@settings(max_examples=200, deadline=None)
@given(st.binary(min_size=0, max_size=300), st.sampled_from([1, 2, 10, 20, 21, 34, 48, 62, 240]))
def test_noise_behind_a_sound_header_gives_records_or_named_refusals(
    noise: bytes, category: int
) -> None:
    block = bytes([category]) + (len(noise) + 3).to_bytes(2, "big") + noise
    _, refused = read([block, *blocks()[:2]])
    assert refused <= NAMED


@settings(max_examples=100, deadline=None)
@given(st.binary(min_size=0, max_size=400))
def test_pure_noise_never_raises(noise: bytes) -> None:
    records, refused = read([noise, *blocks()[:2]])
    assert refused <= NAMED
    assert records[1] > 0
    assert records[2] > 0


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, len(blocks())), max_size=6).map(sorted), st.booleans())
def test_plots_do_not_depend_on_how_frames_are_cut_into_batches(
    cuts: list[int], timed: bool
) -> None:
    frames = frames_of([*blocks(), *blocks()[:5]])
    if not timed:
        frames.received_ns[:] = -1
    whole = AsterixPlots(SENSORS, date_ns=86_400_000_000_000).read(frames)
    reader = AsterixPlots(SENSORS, date_ns=86_400_000_000_000)
    edges = [0, *cuts, len(frames)]
    parts = [reader.read(frames.part(a, b)) for a, b in pairwise(edges)]
    joined = type(whole.plots).join([part.plots for part in parts])
    for name in whole.plots.__slots__:
        mine, other = getattr(joined, name), getattr(whole.plots, name)
        assert mine.tobytes() == other.tobytes(), name
    assert sum(part.duplicates for part in parts) == whole.duplicates
    assert np.concatenate([part.heard_ns for part in parts]).tolist() == whole.heard_ns.tolist()


values = st.floats(-1e4, 1e4) | st.just(float("nan"))


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(values, values, st.integers(-1, 0xFFFFFF)), min_size=1, max_size=60))
def test_what_is_encoded_is_decoded_to_the_nearest_step_or_refused_by_row(
    rows: list[tuple[float, float, int]],
) -> None:
    x, y, address = (np.array(column) for column in zip(*rows, strict=True))
    columns = {
        "I010/010/SAC": 25,
        "I010/010/SIC": 14,
        "I010/042/X": x,
        "I010/042/Y": np.where(np.isnan(x), np.nan, y),
        "I010/220": address.astype(np.int64),
    }
    encoded = encode_blocks(10, columns, max_block_bytes=200)
    table = decode_items(frames_of(encoded.payloads)).categories[10]
    got = table.columns.get("I010/042/X", np.full(len(rows), np.nan))
    assert np.array_equal(np.isnan(got), np.isnan(x))
    assert np.nanmax(np.abs(got - x), initial=0.0) <= 0.5
    sent = table.columns.get("I010/220", np.full(len(rows), -1))
    assert np.array_equal(sent, address)
    assert encoded.first_row[-1] == len(rows)
    per_block = np.bincount(table.frame, minlength=len(encoded.payloads))
    assert per_block.tolist() == np.diff(encoded.first_row).tolist()
