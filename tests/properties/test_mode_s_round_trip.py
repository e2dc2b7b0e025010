"""Mode S there and back: what is encoded is decoded, whatever the place, cut or noise."""

import itertools
import math

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from skypact.feeds.mode_s import ModeSDecoder, ModeSPlots, decode_messages
from skypact.feeds.mode_s import encode as enc
from skypact.kernels.mode_s_bits import seal
from skypact.kernels.mode_s_cpr import TRANSITIONS
from skypact.model.frames import Frames
from skypact.model.plots import PLOT_COLUMNS, Plots
from skypact.model.sensors import Sensor, SensorTable

ADDRESSES = st.integers(1, 0xFFFFFE)
SENSORS = SensorTable((Sensor("RX", "adsb"),))
CALM = settings(deadline=None, max_examples=60)


def frames(*chunks: bytes, received_ns: list[int] | None = None) -> Frames:
    position = np.cumsum([0, *(len(chunk) for chunk in chunks)])[:-1].tolist()
    times = received_ns or [-1] * len(chunks)
    return Frames.from_payloads("beast", "test", list(chunks), times, position)


def stream(*rows: NDArray[np.uint8], step: int = 1_200_000) -> bytes:
    messages = np.concatenate(rows)
    return enc.beast_bytes(messages, 1 + step * np.arange(len(messages)))


def away_m(latitude: float, longitude: float, row: dict[str, float]) -> float:
    north = math.radians(row["latitude_deg"] - latitude)
    east = math.radians((row["longitude_deg"] - longitude + 180.0) % 360.0 - 180.0)
    return 6_371_000.0 * math.hypot(north, east * math.cos(math.radians(latitude)))


@CALM
@given(
    ADDRESSES,
    st.floats(-90, 90) | st.floats(86, 90),
    st.floats(-180, 180) | st.sampled_from([-180.0, 180.0, 179.99999, -179.99999]),
    st.floats(-1_000, 50_000),
    st.booleans(),
)
def test_a_position_comes_back_to_the_resolution_of_cpr(
    icao: int, latitude: float, longitude: float, altitude_ft: float, first_odd: bool
) -> None:
    assume(min(abs(abs(latitude) - limit) for limit in TRANSITIONS) > 1e-4)
    place = ([icao] * 2, [math.radians(latitude)] * 2, [math.radians(longitude)] * 2)
    sent = enc.encode_airborne_position(*place, altitude_ft, [first_odd, not first_odd])
    table = decode_messages(frames(stream(sent))).as_table()
    row = {name: values[1] for name, values in table.items()}
    assert table["crc_ok"].all()
    assert row["mode_s"] == icao
    assert math.isnan(table["latitude_deg"][0])
    # Half a step is 2^-18 of a zone: 2.6 m of latitude; of longitude most where few zones are
    # left: over 4 m from 82 degrees on, 9.3 m where 360 degrees are one zone, beyond 86.5
    assert away_m(latitude, longitude, row) < (10.0 if abs(latitude) > 80.0 else 5.0)
    assert -180.0 <= row["longitude_deg"] < 180.0
    assert abs(row["pressure_altitude_ft"] - altitude_ft) <= 12.5


@CALM
@given(
    ADDRESSES,
    st.floats(-2_000, 2_000),
    st.floats(-2_000, 2_000),
    st.floats(-160, 160),
)
def test_a_velocity_comes_back_to_its_step(icao: int, east: float, north: float, up: float) -> None:
    sent = enc.encode_velocity([icao], [east], [north], [up])
    fields = decode_messages(frames(stream(sent))).fields
    knot = 1852 / 3600
    step = 4 * knot if max(abs(east), abs(north)) > 1021 * knot else knot
    assert abs(fields.velocity[0, 0] - east) <= step / 2 + 1e-9
    assert abs(fields.velocity[0, 1] - north) <= step / 2 + 1e-9
    assert abs(fields.velocity[0, 2] - up) <= 32.01 * 0.3048 / 60


@CALM
@given(
    ADDRESSES,
    st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=1, max_size=8),
    st.integers(0, 0o7777),
    st.integers(1, 11),
    st.sampled_from([-1000, 0, 7_525, 35_000, 50_175, 50_200, 64_300]),
)
def test_names_codes_and_ratings_come_back(
    icao: int, callsign: str, mode_3a: int, nac_p: int, altitude_ft: int
) -> None:
    sent = stream(
        enc.encode_all_call([icao]),
        enc.encode_identification([icao], [callsign]),
        enc.encode_identity_reply([icao], [mode_3a]),
        enc.encode_altitude_reply([icao], [altitude_ft]),
        enc.encode_operational_status([icao], [nac_p]),
    )
    table = decode_messages(frames(sent)).as_table()
    assert table["crc_ok"].all()
    assert (table["mode_s"] == icao).all()
    assert table["df"].tolist() == [11, 17, 5, 4, 17]
    assert table["callsign"][1] == callsign.encode()
    assert table["mode_3a"][2] == mode_3a
    assert table["pressure_altitude_ft"][3] == altitude_ft
    assert table["nac_p"][4] == nac_p


def traffic(seed: int, count: int) -> bytes:
    """Messages of some aircraft near one another, with garbage and broken ones among them."""
    rng = np.random.default_rng(seed)
    icao = rng.integers(1, 30, count) * 70_001
    odd = np.arange(count) % 2 == 0
    latitude = np.radians(43.0 + (icao % 7) / 3 + rng.normal(0, 1e-3, count))
    kinds = [
        enc.encode_airborne_position(icao, latitude, np.radians(74.0), 30_000.0, odd),
        enc.encode_velocity(icao, rng.normal(0, 200, count), rng.normal(0, 200, count), 3.0),
        enc.encode_identification(icao, "KZR1"),
        enc.encode_identity_reply(icao, icao & 0o7777),
        enc.encode_all_call(icao),
    ]
    which = rng.choice([0, 0, 0, 1, 2, 3, 4], count)
    messages = np.stack(kinds)[which, np.arange(count)]
    broken = rng.random(count) < 0.03
    messages[broken, 5] ^= 0x10
    counter = np.cumsum(rng.integers(1_000, 300_000, count))
    whole = enc.beast_bytes(messages, counter)
    half = len(whole) // 2
    return whole[:half] + rng.bytes(40) + whole[half:]


@CALM
@given(st.integers(0, 1_000), st.lists(st.integers(0, 12_000), max_size=8), st.booleans())
def test_plots_do_not_depend_on_how_a_stream_is_cut(
    seed: int, cuts: list[int], in_batches: bool
) -> None:
    whole = traffic(seed, 400)
    edges = [0, *sorted(min(cut, len(whole)) for cut in cuts), len(whole)]
    chunks = [whole[a:b] for a, b in itertools.pairwise(edges)]
    expected = ModeSPlots(0, SENSORS).read(frames(whole))
    assert len(expected.plots) > 10
    reader = ModeSPlots(0, SENSORS)
    if in_batches:
        cut = frames(*chunks)
        batches = [reader.read(cut.part(i, i + 1)) for i in range(len(chunks))]
    else:
        batches = [reader.read(frames(*chunks))]
    plots = Plots.join([batch.plots for batch in batches])
    for name in PLOT_COLUMNS:
        got, want = getattr(plots, name), getattr(expected.plots, name)
        assert got.tobytes() == want.tobytes(), name
    assert sum(len(batch.heard) for batch in batches) == len(expected.heard)
    assert (np.diff(plots.received_ns) >= 0).all()


@CALM
@given(
    st.lists(st.binary(max_size=80) | st.sampled_from([b"\x1a3", b"\x1a2", b"\x1a1"])),
    st.integers(-1, 2**62),
)
def test_random_bytes_never_raise(chunks: list[bytes], received_ns: int) -> None:
    reader = ModeSPlots(0, SENSORS)
    for chunk in chunks:
        batch = reader.read(frames(chunk, received_ns=[received_ns]))
        assert all(r.reason in {"FramingError", "MalformedRecord"} for r in batch.rejections)


@CALM
@given(st.lists(st.binary(min_size=14, max_size=14), min_size=1, max_size=30), st.booleans())
def test_random_messages_with_good_parity_never_raise(rows: list[bytes], short: bool) -> None:
    messages = np.frombuffer(bytearray(b"".join(rows)), np.uint8).reshape(-1, 14)
    messages[:, 0] = messages[:, 0] & 7 | ((11 if short else 17) << 3)
    for row in messages:
        seal(row, 7 if short else 14, 0)
    decoder = ModeSDecoder(site=(43.0, 74.0, 450e3))
    columns = decoder.decode(frames(stream(messages)))
    assert len(columns) == len(rows)
    table = columns.as_table()
    placed = np.isfinite(table["latitude_deg"])
    assert (np.abs(table["latitude_deg"][placed]) <= 90.0).all()
