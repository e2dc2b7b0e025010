"""The bytes: the same for a seed however asked, small enough, and read by others as meant."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from skypact.geodesy import geodetic_to_polar
from skypact.model.time import SECOND_NS
from skypact.simulator.document import load_exercise
from skypact.simulator.emission import Emission, ExerciseFeed
from skypact.simulator.exercise import Exercise

from .conftest import EXAMPLES

SPAN_S = 20
NAUTICAL_MILE_M = 1852.0


def all_of(exercise: Exercise, until_s: float = SPAN_S) -> list[Emission]:
    return ExerciseFeed(exercise).emit(exercise.start_ns + int(until_s * SECOND_NS))


@pytest.fixture(scope="module")
def emissions(exercise: Exercise) -> list[Emission]:
    return all_of(exercise)


def test_the_same_file_gives_the_same_bytes() -> None:
    file = EXAMPLES / "exercises" / "kyrgyzstan.toml"
    assert all_of(load_exercise(file)) == all_of(load_exercise(file))


def test_the_bytes_do_not_depend_on_how_often_one_asks(
    exercise: Exercise, emissions: list[Emission]
) -> None:
    feed = ExerciseFeed(exercise)
    chance = np.random.default_rng(5)
    asked = np.sort(chance.integers(0, SPAN_S * SECOND_NS, 90))
    pieces: list[Emission] = []
    for time_ns in (*asked, SPAN_S * SECOND_NS):
        pieces += feed.emit(exercise.start_ns + int(time_ns))
    assert pieces == emissions


def test_another_seed_gives_other_bytes(exercise: Exercise, emissions: list[Emission]) -> None:
    other = Exercise(
        exercise.name, exercise.seed + 1, exercise.duration_s, exercise.truth, exercise.sensors
    )
    assert all_of(other, 5) != [e for e in emissions if e.time_ns <= exercise.start_ns + 5e9]


def test_emissions_come_in_order_on_known_channels_in_datagrams_that_fit(
    exercise: Exercise, emissions: list[Emission]
) -> None:
    times = [e.time_ns for e in emissions]
    assert times == sorted(times)
    assert {e.channel for e in emissions} == {s.channel for s in exercise.sensors}
    assert max(len(e.payload) for e in emissions) <= 1400
    assert min(len(e.payload) for e in emissions) > 0


def test_a_radar_speaks_once_a_sector(exercise: Exercise, emissions: list[Emission]) -> None:
    sent = [e for e in emissions if e.channel == "radar/Kant"]
    assert len(sent) == SPAN_S * 32 / 5
    gaps = np.diff([e.time_ns for e in sent])
    assert np.abs(gaps - 5e9 / 32).max() <= 1


def test_nothing_comes_after_the_end(exercise: Exercise) -> None:
    feed = ExerciseFeed(
        Exercise(exercise.name, exercise.seed, 2.0, exercise.truth, exercise.sensors)
    )
    sent = feed.emit(exercise.start_ns + 60 * SECOND_NS)
    assert sent[-1].time_ns <= feed.end_ns
    assert feed.emit(exercise.start_ns + 61 * SECOND_NS) == []


@pytest.fixture(scope="module")
def oracle() -> SimpleNamespace:
    """``libasterix`` as a decoder of its own (its import costs seconds)."""
    from asterix import base, generated  # noqa: PLC0415

    specs = {
        21: generated.Cat_021_2_7,
        34: generated.Cat_034_1_29,
        48: generated.Cat_048_1_32,
    }
    return SimpleNamespace(base=base, specs=specs)


def records(
    oracle: SimpleNamespace, emissions: list[Emission], channel: str, category: int
) -> Iterator[tuple[Emission, Any]]:
    for emission in emissions:
        if emission.channel != channel:
            continue
        bits = oracle.base.Bits.from_bytes(emission.payload)
        blocks = oracle.base.RawDatablock.parse(bits)
        assert not isinstance(blocks, ValueError)
        for block in blocks:
            if block.get_category() == category:
                parsed = oracle.specs[category].cv_uap.parse(block.get_raw_records())
                assert not isinstance(parsed, ValueError)
                for record in parsed:
                    yield emission, record


def field(record: Any, item: str, *path: str) -> Any:
    """The content of an item or one of its parts, None where absent."""
    found = record.get_item(item)
    for name in path:
        if found is None:
            return None
        found = found.variation.get_item(name)
    return None if found is None else found.variation.content


def nearest_flight(exercise: Exercise, time_s: float, **identity: int) -> int | None:
    truth = exercise.truth
    aloft = truth.airborne(time_s)
    for name, value in identity.items():
        aloft = aloft[getattr(truth, name)[aloft] == value]
    return int(aloft[0]) if len(aloft) == 1 else None


def exercise_seconds(exercise: Exercise, of_day_s: float) -> float:
    return of_day_s - exercise.start_ns % (86_400 * SECOND_NS) / SECOND_NS


@pytest.mark.parametrize("name", ["Kant", "Batken", "Issyk-Kul"])
def test_plots_are_read_back_to_truth_within_noise(
    exercise: Exercise, emissions: list[Emission], oracle: SimpleNamespace, name: str
) -> None:
    sensor = next(s.sensor for s in exercise.sensors if s.sensor.name == name)
    origin = (sensor.latitude_rad, sensor.longitude_rad, sensor.altitude_m)
    compared = primary = 0
    for emission, record in records(oracle, emissions, f"radar/{name}", 48):
        assert field(record, "010", "SAC").as_uint() == 254
        assert field(record, "010", "SIC").as_uint() == sensor.sic
        assert field(record, "020", "SIM").as_uint() == 1, "exercise data says that it is one"
        time_s = exercise_seconds(exercise, float(field(record, "140").as_quantity("s")))
        delay = exercise.truth.seconds(emission.time_ns) - time_s
        assert -1 / 128 <= delay <= sensor.rotation_s / 32 + 1 / 128
        address = field(record, "220")
        if address is None:
            primary += field(record, "070", "MODE3A") is None
            continue
        flight = nearest_flight(exercise, time_s, mode_s=address.as_uint())
        assert flight is not None
        state = exercise.truth.state(np.array([flight]), np.array([time_s]))
        range_m, azimuth, _ = geodetic_to_polar(
            state.latitude_rad, state.longitude_rad, state.altitude_m, origin=origin
        )
        rho_m = float(field(record, "040", "RHO").as_quantity("NM")) * NAUTICAL_MILE_M
        theta = np.radians(float(field(record, "040", "THETA").as_quantity("°")))
        assert abs(rho_m - range_m[0]) < 5.5 * sensor.range_sigma_m + 5.0
        off = np.angle(np.exp(1j * (theta - azimuth[0])))
        assert abs(off) < 5.5 * sensor.azimuth_sigma_rad + 1e-4
        level_m = float(field(record, "090", "FL").as_quantity("FL")) * 30.48
        assert level_m == pytest.approx(state.pressure_altitude_m[0], abs=12.5 * 0.3048 + 0.1)
        assert int(field(record, "070", "MODE3A").as_string(), 8) == state.mode_3a[0]
        assert field(record, "240").as_string().strip() == state.callsign[0].decode()
        compared += 1
    assert compared > 30
    assert primary > 5


def test_north_and_sectors_are_marked(
    exercise: Exercise, emissions: list[Emission], oracle: SimpleNamespace
) -> None:
    sensor = next(s.sensor for s in exercise.sensors if s.sensor.name == "Kant")
    marks = [record for _, record in records(oracle, emissions, "radar/Kant", 34)]
    north = [m for m in marks if field(m, "000").as_uint() == 1]
    sectors = [m for m in marks if field(m, "000").as_uint() == 2]
    assert len(north) == 4
    assert len(sectors) == 4 * 32
    for mark in north:
        assert float(field(mark, "041").as_quantity("s")) == pytest.approx(5.0)
        latitude = float(field(mark, "120", "LAT").as_quantity("°"))
        longitude = float(field(mark, "120", "LON").as_quantity("°"))
        assert latitude == pytest.approx(np.degrees(sensor.latitude_rad), abs=2.2e-5)
        assert longitude == pytest.approx(np.degrees(sensor.longitude_rad), abs=2.2e-5)
        assert field(mark, "120", "HGT").as_quantity("m") == 792.0
    azimuths = np.array([float(field(s, "020").as_quantity("°")) for s in sectors])
    times = np.array([float(field(s, "030").as_quantity("s")) for s in sectors])
    assert np.allclose(np.diff(azimuths) % 360.0, 11.25)
    # time and azimuth agree: what a decoder would make of the turn
    turned = np.polyfit(times - times[0], np.unwrap(azimuths, period=360.0), 1)[0]
    assert turned == pytest.approx(72.0, rel=1e-3)


def test_reports_are_read_back_to_truth_within_noise(
    exercise: Exercise, emissions: list[Emission], oracle: SimpleNamespace
) -> None:
    compared = 0
    for _, record in records(oracle, emissions, "adsb-cat021/Manas ADS-B", 21):
        assert field(record, "010", "SIC").as_uint() == 11
        assert field(record, "040", "SIM").as_uint() == 1
        time_s = exercise_seconds(exercise, float(field(record, "071").as_quantity("s")))
        flight = nearest_flight(exercise, time_s, mode_s=field(record, "080").as_uint())
        assert flight is not None
        state = exercise.truth.state(np.array([flight]), np.array([time_s]))
        north_m = np.radians(float(field(record, "131", "LAT").as_quantity("°")))
        north_m = (north_m - state.latitude_rad[0]) * 6.378e6
        east_m = np.radians(float(field(record, "131", "LON").as_quantity("°")))
        east_m = (east_m - state.longitude_rad[0]) * 6.378e6 * np.cos(state.latitude_rad[0])
        assert np.hypot(north_m, east_m) < 5.5 * 12.0 + 3.0
        speed = float(field(record, "160", "GS").as_quantity("NM/s")) * NAUTICAL_MILE_M
        true_speed = np.hypot(state.velocity_east_mps[0], state.velocity_north_mps[0])
        assert speed == pytest.approx(true_speed, abs=0.2)
        height_m = float(field(record, "140").as_quantity("ft")) * 0.3048
        assert height_m == pytest.approx(state.altitude_m[0], abs=1.1)
        level_m = float(field(record, "145").as_quantity("FL")) * 30.48
        assert level_m == pytest.approx(state.pressure_altitude_m[0], abs=3.95)
        assert field(record, "170").as_string().strip() == state.callsign[0].decode()
        compared += 1
    assert compared > 300


def beast_messages(stream: bytes) -> list[tuple[int, bytes]]:
    """Counter and message of each Beast frame: 1A, type, then data with 1A doubled."""
    messages, i = [], 0
    while i < len(stream):
        assert stream[i] == 0x1A
        size = 7 + {0x32: 7, 0x33: 14}[stream[i + 1]]
        body, i = bytearray(), i + 2
        while len(body) < size:
            i += stream[i] == 0x1A
            body.append(stream[i])
            i += 1
        messages.append((int.from_bytes(body[:6], "big"), bytes(body[7:])))
    return messages


def test_mode_s_is_read_back_to_truth_by_rs1090(
    exercise: Exercise, emissions: list[Emission]
) -> None:
    rs1090 = pytest.importorskip("rs1090")
    stream = b"".join(e.payload for e in emissions if e.channel == "adsb-beast/Osh ADS-B")
    messages = beast_messages(stream)
    counters = np.array([counter for counter, _ in messages])
    assert (np.diff(counters) >= 0).all()
    seconds = counters / 12e6
    decoded = rs1090.decode([m.hex() for _, m in messages], [float(t) for t in seconds])
    compared = velocities = 0
    kinds: set[str] = set()
    for time_s, message in zip(seconds, decoded, strict=True):
        assert message is not None
        kinds.add(message["df"] + str(message.get("bds", "")))
        flight = None
        if "icao24" in message:
            flight = nearest_flight(exercise, time_s, mode_s=int(message["icao24"], 16))
            assert flight is not None
            state = exercise.truth.state(np.array([flight]), np.array([time_s]))
        if message.get("latitude") is not None:
            north_m = (np.radians(message["latitude"]) - state.latitude_rad[0]) * 6.378e6
            east_m = (np.radians(message["longitude"]) - state.longitude_rad[0]) * 6.378e6
            # CPR steps are about 5 m; noise is 12 m an axis
            assert np.hypot(north_m, east_m * np.cos(state.latitude_rad[0])) < 5.5 * 12.0 + 8.0
            assert message["altitude"] * 0.3048 == pytest.approx(
                state.pressure_altitude_m[0], abs=12.5 * 0.3048 + 0.1
            )
            compared += 1
        if message.get("groundspeed") is not None:
            true = np.hypot(state.velocity_east_mps[0], state.velocity_north_mps[0])
            assert message["groundspeed"] * 1852.0 / 3600.0 == pytest.approx(true, abs=0.6)
            velocities += 1
        if message.get("callsign"):
            assert message["callsign"].strip() == state.callsign[0].decode()
    assert compared > 500
    assert velocities > 500
    assert {"4", "5", "11"} < kinds, kinds
    assert len({kind for kind in kinds if kind.startswith("17")}) == 4, kinds
