"""Mode S from every format and source: who sent it, how good it is, what its registers say."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from skypact.feeds.mode_s import ModeSDecoder, dated_messages, decode_messages
from skypact.feeds.mode_s import encode as enc
from skypact.feeds.mode_s.avr import looks_like as looks_like_avr
from skypact.feeds.mode_s.hexcsv import looks_like as looks_like_hexcsv
from skypact.feeds.mode_s.jet1090 import looks_like as looks_like_jet1090
from skypact.feeds.mode_s.messages import MessageColumns
from skypact.feeds.mode_s.plots import plots_of
from skypact.feeds.mode_s.registers import VALUES
from skypact.kernels.mode_s_bits import put_bits, seal
from skypact.kernels.mode_s_layout import VALUES as WIDTH
from skypact.model.frames import FeedFormat, Frames

SECOND_NS = 10**9
ICAO = 0x600101
PLACE = (np.radians([42.88]), np.radians([74.6]), [35_000.0])


def decode(*rows: NDArray[np.uint8], step_ns: int = SECOND_NS // 2) -> MessageColumns:
    messages = np.concatenate(rows)
    times = np.arange(1, len(messages) + 1) * step_ns
    return ModeSDecoder().take(dated_messages(messages, times), "test")


def squitter(*fields: tuple[int, int, int], control: int | None = None) -> NDArray[np.uint8]:
    """A DF17, or DF18 with a control field, with ME fields (first bit, bits, value)."""
    message = np.zeros(14, np.uint8)
    put_bits(message, 1, 5, 17 if control is None else 18)
    put_bits(message, 6, 3, 5 if control is None else control)
    put_bits(message, 9, 24, ICAO)
    for first, count, value in fields:
        put_bits(message, 32 + first, count, value)
    seal(message, 14, 0)
    return message.reshape(1, 14)


def status(*more: tuple[int, int, int], version: int = 2) -> NDArray[np.uint8]:
    return squitter((1, 5, 31), (41, 3, version), *more)


def as_sent_by(control: int, message: NDArray[np.uint8], *, imf: int = 0) -> NDArray[np.uint8]:
    other = message.copy()
    other[0, 0] = 18 << 3 | control
    other[0, 4] |= imf  # ME 8 of airborne positions
    seal(other[0], 14, 0)
    return other


@pytest.mark.parametrize(
    ("control", "imf", "source", "is_icao"),
    [
        (0, 0, b"adsb_icao", True),
        (1, 0, b"adsb_other", False),
        (2, 0, b"tisb_icao", True),
        (2, 1, b"tisb_trackfile", False),
        (5, 0, b"tisb_trackfile", False),
        (6, 0, b"adsr_icao", True),
        (6, 1, b"adsr_other", False),
        (3, 0, b"tisb_coarse", False),
        (4, 0, b"other", False),
    ],
)
def test_ground_stations_and_aircraft_are_told_apart(
    control: int, imf: int, source: bytes, is_icao: bool
) -> None:
    even, odd = (enc.encode_airborne_position([ICAO], *PLACE, f) for f in (False, True))
    columns = decode(*(as_sent_by(control, m, imf=imf) for m in (even, odd)))
    table = columns.as_table()
    assert set(table["source"].tolist()) == {source}
    assert set(table["mode_s"].tolist()) == {ICAO if is_icao else -1}
    assert len(plots_of(columns, 0)) == (control not in (3, 4))


def test_what_radar_tells_of_an_aircraft_is_not_paired_with_what_it_says_itself() -> None:
    even, odd = (enc.encode_airborne_position([ICAO], *PLACE, f) for f in (False, True))
    assert len(plots_of(decode(even, as_sent_by(2, odd)), 0)) == 0
    assert len(plots_of(decode(even, as_sent_by(6, odd)), 0)) == 1  # its own, from another link


def test_nic_follows_version_and_supplements() -> None:
    position = enc.encode_airborne_position([ICAO], *PLACE, False)  # type code 11
    table = decode(position, status((44, 1, 0)), position, status((44, 1, 1)), position).as_table()
    assert table["nuc_p"].tolist()[::2] == [7, -1, -1]
    assert table["nic"].tolist()[::2] == [-1, 8, 8]  # 9 needs supplement B too
    assert table["version"].tolist() == [-1, 2, 2, 2, 2]
    old = decode(status((44, 1, 1), version=1), position).as_table()
    assert old["nic"].tolist() == [-1, 9]
    assert old["containment_radius_m"][1] == pytest.approx(75.0)


def test_a_position_without_nacp_takes_its_sigma_from_nic() -> None:
    even, odd = (enc.encode_airborne_position([ICAO], *PLACE, f) for f in (False, True))
    plots = plots_of(decode(status((45, 4, 0)), even, odd), 0)
    assert plots.horizontal_sigma_m[0] == pytest.approx(math.hypot(92.6 / 2.448, 1.5), rel=1e-3)
    rated = plots_of(decode(status((45, 4, 10)), even, odd), 0)
    assert rated.horizontal_sigma_m[0] == pytest.approx(math.hypot(10 / 2.448, 1.5), rel=1e-3)


def test_target_state_status_and_category_are_read() -> None:
    target = squitter(
        (1, 5, 29), (6, 2, 1), (9, 1, 1), (10, 11, 1001), (21, 9, 267), (30, 1, 1), (31, 1, 1),
        (32, 8, 128), (40, 4, 9), (45, 2, 3), (47, 1, 1), (48, 1, 1), (54, 1, 1),
    )  # fmt: skip
    name = squitter((1, 5, 4), (6, 3, 3))
    table = decode(target, status((51, 2, 3), (49, 2, 2)), name).as_table()
    assert table["bds"].tolist() == [62, 65, -1]
    assert table["selected_altitude_ft"][0] == 32_000.0
    assert table["selected_altitude_by_fms"][0] == 1
    assert table["barometric_setting_hpa"][0] == pytest.approx(1012.8)
    assert table["selected_heading_deg"][0] == pytest.approx(270.0)
    assert table["flight_modes"][0] == 0b10001
    assert table["nac_p"].tolist() == [9, 0, -1]
    assert table["sil"].tolist() == [3, 3, -1]
    assert table["gva"].tolist() == [-1, 2, -1]
    assert table["category"].tolist() == [b"", b"", b"A3"]


def test_emergencies_are_read() -> None:
    emergency = squitter((1, 5, 28), (6, 3, 1), (9, 3, 5))
    table = decode(emergency).as_table()
    assert table["emergency"].tolist() == [5]
    assert table["bds"].tolist() == [61]


def test_an_advisory_names_its_threat() -> None:
    message = np.zeros(14, np.uint8)
    put_bits(message, 1, 5, 20)
    for first, count, value in ((1, 8, 0x30), (9, 1, 1), (29, 2, 1), (31, 24, 0x4CA216)):
        put_bits(message, 32 + first, count, value)
    seal(message, 14, ICAO)
    shown = decode(enc.encode_all_call([ICAO]), message.reshape(1, 14)).as_table()
    assert shown["bds"].tolist() == [-1, 30]
    assert shown["ra_advisories"][1] == 1 << 13
    assert shown["ra_threat_address"][1] == 0x4CA216


def test_every_value_of_a_register_has_a_place() -> None:
    assert all(len(names) <= WIDTH for names in VALUES.values())


REPLY = np.zeros(14, np.uint8)
put_bits(REPLY, 1, 5, 20)
put_bits(REPLY, 33, 8, 0x20)
put_bits(REPLY, 41, 6, 11)  # K
for place in range(1, 8):
    put_bits(REPLY, 41 + 6 * place, 6, 32)
seal(REPLY, 14, ICAO)


@pytest.mark.parametrize(
    ("address", "believed"), [("600101", True), ("600102", False), ("", False)]
)
def test_an_address_beside_a_reply_vouches_for_it(address: str, believed: bool) -> None:
    line = f"1700000000.5,{address},{REPLY.tobytes().hex()}\n".encode()
    table = decode_messages(Frames.from_payloads("hexcsv", "x", [line], [-1])).as_table()
    assert table["crc_ok"].tolist() == [believed]
    assert table["callsign"].tolist() == [b"K" if believed else b""]


def test_an_address_beside_a_squitter_does_not_excuse_its_parity() -> None:
    broken = enc.encode_airborne_position([ICAO], *PLACE, False)
    broken[0, 8] ^= 1
    line = f"1700000000.5,600101,{broken.tobytes().hex()}\n".encode()
    table = decode_messages(Frames.from_payloads("hexcsv", "x", [line], [-1])).as_table()
    assert table["crc_ok"].tolist() == [False]


def test_a_line_that_names_the_columns_is_no_trouble() -> None:
    message = enc.encode_all_call([ICAO])[0, :7].tobytes().hex()
    text = f"timestamp,hex\n1700000000,{message}\n".encode()
    columns = decode_messages(Frames.from_payloads("hexcsv", "x", [text], [-1]))
    assert columns.rejections == ()
    assert columns.as_table()["mode_s"].tolist() == [ICAO]


@pytest.mark.parametrize(
    ("line", "counter", "signal"),
    [
        (b"*5D600101AABBCC;\n", 0, 0),
        (b"@000000000C1B5D600101AABBCC;\r\n", 0xC1B, 0),
        (b"%000000000c1b5d600101aabbcc;", 0xC1B, 0),
        (b"<000000000C1BFE5D600101AABBCC;\n", 0xC1B, 0xFE),
    ],
)
def test_all_kinds_of_avr_are_read(line: bytes, counter: int, signal: int) -> None:
    raw = decode_messages(Frames.from_payloads("avr", "x", [line], [-1])).raw
    assert raw.messages[0, :7].tobytes().hex() == "5d600101aabbcc"
    assert (raw.counter.tolist(), raw.signal.tolist()) == ([counter], [signal])


def test_formats_are_told_apart_by_their_first_bytes() -> None:
    samples: dict[FeedFormat, bytes] = {
        "avr": b"@000000000C1B5D600101AABBCC;\n*5D600101AABBCC;\n",
        "hexcsv": b'time,hex\n1457996400,"8D406B909945DE10000405999BE4","406B90",19\n',
        "jet1090": b'{"timestamp":1717664319.1,"frame":"8c3461ce399e40586b4ee4932241"}\n',
    }
    known = {"avr": looks_like_avr, "hexcsv": looks_like_hexcsv, "jet1090": looks_like_jet1090}
    for name, look in known.items():
        for other, head in samples.items():
            assert look(head) == (name == other), (name, other)
        assert not look(b"")
        assert not look(b"MSG,8,1,1,400159,1,2018/04/03,19:02:28.136,,,,\n")
        assert not look(bytes(range(256)))
