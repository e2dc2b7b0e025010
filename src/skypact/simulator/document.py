"""The exercise file: TOML in, :class:`~skypact.simulator.exercise.Exercise` out.

Format: docs/reference/exercise-file.md. Degrees, feet, knots and metres as the names say;
codes and addresses are text, octal and hexadecimal. An unknown key is refused, so that a
misspelt one cannot be overlooked.
"""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from skypact.model.errors import BadInput
from skypact.model.plots import NO_CODE
from skypact.model.sensors import Sensor
from skypact.model.time import from_iso
from skypact.simulator.exercise import ALIGNED, Exercise, Misalignment, SimulatedSensor
from skypact.simulator.flights import Clearance, Flight, Hold, Identity, Plan, Waypoint, fly
from skypact.simulator.routes import normal
from skypact.simulator.traffic import FOOT_M, Point, Traffic, routine_traffic
from skypact.simulator.truth import assemble

KNOT_MPS = 1852.0 / 3600.0
FEET_A_MINUTE_MPS = FOOT_M / 60.0
LONGEST_S = 7 * 86_400.0
MOST_AIRCRAFT = 20_000
MOST_AIRCRAFT_S = MOST_AIRCRAFT * 14_400.0
"""Limit on the work of loading: about half a minute's."""

CALLSIGN = re.compile(r"[A-Z0-9]{0,8}")
"""What transponders can send; ICAO Annex 10 Volume IV, table 3-9."""

REST_S = 5.0
"""Pause between two flights of one script."""

T = TypeVar("T")


class Section:
    """One table of the document, read key by key; what is left over is refused."""

    def __init__(self, content: Any, where: str) -> None:
        if not isinstance(content, dict):
            raise BadInput("a table is expected here", where=where)
        self._left = dict(content)
        self.where = where

    def take(self, key: str, kind: type[T], default: T | None = None) -> T:
        """The value of a key; a number may stand where a decimal is expected."""
        if key not in self._left:
            if default is None:
                raise BadInput(f"{key} is missing", where=self.where)
            return default
        value = self._left.pop(key)
        if kind is float and isinstance(value, int) and not isinstance(value, bool):
            value = float(value)
        fits = isinstance(value, kind) and not (kind is int and isinstance(value, bool))
        if not fits or (isinstance(value, float) and not math.isfinite(value)):
            raise BadInput(f"{key} = {value!r} is not of kind {kind.__name__}", where=self.where)
        return value  # type: ignore[no-any-return]

    def has(self, key: str) -> bool:
        """Whether the key is there and not yet read."""
        return key in self._left

    def within(self, key: str, low: float, high: float, default: float | None = None) -> float:
        """A decimal in a range."""
        value = self.take(key, float, default)
        if not low <= value <= high:
            raise BadInput(f"{key} = {value:g} is not in {low:g} to {high:g}", where=self.where)
        return value

    def count(self, key: str, low: int, high: int, default: int | None = None) -> int:
        """A whole number in a range."""
        value = self.take(key, int, default)
        if not low <= value <= high:
            raise BadInput(f"{key} = {value} is not in {low} to {high}", where=self.where)
        return value

    def tables(self, key: str) -> list[Section]:
        """A list of tables, empty if absent."""
        rows = self.take(key, list, [])
        name = f"{self.where}: " if self.where else ""
        return [Section(row, f"{name}[[{key}]] {i + 1}") for i, row in enumerate(rows)]

    def end(self) -> None:
        """Refuse keys that nobody read."""
        if self._left:
            raise BadInput(f"unknown keys: {sorted(self._left)}", where=self.where)


def _code(section: Section, key: str, base: int, top: int) -> int:
    text = section.take(key, str, "")
    if not text:
        return NO_CODE
    try:
        value = int(text, base)
    except ValueError:
        value = -1
    if not 0 <= value <= top:
        raise BadInput(f"{key} = {text!r} is no such code", where=section.where)
    return value


def _point(section: Section) -> Point:
    point = Point(
        section.take("name", str),
        math.radians(section.within("latitude_deg", -90.0, 90.0)),
        math.radians(section.within("longitude_deg", -180.0, 180.0)),
        section.within("elevation_ft", -1500.0, 20_000.0) * FOOT_M
        if section.has("elevation_ft")
        else math.nan,
    )
    section.end()
    return point


def _traffic(section: Section) -> Traffic:
    airborne = section.count("airborne", 0, MOST_AIRCRAFT)
    routes = section.take("routes", list)
    for route in routes:
        if not (isinstance(route, list) and all(isinstance(name, str) for name in route)):
            raise BadInput("a route is a list of point names", where=section.where)
    traffic = Traffic(
        airborne,
        tuple(tuple(route) for route in routes),
        section.within("without_adsb", 0.0, 1.0, 0.08),
        section.within("without_mode_s", 0.0, 1.0, 0.06),
        section.within("without_transponder", 0.0, 1.0, 0.03),
    )
    if airborne and not routes:
        raise BadInput("routine traffic needs routes", where=section.where)
    section.end()
    return traffic


def _waypoint(section: Section, points: Mapping[str, Point], last: Clearance | None) -> Waypoint:
    """One point of a flight's way; what it does not clear stays as it was."""
    name = section.take("point", str)
    if name not in points:
        raise BadInput(f"no point is called {name!r}", where=section.where)
    clearance = None
    keys = ("altitude_ft", "speed_kt")
    if any(section.has(key) for key in keys) or last is None:
        clearance = Clearance(
            section.take("altitude_ft", float, last.altitude_m / FOOT_M if last else None) * FOOT_M,
            section.take("speed_kt", float, last.speed_mps / KNOT_MPS if last else None) * KNOT_MPS,
            section.take("climb_ft_per_min", float, 1600.0) * FEET_A_MINUTE_MPS,
        )
    hold = None
    if section.has("hold_turns"):
        turns = section.count("hold_turns", 1, 100)
        hold = Hold(turns, section.within("hold_leg_s", 10.0, 600.0, 60.0))
    section.end()
    point = points[name]
    return Waypoint(name, normal(point.latitude_rad, point.longitude_rad), clearance, hold)


def _script(
    section: Section, points: Mapping[str, Point], duration_s: float
) -> list[tuple[float, Flight]]:
    """A scripted flight, flown again and again through the exercise."""
    mode_s = _code(section, "mode_s", 16, 0xFFFFFF)
    identity = Identity(
        section.take("callsign", str, ""),
        _code(section, "mode_3a", 8, 0o7777),
        mode_s,
        section.take("adsb", bool, mode_s != NO_CODE),
    )
    if not CALLSIGN.fullmatch(identity.callsign):
        raise BadInput(f"callsign = {identity.callsign!r} cannot be sent", where=section.where)
    waypoints: list[Waypoint] = []
    last: Clearance | None = None
    for row in section.tables("way"):
        waypoints.append(_waypoint(row, points, last))
        last = waypoints[-1].clearance or last
    try:
        flight = fly(Plan(identity, waypoints))
    except BadInput as error:
        raise BadInput(error.what, where=section.where, remedy=error.remedy) from None
    if section.has("over"):
        over = section.take("over", str)
        if over not in flight.passed_s:
            raise BadInput(f"over: the flight does not pass {over!r}", where=section.where)
        start_s = section.within("over_s", -LONGEST_S, LONGEST_S) - flight.passed_s[over]
    else:
        start_s = section.within("start_s", -LONGEST_S, LONGEST_S, 0.0)
    repeated = section.take("repeated", bool, True)
    section.end()
    if not repeated:
        return [(start_s, flight)]
    every_s = flight.duration_s + REST_S
    first = start_s - math.ceil(max(0.0, start_s) / every_s) * every_s
    count = math.ceil((duration_s - first) / every_s)
    begins = [first + i * every_s for i in range(count)]
    return [(begin_s, flight) for begin_s in begins if begin_s + flight.duration_s > 0.0]


def _sensor(section: Section) -> SimulatedSensor:
    kind = section.take("kind", str)
    if kind not in ("radar", "adsb"):
        raise BadInput(f"kind = {kind!r}: radar and adsb can be simulated", where=section.where)
    radar = kind == "radar"
    sensor = Sensor(
        name=section.take("name", str),
        kind="radar" if radar else "adsb",
        latitude_rad=math.radians(section.within("latitude_deg", -90.0, 90.0)),
        longitude_rad=math.radians(section.within("longitude_deg", -180.0, 180.0)),
        altitude_m=section.within("altitude_m", -500.0, 9000.0),
        sac=section.count("sac", 0, 255, 0),
        sic=section.count("sic", 0, 255, 0),
        rotation_s=section.within("rotation_s", 0.5, 60.0, 5.0) if radar else 1.0,
        range_sigma_m=section.within("range_sigma_m", 0.0, 5000.0, 50.0) if radar else 0.0,
        azimuth_sigma_rad=math.radians(section.within("azimuth_sigma_deg", 0.0, 5.0, 0.08))
        if radar
        else 0.0,
        position_sigma_m=0.0 if radar else section.within("position_sigma_m", 0.0, 5000.0, 10.0),
        detection_probability=section.within("detection_probability", 0.0, 1.0, 0.95),
        clutter_per_scan=section.within("clutter_per_scan", 0.0, 10_000.0, 0.0) if radar else 0.0,
        min_range_m=section.within("min_range_m", 0.0, 100e3, 1000.0) if radar else 0.0,
        max_range_m=section.within("max_range_m", 1e3, 470e3),
    )
    form = section.take("format", str, "asterix")
    if form not in (("asterix",) if radar else ("asterix", "beast")):
        raise BadInput(f"a {kind} sensor sends no {form!r}", where=section.where)
    simulated = SimulatedSensor(
        sensor,
        form,
        section.take("address", str),
        section.within("primary_range_m", 0.0, 470e3, sensor.max_range_m) if radar else 0.0,
        section.within("primary_share", 0.0, 1.0, 0.8) if radar else 0.0,
        math.radians(section.within("least_elevation_deg", -5.0, 45.0, 0.0)),
        math.radians(section.within("greatest_elevation_deg", 5.0, 90.0, 45.0 if radar else 90.0)),
        _misalignment(section) if radar else ALIGNED,
    )
    section.end()
    return simulated


def _misalignment(section: Section) -> Misalignment:
    """What a radar's owner would not know about it."""
    return Misalignment(
        section.within("range_bias_m", -20e3, 20e3, 0.0),
        section.within("range_scale", -0.01, 0.01, 0.0),
        math.radians(section.within("azimuth_bias_deg", -180.0, 180.0, 0.0)),
        section.within("time_offset_s", -60.0, 60.0, 0.0),
    )


def exercise_from(content: Mapping[str, Any]) -> Exercise:
    """Build an exercise from the document's content, as ``tomllib`` gives it.

    Raises
    ------
    BadInput
        With the table and the key that are wrong.
    """
    whole = Section(dict(content), "")
    head = Section(whole.take("exercise", dict), "[exercise]")
    name = head.take("name", str)
    seed = head.take("seed", int)
    try:
        start_ns = from_iso(head.take("start", str))
    except ValueError as error:
        raise BadInput(f"start: {error}", where=head.where) from None
    duration_s = head.within("duration_s", 1.0, LONGEST_S)
    offset_m = head.within("pressure_offset_m", -1000.0, 1000.0, 0.0)
    head.end()
    points: dict[str, Point] = {}
    for section in whole.tables("point"):
        point = _point(section)
        if point.name in points:
            raise BadInput(f"two points are called {point.name!r}", where=section.where)
        points[point.name] = point
    placed: list[tuple[float, Flight]] = []
    for section in whole.tables("flight"):
        placed += _script(section, points, duration_s)
    if whole.has("traffic"):
        traffic = _traffic(Section(whole.take("traffic", dict), "[traffic]"))
        if traffic.airborne * duration_s > MOST_AIRCRAFT_S:
            raise BadInput(
                f"{traffic.airborne} aircraft for {duration_s:g} s are too many at once",
                where="[traffic]",
                remedy="fly fewer or shorter",
            )
        placed += routine_traffic(traffic, points, duration_s, seed)
    sensors = tuple(map(_sensor, whole.tables("sensor")))
    names = [simulated.sensor.name for simulated in sensors]
    if len(set(names)) != len(names):
        raise BadInput(f"sensor names are not unique: {names}")
    whole.end()
    return Exercise(name, seed, duration_s, assemble(placed, start_ns, offset_m), sensors)


def load_exercise(path: Path) -> Exercise:
    """Read an exercise file.

    Raises
    ------
    BadInput
        With the file, and the line or the table and key, that are wrong.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        return exercise_from(content)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadInput(str(error), where=str(path)) from None
    except BadInput as error:
        where = f"{path}, {error.where}" if error.where else str(path)
        raise BadInput(error.what, where=where, remedy=error.remedy) from None
