"""SAPIENT, Cursor on Target, GeoJSON, DIS and multilateration sets: any bytes, and round trips."""

import contextlib
import json
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skypact.feeds.batch import FeedBatch
from skypact.feeds.cot import cot_events
from skypact.feeds.dis import entity_states
from skypact.feeds.geojson import geojson_of_tracks
from skypact.feeds.multilateration import Receivers
from skypact.feeds.multilateration.locards import plots_of_set, read_receivers
from skypact.feeds.readers import open_reader
from skypact.feeds.sapient.json_form import from_json
from skypact.feeds.sapient.mapping import content_of, encode
from skypact.feeds.sapient.records import (
    Alert,
    Command,
    DetectionReport,
    ENUVelocity,
    Location,
    LocationList,
    LocationOrRangeBearing,
    Parameter,
    RangeBearing,
    RangeBearingCone,
    Region,
    Task,
)
from skypact.feeds.sapient.records import ClassFilter as Filter
from skypact.feeds.sapient.validation import faults
from skypact.feeds.sapient.wire import HEADER_BYTES, decode
from skypact.model.errors import BadTable, MalformedRecord
from skypact.model.frames import FeedFormat, Frames
from skypact.model.plots import PLOT_COLUMNS, Plots
from skypact.model.sensors import Sensor, SensorTable
from skypact.model.tracks import TRACK_COLUMNS, Tracks

SENSORS = SensorTable((Sensor("one", "tracker"),))
NODE = "a8654cdf-4328-47de-81fa-c495589e30c8"
FORMATS: tuple[FeedFormat, ...] = ("sapient", "cot", "geojson", "dis")
REASONS = {"MalformedRecord", "FramingError", "TruncatedBlock", "UnknownEdition", "UnknownSensor"}


def read(form: FeedFormat, *payloads: bytes, received_ns: int = -1) -> FeedBatch:
    where = np.concatenate([[0], np.cumsum([len(p) for p in payloads])[:-1]]).astype(int)
    reader = open_reader(form, SENSORS, sensor=0)
    return reader.read(
        Frames.from_payloads(form, "test", payloads, [received_ns] * len(payloads), where.tolist())
    )


def tracks(count: int) -> Tracks:
    columns: dict[str, Any] = {n: np.zeros(count, d) for n, d in TRACK_COLUMNS.items()}
    columns["track"] = np.arange(count)
    columns["measured_ns"] = 1_714_564_800 * 10**9 + np.arange(count) * 10**9
    columns["latitude_rad"] = np.linspace(-1.2, 1.2, count)
    columns["sensors"] = np.zeros((count, 1), np.uint64)
    columns["covariance"] = np.full((count, 10), np.nan)
    return Tracks(**columns)


def sample(form: FeedFormat, count: int = 4) -> list[bytes]:
    """A few good messages of each format."""
    if form == "cot":
        return cot_events(tracks(count))
    if form == "dis":
        return entity_states(tracks(count), exercise_id=1)
    if form == "geojson":
        return [b"".join(geojson_of_tracks(tracks(count)))]
    place = Location(8.0, 47.0, "LAT_LNG_DEG_M", "WGS84_E", z=500.0)
    return [
        encode(
            DetectionReport(f"01H4R63D7NVN8444Z5M77W{k:04d}", "0" * 26, location=place),
            node_id=NODE,
            time_ns=10**18 + k,
        )
        for k in range(count)
    ]


def sound(batch: FeedBatch) -> None:
    """What every batch promises."""
    plots = batch.plots
    assert {r.reason for r in batch.rejections} <= REASONS
    assert all(r.detail for r in batch.rejections)
    assert (np.diff(plots.received_ns) >= 0).all()
    placed = np.isfinite(plots.latitude_rad)
    assert (np.abs(plots.latitude_rad[placed]) <= np.pi / 2 + 1e-9).all()
    for name in PLOT_COLUMNS:
        column = getattr(plots, name)
        assert column.dtype.kind != "f" or not np.isinf(column).any(), name


@pytest.mark.parametrize("form", FORMATS)
@given(data=st.lists(st.binary(max_size=400), max_size=4), received=st.sampled_from([-1, 10**18]))
@settings(deadline=None, max_examples=60)
def test_any_bytes_give_columns_or_a_named_refusal(
    form: FeedFormat, data: list[bytes], received: int
) -> None:
    if data:
        sound(read(form, *data, received_ns=received))


@pytest.mark.parametrize("form", FORMATS)
@given(
    damage=st.lists(
        st.tuples(
            st.floats(0, 0.999),
            st.sampled_from(["flip", "cut", "add", "swap"]),
            st.binary(min_size=1, max_size=6),
        ),
        min_size=1,
        max_size=4,
    )
)  # fmt: skip
@settings(deadline=None, max_examples=100)
def test_damaged_streams_give_columns_or_a_named_refusal(
    form: FeedFormat, damage: list[tuple[float, str, bytes]]
) -> None:
    data = bytearray(b"".join(sample(form)))
    for where, how, extra in damage:
        at = int(where * len(data))
        if how == "flip":
            data[at] ^= extra[0]
        elif how == "cut":
            del data[at : at + len(extra)]
        elif how == "add":
            data[at:at] = extra
        else:
            data[at : at + len(extra)] = extra
        data = data or bytearray(b"x")
    sound(read(form, bytes(data)))


@pytest.mark.parametrize("form", ["sapient", "cot"])
@given(cuts=st.lists(st.integers(0, 3000), max_size=6), junk=st.binary(max_size=30))
@settings(deadline=None, max_examples=60)
def test_streams_cut_anywhere_give_the_same_plots(
    form: FeedFormat, cuts: list[int], junk: bytes
) -> None:
    messages = sample(form, 6)
    data = b"".join([*messages[:3], junk, *messages[3:]])
    whole = read(form, data).plots
    reader = open_reader(form, SENSORS, sensor=0)
    edges = sorted({0, len(data), *(cut % len(data) for cut in cuts)})
    parts = [
        reader.read(Frames.from_payloads(form, "test", [data[a:b]], [-1], [a])).plots
        for a, b in pairwise(edges)
    ]
    joined = Plots.join(parts)
    for name in PLOT_COLUMNS:
        column = getattr(whole, name)
        floats = column.dtype.kind == "f"
        assert np.array_equal(column, getattr(joined, name), equal_nan=floats), name


@given(text=st.text(max_size=300), cells=st.lists(st.text('[],0123456789.-e"', max_size=40)))
@settings(deadline=None, max_examples=100)
def test_any_multilateration_table_gives_plots_or_a_named_refusal(
    text: str, cells: list[str]
) -> None:
    receivers = Receivers.at(
        np.arange(4),
        np.radians([47.0, 47.5, 47.2, 46.8]),
        np.radians([8, 8.3, 9, 8.7]),
        np.zeros(4),
    )
    with contextlib.suppress(BadTable):
        read_receivers(text)
    head = "latitude,longitude,baroAltitude,geoAltitude,measurements\n"
    rows = "".join('47,8,9000,9000,"' + cell.replace('"', '""') + '"\n' for cell in cells)
    with contextlib.suppress(BadTable):
        batch = plots_of_set(head + rows + text, receivers, 0)
        assert {r.reason for r in batch.rejections} <= {"MalformedRecord", "NoPosition"}


@given(value=st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["timestamp", "nodeId", "alert", "location", "x", "classification", "task",
                         "subClass", "associatedFile", "error", "packet", "alertType"]),
        inner, max_size=4,
    ),
    max_leaves=12,
))  # fmt: skip
@settings(deadline=None, max_examples=200)
def test_any_json_gives_a_message_or_a_named_refusal(value: Any) -> None:
    with contextlib.suppress(MalformedRecord):
        message, unknown = from_json(json.dumps(value).encode())
        assert all(unknown)
        assert isinstance(faults(message), tuple)


finite = st.floats(-1e6, 1e6)
ratio = st.none() | st.floats(0, 1, width=32)
words = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cs", "Cc", "Zs"]), min_size=1, max_size=12
)
ulids = st.text("0123456789ABCDEFGHJKMNPQRSTVWXYZ", min_size=25, max_size=25).map("0".__add__)
locations = st.builds(
    Location, finite, finite, st.sampled_from(["LAT_LNG_DEG_M", "UTM_M"]),
    st.sampled_from(["WGS84_E", "WGS84_G"]), z=st.none() | finite,
)  # fmt: skip
bearings = st.builds(
    RangeBearing, st.just("DEGREES_M"), st.sampled_from(["TRUE", "GRID"]), range=st.none() | finite
)
lists = st.builds(LocationList, st.lists(locations, min_size=1, max_size=3).map(tuple))
areas = st.builds(LocationOrRangeBearing, location_list=lists) | st.builds(
    LocationOrRangeBearing,
    range_bearing=st.builds(RangeBearingCone, st.just("DEGREES_M"), st.just("TRUE")),
)
filters = st.builds(
    Filter, words, st.builds(Parameter, words, st.just("EQUAL"), st.floats(-1e6, 1e6, width=32))
)
regions = st.builds(
    Region, st.just("IGNORE"), ulids, words, areas, st.lists(filters, max_size=2).map(tuple)
)
commands = (
    st.builds(Command, request=words)
    | st.builds(Command, look_at=areas)
    | st.builds(Command, patrol=lists)
    | st.builds(Command, detection_threshold=st.sampled_from(["LOW", "HIGH"]))
)
tasks = st.builds(
    Task, ulids, st.sampled_from(["START", "STOP", "PAUSE"]), task_name=st.none() | words,
    task_start_ns=st.none() | st.integers(0, 1 << 62), command=st.none() | commands,
    region=st.lists(regions, max_size=2).map(tuple),
)  # fmt: skip
alerts = st.builds(
    Alert, ulids, alert_type=st.sampled_from([None, "WARNING", "MODE_CHANGE"]), ranking=ratio,
    description=st.none() | words, location=locations,
) | st.builds(Alert, ulids, confidence=ratio, range_bearing=bearings)  # fmt: skip
detections = st.builds(
    DetectionReport, ulids, ulids, location=locations, detection_confidence=ratio,
    enu_velocity=st.none() | st.builds(ENUVelocity, finite, finite),
)  # fmt: skip


@given(record=tasks | alerts | detections, time_ns=st.integers(0, 1 << 62))
@settings(deadline=None, max_examples=200)
def test_sapient_records_survive_the_wire(record: Any, time_ns: int) -> None:
    message = decode(encode(record, node_id=NODE, time_ns=time_ns)[HEADER_BYTES:])
    assert faults(message) == ()
    assert content_of(message) == record


@given(
    rows=st.lists(
        st.tuples(
            st.floats(-89.9, 89.9), st.floats(-179.9, 179.9), st.floats(0, 20e3),
            st.floats(-300, 300), st.floats(-300, 300),
            st.integers(0, 2**60), st.text("ABCXYZ0189", max_size=8),
        ),
        min_size=1, max_size=5,
    )
)  # fmt: skip
@settings(deadline=None, max_examples=60)
def test_tracks_survive_cot_geojson_and_dis(rows: list[tuple[Any, ...]]) -> None:
    latitude, longitude, height, east, north, when, names = zip(*rows, strict=True)
    columns: dict[str, Any] = {n: np.zeros(len(rows), d) for n, d in TRACK_COLUMNS.items()}
    columns |= {
        "track": np.arange(len(rows)),
        "measured_ns": np.sort(np.array(when, np.int64)),
        "latitude_rad": np.radians(latitude),
        "longitude_rad": np.radians(longitude),
        "altitude_m": np.array(height),
        "velocity_east_mps": np.array(east),
        "velocity_north_mps": np.array(north),
        "callsign": np.array([name.encode() for name in names], "S8"),
        "sensors": np.zeros((len(rows), 1), np.uint64),
        "covariance": np.full((len(rows), 10), np.nan),
    }
    given_tracks = Tracks(**columns)
    for form, sent in (
        ("cot", cot_events(given_tracks)),
        ("geojson", [b"".join(geojson_of_tracks(given_tracks))]),
        ("dis", entity_states(given_tracks, exercise_id=1)),
    ):
        plots = read(form, *sent).plots  # type: ignore[arg-type]
        assert len(plots) == len(rows), form
        assert np.allclose(plots.latitude_rad, given_tracks.latitude_rad, atol=1e-9), form
        assert np.allclose(plots.longitude_rad, given_tracks.longitude_rad, atol=1e-9), form
        assert np.allclose(plots.altitude_m, given_tracks.altitude_m, atol=0.06), form
        assert np.allclose(plots.velocity_east_mps, east, atol=0.06), form
        if form != "dis":  # whose clock only knows the hour
            assert plots.measured_ns.tolist() == given_tracks.measured_ns.tolist()
        if form != "cot":  # which names the nameless after their track
            assert plots.callsign.tolist() == given_tracks.callsign.tolist()


@pytest.mark.parametrize("form", ["sapient", "cot"])
@given(where=st.floats(0, 0.9999), bit=st.integers(0, 7))
@settings(deadline=None, max_examples=150)
def test_one_flipped_bit_costs_at_most_one_message(
    form: FeedFormat, where: float, bit: int
) -> None:
    data = bytearray(b"".join(sample(form, 8)))
    data[int(where * len(data))] ^= 1 << bit
    assert len(read(form, bytes(data)).plots) >= 7
