"""GeoJSON: features in and out."""

import json
from typing import Any

import numpy as np
import pytest

from skypact.feeds.geojson import geojson_of_plots, geojson_of_tracks
from skypact.feeds.geojson.plots import GeoJsonPlots, looks_like
from skypact.model.frames import Frames
from skypact.model.plots import Plots
from skypact.model.sensors import Sensor, SensorTable
from skypact.model.tracks import TRACK_COLUMNS, Tracks

SENSORS = SensorTable((Sensor("files", "tracker"), Sensor("north", "radar")))


def frame(text: bytes, received_ns: int = -1) -> Frames:
    return Frames.from_payloads("geojson", "test", [text], [received_ns])


def feature(**properties: Any) -> dict[str, Any]:
    point = {"type": "Point", "coordinates": [8.5, 47.25, 1000.0]}
    return {"type": "Feature", "geometry": point, "properties": properties}


def read(*features: Any, received_ns: int = -1, start_ns: int | None = None) -> Any:
    text = json.dumps({"type": "FeatureCollection", "features": list(features)}).encode()
    return GeoJsonPlots(0, SENSORS, start_ns=start_ns).read(frame(text, received_ns))


def test_a_point_with_a_time_becomes_a_plot() -> None:
    batch = read(
        feature(time="2024-05-01T12:00:00.000000001Z", callsign="swr12", mode_s="4B1617",
                squawk="7700", sensor="north", track=12)
    )  # fmt: skip
    plots = batch.plots
    assert not batch.rejections
    assert plots.measured_ns.tolist() == [1_714_564_800_000_000_001]
    assert plots.sensor.tolist() == [1]
    assert plots.callsign.tolist() == [b"SWR12"]
    assert plots.mode_3a.tolist() == [0o7700]
    assert plots.mode_s.tolist() == [0x4B1617]
    assert plots.source_track.tolist() == [12]
    assert plots.altitude_m.tolist() == [1000.0]
    assert np.degrees(plots.longitude_rad[0]) == pytest.approx(8.5)


@pytest.mark.parametrize("moment", [1_714_564_800, 1_714_564_800.0, 1_714_564_800_000,
                                    1_714_564_800_000_000, 1_714_564_800_000_000_000])  # fmt: skip
def test_the_size_of_a_number_tells_its_unit(moment: float) -> None:
    assert read(feature(timestamp=moment)).plots.measured_ns.tolist() == [1_714_564_800 * 10**9]


def test_a_feature_without_time_takes_that_of_reception_or_start() -> None:
    assert read(feature(), received_ns=5).plots.measured_ns.tolist() == [5]
    assert read(feature(), start_ns=7).plots.measured_ns.tolist() == [7]
    assert "without time" in read(feature()).rejections[0].detail


def test_what_is_no_point_is_refused_and_its_neighbours_stay() -> None:
    line = feature(time=1) | {"geometry": {"type": "LineString", "coordinates": [[0, 0], [1, 1]]}}
    batch = read(feature(time=1), line, line, 7, feature(time=2))
    assert len(batch.plots) == 2
    assert {(r.detail, r.count) for r in batch.rejections} == {("no Point", 2), ("no Feature", 1)}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"geometry": {"type": "Point", "coordinates": [181, 0]}}, "longitude"),
        ({"geometry": {"type": "Point", "coordinates": [0, 91]}}, "latitude"),
        ({"geometry": {"type": "Point", "coordinates": [0]}}, "coordinates"),
        ({"geometry": {"type": "Point", "coordinates": ["a", "b"]}}, "longitude"),
        ({"geometry": {"type": "Point", "coordinates": [None, 1]}}, "coordinates"),
        ({"geometry": None}, "no Point"),
        ({"properties": {"time": "soon"}}, "time"),
        ({"properties": {"time": -5}}, "time"),
        ({"properties": {"time": 1e300}}, "time"),
        ({"properties": {"time": True}}, "time"),
        ({"properties": {"time": 1, "velocity_up_mps": 1e99}}, "velocity_up_mps"),
        ({"properties": []}, "without time"),
    ],
)
def test_odd_features_are_refused_by_name(change: dict[str, Any], words: str) -> None:
    batch = read(feature(time=1) | change)
    assert len(batch.plots) == 0
    assert words in batch.rejections[0].detail


@pytest.mark.parametrize(
    "text",
    [b"", b"{", b"[1]", b"{}", b"[" * 100_000, b'{"type":"FeatureCollection"}', b"\xff\xfe", b"nul",
     b'{"type":"Topology"}', b"1" * 5000],
)  # fmt: skip
def test_documents_that_are_no_geojson_are_refused(text: bytes) -> None:
    batch = GeoJsonPlots(0, SENSORS).read(frame(text))
    assert [r.reason for r in batch.rejections] == ["MalformedRecord"]


def test_a_feature_a_line_is_read_too() -> None:
    good = json.dumps(feature(time=1)).encode()
    batch = GeoJsonPlots(0, SENSORS).read(frame(b"\n".join([good, b"{broken", b"", good])))
    assert len(batch.plots) == 2
    assert len(batch.rejections) == 1


def test_plots_go_out_and_come_back() -> None:
    draw = np.random.default_rng(1)
    given = Plots.blank(
        20,
        sensor=np.arange(20) % 2,
        measured_ns=np.arange(20) * 10**9 + 123_456_789,
        received_ns=np.arange(20) * 10**9 + 223_456_789,
        latitude_rad=draw.uniform(-1.5, 1.5, 20),
        longitude_rad=draw.uniform(-3.1, 3.1, 20),
        altitude_m=np.where(np.arange(20) % 3, draw.uniform(0, 12e3, 20), np.nan),
        velocity_east_mps=draw.uniform(-300, 300, 20),
        mode_s=np.arange(20) - 1,
        mode_3a=np.arange(20) - 1,
        callsign=np.array([b"", b"AB1"] * 10),
        source_track=np.arange(20),
    )
    text = b"".join(geojson_of_plots([given.take(slice(0, 7)), given.take(slice(7, 20))], SENSORS))
    assert json.loads(text)["type"] == "FeatureCollection"
    again = GeoJsonPlots(0, SENSORS).read(frame(text)).plots
    for name in ("sensor", "measured_ns", "mode_s", "mode_3a", "callsign", "source_track"):
        assert getattr(again, name).tolist() == getattr(given, name).tolist(), name
    for name in ("latitude_rad", "longitude_rad", "altitude_m", "velocity_east_mps"):
        assert np.allclose(getattr(again, name), getattr(given, name), atol=1e-3, equal_nan=True)
    assert np.allclose(again.latitude_rad, given.latitude_rad, atol=1e-10)


def test_a_plot_without_position_has_a_null_geometry() -> None:
    plot = Plots.blank(1, range_m=np.array([1e4]), azimuth_rad=np.array([np.pi / 2]))
    (written,) = json.loads(b"".join(geojson_of_plots(plot, SENSORS)))["features"]
    assert written["geometry"] is None
    assert written["properties"]["azimuth_deg"] == 90.0


def test_tracks_are_written_streaming_and_empty_is_valid() -> None:
    columns: dict[str, Any] = {n: np.zeros(2, d) for n, d in TRACK_COLUMNS.items()}
    columns["sensors"] = np.zeros((2, 1), np.uint64)
    columns["covariance"] = np.full((2, 10), np.nan)
    columns["confirmed"] = np.array([True, False])
    pieces = list(geojson_of_tracks(iter([Tracks.empty(), Tracks(**columns), Tracks(**columns)])))
    assert len(pieces) == 4
    features = json.loads(b"".join(pieces))["features"]
    assert [f["properties"]["confirmed"] for f in features] == [True, False] * 2
    assert features[0]["geometry"] == {"type": "Point", "coordinates": [0.0, 0.0, 0.0]}
    assert json.loads(b"".join(geojson_of_tracks(Tracks.empty())))["features"] == []


def test_files_of_geojson_are_recognised() -> None:
    assert looks_like(b'\xef\xbb\xbf { "features": [], "type" : "FeatureCollection" }')
    assert looks_like(json.dumps(feature(time=1)).encode())
    assert not looks_like(b'{"now": 1, "aircraft": []}')
    assert not looks_like(b"")
