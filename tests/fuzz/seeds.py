"""Small inputs to begin with, made here: fuzzing finds the rest."""

from __future__ import annotations

import json
import struct
from typing import Any

import numpy as np

from skypact.feeds.asterix.encode import encode
from skypact.feeds.sapient.mapping import encode as encode_sapient
from skypact.feeds.sapient.records import (
    DetectionReport,
    ENUVelocity,
    Location,
    RangeBearing,
    StatusReport,
)

STEP = np.arange(3)
SOURCE = {"SAC": 25, "SIC": 11}


def _block(category: int, **fields: Any) -> bytes:
    prefix = f"I{category:03d}/"
    columns = {prefix + "010/" + name: value for name, value in SOURCE.items()}
    columns |= {prefix + name.replace("__", "/"): value for name, value in fields.items()}
    return encode(category, columns)[0]


def _asterix() -> tuple[bytes, ...]:
    pairs = np.array([0, 1, 3, 3])
    return (
        _block(
            48,
            **{"140": 100.0 + STEP, "040__RHO": 10.0 + STEP, "040__THETA": 30.0 * STEP},
            **{"070__MODE3A": 0o1200, "090__FL": 350.0, "220": STEP + 0x400000, "240": "KGA101"},
            **{"250__MBDATA": (np.array([1, 2, 3]), pairs), "250__BDS1": (np.full(3, 4), pairs)},
            **{"130__SRL": 0.5, "170__CDM": 1, "230__COM": 1, "RE__MD5__SUM__M5": 1},
        ),
        _block(34, **{"000": 1, "030": 100.0 + STEP, "041": 4.0, "050__COM__NOGO": 1}),
        _block(
            21,
            **{"073": 100.0 + STEP, "131__LAT": 42.0, "131__LON": 74.0, "080": STEP + 0x400000},
            **{"090__NACP": 8, "170": "KGA101", "145": 350.0, "220__WS": 20, "RE__BPS__BPS": 10.0},
        ),
        _block(
            62,
            **{"070": 100.0 + STEP, "105__LAT": 42.0, "105__LON": 74.0, "040": STEP},
            **{"380__ADR": 0x400001, "380__IAS__IM": 0, "500__APC__X": 50.0, "080__CST": 1},
            **{"510__IDENT": (np.array([1, 2, 3]), pairs), "290__MLT": 1.0},
        ),
        _block(1, **{"020__TYP": 0, "040__RHO": 10.0 + STEP, "040__THETA": 3.0, "070__MODE3A": 1}),
        _block(1, **{"020__TYP": 1, "161": STEP, "040__RHO": 10.0, "040__THETA": 3.0}),
        _block(2, **{"000": 1, "030": 100.0 + STEP}),
        _block(10, **{"000": 1, "140": 100.0, "042__X": 5.0 * STEP, "042__Y": 1.0}),
        _block(20, **{"140": 100.0 + STEP, "041__LAT": 42.0, "041__LON": 74.0, "220": STEP + 1}),
        _block(19, **{"000": 2, "140": 100.0, "600__LAT": 42.0, "600__LON": 74.0, "610": 100.0}),
        _block(4, **{"000": 1, "020": 100.0, "040": STEP}),
        _block(63, **{"030": 100.0, "050__SAC": 1, "050__SIC": STEP, "060__CON": 1}),
        _block(65, **{"000": 2, "030": 100.0, "020": STEP}),
    )


ASTERIX_SEEDS = _asterix()


def _udp(payload: bytes) -> bytes:
    udp = struct.pack(">HHHH", 8600, 8600, len(payload) + 8, 0) + payload
    head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(udp), 1, 0, 64, 17, 0)
    return head + bytes([10, 0, 0, 1, 239, 1, 1, 1]) + udp


def _pcapng_block(kind: int, body: bytes) -> bytes:
    body += bytes(-len(body) % 4)
    size = len(body) + 12
    return struct.pack("<II", kind, size) + body + struct.pack("<I", size)


def _framing() -> tuple[bytes, ...]:
    blocks = ASTERIX_SEEDS[1:2] * 3
    packets = [_udp(block) for block in blocks]
    pcap = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 101)
    pcapng = _pcapng_block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))
    pcapng += _pcapng_block(1, struct.pack("<HHIHHB3x", 101, 0, 0, 9, 1, 9))
    rff = b"2024-03-05 06:07:08".ljust(128, b"\0")
    for packet, block in zip(packets, blocks, strict=True):
        pcap += struct.pack("<IIII", 1_700_000_000, 5, len(packet), len(packet)) + packet
        pcapng += _pcapng_block(
            6, struct.pack("<IIIII", 0, 1, 2, len(packet), len(packet)) + packet
        )
        rff += struct.pack("<IH", 100, len(block)) + block
    final = b"".join(struct.pack(">HHI", len(b) + 12, 0, 9) + b + b"\xa5" * 4 for b in blocks)
    numbered = b"".join(
        struct.pack(">HIHI", len(b) + 16, 1, 0, 9) + b + b"\xa5" * 4 for b in blocks
    )
    gps = b"\xcd" * 2200 + b"".join(b + bytes(10) for b in blocks)
    return (b"".join(blocks), pcap, pcapng, final, numbered, rff, gps, *LINES_SEEDS["beast"])


def _beast(kind: int, message: str, counter: int = 12_000_000) -> bytes:
    body = counter.to_bytes(6, "big") + b"\x80" + bytes.fromhex(message)
    return b"\x1a" + bytes([kind]) + body.replace(b"\x1a", b"\x1a\x1a")


# messages of the ICAO's and the open literature's worked examples
AIRBORNE = ("8D40621D58C382D690C8AC2863A7", "8D40621D58C386435CC412692AD6")
OTHERS = ("8D4840D6202CC371C32CE0576098", "8D485020994409940838175B284F", "5D4CA2B5B0C8E4")
COMM_B = (
    "A000083E202CC371C31DE0AA1CCF",
    "A02014B400000000000000F9D514",
    "A0001838CA3E51F0A8000047A36A",
)
MESSAGES = AIRBORNE + OTHERS + COMM_B

READSB = {
    "hex": "40621d",
    "type": "adsb_icao",
    "flight": "KLM1023 ",
    "alt_baro": 38000,
    "gs": 450.2,
    "track": 182.9,
    "baro_rate": -64,
    "squawk": "1200",
    "lat": 52.25,
    "lon": 3.91,
    "nic": 8,
    "nac_p": 9,
    "seen": 0.1,
    "seen_pos": 0.3,
    "rssi": -20.0,
}
SBS = (
    "MSG,3,1,1,40621D,1,2023/11/14,22:13:20.000,2023/11/14,22:13:20.010,,38000,,,52.25,3.91,,,0,,0,0\r\n"
    "MSG,1,1,1,40621D,1,2023/11/14,22:13:20.000,2023/11/14,22:13:20.010,KLM1023,,,,,,,,,,,\r\n"
    "MSG,4,1,1,40621D,1,2023/11/14,22:13:21.000,2023/11/14,22:13:21.010,,,450,182,,,-64,,,,,\r\n"
)
OPENSKY = (
    "time,icao24,lat,lon,velocity,heading,vertrate,callsign,onground,alert,spi,squawk,"
    "baroaltitude,geoaltitude,lastposupdate,lastcontact\n"
    "1700000000,40621d,52.25,3.91,230.5,182.9,-0.3,KLM1023,False,False,False,1200,11582.4,11600.0,"
    "1699999999.5,1700000000.0\n"
)
COT = (
    '<?xml version="1.0"?><event version="2.0" uid="A-1" type="a-f-A-C-F" how="m-g"'
    ' time="2023-11-14T22:13:20Z" start="2023-11-14T22:13:20Z" stale="2023-11-14T22:14:20Z">'
    '<point lat="52.25" lon="3.91" hae="11600" ce="30" le="50"/>'
    '<detail><track course="182.9" speed="230"/><contact callsign="KLM1023"/></detail></event>'
)
GEOJSON = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [3.91, 52.25, 11600.0]},
            "properties": {"time": "2023-11-14T22:13:20Z", "callsign": "KLM1023"},
        }
    ],
}
DIS = (
    struct.pack(">BBBBIHBB", 7, 1, 1, 1, 0x12345678, 144, 0, 0)
    + struct.pack(">HHHBB", 1, 2, 3, 1, 0)
    + struct.pack(">BBHBBBB", 1, 2, 225, 1, 1, 0, 0) * 2
    + struct.pack(">fff", 100.0, 0.0, 0.0)
    + struct.pack(">ddd", 3_900_000.0, 270_000.0, 5_020_000.0)
    + struct.pack(">fff", 0.0, 0.0, 0.0)
    + bytes(4 + 40)
    + struct.pack(">B11s", 1, b"KLM1023")
    + bytes(4)
)
SAPIENT_NODE = "a8654cdf-4328-47de-81fa-c495589e30c8"
SAPIENT = b"".join(
    encode_sapient(record, node_id=SAPIENT_NODE, time_ns=1_700_000_000 * 10**9)
    for record in (
        StatusReport(
            "0" * 26, "OK", "NEW", "Default",
            node_location=Location(3.91, 52.25, "LAT_LNG_DEG_M", "WGS84_E", z=10.0),
        ),
        DetectionReport(
            "0" * 26, "1" * 26, enu_velocity=ENUVelocity(100.0, 5.0), id="KLM1023",
            range_bearing=RangeBearing("DEGREES_M", "TRUE", azimuth=45.0, range=9e3, elevation=3.0),
        ),
    )
)  # fmt: skip

LINES_SEEDS: dict[str, tuple[bytes, ...]] = {
    "beast": (
        b"".join(_beast(0x33 if len(m) == 28 else 0x32, m) for m in MESSAGES),
        _beast(0x33, AIRBORNE[0], 0x1A1A1A),
    ),
    "avr": (
        "".join(f"*{m};\n" for m in MESSAGES).encode(),
        "".join(f"@0000{k:08X}{m};\n" for k, m in enumerate(MESSAGES)).encode(),
    ),
    "hexcsv": ("".join(f"{1_700_000_000 + k}.5,{m}\n" for k, m in enumerate(MESSAGES)).encode(),),
    "jet1090": (
        "".join(
            json.dumps({"timestamp": 1_700_000_000.5 + k, "frame": m.lower(), "df": "17"}) + "\n"
            for k, m in enumerate(MESSAGES)
        ).encode(),
    ),
    "sbs": (SBS.encode(),),
    "readsb": (
        json.dumps({"now": 1_700_000_000.1, "messages": 9, "aircraft": [READSB, {}]}).encode(),
        (json.dumps({"now": 1_700_000_000.1, **READSB}) + "\n").encode() * 2,
    ),
    "opensky": (OPENSKY.encode(),),
    "sapient": (SAPIENT,),
    "cot": (COT.encode(),),
    "geojson": (json.dumps(GEOJSON).encode(),),
    "dis": (DIS,),
}
FRAMING_SEEDS = _framing()

AGREEMENT_SEEDS = (
    b"""[agreement]
id = "rivers"
title = { en = "Rivers", ru = "\xd0\xa0\xd0\xb5\xd0\xba\xd0\xb8" }
part_of = ["basin"]
[term]
clause = "a"
in_force = 2024-02-29
months = 12
renewal = "tacit"
renewal_months = 12
notice_months = 3
time_zone = "UTC"
[[party]]
code = "AV"
name.en = "Averna"
signed = 2023-06-01
ratified = 2024-01-01
[[party]]
code = "BO"
name.en = "Borland"
signed = 2023-06-01
ratified = 2024-02-10
[[clause]]
id = "a"
text.en = "a"
source = "invented"
[[area]]
id = "v"
name.en = "Valley"
clause = "a"
kind = "joint"
geometry = { type = "Polygon", coordinates = [[[0, 0], [1, 0], [1.0, 1], [0, 0]]] }
[[blur]]
id = "b"
grid_m = 500.0
[[release]]
id = "r"
clause = "a"
verdict = "blurred"
originator = ["AV"]
to = ["BO"]
items = ["track"]
areas = ["v"]
blur = "b"
[[order]]
order = "identify"
clause = "a"
propose = ["unit"]
authorise = ["unit"]
""",
    b'agreement = { id = "x", title = {} }\nterm = { clause = "" }\nparty = []\nclause = []\n',
)
