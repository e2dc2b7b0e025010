"""Plots with their sensors go through bytes and come back; bad rows are left out, others stay."""

import math

import msgspec
import numpy as np
import pytest

from made_up_stations import NOW_NS
from skypact.exchange.plot_content import (
    HEAD,
    MOST_ROWS,
    PLOT_RECORD,
    decode_plots,
    describe_sensors,
    encode_plots,
    plot_records,
    sensors_from,
)
from skypact.exchange.rows import BadContent
from skypact.model.plots import PLOT_COLUMNS, Plots
from skypact.model.sensors import Sensor

RADAR = Sensor("Batken", "radar", 0.7, 1.2, 1000.0, sac=25, sic=11, rotation_s=5.0)
SENSORS = (RADAR, Sensor("Осh-2", "adsb"), Sensor("Issyk-Kul", "mlat", 0.74, 1.35, 1600.0))


def plots(count: int, sensor: int = 0) -> Plots:
    row = np.arange(count)
    return Plots.blank(
        count,
        sensor=np.full(count, sensor),
        measured_ns=NOW_NS + row,
        received_ns=NOW_NS + row + 5,
        range_m=12_345.678 + row,
        azimuth_rad=0.001 * (row % 6000),
        pressure_altitude_m=np.full(count, 9144.0),
        mode_3a=row % 4096,
        mode_s=0x600000 + row,
        callsign=np.array([b"KGA%d" % (n % 1000) for n in row], "S8"),
        source_track=row,
        position=row * 40,
    )


def test_plots_come_back_as_they_were_but_for_their_place_in_the_recording() -> None:
    sent = plots(MOST_ROWS)
    found = decode_plots(encode_plots(plot_records(sent), SENSORS))
    assert found.refused == {}
    assert found.sensors == (RADAR,)
    for name in PLOT_COLUMNS:
        told, was = getattr(found.plots, name), getattr(sent, name)
        assert told.dtype == was.dtype, name
        if name == "position":
            assert (told == -1).all()
        else:
            assert np.array_equal(told, was, equal_nan=name not in ("callsign",)), name


def test_sensors_that_no_plot_names_stay_at_home_and_indexes_follow() -> None:
    both = Plots.join([plots(2, sensor=2), plots(2, sensor=0), plots(1, sensor=-1)])
    found = decode_plots(encode_plots(plot_records(both), SENSORS))
    assert [sensor.name for sensor in found.sensors] == ["Batken", "Issyk-Kul"]
    assert found.plots.sensor.tolist() == [1, 1, 0, 0, -1]


def test_a_sensor_that_a_partner_would_refuse_is_described_within_bounds() -> None:
    odd = Sensor("a\nb" * 40, "radar", rotation_s=math.nan, max_range_m=9e9, range_sigma_m=0.0)
    [told] = sensors_from(describe_sensors((odd,)))
    assert told.name == ("a?b" * 40)[:64]
    assert (told.rotation_s, told.max_range_m, told.range_sigma_m) == (0.05, 2e6, 0.1)
    assert math.isnan(told.latitude_rad)


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("sensor", 1, "RowSensor"),
        ("sensor", -2, "RowSensor"),
        ("measured_ns", -1, "RowTime"),
        ("place", (1.0, np.inf, np.nan, np.nan), "RowPlace"),
        ("place", (np.nan, np.nan, 0.5, np.nan), "RowPlace"),
        ("place", (-1.0, 1.0, np.nan, np.nan), "RowPlace"),
        ("mode_s", 1 << 24, "RowCode"),
        ("callsign", b"A\0B", "RowCode"),
    ],
)
def test_a_bad_row_is_counted_by_reason_and_its_neighbours_are_kept(
    field: str, value: object, reason: str
) -> None:
    records = plot_records(plots(4))
    content = bytearray(encode_plots(records, SENSORS))
    records[2][field] = value
    content[-4 * PLOT_RECORD.itemsize :] = records.tobytes()
    found = decode_plots(bytes(content))
    assert found.plots.source_track.tolist() == [0, 1, 3]
    assert found.refused == {reason: 1}


def test_more_rows_than_an_envelope_holds_are_refused_on_both_sides() -> None:
    records = plot_records(plots(MOST_ROWS + 1))
    with pytest.raises(ValueError, match="one envelope"):
        encode_plots(records, SENSORS)
    description = describe_sensors((RADAR,))
    head = HEAD.pack(1, 0, 1, len(records), len(description))
    with pytest.raises(BadContent):
        decode_plots(head + description + records.tobytes())


def described(rows: object) -> bytes:
    description = msgspec.msgpack.encode(rows)
    count = len(rows) if isinstance(rows, list) else 0
    return HEAD.pack(1, 0, count, 0, len(description)) + description


GOOD = list(msgspec.msgpack.decode(describe_sensors((RADAR,)))[0])


@pytest.mark.parametrize(
    "content",
    [
        b"",
        HEAD.pack(2, 0, 0, 0, 1) + b"\x90",
        HEAD.pack(1, 1, 0, 0, 1) + b"\x90",
        HEAD.pack(1, 0, 1, 0, 1) + b"\x90",
        HEAD.pack(1, 0, 0, 2**32 - 1, 2**32 - 1),
        HEAD.pack(1, 0, 0, 0, 3) + b"\xc1\xc1\xc1",
        HEAD.pack(1, 0, 0, 0, 9000) + b"\x91" * 9000,
        described([GOOD, GOOD]),
        described([[*GOOD, 1]]),
        described([[*GOOD[:-1]]]),
        described([["x" * 65, *GOOD[1:]]]),
        described([["\u202eevil", *GOOD[1:]]]),
        described([[GOOD[0], "weapon", *GOOD[2:]]]),
        described([[*GOOD[:2], 1e300, *GOOD[3:]]]),
        described([[*GOOD[:7], math.nan, *GOOD[8:]]]),
        described([[*GOOD[:5], 256, *GOOD[6:]]]),
    ],
)
def test_what_is_not_laid_out_so_is_refused_as_a_whole(content: bytes) -> None:
    with pytest.raises(BadContent):
        decode_plots(content)


def test_the_sound_description_that_others_are_made_from_is_taken() -> None:
    assert decode_plots(described([GOOD])).sensors == (RADAR,)
