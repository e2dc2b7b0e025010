"""Real recordings as plots and reference paths, for ``benchmarks.real_data``.

In: the folder of recordings (its README says what each is and whose). Out: plots with their
sensors, and reference paths. These text files are of single studies, no feed formats.
"""

from __future__ import annotations

import csv
import gzip
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from skypact.evaluation.paths import Paths, make_paths
from skypact.model.plots import Plots
from skypact.model.sensors import Sensor, SensorTable
from skypact.model.time import SECOND_NS, from_iso
from skypact.node.decoding import Decoded, plot_batches
from skypact.node.recordings import open_recordings

FOOT_M = 0.3048
KNOT_MPS = 1852.0 / 3600.0
NAN = float("nan")


def decoded(
    file: Path, date: str | None = None, sensors: Path | None = None
) -> tuple[Plots, SensorTable]:
    """A recording through our own decoder."""
    opened = open_recordings([file], date=date, sensors_file=sensors, keep_unplaced=True)
    plots = Plots.join(list(plot_batches(opened, Decoded())))
    return plots.in_time_order(), opened.sensors


def rows_of(file: Path, delimiter: str = ",") -> Iterator[list[str]]:
    """Lines of a text table, plain or gzipped."""
    opener = gzip.open if file.suffix == ".gz" else open
    with opener(file, "rt", encoding="utf-8") as lines:
        yield from csv.reader(lines, delimiter=delimiter)


def number(text: str) -> float:
    """A number, NaN where there is none."""
    try:
        return float(text)
    except ValueError:
        return NAN


def positions(columns: dict[str, Any], sensors: SensorTable) -> tuple[Plots, SensorTable]:
    """Position reports as plots, received when measured."""
    filled = {key: np.asarray(values) for key, values in columns.items()}
    filled["received_ns"] = filled["measured_ns"]
    return Plots.blank(len(filled["measured_ns"]), **filled).in_time_order(), sensors


def heathrow(place: Path) -> tuple[Plots, SensorTable, Paths]:
    """FlightRadar24's positions of Heathrow arrivals, and EUROCONTROL's reference of the same."""
    truth_folder = place / "truth"

    def addresses(file: str, column: str) -> dict[str, int]:
        lines = rows_of(truth_folder / file)
        head = next(lines)
        return {row[0]: int(row[head.index(column)], 16) for row in lines}

    ours = addresses("egll_20170802_flights_fr24.csv", "address")
    theirs = addresses("egll_20170802_flights_rt.csv", "aircraft_address")
    seen = []
    for row in list(rows_of(truth_folder / "egll_20170802_fr24_positions.csv.gz"))[1:]:
        if row[6] == "0" and row[0] in ours:
            seen.append((from_iso(row[1]), float(row[3]), float(row[2]), float(row[4]),
                         ours[row[0]]))  # fmt: skip
    when, lat, lon, feet, code = map(np.array, zip(*seen, strict=True))
    sensor = Sensor("FlightRadar24", "adsb", rotation_s=20.0, position_sigma_m=500.0)
    plots, sensors = positions(
        {"sensor": np.zeros(len(when), np.int32), "measured_ns": when.astype(np.int64),
         "latitude_rad": np.radians(lat), "longitude_rad": np.radians(lon),
         "pressure_altitude_m": feet * FOOT_M, "mode_s": code.astype(np.int32)},
        SensorTable((sensor,)),
    )  # fmt: skip
    spans = {int(c): (int(when[code == c].min()), int(when[code == c].max())) for c in set(code)}
    table = []
    for row in list(rows_of(truth_folder / "egll_20170802_reference_positions.csv.gz"))[1:]:
        moment = from_iso(row[1])
        address = theirs.get(row[0], -1)
        span = spans.get(address, (1, 0))
        table.append((moment, *map(number, row[2:8]), address, span[0] <= moment <= span[1]))
    return plots, sensors, _reference(table, feet=True)


def _reference(table: list[tuple[Any, ...]], *, feet: bool) -> Paths:
    """Rows: time, place, height, speed (kt), course (deg), climb (ft/min), number, covered."""
    when, lat, lon, height, speed, course, climb, code, covered = map(
        np.array, zip(*table, strict=True)
    )
    angle = np.radians(course)
    return make_paths(
        "truth", code.astype(np.int64), time_ns=when.astype(np.int64),
        latitude_rad=np.radians(lat), longitude_rad=np.radians(lon),
        pressure_altitude_m=height * (FOOT_M if feet else 1.0),
        east_mps=speed * KNOT_MPS * np.sin(angle), north_mps=speed * KNOT_MPS * np.cos(angle),
        up_mps=climb * FOOT_M / 60.0, mode_s=code.astype(np.int32), covered=covered,
    )  # fmt: skip


def sexagesimal(text: str) -> tuple[float, float]:
    """``632730N 0105815E`` in degrees, NaN where it is not so."""
    found = re.fullmatch(r"(\d\d)(\d\d)(\d\d)([NS]) (\d{3})(\d\d)(\d\d)([EW])", text)
    if not found:
        return NAN, NAN
    d = [int(found[k]) for k in (1, 2, 3, 5, 6, 7)]
    lat, lon = d[0] + d[1] / 60 + d[2] / 3600, d[3] + d[4] / 60 + d[5] / 3600
    return lat if found[4] == "N" else -lat, lon if found[8] == "E" else -lon


def centres(place: Path) -> tuple[Plots, SensorTable, Paths, list[str]]:
    """Reports of 28 national centres, FlightRadar24's positions of the same flights, callsigns.

    The plots' ``source_track`` is the flight's index among the callsigns, and so is the
    reference's target; a flight is covered from its first to its last report by a centre.
    """
    folder = place / "truth" / "fr24_20170206"
    flights = {}
    for row in list(rows_of(folder / "flights.csv"))[1:]:
        flights[row[4].strip()] = row[0]
    seen = []
    for row in rows_of(place / "truth" / "nm_cpr_20170206.txt.gz", ";"):
        lat, lon = sexagesimal(row[12])
        told = datetime.strptime(row[3], "%y/%m/%d %H:%M:%S").replace(tzinfo=UTC)
        # the file writes day, month, year of the century: 17/02/06 is 6 February 2017
        heard = (row[6] + "/" + row[7], int(told.timestamp()) * SECOND_NS, lat, lon,
                 number(row[13]) * 100 * FOOT_M, int(row[15] or "0", 8) if row[15] else -1,
                 row[8])  # fmt: skip
        if np.isfinite(lat):
            seen.append(heard)
    names = sorted({row[0] for row in seen})
    calls = sorted({row[6] for row in seen})
    sensors = SensorTable(
        tuple(Sensor(name, "tracker", rotation_s=30.0, position_sigma_m=250.0) for name in names)
    )
    plots, sensors = positions(
        {"sensor": np.array([names.index(row[0]) for row in seen], np.int32),
         "measured_ns": np.array([row[1] for row in seen], np.int64),
         "latitude_rad": np.radians([row[2] for row in seen]),
         "longitude_rad": np.radians([row[3] for row in seen]),
         "pressure_altitude_m": np.array([row[4] for row in seen]),
         "mode_3a": np.array([row[5] for row in seen], np.int32),
         "source_track": np.array([calls.index(row[6]) for row in seen], np.int32)},
        sensors,
    )  # fmt: skip
    table = []
    for index, call in enumerate(calls):
        file = folder / f"20170206_{flights.get(call, 'none')}.csv"
        own = plots.measured_ns[plots.source_track == index]
        if not file.is_file():
            continue
        for row in list(rows_of(file))[1:]:
            moment = int(row[0]) * SECOND_NS
            table.append((moment, float(row[3]), float(row[4]), float(row[1]), float(row[6]),
                          float(row[2]), NAN, index, own.min() <= moment <= own.max()))  # fmt: skip
    return plots, sensors, _reference(table, feet=True), calls


def traffic(file: Path) -> tuple[Plots, SensorTable]:
    """Flown trajectories in the JSON of the traffic library: ADS-B states by aircraft."""
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        table = json.load(lines)
    if isinstance(table, list):
        names = {key for row in table for key in row}
        columns = {key: [row.get(key) for row in table] for key in names}
    else:
        columns = {key: list(values.values()) for key, values in table.items()}

    def floats(name: str) -> np.ndarray:
        return np.array(columns.get(name, [None] * len(columns["timestamp"])), np.float64)

    told = columns.get("last_position", columns["timestamp"])
    both = zip(told, columns["timestamp"], strict=True)
    when = np.array([a if isinstance(a, int | float) else b for a, b in both], np.float64)
    code = np.array([int(text, 16) if text else -1 for text in columns["icao24"]], np.int32)
    speed, angle = floats("groundspeed") * KNOT_MPS, np.radians(floats("track"))
    lat, lon = floats("latitude"), floats("longitude")
    keep = np.isfinite(lat) & np.isfinite(lon) & np.isfinite(when)
    _, once = np.unique(np.stack([code.astype(np.float64), when]), axis=1, return_index=True)
    keep &= np.isin(np.arange(len(keep)), once)  # a state repeats the position it has
    order = np.lexsort((when[keep], code[keep]))
    same = np.diff(code[keep][order]) == 0
    usual_s = float(np.median(np.diff(when[keep][order])[same])) / 1e3
    # without the time of the position itself a state's stamp is up to a second or two late
    sigma_m = 30.0 if "last_position" in columns else 250.0
    sensor = Sensor("ADS-B", "adsb", rotation_s=max(usual_s, 0.5), position_sigma_m=sigma_m)
    return positions(
        {"sensor": np.zeros(int(keep.sum()), np.int32),
         "measured_ns": np.round(when[keep] * 1e6).astype(np.int64),
         "latitude_rad": np.radians(lat[keep]), "longitude_rad": np.radians(lon[keep]),
         "pressure_altitude_m": floats("altitude")[keep] * FOOT_M,
         "velocity_east_mps": (speed * np.sin(angle))[keep],
         "velocity_north_mps": (speed * np.cos(angle))[keep], "mode_s": code[keep]},
        SensorTable((sensor,)),
    )  # fmt: skip
