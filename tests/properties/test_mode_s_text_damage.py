"""Mode S as text, random and damaged: columns or a named refusal, whatever the cuts."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skypact.feeds.mode_s import ModeSPlots
from skypact.feeds.mode_s import encode as enc
from skypact.model.frames import FeedFormat, Frames
from skypact.model.plots import PLOT_COLUMNS, Plots
from skypact.model.sensors import Sensor, SensorTable

SENSORS = SensorTable((Sensor("RX", "adsb"),))
CALM = settings(deadline=None, max_examples=60)
FORMATS: tuple[FeedFormat, ...] = ("avr", "hexcsv", "jet1090")
REASONS = {"FramingError", "MalformedRecord"}
ICAO = 0x600101


def messages() -> list[str]:
    """A minute of one aircraft, in hexadecimal."""
    count = 40
    odd = np.arange(count) % 2 == 0
    north = np.radians(42.8 + np.arange(count) * 1e-3)
    place = enc.encode_airborne_position([ICAO] * count, north, np.radians(74.6), 30_000.0, odd)
    speed = enc.encode_velocity([ICAO] * count, [0.0] * count, [120.0] * count, [0.0] * count)
    return [row.tobytes().hex() for pair in zip(place, speed, strict=True) for row in pair]


def told(format: FeedFormat) -> bytes:
    lines = []
    for i, text in enumerate(messages()):
        if format == "avr":
            lines.append(f"@{12 + i * 6_000_000:012X}{text.upper()};")
        elif format == "hexcsv":
            lines.append(f'{1_700_000_000 + i * 0.5:.3f},"{text}",{ICAO:06x},17')
        else:
            lines.append(f'{{"timestamp": {1_700_000_000 + i * 0.5:.6f}, "frame":"{text}"}}')
    return "\n".join([*lines, ""]).encode()


def frames(format: FeedFormat, *chunks: bytes) -> Frames:
    position = np.cumsum([0, *(len(chunk) for chunk in chunks)])[:-1].tolist()
    return Frames.from_payloads(format, "test", list(chunks), [-1] * len(chunks), position)


def reader() -> ModeSPlots:
    return ModeSPlots(0, SENSORS, start_ns=1_700_000_000 * 10**9)


@pytest.mark.parametrize("format", FORMATS)
def test_the_three_texts_say_the_same(format: FeedFormat) -> None:
    batch = reader().read(frames(format, told(format)))
    assert len(batch.plots) == 39
    assert batch.rejections == ()
    assert set(batch.plots.mode_s.tolist()) == {ICAO}
    assert np.diff(batch.plots.measured_ns).tolist() == [10**9] * 38
    lines = told(format).split(b"\n")
    starts = {len(b"\n".join(lines[:k])) + (k > 0) for k in range(len(lines))}
    assert set(batch.plots.position.tolist()) <= starts


@CALM
@given(st.sampled_from(FORMATS), st.lists(st.integers(0, 9_000), max_size=8), st.booleans())
def test_plots_do_not_depend_on_the_cuts(
    format: FeedFormat, cuts: list[int], in_batches: bool
) -> None:
    whole = told(format)
    edges = [0, *sorted(min(cut, len(whole)) for cut in cuts), len(whole)]
    chunks = [whole[a:b] for a, b in itertools.pairwise(edges)]
    expected = reader().read(frames(format, whole)).plots
    one = reader()
    cut = frames(format, *chunks)
    parts = [cut.part(i, i + 1) for i in range(len(chunks))] if in_batches else [cut]
    plots = Plots.join([one.read(part).plots for part in parts])
    for name in PLOT_COLUMNS:
        assert getattr(plots, name).tobytes() == getattr(expected, name).tobytes(), name


@CALM
@given(st.sampled_from(FORMATS), st.lists(st.binary(max_size=200), max_size=6))
def test_random_bytes_are_refused_by_name(format: FeedFormat, chunks: list[bytes]) -> None:
    one = reader()
    for chunk in chunks:
        batch = one.read(frames(format, chunk))
        assert {r.reason for r in batch.rejections} <= REASONS


@CALM
@given(st.sampled_from(FORMATS), st.data())
def test_damage_to_one_line_loses_no_neighbour(format: FeedFormat, data: Any) -> None:
    lines = told(format).split(b"\n")[:-1]
    hit = data.draw(st.integers(2, len(lines) - 2))
    raw = bytearray(lines[hit])
    at = data.draw(st.integers(0, len(raw) - 1))
    raw[at] = data.draw(st.integers(0, 255).filter(lambda b: b not in (10, 13, 59, raw[at])))
    damaged = [*lines[:hit], bytes(raw), *lines[hit + 1 :], b""]
    batch = reader().read(frames(format, b"\n".join(damaged)))
    assert len(batch.heard) >= len(lines) - 1
    assert {r.reason for r in batch.rejections} <= REASONS


@pytest.mark.parametrize("format", FORMATS)
def test_a_line_without_end_fills_no_memory_and_the_next_line_is_read(format: FeedFormat) -> None:
    one = reader()
    reasons: list[str] = []
    for _ in range(20):
        batch = one.read(frames(format, b"x" * 10_000))
        reasons += [r.reason for r in batch.rejections]
        assert one._decoder.unfinished_bytes <= 1 << 16
    assert reasons.count("FramingError") == 1
    batch = one.read(frames(format, b"\n" + told(format)))
    assert len(batch.plots) == 39
