"""A node's picture as CAT062, 063 and 065: what it says is read back by us and by libasterix."""

import math
from importlib import import_module
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skypact.feeds.asterix import AsterixPlots, decode_items
from skypact.feeds.asterix.items import CategoryItems
from skypact.feeds.asterix.publish import service_messages, track_messages
from skypact.model.frames import Frames
from skypact.model.sensors import Sensor, SensorTable
from skypact.model.status import NodeStatus, SensorStatus
from skypact.model.time import SECOND_NS
from skypact.model.tracks import TRACK_COLUMNS, Tracks

NOW_NS = 19_000 * 86_400 * SECOND_NS + 50_000 * SECOND_NS
SENSORS = SensorTable(
    (
        Sensor("Batken", "radar", sac=25, sic=11),
        Sensor("Osh", "adsb"),
        Sensor("Naryn", "mlat", sac=25, sic=13),
    )
)
READER = SensorTable((Sensor("Node", "tracker", sac=25, sic=100),))


def tracks_of(count: int, **columns: Any) -> Tracks:
    step = np.arange(count)
    values: dict[str, Any] = {
        "track": step + 1,
        "measured_ns": np.full(count, NOW_NS),
        "latitude_rad": np.radians(42.0 + step / 100),
        "longitude_rad": np.radians(74.0 + step / 100),
        "altitude_m": np.full(count, np.nan),
        "pressure_altitude_m": np.full(count, 10_668.0),
        "velocity_east_mps": np.full(count, 200.0),
        "velocity_north_mps": np.full(count, -50.0),
        "velocity_up_mps": np.full(count, np.nan),
        "horizontal_sigma_m": np.full(count, 40.0),
        "confirmed": np.ones(count, bool),
        "coasting": np.zeros(count, bool),
        "last_plot_ns": np.full(count, NOW_NS - 2 * SECOND_NS),
        "mode_3a": np.full(count, 0o1234),
        "mode_s": np.full(count, 0x400000) + step,
        "callsign": np.full(count, b"KGA101"),
    }
    given_columns = values | columns
    arrays = {
        name: np.array(given_columns[name], dtype)
        for name, dtype in TRACK_COLUMNS.items()
        if name not in ("sensors", "covariance")
    }
    sensors = np.array(columns.get("sensors", np.ones(count)), np.uint64).reshape(count, 1)
    return Tracks(**arrays, sensors=sensors, covariance=np.full((count, 10), np.nan))


def sent(tracks: Tracks, **named: Any) -> list[bytes]:
    return track_messages(tracks, SENSORS, sac=25, sic=100, now_ns=NOW_NS, **named)


def frames_of(payloads: list[bytes]) -> Frames:
    return Frames.from_payloads("asterix", "node", payloads, [NOW_NS] * len(payloads))


def told(payloads: list[bytes], category: int = 62, edition: str | None = None) -> CategoryItems:
    batch = decode_items(frames_of(payloads), {category: edition} if edition else None)
    assert batch.rejections == ()
    return batch.categories[category]


def test_a_picture_is_read_back_as_the_plots_of_a_tracker() -> None:
    tracks = tracks_of(300)
    payloads = sent(tracks)
    assert max(map(len, payloads)) <= 1400
    batch = AsterixPlots(READER).read(frames_of(payloads))
    assert batch.rejections == ()
    plots = batch.plots
    assert plots.source_track.tolist() == tracks.track.tolist()
    assert plots.latitude_rad == pytest.approx(tracks.latitude_rad, abs=1e-7)
    assert plots.longitude_rad == pytest.approx(tracks.longitude_rad, abs=1e-7)
    assert plots.measured_ns.tolist() == tracks.measured_ns.tolist()
    assert plots.pressure_altitude_m == pytest.approx(tracks.pressure_altitude_m, abs=0.125 * 30.48)
    assert plots.velocity_east_mps.tolist() == [200.0] * 300
    assert plots.velocity_north_mps.tolist() == [-50.0] * 300
    assert plots.horizontal_sigma_m == pytest.approx(40.0, abs=0.25)
    assert (plots.mode_3a == 0o1234).all()
    assert plots.mode_s.tolist() == tracks.mode_s.tolist()
    assert (plots.callsign == b"KGA101").all()


def test_a_tracks_standing_is_told() -> None:
    tracks = tracks_of(
        3, confirmed=[True, False, True], coasting=[False, False, True], sensors=[1, 3, 2]
    )
    items = told(sent(tracks))
    assert items.columns["I062/080/CNF"].tolist() == [0, 1, 0]
    assert items.columns["I062/080/CST"].tolist() == [0, 0, 1]
    assert items.columns["I062/080/MON"].tolist() == [1, 0, 1]
    assert items.columns["I062/080/ADS"].tolist() == [1, 0, 0]
    assert items.columns["I062/080/SIM"].tolist() == [0, 0, 0]


def test_exercise_tracks_and_last_words_are_marked() -> None:
    items = told(sent(tracks_of(1), simulated=True, ended=tracks_of(1, track=[9])))
    assert items.columns["I062/080/SIM"].tolist() == [1, 1]
    assert items.columns["I062/080/TSE"].tolist() == [0, 1]
    assert items.columns["I062/040"].tolist() == [1, 9]


def test_an_age_is_told_only_where_it_is_known_whose_it_is() -> None:
    tracks = tracks_of(
        5,
        sensors=[1, 2, 4, 3, 1],
        last_plot_ns=[NOW_NS - 2 * SECOND_NS] * 4 + [NOW_NS - 500 * SECOND_NS],
        mode_s=[-1, 5, 5, 5, -1],
    )
    columns = told(sent(tracks)).columns
    expected = {"SSR": [2.0, None, None, None, 63.75], "ES": [None, 2.0, None, None, None]}
    expected["MLT"] = [None, None, 2.0, None, None]
    for name, ages in expected.items():
        got = [None if math.isnan(v) else v for v in columns[f"I062/290/{name}"].tolist()]
        assert got == ages, name


def test_where_a_height_comes_from_is_told_and_no_height_is_told_for_another() -> None:
    tracks = tracks_of(
        3,
        altitude_m=[3000.0, 3000.0, np.nan],
        pressure_altitude_m=[np.nan, 3000.0, 3000.0],
        velocity_up_mps=[10.0, -10.0, np.nan],
        sensors=[2, 4, 1],
    )
    columns = told(sent(tracks)).columns
    assert columns["I062/080/SRC"].tolist() == [1, 7, 0]
    assert columns["I062/080/MRH"].tolist() == [1, 0, 0]
    assert np.isnan(columns["I062/130"]).tolist() == [False, False, True]
    assert np.isnan(columns["I062/136"]).tolist() == [True, False, False]
    assert columns["I062/220"][:2] == pytest.approx([1968.5, -1968.5], abs=3.2)


def test_the_same_bytes_mean_the_same_in_edition_1_18() -> None:
    payloads = sent(tracks_of(50, altitude_m=np.full(50, 9000.0)))
    old, new = told(payloads, edition="1.18"), told(payloads)
    assert len(old) == len(new) == 50
    for name in old.columns.keys() & new.columns.keys():
        assert np.array_equal(old.columns[name], new.columns[name]), name


def test_tracks_that_cannot_be_told_are_left_out_and_what_no_field_holds_is_not_sent() -> None:
    tracks = tracks_of(
        3,
        latitude_rad=[np.nan, 0.7, 0.7],
        velocity_east_mps=[0, 9000.0, 1.0],
        pressure_altitude_m=[0, 1e6, -600.0],
        callsign=[b"", b"a1?", b"kga7"],
        mode_3a=[-1, -1, -1],
        horizontal_sigma_m=[1.0, 1e9, 0.0],
        track=[1, 70_000, 3],
    )
    columns = told(sent(tracks)).columns
    assert columns["I062/040"].tolist() == [70_000 - 65_536, 3]
    assert np.isnan(columns["I062/185/VX"]).tolist() == [True, False]
    assert np.isnan(columns["I062/185/VY"]).tolist() == [True, False], "half a velocity is none"
    assert np.isnan(columns["I062/136"]).tolist() == [True, False]
    assert columns["I062/245/CHR"].tolist() == [b"", b"KGA7"]
    assert columns["I062/500/APC/X"].tolist() == [32767.5, 0.5]
    assert "I062/060/MODE3A" not in columns
    assert sent(tracks_of(0)) == []


anything = st.floats(allow_nan=True, allow_infinity=True)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(anything, anything, anything, anything, st.binary(max_size=8)), max_size=9)
)
def test_whatever_a_track_holds_there_is_a_message_or_silence(
    rows: list[tuple[float, float, float, float, bytes]],
) -> None:
    count = len(rows)
    fields = list(zip(*rows, strict=True)) or [[]] * 5
    tracks = tracks_of(
        count,
        altitude_m=fields[0],
        pressure_altitude_m=fields[1],
        velocity_east_mps=fields[2],
        horizontal_sigma_m=fields[3],
        velocity_up_mps=fields[0],
        callsign=fields[4],
    )
    payloads = sent(tracks)
    assert sum(len(told([payload])) for payload in payloads) == count


def test_libasterix_reads_the_whole_picture() -> None:
    base, generated = import_module("asterix.base"), import_module("asterix.generated")
    tracks = tracks_of(40, altitude_m=np.full(40, 9000.0))
    for edition in ((1, 18), (1, 21)):
        spec = next(s for s in generated.manifest["CATS"][62] if s.cv_edition == edition)
        numbers = []
        for payload in sent(tracks):
            content = base.Bits.from_bytes(payload[3:])
            records = spec.cv_uap.parse(content)
            assert not isinstance(records, ValueError), records
            for record in records:
                assert record.get_item("010").as_uint() == 25 * 256 + 100
                numbers.append(record.get_item("040").as_uint())
                time_s = record.get_item("070").variation.content.as_quantity("s")
                assert time_s == 50_000.0
                height = record.get_item("136").variation.content.as_quantity("FL")
                assert height == pytest.approx(350.0)
        assert numbers == tracks.track.tolist()


def status_of(*states: str) -> NodeStatus:
    sensors = tuple(
        SensorStatus(sensor.name, sensor.kind, None, None, state, 0, 0.0, -1, {})  # type: ignore[arg-type]
        for sensor, state in zip(SENSORS, states, strict=True)
    )
    return NodeStatus("Osh", "live", NOW_NS, 1.0, 0, 0.0, 0, False, sensors, {})


def test_sensors_and_service_are_reported() -> None:
    payloads = service_messages(status_of("live", "live", "silent"), SENSORS, sac=25, sic=100)
    sensors, service = told(payloads[:1], 63), told(payloads[1:], 65)
    assert sensors.columns["I063/050/SIC"].tolist() == [11, 13], "one has no number"
    assert sensors.columns["I063/060/CON"].tolist() == [0, 3]
    assert sensors.columns["I063/030"].tolist() == [50_000.0] * 2
    assert service.columns["I065/000"].tolist() == [1, 3, 2]
    assert service.columns["I065/020"].tolist() == [-1, -1, NOW_NS // SECOND_NS % 256]
    assert service.columns["I065/040/NOGO"].tolist() == [0, -1, -1]
    assert service.columns["I065/050"].tolist() == [-1, 1, -1]


def test_a_node_that_hears_everything_reports_no_degradation_and_one_that_is_deaf_does() -> None:
    (_, well) = service_messages(status_of("live", "live", "live"), SENSORS, sac=1, sic=2)
    assert told([well], 65).columns["I065/000"].tolist() == [1, 2]
    (_, deaf) = service_messages(status_of("late", "silent", "late"), SENSORS, sac=1, sic=2)
    assert told([deaf], 65).columns["I065/040/NOGO"].tolist() == [1, -1, -1]
