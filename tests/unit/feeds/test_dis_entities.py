"""DIS Entity State PDUs, checked against bytes counted by hand from IEEE 1278.1-2012."""

import struct

import numpy as np
import pytest

from skypact.feeds.dis import entity_states, layout
from skypact.feeds.dis.plots import DisPlots, looks_like
from skypact.model.errors import UsageError
from skypact.model.frames import Frames
from skypact.model.sensors import Sensor, SensorTable
from skypact.model.tracks import TRACK_COLUMNS, Tracks

SENSORS = SensorTable((Sensor("sim", "tracker"),))
HOUR = layout.HOUR_NS


def by_hand(
    timestamp: int = 1,
    kind: int = 1,
    domain: int = 2,
    parts: int = 0,
    place: tuple[float, float, float] = (6378137.0 + 1000.0, 0.0, 0.0),
    marking: bytes = b"EAGLE1",
) -> bytes:
    """An Entity State PDU field by field (table 7.2.2)."""
    pdu = struct.pack(">BBBBIHBB", 7, 9, 1, 1, timestamp, 144 + 16 * parts, 0, 0)
    pdu += struct.pack(">HHHBB", 11, 22, 33, 1, parts)
    pdu += struct.pack(">BBHBBBB", kind, domain, 225, 1, 2, 3, 4) + bytes(8)
    pdu += struct.pack(">3f", 0.0, 200.0, 50.0)  # y is east and z north where x is up
    pdu += struct.pack(">3d", *place) + struct.pack(">3f", 0.0, 0.0, 0.0)
    pdu += bytes(4) + bytes([2]) + bytes(15) + bytes(12) + bytes(12)
    pdu += bytes([1]) + marking.ljust(11, b"\0") + bytes(4)
    return pdu + bytes(16 * parts)


def tracks(count: int = 4, **given: object) -> Tracks:
    columns: dict[str, object] = {n: np.zeros(count, d) for n, d in TRACK_COLUMNS.items()}
    columns |= {
        "track": np.arange(count) * 70_000,
        "measured_ns": 1_714_564_800 * 10**9 + np.arange(count) * 777_777_777,
        "latitude_rad": np.linspace(-1.5, 1.5, count),
        "longitude_rad": np.linspace(-3.1, 3.1, count),
        "altitude_m": np.full(count, 9000.0),
        "velocity_east_mps": np.linspace(-200, 200, count),
        "velocity_north_mps": np.full(count, 50.0),
        "callsign": np.array([b"ABC12345"] * count, "S8"),
        "sensors": np.zeros((count, 1), np.uint64),
        "covariance": np.full((count, 10), np.nan),
    }
    return Tracks(**(columns | given))  # type: ignore[arg-type]


def frames(*payloads: bytes, received_ns: int = -1) -> Frames:
    return Frames.from_payloads("dis", "test", payloads, [received_ns] * len(payloads))


def test_a_pdu_counted_by_hand_becomes_a_plot() -> None:
    pdu = by_hand()
    assert len(pdu) == 144
    reader = DisPlots(0, SENSORS)
    plots = reader.read(frames(pdu, received_ns=HOUR)).plots
    assert plots.altitude_m[0] == pytest.approx(1000.0)
    assert plots.latitude_rad[0] == pytest.approx(0.0)
    assert plots.velocity_east_mps[0] == pytest.approx(200.0)
    assert plots.velocity_north_mps[0] == pytest.approx(50.0)
    assert plots.callsign.tolist() == [b"EAGLE1"]
    assert reader.last["header"]["exercise"].tolist() == [9]
    assert reader.last["type"]["country"].tolist() == [225]


def test_a_track_becomes_the_bytes_counted_by_hand() -> None:
    one = tracks(
        1,
        track=np.array([32]),
        measured_ns=np.array([HOUR // 2]),
        latitude_rad=np.zeros(1),
        longitude_rad=np.zeros(1),
        altitude_m=np.array([1000.0]),
        velocity_east_mps=np.array([200.0]),
        velocity_north_mps=np.array([50.0]),
        callsign=np.array([b"EAGLE1"]),
    )
    (sent,) = entity_states(one, exercise_id=9, site=11, application=22, force=1)
    wanted = bytearray(by_hand(timestamp=(1 << 31) | 1))
    wanted[22:28] = bytes(6)  # no country or category
    # nose 14 degrees north of east, wings level, at 0 N 0 E: psi = 90 degrees in the world's axes
    nose = np.array([0.0, 200.0, 50.0]) / np.hypot(200.0, 50.0)
    wanted[72:84] = struct.pack(">3f", np.pi / 2, -np.arcsin(nose[2]), -np.pi / 2)
    assert sent[:72] == bytes(wanted[:72])
    assert np.allclose(np.frombuffer(sent[72:84], ">f4"), np.frombuffer(wanted[72:84], ">f4"))
    assert sent[84:] == bytes(wanted[84:])


def test_tracks_go_out_and_come_back() -> None:
    given = tracks(50)
    sent = entity_states(given, exercise_id=3)
    plots = DisPlots(0, SENSORS).read(frames(*sent, received_ns=int(given.measured_ns[0]))).plots
    assert np.abs(plots.measured_ns - given.measured_ns).max() < 1000
    assert np.allclose(plots.latitude_rad, given.latitude_rad, atol=1e-12)
    assert np.allclose(plots.longitude_rad, given.longitude_rad, atol=1e-12)
    assert np.allclose(plots.altitude_m, 9000.0, atol=1e-6)
    assert np.allclose(plots.velocity_east_mps, given.velocity_east_mps, atol=1e-3)
    assert np.allclose(plots.velocity_up_mps, 0.0, atol=1e-3)
    assert len(set(plots.source_track)) == 50
    assert set(plots.callsign) == {b"ABC12345"}


@pytest.mark.parametrize(
    ("received", "past"),
    [(HOUR + 5, HOUR - 10**9), (HOUR - 5, 10**9), (10 * HOUR + HOUR // 3, HOUR // 3)],
)
def test_absolute_time_is_the_nearest_to_reception(received: int, past: int) -> None:
    stamp = int(layout.timestamp_of(np.array([past]))[0])
    (measured,) = (
        DisPlots(0, SENSORS).read(frames(by_hand(stamp), received_ns=received)).plots.measured_ns
    )
    assert abs(measured - received) <= HOUR // 2
    assert abs(measured % HOUR - past) <= 839, "half a unit of 1676 ns"


def test_relative_time_is_the_senders_own() -> None:
    plots = DisPlots(0, SENSORS).read(frames(by_hand(1 << 31), received_ns=123 * HOUR)).plots
    assert plots.measured_ns.tolist() == [123 * HOUR]


def test_a_file_is_unrolled_over_the_hour_whatever_its_cuts() -> None:
    start = 1_714_564_800 * 10**9
    times = start + np.arange(12) * 10 * 60 * 10**9
    pdus = [by_hand(int(stamp)) for stamp in layout.timestamp_of(times)]
    whole = DisPlots(0, SENSORS, start_ns=start).read(frames(b"".join(pdus))).plots
    assert np.abs(whole.measured_ns - times).max() <= 839
    reader = DisPlots(0, SENSORS, start_ns=start)
    parts = [reader.read(frames(pdu)).plots.measured_ns for pdu in pdus]
    assert np.concatenate(parts).tolist() == whole.measured_ns.tolist()


def test_timestamps_round_to_half_a_unit() -> None:
    times = np.linspace(0, HOUR - 1, 1000).astype(np.int64)
    error = layout.past_hour_ns(layout.timestamp_of(times)) - times
    assert np.abs((error + HOUR // 2) % HOUR - HOUR // 2).max() <= 839
    assert layout.timestamp_of(np.array([HOUR - 1]))[0] == 1, "the last half unit is the next hour"


def test_other_pdus_and_other_entities_are_left_alone() -> None:
    fire = struct.pack(">BBBBIHBB", 7, 9, 2, 2, 0, 96, 0, 0) + bytes(84)
    batch = DisPlots(0, SENSORS).read(
        frames(fire + by_hand(domain=1) + by_hand(parts=3) + by_hand())
    )
    assert len(batch.plots) == 2
    assert batch.plots.position.tolist() == [96 + 144, 96 + 144 + 192]
    assert not batch.rejections


def test_another_exercise_is_refused() -> None:
    batch = DisPlots(0, SENSORS, exercise_id=4).read(frames(by_hand()))
    assert [r.detail for r in batch.rejections] == ["exercise 9, not 4"]


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (by_hand()[:100], "TruncatedBlock"),
        (b"\7\1\1", "TruncatedBlock"),
        (b"\x03" + by_hand()[1:], "UnknownEdition"),
        (by_hand()[:8] + b"\0\x04" + by_hand()[10:], "TruncatedBlock"),
        (by_hand()[:19] + b"\xff" + by_hand()[20:], "MalformedRecord"),
        (by_hand(place=(np.nan, 0, 0)), "MalformedRecord"),
        (by_hand(place=(1e300, 0, 0)), "MalformedRecord"),
        (by_hand(place=(0, 0, 0)), "MalformedRecord"),
    ],
)
def test_damaged_pdus_are_refused_and_other_datagrams_stay(payload: bytes, reason: str) -> None:
    batch = DisPlots(0, SENSORS).read(frames(by_hand(), payload, by_hand()))
    assert len(batch.plots) == 2
    assert [r.reason for r in batch.rejections] == [reason]
    assert batch.rejections[0].offset == 144


def test_what_dis_cannot_hold_is_refused() -> None:
    for exercise in (0, 256):
        with pytest.raises(UsageError):
            entity_states(tracks(1), exercise_id=exercise)
    with pytest.raises(UsageError):
        entity_states(tracks(1, track=np.array([1 << 40])), exercise_id=1)
    with pytest.raises(UsageError):
        entity_states(tracks(1, latitude_rad=np.array([np.nan])), exercise_id=1)


def test_files_of_pdus_are_recognised() -> None:
    assert looks_like(by_hand() + by_hand(parts=2))
    assert looks_like((by_hand() * 40)[:4096])
    assert not looks_like(by_hand()[:50])
    assert not looks_like(b"")
    assert not looks_like(bytes(4096))
