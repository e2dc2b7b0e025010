"""Content of a ``plots`` envelope: plots of one label, with the sensors that measured them.

In: plots and their sensors, or bytes that an opened envelope held. Out: bytes, or sound plots,
with refused rows counted by reason. Layout (little-endian; docs/reference/traffic.md)::

    u8 layout (1) | u8 0 | u16 sensors | u32 rows | u32 bytes of the description
    description      msgpack array, an array for each sensor: SensorRow
    rows x 96 bytes  PLOT_RECORD

Where a plot lies in its recording stays at home. Nothing is compressed.
"""

from __future__ import annotations

import functools
import math
import struct
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from skypact.exchange.rows import BadContent, exact, letters, records_in, refused_rows
from skypact.kernels.exchange_rows import plot_faults
from skypact.model.plots import Plots
from skypact.model.sensors import Sensor

LAYOUT = 1
HEAD = struct.Struct("<BBHII")
PLACE = ("range_m", "azimuth_rad", "latitude_rad", "longitude_rad")
REAL = (
    "elevation_rad",
    "pressure_altitude_m",
    "altitude_m",
    "horizontal_sigma_m",
    "velocity_east_mps",
    "velocity_north_mps",
    "velocity_up_mps",
)
PLOT_RECORD: np.dtype[Any] = np.dtype(
    [
        ("measured_ns", "<i8"),
        ("received_ns", "<i8"),
        ("place", "<f8", (4,)),
        ("real", "<f4", (7,)),
        ("mode_s", "<i4"),
        ("source_track", "<i4"),
        ("callsign", "S8"),
        ("mode_3a", "<i2"),
        ("sensor", "<i2"),
    ]
)
"""``place`` and ``real`` are the columns named above, in order; ``sensor`` -1: not told."""

MOST_ROWS = 500
MOST_SENSORS = MOST_ROWS
LONGEST_NAME = 64
MOST_DESCRIPTION = 128 * 1024

assert PLOT_RECORD.itemsize == 96


class SensorRow(msgspec.Struct, array_like=True, forbid_unknown_fields=True, frozen=True):
    """A sensor as it goes over the link; angles in radians, NaN where not known."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_NAME)]
    kind: Literal["radar", "adsb", "mlat", "tracker"]
    latitude_rad: float
    longitude_rad: float
    altitude_m: float
    sac: Annotated[int, msgspec.Meta(ge=-1, le=255)]
    sic: Annotated[int, msgspec.Meta(ge=-1, le=255)]
    rotation_s: float
    range_sigma_m: float
    azimuth_sigma_rad: float
    position_sigma_m: float
    detection_probability: float
    clutter_per_scan: float
    min_range_m: float
    max_range_m: float
    elevation_sigma_rad: float


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(tuple[SensorRow, ...])
BOUNDS: dict[str, tuple[float, float]] = {
    "latitude_rad": (-math.pi / 2, math.pi / 2),
    "longitude_rad": (-math.pi, math.pi),
    "altitude_m": (-1000.0, 50_000_000.0),
    "rotation_s": (0.05, 3600.0),
    "range_sigma_m": (0.1, 100_000.0),
    "azimuth_sigma_rad": (1e-7, math.pi),
    "position_sigma_m": (0.1, 100_000.0),
    "detection_probability": (0.0, 1.0),
    "clutter_per_scan": (0.0, 1e6),
    "min_range_m": (0.0, 2e6),
    "max_range_m": (0.0, 2e6),
    "elevation_sigma_rad": (1e-7, math.pi),
}
"""Least and most of each number of a sensor."""
MAY_BE_UNKNOWN = ("latitude_rad", "longitude_rad", "altitude_m", "elevation_sigma_rad")


@functools.lru_cache(maxsize=64)
def describe_sensors(sensors: tuple[Sensor, ...]) -> bytes:
    """Sensors as msgpack; what a partner would refuse is brought within bounds."""
    rows = []
    for sensor in sensors:
        row = {name: getattr(sensor, name) for name in SensorRow.__struct_fields__}
        shown = "".join(letter if letter.isprintable() else "?" for letter in sensor.name)
        row["name"] = shown[:LONGEST_NAME] or "?"
        for name, (least, most) in BOUNDS.items():
            if not (math.isnan(row[name]) and name in MAY_BE_UNKNOWN):
                value = float(row[name])
                row[name] = least if math.isnan(value) else min(max(value, least), most)
        rows.append(list(row.values()))
    return _ENCODER.encode(rows)


@functools.lru_cache(maxsize=64)
def sensors_from(description: bytes) -> tuple[Sensor, ...]:
    """Sensors that msgpack describes.

    Raises
    ------
    BadContent
        If it describes none, one twice, or one that cannot be.
    """
    try:
        rows = _DECODER.decode(description)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as problem:
        raise BadContent(f"no description of sensors: {problem}") from None
    if len(rows) > MOST_SENSORS or len({row.name for row in rows}) != len(rows):
        raise BadContent(f"{len(rows)} sensors, too many or of the same name")
    for row in rows:
        if not row.name.isprintable():
            raise BadContent(f"{row.name!r} is no name of a sensor")
        for name, (least, most) in BOUNDS.items():
            value = getattr(row, name)
            unknown = math.isnan(value) and name in MAY_BE_UNKNOWN
            if not (unknown or least <= value <= most):
                raise BadContent(f"a sensor's {name} is {value}", where=row.name)
    return tuple(_sensor(row) for row in rows)


def _sensor(row: SensorRow) -> Sensor:
    """A sensor of the model; unknown numbers are the one NaN, so that equal ones are equal."""
    given = {name: getattr(row, name) for name in row.__struct_fields__}
    return Sensor(**given | {name: math.nan for name in MAY_BE_UNKNOWN if math.isnan(given[name])})


def plot_records(plots: Plots) -> NDArray[Any]:
    """Plots as records (n,) of ``PLOT_RECORD``."""
    records = np.zeros(len(plots), PLOT_RECORD)
    names = ("measured_ns", "received_ns", "mode_s", "source_track", "callsign", "mode_3a")
    for name in (*names, "sensor"):
        records[name] = getattr(plots, name)
    with np.errstate(over="ignore", invalid="ignore"):
        for field, columns in (("place", PLACE), ("real", REAL)):
            for k, name in enumerate(columns):
                records[field][:, k] = getattr(plots, name)
    return records


def encode_plots(records: NDArray[Any], sensors: tuple[Sensor, ...]) -> bytes:
    """Content of an envelope: at most ``MOST_ROWS`` records, and the sensors they stand for.

    Only sensors that the records name go along.

    Raises
    ------
    ValueError
        If there is more of something than an envelope holds.
    """
    if len(records) > MOST_ROWS:
        raise ValueError("more than one envelope holds")
    used = np.unique(records["sensor"])
    used = used[used >= 0]
    chosen = tuple(sensors[int(k)] for k in used)
    description = describe_sensors(chosen)
    if len(used) and used[-1] != len(used) - 1:
        records = records.copy()
        named = records["sensor"] >= 0
        records["sensor"][named] = np.searchsorted(used, records["sensor"][named])
    head = HEAD.pack(LAYOUT, 0, len(chosen), len(records), len(description))
    return head + description + records.tobytes()


@dataclass(frozen=True, slots=True)
class PlotContent:
    """What an envelope of plots held: sound rows, and how many were refused, by reason."""

    plots: Plots
    sensors: tuple[Sensor, ...]
    refused: dict[str, int]


def decode_plots(content: bytes) -> PlotContent:
    """Plots of an envelope's content.

    Raises
    ------
    BadContent
        If it is not laid out as such content is.
    """
    if len(content) < HEAD.size:
        raise BadContent(f"{len(content)} bytes are no plots")
    layout, spare, count, rows, described = HEAD.unpack_from(content)
    if layout != LAYOUT or spare:
        raise BadContent(f"layout {layout} is not known")
    fits = len(content) == HEAD.size + described + PLOT_RECORD.itemsize * rows
    if rows > MOST_ROWS or described > MOST_DESCRIPTION or not fits:
        raise BadContent(f"{len(content)} bytes do not hold {rows} plots")
    at = HEAD.size + described
    sensors = sensors_from(content[HEAD.size : at])
    if len(sensors) != count:
        raise BadContent(f"{len(sensors)} sensors are described, not {count}")
    records = records_in(content, PLOT_RECORD, rows, at)
    columns: dict[str, NDArray[Any]] = {
        name: records[name].astype(np.int32)
        for name in ("sensor", "mode_3a", "mode_s", "source_track")
    }
    whole = np.empty((2, rows), np.int64)
    whole[0], whole[1] = records["measured_ns"], records["received_ns"]
    place, real = exact(records["place"], np.float64), exact(records["real"], np.float64)
    callsign = np.array(records["callsign"])
    fault = np.empty(rows, np.uint8)
    plot_faults(
        *(whole, place, real, columns["sensor"], columns["mode_3a"], columns["mode_s"]),
        *(letters(callsign), count, fault),
    )
    columns |= {"measured_ns": whole[0], "received_ns": whole[1], "callsign": callsign}
    columns |= {name: place[k] for k, name in enumerate(PLACE)}
    columns |= {name: real[k] for k, name in enumerate(REAL)}
    plots = Plots(**columns, position=np.full(rows, -1, np.int64))
    if not fault.any():
        return PlotContent(plots, sensors, {})
    return PlotContent(plots.take(fault == 0), sensors, refused_rows(fault))
