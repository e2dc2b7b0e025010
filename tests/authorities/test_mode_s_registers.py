"""Comm-B registers and ADS-B quality of real recordings against rs1090 and jet1090 (MIT)."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rs1090
from numpy.typing import NDArray

from skypact.feeds.mode_s import decode_messages
from skypact.model.frames import Frames

Table = dict[str, NDArray[Any]]
Row = dict[str, Any]

VALUES = {
    "bds40": {
        "selected_mcp": ("selected_altitude_ft", 92.0),  # rs1090 cuts to 100 ft after adding 8
        "selected_fms": ("fms_altitude_ft", 92.0),
        "barometric_setting": ("barometric_setting_hpa", 1.0),  # and to whole hPa
    },
    "bds50": {
        "roll": ("roll_deg", 0.01),
        "track": ("true_track_deg", 0.01),
        "groundspeed": ("reported_ground_speed_kt", 0.01),
        "track_rate": ("track_rate_degps", 0.01),
        "TAS": ("true_airspeed_kt", 0.01),
    },
    "bds60": {
        "heading": ("magnetic_heading_deg", 0.01),
        "IAS": ("indicated_airspeed_kt", 0.01),
        "Mach": ("mach", 0.001),
        "vrate_barometric": ("barometric_climb_ftmin", 0.01),
        "vrate_inertial": ("inertial_climb_ftmin", 0.01),
    },
}
"""Field of rs1090, our column, and by how much they may differ."""

MINUS_ONE = "rates of -1 step"
"""rs1090 reads all ones as no climb; in two's complement (Doc 9871, Table A-2-96) it is -32."""


def decoded(recordings: Path, name: str, format: str) -> tuple[list[bytes], Table]:
    raw = gzip.decompress((recordings / "modes" / name).read_bytes())
    frames = Frames.from_payloads(format, name, [raw], [-1])  # type: ignore[arg-type]
    return raw.splitlines(), decode_messages(frames).as_table()


@pytest.fixture(scope="module")
def toulouse(recordings: Path) -> tuple[list[Row], Table]:
    lines, table = decoded(recordings, "toulouse_20240606_17ac.jsonl.gz", "jet1090")
    return [json.loads(line) for line in lines], table


@pytest.fixture(scope="module")
def df20(recordings: Path) -> Table:
    return decoded(recordings, "pymodes_commb_df20.csv.gz", "hexcsv")[1]


def verdicts(table: Table, theirs: list[Row]) -> Counter[tuple[str, str]]:
    """How often we and rs1090 named which registers; BDS 2,1 is left out, it fits any bits."""
    told: Counter[tuple[str, str]] = Counter()
    for i, row in zip(np.flatnonzero(table["df"] >= 20).tolist(), theirs, strict=True):
        if not table["crc_ok"][i]:
            continue
        bds = int(table["bds"][i])
        ours = table["bds_candidates"][i].decode() if bds == 0 else str(bds) if bds > 0 else ""
        names = sorted(key[3:] for key in row if key.startswith("bds") and key != "bds21")
        told[ours, " ".join(names)] += 1
    return told


def rs1090_of(table: Table) -> list[Row]:
    """rs1090's decode of the Comm-B replies, one at a time, so that it infers singly too."""
    return [rs1090.decode(t.decode()) for t in table["raw"][table["df"] >= 20].tolist()]


def differing(table: Table, theirs: list[Row]) -> Counter[str]:
    """Values that differ where we and rs1090 name the same register."""
    told: Counter[str] = Counter()
    for i, row in zip(np.flatnonzero(table["df"] >= 20).tolist(), theirs, strict=True):
        name = f"bds{table['bds'][i]}"
        for key, (column, tolerance) in VALUES.get(name, {}).items():
            value = (row.get(name) or {}).get(key)
            if key.startswith("vrate") and value == 0 and table[column][i] == -32.0:
                told[MINUS_ONE] += 1
                continue
            if value is not None and not abs(value - table[column][i]) <= tolerance:
                told[f"{name}.{key}"] += 1
        if name == "bds20" and row[name]["callsign"].strip() != table["callsign"][i].decode():
            told["bds20.callsign"] += 1
        if name == "bds17":
            mask = int(table["gicb_registers"][i])
            kept = {"40": mask >> 15 & 1, "50": mask >> 8 & 1, "60": mask & 1}
            told["bds17"] += any(
                bool(bit) != bool(row[name].get(f"bds{k}")) for k, bit in kept.items()
            )
    return +told


def test_toulouse_registers_are_those_that_rs1090_infers(toulouse: tuple[list[Row], Table]) -> None:
    table = toulouse[1]
    theirs = rs1090_of(table)
    assert len(theirs) == 22_581 + 18_458
    told = verdicts(table, theirs)
    assert told == {
        ("40", "40"): 14_543,
        ("60", "60"): 12_931,
        ("50", "50"): 9_566,
        ("20", "20"): 1_881,
        ("17", "17"): 545,
        ("10", "10"): 261,
        ("", ""): 1_198,
        # By name: 57 replies that rs1090 leaves open between 5,0 and 6,0, and the aircraft's
        # ADS-B speed and track decide
        ("50", "50 60"): 57,
        # registers of extended squitters and BDS 1,8, which we do not read from replies
        ("", "18"): 17,
        ("", "05"): 10,
    }
    assert differing(table, theirs) == {MINUS_ONE: 3_089}


def test_df20_registers_are_those_that_rs1090_infers(df20: Table) -> None:
    theirs = rs1090_of(df20)
    assert len(theirs) == 5_000
    told = verdicts(df20, theirs)
    same = sum(n for (ours, other), n in told.items() if ours == other)
    decided = sum(n for (ours, other), n in told.items() if ours != other and " " not in ours)
    ambiguous = sum(n for (ours, _), n in told.items() if " " in ours)
    assert sum(told.values()) == 4_997  # three replies whose parity is not their address
    assert same >= 4_890
    # By name: no squitters in this recording, so nothing but the reply itself (and its altitude)
    # decides; we are stricter than rs1090 about roll and turn, and about IAS and Mach at altitude
    assert decided <= 65
    assert ambiguous <= 60
    assert differing(df20, theirs) == {MINUS_ONE: 304}


def test_nothing_of_the_two_recordings_is_taken_for_a_weather_report(
    toulouse: tuple[list[Row], Table], df20: Table
) -> None:
    for table in (toulouse[1], df20):
        assert not np.isin(table["bds"], (44, 45)).any()


def test_adsb_quality_and_targets_are_those_of_jet1090(toulouse: tuple[list[Row], Table]) -> None:
    rows, table = toulouse
    checked: Counter[str] = Counter()
    for i, row in enumerate(rows):
        if row["df"] != "17":
            continue
        pairs: dict[str, tuple[Any, Any, float]] = {
            "NUCp": (row.get("NUCp"), table["nuc_p"][i], 0),
            "NACv": (row.get("NACv"), table["nac_v"][i], 0),
            "NACp": (row.get("NACp"), table["nac_p"][i], 0),
            # jet1090 rounds to 100 ft
            "altitude": (row.get("selected_altitude"), table["selected_altitude_ft"][i], 51),
            "setting": (row.get("barometric_setting"), table["barometric_setting_hpa"][i], 0.41),
            "heading": (row.get("selected_heading"), table["selected_heading_deg"][i], 0.71),
        }
        for name, (theirs, ours, tolerance) in pairs.items():
            if theirs is None or (name == "NUCp" and table["version"][i] > 0):
                continue  # once its version is known, an aircraft has a NIC instead
            checked[name] += 1
            assert abs(theirs - ours) <= tolerance, (name, row, ours)
    assert checked["NACv"] == 11_450
    assert checked["NACp"] == checked["altitude"] == checked["setting"] == 4_604
    assert checked["heading"] == 293
    assert set(table["source"].tolist()) == {b"", b"adsb_icao"}


def test_the_long_sample_of_one_aircraft_is_read(recordings: Path) -> None:
    _, table = decoded(recordings, "pymodes_adsb_1ac.csv.gz", "hexcsv")
    assert len(table["df"]) == 2_000
    assert table["crc_ok"].all()
    assert set(table["mode_s"].tolist()) == {0x406B90}
    assert table["measured_ns"][-1] - table["measured_ns"][0] == 730 * 10**9
    assert np.isfinite(table["latitude_deg"]).sum() == 933


def test_toulouse_holds_the_messages_that_its_catalogue_names(
    toulouse: tuple[list[Row], Table],
) -> None:
    rows, table = toulouse
    assert Counter(table["df"].tolist()) == {17: 30_900, 20: 22_581, 21: 18_458}
    times = np.array([row["timestamp"] for row in rows])
    assert np.abs(table["measured_ns"] / 1e9 - times).max() < 1e-6
    assert [row["frame"] for row in rows] == [text.decode() for text in table["raw"].tolist()]
    # By name: jet1090 believes 30 replies whose parity gives an address that was not heard in
    # clear within a minute; some are no aircraft's (000000, 753a6a and such come up once)
    refused = ~table["crc_ok"]
    assert refused.sum() == 30
    assert (table["df"][refused] >= 20).all()
    assert len({row["icao24"] for row in rows}) == 17
    assert len(set(table["mode_s"].tolist()) - {-1}) == 13
