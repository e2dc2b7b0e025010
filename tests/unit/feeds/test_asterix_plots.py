"""Plots from ASTERIX: values, units, times, sensors, copies, and the real recordings."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from skypact.feeds.asterix import AsterixPlots, reports, sensors_in
from skypact.feeds.asterix.encode import encode
from skypact.feeds.asterix.records import find_records
from skypact.feeds.batch import FeedBatch
from skypact.feeds.framing import read_recording
from skypact.geodesy import geodetic_to_enu
from skypact.model.frames import Frames
from skypact.model.sensors import Sensor, SensorTable
from skypact.model.time import DAY_NS, SECOND_NS, from_iso

KANT = Sensor("Kant", "radar", math.radians(42.85), math.radians(74.85), 770.0, sac=25, sic=11)
OSH = Sensor("Osh", "adsb", sac=25, sic=12)
CENTRE = Sensor("Centre", "tracker", sac=25, sic=13)
LOST = Sensor("Lost", "radar", sac=25, sic=14)
APRON = Sensor("Apron", "mlat", math.radians(43.06), math.radians(74.47), 637.0, sac=25, sic=15)
TABLE = SensorTable((KANT, OSH, CENTRE, LOST, APRON))
NOON_NS = from_iso("2026-03-01T12:00:00")
NOON_S = 43_200.0


def frames_of(payloads: list[bytes], received_ns: list[int] | int = NOON_NS) -> Frames:
    if isinstance(received_ns, int):
        received_ns = [received_ns] * len(payloads)
    return Frames.from_payloads("asterix", "udp://239.1.1.1:8600", payloads, received_ns)


def read(category: int, columns: dict[str, Any], sic: int, received_ns: int = NOON_NS) -> FeedBatch:
    prefix = f"I{category:03d}/"
    named = {prefix + name: values for name, values in columns.items()}
    source = {prefix + "010/SAC": 25, prefix + "010/SIC": sic}
    return AsterixPlots(TABLE).read(frames_of(encode(category, source | named), received_ns))


def test_a_radar_plot_keeps_range_azimuth_and_height_in_our_units() -> None:
    batch = read(
        48,
        {
            "140": [NOON_S - 1.0],
            "040/RHO": [100.0],
            "040/THETA": [90.0],
            "070/MODE3A": [0o7700],
            "090/FL": [330.0],
            "220": [0x600123],
            "240": ["KGA101"],
            "161/TRN": [77],
            "110/3DH": [33_000.0],
        },
        11,
    )
    plots = batch.plots
    assert len(plots) == 1
    assert plots.sensor[0] == 0
    assert plots.measured_ns[0] == NOON_NS - SECOND_NS
    assert plots.received_ns[0] == NOON_NS
    assert plots.range_m[0] == 185_200.0
    assert plots.azimuth_rad[0] == pytest.approx(math.pi / 2)
    assert plots.pressure_altitude_m[0] == pytest.approx(10_058.4)
    assert plots.altitude_m[0] == pytest.approx(10_058.4)
    assert plots.mode_3a[0] == 0o7700
    assert plots.mode_s[0] == 0x600123
    assert plots.callsign[0] == b"KGA101"
    assert plots.source_track[0] == 77
    assert math.isnan(plots.latitude_rad[0])
    assert batch.heard.tolist() == [0]
    assert batch.heard_ns.tolist() == [NOON_NS]


class StrictFields(reports._Fields):
    """Refuses names that the latest edition does not have, which a feed reads as absent."""

    def floats(self, item: str, scale: float = 1.0) -> np.ndarray:
        assert self.prefix + item in self.records, item
        return super().floats(item, scale)

    def codes(self, item: str) -> np.ndarray:
        assert self.prefix + item in self.records, item
        return super().codes(item)

    def callsign(self, item: str) -> np.ndarray:
        assert self.prefix + item in self.records, item
        return super().callsign(item)


@pytest.mark.parametrize("category", reports.TARGETS)
def test_every_field_a_report_reads_is_defined_and_walked_for(category: int) -> None:
    prefix = f"I{category:03d}/010/"
    blocks = encode(category, {prefix + "SAC": 1, prefix + "SIC": [1]})
    found = find_records(frames_of(blocks), wanted=reports.wanted_fields())
    reports.TARGETS[category](StrictFields(found.categories[category]))


def test_codes_and_heights_that_are_garbled_or_not_validated_are_left_out() -> None:
    batch = read(
        48,
        {
            "040/RHO": [10.0, 10.0, 11.0, 12.0],
            "040/THETA": 0.0,
            "070/V": [1, 0, 0, 0],
            "070/G": [0, 1, 0, 0],
            "070/MODE3A": 0o1234,
            "090/V": [0, 0, 1, 0],
            "090/G": [0, 0, 0, 1],
            "090/FL": 100.0,
        },
        11,
    )
    assert batch.plots.mode_3a.tolist() == [-1, -1, 0o1234, 0o1234]
    assert np.isnan(batch.plots.pressure_altitude_m).tolist() == [False, False, True, True]


def test_addresses_and_callsigns_that_no_aircraft_has_are_left_out() -> None:
    radar = {"I048/010/SAC": 25, "I048/010/SIC": 11, "I048/040/RHO": [1.0]}
    (block,) = encode(48, radar | {"I048/220": 0xFFFFFF, "I048/240": "ABCDEFGH"})
    bad = block[:-6] + b"\xff" * 6
    plots = AsterixPlots(TABLE).read(frames_of([block, bad])).plots
    assert plots.mode_s.tolist() == [-1, -1]
    assert plots.callsign.tolist() == [b"ABCDEFGH", b""]


def test_records_without_a_position_are_heard_but_are_no_plots() -> None:
    batch = read(48, {"140": [NOON_S], "161/TRN": [4]}, 11)
    assert len(batch.plots) == 0
    assert batch.heard.tolist() == [0]


def test_north_marks_are_signs_of_life() -> None:
    batch = read(34, {"000": 1, "030": [NOON_S], "041": 5.0}, 11)
    assert len(batch.plots) == 0
    assert batch.heard.tolist() == [0]


def test_an_ads_b_report_gives_position_velocity_and_accuracy() -> None:
    batch = read(
        21,
        {
            "130/LAT": [42.0],
            "130/LON": [74.0],
            "131/LAT": [42.5],
            "131/LON": [-74.5],
            "073": [NOON_S - 0.5],
            "075": [NOON_S - 0.25],
            "140": [35_000.0],
            "145": [340.0],
            "160/GS": [0.125],
            "160/TA": [270.0],
            "157/GVR": [-600.0],
            "090/NACP": [9],
            "070/MODE3A": [0o2000],
            "080": [0xABCDEF],
            "170": ["MANAS1"],
        },
        12,
    )
    plots = batch.plots
    assert plots.sensor[0] == 1
    assert math.degrees(plots.latitude_rad[0]) == pytest.approx(42.5, abs=1e-6)
    assert math.degrees(plots.longitude_rad[0]) == pytest.approx(-74.5, abs=1e-6)
    assert plots.measured_ns[0] == NOON_NS - SECOND_NS // 2
    assert plots.altitude_m[0] == pytest.approx(35_000 * 0.3048)
    assert plots.pressure_altitude_m[0] == pytest.approx(340 * 30.48)
    assert plots.velocity_east_mps[0] == pytest.approx(-231.5)
    assert plots.velocity_north_mps[0] == pytest.approx(0.0, abs=1e-9)
    assert plots.velocity_up_mps[0] == pytest.approx(-600 * 0.3048 / 60, abs=0.02)
    assert plots.horizontal_sigma_m[0] == pytest.approx(30 / 2.448)
    assert plots.callsign[0] == b"MANAS1"


def test_a_system_track_gives_position_and_deviation() -> None:
    batch = read(
        62,
        {
            "070": [NOON_S],
            "105/LAT": [-42.0],
            "105/LON": [179.9],
            "185/VX": [-100.0],
            "185/VY": [50.0],
            "136": [330.0],
            "130": [33_500.0],
            "060/MODE3A": [0o0021],
            "245/STI": [0],
            "245/CHR": ["AFR1"],
            "380/ADR": [0x400001],
            "040": [65_535],
            "500/APC/X": [30.0],
            "500/APC/Y": [40.0],
        },
        13,
    )
    plots = batch.plots
    assert math.degrees(plots.longitude_rad[0]) == pytest.approx(179.9, abs=1e-5)
    assert plots.velocity_east_mps[0] == -100.0
    assert plots.horizontal_sigma_m[0] == pytest.approx(math.sqrt(1250))
    assert plots.source_track[0] == 65_535
    assert plots.mode_s[0] == 0x400001
    assert plots.callsign[0] == b"AFR1"


def test_a_surface_report_in_the_sensors_plane_becomes_a_position() -> None:
    batch = read(
        10,
        {
            "000": 1,
            "020/TYP": 1,
            "140": [NOON_S],
            "042/X": [1000.0],
            "042/Y": [-2000.0],
            "202/VX": [10.0],
            "202/VY": [-5.25],
        },
        15,
    )
    plots = batch.plots
    east, north, _ = geodetic_to_enu(
        plots.latitude_rad,
        plots.longitude_rad,
        APRON.altitude_m,
        origin=(APRON.latitude_rad, APRON.longitude_rad, APRON.altitude_m),
    )
    assert east[0] == pytest.approx(1000.0, abs=0.01)
    assert north[0] == pytest.approx(-2000.0, abs=0.01)
    assert plots.velocity_north_mps[0] == -5.25


def test_test_targets_are_no_plots_and_are_counted() -> None:
    batch = read(10, {"000": 1, "042/X": [1.0, 2.0], "042/Y": 3.0, "020/TST": [0, 1]}, 15)
    assert len(batch.plots) == 1
    assert [(r.reason, r.sensor, r.count) for r in batch.rejections] == [("TestTarget", "Apron", 1)]


def test_an_unknown_sensor_is_named_by_its_codes_once_a_batch() -> None:
    batch = read(48, {"040/RHO": [1.0, 2.0], "040/THETA": 0.0}, 99)
    assert len(batch.plots) == 0
    (rejection,) = batch.rejections
    assert rejection.reason == "UnknownSensor"
    assert rejection.sensor == "SAC 25 SIC 99"
    assert rejection.count == 2


def test_a_radar_without_a_place_is_heard_but_its_plots_are_refused_by_name() -> None:
    batch = read(48, {"040/RHO": [1.0], "040/THETA": 0.0}, 14)
    assert len(batch.plots) == 0
    assert batch.heard.tolist() == [3]
    assert [(r.reason, r.sensor) for r in batch.rejections] == [("UnknownSensor", "Lost")]


def test_a_decode_may_keep_plots_of_a_radar_without_a_place() -> None:
    columns = {"I048/010/SAC": 25, "I048/010/SIC": 14, "I048/040/RHO": [2.0]}
    batch = AsterixPlots(TABLE, keep_unplaced=True).read(frames_of(encode(48, columns)))
    assert batch.plots.range_m.tolist() == [3704.0]
    assert batch.rejections == ()


@pytest.mark.parametrize(
    ("tod_s", "received", "measured"),
    [
        (86_399.5, "2026-03-01T00:00:01", "2026-02-28T23:59:59.500"),
        (0.5, "2026-02-28T23:59:59", "2026-03-01T00:00:00.500"),
        (86_399.5, "2026-02-28T23:59:59", "2026-02-28T23:59:59.500"),
        (0.0078125, "2026-03-01T00:00:00", "2026-03-01T00:00:00.007812"),
    ],
)
def test_a_time_of_day_falls_on_the_day_nearest_to_its_reception(
    tod_s: float, received: str, measured: str
) -> None:
    batch = read(48, {"140": [tod_s], "040/RHO": 1.0, "040/THETA": 1.0}, 11, from_iso(received))
    assert batch.plots.measured_ns[0] // 1000 == from_iso(measured) // 1000


def test_without_reception_times_the_date_counts_on_over_midnight() -> None:
    times = [86_398.0, 86_399.0, 0.0, 1.0, 86_399.5, 2.0]
    blocks = [
        encode(
            48,
            {
                "I048/010/SAC": 25,
                "I048/010/SIC": 11,
                "I048/140": [t],
                "I048/040/RHO": 1.0,
                "I048/040/THETA": 1.0,
            },
        )[0]
        for t in times
    ]
    day = from_iso("2020-10-02")
    reader = AsterixPlots(TABLE, date_ns=day)
    plots = reader.read(frames_of(blocks, -1)).plots
    since = (plots.measured_ns - day) / SECOND_NS
    assert since.tolist() == [86_398.0, 86_399.0, 86_400.0, 86_401.0, 86_399.5, 86_402.0]
    assert (np.diff(plots.received_ns) >= 0).all()
    assert plots.received_ns[-1] == day + DAY_NS + 2 * SECOND_NS


def test_one_damaged_time_of_day_does_not_carry_the_reception_time_away() -> None:
    times = [100.0, 101.0, 30_000.0, 102.0, 103.0]
    blocks = [
        encode(48, {"I048/010/SAC": 25, "I048/010/SIC": 11, "I048/140": [t], "I048/040/RHO": [1.0]})
        for t in times
    ]
    plots = AsterixPlots(TABLE).read(frames_of([b for (b,) in blocks], -1)).plots
    assert (plots.received_ns / SECOND_NS).tolist() == [100.0, 101.0, 101.0, 102.0, 103.0]


def test_a_copy_within_a_second_is_left_out_and_counted_a_later_one_is_kept() -> None:
    columns = {"I048/010/SAC": 25, "I048/010/SIC": 11, "I048/040/RHO": [1.0]}
    (block,) = encode(48, columns)
    received = [0, SECOND_NS, 2 * SECOND_NS + 1, 2 * SECOND_NS + 2]
    frames = frames_of([block] * 4, [NOON_NS + ns for ns in received])
    batch = AsterixPlots(TABLE).read(frames)
    assert batch.duplicates == 2
    assert (batch.plots.received_ns - NOON_NS).tolist() == [0, 2 * SECOND_NS + 1]


def test_plots_of_several_categories_stand_in_the_order_of_the_bytes() -> None:
    radar = {"I048/010/SAC": 25, "I048/010/SIC": 11, "I048/040/RHO": [1.0], "I048/140": [NOON_S]}
    adsb = {"I021/010/SAC": 25, "I021/010/SIC": 12, "I021/130/LAT": [1.0], "I021/130/LON": 2.0}
    blocks = [*encode(21, adsb), *encode(48, radar), *encode(21, adsb | {"I021/080": 7})]
    plots = AsterixPlots(TABLE).read(frames_of([b"".join(blocks)])).plots
    assert plots.sensor.tolist() == [1, 0, 1]
    assert plots.position.tolist() == sorted(plots.position.tolist())


@pytest.mark.recordings
def test_croatian_records_come_twice_and_are_kept_once(recordings: Path) -> None:
    frames = read_recording(recordings / "asterix/croatia_7radars_cat_034_048.pcap").frames
    heard = sensors_in(frames)
    assert [sensor.name for sensor in heard] == [
        f"25/{sic}" for sic in (11, 12, 13, 14, 201, 204, 205)
    ]
    assert [sensor.name for sensor in heard if sensor.located] == ["25/12"]
    placed = SensorTable(
        tuple(Sensor(s.name, "radar", 0.8, 0.28, 0.0, sac=s.sac, sic=s.sic) for s in heard)
    )
    batch = AsterixPlots(placed).read(frames)
    assert batch.duplicates == (34 + 128) // 2
    assert len(batch.plots) == 63, "one target report is without a measured position"
    assert len(batch.heard) == 34 + 128
    assert batch.rejections == ()
    assert np.abs(batch.plots.measured_ns - batch.plots.received_ns).max() < 10 * SECOND_NS


@pytest.mark.recordings
def test_barcelona_multilateration_stays_about_the_airport_on_its_day(recordings: Path) -> None:
    frames = read_recording(
        recordings / "asterix/lebl_20201002_mlat_cat010_0800_0920.ast.gz"
    ).frames
    (heard,) = sensors_in(frames)
    assert (heard.name, heard.kind) == ("0/107", "mlat")
    day = from_iso("2020-10-02")
    place = Sensor(
        "LEBL", "mlat", math.radians(41.29706278), math.radians(2.078447222), 0.0, sac=0, sic=107
    )
    batch = AsterixPlots(SensorTable((place,)), date_ns=day).read(frames)
    assert len(batch.heard) == 75_112
    assert len(batch.plots) == 36_563
    assert [(r.reason, r.count) for r in batch.rejections] == [("TestTarget", 28_875)]
    since = (batch.plots.measured_ns - day) / SECOND_NS
    assert 8 * 3600 <= since.min() <= since.max() < 33_640
    assert (np.diff(batch.plots.received_ns) >= 0).all()
    codes = set(batch.plots.mode_s.tolist()) - {-1}
    assert len(codes) + 6 == 52, "six of the 52 addresses are fixed transponders"
    moved = np.hypot(batch.plots.velocity_east_mps, batch.plots.velocity_north_mps)
    assert 50.0 < np.nanmax(moved) < 300.0, "approach speeds, at 0.25 m/s a step"


@pytest.mark.recordings
def test_rome_tracks_lie_where_the_readme_says(recordings: Path) -> None:
    frames = read_recording(recordings / "asterix/rome_cat062_063_065_30min.ff.gz").frames
    sensors = SensorTable(sensors_in(frames))
    assert [(s.name, s.kind) for s in sensors] == [("33/18", "tracker")]
    batch = AsterixPlots(sensors).read(frames)
    plots = batch.plots
    assert len(plots) == 22_396
    assert len(batch.heard) == 22_396 + 5_772 + 6_057
    assert (batch.rejections, batch.duplicates) == ((), 0)
    latitude, longitude = np.degrees(plots.latitude_rad), np.degrees(plots.longitude_rad)
    assert 38.9 <= latitude.min() <= latitude.max() <= 44.8
    assert 8.2 <= longitude.min() <= longitude.max() <= 16.2
    assert len(set(plots.source_track.tolist())) == 372
    assert len(set(plots.mode_s.tolist()) - {-1}) == 154
    climb = plots.velocity_up_mps[np.isfinite(plots.velocity_up_mps)]
    assert 0 < len(climb) < 10_388
    assert np.abs(climb).max() < 50.0, "wrapped rates of climb are left out"
    since = plots.measured_ns / SECOND_NS
    assert 50_301 <= since.min() <= since.max() <= 52_100


def test_a_survey_takes_place_and_turn_from_service_messages() -> None:
    radar = {
        "I034/010/SAC": 25,
        "I034/010/SIC": 11,
        "I034/000": 1,
        "I034/041": [5.0],
        "I034/120/LAT": 42.85,
        "I034/120/LON": 74.85,
        "I034/120/HGT": 770.0,
    }
    apron = {
        "I019/010/SAC": 25,
        "I019/010/SIC": 15,
        "I019/600/LAT": [43.06],
        "I019/600/LON": 74.47,
        "I019/610": 637.0,
    }
    heard = sensors_in(frames_of([*encode(34, radar), *encode(19, apron)]))
    assert [(s.name, s.kind, s.rotation_s) for s in heard] == [
        ("25/11", "radar", 5.0),
        ("25/15", "mlat", 1.0),
    ]
    for sensor, place in zip(heard, (KANT, APRON), strict=True):
        assert sensor.latitude_rad == pytest.approx(place.latitude_rad, abs=1e-6)
        assert sensor.longitude_rad == pytest.approx(place.longitude_rad, abs=1e-6)
        assert sensor.altitude_m == place.altitude_m
