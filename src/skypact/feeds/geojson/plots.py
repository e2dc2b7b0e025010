"""GeoJSON documents to plots: a plot for each Point feature with a time.

In: :class:`~skypact.model.frames.Frames`, each frame one document (a FeatureCollection, a Feature,
or a Feature a line). Out: a :class:`~skypact.feeds.batch.FeedBatch`. Document: RFC 7946. A loop
per feature: JSON is parsed whole, and properties differ from feature to feature.

Properties read, first name found: ``time``, ``timestamp``, ``datetime`` (RFC 3339 text, or a
number since 1970 whose size tells seconds, milli-, micro- or nanoseconds); ``callsign``,
``flight``; ``mode_s``, ``icao24``, ``icao``, ``hex``; ``mode_3a``, ``squawk``; ``track``,
``source_track``, ``id``; and the columns that ``encode`` writes, under the same names.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any

import numpy as np

from skypact.feeds.batch import FeedBatch
from skypact.feeds.moments import LATEST_NS, moment_ns
from skypact.feeds.numbering import ObjectNumbers, plain_callsign
from skypact.feeds.rejections import few
from skypact.model.errors import MalformedRecord, Rejection
from skypact.model.frames import Frames
from skypact.model.plots import PLOT_COLUMNS, Plots
from skypact.model.sensors import SensorTable

MOST_BYTES = 1 << 26

TIMES = ("time", "timestamp", "datetime")
ADDRESSES = ("mode_s", "icao24", "icao", "hex")
NUMBERS = (
    "pressure_altitude_m",
    "horizontal_sigma_m",
    "velocity_east_mps",
    "velocity_north_mps",
    "velocity_up_mps",
)
LARGEST = 1e7
HEX = re.compile(r"[0-9A-Fa-f]{6}")
OCTAL = re.compile(r"[0-7]{4}")


class GeoJsonPlots:
    """Reads GeoJSON documents.

    Parameters
    ----------
    sensor_index
        The sensor its plots belong to, but those whose ``sensor`` names another.
    sensors
        The node's sensors.
    start_ns
        Time of features that have none, where the frame has no reception time either.
    """

    def __init__(
        self, sensor_index: int, sensors: SensorTable, *, start_ns: int | None = None
    ) -> None:
        if not 0 <= sensor_index < len(sensors):
            raise ValueError(f"no sensor {sensor_index} in a table of {len(sensors)}")
        self._index, self._name = sensor_index, sensors[sensor_index].name
        self._ranks = {sensor.name: rank for rank, sensor in enumerate(sensors)}
        self._start_ns = start_ns
        self._objects = ObjectNumbers()
        self._latest_ns = -1

    def read(self, frames: Frames) -> FeedBatch:
        """Plots of these documents, in order."""
        rows: list[dict[str, Any]] = []
        refused: list[Rejection] = []
        for frame in range(len(frames)):
            first, size = int(frames.offset[frame]), int(frames.length[frame])
            text = frames.data[first : first + size].tobytes()
            position, received = int(frames.position[frame]), int(frames.received_ns[frame])
            try:
                features = features_of(text)
            except MalformedRecord as error:
                refused.append(self._refusal(frames, position, received, error.what))
                continue
            refused += self._take(features, frames, position, received, rows)
        columns = {name: np.array([row[name] for row in rows]) for name in rows[0]} if rows else {}
        plots = Plots.blank(len(rows), **columns)
        return FeedBatch(
            plots,
            heard=plots.sensor.copy(),
            heard_ns=plots.received_ns.copy(),
            rejections=few(refused),
        )

    def _take(
        self,
        features: list[Any],
        frames: Frames,
        position: int,
        received: int,
        rows: list[dict[str, Any]],
    ) -> list[Rejection]:
        """Rows of one document's features, and what was refused."""
        refused: list[Rejection] = []
        for feature in features:
            try:
                row = self._row(feature, received)
            except MalformedRecord as error:
                refused.append(self._refusal(frames, position, received, error.what))
                continue
            self._latest_ns = max(self._latest_ns, row["measured_ns"] if received < 0 else received)
            rows.append(row | {"received_ns": self._latest_ns, "position": position})
        return list(few(refused))

    def _refusal(self, frames: Frames, position: int, received: int, what: str) -> Rejection:
        return Rejection("MalformedRecord", frames.source, self._name, position, received, what)

    def _row(self, feature: Any, received: int) -> dict[str, Any]:
        """Columns of one feature."""
        if not isinstance(feature, dict) or feature.get("type") != "Feature":
            raise MalformedRecord("no Feature")
        told = feature.get("properties")
        properties = told if isinstance(told, dict) else {}
        longitude, latitude, altitude = _point(feature.get("geometry"))
        row: dict[str, Any] = {
            "sensor": self._rank(properties.get("sensor")),
            "measured_ns": self._time(properties, received),
            "latitude_rad": math.radians(latitude),
            "longitude_rad": math.radians(longitude),
            "altitude_m": altitude,
            "callsign": _callsign(properties),
            "mode_s": _address(properties),
            "mode_3a": _squawk(properties),
            "source_track": self._object(feature, properties),
        }
        for name in NUMBERS:
            row[name] = _number(properties.get(name), name)
        return row

    def _rank(self, name: Any) -> int:
        return self._ranks.get(name, self._index) if isinstance(name, str) else self._index

    def _time(self, properties: dict[str, Any], received: int) -> int:
        for name in TIMES:
            if properties.get(name) is not None:
                return _moment(properties[name])
        if received >= 0:
            return received
        if self._start_ns is None:
            raise MalformedRecord("a feature without time, in a document without one")
        return self._start_ns

    def _object(self, feature: dict[str, Any], properties: dict[str, Any]) -> int:
        for given in (
            properties.get("source_track"),
            properties.get("track"),
            feature.get("id"),
            properties.get("id"),
        ):
            if isinstance(given, int) and not isinstance(given, bool) and 0 <= given < 1 << 31:
                return given
            if isinstance(given, str) and 0 < len(given) <= 256:
                return self._objects.of(given)
        return int(PLOT_COLUMNS["source_track"][1])


def features_of(text: bytes) -> list[Any]:
    """The features of one document.

    Raises
    ------
    MalformedRecord
        If it is no GeoJSON with features.
    """
    if len(text) > MOST_BYTES:
        raise MalformedRecord(f"{len(text)} bytes of GeoJSON are more than {MOST_BYTES}")
    text = text.removeprefix(b"\xef\xbb\xbf").replace(b"\x1e", b"")  # RFC 8142 record marks
    try:
        document = json.loads(text)
    except RecursionError as error:
        raise MalformedRecord("JSON nested too deep") from error
    except ValueError as error:
        lines = _lines(text)
        if not lines:
            raise MalformedRecord(f"no JSON: {str(error)[:80]}") from error
        return lines
    kind = document.get("type") if isinstance(document, dict) else None
    if kind == "Feature":
        return [document]
    features = document.get("features") if kind == "FeatureCollection" else None
    if not isinstance(features, list):
        raise MalformedRecord("JSON, but no Feature or FeatureCollection")
    return features


def _lines(text: bytes) -> list[Any]:
    """A feature a line; a line that is no JSON gives None. Empty where the first is none."""
    found: list[Any] = []
    for line in text.splitlines():
        if not line.strip():
            continue
        try:
            feature = json.loads(line)
        except (ValueError, RecursionError):
            feature = None
        if not found and not (isinstance(feature, dict) and feature.get("type") == "Feature"):
            return []
        found.append(feature)
    return found


def _number(given: Any, name: str, largest: float = LARGEST) -> float:
    """A number, NaN where absent."""
    if given is None:
        return math.nan
    if isinstance(given, bool) or not isinstance(given, int | float) or not abs(given) <= largest:
        raise MalformedRecord(f"{name} cannot be {str(given)[:40]!r}")
    return float(given)


def _point(geometry: Any) -> tuple[float, float, float]:
    """Longitude and latitude (degrees) and height (m, NaN none) of a Point."""
    if not isinstance(geometry, dict) or geometry.get("type") != "Point":
        raise MalformedRecord("no Point")
    coordinates = geometry.get("coordinates")
    if not isinstance(coordinates, list) or not 2 <= len(coordinates) <= 4:
        raise MalformedRecord("a Point without coordinates")
    longitude = _number(coordinates[0], "longitude", 180.0)
    latitude = _number(coordinates[1], "latitude", 90.0)
    altitude = _number(coordinates[2], "height") if len(coordinates) > 2 else math.nan
    if math.isnan(longitude) or math.isnan(latitude):
        raise MalformedRecord("a Point without coordinates")
    return longitude, latitude, altitude


def _moment(given: Any) -> int:
    """A time in any of the forms taken, int64 UTC nanoseconds."""
    if isinstance(given, str):
        try:
            return moment_ns(given)
        except ValueError as error:
            raise MalformedRecord(f"time: {error}") from error
    if isinstance(given, bool) or not isinstance(given, int | float) or not 0 <= given < LATEST_NS:
        raise MalformedRecord(f"time cannot be {str(given)[:40]!r}")
    for unit in (10**9, 10**6, 10**3, 1):
        # 1973 in milliseconds is 1e11, which is the year 5138 in seconds
        if given * unit < 1e11 * 10**9:
            moment = round(given * unit)
            if moment < LATEST_NS:
                return moment
            break
    raise MalformedRecord(f"time cannot be {str(given)[:40]!r}")


def _callsign(properties: dict[str, Any]) -> bytes:
    given = properties.get("callsign", properties.get("flight"))
    return plain_callsign(given) if isinstance(given, str) else b""


def _address(properties: dict[str, Any]) -> int:
    for name in ADDRESSES:
        given = properties.get(name)
        if isinstance(given, str) and HEX.fullmatch(given.strip()):
            return int(given.strip(), 16)
    return int(PLOT_COLUMNS["mode_s"][1])


def _squawk(properties: dict[str, Any]) -> int:
    given = properties.get("mode_3a", properties.get("squawk"))
    if isinstance(given, str) and OCTAL.fullmatch(given.strip()):
        return int(given.strip(), 8)
    return int(PLOT_COLUMNS["mode_3a"][1])


def looks_like(head: bytes) -> bool:
    """Whether a file's first bytes begin a GeoJSON document."""
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip(b"\x1e \t\r\n")
    named = re.search(rb'"type"\s{0,9}:\s{0,9}"(FeatureCollection|Feature)"', text)
    return text.startswith(b"{") and named is not None
