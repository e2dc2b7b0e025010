"""Plots of Beast bytes: what they carry, what is believed, what is refused and counted."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from skypact.feeds.batch import FeedBatch
from skypact.feeds.mode_s import ModeSDecoder, ModeSPlots, decode_messages
from skypact.feeds.mode_s import encode as enc
from skypact.feeds.mode_s.aircraft import AircraftMemory
from skypact.feeds.mode_s.columns import Fields
from skypact.feeds.mode_s.stream import BeastStream
from skypact.kernels.mode_s_bits import seal
from skypact.model.frames import Frames
from skypact.model.sensors import Sensor, SensorTable

SECOND_NS = 1_000_000_000
ICAO = 0x600101
LATITUDE, LONGITUDE = math.radians(42.88), math.radians(74.6)
RECEIVER = Sensor(
    "ADSB Bishkek", "adsb", math.radians(42.85), math.radians(74.5), 800.0, max_range_m=450e3
)
SENSORS = SensorTable((Sensor("radar", "radar"), RECEIVER))
Story = list[tuple[float, NDArray[np.uint8]]]


def frames(payload: bytes, received_ns: int = -1, source: str = "udp://127.0.0.1:8600") -> Frames:
    return Frames.from_payloads("beast", source, [payload], [received_ns])


def told(story: Story) -> bytes:
    """Beast bytes of messages sent at seconds after the counter's start."""
    messages = np.concatenate([rows for _, rows in story])
    seconds = np.concatenate([np.full(len(rows), second) for second, rows in story])
    return enc.beast_bytes(messages, 12 + (seconds * 12e6).astype(np.int64))


def position(odd: bool, east_m: float = 0.0, **more: object) -> NDArray[np.uint8]:
    longitude = LONGITUDE + east_m / (6.37e6 * math.cos(LATITUDE))
    return enc.encode_airborne_position(
        [more.pop("icao", ICAO)], [LATITUDE], [longitude], [35_000.0], odd, **more
    )


def read(story: Story, **more: int) -> FeedBatch:
    return ModeSPlots(1, SENSORS, **more).read(frames(told(story)))


def test_a_plot_carries_what_is_known_of_its_address() -> None:
    batch = read(
        [
            (0.0, enc.encode_all_call([ICAO])),
            (0.1, enc.encode_identification([ICAO], ["KZR123"])),
            (0.2, enc.encode_identity_reply([ICAO], [0o4521])),
            (0.3, enc.encode_velocity([ICAO], [200.0], [-100.0], [5.0])),
            (0.4, enc.encode_operational_status([ICAO], [9])),
            (0.5, position(False)),
            (1.0, position(True)),
        ],
        start_ns=5 * SECOND_NS,
    )
    plots = batch.plots
    assert len(plots) == 1
    assert plots.sensor.tolist() == [1]
    assert plots.measured_ns.tolist() == [6 * SECOND_NS]
    assert plots.received_ns.tolist() == [6 * SECOND_NS]
    assert plots.mode_s.tolist() == [ICAO]
    assert plots.mode_3a.tolist() == [0o4521]
    assert plots.callsign.tolist() == [b"KZR123"]
    assert plots.latitude_rad[0] == pytest.approx(LATITUDE, abs=1e-6)
    assert plots.longitude_rad[0] == pytest.approx(LONGITUDE, abs=1e-6)
    assert plots.pressure_altitude_m[0] == pytest.approx(35_000 * 0.3048)
    assert math.isnan(plots.altitude_m[0])
    assert plots.velocity_east_mps[0] == pytest.approx(200.0, abs=0.3)
    assert plots.velocity_north_mps[0] == pytest.approx(-100.0, abs=0.3)
    assert plots.velocity_up_mps[0] == pytest.approx(5.0, abs=0.2)
    # NACp 9 holds 95 % within 30 m: 12.3 m per axis, and 1.5 m of CPR
    assert plots.horizontal_sigma_m[0] == pytest.approx(math.hypot(30 / 2.448, 1.5))
    assert math.isnan(plots.range_m[0])
    assert batch.heard.tolist() == [1] * 7
    assert batch.heard_ns[0] == 5 * SECOND_NS
    assert batch.rejections == ()


def test_satellite_height_is_kept_apart_from_pressure_altitude() -> None:
    story = [(0.0, position(False, type_code=20)), (0.5, position(True, type_code=20))]
    plots = read(story).plots
    assert plots.altitude_m[0] == pytest.approx(35_000 * 0.3048)
    assert math.isnan(plots.pressure_altitude_m[0])


@pytest.mark.parametrize(("age_s", "kept"), [(4.9, True), (5.1, False)])
def test_a_velocity_is_used_for_five_seconds(age_s: float, kept: bool) -> None:
    story = [
        (0.0, enc.encode_velocity([ICAO], [100.0], [0.0])),
        (age_s - 0.4, position(False)),
        (age_s, position(True)),
    ]
    assert math.isfinite(read(story).plots.velocity_east_mps[0]) == kept


@pytest.mark.parametrize(("gap_s", "plots"), [(9.9, 1), (10.1, 0)])
def test_a_pair_of_formats_is_used_within_ten_seconds(gap_s: float, plots: int) -> None:
    assert len(read([(0.0, position(False)), (gap_s, position(True))]).plots) == plots


@pytest.mark.parametrize(("gap_s", "plots"), [(599.0, 2), (601.0, 1)])
def test_one_format_is_enough_within_ten_minutes_of_a_position(gap_s: float, plots: int) -> None:
    story = [(0.0, position(False)), (0.5, position(True)), (0.5 + gap_s, position(True))]
    assert len(read(story).plots) == plots


@pytest.mark.parametrize("reply", ["identity", "altitude"])
def test_an_address_under_parity_is_believed_for_a_minute_after_it_was_heard(reply: str) -> None:
    sent = (
        enc.encode_identity_reply([ICAO], [0o1234])
        if reply == "identity"
        else enc.encode_altitude_reply([ICAO], [10_000.0])
    )
    story = [(0.0, sent), (1.0, enc.encode_all_call([ICAO])), (60.9, sent), (61.1, sent)]
    columns = decode_messages(frames(told(story)))
    assert columns.followed.crc_ok.tolist() == [False, True, True, False]
    table = columns.as_table()
    assert table["mode_s"].tolist() == [-1, ICAO, ICAO, -1]
    assert table["mode_3a"][0] == -1


def test_a_reply_to_an_interrogator_counts_only_from_a_known_aircraft() -> None:
    reply = enc.encode_all_call([ICAO], interrogator=17)
    story = [(0.0, reply), (1.0, enc.encode_all_call([ICAO])), (2.0, reply)]
    assert decode_messages(frames(told(story))).followed.crc_ok.tolist() == [False, True, True]


def test_a_message_with_a_wrong_bit_is_counted_and_nothing_is_corrected() -> None:
    broken = position(True)
    broken[0, 9] ^= 1
    batch = read([(0.0, position(False)), (0.5, broken), (1.0, position(True))])
    assert len(batch.plots) == 1
    (row,) = batch.rejections
    assert (row.reason, row.count, row.sensor) == ("MalformedRecord", 1, "ADSB Bishkek")
    assert row.source == "udp://127.0.0.1:8600"


def test_garbage_between_messages_is_counted_with_its_offset() -> None:
    start = told([(0.0, position(False))])
    rest = told([(0.5, position(True))])
    batch = ModeSPlots(1, SENSORS).read(frames(start + b"junk" + rest))
    (row,) = batch.rejections
    assert (row.reason, row.offset, row.count) == ("FramingError", len(start), 1)
    assert "4 bytes" in row.detail
    assert len(batch.plots) == 1


def test_garbage_across_reads_keeps_its_offset_in_the_stream() -> None:
    reader = ModeSPlots(1, SENSORS)
    payload = told([(0.0, position(False))])
    frame = Frames.from_payloads("beast", "x", [payload, b"junk"], [-1, -1])
    assert reader.read(frame.part(0, 1)).rejections == ()
    (row,) = reader.read(frame.part(1, 2)).rejections
    assert row.offset == len(payload)


def test_a_message_sent_twice_with_one_counter_is_one_plot() -> None:
    again = position(True)
    batch = read([(0.0, position(False)), (0.5, again), (0.5, again), (1.0, position(False))])
    assert len(batch.plots) == 2
    assert batch.duplicates == 1


def test_a_position_too_far_from_the_last_is_refused_and_the_next_one_kept() -> None:
    story = [
        (0.0, position(False)),
        (0.5, position(True)),
        (1.0, position(False, east_m=90_000.0)),
        (1.5, position(True, east_m=300.0)),
    ]
    batch = read(story)
    east_m = np.diff(batch.plots.longitude_rad) * 6.37e6 * math.cos(LATITUDE)
    assert east_m.tolist() == pytest.approx([300.0], abs=10.0)
    assert [(row.detail, row.count) for row in batch.rejections] == [("implausible position", 1)]


def test_an_aircraft_whose_remembered_position_was_wrong_is_found_again() -> None:
    there: Story = [(0.0, position(False)), (0.5, position(True))]
    elsewhere: Story = [(1.0 + 0.5 * k, position(k % 2 == 0, east_m=150_000.0)) for k in range(10)]
    plots = read(there + elsewhere).plots
    assert len(plots) > 3
    assert (plots.longitude_rad[-1] - LONGITUDE) * 6.37e6 * math.cos(LATITUDE) == pytest.approx(
        150_000.0, rel=1e-3
    )


def test_a_position_beyond_the_receivers_range_is_refused() -> None:
    far = [(0.0, position(False, 700_000.0)), (0.5, position(True, 700_000.0))]
    assert len(read(far).plots) == 0
    unlocated = SensorTable((Sensor("somewhere", "adsb"),))
    assert len(ModeSPlots(0, unlocated).read(frames(told(far))).plots) == 1


def test_a_tisb_track_has_no_aircraft_address() -> None:
    rows = [position(False), position(True)]
    for row in rows:
        row[0, 0] = 18 << 3 | 5  # CF 5: TIS-B, not an ICAO address
        seal(row[0], 14, 0)
    plots = read([(0.0, rows[0]), (0.5, rows[1])]).plots
    assert plots.mode_s.tolist() == [-1]


def test_a_radars_track_and_an_aircraft_of_the_same_number_are_not_mixed() -> None:
    other = position(True)
    other[0, 0] = 18 << 3 | 5
    seal(other[0], 14, 0)
    assert len(read([(0.0, position(False)), (0.5, other)]).plots) == 0


def test_mode_ac_and_status_messages_are_signs_that_are_not_plots() -> None:
    status = b"\x1a4" + bytes(6) + b"\x01" + bytes(14)
    mode_ac = b"\x1a1" + bytes(5) + b"\x0c" + b"\x01" + b"\x20\x00"
    columns = decode_messages(frames(mode_ac + status + told([(0.1, position(False))])))
    assert columns.as_table()["raw"].tolist()[0] == b"2000"
    assert columns.fields.df.tolist() == [-1, 17]
    assert columns.rejections == ()


def test_memory_grows_and_stays_bounded_and_says_whom_it_cannot_remember() -> None:
    icao = np.arange(1, 201)
    raw = BeastStream().cut(frames(enc.beast_bytes(enc.encode_all_call(icao), icao * 12_000)))
    fields = Fields.read(raw.raw)
    grown = AircraftMemory(slots=4)
    assert grown.follow(fields, raw.measured_ns).crc_ok.all()
    assert len(grown) == 200
    assert grown.crowded_out == 0
    bounded = AircraftMemory(slots=4, largest_slots=16)
    assert bounded.follow(fields, raw.measured_ns).crc_ok.all()
    assert len(bounded) == 8
    assert bounded.crowded_out == 192


def test_aircraft_not_heard_for_ten_minutes_are_forgotten_a_slot_at_a_time() -> None:
    decoder = ModeSDecoder()
    crowd = np.arange(1, 301)
    decoder.decode(frames(enc.beast_bytes(enc.encode_all_call(crowd), 12 + crowd)))
    assert decoder.aircraft == 300
    later = 12 * 601_000_000 + np.arange(1_400) * 1_200
    one = enc.encode_all_call(np.full(1_400, ICAO))
    decoder.decode(frames(enc.beast_bytes(one, later)))
    assert decoder.aircraft == 1


def test_a_surface_position_is_placed_near_the_receiver() -> None:
    # A frame of jet1090's recording at Toulouse (MIT), with the position it gives
    frame = np.frombuffer(bytearray.fromhex("8c3461ce399e40586b4ee4932241"), np.uint8)
    payload = enc.beast_bytes(frame.reshape(1, 14), [12])
    toulouse = Sensor("TLS", "adsb", math.radians(43.63), math.radians(1.37), 150.0)
    plots = ModeSPlots(0, SensorTable((toulouse,))).read(frames(payload)).plots
    assert np.degrees(plots.latitude_rad).tolist() == pytest.approx([43.629512786865234], abs=1e-9)
    assert np.degrees(plots.longitude_rad).tolist() == pytest.approx([1.36901145], abs=1e-7)
    assert math.isnan(plots.pressure_altitude_m[0])
    # At Bishkek the same bits would lie further off than a surface position may
    assert len(ModeSPlots(1, SENSORS).read(frames(payload)).plots) == 0
    unlocated = SensorTable((Sensor("somewhere", "adsb"),))
    assert len(ModeSPlots(0, unlocated).read(frames(payload)).plots) == 0


def test_times_of_reception_date_the_plots() -> None:
    at = 1_700_000_000 * SECOND_NS
    reader = ModeSPlots(1, SENSORS)
    first = reader.read(frames(told([(0.0, position(False))]), at))
    second = reader.read(frames(told([(0.5, position(True))]), at + SECOND_NS * 6 // 10))
    assert len(first.plots) == 0
    assert second.plots.received_ns.tolist() == [at + SECOND_NS * 6 // 10]
    assert second.plots.measured_ns.tolist() == [at + SECOND_NS // 2]


def test_an_empty_read_is_no_trouble() -> None:
    nothing = Frames.from_payloads("beast", "x", [], [])
    reader = ModeSPlots(1, SENSORS)
    half = told([(0.0, position(False))])
    reader.read(frames(half[:10]))
    assert len(reader.read(nothing).plots) == 0
    assert len(reader.read(frames(half[10:])).heard) == 1


def test_a_sensor_outside_the_table_is_refused() -> None:
    with pytest.raises(ValueError, match="no sensor 2"):
        ModeSPlots(2, SENSORS)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: enc.encode_all_call([1 << 24]),
        lambda: enc.encode_all_call([-1]),
        lambda: enc.encode_identity_reply([ICAO], [-1]),
        lambda: enc.encode_identity_reply([ICAO], [0o10000]),
        lambda: enc.encode_operational_status([ICAO], [12]),
        lambda: enc.encode_airborne_position([ICAO], [math.nan], [0.0], [0.0], False),
        lambda: enc.encode_airborne_position([ICAO], [1.6], [0.0], [0.0], False),
        lambda: enc.encode_airborne_position([ICAO], [0.0], [0.0], [0.0], False, type_code=8),
        lambda: enc.beast_bytes(enc.encode_all_call([ICAO]), [0], length=[3]),
    ],
)
def test_what_a_field_cannot_say_is_not_encoded(wrong: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match=r"outside|has 2, 7 or 14"):
        wrong()


def test_nothing_is_encoded_to_nothing() -> None:
    assert enc.beast_bytes(enc.encode_all_call([]), []) == b""
    assert enc.encode_identification([], []).shape == (0, 14)
