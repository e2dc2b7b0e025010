"""State vectors to plots: what is joined, what is repeated, what is told apart and refused."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from skypact.feeds.batch import FeedBatch
from skypact.feeds.readers import open_reader
from skypact.feeds.states import opensky, readsb, sbs
from skypact.feeds.states.columns import STATE_COLUMNS, StateFollower, States
from skypact.model.frames import FeedFormat, Frames
from skypact.model.sensors import Sensor, SensorTable

SENSORS = SensorTable((Sensor("radar", "radar"), Sensor("RX", "adsb")))
SECOND_NS = 10**9
NOW = 1_700_000_000


def read(format: FeedFormat, text: str | bytes, received_ns: int = -1) -> FeedBatch:
    raw = text.encode() if isinstance(text, str) else text
    frames = Frames.from_payloads(format, "x", [raw], [received_ns])
    return open_reader(format, SENSORS, sensor=1).read(frames)


def line(kind: int, second: int, *fields: str) -> str:
    when = f"2024/02/29,10:00:{second:02d}.250"
    return f"MSG,{kind},1,1,600101,1,{when},{when},{','.join(fields)}\n"


STORY = (
    line(1, 0, "KZR123", "", "", "", "", "", "", "", "", "", "", "")
    + line(4, 1, "", "", "200", "90", "", "", "-640", "", "", "", "", "0")
    + line(6, 1, "", "", "", "", "", "", "", "4521", "0", "0", "0", "0")
    + line(3, 2, "", "35000", "", "", "42.5", "74.6", "", "", "0", "0", "0", "0")
)


def test_lines_of_an_aircraft_are_joined_to_its_positions() -> None:
    plots = read("sbs", STORY).plots
    assert len(plots) == 1
    assert plots.sensor.tolist() == [1]
    assert plots.callsign.tolist() == [b"KZR123"]
    assert plots.mode_3a.tolist() == [0o4521]
    assert plots.mode_s.tolist() == [0x600101]
    assert plots.velocity_east_mps[0] == pytest.approx(200 * 1852 / 3600)
    assert plots.velocity_up_mps[0] == pytest.approx(-640 * 0.3048 / 60)
    assert plots.pressure_altitude_m[0] == pytest.approx(35_000 * 0.3048)
    assert math.isnan(plots.altitude_m[0])
    assert plots.measured_ns[0] == 1_709_200_802_250_000_000
    assert plots.received_ns[0] == plots.measured_ns[0]


def test_a_clock_in_another_zone_is_not_believed_where_reception_is_known() -> None:
    received = 1_709_200_803 * SECOND_NS
    assert read("sbs", STORY, received).plots.measured_ns[0] == received - 750_000_000
    hours_off = received + 6 * 3_600 * SECOND_NS
    assert read("sbs", STORY, hours_off).plots.measured_ns[0] == hours_off


def test_lines_cut_short_are_refused_and_others_of_the_program_are_not() -> None:
    other = "STA,,5,179,600101,10103,2024/02/29,10:00:02.250,2024/02/29,10:00:02.250,RM\n"
    batch = read("sbs", STORY[:-40] + "\n" + other + STORY)
    assert [(r.reason, r.sensor, r.count) for r in batch.rejections] == [
        ("MalformedRecord", "RX", 1)
    ]
    assert len(batch.plots) == 1


def aircraft(**more: object) -> dict[str, object]:
    return {"hex": "600101", "type": "adsb_icao", "lat": 42.5, "lon": 74.6, **more}


def document(*rows: dict[str, object], now: float = NOW) -> str:
    return json.dumps({"now": now, "messages": 1, "aircraft": list(rows)}, indent=1)


def test_a_document_gives_a_plot_per_position_with_its_age_and_quality() -> None:
    batch = read(
        "readsb",
        document(
            aircraft(seen_pos=2.5, nac_p=9, alt_baro=35_000, alt_geom=35_500, flight="KZR123  "),
            aircraft(hex="600102", rc=186, nac_p=0, alt_baro="ground"),
            aircraft(hex="~2a0103", type="tisb_trackfile"),
            {"hex": "600104", "type": "mode_s"},
        ),
    )
    plots = batch.plots
    assert len(plots) == 3
    assert len(batch.heard) == 4
    assert plots.mode_s.tolist() == [0x600101, 0x600102, -1]
    assert plots.measured_ns[0] == NOW * SECOND_NS - 2_500_000_000
    assert plots.horizontal_sigma_m[:2] == pytest.approx(
        [math.hypot(30 / 2.448, 1.5), math.hypot(93 / 2.448, 1.5)]
    )
    assert math.isnan(plots.horizontal_sigma_m[2])
    assert plots.pressure_altitude_m[0] == pytest.approx(35_000 * 0.3048)
    assert plots.altitude_m[0] == pytest.approx(35_500 * 0.3048)
    assert plots.callsign[0] == b"KZR123"


def test_a_position_that_a_document_repeats_is_counted_not_plotted() -> None:
    reader = open_reader("readsb", SENSORS, sensor=1)
    texts = [document(aircraft(seen_pos=k), now=NOW + k) for k in range(3)]
    texts.append(document(aircraft(seen_pos=0.1, lat=42.501), now=NOW + 3))
    batches = [
        reader.read(Frames.from_payloads("readsb", "x", [text.encode()], [(NOW + k) * SECOND_NS]))
        for k, text in enumerate(texts)
    ]
    assert [len(batch.plots) for batch in batches] == [1, 0, 0, 1]
    assert [batch.duplicates for batch in batches] == [0, 1, 1, 0]


def test_a_compact_document_on_one_line_and_lines_of_aircraft_are_both_read() -> None:
    compact = json.dumps({"now": NOW, "aircraft": [aircraft(), aircraft(hex="600102")]})
    single = json.dumps({"now": NOW + 1, **aircraft(lat=42.6)})
    assert len(read("readsb", compact).plots) == 2
    assert len(read("readsb", f"{compact}\n{single}\n").plots) == 3


def test_a_document_that_does_not_close_is_refused_and_the_next_one_is_read() -> None:
    for whole in (document(aircraft()), json.dumps({"now": NOW, "aircraft": [aircraft()]})):
        reader = open_reader("readsb", SENSORS, sensor=1)
        payloads = [whole[:-3].encode(), whole.encode()]
        received = [NOW * SECOND_NS, (NOW + 1) * SECOND_NS]
        batch = reader.read(Frames.from_payloads("readsb", "x", payloads, received))
        assert [r.reason for r in batch.rejections] == ["MalformedRecord"]
        assert len(batch.plots) == 1


def test_opensky_times_are_those_of_the_position() -> None:
    text = (
        "time,icao24,lat,lon,velocity,heading,vertrate,callsign,onground,squawk,baroaltitude,"
        "geoaltitude,lastposupdate\n"
        f"{NOW},600101,42.5,74.6,200.0,90.0,0.0,KZR123 ,False,4521,10668.0,10843.26,{NOW - 1}.004\n"
        f"{NOW + 10},600101,42.5,74.6,200.0,90.0,0.0,KZR123 ,False,,,,{NOW - 1}.004\n"
        f"{NOW + 10},600102,42.5,,,,,,True,,,,\n"
        "garbage\n"
    )
    batch = read("opensky", text)
    assert len(batch.plots) == 1
    assert batch.duplicates == 1
    assert batch.plots.measured_ns[0] == (NOW - 1) * SECOND_NS + 4_000_000
    assert batch.plots.mode_3a.tolist() == [0o4521]
    assert batch.plots.altitude_m.tolist() == [10843.26]
    assert [r.count for r in batch.rejections] == [1]


def test_csv_without_the_columns_is_refused_once_by_name() -> None:
    assert [r.reason for r in read("opensky", "a,b\n1,2\n3,4\n").rejections] == ["FramingError"]


def test_the_follower_remembers_more_aircraft_than_it_began_with() -> None:
    count = 3_000
    states = States.blank(
        count,
        measured_ns=np.full(count, SECOND_NS),
        key=np.arange(count),
        latitude_deg=np.full(count, 42.5),
        longitude_deg=np.full(count, 74.6),
    )
    follower = StateFollower()
    assert not follower.follow(states).repeated.any()
    assert follower.follow(states).repeated.all()


def test_a_table_has_every_column_of_a_state_but_its_key() -> None:
    columns = sbs.decode_sbs(Frames.from_payloads("sbs", "x", [STORY.encode()], [-1]))
    assert set(STATE_COLUMNS) - {"key"} <= set(columns)
    assert columns["mode_s"].tolist() == [0x600101] * 4
    assert {len(values) for values in columns.values()} == {4}


def test_formats_are_told_apart_by_their_first_bytes() -> None:
    samples = {
        "sbs": STORY.encode(),
        "readsb": document(aircraft()).encode(),
        "opensky": b"time,icao24,lat,lon,velocity\n",
    }
    known = {"sbs": sbs, "readsb": readsb, "opensky": opensky}
    for name, module in known.items():
        for other, head in samples.items():
            assert module.looks_like(head) == (name == other), (name, other)
        assert not module.looks_like(b"")
        assert not module.looks_like(bytes(range(256)))


@pytest.mark.parametrize("format", ["sbs", "readsb", "opensky"])
def test_a_sensor_outside_the_table_is_refused(format: FeedFormat) -> None:
    with pytest.raises(ValueError, match="no sensor 7"):
        open_reader(format, SENSORS, sensor=7)
