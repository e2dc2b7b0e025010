"""Cursor on Target: events in, out, cut anywhere, and hostile."""

import math

import numpy as np
import pytest

from skypact.feeds.cot import cot_events
from skypact.feeds.cot.events import MOST_BYTES, parse
from skypact.feeds.cot.plots import CotPlots, looks_like
from skypact.model.errors import MalformedRecord, UsageError
from skypact.model.frames import Frames
from skypact.model.sensors import Sensor, SensorTable
from skypact.model.tracks import TRACK_COLUMNS, Tracks

SENSORS = SensorTable((Sensor("tak", "tracker"),))

EVENT = (
    '<event version="2.0" uid="ICAO-4B1617" type="a-n-A-C-F" how="m-g"'
    ' time="2024-05-01T12:00:01.5Z" start="2024-05-01T12:00:01Z" stale="2024-05-01T12:01:00Z">'
    '<point lat="47.25" lon="8.5" hae="3000.5" ce="35.0" le="9999999.0"/>'
    '<detail><contact callsign="swr12"/><track course="90.0" speed="200.0"/></detail></event>'
)
GROUND = EVENT.replace("a-n-A-C-F", "a-f-G-U-C")


def tracks(count: int = 3, **given: object) -> Tracks:
    columns: dict[str, object] = {
        name: np.zeros(count, dtype) for name, dtype in TRACK_COLUMNS.items()
    }
    columns |= {
        "track": np.arange(count) + 7,
        "measured_ns": np.arange(count) * 10**9 + 1_714_564_800_123_456_789,
        "latitude_rad": np.radians(np.linspace(-60, 60, count)),
        "longitude_rad": np.radians(np.linspace(-179.9, 179.9, count)),
        "altitude_m": np.where(np.arange(count) % 2, np.nan, 9000.0),
        "velocity_east_mps": np.full(count, -100.0),
        "velocity_north_mps": np.full(count, 100.0),
        "horizontal_sigma_m": np.full(count, 42.0),
        "callsign": np.array([b"AB1"] * count, "S8"),
        "sensors": np.zeros((count, 1), np.uint64),
        "covariance": np.full((count, 10), np.nan),
    }
    return Tracks(**(columns | given))  # type: ignore[arg-type]


def frames(*parts: bytes, received_ns: int = -1) -> Frames:
    where = np.concatenate([[0], np.cumsum([len(part) for part in parts])[:-1]])
    return Frames.from_payloads("cot", "test", parts, [received_ns] * len(parts), where.tolist())


def read(*parts: bytes) -> CotPlots:
    reader = CotPlots(0, SENSORS)
    reader.read(frames(*parts))
    return reader


def test_an_air_event_becomes_a_plot() -> None:
    batch = CotPlots(0, SENSORS).read(frames(EVENT.encode()))
    plots = batch.plots
    assert not batch.rejections
    assert plots.measured_ns.tolist() == [1_714_564_801_500_000_000]
    assert np.degrees(plots.latitude_rad[0]) == pytest.approx(47.25)
    assert plots.altitude_m.tolist() == [3000.5]
    assert plots.horizontal_sigma_m.tolist() == [35.0]
    assert plots.velocity_east_mps[0] == pytest.approx(200.0)
    assert plots.velocity_north_mps[0] == pytest.approx(0.0, abs=1e-9)
    assert plots.mode_s.tolist() == [0x4B1617]
    assert plots.callsign.tolist() == [b"SWR12"]


def test_what_is_not_in_the_air_is_kept_but_is_no_plot() -> None:
    reader = CotPlots(0, SENSORS)
    batch = reader.read(frames((EVENT + GROUND).encode()))
    assert len(batch.plots) == 1
    assert len(batch.heard) == 2
    assert [event.airborne for event in reader.last] == [True, False]


def test_unknown_height_and_error_stay_unknown() -> None:
    event = parse(EVENT.replace("3000.5", "9999999.0").replace("35.0", "9999999").encode())
    assert math.isnan(event.altitude_m)
    assert math.isnan(event.circular_error_m)
    assert math.isnan(event.linear_error_m)


@pytest.mark.parametrize("step", [1, 5, 100, 10_000])
def test_the_stream_may_be_cut_anywhere(step: int) -> None:
    text = ("<?xml version='1.0'?>\n" + EVENT + "\n" + GROUND + EVENT.replace("47.25", "48")) * 4
    data = text.encode()
    whole = CotPlots(0, SENSORS).read(frames(data))
    assert len(whole.plots) == 8
    reader = CotPlots(0, SENSORS)
    found = []
    for begin in range(0, len(data), step):
        part = data[begin : begin + step]
        batch = reader.read(Frames.from_payloads("cot", "test", [part], [-1], [begin]))
        assert not batch.rejections
        found += batch.plots.position.tolist()
    assert found == whole.plots.position.tolist()


def test_tracks_come_back_as_plots() -> None:
    given = tracks(5)
    events = cot_events(given, prefix="north")
    plots = CotPlots(0, SENSORS).read(frames(*events)).plots
    assert plots.measured_ns.tolist() == given.measured_ns.tolist()
    assert np.allclose(plots.latitude_rad, given.latitude_rad, atol=1e-9)
    assert np.allclose(plots.longitude_rad, given.longitude_rad, atol=1e-9)
    assert np.allclose(plots.altitude_m, given.altitude_m, equal_nan=True)
    assert np.allclose(plots.velocity_east_mps, -100.0, atol=0.05)
    assert parse(events[0]).uid == "north.7"
    assert parse(events[0]).type == "a-u-A"
    assert parse(events[0]).stale_ns - parse(events[0]).time_ns == 30 * 10**9


def test_types_follow_identities() -> None:
    events = cot_events(tracks(2), identities=["hostile", "friend"])
    assert [parse(event).type for event in events] == ["a-h-A", "a-f-A"]
    with pytest.raises(UsageError, match="unknown"):
        cot_events(tracks(1), identities=["foe"])


def test_strings_are_escaped() -> None:
    name = b'<&">\x07x'
    (event,) = cot_events(tracks(1, callsign=np.array([name], "S8")), prefix='a"<b>')
    found = parse(event)
    assert found.callsign == '<&">?x'
    assert found.uid == 'a"<b>.7'


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (EVENT.replace("<event ", '<!DOCTYPE x [<!ENTITY a "b">]><event ', 1), "hostile"),
        (EVENT.replace("swr12", "&boom;"), "no XML"),
        (EVENT.replace("<detail>", "<detail>" + "<a>" * 40 + "</a>" * 40), "deeper"),
        (EVENT.replace("<detail>", "<detail>" + "<a/>" * 3000), "over 2000"),
        (EVENT.replace("swr12", "x" * MOST_BYTES), "bytes of XML"),
        (EVENT.replace('lat="47.25"', 'lat="91"'), "lat"),
        (EVENT.replace('lat="47.25"', 'lat="nan"'), "lat"),
        (EVENT.replace('lat="47.25" ', ""), "without lat"),
        (EVENT.replace("2024-05-01T12:00:01.5Z", "now"), "time"),
        (EVENT.replace("ICAO-4B1617", ""), "uid"),
        (EVENT.replace("a-n-A-C-F", "-"), "type"),
        (EVENT.replace("point", "place"), "without point"),
        (EVENT.replace("</event>", ""), "no XML"),
        ("<other/>", "no event"),
        ("", "no XML"),
        ('<?xml version="1.0" encoding="nonsense"?>' + EVENT, "no XML"),
    ],
)
def test_hostile_or_broken_events_are_refused_by_name(text: str, words: str) -> None:
    with pytest.raises(MalformedRecord, match=words):
        parse(text.encode())


def test_a_broken_event_costs_no_neighbour() -> None:
    broken = EVENT.replace("</event>", "")
    parts = [EVENT, broken, EVENT, '<!DOCTYPE x [<!ENTITY a "b">]>', EVENT, "noise", EVENT]
    batch = CotPlots(0, SENSORS).read(frames("".join(parts).encode()))
    assert len(batch.plots) == 4
    assert [r.reason for r in batch.rejections] == ["FramingError"] * 3
    assert "hostile" in batch.rejections[1].detail
    assert batch.rejections[0].offset == len(EVENT)


def test_an_endless_event_is_not_kept() -> None:
    reader = CotPlots(0, SENSORS)
    for _ in range(40):
        reader.read(frames(b"<event " + b"x" * 8000))
    assert reader._stream.unfinished_bytes < 2 * MOST_BYTES
    assert len(reader.read(frames(EVENT.encode())).plots) == 1


def test_blanks_and_declarations_are_looked_over_in_linear_time() -> None:
    data = b" " * 300_000 + b"x" + b"<?xml " * 20_000 + b"<!--" * 20_000
    assert len(CotPlots(0, SENSORS).read(frames(data)).plots) == 0


def test_files_of_events_are_recognised() -> None:
    assert looks_like(EVENT.encode())
    assert looks_like(b"\xef\xbb\xbf<?xml version='1.0'?>\n<events>\n" + EVENT.encode())
    assert not looks_like(b"<html>")
    assert not looks_like(b"")
