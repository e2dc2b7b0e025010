"""LocaRDS files: sensors.csv and set_*.csv to receivers, arrivals and plots.

In: CSV as described by Schäfer, Strohmeier, Leonardi & Lenders, "LocaRDS: A Localization
Reference Data Set", Sensors 21(16), 2021, section 4: a row per transmission with the aircraft's
own position and a JSON list ``[[receiver, time of arrival ns, signal strength], ...]``. Out:
arrivals with the reported position beside them, and a batch of plots of kind ``mlat``.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skypact.feeds.batch import FeedBatch
from skypact.feeds.multilateration.arrivals import Arrivals, Receivers
from skypact.feeds.multilateration.clocks import ReceiverClocks
from skypact.feeds.multilateration.solution import (
    STATUS,
    Limits,
    Solution,
    solve,
)
from skypact.geodesy import geodetic_to_ecef
from skypact.model.errors import BadTable, NoPosition, Rejection
from skypact.model.plots import Plots
from skypact.model.time import DAY_NS

RECEIVER_COLUMNS = ("serial", "latitude", "longitude", "height")
SET_COLUMNS = ("latitude", "longitude", "baroAltitude", "geoAltitude", "measurements")
MOST_ARRIVALS = 1000
LATEST_NS = 366 * DAY_NS
"""Latest time of arrival: the sets count from their own begin."""


@dataclass(frozen=True, slots=True)
class ArrivalSet:
    """One file.

    Parameters
    ----------
    arrivals
        Held to the pressure altitude of the message; ``known_m`` is the reported position.
    pressure_altitude_m
        NaN where none, shape (transmissions,).
    aircraft
        The set's own number of the aircraft, int64, -1 none.
    position
        Line of the file each came from.
    rejections
        Lines that could not be used.
    """

    arrivals: Arrivals
    pressure_altitude_m: NDArray[np.float64]
    aircraft: NDArray[np.int64]
    position: NDArray[np.int64]
    rejections: tuple[Rejection, ...]


def _rows(text: str, columns: tuple[str, ...], source: str) -> Iterator[dict[str, str]]:
    table = csv.DictReader(io.StringIO(text, newline=""))
    try:
        missing = sorted(set(columns) - set(table.fieldnames or ()))
        if missing:
            raise BadTable(f"columns {missing} are missing", where=source)
        for row in table:
            yield {name: value for name, value in row.items() if isinstance(value, str)}
    except csv.Error as error:
        raise BadTable(f"not CSV: {error}", where=source) from error


def _number(text: str | None) -> float:
    try:
        value = float(text or "nan")
    except ValueError:
        return float("nan")
    return value if abs(value) < 1e9 else float("nan")


def read_receivers(text: str, source: str = "sensors.csv") -> Receivers:
    """Receivers of a sensors.csv; those without a place are left out.

    Raises
    ------
    BadTable
        If it is no CSV with the columns needed.
    """
    found: dict[int, tuple[float, float, float]] = {}
    for row in _rows(text, RECEIVER_COLUMNS, source):
        serial, place = (
            row.get("serial", ""),
            tuple(_number(row.get(name)) for name in RECEIVER_COLUMNS[1:]),
        )
        known = np.isfinite(place).all() and abs(place[0]) <= 90.0 and abs(place[1]) <= 180.0
        known = known and place[:2] != (0.0, 0.0)  # the set's way to say unknown
        if known and serial.isascii() and serial.isdecimal() and len(serial) < 16:
            found[int(serial)] = (place[0], place[1], place[2])
    places = np.array(list(found.values()), dtype=np.float64).reshape(-1, 3)
    return Receivers.at(
        np.array(list(found), dtype=np.int64),
        np.radians(places[:, 0]),
        np.radians(places[:, 1]),
        places[:, 2],
    )


def _measurements(text: str, rank: dict[int, int]) -> list[tuple[int, int]]:
    """Receiver row and time of each arrival; ValueError where the list is none."""
    if len(text) > 64 * MOST_ARRIVALS or text.count("[") > MOST_ARRIVALS:
        raise ValueError("too many arrivals")
    try:
        given = json.loads(text)
    except RecursionError as error:
        raise ValueError("nested too deep") from error
    if not isinstance(given, list):
        raise ValueError("no list of arrivals")
    arrivals = []
    for item in given:
        if not (isinstance(item, list) and len(item) >= 2):
            raise ValueError("an arrival is no list of receiver and time")
        serial, when = item[0], item[1]
        if not isinstance(serial, int) or not isinstance(when, int | float):
            raise ValueError("an arrival is no list of numbers")
        if not 0 <= when < LATEST_NS:
            raise ValueError("a time of arrival lies outside the year")
        if serial in rank:
            arrivals.append((rank[serial], int(when)))
    return arrivals


def read_arrivals(text: str, receivers: Receivers, source: str = "set.csv") -> ArrivalSet:
    """Transmissions of a set_*.csv, in order of arrival.

    Raises
    ------
    BadTable
        If it is no CSV with the columns needed.
    """
    rank = {int(serial): row for row, serial in enumerate(receivers.serial)}
    heard: list[list[tuple[int, int]]] = []
    numbers: list[tuple[float, float, float, float, float]] = []
    lines: list[int] = []
    rejections = []
    for line, row in enumerate(_rows(text, SET_COLUMNS, source), start=2):
        try:
            arrivals = _measurements(row.get("measurements", ""), rank)
        except ValueError as error:
            detail = f"line {line}: {str(error)[:80]}"
            rejections.append(Rejection("MalformedRecord", source, "", line, -1, detail))
            continue
        heard.append(arrivals)
        lines.append(line)
        values = [_number(row.get(name)) for name in (*SET_COLUMNS[:4], "aircraft")]
        numbers.append((values[0], values[1], values[2], values[3], values[4]))
    order = sorted(range(len(heard)), key=lambda j: (min((t for _, t in heard[j]), default=0), j))
    table = np.array([numbers[j] for j in order], dtype=np.float64).reshape(-1, 5)
    known = np.stack(
        geodetic_to_ecef(np.radians(table[:, 0]), np.radians(table[:, 1]), table[:, 3]), axis=1
    )
    flat = [pair for j in order for pair in heard[j]]
    pairs = np.array(flat, dtype=np.int64).reshape(-1, 2)
    first = np.zeros(len(order) + 1, np.int64)
    np.cumsum([len(heard[j]) for j in order], out=first[1:])
    return ArrivalSet(
        Arrivals(
            first,
            pairs[:, 0].astype(np.int32),
            pairs[:, 1].copy(),
            table[:, 2].copy(),
            known,
        ),
        table[:, 2].copy(),
        np.where(np.isfinite(table[:, 4]), table[:, 4], -1).astype(np.int64),
        np.array([lines[j] for j in order], dtype=np.int64),
        tuple(rejections),
    )


def plots_of(
    found: ArrivalSet, solution: Solution, sensor_index: int, *, start_ns: int = 0
) -> Plots:
    """A plot for each solved transmission; times count from ``start_ns``.

    The height is left out: it was held to the pressure altitude, which is kept as such.
    """
    rows = np.flatnonzero(solution.solved)
    latitude, longitude, _ = solution.geodetic()
    local = solution.local_covariance_m2()
    measured = start_ns + solution.emission_ns[rows]
    return Plots.blank(
        len(rows),
        sensor=np.full(len(rows), sensor_index),
        measured_ns=measured,
        received_ns=np.maximum.accumulate(measured) if len(rows) else measured,
        pressure_altitude_m=found.pressure_altitude_m[rows],
        latitude_rad=latitude[rows],
        longitude_rad=longitude[rows],
        horizontal_sigma_m=np.sqrt((local[rows, 0, 0] + local[rows, 1, 1]) / 2.0),
        source_track=found.aircraft[rows],
        position=found.position[rows],
    )


def plots_of_set(
    text: str,
    receivers: Receivers,
    sensor_index: int,
    *,
    source: str = "set.csv",
    start_ns: int = 0,
    limits: Limits | None = None,
) -> FeedBatch:
    """A LocaRDS set as plots of one ``mlat`` sensor, with what was refused and why."""
    found = read_arrivals(text, receivers, source)
    offset, sigma = ReceiverClocks(receivers).follow(found.arrivals)
    solution = solve(
        found.arrivals, receivers, offset_m=offset, offset_sigma_m=sigma, limits=limits
    )
    plots = plots_of(found, solution, sensor_index, start_ns=start_ns)
    refused = list(found.rejections)
    for status, words in STATUS.items():
        rows = np.flatnonzero(solution.status == status)
        if len(rows) and words != STATUS[0]:
            line = int(found.position[rows].min())
            refused.append(Rejection(NoPosition.__name__, source, "", line, -1, words, len(rows)))
    return FeedBatch(
        plots,
        heard=np.full(len(plots), sensor_index, np.int32),
        heard_ns=plots.received_ns,
        rejections=tuple(refused),
    )
