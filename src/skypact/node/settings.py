"""SENSORS.toml and NODE.toml: what a node owns and where its feeds come in.

In: TOML text with degrees (docs/reference/node-file.md). Out: frozen settings in radians.
Every mistake is a :class:`~skypact.model.errors.BadInput` that names file and setting.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from skypact.feeds.asterix.definitions import editions
from skypact.feeds.readers import NAMES_ITS_SENSORS
from skypact.model.errors import BadInput
from skypact.model.frames import FeedFormat
from skypact.model.sensors import Sensor, SensorKind, SensorTable
from skypact.model.status import Mode
from skypact.node.exchange_settings import ExchangeSettings, exchange_settings
from skypact.node.toml_reading import (
    choice_of,
    number_of,
    octet_of,
    read_toml,
    refuse_unknown,
    tables_of,
    text_of,
)
from skypact.registration import RegistrationSettings

SENSOR_NUMBERS = {
    "latitude_deg": "latitude_rad",
    "longitude_deg": "longitude_rad",
    "altitude_m": "altitude_m",
    "rotation_s": "rotation_s",
    "range_sigma_m": "range_sigma_m",
    "azimuth_sigma_deg": "azimuth_sigma_rad",
    "elevation_sigma_deg": "elevation_sigma_rad",
    "position_sigma_m": "position_sigma_m",
    "detection_probability": "detection_probability",
    "clutter_per_scan": "clutter_per_scan",
    "min_range_m": "min_range_m",
    "max_range_m": "max_range_m",
}
"""Numeric keys of a ``[[sensor]]`` and the field each fills (``_deg`` becomes radians)."""

SENSOR_CODES = ("sac", "sic")
PLANNING_KEYS = ("type", "party")
"""Keys of a ``[[sensor]]`` that only coverage plans look at."""

OUTPUT_CODES = ("sac", "sic", "exercise_id")
OutputFormat = Literal["asterix", "cot", "dis"]
REGISTRATION = RegistrationSettings()
MAX_SENSORS = 4096
MAX_FEEDS = 1024
MAX_OUTPUTS = 64
MAX_AGREEMENTS = 256


@dataclass(frozen=True, slots=True)
class FeedSettings:
    """One feed of a node.

    Parameters
    ----------
    name
        Shown to people.
    format
        What the bytes are, such as ``asterix`` or ``beast``.
    address
        ``udp://address:port`` (unicast or multicast, ``?interface=...``) or ``tcp://host:port``.
    sensor
        Name of the sensor the bytes belong to, needed where the format does not say.
    """

    name: str
    format: FeedFormat
    address: str
    sensor: str = ""


@dataclass(frozen=True, slots=True)
class OutputSettings:
    """One consumer of the node's picture.

    Parameters
    ----------
    name
        Shown to people.
    address
        ``udp://address:port``, unicast or multicast.
    format
        ``asterix`` (CAT062, 063, 065), ``cot`` (Cursor on Target) or ``dis`` (entity states).
    sac, sic
        The ASTERIX data source the node calls itself; needed for ``asterix``.
    exercise_id
        DIS exercise, 1 to 255.
    """

    name: str
    address: str
    format: OutputFormat = "asterix"
    sac: int = -1
    sic: int = -1
    exercise_id: int = 1


@dataclass(frozen=True, slots=True)
class AgreementSettings:
    """What a node obeys and where it keeps what must not be lost.

    Parameters
    ----------
    files
        Agreements, each with its signatures beside it.
    trust
        File with the keys of the parties.
    store
        Folder of accepted agreements, signatures and notices.
    audit, audit_key
        Folder of the audit log, and the key its heads are signed with; made if not there.
    """

    files: tuple[Path, ...]
    trust: Path
    store: Path
    audit: Path
    audit_key: Path


@dataclass(frozen=True, slots=True)
class NodeSettings:
    """A node: its name, mode, sensors, feeds, outputs, the agreements it obeys and its exchange.

    ``track_numbers`` is the file in which numbers given to tracks are kept; None: they begin
    at 1 with every start.
    """

    name: str
    mode: Mode
    sensors: SensorTable
    feeds: tuple[FeedSettings, ...]
    outputs: tuple[OutputSettings, ...] = ()
    agreements: AgreementSettings | None = None
    registration: RegistrationSettings = REGISTRATION
    track_numbers: Path | None = None
    exchange: ExchangeSettings | None = None


def sensor_of(row: Mapping[str, Any], where: str) -> Sensor:
    """One ``[[sensor]]`` table as a :class:`Sensor`.

    Raises
    ------
    BadInput
        If a key is unknown, missing, of the wrong type, or out of its range.
    """
    known = {"name", "kind", "editions", *SENSOR_NUMBERS, *SENSOR_CODES, *PLANNING_KEYS}
    refuse_unknown(row, known, where)
    name = text_of(row, "name", where)
    where = f"{where} {name!r}"
    fields: dict[str, Any] = {}
    for key, field in SENSOR_NUMBERS.items():
        if key in row:
            value = number_of(row, key, where)
            fields[field] = math.radians(value) if key.endswith("_deg") else value
    for key in SENSOR_CODES:
        if key in row:
            fields[key] = octet_of(row, key, where)
    fields["editions"] = _editions(row, where)
    sensor = Sensor(name, choice_of(row, "kind", get_args(SensorKind), where), **fields)  # type: ignore[arg-type]
    _check_ranges(sensor, where)
    return sensor


def _editions(row: Mapping[str, Any], where: str) -> tuple[tuple[int, str], ...]:
    """``editions = { "048" = "1.27" }`` checked against what is defined."""
    given = row.get("editions", {})
    if not isinstance(given, dict):
        raise BadInput("editions must be a table", where=where, remedy='Write { "048" = "1.27" }')
    defined = editions()
    for category, edition in given.items():
        known = defined.get(int(category), ()) if str(category).isdigit() else ()
        if edition not in known:
            raise BadInput(
                f"category {category} has no edition {edition!r}",
                where=where,
                remedy=f"Defined are {', '.join(known) or 'none of this category'}",
            )
    return tuple((int(category), edition) for category, edition in given.items())


def _check_ranges(sensor: Sensor, where: str) -> None:
    wrong = [
        message
        for bad, message in (
            (abs(sensor.latitude_rad) > math.pi / 2, "latitude_deg is not between -90 and 90"),
            (abs(sensor.longitude_rad) > math.pi, "longitude_deg is not between -180 and 180"),
            (sensor.rotation_s <= 0, "rotation_s is not above 0"),
            (sensor.range_sigma_m <= 0, "range_sigma_m is not above 0"),
            (sensor.azimuth_sigma_rad <= 0, "azimuth_sigma_deg is not above 0"),
            (sensor.elevation_sigma_rad <= 0, "elevation_sigma_deg is not above 0"),
            (sensor.position_sigma_m <= 0, "position_sigma_m is not above 0"),
            (not 0 < sensor.detection_probability <= 1, "detection_probability is not in (0, 1]"),
            (sensor.clutter_per_scan < 0, "clutter_per_scan is below 0"),
            (sensor.max_range_m <= sensor.min_range_m, "max_range_m is not above min_range_m"),
        )
        if bad
    ]
    if wrong:
        raise BadInput("; ".join(wrong), where=where)


def _sensor_table(document: Mapping[str, Any], where: str) -> SensorTable:
    rows = tables_of(document, "sensor", where, MAX_SENSORS)
    sensors = [sensor_of(row, f"{where}: sensor {n}") for n, row in enumerate(rows, start=1)]
    try:
        return SensorTable(tuple(sensors))
    except ValueError as problem:
        raise BadInput(str(problem), where=where) from None


def read_sensors(path: Path) -> SensorTable:
    """Read SENSORS.toml (a NODE.toml serves as well; its other tables are not looked at)."""
    sensors = _sensor_table(read_toml(path), str(path))
    if len(sensors) == 0:
        raise BadInput("no [[sensor]] in the file", where=str(path))
    return sensors


def _feed(row: Mapping[str, Any], sensors: SensorTable, where: str) -> FeedSettings:
    refuse_unknown(row, {"name", "format", "address", "sensor"}, where)
    feed = FeedSettings(
        text_of(row, "name", where),
        choice_of(row, "format", get_args(FeedFormat), where),  # type: ignore[arg-type]
        text_of(row, "address", where),
        text_of(row, "sensor", where, default=""),
    )
    if feed.sensor and sensors.index_of(feed.sensor) < 0:
        raise BadInput(f"feed {feed.name!r} names no known sensor: {feed.sensor!r}", where=where)
    if feed.format not in NAMES_ITS_SENSORS and not feed.sensor:
        raise BadInput(
            f"feed {feed.name!r} does not say whose bytes they are",
            where=where,
            remedy=f'The format {feed.format} carries no sensor name: add sensor = "..."',
        )
    return feed


def _output(row: Mapping[str, Any], where: str) -> OutputSettings:
    refuse_unknown(row, {"name", "address", "format", "sac", "sic", "exercise_id"}, where)
    row = {"format": "asterix", **row}
    format = choice_of(row, "format", get_args(OutputFormat), where)
    missing = sorted({"sac", "sic"} - row.keys()) if format == "asterix" else []
    if missing:
        raise BadInput(f"{' and '.join(missing)} missing", where=where)
    if row.get("exercise_id", 1) == 0:
        raise BadInput("exercise_id = 0 is not between 1 and 255", where=where)
    codes = {key: octet_of(row, key, where) for key in OUTPUT_CODES if key in row}
    name, address = text_of(row, "name", where), text_of(row, "address", where)
    return OutputSettings(name, address, format, **codes)  # type: ignore[arg-type]


def _agreements(document: Mapping[str, Any], path: Path) -> AgreementSettings | None:
    """``[agreements]``; paths count from the folder of the node's file."""
    row = document.get("agreements")
    if row is None:
        return None
    where = f"{path}: agreements"
    if not isinstance(row, dict):
        raise BadInput("[agreements] must be a table", where=where)
    places = ("trust", "store", "audit", "audit_key")
    refuse_unknown(row, {"files", *places}, where)
    files = row.get("files", [])
    if not isinstance(files, list) or not all(isinstance(name, str) and name for name in files):
        raise BadInput("files must be a list of texts", where=where, remedy='Write ["..."]')
    if len(files) > MAX_AGREEMENTS:
        raise BadInput(f"{len(files)} files are over the limit of {MAX_AGREEMENTS}", where=where)
    missing = [key for key in places if key not in row]
    if missing:
        raise BadInput(f"{' and '.join(missing)} missing", where=where)
    folder = path.parent
    return AgreementSettings(
        tuple(folder / name for name in files),
        *(folder / text_of(row, key, where) for key in places),
    )


def _registration(
    document: Mapping[str, Any], sensors: SensorTable, where: str
) -> RegistrationSettings:
    """``[registration]``: whether sensors' errors are learned, and who may be a reference."""
    row = document.get("registration", {})
    where = f"{where}: registration"
    if not isinstance(row, dict):
        raise BadInput("[registration] must be a table", where=where)
    refuse_unknown(row, {"enabled", "reference"}, where)
    enabled, reference = row.get("enabled", True), row.get("reference", [])
    if not isinstance(enabled, bool):
        raise BadInput(f"enabled = {enabled!r} is not true or false", where=where)
    if not isinstance(reference, list) or not all(isinstance(name, str) for name in reference):
        raise BadInput("reference must be a list of sensor names", where=where)
    for name in reference:
        index = sensors.index_of(name)
        if index < 0 or sensors[index].kind == "radar":
            raise BadInput(
                f"reference {name!r} is no sensor of positions in this file",
                where=where,
                remedy="Name sensors of the kinds adsb, mlat or tracker",
            )
    return RegistrationSettings(enabled=enabled, reference=tuple(reference))


def read_node(path: Path) -> NodeSettings:
    """Read NODE.toml.

    Raises
    ------
    BadInput
        If the file is missing, no TOML, or a setting is unknown, missing or out of range.
    """
    where = str(path)
    document = read_toml(path)
    known = {"node", "sensor", "feed", "output", "agreements", "registration", "exchange"}
    refuse_unknown(document, known, where)
    node = document.get("node", {})
    if not isinstance(node, dict):
        raise BadInput("[node] must be a table", where=where)
    refuse_unknown(node, {"name", "mode", "track_numbers"}, f"{where}: node")
    mode = choice_of({"mode": "live", **node}, "mode", ("live", "exercise"), f"{where}: node")
    sensors = _sensor_table(document, where)
    rows = tables_of(document, "feed", where, MAX_FEEDS)
    if not rows and "exchange" not in document:  # a joint post may have no sensors of its own
        raise BadInput("no [[feed]] and no [exchange]: the node would hear nothing", where=where)
    feeds = tuple(_feed(row, sensors, f"{where}: feed {n}") for n, row in enumerate(rows, start=1))
    outputs = tuple(
        _output(row, f"{where}: output {n}")
        for n, row in enumerate(tables_of(document, "output", where, MAX_OUTPUTS), start=1)
    )
    name = text_of(node, "name", f"{where}: node")
    agreements = _agreements(document, path)
    registration = _registration(document, sensors, where)
    numbers = text_of(node, "track_numbers", f"{where}: node") if "track_numbers" in node else None
    return NodeSettings(
        name,
        mode,  # type: ignore[arg-type]
        sensors,
        feeds,
        outputs,
        agreements,
        registration,
        None if numbers is None else path.parent / numbers,
        exchange_settings(document, path),
    )
