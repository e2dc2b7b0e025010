"""SAPIENT streams to plots: places, nodes, and streams cut or damaged anywhere."""

import math
from typing import Any

import numpy as np
import pytest
from geographiclib.geodesic import Geodesic

from skypact.feeds.sapient.mapping import Node, encode
from skypact.feeds.sapient.messages import definitions
from skypact.feeds.sapient.places import utm_to_geodetic
from skypact.feeds.sapient.plots import SapientPlots, looks_like
from skypact.feeds.sapient.records import (
    Classification,
    DetectionReport,
    ENUVelocity,
    Location,
    RangeBearing,
    StatusReport,
    Task,
)
from skypact.feeds.sapient.wire import framed
from skypact.model.errors import MalformedRecord
from skypact.model.frames import Frames
from skypact.model.plots import PLOT_COLUMNS, Plots
from skypact.model.sensors import Sensor, SensorTable

NODE = "a8654cdf-4328-47de-81fa-c495589e30c8"
OTHER = "a8654cdf-4328-47de-81fa-c495589e30c9"
SENSORS = SensorTable((Sensor("drones", "tracker"), Sensor("mast", "radar")))


def ulid(number: int) -> str:
    return f"01H4R63D7NVN8444Z5M77W{number:04d}"


def here(longitude: float, latitude: float, **more: Any) -> Location:
    return Location(longitude, latitude, "LAT_LNG_DEG_M", "WGS84_E", **more)


def detection(number: int, node: str = NODE, **more: Any) -> bytes:
    if "range_bearing" not in more:
        more.setdefault("location", here(-1.8 + number * 0.01, 51.2, z=120.0))
    report = DetectionReport(ulid(number), ulid(5000 + number % 3), **more)
    return encode(report, node_id=node, time_ns=(1000 + number) * 10**9)


def status(node: str = NODE, place: Location | None = None) -> bytes:
    report = StatusReport(ulid(1), "OK", "NEW", "Default", node_location=place)
    return encode(report, node_id=node, time_ns=999 * 10**9)


def registration(node: str = NODE, name: str = "mast", kph: bool = False) -> bytes:
    message = definitions().classes["SapientMessage"](node_id=node)
    message.timestamp.seconds = 990
    given = message.registration
    given.node_definition.add(node_type=2)
    given.icd_version, given.name = "BSI Flex 335 v2.0", name
    given.capabilities.add(category="RF", type="radar")
    given.status_definition.status_interval.units = 4
    given.status_definition.status_interval.value = 5
    given.config_data.add(manufacturer="ACME", model="1")
    mode = given.mode_definition.add(mode_name="Default", mode_type=1)
    mode.settle_time.units, mode.settle_time.value = 4, 1
    found = mode.detection_definition.add()
    found.location_type.location_units, found.location_type.location_datum = 1, 1
    found.velocity_type.enu_velocity_units.east_north_rate_units = 2 if kph else 1
    found.velocity_type.location_datum = 1
    mode.task.concurrent_tasks = 1
    mode.task.region_definition.region_type.append(1)
    mode.task.region_definition.region_area.add(location_units=1, location_datum=1)
    return framed(message)


def frames(*parts: bytes, received_ns: int = -1) -> Frames:
    position = np.concatenate([[0], np.cumsum([len(part) for part in parts])[:-1]])
    return Frames.from_payloads(
        "sapient", "test", list(parts), [received_ns] * len(parts), position.tolist()
    )


def same(a: Plots, b: Plots) -> bool:
    return all(
        np.array_equal(getattr(a, n), getattr(b, n), equal_nan=getattr(a, n).dtype.kind == "f")
        for n in PLOT_COLUMNS
    )


def test_a_detection_becomes_a_plot_with_its_place_time_and_object() -> None:
    moving = ENUVelocity(10.0, -5.0, up_rate=1.0)
    sent = detection(3, enu_velocity=moving, id="g-abcd", classification=(Classification("UAV"),))
    reader = SapientPlots(0, SENSORS)
    batch = reader.read(frames(sent))
    plots = batch.plots
    assert not batch.rejections
    assert plots.measured_ns.tolist() == plots.received_ns.tolist() == [1003 * 10**9]
    assert np.degrees(plots.latitude_rad[0]) == pytest.approx(51.2)
    assert np.degrees(plots.longitude_rad[0]) == pytest.approx(-1.77)
    assert plots.altitude_m.tolist() == [120.0]
    assert plots.velocity_north_mps.tolist() == [-5.0]
    assert plots.source_track.tolist() == [0]
    assert batch.heard.tolist() == [0]
    assert reader.last[0].content.classification[0].type == "UAV"


def test_heights_above_the_geoid_are_not_taken_for_ellipsoidal() -> None:
    place = Location(1.0, 50.0, "LAT_LNG_DEG_M", "WGS84_G", z=100.0)
    assert np.isnan(
        SapientPlots(0, SENSORS).read(frames(detection(1, location=place))).plots.altitude_m
    )


def test_range_and_bearing_count_from_where_the_node_says_it_stands() -> None:
    bearing = RangeBearing("DEGREES_KM", "TRUE", azimuth=90.0, range=10.0, elevation=2.0)
    reader = SapientPlots(0, SENSORS)
    before = reader.read(frames(detection(1, range_bearing=bearing)))
    assert [r.reason for r in before.rejections] == ["UnknownSensor"]
    assert before.rejections[0].sensor == NODE
    after = reader.read(
        frames(status(place=here(8.0, 47.0, z=500.0)), detection(2, range_bearing=bearing))
    )
    line = Geodesic.WGS84.Inverse(
        47.0,
        8.0,
        math.degrees(after.plots.latitude_rad[0]),
        math.degrees(after.plots.longitude_rad[0]),
    )
    assert line["s12"] == pytest.approx(10e3 * math.cos(math.radians(2.0)), abs=3.0)
    assert line["azi1"] == pytest.approx(90.0, abs=0.01)
    assert after.plots.altitude_m[0] == pytest.approx(500 + 349 + 7.8, abs=2.0)
    assert reader.nodes[NODE].status is not None


def test_bearings_from_another_north_are_refused_not_guessed() -> None:
    bearing = RangeBearing("DEGREES_M", "GRID", azimuth=90.0, range=10.0)
    reader = SapientPlots(0, SENSORS)
    batch = reader.read(frames(status(place=here(8.0, 47.0)), detection(2, range_bearing=bearing)))
    assert [r.detail for r in batch.rejections] == ["azimuth not from true north"]


def test_a_registered_name_leads_to_its_sensor_and_its_units() -> None:
    reader = SapientPlots(0, SENSORS)
    sent = detection(1, enu_velocity=ENUVelocity(36.0, 0.0))
    batch = reader.read(frames(registration(kph=True), sent, detection(2, node=OTHER)))
    assert not batch.rejections
    assert batch.plots.sensor.tolist() == [1, 0]
    assert batch.plots.velocity_east_mps[0] == pytest.approx(10.0)
    assert isinstance(reader.nodes[NODE].node, Node)
    assert reader.nodes[NODE].node.types == ("RADAR",)


def test_tasks_and_alerts_are_kept_as_records() -> None:
    task = Task(ulid(1), "STOP")
    reader = SapientPlots(0, SENSORS)
    batch = reader.read(frames(encode(task, node_id=NODE, time_ns=10**18)))
    assert len(batch.plots) == 0
    assert [each.content for each in reader.last] == [task]


@pytest.mark.parametrize("step", [1, 7, 64, 1000])
def test_the_stream_may_be_cut_anywhere(step: int) -> None:
    sent = b"".join([registration(), status(), *(detection(k) for k in range(8))])
    whole = SapientPlots(0, SENSORS).read(frames(sent)).plots
    reader = SapientPlots(0, SENSORS)
    parts = [sent[k : k + step] for k in range(0, len(sent), step)]
    batches = []
    position = 0
    for part in parts:
        one = Frames.from_payloads("sapient", "test", [part], [-1], [position])
        batches.append(reader.read(one))
        position += len(part)
    assert same(whole, Plots.join([batch.plots for batch in batches]))
    assert reader.unfinished_bytes == 0


def test_a_damaged_message_costs_no_neighbour() -> None:
    sent = [detection(k) for k in range(5)]
    damaged = bytearray(sent[2])
    damaged[8:30] = b"\xff" * 22
    batch = SapientPlots(0, SENSORS).read(frames(b"".join([*sent[:2], bytes(damaged), *sent[3:]])))
    assert len(batch.plots) == 4
    assert [r.offset for r in batch.rejections] == [len(sent[0]) + len(sent[1])]


@pytest.mark.parametrize(
    "length", [b"\xff\xff\xff\xff", b"\x00\x00\x00\x00", b"\x90\x00\x00\x00", b"\x90\xff\x03\x00"]
)
def test_a_damaged_length_costs_no_neighbour(length: bytes) -> None:
    sent = [detection(k) for k in range(12)]
    damaged = length + sent[2][4:]
    batch = SapientPlots(0, SENSORS).read(frames(b"".join([*sent[:2], damaged, *sent[3:]])))
    assert len(batch.plots) == 11
    assert len(batch.rejections) == 1
    assert "looking for the next message" in batch.rejections[0].detail


def test_an_invalid_message_is_refused_with_its_place() -> None:
    good, bad = detection(1), detection(2).replace(NODE.encode(), b"x" * 36)
    batch = SapientPlots(0, SENSORS).read(frames(good + bad + good))
    assert len(batch.plots) == 2
    (refused,) = batch.rejections
    assert refused.offset == len(good)
    assert "no UUID" in refused.detail


def test_noise_is_worked_through_in_bounded_time() -> None:
    noise = (b"\x40\x00\x00\x00\x0a\x02\x08" * 40_000)[: 1 << 18]
    reader = SapientPlots(0, SENSORS)
    batch = reader.read(frames(noise + detection(1)))
    assert len(batch.rejections) >= 1
    assert len(batch.plots) <= 1


def test_files_of_sapient_are_recognised() -> None:
    assert looks_like(detection(1))
    assert looks_like(registration() + detection(1))
    assert not looks_like(b"")
    assert not looks_like(b'{"type": "FeatureCollection"}')
    assert not looks_like(bytes(100))


def test_utm_is_undone() -> None:
    """Northing on the meridian against GeographicLib; the Eiffel tower as maps print it."""
    arc = Geodesic.WGS84.Inverse(0.0, 9.0, 50.0, 9.0)["s12"]
    latitude, longitude = utm_to_geodetic(500e3, 0.9996 * arc, "32U")
    assert math.degrees(latitude) == pytest.approx(50.0, abs=1e-9)
    assert math.degrees(longitude) == pytest.approx(9.0, abs=1e-12)
    latitude, longitude = utm_to_geodetic(448_252.0, 5_411_932.0, "31U")
    assert math.degrees(latitude) == pytest.approx(48.8582, abs=5e-5)
    assert math.degrees(longitude) == pytest.approx(2.2945, abs=5e-5)
    latitude, _ = utm_to_geodetic(500e3, 10e6 - 0.9996 * arc, "32G")
    assert math.degrees(latitude) == pytest.approx(-50.0, abs=1e-9)


@pytest.mark.parametrize(
    ("east", "north", "zone"),
    [
        (51.2, -1.8, "30U"),
        (5e5, 5e6, ""),
        (5e5, 5e6, "61U"),
        (5e5, 5e6, "30I"),
        (math.nan, 1, "30U"),
    ],
)
def test_utm_that_is_no_place_is_refused(east: float, north: float, zone: str) -> None:
    with pytest.raises(MalformedRecord):
        utm_to_geodetic(east, north, zone)
