"""Real recordings against other decoders: rs1090 (MIT), jet1090's and dump1090's own output."""

from __future__ import annotations

import gzip
import json
import math
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rs1090
from numpy.typing import NDArray

from skypact.feeds.mode_s import ModeSDecoder, ModeSPlots, decode_messages
from skypact.feeds.mode_s import encode as enc
from skypact.model.frames import Frames
from skypact.model.sensors import Sensor, SensorTable

Table = dict[str, NDArray[Any]]
Row = dict[str, Any]
NEAR_M = 50.0
CHECKED = {
    "altitude": "pressure_altitude_ft",
    "groundspeed": "ground_speed_kt",
    "vertical_rate": "climb_ftmin",
    "track": "track_deg",
    "NACp": "nac_p",
}
"""Field of rs1090 and our column."""


def frames(payload: bytes) -> Frames:
    return Frames.from_payloads("beast", "recording", [payload], [-1])


def away_m(latitude_deg: float, longitude_deg: float, row: Row) -> float:
    north = math.radians(row["latitude"] - latitude_deg)
    east = math.radians(row["longitude"] - longitude_deg)
    return 6_371_009.0 * math.hypot(north, east * math.cos(math.radians(latitude_deg)))


def by_rs1090(table: Table) -> list[tuple[int, Row]]:
    """rs1090's decode of our rows: our index and its fields."""
    waiting: dict[tuple[str, int], list[int]] = defaultdict(list)
    index = np.flatnonzero(table["df"] >= 0)
    raw = [table["raw"][i].decode() for i in index]
    seconds = (table["measured_ns"][index] / 1e9).tolist()
    for i, text, second in zip(index.tolist(), raw, seconds, strict=True):
        waiting[text, round(second * 1e6)].append(i)
    rows = rs1090.decode(raw, seconds)  # sorted by time: rows are found again by frame and time
    paired = []
    for row in rows:
        same = waiting[row["frame"], round(row["timestamp"] * 1e6)]
        paired.append((same.pop(0) if len(same) > 1 else same[0], row))
    return paired


def differing(table: Table, paired: list[tuple[int, Row]]) -> Counter[str]:
    """How often each field of a believed message differs from rs1090's."""
    told: Counter[str] = Counter()
    for i, row in paired:
        if not table["crc_ok"][i]:
            continue
        for theirs, ours in CHECKED.items():
            if theirs == "track" and row.get("groundspeed") == 0:
                continue  # what stands has no track; rs1090 gives where its nose points
            if row.get(theirs) is not None and not abs(row[theirs] - table[ours][i]) <= 0.51:
                told[theirs] += 1
        if row.get("squawk") and int(row["squawk"], 8) != table["mode_3a"][i]:
            told["squawk"] += 1
        if row["df"] == "17" and row.get("callsign", table["callsign"][i].decode()) != (
            table["callsign"][i].decode()
        ):
            told["callsign"] += 1
    return told


def check_positions(table: Table, paired: list[tuple[int, Row]]) -> int:
    """Every position of rs1090 is ours too, within 50 m; how many there are."""
    placed = [(i, row) for i, row in paired if row.get("latitude") is not None]
    for i, row in placed:
        apart = away_m(table["latitude_deg"][i], table["longitude_deg"][i], row)
        assert apart < NEAR_M, (row, apart)  # fails for NaN too
    return len(placed)


@pytest.fixture(scope="module")
def ulss7(recordings: Path) -> bytes:
    return gzip.decompress((recordings / "modes/ulss7_20180403_1min.beast.gz").read_bytes())


@pytest.fixture(scope="module")
def ulss7_table(ulss7: bytes) -> Table:
    return decode_messages(frames(ulss7)).as_table()


def test_ulss7_holds_the_messages_that_its_catalogue_names(ulss7_table: Table) -> None:
    counts = Counter(ulss7_table["df"].tolist())
    del counts[-1]  # Mode A/C
    assert counts == {11: 3978, 17: 3436, 0: 440, 4: 328, 20: 262, 21: 226, 5: 196, 16: 62}
    assert len(set(ulss7_table["mode_s"].tolist()) - {-1}) == 11


def test_ulss7_is_decoded_as_rs1090_decodes_it(ulss7_table: Table) -> None:
    paired = by_rs1090(ulss7_table)
    assert len(paired) == 8_928
    assert check_positions(ulss7_table, paired) == 1_396
    assert not differing(ulss7_table, paired)


def test_ulss7_is_decoded_as_dump1090_decoded_it(recordings: Path, ulss7_table: Table) -> None:
    text = gzip.decompress((recordings / "modes/ulss7_20180403_1min.dump1090.txt.gz").read_bytes())
    theirs: list[tuple[str, int, float, float, float]] = []
    for block in text.decode().split("\n\n"):
        lines = [line.strip() for line in block.split("\n")]
        if lines[0].startswith("*"):
            said = {k: v.split("(")[0] for k, v in (x.split(":", 1) for x in lines if ":" in x)}
            numbers = [
                float(said.get(name, "").split("ft")[0].strip() or "nan")
                for name in ("CPR latitude", "CPR longitude", "Altitude")
            ]
            squawk = int(said.get("Squawk", "").strip() or "-1", 8)
            theirs.append((lines[0][1:-1], squawk, *numbers))  # type: ignore[arg-type]
    t = ulss7_table
    ours = [
        (
            t["raw"][i].decode(),
            int(t["mode_3a"][i]),
            t["latitude_deg"][i],
            t["longitude_deg"][i],
            t["pressure_altitude_ft"][i],
        )
        for i in np.flatnonzero(t["crc_ok"])
    ]
    # dump1090 believed the same 8,922 messages and found the same 1,456 positions; it wrote them
    # in order of its own, so they are held together sorted
    assert len(theirs) == len(ours) == 8_922
    for their, our in zip(sorted(theirs), sorted(ours), strict=True):
        assert our[:2] == their[:2]
        assert our[2:] == pytest.approx(their[2:], abs=1e-5, nan_ok=True)
    assert sum(np.isfinite(row[2]) for row in theirs) == 1_456


def test_ulss7_gives_plots_once_each_though_messages_came_twice(ulss7: bytes) -> None:
    sensors = SensorTable((Sensor("ULSS7", "adsb"),))
    batch = ModeSPlots(0, sensors, start_ns=1_522_782_148_136_000_000).read(frames(ulss7))
    plots = batch.plots
    assert len(plots) + batch.duplicates == 1_456
    assert batch.duplicates == 728  # the receiver wrote every message twice
    assert (np.diff(plots.received_ns) >= 0).all()
    assert plots.received_ns[-1] - plots.received_ns[0] == pytest.approx(60e9, rel=0.05)
    assert (plots.mode_3a >= 0).mean() > 0.5
    assert np.isfinite(plots.velocity_east_mps).mean() > 0.8
    assert len(set(plots.callsign.tolist()) - {b""}) >= 8
    assert np.isfinite(plots.pressure_altitude_m).all()


def test_the_sample_with_escaped_bytes_is_decoded_as_rs1090_decodes_it(recordings: Path) -> None:
    payload = (recordings / "modes/sample_dump1090.beast").read_bytes()
    table = decode_messages(frames(payload)).as_table()
    paired = by_rs1090(table)
    assert len(paired) == 239
    assert check_positions(table, paired) == 3
    assert not differing(table, paired)


@pytest.fixture(scope="module")
def toulouse(recordings: Path) -> tuple[list[Row], bytes]:
    """jet1090's rows, and their frames as Beast bytes."""
    packed = (recordings / "modes/toulouse_20240606_17ac.jsonl.gz").read_bytes()
    rows = [json.loads(line) for line in gzip.decompress(packed).splitlines()]
    messages = np.zeros((len(rows), 14), np.uint8)
    for i, row in enumerate(rows):
        messages[i] = np.frombuffer(bytes.fromhex(row["frame"]), np.uint8)
    seconds = np.array([row["timestamp"] for row in rows])
    counter = np.round((seconds - seconds[0]) * 12e6).astype(np.int64)
    return rows, enc.beast_bytes(messages, counter)


def test_toulouse_is_decoded_as_rs1090_decodes_it(toulouse: tuple[list[Row], bytes]) -> None:
    table = decode_messages(frames(toulouse[1])).as_table()
    paired = by_rs1090(table)
    assert check_positions(table, paired) == 12_080
    told = differing(table, paired)
    # By name: one callsign with characters outside the six-bit set (rs1090 writes # for our ?)
    assert told == {"callsign": 1}


def test_toulouse_is_placed_in_the_air_and_on_the_ground_as_jet1090_placed_it(
    toulouse: tuple[list[Row], bytes],
) -> None:
    rows, payload = toulouse
    # The feed follows aircraft from Toulouse to London, beyond one receiver's range
    table = ModeSDecoder(site=(43.6, 1.4, math.inf)).decode(frames(payload)).as_table()
    elsewhere: Counter[str] = Counter()
    for i, row in enumerate(rows):
        if row.get("latitude") is not None:
            apart = away_m(table["latitude_deg"][i], table["longitude_deg"][i], row)
            elsewhere[row["icao24"]] += not apart < NEAR_M
    # By name: two aircraft first heard on the ground at London, where surface positions, good
    # to a multiple of 90 degrees only, cannot be told from the assumed place of the receiver
    assert sum(elsewhere.values()) == 10
    assert +elsewhere == {"4067d6": 9, "40792f": 1}
    assert len(elsewhere) == 9


def test_rs1090_reads_what_we_encode() -> None:
    icao = np.full(2, 0x600101)
    place = (icao, np.radians([42.88] * 2), np.radians([74.6] * 2), 31_025.0, [False, True])
    sent = [
        *enc.encode_airborne_position(*place),
        *enc.encode_identification([0x600101], ["KZR123"]),
        *enc.encode_velocity([0x600101], [120.0], [-80.0], [-4.0]),
        *enc.encode_operational_status([0x600101], [10]),
    ]
    short = [
        *enc.encode_all_call([0x600101]),
        *enc.encode_identity_reply([0x600101], [0o7601]),
        *enc.encode_altitude_reply([0x600101], [52_300.0]),
    ]
    text = [row.tobytes().hex() for row in sent] + [row[:7].tobytes().hex() for row in short]
    rows = rs1090.decode(text, [0.1 * k for k in range(len(text))])
    assert [row["df"] for row in rows] == ["17"] * 5 + ["11", "5", "4"]
    assert {row["icao24"] for row in rows} == {"600101"}
    assert away_m(42.88, 74.6, rows[1]) < 5.0
    assert rows[1]["altitude"] == 31_025
    assert rows[2]["callsign"] == "KZR123"
    assert rows[3]["groundspeed"] == pytest.approx(math.hypot(120, 80) / 0.514444, abs=1.0)
    assert rows[3]["track"] == pytest.approx(math.degrees(math.atan2(120, -80)), abs=0.3)
    assert rows[3]["vertical_rate"] == pytest.approx(-4.0 / 0.00508, abs=32.1)
    assert rows[4]["NACp"] == 10
    assert rows[6]["squawk"] == "7601"
    assert rows[7]["altitude"] == 52_300


def test_published_messages_read_as_published() -> None:
    # J. Sun, "The 1090 Megahertz Riddle" (2nd ed.), chapters 4 to 6
    published = [
        "8d4840d6202cc371c32ce0576098",
        "8d40621d58c386435cc412692ad6",
        "8d40621d58c382d690c8ac2863a7",
        "8d485020994409940838175b284f",
        "8da05f219b06b6af189400cbc33f",
    ]
    messages = np.array([list(bytes.fromhex(text)) for text in published], np.uint8)
    table = decode_messages(frames(enc.beast_bytes(messages, 12 * np.arange(1, 6)))).as_table()
    assert table["crc_ok"].all()
    assert [hex(address) for address in table["mode_s"]] == [
        "0x4840d6", "0x40621d", "0x40621d", "0x485020", "0xa05f21",
    ]  # fmt: skip
    assert table["callsign"][0] == b"KLM1023"
    assert table["latitude_deg"][2] == pytest.approx(52.2572, abs=1e-4)
    assert table["longitude_deg"][2] == pytest.approx(3.91937, abs=1e-4)
    assert table["pressure_altitude_ft"][2] == 38_000.0
    assert table["ground_speed_kt"][3] == pytest.approx(159.20, abs=0.01)
    assert table["track_deg"][3] == pytest.approx(182.88, abs=0.01)
    assert table["climb_ftmin"][3] == pytest.approx(-832.0)
    assert table["airspeed_kt"][4] == pytest.approx(375.0)
    assert table["heading_deg"][4] == pytest.approx(243.98, abs=0.01)
    assert table["climb_ftmin"][4] == pytest.approx(-2304.0)
